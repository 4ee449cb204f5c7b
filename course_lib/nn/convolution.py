"""Convolutions as layers: thin objects over `course_lib.ops.convolution`, in PyTorch's names and shapes."""

import math

import numpy as np

from course_lib import ops
from course_lib.nn.init import Init, draw_weights
from course_lib.nn.layers import Weighted
from course_lib.nn.module import Parameter
from course_lib.ops.convolution import per_axis
from course_lib.validate import as_dtype, as_float, choice, whole_number, yes_or_no


class Convolution(Weighted):
    """What the kinds have in common; a subclass names its ops and the axes along which its kernel moves."""

    forward_function = backward_function = None
    axes: tuple[str, ...]
    #: which settings the ops take beside the stride and the padding
    options = ("dilation", "groups", "mode")
    #: paddings that have a name
    words = ("same", "valid")

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...],
                 stride: int | tuple[int, ...] = 1, padding: int | tuple[int, ...] | str = 0, *,
                 dilation: int | tuple[int, ...] = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        self.in_channels = whole_number(in_channels, "in_channels")
        self.out_channels = whole_number(out_channels, "out_channels")
        axes = len(self.axes)
        self.kernel_size, self.stride = per_axis(kernel_size, "kernel_size", axes), per_axis(stride, "stride", axes)
        self.padding = (choice(padding, "padding", self.words) if isinstance(padding, str) and self.words
                        else per_axis(padding, "padding", axes, 0))
        self.dilation, self.groups = per_axis(dilation, "dilation", axes), whole_number(groups, "groups")
        self.padding_mode = choice(padding_mode, "padding_mode", ("zeros", "reflect", "replicate"))
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % groups:
                raise ValueError(f"groups={groups} does not divide {name}={getattr(self, name)}, expected groups of "
                                 "equal size.")
        bias, dtype = yes_or_no(bias, "bias"), as_dtype(dtype)
        self.weight = Parameter(self._start(rng, init).astype(dtype))
        self.bias = Parameter(np.zeros(self.out_channels, dtype)) if bias else None

    def _start(self, rng, init) -> np.ndarray:
        """Starting weights (out_channels, in_channels/groups, *kernel_size)."""
        inputs = self.in_channels // self.groups
        W = draw_weights(rng, inputs * math.prod(self.kernel_size), self.out_channels, init)
        return W.T.reshape(self.out_channels, inputs, *self.kernel_size)

    def __repr__(self) -> str:
        given = [self.in_channels, self.out_channels, short(self.kernel_size)]
        for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1), ("padding_mode", "zeros")):
            value = short(getattr(self, name))
            if value != usual:
                given.append(f"{name}={value!r}")
        return f"{type(self).__name__}({', '.join(map(str, given))})"

    def forward(self, x):
        x = as_float(x, "x")
        if x.ndim != 2 + len(self.axes) or x.size == 0 or x.shape[1] != self.in_channels:
            cause = ""
            if x.ndim == 1 + len(self.axes):
                cause = " One sample alone is a batch of one: x[None]."
                if self.in_channels == 1:
                    cause = " Usual cause: gray images without their channel; x[:, None] gives it."
            elif x.ndim == 2 + len(self.axes) and x.shape[-1] == self.in_channels:
                cause = " Usual cause: the channels stand last; np.moveaxis(x, -1, 1) puts them second."
            raise ValueError(f"{self!r} got x of shape {x.shape}, expected (N, {self.in_channels}, "
                             f"{', '.join(self.axes)}) with at least one sample.{cause}")
        settings = {"dilation": self.dilation, "groups": self.groups, "mode": self.padding_mode}
        out, cache = type(self).forward_function(
            x, self.weight.data, None if self.bias is None else self.bias.data, self.stride, self.padding,
            **{name: settings[name] for name in self.options})
        self.keep(cache)
        return out

    def backward(self, dout):
        dx, dw, db = type(self).backward_function(dout, self.take())
        self.weight.grad += dw
        if self.bias is not None:
            self.bias.grad += db
        return dx


def short(sizes):
    """(3, 3) as 3."""
    return sizes[0] if isinstance(sizes, tuple) and len(set(sizes)) == 1 else sizes


class Conv1d(Convolution):
    """Convolution of sequences (N, in_channels, L); see `Conv2d`."""

    forward_function, backward_function = staticmethod(ops.conv1d_forward), staticmethod(ops.conv1d_backward)
    axes = ("L",)


class Conv2d(Convolution):
    """Convolution of images: (N, in_channels, H, W) gives (N, out_channels, OH, OW).

    As everywhere in deep learning the filters are not flipped: each output is the sum of the products of a filter with
    the window under it, over all channels, and a bias. The weights (out_channels, in_channels/groups, FH, FW) start as
    those of a `Linear` with so many inputs as the window has numbers, in_channels/groups FH FW, and out_channels
    outputs, which is what the layer is at each place; b (out_channels,) starts at zero.

    Parameters
    ----------
    in_channels, out_channels : channels of the input; filters, each of which makes a map
    kernel_size : side of the window, or (FH, FW)
    stride : step of the window
    padding : rows and columns put around the image; "valid" for none, "same" for as many as keep its size (stride 1)
    dilation : distance of neighboring entries of the window
    groups : groups of channels that are convolved separately; in_channels for a depthwise convolution
    bias : whether there is a b
    padding_mode : "zeros", "reflect" (mirrored without the edge) or "replicate" (the edge repeated)
    rng, init, dtype : as in `Linear`; float32 is enough for images
    """

    forward_function, backward_function = staticmethod(ops.conv2d_forward), staticmethod(ops.conv2d_backward)
    axes = ("H", "W")


class Conv3d(Convolution):
    """Convolution of volumes or films (N, in_channels, D, H, W), without groups and with zeros around; see `Conv2d`."""

    forward_function, backward_function = staticmethod(ops.conv3d_forward), staticmethod(ops.conv3d_backward)
    axes, options = ("D", "H", "W"), ("dilation",)

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...],
                 stride: int | tuple[int, ...] = 1, padding: int | tuple[int, ...] | str = 0, *,
                 dilation: int | tuple[int, ...] = 1, bias: bool = True, rng: np.random.Generator | None = None,
                 init: Init = "normal", dtype=np.float64):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation=dilation, bias=bias, rng=rng,
                         init=init, dtype=dtype)


class ConvTranspose2d(Convolution):
    """Transposed convolution: each input pixel puts its multiple of the filter into the output, where they overlap they
    add up.

    (N, in_channels, H, W) gives (N, out_channels, (H - 1) stride - 2 padding + FH, ...): with stride 2 a larger image.
    It is the backward pass of a convolution. The weights (in_channels, out_channels, FH, FW) start as those of a
    `Linear` with in_channels inputs and out_channels FH FW outputs, which is what the layer is at each input pixel.

    Parameters
    ----------
    in_channels, out_channels : channels of input and output
    kernel_size : side of the filter, or (FH, FW)
    stride : distance of neighboring stamps
    padding : rows and columns that are cut off at each side of the output
    bias, rng, init, dtype : as in `Conv2d`
    """

    forward_function = staticmethod(ops.transposed_conv2d_forward)
    backward_function = staticmethod(ops.transposed_conv2d_backward)
    axes, options, words = ("H", "W"), (), ()

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int],
                 stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0, *, bias: bool = True,
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, bias=bias, rng=rng, init=init,
                         dtype=dtype)

    def _start(self, rng, init) -> np.ndarray:
        shape = self.out_channels, *self.kernel_size
        return draw_weights(rng, self.in_channels, math.prod(shape), init).reshape(self.in_channels, *shape)

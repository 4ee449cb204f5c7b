"""Pooling and upsampling as layers: thin objects over `course_lib.ops.pooling`, in PyTorch's names; no weights."""

from course_lib import ops
from course_lib.nn.convolution import short
from course_lib.nn.module import Module
from course_lib.ops.convolution import per_axis
from course_lib.validate import whole_number

Size = int | tuple[int, int]


class Maps(Module):
    """Maps (N, C, H, W) to maps; a subclass names its ops, which take x and `given`."""

    forward_function = backward_function = None

    def __init__(self, *given):
        self.given = given

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(str(short(value)) for value in self.given)})"

    def forward(self, x):
        out, cache = type(self).forward_function(x, *self.given)
        self.keep(cache)
        return out

    def backward(self, dout):
        return type(self).backward_function(dout, self.take())


class Pooling(Maps):
    """One number for each window of each map.

    Parameters
    ----------
    kernel_size : side of the window, or (height, width)
    stride : step of the window; None for windows side by side
    padding : rows and columns put around each map
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        self.kernel_size = per_axis(kernel_size, "kernel_size", 2)
        self.stride = self.kernel_size if stride is None else per_axis(stride, "stride", 2)
        self.padding = per_axis(padding, "padding", 2, 0)
        super().__init__(self.kernel_size, self.stride, self.padding)

    def __repr__(self) -> str:
        stride = f", stride={short(self.stride)}" if self.stride != self.kernel_size else ""
        padding = f", padding={short(self.padding)}" if any(self.padding) else ""
        return f"{type(self).__name__}({short(self.kernel_size)}{stride}{padding})"


class MaxPool2d(Pooling):
    """The maximum of each window; the gradient goes to the first entry that has it. Settings as those of `Pooling`."""

    forward_function, backward_function = staticmethod(ops.maxpool2d_forward), staticmethod(ops.maxpool2d_backward)


class AvgPool2d(Pooling):
    """The mean of each window, zeros of the padding counted. Settings as those of `Pooling`."""

    forward_function, backward_function = staticmethod(ops.avgpool2d_forward), staticmethod(ops.avgpool2d_backward)


class L2Pool2d(Pooling):
    """The length of each window, sqrt(sum x^2). Settings as those of `Pooling`."""

    forward_function, backward_function = staticmethod(ops.l2pool2d_forward), staticmethod(ops.l2pool2d_backward)


class AdaptivePooling(Maps):
    """As many windows as the output has pixels, whatever the size of the image.

    Parameters
    ----------
    output_size : side of the output, or (height, width)
    """

    def __init__(self, output_size: Size):
        self.output_size = per_axis(output_size, "output_size", 2)
        super().__init__(self.output_size)


class AdaptiveAvgPool2d(AdaptivePooling):
    """The means of output_size windows. Settings as those of `AdaptivePooling`."""

    forward_function = staticmethod(ops.adaptive_avgpool2d_forward)
    backward_function = staticmethod(ops.adaptive_avgpool2d_backward)


class AdaptiveMaxPool2d(AdaptivePooling):
    """The maxima of output_size windows. Settings as those of `AdaptivePooling`."""

    forward_function = staticmethod(ops.adaptive_maxpool2d_forward)
    backward_function = staticmethod(ops.adaptive_maxpool2d_backward)


class GlobalAvgPool(Maps):
    """The mean of each map: (N, C, H, W) to (N, C), whatever the size of the image."""

    forward_function = staticmethod(ops.global_avgpool_forward)
    backward_function = staticmethod(ops.global_avgpool_backward)

    def __init__(self):
        super().__init__()


class Upsample(Maps):
    """Each pixel repeated scale_factor times in height and in width.

    Parameters
    ----------
    scale_factor : whole number
    """

    forward_function = staticmethod(ops.upsample_nearest_forward)
    backward_function = staticmethod(ops.upsample_nearest_backward)

    def __init__(self, scale_factor: int):
        self.scale_factor = whole_number(scale_factor, "scale_factor")
        super().__init__(self.scale_factor)

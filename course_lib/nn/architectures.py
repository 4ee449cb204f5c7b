"""Convolutional networks as short specifications: what they are made of, how large, how much work; built by `build`.

A specification is a tuple of layers in one small language, read from the input on. Layers do not say how many channels
come in: the shape that goes through says it. A shape is the one of a single sample, (channels, height, width) or
(features,). Nothing is allocated until `build`: `count(VGG16, (3, 224, 224))` costs no memory.

    >>> count((Conv(6, 5, pad=2), ReLU(), MaxPool(2), Flatten(), Dense(10)), (1, 28, 28))
    (11926, 129360)

A network ends in scores; its softmax or sigmoid belongs to the loss. Multiply-adds are the multiplications with weights
of convolution and dense layers for one sample, each with its addition: biases, normalization, activations and pooling
are left out, as in the published numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from math import prod
from typing import NamedTuple

import numpy as np

from course_lib.nn import blocks, convolution, dropout, normalization, pooling
from course_lib.nn import layers as basic
from course_lib.nn.module import Module
from course_lib.ops.convolution import conv_output_size
from course_lib.ops.regularization import drop_rate
from course_lib.validate import as_dtype, rate, whole_number, yes_or_no

Shape = tuple[int, ...]


# ---- the language ------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Layer:
    """What every layer answers; one that changes no shape and holds no weights leaves all of it as it stands here."""

    def __repr__(self) -> str:
        """As one would write it: settings that have their default are left out."""
        given = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING:
                given.append(repr(value))
            elif value != field.default:
                given.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(given)})"

    def shape(self, in_shape: Shape) -> Shape:
        """Shape of the output for an input of `in_shape`."""
        return in_shape

    def parameters(self, in_shape: Shape) -> int:
        """Numbers that training changes."""
        return 0

    def multiply_adds(self, in_shape: Shape) -> int:
        """Multiplications with weights for one sample."""
        return 0

    def scaled(self, width: float) -> "Layer":
        """The layer with `width` times its channels."""
        return self

    def module(self, in_shape: Shape, rng: np.random.Generator | None, dtype) -> Module:
        """The layer of `nn`, with weights."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class Conv(Layer):
    """`out` filters of size x size; `groups` > 1 splits the channels, `groups` equal to `out` is depthwise."""

    out: int
    size: int
    stride: int = 1
    pad: int = 0
    groups: int = 1
    bias: bool = True

    def __post_init__(self):
        for name in ("out", "size", "stride", "groups"):
            whole_number(getattr(self, name), name)
        whole_number(self.pad, "pad", 0)
        yes_or_no(self.bias, "bias")
        if self.out % self.groups:
            raise ValueError(f"groups={self.groups} does not divide out={self.out}.")

    def shape(self, in_shape):
        channels, *sides = _image(self, in_shape)
        if channels % self.groups:
            raise ValueError(f"groups={self.groups} of {self!r} does not divide its {channels} input channels.")
        return (self.out, *_sides(self, sides))

    def _weights(self, in_shape):
        return self.out * in_shape[0] // self.groups * self.size**2

    def parameters(self, in_shape):
        return self._weights(in_shape) + self.out * self.bias

    def multiply_adds(self, in_shape):
        _, height, width = self.shape(in_shape)
        return self._weights(in_shape) * height * width

    def scaled(self, width):
        if self.groups == self.out:
            out = groups = _scale(self.out, width)
        else:
            groups = self.groups
            out = groups * _scale(self.out // groups, width)
        return replace(self, out=out, groups=groups)

    def module(self, in_shape, rng, dtype):
        return convolution.Conv2d(in_shape[0], self.out, self.size, self.stride, self.pad, groups=self.groups,
                                  bias=self.bias, rng=rng, init="he", dtype=dtype)


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """`out` units, each connected with every input."""

    out: int
    bias: bool = True

    def __post_init__(self):
        whole_number(self.out, "out")
        yes_or_no(self.bias, "bias", " Usual cause: inputs and outputs, as of nn.Linear. Here it is Dense(out); how "
                  "many come in follows from the layer before.")

    def shape(self, in_shape):
        if len(in_shape) != 1:
            raise ValueError(f"{self!r} got an input of shape {in_shape}, expected (features,). Usual cause: no "
                             "Flatten() or GlobalAvgPool() before it.")
        return (self.out,)

    def parameters(self, in_shape):
        return self.multiply_adds(in_shape) + self.out * self.bias

    def multiply_adds(self, in_shape):
        return in_shape[0] * self.out

    def scaled(self, width):
        return replace(self, out=_scale(self.out, width))

    def module(self, in_shape, rng, dtype):
        return basic.Linear(in_shape[0], self.out, self.bias, rng=rng, init="he", dtype=dtype)


class ReLU(Layer):
    """max(x, 0)."""

    def module(self, in_shape, rng, dtype):
        return basic.ReLU()


class Sigmoid(Layer):
    """1 / (1 + e^-x)."""

    def module(self, in_shape, rng, dtype):
        return basic.Sigmoid()


class Tanh(Layer):
    """tanh x."""

    def module(self, in_shape, rng, dtype):
        return basic.Tanh()


@dataclass(frozen=True, repr=False)
class Pool(Layer):
    """What both kinds of pooling have in common; `stride` None is the size of the window."""

    size: int
    stride: int | None = None
    pad: int = 0

    def __post_init__(self):
        whole_number(self.size, "size")
        if self.stride is not None:
            whole_number(self.stride, "stride")
        whole_number(self.pad, "pad", 0, self.size // 2)

    def shape(self, in_shape):
        channels, *sides = _image(self, in_shape)
        return (channels, *_sides(self, sides))


class MaxPool(Pool):
    """The maximum of each size x size window."""

    def module(self, in_shape, rng, dtype):
        return pooling.MaxPool2d(self.size, self.stride, self.pad)


class AvgPool(Pool):
    """The mean of each size x size window."""

    def module(self, in_shape, rng, dtype):
        return pooling.AvgPool2d(self.size, self.stride, self.pad)


class GlobalAvgPool(Layer):
    """The mean of each map: (channels, height, width) to (channels,)."""

    def shape(self, in_shape):
        return _image(self, in_shape)[:1]

    def module(self, in_shape, rng, dtype):
        return pooling.GlobalAvgPool()


class Flatten(Layer):
    """(channels, height, width) to one row of numbers."""

    def shape(self, in_shape):
        return (prod(in_shape),)

    def module(self, in_shape, rng, dtype):
        return basic.Flatten()


class BatchNorm(Layer):
    """Batch normalization of each channel or feature, with a weight and a bias each."""

    def parameters(self, in_shape):
        return 2 * in_shape[0]

    def module(self, in_shape, rng, dtype):
        kind = normalization.BatchNorm2d if len(in_shape) == 3 else normalization.BatchNorm1d
        return kind(in_shape[0], dtype=dtype)


@dataclass(frozen=True, repr=False)
class LRN(Layer):
    """Local response normalization over `size` neighboring channels."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0

    def __post_init__(self):
        whole_number(self.size, "size")
        for name in ("alpha", "beta", "k"):
            rate(getattr(self, name), name)

    def shape(self, in_shape):
        return _image(self, in_shape)

    def module(self, in_shape, rng, dtype):
        return normalization.LocalResponseNorm(self.size, self.alpha, self.beta, self.k)


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """In training each number is 0 with probability p."""

    p: float

    def __post_init__(self):
        drop_rate(self.p, "p")

    def module(self, in_shape, rng, dtype):
        return dropout.Dropout(self.p, rng)


class Composite(Layer):
    """A layer that is made of layers; a subclass says how in `paths`, the rows of layers inside with their inputs."""

    def paths(self, in_shape: Shape) -> list[tuple[Sequence[Layer], Shape]]:
        raise NotImplementedError

    def parameters(self, in_shape):
        return sum(layer.parameters(shape) for path in self.paths(in_shape) for layer, shape in _through(*path))

    def multiply_adds(self, in_shape):
        return sum(layer.multiply_adds(shape) for path in self.paths(in_shape) for layer, shape in _through(*path))


@dataclass(frozen=True, repr=False)
class Residual(Composite):
    """body(x) + x, or body(x) + skip(x) where the body changes the shape."""

    body: Sequence[Layer]
    skip: Sequence[Layer] = ()

    def __post_init__(self):
        for name in ("body", "skip"):
            object.__setattr__(self, name, _layers(getattr(self, name), f"{name} of Residual", 0))

    def paths(self, in_shape):
        return [(self.body, in_shape), (self.skip, in_shape)]

    def shape(self, in_shape):
        out, past = _out(self.body, in_shape), _out(self.skip, in_shape)
        if out != past:
            raise ValueError(f"the body of a Residual turns {in_shape} into {out}, its skip into {past}; they are "
                             "added and must be equal. Usual cause: a stride or other channels in the body and no 1x1 "
                             "convolution, Conv(out, 1, stride), as skip.")
        return out

    def scaled(self, width):
        return Residual(_scaled(self.body, width), _scaled(self.skip, width))

    def module(self, in_shape, rng, dtype):
        return blocks.Residual(_sequential(self.body, in_shape, rng, dtype),
                               _sequential(self.skip, in_shape, rng, dtype) if self.skip else None)


@dataclass(frozen=True, repr=False, init=False)
class Branches(Composite):
    """Rows of layers side by side, all on the same input; their channels are put one after another."""

    branches: tuple[Sequence[Layer], ...]

    def __init__(self, *branches: Sequence[Layer]):
        if not branches:
            raise ValueError("Branches got no branch, expected rows of layers: Branches((Conv(8, 1),), (Conv(8, 3, "
                             "pad=1),)).")
        object.__setattr__(self, "branches", tuple(_layers(branch, "a branch", 0) for branch in branches))

    def __repr__(self) -> str:
        return f"Branches({', '.join(map(repr, self.branches))})"

    def paths(self, in_shape):
        return [(branch, in_shape) for branch in self.branches]

    def shape(self, in_shape):
        outs = [_image(self, _out(branch, in_shape)) for branch in self.branches]
        sides = {out[1:] for out in outs}
        if len(sides) > 1:
            raise ValueError(f"the branches turn {in_shape} into {outs}; height and width must be equal, since the "
                             "channels are put one after another. Usual cause: a pad that is missing; size 3 needs "
                             "pad=1, size 5 pad=2, and a pool in a branch stride=1.")
        return (sum(out[0] for out in outs), *sides.pop())

    def scaled(self, width):
        return Branches(*(_scaled(branch, width) for branch in self.branches))

    def module(self, in_shape, rng, dtype):
        return blocks.Concat(*(_sequential(*path, rng, dtype) for path in self.paths(in_shape)))


@dataclass(frozen=True, repr=False)
class DenseStack(Composite):
    """`layers` layers, each of which gets the maps of all before it and adds `growth` maps of its own.

    Each is DenseNet's: a 1x1 convolution to 4 growth channels, then a 3x3 one, both after batch norm and ReLU.
    """

    layers: int
    growth: int

    def __post_init__(self):
        for name in ("layers", "growth"):
            whole_number(getattr(self, name), name)

    def inner(self) -> tuple[Layer, ...]:
        """The layers that make `growth` new maps of all those before."""
        return (BatchNorm(), ReLU(), Conv(4 * self.growth, 1, bias=False),
                BatchNorm(), ReLU(), Conv(self.growth, 3, pad=1, bias=False))

    def paths(self, in_shape):
        channels, *sides = in_shape
        return [(self.inner(), (channels + k * self.growth, *sides)) for k in range(self.layers)]

    def shape(self, in_shape):
        channels, *sides = _image(self, in_shape)
        return (channels + self.layers * self.growth, *sides)

    def scaled(self, width):
        return replace(self, growth=_scale(self.growth, width))

    def module(self, in_shape, rng, dtype):
        return blocks.DenseBlock(*(_sequential(*path, rng, dtype) for path in self.paths(in_shape)))


# ---- sizes and work ----------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A layer of a summary."""

    layer: Layer
    name: str
    shape: Shape  #: of its output
    parameters: int
    multiply_adds: int


class Summary(list):
    """The rows of a network; shows itself as a table with the totals."""

    def __repr__(self) -> str:
        lines = [f"{'layer':<34}{'output':<16}{'parameters':>13}{'multiply-adds':>17}"]
        lines += [f"{row.name:<34}{'x'.join(map(str, row.shape)):<16}{row.parameters:>13,}{row.multiply_adds:>17,}"
                  for row in self]
        totals = (sum(row.parameters for row in self), sum(row.multiply_adds for row in self))
        return "\n".join([*lines, "{:<50}{:>13,}{:>17,}".format("total", *totals)])


def summary(layers: Sequence[Layer], input_shape: Shape) -> Summary:
    """Each layer with its output shape, parameters and multiply-adds; nothing is allocated.

    Parameters
    ----------
    layers : the network, such as LENET5
    input_shape : of one sample, (channels, height, width) or (features,)

    Returns
    -------
    rows (layer, name, shape, parameters, multiply_adds)

    Raises
    ------
    ValueError
        Names the first layer that does not fit what comes before it.
    """
    return Summary(Row(layer, _name(layer), layer.shape(shape), layer.parameters(shape), layer.multiply_adds(shape))
                   for layer, shape in _through(_layers(layers), _input(input_shape)))


def count(layers: Sequence[Layer], input_shape: Shape) -> tuple[int, int]:
    """Parameters and multiply-adds of a network; nothing is allocated.

    Parameters
    ----------
    as those of `summary`

    Returns
    -------
    (parameters, multiply_adds)
    """
    rows = summary(layers, input_shape)
    return sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)


def scaled(layers: Sequence[Layer], width: float) -> tuple[Layer, ...]:
    """The network with `width` times the channels and units in each layer, rounded, at least one.

    The last Dense layer keeps its units: they are the classes.

    Parameters
    ----------
    layers : the network
    width : such as 0.25
    """
    layers, width = _layers(layers), rate(width, "width")
    last = max((place for place, layer in enumerate(layers) if isinstance(layer, Dense)), default=None)
    return tuple(layer if place == last else layer.scaled(width) for place, layer in enumerate(layers))


def build(layers: Sequence[Layer], input_shape: Shape, width: float = 1.0, rng: np.random.Generator | None = None,
          dtype=np.float32) -> basic.Sequential:
    """The network as layers of `nn`, its weights drawn for ReLU ("he"), ready to train.

    Parameters
    ----------
    layers : the network, such as LENET5
    input_shape : of one sample, (channels, height, width) or (features,)
    width : share of the channels, see `scaled`. VGG-16 at width 1 takes 1.1 GB, weights and gradients.
    rng : numpy Generator for weights and masks, as in `nn.Linear`
    dtype : float32, or float64 for checks of gradients

    Returns
    -------
    nn.Sequential with the layers "0", "1", ... in the order of `layers`
    """
    dtype, layers = as_dtype(dtype), scaled(layers, width)
    summary(layers, input_shape)  # refuses what does not fit before anything is drawn
    return _sequential(layers, _input(input_shape), rng, dtype)


# ---- helpers -----------------------------------------------------------------------------------------------


def _layers(value, name: str = "layers", least: int = 1) -> tuple[Layer, ...]:
    """`value` as a tuple of layers of this language."""
    if not isinstance(value, list | tuple) or len(value) < least:
        cause = " Usual cause: one layer alone; (layer,) with a comma is a row." if isinstance(value, Layer) else ""
        raise TypeError(f"{name}: got {value!r}, expected a row of layers such as (Conv(6, 5), ReLU()).{cause}")
    for layer in value:
        if not isinstance(layer, Layer):
            cause = ""
            if isinstance(layer, type):
                cause = " Usual cause: a class without parentheses, such as ReLU for ReLU()."
            elif isinstance(layer, list | tuple):
                cause = " Usual cause: a row inside of the row that is not unpacked with *."
            raise TypeError(f"{name}: {layer!r} is no layer of nn.architectures.{cause}")
    return tuple(value)


def _input(shape) -> Shape:
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    if len(sizes) not in (1, 3):
        cause = f" A gray image is (1, {sizes[0]}, {sizes[1]})." if len(sizes) == 2 else ""
        raise ValueError(f"input_shape={shape}, expected (channels, height, width) or (features,), without the "
                         f"samples.{cause}")
    return tuple(whole_number(size, "input_shape") for size in sizes)


def _image(layer: Layer, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"{layer!r} got an input of shape {shape}, expected (channels, height, width). Usual cause: "
                         "a Flatten() before it.")
    return shape


def _sides(layer: "Conv | Pool", sides: Sequence[int]) -> list[int]:
    try:
        return [conv_output_size(n, layer.size, layer.pad, layer.stride or layer.size) for n in sides]
    except ValueError as error:
        raise ValueError(f"{layer!r}: {error}") from None


def _scale(number: int, width: float) -> int:
    return max(1, round(number * width))


def _scaled(layers: Sequence[Layer], width: float) -> tuple[Layer, ...]:
    return tuple(layer.scaled(width) for layer in layers)


def _through(layers: Sequence[Layer], shape: Shape) -> Iterator[tuple[Layer, Shape]]:
    """Each layer with the shape that comes in."""
    for layer in layers:
        yield layer, shape
        shape = layer.shape(shape)


def _out(layers: Sequence[Layer], shape: Shape) -> Shape:
    for layer in layers:
        shape = layer.shape(shape)
    return shape


def _sequential(layers: Sequence[Layer], shape: Shape, rng, dtype) -> basic.Sequential:
    return basic.Sequential(*(layer.module(shape, rng, dtype) for layer, shape in _through(layers, shape)))


def _name(layer: Layer) -> str:
    """Short enough for a table."""
    if isinstance(layer, Residual):
        return "Residual" + (" with projection" if layer.skip else "")
    if isinstance(layer, Branches):
        return f"Branches ({len(layer.branches)})"
    return repr(layer)


# ---- the networks ------------------------------------------------------------------------------------------


def _conv_relu(out, size, stride=1, pad=0):
    return Conv(out, size, stride, pad), ReLU()


def _conv_norm(out, size, stride=1, pad=0, groups=1):
    """A convolution whose bias batch norm would take away, and batch norm."""
    return Conv(out, size, stride, pad, groups, bias=False), BatchNorm()


def _head(*sizes, classes=1000):
    """The dense layers of AlexNet and VGG."""
    hidden = [layer for size in sizes for layer in (Dense(size), ReLU(), Dropout(0.5))]
    return Flatten(), *hidden, Dense(classes)


#: LeNet-5 for 28x28 pixels, with ReLU and max pooling in place of its own activations and averages.
LENET5 = (
    *_conv_relu(6, 5, pad=2), MaxPool(2),
    *_conv_relu(16, 5), MaxPool(2), Flatten(),
    Dense(120), ReLU(), Dense(84), ReLU(), Dense(10),
)

#: AlexNet on one device: no groups.
ALEXNET = (
    *_conv_relu(96, 11, stride=4), LRN(), MaxPool(3, 2),
    *_conv_relu(256, 5, pad=2), LRN(), MaxPool(3, 2),
    *_conv_relu(384, 3, pad=1), *_conv_relu(384, 3, pad=1), *_conv_relu(256, 3, pad=1), MaxPool(3, 2),
    *_head(4096, 4096),
)


def vgg(*repeats: int) -> tuple[Layer, ...]:
    """A VGG net: so many 3x3 convolutions in each of its five blocks, whose channels double up to 512."""
    if len(repeats) != 5:
        raise ValueError(f"vgg got {len(repeats)} numbers, expected five, one a block: vgg(2, 2, 3, 3, 3).")
    repeats = [whole_number(repeat, f"repeats[{block}]") for block, repeat in enumerate(repeats)]
    layers = []
    for channels, repeat in zip((64, 128, 256, 512, 512), repeats, strict=True):
        layers += [*_conv_relu(channels, 3, pad=1) * repeat, MaxPool(2)]
    return (*layers, *_head(4096, 4096))


VGG16, VGG19 = vgg(2, 2, 3, 3, 3), vgg(2, 2, 4, 4, 4)


def inception(one: int, before_three: int, three: int, before_five: int, five: int, after_pool: int) -> Branches:
    """GoogLeNet's module: 1x1, 3x3, 5x5 and a pool side by side; 1x1 convolutions before the large and after the pool.

    The numbers are those of the paper's table, from left to right.
    """
    return Branches(
        _conv_relu(one, 1),
        (*_conv_relu(before_three, 1), *_conv_relu(three, 3, pad=1)),
        (*_conv_relu(before_five, 1), *_conv_relu(five, 5, pad=2)),
        (MaxPool(3, 1, 1), *_conv_relu(after_pool, 1)),
    )


#: GoogLeNet without batch norm: 22 layers with weights from input to output. In training two more heads, each
#: AvgPool(5, 3), Conv(128, 1), Dense(1024), Dense(1000), stand on the third and on the sixth module, and their losses
#: count 0.3; they are left out afterwards, and here.
GOOGLENET = (
    *_conv_relu(64, 7, 2, 3), MaxPool(3, 2, 1), LRN(),
    *_conv_relu(64, 1), *_conv_relu(192, 3, pad=1), LRN(), MaxPool(3, 2, 1),
    inception(64, 96, 128, 16, 32, 32), inception(128, 128, 192, 32, 96, 64), MaxPool(3, 2, 1),
    inception(192, 96, 208, 16, 48, 64), inception(160, 112, 224, 24, 64, 64), inception(128, 128, 256, 24, 64, 64),
    inception(112, 144, 288, 32, 64, 64), inception(256, 160, 320, 32, 128, 128), MaxPool(3, 2, 1),
    inception(256, 160, 320, 32, 128, 128), inception(384, 192, 384, 48, 128, 128),
    GlobalAvgPool(), Dropout(0.4), Dense(1000),
)


def _basic(channels, stride):
    """ResNet's block of two 3x3 convolutions; its output has `channels` channels."""
    return channels, (*_conv_norm(channels, 3, stride, 1), ReLU(), *_conv_norm(channels, 3, pad=1))


def _bottleneck(channels, stride):
    """ResNet's block of 1x1, 3x3 and 1x1 convolutions; the last one restores 4 times the channels."""
    body = (*_conv_norm(channels, 1), ReLU(), *_conv_norm(channels, 3, stride, 1), ReLU(), *_conv_norm(4 * channels, 1))
    return 4 * channels, body


def _resnet(block, *repeats):
    """A ResNet; the first block of a stage halves the maps, except in the first stage, and projects its skip."""
    layers, channels = [*_conv_norm(64, 7, 2, 3), ReLU(), MaxPool(3, 2, 1)], 64
    for stage, repeat in enumerate(repeats):
        for number in range(repeat):
            stride = 2 if stage and not number else 1
            out, body = block(64 * 2**stage, stride)
            layers += [Residual(body, _conv_norm(out, 1, stride) if out != channels else ()), ReLU()]
            channels = out
    return (*layers, GlobalAvgPool(), Dense(1000))


#: ResNets as PyTorch has them: the stride of a bottleneck is in its 3x3 convolution (in the paper in the first 1x1,
#: which changes no parameters and saves multiply-adds: 3.8 in place of 4.1 thousand million for ResNet-50).
RESNET18 = _resnet(_basic, 2, 2, 2, 2)
RESNET50, RESNET152 = _resnet(_bottleneck, 3, 4, 6, 3), _resnet(_bottleneck, 3, 8, 36, 3)


def _transition(out):
    """Between DenseNet's blocks: half the channels, half the side."""
    return BatchNorm(), ReLU(), Conv(out, 1, bias=False), AvgPool(2)


DENSENET121 = (
    *_conv_norm(64, 7, 2, 3), ReLU(), MaxPool(3, 2, 1),
    DenseStack(6, 32), *_transition(128), DenseStack(12, 32), *_transition(256), DenseStack(24, 32), *_transition(512),
    DenseStack(16, 32), BatchNorm(), ReLU(), GlobalAvgPool(), Dense(1000),
)


def separable(channels: int, out: int, stride: int = 1) -> tuple[Layer, ...]:
    """MobileNet's pair: a 3x3 filter for each of `channels` channels, then a 1x1 convolution that mixes them."""
    return *_conv_norm(channels, 3, stride, 1, channels), ReLU(), *_conv_norm(out, 1), ReLU()


MOBILENET = (
    *_conv_norm(32, 3, 2, 1), ReLU(),
    *separable(32, 64), *separable(64, 128, 2), *separable(128, 128), *separable(128, 256, 2), *separable(256, 256),
    *separable(256, 512, 2), *separable(512, 512) * 5, *separable(512, 1024, 2), *separable(1024, 1024),
    GlobalAvgPool(), Dense(1000),
)

#: Four convolutions and a dense layer, for photos of two kinds.
BASIC_CONVNET = (
    *_conv_relu(32, 3), MaxPool(2), *_conv_relu(64, 3), MaxPool(2), *_conv_relu(128, 3), MaxPool(2),
    *_conv_relu(128, 3), MaxPool(2), Flatten(), Dense(512), ReLU(), Dense(1),
)

#: name -> the network and the shape of one of its images
ARCHITECTURES = {
    "LeNet-5": (LENET5, (1, 28, 28)), "AlexNet": (ALEXNET, (3, 227, 227)),
    "VGG-16": (VGG16, (3, 224, 224)), "VGG-19": (VGG19, (3, 224, 224)), "GoogLeNet": (GOOGLENET, (3, 224, 224)),
    "ResNet-18": (RESNET18, (3, 224, 224)), "ResNet-50": (RESNET50, (3, 224, 224)),
    "ResNet-152": (RESNET152, (3, 224, 224)), "DenseNet-121": (DENSENET121, (3, 224, 224)),
    "MobileNet": (MOBILENET, (3, 224, 224)), "basic ConvNet": (BASIC_CONVNET, (3, 150, 150)),
}

"""What a block of samples goes through: stages, each one layer or several that one kernel computes together.

Every stage reads an array (channels, height, width, lanes) and writes the next; on the way back it turns the gradient
`d` of what it wrote into that of what it read. The gradients of its weights are added to what is there.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import nn
from course_lib.kernels import lanes, vectors
from course_lib.kernels.vectors import tuple_of
from course_lib.nn import architectures as nets


@dataclass
class Image:
    """One array between two stages: C x H x W numbers of each sample, inside a frame of zeros, and their gradient."""

    values: np.ndarray
    frame: int
    d: np.ndarray | None  #: None where nobody asks for it

    @property
    def inside(self) -> np.ndarray:
        """The numbers without the frame."""
        return lanes.inside(self.values, self.frame)

    @property
    def column(self) -> np.ndarray:
        """(features, lanes): how a dense layer sees it."""
        return self.values.reshape(-1, self.values.shape[3])


def empty_codes() -> np.ndarray:
    """In place of codes where none are needed."""
    return np.zeros((0, 0, 0, 0), np.uint8)


def _codes(size: int, shape) -> np.ndarray:
    """Room for the numbers of places in a window of size x size, and one more."""
    return vectors.aligned(shape, np.uint8 if size * size < 256 else np.int32)


class Stage:
    """The layers number `first` to `last` of a net. A subclass says in `pad` what frame it needs around its input."""

    pad = 0
    first: int
    last: int

    def connect(self, before: Image, after: Image, training: bool) -> None:
        """Take the arrays to read from and to write to, and room for what `backward` needs."""
        self.before, self.after = before, after
        self.block = tuple_of(after.values.shape[3])

    def forward(self, weights, key) -> None:
        """Write `after` from `before`. `key`, a list of whole numbers, is where random numbers come from."""
        raise NotImplementedError

    def backward(self, weights, gradients) -> None:
        """Write `before.d`, where there is one, from `after.d`, which may be changed; add to the gradients."""
        raise NotImplementedError


class Convolution(Stage):
    """Convolution, ReLU and max-pooling in windows that do not overlap; the last two where they follow."""

    def __init__(self, layer: nets.Conv, first: int, last: int, relu: bool, pool: int):
        self.layer, self.pad, self.first, self.last, self.relu, self.pool = layer, layer.pad, first, last, relu, pool

    def connect(self, before, after, training):
        super().connect(before, after, training)
        filters, height, width, block = after.inside.shape
        channels, dtype, size, pool = before.values.shape[0], after.values.dtype, self.layer.size, self.pool
        self.rows = tuple_of(vectors.rows_for(filters))
        self.options = np.array([before.frame, after.frame, self.pad, pool, self.relu])
        self.codes = empty_codes()
        if not training:
            return
        if self.relu or pool > 1:
            self.codes = _codes(pool, (filters, height, width, block))
        rows, short = vectors.outer_rows_for(filters, size), vectors.short_of(dtype)
        self.tile = *map(tuple_of, (rows * size, size, short)), self.block
        self.sums = vectors.aligned((channels * size, rows * size, short), dtype)
        self.weight_options = np.array([before.frame, self.pad, pool])
        if pool == 1:
            self.dz = after.d
        elif before.d is None:  # needed a row at a time
            self.dz = vectors.aligned((rows, pool, pool * width, block), dtype)
        else:
            self.dz = vectors.aligned((filters, pool * height, pool * width, block), dtype)
        if before.d is None:
            return
        self.back_rows = tuple_of(vectors.rows_for(channels))
        self.back_options = np.array([0, 0, size - 1 - self.pad, 1, 0])
        self.nothing, self.no_bias = empty_codes(), np.zeros(channels, dtype)

    def forward(self, weights, key):
        lanes.convolve(self.rows, self.block, self.before.values, weights.packed[self.first],
                       weights.biases[self.first], self.after.values, self.codes, self.options)

    def backward(self, weights, gradients):
        lanes.convolve_weights(*self.tile, self.after.d, self.codes, self.dz, self.before.values, self.sums,
                               gradients.weights[self.first], gradients.biases[self.first], self.weight_options)
        if self.before.d is not None:
            lanes.convolve(self.back_rows, self.block, self.dz, weights.flipped[self.first], self.no_bias,
                           self.before.d, self.nothing, self.back_options)


class Dense(Stage):
    """A dense layer, and ReLU where it follows."""

    def __init__(self, layer: nets.Dense, first: int, last: int, relu: bool):
        self.layer, self.first, self.last, self.relu = layer, first, last, relu

    def connect(self, before, after, training):
        super().connect(before, after, training)
        inputs, (outputs, block), dtype = len(before.column), after.column.shape, after.values.dtype
        self.rows, self.back_rows = tuple_of(vectors.rows_for(outputs)), tuple_of(vectors.rows_for(inputs))
        self.x, self.out = before.column, after.column
        if training:
            self.d = after.d.reshape(self.out.shape)
            self.dx = None if before.d is None else before.d.reshape(self.x.shape)
            self.turned = vectors.aligned((block, -(-outputs // block) * block), dtype)
            self.spare = vectors.aligned((len(self.back_rows), block), dtype)

    def forward(self, weights, key):
        lanes.dense(self.rows, self.block, self.x, weights.weights[self.first], weights.biases[self.first], self.out,
                    self.relu)

    def backward(self, weights, gradients):
        lanes.dense_weights(self.back_rows, self.block, self.d, self.out, self.x, self.turned, self.spare,
                            gradients.weights[self.first], gradients.biases[self.first], self.relu)
        if self.dx is not None:
            lanes.dense_inputs(self.back_rows, self.block, self.d, weights.weights[self.first], self.dx)


class Pooling(Stage):
    """Max-pooling with overlaps, padding or no convolution before it, or average pooling."""

    def __init__(self, layer: nets.MaxPool | nets.AvgPool, number: int):
        self.layer, self.first, self.last = layer, number, number

    def connect(self, before, after, training):
        super().connect(before, after, training)
        layer = self.layer
        window = layer.size, layer.stride or layer.size, layer.pad
        self.options, self.back_options = np.array([before.frame, after.frame, *window]), np.array(window)
        is_max = isinstance(layer, nets.MaxPool)
        self.codes = _codes(layer.size, after.inside.shape) if is_max else empty_codes()

    def forward(self, weights, key):
        if self.codes.size:
            lanes.maxpool((None,), self.block, self.before.values, self.after.values, self.codes, self.options)
        else:
            lanes.avgpool((None,), self.block, self.before.values, self.after.values, self.options)

    def backward(self, weights, gradients):
        if self.before.d is not None:
            lanes.unpool((None,), self.block, self.after.d, self.codes, self.before.d, self.back_options)


class GlobalAverage(Stage):
    """The mean of each map."""

    def __init__(self, number: int):
        self.first = self.last = number

    def forward(self, weights, key):
        np.mean(self.before.inside, axis=(1, 2), keepdims=True, out=self.after.values)

    def backward(self, weights, gradients):
        if self.before.d is not None:
            self.before.d[:] = self.after.d / self.after.values.dtype.type(np.prod(self.before.d.shape[1:3]))


class Elementwise(Stage):
    """Number by number, whatever the shape, which a Flatten before it has changed."""

    def connect(self, before, after, training):
        super().connect(before, after, training)
        self.read, self.written = before.values.reshape(after.inside.shape), after.inside
        self.d_read = None if before.d is None else before.d.reshape(after.inside.shape)


class Activation(Elementwise):
    """An activation that no kernel before it has computed along."""

    def __init__(self, layer: nets.Layer, number: int):
        self.module, self.first, self.last = getattr(nn, type(layer).__name__)(), number, number

    def forward(self, weights, key):
        self.written[:] = self.module(self.read)

    def backward(self, weights, gradients):
        if self.d_read is not None:
            self.d_read[:] = self.module.backward(self.after.d)


class Dropout(Elementwise):
    """In training each number is 0 with probability p, and the others are divided by 1 - p."""

    def __init__(self, layer: nets.Dropout, number: int):
        self.p, self.first, self.last = layer.p, number, number

    def forward(self, weights, key):
        rng, dtype = np.random.default_rng([*key, self.first]), self.read.dtype
        self.mask = (rng.random(self.read.shape, dtype) >= self.p) * dtype.type(1 / (1 - self.p))
        np.multiply(self.read, self.mask, out=self.written)

    def backward(self, weights, gradients):
        if self.d_read is not None:
            np.multiply(self.after.d, self.mask, out=self.d_read)


# ---- layers to stages ------------------------------------------------------------------------------------------------


def stages_of(layers, fused: bool, training: bool) -> list[Stage]:
    """The stages of a net. `fused` joins layers; without it each layer that computes anything is a stage."""
    stages, number = [], 0
    while number < len(layers):
        layer, first = layers[number], number
        following = layers[number + 1 : number + 3] if fused else ()
        if isinstance(layer, nets.Conv):
            relu, pool = False, 1
            # ReLU may come before or after the maximum: both give the same.
            for follower in following:
                if isinstance(follower, nets.ReLU) and not relu:
                    relu = True
                elif isinstance(follower, nets.MaxPool) and pool == 1 and _side_by_side(follower):
                    pool = follower.size
                else:
                    break
                number += 1
            stages.append(Convolution(layer, first, number, relu, pool))
        elif isinstance(layer, nets.Dense):
            relu = any(isinstance(follower, nets.ReLU) for follower in following[:1])
            number += relu
            stages.append(Dense(layer, first, number, relu))
        elif isinstance(layer, nets.MaxPool | nets.AvgPool):
            stages.append(Pooling(layer, number))
        elif isinstance(layer, nets.GlobalAvgPool):
            stages.append(GlobalAverage(number))
        elif isinstance(layer, nets.ReLU | nets.Sigmoid | nets.Tanh):
            stages.append(Activation(layer, number))
        elif isinstance(layer, nets.Dropout) and training:
            stages.append(Dropout(layer, number))
        number += 1
    return stages


def _side_by_side(pooling: nets.MaxPool) -> bool:
    """Whether its windows neither overlap nor leave gaps, and need no padding."""
    return pooling.stride in (None, pooling.size) and pooling.pad == 0

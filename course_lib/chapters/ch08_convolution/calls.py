"""How the answers of chapter 08 are put to work; see `exercises/adapters.py`."""

import inspect
import math
import sys
from dataclasses import fields

import numpy as np

from course_lib import ops
from course_lib.convnet.net import as_net
from course_lib.nn import architectures

#: What a network of exercise 8.12 may have, and what one image may cost.
MOST_PARAMETERS, MOST_MULTIPLY_ADDS, MOST_LAYERS = 10_000, 2_000_000, 100
#: what runs when np.pad is called, however its caller came by it
_NP_PAD = inspect.unwrap(np.pad).__code__


def _with_cache(result, name, parts):
    """The output, and the parts of the cache that came with it."""
    if result is None:
        raise TypeError(f"{name} has returned None, usually because the `return` line is missing")
    wanted = f"{name} should return the pair (out, cache) with cache = ({', '.join(parts)})"
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise TypeError(wanted)
    out, cache = result
    if not isinstance(cache, tuple | list) or len(cache) != len(parts):
        raise TypeError(wanted)
    return out, *cache


def conv2d_forward(answer, x, w, b, stride, pad):
    """Output and the four parts of the cache."""
    return _with_cache(answer(x, w, b, stride, pad), "conv2d_forward", ("x", "w", "stride", "pad"))


def maxpool_forward(answer, x, f, s):
    """Output and the three parts of the cache."""
    return _with_cache(answer(x, f, s), "maxpool_forward", ("x", "f", "s"))


def with_own_cache(forward):
    """The library's forward function with its arguments as cache."""
    return lambda *arguments: (forward(*arguments)[0], tuple(a for a in arguments if np.ndim(a) != 1))


def from_arguments(conv2d_backward):
    """The library's way back from a cache (x, w, stride, pad)."""

    def answer(dout, cache):
        x, w, stride, pad = cache
        return conv2d_backward(dout, ops.conv2d_forward(x, w, np.zeros(len(w)), stride, pad)[1])

    return answer


def from_windows(maxpool2d_backward):
    """The library's way back from a cache (x, f, s)."""
    return lambda dout, cache: maxpool2d_backward(dout, ops.maxpool2d_forward(*cache)[1])


def pad2d(answer, x, p, mode):
    """What the answer makes of the picture, unless np.pad makes it, under whatever name it was called."""
    called = []

    def note(frame, event, argument):
        if event == "call" and frame.f_code is _NP_PAD:
            called.append(True)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        padded = answer(x, p, mode)
    finally:
        sys.setprofile(before)
    if called:
        raise TypeError("it calls np.pad, which is to be written here: say for each new pixel which one of x it shows")
    return padded


def of_one_image(pad_images):
    """The library's padding of one gray image."""
    return lambda x, p, mode: pad_images(x[None, None], p, mode)[0, 0]


def without_bias(transposed_conv2d_forward):
    """The library's transposed layer, its output alone."""
    return lambda x, w, stride, pad: transposed_conv2d_forward(x, w, None, stride, pad)[0]


def residual_backward(answer, dout, weights):
    """Back through blocks y = x + F(x) with F(x) = x W, the last one first: the gradient, and its length against dout.

    weights : one matrix W a block, the first block's first.
    """
    gradient = dout
    for W in reversed(weights):

        def F_backward(dF, W=W):
            if np.ndim(dF) == 0:
                raise ValueError(f"F_backward was given {dF!r:.40}, expected a gradient, an array like dout")
            return dF @ W.T

        gradient = answer(gradient, F_backward)
        if gradient is None:
            raise TypeError("residual_backward has returned None, usually because the `return` line is missing")
    return gradient, float(np.linalg.norm(gradient) / np.linalg.norm(dout))


def my_layers(answer):
    """Name and settings of each layer, if the network may be trained; that is done where it is judged."""
    layers = answer()
    if layers is None:
        raise TypeError("my_layers has returned None, usually because the `return` line is missing")
    rows, _, _ = within_limits(layers)
    return [(type(row.layer).__name__, {field.name: getattr(row.layer, field.name) for field in fields(row.layer)})
            for row in rows]


def within_limits(layers):
    """The rows of the network's summary, its parameters and its multiply-adds for one digit.

    Raises
    ------
    TypeError, ValueError
        When it cannot be trained, or takes more than is allowed.
    """
    shape = 1, 28, 28
    rows = architectures.summary(layers, shape)
    if repr(layers[-1]) != "Dense(10)":
        raise ValueError(f"the last layer is {layers[-1]!r}, expected Dense(10): one score for each digit, and the "
                         "loss does the rest")
    parameters, multiply_adds = architectures.count(layers, shape)
    if parameters > MOST_PARAMETERS:
        row = max(rows, key=lambda row: row.parameters)
        raise ValueError(f"the network has {parameters:,} parameters, at most {MOST_PARAMETERS:,} are allowed; "
                         f"{row.name} alone has {row.parameters:,}. Look at the size of what goes into it")
    if multiply_adds > MOST_MULTIPLY_ADDS:
        row = max(rows, key=lambda row: row.multiply_adds)
        raise ValueError(f"the network needs {multiply_adds:,} multiply-adds for one digit, and the check has time for "
                         f"{MOST_MULTIPLY_ADDS:,}; {row.name} alone needs {row.multiply_adds:,}. Pool earlier, or take "
                         "fewer maps")
    as_net(layers, shape)
    if len(rows) > MOST_LAYERS:
        raise ValueError(f"the network has {len(rows)} layers, and the check has time for {MOST_LAYERS}")
    looks = sum(math.prod(row.shape) * row.layer.size**2 for row in rows if isinstance(row.layer, architectures.Pool))
    if looks > MOST_MULTIPLY_ADDS:
        raise ValueError(f"the windows of the pooling layers hold {looks:,} numbers for one digit, and the check has "
                         f"time for {MOST_MULTIPLY_ADDS:,}. A larger stride takes fewer windows")
    return rows, parameters, multiply_adds

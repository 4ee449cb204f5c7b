"""How the answers of chapter 08 are put to work; see `exercises/adapters.py`."""

import numpy as np

from course_lib import ops


def _with_cache(result, name, parts):
    """The output, and the parts of the cache that came with it."""
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
        gradient = answer(gradient, lambda dF, W=W: dF @ W.T)
        if gradient is None:
            raise TypeError("residual_backward has returned None, usually because the `return` line is missing")
    return gradient, float(np.linalg.norm(gradient) / np.linalg.norm(dout))

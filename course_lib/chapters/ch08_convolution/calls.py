"""How the answers of chapter 08 are put to work; see `exercises/adapters.py`."""

import numpy as np


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

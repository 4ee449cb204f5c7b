"""How the answers of chapter 04 are put to work; see `exercises/adapters.py`."""

import numpy as np

from course_lib import nn


def affine_forward(forward, x, W, b):
    """Output and the two parts of the cache."""
    result = forward(x, W, b)
    try:
        out, (cached_x, cached_W) = result
    except (TypeError, ValueError):
        raise TypeError("affine_forward should return the pair (out, cache) with cache = (x, W)") from None
    return out, cached_x, cached_W


LOSS_NAMES = ("mse", "mae", "cross_entropy", "kl", "hellinger")


def loss_table(answer, a, y):
    """The losses in the order of their names."""
    table = answer(a, y)
    if not isinstance(table, dict) or set(table) != set(LOSS_NAMES):
        raise TypeError(f"a dict with the keys {', '.join(LOSS_NAMES)} is expected")
    return tuple(table[name] for name in LOSS_NAMES)


def deep_backward(answer, X, Y, weights, biases):
    """The gradients of all layers in one row."""
    dWs, dbs = answer(X, Y, list(weights), list(biases))
    if len(dWs) != len(weights) or len(dbs) != len(biases):
        raise ValueError(f"{len(weights)} layers, but {len(dWs)} weight gradients and {len(dbs)} bias "
        "gradients")
    return tuple(gradient for pair in zip(dWs, dbs, strict=True) for gradient in pair)


def gradient_check(answer, A, x, h, planted):
    """Build a smooth function and its gradient from the data; `planted` is added to the gradient's last entry."""

    def f(x):
        return float(np.sum(np.sin(A * x)) + 0.1 * np.sum(x) ** 2)

    def grad(x):
        gradient = A * np.cos(A * x) + 0.2 * np.sum(x)
        gradient.flat[-1] += planted
        return gradient

    x = x.copy()
    numeric, relative = answer(f, grad, x, h)
    return numeric, relative, x


def digit_classifier(answer, X, y, X_val, y_val):
    """The layers of the net with their weights, and the recorded losses of both sets (or None).

    The net is built anew where it is judged: what it says of images is worked out there.
    """
    net, history = answer(X, y, X_val, y_val)
    if not isinstance(net, nn.Module):
        raise TypeError(f"digit_classifier has returned a {type(net).__name__} as net, expected an nn.Sequential of "
                        "layers")
    return _layers(net), *[getattr(history, name, None) for name in ("loss", "val_loss")]


def _layers(net):
    """Name and arrays of each layer, from the input on, those of rows inside of the row too."""
    if isinstance(net, nn.Sequential):
        return [row for layer in net.layers for row in _layers(layer)]
    return [(type(net).__name__, net.state_dict())]

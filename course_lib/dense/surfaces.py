"""Values on a grid, for pictures: a network over the plane of its two inputs, a loss over two parameters."""

import numpy as np

from course_lib.dense.flat import flatten, is_network, layout
from course_lib.dense.problem import as_codes, as_inputs, as_targets
from course_lib.kernels import runs
from course_lib.ops.activations import activation_named, softmax
from course_lib.ops.plane import axis
from course_lib.ops.updates import RULES
from course_lib.validate import as_float

#: How many points of a picture, or parameter vectors of a plane, are computed side by side: their numbers then stay in
#: the second cache, and a call is long enough for its fixed cost not to count.
SIDE_BY_SIDE = 3000


def _strips(n):
    """The rows of an n x n picture in slices of about SIDE_BY_SIDE points."""
    rows = max(1, SIDE_BY_SIDE // n)
    return [slice(first, min(first + rows, n)) for first in range(0, n, rows)]


def mlp_surface(params, xlim, ylim, n, hidden="tanh", output="identity"):
    """Output of a network with two inputs on an even grid, as `ops.mlp_forward` (4.2) at every point of `ops.grid`.

    Parameters
    ----------
    params : [(W1, b1), ..., (WL, bL)] with W1 of shape (2, H); a bias may be None
    xlim, ylim : (low, high)
    n : int, points along each side
    hidden, output : str, names of activations; the output may be "softmax"

    Returns
    -------
    (n, n) array, row 0 at the lowest y; (n, n, K) when the network has K > 1 outputs
    """
    flat, sizes, _ = flatten(params)
    params = [(as_float(W, "W"), b) for W, b in params]
    if sizes[0] != 2:
        raise ValueError(f"a surface needs a network with 2 inputs, this one has {sizes[0]}.")
    dtype = flat.dtype
    last = "identity" if output == "softmax" else output
    forwards = [activation_named(name).forward for name in [hidden] * (len(params) - 1) + [last]]
    # Every layer's values end in a row of 1, and [W 0; b 0]^T against them adds the bias within the product.
    layers = [np.zeros((W.shape[1] + 1, W.shape[0] + 1), dtype) for W, _ in params]
    for layer, (W, b) in zip(layers, params, strict=True):
        layer[:-1, :-1], layer[:-1, -1] = W.T, 0 if b is None else b
    xs, ys = axis(xlim, n, "xlim", dtype), axis(ylim, n, "ylim", dtype)
    out = np.empty((n, n, sizes[-1]), dtype)
    with np.errstate(all="ignore"):  # a diverged network: its infinities are the picture
        for strip in _strips(n):
            inputs = np.ones((3, len(ys[strip]), n), dtype)
            inputs[0], inputs[1] = xs, ys[strip, None]
            a = inputs.reshape(3, -1)
            for layer, forward in zip(layers, forwards, strict=True):
                a = forward(layer @ a)
                a[-1] = 1
            out[strip] = a[:-1].T.reshape(-1, n, sizes[-1])
    out = softmax(out) if output == "softmax" else out
    return out[:, :, 0] if sizes[-1] == 1 else out


def _direction(direction, center, name):
    """A direction as a flat vector; the number of a parameter stands for that parameter's own value."""
    if isinstance(direction, int | np.integer):
        if not 0 <= direction < center.size:
            raise ValueError(f"{name}={direction}: the network has parameters 0..{center.size - 1}.")
        center[direction] = 0
        return np.eye(1, center.size, direction, dtype=center.dtype)[0]
    flat = flatten(direction)[0] if is_network(direction) else as_float(direction, name)
    if flat.shape != center.shape:
        raise ValueError(f"{name} has shape {flat.shape}, expected {center.shape}, one number a parameter; or layers "
                         "[(W, b), ...]; or the number of one parameter.")
    return flat.astype(center.dtype)


def loss_surface(params, X, y, first, second, xlim, ylim, n, hidden="tanh", output=None, loss="mse"):
    """Loss over a plane of parameters: L(params + u first + v second).

    Parameters
    ----------
    params : [(W1, b1), ..., (WL, bL)], the middle of the plane
    X : (N, D) samples
    y : (N,) or (N, K) targets, integer labels for "cross_entropy"
    first, second : two directions, each a list of pairs like `params` or a flat vector of all W and b in order; or the
        number of one parameter in that vector, and then the axis is the value of this parameter itself
    xlim, ylim : (low, high) of u and of v
    n : int, points along each side
    hidden, output, loss : names as in `train`

    Returns
    -------
    (n, n) array, row 0 at the lowest v
    """
    flat, sizes, biases = flatten(params)
    X = as_inputs(X, sizes)
    codes, _ = as_codes(hidden, output, loss)
    center = flat.copy()
    first, second = _direction(first, center, "first"), _direction(second, center, "second")
    us, vs = axis(xlim, n, "xlim", flat.dtype), axis(ylim, n, "ylim", flat.dtype)
    network = (np.array(sizes, np.int64), layout(sizes, biases), codes, np.ascontiguousarray(X.T, flat.dtype),
               as_targets(y, sizes, loss, len(X), flat.dtype), np.empty((0, 0), np.int64))
    out = np.empty((n, n), flat.dtype)
    for strip in _strips(n):
        starts = (center + vs[strip, None, None] * second + us[:, None] * first).reshape(-1, center.size)
        out[strip] = _losses_of(starts, network, len(X)).reshape(-1, n)
    return out


def _losses_of(starts, network, points):
    """The loss of many parameter vectors (S, P): the one before the first step of no epochs."""
    losses, no_parts = np.full((len(starts), 1), np.nan), np.empty((0, 3), np.int64)
    nothing = np.empty((len(starts), 0, starts.shape[1]), starts.dtype)
    sgd = RULES["sgd"].compiled(starts.dtype)
    runs.train(starts, nothing, 0, sgd, np.zeros((len(starts), 2, 2)), no_parts, *network, losses, np.full(1, -1),
               nothing, np.full(len(starts), -1), np.empty((len(starts), 0, len(network[1]))), points)
    return losses

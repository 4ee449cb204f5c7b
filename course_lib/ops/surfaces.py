"""Values on a grid, for pictures: a network over the plane of its two inputs, a loss over two parameters."""

import numpy as np

from course_lib.kernels import training
from course_lib.ops.activations import activation_named, softmax
from course_lib.ops.losses import one_hot
from course_lib.validate import as_float, as_labels, as_rows, same_shape

__all__ = [
    "grid",
    "loss_surface",
    "mlp_surface",
]

#: How many points of a picture, or parameter vectors of a plane, are computed side by side: their numbers then stay in
#: the second cache, and a call is long enough for its fixed cost not to count.
SIDE_BY_SIDE = 3000


def _strips(n):
    """The rows of an n x n picture in slices of about SIDE_BY_SIDE points."""
    rows = max(1, SIDE_BY_SIDE // n)
    return [slice(first, min(first + rows, n)) for first in range(0, n, rows)]


def _axis(limits, n, name, dtype=np.float64):
    low, high = limits
    if not low < high:
        raise ValueError(f"{name} must be (low, high) with low < high, got {tuple(limits)}.")
    return np.linspace(low, high, n, dtype=dtype)


def grid(xlim, ylim, n):
    """Points of an even n x n grid, row by row from the lowest y, borders included.

    Parameters
    ----------
    xlim, ylim : (low, high)
    n : int, points along each side

    Returns
    -------
    (n*n, 2); `values.reshape(n, n)` has row 0 at the lowest y
    """
    x, y = np.meshgrid(_axis(xlim, n, "xlim"), _axis(ylim, n, "ylim"))
    return np.column_stack([x.ravel(), y.ravel()])


def _flatten(params):
    """The layers [(W, b), ...] as one vector, the layer sizes, and where each W and b starts in the vector."""
    parts, sizes, layout, place = [], [], [], 0
    for number, (W, b) in enumerate(params, 1):
        W = as_float(W, f"W of layer {number}")
        if W.ndim != 2 or (sizes and W.shape[0] != sizes[-1]):
            before = sizes[-1] if sizes else "inputs"
            raise ValueError(f"layer {number}: W must have shape ({before}, outputs), got {W.shape}. Usual cause: W is "
                             "transposed; the course stores (inputs, outputs).")
        sizes = sizes or [W.shape[0]]
        sizes.append(W.shape[1])
        layout.append((place, -1 if b is None else place + W.size))
        parts.append(W.ravel())
        if b is not None:
            b = as_float(b, f"b of layer {number}")
            if b.shape != (W.shape[1],):
                raise ValueError(f"layer {number}: b must have shape ({W.shape[1]},), got {b.shape}.")
            parts.append(b)
        place = sum(part.size for part in parts)
    return np.concatenate(parts), np.array(sizes, np.int64), np.array(layout, np.int64)


def mlp_surface(params, xlim, ylim, n, hidden="tanh", output="identity"):
    """Output of a network with two inputs on an even grid, as `mlp_forward` (4.2) at every point of `grid`.

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
    flat, sizes, _ = _flatten(params)
    if sizes[0] != 2:
        raise ValueError(f"a surface needs a network with 2 inputs, this one has {sizes[0]}.")
    dtype = flat.dtype
    last = "identity" if output == "softmax" else output
    forwards = [activation_named(name).forward for name in [hidden] * (len(params) - 1) + [last]]
    # Every layer's values end in a row of 1, and [W 0; b 0]^T against them adds the bias within the product.
    layers = [np.zeros((W.shape[1] + 1, W.shape[0] + 1), dtype) for W, _ in params]
    for layer, (W, b) in zip(layers, params, strict=True):
        layer[:-1, :-1], layer[:-1, -1] = W.T, 0 if b is None else b
    xs, ys = _axis(xlim, n, "xlim", dtype), _axis(ylim, n, "ylim", dtype)
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
    if isinstance(direction, np.ndarray) and direction.ndim == 1:
        flat = direction.astype(center.dtype)
    else:
        flat = _flatten(direction)[0].astype(center.dtype)
    if flat.shape != center.shape:
        raise ValueError(f"{name} has {flat.size} numbers, the network {center.size} parameters.")
    return flat


def _targets(y, samples, outputs, loss):
    """Targets (K, N) as the training kernels take them."""
    if loss == "cross_entropy":
        return one_hot(as_labels(y, samples, outputs), outputs).T
    y = as_float(y, "y")
    y = y[:, None] if y.ndim == 1 else y
    same_shape(np.empty((samples, outputs)), y, ("the network's output", "y"))
    return y.T


def loss_surface(params, X, y, first, second, xlim, ylim, n, hidden="tanh", output="identity", loss="mse"):
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
    hidden, output, loss : names as in `training.fit`; "bce" and "cross_entropy" include the output activation

    Returns
    -------
    (n, n) array, row 0 at the lowest v
    """
    X = as_rows(X, "X")
    flat, sizes, layout = _flatten(params)
    if X.shape[1] != sizes[0]:
        raise ValueError(f"X of shape {X.shape} has {X.shape[1]} features, the network {sizes[0]} inputs.")
    for name, value, allowed in (("hidden", hidden, training.ACTIVATIONS), ("loss", loss, training.LOSSES)):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}.")
    from_scores = loss in ("bce", "cross_entropy")
    if not from_scores and output not in training.ACTIVATIONS:
        raise ValueError(f"output must be one of {', '.join(training.ACTIVATIONS)}, got {output!r}.")
    last = 0 if from_scores else training.ACTIVATIONS.index(output)
    names = np.array([training.ACTIVATIONS.index(hidden), last, training.LOSSES.index(loss)], np.int64)
    center = flat.copy()
    first, second = _direction(first, center, "first"), _direction(second, center, "second")
    us, vs = _axis(xlim, n, "xlim", flat.dtype), _axis(ylim, n, "ylim", flat.dtype)
    targets = np.ascontiguousarray(_targets(y, len(X), int(sizes[-1]), loss), flat.dtype)
    out = np.empty((n, n), flat.dtype)
    inputs, no_order = np.ascontiguousarray(X.T, flat.dtype), np.empty((0, 0), np.int64)
    for strip in _strips(n):
        # The loss before the first of no epochs, for many starts: every point of the plane is a start.
        starts = (center + vs[strip, None, None] * second + us[:, None] * first).reshape(-1, center.size)
        losses = np.full((len(starts), 1), np.nan)
        training.train(starts, np.zeros((len(starts), 2), flat.dtype), sizes, layout, names, inputs, targets, no_order,
                       losses, np.full(1, -1), np.empty((len(starts), 0, center.size), flat.dtype),
                       np.full(len(starts), -1), np.empty((len(starts), 0, len(layout))), len(X))
        out[strip] = losses.reshape(-1, n)
    return out

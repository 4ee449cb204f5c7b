"""The gradient of a network's loss as one vector, and how sharply the loss bends."""

import numpy as np

from course_lib.dense.flat import flatten, is_network
from course_lib.dense.problem import as_inputs
from course_lib.dense.runs import sweep
from course_lib.validate import generator, rate, whole_number

#: The step of the differences of gradients, of length 1 in the parameters.
STEP = 1e-5


def gradient(params, X, y, hidden="tanh", output=None, loss="mse"):
    """The gradient of the mean loss over all points, (4.54)-(4.57), in the order of `pack`.

    Parameters
    ----------
    params : [(W1, b1), ..., (WL, bL)], or a list of several such networks of the same sizes
    X : (N, D) samples
    y : (N,) or (N, K) targets, integer labels for "cross_entropy"
    hidden, output, loss : names as in `train`

    Returns
    -------
    (P,) array, float64; (S, P) for S networks
    """
    flat, of = _gradients(params, X, y, hidden, output, loss)
    gradients = of(flat)
    return gradients[0] if is_network(params) else gradients


def sharpness(params, X, y, hidden="tanh", output=None, loss="mse", *, n=1000, tol=1e-6, rng=0):
    """The largest eigenvalue of the Hessian of the mean loss: gradient descent is unstable where lr > 2 / sharpness.

    v <- Hv / |Hv|, until v . Hv stays, with Hv = (g(w + h v) - g(w - h v)) / (2 h)

    Power iteration finds the eigenvalue of the largest absolute value. If this one is negative, it runs once more with
    H moved up by so much that the largest eigenvalue is also the one of the largest absolute value.

    Parameters
    ----------
    params, X, y, hidden, output, loss : as in `gradient`; float64 is used throughout
    n : int, iterations at most
    tol : float, relative change of the eigenvalue from one iteration to the next that ends them
    rng : seed or numpy Generator for the first v

    Returns
    -------
    float; (S,) array for S networks
    """
    n, tol = whole_number(n, "n"), rate(tol, "tol")
    flat, of = _gradients(params, X, y, hidden, output, loss)
    start = generator(rng).standard_normal(flat.shape[1])

    def times_hessian(v):
        both = of(np.concatenate([flat + STEP * v, flat - STEP * v]))
        return (both[: len(flat)] - both[len(flat) :]) / (2 * STEP)

    largest = _power_iteration(times_hessian, start, np.zeros(len(flat)), n, tol)
    if (largest < 0).any():
        up = np.maximum(-largest, 0)
        largest = _power_iteration(times_hessian, start, up, n, tol)
    return float(largest[0]) if is_network(params) else largest


def _gradients(params, X, y, hidden, output, loss):
    """The flat parameters (S, P) in float64, and the function that gives the gradient at such vectors, (S, P)."""
    networks = [params] if is_network(params) or not isinstance(params, list | tuple) or not params else params
    flats = [flatten(network) for network in networks]
    _, sizes, biases = flats[0]
    if any(own != sizes for _, own, _ in flats):
        raise ValueError(f"networks of sizes {sizes} and {next(own for _, own, _ in flats if own != sizes)}; expected "
                         "several of the same sizes.")
    if len({bias for _, _, own in flats for bias in own}) != 1:
        raise ValueError("some layers have a bias and some have none; expected a bias in all or in none.")
    X = as_inputs(X, sizes).astype(np.float64)

    def of(flat):
        # Momentum 0 keeps the last gradient; a rate of 0 moves nothing.
        many = sweep(sizes, X, y, flat, 0.0, hidden=hidden, output=output, loss=loss, epochs=1, bias=biases[0],
                     momentum=0.0)
        return np.where(many.diverged_at[:, None] < 0, many.state[:, 0], np.nan)

    return np.stack([flat for flat, _, _ in flats]).astype(np.float64), of


def _power_iteration(times_hessian, v, up, n, tol):
    """v . Hv of (S, P) vectors once it stays, of H + up I but without `up`."""
    v, value = np.broadcast_to(v / np.linalg.norm(v), (len(up), v.size)), np.full(len(up), np.inf)
    for _ in range(n):
        Hv = times_hessian(v)
        before, value = value, np.sum(v * Hv, axis=1)
        if not (np.abs(value - before) > tol * np.abs(value)).any():  # NaN, of a diverged network, stays as well
            break
        moved = Hv + up[:, None] * v
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        v = np.where(length > 0, moved / np.where(length > 0, length, 1), v)
    return value

"""The perceptron: prediction, learning rule, distance from the boundary, bound on the number of mistakes."""

from dataclasses import dataclass

import numpy as np

from course_lib.kernels import perceptron as kernels
from course_lib.validate import as_float, as_labels, as_order, as_rows, finite, rate, same_kind, whole_number

__all__ = [
    "PerceptronRun",
    "mistake_bound",
    "perceptron_fit",
    "perceptron_predict",
    "perceptron_update",
    "signed_distance",
]


@dataclass(frozen=True)
class PerceptronRun:
    """What `perceptron_fit` found and what happened on the way."""

    w: np.ndarray  #: (D,) weights at the end
    b: float  #: bias at the end
    mistakes_per_epoch: np.ndarray  #: (epochs run,) integers; the last is 0 when the run converged
    history: np.ndarray  #: (corrections + 1, D + 1) rows (b, w1, ..., wD), the start first
    converged_epoch: int | None  #: number (from 1) of the first epoch without a mistake
    corrections: int  #: number of updates, which is the number of mistakes
    corrected: np.ndarray  #: (corrections, 2) epoch (from 1) and sample of each update


def _samples(X, w, b):
    """X (N, D) and w (D,) in their common dtype and b as a number of it, all finite."""
    X, w = as_rows(X, "X"), as_float(w, "w")
    if w.shape != (X.shape[1],):
        raise ValueError(f"X of shape {X.shape} has {X.shape[1]} features, so w must have shape ({X.shape[1]},), got "
                         f"{w.shape}.")
    finite(X, "X")
    finite(w, "w")
    X, w = same_kind(X, w)
    return X, w, w.dtype.type(rate(b, "b", -np.inf))


def perceptron_predict(X, w, b):
    """Answers of a step unit.

    y_hat = step(w.x + b)    (3.4)

    Parameters
    ----------
    X : (N, D)
    w : (D,)
    b : float

    Returns
    -------
    (N,) integers 0 and 1
    """
    X, w, b = _samples(X, w, b)
    return (X @ w + b >= 0).astype(np.int64)


def perceptron_update(x, y, w, b, lr=1.0):
    """One step of the learning rule, for one sample.

    e = y - y_hat, one of -1, 0, 1    (3.5)
    w <- w + lr e x,  b <- b + lr e    (3.6)

    Parameters
    ----------
    x : (D,)
    y : label, 0 or 1
    w : (D,)
    b : float
    lr : float, learning rate, > 0

    Returns
    -------
    w : (D,), the new weights
    b : float, the new bias

    Raises
    ------
    ValueError
        A label other than 0 and 1 (usual cause: -1), or shapes that do not fit.
    """
    X, w, b = _samples(as_float(x, "x")[None], w, b)
    lr, e = _learning_rate(lr), whole_number(y, "y", 0, 1) - (X[0] @ w + b >= 0)
    return w + w.dtype.type(lr) * e * X[0], float(b + lr * e)


def _learning_rate(lr) -> float:
    lr = rate(lr, "lr")
    if lr == 0:
        raise ValueError("lr=0, expected a positive number: at 0 nothing is learned.")
    return float(lr)


def perceptron_fit(X, y, lr=1.0, epochs=None, w0=None, b0=0.0, order=None):
    """Train a perceptron: `perceptron_update` for each sample in turn; stop after the first epoch without a mistake.

    Parameters
    ----------
    X : (N, D)
    y : (N,) labels 0 and 1
    lr : float, learning rate, > 0
    epochs : int, passes over the data at most; 10 where neither it nor `order` is given
    w0 : (D,) start of the weights, default zeros
    b0 : float, start of the bias
    order : (epochs, N) integers, each row all samples in the order of an epoch; default: as given

    Returns
    -------
    PerceptronRun

    Raises
    ------
    ValueError
        Labels other than 0 and 1 (usual cause: -1 and +1), shapes that do not fit, or an order without some sample.
    """
    X = as_rows(X, "X")
    X, w0, b0 = _samples(X, np.zeros(X.shape[1], X.dtype) if w0 is None else w0, b0)
    labels = as_labels(y, len(X), 2)
    lr = _learning_rate(lr)
    epochs = None if epochs is None else whole_number(epochs, "epochs")
    order = np.tile(np.arange(len(X)), (epochs or 10, 1)) if order is None else _epochs(order, len(X), epochs)
    w = np.r_[b0, w0]
    mistakes = np.zeros(order.shape[0], np.int64)
    history = np.zeros((order.size + 1, w.size), X.dtype)
    corrected = np.zeros((order.size, 2), np.int64)
    updates, done = kernels.perceptron_run(X, labels, order, lr, w, mistakes, history, corrected)
    corrected = corrected[:updates].copy()
    corrected[:, 0] += 1
    return PerceptronRun(w[1:].copy(), float(w[0]), mistakes[:done].copy(), history[: updates + 1].copy(),
                         done if mistakes[done - 1] == 0 else None, updates, corrected)


def _epochs(order, samples, epochs):
    """Rows that each hold every sample once: only then does an epoch without a mistake mean that all are right."""
    order = as_order(order, samples, epochs)
    seen = np.zeros((len(order), samples), bool)
    np.put_along_axis(seen, order, True, axis=1)
    if order.shape[1] != samples or not seen.all():
        raise ValueError(f"a row of order, of shape {order.shape}, does not hold each of the {samples} samples once. "
                         "Usual cause: draws with replacement; rng.permutation(N) makes a row.")
    return order


def signed_distance(X, w, b):
    """Distance of each point from the boundary w.x + b = 0, positive on the side of class 1.

    d = (w.x + b) / |w|    (3.7)

    Parameters
    ----------
    X : (N, D)
    w : (D,), not all 0
    b : float

    Returns
    -------
    (N,)

    Raises
    ------
    ValueError
        When w = 0: then there is no boundary.
    """
    X, w, b = _samples(X, w, b)
    length = np.linalg.norm(w)
    if length == 0:
        raise ValueError("w is zero, so there is no boundary and no distance from it.")
    return (X @ w + b) / length


def mistake_bound(X, y, w, b):
    """Largest number of corrections that a perceptron started at zero can need on separable data.

    With the bias as weight of a constant input 1, x~ = (1, x) and w~ = (b, w):
    gamma = min_i (2 y_i - 1) w~.x~_i / |w~|,  R = max_i |x~_i|    (3.8)
    corrections <= (R / gamma)^2    (3.9)

    Any separating (w, b) gives a valid bound; the one with the widest margin gives the smallest.

    Parameters
    ----------
    X : (N, D)
    y : (N,) labels 0 and 1
    w, b : (D,) and float, a boundary that separates the classes

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When (w, b) does not separate the classes, with the number of points on the wrong side.
    """
    X, w, b = _samples(X, w, b)
    labels = as_labels(y, len(X), 2)
    side = (2 * labels - 1) * (X @ w + b)
    if side.min() <= 0:
        raise ValueError(f"(w, b) does not separate the classes: {int((side <= 0).sum())} of {len(X)} points lie on "
                         "the wrong side or on the boundary. The bound needs a positive margin.")
    gamma = side.min() / np.sqrt(w @ w + float(b) ** 2)
    return float((1 + (X * X).sum(axis=1)).max() / gamma**2)

"""Gradient descent with its path: whole batch, mini-batches, schedules, and when to stop."""

from typing import NamedTuple

import numpy as np

from course_lib.kernels import linear as kernels
from course_lib.ops.regression import _data
from course_lib.ops.updates import RULES
from course_lib.validate import as_float, as_number, as_order, as_places, choice, function, rate, whole_number

__all__ = [
    "Descent",
    "descend",
    "early_stopping",
    "gradient_descent",
    "inverse_time",
    "mini_batches",
    "stochastic_descent",
    "updates_per_epoch",
]


def _rates(lr, updates):
    """The learning rate of each update, (updates,): a number stays, a function of the update number t = 0, 1, ... is
    asked.
    """
    if callable(lr):
        function(lr, "lr", "the number of the update t that returns a learning rate")
        values = as_float([lr(t) for t in range(updates)], "lr(t)")
        if values.ndim != 1:
            raise ValueError(f"lr(t) has shape {values.shape[1:]}, expected one number.")
    else:
        values = np.full(updates, as_number(lr, "lr"))
    if not (np.isfinite(values).all() and (values >= 0).all()):
        wrong = values[~(np.isfinite(values) & (values >= 0))][0]
        raise ValueError(f"the learning rate is {wrong}, expected a positive number. The update is minus lr times the "
                         "gradient; the minus sign is in the rule.")
    return values


def inverse_time(t0, t1):
    """A learning rate that falls like 1/t: large steps first, small ones to settle.

    lr(t) = t0 / (t + t1), t = 0, 1, 2, ... the number of the update    (2.11)

    Parameters
    ----------
    t0, t1 : floats > 0; the first rate is t0 / t1

    Returns
    -------
    function of t, to be given as `lr`
    """
    t0, t1 = rate(t0, "t0"), rate(t1, "t1")
    if t0 == 0 or t1 == 0:
        raise ValueError(f"t0={t0:g} and t1={t1:g}, expected two positive numbers.")
    return lambda t: t0 / (t + t1)


class Descent(NamedTuple):
    """Where `descend` went, and why it stopped."""

    path: np.ndarray  #: (steps + 1, P), the start first
    reason: str  #: "gradient" (small enough), "steps" (all used), "diverged" (a weight is not finite any more)


def descend(grad, w0, lr, n, tol=0.0):
    """Gradient descent until the gradient is small, with the reason why it stopped.

    Stop when |grad(w)| < tol, or after n steps.

    Parameters
    ----------
    grad : function of w (P,) that returns the gradient (P,)
    w0 : (P,) start, not changed
    lr : float, or function of the step number t = 0, 1, ...
    n : int, steps at most
    tol : float; 0 never stops early

    Returns
    -------
    Descent
    """
    function(grad, "grad", "w that returns the gradient")
    w = np.array(as_float(w0, "w0"))
    if w.ndim != 1 or w.size == 0:
        raise ValueError(f"w0 must have shape (P,) and not be empty, got {w.shape}.")
    steps, tol = _rates(lr, whole_number(n, "n", low=0)), rate(tol, "tol")
    path, rule = [w], RULES["sgd"]
    kept, settings = rule.start(w.size, w.dtype), np.column_stack([steps, np.zeros_like(steps)])  # no weight decay
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported, not warned about
        for t, setting in enumerate(settings, 1):
            slope = as_float(grad(w.copy()), "the result of grad").astype(w.dtype, copy=False)
            if slope.shape != w.shape:
                raise ValueError(f"grad returned shape {slope.shape}, expected {w.shape}, one slope a weight.")
            if np.linalg.norm(slope) < tol:
                return Descent(np.array(path), "gradient")
            w = w.copy()
            rule.step(w, np.ascontiguousarray(slope), kept, setting, t)
            path.append(w)
            if not np.isfinite(w).all():
                return Descent(np.array(path), "diverged")
    return Descent(np.array(path), "steps")


def gradient_descent(grad, w0, lr, n):
    """n steps downhill, all coordinates together.

    w <- w - lr grad(w)    (2.5)

    Parameters
    ----------
    grad : function of w (P,) that returns the gradient (P,)
    w0 : (P,) start, not changed
    lr : float, or function of the step number t = 0, 1, ...
    n : int

    Returns
    -------
    (n + 1, P) the path, start first; NaN after a weight has left the numbers
    """
    path = descend(grad, w0, lr, n).path
    rest = np.full((n + 1 - len(path), path.shape[1]), np.nan, path.dtype)
    return np.vstack([path, rest])


def updates_per_epoch(samples, batch_size):
    """How often the weights change while every sample is used once.

    updates = ceil(N / m)    (2.10)

    Parameters
    ----------
    samples, batch_size : ints, at least 1

    Returns
    -------
    int
    """
    return -(-whole_number(samples, "samples") // whole_number(batch_size, "batch_size"))


def mini_batches(order, size):
    """Cut a permutation into consecutive pieces; the last one may be smaller and is kept.

    Parameters
    ----------
    order : (N,) sample numbers, usually rng.permutation(N)
    size : int

    Returns
    -------
    list of arrays that together hold every number of `order` once
    """
    order, size = as_places(order, "order", "(N,)"), whole_number(size, "size")
    return [order[start : start + size] for start in range(0, len(order), size)]


def stochastic_descent(X, y, theta0, lr, order, batch_size, record="update"):
    """Mini-batch descent on the mean squared error of a linear model, with its path.

    theta <- theta - lr(t) (2/m) sum_(i in batch) (theta.x_i - y_i) x_i    (2.12)

    m = 1 is stochastic descent, m = N batch descent. An entry of `order` may occur twice: draws with replacement.

    Parameters
    ----------
    X : (N, P), with its column of ones where the model has an intercept
    y : (N,)
    theta0 : (P,) start
    lr : float, or function of the update number t = 0, 1, ... over all epochs
    order : (epochs, n) sample numbers 0..N-1, the order of each epoch
    batch_size : int m
    record : "update" or "epoch", how often the path gets a row

    Returns
    -------
    path : (updates + 1, P) or (epochs + 1, P), the start first; not finite after divergence
    """
    X, y = (np.ascontiguousarray(array, np.float64) for array in _data(X, y))
    order = as_order(order, len(X))
    choice(record, "record", ("update", "epoch"))
    theta0 = as_float(theta0, "theta0").astype(np.float64)
    if theta0.shape != X.shape[1:]:
        raise ValueError(f"theta0 must have shape ({X.shape[1]},), one weight a column of X {X.shape}, got "
                         f"{theta0.shape}.")
    updates = len(order) * updates_per_epoch(order.shape[1], batch_size)
    path = np.empty(((updates if record == "update" else len(order)) + 1, X.shape[1]))
    path[0] = theta0
    work = theta0.copy(), np.empty_like(theta0)
    kernels.least_squares_descent(X, y, order, batch_size, _rates(lr, updates), *work, path[1:])
    return path


def early_stopping(val_loss, patience):
    """The epoch whose weights are kept, and the epoch at which training ends.

    best = argmin_(e <= stop) val_loss_e, the first one when several are equal    (2.23)

    stop is the first epoch that ends `patience` epochs in a row without a new best, else the last.

    Parameters
    ----------
    val_loss : (epochs,) validation loss of each epoch; NaN and infinity are never a new best, and not all may be
    patience : int, at least 1

    Returns
    -------
    best, stop : ints, counted from 0
    """
    val_loss = as_float(val_loss, "val_loss")
    patience = whole_number(patience, "patience")
    if val_loss.ndim != 1 or val_loss.size == 0:
        raise ValueError(f"val_loss must hold one number an epoch, got shape {val_loss.shape}.")
    if not (val_loss < np.inf).any():
        raise ValueError(f"all {val_loss.size} entries of val_loss are NaN or infinite, so no epoch is the best. Usual "
                         "cause: the run diverged in its first epoch; lower the learning rate.")
    best, lowest = 0, np.inf
    for epoch, loss in enumerate(val_loss):
        if loss < lowest:
            best, lowest = epoch, loss
        elif epoch - best >= patience:
            return best, epoch
    return best, len(val_loss) - 1

"""Linear, polynomial, penalized and logistic regression as functions: solutions, gradients, curvature.

theta = (b, w1, ..., wD): the intercept is weight number 0, of a constant input 1, and no penalty touches it. Every cost
is the mean squared error (a mean, not a sum) plus a penalty that does not depend on N.
"""

from typing import NamedTuple

import numpy as np

from course_lib.kernels import linear as kernels
from course_lib.ops.activations import sigmoid
from course_lib.ops.dense import add_bias_column, neuron
from course_lib.ops.linalg import eigen_symmetric, pinv, svd
from course_lib.validate import as_float, as_labels, as_number, as_rows, finite, rate, same_kind, whole_number

__all__ = [
    "Path",
    "StepLimits",
    "elastic_net_path",
    "largest_penalty",
    "logistic_curve",
    "logistic_gradient",
    "mse_gradient",
    "mse_hessian",
    "normal_equation",
    "polynomial",
    "ridge",
    "ridge_path",
    "soft_threshold",
    "step_limits",
]


def _data(X, y, *others):
    """X (N, D), y (N,) and other arrays in their common kind."""
    X = as_rows(X, "X")
    y = as_float(y, "y")
    if y.shape != (len(X),):
        hint = " One column too many: y.ravel() makes it a vector." if y.shape == (len(X), 1) else ""
        raise ValueError(f"y must have shape ({len(X)},), one target a row of X {X.shape}, got {y.shape}.{hint}")
    finite(X, "X")
    finite(y, "y")
    return same_kind(X, y, *others)


def _penalty(alpha, name="alpha"):
    price = as_number(alpha, name)
    if not (np.isfinite(price) and price >= 0):
        raise ValueError(f"{name}={price}, expected a number of at least 0: a negative penalty rewards large "
                         "weights, and the cost has no minimum.")
    return price


def _penalties(alphas):
    alphas = np.atleast_1d(as_float(alphas, "alphas")).astype(np.float64)
    if alphas.ndim != 1 or alphas.size == 0:
        raise ValueError(f"alphas must be penalties in one row (A,), got shape {alphas.shape}.")
    wrong = alphas[~(np.isfinite(alphas) & (alphas >= 0))]
    if wrong.size:
        _penalty(wrong[0])
    return alphas


def _centered(X, y):
    """X and y without their means, and the means: then the intercept is y's mean minus w times X's."""
    mean, level = X.mean(axis=0), y.mean()
    centered = X - mean
    # Rounding leaves a constant column a tiny spread; a weight on it would be noise.
    centered[:, np.abs(centered).max(axis=0) <= 10 * np.finfo(X.dtype).eps * np.abs(mean)] = 0
    return centered, y - level, mean, level


# ---- least squares -----------------------------------------------------------------------------------------


def normal_equation(X, y):
    """Intercept and weights with the smallest mean squared error.

    theta = X1+ y, which is (X1^T X1)^-1 X1^T y when that inverse exists; X1 = X with a first column of ones    (2.3)

    Parameters
    ----------
    X : (N, D)
    y : (N,)

    Returns
    -------
    theta : (D + 1,), intercept first; the shortest one when the columns of X1 depend on each other
    """
    X, y = _data(X, y)
    return pinv(add_bias_column(X)) @ y


def mse_gradient(X, y, theta):
    """Slope of the mean squared error of a linear model.

    dJ/dtheta = (2/N) X^T (X theta - y)    (2.2)

    Parameters
    ----------
    X : (N, P), with its column of ones where the model has an intercept
    y : (N,)
    theta : (P,)

    Returns
    -------
    (P,)
    """
    X, y, theta = _data(X, y, as_float(theta, "theta"))
    if theta.shape != X.shape[1:]:
        raise ValueError(f"theta must have shape ({X.shape[1]},), one weight a column of X {X.shape}, got "
                         f"{theta.shape}. Usual cause: X without the column of ones (add_bias_column).")
    return X.T @ (X @ theta - y) * X.dtype.type(2 / len(X))


def mse_hessian(X):
    """Curvature of the mean squared error of a linear model; the same everywhere.

    H = (2/N) X^T X    (2.6)

    Parameters
    ----------
    X : (N, P), with its column of ones where the model has an intercept

    Returns
    -------
    (P, P), symmetric, no eigenvalue below 0
    """
    X = as_rows(X, "X")
    finite(X, "X")
    return X.T @ X * X.dtype.type(2 / len(X))


class StepLimits(NamedTuple):
    """What the curvature says about the learning rate."""

    limit: float  #: descent converges for 0 < lr < limit
    fastest: float  #: the rate that needs fewest steps in the worst case
    condition: float  #: lambda_max / lambda_min; inf when the cost has a flat valley
    eigenvalues: np.ndarray  #: of H, largest first


def step_limits(H):
    """Learning rates at which descent on a quadratic cost converges, from the eigenvalues of its Hessian.

    Along eigenvector i a step multiplies the distance from the minimum by 1 - lr lambda_i, so
    lr < 2 / lambda_max    (2.7)
    fastest lr = 2 / (lambda_max + lambda_min)    (2.8)
    condition = lambda_max / lambda_min    (2.9)

    Parameters
    ----------
    H : (P, P) symmetric, with at least one positive and no negative eigenvalue (up to rounding)

    Returns
    -------
    StepLimits

    Raises
    ------
    ValueError
        When an eigenvalue is negative: the cost falls forever in that direction.
    """
    values = eigen_symmetric(H)[0].astype(np.float64)
    largest, smallest = values[0], values[-1]
    noise = len(values) * np.finfo(as_float(H, "H").dtype).eps * max(abs(largest), abs(smallest))
    if largest <= noise or smallest < -noise:
        raise ValueError(f"H has eigenvalues from {smallest:.4g} to {largest:.4g}; a bowl with a minimum has none "
                         "below 0 and at least one above.")
    flat = smallest <= noise
    fastest = 2 / (largest + max(smallest, 0))
    return StepLimits(float(2 / largest), float(fastest), np.inf if flat else float(largest / smallest), values)


def polynomial(x, degree):
    """Powers of one feature as columns; the intercept is left to the model.

    (x, x^2, ..., x^degree)    (2.13)

    Standardize the columns before descent or a penalty: x^10 of numbers up to 3 reaches 59,049.

    Parameters
    ----------
    x : (N,) or (N, 1)
    degree : int, at least 1

    Returns
    -------
    (N, degree)
    """
    x = as_float(x, "x")
    if x.ndim == 2 and x.shape[1] == 1:
        x = x[:, 0]
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x must be one feature of shape (N,) or (N, 1), got {x.shape}.")
    return x[:, None] ** np.arange(1, whole_number(degree, "degree") + 1, dtype=x.dtype)


# ---- penalties ---------------------------------------------------------------------------------------------


def ridge(X, y, alpha):
    """Least squares with a price on squared weights; the intercept is free.

    J = (1/N) |X1 theta - y|^2 + (alpha/2) sum_(i >= 1) theta_i^2    (2.16)
    theta = (X1^T X1 + (N alpha / 2) A)^-1 X1^T y, A = identity with 0 for the intercept    (2.17)

    Written with a sum of squares instead of the mean, the same solution belongs to alpha_sum = N alpha / 2.

    Parameters
    ----------
    X : (N, D)
    y : (N,)
    alpha : float >= 0; 0 gives `normal_equation`

    Returns
    -------
    theta : (D + 1,), intercept first
    """
    X, y = _data(X, y)
    alpha = _penalty(alpha)
    if alpha == 0:
        return normal_equation(X, y)
    X1 = add_bias_column(X)
    A = np.eye(X1.shape[1], dtype=X.dtype)
    A[0, 0] = 0
    return np.linalg.solve(X1.T @ X1 + X.dtype.type(len(X) * alpha / 2) * A, X1.T @ y)


def soft_threshold(z, t):
    """Move every number towards 0 by t, and stop there: the step that makes weights exactly zero.

    S(z, t) = sign(z) max(|z| - t, 0)    (2.19)

    Parameters
    ----------
    z : array
    t : float >= 0

    Returns
    -------
    array of z's shape
    """
    z = as_float(z, "z")
    return (np.sign(z) * np.maximum(np.abs(z) - z.dtype.type(rate(t, "t")), 0))[()]


class Path(NamedTuple):
    """Solutions along a row of penalties."""

    alphas: np.ndarray  #: (A,) as given
    coefs: np.ndarray  #: (A, D) weights
    intercepts: np.ndarray  #: (A,)
    sweeps: np.ndarray  #: (A,) sweeps over the coordinates that each solution took
    converged: np.ndarray  #: (A,) False where the sweeps ran out


def ridge_path(X, y, alphas):
    """Ridge solutions (2.17) for many penalties from one singular value decomposition X - mean = U diag(s) V^T.

    w = V diag(s_i / (s_i^2 + N alpha / 2)) U^T (y - mean y)    (2.18)

    A direction with small s_i is shrunk most. At alpha = 0 directions with s_i = 0 get weight 0.

    Parameters
    ----------
    X : (N, D)
    y : (N,)
    alphas : (A,) penalties, at least 0

    Returns
    -------
    Path
    """
    X, y = (array.astype(np.float64) for array in _data(X, y))
    alphas = _penalties(alphas)
    centered, rest, mean, level = _centered(X, y)
    U, s, V = svd(centered)
    kept = s > max(X.shape) * np.finfo(np.float64).eps * s[0]
    s, price = np.where(kept, s, 0), len(X) / 2 * alphas[:, None]
    W = s / np.where(kept, s * s + price, 1) * (rest @ U) @ V.T
    return Path(alphas, W, level - W @ mean, np.zeros(alphas.size, np.int64), np.ones(alphas.size, bool))


def elastic_net_path(X, y, alphas, r=1.0, tol=1e-10, max_sweeps=10_000):
    """Lasso (r = 1), elastic net, and ridge (r = 0) for many penalties, by coordinate descent.

    J = (1/N) |X w + b - y|^2 + r alpha sum |w_i| + ((1 - r)/2) alpha sum w_i^2    (2.21)

    With centered columns x_j, one weight at a time is set to the minimum of J in it:
    w_j <- S((2/N) x_j.(y - sum_(k != j) x_k w_k), r alpha) / ((2/N) |x_j|^2 + (1 - r) alpha)    (2.22)

    Each penalty starts from the solution before, so give them from large to small. A constant column gets weight 0.

    Parameters
    ----------
    X : (N, D)
    y : (N,)
    alphas : (A,) penalties, at least 0
    r : float in [0, 1], the share of the absolute values
    tol : float; a sweep after which no slope moved by more than tol times the largest slope at w = 0 is the last
    max_sweeps : int, for each penalty

    Returns
    -------
    Path
    """
    X, y = (array.astype(np.float64) for array in _data(X, y))
    alphas = _penalties(alphas)
    r = rate(r, "r", 0, 1)  # a share, from ridge to lasso
    max_sweeps, tol = whole_number(max_sweeps, "max_sweeps"), rate(tol, "tol")
    centered, rest, mean, level = _centered(X, y)
    G, c = centered.T @ centered / len(X), centered.T @ rest / len(X)
    W = np.zeros((alphas.size, X.shape[1]))
    sweeps = np.full(alphas.size, max_sweeps, np.int64)
    penalties = np.column_stack([r * alphas, (1 - r) * alphas])
    limit = float(tol * 2 * np.abs(c).max())
    kernels.coordinate_descent(G, c, penalties, limit, W, sweeps)
    W += 0.0  # a weight of -0.0 becomes 0.0
    return Path(alphas, W, level - W @ mean, sweeps, sweeps < max_sweeps)


def largest_penalty(X, y, r=1.0):
    """The penalty from which on every weight of the lasso (or elastic net) is exactly 0.

    alpha_max = max_j (2/N) |x_j.(y - mean y)| / r, x_j the centered columns    (2.20)

    Parameters
    ----------
    X : (N, D)
    y : (N,)
    r : float in (0, 1]; the ridge penalty, r = 0, never makes a weight 0

    Returns
    -------
    float
    """
    X, y = _data(X, y)
    r = as_number(r, "r")
    if not 0 < r <= 1:
        raise ValueError(f"r={r:g}, expected a share above 0 and at most 1: without absolute values no weight is 0.")
    return float(2 / len(X) * np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / r)


# ---- logistic regression -----------------------------------------------------------------------------------


def logistic_curve(x, L=1.0, k=1.0, x0=0.0):
    """The S-shaped curve of growth to a ceiling; the sigmoid is L = k = 1, x0 = 0.

    f(x) = L / (1 + e^(-k (x - x0)))    (2.33)

    Parameters
    ----------
    x : array
    L : float, ceiling. k : float, steepness; negative falls. x0 : float, where half the ceiling is reached

    Returns
    -------
    array of x's shape
    """
    x = as_float(x, "x")
    L, k, x0 = (x.dtype.type(rate(number, name, -np.inf)) for number, name in ((L, "L"), (k, "k"), (x0, "x0")))
    return L * sigmoid(k * (x - x0))


def logistic_gradient(X, y, w, b):
    """Slope of the binary cross-entropy of p = sigmoid(X w + b).

    dw = X^T (p - y) / N    (2.35)
    db = mean(p - y)    (2.36)

    Parameters
    ----------
    X : (N, D)
    y : (N,) labels 0 and 1
    w, b : (D,) and float

    Returns
    -------
    dw : (D,)
    db : float
    """
    X = as_rows(X, "X")
    finite(X, "X")
    labels = as_labels(y, len(X), 2)
    error = neuron(X, w, b, "sigmoid") - labels.astype(X.dtype)
    return X.T @ error / X.dtype.type(len(X)), float(error.mean())

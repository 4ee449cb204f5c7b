"""Linear regression, plain and with penalties."""

import numpy as np

from course_lib import ops
from course_lib.models.base import Regressor
from course_lib.ops.regression import _centered
from course_lib.validate import choice


def _normal(X, y):
    G = X.T @ X
    values = np.linalg.eigvalsh(G)
    if values[0] <= len(G) * np.finfo(np.float64).eps * values[-1]:
        raise ValueError(f"X^T X has no inverse to working precision: its eigenvalues go from {values[-1]:.3g} down to "
                         f"{values[0]:.3g}. Columns of X depend on each other, are constant, or outnumber the rows "
                         f"(X is {X.shape}). method='svd' and method='pinv' give the shortest solution.")
    return np.linalg.solve(G, X.T @ y)


#: Three ways to the same weights; the first has no answer for dependent columns.
METHODS = {
    "normal": _normal,
    "pinv": lambda X, y: ops.pinv(X) @ y,
    "svd": lambda X, y: np.linalg.lstsq(X, y, rcond=max(X.shape) * np.finfo(np.float64).eps)[0],
}


class LinearRegression(Regressor):
    """Least squares with a free intercept.

    Cost J = (1/N) |X w + b - y|^2, solved on centered data by the method named.

    Parameters
    ----------
    method : "normal" (X^T X)^-1 X^T y, cheapest, squares the condition number; "pinv" X+ y; "svd" the same without
        forming X+. For dependent columns, a constant one, or more features than rows the last two give the shortest w,
        and the first raises an error.

    Attributes
    ----------
    coef_ : (D,) w
    intercept_ : float b
    """

    def __init__(self, method="svd"):
        self.method = method

    def fit(self, X, y):
        """X (N, D), y (N,)."""
        X, y = self._data(X, y)
        choice(self.method, "method", METHODS)
        centered, rest, mean, level = _centered(X, y)
        self.coef_ = METHODS[self.method](centered, rest)
        self.intercept_ = float(level - mean @ self.coef_)
        return self


class Ridge(Regressor):
    """Least squares with a price on squared weights.

    Cost (2.16): J = (1/N) |X w + b - y|^2 + (alpha/2) sum w_i^2. Written with a sum of squares instead of the mean, the
    same w belongs to alpha_sum = N alpha / 2.

    Parameters
    ----------
    alpha : float >= 0; 0 is LinearRegression

    Attributes
    ----------
    coef_ : (D,) w
    intercept_ : float b
    """

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        """X (N, D), y (N,)."""
        X, y = self._data(X, y)
        path = ops.ridge_path(X, y, [self.alpha])
        self.coef_, self.intercept_ = path.coefs[0], float(path.intercepts[0])
        return self


class ElasticNet(Regressor):
    """Least squares with a price on absolute and on squared weights.

    Cost (2.21): J = (1/N) |X w + b - y|^2 + r alpha sum |w_i| + ((1-r)/2) alpha sum w_i^2. Half of this cost is
    (1/2N) |X w + b - y|^2 + (alpha/2) (r sum |w_i| + ((1-r)/2) sum w_i^2).

    Parameters
    ----------
    alpha : float >= 0
    r : float in [0, 1], share of the absolute values: 1 is Lasso, 0 is Ridge
    tol, max_sweeps : when coordinate descent stops, see `ops.elastic_net_path`

    Attributes
    ----------
    coef_ : (D,) w, many of them exactly 0 for large r alpha
    intercept_ : float b
    n_iter_ : int, sweeps over the coordinates
    converged_ : bool, False when the sweeps ran out
    """

    def __init__(self, alpha=1.0, r=0.5, tol=1e-10, max_sweeps=10_000):
        self.alpha = alpha
        self.r = r
        self.tol = tol
        self.max_sweeps = max_sweeps

    def fit(self, X, y):
        """X (N, D), y (N,)."""
        return self._fit(X, y, self.r)

    def _fit(self, X, y, r):
        X, y = self._data(X, y)
        path = ops.elastic_net_path(X, y, [self.alpha], r, self.tol, self.max_sweeps)
        self.coef_, self.intercept_ = path.coefs[0], float(path.intercepts[0])
        self.n_iter_, self.converged_ = int(path.sweeps[0]), bool(path.converged[0])
        return self


class Lasso(ElasticNet):
    """Least squares with a price on absolute weights: ElasticNet with r = 1.

    Cost J = (1/N) |X w + b - y|^2 + alpha sum |w_i|.

    Parameters
    ----------
    alpha : float >= 0
    tol, max_sweeps : when coordinate descent stops, see `ops.elastic_net_path`

    Attributes
    ----------
    coef_, intercept_, n_iter_, converged_ : as in ElasticNet
    """

    def __init__(self, alpha=1.0, tol=1e-10, max_sweeps=10_000):
        self.alpha = alpha
        self.tol = tol
        self.max_sweeps = max_sweeps

    def fit(self, X, y):
        """X (N, D), y (N,)."""
        return self._fit(X, y, 1.0)

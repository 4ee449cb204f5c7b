"""Logistic and softmax regression by Newton's method."""

import numpy as np

from course_lib import ops
from course_lib.models.base import Classifier
from course_lib.ops.regression import _penalty
from course_lib.validate import rate, whole_number

#: Largest Hessian, in rows; 3,000 need 72 MB and about a second a step.
MOST_WEIGHTS = 3000


def _newton(cost, slope_and_curvature, w, alpha, tol, max_iter):
    """w, number of steps and whether the last one lowered the cost by less than tol.

    w <- w - t H^-1 g, with t = 1, 1/2, 1/4, ... the first that lowers the cost enough.
    """
    now = cost(w)
    for step in range(1, max_iter + 1):
        g, H = slope_and_curvature(w)
        # Without a penalty H may be singular: then the shortest step of all that solve H d = g.
        d = np.linalg.solve(H, g) if alpha > 0 else np.linalg.lstsq(H, g)[0]
        gain, t = float(g @ d), 1.0
        while cost(w - t * d) > now - 1e-4 * t * gain and t > 1e-10:
            t /= 2
        w = w - t * d
        now = cost(w)
        if gain <= tol:
            return w, step, True
    return w, max_iter, False


class _Newton(Classifier):
    def __init__(self, alpha=0.0, tol=1e-10, max_iter=100):
        self.alpha = alpha
        self.tol = tol
        self.max_iter = max_iter

    def _settings(self, weights):
        if weights > MOST_WEIGHTS:
            raise ValueError(f"{self.n_features_in_} features and {len(self.classes_)} classes need a Hessian of "
                             f"{weights} rows, more than {MOST_WEIGHTS}. For such data descend by the gradient "
                             "(ops.logistic_gradient, dense.Stepper).")
        return _penalty(self.alpha), rate(self.tol, "tol"), whole_number(self.max_iter, "max_iter")


class LogisticRegression(_Newton):
    """Two classes: p = sigmoid(x.w + b) is the probability of `classes_[1]`.

    J = -(1/N) sum [y ln p + (1 - y) ln(1 - p)] + (alpha/2) sum w_i^2    (2.34)
    theta <- theta - H^-1 g, H = X1^T diag(p (1 - p)) X1 / N + alpha A    (2.37)

    the mean loss plus a penalty without the intercept; A as in (2.17). Each step is a weighted least-squares problem
    (IRLS), halved while it would raise the cost. Without a penalty the weights of separable classes grow without end:
    the fit then stops when a step gains less than tol, with every training sample right.

    Parameters
    ----------
    alpha : float >= 0
    tol : float, expected gain of a step below which it is the last
    max_iter : int, steps at most

    Attributes
    ----------
    classes_ : (2,) labels in order
    coef_ : (D,) w
    intercept_ : float b
    n_iter_ : int, steps taken
    converged_ : bool
    """

    def fit(self, X, y):
        """X (N, D), y (N,) with two different labels; D may not exceed 2999."""
        X, codes = self._data(X, y)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported: y holds {len(self.classes_)} classes, expected "
                             "2. SoftmaxRegression takes more.")
        alpha, tol, max_iter = self._settings(X.shape[1] + 1)
        X1, free = ops.add_bias_column(X), np.r_[0.0, np.ones(X.shape[1])]
        target = codes.astype(np.float64)

        def cost(theta):
            return ops.bce_from_logits(X1 @ theta, target)[0] + alpha / 2 * (free * theta) @ theta

        def slope_and_curvature(theta):
            p = ops.sigmoid(X1 @ theta)
            g = X1.T @ (p - target) / len(X1) + alpha * free * theta
            return g, (X1.T * (p * (1 - p))) @ X1 / len(X1) + alpha * np.diag(free)

        theta, self.n_iter_, self.converged_ = _newton(cost, slope_and_curvature, np.zeros(X1.shape[1]), alpha, tol,
                                                       max_iter)
        self.intercept_, self.coef_ = float(theta[0]), theta[1:]
        return self

    def decision_function(self, X):
        """Scores x.w + b, (N,): positive on the side of `classes_[1]`."""
        X = self._samples(X)
        return X @ self.coef_ + self.intercept_

    def predict_proba(self, X):
        """(N, 2) probabilities of both classes."""
        p = ops.sigmoid(self.decision_function(X))
        return np.column_stack([1 - p, p])

    def predict(self, X, threshold=0.5):
        """`classes_[1]` where its probability reaches the threshold, (N,)."""
        positive = self.predict_proba(X)[:, 1] >= threshold
        return self.classes_[positive.astype(int)]


class SoftmaxRegression(_Newton):
    """Two or more classes: p = softmax(x W + b).

    J = -(1/N) sum_i ln p_i,y_i + (alpha/2) sum W_jk^2    (2.44)

    the mean cross-entropy plus a penalty without the intercepts, by Newton's method as in LogisticRegression. Adding
    the same number to the scores of all classes changes nothing, so the solution is the one whose weights and
    intercepts sum to 0 over the classes.

    Parameters
    ----------
    alpha, tol, max_iter : as in LogisticRegression

    Attributes
    ----------
    classes_ : (C,) labels in order
    coef_ : (D, C) W
    intercept_ : (C,) b
    n_iter_, converged_ : as in LogisticRegression
    """

    def fit(self, X, y):
        """X (N, D), y (N,) with at least two different labels; (D + 1) C may not exceed 3000."""
        X, codes = self._data(X, y)
        X1, C = ops.add_bias_column(X), len(self.classes_)
        N, P = X1.shape
        alpha, tol, max_iter = self._settings(P * C)
        target, free = np.eye(C)[codes], np.r_[0.0, np.ones(X.shape[1])]

        def cost(flat):
            W = flat.reshape(C, P)
            return ops.cross_entropy(X1 @ W.T, codes) + alpha / 2 * float(np.sum(free * W * W))

        def slope_and_curvature(flat):
            W = flat.reshape(C, P)
            p = ops.softmax(X1 @ W.T)
            g = (p - target).T @ X1 / N + alpha * free * W
            H = np.empty((C, P, C, P))
            for k in range(C):
                for m in range(k + 1):
                    H[k, :, m] = H[m, :, k] = (X1.T * (p[:, k] * ((k == m) - p[:, m]))) @ X1 / N
                H[k, :, k] += alpha * np.diag(free)
            # Scores shifted together cost nothing, which leaves H singular; a bowl along the shift closes it, and moves
            # no step, since every g has no part along it.
            H += np.trace(H[0, :, 0]) / P * np.eye(P)[None, :, None, :]
            return g.ravel(), H.reshape(C * P, C * P)

        flat, self.n_iter_, self.converged_ = _newton(cost, slope_and_curvature, np.zeros(C * P), alpha, tol, max_iter)
        W = flat.reshape(C, P).T
        self.intercept_, self.coef_ = W[0].copy(), W[1:].copy()
        return self

    def decision_function(self, X):
        """Scores x W + b, (N, C); for two classes the difference (N,), positive on the side of `classes_[1]`."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _scores(self, X):
        X = self._samples(X)
        return X @ self.coef_ + self.intercept_

    def predict_proba(self, X):
        """(N, C) probabilities; rows sum to 1."""
        return ops.softmax(self._scores(X))

    def predict(self, X):
        """The class with the largest score, (N,)."""
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

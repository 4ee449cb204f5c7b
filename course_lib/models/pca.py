"""Principal components as an encoder and a decoder."""

from course_lib import ops
from course_lib.models.base import Model


class PCA(Model):
    """Coordinates along the directions in which centered samples vary most, (1.20) and (1.21).

    Cost: the squared distance between samples and their reconstruction, which these directions make smallest.

    Parameters
    ----------
    n_components : int k, 1 to min(N, D); None keeps all

    Attributes
    ----------
    mean_ : (D,)
    components_ : (k, D) directions as rows, orthonormal; in each the entry of largest size is positive
    explained_variance_ : (k,) with divisor N - 1, decreasing
    explained_variance_ratio_ : (k,) shares of the total variance (0 when nothing varies)
    """

    def __init__(self, n_components=None):
        self.n_components = n_components

    def fit(self, X, y=None):
        """X (N, D); y is ignored."""
        X = self._samples(X, fitting=True)
        self.mean_, D, self.explained_variance_ = ops.principal_directions(X, self.n_components)
        self.components_ = D.T.copy()
        total = float(X.var(axis=0, ddof=1).sum())
        self.explained_variance_ratio_ = self.explained_variance_ / (total or 1.0)
        return self

    def transform(self, X):
        """Coordinates c = (x - mean) D, (N, k)."""
        X = self._samples(X)
        return (X - self.mean_) @ self.components_.T

    def fit_transform(self, X, y=None):
        """`fit`, then `transform` of the same samples."""
        return self.fit(X).transform(X)

    def inverse_transform(self, codes):
        """Samples rebuilt from their coordinates (N, k): c D^T + mean, (N, D)."""
        return codes @ self.components_ + self.mean_

    def score(self, X, y=None) -> float:
        """Minus the mean squared distance of the samples from their reconstruction, 0 at best."""
        X = self._samples(X)
        return -float(((X - self.inverse_transform(self.transform(X))) ** 2).sum(axis=1).mean())

"""What every model has: parameters by name, checks of the data, and a score."""

import inspect

import numpy as np

from course_lib import ops
from course_lib.validate import as_array, as_float, finite


class NotFittedError(ValueError, AttributeError):
    """A model was asked before `fit`."""


class Model:
    """Parameters are what `__init__` takes, kept as given; what `fit` finds ends in an underscore.

    `fit` checks the parameters and the data, starts anew each time, never changes its arguments, and returns the model.
    """

    def get_params(self, deep: bool = True) -> dict:
        """The parameters by name. `deep` is there for tools that expect it."""
        names = [name for name in inspect.signature(type(self).__init__).parameters if name != "self"]
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params):
        """Change parameters by name; they act at the next `fit`."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}.")
            setattr(self, name, value)
        return self

    def clone(self):
        """A new model with the same parameters, not fitted."""
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        given = inspect.signature(type(self).__init__).parameters
        changed = {name: value for name, value in self.get_params().items() if value is not given[name].default}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def _samples(self, X, fitting: bool = False) -> np.ndarray:
        """X (N, D) in float64, with the number of features seen in `fit`."""
        if not fitting and not hasattr(self, "n_features_in_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted: call fit first.")
        X = samples(X)
        if fitting:
            self.n_features_in_ = X.shape[1]
        elif X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {X.shape[1]} features, but {type(self).__name__} is expecting "
                             f"{self.n_features_in_} features as input, as many as in fit.")
        return X


def samples(X) -> np.ndarray:
    """X as (N, D) float64 without NaN and infinity."""
    if hasattr(X, "toarray"):
        raise TypeError("X is a sparse matrix; expected a plain array. X.toarray() makes one.")
    X = as_array(X, "X")
    if X.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: X has dtype {X.dtype}, expected real numbers.")
    if X.dtype == object:
        X = _numbers(X, "X")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (samples, features), got {X.shape}. Reshape your data: one feature is a "
                         "column, X.reshape(-1, 1), one sample a row, X.reshape(1, -1).")
    if 0 in X.shape:
        kind = "sample" if len(X) == 0 else "feature"
        raise ValueError(f"Found array with 0 {kind}(s) (shape={X.shape}) while a minimum of 1 is required.")
    X = as_float(X, "X").astype(np.float64)
    finite(X, "X")
    return X


def _numbers(array, name) -> np.ndarray:
    """An array of objects, such as a column of a table, as numbers."""
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} must hold numbers: {error}. Usual cause: text among them.") from None


def one_a_row(y, rows: int) -> np.ndarray:
    """y as (rows,), whatever it holds."""
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    y = as_array(y, "y")
    if y.shape != (rows,):
        hint = " y.ravel() makes a column a vector." if y.shape == (rows, 1) else ""
        raise ValueError(f"y must have shape ({rows},), one value a row of X, got {y.shape}: inconsistent numbers of "
                         f"samples.{hint}")
    if y.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: y has dtype {y.dtype}, expected real numbers.")
    if y.dtype.kind == "f":
        finite(y, "y")
    return y


class Regressor(Model):
    """y is a number a row."""

    def _data(self, X, y):
        X = self._samples(X, fitting=True)
        y = one_a_row(y, len(X))
        y = as_float(_numbers(y, "y") if y.dtype == object else y, "y").astype(np.float64)
        finite(y, "y")
        return X, y

    def predict(self, X):
        """y_hat = X w + b, (N,)."""
        X = self._samples(X)
        return X @ self.coef_ + self.intercept_

    def score(self, X, y) -> float:
        """R^2 (2.4): 1 perfect, 0 as good as the mean."""
        return ops.r2_score(self.predict(X), one_a_row(y, len(X)))


class Classifier(Model):
    """y is a class a row: whole numbers or strings; `classes_` holds them in order."""

    def _data(self, X, y):
        X = self._samples(X, fitting=True)
        y = one_a_row(y, len(X))
        if y.dtype.kind == "f" and not np.array_equal(y, np.round(y)):
            raise ValueError("Unknown label type: y holds decimals, expected classes. Usual cause: the target of a "
                             "regression.")
        try:
            self.classes_, codes = np.unique(y, return_inverse=True)
        except TypeError:  # None cannot be sorted, nor text among numbers
            raise TypeError("y must hold labels of one kind, whole numbers or text, got a mixture or None.") from None
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class only ({self.classes_[0]!r}); a classifier needs at least two.")
        return X, codes

    def score(self, X, y) -> float:
        """Accuracy, the share of right classes."""
        return float(np.mean(self.predict(X) == one_a_row(y, len(X))))

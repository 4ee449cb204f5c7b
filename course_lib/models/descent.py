"""Linear regression by gradient descent, with the record that a lesson looks at."""

import numpy as np

from course_lib import ops
from course_lib.models.base import Regressor, one_a_row
from course_lib.validate import as_float, generator, whole_number


class GradientDescentRegressor(Regressor):
    """Linear regression by batch, mini-batch or stochastic descent on the mean squared error.

    Cost J = (1/N) |X w + b - y|^2, updates (2.12). A step above 2 / lambda_max (2.7) of a batch's curvature makes the
    run diverge: `diverged_at_` says when, and the weights are those before it left the numbers.

    Parameters
    ----------
    lr : float, or function of the update number t = 0, 1, ... such as `ops.inverse_time(5, 50)`; None takes half of the
        limit of the batch with the largest curvature that can occur
    epochs : int, passes over the data
    batch_size : int m; None takes all samples at once
    patience : int, stop after so many epochs without a new best validation loss; None runs all epochs. Needs X_val
    theta0 : (D + 1,) start, intercept first; default zeros
    rng : seed or numpy Generator for the order of the samples

    Attributes
    ----------
    coef_, intercept_ : weights and intercept: those of `best_epoch_` with validation data, else of the last epoch
    path_ : (epochs run + 1, D + 1) intercept and weights after each epoch, the start first
    loss_ : (epochs run + 1,) cost on the training data
    validation_loss_ : (epochs run + 1,) or None
    best_epoch_ : int, with the lowest validation (or training) loss
    n_iter_ : int, epochs run
    diverged_at_ : int, first epoch with a loss that is not finite, or None
    """

    def __init__(self, lr=None, epochs=1000, batch_size=None, patience=None, theta0=None, rng=0):
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.theta0 = theta0
        self.rng = rng

    def fit(self, X, y, X_val=None, y_val=None):
        """X (N, D), y (N,); X_val, y_val only to measure on, and to choose the epoch whose weights are kept."""
        X, y = self._data(X, y)
        X1 = ops.add_bias_column(X)
        epochs = whole_number(self.epochs, "epochs")
        if self.patience is not None and X_val is None:
            raise ValueError(f"patience={self.patience} needs validation data: fit(X, y, X_val, y_val). The training "
                             "loss does not show over-fitting.")
        batch = len(X) if self.batch_size is None else self.batch_size
        start = np.zeros(X1.shape[1]) if self.theta0 is None else self.theta0
        lr = self._safe_rate(X1, batch) if self.lr is None else self.lr
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported, not warned about
            path = self._descend(X1, y, start, lr, batch, epochs)
            self._record(path, X1, y, X_val, y_val)
        kept = self.best_epoch_ if X_val is not None else self.n_iter_
        self.intercept_, self.coef_ = float(self.path_[kept, 0]), self.path_[kept, 1:].copy()
        return self

    def _descend(self, X1, y, theta, lr, batch, epochs):
        """The path of all epochs, run in pieces: the orders of the samples of many epochs would fill the memory."""
        rng, path = generator(self.rng), [as_float(theta, "theta0").astype(np.float64)[None]]
        piece, per_epoch = max(1, 1_000_000 // len(X1)), ops.updates_per_epoch(len(X1), batch)
        for done in range(0, epochs, piece):
            order = np.array([rng.permutation(len(X1)) for _ in range(min(piece, epochs - done))])
            rate = (lambda t, first=done * per_epoch: lr(first + t)) if callable(lr) else lr
            path.append(ops.stochastic_descent(X1, y, path[-1][-1], rate, order, batch, record="epoch")[1:])
        return np.vstack(path)

    @staticmethod
    def _safe_rate(X1, batch):
        """Half of 2 / lambda_max; for batches below N, lambda_max <= 2 max_i |x_i|^2."""
        if batch >= len(X1):
            return ops.step_limits(ops.mse_hessian(X1)).limit / 2
        return 0.5 / (X1 * X1).sum(axis=1).max()

    def _record(self, path, X1, y, X_val, y_val):
        loss, validation = _costs(path, X1, y), None
        if X_val is not None:
            X_val = self._samples(X_val)
            validation = _costs(path, ops.add_bias_column(X_val), one_a_row(y_val, len(X_val)))
        judged = loss if validation is None else validation
        wrong = np.flatnonzero(~np.isfinite(loss))
        self.diverged_at_ = int(wrong[0]) if wrong.size else None
        last = len(path) - 1 if self.diverged_at_ is None else self.diverged_at_ - 1
        if last < 0:
            raise ValueError("the loss is not finite at the start: theta0 or the data are too large.")
        if self.patience is None:
            self.best_epoch_ = int(np.argmin(judged[: last + 1]))
        else:
            self.best_epoch_, last = ops.early_stopping(judged[: last + 1], self.patience)
            self.diverged_at_ = None if self.diverged_at_ != last + 1 else self.diverged_at_
        self.n_iter_ = last
        self.path_, self.loss_ = path[: last + 1], loss[: last + 1]
        self.validation_loss_ = None if validation is None else validation[: last + 1]


def _costs(path, X1, y):
    """The mean squared error of each row of the path."""
    error = path @ X1.T - y
    return np.einsum("en,en->e", error, error) / len(y)

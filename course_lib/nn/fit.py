"""The training loop of a network built from layers."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class History:
    """Losses on all points, entry e after e epochs (entry 0 before the first step); NaN once diverged.

    accuracy and val_accuracy are None for a loss that is not about classes, val_loss is None without validation data.
    """

    loss: np.ndarray
    accuracy: np.ndarray | None
    val_loss: np.ndarray | None
    val_accuracy: np.ndarray | None
    diverged_at: int | None

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, or training loss without validation data."""
        return int(np.nanargmin(self.loss if self.val_loss is None else self.val_loss))


def _evaluate(net, loss, X, y) -> tuple[float, float]:
    net.eval()
    prediction = net(X)
    accuracy = loss.accuracy(prediction, y)
    net.train()
    return loss(prediction, y), np.nan if accuracy is None else accuracy


def _check(X, y, epochs, batch_size):
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows and y has {len(y)}; expected one target a row.")
    for name, value, low in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if int(value) != value or value < low:
            raise ValueError(f"{name}={value}, expected a whole number of at least {low}.")


def fit(net, loss, optimizer, X, y, epochs, batch_size=None, rng=0, X_val=None, y_val=None) -> History:
    """Train `net` by steps of `optimizer` over shuffled mini-batches.

    Parameters
    ----------
    net : a layer, usually Sequential; changed in place
    loss : an object such as CrossEntropyLoss()
    optimizer : such as optim.SGD(net.parameters(), lr=0.1)
    X : (N, ...) samples. y : (N,) labels or (N, K) targets, as the loss needs
    epochs : passes over X. batch_size : None takes all samples at once
    rng : seed or numpy Generator for the order of the samples
    X_val, y_val : samples only to measure on

    Returns
    -------
    History

    Raises
    ------
    ValueError
        When X and y differ in length, or a number of epochs or samples is not positive.
    """
    X, y = np.asarray(X), np.asarray(y)
    batch = len(X) if batch_size is None else batch_size
    _check(X, y, epochs, batch)
    rng = np.random.default_rng(rng)
    records = np.full((4, epochs + 1), np.nan)
    diverged = None
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported, not warned about
        for epoch in range(epochs + 1):
            records[:2, epoch] = _evaluate(net, loss, X, y)
            if X_val is not None:
                records[2:, epoch] = _evaluate(net, loss, X_val, y_val)
            if not np.isfinite(records[0, epoch]):
                records[:, epoch], diverged = np.nan, epoch
                break
            if epoch == epochs:
                break
            order = rng.permutation(len(X))
            for start in range(0, len(X), batch):
                chosen = order[start : start + batch]
                optimizer.zero_grad()
                loss(net(X[chosen]), y[chosen])
                net.backward(loss.backward())
                optimizer.step()
    kept = [None if np.isnan(row[0]) else row for row in records]
    return History(*kept, diverged)

"""The book's long runs on the spiral, 2-100-1, as chapters 06 and 07 take them up: as printed, and repaired.

Both begin from `datasets.published_start` and see the points in the order that R draws for each epoch after
`set.seed(11 + epoch)`. As printed, training and test set are each scaled with their own mean and standard deviation,
the tenth batch of 64 is the ninth once more, so that 24 points are lost, and L2 is divided by the batch size. Repaired,
class 0 is scaled as little as class 1, both sets with the statistics of the training set, the tenth batch has the 24
points, and L2 is divided by the 600 points.
"""

from functools import cache

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.nn.bar import Bar

SIZES, POINTS = (2, 100, 1), 600
AT_ONCE = 500  #: epochs in one call of `dense.train`, after which the bar moves
#: The book's optimizers: batch size and rule.
OPTIMIZERS = {
    "descent, 600": {"batch": 600, "rule": "sgd"},
    "descent": {"batch": 64, "rule": "sgd"},
    "averaged momentum": {"batch": 64, "rule": "averaged_momentum"},
    "Adam": {"batch": 64, "rule": "adam"},
}


def spiral(repaired=False) -> datasets.Split:
    """The standardized points (divisor n - 1)."""
    data = datasets.published_spiral(repaired)
    mean, sd = data.X_train.mean(axis=0), data.X_train.std(axis=0, ddof=1)
    test_mean, test_sd = (mean, sd) if repaired else (data.X_test.mean(axis=0), data.X_test.std(axis=0, ddof=1))
    return data._replace(X_train=(data.X_train - mean) / sd, X_test=(data.X_test - test_mean) / test_sd)


@cache
def permutations(epochs: int) -> np.ndarray:
    """(epochs, 600) the points of each epoch in the order that R draws: `RStream.sample`, for all epochs at once."""
    uniform = np.stack([datasets.RStream(11 + epoch).uniform(POINTS) for epoch in range(epochs)], axis=1)
    pool, columns = np.repeat(np.arange(POINTS, dtype=np.int16)[:, None], epochs, axis=1), np.arange(epochs)
    for left, u in zip(range(POINTS, 0, -1), uniform, strict=True):
        chosen = (left * u).astype(int)
        drawn = pool[chosen, columns]
        pool[chosen, columns] = pool[left - 1]  # the last one left fills the gap
        pool[left - 1] = drawn
    return np.ascontiguousarray(pool[::-1].T)


def batches(epochs: int, batch: int, repaired: bool = False) -> np.ndarray:
    """(epochs, n): the points as the batches take them; as printed, the ninth batch of 64 stands there twice."""
    order = permutations(epochs).astype(np.int64)
    whole = POINTS // batch * batch
    return order if repaired or whole == POINTS else np.hstack([order[:, :whole], order[:, whole - batch : whole]])


def cost(run, X, y) -> float:
    """Mean cross-entropy, from the scores: where a probability has rounded to 1, it is still a number."""
    return ops.bce_from_logits(ops.mlp_forward(X, run.weights, "relu")[0], y[:, None])[0]


def percent_right(run, X, y) -> float:
    """At the threshold p > 0.5."""
    return 100 * float(np.mean((run.predict(X)[:, 0] > 0.5) == y))


def train(batch: int, scale, epochs, repaired: bool = False, penalty: float = 0.0, progress: bool = False,
          **settings) -> dict:
    """One run, with the costs at these epochs, the last of which is the end.

    Parameters
    ----------
    batch : 64 or 600 points a step. scale : of the start, see `datasets.published_start`.
    epochs : counted from 0, such as (0, 10_000).
    penalty : the book's number for L2; the weight decay is penalty / batch, or penalty / 600 when repaired.
    progress : whether a notebook shows a bar.
    **settings : of `dense.train`, such as rule, lr, momentum.

    Returns
    -------
    {"cost": as the book prints it, of an epoch's last batch before its update, with the penalty; and at the end, of all
    points without penalty, "train loss", "test loss", and in percent right "train", "test"}
    """
    data, order = spiral(repaired), batches(epochs[-1] + 1, batch, repaired)
    decay = penalty / (POINTS if repaired else batch)
    always = {"hidden": "relu", "loss": "bce", "batch_size": batch, "weight_decay": decay, **settings}
    steps = -(-order.shape[1] // batch)
    bar = Bar(len(order) * steps) if progress else None

    def go_on(run, rows):
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            run = dense.train(SIZES, data.X_train, data.y_train, order=part, after=run, **always)
            if bar:
                bar.show(run.steps, f"epoch {run.steps // steps:,} of {len(order):,}, loss {run.loss[-1]:.4g}")
        return run

    run = dense.train(SIZES, data.X_train, data.y_train, epochs=0, params=datasets.published_start(scale), **always)
    before_last = (order.shape[1] - 1) // batch * batch
    costs, done = [], 0
    for epoch in epochs:
        if epoch > done:
            run = go_on(run, order[done:epoch])
        if before_last:
            run = go_on(run, order[epoch : epoch + 1, :before_last])
        last = order[epoch, before_last:]
        squares = sum(np.sum(W**2) for W, _ in run.weights)
        costs.append(cost(run, data.X_train[last], data.y_train[last]) + decay / 2 * squares)
        run, done = go_on(run, last[None]), epoch + 1
    if bar:
        bar.draw()
    return {"cost": np.array(costs), "train loss": cost(run, data.X_train, data.y_train),
            "test loss": cost(run, data.X_test, data.y_test), "train": percent_right(run, data.X_train, data.y_train),
            "test": percent_right(run, data.X_test, data.y_test)}

"""Numbers behind chapter 07: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters import spiral_runs

#: The optimizers of the published runs: batch size and rule.
OPTIMIZERS = {
    "descent, 600": {"batch": 600, "rule": "sgd"},
    "descent": {"batch": 64, "rule": "sgd"},
    "averaged momentum": {"batch": 64, "rule": "averaged_momentum"},
    "Adam": {"batch": 64, "rule": "adam"},
}
#: The learning rate of the published runs, and the epochs whose cost is printed.
LR, EPOCHS = 1e-4, (0, 10_000, 15_000)


def spiral_run(optimizer: str, penalty: float = 0.0, dropout: float = 0.0, repaired: bool = False) -> dict:
    """A run of the book without regularization, or with its L2 of 0.6: He start, lr 0.0001, 15,001 epochs.

    Its slips: see `spiral_runs`. L2 divided by the batch size is 9.4 times as strong in batches of 64 as in one of 600.
    dropout, the share of hidden units that are dropped, is for the repaired runs; what the book ran instead is
    `dropout_as_run`. Returns what `spiral_runs.train` does, with the costs at EPOCHS.
    """
    real = {"dropout": dropout} if dropout else {}
    return spiral_runs.train(scale="he_normal", epochs=EPOCHS, repaired=repaired, penalty=penalty, lr=LR, **real,
                             **OPTIMIZERS[optimizer])


def fixed_mask(batch: int, keep: float = 0.8) -> np.ndarray:
    """(batch, 100) boolean, the units that the book's "dropout" keeps: the same in every step.

    Its slips: the seed is set before every draw, and normal numbers scaled to 0..1 by their own extremes lie below 0.8
    in 98 of 100 cases.
    """
    drawn = datasets.RStream(1).normal(100 * batch).reshape(batch, 100)
    return (drawn - drawn.min()) / np.ptp(drawn) < keep


def dropout_as_run(optimizer: str, epochs=EPOCHS, keep: float = 0.8, mask_backward: bool = False) -> dict:
    """The book's runs with "dropout 0.8", else as `spiral_run`, in plain NumPy.

    Besides those of `fixed_mask` they have the slip that the mask is not used backward: the weights of dropped units
    learn, and no gradient is divided by 0.8. `mask_backward` repairs this one alone. No library repeats such a step.

    Returns
    -------
    {"cost": at `epochs`, of the last batch before its update, with the mask, "train", "test": percent right, without}
    """
    batch, rule = OPTIMIZERS[optimizer]["batch"], ops.RULES[OPTIMIZERS[optimizer]["rule"]]
    data, order = spiral_runs.spiral(), spiral_runs.batches(epochs[-1] + 1, batch)
    X, y = data.X_train, data.y_train[:, None]
    mask = fixed_mask(batch, keep) / keep
    params = dense.pack(datasets.published_start())
    gradient, state, settings = np.zeros_like(params), rule.start(params.size, float), rule.check(LR)
    (W1, b1), (W2, b2) = dense.unpack(params, spiral_runs.SIZES)
    (dW1, db1), (dW2, db2) = dense.unpack(gradient, spiral_runs.SIZES)
    costs, t = [], 0
    for epoch in range(epochs[-1] + 1):
        for chosen in order[epoch].reshape(-1, batch):
            x, target = X[chosen], y[chosen]
            z = x @ W1 + b1
            h = np.maximum(z, 0) * mask
            score = h @ W2 + b2
            d2 = (1 / (1 + np.exp(-score)) - target) / batch
            d1 = d2 * W2.T * (z > 0)
            if mask_backward:
                d1 *= mask
            dW1[:], db1[:], dW2[:], db2[:] = x.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum()
            t += 1
            rule.step(params, gradient, state, settings, t)
        if epoch in epochs:
            costs.append(ops.bce_from_logits(score, target)[0])
    right = lambda X, y: 100 * float(np.mean((np.maximum(X @ W1 + b1, 0) @ W2 + b2 > 0)[:, 0] == y))
    return {"cost": np.array(costs), "train": right(X, data.y_train), "test": right(data.X_test, data.y_test)}

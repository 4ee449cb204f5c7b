"""Numbers behind chapter 07: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

from itertools import pairwise

import numpy as np

from course_lib import datasets, dense, nn, ops, optim
from course_lib.chapters import spiral_runs
from course_lib.chapters.spiral_runs import OPTIMIZERS

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


#: Regularizers for few and partly wrong labels: settings of `dense.sweep`.
REGULARIZERS = {
    "none": {},
    "L2 0.001": {"weight_decay": 0.001},
    "L2 0.01": {"weight_decay": 0.01},
    "L2 0.03": {"weight_decay": 0.03},
    "L1 0.001": {"l1": 0.001},
    "dropout 0.2": {"dropout": 0.2},
    "dropout 0.5": {"dropout": 0.5},
    "input noise 0.1": {"noise": 0.1},
    "input noise 0.2": {"noise": 0.2},
    "input noise 0.3": {"noise": 0.3},
}


def flipped_labels(draws: int = 10, points: int = 100, flipped: int = 10, epochs: int = 3001) -> dict[str, dict]:
    """Where regularization helps: 100 of the repaired training points, 10 with the wrong label, each of REGULARIZERS.

    2-100-1, He start, Adam 0.001, batches of 20. The other 500 training points are the validation set, on which to
    choose; draw number d has seed d, and points, wrong labels and start are the same for all regularizers.

    Returns
    -------
    name -> {"validation", "test": percent right, "test loss"}, each (draws,)
    """
    data = datasets.published_spiral(repaired=True)
    settings = {key: np.array([each.get(key, 0.0) for each in REGULARIZERS.values()])
                for key in ("weight_decay", "l1", "dropout", "noise")}
    table = {name: {"validation": [], "test": [], "test loss": []} for name in REGULARIZERS}
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        order = rng.permutation(len(data.X_train))
        chosen, others = order[:points], order[points:]
        X, X_val, X_test = datasets.standardize(data.X_train[chosen], data.X_train[others], data.X_test)
        y = data.y_train[chosen].copy()
        y[:flipped] = 1 - y[:flipped]
        runs = dense.sweep(spiral_runs.SIZES, X, y, lrs=0.001, hidden="relu", loss="bce", rule="adam", init="he_normal",
                           epochs=epochs, batch_size=20, rng=rng, **settings)
        for name, run in zip(table, runs, strict=True):
            table[name]["validation"].append(spiral_runs.percent_right(run, X_val, data.y_train[others]))
            table[name]["test"].append(spiral_runs.percent_right(run, X_test, data.y_test))
            table[name]["test loss"].append(spiral_runs.cost(run, X_test, data.y_test))
    return {name: {key: np.array(values) for key, values in row.items()} for name, row in table.items()}


def best_by_validation(table: dict[str, dict]) -> str:
    """The regularizer with the highest mean on the validation points: chosen without the test set."""
    return max(table, key=lambda name: table[name]["validation"].mean())


# --- a framework's runs on the spiral ---


def relu_net(sizes, rng, batch_norm: bool = False, dropout: float = 0.0) -> nn.Sequential:
    """ReLU layers from Glorot's start, each with batch normalization before and dropout after its ReLU as asked."""
    layers = []
    for fan_in, fan_out in pairwise(sizes[:-1]):
        layers.append(nn.Linear(fan_in, fan_out, init="xavier_uniform", rng=rng))
        layers += [nn.BatchNorm1d(fan_out)] if batch_norm else []
        layers.append(nn.ReLU())
        layers += [nn.Dropout(dropout, rng=rng)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:], init="xavier_uniform", rng=rng))


#: What is added to 2-175-1: settings of `spiral_net`.
ABLATION = {"none": {}, "batch norm": {"batch_norm": True}, "dropout 0.2": {"dropout": 0.2},
            "L2 0.001": {"l2": 0.001}, "plateau": {"plateau": True}}


class _Watch(nn.EarlyStopping):
    """Restores the best epoch, and cuts the rate on a plateau where one is to be watched for."""

    def __init__(self, epochs: int, plateau: optim.ReduceLROnPlateau | None):
        super().__init__(epochs)  # so patient that it never stops
        self._plateau = plateau

    def __call__(self, now):
        if self._plateau:
            self._plateau.step(now.history.val_loss[-1])
        return super().__call__(now)


def spiral_net(start: int, hidden=(175,), repaired: bool = False, epochs: int = 300, batch_norm: bool = False,
               dropout: float = 0.0, l2: float = 0.0, plateau: bool = False, split: int | None = None) -> dict:
    """A run of a framework on the standardized spiral, with the weights of its best epoch restored.

    ReLU layers, Glorot start number `start`, Adam 0.001, batches of 64; of the 600 training points the last 120 are the
    validation set, which names the best epoch; a seed for split cuts them anew. l2 is the factor of the sum of squares,
    as the framework has it. In the book the seed of R does not reach the framework, and 120 points tell nets 0.017
    apart by 2 of them.

    Returns
    -------
    {"val_loss": (epochs + 1,), "best epoch", "accuracy": of the validation points at the best epoch, "test": of the
    test points, both as shares}
    """
    rng, data = np.random.default_rng(start), spiral_runs.spiral(repaired)
    net = relu_net((2, *hidden, 1), rng, batch_norm, dropout)
    order = np.arange(spiral_runs.POINTS) if split is None else np.random.default_rng(split).permutation(600)
    X, X_val, y, y_val = (part for whole in (data.X_train, data.y_train[:, None])
                          for part in np.split(whole[order], [480]))
    loss, optimizer = nn.BCEWithLogitsLoss(), optim.Adam(net.parameters(), weight_decay=2 * l2)
    best = _Watch(epochs, optim.ReduceLROnPlateau(optimizer) if plateau else None)
    history = nn.fit(net, loss, optimizer, X, y, epochs, 64, rng, X_val, y_val, on_epoch=best)
    net.eval()
    return {"val_loss": history.val_loss, "best epoch": best.best_epoch,
            "accuracy": loss.accuracy(net(X_val), y_val), "test": loss.accuracy(net(data.X_test), data.y_test[:, None])}


# --- digits ---


def start_penalty(factor: float = 0.1, seed: int = 0) -> dict:
    """factor times the sum of squares of the weights of the two hidden layers of 784-784-512-10, Glorot start.

    Returns
    -------
    {"expected": n_in n_out 2 / (n_in + n_out) each, "drawn"}, (2,) each
    """
    rng, shapes = np.random.default_rng(seed), ((784, 784), (784, 512))
    squares = [np.sum(nn.draw_weights(rng, *shape, "xavier_uniform") ** 2) for shape in shapes]
    expected = [2 * n * m / (n + m) for n, m in shapes]
    return {"expected": factor * np.array(expected), "drawn": factor * np.array(squares)}


def batch_norm_numbers(width: int = 512, momentum: float = 0.998) -> dict:
    """What batch normalization of one layer adds, and how many steps its running statistics look back.

    momentum : share of the old value, as one framework counts it; in `nn` it is 1 - momentum.
    """
    layer = nn.BatchNorm1d(width, momentum=1 - momentum)
    trained = sum(parameter.data.size for parameter in layer.parameters())
    return {"numbers": sum(array.size for array in layer.state_dict().values()), "trained": trained,
            "time constant": 1 / layer.momentum, "steps per epoch": ops.updates_per_epoch(60_000, 128)}


def digits(sizes, epochs: int, seed: int = 0, **settings) -> dict:
    """A ReLU net on 5000 real digits of 28x28, tested on 1000 others: Adam 0.001, He start, batches of 32.

    The book's set-up, on other digits of the same kind. Its slips: the penalty divided by the batch size, the fixed
    mask, the cost of one batch. **settings : of `dense.train`, such as weight_decay or dropout.

    Returns
    -------
    {"loss": (epochs + 1,), "train", "test": shares right}
    """
    data = datasets.digits28(5000)
    X, X_test = (images.reshape(len(images), -1).astype(np.float32) / 256 for images in data[:2])
    run = dense.train(sizes, X, data.y_train, hidden="relu", loss="cross_entropy", rule="adam", lr=0.001, epochs=epochs,
                      batch_size=32, rng=seed, init="he_normal", **settings)
    return {"loss": run.loss, "train": ops.accuracy(run.predict(X), data.y_train),
            "test": ops.accuracy(run.predict(X_test[:1000]), data.y_test[:1000])}


def digits_with_l2(epochs: int = 100, seed: int = 0) -> dict:
    """784-30-10-10 with the penalty 1e-4 sum w^2 / 2 over 5000 images, see `digits`; the book's net had 0.861 right."""
    return digits((784, 30, 10, 10), epochs, seed, weight_decay=1e-4 / 5000)


def digits_with_dropout(width: int = 100, dropout: float = 0.3, epochs: int = 40, seed: int = 0) -> dict:
    """784-width-10 with real dropout, see `digits`; the book's net 784-30-10-10 with a fixed mask had 0.866 right."""
    return digits((784, width, 10), epochs, seed, dropout=dropout)


def small_digits(seed: int = 0, l2: float = 0.0, batch_norm: bool = False, epochs: int = 80, lr: float = 1e-3) -> dict:
    """64-64-48-10 on 8x8 digits with RMSprop, batches of 128: a small copy of a lesson's 784-784-512-10.

    The last 287 training digits are the validation set; the lesson took its test set for this. l2 is the factor of the
    sum of squares.

    Returns
    -------
    {"accuracy", "val_accuracy": (epochs + 1,), "gap": validation minus training loss at the end, "variance": of the
    change of the validation accuracy from epoch to epoch, over the second half}
    """
    rng, data = np.random.default_rng(seed), datasets.digits8()
    net = relu_net((64, 64, 48, 10), rng, batch_norm)
    X, X_val, y, y_val = data.X_train[:1150], data.X_train[1150:], data.y_train[:1150], data.y_train[1150:]
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.RMSprop(net.parameters(), lr, 0.9, weight_decay=2 * l2), X, y,
                     epochs, 128, rng, X_val, y_val)
    changes = np.diff(history.val_accuracy[epochs // 2 :])
    return {"accuracy": history.accuracy, "val_accuracy": history.val_accuracy,
            "gap": float(history.val_loss[-1] - history.loss[-1]), "variance": float(changes.var())}

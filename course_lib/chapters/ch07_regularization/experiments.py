"""Numbers behind chapter 07: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

from itertools import pairwise, product

import numpy as np

from course_lib import datasets, dense, nn, ops, optim
from course_lib.chapters import spiral_runs
from course_lib.chapters.spiral_runs import OPTIMIZERS

#: The learning rate of the published runs, and the epochs whose cost is printed.
LR, EPOCHS = 1e-4, (0, 10_000, 15_000)


def spiral_run(optimizer: str, penalty: float = 0.0, dropout: float = 0.0, repaired: bool = False,
               progress: bool = False) -> dict:
    """A run of the book without regularization, or with its L2 of 0.6: He start, lr 0.0001, 15,001 epochs.

    Its slips: see `spiral_runs`. L2 divided by the batch size is 9.4 times as strong in batches of 64 as in one of 600.
    dropout, the share of hidden units that are dropped, is for the repaired runs; what the book ran instead is
    `dropout_as_run`. Returns what `spiral_runs.train` does, with the costs at EPOCHS.
    """
    real = {"dropout": dropout} if dropout else {}
    return spiral_runs.train(scale="he_normal", epochs=EPOCHS, repaired=repaired, penalty=penalty, progress=progress,
                             lr=LR, **real, **OPTIMIZERS[optimizer])


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
        x_of, target_of = X[order[epoch]].reshape(-1, batch, 2), y[order[epoch]].reshape(-1, batch, 1)
        for x, target in zip(x_of, target_of, strict=True):
            z = x @ W1
            z += b1
            on = (z > 0).astype(float)
            h = np.maximum(z, 0, out=z)
            h *= mask
            d2 = (1 / (1 + np.exp(-(score := h @ W2 + b2))) - target) / batch
            if mask_backward:
                on *= mask
            # d2 W2^T on, summed over the batch: W2 is the same for all of it
            dW1[:], db1[:], dW2[:], db2[:] = (x * d2).T @ on * W2.T, d2.T @ on * W2.T, h.T @ d2, d2.sum()
            t += 1
            rule.step(params, gradient, state, settings, t)
        if epoch in epochs:
            costs.append(ops.bce_from_logits(score, target)[0])
    right = lambda X, y: 100 * float(np.mean((np.maximum(X @ W1 + b1, 0) @ W2 + b2 > 0)[:, 0] == y))
    return {"cost": np.array(costs), "train": right(X, data.y_train), "test": right(data.X_test, data.y_test)}


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


def small_digits(seed: int = 0, l2: float = 0.0, batch_norm: bool = False, epochs: int = 50, lr: float = 1e-3) -> dict:
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


# --- the chapter's own measurements; what takes minutes has been run once, and its numbers stand in `measured` ---

#: of every run on the hundred points; 3001 epochs are the published length, divided by five
RUN = {"hidden": "relu", "loss": "bce", "rule": "adam", "batch_size": 20}
LAMS, RATES = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03), (0.0, 0.1, 0.2, 0.35, 0.5)


def noisy_spiral(draw: int, points: int = 100, flipped: int = 10):
    """Some points of the repaired spiral, the labels of a few exchanged, and its clean test set.

    Returns
    -------
    X, y, X_test, y_test
    """
    rng, data = np.random.default_rng([7, draw]), spiral_runs.spiral(repaired=True)
    rows = rng.choice(len(data.y_train), points, replace=False)
    y = data.y_train[rows].copy()
    y[:flipped] = 1 - y[:flipped]
    return data.X_train[rows], y, data.X_test, data.y_test


def right(run, X, y) -> float:
    """Share of points on the right side of p = 0.5."""
    return float(np.mean((run.predict(X)[:, 0] > 0.5) == y))


def penalized(X, y, lams, seed: int = 0, epochs: int = 700):
    """Runs on the same points from the same start, one for each λ of the L2 penalty."""
    start = dense.init_params(spiral_runs.SIZES, np.random.default_rng(seed), "he_normal")
    return dense.sweep(spiral_runs.SIZES, X, y, start, 0.003, epochs=epochs, rng=seed, weight_decay=np.array(lams),
                       **RUN)


def fifty_starts(lams, starts: int = 50, epochs: int = 300) -> np.ndarray:
    """(starts, λs): test accuracy on the hundred points of draw 0, each λ from the same starts."""
    X, y, X_test, y_test = noisy_spiral(0)
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    params = np.stack([dense.init_params(spiral_runs.SIZES, np.random.default_rng(seed), "he_normal")
                       for seed in range(starts)])
    many = dense.sweep(spiral_runs.SIZES, X, y, np.repeat(params, len(lams), axis=0), 0.01, epochs=epochs,
                       weight_decay=np.tile(lams, starts), **RUN)
    return np.array([right(run, X_test, y_test) for run in many]).reshape(starts, len(lams))


def right_on_test(draw: int, cross_entropy: bool = False, lr: float = 0.01, **settings) -> list[int]:
    """How many of the 200 test points are right after 3001 epochs, for several settings on one draw from one start.

    cross_entropy : two outputs, as smoothed labels need them.
    **settings : of `dense.sweep`, each with one value a run.
    """
    X, y, X_test, y_test = noisy_spiral(draw)
    sizes, run = ((2, 100, 2), RUN | {"loss": "cross_entropy"}) if cross_entropy else (spiral_runs.SIZES, RUN)
    start = dense.init_params(sizes, np.random.default_rng(draw), "he_normal")
    many = dense.sweep(sizes, X, y, start, lr, epochs=3001, rng=draw, **run,
                       **{name: np.array(values, float) for name, values in settings.items()})
    answers = [one.predict(X_test) for one in many]
    return [int(np.sum((p.argmax(axis=1) if cross_entropy else p[:, 0] > 0.5) == y_test)) for p in answers]


def slips_learned(lr: float, draws: int = 10) -> float:
    """Of ten wrong labels, how many the network repeats after 3001 epochs without a regularizer; mean of the draws."""
    repeated = []
    for draw in range(draws):
        X, y, *_ = noisy_spiral(draw)
        start = dense.init_params(spiral_runs.SIZES, np.random.default_rng(draw), "he_normal")
        run = dense.train(spiral_runs.SIZES, X, y, params=start, lr=lr, epochs=3001, rng=draw, **RUN)
        repeated.append(10 * right(run, X[:10], y[:10]))
    return float(np.mean(repeated))


def pairs(draws: int = 10) -> dict:
    """{(λ, dropout): right test points of each draw}: L2 and dropout together. Two minutes."""
    lam, rate = np.meshgrid(LAMS, RATES, indexing="ij")
    each = [right_on_test(draw, weight_decay=lam.ravel(), dropout=rate.ravel()) for draw in range(draws)]
    return dict(zip(zip(lam.ravel().tolist(), rate.ravel().tolist(), strict=True), zip(*each, strict=True),
                    strict=True))


#: what a run gets besides; the settings that are not named are off
SMALL = {"none": {}, "input noise 0.1": {"noise": 0.1}, "input noise 0.3": {"noise": 0.3},
         "max-norm 2": {"max_norm": 2.0}, "label smoothing 0.1": {"label_smoothing": 0.1},
         "gradient noise 0.01": {"gradient_noise": 0.01}, "L1 0.0003": {"l1": 0.0003},
         "L2 0.001": {"weight_decay": 0.001}}


def small_remedies(draws: int = 10) -> dict:
    """{remedy: right test points of each draw}, of a network with two outputs."""
    off = {"noise": 0.0, "max_norm": 1e6, "label_smoothing": 0.0, "gradient_noise": 0.0, "l1": 0.0, "weight_decay": 0.0}
    columns = {name: [one.get(name, value) for one in SMALL.values()] for name, value in off.items()}
    each = [right_on_test(draw, True, **columns) for draw in range(draws)]
    return dict(zip(SMALL, zip(*each, strict=True), strict=True))


def shrinking(size: float, steps: int = 500, lam: float = 0.1, lr: float = 0.01, seed: int = 0):
    """What Adam with L2, and AdamW, leave of w = 2 when the data gradient is noise of this size."""
    noise = size * np.random.default_rng(seed).normal(size=(steps, 1))
    left = []
    for rule, settings in ((ops.adam, {"weight_decay": lam}), (ops.adamw, {"weight_decay": lam})):
        w, m, v = np.array([2.0]), np.zeros(1), np.zeros(1)
        for t, g in enumerate(noise, 1):
            w, m, v = rule(w, g, m, v, t, lr, **settings)
        left.append(float(w[0]))
    return tuple(left)


def place_of_batch_norm(place: str, epochs: int = 10, seed: int = 0) -> tuple:
    """Training loss after epochs 1 and `epochs`, and validation accuracy: 64-64-48-10 with a large rate, 400 digits.

    place : "none", "before" or "after" the activation.
    """
    data, rng, layers = datasets.digits8(), np.random.default_rng(seed), []
    for fan_in, fan_out in ((64, 64), (64, 48)):
        norm, bend = [nn.BatchNorm1d(fan_out)], [nn.ReLU()]
        layers += [nn.Linear(fan_in, fan_out, rng=rng),
                   *{"none": bend, "before": norm + bend, "after": bend + norm}[place]]
    net = nn.Sequential(*layers, nn.Linear(48, 10, rng=rng))
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1), data.X_train[:400],
                     data.y_train[:400], epochs=epochs, batch_size=32, rng=rng, X_val=data.X_train[400:800],
                     y_val=data.y_train[400:800])
    return history.loss[[1, -1]], history.val_accuracy[-1]


def augmented(shift: float = 0.0, rotation: float = 0.0, flip: bool = False, starts: int = 3) -> list[float]:
    """Accuracy on 360 shifted digits after training on twenty variants of 300 digits, one for each start."""
    data, shares = datasets.digits8(), []
    X, y = data.X_train[:300].reshape(-1, 8, 8), np.tile(data.y_train[:300], 20)
    shifted = datasets.augment(data.X_test.reshape(-1, 8, 8), 0, shift=1 / 8).reshape(-1, 64)
    for seed in range(starts):
        rng = np.random.default_rng(seed)
        variants = [datasets.augment(X, rng, shift=shift, rotation=rotation, flip=flip) for _ in range(20)]
        run = dense.train((64, 64, 10), np.concatenate(variants).reshape(-1, 64), y, hidden="relu",
                          loss="cross_entropy", rule="adam", lr=0.001, batch_size=32, epochs=5, rng=seed)
        shares.append(ops.accuracy(run.predict(shifted), data.y_test))
    return shares


def ablations(starts: int = 5) -> dict:
    """{(patience, batch norm, dropout, l2): validation loss of `spiral_net` for each start}. Patience 0 keeps the last
    epoch, 100 the best one until then. Minutes.
    """
    found = {}
    for batch_norm, dropout, l2 in product((False, True), (0.0, 0.2), (0.0, 0.001)):
        curves = [spiral_net(start, batch_norm=batch_norm, dropout=dropout, l2=l2)["val_loss"]
                  for start in range(starts)]
        found[0, batch_norm, dropout, l2] = [float(curve[-1]) for curve in curves]
        found[100, batch_norm, dropout, l2] = [float(curve[ops.early_stopping(curve, 100)[0]]) for curve in curves]
    return found

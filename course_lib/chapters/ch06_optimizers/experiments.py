"""Numbers behind chapter 06: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

import numpy as np

from course_lib import datasets, dense, ops
from course_lib.chapters import spiral_runs

#: The published runs, and two rules to compare with them: batch size and rule.
SPIRAL_RUNS = spiral_runs.OPTIMIZERS | {
    "classical momentum": {"batch": 64, "rule": "momentum"},
    "Nesterov": {"batch": 64, "rule": "nesterov"},
}


def spiral_run(name: str, repaired: bool = False, progress: bool = False) -> dict:
    """A run of SPIRAL_RUNS: start 0.01 N(0, 1), lr 0.001, 10,001 epochs.

    The slips of the book's set-up: see `spiral_runs`. It finds that momentum changes nothing: the averaged form, at an
    unchanged rate, takes the steps of plain descent, a little later. Returns what `spiral_runs.train` does, with the
    costs at epochs 0, 1000, ..., 10000.
    """
    return spiral_runs.train(scale=0.01, epochs=range(0, 10_001, 1000), repaired=repaired, progress=progress,
                             lr=0.001, **SPIRAL_RUNS[name])


#: Rules, each with the learning rate that suits it; with them all do equally well.
TUNED = (("descent", 0.3), ("classical momentum", 0.03), ("Nesterov", 0.03), ("Adam", 0.001), ("Adam", 0.003))


def tuned_run(name: str, lr: float) -> dict:
    """The repaired spiral from He's start, 1001 epochs; what `spiral_runs.train` returns."""
    return spiral_runs.train(scale="he_normal", epochs=(0, 1000), repaired=True, lr=lr,
                             **SPIRAL_RUNS[name])


def _descent(w, v, g, lr, beta):
    return ops.sgd(w, g, lr), v


def _momentum(w, v, g, lr, beta):
    return ops.momentum(w, g, v, lr, beta)


def _rate_twice(w, v, g, lr, beta):
    v = beta * v - lr * g
    return w + lr * v, v


def _uphill(w, v, g, lr, beta):
    v = beta * v + lr * g
    return w + beta * v, v


#: Two rules, and two printed versions of momentum that are none.
PARABOLA_RULES = {"descent": _descent, "momentum": _momentum, "printed pseudo-code": _rate_twice,
                  "printed prose": _uphill}


def parabola_path(rule: str, start: float = 5.0, lr: float = 0.01, beta: float = 0.9, steps: int = 100) -> np.ndarray:
    """(steps + 1,) the w of one of PARABOLA_RULES on w^2 / 2.

    A textbook's example, which prints no number, only "stop at a loss below 0.1"; its pseudo-code uses the rate twice,
    its prose goes uphill.
    """
    path, w, v = [start], start, 0.0
    for _ in range(steps):
        w, v = PARABOLA_RULES[rule](w, v, w, lr, beta)
        path.append(w)
    return np.array(path, float)


def steps_to_stop(rule: str, loss: float = 0.1, steps: int = 1000) -> int:
    """Steps after which w^2 / 2 is first below this loss."""
    return int(np.argmax(parabola_path(rule, steps=steps) ** 2 / 2 < loss))


# --- a fair comparison: tuned rates, equal steps, several starts, the loss of all points ---

#: The rules that are compared, by the names that the chapter gives them.
RULES = {"descent": "sgd", "averaged": "averaged_momentum", "momentum": "momentum", "Nesterov": "nesterov",
         "Adagrad": "adagrad", "RMSprop": "rmsprop", "Adam": "adam"}
#: Three rates a power of ten, and the best of them for each rule, see `rate_curves`.
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
BEST = {"descent": 1.0, "averaged": 3.0, "momentum": 0.3, "Nesterov": 0.3, "Adagrad": 0.3, "RMSprop": 0.01,
        "Adam": 0.03}
PUBLISHED_RATE = 0.001
#: Seeds of the starts on which rates are tuned, and of those on which rules are compared.
TUNING, FRESH = range(5), range(100, 110)


def _from_starts(rule: str, rates, starts, epochs: int, **settings) -> dense.Sweep:
    """Runs on the repaired spiral in batches of 64 from He's starts with these seeds, each at every rate."""
    data = spiral_runs.spiral(repaired=True)
    params = [dense.init_params(spiral_runs.SIZES, np.random.default_rng(seed), "he") for seed in starts]
    return dense.sweep(spiral_runs.SIZES, data.X_train, data.y_train, np.repeat(params, len(rates), axis=0),
                       np.tile(rates, len(starts)), hidden="relu", loss="bce", batch_size=64, epochs=epochs, rng=0,
                       rule=RULES[rule], **settings)


def end_of(losses: np.ndarray) -> np.ndarray:
    """(runs,) the mean of the last ten epochs of losses (runs, epochs + 1), as single ones scatter."""
    return losses[:, -10:].mean(axis=1)


def rate_curves(rules=("descent", "momentum", "Adam"), rates=RATES, starts=TUNING, epochs: int = 100) -> dict:
    """Training loss at the end of a run against the learning rate: {rule: (starts, rates)}."""
    return {rule: end_of(_from_starts(rule, rates, starts, epochs).loss).reshape(len(starts), len(rates))
            for rule in rules}


def compared(rates: dict, starts=FRESH, epochs: int = 100) -> dict:
    """Runs from fresh starts, each rule at its rate: {rule: (losses (starts, epochs + 1), percent right of the test
    set (starts,))}.
    """
    data, found = spiral_runs.spiral(repaired=True), {}
    for rule, rate in rates.items():
        runs = _from_starts(rule, [rate], starts, epochs)
        right = [100 * np.mean((run.predict(data.X_test)[:, 0] > 0.5) == data.y_test) for run in runs]
        found[rule] = runs.loss, np.array(right)
    return found


def gradient_scatter(sizes=(4, 16, 64, 256), draws: int = 2000) -> dict:
    """Standard deviation of the gradient of a batch: root mean square, over `draws` batches, of its distance from the
    gradient of all 600 points, by the batch size.
    """
    data, rng = spiral_runs.spiral(repaired=True), np.random.default_rng(0)
    (W1, b1), (W2, b2) = dense.unpack(dense.init_params(spiral_runs.SIZES, rng, "he"), spiral_runs.SIZES)
    H = np.maximum(data.X_train @ W1 + b1, 0)
    error = ops.sigmoid(H @ W2 + b2) - data.y_train[:, None]
    each = np.hstack([H * error, error])  # the slopes of the last layer, one row a point
    batches = lambda m: rng.integers(0, len(each), size=(draws, m))  # with replacement
    distances = {m: each[batches(m)].mean(axis=1) - each.mean(axis=0) for m in sizes}
    return {m: float(np.sqrt(np.mean(np.sum(d**2, axis=1)))) for m, d in distances.items()}


def with_schedule(rate: float = 1.0, starts=FRESH, epochs: int = 100) -> dict:
    """Training loss after the last epoch of descent, at a fixed rate and at one that falls as a cosine, by start."""
    schedules = {"fixed": None, "cosine": ops.cosine_decay(rate, epochs)}
    return {name: _from_starts("descent", [rate], starts, epochs, schedule=schedule).loss[:, -1]
            for name, schedule in schedules.items()}


# --- the edge of stability in a network ---


def beyond_the_edge(rates=(0.5, 1.0, 2.0, 4.0), epochs: int = 2000) -> dict:
    """A 2-16-2 net that learns two moons with all points at once, at each rate: {rate: (the edge 2 / lambda_max at the
    start, the same at the end, epochs in which the loss rose)}.
    """
    X, y = datasets.moons(300, 0.1, np.random.default_rng(0))
    edge = lambda params: 2 / dense.sharpness(dense.unpack(params, (2, 16, 2)), X, y, loss="cross_entropy")
    found = {}
    for rate in rates:
        run = dense.train((2, 16, 2), X, y, loss="cross_entropy", lr=rate, epochs=epochs, rng=0, snapshots=2)
        found[rate] = edge(run.snapshots[0]), edge(run.snapshots[-1]), int(np.sum(np.diff(run.loss) > 0))
    return found

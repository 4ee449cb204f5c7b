"""Numbers behind chapter 03: each function reproduces one published or announced result and returns it.

The chapter prints them and the tests compare them with the targets.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np

from course_lib import datasets, dense, ops

GATES = ("AND", "OR", "NAND", "XOR")
#: the eight samples of the task x1 - x2
PAIRS = np.array([[2, 1], [1, 1], [1, 2], [0, 0], [2, -1], [-1, -1], [-2, 1], [-1, -2]], dtype=np.float64)
#: two hidden units that see x1 - x2 and x2 - x1
FOLD = np.array([[1.0, -1.0], [-1.0, 1.0]])


# --- one unit ---


def gate_runs(lr: float = 1.0, epochs: int = 100) -> dict[str, ops.PerceptronRun]:
    """The perceptron on AND, OR, NAND and XOR from zero, samples in the order 00, 01, 10, 11."""
    return {name: ops.perceptron_fit(*datasets.gate(name), lr=lr, epochs=epochs) for name in GATES}


def rounding_trap() -> dict[str, float]:
    """AND with lr = 0.1. The score of (1, 0) is a rounding error below zero, where exact decimals give 0."""
    run = gate_runs(lr=0.1)["AND"]
    w1, w2 = (float(w) for w in run.w)
    return {"b": run.b, "w1": w1, "w2": w2, "epoch": run.converged_epoch, "score of (1, 0)": w1 + run.b}


def order_end_points(gate: str = "AND", epochs: int = 20) -> dict[tuple, int]:
    """How many of the 24 orders of the four samples end at which (b, w1, w2), lr 1, zero start."""
    X, y = datasets.gate(gate)
    ends: dict[tuple, int] = {}
    for order in permutations(range(4)):
        run = ops.perceptron_fit(X, y, epochs=epochs, order=np.tile(order, (epochs, 1)))
        end = (run.b, *(float(w) for w in run.w))
        ends[end] = ends.get(end, 0) + 1
    return ends


def corrections_and_bound(gaps, n: int = 60, starts: int = 20) -> dict[str, np.ndarray]:
    """Corrections made on clouds with a known gap and the bound (R/gamma)^2, each (gaps, starts).

    The clouds are moved off the origin, so that the bias has to be learned too; the line in the middle of the gap,
    x1 + x2 = 3, gives the bound.
    """
    w, b, shift = np.array([1.0, 1.0]), -3.0, np.array([2.0, 1.0])
    made, bound = np.zeros((len(gaps), starts), int), np.zeros((len(gaps), starts))
    for i, gap in enumerate(gaps):
        for seed in range(starts):
            X, y = datasets.separable_clouds(n, gap, seed)
            made[i, seed] = ops.perceptron_fit(X + shift, y, epochs=2000).corrections
            bound[i, seed] = ops.mistake_bound(X + shift, y, w, b)
    return {"made": made, "bound": bound}


def zeros_and_ones(epochs: int = 50) -> dict:
    """A perceptron that tells real handwritten zeros from ones: run, training and test errors."""
    digits = datasets.digits8()
    train, test = digits.y_train < 2, digits.y_test < 2
    X, y, X_test, y_test = digits.X_train[train], digits.y_train[train], digits.X_test[test], digits.y_test[test]
    run = ops.perceptron_fit(X, y, epochs=epochs)
    wrong = np.flatnonzero(ops.perceptron_predict(X_test, run.w, run.b) != y_test)
    return {"run": run, "X": X, "y": y, "X_test": X_test, "y_test": y_test, "wrong": wrong}


# --- a hidden layer ---


def difference_by_hand() -> np.ndarray:
    """The difference x1 - x2 by two hidden ReLU units with weights 1 and -1, on the eight samples."""
    return ops.relu(PAIRS @ FOLD) @ np.array([1.0, -1.0])


def xor_by_hand() -> np.ndarray:
    """XOR by the same hidden units with both output weights 1."""
    return ops.relu(datasets.gate("XOR")[0] @ FOLD) @ np.array([1.0, 1.0])


@dataclass(frozen=True)
class Starts:
    """100 trained nets: which reached a loss below 1e-3, and how many hidden units each had left alive."""

    solved: np.ndarray  #: (starts,) bool
    dead: np.ndarray  #: (starts, H) bool, at the end of training
    dead_at_start: np.ndarray  #: (starts, H) bool
    loss: np.ndarray  #: (starts,) at the end


def _dead(params, sizes, X, bias):
    W1, b1 = dense.unpack(params, sizes, bias)[0]
    z = X @ W1 if b1 is None else X @ W1 + b1[:, None, :]
    return (z <= 0).all(axis=1)


@cache  # the chapter looks at the same runs several times
def trained_from_starts(task: str, hidden: int, bias: bool, starts: int = 100, rng=1) -> Starts:
    """One hidden ReLU layer trained on "XOR" or "x1 - x2" from many starts.

    Weights from N(0, 0.7^2), biases (if any) 0, mean squared error, 3000 full-batch steps with lr 0.05.
    """
    X, y = datasets.gate("XOR") if task == "XOR" else (PAIRS, PAIRS[:, 0] - PAIRS[:, 1])
    sizes = (2, hidden, 1)
    params = dense.init_params(sizes, rng, init=0.7, n=starts, bias=bias)
    runs = dense.sweep(sizes, X, y.astype(float), params, 0.05, hidden="relu", epochs=3000, bias=bias)
    return Starts(runs.loss[:, -1] < 1e-3, _dead(runs.params, sizes, X, bias), _dead(params, sizes, X, bias),
                  runs.loss[:, -1])


def success_table(starts: int = 100, rng=1) -> dict[tuple[str, bool], list[int]]:
    """Solved starts for 2, 4 and 8 hidden units, for each task without and with biases."""
    def solved(task, hidden, bias):
        return int(trained_from_starts(task, hidden, bias, starts, rng).solved.sum())

    return {(task, bias): [solved(task, hidden, bias) for hidden in (2, 4, 8)]
            for task in ("XOR", "x1 - x2") for bias in (False, True)}


def dots_errors(rng=0) -> dict[str, int]:
    """Errors on the overlapping dots, the best straight line found by search and two hidden step units."""
    X, y = datasets.overlapping_dots(rng)
    fewest = len(y)
    for angle in np.linspace(0, 2 * np.pi, 720, endpoint=False):
        along = X @ np.array([np.cos(angle), np.sin(angle)])
        cuts = np.append(np.sort(along), np.inf)
        fewest = min(fewest, *(np.count_nonzero((along >= cut) != y) for cut in cuts))
    band = ops.step(X @ np.array([[1.0, -1.0], [1.0, -1.0]]) + np.array([0.85, 1.4]))
    return {"best single unit": int(fewest), "two hidden units": int(np.count_nonzero((band.sum(axis=1) > 1.5) != y))}

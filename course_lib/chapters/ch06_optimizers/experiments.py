"""Numbers behind chapter 06: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets.
"""

import numpy as np

from course_lib import ops
from course_lib.chapters import spiral_runs

#: The published runs, and two rules to compare with them: batch size and rule.
SPIRAL_RUNS = spiral_runs.OPTIMIZERS | {
    "classical momentum": {"batch": 64, "rule": "momentum"},
    "Nesterov": {"batch": 64, "rule": "nesterov"},
}


def spiral_run(name: str, repaired: bool = False) -> dict:
    """A run of SPIRAL_RUNS: start 0.01 N(0, 1), lr 0.001, 10,001 epochs.

    The slips of the book's set-up: see `spiral_runs`. It finds that momentum changes nothing: the averaged form, at an
    unchanged rate, takes the steps of plain descent, a little later. Returns what `spiral_runs.train` does, with the
    costs at epochs 0, 1000, ..., 10000.
    """
    return spiral_runs.train(scale=0.01, epochs=range(0, 10_001, 1000), repaired=repaired, lr=0.001,
                             **SPIRAL_RUNS[name])


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

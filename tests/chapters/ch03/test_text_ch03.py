"""Chapter 03: the numbers in its sentences, computed again."""

from functools import cache

import numpy as np
import prose
import pytest
from needs import needs

from course_lib import datasets, ops
from course_lib.chapters.ch03_perceptron import experiments as ch03
from course_lib.chapters.ch03_perceptron.demos.hidden import finished
from course_lib.chapters.ch03_perceptron.exercises import EXERCISES

TEXT = prose.prose("03_perceptron")
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}


@cache
def gates(lr=1.0):
    return ch03.gate_runs(lr=lr, epochs=20)


def ends(run):
    return run.b, *run.w


def corrected():
    """Exercise 3.6: the score before and after, and the rise."""
    w, b, x = np.array([1.0, -2.0]), 0.5, np.array([2.0, 1.5])
    before = w @ x + b
    after = (w + 0.4 * x) @ x + b + 0.4
    return before, after, after - before


def digits_run():
    result = ch03.zeros_and_ones()
    return result["run"].corrections, np.count_nonzero(result["run"].mistakes_per_epoch)


def cloud_factors():
    """How corrections and bound grow from one gap of the text to the next, half as wide."""
    made, bound = [], []
    for gap in (1.6, 0.8, 0.4, 0.2, 0.1):
        X, y = datasets.separable_clouds(60, gap, rng=1)
        X = X + np.array([2.0, 1.0])
        made.append(ops.perceptron_fit(X, y, epochs=100).corrections)
        bound.append(ops.mistake_bound(X, y, np.array([1.0, 1.0]), -3.0))
    factors = np.array(made)[1:] / np.array(made)[:-1]
    return np.mean(np.array(bound)[1:] / np.array(bound)[:-1]), factors.min(), factors.max()


def xor_run():
    run = ops.perceptron_fit(*datasets.gate("XOR"), epochs=8)
    assert set(run.mistakes_per_epoch[2:]) == {4}
    return *run.mistakes_per_epoch[:3], *ends(run)


def xor_with_product():
    X, y = datasets.gate("XOR")
    run = ops.perceptron_fit(np.column_stack([X, X[:, 0] * X[:, 1]]), y, epochs=20)
    assert run.w[0] == run.w[1] == 1
    return run.converged_epoch, -run.w[2], -run.b


def numbers_of_xor():
    flat = np.concatenate([np.ravel(part) for part in RIGHT["3.19"].values()])
    return flat.size, np.count_nonzero(flat == 0)


def dots_errors():
    X, y = datasets.overlapping_dots(0)
    run = ops.perceptron_fit(X, y, epochs=30)
    return [np.count_nonzero(ops.perceptron_predict(X, v[1:], v[0]) != y) for v in run.history], len(y)


def smooth_errors():
    """A sigmoid unit by whole-batch descent on the log loss, as the text trains it."""
    X, y = datasets.overlapping_dots(0)
    w, b = np.zeros(2), 0.0
    for _ in range(2000):
        dw, db = ops.logistic_gradient(X, y, w, b)
        w, b = w - dw, b - db
    return np.count_nonzero((X @ w + b >= 0) != y)


def failures():
    runs = ch03.trained_from_starts("XOR", 2, bias=True)
    lost = runs.dead.any(axis=1)
    return np.sum(~runs.solved), np.sum(~runs.solved & lost)


def failures_with_both():
    failed, lost = failures()
    return failed - lost


def solved(task, hidden, bias=True):
    return prose.rounded(ch03.trained_from_starts(task, hidden, bias).solved.sum(), 1)


CLAIMS = {
    r"give $z = 3 - 2 + \tfrac12 = {}$.": lambda: 3 * 1 - 1 * 2 + 0.5,
    "Both give {}.": lambda: ops.neuron(np.array([1.0, 2.0]), np.array([3.0, -1.0]), 0.5),
    "no score comes closer to zero than {}.": lambda: np.abs(ops.neuron(
        datasets.gate("NAND")[0], np.array([RIGHT["3.5"]["w1"], RIGHT["3.5"]["w2"]]), RIGHT["3.5"]["b"])).min(),
    r"this leaves $b \ge {}$ and $b \le {}$: exactly one choice":
        lambda: (max(0.5, 0.5 + 1), -0.5 + 1 + 1),
    r"so the score must move by $0.4 \cdot 1 \cdot {} = {}$.": lambda: (2**2 + 1.5**2 + 1, corrected()[2]),
    "From ${}$ to ${}$ is a rise of ${}$": corrected,
    "Play AND from the start to its end: {} corrections": lambda: gates()["AND"].corrections,
    "All {} answers are right. AND ends at $b = {}$, $w = ({}, {})$.":
        lambda: (3 * 4, *ends(gates()["AND"])),
    "OR is free of mistakes in epoch {}, AND and NAND in epoch {}.":
        lambda: (gates()["OR"].converged_epoch, gates()["AND"].converged_epoch),
    "instead of {}, {}, {}, {}, {}, {} it takes a course": lambda: tuple(gates()["AND"].mistakes_per_epoch),
    "Here are the end points of all {} orders": lambda: sum(ch03.order_end_points().values()),
    "{} end points, one the mirror image of the other, {} orders each.":
        lambda: (len(ch03.order_end_points()), ch03.order_end_points()[-3.0, 2.0, 1.0]),
    "With 0.1 it ends at $({}, {}, {})$ instead of $(-0.3, 0.2, 0.1)$, and {} epochs earlier.":
        lambda: (*ends(gates(0.1)["AND"]), gates()["AND"].converged_epoch - gates(0.1)["AND"].converged_epoch),
    "The score of $(1, 0)$ comes out as ${}$.": lambda: ch03.rounding_trap()["score of (1, 0)"],
    "Training data are {} zeros and ones; {} others are kept aside":
        lambda: (len(ch03.zeros_and_ones()["y"]), len(ch03.zeros_and_ones()["y_test"])),
    "{} corrections, {} epochs, and from the fourth on no mistake": digits_run,
    r"None of the {} unseen digits is misread.": lambda: len(ch03.zeros_and_ones()["y_test"]),
    r"up to about $3/67 \approx {}\,\%$": lambda: 100 * 3 / 67,
    "For AND the bound is {} and the run needed {}.":
        lambda: (ops.mistake_bound(*datasets.gate("AND"), np.array([2.0, 2.0]), -3.0), gates()["AND"].corrections),
    "halving the gap multiplies the bound by about {}; the corrections made grow by a factor between {} and {}.":
        cloud_factors,
    "{} mistakes, {}, then {} in every epoch, and at the end of each epoch the weights are back at $({}, {}, {})$.":
        xor_run,
    r"{} epochs, and XOR is learned: $x_1 + x_2 - {} x_1 x_2 \ge {}$.": xor_with_product,
    "there are {} products of pairs": lambda: 64 * 63 / 2,
    "$2 + 1$ in layer 2, {} in all": lambda: ops.count_parameters((2, 2, 1)),
    "is passed with {} numbers, {} of which are zero.": numbers_of_xor,
    "of the seven networks with two units or more, {} end with a loss above 0.1 at the largest rate, and {} of them "
    "when you set the random start to 1": lambda: [np.sum(finished(start)[1:, -1] > 0.1) for start in (0, 1)],
    "The perceptron stopped after {} corrections.": lambda: gates()["AND"].corrections,
    "The sigmoid unit ends with {} errors, the fewest possible here.": smooth_errors,
    "now and then it touches {} errors as well": lambda: min(dots_errors()[0]),
    "it misreads {} of the {} dots.": lambda: (max(dots_errors()[0]), dots_errors()[1]),
    "Stop at the first error-free epoch: AND {}, OR {}, NAND {}.":
        lambda: [gates()[name].converged_epoch for name in ("AND", "OR", "NAND")],
    '"It needs {} epochs. With lr 1 it needs {},':
        lambda: (gates(0.1)["AND"].converged_epoch, gates()["AND"].converged_epoch),
}
#: results of 300,000 training steps a net, minutes without Numba
TRAINED = {
    "Of the {} failures, {} have lost at least one unit.": failures,
    "In the other {} failures both units live": failures_with_both,
    "of 100 starts with two hidden units about {} solve XOR, with eight about {}.":
        lambda: (solved("XOR", 2), solved("XOR", 8)),
}
#: inputs, sizes that somebody chose
GIVEN = ("$b = 0.5$, the sample $x = (2, 1.5)$ with label $y = 1$, and lr $= 0.4$",
         "must be at least $0.5$, the last at most $-0.5$", "= 4 + 2.25$", "With lr $= 0.1$ AND",
         "With 0.5 it does", "on AND with lr 0.1 for ten epochs",
         "the decimals $0.2$, $0.1$ and $-0.2$", "The number 0.1 has no finite",
         "sums such as $-0.1 - 0.1 - 0.1 + 0.1$ end next to $-0.2$", "such as $1$ or $0.5$ are exact",
         "standard deviation 0.7, 3000 steps, lr 0.05", "falls below 0.001", "a perceptron on AND with lr 0.1",
         "the length of $w$, from 0.1 to 3")


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


@needs("Numba")  # 300,000 training steps a net take minutes without it
@pytest.mark.parametrize("claim", TRAINED)
def test_numbers_of_trained_nets(claim):
    prose.holds(TEXT, claim, TRAINED[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS | TRAINED, GIVEN)


#: the same for the alternative texts of static figures
PICTURES = {
    "Mistakes per epoch for AND, OR and NAND: up to {}, zero in epochs {}, {} and {}.": lambda: (
        max(max(gates()[name].mistakes_per_epoch) for name in ("AND", "OR", "NAND")),
        *(gates()[name].converged_epoch for name in ("AND", "OR", "NAND"))),
    "jump between {} and {} from correction to correction; the sigmoid unit ends at {}.":
        lambda: (min(dots_errors()[0]), max(dots_errors()[0]), smooth_errors()),
}


@pytest.mark.parametrize("claim", PICTURES)
def test_numbers_of_the_pictures(claim):
    prose.holds(prose.pictures("03_perceptron"), claim, PICTURES[claim])


@needs("Numba")  # 300,000 training steps a net take minutes without it
def test_shares_that_stand_in_words():
    assert "four in five runs fail to find it. With eight units nine in ten succeed" in TEXT
    assert (solved("XOR", 2), solved("XOR", 8)) == (20, 90)
    assert "succeeds four times in ten without biases, and nearly always with them" in TEXT
    assert solved("x1 - x2", 2, bias=False) == 40 and solved("x1 - x2", 2) >= 90

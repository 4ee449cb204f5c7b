"""All entries of one output off by one factor: a constant, a size of the input, an argument, or the root of these."""

import math

import numpy as np

from course_lib.exercises.diagnoses.amounts import amounts
from course_lib.exercises.diagnoses.columns import Column, close, related
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import reminder
from course_lib.exercises.model import Exercise

_FACTORS = {
    -1.0: "-1: the sign is reversed",
    2.0: "2",
    0.5: "1/2",
    -2.0: "-2",
    -0.5: "-1/2",
    1 / 3: "1/3",
    math.pi: "pi",
    1 / math.pi: "1/pi",
    math.sqrt(2): "the square root of 2",
    math.sqrt(0.5): "1 over the square root of 2",
    math.log(2): "ln 2: natural logarithm against base 2",
    1 / math.log(2): "1/ln 2: base 2 against natural logarithm",
}
#: exponent -> words for a factor of that power of a size, and of an argument, which may be below 1
_POWERS = {1: ("too large by {}", "the right one times {}"), -1: ("too small by {}", "the right one divided by {}"),
           0.5: ("too large by the square root of {}", "the right one times the square root of {}"),
           -0.5: ("too small by the square root of {}", "the right one divided by the square root of {}"),
           2: ("too large by the square of {}", "the right one times the square of {}"),
           -2: ("too small by the square of {}", "the right one divided by the square of {}")}
_MULTIPLES = {1: "", 2: ", times two", 0.5: ", times one half", -1: ", with the opposite sign"}


def off_by_a_factor(seen: Evidence) -> Finding | None:
    """The same factor everywhere, in the first wrong output."""
    if seen.exercise.kind in ("value", "choice"):
        return None
    column = related(seen)
    said = factor_message(seen.exercise, column) if column and column.same_shape else ""
    return Finding("factor", f"{column.who} is {said}." + reminder(seen.exercise, "factor")) if said else None


def factor_message(exercise: Exercise, column: Column) -> str:
    """"off by one constant factor everywhere: 2", "too large by the number of rows of X", or nothing."""
    found = [(ratio, instance) for got, want, instance in column.pairs() if want.any() or got.any()
             for ratio in [ratio_of(got, want)]]
    ratios = np.array([ratio for ratio, _ in found])
    if not len(found) or not np.isfinite(ratios).all() or not ratios.all() or not _enough(column):
        return ""
    if np.allclose(ratios, ratios[0], 1e-6, 0):
        words = [text for value, text in _FACTORS.items() if math.isclose(value, ratios[0], rel_tol=1e-6)]
        return f"off by one constant factor everywhere: {words[0] if words else f'{ratios[0]:.6g}'}"
    for multiple, more in _MULTIPLES.items():
        for power, (of_size, of_argument) in _POWERS.items():
            for words, numbers in amounts(exercise, [instance for _, instance in found]).items():
                if np.allclose(ratios, multiple * numbers**power, 1e-6, 0):
                    plain = multiple == 1 and words.startswith("the ")  # else it may be on either side
                    return (of_size if plain else of_argument).format(words) + more
    return ""


def ratio_of(got: np.ndarray, want: np.ndarray) -> float:
    """The one factor from `want` to `got`; NaN where there is none."""
    largest = float(np.abs(want).max(initial=0.0))
    if not 0 < largest < math.inf or not np.isfinite(got).all():
        return math.nan
    with np.errstate(all="ignore"):
        a, b = got / largest, want / largest
        ratio = float(np.vdot(a, b)) / float(np.vdot(b, b))
        return ratio if close(a, ratio * b) else math.nan


def _enough(column: Column) -> bool:
    """Whether at least two different numbers, neither of them 0, are wanted."""
    wanted = np.concatenate([want.ravel() for want in column.want])
    return len(np.unique(wanted[wanted != 0])) >= 2

"""What every right result has and this one has not: a length of 1, rows that add up to 1, a symmetric matrix."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.exercises.diagnoses.columns import Column, columns
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import described_instance
from course_lib.exercises.model import Exercise

NEAR = 1e-6
FEWEST = 3  #: different right results: with fewer it may be chance


class Property(NamedTuple):
    """What an array may have. `ndim` : that such an array has. `holds` : whether it does. `say` : of one that does not,
    with a place for what is measured of it.
    """

    ndim: tuple[int, ...]
    holds: Callable[[np.ndarray], bool]
    say: str
    measured: Callable[[np.ndarray], float]
    numbers: int = 6  #: that the right results hold at least


def _is_one(a) -> bool:
    return bool(np.all(np.abs(a - 1) <= NEAR))


def _farthest(a) -> float:
    return float(a[np.argmax(np.abs(a - 1))])


PROPERTIES = (
    Property((1,), lambda a: _is_one(np.sqrt(a @ a)), "has length {:.6g} and should have length 1",
             lambda a: float(np.sqrt(a @ a))),
    Property((1, 2), lambda a: _is_one(a.sum()), "adds up to {:.6g} and should add up to 1", lambda a: float(a.sum())),
    Property((2,), lambda a: _is_one(a.sum(axis=1)), "has a row that adds up to {:.6g}; each should add up to 1",
             lambda a: _farthest(a.sum(axis=1))),
    Property((2,), lambda a: _is_one(a.sum(axis=0)), "has a column that adds up to {:.6g}; each should add up to 1",
             lambda a: _farthest(a.sum(axis=0))),
    Property((2,), lambda a: a.shape[0] == a.shape[1] and bool(np.all(np.abs(a - a.T) <= NEAR * (1 + np.abs(a)))),
             "is not symmetric, and should be: entry [i, j] and entry [j, i] differ by up to {:.6g}",
             lambda a: float(np.abs(a - a.T).max())),
    Property((0, 1, 2), lambda a: bool((a >= 0).all()), "holds {:.6g}, and nothing in it should be below 0",
             lambda a: float(a.min()), 12),
)


def lost_property(seen: Evidence) -> Finding | None:
    """The first wrong output of which the right ones have a property on every input, and yours not on two."""
    return next((found for column in columns(seen) if not all(column.right)
                 and (found := _lost(seen.exercise, column.inside()))), None)


def _lost(exercise: Exercise, column: Column) -> Finding | None:
    wrong = [(got, instance) for (got, _, instance), right in zip(column.pairs(), column.right, strict=True)
             if not right]
    different = {want.tobytes(): want.size for want in column.want}
    if column.truth or not column.same_shape or len(wrong) < 2 or len(different) < FEWEST:
        return None
    for each in PROPERTIES:
        enough = sum(different.values()) >= each.numbers
        if enough and all(want.ndim in each.ndim and each.holds(want) for want in column.want):
            lost = [(got, instance) for got, instance in wrong if np.isfinite(got).all() and not each.holds(got)]
            if len(lost) > 1:
                got, instance = lost[0]
                said = each.say.format(each.measured(got))
                return Finding("wrong", f"{column.who} {said}{described_instance(exercise, instance)}.")
    return None

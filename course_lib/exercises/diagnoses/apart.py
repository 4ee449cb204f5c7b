"""Two named mistakes that show on different inputs, or in different entries: each where the other does no harm."""

from functools import lru_cache, partial
from itertools import combinations
from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.altered import SECONDS
from course_lib.exercises.diagnoses.evidence import Evidence, leaves
from course_lib.exercises.diagnoses.labelled import MOST_APART
from course_lib.exercises.diagnoses.response import answered
from course_lib.exercises.diagnoses.telling import tells
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Exercise, Mistake

FEWEST = 4  #: places where one of the two alone is wrong


def shown_apart(seen: Evidence) -> tuple[Mistake, Mistake] | None:
    """The only two mistakes such that the answer gives what one of them does where that one alone is wrong, is right
    where both are, and wrong where both are: what two together give there is not known.
    """
    exercise, known = seen.exercise, seen.known
    if not seen.has_values or len(known.instances) < 2:
        return None
    by_item = _has_entry_for_each_item(known)
    mine, right = (_places(outcomes, known.right, by_item) for outcomes in (seen.outcomes, known.right))
    bad = _differ(exercise, mine, right)
    patterns = [(mistake, *_pattern(exercise, known, mistake.id, by_item)) for mistake in exercise.mistakes
                if mistake.id != exercise.untouched]
    possible = [(mistake, made, wrong) for mistake, made, wrong in patterns if not (wrong & ~bad).any()]
    found = []
    for (one, made, wrong), (other, its, wrong_too) in combinations(possible, 2):
        alone, both = wrong ^ wrong_too, wrong & wrong_too
        if np.array_equal(wrong | wrong_too, bad) and alone.sum() >= max(FEWEST, both.sum()) and min(
                (wrong & alone).sum(), (wrong_too & alone).sum()) > 0 and min(wrong.sum(), wrong_too.sum()) > 1:
            expected = [made[k] if wrong[k] else its[k] for k in np.flatnonzero(alone)]
            came = [mine[k] for k in np.flatnonzero(alone)]
            if not _differ(exercise, came, expected).any() and tells([*leaves(came)]):
                found.append((one, other))
    return found[0] if len(found) == 1 and not _by_chance(seen, *found[0]) else None


def _has_entry_for_each_item(known: Expected) -> bool:
    """Whether every result is a row of numbers, as many as an argument has items."""
    return all(isinstance(want.value, np.ndarray) and want.value.ndim == 1 and any(
        isinstance(value, list | np.ndarray) and np.ndim(value) < 2 and np.size(value) == len(want.value)
        for value in instance) for instance, want in zip(known.instances, known.right, strict=True))


def _places(outcomes: list[Outcome], right: list[Outcome], by_item: bool) -> list[Any]:
    """What is compared: the value on each input, or each entry of it; None where there is none."""
    if not by_item:
        return [None if outcome.error or outcome.timed_out else outcome.value for outcome in outcomes]
    return [entry for outcome, want in zip(outcomes, right, strict=True)
            for entry in (outcome.value if np.shape(outcome.value) == want.value.shape else [None] * len(want.value))]


def _differ(exercise: Exercise, some: list[Any], others: list[Any]) -> np.ndarray:
    return np.array([not same_value(one, other, exercise.rtol, exercise.atol)
                     for one, other in zip(some, others, strict=True)], dtype=bool)


@lru_cache(maxsize=1024)
def _pattern(exercise: Exercise, known: Expected, mistake: str, by_item: bool) -> tuple[list[Any], np.ndarray]:
    """What a mistake gives, place by place, and where that is wrong."""
    right = _places(known.right, known.right, by_item)
    made = _places(known.mistakes[mistake], known.right, by_item)
    return made, _differ(exercise, made, right)


def _by_chance(seen: Evidence, one: Mistake, other: Mistake) -> bool:
    """Whether the same does not hold on many inputs that are made of these."""
    if not seen.can_be_tried:
        return False
    exercise = seen.exercise
    tried, right = answered(exercise, seen.known)
    changed = tuple(probe.instance for probe in tried)
    outcomes = (seen.again(changed, SECONDS), *(collect(exercise, mistake.answer, changed, SECONDS)
                                               for mistake in (one, other)))
    mine, *made = (_places(read(exercise, came, changed), right, False) for came in outcomes)
    right = _places(right, right, False)
    differ = partial(_differ, exercise)
    bad, wrong, wrong_too = differ(mine, right), differ(made[0], right), differ(made[1], right)
    against = np.where(wrong & wrong_too, ~bad, np.where(wrong, differ(mine, made[0]), np.where(
        wrong_too, differ(mine, made[1]), bad)))
    return against.sum() > MOST_APART * len(against)

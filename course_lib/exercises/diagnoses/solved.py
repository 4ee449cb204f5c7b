"""A right answer but for a number or two, such as ddof, eps, a rate: which they are is tried, or solved for."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations, product

import numpy as np

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.compare import floats, is_numeric, same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, leaves
from course_lib.exercises.diagnoses.labelled import agrees
from course_lib.exercises.expect import OWN_SECONDS, read
from course_lib.exercises.model import Slots

MOST_STEPS = 12  #: of the search for numbers; a number that enters linearly takes one
MOST_NUMBERS = 2


def other_numbers(seen: Evidence) -> Finding | None:
    """The numbers of `Exercise.slots` with which the right answer gives what came, on every plain input."""
    exercise, slots = seen.exercise, seen.exercise.slots
    if slots is None or seen.got.error or seen.got.timed_out or seen.got.changed:
        return None
    wrong = [k for k in seen.plain if not same_outcome(seen.outcomes[k], seen.known.right[k], exercise)]
    if len(wrong) < 2:  # one result has its number whatever was done
        return None
    for numbers in _candidates(seen, slots, wrong[:2]):
        if agrees(seen, _with(seen, numbers, seen.known.instances)):
            return Finding("wrong", _sentence(slots, numbers))
    return None


def _with(seen: Evidence, numbers: dict[str, float], instances: tuple) -> list[Outcome]:
    """What the right answer gives with these numbers in it."""
    answer = partial(seen.exercise.slots.answer, **numbers)
    return read(seen.exercise, collect(seen.exercise, answer, instances, OWN_SECONDS), instances)


def _candidates(seen: Evidence, slots: Slots, rows: list[int]) -> Iterator[dict[str, float]]:
    """Numbers that fit the inputs in these rows: one in place of the right one, then two."""
    instances = tuple(seen.known.instances[k] for k in rows)
    got, start = _flat(seen, [seen.outcomes[k] for k in rows]), {name: s.right for name, s in slots.numbers.items()}
    for count in range(1, MOST_NUMBERS + 1):
        for names in combinations(slots.numbers, count):
            free = [name for name in names if not slots.numbers[name].tried]
            given = [name for name in names if name not in free]
            for values in product(*(slots.numbers[name].tried for name in given)):
                chosen = dict(zip(given, values, strict=True))

                def made(point, chosen=chosen, free=free):
                    numbers = chosen | dict(zip(free, map(float, point), strict=True))
                    return _flat(seen, _with(seen, numbers, instances))

                found = solved(made, [start[name] for name in free], got)
                if found is None or np.isclose(found, [start[name] for name in free], 1e-6, 1e-12).any():
                    continue
                if count == 1 or all(map(_is_plain, found)):  # any two numbers fit few results
                    yield chosen | dict(zip(free, found, strict=True))


def _flat(seen: Evidence, outcomes: list[Outcome]) -> np.ndarray:
    """All numbers of what came in one row; an empty row where it holds anything else."""
    parts = [part for outcome in outcomes for part in leaves(outcome.value)]
    if not all(map(is_numeric, parts)):
        return np.empty(0)
    return np.concatenate([floats(np.asarray(part)).ravel() for part in parts])


def solved(made, start: list[float], got: np.ndarray) -> list[float] | None:
    """The point where `made` is `got`, by Gauss-Newton steps from the start; None where there is none, or too few data.

    Parameters
    ----------
    made : point -> row of numbers
    """
    point = np.array(start, dtype=float)
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            now = made(point)
            if now.shape != got.shape or not got.size or not np.isfinite([now, got]).all():
                return None
            if np.allclose(now, got, 1e-9, 1e-12 * np.abs(got).max()):
                return [_short(value) for value in point]
            if len(point) == 0 or got.size < len(point):
                return None
            moves = 1e-4 * np.maximum(np.abs(point), 1e-2)
            slopes = np.array([(made(point + move) - now) / size
                               for move, size in zip(np.diag(moves), moves, strict=True)])
            if not np.isfinite(slopes).all():
                return None
            point = point + np.linalg.lstsq(slopes.T, got - now, rcond=None)[0]
    return None


def _short(value: float) -> float:
    """The number with six digits that was meant, where it is as near as the search can tell."""
    short = float(f"{value:.6g}")
    return short if np.isclose(short, value, 1e-7, 1e-9) else float(value)


def _is_plain(value: float) -> bool:
    """Whether somebody may have written it: two digits, or a fraction of small numbers."""
    return value == float(f"{value:.2g}") or any(abs(value * k - round(value * k)) < 1e-6 for k in range(1, 13))


def _sentence(slots: Slots, numbers: dict[str, float]) -> str:
    """"Your results are the right ones as if ddof were 1, not 0. By what ...?"."""
    named = [(slots.numbers[name], value) for name, value in numbers.items()]
    as_if = " and ".join(f"{slot.what} were {value:.6g}, not {slot.right:.6g}" for slot, value in named)
    return f"Your results are the right ones as if {as_if}. {' '.join(dict.fromkeys(s.ask for s, _ in named))}"

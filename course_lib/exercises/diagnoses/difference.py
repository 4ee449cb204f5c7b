"""The entry that differs most: what remains to be said when nothing else fits."""

from typing import Any

import numpy as np

from course_lib.exercises.compare import floats, is_numeric, same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.kind import part_message
from course_lib.exercises.diagnoses.words import reminder
from course_lib.exercises.model import Exercise
from course_lib.exercises.verdict import counter_example

NEARLY = 1e-3  #: of the right number; what makes so little is no wrong axis and no wrong sign
NEAR = " That is nearly right: so little may come of a small number in another place, or of one step more or less."


def largest_difference(seen: Evidence) -> Finding:
    """The entry that differs most, as numbers and, for a small array, as a picture."""
    exercise, where = seen.exercise, seen.where
    for name, got, want in _easiest_first(seen):
        if seen.instance:
            name, got, want = _inside(exercise, name, got, want)
        who = name or "The answer"
        is_asked_for = exercise.kind in ("value", "choice") and (not seen.instance or isinstance(want, bool))
        if is_asked_for or not is_numeric(want):  # naming the right one would give it away
            return Finding("wrong", f"{who} is not right{where}." + reminder(exercise, "value"))
        if of_another_kind := part_message(name, got, want):
            return Finding("wrong", f"{of_another_kind[1]}{where}." + reminder(exercise, "value"))
        a, b = floats(np.asarray(got)), floats(np.asarray(want))
        with np.errstate(all="ignore"):
            gap = np.where(a == b, 0.0, np.abs(a - b))
        entry = np.unravel_index(int(np.argmax(np.nan_to_num(gap, nan=np.inf))), gap.shape)
        place = f" at entry {[int(i) for i in entry]}" if entry else ""
        if sample := _sample(seen, gap.shape, entry):
            place, where = sample, ""
        if exercise.backward and not name and gap.ndim == 1:  # the first that is wrong on the way from the last one
            entry = (int(np.flatnonzero(~np.isclose(a, b, exercise.rtol, exercise.atol))[-1]),)
            place, who = "", f"On the way from the last entry to the first, {list(entry)} is wrong first: it"
        a, b = a + 0.0, b + 0.0  # nobody asks for -0
        mine, right = told_apart(float(a[entry]), float(b[entry]))
        if np.asarray(want).dtype.kind == "b":
            mine, right = str(bool(a[entry])), str(bool(b[entry]))
        text = f"{who} is {mine}{place}, expected {right}{where}."
        if first := ends_early(a, b):
            text += (f" From entry {first} on all is 0, before it all is right: does a loop end early, or does a "
                     "`return` stand inside of one?")
        nearly = 0 < abs(a[entry] - b[entry]) <= NEARLY * abs(b[entry])
        text += NEAR if nearly else reminder(exercise, "value")
        return Finding("wrong", text, picture=counter_example(name or "The answer", a, b))
    return Finding("wrong", f"The answer differs{where}.")


def _easiest_first(seen: Evidence) -> list[tuple[str, Any, Any]]:
    """The outputs that are wrong, in order of computation; where all are, a whole number before the others: an epoch or
    a count can be followed by hand.
    """
    exercise, parts = seen.exercise, seen.parts()
    wrong = [part for part in parts if not same_value(*part[1:], exercise.rtol, exercise.atol)]
    if seen.instance and len(wrong) == len(parts):
        wrong.sort(key=lambda part: not _is_whole(part[2]))
    return wrong


def _is_whole(value: Any) -> bool:
    return is_numeric(value) and not np.ndim(value) and np.asarray(value).dtype.kind in "iu"


def _inside(exercise: Exercise, name: str, got: Any, want: Any) -> tuple[str, Any, Any]:
    """Of a list of results, as one a layer, the first that is wrong."""
    while name and isinstance(want, tuple | list) and isinstance(got, tuple | list) and len(got) == len(want):
        k = next(k for k in range(len(want)) if not same_value(got[k], want[k], exercise.rtol, exercise.atol))
        name, got, want = f"{name}[{k}]", got[k], want[k]
    return name, got, want


def _sample(seen: Evidence, shape: tuple, entry: tuple) -> str:
    """" for the sample (0, 1)", where an answer that is no function was put to work on samples of a few numbers."""
    table = seen.instance[0] if seen.exercise.kind == "value" and seen.instance else None
    if not isinstance(table, np.ndarray) or table.ndim != 2 or shape[:1] != table.shape[:1] or table.shape[1] > 4:
        return ""
    return f" for the sample ({', '.join(f'{x:g}' for x in table[entry[0]])})"


def ends_early(a: np.ndarray, b: np.ndarray) -> list[int]:
    """The first entry of those at the end that are 0 in `a` and not in `b`, where all before it agree; else empty."""
    agree = np.isclose(a, b)
    first = int(np.argmin(agree))  # of all entries in reading order
    if a.ndim == 0 or not b.flat[:first].any() or a.flat[first:].any() or np.count_nonzero(b.flat[first:]) < 2:
        return []  # a single entry that is missing at the end may have any cause
    return [int(i) for i in np.unravel_index(first, a.shape)]


def told_apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with six digits, or with as many as they need to look different."""
    pairs = [(f"{a:.{digits}g}", f"{b:.{digits}g}") for digits in (6, 9, 12, 17)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])

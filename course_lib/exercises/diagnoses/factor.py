"""All entries of one output off by one factor: a constant, or the number of samples or columns."""

import math

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import floats, is_numeric
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.kind import part_message, structure_message
from course_lib.exercises.diagnoses.words import reminder
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise

_FACTORS = {
    -1.0: "-1: the sign is reversed",
    2.0: "2",
    0.5: "1/2",
    -2.0: "-2",
    math.log(2): "ln 2: natural logarithm against base 2",
    1 / math.log(2): "1/ln 2: base 2 against natural logarithm",
}


def off_by_a_factor(seen: Evidence) -> Finding | None:
    """The same factor everywhere."""
    factor = factor_message(seen.exercise, seen.outcomes, seen.known)
    return Finding("factor", factor + reminder(seen.exercise, "factor")) if factor else None


def factor_message(exercise: Exercise, outcomes: list[Outcome], known: Expected) -> str:
    """All entries of one output off by one factor on every instance: say which; empty otherwise."""
    ratios: dict[str, list[tuple[float, tuple]]] = {}
    for outcome, want, instance in zip(outcomes, known.right, known.instances, strict=True):
        if outcome.error or outcome.timed_out or structure_message(exercise, outcome.value, want.value):
            return ""
        pairs = zip(parts_of(exercise, outcome.value), parts_of(exercise, want.value), strict=True)
        for (name, g), (_, w) in pairs:
            if part_message(name, g, w) or not is_numeric(w):
                return ""
            a, b = floats(np.asarray(g)).ravel(), floats(np.asarray(w)).ravel()
            largest = float(np.abs(b).max(initial=0.0))
            if not 0 < largest < math.inf or not np.isfinite(a).all() or np.asarray(w).dtype.kind == "b":
                continue
            with np.errstate(over="ignore"):  # a wrong answer may be of any size
                a, b = a / largest, b / largest
                ratio = float(a @ b) / float(b @ b)
            if ratio == 0.0 or not np.allclose(a, ratio * b, max(exercise.rtol, 1e-7), 0.0):
                return ""
            ratios.setdefault(name, []).append((ratio, instance))
    for name, found in ratios.items():
        if len(found) < 2 or all(math.isclose(ratio, 1.0, rel_tol=1e-6) for ratio, _ in found):
            continue
        who = f"{name} is" if name else "The answer is"
        factor = found[0][0]
        if all(math.isclose(ratio, factor, rel_tol=1e-6) for ratio, _ in found):
            words = [text for value, text in _FACTORS.items() if math.isclose(value, factor, rel_tol=1e-6)]
            return f"{who} off by one constant factor everywhere: {words[0] if words else f'{factor:.6g}'}."
        for axis, word in ((0, "samples"), (1, "columns")):
            sizes = [_length(instance, axis) for _, instance in found]
            if all(size and math.isclose(r, size, rel_tol=1e-6) for (r, _), size in zip(found, sizes, strict=True)):
                return f"{who} too large by the number of {_word(word, found)} of the first argument."
            if all(size and math.isclose(r * size, 1, rel_tol=1e-6) for (r, _), size in zip(found, sizes, strict=True)):
                return f"{who} too small by the number of {_word(word, found)} of the first argument."
    return ""


def _word(word: str, found: list[tuple[float, tuple]]) -> str:
    """A list of numbers has entries; only a table has samples and columns."""
    return "entries" if all(np.ndim(instance[0]) == 1 for _, instance in found) else word


def _length(instance: tuple, axis: int) -> int:
    first = instance[0] if instance else None
    return first.shape[axis] if isinstance(first, np.ndarray) and first.ndim > axis else 0

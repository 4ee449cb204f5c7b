"""The wrong kind of thing: its structure, the type or shape of one output, the precision of right values; or lists."""

from typing import Any

import numpy as np

from course_lib.exercises.collect import Foreign, Outcome
from course_lib.exercises.compare import is_numeric
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.words import kind_of, named, reminder
from course_lib.exercises.model import Exercise

STILL_OPEN = Foreign("an ellipsis")  #: an entry of a skeleton as it was


def wrong_structure(seen: Evidence) -> Finding | None:
    """No tuple or dict where one is expected, too few results, no plain data."""
    wrong = structure_message(seen.exercise, seen.got.value, seen.want.value)
    if not wrong:
        return None
    told = isinstance(seen.want.value, dict) and not isinstance(seen.got.value, dict)  # the message names the keys
    return Finding("kind", wrong + seen.where + "." + ("" if told else reminder(seen.exercise, "type")))


def wrong_part(seen: Evidence) -> Finding | None:
    """One output of a wrong type or shape."""
    for name, got, want in seen.parts():
        wrong = part_message(name, got, want)
        if wrong:
            key, text = wrong
            return Finding("kind", text + seen.where + "." + reminder(seen.exercise, key))
    return None


def structure_message(exercise: Exercise, got: Any, want: Any) -> str:
    """Why the parts of `got` cannot be put beside those of `want`; empty when they can."""
    if isinstance(got, Foreign):
        return f"The answer is {got.what}, expected {kind_of(want)}"
    if got is None:
        return ("The answer is None, usually because the `return` line is missing: print shows a result, return hands "
                "it back")
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return f"The answer is {kind_of(got)}, expected a dict with the keys {', '.join(want)}"
        missing, extra = [key for key in want if key not in got], [key for key in got if key not in want]
        if missing or extra:
            found = [f"without {', '.join(missing)}"] if missing else []
            found += [f"with the unknown {', '.join(extra[:5])}"] if extra else []
            return f"The dict is {' and '.join(found)}"
    elif isinstance(want, tuple | list):
        if not isinstance(got, tuple | list):
            wanted = kind_of(want) if len(want) == 1 else f"{len(want)} results"
            return f"The answer is {kind_of(got)}, expected {wanted}{named(exercise)}"
        if len(got) != len(want):
            found = "1 result" if len(got) == 1 else f"{len(got)} results"
            return f"The answer has {found}, expected {len(want)}{named(exercise)}"
    elif isinstance(got, tuple | list | dict):
        return f"The answer is {kind_of(got)}, expected {kind_of(want)}{_ragged(got)}"
    return ""


def _ragged(got: Any) -> str:
    """What keeps a list of numbers from being an array: `compare.in_form` makes one of every other."""
    try:
        np.asarray(got if isinstance(got, list) else [])
    except ValueError:
        return ", whose rows are equally long"
    return ""


def part_message(name: str, got: Any, want: Any) -> tuple[str, str] | None:
    """(which reminder, what is wrong with the kind of one output), or None."""
    who = name or "The answer"
    if isinstance(got, Foreign) and got == STILL_OPEN:
        return "", f"{who} is still to be filled in"
    if isinstance(want, tuple | list | dict):  # nested outputs are compared as a whole
        if isinstance(got, tuple | list) and isinstance(want, tuple | list) and len(got) != len(want):
            return "type", f"{who} {f'has {len(got)} parts' if got else 'is empty'}, expected {len(want)} parts"
        if isinstance(got, str) or (isinstance(got, dict) and not isinstance(want, dict)):
            return "type", f"{who} is {kind_of(got)}, expected {len(want)} parts"
        if isinstance(got, np.ndarray) and isinstance(want, tuple | list) and got.ndim and len(got) == len(want):
            if got.ndim > 1 and not any(map(np.ndim, want)):
                return "shape", f"{who} has shape {got.shape}, expected {len(want)} numbers"
        return None
    if isinstance(want, str) or want is None:
        return None if isinstance(got, str) else ("type", f"{who} is {kind_of(got)}, expected {kind_of(want)}")
    if not is_numeric(got):
        return "type", f"{who} is {kind_of(got)}, expected {kind_of(want)}{_ragged(got)}"
    a, b = np.asarray(got), np.asarray(want)
    if a.dtype.kind in "cU":
        return "type", f"{who} holds {'complex numbers' if a.dtype.kind == 'c' else 'text'}, expected real numbers"
    if a.shape != b.shape:
        if not (a.ndim and b.ndim):  # () says little to a beginner
            return "shape", f"{who} is {kind_of(got)}, expected {kind_of(want)}"
        return "shape", f"{who} has shape {a.shape}, expected {b.shape}"
    return None


def dtype_message(exercise: Exercise, got: Any, want: Any) -> str:
    """Right values in arrays of the wrong dtype, truth values for numbers or lost precision; else empty.

    Nothing is lost where the values are exactly those that are wanted, as the 0 and 1 of a one-hot code.
    """
    for (name, g), (_, w) in zip(parts_of(exercise, got), parts_of(exercise, want), strict=True):
        if not (isinstance(g, np.ndarray) and isinstance(w, np.ndarray) and w.ndim):
            continue
        who = name or "The answer"
        if (g.dtype.kind == "b") != (w.dtype.kind == "b"):
            words = ("numbers", "truth values (True, False)")
            text = f"{who} holds {words[g.dtype.kind == 'b']}, expected {words[w.dtype.kind == 'b']}."
            return text + reminder(exercise, "type")
        smaller = g.dtype.kind == w.dtype.kind == "f" and g.dtype.itemsize < w.dtype.itemsize
        if smaller and not np.array_equal(g, w, equal_nan=True):
            return f"{who} is {g.dtype}, expected {w.dtype}, the course's precision."
    return ""


def list_remark(exercise: Exercise, came: list[Outcome], right: list[Outcome]) -> str:
    """" along comes as a list ...": what to know of a right list in place of an array; nothing where there is none."""
    if exercise.kind in ("value", "choice"):
        return ""
    for got, want in zip(came, right, strict=True):
        both = [("", got.value, want.value)] if isinstance(want.value, np.ndarray) else [
            (name, g, w) for (name, g), (_, w) in zip(parts_of(exercise, got.value), parts_of(exercise, want.value),
                                                      strict=False)]
        for name, g, w in both:
            if isinstance(g, list | tuple) and isinstance(w, np.ndarray):
                return (f" {name or 'It'} comes as a {type(g).__name__}, with which one cannot compute on: "
                        "np.array(...) makes an array of it.")
    return ""

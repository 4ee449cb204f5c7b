"""When two values, two outcomes, or the outcomes of two answers are the same."""

from typing import Any

import numpy as np

from course_lib.exercises.collect import Foreign, Outcome
from course_lib.exercises.model import Exercise


def same_value(got: Any, want: Any, rtol: float, atol: float) -> bool:
    """Equal in kind, shape and value; NaN equals NaN; a tuple equals a list. Between whole numbers, as sizes and places
    are, nothing is rounded, so that no tolerance holds there.
    """
    if isinstance(want, dict):
        return (
            isinstance(got, dict)
            and got.keys() == want.keys()
            and all(same_value(got[key], want[key], rtol, atol) for key in want)
        )
    if isinstance(want, tuple | list):
        return (
            isinstance(got, tuple | list)
            and len(got) == len(want)
            and all(same_value(g, w, rtol, atol) for g, w in zip(got, want, strict=True))
        )
    if isinstance(want, str | Foreign) or want is None:
        return type(got) is type(want) and got == want
    if not is_numeric(got):
        return False
    a, b = np.asarray(got), np.asarray(want)
    if (a.dtype, a.shape) == (b.dtype, b.shape) and a.tobytes() == b.tobytes():  # most often so, and quickly told
        return True
    if a.dtype.kind in "cU" or b.dtype.kind in "cU":
        return a.dtype.kind == b.dtype.kind and a.shape == b.shape and bool(np.array_equal(a, b))
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        return np.array_equal(a, b)
    if np.float32 in (a.dtype, b.dtype):
        rtol, atol = max(rtol, 1e-5), max(atol, 1e-6)
    return a.shape == b.shape and _all_close(floats(a), floats(b), rtol, atol)


def _all_close(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    """np.allclose with equal_nan, in less than half of its time on small arrays."""
    with np.errstate(all="ignore"):
        near = (np.abs(a - b) <= atol + rtol * np.abs(b)) & np.isfinite(b)
        return bool((near | (a == b) | ((a != a) & (b != b))).all())


def is_numeric(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex | np.ndarray)


def is_real(value: Any) -> bool:
    """Whether these are real numbers or truth values, as a number or in an array."""
    return is_numeric(value) and np.asarray(value).dtype.kind in "biuf"


def floats(a: np.ndarray) -> np.ndarray:
    try:
        return a.astype(np.float64)
    except (OverflowError, TypeError):  # a whole number beyond the range of float64
        return np.full(a.shape, np.inf)


def same_outcome(a: Outcome, b: Outcome, exercise: Exercise) -> bool:
    """The same value and the same changes, or the same kind of failure."""
    if (a.error, a.timed_out, a.changed) != (b.error, b.timed_out, b.changed):
        return False
    return bool(a.error) or a.timed_out or same_value(a.value, b.value, exercise.rtol, exercise.atol)


def matches(outcomes: list[Outcome], pattern: list[Outcome], exercise: Exercise) -> bool:
    """Every outcome as in the pattern. Failures alone match only where the messages agree too."""
    if not all(same_outcome(a, b, exercise) for a, b in zip(outcomes, pattern, strict=True)):
        return False
    if all(a.error for a in outcomes):
        return all(a.message == b.message for a, b in zip(outcomes, pattern, strict=True))
    return True


def in_form(got: Any, want: Any) -> Any:
    """What came, in the form of what is wanted where its meaning is clear; else as it is.

    The keys of a dict may stand in any order. An array that is the results in its rows is as good as the tuple: whoever
    takes it apart gets the same. A list is as good as the array that it makes, and so is a tuple of the right shape; of
    another shape it may be several results.
    """
    if isinstance(got, dict) and isinstance(want, dict) and got.keys() == want.keys():
        return {key: in_form(got[key], want[key]) for key in want}
    if isinstance(want, tuple | list) and isinstance(got, np.ndarray) and got.ndim and got.dtype.kind in "biuf":
        shapes = [getattr(part, "shape", () if is_numeric(part) else None) for part in want]
        if shapes == [got.shape[1:]] * len(got):
            return got.tolist() if got.ndim == 1 else list(got)
    if isinstance(want, np.ndarray) and isinstance(got, tuple | list):
        try:
            made = np.asarray(got)
        except ValueError:  # rows of different lengths
            return got
        fits = made.shape == want.shape or (isinstance(got, list) and made.ndim)
        return made if made.dtype.kind in "biuf" and fits else got
    if isinstance(want, tuple | list) and isinstance(got, tuple | list) and len(got) == len(want):
        return type(got)(in_form(g, w) for g, w in zip(got, want, strict=True))
    return got

"""What the definitions of several chapters share."""

import textwrap
from functools import wraps
from inspect import Parameter, signature

import numpy as np

from course_lib.exercises.model import Exercise, Mistake

#: what is asked of who divides by another number than the course does; for a `Slot`
DDOF = "In this exercise the sum of squares is divided by the number of values, as np.std and np.var do by themselves."


def quiet(answer):
    """A wrong answer may divide by zero or overflow; that is its point, so NumPy need not warn about it."""

    @wraps(answer)
    def silent(*args):
        with np.errstate(all="ignore"):
            return answer(*args)

    return silent


def margins(rng, n: int) -> np.ndarray:
    """Narrow ones of every size, on both sides of a border: what is rounded or given some room there is not right."""
    return rng.choice([-1, 1], size=n) * 10.0 ** rng.integers(-6, 0, size=n)


def exchangeable(build):
    """Let each answer of `build(step=..., ...)`, the right one with steps exchanged, remember which steps these are.

    Two named mistakes that were built so are then known together, too; see `diagnoses/pairs.py`.
    """
    parameters = signature(build)

    @wraps(build)
    def building(*given, **named):
        answer, steps = build(*given, **named), {}
        for name, value in parameters.bind(*given, **named).arguments.items():
            steps |= value if parameters.parameters[name].kind is Parameter.VAR_KEYWORD else {name: value}
        answer.exchanged = building, steps
        return answer

    return building


def is_filled(value) -> bool:
    """Whether neither a value nor a number in it is left as `...` or None."""
    return not any(entry is ... or entry is None for entry in np.ravel(np.asarray(value, dtype=object)))


def all_filled(answer, keys, each: str = "", prefix: str = "") -> None:
    """Refuse what is no dict with these keys, and an entry, or a number in one, that is left as `...` or None.

    each : what else is said of the dict. prefix : of a key, where one is named: "statement ".
    """
    if not isinstance(answer, dict) or set(answer) != set(keys):
        raise TypeError(f"a dict with the keys {', '.join(keys)} is expected{each}")
    for key, value in answer.items():
        if not is_filled(value):
            raise TypeError(f"{prefix}{key} is still to be filled in")


def all_numbers(answer, keys) -> None:
    """Refuse a dict that holds anything but one number under one of these keys."""
    for key in keys:
        if isinstance(answer[key], str) or np.ndim(answer[key]):
            raise TypeError(f"{key} is {answer[key]!r:.40}, expected one number")


def floats(key, value, expected: str = "without quotes") -> np.ndarray:
    """What stands under a key of a dict as an array of floats; a text is refused even where it reads as a number."""
    try:
        given = np.asarray(value)
        if given.dtype.kind not in "US":
            return given.astype(float)
    except (TypeError, ValueError):  # rows of different lengths
        pass
    raise TypeError(f"{key} is {value!r:.60}, expected numbers, {expected}")


def shaped(answer, shapes) -> list[np.ndarray]:
    """The entries of a dict as arrays of floats, in the order of `shapes`: {"W1": (2, 2), "b2": ()}, () for one number.

    Whatever has another shape is refused before it is put to work: a bias with one entry a sample could hold the
    answers themselves.
    """
    all_filled(answer, shapes)
    found = []
    for key, shape in shapes.items():
        expected = f"shape {shape}" if shape else "one number"
        value = floats(key, answer[key], expected)
        if value.shape != shape and not (shape == () and value.size == 1):
            raise ValueError(f"{key} has shape {value.shape}, expected {expected}")
        found.append(value.reshape(shape))
    return found


def letter(answer, key, choices):
    """The letter chosen under a key of a dict, as a small one."""
    said = answer[key].strip().lower() if isinstance(answer[key], str) else answer[key]
    if not isinstance(said, str) or said not in tuple(choices):
        raise ValueError(f"{key} is {answer[key]!r:.40}, expected one of the letters {', '.join(choices)} in quotes")
    return said


def statements(id, title, prefix, table, hints, points, name="judged", **effort) -> Exercise:
    """Which of several statements are true, answered by a dict: {"a": True, ...}.

    A check says how many are judged wrongly and what to think of for the first, and does not name it: otherwise all
    could be found by trying.

    Parameters
    ----------
    prefix : of the mistakes' ids: "STA" makes "STA-a", statement a alone judged wrongly.
    table : {"a": (whether it is true, what to think of when it was judged wrongly), ...}
    name : of the answer in the chapter.
    effort : debrief, minutes, level, core; of the exercise.
    """
    right = {key: truth for key, (truth, _) in table.items()}

    def judged(answer):
        all_filled(answer, right, ", each with True or False", "statement ")
        for key, value in answer.items():
            if not isinstance(value, bool | np.bool_ | int) or value not in (0, 1):
                raise TypeError(f"statement {key} is {value!r:.40}, expected True or False, without quotes")
        return tuple(bool(answer[key]) for key in right)

    return Exercise(
        id=id,
        title=title,
        kind="value",
        reference=right,
        instances=lambda rng: [()],
        call=judged,
        outputs=tuple(f"statement {key}" for key in right),
        mistakes=tuple(Mistake(f"{prefix}-{key}", right | {key: not truth}, think)
                       for key, (truth, think) in table.items()),
        hints=hints,
        points=points,
        skeleton=textwrap.fill(f"{name} = dict({', '.join(f'{key}=...' for key in right)})", 100,
                               subsequent_indent=" " * len(f"{name} = dict(")),
        **effort,
    )

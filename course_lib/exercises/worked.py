"""What a card shows after repeated failures: a small worked example."""

from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.diagnoses.evidence import parts_of
from course_lib.exercises.diagnoses.words import input_code
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Exercise

#: characters and lines of an example, which is to be read and worked out by hand
LONGEST, MOST_LINES = 500, 20
DECIMALS = 2  #: of its input, where that is still nearly the same
TRAINING = 2.0  #: seconds: of what trains networks no output can be worked out by hand


def example(exercise: Exercise, known: Expected) -> str:
    """The smallest input that is short enough to follow, with the right output.

    Nothing where that would be the answer: for values, choices, tests, and functions that take nothing.
    """
    if not exercise.is_worked_out or exercise.seconds > TRAINING:
        return ""
    for instance, right in zip(known.instances, known.right, strict=True):
        for given, outcome in (_with_few_digits(exercise, instance), (instance, right)):
            text = _shown(exercise, given, outcome.value) if given else ""
            if text and len(text) <= LONGEST and text.count("\n") < MOST_LINES:
                return text
    return ""


def _with_few_digits(exercise: Exercise, instance: tuple) -> tuple[tuple, Outcome]:
    """The input with two decimals and what is right there; nothing where that is another input altogether."""
    given = _rounded(instance)
    if given is not None:
        found, = read(exercise, collect(exercise, exercise.reference, (given,)), (given,))
        if found.attempted and not (found.error or found.timed_out or found.warned):
            return given, found
    return (), Outcome()


def _rounded(value: Any) -> Any:
    """Two decimals in every number of a nest of arguments; None where one would change by much."""
    if isinstance(value, tuple | list):
        parts = [_rounded(part) for part in value]
        return None if any(part is None for part in parts) else type(value)(parts)
    if isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        near = np.round(value, DECIMALS)
        same = np.all(np.isclose(near, value, rtol=0.3, atol=0.0, equal_nan=True))
        return (near if isinstance(value, np.ndarray) else float(near)) if same else None
    return value


def _shown(exercise: Exercise, instance: tuple, right: Any) -> str:
    """Input and output as lines of Python; empty for an input that is too long."""
    given = input_code(exercise, instance)
    outputs = "\n".join(_written(name or "the result", value) for name, value in parts_of(exercise, right))
    return f"{given}\n\n# gives\n{outputs}" if given else ""


def _written(name: str, value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = np.array2string(value, precision=4, suppress_small=True, separator=", ", prefix=f"{name} = ")
    elif isinstance(value, float):
        value = f"{value:.6g}"
    return f"{name} = {value}"

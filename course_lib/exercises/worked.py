"""What a card says beyond the verdict: a small worked example after repeated failures, a sentence after success."""

from collections import Counter
from typing import Any

import numpy as np

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import parts_of
from course_lib.exercises.diagnoses.words import input_code
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise

#: characters and lines of an example, which is to be read and worked out by hand
LONGEST, MOST_LINES = 400, 12
TRAINING = 2.0  #: seconds: of what trains networks no output can be worked out by hand


def example(exercise: Exercise, known: Expected) -> str:
    """The smallest input that is short enough to follow, with the right output.

    Nothing where that would be the answer: for values, choices, tests, and functions that take nothing.
    """
    if exercise.kind not in ("function", "bug") or exercise.seconds > TRAINING or not callable(exercise.reference):
        return ""
    for instance, right in zip(known.instances, known.right, strict=True):
        given = input_code(exercise, instance)
        gives = "\n".join(f"{name or 'the result'} = {_written(value)}"
                          for name, value in parts_of(exercise, right.value))
        text = f"{given}\n\n# gives\n{gives}"
        if given and len(text) <= LONGEST and text.count("\n") < MOST_LINES:
            return text
    return ""


def _written(value: Any) -> str:
    with np.printoptions(precision=6, suppress=True):
        if isinstance(value, np.ndarray):
            return np.array2string(value, separator=", ", prefix=" " * 8)
        return f"{value:.6g}" if isinstance(value, float) else repr(value)


def debrief(exercise: Exercise, known: Expected) -> str:
    """The sentence that the exercise carries; else how many inputs were right, and which edge was hardest.

    The hardest is the one on which most of the known slips show.
    """
    if exercise.debrief:
        return exercise.debrief
    n = len(known.instances)
    if n < 2:
        return ""
    shows = Counter()
    for i, instance in enumerate(known.instances):
        if label := getattr(instance, "label", ""):
            shows[label] = max(shows[label], sum(not same_outcome(slip[i], known.right[i], exercise)
                                                 for slip in known.mistakes.values()))
    if not shows:
        return f"Right on {n} inputs."
    label, slips = shows.most_common(1)[0]
    return (f"Right on {n} inputs; of their edges “{label}” shows most of the known slips, {slips} of "
            f"{len(known.mistakes)}.")

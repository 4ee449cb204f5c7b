"""A named mistake on the plain inputs, whatever the answer does on those with a label."""

import re

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding

SEVERAL = 3
RIGHT_BUT = re.compile(r"^[^.?]*\bright, but (\w)")


def mistake_on_plain_inputs(seen: Evidence) -> Finding | None:
    """The one mistake that the answer makes on all inputs without a label, and that is wrong where it is on the others.

    How a slip shows on an edge (overflow, a tie, one sample) depends on how the rest is written.
    """
    plain = [not getattr(instance, "label", "") for instance in seen.known.instances]
    if all(plain):
        return None
    found = [mistake for mistake in seen.exercise.mistakes
             if mistake.id != seen.exercise.untouched and agrees(seen, seen.known.mistakes[mistake.id])]
    if len(found) != 1:
        return None
    # "the place is right, but": on the others it may not be
    return Finding("mistake", RIGHT_BUT.sub(lambda half: half[1].upper(), found[0].say), found[0].id)


def agrees(seen: Evidence, pattern: list[Outcome]) -> bool:
    """Whether the answer gives what the pattern does on all plain inputs, and fails wherever the pattern fails.

    On at least one plain input it must have a value that is wrong, or fail where it is right on several others: an
    answer that always fails has given nothing that could be the same.
    """
    exercise, known, values, failed, right = seen.exercise, seen.known, 0, 0, 0
    for got, made, want, instance in zip(seen.outcomes, pattern, known.right, known.instances, strict=True):
        wrong = not same_outcome(got, want, exercise)
        if getattr(instance, "label", ""):
            if not wrong and not same_outcome(made, want, exercise):
                return False
        elif not same_outcome(got, made, exercise):
            return False
        else:
            values, failed, right = values + (wrong and not got.error), failed + bool(got.error), right + (not wrong)
    return bool(values or (failed and right >= SEVERAL))

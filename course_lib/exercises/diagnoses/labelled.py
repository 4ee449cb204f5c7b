"""A named mistake on the plain inputs, whatever the answer does on those with a label."""

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding


def mistake_on_plain_inputs(seen: Evidence) -> Finding | None:
    """The one mistake that the answer makes on all inputs without a label, and that is wrong where it is on the others.

    How a slip shows on an edge (overflow, a tie, one sample) depends on how the rest is written.
    """
    plain = [not getattr(instance, "label", "") for instance in seen.known.instances]
    if all(plain):
        return None
    found = [mistake for mistake in seen.exercise.mistakes
             if mistake.id != seen.exercise.untouched and agrees(seen, seen.known.mistakes[mistake.id])]
    return Finding("mistake", found[0].say, found[0].id) if len(found) == 1 else None


def agrees(seen: Evidence, pattern: list[Outcome]) -> bool:
    """Whether the answer gives what the pattern does on all plain inputs, and fails wherever the pattern fails.

    On at least one plain input it must have a value that is wrong.
    """
    exercise, known, told = seen.exercise, seen.known, False
    for got, made, want, instance in zip(seen.outcomes, pattern, known.right, known.instances, strict=True):
        wrong = not same_outcome(got, want, exercise)
        if getattr(instance, "label", ""):
            if not wrong and not same_outcome(made, want, exercise):
                return False
        elif not same_outcome(got, made, exercise):
            return False
        else:
            told = told or (wrong and not got.error)
    return told

"""An answer that is the right one for other arguments: which of them enters in another way than it should."""

from course_lib.exercises.compare import same_outcome, same_value
from course_lib.exercises.diagnoses.altered import QUICK, Alteration, apply, references, right_on
from course_lib.exercises.diagnoses.evidence import Evidence, Finding


def other_arguments(seen: Evidence) -> Finding | None:
    """The one alteration of an argument under which the reference gives what came, on every instance."""
    exercise, known = seen.exercise, seen.known
    if not callable(exercise.reference) or exercise.seconds > QUICK or not seen.has_values:
        return None
    fits = [alteration for alteration, outcome in references(exercise, known, seen.first)
            if same_value(seen.got.value, outcome.value, exercise.rtol, exercise.atol)]
    held = [alteration for alteration in fits if _everywhere(seen, alteration)]
    if not held:
        return None
    text = f"On every input your answer is the right one {held[0].words}."
    return Finding("wrong", f"{text} Where does that argument enter, and in which form?")


def _everywhere(seen: Evidence, alteration: Alteration) -> bool:
    """Whether it explains every instance, and at least two of those on which the answer is wrong."""
    exercise, known = seen.exercise, seen.known
    altered = [apply(alteration, instance) for instance in known.instances]
    outcomes = iter(right_on(exercise, tuple(instance for instance in altered if instance is not None)))
    explained = 0
    for got, want, instance in zip(seen.outcomes, known.right, altered, strict=True):
        made = want if instance is None else next(outcomes)
        if made.error or made.timed_out or not same_value(got.value, made.value, exercise.rtol, exercise.atol):
            return False
        explained += not same_outcome(got, want, exercise)
    return explained >= 2

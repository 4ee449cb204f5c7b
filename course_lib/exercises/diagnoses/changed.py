"""A right result from a call that changes what belongs to its caller."""

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import argument_name


def changed_arguments(seen: Evidence) -> Finding | None:
    """Which arguments the call has changed; only where the value is right."""
    exercise, got = seen.exercise, seen.got
    if not got.changed or not same_value(got.value, seen.want.value, exercise.rtol, exercise.atol):
        return None
    names = ", ".join(argument_name(exercise, k) for k in got.changed)
    belong = "belongs" if len(got.changed) == 1 else "belong"
    everywhere = all(same_value(came.value, want.value, exercise.rtol, exercise.atol)
                     for came, want in zip(seen.outcomes, seen.known.right, strict=True))
    here = "" if everywhere else " here"
    return Finding("wrong", f"The result is right{here}, but the call has changed {names}, which {belong} to the "
                            "caller.")

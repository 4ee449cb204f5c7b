"""The right results in another order."""

import itertools

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import named


def exchanged_results(seen: Evidence) -> Finding | None:
    """The results are the right ones, in an order that is another one and the same on every instance."""
    exercise = seen.exercise
    values = [outcome.value for outcome in seen.outcomes]
    n = len(exercise.outputs)
    if not 2 <= n <= 4 or not all(isinstance(value, tuple | list) and len(value) == n for value in values):
        return None
    if not seen.has_values:
        return None
    for order in itertools.permutations(range(n)):
        if all(same_value([value[k] for k in order], want.value, exercise.rtol, exercise.atol)
               for value, want in zip(values, seen.known.right, strict=True)):
            return Finding("kind", f"Right results in another order, expected{named(exercise)}.")
    return None

"""On which kinds of input an answer is wrong."""

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence


def where_wrong(seen: Evidence) -> str:
    """" Right on 5 of 7 inputs; wrong where: tie, large scores.", where all the wrong ones have a label."""
    pairs = zip(seen.outcomes, seen.known.right, seen.known.instances, strict=True)
    wrong = [getattr(instance, "label", "") for got, want, instance in pairs
             if not same_outcome(got, want, seen.exercise)]
    n = len(seen.outcomes)
    if len(wrong) == n or not all(wrong):
        return ""
    return f" Right on {n - len(wrong)} of {n} inputs; wrong where: {', '.join(dict.fromkeys(wrong))}."

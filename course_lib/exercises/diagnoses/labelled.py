"""A named mistake on the plain inputs, whatever the answer does on those with a label."""

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding


def mistake_on_plain_inputs(seen: Evidence) -> Finding | None:
    """The one mistake that the answer makes on all inputs without a label, and that is wrong where it is on the others.

    How a slip shows on an edge (overflow, a tie, one sample) depends on how the rest is written.
    """
    exercise, right = seen.exercise, seen.known.right
    plain = [not getattr(instance, "label", "") for instance in seen.known.instances]
    if all(plain):
        return None
    wrong = [not same_outcome(got, want, exercise) for got, want in zip(seen.outcomes, right, strict=True)]
    if sum(w and p and not got.error for w, p, got in zip(wrong, plain, seen.outcomes, strict=True)) < 1:
        return None
    found = []
    for mistake in exercise.mistakes:
        pattern = seen.known.mistakes[mistake.id]
        agrees = all(same_outcome(got, made, exercise) if is_plain else is_wrong or same_outcome(made, want, exercise)
                     for got, made, want, is_plain, is_wrong
                     in zip(seen.outcomes, pattern, right, plain, wrong, strict=True))
        if agrees and mistake.id != exercise.untouched:
            found.append(mistake)
    return Finding("mistake", found[0].say, found[0].id) if len(found) == 1 else None

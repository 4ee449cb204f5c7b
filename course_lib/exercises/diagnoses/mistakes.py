"""The named mistakes of an exercise: by all that the answer gives, or by its first wrong output alone."""

import re
from typing import Any

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import matches, same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.kind import structure_message


def named_mistake(seen: Evidence) -> Finding | None:
    """The mistake whose outcomes are those of the answer, on every instance."""
    exercise = seen.exercise
    for mistake in exercise.mistakes:
        if not matches(seen.outcomes, seen.known.mistakes[mistake.id], exercise):
            continue
        if mistake.id == exercise.untouched:
            text = ("The results are those of the code as given: the fault is still in it. If you have changed a line, "
                    "that line alters no result here, and the fault stands in another.")
            return Finding("not attempted", text)
        remark = " This is a convention used elsewhere; here another one is agreed." if mistake.convention else ""
        return Finding("mistake", mistake.say + remark, mistake.id)
    return None


TOO = re.compile(r", in \w+ too\b")  #: of another output, which is right here or wrong otherwise


def mistake_in_one_output(seen: Evidence) -> Finding | None:
    """The named mistake that the first wrong output in order of computation shows, when others are wrong otherwise.

    Only a mistake whose sentence begins with the name of that output ("error: ...") speaks of this output alone.
    """
    exercise, right = seen.exercise, seen.known.right
    if not seen.has_values or not _comparable(seen, seen.outcomes):
        return None
    if len({len(parts_of(exercise, want.value)) for want in right}) > 1:  # as many outputs as there are batches, say
        return None

    def column(pattern: list[Outcome], k: int) -> list[Any]:
        return [parts_of(exercise, outcome.value)[k][1] for outcome in pattern]

    def same(a: list, b: list) -> bool:
        return all(same_value(x, y, exercise.rtol, exercise.atol) for x, y in zip(a, b, strict=True))

    def alike(pattern: list[Outcome]) -> int:
        return sum(same_value(x, y, exercise.rtol, exercise.atol) for j in range(len(names))
                   for x, y in zip(column(seen.outcomes, j), column(pattern, j), strict=True))

    names = [name for name, _ in parts_of(exercise, right[0].value)]
    for k in exercise.order_of(len(names)):
        name, mine = names[k], column(seen.outcomes, k)
        if not name or same(mine, column(right, k)):
            continue
        fitting = [mistake for mistake in exercise.mistakes if mistake.say.startswith(f"{name}:")
                   and _comparable(seen, pattern := seen.known.mistakes[mistake.id]) and same(mine, column(pattern, k))]
        if fitting:  # where truth values are the output, several do: the one that has most of the others the same, too
            nearest = max(fitting, key=lambda mistake: alike(seen.known.mistakes[mistake.id]))
            return Finding("mistake", TOO.sub("", nearest.say), nearest.id)
        return None
    return None


def _comparable(seen: Evidence, pattern: list[Outcome]) -> bool:
    """Whether each output of the pattern can be put beside one that is expected."""
    return not any(
        made.error or made.timed_out or structure_message(seen.exercise, made.value, want.value)
        for made, want in zip(pattern, seen.known.right, strict=True)
    )

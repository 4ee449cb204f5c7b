"""An answer with several entries of which more than one is wrong: how many, and what is stored for the first."""

import re

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.kind import part_message, structure_message


def several_entries(seen: Evidence) -> Finding | None:
    """Of a value with several entries: the number of wrong ones, and the pointer that belongs to the first of them."""
    exercise, got, want = seen.exercise, seen.got, seen.want
    if exercise.kind not in ("value", "choice") or len(seen.outcomes) != 1 or got.error or got.timed_out:
        return None
    if structure_message(exercise, got.value, want.value) or not isinstance(want.value, tuple | list | dict):
        return None
    mine, right = parts_of(exercise, got.value), parts_of(exercise, want.value)
    wrong = [k for k in range(len(right)) if not same_value(mine[k][1], right[k][1], exercise.rtol, exercise.atol)]
    if not wrong or len(right) < 2 or any(part_message("", mine[k][1], right[k][1]) for k in wrong):
        return None
    pointer = _stored(seen, wrong[0])
    count = f"{len(wrong)} of {len(right)} entries {'is' if len(wrong) == 1 else 'are'} not right."
    return Finding("wrong", count, wrong=len(wrong), pointer=pointer) if pointer or len(wrong) > 1 else None


def _stored(seen: Evidence, k: int) -> str:
    """What a mistake says that is wrong in this entry alone, and in it as the answer is, or in any way; else nothing."""
    exercise, right = seen.exercise, parts_of(seen.exercise, seen.want.value)
    name, mine = right[k][0], parts_of(exercise, seen.got.value)[k][1]
    found = {}
    for mistake in exercise.mistakes:
        outcome = seen.known.mistakes[mistake.id][0]
        if outcome.error or structure_message(exercise, outcome.value, seen.want.value):
            continue
        made = parts_of(exercise, outcome.value)
        alone = all(same_value(made[j][1], right[j][1], exercise.rtol, exercise.atol) != (j == k)
                    for j in range(len(right)))
        same = same_value(made[k][1], mine, exercise.rtol, exercise.atol)
        if same and (alone or mistake.say.startswith(f"{name}:")):
            found.setdefault(not alone, mistake.say)
    return re.sub(r"^Only [^.]*\. ", "", found[min(found)]) if found else ""

"""An answer with several entries: how many are wrong, and what is stored for the first of them."""

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.kind import part_message, structure_message
from course_lib.exercises.diagnoses.words import reminder

#: so many whole numbers, from 0 on, are not tried one after the other
MANY = 10


def wrong_entries(seen: Evidence) -> list[int]:
    """The entries of a value that are wrong, in their order; empty where they cannot be told apart."""
    exercise, got, want = seen.exercise, seen.got, seen.want
    if exercise.kind not in ("value", "choice") or len(seen.outcomes) != 1 or got.error or got.timed_out:
        return []
    if not isinstance(want.value, tuple | list | dict) or structure_message(exercise, got.value, want.value):
        return []
    mine, right = parts_of(exercise, got.value), parts_of(exercise, want.value)
    if len(right) < 2 or any(part_message("", g, w) for (_, g), (_, w) in zip(mine, right, strict=True)):
        return []
    return [k for k in range(len(right)) if not same_value(mine[k][1], right[k][1], exercise.rtol, exercise.atol)]


def several_entries(seen: Evidence) -> Finding | None:
    """The number of wrong entries, and the pointer that belongs to the first of them."""
    wrong = wrong_entries(seen)
    if not wrong:
        return None
    pointer = _stored(seen, wrong[0])
    if not pointer and len(wrong) == 1:
        return None
    if not pointer and not are_choices(seen):
        pointer = f"The first of them is {parts_of(seen.exercise, seen.want.value)[wrong[0]][0]}."
        pointer += reminder(seen.exercise, "value")
    return Finding("wrong", count(seen, wrong), pointer=pointer)


def count(seen: Evidence, wrong: list[int]) -> str:
    """"2 of 4 entries are not right."; of statements or lines that are judged, and of conditions, where they are."""
    right = parts_of(seen.exercise, seen.want.value)
    of, verb = f"{len(wrong)} of {len(right)}", "is" if len(wrong) == 1 else "are"
    if not are_statements(seen):
        return f"{of} entries {verb} not right."
    what = {name.rpartition(" ")[0] for name, _ in right}  # of "statement a", "statement b" ...
    if len(what) == 1:
        return f"{of} {what.pop()}s {verb} judged wrongly."
    return f"{of} conditions {verb} not met."


def are_statements(seen: Evidence) -> bool:
    """Whether each entry is true or false: to name a wrong one would be to give it away."""
    return all(isinstance(value, bool) for _, value in parts_of(seen.exercise, seen.want.value))


def are_choices(seen: Evidence) -> bool:
    """Whether each entry is one of a few: told which is wrong, one would try the others."""
    values = [value for _, value in parts_of(seen.exercise, seen.want.value)]
    return all(isinstance(value, str) or (isinstance(value, int) and 0 <= value < MANY) for value in values)


def _stored(seen: Evidence, k: int) -> str:
    """What a mistake says that is wrong in this entry as the answer is, best in this entry alone; else nothing."""
    exercise, right = seen.exercise, parts_of(seen.exercise, seen.want.value)
    name, mine = right[k][0], parts_of(exercise, seen.got.value)[k][1]
    beside = ""
    for mistake in exercise.mistakes:
        outcome = seen.known.mistakes[mistake.id][0]
        if outcome.error or structure_message(exercise, outcome.value, seen.want.value):
            continue
        made = [value for _, value in parts_of(exercise, outcome.value)]
        if not same_value(made[k], mine, exercise.rtol, exercise.atol):
            continue
        if all(same_value(made[j], right[j][1], exercise.rtol, exercise.atol) != (j == k) for j in range(len(right))):
            return mistake.say
        if mistake.say.startswith(f"{name}:"):
            beside = beside or mistake.say
    return beside

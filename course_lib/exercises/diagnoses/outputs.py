"""Which of several outputs are right, and between which of them the fault lies."""

import os

from course_lib.exercises.compare import same_value
from course_lib.exercises.diagnoses.evidence import Evidence, parts_of
from course_lib.exercises.diagnoses.kind import structure_message

MOST_NAMED = 5  #: outputs in one sentence
MOST_WRONG = 3  #: of many outputs these are named


def which_right(seen: Evidence) -> str:
    """" dW2, db2 are right, dW1, db1 are not: a fault lies between."; nothing where all are wrong, or no results
    came where the answer is wrong first.
    """
    exercise = seen.exercise
    if exercise.kind in ("value", "choice") or not exercise.outputs or seen.got.error:
        return ""
    states: dict[str, bool] = {}
    where = "on every input"
    for got, want in zip(seen.outcomes, seen.known.right, strict=True):
        if got.error or got.timed_out or structure_message(exercise, got.value, want.value):
            where = "wherever a result came"
            continue
        for (name, g), (_, w) in zip(parts_of(exercise, got.value), parts_of(exercise, want.value), strict=True):
            states[name] = states.get(name, True) and same_value(g, w, exercise.rtol, exercise.atol)
    names = [list(states)[k] for k in exercise.order_of(len(states))]
    right, wrong = [n for n in names if states[n]], [n for n in names if not states[n]]
    if not right or not wrong:
        return ""
    if len(right) > MOST_NAMED:
        others = f"the other {len(right)} are right {where}."
        return f" T{others[1:]}" if len(wrong) == 1 else f" {_listed(wrong)} is not right, {others}" if len(
            wrong) <= MOST_WRONG and _start(names) else ""
    if len(right) > 1 and _start(right):
        return f" {_listed(right)} is right {where}."
    text = f" {', '.join(right)} {'is' if len(right) == 1 else 'are'} right {where}"
    if exercise.backward and names[:len(right)] == right:
        return f"{text}, {', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not: a fault lies between."
    return text + "."


def _start(names: list[str]) -> str:
    """The words with which all of them begin, as one verdict on each of many versions does; empty where they do not."""
    start = os.path.commonprefix(names).rpartition(" ")[0]
    return start if start.count(" ") > 1 else ""


def _listed(names: list[str]) -> str:
    """"Your verdict on the version 'a', 'b'"."""
    start = _start(names)
    return f"{start} {', '.join(name.removeprefix(start).strip() for name in names)}"

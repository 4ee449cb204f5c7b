"""What a notebook calls: `check`, `use`, `hint`."""

from copy import deepcopy
from functools import partial
from html import escape
from typing import Any

from course_lib import page
from course_lib.exercises import progress, registry, variants
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.verdict import HINT_NAMES, Verdict

#: answers that passed in this kernel
_passed: dict[str, Any] = {}
_hints_given: dict[str, int] = {}
#: exercises with this student's own numbers, once a check has named them
_own: dict[str, Exercise] = {}


def _wanted(exercise: str) -> Exercise:
    wanted = registry.get(exercise)
    return _own.get(wanted.id, wanted)


def check(exercise: str, answer: Any = None, variant: str = "") -> Verdict:
    """Say what is right or wrong with an answer, and which mistake it is.

    Parameters
    ----------
    exercise : str
        The id that stands above the exercise, such as "4.3".
    answer : object
        Your function, or your value.
    variant : str
        In a notebook with your own numbers: which ones they are. Leave it as it stands there.

    Returns
    -------
    Verdict
        Shown at the end of the cell. `check` itself never raises, whatever the answer does.
    """
    try:
        wanted = registry.get(exercise)
    except KeyError as error:
        return Verdict(registry.shown(exercise), "", "error", error.args[0])
    try:
        if variant:
            if wrong := variants.fault(variant, wanted.id):
                return Verdict.on(wanted, "error", wrong)
            wanted = _own[wanted.id] = variants.drawn(wanted, variant).exercise
        known = expected(wanted)
        verdict = judge(wanted, collect(wanted, answer, known.instances), known, partial(collect, wanted, answer))
    except Exception as error:
        text = "The check itself failed, which is no fault of yours. Please report it; later cells work all the same."
        return Verdict.on(wanted, "error", f"{text} ({type(error).__name__}: {str(error)[:200]})")
    if verdict.status == "right":
        _passed[wanted.id] = answer
    remark = progress.record(wanted.id, verdict.status, verdict.points)
    return Verdict(**{**vars(verdict), "remark": remark}) if remark else verdict


def use(exercise: str) -> Any:
    """Your own answer once its check has passed in this kernel, until then the course's: you are never stuck."""
    wanted = _wanted(exercise)
    answer = _passed.get(wanted.id, wanted.reference)
    return answer if callable(answer) else deepcopy(answer)


class Hint:
    """One hint; shows itself."""

    def __init__(self, exercise: str, level: int, text: str):
        self.exercise, self.level, self.text = exercise, level, text

    def __repr__(self) -> str:
        return f"Hint {self.level} of 3 for {self.exercise} ({HINT_NAMES[self.level - 1]}): {self.text}"

    def _repr_html_(self) -> str:
        return page.html(f'<div class="card">{escape(repr(self))}</div>')


def hint(exercise: str, level: int | None = None) -> Hint:
    """The next hint for an exercise, each stronger than the last: idea, formula, first line.

    Raises
    ------
    KeyError
        When no exercise has this id.
    ValueError
        When `level` is not 1, 2 or 3.
    """
    wanted = _wanted(exercise)
    if level is None:
        level = min(3, _hints_given.get(wanted.id, 0) + 1)
        _hints_given[wanted.id] = level
    if level not in (1, 2, 3):
        raise ValueError(f"level is {level!r}, expected 1 (idea), 2 (formula) or 3 (first line)")
    return Hint(wanted.id, level, wanted.hints[level - 1])

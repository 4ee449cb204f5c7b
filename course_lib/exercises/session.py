"""What a notebook calls: `check`, `use`, `hint`, and what goes with them."""

import time
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import partial
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

from course_lib import page
from course_lib.exercises import progress, registry, repair, tries, variants, worked
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import Expected, expected
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.model_answer import Solution, course_lines, own_lines
from course_lib.exercises.verdict import SECOND, THIRD, Verdict
from course_lib.exercises.wrong_message import Written, write

HINT_NAMES = ("idea", "formula", "first line")

#: answers that passed in this kernel
_passed: dict[str, Any] = {}
#: the last verdict on each exercise, and the answer that it was on
_said: dict[str, tuple[Verdict, Any]] = {}
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
    if verdict.status == "not attempted":
        return verdict
    if verdict.status == "right":
        _passed[wanted.id] = answer
    with suppress(Exception):  # the verdict stands, whatever becomes of the help
        verdict = _with_help(wanted, answer, known, verdict)
    _said[wanted.id] = verdict, answer
    return verdict


def _with_help(exercise: Exercise, answer: Any, known: Expected, verdict: Verdict) -> Verdict:
    """The verdict, counted, with as much help as this try gets: see `Verdict`."""
    failed, new, remark = tries.count(exercise, answer, verdict.status, verdict.points)
    verdict = replace(verdict, failed=failed, remark=remark)
    if verdict.status == "right":
        return replace(verdict, debrief=exercise.debrief)
    # what is no answer yet, with quotes too many or an entry left out, has no entry that is judged
    is_judged = verdict.status in ("wrong", "mistake")
    if failed >= THIRD and is_judged and tries.is_quiz(exercise) and (wait := tries.seconds_to_wait(exercise, new)):
        return _without_pointer(verdict, wait)
    # where two mistakes are named at once, the search, which knows less of them, could only blur it
    if failed >= SECOND and exercise.is_worked_out and verdict.status != "mistake" and verdict.by != "two_mistakes":
        verdict = replace(verdict, look=repair.look(exercise, answer, known))
    if failed >= THIRD:
        verdict = replace(verdict, example=worked.example(exercise, known))
    return verdict


def _without_pointer(verdict: Verdict, wait: float) -> Verdict:
    """A verdict that says neither which entries are wrong nor how many: trying one after the other would find out."""
    ready = time.strftime("%H:%M:%S", time.localtime(time.time() + wait))
    text = ("Not all is right yet. From the third try on the pointer waits for a minute: read each entry once more and "
            f"say why it is so. Run this check again after {ready}, with the same answer, to see the next pointer.")
    return replace(verdict, status="wrong", message=text, mistake="", wrong=0, pointer="")


def use(exercise: str) -> Any:
    """Your own answer once its check has passed in this kernel, until then the course's: you are never stuck."""
    wanted = _wanted(exercise)
    answer = _passed.get(wanted.id, wanted.reference)
    return answer if callable(answer) else deepcopy(answer)


def solution(exercise: str) -> Solution:
    """The course's own lines beside yours, once an exercise is passed.

    Raises
    ------
    KeyError
        When no exercise has this id.
    ValueError
        When it is not passed yet.
    """
    wanted = _wanted(exercise)
    if wanted.id not in _passed and progress.read().get(wanted.id, {}).get("status") != "right":
        raise ValueError(f"exercise {wanted.id} is not passed yet; its own lines help more after that. "
                         f'hint("{wanted.id}") gives the next hint')
    own = own_lines(_passed[wanted.id]) if wanted.id in _passed else "Run your cell and its check to see your lines."
    course = course_lines(wanted.id) or "The sources of the chapters, in the folder solutions, are not installed here."
    return Solution(wanted.id, wanted.title, course, own)


def report(exercise: str) -> Written:
    """Write what the check said last about an exercise, with your answer, into a file: for a message that is wrong.

    The file lies beside your progress file. It names nobody, and nothing is sent: that is up to you.

    Raises
    ------
    KeyError
        When no exercise has this id.
    ValueError
        When nothing was checked yet in this kernel.
    OSError
        When the file cannot be written.
    """
    wanted = _wanted(exercise)
    if wanted.id not in _said:
        raise ValueError(f"nothing was said about exercise {wanted.id} in this kernel yet: run its check first")
    return write(*_said[wanted.id])


def reset(what: str) -> str:
    """Begin anew with an exercise, "4.3", or with all of a chapter, "4"; your notebook keeps its answers.

    The progress file as it was is kept beside it as `progress.before-reset.json`.

    Raises
    ------
    KeyError
        When there is no such exercise or chapter.
    OSError
        When the progress file cannot be written.
    """
    if isinstance(what, str) and what and what.zfill(2) in registry.chapters():
        ids = {exercise.id for exercise in registry.exercises(what.zfill(2))}
    else:
        ids = {registry.get(what).id}
    removed, remark = progress.remove(ids.__contains__)
    for id in ids:
        tries.forget(id)
        for kept in (_passed, _hints_given, _said):
            kept.pop(id, None)
    number = f"{len(removed)} {'exercise' if len(removed) == 1 else 'exercises'}"
    return f"{number} set back; your answers are still in the notebook. {remark}".strip()


def export_progress(path: str | PathLike = "progress-export.json") -> str:
    """Write your progress into a file, to take it to another machine.

    Raises
    ------
    OSError
        When there is none yet, or the file cannot be written.
    ValueError
        When the progress file is damaged.
    """
    target = Path(path).expanduser()
    try:
        number = progress.export(target)
    except FileNotFoundError:
        raise FileNotFoundError("there is no progress yet that could be written: check an exercise first") from None
    return f"{number} {'exercise' if number == 1 else 'exercises'} written into {target.name}."


def import_progress(path: str | PathLike) -> str:
    """Take in the progress of another machine: of each exercise the better result stays.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    ValueError
        When `path` is no progress file of this course; your own is then as it was.
    """
    source = Path(path).expanduser()
    try:
        better, remark = progress.merge(source)
    except ValueError as error:
        raise ValueError(f"{source.name} is no progress file of this course ({error}); nothing was changed") from None
    number = f"{better} {'exercise' if better == 1 else 'exercises'}"
    return f"{number} taken over from {source.name}; the better result of each stays. {remark}".strip()


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

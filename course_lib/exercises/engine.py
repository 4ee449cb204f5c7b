"""`check`, `hint` and `use`: the exercise engine as a notebook sees it."""

import sys
import zlib
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np

from course_lib.exercises import card, progress, registry
from course_lib.exercises.judging import Key, Verdict, judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.running import Outcome, collect

__all__ = ["Key", "Outcome", "Verdict", "check", "collect", "draw_instances", "hint", "judge", "use"]

_passed: dict[str, Any] = {}  #: exercise id -> the student's own answer, once right in this kernel
_hints_shown: dict[str, int] = {}


def draw_instances(exercise: Exercise, seed: int = 0) -> Sequence[tuple]:
    """The inputs of an exercise, smallest first; seed 0 is the student's own check."""
    rng = np.random.default_rng([zlib.crc32(exercise.id.encode()), seed])
    return list(exercise.instances(rng))


@cache
def _key(exercise_id: str) -> Key:
    exercise = registry.exercise(exercise_id)
    return Key(exercise, draw_instances(exercise))


def check(id: str, answer: Any = None) -> Verdict:
    """Judge an answer and keep the result.

    Parameters
    ----------
    id : the exercise, "4.3".
    answer : the function itself, or the value.

    Returns
    -------
    A `Verdict`, shown as a card. Whatever the answer does, nothing is raised but a Ctrl-C of the user.
    """
    try:
        exercise = registry.exercise(id)
    except registry.UnknownId as error:
        return Verdict("check", "", "error", f"{str(error)[:1].upper()}{str(error)[1:]}.")
    try:
        key = _key(exercise.id)
        verdict = judge(exercise, collect(exercise, answer, key.instances), key.instances, key)
    except Exception as error:
        return Verdict(exercise.id, exercise.title, "error", f"The check itself failed ({type(error).__name__}: {error}), "
                       "which is not your fault. Please report it; the cells below work all the same.",
                       max_points=exercise.points)
    if verdict.status == "not attempted":
        return verdict
    if verdict.status == "right":
        _passed[exercise.id] = answer
    return _recorded(verdict)


def _recorded(verdict: Verdict) -> Verdict:
    remark = progress.record(verdict.exercise, verdict.status, verdict.points)
    if remark is None:
        return verdict
    from dataclasses import replace

    return replace(verdict, remark=remark)


def use(id: str) -> Any:
    """The student's own answer once its check has passed in this kernel, else the course's."""
    exercise = registry.exercise(id)
    answer = _passed.get(exercise.id, exercise.reference)
    return answer if callable(answer) else deepcopy(answer)


class Hint:
    """One to three hints, shown as a card."""

    def __init__(self, exercise: Exercise, level: int):
        self.exercise, self.level = exercise, level

    def __repr__(self):
        return "\n".join(f"{k + 1}. {text}" for k, text in enumerate(self.exercise.hints[: self.level]))

    def _repr_html_(self):
        exercise = self.exercise
        return card.hint(exercise.id, exercise.title, exercise.hints[: self.level], len(exercise.hints))


def hint(id: str, level: int | None = None) -> Hint:
    """The next hint of an exercise, or all up to `level` (1 idea, 2 formula, 3 first line)."""
    exercise = registry.exercise(id)
    total = len(exercise.hints)
    if level is None:
        level = min(_hints_shown.get(exercise.id, 0) + 1, total)
    if level not in range(1, total + 1):
        raise ValueError(f"level is {level!r}; hints go from 1 to {total}")
    _hints_shown[exercise.id] = max(level, _hints_shown.get(exercise.id, 0))
    return Hint(exercise, level)

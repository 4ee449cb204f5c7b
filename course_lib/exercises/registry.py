"""Finds the exercises and predictions of all chapters by their id."""

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from course_lib import exercises
from course_lib.exercises.model import Exercise, Prediction


class UnknownId(LookupError):
    """No exercise or prediction has this id; the message names near ones."""

    def __str__(self):
        return self.args[0]


@cache
def _chapters() -> tuple:
    names = sorted(module.name for module in pkgutil.iter_modules(exercises.__path__))
    return tuple(
        importlib.import_module(f"course_lib.exercises.{name}")
        for name in names
        if name.startswith("ch") and name[2:].isdigit()
    )


def _order(id: str) -> tuple:
    chapter, _, number = id.partition(".")
    return int(chapter), int(number) if number.isdigit() else 0, number


@cache
def _exercises() -> dict[str, Exercise]:
    found = {exercise.id: exercise for chapter in _chapters() for exercise in chapter.EXERCISES}
    return {id: found[id] for id in sorted(found, key=_order)}


@cache
def _predictions() -> dict[str, Prediction]:
    return {prediction.id: prediction for chapter in _chapters() for prediction in chapter.PREDICTIONS}


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise of the course in the order of its id."""
    return tuple(_exercises().values())


def by_chapter() -> dict[str, tuple[Exercise, ...]]:
    """Chapter number "04" -> its exercises."""
    chapters: dict[str, tuple[Exercise, ...]] = {}
    for exercise in all_exercises():
        chapters[exercise.chapter] = (*chapters.get(exercise.chapter, ()), exercise)
    return chapters


def exercise(id: str) -> Exercise:
    """The exercise with this id, such as "4.3"."""
    return _find(id, _exercises(), "exercise")


def prediction(id: str) -> Prediction:
    """The prediction with this id, such as "3.a"."""
    return _find(id, _predictions(), "prediction")


def _find(id, known, what):
    if type(id) is not str:
        raise UnknownId(f'the id of the {what} is a text, such as "{next(iter(known), "4.3")}"; write it in quotes')
    if id in known:
        return known[id]
    near = get_close_matches(id, known, n=3, cutoff=0.5) or [k for k in known if k.split(".")[0] == id.split(".")[0]]
    if not near:
        near = list(known)
    hint = ", ".join(f'"{k}"' for k in near[:5])
    raise UnknownId(f"there is no {what} {id[:40]!r}; near ids are {hint}")

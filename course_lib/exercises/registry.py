"""All exercises and predictions, found by id; a chapter's definitions are imported when first asked for."""

import difflib
import importlib
import pkgutil
from functools import cache, lru_cache
from pathlib import Path

from course_lib.exercises.model import Exercise, Prediction


@lru_cache(maxsize=1)
def chapters() -> tuple[str, ...]:
    """The chapters that define exercises: ("00", "03", "04")."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return tuple(sorted(module.name[2:] for module in modules if module.name.startswith("ch")))


@cache
def _module(chapter: str):
    return importlib.import_module(f"course_lib.exercises.ch{chapter}")


def exercises(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of one chapter ("03"), in the order of the text."""
    return tuple(_module(chapter).EXERCISES)


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise of the course."""
    return tuple(exercise for chapter in chapters() for exercise in exercises(chapter))


def _find(kind: str, wanted: str, known: dict):
    if isinstance(wanted, str) and wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(shown(wanted), list(known), n=3, cutoff=0.3)
    hint = f" Near ones: {', '.join(near)}." if near else ""
    if not isinstance(wanted, str):
        hint += " Write the id in quotes."
    raise KeyError(f"There is no {kind} {shown(wanted)!r}.{hint}")


def shown(wanted) -> str:
    """An id as messages show it, whatever it is."""
    return wanted[:20] if isinstance(wanted, str) else f"{wanted!r:.20}"


def _chapter_of(wanted: str) -> str:
    return shown(wanted).partition(".")[0].zfill(2)


def get(wanted: str) -> Exercise:
    """The exercise with this id.

    Raises
    ------
    KeyError
        With the nearest ids in the message.
    """
    chapter = _chapter_of(wanted)
    pool = exercises(chapter) if chapter in chapters() else all_exercises()
    return _find("exercise", wanted, {exercise.id: exercise for exercise in pool})


def get_prediction(wanted: str) -> Prediction:
    """The prediction with this id.

    Raises
    ------
    KeyError
        With the nearest ids in the message.
    """
    names = [_chapter_of(wanted)] if _chapter_of(wanted) in chapters() else chapters()
    pool = [prediction for name in names for prediction in getattr(_module(name), "PREDICTIONS", ())]
    return _find("prediction", wanted, {prediction.id: prediction for prediction in pool})

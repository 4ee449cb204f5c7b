"""All exercises and predictions, found by id; a chapter's definitions are imported when first asked for."""

import difflib
import importlib.util
import re
from functools import cache, lru_cache
from pathlib import Path

from course_lib import grammar
from course_lib.exercises.model import Exercise, Prediction

#: the folder of the chapters
FOLDER = Path(__file__).parents[1] / "chapters"


@lru_cache(maxsize=1)
def folders(place: Path = FOLDER) -> dict[str, str]:
    """Number of each chapter -> the name of its folder: {"03": "ch03_perceptron", ...}; what has no number is none.

    Raises
    ------
    ImportError
        When two folders have one number.
    """
    found: dict[str, str] = {}
    for path in sorted(place.iterdir()):
        number = re.match(r"ch(\d\d)_", path.name)
        if number and (path / "__init__.py").exists():
            if number[1] in found:
                raise ImportError(f"two folders are chapter {number[1]}: {found[number[1]]} and {path.name}")
            found[number[1]] = path.name
    return found


def chapters() -> tuple[str, ...]:
    """The numbers of the chapters: ("00", "01", ...)."""
    return tuple(folders())


@cache
def _defined(chapter: str, what: str) -> tuple:
    """EXERCISES or PREDICTIONS of one chapter; none where it has no such module."""
    name = f"course_lib.chapters.{folders()[chapter]}.{what}"
    if importlib.util.find_spec(name) is None:
        return ()
    return tuple(getattr(importlib.import_module(name), what.upper()))


@cache  # an answer may `use` another one in every step of its loop
def exercises(chapter: str) -> tuple[Exercise, ...]:
    """The exercises of one chapter ("03"), in the order of their numbers."""
    return tuple(sorted(_defined(chapter, "exercises"), key=lambda exercise: int(exercise.id.split(".")[1])))


def predictions(chapter: str) -> tuple[Prediction, ...]:
    """The predictions of one chapter ("03")."""
    return _defined(chapter, "predictions")


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
    return grammar.chapter(shown(wanted))


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
    pool = [prediction for name in names for prediction in predictions(name)]
    return _find("prediction", wanted, {prediction.id: prediction for prediction in pool})

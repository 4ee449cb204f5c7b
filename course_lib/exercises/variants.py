"""Everybody's own numbers: what one student gets is drawn from the course key, the student and the exercise.

A token stands for the drawing. The instructor's programs make it from the key; a notebook that was handed out carries
only the token, `check("3.6", by_hand, variant="...")`, from which neither the key nor another student's token follows.
A grader makes the token again and does not look at the one in the notebook.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np

from course_lib.exercises.collect import collect
from course_lib.exercises.compare import matches, same_outcome, same_value
from course_lib.exercises.expect import OWN_SECONDS, expected, seeded_instances
from course_lib.exercises.model import Exercise

DRAWN = 12  #: hexadecimal digits of a token that are drawn
MARK = 4  #: digits that belong to these and to the exercise, so that a slip is noticed
MOST_DRAWS = 50
SHORTEST_KEY = 16  #: characters
#: seconds of an exercise that trains networks: with own data a grader would train every mistake for every student
TRAINING = 2.0


@dataclass(frozen=True)
class Variant:
    """An exercise as one student gets it."""

    exercise: Exercise
    replacements: dict[str, str]  #: text of the student's notebook, where it occurs once -> text in its place


def token(key: bytes, student: str, exercise: str) -> str:
    """What is drawn for one student and one exercise, as 16 hexadecimal digits.

    Parameters
    ----------
    key : bytes
        The course key: whoever has it can make every token.
    student : str
        The id, as in the roster; capitals do not count.
    exercise : str
        "3.6"
    """
    name = unicodedata.normalize("NFC", student).strip().casefold()
    digits = hmac.new(key, f"{name}\0{exercise}".encode(), "sha256").hexdigest()[:DRAWN]
    return digits + _mark(digits, exercise)


def _mark(digits: str, exercise: str) -> str:
    return hashlib.sha256(f"{digits} {exercise}".encode()).hexdigest()[:MARK]


def fault(token: object, exercise: str) -> str:
    """What is wrong with a token; empty for a good one."""
    remedy = f'Take the line check("{exercise}", ...) from the notebook that you were given.'
    if not isinstance(token, str) or not re.fullmatch(rf"[0-9a-f]{{{DRAWN + MARK}}}", token):
        return f"variant is {token!r:.40}, expected {DRAWN + MARK} digits 0-9, a-f in quotes. {remedy}"
    if _mark(token[:DRAWN], exercise) != token[DRAWN:]:
        return f"variant {token!r} does not belong to exercise {exercise}, or a digit of it was changed. {remedy}"
    return ""


@lru_cache(maxsize=1024)
def drawn(exercise: Exercise, token: str) -> Variant:
    """The exercise that a token stands for; the same whenever and wherever it is asked for.

    Drawn again until no two of its named mistakes, nor a mistake and the reference, give the same outcomes.

    Raises
    ------
    ValueError
        When the token is none of this exercise.
    """
    wrong = fault(token, exercise.id)
    if wrong:
        raise ValueError(wrong)
    if exercise.vary is None and not _has_own_instances(exercise):
        return Variant(exercise, {})
    number = int(token, 16)
    for attempt in range(MOST_DRAWS):
        changes, replacements = exercise.vary(np.random.default_rng([number, attempt])) if exercise.vary else ({}, {})
        own = replace(exercise, instances=_own_instances(exercise, number, attempt), vary=None, **changes)
        if _all_differ(own):
            return Variant(own, replacements)
    raise RuntimeError(f"exercise {exercise.id}: no draw of {MOST_DRAWS} keeps all its named mistakes apart")


def for_student(exercise: Exercise, key: bytes, student: str) -> Exercise:
    """The exercise as one student got it: for a grader, which takes key and student from its own side."""
    return drawn(exercise, token(key, student, exercise.id)).exercise


def _own_instances(exercise: Exercise, number: int, attempt: int):
    def instances(rng):
        return exercise.instances(np.random.default_rng([number, attempt, int(rng.integers(2**62))]))

    return instances


@lru_cache(maxsize=1024)
def _has_own_instances(exercise: Exercise) -> bool:
    if exercise.seconds > TRAINING:
        return False
    one, two = (list(exercise.instances(np.random.default_rng(seed))) for seed in (1, 2))
    return not same_value(one, two, 0.0, 0.0)


def _all_differ(exercise: Exercise) -> bool:
    """Whether reference and mistakes can be told apart; the first instances are enough for most of them."""
    alike = [[exercise.reference, *(mistake.answer for mistake in exercise.mistakes)]]
    for instance in seeded_instances(exercise):
        alike = [group for answers in alike for group in _alike(exercise, answers, instance)]
        if not alike:
            return True
    known = expected(exercise)
    return not any(matches(one, two, exercise) for one, two in combinations([known.right, *known.mistakes.values()], 2))


def _alike(exercise: Exercise, answers: list, instance: tuple) -> list[list]:
    """Those of the answers that have the same outcome as another one, in groups."""
    groups: list[tuple] = []  # (outcome, answers)
    for answer in answers:
        outcome = collect(exercise, answer, (instance,), OWN_SECONDS)[0]
        group = next((group for group in groups if same_outcome(group[0], outcome, exercise)), None)
        if group is None:
            groups.append((outcome, [answer]))
        else:
            group[1].append(answer)
    return [group for _, group in groups if len(group) > 1]


def read_key(path: Path) -> bytes:
    """The course key in a file.

    Raises
    ------
    OSError
        When the file cannot be read.
    ValueError
        When it is too short to be a secret.
    """
    key = path.read_bytes().strip()
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"{path}: holds {len(key)} characters, expected a secret of at least {SHORTEST_KEY}")
    return key

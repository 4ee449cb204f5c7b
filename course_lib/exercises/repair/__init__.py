"""Repair search: where in a wrong answer to look, found by small edits of the student's own source.

Every candidate is an edit of one small step; when one passes the whole check, the student is told where that step
stands and what to ask of it, never what stands there then. It says "look here", not "this is the mistake".
"""

import warnings
from typing import Any

import numpy as np

from course_lib.exercises.collect import in_time
from course_lib.exercises.edited import random_numbers_kept
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.edits import candidates
from course_lib.exercises.repair.found import Found
from course_lib.exercises.repair.search import Search
from course_lib.exercises.repair.source import Source, of_answer, refusal
from course_lib.exercises.repair.trial import Trial

__all__ = ["candidates", "look", "of_answer", "refusal", "search"]

SECONDS = 1.0  #: of processor time after which no further candidate is begun; a cap on their number comes before it
STOPPED = 1.2  #: times this time, one that does not end is stopped


def look(exercise: Exercise, answer: Any, known: Expected, seconds: float = SECONDS) -> str:
    """Where to look in an answer that failed its check: "Line 3, at `own text`: along which axis does this run? ...".

    Parameters
    ----------
    exercise : Exercise
        What was to be done.
    answer : function
        The student's, from a cell or a file whose text can be read.
    known : Expected
        The instances of the check with what is right on them.
    seconds : float
        Of processor time; with plenty of it what is found is the same on every machine.

    Returns
    -------
    str
        A sentence for each place, or nothing. It raises nothing, prints nothing and changes nothing of the student's.
    """
    try:
        source = of_answer(answer)
        if source is None or refusal(source, exercise):
            return ""
        return search(exercise, answer, source, known, seconds).say(source)
    except Exception:  # advice is never worth an error
        return ""


def search(exercise: Exercise, answer: Any, source: Source, known: Expected, seconds: float = SECONDS) -> Found:
    """What the search finds within its limits."""
    found = Found()

    def work():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            Search(Trial(exercise, answer, source, known), found, seconds).run()

    with random_numbers_kept():
        in_time(work, STOPPED * seconds)
    return found

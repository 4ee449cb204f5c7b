"""Repair search: where in a wrong answer to look, found by small edits of the student's own source.

Every candidate is an edit of one small step; when one passes the whole check, the student is told where that step
stands and what to ask of it, never what stands there then. It says "look here", not "this is the mistake".
"""

import warnings
from typing import Any

import numpy as np

from course_lib.exercises.collect import in_time
from course_lib.exercises.expect import Expected
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.search import Found, Search
from course_lib.exercises.repair.source import of_answer, refusal
from course_lib.exercises.repair.trial import Trial

SECONDS = 1.0  #: of processor time after which no further candidate is begun; a cap on their number comes before it
STOPPED = 1.2  #: when one that does not end is stopped


def look(exercise: Exercise, answer: Any, known: Expected) -> str:
    """Where to look in an answer that failed its check: "Line 3, at `own text`: along which axis does this run? ...".

    Parameters
    ----------
    exercise : Exercise
        What was to be done.
    answer : function or class
        The student's, from a cell or a file whose text can be read.
    known : Expected
        The instances of the check with what is right on them.

    Returns
    -------
    str
        A sentence for each place, or nothing. It raises nothing, prints nothing and changes nothing of the student's.
    """
    try:
        source = of_answer(answer)
        if source is None or refusal(source, exercise):
            return ""
        return found(exercise, answer, source, known).say(source)
    except Exception:  # advice is never worth an error
        return ""


def found(exercise, answer, source, known) -> Found:
    """The search itself, within its limits."""
    search = Search(Trial(exercise, answer, source, known), SECONDS)
    state = np.random.get_state()  # noqa: NPY002  (students draw from it, old-fashioned as it is)

    def work():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            search.run()

    try:
        in_time(work, STOPPED)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return search.found

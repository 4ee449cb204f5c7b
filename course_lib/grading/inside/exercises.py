"""`course_lib.exercises` as a submission meets it in the sandbox: nothing is checked here, nothing is known."""

import importlib
import sys
from contextlib import contextmanager

from course_lib.exercises import adapters

#: id -> (answer, whether it has passed); filled by the kernel as the grader tells it
answers: dict = {}
#: id -> (dotted name of the library's function, of the adapter that gives it the form of an answer), or empty ones
library: dict = {}
#: the exercise that is put to work now
current: list = [""]
#: place of a library's function -> the function, lent by the grader
lent: dict = {}


def ask(question: dict) -> dict:
    """Ask the grader for what is not in the sandbox: what a function gives (see `stand_ins.py`), or a function of the
    library (see `borrowed`). The kernel puts its line to the grader here; no other process has one.
    """
    raise RuntimeError("this is not the kernel's own process, and the grader answers no other")


class _Nothing:
    def __repr__(self):
        return ""


def check(exercise="", answer=None):
    """Says nothing: answers are judged outside."""
    return _Nothing()


def hint(exercise="", level=None):
    """Says nothing."""
    return _Nothing()


def progress_table():
    """Says nothing."""
    return _Nothing()


def _keeps_no_progress(*_, **__):
    """There is none in a sandbox."""
    return _Nothing()


export_progress = import_progress = report = reset = solution = _keeps_no_progress


@contextmanager
def at_work(exercise: str):
    """While this exercise's answer is put to work."""
    current[0] = exercise
    try:
        yield
    finally:
        current[0] = ""


def use(exercise):
    """Your own answer once it has passed, until then the library's, without one your own as it is."""
    answer, passed = answers.get(exercise, (None, False))
    function, adapter = library.get(exercise, ("", ""))
    if (passed and exercise != current[0]) or not function:  # an answer that asks for itself would never end
        if answer is None:
            raise LookupError(f"use({exercise!r}): there is no answer to {exercise} in this notebook")
        return answer
    module, _, attribute = function.rpartition(".")
    found, adapt = getattr(importlib.import_module(module), attribute), adapters.named(adapter)
    return adapt(found) if adapt else found


def borrowed(place: str):
    """The library's function that stood at `place`: its body is outside until the grader is asked for it."""
    if place not in lent:
        reply = ask({"lend": place})
        if "source" not in reply:
            raise LookupError(reply["refused"])
        module, _, name = place.rpartition(".")
        made = {}
        exec(compile(reply["source"], f"<{place}>", "exec"), vars(sys.modules[module]), made)
        lent[place] = made[name]
    return lent[place]

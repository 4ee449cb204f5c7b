"""`course_lib.exercises` as a submission meets it in the sandbox: nothing is checked here, nothing is known."""

import importlib
import types

from course_lib.exercises import adapters

#: id -> (answer, whether it has passed); filled by the kernel as the grader tells it
answers: dict = {}
#: id -> (dotted name of the library's function, of the adapter that gives it the form of an answer), or empty ones
library: dict = {}
#: the exercise that is put to work now, and whether the library answered in its place
current: list = ["", False]
#: asks the grader what a function gives that is not in the sandbox; set when the kernel starts, see `stand_ins.py`
ask = None
#: library's function -> its own code while it is watched
watched: dict = {}


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


def use(exercise):
    """Your own answer once it has passed, until then the library's, without one your own as it is."""
    answer, passed = answers.get(exercise, (None, False))
    function, adapter = library.get(exercise, ("", ""))
    if (passed and exercise != current[0]) or not function:  # an answer that asks for itself would never end
        if answer is None:
            raise LookupError(f"use({exercise!r}): there is no answer to {exercise} in this notebook")
        return answer
    return from_library(exercise, function, adapter)


def from_library(exercise: str, name: str, adapter: str):
    """The library's function `name` in the form that the exercise asks for.

    It is a copy, so that only those calls count as the library's which put it in the place of the answer itself.
    """
    module, _, attribute = name.rpartition(".")
    function = getattr(importlib.import_module(module), attribute)
    code = watched.get(function, function.__code__)
    copy = types.FunctionType(code, function.__globals__, attribute, function.__defaults__)
    copy.__kwdefaults__ = function.__kwdefaults__
    adapt = adapters.named(adapter)
    answer = adapt(copy) if adapt else copy

    def from_the_library(*args, **kwargs):
        if exercise == current[0]:
            current[1] = True
        return answer(*args, **kwargs)

    return from_the_library

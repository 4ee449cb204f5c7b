"""A student's test is put to versions of a function, of which it knows nothing but what they give.

The test runs beside the student's code, in a sandbox too, and the versions do not: they hold answers. In their place
the test gets a probe that knows the replies so far. At the first call that it cannot reply to it ends the run and hands
out the arguments; whoever has the versions adds the reply, and the test runs again from its beginning. So a test can
tell a right version from a wrong one by its numbers only: no name, no source and no place says anything.
"""

from inspect import Parameter, Signature
from types import SimpleNamespace
from typing import Any

import numpy as np

from course_lib.exercises import collect
from course_lib.exercises.frames import compares_whole

MOST_CALLS = 60  #: of one run of a test
#: What is written into a list of results: the test held; it did not; it asks for a reply; it asked for another one
#: when it ran before; it called too often
STATES = HELD, FAILED, ASKS, DRIFTS, TOO_OFTEN = "held", "failed", "asks", "drifts", "too often"


class _Ends(BaseException):
    """Ends a run at a call that cannot be replied to; a test's own `except Exception` does not catch it."""


def put(title: str, name: str, parameters: list[str], test, replies: list[list]) -> list[dict]:
    """Run a test once for each version.

    Parameters
    ----------
    title : str
        Of the exercise.
    name, parameters : str, list of str
        Of the function under test.
    test : callable
        The student's: takes a function, calls it, asserts what must hold.
    replies : list of list
        For each version the calls so far, [[arguments, reply], ...]; a reply is {"value": ...}, or the name and the
        message of an exception, {"error": ..., "message": ...}.

    Returns
    -------
    list of dict
        One for each version: "state" (see above), "calls" [[arguments, reply], ...], "asked" (arguments that wait for a
        reply), and of a test that did not hold "error", "message", "line", "line_number", and "whole", whether the line
        compares whole numbers.
    """
    collect._expect_arguments(SimpleNamespace(title=title, arguments=(name,)), test, (put,))
    signature = Signature([Parameter(each, Parameter.POSITIONAL_OR_KEYWORD) for each in parameters])
    return [_one(name, signature, test, known) for known in replies]


def _one(name: str, signature: Signature, test, known: list) -> dict:
    calls: list = []
    result = {"state": HELD, "calls": calls, "asked": (), "error": "", "message": "", "line": "", "line_number": 0,
              "whole": False}

    def ends(state, asked=()):
        result.update(state=state, asked=asked)
        raise _Ends

    def version(*arguments, **named):
        if result["state"] != HELD:  # the test went on although its run has ended
            raise _Ends
        given, k = collect.plain(signature.bind(*arguments, **named).args), len(calls)
        if k >= MOST_CALLS:
            ends(TOO_OFTEN)
        if k >= len(known):
            ends(ASKS, given)
        if collect._bytes(known[k][0]) != collect._bytes(given):
            ends(DRIFTS)
        reply = known[k][1]
        calls.append([given, reply])
        if "error" in reply:
            raise raised(reply)
        return returned(reply["value"])

    version.__name__ = version.__qualname__ = name
    try:
        held = test(version)
        if held is Ellipsis:
            raise NotImplementedError
        if result["state"] == HELD and not _says_yes(held):
            result["state"] = FAILED
    except NotImplementedError:
        raise
    except _Ends:
        pass
    except Exception as error:
        if result["state"] == HELD:
            told = collect._failed(error)
            result.update(state=FAILED, error=told.error, message=told.message, line=told.line,
                          line_number=told.line_number, whole=compares_whole(collect._entries(error)))
    return result


#: What a version may raise that the test sees as it is.
_ERRORS = {kind.__name__: kind for kind in (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError)}


def raised(reply: dict) -> Exception:
    """The exception that a version raised."""
    return _ERRORS.get(reply["error"], RuntimeError)(reply["message"])


def returned(value: Any) -> Any:
    """What a version gave, a copy, with numbers as numbers."""
    if isinstance(value, tuple | list):
        return type(value)(map(returned, value))
    return value.copy()[()] if isinstance(value, np.ndarray) else value


def _says_yes(returned: Any) -> bool:
    """What a test returns need not be anything; where it is True or False, it counts like an assert."""
    return returned is None or not isinstance(returned, bool | np.bool_) or bool(returned)

"""The student's side of a check: run an answer on inputs, bring back plain data.

Nothing here knows what is right, so this half can run in a sandbox. Whatever the answer does (loops for ever, raises,
changes its inputs, returns something odd) becomes an `Outcome`.
"""

import contextlib
import ctypes
import inspect
import io
import linecache
import sysconfig
import threading
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MOST_ENTRIES = 10_000_000
MOST_DIGITS = 3_000
MOST_PRINTED = 2_000
MOST_DEPTH = 5
#: seconds that code gets to stop after it was told to; a loop inside compiled code cannot be told
GRACE = 0.5
#: the limit by the clock, as a multiple of the limit of processor time
PATIENCE = 10

_OWN_FOLDERS = (str(Path(__file__).resolve().parents[1]), *map(str, sysconfig.get_paths().values()))


class OutOfTime(BaseException):
    """Raised inside the student's code; no `except Exception` catches it."""


@dataclass(frozen=True)
class Foreign:
    """Stands for an output that is no plain data."""

    what: str


@dataclass(frozen=True)
class Outcome:
    """What one call gave: a value, or the reason why there is none."""

    value: Any = None
    error: str = ""  #: name of the exception's type
    message: str = ""
    line: str = ""  #: the student's own line that raised it
    line_number: int = 0
    changed: tuple[int, ...] = ()  #: indices of arguments that the call changed in place
    attempted: bool = True
    timed_out: bool = False
    printed: str = ""


def plain(value: Any, depth: int = 0) -> Any:
    """`value` as numbers, strings, plain arrays, tuples, lists and dicts of these, or `Foreign`."""
    if value is None or isinstance(value, bool | float | complex):
        return value
    if isinstance(value, str):
        return str(value[:MOST_PRINTED])
    if isinstance(value, int):
        return int(value) if value.bit_length() < 3.4 * MOST_DIGITS else Foreign("a whole number of thousands of digits")
    if isinstance(value, np.generic):
        return plain_array(np.asarray(value))
    if isinstance(value, np.ndarray):
        return plain_array(value)
    if depth >= MOST_DEPTH:
        return Foreign("a very deeply nested collection")
    if isinstance(value, tuple | list):
        if len(value) > 10_000:
            return Foreign(f"a {type(value).__name__} with {len(value):,} entries")
        return type(value)(plain(item, depth + 1) for item in value) if type(value) in (tuple, list) else tuple(
            plain(item, depth + 1) for item in value
        )
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in list(value.items())[:1_000]}
    return Foreign(described(value))


def plain_array(value: np.ndarray) -> Any:
    """A copy as a plain array; subclasses lose their own rules of comparison here."""
    if value.size > MOST_ENTRIES:
        return Foreign(f"an array with {value.size:,} entries")
    if value.dtype.kind not in "biufcU":
        return Foreign(f"an array of {value.dtype} instead of numbers")
    return np.array(value, copy=True, subok=False)


def described(value: Any) -> str:
    """A kind of thing in words: "a function", "a generator", "a set"."""
    if callable(value):
        return "a function" if inspect.isroutine(value) else "a class or callable object"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


class _Printed(io.TextIOBase):
    """Keeps the start of what the answer prints and forgets the rest."""

    def __init__(self):
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text) -> int:
        if len(self.text) < MOST_PRINTED:
            self.text += str(text)[: MOST_PRINTED - len(self.text)]
        return len(text)


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, tuple | list):
        return type(value)(map(_copy, value))
    return {key: _copy(item) for key, item in value.items()} if isinstance(value, dict) else value


def _bytes(value: Any) -> Any:
    """A picture of an argument that tells any change from none, NaN included."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, tuple | list):
        return tuple(map(_bytes, value))
    return repr(value) if isinstance(value, dict | float | int | str) else None


def _own_line(error: BaseException) -> tuple[str, int]:
    """The last line of the traceback that is neither ours nor a library's."""
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        name = frame.f_code.co_filename
        if not name.startswith((*_OWN_FOLDERS, "<frozen", "<__array_function__")):
            return linecache.getline(name, number).strip(), number
    return "", 0


def _failed(error: BaseException, printed: str) -> Outcome:
    if isinstance(error, NotImplementedError):
        return Outcome(attempted=False)
    try:
        message = str(error)[:300]
    except BaseException:  # an exception class of the student's own may fail here too
        message = ""
    line, number = _own_line(error)
    return Outcome(error=type(error).__name__, message=message, line=line, line_number=number, printed=printed)


def _one(exercise, answer: Any, instance: tuple) -> Outcome:
    """One call, with everything it can do wrong except not ending."""
    arguments = _copy(instance)
    before = [_bytes(argument) for argument in arguments]
    printed = _Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(_Printed()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            try:
                if exercise.call is not None:
                    value = exercise.call(answer, *arguments)
                else:
                    value = answer(*arguments) if callable(exercise.reference) else answer
                value = plain(value)
            except OutOfTime:
                raise
            except BaseException as error:
                return _failed(error, printed.text)
    changed = tuple(i for i, argument in enumerate(arguments) if _bytes(argument) != before[i])
    return Outcome(value=value, changed=changed, printed=printed.text, attempted=value is not Ellipsis)


def collect(exercise, answer: Any, instances, seconds: float | None = None) -> list[Outcome]:
    """Run `answer` on every instance, in a thread of its own that is stopped when the time is over.

    Returns
    -------
    list of Outcome
        One for each instance; after a time-out the rest is `timed_out`.
    """
    if answer is None or answer is Ellipsis:
        return [Outcome(attempted=False) for _ in instances]
    outcomes: list[Outcome] = []

    def work():
        with contextlib.suppress(OutOfTime):
            for instance in instances:
                outcomes.append(_one(exercise, answer, instance))

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        _wait(worker, exercise.seconds if seconds is None else seconds)
    finally:  # also when the person at the keyboard interrupts
        _stop(worker)
    done = list(outcomes)
    return done + [Outcome(timed_out=True)] * (len(instances) - len(done))


def _wait(worker: threading.Thread, seconds: float) -> None:
    """Wait for the thread until it has used `seconds` of the processor: a busy machine is not the student's fault.

    Code that sleeps uses none, so there is a limit by the clock too.
    """
    end = time.monotonic() + PATIENCE * seconds
    limit = time.process_time() + seconds
    while worker.is_alive() and time.process_time() < limit and time.monotonic() < end:
        worker.join(0.02)


def _stop(worker: threading.Thread) -> None:
    """Raise `OutOfTime` in the thread until it ends: a bare `except` inside a loop swallows the first ones."""
    tries = int(GRACE / 0.02)
    while worker.is_alive() and tries:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(OutOfTime))
        worker.join(0.02)
        tries -= 1

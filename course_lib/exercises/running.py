"""Runs a student's code, and nothing else: inputs in, outcomes out.

No reference and no named mistake is needed here, so the same function serves a notebook and a sandboxed process. The
code runs in a thread of its own. That keeps Ctrl-C with the person who presses it, and lets an endless loop be ended
by an exception thrown into that thread.
"""

import _thread
import ctypes
import inspect
import io
import linecache
import site
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.exercises.model import Exercise
from course_lib.exercises.values import describe, name_of, plain, same, short

MAX_PRINTED = 4_000
MAX_WARNINGS = 5
#: How long a thread that does not react to the time limit is waited for before it is left behind.
PATIENCE = 1.0

_COURSE = str(Path(__file__).parents[1])
_LIBRARY = tuple(
    str(Path(folder))
    for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    | set(site.getsitepackages())
    | {str(Path(np.__file__).parents[1])}
    if folder
)


@dataclass(frozen=True)
class Raised:
    """An exception: its type and message, and the student's own line where there is one."""

    type: str
    message: str
    line: str = ""
    number: int | None = None
    own: bool = False  #: whether the student's code was running, not only the call of it


@dataclass(frozen=True)
class Outcome:
    """What came of one instance: plain data, no object of the student's."""

    output: Any = None
    raised: Raised | None = None
    changed: tuple[int, ...] = ()  #: positions of the arguments that are not what they were
    timed_out: bool = False
    seconds: float = 0.0
    printed: str = ""
    warnings: tuple[str, ...] = ()


class OverTime(BaseException):
    """Thrown into the student's thread. It is made when something catches it; from then on their next line throws
    again, so a bare `except` round the body of an endless loop does not keep the loop alive."""

    def __init__(self, *args):
        super().__init__(*args)
        frame = sys._getframe(1)
        while frame is not None:
            frame.f_trace = _throw_again
            frame = frame.f_back
        sys.settrace(_throw_again)


def _throw_again(frame, event, arg):
    if event == "line" and _is_own(frame.f_code.co_filename):
        raise OverTime
    return _throw_again


def collect(exercise: Exercise, answer: Any, instances: Sequence[tuple], seconds: float | None = None) -> list[Outcome]:
    """Run `answer` on a copy of every instance, at most `seconds` for all of them together.

    Returns one outcome an instance. The list ends early where time ran out, or where the first instance says that
    nothing has been written yet. A Ctrl-C of the user passes through; nothing else is raised.
    """
    limit = exercise.seconds if seconds is None else seconds
    outcomes: list[Outcome] = []
    current = _Transcript()

    def work():
        for instance in instances:
            current.clear()
            outcome = run(exercise, answer, instance)
            outcomes.append(current.added_to(outcome))
            if outcome.raised and outcome.raised.type == "NotImplementedError":
                break

    with _captured(current):
        where = _run_in_thread(work, limit)
    finished = list(outcomes)
    if where is not None and len(finished) < len(instances):
        finished.append(current.added_to(Outcome(raised=where, timed_out=True, seconds=limit)))
    return finished


def run(exercise: Exercise, answer: Any, instance: tuple) -> Outcome:
    """One instance in this thread, with no limit: for answers that are trusted, and the body of `collect`."""
    arguments = deepcopy(instance)
    start = time.perf_counter()
    try:
        _expect_answer(exercise, answer)
        if exercise.call is not None:
            result = exercise.call(answer, *arguments)
        elif exercise.takes_function:
            _expect_arguments(exercise, answer, arguments)
            result = answer(*arguments)
        else:
            result = answer
        if result is Ellipsis:  # a stub whose body is `return ...`
            raise NotImplementedError
        output, raised = plain(result), None
    except OverTime:
        raise
    except BaseException as error:  # also SystemExit and KeyboardInterrupt: a student's code may raise them
        output, raised = None, _raised(error)
    seconds = time.perf_counter() - start
    changed = tuple(
        k for k, (before, after) in enumerate(zip(instance, arguments, strict=True))
        if isinstance(before, (np.ndarray, list, dict)) and not same(plain(before), plain(after))
    )
    return Outcome(output, raised, changed, False, seconds)


class WrongKind(TypeError):
    """The answer is not a function, or does not take what the exercise gives it."""


def _expect_answer(exercise, answer):
    if _is_blank(answer):
        raise NotImplementedError
    if exercise.takes_function and not callable(answer):
        raise WrongKind(
            f"a function is expected, this is {describe(plain(answer))}. Hand over the function itself, without "
            f'calling it: check("{exercise.id}", {exercise.title})'
        )
    if callable(answer) and not exercise.takes_function:
        raise WrongKind(f"a value is expected, this is {name_of(type(answer))}. Was it not called?")


def _is_blank(answer):
    """None, ..., or a tuple, list or dict with nothing else in it."""
    kind = type(answer)
    if kind is dict:
        answer = list(answer.values())
    if kind in (tuple, list, dict) and 0 < len(answer) < 1000:
        return all(part is None or part is Ellipsis for part in answer)
    return answer is None or answer is Ellipsis


def _expect_arguments(exercise, answer, arguments):
    try:
        signature = inspect.signature(answer)
    except Exception:  # built-in functions have none
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        wanted = ", ".join(exercise.arguments) or f"{len(arguments)} positional"
        raise WrongKind(
            f"your function takes {short(str(signature), 120)}, the exercise calls it with ({wanted}): {error}"
        ) from None


# --- time limit ---


def _run_in_thread(work, limit) -> Raised | None:
    """Run `work` in a thread; None when it ended by itself, else where it was when time ran out."""
    done = threading.Event()
    state = {"alive": True}

    def body():
        try:
            work()
            done.set()
        except BaseException:  # no call below this line: a thrown exception could still be waiting for one
            pass
        state["alive"] = False

    thread = _thread.start_new_thread(body, ())
    try:
        if done.wait(limit):
            return None
        where = _place(sys._current_frames().get(thread), limit)
    finally:  # on the time limit, and on a Ctrl-C of the user
        if not done.is_set():
            _end(thread, state)
    return where


def _end(thread, state):
    """Throw `OverTime` into the thread until it ends; a thread deep in a C function is left behind."""
    throw = ctypes.pythonapi.PyThreadState_SetAsyncExc
    end = time.monotonic() + PATIENCE
    while state["alive"] and time.monotonic() < end:
        throw(ctypes.c_ulong(thread), ctypes.py_object(OverTime))
        time.sleep(0.005)


def _place(frame, limit):
    """The student's innermost line of a running thread."""
    message = f"not finished after {limit:g} seconds"
    while frame is not None:
        if _is_own(frame.f_code.co_filename):
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            return Raised("OverTime", message, short(line, 120), frame.f_lineno, True)
        frame = frame.f_back
    return Raised("OverTime", message)


# --- exceptions ---


def _raised(error: BaseException) -> Raised:
    kind = type(error)
    name = name_of(kind).split(" ", 1)[1]
    try:
        message = short(str(error), 300)
    except BaseException:
        message = ""
    if kind is KeyError:
        message = f"there is no key {message}"
    own = [(frame, number) for frame, number in traceback.walk_tb(error.__traceback__)
           if _is_own(frame.f_code.co_filename)]
    if not own:
        own = _syntax_place(error)
        return Raised(name, message, *own)
    frame, number = own[-1]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    return Raised(name, message, short(line, 120), number, True)


def _syntax_place(error):
    return (short((error.text or "").strip(), 120), error.lineno) if isinstance(error, SyntaxError) else ()


def _is_own(filename: str) -> bool:
    """Whether a file is the student's: not this library's, not Python's, not an installed package's."""
    if filename.startswith("<"):
        return filename.startswith(("<ipython-input", "<string>", "<stdin>"))
    return not filename.startswith((_COURSE, *_LIBRARY))


# --- prints and warnings ---


class _Transcript(io.TextIOBase):
    """Takes what student code prints and warns, up to a limit, and cannot be closed."""

    def __init__(self):
        self.parts, self.room, self.warned = [], MAX_PRINTED, []

    def clear(self):
        """Forget what belongs to the last instance; the room left is shared by all of them."""
        self.parts, self.warned = [], []

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"a text can be printed, not {name_of(type(text))}")
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return len(text)

    def close(self):
        pass

    def warn(self, message, category, filename, lineno, file=None, line=None):
        if len(self.warned) < MAX_WARNINGS:
            self.warned.append(short(f"{category.__name__}: {message}", 200))

    def added_to(self, outcome: Outcome) -> Outcome:
        if not self.parts and not self.warned:
            return outcome
        printed = "".join(self.parts) + (" …" if self.room < 0 else "")
        return Outcome(outcome.output, outcome.raised, outcome.changed, outcome.timed_out, outcome.seconds, printed,
                       tuple(dict.fromkeys(self.warned)))


@contextmanager
def _captured(transcript):
    """Prints and warnings go to the transcript; sys.stdout is put back even when student code replaced it."""
    out, err = sys.stdout, sys.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = transcript.warn
        sys.stdout = sys.stderr = transcript
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err

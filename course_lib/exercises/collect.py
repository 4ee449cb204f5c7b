"""The student's side of a check: run an answer on inputs, bring back plain data.

Nothing here knows what is right, so this half can run in a sandbox. Whatever the answer does (loops for ever, raises,
changes its inputs, returns something odd) becomes an `Outcome`. The answer runs in a thread of its own: a Ctrl-C stays
with the person who presses it, and an endless loop can be ended by an exception thrown into that thread.
"""

import _thread
import ast
import contextlib
import ctypes
import inspect
import io
import linecache
import sys
import sysconfig
import threading
import time
import warnings
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

MOST_ENTRIES = 10_000_000  #: of all arrays of one answer together
MOST_BYTES = 100_000_000  #: of all arrays and texts of one answer together, once they are copied
MOST_ITEMS = 20_000  #: of all tuples, lists and dicts of one answer together
MOST_BITS = 10_000  #: of a whole number
MOST_TEXT = 2_000
MOST_PRINTED = 2_000
MOST_WARNINGS = 3
MOST_DEPTH = 8
#: Seconds that code gets to stop after it was told to; a loop inside compiled code cannot be told.
GRACE = 0.5
#: Code that computes by the way, or on a machine where it hardly gets a turn, has this many times the limit.
WAITING = 5
#: A slice of which a thread uses less than this share is one of waiting; as many in a row as fill the limit end it.
IDLE = 0.02
#: What ended by itself after this many times the limit of processor time could not be looked at meanwhile.
LATE = 2
#: The thread is looked at once in so many seconds. Waiting is counted in these, not by a clock: when the whole machine
#: stands still, as on a shared server, nobody's time runs.
SLICE = 0.05

_OWN_FOLDERS = (
    str(Path(__file__).resolve().parents[1]),
    str(Path(np.__file__).parents[1]),
    *map(str, sysconfig.get_paths().values()),
)

# Bound once, so that a student who assigns to np.array meets only their own version.
_array, _ndarray, _generic = np.array, np.ndarray, np.generic


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
    line: str = ""  #: the student's own line that raised it, or that ran when time was over
    line_number: int = 0  #: 0 where no line of the student's was running
    at: str = ""  #: the part of the line that raised it, with the shapes in it: "`B @ a`: (3, 1) times (3,)"
    changed: tuple[int, ...] = ()  #: indices of arguments that the call changed in place
    attempted: bool = True
    timed_out: bool = False
    printed: str = ""
    warned: tuple[str, ...] = ()


class WrongKind(TypeError):
    """The answer is no function, or does not take what the exercise gives it."""


# --- plain data ---


def plain(value: Any) -> Any:
    """`value` as numbers, strings, plain arrays, tuples, lists and dicts of these, or `Foreign`.

    Calls no method that the student's classes define: their `==`, `__len__` or `__array__` may lie or never end.
    """
    return _Copier().copy(value, 0)


class _Copier:
    """Copies one answer, within limits for all of its parts together."""

    def __init__(self):
        self.entries, self.items, self.bytes = MOST_ENTRIES, MOST_ITEMS, MOST_BYTES

    def copy(self, value, depth):
        kind = type(value)
        if value is None or kind in (bool, complex):
            return value
        if issubclass(kind, str):
            text = str.__str__(str.__getitem__(value, slice(MOST_TEXT)))
            self.bytes -= 4 * len(text)
            return text if self.bytes >= 0 else Foreign("a collection of very long texts")
        if issubclass(kind, _ndarray):
            return self.array(value)
        if issubclass(kind, _generic) and kind.__module__ == "numpy":
            fits = _generic.dtype.__get__(value).kind in "biufc"
            return self.array(_array(value)) if fits else Foreign(described(value))
        if issubclass(kind, int):
            short_enough = int.bit_length(value) <= MOST_BITS
            return int.__int__(value) if short_enough else Foreign("a whole number of thousands of digits")
        if issubclass(kind, float):
            return float.__float__(value)
        if issubclass(kind, tuple | list | dict):
            return self.collection(value, next(base for base in (tuple, list, dict) if issubclass(kind, base)), depth)
        return Foreign(described(value))

    def array(self, value):
        dtype, size = _ndarray.dtype.__get__(value), _ndarray.size.__get__(value)
        if dtype.kind not in "biufcU":
            return Foreign(f"an array of {dtype} instead of numbers")
        self.entries -= size
        self.bytes -= size * dtype.itemsize  # of a broadcast array far more than it holds now
        if self.entries < 0 or self.bytes < 0:
            wide = f" of {dtype.itemsize:,} bytes" if dtype.itemsize > 8 else ""
            return Foreign(f"an array with {size:,} entries{wide}")
        return _array(value, subok=False, copy=True)

    def collection(self, value, base, depth):
        length = base.__len__(value)
        self.items -= length
        if depth >= MOST_DEPTH:
            return Foreign("a very deeply nested collection")
        if self.items < 0:
            return Foreign(f"a {base.__name__} with {length:,} entries")
        if base is dict:
            return {self.key(key): self.copy(item, depth + 1) for key, item in dict.items(value)}
        return base(self.copy(item, depth + 1) for item in base.__iter__(value))

    def key(self, key):
        key = self.copy(key, MOST_DEPTH)
        return key if isinstance(key, str) else f"{key!r:.40}"


def described(value: Any) -> str:
    """A kind of thing in words: "a function", "a generator", "a set"."""
    kind = type(value)
    if callable(value):
        return "a function" if issubclass(kind, _FUNCTIONS) else "a class or callable object"
    name = _name(kind)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _name(kind: type) -> str:
    """The name of a type, whatever its own metaclass says of it."""
    return type.__dict__["__name__"].__get__(kind)[:60]


_FUNCTIONS = (type(described), type(len), type(str.join), np.ufunc)


# --- one call ---


def run(exercise, answer: Any, instance: tuple) -> Outcome:
    """One call in this thread, with everything it can do wrong except not ending."""
    arguments = deepcopy(instance)
    before = [_bytes(argument) for argument in arguments]
    try:
        _expect_answer(exercise, answer)
        if exercise.call is not None:
            value = exercise.call(answer, *arguments)
        elif callable(exercise.reference):
            _expect_arguments(exercise, answer, arguments)
            value = answer(*arguments)
        else:
            value = answer
        attempted, value = value is not Ellipsis, plain(value)
    except OutOfTime:
        raise
    except BaseException as error:  # also the SystemExit or KeyboardInterrupt that a student's code may raise
        return _failed(error, answer)
    changed = tuple(i for i, argument in enumerate(arguments) if _bytes(argument) != before[i])
    return Outcome(value=value, changed=changed, attempted=attempted)


def _bytes(value: Any, depth: int = 0) -> Any:
    """A picture of an argument that tells any change from none, NaN included; coarse where no instance is so large."""
    if isinstance(value, np.ndarray):
        small = value.size * value.dtype.itemsize <= MOST_BYTES
        return value.shape, value.dtype.str, value.tobytes() if small else b""
    if isinstance(value, tuple | list):
        return tuple(_bytes(part, depth + 1) for part in value) if depth < MOST_DEPTH else None
    return repr(value) if isinstance(value, dict | float | int | str) else None


def _expect_answer(exercise, answer) -> None:
    if _is_blank(answer):
        raise NotImplementedError
    if callable(exercise.reference) and not callable(answer):
        raise WrongKind(
            f"{exercise.title} is to be a function; this is {described(answer)}. Give its name without parentheses"
        )
    if callable(answer) and not callable(exercise.reference):
        raise WrongKind(f"a value is expected; this is {described(answer)}. Call it with parentheses")


def _is_blank(answer, depth=0) -> bool:
    """None, `...`, or tuples, lists and dicts that hold nothing else."""
    kind = type(answer)
    if kind not in (tuple, list, dict):
        return answer is None or answer is Ellipsis
    parts = list(answer.values()) if kind is dict else answer
    return depth < 3 and 0 < len(parts) < 1_000 and all(_is_blank(part, depth + 1) for part in parts)


def _expect_arguments(exercise, answer, arguments) -> None:
    try:
        signature = inspect.signature(answer)
    except Exception:  # built-in functions have none, and a student's class may break it
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        called = ", ".join(exercise.arguments) or f"{len(arguments)} values"
        text = f"{exercise.title} takes {str(signature)[:120]}, but is called with ({called}): {error}"
        raise WrongKind(text) from None


def _failed(error: BaseException, answer: Any = None) -> Outcome:
    """What is told of an exception, of whose type only the name is sure."""
    if issubclass(type(error), NotImplementedError):
        return Outcome(attempted=False)
    try:
        return _told_of(error, answer)
    except OutOfTime:
        raise
    except BaseException:  # the student's frames and globals may hold anything
        return Outcome(error=_name(type(error)))


def _told_of(error: BaseException, answer: Any) -> Outcome:
    message = _said_by(error)
    own = [entry for entry in _entries(error) if _is_own(entry.tb_frame)]
    if not own:
        return Outcome(error=_name(type(error)), message=message)
    cell = answer.__code__.co_filename if isinstance(answer, _FUNCTIONS[0]) else ""
    last = next((entry for entry in reversed(own) if entry.tb_frame.f_code.co_filename == cell), own[-1])
    if last is own[-1]:
        at = operands(last)
    else:  # a function of an earlier cell that this one calls
        line, _ = _line(own[-1].tb_frame, own[-1].tb_lineno)
        at = f"inside of `{own[-1].tb_frame.f_code.co_name[:40]}` from an earlier cell, `{line}`"
    line, number = _line(last.tb_frame, last.tb_lineno)
    return Outcome(error=_name(type(error)), message=message, line=line, line_number=number, at=at[:200])


def _entries(error: BaseException):
    entry = BaseException.__traceback__.__get__(error)
    while entry is not None:
        yield entry
        entry = entry.tb_next


def _said_by(error: BaseException) -> str:
    """str(error), unless it would write out a collection: that may never end, and no exception reaches it."""
    values = BaseException.args.__get__(error)
    if not _is_short(values):
        return f"raised with {' and '.join(map(described, values[:3]))}"
    try:
        return str.__getitem__(str(error), slice(300))
    except OutOfTime:
        raise
    except BaseException:  # an exception class of the student's own may fail here too
        return ""


def _is_short(value, depth=0) -> bool:
    kind = type(value)
    if kind in (tuple, list):
        return depth < 3 and len(value) <= 20 and all(_is_short(item, depth + 1) for item in value)
    if issubclass(kind, _ndarray):
        return _ndarray.dtype.__get__(value).kind in "biufcU"
    return value is None or issubclass(kind, str | int | float | complex | _generic | np.dtype | np.ufunc | type)


def _is_own(frame) -> bool:
    """Whether a frame is the student's: neither ours, nor Python's, nor a library's."""
    name = frame.f_code.co_filename
    if name.endswith(".pyx"):  # compiled parts of NumPy's generators name their source without a folder
        return False
    module = frame.f_globals.get("__name__")
    if type(module) is str and module.startswith("course_lib."):  # the methods that a dataclass writes itself
        return False
    return not name.startswith((*_OWN_FOLDERS, "<frozen", "<__array_function__"))


_SIGNS = {ast.MatMult: "times", ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times, entry by entry,",
          ast.Div: "divided by", ast.Pow: "to the power of"}
#: an operand that may be worked out again: it calls nothing
_HARMLESS = (ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp,
             ast.operator, ast.unaryop, ast.expr_context)


def operands(entry) -> str:
    """The part of the line that failed, in the student's own words, with what stands in it; empty where it is unclear.

    `B @ a`: (3, 1) times (3,). Only names, indices and arithmetic of plain arrays are worked out again.
    """
    try:
        frame = entry.tb_frame
        first, last, begin, end = list(frame.f_code.co_positions())[entry.tb_lasti // 2]
        if first != last or begin is None:
            return ""
        line = linecache.getline(frame.f_code.co_filename, first)
        text = line.encode()[begin:end].decode().strip()
        match ast.parse(text).body:
            case [ast.Expr(ast.BinOp(left, op, right))] | [ast.AugAssign(left, op, right)] if type(op) in _SIGNS:
                one, two = (_kind(side, frame) for side in (left, right))
                if isinstance(op, ast.MatMult):  # of other operations the error itself tells both shapes
                    one, two = one or "what stands left", two or "what stands right"
                told = f"{one} {_SIGNS[type(op)]} {two}" if one and two else ""
            case [ast.Expr(ast.Subscript(value, index))]:
                one, two = _kind(value, frame), _index(index, frame)
                told = f"{ast.unparse(value)} is {one}, the index is {two}" if one and two else ""
            case [ast.Expr(ast.Call(_, arguments))]:
                kinds = [(ast.unparse(argument), _kind(argument, frame)) for argument in arguments]
                told = ", ".join(f"{name} is {kind}" for name, kind in kinds if kind and not name[0].isdigit())
            case _:
                return ""
        return f"`{text}`" + (f": {told}" if told else "")
    except Exception:  # the source may have changed, or a name hold anything
        return ""


def _worked_out(node: ast.AST, frame) -> Any:
    """The value of an operand, or None where it is none of the harmless ones."""
    for part in ast.walk(node):
        if not isinstance(part, _HARMLESS):
            return None
        if isinstance(part, ast.Attribute) and part.attr not in ("T", "shape", "size"):
            return None
        if isinstance(part, ast.Name) and type(_looked_up(part.id, frame)) not in (
                _ndarray, int, float, list, tuple, np.float64, np.int64):
            return None
    names = {part.id: _looked_up(part.id, frame) for part in ast.walk(node) if isinstance(part, ast.Name)}
    return eval(compile(ast.Expression(node), "<operand>", "eval"), {"__builtins__": {}}, names)


def _looked_up(name: str, frame) -> Any:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _kind(node: ast.AST, frame) -> str:
    value = _worked_out(node, frame)
    if type(value) is _ndarray and value.ndim:
        return str(value.shape)
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} with {len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return "one number" if isinstance(value, int | float | _generic | _ndarray) else ""


def _index(node: ast.AST, frame) -> str:
    value = _worked_out(node, frame)
    if isinstance(value, int | np.int64):
        return str(int(value))
    if isinstance(value, tuple) and all(isinstance(k, int | np.int64) for k in value):
        return str(tuple(map(int, value)))
    return ""


def _line(frame, number) -> tuple[str, int]:
    # without the frame's globals: a loader among them would be the student's own code, and run here
    return linecache.getline(frame.f_code.co_filename, number).strip()[:160], number


# --- all calls, within the limits ---


def collect(exercise, answer: Any, instances, seconds: float | None = None) -> list[Outcome]:
    """Run `answer` on every instance, in a thread of its own that is stopped when the time is over.

    Parameters
    ----------
    seconds : float
        Processor time for all instances together; the exercise's own limit by default.

    Returns
    -------
    list of Outcome
        One for each instance; after a time-out the rest is `timed_out`. Raises nothing but a Ctrl-C of the user.
    """
    outcomes: list[Outcome] = []
    said = _Said()

    def work():
        for instance in instances:
            said.clear()
            sys.stdout = sys.stderr = said  # again for each call: the answer may have replaced them
            outcome = run(exercise, answer, instance)
            outcomes.append(said.added_to(outcome))
            if not outcome.attempted:
                break

    limit = exercise.seconds if seconds is None else seconds
    with _listening(said):
        stopped = _run_limited(work, limit)
        if stopped and stopped.too_late:  # once more: kernels that were compiled on the way are ready now
            outcomes.clear()
            stopped = _run_limited(work, limit)
    stopped = stopped or Stopped()
    done = list(outcomes)
    if done and not done[-1].attempted:
        return [Outcome(attempted=False) for _ in instances]
    rest = Outcome(timed_out=True, line=stopped.line, line_number=stopped.number, message=stopped.why)
    if stopped.too_late:
        done = []
    return done + [rest] * (len(instances) - len(done))


def in_time(work, seconds: float) -> bool:
    """Run `work` as an answer is run, with what it says lost; whether it ended within so much processor time."""
    said = _Said()

    def quietly():
        sys.stdout = sys.stderr = said
        work()

    with _listening(said):
        return _run_limited(quietly, seconds) is None


class OutOfTime(SystemExit):
    """Thrown into the student's thread; no `except Exception` catches it.

    It is built when something catches it. From then on the student's next line raises again, so that a bare `except`
    inside an endless loop does not keep the loop alive. One that comes when the thread is just about to end reaches
    nobody: as a SystemExit it ends the thread without a report.
    """

    def __init__(self):
        frame = sys._getframe()
        while frame is not None:
            frame.f_trace = _raise_again
            frame = frame.f_back
        sys.settrace(_raise_again)


def _raise_again(frame, event, argument):
    if event == "line" and _is_own(frame):
        raise OutOfTime
    return _raise_again


@dataclass(frozen=True)
class Stopped:
    """The student's line where time was over, and what else is known about it."""

    line: str = ""
    number: int = 0
    why: str = ""
    too_late: bool = False  #: it ended by itself, when time had long been over


def _run_limited(work, seconds: float) -> Stopped | None:
    """Run `work` in a thread; None when it ended by itself in time."""
    finished, begin = threading.Event(), time.monotonic()
    state = {"alive": True, "clock": None, "used": 0.0}

    def body():
        try:
            state["clock"] = _processor_clock()
            work()
            state["used"] = time.thread_time()
            finished.set()
        except BaseException:  # no call may follow: another OutOfTime can be waiting for one
            pass
        state["alive"] = False

    thread = _thread.start_new_thread(body, ())
    stopped, clock = None, _Clock(seconds)
    try:
        while state["alive"] and not finished.wait(clock.slice):
            if clock.is_over(state["clock"]):
                line, number = _place(sys._current_frames().get(thread))
                stopped = Stopped(line, number, clock.why())
                break
    finally:  # also when the person at the keyboard interrupts
        if not finished.is_set():
            _stop(thread, state)
    if stopped is None and state["used"] > max(LATE * seconds, LATE * SLICE):
        return Stopped(why=_kept_python(time.monotonic() - begin), too_late=True)
    return stopped


def _processor_clock() -> int | None:
    """The clock of this thread's processor time: on a busy machine an honest answer must not run out of time."""
    return time.pthread_getcpuclockid(threading.get_ident()) if hasattr(time, "pthread_getcpuclockid") else None


def _kept_python(seconds: float) -> str:
    return f"It took {seconds:.1f} s: compiled code that keeps Python to itself is not stopped until it ends by itself."


class _Clock:
    """Tells when a thread's time is over: computing by its processor time, waiting by the slices that it waits."""

    def __init__(self, seconds: float):
        self.seconds, self.slice = seconds, min(SLICE, seconds)
        self.waited = self.idle = self.used = self.unseen = 0.0
        self.looked = time.monotonic()

    def is_over(self, clock: int | None) -> bool:
        """Count one more slice."""
        now = time.monotonic()
        self.unseen, self.looked = max(self.unseen, now - self.looked), now
        self.waited += self.slice
        if clock is None:  # not on every system
            return self.waited >= self.seconds
        try:
            used = time.clock_gettime(clock)
        except OSError:  # the thread has just ended
            return False
        # Code that hardly gets a turn has now and then a slice in which it computes.
        self.idle = self.idle + self.slice if used - self.used < IDLE * self.slice else 0.0
        self.used = used
        return used >= self.seconds or self.idle >= self.seconds or self.waited >= WAITING * self.seconds

    def why(self) -> str:
        """What is said about code that waited, or that could not be looked at."""
        if self.unseen > LATE * self.seconds:
            return _kept_python(self.unseen)
        if self.idle < self.seconds:
            return ""
        return "All that time it waited and computed nothing: in a sleep, for a lock, or for an input()."


def _place(frame) -> tuple[str, int]:
    """The student's innermost line in a running thread."""
    while frame is not None and not _is_own(frame):
        frame = frame.f_back
    return ("", 0) if frame is None else _line(frame, frame.f_lineno)


def _stop(thread: int, state: dict) -> None:
    """Throw `OutOfTime` into the thread until it ends."""
    end = time.monotonic() + GRACE
    while state["alive"] and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
        time.sleep(0.005)


# --- what the code says while it runs ---


class _Said(io.TextIOBase):
    """Keeps the start of what the answer prints and warns, and cannot be closed."""

    def __init__(self):
        self.room = MOST_PRINTED
        self.clear()

    def clear(self) -> None:
        """Forget what belongs to the call before; the room that is left is shared by all calls."""
        self.text, self.warned = "", []

    def writable(self) -> bool:
        return True

    def write(self, text) -> int:
        if not isinstance(text, str):
            raise TypeError(f"only a text can be written, not {described(text)}")
        self.text += text[: max(0, self.room)]
        self.room -= len(text)
        return len(text)

    def close(self) -> None:
        pass

    def warn(self, message, category, filename, lineno, file=None, line=None) -> None:
        if len(self.warned) < MOST_WARNINGS:
            self.warned.append(f"{category.__name__}: {str(message)[:160]}")

    def added_to(self, outcome: Outcome) -> Outcome:
        if not self.text and not self.warned:
            return outcome
        return replace(outcome, printed=self.text, warned=tuple(dict.fromkeys(self.warned)))


@contextlib.contextmanager
def _listening(said: _Said):
    """Prints and warnings go to `said`; sys.stdout is put back even when the answer replaced it or never ended."""
    out, err = sys.stdout, sys.stderr
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = said.warn
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err

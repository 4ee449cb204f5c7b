"""The student's side of a check: run an answer on inputs, bring back plain data.

Nothing here knows what is right, so this half can run in a sandbox. Whatever the answer does (loops for ever, raises,
changes its inputs, returns something odd) becomes an `Outcome`. What does not end is ended by `deadline`.
"""

import contextlib
import inspect
import io
import sys
import warnings
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib.exercises.deadline import OutOfTime, Stopped, run_limited
from course_lib.exercises.decompositions import of_finite_arrays
from course_lib.exercises.frames import is_own, line_of, operands

MOST_ENTRIES = 10_000_000  #: of all arrays of one answer together
MOST_BYTES = 100_000_000  #: of all arrays and texts of one answer together, once they are copied
MOST_ITEMS = 20_000  #: of all tuples, lists and dicts of one answer together
MOST_BITS = 10_000  #: of a whole number
MOST_TEXT = 2_000
MOST_PRINTED = 2_000
MOST_WARNINGS = 3
MOST_DEPTH = 8
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
    arguments = _copied(instance)
    before = [_bytes(argument) for argument in arguments]
    try:
        _expect_answer(exercise, answer)
        if exercise.call is not None:
            value = exercise.call(answer, *arguments)
        elif callable(exercise.reference):
            value = _called(exercise, answer, arguments)
        else:
            value = answer
        attempted, value = value is not Ellipsis, plain(value)
    except OutOfTime:
        raise
    except BaseException as error:  # also the SystemExit or KeyboardInterrupt that a student's code may raise
        return _failed(error, answer)
    changed = tuple(i for i, argument in enumerate(arguments) if _bytes(argument) != before[i])
    return Outcome(value=value, changed=changed, attempted=attempted)


def _copied(value: Any, depth: int = 0) -> Any:
    """deepcopy, which takes long for what most arguments are."""
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return value.copy("K")
    if isinstance(value, tuple) and depth < MOST_DEPTH:
        return tuple(_copied(part, depth + 1) for part in value)
    return value if type(value) in (int, float, str, bool) else deepcopy(value)


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


def _called(exercise, answer, arguments) -> Any:
    try:
        return answer(*arguments)
    except TypeError:
        _expect_arguments(exercise, answer, arguments)
        raise


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
    own = [entry for entry in _entries(error) if is_own(entry.tb_frame)]
    if not own:
        return Outcome(error=_name(type(error)), message=message)
    cell = answer.__code__.co_filename if isinstance(answer, _FUNCTIONS[0]) else ""
    last = next((entry for entry in reversed(own) if entry.tb_frame.f_code.co_filename == cell), own[-1])
    if last is own[-1]:
        at = operands(last)
    else:  # a function of an earlier cell that this one calls
        line, _ = line_of(own[-1].tb_frame, own[-1].tb_lineno)
        at = f"inside of `{own[-1].tb_frame.f_code.co_name[:40]}` from an earlier cell, `{line}`"
    line, number = line_of(last.tb_frame, last.tb_lineno)
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
        stopped = run_limited(work, limit)
        if stopped and stopped.too_late:  # once more: kernels that were compiled on the way are ready now
            outcomes.clear()
            stopped = run_limited(work, limit)
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
        return run_limited(quietly, seconds) is None


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
    """Prints and warnings go to `said`; sys.stdout is put back even when the answer replaced it or never ended.

    No decomposition of an infinite array keeps the kernel meanwhile.
    """
    out, err = sys.stdout, sys.stderr
    with warnings.catch_warnings(), of_finite_arrays():
        warnings.simplefilter("default")
        warnings.showwarning = said.warn
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err

"""Edited programs of an answer at work: beside the student's variables, not on them, and never for ever.

Nothing here knows what is right, so it may enter a sandbox, beside `collect`.
"""

import ast
import math
import mmap
import random
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from copy import deepcopy
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome, run

try:
    import resource
except ImportError:  # Windows
    resource = None

TICK = "_tick_"
CALL_OF_TICK = ast.parse(f"{TICK}()").body[0]
CELL = "<candidate>"  #: the file name of what is built here
LEAST_TICKS = 2_000  #: that every call may use
TIMES = 5  #: as many ticks as the answer itself used
AS_IT_IS = 100 * LEAST_TICKS  #: that the answer itself may use, before that is known
WEIGHED = 64  #: so many ticks after each other pass without a look at the memory, which takes long
MOST_MEMORY = 400 * 2**20  #: bytes by which the process may grow while edited programs are at work
MOST_ROOM = 2**30  #: bytes of addresses that they may take, of which they need not use all
MOST_DATA = 1_000_000  #: entries of the arrays among the student's variables
SHARED = (ModuleType, type, FunctionType, BuiltinFunctionType, np.ufunc)


class TooLong(BaseException):
    """A call has used up its ticks; no `except Exception` of the student's catches it."""


def memory() -> int:
    """Bytes that this process holds; 0 where the system does not say."""
    _, held = addresses_and_memory()
    return held


def addresses_and_memory() -> tuple[int, int]:
    """Bytes that this process may name, and those that it holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            addresses, held, *_ = (int(pages) * mmap.PAGESIZE for pages in file.read().split())
            return addresses, held
    except OSError:
        return 0, 0


@contextmanager
def little_room(addresses: int):
    """Meanwhile what asks for MOST_ROOM beyond so many bytes fails with a MemoryError, where the system can do that: a
    list that doubles itself from call to call has filled the machine before `_tick` looks at the memory.
    """
    if resource is None or not addresses:
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [each for each in (before, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([addresses + MOST_ROOM, *limits]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def limit_after(ticks: int) -> int:
    """How many ticks an edited answer may use, where the answer itself used so many."""
    return max(LEAST_TICKS, TIMES * ticks)


def counted(units: list[ast.stmt]) -> list[ast.stmt]:
    """The functions and loops in which `compiled` lets every call and every round tick."""
    nodes = (node for unit in units for node in ast.walk(unit))
    return [node for node in nodes if isinstance(node, ast.FunctionDef | ast.For | ast.While)]


def compiled(units: list[ast.stmt], ticking: list[ast.stmt]) -> CodeType | None:
    """Definitions as code in which all of `ticking` tick; None where they are no program. No node stays changed."""
    for node in ticking:
        node.body.insert(0, CALL_OF_TICK)
    try:
        return compile(ast.Module(units, []), CELL, "exec")
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None
    finally:
        for node in ticking:
            del node.body[0]


class Beside:
    """A copy of the variables that an answer meets, in which edited programs of it are built and called."""

    def __init__(self, answer: FunctionType, words: Iterable[str]):
        """
        Parameters
        ----------
        answer : function
            The student's.
        words : iterable of str
            The names in its source.

        Raises
        ------
        ValueError
            When the data are too many to be copied for each call, or belong to a closure.
        """
        self.space, self.data = _copied(answer.__globals__, words)
        self.space[TICK] = self._tick
        self.ticks, self.limit = 0, math.inf  #: of the call that ran last; that a call may use
        self.addresses, self.memory = addresses_and_memory()  #: of the process before all calls

    def _tick(self) -> None:
        self.ticks += 1
        if self.ticks > self.limit or (self.ticks % WEIGHED == 0 and memory() > self.memory + MOST_MEMORY):
            raise TooLong

    def built(self, code: CodeType, name: str) -> Any:
        """What the code defines under this name; None where it fails."""
        self.ticks = 0
        try:
            exec(code, self.space)
        except (Exception, TooLong):  # a default value, or what a class works out when it is made
            return None
        return self.space[name]

    def outcome(self, exercise, answer: Any, instance: tuple) -> Outcome:
        """What a built answer gives on one instance."""
        if self.data:
            self.space.update(deepcopy(self.data))
        self.ticks = 0
        with little_room(self.addresses):
            return run(exercise, answer, instance)


def _copied(own: dict, words: Iterable[str]) -> tuple[dict, dict]:
    """(variables, those of them that are data); functions are made anew, so that they meet only the copies."""
    space, done = dict(own), set()
    open_ones = sorted(set(words) & own.keys())
    while open_ones:
        word = open_ones.pop()
        value = own[word]
        done.add(word)
        if isinstance(value, FunctionType) and value.__globals__ is own:
            if value.__closure__:
                raise ValueError("a closure keeps what cannot be copied")
            space[word] = FunctionType(value.__code__, space, word, deepcopy(value.__defaults__))
            space[word].__kwdefaults__ = deepcopy(value.__kwdefaults__)
            open_ones += sorted(set(value.__code__.co_names) & own.keys() - done)
    data = {word: own[word] for word in done if not isinstance(own[word], SHARED)}
    if sum(value.size for value in data.values() if isinstance(value, np.ndarray)) > MOST_DATA:
        raise ValueError("too many data")
    return space, deepcopy(data)


@contextmanager
def random_numbers_kept():
    """Afterwards whoever draws from a shared generator gets what would have come anyway."""
    numpys, pythons = np.random.get_state(), random.getstate()  # noqa: NPY002  (students draw from it all the same)
    layers = sys.modules.get("course_lib.nn.init")  # not imported for this alone
    state = layers and layers._own.bit_generator.state
    try:
        yield
    finally:
        np.random.set_state(numpys)  # noqa: NPY002
        random.setstate(pythons)
        if layers:
            layers._own.bit_generator.state = state

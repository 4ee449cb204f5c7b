"""Edited answers at work: beside the student's variables, not on them, and never for ever."""

import ast
from copy import deepcopy
from dataclasses import replace
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome, run
from course_lib.exercises.compare import in_form, same_outcome, same_value
from course_lib.exercises.diagnoses.evidence import parts_of
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.source import Source
from course_lib.exercises.repair.tree import LOAD, placed

TICK = "_tick_"
CELL = "<candidate>"  #: the file name of what is built here
LEAST_TICKS = 2_000  #: that every call may use
TIMES = 5  #: as many ticks as the answer itself used
MOST_PARTS = 13
MOST_DATA = 1_000_000  #: entries of the arrays among the student's variables
SHARED = (ModuleType, type, FunctionType, BuiltinFunctionType, np.ufunc)


class TooLong(BaseException):
    """A call has used up its ticks; no `except Exception` of the student's catches it."""


class Trial:
    """Builds the source as it stands, and calls it."""

    def __init__(self, exercise: Exercise, answer: Any, source: Source, known: Expected):
        self.exercise, self.source, self.known = exercise, source, known
        self.space = self._copied_namespace(answer)
        self.space[TICK] = self.tick
        self.bodies = [node for node in source.nodes() if isinstance(node, ast.FunctionDef | ast.For | ast.While)]
        self.seen: set = set()
        shapes = {getattr(want.value, "shape", ()) for want in known.right}
        #: a short vector of the same length on every instance counts as so many outputs
        self.by_entry = len(known.right) > 1 and len(shapes) == 1 and shapes <= {(n,) for n in range(2, MOST_PARTS)}
        self.ticks, self.limit = 0, np.inf

    def _copied_namespace(self, answer):
        """The student's variables; functions of theirs are made anew, so that they meet only the copies.

        Raises
        ------
        ValueError
            When the data are too many to be copied for each call, or belong to a closure.
        """
        own = answer.__globals__
        space, words = dict(own), {node.id for node in self.source.nodes() if isinstance(node, ast.Name)}
        open_ones = sorted(words & own.keys())
        done: set = set()
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
        self.data = {word: own[word] for word in done if not isinstance(own[word], SHARED)}
        if sum(value.size for value in self.data.values() if isinstance(value, np.ndarray)) > MOST_DATA:
            raise ValueError("too many data")
        self.data = deepcopy(self.data)
        return space

    def tick(self) -> None:
        """Count one more round of a loop, or one more call."""
        self.ticks += 1
        if self.ticks > self.limit:
            raise TooLong

    def answer(self) -> Any:
        """The answer as the source stands now; None when it is no program, or was tried before."""
        tick = placed(ast.Expr(ast.Call(ast.Name(TICK, LOAD), [], [])), self.source.answer)
        for node in self.bodies:
            node.body.insert(0, tick)
        try:
            code = compile(ast.Module(self.source.units, []), CELL, "exec")
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return None
        finally:
            for node in self.bodies:
                node.body.remove(tick)
        key = _same(code)
        if key in self.seen:
            return None
        self.seen.add(key)
        self.ticks = 0
        try:
            exec(code, self.space)
        except (Exception, TooLong):  # a default value, or what a class works out when it is made
            return None
        return self.space[self.source.answer.name]

    def outcome(self, answer: Any, i: int, known: Expected | None = None) -> Outcome:
        """What the answer gives on instance i."""
        known = known or self.known
        if self.data:
            self.space.update(deepcopy(self.data))
        self.ticks = 0
        instance = known.instances[i]
        got, = read(self.exercise, [run(self.exercise, answer, instance)], [instance])
        value = in_form(got.value, known.right[i].value, self.exercise)
        return got if value is got.value else replace(got, value=value)

    def right_parts(self, got: Outcome, i: int) -> tuple[bool, ...]:
        """Which outputs are right on instance i; none when an argument was changed."""
        want = self.known.right[i]
        wanted, came = self._parts(want.value), self._parts(got.value)
        failed = got.error or got.timed_out or not got.attempted or got.changed != want.changed
        if failed or [name for name, _ in came] != [name for name, _ in wanted]:
            return (False,) * len(wanted)
        return tuple(same_value(g, w, self.exercise.rtol, self.exercise.atol)
                     for (_, g), (_, w) in zip(came, wanted, strict=True))

    def _parts(self, value: Any) -> list[tuple[str, Any]]:
        if self.by_entry and isinstance(value, np.ndarray) and value.ndim == 1:
            return [("", entry) for entry in value.tolist()]
        return parts_of(self.exercise, value)

    def agrees(self, answer: Any, known: Expected) -> bool:
        """Whether the answer is right on all instances of another draw."""
        return all(same_outcome(self.outcome(answer, i, known), want, self.exercise)
                   for i, want in enumerate(known.right))

    def passes(self, answer: Any) -> bool:
        """Whether the answer is right on all instances, in the eyes of the judge."""
        outcomes = []
        for i, want in enumerate(self.known.right):
            outcomes.append(self.outcome(answer, i))
            if not same_outcome(outcomes[-1], want, self.exercise):
                return False
        return judge(self.exercise, outcomes, self.known).status == "right"


def _same(code: CodeType) -> tuple:
    """Equal for code that does the same, wherever it stands."""
    constants = tuple(_same(c) if isinstance(c, CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars

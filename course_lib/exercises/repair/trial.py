"""Edited answers at work: beside the student's variables, not on them, and never for ever."""

import ast
from types import CodeType
from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome, same_value
from course_lib.exercises.diagnoses.evidence import parts_of
from course_lib.exercises.edited import Beside, compiled, counted
from course_lib.exercises.expect import Expected, understood
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.source import Source

MOST_PARTS = 13


class Trial:
    """Builds the source as it stands, and calls it."""

    def __init__(self, exercise: Exercise, answer: Any, source: Source, known: Expected):
        self.exercise, self.source, self.known = exercise, source, known
        self.beside = Beside(answer, {node.id for node in source.nodes() if isinstance(node, ast.Name)})
        self.ticking = counted(source.units)
        self.seen: set = set()
        shapes = {getattr(want.value, "shape", ()) for want in known.right}
        #: a short vector of the same length on every instance counts as so many outputs
        self.by_entry = len(known.right) > 1 and len(shapes) == 1 and shapes <= {(n,) for n in range(2, MOST_PARTS)}

    def answer(self) -> Any:
        """The answer as the source stands now; None when it is no program, or was tried before."""
        code = compiled(self.source.units, self.ticking)
        key = code and _same(code)
        if code is None or key in self.seen:
            return None
        self.seen.add(key)
        return self.beside.built(code, self.source.answer.name)

    def outcome(self, answer: Any, i: int, known: Expected | None = None) -> Outcome:
        """What the answer gives on instance i."""
        known = known or self.known
        instance = known.instances[i]
        return understood(self.exercise, self.beside.outcome(self.exercise, answer, instance), instance, known.right[i])

    def right_parts(self, got: Outcome, i: int) -> tuple[bool, ...]:
        """Which outputs are right on instance i; none when an argument was changed."""
        want = self.known.right[i]
        wanted, came = self.parts(want.value), self.parts(got.value)
        failed = got.error or got.timed_out or not got.attempted or got.changed != want.changed
        if failed or [name for name, _ in came] != [name for name, _ in wanted]:
            return (False,) * len(wanted)
        return tuple(same_value(g, w, self.exercise.rtol, self.exercise.atol)
                     for (_, g), (_, w) in zip(came, wanted, strict=True))

    def every(self, answer: Any) -> list[tuple[bool, ...]]:
        """Which outputs are right on each instance."""
        return [self.right_parts(self.outcome(answer, i), i) for i in range(len(self.known.instances))]

    def has_right_value(self, got: Outcome, i: int) -> bool:
        """Whether the result is right on instance i, whatever was changed."""
        failed = got.error or got.timed_out or not got.attempted
        return not failed and same_value(got.value, self.known.right[i].value, self.exercise.rtol, self.exercise.atol)

    def parts(self, value: Any) -> list[tuple[str, Any]]:
        """The outputs by their names; of a short vector its entries."""
        if self.by_entry and isinstance(value, np.ndarray) and value.ndim == 1:
            return [("", entry) for entry in value.tolist()]
        return parts_of(self.exercise, value)

    def agrees(self, answer: Any, known: Expected) -> bool:
        """Whether the answer is right on all instances of another draw."""
        return all(same_outcome(self.outcome(answer, i, known), want, self.exercise)
                   for i, want in enumerate(known.right))

    def left_open(self, answer: Any, known: Expected) -> list[str] | None:
        """The labels of the instances on which it is wrong; None where one of them has no label."""
        labels = [getattr(known.instances[i], "label", "") for i, want in enumerate(known.right)
                  if not same_outcome(self.outcome(answer, i, known), want, self.exercise)]
        return labels if all(labels) else None

    def passes(self, answer: Any) -> bool:
        """Whether the answer is right on all instances, in the eyes of the judge."""
        came = []
        for instance, want in zip(self.known.instances, self.known.right, strict=True):
            came.append(self.beside.outcome(self.exercise, answer, instance))
            if not same_outcome(understood(self.exercise, came[-1], instance, want), want, self.exercise):
                return False
        return judge(self.exercise, came, self.known).status == "right"  # which reads them once more


def _same(code: CodeType) -> tuple:
    """Equal for code that does the same, wherever it stands."""
    constants = tuple(_same(c) if isinstance(c, CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars

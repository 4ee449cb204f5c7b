"""One output followed through all instances: what came beside what is wanted."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from course_lib.exercises.compare import floats, is_numeric, same_value
from course_lib.exercises.diagnoses.evidence import Evidence, parts_of
from course_lib.exercises.diagnoses.kind import structure_message


@dataclass(frozen=True)
class Column:
    """One output on every instance on which there is something to compare."""

    name: str  #: empty where there is one output
    got: list[np.ndarray]
    want: list[np.ndarray]
    instances: list[tuple]
    right: list[bool]  #: instance by instance
    truth: bool = False  #: whether truth values are wanted

    @property
    def who(self) -> str:
        """What a sentence about it begins with."""
        return self.name or "The answer"

    @property
    def same_shape(self) -> bool:
        """Whether every array has the wanted shape."""
        return all(g.shape == w.shape for g, w in zip(self.got, self.want, strict=True))

    def inside(self) -> "Column":
        """Without the inputs that follow from a contract: on its edge an entry may be right by chance."""
        return self._where(lambda instance: not getattr(instance, "edge", False))

    def plain(self) -> "Column":
        """On the inputs without a label alone."""
        return self._where(lambda instance: not getattr(instance, "label", ""))

    def _where(self, is_kept: Callable[[tuple], bool]) -> "Column":
        kept = [k for k, instance in enumerate(self.instances) if is_kept(instance)]
        return replace(self, **{name: [getattr(self, name)[k] for k in kept]
                                for name in ("got", "want", "instances", "right")})

    def pairs(self) -> list[tuple[np.ndarray, np.ndarray, tuple]]:
        """(got, want, instance) of each instance."""
        return list(zip(self.got, self.want, self.instances, strict=True))


def columns(seen: Evidence) -> list[Column]:
    """Every output that consists of numbers, in order of computation.

    Empty where a plain instance has no value: a relation must hold on all of them. An instance with a label may fail in
    its own way (overflow, a tie) and is then left out.
    """
    exercise = seen.exercise
    rows = []
    for got, want, instance in zip(seen.outcomes, seen.known.right, seen.known.instances, strict=True):
        if not (got.error or got.timed_out or structure_message(exercise, got.value, want.value)):
            rows.append((parts_of(exercise, got.value), parts_of(exercise, want.value), instance))
        elif not getattr(instance, "label", ""):
            return []
    made = []
    # where there are as many outputs as layers or batches, those that every instance has
    for k in exercise.order_of(min((len(want) for _, want, _ in rows), default=0)):
        got, want = [row[0][k][1] for row in rows], [row[1][k][1] for row in rows]
        if all(map(is_numeric, got + want)):
            arrays = [[np.asarray(value) for value in values] for values in (got, want)]
            if all(a.dtype.kind in "biuf" for a in arrays[0] + arrays[1]):
                right = [same_value(g, w, exercise.rtol, exercise.atol) for g, w in zip(got, want, strict=True)]
                made.append(Column(rows[0][1][k][0], *([floats(a) for a in values] for values in arrays),
                                   [row[2] for row in rows], right, all(w.dtype.kind == "b" for w in arrays[1])))
    return made


def first_wrong(seen: Evidence) -> Column | None:
    """The output that is wrong first in the order of computation; None where it cannot be followed."""
    return next((column for column in columns(seen) if not all(column.right)), None)


def related(seen: Evidence) -> Column | None:
    """The same, where yours and the right one are not so close that any relation between them is none at all."""
    column = first_wrong(seen)
    return None if column is None or all(close(got, want) for got, want, _ in column.pairs()) else column


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """The same shape and the same finite numbers, to within what a few operations leave."""
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        sizes = np.abs(b)
        largest = float(sizes.max(initial=1e-12))
        return largest < math.inf and bool((np.abs(a - b) <= 1e-6 * sizes + 1e-9 * largest).all())


def tells(column: Column, made: list[np.ndarray]) -> bool:
    """Whether what a relation made of one side differs from it in at least two different numbers.

    Otherwise it would hold by coincidence: of 0 and 1 the square is the number itself.
    """
    moved = [w[~np.isclose(m, w)] for m, w in zip(made, column.want, strict=True) if m.shape == w.shape]
    return len(np.unique(np.concatenate([part.ravel().round(9) for part in moved]))) >= 2 if moved else False

"""An answer that is the right one for other arguments: which of them enters in another way than it should."""

import numpy as np

from course_lib.exercises.compare import floats, is_numeric
from course_lib.exercises.diagnoses.altered import QUICK, Alteration, apply, references, right_on
from course_lib.exercises.diagnoses.columns import Column, close, related
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of


def other_arguments(seen: Evidence) -> Finding | None:
    """The alteration of an argument under which the reference gives the first wrong output, on every instance."""
    exercise, known = seen.exercise, seen.known
    if not callable(exercise.reference) or exercise.seconds > QUICK:
        return None
    column = related(seen)
    if column is None or len(np.unique(np.concatenate([got.ravel() for got in column.got]).round(9))) < 2:
        return None
    smallest = column.right.index(False)
    row = next(i for i, instance in enumerate(known.instances) if instance is column.instances[smallest])
    got = column.got[smallest]
    for alteration, outcome in references(exercise, known, row):
        made = _part(seen, outcome.value, column.name)
        if made is not None and close(got, made) and _everywhere(seen, alteration, column):
            text = f"On every input {f'your {column.name}' if column.name else 'your answer'} is the right one "
            return Finding("wrong", f"{text}{alteration.words}. Where does that argument enter, and in which form?")
    return None


def _part(seen: Evidence, value, name: str) -> np.ndarray | None:
    part = dict(parts_of(seen.exercise, value)).get(name)
    return floats(np.asarray(part)) if is_numeric(part) else None


def _everywhere(seen: Evidence, alteration: Alteration, column: Column) -> bool:
    """Whether it explains every instance, and at least two of those on which the output is wrong."""
    altered = [apply(alteration, instance) for instance in column.instances]
    outcomes = iter(right_on(seen.exercise, tuple(instance for instance in altered if instance is not None)))
    explained = 0
    for got, want, right, instance in zip(column.got, column.want, column.right, altered, strict=True):
        made = want if instance is None else _part(seen, next(outcomes).value, column.name)
        if made is None or not close(got, made):
            return False
        explained += not right
    return explained >= 2

"""Which rows of an argument an output consists of, where the right one consists of others."""

import numpy as np

from course_lib.exercises.compare import floats, is_real
from course_lib.exercises.diagnoses.columns import first_wrong
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import argument_name, described_instance

MOST_NAMED = 6
MOST_COMPARED = 1_000_000  #: entries, of every row with every other


def other_rows(seen: Evidence) -> Finding | None:
    """"X_train holds rows 1 and 4 of X, expected rows 0 and 2": of the first wrong output, where it and the right one
    are rows of one argument on every input that can tell.
    """
    column = first_wrong(seen)
    if column is None:
        return None
    for k in range(min(map(len, column.instances))):
        told = [(rows_of(instance[k], got), rows_of(instance[k], want), instance) for got, want, instance
                in column.pairs() if _tells(instance[k])]
        if len(told) > 1 and not any(None in (got, want) for got, want, _ in told):
            short = [(got, want, instance) for got, want, instance in told
                     if got != want and 0 < max(len(got), len(want)) <= MOST_NAMED]
            if short:
                got, want, instance = short[0]
                of, one = argument_name(seen.exercise, k), "row" if np.ndim(instance[k]) > 1 else "entry"
                return Finding("wrong", f"{column.who} holds {_named(one, got)} of {of}, expected "
                                        f"{_named(one, want)}{described_instance(seen.exercise, instance)}.")
    return None


def _tells(table) -> bool:
    """Whether this is an array of several rows, all of them different; a list of whole numbers may hold others by
    chance.
    """
    if not is_real(table) or not np.ndim(table) or len(table) < 2:
        return False
    if not 0 < table.size * len(table) <= MOST_COMPARED:
        return False
    if table.ndim == 1 and table.dtype.kind != "f":
        return False
    return len(np.unique(table.reshape(len(table), -1), axis=0)) == len(table)


def rows_of(table: np.ndarray, part: np.ndarray) -> list[int] | None:
    """The numbers of the rows of a table, all different, that a part of it holds; None where it holds anything else."""
    if part.ndim != table.ndim or part.shape[1:] != table.shape[1:] or not 0 < len(part) * table.size <= MOST_COMPARED:
        return None
    same = (part[:, None] == floats(table)[None]).reshape(len(part), len(table), -1).all(axis=2)
    return same.argmax(axis=1).tolist() if same.any(axis=1).all() else None


def _named(one: str, rows: list[int]) -> str:
    """"row 1", "rows 1 and 4", "entries 0, 2 and 3"."""
    if len(rows) == 1:
        return f"{one} {rows[0]}"
    many = "rows" if one == "row" else "entries"
    return f"{many} {', '.join(map(str, rows[:-1]))} and {rows[-1]}"

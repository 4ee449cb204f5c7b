"""How an answer responds when an argument is changed, beside how the reference responds.

The changed inputs are made here and the outcomes compared here; only the calls are made where the answer runs.
"""

from typing import Any, NamedTuple

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import floats, is_numeric
from course_lib.exercises.diagnoses.altered import QUICK, right_on
from course_lib.exercises.diagnoses.columns import close
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.expect import read
from course_lib.exercises.model import Exercise

MOST_ROWS = 4  #: instances that are tried


class Probe(NamedTuple):
    """A changed input: `row` is the instance that it was made of."""

    do: str  #: "Double X"
    row: int
    instance: tuple


def probes(exercise: Exercise, instances: tuple, rows: list[int]) -> list[Probe]:
    """Each float argument doubled, negated, raised by 1, set to 0, as a whole or in its first row or column; samples
    repeated, and in reverse order."""
    made = []
    for row in rows:
        instance = instances[row]
        for k, value in enumerate(instance):
            changes = _changes(value) if _is_float(value) else {}
            made += [Probe(do.format(argument_name(exercise, k)), row, (*instance[:k], changed, *instance[k + 1:]))
                     for do, changed in changes.items()]
        tables = [a for a in instance if isinstance(a, np.ndarray) and a.ndim >= 2]
        n = len(tables[0]) if tables else 0
        if n > 1:
            for do, change in (("Give every sample twice", lambda a: np.concatenate([a, a])),
                               ("Give the samples in reverse order", lambda a: a[::-1].copy())):
                made.append(Probe(do, row, tuple(
                    change(a) if isinstance(a, np.ndarray) and a.ndim and len(a) == n else a for a in instance)))
    return made


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def _changes(value: Any) -> dict[str, Any]:
    """What is done, with a place for the argument's name -> the changed argument."""
    done = {"Double {}": 2 * value, "Put 0 in place of {}": 0 * value, "Turn the sign of {}": -value,
            "Add 1 to {}": value + 1}
    if np.ndim(value) == 2 and min(value.shape) > 1:
        for what, place in (("row", np.s_[:1, :]), ("column", np.s_[:, :1])):
            for do, change in (("Double the first", lambda a: 2 * a), ("Add 1 to the first", lambda a: a + 1)):
                changed = value.copy()
                changed[place] = change(value[place])
                done[f"{do} {what} of {{}}"] = changed
    return done


#: of the answer to a change in the first row or column of an argument
ROW, COLUMN = "changes in its first row alone", "changes in its first column alone"

#: words for yours, in "yours ..." and "the right one ..." -> whether new follows so from old
RESPONSES = {
    "stays as it is": lambda old, new: close(new, old),
    "doubles": lambda old, new: close(new, 2 * old),
    "becomes half": lambda old, new: close(new, old / 2),
    "becomes four times as large": lambda old, new: close(new, 4 * old),
    "becomes a quarter": lambda old, new: close(new, old / 4),
    "changes its sign": lambda old, new: close(new, -old),
    "becomes 0": lambda old, new: not new.any() and old.any(),
    "rises by 1": lambda old, new: close(new, old + 1),
    ROW: lambda old, new: old.shape == new.shape and old.ndim and len(old) > 1 and close(new[1:], old[1:]),
    COLUMN: lambda old, new: old.shape == new.shape and old.ndim == 2 and old.shape[1] > 1 and close(
        new[:, 1:], old[:, 1:]),
    "has its rows twice": lambda old, new: old.ndim and close(new, np.concatenate([old, old])),
    "has its rows twice, each half as large": lambda old, new: old.ndim and close(new, np.concatenate([old, old]) / 2),
    "has its rows in reverse order": lambda old, new: old.ndim and close(new, old[::-1]),
}


def response(seen: Evidence) -> Finding | None:
    """The first change to which the answer responds otherwise than the right one, told in words for both."""
    exercise, known = seen.exercise, seen.known
    if seen.again is None or exercise.seconds > QUICK or not callable(exercise.reference):
        return None
    rows = [i for i, outcome in enumerate(seen.outcomes) if not (outcome.error or outcome.timed_out)][:MOST_ROWS]
    tried = probes(exercise, known.instances, rows)
    if len(rows) < 2 or not tried:
        return None
    instances = tuple(probe.instance for probe in tried)
    mine, right = read(exercise, seen.again(instances), instances), right_on(exercise, instances)
    return difference_in_response(seen, tried, mine, right)


def difference_in_response(seen: Evidence, tried: list[Probe], mine: list[Outcome],
                           right: list[Outcome]) -> Finding | None:
    """From the outcomes of both on the changed inputs: pure."""
    exercise, found = seen.exercise, []
    for do in dict.fromkeys(probe.do for probe in tried):
        told = [_told(exercise, seen.outcomes[p.row], got, seen.known.right[p.row], want)
                for p, got, want in zip(tried, mine, right, strict=True) if p.do == do]
        if len(told) < 2 or any(one is None for one in told):
            continue
        local = {ROW, COLUMN} if "first" in do else set()
        for name in told[0]:
            both = [one[name] for one in told if name in one]
            if len(both) >= 2 and (words := _apart(both, local)):
                found.append((words[0], do, name, *words[1:]))
    if not found:
        return None
    _, do, name, others, yours = min(found, key=lambda one: one[0])
    return Finding("wrong", f"{do}: the right {f'value of {name}' if name else 'answer'} {others}, yours {yours}.")


def _apart(both: list[tuple[set[str], set[str]]], local: set[str]) -> tuple[int, str, str] | None:
    """(how much it says, 0 the most; words for the right one; words for yours) where the two respond otherwise.

    both : for each input the words that fit yours, and those that fit the right one. local : words that count too.
    """
    clear = [(a - {ROW, COLUMN}, b - {ROW, COLUMN}) for a, b in both]
    yours, others = (set.intersection(*sets) for sets in zip(*clear, strict=True))
    stays = "stays as it is"
    if stays in yours and not any(stays in b for _, b in both):
        return 0, _first(others) if others else "changes", stays
    if yours and others and not yours & others:
        return 1, _first(others), _first(yours)
    if stays in others and not any(stays in a for a, _ in both):
        return 2, stays, "changes"
    near = set.intersection(*(b for _, b in both)) & local
    if near and not any(a & (near | {stays}) for a, _ in both):
        return 3, _first(near), "elsewhere too"
    return None


def _first(words: set[str]) -> str:
    return next(word for word in RESPONSES if word in words)


def _told(exercise, old: Outcome, new: Outcome, old_right: Outcome, new_right: Outcome):
    """Output -> (words for yours, words for the right one); None where an outcome has no value."""
    if any(o.error or o.timed_out for o in (old, new, old_right, new_right)):
        return None
    parts = [parts_of(exercise, o.value) for o in (old, new, old_right, new_right)]
    if len({len(part) for part in parts}) > 1:
        return None
    return {name: (_words(a, b), _words(c, d))
            for (name, a), (_, b), (_, c), (_, d) in zip(*parts, strict=True)
            if not _equal(a, c) and _is_graded(c)}


def _is_graded(value: Any) -> bool:
    """Whether it is made of other numbers than counts and truth values, which often stay by chance."""
    return is_numeric(value) and np.asarray(value).dtype.kind == "f" and not (floats(np.asarray(value)) % 1 == 0).all()


def _equal(a: Any, b: Any) -> bool:
    return is_numeric(a) and is_numeric(b) and close(floats(np.asarray(a)), floats(np.asarray(b)))


def _words(old: Any, new: Any) -> set[str]:
    if not (is_numeric(old) and is_numeric(new)):
        return set()
    a, b = np.asarray(old), np.asarray(new)
    if not a.size or a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf" or not a.any():
        return set()
    a, b = floats(a), floats(b)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return set()
    return {words for words, holds in RESPONSES.items() if holds(a, b)}

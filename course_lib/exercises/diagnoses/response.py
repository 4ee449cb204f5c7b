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

MOST_ROWS = 3  #: instances that are tried


class Probe(NamedTuple):
    """A changed input: `row` is the instance that it was made of."""

    do: str  #: "Double X"
    row: int
    instance: tuple


def probes(exercise: Exercise, instances: tuple, rows: list[int]) -> list[Probe]:
    """Each float argument doubled, negated, raised by 1, set to 0; samples repeated, and in reverse order."""
    made = []
    for row in rows:
        instance = instances[row]
        for k, value in enumerate(instance):
            name = argument_name(exercise, k)
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size or isinstance(value, float):
                for do, changed in ((f"Double {name}", 2 * value), (f"Put 0 in place of {name}", 0 * value),
                                    (f"Turn the sign of {name}", -value), (f"Add 1 to {name}", value + 1)):
                    made.append(Probe(do, row, (*instance[:k], changed, *instance[k + 1:])))
        tables = [a for a in instance if isinstance(a, np.ndarray) and a.ndim >= 2]
        n = len(tables[0]) if tables else 0
        if n > 1:
            for do, change in (("Give every sample twice", lambda a: np.concatenate([a, a])),
                               ("Give the samples in reverse order", lambda a: a[::-1].copy())):
                made.append(Probe(do, row, tuple(
                    change(a) if isinstance(a, np.ndarray) and a.ndim and len(a) == n else a for a in instance)))
    return made


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
        for name in told[0]:
            if any(name not in one for one in told):
                continue
            both = [one[name] for one in told]
            yours, others = set.intersection(*(a for a, _ in both)), set.intersection(*(b for _, b in both))
            if yours and others and not yours & others:
                found.append((do, name, _first(yours), _first(others)))
            elif others == {"stays as it is"} and not any(a & b for a, b in both):
                found.append((do, name, "changes", "stays as it is"))
    for do, name, yours, others in found:
        who = f"your {name}" if name else "your answer"
        return Finding("wrong", f"{do}: {who} {yours}, the right one {others}.")
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
            if not _equal(a, c)}


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

"""How an answer responds when an argument is changed, beside how the reference responds.

The changed inputs are made here and the outcomes compared here; only the calls are made where the answer runs.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import floats, is_real, same_outcome
from course_lib.exercises.diagnoses.altered import SECONDS, right_on
from course_lib.exercises.diagnoses.columns import close, first_wrong
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, parts_of
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Contract, Exercise

MOST_ROWS = 4  #: instances that are tried
MOST_PROBES = 150  #: changed inputs that the answer is tried on: with many arguments of fewer instances, but two


TURNED = "Turn the sign of {}"
MIXED = "Double all entries of {} but those on its diagonal"
BACKWARDS = "Give the entries of {} in reverse order"


class Probe(NamedTuple):
    """A changed input: `row` is the instance that it was made of."""

    do: str  #: "Double X"
    of: str  #: the argument that is changed as a whole, "" for samples and parts
    row: int
    instance: tuple
    beyond: bool = False  #: below 0, where a spread or a rate never is: nothing is asked of the answer there


def probes(exercise: Exercise, instances: tuple) -> list[Probe]:
    """Each float argument doubled, negated, raised by 1, set to 0, as a whole or in its first row or column, a square
    one off its diagonal; each whole number, and each in a tuple of them, raised by 1; samples repeated, and in reverse
    order.
    """
    made, numbered = [], _are_numbered(instances)
    for row, instance in enumerate(instances):
        for k, value in enumerate(instance):
            changes = _changes(value) if _is_float(value) else _turned(value)
            name, given = argument_name(exercise, k), [i[k] for i in instances if k < len(i)]
            if not all(isinstance(v, np.ndarray) and v.ndim == 2 and v.shape[0] == v.shape[1] for v in given):
                changes.pop(MIXED, None)  # square by chance
            if all(map(_is_symmetric, given)):
                changes = {do: changed for do, changed in changes.items() if "first" not in do}
            if all(isinstance(v, float) and 0 < v < 1 for v in given):
                changes = {do: changed for do, changed in changes.items() if changed < 1}  # it may be a share
            positive = all(np.min(v, initial=0) >= 0 for v in given if is_real(v))
            made += [Probe(do.format(name), "" if "first" in do or do == MIXED else name, row,
                           (*instance[:k], changed, *instance[k + 1:]), positive and do == TURNED)
                     for do, changed in changes.items()]
            made += [Probe(f"Add 1 to {of}", of, row, (*instance[:k], changed, *instance[k + 1:]))
                     for of, changed in _counted(name, value)]
        n = _samples(exercise, instance)
        if n > 1 and not numbered:
            for do, change in (("Give every sample twice", lambda a: np.concatenate([a, a])),
                               ("Give the samples in reverse order", lambda a: a[::-1].copy())):
                made.append(Probe(do, "", row, tuple(
                    change(a) if isinstance(a, np.ndarray) and a.ndim and len(a) == n else a for a in instance)))
    return made


def _turned(value: Any) -> dict[str, Any]:
    """A list of whole numbers the other way round: what does not change has not been asked."""
    is_list = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iu"
    return {BACKWARDS: value[::-1].copy()} if is_list and np.any(value != value[::-1]) else {}


def _samples(exercise: Exercise, instance: tuple) -> int:
    """How many samples the arguments of a call hold: rows of the first table, where these are not something else."""
    for k, a in enumerate(instance):
        if isinstance(a, np.ndarray) and a.ndim >= 2:
            letters = exercise.contract.shapes.get(argument_name(exercise, k), "") if isinstance(
                exercise.contract, Contract) else ""
            return 0 if _is_symmetric(a) or (isinstance(letters, str) and letters[:1] not in ("", ".", "N")) else len(a)
    return 0


def _are_numbered(instances: tuple) -> bool:
    """Whether an argument holds the numbers of the samples, 0 to n - 1 in some order: twice, or turned round, it holds
    something else.
    """
    return any(all(isinstance(a, np.ndarray) and a.ndim == 1 and np.array_equal(np.sort(a), np.arange(len(a)))
                   for a in given) for given in zip(*instances, strict=False))


def _is_symmetric(a: Any) -> bool:
    return isinstance(a, np.ndarray) and a.ndim == 2 and a.shape[0] == a.shape[1] and np.array_equal(a, a.T)


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0)


def _counted(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(what is raised by 1, the argument then) of a whole number or a tuple of them."""
    if type(value) is int:
        yield name, value + 1
    elif isinstance(value, tuple) and all(type(part) is int for part in value):
        for j, part in enumerate(value):
            yield f"{name}[{j}]", (*value[:j], part + 1, *value[j + 1:])


def _changes(value: Any) -> dict[str, Any]:
    """What is done, with a place for the argument's name -> the changed argument."""
    done = {"Add 1 to {}": value + 1, "Double {}": 2 * value, TURNED: -value,
            "Put 0 in place of {}": 0 * value}
    if np.ndim(value) == 2 and min(value.shape) > 1:
        for what, place in (("row", np.s_[:1, :]), ("column", np.s_[:, :1])):
            for do, change in (("Double the first", lambda a: 2 * a), ("Add 1 to the first", lambda a: a + 1)):
                changed = value.copy()
                changed[place] = change(value[place])
                done[f"{do} {what} of {{}}"] = changed
        if value.shape[0] == value.shape[1]:
            done[MIXED] = 2 * value - np.diag(np.diag(value))
    return done


STAYS, CHANGES = "stays as it is", "changes"
ROW, COLUMN = "changes in its first row alone", "changes in its first column alone"

#: factor by which an output changes -> words for it
FACTORS = {1: STAYS, 2: "doubles", 0.5: "becomes half", 4: "becomes four times as large", 0.25: "becomes a quarter",
           8: "becomes eight times as large", -1: "changes its sign", 0: "becomes 0",
           2**0.5: "becomes larger by the square root of 2", 0.5**0.5: "becomes smaller by the square root of 2"}
#: words for an output whose shape changes -> whether new follows so from old
REPEATED = {
    "has its rows twice": lambda old, new: close(new, np.concatenate([old, old])),
    "has its rows twice, each half as large": lambda old, new: close(new, np.concatenate([old, old]) / 2),
}


def words_for(old: np.ndarray, new: np.ndarray) -> set[str]:
    """What can be said of the change from one output to another."""
    if new.shape != old.shape:
        return {words for words, holds in REPEATED.items() if old.ndim and holds(old, new)}
    factor = float(np.vdot(new, old)) / float(np.vdot(old, old))
    found = {words for value, words in FACTORS.items() if np.isclose(factor, value) and close(new, value * old)}
    if close(new, old + 1):
        found.add("rises by 1")
    if old.ndim:
        if close(new, old[::-1]):
            found.add("has its rows in reverse order")
        if close(new[1:], old[1:]):  # also where there is one row only: it does not speak against it
            found.add(ROW)
        if old.ndim == 2 and close(new[:, 1:], old[:, 1:]):
            found.add(COLUMN)
    return found


def response(seen: Evidence) -> Finding | None:
    """The change to which the answer responds otherwise than the right one, told in words for both."""
    exercise, known = seen.exercise, seen.known
    if not seen.can_be_tried:
        return None
    tried, right = answered(exercise, known)
    wrong = [i for i, (got, want) in enumerate(zip(seen.outcomes, known.right, strict=True))
             if not same_outcome(got, want, exercise) and not (got.error or got.timed_out)
             and not getattr(known.instances[i], "edge", False)]
    most = max(2, min(MOST_ROWS, MOST_PROBES * len({probe.row for probe in tried}) // max(1, len(tried))))
    again = [k for k, probe in enumerate(tried) if probe.row in wrong[:most]]
    if len(wrong) < 2 or not again:
        return None
    instances = tuple(tried[k].instance for k in again)
    mine = read(exercise, seen.again(instances, SECONDS), instances)
    return difference_in_response(seen, tried, right, dict(zip(again, mine, strict=True)))


@lru_cache(maxsize=256)
def answered(exercise: Exercise, known: Expected) -> tuple[list[Probe], list[Outcome]]:
    """The changed inputs of all instances but those of the contract, where the reference has a value, with it."""
    # on an edge, where x is 0 for example, a change may show nothing
    tried = [probe for probe in probes(exercise, known.instances)
             if not getattr(known.instances[probe.row], "edge", False)]
    right = right_on(exercise, tuple(probe.instance for probe in tried))
    kept = [(probe, outcome) for probe, outcome in zip(tried, right, strict=True)
            if not (outcome.error or outcome.timed_out)]
    return [probe for probe, _ in kept], [outcome for _, outcome in kept]


def difference_in_response(seen: Evidence, tried: list[Probe], right: list[Outcome],
                           mine: dict[int, Outcome]) -> Finding | None:
    """From what both gave for the changed inputs: pure.

    right : the reference on each of them: what is said of it must hold on every instance. mine : index -> the answer's.
    """
    column = first_wrong(seen)
    if column is None:
        return None
    graded, found = _is_graded(column.want), []
    ignored: dict[str, set[bool]] = {}  # argument -> whether yours stays, probe by probe
    in_part: set[str] = set()  # the arguments to which the right one responds only where yours is wrong
    for do, of in dict.fromkeys((probe.do, probe.of) for probe in tried):
        which = [k for k, probe in enumerate(tried) if probe.do == do]
        laws = _told(seen, column.name, seen.known.right, tried, {k: right[k] for k in which})
        yours = _told(seen, column.name, seen.outcomes, tried, {k: mine[k] for k in which if k in mine})
        if len(yours) < 2 or len(laws) < 2:
            continue
        if of:
            ignored.setdefault(of, set()).add(all(STAYS in words for words in yours))
        words = _apart(yours, laws, set() if of else {ROW, COLUMN})
        if of and not words:  # an argument that counts in one mode alone stays in the other by right
            there = _told(seen, column.name, seen.known.right, tried, {k: right[k] for k in which if k in mine})
            if all(STAYS in words for words in yours) and not any(STAYS in words for words in there):
                found.append((0, do, of, CHANGES, STAYS))
                in_part.add(of)
        if words and do == BACKWARDS.format(of) and words[2] != STAYS:
            continue  # of labels of classes that is no more than a number beside another
        if words and (words[1] == STAYS or not tried[which[0]].beyond):
            found.append((words[0], do, of, *words[1:]))
    what = f"value of {column.name}" if column.name else "answer"
    # an argument that is not asked for at all says more than a part of another
    for _, do, of, others, its in sorted(found, key=lambda one: (one[0], one[1] != BACKWARDS.format(one[2]))):
        where = ", where yours is wrong" if of in in_part else ""
        if graded and not where and (others != CHANGES or not _is_number(seen, of)):
            return Finding("wrong", f"{do}: the right {what} {others}, yours {its}.")
        if _is_number(seen, of) and others == CHANGES and ignored[of] == {True}:
            return Finding("wrong", f"Whatever {of} is, yours stays as it is, and the right {what} does not{where}. "
                                    f"Where does {of} enter?")
    return None


def _is_number(seen: Evidence, name: str) -> bool:
    """Whether this is an argument that is one number, or a number in a tuple of them."""
    return any(argument_name(seen.exercise, k) == name.partition("[")[0] and (isinstance(value, tuple)
               or not np.ndim(value)) for k, value in enumerate(seen.instance))


def _told(seen: Evidence, name: str, before: list[Outcome], tried: list[Probe],
          after: dict[int, Outcome]) -> list[set[str]]:
    """The words for the change of one output, input by input, where it can be told."""
    pairs = [(_output(seen.exercise, before[tried[k].row], name), _output(seen.exercise, outcome, name))
             for k, outcome in after.items()]
    return [words_for(old, new) for old, new in pairs if _can_be_told(old, new)]


def _apart(yours: list[set[str]], laws: list[set[str]], local: set[str]) -> tuple[int, str, str] | None:
    """(how much it says, 0 the most; words for the right one; words for yours) where the two respond otherwise.

    yours, laws : input by input the words that fit yours, and those that fit the right one. local : words that count
    only for a change in one place.
    """
    its, law = (set.intersection(*words) - {ROW, COLUMN} for words in (yours, laws))
    if STAYS in its and not any(STAYS in words for words in laws):
        return 0, _first(law) if law else CHANGES, STAYS
    if its and law and not its & law:
        return 1, _first(law), _first(its)
    if STAYS in law and not any(STAYS in words for words in yours):
        return 2, STAYS, CHANGES
    near = set.intersection(*laws) & local
    if near and not any(words & (near | {STAYS}) for words in yours):
        return 3, _first(near), "elsewhere too"
    return None


def _first(words: set[str]) -> str:
    return min(words, key=lambda word: (word in (ROW, COLUMN), word))


def _output(exercise: Exercise, outcome: Outcome, name: str) -> np.ndarray | None:
    """One output of an outcome as floats; None where it has none."""
    if outcome.error or outcome.timed_out:
        return None
    value = dict(parts_of(exercise, outcome.value)).get(name)
    if not is_real(value):
        return None
    return floats(np.asarray(value))


def _is_graded(arrays: list[np.ndarray]) -> bool:
    """Whether there are other numbers than counts and truth values, which often stay by chance."""
    return any((array % 1 != 0).any() for array in arrays)


def _can_be_told(old: np.ndarray | None, new: np.ndarray | None) -> bool:
    return old is not None and new is not None and old.any() and bool(np.isfinite(old).all() and np.isfinite(new).all())

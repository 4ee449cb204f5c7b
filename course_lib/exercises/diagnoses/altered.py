"""Inputs with one argument altered, and what the reference gives for them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Exercise

SECONDS = 0.5  #: of processor time for all altered inputs together
#: exercises with a longer limit train something; nothing is tried there
QUICK = 2.0


@dataclass(frozen=True)
class Alteration:
    """One way to alter the arguments of a call; `words` complete "your answer is the right one ..."."""

    words: str
    change: Callable[[tuple], tuple | None]  #: None where it does not apply


def _at(k: int, change) -> Callable[[tuple], tuple | None]:
    def altered(instance):
        made = change(instance[k]) if k < len(instance) else None  # the last arguments may be left out
        return None if made is None else (*instance[:k], made, *instance[k + 1:])

    return altered


def _number(change):
    def made(value):
        return change(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    return made


def _array(change, ndim=(1, 2, 3, 4), kinds="f"):
    def made(value):
        fits = isinstance(value, np.ndarray) and value.ndim in ndim and value.dtype.kind in kinds and value.size
        return np.ascontiguousarray(change(value)) if fits else None

    return made


def _whole(change):
    return _number(lambda v: change(v) if isinstance(v, int) else None)


_CHANGES = {
    "with 0 in place of {}": (_number(lambda v: 0 * v), _array(np.zeros_like)),
    "with 1 in place of {}": (_number(lambda v: type(v)(1)), _array(np.ones_like)),
    "with -{} in place of {}": (_number(lambda v: -v if isinstance(v, float) else None), _array(np.negative)),
    "with 2 {} in place of {}": (_number(lambda v: 2 * v if isinstance(v, float) else None), _array(lambda a: 2 * a)),
    "with {} / 2 in place of {}": (_number(lambda v: v / 2 if isinstance(v, float) else None), _array(lambda a: a / 2)),
    "with {} + 1 in place of {}": (_whole(lambda v: v + 1),),
    "with {} - 1 in place of {}": (_whole(lambda v: v - 1 if v > 0 else None),),
    "with 1 - {} in place of {}": (_number(lambda v: 1 - v if isinstance(v, float) and 0 < v < 1 else None),
                                 _array(lambda a: 1 - a if np.isin(a, (0, 1)).all() else a, kinds="fiu")),
    "with the square of {} in place of {}": (_number(lambda v: v * v if isinstance(v, float) else None),
                                             _array(np.square)),
    "with the square root of {} in place of {}": (_number(lambda v: v**0.5 if isinstance(v, float) and v >= 0
                                                          else None),),
    "with 1/{} in place of {}": (_number(lambda v: 1 / v if isinstance(v, float) and v else None),),
    "with {} transposed": (_array(np.transpose, (2,)),),
    "with the entries of {} in reverse order": (_array(lambda a: a[::-1], (1,), "fiu"),),
    "with the rows of {} in reverse order": (_array(lambda a: a[::-1], (2, 3, 4)),),
    "with the columns of {} in reverse order": (_array(lambda a: a[:, ::-1], (2,)),),
    "with the sizes of {} in place of {}, without signs": (_array(np.abs),),
    "with {} below 0 set to 0": (_array(lambda a: np.maximum(a, 0)),),
    "with {} minus the mean of its columns in place of {}": (_array(lambda a: a - a.mean(axis=0), (2,)),),
    "with {} minus its mean in place of {}": (_array(lambda a: a - a.mean(), (1, 2)),),
    "with the first row of {} in all of its rows": (_array(lambda a: np.broadcast_to(a[:1], a.shape), (2, 3, 4)),),
    "with the first entry of {} in all of its places": (_array(lambda a: np.full_like(a, a[0]), (1,)),),
}


def alterations(exercise: Exercise, instance: tuple) -> list[Alteration]:
    """Every way that applies to this instance."""
    names = [argument_name(exercise, k) for k in range(len(instance))]
    found = [Alteration(words.format(name, name), _at(k, change))
             for words, changes in _CHANGES.items() for k, name in enumerate(names) for change in changes]
    for j in range(len(instance)):
        for k in range(j + 1, len(instance)):
            found.append(Alteration(f"with {names[j]} and {names[k]} exchanged", _exchanged(j, k)))
    for which, kept in (("first", slice(1, None)), ("last", slice(None, -1))):
        found.append(Alteration(f"without the {which} sample", _without(kept)))
    return [alteration for alteration in found if apply(alteration, instance) is not None]


def _exchanged(j, k):
    def altered(instance):
        if k >= len(instance) or not _alike(instance[j], instance[k]):
            return None
        made = list(instance)
        made[j], made[k] = made[k], made[j]
        return tuple(made)

    return altered


def _alike(a, b) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype
    return type(a) is type(b) and isinstance(a, int | float)


def _without(kept):
    def altered(instance):
        rows = {len(a) for a in instance if isinstance(a, np.ndarray) and a.ndim == 2}
        if not rows or (n := len(next(a for a in instance if isinstance(a, np.ndarray) and a.ndim == 2))) < 3:
            return None
        return tuple(a[kept] if isinstance(a, np.ndarray) and a.ndim and len(a) == n else a for a in instance)

    return altered


def apply(alteration: Alteration, instance: tuple) -> tuple | None:
    """The altered arguments, or None where it does not apply or changes nothing."""
    made = alteration.change(instance)
    return None if made is None or repr(made) == repr(tuple(instance)) else made


@lru_cache(maxsize=256)
def references(exercise: Exercise, known: Expected, row: int) -> list[tuple[Alteration, Outcome]]:
    """What the reference gives on one instance under every alteration, where it gives a value."""
    found = alterations(exercise, known.instances[row])
    instances = tuple(apply(alteration, known.instances[row]) for alteration in found)
    return [(alteration, outcome)
            for alteration, outcome in zip(found, right_on(exercise, instances), strict=True)
            if not outcome.error and not outcome.timed_out]


def right_on(exercise: Exercise, instances: tuple) -> list[Outcome]:
    """What the reference gives on these instances; it may fail on some of them."""
    with np.errstate(all="ignore"):
        return read(exercise, collect(exercise, exercise.reference, instances, SECONDS), instances)

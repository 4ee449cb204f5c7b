"""One relation between what came and what is wanted that holds for an output on every instance."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.exercises.diagnoses.amounts import amounts
from course_lib.exercises.diagnoses.columns import Column, close, columns, related, tells
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.factor import ratio_of
from course_lib.exercises.diagnoses.kind import part_message
from course_lib.exercises.diagnoses.words import argument_name, reminder
from course_lib.exercises.model import Exercise

LEAST = 1e-3  #: by which a factor differs from 1, or rounding may be all it is


class Relation(NamedTuple):
    """`change` turns what is wanted into what came, or, where `back` is set, what came into what is wanted."""

    say: str  #: follows the name of the output
    change: Callable[[np.ndarray], np.ndarray]
    back: bool = False


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _unit(z):
    return z / np.sqrt((z * z).sum())


#: entry by entry
ENTRIES = (
    Relation("is the square of what is expected", np.square),
    Relation("is the square root of what is expected", np.sqrt),
    Relation("is 1 over what is expected", np.reciprocal),
    Relation("is 1 minus what is expected", lambda w: 1 - w),
    Relation("has the expected sizes, but no sign: where a negative number is expected yours is positive", np.abs),
    Relation("is right where a positive number is expected, and 0 where a negative one is", lambda w: np.maximum(w, 0)),
    Relation("is not yet cut off: the entries below 0 are to be 0", lambda g: np.maximum(g, 0), back=True),
    Relation("has the expected sizes, but some signs are wrong: no entry is to be negative", np.abs, back=True),
    Relation("is the logarithm of what is expected", np.log),
    Relation("is the logarithm of what is expected, with the sign reversed", lambda w: -np.log(w)),
    Relation("is the exponential of what is expected", np.exp),
    Relation("is the sigmoid of what is expected: it is taken once too often", _sigmoid),
    Relation("is the tanh of what is expected: it is taken once too often", np.tanh),
    Relation("is a step before the end: the sigmoid of yours is what is expected", _sigmoid, back=True),
    Relation("is a step before the end: the tanh of yours is what is expected", np.tanh, back=True),
    Relation("is a step before the end: the softmax of each row of yours is what is expected", _softmax, back=True),
    Relation("is a step before the end: divided by its length, yours is what is expected", _unit, back=True),
    Relation("is divided by its length, which is not asked for", _unit),
    Relation("is a score: whether it is at least 0 is what is expected", lambda g: (g >= 0) * 1.0, back=True),
    Relation("is what is expected, without what stands behind the point", np.trunc),
    Relation("is what is expected, rounded to whole numbers", np.rint),
)


def _same_numbers(got: np.ndarray, want: np.ndarray) -> bool:
    return got.size == want.size and close(np.sort(got, axis=None), np.sort(want, axis=None))


def _axes(n: int):
    """(axis, what runs along it) of an array with n axes."""
    return [(0, "")] if n == 1 else [(0, " from row to row"), (1, " along each row")] if n == 2 else []


def _rearranged(got: np.ndarray, want: np.ndarray) -> dict[str, bool]:
    """What is said of the right numbers in other places -> whether it holds on this instance."""
    found = {}
    if want.ndim == got.ndim == 2:
        found["is transposed: rows and columns are exchanged"] = close(got.T, want)
    if want.ndim == got.ndim == 1 or want.ndim == got.ndim == 2:
        for axis, along in _axes(want.ndim):
            found[f"has the right numbers in reverse order{along}"] = close(np.flip(got, axis), want)
            for step, words in ((1, "later"), (-1, "earlier")):
                found[f"has the right numbers one place {words} than expected{along}"] = close(
                    np.roll(got, -step, axis), want)
    for axis in range(want.ndim if got.shape == want.shape and want.size else 0):
        what = "entry" if want.ndim == 1 else ("row", "column")[axis] if want.ndim == 2 else f"part along axis {axis}"
        for which, index in (("first", [0]), ("last", [-1])):
            found[f"repeats one {what}, the {which}, in the place of all others"] = want.shape[axis] > 1 and close(
                got, np.broadcast_to(np.take(want, index, axis), want.shape))
    found["has the right numbers in another shape"] = got.shape != want.shape and close(got.ravel(), want.ravel())
    found["has the right numbers in increasing order"] = got.ndim == want.ndim == 1 and close(got, np.sort(want))
    found["has the right numbers, but not at their places"] = _same_numbers(got, want)
    return found


def _accumulated(got: np.ndarray, want: np.ndarray) -> dict[str, bool]:
    """What is said of sums and means along an axis, and of missing rows -> whether it holds on this instance."""
    found = {}
    for axis, along in _axes(want.ndim) if got.ndim == want.ndim else ():
        found[f"is the running sum of what is expected{along}"] = close(got, np.cumsum(want, axis))
        found[f"is not yet summed up: the running sum of yours{along} is what is expected"] = close(
            np.cumsum(got, axis), want)
        if got.shape[1 - axis:2 - axis] == want.shape[1 - axis:2 - axis]:
            what, n = ("row", "column")[axis] if want.ndim == 2 else "entry", want.shape[axis]
            for which, kept in (("first", slice(1, None)), ("last", slice(None, -1))):
                index = (slice(None),) * axis + (kept,)
                if got.shape[axis] == n - 1 and n > 1:
                    found[f"lacks the {which} {what}; the others are right"] = close(got, want[index])
                elif got.shape[axis] == n + 1:
                    found[f"has one {what} too many, the {which}; the others are right"] = close(got[index], want)
    for name, reduce in (("sum", np.sum), ("mean", np.mean), ("product", np.prod), ("largest", np.max)):
        for axis in (None, *range(2)):
            over = "all" if axis is None else ("the rows", "the columns")[axis]
            words = "entries" if axis is None else ""
            if got.ndim > want.ndim and (axis is None or got.ndim > axis) and got.size:
                found[f"is not yet one number for all: the {name} of yours over {over} {words}".rstrip()
                      + " is what is expected"] = close(np.asarray(reduce(got, axis)), want)
            if want.ndim > got.ndim and (axis is None or want.ndim > axis) and want.size:
                found[f"is put together once too often: it is the {name} of what is expected over {over} {words}"
                      .rstrip()] = close(got, np.asarray(reduce(want, axis)))
    return found


def relation(seen: Evidence) -> Finding | None:
    """The one relation that holds for the first wrong output on all instances."""
    if seen.exercise.kind in ("value", "choice"):
        return None
    column = related(seen)
    if column is None:
        return None
    said = constant(column) or (between_entries(column) if column.same_shape else "")
    said = said or between_places(column) or argument_message(seen.exercise, column, columns(seen)) or alike(column)
    if not said:
        return None
    if column.same_shape:
        return Finding("wrong", f"{column.who} {said}.")
    got, want = next((g, w) for g, w in zip(column.got, column.want, strict=True) if g.shape != w.shape)
    _, shapes = part_message(column.name, got, want)
    return Finding("kind", f"{shapes}: it {said}." + reminder(seen.exercise, "shape"))


def constant(column: Column) -> str:
    """One number in all entries on all inputs, where others are wanted."""
    values = np.concatenate([got.ravel() for got in column.got])
    if len(column.got) < 3 or not values.size or not np.isfinite(values).all() or np.ptp(values):
        return ""
    if len(np.unique(np.concatenate([want.ravel() for want in column.want]).round(9))) < 2:
        return ""
    value = str(bool(values[0])) if column.truth else f"{values[0]:.6g}"
    return f"is {value} on every input of the check"


def alike(column: Column) -> str:
    """One number in all entries of an input, another one on the next, where the wanted entries differ."""
    both = [(got, want) for got, want in zip(column.got, column.want, strict=True) if np.size(want) > 1]
    if not column.same_shape or len(both) < 2 or any(np.ptp(got) for got, _ in both):
        return ""
    if not all(np.ptp(want) for _, want in both) or len({got.flat[0] for got, _ in both}) < 2:
        return ""
    return "has the same number in every entry, where different ones are expected"


def between_entries(column: Column) -> str:
    """The relation from entry to entry; empty where there is none, or more than one."""
    held = []
    for words, change, back in ENTRIES:
        with np.errstate(all="ignore"):
            try:
                made = [change(g if back else w) for g, w in zip(column.got, column.want, strict=True)]
            except (ValueError, IndexError):  # a softmax of one number
                continue
        target = column.want if back else column.got
        if all(map(close, made, target)) and tells(column, column.got):
            held.append(words)
    return held[0] if len(held) == 1 else ""


def between_places(column: Column) -> str:
    """The relation between arrays as wholes: the first that holds on all instances and is none by chance."""
    plenty = [len(np.unique(want.round(9))) >= 3 for want in column.want]
    for look in (_rearranged, _accumulated):
        held = [look(got, want) for got, want in zip(column.got, column.want, strict=True)]
        for words in dict.fromkeys(word for found in held for word in found):
            wrong = [found.get(words, False) for found, right in zip(held, column.right, strict=True) if not right]
            fits = [found.get(words, False) or right for found, right in zip(held, column.right, strict=True)]
            if all(fits) and sum(wrong) >= min(2, len(column.got)) and any(plenty):
                return words
    return ""


def argument_message(exercise: Exercise, column: Column, outputs: list[Column]) -> str:
    """A constant, an argument or another output that is added or multiplied once too often, or not at all."""
    if column.same_shape and (said := _offset(exercise, column)):
        return said
    numbers = {other.name: other.want for other in outputs
               if other.name and other.name != column.name and not other.truth}  # nothing is added to a truth value
    for k in range(min(map(len, column.instances), default=0)):
        values, name = [instance[k] for instance in column.instances], argument_name(exercise, k)
        if all(isinstance(value, np.ndarray | int | float) and not isinstance(value, bool) for value in values):
            if all(np.asarray(value).dtype.kind in "fiu" for value in values):
                name = f"the given {name}" if name in exercise.outputs else name
                numbers[name] = [np.asarray(value, dtype=float) for value in values]
    ones = numbers | {f"1 - {name}": [1 - value for value in values] for name, values in numbers.items()}
    for name, values in ones.items():
        if said := _held(_TERMS, column, values):
            return said.format(name)
    for name, values in numbers.items():
        alike = column.same_shape and all(a.shape == w.shape for a, w in zip(values, column.want, strict=True))
        if alike and _differ(values):
            steps = [(g - a, w - a) for g, w, a in zip(column.got, column.want, values, strict=True)]
            ratios = [ratio_of(*step) for step in steps if step[1].any() or step[0].any()]
            if len(ratios) > 1 and np.allclose(ratios, ratios[0], 1e-6, 0) and abs(ratios[0] - 1) > LEAST and (
                    tells(column, column.got)):
                return f"is off by one constant factor in what is added to {name}: {ratios[0]:.6g}"
    for one, values in numbers.items():
        for two, others in numbers.items():
            if one != two and (said := _held(_PAIRS, column, values, others)):
                return said.format(one, two)
    return ""


def _offset(exercise: Exercise, column: Column) -> str:
    """The same number, or an amount of the input, added to all entries; an amount in the place of the answer."""
    differences = [g - w for g, w in zip(column.got, column.want, strict=True)]
    flat = np.concatenate([d.ravel() for d in differences])
    wanted = np.concatenate([w.ravel() for w in column.want])
    if not np.isfinite(flat).all() or len(np.unique(wanted.round(9))) < 2:
        return ""
    if flat.size > 1 and np.allclose(flat, flat[0], 1e-6, 1e-9):
        return f"is too {'large' if flat[0] > 0 else 'small'} by {abs(flat[0]):.6g} everywhere"
    each = np.array([d.flat[0] if d.size and np.allclose(d, d.flat[0], 1e-6, 1e-9) else np.nan for d in differences])
    for words, numbers in amounts(exercise, column.instances).items():
        if all(g.ndim == 0 for g in column.got) and np.allclose([float(g) for g in column.got], numbers):
            return f"is {words} on every input"
        for sign, size in ((1, "large"), (-1, "small")):
            if np.allclose(each, sign * numbers, 1e-6, 1e-9):
                return f"is too {size} by {words} everywhere"
    return ""


def _fits(made, target, like) -> bool:
    return made.shape == like.shape and close(made, target)


def _of_step(factor):
    """Whether what is added to an argument is `factor` times what should be added to it."""
    return lambda g, w, a: a.shape == g.shape and close(g - a, factor * (w - a))


#: words -> whether it holds for (got, want, argument)
_TERMS = {
    "is {0} itself": lambda g, w, a: close(g, a),
    "lacks {0}: yours plus {0} is what is expected": lambda g, w, a: _fits(g + a, w, g),
    "has {0} too much: yours minus {0} is what is expected": lambda g, w, a: _fits(g - a, w, g),
    "has {0} with the wrong sign: yours plus twice {0} is what is expected": lambda g, w, a: _fits(g + 2 * a, w, g),
    "has {0} with the wrong sign: yours minus twice {0} is what is expected": lambda g, w, a: _fits(g - 2 * a, w, g),
    "lacks a factor: yours times {0} is what is expected": lambda g, w, a: _fits(g * a, w, g),
    "has a factor too many: it is what is expected times {0}": lambda g, w, a: _fits(w * a, g, g),
    "lacks a factor: yours times the square of {0} is what is expected": lambda g, w, a: _fits(g * a * a, w, g),
    "has a factor too many: it is what is expected times the square of {0}": lambda g, w, a: _fits(w * a * a, g, g),
    "goes from {0} in the opposite direction: the step has the expected size and the other sign": _of_step(-1),
    "goes twice as far from {0} as it should": _of_step(2),
    "goes half as far from {0} as it should": _of_step(0.5),
}
#: words -> whether it holds for (got, want, argument, another argument)
_PAIRS = {
    "has {0} where {1} is expected: with one in place of the other it is right":
        lambda g, w, a, b: _fits(g - a, w - b, g) or _fits(g * b, w * a, g),
    "lacks a factor in what is added to {0}: times {1} it is right": lambda g, w, a, b: _fits((g - a) * b, w - a, g),
    "has a factor too many in what is added to {0}: {1}": lambda g, w, a, b: _fits((w - a) * b, g - a, g),
}


def _differ(values: list[np.ndarray]) -> bool:
    """Whether there are two numbers in it."""
    return len(np.unique(np.concatenate([a.ravel() for a in values]).round(9))) > 1


def _held(table: dict, column: Column, *arguments: list[np.ndarray]) -> str:
    """The words of the first relation in the table that holds on every instance, where it is none by chance."""
    if not all(map(_differ, arguments)):
        return ""
    for words, holds in table.items():
        with np.errstate(all="ignore"):
            try:
                if all(holds(*row) for row in zip(column.got, column.want, *arguments, strict=True)):
                    return words if tells(column, column.got) or not column.same_shape else ""
            except ValueError:  # shapes that do not go together
                continue
    return ""

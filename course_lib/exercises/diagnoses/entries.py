"""Which entries of an output are wrong: a sign of an argument, a row, a column, the diagonal."""

from collections.abc import Iterable, Iterator

import numpy as np

from course_lib.exercises.diagnoses.columns import Column, first_wrong
from course_lib.exercises.diagnoses.evidence import Evidence
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.model import Exercise

#: words -> which entries of an argument
_SIGNS = {"{} is below 0": lambda a: a < 0, "{} is above 0": lambda a: a > 0, "{} is at most 0": lambda a: a <= 0,
          "{} is at least 0": lambda a: a >= 0, "{} is 0": lambda a: a == 0, "{} is not 0": lambda a: a != 0,
          "{} is 1": lambda a: a == 1}

FEW = 3  #: different numbers that are expected: classes
MANY = 12  #: different pairs of what came and what is wanted that lie on one side by no chance


def which_entries(seen: Evidence) -> str:
    """" Wrong exactly where z is below 0.", or nothing where no such rule holds on all inputs."""
    if seen.exercise.kind in ("value", "choice"):
        return ""
    column = first_wrong(seen)
    if column is None or not column.same_shape or max(want.size for want in column.want) < 3:
        return ""
    inside = column.inside()
    if found := _rule(inside, _sure(seen.exercise, column, inside)):
        return found
    plain = column.plain()  # with a label, as where columns depend on each other, a slip may reach other places too
    if len(plain.right) - sum(plain.right) > 1 and (words := _rule(plain, _places(plain))):
        return words[:-1] + ", special cases aside."
    return _one_kind(inside) if _is_mixed(inside) else ""


def _sure(exercise: Exercise, column: Column, inside: Column) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The rules inside: at an edge what one of them calls wrong may be right by chance, what it calls right must be."""
    bad = _wrong(column)
    at_edges = {words: all(not (b & ~m).any() for b, m in zip(bad, marked, strict=True))
                for words, marked in _rules(exercise, column)}
    yield from (rule for rule in _rules(exercise, inside) if at_edges.get(rule[0], True))


def _is_mixed(column: Column) -> bool:
    """Whether two entries at least are wrong, and two right."""
    bad = sum(int(b.sum()) for b in _wrong(column))
    return 2 <= bad <= sum(want.size for want in column.want) - 2


def _rule(column: Column, rules: Iterable[tuple[str, list[np.ndarray]]]) -> str:
    """" Wrong exactly where z is below 0.", the first rule that holds on these inputs; nothing where none does."""
    if not _is_mixed(column):
        return ""
    rules, bad = list(rules), _wrong(column)
    who = f" {column.name} is wrong" if column.name else " It is wrong"
    for words, marked in rules:
        if all(np.array_equal(b, m) for b, m in zip(bad, marked, strict=True)):
            return f"{who} exactly {words}."
    for words, marked in rules:  # where 0 is expected, what was never filled is right by chance
        if "where" not in words and all(np.array_equal(b, m & (b | (want != 0)))
                                        for b, m, want in zip(bad, marked, column.want, strict=True)):
            return f"{who} {words}, and nowhere else."
    return ""


def _one_kind(column: Column) -> str:
    """" Wherever it is wrong it is 0, and 1 is expected.", of a few classes; of other numbers that they are too large,
    or too small, where this holds in many entries, on several inputs.
    """
    wrong = [(g, w, b) for g, w, b in zip(column.got, column.want, _wrong(column), strict=True) if b.any()]
    pairs = {(x, y) for g, w, b in wrong for x, y in zip(g[b].tolist(), w[b].tolist(), strict=True)}
    wanted = np.unique(np.concatenate([want.ravel() for want in column.want]))
    if len(wrong) < 2:
        return ""
    if len(pairs) >= MANY and (side := {x > y for x, y in pairs if x == x and y == y}) and len(side) == 1:
        return f" Wherever {column.name or 'it'} is wrong it is too {'large' if side.pop() else 'small'}."
    if len(pairs) > 1 or not 2 <= len(wanted) <= FEW or not {*wanted} >= {*next(iter(pairs))}:
        return ""
    came, expected = (str(bool(x)) if column.truth else f"{x:g}" for x in pairs.pop())
    return f" Wherever {column.name or 'it'} is wrong it is {came}, and {expected} is expected."


def _wrong(column: Column) -> list[np.ndarray]:
    """Which entries are wrong, on each instance."""
    return [~np.isclose(got, want, 1e-6, 1e-9, equal_nan=True)
            for got, want in zip(column.got, column.want, strict=True)]


def _rules(exercise: Exercise, column: Column):
    """(words, marked entries of each instance) of every rule."""
    shapes = [want.shape for want in column.want]
    for k in range(min(map(len, column.instances), default=0)):
        values = [instance[k] for instance in column.instances]
        if not all(isinstance(v, np.ndarray) and v.dtype.kind in "fiu" for v in values):
            continue
        name = argument_name(exercise, k)
        for words, test in _SIGNS.items():
            if all(v.shape == shape for v, shape in zip(values, shapes, strict=True)):
                yield f"where {words.format(name)}", [test(v) for v in values]
            elif all(v.ndim == 1 and len(shape) == 2 and len(v) == shape[0]
                     for v, shape in zip(values, shapes, strict=True)):
                yield (f"in the rows where {words.format(name)}",
                       [np.broadcast_to(test(v)[:, None], shape) for v, shape in zip(values, shapes, strict=True)])
    expected = (("False", lambda w: w == 0), ("True", lambda w: w != 0)) if column.truth else (
        ("more than 0", lambda w: w > 0), ("less than 0", lambda w: w < 0), ("0", lambda w: w == 0),
        ("something other than 0", lambda w: w != 0))
    for words, test in expected:
        yield f"where {words} is expected", [test(want) for want in column.want]
    yield from _places(column)


def _places(column: Column):
    """The same, of rules that are about places alone."""
    shapes = [want.shape for want in column.want]
    if all(len(shape) == 2 for shape in shapes):
        rows, cols = [np.indices(shape)[0] for shape in shapes], [np.indices(shape)[1] for shape in shapes]
        yield "on the diagonal", [r == c for r, c in zip(rows, cols, strict=True)]
        yield "off the diagonal", [r != c for r, c in zip(rows, cols, strict=True)]
        yield "above the diagonal", [r < c for r, c in zip(rows, cols, strict=True)]
        yield "below the diagonal", [r > c for r, c in zip(rows, cols, strict=True)]
        for what, index in (("row", rows), ("column", cols)):
            yield f"in the first {what}", [i == 0 for i in index]
            yield f"in all {what}s but the first", [i != 0 for i in index]
            yield f"in the last {what}", [i == i.max() for i in index]
            yield f"in all {what}s but the last", [i != i.max() for i in index]
    elif all(len(shape) == 1 for shape in shapes):
        places = [np.arange(shape[0]) for shape in shapes]
        yield "in the first entry", [i == 0 for i in places]
        yield "in all entries but the first", [i != 0 for i in places]
        yield "in the last entry", [i == i.max() for i in places]
        yield "in all entries but the last", [i != i.max() for i in places]

"""Edits of numbers: constants, start values, counts and divisors, bounds, indices."""

import ast
from collections.abc import Iterator

from course_lib.exercises.repair.arithmetic import BORDERS, shifted
from course_lib.exercises.repair.scope import Seen
from course_lib.exercises.repair.tree import Called, Edit, Place, constant, form, has_name, is_number, name

NOT_DIVIDED = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Lambda, ast.GeneratorExp, ast.ListComp)
#: functions of which twice the argument is not twice the value
BENT = {"tanh", "exp", "sigmoid", "cos", "sin", "log", "sqrt", "arctan", "softmax"}
#: what a number is called by where it stands
KIND = {"index": "index", "bound": "bounds", "range": "bounds", "whole": "start value"}


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression itself."""
    if place.role == "whole" and not isinstance(place.node, NOT_DIVIDED) and not _is_empty(place.node):
        yield from divided(place)
    if place.role == "argument" and Called.of(place.owner).name in BENT and not isinstance(place.node, NOT_DIVIDED):
        yield from divided(place, -0.2)
    match place.node:
        case ast.Constant(value=bool() as value):
            if place.role != "keyword keepdims":
                yield place.put("start value", ast.Constant(not value), slip=("bool", value))
        case ast.Constant():
            if is_number(place.node):
                yield from _number(place, place.node.value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            if is_number(place.node.operand):
                yield from _number(place, -value)
        case ast.Name(id=word):
            if word in place.scope.counts:  # right where it is defined, but not what belongs here
                yield from _other_counts(place, 0.2)
            if place.role in KIND and place.role != "whole":
                for by in (1, -1):
                    yield place.put(KIND[place.role], shifted(place.node, by))
            if place.role == "index" and not isinstance(place.owner, ast.Tuple):
                yield place.put("index", _column(place.node))
        case ast.BinOp(op=ast.Add() | ast.Sub()) if place.role == "index":
            for by in (1, -1):
                yield place.put("index", shifted(place.node, by))
        case ast.BinOp(left=ast.Name(id=one), op=ast.MatMult(), right=ast.Name(id=other)) if one == other:
            yield place.put("divisor", form("a / len(b)", a=place.node, b=name(one)))  # e @ e for the mean square
        case ast.BinOp(left=ast.Call() as call, op=ast.Add(), right=ast.Constant(value=1)) if (
                Called.of(call).name == "max"):  # as many classes as these labels have
            for code in place.scope.divisors:
                if ".shape[" in code:
                    yield place.put("count", form(code))
        case ast.Attribute(attr="size"):
            yield from _count(place)
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            yield from _count(place)
        case ast.Subscript(slice=ast.Slice()):
            yield from _slice(place)
        case ast.Subscript():
            yield from _subscript(place)
        case ast.Call():
            called = Called.of(place.node)
            if called.name == "zeros" and called.operand is not None and not called.keywords:
                # the largest so far, of what may be below 0
                yield place.put("start value", form("np.full(a, -np.inf)", a=called.operand), 0.5)
            if called.name in ("full", "full_like") and len(place.node.args) > 1 and isinstance(
                    place.node.args[1], ast.Name):
                for value in (1, 0):
                    args = [place.node.args[0], ast.Constant(value), *place.node.args[2:]]
                    yield place.put("name", ast.Call(place.node.func, args, place.node.keywords), at=place.node.args[1])
            if called.name == "len":
                yield from _count(place)
            elif called.name in ("range", "arange") and called.operand is not None:
                yield from _range(place)


def _is_empty(node):
    """An array of zeros or ones, to be filled."""
    return isinstance(node, ast.Call) and Called.of(node).name.startswith(("zeros", "ones", "empty", "full"))


def divided(place: Place, extra: float = 0.0) -> Iterator[Edit]:
    """A factor that was forgotten: two, the samples, the entries."""
    for code in ("2", *place.scope.divisors):
        yield place.put("divisor", form("a / b", a=place.node, b=form(code)), extra, slip=("divided", code))
        more = 0.0 if code == "2" else 0.3
        yield place.put("divisor", form("a * b", a=place.node, b=form(code)), extra + more, slip=("times", code))


def other_indices(subscript: ast.Subscript) -> Iterator[ast.expr]:
    """For x[:, y] the entries y[i] of row i; for x[i] that is assigned to the column."""
    match subscript.slice:
        case ast.Tuple(elts=[ast.Slice(), ast.Name() as y]):
            yield form("(np.arange(len(y)), y)", y=y)
        case ast.Tuple(elts=[ast.Name() as y, ast.Slice()]):
            yield form("(y, np.arange(len(y)))", y=y)
        case ast.Slice() | ast.Tuple():
            pass
        case index if isinstance(subscript.ctx, ast.Store):
            yield _column(index)


def turned(index: ast.Tuple) -> ast.Tuple:
    """j, i for i, j."""
    return ast.Tuple(index.elts[::-1], ast.Load())


def _column(index):
    return ast.Tuple([ast.Slice(), index], ast.Load())


def _at(node, index):
    return ast.Subscript(node, index, ast.Load())


def _number(place, value):
    if place.role in ("keyword axis", "keyword ddof", "key"):
        return
    kind = "constant" if isinstance(place.owner, ast.Dict) else KIND.get(place.role, "constant")
    if kind == "start value" and {id(place.node), id(place.owner)}.isdisjoint(place.scope.assigned):
        kind = "constant"
    beside = [value + 1, value - 1] if isinstance(value, int) else []
    for new in dict.fromkeys([*beside, 2 * value, value / 2, 0, 1, -value, value + 1, *place.scope.numbers]):
        if kind in ("index", "bounds") and new != int(new):
            continue
        new = int(new) if isinstance(value, int) and new == int(new) else new
        if new == value:
            continue
        turned_round = new == -value
        extra = 0.4 if turned_round else 0.0 if new in beside else 0.2
        as_kind = "sign" if turned_round and kind in ("constant", "start value") else kind
        if place.role == "compared" and new in beside and isinstance(place.owner.ops[0], BORDERS):
            as_kind = "condition"
        yield place.put(as_kind, constant(new), extra, slip=("number", value, new))
    if place.role == "argument" and value in (0, 1):  # 0 for b
        for other in place.scope.parameters:
            if place.scope.kind(other).sort == "number":
                yield place.put("name", name(other), 0.2)
    if kind == "constant" and (abs(value) >= 10 or abs(value) < 1) and value:  # a digit too few
        for new in (10 * value, value / 10):
            yield place.put(kind, constant(int(new) if isinstance(value, int) and new == int(new) else new), 0.4)
    if kind in ("constant", "start value") and abs(value) > 2:  # seconds of a minute for those of an hour
        yield place.put(kind, constant(value ** 2), 0.4)
    if kind == "start value" and value in (0, 1):
        yield place.put(kind, form("np.inf"), 0.4)
        yield place.put(kind, form("-np.inf"), 0.4)
    if kind in ("constant", "start value"):
        for code in place.scope.divisors:
            yield place.put("divisor", form(code), 0.4)
    if kind == "index":
        if not isinstance(place.owner, ast.Tuple):
            yield place.put("index", _column(place.node))
        for other in place.scope.names:
            if place.scope.kind(other).sort == "number":
                yield place.put("index", name(other), 0.3)


def _count(place):
    """Another number of things in the place of this one."""
    yield from _other_counts(place)
    yield place.put("n - 1", shifted(place.node, -1))
    if place.role in ("term", "whole") and isinstance(place.owner, ast.AugAssign | ast.BinOp):  # steps, not samples
        yield place.put("count", ast.Constant(1), 0.2)


def _other_counts(place, extra=0.0):
    kind, more = ("divisor", -0.4) if place.role == "factor" else ("count", 0.0)
    for code in place.scope.divisors:
        yield place.put(kind, form(code), more + extra, slip=("count", ast.dump(place.node), code))


def _range(place):
    node = place.node
    first, stop, step = ([], node.args[0], []) if len(node.args) == 1 else (node.args[:1], node.args[1], node.args[2:])
    for by in (1, -1):
        args = [*first, shifted(stop, by), *step]
        yield place.put("bounds", ast.Call(node.func, args, []), slip=("stop", by))
    if first:
        yield place.put("bounds", ast.Call(node.func, [stop], []))
    else:
        minus = constant(-1)
        for args in [ast.Constant(1), stop], [ast.Constant(1), shifted(stop, 1)], [shifted(stop, -1), minus, minus]:
            yield place.put("bounds", ast.Call(node.func, args, []))
    for code in place.scope.divisors:
        yield place.put("bounds", ast.Call(node.func, [*first, form(code), *step], []), 0.3)


def _slice(place):
    node, lower, upper = place.node, place.node.slice.lower, place.node.slice.upper
    options = [(upper, lower)] if bool(lower) != bool(upper) else []
    options += [(None, upper)] if lower else [(ast.Constant(1), upper)]
    options += [(lower, None)] if upper else [(lower, constant(-1))]
    for by in (1, -1):
        options += [(shifted(lower, by), upper)] if lower and not is_number(lower) else []
        options += [(lower, shifted(upper, by))] if upper and not is_number(upper) else []
    if (long := _as_long(node.slice)) is not node.slice:
        options.append((lower, long.upper))
    for new in options:
        yield place.put("bounds", _at(node.value, ast.Slice(*new, node.slice.step)))
    for other in place.scope.names:  # y[start:stop] for y[batch]
        if place.scope.kind(other) == Seen("array", 1) and not has_name(node, other):
            yield place.put("index", _at(node.value, name(other)), 0.3)


def _as_long(part: ast.expr) -> ast.expr:
    """For start:length the slice start:start + length."""
    if not (isinstance(part, ast.Slice) and part.lower and part.upper) or is_number(part.lower):
        return part
    return ast.Slice(part.lower, form("a + b", a=part.lower, b=part.upper), part.step)


def _one_hot(place):
    """For labels y[:, None] beside scores the rows that have a 1 in the column of the class."""
    if not (isinstance(place.owner, ast.BinOp) and ast.unparse(place.node.slice).strip("()") == ":, None"):
        return
    other = place.owner.left if place.field == "right" else place.owner.right
    yield place.put("index", form("(np.arange(b.shape[1]) == a)", a=place.node, b=other), 0.2)


def _subscript(place):
    node, index = place.node, place.node.slice
    if isinstance(index, ast.Tuple):
        for k, part in enumerate(index.elts):  # every second row, where every second column is meant, or both
            if isinstance(part, ast.Slice) and part.step:
                for new in ([part, part], [ast.Slice(), part]):
                    elements = [*index.elts[:k], *new, *index.elts[k + 2:]]
                    yield place.put("index", _at(node.value, ast.Tuple(elements, ast.Load())))
        long = [_as_long(part) for part in index.elts]
        if any(new is not old for new, old in zip(long, index.elts, strict=True)):
            yield place.put("bounds", _at(node.value, ast.Tuple(long, ast.Load())))
    if isinstance(index, ast.Tuple) and len(index.elts) == 2:
        yield place.put("index", _at(node.value, turned(index)), slip=("turned",))
        for part in index.elts:
            if not isinstance(part, ast.Slice):
                yield place.put("index", _at(node.value, part), 0.3)
        for other in other_indices(node):
            yield place.put("index", _at(node.value, other))
        yield from _one_hot(place)
    elif not isinstance(index, ast.Tuple):
        yield place.put("index", _at(node.value, _column(index)), 0.1, slip=("column",))
    yield place.put("index", node.value, 0.6)
    if isinstance(node.value, ast.Name):
        for turned_round in ("a[:, ::-1]", "a[::-1]"):
            yield place.put("bounds", _at(form(turned_round, a=node.value), index), 0.3)

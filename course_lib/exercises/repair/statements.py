"""Edits of whole lines: order, level, what is assigned and how, what is handed back, copies and old values."""

import ast
import itertools
from collections.abc import Iterator

from course_lib.exercises.repair.arithmetic import ADD, DIV, MUL, SUB
from course_lib.exercises.repair.numbers import other_indices, turned
from course_lib.exercises.repair.scope import Scope
from course_lib.exercises.repair.tree import (
    Change,
    Edit,
    binary,
    blocks,
    form,
    has_name,
    is_docstring,
    name,
    placed,
    read,
    swapped,
)

OLD = "_old_"  #: the variable of an edit that keeps a value
LOOPS = (ast.For, ast.While)


def edits(scope: Scope) -> Iterator[Edit]:
    """All of one function."""
    used = {place.node.id for place in scope.places if isinstance(place.node, ast.Name)}
    for owner in ast.walk(scope.function):
        for field, block in blocks(owner):
            texts = [ast.dump(statement) for statement in block]
            for i, statement in enumerate(block):
                if isinstance(statement, ast.stmt) and not is_docstring(statement):
                    yield from _moved(scope, owner, field, block, i, texts.count(texts[i]) > 1)
                    for kind, new, extra, slip in _otherwise(statement, used):
                        change = Change(owner, field, i, placed(new, statement))
                        yield Edit(kind, statement, (change,), extra, slip)
            yield from _old_values(scope, owner, field, block)
            if isinstance(owner, LOOPS) and field == "body":
                yield from _stale(scope, owner)
                yield from _never_begun(scope, owner)
                yield from _swept(scope, owner)
    yield from _copies(scope)
    yield from _no_return(scope)


# --- order and level ---


def _moved(scope, owner, field, block, i, twice):
    statement, rest = block[i], block[:i] + block[i + 1:]
    after = block[i + 1] if i + 1 < len(block) else None
    is_return = isinstance(statement, ast.Return)
    is_free = after is not None and not isinstance(after, ast.Return)
    if rest and not is_return:
        overwritten = owner is scope.function and _is_overwritten(scope, block, i)
        sooner = -1.0 if twice else -0.5 if overwritten else 0.0
        yield Edit("extra line", statement, (Change(owner, field, None, rest),), sooner)
    elif isinstance(owner, ast.If) and not is_return and not isinstance(statement, ast.If):
        nothing = [] if field == "orelse" else [placed(ast.Pass(), statement)]
        yield Edit("extra line", statement, (Change(owner, field, None, nothing),))
    if is_free and not is_return:
        yield Edit("statement order", statement, (Change(owner, field, None, swapped(block, i, i + 1)),))
    if isinstance(owner, (*LOOPS, ast.If)) and rest and field == "body":
        yield from _outdented(scope, owner, rest, statement)
    if isinstance(statement, LOOPS):
        for k, extra in ((i - 1, 0.0), (i - 2, 0.2)):
            if k >= 0 and isinstance(block[k], ast.Assign | ast.AugAssign) and not _makes_idle(block[k], statement):
                inner = Change(statement, "body", None, [block[k], *statement.body])
                outer = Change(owner, field, None, block[:k] + block[k + 1:])
                yield Edit("loop level", block[k], (inner, outer), extra)
        if is_free:
            inner = Change(statement, "body", None, [*statement.body, after])
            yield Edit("loop level", after, (inner, Change(owner, field, None, block[:i + 1] + block[i + 2:])))


def _makes_idle(first, loop):
    """Whether a loop whose rounds begin with this line would do the same with its last round alone: what the line sets
    is read in no other line but one that changes it.
    """
    match first:
        case ast.Assign(targets=[ast.Name(id=word)]):
            return all(any(isinstance(target, ast.Name) and target.id == word for target in _targets(line))
                       for line in loop.body if has_name(line, word))
    return False


def _is_overwritten(scope, block, i):
    """Whether line i gives a parameter a new value before anything has read what the caller gave."""
    match block[i]:
        case ast.Assign(targets=[ast.Name(id=word)]) if word in scope.parameters:
            return not any(isinstance(n, ast.Name) and n.id == word and isinstance(n.ctx, ast.Load)
                           for statement in block[:i + 1] for n in ast.walk(statement))
    return False


def _outdented(scope, owner, rest, statement):
    """A line of a loop before or after the loop."""
    outer, field, k, above = _around(scope, owner)
    for cut in (k + 1,) if isinstance(statement, ast.Return) else (k, k + 1):
        changes = Change(owner, "body", None, rest), Change(outer, field, None, [*above[:cut], statement, *above[cut:]])
        yield Edit("loop level", statement, changes, 0.5 if isinstance(owner, ast.If) else 0.0)


# --- one statement otherwise ---


def _otherwise(statement, used):
    """(kind, statement, extra, slip) of what can stand in the place of one statement. used : names that are read."""
    match statement:
        case ast.AugAssign(target=target, op=op, value=value):
            yield "in place", ast.Assign([target], binary(read(target), op, value)), 0.0, ("new",)
            yield "accumulate", ast.Assign([target], value), 0.0, ("replaced",)
            for other in (ADD, SUB, MUL, DIV):
                if type(other) is not type(op):
                    is_sign = {type(other), type(op)} == {ast.Add, ast.Sub}
                    slip = ("augmented", type(op).__name__, type(other).__name__)
                    yield ("sign" if is_sign else "operator", ast.AugAssign(target, other, value),
                           0.0 if is_sign else 0.3, slip)
            if isinstance(op, ast.Add) and isinstance(target, ast.Subscript):
                added = form("np.add.at(a, b, c)", a=target.value, b=target.slice, c=value)
                yield "accumulate", ast.Expr(added), 0.4, ()
            yield from _other_target(statement, target)
        case ast.Assign(targets=[ast.Tuple(elts=elements)], value=value):
            # of N, D = X.shape where only one of them is used, it is the use that is wrong
            for i, j in itertools.combinations([i for i, each in enumerate(elements) if _is_used(each, used)], 2):
                yield "arguments", ast.Assign([ast.Tuple(swapped(elements, i, j), ast.Store())], value), 0.0, ()
        case ast.Assign(targets=[target], value=value):
            for op, extra in ((ADD, 0.1), (SUB, 0.5), (MUL, 0.6)):
                if not _changes_nothing(op, value):  # then the line is one too many
                    yield "accumulate", ast.AugAssign(target, op, value), extra, ("accumulated", type(op).__name__)
            if (summand := _in_running_sum(target, value)) is not None:
                yield "brackets", ast.AugAssign(target, ADD, summand), 0.0, ()
            yield from _other_target(statement, target)
        case ast.Break() | ast.Continue():
            yield "leave", (ast.Continue if isinstance(statement, ast.Break) else ast.Break)(), 0.0, ()
        case ast.Return(value=ast.Tuple(elts=elements)):
            yield from _results(elements)
        case ast.If(test=test, body=body, orelse=orelse):
            if orelse:
                yield "condition", ast.If(test, orelse, body), 0.3, ()
            yield "condition", ast.If(form("not a", a=test), body, orelse), 0.5, ()
        case ast.While(test=test, body=body, orelse=orelse):
            yield "condition", ast.While(form("not a", a=test), body, orelse), 0.5, ()
        case ast.For(target=target, iter=ast.Call() as over, body=body, orelse=orelse):
            yield "order", ast.For(target, form("reversed(list(a))", a=over), body, orelse), 0.8, ()


def _changes_nothing(op, value) -> bool:
    """Whether += 0, -= 0 or *= 1 would come of it."""
    return isinstance(value, ast.Constant) and value.value == (1 if op is MUL else 0)


def _in_running_sum(target, value):
    """What a round adds in `total = factor * (total + part)` without the bracket: factor * part; None elsewhere."""
    if not (isinstance(target, ast.Name) and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.Div)):
        return None
    for bracket, factor in ((value.left, value.right), (value.right, value.left)):
        if isinstance(bracket, ast.BinOp) and isinstance(bracket.op, ast.Add):
            for total, part in ((bracket.left, bracket.right), (bracket.right, bracket.left)):
                if isinstance(total, ast.Name) and total.id == target.id:
                    if bracket is value.left:
                        return binary(part, value.op, factor)
                    return binary(factor, value.op, part) if isinstance(value.op, ast.Mult) else None
    return None


def _other_target(statement, target):
    if not isinstance(target, ast.Subscript):
        return
    indices = [(index, ()) for index in other_indices(target)]
    if isinstance(target.slice, ast.Tuple) and len(target.slice.elts) == 2:
        indices.append((turned(target.slice), ("turned",)))
    for index, slip in indices:
        new = ast.Subscript(target.value, index, ast.Store())
        if isinstance(statement, ast.AugAssign):
            yield "index", ast.AugAssign(new, statement.op, statement.value), 0.0, slip
        else:
            yield "index", ast.Assign([new], statement.value), 0.0, slip


def _is_used(target, used):
    return not isinstance(target, ast.Name) or target.id in used


def _results(elements):
    n = len(elements)
    if n <= 4:
        orders = [[elements[k] for k in order] for order in itertools.permutations(range(n))][1:]
    else:
        orders = [swapped(elements, i, j) for i, j in itertools.combinations(range(n), 2)]
    if n > 2:
        orders += [[*elements[:1], ast.Tuple(elements[1:], ast.Load())],
                   [ast.Tuple(elements[:-1], ast.Load()), *elements[-1:]]]
    for order in orders:
        yield "results", ast.Return(ast.Tuple(order, ast.Load())), 0.0, ()


# --- values that are changed too early, or for somebody else too ---


def _copies(scope):
    """Work on a copy of an argument."""
    function = scope.function
    for parameter in scope.parameters:
        changed = next((n for n in ast.walk(function) if any(root(t) == parameter for t in _targets(n))), None)
        if changed is not None and scope.kind(parameter).sort in ("array", "?"):
            copy = ast.Assign([ast.Name(parameter, ast.Store())], form("a.copy()", a=name(parameter)))
            body = [placed(copy, function.body[0]), *function.body]
            yield Edit("in place", changed, (Change(function, "body", None, body),))


def _targets(node: ast.AST) -> list[ast.expr]:
    """What an assignment, plain or augmented, gives a value; nothing of any other node."""
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []


def root(target: ast.expr) -> str:
    """The variable that an assignment to `target` changes, be it in one entry."""
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def _stale(scope, loop):
    """A variable that the loop reads gets its next value at the end of each round."""
    inside = [n for n in ast.walk(loop) if isinstance(n, ast.Name)]
    given = dict.fromkeys(n.id for n in inside if isinstance(n.ctx, ast.Store))
    waiting = {n.id: n for n in inside if n.id in scope.names and n.id not in {*scope.parameters, *given}}
    for variable, place in waiting.items():
        for other in given:
            last = loop.body[-1]
            new = placed(ast.Assign([ast.Name(variable, ast.Store())], name(other)), last)
            yield Edit("stale", place, (Change(loop, "body", None, [*loop.body, new]),))
            for node in ast.walk(loop):  # the best so far, which every round is compared with
                if isinstance(node, ast.If) and any(part is place for part in ast.walk(node.test)):
                    yield Edit("stale", place, (Change(node, "body", None, [*node.body, new]),))


def _never_begun(scope, loop):
    """A sum over the rounds of which only the last part is kept: += in the loop, and 0 before it."""
    stored = [n.id for n in ast.walk(scope.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    read_here = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    outer, field, k, above = _around(scope, loop)
    for i, statement in enumerate(loop.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=word) as target], value=value) if (
                    stored.count(word) == 1 and word not in read_here):
                start = placed(ast.Assign([ast.Name(word, ast.Store())], ast.Constant(0)), statement)
                added = placed(ast.AugAssign(target, ADD, value), statement)
                yield Edit("accumulate", statement, (Change(loop, "body", i, added),
                                                     Change(outer, field, None, [*above[:k], start, *above[k:]])))


def _swept(scope, loop):
    """What a loop over the entries of an array reads of the array is what it held before the loop."""
    stored = {root(target) for line in loop.body for target in _targets(line) if isinstance(target, ast.Subscript)}
    inside = {id(node) for line in loop.body for node in ast.walk(line)}
    outer, field, k, above = _around(scope, loop)
    for place in scope.places:
        node = place.node
        if isinstance(node, ast.Name) and node.id in stored and id(node) in inside and place.role != "indexed":
            keep = placed(ast.Assign([ast.Name(OLD, ast.Store())], form("a.copy()", a=name(node.id))), loop)
            yield Edit("old value", node, (Change(place.owner, place.field, place.index, placed(name(OLD), node)),
                                           Change(outer, field, None, [*above[:k], keep, *above[k:]])))


def _around(scope, statement):
    """(owner, field, number, block) of the block in which a statement stands."""
    return next((outer, field, block.index(statement), block) for outer in ast.walk(scope.function)
                for field, block in blocks(outer) if statement in block)


def _old_values(scope, owner, field, block):
    """A later line reads the value that a variable had before it was given a new one."""
    for i, statement in enumerate(block):
        match statement:
            case ast.AugAssign(target=ast.Name(id=variable)) | ast.Assign(targets=[ast.Name(id=variable)]):
                pass
            case _:
                continue
        reads_itself = isinstance(statement, ast.AugAssign) or any(
            isinstance(n, ast.Name) and n.id == variable for n in ast.walk(statement.value))
        if variable not in scope.parameters and not reads_itself:
            continue
        keep = placed(ast.Assign([ast.Name(OLD, ast.Store())], name(variable)), statement)
        later = {id(n) for other in block[i + 1:] for n in ast.walk(other)}
        for place in scope.places:
            if isinstance(place.node, ast.Name) and place.node.id == variable and id(place.node) in later:
                old = Change(place.owner, place.field, place.index, placed(name(OLD), place.node))
                yield Edit("old value", place.node, (Change(owner, field, None, [*block[:i], keep, *block[i:]]), old))


def _no_return(scope):
    function = scope.function
    if not any(isinstance(n, ast.Return) for n in ast.walk(function)):
        for variable in reversed(scope.names):
            back = placed(ast.Return(name(variable)), function.body[-1])
            yield Edit("results", function.body[-1], (Change(function, "body", None, [*function.body, back]),))

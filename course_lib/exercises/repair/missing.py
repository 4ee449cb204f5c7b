"""Edits that put something new around a part or beside it: a function, a factor, a shape, a sign."""

import ast
from collections.abc import Iterator

from course_lib.exercises.repair.numbers import divided
from course_lib.exercises.repair.scope import Scope
from course_lib.exercises.repair.tree import MODULES, Called, Edit, Place, form, name

AROUND = ("whole", "term", "factor", "part", "compared", "argument", "receiver")
NOT_AROUND = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.Lambda, ast.GeneratorExp, ast.ListComp,
              ast.Slice)
#: a function that was forgotten, and how much less likely than the others; `> 0` and `!= 0` fit by coincidence
#: too often
FORGOTTEN = (("np.sqrt(a)", 0.0), ("a ** 2", 0.0), ("1 - a", 0.1), ("np.abs(a)", 0.2), ("np.maximum(a, 0)", 0.4),
             ("np.exp(a)", 0.6), ("np.log(a)", 0.6))
OF_POSITIVE = ("np.sqrt(a)", "np.log(a)")  #: no step before what was negative while the answer ran
A_FACTOR_OF_THE_LOG = ("np.sqrt(a)", "a ** 2")
NOT_OF_A_COUNT = ("1 - a", "np.abs(a)", "np.maximum(a, 0)", "np.exp(a)")
BIAS = 1.2  #: how much likelier than another sum
DEVIATION = 1.8  #: how much likelier than another difference what is squared is one from a mean
#: what puts another quantity beside a part; of numbers there is no product of matrices
BESIDE = (("a * b", 0.0), ("a + b", 0.2), ("a - b", 0.5), ("a / b", 0.5), ("a * (1 - b)", 0.8), ("a @ b", 0.5))


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression."""
    node, role, scope = place.node, place.role, place.scope
    if role not in AROUND or isinstance(node, NOT_AROUND):
        return
    seen = scope.kind(node.id if isinstance(node, ast.Name) else "")
    if seen.sort not in ("?", "array", "number") or (isinstance(node, ast.Name) and node.id in MODULES):
        return
    if seen.sort != "number":
        yield from _array(place, seen.ndim)
    # below 0 an index counts from the end, which fits by coincidence
    if not isinstance(node, ast.UnaryOp) and role != "receiver" and id(node) not in scope.positions:
        renamed = isinstance(node, ast.Name) and isinstance(place.owner, ast.Assign)  # `before = g` hides no sign
        likely = role in ("whole", "term", "argument") and not renamed
        yield place.put("sign", form("-a", a=node), 0.2 if likely else 1.2)
    if role != "compared":
        of_log = isinstance(place.owner, ast.Call) and Called.of(place.owner).name in ("log", "log2", "log10")
        never = {*(OF_POSITIVE if seen.negative else ()), *(A_FACTOR_OF_THE_LOG if of_log else ()),
                 *(NOT_OF_A_COUNT if _is_count(node, scope) else ())}
        forgotten = [each for each in FORGOTTEN if each[0] not in never]
        for code, extra in (*forgotten, *((f"{function}(a)", 0.2) for function in scope.functions)):
            yield place.put("function", form(code, a=node), extra)
    if role == "factor" and isinstance(node, ast.Name) and seen.sort == "array" and not seen.negative:
        yield place.put("function", form("a > 0", a=node))  # where it is switched on, for what it lets through
    if role in ("whole", "term", "argument", "factor") and not _is_mask(node):
        yield from _beside(place)


def _is_count(node: ast.expr, scope: Scope) -> bool:
    """Whether this is a number of samples or entries."""
    match node:
        case ast.Name(id=word):
            return word in scope.counts
        case ast.Call(func=ast.Name(id="len")) | ast.Attribute(attr="size") | ast.Subscript(
                value=ast.Attribute(attr="shape")):
            return True
    return False


def _is_mask(node: ast.expr) -> bool:
    """Whether this makes 0 and 1 of a comparison: what belongs beside them stands where they are used."""
    return (isinstance(node, ast.Call) and Called.of(node).name == "astype"
            and isinstance(Called.of(node).operand, ast.Compare))


def _array(place, ndim):
    node, role = place.node, place.role
    in_product = isinstance(place.owner, ast.BinOp) and isinstance(place.owner.op, ast.MatMult)
    if ndim > 1 and not in_product and not (isinstance(node, ast.Attribute) and node.attr == "T"):
        yield place.put("transpose", form("a.T", a=node), 0.8)
    yield place.put("shape", form("a[:, None]", a=node), slip=("column",))
    if ndim > 1:
        yield place.put("bounds", form("a[:, ::-1]", a=node), 0.7)
        if role in ("whole", "argument", "factor"):
            yield place.put("missing", form("ops.add_bias_column(a)", a=node), 0.3)
    if role == "receiver":  # (X ** 2).max() for the largest of the sums
        for code in ("a.sum(axis=1)", "a.sum(axis=0)"):
            yield place.put("gathered", form(code, a=node), -0.6)
    if role in ("whole", "argument", "receiver"):
        yield place.put("dtype", form("a.astype(float)", a=node), 0.0 if role == "whole" else 0.4)
    if role not in ("whole", "argument"):
        return
    yield place.put("shape", form("a.ravel()", a=node), 0.5)
    yield place.put("shape", form("np.diag(a)", a=node), 0.7)
    yield place.put("bounds", form("a[::-1]", a=node), 0.6)
    yield place.put("in place", form("a.copy()", a=node))
    yield place.put("gathered", form("a.sum()", a=node), 1.0)
    for code in ("a.sum(axis=0)", "a.mean(axis=0)", "a.sum(axis=1)", "a.mean(axis=1)"):
        yield place.put("gathered", form(code, a=node), 0.6)
    for parameter in place.scope.parameters:
        if place.scope.kind(parameter).sort == "array":
            yield place.put("shape", form("a.reshape(b.shape)", a=node, b=name(parameter)), 0.9)
    if role == "whole":
        yield place.put("dtype", form("int(a)", a=node), 0.5)
        yield place.put("shape", form("np.array(a)", a=node), 0.5)


def _beside(place):
    node, scope, whole = place.node, place.scope, place.role == "whole"
    product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    if not whole:
        yield from divided(place, 0.8)
    for code in ("a + 1", "a - 1"):  # of a variable that is given a name the use may be meant as well
        yield place.put("missing", form(code, a=node), -1.0 if isinstance(place.owner, ast.Return) else 0.0)
    for other in scope.numeric():
        if isinstance(node, ast.Name) and node.id == other:
            continue
        more = (0.0 if whole else 0.5) - (1.2 if other in scope.unused else 0.0)
        for code, extra in BESIDE[:None if scope.kind(other).sort == "array" else -1]:
            if code == "a - b" and id(node) in scope.positions:
                continue  # below 0 an index counts from the end
            if product and code == "a + b" and other[:1] == "b":  # the bias of a layer
                extra -= BIAS
            if code == "a - b" and place.field == "left" and isinstance(place.owner.op, ast.Pow):
                extra -= DEVIATION
            slip = ("beside", ast.dump(node), code, other) if isinstance(node, ast.Name) else ()
            yield place.put("missing", form(code, a=node, b=name(other)), extra + more, slip=slip)

"""Edits of what stands between two parts: operator, sign, order, brackets, conditions, a superfluous part."""

import ast
import itertools
from collections.abc import Iterator

from course_lib.exercises.repair.tree import Edit, Place, binary, constant, form, is_number

ADD, SUB, MUL, DIV = ast.Add(), ast.Sub(), ast.Mult(), ast.Div()
#: an operator -> what it is taken for; `/` for `*` is left out, it fits by coincidence too often
OPERATORS = {
    ast.Add: (SUB, MUL), ast.Sub: (ADD, MUL, DIV), ast.Mult: (ast.MatMult(), ADD, ast.Pow()),
    ast.Div: (MUL, SUB, ast.FloorDiv()), ast.MatMult: (MUL,), ast.Pow: (MUL,), ast.FloorDiv: (DIV,),
    ast.Mod: (ast.FloorDiv(),),
}
COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.NotEq), ast.LtE: (ast.Lt, ast.GtE, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.NotEq),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
BORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
#: what holds exactly where the comparison does not
OPPOSITE = {ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
RANK = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.FloorDiv: 2, ast.Mod: 2, ast.Pow: 3}
POWERS = 3  #: the rank of `**`, which is read from the right


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression itself."""
    match place.node:
        case ast.BinOp():
            yield from _operation(place)
            if not (isinstance(place.owner, ast.BinOp) and type(place.owner.op) in RANK):
                yield from _bracketed(place)
        case ast.UnaryOp():
            yield from _negated(place)
        case ast.Compare(ops=[op], left=left, comparators=others):
            for k, other in enumerate(COMPARISONS.get(type(op), ())):
                slip = ("other side",) if OPPOSITE.get(type(op)) is other else ()
                kind = "condition" if isinstance(op, BORDERS) else "which case"
                yield place.put(kind, ast.Compare(left, [other()], others), 0.1 * k, slip=slip)
            yield place.put("extra function", left, 0.8)
            if isinstance(others[0], ast.Name):
                yield place.put("condition", ast.Compare(left, [op], [constant(0)]), 0.3)
        case ast.Compare(ops=ops, left=left, comparators=others):  # 0 < x <= n
            for i, op in enumerate(ops):
                for other in COMPARISONS.get(type(op), ())[:1]:
                    yield place.put("condition", ast.Compare(left, [*ops[:i], other(), *ops[i + 1:]], others))
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield place.put("logic", ast.BoolOp(other, values))
            for value in values:
                yield place.put("extra", value, 0.2)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield place.put("condition", ast.IfExp(test, orelse, body), 0.2)


def _operation(place):
    a, op, b = place.node.left, place.node.op, place.node.right
    for other in OPERATORS.get(type(op), ()):
        is_sign = {type(op), type(other)} == {ast.Add, ast.Sub}
        likely = is_sign or {type(op), type(other)} <= {ast.Mult, ast.Div, ast.MatMult}
        if isinstance(other, ast.Div) and isinstance(a, ast.Constant) and a.value == 1:
            continue  # p / p, where 1 - p stood in a product
        slip = (type(op).__name__, type(other).__name__)
        yield place.put("sign" if is_sign else "operator", binary(a, other, b), 0.0 if likely else 0.5, slip=slip)
    if isinstance(op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        kind = "ratio" if isinstance(op, ast.Div) else "order"
        yield place.put(kind, binary(b, op, a), 1.0 if isinstance(op, ast.Pow) else 0.0)
    if isinstance(op, ast.Div) and isinstance(a, ast.BinOp) and isinstance(a.op, ast.Mult):  # a ratio, turned round
        yield place.put("ratio", binary(binary(a.left, a.op, b), op, a.right))
    if isinstance(op, ast.Mult) and isinstance(b, ast.Name):  # half of the slope of the sigmoid
        yield place.put("missing", form("a * b * (1 - b)", a=a, b=b), -1.4, at=b)
    if isinstance(op, ast.Sub) and isinstance(a, ast.Constant) and a.value == 1:  # the slope of tanh
        yield place.put("function", form("1 - b ** 2", b=b), -0.6, at=b)
        if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Pow):  # and of the sigmoid, where that of tanh stands
            yield place.put("other function", form("a * (1 - a)", a=b.left), 0.4)
    if isinstance(a, ast.BinOp) and isinstance(b, ast.BinOp) and isinstance(op, ast.Add | ast.Sub):
        if isinstance(a.op, ast.Mult) and isinstance(b.op, ast.Mult):  # the weights of two terms
            left, right = binary(b.left, a.op, a.right), binary(a.left, b.op, b.right)
            yield place.put("arguments", binary(left, op, right))
    if isinstance(op, ast.BitAnd | ast.BitOr):
        yield place.put("logic", binary(a, ast.BitOr() if isinstance(op, ast.BitAnd) else ast.BitAnd(), b))
        yield place.put("logic", ast.Compare(a, [ast.Eq()], [b]), 0.2)
    if isinstance(op, ast.Add):  # lengths at a right angle
        yield place.put("nesting", form("np.sqrt(a ** 2 + b ** 2)", a=a, b=b), 1.0)
    if isinstance(op, ast.MatMult):
        yield place.put("operator", form("np.outer(a, b)", a=a, b=b))
    if isinstance(op, ast.Pow):
        yield place.put("extra function", a, slip=("power",))
    else:
        yield place.put("extra", a, at=b, slip=("without", ast.dump(b)))
        yield place.put("extra", b, 0.3 if isinstance(op, ast.Sub | ast.Div) else 0.0, at=a)
    rank = RANK.get(type(op), 9)
    if isinstance(a, ast.BinOp) and RANK.get(type(a.op), 9) < rank and not _is_power_of_ratio(op, a):
        yield place.put("brackets", binary(a.left, a.op, binary(a.right, op, b)))
    if (isinstance(op, ast.Add | ast.Sub) and isinstance(a, ast.BinOp) and isinstance(a.op, ast.Mult | ast.Div)
            and not is_number(a.left)):
        yield place.put("brackets", binary(binary(a.left, op, b), a.op, a.right), 0.2)  # a / s - m for (a - m) / s
    if isinstance(b, ast.BinOp) and RANK.get(type(b.op), 9) <= rank:
        yield place.put("brackets", binary(binary(a, op, b.left), b.op, b.right))


def _is_power_of_ratio(op: ast.operator, base: ast.BinOp) -> bool:
    """Whether this is (a / b) ** n, whose brackets nobody types by oversight."""
    return isinstance(op, ast.Pow) and isinstance(base.op, ast.Div)


def _negated(place):
    node, operand = place.node, place.node.operand
    minus = isinstance(node.op, ast.USub)
    if not (minus and is_number(operand)):  # numbers have edits of their own
        yield place.put("sign" if minus else "condition", operand)
    if minus and isinstance(operand, ast.BinOp):
        yield place.put("brackets", binary(ast.UnaryOp(ast.USub(), operand.left), operand.op, operand.right))


# --- brackets ---


def _bracketed(place):
    """One pair of brackets set or taken away, or a few links left out, anywhere in a chain of operators."""
    operands, ops, inner = _chain(place.node)
    n = len(operands)
    for i, j in itertools.combinations(range(n), 2):
        same = i and all(type(op) is type(ops[i - 1]) and isinstance(op, ast.Add | ast.Mult) for op in ops[i - 1:j])
        if same and j - i < 3:
            rest = _joined(operands[:i] + operands[j + 1:], ops[:i - 1] + ops[j:])
            yield place.put("extra", rest, 0.1, at=operands[i])
        if (i, j) != (0, n - 1):
            bracket = _joined(operands[i:j + 1], ops[i:j])
            whole = _joined([*operands[:i], bracket, *operands[j + 1:]], [*ops[:i], *ops[j:]])
            yield place.put("brackets", whole, 0.1 * (j - i - 1))
    for k in inner:
        if k < len(ops) and _is_power_of_ratio(ops[k], operands[k]):
            continue
        opened, its_ops, _ = _chain(operands[k])
        whole = _joined([*operands[:k], *opened, *operands[k + 1:]], [*ops[:k], *its_ops, *ops[k:]])
        yield place.put("brackets", whole, at=operands[k])


def _chain(node):
    """(operands, operators between them, which operands are in brackets) of `a + b * (c - d)`, as it is written."""
    operands, ops, inner = [], [], []

    def walk(part, least):
        rank = RANK.get(type(part.op), 0) if isinstance(part, ast.BinOp) else 0
        if rank >= max(least, 1):
            from_right = rank == POWERS
            walk(part.left, rank + from_right)
            ops.append(part.op)
            walk(part.right, rank + 1 - from_right)
        else:
            if rank:
                inner.append(len(operands))
            operands.append(part)

    walk(node, 0)
    return operands, ops, inner


def _joined(operands, ops):
    """The tree of a chain without further brackets."""
    operands, ops = list(operands), list(ops)
    for rank in (3, 2, 1):
        order = range(len(ops) - 1, -1, -1) if rank == POWERS else range(len(ops))
        done = 0
        for i in order:
            k = i if rank == POWERS else i - done
            if RANK[type(ops[k])] == rank:
                operands[k:k + 2] = [binary(operands[k], ops.pop(k), operands[k + 1])]
                done += 1
    return operands[0]


# --- numbers ---


def shifted(node: ast.expr, by: int) -> ast.expr:
    """node + 1 or node - 1; a number is worked out."""
    if is_number(node):
        return constant(node.value + by)
    return binary(node, ADD if by > 0 else SUB, ast.Constant(1))

"""Edits of function calls: another function, one less, exchanged arguments, another nesting, dtype."""

import ast
import itertools
from collections.abc import Iterator

from course_lib.exercises.repair.axes import REDUCTIONS, other_function
from course_lib.exercises.repair.tree import Called, Edit, Place, binary, form, on_operand, swapped

#: a function -> what it is taken for
FUNCTIONS = {
    "maximum": ("minimum",), "minimum": ("maximum",), "zeros": ("ones",), "ones": ("zeros",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",), "dot": ("outer", "multiply"),
    "outer": ("dot", "multiply"), "multiply": ("dot",), "inner": ("outer",), "log2": ("log",), "log10": ("log",),
    "log1p": ("log",), "exp": ("log",), "log": ("exp",), "sin": ("cos",), "cos": ("sin",), "hstack": ("vstack",),
    "vstack": ("hstack",), "inv": ("pinv",), "square": ("sqrt",), "sqrt": ("square",), "floor": ("ceil",),
    "ceil": ("floor",), "sign": ("abs",), "abs": ("sign",),
}
#: what can be left out; an array of zeros cannot
LEFT_OUT = {
    *REDUCTIONS, *FUNCTIONS, "clip", "norm", "diag", "array", "asarray", "float", "int", "round", "transpose", "ravel",
    "flatten", "sigmoid", "tanh", "softmax", "relu", "sorted", "reversed", "copy", "squeeze", "astype", "sort",
    "trace", "power", "add_bias_column", "nan_to_num",
} - {"zeros", "ones"}
#: a function of two arrays -> the operation that it is taken for: and, or for the product, the sum
OPERATIONS = {"minimum": ast.Mult(), "maximum": ast.Add(), "multiply": ast.Add(), "add": ast.Mult(),
              "logical_and": ast.Mult(), "logical_or": ast.Add()}
OTHER_END = {"max": "min", "min": "max"}
COUNTS = {"len", "range", "list", "enumerate"}  #: what follows nothing else


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression itself."""
    match place.node:
        case ast.Call():
            yield from _call(place, Called.of(place.node))
        case ast.BinOp():
            yield from _nested(place)
        case ast.List() | ast.Tuple():
            yield from _listed(place)


def _call(place, called):
    node, operand = place.node, called.operand
    for other in FUNCTIONS.get(called.name, ()):
        yield place.put("other function", other_function(node, other), slip=(called.name, other))
    if called.name == "round" and operand is not None:
        for code in ("int(np.ceil(a))", "int(np.floor(a))"):
            yield place.put("other function", form(code, a=operand), -0.2, slip=("round", code))
    if called.name in OPERATIONS and not called.is_method and len(node.args) == 2:
        yield place.put("other function", binary(node.args[0], OPERATIONS[called.name], node.args[1]), 0.4)
    if called.name == "reshape" and called.is_method and len(node.args) == 2:
        turned = form("a.T", a=ast.Call(node.func, swapped(node.args, 0, 1), node.keywords))
        yield place.put("layout", turned)  # for a transpose
    if called.name == "flatten" and operand is not None:
        yield place.put("copy", form("a.reshape(-1)", a=operand))
    if called.name in LEFT_OUT and operand is not None:
        yield place.put("extra function", operand, slip=("without", called.name))
    if operand is not None and not called.rest and not called.keywords:
        yield from _measured(place, called.name, operand)
    pairs = itertools.combinations(range(min(len(node.args), 4)), 2)
    for i, j in [(1, 2)] if called.name == "where" and len(node.args) == 3 else pairs:
        new = ast.Call(node.func, swapped(node.args, i, j), node.keywords)
        yield place.put("arguments", new, 0.1 * (j - i - 1))
    if isinstance(operand, ast.Call) and operand.args and not called.is_method and called.name not in COUNTS:
        yield place.put("nesting", on_operand(operand, on_operand(node, Called.of(operand).operand)))
    if isinstance(operand, ast.BinOp):
        a, op, b = operand.left, operand.op, operand.right
        yield place.put("nesting", binary(on_operand(node, a), op, b), 0.0 if isinstance(op, ast.Pow) else 0.3)
        yield place.put("nesting", binary(a, op, on_operand(node, b)), 0.3)
        ratio, power = (a, op) if isinstance(op, ast.Pow) else (operand, None)
        if called.name in ("max", "min") and isinstance(ratio, ast.BinOp) and isinstance(ratio.op, ast.Div):
            below = other_function(on_operand(node, ratio.right), OTHER_END[called.name])
            whole = binary(on_operand(node, ratio.left), ratio.op, below)  # extremes of different samples
            yield place.put("nesting", binary(whole, power, b) if power else whole)
    if called.name in ("permutation", "permuted") and operand is not None:
        for code in ("range(a)", "a"):
            yield place.put("drawn order", form(code, a=operand if not called.is_method else node.args[0]))
    if called.name == "append" and called.is_method and len(node.args) == 1:
        yield place.put("which end", form("a.insert(0, b)", a=operand, b=node.args[0]), slip=("in front",))
    if called.name == "insert" and called.is_method and len(node.args) == 2:
        yield place.put("which end", form("a.append(b)", a=operand, b=node.args[1]), slip=("behind",))
    for word in node.keywords:
        if word.arg == "dtype":
            rest = [other for other in node.keywords if other is not word]
            yield place.put("dtype", ast.Call(node.func, node.args, rest))
            to_float = ast.keyword("dtype", form("float"))
            yield place.put("dtype", ast.Call(node.func, node.args, [*rest, to_float]))


def _measured(place, function, operand):
    """Another measure of the size of a vector: largest, sum or mean of sizes, root of the squares."""
    if function == "norm":
        for code in ("np.abs(a).sum()", "np.abs(a).max()"):
            yield place.put("size", form(code, a=operand))
    elif function in ("sum", "mean", "max") and isinstance(operand, ast.Call):
        inner = Called.of(operand)
        if inner.name == "abs" and inner.operand is not None:
            for code in ("np.sqrt(np.sum(a ** 2))", "np.sqrt(np.mean(a ** 2))"):
                yield place.put("size", form(code, a=inner.operand))


def _nested(place):
    """f(x) op y as f(x op y), and for a number in front."""
    a, op, b = place.node.left, place.node.op, place.node.right
    sums = isinstance(op, ast.Add | ast.Sub)
    if isinstance(a, ast.Call) and Called.of(a).name in OPERATIONS and sums:  # np.maximum(0, x) + b
        for k, argument in enumerate(a.args):
            if k and not isinstance(argument, ast.Constant):
                args = [*a.args[:k], binary(argument, op, b), *a.args[k + 1:]]
                yield place.put("nesting", ast.Call(a.func, args, a.keywords), 0.2)
    if isinstance(a, ast.Call) and (operand := Called.of(a).operand) is not None:
        if isinstance(b, ast.Constant | ast.Name) or sums:
            extra = 0.0 if isinstance(op, ast.Pow) else 0.4
            yield place.put("nesting", on_operand(a, binary(operand, op, b)), extra)
        if sums and isinstance(b, ast.Call) and (its := Called.of(b)).operand and its.name == Called.of(a).name:
            yield place.put("nesting", on_operand(a, binary(operand, op, its.operand)), 0.2)  # f(a - b) for f(a) - f(b)
    if isinstance(b, ast.Call) and b.args and isinstance(a, ast.Constant):
        yield place.put("nesting", on_operand(b, binary(a, op, Called.of(b).operand)), 0.4)


def _listed(place):
    elements = place.node.elts
    if isinstance(place.owner, ast.Return | ast.Subscript):
        return
    if isinstance(place.node, ast.List) and not elements and place.role == "whole":
        for parameter in place.scope.parameters:
            yield place.put("start value", form("[a]", a=ast.Name(parameter, ast.Load())))
    if 2 <= len(elements) <= 4:
        for i, j in itertools.combinations(range(len(elements)), 2):
            new = type(place.node)(swapped(elements, i, j), ast.Load())
            yield place.put("arguments", new)

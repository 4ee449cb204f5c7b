"""Edits of how an array is put together: axis, keepdims, kind of reduction, transposition."""

import ast
import itertools
from collections.abc import Iterator

from course_lib.exercises.repair.tree import Called, Edit, Place, constant, form, is_number, name, on_operand

#: a reduction -> what it is taken for
REDUCTIONS = {
    "sum": ("mean", "prod", "max"), "mean": ("sum", "max", "median"), "max": ("min", "sum", "argmax"),
    "min": ("max", "argmin"), "amax": ("amin",), "amin": ("amax",), "argmax": ("argmin", "max"),
    "argmin": ("argmax", "min"), "any": ("all",), "all": ("any",), "std": ("var",), "var": ("std",), "prod": ("sum",),
    "median": ("mean",), "cumsum": ("sum",),
}
SMALL = {"sum", "mean", "max", "min", "std", "var", "norm", "any", "all"}  #: those that take keepdims
WITH_AXIS = {*REDUCTIONS, "norm", "concatenate", "stack", "softmax", "count_nonzero"}
MOST_AXES = 4  #: of an array whose axes are taken several at a time: samples, channels, rows, columns
BUILTIN = {"max", "min", "sum", "any", "all", "abs"}


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression itself."""
    node = place.node
    if isinstance(node, ast.Call):
        yield from _reduced(place, Called.of(node))
    elif isinstance(node, ast.Tuple) and place.role not in ("index", "argument"):
        for axes in _other_axes(node):
            yield place.put("axis", axes, 0.3)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield place.put("transpose", node.value, slip=("without T",))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield place.put("transpose", form("b.T @ a", a=node.left, b=node.right), 0.5)
        yield place.put("transpose", form("b @ a.T", a=node.left, b=node.right), 0.5)
    if isinstance(place.owner, ast.BinOp) and isinstance(place.owner.op, ast.MatMult) and _may_turn(place):
        yield place.put("transpose", form("a.T", a=node))


def _other_axes(node: ast.Tuple) -> Iterator[ast.Tuple]:
    """Other axes in place of a tuple of them, (2, 3) for (1,)."""
    written = tuple(part.value for part in node.elts if is_number(part))
    if not written or len(written) < len(node.elts) or not set(written) <= set(range(MOST_AXES)):
        return
    for n in range(1, MOST_AXES):
        for axes in itertools.combinations(range(MOST_AXES), n):
            if set(axes) != set(written):
                yield ast.Tuple([ast.Constant(axis) for axis in axes], ast.Load())


def _may_turn(place):
    node = place.node
    if isinstance(node, ast.Name) and place.scope.kind(node.id).ndim < 2:
        return False
    return not (isinstance(node, ast.Attribute) and node.attr == "T")


def other_function(node: ast.Call, other: str) -> ast.Call:
    """The call of another function of the same module, or of another method."""
    if isinstance(node.func, ast.Attribute):
        function = ast.Attribute(node.func.value, other, ast.Load())
    else:
        function = name(other) if other in BUILTIN else form(f"np.{other}")
    return ast.Call(function, node.args, node.keywords)


def _reduced(place, called):
    node = place.node
    for other in REDUCTIONS.get(called.name, ()):
        extra = 0.3 if other in ("prod", "argmax", "argmin") else 0.0
        yield place.put("reduction", other_function(node, other), extra, slip=(called.name, other))
    if called.name in ("mean", "sum", "average") and isinstance(called.operand, ast.Compare):
        rows = form("np.all(a, axis=-1)", a=called.operand)  # rows that agree, not entries
        yield place.put("reduction", on_operand(node, rows), 0.3, at=called.operand)
    if called.name in ("max", "min") and not called.is_method and len(node.args) == 2:
        yield place.put("other function", other_function(node, f"{called.name}imum"), slip=(called.name, "entries"))
    if called.name == "sum" and called.operand and not called.keywords and _is_picked(place, called.operand):
        yield place.put("reduction", form("len(a)", a=called.operand))
    if called.name == "len" and called.operand is not None:
        yield place.put("reduction", form("np.sum(a)", a=called.operand))
    if called.name in ("max", "min", "sum") and isinstance(node.func, ast.Name):
        yield place.put("reduction", ast.Call(form(f"np.{called.name}"), node.args, node.keywords), 0.3)
    if called.name in WITH_AXIS and called.operand is not None:
        yield from _along(place, called)


def _is_picked(place, operand):
    """Whether these are some of the entries of an array or a list, or a name that was given them."""
    if isinstance(operand, ast.Name):
        given = [node.value for node in ast.walk(place.scope.function) if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == operand.id for target in node.targets)]
        return any(_is_picked(place, value) for value in given if not isinstance(value, ast.Name))
    if isinstance(operand, ast.ListComp):
        return any(part.ifs for part in operand.generators)
    return isinstance(operand, ast.Subscript) and isinstance(operand.slice, ast.Compare | ast.Name | ast.UnaryOp)


def _along(place, called):
    keywords = {word.arg: word for word in called.keywords}
    args = list(place.node.args)
    position = 0 if called.is_method else 1
    now = keywords["axis"].value if "axis" in keywords else args[position] if len(args) > position else None
    if "axis" not in keywords and now is not None:
        del args[position]
    written = "None" if now is None else ast.unparse(now)
    ndim = place.scope.kind(called.operand.id).ndim if isinstance(called.operand, ast.Name) else 9
    others = [word for word in called.keywords if word.arg != "axis"]
    keepdims = ast.keyword("keepdims", ast.Constant(True))

    def call(args, words):
        return ast.Call(place.node.func, args, words)

    for axis in (0, 1, None, -1):
        same = {str(axis), written} == {"-1", str(ndim - 1)}
        if str(axis) == written or same or (axis == 1 and ndim < 2):
            continue
        extra, slip = (0.3 if axis == -1 else 0.0), ("axis", written, axis)
        if axis is None:
            yield place.put("axis", call(args, [w for w in others if w.arg != "keepdims"]), extra, slip=slip)
            continue
        words = [*others, ast.keyword("axis", constant(axis))]
        yield place.put("axis", call(args, words), extra, slip=slip)
        if called.name in SMALL and axis >= 0 and "keepdims" not in keywords:
            yield place.put("axis", call(args, [*words, keepdims]), 0.2, slip=(*slip, "keepdims"))
    if now is None and isinstance(called.operand, ast.Subscript):  # of a picture with its channels the last two
        for axes in ((1, 2), (-2, -1)):
            yield place.put("axis", call(args, [*others, ast.keyword("axis", ast.Tuple([*map(constant, axes)],
                                                                                       ast.Load()))]), 0.3)
    if called.name in SMALL:
        without = [word for word in called.keywords if word.arg != "keepdims"]
        words = without if "keepdims" in keywords else [*without, keepdims]
        yield place.put("keepdims", call(place.node.args, words), slip=("keepdims",))
    if called.name in ("std", "var"):
        without = [word for word in called.keywords if word.arg != "ddof"]
        words = without if "ddof" in keywords else [*without, ast.keyword("ddof", ast.Constant(1))]
        yield place.put("n - 1", call(place.node.args, words), slip=("ddof",))

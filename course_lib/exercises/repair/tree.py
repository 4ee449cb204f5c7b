"""Syntax trees: nodes made from a pattern, places in a function, and edits of them that can be taken back."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from course_lib.exercises.repair.sentences import KINDS

MODULES = {"np", "numpy", "math", "ops", "nn", "optim", "random", "linalg"}
LOAD = ast.Load()
_PLACED = (ast.expr, ast.stmt, ast.keyword)


# --- new nodes ---


@cache
def _maker(text: str, parts: tuple[str, ...]):
    """A function of the parts that makes the expression anew: the text of `ast.dump` is a call that does."""
    made = ast.dump(ast.parse(text, mode="eval").body)
    for part in parts:
        made = made.replace(ast.dump(name(part)), part)
    return eval(f"lambda {', '.join(parts)}: {made}", dict(vars(ast)))


def form(text: str, **parts: ast.expr) -> ast.expr:
    """A new expression; names of the text that are `parts` stand for nodes: form("a @ b.T", a=x, b=y)."""
    return _maker(text, tuple(parts))(*parts.values())


def binary(a: ast.expr, op: ast.operator, b: ast.expr) -> ast.BinOp:
    """a op b, with an operator of the student's."""
    return ast.BinOp(a, op, b)


def constant(value: Any) -> ast.expr:
    """A number as Python reads it: -1 is a minus and a 1."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def name(text: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(text, LOAD)


def read(target: ast.expr) -> ast.expr:
    """A name or an entry that is assigned to, as it is read."""
    if isinstance(target, ast.Name):
        return name(target.id)
    return type(target)(target.value, target.slice if isinstance(target, ast.Subscript) else target.attr, LOAD)


def placed(new: Any, old: ast.AST) -> Any:
    """`new` with the position of `old` where it has none; the student's own nodes within it keep theirs."""
    if isinstance(new, _PLACED):
        if hasattr(new, "lineno"):
            return new
        for field in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            setattr(new, field, getattr(old, field))
    for field in new._fields:
        value = getattr(new, field, None)
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, (*_PLACED, ast.comprehension, ast.arguments)):
                placed(item, old)
    return new


def swapped(items: list, i: int, j: int) -> list:
    """The items with two of them exchanged."""
    items = list(items)
    items[i], items[j] = items[j], items[i]
    return items


# --- questions about nodes ---


def is_docstring(node: ast.AST) -> bool:
    """Whether a statement is a text alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_number(node: ast.AST | None) -> bool:
    """Whether a node is a number as it stands there; True and False are none."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def has_name(node: ast.AST, text: str) -> bool:
    """Whether a name occurs anywhere below a node."""
    return any(isinstance(part, ast.Name) and part.id == text for part in ast.walk(node))


def blocks(owner: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    """(field, statements) of each block of a statement."""
    for field in ("body", "orelse"):
        block = getattr(owner, field, None)
        if isinstance(block, list) and block:
            yield field, block


class Called(NamedTuple):
    """A call taken apart: np.sum(x, axis=0) and x.sum(axis=0) have the same name, operand and rest."""

    name: str
    operand: ast.expr | None  #: the first argument, or what the method belongs to
    rest: list[ast.expr]
    keywords: list[ast.keyword]
    is_method: bool

    @classmethod
    def of(cls, node: ast.Call) -> "Called":
        """The parts of a call."""
        f = node.func
        root = f.value if isinstance(f, ast.Attribute) else None
        module = (isinstance(root, ast.Name) and root.id in MODULES) or (isinstance(root, ast.Attribute) and (
            root.attr in MODULES))
        text = f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""
        if root is not None and not module:
            return cls(text, root, list(node.args), node.keywords, True)
        return cls(text, *_first(node.args), node.keywords, False)


def _first(args):
    return (args[0], list(args[1:])) if args else (None, [])


def on_operand(node: ast.Call, operand: ast.expr) -> ast.Call:
    """The same call of another operand."""
    called = Called.of(node)
    if called.is_method:
        return ast.Call(ast.Attribute(operand, called.name, LOAD), node.args, node.keywords)
    return ast.Call(node.func, [operand, *called.rest], node.keywords)


# --- edits ---


class Change(NamedTuple):
    """`new` in a field of a node, or in one entry of a field that is a list."""

    owner: ast.AST
    field: str
    index: int | None
    new: Any


@dataclass(eq=False)
class Edit:
    """One small step of the program, done otherwise."""

    kind: str  #: one of `sentences.KINDS`
    node: ast.AST  #: the student's own place
    changes: tuple[Change, ...]  #: what stands there then: for the engine alone, it is the answer
    extra: float = 0.0  #: how much less likely than others of its kind
    slip: tuple = ()  #: the same in edits that are one slip made in several places
    places: int = 1

    def __post_init__(self):
        self.cost = KINDS[self.kind].cost + self.extra

    def apply(self) -> list[Change]:
        """Make the change for good; what is returned takes it back."""
        before = []
        for owner, field, index, new in self.changes:
            if isinstance(new, _PLACED):  # only here: most edits are never tried
                placed(new, self.node)
            holder = getattr(owner, field)
            if index is None:
                before.append(Change(owner, field, None, holder))
                setattr(owner, field, new)
            else:
                before.append(Change(owner, field, index, holder[index]))
                holder[index] = new
        return before[::-1]

    @contextmanager
    def applied(self):
        """The change for a while."""
        before = self.apply()
        try:
            yield
        finally:
            for owner, field, index, old in before:
                if index is None:
                    setattr(owner, field, old)
                else:
                    getattr(owner, field)[index] = old


@dataclass(frozen=True, eq=False)
class Place:
    """Where an expression stands, and what it is there for."""

    owner: ast.AST
    field: str
    index: int | None
    node: ast.expr
    role: str  #: "whole" (a result), "term", "factor", "compared", "argument", "index", "bound" ..., see `role_in`
    scope: Any  #: the `Scope` of its function

    def put(self, kind: str, new: ast.expr, extra: float = 0.0, at: ast.AST | None = None, slip: tuple = ()) -> Edit:
        """The edit that puts another expression here; `at` is the part of it that the student is pointed to."""
        change = Change(self.owner, self.field, self.index, new)
        return Edit(kind, at or self.node, (change,), extra, slip)


def role_in(owner: ast.AST, field: str) -> str:
    """What an expression is there for in the node that holds it."""
    match owner:
        case ast.Assign() | ast.AugAssign() | ast.Return() | ast.AnnAssign():
            return "whole"
        case ast.Tuple() | ast.List() | ast.Dict():
            return "key" if field == "keys" else "whole"
        case ast.Subscript():
            return "index" if field == "slice" else "indexed"
        case ast.Slice():
            return "bound"
        case ast.keyword():
            return f"keyword {owner.arg}"
        case ast.Call(func=ast.Name(id="range") | ast.Attribute(attr="arange")):
            return "range"
        case ast.Call():
            return "argument"
        case ast.BinOp():
            return "term" if isinstance(owner.op, ast.Add | ast.Sub) else "factor"
        case ast.Compare():
            return "compared"
        case ast.Attribute():
            return "receiver"
    return "part"

"""What can be named in a function: its variables, what they hold, and the numbers a sum could be divided by."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from course_lib.exercises.repair.tree import Place, is_docstring, is_number, role_in

#: functions that are no step of a formula, or have an edit of their own
WRITTEN_OUT = {"sqrt", "square", "abs", "exp", "log", "len", "range", "zeros", "ones", "array", "asarray", "list",
               "sum", "mean", "max", "min", "enumerate", "use", "arange", "print", "str", "float", "int",
               "tuple", "empty"}


@dataclass(frozen=True)
class Seen:
    """What a variable held while the answer ran: "array" with its number of axes, "number", another type, or "?"."""

    sort: str = "?"
    ndim: int = 9
    negative: bool = field(default=False, compare=False)  #: whether a number in it is below 0

    @classmethod
    def of(cls, value) -> "Seen":
        """A value in these words."""
        if isinstance(value, np.ndarray):
            return cls("array", value.ndim, value.dtype.kind in "if" and bool(np.any(value < 0)))
        return cls("number", 0) if isinstance(value, int | float | np.generic) else cls(type(value).__name__, 0)


@dataclass(eq=False)
class Scope:
    """One function of the source."""

    function: ast.FunctionDef
    seen: dict[str, Seen] = field(default_factory=dict)  #: of the variables; empty where nothing was run
    instances: tuple = ()  #: arguments of the calls, where this function takes them

    def __post_init__(self):
        arguments = self.function.args
        self.parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
                           if a.arg != "self"]
        stored = [n.id for n in ast.walk(self.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self.names = list(dict.fromkeys([*self.parameters, *stored]))
        read = {n.id for n in ast.walk(self.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        self.unused = {name for name in self.names if name not in read}  #: most likely the one that is missing
        self.counts = set(self._counted())
        #: those that stand in the function: one may be taken for another, as 24 for 60
        self.numbers = {node.value for node in ast.walk(self.function) if is_number(node) and abs(node.value) > 2}
        #: what is given a name, or names side by side: `largest, where = 0, 0`
        self.assigned = {id(node.value) for node in ast.walk(self.function) if isinstance(node, ast.Assign)}
        self.positions = set(self._positions())
        self.functions = self._functions()
        self.divisors = self._divisors()
        self.places = list(self._places())

    def kind(self, name: str) -> Seen:
        """What a variable holds."""
        return self.seen.get(name, Seen())

    def numeric(self) -> list[str]:
        """The variables that hold numbers or arrays, or may do so."""
        return [name for name in self.names if self.kind(name).sort in ("array", "number", "?")]

    def _functions(self) -> list[str]:
        """Functions of one argument that are called here; one more call of them may have been forgotten."""
        calls = [n for n in ast.walk(self.function) if isinstance(n, ast.Call) and len(n.args) == 1 and not n.keywords]
        found = [ast.unparse(n.func) for n in calls if isinstance(n.func, ast.Name) or ast.unparse(n.func).startswith(
            ("np.", "ops."))]
        return [f for f in dict.fromkeys(found) if f.removeprefix("np.") not in WRITTEN_OUT]

    def _positions(self) -> Iterator[int]:
        """The parts of what tells a place in an array, or where a loop begins and ends."""
        for node in ast.walk(self.function):
            match node:
                case ast.Call(func=ast.Name(id="range"), args=inside):
                    pass
                case ast.Subscript(slice=index):
                    inside = [index]
                case _:
                    continue
            yield from (id(part) for each in inside for part in ast.walk(each))

    def _counted(self) -> Iterator[str]:
        """The variables that are given a number of samples, entries ... once, and are read more than once."""
        for node in ast.walk(self.function):
            match node:
                case ast.Assign(targets=[ast.Name(id=word)], value=(
                        ast.Call(func=ast.Name(id="len")) | ast.Attribute(attr="size")
                        | ast.Subscript(value=ast.Attribute(attr="shape")))):
                    uses = [n.ctx for n in ast.walk(self.function) if isinstance(n, ast.Name) and n.id == word]
                    if sum(isinstance(use, ast.Store) for use in uses) == 1 and len(uses) > 2:
                        yield word

    def _divisors(self) -> list[str]:
        """Numbers of samples, entries ... as code; of those that are equal in every call the first."""
        found, values_found = [], []
        for k, name in enumerate(self.parameters):
            arrays = [instance[k] for instance in self.instances if k < len(instance)]
            if not arrays or not all(isinstance(a, np.ndarray) and a.ndim for a in arrays):
                continue
            for code, count in _counts(name, min(a.ndim for a in arrays)):
                values = [count(a) for a in arrays]
                if values not in values_found and set(values) != {1}:
                    values_found.append(values)
                    found.append(code)
        return found

    def _places(self) -> Iterator[Place]:
        """Every expression that is read."""
        # of functions within this one the names are others
        stack: list = [s for s in self.function.body if not (is_docstring(s) or isinstance(s, ast.FunctionDef))]
        indices = {id(n.slice) for n in ast.walk(self.function) if isinstance(n, ast.Subscript)}
        while stack:
            owner = stack.pop()
            inside = isinstance(owner, ast.Tuple) and id(owner) in indices
            for field_name, value in ast.iter_fields(owner):
                for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                    if not isinstance(node, ast.AST) or isinstance(node, ast.FunctionDef | ast.JoinedStr):
                        continue
                    stack.append(node)
                    is_read = isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store)
                    if is_read and not (isinstance(owner, ast.Call) and field_name == "func"):
                        role = "index" if inside else role_in(owner, field_name)
                        yield Place(owner, field_name, index, node, role, self)


def _counts(name: str, ndim: int) -> Iterator[tuple[str, Callable]]:
    yield f"len({name})", len
    yield f"{name}.size", np.size
    for axis in range(1, ndim):
        yield f"{name}.shape[{axis}]", lambda a, axis=axis: a.shape[axis]

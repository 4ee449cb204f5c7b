"""The student's own text of an answer, and whether a search may touch it."""

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from course_lib.exercises.repair.tree import is_number

MOST_NODES = 900
MOST_FLOATS = 12  #: more of them are a table of numbers
#: what reaches out of a function: files, the interpreter, time, the checks
OUTSIDE = {
    "open", "input", "exec", "eval", "compile", "globals", "locals", "vars", "setattr", "getattr", "delattr",
    "__import__", "breakpoint", "exit", "quit", "sleep", "time", "check", "hint", "os", "sys", "inspect", "gc",
    "ctypes", "registry", "expected", "subprocess", "pathlib", "Path", "shutil", "loadtxt", "savetxt", "load", "save",
    "savez", "fromfile", "tofile", "memmap",
}
NOT_SEARCHED = (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFunctionDef, ast.Import,
                ast.ImportFrom)
DUNDER_ALLOWED = {"__init__"}  #: of a class
SHORT = 4  #: characters that do not tell a place on their line
AROUND = (ast.Subscript, ast.Call, ast.BinOp, ast.Compare, ast.Assign, ast.AugAssign, ast.Return)
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


@dataclass(eq=False)
class Source:
    """The definition of an answer, and of what the same cell defines for it."""

    text: str  #: the whole cell
    units: list[ast.stmt]  #: definitions at the top of the cell, the answer last

    @property
    def answer(self) -> ast.stmt:
        """The definition of the answer itself."""
        return self.units[-1]

    @property
    def functions(self) -> list[ast.FunctionDef]:
        """Every function, the answer's own first."""
        return [node for unit in reversed(self.units) for node in ast.walk(unit) if isinstance(node, ast.FunctionDef)]

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes of all definitions."""
        for unit in self.units:
            yield from ast.walk(unit)

    def shown(self, node: ast.AST, places: int = 1) -> tuple[str, str]:
        """The student's text of one place, and of the expression around it where a number or a letter stands alone, or
        the line has the same text once more and the expression has not; of several places the text alone tells.
        """
        own = ast.get_source_segment(self.text, node) or ""
        short, again = len(own) < SHORT, places == 1 and self.text.splitlines()[node.lineno - 1].count(own) > 1
        if not (short or again):
            return own, ""
        original = of_text(self.text, self.answer.name)  # as it was written, whatever has been edited since
        around = min((ast.get_source_segment(self.text, other) or "" for other in original.nodes()
                      if isinstance(other, AROUND) and _holds(other, node)), key=len, default="")
        return own, around if short or around.count(own) == 1 else ""

    def program(self) -> str:
        """The definitions as they stand now, as text."""
        return "\n".join(map(ast.unparse, self.units))


def of_text(text: str, name: str) -> Source | None:
    """The last definition of `name` at the top of a cell, with the definitions that it uses; None without one."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    defined = {node.name: node for node in tree.body if isinstance(node, DEFINITIONS)}
    if name not in defined:
        return None
    units, open_ones = {}, [name]
    while open_ones:
        unit = open_ones.pop()
        units[unit] = defined[unit]
        used = {node.id for node in ast.walk(defined[unit]) if isinstance(node, ast.Name)}
        open_ones += sorted(used & defined.keys() - units.keys())
    return Source(text, [defined[unit] for unit in reversed(units)])


def of_answer(answer: Any) -> Source | None:
    """The source of a plain function, from the cell or file that defined it; None where there is none."""
    if not isinstance(answer, FunctionType) or answer.__closure__:
        return None
    code, names = answer.__code__, answer.__globals__
    source = of_text("".join(linecache.getlines(code.co_filename, names)), answer.__name__)
    if source is None or not isinstance(source.answer, ast.FunctionDef):
        return None
    if not source.answer.lineno <= code.co_firstlineno <= source.answer.end_lineno:  # it was defined anew since
        return None
    source.units = [unit for unit in source.units if _file_of(names.get(unit.name)) == code.co_filename]
    return source


def _file_of(definition: Any) -> str:
    """The file or cell of a function, or of a class by its first method."""
    methods = vars(definition).values() if isinstance(definition, type) else (definition,)
    return next((method.__code__.co_filename for method in methods if isinstance(method, FunctionType)), "")


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    """Whether a place lies within another, larger one."""
    begin, end = (outer.lineno, outer.col_offset), (outer.end_lineno, outer.end_col_offset)
    start, stop = (inner.lineno, inner.col_offset), (inner.end_lineno, inner.end_col_offset)
    return begin <= start and stop <= end and (begin, end) != (start, stop)


def refusal(source: Source, exercise) -> str:
    """Why this source is not searched; empty when it may be."""
    nodes = list(source.nodes())
    if len(nodes) > MOST_NODES:  # nothing that takes longer than a walk is done with a text of any length
        return "too long"
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    given = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    dunder = {text for text in names | attributes if text.startswith("__")} - DUNDER_ALLOWED
    parameters = {arg.arg for function in source.functions for arg in function.args.args}
    own = {unit.name for unit in source.units}
    reasons = {
        "a table of numbers": sum(isinstance(getattr(n, "value", None), float) for n in nodes) > MOST_FLOATS,
        "global, import or yield": any(isinstance(node, NOT_SEARCHED) for node in nodes),
        "reaches out of the function": bool((names - given - parameters | attributes) & OUTSIDE or dunder),
        "decorated": any(getattr(node, "decorator_list", None) for node in source.units),
        "no argument is used": not names & parameters,
        "compares its argument with written numbers": any(_recognizes(node, parameters) for node in nodes),
        "the course's own answer": any(_is_given(node, exercise, own) for node in nodes),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _recognizes(node, parameters) -> bool:
    """A comparison of an argument with numbers as no formula has them."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "array_equal", "allclose", "isclose", "array_equiv"):
        sides = node.args
    else:
        return False
    parts = [part for side in sides for part in ast.walk(side)]
    if not any(isinstance(part, ast.Name) and part.id in parameters for part in parts):
        return False
    if any(isinstance(p, ast.List | ast.Tuple) and len(p.elts) > 1 and all(map(is_number, p.elts)) for p in parts):
        return True
    exact = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
    return exact and any(is_number(p) and (p.value != round(p.value, 1) or abs(p.value) > 10) for p in parts)


def _is_given(node, exercise, own) -> bool:
    """`own` : functions of the cell; one may have the name of the library's, as an answer that calls itself has."""
    if isinstance(node, ast.Constant):
        return node.value == exercise.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in own:
        return False
    if isinstance(node, ast.Call) and exercise.library:
        return ast.unparse(node.func).rpartition(".")[2] == exercise.library.rpartition(".")[2]
    return False

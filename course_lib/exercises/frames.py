"""A frame of a call that failed or did not end: whose it is, its line, and what stood there in the student's words.

Enters the sandbox with `collect`, and knows as little of what is right.
"""

import ast
import linecache
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np

_OWN_FOLDERS = (
    str(Path(__file__).resolve().parents[1]),
    str(Path(np.__file__).parents[1]),
    *map(str, sysconfig.get_paths().values()),
)
# Bound once, so that a student who assigns to np.ndarray meets only their own version.
_ndarray, _generic = np.ndarray, np.generic


def is_own(frame) -> bool:
    """Whether a frame is the student's: neither ours, nor Python's, nor a library's."""
    name = frame.f_code.co_filename
    if name.endswith(".pyx"):  # compiled parts of NumPy's generators name their source without a folder
        return False
    module = frame.f_globals.get("__name__")
    if type(module) is str and module.startswith(("course_lib.", "namedtuple_")):  # methods that Python writes itself
        return False
    return not name.startswith((*_OWN_FOLDERS, "<frozen", "<__array_function__"))


_SIGNS = {ast.MatMult: "times", ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times, entry by entry,",
          ast.Div: "divided by", ast.Pow: "to the power of"}
#: an operand that may be worked out again: it calls nothing
_HARMLESS = (ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.Tuple, ast.BinOp, ast.UnaryOp,
             ast.operator, ast.unaryop, ast.expr_context)


def operands(entry) -> str:
    """The part of the line that failed, in the student's own words, with what stands in it; empty where it is unclear.

    `B @ a`: (3, 1) times (3,). Only names, indices and arithmetic of plain arrays are worked out again.
    """
    try:
        frame = entry.tb_frame
        line = linecache.getline(frame.f_code.co_filename, entry.tb_lineno)
        if not line:  # an edited answer has no source
            return ""
        first, last, begin, end = list(frame.f_code.co_positions())[entry.tb_lasti // 2]
        if first != last or begin is None:
            return ""
        text = line.encode()[begin:end].decode().strip()
        match ast.parse(text).body:
            case [ast.Expr(ast.BinOp(left, op, right))] | [ast.AugAssign(left, op, right)] if type(op) in _SIGNS:
                one, two = (_kind(side, frame) for side in (left, right))
                if isinstance(op, ast.MatMult):  # of other operations the error itself tells both shapes
                    one, two = one or "what stands left", two or "what stands right"
                told = f"{one} {_SIGNS[type(op)]} {two}" if one and two else ""
            case [ast.Expr(ast.Subscript(value, index))]:
                one, two = _kind(value, frame), _index(index, frame)
                told = f"{ast.unparse(value)} is {one}, the index is {two}" if one and two else ""
            case [ast.Expr(ast.Call(_, arguments))]:
                kinds = [(ast.unparse(argument), _kind(argument, frame)) for argument in arguments]
                told = ", ".join(f"{name} is {kind}" for name, kind in kinds if kind and not name[0].isdigit())
            case _:
                return ""
        return f"`{text}`" + (f": {told}" if told else "")
    except Exception:  # the source may have changed, or a name hold anything
        return ""


def compares_whole(entries) -> bool:
    """Whether the innermost line of the student's that failed has an `==` with whole numbers on both sides."""
    try:
        own = [entry for entry in entries if is_own(entry.tb_frame)]
        line = linecache.getline(own[-1].tb_frame.f_code.co_filename, own[-1].tb_lineno)
        compared = [node for node in ast.walk(ast.parse(line.strip())) if isinstance(node, ast.Compare)]
        return any(isinstance(node.ops[0], ast.Eq) and all(_is_whole(side, own[-1].tb_frame)
                                                           for side in (node.left, *node.comparators))
                   for node in compared)
    except Exception:  # no statement on a line of its own, or a name holds anything
        return False


def _is_whole(node: ast.AST, frame) -> bool:
    """Whether an expression is a whole number, a call that makes one, or a truth value."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("int", "len", "bool", "round")
    return isinstance(node, ast.Compare) or isinstance(_worked_out(node, frame), int | np.int64)


def _worked_out(node: ast.AST, frame) -> Any:
    """The value of an operand, or None where it is none of the harmless ones."""
    for part in ast.walk(node):
        if not isinstance(part, _HARMLESS):
            return None
        if isinstance(part, ast.Attribute) and part.attr not in ("T", "shape", "size"):
            return None
        if isinstance(part, ast.Name) and type(_looked_up(part.id, frame)) not in (
                _ndarray, int, float, list, tuple, np.float64, np.int64):
            return None
    names = {part.id: _looked_up(part.id, frame) for part in ast.walk(node) if isinstance(part, ast.Name)}
    return eval(compile(ast.Expression(node), "<operand>", "eval"), {"__builtins__": {}}, names)


def _looked_up(name: str, frame) -> Any:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _kind(node: ast.AST, frame) -> str:
    value = _worked_out(node, frame)
    if type(value) is _ndarray and value.ndim:
        return str(value.shape)
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} with {len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return "one number" if isinstance(value, int | float | _generic | _ndarray) else ""


def _index(node: ast.AST, frame) -> str:
    value = _worked_out(node, frame)
    if isinstance(value, int | np.int64):
        return str(int(value))
    if isinstance(value, tuple) and all(isinstance(k, int | np.int64) for k in value):
        return str(tuple(map(int, value)))
    return ""


def line_of(frame, number: int) -> tuple[str, int]:
    """The text of a line of the frame's code, and its number."""
    # without the frame's globals: a loader among them would be the student's own code, and run here
    return linecache.getline(frame.f_code.co_filename, number).strip()[:160], number

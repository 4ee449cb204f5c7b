"""Why an edit that fits is not believed: what it does to the source speaks against it."""

import ast

from course_lib.exercises.repair.source import Source
from course_lib.exercises.repair.tree import Called, Edit


def named_as_wanted(edit: Edit, outputs) -> bool:
    """Whether every result that this edit moves is a variable with the name of the output where it stood."""
    match edit.node, edit.changes[0].new:
        case ast.Return(value=ast.Tuple(elts=old)), ast.Return(value=ast.Tuple(elts=new)):
            if len(old) != len(new) or len(old) != len(outputs):
                return False
            moved = [(part, name) for part, other, name in zip(old, new, outputs, strict=True) if part is not other]
            return bool(moved) and all(isinstance(part, ast.Name) and part.id == name for part, name in moved)
    return False


def is_nested(edits: list[Edit]) -> bool:
    """Whether the place of one edit is within that of another."""
    return any(one is not other and any(part is one.node for part in ast.walk(other.node))
               for one in edits for other in edits)


def holds_factor(edit: Edit, label: str) -> bool:
    """Whether the edit divides by, or multiplies with, what is 0 on the input with this label: what is right elsewhere
    then has it as a factor already.
    """
    new = edit.changes[0].new
    return (isinstance(new, ast.BinOp) and isinstance(new.op, ast.Mult | ast.Div) and isinstance(new.right, ast.Name)
            and label in (f"{new.right.id} = 0", f"nothing but 0 in {new.right.id}"))


def used(source: Source) -> set[str]:
    """The variables of the answer that are read; where an entry is put into one it is not read."""
    names = [node for node in source.nodes() if isinstance(node, ast.Name)]
    given = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    filled = {id(node.value) for node in source.nodes()
              if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in names if isinstance(node.ctx, ast.Load) and node.id in given and id(node) not in filled}


def keeps_order(edit: Edit) -> bool:
    """Whether the edit takes the exponential or the logarithm of something."""
    new = edit.changes[0].new
    return isinstance(new, ast.Call) and Called.of(new).name in ("exp", "log")


def is_idle(node: ast.AST) -> bool:
    """Whether a line hands a variable to itself."""
    if not isinstance(node, ast.Assign):
        return False
    left, right = ([*side.elts] if isinstance(side, ast.Tuple) else [side] for side in (node.targets[0], node.value))
    return any(isinstance(to, ast.Name) and isinstance(what, ast.Name) and to.id == what.id
               for to, what in zip(left, right, strict=False))

"""All small edits of a source, the likely ones first."""

import ast
import itertools
from collections.abc import Iterator

from course_lib.exercises.repair import arithmetic, axes, functions, missing, names, numbers, statements
from course_lib.exercises.repair.scope import Scope
from course_lib.exercises.repair.source import of_text
from course_lib.exercises.repair.tree import Change, Edit

MOST = 1_500  #: of the edits that are tried
#: what it costs that one slip was made in several places, and in one line or line by line
AGAIN, IN_LINE = 0.5, 0.1


def near(scopes: list[Scope]) -> list[Edit]:
    """Edits of a part itself, and one slip in several places as one edit."""
    found = [edit for scope in scopes for edit in statements.edits(scope)]
    for scope in scopes:
        found += [*names.exchanged(scope), *names.exchanged_in_lines(scope), *names.exchanged_in_one(scope),
                  *names.complements(scope), *names.relatives(scope)]
        for place in scope.places:
            for family in (axes, arithmetic, numbers, functions, names):
                found += family.edits(place)
    found = [edit for edit in found if not any(map(_fills_itself, edit.changes))
             and not (edit.kind == "brackets" and any(map(_is_times_one, ast.walk(edit.changes[0].new))))]
    return found + list(_repeated(found))


def far(scopes: list[Scope]) -> list[Edit]:
    """Edits that bring something new."""
    found = []
    for scope in scopes:
        for place in scope.places:
            found += missing.edits(place)
        found += names.other_parts(scope)
    return [edit for edit in found if not any(map(_fills_itself, edit.changes))]


def _fills_itself(change: Change) -> bool:
    """Whether a name would be put into itself, or beside itself in a sum. Where it is a list, an array of it then fills
    all memory, and so does the sum after some rounds of a loop; marks as their own index set what is set.
    """
    match change.owner:
        case ast.Subscript(value=ast.Name(id=word)) if change.field == "slice":
            return isinstance(change.new, ast.Name) and change.new.id == word
        case (ast.Call(func=ast.Attribute(value=ast.Name(id=word), attr="append" | "insert" | "extend"))
              | ast.AugAssign(target=ast.Name(id=word), op=ast.Add())
              | ast.BinOp(left=ast.Name(id=word), op=ast.Add()) | ast.BinOp(op=ast.Add(), right=ast.Name(id=word))):
            return isinstance(change.new, ast.Name) and change.new.id == word
    return False


def _is_times_one(node: ast.AST) -> bool:
    """Whether a product or a quotient with 1 is left where brackets are set otherwise: nobody means such a formula."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div) and any(
        isinstance(side, ast.Constant) and side.value == 1
        for side in ([node.left, node.right] if isinstance(node.op, ast.Mult) else [node.right]))


def _repeated(found: list[Edit]) -> Iterator[Edit]:
    groups: dict = {}
    for edit in found:
        if edit.slip:
            groups.setdefault(edit.slip, []).append(edit)
            groups.setdefault((edit.slip, edit.node.lineno), []).append(edit)
    several = dict.fromkeys(tuple(group) for group in groups.values() if len(group) > 1)
    pairs = (pair for group in several if 2 < len(group) < 5 for pair in itertools.combinations(group, 2))
    for group in dict.fromkeys([*several, *pairs]):
        first = min(group, key=lambda edit: (edit.node.lineno, edit.node.col_offset))
        changes = tuple(change for edit in group for change in edit.changes)
        likely = len({edit.node.lineno for edit in group}) == 1 or _line_by_line(group)
        again = IN_LINE if likely else AGAIN
        yield Edit(first.kind, first.node, changes, first.extra + again, places=len(group))


def _line_by_line(group: tuple[Edit, ...]) -> bool:
    """Whether the same side of the same operation is edited in each of some lines that follow one another."""
    sides = {(type(change.owner), type(getattr(change.owner, "op", None)), change.field)
             for edit in group for change in edit.changes}
    lines = sorted(edit.node.lineno for edit in group)
    return (len(sides) == 1 and isinstance(group[0].changes[0].owner, ast.BinOp)
            and lines == [*range(lines[0], lines[0] + len(lines))])


def candidates(text: str, function: str, instances: tuple = (), most: int = MOST) -> Iterator[tuple[Edit, str]]:
    """(edit, edited program) from the text of a cell alone: nothing is run, so nothing need be trusted.

    Parameters
    ----------
    text : str
        The cell.
    function : str
        Name of the function or class in it that is the answer.
    instances : tuple
        Arguments that it is called with: they tell which numbers could be divided by.
    most : int
        So many at most.
    """
    source = of_text(text, function)
    if source is None:
        return
    scopes = [Scope(each, instances=instances if each is source.answer else ()) for each in source.functions]
    programs = {source.program()}
    for tier in (near, far):
        for edit in sorted(tier(scopes), key=lambda edit: edit.cost):
            with edit.applied():
                program = source.program()
            if program not in programs:
                programs.add(program)
                yield edit, program
                if len(programs) > most:
                    return

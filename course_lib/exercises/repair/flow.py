"""Which outputs of a function depend on which of its parts, by names alone."""

import ast
from collections.abc import Iterator

from course_lib.exercises.repair.statements import root
from course_lib.exercises.repair.tree import Called


def outputs_of(function: ast.FunctionDef, n: int) -> dict[int, set[int]]:
    """id of a node -> numbers of the outputs that depend on it; empty unless one `return` hands back n parts.

    A name counts as one quantity throughout, so a part may be said to matter where it does not, but not the other way.
    """
    inner = {id(part) for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function
             for part in ast.walk(node)}
    nodes = [node for node in ast.walk(function) if id(node) not in inner]
    returns = [node for node in nodes if isinstance(node, ast.Return)]
    if n < 2 or len(returns) != 1 or any(isinstance(node, ast.While | ast.Break | ast.Continue) for node in nodes):
        return {}
    value = returns[0].value
    if isinstance(value, ast.Call) and len(value.args) == 1 and Called.of(value).name in ("array", "asarray"):
        value = value.args[0]  # a vector of so many entries
    results = getattr(value, "elts", ())
    if len(results) != n:
        return {}
    steps = [step for step in _steps(function.body, set()) if step[0][0] is not returns[0]]
    needed = [_closed(_names(result), steps) for result in results]
    table = {id(node): {k for k in range(n) if stored & needed[k]}
             for heads, stored, _ in steps for head in heads for node in ast.walk(head)}
    table.update({id(node): {k} for k, result in enumerate(results) for node in ast.walk(result)})
    return table


def _names(node) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _closed(names: set[str], steps: list) -> set[str]:
    """The names, and all that was used to work them out."""
    while True:
        more = names.union(*(used for _, stored, used in steps if stored & names))
        if more == names:
            return names
        names = more


def _steps(block: list[ast.stmt], around: set[str]) -> Iterator[tuple[list, set[str], set[str]]]:
    """(nodes, names that are given a value, names that this takes) of each statement; of a loop or an `if` its head."""
    for statement in block:
        match statement:
            case ast.For(target=target, iter=over, body=body, orelse=orelse):
                head = _names(over) | around
                yield [target, over], _names(target), head
                yield from _steps([*body, *orelse], head)
            case ast.If(test=test, body=body, orelse=orelse):
                yield from _steps([*body, *orelse], around | _names(test))
            case ast.Assign() | ast.AugAssign():
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                parts = [part for target in targets for part in getattr(target, "elts", [target])]
                yield [statement], {root(part) for part in parts}, _names(statement) | around
            case ast.FunctionDef(name=name):
                yield [statement], {name}, _names(statement) | around
            case _:  # a call may change whatever it is given
                yield [statement], _names(statement), _names(statement) | around

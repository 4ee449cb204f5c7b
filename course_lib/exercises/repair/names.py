"""Edits of names: another variable, another part of the same function, another attribute of the object."""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import replace

from course_lib.exercises.repair.scope import Scope
from course_lib.exercises.repair.tree import Edit, Place, form, has_name, is_number, name

MOST_NODES = 14  #: of a part that is tried in another place


def edits(place: Place) -> Iterator[Edit]:
    """Those of one expression itself."""
    node, scope = place.node, place.scope
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):  # other rows, which have a name
        whole = scope.kind(node.value.id)
        for other in scope.names:
            if whole.sort == "array" and other != node.value.id and scope.kind(other) == whole:
                yield place.put("name", name(other), 0.3)
    if not isinstance(node, ast.Name) or node.id not in scope.names:
        return
    seen = scope.kind(node.id)
    beside = {part.id for part in getattr(place.owner, "elts", ()) if isinstance(part, ast.Name)}
    for other in scope.names:
        also = scope.kind(other)
        if other != node.id and (also.sort == seen.sort or {also.sort, seen.sort} <= {"array", "number", "?"}):
            if other in beside:
                continue  # nobody hands back the same twice
            extra = (0.0 if also == seen else 0.3) - (0.3 if other in scope.unused else 0.0)
            # a result under another name and its uses: then its own line is wrong
            yield place.put("name", name(other), extra, slip=() if place.role == "whole" else ("name", node.id, other))


def exchanged(scope: Scope) -> Iterator[Edit]:
    """Two arguments of one kind, each in the place of the other throughout."""
    for one, two in itertools.combinations(scope.parameters, 2):
        places = [place for place in scope.places if isinstance(place.node, ast.Name) and place.node.id in (one, two)]
        if scope.kind(one) == scope.kind(two) and {place.node.id for place in places} == {one, two}:
            yield _exchanged(places, one, two)


def exchanged_in_lines(scope: Scope) -> Iterator[Edit]:
    """Two arguments of one kind, each in the place of the other in two lines of which each has one of them, once."""
    for one, two in itertools.combinations(scope.parameters, 2):
        if scope.kind(one) != scope.kind(two):
            continue
        lines: dict[int, list[Place]] = {}
        for place in scope.places:
            if isinstance(place.node, ast.Name) and place.node.id in (one, two):
                lines.setdefault(place.node.lineno, []).append(place)
        single = [places[0] for places in lines.values() if len(places) == 1]
        for a, b in itertools.combinations(single, 2):
            if a.node.id != b.node.id and abs(a.node.lineno - b.node.lineno) <= 2:
                yield _exchanged([a, b], one, two)


def exchanged_in_one(scope: Scope) -> Iterator[Edit]:
    """Two names of one kind, each in the place of the other in one line, or in one of several results in it, that has
    either once; of a call and of two neighbors in a formula the order is tried anyway.
    """
    several = [node for node in ast.walk(scope.function) if isinstance(node, ast.Tuple)]
    result = {id(part): id(whole) for node in several for whole in node.elts for part in ast.walk(whole)}
    formulas: dict[tuple, list[Place]] = {}
    for place in scope.places:
        if isinstance(place.node, ast.Name) and place.node.id in scope.names:
            formulas.setdefault((place.node.lineno, result.get(id(place.node))), []).append(place)
    for places in formulas.values():
        words = [place.node.id for place in places]
        single = [place for place in places if words.count(place.node.id) == 1]
        for a, b in itertools.combinations(single, 2):
            if a.owner is not b.owner and scope.kind(a.node.id) == scope.kind(b.node.id):
                yield _exchanged([a, b], a.node.id, b.node.id)


def complements(scope: Scope) -> Iterator[Edit]:
    """A share r and 1 - r, each in the place of the other: throughout, or in one line."""
    rests = [place for place in scope.places if _is_rest(place.node)]
    for word in dict.fromkeys(place.node.right.id for place in rests):
        of_it = [place for place in rests if place.node.right.id == word]
        inside = {id(place.node.right) for place in of_it}
        alone = [place for place in scope.places if isinstance(place.node, ast.Name) and place.node.id == word
                 and id(place.node) not in inside]
        lines = [{place.node.lineno} for place in of_it]
        for where in [{place.node.lineno for place in (*of_it, *alone)}, *lines]:
            both = [[place for place in places if place.node.lineno in where] for places in (of_it, alone)]
            if all(both):
                first = min(itertools.chain(*both), key=lambda place: (place.node.lineno, place.node.col_offset))
                parts = [place.put("exchanged", name(word)) for place in both[0]]
                parts += [place.put("exchanged", form("1 - a", a=place.node)) for place in both[1]]
                yield Edit("exchanged", first.node, tuple(change for part in parts for change in part.changes), 0.2)


def _is_rest(node: ast.expr) -> bool:
    """Whether this is 1 minus a name."""
    return (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Name)
            and isinstance(node.left, ast.Constant) and node.left.value == 1)


def relatives(scope: Scope) -> Iterator[Edit]:
    """X_val, y_val in one line for X, y, or the other way round."""
    families: dict[str, dict[str, str]] = {}
    for one, two in itertools.permutations(scope.names, 2):
        if two.startswith(one + "_"):
            families.setdefault(two[len(one):], {})[one] = two
    for family in families.values():
        for others in (family, {two: one for one, two in family.items()}):
            lines: dict[int, list[Place]] = {}
            for place in scope.places:
                if isinstance(place.node, ast.Name) and place.node.id in others:
                    lines.setdefault(place.node.lineno, []).append(place)
            for places in lines.values():
                if len({place.node.id for place in places}) > 1:
                    yield _renamed("name", places, others)


def _exchanged(places: list[Place], one: str, two: str) -> Edit:
    """Each name in the place of the other: no slip made twice, but the less likely the more places there are."""
    return replace(_renamed("exchanged", places, {one: two, two: one}), places=1, extra=0.1 * (len(places) - 2))


def _renamed(kind: str, places: list[Place], others: dict[str, str]) -> Edit:
    """One edit that renames in several places."""
    first = min(places, key=lambda place: (place.node.lineno, place.node.col_offset))
    changes = tuple(change for place in places for change in place.put(kind, name(others[place.node.id])).changes)
    return Edit(kind, first.node, changes, places=len(places))


def other_parts(scope: Scope) -> Iterator[Edit]:
    """Another part of the same function in the place of a name, a number or a whole part."""
    parts = {}
    for place in scope.places:
        node = place.node
        if isinstance(node, ast.Subscript | ast.Attribute | ast.BinOp | ast.Call) and (
                sum(1 for _ in ast.walk(node)) <= MOST_NODES):
            parts.setdefault(ast.dump(node), node)
    for place in scope.places:
        node, role = place.node, place.role
        free = role not in ("key",) and not role.startswith("keyword")
        own_name = isinstance(node, ast.Name) and node.id in scope.names and role not in ("receiver", "indexed")
        if (is_number(node) and free) or own_name:
            for part in parts.values():
                if not any(below is node for below in ast.walk(part)):
                    around = own_name and has_name(part, node.id)
                    if around and isinstance(part, ast.Subscript) and ast.dump(part.value) == ast.dump(node):
                        yield place.put("index", part, 0.9)  # one entry in the place of all
                        continue
                    yield place.put("missing" if around else "name", part, -0.4 if around else 1.2)
        if is_number(node) and free and role != "index":
            for other in scope.numeric():
                yield place.put("name", name(other), 1.6)
        if isinstance(node, ast.Call | ast.BinOp) and role in ("whole", "argument", "factor"):
            for other in scope.numeric():
                yield place.put("name", name(other), 1.0)

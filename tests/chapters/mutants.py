"""Mutants: a right answer with one slip in it, and whether the exercise's own instances notice.

A mutant is the model answer of an exercise (what a student writes, from `solutions/`) with a single edit of its syntax
tree. One that is accepted is either the same function written otherwise, or shows an input that the instances lack.

`python tests/chapters/mutants.py 3.9` prints those of one exercise that are accepted, without an id those of all.
"""

import ast
import os
import re
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

from course_lib import grammar
from course_lib.exercises import registry, use
from course_lib.exercises.collect import collect
from course_lib.exercises.compare import in_form, same_outcome
from course_lib.exercises.diagnoses.kind import dtype_message
from course_lib.exercises.expect import OWN_SECONDS, read, seeded_instances

ROOT = Path(__file__).resolve().parents[2]

# --- the model answers ---


@cache
def _source(chapter: str) -> str:
    return next((ROOT / "solutions").glob(f"{chapter}_*.py")).read_text(encoding="utf-8")


def cell_of(exercise) -> str:
    """The cell of the chapter's source that holds the model answer."""
    cells = re.split(r"^# %%.*$", _source(grammar.chapter(exercise.id)), flags=re.MULTILINE)
    found = [cell for cell in cells if exercise.id in grammar.exercises(cell)]
    assert found, f"no cell of the chapter's source begins with '# Exercise {exercise.id}: {exercise.title}'"
    return found[0]


def name_of(exercise) -> str:
    """What the answer is called in the chapter."""
    checks = grammar.checks(_source(grammar.chapter(exercise.id)))
    return next(check.name for check in checks if check.id == exercise.id and check.name)


@cache
def _imports(chapter: str) -> dict:
    """The names that a chapter's own imports bind, without those that only draw."""
    names = {"use": use}
    for node in ast.parse(re.sub(r"^%.*$", "", _source(chapter), flags=re.MULTILINE)).body:
        if isinstance(node, ast.Import | ast.ImportFrom) and not re.search("viz|pyplot", ast.unparse(node)):
            exec(ast.unparse(node), names)
    return names


# --- single edits ---

_COMPARE = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE), ast.NotEq: (ast.Eq, ast.Gt, ast.Lt), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}
_BINARY = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,), ast.FloorDiv: (ast.Div, ast.Mult), ast.Mod: (ast.FloorDiv,), ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
}
_ORDERED = (ast.Sub, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod, ast.MatMult)
_FUNCTIONS = [
    ("min", "max"), ("sum", "mean"), ("argmin", "argmax"), ("any", "all"), ("minimum", "maximum"), ("zeros", "ones"),
    ("zeros_like", "ones_like"), ("hstack", "vstack"), ("var", "std"), ("sin", "cos"), ("log", "log2"), ("exp", "log"),
    ("floor", "ceil"), ("rows", "columns"), ("sum", "prod"), ("sqrt", "square"), ("sign", "abs"), ("cumsum", "cumprod"),
]
_OTHER = {}
for _one, _two in _FUNCTIONS:
    _OTHER.setdefault(_one, []).append(_two)
    _OTHER.setdefault(_two, []).append(_one)


def _name(id):
    return ast.Name(id, ast.Load())


def _edits(node: ast.AST, names: list[str]):
    """Other nodes in the place of this one, one slip each."""
    match node:
        case ast.Compare(ops=[op]):
            for other in _COMPARE.get(type(op), ()):
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.BinOp():
            for other in _BINARY.get(type(node.op), ()):
                yield ast.BinOp(node.left, other(), node.right)
            if isinstance(node.op, _ORDERED):
                yield ast.BinOp(node.right, node.op, node.left)
            yield node.left
            yield node.right
        case ast.UnaryOp():
            yield node.operand
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for k in range(len(node.values)):
                rest = node.values[:k] + node.values[k + 1:]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
            yield node.body
            yield node.orelse
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            for value in dict.fromkeys((node.value + 1, node.value - 1, 0, -node.value)):
                if value != node.value:
                    yield ast.Constant(value)
        case ast.Constant(value=None):
            yield ast.Constant(0)
        case ast.Name(ctx=ast.Load()):
            for name in names if node.id in names else ():
                if name != node.id:
                    yield _name(name)
            for name in _OTHER.get(node.id, ()):
                if name in ("min", "max", "sum", "any", "all", "abs"):
                    yield _name(name)
        case ast.Attribute(ctx=ast.Load()):
            for attribute in _OTHER.get(node.attr, ()):
                yield ast.Attribute(node.value, attribute, node.ctx)
            if node.attr == "T":
                yield node.value
            if node.attr == "size":
                yield ast.Call(_name("len"), [node.value], [])
        case ast.Call():
            if len(node.args) >= 1:
                yield node.args[0]  # without the function
            if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
                yield node.func.value  # without the method
            for k in range(len(node.args) - 1):
                args = list(node.args)
                args[k], args[k + 1] = args[k + 1], args[k]
                yield ast.Call(node.func, args, node.keywords)
            for k in range(1, len(node.args)):
                yield ast.Call(node.func, node.args[:k] + node.args[k + 1:], node.keywords)
            for k, keyword in enumerate(node.keywords):
                yield ast.Call(node.func, node.args, node.keywords[:k] + node.keywords[k + 1:])
                if keyword.arg == "axis":
                    for axis in (0, 1, None):
                        if ast.unparse(keyword.value) != repr(axis):
                            other = ast.keyword("axis", ast.Constant(axis))
                            yield ast.Call(node.func, node.args, [*node.keywords[:k], other, *node.keywords[k + 1:]])
            if not any(keyword.arg == "keepdims" for keyword in node.keywords) and any(
                    keyword.arg == "axis" for keyword in node.keywords):
                more = ast.keyword("keepdims", ast.Constant(True))
                yield ast.Call(node.func, node.args, [*node.keywords, more])
            if isinstance(node.func, ast.Name) and node.func.id == "range":
                for k, bound in enumerate(node.args):
                    for op in (ast.Add(), ast.Sub()):
                        args = list(node.args)
                        args[k] = ast.BinOp(bound, op, ast.Constant(1))
                        yield ast.Call(node.func, args, [])
                if len(node.args) == 1:
                    yield ast.Call(node.func, [ast.Constant(1), *node.args], [])
                yield ast.Call(_name("reversed"), [node], [])
            if isinstance(node.func, ast.Name) and node.func.id == "len":
                yield ast.Attribute(node.args[0], "size", ast.Load())
        case ast.Subscript(ctx=ast.Load()):
            if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
                yield ast.Subscript(node.value, ast.Tuple(node.slice.elts[::-1], ast.Load()), node.ctx)
            if isinstance(node.slice, ast.Name):
                for op in (ast.Add(), ast.Sub()):
                    yield ast.Subscript(node.value, ast.BinOp(node.slice, op, ast.Constant(1)), node.ctx)
            yield node.value
        case ast.Slice():
            if node.lower is not None:
                yield ast.Slice(None, node.upper, node.step)
            if node.upper is not None:
                yield ast.Slice(node.lower, None, node.step)
            if node.step is not None:
                yield ast.Slice(node.lower, node.upper, None)
        case ast.Tuple(ctx=ast.Load()):
            for k in range(len(node.elts) - 1):
                elements = list(node.elts)
                elements[k], elements[k + 1] = elements[k + 1], elements[k]
                yield ast.Tuple(elements, node.ctx)
        case ast.AugAssign():
            yield ast.Assign([node.target], node.value)
            for other in _BINARY.get(type(node.op), ()):
                yield ast.AugAssign(node.target, other(), node.value)
            yield ast.Pass()
        case ast.Assign():
            if not isinstance(node.value, ast.Tuple | ast.Constant):
                yield ast.Assign(node.targets, ast.UnaryOp(ast.USub(), node.value))
            yield ast.Pass()
        case ast.Return(value=ast.expr()):
            if not isinstance(node.value, ast.Tuple | ast.Constant):
                yield ast.Return(ast.UnaryOp(ast.USub(), node.value))
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
            yield ast.If(ast.Constant(True), node.body, node.orelse)
            yield ast.If(ast.Constant(False), node.body, node.orelse)
        case ast.While():
            yield ast.While(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Break():
            yield ast.Continue()
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
            yield ast.Pass()
        case ast.Raise() | ast.Expr() | ast.Delete():
            yield ast.Pass()


def _is_module(node) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in ("linalg", "random", "add") and _is_module(node.value)
    return isinstance(node, ast.Name) and node.id in ("np", "ops", "math")


def _places(node: ast.AST, statement: ast.stmt):
    """(parent, field, index, node, statement) of everything below a node that can be exchanged."""
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.FunctionDef) and field in ("args", "decorator_list", "returns"):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST) and not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
                inner = child if isinstance(child, ast.stmt) else statement
                yield node, field, index if isinstance(value, list) else None, child, inner
                yield from _places(child, inner)


def _shown(statement: ast.stmt) -> str:
    """A statement in one line; of a loop or condition its head."""
    return ast.unparse(statement).partition("\n")[0]


def mutants(cell: str, name: str):
    """(what was changed, compiled code) of every mutant of the function `name` in a cell."""
    tree = ast.parse(cell)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:]
    places = list(ast.walk(function))
    names = [arg.arg for node in places if isinstance(node, ast.arguments) for arg in node.args]
    names += [node.id for node in places if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    names = list(dict.fromkeys(names))
    seen = {ast.unparse(tree)}
    for parent, field, index, node, statement in list(_places(function, function)):
        before = _shown(statement)
        for other in _edits(node, names):
            _put(parent, field, index, other)
            try:
                ast.fix_missing_locations(other)  # what is new; the whole cell takes longer than all else
                text = ast.unparse(tree)
                if text not in seen:
                    seen.add(text)
                    after = _shown(other if node is statement else statement)
                    yield _change(before, after), compile(text, "<mutant>", "exec")
            except (SyntaxError, ValueError):
                pass
            finally:
                _put(parent, field, index, node)


def _change(before: str, after: str, around: int = 40) -> str:
    """Both lines, or of long ones what differs and what stands around it."""
    if len(before) <= 100:
        return f"{before} -> {after}"
    start = len(os.path.commonprefix([before, after]))
    end = len(os.path.commonprefix([before[start:][::-1], after[start:][::-1]]))

    def window(line):
        return f"...{line[max(0, start - around):len(line) - max(0, end - around)]}..."

    return f"{window(before)} -> {window(after)}"


def _put(parent, field, index, node) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


# --- which of them are accepted ---

LIMIT = 0.5  #: processor seconds for one call; an endless loop costs as much


class Judge:
    """Right or not, as quickly as possible: instance by instance, ending at the first difference."""

    def __init__(self, exercise):
        self.exercise, self.instances, self.seconds = exercise, seeded_instances(exercise), OWN_SECONDS
        self.right = self._outcomes(exercise.reference, self.instances)
        failed = [f"{outcome.error}: {outcome.message}" for outcome in self.right if outcome.error or outcome.timed_out]
        assert not failed, f"the reference of {exercise.id} fails: {failed[0]}"

    def _outcomes(self, answer, instances):
        return read(self.exercise, collect(self.exercise, answer, instances, self.seconds), instances)

    def limit_by(self, answer) -> None:
        """From now on give up what takes much longer than a right answer, which has been run before.

        Imports and compiling on first use are over by then: an end in the midst of them would spoil more than a mutant.
        """
        begin = time.process_time()
        self._outcomes(answer, self.instances)
        self.seconds = max(LIMIT, 5 * (time.process_time() - begin))

    def accepts(self, answer) -> bool:
        """Whether `check` would call the answer right."""
        exercise = self.exercise
        for instance, want in zip(self.instances, self.right, strict=True):
            got, = self._outcomes(answer, (instance,))
            value = in_form(got.value, want.value)
            if not got.attempted or not same_outcome(replace(got, value=value), want, exercise):
                return False
            if dtype_message(exercise, value, want.value):
                return False
        return True


def answer(exercise, code):
    """The function that the code of a cell defines, among the names that the chapter imports."""
    names = dict(_imports(grammar.chapter(exercise.id)))
    exec(code, names)
    return names[name_of(exercise)]


def survivors(exercise) -> tuple[list[str], int]:
    """The mutants that an exercise accepts, each as "before -> after", and how many there are in all."""
    judge = Judge(exercise)
    right = answer(exercise, compile(cell_of(exercise), "<model answer>", "exec"))
    assert judge.accepts(right), f"the model answer to {exercise.id} is not accepted"
    judge.limit_by(right)
    accepted, number = [], 0
    for change, code in mutants(cell_of(exercise), name_of(exercise)):
        number += 1
        if judge.accepts(answer(exercise, code)):
            accepted.append(change)
    return accepted, number


def main(ids: list[str]) -> None:
    """Print the survivors of some exercises, or of all."""
    total = 0
    for exercise in registry.all_exercises():
        if callable(exercise.reference) and (not ids or exercise.id in ids):
            begin = time.process_time()
            accepted, number = survivors(exercise)
            total += number
            print(f"{exercise.id} {exercise.title}: {len(accepted)} of {number} mutants are accepted, "
                  f"{time.process_time() - begin:.2f} s")
            print(*(f"  {exercise.id} | {change}" for change in accepted), sep="\n", end="\n" if accepted else "")
    print(f"{total} mutants")


if __name__ == "__main__":
    main(sys.argv[1:])

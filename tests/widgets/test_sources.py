"""Every curve comes from a run, or from a formula that is named.

A figure whose own code computes a curve names its formula in `closed_form`, and the same words stand in its title, its
caption, or a title or label of a panel.
A curve is exp, sin, cos, tan, sinh, cosh, tanh, arctan or power of something, or something to a power, in the figure's
background, state or layers or in what these use of its module; functions of `course_lib` are runs.
No curves are squares and roots (distances, errors), logarithms and powers of a constant above one (places on a
logarithmic axis, levels), and cosine and sine of one and the same angle (a direction).
"""

import ast
import inspect
import sys
from functools import cache

import pytest

from course_lib.viz import demos

_CURVES = {"exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "power"}
_METHODS = ("background", "state", "layers")


@cache
def definitions(module: str) -> dict[str, ast.AST]:
    """Functions, assignments and methods ("Class.method") of a module by name."""
    found = {}
    for node in ast.parse(inspect.getsource(sys.modules[module])).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}": each for each in node.body for name in _named(each)}
        else:
            found |= dict.fromkeys(_named(node), node)
    return found


def _named(node) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def used(cls) -> list[ast.AST]:
    """The figure's three methods, and what they use of its module, directly or through each other."""
    found = definitions(cls.__module__)
    waiting, seen = [f"{cls.__name__}.{method}" for method in _METHODS], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in found:
            continue
        seen.add(name)
        for node in ast.walk(found[name]):
            if isinstance(node, ast.Name):
                waiting.append(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in ("self", "cls", cls.__name__):
                    waiting.append(f"{cls.__name__}.{node.attr}")
                elif node.value.id in sys.modules[cls.__module__].__dict__:
                    waiting.append(f"{node.value.id}.{node.attr}")  # of another figure of the module
    return [found[name] for name in sorted(seen)]


def _number(node) -> float | None:
    """The value of a literal number, sign included."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return float(value) if isinstance(value, int | float) else None


def _rises(base) -> bool:
    """Whether a constant is above one: a number, or a name in capitals, which is taken to be."""
    words = [each.attr if isinstance(each, ast.Attribute) else each.id for each in ast.walk(base)
             if isinstance(each, ast.Attribute | ast.Name) and getattr(each, "id", "") not in ("self", "cls")]
    return all(word.isupper() for word in words) if words else (_number(base) or 0) > 1


def curves(node) -> list[str]:
    """The curves that a piece of code computes, as its own words."""
    hits, angles = [], {"sin": set(), "cos": set()}
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Pow):
            numbers = _number(each.left), _number(each.right)
            if None in numbers and numbers[1] not in (0.5, 2.0) and not _rises(each.left):
                hits.append(ast.unparse(each))
        elif (isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in _CURVES
              and isinstance(each.func.value, ast.Name) and each.func.value.id in ("np", "math")):
            if each.func.attr in angles:
                angles[each.func.attr].add(ast.unparse(each.args[0]))
            else:
                hits.append(ast.unparse(each))
    return hits + [f"sin or cos of {angle}" for angle in angles["sin"] ^ angles["cos"]]


@pytest.mark.parametrize("name", demos.ALL)
def test_a_curve_comes_from_a_run_or_its_formula_is_named(name):
    cls = demos.ALL[name]
    found = sorted({hit for node in used(cls) for hit in curves(node)})
    assert not found or getattr(cls, "closed_form", ""), f"{name} computes {found} and names no formula in closed_form"


@pytest.mark.parametrize("name", [name for name in demos.ALL if getattr(demos.ALL[name], "closed_form", "")])
def test_the_formula_is_read_on_the_figure(made, name):
    demo = made[name].reset()
    words = [demo.title, demo.message, *(text for panel in demo.panels for text in panel[:3])]
    for preset in demo.presets:
        words.append(demo.preset(preset).message)
    assert any(demo.closed_form in text for text in words), f"{name}: {demo.closed_form!r} stands nowhere on the figure"


@pytest.mark.parametrize(("code", "hits"), [
    ("np.exp(-t)", ["np.exp(-t)"]), ("a * x**3", ["x ** 3"]), ("0.9**k", ["0.9 ** k"]), ("x**-1", ["x ** (-1)"]),
    ("np.sin(2 * t)", ["sin or cos of 2 * t"]), ("np.sin(a), np.cos(b)", ["sin or cos of a", "sin or cos of b"]),
    ("np.cos(a), np.sin(a)", []), ("np.sqrt(x**2 + y**2)", []),
    ("10.0**p, np.log(p), 0.5**3, (self._TOP / self._LOW) ** y", []), ("ops.sigmoid(t)", []), ("(x - y) ** 2", []),
])
def test_what_is_a_curve(code, hits):
    assert sorted(curves(ast.parse(code))) == sorted(hits)

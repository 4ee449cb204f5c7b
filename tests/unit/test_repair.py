"""Repair search: true places and questions, nothing given away, and nothing of the student's touched."""

import ast
import random
import time
from dataclasses import replace

import numpy as np
import pytest
from IPython.core.compilerop import CachingCompiler
from needs import this_system

from course_lib import ops
from course_lib.exercises import registry, repair, use
from course_lib.exercises.collect import collect
from course_lib.exercises.edited import MOST_ROOM, addresses_and_memory, little_room, memory
from course_lib.exercises.expect import expect, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise, Mistake, Refused, case
from course_lib.exercises.repair.found import Found, near_to
from course_lib.exercises.repair.sentences import KINDS, sentence
from course_lib.exercises.repair.source import of_text
from course_lib.exercises.repair.tree import Edit

COMPILER = CachingCompiler()
PLENTY = 60.0  #: seconds of processor time: what is found must not depend on how busy the machine is


def cell(source: str, name: str, **given):
    """What a cell defines, as IPython runs it."""
    space = {"np": np, "ops": ops, "use": use, **given}
    exec(compile(source, COMPILER.cache(source), "exec"), space)
    return space[name]


def exercise(reference, *instances, **more) -> Exercise:
    """A small exercise with fixed inputs in all draws but for some noise, where there are arrays."""
    def drawn(rng):
        return [tuple(a + rng.normal(size=a.shape).round(1) if isinstance(a, np.ndarray) and a.dtype == float else a
                      for a in instance) for instance in instances]

    return Exercise("99.1", "f", reference, drawn, more.pop("mistakes", ()), ("idea", "formula", "first line"), **more)


def checked(wanted: Exercise, answer):
    known = expect(wanted, seeded_instances(wanted))
    return judge(wanted, collect(wanted, answer, known.instances), known)


def looked(wanted: Exercise, answer) -> str:
    assert checked(wanted, answer).status != "right", "the answer is right"
    return repair.look(wanted, answer, expect(wanted, seeded_instances(wanted)), PLENTY)


X, Y, W = np.arange(6.0).reshape(3, 2), np.arange(3.0), np.arange(2.0)
TABLE = (X, 1.0 + np.arange(8.0).reshape(4, 2))
PAIRS = [(X, Y), (np.ones((4, 2)), np.ones(4))]
VECTORS = [(3 * Y,), (np.arange(5.0) - 2,)]
SQUARES = [(np.arange(4.0).reshape(2, 2),), (np.arange(9.0).reshape(3, 3),)]

#: kind -> (right lines, wrong lines, instances, the number of the line and the student's text there)
SLIPS = {
    "axis": ("X.mean(axis=0)", "X.mean(axis=1)", [(t,) for t in TABLE], (2, "X.mean(axis=1)")),
    "keepdims": ("X / X.sum(axis=1, keepdims=True)", "X / X.sum(axis=1)", SQUARES, (2, "X.sum(axis=1)")),
    "transpose": ("X.T @ y", "X @ y", PAIRS, (2, "X` in `X @ y")),
    "reduction": ("np.max(X)", "np.min(X)", VECTORS, (2, "np.min(X)")),
    "order": ("X - X.mean()", "X.mean() - X", VECTORS, (2, "X.mean() - X")),
    "operator": ("np.outer(X, X)", "X @ X", VECTORS, (2, "X @ X")),
    "sign": ("X.mean() - 2 * X.max()", "X.mean() + 2 * X.max()", VECTORS, (2, "X.mean() + 2 * X.max()")),
    "condition": ("np.where(X >= X.mean(), 1, 0)", "np.where(X < X.mean(), 1, 0)", VECTORS, (2, "X < X.mean()")),
    "logic": ("X.max() > 0 and X.min() > -1", "X.max() > 0 or X.min() > -1", VECTORS,
              (2, "X.max() > 0 or X.min() > -1")),
    "which case": ("np.where(X == X.max(), 1, 0)", "np.where(X != X.max(), 1, 0)", VECTORS, (2, "X != X.max()")),
    "ratio": ("X * X.max() / (X.min() + 9)", "X * (X.min() + 9) / X.max()", VECTORS,
              (2, "X * (X.min() + 9) / X.max()")),
    "brackets": ("(X - X.min()) / (X.max() - X.min())", "(X - X.min()) / X.max() - X.min()", VECTORS,
                 (2, "(X - X.min()) / X.max() - X.min()")),
    "nesting": ("np.log(np.sum(np.exp(X)))", "np.sum(np.log(np.exp(X)))", VECTORS, (2, "np.sum(np.log(np.exp(X)))")),
    "constant": ("3 * X ** 2", "3 * X ** 3", VECTORS, (2, "3` in `X ** 3")),
    "start value": ("s = 1; for x in X: s = s * x + x; return s", "s = 0; for x in X: s = s * x + x; return s", VECTORS,
                    (2, "0` in `s = 0")),
    "bounds": ("X[1:] - X[:-1]", "X[1:] - X[:1]", VECTORS, (2, "1` in `X[:1]")),
    "index": ("X[:, 0] * X[:, 1]", "X[0] * X[:, 1]", [(t,) for t in (X[:2], *TABLE)], (2, "0` in `X[0]")),
    "name": ("m = X.mean(); s = X.std(); return (X - m) / s", "m = X.mean(); s = X.std(); return (X - m) / m", VECTORS,
             (4, "m` in `(X - m) / m")),
    "exchanged": ("X - 2 * y ** 2", "y - 2 * X ** 2", [(Y, Y + 3), (W, 2 * W)], (2, "y` in `y - 2 * X ** 2")),
    "old value": ("A = X; X = X * 2; return X + A", "X = X * 2; return X + X", VECTORS, (3, "X` in `X + X")),
    "extra": ("X.sum() ** 2", "X.sum() ** 2 * X.max()", VECTORS, (2, "X.max()")),
    "missing": ("np.sum(X.T * y)", "np.sum(X.T)", PAIRS, (2, "X.T` in `np.sum(X.T)")),
    "divisor": ("X.T @ y / len(y)", "X.T @ y", PAIRS, (2, "X.T @ y")),
    "count": ("np.zeros(X.shape[1])", "np.zeros(len(X))", [(t,) for t in TABLE], (2, "len(X)")),
    "n - 1": ("X.std(ddof=1)", "X.std()", VECTORS, (2, "X.std()")),
    "function": ("np.sqrt(X @ X + 1)", "X @ X + 1", VECTORS, (2, "X @ X + 1")),
    "extra function": ("np.mean(X ** 2)", "np.sqrt(np.mean(X ** 2))", VECTORS, (2, "np.sqrt(np.mean(X ** 2))")),
    "other function": ("np.cos(X) + X", "np.sin(X) + X", VECTORS, (2, "np.sin(X)")),
    "size": ("np.sqrt(np.sum(X ** 2))", "np.sum(np.abs(X))", VECTORS, (2, "np.sum(np.abs(X))")),
    "shape": ("X / y[:, None]", "X / y", [(X, Y + 9), (np.ones((4, 2)), np.arange(4.0) + 9)], (2, "y` in `X / y")),
    "arguments": ("np.power(X + 5, 2)", "np.power(2, X + 5)", VECTORS, (2, "np.power(2, X + 5)")),
    "layout": ("X.T.copy()", "X.reshape(-1, len(X))", [(t,) for t in TABLE], (2, "X.reshape(-1, len(X))")),
    "copy": ("A = X.copy(); v = A.reshape(-1); v[0] = 9; return A", "A = X.copy(); v = A.flatten(); v[0] = 9; return A",
             [(t,) for t in TABLE], (3, "A.flatten()")),
    "gathered": ("A = X ** 2; return A.sum(axis=1).max()", "A = X ** 2; return A.max()", [(t,) for t in TABLE],
                 (3, "A` in `A.max()")),
    "in place": ("X = X.copy(); X += 1; return X", "X += 1; return X", VECTORS, (2, "X += 1")),
    "accumulate": ("s = 0.0; for x in X: s += x ** 2; return s", "s = 0.0; for x in X: s = x ** 2; return s", VECTORS,
                   (4, "s = x ** 2")),
    "which end": ("s = []; for x in X: s.append(x); return np.array(s)",
                  "s = []; for x in X: s.insert(0, x); return np.array(s)", VECTORS, (4, "s.insert(0, x)")),
    "statement order": ("X = X + 1; X = X * 2; return X", "X = X * 2; X = X + 1; return X", VECTORS, (2, "X = X * 2")),
    "loop level": ("s = 0.0; for x in X: s = s + x; return s", "for x in X: s = 0.0; s = s + x; return s", VECTORS,
                   (3, "s = 0.0")),
    "stale": ("b = 0.0; s = 0.0; for x in X: s += x * b; b = x; return s",
              "b = 0.0; s = 0.0; for x in X: s += x * b; return s", VECTORS, (5, "b` in `x * b")),
    "drawn order": ("s = 1.0; for i in range(len(X)): s = s * 2 + X[i]; return s", "rng = np.random.default_rng(4); "
                    "s = 1.0; for i in rng.permutation(len(X)): s = s * 2 + X[i]; return s", VECTORS,
                    (4, "rng.permutation(len(X))")),
    "extra line": ("m = X.mean(); return X - m", "m = X.mean(); X[0] = 70.5; return X - m", VECTORS,
                   (3, "X[0] = 70.5")),
    "results": ("return X.min(), X.max()", "return X.max(), X.min()", VECTORS, (2, "return X.max(), X.min()")),
    "dtype": ("X / 2", "A = np.zeros(len(X), dtype=int); A[:] = X / 2; return A", VECTORS,
              (2, "np.zeros(len(X), dtype=int)")),
}


def written(lines: str, parameters: str) -> str:
    """Statements in one line as a function: a `for` takes all that follows but the last."""
    if "return" not in lines:
        lines = f"return {lines}"
    out, depth = [f"def f({parameters}):"], 1
    for line in lines.replace(": ", ":; ").split("; "):
        depth = 1 if line.startswith("return") else depth
        out.append("    " * depth + line)
        depth += line.startswith("for")
    return "\n".join(out)


@pytest.mark.parametrize("kind", sorted(SLIPS))
def test_the_place_and_the_question(kind):
    right, wrong, instances, (line, own) = SLIPS[kind]
    parameters = ", ".join(["X", "y"][: len(instances[0])])
    wanted = exercise(cell(written(right, parameters), "f"), *instances)
    said = looked(wanted, cell(written(wrong, parameters), "f"))
    assert said == f"Line {line}, at `{own}`: {KINDS[kind].question}"


def test_a_loop_that_ends_where_a_round_should():
    wanted = exercise(lambda X: np.cosh(X[X > 0]).sum(), (np.array([4.0, -5.0, 6.0]),), (np.array([-4.0, 5.0, 6.0]),))
    source = """def f(X):
    s = 0.0
    for x in X:
        if x <= 0:
            break
        s += np.cosh(x)
    return s"""
    assert looked(wanted, cell(source, "f")) == f"Line 5, at `break`: {KINDS['leave'].question}"


def test_every_kind_is_asked_in_some_test():
    assert {*SLIPS, "leave"} == set(KINDS)


MEAN = exercise(lambda X: X.mean(axis=0), *[(t,) for t in TABLE])


def test_lines_are_counted_in_the_students_cell():
    source = "# my answer\nimport math\n\n\ndef f(X):\n    'Means.'\n    # of columns\n    return X.mean(axis=1)\n"
    assert looked(MEAN, cell(source, "f")).startswith("Line 8, at `X.mean(axis=1)`: ")


def test_one_slip_in_several_places_is_one_sentence():
    wanted = exercise(lambda X: (X - X.mean(axis=0)) / X.std(axis=0), *[(t,) for t in TABLE])
    said = looked(wanted, cell("def f(X):\n    return (X - X.mean(axis=1)) / X.std(axis=1)", "f"))
    assert said == f"Line 2, at `X.mean(axis=1)` (and at 1 more like it): {KINDS['axis'].question}"


def test_a_line_that_takes_the_other_set_is_one_slip():
    wanted = exercise(lambda a, a_val: (a_val @ a_val**2, np.sum(a**2)), (Y, Y + 3), (W, 2 * W))
    source = "def f(a, a_val):\n    b, b_val = a ** 2, a_val ** 2\n    s = a @ b\n    return s, b.sum()"
    assert looked(wanted, cell(source, "f")) == (
        f"Line 3, at `a` in `a @ b` (and at 1 more like it): {KINDS['name'].question}")


def test_a_slice_where_the_numbers_of_a_batch_belong():
    wanted = exercise(lambda X, order: X[order[::-1][:2]].sum(), (3.0 * Y, np.array([0, 2, 1])),
                      (np.arange(4.0) - 1, np.array([3, 0, 1, 2])))
    source = "def f(X, order):\n    batch = order[::-1][:2]\n    return X[0:2].sum()"
    assert looked(wanted, cell(source, "f")) == f"Line 3, at `X[0:2]`: {KINDS['index'].question}"


def test_a_list_is_never_put_into_itself():
    """An array of such a list would fill all memory."""
    source = "def f(X):\n    out = []\n    for x in X:\n        out.append(x * 3)\n    return np.array(out)"
    programs = [program for _, program in repair.candidates(source, "f", tuple(VECTORS))]
    assert len(programs) > 100 and not any("append(out)" in program or "out + out" in program for program in programs)


@this_system(not memory(), "does not say how much memory a process holds")
def test_what_asks_for_too_much_at_once_fails_while_edited_answers_run():
    with little_room(addresses_and_memory()[0]), pytest.raises(MemoryError):
        np.ones(2**28)
    assert np.ones(2**28, np.int8)[-1] == 1
    wanted = exercise(lambda sizes: sum(sizes[1:]), ([2.0, 3.0, 1.0],), ([4.0, 5.0, 6.0, 7.0],))
    source = """def f(sizes):
    if len(sizes) == 1:
        return 1.0
    return sizes[1] + f(sizes[1:])"""
    before = memory()
    assert looked(wanted, cell(source, "f"))
    assert memory() < before + 2 * MOST_ROOM


def test_an_edited_answer_that_fills_the_memory_is_stopped(monkeypatch):
    held = iter(range(10**9, 10**15, 10**9))  # a process that grows with every look at it
    monkeypatch.setattr("course_lib.exercises.edited.memory", lambda: next(held))
    wanted = exercise(lambda X: X + 3, *VECTORS)
    source = "def f(X):\n    s = 0\n    for _ in range(1000):\n        s += 0.003\n    return X - s"
    assert looked(wanted, cell(source, "f")) == ""
    monkeypatch.undo()
    assert "follow the sign" in looked(wanted, cell(source, "f"))


@pytest.mark.parametrize("right, wrong, line, own, kind", [
    ("(X ** 2).mean(axis=(0, 2))", "(X ** 2).mean(axis=(0, 1))", 2, "(0, 1)", "axis"),
    ("axes = dict(a=(0, 2)); return X.mean(axis=axes['a'])", "axes = dict(a=(1,)); return X.mean(axis=axes['a'])", 2,
     "(1,)", "axis"),
    ("e = X.ravel(); return np.sqrt(e @ e / len(e))", "e = X.ravel(); return np.sqrt(e @ e)", 3, "e @ e", "divisor"),
])
def test_several_axes_and_a_mean_of_squares(right, wrong, line, own, kind):
    wanted = exercise(cell(written(right, "X"), "f"), (np.arange(24.0).reshape(2, 3, 4),),
                      (np.arange(30.0).reshape(3, 5, 2),))
    said = looked(wanted, cell(written(wrong, "X"), "f"))
    assert said.startswith(f"Line {line}, at `{own}`") and said.endswith(KINDS[kind].question)


@pytest.mark.parametrize("right, wrong, own, kind", [
    ("old = X * 2; new = X + 1; return old * 3 + new.sum() * np.exp(X - X.max())",
     "old = X * 2; new = X + 1; return new * 3 + old.sum() * np.exp(X - X.max())", "new", "exchanged"),
    ("n = len(X) // 2; return X[1:1 + n, n:n + n]", "n = len(X) // 2; return X[1:1 + n, n:n]", "X[1:1 + n, n:n]",
     "bounds"),
    ("return list(range(int(np.ceil(X.size / 5))))", "return list(range(round(X.size / 5)))", "round(X.size / 5)",
     "other function"),
    ("h = 1 / (1 + np.exp(-X)); return h * (1 - h)", "h = 1 / (1 + np.exp(-X)); return 1 - h ** 2", "1 - h ** 2",
     "other function"),
    ("m = X.max(); R = np.sqrt(m); return X / 7 + (R / 3) ** 2", "m = X.max(); R = m; return X / 7 + (R / 3) ** 2",
     "R` in `R / 3", "function"),
    ("return 60 * 60 * X + 7 * 60", "return 60 * 24 * X + 7 * 60", "24", "constant"),
    ("return np.log(X + 1) * 0.5 + X", "return np.log(X + 1) + X", "np.log(X + 1)", "divisor"),
    ("s = X / 50; return s * (1 - s)", "s = X / 50; return s * (1 - s ** 2)", "2` in `s ** 2", "constant"),
    ("a = 0.3; on = (X > 7).astype(float); return X * (on + a * (1 - on))",
     "a = 0.3; on = (X > 7).astype(float); return X * (on + a)", "on` in `on + a", "missing"),
    ("most, n = -np.inf, 2; for x in -X.ravel() - 1: most = max(most, n * x); return most",
     "most, n = 0, 2; for x in -X.ravel() - 1: most = max(most, n * x); return most", "0` in `most, n = 0, 2",
     "start value"),
    ("own = X[:, 0] > 10; A = 2 * X[~own]; return X[own].sum() * A.std(axis=0)",
     "own = X[:, 0] > 10; A = 2 * X[~own]; return X[own].sum() * X[own].std(axis=0)", "X[own]` in `X[own].std(axis=0)",
     "name"),
    ("return X.max() * np.sqrt(X ** 2 + 9)", "return X.max() * (X + 3)", "X + 3", "nesting"),
    ("return np.mean(np.all(X > 9, axis=1)) + X", "return np.mean(X > 9) + X", "X > 9", "reduction"),
    ("return (X - 5) * (X - 2)", "return np.minimum(X - 5, X - 2)", "np.minimum(X - 5, X - 2)", "other function"),
    ("N, D = X.shape; return X.T + D", "N, D = X.shape; return X.reshape(D, N) + D", "X.reshape(D, N)", "layout"),
    ("n = len(X); v = X.var(axis=0) * n / (n - 1); return X - v",
     "n = len(X); v = X.var(axis=0) * (n - 1) / n; return X - v",
     "X.var(axis=0) * (n - 1) / n", "ratio"),  # and not 1 - len(X), which comes to the same
    ("n = len(X); A = np.eye(n); for i in range(n): for j in range(n): A[i, j] = X[i] @ X[j]; return A",
     "n = len(X); A = np.eye(n); for i in range(n): for j in range(i + 1, n): A[i, j] = X[i] @ X[j]; return A",
     "range(i + 1, n)", "bounds"),  # and not from -i + 1
    ("a, b = X[0] + 1, X[1] - 3; return X * (np.max(a) / np.min(b)) ** 2",
     "a, b = X[0] + 1, X[1] - 3; return X * np.max((a / b) ** 2)", "np.max((a / b) ** 2)", "nesting"),
    ("m = np.maximum(0, X - 20 + X[0]); return m.sum()", "m = np.maximum(0, X - 20) + X[0]; return m.sum()",
     "np.maximum(0, X - 20) + X[0]", "nesting"),
    ("a, m = X / 7, X.mean(); return a * np.mean((X - m) ** 2)", "a, m = X / 7, X.mean(); return a * np.mean(X ** 2)",
     "X` in `X ** 2", "missing"),
    ("p, W = 1, X.shape[1] - 2; return X[:, p + W - 1] * 2",
     "p, W = 1, X.shape[1] - 2; return X[:, p + W] * 2", "p + W", "index"),
    ("m, s = X.mean(), X.std(); return (X - m) / s", "m, s = X.mean(), X.std(); return X / s - m", "X / s - m",
     "brackets"),
    ("v = X[0] - 9; return float(len(v[v < 0]))", "v = X[0] - 9; return sum(v[v < 0])", "sum(v[v < 0])", "reduction"),
    ("s = X.ravel(); return np.arange(s.max() + 2)", "s = X.ravel(); return np.arange(s.max() + 1)",
     "np.arange(s.max() + 1)", "bounds"),
    ("A = X[:2, None] + X[None, :2]; return A[:, :, 1:].max(axis=(1, 2)) - 3",
     "A = X[:2, None] + X[None, :2]; return A[:, :, 1:].max() - 3", "A[:, :, 1:].max()", "axis"),
    ("n = np.rint(X); return np.where(n < 9, 1, 0) + [[float(0 <= k < 3) for k in range(6)]]",
     "n = np.rint(X); return np.where(n < 9, 1, 0) + [[float(0 < k < 3) for k in range(6)]]", "0 < k < 3", "condition"),
    ("v = X[0]; m = v.max(); w = v + m; return w * 2 - v", "v = X[0]; m = v.max(); v = v + m; return v * 2 - v",
     "v` in `v * 2 - v", "old value"),
    ("y = X[0] > 5; return X[1] * X[2] + y", "y = X[0] > 5; return np.logical_and(X[1], X[2]) + y",
     "np.logical_and(X[1], X[2])", "other function"),
    ("y, z = X[0], 2 * X[1]; return y * (1 - z)", "y, z = X[0], 2 * X[1]; return y * (1 - y)", "y` in `1 - y", "name"),
    ("w, s = X.sum(axis=0), 0; for i in range(len(X)): s = s + w[i] * X[i] - w[i]; return s",
     "w, s = X.sum(axis=0), 0; for i in range(len(X)): s = s + w * X[i] - w[i]; return s", "w` in `w * X[i]", "index"),
    ("a = np.outer(X[0], X[0]) * 3; b = np.outer(X[1], X[1]) * 3; return np.array([a.sum(), b.max()])",
     "a = np.outer(X[0], X[0]) * 4; b = np.outer(X[1], X[1]) * 4; return np.array([a.sum(), b.max()])",
     "4` in `np.outer(X[0], X[0]) * 4", "constant"),
])
def test_the_line_as_it_stands_in_the_formula(right, wrong, own, kind):
    wanted = exercise(cell(written(right, "X"), "f"), (np.arange(24.0).reshape(4, 6),),
                      (1 + np.arange(36.0).reshape(6, 6),))
    said = looked(wanted, cell(written(wrong, "X"), "f"))
    assert f"at `{own}`" in said and said.endswith(KINDS[kind].question), said


def test_within_a_function_of_the_answer_its_own_names_count():
    source = """def f(p, q):
    def size(a):
        a = a[a > 0]
        return a.sum()
    return size(p), 3 * size(q)
"""
    for _, program in repair.candidates(source, "f"):
        for size in ast.walk(ast.parse(program)):
            if isinstance(size, ast.FunctionDef) and size.name == "size":
                names = {node.id for node in ast.walk(size) if isinstance(node, ast.Name)}
                assert names.isdisjoint("pq"), program


def test_what_leaves_the_own_work_out_is_no_repair():
    source = """def f(X):
    X = np.asarray(X)
    out = np.zeros(X.size, dtype=int)
    for k, x in enumerate(X.ravel()):
        out[k] = x + x
    return out
"""
    assert looked(exercise(lambda X: 2 * X, *SQUARES), cell(source, "f")) == ""


def test_of_entries_that_are_worked_out_backward_none_is_told_before_the_first_wrong_one():
    source = """def f(a, b):
    d3 = a * b
    d2 = d3 * b
    other = d2 + np.tanh(a) * np.cos(b)
    d1 = d2 * a
    return np.array([d1, d2, d3, other])
"""

    def right(a, b):
        d2 = a * b * b + np.tanh(a) * np.cos(b)
        return np.array([d2 * a, d2, a * b, d2])

    wanted = exercise(right, (2.0, 3.0), (0.5, -1.0), (4.0, 1.5))
    assert "Line 5, at `d2`" in looked(wanted, cell(source, "f"))
    assert looked(replace(wanted, backward=True), cell(source, "f")) == ""


def test_a_line_that_leaves_is_too_many_where_its_condition_should_never_hold():
    wanted = exercise(lambda X: (X ** 2).sum(), *VECTORS)
    source = """def f(X):
    s = 0.0
    for x in X:
        s = s + x ** 2
        if s == s:
            break
    return s
"""
    assert looked(wanted, cell(source, "f")) == "Line 6, at `break`: " + KINDS["extra line"].question


def test_lines_under_a_condition_are_too_many_where_it_should_never_hold():
    """X[k] > 90 would do as well, and no border is at fault."""
    source = """def f(X):
    s = 0.0
    for x in X:
        s = s + x ** 2
        if x < 1:
            s = s + np.cosh(x)
    return s
"""
    wanted = exercise(lambda X: (X ** 2).sum(), *VECTORS)
    assert looked(wanted, cell(source, "f")) == "Line 5, at `if x < 1:`: " + KINDS["extra line"].question


def test_a_line_is_not_moved_into_a_loop_of_which_only_the_last_round_would_count():
    source = "def f(X):\n    total = X\n    for _ in range(2):\n        total = total + X\n    return total"
    assert looked(exercise(lambda X: 2 * X, *VECTORS), cell(source, "f")) == (
        f"Line 3, at `range(2)`: {KINDS['bounds'].question}")


def test_a_sweep_that_reads_what_it_has_changed():
    wanted = exercise(lambda X: X.sum() * X, *VECTORS, (np.array([2.0, 5.0, -3.0, 1.5]),))
    source = """def f(X):
    w = X.copy()
    for j in range(len(w)):
        w[j] = w[j] * sum(w, 0.0)
    return w"""
    assert looked(wanted, cell(source, "f")) == f"Line 4, at `w` in `sum(w, 0.0)`: {KINDS['old value'].question}"


def test_a_sum_that_was_never_begun():
    source = "def f(X):\n    a = 0\n    for x in X:\n        a = max(a, x)\n        b = x ** 2\n    return b + a"
    assert looked(exercise(lambda X: max(0, X.max()) + X @ X, *VECTORS), cell(source, "f")) == (
        f"Line 5, at `b = x ** 2`: {KINDS['accumulate'].question}")


def test_an_argument_that_is_never_read_is_told_where_nothing_else_is_found():
    wanted = exercise(lambda X, y: np.cosh(X.T @ y) + X.sum(axis=0), *PAIRS)
    said = looked(wanted, cell("def f(X, y):\n    return np.exp(X.sum(axis=0)) / 9", "f"))
    assert said == "Line 1, at `y`: your function never reads this. Where does it enter?"
    idle = exercise(lambda X, y: np.cosh(X).sum(axis=0) + 0 * y.sum(), *PAIRS)  # nothing comes of it
    assert looked(idle, cell("def f(X, y):\n    return np.exp(X.sum(axis=0)) / 9", "f")) == ""


def test_a_condition_is_too_many_where_it_should_always_hold():
    wanted = exercise(lambda X: X @ np.ones(len(X)), *SQUARES)
    source = """def f(X):
    s = np.zeros(len(X))
    for i in range(len(X)):
        for k in range(len(X)):
            if i != k:
                s[i] += X[i, k]
    return s
"""
    assert looked(wanted, cell(source, "f")) == "Line 5, at `i != k`: " + KINDS["extra"].question


def test_a_number_in_a_table_is_no_start():
    wanted = exercise(lambda X, unit: X * {"h": 3600, "m": 60}[unit], (2.0, "h"), (3.0, "m"), (5.0, "h"))
    source = 'def f(X, unit):\n    seconds = {"h": 60, "m": 60}\n    return X * seconds[unit]'
    said = looked(wanted, cell(source, "f"))
    assert said.startswith("Line 2, at `60` in `seconds") and said.endswith(KINDS["constant"].question)


def test_a_count_that_is_right_in_one_place_only():
    wanted = exercise(lambda X: X.T @ X + len(X) * np.eye(X.shape[1]), (X,), (np.ones((5, 4)),))
    source = "def f(X):\n    n = X.shape[1]\n    A = np.eye(n)\n    return X.T @ X + n * A"
    assert looked(wanted, cell(source, "f")) == f"Line 4, at `n` in `n * A`: {KINDS['divisor'].question}"


def test_as_many_classes_as_there_are_columns():
    scores = np.arange(12.0).reshape(3, 4)
    wanted = exercise(lambda scores, y: scores - np.eye(scores.shape[1])[y], (scores, np.array([0, 3, 1])),
                      (scores[:, :3], np.array([0, 1, 0])), (scores[:, 1:], np.array([1, 1, 0])))
    source = "def f(scores, y):\n    return scores - np.eye(y.max() + 1)[y]"
    assert looked(wanted, cell(source, "f")) == f"Line 2, at `y.max() + 1`: {KINDS['count'].question}"


def test_results_side_by_side_do_not_exchange_their_names():
    wanted = exercise(lambda x: (x * 2, x * 3, x + 1), (Y,), (Y + 1,), outputs=("double", "triple", "more"))
    source = "def f(x):\n    two = x * 2\n    three = x * 3\n    more = x + 1\n    return two - 1, two + 0, more"
    assert KINDS["exchanged"].question not in looked(wanted, cell(source, "f"))


def test_a_share_and_what_is_left_of_one():
    wanted = exercise(lambda X, r: r * X.sum() + (1 - r) * X.max() ** 2, (Y, 0.25), (Y + 1, 0.5), (Y + 2, 0.75))
    source = "def f(X, r):\n    a = (1 - r) * X.sum()\n    b = r * X.max() ** 2\n    return a + b"
    assert looked(wanted, cell(source, "f")) == f"Line 2, at `1 - r`: {KINDS['exchanged'].question}"


def test_what_is_open_after_an_edit_is_said():
    def drawn(rng):
        return [(rng.uniform(0.1, 1, size=n),) for n in (2, 3, 4)] + [case("a 0", np.array([0.0, 1.0]))]

    wanted = replace(exercise(lambda X: np.log(X + (X == 0)).sum()), instances=drawn)
    said = looked(wanted, cell("def f(X):\n    return np.log(X).mean()", "f"))
    assert said == f"Line 2, at `np.log(X).mean()`: {KINDS['reduction'].question} After that it is right but for: a 0."


def test_what_is_still_changed_after_an_edit_is_said():
    wanted = replace(exercise(lambda grads: [g / np.sqrt(np.sum(g**2)) for g in grads], ([3 + Y],), ([Y - 4],)),
                     arguments=("grads",))
    source = ("def f(grads):\n    size = np.sum(grads[0] * grads[0])\n    for g in grads:\n"
              "        g /= size + 1e-15\n    return grads")
    said = looked(wanted, cell(source, "f"))
    assert said.endswith("After that the results are right, but the call still changes grads of the caller's.")
    assert said.startswith("Line ") and "size" in said


def test_a_step_that_is_taken_back_undoes_no_slip():
    """X / s * s is X, which has a name: the edit makes that mistake."""
    untouched = Mistake("CUR-f", lambda X: X * 1.0, "Still in its old units.")
    wanted = exercise(lambda X: np.cosh(X - X.mean()) / X.std(), *VECTORS, mistakes=(untouched,))
    said = looked(wanted, cell("def f(X):\n    s = X.std()\n    return X / s", "f"))
    assert "old units" not in said


def test_what_is_divided_away_is_no_missing_factor():
    """first / b is right but for b = 0: b is there already."""
    def drawn(rng):
        return [(rng.normal(size=(n, 2)), n + 0.25) for n in (2, 3, 4)] + [case("b = 0", np.ones((2, 2)), 0.0)]

    wanted = replace(exercise(lambda X, b: np.hstack([np.ones((len(X), 1)), X])), instances=drawn)
    source = """def f(X, b):
    first = np.full((len(X), 1), b)
    return np.hstack([first, X])"""
    assert looked(wanted, cell(source, "f")) == (
        f"Line 2, at `b` in `np.full((len(X), 1), b)`: {KINDS['name'].question}")
    source = source.replace("np.full((len(X), 1), b)", "b + np.zeros((len(X), 1))")
    assert "right but for" not in looked(wanted, cell(source, "f"))


def test_what_only_the_edit_changes_is_not_told():
    """With b = c the sum would be right, and c changed: the answer as it is leaves c alone."""
    wanted = exercise(lambda a, c: a.sum() + c, (Y, W), (W, Y), (Y + 1, W + 2))
    source = """def f(a, c):
    b = np.zeros(len(c))
    for x in a:
        b = 0 * b
        for j in range(len(c)):
            b[j] += x + c[j] * 1.0
    return b"""
    assert "caller" not in looked(wanted, cell(source, "f"))


def test_no_other_quantity_is_taken_off_an_index():
    """range(i - n + 1, n) would fill the rest by indices below 0."""
    source = """def f(X):
    n = len(X)
    A = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            A[i, j] = X[i] * X[j]
    return A"""
    programs = [program for _, program in repair.candidates(source, "f", tuple(VECTORS))]
    assert programs and not any("range(i - n" in program or "range(i + 1 - n" in program for program in programs)


def test_what_is_read_is_read_once():
    """The adapter takes a table, and nothing of what it has made of one."""
    def largest(value, *_):
        if np.ndim(value) != 2:
            raise Refused("this is no table")
        return float(np.max(value))

    wanted = exercise(lambda X: np.diag(X), *VECTORS, read=largest)
    assert looked(wanted, cell("def f(X):\n    return np.diag(-X)", "f")).endswith(KINDS["sign"].question)


def test_an_argument_that_is_replaced_unread():
    wanted = exercise(lambda X, order: X[order], *[(X, np.array(rows)) for rows in ((2, 0, 1), (1, 2, 0))])
    source = "def f(X, order):\n    order = np.arange(len(X))\n    rows = order[:]\n    return X[rows]"
    said = looked(wanted, cell(source, "f"))
    assert said == f"Line 2, at `order = np.arange(len(X))`: {KINDS['extra line'].question}"


@pytest.mark.parametrize("line", ["total = 0.5 * (total + x)", "total = (x + total) / 2"])
def test_a_factor_that_takes_the_whole_sum_in_every_round(line):
    wanted = exercise(lambda X: np.sum(X) / 2, *VECTORS)
    said = looked(wanted, cell(f"def f(X):\n    total = 0\n    for x in X:\n        {line}\n    return total", "f"))
    assert said == f"Line 4, at `{line}`: {KINDS['brackets'].question}"


def test_one_sentence_is_not_said_twice():
    source = of_text("def f(X):\n    return X / len(X)", "f")
    place = source.answer.body[0].value.right
    one, two = (Edit("count", place, (), slip=(text,)) for text in ("X.size", "2"))
    assert Found([one, two]).say(source) == f"Line 2, at `len(X)`: {KINDS['count'].question}"


def test_two_slips_are_found_where_each_is_seen_alone():
    wanted = exercise(lambda X: (X.min(), X.mean()), *VECTORS)
    said = looked(wanted, cell("def f(X):\n    low = X.max()\n    middle = X.sum()\n    return low, middle", "f"))
    assert "Line 2, at `X.max()`: " in said and "Line 3, at `X.sum()`: " in said


def test_a_line_that_stands_twice_is_too_many():
    source = "def f(X):\n    s = 0\n    for x in X:\n        s = s + x\n        s = s + x\n    return s"
    assert looked(exercise(lambda X: X.sum(), *VECTORS), cell(source, "f")) == (
        f"Line 4, at `s = s + x`: {KINDS['extra line'].question}")


def test_the_only_line_of_an_else_may_be_too_many():
    """And not on[on] = True, which changes nothing."""
    wanted = exercise(lambda X: (X > 0).any(axis=0).astype(float), (9.5 - 10 * X,), (29.5 - 10 * TABLE[1],), (-X - 9,))
    source = """def f(X):
    on = np.zeros(X.shape[1])
    for row in X:
        for j in range(len(on)):
            if row[j] > 0:
                on[j] = 1
            else:
                on[j] = 0
    return on"""
    assert looked(wanted, cell(source, "f")) == f"Line 8, at `on[j] = 0`: {KINDS['extra line'].question}"


def test_the_smallest_so_far_gets_its_next_value_where_it_was_compared():
    wanted = exercise(lambda X: float(np.argmin(X)), (np.array([5.0, 3, 4, 2, 1]),), (np.array([2.0, 1, 0, 3]),))
    source = """def f(X):
    least, where = X[0], 0
    for k in range(len(X)):
        x = X[k]
        if x < least:
            where = k
    return float(where)"""
    assert looked(wanted, cell(source, "f")) == f"Line 5, at `least`: {KINDS['stale'].question}"


def test_no_table_of_all_pairs_where_two_rows_met():
    """The largest entry of the table is the right one."""
    wanted = exercise(lambda X, y: np.max(X) / np.min(y) + np.tanh(X.sum()) * 0, (Y + 4, Y + 1), (W + 9, W + 3),
                      (np.arange(5.0) + 2, np.arange(5.0) + 6))
    source = "def f(X, y):\n    a = X.ravel()\n    r = a / y\n    return r.max()"
    said = looked(wanted, cell(source, "f"))
    assert KINDS["keepdims"].question not in said and KINDS["shape"].question not in said


def test_an_unknown_name_is_not_searched():
    """That it passes without the call tells nothing of the formula."""
    wanted = exercise(lambda X: np.max(X), *VECTORS)
    assert looked(wanted, cell("def f(X):\n    return largest(np.max(X))", "f")) == ""


def test_of_two_slips_either_may_be_seen_first():
    """On the first input only the second of them is seen, where no edit of it alone helps on many."""
    def right(n, p, s):
        return (n + 2 * p) // s + 1

    wanted = exercise(right, (6, 2, 1), (7, 0, 2), (9, 3, 5), (11, 0, 4), (7, 0, 4), (15, 0, 4), (5, 3, 1), (3, 2, 2))
    said = looked(wanted, cell("def f(n, p, s):\n    return round((n + p) / s) + 1", "f"))
    assert "at `round((n + p) / s)`" in said and "at `p` in `n + p`" in said, said


def test_the_modes_that_are_still_wrong_are_said():
    def right(kind, t):
        return {"step": 2.0 ** -(t // 3), "bent": np.exp(-t * 0.1), "line": np.cosh(t) ** 0.5}[kind]

    wanted = replace(exercise(right, *[(kind, t) for kind in ("step", "bent", "line") for t in (4, 7)]),
                     arguments=("kind", "t"))
    source = """def f(kind, t):
    if kind == "step":
        return 2.0 ** -(t // 3)
    if kind == "bent":
        return np.exp(-t / 0.1)
    return np.sinh(t + 1)"""
    assert looked(wanted, cell(source, "f")) == (
        f"Line 5, at `-t / 0.1`: {KINDS['operator'].question} After that it is right but for: kind = 'line'.")


def test_two_slips_are_found_as_a_pair():
    wanted = exercise(lambda X: np.sqrt(X.max() - X.min()), *VECTORS)
    said = looked(wanted, cell("def f(X):\n    return np.square(X.max() + X.min())", "f"))
    assert f"at `np.square(X.max() + X.min())`: {KINDS['other function'].question}" in said
    assert f"at `X.max() + X.min()`: {KINDS['sign'].question}" in said


#: a construction that no edit repairs, and a mistake in it
CURVED = Mistake("CUR-a", lambda X: np.std(X) * np.sinh(X), "The curve is odd and the answer is not.")


@pytest.mark.parametrize("line, edited", [
    ("np.var(X) * np.sinh(X)", True),
    ("2 * np.sinh(X)", False),  # no edit leads to the mistake
])
def test_of_two_slips_the_named_one_is_left_when_the_other_is_undone(line, edited):
    wanted = exercise(lambda X: np.std(X) * np.cosh(X + 2) ** 3, *VECTORS, mistakes=(CURVED,))
    said = looked(wanted, cell(f"def f(X):\n    return {line}", "f"))
    assert said.endswith("After that one more slip is left. The curve is odd and the answer is not.") == edited
    assert said.startswith("Line 2, at `np.var(X)") == edited


def test_a_named_mistake_left_after_the_other_outputs_are_right():
    mistake = Mistake("CUR-b", lambda X: (X.min(), np.sinh(X)), "The curve is odd and the answer is not.")
    wanted = exercise(lambda X: (X.min(), np.cosh(X + 2) ** 3), *VECTORS, mistakes=(mistake,))
    said = looked(wanted, cell("def f(X):\n    return X.max(), np.sinh(X)", "f"))
    assert said == (f"Line 2, at `X.max()`: {KINDS['reduction'].question} After that one more slip is left. "
                    "The curve is odd and the answer is not.")


def test_a_mistake_that_gives_one_number_everywhere_may_have_any_cause():
    mistake = Mistake("CUR-e", lambda X: (np.ones_like(X), np.sinh(X)), "It never changes.")
    wanted = exercise(lambda X: (np.cosh(X) ** 2, np.cosh(X + 2) ** 3), *VECTORS, mistakes=(mistake,))
    source = ("def f(X):\n    size = np.ones(len(X))\n    for k in range(len(X)):\n        if X[k] > 0:\n"
              "            size *= 1 + k\n        X = X + 0\n    return size, np.sinh(X)")
    assert "It never changes." not in looked(wanted, cell(source, "f"))


def test_a_line_that_sets_to_0_is_not_added():
    wanted = exercise(lambda X: X.sum(), *VECTORS)
    source = "def f(X):\n    s = X.sum()\n    m = X.max()\n    s = 0\n    return s"
    assert looked(wanted, cell(source, "f")) == f"Line 4, at `s = 0`: {KINDS['extra line'].question}"


def test_what_the_answer_has_right_no_mistake_in_it_has_wrong():
    mistake = Mistake("CUR-d", lambda X: X - np.std(X) * np.sinh(X), "Named.")
    wanted = exercise(lambda X: np.where(len(X) > 3, X + np.cosh(X), X), *VECTORS, mistakes=(mistake,))
    assert "Named." not in looked(wanted, cell("def f(X):\n    return X - (len(X) > 3) * np.var(X) * np.sinh(X)", "f"))


@pytest.mark.parametrize("mistake, line", [
    (lambda X: 0 * X, "(X - X.mean()) * 1000"),  # what is 0 may have any cause
    (lambda X: X[:1] * 2, "X[1:] * 2"),  # an index that takes another entry makes the mistake, it undoes nothing
])
def test_an_edit_that_makes_a_named_mistake_undoes_none(mistake, line):
    wanted = exercise(lambda X: np.cosh(X + 2) ** 3, *VECTORS, mistakes=(Mistake("CUR-c", mistake, "Named."),))
    assert "Named." not in looked(wanted, cell(f"def f(X):\n    return {line}", "f"))


def test_of_two_names_that_are_taken_apart_the_wrong_use_is_told():
    """Exchanging N, D = X.shape mends it too, where nothing else is made of them."""
    source = """def logistic_gradient(X, y, w, b):
    N, D = X.shape
    error = ops.sigmoid(X @ w + b) - y
    return X.T @ error / D, error.mean()"""
    said = looked(registry.get("2.25"), cell(source, "logistic_gradient", ops=ops))
    assert said.startswith("Line 4, at `D` in `X.T @ error / D`: ")


def test_a_step_that_is_only_taken_away_leaves_no_named_mistake():
    source = """def softmax_ce_backward(logits, y):
    P = ops.softmax(logits)
    P[np.arange(len(y)), P.argmax(axis=1)] -= 1
    return P / len(y)"""
    assert "left" not in looked(registry.get("4.12"), cell(source, "softmax_ce_backward", ops=ops, np=np))


def test_a_line_that_sets_entries_to_zero_is_too_many_where_they_are_to_stay():
    """A[0] += 0 would mend it as well."""
    wanted = exercise(lambda X: np.cosh(X), *VECTORS)
    said = looked(wanted, cell("def f(X):\n    A = np.cosh(X)\n    A[0] = 0\n    return A", "f"))
    assert said == f"Line 3, at `A[0] = 0`: {KINDS['extra line'].question}"


def test_an_exception_that_is_undone_leaves_no_named_mistake():
    def begins_with(first, rest, X):
        return np.r_[np.full(1, first), np.full(len(X) - 1, rest)]

    mistake = Mistake("CUR-c", lambda X: np.cosh(X) ** 3 * begins_with(1.0, 2.0, X), "Named.")
    wanted = exercise(lambda X: np.cosh(X) ** 2 * begins_with(0.0, 1.0, X), *VECTORS, mistakes=(mistake,))
    source = "def f(X):\n    A = np.full(len(X), 2.0)\n    A[0] = 0\n    return np.cosh(X) ** 3 * A"
    assert "Line 3" not in looked(wanted, cell(source, "f"))


def test_the_largest_of_an_array_is_taken_for_the_larger_of_two():
    wanted = exercise(lambda X: np.maximum(X - 1, 0), *VECTORS)
    said = looked(wanted, cell("def f(X):\n    return np.max(X - 1, 0)", "f"))
    assert said == f"Line 2, at `np.max(X - 1, 0)`: {KINDS['other function'].question}"


def test_where_three_places_and_one_more_slip_come_of_it_none_is_told():
    """What is measured of one matrix is put right number by number, and each place is by chance."""
    start = registry.get("5.8")
    wanted = replace(start, mistakes=tuple(m for m in start.mistakes if "between it and 1" not in m.say))
    source = """def xavier_uniform(rng, fan_in, fan_out):
    r = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(r, size=(fan_in, fan_out))"""
    assert looked(wanted, cell(source, "xavier_uniform")) == ""


def test_of_two_edits_that_put_as_much_right_the_smaller_one_is_told():
    source = """def batchnorm_backward(dout, xhat, gamma, sd):
    dh = dout * gamma
    dx = (dh - dh.sum(axis=0) - xhat * np.mean(dh * xhat, axis=0)) / sd
    return dx, np.sum(dh * xhat, axis=0), np.sum(dout, axis=0)"""
    said = looked(registry.get("7.11"), cell(source, "batchnorm_backward", np=np))
    assert "Line 3, at `dh.sum(axis=0)`: " in said and "more like it" not in said


def test_a_forgotten_bias_is_likelier_than_another_sum():
    wanted = exercise(lambda X, y: np.tanh(X @ np.ones((2, 3)) + y).sum() * y, (X, Y), (np.ones((4, 2)), Y + 1))
    source = "def f(X, b):\n    W = np.ones((2, 3))\n    return np.tanh(X @ W).sum() * b"
    assert looked(wanted, cell(source, "f")) == f"Line 3, at `X @ W`: {KINDS['missing'].question}"


def test_a_part_of_the_outputs_is_better_than_nothing():
    wanted = exercise(lambda X: (X.min(), np.linalg.norm(X) ** 3 / 7), *VECTORS)
    said = looked(wanted, cell("def f(X):\n    return X.max(), X[0]", "f"))
    assert said == f"Line 2, at `X.max()`: {KINDS['reduction'].question}"


def test_of_right_results_in_another_order_none_is_worked_out_otherwise():
    """Edits that make each fit its new place would be steps away from the answer."""
    wanted = exercise(lambda X: (X.min(), X.mean(), X.max()), *VECTORS)
    source = "def f(X):\n    a = X.max()\n    b = [a, X.mean()]\n    b.append(X.min())\n    return b"
    assert looked(wanted, cell(source, "f")) == ""


def test_of_what_the_exercise_refuses_no_part_is_put_right():
    """The penalty is right; any other pairs make it count."""
    penalty = registry.get("7.3")
    source = ("def f(params, lam):\n    grads = [(lam * W, 0) for W, b in params]\n"
              "    return lam / 2 * sum(np.sum(W**2) for W, b in params), grads")
    assert "cannot be used" in checked(penalty, cell(source, "f")).message
    assert looked(penalty, cell(source, "f")) == ""


def test_all_conditions_the_wrong_way_round_are_one_slip():
    wanted = exercise(lambda X: np.where(X > 1, X, 7 * X), *VECTORS)
    source = ("def f(X):\n    out = np.zeros(len(X))\n    out[X > 1] = 7 * X[X > 1]\n    out[X <= 1] = X[X <= 1]\n"
              "    return out")
    said = looked(wanted, cell(source, "f"))
    assert said == f"Line 3, at `X > 1` (and at 3 more like it): {KINDS['condition'].question}"


def test_two_conditions_that_have_to_agree_in_both_ways():
    wanted = exercise(lambda X: np.sum((X > 1) == (X > 3)), *VECTORS)
    source = "def f(X):\n    return np.sum((X > 1) & (X > 3))"
    assert looked(wanted, cell(source, "f")) == f"Line 2, at `(X > 1) & (X > 3)`: {KINDS['logic'].question}"


def test_a_slip_in_a_helper_of_the_same_cell():
    source = "def middle(X):\n    return X.mean(axis=1)\n\ndef f(X):\n    return middle(X)\n"
    assert looked(MEAN, cell(source, "f")).startswith("Line 2, at `X.mean(axis=1)`: ")


def test_a_helper_of_an_earlier_cell_and_another_answer():
    helper = cell("def centered(X):\n    return X - X.mean(axis=0)", "centered")
    source = "def f(X):\n    score = use('3.1')\n    return score(centered(X), np.ones(2), 0.0) + X[:, 1]"
    wanted = exercise(lambda X: (X - X.mean(axis=0)).sum(axis=1) + X[:, 0], *[(t,) for t in TABLE])
    assert looked(wanted, cell(source, "f", centered=helper)).startswith("Line 3, at `1` in `X[:, 1]`: ")


def test_an_answer_that_uses_a_class_of_its_cell():
    source = ("class Middle:\n    def __init__(self, axis):\n        self.axis = axis\n\n    def of(self, X):\n"
              "        return X.mean(axis=self.axis)\n\ndef f(X):\n    return Middle(1).of(X)\n")
    assert looked(MEAN, cell(source, "f")).startswith("Line 6, at `X.mean(axis=self.axis)`: ")


def test_what_fits_only_the_inputs_of_the_check_is_no_repair():
    """On the only input the sum is the product; on further ones it is not, and nothing else is."""
    def instances(rng):
        return [(np.array([1.0, 2.0, 3.0]),)] if rng.integers(1 << 30) == FIRST_DRAW else [(rng.normal(size=4),)]

    wanted = replace(MEAN, reference=lambda X: np.linalg.norm(X) ** 3 if len(X) == 4 else X.sum(), instances=instances)
    FIRST_DRAW = np.random.default_rng([0, 99, 1]).integers(1 << 30)
    assert looked(wanted, cell("def f(X):\n    return X.max()", "f")) == ""


# --- nothing of the student's is touched ---


def test_variables_prints_and_random_numbers_stay(capsys):
    data, rng = np.zeros(3), np.random.default_rng(5)
    helper = cell("def store(x):\n    kept.append(x)\n    return x", "store", kept=(kept := []))
    names = {"data": data, "rng": rng, "kept": kept, "store": helper}
    source = ("def f(X):\n    data[0] += 1\n    kept.append(rng.normal())\n    print('noise')\n"
              "    store(np.random.normal())\n    return X.mean(axis=1)")
    answer = cell(source, "f", **names)
    helper.__globals__.update(answer.__globals__)
    known = expect(MEAN, seeded_instances(MEAN))
    states = np.random.get_state()[1].copy(), random.getstate(), rng.bit_generator.state  # noqa: NPY002
    answer.__globals__["store"] = type(helper)(helper.__code__, answer.__globals__, "store")
    assert repair.look(MEAN, answer, known, PLENTY).startswith("Line 6, at `X.mean(axis=1)`: ")
    assert data.tolist() == [0, 0, 0] and kept == [] and answer.__globals__["data"] is data
    assert np.array_equal(states[0], np.random.get_state()[1])  # noqa: NPY002
    assert states[1:] == (random.getstate(), rng.bit_generator.state)
    assert capsys.readouterr() == ("", "")


def test_the_inputs_of_the_check_stay():
    known = expect(MEAN, seeded_instances(MEAN))
    before = [x.copy() for x, in known.instances]
    repair.look(MEAN, cell("def f(X):\n    X[:] = 0\n    return X.mean(axis=1)", "f"), known)
    assert all(np.array_equal(x, b) for (x,), b in zip(known.instances, before, strict=True))


ODD = {
    "endless": "def f(X):\n    i = 0\n    while i < len(X):\n        X.sum()\n    return X",
    "endless in a bare except": (
        "def f(X):\n    while True:\n        try:\n            X.sum()\n        except:\n            pass"),
    "recursion": "def f(X):\n    return f(X - 1)",
    "two calls of itself": "def f(X, n=60):\n    return X if n == 0 else f(X, n - 1) + f(X, n - 1)",
    "leaves": "def f(X):\n    raise SystemExit",
    "interrupts": "def f(X):\n    raise KeyboardInterrupt",
    "fails": "def f(X):\n    return X.nothing",
    "returns itself": "def f(X):\n    return f",
    "returns none": "def f(X):\n    X.mean(axis=1)",
    "takes none": "def f():\n    return 1",
    "takes more": "def f(X, W, b):\n    return X @ W + b",
    "lambda": "f = lambda X: X.mean(axis=1)",
    "generator": "def f(X):\n    for row in X:\n        yield row",
    "nothing": "def f(X): ...",
    "object array": "def f(X):\n    return np.array([X, None], dtype=object)",
    "nested": "def f(X):\n    def g(x):\n        return x.mean(axis=1)\n    return g(X)",
    "a default that fails later": "def f(X, m=np.zeros(3)):\n    m += 1\n    return X.mean(axis=1) + m[0]",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_answers_raise_nothing_and_end(name):
    answer = cell(ODD[name], "f")
    known = expect(MEAN, seeded_instances(MEAN))
    begin = time.process_time()
    assert isinstance(repair.look(MEAN, answer, known), str)
    assert time.process_time() - begin < 3  # 1.2 s, and some for a busy machine


@pytest.mark.parametrize("answer", [None, ..., 3, "text", np.mean, len, np.zeros(3), [1], int, type("A", (), {})])
def test_what_has_no_source_is_not_searched(answer):
    assert repair.look(MEAN, answer, expect(MEAN, seeded_instances(MEAN))) == ""


REFUSED = {
    "imports": "import os; return X.mean(axis=1)",
    "reads a file": "open('x'); return X.mean(axis=1)",
    "evaluates": "return eval('X.mean(axis=1)')",
    "global": "global data; return X.mean(axis=1)",
    "dunder": "X.__class__; return X.mean(axis=1)",
    "its own answer": "use('99.1'); return X.mean(axis=1)",
    "the library's function": "return ops.column_means(X.T)",
    "table": "return X.mean(axis=1) + " + " + ".join(f"{k}.5" for k in range(20)),
    "recognizes": "if np.allclose(X[0], [1.5, 2.5]): X = X.T; return X.mean(axis=1)",
    "recognizes a number": "if X[0, 0] == 1.37: X = X.T; return X.mean(axis=1)",
    "too long": "return X.mean(axis=1) + " + " + ".join(["0 * X[0, 0]"] * 200),
    "no argument": "return np.mean(axis=1)",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    lines = REFUSED[name].replace(": X", ":\n        X").split("; ")
    answer = cell("def f(X):\n" + "\n".join(f"    {line}" for line in lines), "f")
    wanted = replace(MEAN, library="course_lib.ops.column_means")
    source = repair.of_answer(answer)
    assert repair.refusal(source, wanted), "nobody refuses it"
    assert repair.look(wanted, answer, expect(wanted, seeded_instances(wanted))) == ""


@pytest.mark.parametrize("lines", ["time = X.shape[0]; return X.mean(axis=1) + 0 * time",
                                   "if len(X) == 1: X = X + 0; return X.mean(axis=1)"])
def test_not_refused(lines):
    lines = lines.replace(": X", ":\n        X").split("; ")
    answer = cell("def f(X):\n" + "\n".join(f"    {line}" for line in lines), "f")
    assert looked(MEAN, answer).startswith("Line ")


def test_a_closure_is_not_searched():
    source = "def make(k):\n    def f(X):\n        return X.mean(axis=k)\n    return f\nf = make(1)"
    assert repair.look(MEAN, cell(source, "f"), expect(MEAN, seeded_instances(MEAN))) == ""


def test_many_data_are_not_copied_again_and_again():
    answer = cell("def f(X):\n    return X.mean(axis=1) + big[0]", "f", big=np.zeros(2_000_000))
    begin = time.process_time()
    assert repair.look(MEAN, answer, expect(MEAN, seeded_instances(MEAN))) == ""
    assert time.process_time() - begin < 1


# --- the same every time, within limits, and nothing given away ---

HOPELESS = "def f(X):\n    a = X.max()\n    b = X.min() + a\n    for x in X:\n        a = a + b * x\n    return a - b"


def test_a_search_ends_at_its_cap_and_says_the_same_again():
    wanted = exercise(lambda X: np.linalg.norm(X) ** 3 / 7 + np.sin(X[0]), *VECTORS)
    known = expect(wanted, seeded_instances(wanted))
    answer = cell(HOPELESS, "f")
    one, two = (repair.search(wanted, answer, repair.of_answer(answer), known, PLENTY) for _ in range(2))
    assert (one.edits, one.passed) == ([], False)
    assert one.tried == two.tried <= 1_500


def test_the_repaired_line_is_never_said():
    assert looked(MEAN, cell("def f(X):\n    return X.mean(axis=1)", "f")).count("axis=0") == 0
    assert sentence("axis", 3, "x" * 80 + "\nmore", places=3) == (
        f"Line 3, at `{'x' * 57}...` (and at 2 more like it): {KINDS['axis'].question}")


def test_candidates_from_the_text_alone():
    """What grading needs: edited programs without running anything, the likely ones first."""
    source = "import os\nos.abort()\n\ndef f(X):\n    return X.mean(axis=1)\n"
    found = list(repair.candidates(source, "f", most=50))
    programs = [program for _, program in found]
    assert len(set(programs)) == len(programs) <= 50
    assert "def f(X):\n    return X.mean(axis=0)" in programs[:10]
    assert all("abort" not in program for program in programs)
    edit = next(edit for edit, program in found if "axis=0" in program)
    assert (edit.kind, edit.node.lineno) == ("axis", 5)
    assert list(repair.candidates(source, "g")) == list(repair.candidates("def f(:", "f")) == []


def test_repairs_that_pass_by_coincidence_are_not_tried():
    programs = [program for _, program in repair.candidates("def f(x, n):\n    y = x * n\n    return y", "f")]
    assert len(programs) > 50
    assert not [program for program in programs if "y = x / n\n" in program or "> 0" in program or "!= 0" in program]


def test_after_an_edit_that_puts_several_inputs_right_the_next_wrong_one_is_looked_at():
    """The second slip shows on the last inputs alone."""
    def drawn(rng):
        return [(rng.normal(size=n), 1.0) for n in (2, 3, 4, 5)] + [(rng.normal(size=n), 3.0) for n in (2, 3)]

    wanted = replace(exercise(lambda X, c: X.max() - c * X.min()), instances=drawn)
    said = looked(wanted, cell("def f(X, c):\n    top = X.sum()\n    return top - X.min()", "f"))
    assert said == (f"Line 2, at `X.sum()`: {KINDS['reduction'].question} "
                    f"Line 3, at `X.min()`: {KINDS['missing'].question}")


def test_what_is_said_of_a_near_mistake_holds_for_it_too():
    assert near_to("Right in bits. The loss of this course takes the natural logarithm.") == (
        "The loss of this course takes the natural logarithm.")
    assert near_to("You have the squared norm. Which power undoes the squares?").startswith("You have")
    assert near_to("At 0 degrees w is to point along x1. Where does yours point?") == ""

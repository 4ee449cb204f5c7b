""""Copy as code": for every figure, at its start and in each preset, the cell gives the numbers that are shown."""

import ast
import re
import time
from copy import deepcopy
from types import FunctionType, ModuleType

import numpy as np
import pytest

from course_lib.viz import demos


def parts(value):
    """What can be compared: arrays and strings inside lists, tuples, dictionaries and results that have fields."""
    if isinstance(value, dict):
        return {str(key): parts(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        try:
            return np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):  # of unequal lengths, or strings
            return {str(k): parts(each) for k, each in enumerate(value)}
    if isinstance(value, str) or value is None:
        return value
    if hasattr(value, "__dict__") and not isinstance(value, np.ndarray):
        return {key: parts(each) for key, each in vars(value).items() if not key.startswith("_")}
    return np.asarray(value)


def compare(name, code, shown):
    """Equal up to rounding; of two collections, everything."""
    code, shown = parts(code), parts(shown)
    if isinstance(shown, dict):
        assert isinstance(code, dict), f"{name}: the code has {code!r} in place of a collection"
        assert set(code) == set(shown), f"{name}: {sorted(code)} in the code, {sorted(shown)} shown"
        for key in shown:
            compare(f"{name}, {key}", code[key], shown[key])
    elif isinstance(shown, np.ndarray) and shown.dtype.kind in "fiub":
        np.testing.assert_allclose(np.asarray(code, np.float64), shown.astype(np.float64), rtol=1e-6, atol=1e-9,
                                   err_msg=name)
    else:
        assert np.array_equal(code, shown), f"{name}: {code!r} in the code, {shown!r} shown"


LONG = 0.2  #: seconds of a statement after which what there is by then is kept
_kept: dict[str, dict] = {}  #: the statements up to a long one -> the names after it


def apart(names: dict) -> dict:
    """A copy in which whatever happens leaves the names alone; its own functions look up theirs in the copy."""
    shared = [value for name, value in names.items() if isinstance(value, ModuleType) or name == "__builtins__"]
    copy = deepcopy(names, {id(value): value for value in shared})
    own = {name: value for name, value in names.items() if getattr(value, "__globals__", None) is names}
    copy.update({name: FunctionType(each.__code__, copy, name, each.__defaults__) for name, each in own.items()})
    return copy


def run(code, where):
    """The names that the cell leaves behind, imports apart.

    Cells of several presets often differ only behind a training: as far as two are the same, they are run once.
    """
    statements = ast.parse(code).body
    begun = [ast.unparse(statements[:k]) for k in range(len(statements) + 1)]
    done = max((k for k, before in enumerate(begun) if before in _kept), default=0)
    names: dict = apart(_kept[begun[done]]) if done else {}
    for statement, after in zip(statements[done:], begun[done + 1:], strict=True):
        begin = time.perf_counter()
        exec(compile(ast.Module([statement], []), where, "exec"), names)
        if time.perf_counter() - begin > LONG:
            _kept[after] = apart(names)
    return {name: value for name, value in names.items() if not name.startswith("_")
            and not isinstance(value, ModuleType | type) and not callable(value)}


@pytest.mark.parametrize("name", demos.ALL)
def test_code_repeats_what_is_shown(made, name):
    demo = made[name].reset()
    for preset in (None, *demo.presets):
        where = f"{name}, {preset or 'start'}"
        (demo.preset(preset) if preset else demo.reset())
        code = demo.code()
        left = run(code, where)
        common = (set(left) & set(demo.current)) - set(demo.values)
        assert common, f"{where}: no variable has the name of a state entry: {sorted(left)}, {sorted(demo.current)}"
        for each in sorted(set(left) & set(demo.current)):
            compare(f"{where}: {each}", left[each], demo.current[each])


@pytest.mark.parametrize("name", demos.ALL)
def test_code_is_short_and_uses_what_a_reader_can_import(made, name):
    code = made[name].reset().code()
    assert len(code.strip().splitlines()) <= 16 and max(map(len, code.splitlines())) <= 110, code
    assert not re.search(r"\bdemos\b|\._\w|import _", code), f"private names or the figure itself in:\n{code}"

"""The library's own functions that are answers: cut out of the sandbox's copy, and lent to whoever asks there.

In place of its body such a function has two lines that borrow it: on its first call a kernel asks the grader for the
source, and goes on as if it had always been there. So what was lent, and to which kernel, is known out here, where no
submission can change it: `replay.py` keeps the record, `runner.py` draws the conclusions.
"""

import ast
import importlib
import inspect
import re
from functools import cache, lru_cache
from itertools import chain
from types import FunctionType

from course_lib.exercises import registry

_NAMED = re.compile(r'library="(course_lib\.[\w.]+)"')
_PLACE = re.compile(r"course_lib\.(?:ops|datasets)\.\w+\.[a-z]\w*", re.ASCII)


@cache
def named() -> tuple[str, ...]:
    """The names of functions that exercises give as `library`. Read from the definitions, which take long to import."""
    paths = chain.from_iterable(map(registry.FOLDER.glob, ("*.py", "ch*/exercises.py", "ch*/exercises/**/*.py")))
    return tuple(sorted({name for path in paths for name in _NAMED.findall(path.read_text(encoding="utf-8"))}))


@cache
def place(name: str) -> str:
    """Where a function stands that exercises may call otherwise: `course_lib.ops.sigmoid` stands in `activations`."""
    function = _found(name)
    return f"{function.__module__}.{function.__name__}"


def _found(name: str):
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def lend(place) -> dict:
    """What is said to who asks for the function that stands at a place: its source, or why it is refused."""
    text = _source(place) if isinstance(place, str) and _PLACE.fullmatch(place) else ""
    return {"source": text} if text else {"refused": f"no function of the library stands at {str(place)[:80]!r}"}


@lru_cache(maxsize=1024)
def _source(place: str) -> str:
    """The text of a function of `ops` or `datasets`; empty where none stands."""
    try:
        function = _found(place)
    except (ImportError, AttributeError):
        return ""
    own = isinstance(function, FunctionType) and place == f"{function.__module__}.{function.__name__}"
    return inspect.getsource(function) if own else ""


def without(text: str, module: str, names: set[str]) -> str:
    """The text of a module in which these functions borrow themselves; signatures and docstrings stay."""
    lines = text.split("\n")  # as Python counts them
    for node in reversed(ast.parse(text).body):  # from the last to the first: lines above keep their numbers
        if isinstance(node, ast.FunctionDef) and node.name in names:
            if node.decorator_list or ast.get_docstring(node) is None:
                raise ValueError(f"{module}.{node.name}: expected a docstring, which stays, and no decorator")
            lines[node.body[0].end_lineno : node.end_lineno] = [
                "    from course_lib.exercises import borrowed",
                f'    return borrowed("{module}.{node.name}")({_handed_on(node.args)})',
            ]
    return "\n".join(lines)


def _handed_on(arguments: ast.arguments) -> str:
    """The arguments of a function as they stand in a call that hands them all on: `x, y, *others, lr=lr`."""
    parts = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    parts += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    parts += [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    parts += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return ", ".join(parts)

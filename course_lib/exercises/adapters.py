"""Adapters: functions that put an answer to work which takes or gives more than plain data.

They run beside the student's code, in a sandbox too, where nothing else of their chapter is. So they stand in the
chapter's module `calls`, which holds no reference, no mistake and no expected value; a definition names the function,
and the grader sends its dotted name.
"""

import importlib
import re
from collections.abc import Callable
from types import FunctionType

_PLACE = re.compile(r"course_lib\.chapters\.\w+\.calls\.[a-z]\w*", re.ASCII)


def name_of(adapter: Callable | None) -> str:
    """The dotted name by which a sandbox finds an adapter; empty for None.

    Raises
    ------
    ValueError
        When it stands anywhere but in a chapter's `calls`.
    """
    if adapter is None:
        return ""
    return _in_place(f"{adapter.__module__}.{adapter.__qualname__}")


def named(name: str) -> Callable | None:
    """The adapter with this dotted name; None for an empty one.

    Raises
    ------
    ValueError
        When the name is not one of a chapter's `calls`.
    LookupError
        When there is no such function.
    """
    if not name:
        return None
    module, _, attribute = _in_place(name).rpartition(".")
    try:
        adapter = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        adapter = None
    if not isinstance(adapter, FunctionType):  # a room that is not in the sandbox is an empty one there
        raise LookupError(f"there is no adapter {name}; is it defined in that chapter's calls.py?")
    return adapter


def _in_place(name: str) -> str:
    if not _PLACE.fullmatch(name):
        raise ValueError(f"{name} is no adapter: expected a function in course_lib/chapters/chNN_topic/calls.py, "
                         "the only file of a chapter that enters a sandbox")
    return name

"""The live figures, one class each: `demos.Gates()`.

They stand in the chapters' folders, and a module of figures is imported when one of them is asked for. A figure needs
no registration: every public class in a chapter's `demos` is one.
"""

import importlib
import re
from functools import lru_cache
from pathlib import Path

from course_lib.exercises import registry

_CLASS = re.compile(r"^class ([A-Za-z]\w*)\b", re.MULTILINE)


@lru_cache(maxsize=1)
def places(folder: Path = registry.FOLDER) -> dict[str, str]:
    """Name of each live figure -> the module that defines it, found without importing any.

    Raises
    ------
    ImportError
        When two figures have one name.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*/demos.py")) + sorted(folder.glob("*/demos/*.py")):
        module = ".".join(("course_lib", "chapters", *file.relative_to(folder).with_suffix("").parts))
        for name in _CLASS.findall(file.read_text(encoding="utf-8")):
            if name in found:
                raise ImportError(f"two live figures are called {name}: in {found[name]} and in {module}")
            found[name] = module.removesuffix(".__init__")
    return found


def __getattr__(name: str):
    if name == "ALL":
        return {each: __getattr__(each) for each in places()}
    if name not in places():
        raise AttributeError(f"there is no live figure {name!r}")
    found = globals()[name] = getattr(importlib.import_module(places()[name]), name)
    return found


def __dir__() -> list[str]:
    return ["ALL", *places()]

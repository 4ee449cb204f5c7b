"""The live figures, one class each, one file a chapter: `demos.Gates()`.

`ALL` maps each name to its class. A module of this folder needs no registration: every public subclass of `Demo`
defined in it counts.
"""

import importlib
import pkgutil

from course_lib.viz.live import Demo

ALL: dict[str, type[Demo]] = {}

for _info in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_info.name}")
    for _name, _thing in vars(_module).items():
        if (isinstance(_thing, type) and issubclass(_thing, Demo) and _thing.__module__ == _module.__name__
                and not _name.startswith("_")):
            ALL[_name] = _thing

globals().update(ALL)
__all__ = ["ALL", *ALL]

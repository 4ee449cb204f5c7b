"""Stands for the rooms of the course that are not in the sandbox: figures, live figures, experiments.

They are never graded. Whatever a given cell does with them goes on without a picture and without its cost. Of the
experiments of a chapter only what answers measure with is here, its `instruments`.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types

import numpy as np


class Neutral:
    """Takes every call and every attribute, and does nothing."""

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("_"):  # no protocol is spoken: neither copying, nor arrays, nor display
            raise AttributeError(name)
        return _figure if name in ("figure", "subplots") else self

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __repr__(self):
        return ""

    def __format__(self, spec):
        return ""

    def _same(self, *others):
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __neg__ = __round__ = __abs__ = __enter__ = _same

    def __exit__(self, *error):
        return False

    def _never(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never


NEUTRAL = Neutral()


def _figure(nrows=1, ncols=1, **more):
    if nrows == ncols == 1:
        return NEUTRAL, NEUTRAL
    axes = np.empty((nrows, ncols), dtype=object)
    axes[:] = NEUTRAL
    return NEUTRAL, axes.squeeze()


class _Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(NEUTRAL, name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every room of `course_lib` that is not here as an empty one."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("course_lib."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        chapter, _, room = module.__name__.rpartition(".")
        if room == "experiments":
            instruments = vars(importlib.import_module(f"{chapter}.instruments"))  # an empty room, where there are none
            vars(module).update({name: value for name, value in instruments.items() if not name.startswith("_")})


def install() -> None:
    """From now on every import below `course_lib` succeeds; what is really here comes first."""
    sys.meta_path.append(Finder())

"""What has moved: import lines of notebooks that an earlier edition handed out still work.

A student's working copy keeps them until `course update` brings the newer chapters in, and so does what was handed in.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys

#: earlier module -> (module of today, earlier name in it -> name of today); "" for a package that only holds others
MOVED: dict[str, tuple[str, dict[str, str]]] = {
    "course_lib.doctor": ("course_lib.app.doctor", {}),
    "course_lib.training": ("course_lib.dense", {"fit": "train"}),
    "course_lib.experiments": ("", {}),
    "course_lib.experiments.ch01": ("course_lib.chapters.ch01_linear_algebra.experiments", {}),
    "course_lib.experiments.ch02": ("course_lib.chapters.ch02_regression_and_descent.experiments", {}),
    "course_lib.experiments.ch03": ("course_lib.chapters.ch03_perceptron.experiments", {}),
    "course_lib.experiments.ch04": ("course_lib.chapters.ch04_backpropagation.experiments", {}),
}


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a module under an earlier name, whose attributes are looked up where they are today."""

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=not MOVED[name][0]) if name in MOVED else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        place, renamed = MOVED[module.__name__]
        if place:
            today = importlib.import_module(place)
            module.__getattr__ = lambda name: getattr(today, renamed.get(name, name))


def install() -> None:
    """From now on the earlier names can be imported; called by `import course_lib`."""
    sys.meta_path.append(Finder())

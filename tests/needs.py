"""What some tests need beyond the lock. Where it is missing they are skipped, with the reason and the remedy.

`@needs("bubblewrap")` stands before a test, `imported("PyTorch")` at the top of a file. The reason of the skip, "what
is missing -> the command that installs it", is what `course test` prints in its summary. COURSE_REQUIRE_ALL=1 turns a
skip into a failure (see conftest.py), but for what no installation can mend: `this_system(...)`.
"""

import importlib
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SYSTEM = "this system: "

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: name -> what is imported, what pip installs
PACKAGES = {
    "PyTorch": ("torch", "torch"),
    "Dask": ("distributed", "distributed"),
    "nbgrader": ("nbgrader", "nbgrader"),
    "axe-core": ("axe_playwright_python.sync_playwright", "axe-playwright-python"),
}


def needs(*names: str):
    """Mark: the test is skipped where one of these is missing."""
    return pytest.mark.needs(*names)


def imported(name: str, module: str = ""):
    """The package `name`, or one of its modules; the file or the test that asks is skipped where it is missing."""
    require(name)
    return importlib.import_module(module or PACKAGES[name][0])


def require(name: str) -> None:
    """Skip the test, or the file that is being imported, where `name` is missing."""
    why, command = missing(name)
    if why:
        reason = f"{why} -> {command}" if command else SYSTEM + why
        pytest.skip(reason, allow_module_level=True)


@cache
def missing(name: str) -> tuple[str, str]:
    """(why it is not there, the command that installs it); empty where it is there.

    No command: the system forbids what it needs, and no installation mends that.
    """
    if name == "bubblewrap":
        return _bubblewrap()
    if name == "Chromium":
        return ("", "") if chromium() else ("no Chromium on the search path", "sudo apt install chromium")
    if name == "Numba":
        from course_lib.kernels.jit import JIT

        return ("", "") if JIT else ("kernels are not compiled here", _pip("numba"))
    module, distribution = PACKAGES[name]
    try:
        importlib.import_module(module)
        return "", ""
    except ImportError:
        return f"{name} is not installed", _pip(distribution)


def chromium() -> str | None:
    """Path of a browser that Playwright can drive."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _bubblewrap() -> tuple[str, str]:
    from course_lib.grading import sandbox

    found = sandbox.probe()
    if found.ok or "hole" in found.what:  # with a hole the tests are to run, and fail
        return "", ""
    installed = sys.platform != "linux" or shutil.which("bwrap")
    return found.what, "" if installed else "sudo apt install bubblewrap"


def this_system(lacks: bool, what: str):
    """Mark: skipped where the system lacks something that nobody can install."""
    return pytest.mark.skipif(lacks, reason=SYSTEM + what)


def _pip(distribution: str) -> str:
    python = Path(sys.executable)
    shown = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    return f"{shown} -m pip install {distribution}"

"""`course doctor`: what this machine can and cannot do, each failure with its remedy."""

import argparse
import importlib
import importlib.metadata
import os
import shutil
import sys
import sysconfig
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib import _runtime


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    ok: bool
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'[ OK ]' if self.ok else '[FAIL]'} {self.what}"
        return line if self.ok or not self.remedy else f"{line}\n       -> {self.remedy}"


PROJECT = Path(__file__).resolve().parents[2]


def _requirements() -> list[str]:
    """The core dependencies: of the installed package, or of the clone that is used in place."""
    try:
        found = importlib.metadata.requires("course-lib") or []
        return [line for line in found if "extra ==" not in line]
    except importlib.metadata.PackageNotFoundError:
        with open(PROJECT / "pyproject.toml", "rb") as file:
            return tomllib.load(file)["project"]["dependencies"]


def check_python() -> Finding:
    """Is this Python one that the course is tested with?"""
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] < (3, 15)
    return Finding(ok, f"Python {version}", "install Python 3.11 to 3.14, remove .venv, run ./course lab again")


def check_versions() -> list[Finding]:
    """Is every package that the course needs here, and in the stated range?"""
    from packaging.requirements import Requirement

    findings = []
    for line in _requirements():
        need = Requirement(line)
        try:
            have = importlib.metadata.version(need.name)
        except importlib.metadata.PackageNotFoundError:
            remedy = f"run ./course lab again, or: pip install '{need}'"
            findings.append(Finding(False, f"{need.name} is not installed", remedy))
            continue
        ok = need.specifier.contains(have, prereleases=True)
        text = f"{need.name} {have}" if ok else f"{need.name} {have} is outside {need.specifier}"
        findings.append(Finding(ok, text, f"pip install '{need}'"))
    return findings


def check_jit() -> Finding:
    """Do the kernels compile, and how long does the first call take?"""
    from course_lib.kernels import jit

    if not jit.JIT:
        reason = _runtime.jit_off_reason
        remedy = next((f"unset {name}" for name in ("COURSE_JIT", "NUMBA_DISABLE_JIT") if name in reason),
                      "pip install 'numba>=0.61,<0.70'")
        return Finding(False, f"kernels run as plain NumPy, several times slower: {reason}", remedy)
    import numpy as np

    from course_lib import ops

    start = time.perf_counter()
    try:
        ops.sigmoid(np.zeros(2))
    except Exception as error:
        remedy = "set COURSE_JIT=0 to go on without compiling, and report this line"
        return Finding(False, f"compiling a kernel failed: {type(error).__name__}: {error}", remedy)
    return Finding(True, f"kernels compile (first call {time.perf_counter() - start:.1f} s)")


def check_cache() -> Finding:
    """Are compiled kernels kept for the next start?"""
    if _runtime.cache_folder is None:
        return Finding(True, "no kernel cache is needed while kernels run as plain NumPy")
    if _runtime.cache_warning:
        remedy = "make the folder writable, or set NUMBA_CACHE_DIR to one that is"
        return Finding(False, _runtime.cache_warning, remedy)
    return Finding(True, f"compiled kernels are kept in {_runtime.cache_folder}")


def check_data() -> list[Finding]:
    """Are the shipped data sets complete and undamaged?"""
    from course_lib import datasets

    findings = []
    for name, load in (("8x8 digits", datasets.digits8), ("28x28 digits", datasets.digits28)):
        try:
            split = load()
            images = len(split.X_train) + len(split.X_test)
            findings.append(Finding(True, f"{name}: {images:,} images, checksum right"))
        except Exception as error:
            remedy = "restore the folder course_lib/datasets: git checkout -- course_lib/datasets"
            findings.append(Finding(False, f"{name}: {error}", remedy))
    return findings


def check_widgets() -> list[Finding]:
    """Are the front ends of the sliders where JupyterLab looks for them?"""
    folder = Path(sysconfig.get_path("data")) / "share" / "jupyter" / "labextensions"
    findings = []
    for package, extension in (("ipywidgets", "@jupyter-widgets/jupyterlab-manager"), ("anywidget", "anywidget")):
        ok = (folder / extension / "package.json").exists()
        what = f"JupyterLab extension of {package}" + ("" if ok else f" is not in {folder}")
        remedy = f"install {package} into the environment that runs JupyterLab, then reload the page"
        findings.append(Finding(ok, what, remedy))
    return findings


def check_folder() -> Finding:
    """Can work be saved in the current folder?"""
    here = Path.cwd()
    if not os.access(here, os.W_OK):
        return Finding(False, f"{here} cannot be written", "start the course from a folder of your own")
    free = shutil.disk_usage(here).free
    ok = free > 200e6
    return Finding(ok, f"{free / 1e9:.1f} GB free where your work is saved", "free some disk space before you go on")


def findings() -> list[Finding]:
    """All checks, in the order in which a failure explains the next one."""
    return [
        check_python(),
        *check_versions(),
        check_cache(),
        check_jit(),
        *check_data(),
        *check_widgets(),
        check_folder(),
    ]


def check_grading() -> list[Finding]:
    """Can submissions of strangers be run here without harm, and how fast does one start?"""
    from course_lib.grading import kernel, lending, sandbox

    probes = [sandbox.probe(), sandbox.probe_groups()]
    found = [Finding(probe.ok, probe.what, probe.remedy) for probe in probes]
    if found[0].ok:
        sandbox.library()
        start = time.perf_counter()
        try:
            kernel.Kernel("bwrap", sandbox.Limits(), 60.0, 10_000_000).close()
        except (kernel.Dead, kernel.Slow, sandbox.SandboxError) as error:
            remedy = "look whether /tmp is full, and whether this Python lies in a folder that others may read"
            found.append(Finding(False, f"no kernel starts in the sandbox: {type(error).__name__} {error}", remedy))
        else:
            found.append(Finding(True, f"a kernel starts in the sandbox in {time.perf_counter() - start:.1f} s"))
    kept_out = len(lending.named())
    found.append(Finding(True, f"{kept_out} functions of the library that are answers stay outside of the sandbox, and "
                               "are lent to it on demand"))
    return found + attacks()


def attacks() -> list[Finding]:
    """What was tried against grading, and how often: counted in the museum of attacks, which is part of the tests."""
    folder = PROJECT / "tests" / "grading"
    if not folder.is_dir():
        return [Finding(False, "the attacks that grading is tried with are not here", "use a clone of the course")]
    sys.path.insert(0, str(folder))
    try:
        score = importlib.import_module("museum_wall").SCORE
    finally:
        sys.path.remove(str(folder))
    counts = "\n       ".join(f"{kind}: {count}" for kind, count in score.items())
    text = (f"{sum(score.values())} attacks are tests (./course test grading): they demand that each gains no point, "
            f"reads and writes nothing outside, costs nobody else anything, gets its right status\n       {counts}")
    return [Finding(True, text), Finding(True, f"not defended: {NOT_DEFENDED}")]


NOT_DEFENDED = "copies of a neighbor's answers, help from others, an answer written by a program"


def report(more: Sequence[Finding] = ()) -> bool:
    """Print one line a check; True when nothing failed."""
    found = [*findings(), *more]
    print(*found, sep="\n")
    failed = sum(not finding.ok for finding in found)
    print("Everything the course needs is here." if not failed else f"{failed} of {len(found)} checks failed.")
    return not failed


def main(argv: list[str]) -> int:
    """`course doctor`, and `course doctor --grading` for those who grade."""
    parser = argparse.ArgumentParser(prog="course doctor", description="Look for what is wrong on this machine.")
    parser.add_argument("--grading", action="store_true", help="also: can submissions be graded here safely?")
    return 0 if report(check_grading() if parser.parse_args(argv).grading else ()) else 1

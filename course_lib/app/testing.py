"""`course test` and `course bench`: the stages of the proof, each a process of its own, some side by side."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: the tests of a chapter's live figures stand beside its other tests
CHAPTERS = ("tests/chapters", "--ignore-glob=*/test_demos*")
WIDGETS = ("tests/widgets", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/chapters/*/test_demos*")))
#: imports of a room whose functions have a compiled and a NumPy form
TWINS = re.compile(r"^ *(from course_lib(\.| import .*\b)|import course_lib\.)"
                   r"(kernels|ops|nn|optim|dense|convnet|recurrent|models|autodiff|gradcheck)\b", re.MULTILINE)
#: import of the checks, which do the same with either form
CHECKS = re.compile(r"^ *(from course_lib import .*\bexercises\b|(from|import) course_lib\.exercises\b)", re.MULTILINE)


def with_twins() -> list[str]:
    """The tests that say something of their own where Numba is missing: what has a NumPy twin, and the references."""
    texts = {path: path.read_text("utf-8") for path in sorted(ROOT.glob("tests/unit/test_*.py"))}
    files = [path for path, text in texts.items() if TWINS.search(text) and not CHECKS.search(text)]
    exercises = "tests/chapters/test_exercises.py::test_"
    references = [exercises + name for name in ("reference_passes_with_all_points", "mistake_is_rejected_and_named")]
    return [*(str(path.relative_to(ROOT)) for path in files), *references]


@dataclass(frozen=True)
class Stage:
    """One part of the proof: what follows `python -m`, and what it proves."""

    purpose: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 1  #: processes at least; more than one where the tests wait more than they compute
    together: str = "loadgroup"  #: what xdist keeps in one process: a group, or with "loadfile" all cells of a notebook


#: what is read in seconds, the kernels and what needs none, then the longest first, so that the processors end together
STAGES = {
    "lint": Stage("style of the code", ("ruff", "check", ".")),
    "sync": Stage("generated files match their source", ("course_lib.app.cli", "build", "--check")),
    "warm": Stage("every kernel compiles, once for all stages that follow", ("course_lib.app.cli", "warm")),
    "numpy": Stage("what has kernels works without Numba", ("pytest", *with_twins()), {"COURSE_BLOCK_NUMBA": "1"}),
    "grading": Stage("a class with broken and hostile submissions is graded", ("pytest", "tests/grading"), workers=3),
    "chapters": Stage("texts, experiments and exercises of the chapters", ("pytest", *CHAPTERS)),
    "browser": Stage("a student's session in a real JupyterLab", ("pytest", "tests/browser")),
    "notebooks": Stage("student notebooks run unsolved, and their sliders move", ("pytest", "tests/notebooks")),
    "nbval": Stage(
        "saved results of the solution notebooks are still true",
        ("pytest", "--nbval-lax", "--nbval-sanitize-with=tests/notebooks/nbval.cfg", "solutions"),
        together="loadfile",
    ),
    "unit": Stage("the library, compiled", ("pytest", "tests/unit")),
    "widgets": Stage("every control of every live figure", ("pytest", *WIDGETS)),
    "parity": Stage("agreement with PyTorch and scikit-learn", ("pytest", "tests/parity")),
}
#: stages that need no compiled kernel; others, begun meanwhile, would compile the same ones, the sandbox all of them
COLD = ("lint", "sync", "warm", "numpy")
#: stages that say less where a tool is missing; a test holds that no other asks for one
BARE = ("grading", "browser", "parity")
#: what `--bare` hides: tools on the search path, packages
TOOLS = ("bwrap", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("torch", "distributed", "dask", "nbgrader")

HIDE = """import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent)
"""
#: pytest's exit status when no test ran
NO_TEST_RAN = 5


@dataclass(frozen=True)
class Result:
    """What became of one stage."""

    name: str
    passed: bool
    seconds: float
    output: str = ""
    counts: dict = field(default_factory=dict)
    #: why tests or files were skipped, with the command that brings what is missing (tests/needs.py) -> how many
    reasons: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Of the summary: the stage, then what it could not prove."""
        counts = ", ".join(f"{self.counts[word]} {word}" for word in ("passed", "failed", "skipped")
                           if self.counts.get(word))
        said = [f"{'[ OK ]' if self.passed else '[FAIL]'} {self.name:10} {self.seconds:6.1f} s   {counts}".rstrip()]
        return said + [f"       skipped: {reason}" for reason in self.reasons]


def run_stage(name: str, environment: dict[str, str], folder: Path, workers: int = 1, live: bool = True) -> Result:
    """Run one stage in the project's root.

    Parameters
    ----------
    environment : dict
        Of the process, without what the stage itself sets.
    folder : Path
        An empty place for its report.
    workers : int
        Processes that share the tests of this stage.
    live : bool
        Whether its output goes to the screen at once, instead of into the result.
    """
    stage, report = STAGES[name], folder / f"{name}.json"
    command = [sys.executable, "-m", *stage.command]
    if "pytest" in command:
        if (workers := max(workers, stage.workers)) > 1:
            command += ["-n", str(workers), "--dist", stage.together]
        if "--nbval-lax" not in command:
            command += ["-p", "no:nbval"]  # its import takes more than a second, in every process
    to = {} if live else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment | stage.environment | {"COURSE_REPORT": str(report)}, **to)
    seconds = time.perf_counter() - start
    counts = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    reasons = counts.pop("reasons", {})
    # Nothing ran because all of it was skipped for a reason: that is no failure. An empty collection is one.
    passed = done.returncode == 0 or (done.returncode == NO_TEST_RAN and bool(reasons))
    return Result(name, passed, seconds, (done.stdout or b"").decode(errors="replace"), counts, reasons)


@contextmanager
def this_machine() -> Iterator[dict[str, str]]:
    """The environment as it is, but that compiled Python files may be kept: else each of hundreds of processes, kernels
    among them, compiles the whole package and all tests for itself.
    """
    yield {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def bare_machine() -> Iterator[dict[str, str]]:
    """The environment of a machine on which only the README was followed: optional tools and packages are not found."""
    with tempfile.TemporaryDirectory(prefix="bare") as folder:
        tools, packages = Path(folder) / "bin", Path(folder) / "packages"
        tools.mkdir()
        packages.mkdir()
        for place in map(Path, os.environ["PATH"].split(os.pathsep)):
            for tool in place.iterdir() if place.is_dir() else ():
                if tool.name not in TOOLS and not (tools / tool.name).is_symlink():
                    (tools / tool.name).symlink_to(tool)
        (packages / "sitecustomize.py").write_text(HIDE.format(packages=PACKAGES))
        path = os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH")]))
        with this_machine() as environment:
            kept = {name: value for name, value in environment.items() if name != "COURSE_REQUIRE_ALL"}
            yield kept | {"PATH": str(tools), "PYTHONPATH": path}


def test_main(argv: list[str]) -> int:
    """`course test [STAGE ...]`: all stages, or those named; goes on after a failure and says at the end which."""
    parser = argparse.ArgumentParser(prog="course test", description=test_main.__doc__)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    parser.add_argument("--bare", action="store_true",
                        help=f"hide {', '.join((*TOOLS, *PACKAGES))}; without names: {', '.join(BARE)}")
    asked = parser.parse_args(argv)
    names = asked.stages or list(BARE if asked.bare else STAGES)
    unknown = sorted(set(names) - set(STAGES))
    if unknown:
        parser.error(f"no stage is called {', '.join(unknown)}; there are {', '.join(STAGES)}")
    processors = min(os.cpu_count() or 1, 4)
    together = min(processors + 1, len(names))  # one more: each of them waits for something now and then

    with (bare_machine() if asked.bare else this_machine()) as environment, tempfile.TemporaryDirectory() as folder:

        def run(name: str) -> Result:
            print(f"\n=== {name}: {STAGES[name].purpose}", flush=True)
            result = run_stage(name, environment, Path(folder), max(1, processors // together), live=together == 1)
            if together > 1:
                print(f"\n--- {name}\n{result.output.rstrip()}", flush=True)
            return result

        parts = [name for name in names if name in COLD], [name for name in names if name not in COLD]
        with ThreadPoolExecutor(together) as pool:
            results = [result for part in parts for result in pool.map(run, part)]
    return summary(results)


def summary(results: list[Result]) -> int:
    """Print a line a stage and what was skipped, last the count; returns the exit status."""
    print("\n=== summary")
    for result in results:
        print("\n".join(result.lines()))
    passed = sum(result.passed for result in results)
    print(f"stages: {passed} passed, {len(results) - passed} failed")
    return 0 if passed == len(results) else 1


#: what `course bench` measures -> the modules of `benchmarks/` that do
BENCHMARKS = {"speed": ("speed",), "conv": ("conv",), "recurrent": ("recurrent",), "frames": ("frames", "page"),
              "grading": ("grading",), "checks": ("checks",)}


def bench_main(argv: list[str]) -> int:
    """`course bench speed | conv | recurrent | frames | grading | checks`: timings, in `benchmarks/`."""
    parser = argparse.ArgumentParser(prog="course bench", description=bench_main.__doc__)
    parser.add_argument("what", nargs="?", choices=tuple(BENCHMARKS))
    chosen = parser.parse_args(argv).what
    codes = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], cwd=ROOT).returncode
        for name in ([chosen] if chosen else BENCHMARKS)
        for module in BENCHMARKS[name]
    ]
    return max(codes)

"""`course test` and `course bench`: the stages of the proof, cheapest first, each a process of its own."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTEST = [sys.executable, "-m", "pytest"]

#: the tests of a chapter's live figures stand beside its other tests
UNIT = ("tests/unit", "tests/chapters", "--ignore-glob=*/test_demos*")
WIDGETS = ("tests/widgets", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/chapters/*/test_demos*")))

#: name -> (command, extra environment, what it proves)
STAGES = {
    "lint": ([sys.executable, "-m", "ruff", "check", "."], {}, "style of the code"),
    "sync": (
        [sys.executable, "-m", "course_lib.app.cli", "build", "--check"],
        {},
        "generated files match their source",
    ),
    "numpy": ([*PYTEST, *UNIT, "-n", "2"], {"COURSE_BLOCK_NUMBA": "1"}, "everything works without Numba"),
    "unit": ([*PYTEST, *UNIT, "-n", "2"], {}, "the library, compiled"),
    "parity": ([*PYTEST, "tests/parity"], {}, "agreement with PyTorch and scikit-learn"),
    "widgets": ([*PYTEST, *WIDGETS, "-n", "2"], {}, "every control of every live figure"),
    "grading": ([*PYTEST, "tests/grading", "-n", "2"], {}, "a class with broken and hostile submissions is graded"),
    "notebooks": (
        [*PYTEST, "tests/notebooks", "-n", "2", "--dist", "loadfile"],
        {},
        "student notebooks run unsolved, solution notebooks all right",
    ),
    "nbval": (
        [*PYTEST, "--nbval-lax", "solutions", "-n", "2", "--dist", "loadfile"],
        {},
        "saved results of the solution notebooks are still true",
    ),
    "browser": ([*PYTEST, "tests/browser"], {}, "a student's session in a real JupyterLab"),
}


def run_stage(name: str) -> tuple[bool, float]:
    """Run one stage in the project's root; returns (passed, seconds)."""
    command, extra, purpose = STAGES[name]
    print(f"\n=== {name}: {purpose}", flush=True)
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **extra})
    return done.returncode == 0, time.perf_counter() - start


def test_main(argv: list[str]) -> int:
    """`course test [STAGE ...]`: all stages, or those named; goes on after a failure and says at the end which."""
    parser = argparse.ArgumentParser(prog="course test", description=test_main.__doc__)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    names = parser.parse_args(argv).stages or list(STAGES)
    unknown = sorted(set(names) - set(STAGES))
    if unknown:
        parser.error(f"no stage is called {', '.join(unknown)}; there are {', '.join(STAGES)}")
    results = {name: run_stage(name) for name in names}
    print("\n=== summary")
    for name, (passed, seconds) in results.items():
        print(f"{'[ OK ]' if passed else '[FAIL]'} {name:10} {seconds:6.1f} s")
    passed = sum(ok for ok, _ in results.values())
    print(f"stages: {passed} passed, {len(results) - passed} failed")
    return 0 if passed == len(results) else 1


def bench_main(argv: list[str]) -> int:
    """`course bench speed | frames | grading`: timings, in `benchmarks/`."""
    parser = argparse.ArgumentParser(prog="course bench", description=bench_main.__doc__)
    parser.add_argument("what", nargs="?", choices=("speed", "frames", "grading"))
    chosen = parser.parse_args(argv).what
    codes = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT).returncode
        for name in ([chosen] if chosen else ("speed", "frames", "grading"))
    ]
    return max(codes)

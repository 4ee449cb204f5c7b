"""Processor time of checks, of every exercise or of some: `python -m benchmarks.checks [4.3 ...]`.

The first check of an exercise works out what is right on its inputs; each later one runs the answer and keeps the
result. From the second failed try on the line to look at is searched for: that is measured on two slips in the model
answer, one that a single step repairs and one that no step does, so that the search goes to its end.
"""

import ast
import importlib
import linecache
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from course_lib.exercises import check, registry, repair, tries
from course_lib.exercises.expect import expected

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "chapters"))
mutants = importlib.import_module("mutants")  #: knows the model answers, as the tests of the exercises do

LATER, LOOK, LONGEST_LOOK, IMPORT = 10.0, 100.0, 1500.0, 300.0  #: targets in milliseconds
TRAINING = 2.0  #: seconds that an exercise is given from which on its answer itself takes most of the time
TIMES = 3


def milliseconds(action, *arguments) -> float:
    begin = time.process_time()
    action(*arguments)
    return 1e3 * (time.process_time() - begin)


def rows(exercises) -> dict[str, dict[str, float]]:
    """What was measured -> exercise -> milliseconds."""
    kinds = ("first check of a right answer", "first check of a wrong answer", "later check of a right answer",
             "later check of a wrong answer")
    found: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for exercise in exercises:
        wrong = exercise.mistakes[0].answer if exercise.mistakes else _holds_always
        for kind, answer in (("right", exercise.reference), ("wrong", wrong)):
            check(exercise.id, answer)  # imports, and what is compiled on first use
            expected.cache_clear()
            tries.forget(exercise.id)
            found[f"first check of a {kind} answer"][exercise.id] = milliseconds(check, exercise.id, answer)
            found[f"later check of a {kind} answer"][exercise.id] = min(
                milliseconds(check, exercise.id, answer) for _ in range(TIMES))
    return found


def _holds_always(version):
    """A test that asserts nothing."""


def searches(exercises) -> dict[str, float]:
    """Exercise and slip -> milliseconds of the repair search."""
    found = {}
    for exercise in exercises:
        if not exercise.is_worked_out or exercise.seconds > TRAINING:
            continue
        known = expected(exercise)
        for name, text in slips(mutants.cell_of(exercise)):
            file = f"<{exercise.id} {name}>"
            linecache.cache[file] = len(text), None, text.splitlines(True), file
            answer = mutants.answer(exercise, compile(text, file, "exec"))
            repair.look(exercise, answer, known)  # the further inputs, once an exercise
            found[f"{exercise.id} {name}"] = milliseconds(repair.look, exercise, answer, known)
    return found


def slips(cell: str):
    """(name, text) of the cell with a slip in it."""
    tree = ast.parse(cell)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield "one sign", ast.unparse(tree)
            break
    tree = ast.parse(cell)
    last = [node for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None][-1]
    first = last.value.elts[0] if isinstance(last.value, ast.Tuple) else last.value
    other = ast.parse(f"0.37 * ({ast.unparse(first)}) + 0.11").body[0].value
    if first is last.value:
        last.value = other
    else:
        last.value.elts[0] = other
    yield "beyond repair", ast.unparse(tree)


def import_time() -> float:
    """Milliseconds of `import course_lib.exercises` with all that it needs, in a process of its own."""
    code = ("import time; begin = time.process_time(); import course_lib.exercises; "
            "print(1e3 * (time.process_time() - begin))")
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def said(name: str, times: dict[str, float], target: float = 0.0, most: float = 0.0) -> bool:
    """Print one line; whether the median, and the longest, are within their targets."""
    values = sorted(times.values())
    middle, p95 = statistics.median(values), values[int(0.95 * (len(values) - 1))]
    slow = max(times, key=times.get)
    wanted = f", wanted: median below {target:g}" if target else ""
    wanted += f", longest below {most:g}" if most else ""
    print(f"{name}: median {middle:.1f} ms, 95th percentile {p95:.1f}, longest {values[-1]:.0f} ({slow}), of "
          f"{len(values)}{wanted}")
    return (not target or middle < target) and (not most or values[-1] < most)


def main(ids: list[str]) -> int:
    exercises = [registry.get(id) for id in ids] or registry.all_exercises()
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSE_PROGRESS"] = str(Path(folder) / "progress.json")
        for name, times in rows(exercises).items():
            kept.append(said(name, times, LATER if name.startswith("later") else 0.0))
    if looks := searches(exercises):
        kept.append(said("repair search", looks, LOOK, LONGEST_LOOK))
    engine = min(import_time() for _ in range(TIMES))
    print(f"import of the engine: {engine:.0f} ms, wanted: below {IMPORT:g}")
    kept.append(engine < IMPORT)
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Processor time of grading a chapter that is wholly solved: `python -m benchmarks.grading [chapter ...]`.

What the student's own code would take is measured too, in the same kernel without a grader's question; the rest is what
grading costs: starting the kernel, sending instances, judging.
"""

import sys
import time
from pathlib import Path

from course_lib.exercises import registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected, seeded_instances
from course_lib.grading import records, runner, sandbox

TARGET = 3.0  #: seconds of processor time beyond the student's own
ROOT = Path(__file__).resolve().parents[1]


def own(chapter: str, seed: int) -> float:
    """Seconds that right answers take on all public and hidden instances."""
    begin = time.process_time()
    for exercise in registry.exercises(chapter):
        for instances in (seeded_instances(exercise), seeded_instances(exercise, seed)):
            collect(exercise, exercise.reference, instances)
    return time.process_time() - begin


def row(chapter: str) -> bool:
    """Print one line; True when the target is met."""
    path = next((ROOT / "solutions").glob(f"{chapter}_*.ipynb"))
    options = runner.Options(sandbox=sandbox.choose("auto"))
    for exercise in registry.exercises(chapter):  # once a class, not once a submission
        expected(exercise), expected(exercise, options.seed)
    runner.run(path.read_bytes(), records.Submission("", "", ""), options)
    begin = time.process_time()
    record, timings = runner.run(path.read_bytes(), records.Submission("", "", ""), options)
    total = time.process_time() - begin + timings["processor"]
    beyond = total - own(chapter, options.seed)
    print(f"chapter {chapter}: {record.status}, {total:.1f} s of processor time, {beyond:.1f} s of it beyond the "
          f"student's own (at most {TARGET:g}); kernel ready after {timings['start']:.1f} s, "
          f"{timings['wall']:.1f} s in all")
    return beyond <= TARGET


if __name__ == "__main__":
    sys.exit(not all([row(chapter) for chapter in sys.argv[1:] or registry.chapters()]))

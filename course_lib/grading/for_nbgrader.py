"""The sandbox as a Jupyter kernel, so that `nbgrader autograde` can use it: `course grade --install-kernel`.

nbgrader runs a notebook in one kernel and takes the points of a cell from its output. This kernel is the trusted side:
it has the cells run in the sandbox, judges an answer when its `check` comes by, and gives the points as the output of
that cell. Whatever else a cell prints stays in the sandbox.
"""

import argparse
import json
import os
import secrets
import sys
from html import escape
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel as JupyterKernel

from course_lib import grammar
from course_lib.files import replace_file
from course_lib.grading import analysis, notebook, runner, sandbox
from course_lib.grading.records import ExerciseResult
from course_lib.grading.replay import TimeOver

NAME = "course-sandbox"


class Live:
    """A submission of which one cell after the other becomes known."""

    def __init__(self, options: runner.Options):
        self.options = options
        self.steps: list[notebook.Step] = []
        self.work: runner.Work | None = None

    def run(self, source: str) -> list[ExerciseResult]:
        """Run one cell in the sandbox and judge the answers that it checks."""
        source = grammar.without_variants(source)
        checks = grammar.checks(source)
        ids = [check.id for check in checks]
        self.steps.append(notebook.Step(len(self.steps), source))
        if self.work is None:
            named = ids or grammar.exercises(source)
            if not named:
                return []  # run as soon as it is known to which chapter it belongs
            self._begin(grammar.chapter(named[0]))
        # the edition that was handed out decides about the names
        self.work.names |= {check.id: check.name for check in checks if check.name}
        try:
            self.work.step(len(self.steps) - 1)
            return [self._judged(id) for id in ids if id in self.work.exercises]
        except TimeOver:
            exercises = [self.work.exercises[id] for id in ids if id in self.work.exercises]
            text = "The notebook as a whole took too long before this exercise was reached."
            return [ExerciseResult(e.id, e.title, 0, e.points, "time", message=text) for e in exercises]

    def _begin(self, chapter: str) -> None:
        names = dict(notebook.given(chapter).names)
        plan = notebook.Plan(chapter, self.steps, frozenset(), {}, names, {}, (), ())
        self.work = runner.Work(plan, self.options)

    def _judged(self, id: str) -> ExerciseResult:
        place, name = len(self.steps) - 1, self.work.names[id]
        self.work.plan.sources[id] = "\n\n".join(s.source for s in self.steps if name in analysis.bound(s.source))
        self.work.kept.append((place, id))
        self.work.judge(place, id)
        if id in self.work.passed:  # nbgrader wants the points of a cell when the cell is run
            self.work.judge(place, id, hidden=True)
        if id in self.work.unproven:
            self.work.without_the_library({id})
            self.work.drop()  # the cells that come have the library again
        return self.work.results[id]

    def close(self) -> None:
        """End the sandbox."""
        if self.work is not None:
            self.work.drop()


class ProxyKernel(JupyterKernel):
    """What nbgrader talks to."""

    implementation = "course"
    implementation_version = "1"
    banner = "The grading sandbox of the course"
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}  # noqa: RUF012
    options = runner.Options()

    def __init__(self, **more):
        super().__init__(**more)
        self.live = Live(self.options)

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **more):
        try:
            results = self.live.run(code)
        except sandbox.SandboxError as error:
            # No points are better than 0 points: nbgrader reports a kernel that died, and gives none.
            print(error, file=sys.__stderr__, flush=True)
            os._exit(1)
        for result in results:
            self._show("display_data", _card(result))
        if results:
            points = sum(result.points for result in results)
            self._show("execute_result", {"text/plain": str(points)}, execution_count=self.execution_count)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    def _show(self, kind, data, **more):
        self.send_response(self.iopub_socket, kind, {"data": data, "metadata": {}, **more})

    def do_shutdown(self, restart):
        self.live.close()
        return super().do_shutdown(restart)


def _card(result: ExerciseResult) -> dict[str, str]:
    line = f"{result.id} {result.title}: {result.status} ({result.points} of {result.possible} points)"
    return {"text/plain": f"{line}\n{result.message}",
            "text/html": f"<p><b>{escape(line)}</b><br>{escape(result.message)}</p>"}


def install(argv: list[str]) -> int:
    """`course grade --install-kernel`: make the kernel known to Jupyter, with a secret for its hidden inputs."""
    parser = argparse.ArgumentParser(prog="course grade --install-kernel", description=install.__doc__)
    parser.add_argument("--prefix", default=sys.prefix, metavar="DIR", help="where Jupyter looks (default: this "
                        "environment)")
    parser.add_argument("--sandbox", choices=("auto", *sandbox.MODES), default="auto")
    parser.add_argument("--trust-submissions", action="store_true", help="as for `course grade`")
    options = parser.parse_args(argv)
    try:
        chosen = sandbox.choose(options.sandbox, options.trust_submissions)
    except sandbox.SandboxError as error:
        print(error, file=sys.stderr)
        return 2
    path = Path(options.prefix) / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    spec = {
        "argv": [sys.executable, "-m", __spec__.name, "--sandbox", chosen, "--seed", str(_seed(path)), "-f",
                 "{connection_file}"],
        "display_name": f"Course sandbox ({chosen})",
        "language": "python",
        "env": {"PYTHONPATH": str(sandbox.PACKAGE.parent)},
    }
    replace_file(path, json.dumps(spec, indent=1) + "\n", secret=True)
    print(f"wrote {path}")
    print("for nbgrader: docs/nbgrader_config.py")
    return 0


def _seed(path: Path) -> int:
    """That of the kernel installed before, so that a second run gives the same points."""
    try:
        argv = json.loads(path.read_text())["argv"]
        return int(argv[argv.index("--seed") + 1])
    except (OSError, ValueError, LookupError, TypeError):
        return secrets.randbits(62)


def main(argv: list[str]) -> None:
    """The kernel itself: `python -m course_lib.grading.for_nbgrader --sandbox bwrap --seed N -f FILE`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", choices=sandbox.MODES, required=True)
    parser.add_argument("--seed", type=int, required=True)
    own, others = parser.parse_known_args(argv)
    ProxyKernel.options = runner.Options(sandbox=own.sandbox, seed=own.seed)
    if own.sandbox == "bwrap":
        sandbox.choose("bwrap")
    IPKernelApp.launch_instance(kernel_class=ProxyKernel, argv=others)


if __name__ == "__main__":
    main(sys.argv[1:])

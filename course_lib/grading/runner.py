"""One submission: its cells are run in a sandbox, its answers are judged out here.

The cells are replayed in their order. As soon as the answer to an exercise is complete it is put to work on the public
instances (those of `check`) and then on hidden ones; points are given only when it is right on both. A cell or an
answer that kills the kernel, or cannot be stopped, costs only itself: a new kernel replays the other cells.
"""

import hashlib
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from course_lib.exercises import adapters, registry, variants
from course_lib.exercises.collect import GRACE, WAITING, Outcome, collect
from course_lib.exercises.expect import Expected, expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.verdict import Verdict
from course_lib.exercises.written_tests import converse, is_result
from course_lib.grading import notebook, sandbox
from course_lib.grading.inside.data import BadData
from course_lib.grading.kernel import Dead, Kernel, Slow
from course_lib.grading.records import ExerciseResult, OpenAnswer, Record, Submission

#: of the answer to a value exercise: a person wrote it
VALUE_LIMITS = {"entries": 10_000, "items": 1_000}
#: `collect` exchanges sys.stdout while it runs; one thread of the grader at a time may do so.
_ALONE = threading.RLock()


@dataclass(frozen=True)
class Options:
    """How one submission is graded; the same for a whole class."""

    sandbox: str = "bwrap"  #: "bwrap", "rlimit" or "none": settled before, see `sandbox.choose`
    seed: int = 1  #: secret; hidden instances come from it
    #: where the notebooks were handed out with everybody's own numbers: the secret of these, in hexadecimal digits
    course_key: str = field(default="", repr=False)
    cell_seconds: float = 60.0  #: for one cell, wall clock
    answer_seconds: float = 120.0  #: for one answer on all its instances, wall clock; the exercise's own limit is less
    submission_seconds: float = 900.0  #: for everything of one submission, wall clock
    start_seconds: float = 60.0  #: for a kernel to start
    starts: int = 12  #: kernels for one submission; each one after the first was made necessary by the one before
    memory: int = 4_000_000_000  #: bytes, of a kernel and all it starts
    processes: int = 64
    file_bytes: int = 100_000_000
    message_bytes: int = 100_000_000  #: of one reply; a larger one ends the kernel


def run(data: bytes, submission: Submission, options: Options | None = None) -> tuple[Record, dict]:
    """Grade one notebook file.

    Parameters
    ----------
    data : bytes
        The file as it was handed in.
    submission : Submission
        `chapter` and `sha256` are filled in when empty.

    Returns
    -------
    record : Record
        Its `key` is empty. Never raises because of what is in the file.
    timings : dict
        name -> seconds: "wall", "start", "cells", "answers", "processor" (of the sandbox), and "starts", a number.
    """
    begin, options = time.monotonic(), options or Options()
    submission = replace(submission, sha256=submission.sha256 or hashlib.sha256(data).hexdigest())
    try:
        read = notebook.read(data)
        plan = notebook.plan(read)
    except notebook.Unreadable as error:
        record = Record("", submission, "unreadable", (f"unreadable: {error}",))
        return record, {"wall": time.monotonic() - begin}
    submission = replace(submission, chapter=plan.chapter)
    work = _Work(plan, options, submission.student)
    work.notes += _about_numbers(read.tokens, options.course_key, submission.student)
    work.run()
    questions = notebook.open_answers(read, plan.chapter)
    record = Record(
        key="",
        submission=submission,
        status=work.status(),
        notes=tuple(dict.fromkeys([*plan.notes, *(f"altered: {text}" for text in plan.tampering), *work.notes])),
        sandbox=options.sandbox if work.starts else "",
        exercises=tuple(work.results[exercise.id] for exercise in registry.exercises(plan.chapter)
                        if exercise.id in work.results),
        open_answers=tuple(OpenAnswer(id, asked, answer, points) for id, asked, answer, points in questions),
    )
    return record, work.timings | {"wall": time.monotonic() - begin, "starts": work.starts}


def _about_numbers(tokens: dict[str, str], course_key: str, student: str) -> list[str]:
    """What an instructor should know when the numbers of a notebook are not those by which it is judged."""
    if not course_key:
        text = "this notebook has its student's own numbers, but was judged by everybody's: grade with --own-numbers"
        return [text] if tokens else []
    if not tokens:
        return ["this notebook names no numbers of its own; it was judged by those of its student"]
    drawn = {id: variants.token(bytes.fromhex(course_key), student, id) for id in tokens}
    others = sorted((id for id in tokens if tokens[id] != drawn[id]), key=lambda id: [int(n) for n in id.split(".")])
    if not others:
        return []
    which = "all exercises" if len(others) == len(tokens) else ", ".join(others)
    return [f"the numbers in {which} are not those of student {student!r}: another's notebook, another id, or another "
            "course key"]


class _TimeOver(Exception):
    """The submission has used up its time or its kernels."""


class _Work:
    """The state of grading one submission."""

    def __init__(self, plan: notebook.Plan, options: Options, student: str = ""):
        self.plan, self.options = plan, options
        self.exercises = {e.id: e for e in registry.exercises(plan.chapter)}
        if options.course_key:
            key = bytes.fromhex(options.course_key)
            with _ALONE:
                self.exercises = {id: variants.for_student(e, key, student) for id, e in self.exercises.items()}
        self.names = plan.names
        self.end = time.monotonic() + options.submission_seconds
        self.kernel: Kernel | None = None
        self.starts = 0
        #: steps that are never run again -> the status of an answer in them, and why
        self.skipped: dict[int, tuple[str, str]] = {}
        self.kept: list[tuple[int, str]] = []  #: (step, exercise) whose answer the kernel holds
        self.results: dict[str, ExerciseResult] = {}
        self.notes: list[str] = []
        self.dead = self.timed_out = self.unsure = False
        self.timings = dict.fromkeys(("start", "cells", "answers", "processor"), 0.0)

    # --- the course of it ---

    def run(self) -> None:
        for id in self.exercises:
            if id in self.plan.untouched:
                self._result(id, "not attempted", "The answer is still to be written.")
            elif id in self.plan.missing:
                self._result(id, "missing", "No cell for this exercise was found in the notebook.")
        if not any(step.answers for step in self.plan.steps):
            return  # nothing was attempted: no kernel is needed
        try:
            for place, step in enumerate(self.plan.steps):
                self._step(place, step)
            self._again_where_a_name_was_missing()
        except _TimeOver:
            pass
        finally:
            self._last_words()
        for id in self.exercises:
            if id not in self.results:
                self._result(id, "time", "The notebook as a whole took too long before this exercise was reached.")

    def _step(self, place: int, step: notebook.Step) -> None:
        kernel = self._ready(place)
        self._run_cell(kernel, place, step)
        for id in step.answers:
            if place in self.skipped:
                word, why = self.skipped[place]
                self._result(id, word, f"The cell of this exercise {why}, so there is no answer to judge.")
            else:
                self.kept.append((place, id))
                self._judge(place, id)

    def _run_cell(self, kernel: Kernel, place: int, step: notebook.Step) -> None:
        number = f"code cell {step.cell + 1}"
        with self._clock("cells"):
            try:
                if not kernel.run_cell(step.source, self._left(self.options.cell_seconds)):
                    self.skipped[place] = ("time", "did not end in time")
                    self.timed_out = True
                    self.notes.append(f"{number} was stopped after {self.options.cell_seconds:g} s")
            except (Dead, Slow) as error:
                self.skipped[place] = (
                    ("dead", "made the kernel die") if isinstance(error, Dead) else ("time", "did not end in time")
                )
                self.dead |= isinstance(error, Dead)
                self.timed_out |= isinstance(error, Slow)
                self.notes.append(f"{number} {str(error) or 'could not be stopped'}; it was left out")
                self._drop()

    def _again_where_a_name_was_missing(self) -> None:
        """A helper may stand below the answer that needs it."""
        last = len(self.plan.steps) - 1
        for place, id in list(self.kept):
            result = self.results[id]
            if result.status == "error" and "NameError" in result.message and place < last:
                self._judge(last, id)

    def status(self) -> str:
        """One word for the whole submission; see `records.STATUSES`."""
        if self.plan.tampering:
            return "tampered"
        if self.dead:
            return "dead"
        if self.timed_out:
            return "time-out"
        undone = {"not attempted", "missing", "dead"}
        return "partial" if self.unsure or any(result.status in undone for result in self.results.values()) else "ok"

    # --- kernels ---

    def _ready(self, place: int) -> Kernel:
        """A kernel in which all steps before `place` have been run."""
        while self.kernel is None:
            if self.starts >= self.options.starts:
                self.timed_out = True
                self.notes.append(f"stopped after {self.starts} kernels")
                raise _TimeOver
            self._left(1.0)
            self.starts += 1
            try:
                with self._clock("start"):
                    self.kernel = Kernel(self.options.sandbox, self._limits(), self.options.start_seconds,
                                         self.options.message_bytes)
                    self._ask("setup", library={
                        id: (e.library, adapters.name_of(e.from_library)) for id, e in self.exercises.items()})
            except (Dead, Slow, BadData) as error:
                self._drop()
                raise sandbox.SandboxError("a kernel did not start in the sandbox; see `course doctor --grading`"
                                           ) from error
            for earlier, step in enumerate(self.plan.steps[:place]):
                if earlier not in self.skipped and self.kernel is not None:
                    self._run_cell(self.kernel, earlier, step)
                    self._keep_again(earlier)
        return self.kernel

    def _keep_again(self, place: int) -> None:
        for where, id in self.kept:
            if where == place and self.kernel is not None and place not in self.skipped:
                try:
                    self._keep(id)
                except (Dead, Slow, BadData):
                    self._drop()

    def _limits(self) -> sandbox.Limits:
        o = self.options
        return sandbox.Limits(o.memory, o.processes, o.file_bytes, int(o.submission_seconds) + 10)

    def _ask(self, do: str, wait: float = 10.0, /, **what) -> dict:
        return self.kernel.ask(do, self._left(wait), **what)

    def _keep(self, id: str) -> None:
        passed = id in self.results and self.results[id].points > 0
        self._ask("keep", id=id, name=self.names[id], passed=passed)

    def _drop(self) -> None:
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None

    def _last_words(self) -> None:
        if self.kernel is not None:
            try:
                used = self.kernel.ask("usage", 1.0)["processor"]
                self.timings["processor"] += used if isinstance(used, float) and 0 <= used < 1e6 else 0.0
            except (Dead, Slow, BadData, KeyError):
                pass
        self._drop()

    def _left(self, wanted: float) -> float:
        """Seconds for the next request."""
        left = self.end - time.monotonic()
        if left <= 0:
            self.timed_out = True
            self.notes.append(f"stopped after {self.options.submission_seconds:g} s")
            raise _TimeOver
        return min(wanted, left)

    @contextmanager
    def _clock(self, name: str):
        begin = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] += time.monotonic() - begin

    # --- answers ---

    def _judge(self, place: int, id: str) -> None:
        exercise = self.exercises[id]
        self._ready(place + 1)
        try:
            with self._clock("answers"):
                self._keep(id)
                evaluate = self._evaluate if callable(exercise.reference) else self._evaluate_value
                evaluate = self._evaluate_test if exercise.versions else evaluate
                self.results[id] = evaluate(exercise)
                if self.results[id].points > 0:
                    self._keep(id)
                elif re.search(r"\bexperiments\.", self.plan.sources[id]):
                    self.unsure = True
                    self.notes.append(f"the answer to {id} uses the chapter's experiments, which hold answers and are "
                                      "not in the sandbox: look at it yourself")
        except Slow:
            self.timed_out = True
            self.notes.append(f"the answer to {id} could not be stopped")
            text = f"No answer within {exercise.seconds:g} s, and the code could not be stopped."
            self._result(id, "time", text)
            self._drop()
        except Dead as error:
            self.dead = True
            self.notes.append(f"the answer to {id} {error}")
            self._result(id, "dead", "The kernel died while this answer was put to work.")
            self._drop()
        except BadData as error:
            self.notes.append(f"the answer to {id} came back damaged: {str(error)[:200]}")
            self._result(id, "error", "What came back from this answer could not be read.")

    def _evaluate(self, exercise) -> ExerciseResult:
        """Put a function to work on the public instances, then on the hidden ones."""
        public, said = self._verdict(exercise, 0)
        if public.status != "right":
            return _result(exercise, public)
        hidden, said_again = self._verdict(exercise, self.options.seed)
        if hidden.status != "right":
            return _hidden_result(exercise, hidden)
        source = self.plan.sources[exercise.id]
        plainly = notebook.uses_library(source, self.names[exercise.id], exercise.library)
        if plainly or said or said_again:
            text = (f"The answer calls {exercise.library}, the library's own function for the very thing asked for. "
                    "It gets no points unless your instructor gives them.")
            return replace(_result(exercise, public), status="library", points=0, message=text)
        return _result(exercise, public)

    def _verdict(self, exercise, seed: int) -> tuple[Verdict, bool]:
        """The verdict on the instances of one seed, and whether the library's own function was called."""
        with _ALONE:
            known = expected(exercise, seed)
        like = {"title": exercise.title, "arguments": list(exercise.arguments)}
        limit = min(self.options.answer_seconds, WAITING * exercise.seconds + GRACE + 5.0)
        reply = self._ask("call", limit, id=exercise.id, adapter=adapters.name_of(exercise.call),
                          library=exercise.library, seconds=exercise.seconds, instances=list(known.instances), **like)
        outcomes = reply.get("outcomes")
        if not isinstance(outcomes, list) or not all(isinstance(outcome, Outcome) for outcome in outcomes):
            raise BadData("no outcomes")
        if len(outcomes) != len(known.instances):
            raise BadData(f"{len(outcomes)} outcomes of {len(known.instances)}")
        return judge(exercise, outcomes, known), reply.get("library") is True

    def _evaluate_test(self, exercise) -> ExerciseResult:
        """Put a test that a student wrote to versions that stay out here, in the order of `check` and in a hidden one.
        """
        public = self._test_verdict(exercise, 0)
        if public.status != "right":
            return _result(exercise, public)
        hidden = self._test_verdict(exercise, self.options.seed)
        if hidden.status != "right":
            text = "Right in the check, but the test says something else when the versions come in another order."
            return ExerciseResult(exercise.id, exercise.title, 0, exercise.points, "wrong", "", text, public=False)
        return _result(exercise, public)

    def _test_verdict(self, exercise, seed: int) -> Verdict:
        """The verdict on what the test says of the versions in the order of one seed."""
        (order,), = seeded_instances(exercise, seed)
        name, *parameters = exercise.arguments
        outcome = Outcome()

        def put(replies):
            nonlocal outcome
            limit = min(self.options.answer_seconds, WAITING * exercise.seconds + GRACE + 5.0)
            reply = self._ask("test", limit, id=exercise.id, title=exercise.title, name=name, parameters=parameters,
                              seconds=exercise.seconds, replies=replies)
            outcomes = reply.get("outcomes")
            if not (isinstance(outcomes, list) and len(outcomes) == 1 and isinstance(outcomes[0], Outcome)):
                raise BadData("no outcome of a test")
            outcome = outcomes[0]
            if outcome.error or outcome.timed_out or not outcome.attempted:
                return []
            if not (isinstance(outcome.value, list) and len(outcome.value) == len(order)
                    and all(map(is_result, outcome.value))):
                raise BadData("no results of a test")
            return outcome.value

        results = converse(exercise.versions, order, put)
        return judge(exercise, [replace(outcome, value=results)], Expected(((order,),), [], {}))

    def _evaluate_value(self, exercise) -> ExerciseResult:
        """A value is put to work out here: it is only data."""
        reply = self._ask("value", id=exercise.id, limits=VALUE_LIMITS)
        answer = _a_function if reply.get("callable") is True else reply.get("value")
        with _ALONE:
            known = expected(exercise, 0)
            return _result(exercise, judge(exercise, collect(exercise, answer, known.instances), known))

    def _result(self, id: str, status: str, message: str) -> None:
        exercise = self.exercises[id]
        self.results[id] = ExerciseResult(id, exercise.title, 0, exercise.points, status, message=message)


def _a_function():
    """Stands for the function that a student gave where a value is asked for."""


def _result(exercise, verdict: Verdict) -> ExerciseResult:
    return ExerciseResult(exercise.id, exercise.title, verdict.points, exercise.points, verdict.status,
                          verdict.mistake, verdict.message, picture=verdict.picture, inputs=verdict.inputs)


#: What a student learns when only hidden instances failed: a property, and no number of theirs.
HIDDEN = {
    "kind": "a result has the wrong kind, shape or precision for inputs of another size or type",
    "not finite": "a result is NaN or infinite where it should be a number",
    "factor": "a result is off by a factor that depends on the input",
    "wrong": "a result is not right for other inputs than those of the check",
    "error": "the code raises an error",
    "time": "the code does not end in time",
    "not attempted": "the code says that it is not written yet",
}


def _hidden_result(exercise, verdict: Verdict) -> ExerciseResult:
    text = "Right on the inputs of the check, but not on others: "
    if verdict.status == "mistake":
        say = next(mistake.say for mistake in exercise.mistakes if mistake.id == verdict.mistake)
        text += f"a known mistake. {say}"
    else:
        text += HIDDEN[verdict.status] + "."
    status = "wrong" if verdict.status == "not attempted" else verdict.status
    return ExerciseResult(exercise.id, exercise.title, 0, exercise.points, status, verdict.mistake, text, public=False)

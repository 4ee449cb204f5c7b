"""One submission: its cells are run in a sandbox, its answers are judged out here.

The cells are replayed in their order. As soon as the answer to an exercise is complete it is put to work on the public
instances (those of `check`). Hidden instances come when all that is public is over, so that nothing which is shown can
speak of them; points are given only for what is right on both. Between the two, answers of which nothing is known but
how they differ are looked at once more, see `advice.py`. A cell or an answer that kills the kernel, or cannot be
stopped, costs only itself: a new kernel replays the other cells.

The library's own function for what an exercise asks is not in the sandbox before somebody there asks for it, see
`lending.py`. Who asks while that answer is at work puts it in the place of an own one. Where nobody has asked until the
answer was right on inputs that are this notebook's alone, it is the student's own. Otherwise it is judged once more in
a new kernel, which gets every function but that one.
"""

import hashlib
import importlib.util
import re
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cache, partial

from course_lib.exercises import adapters, registry, variants
from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.deadline import GRACE, WAITING
from course_lib.exercises.edited import AS_IT_IS
from course_lib.exercises.expect import Expected, drawn, expect, expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.stand_ins import handed_over
from course_lib.exercises.verdict import Verdict
from course_lib.exercises.written_tests import asked, converse, is_result
from course_lib.grading import advice, lending, notebook, records, sandbox, workers
from course_lib.grading.inside.data import BadData
from course_lib.grading.kernel import Dead, Slow
from course_lib.grading.records import ExerciseResult, OpenAnswer, Record, Submission
from course_lib.grading.replay import Options, Replay, TimeOver

#: of the answer to a value exercise: a person wrote it
VALUE_LIMITS = {"entries": 10_000, "items": 1_000}
READ_SECONDS = 20.0  #: of processor time, for reading a notebook and planning what to run
JUDGE_SECONDS = 60.0  #: of processor time, for judging what one answer gave
MARGIN = 60.0  #: by the clock, beyond the limits that a submission's own kernels are held to


def run(data: bytes, submission: Submission, options: Options | None = None) -> tuple[Record, dict]:
    """Grade one notebook file, in a worker: whatever that dies of is the result of what it was at.

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
        name -> seconds: "wall", "start", "cells", "answers", "advice", "processor" (of the sandbox), and "starts", a
        number.
    """
    begin, options = time.monotonic(), options or Options()
    submission = replace(submission, sha256=submission.sha256 or hashlib.sha256(data).hexdigest())
    sandbox.library()  # made once, not by every worker
    lost: dict[str, str] = {}  # exercise -> why no worker came through judging its answer
    while True:
        try:
            done, _ = workers.call("grade", data, submission, options, lost)
            return records.from_json(done["record"]), done["timings"]
        except workers.Lost as error:
            if error.at == READING:
                record = Record("", submission, "unreadable", (f"unreadable: reading the notebook {error}",))
                return record, {"wall": time.monotonic() - begin}
            if not error.at or error.at in lost:
                return failure(submission, f"the grader's process {error}"), {"wall": time.monotonic() - begin}
            lost[error.at] = str(error)
        except workers.Failed as error:
            if error.kind == sandbox.SandboxError.__name__:
                raise sandbox.SandboxError(error.said) from None
            return failure(submission, str(error)), {"wall": time.monotonic() - begin}


def failure(submission: Submission, why: str) -> Record:
    """The record of a submission on which the grader itself failed. It is a result: another run would fail again."""
    return Record("", submission, "dead", (f"the grader failed on this submission: {why}",))


#: What a worker is at when it is at no exercise's answer.
READING, RUNNING, ADVISING = "reading", "", "advising"


class Unwatched:
    """In place of a worker's `Watch`, where the whole process is one submission's."""

    def reading(self, at: str, seconds: float):
        return nullcontext()

    def waiting(self, at: str, seconds: float) -> None:
        pass


def grade(watch, data: bytes, submission: Submission, options: Options, lost: dict[str, str]) -> tuple[dict]:
    """What the worker does: the record as JSON, and the timings."""
    begin = time.monotonic()
    try:
        with watch.reading(READING, READ_SECONDS):
            read = notebook.read(data)
            plan = notebook.plan(read)
            questions = notebook.open_answers(read, plan.chapter)
    except notebook.Unreadable as error:
        record = Record("", submission, "unreadable", (f"unreadable: {error}",))
        return ({"record": records.to_json(record), "timings": {"wall": time.monotonic() - begin}},)
    submission = replace(submission, chapter=plan.chapter)
    work = Work(plan, options, submission.student, watch, lost, submission.sha256)
    work.notes += _about_numbers(read.tokens, options.course_key, submission.student)
    work.run()
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
    timings = work.timings | {"wall": time.monotonic() - begin, "starts": work.starts}
    return ({"record": records.to_json(record), "timings": timings},)


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


class Work(Replay):
    """The state of grading one submission."""

    def __init__(self, plan: notebook.Plan, options: Options, student: str = "", watch=None,
                 lost: dict[str, str] | None = None, sha256: str = ""):
        super().__init__(plan.steps, options)
        self.plan, self.watch, self.lost = plan, watch or Unwatched(), lost or {}
        self.exercises = {e.id: e for e in registry.exercises(plan.chapter)}
        if options.course_key:
            key = bytes.fromhex(options.course_key)
            self.exercises = {id: variants.for_student(e, key, student) for id, e in self.exercises.items()}
        self.names = plan.names
        self.kept: list[tuple[int, str]] = []  #: (step, exercise) whose answer the kernel holds
        self.results: dict[str, ExerciseResult] = {}
        #: exercise, right on the public instances -> (step, its result if it is right on the hidden ones too)
        self.passed: dict[str, tuple[int, ExerciseResult]] = {}
        self.unsaid: dict[str, advice.Wrong] = {}  #: exercise, of whose answer nothing was found but how it differs
        self.edited = 0  #: programs that were tried to find the place of a mistake
        #: exercise -> where the library's own function for it stands
        self.functions = {id: lending.place(e.library) for id, e in self.exercises.items() if e.library}
        self.own: set[str] = set()  #: exercises, right while nobody could have the library's function
        self.calls_library: set[str] = set()  #: exercises whose answers asked for it while they were at work
        self.unproven: set[str] = set()  #: exercises, right on hidden instances where it was at hand
        #: of the inputs that are this notebook's alone; empty where the notebook is not yet known
        self.own_seed = sha256 and _seed_of(options.seed, sha256)

    # --- the course of it ---

    def run(self) -> None:
        """Run the whole notebook, and judge all its answers."""
        self._running()
        for id in self.exercises:
            if id in self.plan.untouched:
                self._result(id, "not attempted", "The answer is still to be written.")
            elif id in self.plan.missing:
                self._result(id, "missing", self.plan.missing[id])
        if not any(step.answers for step in self.steps):
            return  # nothing was attempted: no kernel is needed
        try:
            for place in range(len(self.steps)):
                self.step(place)
            self._again_where_a_name_was_missing()
            self._advise()
            self._hidden()
        except TimeOver:
            pass
        finally:
            self._last_words()
        for id in self.exercises:
            if id not in self.results:
                self._result(id, "time", "The notebook as a whole took too long before this exercise was reached.")

    def step(self, place: int) -> None:
        """Run one step, and judge the answers that are complete after it."""
        self.ready(place + 1)
        for id in self.steps[place].answers:
            self.kept.append((place, id))
            self.judge(place, id)

    def _again_where_a_name_was_missing(self) -> None:
        """A helper may stand below the answer that needs it."""
        last = len(self.steps) - 1
        for place, id in list(self.kept):
            result = self.results.get(id)
            if result and result.status == "error" and "NameError" in result.message and place < last:
                self.judge(last, id)

    def _advise(self) -> None:
        """Say more to wrong answers than how they differ. No points, and no status, depend on it.

        Only while half of the time and of the kernels is left, and in the kernel that is there: where it is lost on the
        way, nothing more is said to anybody.
        """
        cells = {id: self.steps[place].source for place, id in self.kept}
        for id, wrong in self.unsaid.items():
            late = self.end - time.monotonic() < self.options.submission_seconds / 2
            enough = self.edited >= advice.MOST_IN_ALL or 2 * self.starts > self.options.starts
            if self.kernel is None or late or enough or ADVISING in self.lost:
                return
            self.at_work.add(id)
            try:
                with self.clock("advice"), self.watch.reading(ADVISING, JUDGE_SECONDS):
                    verdict, look = advice.said(wrong, cells[id], self.names[id], partial(self._again, wrong),
                                                partial(self._edited, wrong))
                before = self.results[id]  # its status and its points stay
                self.results[id] = replace(before, message=verdict.message, picture=verdict.picture, look=look)
            except (Dead, Slow) as error:
                if self.was_a_step(len(self.steps), *_later(error)):
                    self.timed_out |= isinstance(error, Slow)
                    self.dead |= isinstance(error, Dead)
                return
            except MemoryError:  # it ends the task, which was at no exercise's answer
                raise
            except Exception:  # advice is never worth an error
                continue
            finally:
                self._running()

    def _again(self, wrong: advice.Wrong, instances: tuple, seconds: float) -> list[Outcome]:
        return self._called(wrong.exercise, instances, seconds)

    def _edited(self, wrong: advice.Wrong, programs: list[str], instances: tuple,
                ticks: int) -> tuple[list[list[Outcome] | None], int]:
        """What edited programs of an answer give: for each, None or its outcomes; and the most ticks of a call."""
        self.edited += len(programs)
        reply = self._put_to_work("edited", wrong.exercise, instances, advice.SECONDS, programs=programs, ticks=ticks,
                                  name=self.names[wrong.exercise.id])
        given, most = reply.get("outcomes"), reply.get("ticks")
        if not isinstance(given, list) or len(given) != len(programs) or type(most) is not int or most < 0:
            raise BadData("no outcomes of edited programs")
        return [one if one is None else _outcomes(one, instances) for one in given], min(most, AS_IT_IS)

    def _hidden(self) -> None:
        """Judge what has passed on hidden instances; what fails there once more in a new kernel, at its own place: a
        later cell, or a wrong answer that was tried on, may have taken a name that the answer reads.
        """
        for id, (place, _) in self.passed.items():
            self.judge(place, id, hidden=True)
        failed = {id for id, (place, _) in self.passed.items() if self.results[id].status in _HIDDEN_AGAIN
                  and (place < len(self.steps) - 1 or self.unsaid) and id not in self.calls_library}
        for id in self.without_the_library(failed | self.unproven):
            self.without_the_library({id})

    def without_the_library(self, ids: set[str]) -> list[str]:
        """Judge answers on hidden instances in a new kernel, each at its own place and before the library's function
        for it is lent. Those that are not right there, though other functions were missing too.
        """
        left, missed = sorted((self.passed[id][0], id) for id in ids), []
        if not left or self.starts >= self.options.starts:
            return []
        self.drop()
        while left:
            self.kept_back = {self.functions[id] for _, id in left if id in self.functions}
            place, id = left.pop(0)
            self.judge(place, id, hidden=True)
            others = {function for function, lent in self.asked if not lent} - {self.functions.get(id)}
            if others and not self.results[id].points and id not in self.calls_library:
                missed.append(id)
        self.kept_back = set()
        return missed

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

    def begun(self) -> None:
        self.ask("setup", library={
            id: (e.library, adapters.name_of(e.from_library)) for id, e in self.exercises.items()})

    def ran(self, place: int) -> None:
        for where, id in self.kept:
            if where == place and place not in self.skipped:
                with suppress(BadData):  # it will be said when the answer is put to work
                    self._keep(id)

    def _keep(self, id: str) -> None:
        self.ask("keep", id=id, name=self.names[id], passed=id in self.passed)

    def _last_words(self) -> None:
        if self.kernel is not None:
            try:
                used = self.kernel.ask("usage", 1.0)["processor"]
                self.timings["processor"] += used if isinstance(used, float) and 0 <= used < 1e6 else 0.0
            except (Dead, Slow, BadData, KeyError):
                pass
        self.drop()

    # --- answers ---

    def judge(self, place: int, id: str, hidden: bool = False) -> None:
        """Put the answer that is complete after a step to work, in a kernel that is well, and judge it."""
        while True:
            self.ready(place + 1)
            if place in self.skipped:
                word, why = self.skipped[place]
                self._result(id, word, f"The cell of this exercise {why}, so there is no answer to judge.")
            elif id in self.lost:
                self.unsure = True
                self.notes.append(f"the answer to {id} could not be judged: that {self.lost[id]}")
                self._result(id, "error", "What came back from this answer could not be judged.")
            elif not self.well():
                self.unsure |= self.was_a_step(place + 1, "left too little memory, or too few processes, to go on")
                continue
            elif not self._judged(place, id, hidden):
                continue
            return

    def _judged(self, place: int, id: str, hidden: bool) -> bool:
        """Judge an answer once; False when it was not its doing that the kernel died, so that it is its turn again."""
        exercise = self.exercises[id]
        try:
            with self.clock("answers"):
                if hidden:
                    self.results[id] = self._on_hidden(exercise)
                    return True
                self.passed.pop(id, None)
                self.unsaid.pop(id, None)
                self.own.discard(id)
                self.calls_library.discard(id)
                result = self._evaluate(exercise)
                if callable(exercise.reference) and result.points > 0:
                    self.passed[id] = place, result
                    self.results.pop(id, None)
                    self._keep(id)
                    return True
                self.results[id] = result
                used = set(re.findall(r"\bexperiments\.(\w+)", self.plan.sources[id]))
                if result.points == 0 and used - _instruments(self.plan.chapter):
                    self.unsure = True
                    self.notes.append(f"the answer to {id} uses the chapter's experiments, which hold answers and are "
                                      "not in the sandbox: look at it yourself")
        except (Dead, Slow) as error:
            slow, alone = isinstance(error, Slow), self.at_work <= {id}
            self.timed_out |= slow
            self.dead |= not slow
            if self.was_a_step(place + 1, *_later(error)) or not alone:
                return False  # an earlier answer may have left the cause behind
            self.notes.append(f"the answer to {id} {'could not be stopped' if slow else error}")
            if slow:
                text = f"No answer within {exercise.seconds:g} s, and the code could not be stopped."
                self._result(id, "time", text)
            else:
                self._result(id, "dead", "The kernel died while this answer was put to work.")
        except BadData as error:
            self.notes.append(f"the answer to {id} came back damaged: {str(error)[:200]}")
            self._result(id, "error", "What came back from this answer could not be read.")
        return True

    def _evaluate(self, exercise) -> ExerciseResult:
        """Put a function to work on the public instances; a value is one answer to all."""
        self.at_work.add(exercise.id)
        if not callable(exercise.reference) or exercise.versions:
            self._keep(exercise.id)
        if not callable(exercise.reference):
            return self._evaluate_value(exercise)
        public = self._verdict(exercise, 0, keep=self.names[exercise.id])
        if public.status == "right" and self.own_seed and exercise.library and self._could_not_have(exercise.id):
            with suppress(BadData):  # what cannot be judged shows nothing
                self._see_whether_own(exercise)
        return _result(exercise, public)

    def _could_not_have(self, id: str) -> bool:
        """Whether the library's function for an exercise, if there is one, was not lent to this kernel."""
        return not self.asked[self.functions.get(id), True]

    def _see_whether_own(self, exercise) -> None:
        """Put an answer to work on inputs that nobody has seen, while the library's function is not in the kernel.

        Right on the public ones can be who learned these by heart, and later cells may ask for the function. The inputs
        are drawn from the notebook's bytes: whatever it says of them is of no use to another one.
        """
        bare = replace(exercise, mistakes=())
        with self._judging(exercise.id):
            known = expect(bare, tuple(drawn(exercise, self.own_seed)))
        outcomes, _ = self._on(exercise, known)
        with self._judging(exercise.id):
            right = judge(bare, outcomes, known).status == "right"
        if right and self._could_not_have(exercise.id):
            self.own.add(exercise.id)

    def _on_hidden(self, exercise) -> ExerciseResult:
        """Put a function that has passed to work on the hidden instances."""
        id, passed = exercise.id, self.passed[exercise.id][1]
        self.at_work.add(id)
        hidden = self._verdict(exercise, self.options.seed)
        if hidden.status != "right":
            lacking = self.functions.get(id) in self.kept_back and id in self.calls_library | self.unproven
            if not lacking:
                return _hidden_result(exercise, hidden)
        elif id not in self.calls_library:
            if id in self.own or self._could_not_have(id):
                self.unproven.discard(id)
                return passed
            self.unproven.add(id)
        how = "calls" if id in self.calls_library else "was right only where it could have"
        text = (f"The answer {how} {exercise.library}, the library's own function for the very thing asked for. It "
                "gets no points unless your instructor gives them.")
        return replace(passed, status="library", points=0, message=text)

    def _verdict(self, exercise, seed: int, keep: str = "") -> Verdict:
        """The verdict on the instances of one seed; `keep` is the name of an answer that the kernel does not hold yet.
        """
        if exercise.versions:
            return self._test_verdict(exercise, seed)
        with self._judging(exercise.id):
            known = expected(exercise, seed)
        outcomes, versions = self._on(exercise, known, keep)
        with self._judging(exercise.id):
            verdict = judge(exercise, outcomes, known)
        if not seed and not versions and advice.wants_more(exercise, verdict):
            self.unsaid[exercise.id] = advice.Wrong(exercise, known, outcomes)
        return verdict

    def _on(self, exercise, known: Expected, keep: str = "") -> tuple[list[Outcome], list]:
        """What an answer gives on instances, and the functions among their arguments, which stay out here."""
        versions: list = []
        sent = tuple(handed_over(tuple(instance), versions) for instance in known.instances)
        return self._called(exercise, sent, exercise.seconds, versions, keep), versions

    def _called(self, exercise, instances: tuple, seconds: float, versions=(), keep: str = "") -> list[Outcome]:
        """What an answer gives on instances; that it asks for the library's own function is noted.

        versions : the functions among the arguments, which stay out here.
        """
        before = self._asks(exercise.id)
        reply = self._put_to_work("call", exercise, instances, seconds, keep=keep,
                                  answer=partial(self._replied, exercise.id, versions))
        if self._asks(exercise.id) > before:
            self.calls_library.add(exercise.id)
        return _outcomes(reply.get("outcomes"), instances)

    def _asks(self, id: str) -> int:
        """How often the library's function for an exercise was asked for in this kernel."""
        return sum(self.asked[self.functions.get(id), lent] for lent in (True, False))

    def _put_to_work(self, do: str, exercise, instances: tuple, seconds: float, **more) -> dict:
        limit = min(self.options.answer_seconds, WAITING * seconds + GRACE + 5.0)
        return self.ask(do, limit, id=exercise.id, adapter=adapters.name_of(exercise.call), seconds=seconds,
                        instances=list(instances), title=exercise.title, arguments=list(exercise.arguments), **more)

    def _replied(self, id: str, versions, question) -> dict:
        """What one of the functions gives that an answer tests."""
        with self._judging(id):
            return asked(versions, question)

    def _test_verdict(self, exercise, seed: int) -> Verdict:
        """The verdict on what a student's test says of versions that stay out here, in the order of one seed."""
        (order,), = seeded_instances(exercise, seed)
        name, *parameters = exercise.arguments
        outcome = Outcome()

        def put(replies):
            nonlocal outcome
            limit = min(self.options.answer_seconds, WAITING * exercise.seconds + GRACE + 5.0)
            reply = self.ask("test", limit, id=exercise.id, title=exercise.title, name=name, parameters=parameters,
                              seconds=exercise.seconds, replies=replies)
            outcomes = reply.get("outcomes")
            if not (isinstance(outcomes, list) and len(outcomes) == 1 and isinstance(outcomes[0], Outcome)):
                raise BadData("no outcome of a test")
            outcome = outcomes[0]
            if outcome.error or outcome.timed_out or not outcome.attempted:
                return []
            if not (isinstance(outcome.value, list) and len(outcome.value) == len(replies)
                    and all(map(is_result, outcome.value))):
                raise BadData("no results of a test")
            return outcome.value

        results = converse(exercise.versions, order, put)
        with self._judging(exercise.id):
            return judge(exercise, [replace(outcome, value=results)], Expected(((order,),), [], {}))

    def _evaluate_value(self, exercise) -> ExerciseResult:
        """A value is put to work out here: it is only data."""
        reply = self.ask("value", id=exercise.id, limits=VALUE_LIMITS)
        answer = _a_function if reply.get("callable") is True else reply.get("value")
        with self._judging(exercise.id):
            known = expected(exercise, 0)
            return _result(exercise, judge(exercise, collect(exercise, answer, known.instances), known))

    @contextmanager
    def _judging(self, id: str):
        """While it is judged, a stranger's data decide how long this process computes."""
        try:
            with self.watch.reading(id, JUDGE_SECONDS):
                yield
        except MemoryError:  # it ends the task, which was at this exercise
            raise
        except Exception as error:  # the checks are made for what people write
            self._running()
            raise BadData(f"judging it raised {type(error).__name__}: {error}") from error
        self._running()

    def _running(self) -> None:
        self.watch.waiting(RUNNING, self.options.submission_seconds + 2 * self.options.start_seconds + MARGIN)

    def _result(self, id: str, status: str, message: str) -> None:
        exercise = self.exercises[id]
        self.results[id] = ExerciseResult(id, exercise.title, 0, exercise.points, status, message=message)


@cache
def _instruments(chapter: str) -> frozenset[str]:
    """What a chapter's answers measure with: of its experiments, only this is in the sandbox."""
    name = f"course_lib.chapters.{registry.folders()[chapter]}.instruments"
    return frozenset(vars(importlib.import_module(name)) if importlib.util.find_spec(name) else ())


def _seed_of(seed: int, sha256: str) -> int:
    """A seed that belongs to one notebook, and tells nothing of the one of all."""
    return int.from_bytes(hashlib.sha256(f"{seed} {sha256}".encode()).digest()[:8], "big")


def _a_function():
    """Stands for the function that a student gave where a value is asked for."""


def _later(error: Dead | Slow) -> tuple[str, str]:
    """Why a step is left out that did this when it was over, and the status of its answer."""
    return ("kept the kernel busy later", "time") if isinstance(error, Slow) else (f"{error} later", "dead")


def _outcomes(given, instances: tuple) -> list[Outcome]:
    """What came, if it is an outcome of each instance.

    Raises
    ------
    BadData
    """
    if not isinstance(given, list) or not all(isinstance(outcome, Outcome) for outcome in given):
        raise BadData("no outcomes")
    if len(given) != len(instances):
        raise BadData(f"{len(given)} outcomes of {len(instances)}")
    if any(k >= len(instance) for outcome, instance in zip(given, instances, strict=True) for k in outcome.changed):
        raise BadData("a changed argument that does not exist")
    return given


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


#: A later cell can be the reason for these.
_HIDDEN_AGAIN = {*HIDDEN, "mistake"} - {"time"}


def _hidden_result(exercise, verdict: Verdict) -> ExerciseResult:
    text = "Right on the inputs of the check, but not on others: "
    if exercise.versions:
        text = "Right in the check, but the test says something else when the versions come in another order."
    elif verdict.status == "mistake":
        say = next(mistake.say for mistake in exercise.mistakes if mistake.id == verdict.mistake)
        text += f"a known mistake. {say}"
    else:
        text += HIDDEN[verdict.status] + "."
    status = "wrong" if verdict.status == "not attempted" else verdict.status
    return ExerciseResult(exercise.id, exercise.title, 0, exercise.points, status, verdict.mistake, text, public=False)

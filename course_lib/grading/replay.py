"""The cells of one submission in a kernel, and in another kernel whenever that one is lost.

A cell that kills the kernel, or cannot be stopped, is left out from then on. Which one it was is not always the one
that ran: a timer or a child process kills later, a thread holds the kernel up, and memory and processes that were taken
are missing later. So a new kernel runs the cells before it and is watched for as long as the lost one lived. When it is
lost too, the cell is found by halving.
"""

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

from course_lib.grading import lending, notebook, sandbox
from course_lib.grading.inside.data import BadData
from course_lib.grading.kernel import Dead, Kernel, Slow

#: Seconds that a new kernel is watched, after each loss twice as long; and never longer than the lost one lived.
WATCHED = 2.0
#: A kernel is replaced when less than this part of the memory, or of the processes, is left that it had at its start.
NEEDED = 0.25


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


class TimeOver(Exception):
    """The submission has used up its time or its kernels."""


class Replay:
    """Runs steps, in their order, in as many kernels as that takes."""

    def __init__(self, steps: list[notebook.Step], options: Options):
        self.steps, self.options = steps, options
        self.end = time.monotonic() + options.submission_seconds
        self.kernel: Kernel | None = None
        self.reached = 0  #: steps that this kernel has behind it
        self.at_work: set[str] = set()  #: exercises whose answers were put to work in this kernel
        #: (place of a function of the library, whether it was lent) -> how often this kernel has asked for it
        self.asked: Counter[tuple[str, bool]] = Counter()
        self.kept_back: set[str] = set()  #: functions of the library that are lent to no kernel now
        self.starts, self.watched = 0, WATCHED
        #: steps that are never run again -> the status of an answer in them, and why
        self.skipped: dict[int, tuple[str, str]] = {}
        self.notes: list[str] = []
        self.dead = self.timed_out = self.unsure = False
        self.timings = dict.fromkeys(("start", "cells", "answers", "advice", "processor"), 0.0)

    # what a submission adds

    def begun(self) -> None:
        """A new kernel is there."""

    def ran(self, place: int) -> None:
        """A step has been run in this kernel."""

    def lend(self, place) -> dict:
        """What a kernel is told that asks for the function of the library at this place."""
        reply = lending.lend(place)
        if "source" in reply:
            lent = place not in self.kept_back
            self.asked[place, lent] += 1
            if not lent:
                return {"refused": f"{place} is kept back while the answer to it is judged"}
        return reply

    # kernels

    def ready(self, count: int) -> None:
        """Have a kernel in which the first `count` steps were run, but those that are left out."""
        while self.kernel is None or self.reached < count:
            if self.kernel is None:
                self._start()
            elif self.reached in self.skipped or self._run(self.reached):
                self.reached += 1
                self._remember(self.reached - 1)

    def _run(self, place: int) -> bool:
        """Run a step; False when the kernel was lost."""
        number = f"code cell {self.steps[place].cell + 1}"
        try:
            if not self._cell(place):
                self.skipped[place] = ("time", f"was stopped after {self.options.cell_seconds:g} s")
                self.timed_out = True
                self.notes.append(f"{number} was stopped after {self.options.cell_seconds:g} s")
            return True
        except (Dead, Slow) as error:
            age, others = self.kernel.age, self.at_work
            self.drop()
            if not others:  # else it may have been an answer: in a new kernel that is not put to work
                slow = isinstance(error, Slow)
                self.timed_out |= slow
                self.dead |= not slow
                self.watched *= 2
                culprit = self._culprit(place + 1, age)
                why = "could not be stopped" if slow else str(error)
                later = "kept the kernel busy later" if slow else f"{error} later"
                self._leave_out(culprit, why if culprit == place else later, "time" if slow else "dead")
        return False

    def _cell(self, place: int) -> bool:
        with self.clock("cells"):
            return self.kernel.run_cell(self.steps[place].source, self.left(self.options.cell_seconds))

    def _leave_out(self, place: int, why: str, status: str) -> None:
        self.skipped[place] = (status, why)
        self.notes.append(f"code cell {self.steps[place].cell + 1} {why}; it was left out")

    def _remember(self, place: int) -> None:
        try:
            self.ran(place)
        except (Dead, Slow):
            self.dead |= self.was_a_step(place + 1, "ended the kernel later")

    def _start(self) -> None:
        self.drop()
        if self.starts >= self.options.starts:
            self.timed_out = True
            self.notes.append(f"stopped after {self.starts} kernels")
            raise TimeOver
        self.left(1.0)
        self.starts += 1
        self.asked.clear()
        try:
            with self.clock("start"):
                self.kernel = Kernel(self.options.sandbox, self._limits(), self.options.start_seconds,
                                     self.options.message_bytes, self.lend)
                self.reached, self.at_work = 0, set()
                self.begun()
                self.room = self.kernel.process.left()
        except (Dead, Slow, BadData) as error:
            self.drop()
            text = "a kernel did not start in the sandbox; see `course doctor --grading`"
            raise sandbox.SandboxError(text) from error

    def _limits(self) -> sandbox.Limits:
        o = self.options
        return sandbox.Limits(o.memory, o.processes, o.file_bytes, int(o.submission_seconds) + 10)

    def drop(self) -> None:
        """End the kernel."""
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None

    # who it was

    def well(self) -> bool:
        """Whether the kernel has kept enough memory and processes to put an answer to work."""
        left = self.kernel.process.left()
        return all(now >= NEEDED * first for now, first in zip(left, self.room, strict=True))

    def was_a_step(self, count: int, why: str, status: str = "dead") -> bool:
        """The kernel was lost, or is not well, after `count` steps: whether one of them did it, which is left out.

        If none did, a new kernel is there that has these steps behind it.
        """
        age = self.kernel.age
        self.watched *= 2
        if self._survives(count, age):
            return False
        self._leave_out(self._culprit(count, age), why, status)
        return True

    def _culprit(self, count: int, age: float) -> int:
        """Of the first `count` steps, after which a kernel is lost within `age` seconds, the one that does it."""
        live = [place for place in range(count) if place not in self.skipped]
        good, bad = 0, len(live)
        middle = bad - 1  # most often it was the last
        while middle > good:
            if self._survives(live[middle - 1] + 1, age):
                good = middle
            else:
                bad = middle
            middle = (good + bad) // 2
        return live[bad - 1]

    def _survives(self, count: int, age: float) -> bool:
        """Whether a new kernel runs the first `count` steps, and is alive and well after a while; then it is kept."""
        self._start()
        try:
            for place in range(count):
                if place not in self.skipped:
                    self._cell(place)
                self.reached = place + 1
                self.ran(place)
            if self.kernel.lives(self.left(min(age, self.watched))) and self.well():
                return True
        except (Dead, Slow):
            pass
        self.drop()
        return False

    # time

    def left(self, wanted: float) -> float:
        """Seconds for the next request."""
        left = self.end - time.monotonic()
        if left <= 0:
            self.timed_out = True
            self.notes.append(f"stopped after {self.options.submission_seconds:g} s")
            raise TimeOver
        return min(wanted, left)

    @contextmanager
    def clock(self, name: str):
        """The time that this takes belongs to `name`."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] += time.monotonic() - begin

    def ask(self, do: str, wait: float = 10.0, /, **what) -> dict:
        """Ask the grader's own code in the kernel; see `Kernel.ask`."""
        return self.kernel.ask(do, self.left(wait), **what)

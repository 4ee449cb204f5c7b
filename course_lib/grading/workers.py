"""Processes that read what strangers wrote, so that the grader need not: each may die, and another takes its place.

A worker serves one task after the other (`desk.py` holds them), because starting it costs a second. It has limits on
processor time, clock time, memory and the size of what it gives back. What goes wrong in it comes out of `call` as
`Lost`, with a sentence about the reason and with the piece of work that it was at.
"""

import atexit
import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from course_lib.grading import groups
from course_lib.grading.inside import wire

DESK = [sys.executable, "-m", "course_lib.grading.desk"]
PROJECT = Path(__file__).resolve().parents[2]
LARGEST = 120_000_000  #: bytes of a reply: a file of the largest size that is read, and more
PATIENCE = 15  #: times the processor time that a worker may use: so long it may take by the clock
START_SECONDS = 120.0


class Lost(Exception):
    """A worker ended, or was ended, before its task was done; the message says why."""

    def __init__(self, why: str, at: str = ""):
        super().__init__(why)
        self.at = at  #: what it had last said it was doing


class Failed(Exception):
    """A task raised an exception that its own code does not foresee."""

    def __init__(self, kind: str, said: str):
        super().__init__(f"{kind}: {said}")
        self.kind, self.said = kind, said


class _Worker:
    """One process."""

    def __init__(self):
        ours, theirs = wire.pair()
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        with theirs:
            self.process = subprocess.Popen(
                [*DESK, str(theirs.fileno())],
                env=os.environ | {"PYTHONPATH": path}, pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C at the keyboard lets it finish what it does
            )
        self.line = wire.Line(ours)
        self.used = False

    def call(self, task: str, arguments: tuple) -> tuple[object, list[bytes]]:
        """Do a task; see `call` below."""
        at, most = None, START_SECONDS
        deadline = time.monotonic() + most
        try:
            self.line.send([pickle.dumps((task, arguments))], deadline, self._look)
            while True:
                head, *parts = self.line.receive(LARGEST, deadline, self._look)
                said = json.loads(head)
                if "at" not in said:
                    break
                at, most = said["at"], said["seconds"]
                deadline = time.monotonic() + most
        except wire.Late:
            why = f"took longer than {most:.0f} s"
        except wire.TooLarge:
            why = "gave more back than can be kept"
        except wire.Closed:
            why = self._end()
            if at is None and self.process.returncode == 1:
                raise Failed("a worker did not start", " ".join(DESK)) from None
        else:
            self.used = True
            if "done" in said:
                return said["done"], parts
            kind, words = said["failed"]
            if kind != "MemoryError":
                raise Failed(kind, words)
            why = "took too much memory"
        raise Lost(why, at or "")

    def _look(self):
        if self.process.poll() is not None:
            raise wire.Closed

    def _end(self) -> str:
        """Why the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        code = self.process.poll()
        if code == -signal.SIGXCPU:
            return "took too much processor time"
        return f"made the process end that was at it (code {code})"

    def close(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.wait()
        groups.remove_left_by(self.process.pid)


class Pool:
    """The workers of this process: as many as are busy at a time."""

    def __init__(self):
        self.lock, self.idle, self.owner = threading.Lock(), [], os.getpid()

    def take(self) -> _Worker:
        """One that is idle, or a new one."""
        with self.lock:
            if self.owner != os.getpid():  # a copy of the process that started them
                self.idle, self.owner = [], os.getpid()
            if self.idle:
                return self.idle.pop()
        return _Worker()

    def give_back(self, worker: _Worker) -> None:
        """For the next task."""
        with self.lock:
            self.idle.append(worker)

    def close(self) -> None:
        """End all that are idle."""
        with self.lock:
            idle, self.idle = self.idle, []
        if self.owner == os.getpid():
            for worker in idle:
                worker.close()


POOL = Pool()
atexit.register(POOL.close)


def call(task: str, *arguments) -> tuple[object, list[bytes]]:
    """Do a task of `desk.TASKS` in a worker: what it gives, as plain data, and bytes beside it.

    Raises
    ------
    Lost
        Also in a new worker: one that has done other tasks may bear their traces.
    Failed
    """
    while True:
        worker = POOL.take()
        fresh = not worker.used
        try:
            done = worker.call(task, arguments)
        except Failed:
            worker.close()
            raise
        except Lost:
            worker.close()
            if fresh:
                raise
        except BaseException:
            worker.close()
            raise
        else:
            POOL.give_back(worker)
            return done

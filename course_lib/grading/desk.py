"""What a worker does: `python -m course_lib.grading.desk NUMBER`, where NUMBER is that of its open socket.

One task after the other comes over the socket, and what it gave goes back as JSON. Before a piece of work that a
stranger's file decides about, the process lowers its own limit on processor time; its memory is limited from the start.
"""

import contextlib
import json
import os
import pickle
import resource
import socket
import sys
import threading
import time
from pathlib import Path

from course_lib import grammar
from course_lib.grading import analysis, archives, runner, workers
from course_lib.grading.inside import wire

MEMORY = 3_000_000_000  #: bytes beyond what the worker holds before its first task
STACK = 256_000_000  #: bytes: a tree that is thousands of levels deep is read by functions that call themselves
DEPTH = 10_000
FOREVER = 1e9

#: Each is called with a `Watch` and the arguments that were sent.
TASKS = {
    "list": archives.listed,
    "look": archives.looked_at,
    "read": archives.content,
    "grade": runner.grade,
}


class Watch:
    """Says what the worker is at, and limits how long it may take."""

    def __init__(self, line: wire.Line):
        self.line = line

    @contextlib.contextmanager
    def reading(self, at: str, seconds: float):
        """A piece of work that only computes: at most so many seconds of processor time."""
        self.waiting(at, seconds * workers.PATIENCE)
        _limit_processor(seconds)
        try:
            yield
        finally:
            _limit_processor(None)

    def waiting(self, at: str, seconds: float) -> None:
        """What comes now takes at most so many seconds by the clock."""
        self.line.send([json.dumps({"at": at, "seconds": seconds}).encode()], time.monotonic() + FOREVER)


def _limit_processor(seconds: float | None) -> None:
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = hard if seconds is None else int(sum(os.times()[:2]) + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _limit_memory() -> None:
    held = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    soft = held + STACK + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _serve(line: wire.Line) -> None:
    with contextlib.suppress(wire.Closed):  # the grader has gone
        _serve_until_closed(line)


def _serve_until_closed(line: wire.Line) -> None:
    watch = Watch(line)
    while True:
        (request,) = line.receive(2 * workers.LARGEST, time.monotonic() + FOREVER)
        task, arguments = pickle.loads(request)  # from the grader itself
        parts: list[bytes] = []
        try:
            done, *parts = TASKS[task](watch, *arguments)
            head = {"done": done}
        except Exception as error:
            head = {"failed": [type(error).__name__, " ".join(str(error).split())[:300]]}
        line.send([json.dumps(head).encode(), *parts], time.monotonic() + FOREVER)
        for cached in (grammar.tree, grammar.checks, analysis.bound, analysis.names_read):
            cached.cache_clear()  # a stranger's text has no place beside the next one's


def main(argv: list[str]) -> None:
    """Serve until the grader goes."""
    line = wire.Line(socket.socket(fileno=int(argv[0])))
    with contextlib.suppress(OSError):  # no /proc: not on every system
        _limit_memory()
    sys.setrecursionlimit(DEPTH)
    threading.stack_size(STACK)
    serving = threading.Thread(target=_serve, args=(line,))
    serving.start()
    threading.stack_size(0)
    serving.join()


if __name__ == "__main__":
    main(sys.argv[1:])

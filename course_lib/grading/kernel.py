"""The grader's end of a sandboxed kernel: requests over one line, and a time limit for every answer.

What comes back is data from a stranger: it is limited in size and time while it comes, decoded without running
anything, and counted only when it replies to our own request. A submission can forge what its own kernel says; that is
then its answer.
"""

import json
import time
from dataclasses import dataclass

from course_lib.grading import sandbox
from course_lib.grading.inside import data, wire

MOST_TEXT = 8_000_000  #: bytes of JSON in a reply, besides its arrays: read, it takes twenty times as much


class Dead(Exception):
    """The kernel has ended, or no longer keeps to the rules; the message says which."""


class Slow(Exception):
    """No answer in time, and the kernel is still busy."""


@dataclass
class Kernel:
    """One kernel process; use it in one thread only."""

    mode: str
    limits: sandbox.Limits
    start_seconds: float
    message_bytes: int

    def __post_init__(self):
        self.born = time.monotonic()
        self.number = 0
        self.process = sandbox.start(self.mode, self.limits)
        self.line = wire.Line(self.process.socket)
        try:
            self.request("kernel_info_request", {}, seconds=self.start_seconds)
        except (Dead, Slow):
            self.close()
            raise

    def request(self, kind: str, content: dict, buffers=(), seconds: float = 10.0) -> tuple[str, list[bytes]]:
        """Send a request and wait for the reply to it: JSON text and the bytes of arrays.

        Raises
        ------
        Dead, Slow
        """
        deadline = time.monotonic() + seconds
        self._send(kind, content, buffers, deadline)
        while True:
            try:
                head, *arrays = self.line.receive(self.message_bytes, deadline, self._look)
            except wire.Late:
                raise Slow from None
            except wire.TooLarge:
                raise Dead("sent too much") from None
            except (wire.Closed, ValueError):
                raise Dead("ended the kernel") from None
            number, text = _read(head)
            if number == self.number:
                return text, arrays

    def _send(self, kind, content, buffers, deadline) -> None:
        self.number += 1
        head = {"number": self.number, "kind": kind, "content": content}
        try:
            self.line.send([json.dumps(head).encode(), *buffers], deadline, self._look)
        except wire.Late:
            raise Dead("no longer takes requests") from None
        except wire.Closed:
            raise Dead("ended the kernel") from None

    def _look(self) -> None:
        if not self.process.alive():
            raise Dead("ended the kernel")

    def run_cell(self, code: str, seconds: float) -> bool:
        """Run one cell; False when it was stopped because its time was over.

        Raises
        ------
        Dead
        Slow
            When it could not be stopped.
        """
        content = {"code": code, "silent": True, "store_history": False, "user_expressions": {}, "allow_stdin": False,
                   "stop_on_error": False}
        try:
            self.request("execute_request", content, seconds=seconds)
            return True
        except Slow:
            self._send("interrupt", {}, (), time.monotonic() + 1.0)
        # A reply to another request means that the kernel is free again.
        self.request("kernel_info_request", {}, seconds=min(3.0, max(1.5, seconds)))
        return False

    def ask(self, do: str, wait: float, /, **what) -> dict:
        """Ask the grader's own code in the kernel for something; its answer is untrusted plain data.

        Raises
        ------
        Dead, Slow, data.BadData
        """
        text, arrays = data.pack({"do": do, **what})
        answer = data.unpack(*self.request("course_request", {"data": text}, arrays, wait))
        if not isinstance(answer, dict) or "failed" in answer:
            raise data.BadData(str(answer.get("failed") if isinstance(answer, dict) else "no dict")[:200])
        return answer

    def lives(self, seconds: float) -> bool:
        """Whether the kernel is alive after so many seconds, and then answers."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self._look()
                time.sleep(min(wire.TICK / 1000, max(0.0, deadline - time.monotonic())))
            self.request("kernel_info_request", {}, seconds=5.0)
        except (Dead, Slow):
            return False
        return True

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.born

    def close(self) -> None:
        """End the kernel and all that it started; nothing of it is left."""
        self.line.close()
        self.process.close()


def _read(head: bytes) -> tuple[int, str]:
    """Number and text of a reply; the number -1 for one that is none."""
    if len(head) > MOST_TEXT:
        raise Dead("sent too much")
    try:
        reply = json.loads(head)
        number, text = reply["number"], reply["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return -1, ""
    return (number, text) if type(number) is int and isinstance(text, str) else (-1, "")

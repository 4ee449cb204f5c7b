"""The grader's end of a sandboxed kernel: requests over one line, and a time limit for every answer.

What comes back is data from a stranger: it is limited in size and time while it comes, decoded without running
anything, and counted only when it replies to our own request. A submission can forge what its own kernel says; that is
then its answer.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from course_lib.grading import lending, sandbox
from course_lib.grading.inside import data, wire

MOST_QUESTIONS = 50_000  #: of one request, to `answer`; then nothing is said any more
LONGEST_NAME = 1_000  #: characters of a question about a function of the library
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
    lend: Callable[[object], dict] = lending.lend  #: what is said to a kernel that asks for a function of the library

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

    def request(self, kind: str, content: dict, buffers=(), seconds: float = 10.0,
                answer: Callable | None = None) -> tuple[str, list[bytes]]:
        """Send a request and wait for the reply to it: JSON text and the bytes of arrays.

        answer : what the kernel may ask meanwhile beside functions of the library, plain data -> plain data.

        Raises
        ------
        Dead, Slow
        """
        deadline, questions = time.monotonic() + seconds, 0
        self.number += 1
        self._send(self.number, kind, content, buffers, deadline)
        while True:
            try:
                head, *arrays = self.line.receive(self.message_bytes, deadline, self._look)
            except wire.Late:
                raise Slow from None
            except wire.TooLarge:
                raise Dead("sent too much") from None
            except (wire.Closed, ValueError):
                raise Dead("ended the kernel") from None
            what, number, text = _read(head)
            if what == "number" and number == self.number:
                return text, arrays
            questions += what == "question"
            if what == "question" and questions <= MOST_QUESTIONS:
                reply, arrays = data.pack(self._answered(text, arrays, answer))
                self._send(number, "answer", {"data": reply}, arrays, deadline)

    def _answered(self, text: str, arrays: list[bytes], answer: Callable | None) -> dict:
        """What is said to a question: who asks waits, and others who want to ask wait for it."""
        question = None
        if answer is not None or len(text) <= LONGEST_NAME:
            try:
                question = data.unpack(text, arrays)
            except data.BadData:
                if answer is not None:
                    raise
        if isinstance(question, dict) and question.keys() == {"lend"}:
            return self.lend(question["lend"])
        return {"refused": "nothing like this is answered here"} if answer is None else answer(question)

    def _send(self, number, kind, content, buffers, deadline) -> None:
        head = {"number": number, "kind": kind, "content": content}
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
            self._send(self.number, "interrupt", {}, (), time.monotonic() + 1.0)
        # A reply to another request means that the kernel is free again.
        self.request("kernel_info_request", {}, seconds=min(3.0, max(1.5, seconds)))
        return False

    def ask(self, do: str, wait: float, /, answer: Callable | None = None, **what) -> dict:
        """Ask the grader's own code in the kernel for something; its answer is untrusted plain data.

        answer : see `request`.

        Raises
        ------
        Dead, Slow, data.BadData
        """
        text, arrays = data.pack({"do": do, **what})
        reply = data.unpack(*self.request("course_request", {"data": text}, arrays, wait, answer))
        if not isinstance(reply, dict) or "failed" in reply:
            raise data.BadData(str(reply.get("failed") if isinstance(reply, dict) else "no dict")[:200])
        return reply

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


def _read(head: bytes) -> tuple[str, int, str]:
    """What a message is, a reply ("number") or a "question", its number and its text; nothing for one that is neither.
    """
    if len(head) > MOST_TEXT:
        raise Dead("sent too much")
    try:
        message = json.loads(head)
        what = "question" if "question" in message else "number"
        number, text = message[what], message["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", -1, ""
    return (what, number, text) if type(number) is int and isinstance(text, str) else ("", -1, "")

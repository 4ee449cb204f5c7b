"""The grader's end of a sandboxed kernel: requests over sockets, and a time limit for every answer.

What comes back is data from a stranger: messages are bounded in size, decoded without running anything, and counted
only when they reply to our own request. A submission can forge what its own kernel says; that is then its answer.
"""

import contextlib
import secrets
import time
from dataclasses import dataclass

import zmq
from jupyter_client.session import Session

from course_lib.grading import sandbox
from course_lib.grading.inside import data

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
TICK = 50  #: milliseconds between two looks at the kernel's health


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
        key = secrets.token_hex(16)
        connection = {
            "transport": "ipc", "signature_scheme": "hmac-sha256", "key": key, "kernel_name": "python3",
            **{port: number for number, port in enumerate(PORTS, 1)},
        }
        self.session = Session(key=key.encode(), username="grader")
        self.process = sandbox.start(self.mode, self.limits, connection)
        self.shell = self._socket(connection, "shell_port")
        self.control = self._socket(connection, "control_port")
        try:
            self.request("kernel_info_request", {}, seconds=self.start_seconds)
        except (Dead, Slow):
            self.close()
            raise

    def _socket(self, connection, port):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        socket.setsockopt(zmq.MAXMSGSIZE, self.message_bytes)
        socket.setsockopt(zmq.RCVHWM, 4)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.connect(f"ipc://{connection['ip']}-{connection[port]}")
        return socket

    def request(self, kind: str, content: dict, buffers=(), seconds: float = 10.0) -> dict:
        """Send a request and wait for the reply to it.

        Raises
        ------
        Dead, Slow
        """
        sent = self.session.send(self.shell, kind, content, buffers=list(buffers))
        end = time.monotonic() + seconds
        while True:
            while not self.shell.poll(TICK):
                if not self.process.alive():
                    raise Dead("ended the kernel")
                if self.process.overflows():
                    raise Dead("filled the folder of the kernel's sockets")
                if time.monotonic() > end:
                    raise Slow
            reply = self._received()
            if reply is not None and reply["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
                return reply

    def _received(self) -> dict | None:
        """One message, or None for something that is none."""
        parts = self.shell.recv_multipart()
        if sum(map(len, parts)) > self.message_bytes:
            raise Dead("sent too much")
        try:
            message = self.session.deserialize(self.session.feed_identities(parts)[1])
            return message if isinstance(message["parent_header"], dict) else None
        except Exception:  # whatever a stranger's bytes lead to
            return None

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
            self.session.send(self.control, "interrupt_request", {})
        # A reply to another request means that the kernel is free again.
        self.request("kernel_info_request", {}, seconds=min(3.0, seconds))
        return False

    def ask(self, do: str, wait: float, /, **what) -> dict:
        """Ask the grader's own code in the kernel for something; its answer is untrusted plain data.

        Raises
        ------
        Dead, Slow, data.BadData
        """
        text, arrays = data.pack({"do": do, **what})
        reply = self.request("course_request", {"data": text}, arrays, wait)
        try:
            answer = data.unpack(reply["content"]["data"], reply["buffers"])
        except (KeyError, TypeError) as error:
            raise data.BadData(str(error)) from None
        if not isinstance(answer, dict) or "failed" in answer:
            raise data.BadData(str(answer.get("failed") if isinstance(answer, dict) else "no dict")[:200])
        return answer

    def close(self) -> None:
        """End the kernel and all that it started; nothing of it is left."""
        for socket in (self.shell, self.control):
            with contextlib.suppress(zmq.ZMQError):
                socket.close()
        self.process.close()

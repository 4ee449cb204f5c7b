"""Between the grader's line and the kernel's own sockets, which nobody outside of the sandbox can reach.

It runs in a thread of the kernel's process, beside the student's code: what it says is as little worth as anything else
from there. It only saves the grader from reading a stranger's messages in all the forms that Jupyter knows.
"""

import json
import os
import queue
import secrets
import signal
import socket
import threading
import time
from collections import deque
from pathlib import Path

import zmq
from jupyter_client.session import Session

from course_lib.grading.inside import data, wire

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
FOREVER = 1e9  #: seconds; the grader keeps the time
LARGEST = 1 << 40


class Bridge(threading.Thread):
    """Hands the grader's requests to the kernel, and the kernel's replies to the grader."""

    def __init__(self, number: int, folder: Path):
        super().__init__(name="bridge", daemon=True)
        self.line = wire.Line(socket.socket(fileno=number))
        key = secrets.token_hex(16)
        self.connection = {
            "transport": "ipc", "ip": str(folder / "s"), "signature_scheme": "hmac-sha256", "key": key,
            "kernel_name": "python3", **{port: number for number, port in enumerate(PORTS, 1)},
        }
        self.file = folder / "connection.json"
        self.file.write_text(json.dumps(self.connection))
        self.session = Session(key=key.encode(), username="grader")
        self.questions, self.answers, self.one_at_a_time = deque(), queue.SimpleQueue(), threading.Lock()
        self.bell, self.ear = socket.socketpair()
        self.asked, self.process = 0, os.getpid()

    def ask(self, question: dict) -> dict:
        """What the grader says to a question; for another thread than this one.

        Raises
        ------
        RuntimeError
            In a child of the kernel, where nobody would hear the answer.
        """
        if os.getpid() != self.process:
            raise RuntimeError("the grader answers the kernel itself, and this is a child of it")
        with self.one_at_a_time:
            self.asked += 1
            self.questions.append((self.asked, data.pack(question)))
            self.bell.send(b"?")
            while True:
                try:
                    number, text, arrays = self.answers.get(timeout=wire.TICK / 1000)
                except queue.Empty:  # where this thread is told that its time is over
                    continue
                if number == self.asked:  # no answer to one whose time was over
                    return data.unpack(text, arrays)

    def run(self):
        try:
            self._serve()
        finally:  # the grader has gone, and so does its kernel
            os._exit(0)

    def _serve(self):
        context = zmq.Context()
        shell = context.socket(zmq.DEALER)
        shell.linger = 0
        shell.setsockopt(zmq.RECONNECT_IVL, 20)
        shell.connect(f"ipc://{self.connection['ip']}-{self.connection['shell_port']}")
        poller = zmq.Poller()
        for each in (self.line.socket, shell, self.ear):
            poller.register(each, zmq.POLLIN)
        asked: dict[str, int] = {}  # id of a message -> number of the grader's request
        while True:
            ready = dict(poller.poll(0 if self.line.messages else None))
            if self.line.messages or self.line.socket.fileno() in ready:
                head, *buffers = self.line.receive(LARGEST, time.monotonic() + FOREVER)
                request = json.loads(head)
                if request["kind"] == "interrupt":
                    os.kill(os.getpid(), signal.SIGINT)
                elif request["kind"] == "answer":
                    self.answers.put((request["number"], request["content"]["data"], buffers))
                else:
                    sent = self.session.send(shell, request["kind"], request["content"], buffers=buffers)
                    asked[sent["header"]["msg_id"]] = request["number"]
            if shell in ready:
                self._reply(shell, asked)
            if self.ear.fileno() in ready:
                self.ear.recv(1)
                number, (text, arrays) = self.questions.popleft()
                head = {"question": number, "data": text}
                self.line.send([json.dumps(head).encode(), *arrays], time.monotonic() + FOREVER)

    def _reply(self, shell, asked):
        parts = shell.recv_multipart()
        try:
            reply = self.session.deserialize(self.session.feed_identities(parts)[1])
            number = asked.pop(reply["parent_header"].get("msg_id"), None)
        except Exception:  # no message, but what the student's code put there
            return
        if number is not None:
            head = {"number": number, "data": reply["content"].get("data", "null")}
            parts = [json.dumps(head).encode(), *map(bytes, reply["buffers"])]
            self.line.send(parts, time.monotonic() + FOREVER)

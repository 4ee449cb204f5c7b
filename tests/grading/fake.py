"""A class of records made without a kernel: what the tables, pages and the command need to be tried quickly."""

import hashlib
import json
import os
import signal
import time

from course_lib.grading.records import ExerciseResult, OpenAnswer, Record, Submission
from course_lib.grading.runner import Options

OPTIONS = Options()

HOSTILE = '<script>alert(1)</script>"\'&=cmd|calc'


def notebook(text: str) -> bytes:
    """A notebook of chapter 04 whose only word decides what `run` says of it."""
    cell = {"cell_type": "code", "source": f"# Exercise 4.1: a\n{text}", "metadata": {}, "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def exercise(id="4.1", status="right", points=None, possible=2, mistake="", message="", **more) -> ExerciseResult:
    points = (possible if status == "right" else 0) if points is None else points
    return ExerciseResult(id, f"title of {id}", points, possible, status, mistake, message, **more)


def answer(text="because", points=None, comment="") -> OpenAnswer:
    return OpenAnswer("4.Q1", "Why is it so?", text, 6, points, comment)


def record(student="s1", *parts, name="", status="ok", notes=(), chapter="04", answers=None) -> Record:
    answers = (answer(),) if answers is None else tuple(answers)
    of = Submission(student, name, f"{student}.ipynb", chapter, "ab")
    return Record("key", of, status, tuple(notes), "bwrap", parts or (exercise(),), answers)


def run(data: bytes, submission: Submission, options: Options = OPTIONS):
    """Stands for `runner.run`: the notebook's text says what becomes of it."""
    if b"raises" in data:
        raise RuntimeError("the kernel's socket is gone")
    if b"unreadable" in data:
        return Record("", submission, "unreadable", ("not JSON",)), {"wall": 0.1}
    digits = hashlib.sha256(data).digest()
    results = [
        exercise("4.1", "right" if digits[0] % 2 else "mistake", mistake="" if digits[0] % 2 else "COUNT-1"),
        exercise("4.2", "wrong", message="out is 1 at entry [0], expected 2 for x (2, 3)."),
    ]
    if b"library" in data:
        results[1] = exercise("4.2", "library", message="uses course_lib.ops.sigmoid")
    text = "" if b"silent" in data else f"answer {digits.hex()}"
    return Record("", submission, "ok", (), options.sandbox, tuple(results), (answer(text),)), {"wall": digits[1] / 9}


def slow_run(data: bytes, submission: Submission, options: Options = OPTIONS):
    """`run` that takes its time, so that a worker can be killed meanwhile."""
    time.sleep(0.3)
    return run(data, submission, options)


def killing_run(data: bytes, submission: Submission, options: Options = OPTIONS):
    """`run` of a submission that takes the whole worker with it."""
    if b"kills" in data:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(data, submission, options)

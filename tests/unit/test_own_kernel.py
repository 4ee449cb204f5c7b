"""What an answer may do to the kernel that checks it: `check` says something, soon, and within its memory."""

import os
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
from needs import this_system

from course_lib.exercises import check
from course_lib.exercises.collect import Foreign, collect, plain
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.verdict import Verdict

DOUBLE = Exercise(
    id="4.999", title="double", reference=lambda x: 2 * x, arguments=("x",), mistakes=(), hints=("", "", ""),
    instances=lambda rng: [(rng.normal(size=3),), (rng.normal(size=(2, 2)),)], seconds=1.0)


def verdict(answer, **change) -> Verdict:
    exercise = Exercise(**{**vars(DOUBLE), **change})
    known = expected(DOUBLE)
    return judge(exercise, collect(exercise, answer, known.instances), known)


# --- time ---


def sleeps(x):
    time.sleep(60)


def locked(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def asks(x):
    read, _ = os.pipe()
    os.read(read, 1)  # as input() does in a kernel whose person has gone


def dozes(x):
    while True:
        time.sleep(0.01)


@pytest.mark.parametrize("answer", [sleeps, locked, asks, dozes])
def test_what_waits_ends_after_the_stated_seconds_and_is_told_so(answer):
    begin = time.monotonic()
    result = verdict(answer, seconds=1.0)
    assert result.status == "time" and "waited" in result.message, result.message
    assert "within 1 s" in result.message and time.monotonic() - begin < 4.5, "less than five times the limit"


def test_one_that_sleeps_on_takes_no_time_from_those_who_come_after():
    """Above all not from the search for the place of a mistake, which lets Python call it at every line."""
    assert verdict(lambda x: time.sleep(4), seconds=0.3).status == "time"

    def traced():
        sys.settrace(lambda *_: None)
        begin = time.thread_time()
        try:
            return sum(map(lambda k: k, range(100)))
        finally:
            sys.settrace(None)
            assert time.thread_time() - begin < 0.5

    before = sys.gettrace()
    try:
        assert traced() == 4950
    finally:
        sys.settrace(before)


def test_what_computes_now_and_then_waits_for_nothing():
    def slow(x):
        for _ in range(12):
            time.sleep(0.1)
            sum(range(200_000))
        return 2 * x

    result = verdict(slow, seconds=1.0)
    assert result.status in ("right", "time") and "waited" not in result.message


@pytest.mark.parametrize("hold", [lambda: sum(range(4 * 10**7)), lambda: max(map(abs, range(2 * 10**7)))],
                         ids=["sum", "max"])
def test_compiled_code_that_keeps_python_to_itself_is_named_afterwards(hold):
    def answer(x):
        hold()
        return 2 * x

    result = verdict(answer, seconds=0.1)
    assert result.status == "time" and result.points == 0
    assert "compiled code that keeps Python to itself" in result.message, result.message


# --- memory ---


@pytest.mark.parametrize("value", [
    np.broadcast_to(np.array("x" * 1_000), (1_000, 1_000)),
    np.broadcast_to(np.zeros((), "U100000"), (10_000,)),
    np.lib.stride_tricks.as_strided(np.zeros(1, complex), (9_000, 1_000), (0, 0)),
    [np.broadcast_to(0.0, (1_000, 1_000))] * 20,
    np.zeros((), "V1000000000")[()],
    {k: "x" * 2_000 for k in range(19_000)},
], ids=["text", "wide text", "complex", "many", "void", "texts"])
def test_limits_count_bytes(value):
    tracemalloc.start()
    try:
        found = plain(value)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 250_000_000
    parts = found if isinstance(found, list) else found.values() if isinstance(found, dict) else [found]
    assert any(isinstance(part, Foreign) for part in parts)


def test_an_argument_that_is_filled_with_a_broadcast_array_is_not_written_out():
    def grows(xs):
        xs[0] = np.broadcast_to(0.0, (100_000, 10_000))
        xs.append(xs)
        return 1.0

    exercise = Exercise(**{**vars(DOUBLE), "instances": lambda rng: [([np.zeros(2)],)], "reference": lambda xs: 1.0})
    (outcome,) = collect(exercise, grows, [([np.zeros(2)],)])
    assert outcome.changed == (0,)


# --- exceptions and surroundings ---


class Lying(type):
    @property
    def __name__(cls):
        raise RuntimeError("no name")

    def __repr__(cls):
        raise RuntimeError("no repr")


class Nameless(Exception, metaclass=Lying):
    pass


class Mute(Exception):
    def __str__(self):
        raise self


class Text(str):
    def __getitem__(self, key):
        raise RuntimeError("no part of me")


class OddText(Exception):
    def __str__(self):
        return Text("odd")


class NoTraceback(Exception):
    @property
    def __traceback__(self):
        raise RuntimeError("nothing happened")


class Module:
    def __str__(self):
        raise RuntimeError("no module")


class Loader:
    def get_source(self, name):
        raise RuntimeError("no source")


@pytest.mark.parametrize("kind", [Nameless, Mute, OddText, NoTraceback], ids="abcd")
def test_an_exception_that_lies_about_itself_is_an_error(kind):
    def answer(x):
        raise kind

    result = verdict(answer)
    assert result.status in ("error", "kind") and type.__dict__["__name__"].__get__(kind) in result.message


@pytest.mark.parametrize("name, value", [("__name__", Module()), ("__loader__", Loader()), ("__spec__", 3)])
def test_globals_that_are_not_what_they_should_be(name, value):
    names = {name: value}
    exec(compile("def answer(x):\n    raise ValueError('inside')", "<a cell>", "exec"), names)
    assert "inside" in verdict(names["answer"]).message
    exec(compile("def answer(x):\n    while True: pass", "<a cell>", "exec"), names)
    assert verdict(names["answer"], seconds=0.2).status == "time"


@this_system(sys.platform == "win32", "it keeps the folder of a process")
def test_the_working_folder_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.chdir(gone)
    gone.rmdir()

    def fails(x):
        raise ValueError("inside")

    assert "inside" in verdict(fails).message
    assert isinstance(check("4.3", lambda z: z), Verdict)
    assert isinstance(check("4.3", sleeps), Verdict)

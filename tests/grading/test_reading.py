"""What strangers wrote is read by processes that may die: zips, folders, the wire, and the workers themselves."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import museum
import pytest
from attacks import LINES, NOTEBOOK, ZIPS
from museum_wall import SCORE

from course_lib.app import doctor
from course_lib.grading import archives, records, runner, sandbox, workers
from course_lib.grading.inside import wire
from course_lib.grading.intake import intake

HOSTILE = [sys.executable, str(Path(__file__).with_name("hostile_desk.py"))]
SUBMISSION = records.Submission("s1", "A Student", "file.ipynb")


# --- zips and folders ---


@pytest.mark.parametrize("name, fill, words", ZIPS, ids=[attack[0] for attack in ZIPS])
def test_a_hostile_zip_is_its_own_problem(tmp_path, name, fill, words):
    (tmp_path / "class" / "good").mkdir(parents=True)
    bad = tmp_path / "class" / "bad"
    bad.mkdir()
    (tmp_path / "class" / "good" / "a.ipynb").write_bytes(NOTEBOOK)
    if fill.__code__.co_argcount:
        fill(bad)
    else:
        (bad / "a.zip").write_bytes(fill())
    begin = time.process_time()
    try:
        found = intake([tmp_path / "class"])
    finally:
        sandbox.remove_tree(bad)
    assert time.process_time() - begin < 10
    rows = {row.submission.student: row for row in found.found}
    assert not rows["good"].problem and rows["good"].read() == NOTEBOOK
    said = [*found.remarks, *(text for row in found.found for text in (row.problem, *row.notes))]
    assert words in " ".join(said) and len(" ".join(said)) < 2_000
    if not words:
        assert not rows["bad"].problem and rows["bad"].submission.chapter


def test_a_file_that_is_gone_is_a_problem(tmp_path):
    done, data = archives.content(runner.Unwatched(), tmp_path / "none.ipynb", ())
    assert "No such file" in done["problem"] and data == b""


# --- the wire ---


@pytest.fixture
def line():
    ours, theirs = wire.pair()
    made = wire.Line(ours)
    yield made, theirs
    made.close()
    theirs.close()


@pytest.mark.parametrize("name, other", LINES, ids=[attack[0] for attack in LINES])
def test_whoever_is_at_the_other_end_a_deadline_holds(line, name, other):
    ours, theirs = line

    def act():
        try:
            other(theirs)
        except OSError:
            pass

    threading.Thread(target=act, daemon=True).start()
    begin = time.monotonic()
    with pytest.raises((wire.Late, wire.Closed)):
        while True:
            ours.receive(1_000_000, begin + 0.5)
    assert time.monotonic() - begin < 5  # and not 2 s on a machine that is busy
    assert len(ours.incoming) <= 1_000_000 + 2 * wire.PIECE


def test_nobody_takes_what_is_sent(line):
    ours, _ = line
    begin = time.monotonic()
    with pytest.raises(wire.Late):
        ours.send([bytes(50_000_000)], begin + 0.3)
    assert time.monotonic() - begin < 5
    with pytest.raises(wire.Closed):  # the other side would take the rest of the first for the second
        ours.send([b"x"], time.monotonic() + 1)


def test_messages_come_as_they_were_sent(line):
    ours, theirs = line
    theirs = wire.Line(theirs)
    for parts in ([], [b""], [b"a", b"", b"bc"], [bytes(3_000_000)]):
        sender = threading.Thread(target=theirs.send, args=(parts, time.monotonic() + 20))
        sender.start()
        assert ours.receive(4_000_000, time.monotonic() + 20) == parts
        sender.join()


def test_what_came_before_the_deadline_is_kept(line):
    ours, theirs = line
    theirs.sendall(b"\0\0\0\1" + (3).to_bytes(8, "big") + b"a")
    with pytest.raises(wire.Late):
        ours.receive(10, time.monotonic() + 0.1)
    theirs.sendall(b"bc")
    assert ours.receive(10, time.monotonic() + 10) == [b"abc"]


def test_the_other_side_is_looked_at_while_we_wait(line):
    def gone():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        line[0].receive(10, time.monotonic() + 30, gone)


# --- workers ---


@pytest.fixture
def hostile(monkeypatch):
    """Workers that have the tasks of hostile_desk.py too."""
    monkeypatch.setattr(workers, "DESK", HOSTILE)
    monkeypatch.setattr(workers, "POOL", workers.Pool())
    yield
    workers.POOL.close()


@pytest.mark.parametrize("task, why", [
    ("spins", "too much processor time|longer than"), ("sleeps", "took longer than"), ("grows", "took too much memory"),
    ("floods", "gave more back than can be kept"), ("ends", "made the process end"),
    ("crashes", "made the process end"), ("recurses", "RecursionError"),
])
def test_a_worker_that_is_lost_is_replaced_and_the_reason_is_said(hostile, task, why):
    assert workers.call("adds", 1, 2)[0] == 3
    with pytest.raises((workers.Lost, workers.Failed), match=why):
        workers.call(task)
    assert workers.call("adds", 3, 4)[0] == 7


def test_a_worker_serves_one_task_after_the_other(hostile):
    assert workers.call("who")[0] == workers.call("who")[0]


def test_a_worker_that_was_killed_is_no_fault_of_the_next_task(hostile):
    os.kill(workers.call("who")[0], signal.SIGKILL)
    assert workers.call("adds", 1, 2)[0] == 3


def test_trees_of_thousands_of_levels_are_read(hostile):
    assert workers.call("deep", 3_000)[0] == 3_000


def test_workers_end_with_the_process_that_started_them():
    code = "from course_lib.grading import workers\nfrom course_lib.grading.archives import SECONDS\n"
    code += "import pathlib, os\nworkers.call('look', pathlib.Path('/dev/null'), ())\n"
    code += "print(workers.POOL.idle[0].process.pid, flush=True)\nos._exit(0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    process, end = Path(f"/proc/{done.stdout.strip()}"), time.monotonic() + 60
    while process.exists() and "State:\tZ" not in (process / "status").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)


def lost(*reasons):
    """`workers.call` that loses its workers for these reasons, (what it was at, why), and then succeeds."""
    waiting, asked = list(reasons), []

    def call(task, data, submission, options, given):
        asked.append(dict(given))
        if waiting:
            at, why = waiting.pop(0)
            raise workers.Lost(why, at)
        return runner.grade(runner.Unwatched(), data, submission, options, given)[0], []

    call.asked = asked
    return call


def test_a_notebook_that_cannot_be_read_is_a_row_that_says_why(monkeypatch):
    monkeypatch.setattr(workers, "call", lost((runner.READING, "took too much memory")))
    record, timings = runner.run(b"x", SUBMISSION)
    assert record.status == "unreadable" and "took too much memory" in record.notes[0] and "failed" not in timings


def test_what_nobody_foresaw_is_a_result_with_its_cause(monkeypatch):
    def fails(*args):
        raise workers.Failed("ZeroDivisionError", "division by zero")

    monkeypatch.setattr(workers, "call", fails)
    record, timings = runner.run(b"x", SUBMISSION)
    assert (record.status, record.points) == ("dead", 0) and "ZeroDivisionError" in record.notes[0]
    assert "failed" not in timings  # a second run would end the same way


def test_a_sandbox_that_does_not_start_is_no_result(monkeypatch):
    def fails(*args):
        raise workers.Failed("SandboxError", "no kernel")

    monkeypatch.setattr(workers, "call", fails)
    with pytest.raises(sandbox.SandboxError, match="no kernel"):
        runner.run(b"x", SUBMISSION)


def test_an_answer_that_no_worker_comes_through_costs_only_itself(monkeypatch):
    call = lost(("4.3", "took too much memory"))
    monkeypatch.setattr(workers, "call", call)
    cells = [museum.first("04"), museum.solved("4.3"), museum.solved("4.31")]
    record, _ = runner.run(museum._bytes(cells), SUBMISSION, runner.Options(sandbox="none"))
    results = {result.id: result for result in record.exercises}
    assert call.asked == [{}, {"4.3": "took too much memory"}]
    assert results["4.3"].status == "error" and results["4.31"].points == 1
    assert any("4.3" in note and "took too much memory" in note for note in record.notes)


# --- disk ---


def test_a_folder_1500_deep_is_removed(tmp_path):
    deep = tmp_path / "deep"
    deep.mkdir()
    next(fill for name, fill, _ in ZIPS if name == "folders 1,500 deep")(deep)
    sandbox.remove_tree(deep)
    assert not deep.exists()


# --- what is published ---


def test_the_published_score_is_that_of_the_museum():
    guide = (museum.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert all(count >= 3 for count in SCORE.values())
    for kind, count in SCORE.items():
        assert f"| {kind} | {count} |" in guide, f"| {kind} | {count} |"
    assert f"{sum(SCORE.values())} attacks" in guide
    said = " ".join(finding.what for finding in doctor.attacks())
    assert all(f"{kind}: {count}" in said for kind, count in SCORE.items())

"""`course grade` with a runner that needs no kernel: the same bytes, nothing lost, nothing run twice, no traceback."""

import _thread
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import fake
import pytest
from needs import this_system

from course_lib.grading import grade, runner, sandbox
from course_lib.grading.grade import Progress, main

CLASS = {
    "alice/04_backpropagation.ipynb": "alice", "bob.ipynb": "bob", "carol.ipynb": "library", "dave.ipynb": "unreadable",
    "eve.ipynb": "raises", "José.ipynb": "silent", "x'\"<b>.ipynb": "odd",
}  # fmt: skip


@pytest.fixture(autouse=True)
def sandbox_is_there(monkeypatch):
    monkeypatch.setattr(sandbox, "probe", lambda: sandbox.Probe(True, "there"))


@pytest.fixture
def handed_in(tmp_path):
    root = tmp_path / "class"
    for name, text in CLASS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fake.notebook(text))
    return root


class Counted:
    """A runner that notes what it was asked to run."""

    def __init__(self, then=lambda data: None):
        self.students, self.then = [], then

    def __call__(self, data, submission, options):
        self.then(data)
        result = fake.run(data, submission, options)
        self.students.append(submission.student)
        return result


def key_file(tmp_path) -> str:
    path = tmp_path / "key"
    path.write_text("a secret of the course\n")
    return str(path)


def files(out: Path) -> dict[str, bytes]:
    """What must not depend on the number of workers."""
    found = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    return {name: data for name, data in found.items() if name not in ("timings.json", "times.svg")}


def statuses(out: Path) -> dict[str, str]:
    loaded = [json.loads(path.read_text()) for path in (out / "records").glob("*.json")]
    return {entry["submission"]["student"]: entry["status"] for entry in loaded}


def test_a_class_is_graded_and_every_submission_is_a_row(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([str(handed_in), "--out", str(out)], fake.run) == 0
    assert statuses(out) == {
        "alice": "ok", "bob": "ok", "carol": "ok", "dave": "unreadable", "eve": "dead", "José": "ok", "x'\"<b>": "ok",
    }  # fmt: skip
    eve = next(json.loads(p.read_text()) for p in (out / "records").glob("eve*"))
    assert "RuntimeError: the kernel's socket is gone" in eve["notes"][0]
    shown = capsys.readouterr()
    assert "5 ok, 1 dead, 1 unreadable. Sandbox: bwrap." in shown.out and "Traceback" not in shown.out + shown.err
    names = {path.name for path in out.iterdir()}
    assert {"grades.csv", "grades_canvas.csv", "grades_moodle.csv", "grades_nbgrader.csv", "overview.html"} <= names
    assert len(list((out / "feedback").iterdir())) == 7
    assert {p.name for p in (out / "questions").iterdir()} == {"4.Q1.html", "4.Q1.csv", "decide.csv"}
    assert not list(out.rglob(".part-*"))


def test_one_worker_and_four_give_the_same_bytes(handed_in, tmp_path):
    def slow(data):
        time.sleep((data[-50] + len(data)) % 7 / 100)

    made = []
    for jobs in ("1", "4"):
        out = tmp_path / jobs
        words = [str(handed_in), "--out", str(out), "-j", jobs, "--course-key", key_file(tmp_path)]
        assert main(words, Counted(slow)) == 0
        made.append(files(out))
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_a_second_run_runs_nothing_and_changes_nothing(handed_in, tmp_path):
    out = tmp_path / "out"
    (handed_in / "eve.ipynb").unlink()
    main([str(handed_in), "--out", str(out)], fake.run)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}
    again = Counted()
    assert main([str(handed_in), "--out", str(out)], again) == 0
    assert again.students == []
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in out.rglob("*") if path.is_file()}
    assert before == after


def test_only_what_changed_is_run(handed_in, tmp_path):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    (handed_in / "bob.ipynb").write_bytes(fake.notebook("bob, improved"))
    again = Counted()
    main([str(handed_in), "--out", str(out)], again)
    assert again.students == ["bob"]


def test_a_failure_of_the_grader_is_tried_again(handed_in, tmp_path):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    assert main([str(handed_in), "--out", str(out)], lambda data, of, options: fake.run(b"fine", of, options)) == 0
    assert statuses(out)["eve"] == "ok"


def test_other_checks_environment_or_secret_are_run_again(handed_in, tmp_path, monkeypatch):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    for change in (
        lambda: monkeypatch.setattr(grade, "checks_version", lambda chapter: "another"),
        lambda: monkeypatch.setattr(grade, "environment", lambda: "another"),
        lambda: (out / "seed").write_text("5"),
    ):
        change()
        again = Counted()
        main([str(handed_in), "--out", str(out)], again)
        assert len(again.students) == 6


def test_a_damaged_record_is_run_again(handed_in, tmp_path):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    path = next((out / "cache").iterdir())
    path.write_bytes(path.read_bytes()[:40])
    again = Counted()
    main([str(handed_in), "--out", str(out)], again)
    assert len(again.students) == 1


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_an_interrupted_run_goes_on_where_it_stopped(handed_in, tmp_path, capsys, jobs):
    out, key = tmp_path / "out", ["--course-key", key_file(tmp_path)]
    (handed_in / "eve.ipynb").unlink()
    count = iter(range(100))

    def interrupt(data):
        if next(count) == 2:
            _thread.interrupt_main()
        time.sleep(0.05)

    first, second = Counted(interrupt), Counted()
    assert main([str(handed_in), "--out", str(out), "-j", jobs, *key], first) == 130
    assert "The same command goes on from here" in capsys.readouterr().err
    assert main([str(handed_in), "--out", str(out), "-j", jobs, *key], second) == 0
    assert 0 < len(second.students) < 6
    assert sorted(first.students + second.students) == ["José", "alice", "bob", "carol", "dave", "x'\"<b>"]
    whole = tmp_path / "whole"
    main([str(handed_in), "--out", str(whole), *key], fake.run)
    assert files(whole) == files(out)


def test_results_of_broken_workers_are_asked_for_again():
    """A future that fails is no answer of the runner: it is run once more, alone, and then said to be dead."""
    from concurrent.futures import Future, ThreadPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    class Shaky(ThreadPoolExecutor):
        def submit(self, function, run, data, submission, options):
            seen.append(submission.student)
            if submission.student == "twice" or seen.count(submission.student) == 1:
                future = Future()
                future.set_exception(BrokenProcessPool("a worker was killed"))
                return future
            return super().submit(function, run, data, submission, options)

    seen, results = [], {}
    items = [grade.Item(fake.record(name).submission, name, found=Readable()) for name in ("once", "twice")]
    with Shaky(1) as executor:
        grade.run_all(items, executor, 2, fake.run, runner.Options(), lambda item, *r: results.update({item.key: r[0]}))
    assert seen.count("once") == 2 and results["once"].status == "ok"
    assert results["twice"].status == "dead" and "BrokenProcessPool" in results["twice"].notes[0]


class Readable:
    def read(self):
        return b"fine"


def test_no_more_is_under_way_than_there_are_workers(handed_in, tmp_path):
    busy, most, lock = [0], [0], threading.Lock()

    def watch(data):
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        time.sleep(0.02)
        with lock:
            busy[0] -= 1

    main([str(handed_in), "--out", str(tmp_path / "out"), "-j", "2"], Counted(watch))
    assert most[0] == 2


# --- points by hand ---


def fill(path: Path, points: str) -> None:
    header, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    filled = [",".join([*row.split(",")[:3], points, *row.split(",")[4:]]) for row in rows]
    path.write_text("\n".join([header, *filled]) + "\n", encoding="utf-8")


def total(out: Path, student: str) -> float:
    line = next(x for x in (out / "grades.csv").read_text("utf-8-sig").splitlines() if x.startswith(student))
    return float(line.split(",")[5])


def test_points_by_hand_are_merged_and_stay(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    before = total(out, "bob")
    sheet = out / "questions" / "4.Q1.csv"
    fill(sheet, "2.5")
    assert main([str(handed_in), "--out", str(out)], fake.run) == 0
    assert "points that were not merged" in capsys.readouterr().out and ",2.5," in sheet.read_text()
    assert main(["--out", str(out), "--merge", str(sheet)], fake.run) == 0
    assert total(out, "bob") == before + 2.5
    assert "2.5 of 6 points" in (out / "feedback" / "bob.html").read_text()
    again = Counted()
    assert main([str(handed_in), "--out", str(out)], again) == 0
    assert total(out, "bob") == before + 2.5 and again.students == []
    assert "not merged" not in capsys.readouterr().out.splitlines()[-1]


def test_a_faulty_sheet_changes_nothing(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    before = files(out)
    sheet = tmp_path / "points.csv"
    sheet.write_text("student,item,points\nbob,4.Q1,3\nbob,4.Q1,99\nnobody,4.Q1,1\n")
    assert main(["--out", str(out), "--merge", str(sheet)], fake.run) == 2
    shown = capsys.readouterr().err
    assert "row 3" in shown and "row 4" in shown and "Traceback" not in shown
    assert files(out) == before


# --- the command ---


@pytest.mark.parametrize(
    "words, said",
    [
        (["nowhere"], "nowhere: there is no such file or folder"),
        ([], "nothing was graded here yet"),
        (["{class}", "--roster", "no.csv"], "no.csv: cannot be read"),
        (["{class}", "--course-key", "no.key"], "no.key: cannot be read"),
        (["{class}", "--sandbox", "none"], "--trust-submissions"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(handed_in, tmp_path, capsys, words, said):
    words = [word.format(**{"class": handed_in}) for word in words]
    assert main([*words, "--out", str(tmp_path / "out")], fake.run) == 2
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown


def test_a_wall_without_a_limit_on_processes_is_said(handed_in, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sandbox, "probe_groups", lambda: sandbox.Probe(False, "no control groups here", "another user"))
    main([str(handed_in), "--out", str(tmp_path / "out")], fake.run)
    assert "warning: no control groups here. another user" in capsys.readouterr().err


def test_a_folder_without_notebooks(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), "--out", str(tmp_path / "out")], fake.run) == 2
    assert "no notebook in" in capsys.readouterr().err


@this_system(os.name == "nt", "other rights there")
def test_the_seed_is_drawn_once_and_kept_private(tmp_path):
    seed = grade.seed_of(tmp_path, None)
    assert seed == grade.seed_of(tmp_path, None)
    assert (tmp_path / "seed").stat().st_mode & 0o077 == 0
    key = Path(key_file(tmp_path))
    assert grade.seed_of(tmp_path, key) == grade.seed_of(tmp_path / "other", key) != seed


def test_file_names_of_students_are_safe_and_differ():
    names = ["alice", "Alice", "a/b", "../up", "", "José", "x" * 300, "a\\b", "con.html", "\ud800"]
    made = [grade.file_name(name) for name in names]
    assert len({name.lower() for name in made}) == len(names)
    assert all("/" not in name and ".." not in name and 0 < len(name) < 80 for name in made)


def test_a_page_of_somebody_who_is_gone_goes_too(handed_in, tmp_path):
    out = tmp_path / "out"
    main([str(handed_in), "--out", str(out)], fake.run)
    (handed_in / "bob.ipynb").unlink()
    main([str(handed_in), "--out", str(out)], fake.run)
    assert not (out / "feedback" / "bob.html").exists() and (out / "feedback" / "alice.html").exists()


def test_progress_in_plain_lines_and_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream in (io.StringIO(), Terminal()):
        clock = iter(range(0, 1000, 4))
        progress = Progress(10, stream, lambda clock=clock: next(clock))
        for _ in range(10):
            progress.advance()
        text = stream.getvalue()
        assert "10 of 10, 0:00 left" in text and text.endswith("\n")
        if stream.isatty():
            assert text.count("\r[") == 10 and "5 of 10, 0:20 left" in text
        else:
            assert "\r" not in text and text.splitlines()[0] == "3 of 10, 0:28 left" and len(text.splitlines()) == 4


def test_the_checks_version_follows_the_sources(tmp_path, monkeypatch):
    for folder in ("exercises", "grading"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_bytes(b"x = 1\r\n")
    monkeypatch.setattr(grade, "PACKAGE", tmp_path)
    version = grade.checks_version.__wrapped__
    versions = []
    for data in (b"x = 1\r\n", b"x = 1\n", b"x = 2\n"):
        (tmp_path / "exercises" / "a.py").write_bytes(data)
        versions.append(version("03"))
    assert versions[0] == versions[1] != versions[2]
    (tmp_path / "ops").mkdir()  # what references and answers are computed with
    (tmp_path / "ops" / "a.py").write_bytes(b"x = 1\n")
    (tmp_path / "validate.py").write_bytes(b"x = 1\n")
    with_library = version("03")
    (tmp_path / "validate.py").write_bytes(b"x = 2\n")
    other_library = version("03")
    assert len({versions[2], with_library, other_library}) == 3
    for name in ("ch03_perceptron", "ch04_backpropagation"):
        (tmp_path / "chapters" / name).mkdir(parents=True)
        (tmp_path / "chapters" / name / "exercises.py").write_bytes(b"x = 1\n")
    before = version("03"), version("04")
    assert before[0] != before[1]
    (tmp_path / "chapters" / "ch04_backpropagation" / "exercises.py").write_bytes(b"x = 2\n")
    assert version("03") == before[0] and version("04") != before[1]  # another chapter's definitions do not matter


def test_a_killed_run_goes_on_where_it_stopped(handed_in, tmp_path):
    """SIGKILL in the middle: no half-written file, and what was done is not done again."""
    (handed_in / "eve.ipynb").unlink()
    out, key = tmp_path / "out", ["--course-key", key_file(tmp_path)]
    words = [str(handed_in), "--out", str(out), "-j", "1", *key]
    # the sandbox is not what is tested here
    script = (
        "import sys, fake; from course_lib.grading import grade, sandbox; "
        "sandbox.choose = lambda wanted, trust: 'bwrap'; sys.exit(grade.main(sys.argv[1:], fake.slow_run))"
    )
    here = Path(__file__).resolve().parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])])}
    process = subprocess.Popen([sys.executable, "-c", script, *words], env=env, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list((out / "cache").glob("*.json"))) < 2:
        time.sleep(0.01)
    process.kill()
    assert process.wait() < 0
    again = Counted()
    assert main(words, again) == 0
    assert 0 < len(again.students) <= 4
    whole = tmp_path / "whole"
    main([str(handed_in), "--out", str(whole), *key], fake.run)
    assert {n: d for n, d in files(out).items() if ".part-" not in n} == files(whole)


def test_no_id_looks_like_one_that_was_hashed():
    ids = ["Zoé", "a" * 80, "x/../y", "CON ", "ann"]
    made = {grade.file_name(id) for id in ids}
    assert len(made) == len(ids)
    assert not made & {grade.file_name(name) for name in made - {"ann"}}


def test_two_notebooks_that_turn_out_to_be_of_one_chapter_are_one_row(tmp_path):
    """Their names and headings speak of two chapters, what is read in them of one."""
    for number, chapter in enumerate(("03", "04")):
        cell = {"cell_type": "code", "source": f"# Exercise {int(chapter)}.1: a", "metadata": {}, "outputs": []}
        path = tmp_path / "class" / "ann" / f"{number}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [cell], "metadata": {}}))
    (tmp_path / "class" / "bob.ipynb").write_bytes(fake.notebook("bob"))

    def all_of_chapter_4(data, submission, options):
        return fake.record(submission.student), {"wall": 0.1}

    assert main([str(tmp_path / "class"), "--out", str(tmp_path / "out")], all_of_chapter_4) == 0
    made = sorted((tmp_path / "out" / "records").iterdir())
    assert [path.name for path in made] == ["ann_04.json", "bob_04.json"]
    assert "not counted: ann/0.ipynb" in made[0].read_text()

"""Progress is never lost: two kernels at once, a kernel killed in the middle, a full disk, a damaged file."""

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from needs import this_system

from course_lib import syllabus
from course_lib.exercises import chapter_map, check, progress, registry, tries


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(tries, "_last", {})
    return path


def entry(id="4.3"):
    return progress.read()[id]


def test_the_file_stands_beside_the_notebook(tmp_path, monkeypatch):
    """Where the kernel started: a later chdir leaves it there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run([sys.executable, "-c", """
import os
from course_lib.exercises import check
os.chdir("elsewhere")
print(repr(check("4.3", abs).remark))
"""], cwd=tmp_path, env=without_progress(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "''"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".progress.json.lock", "elsewhere", "progress.json"]
    assert not list(elsewhere.iterdir())


def without_progress():
    return {name: value for name, value in os.environ.items() if name != "COURSE_PROGRESS"}


@this_system(os.name == "nt", "a folder in use cannot be deleted")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_working_folder_that_is_gone_costs_a_remark_only(tmp_path, when):
    gone = tmp_path / "gone"
    gone.mkdir()
    lines = ["from course_lib.exercises import check, progress_table", "import shutil; shutil.rmtree(sys.argv[1])"]
    code = "\n".join(["import sys", *(lines if when == "after" else lines[::-1]), """
for answer in (abs, lambda z: z + 1):
    result = check("4.3", answer)
    print(result.status, bool(result.remark))
progress_table()._repr_html_()
"""])
    done = subprocess.run([sys.executable, "-c", code, str(gone)], cwd=gone, env=without_progress(),
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["wrong", "True"] * 2
    assert not gone.exists()


def test_a_result_is_kept(file):
    assert progress.record("4.3", "mistake", 0) == ""
    assert progress.record("4.3", "right", 2) == ""
    kept = entry()
    assert (kept["status"], kept["points"], kept["attempts"]) == ("right", 2, 2)
    assert kept["first_right"]


def test_a_later_worse_result_never_takes_the_better_one_away(file):
    progress.record("4.3", "right", 2)
    first = entry()
    for status in ("wrong", "not attempted", "mistake", "time"):
        progress.record("4.3", status, 0)
    kept = entry()
    assert (kept["status"], kept["points"]) == ("right", 2)
    assert kept["first_right"] == first["first_right"]
    assert kept["attempts"] == 4  # a stub is no attempt


def test_the_last_kind_of_wrong_answer_is_shown(file):
    progress.record("4.3", "error", 0)
    progress.record("4.3", "mistake", 0)
    assert entry()["status"] == "mistake"


def test_a_stub_leaves_no_trace(file):
    def stub(z):
        raise NotImplementedError

    assert check("4.3", stub).status == "not attempted"
    assert not file.exists()


def test_no_path_and_no_code_are_stored(file):
    def very_own_name(z):
        return z

    check("4.3", very_own_name)
    text = file.read_text()
    assert "very_own_name" not in text and str(file.parent) not in text


def test_fields_of_a_newer_course_are_kept(file):
    entries = {"4.3": {"status": "right", "points": 1, "note": "mine"}, "77.1": {"status": "right", "points": 5}}
    file.write_text(json.dumps({"version": 9, "badge": "x", "exercises": entries}))
    progress.record("4.3", "wrong", 0)
    data = json.loads(file.read_text())
    assert data["badge"] == "x" and data["exercises"]["77.1"]["points"] == 5
    assert data["exercises"]["4.3"]["note"] == "mine" and data["exercises"]["4.3"]["status"] == "right"


WRITER = """
import sys
from course_lib.exercises import progress
who, count = sys.argv[1], int(sys.argv[2])
for k in range(count):
    while progress.record(f"{who}.{k % 5}", "right" if k == 0 else "wrong", 1 if k == 0 else 0):
        pass
    progress.record("1.1", "wrong", 0)
print("done")
"""


def writer(who, count):
    return subprocess.Popen([sys.executable, "-c", WRITER, who, str(count)], stdout=subprocess.PIPE, text=True)


def test_two_kernels_at_once_lose_nothing(file):
    both = [writer("3", 40), writer("4", 40)]
    assert [p.communicate(timeout=240)[0].strip() for p in both] == ["done", "done"]
    entries = progress.read()
    assert {id: e["attempts"] for id, e in entries.items() if id != "1.1"} == {
        f"{who}.{k}": 8 for who in "34" for k in range(5)}
    assert entries["1.1"]["attempts"] == 80
    assert entries["3.0"]["status"] == entries["4.0"]["status"] == "right"


@this_system(os.name == "nt", "needs SIGKILL")
def test_a_kernel_killed_in_the_middle_leaves_a_whole_file(file):
    progress.record("4.3", "right", 1)
    for _ in range(3):
        process = writer("3", 100_000)
        end = time.monotonic() + 120
        while "3.0" not in progress.read() and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert progress.read()["4.3"]["status"] == "right"
        json.loads(file.read_text())
        start = time.monotonic()
        assert progress.record("4.4", "right", 1) == "", "the dead kernel still holds the lock"
        assert time.monotonic() - start < 60
    for path in file.parent.glob(".*.part"):
        os.utime(path, (0, 0))
    progress.record("4.4", "right", 1)
    assert sorted(p.name for p in file.parent.iterdir()) == [".progress.json.lock", "progress.json"]


def test_a_full_disk_costs_a_remark_only(file, monkeypatch):
    progress.record("4.3", "right", 1)
    before = file.read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = check("4.3", abs)
    assert result.status not in ("right", "not attempted")
    assert "No space left on device" in result.remark and "\n" not in result.remark
    assert "No space left" in result._repr_html_()
    assert file.read_bytes() == before
    assert sorted(p.name for p in file.parent.iterdir()) == [".progress.json.lock", "progress.json"]


def test_a_folder_that_cannot_be_written_costs_a_remark_only(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "no" / "such" / "folder" / "progress.json"))
    result = check("4.3", abs)
    assert result.remark and result.status != "error"


@pytest.mark.parametrize("content", [
    "", "{", "[]", "null", '{"exercises": 3}', '{"exercises": {"4.3": 1}}', "\x00" * 50, "[" * 50_000,
    '{"exercises": {"4.3": {"status": 5, "points": "x", "attempts": null}}}',
])  # fmt: skip
def test_a_damaged_file_is_kept_aside(file, content):
    for number in (1, 2):
        file.write_text(content)
        assert progress.read() == {}
        chapter_map.progress_table()._repr_html_()
        remark = progress.record("4.3", "right", 1)
        aside = file.with_name(f"progress.damaged-{number}.json")
        assert aside.read_text() == content
        assert aside.name in remark
        assert entry()["status"] == "right"


def test_a_file_that_is_not_text_is_kept_aside(file):
    file.write_bytes(b"\xff\xfe\x00\x80")
    assert progress.read() == {}
    progress.record("4.3", "right", 1)
    assert file.with_name("progress.damaged-1.json").read_bytes() == b"\xff\xfe\x00\x80"


# --- the start page ---


def test_the_table_counts_what_was_passed(file):
    row = next(r for r in chapter_map.progress_table().rows if r["chapter"] == "04")
    assert row["passed"] == row["points"] == 0
    exercise = registry.exercises("04")[0]
    progress.record(exercise.id, "right", exercise.points)
    table = chapter_map.progress_table()
    row = next(r for r in table.rows if r["chapter"] == "04")
    assert (row["passed"], row["points"]) == (1, exercise.points)
    assert exercise.id not in row["open"] and len(row["open"]) == row["exercises"] - 1
    page = table._repr_html_()
    assert f"1 of {row['exercises']}" in page and "1 of" in repr(table)
    for other in row["open"]:
        assert other in page


def test_the_table_counts_the_core_path_where_the_exercises_state_it(file, monkeypatch):
    core, further = registry.exercises("04")[:2]
    stated = [dataclasses.replace(core, core=True), dataclasses.replace(further, core=False)]
    monkeypatch.setattr(chapter_map.registry, "exercises", lambda chapter: stated if chapter == "04" else [])
    progress.record(core.id, "right", core.points)
    assert "1 of 2, core 1 of 1" in chapter_map.progress_table()._repr_html_()


def test_the_index_finds_every_topic_and_filters():
    index = syllabus.index()
    assert len(syllabus.entries()) == sum(bool(t.get("section")) for t in syllabus.load()["topic"])
    data = index._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert "sigmoid" in data["text/html"].lower()
    total = len(syllabus.entries())
    assert f"{total} of {total} topics" in data["text/html"], "the list that scrolls says how long it is"
    index.field.value = "softmax"
    assert "softmax" in index.shown.value.lower()
    assert len(index.shown.value) < len(data["text/html"])
    index.field.value = "<script>nothing"
    assert "<script>" not in index.shown.value and "No topic" in index.shown.value


def test_every_link_of_the_index_names_a_chapter():
    files = {chapter.file for chapter in syllabus.chapters().values()}
    assert {entry.link.partition("#")[0] for entry in syllabus.entries()} <= files

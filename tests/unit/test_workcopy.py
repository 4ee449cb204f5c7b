"""The student's working copy: whatever happens during an update, no work is lost."""

import copy
import errno
import json
import multiprocessing
import os
import random
import time
from pathlib import Path

import pytest
from nbformat import v4
from needs import this_system

from course_lib.app import workcopy

NAME = "04_topic.ipynb"

STUB = "# Exercise 4.{n}: {f}\ndef {f}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError"
SOLVED = "# Exercise 4.1: f\ndef f(x):\n    return x + 1"


def text(source, id):
    return v4.new_markdown_cell(source, id=id)


def code(source, id, **metadata):
    return v4.new_code_cell(source, id=id, metadata=metadata)


def chapter():
    """A chapter as the course hands it out."""
    graded = {"nbgrader": {"grade_id": "exercise-4-1", "solution": True}}
    return v4.new_notebook(
        cells=[
            text("# Topic", "a0"),
            code("import numpy as np", "a1"),
            text("Write f.", "a2"),
            code(STUB.format(n=1, f="f"), "a3", **graded),
            code('check("4.1", f)', "a4"),
            text("Write g.", "a5"),
            code(STUB.format(n=2, f="g"), "a6", nbgrader={"grade_id": "exercise-4-2"}),
            code('check("4.2", g)', "a7"),
            text("**Open question 4.Q1** (3 points)\n\nWhy?", "a8"),
            text("*Your answer* (4.Q1)", "a9"),
            code("demos.Show()", "aa"),
        ]
    )


def newer():
    """The same chapter with new words, a new cell, and ids that have moved on."""
    notebook = chapter()
    notebook.cells[0].source = "# Topic, second edition"
    notebook.cells[2].source = "Write f, equation (4.1)."
    notebook.cells[10].source = "demos.Show(lr=0.1)"
    notebook.cells.insert(5, text("A remark that is new.", "b1"))
    return notebook


def cell(notebook, id):
    return next(cell for cell in notebook.cells if cell.id == id)


def sources(notebook):
    return [cell.source for cell in notebook.cells]


@pytest.fixture
def course(tmp_path):
    """A course with one chapter, and a working copy of it."""
    root, work = tmp_path / "course", tmp_path / "work"
    (root / "notebooks").mkdir(parents=True)
    publish(root, chapter())
    workcopy.prepare(root, work, aliases={})
    return root, work


def publish(root, notebook, name=NAME):
    (root / "notebooks" / name).write_bytes(workcopy._dump(notebook))


def save(work, notebook, name=NAME):
    (work / name).write_bytes(workcopy._dump(notebook))


def load(path):
    return workcopy._load(path.read_bytes())


def update(root, work, **options):
    return workcopy.update(root, work, **{"aliases": {}, **options})


def backups(work):
    return sorted((work / "backups").glob("*.ipynb")) if (work / "backups").exists() else []


# prepare --------------------------------------------------------------------------------------------------------------


def test_first_use_copies_the_chapter_byte_by_byte(course):
    root, work = course
    assert (work / NAME).read_bytes() == (root / "notebooks" / NAME).read_bytes()


def test_prepare_never_overwrites(course):
    root, work = course
    (work / NAME).write_text("mine")
    assert workcopy.prepare(root, work, aliases={}) == []
    publish(root, newer())
    [said] = workcopy.prepare(root, work, aliases={})
    assert "newer edition" in said and "course update" in said
    assert (work / NAME).read_text() == "mine"


def test_two_windows_preparing_at_once_keep_the_first_file(course, monkeypatch):
    root, work = course
    (work / NAME).unlink()
    real = workcopy.create_file

    def slow(path, *args, **options):
        path.write_text("the other window was faster")
        real(path, *args, **options)

    monkeypatch.setattr(workcopy, "create_file", slow)
    workcopy.prepare(root, work, aliases={})
    assert (work / NAME).read_text() == "the other window was faster"


def test_original_is_written_before_the_students_file(course, monkeypatch):
    """Else a kill between the two would leave a file whose origin is not known."""
    root, work = course
    order = []
    for name in ("create_file", "replace_file"):
        monkeypatch.setattr(workcopy, name, lambda path, *args, **options: order.append(path))
    (work / NAME).unlink()
    workcopy.prepare(root, work, aliases={})
    assert order == [work / ".originals" / NAME, work / NAME]


# merge ----------------------------------------------------------------------------------------------------------------


def merged(change, base=None, new=None):
    mine = copy.deepcopy(chapter())
    change(mine)
    return workcopy.merge(base or chapter(), mine, new or newer())


def test_untouched_cells_become_the_new_ones():
    result, report = merged(lambda mine: None)
    assert sources(result) == sources(newer())
    assert report == []


def test_an_answer_stays_and_everything_round_it_is_new():
    result, report = merged(lambda mine: mine.cells[3].update(source=SOLVED))
    expected = sources(newer())
    expected[3] = SOLVED
    assert sources(result) == expected
    assert report == ["4.1: your answer kept"]


def test_an_answer_to_an_open_question_stays():
    result, _ = merged(lambda mine: mine.cells[9].update(source="Because."))
    assert cell(result, "a9").source == "Because."
    assert "*Your answer* (4.Q1)" not in sources(result)


def test_a_changed_scaffold_is_reported():
    new = newer()
    new.cells[3].source = new.cells[3].source.replace("def f(x)", "def f(x, y)")
    result, report = merged(lambda mine: mine.cells[3].update(source=SOLVED), new=new)
    assert SOLVED in sources(result)
    assert any("the course has changed" in line for line in report)


def test_own_cells_stay_behind_their_neighbour():
    def change(mine):
        mine.cells.insert(4, code("f(3)", "own1"))
        mine.cells.insert(4, text("my note", "own2"))
        mine.cells.insert(0, text("my name", "own3"))

    result, report = merged(change)
    at = sources(result).index(STUB.format(n=1, f="f"))
    assert sources(result)[at : at + 3] == [STUB.format(n=1, f="f"), "my note", "f(3)"]
    assert sources(result)[0] == "my name"
    assert report == ["3 cells of your own kept"]


def test_text_changed_by_the_student_only_stays_in_place():
    result, _ = merged(lambda mine: mine.cells[5].update(source="Write g. NB: easy"))
    assert "Write g. NB: easy" in sources(result)
    assert "Write g." not in sources(result)


def test_text_changed_by_both_stands_twice():
    result, report = merged(lambda mine: mine.cells[2].update(source="Write f. I do not get it"))
    at = sources(result).index("Write f, equation (4.1).")
    assert sources(result)[at + 1].endswith("Write f. I do not get it")
    assert any("your version stands below" in line for line in report)


def test_code_changed_by_both_is_kept_as_text_that_cannot_fail():
    result, _ = merged(lambda mine: mine.cells[10].update(source="demos.Show(old=3)"))
    at = sources(result).index("demos.Show(lr=0.1)")
    kept = result.cells[at + 1]
    assert kept.cell_type == "markdown" and "```python\ndemos.Show(old=3)\n```" in kept.source


def test_an_exercise_cell_in_two_places_is_kept_in_both():
    def change(mine):
        mine.cells[3].source = SOLVED
        mine.cells.append(code(SOLVED.replace("x + 1", "1 + x"), "dup"))

    result, _ = merged(change)
    assert SOLVED in sources(result) and SOLVED.replace("x + 1", "1 + x") in sources(result)
    assert STUB.format(n=1, f="f") not in sources(result)


def test_an_exercise_cell_that_was_split_stays_in_order():
    def change(mine):
        mine.cells[3].source = "# Exercise 4.1: f\nhelper = 1"
        mine.cells.insert(4, code("def f(x):\n    return x + helper", "own"))

    result, _ = merged(change)
    at = sources(result).index("# Exercise 4.1: f\nhelper = 1")
    assert sources(result)[at + 1] == "def f(x):\n    return x + helper"
    assert STUB.format(n=1, f="f") not in sources(result)


def test_two_exercises_joined_in_one_cell_get_no_new_stub():
    both = SOLVED + "\n# Exercise 4.2: g\ndef g(x):\n    return x"

    def change(mine):
        mine.cells[3].source = both
        del mine.cells[6]

    result, _ = merged(change)
    assert both in sources(result)
    assert STUB.format(n=2, f="g") not in sources(result)


def strip(notebook):
    for cell in notebook.cells:
        cell.metadata = {}
        del cell["id"]
    notebook.nbformat_minor = 4


def test_stripped_metadata_and_ids():
    def change(mine):
        mine.cells[3].source = SOLVED
        mine.cells[9].source = "Because."
        mine.cells.insert(4, code("f(3)", "own1"))
        strip(mine)

    result, _ = merged(change)
    found = sources(result)
    expected = sources(newer())
    expected[3], expected[9 + 1] = SOLVED, "Because."
    expected.insert(4, "f(3)")
    assert found == expected
    assert cell(result, "a3").metadata["nbgrader"]["grade_id"] == "exercise-4-1"


def test_an_answer_without_its_first_line_is_found_by_the_functions_name():
    def change(mine):
        mine.cells[3].source = "def f(x):\n    return 7 * x"
        strip(mine)

    result, _ = merged(change)
    assert cell(result, "a3").source == "def f(x):\n    return 7 * x"
    assert STUB.format(n=1, f="f") not in sources(result)


@pytest.mark.parametrize("origin", [chapter(), None])
def test_an_answer_that_is_checked_under_another_name_is_found_there(origin):
    new, mine = newer(), chapter()
    cell(new, "a3").source = cell(new, "a3").source.replace("def f(", "def new_f(")
    cell(new, "a4").source = 'check("4.1", new_f)'
    mine.cells[3].source = SOLVED
    result, report = workcopy.merge(origin, mine, new)
    assert cell(result, "a3").source == f"{SOLVED}\nnew_f = f"
    assert cell(result, "a4").source == 'check("4.1", new_f)'
    assert any("`new_f`" in line for line in report)
    again, report = workcopy.merge(new, result, new)
    assert sources(again) == sources(result) and not any("`new_f`" in line for line in report)


def test_an_untouched_answer_gets_its_new_name_without_a_further_line():
    new = newer()
    cell(new, "a3").source = cell(new, "a3").source.replace("def f(", "def new_f(")
    cell(new, "a4").source = 'check("4.1", new_f)'
    result, report = merged(lambda mine: None, new=new)
    assert sources(result) == sources(new) and report == []


def test_a_cell_the_course_dropped_goes_only_when_untouched():
    new = newer()
    del new.cells[7:9]  # exercise 4.2 is gone
    unsolved, _ = merged(lambda mine: mine.cells[3].update(source=SOLVED), new=new)
    assert not any("4.2" in source for source in sources(unsolved))
    mine_g = "# Exercise 4.2: g\ndef g(x):\n    return 2 * x"
    solved, _ = merged(lambda mine: mine.cells[6].update(source=mine_g), new=new)
    assert mine_g in sources(solved)


def test_unknown_origin_loses_nothing():
    mine = chapter()
    mine.cells[3].source = SOLVED
    mine.cells[2].source = "my own words"
    mine.cells.append(text("at the end", "own"))
    result, _ = workcopy.merge(None, mine, newer())
    joined = "\n".join(sources(result))
    assert all(piece in joined for piece in (SOLVED, "my own words", "at the end", *sources(newer())[4:]))


def test_outputs_stay_with_code_that_did_not_change():
    def change(mine):
        mine.cells[1].outputs = [v4.new_output("stream", text="ran")]
        mine.cells[10].outputs = [v4.new_output("stream", text="old picture")]

    result, _ = merged(change)
    assert cell(result, "a1").outputs[0].text == "ran"
    assert cell(result, "aa").outputs == []


def test_ids_are_unique_and_those_of_the_course_stay():
    def change(mine):
        mine.cells.insert(1, code("mine()", "b1"))  # an id that the new chapter gives to another cell
        mine.cells.insert(1, code("mine()", "b1"))

    result, _ = merged(change)
    ids = [cell.id for cell in result.cells]
    assert len(set(ids)) == len(ids)
    assert cell(result, "b1").source == "A remark that is new."


EDITS = ["edit", "append", "insert", "insert text", "delete", "copy", "split", "move", "join", "strip"]


@pytest.mark.parametrize("seed", range(60))
def test_no_line_a_student_wrote_is_ever_lost(seed):
    """Random edits: change, delete, duplicate, split, join, move, strip; every line of the student's own remains."""
    rng = random.Random(seed)
    mine, wrote = chapter(), []
    for step in range(rng.randint(1, 12)):
        i = rng.randrange(len(mine.cells))
        line = f"student line {seed}.{step}"
        what = rng.choice(EDITS)
        here = mine.cells[i]
        if what == "edit":
            here.source = line
        elif what == "append":
            here.source += f"\n{line}"
        elif what == "insert":
            mine.cells.insert(i, code(line, f"n{step}"))
        elif what == "insert text":
            mine.cells.insert(i, text(line, f"n{step}"))
        elif what == "copy":
            mine.cells.insert(rng.randrange(len(mine.cells)), copy.deepcopy(here))
        elif what == "split" and "\n" in here.source:
            twin = copy.deepcopy(here)
            here.source, twin.source = here.source.split("\n", 1)
            mine.cells.insert(i + 1, twin)
        elif what == "move":
            mine.cells.insert(rng.randrange(len(mine.cells)), mine.cells.pop(i))
        elif what == "join" and i and mine.cells[i - 1].cell_type == here.cell_type:
            mine.cells[i - 1].source += f"\n{mine.cells.pop(i).source}"
        elif what == "delete" and len(mine.cells) > 1:
            mine.cells.pop(i)
        elif what == "strip":
            here.metadata = {}
        else:
            continue
    everything = "\n".join(sources(mine))
    wrote = [line for line in everything.splitlines() if line.startswith("student line")]
    for base in (chapter(), None):
        result, _ = workcopy.merge(base, mine, newer())
        kept = "\n".join(sources(result)).splitlines()
        assert set(wrote) <= set(kept), set(wrote) - set(kept)
        ids = [cell.id for cell in result.cells]
        assert len(set(ids)) == len(ids)
        again, _ = workcopy.merge(newer(), result, newer())
        assert sources(again) == sources(result)


# update ---------------------------------------------------------------------------------------------------------------


def test_update_keeps_a_backup_and_is_idempotent(course):
    root, work = course
    mine = load(work / NAME)
    mine.cells[3].source = SOLVED
    save(work, mine)
    before = (work / NAME).read_bytes()
    publish(root, newer())
    first = update(root, work)
    assert "updated" in first[0] and "4.1: your answer kept" in first[1]
    assert [path.read_bytes() for path in backups(work)] == [before]
    after = (work / NAME).read_bytes()
    assert update(root, work) == [f"{NAME} is up to date"]
    assert (work / NAME).read_bytes() == after and len(backups(work)) == 1


def test_update_without_a_newer_chapter_touches_nothing(course):
    root, work = course
    save(work, v4.new_notebook(cells=[text("all deleted", "x")]))
    before = (work / NAME).stat().st_mtime_ns
    assert update(root, work) == [f"{NAME} is up to date"]
    assert (work / NAME).stat().st_mtime_ns == before and not backups(work)


def test_killed_before_the_original_is_noted_the_next_update_finishes(course, monkeypatch):
    root, work = course
    publish(root, newer())
    real = workcopy.replace_file

    def dies(path, *args, **options):
        if path.parent.name == ".originals":
            raise KeyboardInterrupt
        real(path, *args, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(workcopy, "replace_file", dies)
        update(root, work)
    after = (work / NAME).read_bytes()
    assert update(root, work) == [f"{NAME} is up to date"]
    assert (work / NAME).read_bytes() == after and len(backups(work)) == 1


def update_for_ever(root, work):
    while True:
        for edition in (newer(), chapter()):
            workcopy.replace_file(root / "notebooks" / NAME, workcopy._dump(edition))
            update(root, work)


@this_system(os.name == "nt", "Windows cannot fork")
def test_killed_at_any_moment_the_answer_is_there(course):
    root, work = course
    mine = load(work / NAME)
    mine.cells[3].source = SOLVED
    save(work, mine)
    rng = random.Random(0)
    for _ in range(15):
        child = multiprocessing.get_context("fork").Process(target=update_for_ever, args=(root, work))
        before = len(backups(work))
        child.start()
        while len(backups(work)) == before:  # a slow machine: wait until the child works at all
            assert child.is_alive(), "an update failed"
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.05))
        child.kill()
        child.join()
        workcopy.prepare(root, work)  # the next start puts back what was just being replaced
        assert sources(load(work / NAME)).count(SOLVED) == 1
        assert all(load(path) is not None for path in backups(work))
    update(root, work)  # what was killed is finished by running the command again
    publish(root, newer())
    update(root, work)
    expected = sources(newer())
    expected[3] = SOLVED
    assert sources(load(work / NAME)) == expected


@pytest.mark.parametrize("fails_at", range(3))
def test_full_disk_leaves_the_notebook_as_it_was(course, monkeypatch, fails_at):
    root, work = course
    mine = load(work / NAME)
    mine.cells[3].source = SOLVED
    save(work, mine)
    before = (work / NAME).read_bytes()
    publish(root, newer())
    count = iter(range(100))
    real = os.fsync

    def full(handle):
        if os.path.isfile(f"/proc/self/fd/{handle}") and next(count) == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        report = update(root, work)
    assert "No space left" in report[-1] and "run the command again" in report[-1]
    have = load(work / NAME)
    assert (work / NAME).read_bytes() == before or (fails_at == 2 and SOLVED in sources(have))
    assert not list(work.rglob("*.part"))
    update(root, work)
    assert SOLVED in sources(load(work / NAME)) and "A remark that is new." in sources(load(work / NAME))


def test_a_save_during_the_update_wins(course, monkeypatch):
    root, work = course
    publish(root, newer())
    real = workcopy.merge

    def meanwhile(*notebooks):
        mine = chapter()
        mine.cells[3].source = SOLVED
        save(work, mine)
        return real(*notebooks)

    monkeypatch.setattr(workcopy, "merge", meanwhile)
    assert "saved by another program" in update(root, work)[-1]
    assert SOLVED in sources(load(work / NAME))


@pytest.mark.parametrize("moment", ["rename", "read_bytes", "link"])
def test_a_save_at_any_moment_of_the_replacement_is_in_its_place(course, monkeypatch, moment):
    """Another program saves just before one of the steps: its version stays, whole, and every other is a backup."""
    root, work = course
    publish(root, newer())
    saved = chapter()
    saved.cells[3].source = SOLVED
    before = (work / NAME).read_bytes()
    where = os if moment != "read_bytes" else Path
    real, done = getattr(where, moment), []

    def meanwhile(first, *rest, **options):
        if not done and (".aside" in f"{first} {rest}" or (moment == "link" and rest[0] == work / NAME)):
            done.append(True)
            save(work, saved)
        return real(first, *rest, **options)

    monkeypatch.setattr(where, moment, meanwhile)
    assert "saved by another program" in update(root, work)[-1]
    assert done and sources(load(work / NAME))[3] == SOLVED
    assert before in [path.read_bytes() for path in backups(work)]
    assert not list(work.glob(".*.aside"))


def test_a_symbolic_link_stays_one(course, tmp_path):
    root, work = course
    publish(root, newer())
    real = tmp_path / "elsewhere.ipynb"
    (work / NAME).rename(real)
    (work / NAME).symlink_to(real)
    assert "updated" in update(root, work)[0]
    assert (work / NAME).is_symlink() and sources(load(real)) == sources(newer())


@pytest.mark.parametrize("form", [
    b'{"cells": ' + b"[" * 30_000 + b"]" * 30_000 + b', "nbformat": 4}',
    b'{"cells": [{"cell_type": "markdown", "source": "\\ud800", "metadata": {}}], "metadata": {}, "nbformat": 4}',
    b'{"cells": [], "metadata": [1], "nbformat": 4}',
    b'{"cells": [{"cell_type": "code", "source": "# Exercise 4.1: affine", "metadata": {"nbgrader": 3}}],'
    b' "metadata": {}, "nbformat": 4}',
])
def test_a_strange_form_is_left_alone_and_the_next_chapter_is_updated(course, form):
    root, work = course
    other = root / "notebooks" / "05_other.ipynb"
    (work / NAME).write_bytes(form)
    publish(root, newer())
    other.write_bytes(workcopy._dump(chapter()))
    report = update(root, work)
    assert NAME in report[0] and "left as it is" in report[0] and "Error" in report[0], report
    assert (work / NAME).read_bytes() == form and (work / other.name).exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"nbformat": 4}', b"\xff\xfe", b'{"cells": [3]}'])
def test_broken_files_are_kept_aside(course, damage):
    root, work = course
    (work / NAME).write_bytes(damage)
    report = update(root, work)
    assert "could not be read" in report[0] and "backups/" in report[0]
    assert [path.read_bytes() for path in backups(work)] == [damage]
    assert (work / NAME).read_bytes() == (root / "notebooks" / NAME).read_bytes()


def test_a_renamed_chapter_keeps_its_student(course):
    root, work = course
    mine = load(work / NAME)
    mine.cells[3].source = SOLVED
    save(work, mine)
    (root / "notebooks" / NAME).unlink()
    publish(root, newer(), "04_better.ipynb")
    aliases = {NAME: "04_better.ipynb"}
    report = workcopy.update(root, work, names=[NAME], aliases=aliases)
    assert "is now called 04_better.ipynb" in report[0]
    assert not (work / NAME).exists()
    expected = sources(newer())
    expected[3] = SOLVED
    assert sources(load(work / "04_better.ipynb")) == expected
    assert workcopy.update(root, work, aliases=aliases) == ["04_better.ipynb is up to date"]


def test_prepare_renames_too_and_two_names_are_left_alone(course):
    root, work = course
    (root / "notebooks" / NAME).unlink()
    publish(root, newer(), "04_better.ipynb")
    aliases = {NAME: "04_better.ipynb"}
    before = (work / NAME).read_bytes()
    workcopy.prepare(root, work, aliases=aliases)
    assert (work / "04_better.ipynb").read_bytes() == before
    (work / NAME).write_text("older work")
    assert "left as it is" in workcopy.prepare(root, work, aliases=aliases)[0]
    assert (work / NAME).read_text() == "older work"


def test_a_notebook_of_the_students_own_is_left_alone(course):
    root, work = course
    (work / "notes.ipynb").write_text("{}")
    assert "not a chapter" in update(root, work, names=["notes.ipynb"])[0]
    assert (work / "notes.ipynb").read_text() == "{}"


def test_an_old_notebook_format_is_read(course):
    root, work = course
    mine = json.loads((work / NAME).read_text())
    mine["nbformat_minor"] = 2
    for entry in mine["cells"]:
        del entry["id"]
    mine["cells"][3]["source"] = SOLVED
    (work / NAME).write_text(json.dumps(mine))
    publish(root, newer())
    update(root, work)
    assert SOLVED in sources(load(work / NAME))

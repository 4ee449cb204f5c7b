"""Notebooks of an earlier edition: all that their cells took from the course is still found."""

import json
from pathlib import Path

import nbformat
import pytest

from course_lib.app import workcopy
from course_lib.exercises import chapter_map, progress, registry

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
EARLIER = json.loads((Path(__file__).parent / "earlier_edition.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EARLIER)
def test_names_of_an_earlier_notebook_resolve(name):
    found: dict = {}
    for line in EARLIER[name]["imports"]:
        exec(line, found)
    for dotted in EARLIER[name]["names"]:
        module, attribute = dotted.split(".")
        assert getattr(found[module], attribute) is not None, dotted


def test_what_never_was_is_not_found():
    with pytest.raises(ImportError):
        exec("from course_lib.experiments import ch77")
    with pytest.raises((ImportError, AttributeError)):
        exec("from course_lib.doctor import nobody")


@pytest.mark.parametrize("name", EARLIER)
def test_an_earlier_working_copy_is_brought_up_to_date_without_loss(name, tmp_path):
    root, work, file = tmp_path / "course", tmp_path / "work", f"{name}.ipynb"
    (root / "notebooks").mkdir(parents=True)
    today = nbformat.read(NOTEBOOKS / file, 4)
    earlier = nbformat.read(NOTEBOOKS / file, 4)
    head = next(cell for cell in earlier.cells if "from course_lib.exercises import" in cell.source)
    own = [line for line in head.source.splitlines() if not line.startswith("from course_lib")]
    head.source = "\n".join([*own, *EARLIER[name]["imports"]])
    nbformat.write(earlier, root / "notebooks" / file)
    workcopy.prepare(root, work, aliases={})
    mine = nbformat.read(work / file, 4)
    answers = [cell for cell in mine.cells if "raise NotImplementedError" in cell.source]
    for number, cell in enumerate(answers):
        cell.source = cell.source.replace("raise NotImplementedError", f"mine = {number}")
    mine.cells.append(nbformat.v4.new_code_cell("print('a cell of my own')"))
    nbformat.write(mine, work / file)
    nbformat.write(today, root / "notebooks" / file)
    assert any("newer edition" in line for line in workcopy.prepare(root, work, aliases={}))
    workcopy.update(root, work, aliases={})
    after = [cell.source for cell in nbformat.read(work / file, 4).cells]
    assert answers and all(cell.source in after for cell in answers) and "print('a cell of my own')" in after
    assert next(cell.source for cell in today.cells if "from course_lib.exercises import" in cell.source) in after


def test_an_earlier_progress_file_counts(tmp_path, monkeypatch):
    """As an earlier edition wrote it, with every exercise of its chapters."""
    file = tmp_path / "progress.json"
    entry = {"status": "right", "points": 1, "attempts": 2, "last": "2026-10-01T10:00:00+00:00",
             "first_right": "2026-10-01T10:00:00+00:00", "best": "2026-10-01T10:00:00+00:00"}
    numbers = {"0": 1, "1": 27, "2": 30, "3": 23, "4": 35}
    ids = [f"{chapter}.{number}" for chapter, last in numbers.items() for number in range(1, last + 1)]
    file.write_text(json.dumps({"version": 1, "exercises": dict.fromkeys(ids, entry)}))
    monkeypatch.setenv("COURSE_PROGRESS", str(file))
    assert set(progress.read()) == set(ids) <= {exercise.id for exercise in registry.all_exercises()}
    assert progress.record("4.3", "wrong", 0) == ""
    assert progress.read()["4.3"]["status"] == "right" and progress.read()["4.3"]["attempts"] == 3
    assert "4" in repr(chapter_map.progress_table())

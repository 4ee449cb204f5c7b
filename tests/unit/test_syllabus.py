"""Every place that the syllabus names exists: sections, functions, exercises, live figures, experiments."""

import importlib
from pathlib import Path

import pytest

from course_lib import syllabus
from course_lib.authoring import notebook
from course_lib.exercises import registry

ROOT = Path(__file__).resolve().parents[2]
LOADED = syllabus.load()
ROWS = [(kind, row) for kind in ("topic", "figure", "task") for row in LOADED[kind]]
FIELDS = {
    "topic": {"id", "title", "section", "functions", "exercises", "demos", "experiments"},
    "figure": {"id", "demo"},
    "task": {"id", "exercises"},
}
HEADINGS = {chapter.number: notebook.headings(chapter.cells()) for chapter in notebook.chapters(ROOT)}
EXERCISES = {exercise.id for exercise in registry.all_exercises()}


def resolve(dotted):
    """The object behind "course_lib.ops.sigmoid": an attribute where there is one (nn.fit), else a module."""
    first, *rest = dotted.split(".")
    name, found = first, importlib.import_module(first)
    for part in rest:
        name = f"{name}.{part}"
        found = getattr(found, part) if hasattr(found, part) else importlib.import_module(name)
    return found


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=lambda value: value["id"] if isinstance(value, dict) else value)
def test_every_name_resolves(kind, row):
    from course_lib.viz import demos

    assert set(row) <= FIELDS[kind], "a key that nobody reads, perhaps misspelled"
    if "section" in row:
        number, hash, heading = row["section"].partition("#")
        assert hash and heading in HEADINGS[number], f"no heading {heading!r} in chapter {number}"
    for dotted in row.get("functions", ()):
        assert callable(resolve(dotted)), dotted
    for dotted in row.get("experiments", ()):
        found = resolve(dotted)
        assert callable(found) and found.__module__.endswith((".experiments", ".instruments")), dotted
    assert set(row.get("exercises", ())) <= EXERCISES
    assert set(row.get("demos", ())) | {row[key] for key in ("demo",) if key in row} <= set(demos.ALL)


def test_ids_are_unique():
    ids = [row["id"] for _, row in ROWS]
    assert len(set(ids)) == len(ids)


def test_the_resolver_can_fail():
    for wrong in ("course_lib.ops.no_such_function", "course_lib.no_such_module.f", "course_lib.ops.sigmoid.nothing"):
        with pytest.raises((AttributeError, ModuleNotFoundError)):
            resolve(wrong)


def test_every_exercise_of_the_course_is_placed():
    placed = {exercise for _, row in ROWS for exercise in row.get("exercises", ())}
    assert {id for id in EXERCISES if not id.startswith("0.")} == placed


def test_every_chapter_has_its_notebooks():
    files = {chapter.file for chapter in syllabus.chapters().values()}
    assert files == {chapter.student.name for chapter in notebook.chapters(ROOT)}
    assert all((ROOT / "notebooks" / name).exists() for name in files)


def test_chapters_show_every_figure_of_the_syllabus():
    sources = {chapter.number: chapter.source.read_text(encoding="utf-8") for chapter in notebook.chapters(ROOT)}
    for row in LOADED["figure"]:
        number = row["id"][1:3]
        unlocked = {p.demo for p in registry.predictions(number)}
        assert f"demos.{row['demo']}(" in sources[number] or row["demo"] in unlocked, row


def test_headings_that_the_index_links_to_are_unique_in_their_chapter():
    for row in LOADED["topic"]:
        number, _, heading = row["section"].partition("#")
        assert HEADINGS[number].count(heading) == 1, (row["id"], heading)


def test_earlier_names_lead_to_chapters_of_today():
    aliases = LOADED.get("aliases", {})
    files = {chapter.file for chapter in syllabus.chapters().values()}
    assert set(aliases.values()) <= files and not set(aliases) & files


def test_the_index_finds_topics_by_words():
    entries = syllabus.entries()
    assert len(entries) == len(LOADED["topic"])
    assert any(entry.matches("softmax") for entry in entries)
    assert not any(entry.matches("softmax zebra") for entry in entries)
    table = syllabus.table("xor")
    assert "03_perceptron.ipynb#" in table and "No topic matches" in syllabus.table("zebra")

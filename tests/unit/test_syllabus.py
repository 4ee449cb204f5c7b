"""Every place that the syllabus names exists, and the start page's index finds it."""

import importlib
import re
from pathlib import Path

import pytest

from course_lib import syllabus
from course_lib.exercises import registry

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = [(kind, entry) for kind in ("topic", "figure", "task") for entry in syllabus.load()[kind]]


def headings(chapter):
    source = next((ROOT / "solutions").glob(f"{chapter}_*.py")).read_text(encoding="utf-8")
    return set(re.findall(r"^# #+ (.+?)\s*$", source, flags=re.MULTILINE))


def resolve(dotted):
    """The object behind a dotted path: the longest importable module, then its attributes."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=[f"{kind}-{entry['id']}" for kind, entry in ENTRIES])
def test_every_place_resolves(kind, entry):
    if entry.get("section"):
        chapter, _, heading = entry["section"].partition("#")
        assert heading in headings(chapter)
    for dotted in (*entry.get("functions", ()), *entry.get("experiments", ())):
        assert resolve(dotted) is not None
    for exercise in entry.get("exercises", ()):
        assert registry.get(exercise).id == exercise
    from course_lib.viz import demos

    for demo in (*entry.get("demos", ()), *([entry["demo"]] if "demo" in entry else ())):
        assert demo in demos.ALL


def test_ids_are_unique():
    for kind in ("topic", "figure", "task"):
        ids = [entry["id"] for entry in syllabus.load()[kind]]
        assert len(ids) == len(set(ids))


def test_every_exercise_of_the_course_is_placed():
    placed = {exercise for _, entry in ENTRIES for exercise in entry.get("exercises", ())}
    known = {e.id for e in registry.all_exercises() if not e.id.startswith("0.")}
    assert known - placed == set()


def test_index_finds_topics_by_their_words():
    assert "softmax" in syllabus.table("softmax").lower()
    assert "No topic matches" in syllabus.table("no such topic anywhere")
    assert len(syllabus.entries()) > 50

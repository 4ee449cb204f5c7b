"""What holds for the code of every chapter."""

import ast
import re
from pathlib import Path

import pytest

from course_lib import grammar, syllabus
from course_lib.authoring import notebook
from course_lib.exercises import registry
from course_lib.viz import demos

ROOT = Path(__file__).resolve().parents[2]
OWN_SCOPE = ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def assigned(node) -> set[str]:
    """The names of the notebook that code binds; those inside a function are its own."""
    names = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            names.add(child.name)
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.add(child.id)
        elif not isinstance(child, OWN_SCOPE):
            names |= assigned(child)
    return names


@pytest.mark.parametrize("chapter", notebook.chapters(ROOT), ids=lambda chapter: chapter.number)
def test_only_an_exercise_binds_the_name_that_its_check_takes(chapter):
    """Else a check that is run again judges something that is not the student's answer to it."""
    code = [cell.source for cell in chapter.cells() if cell.kind == "code"]
    checked = [(check.id, check.name) for source in code for check in grammar.checks(source)]
    assert checked
    for source in code:
        own, bound = grammar.exercises(source), assigned(ast.parse(source))
        taken = [(exercise, name) for exercise, name in checked if name in bound and exercise not in own]
        assert not taken, f"the cell that begins with {source.splitlines()[0]!r}"


@pytest.mark.parametrize("chapter", notebook.chapters(ROOT), ids=lambda chapter: chapter.number)
def test_a_chapter_shows_its_figures_and_asks_its_predictions(chapter):
    source, number = chapter.source.read_text(encoding="utf-8"), chapter.number
    asked = {p.id: p.demo for p in registry.predictions(number) if f'predict("{p.id}"' in source}
    assert set(asked) == {p.id for p in registry.predictions(number)}
    figures = {name for name, module in demos.places().items() if f".{registry.folders()[number]}.demos" in module}
    assert not {name for name in figures - set(asked.values()) if f"demos.{name}(" not in source}


def test_every_chapter_has_code_a_source_and_a_line_in_the_readme():
    numbers = set(registry.chapters())
    assert {chapter.number for chapter in notebook.chapters(ROOT)} == numbers == set(syllabus.chapters())
    listed = re.findall(r"^\| (\d\d) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted(numbers)


def test_bindings_are_seen_where_they_count():
    code = "fig, axes = f()\nfor k in x:\n    with y as z:\n        a = [b for b in k]\ndef g(c):\n    d = c"
    assert assigned(ast.parse(code)) == {"fig", "axes", "k", "z", "a", "g"}

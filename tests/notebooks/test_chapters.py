"""Every chapter as its two readers meet it: unsolved by a student, solved by an instructor."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from course_lib.authoring import execute
from course_lib.exercises import registry

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
TIMEOUT = 1500  # seconds a cell, on a machine that is busy

MOVE_A_SLIDER = """
from course_lib.viz import demos
figure = demos.{demo}()
control = next(c for c in figure.controls if hasattr(c, "low"))
before = figure.frame
figure.set(**{{control.name: 10**control.high if control.log else control.high}})
print("moved" if figure.frame != before else "still")
"""
DEMOS = {"00": "TrainANetwork", "03": "Gates", "04": "XORTraining"}


def numbers(chapter):
    return {exercise.id for exercise in registry.exercises(chapter[:2])}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_unsolved_notebook_runs_to_the_end_and_its_sliders_work(chapter):
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    demo = DEMOS.get(chapter[:2], "TrainANetwork")
    notebook.cells.append(new_code_cell(MOVE_A_SLIDER.format(demo=demo)))
    execute.execute(notebook, ROOT, TIMEOUT)
    assert "".join(execute.output_texts(notebook.cells[-1])).strip() == "moved"
    found = execute.verdicts(notebook)
    assert found.keys() == numbers(chapter)
    assert {id: status for id, status in found.items() if status != "not attempted"} == {}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_saved_solution_notebook_has_every_exercise_right(chapter):
    """That the saved verdicts are still true is proved by nbval, which runs these notebooks."""
    notebook = nbformat.read(ROOT / "solutions" / f"{chapter}.ipynb", as_version=4)
    found = execute.verdicts(notebook)
    assert found.keys() == numbers(chapter)
    assert {id: status for id, status in found.items() if status != "right"} == {}
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_student_notebook_has_no_outputs_and_valid_metadata(chapter):
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
            assert "BEGIN SOLUTION" not in cell.source
    ids = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert len(ids) == len(set(ids))
    assert ids or chapter.startswith("00")

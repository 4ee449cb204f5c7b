"""Reading submissions without running them."""

import json
from pkgutil import iter_modules

import museum
import pytest

from course_lib import exercises
from course_lib.grading import notebook
from course_lib.grading.analysis import alterations, bound, names_read
from course_lib.grading.notebook import plan, read


def planned(*cells):
    return plan(read(json.dumps(museum.book(cells)).encode()))


def run_texts(found):
    return [step.source for step in found.steps]


# --- which cells are run ---


def test_of_the_given_cells_only_the_import_is_run():
    for chapter in ("03", "04"):
        path = next((museum.ROOT / "solutions").glob(f"{chapter}_*.ipynb"))
        found = plan(read(path.read_bytes()))
        given = [step.source for step in found.steps if not step.answers]
        assert len(given) == 1 and given[0].startswith("import numpy as np")


def test_a_given_cell_is_run_when_a_cell_below_reads_what_it_binds():
    digits = next(c for c in museum._raw("notebooks", "03") if c["source"].startswith("digits = "))
    reader = "print(digits)"
    assert digits["source"] in run_texts(planned(museum.first("03"), digits, reader, museum.solved("3.1")))
    assert digits["source"] not in run_texts(planned(museum.first("03"), digits, museum.solved("3.1")))
    assert digits["source"] not in run_texts(planned(museum.first("03"), reader, digits, museum.solved("3.1")))


@pytest.mark.parametrize("code, now, later", [
    ("x = a + 1\ny = x", {"a"}, set()),
    ("def f(q):\n    return q + g", set(), {"g"}),
    ("for i in things:\n    print(i)", {"things", "print"}, set()),
    ("[v for v in items]", {"items"}, set()),
    ("globals()['hidden']", {"hidden", "globals"}, {"hidden"}),
    ("%time thing", {"thing"}, {"thing"}),
    ("def (broken", {"broken"}, {"broken"}),
    ("return x", {"x"}, set()),
])
def test_names_read(code, now, later):
    at_once, by_functions = names_read(code)
    assert now <= at_once and later <= by_functions
    assert "x" not in at_once or "x" in now


def test_bound_names():
    code = "import numpy as np, os.path\nfrom a import b as c\nx, (y, *z) = 1\n"
    code += "def f(q): pass\nclass K: pass\nfor i in x: pass"
    assert bound(code) >= {"np", "os", "c", "x", "y", "z", "f", "K", "i"}


# --- which cell answers ---


def answers(found):
    return {id: step.source for step in found.steps for id in step.answers}


def test_the_last_copy_that_is_not_the_stub_counts():
    one, two = museum.sigmoid("return 1")[1], museum.sigmoid("return 2")[1]
    assert answers(planned(one, two))["4.3"] == two
    assert answers(planned(one, museum.stub("4.3")))["4.3"] == one
    found = planned(museum.stub("4.3"), one.replace("sigmoid(z)", "other(z)"))
    assert "4.3" in found.untouched and "4.3" not in answers(found)


def test_a_scratch_cell_below_the_check_is_no_answer():
    cells = [museum.solved("4.29"), museum.check("4.29"), "products = 'scratch'"]
    assert answers(planned(*cells))["4.29"] == cells[0]["source"]


def test_answers_go_by_the_names_in_the_submissions_own_checks():
    cells = museum.answers_of_an_older_edition()
    found = planned(*cells[1:])
    assert [found.names[id] for id in ("4.25", "4.29", "4.32", "4.3")] == ["line", "answer", "answer", "sigmoid"]
    assert answers(found)["4.29"] == cells[3] and answers(found)["4.32"] == cells[5]


def test_ids_are_not_mistaken_for_each_other():
    found = planned(museum.solved("4.1"), museum.solved("4.10"))
    assert set(answers(found)) == {"4.1", "4.10"}
    assert "4.3" in found.missing


# --- chapter ---


def test_chapter_by_metadata_then_by_exercises_then_by_cell_ids():
    cells = [museum.solved("3.1")]
    assert plan(read(json.dumps(museum.book(cells)).encode())).chapter == "03"
    assert read(json.dumps(museum.book(cells, course={"chapter": "04"})).encode()).chapter == "04"
    assert read(json.dumps(museum.book(cells, course={"chapter": "../../x"})).encode()).chapter == ""
    assert planned(museum.code("x = 1", id=museum.stub("4.5")["id"])).chapter == "04"


# --- altered machinery ---


@pytest.mark.parametrize("code", [
    "sum = 3\nmax = 4", "x = np.zeros(3)\nx[0] = 1", "import matplotlib.pyplot as plt\nplt.rcParams['a'] = 1",
    "np.random.seed(3)", "net.weights = 3", "from course_lib.exercises import check, use", "np.set_printoptions(3)",
    "checked = 1",
])
def test_honest_code_is_not_called_tampering(code):
    assert not planned(museum.first("04"), code, museum.solved("4.3")).tampering


@pytest.mark.parametrize("code", [
    "np.allclose = 1", "import numpy as n\nn.linalg.norm = 1", "import sys\nsys.modules['numpy'] = 1", "check = print",
    "from course_lib import ops as o\ndel o.sigmoid", "setattr(ops, 'sigmoid', 1)", "import course_lib.exercises.judge",
    "get_ipython().ast_transformers.append(1)", "from course_lib.chapters.ch04_backpropagation.exercises import affine",
])
def test_altered_machinery_is_seen(code):
    assert planned(museum.first("04"), code, museum.solved("4.3")).tampering


def test_a_notebook_has_no_reason_to_open_a_module_of_the_exercises():
    modules = {module.name for module in iter_modules(exercises.__path__)}
    assert {"registry", "stand_ins", "edited", "repair"} <= modules and not modules & set(exercises.__all__)
    for name in modules:
        assert alterations(f"from course_lib.exercises import {name}", {}) == [
            f"course_lib.exercises.{name} is imported"]
    assert not alterations(f"from course_lib.exercises import {', '.join(exercises.__all__)}", {})


def test_a_deleted_or_emptied_check_costs_nothing():
    check = museum.check("4.3")
    assert not planned(museum.solved("4.3")).tampering
    assert not planned(museum.solved("4.3"), check | {"source": ""}).tampering
    assert not planned(museum.solved("4.3"), check | {"source": check["source"] + "\nprint('done')"}).tampering
    assert planned(museum.solved("4.3"), check | {"source": "print('right')"}).tampering


# --- open questions ---


def test_open_answers_are_collected_wherever_they_stand():
    cells = [dict(cell) for cell in museum._raw("notebooks", "04")]
    place = next(k for k, cell in enumerate(cells) if cell["source"].startswith("**Open question 4.Q1"))
    cells[place + 1]["source"] = "*Your answer* (4.Q1)\n\nBecause $x$."
    cells.insert(place + 2, museum.markdown("And more."))
    book = read(json.dumps(museum.book(cells)).encode())
    found = {id: (answer, points) for id, _, answer, points in notebook.open_answers(book, "04")}
    assert found == {"4.Q1": ("Because $x$.\n\nAnd more.", 6), "4.Q2": ("", 4)}


def test_open_answers_of_a_notebook_without_them():
    book = read(json.dumps(museum.book([museum.solved("4.3")])).encode())
    assert [answer for _, _, answer, _ in notebook.open_answers(book, "04")] == ["", ""]


def test_metadata_that_name_another_chapter_are_noted_and_not_obeyed():
    for named in ("05", "03", "99", ["04"]):
        made = museum.book(museum.sigmoid(museum.RIGHT), course={"chapter": named})
        found = plan(read(json.dumps(made).encode()))
        assert found.chapter == "04"
        assert any("metadata" in note for note in found.notes) == (named in ("05", "03"))

"""nbgrader 0.9 takes the students' notebooks, and can run submissions through the course's sandbox."""

import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from needs import imported, needs

from course_lib.authoring import notebook as authored
from course_lib.exercises import registry
from course_lib.grading import for_nbgrader, grade, notebook, runner

imported("nbgrader")
pytestmark = pytest.mark.xdist_group("nbgrader")  # one course for all of them
ROOT = notebook.PACKAGE.parent
CHAPTERS = [chapter for chapter in authored.chapters(ROOT) if chapter.number != "00"]
ANSWERS = {
    "3.1": "def neuron(X, w, b):\n    return X @ w + b",
    "3.2": "def bias_trick(X, w, b):\n    return X, w",
    "3.3": "from course_lib.ops import step",
    "3.4": "def perceptron_predict(X, w, b):\n    return use('3.3')(X @ w)",
    "3.6": 'by_hand = {"z": -0.5, "y_hat": 0, "e": 1, "w": np.array([1.8, -1.4]), "b": 0.9, "z_new": 2.4}',
    "3.7": "import os\nos._exit(1)",
    "3.9": "def epochs_to_converge(X, y, lr, max_epochs):\n    while True:\n        pass",
    "3.11": "order = [0, 2, 1, 3]\nprint(2)\n2",
}
POINTS = {"3.1": 1, "3.6": 1, "3.11": 1}
#: `nbgrader generate_assignment --create` for each of several names; nbgrader takes four seconds to start
GENERATE = """
import sys
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

api = NbGraderAPI(config=PyFileConfigLoader("nbgrader_config.py").load_config())
for name in sys.argv[1:]:
    result = api.generate_assignment(name, create=True)
    assert result["success"], result
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of nbgrader with the stated configuration, its kernel, and one assignment a chapter."""
    folder = tmp_path_factory.mktemp("nbgrader")
    shutil.copy(ROOT / "docs" / "nbgrader_config.py", folder)
    for chapter in CHAPTERS:
        (folder / "source" / chapter.name).mkdir(parents=True)
        shutil.copy(chapter.student, folder / "source" / chapter.name)
    environment = os.environ | {
        "JUPYTER_PATH": str(folder / "prefix" / "share" / "jupyter"), "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / "config"), "JUPYTER_DATA_DIR": str(folder / "data"),
        "IPYTHONDIR": str(folder / "ipython"),
        # nbgrader calls alembic
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
    }
    if "XDG_CACHE_HOME" not in environment:  # the prepared sandbox and compiled kernels
        environment["XDG_CACHE_HOME"] = os.path.expanduser("~/.cache")

    def run(*words):
        return subprocess.run([sys.executable, *words], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=500)

    done = run("-c", GENERATE, *(chapter.name for chapter in CHAPTERS))
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return folder, run


def released(folder, chapter):
    return folder / "release" / chapter.name / chapter.student.name


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_nbgrader_releases_the_notebook(course, chapter):
    from nbgrader.nbgraderformat import MetadataValidator

    nb = nbformat.read(released(course[0], chapter), as_version=nbformat.NO_CONVERT)
    nbformat.validate(nb)
    MetadataValidator().validate_nb(nb)
    common = authored.student(chapter)
    assert [cell.source for cell in nb.cells] == [cell.source for cell in common.cells]
    marked = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if "nbgrader" in cell.metadata}
    assert all(cell.metadata.nbgrader.checksum for cell in marked.values())
    for exercise in registry.exercises(chapter.number):
        check = marked[f"check-{exercise.id.replace('.', '-')}"]
        assert check.metadata.nbgrader.points == exercise.points
        assert check.metadata.nbgrader.locked
        assert check.metadata.editable is False


@pytest.mark.parametrize("chapter", authored.chapters(ROOT), ids=lambda chapter: chapter.name)
def test_nbgrader_accepts_the_metadata(chapter):
    from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

    MetadataValidatorV3().validate_nb(authored.student(chapter))


@needs("bubblewrap")
def test_autograde_runs_in_the_sandbox(course):
    folder, run = course
    assert grade.main(["--install-kernel", "--prefix", str(folder / "prefix")]) == 0
    chapter = next(chapter for chapter in CHAPTERS if chapter.number == "03")
    nb = nbformat.read(released(folder, chapter), as_version=nbformat.NO_CONVERT)
    secret = folder / "secret.txt"
    secret.write_text("out of reach")
    for cell in nb.cells:
        for id, answer in ANSWERS.items():
            if cell.source.startswith(f"# Exercise {id}:"):
                cell.source = f"{cell.source.splitlines()[0]}\n{answer}"
        if cell.source.startswith("# Exercise 3.5:"):  # an answer that takes what it can from outside
            cell.source += f"\nby_slider = open({str(secret)!r}).read()"
        if cell.source == 'check("3.2", bias_trick)':
            cell.source = "2"  # points of one's own making; nbgrader puts the check back
    nb.cells = [cell for cell in nb.cells if cell.source != 'check("3.11", order)']  # deleted
    to = folder / "submitted" / "anna" / chapter.name
    to.mkdir(parents=True)
    nbformat.write(nb, to / chapter.student.name)

    done = run("-m", "nbgrader", "autograde", chapter.name, "--create")
    assert done.returncode == 0, done.stderr[-3000:]
    graded = nbformat.read(folder / "autograded" / "anna" / chapter.name / chapter.student.name, as_version=4)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        submission = book.find_submission_notebook(chapter.name, chapter.name, "anna")
        points = {found.name: found.auto_score for found in submission.grades}
    for exercise in registry.exercises(chapter.number):
        assert points[f"check-{exercise.id.replace('.', '-')}"] == POINTS.get(exercise.id, 0), exercise.id
    text = "\n".join(output.data["text/plain"] for cell in graded.cells if cell.cell_type == "code"
                     for output in cell.outputs if output.output_type == "display_data")
    for said in ("3.1 neuron: right (1 of 1 points)", "3.4 perceptron_predict: mistake", "3.9 epochs_to_converge: time",
                 "3.7 perceptron_update: not attempted", "3.10 mistakes_per_epoch: not attempted"):
        assert said in text
    assert "out of reach" not in text


# the kernel without nbgrader ------------------------------------------------------------------------------------------


@needs("bubblewrap")
def test_installing_again_keeps_the_secret(tmp_path, capsys):
    path = tmp_path / "share" / "jupyter" / "kernels" / "course-sandbox" / "kernel.json"
    assert grade.main(["--install-kernel", "--prefix", str(tmp_path)]) == 0
    first = json.loads(path.read_text())
    assert first["argv"][-2:] == ["-f", "{connection_file}"]
    assert grade.main(["--install-kernel", "--prefix", str(tmp_path)]) == 0
    assert json.loads(path.read_text()) == first
    assert path.stat().st_mode & 0o077 == 0
    assert "nbgrader_config.py" in capsys.readouterr().out


def test_a_weak_sandbox_needs_a_word_of_trust(tmp_path, capsys):
    assert grade.main(["--install-kernel", "--prefix", str(tmp_path), "--sandbox", "none"]) == 2
    assert "--trust-submissions" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@needs("bubblewrap")
def test_cells_are_run_also_before_the_first_exercise_and_after_a_kernel_without_the_library():
    live = for_nbgrader.Live(runner.Options())
    try:
        assert live.run("import numpy as np\nfrom course_lib.exercises import check, use") == []
        assert live.run("helper = 2.0") == []
        assert live.run("from course_lib import ops\nops.neuron(np.ones(1), np.ones(1), 0.0)") == []
        assert live.work is None
        assert live.run("# Exercise 3.1: neuron\ndef neuron(X, w, b):\n    return X @ w + b * helper / 2") == []
        (result,) = live.run('# put back\ncheck("3.1", neuron)')
        assert (result.status, result.points) == ("right", 1)  # without the library's, which a cell had asked for
        assert live.run('check("9.9", neuron)') == []
        assert live.run("three = ops.neuron(np.ones(1), np.ones(1), 2.0)") == []
        live.run("# Exercise 3.3: step\ndef step(z):\n    return (np.asarray(z) * three / 3 >= 0).astype(float)")
        (result,) = live.run('check("3.3", step)')
        assert (result.status, result.points) == ("right", 1)
    finally:
        live.close()


def test_the_configuration_names_the_kernel():
    text = (ROOT / "docs" / "nbgrader_config.py").read_text()
    assert re.search(rf'kernel_name = "{for_nbgrader.NAME}"', text)

"""The whole command with real kernels: a small class from zip to feedback, with one worker and with four."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_feedback import expect_harmless
from test_grade import files, key_file, total

from course_lib.exercises import registry
from course_lib.grading import sandbox

ROOT = Path(__file__).resolve().parents[2]


def edited(change) -> bytes:
    """The solution of chapter 03 as a student's file, with `change(source) -> source` applied to each cell of code."""
    notebook = json.loads((ROOT / "solutions" / "03_perceptron.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"], cell["outputs"] = change("".join(cell["source"])), []
    return json.dumps(notebook).encode()


def dies_in_its_first_exercise(source: str) -> str:
    first = registry.exercises("03")[0]
    if source.startswith(f"# Exercise {first.id}:"):
        return source + "\nimport os\nos._exit(1)\n"
    return source


@pytest.fixture(scope="module")
def canvas_zip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("in") / "submissions.zip"
    handed_out = (ROOT / "notebooks" / "03_perceptron.ipynb").read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annright_11_901_03_perceptron.ipynb", edited(lambda source: source))
        archive.writestr("beablank_LATE_12_902_03_perceptron.ipynb", handed_out)
        archive.writestr("ciddies_13_903_03_perceptron.ipynb", edited(dies_in_its_first_exercise))
        archive.writestr("dancut_14_904_03_perceptron.ipynb", edited(lambda source: source)[:3000])
    return path


def test_a_class_from_zip_to_feedback(canvas_zip, tmp_path):
    weak = [] if sandbox.probe().ok else ["--sandbox", "rlimit", "--trust-submissions"]
    made = []
    for jobs in ("1", "4"):
        out = tmp_path / jobs
        command = [sys.executable, "-m", "course_lib.app.cli", "grade", str(canvas_zip), "--out", str(out), "-j", jobs]
        command += ["--course-key", key_file(tmp_path), *weak]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0 and "Traceback" not in done.stdout + done.stderr, done.stderr
        made.append(files(out))
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []

    records = {path.name[:2]: json.loads(path.read_text()) for path in (out / "records").glob("*.json")}
    assert {student: record["status"] for student, record in records.items()} == {
        "11": "ok", "12": "partial", "13": "dead", "14": "unreadable",
    }  # fmt: skip
    exercises = registry.exercises("03")
    most = sum(exercise.points for exercise in exercises)
    assert [total(out, student) for student in ("11", "12", "13")] == [most, 0, most - exercises[0].points]
    assert "handed in late" in records["12"]["notes"]
    assert (out / "grades_canvas.csv").read_text().splitlines()[-1] == "dancut,14,,,,"
    for page in (out / "feedback").iterdir():
        expect_harmless(page.read_text(encoding="utf-8"))

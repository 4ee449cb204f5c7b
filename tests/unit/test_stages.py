"""`course test`: which stages fail, what the summary says of a bare machine, and that nothing is skipped in silence."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import needs
import pytest
from needs import this_system

from course_lib.app import testing

ROOT = Path(__file__).resolve().parents[2]


def test_failed_stage_fails_the_proof_but_later_stages_run(monkeypatch, capsys):
    ran = []

    def stage(name, *_, **__):
        ran.append(name)
        return testing.Result(name, name != "unit", 1.0)

    monkeypatch.setattr(testing, "run_stage", stage)
    assert testing.test_main([]) == 1
    assert sorted(ran) == sorted(testing.STAGES)
    shown = capsys.readouterr().out
    assert "[FAIL] unit" in shown
    assert shown.endswith(f"stages: {len(testing.STAGES) - 1} passed, 1 failed\n")
    assert testing.test_main(["lint"]) == 0


def test_kernels_are_compiled_before_a_stage_that_needs_them_begins(monkeypatch):
    heard = []

    def stage(name, *_, **__):
        heard.append(f"{name} begins")
        time.sleep(0.2 if name == "warm" else 0)
        heard.append(f"{name} ends")
        return testing.Result(name, True, 1.0)

    monkeypatch.setattr(testing, "run_stage", stage)
    assert testing.test_main(["grading", "warm", "lint", "unit"]) == 0
    assert heard.index("warm ends") < min(heard.index("grading begins"), heard.index("unit begins"))


def test_unknown_stage_is_refused(capsys):
    with pytest.raises(SystemExit):
        testing.test_main(["fly"])
    assert "no stage is called fly" in capsys.readouterr().err


def test_every_folder_of_tests_belongs_to_a_stage():
    words = {word for stage in testing.STAGES.values() for word in stage.command}
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    covered = [ROOT / word for word in words if word.startswith("tests/")]
    assert [folder for folder in folders if not any(folder.is_relative_to(path) for path in covered)] == []


def test_the_numpy_stage_finds_the_tests_of_what_has_a_twin():
    found = {Path(path).stem for path in testing.with_twins()}
    assert {"test_kernels", "test_nn", "test_optim", "test_models", "test_ops_golden", "test_exercises"} <= found
    assert not {"test_builder", "test_workcopy", "test_stages", "test_engine", "test_repair"} & found


# what is skipped ------------------------------------------------------------------------------------------------------

FILE = "from needs import imported\nimported('PyTorch')\ndef test_one(): pass\n"
MARKED = "from needs import needs\ndef test_one(): pass\n@needs('PyTorch')\ndef test_two(): pass\n"
OTHER = "import pytest\ndef test_one(): pytest.skip('tired')\n"
SYSTEM = "from needs import this_system\n@this_system(True, 'no fork')\ndef test_one(): pass\n"


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A stage of these test files, run where PyTorch cannot be imported: `stage(text, ...)` gives its result."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("conftest.py", "needs.py"):
        shutil.copy(ROOT / "tests" / name, tests)
    (tmp_path / "sitecustomize.py").write_text(testing.HIDE.format(packages=("torch",)))

    def run(*texts, workers=1, **environment):
        for number, text in enumerate(texts):
            (tests / f"test_{number}.py").write_text(text)
        command = ("pytest", str(tests), "-p", "no:cacheprovider", *(("-p", "xdist") if workers > 1 else ()))
        monkeypatch.setitem(testing.STAGES, "it", testing.Stage("", command))
        environment |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return testing.run_stage("it", environment, tmp_path, workers, live=False)

    return run


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stage_skipped_for_a_reason_passes_and_the_summary_says_how_to_mend_it(stage, workers):
    result = stage(FILE, workers=workers)
    assert result.passed, result.output
    _, line = result.lines()
    assert "PyTorch is not installed" in line and line.endswith("-m pip install torch")


def test_an_empty_stage_fails(stage):
    result = stage("")
    assert not result.passed and len(result.lines()) == 1


def test_skips_and_passes_are_counted(stage):
    result = stage(MARKED)
    assert result.passed and result.counts == {"passed": 1, "skipped": 1}
    assert "1 passed, 1 skipped" in result.lines()[0]


def test_where_all_is_required_no_skip_passes_but_that_of_the_system(stage):
    result = stage(FILE, COURSE_REQUIRE_ALL="1")
    assert not result.passed and result.counts == {"failed": 1}
    assert "COURSE_REQUIRE_ALL=1 forbids this skip: PyTorch is not installed" in result.output
    result = stage(MARKED, OTHER, SYSTEM, COURSE_REQUIRE_ALL="1")
    assert not result.passed and result.counts == {"passed": 1, "failed": 2, "skipped": 1}
    assert "COURSE_REQUIRE_ALL=1 forbids this skip: tired" in result.output


@pytest.mark.parametrize("machine", [
    testing.this_machine,
    pytest.param(testing.bare_machine, marks=this_system(os.name == "nt", "symbolic links need rights on Windows")),
])
def test_compiled_python_files_serve_all_stages(machine, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with machine() as environment:
        assert "PYTHONDONTWRITEBYTECODE" not in environment
        assert environment["HOME"] == os.environ["HOME"]


@this_system(os.name == "nt", "symbolic links need rights on Windows")
def test_a_bare_machine_finds_no_optional_tool(monkeypatch):
    monkeypatch.setenv("COURSE_REQUIRE_ALL", "1")
    look = "import shutil, sys, importlib.util\nprint(*[t for t in sys.argv[1].split() if shutil.which(t)])\n"
    look += "for name in sys.argv[2].split():\n    try:\n        __import__(name)\n        print(name)\n"
    look += "    except ImportError as error:\n        assert error.name == name\nimport numpy"
    with testing.bare_machine() as environment:
        assert "COURSE_REQUIRE_ALL" not in environment
        done = subprocess.run([sys.executable, "-c", look, " ".join(testing.TOOLS), " ".join(testing.PACKAGES)],
                              env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
        assert shutil.which("sh", path=environment["PATH"])


def test_only_the_stages_of_a_bare_machine_ask_for_optional_tools():
    asks = {"bubblewrap", "Chromium", *needs.PACKAGES}
    for path in (ROOT / "tests").rglob("test_*.py"):
        named = set(re.findall(r"""(?:needs|require|imported)\(["'](\w+)["']""", path.read_text(encoding="utf-8")))
        place = path.relative_to(ROOT / "tests").parts[0]
        assert place in testing.BARE or not named & asks or path == Path(__file__), path


def test_every_skip_is_said_in_the_one_form():
    """Otherwise the summary could not say which command mends it; see tests/needs.py."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path != Path(__file__):
            assert not re.search(r"importorskip|skipif|pytest\.skip\(", path.read_text(encoding="utf-8")), path

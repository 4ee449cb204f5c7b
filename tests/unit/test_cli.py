"""The `course` command and the script in the root that makes its environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from needs import this_system

from course_lib.app import cli, lab

ROOT = Path(__file__).resolve().parents[2]


def test_every_command_resolves():
    for name, (module, text) in cli.COMMANDS.items():
        loaded = __import__(module, fromlist=["main"])
        assert callable(getattr(loaded, f"{name}_main", None) or getattr(loaded, "main", None)), name
        assert text


def test_without_arguments_it_lists_the_commands(capsys):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in cli.COMMANDS)


def test_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["fly"])
    assert stopped.value.code == 2
    assert "fly" in capsys.readouterr().err


def test_chapters_are_found_by_number_and_name(tmp_path):
    for name in ("00_start_here", "03_perceptron", "04_backpropagation"):
        (tmp_path / f"{name}.ipynb").write_text("{}")
    for given in ("4", "04", "04_backpropagation", "04_backpropagation.ipynb"):
        assert lab.chapter_file(given, tmp_path) == "04_backpropagation.ipynb"
    with pytest.raises(SystemExit, match=r"No chapter is called '7'.*03_perceptron"):
        lab.chapter_file("7", tmp_path)


def test_working_copy_goes_where_it_can_be_written(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_WORK", raising=False)
    assert lab.work_folder() == ROOT / "work"
    monkeypatch.setattr(lab.os, "access", lambda path, mode: False)
    assert lab.work_folder() == Path.home() / "course-work"
    monkeypatch.setenv("COURSE_WORK", str(tmp_path))
    assert lab.work_folder() == tmp_path


@this_system(os.name == "nt", "a POSIX script")
class TestScript:
    @pytest.fixture
    def clone(self, tmp_path):
        """A clone whose environment holds a Python that only notes how it was called."""
        shutil.copy(ROOT / "course", tmp_path)
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        (tmp_path / "locks").mkdir()
        for name in ("core.txt", "dev.txt"):
            (tmp_path / "locks" / name).write_text("a==1\n")
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{tmp_path}/calls"\n')
        python.chmod(0o755)
        return tmp_path

    def run(self, clone, *words):
        calls = clone / "calls"
        calls.unlink(missing_ok=True)
        # Without uv on the path the script must manage with venv and pip.
        env = {**os.environ, "PATH": "/usr/bin:/bin"}
        done = subprocess.run([str(clone / "course"), *words], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return calls.read_text().splitlines()

    def test_first_run_installs_from_the_hashed_lock_then_hands_over(self, clone):
        calls = self.run(clone, "lab", "04", "--no-browser")
        assert any("--require-hashes -r" in call and call.endswith("locks/core.txt") for call in calls)
        assert any("compileall" in call for call in calls)
        assert calls[-1] == "-m course_lib.app.cli lab 04 --no-browser"

    def test_second_run_only_hands_over(self, clone):
        self.run(clone, "lab")
        assert self.run(clone, "lab") == ["-m course_lib.app.cli lab"]

    def test_tests_need_the_larger_lock_which_contains_the_smaller(self, clone):
        self.run(clone, "lab")
        assert any(call.endswith("locks/dev.txt") for call in self.run(clone, "test"))
        assert self.run(clone, "lab") == ["-m course_lib.app.cli lab"]

    def test_a_changed_lock_is_installed(self, clone):
        self.run(clone, "lab")
        (clone / "locks" / "core.txt").write_text("a==2\n")
        assert len(self.run(clone, "lab")) > 1

    def test_a_failed_installation_is_tried_again(self, clone):
        python = clone / ".venv" / "bin" / "python"
        good = python.read_text()
        python.write_text("#!/bin/sh\nexit 1\n")
        assert subprocess.run([str(clone / "course"), "lab"], capture_output=True).returncode != 0
        python.write_text(good)
        assert len(self.run(clone, "lab")) > 1


def test_the_start_waits_for_nothing_it_does_not_need():
    """What costs a second at import: notebooks' schemas for the command, a grammar of addresses for the server."""
    code = "import sys; import {module}; print(*[name for name in {names} if sys.modules.get(name)])"
    for module, names in (
        ("course_lib.app.lab", ("nbformat", "jsonschema", "numba", "numpy")),
        ("course_lib.app.server", ("rfc3987_syntax", "lark")),
    ):
        command = [sys.executable, "-c", code.format(module=module, names=names)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr[-2000:] or done.stdout

"""The environment files say what pyproject.toml says, and the locks hold what they must."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from needs import this_system

ROOT = Path(__file__).resolve().parents[2]


def test_environment_files_are_generated_from_pyproject():
    from course_lib.authoring import environment

    assert environment.outdated(ROOT) == []


def test_a_changed_dependency_is_noticed(tmp_path):
    from course_lib.authoring import environment

    text = (ROOT / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(text.replace('"numba>=', '"numba>=0.1,>='))
    (tmp_path / "environment.yml").write_text((ROOT / "environment.yml").read_text())
    assert len(environment.outdated(tmp_path)) == 2
    assert len(environment.build(tmp_path)) == 2
    assert environment.outdated(tmp_path) == []


def pins(name):
    lines = (ROOT / "locks" / name).read_text().splitlines()
    return {line.split(" \\")[0] for line in lines if re.match(r"[A-Za-z0-9]", line)}


def test_locks_are_hashed_and_agree():
    core, dev = pins("core.txt"), pins("dev.txt")
    assert len(core) > 50 and core < dev
    for name in ("core.txt", "dev.txt"):
        text = (ROOT / "locks" / name).read_text()
        assert "http" not in text.replace("httpcore", "").replace("httpx", "")
        for block in re.split(r"\n(?=[A-Za-z0-9])", text):
            assert "--hash=sha256:" in block


def test_locks_hold_every_dependency_and_no_pytorch():
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    locked = {pin.split("==")[0].lower() for pin in pins("core.txt")}
    for need in project["dependencies"]:
        assert re.split(r"[<>=\[ ]", need)[0].lower() in locked
    assert "torch" not in {pin.split("==")[0] for pin in pins("dev.txt")}


def test_scripts_are_executable_and_stop_at_the_first_error():
    for name, sign in (("course", "set -eu"), ("binder/postBuild", "set -e"), (".ci/run", "set -eu")):
        path = ROOT / name
        text = path.read_text()
        assert path.stat().st_mode & 0o111, f"{name} is not executable"
        assert text.startswith("#!") and f"\n{sign}" in text


@this_system(not shutil.which("sh"), "no POSIX shell")
def test_shell_scripts_parse():
    for name in ("course", "binder/postBuild", ".ci/run"):
        done = subprocess.run(["bash" if name != "course" else "sh", "-n", str(ROOT / name)], capture_output=True)
        assert done.returncode == 0, done.stderr


def test_binder_reads_our_environment():
    """repo2docker plans the image without Docker: it must pick binder/environment.yml and our Python."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    plan = done.stdout + done.stderr
    assert done.returncode == 0, plan[-2000:]
    assert "binder/environment.yml" in plan
    assert "binder/postBuild" in plan
    with open(ROOT / "pyproject.toml", "rb") as file:
        oldest = re.match(r">=([\d.]+)", tomllib.load(file)["project"]["requires-python"])[1]
    assert f"Building conda environment for python={oldest}\n" in plan, plan[:1000]

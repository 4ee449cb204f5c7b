"""Whatever the machine lacks (Numba, a writable cache), the course runs and `doctor` says why it is slower."""

import os
import subprocess
import sys
from pathlib import Path

from needs import needs

ROOT = Path(__file__).resolve().parents[2]


def run(code, **environment):
    """Run code in a fresh interpreter that starts outside the project."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("COURSE_", "NUMBA_"))}
    clean |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=1200, cwd="/")
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


SIGMOID = "import numpy as np; from course_lib import ops; print(ops.sigmoid(np.array([0.0, 1e4, -1e4])).tolist());"
DOCTOR = "from course_lib.app import doctor; print(doctor.check_cache()); print(doctor.check_jit())"
BLOCK = "import sys; sys.modules['numba'] = None;"


def test_without_jit_by_choice():
    out = run(SIGMOID + DOCTOR, COURSE_JIT="0")
    assert "[0.5, 1.0, 0.0]" in out
    assert "COURSE_JIT=0 is set" in out and "-> unset COURSE_JIT" in out


def test_where_numba_itself_is_told_not_to_compile():
    train = ("from course_lib import convnet; from course_lib.nn.architectures import Conv, Dense, Flatten;"
             "run = convnet.train(np.ones((2, 1, 4, 4)), [0, 1], (Conv(2, 3), Flatten(), Dense(2)), epochs=1);"
             "print(np.isfinite(run.loss));")
    out = run(SIGMOID + train + DOCTOR, NUMBA_DISABLE_JIT="1")
    assert "[0.5, 1.0, 0.0]" in out and "[ True]" in out
    assert "NUMBA_DISABLE_JIT is set" in out and "-> unset NUMBA_DISABLE_JIT" in out


def test_without_numba():
    out = run(BLOCK + SIGMOID + DOCTOR)
    assert "[0.5, 1.0, 0.0]" in out
    assert "[FAIL]" in out and "Numba is not installed" in out and "-> pip install" in out


@needs("Numba")
def test_unwritable_cache_falls_back_to_a_temporary_folder(tmp_path):
    file = tmp_path / "file"
    file.write_text("a folder below a file can never be made")
    out = run(SIGMOID + DOCTOR, NUMBA_CACHE_DIR=str(file / "cache"))
    assert "[0.5, 1.0, 0.0]" in out
    assert "[FAIL]" in out and "cannot be written" in out and "NUMBA_CACHE_DIR" in out
    assert "[ OK ] kernels compile" in out


@needs("Numba")
def test_child_processes_share_the_cache_folder(tmp_path):
    code = (
        "import course_lib, subprocess, sys; print(course_lib._runtime.cache_folder, flush=True);"
        "subprocess.run([sys.executable, '-c', 'import course_lib; print(course_lib._runtime.cache_folder)'])"
    )
    parent, child = run(code, NUMBA_CACHE_DIR=str(tmp_path)).split()
    assert parent == child and Path(parent).parent == tmp_path


@needs("Numba")
def test_the_installation_is_never_written_to(tmp_path):
    import shutil

    shutil.copytree(ROOT / "course_lib", tmp_path / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(str(path) for path in (tmp_path / "course_lib").rglob("*"))
    run(SIGMOID, PYTHONPATH=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert sorted(str(path) for path in (tmp_path / "course_lib").rglob("*")) == before
    assert list((tmp_path / "cache").rglob("*.nbi"))


def test_cache_key_covers_every_kernel_file(tmp_path, monkeypatch):
    from course_lib import _runtime

    for path in _runtime.KERNEL_FOLDER.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    original = _runtime.sources_hash()
    monkeypatch.setattr(_runtime, "KERNEL_FOLDER", tmp_path)
    assert _runtime.sources_hash() == original
    with open(tmp_path / "mathfun.py", "a") as file:
        file.write("\n# a helper that other kernels inline has changed\n")
    assert _runtime.sources_hash() != original


def test_importing_the_package_opens_no_connection_and_no_figure():
    code = (
        "import socket; socket.socket.connect = lambda *a: (_ for _ in ()).throw(RuntimeError('network'));"
        "from course_lib import datasets, dense, exercises, ops, viz; import matplotlib.pyplot as plt;"
        "print(plt.get_fignums())"
    )
    assert run(code, COURSE_JIT="0").strip() == "[]"

"""After `course warm` no chapter has to wait for a kernel."""

import contextlib
import os
import subprocess
import sys

import pytest
from needs import needs

from course_lib import _runtime
from course_lib.app import lab, warm

pytestmark = needs("Numba")

COUNT = """
import sys
from course_lib.app import warm
from course_lib.kernels import jit, vectors
for _, call in warm.calls():
    call()
todo = [kernel for module in list(sys.modules.values()) if module.__name__.startswith("course_lib.kernels.")
        for kernel in vars(module).values() if getattr(kernel, "signatures", None)]
ready = set()
while todo:  # what a compiled kernel calls is compiled into it
    kernel = todo.pop().py_func
    ready.add(f"{kernel.__module__}.{kernel.__name__}")
    called = [kernel.__globals__.get(word) for word in kernel.__code__.co_names]
    todo += [k for k in called if hasattr(k, "py_func") and f"{k.py_func.__module__}.{k.py_func.__name__}" not in ready]
for name in sorted(set(jit.PAIRS) - ready):
    if vectors.WIDE or not name.endswith("_tiles"):  # with shorter vectors those products go to the library
        print("cold", name)
print("kernels", len(jit.PAIRS))
print("compiled", sum(len(kernel.signatures) for kernel, _ in jit.PAIRS.values()))
"""


def test_every_kernel_is_compiled_by_the_warm_up():
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "cold" not in done.stdout, done.stdout
    assert int(done.stdout.split("kernels ")[1].split()[0]) > 10


SAVE = """
import numpy as np
from course_lib import ops  # first: it says where the cache is
from numba.core.caching import IndexDataCacheFile

def stop_before(save):
    def stopping(*arguments):
        print("stopped", flush=True)
        input()
        save(*arguments)
    return stopping

IndexDataCacheFile._save_index = stop_before(IndexDataCacheFile._save_index)
IndexDataCacheFile._save_data = stop_before(IndexDataCacheFile._save_data)
ops.sigmoid(np.zeros(3, np.{dtype}))
"""
LOAD = """
import numpy as np
from course_lib import ops
for dtype in (np.float32, np.float64):
    assert ops.sigmoid(np.zeros(3, dtype)).tolist() == [0.5] * 3
"""


def test_two_processes_that_save_a_kernel_at_one_moment_do_no_harm(tmp_path):
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(subprocess.Popen(
            [sys.executable, "-c", SAVE.format(dtype=dtype)], env=env, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)) for dtype in ("float32", "float64"))
        for process in (first, second):  # both have read the index before either writes it
            assert process.stdout.readline() == "stopped\n"
        for process in (first, second):  # both indexes are written before either kernel
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "stopped\n"
        for process in (second, first):
            process.communicate("\n", timeout=300)
            assert process.returncode == 0
    done = subprocess.run([sys.executable, "-c", LOAD], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_note_says_how_far_it_is_and_is_forgotten(monkeypatch, tmp_path):
    monkeypatch.setattr(_runtime, "cache_folder", tmp_path)
    assert _runtime.compiling() is None
    _runtime.note_compiling("3 of 15")
    assert _runtime.compiling() == "3 of 15"
    os.utime(tmp_path / "compiling", (0, 0))  # its writer was killed long ago
    assert _runtime.compiling() is None
    _runtime.note_compiling(None)
    _runtime.note_compiling(None)
    assert _runtime.compiling() is None and list(tmp_path.iterdir()) == []
    monkeypatch.setattr(_runtime, "cache_folder", None)
    assert _runtime.compiling() is None


def test_a_warm_up_that_fails_leaves_neither_note_nor_mark(monkeypatch, tmp_path):
    monkeypatch.setattr(_runtime, "cache_folder", tmp_path)
    said = []
    monkeypatch.setattr(warm, "calls", lambda: [("a", lambda: said.append(_runtime.compiling())), ("b", lambda: 1 / 0)])
    with pytest.raises(ZeroDivisionError):
        warm.main([])
    assert said == ["0 of 2"] and list(tmp_path.iterdir()) == []
    monkeypatch.setattr(warm, "calls", lambda: [("a", lambda: None)])
    assert warm.main([]) == 0 and [path.name for path in tmp_path.iterdir()] == ["warm"]


@pytest.fixture
def cold(monkeypatch, tmp_path):
    """A cache without kernels; the list of what was started."""
    monkeypatch.setattr(_runtime, "cache_folder", tmp_path)
    started = []
    monkeypatch.setattr(lab.subprocess, "Popen", lambda command, **_: started.append(command))
    return started


def test_the_first_start_compiles_beside_the_server_and_says_so(cold, capsys):
    lab.compile_in_background()
    assert len(cold) == 1 and cold[0][1:] == ["-m", "course_lib.app.warm", "--background"]
    assert "background" in capsys.readouterr().out


def test_a_second_start_meanwhile_compiles_nothing_twice(cold, capsys):
    _runtime.note_compiling("3 of 15")
    lab.compile_in_background()
    assert cold == [] and "3 of 15" in capsys.readouterr().out


def test_later_starts_are_silent(cold, capsys):
    _runtime.warm_marker().touch()
    lab.compile_in_background()
    assert cold == [] and capsys.readouterr().out == ""

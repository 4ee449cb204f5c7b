"""What stands round a submission: asked from inside, and looked at from outside."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from needs import needs, require, this_system

from course_lib import datasets
from course_lib.exercises import adapters, registry
from course_lib.grading import groups, sandbox
from course_lib.grading.inside import data
from course_lib.grading.kernel import Dead, Kernel, Slow

LIMITS = sandbox.Limits(memory=1_500_000_000, processes=40, file_bytes=10_000_000)


def start(mode="bwrap", limits=LIMITS, message_bytes=20_000_000):
    return Kernel(mode, limits, 60.0, message_bytes)


@pytest.fixture(scope="module")
def kernel():
    require("bubblewrap")
    kernel = start()
    kernel.ask("setup", 5.0, library={})
    yield kernel
    kernel.close()


def fact(kernel, code):
    """What `code` leaves in the name `fact`."""
    assert kernel.run_cell(f"fact = None\n{code}", 20.0)
    kernel.ask("keep", 5.0, id="x", name="fact", passed=False)
    return kernel.ask("value", 5.0, id="x", limits={"entries": 1000, "items": 1000})["value"]


# --- the copy of the library ---


def test_the_copy_holds_no_answer():
    files = [path for path in sandbox.library().rglob("*") if path.is_file()]
    names = {str(path.relative_to(sandbox.library())) for path in files}
    assert {"course_lib/ops/__init__.py", "course_lib/exercises/adapters.py"} <= names
    allowed = {"__init__.py", "adapters.py", "collect.py", "deadline.py", "decompositions.py", "edited.py", "frames.py",
               "probe.py", "stand_ins.py"}
    assert {Path(n).name for n in names if n.startswith("course_lib/exercises/") and n.endswith(".py")} == allowed
    of_chapters = {name for name in names if name.startswith("course_lib/chapters/") and name.endswith(".py")}
    assert {name.rpartition("/")[2] for name in of_chapters} == {"__init__.py", "calls.py", "instruments.py"}
    rooms = [*registry.FOLDER.glob("*/calls.py"), *registry.FOLDER.glob("*/instruments.py")]
    assert len(of_chapters) == 1 + len(registry.chapters()) + len(rooms)
    text = "\n".join(path.read_text() for path in files if path.suffix == ".py")
    for exercise in registry.all_exercises():
        for mistake in exercise.mistakes:
            assert mistake.say[:60] not in text
        assert exercise.hints[2] not in text or len(exercise.hints[2]) < 30, exercise.id
    assert "BEGIN SOLUTION" not in text and "Mistake(" not in text


def test_rows_that_judge_are_not_in_the_sandbox(kernel):
    """Data of the same shape stand in their place; scikit-learn's copy of them is hidden."""
    for name in sandbox.HELD_BACK:
        shapes = [part.shape for part in getattr(datasets, name)()]
        assert fact(kernel, f"from course_lib import datasets\nsplit = datasets.{name}()\n"
                            "fact = [part.shape for part in split]") == shapes
        known = fact(kernel, "train = set(map(bytes, split.X_train))\n"
                             "fact = sum(bytes(row) in train for row in split.X_test)")
        assert known == len(getattr(datasets, name)().X_test)
    assert fact(kernel, "try:\n    from sklearn.datasets import load_digits\n    fact = load_digits().data.shape\n"
                        "except (ImportError, OSError): pass") is None


def test_the_copy_has_what_the_chapters_import(kernel):
    import json

    for path in sorted((sandbox.PACKAGE.parent / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        imports = "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))
        assert fact(kernel, f"{imports}\nfact = True") is True, path.name
    real = "import course_lib.ops as o, course_lib.dense as t, course_lib.nn as n, course_lib.optim as p\n"
    real += "import course_lib.datasets as d, course_lib.autodiff as a, course_lib.gradcheck as g\n"
    assert fact(kernel, real + "fact = all(m.__file__ for m in (o, t, n, p, d, a, g))") is True


def test_kernels_of_the_copy_are_not_compiled_again(kernel):
    code = """
import numpy as np
from course_lib import ops
from course_lib.kernels import activations
ops.softmax(np.ones((2, 3)))
stats = activations.softmax.stats
fact = [sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]
"""
    assert fact(kernel, code) == [1, 0]


def test_adapters_inside_are_those_outside(kernel):
    functions = [function for e in registry.all_exercises() if callable(e.reference) and not e.versions
                 for function in (e.call, e.from_library) if function]
    names = sorted(map(adapters.name_of, functions))
    assert len(names) >= 13
    code = f"from course_lib.exercises import adapters\nfact = [adapters.named(n).__qualname__ for n in {names}]"
    assert fact(kernel, code) == [name.rpartition(".")[2] for name in names]


@pytest.mark.parametrize("name, words", [
    ("course_lib.chapters.ch04_backpropagation.calls.no_such", "there is no adapter"),
    ("course_lib.chapters.ch98_not_copied.calls.anything", "there is no adapter"),
    ("course_lib.ops.sigmoid", "expected a function in course_lib/chapters/chNN_topic/calls.py"),
])
def test_a_missing_adapter_is_a_clear_error(kernel, name, words):
    with pytest.raises(data.BadData, match=words):
        kernel.ask("call", 5.0, id="x", adapter=name, seconds=1.0, instances=[], title="x", arguments=[])


# --- the wall ---


@needs("bubblewrap")
def test_no_network_no_host_no_answers(kernel, tmp_path):
    (tmp_path / "canary").write_text("here")
    assert fact(kernel, f"import os\nfact = os.path.exists({str(tmp_path / 'canary')!r})") is False
    for path in ("/etc/passwd", "/sys/class", "/var/log", str(sandbox.PACKAGE / "exercises" / "ch04"),
                 str(sandbox.PACKAGE.parent / "solutions"), str(sandbox.PACKAGE.parent / ".git")):
        assert fact(kernel, f"import os\nfact = os.path.exists({path!r})") is False, path
    code = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 22), 1)\n"
    assert fact(kernel, code + "except OSError as error:\n    fact = str(error)")
    assert fact(kernel, "import socket\nfact = [n for _, n in socket.if_nameindex()]") == ["lo"]


@needs("bubblewrap")
def test_nothing_of_the_graders_environment_is_seen(monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "key")
    kernel = start()
    try:
        assert fact(kernel, "import os\nfact = os.environ.get('COURSE_SECRET')") is None
        assert fact(kernel, "import os\nfact = len([p for p in os.listdir('/proc') if p.isdigit()])") <= 4
        assert fact(kernel, "fact = [l for l in open('/proc/self/status') if l.startswith('CapEff')][0].split()[1]"
                    ) == "0" * 16
    finally:
        kernel.close()


@needs("bubblewrap")
@pytest.mark.parametrize("path", ["/x", "/usr/x", "/dev/x", str(sandbox.library() / "x"), sys.prefix + "/x"])
def test_only_its_own_scratch_can_be_written(kernel, path):
    code = f"try:\n    open({path!r}, 'w')\nexcept OSError as error:\n    fact = error.errno"
    assert fact(kernel, code) in (13, 30)
    assert fact(kernel, "open('mine', 'w').write('x')\nfact = True") is True


@needs("bubblewrap")
def test_files_are_limited_in_size_and_in_sum(kernel):
    code = "try:\n    open('big', 'wb').write(bytes(11_000_000))\nexcept OSError as error:\n    fact = error.errno"
    assert fact(kernel, code) == 27
    code = "import glob, os\ntry:\n    for k in range(100):\n        open(f'f{k}', 'wb').write(bytes(9_000_000))\n"
    code += "except OSError as error:\n    fact = error.errno\nfor f in glob.glob('f*'):\n    os.remove(f)"
    assert fact(kernel, code) == 28


@needs("bubblewrap")
def test_limits_cannot_be_raised(kernel):
    code = "import resource as r\ntry:\n    r.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY,) * 2)\n"
    code += "except (ValueError, OSError):\n    fact = r.getrlimit(r.RLIMIT_AS)[1]"
    assert fact(kernel, code) == LIMITS.memory


@needs("bubblewrap")
@this_system(not sandbox.probe_groups().ok or not groups.parents(), "no control groups")
def test_processes_are_limited_and_nothing_is_left(kernel):
    other = start()
    group = other.process.groups[0]
    code = "import os\npids = []\ntry:\n    while len(pids) < 200:\n        pid = os.fork()\n        if not pid:\n"
    code += "            import time; time.sleep(60); os._exit(0)\n        pids.append(pid)\n"
    code += "except OSError:\n    fact = len(pids)"
    try:
        assert 5 < fact(other, code) < LIMITS.processes
        assert fact(kernel, "fact = 1 + 1") == 2  # a neighbor does not notice
    finally:
        other.close()
    assert not group.exists()


@needs("bubblewrap")
def test_an_endless_loop_is_stopped_and_the_kernel_goes_on(kernel):
    begin = time.monotonic()
    assert kernel.run_cell("here = 5\nwhile True: pass", 0.7) is False
    assert time.monotonic() - begin < 60
    assert fact(kernel, "fact = here") == 5


@needs("bubblewrap")
def test_a_reply_that_is_too_large_ends_only_its_kernel():
    kernel = start(message_bytes=1_000_000)
    try:
        with pytest.raises((Dead, Slow, data.BadData)):
            code = "k = get_ipython().kernel\nk.do_execute = None\nasync def flood(stream, ident, parent):\n"
            code += "    k.session.send(stream, 'x', {'a': 'x' * 5_000_000}, parent, ident=ident)\n"
            code += "k.shell_handlers['course_request'] = flood"
            kernel.run_cell(code, 5.0)
            kernel.ask("usage", 2.0)
    finally:
        kernel.close()


def test_weaker_sandboxes_work_too():
    kernel = start("rlimit", sandbox.Limits(memory=3_000_000_000))
    try:
        assert fact(kernel, "import resource as r\nfact = r.getrlimit(r.RLIMIT_AS)[0]") == 3_000_000_000
        assert fact(kernel, "import os\nfact = os.environ.get('USER')") is None
    finally:
        kernel.close()
    assert not kernel.process.home.exists()


def test_an_answer_key_inside_a_visible_folder_is_masked(monkeypatch, tmp_path):
    """As when the course was installed into the environment that the sandbox sees."""
    for name in ("course_lib", "solutions", "tests"):
        (tmp_path / "env" / "lib" / name).mkdir(parents=True)
    monkeypatch.setattr(sandbox, "PACKAGE", tmp_path / "env" / "lib" / "course_lib")
    masked = sandbox._hidden(["/usr", str(tmp_path / "env")])
    assert masked == [str(tmp_path / "env" / "lib" / name) for name in ("course_lib", "solutions", "tests")]
    assert sandbox._hidden(["/usr"]) == []


# --- which one ---


def test_weak_sandboxes_need_a_word_of_trust(monkeypatch):
    for mode in ("rlimit", "none"):
        with pytest.raises(sandbox.SandboxError, match="trust-submissions"):
            sandbox.choose(mode)
        assert sandbox.choose(mode, trust=True) == mode
    monkeypatch.setattr(sandbox, "probe", lambda: sandbox.Probe(False, "no bubblewrap", "install it"))
    with pytest.raises(sandbox.SandboxError, match="install it"):
        sandbox.choose("auto")
    with pytest.raises(sandbox.SandboxError, match="install it"):
        sandbox.choose("bwrap", trust=True)
    with pytest.raises(sandbox.SandboxError, match="--sandbox rlimit --trust-submissions"):
        sandbox.choose("auto", trust=True)  # trust alone names no weaker one
    monkeypatch.setattr(sandbox, "probe", lambda: sandbox.Probe(True, "fine"))
    assert sandbox.choose("auto") == "bwrap"


@pytest.mark.parametrize("platform, words", [("darwin", "macOS"), ("win32", "WSL2")])
def test_the_remedy_fits_the_system(monkeypatch, platform, words):
    monkeypatch.setattr(sys, "platform", platform)
    assert words in sandbox.probe.__wrapped__().remedy


def test_a_missing_bubblewrap_is_named(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.probe.__wrapped__().remedy


def test_forbidden_user_namespaces_are_named(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, b"", b"bwrap: setting up uid map: Permission denied\n")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox.subprocess, "run", lambda *args, **more: failed)
    found = sandbox.probe.__wrapped__()
    assert not found.ok and "uid map" in found.what and "AppArmor" in found.remedy

"""Where a submission runs: a kernel with a wall round it, and a copy of the library that holds no answer.

The wall stands round the kernel, not round the grader: whatever a submission kills, the grader goes on.

- `bwrap`: Linux, bubblewrap. No network, no other process in sight, a read-only system, a home that is thrown away.
- `rlimit`: any Unix. Limits on memory, processor and file size; reads and writes what its user may.
- `none`: nothing but time-outs.
"""

import compileall
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import course_lib
from course_lib import _runtime
from course_lib.grading import groups, lending
from course_lib.grading.inside import wire

MODES = ("bwrap", "rlimit", "none")
#: What of `course_lib` enters the sandbox. Nothing here may hold an answer; what is not named is an empty room there.
ROOMS = (
    "__init__.py", "_earlier.py", "_runtime.py", "autodiff.py", "gradcheck.py", "validate.py",
    "app/__init__.py", "app/warm.py", "convnet", "datasets", "dense", "files.py", "kernels", "models", "nn", "ops",
    "optim", "recurrent",
    "chapters/__init__.py", "chapters/*/__init__.py", "chapters/*/calls.py", "chapters/*/instruments.py",
    "exercises/adapters.py", "exercises/collect.py", "exercises/deadline.py", "exercises/decompositions.py",
    "exercises/edited.py", "exercises/frames.py", "exercises/probe.py", "exercises/stand_ins.py",
    "grading/__init__.py", "grading/inside",
)
#: Data on whose test rows answers are judged. Inside, rows of the training part stand in their place.
HELD_BACK = ("digits8", "digits28")
SCRATCH = 256_000_000  #: bytes of all files that a submission writes
PACKAGE = Path(course_lib.__file__).resolve().parent


class SandboxError(RuntimeError):
    """The sandbox asked for is not to be had; the message names the remedy."""


@dataclass(frozen=True)
class Limits:
    """For one kernel and its children together, where the system can; else for each process."""

    memory: int = 4_000_000_000
    processes: int = 64
    file_bytes: int = 100_000_000
    processor_seconds: int = 3_600


# --- the library without answers ---


@functools.cache
def library() -> Path:
    """The folder with the answer-free `course_lib`, made once for each state of the real one.

    Beside it lie the compiled kernels and Matplotlib's list of fonts, which cost seconds when they are missing.
    """
    files = sorted(_files())
    digest = hashlib.sha256(f"{sys.version} {HELD_BACK} {lending.named()}".encode())
    digest.update(Path(lending.__file__).read_bytes())  # by which functions are cut out
    for path in files:
        digest.update(f"{path.relative_to(PACKAGE)} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course_lib"
    if not _runtime._writable(base):
        base = Path(tempfile.mkdtemp(prefix="course_lib_"))
    folder = base / f"sandbox-{digest.hexdigest()[:12]}"
    if not (folder / "ready").exists():
        _make_library(folder, files)
    return folder


def _files():
    for name in ROOMS:
        for path in PACKAGE.glob(name):
            for file in path.rglob("*") if path.is_dir() else (path,):
                if file.is_file() and "__pycache__" not in file.parts:
                    yield file


def _make_library(folder: Path, files) -> None:
    """Copy and warm, while another grader that wants the same waits."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_suffix(".lock")
    with open(lock, "w") as held:
        _wait_for(held)
        if (folder / "ready").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)  # left by one that was interrupted
        # Compiled kernels know the place of their source, so they are compiled where they will be used.
        try:
            for file in files:
                target = folder / "course_lib" / file.relative_to(PACKAGE)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)
            (folder / "course_lib/grading/inside/exercises.py").rename(folder / "course_lib/exercises/__init__.py")
            _hold_back(folder / "course_lib/datasets")
            _copy_caches(folder)
            environment = _environment(folder, folder / "home") | {"NUMBA_CACHE_DIR": str(folder / "numba")}
            if _runtime.jit_off_reason is None:
                code = "from course_lib.app import warm; warm.main([])"
                subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True,
                               capture_output=True)
            _cut_out(folder)
            compileall.compile_dir(folder / "course_lib", quiet=2)
            (folder / "ready").touch()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _hold_back(folder: Path) -> None:
    """Put training rows in the place of those that judge: whatever runs inside finds data of the same shape."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in HELD_BACK:
        entry = manifest[name]
        path, n = folder / entry["file"], entry["n_train"]
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: np.concatenate([rows[:n], rows[: len(rows) - n]]) for key, rows in file.items()}
        np.savez_compressed(path, **arrays)
        entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _cut_out(folder: Path) -> None:
    """Take the bodies of the library's functions that are answers out of its copy, which has no compiled files yet."""
    names: dict[str, set[str]] = {}
    for place in map(lending.place, lending.named()):
        module, _, name = place.rpartition(".")
        names.setdefault(module, set()).add(name)
    for module, those in names.items():
        path = folder / f"{module.replace('.', '/')}.py"
        path.write_text(lending.without(path.read_text(encoding="utf-8"), module, those), encoding="utf-8")


def _wait_for(file) -> None:
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    except ImportError:  # Windows: `rlimit` and `bwrap` are not there either
        pass


def _copy_caches(folder: Path) -> None:
    """Kernels already compiled for the real library serve the copy: same text, same time, another place."""
    if _runtime.cache_folder is not None:
        old, new = (
            f"kernels_{hashlib.sha1(str(place / 'kernels').encode()).hexdigest()}"
            for place in (PACKAGE, folder / "course_lib")
        )
        if (_runtime.cache_folder / old).is_dir():
            shutil.copytree(_runtime.cache_folder / old, folder / "numba" / _runtime.sources_hash() / new)
    fonts = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
    (folder / "matplotlib").mkdir(exist_ok=True)
    for file in fonts.glob("fontlist-*.json"):
        shutil.copy2(file, folder / "matplotlib" / file.name)


def _environment(folder: Path, home: Path) -> dict[str, str]:
    """All variables of the kernel's process; none of the grader's own."""
    jit = {} if _runtime.jit_off_reason is None else {"COURSE_JIT": "0"}
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(folder),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "NUMBA_CACHE_DIR": str(home / "numba"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "MPLBACKEND": "Agg",
        **dict.fromkeys(_runtime.THREAD_VARIABLES, "1"),
        **jit,
    }


# --- one kernel's process ---


@dataclass
class Process:
    """A started kernel; `close` ends it and everything it started."""

    mode: str
    popen: subprocess.Popen
    socket: socket.socket  #: the grader's end of the one connection
    limits: Limits
    groups: tuple[Path, ...] = ()
    home: Path | None = None  #: to be removed, where the sandbox has none of its own

    def alive(self) -> bool:
        return self.popen.poll() is None

    def left(self) -> tuple[float, float]:
        """Shares of the limits on memory and on processes that are not in use."""
        memory, threads = groups.used(self.popen.pid, self.groups)
        of_memory = 1.0 if self.mode == "none" else 1 - memory / self.limits.memory
        return of_memory, 1 - threads / self.limits.processes if self.mode == "bwrap" else 1.0

    def close(self) -> None:
        try:
            if self.home is not None:  # no wall: a process group of its own
                os.killpg(self.popen.pid, signal.SIGKILL)
            else:
                self.popen.kill()
        except OSError:
            pass
        self.popen.wait()
        self.socket.close()
        groups.remove(self.groups)
        if self.home is not None:
            remove_tree(self.home)


def remove_tree(folder: Path) -> None:
    """Remove a folder that a stranger filled: Python's own function does not come down from 1,500 levels."""
    subprocess.run(["rm", "-rf", "--", str(folder)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start(mode: str, limits: Limits) -> Process:
    """Start a kernel with a wall round it; one socket leads through.

    Parameters
    ----------
    mode : str
        One of MODES.
    """
    copy = library()
    ours, theirs = wire.pair()
    home = Path("/tmp/home") if mode == "bwrap" else Path(tempfile.mkdtemp(prefix="cg-home-"))
    inside = [sys.executable, "-m", "course_lib.grading.inside.start", json.dumps(_process_limits(mode, limits)),
              str(theirs.fileno())]
    own: tuple[Path, ...] = ()
    if mode == "bwrap":
        own = groups.make(limits.memory, limits.processes)
        line = [*groups.joined(own), *_bubblewrap(copy, home), *inside]
        environment, where = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}, "/"
    else:
        line, environment, where = inside, _environment(copy, home), str(home)
    try:
        popen = subprocess.Popen(
            line, env=environment, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=mode != "bwrap", pass_fds=(theirs.fileno(),),
        )
    except OSError as error:
        ours.close()
        groups.remove(own)
        raise SandboxError(f"the sandbox did not start: {error}") from error
    finally:
        theirs.close()
    return Process(mode, popen, ours, limits, own, None if mode == "bwrap" else home)


def _process_limits(mode: str, limits: Limits) -> dict:
    if mode == "none":
        return {}
    return {"memory": limits.memory, "file_bytes": limits.file_bytes, "processor_seconds": limits.processor_seconds,
            # without a wall this limit counts every process of the same user
            "processes": limits.processes if mode == "bwrap" else None}


def _bubblewrap(copy: Path, home: Path) -> list[str]:
    """The command that puts up the wall. Nothing that can be written inside lies on a disk of this machine."""
    line = [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox",
        "--cap-drop", "ALL", "--ro-bind", "/usr", "/usr",
    ]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            line += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            line += ["--ro-bind", name, name]
    line += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    line += ["--size", str(SCRATCH), "--tmpfs", "/dev/shm", "--size", str(SCRATCH), "--tmpfs", "/tmp"]
    visible = [path for path in _python_folders() if not path.startswith("/usr/")]
    for path in visible:
        line += ["--ro-bind", path, path]
    for path in _hidden(["/usr", *visible]):
        line += ["--tmpfs", path, "--remount-ro", path]
    line += ["--ro-bind", str(copy), str(copy), "--dir", str(home)]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(home)]
    for name, value in _environment(copy, home).items():
        line += ["--setenv", name, value]
    return [*line, "--"]


def _python_folders() -> list[str]:
    """Where this Python and its packages lie, outermost only."""
    found = {os.path.realpath(sys.base_prefix), sys.base_prefix, sys.prefix}
    return sorted(path for path in found if not any(path.startswith(f"{other}/") for other in found))


def _hidden(visible) -> list[str]:
    """Folders that hold answers, or rows that judge, and lie inside a folder that the sandbox sees."""
    secret = [PACKAGE, *(PACKAGE.parent / name for name in ("solutions", "tests", "notebooks", "build", ".git"))]
    found = importlib.util.find_spec("sklearn")  # the digits of 8x8 pixels come with it, too
    if found is not None and found.origin:
        secret.append(Path(found.origin).parent / "datasets/data")
    return [str(path) for path in secret if path.is_dir() and any(path.is_relative_to(seen) for seen in visible)]


# --- which one ---


@dataclass(frozen=True)
class Probe:
    """Whether one kind of sandbox works here."""

    ok: bool
    what: str
    remedy: str = ""


BWRAP_REMEDIES = {
    "missing": "install bubblewrap: apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap",
    "darwin": "macOS has no bubblewrap: grade in a Linux container or virtual machine, or trust the submissions "
    "(--sandbox rlimit --trust-submissions)",
    "win32": "on Windows run the course inside WSL2, and install bubblewrap there",
    "userns": "this system forbids user namespaces. Ubuntu 24.04 and later: put an AppArmor profile for bwrap into "
    "/etc/apparmor.d/bwrap (abi <abi/4.0>, include <tunables/global>, profile bwrap /usr/bin/bwrap "
    "flags=(unconfined) { userns, }) and run systemctl reload apparmor. Debian: sysctl "
    "kernel.unprivileged_userns_clone=1. In Docker: --security-opt seccomp=unconfined --security-opt "
    "apparmor=unconfined",
}


@functools.cache
def probe() -> Probe:
    """Put up the wall once and look from inside whether it stands."""
    if sys.platform != "linux":
        return Probe(False, f"bubblewrap: not on {sys.platform}", BWRAP_REMEDIES.get(sys.platform, ""))
    if shutil.which("bwrap") is None:
        return Probe(False, "bubblewrap is not installed", BWRAP_REMEDIES["missing"])
    empty = Path(tempfile.mkdtemp(prefix="cg-"))
    script = "import os, sys; sys.exit(os.path.exists('/proc/1/root/etc/passwd') or os.path.exists(sys.argv[1]))"
    line = [*_bubblewrap(empty, Path("/tmp/home")), sys.executable, "-I", "-S", "-c", script,
            str(PACKAGE / "exercises")]
    try:
        done = subprocess.run(line, capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Probe(False, f"bubblewrap does not run: {error}", BWRAP_REMEDIES["missing"])
    finally:
        empty.rmdir()
    if done.returncode == 1 and not done.stderr:
        return Probe(False, "bubblewrap runs, but its wall has a hole", "report this line")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return Probe(False, f"bubblewrap fails: {(said or ['no message'])[-1][:200]}", BWRAP_REMEDIES["userns"])
    return Probe(True, "bubblewrap: submissions run without network, files and other processes")


def probe_groups() -> Probe:
    """Can processes and memory of a whole submission be limited?"""
    found = groups.parents()
    if "" in found or {"pids", "memory"} <= found.keys():
        return Probe(True, "control groups limit processes and memory of each submission")
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        return Probe(True, "no control groups here; limits hold for each process, and for the number of processes")
    remedy = "grade as an ordinary user, for whom the system's own limit on processes holds"
    return Probe(False, "no control groups here, and root's processes are not counted otherwise", remedy)


def choose(wanted: str = "auto", trust: bool = False) -> str:
    """The sandbox to use: the one asked for; "auto" is bubblewrap. A weaker one is never taken but by its name.

    Raises
    ------
    SandboxError
        When it does not work here, or is a weak one and nobody has said that the submissions are trusted.
    """
    if wanted not in ("auto", *MODES):
        raise SandboxError(f"--sandbox {wanted}: expected auto, bwrap, rlimit or none")
    if wanted in ("auto", "bwrap"):
        found = probe()
        if not found.ok:
            raise SandboxError(f"{found.what}. Remedy: {found.remedy}. Without it submissions run with your rights; "
                               "if you trust them all, say so: --sandbox rlimit --trust-submissions")
        return "bwrap"
    if not trust:
        raise SandboxError(f"--sandbox {wanted} lets submissions read and write all your files. If you trust them "
                           "all, say so with --trust-submissions")
    return wanted

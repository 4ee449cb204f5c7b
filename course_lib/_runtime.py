"""What must be settled before the first kernel is imported: JIT on or off, cache folder, threads.

Numba raises at import when it finds no writable cache folder, and keeps a stale compiled caller when a helper in
*another* file changes. So the folder is chosen here, and its name holds a hash of all kernel sources.
"""

import ctypes
import hashlib
import importlib.util
import os
import sys
import tempfile
import time
from pathlib import Path

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
KERNEL_FOLDER = Path(__file__).parent / "kernels"
#: A note of `course warm` that is older was left by one that was stopped; no single call compiles for so long.
NOTE_SECONDS = 300

#: Why the kernels run as plain NumPy, or None when they are compiled. `course doctor` prints it.
jit_off_reason: str | None = None
#: Folder of compiled kernels, or None when JIT is off.
cache_folder: Path | None = None
#: Why the cache is lost when the process ends, or None when it is kept.
cache_warning: str | None = None


def sources_hash() -> str:
    """Twelve hex digits that change whenever any kernel source changes."""
    digest = hashlib.sha256()
    for path in sorted(KERNEL_FOLDER.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:  # import blocked by `sys.modules[name] = None`
        return False


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _choose_cache() -> tuple[Path, str | None]:
    wanted = os.environ.get("NUMBA_CACHE_DIR")
    if wanted:
        base = Path(wanted)
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course_lib"
    # A child process inherits the folder chosen here: do not nest it.
    folder = base if base.name == sources_hash() else base / sources_hash()
    if _writable(folder):
        return folder, None
    spare = Path(tempfile.mkdtemp(prefix="course_lib_"))
    return spare, f"{base} cannot be written; compiled kernels go to {spare} and are lost at the next restart"


def prepare() -> None:
    """Decide once a process; called by `import course_lib`."""
    global jit_off_reason, cache_folder, cache_warning
    if os.environ.get("COURSE_JIT", "1") == "0":
        jit_off_reason = "COURSE_JIT=0 is set"
    elif os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):  # Numba would run the kernels' loops as Python
        jit_off_reason = "NUMBA_DISABLE_JIT is set"
    elif not _installed("numba"):
        jit_off_reason = "Numba is not installed"
    if jit_off_reason is None:
        cache_folder, cache_warning = _choose_cache()
        # Numba reads this variable when it is first imported, and again in child processes.
        os.environ["NUMBA_CACHE_DIR"] = str(cache_folder)
    # Two BLAS threads on a machine that is not idle are far slower than one; a person may still ask for more.
    if "numpy" in sys.modules and not any(name in os.environ for name in THREAD_VARIABLES):
        _one_blas_thread()
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


def _one_blas_thread() -> None:
    """The variables are read when NumPy is imported; a notebook that did so first needs a call."""
    for path in (Path(sys.modules["numpy"].__file__).parents[1] / "numpy.libs").glob("*openblas*"):
        set_threads = getattr(ctypes.CDLL(str(path)), "scipy_openblas_set_num_threads64_", None)
        if set_threads is not None:
            set_threads(1)


def warm_marker() -> Path:
    """The file that `course warm` leaves when all kernels of this version are compiled into the cache."""
    return cache_folder / "warm"


def note_compiling(how_far: str | None) -> None:
    """Leave word for other processes that `course warm` is at work, such as "3 of 15"; None: no longer."""
    note = cache_folder / "compiling"
    if how_far is None:
        note.unlink(missing_ok=True)
    else:
        note.write_text(how_far, encoding="utf-8")


def compiling() -> str | None:
    """How far `course warm` is in this or another process, such as "3 of 15"; None when it does not run."""
    if cache_folder is None:
        return None
    note = cache_folder / "compiling"
    try:
        return note.read_text(encoding="utf-8") if time.time() - note.stat().st_mtime < NOTE_SECONDS else None
    except OSError:
        return None

"""Progress beside the notebooks: one small JSON file that several kernels may write, and that nothing may lose.

Each write takes a lock, reads what others wrote, adds one result, and replaces the file in one step. A damaged file is
kept aside. Where nothing can be written, the check still gives its verdict, with a remark.
"""

import contextlib
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

STALE_LOCK = 5.0  # seconds after which a lock is taken to be left by a killed kernel
PATIENCE = 2.0
RANK = {"right": 2, "not attempted": 0}  # every other status: 1


def path() -> Path:
    """`$COURSE_PROGRESS`, else `progress.json` in the folder of the notebook."""
    return Path(os.environ.get("COURSE_PROGRESS") or Path.cwd() / "progress.json")


def read() -> dict[str, dict]:
    """Exercise id -> {status, points, attempts, first_right, last}; empty where there is no usable file."""
    try:
        return _load(path())
    except (OSError, ValueError):
        return {}


def _load(file: Path) -> dict[str, dict]:
    data = json.loads(file.read_text(encoding="utf-8"))
    entries = data["exercises"] if isinstance(data, dict) else None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ValueError("not a progress file")
    return entries


def record(exercise: str, status: str, points: int) -> str:
    """Add one result; a better earlier one is never lost. Returns a remark where it could not be saved."""
    file = path()
    try:
        with _lock(file):
            try:
                entries = _load(file)
            except FileNotFoundError:
                entries = {}
            except (ValueError, KeyError):
                _keep_aside(file)
                entries = {}
            entries[exercise] = _merged(entries.get(exercise, {}), status, points)
            _replace(file, {"version": 1, "exercises": dict(sorted(entries.items(), key=_by_number))})
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror or error}); your notebook still holds your answer."
    return ""


def _by_number(item):
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in item[0].split(".")]


def _merged(old: dict, status: str, points: int) -> dict:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    tried = status != "not attempted"
    best = old if RANK.get(old.get("status"), 1 if old else -1) >= RANK.get(status, 1) else {"status": status}
    entry = {
        "status": best["status"],
        "points": max(points, _number(old.get("points"))),
        "attempts": _number(old.get("attempts")) + tried,
        "last": now,
    }
    first = old.get("first_right") or (now if status == "right" else None)
    return entry | ({"first_right": first} if first else {})


def _number(value) -> int:
    return value if isinstance(value, int) else 0


def _replace(file: Path, data: dict) -> None:
    """Write beside the file, then rename: a reader sees the old or the new file, never a half."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".progress-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(data, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _keep_aside(file: Path) -> None:
    number = 1
    while (aside := file.with_name(f"progress.damaged-{number}.json")).exists():
        number += 1
    os.replace(file, aside)


@contextlib.contextmanager
def _lock(file: Path):
    """One writer at a time, by a file that only one can create."""
    lock = file.with_name(f".{file.name}.lock")
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - lock.stat().st_mtime > STALE_LOCK:
                    lock.unlink()
                    continue
            if time.monotonic() > end:
                raise OSError("another kernel is writing the progress file") from None
            time.sleep(0.01)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()

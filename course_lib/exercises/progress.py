"""Progress beside the notebooks: one small JSON file that several kernels may write, and that nothing may lose.

Each write takes a lock, reads what others wrote, adds one result, and replaces the file in one step. The system
releases the lock when its holder ends, however it ends, so a killed kernel leaves none behind. A damaged file is kept
aside. Where nothing can be written, the check still gives its verdict, with a remark. No code and no path is stored.
"""

import contextlib
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from course_lib.files import remove_leftovers, replace_file

PATIENCE = 2.0  #: seconds that another kernel's writing is waited for


def path() -> Path:
    """`$COURSE_PROGRESS`, else `progress.json` in the folder of the notebook."""
    return Path(os.environ.get("COURSE_PROGRESS") or Path.cwd() / "progress.json")


def read() -> dict[str, dict]:
    """Exercise id -> {status, points, attempts, best, first_right, last}; empty where there is no usable file."""
    try:
        return _load(path())["exercises"]
    except (OSError, ValueError):
        return {}


def _load(file: Path) -> dict:
    """The whole file; fields that a newer course may have added are kept."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    entries = data.get("exercises") if isinstance(data, dict) else None
    if not isinstance(entries, dict) or not all(map(_is_entry, entries.values())):
        raise ValueError("not a progress file")
    return data


def _is_entry(entry) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("status"), str):
        return False
    return all(isinstance(entry.get(name, 0), int) for name in ("points", "attempts"))


def record(exercise: str, status: str, points: int) -> str:
    """Add one result; a better earlier one is never lost. Returns a remark where something is to be said about it."""
    if status == "not attempted":
        return ""
    file, remark = path(), ""
    try:
        with _lock(file):
            remove_leftovers(file.parent, file.name)
            data = {"version": 1, "exercises": {}}
            try:
                data = _load(file)
            except FileNotFoundError:
                pass
            except ValueError:
                aside = _keep_aside(file)
                remark = f"{file.name} was damaged; it is kept as {aside.name}, and a new one has been started."
            entries = data["exercises"]
            entries[exercise] = _merged(entries.get(exercise, {}), status, points)
            data = data | {"exercises": dict(sorted(entries.items(), key=_by_number))}
            replace_file(file, json.dumps(data, indent=1), durable=True)
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror or error}); your notebook still holds your answer."
    return remark


def _by_number(item):
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in item[0].split(".")]


def _merged(old: dict, status: str, points: int) -> dict:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"status": "", "points": 0, "attempts": 0} | old
    entry["attempts"] += 1
    entry["last"] = now
    if status == "right":
        entry.setdefault("first_right", now)
    before = (entry["status"] == "right", entry["points"])
    if (status == "right", points) > before or not old:
        entry["best"] = now
    if (status == "right", points) >= before:
        entry["status"], entry["points"] = status, points
    return entry


def _keep_aside(file: Path) -> Path:
    number = 1
    while (aside := file.with_name(f"progress.damaged-{number}.json")).exists():
        number += 1
    os.replace(file, aside)
    return aside


@contextlib.contextmanager
def _lock(file: Path):
    """One writer at a time, by the system's lock on a file beside the progress."""
    with open(file.with_name(f".{file.name}.lock"), "a+b") as stream:
        end = time.monotonic() + PATIENCE
        while not _locked(stream):
            if time.monotonic() > end:
                raise OSError("another kernel is writing the progress file")
            time.sleep(0.01)
        yield


def _locked(stream) -> bool:
    """Take the lock, which lasts until the stream is closed; False while another kernel or thread has it."""
    try:
        if os.name == "nt":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a network folder without locks: better unguarded than not kept
        return True
    return True

"""What a student has reached, kept in one small file beside the notebooks.

`progress.json` holds an exercise's id, its best result, points, number of attempts and two times: no code and no path.
Several kernels may write at once, so each change reads the file, merges and replaces it while holding a lock that the
system releases even when the process is killed.
"""

import json
import os
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

VERSION = 1
#: How long another kernel that is writing is waited for.
PATIENCE = 2.0


def path() -> Path:
    """The progress file: COURSE_PROGRESS, else `progress.json` in the notebook's folder."""
    return Path(os.environ.get("COURSE_PROGRESS") or "progress.json")


def read() -> dict[str, dict]:
    """Exercise id -> {"status", "points", "attempts", "best", "passed"}; empty when there is nothing to read."""
    try:
        return _parse(path().read_text(encoding="utf-8"))["exercises"]
    except (OSError, ValueError):
        return {}


def record(id: str, status: str, points: int) -> str | None:
    """Merge one result into the file; returns None, or a remark when it could not be kept."""
    file = path()
    try:
        with _locked(file):
            data, remark = _load(file)
            data["exercises"][id] = _merged(data["exercises"].get(id), status, points)
            _replace(file, json.dumps(data, indent=1, sort_keys=True) + "\n")
            return remark
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"Your progress could not be saved ({reason}); the verdict holds all the same."


def _merged(before: dict | None, status: str, points: int) -> dict:
    """The better of two results; a right answer is never lost by a later wrong one."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"status": "", "points": 0, "attempts": 0, "best": None, "passed": None} | (before or {})
    entry["attempts"] += 1
    better = (status == "right", points) > (entry["status"] == "right", entry["points"])
    if better or (entry["status"] != "right" and points == entry["points"]):
        entry["status"], entry["points"] = status, points
    if better or entry["best"] is None:
        entry["best"] = now
    if status == "right" and entry["passed"] is None:
        entry["passed"] = now
    return entry


def _parse(text: str) -> dict:
    """The file's content; ValueError when it is not a progress file. Unknown fields of a newer course are kept."""
    data = json.loads(text)
    entries = data.get("exercises") if isinstance(data, dict) else None
    if not isinstance(entries, dict) or not all(map(_is_entry, entries.values())):
        raise ValueError("not a progress file")
    return data


def _is_entry(entry) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("status"), str)
        and all(isinstance(entry.get(name), int) for name in ("points", "attempts"))
    )


def _load(file: Path) -> tuple[dict, str | None]:
    """The content to merge into; a damaged file is put aside, not overwritten."""
    empty = {"version": VERSION, "exercises": {}}
    try:
        return _parse(file.read_text(encoding="utf-8")), None
    except FileNotFoundError:
        return empty, None
    except (ValueError, RecursionError):
        number = 1
        while (aside := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")).exists():
            number += 1
        os.replace(file, aside)
        return empty, f"{file.name} was damaged and is kept as {aside.name}; a new one has been started."


def _replace(file: Path, text: str):
    """All of the new content or all of the old, whatever happens in between."""
    draft = file.with_name(f".{file.name}.draft")  # one name: a killed process leaves at most this one behind
    try:
        with open(draft, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _locked(file: Path):
    """Hold the lock beside the file; it dies with its holder, so it can never be stale."""
    with open(file.with_name(f".{file.name}.lock"), "a+b") as stream:
        end = time.monotonic() + PATIENCE
        while not _try_lock(stream):
            if time.monotonic() > end:
                raise TimeoutError(0, "another kernel has been writing for too long")
            time.sleep(0.01)
        yield


def _try_lock(stream) -> bool:
    """Lock until the stream is closed; False while another process or thread holds it."""
    try:
        if os.name == "nt":
            import msvcrt

            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a network folder without locks: better unguarded than not kept
        return True

"""Progress beside the notebooks: one small JSON file that several kernels may write, and that nothing may lose.

Each write takes a lock, reads what others wrote, adds one result, and replaces the file in one step. The system
releases the lock when its holder ends, however it ends, so a killed kernel leaves none behind. A damaged file is kept
aside. Where nothing can be written, the check still gives its verdict, with a remark. No code and no path is stored; of
an answer a digest, by which one that is only run again is told from a new try. Nothing is ever sent anywhere.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from course_lib.files import remove_leftovers, replace_file

PATIENCE = 2.0  #: seconds that another kernel's writing is waited for
NAME = "progress.json"


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was deleted; what is written then fails with a remark
        return Path()


#: the folder of the notebook, as it was when the course was imported: a later chdir leaves the progress where it is
FOLDER = _working_folder()


def path() -> Path:
    """`$COURSE_PROGRESS`, else `progress.json` in the folder in which the notebook started."""
    return FOLDER / (os.environ.get("COURSE_PROGRESS") or NAME)


def read() -> dict[str, dict]:
    """Exercise id -> {status, points, attempts, failed, answer, best, first_right, last}; empty without a usable file.

    `failed` counts the tries since it was last right, `answer` is the digest of the last one.
    """
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
    return all(isinstance(entry.get(name, 0), int) for name in ("points", "attempts", "failed"))


def record(exercise: str, status: str, points: int, answer: str = "") -> str:
    """Add one result; a better earlier one is never lost. Returns a remark where something is to be said about it.

    answer : digest of the answer; one that is the same as the last is no new try.
    """
    if status == "not attempted":
        return ""

    def add(entries):
        entries[exercise] = _added(entries.get(exercise, {}), status, points, answer)

    try:
        return _change(add)
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror or error}); your notebook still holds your answer."


def _change(change) -> str:
    """Let `change` alter the entries of the file under its lock; a remark when the file was damaged."""
    file, remark = path(), ""
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
        change(entries)
        data = data | {"exercises": dict(sorted(entries.items(), key=_by_number))}
        replace_file(file, json.dumps(data, indent=1), durable=True)
    return remark


def _by_number(item):
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in item[0].split(".")]


def _added(old: dict, status: str, points: int, answer: str) -> dict:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"status": "", "points": 0, "attempts": 0} | old
    if answer and answer == entry.get("answer") and (status == "right") == (entry.get("failed") == 0):
        return old  # run again, nothing new: the file stays as it is
    if not answer or answer != entry.get("answer"):
        entry["attempts"] += 1
        entry["failed"] = entry.get("failed", 0) + 1
    if answer:
        entry["answer"] = answer
    entry["last"] = now
    if status == "right":
        entry.setdefault("first_right", now)
        entry["failed"] = 0
    before = (entry["status"] == "right", entry["points"])
    if (status == "right", points) > before or not old:
        entry["best"] = now
    if (status == "right", points) >= before:
        entry["status"], entry["points"] = status, points
    return entry


# --- set back, taken along ---


def remove(wanted: Callable[[str], bool]) -> tuple[list[str], str]:
    """Forget the exercises whose id is `wanted`; the file as it was is kept beside as `progress.before-reset.json`.

    Returns
    -------
    removed : list of str
        The ids that were there.
    remark : str
        Where something is to be said about the file.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    removed: list[str] = []

    def forget(entries):
        removed.extend(id for id in entries if wanted(id))
        if removed:
            replace_file(path().with_name("progress.before-reset.json"), path().read_bytes())
        for id in removed:
            del entries[id]

    remark = _change(forget)
    return removed, remark


def export(target: Path) -> int:
    """Write the progress into a file to take along; the number of exercises in it.

    Raises
    ------
    OSError
        When there is no progress yet, or the file cannot be written.
    ValueError
        When the progress file is damaged.
    """
    data = _load(path())
    replace_file(target, json.dumps(data, indent=1))
    return len(data["exercises"])


def merge(source: Path) -> tuple[int, str]:
    """Take the progress of another machine in: of each exercise the better result, of both files all that they know.

    Taking the same file in twice changes nothing.

    Returns
    -------
    better : int
        Exercises of which more is known, or whose result is better, than before.
    remark : str
        Where something is to be said about the own file.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    ValueError
        When the other file is none of this course; both files are then as they were.
    """
    theirs, better = _load(source)["exercises"], []

    def take_in(entries):
        for id, entry in theirs.items():
            both = _best_of_both(entries[id], entry) if id in entries else entry
            better.extend([id] if both != entries.get(id) else [])
            entries[id] = both

    remark = _change(take_in)
    return len(better), remark


def _best_of_both(mine: dict, other: dict) -> dict:
    def rank(entry):
        return entry["status"] == "right", entry.get("points", 0)

    better, worse = (other, mine) if rank(other) > rank(mine) else (mine, other)
    both = worse | better
    for name, choose in (("attempts", max), ("last", max), ("first_right", min)):
        values = [entry[name] for entry in (mine, other) if isinstance(entry.get(name), int | str)]
        if len({type(value) for value in values}) == 1:
            both[name] = choose(values)
    return {name: both[name] for name in mine | other}  # in one order, so that a second time changes nothing


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

"""Failed tries on each exercise: what a new try is, how many there were, and how long a pointer waits."""

import hashlib
import inspect
import time
from typing import Any

from course_lib.exercises import progress
from course_lib.exercises.collect import plain
from course_lib.exercises.model import Exercise

#: seconds that the pointer to the next wrong entry waits from the third failed try on
WAIT = 60.0

#: exercise -> (failed tries since it was last right, digest of the last answer); from the file when empty
_last: dict[str, tuple[int, str]] = {}
#: exercise -> when the pointer of its last answer may be shown
_until: dict[str, float] = {}


def digest(answer: Any) -> str:
    """Twelve digits that tell one answer from another: of a function by its text, of a value by its numbers."""
    if callable(answer):
        try:
            text = inspect.getsource(answer)
        except Exception:  # typed at a prompt, built in, or of a class that lies
            code = getattr(answer, "__code__", None)
            text = f"{code.co_code} {code.co_consts} {code.co_names}" if code else repr(type(answer))
    else:
        text = repr(_exact(plain(answer)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _exact(value: Any) -> Any:
    """Plain data whose repr shows every digit."""
    if isinstance(value, tuple | list):
        return [_exact(part) for part in value]
    if isinstance(value, dict):
        return {key: _exact(part) for key, part in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def count(exercise: Exercise, answer: Any, status: str, points: int) -> tuple[int, bool, str]:
    """Note a result, here and in the progress file; an unchanged answer that is only run again is no new try.

    Returns
    -------
    failed : int
        Failed tries since the exercise was last right, this one included.
    new : bool
        Whether this was a new try.
    remark : str
        Where something is to be said about the progress file.
    """
    now = digest(answer)
    failed, before = _last.get(exercise.id) or _from_file(exercise.id)
    new = now != before
    failed = 0 if status == "right" else failed + 1 if new else max(failed, 1)
    _last[exercise.id] = failed, now
    return failed, new, progress.record(exercise.id, status, points, now)


def _from_file(id: str) -> tuple[int, str]:
    entry = progress.read().get(id, {})
    return entry.get("failed", 0), entry.get("answer", "")


def forget(id: str) -> None:
    """Begin anew with an exercise."""
    _last.pop(id, None)
    _until.pop(id, None)


def seconds_to_wait(exercise: Exercise, new: bool) -> float:
    """How long the pointer to what is wrong waits; a new try begins to wait anew."""
    if new:
        _until[exercise.id] = time.monotonic() + WAIT
    return max(0.0, _until.get(exercise.id, 0.0) - time.monotonic())


def is_quiz(exercise: Exercise) -> bool:
    """Whether an answer could be found by trying one entry after the other: a dict of truth values or words."""
    right = exercise.reference
    return isinstance(right, dict) and all(isinstance(value, bool | str) for value in right.values())

"""How much nearer an edited answer is to what is wanted: outputs, inputs and numbers that are right."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.diagnoses.evidence import leaves
from course_lib.exercises.diagnoses.exchanged import other_order
from course_lib.exercises.edited import TooLong
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.tree import Edit

WRONG_KIND, RIGHT_SHAPE = 1.0, 2.0  #: see `closeness`
PROGRESS = 3  #: inputs that the first of two edits puts right by itself


def better(parts: tuple, base: tuple) -> bool:
    """Whether more outputs are right than before, and none less."""
    more = len(parts) == len(base) and sum(parts) > sum(base)
    return more and all(p or not b for p, b in zip(parts, base, strict=True))


def inputs_right(edit: Edit, base: list[tuple[bool, ...]], every: list) -> tuple[int, Edit | None, int]:
    """(how many more inputs are right with this edit, the edit, the first that is still wrong); (0, None, 0) where
    these are few. One may have become wrong on which two mistakes cancelled.
    """
    was, now = ([all(parts) for parts in each] for each in (base, every))
    gained = sum(now) - sum(was)
    few = min(PROGRESS, max(2, was.count(False) / 2))
    return (0, None, 0) if gained < few or all(now) else (gained, edit, now.index(False))


def gain(base: list, parts: list) -> float:
    """How many more outputs are right on every instance, and a little for those that are on some; 0 if one was lost."""
    widths = {len(b) for b in base} | {len(p) for p in parts}
    if len(widths) != 1 or widths == {1}:
        return 0.0
    before, after = np.array(base), np.array(parts)
    whole = int(np.sum(after.all(0) & ~before.all(0)))
    if np.any(before & ~after) or not whole:
        return 0.0
    return whole + float(np.sum(after & ~before)) / 1_000


def closeness(got: Outcome, want: Outcome) -> float:
    """0 an error, 1 the wrong kind of thing, 2 the right shapes, up to 3 with the share of right entries."""
    if got.error or got.timed_out:
        return 0.0
    try:
        pairs = list(_arrays(got, want))
    except ValueError:
        return WRONG_KIND
    share = float(np.mean([np.mean(np.abs(g - w) <= 1e-6 * (1 + np.abs(w))) if g.size else 1.0
                           for g, w in ((1.0 * g, 1.0 * w) for g, w in pairs)]))
    return RIGHT_SHAPE + max(share, 0.9 if is_multiple(got, want) else 0.0)


def is_multiple(got: Outcome, want: Outcome) -> bool:
    """Whether what came is what is wanted times one number, in two entries at least."""
    try:
        pairs = list(_arrays(got, want))
    except (ValueError, TypeError):
        return False
    g, w = (1.0 * np.concatenate(side) for side in zip(*pairs, strict=True))
    if not np.isfinite(g).all() or not np.array_equal(g == 0, w == 0) or np.count_nonzero(w) < 2:
        return False
    ratio = g[w != 0] / w[w != 0]
    return bool(np.ptp(ratio) <= 1e-6 * abs(ratio[0]))


def _arrays(got: Outcome, want: Outcome) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Both results part by part; ends with a ValueError where they have not the same shapes."""
    for g, w in zip(leaves(got.value), leaves(want.value), strict=True):
        g, w = np.asarray(g), np.asarray(w)
        if g.shape != w.shape or g.dtype.kind not in "biuf" or w.dtype.kind not in "biuf":
            raise ValueError
        yield g.ravel(), w.ravel()


def is_refused(got: Outcome) -> bool:
    """Whether the adapter of the exercise could not use what came; no line of the student's failed."""
    return bool(got.error) and not got.line_number and got.error != TooLong.__name__


def is_rearranged(got: Outcome, want: Outcome, exercise: Exercise) -> bool:
    """Whether all results are there, in another order."""
    if not all(isinstance(outcome.value, tuple | list) for outcome in (got, want)):
        return False
    order = other_order([(list(got.value), list(want.value))], exercise) if len(got.value) == len(want.value) else []
    return order != sorted(order)

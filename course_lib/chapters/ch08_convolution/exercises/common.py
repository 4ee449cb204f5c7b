"""What the definitions of this chapter share."""

import numpy as np

from course_lib.exercises.define import all_filled, all_numbers, is_filled


def padded(x, pad):
    """Images (N, C, H, W) with zeros on all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def windows(x, FH, FW, stride):
    """All windows of images, (N, C, OH, OW, FH, FW)."""
    return np.lib.stride_tricks.sliding_window_view(x, (FH, FW), (2, 3))[:, :, ::stride, ::stride]


def creeping(x, FH, FW, stride, down=1, right=1):
    """As many windows as the stride allows, but so many pixels apart."""
    OH, OW = windows(x, FH, FW, stride).shape[2:4]
    return windows(x, FH, FW, 1)[:, :, ::down, ::right][:, :, :OH, :OW]


def forward(x, w, b, stride, pad):
    """Cross-correlation: the right answer in one line."""
    return np.einsum("ncijuv,kcuv->nkij", windows(padded(x, pad), *w.shape[2:], stride), w) + b[:, None, None]


def places(xp, f, stride):
    """(i, j, rows, columns) of every window, row by row; f : side of the window, or its two sides."""
    FH, FW = (f, f) if np.isscalar(f) else f
    for i in range((xp.shape[2] - FH) // stride + 1):
        for j in range((xp.shape[3] - FW) // stride + 1):
            yield i, j, slice(i * stride, i * stride + FH), slice(j * stride, j * stride + FW)


def as_far_as_filled(answer, right):
    """The answer, with what is right where it is still to be filled in: a long dict is judged as it grows.

    Refuses one with other keys, and one that is right as far as it goes.
    """
    try:
        all_filled(answer, right)
    except TypeError as error:
        if not isinstance(answer, dict) or set(answer) != set(right):
            raise
        done = {key: value for key, value in answer.items() if is_filled(value)}
        if all(_equal(value, right[key]) for key, value in done.items()):
            raise TypeError(f"what is filled in is right, but {error}") from None
        return right | done
    return answer


def _equal(value, right):
    try:
        return np.array_equal(np.asarray(value, dtype=float), right)
    except (TypeError, ValueError):
        return False


def numbered(right):
    """A `call` for a dict of numbers like this one: refuses what is no number, else hands the dict on."""

    def call(answer):
        given = as_far_as_filled(answer, right)
        all_numbers(given, given)
        return {key: given[key] for key in right}

    return call

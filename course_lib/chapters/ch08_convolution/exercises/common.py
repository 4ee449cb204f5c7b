"""What the definitions of this chapter share."""

import numpy as np

from course_lib.exercises.define import all_filled


def padded(x, pad):
    """Images (N, C, H, W) with zeros on all four sides."""
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def windows(x, FH, FW, stride):
    """All windows of images, (N, C, OH, OW, FH, FW)."""
    return np.lib.stride_tricks.sliding_window_view(x, (FH, FW), (2, 3))[:, :, ::stride, ::stride]


def forward(x, w, b, stride, pad):
    """Cross-correlation: the right answer in one line."""
    return np.einsum("ncijuv,kcuv->nkij", windows(padded(x, pad), *w.shape[2:], stride), w) + b[:, None, None]


def places(xp, f, stride):
    """(i, j, rows, columns) of every window, row by row; f : side of the window, or its two sides."""
    FH, FW = (f, f) if np.isscalar(f) else f
    for i in range((xp.shape[2] - FH) // stride + 1):
        for j in range((xp.shape[3] - FW) // stride + 1):
            yield i, j, slice(i * stride, i * stride + FH), slice(j * stride, j * stride + FW)


def numbered(*keys):
    """A `call` for a dict of numbers with these keys: refuses what is no number, else hands the dict on."""

    def call(answer):
        all_filled(answer, keys)
        for key in keys:
            if isinstance(answer[key], str) or np.ndim(answer[key]):
                raise TypeError(f"{key} is {answer[key]!r:.40}, expected one number")
        return {key: answer[key] for key in keys}

    return call


def letter(answer, key, choices):
    """The letter chosen under a key of a dict, as a small one."""
    said = answer[key].strip().lower() if isinstance(answer[key], str) else answer[key]
    if said not in tuple(choices):
        raise ValueError(f"{key} is {answer[key]!r:.40}, expected one of the letters {', '.join(choices)} in quotes")
    return said

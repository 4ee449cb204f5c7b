"""Gradients that are too long, made shorter."""

import numpy as np

from course_lib.validate import as_float, rate

__all__ = ["clip_by_norm", "clip_by_value"]


def clip_by_value(grads, c):
    """Every entry is brought into [-c, c]; the direction may change.

    g_i <- min(max(g_i, -c), c)

    Parameters
    ----------
    grads : array, or list of arrays of any shapes; not changed
    c : float >= 0

    Returns
    -------
    array or list, as given
    """
    c, arrays = rate(c, "c"), _gradients(grads)
    return _as_given(grads, [np.clip(g, -c, c) for g in arrays])


def clip_by_norm(grads, c):
    """A gradient longer than c is shortened to c; its direction is kept.

    g <- g min(1, c / |g|), with |g| over all arrays together    (9.11)

    Parameters
    ----------
    grads : array, or list of arrays of any shapes, which together are one gradient; not changed
    c : float >= 0

    Returns
    -------
    array or list, as given
    """
    c, arrays = rate(c, "c"), _gradients(grads)
    length = np.linalg.norm([np.linalg.norm(g.astype(np.float64, copy=False)) for g in arrays])
    factor = c / length if length > c else 1.0
    with np.errstate(invalid="ignore"):  # infinity, of a run that diverges, becomes NaN
        return _as_given(grads, [g * g.dtype.type(factor) for g in arrays])


def _gradients(grads) -> list[np.ndarray]:
    if isinstance(grads, list | tuple):
        return [as_float(g, f"grads[{place}]") for place, g in enumerate(grads)]
    return [as_float(grads, "grads")]


def _as_given(grads, clipped: list[np.ndarray]):
    return clipped if isinstance(grads, list | tuple) else clipped[0]

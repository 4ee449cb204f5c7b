"""Points of a plane, for pictures."""

import numpy as np

from course_lib.validate import as_float, whole_number

__all__ = ["grid"]


def axis(limits, n, name, dtype=np.float64):
    """n numbers from low to high, both included."""
    limits = as_float(limits, name)
    if limits.shape != (2,) or not limits[0] < limits[1] or not np.isfinite(limits).all():
        raise ValueError(f"{name} must be (low, high) with low < high, got {limits.tolist()}.")
    return np.linspace(*limits, whole_number(n, "n", low=2), dtype=dtype)


def grid(xlim, ylim, n):
    """Points of an even n x n grid, row by row from the lowest y, borders included.

    Parameters
    ----------
    xlim, ylim : (low, high)
    n : int, points along each side

    Returns
    -------
    (n*n, 2); `values.reshape(n, n)` has row 0 at the lowest y
    """
    x, y = np.meshgrid(axis(xlim, n, "xlim"), axis(ylim, n, "ylim"))
    return np.column_stack([x.ravel(), y.ravel()])

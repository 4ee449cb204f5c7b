"""Singular values that are looked for only where there are some.

Of an array with a column of infinities LAPACK looks for them for ever, and keeps Python to itself meanwhile: no
deadline ends it, and the whole kernel stands still. Enters the sandbox with `collect`.
"""

import contextlib
import functools

import numpy as np

#: functions of np.linalg that decompose their first argument into singular values
NAMES = "lstsq", "svd", "svdvals", "pinv", "matrix_rank"


@contextlib.contextmanager
def of_finite_arrays():
    """Meanwhile those of NumPy refuse what is not finite, with the error that they mostly have for it."""
    before = {name: getattr(np.linalg, name) for name in NAMES if hasattr(np.linalg, name)}  # not each in all versions
    guards = {name: _guarded(function) for name, function in before.items()}
    vars(np.linalg).update(guards)
    try:
        yield
    finally:
        for name, guard in guards.items():
            if getattr(np.linalg, name, None) is guard:  # the answer may have put something else there
                setattr(np.linalg, name, before[name])


@functools.cache  # made once: every call of an answer passes here
def _guarded(function):
    @functools.wraps(function)
    def guard(a, *more, **named):
        array = np.asarray(a)
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            raise np.linalg.LinAlgError("SVD did not converge: there are infinite numbers or NaN in the array")
        return function(a, *more, **named)

    return guard

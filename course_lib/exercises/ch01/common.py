"""What the definitions of this chapter share."""

from functools import wraps

import numpy as np


def quiet(answer):
    """A wrong answer may divide by zero or overflow; that is its point, so NumPy need not warn about it."""

    @wraps(answer)
    def silent(*args):
        with np.errstate(all="ignore"):
            return answer(*args)

    return silent

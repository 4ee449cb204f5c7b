"""The exponentially weighted average, of which momentum, RMSprop and Adam are made."""

import numpy as np

from course_lib.validate import as_float, rate, yes_or_no

__all__ = ["moving_average"]


def moving_average(x, beta, correct=False):
    """The running mean of a series, in which the value k steps ago has the weight (1 - beta) beta^k.

    s_t = beta s_(t-1) + (1 - beta) x_t, with s_0 = 0

    The memory is about 1 / (1 - beta) values. The weights of t values add up to 1 - beta^t only, so that the mean is
    too small at first; corrected it is s_t / (1 - beta^t).

    Parameters
    ----------
    x : (N, ...) the series x_1, x_2, ... along the first axis
    beta : float, 0 <= beta < 1
    correct : whether to divide by 1 - beta^t

    Returns
    -------
    array of the shape of x: s_1, s_2, ...
    """
    x, beta, correct = as_float(x, "x"), rate(beta, "beta", high=1), yes_or_no(correct, "correct")
    if x.ndim == 0:
        raise ValueError(f"x is one number, {x:g}, expected a series.")
    if beta == 1:
        raise ValueError("beta=1, expected a number below 1: nothing new would enter the mean.")
    means, mean = np.empty_like(x), np.zeros_like(x[0]) if len(x) else None
    for t, value in enumerate(x):
        means[t] = mean = beta * mean + (1 - beta) * value
    if correct:
        steps = np.arange(1, len(x) + 1).reshape(-1, *[1] * (x.ndim - 1))
        means /= (1 - beta**steps).astype(x.dtype)
    return means

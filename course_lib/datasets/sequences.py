"""Seeded sequences: a seasonal series, and four tasks whose answer lies a known number of steps back. Chapter 09.

Tasks give `X` (N, T, D) float64, one row of D numbers a step, as recurrent layers take it. `rng` is a seed or a
`numpy.random.Generator`; there is no global state.
"""

import numpy as np

from course_lib.validate import generator, rate, whole_number


def seasonal_series(n=200, trend=0.05, amplitude=3.0, period=12, noise=0.5, rng=0):
    """A series with trend, season and noise, such as monthly sales.

    s_t = 10 + trend t + amplitude sin(2 pi t / period) + noise N(0, 1), t = 0 .. n-1

    Parameters
    ----------
    n : int, number of steps
    trend : float, change a step
    amplitude : float, half the swing of a season
    period : int, at least 2: steps of a season
    noise : float, standard deviation
    rng : int seed or Generator

    Returns
    -------
    (n,) float64
    """
    n, period, rng = whole_number(n, "n", 1), whole_number(period, "period", 2), generator(rng)
    trend, amplitude = rate(trend, "trend", -np.inf), rate(amplitude, "amplitude")
    t = np.arange(n)
    wave = amplitude * np.sin(2 * np.pi * t / period)
    return 10 + trend * t + wave + rate(noise, "noise") * rng.standard_normal(n)


def delayed_copy(n=100, length=20, delay=5, symbols=4, rng=0):
    """Repeat each symbol `delay` steps later.

    Step t shows symbol k_t as a one-hot row; the answer y_t is k_{t-delay}, and 0 in the first `delay` steps, where
    there is nothing to repeat yet.

    Parameters
    ----------
    n : int, number of sequences
    length : int, steps
    delay : int, 0 to length - 1
    symbols : int, at least 2
    rng : int seed or Generator

    Returns
    -------
    X (n, length, symbols) float64, y (n, length) int64
    """
    n, length, rng = whole_number(n, "n", 1), whole_number(length, "length", 1), generator(rng)
    delay, symbols = whole_number(delay, "delay", 0, length - 1), whole_number(symbols, "symbols", 2)
    shown = rng.integers(symbols, size=(n, length))
    y = np.zeros((n, length), np.int64)
    y[:, delay:] = shown[:, :length - delay]
    return np.eye(symbols)[shown], y


def adding_problem(n=100, length=20, rng=0):
    """Add the two marked numbers of a sequence.

    Column 0 holds numbers from U(0, 1), column 1 is 1 at one step of the first half and at one of the second half. The
    answer is the sum of the two marked numbers; always answering 1, its mean, gives a mean squared error of 1/6.

    Parameters
    ----------
    n : int, number of sequences
    length : int, at least 2 steps
    rng : int seed or Generator

    Returns
    -------
    X (n, length, 2) float64, y (n,) float64
    """
    n, length, rng = whole_number(n, "n", 1), whole_number(length, "length", 2), generator(rng)
    X = np.stack([rng.random((n, length)), np.zeros((n, length))], axis=2)
    rows, half = np.arange(n), length // 2
    first, second = rng.integers(half, size=n), rng.integers(half, length, size=n)
    X[rows, first, 1] = X[rows, second, 1] = 1
    return X, X[rows, first, 0] + X[rows, second, 0]


def parity(n=100, length=10, rng=0):
    """Say at every step whether the number of ones so far is odd: one bit of memory, no step may be missed.

    Parameters
    ----------
    n : int, number of sequences
    length : int, steps
    rng : int seed or Generator

    Returns
    -------
    X (n, length, 1) float64 of 0 and 1, y (n, length) int64
    """
    n, length, rng = whole_number(n, "n", 1), whole_number(length, "length", 1), generator(rng)
    bits = rng.integers(2, size=(n, length))
    return bits[:, :, None].astype(np.float64), np.cumsum(bits, axis=1) % 2


def brackets(n=100, length=20, depth=3, rng=0):
    """Say at every step how many brackets are open: counting with a limit.

    A step shows an opening bracket (1, 0) or a closing one (0, 1), chosen by chance where both are possible: none
    closes what is not open, and never are more than `depth` open.

    Parameters
    ----------
    n : int, number of sequences
    length : int, steps
    depth : int, at least 1
    rng : int seed or Generator

    Returns
    -------
    X (n, length, 2) float64, y (n, length) int64 from 0 to depth
    """
    n, length, rng = whole_number(n, "n", 1), whole_number(length, "length", 1), generator(rng)
    depth = whole_number(depth, "depth", 1)
    chance = rng.random((n, length)) < 0.5
    y = np.zeros((n, length), np.int64)
    opens, level = np.zeros((n, length), bool), np.zeros(n, np.int64)
    for t in range(length):
        opens[:, t] = (level == 0) | chance[:, t] & (level < depth)
        level = level + np.where(opens[:, t], 1, -1)
        y[:, t] = level
    return np.stack([opens, ~opens], axis=2).astype(np.float64), y

"""How the answers of chapter 05 are put to work; see `exercises/adapters.py`."""

import numpy as np

MOST = 1_000_000  #: numbers in one layer
DRAWN = 60_000  #: numbers by which a start is judged: a small layer is drawn so often that there are as many


def drawn(start, seed, fan_in, fan_out):
    """Weights from one seed, from the same seed again, and from another one: a layer in each entry of axis 0.

    A narrow layer is drawn many times, not made very long: whoever exchanges its sizes, or takes one of them twice,
    must not ask for a matrix that no memory holds.
    """
    W = start(np.random.default_rng(seed), fan_in, fan_out)
    if not isinstance(W, np.ndarray) or W.ndim != 2 or not 0 < W.size <= MOST:
        found = f"shape {W.shape}" if isinstance(W, np.ndarray) else f"a {type(W).__name__}"
        if W is None:
            found = "None; the `return` line may be missing"
        raise TypeError(f"an array of fan_in rows and fan_out columns is expected, got {found}")
    times = max(1, DRAWN // W.size)

    def draw(offset):
        rng = np.random.default_rng(seed + offset)
        return np.stack([start(rng, fan_in, fan_out) for _ in range(times)])

    return draw(0), draw(0), draw(1)


def tested(test, start):
    """What the test says of one of the starts."""
    return test(start)

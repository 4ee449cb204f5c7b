"""How the answers of chapter 05 are put to work; see `exercises/adapters.py`."""

import numpy as np


def drawn(start, seed, fan_in, fan_out):
    """Weights from one seed, from the same seed again, and from another one."""
    draw = lambda offset: start(np.random.default_rng(seed + offset), fan_in, fan_out)
    W = draw(0)
    if not isinstance(W, np.ndarray) or W.ndim != 2 or not W.size:
        found = f"shape {W.shape}" if isinstance(W, np.ndarray) else f"a {type(W).__name__}"
        if W is None:
            found = "None; the `return` line may be missing"
        raise TypeError(f"an array of fan_in rows and fan_out columns is expected, got {found}")
    return W, draw(0), draw(1)


def tested(test, start):
    """What the test says of one of the starts."""
    return test(start)

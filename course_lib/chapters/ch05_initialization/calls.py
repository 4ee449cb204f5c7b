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


def _normal(spread):
    return lambda rng, fan_in, fan_out: spread(fan_in, fan_out) * rng.standard_normal((fan_in, fan_out))


#: Starts that a test is tried on, by what is special about them.
TRIED = {
    "He normal": _normal(lambda n, m: (2 / n) ** 0.5),
    "He uniform": lambda rng, n, m: rng.uniform(-((6 / n) ** 0.5), (6 / n) ** 0.5, (n, m)),
    "plus and minus one number": lambda rng, n, m: (2 / n) ** 0.5 * rng.choice([-1.0, 1.0], (n, m)),
    "all zero": lambda rng, n, m: np.zeros((n, m)),
    "all equal": lambda rng, n, m: np.full((n, m), (2 / n) ** 0.5),
    "variance 1/fan_in": _normal(lambda n, m: (1 / n) ** 0.5),
    "variance 2/fan_out": _normal(lambda n, m: (2 / m) ** 0.5),
    "variance taken for the spread": _normal(lambda n, m: 2 / n),
    "n squared under the root": _normal(lambda n, m: (2 / n**2) ** 0.5),
    "right mean square but all positive": lambda rng, n, m: (2 / n) ** 0.5 * np.abs(rng.standard_normal((n, m))),
    "right mean square but leaning to the negative": lambda rng, n, m: (2 / n) ** 0.5 * (
        0.75**0.5 * rng.standard_normal((n, m)) - 0.5),
    "right numbers with every unit the same": lambda rng, n, m: np.tile(
        (2 / n) ** 0.5 * rng.standard_normal((n, 1)), (1, m)),
    "right numbers lying on the side": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((m, n)),
    "right numbers with a row too many": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((n + 1, m)),
    "right numbers with one unit missing": lambda rng, n, m: (2 / n) ** 0.5 * rng.standard_normal((n, m - 1)),
}


def tested(test, start):
    """What the test says of one of the starts."""
    return test(TRIED[start])

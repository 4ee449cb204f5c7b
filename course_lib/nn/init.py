"""Starting weights, by name."""

from collections.abc import Callable

import numpy as np

Init = str | float | Callable


def draw_weights(rng: np.random.Generator, fan_in: int, fan_out: int, init: Init = "normal") -> np.ndarray:
    """Random weights of one layer.

    Parameters
    ----------
    rng : numpy Generator.
    fan_in, fan_out : inputs and outputs of the layer.
    init : "normal" N(0, 1/fan_in), "he" N(0, 2/fan_in), "xavier" U(-r, r) with r = sqrt(6/(fan_in + fan_out)),
        "zeros", a number (the standard deviation of a normal distribution), or a function (rng, fan_in, fan_out) -> W.

    Returns
    -------
    W : (fan_in, fan_out)

    Raises
    ------
    ValueError
        For a name that is not known.
    """
    if callable(init):
        return np.asarray(init(rng, fan_in, fan_out))
    if isinstance(init, str):
        if init == "xavier":
            bound = np.sqrt(6.0 / (fan_in + fan_out))
            return rng.uniform(-bound, bound, (fan_in, fan_out))
        spread = {"normal": fan_in**-0.5, "he": (2.0 / fan_in) ** 0.5, "zeros": 0.0}
        if init not in spread:
            raise ValueError(f"init={init!r} is not known; expected one of {[*spread, 'xavier']}, a number (standard "
                             "deviation), or a function (rng, fan_in, fan_out) -> W.")
        init = spread[init]
    return float(init) * rng.standard_normal((fan_in, fan_out))

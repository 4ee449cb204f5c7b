"""Starting weights, by name."""

from collections.abc import Callable

import numpy as np

from course_lib import ops
from course_lib.validate import as_float, choice, function, rate, shared_generator, whole_number

Init = str | float | Callable

#: Three short names, each for the one of its family that was here first.
SHORT_NAMES = {"normal": "lecun_normal", "xavier": "xavier_uniform", "he": "he_normal"}
NAMES = [*SHORT_NAMES, *ops.INITIALIZERS]

#: Starts without an rng come from here, one layer after another.
_own = np.random.default_rng(0)


def draw_weights(rng: np.random.Generator | None, fan_in: int, fan_out: int, init: Init = "normal",
                 bias_row: bool = False) -> np.ndarray:
    """Random weights of one layer.

    Parameters
    ----------
    rng : numpy Generator. None takes the one that all layers without an rng share, see `Linear`.
    fan_in, fan_out : inputs and outputs of the layer.
    init : a name of `ops.INITIALIZERS`, or "normal" for lecun_normal, "xavier" for xavier_uniform, "he" for he_normal;
        a number (the standard deviation of a normal distribution); or a function (rng, fan_in, fan_out) -> W.
    bias_row : whether a function may also return (fan_in + 1, fan_out), whose last row is the bias.

    Returns
    -------
    W : (fan_in, fan_out), or (fan_in + 1, fan_out) from such a function

    Raises
    ------
    TypeError
        For a seed in place of a Generator.
    ValueError
        For a name that is not known, and for a function whose W has another shape or is not finite.
    """
    rng = shared_generator(_own if rng is None else rng)
    if isinstance(init, str):
        return ops.INITIALIZERS[SHORT_NAMES.get(choice(init, "init", NAMES), init)](rng, fan_in, fan_out)
    if callable(init):
        function(init, "init", "(rng, fan_in, fan_out) that returns W")
        return _drawn_by(init, rng, whole_number(fan_in, "fan_in"), whole_number(fan_out, "fan_out"), bias_row)
    return ops.small_normal(rng, fan_in, fan_out, rate(init, "init"))


def _drawn_by(init: Callable, rng, fan_in: int, fan_out: int, bias_row: bool) -> np.ndarray:
    W = as_float(init(rng, fan_in, fan_out), "what init returned")
    allowed = [(fan_in, fan_out)] + [(fan_in + 1, fan_out)] * bias_row
    if W.shape not in allowed:
        cause = "(outputs, inputs), as PyTorch stores them; transposed here" if W.shape == (fan_out, fan_in) else (
            "a function that takes its arguments in another order than (rng, fan_in, fan_out)")
        raise ValueError(f"init returned shape {W.shape}, expected {allowed[0]} (fan_in, fan_out). Usual cause: "
                         f"{cause}.")
    if not np.isfinite(W).all():
        raise ValueError(f"init returned {np.sum(~np.isfinite(W))} NaN or infinite weights, expected finite numbers.")
    return W

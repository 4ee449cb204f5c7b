"""What several definitions of this chapter share."""

import numpy as np


def steps(rng, slots=1, shape=(3, 2)):
    """w, what a rule keeps (`slots` arrays, none negative), and a gradient of both signs, none of it near zero."""
    w = rng.normal(size=shape)
    kept = [rng.uniform(0.2, 2, size=shape) for _ in range(slots)]
    dw = rng.choice([-1, 1], size=shape) * rng.uniform(0.3, 2, size=shape)
    dw.flat[0], dw.flat[-1] = abs(dw.flat[0]), -abs(dw.flat[-1])
    return w, kept, dw


def numbers(answer, keys) -> dict[str, float]:
    """The numbers of a dict with these keys; whatever else comes is refused in a sentence."""
    if not isinstance(answer, dict) or set(answer) != set(keys):
        raise ValueError(f"a dict with the keys {', '.join(keys)} is expected, got {answer!r:.100}")
    for key, value in answer.items():
        if value is ... or value is None:
            raise ValueError(f"{key} is still to be filled in")
        if isinstance(value, str) or np.ndim(value):
            quotes = ", without quotes" if isinstance(value, str) else ""
            raise ValueError(f"{key} is {value!r:.40}, expected a number{quotes}")
    return {key: float(answer[key]) for key in keys}

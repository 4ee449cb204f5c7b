"""What the definitions of this chapter share."""

import numpy as np

from course_lib.exercises.define import all_filled


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def numbered(*keys):
    """A `call` for a dict of numbers with these keys: refuses what is no number, else hands the dict on."""

    def call(answer):
        all_filled(answer, keys)
        for key in keys:
            if isinstance(answer[key], str) or np.ndim(answer[key]):
                raise TypeError(f"{key} is {answer[key]!r:.40}, expected one number")
        return {key: answer[key] for key in keys}

    return call


def letter(answer, key, choices):
    """The letter chosen under a key of a dict, as a small one."""
    said = answer[key].strip().lower() if isinstance(answer[key], str) else answer[key]
    if said not in tuple(choices):
        raise ValueError(f"{key} is {answer[key]!r:.40}, expected one of the letters {', '.join(choices)} in quotes")
    return said

"""What answers of chapter 09 measure with; it enters the sandbox, and so holds no answer."""

import numpy as np

from course_lib import ops


def length_left(radius: float, activation: str = "tanh", T: int = 50, H: int = 32) -> float:
    """Length of the slope of the last state in the first, for a start of length 1.

    Wh is `radius` times a rotation of `H` units; the inputs are standard normal.
    """
    rng = np.random.default_rng(0)
    Wx, x = rng.normal(size=(4, H)) / 4, rng.normal(size=(1, T, 4))
    rotation = np.linalg.qr(rng.normal(size=(H, H)))[0]
    _, cache = ops.rnn_forward(x, Wx, radius * rotation, np.zeros(H), activation=activation)
    dh = np.zeros((1, T, H))
    dh[0, -1] = 1 / np.sqrt(H)
    return float(np.linalg.norm(ops.rnn_backward(dh, cache)[1]))

"""The arguments of a training run, checked and in the form that the kernels take."""

import numpy as np

from course_lib.kernels.activations import ACTIVATIONS
from course_lib.kernels.losses import BCE, LOSSES
from course_lib.validate import as_float, as_labels, choice, finite

#: The output activation that belongs to a loss when none is named.
NATURAL_OUTPUT = {"mse": "identity", "half_sse": "identity", "mae": "identity", "bce": "sigmoid",
                  "cross_entropy": "softmax"}


def as_points(X, sizes) -> np.ndarray:
    """X (N, D) with D = sizes[0]."""
    X = as_float(X, "X")
    if X.ndim != 2 or X.shape[1] != sizes[0] or not len(X):
        raise ValueError(f"X has shape {X.shape}, expected (N, {sizes[0]}) for sizes {sizes}. Usual cause: points in "
                         "columns instead of rows, images that are not flattened, or the wrong first entry of sizes.")
    return X


def as_inputs(X, sizes) -> np.ndarray:
    """X (N, D) with D = sizes[0], known numbers."""
    X = as_points(X, sizes)
    finite(X, "X")
    return X


def as_targets(y, sizes, loss: str, points: int, dtype) -> np.ndarray:
    """Targets as (K, N); labels become one-hot columns."""
    outputs = sizes[-1]
    if loss == "cross_entropy":
        return np.ascontiguousarray(np.eye(outputs, dtype=dtype)[:, as_labels(y, points, outputs)])
    y = as_float(y, "y")
    if y.shape == (points,):
        y = y[:, None]
    if y.shape != (points, outputs):
        raise ValueError(f"y has shape {y.shape}, expected ({points}, {outputs}) for {points} rows of X and sizes "
                         f"{sizes}. Usual cause: labels where one column an output is needed, or loss={loss!r} where "
                         "cross_entropy is meant.")
    finite(y, "y")
    if loss == "bce" and (y.min() < 0 or y.max() > 1):
        raise ValueError(f"targets run from {y.min()} to {y.max()}, expected 0 to 1 for bce. Usual cause: labels -1 "
                         "and +1; use (y + 1) / 2.")
    return np.ascontiguousarray(y.T, dtype)


def as_output(output: str | None, loss: str, allowed) -> str:
    """The output activation: what belongs to the loss, or the one named, where the loss leaves a choice."""
    natural = NATURAL_OUTPUT[loss]
    if output is None:
        return natural
    if loss in ("bce", "cross_entropy"):
        if output != natural:
            raise ValueError(f"output={output!r} with loss={loss!r}, expected {natural!r}: this loss is computed from "
                             f"the scores before the {natural}. Leave `output` out.")
        return natural
    return choice(output, "output", allowed)


def as_codes(hidden: str, output: str | None, loss: str) -> tuple[np.ndarray, str]:
    """(3,) numbers of the hidden activation, of the output activation and of the loss; and the output's name."""
    choice(loss, "loss", LOSSES)
    choice(hidden, "hidden", ACTIVATIONS)
    output = as_output(output, loss, ACTIVATIONS)
    number = LOSSES.index(loss)
    last = 0 if number >= BCE else ACTIVATIONS.index(output)  # these losses start from the scores
    return np.array([ACTIVATIONS.index(hidden), last, number], np.int64), output

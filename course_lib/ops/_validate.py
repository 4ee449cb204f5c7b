"""What every op checks before it hands arrays to a kernel: kind of number, shape, labels, probabilities."""

import numpy as np


def as_float(value, name: str) -> np.ndarray:
    """`value` as a float32 or float64 array; integers and booleans become float64."""
    array = np.asarray(value)
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    raise TypeError(
        f"{name} must be an array of numbers, got dtype {array.dtype}. Usual cause: rows of different lengths, text, "
        "or None in the list."
    )


def same_kind(*arrays: np.ndarray) -> list[np.ndarray]:
    """The arrays in their common dtype, contiguous, as kernels take them."""
    dtype = np.result_type(*arrays)
    return [np.ascontiguousarray(array, dtype) for array in arrays]


def same_shape(first: np.ndarray, second: np.ndarray, names: tuple[str, str]) -> None:
    """Both shapes must be equal, without broadcasting."""
    if first.shape == second.shape:
        return
    message = f"{names[0]} has shape {first.shape} and {names[1]} {second.shape}; they must be equal."
    if first.size == second.size:
        message += " Same size: one of them needs a reshape, such as y[:, None] or y.reshape(-1, 1)."
    raise ValueError(message)


def no_nan(array: np.ndarray, name: str) -> None:
    """Targets and data must be known numbers (predictions may be NaN: that is how divergence shows)."""
    if np.isnan(array).any():
        raise ValueError(f"{name} holds {int(np.isnan(array).sum())} NaN. Usual cause: missing values in the data.")


def as_rows(value, name: str, columns: str = "features") -> np.ndarray:
    """A two-dimensional float array."""
    array = as_float(value, name)
    if array.ndim != 2 or array.size == 0:
        hint = " One sample alone is a row: x[None, :]." if array.ndim == 1 else ""
        raise ValueError(f"{name} must have shape (samples, {columns}) and not be empty, got {array.shape}.{hint}")
    return array


def as_labels(y, samples: int, classes: int | None, name: str = "y") -> np.ndarray:
    """Integer labels 0 .. classes-1, one a sample."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[0] == samples and labels.shape[1] > 1:
        raise ValueError(f"{name} has shape {labels.shape}: labels are integers, not one-hot rows. "
                         f"Use {name}.argmax(axis=1).")
    if labels.shape != (samples,):
        raise ValueError(f"{name} must have shape ({samples},), one label a sample, got {labels.shape}.")
    if labels.dtype.kind == "b":
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integer labels, got dtype {labels.dtype}. Usual cause: labels read as "
                        f"decimal numbers; use {name}.astype(int).")
    labels = labels.astype(np.int64)
    if labels.size and (labels.min() < 0 or (classes is not None and labels.max() >= classes)):
        cause = " Usual cause: classes counted from 1." if labels.min() == 1 and labels.max() == classes else ""
        cause = " Usual cause: labels -1 and +1; the course uses 0 and 1." if labels.min() == -1 else cause
        allowed = "0 or more" if classes is None else f"in 0..{classes - 1}"
        raise ValueError(f"{name} holds labels from {labels.min()} to {labels.max()}; they must be {allowed}.{cause}")
    return labels


def as_shares(value, name: str, use_instead: str = "") -> np.ndarray:
    """Numbers in [0, 1]; NaN passes."""
    array = as_float(value, name)
    if array.size and (array.min() < 0 or array.max() > 1):
        raise ValueError(f"{name} must lie in [0, 1], got values from {array.min():.4g} to {array.max():.4g}."
                         f"{use_instead}")
    return array


def as_distribution(value, name: str) -> np.ndarray:
    """Shares that sum to 1 over the last axis."""
    array = as_shares(value, name)
    if array.ndim == 0:
        raise ValueError(f"{name} must be a distribution over classes, got a single number.")
    no_nan(array, name)
    sums = array.sum(axis=-1)
    if np.abs(sums - 1).max(initial=0) > 1e-4:
        worst = np.ravel(sums)[np.abs(np.ravel(sums) - 1).argmax()]
        raise ValueError(f"{name} must sum to 1 over the last axis, got {worst:.4g}. Usual cause: scores instead of "
                         "probabilities (apply softmax), or classes along the wrong axis.")
    return array

"""The one way to check an argument: kind of number, range, shape, labels, probabilities.

Every message says what was given, what was expected and, where it is known, the usual cause. A value of the wrong kind
is a TypeError, a wrong number or shape a ValueError. Arguments are never changed.
"""

import operator

import numpy as np

# ---- single values -----------------------------------------------------------------------------------------


def whole_number(value, name: str, low: int = 1, high: int | None = None) -> int:
    """A count: an integer of Python or NumPy from `low` to `high`, neither True nor 2.0."""
    allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_):
        cause = ""
        if isinstance(value, float | np.floating) and value == np.floor(value) and np.isfinite(value):
            cause = f" Usual cause: a result of / or 1e3 is a decimal number; // or int(...) makes {int(value)}."
        raise TypeError(f"{name}={value!r}, expected a whole number {allowed}.{cause}")
    if number < low or (high is not None and number > high):
        raise ValueError(f"{name}={value}, expected a whole number {allowed}.")
    return number


def as_number(value, name: str) -> float:
    """One number as a float; NaN and infinity pass."""
    try:
        array = as_float(value, name)
    except TypeError:
        given = repr(value) if isinstance(value, str | type(None)) else f"{type(value).__name__}"
        cause = " Usual cause: quotes around the number." if isinstance(value, str) else ""
        raise TypeError(f"{name} must be a number, got {given}.{cause}") from None
    if array.ndim != 0:
        raise ValueError(f"{name} has shape {array.shape}, expected one number.")
    return float(array)


def rate(value, name: str, low: float = 0.0, high: float = np.inf) -> float:
    """A finite number from `low` to `high`, such as a learning rate or a penalty."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value}, expected a number.")
    number = as_number(value, name)
    if not (np.isfinite(number) and low <= number <= high):
        allowed = "" if low == -np.inf else f" of at least {low:g}" if high == np.inf else f" from {low:g} to {high:g}"
        raise ValueError(f"{name}={number:g}, expected a finite number{allowed}.")
    return number


def choice(value, name: str, allowed) -> str:
    """One of the names in `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        cause = " Usual cause: the function itself instead of its name." if callable(value) else ""
        raise ValueError(f"{name}={value!r}, expected one of {', '.join(map(repr, allowed))}.{cause}")
    return value


def yes_or_no(value, name: str, cause: str = "") -> bool:
    """True or False, of Python or NumPy; not a word, which would count as True. `cause` ends the message."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value!r}, expected True or False.{cause}")
    return bool(value)


def function(value, name: str, of: str):
    """A function, or an object that can be called; `of` says what it takes and returns."""
    if not callable(value) or isinstance(value, type):
        given = "a class" if isinstance(value, type) else f"{type(value).__name__}"
        raise TypeError(f"{name} must be a function of {of}, got {given}. Usual cause: the result of the function, or "
                        "its arguments, instead of the function.")
    return value


def generator(rng) -> np.random.Generator:
    """A Generator as it is, or a new one from a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise TypeError(f"rng={rng!r}, expected a seed such as 0 or a numpy Generator: without one the numbers would "
                    "differ from run to run.")


def shared_generator(rng) -> np.random.Generator:
    """A Generator that several layers draw from one after another; no seed."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng={rng!r}, expected a numpy Generator such as np.random.default_rng(0), the same one for "
                        "all layers. Usual cause: a seed; with one, layers of the same shape would start alike.")
    return rng


def as_dtype(dtype) -> np.dtype:
    """float32 or float64: a network of whole numbers cannot learn."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = None  # no kind of number at all
    if kind not in (np.float32, np.float64):
        raise TypeError(f"dtype={dtype!r}, expected float32 or float64. Usual cause: the dtype of labels or of images "
                        "that were not divided by 255.")
    return kind


# ---- arrays ------------------------------------------------------------------------------------------------

#: What networks compute with. As NumPy's own objects, which are compared at once; a class becomes one each time.
FLOATS = np.dtype(np.float32), np.dtype(np.float64)


def as_array(value, name: str) -> np.ndarray:
    """`value` as an array of whatever it holds."""
    try:
        return np.asarray(value)
    except ValueError:  # NumPy's words for it are "inhomogeneous shape"
        raise TypeError(f"{name} must be an array, got rows of different lengths.") from None


def as_float(value, name: str) -> np.ndarray:
    """`value` as a float32 or float64 array; integers and booleans become float64."""
    array = as_array(value, name)
    if array.dtype in FLOATS:
        return array
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    raise TypeError(
        f"{name} must be an array of numbers, got dtype {array.dtype}. Usual cause: rows of different lengths, text, "
        "or None in the list."
    )


def same_kind(*arrays: np.ndarray) -> list[np.ndarray]:
    """The arrays in their common dtype, contiguous, as kernels take them: float32 with float64 gives float64."""
    dtypes = {array.dtype for array in arrays}
    dtype = dtypes.pop() if len(dtypes) == 1 else np.result_type(*dtypes)
    return [np.asarray(array, dtype, order="C") for array in arrays]


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


def finite(array: np.ndarray, name: str) -> None:
    """Data to learn from must be known numbers, and infinity is not one."""
    known = np.isfinite(array)
    if not known.all():
        missing = np.count_nonzero(np.isnan(array))
        wrong = array.size - np.count_nonzero(known)
        raise ValueError(f"{name} holds {missing} NaN and {wrong - missing} infinity, expected known numbers. Usual "
                         "cause: missing values in the data, or a run that diverged.")


def as_rows(value, name: str, columns: str = "features") -> np.ndarray:
    """A two-dimensional float array."""
    array = as_float(value, name)
    if array.ndim != 2 or array.size == 0:
        hint = " One sample alone is a row: x[None, :]." if array.ndim == 1 else ""
        raise ValueError(f"{name} must have shape (samples, {columns}) and not be empty, got {array.shape}.{hint}")
    return array


def as_labels(y, samples: int | None, classes: int | None, name: str = "y") -> np.ndarray:
    """Integer labels 0 .. classes-1, one a sample; as many as there are where `samples` is None."""
    labels = as_array(y, name)
    samples = labels.size if samples is None else samples
    if labels.ndim == 2 and labels.shape[1] > 1:
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


def as_layers(params) -> list[tuple]:
    """The layers of a network as pairs [(W, b), ...], in the form alone: arrays are checked where they are used."""
    form = "expected one pair (W, b) a layer: [(W1, b1), (W2, b2)]"
    if not isinstance(params, list | tuple):
        cause = " dense.unpack makes layers of a flat vector." if isinstance(params, np.ndarray) else ""
        raise TypeError(f"params is {type(params).__name__}, {form}.{cause}")
    if not params:
        raise ValueError(f"params is empty, there is no layer; {form}.")
    for number, layer in enumerate(params, 1):
        if not isinstance(layer, list | tuple):
            raise TypeError(f"layer {number} of params is {type(layer).__name__}, {form}. Usual cause: W and b in one "
                            "row, [W1, b1, W2, b2].")
        if len(layer) != 2:
            raise ValueError(f"layer {number} of params holds {len(layer)} parts, {form}; b may be None.")
    return list(params)


def as_places(value, name: str, shape: str) -> np.ndarray:
    """Sample numbers, not empty, in an array of the form that `shape` says: "(N,)" or "(epochs, n)"."""
    places = as_array(value, name)
    rows = "epochs" in shape
    if places.ndim != 1 + rows or places.size == 0 or places.dtype.kind not in "iu":
        hint = f" One epoch alone is a row: {name}[None, :]." if rows else ""
        raise ValueError(f"{name} must have shape {shape}, not be empty, and hold sample numbers, got shape "
                         f"{places.shape} of {places.dtype}.{hint}")
    return np.ascontiguousarray(places, np.int64)


def as_order(value, samples: int, epochs: int | None = None) -> np.ndarray:
    """The order of the samples: numbers 0 .. samples-1 in rows, one row an epoch; `epochs`, where given, must agree."""
    order = as_places(value, "order", "(epochs, n)")
    if order.min() < 0 or order.max() >= samples:
        raise ValueError(f"order holds sample numbers from {order.min()} to {order.max()}, expected 0..{samples - 1}.")
    if epochs not in (None, len(order)):
        raise ValueError(f"epochs={epochs} and {len(order)} rows of order, expected one row an epoch. Leave `epochs` "
                         "out.")
    return order


def as_shares(value, name: str, use_instead: str = "") -> np.ndarray:
    """Numbers in [0, 1]; NaN passes, and what rounding has put outside counts as 0 or 1."""
    array = as_float(value, name)
    rounding = 4 * np.finfo(array.dtype).eps
    wrong = array[(array < -rounding) | (array > 1 + rounding)]
    if wrong.size:
        low, high = float(wrong.min()), float(wrong.max())
        if low > 1 and high < 1 + 1e-4:  # four digits would read "up to 1"
            raise ValueError(f"{name} must lie in [0, 1], got 1 + {high - 1:.2g}. Usual cause: probabilities that were "
                             f"added or averaged, with rounding; np.clip({name}, 0, 1).")
        raise ValueError(f"{name} must lie in [0, 1], got {wrong.size} outside, from {low:.4g} to {high:.4g}."
                         f"{use_instead}")
    return np.clip(array, 0, 1)


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

"""What a run may do besides plain descent, checked and in the form that the kernels take."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from course_lib.kernels.runs import EXTRAS
from course_lib.validate import as_float, as_number, function, rate

#: The extras that change what a step sees of the data and the network, so that it cannot share the pass of the record.
SEEN_BY_STEPS_ONLY = ("dropout", "noise", "label_smoothing")
#: The extras that draw random numbers.
RANDOM = ("dropout", "noise", "gradient_noise")
#: Shares, below 1; and lengths, above 0, of which None is no limit.
SHARES, LENGTHS = ("dropout", "label_smoothing"), ("clip_norm", "max_norm")


def as_extras(given: dict, loss: str) -> np.ndarray:
    """(1, EXTRAS) or (S, EXTRAS) from numbers, or one a run."""
    values = [_numbers(name, given.get(name, off)) for name, off in EXTRAS.items()]
    if np.any(given.get("label_smoothing", 0.0)) and loss != "cross_entropy":
        raise ValueError(f"label_smoothing with loss={loss!r}, expected cross_entropy, whose targets are classes.")
    runs = max(value.size for value in values)
    wrong = [f"{name}: {value.size}" for name, value in zip(EXTRAS, values, strict=True) if value.size not in (1, runs)]
    if wrong:
        raise ValueError(f"settings of lengths {runs} and {', '.join(wrong)} do not fit together; expected one number, "
                         "or one a run.")
    return np.stack([np.broadcast_to(value, runs) for value in values], axis=1)


def _numbers(name: str, value) -> np.ndarray:
    if name in LENGTHS:
        several = isinstance(value, list | tuple)
        value = [math.inf if one is None else one for one in value] if several else math.inf if value is None else value
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value}, expected a number.")
    several = isinstance(value, list | tuple | np.ndarray)
    numbers = np.atleast_1d(as_float(value, name) if several else as_number(value, name)).astype(np.float64)
    if numbers.ndim > 1 or not numbers.size:
        raise ValueError(f"{name} has shape {numbers.shape}, expected one number, or one a run.")
    if name in LENGTHS:
        right, expected = numbers > 0, "a number above 0, or None for no limit"
    elif name in SHARES:
        right, expected = (numbers >= 0) & (numbers < 1), "a share of at least 0 and below 1"
    else:
        right, expected = (numbers >= 0) & (numbers < np.inf), "a finite number of at least 0"
    if not right.all():
        cause = " Usual cause: the share that is kept; it is the share that is dropped." if name == "dropout" else ""
        raise ValueError(f"{name}={numbers[~right][0]:g}, expected {expected}.{cause}")
    return numbers


def has(extras: np.ndarray, names: Iterable[str]) -> bool:
    """Whether a run does one of these."""
    columns = [list(EXTRAS).index(name) for name in names]
    return bool((extras[:, columns] != np.array(list(EXTRAS.values()))[columns]).any())


def as_rates(schedule: Callable | None, epochs_before: int, epochs: int, steps: int) -> np.ndarray:
    """The rate of every step, of which an epoch has `steps`; empty without a schedule."""
    if schedule is None:
        return np.empty(0)
    function(schedule, "schedule", "the epoch that returns the learning rate")
    places = [epochs_before + step / steps for step in range(epochs * steps)]
    values = [schedule(place) for place in places]
    if values:
        rate(values[0], f"schedule({places[0]:g})")  # the first one tells of a wrong kind
    rates = np.array(as_float(values, "the rates of the schedule"), np.float64)
    if rates.ndim != 1:
        raise ValueError(f"the schedule's rates have shape {rates.shape}, expected one number for each epoch.")
    for place in np.flatnonzero(~(np.isfinite(rates) & (rates >= 0)))[:1]:
        rate(rates[place], f"schedule({places[place]:g})")
    return rates


def rate_ratios(lrs: np.ndarray) -> np.ndarray:
    """lr_s / lr_0, by which run s goes faster or slower than the schedule says."""
    if lrs[0] == 0 and lrs.any():
        raise ValueError("a schedule sets the rate of the first run, and the others keep their ratio to it; expected "
                         f"lrs[0] > 0, got {lrs[0]:g}.")
    return lrs / lrs[0] if lrs[0] else np.ones(len(lrs))

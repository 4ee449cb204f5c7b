"""The small real data that come with the course, and the tools every lesson uses on data.

The files are read at first use, checked against `manifest.json` and kept in memory as read-only arrays.
"""

import functools
import hashlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.validate import as_array, as_float, finite, generator, rate, same_kind, whole_number

FOLDER = Path(__file__).parent


class Split(NamedTuple):
    """Training and test data, in scikit-learn's order: `X_train, X_test, y_train, y_test = digits8()`."""

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


@functools.cache
def manifest():
    """What is shipped: name to file, sha256, shape, dtype, number of training rows, origin, license of the data."""
    return json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


def digits8():
    """1,797 handwritten digits of 8x8 pixels, in a fixed order, 1,437 for training and 360 for testing.

    Returns
    -------
    Split
        X (N, 64) float64 in [0, 1] (ink counts 0..16 divided by 16, row by row), y (N,) int64 in 0..9.

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    return _digits8()


def digits28(n_train=8000):
    """10,000 MNIST digits of 28x28 pixels, in a fixed order, up to 8,000 for training and 2,000 for testing.

    The order is the course's own: results are not comparable digit for digit with the official 60,000/10,000 split,
    which `course data mnist` fetches.

    Parameters
    ----------
    n_train : int, 1 to 8000: the first so many of the training digits. The test digits are always the same 2,000.

    Returns
    -------
    Split
        X (N, 28, 28) uint8, 0 background to 255 full ink; y (N,) int64 in 0..9. Read-only: divide by 255 for a copy.

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    return _first(_digits28(), n_train)


#: The classes of `fashion()`: FASHION_CLASSES[label].
FASHION_CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


def fashion(n_train=4000):
    """6,000 pictures of clothes of 28x28 pixels, up to 4,000 for training and 2,000 for testing.

    The first pictures of Fashion-MNIST's training and test part; `course data fashion-mnist` fetches all 70,000.

    Parameters
    ----------
    n_train : int, 1 to 4000: the first so many of the training pictures. The test pictures are always the same 2,000.

    Returns
    -------
    Split
        X (N, 28, 28) uint8, 0 background to 255; y (N,) int64 in 0..9, named by FASHION_CLASSES. Read-only.

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    return _first(_fashion(), n_train)


#: The columns of `diabetes()`.
DIABETES_FEATURES = ("age", "sex", "bmi", "bp", "tc", "ldl", "hdl", "tch", "ltg", "glu")


def diabetes():
    """442 diabetes patients: ten measurements, and how far the disease had progressed a year later.

    The columns (`DIABETES_FEATURES`) are age in years, sex (1, 2), body mass index, blood pressure, and six blood
    values, in the units of the study: their scales differ by a factor of 100, so `standardize` them.

    Returns
    -------
    Split
        X (N, 10) float64 and y (N,) float64 from 25 to 346, in a fixed order, 353 for training and 89 for testing.

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    return _diabetes()


@functools.cache
def photograph():
    """A gray photograph of a temple, 256 rows of 384 pixels: a real matrix to approximate.

    Returns
    -------
    (256, 384) uint8, 0 black to 255 white; read-only. Photograph by danielbuechele, CC BY 2.0.

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    image = _load("photograph")["X"]
    image.setflags(write=False)
    return image


@functools.cache
def shakespeare():
    """Hamlet, Prince of Denmark: a text of 173,123 characters, 65 different ones.

    Returns
    -------
    str, from "ACT I." to the last stage direction; lines end in "\\n".

    Raises
    ------
    OSError
        When the shipped file is missing or damaged.
    """
    return _load("shakespeare")["X"].tobytes().decode("ascii")


@functools.cache
def _digits8():
    X, y = _load("digits8").values()
    return _split(X / 16.0, y.astype(np.int64), manifest()["digits8"]["n_train"])


@functools.cache
def _digits28():
    X, y = _load("digits28").values()
    return _split(X, y.astype(np.int64), manifest()["digits28"]["n_train"])


@functools.cache
def _fashion():
    X, y = _load("fashion").values()
    return _split(X, y.astype(np.int64), manifest()["fashion"]["n_train"])


@functools.cache
def _diabetes():
    return _split(*_load("diabetes").values(), manifest()["diabetes"]["n_train"])


def _first(full, n_train):
    n_train = whole_number(n_train, "n_train", 1, len(full.y_train))
    return full._replace(X_train=full.X_train[:n_train], y_train=full.y_train[:n_train])


def _split(X, y, n_train):
    parts = Split(X[:n_train], X[n_train:], y[:n_train], y[n_train:])
    for array in (X, y, *parts):
        array.setflags(write=False)
    return parts


def _load(name):
    """The arrays X (and y) of a shipped file, after its checksum has been compared with the manifest."""
    entry = manifest()[name]
    path = FOLDER / entry["file"]
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing: install the course again, or restore the file from git") from None
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"]:
        raise OSError(
            f"{path} is damaged: its sha256 is {found[:12]}..., expected {entry['sha256'][:12]}... "
            f"({len(content):,} bytes). Restore it from git or install the course again."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def standardize(train, *others):
    """Scale columns to mean 0 and standard deviation 1 with the statistics of the training rows alone.

    x' = (x - mean) / sd, with mean and sd (divisor N) of `train`; other parts must not leak into them. A column that
    does not vary becomes 0 in `train`.

    Parameters
    ----------
    train : array (N, D) or (N, ...)
    *others : arrays with the same columns, such as the test rows

    Returns
    -------
    array, or a tuple of arrays when `others` are given

    Raises
    ------
    ValueError
        When a part has other columns, or `train` holds values that are not finite.
    """
    train, *others = _columns(train, *others)
    mean, sd = train.mean(axis=0), train.std(axis=0)
    # The rounding of the mean leaves a constant column a tiny spread; dividing by it would blow noise up to size 1.
    constant = sd <= 10 * np.finfo(train.dtype).eps * np.abs(mean)
    sd = np.where(constant, 1, sd)
    mean = np.where(constant, train[0], mean)
    scaled = tuple(((part - mean) / sd).astype(train.dtype) for part in (train, *others))
    return scaled if others else scaled[0]


def _columns(train, *others):
    """Floating-point training rows without NaN, and other rows with the same columns."""
    train = as_float(train, "train")
    if train.ndim < 2 or len(train) == 0:
        raise ValueError(f"train must have rows of samples, shape (N, D); got shape {train.shape}")
    finite(train, "train")
    parts = [train]
    for position, other in enumerate(others, start=2):
        other = as_float(other, f"argument {position}")
        if other.shape[1:] != train.shape[1:]:
            raise ValueError(
                f"argument {position} has shape {other.shape}, train has {train.shape}: all but the first must agree"
            )
        parts.append(other)
    return same_kind(*parts)


def min_max_scale(train, *others):
    """Scale columns to the range from 0 to 1 with the extremes of the training rows alone.

    x' = (x - min) / (max - min), with min and max of `train`; entries of other parts may fall outside of [0, 1]. A
    column that does not vary becomes 0. Pixels have known extremes: divide them by 255 instead.

    Parameters
    ----------
    train : array (N, D)
    *others : arrays with the same columns, such as the test rows

    Returns
    -------
    array, or a tuple of arrays when `others` are given
    """
    train, *others = _columns(train, *others)
    low, width = train.min(axis=0), np.ptp(train, axis=0)
    scaled = tuple(((part - low) / np.where(width > 0, width, 1)).astype(train.dtype) for part in (train, *others))
    return scaled if others else scaled[0]


def train_test_split(X, y, test=0.25, rng=0):
    """Shuffle the rows and set some aside for the test.

    Parameters
    ----------
    X : array (N, ...)
    y : array (N, ...)
    test : float or int. A share in (0, 1), rounded to rows, or a number of rows.
    rng : int seed or Generator

    Returns
    -------
    Split
        X_train, X_test, y_train, y_test; copies, at least one row on each side.
    """
    X, y = as_array(X, "X"), as_array(y, "y")
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        raise ValueError(f"X and y must have one row a sample; got shapes {X.shape} and {y.shape}")
    n = len(X)
    rows = round(rate(test, "test", 0, 1) * n) if isinstance(test, float | np.floating) else test
    if isinstance(test, bool) or not isinstance(rows, (int, np.integer)):
        raise TypeError(f"test is a share such as 0.25 or a number of rows, got {test!r}")
    if not 1 <= rows <= n - 1:
        raise ValueError(f"test = {test!r} sets {rows} of {n} rows aside; both sides need at least one")
    order = generator(rng).permutation(n)
    held, kept = order[:rows], order[rows:]
    return Split(X[kept], X[held], y[kept], y[held])

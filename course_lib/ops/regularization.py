"""Penalties on weights, limits to their length, dropout and smoothed labels."""

import numpy as np

from course_lib.ops.losses import one_hot
from course_lib.validate import as_float, same_kind, same_shape, whole_number, yes_or_no
from course_lib.validate import rate as number_in

__all__ = [
    "dropout_backward",
    "dropout_forward",
    "elastic_penalty",
    "l1_penalty",
    "l2_penalty",
    "max_norm",
    "smooth_labels",
]

# ---- penalties ---------------------------------------------------------------------------------------------


def _arrays(weights) -> list[np.ndarray]:
    """The weight arrays of a network, without its biases."""
    form = "expected a list with the weight array of each layer, [W1, W2]"
    if not isinstance(weights, list | tuple):
        cause = " One array alone is a list of one: [W]." if isinstance(weights, np.ndarray) else ""
        raise TypeError(f"weights is {type(weights).__name__}, {form}.{cause}")
    if not weights:
        raise ValueError(f"weights is empty, {form}.")
    if any(isinstance(W, tuple) for W in weights):
        raise TypeError(f"weights holds pairs, {form}. Usual cause: layers (W, b); a bias has no penalty: "
                        "[W for W, b in params].")
    return same_kind(*(as_float(W, f"weights[{place}]") for place, W in enumerate(weights)))


def l2_penalty(weights, lam):
    """Half the squared length of all weights, times lam; added to the mean loss, whatever the size of the batch.

    R = (lam/2) sum W^2
    dR/dW = lam W

    Parameters
    ----------
    weights : [W1, ..., WL], arrays of any shape; biases are left out
    lam : float, at least 0

    Returns
    -------
    penalty : float
    gradients : list of arrays, one for each array of weights
    """
    weights, lam = _arrays(weights), number_in(lam, "lam")
    return 0.5 * lam * float(sum(np.sum(W * W) for W in weights)), [W * W.dtype.type(lam) for W in weights]


def l1_penalty(weights, lam):
    """The sum of all absolute weights, times lam; added to the mean loss, whatever the size of the batch.

    R = lam sum |W|
    dR/dW = lam sign(W), 0 where the weight is 0

    Parameters
    ----------
    weights : [W1, ..., WL], arrays of any shape; biases are left out
    lam : float, at least 0

    Returns
    -------
    penalty : float
    gradients : list of arrays, one for each array of weights
    """
    weights, lam = _arrays(weights), number_in(lam, "lam")
    return lam * float(sum(np.sum(np.abs(W)) for W in weights)), [np.sign(W) * W.dtype.type(lam) for W in weights]


def elastic_penalty(weights, lam, ratio):
    """A mixture of both penalties.

    R = lam (ratio sum |W| + (1 - ratio)/2 sum W^2)
    dR/dW = lam (ratio sign(W) + (1 - ratio) W)

    Parameters
    ----------
    weights : [W1, ..., WL], arrays of any shape; biases are left out
    lam : float, at least 0
    ratio : float in [0, 1], the share of the absolute values: 1 is `l1_penalty`, 0 is `l2_penalty`

    Returns
    -------
    penalty : float
    gradients : list of arrays, one for each array of weights
    """
    lam, ratio = number_in(lam, "lam"), number_in(ratio, "ratio", 0, 1)
    first, corners = l1_penalty(weights, ratio * lam)
    second, slopes = l2_penalty(weights, (1 - ratio) * lam)
    return first + second, [corner + slope for corner, slope in zip(corners, slopes, strict=True)]


def max_norm(W, c):
    """Shorten the incoming weights of each unit, a column of W, to length c where they are longer.

    w <- w min(1, c / |w|)

    Not a penalty but a limit, applied after every step. For `nn.fit` it is the callback `on_step`:

        def limit(now):
            now.net[0].weight = ops.max_norm(now.net[0].weight.data, 3.0)

    Parameters
    ----------
    W : (D, M) weights into M units
    c : float, at least 0

    Returns
    -------
    (D, M)
    """
    W, c = as_float(W, "W"), number_in(c, "c")
    if W.ndim != 2:
        hint = " One unit alone is a column: w[:, None]." if W.ndim == 1 else ""
        raise ValueError(f"W must have shape (D, M), one column a unit, got {W.shape}.{hint}")
    length = np.linalg.norm(W, axis=0)
    long = length > c
    return W * np.where(long, c / np.where(long, length, 1), 1).astype(W.dtype)


# ---- dropout -----------------------------------------------------------------------------------------------


def dropout_forward(x, rate, u, train=True):
    """Switch units off at random in training, and enlarge the others so that the mean stays (inverted dropout).

    training: out = x m / (1 - rate), with m = 1 where u >= rate, else 0
    test: out = x

    Parameters
    ----------
    x : array, usually (N, D)
    rate : float in [0, 1), the share of units that is dropped
    u : array of the shape of x, uniform in [0, 1), drawn anew for every unit, sample and step:
        `rng.random(x.shape)`; None in test mode
    train : bool

    Returns
    -------
    out : array of the shape of x
    cache : what `dropout_backward` needs: m / (1 - rate) in training, None in test mode
    """
    x, rate, train = as_float(x, "x"), drop_rate(rate, "rate"), yes_or_no(train, "train")
    if u is not None:
        u = as_float(u, "u")
        same_shape(x, u, ("x", "u"))
        if not ((u >= 0) & (u < 1)).all():
            raise ValueError("u must be uniform in [0, 1), got numbers outside. Usual cause: normal numbers; "
                             "rng.random(x.shape) draws uniform ones.")
    if not train:
        return x.copy(), None
    if u is None:
        raise ValueError("u is None, and training needs a uniform number for every entry of x: rng.random(x.shape).")
    factor = np.where(u >= rate, 1 / (1 - rate), 0).astype(x.dtype)
    return _times(x, factor), factor


def dropout_backward(dout, cache):
    """Gradient of dropout: only the units that were on have one, and it is as much larger as they were.

    training: dx = dout m / (1 - rate), with the m of the forward pass
    test: dx = dout

    Parameters
    ----------
    dout : array of the shape of the output
    cache : from `dropout_forward`

    Returns
    -------
    dx : array of that shape
    """
    dout = as_float(dout, "dout")
    if cache is None:
        return dout.copy()
    if not isinstance(cache, np.ndarray):
        raise TypeError(f"cache is {type(cache).__name__}, expected what dropout_forward returns second: out, cache = "
                        "dropout_forward(...).")
    same_shape(dout, cache, ("dout", "cache"))
    return _times(*same_kind(dout, as_float(cache, "cache")))


def drop_rate(value, name: str) -> float:
    """The share that dropout drops, from 0 to below 1."""
    share = number_in(value, name, 0, 1)
    if share == 1:
        raise ValueError(f"{name}=1 would drop every unit, expected less. {name} is the share that is dropped, not the "
                         "one that is kept.")
    return share


def _times(array: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The product, 0 where the factor is 0, also for infinity and NaN."""
    return np.multiply(array, factor, out=np.zeros_like(array), where=factor > 0)


# ---- labels ------------------------------------------------------------------------------------------------


def smooth_labels(y, C, eps):
    """One-hot rows that are not quite certain: the true class gives away a share, which all classes divide.

    q_ik = (1 - eps) [y_i = k] + eps / C

    Parameters
    ----------
    y : (N,) integer labels 0..C-1
    C : int, number of classes
    eps : float in [0, 1]

    Returns
    -------
    (N, C) float64 array; each row sums to 1
    """
    C, eps = whole_number(C, "C"), number_in(eps, "eps", 0, 1)
    return (1 - eps) * one_hot(y, C) + eps / C

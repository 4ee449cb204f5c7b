"""Initializers: the starting weights of one layer, W (fan_in, fan_out), float64.

Each is a function (rng, fan_in, fan_out) -> W with an rng that all layers share. `INITIALIZERS` has them by name.
"""

import math

import numpy as np

from course_lib.validate import rate, shared_generator, whole_number

__all__ = ["INITIALIZERS", "constant", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal",
           "small_normal", "uniform", "xavier_normal", "xavier_uniform", "zeros"]


def _shape(rng, fan_in, fan_out) -> tuple[int, int]:
    shared_generator(rng)
    return whole_number(fan_in, "fan_in"), whole_number(fan_out, "fan_out")


def zeros(rng, fan_in, fan_out):
    """All weights 0: hidden units compute the same and get the same gradients, so they stay alike.

    W = 0; nothing is drawn from rng.

    Parameters
    ----------
    rng : numpy Generator
    fan_in, fan_out : int, inputs and outputs of the layer

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    return np.zeros(_shape(rng, fan_in, fan_out))


def constant(rng, fan_in, fan_out, value=0.5):
    """All weights equal: like `zeros`, a layer of one unit in many copies.

    W = value; nothing is drawn from rng.

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`
    value : float

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    value = rate(value, "value", low=-np.inf)
    return np.full(_shape(rng, fan_in, fan_out), value)


def small_normal(rng, fan_in, fan_out, sd=0.01):
    """Normal weights of one spread, whatever the size of the layer.

    w ~ N(0, sd^2)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`
    sd : float >= 0, standard deviation

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    return rate(sd, "sd") * rng.standard_normal(shape)


def uniform(rng, fan_in, fan_out, low=-0.5, high=0.5):
    """Weights evenly between two bounds, whatever the size of the layer; sd = (high - low) / sqrt(12).

    w ~ U(low, high)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`
    low, high : float, low <= high

    Returns
    -------
    W : (fan_in, fan_out) array

    Raises
    ------
    ValueError : low above high.
    """
    low, high = rate(low, "low", low=-np.inf), rate(high, "high", low=-np.inf)
    if low > high:
        raise ValueError(f"low={low:g} is above high={high:g}. Usual cause: the two in the other order.")
    return rng.uniform(low, high, _shape(rng, fan_in, fan_out))


def lecun_normal(rng, fan_in, fan_out):
    """Normal weights that keep the variance of what goes through a linear layer (LeCun et al. 1998).

    w ~ N(0, 1/fan_in)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    return fan_in**-0.5 * rng.standard_normal(shape)


def lecun_uniform(rng, fan_in, fan_out):
    """Uniform weights with the variance of `lecun_normal`, 1/fan_in.

    w ~ U(-r, r) with r = sqrt(3/fan_in)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    r = math.sqrt(3.0 / fan_in)
    return rng.uniform(-r, r, shape)


def xavier_normal(rng, fan_in, fan_out):
    """Normal weights, a compromise between the way forward and the way back (Glorot and Bengio 2010): for tanh.

    w ~ N(0, 2/(fan_in + fan_out))

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    return math.sqrt(2.0 / (fan_in + fan_out)) * rng.standard_normal(shape)


def xavier_uniform(rng, fan_in, fan_out):
    """Uniform weights with the variance of `xavier_normal`, 2/(fan_in + fan_out).

    w ~ U(-r, r) with r = sqrt(6/(fan_in + fan_out))

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    r = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-r, r, shape)


def he_normal(rng, fan_in, fan_out):
    """Normal weights for ReLU, which lets half of the mean square through (He et al. 2015).

    w ~ N(0, 2/fan_in)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    return (2.0 / fan_in) ** 0.5 * rng.standard_normal(shape)


def he_uniform(rng, fan_in, fan_out):
    """Uniform weights with the variance of `he_normal`, 2/fan_in.

    w ~ U(-r, r) with r = sqrt(6/fan_in)

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    r = math.sqrt(6.0 / fan_in)
    return rng.uniform(-r, r, shape)


def orthogonal(rng, fan_in, fan_out):
    """Orthonormal columns, or rows where there are fewer of them; all such W are equally likely (Saxe et al. 2014).

    A = QR, A of normal numbers, tall;  W = Q diag(sign(R_jj)), or its transpose

    W^T W = I for fan_in >= fan_out, W W^T = I for fan_in <= fan_out. Without the signs the distribution would be that
    of the algorithm: QR is unique only with a positive diagonal of R (Mezzadri 2007).

    Parameters
    ----------
    rng, fan_in, fan_out : as in `zeros`

    Returns
    -------
    W : (fan_in, fan_out) array
    """
    shape = _shape(rng, fan_in, fan_out)
    Q, R = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    Q *= np.sign(np.diag(R))
    return Q if fan_in >= fan_out else Q.T


#: Every initializer by name.
INITIALIZERS = {function.__name__: function for function in (
    zeros, constant, small_normal, uniform, lecun_normal, lecun_uniform, xavier_normal, xavier_uniform, he_normal,
    he_uniform, orthogonal)}

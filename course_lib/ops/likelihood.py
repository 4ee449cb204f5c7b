"""Likelihood, and distances between distributions beside those in `losses`. Natural logarithms: divide by ln 2 for
bits.
"""

from typing import NamedTuple

import numpy as np

from course_lib.validate import (
    as_distribution,
    as_float,
    as_number,
    as_shares,
    finite,
    no_nan,
    rate,
    same_kind,
    same_shape,
)

__all__ = [
    "GaussianFit",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "binary_entropy",
    "clipped_log_loss",
    "distribution_cross_entropy",
    "gaussian_density",
    "gaussian_log_likelihood",
    "gaussian_mle",
    "hellinger_distance",
]


def _sample(x):
    x = as_float(x, "x")
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"x must be one sample of numbers, shape (N,), not empty, got {x.shape}.")
    finite(x, "x")
    return x


def gaussian_density(x, mu=0.0, sigma=1.0):
    """Density of the normal distribution; its values may exceed 1, its integral is 1.

    p(x) = e^(-(x - mu)^2 / (2 sigma^2)) / (sigma sqrt(2 pi))    (2.24)

    Parameters
    ----------
    x : array
    mu : float, mean. sigma : float > 0, standard deviation

    Returns
    -------
    array of x's shape
    """
    return np.exp(_log_density(x, mu, sigma))


def _log_density(x, mu, sigma):
    mu, sigma = rate(mu, "mu", -np.inf), rate(sigma, "sigma", -np.inf)
    if sigma <= 0:
        raise ValueError(f"sigma={sigma:g}, expected a positive standard deviation. Usual cause: a logarithm was "
                         "passed.")
    x = as_float(x, "x")
    z = (x - x.dtype.type(mu)) / x.dtype.type(sigma)
    return -z * z / 2 - x.dtype.type(np.log(sigma * np.sqrt(2 * np.pi)))


def gaussian_log_likelihood(x, mu, sigma):
    """How well a normal distribution explains independent points; minus this is the NLL.

    ln L = sum_i ln p(x_i) = -(N/2) ln(2 pi) - N ln sigma - sum_i (x_i - mu)^2 / (2 sigma^2)    (2.25)

    The sum of logarithms is finite where the product of densities underflows to 0.

    Parameters
    ----------
    x : (N,)
    mu, sigma : floats

    Returns
    -------
    float
    """
    return float(_log_density(_sample(x), mu, sigma).sum())


class GaussianFit(NamedTuple):
    """The normal distribution under which the points are most likely."""

    mu: float
    variance: float  #: with divisor N, biased: its mean over samples is (N - 1)/N of the truth


def gaussian_mle(x):
    """Mean and variance of largest likelihood.

    mu = (1/N) sum x_i    (2.26)
    sigma^2 = (1/N) sum (x_i - mu)^2    (2.27)

    Parameters
    ----------
    x : (N,)

    Returns
    -------
    GaussianFit
    """
    x = _sample(x)
    return GaussianFit(float(x.mean()), float(x.var()))


def binary_entropy(p):
    """Entropy of a yes with probability p, in nats; at most ln 2, at p = 1/2.

    H(p) = -p ln p - (1 - p) ln(1 - p), with 0 ln 0 = 0    (2.28)

    Parameters
    ----------
    p : array of probabilities

    Returns
    -------
    array of p's shape
    """
    p = as_shares(p, "p")
    yes, no = np.where(p > 0, p, 1), np.where(p < 1, 1 - p, 1)
    return -(p * np.log(yes) + (1 - p) * np.log(no))


def distribution_cross_entropy(p, q):
    """Mean surprise of one who believes q when p is true, in nats.

    H(p, q) = -sum_k p_k ln q_k = H(p) + KL(p, q)    (2.29)

    From scores and labels use `cross_entropy`.

    Parameters
    ----------
    p, q : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number; infinite where q_k = 0 and p_k > 0
    """
    p, q = _pair(p, q)
    positive = p > 0
    with np.errstate(divide="ignore"):
        return -np.sum(np.where(positive, p, 0) * np.log(np.where(positive, q, 1)), axis=-1)


def _pair(p, q):
    p, q = same_kind(as_distribution(p, "p"), as_distribution(q, "q"))
    same_shape(p, q, ("p", "q"))
    return p, q


def bhattacharyya_coefficient(p, q):
    """Overlap of two distributions, from 0 (nothing in common) to 1 (equal).

    BC = sum_k sqrt(p_k q_k)    (2.30)

    Parameters
    ----------
    p, q : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number
    """
    p, q = _pair(p, q)
    return np.sum(np.sqrt(p * q), axis=-1)


def bhattacharyya_distance(p, q):
    """Distance from the overlap; infinite for distributions with nothing in common.

    D_B = -ln BC    (2.31)

    Parameters
    ----------
    p, q : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number
    """
    with np.errstate(divide="ignore"):
        return -np.log(bhattacharyya_coefficient(p, q))


def hellinger_distance(p, q):
    """Distance of two distributions, from 0 to 1, symmetric; its square is 1 - BC.

    H(p, q) = (1/sqrt 2) |sqrt p - sqrt q|    (2.32)

    Parameters
    ----------
    p, q : (..., C) probabilities that sum to 1

    Returns
    -------
    array of shape (...,), or a number
    """
    p, q = _pair(p, q)
    return np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2, axis=-1) / 2)


def clipped_log_loss(p, y, eps=1e-15):
    """Binary cross-entropy of probabilities kept away from 0 and 1; `bce_from_logits` needs no clipping.

    L = -(1/N) sum [y ln p' + (1 - y) ln(1 - p')], p' = p clipped to [eps, 1 - eps]    (2.38)

    The clipping caps the cost of a certain and wrong answer at -ln eps = 34.5, and its gradient there is 0.

    Parameters
    ----------
    p : array of probabilities
    y : array of the same shape, 0 and 1
    eps : float, above 0 and below 1/2

    Returns
    -------
    float
    """
    p, y, eps = as_shares(p, "p"), as_shares(y, "y"), as_number(eps, "eps")
    same_shape(p, y, ("p", "y"))
    no_nan(y, "y")
    if not 0 < eps < 0.5 or p.size == 0:
        raise ValueError(f"eps={eps} and {p.size} probabilities, expected 0 < eps < 0.5 and at least one.")
    # In float32 1 - 1e-15 rounds to 1 and clips nothing, so the logarithms are taken in float64.
    p = np.clip(p.astype(np.float64), eps, 1 - eps)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))

"""Activations g(z) and their backward functions dz = dout g'(z).

Every forward function takes scores z of any shape. The cache of a backward function is what makes the slope cheap:
the OUTPUT for sigmoid, tanh, softmax and log_softmax, the INPUT z for all others.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.kernels import activations as kernels
from course_lib.validate import as_float, choice, rate, same_kind

__all__ = [
    "ACTIVATIONS",
    "SELU_ALPHA",
    "SELU_SCALE",
    "Activation",
    "elu",
    "elu_backward",
    "gelu",
    "gelu_backward",
    "identity",
    "identity_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "linear_share",
    "log_softmax",
    "log_softmax_backward",
    "relu",
    "relu_backward",
    "selu",
    "selu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "softmax_jacobian",
    "step",
    "step_backward",
    "tanh",
    "tanh_backward",
]

#: SELU's constants: with them, mean 0 and variance 1 are kept from layer to layer (Klambauer et al. 2017).
SELU_ALPHA, SELU_SCALE = kernels.SELU_ALPHA, kernels.SELU_SCALE


def _forward(kernel, z, *constants):
    z = as_float(z, "z")
    flat = np.ascontiguousarray(z).reshape(-1)
    out = np.empty_like(flat)
    kernel(flat, *constants, out)
    return out.reshape(z.shape)[()]


def _pair(dout, cache):
    dout, cache = as_float(dout, "dout"), as_float(cache, "cache")
    if dout.shape != cache.shape:
        raise ValueError(f"dout has shape {dout.shape} and the cache {cache.shape}; they must be equal. Usual cause: "
                         "the cache of another layer.")
    return same_kind(dout, cache)


def _not_output(name, said):
    return ValueError(f"the cache is no output of {name}: {said}. Usual cause: the score z in place of the output "
                      f"{name}(z).")


def _check_output(cache, name, low):
    """An output lies between `low` and 1; NaN passes."""
    if cache.size and (cache.max() > 1.001 or cache.min() < low - 0.001):  # rounding is not what this looks for
        raise _not_output(name, f"its numbers run from {cache.min():.4g} to {cache.max():.4g}, expected "
                          f"{low} to 1")


def _check_sums(probabilities, name):
    """Probabilities sum to 1 over the last axis; NaN passes."""
    far = np.abs(probabilities.sum(axis=-1) - 1)
    if (far > 0.001).any():
        raise _not_output(name, f"the sum of its probabilities is off by {np.nanmax(far):.4g}, "
                          "expected 1 over the last axis")


def _backward(kernel, dout, cache, *constants, output_of=None):
    dout, cache = _pair(dout, cache)
    if output_of is not None:
        _check_output(cache, *output_of)
    out = np.empty(cache.size, cache.dtype)
    kernel(dout.reshape(-1), cache.reshape(-1), *constants, out)
    return out.reshape(cache.shape)[()]


def _over_rows(kernel, *arrays):
    """Apply a kernel for (rows, classes) over the last axis of arrays of any shape."""
    shape = arrays[0].shape
    if not shape or arrays[0].size == 0:
        raise ValueError(f"softmax needs at least one score in its last axis, got shape {shape}.")
    rows = [array.reshape(-1, shape[-1]) for array in same_kind(*arrays)]
    out = np.empty_like(rows[0])
    kernel(*rows, out)
    return out.reshape(shape)


# ---- without an exponential --------------------------------------------------------------------------------


def identity(z):
    """Return z itself, as a new array.

    g(z) = z, g'(z) = 1    (4.4)

    The output activation of regression. Chapter 4, section on activations.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return as_float(z, "z").copy()[()]


def identity_backward(dout, cache):
    """Return dout: the slope of (4.4) is 1. `cache` is the input z."""
    dout, _ = _pair(dout, cache)
    return dout.copy()[()]


def step(z):
    """Heaviside step: the unit fires or not.

    step(z) = 1 if z >= 0 else 0    (3.3)

    NaN stays NaN. Chapter 3, section on the step activation.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of 0.0 and 1.0 of the same shape
    """
    z = as_float(z, "z")
    return np.where(np.isnan(z), z, (z >= 0).astype(z.dtype))[()]


def step_backward(dout, cache):
    """Zeros: the slope of (3.3) is 0 wherever it exists, so nothing can be learned through it. `cache` is z."""
    dout, cache = _pair(dout, cache)
    return np.zeros_like(dout)[()]


def relu(z):
    """Rectified linear unit.

    relu(z) = max(0, z)    (4.10)

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    z = as_float(z, "z")
    return np.maximum(z, z.dtype.type(0))[()]


def relu_backward(dout, cache):
    """Pass the gradient where the unit was on.

    dz = dout where z > 0, else 0 (also at z = 0)    (4.11)

    Parameters
    ----------
    dout : array, gradient of the loss with respect to the output
    cache : array of the same shape, the INPUT z

    Returns
    -------
    dz : array of the same shape; dout is not changed
    """
    dout, z = _pair(dout, cache)
    return np.where(z > 0, dout, dout.dtype.type(0))[()]


def leaky_relu(z, a=0.01):
    """ReLU with a small slope `a` for negative scores, so that no unit dies.

    leaky(z) = z for z > 0, a z else    (4.12)

    Parameters
    ----------
    z : array of any shape
    a : float, the leak

    Returns
    -------
    array of the same shape
    """
    z = as_float(z, "z")
    return np.where(z > 0, z, z.dtype.type(rate(a, "a", -np.inf)) * z)[()]


def leaky_relu_backward(dout, cache, a=0.01):
    """Gradient through the leaky ReLU.

    dz = dout where z > 0, a dout else (also at z = 0)    (4.13)

    `cache` is the INPUT z; `a` must be the one of the forward pass.
    """
    dout, z = _pair(dout, cache)
    return np.where(z > 0, dout, dout.dtype.type(rate(a, "a", -np.inf)) * dout)[()]


# ---- with an exponential -----------------------------------------------------------------------------------


def sigmoid(z):
    """Logistic function: any score becomes a number between 0 and 1.

    s(z) = 1 / (1 + e^-z)    (4.5)

    Computed with e^-|z|, which cannot overflow. Chapter 4, section on activations.

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return _forward(kernels.sigmoid, z)


def sigmoid_backward(dout, cache):
    """Gradient through the sigmoid.

    dz = dout s (1 - s)    (4.6)

    The slope is positive everywhere and at most 1/4.

    Parameters
    ----------
    dout : array, gradient of the loss with respect to the output
    cache : array of the same shape, the OUTPUT s of `sigmoid`

    Returns
    -------
    dz : array of the same shape
    """
    return _backward(kernels.sigmoid_backward, dout, cache, output_of=("sigmoid", 0))


def tanh(z):
    """Hyperbolic tangent, from -1 to 1.

    t(z) = (e^z - e^-z) / (e^z + e^-z)    (4.8)

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return np.tanh(as_float(z, "z"))


def tanh_backward(dout, cache):
    """Gradient through tanh.

    dz = dout (1 - t^2)    (4.9)

    Parameters
    ----------
    dout : array, gradient of the loss with respect to the output
    cache : array of the same shape, the OUTPUT t of `tanh`

    Returns
    -------
    dz : array of the same shape
    """
    return _backward(kernels.tanh_backward, dout, cache, output_of=("tanh", -1))


def elu(z, a=1.0):
    """Exponential linear unit: bends to -a instead of breaking at 0.

    elu(z) = z for z > 0, a (e^z - 1) else    (4.14)

    Parameters
    ----------
    z : array of any shape
    a : float, depth of the negative side

    Returns
    -------
    array of the same shape
    """
    return _forward(kernels.elu, z, rate(a, "a", -np.inf), 1.0)


def elu_backward(dout, cache, a=1.0):
    """Gradient through ELU.

    dz = dout where z > 0, a e^z dout else    (4.15)

    `cache` is the INPUT z; `a` must be the one of the forward pass.
    """
    return _backward(kernels.elu_backward, dout, cache, rate(a, "a", -np.inf), 1.0)


def selu(z):
    """Self-normalizing ELU: ELU with two fixed constants.

    selu(z) = 1.0507 z for z > 0, 1.0507 * 1.6733 (e^z - 1) else    (4.16)

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return _forward(kernels.elu, z, SELU_ALPHA, SELU_SCALE)


def selu_backward(dout, cache):
    """Gradient through SELU; `cache` is the INPUT z.

    dz = 1.0507 dout where z > 0, 1.0507 * 1.6733 e^z dout else    (4.17)
    """
    return _backward(kernels.elu_backward, dout, cache, SELU_ALPHA, SELU_SCALE)


def gelu(z):
    """Gaussian error linear unit: z times the probability that a standard normal variable is below z.

    gelu(z) = z Phi(z), Phi(z) = (1 + erf(z / sqrt 2)) / 2    (4.18)

    Parameters
    ----------
    z : array of any shape

    Returns
    -------
    array of the same shape
    """
    return _forward(kernels.gelu, z)


def gelu_backward(dout, cache):
    """Gradient through GELU; `cache` is the INPUT z.

    dz = dout (Phi(z) + z phi(z)), phi(z) = e^(-z^2/2) / sqrt(2 pi)    (4.19)
    """
    return _backward(kernels.gelu_backward, dout, cache)


# ---- softmax -----------------------------------------------------------------------------------------------


def softmax(z):
    """Scores to probabilities of exclusive classes, over the last axis.

    s_i = e^(z_i - max z) / sum_j e^(z_j - max z)    (4.21)

    Subtracting the maximum changes nothing but keeps the exponentials below 1.

    Parameters
    ----------
    z : (..., C) scores

    Returns
    -------
    (..., C) array; each row sums to 1
    """
    return _over_rows(kernels.softmax, as_float(z, "z"))


def softmax_backward(dout, cache):
    """Gradient through softmax: J^T dout without building the Jacobian (4.22).

    dz_i = s_i (dout_i - sum_j dout_j s_j)    (4.23)

    Parameters
    ----------
    dout : (..., C) gradient of the loss with respect to the probabilities
    cache : (..., C) the OUTPUT s of `softmax`

    Returns
    -------
    dz : (..., C); each row sums to 0
    """
    dout, cache = _pair(dout, cache)
    if cache.ndim:
        _check_output(cache, "softmax", 0)
        _check_sums(cache, "softmax")
    return _over_rows(kernels.softmax_backward, dout, cache)


def log_softmax(z):
    """Logarithm of softmax, finite for any score.

    ln s_i = z_i - ln sum_j e^(z_j)    (4.25)

    Parameters
    ----------
    z : (..., C) scores

    Returns
    -------
    (..., C) array, all entries <= 0
    """
    return _over_rows(kernels.log_softmax, as_float(z, "z"))


def log_softmax_backward(dout, cache):
    """Gradient through `log_softmax` (4.25): dz = dout - softmax(z) sum_j dout_j; `cache` is its OUTPUT."""
    dout, cache = _pair(dout, cache)
    if cache.ndim == 0 or cache.size == 0:
        raise ValueError(f"log_softmax needs at least one score in its last axis, got shape {cache.shape}.")
    p = np.exp(np.minimum(cache, 1))  # scores may be large; an output is at most 0
    _check_sums(p, "log_softmax")
    return dout - p * dout.sum(axis=-1, keepdims=True)


def softmax_jacobian(s):
    """All slopes of softmax at once.

    J_ij = ds_i/dz_j = s_i (delta_ij - s_j), so J = diag(s) - s s^T    (4.22)

    Parameters
    ----------
    s : (C,) the OUTPUT of `softmax` for one sample

    Returns
    -------
    (C, C) symmetric array; rows and columns sum to 0
    """
    s = as_float(s, "s")
    if s.ndim != 1:
        raise ValueError(f"softmax_jacobian takes the probabilities of one sample, shape (C,), got {s.shape}.")
    _check_output(s, "softmax", 0)
    _check_sums(s, "softmax")
    return np.diag(s) - np.outer(s, s)


def linear_share(x):
    """Share of each number in the sum; not a probability when a score is negative.

    share_i = x_i / sum_j x_j    (4.20)

    Parameters
    ----------
    x : (..., C) numbers

    Returns
    -------
    (..., C) array; each row sums to 1

    Raises
    ------
    ValueError
        When a sum is 0 and the share does not exist.
    """
    x = as_float(x, "x")
    total = x.sum(axis=-1, keepdims=True)
    if (total == 0).any():
        raise ValueError("the numbers sum to 0, so their shares do not exist. Softmax has no such gap.")
    return x / total


# ---- by name -----------------------------------------------------------------------------------------------


class Activation(NamedTuple):
    """An activation by name: `forward(z)`, `backward(dout, cache)`, and `derivative(z)` = g'(z)."""

    name: str
    forward: Callable
    backward: Callable
    derivative: Callable


def _slope(forward, backward, cache_is_output):
    def derivative(z):
        """g'(z), entry by entry."""
        z = as_float(z, "z")
        return backward(np.ones_like(z), forward(z) if cache_is_output else z)

    return derivative


def _activation(forward, backward, cache_is_output=False):
    return Activation(forward.__name__, forward, backward, _slope(forward, backward, cache_is_output))


#: The elementwise activations by name: those of compiled training in the order of its table, then step, which cannot
#: be trained.
ACTIVATIONS = {
    activation.name: activation
    for activation in (
        _activation(identity, identity_backward),
        _activation(relu, relu_backward),
        _activation(tanh, tanh_backward, cache_is_output=True),
        _activation(sigmoid, sigmoid_backward, cache_is_output=True),
        _activation(leaky_relu, leaky_relu_backward),
        _activation(elu, elu_backward),
        _activation(selu, selu_backward),
        _activation(gelu, gelu_backward),
        _activation(step, step_backward),
    )
}


def activation_named(name: str) -> Activation:
    """The entry of `ACTIVATIONS`, or an error that lists the names."""
    return ACTIVATIONS[choice(name, "activation", ACTIVATIONS)]

"""Activations: one number at a time, over arrays, and softmax over rows.

Each activation is written once, as a scalar pair (g(z), g'(z)) that every kernel inlines; a kernel that needs only one
of the two pays only for one. `z`, `dout` and `out` of the kernels are one-dimensional for the elementwise ones and
(rows, classes) for softmax. Over arrays, activations without an exponential are a NumPy expression in `ops`.
"""

import math

import numpy as np

from course_lib.kernels.jit import kernel, scalar
from course_lib.kernels.mathfun import ERFC_SCALE, ERFC_SERIES, ERFC_SHIFT, erfc, exp, exp_pair, log
from course_lib.kernels.mathfun import sigmoid as sigmoid_of
from course_lib.kernels.mathfun import tanh as tanh_of

#: The activations of compiled training by number, in every kernel.
ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid", "leaky_relu", "elu", "selu", "gelu")
IDENTITY, RELU, TANH, SIGMOID, LEAKY_RELU, ELU, SELU, GELU = range(len(ACTIVATIONS))

LEAK = 0.01
#: SELU's constants: with them, mean 0 and variance 1 are kept from layer to layer (Klambauer et al. 2017).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SQRT_HALF = math.sqrt(0.5)
#: Height of the standard normal density at 0.
NORMAL_PEAK = 1.0 / math.sqrt(2.0 * math.pi)


# ---- one number: the pair (g(z), g'(z)) ----------------------------------------------------------------------


@scalar
def relu_pair(z):
    """(4.10), (4.11): max(0, z) and 1 above 0, else 0."""
    zero, one = type(z)(0), type(z)(1)
    return (zero if z < zero else z), (one if z > zero else zero)  # NaN stays NaN


@scalar
def leaky_pair(z, leak):
    """(4.12), (4.13): z and 1 above 0, leak z and leak elsewhere."""
    slope = type(z)(1) if z > type(z)(0) else leak
    return z * slope, slope


@scalar
def tanh_pair(z):
    """(4.8), (4.9): t = tanh z and 1 - t^2."""
    t = tanh_of(z)
    return t, tanh_slope(t)


@scalar
def tanh_slope(t):
    """(4.9) from the output t."""
    return type(t)(1) - t * t


@scalar
def sigmoid_pair(z):
    """(4.5), (4.6): s = 1 / (1 + e^-z) and s (1 - s)."""
    s = sigmoid_of(z)
    return s, sigmoid_slope(s)


@scalar
def sigmoid_slope(s):
    """(4.6) from the output s."""
    return s * (type(s)(1) - s)


@scalar
def elu_pair(z, right, left):
    """(4.14), (4.15): right z and right above 0, left (e^z - 1) and left e^z elsewhere; SELU is (4.16), (4.17)."""
    zero = type(z)(0)
    power, power_minus_1 = exp_pair(zero if z > zero else z)
    return (right * z if z > zero else left * power_minus_1), (right if z > zero else left * power)


@scalar
def gelu_pair(z):
    """(4.18), (4.19): z Phi(z) and Phi(z) + z phi(z), Phi and phi of the standard normal distribution."""
    real = type(z)
    half, one = real(0.5), real(1)
    tail = half * erfc(real(SQRT_HALF) * abs(z))
    cdf = one - tail if z > real(0) else tail
    return z * cdf, cdf + z * real(NORMAL_PEAK) * exp(-half * z * z)


# ---- the same in NumPy, for the twins ------------------------------------------------------------------------


def normal_cdf(z):
    """Phi(z), the share of a standard normal variable below z, in NumPy; exact also where it is tiny."""
    x = SQRT_HALF * np.abs(np.asarray(z, np.float64))
    t = 2 / (2 + x)
    tail = 0.5 * t * np.exp(np.polyval(ERFC_SERIES, ERFC_SCALE * t - ERFC_SHIFT) - x * x)
    return np.where(z > 0, 1 - tail, tail)


def _identity_arrays(z):
    return z, np.ones_like(z)


def _relu_arrays(z):
    return np.maximum(z, 0), z > 0


def _leaky_arrays(z):
    slope = np.where(z > 0, 1, LEAK)
    return z * slope, slope


def _tanh_arrays(z):
    t = np.tanh(z)
    return t, 1 - t * t


def _sigmoid_arrays(z):
    small = np.exp(-np.abs(z))
    s = np.where(z >= 0, 1 / (1 + small), small / (1 + small))
    return s, s * (1 - s)


def _elu_arrays(z, right=1.0, left=1.0):
    below = np.minimum(z, 0)
    return np.where(z > 0, right * z, left * np.expm1(below)), np.where(z > 0, right, left * np.exp(below))


def _selu_arrays(z):
    return _elu_arrays(z, SELU_SCALE, SELU_SCALE * SELU_ALPHA)


def _gelu_arrays(z):
    cdf = normal_cdf(z)
    return z * cdf, cdf + z * NORMAL_PEAK * np.exp(-0.5 * z * z)


#: (g(z), g'(z)) of arrays, in the order of ACTIVATIONS.
ARRAYS = (_identity_arrays, _relu_arrays, _tanh_arrays, _sigmoid_arrays, _leaky_arrays, _elu_arrays, _selu_arrays,
          _gelu_arrays)


# ---- over arrays: sigmoid and tanh ---------------------------------------------------------------------------


def _sigmoid_twin(z, out):
    out[:] = _sigmoid_arrays(z)[0]


@kernel(twin=_sigmoid_twin)
def sigmoid(z, out):
    """(4.5): 1 / (1 + e^-z)."""
    for i in range(z.size):
        out[i] = sigmoid_pair(z[i])[0]


def _sigmoid_backward_twin(dout, s, out):
    out[:] = dout * (s * (1 - s))


@kernel(twin=_sigmoid_backward_twin)
def sigmoid_backward(dout, s, out):
    """(4.6): dout s (1 - s)."""
    for i in range(s.size):
        out[i] = dout[i] * sigmoid_slope(s[i])


def _tanh_backward_twin(dout, t, out):
    out[:] = dout * (1 - t * t)


@kernel(twin=_tanh_backward_twin)
def tanh_backward(dout, t, out):
    """(4.9): dout (1 - t^2)."""
    for i in range(t.size):
        out[i] = dout[i] * tanh_slope(t[i])


# ---- over arrays: ELU, SELU and GELU -------------------------------------------------------------------------


def _elu_twin(z, a, scale, out):
    out[:] = _elu_arrays(z, scale, scale * a)[0]


@kernel(twin=_elu_twin)
def elu(z, a, scale, out):
    """(4.14), (4.16): scale z for z > 0, scale a (e^z - 1) else."""
    right, left = z.dtype.type(scale), z.dtype.type(scale * a)
    for i in range(z.size):
        out[i] = elu_pair(z[i], right, left)[0]


def _elu_backward_twin(dout, z, a, scale, out):
    out[:] = dout * _elu_arrays(z, scale, scale * a)[1]


@kernel(twin=_elu_backward_twin)
def elu_backward(dout, z, a, scale, out):
    """(4.15), (4.17): dout times scale for z > 0, times scale a e^z else."""
    right, left = z.dtype.type(scale), z.dtype.type(scale * a)
    for i in range(z.size):
        out[i] = dout[i] * elu_pair(z[i], right, left)[1]


def _gelu_twin(z, out):
    out[:] = _gelu_arrays(z)[0]


@kernel(twin=_gelu_twin)
def gelu(z, out):
    """(4.18): z Phi(z)."""
    for i in range(z.size):
        out[i] = gelu_pair(z[i])[0]


def _gelu_backward_twin(dout, z, out):
    out[:] = dout * _gelu_arrays(z)[1]


@kernel(twin=_gelu_backward_twin)
def gelu_backward(dout, z, out):
    """(4.19): dout (Phi(z) + z phi(z))."""
    for i in range(z.size):
        out[i] = dout[i] * gelu_pair(z[i])[1]


# ---- over rows: softmax --------------------------------------------------------------------------------------


def _softmax_twin(z, out):
    out[:] = np.exp(z - z.max(axis=1, keepdims=True))
    out /= out.sum(axis=1, keepdims=True)


@kernel(twin=_softmax_twin)
def softmax(z, out):
    """(4.21): e^(z - max) divided by its sum, row by row."""
    rows, classes = z.shape
    for n in range(rows):
        highest = z[n, 0]
        for j in range(1, classes):
            # The test is false for NaN, so that a NaN in the row stays visible in the sum below.
            highest = z[n, j] if z[n, j] > highest else highest
        total = z.dtype.type(0)
        for j in range(classes):
            out[n, j] = exp(z[n, j] - highest)
            total += out[n, j]
        for j in range(classes):
            out[n, j] /= total


def _softmax_backward_twin(dout, s, out):
    out[:] = s * (dout - (dout * s).sum(axis=1, keepdims=True))


@kernel(twin=_softmax_backward_twin)
def softmax_backward(dout, s, out):
    """(4.23): s (dout - sum of dout s), row by row."""
    rows, classes = s.shape
    for n in range(rows):
        mean = s.dtype.type(0)
        for j in range(classes):
            mean += dout[n, j] * s[n, j]
        for j in range(classes):
            out[n, j] = s[n, j] * (dout[n, j] - mean)


def _log_softmax_twin(z, out):
    out[:] = z - z.max(axis=1, keepdims=True)
    out -= np.log(np.exp(out).sum(axis=1, keepdims=True))


@kernel(twin=_log_softmax_twin)
def log_softmax(z, out):
    """(4.25): z - max - ln sum e^(z - max), row by row."""
    rows, classes = z.shape
    for n in range(rows):
        highest = z[n, 0]
        for j in range(1, classes):
            highest = z[n, j] if z[n, j] > highest else highest
        total = z.dtype.type(0)
        for j in range(classes):
            total += exp(z[n, j] - highest)
        rest = log(total)
        for j in range(classes):
            out[n, j] = (z[n, j] - highest) - rest

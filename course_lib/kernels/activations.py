"""Activations that need an exponential: one loop over all numbers, forward and backward.

`z`, `dout` and `out` are one-dimensional for the elementwise kernels and (rows, classes) for softmax. Activations
without an exponential (identity, step, ReLU, leaky ReLU) are a NumPy expression in `ops`.
"""

import math

import numpy as np

from course_lib.kernels.jit import kernel
from course_lib.kernels.mathfun import ERFC_SCALE, ERFC_SERIES, ERFC_SHIFT, erfc, exp, expm1, log
from course_lib.kernels.mathfun import sigmoid as sigmoid_of

SQRT_HALF = math.sqrt(0.5)
#: Height of the standard normal density at 0.
NORMAL_PEAK = 1.0 / math.sqrt(2.0 * math.pi)


# ---- sigmoid and tanh --------------------------------------------------------------------------------------


def _sigmoid_twin(z, out):
    small = np.exp(-np.abs(z))
    out[:] = np.where(z >= 0, 1 / (1 + small), small / (1 + small))


@kernel(twin=_sigmoid_twin)
def sigmoid(z, out):
    """(4.5): 1 / (1 + e^-z)."""
    for i in range(z.size):
        out[i] = sigmoid_of(z[i])


def _sigmoid_backward_twin(dout, s, out):
    out[:] = dout * (s * (1 - s))


@kernel(twin=_sigmoid_backward_twin)
def sigmoid_backward(dout, s, out):
    """(4.6): dout s (1 - s)."""
    one = s.dtype.type(1)
    for i in range(s.size):
        out[i] = dout[i] * (s[i] * (one - s[i]))


def _tanh_backward_twin(dout, t, out):
    out[:] = dout * (1 - t * t)


@kernel(twin=_tanh_backward_twin)
def tanh_backward(dout, t, out):
    """(4.9): dout (1 - t^2)."""
    one = t.dtype.type(1)
    for i in range(t.size):
        out[i] = dout[i] * (one - t[i] * t[i])


# ---- ELU and SELU ------------------------------------------------------------------------------------------


def _elu_twin(z, a, scale, out):
    out[:] = scale * np.where(z > 0, z, a * np.expm1(np.minimum(z, 0)))


@kernel(twin=_elu_twin)
def elu(z, a, scale, out):
    """(4.14), (4.16): scale z for z > 0, scale a (e^z - 1) else."""
    real = z.dtype.type
    zero, deep, right, left = real(0), real(-40), real(scale), real(scale * a)
    for i in range(z.size):
        below = zero if z[i] > zero else (deep if z[i] < deep else z[i])
        out[i] = right * z[i] if z[i] > zero else left * expm1(below)


def _elu_backward_twin(dout, z, a, scale, out):
    out[:] = dout * np.where(z > 0, scale, scale * a * np.exp(np.minimum(z, 0))).astype(z.dtype)


@kernel(twin=_elu_backward_twin)
def elu_backward(dout, z, a, scale, out):
    """(4.15), (4.17): dout times scale for z > 0, times scale a e^z else."""
    real = z.dtype.type
    zero, right, left = real(0), real(scale), real(scale * a)
    for i in range(z.size):
        out[i] = dout[i] * (right if z[i] > zero else left * exp(z[i]))


# ---- GELU --------------------------------------------------------------------------------------------------


def normal_cdf(z):
    """Phi(z), the share of a standard normal variable below z, in NumPy; exact also where it is tiny."""
    x = SQRT_HALF * np.abs(np.asarray(z, np.float64))
    t = 2 / (2 + x)
    tail = 0.5 * t * np.exp(np.polyval(ERFC_SERIES, ERFC_SCALE * t - ERFC_SHIFT) - x * x)
    return np.where(z > 0, 1 - tail, tail)


def _gelu_twin(z, out):
    out[:] = z * normal_cdf(z)


@kernel(twin=_gelu_twin)
def gelu(z, out):
    """(4.18): z Phi(z)."""
    real = z.dtype.type
    zero, half, one, root = real(0), real(0.5), real(1), real(SQRT_HALF)
    for i in range(z.size):
        tail = half * erfc(root * abs(z[i]))
        out[i] = z[i] * (one - tail if z[i] > zero else tail)


def _gelu_backward_twin(dout, z, out):
    out[:] = dout * (normal_cdf(z) + z * NORMAL_PEAK * np.exp(-0.5 * z * z))


@kernel(twin=_gelu_backward_twin)
def gelu_backward(dout, z, out):
    """(4.19): dout (Phi(z) + z phi(z))."""
    real = z.dtype.type
    zero, half, one, root, peak = real(0), real(0.5), real(1), real(SQRT_HALF), real(NORMAL_PEAK)
    for i in range(z.size):
        tail = half * erfc(root * abs(z[i]))
        cdf = one - tail if z[i] > zero else tail
        out[i] = dout[i] * (cdf + z[i] * peak * exp(-half * z[i] * z[i]))


# ---- softmax -----------------------------------------------------------------------------------------------


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

"""What stands between the matrix products of a wide network, each pass over memory doing as much as it can.

Rows are samples here, (N, units): the products go to BLAS, and these loops only join what would otherwise be several
passes over the same numbers. The slope of each activation is found from its output, so z is overwritten.
"""

import numpy as np

from course_lib.kernels.jit import kernel
from course_lib.kernels.mathfun import tanh

IDENTITY, RELU, TANH, SIGMOID = range(4)
ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid")


def _bias_activation_twin(code, z, b):
    z += b
    if code == RELU:
        np.maximum(z, 0, out=z)
    elif code == TANH:
        np.tanh(z, out=z)
    elif code == SIGMOID:
        z[:] = 0.5 * np.tanh(0.5 * z) + 0.5


@kernel(twin=_bias_activation_twin)
def bias_activation(code, z, b):
    """z <- g(z + b)."""
    real = z.dtype.type
    zero, half = real(0), real(0.5)
    for i in range(z.shape[0]):
        if code == IDENTITY:
            for j in range(z.shape[1]):
                z[i, j] += b[j]
        elif code == RELU:
            for j in range(z.shape[1]):
                v = z[i, j] + b[j]
                z[i, j] = zero if v < zero else v  # NaN stays NaN
        elif code == TANH:
            for j in range(z.shape[1]):
                z[i, j] = tanh(z[i, j] + b[j])
        else:
            for j in range(z.shape[1]):
                z[i, j] = half * tanh(half * (z[i, j] + b[j])) + half


def _through_activation_twin(code, d, a, db):
    if code == RELU:
        d *= a > 0
    elif code == TANH:
        d *= 1 - a * a
    elif code == SIGMOID:
        d *= a * (1 - a)
    np.sum(d, axis=0, out=db)


@kernel(twin=_through_activation_twin)
def through_activation(code, d, a, db):
    """d <- d g'(z), found from the output a = g(z), and db = the sum of its rows."""
    real = d.dtype.type
    zero, one = real(0), real(1)
    for j in range(db.size):
        db[j] = zero
    for i in range(d.shape[0]):
        if code == RELU:
            for j in range(db.size):
                v = d[i, j] if a[i, j] > zero else zero
                d[i, j] = v
                db[j] += v
        else:
            for j in range(db.size):
                g = a[i, j]
                slope = one - g * g if code == TANH else (g * (one - g) if code == SIGMOID else one)
                d[i, j] *= slope
                db[j] += d[i, j]


def _squared_loss_twin(out, y, d, scale):
    np.subtract(out, y, out=d)
    loss = float(0.5 * scale * np.sum(d * d))
    d *= scale
    return loss


@kernel(twin=_squared_loss_twin)
def squared_loss(out, y, d, scale):
    """scale/2 times the sum of (out - y)^2, and d = scale (out - y)."""
    total = out.dtype.type(0)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            error = out[i, j] - y[i, j]
            total += error * error
            d[i, j] = scale * error
    return float(0.5 * scale * total)


def _descend_twin(params, gradient, lr):
    params -= lr * gradient


@kernel(twin=_descend_twin)
def descend(params, gradient, lr):
    """params <- params - lr gradient."""
    for i in range(params.size):
        params[i] -= lr * gradient[i]

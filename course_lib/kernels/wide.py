"""What stands between the matrix products of a wide network, each pass over memory doing as much as it can.

Rows are samples here, (N, units): the products go to BLAS, and these loops only join what would otherwise be several
passes over the same numbers. The slope of each activation is found from its output, so z is overwritten.
"""

import numpy as np

from course_lib.kernels.activations import (
    ACTIVATIONS,
    ARRAYS,
    IDENTITY,
    RELU,
    SIGMOID,
    TANH,
    relu_pair,
    sigmoid_pair,
    sigmoid_slope,
    tanh_pair,
    tanh_slope,
)
from course_lib.kernels.jit import kernel

#: The activations whose slope follows from the output; they have the lowest numbers.
FROM_OUTPUT = ACTIVATIONS[: SIGMOID + 1]


def _bias_activation_twin(code, z, b):
    z += b
    z[:] = ARRAYS[code](z)[0]


@kernel(twin=_bias_activation_twin)
def bias_activation(code, z, b):
    """(4.2): z <- g(z + b)."""
    for i in range(z.shape[0]):
        if code == IDENTITY:
            for j in range(b.size):
                z[i, j] += b[j]
        elif code == RELU:
            for j in range(b.size):
                z[i, j] = relu_pair(z[i, j] + b[j])[0]
        elif code == TANH:
            for j in range(b.size):
                z[i, j] = tanh_pair(z[i, j] + b[j])[0]
        else:
            for j in range(b.size):
                z[i, j] = sigmoid_pair(z[i, j] + b[j])[0]


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
    """d *= g'(z), found from the output a = g(z) (4.7), and db = d.sum(axis=0) (4.57)."""
    zero, one = d.dtype.type(0), d.dtype.type(1)
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
                slope = tanh_slope(g) if code == TANH else (sigmoid_slope(g) if code == SIGMOID else one)
                d[i, j] *= slope
                db[j] += d[i, j]

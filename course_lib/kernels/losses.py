"""Losses together with their gradient: one pass over the scores for both."""

import numpy as np

from course_lib.kernels.jit import kernel, scalar
from course_lib.kernels.mathfun import exp, log, log1p

#: The losses of compiled training by number. The last two start from the scores: their output activation is part of
#: them.
LOSSES = ("mse", "half_sse", "mae", "bce", "cross_entropy")
MSE, HALF_SSE, MAE, BCE, CROSS_ENTROPY = range(len(LOSSES))


@scalar
def bce_pair(z, y):
    """(4.30), (4.31): max(z, 0) - z y + ln(1 + e^-|z|) and sigmoid(z) - y."""
    zero, one = type(z)(0), type(z)(1)
    small = exp(-abs(z))
    loss = (z if z > zero else zero) - z * y + log1p(small)
    return loss, (one if z >= zero else small) / (one + small) - y


def _softmax_cross_entropy_twin(scores, y, losses, dscores):
    rows = np.arange(y.size)
    shifted = scores - scores.max(axis=1, keepdims=True)
    dscores[:] = np.exp(shifted)
    total = dscores.sum(axis=1)
    losses[:] = np.log(total) - shifted[rows, y]
    dscores /= total[:, None] * y.size
    dscores[rows, y] -= scores.dtype.type(1 / y.size)


@kernel(twin=_softmax_cross_entropy_twin)
def softmax_cross_entropy(scores, y, losses, dscores):
    """(4.24), (4.26): row i gives losses[i] = ln sum e^z - z_y and dscores[i] = (softmax(z) - onehot(y)) / N."""
    real = scores.dtype.type
    rows, classes = scores.shape
    share = real(1.0 / rows)
    for n in range(rows):
        highest = scores[n, 0]
        for j in range(1, classes):
            highest = scores[n, j] if scores[n, j] > highest else highest
        total = real(0)
        for j in range(classes):
            dscores[n, j] = exp(scores[n, j] - highest)
            total += dscores[n, j]
        for j in range(classes):
            dscores[n, j] *= share / total
        dscores[n, y[n]] -= share
        losses[n] = log(total) - (scores[n, y[n]] - highest)


def _bce_from_logits_twin(z, y, losses, dz):
    small = np.exp(-np.abs(z))
    losses[:] = np.maximum(z, 0) - z * y + np.log1p(small)
    dz[:] = (np.where(z >= 0, 1, small) / (1 + small) - y) / z.size


@kernel(twin=_bce_from_logits_twin)
def bce_from_logits(z, y, losses, dz):
    """(4.30), (4.31): losses[i] = max(z, 0) - z y + ln(1 + e^-|z|) and dz[i] = (sigmoid(z) - y) / size."""
    share = z.dtype.type(1.0 / z.size)
    for i in range(z.size):
        losses[i], slope = bce_pair(z[i], y[i])
        dz[i] = share * slope


def _squared_loss_twin(out, y, d, scale):
    np.subtract(out, y, out=d)
    loss = float(0.5 * scale * np.sum(d * d))
    d *= scale
    return loss


@kernel(twin=_squared_loss_twin)
def squared_loss(out, y, d, scale):
    """scale/2 times the sum of (out - y)^2, and d = scale (out - y): (4.32), (4.33) with scale = 2/size, (4.34),
    (4.35) with scale = 1/N.
    """
    total = out.dtype.type(0)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            error = out[i, j] - y[i, j]
            total += error * error
            d[i, j] = scale * error
    return float(0.5 * scale * total)

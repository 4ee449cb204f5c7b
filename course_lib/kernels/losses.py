"""Losses computed from scores, fused with their gradient: one pass over the scores for both."""

import numpy as np

from course_lib.kernels.jit import kernel
from course_lib.kernels.mathfun import exp, log, log1p


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
    real = z.dtype.type
    zero, one, share = real(0), real(1), real(1.0 / z.size)
    for i in range(z.size):
        small = exp(-abs(z[i]))
        losses[i] = (z[i] if z[i] > zero else zero) - z[i] * y[i] + log1p(small)
        dz[i] = share * ((one if z[i] >= zero else small) / (one + small) - y[i])

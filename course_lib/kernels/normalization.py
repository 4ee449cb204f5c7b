"""Batch normalization: x (N, C P) has P neighboring columns, the pixels of an image, for each of C channels; P = 1 for
plain features.

Every pass runs along the rows, which lie together in memory: sums are taken column by column and then for the columns
of a channel together, and what a channel needs is repeated for each of its columns.
"""

import numpy as np

from course_lib.kernels.jit import kernel


def _normalize_columns_twin(x, gamma, beta, eps, mean, var, x_hat, out):
    channels = (len(x), gamma.size, -1)
    wide, wide_hat, wide_out = x.reshape(channels), x_hat.reshape(channels), out.reshape(channels)
    np.mean(wide, axis=(0, 2), out=mean)
    np.subtract(wide, mean[:, None], out=wide_hat)
    np.mean(wide_hat * wide_hat, axis=(0, 2), out=var)
    wide_hat /= np.sqrt(var + x.dtype.type(eps))[:, None]
    np.multiply(wide_hat, gamma[:, None], out=wide_out)
    wide_out += beta[:, None]


@kernel(twin=_normalize_columns_twin, allocates=True)
def normalize_columns(x, gamma, beta, eps, mean, var, x_hat, out):
    """mean and var (divisor N P) of each channel of x (N, C P), x_hat = (x - mean) / sqrt(var + eps), and
    out = gamma x_hat + beta.

    The variance in a second pass, around the mean: the difference of two large sums would lose its digits.
    """
    real = x.dtype.type
    rows, columns = x.shape
    pixels = columns // gamma.size
    total, shift = np.zeros_like(x[0]), np.empty_like(x[0])
    for n in range(rows):
        for j in range(columns):
            total[j] += x[n, j]
    mean[:] = real(0)
    var[:] = real(0)
    for j in range(columns):
        mean[j // pixels] += total[j] / real(rows * pixels)
        total[j] = real(0)
    for j in range(columns):
        shift[j] = mean[j // pixels]
    for n in range(rows):
        for j in range(columns):
            x_hat[n, j] = x[n, j] - shift[j]
            total[j] += x_hat[n, j] * x_hat[n, j]
    scale, gain, start = np.empty_like(total), np.empty_like(total), np.empty_like(total)
    for j in range(columns):
        var[j // pixels] += total[j] / real(rows * pixels)
    for j in range(columns):
        c = j // pixels
        scale[j], gain[j], start[j] = real(1) / np.sqrt(var[c] + real(eps)), gamma[c], beta[c]
    for n in range(rows):
        for j in range(columns):
            x_hat[n, j] *= scale[j]
            out[n, j] = gain[j] * x_hat[n, j] + start[j]


def _normalize_columns_backward_twin(dout, x_hat, scale, dgamma, dbeta, dx):
    channels = (len(dout), scale.size, -1)
    wide, wide_hat, wide_dx = dout.reshape(channels), x_hat.reshape(channels), dx.reshape(channels)
    np.sum(wide * wide_hat, axis=(0, 2), out=dgamma)
    np.sum(wide, axis=(0, 2), out=dbeta)
    count = dout.size // scale.size
    np.multiply(wide_hat, (dgamma / count)[:, None], out=wide_dx)
    np.subtract(wide - (dbeta / count)[:, None], wide_dx, out=wide_dx)
    wide_dx *= scale[:, None]


@kernel(twin=_normalize_columns_backward_twin, allocates=True)
def normalize_columns_backward(dout, x_hat, scale, dgamma, dbeta, dx):
    """dgamma = sum dout x_hat, dbeta = sum dout, dx = scale (dout - mean(dout) - x_hat mean(dout x_hat)).

    Sums and means of each channel of dout (N, C P). scale = gamma / sqrt(var + eps): the factor gamma of dh = dout
    gamma stands before all three terms.
    """
    real = dout.dtype.type
    rows, columns = dout.shape
    pixels = columns // scale.size
    along, total = np.zeros_like(dout[0]), np.zeros_like(dout[0])
    for n in range(rows):
        for j in range(columns):
            along[j] += dout[n, j] * x_hat[n, j]
            total[j] += dout[n, j]
    factor, share = np.empty_like(total), real(1) / real(rows * pixels)
    dgamma[:] = real(0)
    dbeta[:] = real(0)
    for j in range(columns):
        dgamma[j // pixels] += along[j]
        dbeta[j // pixels] += total[j]
    for j in range(columns):
        c = j // pixels
        along[j], total[j], factor[j] = share * dgamma[c], share * dbeta[c], scale[c]
    for n in range(rows):
        for j in range(columns):
            dx[n, j] = factor[j] * (dout[n, j] - total[j] - x_hat[n, j] * along[j])

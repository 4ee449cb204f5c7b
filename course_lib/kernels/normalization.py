"""Batch normalization of the columns of a matrix: every pass runs along the rows, which lie together in memory."""

import numpy as np

from course_lib.kernels.jit import kernel


def _normalize_columns_twin(x, gamma, beta, eps, mean, var, x_hat, out):
    np.mean(x, axis=0, out=mean)
    np.subtract(x, mean, out=x_hat)
    np.mean(x_hat * x_hat, axis=0, out=var)
    x_hat /= np.sqrt(var + x.dtype.type(eps))
    np.multiply(x_hat, gamma, out=out)
    out += beta


@kernel(twin=_normalize_columns_twin)
def normalize_columns(x, gamma, beta, eps, mean, var, x_hat, out):
    """mean and var (divisor N) of each column of x (N, D), x_hat = (x - mean) / sqrt(var + eps), and
    out = gamma x_hat + beta.

    The variance in a second pass, around the mean: the difference of two large sums would lose its digits.
    """
    real = x.dtype.type
    rows, columns = x.shape
    mean[:] = real(0)
    var[:] = real(0)
    for n in range(rows):
        for j in range(columns):
            mean[j] += x[n, j]
    for j in range(columns):
        mean[j] /= real(rows)
    for n in range(rows):
        for j in range(columns):
            x_hat[n, j] = x[n, j] - mean[j]
            var[j] += x_hat[n, j] * x_hat[n, j]
    scale = np.empty_like(var)
    for j in range(columns):
        var[j] /= real(rows)
        scale[j] = real(1) / np.sqrt(var[j] + real(eps))
    for n in range(rows):
        for j in range(columns):
            x_hat[n, j] *= scale[j]
            out[n, j] = gamma[j] * x_hat[n, j] + beta[j]


def _normalize_columns_backward_twin(dout, x_hat, scale, dgamma, dbeta, dx):
    np.sum(dout * x_hat, axis=0, out=dgamma)
    np.sum(dout, axis=0, out=dbeta)
    np.multiply(x_hat, dgamma / len(dout), out=dx)
    np.subtract(dout - dbeta / len(dout), dx, out=dx)
    dx *= scale


@kernel(twin=_normalize_columns_backward_twin)
def normalize_columns_backward(dout, x_hat, scale, dgamma, dbeta, dx):
    """dgamma = sum dout x_hat, dbeta = sum dout, dx = scale (dout - dbeta/N - x_hat dgamma/N).

    scale = gamma / sqrt(var + eps): with dh = dout gamma the means of dh and dh x_hat are gamma/N times the two sums.
    """
    real = dout.dtype.type
    rows, columns = dout.shape
    dgamma[:] = real(0)
    dbeta[:] = real(0)
    for n in range(rows):
        for j in range(columns):
            dgamma[j] += dout[n, j] * x_hat[n, j]
            dbeta[j] += dout[n, j]
    share = real(1) / real(rows)
    for n in range(rows):
        for j in range(columns):
            dx[n, j] = scale[j] * (dout[n, j] - share * (dbeta[j] + x_hat[n, j] * dgamma[j]))

"""Layers and losses of the compiled training run, forward and backward, for all points of a batch.

All weights of a network lie in one flat vector: for each layer W (fan_in, fan_out) row by row, then b. The layer's
place in it is one row of `layout`: where W starts, where b starts (-1: no bias).

Activations are kept units x points, `a[layer, unit, point]`, the transpose of the chapter's (N, units), so that every
inner loop runs over the points: it is long and contiguous, and the compiler turns it into vector instructions.
`d[layer, unit, point]` first holds the slope g'(z) of the layer's activation and, after the backward pass, delta =
dLoss/dz.
"""

import numpy as np

from course_lib.kernels.activations import (
    ARRAYS,
    ELU,
    GELU,
    IDENTITY,
    LEAK,
    LEAKY_RELU,
    RELU,
    SELU_ALPHA,
    SELU_SCALE,
    SIGMOID,
    TANH,
    elu_pair,
    gelu_pair,
    leaky_pair,
    relu_pair,
    sigmoid_pair,
    tanh_pair,
)
from course_lib.kernels.jit import kernel
from course_lib.kernels.losses import BCE, CROSS_ENTROPY, HALF_SSE, MAE, MSE
from course_lib.kernels.mathfun import exp, log

# ---- forward ----------------------------------------------------------------------------------------------------


def _affine_twin(params, w, b, a, layer, fan_in, fan_out, n):
    weights = params[w : w + fan_in * fan_out].reshape(fan_in, fan_out)
    z = a[layer + 1, :fan_out, :n]
    np.matmul(weights.T, a[layer, :fan_in, :n], out=z)
    if b >= 0:
        z += params[b : b + fan_out, None]


@kernel(twin=_affine_twin)
def affine(params, w, b, a, layer, fan_in, fan_out, n):
    """(4.3): a[layer + 1] = W.T @ a[layer] + b[:, None].

    Four inputs a pass, so that every sum is read and written once for four products; the inputs that are left over,
    one to four of them, come first, together with b.
    """
    first = 4 if fan_in % 4 == 0 else fan_in % 4
    for j in range(fan_out):
        start = params[b + j] if b >= 0 else params.dtype.type(0)
        w0 = params[w + j]
        w1 = params[w + fan_out + j] if first > 1 else w0
        w2 = params[w + 2 * fan_out + j] if first > 2 else w0
        w3 = params[w + 3 * fan_out + j] if first > 3 else w0
        if first == 1:
            for k in range(n):
                a[layer + 1, j, k] = start + w0 * a[layer, 0, k]
        elif first == 2:
            for k in range(n):
                a[layer + 1, j, k] = start + w0 * a[layer, 0, k] + w1 * a[layer, 1, k]
        elif first == 3:
            for k in range(n):
                a[layer + 1, j, k] = start + w0 * a[layer, 0, k] + w1 * a[layer, 1, k] + w2 * a[layer, 2, k]
        else:
            for k in range(n):
                four = w0 * a[layer, 0, k] + w1 * a[layer, 1, k] + w2 * a[layer, 2, k] + w3 * a[layer, 3, k]
                a[layer + 1, j, k] = start + four
        for i in range(first, fan_in, 4):
            q = w + i * fan_out + j
            w0, w1, w2, w3 = params[q], params[q + fan_out], params[q + 2 * fan_out], params[q + 3 * fan_out]
            for k in range(n):
                four = w0 * a[layer, i, k] + w1 * a[layer, i + 1, k] + w2 * a[layer, i + 2, k] + w3 * a[layer, i + 3, k]
                a[layer + 1, j, k] += four


def _activate_twin(code, a, d, layer, rows, n):
    z = a[layer + 1, :rows, :n]
    z[:], d[layer, :rows, :n] = ARRAYS[code](z)


@kernel(twin=_activate_twin)
def activate(code, a, d, layer, rows, n):
    """(4.2): a[layer + 1] from z to g(z), and the slope g'(z) of (4.7) into d[layer]."""
    real = a.dtype.type
    one, leak, scale, left = real(1), real(LEAK), real(SELU_SCALE), real(SELU_SCALE * SELU_ALPHA)
    above = layer + 1
    for j in range(rows):
        if code == IDENTITY:
            for k in range(n):
                d[layer, j, k] = one
        elif code == RELU:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = relu_pair(a[above, j, k])
        elif code == TANH:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = tanh_pair(a[above, j, k])
        elif code == SIGMOID:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = sigmoid_pair(a[above, j, k])
        elif code == LEAKY_RELU:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = leaky_pair(a[above, j, k], leak)
        elif code == ELU:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = elu_pair(a[above, j, k], one, one)
        elif code == GELU:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = gelu_pair(a[above, j, k])
        else:
            for k in range(n):
                a[above, j, k], d[layer, j, k] = elu_pair(a[above, j, k], scale, left)


# ---- loss ---------------------------------------------------------------------------------------------------------


def _output_delta_twin(code, a, d, layer, y, rows, n, scale, cost):
    out, slope = a[layer + 1, :rows, :n], d[layer, :rows, :n]
    target = y[:rows, :n]
    if code == BCE:
        cost[:n] = np.mean(np.maximum(out, 0) - out * target + np.log1p(np.exp(-np.abs(out))), axis=0)
        slope[:] = (scale / rows) * (ARRAYS[SIGMOID](out)[0] - target)
    elif code == CROSS_ENTROPY:
        shifted = out - out.max(axis=0)
        logs = shifted - np.log(np.exp(shifted).sum(axis=0))
        cost[:n] = -np.sum(target * logs, axis=0)
        slope[:] = scale * (np.exp(logs) - target)
    else:
        error = out - target
        if code == MAE:
            cost[:n] = np.mean(np.abs(error), axis=0)
            slope *= (scale / rows) * np.sign(error)
        else:
            share = 2 / rows if code == MSE else 1.0
            cost[:n] = 0.5 * share * np.sum(error * error, axis=0)
            slope *= (share * scale) * error


@kernel(twin=_output_delta_twin)
def output_delta(code, a, d, layer, y, rows, n, scale, cost):
    """cost[k] = the loss of point k, and delta = scale dcost/dz into d[layer], which holds the output's slope (4.54).

    The losses and their gradients: mse (4.32), (4.33), half_sse (4.34), (4.35), mae (4.36), (4.37), bce (4.30), (4.31),
    cross_entropy (4.24), (4.26).
    """
    real = a.dtype.type
    zero, half, one = real(0), real(0.5), real(1)
    if code == CROSS_ENTROPY:
        softmax_delta(a, d, layer, y, rows, n, scale, cost)
        return
    for k in range(n):
        cost[k] = zero
    share = (real(2) if code == MSE else one) / (one if code == HALF_SSE else real(rows))
    for j in range(rows):
        if code == BCE:
            for k in range(n):
                z, t = a[layer + 1, j, k], y[j, k]
                small = exp(-abs(z))
                # Of `losses.bce_pair` the quick form: a loss below 1e-16 becomes 0 where that one has all digits.
                cost[k] += share * (max(z, zero) - z * t + log(one + small))
                d[layer, j, k] = share * scale * ((one if z >= zero else small) / (one + small) - t)
        elif code == MAE:
            for k in range(n):
                error = a[layer + 1, j, k] - y[j, k]
                sign = one if error > zero else (-one if error < zero else error)
                cost[k] += share * abs(error)
                d[layer, j, k] *= share * scale * sign
        else:
            for k in range(n):
                error = a[layer + 1, j, k] - y[j, k]
                cost[k] += half * share * error * error
                d[layer, j, k] *= share * scale * error


def _softmax_delta_twin(a, d, layer, y, rows, n, scale, cost):
    _output_delta_twin(CROSS_ENTROPY, a, d, layer, y, rows, n, scale, cost)


@kernel(twin=_softmax_delta_twin)
def softmax_delta(a, d, layer, y, rows, n, scale, cost):
    """(4.24), (4.26) for each point: cost = ln sum e^z - z_y and delta = scale (softmax(z) - y); y is one-hot."""
    real = a.dtype.type
    for k in range(n):
        top = a[layer + 1, 0, k]
        for j in range(1, rows):
            top = max(top, a[layer + 1, j, k])
        norm = real(0)
        for j in range(rows):
            e = exp(a[layer + 1, j, k] - top)
            d[layer, j, k] = e
            norm += e
        total = real(0)
        for j in range(rows):
            total += y[j, k] * (top + log(norm) - a[layer + 1, j, k])
            d[layer, j, k] = scale * (d[layer, j, k] / norm - y[j, k])
        cost[k] = total


def _mean_twin(cost, n):
    return float(np.mean(cost[:n]))


@kernel(twin=_mean_twin)
def mean(cost, n):
    """The mean of the first n numbers: every loss is a mean over the points."""
    total = cost.dtype.type(0)
    for k in range(n):
        total += cost[k]
    return total / float(n)


# ---- backward -----------------------------------------------------------------------------------------------------


def _layer_gradient_twin(gradient, w, b, a, d, layer, fan_in, fan_out, n):
    delta = d[layer, :fan_out, :n]
    np.matmul(a[layer, :fan_in, :n], delta.T, out=gradient[w : w + fan_in * fan_out].reshape(fan_in, fan_out))
    if b >= 0:
        np.sum(delta, axis=1, out=gradient[b : b + fan_out])


@kernel(twin=_layer_gradient_twin)
def layer_gradient(gradient, w, b, a, d, layer, fan_in, fan_out, n):
    """(4.56), (4.57): dW = a[layer] @ delta.T and db = delta.sum(axis=1).

    Two inputs and four units a pass: eight sums from six numbers read. The rest follows one by one.
    """
    zero = a.dtype.type(0)
    pairs, blocks = fan_in - fan_in % 2, fan_out - fan_out % 4
    for j in range(0, blocks, 4):
        for i in range(0, pairs, 2):
            s0, s1, s2, s3, t0, t1, t2, t3 = zero, zero, zero, zero, zero, zero, zero, zero
            for k in range(n):
                x0, x1 = a[layer, i, k], a[layer, i + 1, k]
                d0, d1, d2, d3 = d[layer, j, k], d[layer, j + 1, k], d[layer, j + 2, k], d[layer, j + 3, k]
                s0 += x0 * d0
                s1 += x0 * d1
                s2 += x0 * d2
                s3 += x0 * d3
                t0 += x1 * d0
                t1 += x1 * d1
                t2 += x1 * d2
                t3 += x1 * d3
            q = w + i * fan_out + j
            gradient[q], gradient[q + 1], gradient[q + 2], gradient[q + 3] = s0, s1, s2, s3
            q += fan_out
            gradient[q], gradient[q + 1], gradient[q + 2], gradient[q + 3] = t0, t1, t2, t3
    for i in range(fan_in):  # what the blocks leave over
        for j in range(blocks if i < pairs else 0, fan_out):
            s0 = zero
            for k in range(n):
                s0 += a[layer, i, k] * d[layer, j, k]
            gradient[w + i * fan_out + j] = s0
    if b >= 0:
        for j in range(fan_out):
            s0 = zero
            for k in range(n):
                s0 += d[layer, j, k]
            gradient[b + j] = s0


def _propagate_twin(params, w, d, layer, fan_in, fan_out, n, row):
    weights = params[w : w + fan_in * fan_out].reshape(fan_in, fan_out)
    d[layer - 1, :fan_in, :n] *= weights @ d[layer, :fan_out, :n]


@kernel(twin=_propagate_twin)
def propagate(params, w, d, layer, fan_in, fan_out, n, row):
    """(4.55): d[layer - 1] *= W @ delta, with the slope of the layer below standing in d[layer - 1].

    Four units a pass; the units left over come first. `row` is scratch space of n numbers.
    """
    rest = fan_out % 4
    for i in range(fan_in):
        q = w + i * fan_out
        if rest > 0:
            w0 = params[q]
            for k in range(n):
                row[k] = w0 * d[layer, 0, k]
        else:
            for k in range(n):
                row[k] = 0
        for j in range(1, rest):
            w0 = params[q + j]
            for k in range(n):
                row[k] += w0 * d[layer, j, k]
        for j in range(rest, fan_out, 4):
            w0, w1, w2, w3 = params[q + j], params[q + j + 1], params[q + j + 2], params[q + j + 3]
            for k in range(n):
                row[k] += (
                    w0 * d[layer, j, k] + w1 * d[layer, j + 1, k] + w2 * d[layer, j + 2, k] + w3 * d[layer, j + 3, k]
                )
        for k in range(n):
            d[layer - 1, i, k] *= row[k]

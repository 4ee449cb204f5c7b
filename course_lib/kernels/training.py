"""The whole training run of a small dense network in one compiled call.

All weights of a network lie in one flat vector: for each layer W (fan_in, fan_out) row by row, then b. The layer's
place in it is one row of `layout`: where W starts, where b starts (-1: no bias).

Activations are kept units x points, `a[layer, unit, point]`, so that every inner loop runs over the points: it is
long and contiguous, and the compiler turns it into vector instructions. `d[layer, unit, point]` first holds the slope
g'(z) of the layer's activation and, after the backward pass, delta = dLoss/dz.

Every helper has a plain-NumPy twin with the same arguments. The driver `train` at the end is the same text for both.
"""

import math

import numpy as np

from course_lib.kernels.activations import NORMAL_PEAK, SQRT_HALF, normal_cdf
from course_lib.kernels.jit import kernel, pasted
from course_lib.kernels.mathfun import erfc, exp, log, tanh

IDENTITY, TANH, SIGMOID, RELU, LEAKY_RELU, ELU, SELU, GELU = range(8)
ACTIVATIONS = ("identity", "tanh", "sigmoid", "relu", "leaky_relu", "elu", "selu", "gelu")
MSE, HALF_SSE, MAE, BCE, CROSS_ENTROPY = range(5)
LOSSES = ("mse", "half_sse", "mae", "bce", "cross_entropy")

LEAK = 0.01
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


# ---- forward ----------------------------------------------------------------------------------------------------


def _affine_twin(params, w, b, a, layer, fan_in, fan_out, n):
    weights = params[w : w + fan_in * fan_out].reshape(fan_in, fan_out)
    z = a[layer + 1, :fan_out, :n]
    np.matmul(weights.T, a[layer, :fan_in, :n], out=z)
    if b >= 0:
        z += params[b : b + fan_out, None]


@kernel(twin=_affine_twin)
def affine(params, w, b, a, layer, fan_in, fan_out, n):
    """z = W^T a + b for all points, written into a[layer + 1]; four inputs a pass, the odd ones first."""
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
    z, slope = a[layer + 1, :rows, :n], d[layer, :rows, :n]
    if code == IDENTITY:
        slope[:] = 1
    elif code == TANH:
        np.tanh(z, out=z)
        slope[:] = 1 - z * z
    elif code == SIGMOID:
        z[:] = 0.5 * np.tanh(0.5 * z) + 0.5
        slope[:] = z * (1 - z)
    elif code == RELU:
        slope[:] = z > 0
        np.maximum(z, 0, out=z)
    elif code == LEAKY_RELU:
        slope[:] = np.where(z > 0, 1, LEAK)
        z *= slope
    elif code == ELU or code == SELU:
        scale, alpha = (SELU_SCALE, SELU_ALPHA) if code == SELU else (1.0, 1.0)
        tail = scale * alpha * np.exp(np.minimum(z, 0))
        slope[:] = np.where(z > 0, scale, tail)
        z[:] = np.where(z > 0, scale * z, tail - scale * alpha)
    else:
        cdf = normal_cdf(z)
        slope[:] = cdf + z * NORMAL_PEAK * np.exp(-0.5 * z * z)
        z *= cdf


@kernel(twin=_activate_twin)
def activate(code, a, d, layer, rows, n):
    """a[layer + 1] from z to g(z), and the slope g'(z) into d[layer]."""
    real = a.dtype.type
    zero, half, one = real(0), real(0.5), real(1)
    for j in range(rows):
        if code == TANH:
            for k in range(n):
                g = tanh(a[layer + 1, j, k])
                a[layer + 1, j, k] = g
                d[layer, j, k] = one - g * g
        elif code == SIGMOID:
            for k in range(n):
                g = half * tanh(half * a[layer + 1, j, k]) + half
                a[layer + 1, j, k] = g
                d[layer, j, k] = g * (one - g)
        elif code == IDENTITY or code == RELU or code == LEAKY_RELU:
            below = one if code == IDENTITY else (zero if code == RELU else real(LEAK))
            for k in range(n):
                z = a[layer + 1, j, k]
                slope = one if z > zero else below
                a[layer + 1, j, k] = z * slope
                d[layer, j, k] = slope
        elif code == ELU or code == SELU:
            scale = real(SELU_SCALE) if code == SELU else one
            bottom = real(SELU_SCALE * SELU_ALPHA) if code == SELU else one
            for k in range(n):
                z = a[layer + 1, j, k]
                tail = bottom * exp(min(z, zero))
                a[layer + 1, j, k] = scale * z if z > zero else tail - bottom
                d[layer, j, k] = scale if z > zero else tail
        else:
            for k in range(n):
                z = a[layer + 1, j, k]
                tail = half * erfc(real(SQRT_HALF) * abs(z))
                cdf = one - tail if z > zero else tail
                a[layer + 1, j, k] = z * cdf
                d[layer, j, k] = cdf + z * real(NORMAL_PEAK) * exp(-half * z * z)


# ---- loss ---------------------------------------------------------------------------------------------------------


def _output_delta_twin(code, a, d, layer, y, rows, n, scale, cost):
    out, slope = a[layer + 1, :rows, :n], d[layer, :rows, :n]
    target = y[:rows, :n]
    if code == BCE:
        cost[:n] = np.mean(np.maximum(out, 0) - out * target + np.log1p(np.exp(-np.abs(out))), axis=0)
        slope[:] = (scale / rows) * (0.5 * np.tanh(0.5 * out) + 0.5 - target)
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
    """cost[k] = the loss of point k, and delta = scale dcost/dz into d[layer], which holds the output's slope."""
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
                cost[k] += share * (max(z, zero) - z * t + log(one + exp(-abs(z))))
                d[layer, j, k] = share * scale * (half * tanh(half * z) + half - t)
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
    """Cross-entropy of softmax over the units, log-sum-exp form; y is one-hot."""
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
    """The mean of the first n numbers."""
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
    """dW = a delta^T and db = sum of delta over the points; two inputs and four units a pass."""
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
    """delta of the layer below: its slope times W delta; `row` is scratch space of n numbers."""
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


# ---- update and records ---------------------------------------------------------------------------------------------


def _momentum_step_twin(params, gradient, velocity, lr, momentum):
    velocity *= momentum
    velocity -= lr * gradient
    params += velocity


@kernel(twin=_momentum_step_twin)
def momentum_step(params, gradient, velocity, lr, momentum):
    """v <- momentum v - lr g, params <- params + v."""
    for i in range(params.size):
        v = momentum * velocity[i] - lr * gradient[i]
        velocity[i] = v
        params[i] += v


def _load_batch_twin(x, y, order, epoch, start, count, a, target):
    chosen = order[epoch, start : start + count]
    a[0, : x.shape[0], :count] = x[:, chosen]
    target[:, :count] = y[:, chosen]


@kernel(twin=_load_batch_twin)
def load_batch(x, y, order, epoch, start, count, a, target):
    """The columns of x and y that stand at this place of the epoch's order, side by side."""
    for i in range(x.shape[0]):
        for k in range(count):
            a[0, i, k] = x[i, order[epoch, start + k]]
    for i in range(y.shape[0]):
        for k in range(count):
            target[i, k] = y[i, order[epoch, start + k]]


def _record_twin(params, s, epoch, gradient, layout, snapshot_row, snapshots, norms):
    if snapshot_row >= 0:
        snapshots[s, snapshot_row] = params[s]
    if norms.shape[1]:
        ends = np.append(layout[1:, 0], gradient.size)
        norms[s, epoch] = [np.linalg.norm(gradient[layout[i, 0] : ends[i]]) for i in range(len(ends))]


@kernel(twin=_record_twin)
def record(params, s, epoch, gradient, layout, snapshot_row, snapshots, norms):
    """Where they are due: the parameters, and the length of each layer's gradient, weights and bias together."""
    if snapshot_row >= 0:
        for i in range(gradient.size):
            snapshots[s, snapshot_row, i] = params[s, i]
    if norms.shape[1] > 0:
        for layer in range(layout.shape[0]):
            end = layout[layer + 1, 0] if layer + 1 < layout.shape[0] else gradient.size
            total = 0.0
            for i in range(layout[layer, 0], end):
                total += gradient[i] * gradient[i]
            norms[s, epoch, layer] = math.sqrt(total)


# ---- the run --------------------------------------------------------------------------------------------------------


@pasted
def loss_gradient(params, sizes, layout, codes, a, d, y, n, gradient, row, backward):
    """Loss of n points whose inputs stand in a[0]; with `backward`, its gradient."""
    hidden, output, loss_code = codes[0], codes[1], codes[2]
    layers = sizes.size - 1
    for layer in range(layers):
        affine(params, layout[layer, 0], layout[layer, 1], a, layer, sizes[layer], sizes[layer + 1], n)
        if layer < layers - 1:
            activate(hidden, a, d, layer, sizes[layer + 1], n)
    if loss_code < BCE:  # the other two start from the scores z
        activate(output, a, d, layers - 1, sizes[layers], n)
    scale = a.dtype.type(1) / a.dtype.type(n)
    output_delta(loss_code, a, d, layers - 1, y, sizes[layers], n, scale, row)
    loss = mean(row, n)
    if backward:
        for layer in range(layers - 1, -1, -1):
            w, b, fan_in, fan_out = layout[layer, 0], layout[layer, 1], sizes[layer], sizes[layer + 1]
            layer_gradient(gradient, w, b, a, d, layer, fan_in, fan_out, n)
            if layer > 0:
                propagate(params, w, d, layer, fan_in, fan_out, n, row)
    return loss


def _train(params, rates, sizes, layout, codes, x, y, order, losses, snapshot_rows, snapshots, diverged, norms, work):
    """Train every start, row of `params`, in place; rates[s] = (lr, momentum) of start s.

    `order` (epochs, points) holds the shuffled points of each epoch and is empty when the batch is the whole set.
    losses (S, epochs + 1), snapshots (S, K, P), diverged (S,), norms (S, epochs + 1, L) or (S, 0, L) are the records.
    `work` is scratch space: allocating here would double the time to compile.
    """
    a, d, a_batch, d_batch, y_batch, row, gradient, velocities = work
    points, batch = x.shape[1], y_batch.shape[1]
    full, last = order.size == 0, losses.shape[1] - 1
    for s in range(params.shape[0]):
        p, velocity, lr, momentum = params[s], velocities[s], rates[s, 0], rates[s, 1]
        for epoch in range(last + 1):
            batches = 0 if full or epoch == last else (points + batch - 1) // batch
            for step in range(batches + 1):  # step 0: all points, for the record; then the batches of the epoch
                if step == 0:
                    inputs, deltas, targets, count = a, d, y, points
                    backward = (full and epoch < last) or norms.shape[1] > 0
                else:
                    start = (step - 1) * batch
                    inputs, deltas, targets, count = a_batch, d_batch, y_batch, min(batch, points - start)
                    backward = True
                    load_batch(x, y, order, epoch, start, count, inputs, targets)
                loss = loss_gradient(p, sizes, layout, codes, inputs, deltas, targets, count, gradient, row, backward)
                if step == 0:
                    if not math.isfinite(loss):
                        diverged[s] = epoch
                        break
                    losses[s, epoch] = loss
                    record(params, s, epoch, gradient, layout, snapshot_rows[epoch], snapshots, norms)
                if epoch < last and (full or step > 0):
                    momentum_step(p, gradient, velocity, lr, momentum)
            if diverged[s] >= 0:
                break


_train_kernel = kernel(twin=_train)(_train)


def workspace(sizes, points, dtype):
    """The arrays a and d for so many points."""
    widest = int(sizes.max())
    return np.zeros((sizes.size, widest, points), dtype), np.zeros((sizes.size - 1, widest, points), dtype)


def train(params, rates, sizes, layout, codes, x, y, order, losses, snapshot_rows, snapshots, diverged, norms, batch):
    """Allocate, then run `_train`; see there. `batch` is the number of points of a step."""
    points, dtype = x.shape[1], x.dtype
    a, d = workspace(sizes, points, dtype)
    a[0, : x.shape[0]] = x
    y_batch, row = np.zeros((y.shape[0], batch), dtype), np.zeros(points, dtype)
    gradient, velocities = np.zeros(params.shape[1], dtype), np.zeros_like(params)
    work = (a, d, *workspace(sizes, batch, dtype), y_batch, row, gradient, velocities)
    _train_kernel(params, rates, sizes, layout, codes, x, y, order, losses, snapshot_rows, snapshots, diverged, norms,
                  work)

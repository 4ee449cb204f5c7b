"""A whole training run of a residual network in one call: a live figure repeats it at each movement of a slider.

Inputs W_in + b, then layers of one width, h + g(h W + b) with a skip and g(h W + b) without, then scores. Weights and
activations lie as in `kernels.dense`, whose parts this run is made of.
"""

import numpy as np

from course_lib.kernels.activations import ARRAYS, IDENTITY
from course_lib.kernels.dense import activate, affine, layer_gradient, mean, softmax_delta
from course_lib.kernels.jit import kernel


def _send_back_twin(params, w, d, e, layer, units, above, n, skip):
    W = params[w : w + units * above].reshape(units, above)
    kept = skip * e[:units, :n] if skip else 0.0
    e[:units, :n] = kept + W @ d[layer, :above, :n]
    d[layer - 1, :units, :n] *= e[:units, :n]


@kernel(twin=_send_back_twin)
def send_back(params, w, d, e, layer, units, above, n, skip):
    """The error e at what a layer gives becomes that at its input, W @ delta + skip e; then d[layer - 1] *= e.

    Four units a pass; the units left over come first.
    """
    for i in range(units):
        q, rest = w + i * above, above % 4
        for k in range(n):
            e[i, k] = skip * e[i, k] if skip else 0.0  # without a skip whatever stands there is no number yet
        for j in range(rest):
            w0 = params[q + j]
            for k in range(n):
                e[i, k] += w0 * d[layer, j, k]
        for j in range(rest, above, 4):
            w0, w1, w2, w3 = params[q + j], params[q + j + 1], params[q + j + 2], params[q + j + 3]
            for k in range(n):
                e[i, k] += (
                    w0 * d[layer, j, k] + w1 * d[layer, j + 1, k] + w2 * d[layer, j + 2, k] + w3 * d[layer, j + 3, k]
                )
        for k in range(n):
            d[layer - 1, i, k] *= e[i, k]


def _residual_run_twin(params, layout, widths, code, skip, X, Y, lr, losses, norms):
    depth, batches, gradient = len(layout) - 2, X.shape[0], np.empty_like(params)

    def layer(vector, i):
        w, b = layout[i]
        n, m = widths[i], widths[i + 1]
        return vector[w : w + n * m].reshape(n, m), vector[b : b + m]

    for step in range(losses.size):
        h, z = [X[step % batches].T], []
        for i in range(depth + 2):
            W, b = layer(params, i)
            z.append(h[-1] @ W + b)
            inner = 0 < i <= depth
            h.append(ARRAYS[code](z[-1])[0] + skip * h[-1] if inner else z[-1])
        shifted = h[-1] - h[-1].max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        y = Y[step % batches].T
        losses[step] = -np.mean(np.sum(y * logs, axis=1))
        error = (np.exp(logs) - y) / len(y)
        for i in reversed(range(depth + 2)):
            W, _ = layer(params, i)
            dW, db = layer(gradient, i)
            inner = 0 < i <= depth
            delta = error * ARRAYS[code](z[i])[1] if inner else error
            dW[:], db[:] = h[i].T @ delta, delta.sum(axis=0)
            error = delta @ W.T + (skip * error if inner else 0)
            if i > 0:
                norms[step, i - 1] = np.linalg.norm(error)
        params -= lr * gradient


@kernel(twin=_residual_run_twin, allocates=True)
def residual_run(params, layout, widths, code, skip, X, Y, lr, losses, norms):
    """Gradient descent, a batch a step: losses[step], and norms[step, k], the length of the gradient after k layers.

    X (batches, inputs, n) and one-hot Y (batches, classes, n) are taken in turn.
    """
    last, batches, n = len(layout) - 1, X.shape[0], X.shape[2]
    real, units = params.dtype.type, np.max(widths)
    a = np.empty((last + 2, units, n), params.dtype)
    d, e, gradient = np.empty_like(a[1:]), np.empty_like(a[0]), np.empty_like(params)
    for step in range(losses.size):
        now = step % batches
        for i in range(widths[0]):
            for k in range(n):
                a[0, i, k] = X[now, i, k]
        for i in range(last + 1):
            inner = 0 < i < last
            affine(params, layout[i, 0], layout[i, 1], a, i, widths[i], widths[i + 1], n)
            activate(code if inner else IDENTITY, a, d, i, widths[i + 1], n)
            if inner:
                for j in range(widths[i]):
                    for k in range(n):
                        a[i + 1, j, k] += skip * a[i, j, k]
        softmax_delta(a, d, last, Y[now], widths[last + 1], n, real(1) / real(n), e[0])
        losses[step] = mean(e[0], n)
        for i in range(last, -1, -1):
            w, below, above = layout[i, 0], widths[i], widths[i + 1]
            layer_gradient(gradient, w, layout[i, 1], a, d, i, below, above, n)
            if i > 0:
                send_back(params, w, d, e, i, below, above, n, skip if i < last else real(0))
                total = real(0)
                for j in range(below):
                    for k in range(n):
                        total += e[j, k] * e[j, k]
                norms[step, i - 1] = np.sqrt(total)
        for q in range(params.size):
            params[q] -= lr * gradient[q]

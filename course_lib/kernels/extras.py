"""What a training run may do besides plain descent: dropout, noise, an L1 penalty, clipping, a limit on the weights.

Its random numbers are counter-based: a number is a function of (seed, step, layer, unit, place), mixed until nothing of
that shows. So nothing is stored, any step can be drawn again later, and compiled code and NumPy get the same bits.
"""

import math

import numpy as np

from course_lib.kernels.jit import kernel, scalar

# ---- random numbers ---------------------------------------------------------------------------------------------

#: 2^64 divided by the golden ratio, and the constants of splitmix64 (Steele, Lea and Flood 2014).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
BY_30, BY_27, BY_31, BY_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
ONE = np.uint64(1)


def _mixed(bits):
    """splitmix64's last part: 64 bits, of which each depends on all 64 that came in."""
    bits = (bits ^ (bits >> BY_30)) * FIRST
    bits = (bits ^ (bits >> BY_27)) * SECOND
    return bits ^ (bits >> BY_31)


mixed = scalar(_mixed)


def uniforms(seed, t, layer, rows, n):
    """(rows, n) numbers, even in [0, 1), that belong to step t and this layer."""
    key = _mixed(np.array([t], np.uint64) * GOLDEN + np.uint64(seed))
    key = _mixed(_mixed(key + np.uint64(layer)) + np.arange(rows, dtype=np.uint64))
    return (_mixed(key[:, None] + np.arange(1, n + 1, dtype=np.uint64) * GOLDEN) >> BY_11) * 2.0**-53


@scalar
def key_of(seed, t, layer, row):
    """Where the numbers of a row begin."""
    return mixed(mixed(mixed(np.uint64(t) * GOLDEN + seed) + np.uint64(layer)) + np.uint64(row))


@scalar
def uniform(key, k):
    """Number k of a row, as in `uniforms`."""
    return np.float64(mixed(key + (np.uint64(k) + ONE) * GOLDEN) >> BY_11) * 2.0**-53


# ---- inside the network --------------------------------------------------------------------------------------------


def _drop_twin(a, d, layer, rows, n, rate, seed, t):
    kept = (uniforms(seed, t, layer + 1, rows, n) >= rate) * a.dtype.type(1 / (1 - rate))
    a[layer + 1, :rows, :n] *= kept
    d[layer, :rows, :n] *= kept


@kernel(twin=_drop_twin)
def drop(a, d, layer, rows, n, rate, seed, t):
    """Inverted dropout of a hidden layer: a[layer + 1] and its slopes d[layer] times mask / (1 - rate).

    The way back multiplies by the slopes, and so by the mask.
    """
    zero, scale = a.dtype.type(0), a.dtype.type(1 / (1 - rate))
    for j in range(rows):
        key = key_of(seed, t, layer + 1, j)
        for k in range(n):
            kept = scale if uniform(key, k) >= rate else zero
            a[layer + 1, j, k] *= kept
            d[layer, j, k] *= kept


def _add_normal_twin(values, rows, n, sd, seed, t, layer):
    u = uniforms(seed, t, layer, rows, 2 * n)
    normal = np.sqrt(-2 * np.log(1 - u[:, ::2])) * np.cos(2 * np.pi * u[:, 1::2])
    values[:rows, :n] += (sd * normal).astype(values.dtype)


@kernel(twin=_add_normal_twin)
def add_normal(values, rows, n, sd, seed, t, layer):
    """values += sd N(0, 1), each normal number from two even ones (Box and Muller 1958)."""
    for j in range(rows):
        key = key_of(seed, t, layer, j)
        for k in range(n):
            length, angle = math.sqrt(-2 * math.log(1 - uniform(key, 2 * k))), 2 * math.pi * uniform(key, 2 * k + 1)
            values[j, k] += values.dtype.type(sd * length * math.cos(angle))


# ---- before and after a step -----------------------------------------------------------------------------------------


def _weights_of(params, layout, sizes):
    """Views of the weights of each layer, (fan_in, fan_out)."""
    return [params[w : w + fan_in * fan_out].reshape(fan_in, fan_out)
            for (w, _), fan_in, fan_out in zip(layout, sizes[:-1], sizes[1:], strict=True)]


def _penalize_and_clip_twin(gradient, params, layout, sizes, l1, longest):
    for dW, W in zip(_weights_of(gradient, layout, sizes), _weights_of(params, layout, sizes), strict=True):
        dW += W.dtype.type(l1) * np.sign(W)
    length = np.linalg.norm(gradient)
    if length > longest:
        gradient *= gradient.dtype.type(longest / length)


@kernel(twin=_penalize_and_clip_twin)
def penalize_and_clip(gradient, params, layout, sizes, l1, longest):
    """g += l1 sign(W) for the weights, not for the biases; then all of g shrunk to the length `longest` at most."""
    slope, zero = gradient.dtype.type(l1), gradient.dtype.type(0)
    for layer in range(layout.shape[0]):
        for i in range(layout[layer, 0], layout[layer, 0] + sizes[layer] * sizes[layer + 1]):
            gradient[i] += slope if params[i] > zero else (-slope if params[i] < zero else zero)
    square = 0.0
    for i in range(gradient.size):
        square += gradient[i] * gradient[i]
    if math.sqrt(square) > longest:
        share = gradient.dtype.type(longest / math.sqrt(square))
        for i in range(gradient.size):
            gradient[i] *= share


def _limit_columns_twin(params, layout, sizes, longest):
    for W in _weights_of(params, layout, sizes):
        lengths = np.linalg.norm(W, axis=0)
        W *= np.where(lengths > longest, longest / lengths, 1).astype(W.dtype)


@kernel(twin=_limit_columns_twin)
def limit_columns(params, layout, sizes, longest):
    """Each unit's incoming weights, a column of W, shrunk to the length `longest` at most."""
    for layer in range(layout.shape[0]):
        w, fan_out = layout[layer, 0], sizes[layer + 1]
        end = w + sizes[layer] * fan_out
        for j in range(fan_out):
            square = 0.0
            for i in range(w + j, end, fan_out):
                square += params[i] * params[i]
            if math.sqrt(square) > longest:
                share = params.dtype.type(longest / math.sqrt(square))
                for i in range(w + j, end, fan_out):
                    params[i] *= share

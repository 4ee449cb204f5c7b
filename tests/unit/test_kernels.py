"""Every compiled kernel against its NumPy twin, on random shapes, in both precisions."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

import course_lib.kernels.extras
import course_lib.kernels.residual  # noqa: F401 (both register their kernels)
from course_lib.kernels import lanes, products, vectors
from course_lib.kernels.jit import PAIRS
from course_lib.ops import RULES  # and all other kernels are registered

# test_dense.py compares these with loops over `ops`, compiled and, in the stage without Numba, as their twins.
TRAINING = ("dense", "runs", "by_point", "wide")
OWN = {name: pair for name, pair in PAIRS.items() if name.split(".")[2] not in TRAINING}


def _vector(rng, n, classes, dtype):
    return (4 * rng.standard_normal(n)).astype(dtype), np.empty(n, dtype)


def _gradient(rng, n, classes, dtype):
    z, out = _vector(rng, n, classes, dtype)
    return rng.standard_normal(n).astype(dtype), z, out


def _rows(rng, n, classes, dtype):
    return (4 * rng.standard_normal((n, classes))).astype(dtype), np.empty((n, classes), dtype)


def _rows_gradient(rng, n, classes, dtype):
    z, out = _rows(rng, n, classes, dtype)
    return rng.standard_normal(z.shape).astype(dtype), z, out


def _cross_entropy(rng, n, classes, dtype):
    scores, dscores = _rows(rng, n, classes, dtype)
    return scores, rng.integers(0, classes, n), np.empty(n, dtype), dscores


def _bce(rng, n, classes, dtype):
    z, dz = _vector(rng, n, classes, dtype)
    return z, rng.random(n).astype(dtype), np.empty(n, dtype), dz


def _perceptron(rng, n, classes, dtype):
    # Whole numbers: then no rounding decides on which side a sample lies.
    X, epochs = rng.integers(-4, 5, (n, classes)).astype(dtype), 5
    order = np.array([rng.permutation(n) for _ in range(epochs)])
    return (X, rng.integers(0, 2, n), order, 1.0, np.zeros(classes + 1, dtype), np.zeros(epochs, np.int64),
            np.zeros((order.size + 1, classes + 1), dtype), np.zeros((order.size, 2), np.int64))


def _coordinate_descent(rng, n, classes, dtype):
    # limit = -1: the number of sweeps is fixed, no rounding decides when to stop.
    X = rng.standard_normal((n, classes)).astype(dtype)
    penalties = rng.uniform(0.1, 1, (3, 2)).astype(dtype)
    return (X.T @ X / dtype(n), rng.standard_normal(classes).astype(dtype), penalties, -1.0,
            np.zeros((3, classes), dtype), np.array([1, 7, 4]))


def _descent(rng, n, classes, dtype):
    X, epochs, batch = rng.standard_normal((n, classes)).astype(dtype), 3, int(rng.integers(1, n + 1))
    order = np.array([rng.permutation(n) for _ in range(epochs)])
    updates = epochs * -(-n // batch)
    theta, path = rng.standard_normal(classes).astype(dtype), np.empty((updates if n % 2 else epochs, classes), dtype)
    rates = rng.uniform(0, 0.02, updates).astype(dtype)
    return X, rng.standard_normal(n).astype(dtype), order, batch, rates, theta, np.empty_like(theta), path


def _rule(rng, n, classes, dtype):
    n *= int(rng.integers(1, 5))
    w, dw = (rng.standard_normal(n).astype(dtype) for _ in range(2))
    return w, dw, rng.uniform(0, 1, (3, n)).astype(dtype), rng.uniform(0, 0.9, 6), int(rng.integers(1, 50))


def _dropped(rng, n, classes, dtype):
    a, d = (rng.standard_normal((3, classes, n)).astype(dtype) for _ in range(2))
    return a, d, 1, classes, n, float(rng.uniform(0, 0.9)), np.uint64(rng.integers(2**63)), int(rng.integers(1, 99))


def _sent_back(rng, n, classes, dtype):
    params, d = rng.standard_normal(5 * classes + 3).astype(dtype), rng.standard_normal((3, 9, n)).astype(dtype)
    return params, 3, d, rng.standard_normal((9, n)).astype(dtype), 2, 5, classes, n, dtype(rng.integers(2))


def _residual(rng, n, classes, dtype):
    """A network 3 -> 5 -> 5 -> 5 -> classes for three steps of two batches."""
    widths, places = np.array([3, 5, 5, 5, classes]), []
    for fan_in, fan_out in pairwise(widths):
        start = places[-1][1] + widths[len(places)] if places else 0
        places.append((start, start + fan_in * fan_out))
    params = (0.3 * rng.standard_normal(places[-1][1] + classes)).astype(dtype)
    X, Y = rng.standard_normal((2, 3, n)).astype(dtype), np.eye(classes)[rng.integers(0, classes, (2, n))]
    return (params, np.array(places), widths, int(rng.integers(1, 3)), dtype(rng.integers(2)), X,
            np.ascontiguousarray(Y.transpose(0, 2, 1)).astype(dtype), dtype(0.1), np.empty(3, dtype),
            np.empty((3, 3), dtype))


def _noisy(rng, n, classes, dtype):
    values = rng.standard_normal((classes, n)).astype(dtype)
    return values, classes, n, 0.3, np.uint64(rng.integers(2**63)), int(rng.integers(1, 99)), 2


def _weights(rng, n, classes, dtype):
    """Parameters of a network n -> classes -> 2, the first layer without bias; their layout and the sizes."""
    params = rng.standard_normal(n * classes + 2 * classes + 2).astype(dtype)
    params[rng.integers(params.size)] = 0
    return params, np.array([[0, -1], [n * classes, (n + 2) * classes]]), np.array([n, classes, 2])


def _penalized(rng, n, classes, dtype):
    gradient, *network = _weights(rng, n, classes, dtype)[:1] + _weights(rng, n, classes, dtype)
    return gradient, *network, 0.3, float(rng.choice([0.5, 1e3]))


def _normalize(rng, n, classes, dtype):
    pixels, (gamma, beta) = int(rng.integers(1, 4)), rng.standard_normal((2, classes)).astype(dtype)
    x = rng.standard_normal((n, classes * pixels)).astype(dtype)
    return x, gamma, beta, 0.1, np.empty_like(gamma), np.empty_like(gamma), np.empty_like(x), np.empty_like(x)


def _normalize_backward(rng, n, classes, dtype):
    dout, x_hat = rng.standard_normal((2, n, classes * int(rng.integers(1, 4)))).astype(dtype)
    scale = rng.standard_normal(classes).astype(dtype)
    return dout, x_hat, scale, np.empty_like(scale), np.empty_like(scale), np.empty_like(dout)


def _layer(rng, n, classes, dtype):
    """A convolution layer that fits: x, w, stride, dilation, and dout or out."""
    groups, size, stride, dilation = (rng.integers(1, 4, 2).tolist() for _ in range(4))
    groups, counts = groups[0], rng.integers(1, 5, 2).tolist()
    sides = [(count - 1) * s + d * (f - 1) + 1 + int(rng.integers(0, s))
             for count, s, d, f in zip(counts, stride, dilation, size, strict=True)]
    each, filters = int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    x, w, dout = (rng.standard_normal(shape).astype(dtype) for shape in (
        (1 + n % 4, groups * each, *sides), (filters, each, *size), (1 + n % 4, filters, *counts)))
    return x, w, tuple(stride), tuple(dilation), dout


def _correlate(*drawn):
    x, w, stride, dilation, dout = _layer(*drawn)
    return x, w, stride, dilation, np.empty_like(dout)


def _scatter(*drawn):
    x, w, stride, dilation, dout = _layer(*drawn)
    return dout, w, stride, dilation, np.empty_like(x)


def _add_windows(rng, *drawn):
    x, w, stride, dilation, dout = _layer(rng, *drawn)
    values = rng.standard_normal((*x.shape[:2], *w.shape[2:], *dout.shape[2:])).astype(x.dtype)
    return values, stride, dilation, x


def _weight_gradient(*drawn):
    x, w, stride, dilation, dout = _layer(*drawn)
    return dout, x, stride, dilation, np.empty_like(w)


def _max_pool(rng, n, classes, dtype):
    size, stride = (tuple(rng.integers(1, 4, 2).tolist()) for _ in range(2))
    pad = tuple(int(rng.integers(0, f // 2 + 1)) for f in size)
    # Whole numbers: then there are ties.
    x = rng.integers(-2, 3, (classes, *rng.integers(3, 9, 2))).astype(dtype)
    x[rng.random(x.shape) < 0.1] = rng.choice([np.nan, np.inf, -np.inf])
    counts = [(m + 2 * p - f) // s + 1 for m, p, f, s in zip(x.shape[1:], pad, size, stride, strict=True)]
    return x, size, stride, pad, np.empty((classes, *counts), dtype), np.empty((classes, *counts), np.int32)


def _route(rng, n, classes, dtype):
    dout = rng.standard_normal((classes, n)).astype(dtype)
    return dout, rng.integers(0, 7, dout.shape).astype(np.int32), np.empty((classes, 7), dtype)
def _block(rng, dtype, channels, height, width, frame=0):
    """Random numbers (channels, height, width, lanes) inside a frame of zeros, and the tuple that tells their lanes."""
    block = vectors.lanes_of(dtype)
    x = vectors.aligned((channels, height + 2 * frame, width + 2 * frame, block), dtype)
    lanes.inside(x, frame)[:] = rng.standard_normal((channels, height, width, block))
    return x, vectors.tuple_of(block)


def _few(n):
    """A number of results that needs one of three sizes of tiles, with overlap and without: each size is compiled."""
    return (1, vectors.ROWS, 2 * vectors.ROWS, vectors.ROWS + 1)[n % 4]


def _gather(rng, n, classes, dtype):
    height, width, frame = (int(size) for size in rng.integers(1, 5, 3))
    images = rng.integers(0, 256, (n, classes, height, width)).astype(rng.choice([np.uint8, dtype]))
    moves = np.stack([rng.integers(1 - size, size, n) for size in (height, width)], axis=1)
    x, _ = _block(rng, dtype, classes, height, width, frame)
    return images, rng.integers(0, n, n), int(rng.integers(n)), moves, 1 / 255, x, frame


def _convolve(rng, n, classes, dtype):
    n, (height, width, size, frame, out_frame) = _few(n), (int(one) for one in rng.integers([1, 1, 1, 0, 0], 4))
    height, width, pad = height + 4, width + 4, int(rng.integers(-1, size))
    pool = int(rng.integers(1, 1 + min(height, width) + 2 * pad - size + 1)) if rng.integers(2) else 1
    x, wide = _block(rng, dtype, classes, height, width, frame)
    w, rows = rng.standard_normal((n, classes, size, size)).astype(dtype), vectors.rows_for(n)
    packed = np.empty(lanes.packed_shape(w, rows, False), dtype)
    lanes.pack(w, False, packed)
    shape = n, *((side + 2 * pad - size + 1) // pool for side in (height, width))
    out, _ = _block(rng, dtype, *shape, out_frame)
    codes = np.zeros((*shape, len(wide)) if rng.integers(2) else (0,) * 4, np.uint8)
    options = np.array([frame, out_frame, pad, pool, rng.integers(2)])
    return vectors.tuple_of(rows), wide, x, packed, rng.standard_normal(n).astype(dtype), out, codes, options


def _convolve_weights(rng, n, classes, dtype):
    n, (pool, height, width) = _few(n), (int(one) for one in rng.integers(1, 4, 3))
    size = 1 if n == 1 else 3
    pad = int(rng.integers(size))
    frame = pad + int(rng.integers(2))
    d, wide = _block(rng, dtype, n, height, width)
    x, _ = _block(rng, dtype, classes, *(max(1, side * pool + size - 1 - 2 * pad) + int(rng.integers(2))
                                         for side in (height, width)), frame)
    codes = np.zeros((0,) * 4, np.uint8)
    if pool > 1 or rng.integers(2):
        codes = rng.integers(0, pool * pool + 1, d.shape).astype(np.uint8)
    rows, short = vectors.outer_rows_for(n, size), vectors.short_of(dtype)
    dz = _block(rng, dtype, n, height * pool, width * pool)[0] if codes.size else d
    sums, dw = np.zeros((classes * size, rows * size, short), dtype), rng.standard_normal((n, classes, size, size))
    return (*map(vectors.tuple_of, (rows * size, size, short)), wide, d, codes, dz, x, sums, dw.astype(dtype),
            rng.standard_normal(n).astype(dtype), np.array([frame, pad, pool]))


def _pool(rng, n, classes, dtype):
    size, (height, width) = int(rng.integers(1, 5)), (int(side) for side in rng.integers(4, 9, 2))
    stride, pad = int(rng.integers(1, 5)), int(rng.integers(size // 2 + 1))
    out_height, out_width = ((side + 2 * pad - size) // stride + 1 for side in (height, width))
    return size, stride, pad, (classes, height, width), (classes, out_height, out_width)


def _maxpool(rng, n, classes, dtype):
    size, stride, pad, before, after = _pool(rng, n, classes, dtype)
    frame, out_frame = rng.integers(0, 2, 2)
    (x, wide), (out, _) = _block(rng, dtype, *before, frame), _block(rng, dtype, *after, out_frame)
    codes = np.zeros((*after, len(wide)), np.uint8)
    return (None,), wide, x, out, codes, np.array([frame, out_frame, size, stride, pad])


def _avgpool(rng, n, classes, dtype):
    *arguments, _, options = _maxpool(rng, n, classes, dtype)
    return *arguments, options


def _unpool(rng, n, classes, dtype):
    size, stride, pad, before, after = _pool(rng, n, classes, dtype)
    (d, wide), (dx, _) = _block(rng, dtype, *after), _block(rng, dtype, *before)
    codes = rng.integers(0, size * size, d.shape if rng.integers(2) else (0,) * 4).astype(np.uint8)
    return (None,), wide, d, codes, dx, np.array([size, stride, pad])


def _side_by_side(rng, dtype, *rows):
    """Random numbers (rows, lanes) for each of the rows."""
    return [_block(rng, dtype, 1, 1, count)[0][0, 0] for count in rows]


def _dense(rng, n, classes, dtype):
    outputs = _few(n * classes)
    x, out = _side_by_side(rng, dtype, n, outputs)
    w, b = rng.standard_normal((n, outputs)).astype(dtype), rng.standard_normal(outputs).astype(dtype)
    rows, wide = vectors.rows_for(outputs), vectors.lanes_of(dtype)
    return vectors.tuple_of(rows), vectors.tuple_of(wide), x, w, b, out, bool(rng.integers(2))


def _dense_inputs(rng, n, classes, dtype):
    _, wide, dx, w, _, dz, _ = _dense(rng, _few(n), classes, dtype)
    return vectors.tuple_of(vectors.rows_for(len(w))), wide, dz, w, dx


def _dense_weights(rng, n, classes, dtype):
    _, wide, x, dw, db, out, relu = _dense(rng, _few(n), classes, dtype)
    rows = vectors.rows_for(len(dw))
    (d,) = _side_by_side(rng, dtype, len(out))
    turned = np.zeros((len(wide), -(-len(out) // len(wide)) * len(wide)), dtype)
    return vectors.tuple_of(rows), wide, d, out, x, turned, np.zeros((rows, len(wide)), dtype), dw, db, relu


def _cross_entropy_of_lanes(rng, n, classes, dtype):
    scores, d = _side_by_side(rng, dtype, classes, classes)
    return scores, rng.integers(0, classes, min(n, scores.shape[1])), 1 / n, d, np.zeros(2)


def _random(rng, dtype, *shapes):
    """Random arrays of these shapes."""
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def _columns(rng, classes, dtype):
    """Columns that fill lanes or four times the lanes, that do not, or both."""
    return int(rng.choice([0, 1, 2, 4])) * vectors.lanes_of(dtype) + (classes if rng.integers(2) else 0) or classes


def _product(rng, n, classes, dtype):
    count, (first, at), N = _columns(rng, classes, dtype), rng.integers(0, 3, 2).tolist(), int(rng.integers(1, 20))
    first = int(rng.choice([first, 0, vectors.lanes_of(dtype)]))
    a, U, out = _random(rng, dtype, (N, n), (n, first + count + 1), (N, at + count + 2))
    return a, U, first, count, products.panels_of(U, N), out, at, int(rng.integers(2))


def _sent_through(rng, n, classes, dtype):
    K, (first, at), N = _columns(rng, classes, dtype), rng.integers(0, 3, 2).tolist(), int(rng.integers(1, 20))
    d, U, out = _random(rng, dtype, (N, at + n + 1), (K, first + n + 2), (N, K))
    return d, at, U, first, n, products.panels_of(U.T, N), out, int(rng.integers(2))


def _by_rows(rng, n, classes, dtype):
    a, U, first, count, _, out, at, turn = _product(rng, n, classes, dtype)
    return a, U, first, count, out, at, turn


def _sent_back_by_rows(rng, n, classes, dtype):
    d, at, U, first, count, _, out, turn = _sent_through(rng, n, classes, dtype)
    return d, at, U, first, count, out, int(rng.integers(len(U))), turn


def _outer(rng, n, classes, dtype):
    count, A = int(rng.integers(1, 3)) * vectors.lanes_of(dtype), int(rng.integers(1, 4)) * vectors.ROWS
    first, at = rng.integers(0, 3, 2).tolist()
    a, d, out = _random(rng, dtype, (n, A), (n, first + count + 1), (A, at + count + 2))
    return a, d, first, count, out, at, bool(rng.integers(2))


def _multiplied(rng, n, classes, dtype):
    count, N = int(rng.integers(1, 3)) * vectors.lanes_of(dtype), int(rng.integers(1, 4)) * vectors.ROWS
    return _random(rng, dtype, (N, n), (n, count), (N, count))


def _added_rows(rng, n, classes, dtype):
    rows, out = _random(rng, dtype, (n, classes), (5, classes))
    return rows, rng.integers(0, 5, n), out


def _looked_up(rng, n, classes, dtype):
    W, b, out = _random(rng, dtype, (5, classes), classes, (n, classes))
    places = rng.integers(0, 5, n)
    places[-1] = rng.choice([places[-1], -1, 5], p=[0.8, 0.1, 0.1])  # W has no such row
    return W, places, b, out


def _looked_up_back(rng, n, classes, dtype):
    d, dW, db = _random(rng, dtype, (n, classes), (5, classes), classes)
    return d, rng.integers(0, 5, n), dW, db


def _recurrent(names):
    """Arguments of a kernel of `recurrent` by name, for a sequence; U_P its panels, U_T those of its transpose."""
    def case(rng, n, classes, dtype):
        H = _columns(rng, classes, dtype)
        T, N = int(rng.integers(1, 5)), 1 + n % (vectors.ROWS + 3)
        shapes = {"U": (H, H), "U3": (H, 3 * H), "U4": (H, 4 * H), "z": (T, N, 4 * H), "gates": (T, N, 3 * H),
                  "inner": (T, N, H), "c": (T + 1, N, H), "tanh_c": (T, N, H), "h": (T + 1, N, H), "dh": (T, N, H),
                  "carry": (N, H), "carry_c": (N, H), "dinner": (T, N, H), "dz": (T, N, 4 * H), "dz3": (T, N, 3 * H),
                  "da": (T, N, H), "peephole": (3 * int(rng.integers(2)), H)}
        arrays = {name: array / dtype(8 if name[0] == "U" and H > 9 else 2) for name, array in zip(
            shapes, _random(rng, dtype, *shapes.values()), strict=True)}
        arrays |= {"keep": rng.random((T, N)) < 0.8, "code": int(rng.integers(2))}
        for name in ("U", "U3", "U4"):
            arrays |= {f"{name}_P": products.panels_of(arrays[name], N),
                       f"{name}_T": products.panels_of(arrays[name].T, N)}
        return tuple(arrays[name] for name in names.split())

    return case


def _constants(arguments, *values):
    return (*arguments[:-1], *values, arguments[-1])


CASES = {
    "activations.sigmoid": _vector,
    "activations.sigmoid_backward": _gradient,
    "activations.tanh_backward": _gradient,
    "activations.elu": lambda *a: _constants(_vector(*a), 1.3, 0.7),
    "activations.elu_backward": lambda *a: _constants(_gradient(*a), 1.3, 0.7),
    "activations.gelu": _vector,
    "activations.gelu_backward": _gradient,
    "activations.softmax": _rows,
    "activations.softmax_backward": _rows_gradient,
    "activations.log_softmax": _rows,
    "losses.softmax_cross_entropy": _cross_entropy,
    "losses.bce_from_logits": _bce,
    "losses.squared_loss": lambda rng, n, classes, dtype: (
        *(rng.standard_normal((n, classes)).astype(dtype) for _ in range(3)), dtype(0.3)),
    "normalization.normalize_columns": _normalize,
    "normalization.normalize_columns_backward": _normalize_backward,
    **{f"updates.{rule}": _rule for rule in RULES},
    "convolution.add_windows": _add_windows,
    "convolution.correlate": _correlate,
    "convolution.scatter": _scatter,
    "convolution.weight_gradient": _weight_gradient,
    "pooling.max_pool": _max_pool,
    "pooling.route": _route,
    "extras.drop": _dropped,
    "extras.add_normal": _noisy,
    "extras.penalize_and_clip": _penalized,
    "extras.limit_columns": lambda *a: (*_weights(*a), 1.2),
    "lanes.gather": _gather,
    "lanes.convolve": _convolve,
    "lanes.convolve_weights": _convolve_weights,
    "lanes.maxpool": _maxpool,
    "lanes.avgpool": _avgpool,
    "lanes.unpool": _unpool,
    "lanes.dense": _dense,
    "lanes.dense_inputs": _dense_inputs,
    "lanes.dense_weights": _dense_weights,
    "lanes.cross_entropy": _cross_entropy_of_lanes,
    "residual.send_back": _sent_back,
    "residual.residual_run": _residual,
    "products.add_product": _product, "products.send_back": _sent_through, "products.add_outer_tiles": _outer,
    "products.multiply_tiles": _multiplied, "products.add_by_rows": _by_rows,
    "products.send_back_by_rows": _sent_back_by_rows,
    "recurrent.add_rows": _added_rows, "recurrent.look_up": _looked_up, "recurrent.look_up_backward": _looked_up_back,
    "recurrent.rnn_sequence": _recurrent("U U_P keep code h"),
    "recurrent.rnn_sequence_backward": _recurrent("U U_T keep code h dh carry da"),
    "recurrent.lstm_sequence": _recurrent("z U4 U4_P keep peephole c tanh_c h"),
    "recurrent.lstm_sequence_backward": _recurrent("z U4 U4_T keep peephole c tanh_c dh carry carry_c dz"),
    "recurrent.gru_sequence": _recurrent("code gates inner U3 U3_P keep h"),
    "recurrent.gru_sequence_backward": _recurrent("code gates inner U3 U3_T keep h dh carry dinner dz3"),
    "linear.coordinate_descent": _coordinate_descent,
    "linear.least_squares_descent": _descent,
    "perceptron.perceptron_run": _perceptron,
}
#: The places of the arguments that a kernel writes into, where it is not the last one.
WRITTEN = {
    "losses.softmax_cross_entropy": (2, 3), "losses.bce_from_logits": (2, 3), "losses.squared_loss": (2,),
    **{f"updates.{rule}": (0, 2) for rule in RULES},
    "extras.drop": (0, 1), "extras.add_normal": (0,), "extras.penalize_and_clip": (0,), "extras.limit_columns": (0,),
    "normalization.normalize_columns": (4, 5, 6, 7), "normalization.normalize_columns_backward": (3, 4, 5),
    "pooling.max_pool": (4, 5),
    "lanes.gather": (5,), "lanes.convolve": (5, 6), "lanes.convolve_weights": (6, 8, 9, 10), "lanes.maxpool": (3, 4),
    "lanes.avgpool": (3,), "lanes.unpool": (4,), "lanes.dense": (5,), "lanes.dense_weights": (2, 5, 6, 7, 8),
    "lanes.cross_entropy": (3, 4),
    "residual.send_back": (2, 3), "residual.residual_run": (0, 8, 9),
    "products.add_product": (5,), "products.send_back": (6,), "products.add_outer_tiles": (4,),
    "products.add_by_rows": (4,), "products.send_back_by_rows": (5,),
    "recurrent.look_up_backward": (2, 3), "recurrent.rnn_sequence_backward": (6, 7),
    "recurrent.lstm_sequence": (0, 5, 6, 7), "recurrent.lstm_sequence_backward": (8, 9, 10),
    "recurrent.gru_sequence": (1, 2, 6), "recurrent.gru_sequence_backward": (8, 9, 10),
    "linear.coordinate_descent": (4, 5), "linear.least_squares_descent": (5, 6, 7),
}
#: Those in which it leaves what nobody reads.
PLACES_TO_WORK = {"lanes.convolve_weights": (8,), "lanes.dense_weights": (5, 6)}
FULL = {f"course_lib.kernels.{name}": case for name, case in CASES.items()}


def test_every_kernel_has_a_case():
    assert set(OWN) == set(FULL)


@needs("Numba")  # without it a kernel is its twin
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FULL)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(n=st.integers(1, 40), classes=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_kernel_agrees_with_its_twin(name, dtype, n, classes, seed):
    compiled, twin = OWN[name]
    ours = FULL[name](np.random.default_rng(seed), n, classes, dtype)
    theirs = copy.deepcopy(ours)
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    given, expected = compiled(*ours), twin(*theirs)
    assert given == (expected if expected is None else pytest.approx(expected, rel=tolerance))
    skipped = PLACES_TO_WORK.get(name.removeprefix("course_lib.kernels."), ())
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if place not in skipped and not isinstance(one, tuple):  # tuples tell sizes, see `vectors`
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in FULL if "perceptron" not in name])
def test_kernels_write_only_their_outputs(name):
    arguments = FULL[name](np.random.default_rng(0), 6, 3, np.float64)
    arguments = list(arguments)
    written = WRITTEN.get(name.removeprefix("course_lib.kernels."), (len(arguments) - 1,))
    before = copy.deepcopy(arguments)
    OWN[name][0](*arguments)
    for place, (one, other) in enumerate(zip(before, arguments, strict=True)):
        if place not in written:
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["activations.softmax", "activations.log_softmax", "losses.softmax_cross_entropy"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_stays_visible_in_its_row_only(name, place):
    arguments = CASES[name](np.random.default_rng(0), 2, 3, np.float64)
    arguments[0][1, place] = np.nan
    OWN[f"course_lib.kernels.{name}"][0](*arguments)
    assert np.isfinite(arguments[-1][0]).all()
    assert np.isnan(arguments[-1][1]).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", [_product, _sent_through, _outer])
def test_products_pass_on_what_is_not_finite(case, dtype):
    name = {_product: "add_product", _sent_through: "send_back", _outer: "add_outer_tiles"}[case]
    for seed in range(30):
        arguments = case(np.random.default_rng(seed), 7, 5, dtype)
        factor, out = arguments[0], next(a for a in reversed(arguments) if isinstance(a, np.ndarray))
        factor[seed % len(factor), :] = (np.nan, np.inf, -np.inf)[seed % 3]
        expected = copy.deepcopy(arguments)
        compiled, twin = OWN[f"course_lib.kernels.products.{name}"]
        compiled(*arguments), twin(*expected)
        found = next(a for a in reversed(expected) if isinstance(a, np.ndarray))
        assert not np.isfinite(found).all()
        np.testing.assert_allclose(out, found, rtol=1e-4, atol=1e-5)

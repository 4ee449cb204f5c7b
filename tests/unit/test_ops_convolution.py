"""Convolution against its definition, term by term, against finite differences, and against frozen PyTorch answers."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import gradcheck, ops
from course_lib.kernels import convolution as kernels

GOLDEN = dict(np.load(Path(__file__).parent / "golden" / "convolution.npz"))
FEW = settings(max_examples=25, deadline=None, derandomize=True)
FORWARD = {1: ops.conv1d_forward, 2: ops.conv2d_forward, 3: ops.conv3d_forward}
BACKWARD = {1: ops.conv1d_backward, 2: ops.conv2d_backward, 3: ops.conv3d_backward}


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def axes(count, low, high):
    return st.tuples(*[st.integers(low, high)] * count)


@st.composite
def layers(draw, count, groups=1, modes=("zeros",)):
    """x, w, b and the settings of a small layer that fits."""
    groups, mode = draw(st.integers(1, groups)), draw(st.sampled_from(modes))
    size, stride, dilation = draw(axes(count, 1, 3)), draw(axes(count, 1, 3)), draw(axes(count, 1, 2))
    sides = draw(axes(count, 1, 5))
    pad = draw(axes(count, 0, 2))
    if mode == "reflect":
        pad = tuple(min(p, n - 1) for p, n in zip(pad, sides, strict=True))
    spans = [d * (f - 1) + 1 for f, d in zip(size, dilation, strict=True)]
    sides = tuple(max(n, span - 2 * p) for n, span, p in zip(sides, spans, pad, strict=True))
    inputs, outputs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    seed = draw(st.integers(0, 999))
    x = numbers((draw(st.integers(1, 3)), groups * inputs, *sides), seed)
    w, b = numbers((groups * outputs, inputs, *size), seed + 1), numbers(groups * outputs, seed + 2)
    how = {"stride": stride, "pad": pad, "dilation": dilation}
    return x, w, b, how if count == 3 else how | {"groups": groups, "mode": mode}


def by_definition(x, w, b, stride, pad, dilation, groups=1, mode="zeros"):
    """The sum of a convolution layer, one term after the other."""
    around = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}[mode]
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pad)], mode=around)
    K, each = w.shape[:2]
    counts = [(n - d * (f - 1) - 1) // s + 1
              for n, f, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation, strict=True)]
    out = np.empty((len(x), K, *counts))
    for n, k, *place in itertools.product(*map(range, out.shape)):
        total = b[k]
        for c, *entry in itertools.product(*map(range, w.shape[1:])):
            pixel = tuple(i * s + u * d for i, s, u, d in zip(place, stride, entry, dilation, strict=True))
            total += w[(k, c, *entry)] * x[(n, k // (K // groups) * each + c, *pixel)]
        out[(n, k, *place)] = total
    return out


def assert_right_gradients(forward, backward, *arrays):
    """Backward against central differences of sum(dout out)."""
    out, cache = forward(*arrays)
    dout = numbers(out.shape, 9)
    for analytic, array in zip(backward(dout, cache), arrays, strict=True):
        numeric = gradcheck.numerical_gradient(lambda _: float(np.sum(dout * forward(*arrays)[0])), array)
        np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8)


# ---- layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2])
@FEW
@given(data=st.data())
def test_layer_by_definition(count, data):
    x, w, b, how = data.draw(layers(count, groups=3, modes=("zeros", "reflect", "replicate")))
    out, _ = FORWARD[count](x, w, b, **how)
    np.testing.assert_allclose(out, by_definition(x, w, b, **how), rtol=1e-11, atol=1e-12)


@FEW
@given(layer=layers(3))
def test_layer_in_three_dimensions_by_definition(layer):
    x, w, b, how = layer
    np.testing.assert_allclose(ops.conv3d_forward(x, w, b, **how)[0], by_definition(x, w, b, **how),
                               rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("count", [1, 2])
@FEW
@given(data=st.data())
def test_gradients_of_a_layer(count, data):
    *arrays, how = data.draw(layers(count, groups=2, modes=("zeros", "reflect", "replicate")))
    assert_right_gradients(lambda x, w, b: FORWARD[count](x, w, b, **how), BACKWARD[count], *arrays)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(layer=layers(3))
def test_gradients_in_three_dimensions(layer):
    *arrays, how = layer
    assert_right_gradients(lambda x, w, b: ops.conv3d_forward(x, w, b, **how), ops.conv3d_backward, *arrays)


@FEW
@given(N=st.integers(1, 2), C=st.integers(1, 2), K=st.integers(1, 2), size=axes(2, 1, 3), sides=axes(2, 1, 4),
       stride=axes(2, 1, 3), pad=axes(2, 0, 1), seed=st.integers(0, 99))
def test_transposed_convolution(N, C, K, size, sides, stride, pad, seed):
    pad = tuple(p if (n - 1) * s - 2 * p + f > 0 else 0 for n, f, s, p in zip(sides, size, stride, pad, strict=True))
    x, w, b = numbers((N, C, *sides), seed), numbers((C, K, *size), seed + 1), numbers(K, seed + 2)
    canvas = np.zeros((N, K, *((n - 1) * s + f for n, s, f in zip(sides, stride, size, strict=True))))
    for n, c, i, j in itertools.product(*map(range, x.shape)):
        top, left = i * stride[0], j * stride[1]
        canvas[n, :, top : top + size[0], left : left + size[1]] += x[n, c, i, j] * w[c]
    rows, columns = (slice(p, total - p) for p, total in zip(pad, canvas.shape[2:], strict=True))
    forward = lambda x, w, b: ops.transposed_conv2d_forward(x, w, b, stride, pad)
    np.testing.assert_allclose(forward(x, w, b)[0], canvas[:, :, rows, columns] + b[:, None, None], rtol=1e-11,
                               atol=1e-12)
    assert_right_gradients(forward, ops.transposed_conv2d_backward, x, w, b)


def test_a_transposed_convolution_is_the_gradient_of_a_convolution():
    x, w, dout = numbers((2, 3, 7, 8)), numbers((4, 3, 3, 2), 1), numbers((2, 4, 4, 7), 2)
    _, cache = ops.conv2d_forward(x, w, None, stride=(2, 1), pad=(1, 0))
    dx, _, db = ops.conv2d_backward(dout, cache)
    assert db is None
    again, _ = ops.transposed_conv2d_forward(dout, w, None, stride=(2, 1), pad=(1, 0))
    np.testing.assert_allclose(again, dx, rtol=1e-12, atol=1e-13)


def test_two_pixels_become_three():
    out, _ = ops.transposed_conv2d_forward(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), None)
    np.testing.assert_array_equal(out[0, 0], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def test_printed_example():
    """A 6x6 image and the vertical edge filter (R-026)."""
    image = [[int(digit) for digit in row] for row in ("135261", "702413", "513627", "243001", "173921", "362410")]
    np.testing.assert_array_equal(ops.correlate2d(image, ops.KERNELS2D["vertical"]),
                                  [[3, -8, 1, 1], [6, -5, 5, -1], [-1, -3, 5, 6], [-2, 4, 5, 11]])
    steps = np.repeat([[20, 20, 20, 0, 0, 0]], 6, axis=0)
    np.testing.assert_array_equal(ops.correlate2d(steps, ops.KERNELS2D["vertical"]), [[0, 60, 60, 0]] * 4)
    blocks = np.zeros((6, 6))
    blocks[:3, :3] = blocks[3:, 3:] = 20
    np.testing.assert_array_equal(ops.correlate2d(blocks, ops.KERNELS2D["horizontal"]),
                                  [[0] * 4, [60, 20, -20, -60], [60, 20, -20, -60], [0] * 4])


def test_same_keeps_the_size_and_puts_the_odd_one_at_the_end():
    x = numbers((1, 1, 5, 6))
    for size, dilation in (((3, 3), 1), ((2, 4), 1), ((2, 3), (3, 2))):
        w = numbers((1, 1, *size), 1)
        assert ops.conv2d_forward(x, w, None, pad="same", dilation=dilation)[0].shape == x.shape
    out, _ = ops.conv1d_forward([[[1.0, 2.0, 3.0]]], [[[10.0, 1.0]]], None, pad="same")
    np.testing.assert_array_equal(out, [[[12, 23, 30]]])
    assert ops.conv1d_forward([[[1.0, 2.0, 3.0]]], [[[10.0, 1.0]]], None, pad="valid")[0].shape == (1, 1, 2)


def test_a_shift_of_the_image_shifts_the_map():
    x, w = numbers((1, 2, 9, 9)), numbers((3, 2, 3, 3), 1)
    moved = np.roll(x, (1, 2), axis=(2, 3))
    out, after = (ops.conv2d_forward(image, w, None)[0] for image in (x, moved))
    np.testing.assert_allclose(after[:, :, 1:, 2:], out[:, :, :-1, :-2], rtol=1e-12)


def test_depthwise_and_pointwise():
    x, depth, point = numbers((2, 3, 5, 5)), numbers((3, 1, 3, 3), 1), numbers((4, 3, 1, 1), 2)
    out, _ = ops.conv2d_forward(x, depth, None, groups=3)
    for c in range(3):
        alone, _ = ops.conv2d_forward(x[:, c : c + 1], depth[c : c + 1], None)
        np.testing.assert_allclose(out[:, c : c + 1], alone, rtol=1e-12)
    mixed, _ = ops.conv2d_forward(x, point, None)
    np.testing.assert_allclose(mixed, np.einsum("nchw,kc->nkhw", x, point[:, :, 0, 0]), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("few", [0, 10**9], ids=["matrix product", "loops"])
def test_both_ways_give_the_same(few, monkeypatch):
    """Small layers run through the loops, others through the product: here the same layer runs through each."""
    monkeypatch.setattr(ops.convolution, "_FEW", few)
    x, w, b = numbers((5, 4, 6, 7)), numbers((6, 2, 3, 2), 1), numbers(6, 2)
    how = {"stride": (2, 1), "pad": (1, 2), "dilation": (1, 2), "groups": 2}
    out, _ = ops.conv2d_forward(x, w, b, **how)
    np.testing.assert_allclose(out, by_definition(x, w, b, **how), rtol=1e-11, atol=1e-12)
    assert_right_gradients(lambda x, w, b: ops.conv2d_forward(x, w, b, **how), ops.conv2d_backward, x, w, b)


def test_blocks_of_a_batch_join_without_seams(monkeypatch):
    x, w = numbers((7, 2, 5, 5)), numbers((3, 2, 3, 3), 1)
    whole = np.empty((7, 3, 3, 3))
    kernels.correlate_product(x, w, (1, 1), (1, 1), whole)
    monkeypatch.setattr(kernels, "BLOCK", 2 * 2 * 9 * 9 + 1)  # two images a block, one in the last
    out, dx, dw = np.empty_like(whole), np.empty_like(x), np.empty_like(w)
    kernels.correlate_product(x, w, (1, 1), (1, 1), out)
    kernels.scatter_product(out, w, (1, 1), (1, 1), dx)
    kernels.weight_gradient_product(out, x, (1, 1), (1, 1), dw)
    np.testing.assert_allclose(out, whole, rtol=1e-12)
    parts = [ops.conv2d_backward(out[n : n + 1], ops.conv2d_forward(x[n : n + 1], w, None)[1]) for n in range(7)]
    np.testing.assert_allclose(dx, np.concatenate([part[0] for part in parts]), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dw, sum(part[1] for part in parts), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kinds_of_numbers_stay(dtype):
    arrays = []
    for count, forward in FORWARD.items():
        x, w, b = (numbers(shape).astype(dtype) for shape in ((2, 2, *[4] * count), (3, 2, *[2] * count), (3,)))
        out, cache = forward(x, w, b, pad=1)
        arrays += [out, *BACKWARD[count](out, cache)]
    x, w, b = (numbers(shape).astype(dtype) for shape in ((2, 2, 4, 4), (2, 3, 2, 2), (3,)))
    out, cache = ops.transposed_conv2d_forward(x, w, b, 2)
    arrays += [out, *ops.transposed_conv2d_backward(out, cache), ops.im2col(x, 2), ops.convolve(b, b),
               ops.pad_images(x, 1, "reflect"), ops.col2im(ops.im2col(x, 2), x.shape, 2),
               ops.correlate2d(x[0, 0], w[0, 0])]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("few", [0, 10**9], ids=["matrix product", "loops"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_diverged_pixel_shows_where_it_is_seen_and_nowhere_else(value, few, monkeypatch):
    monkeypatch.setattr(ops.convolution, "_FEW", few)
    x, w = numbers((2, 1, 6, 6)), np.abs(numbers((2, 1, 3, 3), 1))
    x[1, 0, 0, 5] = value
    out, cache = ops.conv2d_forward(x, w, np.zeros(2))
    seen = np.zeros((2, 2, 4, 4), bool)
    seen[1, :, 0, 3] = True
    np.testing.assert_array_equal(out[seen], [value, value])
    assert np.isfinite(out[~seen]).all()
    dout = np.ones_like(out)
    dout[0, 1, 3, 3] = value
    dx, dw, db = ops.conv2d_backward(dout, cache)
    lit = np.zeros(x.shape, bool)
    lit[0, 0, 3:, 3:] = True
    assert not np.isfinite(dx[lit]).any() and np.isfinite(dx[~lit]).all()
    assert not np.isfinite(dw[1]).any() and np.isfinite(dw[0]).sum() == 8 and np.isfinite(db[0])


# ---- padding -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "named"), [("zeros", "constant"), ("reflect", "reflect"), ("replicate", "edge")])
@FEW
@given(shape=st.tuples(st.integers(1, 2), st.integers(3, 6), st.integers(3, 5)), pad=axes(4, 0, 2))
def test_padding_as_numpy_pads(mode, named, shape, pad):
    x = numbers(shape)
    expected = np.pad(x, ((0, 0), pad[:2], pad[2:]), mode=named)
    out = ops.pad_images(x, pad, mode)
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(ops.pad_images(x[0], 2, mode), np.pad(x[0], 2, mode=named))
    assert not np.shares_memory(out, x)


def test_more_padding_than_image():
    np.testing.assert_array_equal(ops.pad_images([[1.0, 2.0]], 3, "replicate")[3], [1, 1, 1, 1, 2, 2, 2, 2])
    out, _ = ops.conv2d_forward(np.ones((1, 1, 1, 1)), np.ones((1, 1, 3, 3)), None, pad=3)
    assert out.shape == (1, 1, 5, 5) and out.sum() == 9  # the outermost windows see zeros alone
    with pytest.raises(ValueError, match="mirror image without the edge has 1"):
        ops.pad_images([[1.0, 2.0]] * 9, 2, "reflect")


# ---- windows as rows ---------------------------------------------------------------------------------------


@FEW
@given(layer=layers(2))
def test_windows_as_rows(layer):
    x, w, _, how = layer
    how = {name: how[name] for name in ("stride", "pad", "dilation")}
    cols = ops.im2col(x, w.shape[2:], **how)
    out, _ = ops.conv2d_forward(x, w, None, **how)
    product = cols @ w.reshape(len(w), -1).T
    np.testing.assert_allclose(product.swapaxes(1, 2).reshape(out.shape), out, rtol=1e-11, atol=1e-12)
    other = numbers(cols.shape, 5)
    back = ops.col2im(other, x.shape, w.shape[2:], **how)
    assert back.shape == x.shape
    assert np.sum(cols * other) == pytest.approx(np.sum(x * back))  # the adjoint: <A x, y> = <x, A' y>


# ---- sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "f", "pad", "stride", "dilation", "size"), [
    (9, 3, 0, 1, 1, 7), (9, 3, 0, 2, 1, 4), (6, 3, 2, 1, 1, 8), (64, 9, 0, 2, 1, 28), (5, 5, 0, 1, 1, 1),
    (7, 3, 0, 1, 3, 1), (8, 2, 0, 3, 1, 3), (1, 3, 1, 1, 1, 1),
])
def test_output_size(n, f, pad, stride, dilation, size):
    assert ops.conv_output_size(n, f, pad, stride, dilation) == size
    x, w = np.zeros((1, 1, n)), np.zeros((1, 1, f))
    assert ops.conv1d_forward(x, w, None, stride, pad, dilation)[0].shape == (1, 1, size)


def test_transposed_size_brings_the_size_back():
    assert ops.transposed_output_size(2, 2) == 3
    for n, f, pad, stride in itertools.product((5, 8), (1, 3, 4), (0, 1), (1, 2, 3)):
        if pad and f == 1:
            continue
        size = ops.conv_output_size(n, f, pad, stride)
        back = ops.transposed_output_size(size, f, pad, stride)
        assert back == n - (n + 2 * pad - f) % stride  # but for the pixels that no window saw


def test_receptive_field_is_what_a_gradient_reaches():
    layers = [(3, 1, 1), (2, 2, 1), (3, 1, 2), (3, 2, 1)]
    caches, out = [], np.ones((1, 1, 60))
    for f, stride, dilation in layers:
        out, cache = ops.conv1d_forward(out, np.ones((1, 1, f)), None, stride, 0, dilation)
        caches.append(cache)
    reached = []
    for place in (0, 1):
        d = np.zeros_like(out)
        d[0, 0, place] = 1
        for cache in reversed(caches):
            d, _, _ = ops.conv1d_backward(d, cache)
        reached.append(np.flatnonzero(d))
    size, jump = ops.receptive_field(layers)
    assert reached[0][[0, -1]].tolist() == [0, size - 1]
    assert reached[1][0] == jump
    assert ops.receptive_field([(3, 1, 1)] * 3) == (7, 1)


# ---- signals, single images, named filters -----------------------------------------------------------------


@FEW
@given(f=st.lists(st.integers(-9, 9), min_size=1, max_size=6), g=st.lists(st.integers(-9, 9), min_size=1, max_size=6))
def test_signals(f, g):
    np.testing.assert_array_equal(ops.convolve(f, g), np.convolve(f, g))
    np.testing.assert_array_equal(ops.convolve(g, f), ops.convolve(f, g))
    np.testing.assert_array_equal(ops.convolve(f[::-1], g), ops.correlate(f, g))
    for i, value in enumerate(ops.correlate(f, g), 1 - len(f)):
        assert value == sum(f[m] * g[i + m] for m in range(len(f)) if 0 <= i + m < len(g))


def test_convolution_flips_and_correlation_does_not():
    image, kernel = np.zeros((5, 5)), np.arange(9.0).reshape(3, 3)
    image[2, 2] = 1
    np.testing.assert_array_equal(ops.convolve2d(image, kernel), kernel)
    np.testing.assert_array_equal(ops.correlate2d(image, kernel), kernel[::-1, ::-1])
    symmetric = ops.KERNELS2D["gaussian_blur"]
    np.testing.assert_array_equal(ops.convolve2d(image, symmetric), ops.correlate2d(image, symmetric))


def test_named_filters():
    named = ops.KERNELS2D
    sums = {name: round(kernel.sum(), 12) for name, kernel in named.items()}
    assert {name for name, total in sums.items() if total == 1} == {
        "identity", "sharpen", "box_blur", "gaussian_blur", "emboss"}
    assert all(sums[name] == 0 for name in set(named) - {name for name, total in sums.items() if total})
    for name in ("sobel", "scharr"):
        np.testing.assert_array_equal(named[f"{name}_y"], named[f"{name}_x"].T)
    np.testing.assert_array_equal(named["sobel_x"], [[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    np.testing.assert_array_equal(named["scharr_x"], [[3, 0, -3], [10, 0, -10], [3, 0, -3]])
    with pytest.raises(ValueError, match="read-only"):
        named["identity"][1, 1] = 2


# ---- frozen answers of PyTorch -----------------------------------------------------------------------------

OURS = {
    "conv1d": (lambda x, w, b: ops.conv1d_forward(x, w, b, 2, 1, 2, 2, "replicate"), ops.conv1d_backward),
    "conv2d": (lambda x, w, b: ops.conv2d_forward(x, w, b, (2, 1), (1, 2), (1, 2), 2, "reflect"), ops.conv2d_backward),
    "conv2d_same": (lambda x, w, b: ops.conv2d_forward(x, w, b, pad="same"), ops.conv2d_backward),
    "conv3d": (lambda x, w, b: ops.conv3d_forward(x, w, b, (1, 2, 1), (1, 0, 1)), ops.conv3d_backward),
    "transposed_conv2d": (lambda x, w, b: ops.transposed_conv2d_forward(x, w, b, (2, 3), (1, 0)),
                          ops.transposed_conv2d_backward),
}


@pytest.mark.parametrize("name", OURS)
def test_frozen_answers(name):
    forward, backward = OURS[name]
    out, cache = forward(*(GOLDEN[f"{name}/{part}"] for part in ("x", "w", "b")))
    np.testing.assert_allclose(out, GOLDEN[f"{name}/out"], rtol=1e-11, atol=1e-12)
    for gradient, part in zip(backward(GOLDEN[f"{name}/dout"], cache), ("dx", "dw", "db"), strict=True):
        np.testing.assert_allclose(gradient, GOLDEN[f"{name}/{part}"], rtol=1e-11, atol=1e-12)


# ---- what a person can get wrong ---------------------------------------------------------------------------

X, W, B = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 3)), np.ones(4)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: ops.conv2d_forward(X[0], W, B), ValueError, r"got \(3, 5, 6\). One channel: x\[:, None\]; one sample"),
    (lambda: ops.conv2d_forward(X[0, 0], W, B), ValueError, r"One sample of one channel: x\[None, None\]"),
    (lambda: ops.conv2d_forward(X[:0], W, B), ValueError, "not be empty"),
    (lambda: ops.conv2d_forward(X, W[:, :2], B), ValueError, r"3 channels, so w must have shape \(K, 3, FH, FW\)"),
    (lambda: ops.conv2d_forward(X, W[0], B), ValueError, r"One filter alone: w\[None\]"),
    (lambda: ops.conv2d_forward(X, np.ones((5, 5, 3, 4)), B), ValueError, "channels last"),
    (lambda: ops.conv2d_forward(X, W, B[:3]), ValueError, r"makes 4 maps, so b must have shape \(4,\), got \(3,\)"),
    (lambda: ops.conv2d_forward(X, W, B, stride=0), ValueError, "stride=0"),
    (lambda: ops.conv2d_forward(X, W, B, stride=(1, 1, 1)), ValueError, "a tuple of 2, one an axis"),
    (lambda: ops.conv2d_forward(X, W, B, pad=-1), ValueError, "pad=-1"),
    (lambda: ops.conv2d_forward(X, W, B, pad="full"), ValueError, "pad='full', expected one of 'same', 'valid'"),
    (lambda: ops.conv2d_forward(X, W, B, stride=2, pad="same"), ValueError, "where the stride is 1"),
    (lambda: ops.conv2d_forward(X, W, B, groups=2), ValueError, "groups=2 does not divide the 3 channels"),
    (lambda: ops.conv2d_forward(X, W[:, :1], B, groups=3), ValueError, "groups=3 does not divide the 4 filters"),
    (lambda: ops.conv2d_forward(X, W, B, mode="mirror"), ValueError, "mode='mirror', expected one of 'zeros'"),
    (lambda: ops.conv2d_forward(X, W, B, pad=5, mode="reflect"), ValueError, "mirror image without the edge has 4"),
    (lambda: ops.conv2d_forward(X, np.ones((4, 3, 7, 7)), B), ValueError, "a window of 7 does not fit: .* 5 pixels"),
    (lambda: ops.conv2d_forward(X, W, B, dilation=3), ValueError, "with dilation 3 spans 7 pixels and does not fit"),
    (lambda: ops.conv2d_backward(np.ones((2, 4, 3, 3)), ops.conv2d_forward(X, W, B)[1]), ValueError,
     r"\(2, 4, 3, 4\), got \(2, 4, 3, 3\)"),
    (lambda: ops.conv1d_backward(X, ops.conv2d_forward(X, W, B)[1]), TypeError, "conv1d_forward returns second"),
    (lambda: ops.conv3d_forward(X, W, B), ValueError, r"\(N, C, D, H, W\)"),
    (lambda: ops.transposed_conv2d_forward(X, W, None), ValueError, r"shape \(3, K, FH, FW\).*order of a conv"),
    (lambda: ops.transposed_conv2d_forward(X, np.ones((3, 1, 1, 1)), None, pad=3), ValueError, "padding removes"),
    (lambda: ops.transposed_conv2d_backward(X, X), TypeError, "transposed_conv2d_forward returns second"),
    (lambda: ops.pad_images(X, (1, 2)), ValueError, r"four: \(top, bottom, left, right\)"),
    (lambda: ops.col2im(np.ones((2, 3, 4)), X.shape, 3), ValueError, "12 windows of 27 entries"),
    (lambda: ops.correlate2d(X[0], W[0, 0]), ValueError, r"One channel alone: image\[0\]"),
    (lambda: ops.correlate(X, [1.0]), ValueError, "f must be a sequence"),
    (lambda: ops.receptive_field([]), ValueError, "layers is empty"),
    (lambda: ops.receptive_field([(3, 1)]), TypeError, r"layer 1 is \(3, 1\), expected \(f, stride, dilation\)"),
    (lambda: ops.conv_output_size(6, 3.0), TypeError, r"f=3.0.*int\(...\) makes 3"),
    (lambda: ops.conv2d_forward(X, W, B, stride=2**70), ValueError, "stride=1180591620717411303424, expected a number"),
    (lambda: ops.conv2d_forward(X, W, B, pad=(1, 10**12)), ValueError, r"pad\[1\]=1000000000000, expected a number"),
    (lambda: ops.conv2d_forward(X, W, B, stride=[1, 2]), TypeError, r"stride=\[1, 2\], expected one .* a tuple of 2"),
    (lambda: ops.conv2d_forward(X, W[:, :, :1, :1], B, dilation=2**63), ValueError, "dilation=9223372036854775808"),
    (lambda: ops.conv2d_forward(X, W[:0], B[:0]), ValueError, r"not be empty, got \(0, 3, 3, 3\)\.$"),
])
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()

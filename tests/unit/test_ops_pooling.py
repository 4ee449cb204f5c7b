"""Pooling against its definition, window by window, and against finite differences; ties, borders, divergence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import gradcheck, ops

FEW = settings(max_examples=25, deadline=None, derandomize=True)
SLIDING = {"maxpool2d": np.max, "avgpool2d": np.mean, "l2pool2d": lambda v: np.sqrt(np.sum(v**2))}
ADAPTIVE = {"adaptive_avgpool2d": np.mean, "adaptive_maxpool2d": np.max}
GLOBAL = {"global_avgpool": np.mean, "global_maxpool": np.max}


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def pair(name):
    return getattr(ops, f"{name}_forward"), getattr(ops, f"{name}_backward")


def assert_right_gradient(forward, backward, x):
    """Backward against central differences of sum(dout out)."""
    out, cache = forward(x)
    dout = numbers(out.shape, 9)
    numeric = gradcheck.numerical_gradient(lambda _: float(np.sum(dout * forward(x)[0])), x)
    np.testing.assert_allclose(backward(dout, cache), numeric, rtol=1e-5, atol=1e-8)


@st.composite
def windows(draw):
    """x and size, stride, pad that fit."""
    pairs = [draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in range(2)]
    size, stride = pairs
    pad = tuple(draw(st.integers(0, f // 2)) for f in size)
    sides = tuple(draw(st.integers(f, 6)) for f in size)
    x = numbers((draw(st.integers(1, 2)), draw(st.integers(1, 3)), *sides), draw(st.integers(0, 99)))
    return x, size, stride, pad


@pytest.mark.parametrize("name", SLIDING)
@FEW
@given(case=windows())
def test_windows_that_slide(name, case):
    x, size, stride, pad = case
    forward, backward = pair(name)
    out, _ = forward(x, size, stride, pad)
    around = -np.inf if name == "maxpool2d" else 0
    wide = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in pad)), constant_values=around)
    for n, c, i, j in itertools.product(*map(range, out.shape)):
        top, left = i * stride[0], j * stride[1]
        window = wide[n, c, top : top + size[0], left : left + size[1]]
        assert window.shape == size
        assert out[n, c, i, j] == pytest.approx(SLIDING[name](window), rel=1e-12)
    assert out.shape[2] == ops.conv_output_size(x.shape[2], size[0], pad[0], stride[0])
    assert_right_gradient(lambda x: forward(x, size, stride, pad), backward, x)


@pytest.mark.parametrize("name", ADAPTIVE)
@FEW
@given(sides=st.tuples(st.integers(1, 7), st.integers(1, 7)), size=st.tuples(st.integers(1, 5), st.integers(1, 5)))
def test_as_many_windows_as_asked_for(name, sides, size):
    x, (forward, backward) = numbers((2, 2, *sides)), pair(name)
    out, _ = forward(x, size)
    assert out.shape == (2, 2, *size)
    for i, j in itertools.product(*map(range, size)):
        edges = [(int(np.floor(k * n / parts)), int(np.ceil((k + 1) * n / parts)))
                 for k, n, parts in zip((i, j), sides, size, strict=True)]
        region = x[:, :, slice(*edges[0]), slice(*edges[1])]
        np.testing.assert_allclose(out[:, :, i, j], ADAPTIVE[name](region, axis=(2, 3)), rtol=1e-12)
    assert_right_gradient(lambda x: forward(x, size), backward, x)


@pytest.mark.parametrize("name", GLOBAL)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 1, 1), (3, 2, 1, 7)])
def test_one_number_a_map(name, shape):
    x, (forward, backward) = numbers(shape), pair(name)
    np.testing.assert_allclose(forward(x)[0], GLOBAL[name](x, axis=(2, 3)), rtol=1e-12)
    assert_right_gradient(forward, backward, x)


@pytest.mark.parametrize("factor", [1, 2, (1, 3)])
def test_upsampling(factor):
    x, (forward, backward) = numbers((2, 2, 3, 2)), pair("upsample_nearest")
    rows, columns = factor if isinstance(factor, tuple) else (factor, factor)
    out, cache = forward(x, factor)
    for i, j in itertools.product(range(3 * rows), range(2 * columns)):
        np.testing.assert_array_equal(out[:, :, i, j], x[:, :, i // rows, j // columns])
    np.testing.assert_allclose(backward(out, cache), rows * columns * x)
    assert_right_gradient(lambda x: forward(x, factor), backward, x)


# ---- ties, borders, divergence -----------------------------------------------------------------------------


def test_of_equal_pixels_the_first_one_wins():
    x = np.zeros((1, 1, 4, 4))
    for name, how in {"maxpool2d": (2,), "adaptive_maxpool2d": (2,), "global_maxpool": ()}.items():
        forward, backward = pair(name)
        out, cache = forward(x, *how)
        dx = backward(np.ones_like(out), cache)
        winners = [(0, 0)] if name == "global_maxpool" else [(0, 0), (0, 2), (2, 0), (2, 2)]
        assert [tuple(place) for place in np.argwhere(dx[0, 0])] == winners


def test_a_pixel_that_wins_in_several_windows_collects_from_all():
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    out, cache = ops.maxpool2d_forward(x, 3, 2)
    dx = ops.maxpool2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    assert dx[0, 0, 2, 2] == dx.sum() == 10 and out.min() == 1


def test_padding_never_wins():
    x = np.full((1, 1, 2, 2), -np.inf)
    out, cache = ops.maxpool2d_forward(x, 2, 2, 1)
    np.testing.assert_array_equal(out, x)
    dout = np.arange(4.0).reshape(1, 1, 2, 2)
    np.testing.assert_array_equal(ops.maxpool2d_backward(dout, cache), dout)
    np.testing.assert_array_equal(ops.maxpool2d_forward(x, 3, 1, 1)[0], x)


def test_what_no_window_reaches_has_gradient_zero():
    x = numbers((1, 1, 5, 5))
    for name in SLIDING:
        forward, backward = pair(name)
        out, cache = forward(x, 2)
        dx = backward(np.ones_like(out), cache)
        assert out.shape == (1, 1, 2, 2) and not dx[:, :, 4].any() and not dx[:, :, :, 4].any()


def test_an_empty_window_has_no_slope():
    x = np.zeros((1, 1, 2, 4))
    x[..., 2:] = [[3, 0], [0, 4]]
    out, cache = ops.l2pool2d_forward(x, 2)
    np.testing.assert_array_equal(out, [[[[0, 5]]]])
    np.testing.assert_allclose(ops.l2pool2d_backward(np.ones_like(out), cache), x / 5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", [*SLIDING, *ADAPTIVE, *GLOBAL])
def test_a_diverged_pixel_shows_in_its_window_only(name, value):
    x, (forward, _) = numbers((2, 2, 4, 4)), pair(name)
    x[1, 0, 1, 2] = value
    out, _ = forward(x) if name in GLOBAL else forward(x, 2)
    seen = np.zeros(out.shape, bool)
    seen[(1, 0) if name in GLOBAL else (1, 0, 0, 1)] = True
    np.testing.assert_array_equal(out[seen], value)
    assert np.isfinite(out[~seen]).all()


@pytest.mark.parametrize("order", list(itertools.permutations([1.0, np.nan, np.inf, 2.0])))
def test_nan_wins_wherever_it_stands(order):
    out, cache = ops.maxpool2d_forward(np.reshape(order, (1, 1, 2, 2)), 2)
    assert np.isnan(out[0, 0, 0, 0])
    dx = ops.maxpool2d_backward(np.ones_like(out), cache)
    np.testing.assert_array_equal(dx.ravel(), np.isnan(order))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kinds_of_numbers_stay(dtype):
    x = numbers((2, 3, 4, 5)).astype(dtype)
    for name in (*SLIDING, *ADAPTIVE, *GLOBAL, "upsample_nearest"):
        forward, backward = pair(name)
        out, cache = forward(x) if name in GLOBAL else forward(x, 2)
        assert out.dtype == backward(out, cache).dtype == dtype


# ---- what a person can get wrong ---------------------------------------------------------------------------

X = np.ones((2, 3, 5, 6))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: ops.maxpool2d_forward(X[0], 2), ValueError, r"got \(3, 5, 6\). One channel: x\[:, None\]"),
    (lambda: ops.maxpool2d_forward(X, 6), ValueError, "a window of 6 does not fit: the image has 5 pixels"),
    (lambda: ops.avgpool2d_forward(X, 2, 2, 2), ValueError, "pad=2 with windows of 2, expected at most half"),
    (lambda: ops.l2pool2d_forward(X, 2, 0), ValueError, "stride=0"),
    (lambda: ops.maxpool2d_forward(X, (2, 2, 2)), ValueError, "a tuple of 2"),
    (lambda: ops.adaptive_avgpool2d_forward(X, 0), ValueError, "size=0"),
    (lambda: ops.upsample_nearest_forward(X, 1.5), TypeError, "factor=1.5"),
    (lambda: ops.maxpool2d_backward(X, X), TypeError, "cache is ndarray, expected what maxpool2d_forward returns"),
    (lambda: ops.avgpool2d_backward(X, ops.maxpool2d_forward(X, 1)[1]), TypeError, "that of maxpool2d_forward"),
    (lambda: ops.maxpool2d_backward(X, ops.maxpool2d_forward(X, 2)[1]), ValueError, r"\(2, 3, 2, 3\), got \(2, 3, 5"),
])
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()

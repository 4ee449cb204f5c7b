"""Penalties, limits, dropout and smoothed labels against their definitions and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from course_lib import gradcheck, ops

PENALTIES = {
    "l2": lambda weights: ops.l2_penalty(weights, 0.3), "l1": lambda weights: ops.l1_penalty(weights, 0.3),
    "elastic": lambda weights: ops.elastic_penalty(weights, 0.3, 0.25),
}


@pytest.mark.parametrize("name", PENALTIES)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(shapes=st.lists(array_shapes(max_dims=4, max_side=4), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_gradients_of_penalties(name, shapes, seed):
    rng = np.random.default_rng(seed)
    weights = [rng.standard_normal(shape) for shape in shapes]
    weights = [W + 0.1 * np.sign(W) for W in weights]  # away from the corner of |w|
    penalty, gradients = PENALTIES[name](weights)
    assert isinstance(penalty, float) and [g.shape for g in gradients] == [W.shape for W in weights]
    for W, gradient in zip(weights, gradients, strict=True):
        numeric = gradcheck.numerical_gradient(lambda _: PENALTIES[name](weights)[0], W)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9)


def test_penalties_in_numbers():
    weights = [np.array([[3.0, -4.0]]), np.array([0.0, 2.0])]
    assert ops.l2_penalty(weights, 0.5)[0] == pytest.approx(0.25 * 29)
    assert ops.l1_penalty(weights, 0.5)[0] == pytest.approx(0.5 * 9)
    assert ops.elastic_penalty(weights, 0.5, 0.25)[0] == pytest.approx(0.5 * (0.25 * 9 + 0.375 * 29))
    np.testing.assert_array_equal(ops.l1_penalty(weights, 0.5)[1][1], [0, 0.5])  # 0 at the corner
    for ratio, name in ((0, "l2"), (1, "l1")):
        mixed, own = ops.elastic_penalty(weights, 0.5, ratio), getattr(ops, f"{name}_penalty")(weights, 0.5)
        assert mixed[0] == own[0]
        for one, other in zip(mixed[1], own[1], strict=True):
            np.testing.assert_array_equal(one, other)
    assert ops.l2_penalty([np.ones(3, np.float32)], 0.1)[1][0].dtype == np.float32


@pytest.mark.parametrize(("weights", "message"), [
    (np.ones((2, 2)), "One array alone"), ([(np.ones((2, 2)), np.ones(2))], "a bias has no penalty"),
    ({"W": np.ones(2)}, "weights is dict"), ([np.ones(2), "text"], r"weights\[1\] must be an array of numbers")])
def test_penalties_take_a_list_of_arrays(weights, message):
    for penalty in PENALTIES.values():
        with pytest.raises(TypeError, match=message):
            penalty(weights)
        with pytest.raises(ValueError, match="weights is empty"):
            penalty([])


def test_max_norm_shortens_long_columns_only():
    W = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    out = ops.max_norm(W, 2.0)
    np.testing.assert_allclose(out, [[1.2, 0.3, 0], [1.6, 0.4, 0]], rtol=1e-15)
    np.testing.assert_array_equal(W[:, 0], [3, 4])
    np.testing.assert_array_equal(ops.max_norm(W, 0.0), np.zeros((2, 3)))
    assert ops.max_norm(W.astype(np.float32), 2.0).dtype == np.float32
    with pytest.raises(ValueError, match=r"w\[:, None\]"):
        ops.max_norm(W[0], 1.0)


# ---- dropout -----------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_the_stated_share():
    rng = np.random.default_rng(0)
    x, rate = np.full((2000, 50), 2.0), 0.3
    out, _ = ops.dropout_forward(x, rate, rng.random(x.shape))
    assert set(np.round(out.ravel(), 12)) == {0.0, round(2 / 0.7, 12)}
    # 100,000 draws: four standard errors
    assert np.mean(out != 0) == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / x.size))
    assert out.mean() == pytest.approx(2.0, abs=4 * 2 * np.sqrt(0.3 / 0.7 / x.size))


def test_dropout_keeps_where_u_reaches_the_rate():
    out, cache = ops.dropout_forward(np.array([[1.0, 2.0, 4.0]]), 0.5, np.array([[0.49, 0.5, 0.9]]))
    np.testing.assert_array_equal(out, [[0, 4, 8]])
    np.testing.assert_array_equal(ops.dropout_backward(np.array([[1.0, 1.0, 3.0]]), cache), [[0, 2, 6]])


@pytest.mark.parametrize("train", [True, False])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(shape=array_shapes(max_dims=4, max_side=4), rate=st.floats(0, 0.95), seed=st.integers(0, 99))
def test_gradient_of_dropout(train, shape, rate, seed):
    rng = np.random.default_rng(seed)
    x, u, dout = rng.standard_normal(shape), rng.random(shape), rng.standard_normal(shape)
    _, cache = ops.dropout_forward(x, rate, u, train)
    numeric = gradcheck.numerical_gradient(lambda x: float(np.sum(dout * ops.dropout_forward(x, rate, u, train)[0])), x)
    np.testing.assert_allclose(ops.dropout_backward(dout, cache), numeric, rtol=1e-6, atol=1e-8)


def test_dropout_does_nothing_in_test_mode():
    x = np.arange(6.0).reshape(2, 3)
    out, cache = ops.dropout_forward(x, 0.5, None, train=False)
    back = ops.dropout_backward(x, cache)
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(back, x)
    assert not np.shares_memory(out, x) and not np.shares_memory(back, x)


def test_a_dropped_unit_is_zero_whatever_it_was():
    out, _ = ops.dropout_forward(np.array([np.inf, np.nan, np.nan]), 0.5, np.array([0.1, 0.1, 0.9]))
    np.testing.assert_array_equal(out, [0, 0, np.nan])


@pytest.mark.parametrize(("arguments", "error", "message"), [
    (dict(rate=1.0), ValueError, "rate=1 would drop every unit"), (dict(rate=1.2), ValueError, "rate=1.2"),
    (dict(u=None), ValueError, "u is None"), (dict(u=np.ones((2, 2)) * 0.5), ValueError, "they must be equal"),
    (dict(u=np.full((2, 3), -0.1)), ValueError, "normal numbers"), (dict(train="no"), TypeError, "train='no'")])
def test_wrong_dropout(arguments, error, message):
    with pytest.raises(error, match=message):
        ops.dropout_forward(**(dict(x=np.ones((2, 3)), rate=0.5, u=np.full((2, 3), 0.7)) | arguments))


def test_a_cache_of_something_else():
    with pytest.raises(TypeError, match="dropout_forward returns second"):
        ops.dropout_backward(np.ones(3), (np.ones(3), 0.5))


# ---- labels ------------------------------------------------------------------------------------------------


def test_smooth_labels():
    np.testing.assert_allclose(ops.smooth_labels([1, 0], 4, 0.2), [[0.05, 0.85, 0.05, 0.05], [0.85, 0.05, 0.05, 0.05]])
    np.testing.assert_array_equal(ops.smooth_labels([1, 0], 2, 0.0), ops.one_hot([1, 0], 2))
    np.testing.assert_allclose(ops.smooth_labels([1, 0], 4, 1.0), np.full((2, 4), 0.25))

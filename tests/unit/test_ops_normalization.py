"""Normalization against its definition, entry by entry, and against finite differences, in both modes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import gradcheck, ops

images = st.tuples(*[st.integers(1, 3)] * 4)
rows = st.tuples(st.integers(2, 6), st.integers(1, 5))


def numbers(shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def vectors(size, seed=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(size), rng.standard_normal(size)


def statistics(size, seed=2):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(size), rng.uniform(0.5, 2, size)


def assert_right_gradients(forward, backward, x, gamma, beta):
    """Backward against central differences of sum(dout out)."""
    out, cache = forward(x, gamma, beta)[:2]
    dout = numbers(out.shape, 9)
    for analytic, array in zip(backward(dout, cache), (x, gamma, beta), strict=True):
        numeric = gradcheck.numerical_gradient(lambda _: float(np.sum(dout * forward(x, gamma, beta)[0])), array)
        np.testing.assert_allclose(analytic, numeric, rtol=2e-5, atol=1e-6)


# ---- batch norm --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 3), (2, 1), (3, 2, 4, 5), (1, 3, 2, 2), (4, 2, 7)])
def test_batchnorm_by_definition(shape):
    x, (gamma, beta), (mean, var) = 3 * numbers(shape) + 2, vectors(shape[1]), statistics(shape[1])
    out, _, new_mean, new_var = ops.batchnorm_forward(x, gamma, beta, mean, var, momentum=0.3, eps=0.01)
    tested, _, same_mean, same_var = ops.batchnorm_forward(x, gamma, beta, mean, var, train=False, eps=0.01)
    for c in range(shape[1]):
        values = x[:, c].ravel().tolist()
        n = len(values)
        mu = sum(values) / n
        squares = sum((value - mu) ** 2 for value in values)
        np.testing.assert_allclose(out[:, c], gamma[c] * (x[:, c] - mu) / np.sqrt(squares / n + 0.01) + beta[c],
                                   rtol=1e-10, atol=1e-12)
        assert new_mean[c] == pytest.approx(0.7 * mean[c] + 0.3 * mu)
        assert new_var[c] == pytest.approx(0.7 * var[c] + 0.3 * squares / (n - 1))
        np.testing.assert_allclose(tested[:, c], gamma[c] * (x[:, c] - mean[c]) / np.sqrt(var[c] + 0.01) + beta[c],
                                   rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(same_mean, mean)
    np.testing.assert_array_equal(same_var, var)
    assert not np.shares_memory(same_mean, mean) and not np.shares_memory(same_var, var)


@pytest.mark.parametrize("train", [True, False])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(shape=rows | images.filter(lambda s: s[0] * s[2] * s[3] > 1), seed=st.integers(0, 99))
def test_gradients_of_batchnorm(train, shape, seed):
    mean, var = statistics(shape[1])
    forward = lambda x, gamma, beta: ops.batchnorm_forward(x, gamma, beta, mean, var, train, eps=0.1)
    assert_right_gradients(forward, ops.batchnorm_backward, numbers(shape, seed), *vectors(shape[1]))


def test_what_a_batch_gradient_cannot_do():
    """In training a common shift and a common factor of a column change nothing, so dx has no part along them."""
    x, (gamma, beta) = numbers((8, 3)), vectors(3)
    _, cache, *_ = ops.batchnorm_forward(x, gamma, beta, np.zeros(3), np.ones(3), eps=1e-12)
    dx, _, _ = ops.batchnorm_backward(numbers((8, 3), 5), cache)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.sum(dx * x, axis=0), 0, atol=1e-10)


def test_a_constant_column_is_beta():
    x = np.column_stack([np.full(5, 7.0), np.arange(5.0)])
    out, *_ = ops.batchnorm_forward(x, np.ones(2), np.array([3.0, 0.0]), np.zeros(2), np.ones(2))
    np.testing.assert_array_equal(out[:, 0], np.full(5, 3.0))


def test_a_far_mean_costs_no_digits():
    x = numbers((100, 4)).astype(np.float32)
    near, far = (ops.batchnorm_forward(x + shift, np.ones(4), np.zeros(4), np.zeros(4), np.ones(4))[0]
                 for shift in (0.0, 1000.0))
    np.testing.assert_allclose(far, near, atol=1e-3)


@pytest.mark.parametrize(("shape", "momentum", "share"), [((5, 2), 0.0, 0), ((5, 2), 1.0, 1), ((2, 2, 3, 3), 1.0, 1)])
def test_momentum_is_the_weight_of_the_new_batch(shape, momentum, share):
    x, (mean, var) = numbers(shape), statistics(2)
    _, _, new_mean, new_var = ops.batchnorm_forward(x, np.ones(2), np.zeros(2), mean, var, momentum=momentum)
    over = (0, 2, 3)[: x.ndim - 1]
    np.testing.assert_allclose(new_mean, x.mean(axis=over) if share else mean, rtol=1e-12)
    np.testing.assert_allclose(new_var, x.var(axis=over, ddof=1) if share else var, rtol=1e-12)


def test_a_sample_alone_is_refused_in_training_only():
    arguments = np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)
    for x in (np.ones((1, 3)), np.ones((1, 3, 1, 1))):
        with pytest.raises(ValueError, match=r"one number a feature.*would be 0 whatever x is"):
            ops.batchnorm_forward(x, *arguments)
        assert ops.batchnorm_forward(x, *arguments, train=False)[0] == pytest.approx(x / np.sqrt(1 + 1e-5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kinds_of_numbers_stay(dtype):
    x = numbers((4, 2, 3, 3)).astype(dtype)
    vector = np.ones(2, dtype)
    out, cache, *running = ops.batchnorm_forward(x, vector, vector, vector, vector)
    arrays = [out, *running, *ops.batchnorm_backward(x, cache)]
    for forward, backward in ((ops.instancenorm_forward, ops.instancenorm_backward),
                              (lambda *a: ops.groupnorm_forward(*a, 2), ops.groupnorm_backward)):
        out, cache = forward(x, vector, vector)
        arrays += [out, *backward(x, cache)]
    out, cache = ops.layernorm_forward(x, np.ones((2, 3, 3), dtype), np.ones((2, 3, 3), dtype))
    arrays += [out, *ops.layernorm_backward(x, cache)]
    out, cache = ops.lrn_forward(x)
    arrays += [out, ops.lrn_backward(x, cache)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


# ---- the others --------------------------------------------------------------------------------------------


def test_parts_have_mean_0_and_variance_1():
    x = 5 * numbers((3, 4, 5, 6)) + 2
    one, zero = np.ones(4), np.zeros(4)
    layer, _ = ops.layernorm_forward(x, np.ones((4, 5, 6)), np.zeros((4, 5, 6)), eps=1e-12)
    group, _ = ops.groupnorm_forward(x, one, zero, 2, eps=1e-12)
    instance, _ = ops.instancenorm_forward(x, one, zero, eps=1e-12)
    rows, _ = ops.layernorm_forward(x, np.ones(6), np.zeros(6), eps=1e-12)
    for out, shape in ((layer, (3, -1)), (group, (6, -1)), (instance, (12, -1)), (rows, (60, -1))):
        parts = out.reshape(shape)
        np.testing.assert_allclose(parts.mean(axis=1), 0, atol=1e-12)
        np.testing.assert_allclose(parts.var(axis=1), 1, atol=1e-9)
    np.testing.assert_array_equal(ops.groupnorm_forward(x, one, zero, 4)[0], ops.instancenorm_forward(x, one, zero)[0])
    np.testing.assert_array_equal(ops.groupnorm_forward(x, one, zero, 1, eps=1e-12)[0], layer)


def test_gamma_and_beta_come_after():
    x, (gamma, beta) = numbers((3, 4, 2, 2)), vectors(4)
    plain, _ = ops.groupnorm_forward(x, np.ones(4), np.zeros(4), 2)
    out, _ = ops.groupnorm_forward(x, gamma, beta, 2)
    for c in range(4):
        np.testing.assert_allclose(out[:, c], gamma[c] * plain[:, c] + beta[c], rtol=1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(shape=st.lists(st.integers(1, 4), min_size=2, max_size=4), own=st.integers(1, 3), seed=st.integers(0, 99))
def test_gradients_of_layernorm(shape, own, seed):
    own = min(own, len(shape) - 1)
    shape[-1] += 1  # two numbers at least
    gamma, beta = vectors(tuple(shape[-own:]))
    forward = lambda x, gamma, beta: ops.layernorm_forward(x, gamma, beta, eps=0.1)
    assert_right_gradients(forward, ops.layernorm_backward, numbers(shape, seed), gamma, beta)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(N=st.integers(1, 3), groups=st.integers(1, 3), each=st.integers(2, 3),
       pixels=st.sampled_from([(), (1, 3), (2, 2), (4,)]), seed=st.integers(0, 99))
def test_gradients_of_groupnorm(N, groups, each, pixels, seed):
    forward = lambda x, gamma, beta: ops.groupnorm_forward(x, gamma, beta, groups, eps=0.1)
    x = numbers((N, groups * each, *pixels), seed)
    assert_right_gradients(forward, ops.groupnorm_backward, x, *vectors(groups * each))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(shape=images.filter(lambda s: s[2] * s[3] > 1), seed=st.integers(0, 99))
def test_gradients_of_instancenorm(shape, seed):
    forward = lambda x, gamma, beta: ops.instancenorm_forward(x, gamma, beta, eps=0.1)
    assert_right_gradients(forward, ops.instancenorm_backward, numbers(shape, seed), *vectors(shape[1]))


# ---- local response ----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None, derandomize=True)
@given(shape=st.lists(st.integers(1, 5), min_size=2, max_size=4), size=st.integers(1, 6), k=st.floats(0.5, 3),
       beta=st.floats(0, 2), seed=st.integers(0, 99))
def test_local_response_by_definition(shape, size, k, beta, seed):
    x, alpha = numbers(shape, seed), 0.8
    out, cache = ops.lrn_forward(x, size, alpha, beta, k)
    for c in range(shape[1]):
        neighbors = x[:, max(c - size // 2, 0) : c + (size - 1) // 2 + 1]
        scale = k + alpha / size * np.sum(neighbors**2, axis=1)
        np.testing.assert_allclose(out[:, c], x[:, c] / scale**beta, rtol=1e-11)
    dout = numbers(shape, 9)
    numeric = gradcheck.numerical_gradient(
        lambda x: float(np.sum(dout * ops.lrn_forward(x, size, alpha, beta, k)[0])), x)
    np.testing.assert_allclose(ops.lrn_backward(dout, cache), numeric, rtol=2e-5, atol=1e-6)


def test_a_strong_neighbor_damps():
    x = np.ones((1, 7, 1, 1))
    x[0, 3] = 100
    out = ops.lrn_forward(x, size=3, alpha=1.0)[0].ravel()
    alone, damped = (2 + 3 / 3) ** -0.75, (2 + (100**2 + 2) / 3) ** -0.75
    np.testing.assert_allclose(out[[1, 2, 4, 5]], [alone, damped, damped, alone])


# ---- what a person can get wrong ---------------------------------------------------------------------------

X, V = np.ones((4, 3)), np.ones(3)
PIXELS = np.ones((2, 3, 4, 4))


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda: ops.batchnorm_forward(V, V, V, V, V), ValueError, r"x\[None, :\]"),
    (lambda: ops.batchnorm_forward(X, np.ones(4), V, V, V), ValueError, r"gamma must have shape \(3,\), got \(4,\)"),
    (lambda: ops.batchnorm_forward(PIXELS, V, V, V, np.ones(4)), ValueError, r"3 columns or channels, so running_var"),
    (lambda: ops.batchnorm_forward(X, V, V, V, -V), ValueError, "variances of at least 0"),
    (lambda: ops.batchnorm_forward(X, V, V, V, V, eps=0), ValueError, "eps=0"),
    (lambda: ops.batchnorm_forward(X, V, V, V, V, momentum=1.5), ValueError, "momentum=1.5"),
    (lambda: ops.batchnorm_backward(X, X), TypeError, "batchnorm_forward returns second"),
    (lambda: ops.batchnorm_backward(X.T, ops.batchnorm_forward(X, V, V, V, V)[1]), ValueError, r"\(4, 3\), got \(3, 4"),
    (lambda: ops.layernorm_forward(V, V, V), ValueError, r"x must have shape \(N, ..., 3\)"),
    (lambda: ops.layernorm_forward(X, V, np.ones(4)), ValueError, "expected the same"),
    (lambda: ops.layernorm_forward(X[:, :1], V[:1], V[:1]), ValueError, "one number for each mean"),
    (lambda: ops.layernorm_backward(X, (X, X)), TypeError, "layernorm_forward returns second"),
    (lambda: ops.groupnorm_forward(PIXELS, V, V, 2), ValueError, "groups=2 does not divide the 3 channels"),
    (lambda: ops.lrn_forward(V), ValueError, r"x\[None, :\]"),
    (lambda: ops.lrn_forward(PIXELS, size=0), ValueError, "size=0"),
    (lambda: ops.lrn_forward(PIXELS, k=0), ValueError, "k=0, expected a positive number"),
    (lambda: ops.lrn_backward(PIXELS, PIXELS), TypeError, "lrn_forward returns second"),
    (lambda: ops.instancenorm_forward(X, V, V), ValueError, r"x\[:, None\]"),
    (lambda: ops.instancenorm_forward(PIXELS[:, :, :1, :1], V, V), ValueError, "one number for each mean"),
])
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()

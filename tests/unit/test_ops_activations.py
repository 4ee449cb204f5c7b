"""Activations: values, slopes against central differences, extreme scores, dtypes, identities."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib import ops
from course_lib.gradcheck import numerical_gradient
from course_lib.kernels import activations as kernels

NAMES = list(ops.ACTIVATIONS)
SMOOTH = [name for name in NAMES if name != "step"]
DTYPES = [np.float64, np.float32]
scores = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=6), elements=st.floats(-30, 30, width=32))


def phi(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


# The definitions, one number at a time, from the standard library.
DEFINITIONS = {
    "identity": lambda z: z,
    "step": lambda z: 1.0 if z >= 0 else 0.0,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "gelu": lambda z: z * phi(z),
}


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    z = np.concatenate([np.linspace(-10, 30, 401), [1e-9, -1e-9, 0]])
    expected = [DEFINITIONS[name](v) for v in z]
    np.testing.assert_allclose(ops.ACTIVATIONS[name].forward(z), expected, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("name", SMOOTH)
def test_backward_against_central_differences(name):
    rng = np.random.default_rng(3)
    z, dout = 2 * rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    z[np.abs(z) < 0.01] = 0.5  # away from the kinks
    activation = ops.ACTIVATIONS[name]
    cache = activation.forward(z) if name in ("sigmoid", "tanh") else z
    numeric = numerical_gradient(lambda z: np.sum(dout * activation.forward(z)), z)
    np.testing.assert_allclose(activation.backward(dout, cache), numeric, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(dout * activation.derivative(z), activation.backward(dout, cache), rtol=1e-13)


@pytest.mark.parametrize("a", [0.3, 0.0, 1.7])
@pytest.mark.parametrize("name", ["leaky_relu", "elu"])
def test_the_parameter_a_reaches_forward_and_backward(name, a):
    z = np.array([-2.0, -0.5, 0.7])
    forward, backward = getattr(ops, name), getattr(ops, f"{name}_backward")
    numeric = numerical_gradient(lambda z: np.sum(forward(z, a=a)), z)
    np.testing.assert_allclose(backward(np.ones(3), z, a=a), numeric, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name, slope", [("relu", 0), ("leaky_relu", 0.01), ("step", 0), ("elu", 1), ("sigmoid", 0.25)])
def test_slope_at_zero(name, slope):
    assert ops.ACTIVATIONS[name].derivative(0.0) == slope


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_extreme_scores(name, dtype):
    activation = ops.ACTIVATIONS[name]
    low, high = {"sigmoid": (0, 1), "tanh": (-1, 1), "step": (0, 1), "relu": (0, 1e4), "leaky_relu": (-100, 1e4),
                 "elu": (-1, 1e4), "selu": (-1.7580993, 10507.009), "gelu": (0, 1e4)}.get(name, (-1e4, 1e4))
    np.testing.assert_allclose(activation.forward(np.array([-1e4, 1e4], dtype)), [low, high], rtol=1e-6)
    left, right = {"identity": (1, 1), "leaky_relu": (0.01, 1), "relu": (0, 1), "elu": (0, 1), "gelu": (0, 1),
                   "selu": (0, 1.050701)}.get(name, (0, 0))
    np.testing.assert_allclose(activation.derivative(np.array([-1e4, 1e4], dtype)), [left, right], rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(z=scores)
def test_shape_and_dtype_stay_and_arguments_are_untouched(name, dtype, z):
    z = z.astype(dtype)
    dout, z_before = np.ones_like(z), z.copy()
    activation = ops.ACTIVATIONS[name]
    out = activation.forward(z)
    slope = activation.backward(dout, out)
    for result in (out, slope, activation.derivative(z)):
        assert result.shape == z.shape and result.dtype == dtype
        assert not np.shares_memory(result, z) and not np.shares_memory(result, dout)
    np.testing.assert_array_equal(z, z_before)
    np.testing.assert_array_equal(dout, np.ones_like(z))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_integers_and_views(name):
    forward = ops.ACTIVATIONS[name].forward
    assert np.ndim(forward(2)) == 0
    assert forward(np.array([1, -2])).dtype == np.float64
    z = np.random.default_rng(0).standard_normal((6, 4))
    np.testing.assert_array_equal(forward(z[::2].T), forward(z)[::2].T)
    assert forward(np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("name", NAMES)
def test_nan_passes_through(name):
    assert np.isnan(ops.ACTIVATIONS[name].forward(np.array([np.nan, 1.0]))).tolist() == [True, False]


@pytest.mark.result("R-025")
def test_published_sigmoid_table():
    table = ops.sigmoid(np.array([[0.7, 0.3], [0.4, 0.6], [0.1, 0.5]]))
    printed = [[0.6681878, 0.5744425], [0.5986877, 0.6456563], [0.5249792, 0.6224593]]
    np.testing.assert_allclose(table, printed, atol=5e-8)
    assert round(float(table.sum()), 6) == 3.634413


def test_sigmoid_slope_is_positive_and_at_most_a_quarter():
    slope = ops.ACTIVATIONS["sigmoid"].derivative(np.linspace(-30, 30, 1001))
    assert slope.min() > 0 and slope.max() == 0.25


@settings(max_examples=30, deadline=None, derandomize=True)
@given(z=scores)
def test_symmetries(z):
    np.testing.assert_allclose(ops.sigmoid(-z), 1 - ops.sigmoid(z), atol=1e-15)
    np.testing.assert_allclose(ops.tanh(z), 2 * ops.sigmoid(2 * z) - 1, atol=1e-15)
    np.testing.assert_allclose(ops.gelu(z) - ops.gelu(-z), z, atol=1e-13)
    np.testing.assert_allclose(ops.relu(z) - ops.relu(-z), z)


# ---- softmax -----------------------------------------------------------------------------------------------


@pytest.mark.result("R-024")
def test_published_softmax_and_linear_share():
    assert ops.softmax([-0.71, 0.7, 0.44]).round(4).tolist() == [0.1212, 0.4962, 0.3826]
    np.testing.assert_allclose(ops.softmax([-0.71, 0.7, 0.44]), [0.1211, 0.4962, 0.3826], atol=1e-4)
    np.testing.assert_allclose(ops.softmax([5, 3, 9]), [0.01794, 0.00243, 0.97963], atol=5e-6)
    np.testing.assert_allclose(ops.linear_share([0.71, 0.7, 0.44]), [0.383, 0.378, 0.237], atol=1e-3)
    assert ops.linear_share([-0.71, 0.7, 0.44])[0].round(3) == -1.651


@settings(max_examples=40, deadline=None, derandomize=True)
@given(z=scores, shift=st.floats(-100, 100))
def test_softmax_identities(z, shift):
    s = ops.softmax(z)
    np.testing.assert_allclose(s.sum(axis=-1), 1, rtol=1e-13)
    np.testing.assert_allclose(ops.softmax(z + shift), s, rtol=1e-11)
    np.testing.assert_allclose(np.exp(ops.log_softmax(z)), s, rtol=1e-12)
    row = s.reshape(-1, s.shape[-1])[0]
    jacobian = ops.softmax_jacobian(row)
    np.testing.assert_allclose(jacobian.sum(axis=1), 0, atol=1e-15)
    np.testing.assert_array_equal(jacobian, jacobian.T)


def test_softmax_works_over_the_last_axis():
    z = np.random.default_rng(0).standard_normal((2, 3, 4))
    expected = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(ops.softmax(z), expected, rtol=1e-14)


@pytest.mark.parametrize("forward, backward", [(ops.softmax, ops.softmax_backward),
                                               (ops.log_softmax, ops.log_softmax_backward)])
def test_softmax_backward_against_central_differences(forward, backward):
    rng = np.random.default_rng(4)
    z, dout = rng.standard_normal((3, 5)), rng.standard_normal((3, 5))
    numeric = numerical_gradient(lambda z: np.sum(dout * forward(z)), z)
    np.testing.assert_allclose(backward(dout, forward(z)), numeric, atol=1e-10)


def test_softmax_backward_is_the_jacobian_product():
    s, dout = ops.softmax([0.3, -1.0, 2.0]), np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(ops.softmax_backward(dout, s), ops.softmax_jacobian(s).T @ dout, rtol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_of_extreme_scores(dtype):
    z = np.array([[1e4, 0, -1e4], [1e4, 1e4, 1e4]], dtype)
    np.testing.assert_allclose(ops.softmax(z), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
    np.testing.assert_allclose(ops.log_softmax(z)[0], [0, -1e4, -2e4])
    assert ops.softmax(z).dtype == ops.log_softmax(z).dtype == dtype


# ---- messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call, error, message", [
    (lambda: ops.sigmoid(["a"]), TypeError, "array of numbers"),
    (lambda: ops.relu(np.array([1 + 2j])), TypeError, "complex128"),
    (lambda: ops.sigmoid_backward(np.ones(3), np.ones((3, 1))), ValueError, "cache of another layer"),
    (lambda: ops.softmax(3.0), ValueError, "at least one score"),
    (lambda: ops.softmax_jacobian(np.eye(2)), ValueError, r"shape \(C,\)"),
    (lambda: ops.linear_share([1.0, -1.0]), ValueError, "sum to 0"),
    (lambda: ops.neuron([1.0], [1.0], 0, "sigmoyd"), ValueError, "expected one of 'identity', 'relu', 'tanh'"),
])
def test_messages(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("backward", [ops.tanh_backward, ops.sigmoid_backward, ops.softmax_backward,
                                      ops.log_softmax_backward, lambda dout, cache: ops.softmax_jacobian(cache)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_score_in_place_of_the_output_is_refused(backward, dtype):
    z = np.array([0.5, 3.0, -2.0], dtype)
    with pytest.raises(ValueError, match="Usual cause: the score z in place of the output"):
        backward(z, z)
    assert np.isnan(backward(z, np.array([0.2, np.nan, 0.3], dtype))).any()


def test_one_order_of_activations():
    assert list(ops.ACTIVATIONS) == [*kernels.ACTIVATIONS, "step"]

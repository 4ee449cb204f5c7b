"""Neurons, layers and small networks: values, gradients, counts, messages."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import ops
from course_lib.gradcheck import numerical_gradient


def network(sizes, rng, bias=True, dtype=np.float64):
    return [(rng.standard_normal((m, n)).astype(dtype), rng.standard_normal(n).astype(dtype) if bias else None)
            for m, n in pairwise(sizes)]


# ---- one neuron --------------------------------------------------------------------------------------------


def test_neuron_of_one_sample_and_of_many():
    assert ops.neuron([1, 2], [0.5, -1], 0.25) == pytest.approx(-1.25)
    np.testing.assert_allclose(ops.neuron([[1, 2], [0, 0]], [0.5, -1], 0.25), [-1.25, 0.25])
    assert ops.neuron([1, 2], [0.5, -1], 0.25, "relu") == 0
    assert ops.neuron([1, 1], [1, 1], -2, "step") == 1
    assert ops.neuron(np.zeros(2), np.zeros(2, np.float32), 0.1) == 0.1, "the bias takes the common kind"


def test_bias_is_the_weight_of_a_constant_input():
    rng = np.random.default_rng(0)
    X, w, b = rng.standard_normal((5, 3)), rng.standard_normal(3), 0.7
    extended = ops.add_bias_column(X)
    assert extended.shape == (5, 4) and (extended[:, 0] == 1).all()
    np.testing.assert_allclose(extended @ np.append(b, w), ops.neuron(X, w, b))
    assert ops.add_bias_column(X.astype(np.float32)).dtype == np.float32


# ---- one layer ---------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 1000))
def test_affine_backward_against_central_differences(samples, height, width, outputs, seed):
    rng = np.random.default_rng(seed)
    x, W = rng.standard_normal((samples, height, width)), rng.standard_normal((height * width, outputs))
    b, dout = rng.standard_normal(outputs), rng.standard_normal((samples, outputs))
    out, cache = ops.affine_forward(x, W, b)
    assert out.shape == (samples, outputs)
    before = [array.copy() for array in (x, W, b, dout)]
    gradients = ops.affine_backward(dout, cache)
    for array, gradient in zip((x, W, b), gradients, strict=True):
        numeric = numerical_gradient(lambda _: np.sum(dout * ops.affine_forward(x, W, b)[0]), array)
        assert gradient.shape == array.shape
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8)
    for array, old in zip((x, W, b, dout), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_affine_flattens_row_by_row():
    x = np.arange(6.0).reshape(1, 2, 3)
    out, _ = ops.affine_forward(x, np.eye(6), np.zeros(6))
    assert out.tolist() == [[0, 1, 2, 3, 4, 5]]


def test_affine_keeps_float32_and_does_without_bias():
    x, W = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    out, cache = ops.affine_forward(x, W, None)
    assert out.dtype == np.float32 and (out == 3).all()
    assert all(gradient.dtype == np.float32 for gradient in ops.affine_backward(out, cache))


# ---- networks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("hidden, output", [("tanh", "identity"), ("sigmoid", "sigmoid"), ("gelu", "softmax"),
                                            ("elu", "tanh"), ("leaky_relu", "identity"), ("selu", "identity")])
def test_network_gradients_against_central_differences(hidden, output, bias):
    rng = np.random.default_rng(5)
    X, params, dout = rng.standard_normal((6, 3)), network((3, 4, 5, 2), rng, bias), rng.standard_normal((6, 2))
    _, cache = ops.mlp_forward(X, params, hidden, output)
    gradients = ops.mlp_backward(dout, cache)
    for pair, gradient_pair in zip(params, gradients, strict=True):
        for array, gradient in zip(pair, gradient_pair, strict=True):
            if array is None:
                continue
            numeric = numerical_gradient(
                lambda _: np.sum(dout * ops.mlp_forward(X, params, hidden, output)[0]), array)
            np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.result("R-038")
def test_hidden_weight_gradient_contains_the_input():
    # 2-2-1 ReLU net without biases, half squared error: dJ/dW1_ij = (y_hat - y) w2_j [z_j > 0] x_i.
    x, W1, w2, y = np.array([[0.7, -1.2]]), np.array([[0.5, -0.4], [-0.3, 0.8]]), np.array([[0.6], [-0.9]]), 0.3
    y_hat, cache = ops.mlp_forward(x, [(W1, None), (w2, None)], "relu")
    (dW1, _), (dw2, _) = ops.mlp_backward(y_hat - y, cache)
    z, error = x @ W1, (y_hat - y).item()
    np.testing.assert_allclose(dW1, x.T @ (error * w2.T * (z > 0)))
    np.testing.assert_allclose(dw2, error * np.maximum(z, 0).T)


@pytest.mark.result("R-035")
def test_hand_set_weights_solve_xor():
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    out, _ = ops.mlp_forward(X, [(np.array([[1, -1], [-1, 1]]), None), (np.array([[1], [1]]), None)], "relu")
    assert out.ravel().tolist() == [0, 1, 1, 0]


@pytest.mark.result("R-034")
def test_hand_set_weights_subtract():
    X = np.array([(2, 1), (1, 1), (1, 2), (0, 0), (2, -1), (-1, -1), (-2, 1), (-1, -2)])
    out, _ = ops.mlp_forward(X, [(np.array([[1, -1], [-1, 1]]), None), (np.array([[1], [-1]]), None)], "relu")
    assert out.ravel().tolist() == [1, 0, -1, 0, 3, 0, -3, 1]


@pytest.mark.result("R-027")
@pytest.mark.parametrize("sizes, count", [((784, 784, 512, 10), 1_022_490), ((12288, 100, 50, 15, 1), 1_234_731),
                                          ((4, 5, 5, 2), 67)])
def test_published_parameter_counts(sizes, count):
    assert ops.count_parameters(sizes) == count


@pytest.mark.result("R-032")
def test_published_error_split_and_count():
    np.testing.assert_allclose(ops.error_split([0.3, 0.6]), [1 / 3, 2 / 3])
    np.testing.assert_allclose(ops.error_split([0.3, 0.6], -1.5), [-0.5, -1.0])
    assert ops.count_parameters((4, 5, 5, 2), bias=False) == 55


def test_count_is_the_number_of_entries():
    params = network((7, 5, 3), np.random.default_rng(0))
    assert ops.count_parameters((7, 5, 3)) == sum(W.size + b.size for W, b in params)


# ---- messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call, message", [
    (lambda: ops.affine_forward(np.ones((2, 3)), np.ones((4, 3)), np.ones(4)), "transposed"),
    (lambda: ops.affine_forward(np.ones((2, 3)), np.ones((5, 4)), np.ones(4)), r"\(3, M\), got \(5, 4\)"),
    (lambda: ops.affine_forward(np.ones(3), np.ones((3, 4)), np.ones(4)), "One sample alone is a row"),
    (lambda: ops.affine_forward(np.ones((2, 3)), np.ones((3, 4)), np.ones((4, 1))), r"shape \(4,\)"),
    (lambda: ops.affine_backward(np.ones((4, 2)), (np.ones((2, 3)), np.ones((3, 4)))), r"\(2, 4\), got \(4, 2\)"),
    (lambda: ops.mlp_forward(np.ones((2, 3)), [(np.ones((3, 4)), None), (np.ones((3, 1)), None)]), "layer 2"),
    (lambda: ops.mlp_forward(np.ones((2, 3)), []), "empty"),
    (lambda: ops.neuron([1.0, 2.0], [1.0], 0.0), r"\(2,\)"),
    (lambda: ops.count_parameters([3]), "at least one layer"),
    (lambda: ops.error_split([1.0, -1.0]), "sum to 0"),
    (lambda: ops.add_bias_column([1.0, 2.0]), "One sample alone"),
])
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_bias_tells_a_transposed_matrix_from_missing_columns():
    X, W, b = np.ones((4, 2)), np.ones((3, 2)), np.ones(2)
    with pytest.raises(ValueError, match="W is transposed"):
        ops.affine_forward(X, W, np.ones(3))
    with pytest.raises(ValueError, match=r"2 features a sample.* got \(3, 2\)\.$"):
        ops.affine_forward(X, W, b)

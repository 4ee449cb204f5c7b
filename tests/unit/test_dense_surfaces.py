"""Grids and surfaces against the network evaluated point by point."""

from itertools import pairwise

import numpy as np
import pytest

from course_lib import dense, ops


def network(sizes, seed=0, bias=True, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [(rng.standard_normal((m, n)).astype(dtype), rng.standard_normal(n).astype(dtype) if bias else None)
            for m, n in pairwise(sizes)]


def test_grid_starts_at_the_lower_left_corner():
    points = ops.grid((0, 1), (10, 20), 3)
    assert points[0].tolist() == [0, 10] and points[2].tolist() == [1, 10] and points[-1].tolist() == [1, 20]


@pytest.mark.parametrize("hidden, output", [("tanh", "identity"), ("relu", "sigmoid"), ("sigmoid", "tanh"),
                                            ("elu", "identity"), ("gelu", "sigmoid"), ("step", "step"),
                                            ("leaky_relu", "identity"), ("selu", "identity")])
@pytest.mark.parametrize("bias", [True, False])
def test_surface_is_the_network_at_each_point(hidden, output, bias):
    params = network((2, 5, 4, 1), bias=bias)
    surface = dense.mlp_surface(params, (-2, 1), (0, 3), 7, hidden, output)
    expected, _ = ops.mlp_forward(ops.grid((-2, 1), (0, 3), 7), params, hidden, output)
    np.testing.assert_allclose(surface, expected.reshape(7, 7), rtol=1e-11, atol=1e-13)


def test_surface_of_several_outputs():
    params = network((2, 4, 3))
    surface = dense.mlp_surface(params, (-1, 1), (-1, 1), 5, "tanh", "softmax")
    assert surface.shape == (5, 5, 3)
    np.testing.assert_allclose(surface.sum(axis=2), 1)
    expected, _ = ops.mlp_forward(ops.grid((-1, 1), (-1, 1), 5), params, "tanh", "softmax")
    np.testing.assert_allclose(surface, expected.reshape(5, 5, 3), rtol=1e-11)


def test_surface_keeps_float32():
    params = network((2, 3, 1), dtype=np.float32)
    assert dense.mlp_surface(params, (-1, 1), (-1, 1), 4).dtype == np.float32


LOSSES = {
    "mse": ("tanh", lambda out, y: ops.mse(out, y)[0]),
    "half_sse": ("identity", lambda out, y: ops.half_sse(out, y)[0]),
    "mae": ("identity", lambda out, y: ops.mae(out, y)[0]),
    "bce": (None, lambda out, y: ops.bce_from_logits(out, y)[0]),
    "cross_entropy": (None, lambda out, y: ops.cross_entropy(out, y)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_surface_is_the_loss_at_each_point(loss):
    rng = np.random.default_rng(1)
    output, value = LOSSES[loss]
    params, first, second = (network((3, 4, 2), seed) for seed in (1, 2, 3))
    X = rng.standard_normal((9, 3))
    y = rng.integers(0, 2, 9) if loss == "cross_entropy" else rng.random((9, 2))
    surface = dense.loss_surface(params, X, y, first, second, (-1, 1), (0, 2), 4, "tanh", output, loss)
    for i, v in enumerate(np.linspace(0, 2, 4)):
        for j, u in enumerate(np.linspace(-1, 1, 4)):
            moved = [(W + u * dW + v * eW, b + u * db + v * eb)
                     for (W, b), (dW, db), (eW, eb) in zip(params, first, second, strict=True)]
            out, _ = ops.mlp_forward(X, moved, "tanh", output or "identity")
            assert surface[i, j] == pytest.approx(value(out, y), rel=1e-10)


def test_loss_over_the_values_of_two_parameters():
    # One linear unit: parameter 0 is w, parameter 1 is b.
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    surface = dense.loss_surface([(np.array([[9.0]]), np.array([7.0]))], x, y, 0, 1, (1, 3), (0, 2), 3)
    assert surface[1, 1] == 0  # w = 2, b = 1
    assert surface[0, 1] == 1  # b = 0: every error is 1
    assert np.unravel_index(surface.argmin(), surface.shape) == (1, 1)


def test_a_flat_vector_is_a_direction():
    params, direction = network((2, 3, 1)), network((2, 3, 1), 5)
    flat = np.concatenate([np.concatenate([W.ravel(), b]) for W, b in direction])
    X, y = np.ones((4, 2)), np.arange(4.0)
    one = dense.loss_surface(params, X, y, direction, flat, (-1, 1), (-1, 1), 3)
    np.testing.assert_allclose(one, one.T)


@pytest.mark.parametrize("call, message", [
    (lambda p: dense.mlp_surface(network((3, 2, 1)), (0, 1), (0, 1), 3), "2 inputs"),
    (lambda p: dense.mlp_surface(p, (1, 0), (0, 1), 3), "low < high"),
    (lambda p: dense.mlp_surface(p, (0, 1), (0, 1), 3, hidden="tanhh"), "tanhh"),
    (lambda p: dense.mlp_surface([(p[0][0].T, p[0][1])], (0, 1), (0, 1), 3), r"\(2,\)|2 inputs"),
    (lambda p: dense.loss_surface(p, np.ones((4, 3)), np.ones(4), 0, 1, (0, 1), (0, 1), 3), "expected .N, 2."),
    (lambda p: dense.loss_surface(p, np.ones((4, 2)), np.ones(5), 0, 1, (0, 1), (0, 1), 3), r"\(4, 1\)"),
    (lambda p: dense.loss_surface(p, np.ones((4, 2)), np.ones(4), 0, 99, (0, 1), (0, 1), 3), "parameters 0..12"),
    (lambda p: dense.loss_surface(p, np.ones((4, 2)), np.ones(4), 0, 1, (0, 1), (0, 1), 3, loss="nll"), "nll"),
])
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call(network((2, 3, 1)))

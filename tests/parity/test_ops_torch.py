"""The ops against PyTorch on random shapes, float64 and float32, forward and backward."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from needs import imported

from course_lib import ops

torch = imported("PyTorch")
sys.path.insert(0, str(Path(__file__).parent))
make_golden = importlib.import_module("make_golden")

ACTIVATIONS, LOSSES = make_golden.activations(), make_golden.losses()
OF_OUTPUT = ("sigmoid", "tanh", "softmax", "log_softmax")
SHAPES = [(1, 2), (3, 5), (17, 4), (2, 3, 6)]
DTYPES = [np.float64, np.float32]


def close(given, expected, dtype):
    tolerance = {"rtol": 1e-11, "atol": 1e-13} if dtype == np.float64 else {"rtol": 2e-5, "atol": 2e-6}
    np.testing.assert_allclose(given, expected, **tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name, shape, dtype):
    rng = np.random.default_rng(len(shape) + shape[-1])
    z, dout = (4 * rng.standard_normal(shape)).astype(dtype), rng.standard_normal(shape).astype(dtype)
    expected, expected_dz = make_golden.answer(ACTIVATIONS[name], z, dout=dout)
    out = getattr(ops, name)(z)
    close(out, expected, dtype)
    close(getattr(ops, f"{name}_backward")(dout, out if name in OF_OUTPUT else z), expected_dz, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 2), (3, 5), (17, 4)])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, shape, dtype):
    rng = np.random.default_rng(shape[-1])
    function, shares = LOSSES[name]
    prediction = (rng.uniform(0.05, 0.95, shape) if shares else 3 * rng.standard_normal(shape)).astype(dtype)
    target = rng.uniform(0, 1, shape).astype(dtype)
    expected, expected_gradient = make_golden.answer(lambda a: function(a, torch.tensor(target)), prediction)
    loss, gradient = getattr(ops, name)(prediction, target)
    close(loss, expected, dtype)
    close(gradient, expected_gradient, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("samples, classes", [(1, 2), (5, 3), (40, 10)])
def test_cross_entropy(samples, classes, dtype):
    rng = np.random.default_rng(samples)
    logits, y = (5 * rng.standard_normal((samples, classes))).astype(dtype), rng.integers(0, classes, samples)
    function = torch.nn.functional.cross_entropy
    expected, gradient = make_golden.answer(lambda z: function(z, torch.tensor(y)), logits)
    close(ops.cross_entropy(logits, y), expected, dtype)
    close(ops.softmax_ce_backward(logits, y), gradient, dtype)


@pytest.mark.parametrize("hidden", ["tanh", "relu", "sigmoid", "gelu"])
def test_network(hidden):
    rng = np.random.default_rng(11)
    X, dout = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    arrays = [rng.standard_normal(shape) for shape in ((3, 5), (5,), (5, 4), (4,), (4, 2), (2,))]
    g = ACTIVATIONS[hidden]

    def network(W1, b1, W2, b2, W3, b3):
        return g(g(torch.tensor(X) @ W1 + b1) @ W2 + b2) @ W3 + b3

    expected, *gradients = make_golden.answer(network, *arrays, dout=dout)
    out, cache = ops.mlp_forward(X, list(zip(arrays[::2], arrays[1::2], strict=True)), hidden)
    close(out, expected, np.float64)
    ours = [gradient for pair in ops.mlp_backward(dout, cache) for gradient in pair]
    for given, wanted in zip(ours, gradients, strict=True):
        close(given, wanted, np.float64)


def test_golden_file_is_what_pytorch_answers():
    frozen = dict(np.load(make_golden.PATH))
    fresh = make_golden.golden()
    assert set(frozen) == set(fresh)
    for name, value in fresh.items():
        np.testing.assert_allclose(frozen[name], value, rtol=1e-13, atol=1e-15)

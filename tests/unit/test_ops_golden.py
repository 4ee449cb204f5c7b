"""The ops against frozen float64 answers of PyTorch (tests/parity/make_golden.py): no PyTorch needed."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import ops

GOLDEN = dict(np.load(Path(__file__).parent / "golden" / "ops.npz"))
OF_OUTPUT = ("sigmoid", "tanh", "softmax", "log_softmax")


def close(given, name):
    np.testing.assert_allclose(given, GOLDEN[name], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", sorted(key.split("/")[0] for key in GOLDEN if key.endswith("/out")))
def test_activation(name):
    out = getattr(ops, name)(GOLDEN["z"])
    close(out, f"{name}/out")
    cache = out if name in OF_OUTPUT else GOLDEN["z"]
    close(getattr(ops, f"{name}_backward")(GOLDEN["dout"], cache), f"{name}/dz")


@pytest.mark.parametrize("name", ["mse", "mae", "bce", "bce_from_logits", "kl_loss"])
def test_loss(name):
    prediction = GOLDEN["p"] if name in ("bce", "kl_loss") else GOLDEN["z"]
    loss, gradient = getattr(ops, name)(prediction, GOLDEN["target"])
    close(loss, f"{name}/loss")
    close(gradient, f"{name}/gradient")


def test_cross_entropy():
    close(ops.cross_entropy(GOLDEN["z"], GOLDEN["labels"]), "cross_entropy/loss")
    close(ops.softmax_ce_backward(GOLDEN["z"], GOLDEN["labels"]), "cross_entropy/gradient")


def test_two_layer_network():
    params = [(GOLDEN["W1"], GOLDEN["b1"]), (GOLDEN["W2"], GOLDEN["b2"])]
    logits, cache = ops.mlp_forward(GOLDEN["x"], params)
    close(ops.cross_entropy(logits, GOLDEN["y"]), "network/loss")
    (dW1, db1), (dW2, db2) = ops.mlp_backward(ops.softmax_ce_backward(logits, GOLDEN["y"]), cache)
    for gradient, name in ((dW1, "dW1"), (db1, "db1"), (dW2, "dW2"), (db2, "db2")):
        close(gradient, f"network/{name}")

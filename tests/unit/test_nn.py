"""Layers and losses: gradients by finite differences, shapes, starting weights, errors."""

import ast
import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import gradcheck, nn

ACTIVATIONS = [nn.Identity(), nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(), nn.GELU(),
               nn.Softmax()]
sizes = st.integers(1, 4)


def close(analytic, numeric):
    return np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric) + 1e-30) < 1e-7


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
def test_activation_gradients(layer):
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    numeric = gradcheck.numerical_gradient(lambda x: float(np.sum(layer(x) * dout)), x)
    layer(x)
    assert close(layer.backward(dout), numeric)


# ---- Linear ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.lists(sizes, min_size=1, max_size=3), sizes, sizes, st.booleans())
def test_linear_works_on_the_last_axis(before, fan_in, fan_out, bias):
    rng = np.random.default_rng(0)
    layer = nn.Linear(fan_in, fan_out, bias, rng=rng)
    x, dout = rng.standard_normal((*before, fan_in)), rng.standard_normal((*before, fan_out))
    if bias:
        layer.bias = rng.standard_normal(fan_out)
    out = layer(x)
    assert out.shape == (*before, fan_out)
    for place in np.ndindex(*before):
        expected = x[place] @ layer.weight.data + (layer.bias.data if bias else 0)
        np.testing.assert_allclose(out[place], expected, rtol=1e-12, atol=1e-14)
    dx = layer.backward(dout)
    value = lambda _: float(np.sum(layer(x) * dout))
    assert close(dx, gradcheck.numerical_gradient(value, x))
    for parameter in layer.parameters():
        assert close(parameter.grad, gradcheck.numerical_gradient(value, parameter.data))


@pytest.mark.parametrize(("x", "message"), [
    (np.ones(3), "row: x"), (np.ones((2, 1, 3, 1)), "Flatten"), (np.ones((2, 4)), r"\(2, 4\), expected \(N, 3\)"),
    (np.ones((0, 3)), "at least one sample")])
def test_wrong_inputs_of_linear(x, message):
    with pytest.raises(ValueError, match=message):
        nn.Linear(3, 2)(x)


def test_linear_refuses_a_gradient_of_another_shape():
    layer = nn.Linear(3, 2)
    layer(np.ones((4, 5, 3)))
    with pytest.raises(ValueError, match=r"\(4, 5, 2\), got \(20, 2\)"):
        layer.backward(np.ones((20, 2)))


@pytest.mark.parametrize(("change", "error", "message"), [
    (dict(dtype=int), TypeError, "float32 or float64"), (dict(dtype="foo"), TypeError, "dtype='foo', expected float32"),
    (dict(in_features=0), ValueError, "in_features=0"),
    (dict(out_features=2.0), TypeError, "out_features=2.0"), (dict(rng=0), TypeError, "start alike"),
    (dict(init=lambda rng, fan_in, fan_out: np.ones((fan_out, fan_in))), ValueError, "PyTorch"),
    (dict(init=lambda rng, fan_in, fan_out: np.full((fan_in, fan_out), np.nan)), ValueError, "NaN")])
def test_linear_is_not_built_from(change, error, message):
    with pytest.raises(error, match=message):
        nn.Linear(**(dict(in_features=3, out_features=2) | change))


@pytest.mark.parametrize("layer", [nn.Linear(3, 2, dtype=np.float32), nn.ReLU(), nn.Softmax(), nn.Flatten()], ids=repr)
def test_float32_is_kept(layer):
    x = np.ones((4, 3), np.float32)
    out = layer(x)
    assert out.dtype == layer.backward(np.ones_like(out)).dtype == np.float32


def test_a_float32_layer_keeps_its_kind_on_float64_data():
    layer = nn.Linear(3, 2, dtype=np.float32)
    out = layer(np.full((4, 3), 1 / 3))
    assert out.dtype == layer.backward(out).dtype == np.float64  # the common kind
    assert layer.weight.grad.dtype == layer.weight.data.dtype == np.float32


@pytest.mark.parametrize("third", [np.random.default_rng(0), "he", 4, None], ids=["rng", "init", "number", "None"])
def test_a_third_argument_without_its_name_is_no_bias(third):
    with pytest.raises(TypeError, match=r"expected True or False.*by name"):
        nn.Linear(3, 2, third)


def test_a_bias_comes_and_goes_at_construction_only():
    without, layer = nn.Linear(3, 2, bias=False), nn.Linear(3, 2)
    with pytest.raises(TypeError, match=r"Linear\(3, 2\) has no bias.*bias=False"):
        without.bias = np.zeros(2)
    for name in ("weight", "bias"):
        with pytest.raises(TypeError, match=f"Linear.{name} .*cannot become None"):
            setattr(layer, name, None)
    assert len(layer.parameters()) == 2
    without.bias = layer.bias  # shared
    assert without.parameters()[1] is layer.bias


@pytest.mark.parametrize(("make", "message"), [
    (lambda: nn.ReLU(inplace=True), r"ReLU got inplace=True, expected no arguments: ReLU\(\)"),
    (lambda: nn.Softmax(dim=1), "Softmax got dim=1.*last axis"), (lambda: nn.Tanh(3), "Tanh got 3"),
    (lambda: nn.MSELoss(np.ones(2), np.ones(2)), r"MSELoss is made without arguments, got 2. Make the loss first"),
    (lambda: nn.CrossEntropyLoss(reduction="sum"), r"loss = nn.CrossEntropyLoss\(\)")])
def test_activations_and_losses_take_no_settings(make, message):
    with pytest.raises(TypeError, match=message):
        make()


# ---- starting weights --------------------------------------------------------------------------------------


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match="rng=0, expected a numpy Generator"):
        nn.draw_weights(0, 3, 2)


@pytest.mark.parametrize(("name", "spread"), [("normal", 0.1), ("he", 0.02**0.5), ("xavier", (2 / 300) ** 0.5)])
def test_starting_spread(name, spread):
    W = nn.draw_weights(np.random.default_rng(0), 100, 200, name)
    assert W.std() == pytest.approx(spread, rel=0.03)


THREE_LAYERS = """
from course_lib import nn
net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)))
print([p.data.tolist() for p in net.parameters() if p.data.ndim == 2])
"""


def test_without_an_rng_a_run_from_the_top_starts_alike():
    """As if one and the same generator had been passed to each layer, which is then different from the others."""
    rng = np.random.default_rng(0)
    given = [nn.Linear(3, 3, rng=rng).weight.data.tolist() for _ in range(3)]
    out = subprocess.run([sys.executable, "-c", THREE_LAYERS], capture_output=True, text=True, check=True).stdout
    assert ast.literal_eval(out) == given
    assert given[0] != given[1] != given[2]


def test_a_layer_without_an_rng_changes_no_other():
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    net.head, net.more = nn.Linear(3, 3), [nn.Linear(3, 3)]
    net.more.append(nn.Linear(3, 3))
    weights = [p.data.copy() for p in net.parameters() if p.data.ndim == 2]
    assert len({W.tobytes() for W in weights}) == len(weights) == 5  # no two alike
    out = net(np.eye(3))
    nn.Sequential(net[2], nn.Linear(3, 3)).first = nn.Linear(3, 3)
    for other in (net, copy.deepcopy(net), pickle.loads(pickle.dumps(net)), nn.Sequential(nn.Linear(3, 3), net)[1]):
        np.testing.assert_array_equal(other(np.eye(3)), out)
        for p, W in zip((p for p in other.parameters() if p.data.ndim == 2), weights, strict=True):
            np.testing.assert_array_equal(p.data, W)


# ---- losses ------------------------------------------------------------------------------------------------

LOSSES = [nn.MSELoss(), nn.L1Loss(), nn.BCELoss(), nn.BCEWithLogitsLoss(), nn.KLDivLoss(), nn.HellingerLoss(),
          nn.CrossEntropyLoss()]


def loss_case(loss, shape, seed=2):
    """A prediction with classes along the last axis (the second for CrossEntropyLoss), and a target."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(shape[-1]) + 1, shape[:-1])
    if isinstance(loss, nn.CrossEntropyLoss):
        return np.moveaxis(p, -1, 1), rng.integers(0, shape[-1], shape[:-1])
    if isinstance(loss, nn.KLDivLoss | nn.HellingerLoss):
        return p, rng.dirichlet(np.ones(shape[-1]), shape[:-1])
    return p, rng.uniform(0, 1, shape)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: type(v).__name__)
def test_loss_gradients(loss):
    p, y = loss_case(loss, (5, 4))
    numeric = gradcheck.numerical_gradient(lambda p: loss(p, y), p, 1e-6)
    loss(p, y)
    np.testing.assert_allclose(loss.backward(), numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: type(v).__name__)
def test_losses_answer_in_one_form(loss, dtype):
    p, y = loss_case(loss, (5, 4))
    p, y = p.astype(dtype), y if y.dtype.kind == "i" else y.astype(dtype)
    kept = p.copy(), y.copy()
    assert type(loss(p, y)) is float
    gradient = loss.backward()
    assert gradient.shape == p.shape and gradient.dtype == dtype
    np.testing.assert_array_equal(p, kept[0])
    np.testing.assert_array_equal(y, kept[1])
    with pytest.raises(RuntimeError, match="before loss"):
        type(loss)().backward()


@settings(max_examples=25, deadline=None)
@given(sizes, st.integers(2, 4), st.lists(sizes, max_size=2))
def test_cross_entropy_at_every_place(N, C, places):
    loss = nn.CrossEntropyLoss()
    scores, y = loss_case(loss, (N, *places, C))
    rows, labels = np.moveaxis(scores, 1, -1).reshape(-1, C), y.reshape(-1)
    surprise = np.log(np.exp(rows).sum(axis=1)) - rows[np.arange(len(rows)), labels]
    assert loss(scores, y) == pytest.approx(surprise.mean(), rel=1e-12)
    gradient = loss.backward()
    assert gradient.shape == scores.shape
    assert close(gradient, gradcheck.numerical_gradient(lambda z: loss(z, y), scores))
    assert loss.accuracy(scores, y) == pytest.approx(np.mean(rows.argmax(axis=1) == labels))


@pytest.mark.parametrize(("shape", "target", "message"), [
    ((2, 3, 4), (2, 3), r"must have shape \(2, 4\), got \(2, 3\)"), ((2, 3, 4), (2, 3, 4), "one-hot"),
    ((2, 3), (2, 3), "one-hot"), ((4, 1), (4,), "one class.*BCEWithLogitsLoss"), ((4, 1, 5), (4, 5), "one class")])
def test_wrong_labels_of_cross_entropy(shape, target, message):
    with pytest.raises(ValueError, match=message):
        nn.CrossEntropyLoss()(np.zeros(shape), np.zeros(target, int))


@pytest.mark.parametrize("loss", [nn.BCELoss(), nn.KLDivLoss(), nn.HellingerLoss()], ids=lambda v: type(v).__name__)
def test_a_share_just_above_one_is_told_from_one(loss):
    with pytest.raises(ValueError, match=r"got 1 \+ 1e-09. Usual cause: .*np.clip\(prediction, 0, 1\)"):
        loss(np.array([[0.25, 1 + 1e-9]]), np.array([[0.0, 1.0]]))


@pytest.mark.parametrize(("loss", "scores"), [(nn.BCELoss(), [0.2, 0.5, 0.9]), (nn.BCEWithLogitsLoss(), [-1, 0, 3])])
def test_accuracy_of_yes_and_no(loss, scores):
    assert loss.accuracy(scores, [0, 1, 0]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="reshape"):  # (3, 1) against (3,) would be nine comparisons
        loss.accuracy(np.array(scores)[:, None], np.zeros(3))

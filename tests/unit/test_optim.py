"""SGD against its formula: groups, state, settings."""

import numpy as np
import pytest

from course_lib import nn, optim


def test_classical_momentum_by_hand():
    p = nn.Parameter(np.array([1.0, -2.0]))
    sgd = optim.SGD([p], lr=0.1, momentum=0.5)
    p.grad += [1.0, 2.0]
    sgd.step()
    np.testing.assert_allclose(p.data, [0.9, -2.2])
    sgd.step()  # the gradient stays until zero_grad: v = 0.5 v + g
    np.testing.assert_allclose(p.data, [0.75, -2.5])
    sgd.zero_grad()
    assert not p.grad.any()
    sgd.step()  # only the velocity moves it
    np.testing.assert_allclose(p.data, [0.675, -2.65])
    sgd.lr = 0.01
    sgd.step()  # a new rate counts at once: v = 0.375 [1, 2]
    np.testing.assert_allclose(p.data, [0.67125, -2.6575])


def pair(dtype=np.float64):
    """A weight and a bias with gradients."""
    rng = np.random.default_rng(0)
    parameters = [nn.Parameter(rng.standard_normal(shape).astype(dtype)) for shape in ((3, 4), (4,))]
    for p in parameters:
        p.grad += rng.standard_normal(p.data.shape)
    return parameters


def test_weight_decay_is_for_weights_unless_a_group_says_otherwise():
    for groups, decayed in ((pair(), (0.5, 0.0)), ([{"params": pair()}], (0.5, 0.5)),
                            ([{"params": [p], "weight_decay": d} for p, d in zip(pair(), (0.1, 0.2), strict=True)],
                             (0.1, 0.2))):
        sgd = optim.SGD(groups, lr=0.1, weight_decay=0.5)
        parameters = [p for group in sgd.param_groups for p in group["params"]]
        expected = [p.data - 0.1 * (p.grad + d * p.data) for p, d in zip(parameters, decayed, strict=True)]
        sgd.step()
        for p, w in zip(parameters, expected, strict=True):
            np.testing.assert_allclose(p.data, w, rtol=1e-14)


def test_groups_have_settings_of_their_own_and_lr_sets_all():
    W, b = pair()
    sgd = optim.SGD([{"params": [W], "lr": 0.01, "momentum": 0.5}, {"params": b}], lr=0.1)
    assert [group["lr"] for group in sgd.param_groups] == [0.01, 0.1] and sgd.lr == 0.01
    before = W.data.copy(), b.data.copy()
    sgd.step()
    np.testing.assert_allclose(before[0] - W.data, 0.01 * W.grad)
    np.testing.assert_allclose(before[1] - b.data, 0.1 * b.grad)
    sgd.lr = 0.0
    before = b.data.copy()
    sgd.step()
    np.testing.assert_array_equal(b.data, before)
    np.testing.assert_allclose(sgd.state[0]["v"], 0.5 * W.grad + W.grad)
    sgd.param_groups[1]["lr"] = np.nan
    with pytest.raises(ValueError, match="lr=nan"):
        sgd.step()


def test_a_saved_state_goes_on_as_if_never_stopped():
    one, two = pair(), pair()
    first = optim.SGD(one, lr=0.1, momentum=0.9, weight_decay=0.1)
    for _ in range(3):
        first.step()
    saved = first.state_dict()
    second = optim.SGD(two, lr=0.5, momentum=0.9, weight_decay=0.2)
    for p, q in zip(one, two, strict=True):
        q.data[...] = p.data
    second.load_state_dict(saved)
    first.step()
    second.step()
    for p, q in zip(one, two, strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    assert second.steps == 4 and second.lr == 0.1
    with pytest.raises(ValueError, match="another network"):
        optim.SGD(one[:1], lr=0.1).load_state_dict(saved)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_any_order_of_memory_and_kind_of_number(dtype):
    plain, turned = pair(dtype), pair(dtype)
    turned[0].data = np.asfortranarray(turned[0].data)
    for parameters in (plain, turned):
        optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=0.1).step()
    for p, q in zip(plain, turned, strict=True):
        assert q.data.dtype == dtype
        np.testing.assert_array_equal(p.data, q.data)


@pytest.mark.parametrize(("change", "message"), [
    (dict(params=[]), "only activations"), (dict(lr=-1), "minus sign"), (dict(lr=np.nan), "lr=nan"),
    (dict(lr=np.inf), "lr=inf"), (dict(momentum=1.5), "momentum=1.5"), (dict(weight_decay=np.nan), "weight_decay=nan"),
    (dict(params=2 * [nn.Parameter(np.zeros(1))]), "twice")])
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        optim.SGD(**(dict(params=[nn.Parameter(np.zeros(1))], lr=0.1) | change))


@pytest.mark.parametrize(("params", "message"), [
    (nn.Linear(2, 3).parameters, "without the parentheses"), (nn.Sequential(nn.Linear(2, 3)), "the network itself"),
    ([np.zeros(3)], "arrays or layers"), ([nn.Linear(2, 3)], "arrays or layers")])
def test_anything_but_parameters(params, message):
    with pytest.raises(TypeError, match=message):
        optim.SGD(params, lr=0.1)

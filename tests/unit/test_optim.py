"""SGD against its formula: groups, state, settings."""

import pickle

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


def test_every_setting_can_be_read_and_set():
    one, two = pair(), pair()
    plain, full = optim.SGD(one, lr=0.3), optim.SGD(two, lr=0.1, momentum=0.9, weight_decay=0.2)
    assert (plain.momentum, plain.weight_decay, full.momentum, full.weight_decay) == (0.0, 0.0, 0.9, 0.2)
    plain.lr, plain.momentum, plain.weight_decay = 0.1, 0.9, 0.2
    for _ in range(3):
        plain.step()
        full.step()
    for p, q in zip(one, two, strict=True):  # the bias, too, which is not decayed
        np.testing.assert_array_equal(p.data, q.data)
    groups = optim.SGD([{"params": one[0]}, {"params": one[1]}], lr=0.1)
    groups.momentum = 0.5
    assert [group["momentum"] for group in groups.param_groups] == [0.5, 0.5]
    with pytest.raises(AttributeError, match=r"no 'momentun' to be set.*lr, weight_decay, momentum"):
        full.momentun = 0.5
    with pytest.raises(AttributeError, match="no attribute 'momentun'"):
        full.momentun  # noqa: B018
    again = pickle.loads(pickle.dumps(full))
    again.lr = 0.5
    assert again.lr == again.param_groups[0]["lr"] == 0.5 and full.lr == 0.1


@pytest.mark.parametrize(("change", "message"), [
    (lambda p: setattr(p, "data", p.data.astype(int)), "dtype int64"),
    (lambda p: setattr(p, "data", p.data.tolist()), "dtype list"),
    (lambda p: setattr(p, "data", np.ones((3, 3))), r"data of shape \(3, 3\).*expected \(3, 4\)"),
    (lambda p: setattr(p, "grad", np.ones(4)), r"data of shape \(3, 4\) and grad of shape \(4,\)"),
    (lambda p: setattr(p, "grad", None), r"grad of shape \(\)"),
    (lambda p: p.data.setflags(write=False), "read-only")])
def test_a_parameter_that_cannot_move(change, message):
    b, W = pair()[::-1]
    sgd, before = optim.SGD([b, W], lr=0.1), b.data.copy()
    change(W)
    with pytest.raises((TypeError, ValueError), match=message):
        sgd.step()
    np.testing.assert_array_equal(b.data, before)
    assert sgd.steps == 0


@pytest.mark.parametrize(("change", "message"), [
    (lambda saved: saved.clear(), "no steps, state, param_groups"),
    (lambda saved: saved.pop("state"), "no state, expected"),
    (lambda saved: saved.update(steps="3"), "steps='3'"),
    (lambda saved: saved["param_groups"][1].update(lr=-1.0), "lr=-1"),
    (lambda saved: saved["param_groups"][1].update(beta=0.5), "beta is no setting"),
    (lambda saved: saved["param_groups"].pop(), "1 groups"),
    (lambda saved: saved["state"][1].update(v="text"), "another network"),
    (lambda saved: saved["state"][1].update(v=np.full(4, "text")), "v must be an array of numbers"),
    (lambda saved: saved["state"].__setitem__(1, {"m": np.ones(4)}), "Usual cause: another optimizer")])
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    W, b = pair()
    groups = [{"params": [W]}, {"params": [b]}]
    sgd, other = optim.SGD(groups, lr=0.1, momentum=0.9), optim.SGD(groups, lr=0.2, momentum=0.5)
    sgd.step()
    before, saved = sgd.state_dict(), other.state_dict()
    change(saved)
    with pytest.raises((TypeError, ValueError), match=message):
        sgd.load_state_dict(saved)
    now = sgd.state_dict()
    assert now["steps"] == 1 and now["param_groups"] == before["param_groups"]
    for kept, expected in zip(now["state"], before["state"], strict=True):
        np.testing.assert_array_equal(kept["v"], expected["v"])


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


@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_a_column_moves_alone(rule):
    """Numbers that lie apart, as many as several registers hold."""
    table = np.arange(400.0).reshape(200, 2)
    column, plain = nn.Parameter(table[:, 0]), nn.Parameter(table[:, 0])
    column.data = table[:, 0]
    for p in (column, plain):
        p.grad[...] = 1.0
        rule([p], lr=0.5).step()
    np.testing.assert_array_equal(table[:, 0], plain.data)
    np.testing.assert_array_equal(table[:, 1], np.arange(1.0, 400.0, 2))


@pytest.mark.parametrize(("change", "message"), [
    (dict(params=[]), "only activations"), (dict(params=[{"params": []}]), "only activations"),
    (dict(lr=-1), "minus sign"), (dict(lr=np.nan), "lr=nan"),
    (dict(lr=np.inf), "lr=inf"), (dict(momentum=1.5), "momentum=1.5"), (dict(weight_decay=np.nan), "weight_decay=nan"),
    (dict(params=2 * [nn.Parameter(np.zeros(1))]), "twice")])
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        optim.SGD(**(dict(params=[nn.Parameter(np.zeros(1))], lr=0.1) | change))


@pytest.mark.parametrize(("params", "message"), [
    (nn.Linear(2, 3).parameters, "without the parentheses"), (nn.Sequential(nn.Linear(2, 3)), "the network itself"),
    ([np.zeros(3)], "arrays or layers"), ([nn.Linear(2, 3)], "arrays or layers"),
    ([{"lr": 0.1}], "group 0 has the keys .*missing"), ([{"params": None}], "params=None"),
    ([{"params": pair()}, {"param": pair()}], r"group 1 has the keys \['param'\].*misspelled key"),
    ([{"params": nn.Linear(2, 3).parameters}], "without the parentheses"),
    ([{"params": pair()}, *pair()], r"params\[1\] is Parameter among groups"),
    ([*pair(), {"params": pair()}], r"params\[0\] is Parameter among groups"),
    ([{"params": pair(), "momentun": 0.5}], "momentun is no setting")])
def test_anything_but_parameters(params, message):
    with pytest.raises(TypeError, match=message):
        optim.SGD(params, lr=0.1)


def test_a_rate_is_no_truth():
    with pytest.raises(TypeError, match="lr=True, expected a number"):
        optim.SGD(pair(), lr=True)

"""Layers and losses by finite differences, their state, and the training loop."""

import numpy as np
import pytest

from course_lib import gradcheck, nn, optim

ACTIVATIONS = [nn.Identity(), nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(), nn.GELU(),
               nn.Softmax()]


def close(analytic, numeric):
    return np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric) + 1e-30) < 1e-7


@pytest.mark.parametrize("layer", ACTIVATIONS, ids=repr)
def test_activation_gradients(layer):
    rng = np.random.default_rng(0)
    x, dout = rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    layer(x)
    numeric = gradcheck.numerical_gradient(lambda x: float(np.sum(layer.forward(x) * dout)), x)
    layer(x)
    assert close(layer.backward(dout), numeric)


@pytest.mark.parametrize("bias", [True, False])
def test_gradients_of_a_whole_network(bias):
    rng = np.random.default_rng(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 5, bias, rng=rng), nn.Tanh(), nn.Linear(5, 3, bias, rng=rng))
    loss, x, y = nn.CrossEntropyLoss(), rng.standard_normal((7, 2, 3)), rng.integers(0, 3, 7)
    loss(net(x), y)
    dx = net.backward(loss.backward())
    assert dx.shape == x.shape and close(dx, gradcheck.numerical_gradient(lambda x: loss(net(x), y), x))
    for p in net.parameters():
        def value(data, p=p):
            kept, p.data = p.data, data
            result = loss(net(x), y)
            p.data = kept
            return result

        assert close(p.grad, gradcheck.numerical_gradient(value, p.data))
    assert len(net.parameters()) == (4 if bias else 2)


@pytest.mark.parametrize(("loss", "target"), [
    (nn.MSELoss(), "real"), (nn.L1Loss(), "real"), (nn.BCELoss(), "share"), (nn.BCEWithLogitsLoss(), "share"),
    (nn.KLDivLoss(), "distribution"), (nn.HellingerLoss(), "distribution")], ids=lambda v: type(v).__name__)
def test_loss_gradients(loss, target):
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(4), 5)
    y = {"real": rng.standard_normal((5, 4)), "share": rng.uniform(0, 1, (5, 4)),
         "distribution": rng.dirichlet(np.ones(4), 5)}[target]
    loss(p, y)
    # A step leaves the simplex of distributions by less than the tolerance of the loss.
    h = 1e-7 if target == "distribution" else 1e-5
    numeric = gradcheck.numerical_gradient(lambda p: loss(p, y), p, h)
    loss(p, y)
    np.testing.assert_allclose(loss.backward(), numeric, rtol=1e-5, atol=1e-7)


def test_backward_adds_until_zero_grad():
    net = nn.Linear(2, 1)
    for _ in range(2):
        net(np.ones((3, 2)))
        net.backward(np.ones((3, 1)))
    np.testing.assert_array_equal(net.weight.grad, 2 * np.full((2, 1), 3.0))


def build(seed=0, hidden=5):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, hidden, rng=rng), nn.ReLU(), nn.Linear(hidden, 2, rng=rng))


def test_state_round_trip():
    source, target = build(0), build(1)
    state = source.state_dict()
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    x = np.random.default_rng(2).standard_normal((4, 2))
    assert not np.array_equal(source(x), target(x))
    parameters = target.parameters()
    target.load_state_dict(state)
    np.testing.assert_array_equal(source(x), target(x))
    assert parameters[0] is target.parameters()[0]  # an optimizer keeps its hold
    state["0.weight"] += 1
    np.testing.assert_array_equal(source(x), target(x))


def test_state_of_another_network():
    with pytest.raises(ValueError, match="another layer width"):
        build().load_state_dict(build(hidden=6).state_dict())
    with pytest.raises(ValueError, match="other layers"):
        build().load_state_dict(nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0))).state_dict())


def test_summary_counts(capsys):
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 512, rng=rng), nn.ReLU(), nn.Linear(512, 10, rng=rng))
    net.summary((28, 28))
    printed = capsys.readouterr().out
    assert "401,920" in printed and "5,130" in printed and "407,050" in printed
    assert "(N, 28, 28)" in printed and "(N, 784)" in printed


def test_wrong_layers():
    with pytest.raises(TypeError, match="parentheses"):
        nn.Sequential(nn.ReLU)
    with pytest.raises(TypeError, match="Generator"):
        nn.Linear(2, 3, rng=0)


def test_modes_reach_every_layer():
    net = build()
    assert net.eval() is net and not net[1].training
    assert net.train()[1].training


@pytest.mark.parametrize(("name", "spread"), [("normal", 0.1), ("he", 0.02**0.5), ("xavier", (2 / 300) ** 0.5)])
def test_starting_spread(name, spread):
    W = nn.draw_weights(np.random.default_rng(0), 100, 200, name)
    assert W.std() == pytest.approx(spread, rel=0.03)


def clouds(n=200):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, n)
    return rng.standard_normal((n, 2)) + 4 * y[:, None], y


def test_fit_records_all_points_after_every_epoch():
    X, y = clouds()
    net = build()
    start = nn.CrossEntropyLoss()(net(X), y)
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1), X[:150], y[:150], epochs=8,
                     batch_size=20, rng=0, X_val=X[150:], y_val=y[150:])
    assert len(history.loss) == 9 and history.diverged_at is None
    assert history.loss[-1] == pytest.approx(nn.CrossEntropyLoss()(net(X[:150]), y[:150]))
    assert history.loss[-1] < 0.3 * start
    assert history.val_accuracy[-1] > 0.95
    assert history.val_loss[history.best_epoch] == history.val_loss.min()


def test_fit_equals_full_batch_descent():
    X, y = clouds()
    one, two = build(), build()
    history = nn.fit(one, nn.CrossEntropyLoss(), optim.SGD(one.parameters(), lr=0.2, momentum=0.5), X, y, epochs=3)
    loss, sgd = nn.CrossEntropyLoss(), optim.SGD(two.parameters(), lr=0.2, momentum=0.5)
    for epoch in range(3):
        sgd.zero_grad()
        assert loss(two(X), y) == pytest.approx(history.loss[epoch])
        two.backward(loss.backward())
        sgd.step()
    np.testing.assert_allclose(one(X), two(X), rtol=1e-10)
    assert history.val_loss is None


def test_fit_reports_divergence():
    X, y = clouds()
    net = nn.Sequential(nn.Linear(2, 1, rng=np.random.default_rng(0)))
    history = nn.fit(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=10.0), X, y[:, None].astype(float), epochs=200)
    end = history.diverged_at
    assert 0 < end < 200
    assert np.isnan(history.loss[end:]).all() and np.isfinite(history.loss[:end]).all()
    assert history.accuracy is None


def test_fit_errors():
    X, y = clouds()
    net = build()
    sgd = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="200 rows and y has 199"):
        nn.fit(net, nn.CrossEntropyLoss(), sgd, X, y[1:], epochs=1)
    with pytest.raises(ValueError, match="batch_size=0"):
        nn.fit(net, nn.CrossEntropyLoss(), sgd, X, y, epochs=1, batch_size=0)

"""The same start, gradients and settings as PyTorch's optimizers give the same path, by layers and compiled."""

from functools import partial

import numpy as np
import pytest
from needs import imported

from course_lib import dense, nn, ops, optim

torch = imported("PyTorch")

#: (ours, PyTorch's, rule of compiled training, settings); weight decay apart, which is for weights only
TABLE = [
    (optim.SGD, torch.optim.SGD, "sgd", dict(lr=0.1)),
    (optim.SGD, torch.optim.SGD, "momentum", dict(lr=0.1, momentum=0.9)),
    (partial(optim.SGD, nesterov=True), partial(torch.optim.SGD, nesterov=True), "nesterov",
     dict(lr=0.1, momentum=0.9)),
    (optim.Adagrad, torch.optim.Adagrad, "adagrad", dict(lr=0.1)),
    (optim.Adadelta, torch.optim.Adadelta, "adadelta", dict(lr=1.0)),
    (optim.RMSprop, torch.optim.RMSprop, "rmsprop", dict(lr=0.01, alpha=0.9)),
    (optim.Adam, torch.optim.Adam, "adam", dict(lr=0.05)),
    (optim.AdamW, torch.optim.AdamW, "adamw", dict(lr=0.05)),
    (optim.Adamax, torch.optim.Adamax, "adamax", dict(lr=0.05)),
    (optim.NAdam, torch.optim.NAdam, "nadam", dict(lr=0.05)),
    (partial(optim.Adam, amsgrad=True), partial(torch.optim.Adam, amsgrad=True), "amsgrad", dict(lr=0.05)),
]
#: classes of `optim` and rules without a row, and why: PyTorch has nothing like them
ONLY_HERE = {
    "averaged_momentum": "PyTorch's dampening spares the first gradient",
    "rprop": "PyTorch's stands still where a sign has changed; see below for gradients without a change",
    optim.Rprop: "the same",
    optim.ReduceLROnPlateau: "no optimizer; compared below",
}
SIZES, EPOCHS = (2, 6, 3), 20
#: Ours and PyTorch's, and settings on the edge of what they take
EDGES = [
    *((ours, theirs, settings) for ours, theirs, _, settings in TABLE),
    (partial(optim.SGD, nesterov=True), partial(torch.optim.SGD, nesterov=True), dict(lr=5.0, momentum=0.99)),
    (optim.Adagrad, torch.optim.Adagrad, dict(lr=100.0, eps=1e-300)),
    (optim.Adadelta, torch.optim.Adadelta, dict(lr=10.0, rho=0.0)),
    (optim.Adadelta, torch.optim.Adadelta, dict(rho=0.999, eps=1e-20)),
    (optim.RMSprop, torch.optim.RMSprop, dict(lr=10.0, alpha=0.0)),
    (optim.RMSprop, torch.optim.RMSprop, dict(alpha=0.9999, eps=1e-100)),
]
for name in ("Adam", "AdamW", "Adamax", "NAdam"):
    pair = getattr(optim, name), getattr(torch.optim, name)
    EDGES += [(*pair, {}), (*pair, dict(lr=100.0)), (*pair, dict(betas=(0.0, 0.999))), (*pair, dict(betas=(0.0, 0.0))),
              (*pair, dict(betas=(0.99, 0.5), eps=1e-30)), (*pair, dict(eps=10.0))]
for betas in ((0.0, 0.0), (0.99, 0.5)):
    EDGES.append((partial(optim.Adam, amsgrad=True), partial(torch.optim.Adam, amsgrad=True), dict(betas=betas)))
EDGES.append((optim.NAdam, torch.optim.NAdam, dict(momentum_decay=1.0)))


@pytest.fixture(autouse=True)
def in_float64():
    """NAdam keeps the product of its momenta in PyTorch's default kind of number."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(usual)


def test_every_optimizer_and_every_rule_has_a_row():
    offered = [thing for name in optim.__all__ if isinstance(thing := getattr(optim, name), type)]
    rows = {part.func if isinstance(part, partial) else part for row in TABLE for part in (row[0], row[2])}
    assert {*offered, *ops.RULES} - set(ONLY_HERE) == rows


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize(("ours", "theirs", "rule", "settings"), TABLE)
def test_path(ours, theirs, rule, settings, decay):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((30, 2)), rng.integers(0, 3, 30)
    net = nn.Sequential(nn.Linear(2, 6, rng=rng), nn.Tanh(), nn.Linear(6, 3, rng=rng))
    start = [p.data.copy() for p in net.parameters()]
    expected = torch_path(start, theirs, settings, decay, X, y)
    history = nn.fit(net, nn.CrossEntropyLoss(), ours(net.parameters(), weight_decay=decay, **settings), X, y, EPOCHS)
    np.testing.assert_allclose(history.loss[:-1], expected, rtol=1e-9)
    run = dense.train(SIZES, X, y, loss="cross_entropy", params=list(zip(start[::2], start[1::2], strict=True)),
                      epochs=EPOCHS, rule=rule, weight_decay=decay, **settings)
    np.testing.assert_allclose(run.loss[:-1], expected, rtol=1e-9)


def torch_path(start, optimizer, settings, decay, X, y):
    W1, b1, W2, b2 = (torch.from_numpy(array.copy()).requires_grad_() for array in start)
    groups = [{"params": [W1, W2], "weight_decay": decay}, {"params": [b1, b2], "weight_decay": 0.0}]
    descent, losses = optimizer(groups, **settings), []
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(EPOCHS):
        descent.zero_grad()
        loss = torch.nn.functional.cross_entropy(torch.tanh(X @ W1 + b1) @ W2 + b2, y)
        loss.backward()
        descent.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize(("ours", "theirs", "settings"), EDGES)
def test_a_hundred_random_steps(ours, theirs, settings, decay):
    """Gradients of all sizes, some of them zero."""
    rng = np.random.default_rng(2)
    compare(ours, theirs, {**settings, "weight_decay": decay}, lambda step: (
        rng.standard_normal((4, 3)) * 10.0 ** rng.integers(-6, 4, (4, 3)) * (rng.random((4, 3)) < 0.8)), 100)


@pytest.mark.parametrize(("ours", "theirs", "rule", "settings"), TABLE)
def test_path_while_the_rate_changes(ours, theirs, rule, settings):
    rng = np.random.default_rng(1)
    compare(ours, theirs, {**settings, "weight_decay": 0.05}, lambda step: rng.standard_normal((4, 3)), 30,
            lambda step: 0.1 / (1 + step))


@pytest.mark.parametrize("settings", [{}, dict(lr=0.5, etas=(0.2, 1.5)), dict(step_sizes=(0.02, 0.05))])
def test_rprop_without_a_change_of_sign(settings):
    rng = np.random.default_rng(3)
    sign = rng.choice([-1, 0, 1], (4, 3))
    compare(optim.Rprop, torch.optim.Rprop, settings, lambda step: sign * rng.random((4, 3)), 100)


@pytest.mark.parametrize(("factor", "patience", "floor"), [(0.1, 10, 0.0), (0.5, 1, 0.01), (0.3, 3, 1e-3)])
def test_the_plateau_rule(factor, patience, floor):
    """PyTorch's cuts after one epoch more."""
    losses = np.random.default_rng(4).random(60).cumsum()[::-1] + 20 * np.random.default_rng(5).random(60)
    one, two = optim.SGD([nn.Parameter(np.zeros(1))], 0.1), torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    reduce = optim.ReduceLROnPlateau(one, factor, patience, floor)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(two, "min", factor, patience - 1, threshold=0.0, min_lr=floor)
    rates = []
    for loss in losses:
        rates.append(one.lr)
        assert one.lr == pytest.approx(two.param_groups[0]["lr"], rel=1e-12)
        reduce.step(loss)
        theirs.step(loss)
    assert len(set(rates)) > 1
    np.testing.assert_array_equal(ops.reduce_on_plateau(losses, 0.1, factor, patience, floor), rates)


def compare(ours, theirs, settings, gradient, steps, rate=None):
    """Both move one array by the same gradients, gradient(step), with the learning rate rate(step)."""
    W = nn.Parameter(np.random.default_rng(0).standard_normal((4, 3)))
    their_W = torch.nn.Parameter(torch.from_numpy(W.data.copy()))
    one, two = ours([{"params": W}], **settings), theirs([their_W], **settings)
    for step in range(steps):
        W.grad[...] = gradient(step)
        their_W.grad = torch.from_numpy(W.grad.copy())
        if rate:
            one.lr = two.param_groups[0]["lr"] = rate(step)
        one.step()
        two.step()
        expected = their_W.detach().numpy()
        np.testing.assert_allclose(W.data, expected, rtol=1e-10, atol=1e-12 * max(1, np.abs(expected).max()))

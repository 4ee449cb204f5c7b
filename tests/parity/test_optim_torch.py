"""The same start, gradients and settings as PyTorch's optimizers give the same path, by layers and compiled."""

import numpy as np
import pytest
from needs import imported

from course_lib import dense, nn, ops, optim

torch = imported("PyTorch")

#: (ours, PyTorch's, rule of compiled training, settings); weight decay apart, which is for weights only
TABLE = [
    (optim.SGD, torch.optim.SGD, "sgd", dict(lr=0.1)),
    (optim.SGD, torch.optim.SGD, "momentum", dict(lr=0.1, momentum=0.9)),
]
#: classes of `optim` and rules without a row, and why: PyTorch has nothing like them
ONLY_HERE = {}
SIZES, EPOCHS = (2, 6, 3), 20


def test_every_optimizer_and_every_rule_has_a_row():
    offered = [thing for name in optim.__all__ if isinstance(thing := getattr(optim, name), type)]
    assert {*offered, *ops.RULES} - set(ONLY_HERE) == {part for row in TABLE for part in (row[0], row[2])}


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


@pytest.mark.parametrize(("ours", "theirs", "rule", "settings"), TABLE)
def test_path_while_the_rate_changes(ours, theirs, rule, settings):
    rng = np.random.default_rng(1)
    W = nn.Parameter(rng.standard_normal((4, 3)))
    their_W = torch.nn.Parameter(torch.from_numpy(W.data.copy()))
    one, two = ours([W], weight_decay=0.05, **settings), theirs([their_W], weight_decay=0.05, **settings)
    for step in range(30):
        W.grad[...] = rng.standard_normal((4, 3))
        their_W.grad = torch.from_numpy(W.grad.copy())
        one.lr = two.param_groups[0]["lr"] = 0.1 / (1 + step)
        one.step()
        two.step()
        np.testing.assert_allclose(W.data, their_W.detach().numpy(), rtol=1e-12)

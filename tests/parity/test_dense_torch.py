"""The same start, data and order as PyTorch give the same path."""

import numpy as np
import pytest
from needs import imported

from course_lib import dense

torch = imported("PyTorch")

HIDDEN = {"identity": torch.nn.Identity, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU,
          "leaky_relu": torch.nn.LeakyReLU, "elu": torch.nn.ELU, "selu": torch.nn.SELU, "gelu": torch.nn.GELU}
LOSSES = {"mse": torch.nn.MSELoss, "mae": torch.nn.L1Loss, "bce": torch.nn.BCEWithLogitsLoss,
          "cross_entropy": torch.nn.CrossEntropyLoss}


def torch_net(params, sizes, hidden):
    layers = []
    for W, b in dense.unpack(params, sizes):
        linear = torch.nn.Linear(*W.shape, dtype=torch.from_numpy(params).dtype)
        linear.weight.data, linear.bias.data = torch.from_numpy(W.T.copy()), torch.from_numpy(b.copy())
        layers += [linear, HIDDEN[hidden]()]
    return torch.nn.Sequential(*layers[:-1])


def torch_params(net):
    flat = [p.detach().numpy().T.ravel() for p in net.parameters()]
    return np.concatenate(flat)


def torch_run(net, loss, X, y, epochs, batch, **settings):
    """Weight decay is for weights only, as in the course."""
    decay = settings.pop("weight_decay", 0.0)
    groups = [{"params": [p for p in net.parameters() if (p.ndim == 2) == weights], "weight_decay": decay * weights}
              for weights in (True, False)]
    sgd = torch.optim.SGD(groups, **settings)
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    losses = []
    for _ in range(epochs):
        with torch.no_grad():
            losses.append(float(loss(net(X), y)))
        for start in range(0, len(X), batch):
            sgd.zero_grad()
            loss(net(X[start : start + batch]), y[start : start + batch]).backward()
            sgd.step()
    return np.array(losses)


def problem(loss, dtype=np.float64):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 2)).astype(dtype)
    if loss == "cross_entropy":
        return X, rng.integers(0, 3, 30)
    if loss == "bce":
        return X, rng.integers(0, 2, (30, 3)).astype(dtype)
    return X, rng.standard_normal((30, 3)).astype(dtype)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("batch", [30, 8, 1])
def test_fit(hidden, loss, batch):
    X, y = problem(loss)
    sizes = (2, 5, 4, 3)
    start = dense.init_params(sizes, 1)
    run = dense.train(sizes, X, y, hidden=hidden, loss=loss, lr=0.05, epochs=10, batch_size=batch, shuffle=False,
                       momentum=0.9, params=start)
    net = torch_net(start, sizes, hidden)
    losses = torch_run(net, LOSSES[loss](), X, y, 10, batch, lr=0.05, momentum=0.9)
    np.testing.assert_allclose(run.loss[:-1], losses, rtol=1e-8)
    np.testing.assert_allclose(run.params, torch_params(net), rtol=1e-6, atol=1e-8)


def test_stepper():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((64, 50)).astype(np.float32), rng.integers(0, 10, 64)
    stepper = dense.Stepper((50, 40, 10), 32, lr=0.1, momentum=0.9)
    net = torch_net(stepper.params.copy(), (50, 40, 10), "relu")
    torch_run(net, torch.nn.CrossEntropyLoss(), X, y, 5, 32, lr=0.1, momentum=0.9)
    for _ in range(5):
        for start in (0, 32):
            stepper.step(X[start : start + 32], y[start : start + 32])
    np.testing.assert_allclose(stepper.params, torch_params(net), rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("batch", [30, 8, 1])
def test_weight_decay(batch):
    X, y = problem("mse")
    settings = dict(lr=0.05, momentum=0.9, weight_decay=0.1)
    start = dense.init_params((2, 5, 3), 1, init=lambda rng, m, n: rng.standard_normal((m + 1, n)))
    run = dense.train((2, 5, 3), X, y, epochs=10, batch_size=batch, shuffle=False, params=start, **settings)
    net = torch_net(start, (2, 5, 3), "tanh")
    np.testing.assert_allclose(run.loss[:-1], torch_run(net, torch.nn.MSELoss(), X, y, 10, batch, **settings),
                               rtol=1e-8)

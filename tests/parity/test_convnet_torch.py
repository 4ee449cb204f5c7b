"""Training runs of convolutional nets against PyTorch: scores, losses, and the weights after steps of Adam."""

import numpy as np
import pytest
from needs import imported

from course_lib import convnet
from course_lib.nn.architectures import LENET5, AvgPool, Conv, Dense, Flatten, MaxPool, ReLU

torch = imported("PyTorch")

NETS = {
    "LeNet-5": (LENET5, (1, 28, 28)),
    "3x3": ((Conv(8, 3, pad=1), ReLU(), Conv(12, 3, pad=1), ReLU(), MaxPool(2), Conv(10, 3), MaxPool(3, 2), ReLU(),
             AvgPool(2), Flatten(), Dense(20), ReLU(), Dense(5)), (3, 18, 17)),
}


def in_torch(layers, shape, run):
    """The net of a run, with its parameters, in PyTorch."""
    modules, params = [], run.params
    for number, layer in enumerate(layers):
        match layer:
            case Conv():
                module = torch.nn.Conv2d(shape[0], layer.out, layer.size, padding=layer.pad)
            case Dense():
                module = torch.nn.Linear(shape[0], layer.out)
            case MaxPool() | AvgPool():
                module = getattr(torch.nn, f"{type(layer).__name__}2d")(layer.size, layer.stride, layer.pad)
            case _:
                module = getattr(torch.nn, type(layer).__name__)()
        if f"{number}.weight" in params:
            w = params[f"{number}.weight"]
            module.weight.data = torch.from_numpy(np.ascontiguousarray(w.T if w.ndim == 2 else w))
            module.bias.data = torch.from_numpy(params[f"{number}.bias"].copy())
        modules.append(module)
        shape = layer.shape(shape)
    return torch.nn.Sequential(*modules)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETS)
def test_steps_of_adam_are_those_of_pytorch(name, dtype):
    (layers, shape), n, steps = NETS[name], 41, 5
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, *shape)).astype(dtype), rng.integers(0, layers[-1].out, n)
    start = convnet.train(X, y, layers, epochs=0, dtype=dtype)
    net, images, labels = in_torch(layers, shape, start), torch.from_numpy(X), torch.from_numpy(y)
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    np.testing.assert_allclose(start.scores(X), net(images).detach().numpy(), atol=tolerance)
    run = convnet.train(X, y, layers, epochs=steps, batch=n, lr=0.001, dtype=dtype)
    optimizer, losses = torch.optim.Adam(net.parameters(), lr=0.001), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(run.loss, losses, rtol=tolerance)
    for key, parameter in net.named_parameters():
        ours = run.params[key]
        theirs = parameter.detach().numpy()
        np.testing.assert_allclose(ours, theirs.T if theirs.ndim == 2 else theirs, atol=10 * tolerance, err_msg=key)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETS)
def test_gradients_are_those_of_pytorch(name, dtype):
    (layers, shape), n = NETS[name], 70
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((n, *shape)).astype(dtype), rng.integers(0, layers[-1].out, n)
    start = convnet.train(X, y, layers, epochs=0, dtype=dtype)
    moved = convnet.train(X, y, layers, epochs=1, batch=n, rule="sgd", lr=1.0, dtype=dtype)
    net = in_torch(layers, shape, start)
    torch.nn.functional.cross_entropy(net(torch.from_numpy(X)), torch.from_numpy(y)).backward()
    tolerance = 1e-11 if dtype == np.float64 else 1e-5
    for key, parameter in net.named_parameters():
        ours, theirs = start.params[key] - moved.params[key], parameter.grad.numpy()
        theirs = theirs.T if theirs.ndim == 2 else theirs
        size = max(np.abs(theirs).max(), np.abs(start.params[key]).max())
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * size, err_msg=key)

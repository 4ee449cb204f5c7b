"""Layers, losses and training against PyTorch, on random shapes; `to_torch` and `from_torch` turn the weights."""

import numpy as np
import pytest
from needs import imported

from course_lib import nn, optim
from course_lib.nn.layers import Activation

torch = imported("PyTorch")

#: layer -> the same layer of PyTorch
LAYERS = {
    nn.Linear: lambda layer: torch.nn.Linear(*layer.weight.data.shape, bias=layer.bias is not None),
    nn.Sequential: lambda layer: torch.nn.Sequential(*map(twin, layer)),
    nn.Flatten: lambda _: torch.nn.Flatten(), nn.ReLU: lambda _: torch.nn.ReLU(), nn.Tanh: lambda _: torch.nn.Tanh(),
    nn.Sigmoid: lambda _: torch.nn.Sigmoid(), nn.GELU: lambda _: torch.nn.GELU(),
    nn.Softmax: lambda _: torch.nn.Softmax(-1), nn.Identity: lambda _: torch.nn.Identity(),
    nn.LeakyReLU: lambda layer: torch.nn.LeakyReLU(layer.constants["a"]), nn.SELU: lambda _: torch.nn.SELU(),
    nn.ELU: lambda layer: torch.nn.ELU(layer.constants["a"]),
}
#: layers without a row, and why: PyTorch has nothing like them
ONLY_HERE = {}


def to_torch(name, array):
    """Our array as PyTorch's tensor: a Linear weight (in, out) is stored (out, in) there."""
    return torch.tensor(array.T if name.endswith("weight") else array)


def from_torch(name, tensor):
    """PyTorch's tensor as our array."""
    array = tensor.detach().numpy()
    return array.T if name.endswith("weight") else array


def twin(layer):
    """The same layer of PyTorch, with other weights."""
    return LAYERS[type(layer)](layer).double()


def torch_net(net):
    """The same net of PyTorch, with the same weights."""
    theirs = twin(net)
    theirs.load_state_dict({name: to_torch(name, value) for name, value in net.state_dict().items()})
    return theirs


def close(given, expected):
    np.testing.assert_allclose(given, expected, rtol=1e-11, atol=1e-13)


def compare(net, x, dout):
    """Outputs, and the gradients of sum(dout out)."""
    theirs, inputs = torch_net(net), torch.tensor(x, requires_grad=True)
    expected = theirs(inputs)
    expected.backward(torch.tensor(dout))
    close(net(x), expected.detach().numpy())
    close(net.backward(dout), inputs.grad.numpy())
    for name, value in net.state_dict().items():  # a running mean has taken the same step
        close(value, from_torch(name, theirs.state_dict()[name]))
    gradients = dict(theirs.named_parameters())
    assert list(gradients) == list(net.named_parameters())
    for name, parameter in net.named_parameters().items():
        close(parameter.grad, from_torch(name, gradients[name].grad))


def test_every_layer_has_a_row():
    offered = {thing for name in nn.__all__ if isinstance(thing := getattr(nn, name), type)}
    assert {thing for thing in offered if issubclass(thing, nn.Module)} - {nn.Module, *ONLY_HERE} == set(LAYERS)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(4, 3), (1, 1), (2, 5, 3), (2, 1, 4, 6)])
def test_linear(shape, bias):
    rng = np.random.default_rng(len(shape))
    net = nn.Linear(shape[-1], 4, bias, rng=rng)
    if bias:
        net.bias = rng.standard_normal(4)
    compare(net, rng.standard_normal(shape), rng.standard_normal((*shape[:-1], 4)))


@pytest.mark.parametrize("act", [layer for layer in LAYERS if issubclass(layer, Activation)],
                         ids=lambda act: act.__name__)
def test_nested_net(act):
    rng = np.random.default_rng(0)
    inner = nn.Sequential(nn.Linear(5, 4), act(), nn.Sequential(nn.Linear(4, 4, bias=False), act()))
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), inner, nn.Linear(4, 3))
    compare(net, rng.standard_normal((7, 2, 3)), rng.standard_normal((7, 3)))


@pytest.mark.parametrize("shape", [(5, 3), (1, 2), (4, 3, 6), (2, 3, 4, 5), (3, 2, 1, 2, 2)])
def test_cross_entropy(shape):
    rng = np.random.default_rng(shape[0])
    scores, y = 3 * rng.standard_normal(shape), rng.integers(0, shape[1], (shape[0], *shape[2:]))
    theirs = torch.tensor(scores, requires_grad=True)
    expected = torch.nn.CrossEntropyLoss()(theirs, torch.tensor(y))
    expected.backward()
    loss = nn.CrossEntropyLoss()
    close(loss(scores, y), expected.item())
    close(loss.backward(), theirs.grad.numpy())


def test_labelling_every_step_of_a_sequence():
    """Linear on (N, T, D), scores turned to (N, C, T) for the loss."""

    class ClassesSecond(nn.Module):
        def forward(self, x):
            return x.transpose(0, 2, 1)

        backward = forward

    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((6, 5, 4)), rng.integers(0, 3, (6, 5))
    tagger = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    theirs = torch_net(tagger)
    net = nn.Sequential(tagger, ClassesSecond())
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.3), X, y, epochs=20,
                     clip_norm=0.05, schedule=lambda epoch: 0.3 / (1 + epoch))
    sgd, losses = torch.optim.SGD(theirs.parameters(), lr=0.3), []
    for epoch in range(20):
        sgd.param_groups[0]["lr"] = 0.3 / (1 + epoch)
        sgd.zero_grad()
        loss = torch.nn.CrossEntropyLoss()(theirs(torch.tensor(X)).transpose(1, 2), torch.tensor(y))
        losses.append(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.05)
        sgd.step()
    # PyTorch clips to 0.05 |g| / (|g| + 1e-6)
    np.testing.assert_allclose(history.loss[:-1], losses, rtol=1e-5)
    assert losses[-1] < losses[0]

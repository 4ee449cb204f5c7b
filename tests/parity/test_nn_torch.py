"""Layers, losses and training against PyTorch, on random shapes; `to_torch` and `from_torch` turn the weights."""

import numpy as np
import pytest
from needs import imported

from course_lib import nn, optim
from course_lib.nn.layers import Activation

torch = imported("PyTorch")


class Residual(torch.nn.Module):
    def __init__(self, body, skip):
        super().__init__()
        self.body, self.skip = body, skip

    def forward(self, x):
        return self.body(x) + (x if self.skip is None else self.skip(x))


class Concat(torch.nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = torch.nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class DenseBlock(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def convolution(kind):
    """For layers with the settings that PyTorch has as well."""
    def same(layer):
        named = {name: getattr(layer, name) for name in ("stride", "padding", "dilation", "groups", "padding_mode")}
        return kind(layer.in_channels, layer.out_channels, layer.kernel_size, bias=layer.bias is not None, **named)

    return same


def pooling(kind):
    return lambda layer: kind(layer.kernel_size, layer.stride, layer.padding)


#: layer -> the same layer of PyTorch
LAYERS = {
    nn.Linear: lambda layer: torch.nn.Linear(*layer.weight.data.shape, bias=layer.bias is not None),
    nn.Sequential: lambda layer: torch.nn.Sequential(*map(twin, layer)),
    nn.Flatten: lambda _: torch.nn.Flatten(), nn.ReLU: lambda _: torch.nn.ReLU(), nn.Tanh: lambda _: torch.nn.Tanh(),
    nn.Sigmoid: lambda _: torch.nn.Sigmoid(), nn.GELU: lambda _: torch.nn.GELU(),
    nn.Softmax: lambda _: torch.nn.Softmax(-1), nn.Identity: lambda _: torch.nn.Identity(),
    nn.LeakyReLU: lambda layer: torch.nn.LeakyReLU(layer.constants["a"]), nn.SELU: lambda _: torch.nn.SELU(),
    nn.ELU: lambda layer: torch.nn.ELU(layer.constants["a"]),
    nn.BatchNorm1d: lambda layer: torch.nn.BatchNorm1d(*batch_settings(layer)),
    nn.BatchNorm2d: lambda layer: torch.nn.BatchNorm2d(*batch_settings(layer)),
    nn.LayerNorm: lambda layer: torch.nn.LayerNorm(layer.normalized_shape, layer.eps, layer.weight is not None),
    nn.GroupNorm: lambda layer: torch.nn.GroupNorm(layer.num_groups, layer.num_channels, layer.eps,
                                                   layer.weight is not None),
    nn.InstanceNorm2d: lambda layer: torch.nn.InstanceNorm2d(layer.num_features, layer.eps,
                                                             affine=layer.weight is not None),
    nn.LocalResponseNorm: lambda layer: torch.nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k),
    nn.Conv1d: convolution(torch.nn.Conv1d), nn.Conv2d: convolution(torch.nn.Conv2d),
    nn.Conv3d: convolution(torch.nn.Conv3d), nn.ConvTranspose2d: convolution(torch.nn.ConvTranspose2d),
    nn.MaxPool2d: pooling(torch.nn.MaxPool2d), nn.AvgPool2d: pooling(torch.nn.AvgPool2d),
    nn.L2Pool2d: lambda layer: torch.nn.LPPool2d(2, layer.kernel_size, layer.stride),
    nn.AdaptiveAvgPool2d: lambda layer: torch.nn.AdaptiveAvgPool2d(layer.output_size),
    nn.AdaptiveMaxPool2d: lambda layer: torch.nn.AdaptiveMaxPool2d(layer.output_size),
    nn.GlobalAvgPool: lambda _: torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()),
    nn.Upsample: lambda layer: torch.nn.Upsample(scale_factor=layer.scale_factor),
    nn.Residual: lambda layer: Residual(twin(layer.body), layer.skip and twin(layer.skip)),
    nn.Concat: lambda layer: Concat(map(twin, layer.branches)),
    nn.DenseBlock: lambda layer: DenseBlock(map(twin, layer.layers)),
}
#: layers without a row, and why
ONLY_HERE = {nn.Dropout: "its masks come from another generator; in evaluation both do nothing"}
ONLY_HERE |= dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Embedding),
                           "test_recurrent_torch.py")


def batch_settings(layer):
    return layer.num_features, layer.eps, layer.momentum, layer.weight is not None


def to_torch(name, array):
    """Our array as PyTorch's tensor: a Linear weight (in, out) is stored (out, in) there."""
    return torch.tensor(array.T if name.endswith("weight") and array.ndim == 2 else array)


def from_torch(name, tensor):
    """PyTorch's tensor as our array."""
    array = tensor.detach().numpy()
    return array.T if name.endswith("weight") and array.ndim == 2 else array


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
    """Outputs, and the gradients of sum(dout out), in the mode of the net."""
    theirs, inputs = torch_net(net).train(net.training), torch.tensor(x, requires_grad=True)
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


NORMALIZATION = [
    *[(lambda m=m, e=e, a=a: nn.BatchNorm1d(3, e, m, a), (5, 3)) for m in (0.0, 0.1, 1.0) for e, a in (
        (1e-5, True), (0.3, False))],
    (lambda: nn.BatchNorm1d(3), (4, 3, 6)), (lambda: nn.BatchNorm1d(3), (2, 3)),
    (lambda: nn.BatchNorm2d(3, momentum=0.7), (4, 3, 5, 2)), (lambda: nn.BatchNorm2d(2), (1, 2, 1, 2)),
    (lambda: nn.LayerNorm(6), (4, 6)), (lambda: nn.LayerNorm(6, 0.1), (4, 3, 6)),
    (lambda: nn.LayerNorm((2, 3, 4), elementwise_affine=False), (5, 2, 3, 4)),
    (lambda: nn.LayerNorm((2, 3, 4)), (5, 2, 3, 4)),
    (lambda: nn.GroupNorm(2, 6), (3, 6, 2, 4)), (lambda: nn.GroupNorm(3, 6, 0.1, affine=False), (4, 6)),
    (lambda: nn.InstanceNorm2d(3), (4, 3, 5, 2)), (lambda: nn.InstanceNorm2d(3, 0.2, affine=True), (2, 3, 2, 2)),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("make", "shape"), NORMALIZATION)
def test_normalization(make, shape, training):
    rng, layer = np.random.default_rng(5), make()
    for name, stored in layer._named(nn.module.Stored).items():
        stored.write(rng.uniform(0.5, 2, stored.data.shape) if name == "running_var" else
                     rng.standard_normal(stored.data.shape))
    for _ in range(3):  # the statistics run on
        compare(layer.train(training), 2 * rng.standard_normal(shape) + 3, rng.standard_normal(shape))
        for parameter in layer.parameters():
            parameter.grad[...] = 0


def test_defaults_of_normalization():
    for name in ("BatchNorm1d", "BatchNorm2d", "InstanceNorm2d"):
        ours, theirs = getattr(nn, name)(3), getattr(torch.nn, name)(3)
        assert (ours.num_features, ours.eps) == (theirs.num_features, theirs.eps)
        assert getattr(ours, "momentum", 0.1) == theirs.momentum and (ours.weight is None) == (theirs.weight is None)
    assert nn.LayerNorm(3).normalized_shape == torch.nn.LayerNorm(3).normalized_shape
    assert nn.Dropout().p == torch.nn.Dropout().p


@pytest.mark.parametrize("training", [True, False])
def test_a_net_with_batch_norm_trains_as_in_pytorch(training):
    rng = np.random.default_rng(6)
    net = nn.Sequential(nn.Linear(4, 6, rng=rng), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3, rng=rng))
    theirs = torch_net(net)
    X, y = rng.standard_normal((30, 4)), rng.integers(0, 3, 30)
    nn.fit(net, nn.CrossEntropyLoss(label_smoothing=0.1), optim.SGD(net.parameters(), lr=0.5), X, y, epochs=10)
    sgd, criterion = torch.optim.SGD(theirs.parameters(), lr=0.5), torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    for _ in range(10):
        sgd.zero_grad()
        criterion(theirs(torch.tensor(X)), torch.tensor(y)).backward()
        sgd.step()
    net.train(training), theirs.train(training)
    np.testing.assert_allclose(net(X), theirs(torch.tensor(X)).detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("shape", [(5, 3), (1, 2), (4, 3, 6), (2, 3, 4, 5), (3, 2, 1, 2, 2)])
def test_cross_entropy(shape, smoothing):
    rng = np.random.default_rng(shape[0])
    scores, y = 3 * rng.standard_normal(shape), rng.integers(0, shape[1], (shape[0], *shape[2:]))
    theirs = torch.tensor(scores, requires_grad=True)
    expected = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(theirs, torch.tensor(y))
    expected.backward()
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)
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

"""Modules inside of modules: what they hold, their gradients, state, modes, and layers in two places."""

import gc
import weakref

import numpy as np
import pytest

from course_lib import gradcheck, nn, optim


class Norm(nn.Module):
    """Batch normalization over the rows, as a later chapter would write it: a Parameter, Buffers, two passes."""

    def __init__(self, features, momentum=0.1):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, features))
        self.running_mean, self.running_var = nn.Buffer(np.zeros(features)), nn.Buffer(np.ones(features))
        self.momentum = momentum

    def forward(self, x):
        mean, var = self.running_mean.data, self.running_var.data
        if self.training:
            mean, var, m = x.mean(axis=0), x.var(axis=0), self.momentum
            self.running_mean = (1 - m) * self.running_mean.data + m * mean
            self.running_var = (1 - m) * self.running_var.data + m * var
        spread = np.sqrt(var + 1e-5)
        x_hat = (x - mean) / spread
        self.keep((x_hat, spread))
        return self.gain.data * x_hat

    def backward(self, dout):
        x_hat, spread = self.take()
        self.gain.grad += (dout * x_hat).sum(axis=0)
        g = dout * self.gain.data
        if self.training:
            g = g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)
        return g / spread


class Residual(nn.Module):
    """x + inner(x)."""

    def __init__(self, *layers):
        self.inner = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.inner(x)

    def backward(self, dout):
        return dout + self.inner.backward(dout)


class Branches(nn.Module):
    """The sum of branches in a dict of lists, and a weight of its own for each."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.branches = {"left": [nn.Linear(3, 3, rng=rng), nn.Tanh()], "right": (nn.Linear(3, 3, rng=rng),)}
        self.shares = [nn.Parameter([2.0]), nn.Parameter([-1.0])]

    def forward(self, x):
        outs = []
        for layers in self.branches.values():
            out = x
            for layer in layers:
                out = layer(out)
            outs.append(out)
        self.keep(outs)
        return sum(share.data * out for share, out in zip(self.shares, outs, strict=True))

    def backward(self, dout):
        dx = 0
        for share, out, layers in zip(self.shares, self.take(), self.branches.values(), strict=True):
            share.grad += np.sum(dout * out)
            d = share.data * dout
            for layer in reversed(layers):
                d = layer.backward(d)
            dx = dx + d
        return dx


def deep():
    rng = np.random.default_rng(0)
    last = Residual(nn.Linear(3, 3, bias=False, rng=rng), Norm(3))
    return nn.Sequential(
        nn.Linear(4, 3, rng=rng),
        Residual(Norm(3), Residual(nn.Linear(3, 3, rng=rng), nn.Tanh(), last)),
        nn.Linear(3, 2, rng=rng),
    )


def assert_right_gradients(net, x):
    """Backward against central differences of sum(dout out), for x and every parameter.

    Each forward pass starts from the same Buffers: one in training may move them.
    """
    start = {name: buffer.data.copy() for name, buffer in net.named_buffers().items()}

    def forward():
        for name, buffer in net.named_buffers().items():
            buffer.write(start[name])
        return net(x)

    dout = np.random.default_rng(9).standard_normal(forward().shape)
    for parameter in net.parameters():
        parameter.grad[...] = 0
    dx = net.backward(dout)
    value = lambda _: float(np.sum(forward() * dout))
    pairs = [(dx, x), *((p.grad.copy(), p.data) for p in net.parameters())]
    for analytic, array in pairs:
        numeric = gradcheck.numerical_gradient(value, array)
        assert np.linalg.norm(analytic - numeric) < 1e-7 * (np.linalg.norm(analytic) + np.linalg.norm(numeric))


class Redrawn(np.random.Generator):
    """Gives the same numbers in every call, so that dropout can be compared with differences."""

    def random(self, *arguments):
        return np.random.default_rng(7).random(*arguments)


def dropout():
    return nn.Dropout(0.4, Redrawn(np.random.PCG64(0)))


#: every public layer -> one of it, the shape of its input
LAYERS = {
    nn.Linear: (nn.Linear(3, 2), (5, 3)),
    nn.Sequential: (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), (5, 3)),
    nn.Flatten: (nn.Flatten(), (3, 2, 2)),
    nn.Dropout: (dropout(), (4, 5)),
    nn.BatchNorm1d: (nn.BatchNorm1d(3), (5, 3)), nn.BatchNorm2d: (nn.BatchNorm2d(2), (3, 2, 4, 3)),
    nn.LayerNorm: (nn.LayerNorm((2, 4)), (3, 2, 4)), nn.GroupNorm: (nn.GroupNorm(2, 4), (3, 4, 2, 2)),
    nn.InstanceNorm2d: (nn.InstanceNorm2d(2, affine=True), (3, 2, 3, 2)),
    nn.Conv1d: (nn.Conv1d(2, 3, 3, 2, 1), (2, 2, 6)),
    nn.Conv2d: (nn.Conv2d(4, 2, (2, 3), padding=1, groups=2, padding_mode="reflect"), (2, 4, 3, 4)),
    nn.Conv3d: (nn.Conv3d(2, 3, 2, padding="same"), (1, 2, 3, 2, 3)),
    nn.ConvTranspose2d: (nn.ConvTranspose2d(2, 3, 3, 2, 1), (2, 2, 3, 2)),
    nn.MaxPool2d: (nn.MaxPool2d(3, 2, 1), (2, 2, 5, 4)), nn.AvgPool2d: (nn.AvgPool2d((2, 3)), (2, 2, 5, 6)),
    nn.L2Pool2d: (nn.L2Pool2d(2), (2, 2, 4, 5)), nn.GlobalAvgPool: (nn.GlobalAvgPool(), (2, 3, 2, 4)),
    nn.AdaptiveAvgPool2d: (nn.AdaptiveAvgPool2d((2, 3)), (2, 2, 5, 4)),
    nn.AdaptiveMaxPool2d: (nn.AdaptiveMaxPool2d(2), (2, 2, 5, 4)), nn.Upsample: (nn.Upsample(2), (2, 2, 3, 2)),
    nn.LocalResponseNorm: (nn.LocalResponseNorm(3, 0.5), (2, 5, 2, 2)),
    nn.Residual: (nn.Residual(nn.Sequential(nn.Conv2d(2, 3, 3, 2, 1), nn.Tanh()), nn.Conv2d(2, 3, 1, 2)), (2, 2, 4, 3)),
    nn.Concat: (nn.Concat(nn.Conv2d(2, 3, 1), nn.Sequential(), nn.Sequential(nn.Conv2d(2, 1, 3, 1, 1), nn.Tanh())),
                (2, 2, 3, 3)),
    nn.DenseBlock: (nn.DenseBlock(nn.Conv2d(2, 3, 1), nn.Sequential(nn.Tanh(), nn.Conv2d(5, 1, 3, 1, 1))),
                    (2, 2, 3, 3)),
    nn.LeakyReLU: (nn.LeakyReLU(0.2), (4, 5)), nn.ELU: (nn.ELU(0.7), (4, 5)),
    **{layer: (layer(), (4, 5)) for layer in (nn.Identity, nn.Sigmoid, nn.Tanh, nn.ReLU, nn.SELU, nn.GELU, nn.Softmax)},
}

#: return or take a state beside the output, or take whole numbers: test_nn_recurrent.py
RECURRENT = {nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Embedding}


def test_every_layer_has_a_row():
    offered = {thing for name in nn.__all__ if isinstance(thing := getattr(nn, name), type)}
    assert {thing for thing in offered if issubclass(thing, nn.Module)} - {nn.Module, *RECURRENT} == set(LAYERS)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_gradients_of_every_layer(layer, training):
    net, shape = LAYERS[layer]
    assert_right_gradients(net.train(training), np.random.default_rng(4).standard_normal(shape))


class Lagging(nn.Module):
    """x without a running mean that every pass in training moves."""

    def __init__(self, features):
        self.running_mean = nn.Buffer(np.zeros(features))

    def forward(self, x):
        if self.training:
            self.running_mean = 0.5 * (self.running_mean.data + 1)
        self.keep(None)
        return x * (1 + self.running_mean.data)

    def backward(self, dout):
        self.take()
        return dout * (1 + self.running_mean.data)


def test_a_buffer_that_moves_does_not_spoil_the_comparison():
    assert_right_gradients(Lagging(3), np.random.default_rng(0).standard_normal((4, 3)))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("build", "parameters"), [(deep, 9), (lambda: nn.Sequential(Branches(), Branches()), 12)])
def test_gradients_reach_every_depth(build, parameters, training):
    net = build().train(training)
    x = np.random.default_rng(1).standard_normal((6, 4 if build is deep else 3))
    assert len(net.parameters()) == parameters
    assert_right_gradients(net, x)


@pytest.mark.parametrize("bias", [True, False])
def test_gradients_of_a_flattened_network(bias):
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 5, bias), nn.Tanh(), nn.Linear(5, 3, bias))
    assert_right_gradients(net, np.random.default_rng(1).standard_normal((7, 2, 3)))


def test_gradients_at_every_time():
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    assert_right_gradients(net, np.random.default_rng(1).standard_normal((4, 6, 3)))


# ---- names, state, modes -----------------------------------------------------------------------------------


def test_names_are_those_of_pytorch():
    inner = "1.inner.1.inner.2.inner."
    assert list(deep().named_parameters()) == [
        "0.weight", "0.bias", "1.inner.0.gain", "1.inner.1.inner.0.weight", "1.inner.1.inner.0.bias",
        inner + "0.weight", inner + "1.gain", "2.weight", "2.bias"]
    assert list(deep().named_buffers()) == [
        "1.inner.0.running_mean", "1.inner.0.running_var", inner + "1.running_mean", inner + "1.running_var"]
    assert list(Branches().named_parameters()) == [
        "shares.0", "shares.1", "branches.left.0.weight", "branches.left.0.bias", "branches.right.0.weight",
        "branches.right.0.bias"]


def test_training_moves_parameters_and_buffers_of_every_depth():
    net = deep()
    before = net.state_dict()
    X = np.random.default_rng(0).standard_normal((20, 4)) + 1
    nn.fit(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.1), X, X[:, :2], epochs=2, batch_size=5)
    for name, value in net.state_dict().items():
        assert not np.array_equal(value, before[name]), name


def test_running_statistics_belong_to_the_state():
    source, target = deep(), deep()
    X = np.random.default_rng(0).standard_normal((20, 4)) + 1
    source(X)
    assert not np.array_equal(source.eval()(X), target.eval()(X))
    held = target.parameters() + list(target.named_buffers().values())
    state = source.state_dict()
    target.load_state_dict(state)
    np.testing.assert_array_equal(source(X), target(X))
    now = target.parameters() + list(target.named_buffers().values())
    assert all(a is b for a, b in zip(held, now, strict=True))  # an optimizer keeps its hold
    state["0.weight"] += 1  # the state is a copy
    np.testing.assert_array_equal(source(X), target(X))


@pytest.mark.parametrize(("change", "message"), [
    (lambda state: state.pop("2.bias"), r"missing \['2.bias'\], unexpected \[\]"),
    (lambda state: state.update({"3.weight": np.ones(2)}), r"missing \[\], unexpected \['3.weight'\]"),
    (lambda state: state.update({"0.weight": np.ones((4, 7))}), r"0.weight has shape \(4, 3\), got \(4, 7\)"),
    (lambda state: state.update({"0.weight": np.ones((3, 4))}), r"got \(3, 4\). It is transposed"),
    (lambda state: state.update({"1.inner.0.running_mean": np.ones(2)}), r"running_mean has shape \(3,\), got \(2,\)")])
def test_state_of_another_network(change, message):
    net, state = deep(), deep().state_dict()
    state["0.bias"] += 1
    change(state)
    before = net.state_dict()
    with pytest.raises(ValueError, match=message):
        net.load_state_dict(state)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_modes_reach_every_layer():
    net = nn.Sequential(deep(), Branches())
    assert net.eval() is net
    assert len(net.named_modules()) == 19 and not any(m.training for m in net.named_modules().values())
    assert all(m.training for m in net.train().named_modules().values())


def test_a_module_that_knows_its_owner_is_no_circle():
    block = Residual(nn.Linear(2, 2))
    block.inner[0].owner = block
    assert list(block.named_parameters()) == ["inner.0.weight", "inner.0.bias"]


# ---- assigning arrays --------------------------------------------------------------------------------------


def test_an_assigned_array_is_written_into_the_parameter():
    layer = nn.Linear(2, 3, dtype=np.float32)
    sgd, weight, array = optim.SGD(layer.parameters(), lr=1.0), layer.weight, np.arange(6).reshape(2, 3)
    layer.weight = array
    assert layer.weight is weight and weight.data.dtype == np.float32
    np.testing.assert_array_equal(weight.data, array)
    layer(np.ones((1, 2)))
    layer.backward(np.ones((1, 3)))
    sgd.step()
    np.testing.assert_array_equal(layer.weight.data, array - 1)
    np.testing.assert_array_equal(array, np.arange(6).reshape(2, 3))


@pytest.mark.parametrize(("value", "error", "message"), [
    (np.ones((3, 2)), ValueError, "transposed"), (1.0, ValueError, r"Linear.weight has shape \(2, 3\), got \(\)"),
    ("ones", TypeError, "array of numbers"), (nn.Parameter(np.ones(2)), ValueError, r"got \(2,\)")])
def test_assigning_something_else(value, error, message):
    layer = nn.Linear(2, 3)
    with pytest.raises(error, match=message):
        layer.weight = value


def test_a_parameter_does_not_touch_the_array_it_starts_from():
    array = np.ones(2)
    array.flags.writeable = False
    parameter = nn.Parameter(array)
    parameter.data += 1
    assert array.sum() == 2 and nn.Parameter([1, 2]).grad.dtype == np.float64


# ---- one layer in two places -------------------------------------------------------------------------------


class Twice(nn.Module):
    """Calls its layers one after another; the second may be the first."""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def forward(self, x):
        return self.second(self.first(x))

    def backward(self, dout):
        return self.first.backward(self.second.backward(dout))


def test_a_sequential_refuses_one_object_in_two_places():
    layer, act = nn.Linear(2, 2), nn.ReLU()
    with pytest.raises(ValueError, match=r"ReLU\(\) stands at 0 and at 2"):
        nn.Sequential(act, layer, act)
    with pytest.raises(ValueError, match=r"Linear\(2, 2\) stands at 0.inner.0 and at 1.0"):
        nn.Sequential(Residual(layer), nn.Sequential(layer))


@pytest.mark.parametrize("make", [lambda: nn.Linear(2, 2), nn.Tanh, nn.Flatten], ids=["Linear", "Tanh", "Flatten"])
def test_a_layer_called_twice_is_refused_on_the_way_back(make):
    layer = make()
    net = nn.Sequential(nn.Linear(2, 2), Twice(layer, layer))
    for _ in range(3):
        out = net(np.ones((4, 2)))  # predictions are right, however many
    with pytest.raises(RuntimeError, match="called in two places"):
        net.backward(out)


def test_shared_weights_have_the_gradient_of_both_places():
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    second.weight = first.weight
    net = nn.Sequential(Twice(first, second), nn.Tanh())
    assert list(net.named_parameters()) == ["0.first.weight", "0.first.bias", "0.second.bias"]
    assert_right_gradients(net, np.random.default_rng(2).standard_normal((5, 3)))


def test_backward_needs_a_forward_pass_of_its_own():
    net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
    with pytest.raises(RuntimeError, match=r"net.backward before net\(X\)"):
        net.backward(np.ones((3, 1)))
    net(np.ones((3, 2)))
    net.backward(np.ones((3, 1)))
    with pytest.raises(RuntimeError, match="a second time"):
        net.backward(np.ones((3, 1)))


def test_backward_adds_until_zero_grad():
    net = nn.Linear(2, 1)
    for _ in range(2):
        net(np.ones((3, 2)))
        net.backward(np.ones((3, 1)))
    np.testing.assert_array_equal(net.weight.grad, np.full((2, 1), 6.0))


def test_predictions_do_not_pile_up():
    net, inputs = nn.Sequential(nn.Linear(2, 2), nn.Tanh()), []
    for _ in range(4):
        x = np.ones((3, 2))
        inputs.append(weakref.ref(x))
        net(x)
    del x
    gc.collect()
    assert [ref() is None for ref in inputs] == [True, True, True, False]  # the last one is kept for backward


def test_wrong_layers():
    with pytest.raises(TypeError, match="parentheses"):
        nn.Sequential(nn.ReLU)
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        nn.Module()(1)


# ---- summary -----------------------------------------------------------------------------------------------


def test_summary_counts(capsys):
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    net.summary((28, 28))
    assert capsys.readouterr().out.splitlines() == [
        "layer                   output                parameters",
        "input                   (N, 28, 28)                    0",
        "Flatten()               (N, 784)                       0",
        "Linear(784, 512)        (N, 512)                 401,920",
        "ReLU()                  (N, 512)                       0",
        "Linear(512, 10)         (N, 10)                    5,130",
        "total                                            407,050",
    ]


def test_summary_of_modules_inside(capsys):
    net = nn.Sequential(nn.Linear(4, 3), Residual(Norm(3), nn.Linear(3, 3)), Branches())
    net(np.ones((5, 4)))
    before = net.state_dict()
    net.summary(4)
    rows = [line.rsplit(None, 1) for line in capsys.readouterr().out.splitlines()]
    assert [row[0].rstrip() for row in rows[2:-1]] == [
        "Linear(4, 3)            (N, 3)", "Residual                (N, 3)", "  Sequential            (N, 3)",
        "    Norm()              (N, 3)", "    Linear(3, 3)        (N, 3)", "Branches                (N, 3)",
        "  Linear(3, 3)          (N, 3)", "  Tanh()                (N, 3)", "  Linear(3, 3)          (N, 3)"]
    assert [row[1] for row in rows[2:]] == ["15", "0", "0", "3", "12", "2", "12", "0", "12", "56"]
    assert all(np.array_equal(value, before[name]) for name, value in net.state_dict().items())
    assert net.training and net.backward(np.ones((5, 3))).shape == (5, 4)  # as if nothing had happened
    Branches().summary(3)
    assert "Branches                (N, 3)                         2" in capsys.readouterr().out

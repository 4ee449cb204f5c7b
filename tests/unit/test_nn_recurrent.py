"""Recurrent layers: layers and directions put together from the ops, gradients, states, masks, where weights start."""

import numpy as np
import pytest

from course_lib import gradcheck, nn, ops, optim

LAYERS = {
    "RNN": lambda *a, **k: nn.RNN(*a, **k), "ReLU": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "LSTM": lambda *a, **k: nn.LSTM(*a, **k), "peephole": lambda *a, **k: nn.LSTM(*a, peephole=True, **k),
    "GRU": lambda *a, **k: nn.GRU(*a, **k), "PyTorch's GRU": lambda *a, **k: nn.GRU(*a, convention="pytorch", **k),
}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}


def layer(name, *sizes, seed=0, **options):
    """A layer whose weights are all random, biases and peepholes too."""
    rng = np.random.default_rng(seed)
    made = LAYERS[name](*sizes, rng=rng, **options)
    for parameter in made.parameters():
        if parameter.data.ndim == 1 or len(parameter.data) == 3:
            parameter.data += 0.3 * rng.standard_normal(parameter.data.shape)
    return made


def start_of(made, N, seed=5):
    """A random state."""
    shape = len(made.cells), N, made.cells[0].hidden_size
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal((2, *shape))) if isinstance(made, nn.LSTM) else rng.standard_normal(shape)


@pytest.mark.parametrize("N", [2, 5])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name, bidirectional, N):
    """Two layers, a mask and a start: of the input and of every parameter, below 1e-7."""
    made = layer(name, 3, 2, num_layers=2, bidirectional=bidirectional)
    rng = np.random.default_rng(1)
    x, state, mask = rng.standard_normal((N, 4, 3)), start_of(made, N), np.arange(4) < rng.integers(1, 5, (N, 1))
    out, _ = made(x, state, mask)
    dout = rng.standard_normal(out.shape)
    dx = made.backward(dout)
    analytic = {"x": dx} | {name: parameter.grad.copy() for name, parameter in made.named_parameters().items()}
    given = {"x": x} | {name: parameter.data for name, parameter in made.named_parameters().items()}
    report = gradcheck.check_gradient(lambda _: float(np.sum(made(x, state, mask)[0] * dout)), analytic, given)
    assert report.relative_error < 1e-7, report.per_parameter


@pytest.mark.parametrize("name", LAYERS)
def test_layers_one_above_the_other(name):
    """A stack is one layer after another, and its state is theirs."""
    whole = layer(name, 3, 4, num_layers=3)
    x, state = np.random.default_rng(1).standard_normal((2, 5, 3)), start_of(whole, 2)
    h, ends = x, []
    for number, size in enumerate((3, 4, 4)):
        one = layer(name, size, 4)
        one.load_state_dict({f"cells.0.{key}": value for key, value in whole.cells[number].state_dict().items()})
        part = slice(number, number + 1)
        h, end = one(h, tuple(s[part] for s in state) if isinstance(state, tuple) else state[part])
        ends.append(end)
    out, end = whole(x, state)
    np.testing.assert_allclose(out, h, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(end).reshape(-1), np.concatenate(ends, axis=-3).reshape(-1), rtol=1e-12)


@pytest.mark.parametrize("name", LAYERS)
def test_the_second_direction_reads_from_the_own_end_of_each_sample(name):
    made = layer(name, 3, 4, bidirectional=True)
    rng = np.random.default_rng(1)
    x, lengths = rng.standard_normal((3, 6, 3)), [6, 2, 4]
    out, end = made(x, None, np.arange(6) < np.array(lengths)[:, None])
    one = layer(name, 3, 4)
    one.load_state_dict({f"cells.0.{key}": value for key, value in made.cells[1].state_dict().items()})
    for n, length in enumerate(lengths):
        alone, last = one(x[n : n + 1, :length][:, ::-1])
        np.testing.assert_allclose(out[n, :length, 4:], alone[0, ::-1], rtol=1e-12)
        np.testing.assert_allclose(np.asarray(end)[..., 1, n, :], np.asarray(last)[..., 0, 0, :], rtol=1e-12)
    assert not np.allclose(out[:, 0, 4:], layer(name, 3, 4)(x)[0][:, 0])


@pytest.mark.parametrize("name", LAYERS)
def test_the_state_carries_on(name):
    made = layer(name, 3, 4, num_layers=2)
    x = np.random.default_rng(1).standard_normal((2, 7, 3))
    whole, end = made(x)
    first, state = made(x[:, :3])
    second, last = made(x[:, 3:], state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-11)
    np.testing.assert_allclose(np.asarray(last), np.asarray(end), rtol=1e-11)


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_a_layer_of_one_step(name):
    rng = np.random.default_rng(0)
    made, cell = layer(name, 3, 4), CELLS[name](3, 4)
    cell.load_state_dict(made.cells[0].state_dict())
    x, state = rng.standard_normal((2, 5, 3)), None
    for t in range(5):
        state = cell(x[:, t], state)
    out, end = made(x)
    np.testing.assert_allclose(state[0] if name == "LSTM" else state, out[:, -1], rtol=1e-11)
    np.testing.assert_allclose(np.asarray(state), np.squeeze(np.asarray(end), -3), rtol=1e-11)


@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_a_cell(name):
    rng = np.random.default_rng(0)
    cell, x, start = CELLS[name](3, 4, rng=rng), rng.standard_normal((2, 3)), rng.standard_normal((2, 2, 4))
    states = (lambda start: tuple(start)) if name == "LSTM" else (lambda start: start[0])
    slopes = rng.standard_normal((2, 2, 4))

    def value(_):
        new = cell(x, states(start))
        return float(np.sum(slopes * np.stack(new)) if name == "LSTM" else np.sum(slopes[0] * new))

    value(None)
    dx, dstart = cell.backward(states(slopes))
    analytic = {"x": dx} | {key: parameter.grad.copy() for key, parameter in cell.named_parameters().items()}
    given = {"x": x} | {key: parameter.data for key, parameter in cell.named_parameters().items()}
    report = gradcheck.check_gradient(value, analytic, given)
    assert report.relative_error < 1e-7, report.per_parameter
    numeric = gradcheck.numerical_gradient(value, start)
    np.testing.assert_allclose(np.stack(dstart) if name == "LSTM" else dstart, states(numeric), atol=1e-8)


def test_where_weights_start():
    H = 6
    for name in LAYERS:
        made = LAYERS[name](3, H, bidirectional=True, rng=np.random.default_rng(0))
        for cell in made.cells:
            for block in np.hsplit(cell.weight_hidden.data, cell.gates):
                np.testing.assert_allclose(block.T @ block, np.eye(H), atol=1e-12)
            expected = np.zeros(cell.gates * H)
            if isinstance(cell, nn.LSTMCell):
                expected[H : 2 * H] = 1
            np.testing.assert_array_equal(cell.bias.data, expected)
        assert not np.array_equal(made.cells[0].weight_input.data, made.cells[1].weight_input.data)
    wide = nn.GRU(400, 50, rng=np.random.default_rng(0), init="xavier")
    assert wide.cells[0].weight_input.data.std() == pytest.approx(np.sqrt(2 / 450), rel=0.02)  # of one gate, not of all


def test_parameter_counts():
    """R-089's model: 38 characters, 128 units."""
    count = lambda made: sum(parameter.data.size for parameter in made.parameters())
    assert count(nn.LSTM(38, 128)) == 85_504
    assert count(nn.GRU(38, 128)) - 3 * 128 == 63_744
    assert list(nn.LSTM(2, 3, peephole=True).named_parameters()) == [
        "cells.0.weight_input", "cells.0.weight_hidden", "cells.0.bias", "cells.0.peephole"]


class Tagger(nn.Module):
    """A network of a lesson: characters to scores of the next one."""

    def __init__(self, rng):
        self.embed = nn.Embedding(5, 4, rng=rng)
        self.recurrent, self.scores = nn.GRU(4, 8, rng=rng), nn.Linear(8, 5, rng=rng)

    def forward(self, x):
        h, _ = self.recurrent(self.embed(x))
        return self.scores(h)

    def backward(self, dout):
        return self.embed.backward(self.recurrent.backward(self.scores.backward(dout)))


def test_training_lowers_the_loss_below_what_symbols_alone_tell():
    net = Tagger(np.random.default_rng(0))
    tokens = np.random.default_rng(1).integers(0, 5, (20, 12))
    y = np.roll(tokens, 2, axis=1)  # the symbol two steps back
    mask = np.tile(np.arange(12) >= 2, (20, 1))
    adam = optim.Adam(net.parameters(), lr=0.02)
    for _ in range(150):
        loss, dscores = ops.sequence_cross_entropy(net(tokens), y, mask)
        net.backward(dscores)
        adam.step()
        adam.zero_grad()
    assert loss < 0.1 * np.log(5)


class Last(nn.Module):
    """Many to one: scores of the last state."""

    def __init__(self):
        self.recurrent, self.scores = nn.LSTM(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.scores(self.recurrent(x, None)[0][:, -1])


def test_a_summary_counts_what_is_inside(capsys):
    Last().summary((12, 3))
    assert "(N, 12, 8)" in (said := capsys.readouterr().out) and "402" in said


def test_embedding_takes_whole_numbers_and_returns_no_gradient():
    layer = nn.Embedding(4, 3, rng=np.random.default_rng(0))
    out = layer(np.array([[0, 3], [3, 3]]))
    assert out.shape == (2, 2, 3) and layer.backward(np.ones((2, 2, 3))) is None
    np.testing.assert_array_equal(layer.weight.grad, np.array([[1], [0], [0], [3]]) * np.ones(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_kinds_of_numbers_stay(name, dtype):
    made = LAYERS[name](3, 4, bidirectional=True, dtype=dtype)
    out, _ = made(np.ones((2, 3, 3), dtype))
    assert out.dtype == made.backward(out).dtype == dtype
    assert all(parameter.grad.dtype == dtype for parameter in made.parameters())


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: nn.LSTM(3, 4)(np.ones((2, 3))), ValueError, r"LSTM\(3, 4\) got x of shape \(2, 3\), expected \(N, T, 3\)"),
    (lambda: nn.LSTM(3, 4)(np.ones((2, 5, 3)), np.ones((1, 2, 4))), TypeError, r"expected the pair \(h, c\)"),
    (lambda: nn.GRU(3, 4)(np.ones((2, 5, 3)), np.ones((2, 4))), ValueError, r"shape \(2, 4\), expected \(1, 2, 4\)"),
    (lambda: nn.RNNCell(3, 4)(np.ones((2, 5))), ValueError, r"RNNCell\(3, 4, activation='tanh'\) got x .*\(N, 3\)"),
    (lambda: nn.RNN(3, 4, nonlinearity="sigmoid"), ValueError, "'tanh', 'relu'"),
    (lambda: nn.RNN(3, 4).backward(np.ones((2, 5, 4))), RuntimeError, "no forward pass"),
])
def test_messages(call, error, words):
    with pytest.raises(error, match=words):
        call()


def lines(capsys, net, shape):
    net.summary(shape)
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_a_summary_shows_cells_within_a_layer_and_begins_with_an_embedding(capsys):
    table = lines(capsys, Tagger(np.random.default_rng(0)), 12)
    assert [row[0] for row in table[1:]] == ["input", "Embedding(5,", "GRU", "GRUCell(4,", "Linear(8,", "total"]
    assert "".join(table[4]).endswith("(N,12,8)312") and table[-1] == ["total", "377"]
    for row in lines(capsys, nn.LSTM(4, 3, 2, bidirectional=True), (7, 4))[2:-1]:
        assert "".join(row[2:5]) == "(N,7,3)"


@pytest.mark.parametrize("shape", [(7, 65), 7])
def test_a_summary_reads_rows_or_whole_numbers(capsys, shape):
    assert "".join(lines(capsys, nn.GRU(65, 8), shape)[2]).endswith("(N,7,8)1,776")


def test_a_summary_of_one_step(capsys):
    assert "".join(lines(capsys, nn.LSTMCell(3, 4), 3)[2]).endswith("(N,4)128")


@pytest.mark.parametrize("net, shape, said", [
    (lambda: nn.Sequential(nn.Embedding(4, 3), nn.Flatten(), nn.Linear(14, 2)), 5, r"Linear\(14, 2\) got x"),
    (lambda: nn.GRU(3, 4), (5, 4), r"GRU\(3, 4\) got x of shape \(1, 5, 4\)"),
    (lambda: nn.Linear(3, 4), 5, r"Linear\(3, 4\) got x of shape \(1, 5\)"),
])
def test_a_summary_that_does_not_fit_says_where(net, shape, said):
    with pytest.raises(ValueError, match=said):
        net().summary(shape)


def test_sequential_says_that_a_recurrent_layer_returns_two_things():
    with pytest.raises(TypeError, match=r"GRU\(3, 4\) returns 2 things, and Sequential hands on one"):
        nn.Sequential(nn.GRU(3, 4), nn.Linear(4, 2))(np.zeros((2, 5, 3)))
    states, last = nn.Sequential(nn.Embedding(5, 3), nn.GRU(3, 4))(np.zeros((2, 5), int))
    assert (states.shape, last.shape) == ((2, 5, 4), (1, 2, 4))

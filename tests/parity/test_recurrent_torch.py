"""Recurrent layers against PyTorch, gradients included: drawn sizes, layers, directions, lengths and starts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import imported

from course_lib import nn, ops

torch = imported("PyTorch")

DRAWN = settings(max_examples=40, deadline=None, derandomize=True)
DTYPES = [np.float64, np.float32]
#: our layer, PyTorch's, and where each of our blocks stands there
KINDS = {"tanh": (nn.RNN, torch.nn.RNN, (0,)), "relu": (nn.RNN, torch.nn.RNN, (0,)),
         "lstm": (nn.LSTM, torch.nn.LSTM, (0, 1, 2, 3)), "gru": (nn.GRU, torch.nn.GRU, (1, 0, 2))}


def close(given, expected, dtype):
    expected = expected.detach().numpy()
    assert given.shape == expected.shape and given.dtype == expected.dtype
    tolerance = {"rtol": 1e-9, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(given, expected, **tolerance)


def blocks(array, order):
    """Rows (gates H, ...) of PyTorch from our columns (..., gates H)."""
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[place] for place in order], axis=-1).T


def both(kind, D, H, layers, bidirectional, dtype, rng):
    """The same layer twice, with random weights."""
    ours, theirs, order = KINDS[kind]
    named = {"gru": {"convention": "pytorch"}, "tanh": {}, "lstm": {}}.get(kind, {"nonlinearity": kind})
    made = ours(D, H, layers, bidirectional=bidirectional, dtype=dtype, rng=rng, **named)
    other = theirs(D, H, layers, bidirectional=bidirectional, batch_first=True,
                   **({"nonlinearity": "relu"} if kind == "relu" else {}))
    other = other.to(torch.from_numpy(np.zeros(0, dtype)).dtype)
    state = {}
    for number, cell in enumerate(made.cells):
        for parameter in cell.parameters():
            parameter.data[...] = rng.standard_normal(parameter.data.shape) / 2
        end = f"l{number // made.directions}" + "_reverse" * (number % made.directions)
        state[f"weight_ih_{end}"] = blocks(cell.weight_input.data, order)
        state[f"weight_hh_{end}"] = blocks(cell.weight_hidden.data, order)
        state[f"bias_ih_{end}"] = blocks(cell.bias.data, order)
        hidden = np.zeros(len(order) * H, dtype)
        if kind == "gru":
            hidden[2 * H :] = cell.bias_hidden.data
        state[f"bias_hh_{end}"] = hidden
    other.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    return made, other, order


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
@DRAWN
@given(N=st.integers(1, 7), T=st.integers(1, 6), D=st.integers(1, 4), H=st.integers(1, 5), layers=st.integers(1, 3),
       bidirectional=st.booleans(), lengths=st.booleans(), started=st.booleans(), seed=st.integers(0, 999))
def test_layers(kind, dtype, N, T, D, H, layers, bidirectional, lengths, started, seed):
    rng = np.random.default_rng(seed)
    made, other, order = both(kind, D, H, layers, bidirectional, dtype, rng)
    x = rng.standard_normal((N, T, D)).astype(dtype)
    starts = rng.standard_normal((2, len(made.cells), N, H)).astype(dtype)
    state = (tuple(starts) if kind == "lstm" else starts[0]) if started else None
    mask = np.arange(T) < rng.integers(1, T + 1, (N, 1)) if lengths else None

    inputs = torch.tensor(x, requires_grad=True)
    begin = (tuple(map(torch.tensor, starts)) if kind == "lstm" else torch.tensor(starts[0])) if started else None
    given = inputs
    if lengths:
        given = torch.nn.utils.rnn.pack_padded_sequence(inputs, torch.tensor(mask.sum(axis=1)), True, False)
    expected, last = other(given, begin)
    if lengths:
        expected, _ = torch.nn.utils.rnn.pad_packed_sequence(expected, True, total_length=T)

    out, end = made(x, state, mask)
    dout = rng.standard_normal(out.shape).astype(dtype)
    if lengths:
        dout[~mask] = 0
    expected.backward(torch.tensor(dout))
    real = np.ones((N, T), bool) if mask is None else mask
    close(out[real], expected[torch.tensor(real)], dtype)
    for one, two in zip(end, last, strict=True) if kind == "lstm" else [(end, last)]:
        close(one, two, dtype)
    close(made.backward(dout), inputs.grad, dtype)
    for number, cell in enumerate(made.cells):
        name = f"l{number // made.directions}" + "_reverse" * (number % made.directions)
        grad = lambda part, name=name: getattr(other, f"{part}_{name}").grad
        close(blocks(cell.weight_input.grad, order), grad("weight_ih"), dtype)
        close(blocks(cell.weight_hidden.grad, order), grad("weight_hh"), dtype)
        close(blocks(cell.bias.grad, order), grad("bias_ih"), dtype)
        if kind == "gru":
            close(cell.bias_hidden.grad, grad("bias_hh")[2 * H :], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("N", [1, 4, 5, 32, 35])
@pytest.mark.parametrize("H", [64, 100, 128])
@pytest.mark.parametrize("kind", KINDS)
def test_characters(kind, H, N, dtype):
    """Sizes of a language model: every way in which products are computed, one-hot rows as whole numbers."""
    V, T, rng = 65, 6, np.random.default_rng(0)
    made, other, order = both(kind, V, H, 1, False, dtype, rng)
    for cell in made.cells:
        for parameter in cell.parameters():
            parameter.data *= 2 / np.sqrt(H)
    for parameter in other.parameters():
        parameter.data *= 2 / np.sqrt(H)
    tokens = rng.integers(0, V, (N, T))
    expected, _ = other(torch.tensor(np.eye(V, dtype=dtype)[tokens]))
    out, _ = made(tokens)
    close(out, expected, dtype)
    dout = (rng.standard_normal(out.shape) / N).astype(dtype)
    expected.backward(torch.tensor(dout))
    assert made.backward(dout) is None
    cell = made.cells[0]
    close(blocks(cell.weight_input.grad, order), other.weight_ih_l0.grad, dtype)
    close(blocks(cell.weight_hidden.grad, order), other.weight_hh_l0.grad, dtype)
    close(blocks(cell.bias.grad, order), other.bias_ih_l0.grad, dtype)


@pytest.mark.parametrize("kind", ["tanh", "lstm", "gru"])
@DRAWN
@given(N=st.integers(1, 6), D=st.integers(1, 4), H=st.integers(1, 5), seed=st.integers(0, 999))
def test_cells(kind, N, D, H, seed):
    rng = np.random.default_rng(seed)
    made, other, _ = both(kind, D, H, 1, False, np.float64, rng)
    theirs = {"tanh": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[kind](D, H).double()
    theirs.load_state_dict({name.removesuffix("_l0"): value for name, value in other.state_dict().items()})
    x, states = rng.standard_normal((N, D)), rng.standard_normal((2, N, H))
    inputs, begin = torch.tensor(x, requires_grad=True), torch.tensor(states, requires_grad=True)
    expected = theirs(inputs, tuple(begin) if kind == "lstm" else begin[0])
    new = made.cells[0](x, tuple(states) if kind == "lstm" else states[0])
    slopes = rng.standard_normal((2, N, H))
    pairs = list(zip(new, expected, strict=True)) if kind == "lstm" else [(new, expected)]
    for one, two in pairs:
        close(one, two, np.float64)
    sum((two * torch.tensor(slope)).sum() for (_, two), slope in zip(pairs, slopes, strict=False)).backward()
    dx, start = made.cells[0].backward(tuple(slopes) if kind == "lstm" else slopes[0])
    close(dx, inputs.grad, np.float64)
    for one, two in zip(start if kind == "lstm" else [start], begin.grad, strict=False):
        close(one, two, np.float64)


@DRAWN
@given(N=st.integers(1, 4), T=st.integers(1, 5), V=st.integers(2, 6), D=st.integers(1, 4), seed=st.integers(0, 999))
def test_embedding_and_loss(N, T, V, D, seed):
    rng = np.random.default_rng(seed)
    layer, other = nn.Embedding(V, D), torch.nn.Embedding(V, D).double()
    layer.weight = other.weight.detach().numpy()
    tokens, y = rng.integers(0, V, (2, N, T))
    mask = np.arange(T) < rng.integers(1, T + 1, (N, 1))
    out, expected = layer(tokens), other(torch.tensor(tokens))
    close(out, expected, np.float64)
    dout = rng.standard_normal(out.shape)
    expected.backward(torch.tensor(dout))
    layer.backward(dout)
    close(layer.weight.grad, other.weight.grad, np.float64)
    scores = torch.tensor(rng.standard_normal((N, T, V)), requires_grad=True)
    target = torch.tensor(np.where(mask, y, -100))
    loss = torch.nn.functional.cross_entropy(scores.reshape(-1, V), target.reshape(-1))
    loss.backward()
    ours, dscores = ops.sequence_cross_entropy(scores.detach().numpy(), y, mask)
    assert ours == pytest.approx(float(loss.detach()), rel=1e-12)
    close(dscores, scores.grad, np.float64)

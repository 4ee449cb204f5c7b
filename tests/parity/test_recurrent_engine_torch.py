"""Whole training runs of `recurrent` against PyTorch: carried states, clipping, Adam, masks."""

import numpy as np
import pytest
from needs import imported

from course_lib import ops, recurrent

torch = imported("PyTorch")

TEXT = "".join(np.random.default_rng(3).choice(list("abcdefg \n"), 900))
TOLERANCE = {np.float64: 1e-9, np.float32: 2e-4}


class Theirs(torch.nn.Module):
    """The cell and the outputs of a run, from the same start. The GRU in the course's convention is written out."""

    def __init__(self, run):
        super().__init__()
        self.cell, H = run.net.cell, run.net.hidden
        params = {name: torch.tensor(value) for name, value in run.params.items()}
        self.params = torch.nn.ParameterDict(params)
        self.hidden = H

    def forward(self, x, state=None):
        p, h_all = self.params, []
        zeros = x.new_zeros(len(x), self.hidden)
        h, c = (zeros, zeros) if state is None else state
        H = self.hidden
        for t in range(x.shape[1]):
            z = x[:, t] @ p["W"] + p["b"]
            if self.cell == "rnn":
                h = torch.tanh(z + h @ p["U"])
            elif self.cell == "lstm":
                i, f, g, o = (z + h @ p["U"]).chunk(4, dim=1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            else:
                gates = torch.sigmoid(z[:, : 2 * H] + h @ p["U"][:, : 2 * H])
                update, reset = gates.chunk(2, dim=1)
                k = torch.tanh(z[:, 2 * H :] + (reset * h) @ p["U"][:, 2 * H :])
                h = (1 - update) * h + update * k
            h_all.append(h)
        return torch.stack(h_all, dim=1), (h, c)

    def outputs(self, h):
        return h @ self.params["Wy"] + self.params["by"]

    def compare(self, run, dtype):
        for name, value in run.params.items():
            np.testing.assert_allclose(value, self.params[name].detach().numpy(), rtol=0,
                                       atol=TOLERANCE[dtype] * np.abs(value).max(), err_msg=name)


def one_hot(tokens, V, dtype):
    return torch.tensor(np.eye(V, dtype=dtype)[tokens])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("hidden", "batch"), [(6, 3), (40, 27)])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_ten_steps_on_a_text(cell, hidden, batch, dtype):
    settings = dict(length=5, batch=batch, lr=0.01, clip=0.005, val=0, dtype=dtype)
    theirs = Theirs(recurrent.train_text(TEXT, cell, hidden, steps=0, **settings))
    run = recurrent.train_text(TEXT, cell, hidden, steps=10, **settings)
    X, y = ops.chunks(ops.encode(TEXT, ops.vocabulary(TEXT)[1]), batch, 5)
    optimizer, losses, state = torch.optim.Adam(theirs.parameters(), lr=0.01), [], None
    for step in range(10):
        place = step % len(X)
        if place == 0:
            state = None
        h, state = theirs(one_hot(X[place], 9, dtype), state)
        state = tuple(part.detach() for part in state)
        loss = torch.nn.functional.cross_entropy(theirs.outputs(h).flatten(0, 1), torch.tensor(y[place]).flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.005)
        optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(run.loss, losses, rtol=TOLERANCE[dtype])
    theirs.compare(run, dtype)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("task", ["number", "class", "tags"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_four_passes_over_sequences_of_several_lengths(cell, task, dtype):
    rng, n, T = np.random.default_rng(0), 11, 7
    X, mask = rng.standard_normal((n, T, 3)), np.arange(T) < rng.integers(1, T + 1, n)[:, None]
    y = {"number": rng.standard_normal(n), "class": rng.integers(0, 4, n), "tags": rng.integers(0, 4, (n, T))}[task]
    settings = dict(cell=cell, hidden=5, task=task, mask=mask, batch=n, rule="sgd", lr=0.3, clip=None, dtype=dtype)
    theirs = Theirs(recurrent.train(X, y, epochs=0, **settings))
    run = recurrent.train(X, y, epochs=4, **settings)
    optimizer, losses, x = torch.optim.SGD(theirs.parameters(), lr=0.3), [], torch.tensor(X.astype(dtype))
    last, target = torch.tensor(mask.sum(axis=1) - 1), torch.tensor(y.astype(dtype) if task == "number" else y)
    for _ in range(4):
        h, _ = theirs(x)
        if task == "tags":
            keep = torch.tensor(mask)
            loss = torch.nn.functional.cross_entropy(theirs.outputs(h[keep]), target[keep])
        else:
            out = theirs.outputs(h[torch.arange(n), last])
            loss = ((out[:, 0] - target) ** 2).mean() if task == "number" else (
                torch.nn.functional.cross_entropy(out, target))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    np.testing.assert_allclose(run.loss, losses, rtol=TOLERANCE[dtype])
    theirs.compare(run, dtype)

"""Numbers behind chapter 09: each function reproduces one published or announced result and returns it.

The chapter prints them, and the tests compare them with the targets. What takes longer than a cell may has been run
once, and its numbers stand in `measured`.
"""

import numpy as np

from course_lib import datasets, ops, recurrent
from course_lib.chapters.ch09_recurrent.instruments import length_left as length_left
from course_lib.gradcheck import numerical_gradient

# --- shapes and gradients ---


def shapes(N: int = 10, D: int = 3, H: int = 5, V: int = 2, T: int = 4, T_lstm: int = 7) -> dict:
    """Shapes of a plain network and of an LSTM, forward and backward, in the sizes of a book."""
    rng = np.random.default_rng(0)
    x, Wx, Wh, b = (rng.normal(size=shape) for shape in ((N, T, D), (D, H), (H, H), (H,)))
    Wy, by = rng.normal(size=(H, V)), rng.normal(size=V)
    h, cache = ops.rnn_forward(x, Wx, Wh, b)
    dx, dh0, dWx, dWh, db = ops.rnn_backward(rng.normal(size=h.shape), cache)
    found = {"h": h, "y": h @ Wy + by, "dx": dx, "dh0": dh0, "dWx": dWx, "dWh": dWh, "db": db}
    x, W, U, b = (rng.normal(size=shape) for shape in ((N, T_lstm, D), (D, 4 * H), (H, 4 * H), (4 * H,)))
    h, c, cache = ops.lstm_forward(x, W, U, b)
    names = "dx", "dh0", "dc0", "dW", "dU", "db"
    found |= {"LSTM h": h, "LSTM c": c}
    found |= {f"LSTM {name}": part for name, part in zip(names, ops.lstm_backward(h, cache), strict=True)}
    return {name: part.shape for name, part in found.items()}


def _relative_error(loss, arrays, analytic) -> float:
    """||a - n|| / (||a|| + ||n||) over all gradients; loss(*arrays) -> number."""
    numeric = [numerical_gradient(lambda changed, k=k: loss(*arrays[:k], changed, *arrays[k + 1:]), given)
               for k, given in enumerate(arrays)]
    a, n = (np.concatenate([np.ravel(part) for part in parts]) for parts in (analytic, numeric))
    return float(np.linalg.norm(a - n) / (np.linalg.norm(a) + np.linalg.norm(n)))


def _library_forward(x, h0, Wx, Wh, b):
    return ops.rnn_forward(x, Wx, Wh, b, h0)[0]


def _library_backward(dh, x, h0, h, Wx, Wh):
    _, cache = ops.rnn_forward(x, Wx, Wh, np.zeros(len(Wh)), h0)
    return ops.rnn_backward(dh, cache._replace(h=np.concatenate([h0[None], h.swapaxes(0, 1)])))


def rnn_gradient_error(forward=_library_forward, backward=_library_backward, seed: int = 0) -> float:
    """How far gradients through six steps lie from central differences; forward and backward as in 9.2 and 9.3."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in ((2, 6, 3), (2, 4), (3, 4), (4, 4), (4,))]
    x, h0, Wx, Wh, _ = arrays
    h = forward(*arrays)
    dh = rng.normal(size=h.shape)
    return _relative_error(lambda *arrays: float(np.sum(dh * forward(*arrays))), arrays, backward(dh, x, h0, h, Wx, Wh))


def printed_lstm_errors(seed: int = 0) -> dict:
    """Relative errors of three lines of an LSTM's backward pass as a book prints them.

    10 samples, 5 units, all scores and gradients standard normal; the compared gradients are those of the scores of g
    and i and of the old cell.
    """
    rng = np.random.default_rng(seed)
    z_i, z_f, z_g, z_o, c, dh, dc = rng.normal(size=(7, 10, 5))

    def loss(z_g, z_i, c):
        cell = ops.sigmoid(z_f) * c + ops.sigmoid(z_i) * np.tanh(z_g)
        return float(np.sum(dc * cell) + np.sum(dh * ops.sigmoid(z_o) * np.tanh(cell)))

    i, f, g, o = ops.sigmoid(z_i), ops.sigmoid(z_f), np.tanh(z_g), ops.sigmoid(z_o)
    squashed = np.tanh(f * c + i * g)
    printed = {
        "dg": dc * i + o * (1 - squashed**2 * i * dh) * (1 - g**2),
        "di": dc * g + o * (1 - squashed**2 * g * dh) * i * (1 - i),
        "dc_prev": dc * (f + o) * (1 - squashed) ** 2 * f * dh,
    }
    arrays, errors = (z_g, z_i, c), {}
    for k, (name, analytic) in enumerate(printed.items()):
        one = lambda changed, k=k: loss(*arrays[:k], changed, *arrays[k + 1:])
        errors[name] = _relative_error(one, [arrays[k]], [analytic])
    return errors


# --- what is left of a gradient ---


def added(cell: str, length: int, seed: int = 0, hidden: int = 32, epochs: int = 30, n: int = 2000) -> float:
    """Mean squared error of a trained cell in the adding problem, on new sequences; 1 is that of always saying 1."""
    X, y = datasets.adding_problem(n + 500, length, rng=seed)
    run = recurrent.train(X[:n], y[:n], cell, hidden, epochs=epochs, lr=0.005, seed=seed)
    return float(np.mean((run.predict(X[n:]) - y[n:]) ** 2) / np.mean((1 - y[n:]) ** 2))


# --- characters ---

#: Units with which the three cells have about as many parameters, and the rate at which each learns best of
#: 0.002, 0.004, 0.008, 0.016 (seed 9, which no result uses).
EQUAL = {"rnn": (284, 0.004), "lstm": (128, 0.016), "gru": (152, 0.008)}


def hidden_for(cell: str, parameters: int, D: int) -> int:
    """Units with which a cell has about so many parameters, on D inputs."""
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    count = lambda H: gates * H * (D + H + 1)
    return min(range(1, 1000), key=lambda H: abs(count(H) - parameters))


def compared(cell: str, seed: int = 0, steps: int = 1500) -> float:
    """Held-out nats a character of the play, all cells with about as many parameters."""
    hidden, lr = EQUAL[cell]
    return float(recurrent.train_text(datasets.shakespeare(), cell, hidden, steps=steps, lr=lr, seed=seed).val_loss[-1])


def lowered(seed: int = 0) -> tuple[float, float]:
    """Held-out nats of a GRU of 128 units after 1,500 steps, and after 700 more at a fifth of the rate."""
    play, runs = datasets.shakespeare(), []
    for steps, lr in ((1500, 0.005), (700, 0.001)):
        runs.append(recurrent.train_text(play, "gru", steps=steps, lr=lr, seed=seed, after=runs[-1] if runs else None))
    return tuple(float(run.val_loss[-1]) for run in runs)


def published_rnn(rule: str = "sgd", seed: int = 0) -> float:
    """Nats a character, the mean of the last 40 steps of 100, of a plain network as a book trains it.

    128 units, one row of text, 25 characters a step, gradients of the sum over these cut at 5, which is 0.2 of their
    mean. "sgd" at the rate 0.001 of the sum, 300,000 characters; "adagrad" at 0.1, 75,000 characters.
    """
    steps, lr = {"sgd": (12_000, 0.025), "adagrad": (3000, 0.1)}[rule]
    run = recurrent.train_text(datasets.shakespeare(), "rnn", 128, batch=1, steps=steps, rule=rule, lr=lr, clip=0.2,
                               seed=seed)
    return float(run.loss[-1000:].mean())


def entropy(p) -> float:
    """Mean bits of rows of probabilities."""
    return float(np.mean(-np.sum(p * np.log2(np.maximum(p, 1e-300)), axis=1)))


def entropies(run, text: str, temperatures=(0.2, 0.5, 1.0, 1.5)) -> dict:
    """Mean bits that a run leaves open over a text, at each temperature, and with a softmax of its probabilities."""
    p = run.read(text)["probabilities"].astype(np.float64)
    found = {T: entropy(ops.temperature_softmax(np.log(p), T)) for T in temperatures}
    return found | {"softmax twice": entropy(ops.softmax(p))}


def word_cell(run, text: str) -> tuple[int, float]:
    """The unit whose state says best whether the network is within a word, and its correlation with that."""
    within = np.array([character.isalpha() for character in text])
    r = np.array([np.corrcoef(unit, within)[0, 1] for unit in run.read(text)["h"].astype(np.float64).T])
    best = int(np.abs(r).argmax())
    return best, float(r[best])


def bigram(tokens, V: int) -> np.ndarray:
    """(V, V) ln p of the next token after each, counted; every pair once more than it came."""
    counts = np.ones((V, V))
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


# --- other sequences ---


def forecast(seed: int = 0, n: int = 300, last: int = 60, length: int = 24, hidden: int = 16) -> dict:
    """Root mean squared errors on the last values of a seasonal series, each forecast from those before it.

    A GRU reads two seasons of standardized values and learns the change against twelve steps ago.

    Returns
    -------
    {"GRU", "as twelve steps ago", "true mean": errors}; the last one is the noise of the series
    """
    series = datasets.seasonal_series(n, rng=seed)
    mean, sd = series[:-last].mean(), series[:-last].std()
    windows = np.lib.stride_tricks.sliding_window_view((series - mean) / sd, length + 1)
    X, year_ago, target = windows[:, :length, None], windows[:, length - 12], windows[:, length]
    run = recurrent.train(X[:-last], (target - year_ago)[:-last], "gru", hidden, epochs=100, lr=0.005, seed=seed)
    said = year_ago[-last:] + run.predict(X[-last:])
    noise = series - datasets.seasonal_series(n, noise=0.0)
    error = lambda difference: float(np.sqrt(np.mean(difference**2)))
    return {"GRU": sd * error(said - target[-last:]), "as twelve steps ago": sd * error((year_ago - target)[-last:]),
            "true mean": error(noise[-last:])}


def other_tasks(seed: int = 0) -> dict:
    """Shares right of a GRU that reads digits row by row, and of two that tag: on 20 steps as trained, and on 100."""
    digits = datasets.digits8()
    rows = lambda X: X.reshape(-1, 8, 8)
    run = recurrent.train(rows(digits.X_train), digits.y_train, "gru", 32, task="class", epochs=30, seed=seed)
    found = {"digits, row by row": run.accuracy(rows(digits.X_test), digits.y_test)}
    for name, make in (("odd or even", datasets.parity), ("open brackets", datasets.brackets)):
        run = recurrent.train(*make(1000, 20, rng=seed), "gru", 16, task="tags", epochs=30, seed=seed)
        found |= {f"{name}, {T} steps": run.accuracy(*make(200, T, rng=seed + 1)) for T in (20, 100)}
    return found

"""Cases to be examined in chapter 05: what is seen of a network, without the line that went wrong."""

from functools import cache
from itertools import pairwise

import numpy as np

from course_lib import datasets, dense, ops

IMAGES = 600
SIZES = (64, 48, 48, 48, 48, 48, 10)


def digits():
    """The images and labels that all cases share."""
    split = datasets.digits8()
    return split.X_train[:IMAGES], split.y_train[:IMAGES]


def scaled(gain):
    """The start N(0, gain^2 / fan_in) as a function (rng, fan_in, fan_out)."""
    return lambda rng, fan_in, fan_out: gain / np.sqrt(fan_in) * rng.standard_normal((fan_in, fan_out))


def network(sizes, start, bias=0.0, seed=0):
    """[(W, b), ...] from one start; `bias` for the hidden layers, the scores begin with biases 0."""
    rng = np.random.default_rng(seed)
    layers = [(start(rng, n, m), np.full(m, bias)) for n, m in pairwise(sizes)]
    return [*layers[:-1], (layers[-1][0], np.zeros(sizes[-1]))]


#: The starts that are suspected, and the bias of the hidden layers: letter -> (start, bias).
SUSPECTS = {
    "A": (ops.INITIALIZERS["zeros"], 0.0),
    "B": (lambda rng, n, m: np.full((n, m), 0.1), 0.0),
    "C": (ops.INITIALIZERS["small_normal"], 0.0),
    "D": (lambda rng, n, m: rng.standard_normal((n, m)), 0.0),
    "E": (lambda rng, n, m: rng.uniform(0, 0.3, (n, m)), 0.0),
    "F": (ops.INITIALIZERS["he_normal"], -1.0),
}
#: Which of them each network had.
CULPRITS = {1: "C", 2: "F", 3: "E", 4: "A", 5: "D", 6: "B"}


@cache
def symptoms() -> dict:
    """Network -> first loss, spread of the first and of the fifth hidden layer, share of dead and number of different
    units in the fifth, loss after 20 epochs."""
    return {number: _seen(*SUSPECTS[letter]) for number, letter in CULPRITS.items()}


def _seen(start, bias) -> dict:
    X, y = digits()
    params = network(SIZES, start, bias)
    scores, _ = ops.mlp_forward(X, params, "relu", "identity")
    hidden = hidden_layers(X, params)
    run = dense.train(SIZES, X, y, hidden="relu", loss="cross_entropy", lr=0.05, epochs=20, batch_size=20, rng=0,
                      params=params)
    return {
        "first loss": ops.cross_entropy(scores, y), "spread 1": hidden[0].std(), "spread 5": hidden[-1].std(),
        "dead": float((hidden[-1] <= 0).all(axis=0).mean()),
        "different": np.unique(hidden[-1].round(12), axis=1).shape[1], "last loss": run.loss[-1],
    }


def hidden_layers(X, params) -> list:
    """The outputs of all hidden ReLU layers."""
    layers = []
    for W, b in params[:-1]:
        X = ops.relu(X @ W + b)
        layers.append(X)
    return layers


#: The gain of the network whose errors are shown.
GAIN = 1.1


@cache
def errors_by_layer(gain=GAIN, layers=20, width=128) -> np.ndarray:
    """(layers - 1,) spread of the error at the scores of each hidden layer of a ReLU net, on the digits."""
    X, y = digits()
    params = network((64, *[width] * (layers - 1), 10), scaled(gain), seed=1)
    scores, _ = ops.mlp_forward(X, params, "relu", "identity")
    error = (ops.softmax(scores) - ops.one_hot(y, 10)) / len(y)
    spreads = []
    for (W, _), outputs in zip(params[:0:-1], hidden_layers(X, params)[::-1], strict=True):
        error = error @ W.T * (outputs > 0)
        spreads.append(error.std())
    return np.array(spreads[::-1])


@cache
def broken_pass() -> tuple:
    """Names and arrays of one pass in float32, forwards and the first step back, in the order of computation."""
    X, y = digits()
    params = network((64, 48, 48, 48, 10), lambda rng, n, m: rng.uniform(0, 0.3, (n, m)))
    seen, a = {"X": X.astype(np.float32)}, X.astype(np.float32)
    with np.errstate(all="ignore"):
        for number, (W, b) in enumerate(params, 1):
            z = seen[f"z{number}"] = a @ W.astype(np.float32) + b.astype(np.float32)
            if number < len(params):
                a = seen[f"a{number}"] = np.maximum(z, 0)
        e = seen["e"] = np.exp(z)
        total = seen["total"] = e.sum(axis=1, keepdims=True)
        p = seen["p"] = e / total
        seen["loss"] = -np.log(p[np.arange(len(y)), y]).mean(keepdims=True)
        dz = seen["dz"] = (p - ops.one_hot(y, 10).astype(np.float32)) / len(y)
        seen["dW"] = a.T @ dz
    return tuple(seen), tuple(seen.values())

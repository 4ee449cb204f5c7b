"""How the answers of chapter 07 are put to work; see `exercises/adapters.py`."""

import io

import numpy as np


def l2_penalty(answer, params, lam):
    """The penalty, then the gradients of weights and of biases, layer by layer."""
    penalty, gradients = answer(list(params), lam)
    if len(gradients) != len(params):
        raise ValueError(f"{len(params)} layers, but {len(gradients)} pairs of gradients")
    dW, db = zip(*gradients, strict=True)
    return penalty, dW, db


def with_biases(l2_penalty):
    """The library's penalty of weight matrices as one of layers, whose biases have slope zero."""

    def answer(params, lam):
        penalty, gradients = l2_penalty([W for W, _ in params], lam)
        return penalty, [(dW, np.zeros_like(b)) for dW, (_, b) in zip(gradients, params, strict=True)]

    return answer


def output_alone(dropout_forward):
    """The library's dropout without its cache."""
    return lambda x, rate, u, train: dropout_forward(x, rate, u, train)[0]


def without_cache(batchnorm_forward):
    """The library's batch normalization with what the exercise asks for."""

    def answer(*arguments):
        out, _, running_mean, running_var = batchnorm_forward(*arguments)
        return out, running_mean, running_var

    return answer


def load_weights(answer, params):
    """Write a network of layers 1, 2, ... to a file in memory, with its names in no order, and have it read."""
    named = [(name, array) for k, (W, b) in enumerate(params, 1) for name, array in ((f"b{k}", b), (f"W{k}", W))]
    file = io.BytesIO()
    np.savez(file, **dict(named[::-1]))
    file.seek(0)
    loaded = answer(file)
    return tuple(np.asarray(W) for W, _ in loaded), tuple(np.asarray(b) for _, b in loaded)

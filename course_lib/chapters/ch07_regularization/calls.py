"""How the answers of chapter 07 are put to work; see `exercises/adapters.py`."""

import io

import numpy as np


def _word(value):
    """What somebody has handed back instead, in a word or two."""
    if value is None:
        return "None, usually because the `return` line is missing"
    if isinstance(value, tuple | list):
        return f"{len(value)} of them"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    return "a number" if isinstance(value, float | int | np.number | np.ndarray) else f"a {type(value).__name__}"


def _layers(pairs, names):
    """The first and the second of each pair of arrays; whatever else comes is named."""
    if not isinstance(pairs, tuple | list):
        raise TypeError(f"a list of pairs {names} is expected, got {_word(pairs)}")
    for k, pair in enumerate(pairs, 1):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"layer {k} of your list is no pair {names}: {_word(pair)}")
        for name, value in zip(names.strip("()").split(", "), pair, strict=True):
            if value is None or isinstance(value, str):
                raise TypeError(f"{name} of layer {k} is {value!r:.20}, expected an array")
            if np.ndim(value) != 2 - (name[-1] == "b"):
                raise TypeError(f"{name} of layer {k} has shape {np.shape(value)}, expected "
                                f"{'one number a unit' if name[-1] == 'b' else 'a table'}")
    return tuple(tuple(np.asarray(pair[k]) for pair in pairs) for k in range(2))


def l2_penalty(answer, params, lam):
    """The penalty, then the gradients of weights and of biases, layer by layer."""
    given = answer(list(params), lam)
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise TypeError(f"two results are expected, the penalty and the gradients; got {_word(given)}")
    penalty, gradients = given
    if not isinstance(gradients, tuple | list):
        raise TypeError(f"the second result is {_word(gradients)}; there the gradients are expected")
    dW, db = _layers(gradients, "(dW, db)")
    if len(dW) != len(params):
        raise ValueError(f"the network has {len(params)} layers, your list {len(dW)}; "
                         "a `return` inside of the loop ends it early")
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


def from_mask(dropout_backward):
    """The library's way back with mask and rate in place of its cache."""
    return lambda dout, mask, rate, train: dropout_backward(dout, mask / (1 - rate) if train else None)


def from_statistics(batchnorm_backward):
    """The library's way back, in training, with the three arrays of its cache."""
    return lambda dout, xhat, gamma, sd: batchnorm_backward(dout, (xhat, gamma, sd, True, xhat.shape))


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
    weights, biases = _layers(answer(file), "(W, b)")
    if len(weights) > len(params):
        raise ValueError(f"the file has {len(params)} layers, your list {len(weights)}")
    return weights, biases

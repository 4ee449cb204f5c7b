"""Neurons, fully connected layers, and small networks of them, forward and backward."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from course_lib.ops.activations import activation_named, softmax, softmax_backward
from course_lib.validate import as_array, as_float, as_layers, as_rows, finite, rate, same_kind, whole_number, yes_or_no

__all__ = [
    "add_bias_column",
    "affine_backward",
    "affine_forward",
    "count_parameters",
    "error_split",
    "mlp_backward",
    "mlp_forward",
    "neuron",
]

#: Activations whose backward function takes the output; all others take the input z.
_CACHE_OUTPUT = ("sigmoid", "tanh", "softmax")


# ---- one neuron --------------------------------------------------------------------------------------------


def neuron(x, w, b, activation="identity"):
    """Output of one neuron: a weighted sum, then an activation.

    z = w.x + b = w_1 x_1 + ... + w_D x_D + b,  a = g(z)    (3.1)

    Parameters
    ----------
    x : (D,) one sample or (N, D) samples
    w : (D,) weights
    b : float, bias, or None for a neuron without
    activation : str, a name of `ACTIVATIONS`

    Returns
    -------
    a : number for one sample, (N,) array for samples
    """
    x, w = as_float(x, "x"), as_float(w, "w")
    if w.ndim != 1 or x.ndim not in (1, 2) or x.shape[-1] != w.size:
        raise ValueError(f"x must have shape ({w.size},) or (N, {w.size}) for w of shape {w.shape}, got {x.shape}.")
    z = x @ w
    if b is not None:
        b = as_float(b, "b")
        if b.size != 1:
            raise ValueError(f"b has shape {b.shape}, expected one number: a neuron has one bias.")
        z = z + z.dtype.type(b.item())
    return activation_named(activation).forward(z)


def add_bias_column(X):
    """Put a column of ones before the features, so that the bias becomes weight number 0.

    z = w_0 x_0 + w_1 x_1 + ... + w_D x_D with x_0 = 1 and w_0 = b    (3.2)

    Parameters
    ----------
    X : (N, D)

    Returns
    -------
    (N, D+1)
    """
    X = as_rows(X, "X")
    return np.hstack([np.ones((len(X), 1), X.dtype), X])


# ---- one layer ---------------------------------------------------------------------------------------------


def _weights(x, W, b):
    """W (D, M) and b (M,) as float arrays that fit x."""
    W = as_float(W, "W")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (N, D), got {x.shape}. One sample alone is a row: x[None, :].")
    features = int(np.prod(x.shape[1:]))
    if W.ndim != 2 or W.shape[0] != features:
        turned = W.ndim == 2 and W.shape[1] == features and np.shape(b) != (features,)  # b tells where the outputs are
        cause = " W is transposed: the course stores (inputs, outputs)." if turned else ""
        raise ValueError(f"x of shape {x.shape} has {features} features a sample, so W must have shape "
                         f"({features}, M), got {W.shape}.{cause}")
    if b is None:
        return W, None
    b = as_float(b, "b")
    if b.shape != (W.shape[1],):
        raise ValueError(f"W of shape {W.shape} has {W.shape[1]} outputs, so b must have shape ({W.shape[1]},), "
                         f"got {b.shape}.")
    return W, b


def affine_forward(x, W, b):
    """Fully connected layer: every output sees every input.

    out = x W + b    (4.3)

    Parameters
    ----------
    x : (N, D), or (N, d1, d2, ...) whose samples are flattened row by row to D = d1 d2 ...
    W : (D, M) weights
    b : (M,) biases, or None for a layer without

    Returns
    -------
    out : (N, M)
    cache : (x, W), what `affine_backward` needs

    Raises
    ------
    ValueError
        When the shapes do not fit; the usual cause is a transposed W.
    """
    x = as_float(x, "x")
    W, b = _weights(x, W, b)
    out = x.reshape(len(x), len(W)) @ W
    return (out if b is None else out + b), (x, W)


def affine_backward(dout, cache):
    """Gradients of a fully connected layer.

    dx = dout W^T    (4.49)
    dW = x^T dout    (4.50)
    db = sum of the rows of dout    (4.51)

    Any 1/N is already in dout: it belongs to the loss.

    Parameters
    ----------
    dout : (N, M) gradient of the loss with respect to the output
    cache : (x, W) from `affine_forward`

    Returns
    -------
    dx : shape of x
    dW : (D, M)
    db : (M,)
    """
    x, W = as_float(cache[0], "x"), as_float(cache[1], "W")
    if x.ndim < 2 or W.ndim != 2 or x.size != len(x) * len(W):
        _weights(x, W, None)  # says what does not fit
    dout, x, W = same_kind(as_float(dout, "dout"), x, W)
    if dout.shape != (len(x), W.shape[1]):
        raise ValueError(f"dout must have the shape of the layer's output, ({len(x)}, {W.shape[1]}), got {dout.shape}.")
    return (dout @ W.T).reshape(x.shape), x.reshape(len(x), len(W)).T @ dout, dout.sum(axis=0)


# ---- a network ---------------------------------------------------------------------------------------------


def _forward_activation(name, z):
    return softmax(z) if name == "softmax" else activation_named(name).forward(z)


def _through_activation(name, dout, z, a):
    backward = softmax_backward if name == "softmax" else activation_named(name).backward
    return backward(dout, a if name in _CACHE_OUTPUT else z)


def mlp_forward(X, params, hidden="tanh", output="identity"):
    """Feed-forward network of L layers; the input is layer 0.

    a_0 = X;  z_l = a_(l-1) W_l + b_l,  a_l = g_l(z_l),  l = 1..L    (4.2)

    Parameters
    ----------
    X : (N, D) samples
    params : [(W1, b1), ..., (WL, bL)]; a bias may be None
    hidden : str, activation of layers 1..L-1
    output : str, activation of layer L, or "softmax"

    Returns
    -------
    out : (N, K) the last activations a_L
    cache : what `mlp_backward` needs: the layers with z and a, and the names of the activations
    """
    params = as_layers(params)
    a = as_float(X, "X")
    layers = []
    for number, (W, b) in enumerate(params, 1):
        name = output if number == len(params) else hidden
        try:
            z, affine_cache = affine_forward(a, W, b)
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from None
        a = _forward_activation(name, z)
        layers.append((affine_cache, z, a, name))
    return a, layers


def mlp_backward(dout, cache, with_dX=False):
    """Back-propagation through the network of `mlp_forward`.

    D_L = dout o g_L'(z_L)    (4.54)
    D_l = (D_(l+1) W_(l+1)^T) o g_l'(z_l)    (4.55)
    dW_l = a_(l-1)^T D_l    (4.56)
    db_l = sum of the rows of D_l    (4.57)

    with o the product entry by entry. Each multiplication by g'(z) is the chain rule at an activation:
    dz = da o g'(z)    (4.7)

    Parameters
    ----------
    dout : (N, K) gradient of the loss with respect to the network's output a_L
    cache : from `mlp_forward`
    with_dX : bool, whether to return the gradient with respect to the input X as well

    Returns
    -------
    [(dW1, db1), ..., (dWL, dbL)], or with `with_dX` the pair of this list and dX, of the shape of X
    """
    if not (isinstance(cache, list) and cache and all(isinstance(layer, tuple) and len(layer) == 4 for layer in cache)):
        raise TypeError(f"cache is {type(cache).__name__}, expected what mlp_forward returns second: out, cache = "
                        "mlp_forward(...). Usual cause: the pair (out, cache) itself, or dout and cache exchanged.")
    gradients = []
    for affine_cache, z, a, name in reversed(cache):
        delta = _through_activation(name, dout, z, a)
        dout, dW, db = affine_backward(delta, affine_cache)
        gradients.append((dW, db))
    return (gradients[::-1], dout) if with_dX else gradients[::-1]


def count_parameters(sizes: Sequence[int], bias: bool = True) -> int:
    """Number of weights and biases of a fully connected network.

    P = sum_l (n_(l-1) + 1) n_l    (4.1)

    Parameters
    ----------
    sizes : units of layer 0 (the input) to layer L
    bias : whether the layers have biases (else the + 1 falls away)

    Returns
    -------
    int
    """
    if as_array(sizes, "sizes").ndim != 1 or len(sizes) < 2:
        raise ValueError(f"sizes needs the input and at least one layer, such as (2, 3, 1), got {sizes}.")
    sizes = [whole_number(size, f"sizes[{place}]") for place, size in enumerate(sizes)]
    bias = yes_or_no(bias, "bias")
    return sum((before + bias) * after for before, after in pairwise(sizes))


def error_split(weights, error=1.0):
    """Share an output error out in proportion to the weights: a heuristic, not a gradient.

    e_i = w_i / (sum_j w_j) * e    (4.58)

    The gradient with respect to hidden output i is w_i times delta: it keeps the sign and the scale of the weight.

    Parameters
    ----------
    weights : (H,) weights into the output unit
    error : float

    Returns
    -------
    (H,) shares that sum to `error`
    """
    weights = as_float(weights, "weights")
    finite(weights, "weights")
    total = weights.sum()
    if total == 0:
        raise ValueError("the weights sum to 0, so the error cannot be shared out. The gradient has no such gap.")
    return weights / total * weights.dtype.type(rate(error, "error", -np.inf))

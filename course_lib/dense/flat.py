"""The parameters of a dense network as one flat vector: for each layer W (fan_in, fan_out) row by row, then b."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from course_lib.kernels import vectors
from course_lib.nn.init import Init, draw_weights
from course_lib.ops import count_parameters
from course_lib.validate import as_array, as_dtype, as_float, as_layers, generator, whole_number


def as_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Layer sizes, input first: at least two, all positive whole numbers."""
    if not isinstance(sizes, Sequence | np.ndarray) or len(sizes) < 2:
        raise ValueError(f"sizes={sizes}, expected at least two positive layer sizes, input first, such as (2, 3, 1).")
    return tuple(whole_number(size, f"sizes[{place}]") for place, size in enumerate(sizes))


def layout(sizes: Sequence[int], biases: Sequence[bool]) -> np.ndarray:
    """For each layer the place of W and of b (-1 without bias) in the flat vector: (L, 2) int64."""
    rows, place = [], 0
    for (fan_in, fan_out), bias in zip(pairwise(sizes), biases, strict=True):
        rows.append((place, place + fan_in * fan_out if bias else -1))
        place += (fan_in + bias) * fan_out
    return np.array(rows, np.int64)


def parts(sizes: Sequence[int], bias: bool, decay: bool) -> np.ndarray:
    """The pieces (first, end, 0 for weights or 1 for biases) of the flat vector: (M, 3) int64.

    Weight decay shrinks weights and spares biases. Without it there is nothing to tell apart, and no pieces.
    """
    if not decay:
        return np.empty((0, 3), np.int64)
    starts = [(place, kind) for row in layout(sizes, [bias] * (len(sizes) - 1)) for kind, place in enumerate(row)
              if place >= 0]
    ends = [place for place, _ in starts[1:]] + [count_parameters(sizes, bias)]
    return np.array([(place, end, kind) for (place, kind), end in zip(starts, ends, strict=True)], np.int64)


def is_network(params) -> bool:
    """Whether these are layers [(W, b), ...] and not numbers in a row, in whatever form."""
    return isinstance(params, list | tuple) and len(params) > 0 and all(
        isinstance(layer, list | tuple) and len(layer) == 2 and _is_matrix(layer[0]) for layer in params)


def _is_matrix(value) -> bool:
    try:
        return as_array(value, "W").ndim == 2
    except TypeError:  # rows of different lengths, such as a pair (W, b)
        return False


def flatten(layers: Sequence[tuple]) -> tuple[np.ndarray, tuple[int, ...], list[bool]]:
    """The flat vector of [(W, b), ...], its layer sizes, and which layers have a bias."""
    pieces, sizes, biases = [], (), []
    for number, (W, b) in enumerate(as_layers(layers), 1):
        W = as_float(W, f"W of layer {number}")
        if W.ndim != 2 or (sizes and W.shape[0] != sizes[-1]):
            before = sizes[-1] if sizes else "inputs"
            raise ValueError(f"layer {number}: W must have shape ({before}, outputs), got {W.shape}. Usual cause: W is "
                             "transposed; the course stores (inputs, outputs).")
        sizes = (*(sizes or W.shape[:1]), W.shape[1])
        pieces.append(W.ravel())
        biases.append(b is not None)
        if b is not None:
            b = as_float(b, f"b of layer {number}")
            if b.shape != (W.shape[1],):
                raise ValueError(f"layer {number}: b must have shape ({W.shape[1]},), got {b.shape}.")
            pieces.append(b)
    return np.concatenate(pieces), sizes, biases


def pack(layers: Sequence[tuple]) -> np.ndarray:
    """One flat vector from [(W, b), ...]; b may be None. The inverse of `unpack`.

    Raises
    ------
    ValueError : a shape that does not fit the layer before, usually a transposed W.
    """
    return flatten(layers)[0]


def unpack(params: np.ndarray, sizes: Sequence[int], bias: bool = True) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """The layers of a flat vector as [(W, b), ...]: views, so writing into them changes `params`.

    Parameters
    ----------
    params : (..., P) flat parameters; leading axes (starts, snapshots) are kept.
    sizes : layer sizes, input first.
    bias : without bias b is None.

    Returns
    -------
    list of (W (..., fan_in, fan_out), b (..., fan_out))

    Raises
    ------
    ValueError : the vector does not have the length these sizes need.
    """
    params = as_float(params, "params")
    expected = count_parameters(sizes, bias)
    if params.shape[-1:] != (expected,):
        raise ValueError(f"params has shape {params.shape}, a network {tuple(sizes)} with bias={bias} has {expected} "
                         "numbers. Usual cause: other layer sizes, or bias=False on one side only.")
    lead, layers = params.shape[:-1], []
    for (w, b), (fan_in, fan_out) in zip(layout(sizes, [bias] * (len(sizes) - 1)), pairwise(sizes), strict=True):
        weights = params[..., w : w + fan_in * fan_out].reshape(*lead, fan_in, fan_out)
        layers.append((weights, params[..., b : b + fan_out] if bias else None))
    return layers


def init_params(sizes: Sequence[int], rng=0, init: Init = "normal", n: int | None = None, bias: bool = True,
                dtype=np.float64) -> np.ndarray:
    """Starting weights of a dense network, biases zero.

    Parameters
    ----------
    sizes : layer sizes, input first.
    rng : seed or numpy Generator.
    init : a name, number or function, see `nn.draw_weights`; a function may also return (fan_in + 1, fan_out), whose
        last row is the bias.
    n : number of starts; None gives one.
    dtype : float32 or float64.

    Returns
    -------
    (P,) or (n, P) array of `dtype`.
    """
    sizes, rng = as_sizes(sizes), generator(rng)
    count = 1 if n is None else whole_number(n, "n")
    starts = vectors.aligned((count, count_parameters(sizes, bias)), as_dtype(dtype))
    for start in starts:
        for W, b in unpack(start, sizes, bias):
            drawn = draw_weights(rng, *W.shape, init, bias_row=bias)
            W[:] = drawn[: len(W)]
            if len(drawn) > len(W):
                b[:] = drawn[-1]
    return starts[0] if n is None else starts

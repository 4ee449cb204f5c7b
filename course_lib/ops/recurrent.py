"""Recurrent cells, a step or a whole sequence at a time, forward and backward through time.

A sequence x is (N, T, D): N samples, T steps, D numbers a step. x may also be (N, T) whole numbers, such as characters
of a text: number k stands for a one-hot row of D numbers, and x W is row k of W. The state h is (N, H). Blocks of W, U
and b stand side by side, one a gate: W (D, gates H), U (H, gates H), b (gates H,). A `mask` (N, T) is True where a
step belongs to its sequence; after the end of a shorter one the state stays as it is, and so does its gradient.
"""

import math
from typing import NamedTuple

import numpy as np

from course_lib.kernels import losses as loss_kernels
from course_lib.kernels import products
from course_lib.kernels import recurrent as kernels
from course_lib.validate import as_array, as_float, as_labels, choice, same_kind

__all__ = [
    "embedding_backward",
    "embedding_forward",
    "gru_backward",
    "gru_forward",
    "gru_step_backward",
    "gru_step_forward",
    "lstm_backward",
    "lstm_forward",
    "lstm_step_backward",
    "lstm_step_forward",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "sequence_cross_entropy",
]

#: By the numbers that kernels know them by.
ACTIVATIONS = ("tanh", "relu")
CONVENTIONS = ("course", "pytorch")


# ---- what cells are given ----------------------------------------------------------------------------------


class Input(NamedTuple):
    """The inputs of a sequence, time first."""

    rows: np.ndarray  #: (T N, D), or (T N,) whole numbers
    keep: np.ndarray  #: (T, N) bool
    shape: tuple  #: of x as it was given

    @property
    def tokens(self) -> bool:
        return self.rows.ndim == 1

    def of(self, first: int, end: int):
        """The rows of some steps."""
        N = self.keep.shape[1]
        return self.rows[first * N : end * N]


def _sequences(x, D: int, mask, name: str) -> Input:
    """x (N, T, D) or (N, T), checked against the D rows of the weights `name`; whole numbers are when they are looked
    up.
    """
    x = as_array(x, "x")
    tokens = x.ndim == 2 and x.dtype.kind in "iu"
    if not tokens:
        x = as_float(x, "x")
        if x.ndim != 3 or x.size == 0 or x.shape[2] != D:
            hint = ""
            if x.ndim == 2:
                hint = (" One number a step: x[:, :, None]." if D == 1 else " One sequence alone: x[None]. Whole "
                        "numbers in place of one-hot rows: x.astype(int).")
            elif x.ndim == 1:
                hint = " One sequence of single numbers: x[None, :, None]."
            raise ValueError(f"{name} has {D} rows, so x must have shape (N, T, {D}) and not be empty, got {x.shape}."
                             f"{hint}")
    if mask is None:
        keep = np.empty((x.shape[1], x.shape[0]), bool)
        keep.fill(True)
    else:
        mask = _mask(mask, x.shape[:2])
        keep = np.ascontiguousarray(mask.T)
        x = np.where(mask if tokens else mask[:, :, None], x, 0)  # what stands after the end is not read, be it NaN
    rows = x.swapaxes(0, 1)
    if tokens:
        if x.size == 0:
            raise _not_in_range(x, D, name)
        return Input(rows.astype(np.int64, order="C").reshape(-1), keep, x.shape)
    return Input(np.ascontiguousarray(rows).reshape(-1, D), keep, x.shape)


def _not_in_range(x, D: int, name: str) -> ValueError:
    """What is said about whole numbers of which some have no row."""
    given = f"from {x.min()} to {x.max()}" if x.size else "none"
    return ValueError(f"{name} has {D} rows, so the whole numbers in x must lie in 0..{D - 1}, got {given}. Usual "
                      "cause: the vocabulary of another text.")


def _mask(mask, shape) -> np.ndarray:
    """(N, T) bool; all True for None."""
    if mask is None:
        return np.ones(shape, bool)
    mask = as_array(mask, "mask")
    if mask.dtype.kind != "b":
        raise TypeError(f"mask holds {mask.dtype}, expected True for the steps of a sequence and False after its end, "
                        "such as np.arange(T) < lengths[:, None].")
    if mask.shape != shape:
        raise ValueError(f"mask must have shape (N, T) = {shape}, got {mask.shape}.")
    return mask


def _weights(gates: int, W, U, b, names=("W", "U")) -> tuple[list[np.ndarray], int]:
    """The three arrays, checked, and the number of units."""
    W, U, b = as_float(W, names[0]), as_float(U, names[1]), as_float(b, "b")
    count = "H" if gates == 1 else f"{gates}H"
    if U.ndim != 2 or U.size == 0 or U.shape[1] != gates * len(U):
        cause = " It is transposed, as PyTorch stores it." if U.ndim == 2 and len(U) == gates * U.shape[1] else ""
        raise ValueError(f"{names[1]} must have shape (H, {count}) and not be empty, got {U.shape}.{cause}")
    H = len(U)
    if W.ndim != 2 or W.size == 0 or W.shape[1] != gates * H:
        cause = " It is transposed, as PyTorch stores it." if W.shape[:1] == (gates * H,) else ""
        raise ValueError(f"{names[1]} of shape {U.shape} has {H} units, so {names[0]} must have shape (D, {gates * H}) "
                         f"and not be empty, got {W.shape}.{cause}")
    if b.shape != (gates * H,):
        raise ValueError(f"{names[1]} of shape {U.shape} has {H} units, so b must have shape ({gates * H},), got "
                         f"{b.shape}.")
    return [W, U, b], H


def _state(value, name: str, N: int, H: int):
    """(N, H), or None."""
    if value is None:
        return None
    value = as_float(value, name)
    if value.shape != (N, H):
        hint = f" The same start for all samples: np.tile({name}, (N, 1))." if value.shape == (H,) else ""
        raise ValueError(f"{name} must have shape (N, H) = {N, H}, got {value.shape}.{hint}")
    return value


def _one_kind(inputs: Input, *arrays) -> tuple:
    """The inputs and the arrays in one kind of number, contiguous; None stays."""
    rows = None if inputs.tokens else inputs.rows
    given = [array for array in (rows, *arrays) if array is not None]
    dtype = given[0].dtype
    for array in given:
        if array.dtype is not dtype or not array.flags.c_contiguous:
            break
    else:  # as nearly always: there is nothing to do
        return inputs, *arrays
    kept = iter(same_kind(*given))
    rows, *arrays = (None if array is None else next(kept) for array in (rows, *arrays))
    return inputs if rows is None else inputs._replace(rows=rows), *arrays


def _room(dtype, *shapes) -> list[np.ndarray]:
    """Empty arrays in one block of memory. One large block is kept for the next call when it is free; of several, C's
    allocator gives the last ones back to the system, which clears every page of new ones.
    """
    arrays, block = [], np.empty(sum(map(math.prod, shapes)), dtype)
    for shape in shapes:
        arrays.append(block[: math.prod(shape)].reshape(shape))
        block = block[math.prod(shape) :]
    return arrays


def _begin(states, value) -> None:
    """The first of the states (T + 1, N, H) is the start."""
    states[0] = 0 if value is None else value


def _scored(inputs: Input, W, b, out, name: str = "W"):
    """The pieces of a sequence, one after another, with x W + b of its steps written into out (T, N, M)."""
    for first, end in kernels.pieces(out):
        rows, scores = inputs.of(first, end), out[first:end].reshape(-1, out.shape[-1])
        if not inputs.tokens:
            np.matmul(rows, W, out=scores)
            scores += b
        elif not kernels.look_up(W, rows, b, scores):
            raise _not_in_range(inputs.rows, len(W), name)
        yield first, end


def _samples_first(array):
    """(T, N, H) as (N, T, H), a new array."""
    return array.swapaxes(0, 1).copy()


# ---- what comes back ---------------------------------------------------------------------------------------


def _checked(cache, kind, source: str):
    if not isinstance(cache, kind):
        raise TypeError(f"cache is {type(cache).__name__}, expected what {source} returns last: ..., cache = "
                        f"{source}(...).")
    return cache


def _slopes(dh, last: dict, T: int, N: int, H: int, dtype) -> list[np.ndarray]:
    """dh (N, T, H), and for each of `last` the gradient of a last state, a new array (N, H)."""
    dh = as_float(dh, "dh")
    if dh.shape != (N, T, H):
        raise ValueError(f"dh must have the shape of h, (N, T, H) = {N, T, H}, got {dh.shape}.")
    last = [_state(value, name, N, H) for name, value in last.items()]
    for array in (dh, *last):
        if array is not None and array.dtype != dtype:
            dtype = np.result_type(dtype, array.dtype)
    return [dh.astype(dtype, copy=False),
            *(np.zeros((N, H), dtype) if value is None else value.astype(dtype, order="C") for value in last)]


def _in_kind(dtype, *arrays):
    """The arrays in this kind of number."""
    return arrays if arrays[0].dtype == dtype else [array.astype(dtype) for array in arrays]


def _from_the_end(scores, dh):
    """The pieces of a sequence with such scores (T, N, M), the last one first: its first step and its end, dh of its
    steps, time first, and room for the gradients of its scores.
    """
    pieces = kernels.pieces(scores)
    room = np.empty_like(scores[: pieces[0][1]])
    for first, end in reversed(pieces):
        yield first, end, np.ascontiguousarray(dh[:, first:end].swapaxes(0, 1)), room[: end - first]


class _Sums:
    """The gradients of what gives the scores, added up piece by piece."""

    def __init__(self, inputs: Input, W, U):
        self.inputs, self.W = inputs, W
        self.dW, self.db = np.zeros(W.shape, W.dtype), np.zeros(W.shape[1], W.dtype)
        self.dU = np.empty(U.shape, U.dtype)
        self._dx = None if inputs.tokens else np.empty((*inputs.keep.shape, len(W)), W.dtype)

    def add_inputs(self, first: int, end: int, dz) -> None:
        """From the gradients dz (T, N, M) of the scores x W + b of a piece."""
        rows, d = self.inputs.of(first, end), dz.reshape(-1, dz.shape[-1])
        if self.inputs.tokens:
            kernels.look_up_backward(d, rows, self.dW, self.db)
        else:
            products.add_outer(rows, d, 0, d.shape[1], self.dW, 0)
            np.matmul(dz, self.W.T, out=self._dx[first:end])
            self.db += d.sum(axis=0)

    def add_states(self, end: int, h, dz, first: int, count: int, at: int) -> None:
        """From what was multiplied by columns of U, `at` and following, and columns of dz, `first` and following."""
        h, dz = h.reshape(-1, h.shape[-1]), dz.reshape(-1, dz.shape[-1])
        products.add_outer(h, dz, first, count, self.dU, at, fresh=end == len(self.inputs.keep))

    @property
    def dx(self):
        """(N, T, D), or None."""
        return None if self._dx is None else _samples_first(self._dx)


def _one_step(x) -> np.ndarray:
    """Inputs (N, D) of one step, or (N,) whole numbers, as a sequence of one."""
    x = as_array(x, "x")
    if not (x.ndim == 2 or (x.ndim == 1 and x.dtype.kind in "iu")):
        hint = " A whole sequence (N, T, D) goes into the function without 'step'." if x.ndim == 3 else ""
        hint = " One sample alone is a row: x[None, :]." if x.ndim == 1 else hint
        raise ValueError(f"x must have shape (N, D), one step of each sample, got {x.shape}.{hint}")
    return x[:, None]


def _one_slope(dh, name: str = "dh") -> np.ndarray:
    """The gradient (N, H) of one step as that of a sequence of one."""
    dh = as_float(dh, name)
    if dh.ndim != 2:
        raise ValueError(f"{name} must have shape (N, H), one step of each sample, got {dh.shape}.")
    return dh[:, None]


def _step_gradients(dx, *others):
    return (None if dx is None else dx[:, 0], *others)


# ---- plain recurrent net -----------------------------------------------------------------------------------


class RNNCache(NamedTuple):
    """What the backward pass of a plain recurrent net needs."""

    inputs: Input
    Wx: np.ndarray
    Wh: np.ndarray
    code: int  #: number of the activation
    h: np.ndarray  #: (T + 1, N, H)


def rnn_forward(x, Wx, Wh, b, h0=None, mask=None, activation="tanh"):
    """A plain recurrent net: at each step the state meets the next input, with the same weights.

    h_t = g(x_t Wx + h_{t-1} Wh + b), t = 1 .. T    (9.3)

    Parameters
    ----------
    x : (N, T, D), or (N, T) whole numbers
    Wx : (D, H)
    Wh : (H, H)
    b : (H,)
    h0 : (N, H), the state before the first step; None for zeros. A last state h[:, -1], handed to the next piece of a
        text, carries memory across; no gradient goes back that way (truncated back-propagation)
    mask : (N, T) bool, False after the end of a sequence; None where all have T steps
    activation : "tanh" or "relu"

    Returns
    -------
    h : (N, T, H), the state after each step
    cache : what `rnn_backward` needs
    """
    (Wx, Wh, b), H = _weights(1, Wx, Wh, b, ("Wx", "Wh"))
    inputs, code = _sequences(x, len(Wx), mask, "Wx"), ACTIVATIONS.index(choice(activation, "activation", ACTIVATIONS))
    T, N = inputs.keep.shape
    h0 = _state(h0, "h0", N, H)
    inputs, Wx, Wh, b, h0 = _one_kind(inputs, Wx, Wh, b, h0)
    Wh = products.in_lines(Wh, N)
    h, panels = np.empty((T + 1, N, H), Wx.dtype), products.panels_of(Wh, N)
    _begin(h, h0)
    for first, end in _scored(inputs, Wx, b, h[1:], "Wx"):
        kernels.rnn_sequence(Wh, panels, inputs.keep[first:end], code, h[first:])
    return _samples_first(h[1:]), RNNCache(inputs, Wx, Wh, code, h)


def rnn_backward(dh, cache, dh_last=None):
    """Back-propagation through time: the gradients of `rnn_forward`.

    da_t = (dh_t + carry_t) g'(a_t), carry_{t-1} = da_t Wh^T    (9.8)
    dWx = sum over t of x_t^T da_t, dWh = sum of h_{t-1}^T da_t, db = sum of da_t, dx_t = da_t Wx^T    (9.9)

    with a_t = x_t Wx + h_{t-1} Wh + b, carry_T = dh_last and dh0 = carry_0.

    Parameters
    ----------
    dh : (N, T, H), the gradient of each state as an output
    cache : from `rnn_forward`
    dh_last : (N, H), a gradient that reaches the last state from elsewhere; None for zeros

    Returns
    -------
    dx : (N, T, D), or None for whole numbers
    dh0 : (N, H)
    dWx : (D, H)
    dWh : (H, H)
    db : (H,)
    """
    inputs, Wx, Wh, code, h = _checked(cache, RNNCache, "rnn_forward")
    T, N, H = len(h) - 1, *h.shape[1:]
    dh, carry = _slopes(dh, {"dh_last": dh_last}, T, N, H, h.dtype)
    Wx, Wh, h = _in_kind(dh.dtype, Wx, Wh, h)
    sums, panels = _Sums(inputs, Wx, Wh), products.panels_of(Wh.T, N)
    for first, end, slopes, da in _from_the_end(h[1:], dh):
        kernels.rnn_sequence_backward(Wh, panels, inputs.keep[first:end], code, h[first:], slopes, carry, da)
        sums.add_inputs(first, end, da)
        sums.add_states(end, h[first:end], da, 0, H, 0)
    return sums.dx, carry, sums.dW, sums.dU, sums.db


def rnn_step_forward(x, h, Wx, Wh, b, activation="tanh"):
    """One step of a plain recurrent net, equation (9.3).

    h' = g(x Wx + h Wh + b)

    Parameters
    ----------
    x : (N, D), or (N,) whole numbers
    h : (N, H), the state before; None for zeros
    Wx, Wh, b, activation : as of `rnn_forward`

    Returns
    -------
    h_new : (N, H)
    cache : what `rnn_step_backward` needs
    """
    states, cache = rnn_forward(_one_step(x), Wx, Wh, b, h, None, activation)
    return states[:, 0], cache


def rnn_step_backward(dh, cache):
    """Gradients of `rnn_step_forward`.

    da = dh g'(a), dh_prev = da Wh^T, dx = da Wx^T, dWx = x^T da, dWh = h^T da, db = sum of da

    Parameters
    ----------
    dh : (N, H), the gradient of h_new
    cache : from `rnn_step_forward`

    Returns
    -------
    dx, dh_prev, dWx, dWh, db : in the shapes of x, h, Wx, Wh, b
    """
    return _step_gradients(*rnn_backward(_one_slope(dh), cache))


# ---- LSTM --------------------------------------------------------------------------------------------------


class LSTMCache(NamedTuple):
    """What the backward pass of an LSTM needs."""

    inputs: Input
    W: np.ndarray
    U: np.ndarray
    peephole: np.ndarray  #: (3, H), or (0, H)
    gates: np.ndarray  #: (T, N, 4H)
    c: np.ndarray  #: (T + 1, N, H)
    tanh_c: np.ndarray  #: (T, N, H)
    h: np.ndarray  #: (T + 1, N, H)


def lstm_forward(x, W, U, b, h0=None, c0=None, mask=None, peephole=None):
    """LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): a cell beside the state, which
    changes only by what its gates let through.

    [a_i, a_f, a_g, a_o] = x_t W + h_{t-1} U + b    (9.12)
    c_t = f c_{t-1} + i g    (9.13)
    h_t = o tanh(c_t)    (9.14)

    with i, f, o = sigmoid of a_i, a_f, a_o and g = tanh(a_g).

    Parameters
    ----------
    x : (N, T, D), or (N, T) whole numbers
    W : (D, 4H)
    U : (H, 4H)
    b : (4H,)
    h0, c0 : (N, H), state and cell before the first step; None for zeros
    mask : (N, T) bool, False after the end of a sequence; None where all have T steps
    peephole : (3, H): the gates also look at the cell, i and f with rows 0 and 1 times c_{t-1}, o with row 2 times c_t;
        None for gates that do not

    Returns
    -------
    h : (N, T, H), the state after each step
    c_last : (N, H), the cell after the last step
    cache : what `lstm_backward` needs
    """
    (W, U, b), H = _weights(4, W, U, b)
    inputs = _sequences(x, len(W), mask, "W")
    T, N = inputs.keep.shape
    h0, c0, peephole = _state(h0, "h0", N, H), _state(c0, "c0", N, H), _peephole(peephole, H)
    inputs, W, U, b, h0, c0, peephole = _one_kind(inputs, W, U, b, h0, c0, peephole)
    peephole = np.empty((0, H), W.dtype) if peephole is None else peephole
    h, c, gates, tanh_c = _room(W.dtype, (T + 1, N, H), (T + 1, N, H), (T, N, 4 * H), (T, N, H))
    _begin(h, h0)
    _begin(c, c0)
    U = products.in_lines(U, N)
    panels = products.panels_of(U, N)
    for first, end in _scored(inputs, W, b, gates):
        kernels.lstm_sequence(gates[first:], U, panels, inputs.keep[first:end], peephole, c[first:], tanh_c[first:],
                              h[first:])
    return _samples_first(h[1:]), c[-1].copy(), LSTMCache(inputs, W, U, peephole, gates, c, tanh_c, h)


def _peephole(peephole, H: int):
    if peephole is None:
        return None
    peephole = as_float(peephole, "peephole")
    if peephole.shape != (3, H):
        raise ValueError(f"peephole must have shape (3, H) = {3, H}, rows for i, f and o, got {peephole.shape}.")
    return peephole


def lstm_backward(dh, cache, dh_last=None, dc_last=None):
    """Gradients of `lstm_forward`, backward in time.

    dC = dc_t + dh'_t o (1 - tanh^2 c_t), with dh'_t = dh_t + carry_t    (9.16)
    da_o = dh'_t tanh(c_t) o (1 - o)
    da_i = dC g i (1 - i), da_f = dC c_{t-1} f (1 - f), da_g = dC i (1 - g^2)    (9.17)
    dc_{t-1} = dC f, carry_{t-1} = da_t U^T, with da_t the four side by side
    dW = sum over t of x_t^T da_t, dU = sum of h_{t-1}^T da_t, db = sum of da_t, dx_t = da_t W^T

    Parameters
    ----------
    dh : (N, T, H), the gradient of each state as an output
    cache : from `lstm_forward`
    dh_last, dc_last : (N, H), gradients that reach the last state and cell from elsewhere; None for zeros

    Returns
    -------
    dx : (N, T, D), or None for whole numbers
    dh0, dc0 : (N, H)
    dW : (D, 4H)
    dU : (H, 4H)
    db : (4H,)
    dpeephole : (3, H), only where a peephole was given
    """
    inputs, W, U, peephole, gates, c, tanh_c, h = _checked(cache, LSTMCache, "lstm_forward")
    T, N, H = tanh_c.shape
    dh, carry_h, carry_c = _slopes(dh, {"dh_last": dh_last, "dc_last": dc_last}, T, N, H, h.dtype)
    W, U, peephole, gates, c, tanh_c, h = _in_kind(dh.dtype, W, U, peephole, gates, c, tanh_c, h)
    sums, panels, dpeephole = _Sums(inputs, W, U), products.panels_of(U.T, N), np.zeros_like(peephole)
    for first, end, slopes, dz in _from_the_end(gates, dh):
        kernels.lstm_sequence_backward(gates[first:], U, panels, inputs.keep[first:end], peephole, c[first:],
                                       tanh_c[first:], slopes, carry_h, carry_c, dz)
        sums.add_inputs(first, end, dz)
        sums.add_states(end, h[first:end], dz, 0, 4 * H, 0)
        if peephole.size:
            before, after = c[first:end], c[first + 1 : end + 1]
            seen = (dz[..., :H], before), (dz[..., H : 2 * H], before), (dz[..., 3 * H :], after)
            dpeephole += [np.sum(part * cell, axis=(0, 1)) for part, cell in seen]
    found = sums.dx, carry_h, carry_c, sums.dW, sums.dU, sums.db
    return (*found, dpeephole) if peephole.size else found


def lstm_step_forward(x, h, c, W, U, b, peephole=None):
    """One step of an LSTM, equations (9.12) to (9.14).

    c' = f c + i g, h' = o tanh(c'), with the gates i, f, o and the candidate g from x W + h U + b

    Parameters
    ----------
    x : (N, D), or (N,) whole numbers
    h, c : (N, H), state and cell before; None for zeros
    W, U, b, peephole : as of `lstm_forward`

    Returns
    -------
    h_new, c_new : (N, H)
    cache : what `lstm_step_backward` needs
    """
    states, c_new, cache = lstm_forward(_one_step(x), W, U, b, h, c, None, peephole)
    return states[:, 0], c_new, cache


def lstm_step_backward(dh, dc, cache):
    """Gradients of `lstm_step_forward`: those of `lstm_backward` for one step.

    Parameters
    ----------
    dh, dc : (N, H), the gradients of h_new and c_new
    cache : from `lstm_step_forward`

    Returns
    -------
    dx, dh_prev, dc_prev, dW, dU, db : in the shapes of x, h, c, W, U, b; dpeephole, where a peephole was given
    """
    _one_slope(dc, "dc")
    return _step_gradients(*lstm_backward(_one_slope(dh), cache, dc_last=dc))


# ---- GRU ---------------------------------------------------------------------------------------------------


class GRUCache(NamedTuple):
    """What the backward pass of a GRU needs."""

    inputs: Input
    W: np.ndarray
    U: np.ndarray
    code: int  #: number of the convention
    hidden_biased: bool
    gates: np.ndarray  #: (T, N, 3H): z, r and the candidate k
    inner: np.ndarray  #: (T, N, H): r h, or h U_k + b_hidden
    h: np.ndarray  #: (T + 1, N, H)


def gru_forward(x, W, U, b, h0=None, mask=None, convention="course", b_hidden=None):
    """GRU (Cho et al. 2014): one gate decides how much of the state is replaced. Two conventions are in print.

    z = sigmoid(x W_z + h U_z + b_z), r = sigmoid(x W_r + h U_r + b_r)    (9.18)
    course: k = tanh(x W_k + (r h) U_k + b_k)    (9.19)
    course: h' = (1 - z) h + z k    (9.20)
    pytorch: k = tanh(x W_k + b_k + r (h U_k + b_hidden)), h' = z h + (1 - z) k

    W, U and b hold the blocks z, r, k side by side.

    Parameters
    ----------
    x : (N, T, D), or (N, T) whole numbers
    W : (D, 3H)
    U : (H, 3H)
    b : (3H,)
    h0 : (N, H), the state before the first step; None for zeros
    mask : (N, T) bool, False after the end of a sequence; None where all have T steps
    convention : "course" (z near 1 replaces, the reset before the product) or "pytorch" (z near 1 keeps, the reset
        after the product)
    b_hidden : (H,), only for "pytorch": a bias that the reset gate meets too; None for zeros

    Returns
    -------
    h : (N, T, H), the state after each step
    cache : what `gru_backward` needs
    """
    (W, U, b), H = _weights(3, W, U, b)
    inputs, code = _sequences(x, len(W), mask, "W"), CONVENTIONS.index(choice(convention, "convention", CONVENTIONS))
    T, N = inputs.keep.shape
    h0, b_hidden = _state(h0, "h0", N, H), _hidden_bias(b_hidden, code, H)
    inputs, W, U, b, h0, b_hidden = _one_kind(inputs, W, U, b, h0, b_hidden)
    h, gates, inner = _room(W.dtype, (T + 1, N, H), (T, N, 3 * H), (T, N, H))
    _begin(h, h0)
    U = products.in_lines(U, N)
    panels = products.panels_of(U, N)
    for first, end in _scored(inputs, W, b, gates):
        inner[first:end] = 0 if b_hidden is None else b_hidden
        kernels.gru_sequence(code, gates[first:], inner[first:], U, panels, inputs.keep[first:end], h[first:])
    return _samples_first(h[1:]), GRUCache(inputs, W, U, code, b_hidden is not None, gates, inner, h)


def _hidden_bias(b_hidden, code: int, H: int):
    if b_hidden is None:
        return None
    b_hidden = as_float(b_hidden, "b_hidden")
    if code != kernels.PYTORCH:
        raise ValueError("b_hidden belongs to convention='pytorch'; in the course's own the reset gate meets no bias. "
                         "Leave it out.")
    if b_hidden.shape != (H,):
        raise ValueError(f"b_hidden must have shape (H,) = ({H},), got {b_hidden.shape}.")
    return b_hidden


def gru_backward(dh, cache, dh_last=None):
    """Gradients of `gru_forward`, backward in time; here for the course's convention.

    dh'_t = dh_t + carry_t, dz = dh'_t (k - h) z (1 - z), dk = dh'_t z (1 - k^2), with h the state before
    d(r h) = dk U_k^T, dr = d(r h) h r (1 - r)
    carry_{t-1} = dh'_t (1 - z) + d(r h) r + dz U_z^T + dr U_r^T

    Parameters
    ----------
    dh : (N, T, H), the gradient of each state as an output
    cache : from `gru_forward`
    dh_last : (N, H), a gradient that reaches the last state from elsewhere; None for zeros

    Returns
    -------
    dx : (N, T, D), or None for whole numbers
    dh0 : (N, H)
    dW : (D, 3H)
    dU : (H, 3H)
    db : (3H,)
    db_hidden : (H,), only where b_hidden was given
    """
    inputs, W, U, code, hidden_biased, gates, inner, h = _checked(cache, GRUCache, "gru_forward")
    T, N, H = inner.shape
    dh, carry = _slopes(dh, {"dh_last": dh_last}, T, N, H, h.dtype)
    W, U, gates, inner, h = _in_kind(dh.dtype, W, U, gates, inner, h)
    sums, panels, db_hidden = _Sums(inputs, W, U), products.panels_of(U.T, N), np.zeros(H, h.dtype)
    for first, end, slopes, dz in _from_the_end(gates, dh):
        dinner = np.empty_like(slopes)
        kernels.gru_sequence_backward(code, gates[first:], inner[first:], U, panels, inputs.keep[first:end], h[first:],
                                      slopes, carry, dinner, dz)
        sums.add_inputs(first, end, dz)
        sums.add_states(end, h[first:end], dz, 0, 2 * H, 0)
        if code == kernels.COURSE:  # r h was multiplied by the weights of k
            sums.add_states(end, inner[first:end], dz, 2 * H, H, 2 * H)
        else:
            sums.add_states(end, h[first:end], dinner, 0, H, 2 * H)
        if hidden_biased:
            db_hidden += dinner.sum(axis=(0, 1))
    return sums.dx, carry, sums.dW, sums.dU, sums.db, *([db_hidden] if hidden_biased else [])


def gru_step_forward(x, h, W, U, b, convention="course", b_hidden=None):
    """One step of a GRU, equations (9.18) to (9.20), in one of the two conventions of `gru_forward`.

    Parameters
    ----------
    x : (N, D), or (N,) whole numbers
    h : (N, H), the state before; None for zeros
    W, U, b, convention, b_hidden : as of `gru_forward`

    Returns
    -------
    h_new : (N, H)
    cache : what `gru_step_backward` needs
    """
    states, cache = gru_forward(_one_step(x), W, U, b, h, None, convention, b_hidden)
    return states[:, 0], cache


def gru_step_backward(dh, cache):
    """Gradients of `gru_step_forward`: those of `gru_backward` for one step.

    Parameters
    ----------
    dh : (N, H), the gradient of h_new
    cache : from `gru_step_forward`

    Returns
    -------
    dx, dh_prev, dW, dU, db : in the shapes of x, h, W, U, b; db_hidden, where b_hidden was given
    """
    return _step_gradients(*gru_backward(_one_slope(dh), cache))


# ---- before and after the cells ----------------------------------------------------------------------------


class EmbeddingCache(NamedTuple):
    """What the backward pass of an embedding needs."""

    tokens: np.ndarray
    shape: tuple  #: of E
    dtype: np.dtype


def embedding_forward(tokens, E):
    """Look up a row of learned numbers for each token: the same as a one-hot row times E.

    out = E[tokens]

    Parameters
    ----------
    tokens : array of whole numbers 0 .. V-1, any shape, such as (N, T)
    E : (V, D)

    Returns
    -------
    out : (..., D)
    cache : what `embedding_backward` needs
    """
    tokens, E = as_array(tokens, "tokens"), as_float(E, "E")
    if E.ndim != 2 or E.size == 0:
        raise ValueError(f"E must have shape (V, D), one row a token, and not be empty, got {E.shape}.")
    if tokens.dtype.kind not in "iu":
        raise TypeError(f"tokens must be whole numbers, got dtype {tokens.dtype}. Usual cause: characters that were "
                        "not encoded, or numbers that were divided.")
    if tokens.size and (tokens.min() < 0 or tokens.max() >= len(E)):
        raise ValueError(f"E has {len(E)} rows, so tokens must lie in 0..{len(E) - 1}, got {tokens.min()} to "
                         f"{tokens.max()}. Usual cause: the vocabulary of another text.")
    tokens = tokens.astype(np.int64)
    return E[tokens], EmbeddingCache(tokens, E.shape, E.dtype)


def embedding_backward(dout, cache):
    """Gradient of `embedding_forward`: a row collects from every place where it was looked up.

    dE[tokens[i]] += dout[i]

    Parameters
    ----------
    dout : (..., D)
    cache : from `embedding_forward`

    Returns
    -------
    dE : (V, D)
    """
    tokens, shape, dtype = _checked(cache, EmbeddingCache, "embedding_forward")
    dout, expected = as_float(dout, "dout"), (*tokens.shape, shape[1])
    if dout.shape != expected:
        raise ValueError(f"dout must have the shape of the layer's output, {expected}, got {dout.shape}.")
    dout, _ = same_kind(dout, np.empty(0, dtype))
    dE = np.zeros(shape, dout.dtype)
    kernels.add_rows(dout.reshape(-1, shape[1]), tokens.reshape(-1), dE)
    return dE


def sequence_cross_entropy(scores, y, mask=None):
    """Mean surprise at the true symbol, over all real steps of all sequences, from scores.

    L = -(1/M) sum over the M real steps of ln softmax(scores_nt)[y_nt]    (9.6)

    Parameters
    ----------
    scores : (N, T, V)
    y : (N, T) whole numbers 0 .. V-1; whatever stands after the end of a sequence is not read
    mask : (N, T) bool, False after the end of a sequence; None where all have T steps

    Returns
    -------
    loss : float, in nats a step; untrained it is about ln V
    dscores : (N, T, V), 0 after the end
    """
    scores, y = as_float(scores, "scores"), as_array(y, "y")
    if scores.ndim != 3 or scores.size == 0:
        raise ValueError(f"scores must have shape (N, T, V) and not be empty, got {scores.shape}.")
    if y.shape != scores.shape[:2]:
        hint = " One symbol a step, not one-hot rows: y.argmax(axis=2)." if y.ndim == 3 else ""
        raise ValueError(f"y must have shape (N, T) = {scores.shape[:2]}, got {y.shape}.{hint}")
    keep = _mask(mask, y.shape)
    if not keep.any():
        raise ValueError("mask is False everywhere, expected at least one real step: a mean needs one.")
    real = np.ascontiguousarray(scores[keep])
    labels = as_labels(y[keep], *real.shape)
    losses, slopes = np.empty(len(real), real.dtype), np.empty_like(real)
    loss_kernels.softmax_cross_entropy(real, labels, losses, slopes)
    dscores = np.zeros_like(scores, order="C")
    dscores[keep] = slopes
    return float(np.mean(losses)), dscores

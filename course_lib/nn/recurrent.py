"""Recurrent layers over `course_lib.ops.recurrent`, in PyTorch's names; sequences are (N, T, D), batch first."""

import numpy as np

from course_lib import ops
from course_lib.nn.init import Init, draw_weights
from course_lib.nn.module import Module, Parameter
from course_lib.validate import as_array, as_dtype, as_float, choice, whole_number, yes_or_no

# ---- cells -------------------------------------------------------------------------------------------------


class Cell(Module):
    """What the kinds of cell have in common; a subclass names its ops, its gates and what its state consists of."""

    _ways = ("forward", "run")
    sequence = sequence_backward = None
    gates: int
    #: the parts of the state, as ops call their start
    starts = ("h0",)
    #: (parameter, argument of the ops), in the order in which the ops return gradients
    arguments = (("weight_input", "W"), ("weight_hidden", "U"), ("bias", "b"))

    def __init__(self, input_size: int, hidden_size: int, rng, init: Init, dtype):
        self.input_size = whole_number(input_size, "input_size")
        self.hidden_size, dtype = whole_number(hidden_size, "hidden_size"), as_dtype(dtype)
        #: what the ops take beside arrays
        self.settings = {}
        drawn = {"weight_input": (input_size, init), "weight_hidden": (hidden_size, "orthogonal")}
        for name, (fan_in, start) in drawn.items():
            blocks = [draw_weights(rng, fan_in, hidden_size, start) for _ in range(self.gates)]
            setattr(self, name, Parameter(np.hstack(blocks).astype(dtype)))
        self.bias = Parameter(np.zeros(self.gates * hidden_size, dtype))

    def __call__(self, x, state=None):
        return self.forward(x, state)

    def __repr__(self) -> str:
        given = "".join(f", {name}={value!r}" for name, value in self.settings.items())
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size}{given})"

    def _used(self) -> dict[str, str]:
        """The arguments for which this cell has a parameter."""
        return {name: argument for name, argument in self.arguments if getattr(self, name) is not None}

    def run(self, x, start: tuple, mask=None):
        """All steps of x: the states (N, T, H), the last state as a tuple, and a cache."""
        given = {argument: getattr(self, name).data for name, argument in self._used().items()}
        h, *cell, cache = type(self).sequence(
            x, **given, **dict(zip(self.starts, start, strict=True)), mask=mask, **self.settings)
        return h, (h[:, -1], *cell), cache

    def run_back(self, dh, cache, last: tuple = ()):
        """dx and the gradients of the start; those of the parameters are added to theirs. last : of the last state."""
        dx, *found = type(self).sequence_backward(dh, cache, *last)
        parts = len(self.starts)
        for name, gradient in zip(self._used(), found[parts:], strict=True):
            getattr(self, name).grad += gradient
        return dx, tuple(found[:parts])

    def check(self, x, steps: str, kind=None) -> np.ndarray:
        """x with input_size numbers or one whole number a step. kind : the layer of which the cell is a part."""
        x, axes = as_array(x, "x"), 2 + bool(steps)
        tokens = x.ndim == axes - 1 and x.dtype.kind in "iu"
        if not tokens and (x.ndim != axes or x.shape[-1] != self.input_size or x.size == 0):
            shape = f"(N, {steps}{self.input_size})"
            raise ValueError(f"{kind or self!r} got x of shape {x.shape}, expected {shape}, or whole numbers "
                             f"(N{', T' if steps else ''}) in place of one-hot rows, with at least one sample.")
        return x

    def start(self, state, shape: tuple) -> tuple:
        """The parts of a state, each of this shape; parts None for none."""
        return (None,) * len(self.starts) if state is None else self._parts(state, shape, "state")

    def _parts(self, state, shape: tuple, name: str) -> tuple:
        if len(self.starts) == 1:
            parts = (state,)
        elif isinstance(state, tuple | list) and len(state) == 2:
            parts = tuple(state)
        else:
            raise TypeError(f"{name} is {type(state).__name__}, expected the pair (h, c) that {self!r} returns.")
        parts = tuple(as_float(part, name) for part in parts)
        for part in parts:
            if part.shape != shape:
                raise ValueError(f"{name} has shape {part.shape}, expected {shape}.")
        return parts

    def forward(self, x, state=None):
        x = self.check(x, "")
        _, last, cache = self.run(x[:, None], self.start(state, (len(x), self.hidden_size)))
        self.keep(cache)
        return last if len(last) > 1 else last[0]

    def backward(self, dstate):
        cache = self.take()
        last = self._parts(dstate, (cache.h.shape[1], self.hidden_size), "the gradient of the state")
        dx, start = self.run_back(np.zeros_like(last[0])[:, None], cache, last)
        return None if dx is None else dx[:, 0], start if len(start) > 1 else start[0]


class RNNCell(Cell):
    """One step of a plain recurrent net: h' = g(x W + h U + b).

    Called as cell(x, h) with x (N, input_size) and h (N, hidden_size) or None, it returns h'. `backward` takes the
    gradient of h' and returns those of x and h; it goes back through the last step only: `RNN` remembers them all.

    Parameters
    ----------
    input_size, hidden_size, nonlinearity, rng, init, dtype : as of `RNN`
    """

    sequence, sequence_backward = staticmethod(ops.rnn_forward), staticmethod(ops.rnn_backward)
    gates = 1
    arguments = (("weight_input", "Wx"), ("weight_hidden", "Wh"), ("bias", "b"))

    def __init__(self, input_size: int, hidden_size: int, nonlinearity: str = "tanh", *,
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        super().__init__(input_size, hidden_size, rng, init, dtype)
        self.settings = {"activation": choice(nonlinearity, "nonlinearity", ("tanh", "relu"))}


class LSTMCell(Cell):
    """One step of an LSTM, whose state is the pair (h, c); see `LSTM` and `RNNCell`.

    Called as cell(x, (h, c)) it returns (h', c'). `backward` takes the pair of their gradients and returns dx and the
    pair (dh, dc).

    Parameters
    ----------
    input_size, hidden_size, peephole, rng, init, dtype : as of `LSTM`
    """

    sequence, sequence_backward = staticmethod(ops.lstm_forward), staticmethod(ops.lstm_backward)
    gates = 4
    starts = ("h0", "c0")
    arguments = (*Cell.arguments, ("peephole", "peephole"))

    def __init__(self, input_size: int, hidden_size: int, *, peephole: bool = False,
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        super().__init__(input_size, hidden_size, rng, init, dtype)
        self.peephole = Parameter(np.zeros((3, hidden_size), dtype)) if yes_or_no(peephole, "peephole") else None
        self.bias.data[hidden_size : 2 * hidden_size] = 1


class GRUCell(Cell):
    """One step of a GRU; see `GRU` and `RNNCell`.

    Parameters
    ----------
    input_size, hidden_size, convention, rng, init, dtype : as of `GRU`
    """

    sequence, sequence_backward = staticmethod(ops.gru_forward), staticmethod(ops.gru_backward)
    gates = 3
    arguments = (*Cell.arguments, ("bias_hidden", "b_hidden"))

    def __init__(self, input_size: int, hidden_size: int, *, convention: str = "course",
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        super().__init__(input_size, hidden_size, rng, init, dtype)
        self.settings = {"convention": choice(convention, "convention", ("course", "pytorch"))}
        self.bias_hidden = Parameter(np.zeros(hidden_size, dtype)) if convention == "pytorch" else None


# ---- layers ------------------------------------------------------------------------------------------------


def _backward_in_time(array):
    return None if array is None else np.flip(array, 1)


class Recurrent(Module):
    """What the kinds of layer have in common: cells one above the other, in one or two directions."""

    cell: type[Cell]

    def __init__(self, input_size: int, hidden_size: int, num_layers: int, bidirectional: bool, **settings):
        self.num_layers = whole_number(num_layers, "num_layers")
        self.bidirectional = yes_or_no(bidirectional, "bidirectional")
        self.directions = 2 if bidirectional else 1
        width = self.directions * whole_number(hidden_size, "hidden_size")
        sizes = [input_size, *[width] * (num_layers - 1)]
        self.cells = [self.cell(size, hidden_size, **settings) for size in sizes for _ in range(self.directions)]

    def __call__(self, x, state=None, mask=None):
        return self.forward(x, state, mask)

    def __repr__(self) -> str:
        first, given = self.cells[0], ""
        for name, usual in (("num_layers", 1), ("bidirectional", False)):
            given += f", {name}={getattr(self, name)}" if getattr(self, name) != usual else ""
        return f"{type(self).__name__}({first.input_size}, {first.hidden_size}{given})"

    def forward(self, x, state=None, mask=None):
        first = self.cells[0]
        out = first.check(x, "T, ", self)
        parts = first.start(state, (len(self.cells), len(out), first.hidden_size))
        caches, ends = [], []
        for number, cell in enumerate(self.cells):
            back = number % self.directions  # the second of each pair reads from the end
            if not back:
                inputs, halves = out, []
            start = tuple(None if part is None else part[number] for part in parts)
            h, last, cache = cell.run(_backward_in_time(inputs) if back else inputs, start,
                                      _backward_in_time(mask) if back else mask)
            halves.append(_backward_in_time(h) if back else h)
            out = np.concatenate(halves, axis=2) if back else h
            caches.append(cache)
            ends.append(last)
        self.keep(caches)
        ends = tuple(map(np.stack, zip(*ends, strict=True)))
        return out, ends if len(ends) > 1 else ends[0]

    def backward(self, dout):
        dout, caches = as_float(dout, "dout"), self.take()
        steps, N, width = caches[0].h.shape  # the start is one of the steps
        expected = N, steps - 1, self.directions * width
        if dout.shape != expected:
            raise ValueError(f"dout must have the shape of the layer's output, {expected}, got {dout.shape}.")
        d = dout
        for number in reversed(range(len(self.cells))):
            back = number % self.directions
            if back == self.directions - 1:
                above, d = d, 0
            part = above[:, :, back * width : (back + 1) * width]
            dx, _ = self.cells[number].run_back(_backward_in_time(part) if back else part, caches[number])
            d = None if dx is None else d + (_backward_in_time(dx) if back else dx)
        return d


class RNN(Recurrent):
    """A plain recurrent net.

    h_t = g(x_t W + h_{t-1} U + b)

    out, state = layer(x, state, mask): x (N, T, input_size), or (N, T) whole numbers in place of one-hot rows, gives
    out (N, T, directions hidden_size), the states of the uppermost layer, and the last state of every cell, (num_layers
    directions, N, hidden_size). `state` is such an array, to go on where another piece has ended, or None for zeros;
    no gradient goes back into it. `mask` (N, T) is False after the end of a sequence, where the state stays as it is.
    `backward` takes the gradient of out.

    `cells` holds the layers from below, of both directions first the one that reads forward. Each has weight_input
    (inputs, hidden_size), weight_hidden (hidden_size, hidden_size), which starts orthogonal, so that no signal grows or
    fades by the weights alone, and bias, which starts at zero. (PyTorch has two biases, which add up, draws all from
    U(-r, r), r = 1/sqrt(hidden_size), and puts the batch second unless batch_first=True.)

    Parameters
    ----------
    input_size, hidden_size : numbers a step, and units
    num_layers : layers one above the other, each reads the states of the one below
    nonlinearity : "tanh" or "relu"
    bidirectional : whether a second cell reads from the end; the states stand side by side
    rng : numpy Generator, see `Linear`
    init : start of weight_input, see `draw_weights`
    dtype : float64, or float32 for text
    """

    cell = RNNCell

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", *,
                 bidirectional: bool = False, rng: np.random.Generator | None = None, init: Init = "normal",
                 dtype=np.float64):
        super().__init__(input_size, hidden_size, num_layers, bidirectional, nonlinearity=nonlinearity, rng=rng,
                         init=init, dtype=dtype)


class LSTM(Recurrent):
    """LSTM: a cell c beside the state h, which changes only by what its gates let through.

    z = x_t W + h_{t-1} U + b in blocks i, f, g, o; c_t = f c_{t-1} + i g, h_t = o tanh(c_t)

    Called as `RNN`, but its state is the pair (h, c) of such arrays. weight_input is (inputs, 4 hidden_size),
    weight_hidden (hidden_size, 4 hidden_size), each block orthogonal, and bias (4 hidden_size,), zero but for the
    forget gate: 1, so that f is about 0.73 and a cell begins by keeping most of what it holds. (PyTorch starts it near
    0.)

    Parameters
    ----------
    input_size, hidden_size, num_layers, bidirectional, rng, init, dtype : as of `RNN`
    peephole : whether the gates see the cell too, through weights peephole (3, hidden_size) that start at zero
    """

    cell = LSTMCell

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, *, bidirectional: bool = False,
                 peephole: bool = False, rng: np.random.Generator | None = None, init: Init = "normal",
                 dtype=np.float64):
        super().__init__(input_size, hidden_size, num_layers, bidirectional, peephole=peephole, rng=rng, init=init,
                         dtype=dtype)


class GRU(Recurrent):
    """GRU: one gate decides how much of the state is replaced, another how much of it the new part sees.

    z, r = sigmoid(...), k = tanh(x_t W_k + (r h_{t-1}) U_k + b_k), h_t = (1 - z) h_{t-1} + z k

    Called as `RNN`. weight_input is (inputs, 3 hidden_size) in blocks z, r, k, weight_hidden (hidden_size, 3
    hidden_size), each block orthogonal, bias (3 hidden_size,) zero. convention="pytorch" is the other one, see
    `ops.gru_forward`, with one more parameter, bias_hidden (hidden_size,).

    Parameters
    ----------
    input_size, hidden_size, num_layers, bidirectional, rng, init, dtype : as of `RNN`
    convention : "course" or "pytorch"
    """

    cell = GRUCell

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1, *, bidirectional: bool = False,
                 convention: str = "course", rng: np.random.Generator | None = None, init: Init = "normal",
                 dtype=np.float64):
        super().__init__(input_size, hidden_size, num_layers, bidirectional, convention=convention, rng=rng, init=init,
                         dtype=dtype)


class Embedding(Module):
    """A learned row of numbers for each symbol: whole numbers (...) give (..., embedding_dim).

    weight (num_embeddings, embedding_dim) starts normal with standard deviation 1, as in PyTorch. `backward` returns
    None: a whole number has no gradient.

    Parameters
    ----------
    num_embeddings : symbols of the vocabulary
    embedding_dim : numbers a symbol
    rng, init, dtype : as of `Linear`
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: np.random.Generator | None = None,
                 init: Init = 1.0, dtype=np.float64):
        shape = whole_number(num_embeddings, "num_embeddings"), whole_number(embedding_dim, "embedding_dim")
        dtype = as_dtype(dtype)
        self.weight = Parameter(draw_weights(rng, *shape, init).astype(dtype))

    def __repr__(self) -> str:
        return "Embedding({}, {})".format(*self.weight.data.shape)

    def forward(self, x):
        out, cache = ops.embedding_forward(x, self.weight.data)
        self.keep(cache)
        return out

    def backward(self, dout):
        self.weight.grad += ops.embedding_backward(dout, self.take())

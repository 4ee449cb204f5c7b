"""A cell and what reads its states: the parameters in one flat vector, the loss, and the step."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from course_lib import nn
from course_lib.kernels import losses as kernels
from course_lib.kernels import vectors
from course_lib.ops.updates import Rule
from course_lib.recurrent.cells import CELLS, Cell
from course_lib.validate import as_float, as_number, rate

#: The layers of which a cell is a faster form.
LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Net(NamedTuple):
    """A cell of H units that reads D numbers, or one of D symbols, a step, and K outputs made of its states."""

    cell: str
    inputs: int
    hidden: int
    outputs: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter: those of the cell as in `ops`, then the weights of the outputs."""
        blocks = len(CELLS[self.cell].gates) * self.hidden
        return {"W": (self.inputs, blocks), "U": (self.hidden, blocks), "b": (blocks,),
                "Wy": (self.hidden, self.outputs), "by": (self.outputs,)}

    def window(self, T: int, N: int, dtype) -> Cell:
        return CELLS[self.cell](T, N, self.hidden, dtype)


class Parameters:
    """One flat vector, and views into it by name."""

    def __init__(self, net: Net, flat: np.ndarray | None = None, dtype=np.float32):
        shapes = net.shapes
        sizes = [int(np.prod(shape)) for shape in shapes.values()]
        self.flat = vectors.aligned((sum(sizes),), dtype if flat is None else flat.dtype)
        if flat is not None:
            self.flat[:] = flat
        pieces = np.split(self.flat, np.cumsum(sizes)[:-1])
        self.by_name = {name: piece.reshape(shape) for piece, (name, shape) in zip(pieces, shapes.items(), strict=True)}
        self.W, self.U, self.b, self.Wy, self.by = self.by_name.values()


def start(net: Net, seed: int, dtype) -> Parameters:
    """The weights with which the layers of `nn` begin, drawn from one generator."""
    rng = np.random.default_rng(seed)
    cell = LAYERS[net.cell](net.inputs, net.hidden, rng=rng, dtype=dtype).cells[0]
    head = nn.Linear(net.hidden, net.outputs, rng=rng, dtype=dtype)
    params = Parameters(net, dtype=dtype)
    drawn = cell.weight_input, cell.weight_hidden, cell.bias, head.weight, head.bias
    for view, parameter in zip(params.by_name.values(), drawn, strict=True):
        view[:] = parameter.data
    return params


def learn(params: Parameters, gradient: Parameters, h, y) -> tuple[float, np.ndarray]:
    """The mean loss of the outputs of states h (M, H), the gradient of Wy and by, and that of h. Labels y (M,) mean
    cross-entropy, numbers (M, K) mean squared error.
    """
    out = h @ params.Wy + params.by
    d = np.empty_like(out)
    if y.ndim == 1:
        costs = np.empty(len(y), out.dtype)
        kernels.softmax_cross_entropy(out, y, costs, d)
        loss = float(costs.mean())
    else:
        loss = float(kernels.squared_loss(out, y, d, out.dtype.type(2 / out.size)))
    np.matmul(h.T, d, out=gradient.Wy)
    np.sum(d, axis=0, out=gradient.by)
    return loss, d @ params.Wy.T


class Learner:
    """Parameters, their gradient, and what the update rule keeps."""

    def __init__(self, net: Net, params: Parameters, rule: Rule, state, numbers, clip: float | None, steps: int):
        self.net, self.params, self.gradient = net, params, Parameters(net, dtype=params.flat.dtype)
        self.rule, self.state, self.numbers, self.clip, self.steps = rule, state, numbers, clip, steps

    def update(self, window: Cell, rows, keep, dh, dh_last=None) -> None:
        """One step, from the gradients of the states of a window that has been read."""
        params, gradient = self.params, self.gradient
        window.gradients(params.U, keep, dh, dh_last, rows, gradient.W, gradient.U, gradient.b)
        if self.clip is not None:
            np.clip(gradient.flat, -self.clip, self.clip, out=gradient.flat)
        self.rule.step(params.flat, gradient.flat, self.state, self.numbers, self.steps + 1)
        self.steps += 1


@dataclass(frozen=True, eq=False)
class Trained:
    """What every run has. net : cell and sizes. flat : (P,) its parameters in one row. state : (slots, P), what the
    update rule keeps. steps : those of a run before included.
    """

    net: Net
    flat: np.ndarray
    state: np.ndarray
    steps: int

    @property
    def params(self) -> dict[str, np.ndarray]:
        """W, U, b of the cell, with the blocks of `ops` side by side, and Wy, by of the outputs; copied."""
        return self._parameters().by_name

    def edited(self, params: dict[str, np.ndarray]):
        """The same run with other parameters: those given by name, of the same shapes; the others stay.

        Raises
        ------
        ValueError : a name that the net does not have, or another shape.
        """
        if not isinstance(params, dict):
            raise TypeError(f"params is {type(params).__name__}, expected a dict such as {{'b': b}}.")
        own = self._parameters()
        for name, value in params.items():
            if name not in own.by_name:
                raise ValueError(f"params holds {name!r}; the net has {', '.join(own.by_name)}.")
            value = as_float(value, name)
            if value.shape != self.net.shapes[name]:
                raise ValueError(f"{name} has shape {value.shape}, expected {self.net.shapes[name]}.")
            own.by_name[name][:] = value
        return replace(self, flat=own.flat)

    def clamped(self, **gates: float):
        """The same run with gates held at a value, such as f=1.0 for an LSTM that never forgets: to read and to sample.
        Training would let the gates go again.

        The gate's weights become 0, and its bias what its activation turns into the value: for 1 and 0 of a sigmoid
        that is infinity.

        Raises
        ------
        ValueError : a gate that the cell does not have, or a value that it cannot take.
        """
        own, names = self._parameters(), CELLS[self.net.cell].gates
        for name, value in gates.items():
            if name not in names or len(names) == 1:
                has = f"{', '.join(names)}" if len(names) > 1 else "none; the cells lstm and gru have"
                raise ValueError(f"{name!r} is no gate of the cell {self.net.cell!r}, which has {has}.")
            value, low = as_number(value, name), -1 if name in ("g", "k") else 0
            if not low <= value <= 1:
                raise ValueError(f"{name}={value:g}, expected a number from {low} to 1, which the gate can take.")
            block = slice(names.index(name) * self.net.hidden, (names.index(name) + 1) * self.net.hidden)
            own.W[:, block] = own.U[:, block] = 0
            with np.errstate(divide="ignore"):
                own.b[block] = np.arctanh(value) if low else np.log(value) - np.log1p(-value)
        return replace(self, flat=own.flat)

    def _parameters(self) -> Parameters:
        return Parameters(self.net, self.flat)


def check_clip(clip) -> float | None:
    """The bound of every entry of the gradient; None for no limit."""
    if clip is None:
        return None
    clip = rate(clip, "clip")
    if clip == 0:
        raise ValueError("clip=0 would leave nothing of any gradient, expected a positive number. For no limit: "
                         "clip=None.")
    return clip


def check_after(after, kind, rule: Rule) -> None:
    """What can be gone on from: a run of this kind, with finite parameters, by a rule that keeps as much."""
    if not isinstance(after, kind):
        raise TypeError(f"after is a {type(after).__name__}, expected what training gave back, a {kind.__name__}.")
    if not np.isfinite(after.flat).all():
        raise ValueError("after has parameters that are not finite. Usual cause: a run with clamped gates, or one that "
                         "diverged; go on from the run before.")
    if len(after.state) != len(rule.slots):
        raise ValueError(f"after: the run before kept {len(after.state)} arrays from step to step, the rule "
                         f"{rule.name!r} keeps {len(rule.slots)}. Usual cause: another rule.")

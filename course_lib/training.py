"""Training of dense networks: a whole run in one call, many runs in one call, or one step at a time.

`fit` trains a small network in one compiled call and returns its record; `sweep` does so for many starts or learning
rates; `Stepper` takes one step of a wide network, where matrix products take nearly all of the time.

A network's weights lie in one flat vector: for each layer W (fan_in, fan_out) row by row, then b.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from course_lib.kernels import by_point, fused
from course_lib.kernels import losses as loss_kernels
from course_lib.kernels import training as kernels
from course_lib.nn.init import Init, draw_weights

#: The output activation that belongs to a loss when none is named.
NATURAL_OUTPUT = {"mse": "identity", "half_sse": "identity", "mae": "identity", "bce": "sigmoid",
                  "cross_entropy": "softmax"}


# ---- the flat parameter vector --------------------------------------------------------------------------------------


def count(sizes: Sequence[int], bias: bool = True) -> int:
    """How many numbers a dense network with these layer sizes holds."""
    return sum((fan_in + bias) * fan_out for fan_in, fan_out in pairwise(sizes))


def _layout(sizes, bias: bool) -> np.ndarray:
    """For each layer the place of W and of b (-1 without bias) in the flat vector: (L, 2) int64."""
    rows, place = [], 0
    for fan_in, fan_out in pairwise(sizes):
        rows.append((place, place + fan_in * fan_out if bias else -1))
        place += (fan_in + bias) * fan_out
    return np.array(rows, np.int64)


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
    expected = count(sizes, bias)
    if params.shape[-1] != expected:
        raise ValueError(f"params holds {params.shape[-1]} numbers, a network {tuple(sizes)} with bias={bias} has "
                         f"{expected}. Usual cause: other layer sizes, or bias=False on one side only.")
    lead, layers = params.shape[:-1], []
    for (w, b), fan_in, fan_out in zip(_layout(sizes, bias), sizes[:-1], sizes[1:], strict=True):
        weights = params[..., w : w + fan_in * fan_out].reshape(*lead, fan_in, fan_out)
        layers.append((weights, params[..., b : b + fan_out] if bias else None))
    return layers


def pack(layers: Sequence[tuple]) -> np.ndarray:
    """One flat vector from [(W, b), ...]; b may be None. The inverse of `unpack`."""
    parts = [np.ravel(part) for layer in layers for part in layer if part is not None]
    return np.concatenate(parts)


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

    Returns
    -------
    (P,) or (n, P) array of `dtype`.
    """
    rng = np.random.default_rng(rng)
    starts = np.zeros((1 if n is None else n, count(sizes, bias)), dtype)
    for start in starts:
        for weights, b in unpack(start, sizes, bias):
            drawn = draw_weights(rng, *weights.shape, init)
            if drawn.shape == (weights.shape[0] + 1, weights.shape[1]) and bias:
                b[:] = drawn[-1]
                drawn = drawn[:-1]
            if drawn.shape != weights.shape:
                raise ValueError(f"init returned shape {drawn.shape}, expected {weights.shape} (fan_in, fan_out). "
                                 "Usual cause: W transposed.")
            weights[:] = drawn
    return starts[0] if n is None else starts


# ---- the record of a run --------------------------------------------------------------------------------------------


def _activation(name: str, z: np.ndarray) -> np.ndarray:
    """g(z) for the few places that need it outside a run; the kernel's own twin."""
    a = np.stack([z.T, z.T])
    kernels.activate(kernels.ACTIVATIONS.index(name), a, np.empty_like(a[:1]), 0, *z.T.shape)
    return np.ascontiguousarray(a[1].T)


def predict(params: np.ndarray, sizes: Sequence[int], X: np.ndarray, hidden: str = "tanh", output: str = "identity",
            bias: bool = True) -> np.ndarray:
    """Outputs (N, K) of a network with flat parameters `params` for inputs X (N, D)."""
    out = np.asarray(X, params.dtype)
    layers = unpack(params, sizes, bias)
    for number, (weights, b) in enumerate(layers, start=1):
        out = out @ weights if b is None else out @ weights + b
        name = output if number == len(layers) else hidden
        if name == "softmax":
            out = np.exp(out - out.max(axis=-1, keepdims=True))
            out /= out.sum(axis=-1, keepdims=True)
        else:
            out = _activation(name, out)
    return out


@dataclass(frozen=True)
class Run:
    """One training run.

    params : (P,) at the end. loss : (epochs + 1,) on all points, entry e after e epochs, NaN once diverged.
    snapshots : (K, P) at `snapshot_epochs` (K,). gradient_norms : (epochs + 1, L) of the loss over all points, or None.
    diverged_at : first epoch whose loss is not finite, or None.
    """

    params: np.ndarray
    sizes: tuple[int, ...]
    loss: np.ndarray
    snapshots: np.ndarray
    snapshot_epochs: np.ndarray
    gradient_norms: np.ndarray | None
    diverged_at: int | None
    hidden: str
    output: str
    bias: bool

    @property
    def weights(self) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """[(W, b), ...], views into `params`."""
        return unpack(self.params, self.sizes, self.bias)

    def predict(self, X: np.ndarray, snapshot: int | None = None) -> np.ndarray:
        """Outputs (N, K): probabilities for sigmoid or softmax; of snapshot number `snapshot` instead of the end."""
        params = self.params if snapshot is None else self.snapshots[snapshot]
        return predict(params, self.sizes, X, self.hidden, self.output, self.bias)


@dataclass(frozen=True)
class Sweep:
    """S training runs. params (S, P), loss (S, epochs + 1), snapshots (S, K, P), gradient_norms (S, epochs + 1, L) or
    None, diverged_at (S,) with -1 for a run that stayed finite. `sweep[s]` is one Run."""

    params: np.ndarray
    sizes: tuple[int, ...]
    loss: np.ndarray
    snapshots: np.ndarray
    snapshot_epochs: np.ndarray
    gradient_norms: np.ndarray | None
    diverged_at: np.ndarray
    hidden: str
    output: str
    bias: bool

    def __len__(self) -> int:
        return len(self.params)

    def __getitem__(self, s: int) -> Run:
        end = None if self.diverged_at[s] < 0 else int(self.diverged_at[s])
        kept = self.snapshot_epochs < (np.inf if end is None else end)
        norms = None if self.gradient_norms is None else self.gradient_norms[s]
        return Run(self.params[s], self.sizes, self.loss[s], self.snapshots[s, kept], self.snapshot_epochs[kept], norms,
                   end, self.hidden, self.output, self.bias)


# ---- validation -----------------------------------------------------------------------------------------------------


def _inputs(sizes, X) -> np.ndarray:
    X = np.asarray(X)
    if not np.issubdtype(X.dtype, np.floating):
        X = X.astype(np.float64)
    if X.dtype not in (np.float32, np.float64):
        raise TypeError(f"X has dtype {X.dtype}, expected float32 or float64.")
    if X.ndim != 2 or X.shape[1] != sizes[0] or not len(X):
        raise ValueError(f"X has shape {X.shape}, expected (N, {sizes[0]}) for sizes {sizes}. Usual cause: points in "
                         "columns instead of rows, or the wrong first entry of sizes.")
    if not np.isfinite(X).all():
        raise ValueError(f"X holds {np.sum(~np.isfinite(X))} NaN or infinite entries; expected finite numbers. "
                         "Usual cause: a column with zero spread was divided by its standard deviation.")
    return X


def _targets(sizes, y, loss: str, points: int, dtype) -> np.ndarray:
    """Targets as (K, N); labels become one-hot columns."""
    y, outputs = np.asarray(y), sizes[-1]
    if loss == "cross_entropy":
        if y.shape != (points,) or not np.issubdtype(y.dtype, np.integer):
            raise ValueError(f"y has shape {y.shape} and dtype {y.dtype}, expected integer labels ({points},) for "
                             "cross_entropy. Usual cause: one-hot targets; use y.argmax(axis=1).")
        if y.min() < 0 or y.max() >= outputs:
            raise ValueError(f"labels run from {y.min()} to {y.max()}, expected 0 to {outputs - 1} for {outputs} "
                             "outputs. Usual cause: labels that start at 1, or the wrong last entry of sizes.")
        return np.ascontiguousarray(np.eye(outputs, dtype=dtype)[:, y])
    if y.shape == (points,):
        y = y[:, None]
    if y.shape != (points, outputs):
        raise ValueError(f"y has shape {y.shape}, expected ({points}, {outputs}) for {points} rows of X and sizes "
                         f"{sizes}. Usual cause: labels where one column an output is needed, or loss={loss!r} where "
                         "cross_entropy is meant.")
    y = np.ascontiguousarray(y.T, dtype)
    if not np.isfinite(y).all():
        raise ValueError("y holds NaN or infinite entries; expected finite numbers.")
    if loss == "bce" and (y.min() < 0 or y.max() > 1):
        raise ValueError(f"targets run from {y.min()} to {y.max()}, expected 0 to 1 for bce. Usual cause: labels -1 "
                         "and +1; use (y + 1) / 2.")
    return y


def _codes(hidden: str, output: str | None, loss: str) -> tuple[np.ndarray, str]:
    if loss not in kernels.LOSSES:
        raise ValueError(f"loss={loss!r} is not known; expected one of {kernels.LOSSES}.")
    if hidden not in kernels.ACTIVATIONS:
        raise ValueError(f"hidden={hidden!r} is not known; expected one of {kernels.ACTIVATIONS}.")
    natural = NATURAL_OUTPUT[loss]
    output = natural if output is None else output
    if loss in ("bce", "cross_entropy"):
        if output != natural:
            raise ValueError(f"output={output!r} with loss={loss!r}, expected {natural!r}: this loss is computed from "
                             f"the scores before the {natural}. Leave `output` out.")
        return np.array([kernels.ACTIVATIONS.index(hidden), 0, kernels.LOSSES.index(loss)], np.int64), output
    if output not in kernels.ACTIVATIONS:
        raise ValueError(f"output={output!r} with loss={loss!r}, expected one of {kernels.ACTIVATIONS}.")
    codes = [kernels.ACTIVATIONS.index(hidden), kernels.ACTIVATIONS.index(output), kernels.LOSSES.index(loss)]
    return np.array(codes, np.int64), output


def _order(rng, epochs: int, points: int, shuffle: bool) -> np.ndarray:
    """The points of every epoch, (epochs, points), drawn beforehand so that the run itself has no randomness."""
    order = np.tile(np.arange(points), (epochs, 1))
    # A spawned generator: the starting weights drawn from rng stay the same for every batch size.
    return rng.spawn(1)[0].permuted(order, axis=1) if shuffle else order


def _positive(name: str, value, low: int = 1) -> int:
    if int(value) != value or value < low:
        raise ValueError(f"{name}={value}, expected a whole number of at least {low}.")
    return int(value)


# ---- training -------------------------------------------------------------------------------------------------------


def sweep(sizes: Sequence[int], X: np.ndarray, y: np.ndarray, params: np.ndarray | None = None, lrs=0.1, *,
          hidden: str = "tanh", output: str | None = None, loss: str = "mse", epochs: int = 1000,
          batch_size: int | None = None, rng=0, init: Init = "normal", bias: bool = True, shuffle: bool = True,
          momentum=0.0, snapshots: int = 0, record_gradients: bool = False) -> Sweep:
    """Train the same network from many starts, or with many learning rates, in one compiled call.

    Parameters
    ----------
    params : (S, P) starts, or (P,) one start for all rates; None draws one with `init`.
    lrs, momentum : a number, or one for each run (S,).
    Other arguments as in `fit`. All runs see the points in the same order.

    Returns
    -------
    Sweep
    """
    sizes = tuple(int(size) for size in sizes)
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes={sizes}, expected at least two positive layer sizes, input first, such as (2, 3, 1).")
    rng = np.random.default_rng(rng)
    X = _inputs(sizes, X)
    points, dtype = len(X), X.dtype
    codes, output = _codes(hidden, output, loss)
    targets = _targets(sizes, y, loss, points, dtype)
    epochs = _positive("epochs", epochs, 0)
    batch = points if batch_size is None else min(_positive("batch_size", batch_size), points)
    if params is None:
        params = init_params(sizes, rng, init, bias=bias, dtype=dtype)
    starts = np.atleast_2d(np.asarray(params, dtype))
    unpack(starts, sizes, bias)
    lrs, momentum = np.asarray(lrs, float), np.asarray(momentum, float)
    runs = max(len(starts), lrs.size, momentum.size)
    if any(size not in (1, runs) for size in (len(starts), lrs.size, momentum.size)):
        raise ValueError(f"{len(starts)} starts, {lrs.size} learning rates and {momentum.size} momenta do not fit "
                         "together; expected one, or one a run.")
    if (lrs < 0).any() or (momentum < 0).any() or (momentum >= 1).any():
        raise ValueError(f"lr={lrs}, momentum={momentum}: expected lr >= 0 and 0 <= momentum < 1. Usual cause: "
                         "a minus sign; the update subtracts the gradient itself.")
    starts = np.array(np.broadcast_to(starts, (runs, starts.shape[1])), order="C")
    rates = np.empty((runs, 2), dtype)
    rates[:, 0], rates[:, 1] = lrs, momentum
    chosen = np.unique(np.linspace(0, epochs, snapshots).round().astype(np.int64))
    rows = np.full(epochs + 1, -1, np.int64)
    rows[chosen] = np.arange(len(chosen))
    order = np.empty((0, 0), np.int64) if batch == points else _order(rng, epochs, points, shuffle)
    losses = np.full((runs, epochs + 1), np.nan)
    frames = np.full((runs, len(chosen), starts.shape[1]), np.nan, dtype)
    norms = np.full((runs, epochs + 1 if record_gradients else 0, len(sizes) - 1), np.nan)
    diverged = np.full(runs, -1, np.int64)
    network = np.array(sizes, np.int64), _layout(sizes, bias), codes, np.ascontiguousarray(X.T), targets, order
    records = losses, rows, frames, diverged
    if batch == 1 < points and not record_gradients:
        by_point.train(starts, rates, *network, *records)
    else:
        kernels.train(starts, rates, *network, *records, norms, batch)
    return Sweep(starts, sizes, losses, frames, chosen, norms if record_gradients else None, diverged, hidden, output,
                 bias)


def fit(sizes: Sequence[int], X: np.ndarray, y: np.ndarray, *, hidden: str = "tanh", output: str | None = None,
        loss: str = "mse", lr: float = 0.1, epochs: int = 1000, batch_size: int | None = None, rng=0,
        params: np.ndarray | None = None, init: Init = "normal", bias: bool = True, shuffle: bool = True,
        momentum: float = 0.0, snapshots: int = 0, record_gradients: bool = False) -> Run:
    """Train a small dense network by (mini-batch) gradient descent; the whole run is one compiled call.

    v <- momentum v - lr dLoss/dparams,  params <- params + v

    Parameters
    ----------
    sizes : layer sizes, input first, such as (2, 3, 1).
    X : (N, D) float32 or float64; the run uses the same precision.
    y : (N, K) or (N,) targets; integer labels (N,) for cross_entropy.
    hidden : identity, tanh, sigmoid, relu, leaky_relu, elu, selu or gelu.
    output : the same names; None takes what belongs to the loss (identity, sigmoid for bce, softmax for cross_entropy).
    loss : mse, half_sse, mae, bce or cross_entropy; always a mean over the batch.
    epochs : passes over the points. batch_size : None for all points, 1 for one point at a time.
    rng : seed or numpy Generator, for the start and the order of the points.
    params : (P,) start; None draws one, see `init_params` for `init`.
    shuffle : False keeps the order of the rows in every epoch.
    snapshots : how many parameter vectors to keep, evenly over the run, first and last included.
    record_gradients : also keep the length of each layer's gradient after every epoch.

    Returns
    -------
    Run; a run whose loss is no longer finite stops, and `diverged_at` names the epoch.

    Raises
    ------
    ValueError, TypeError : shapes, labels, names or rates that do not fit.
    """
    many = sweep(sizes, X, y, params, lr, hidden=hidden, output=output, loss=loss, epochs=epochs, batch_size=batch_size,
                 rng=rng, init=init, bias=bias, shuffle=shuffle, momentum=momentum, snapshots=snapshots,
                 record_gradients=record_gradients)
    if len(many) != 1:
        raise ValueError(f"fit trains one network, but got {len(many)} starts or rates. Use sweep.")
    return many[0]


# ---- one step at a time, for wide layers ----------------------------------------------------------------------------


class Stepper:
    """Mini-batch descent on a wide dense network, one step a call; the matrix products go to BLAS.

    Parameters
    ----------
    sizes : layer sizes, input first, such as (784, 512, 10).
    batch_size : the largest batch that `step` will get.
    hidden : relu, tanh, sigmoid or identity. output : the same names, for mse and half_sse.
    loss : cross_entropy (integer labels), mse or half_sse.
    lr, momentum : numbers; may be changed between steps.
    rng, init : see `init_params`; None takes "he" for relu and "normal" for the others.
    dtype : float32 or float64; inputs are converted.

    Attributes
    ----------
    params : (P,) the flat parameters. weights : [(W, b), ...], views into them.
    """

    def __init__(self, sizes: Sequence[int], batch_size: int, hidden: str = "relu", loss: str = "cross_entropy",
                 lr: float = 0.1, momentum: float = 0.0, dtype=np.float32, rng=0, *, output: str | None = None,
                 init: Init | None = None):
        if loss not in ("cross_entropy", "mse", "half_sse"):
            raise ValueError(f"loss={loss!r}, expected cross_entropy, mse or half_sse.")
        output = NATURAL_OUTPUT[loss] if output is None else output
        last = "identity" if loss == "cross_entropy" else output  # its softmax is part of the loss
        for role, name in (("hidden", hidden), ("output", last)):
            if name not in fused.ACTIVATIONS:
                raise ValueError(f"{role}={name!r}, expected one of {fused.ACTIVATIONS}.")
        if loss == "cross_entropy" and output != "softmax":
            raise ValueError(f"output={output!r} with loss='cross_entropy', expected 'softmax'. Leave `output` out.")
        self.sizes, self.hidden, self.output, self.loss = tuple(sizes), hidden, output, loss
        self.lr, self.momentum = lr, momentum
        init = ("he" if hidden == "relu" else "normal") if init is None else init
        self.params = init_params(self.sizes, rng, init, dtype=dtype)
        self.weights = unpack(self.params, self.sizes)
        self._gradient, self._velocity = np.zeros_like(self.params), np.zeros_like(self.params)
        self._gradients = unpack(self._gradient, self.sizes)
        self._codes = [fused.ACTIVATIONS.index(hidden)] * (len(self.sizes) - 2) + [fused.ACTIVATIONS.index(last)]
        self._outputs = [np.empty((batch_size, size), dtype) for size in self.sizes[1:]]
        self._costs = np.empty(batch_size, dtype)
        self._deltas = [np.empty((batch_size, size), dtype) for size in self.sizes[1:]]

    def step(self, X: np.ndarray, y: np.ndarray) -> float:
        """One update from the batch X (n, D), y (n,) labels or (n, K) targets; returns the loss before it."""
        X = np.ascontiguousarray(X, self.params.dtype)
        n, most = len(X), len(self._outputs[0])
        if X.ndim != 2 or X.shape[1] != self.sizes[0] or not 0 < n <= most:
            raise ValueError(f"X has shape {X.shape}, expected (n, {self.sizes[0]}) with 1 <= n <= {most}. Usual "
                             "cause: images that are not flattened, or a batch above batch_size.")
        outputs, deltas = [out[:n] for out in self._outputs], [d[:n] for d in self._deltas]
        inputs = [X, *outputs[:-1]]
        for x, (W, b), out, code in zip(inputs, self.weights, outputs, self._codes, strict=True):
            np.matmul(x, W, out=out)
            fused.bias_activation(code, out, b)
        loss = self._loss(outputs[-1], y, deltas[-1])
        for layer in range(len(self.weights) - 1, -1, -1):
            dW, db = self._gradients[layer]
            fused.through_activation(self._codes[layer], deltas[layer], outputs[layer], db)
            np.matmul(inputs[layer].T, deltas[layer], out=dW)
            if layer > 0:
                np.matmul(deltas[layer], self.weights[layer][0].T, out=deltas[layer - 1])
        real = self.params.dtype.type
        if self.momentum:
            kernels.momentum_step(self.params, self._gradient, self._velocity, real(self.lr), real(self.momentum))
        else:
            fused.descend(self.params, self._gradient, real(self.lr))
        return loss

    def _loss(self, out, y, delta) -> float:
        n, outputs = out.shape
        y = np.asarray(y)
        if self.loss == "cross_entropy":
            if y.shape != (n,) or not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() >= outputs:
                raise ValueError(f"y has shape {y.shape} and dtype {y.dtype}, expected {n} integer labels from 0 to "
                                 f"{outputs - 1}. Usual cause: one-hot targets, or labels that start at 1.")
            loss_kernels.softmax_cross_entropy(out, y.astype(np.int64, copy=False), self._costs[:n], delta)
            return float(self._costs[:n].mean())
        if y.shape != out.shape:
            raise ValueError(f"y has shape {y.shape}, expected {out.shape}. Usual cause: labels where one column an "
                             "output is needed.")
        scale = 2 / out.size if self.loss == "mse" else 1 / n
        return fused.squared_loss(out, y.astype(out.dtype, copy=False), delta, out.dtype.type(scale))

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Outputs (N, K); for cross_entropy the probabilities."""
        return predict(self.params, self.sizes, X, self.hidden, self.output)

"""A net that learns an answer to sequences: a number, a class, or a tag for every step."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course_lib import ops
from course_lib.kernels import losses as kernels
from course_lib.ops.updates import RULES
from course_lib.recurrent.cells import CELLS
from course_lib.recurrent.net import Learner, Net, Parameters, Trained, check_after, check_clip, learn, start
from course_lib.validate import as_array, as_dtype, as_float, as_labels, choice, finite, function, whole_number

TASKS = ("number", "class", "tags")
#: Sequences that are read side by side when nothing is learned.
BLOCK = 256


class Sequences(NamedTuple):
    """Sequences as cells read them, time first."""

    rows: np.ndarray  #: (T, N, D), or (T, N) whole numbers
    keep: np.ndarray  #: (T, N) bool

    @property
    def count(self) -> int:
        return self.keep.shape[1]

    def of(self, chosen) -> "Sequences":
        return Sequences(np.ascontiguousarray(self.rows[:, chosen]), np.ascontiguousarray(self.keep[:, chosen]))

    def flat(self) -> np.ndarray:
        return self.rows.reshape(-1, *self.rows.shape[2:])


def as_sequences(X, mask, inputs: int | None, dtype, name: str = "X") -> tuple[Sequences, int]:
    """Sequences (N, T, D) of numbers, or (N, T) of whole numbers, and D or the number of symbols. `inputs`, where
    given, is what it must be.
    """
    X = as_array(X, name)
    symbols = X.ndim == 2 and X.dtype.kind in "iu"
    if not symbols:
        X = as_float(X, name)
    if X.ndim != (2 if symbols else 3) or X.size == 0:
        hint = " One number a step: X[:, :, None]." if X.ndim == 2 else ""
        raise ValueError(f"{name} must have shape (N, T, D), or (N, T) for whole numbers, and not be empty, got "
                         f"{X.shape}.{hint}")
    keep = np.ones(X.shape[:2], bool) if mask is None else as_array(mask, "mask")
    if keep.dtype.kind != "b" or keep.shape != X.shape[:2] or not keep.any(axis=1).all():
        raise ValueError(f"mask must be True and False in shape (N, T) = {X.shape[:2]}, True at one step of each "
                         f"sequence at least, got {keep.dtype} {keep.shape}.")
    X = np.where(keep if symbols else keep[:, :, None], X, 0)  # what stands after an end is never read
    if symbols:
        X = X.astype(np.int64)
        if X.min() < 0 or (inputs is not None and X.max() >= inputs):
            raise ValueError(f"{name} holds symbols from {X.min()} to {X.max()}, expected 0 or more"
                             f"{f' and below {inputs}' if inputs else ''}.")
        inputs = inputs or int(X.max()) + 1
    else:
        finite(X, name)
        if inputs not in (None, X.shape[2]):
            raise ValueError(f"{name} has {X.shape[2]} numbers a step, expected {inputs}.")
        X, inputs = X.astype(dtype, copy=False), X.shape[2]
    return Sequences(np.ascontiguousarray(X.swapaxes(0, 1)), np.ascontiguousarray(keep.T)), inputs


def as_answers(y, task: str, data: Sequences, outputs: int | None, dtype, name: str = "y") -> tuple[np.ndarray, int]:
    """The answers, labels (N,), tags (T, N) or numbers (N, K), and the number of outputs."""
    T, N = data.keep.shape
    if task == "number":
        y = as_float(y, name)
        finite(y, name)
        if y.ndim not in (1, 2) or len(y) != N or y.size == 0:
            raise ValueError(f"{name} must have shape (N,) = ({N},), or (N, K) for several numbers, got {y.shape}. For "
                             "a tag at every step: task='tags'.")
        y = y.reshape(N, -1).astype(dtype)
        if outputs not in (None, y.shape[1]):
            raise ValueError(f"{name} has {y.shape[1]} numbers a sequence, expected {outputs}.")
        return y, y.shape[1]
    if task == "class":
        labels = as_labels(y, N, outputs, name)
    else:
        y = as_array(y, name)
        if y.shape != (N, T):
            raise ValueError(f"{name} must have shape (N, T) = {N, T}, one tag a step, got {y.shape}. For one answer "
                             "a sequence: task='class'.")
        labels = as_labels(np.where(data.keep.T, y, 0).ravel(), N * T, outputs, name)
        labels = np.ascontiguousarray(labels.reshape(N, T).T)
    return labels, outputs or max(2, int(labels.max()) + 1)


@dataclass(frozen=True, eq=False)
class Run(Trained):
    """A net trained on sequences; `train(..., after=run)` goes on from it.

    task : "number", "class" or "tags". single : whether the answer is one number. epochs : passes, those of a run
    before included. seed : of the order.
    loss : (passes of this run,) mean over each pass, of every batch before its step. val_loss : after each pass, or
    None. diverged_at : the first pass of this run whose loss is not finite, with which it ended, or None.
    """

    task: str
    single: bool
    epochs: int
    seed: int
    loss: np.ndarray
    val_loss: np.ndarray | None
    diverged_at: int | None

    def scores(self, X, mask=None) -> np.ndarray:
        """Outputs before softmax: (N, K), or (N, T, K) for tags."""
        data, _ = as_sequences(X, mask, self.net.inputs, self.flat.dtype)
        return _outputs(self.net, self.task, self._parameters(), data)

    def predict(self, X, mask=None) -> np.ndarray:
        """Numbers (N,), or (N, K) where there are several; else probabilities (N, classes) or (N, T, tags)."""
        scores = self.scores(X, mask)
        if self.task == "number":
            return scores[:, 0] if self.single else scores
        return ops.softmax(scores.reshape(-1, scores.shape[-1])).reshape(scores.shape)

    def accuracy(self, X, y, mask=None) -> float:
        """Share of right classes, or of right tags among the steps that are there."""
        if self.task == "number":
            raise ValueError("accuracy of a run with task='number', expected 'class' or 'tags'. For numbers: "
                             "ops.mse(run.predict(X), y).")
        data, _ = as_sequences(X, mask, self.net.inputs, self.flat.dtype)
        answers, _ = as_answers(y, self.task, data, self.net.outputs, self.flat.dtype)
        found = _outputs(self.net, self.task, self._parameters(), data).argmax(axis=-1)
        return float((found == answers).mean() if self.task == "class" else (found.T == answers)[data.keep].mean())

    def read(self, X, mask=None) -> dict[str, np.ndarray]:
        """What happens in the net: h (N, T, H); for an LSTM also i, f, g, o and c, for a GRU z, r, k."""
        data, _ = as_sequences(X, mask, self.net.inputs, self.flat.dtype)
        params, window = self._parameters(), self.net.window(*data.keep.shape, self.flat.dtype)
        window.forward(params.W, params.U, params.b, data.flat(), data.keep)
        return {name: values.swapaxes(0, 1).copy() for name, values in window.seen().items()}


def _outputs(net: Net, task: str, params: Parameters, data: Sequences) -> np.ndarray:
    """(N, K), or (N, T, K) for tags."""
    found = []
    for first in range(0, data.count, BLOCK):
        some = data.of(slice(first, first + BLOCK))
        window = net.window(*some.keep.shape, params.flat.dtype)
        window.forward(params.W, params.U, params.b, some.flat(), some.keep)
        h = window.h[1:].swapaxes(0, 1) if task == "tags" else window.h[-1]
        found.append(h @ params.Wy + params.by)
    return np.concatenate(found)


def _mean_loss(net: Net, task: str, params: Parameters, data: Sequences, answers) -> float:
    out = _outputs(net, task, params, data)
    if task == "number":
        return float(kernels.squared_loss(out, answers, np.empty_like(out), out.dtype.type(2 / out.size)))
    if task == "class":
        return float(ops.cross_entropy(out, answers))
    return float(ops.cross_entropy(out[data.keep.T], answers.T[data.keep.T]))


def train(X, y, cell: str = "gru", hidden: int = 32, *, task: str = "number", epochs: int, batch: int = 32,
          rule: str = "adam", lr: float = 0.01, clip: float | None = 5.0, seed: int = 0, mask=None, X_val=None,
          y_val=None, mask_val=None, after: Run | None = None, on_epoch: Callable | None = None, dtype=np.float32,
          **settings) -> Run:
    """Train a net on sequences, by back-propagation through all of their steps.

    Parameters
    ----------
    X : (N, T, D) numbers, or (N, T) whole numbers that stand for one-hot rows.
    y : for task "number" (N,) or (N, K), read off the last state, mean squared error; for "class" labels (N,), off the
        last state, cross-entropy; for "tags" labels (N, T), off the state of every step, cross-entropy.
    cell : "rnn" (tanh), "lstm" or "gru". hidden : number of units.
    epochs : passes over the sequences, in a new order each time. batch : sequences of a step.
    rule, lr, **settings : update rule of `ops.RULES`, learning rate, and what else the rule has.
    clip : every entry of the gradient of the mean loss is brought into [-clip, clip]; None for no limit.
    seed : for the start and the order.
    mask : (N, T) bool, False after the end of a shorter sequence; None where all have T steps.
    X_val, y_val, mask_val : sequences only to measure on, after each pass.
    after : an earlier run, from which this one goes on, with the same data and seed as one long run would.
    on_epoch : function of the Run so far, called after each pass; the answer True ends the run.
    dtype : float32, or float64 for checks.

    Returns
    -------
    Run. An interrupt (the stop button of a notebook) ends the run and keeps what is trained.

    Raises
    ------
    ValueError, TypeError : shapes, labels, names or settings that do not fit.
    """
    dtype, seed = as_dtype(dtype), whole_number(seed, "seed", 0)
    choice(cell, "cell", CELLS)
    choice(task, "task", TASKS)
    epochs, batch = whole_number(epochs, "epochs", 0), whole_number(batch, "batch")
    rule = RULES[choice(rule, "rule", RULES)]
    numbers, clip = rule.check(lr, **settings), check_clip(clip)
    if on_epoch is not None:
        function(on_epoch, "on_epoch", "a Run")
    if after is not None:
        check_after(after, Run, rule)
    data, inputs = as_sequences(X, mask, after and after.net.inputs, dtype)
    answers, outputs = as_answers(y, task, data, after and after.net.outputs, dtype)
    net = Net(cell, inputs, whole_number(hidden, "hidden"), outputs)
    if after is None:
        params, made, before = start(net, seed, dtype), 0, 0
        kept = rule.start(params.flat.size, dtype)
    else:
        if (after.net, after.task) != (net, task):
            raise ValueError(f"after is a run of {after.net.cell!r} with hidden={after.net.hidden}, task="
                             f"{after.task!r}, expected {cell!r} with hidden={hidden}, task={task!r}. Usual cause: "
                             "arguments that have defaults.")
        params, kept = Parameters(net, after.flat.astype(dtype)), after.state.astype(dtype)
        made, before = after.steps, after.epochs
    validation = _validation(X_val, y_val, mask_val, task, net, dtype)
    learner, n = Learner(net, params, rule, kept, numbers, clip, made), data.count
    windows, losses, val_losses, diverged = {}, [], [], None

    def run() -> Run:
        return Run(net, params.flat.copy(), kept.copy(), learner.steps, task, np.ndim(y) == 1, before + len(losses),
                   seed, np.array(losses), np.array(val_losses) if validation else None, diverged)

    with np.errstate(all="ignore"), suppress(KeyboardInterrupt):
        while len(losses) < epochs and diverged is None:
            order, total, weight = np.random.default_rng([seed, before + len(losses)]).permutation(n), 0.0, 0
            for first in range(0, n, batch):
                chosen = order[first : first + batch]
                if len(chosen) not in windows:
                    windows[len(chosen)] = net.window(len(data.keep), len(chosen), dtype)
                loss, count = _step(learner, windows[len(chosen)], task, data.of(chosen), answers, chosen)
                total, weight = total + count * loss, weight + count
            measured = _mean_loss(net, task, params, *validation) if validation else None
            losses.append(total / weight)
            val_losses.append(measured)
            if not np.isfinite(losses[-1]):
                diverged = len(losses) - 1
            if on_epoch is not None and on_epoch(run()):
                break
    return run()


def _step(learner: Learner, window, task: str, some: Sequences, answers, chosen) -> tuple[float, int]:
    """One step: the mean loss before it, and over how many answers."""
    params, rows, keep = learner.params, some.flat(), some.keep
    window.forward(params.W, params.U, params.b, rows, keep)
    dh, last = np.zeros_like(window.h[1:]), None
    if task == "tags":
        y = answers[:, chosen][keep]
        loss, dh[keep] = learn(params, learner.gradient, window.h[1:][keep], y)
    else:
        y = answers[chosen]
        loss, last = learn(params, learner.gradient, window.h[-1], y)
    learner.update(window, rows, keep, dh, last)
    return loss, len(y)


def _validation(X_val, y_val, mask_val, task: str, net: Net, dtype) -> tuple | None:
    """Sequences and answers to measure on, or None."""
    if (X_val is None) != (y_val is None):
        raise ValueError(f"{'y_val' if y_val is None else 'X_val'} is missing: validation needs sequences and answers.")
    if X_val is None:
        return None
    data, _ = as_sequences(X_val, mask_val, net.inputs, dtype, "X_val")
    return data, as_answers(y_val, task, data, net.outputs, dtype, "y_val")[0]

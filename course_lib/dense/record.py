"""What a training run leaves behind."""

from dataclasses import dataclass

import numpy as np

from course_lib import ops
from course_lib.dense.flat import unpack
from course_lib.dense.problem import as_points
from course_lib.kernels.extras import uniforms
from course_lib.validate import whole_number


@dataclass(frozen=True)
class Run:
    """One training run; `train(..., after=run)` goes on from it.

    params : (P,) at the end. state : (slots, P) what the rule keeps, such as the velocity of momentum. epochs, steps :
    passes and steps made, those of a run before included. loss : (passes of this run + 1,) on all points, NaN once
    diverged. batch_loss : (passes,) of the last batch of each, before its step, or None. snapshots : (K, P) at
    `snapshot_epochs` (K,). gradient_norms : (passes + 1, L) of the loss over all points, or None. diverged_at : first
    epoch whose loss is not finite, or None. dropout : rate of dropping. seed : of the random numbers of the steps, or
    None. batch_sizes : points of each step of a pass.
    """

    params: np.ndarray
    state: np.ndarray
    epochs: int
    steps: int
    sizes: tuple[int, ...]
    loss: np.ndarray
    batch_loss: np.ndarray | None
    snapshots: np.ndarray
    snapshot_epochs: np.ndarray
    gradient_norms: np.ndarray | None
    diverged_at: int | None
    hidden: str
    output: str
    bias: bool
    dropout: float
    seed: int | None
    batch_sizes: list[int]

    @property
    def weights(self) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """[(W, b), ...], views into `params`."""
        return unpack(self.params, self.sizes, self.bias)

    def predict(self, X: np.ndarray, snapshot: int | None = None) -> np.ndarray:
        """Outputs (N, K) for X (N, D): probabilities for sigmoid or softmax; of snapshot number `snapshot` instead of
        the end.
        """
        params = self.params
        if snapshot is not None:
            if not len(self.snapshots):
                raise ValueError(f"snapshot={snapshot}, but this run kept none: train(..., snapshots=20) does.")
            params = self.snapshots[whole_number(snapshot, "snapshot", 0, len(self.snapshots) - 1)]
        X = as_points(X, self.sizes).astype(params.dtype, copy=False)
        return ops.mlp_forward(X, unpack(params, self.sizes, self.bias), self.hidden, self.output)[0]

    def dropout_masks(self, step: int) -> list[np.ndarray]:
        """Which hidden units a step of this run kept, and which it dropped: its very masks, drawn again.

        Parameters
        ----------
        step : 1, 2, ..., counted from the start; a run that went on from another one has the steps after those.

        Returns
        -------
        list of bool arrays (points of the step, units), one a hidden layer, True where a unit was kept

        Raises
        ------
        ValueError : a run without dropout, or a step of the run before.
        """
        if not self.dropout:
            raise ValueError("this run dropped nothing: train(..., dropout=0.5) does.")
        first = self.steps - (len(self.loss) - 1) * len(self.batch_sizes) + 1
        step = whole_number(step, "step", first, self.steps)
        points = self.batch_sizes[(step - first) % len(self.batch_sizes)]
        return [uniforms(self.seed, step, layer, units, points).T >= self.dropout
                for layer, units in enumerate(self.sizes[1:-1], 1)]


@dataclass(frozen=True)
class Sweep:
    """S training runs. params (S, P), state (S, slots, P), epochs, steps, loss (S, epochs + 1), batch_loss (S, epochs)
    or None, snapshots (S, K, P), gradient_norms (S, epochs + 1, L) or None, diverged_at (S,) with -1 for a run that
    stayed finite, dropout (S,). `sweep[s]` is one Run."""

    params: np.ndarray
    state: np.ndarray
    epochs: int
    steps: int
    sizes: tuple[int, ...]
    loss: np.ndarray
    batch_loss: np.ndarray | None
    snapshots: np.ndarray
    snapshot_epochs: np.ndarray
    gradient_norms: np.ndarray | None
    diverged_at: np.ndarray
    hidden: str
    output: str
    bias: bool
    dropout: np.ndarray
    seed: int | None
    batch_sizes: list[int]

    def __len__(self) -> int:
        return len(self.params)

    def __getitem__(self, s: int) -> Run:
        s = whole_number(s, "run", -len(self), None)
        if s >= len(self):  # an IndexError, by which a loop over the runs ends
            raise IndexError(f"run {s} of a sweep of {len(self)} runs; the last one is {len(self) - 1}, or -1.")
        end = None if self.diverged_at[s] < 0 else int(self.diverged_at[s])
        kept = self.snapshot_epochs < (np.inf if end is None else end)
        norms, batch_loss = (None if record is None else record[s] for record in (self.gradient_norms, self.batch_loss))
        return Run(self.params[s], self.state[s], self.epochs, self.steps, self.sizes, self.loss[s], batch_loss,
                   self.snapshots[s, kept], self.snapshot_epochs[kept], norms, end, self.hidden, self.output, self.bias,
                   float(self.dropout[s]), self.seed, self.batch_sizes)

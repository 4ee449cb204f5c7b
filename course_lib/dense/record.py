"""What a training run leaves behind."""

from dataclasses import dataclass

import numpy as np

from course_lib import ops
from course_lib.dense.flat import unpack
from course_lib.dense.problem import as_points
from course_lib.validate import whole_number


@dataclass(frozen=True)
class Run:
    """One training run; `train(..., after=run)` goes on from it.

    params : (P,) at the end. state : (slots, P) what the rule keeps, such as the velocity of momentum. epochs : passes
    made, those of a run before included. loss : (passes of this run + 1,) on all points, NaN once diverged.
    snapshots : (K, P) at `snapshot_epochs` (K,). gradient_norms : (epochs + 1, L) of the loss over all points, or None.
    diverged_at : first epoch whose loss is not finite, or None.
    """

    params: np.ndarray
    state: np.ndarray
    epochs: int
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


@dataclass(frozen=True)
class Sweep:
    """S training runs. params (S, P), state (S, slots, P), epochs, loss (S, epochs + 1), snapshots (S, K, P),
    gradient_norms (S, epochs + 1, L) or None, diverged_at (S,) with -1 for a run that stayed finite. `sweep[s]` is one
    Run."""

    params: np.ndarray
    state: np.ndarray
    epochs: int
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
        s = whole_number(s, "run", -len(self), None)
        if s >= len(self):  # an IndexError, by which a loop over the runs ends
            raise IndexError(f"run {s} of a sweep of {len(self)} runs; the last one is {len(self) - 1}, or -1.")
        end = None if self.diverged_at[s] < 0 else int(self.diverged_at[s])
        kept = self.snapshot_epochs < (np.inf if end is None else end)
        norms = None if self.gradient_norms is None else self.gradient_norms[s]
        return Run(self.params[s], self.state[s], self.epochs, self.sizes, self.loss[s], self.snapshots[s, kept],
                   self.snapshot_epochs[kept], norms, end, self.hidden, self.output, self.bias)

"""Ending a run when the validation loss no longer falls."""

import numpy as np

from course_lib.validate import whole_number, yes_or_no


class EarlyStopping:
    """Stop after `patience` epochs in a row without a new lowest validation loss, as `on_epoch` of `fit`.

        stopping = nn.EarlyStopping(patience=10)
        nn.fit(..., X_val=X_val, y_val=y_val, on_epoch=stopping)

    The epochs are those of the history: epoch 0 is the network before its first step, and `best_epoch` and
    `stopped_epoch` are what `ops.early_stopping(history.val_loss, patience)` finds.

    Parameters
    ----------
    patience : epochs, at least 1
    restore : whether the network ends with the weights and buffers of the best epoch, however the run ends

    Attributes
    ----------
    best_epoch : the epoch with the lowest validation loss so far
    stopped_epoch : the epoch after which the run was stopped; None when it was not
    """

    def __init__(self, patience: int, restore: bool = True):
        self.patience, self.restore = whole_number(patience, "patience"), yes_or_no(restore, "restore")
        self._forget()

    def __repr__(self) -> str:
        return f"EarlyStopping({self.patience})"

    def _forget(self) -> None:
        self.best_epoch, self.stopped_epoch, self._lowest, self._best = 0, None, np.inf, None

    def begin(self, now) -> None:
        """Called by `fit` before the first step, also of a second run."""
        self._forget()
        if now.history.val_loss is None:
            raise ValueError("EarlyStopping watches the validation loss, and there is none: fit(..., X_val=..., "
                             "y_val=...). The training loss falls on when the network learns by heart.")
        self(now)

    def __call__(self, now) -> str | None:
        loss = now.history.val_loss[-1]
        if loss < self._lowest:
            self.best_epoch, self._lowest = now.epoch, loss
            if self.restore:
                self._best = now.net.state_dict()
        elif now.epoch - self.best_epoch >= self.patience:
            self.stopped_epoch = now.epoch
            return "stop"
        return None

    def finish(self, net) -> None:
        """Called by `fit` at the end."""
        if self._best is not None:
            net.load_state_dict(self._best)

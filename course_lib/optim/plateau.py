"""A learning rate that is cut when the validation loss does not fall any more."""

import math

from course_lib.ops.schedules import wait
from course_lib.optim.optimizer import Optimizer
from course_lib.validate import as_number, rate, whole_number


class ReduceLROnPlateau:
    """Cuts the rate of an optimizer as `ops.reduce_on_plateau` does: `step` gets the validation loss of each epoch.

    lr <- max(factor lr, min_lr) of every group, as often as `patience` epochs in a row bring no new best loss

    PyTorch's waits one epoch longer, and does not count a loss as better that is lower by less than a share of 1e-4.

    Parameters
    ----------
    optimizer : such as `Adam`
    factor : at least 0 and at most 1
    patience : int, at least 1
    min_lr : at least 0
    """

    def __init__(self, optimizer: Optimizer, factor: float = 0.1, patience: int = 10, min_lr: float = 0.0):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer is {type(optimizer).__name__}, expected an object such as optim.Adam(...).")
        self.optimizer, self.factor = optimizer, rate(factor, "factor", high=1)
        self.patience, self.min_lr = whole_number(patience, "patience"), rate(min_lr, "min_lr")
        self.best, self.waited = math.inf, 0

    def step(self, val_loss: float) -> None:
        """An epoch has ended with this validation loss."""
        self.best, self.waited, cut = wait(as_number(val_loss, "val_loss"), self.best, self.waited, self.patience)
        if cut:
            for group in self.optimizer.param_groups:
                group["lr"] = min(group["lr"], max(self.factor * group["lr"], self.min_lr))

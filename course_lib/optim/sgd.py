"""Gradient descent with momentum, classical or Nesterov's, and weight decay."""

from collections.abc import Iterable

from course_lib.optim.optimizer import Optimizer
from course_lib.validate import yes_or_no


class SGD(Optimizer):
    """Gradient descent with momentum: the rule `ops.momentum` or `ops.nesterov`; with momentum 0 it is `ops.sgd`.

    v <- momentum v + g, with g = grad + weight_decay w
    w <- w - lr v, or with nesterov w <- w - lr (g + momentum v)

    Parameters
    ----------
    params : the parameters of a network, `net.parameters()`, or groups with settings of their own:
        [{"params": [...], "lr": 0.01}, {"params": [...], "weight_decay": 0.0}]; what a group does not name is taken
        from the arguments
    lr : learning rate, at least 0
    momentum : share of the last step that is kept, 0 <= momentum < 1
    weight_decay : lambda of the penalty (lambda/2) sum w^2. It is for weights: of `net.parameters()`, those with one
        axis (biases) are not decayed. Groups are taken at their word
    nesterov : whether the momentum is Nesterov's

    lr, momentum and weight_decay are attributes too: setting one sets it for all groups.

    Raises
    ------
    TypeError, ValueError
        For settings that are negative, NaN or infinite, and for anything but parameters.
    """

    def __init__(self, params: Iterable, lr: float, momentum: float = 0.0, weight_decay: float = 0.0,
                 nesterov: bool = False):
        super().__init__(params, "nesterov" if yes_or_no(nesterov, "nesterov") else "momentum", lr=lr,
                         momentum=momentum, weight_decay=weight_decay)

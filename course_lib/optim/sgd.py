"""Gradient descent with momentum and weight decay."""

from collections.abc import Iterable

from course_lib.optim.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent with classical momentum, the rule `ops.momentum`; with momentum 0 it is `ops.sgd`.

    v <- momentum v + g, with g = grad + weight_decay w
    w <- w - lr v

    Parameters
    ----------
    params : the parameters of a network, `net.parameters()`, or groups with settings of their own:
        [{"params": [...], "lr": 0.01}, {"params": [...], "weight_decay": 0.0}]; what a group does not name is taken
        from the arguments
    lr : learning rate, at least 0
    momentum : share of the last step that is kept, 0 <= momentum < 1
    weight_decay : lambda of the penalty (lambda/2) sum w^2. It is for weights: of `net.parameters()`, those with one
        axis (biases) are not decayed. Groups are taken at their word

    lr, momentum and weight_decay are attributes too: setting one sets it for all groups.

    Raises
    ------
    TypeError, ValueError
        For settings that are negative, NaN or infinite, and for anything but parameters.
    """

    def __init__(self, params: Iterable, lr: float, momentum: float = 0.0, weight_decay: float = 0.0):
        super().__init__(params, "momentum", lr=lr, momentum=momentum, weight_decay=weight_decay)

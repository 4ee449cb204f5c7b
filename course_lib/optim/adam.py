"""Adam and its relatives."""

from collections.abc import Iterable

from course_lib.optim.optimizer import Optimizer, pair
from course_lib.validate import yes_or_no


class Adam(Optimizer):
    """The mean of the gradients over their root mean square: the rule `ops.adam`, or `ops.amsgrad`.

    Parameters
    ----------
    params : as for `SGD`; groups name the settings lr, beta1, beta2, eps and weight_decay
    lr : learning rate, at least 0
    betas : beta1 and beta2, the shares of the last means that are kept, at least 0 and below 1
    eps : keeps the denominator from 0
    weight_decay : as for `SGD`, part of the gradient
    amsgrad : whether to divide by the largest mean square so far

    The settings are attributes too: setting one sets it for all groups.
    """

    def __init__(self, params: Iterable, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, amsgrad: bool = False):
        super().__init__(params, "amsgrad" if yes_or_no(amsgrad, "amsgrad") else "adam", lr=lr, eps=eps,
                         weight_decay=weight_decay, **pair(betas, "betas", ("beta1", "beta2")))


class AdamW(Optimizer):
    """Adam with the weights shrunk beside it: the rule `ops.adamw`.

    Parameters
    ----------
    params, lr, betas, eps : as for `Adam`
    weight_decay : each step shrinks weights by the share lr weight_decay; biases as for `SGD`
    """

    def __init__(self, params: Iterable, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.01):
        super().__init__(params, "adamw", lr=lr, eps=eps, weight_decay=weight_decay,
                         **pair(betas, "betas", ("beta1", "beta2")))


class Adamax(Optimizer):
    """Adam with a fading largest gradient in place of the root mean square: the rule `ops.adamax`.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay : as for `Adam`
    """

    def __init__(self, params: Iterable, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0):
        super().__init__(params, "adamax", lr=lr, eps=eps, weight_decay=weight_decay,
                         **pair(betas, "betas", ("beta1", "beta2")))


class NAdam(Optimizer):
    """Adam with Nesterov's look ahead: the rule `ops.nadam`.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay : as for `Adam`
    momentum_decay : how fast the momentum grows from beta1 / 2 to beta1
    """

    def __init__(self, params: Iterable, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0.0, momentum_decay: float = 4e-3):
        super().__init__(params, "nadam", lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
                         **pair(betas, "betas", ("beta1", "beta2")))

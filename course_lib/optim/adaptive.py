"""Rules with a rate of its own for each parameter, without Adam's averages."""

from collections.abc import Iterable

from course_lib.optim.optimizer import Optimizer, pair


class Adagrad(Optimizer):
    """The gradient over the root of the sum of its squares: the rule `ops.adagrad`.

    Parameters
    ----------
    params, weight_decay : as for `SGD`
    lr : learning rate, at least 0
    eps : keeps the denominator from 0

    The settings are attributes too, here and in the classes below: setting one sets it for all groups.
    """

    def __init__(self, params: Iterable, lr: float = 1e-2, weight_decay: float = 0.0, eps: float = 1e-10):
        super().__init__(params, "adagrad", lr=lr, weight_decay=weight_decay, eps=eps)


class Adadelta(Optimizer):
    """The root mean square of the past steps in place of a rate: the rule `ops.adadelta`.

    Parameters
    ----------
    params, weight_decay : as for `SGD`
    lr : a factor of the step
    rho : share of the last means that is kept, at least 0 and below 1
    eps : added to the mean squares
    """

    def __init__(self, params: Iterable, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6,
                 weight_decay: float = 0.0):
        super().__init__(params, "adadelta", lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)


class Rprop(Optimizer):
    """Only the sign of the gradient counts: the rule `ops.rprop`, for gradients of all samples.

    Where the sign has changed the step is shorter and is taken all the same; PyTorch's stands still there.

    Parameters
    ----------
    params : as for `SGD`; groups name the settings lr, eta_minus, eta_plus, delta_min and delta_max
    lr : the first step size
    etas : eta_minus and eta_plus, the factors of a step size where the sign has changed, and where it has not
    step_sizes : delta_min and delta_max, the limits of a step size
    """

    def __init__(self, params: Iterable, lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50.0)):
        super().__init__(params, "rprop", lr=lr, **pair(etas, "etas", ("eta_minus", "eta_plus")),
                         **pair(step_sizes, "step_sizes", ("delta_min", "delta_max")))


class RMSprop(Optimizer):
    """The gradient over its root mean square of late: the rule `ops.rmsprop`.

    Parameters
    ----------
    params, weight_decay : as for `SGD`
    lr : learning rate, at least 0
    alpha : share of the last mean that is kept, at least 0 and below 1
    eps : keeps the denominator from 0
    """

    def __init__(self, params: Iterable, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0.0):
        super().__init__(params, "rmsprop", lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay)

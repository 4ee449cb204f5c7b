"""Update rules: one step of an optimizer, with everything it keeps between steps as an argument and a result.

To add a rule: its kernel in `kernels/updates.py`, a row of `RULES`, and its function here. Compiled training then takes
it by name, and `optim` needs only a class that names its settings.
"""

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from course_lib.kernels import updates as kernels
from course_lib.kernels import vectors
from course_lib.kernels.jit import address
from course_lib.validate import as_float, as_number, same_kind, same_shape, whole_number

__all__ = [
    "RULES",
    "Rule",
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "amsgrad",
    "averaged_momentum",
    "momentum",
    "nadam",
    "nesterov",
    "rmsprop",
    "rprop",
    "sgd",
]


# ---- the table -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """An update rule over a flat vector of parameters, in place, as `optim` and `dense` use it.

    slots : names of the arrays it keeps from step to step. settings : name -> (default, the value it must stay below);
    every rule also has lr and weight_decay, which come first. sizes : the slots that hold squares or lengths, which
    are never negative.
    """

    name: str
    slots: tuple[str, ...] = ()
    settings: dict[str, tuple[float, float]] = field(default_factory=dict)
    sizes: tuple[str, ...] = ()
    weight_decay: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the settings, as kernels take them one after another."""
        return "lr", *self.defaults

    @property
    def defaults(self) -> dict[str, float]:
        """The settings but lr, each with its value where none is given."""
        return {"weight_decay": self.weight_decay, **{name: default for name, (default, _) in self.settings.items()}}

    def start(self, size: int, dtype) -> np.ndarray:
        """(slots, size) zeros: the state before the first step."""
        return vectors.aligned((len(self.slots), size), dtype)

    def check(self, lr, *, one_a_run: bool = False, **others) -> np.ndarray:
        """The settings as kernels take them: (K,); with `one_a_run` they may be given as (S,), for (S, K).

        Raises
        ------
        TypeError : a setting that the rule does not have, or no number.
        ValueError : negative, NaN, infinite or too large.
        """
        unknown = [name for name in others if name not in self.defaults]
        if unknown:
            raise TypeError(f"{unknown[0]} is no setting of the rule {self.name!r}, which has {', '.join(self.names)}. "
                            "Usual cause: a misspelled argument, or another rule.")
        given, limits = {"lr": lr, **self.defaults, **others}, dict.fromkeys(self.names, math.inf)
        limits |= {name: below for name, (_, below) in self.settings.items()}
        values = [_setting(name, given[name], limits[name], one_a_run) for name in self.names]
        shape = max(value.shape for value in values)
        if any(value.shape not in ((), (1,), shape) for value in values):
            raise ValueError(f"settings of lengths {[value.size for value in values]} do not fit together; expected "
                             "one number, or one a run.")
        settings = np.empty((*shape, len(values)))
        for place, value in enumerate(values):
            settings[..., place] = value
        return settings

    def compiled(self, dtype):
        """The rule as an argument of compiled training with this kind of numbers."""
        return _address(self.name, np.dtype(dtype))

    def step(self, w, dw, state, settings, t: int) -> None:
        """Move w (P,) by its gradient dw, and what the rule keeps, in place; t = 1, 2, ... is the number of the step.
        """
        getattr(kernels, self.name)(w, dw, state, settings, t)


class Adjustable:
    """An object that takes steps: the settings of its rule can be read and set as attributes, such as `lr`.

    `adjust` ends the making. From then on setting an attribute that does not exist is refused: it would change nothing.
    """

    _rule: Rule
    _adjusted = None

    def adjust(self, places: list[dict]) -> None:
        """Take the settings from these dicts: reading gives that of the first, setting one sets it in all."""
        vars(self)["_adjusted"] = places

    def __getattr__(self, name: str):
        if self._adjusted and name in self._rule.names:
            return self._adjusted[0][name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    def __setattr__(self, name: str, value) -> None:
        if self._adjusted is None or name in vars(self) or hasattr(type(self), name):
            super().__setattr__(name, value)
        elif name in self._rule.names:
            for settings in self._adjusted:
                settings[name] = value
        else:
            raise AttributeError(f"{type(self).__name__} has no {name!r} to be set; the rule {self._rule.name!r} has "
                                 f"{', '.join(self._rule.names)}. Usual cause: a misspelled setting.")


@cache
def _address(name: str, dtype):
    w, state = np.empty(0, dtype), np.empty((0, 0), dtype)
    return address(getattr(kernels, name), w, w, state, np.empty(0), 1)


def _setting(name: str, value, below: float, one_a_run: bool) -> np.ndarray:
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}={value}, expected a number.")
    several = isinstance(value, list | tuple | np.ndarray)
    values = np.asarray(as_float(value, name) if several else as_number(value, name), np.float64)
    if values.ndim > one_a_run:
        expected = "one number, or one a run" if one_a_run else (
            "one number. Usual cause: rates for several runs; `dense.sweep` takes them")
        raise ValueError(f"{name} has shape {values.shape}, expected {expected}.")
    wrong = values[~((values >= 0) & (values < below))]
    if wrong.size:
        limit = "" if below == math.inf else f" and below {below:g}"
        cause = "a minus sign; the step subtracts the gradient itself" if wrong[0] < 0 else (
            "a schedule that divides by zero, or a number from a run that diverged" if not np.isfinite(wrong[0]) else
            f"1 - {name} is meant")
        raise ValueError(f"{name}={wrong[0]:g}, expected a finite number of at least 0{limit}. Usual cause: {cause}.")
    return values


#: The settings of Adam and its relatives.
ADAM = {"beta1": (0.9, 1.0), "beta2": (0.999, 1.0), "eps": (1e-8, math.inf)}

#: Every update rule by name.
RULES = {rule.name: rule for rule in (
    Rule("sgd"),
    Rule("momentum", ("v",), {"momentum": (0.9, 1.0)}),
    Rule("averaged_momentum", ("v",), {"momentum": (0.9, 1.0)}),
    Rule("nesterov", ("v",), {"momentum": (0.9, 1.0)}),
    Rule("adagrad", ("G",), {"eps": (1e-10, math.inf)}, ("G",)),
    Rule("adadelta", ("s", "u"), {"rho": (0.9, 1.0), "eps": (1e-6, math.inf)}, ("s", "u")),
    Rule("rprop", ("g_old", "delta"), {"eta_minus": (0.5, 1.0), "eta_plus": (1.2, math.inf),
                                       "delta_min": (1e-6, math.inf), "delta_max": (50.0, math.inf)}, ("delta",)),
    Rule("rmsprop", ("s",), {"alpha": (0.99, 1.0), "eps": (1e-8, math.inf)}, ("s",)),
    Rule("adam", ("m", "v"), ADAM, ("v",)),
    Rule("adamw", ("m", "v"), ADAM, ("v",), weight_decay=0.01),
    Rule("adamax", ("m", "u"), ADAM, ("u",)),
    Rule("nadam", ("m", "v", "c"), {**ADAM, "momentum_decay": (4e-3, math.inf)}, ("v", "c")),
    Rule("amsgrad", ("m", "v", "v_max"), ADAM, ("v", "v_max")),
)}


def _stepped(rule: Rule, w, dw, kept: tuple, t: int, **settings) -> tuple:
    """One step on copies: the new w, and each array of `kept` by its slot."""
    w, dw = as_float(w, "w"), as_float(dw, "dw")
    same_shape(w, dw, ("w", "dw"))
    kept = [as_float(array, name) for name, array in zip(rule.slots, kept, strict=True)]
    for name, array in zip(rule.slots, kept, strict=True):
        same_shape(w, array, ("w", name))
        if name in rule.sizes and (array < 0).any():
            raise ValueError(f"{name} is negative in {np.count_nonzero(array < 0)} places, expected what {rule.name} "
                             "gave back, zeros at the start. Usual cause: the gradient itself in place of its square.")
    shape, (flat, slope, *rows) = w.shape, (np.ravel(array) for array in same_kind(w, dw, *kept))
    moved, state = flat.copy(), rule.start(flat.size, flat.dtype)
    for row, values in zip(state, rows, strict=True):
        row[:] = values
    rule.step(moved, slope, state, rule.check(**settings), whole_number(t, "t"))
    return moved.reshape(shape)[()], *(row.reshape(shape)[()] for row in state)


# ---- the rules -----------------------------------------------------------------------------------------------


def sgd(w, dw, lr, weight_decay=0.0):
    """One step of gradient descent: the rule (2.5), whatever batch the gradient comes from.

    w <- w - lr g, with g = dw + weight_decay w

    Parameters
    ----------
    w : array of any shape, the parameters; not changed
    dw : array of the same shape, the gradient
    lr : float >= 0, learning rate
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w : array of the same shape
    """
    return _stepped(RULES["sgd"], w, dw, (), 1, lr=lr, weight_decay=weight_decay)[0]


def momentum(w, dw, v, lr, momentum=0.9, weight_decay=0.0):
    """One step of gradient descent with classical momentum (Polyak 1964): part of the last step is taken again.

    v <- momentum v + g, with g = dw + weight_decay w
    w <- w - lr v

    This is PyTorch's form. The other one, v <- momentum v - lr g, w <- w + v, walks the same path as long as lr stays
    the same; when lr changes, its v keeps the length of the steps that were taken, and this one follows at once.

    Parameters
    ----------
    w : array of any shape, the parameters; not changed
    dw : array of the same shape, the gradient
    v : array of the same shape, the sum of the gradients so far, older ones less; zeros at the start; not changed
    lr : float >= 0, learning rate
    momentum : float, 0 <= momentum < 1, share of the last step that is kept
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, v : arrays of the same shape
    """
    return _stepped(RULES["momentum"], w, dw, (v,), 1, lr=lr, momentum=momentum, weight_decay=weight_decay)


def averaged_momentum(w, dw, v, lr, momentum=0.9, weight_decay=0.0):
    """One step of gradient descent with momentum in the averaged form: along the running mean of the gradients.

    v <- momentum v + (1 - momentum) g, with g = dw + weight_decay w
    w <- w - lr v

    With lr / (1 - momentum) this is the path of `momentum`; with the same lr its steps are 1 - momentum times as long.

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    v : array of the same shape, the mean of the gradients so far; zeros at the start; not changed
    lr : float >= 0, learning rate
    momentum : float, 0 <= momentum < 1, share of the last mean that is kept
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, v : arrays of the same shape
    """
    return _stepped(RULES["averaged_momentum"], w, dw, (v,), 1, lr=lr, momentum=momentum, weight_decay=weight_decay)


def nesterov(w, dw, v, lr, momentum=0.9, weight_decay=0.0):
    """One step of gradient descent with Nesterov's momentum: the slope counts where the velocity will carry w.

    v <- momentum v + g, with g = dw + weight_decay w
    w <- w - lr (g + momentum v)

    This is PyTorch's form. Its w is the point ahead, x - lr momentum v of the textbook's x, whose rule is
    v <- momentum v + grad(x - lr momentum v), x <- x - lr v: the gradient is taken at w all the same.

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient at w; not changed
    v : array of the same shape, the sum of the gradients so far, older ones less; zeros at the start; not changed
    lr : float >= 0, learning rate
    momentum : float, 0 <= momentum < 1, share of the last step that is kept
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, v : arrays of the same shape
    """
    return _stepped(RULES["nesterov"], w, dw, (v,), 1, lr=lr, momentum=momentum, weight_decay=weight_decay)


def adagrad(w, dw, G, lr, eps=1e-10, weight_decay=0.0):
    """One step of Adagrad (Duchi 2011): each parameter has its own rate, which falls with its gradients so far.

    G <- G + g^2, with g = dw + weight_decay w
    w <- w - lr g / (sqrt(G) + eps)

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    G : array of the same shape, the sum of the squared gradients so far; zeros at the start; not changed
    lr : float >= 0, learning rate
    eps : float >= 0, keeps the denominator from 0
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, G : arrays of the same shape
    """
    return _stepped(RULES["adagrad"], w, dw, (G,), 1, lr=lr, eps=eps, weight_decay=weight_decay)


def adadelta(w, dw, s, u, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
    """One step of Adadelta (Zeiler 2012): the root mean square of the past steps takes the place of a learning rate.

    s <- rho s + (1 - rho) g^2, with g = dw + weight_decay w
    d = sqrt(u + eps) / sqrt(s + eps) g
    u <- rho u + (1 - rho) d^2
    w <- w - lr d

    Here eps is inside the roots: the first step has only it to go by.

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    s, u : arrays of the same shape, the running means of the squared gradients and of the squared steps; zeros at the
        start; not changed
    lr : float >= 0, a factor of the step; 1 is the rule as published
    rho : float, 0 <= rho < 1, share of the last means that is kept
    eps : float >= 0
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, s, u : arrays of the same shape
    """
    return _stepped(RULES["adadelta"], w, dw, (s, u), 1, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)


def rprop(w, dw, g_old, delta, lr, eta_minus=0.5, eta_plus=1.2, delta_min=1e-6, delta_max=50.0, weight_decay=0.0):
    """One step of Rprop (Riedmiller 1993): only the sign of the gradient counts, each parameter has its own step size.

    delta <- eta_plus delta where g g_old > 0, eta_minus delta where g g_old < 0, kept in [delta_min, delta_max]
    w <- w - delta sign(g), with g = dw + weight_decay w

    This is the plain form: where the sign has changed the step is shorter, and is taken all the same. PyTorch's stands
    still there for one step and forgets the gradient; without a change of sign both walk the same path.

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    g_old : array of the same shape, g of the last step; zeros at the start; not changed
    delta : array of the same shape, the step sizes; zeros at the start, which stand for lr; not changed
    lr : float >= 0, the first step size
    eta_minus, eta_plus : floats, 0 <= eta_minus < 1, the factors of the step size
    delta_min, delta_max : floats >= 0, the limits of the step size
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, g_old, delta : arrays of the same shape
    """
    return _stepped(RULES["rprop"], w, dw, (g_old, delta), 1, lr=lr, eta_minus=eta_minus, eta_plus=eta_plus,
                    delta_min=delta_min, delta_max=delta_max, weight_decay=weight_decay)


def rmsprop(w, dw, s, lr, alpha=0.99, eps=1e-8, weight_decay=0.0):
    """One step of RMSprop (Tieleman and Hinton 2012): the gradient over its root mean square of late.

    s <- alpha s + (1 - alpha) g^2, with g = dw + weight_decay w
    w <- w - lr g / (sqrt(s) + eps)

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    s : array of the same shape, the running mean of the squared gradients; zeros at the start; not changed
    lr : float >= 0, learning rate
    alpha : float, 0 <= alpha < 1, share of the last mean that is kept
    eps : float >= 0, keeps the denominator from 0
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, s : arrays of the same shape
    """
    return _stepped(RULES["rmsprop"], w, dw, (s,), 1, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay)


def adam(w, dw, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """One step of Adam (Kingma and Ba 2015): the mean of the gradients over their root mean square, both corrected.

    m <- beta1 m + (1 - beta1) g, with g = dw + weight_decay w
    v <- beta2 v + (1 - beta2) g^2
    w <- w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    Parameters
    ----------
    w, dw : arrays of the same shape, the parameters and the gradient; not changed
    m, v : arrays of the same shape, the running means of the gradients and of their squares; zeros at the start; not
        changed
    t : int, the number of this step: 1, 2, ...
    lr : float >= 0, learning rate: the length of the first step of each parameter
    beta1, beta2 : floats, 0 <= beta < 1, shares of the last means that are kept
    eps : float >= 0, keeps the denominator from 0
    weight_decay : float >= 0, lambda of the penalty (lambda/2) sum w^2

    Returns
    -------
    w, m, v : arrays of the same shape
    """
    return _stepped(RULES["adam"], w, dw, (m, v), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                    weight_decay=weight_decay)


def adamw(w, dw, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    """One step of AdamW (Loshchilov and Hutter 2019): Adam, with the weights shrunk beside it.

    w <- (1 - lr weight_decay) w, then the step of `adam` with g = dw

    In `adam` the decay is part of the gradient, so that the root divides it, too: weights with large gradients decay
    less. Here all decay by the same share.

    Parameters
    ----------
    w, dw, m, v, t, lr, beta1, beta2, eps : as in `adam`
    weight_decay : float >= 0; a step shrinks w by the share lr weight_decay

    Returns
    -------
    w, m, v : arrays of the same shape
    """
    return _stepped(RULES["adamw"], w, dw, (m, v), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                    weight_decay=weight_decay)


def adamax(w, dw, m, u, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """One step of Adamax (Kingma and Ba 2015): Adam with a fading largest gradient in place of the root mean square.

    m <- beta1 m + (1 - beta1) g, with g = dw + weight_decay w
    u <- max(beta2 u, |g| + eps)
    w <- w - lr (m / (1 - beta1^t)) / u

    Parameters
    ----------
    w, dw, m, t, lr, beta1, beta2, eps, weight_decay : as in `adam`
    u : array of the same shape, the largest gradient so far, older ones less; zeros at the start; not changed

    Returns
    -------
    w, m, u : arrays of the same shape
    """
    return _stepped(RULES["adamax"], w, dw, (m, u), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                    weight_decay=weight_decay)


def nadam(w, dw, m, v, c, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=4e-3, weight_decay=0.0):
    """One step of NAdam (Dozat 2016): Adam with Nesterov's look ahead.

    mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
    m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2, with g = dw + weight_decay w
    c <- 1 - mu_t (1 - c), which is 1 - mu_1 mu_2 ... mu_t
    d = (1 - mu_t) g / c + mu_(t+1) m / (1 - mu_(t+1) (1 - c))
    w <- w - lr d / (sqrt(v / (1 - beta2^t)) + eps)

    Parameters
    ----------
    w, dw, m, v, t, lr, beta1, beta2, eps, weight_decay : as in `adam`
    c : array of the same shape, the correction of m; zeros at the start; not changed
    momentum_decay : float >= 0, how fast mu grows from beta1 / 2 to beta1

    Returns
    -------
    w, m, v, c : arrays of the same shape
    """
    return _stepped(RULES["nadam"], w, dw, (m, v, c), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                    momentum_decay=momentum_decay, weight_decay=weight_decay)


def amsgrad(w, dw, m, v, v_max, t, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    """One step of AMSGrad (Reddi 2018): Adam that divides by the largest mean square so far, so that no rate grows.

    m <- beta1 m + (1 - beta1) g, with g = dw + weight_decay w
    v <- beta2 v + (1 - beta2) g^2
    v_max <- max(v_max, v)
    w <- w - lr (m / (1 - beta1^t)) / (sqrt(v_max / (1 - beta2^t)) + eps)

    Parameters
    ----------
    w, dw, m, v, t, lr, beta1, beta2, eps, weight_decay : as in `adam`
    v_max : array of the same shape, the largest v so far; zeros at the start; not changed

    Returns
    -------
    w, m, v, v_max : arrays of the same shape
    """
    return _stepped(RULES["amsgrad"], w, dw, (m, v, v_max), t, lr=lr, beta1=beta1, beta2=beta2, eps=eps,
                    weight_decay=weight_decay)

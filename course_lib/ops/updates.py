"""Update rules: one step of an optimizer, with everything it keeps between steps as an argument and a result.

To add a rule: its kernel in `kernels/updates.py`, a row of `RULES`, and its function here. Compiled training then takes
it by name, and `optim` needs only a class that names its settings.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from course_lib.kernels import updates as kernels
from course_lib.validate import as_float, as_number, same_kind, same_shape

__all__ = ["RULES", "Rule", "momentum", "sgd"]


# ---- the table -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """An update rule over a flat vector of parameters, in place, as `optim` and `dense` use it.

    slots : names of the arrays it keeps from step to step. settings : name -> (default, the value it must stay below);
    every rule also has lr and weight_decay, which come first.
    """

    name: str
    slots: tuple[str, ...] = ()
    settings: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The number by which kernels take the rule."""
        return kernels.RULES.index(self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the settings, as kernels take them one after another."""
        return "lr", "weight_decay", *self.settings

    def start(self, size: int, dtype) -> np.ndarray:
        """(slots, size) zeros: the state before the first step."""
        return np.zeros((len(self.slots), size), dtype)

    def check(self, lr, weight_decay=0.0, *, one_a_run: bool = False, **others) -> np.ndarray:
        """The settings as kernels take them: (K,); with `one_a_run` they may be given as (S,), for (S, K).

        Raises
        ------
        TypeError : a setting that the rule does not have, or no number.
        ValueError : negative, NaN, infinite or too large.
        """
        unknown = [name for name in others if name not in self.settings]
        if unknown:
            raise TypeError(f"{unknown[0]} is no setting of the rule {self.name!r}, which has {', '.join(self.names)}. "
                            "Usual cause: a misspelled argument, or another rule.")
        limits = {"lr": (lr, math.inf), "weight_decay": (weight_decay, math.inf)}
        limits |= {name: (others.get(name, default), below) for name, (default, below) in self.settings.items()}
        values = [_setting(name, *limit, one_a_run) for name, limit in limits.items()]
        shape = max(value.shape for value in values)
        if any(value.shape not in ((), (1,), shape) for value in values):
            raise ValueError(f"settings of lengths {[value.size for value in values]} do not fit together; expected "
                             "one number, or one a run.")
        settings = np.empty((*shape, len(values)))
        for place, value in enumerate(values):
            settings[..., place] = value
        return settings

    def step(self, w, dw, state, settings, t: int) -> None:
        """Move w (P,) by its gradient dw, and what the rule keeps, in place; t = 1, 2, ... is the number of the step.
        """
        kernels.update(self.code, w, dw, state, settings, t)


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


#: Every update rule by name.
RULES = {rule.name: rule for rule in (
    Rule("sgd"),
    Rule("momentum", ("v",), {"momentum": (0.9, 1.0)}),
)}


def _stepped(rule: Rule, w, dw, kept: tuple, t: int, **settings) -> tuple:
    """One step on copies: the new w, and each array of `kept` by its slot."""
    w, dw = as_float(w, "w"), as_float(dw, "dw")
    same_shape(w, dw, ("w", "dw"))
    kept = [as_float(array, name) for name, array in zip(rule.slots, kept, strict=True)]
    for name, array in zip(rule.slots, kept, strict=True):
        same_shape(w, array, ("w", name))
    shape, (flat, slope, *rows) = w.shape, (np.ravel(array) for array in same_kind(w, dw, *kept))
    moved, state = flat.copy(), rule.start(flat.size, flat.dtype)
    for row, values in zip(state, rows, strict=True):
        row[:] = values
    rule.step(moved, slope, state, rule.check(**settings), t)
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

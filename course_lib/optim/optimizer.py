"""What every optimizer has: groups of parameters with their settings, a state, and the steps."""

from collections.abc import Iterable

import numpy as np

from course_lib.ops.updates import RULES


class Optimizer:
    """Moves parameters by an update rule of `ops.updates`.

    A subclass names the rule and its settings; see `SGD`.

    Attributes
    ----------
    param_groups : list of dicts as in PyTorch: "params" and the settings, which may be changed between steps
    steps : int, how many were taken
    """

    def __init__(self, params: Iterable, rule: str, **settings):
        self._rule = RULES[rule]
        self._rule.check(**settings)  # also of what no group uses, such as the weight decay of biases
        self.param_groups = _groups(params, settings)
        self.steps = 0
        self._checked: dict[int, tuple[dict, np.ndarray]] = {}
        for group in self.param_groups:
            self._settings(group)
        parameters = self._parameters()
        if len({id(p) for p in parameters}) < len(parameters):
            raise ValueError("a parameter stands twice in params and would be moved twice a step.")
        self._state = [self._rule.start(p.data.size, p.data.dtype) for p in parameters]

    def _parameters(self) -> list:
        return [p for group in self.param_groups for p in group["params"]]

    def _settings(self, group: dict) -> np.ndarray:
        """The settings of a group as kernels take them; checked again only when one has changed."""
        given = {name: value for name, value in group.items() if name != "params"}
        known, settings = self._checked.get(id(group), (None, None))
        if given != known:
            settings = self._rule.check(**given)
            self._checked[id(group)] = given, settings
        return settings

    @property
    def lr(self) -> float:
        """The learning rate of the first group; setting it sets that of every group."""
        return self.param_groups[0]["lr"]

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    @property
    def state(self) -> list[dict[str, np.ndarray]]:
        """What the rule keeps for each parameter, in the order of the groups, by name: views of the parameter's shape.
        """
        return [{name: row.reshape(p.data.shape) for name, row in zip(self._rule.slots, rows, strict=True)}
                for p, rows in zip(self._parameters(), self._state, strict=True)]

    def step(self) -> None:
        """Move every parameter once, by its gradient."""
        self.steps += 1
        state = iter(self._state)
        for group in self.param_groups:
            settings = self._settings(group)
            for p in group["params"]:
                w, dw = p.data.reshape(-1), np.ascontiguousarray(p.grad, p.data.dtype).reshape(-1)
                self._rule.step(w, dw, next(state), settings, self.steps)
                if not p.data.flags.c_contiguous:  # then w is a copy
                    p.data[...] = w.reshape(p.data.shape)

    def zero_grad(self) -> None:
        """Set every gradient to zero; a backward pass adds to it."""
        for p in self._parameters():
            p.grad[...] = 0

    def state_dict(self) -> dict:
        """A copy of everything but the parameters: the number of steps, the state, the settings of the groups."""
        state = [{name: array.copy() for name, array in kept.items()} for kept in self.state]
        groups = [{name: value for name, value in group.items() if name != "params"} for group in self.param_groups]
        return {"steps": self.steps, "state": state, "param_groups": groups}

    def load_state_dict(self, saved: dict) -> None:
        """Go on where `state_dict` was saved, with the same parameters in the same groups."""
        own, given = self.state_dict(), [[np.shape(array) for array in kept.values()] for kept in saved["state"]]
        expected = [[array.shape for array in kept.values()] for kept in own["state"]]
        if given != expected or len(saved["param_groups"]) != len(self.param_groups):
            raise ValueError(f"the state was saved for {len(saved['param_groups'])} groups and arrays of shapes "
                             f"{given}, this optimizer has {len(self.param_groups)} groups and {expected}. Usual "
                             "cause: another network, or another optimizer.")
        for group, settings in zip(self.param_groups, saved["param_groups"], strict=True):
            self._rule.check(**settings)
            group.update(settings)
        self.steps = saved["steps"]
        for kept, values in zip(self.state, saved["state"], strict=True):
            for name, array in kept.items():
                array[...] = values[name]


def _groups(params, settings: dict) -> list[dict]:
    """`params` as groups: those given, or weights and biases apart where weight decay shall spare the biases."""
    if callable(params) or not isinstance(params, Iterable):
        raise TypeError(f"params={params!r}, expected the parameters of a network, net.parameters(). Usual cause: "
                        "net.parameters without the parentheses, or the network itself.")
    params = list(params)
    if not params:
        raise ValueError("params is empty, expected the parameters of a network. Usual cause: a network that has only "
                         "activations, or a generator that was already used.")
    if isinstance(params[0], dict):
        groups = [{**settings, **group} for group in params]
        for group in groups:
            group["params"] = _checked(group.get("params", []))
        return groups
    params = _checked(params)
    biases = [p for p in params if p.data.ndim < 2]
    weights = [p for p in params if p.data.ndim >= 2]
    if not settings["weight_decay"] or not weights or not biases:
        decay = settings["weight_decay"] if weights else 0.0
        return [{"params": params, **settings, "weight_decay": decay}]
    return [{"params": weights, **settings}, {"params": biases, **settings, "weight_decay": 0.0}]


def _checked(params) -> list:
    """The parameters of one group: objects with `data` and `grad`."""
    params = list(params) if isinstance(params, list | tuple) or not hasattr(params, "grad") else [params]
    for p in params:
        if not (hasattr(p, "data") and hasattr(p, "grad")):
            raise TypeError(f"params holds {type(p).__name__}, expected parameters with data and grad. Usual cause: "
                            "arrays or layers instead of net.parameters().")
        if p.data.dtype not in (np.float32, np.float64):
            raise TypeError(f"a parameter has dtype {p.data.dtype}, expected float32 or float64: whole numbers cannot "
                            "take small steps.")
    return params

"""What every optimizer has: groups of parameters with their settings, a state, and the steps."""

from collections.abc import Iterable

import numpy as np

from course_lib.ops.updates import RULES, Adjustable
from course_lib.validate import as_float, whole_number


class Optimizer(Adjustable):
    """Moves parameters by an update rule of `ops.updates`.

    A subclass names the rule and its settings; see `SGD`.

    Attributes
    ----------
    param_groups : list of dicts as in PyTorch: "params" and the settings, which may be changed between steps
    lr, weight_decay and the other settings of the rule : those of the first group; setting one sets it in every group
    steps : int, how many were taken
    """

    def __init__(self, params: Iterable, rule: str, **settings):
        self._rule = RULES[rule]
        self._rule.check(**settings)  # also of what no group uses, such as the weight decay of biases
        self.param_groups, self._spares_biases = _groups(params, settings)
        self.steps = 0
        self._checked: dict[int, tuple[dict, tuple]] = {}
        for group in self.param_groups:
            self._settings(group)
        parameters = self._parameters()
        if len({id(p) for p in parameters}) < len(parameters):
            raise ValueError("a parameter stands twice in params and would be moved twice a step.")
        self._state = [self._rule.start(p.data.size, p.data.dtype) for p in parameters]
        self._shapes = [p.data.shape for p in parameters]
        self.adjust(self.param_groups)

    def _parameters(self) -> list:
        return [p for group in self.param_groups for p in group["params"]]

    def _settings(self, group: dict) -> tuple[np.ndarray, np.ndarray]:
        """The settings of a group as kernels take them, for weights and for biases; checked again only when one has
        changed.
        """
        given = {name: value for name, value in group.items() if name != "params"}
        known, settings = self._checked.get(id(group), (None, None))
        if given != known:
            weights = self._rule.check(**given)
            biases = weights.copy()
            if self._spares_biases:
                biases[self._rule.names.index("weight_decay")] = 0.0
            self._checked[id(group)] = given, (settings := (weights, biases))
        return settings

    @property
    def state(self) -> list[dict[str, np.ndarray]]:
        """What the rule keeps for each parameter, in the order of the groups, by name: views of the parameter's shape.
        """
        return [{name: row.reshape(shape) for name, row in zip(self._rule.slots, rows, strict=True)}
                for shape, rows in zip(self._shapes, self._state, strict=True)]

    def step(self) -> None:
        """Move every parameter once, by its gradient; when one cannot move, none does."""
        groups = [(self._settings(group), group["params"]) for group in self.param_groups]
        for p, shape in zip(self._parameters(), self._shapes, strict=True):
            _movable(p, shape)
        self.steps += 1
        state = iter(self._state)
        for (for_weights, for_biases), parameters in groups:
            for p in parameters:
                settings = for_weights if p.data.ndim >= 2 else for_biases
                w, dw = p.data.ravel(), np.ascontiguousarray(p.grad, p.data.dtype).reshape(-1)
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
        """Go on where `state_dict` was saved, with the same parameters in the same groups.

        Raises
        ------
        TypeError, ValueError
            For what no `state_dict` of this optimizer can be; nothing has been changed then.
        """
        missing = [name for name in ("steps", "state", "param_groups") if name not in saved]
        if missing:
            raise ValueError(f"the state has no {', '.join(missing)}, expected what state_dict() of an optimizer "
                             "returned. Usual cause: the state_dict of a network.")
        steps = whole_number(saved["steps"], "steps", 0)
        own, given = self.state_dict(), [[np.shape(array) for array in kept.values()] for kept in saved["state"]]
        expected = [[array.shape for array in kept.values()] for kept in own["state"]]
        if given != expected or len(saved["param_groups"]) != len(self.param_groups):
            raise ValueError(f"the state was saved for {len(saved['param_groups'])} groups and arrays of shapes "
                             f"{given}, this optimizer has {len(self.param_groups)} groups and {expected}. Usual "
                             "cause: another network, or another optimizer.")
        if [list(kept) for kept in saved["state"]] != [list(kept) for kept in own["state"]]:
            raise ValueError(f"the state keeps {[list(kept) for kept in saved['state']]}, this optimizer "
                             f"{[list(kept) for kept in own['state']]}. Usual cause: another optimizer.")
        arrays = [{name: as_float(array, name) for name, array in kept.items()} for kept in saved["state"]]
        for settings in saved["param_groups"]:
            self._rule.check(**settings)
        for group, settings in zip(self.param_groups, saved["param_groups"], strict=True):
            group.update(settings)
        self.steps = steps
        for kept, values in zip(self.state, arrays, strict=True):
            for name, array in kept.items():
                array[...] = values[name]


def _groups(params, settings: dict) -> tuple[list[dict], bool]:
    """`params` as groups, and whether weight decay spares biases: not where groups were given."""
    if callable(params) or not isinstance(params, Iterable):
        raise TypeError(f"params={params!r}, expected the parameters of a network, net.parameters(). Usual cause: "
                        "net.parameters without the parentheses, or the network itself.")
    params = list(params)
    given = any(isinstance(group, dict) for group in params)
    if given:
        groups = [{**settings, **_group(group, place)} for place, group in enumerate(params)]
    else:
        groups = [{**settings, "params": _checked(params)}]
    if not any(group["params"] for group in groups):
        raise ValueError("params is empty, expected the parameters of a network. Usual cause: a network that has only "
                         "activations, or a generator that was already used.")
    return groups, not given


def _group(group, place: int) -> dict:
    """A group that was given, its "params" as a list."""
    if not isinstance(group, dict):
        raise TypeError(f"params[{place}] is {type(group).__name__} among groups, expected a dict such as "
                        '{"params": [p], "lr": 0.01}: either all are groups, or all are parameters.')
    params = group.get("params")
    if params is None or callable(params):
        cause = "a missing or misspelled key" if params is None else "net.parameters without the parentheses"
        raise TypeError(f"group {place} has the keys {list(group)} and params={params!r}, expected parameters under "
                        f'"params". Usual cause: {cause}.')
    return {**group, "params": _checked(params if isinstance(params, Iterable) else [params])}


def _checked(params: Iterable) -> list:
    """The parameters of one group: objects with `data` and `grad`."""
    params = list(params)
    for p in params:
        if not (hasattr(p, "data") and hasattr(p, "grad")):
            raise TypeError(f"params holds {type(p).__name__}, expected parameters with data and grad. Usual cause: "
                            "arrays or layers instead of net.parameters().")
        _movable(p, np.shape(p.data))
    return params


def pair(values, name: str, settings: tuple[str, str]) -> dict:
    """Two settings that PyTorch takes as one, such as betas, by their own names."""
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise TypeError(f"{name}={values!r}, expected two numbers, ({', '.join(settings)}).")
    return dict(zip(settings, values, strict=True))


def _movable(p, shape: tuple) -> None:
    """Whether a step can move p, whose shape was `shape` when the optimizer was made."""
    kind = getattr(p.data, "dtype", type(p.data).__name__)
    if kind not in (np.float32, np.float64):
        raise TypeError(f"a parameter of shape {shape} has dtype {kind}, expected an array of float32 or float64: "
                        "whole numbers cannot take small steps.")
    if p.data.shape != shape or np.shape(p.grad) != shape:
        raise ValueError(f"a parameter has data of shape {p.data.shape} and grad of shape {np.shape(p.grad)}, expected "
                         f"{shape} for both, as when the optimizer was made. Usual cause: p.grad = ... with a sum "
                         "over the wrong axis; p.grad += ... keeps the shape.")
    if not p.data.flags.writeable:
        raise ValueError(f"the data of a parameter of shape {shape} are read-only, so that no step can move them. "
                         "Usual cause: p.data = ... with a view or a broadcast array; p.data[...] = ... copies.")

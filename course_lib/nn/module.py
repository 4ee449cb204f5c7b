"""What every layer has: parameters, a mode, and a state that can be saved."""

import numpy as np


class Parameter:
    """Numbers that training changes: `data`, and `grad` of the same shape, to which each backward pass adds."""

    def __init__(self, data: np.ndarray):
        self.data = data
        self.grad = np.zeros_like(data)

    def __repr__(self) -> str:
        return f"Parameter{self.data.shape}"


class Module:
    """A layer: `forward(x)` keeps what `backward(dout)` needs; `backward` adds to the gradients and returns dx."""

    training = True

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError

    def __call__(self, x):
        return self.forward(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def named_parameters(self) -> dict[str, Parameter]:
        """The layer's own parameters by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Parameter)}

    def parameters(self) -> list[Parameter]:
        """All parameters, in the order of the layers."""
        return list(self.named_parameters().values())

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy of every parameter by name, such as "0.weight"."""
        return {name: parameter.data.copy() for name, parameter in self.named_parameters().items()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Copy saved values into the parameters; names and shapes must be the same."""
        own = self.named_parameters()
        if state.keys() != own.keys():
            raise ValueError(f"the state holds {sorted(state)}, this network has {sorted(own)}. Usual cause: it was "
                             "saved from a network with other layers.")
        for name, parameter in own.items():
            if np.shape(state[name]) != parameter.data.shape:
                raise ValueError(f"{name} has shape {np.shape(state[name])} in the state, expected "
                                 f"{parameter.data.shape}. Usual cause: another layer width.")
        for name, parameter in own.items():
            parameter.data[...] = state[name]

    def train(self, mode: bool = True) -> "Module":
        """Switch to training; only layers that behave differently (such as dropout) look at it."""
        self.training = mode
        return self

    def eval(self) -> "Module":
        """Switch to evaluation."""
        return self.train(False)

"""Layers of chapters 3 and 4: thin objects over the functions in `course_lib.ops`."""

import numpy as np

from course_lib import ops
from course_lib.nn.init import Init, draw_weights
from course_lib.nn.module import Module, Parameter


class Linear(Module):
    """out = x W + b, with x (N, in_features), W (in_features, out_features), b (out_features,).

    Parameters
    ----------
    in_features, out_features : inputs and outputs
    bias : whether there is a b, which starts at zero
    rng : numpy Generator; pass the same one to all layers
    init : starting weights, see `draw_weights`
    dtype : float64, or float32 for images
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, rng: np.random.Generator,
                 init: Init = "normal", dtype=np.float64):
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng={rng!r}, expected a numpy Generator such as np.random.default_rng(0). Usual cause: a "
                            "seed; with one, layers of the same shape would start alike.")
        self.weight = Parameter(draw_weights(rng, in_features, out_features, init).astype(dtype))
        if bias:
            self.bias = Parameter(np.zeros(out_features, dtype))
        else:
            self.bias = None

    def __repr__(self) -> str:
        return "Linear({}, {})".format(*self.weight.data.shape)

    def forward(self, x):
        out, self._cache = ops.affine_forward(x, self.weight.data, None if self.bias is None else self.bias.data)
        return out

    def backward(self, dout):
        dx, dW, db = ops.affine_backward(dout, self._cache)
        self.weight.grad += dW
        if self.bias is not None:
            self.bias.grad += db
        return dx


class Activation(Module):
    """An activation of `ops`, entry by entry; `cache_is_output` where the slope is found from the output."""

    forward_function = backward_function = None
    cache_is_output = False

    def __init__(self, **constants):
        self.constants = constants

    def forward(self, x):
        out = type(self).forward_function(x, **self.constants)
        self._cache = out if self.cache_is_output else x
        return out

    def backward(self, dout):
        return type(self).backward_function(dout, self._cache, **self.constants)


class Identity(Activation):
    """z."""

    forward_function, backward_function = staticmethod(ops.identity), staticmethod(ops.identity_backward)


class Sigmoid(Activation):
    """1 / (1 + e^-z)."""

    forward_function, backward_function = staticmethod(ops.sigmoid), staticmethod(ops.sigmoid_backward)
    cache_is_output = True


class Tanh(Activation):
    """tanh z."""

    forward_function, backward_function = staticmethod(ops.tanh), staticmethod(ops.tanh_backward)
    cache_is_output = True


class ReLU(Activation):
    """max(z, 0), slope 0 at 0."""

    forward_function, backward_function = staticmethod(ops.relu), staticmethod(ops.relu_backward)


class LeakyReLU(Activation):
    """z above 0, a z elsewhere."""

    forward_function, backward_function = staticmethod(ops.leaky_relu), staticmethod(ops.leaky_relu_backward)

    def __init__(self, a: float = 0.01):
        super().__init__(a=a)


class ELU(Activation):
    """z above 0, a (e^z - 1) elsewhere."""

    forward_function, backward_function = staticmethod(ops.elu), staticmethod(ops.elu_backward)

    def __init__(self, a: float = 1.0):
        super().__init__(a=a)


class SELU(Activation):
    """The scaled ELU that keeps mean 0 and variance 1."""

    forward_function, backward_function = staticmethod(ops.selu), staticmethod(ops.selu_backward)


class GELU(Activation):
    """z Phi(z)."""

    forward_function, backward_function = staticmethod(ops.gelu), staticmethod(ops.gelu_backward)


class Softmax(Activation):
    """e^z / sum e^z over the last axis; not before CrossEntropyLoss, which takes scores."""

    forward_function, backward_function = staticmethod(ops.softmax), staticmethod(ops.softmax_backward)
    cache_is_output = True


class Flatten(Module):
    """(N, d1, d2, ...) to (N, d1 d2 ...), row by row."""

    def forward(self, x):
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dout):
        return dout.reshape(self._shape)


class Sequential(Module):
    """Layers one after another; `backward` runs them from the last to the first."""

    def __init__(self, *layers: Module):
        for layer in layers:
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential got {layer!r}, expected layers. Usual cause: a class without parentheses, "
                                "such as nn.ReLU, or a list that is not unpacked with *.")
        self.layers = list(layers)

    def __getitem__(self, index: int) -> Module:
        return self.layers[index]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

    def named_parameters(self) -> dict[str, Parameter]:
        return {f"{i}.{name}": p for i, layer in enumerate(self.layers) for name, p in layer.named_parameters().items()}

    def train(self, mode: bool = True) -> "Sequential":
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)

    def summary(self, input_shape: int | tuple[int, ...]) -> None:
        """Print each layer with its output shape and its number of parameters, and the total.

        Parameters
        ----------
        input_shape : shape of one sample, such as 64 or (28, 28)
        """
        shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        x = np.zeros((1, *shape))
        print(f"{'layer':<24}{'output':<20}{'parameters':>12}")
        print(f"{'input':<24}{_batch_shape(x):<20}{0:>12,}")
        for layer in self.layers:
            x = layer(x)
            numbers = sum(p.data.size for p in layer.parameters())
            print(f"{layer!r:<24}{_batch_shape(x):<20}{numbers:>12,}")
        print(f"{'total':<44}{sum(p.data.size for p in self.parameters()):>12,}")


def _batch_shape(x: np.ndarray) -> str:
    return f"(N, {', '.join(map(str, x.shape[1:]))})"

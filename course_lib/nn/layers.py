"""Layers of chapters 3 and 4: thin objects over the functions in `course_lib.ops`."""

import numpy as np

from course_lib import ops
from course_lib.nn.init import Init, draw_weights
from course_lib.nn.module import Module, Parameter, _find
from course_lib.validate import as_dtype, as_float, whole_number, yes_or_no


class Weighted(Module):
    """A layer with a weight and, unless it was built without, a bias."""

    def __setattr__(self, name: str, value) -> None:
        if name == "bias" and vars(self).get("bias", self) is None and not isinstance(value, Parameter | None):
            raise TypeError(f"{self!r} has no bias that {type(value).__name__} could be written into. Usual cause: the "
                            "layer was built with bias=False.")
        super().__setattr__(name, value)


class Linear(Weighted):
    """Fully connected layer on the last axis.

    out = x W + b    (4.3)

    x (N, in_features) gives out (N, out_features), a sequence (N, T, in_features) gives (N, T, out_features). The
    weights W (in_features, out_features) start normal with variance 1/in_features, b (out_features,) at zero. (PyTorch
    stores W transposed and draws W and b from U(-r, r), r = 1/sqrt(in_features).)

    Parameters
    ----------
    in_features, out_features : inputs and outputs, at least 1
    bias : whether there is a b
    rng : numpy Generator; pass the same one to all layers for a start of your own. Layers without one take their
        numbers, one after another, from a generator that begins with the course: each layer differs; a notebook that
        is run from the top gets the same numbers each time; a cell that is run again starts elsewhere, as in PyTorch
    init : starting weights, see `draw_weights`
    dtype : float64, or float32 for images
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *,
                 rng: np.random.Generator | None = None, init: Init = "normal", dtype=np.float64):
        shape = whole_number(in_features, "in_features"), whole_number(out_features, "out_features")
        bias = yes_or_no(bias, "bias", " Usual cause: a third argument without its name; rng=..., init=... and "
                                       "dtype=... are given by name.")
        dtype = as_dtype(dtype)
        self.weight = Parameter(draw_weights(rng, *shape, init).astype(dtype))
        self.bias = Parameter(np.zeros(shape[1], dtype)) if bias else None

    def __repr__(self) -> str:
        return "Linear({}, {})".format(*self.weight.data.shape)

    def forward(self, x):
        x, W = as_float(x, "x"), self.weight.data
        if x.ndim < 2 or x.size == 0 or x.shape[-1] != len(W):
            cause = " One sample alone is a row: x[None, :]." if x.shape == (len(W),) else ""
            if x.ndim > 2 and np.prod(x.shape[1:]) == len(W):
                cause = " Usual cause: images that are not flattened; put nn.Flatten() before the layer."
            raise ValueError(f"{self!r} got x of shape {x.shape}, expected (N, {len(W)}) or (N, ..., {len(W)}) with at "
                             f"least one sample.{cause}")
        out, cache = ops.affine_forward(x.reshape(-1, len(W)), W, None if self.bias is None else self.bias.data)
        self.keep((x.shape, cache))
        return out.reshape(*x.shape[:-1], W.shape[1])

    def backward(self, dout):
        shape, cache = self.take()
        dout, expected = as_float(dout, "dout"), (*shape[:-1], self.weight.data.shape[1])
        if dout.shape != expected:
            raise ValueError(f"dout must have the shape of the layer's output, {expected}, got {dout.shape}.")
        dx, dW, db = ops.affine_backward(dout.reshape(-1, expected[-1]), cache)
        self.weight.grad += dW
        if self.bias is not None:
            self.bias.grad += db
        return dx.reshape(shape)


class Activation(Module):
    """An activation of `ops`, entry by entry; `cache_is_output` where the slope is found from the output."""

    forward_function = backward_function = None
    cache_is_output = False

    def __init__(self, *given, **named):
        if given or named:
            said = ", ".join([*map(repr, given), *(f"{name}={value!r}" for name, value in named.items())])
            kind = type(self).__name__
            raise TypeError(f"{kind} got {said}, expected no arguments: {kind}(). Nothing is computed in place, and a "
                            "softmax goes over the last axis.")
        self.constants = {}

    def forward(self, x):
        out = type(self).forward_function(x, **self.constants)
        self.keep(out if self.cache_is_output else x)
        return out

    def backward(self, dout):
        return type(self).backward_function(dout, self.take(), **self.constants)


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
        self.constants = {"a": a}


class ELU(Activation):
    """z above 0, a (e^z - 1) elsewhere."""

    forward_function, backward_function = staticmethod(ops.elu), staticmethod(ops.elu_backward)

    def __init__(self, a: float = 1.0):
        self.constants = {"a": a}


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
        x = as_float(x, "x")
        if x.ndim == 0:
            raise ValueError("Flatten got a single number, expected samples (N, d1, ...).")
        self.keep(x.shape)
        return x.reshape(len(x), int(np.prod(x.shape[1:])))

    def backward(self, dout):
        shape, dout = self.take(), as_float(dout, "dout")
        expected = shape[0], int(np.prod(shape[1:]))
        if dout.shape != expected:
            raise ValueError(f"dout must have the shape of the layer's output, {expected}, got {dout.shape}.")
        return dout.reshape(shape)


class Sequential(Module):
    """Layers one after another; `backward` runs them from the last to the first."""

    def __init__(self, *layers: Module):
        places = {}
        for number, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential got {layer!r}, expected layers. Usual cause: a class without parentheses, "
                                "such as nn.ReLU, or a list that is not unpacked with *.")
            for name, module in layer.named_modules().items():
                place = f"{number}.{name}" if name else str(number)
                if id(module) in places:
                    raise ValueError(f"the same layer object {module!r} stands at {places[id(module)]} and at {place}, "
                                     "and it remembers one forward pass only. Each place needs a layer of its own, "
                                     "such as nn.ReLU() twice; to share weights: second.weight = first.weight.")
                places[id(module)] = place
        self.layers = list(layers)

    def __getitem__(self, index: int) -> Module:
        return self.layers[index]

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def _members(self) -> list[tuple]:
        """As in every module, but the layers are "0", "1", ... without "layers" before."""
        others = [(name, value) for name, value in super()._members() if not name.startswith("layers.")]
        return [*_find("", vars(self).get("layers", [])), *others]

    def forward(self, x):
        for number, layer in enumerate(self.layers):
            if number and isinstance(x, tuple):
                raise TypeError(f"{self.layers[number - 1]!r} returns {len(x)} things, and Sequential hands on one "
                                "array. Usual cause: a recurrent layer, which returns its states and the last one; a "
                                "Module of your own picks: states, _ = self.recurrent(x).")
            x = layer(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

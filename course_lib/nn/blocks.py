"""Layers side by side: skip connections, branches, and maps that are handed on to all later layers."""

import numpy as np

from course_lib.nn.module import Module
from course_lib.validate import as_float


def _layer(value, of: str) -> Module:
    if not isinstance(value, Module):
        raise TypeError(f"{of} got {value!r}, expected layers. Usual cause: a class without parentheses, such as "
                        "nn.ReLU, or a list in place of nn.Sequential(...).")
    return value


def _beside(outs: list[np.ndarray], of: Module) -> np.ndarray:
    """Maps one after another along the channels."""
    if len({(len(out), *out.shape[2:]) for out in outs}) > 1:
        raise ValueError(f"{type(of).__name__} puts channels one after another and all else must be equal, got shapes "
                         f"{' and '.join(str(out.shape) for out in outs)}. Usual cause: a padding that is missing, "
                         "such as padding=1 for a window of 3.")
    return np.concatenate(outs, axis=1)


def _maps(value) -> np.ndarray:
    """Numbers with channels on axis 1."""
    x = as_float(value, "x")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (N, C, ...), got {x.shape}. One sample alone is a batch of one: x[None].")
    return x


def _like(dout, shape: tuple[int, ...]) -> np.ndarray:
    dout = as_float(dout, "dout")
    if dout.shape != shape:
        raise ValueError(f"dout must have the shape of the layer's output, {shape}, got {dout.shape}.")
    return dout


class Residual(Module):
    """body(x) + x, or body(x) + skip(x) where the body changes the shape.

    The gradient has two ways back, dx = dout (1 + d body/dx), so that it does not vanish in a deep net of such blocks.

    Parameters
    ----------
    body : a layer, or layers in `Sequential`
    skip : such as a 1x1 convolution, where body(x) has another shape than x; None for x itself
    """

    def __init__(self, body: Module, skip: Module | None = None):
        self.body = _layer(body, "Residual")
        self.skip = None if skip is None else _layer(skip, "Residual")

    def __repr__(self) -> str:
        return f"Residual({self.body!r}{'' if self.skip is None else f', {self.skip!r}'})"

    def forward(self, x):
        x = as_float(x, "x")
        out, past = self.body(x), x if self.skip is None else self.skip(x)
        if out.shape != past.shape:
            raise ValueError(f"the body of a Residual turns {x.shape} into {out.shape}, its skip into {past.shape}; "
                             "they are added and must be equal. Usual cause: a stride or other channels in the body "
                             "and no skip, such as nn.Conv2d(in_channels, out_channels, 1, stride).")
        self.keep(out.shape)
        return out + past

    def backward(self, dout):
        dout = _like(dout, self.take())
        return self.body.backward(dout) + (dout if self.skip is None else self.skip.backward(dout))


class Concat(Module):
    """Branches that all get x; their channels are put one after another.

    Parameters
    ----------
    *branches : layers, or layers in `Sequential`, whose outputs differ in the channels (axis 1) alone
    """

    def __init__(self, *branches: Module):
        if not branches:
            raise ValueError("Concat got no branch, expected layers: Concat(nn.Conv2d(8, 4, 1), nn.Identity()).")
        self.branches = [_layer(branch, "Concat") for branch in branches]

    def __repr__(self) -> str:
        return f"Concat({', '.join(map(repr, self.branches))})"

    def forward(self, x):
        outs = [branch(_maps(x)) for branch in self.branches]
        out = _beside(outs, self)
        self.keep((out.shape, np.cumsum([part.shape[1] for part in outs[:-1]])))
        return out

    def backward(self, dout):
        shape, ends = self.take()
        parts = np.split(_like(dout, shape), ends, axis=1)
        return sum(branch.backward(part) for branch, part in zip(self.branches, parts, strict=True))


class DenseBlock(Module):
    """Each layer gets the maps of all before it, x included, and adds its own; all of them go out.

    Parameters
    ----------
    *layers : layers, or layers in `Sequential`, that keep height and width
    """

    def __init__(self, *layers: Module):
        self.layers = [_layer(layer, "DenseBlock") for layer in layers]

    def __repr__(self) -> str:
        return f"DenseBlock({', '.join(map(repr, self.layers))})"

    def forward(self, x):
        x, channels = _maps(x), []
        for layer in self.layers:
            channels.append(x.shape[1])
            x = _beside([x, layer(x)], self)
        self.keep((x.shape, channels))
        return x

    def backward(self, dout):
        shape, channels = self.take()
        dout = _like(dout, shape)
        for layer, old in zip(reversed(self.layers), reversed(channels), strict=True):
            dout = dout[:, :old] + layer.backward(dout[:, old:])
        return dout

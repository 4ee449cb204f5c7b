"""Dropout as a layer, and the spread of predictions with units switched off."""

import numpy as np

from course_lib import ops
from course_lib.nn import init
from course_lib.nn.module import Module
from course_lib.ops.regularization import drop_rate
from course_lib.validate import as_float, generator, shared_generator, whole_number


class Dropout(Module):
    """Inverted dropout: in training each entry is 0 with probability p, and the others are divided by 1 - p.

    In evaluation, as `net.eval()` and `fit` for its records switch to it, the layer does nothing.

    Parameters
    ----------
    p : share that is dropped, from 0 to below 1
    rng : numpy Generator for the masks; layers without one share a generator that begins with the course
    """

    def __init__(self, p: float = 0.5, rng: np.random.Generator | None = None):
        self.p = drop_rate(p, "p")
        self.rng = None if rng is None else shared_generator(rng)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"

    def forward(self, x):
        x, u = as_float(x, "x"), None
        if self.training:
            u = (init._own if self.rng is None else self.rng).random(x.shape)  # the same units in float32 and float64
        out, cache = ops.dropout_forward(x, self.p, u, self.training)
        self.keep((x.shape, cache))
        return out

    def backward(self, dout):
        shape, cache = self.take()
        dout = as_float(dout, "dout")
        if dout.shape != shape:
            raise ValueError(f"dout must have the shape of the layer's output, {shape}, got {dout.shape}.")
        return ops.dropout_backward(dout, cache)


def monte_carlo(net: Module, X, n: int, rng=0) -> np.ndarray:
    """Predictions of a network whose dropout stays on: their spread says how unsure the network is.

    Only the `Dropout` layers are in training mode; batch normalization uses its running statistics. Afterwards all
    modes and generators are as before.

    Parameters
    ----------
    net : a network with Dropout layers
    X : (N, ...) samples
    n : number of predictions of each sample, each with new masks
    rng : seed or numpy Generator for the masks

    Returns
    -------
    (n, N, K) predictions; their mean and spread: `.mean(axis=0)`, `.std(axis=0)`

    Raises
    ------
    ValueError
        For a network without dropout, whose predictions would all be equal.
    """
    n, rng = whole_number(n, "n"), generator(rng)
    if not isinstance(net, Module):
        raise TypeError(f"net is {type(net).__name__}, expected a network such as nn.Sequential(...).")
    modules = list(net.named_modules().values())
    drops = [module for module in modules if isinstance(module, Dropout) and module.p > 0]
    if not drops:
        raise ValueError(f"{net!r} has no nn.Dropout with p above 0, so all {n} predictions would be equal.")
    modes, generators = [module.training for module in modules], [drop.rng for drop in drops]
    try:
        net.eval()
        for drop in drops:
            drop.training, drop.rng = True, rng
        return np.stack([net(X) for _ in range(n)])
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode
        for drop, own in zip(drops, generators, strict=True):
            drop.rng = own

"""Gradient descent with momentum and weight decay."""

from collections.abc import Iterable

import numpy as np


class SGD:
    """Gradient descent; classical momentum.

    g <- g + weight_decay w,  v <- momentum v + g,  w <- w - lr v

    At a constant lr this is the same path as v <- momentum v - lr g, w <- w + v.

    Parameters
    ----------
    params : the parameters of a network, `net.parameters()`
    lr : learning rate, at least 0
    momentum : share of the last step that is kept, 0 <= momentum < 1
    weight_decay : lambda of the penalty (lambda/2) sum w^2, added to the gradient of every parameter
    """

    def __init__(self, params: Iterable, lr: float, momentum: float = 0.0, weight_decay: float = 0.0):
        self.params = list(params)
        if not self.params:
            raise ValueError("SGD got no parameters. Usual cause: net.parameters without the parentheses, or a network "
                             "that has only activations.")
        if lr < 0 or not 0 <= momentum < 1 or weight_decay < 0:
            raise ValueError(f"lr={lr}, momentum={momentum}, weight_decay={weight_decay}: expected lr >= 0, "
                             "0 <= momentum < 1, weight_decay >= 0. Usual cause: a minus sign; the step subtracts the "
                             "gradient itself.")
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self._velocity = [np.zeros_like(p.data) for p in self.params]

    def step(self) -> None:
        """Move every parameter once, by its gradient."""
        for p, v in zip(self.params, self._velocity, strict=True):
            v *= self.momentum
            v += p.grad
            if self.weight_decay:
                v += self.weight_decay * p.data
            p.data -= self.lr * v

    def zero_grad(self) -> None:
        """Set every gradient to zero; a backward pass adds to it."""
        for p in self.params:
            p.grad[...] = 0

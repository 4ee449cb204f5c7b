"""One step at a time, for wide layers, whose matrix products take nearly all of the time."""

from collections.abc import Sequence

import numpy as np

from course_lib import ops
from course_lib.dense.flat import as_sizes, init_params, parts, unpack
from course_lib.dense.problem import as_output
from course_lib.dense.runs import for_parts, rule_named
from course_lib.kernels import losses as loss_kernels
from course_lib.kernels import products, vectors, wide
from course_lib.nn.init import Init
from course_lib.ops.updates import Adjustable
from course_lib.validate import as_dtype, as_float, as_labels, choice, same_shape, whole_number


class Stepper(Adjustable):
    """Mini-batch descent on a wide dense network, one step a call.

    Parameters
    ----------
    sizes : layer sizes, input first, such as (784, 512, 10).
    batch_size : the largest batch that `step` will get.
    hidden : relu, tanh, sigmoid or identity. output : the same names, for mse and half_sse.
    loss : cross_entropy (integer labels), mse or half_sse.
    lr : learning rate.
    dtype : float32 or float64; inputs are converted.
    rng, init : see `init_params`; None takes "he" for relu and "normal" for the others.
    rule, **settings : see `train`.

    Attributes
    ----------
    params : (P,) the flat parameters. weights : [(W, b), ...], views into them.
    lr, weight_decay, momentum (where the rule has it) : may be changed between steps.
    """

    def __init__(self, sizes: Sequence[int], batch_size: int, hidden: str = "relu", loss: str = "cross_entropy",
                 lr: float = 0.1, *, dtype=np.float32, rng=0, output: str | None = None, init: Init | None = None,
                 rule: str | None = None, **settings):
        choice(loss, "loss", ("cross_entropy", "mse", "half_sse"))
        choice(hidden, "hidden", wide.FROM_OUTPUT)
        output = as_output(output, loss, wide.FROM_OUTPUT)
        last = "identity" if loss == "cross_entropy" else output  # its softmax is part of the loss
        self.sizes, self.hidden, self.output, self.loss = as_sizes(sizes), hidden, output, loss
        self._rule = rule_named(rule, settings)
        self._settings = {"lr": lr, **self._rule.defaults, **settings}
        init = ("he" if hidden == "relu" else "normal") if init is None else init
        self.params = init_params(self.sizes, rng, init, dtype=as_dtype(dtype))
        self.weights = unpack(self.params, self.sizes)
        self._gradient = vectors.aligned(self.params.shape, self.params.dtype)
        self._state, self._steps = self._rule.start(self.params.size, dtype).reshape(-1), 0
        self._take_settings()
        self._gradients = unpack(self._gradient, self.sizes)
        names = [hidden] * (len(self.sizes) - 2) + [last]
        self._codes = [wide.ACTIVATIONS.index(name) for name in names]
        batch_size = whole_number(batch_size, "batch_size")
        self._outputs = [np.empty((batch_size, size), dtype) for size in self.sizes[1:]]
        self._costs = np.empty(batch_size, dtype)
        self._deltas = [np.empty((batch_size, size), dtype) for size in self.sizes[1:]]
        self.adjust([self._settings])

    def step(self, X: np.ndarray, y: np.ndarray) -> float:
        """One update from the batch X (n, D), y (n,) labels or (n, K) targets; returns the loss before it."""
        X = np.ascontiguousarray(as_float(X, "X"), self.params.dtype)
        n, most = len(X) if X.ndim else 0, len(self._costs)
        if X.ndim != 2 or X.shape[1] != self.sizes[0] or not 0 < n <= most:
            raise ValueError(f"X has shape {X.shape}, expected (n, {self.sizes[0]}) with 1 <= n <= {most}. Usual "
                             "cause: images that are not flattened, or a batch above batch_size.")
        loss = self._gradient_of(X, y, [out[:n] for out in self._outputs], [d[:n] for d in self._deltas])
        if self._settings != self._taken:
            self._take_settings()
        self._steps += 1
        for part in self._parts:
            self._rule.step(*part, self._steps)
        return loss

    def _take_settings(self) -> None:
        """Check the settings, and lay out what the rule takes: weights and biases, each with their settings."""
        settings = for_parts(self._rule.check(**self._settings))
        slots = len(self._rule.slots)
        self._parts = [(self.params[first:end], self._gradient[first:end],
                        self._state[slots * first : slots * end].reshape(slots, end - first), settings[kind])
                       for first, end, kind in parts(self.sizes, True, decay=True)]
        if settings[0, 1] == 0:  # nothing tells them apart
            self._parts = [(self.params, self._gradient, self._state.reshape(slots, self.params.size), settings[0])]
        self._taken = dict(self._settings)

    def _gradient_of(self, X, y, outputs, deltas) -> float:
        """The loss, and its gradient into `_gradient`: (4.2), then (4.54)-(4.57)."""
        inputs = [X, *outputs[:-1]]
        for x, (W, b), out, code in zip(inputs, self.weights, outputs, self._codes, strict=True):
            products.multiply(x, W, out)
            wide.bias_activation(code, out, b)
        loss = self._loss(outputs[-1], y, deltas[-1])
        for layer in range(len(self.weights) - 1, -1, -1):
            W, (dW, db) = self.weights[layer][0], self._gradients[layer]
            wide.through_activation(self._codes[layer], deltas[layer], outputs[layer], db)
            products.add_outer(inputs[layer], deltas[layer], 0, W.shape[1], dW, 0, fresh=True)
            if layer > 0:
                np.matmul(deltas[layer], W.T, out=deltas[layer - 1])
        return loss

    def _loss(self, out, y, delta) -> float:
        """The loss, and its gradient with respect to `out` into `delta`."""
        n, outputs = out.shape
        if self.loss == "cross_entropy":
            loss_kernels.softmax_cross_entropy(out, as_labels(y, n, outputs), self._costs[:n], delta)
            return float(self._costs[:n].mean())
        y = as_float(y, "y")
        same_shape(out, y, ("the network's output", "y"))
        scale = 2 / out.size if self.loss == "mse" else 1 / n
        return loss_kernels.squared_loss(out, y.astype(out.dtype, copy=False), delta, out.dtype.type(scale))

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Outputs (N, K); for cross_entropy the probabilities."""
        X = as_float(X, "X").astype(self.params.dtype, copy=False)
        return ops.mlp_forward(X, self.weights, self.hidden, self.output)[0]

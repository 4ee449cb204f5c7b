"""`course warm`: compile every kernel into the cache, so that no chapter has to wait for it."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from course_lib import _runtime, convnet, dense, ops, recurrent
from course_lib.kernels.activations import TANH
from course_lib.kernels.residual import residual_run
from course_lib.nn.architectures import AvgPool, Conv, Dense, Flatten, MaxPool, ReLU


def calls() -> Iterator[tuple[str, Callable[[], object]]]:
    """One small call for each group of kernels and each type of number that the chapters use."""
    for dtype in (np.float64, np.float32):
        for name, call in (
            ("activations", _activations),
            ("losses", _losses),
            ("normalization", _normalization),
            ("convolution", _convolution),
            ("perceptron", _perceptron),
            ("surfaces", _surfaces),
            ("update rules", _rules),
            ("training, whole runs", _fit),
            ("training, one point a step", _fit_by_point),
            ("training, wide layers", _stepper),
            ("training, recurrent nets", _recurrent),
        ):
            yield f"{name} ({np.dtype(dtype).name})", partial(call, dtype)
    yield "convolutional nets (float32)", _convnets
    yield "linear models (float64)", _linear
    yield "residual networks (float64)", _residual


def _activations(dtype) -> None:
    z = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
    for activation in ops.ACTIVATIONS.values():
        activation.backward(z, activation.forward(z))
    ops.softmax_backward(z, ops.softmax(z))
    ops.log_softmax(z)


def _losses(dtype) -> None:
    scores, labels = np.zeros((2, 3), dtype), np.array([0, 2])
    ops.cross_entropy(scores, labels)
    ops.softmax_ce_backward(scores, labels)
    ops.bce_from_logits(scores, ops.one_hot(labels, 3).astype(dtype))


def _normalization(dtype) -> None:
    x, ones = np.eye(2, dtype=dtype), np.ones(2, dtype)
    out, cache, *_ = ops.batchnorm_forward(x, ones, ones, ones, ones)
    ops.batchnorm_backward(out, cache)


def _convolution(dtype) -> None:
    x, w = np.ones((1, 1, 3, 3), dtype), np.ones((1, 1, 2, 2), dtype)
    for forward, backward, given in ((ops.conv2d_forward, ops.conv2d_backward, (w, None)),
                                     (ops.maxpool2d_forward, ops.maxpool2d_backward, (2, 1))):
        out, cache = forward(x, *given)
        backward(out, cache)
    ops.col2im(ops.im2col(x, 2), x.shape, 2)


def _gate(dtype) -> tuple[np.ndarray, np.ndarray]:
    return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype), np.array([0, 0, 0, 1])


def _perceptron(dtype) -> None:
    ops.perceptron_fit(*_gate(dtype), epochs=2)


def _surfaces(dtype) -> None:
    X, y = _gate(dtype)
    params = dense.unpack(dense.init_params((2, 2, 1), dtype=dtype), (2, 2, 1))
    dense.mlp_surface(params, (0, 1), (0, 1), 4)
    dense.loss_surface(params, X, y[:, None].astype(dtype), 0, 1, (0, 1), (0, 1), 4)


def _rules(dtype) -> None:
    for rule in ops.RULES.values():
        rule.compiled(dtype)


def _fit(dtype) -> None:
    X, y = _gate(dtype)
    dense.train((2, 2, 1), X, y[:, None].astype(dtype), lr=0.1, epochs=1, momentum=0.9, record_gradients=True)
    dense.train((2, 2, 2), X, y, loss="cross_entropy", lr=0.1, epochs=1, batch_size=2)


def _fit_by_point(dtype) -> None:
    X, y = _gate(dtype)
    dense.train((2, 2, 1), X, y[:, None].astype(dtype), lr=0.1, epochs=1, batch_size=1)


def _convnets() -> None:
    """The shapes of the nets that chapters train; other numbers of filters are compiled when they come."""
    images, labels = np.zeros((2, 28, 28), np.uint8), np.array([0, 1])
    convnet.train(images, labels, epochs=1).scores(images / 255)
    small = (Conv(16, 3, pad=1), ReLU(), MaxPool(3, 2), Conv(32, 3, pad=1), AvgPool(2), Flatten(), Dense(10))
    convnet.train(images, labels, small, epochs=1)


def _linear() -> None:
    X, y = _gate(np.float64)
    ops.elastic_net_path(X, y, [0.1])
    ops.stochastic_descent(X, y, [0, 0], 0.1, [[0, 1, 2, 3]], 2)


def _residual() -> None:
    widths, places = np.array([2, 2, 2, 2]), np.array([[0, 4], [6, 10], [12, 16]])
    x = np.ones((1, 2, 1))
    residual_run(np.ones(18), places, widths, TANH, 1.0, x, x, 0.1, np.empty(1), np.empty((1, 2)))


def _stepper(dtype) -> None:
    X, y = _gate(dtype)
    dense.Stepper((2, 3, 2), batch_size=4, dtype=dtype).step(X, y)
    dense.Stepper((2, 3, 1), batch_size=4, hidden="tanh", loss="mse", dtype=dtype).step(X, y[:, None])
    dense.Stepper((2, 32, 2), batch_size=8, dtype=dtype).step(np.tile(X, (2, 1)), np.tile(y, 2))  # by tiles


def _recurrent(dtype) -> None:
    for cell in recurrent.CELLS:
        for hidden, batch in ((1, 1), (32, 9)):  # by loops, and by tiles
            recurrent.train_text("ab" * 9, cell, hidden, length=1, batch=batch, steps=1, val=0, dtype=dtype)
    ops.embedding_backward(*ops.embedding_forward([0], np.eye(2, dtype=dtype)))


def main(argv: list[str]) -> int:
    """`course warm`: compile all kernels now; `--background` gives way to everything else that runs."""
    parser = argparse.ArgumentParser(prog="course warm", description=main.__doc__)
    parser.add_argument("--background", action="store_true", help="with the lowest priority")
    if parser.parse_args(argv).background and hasattr(os, "nice"):  # Windows: set by who starts this process
        os.nice(19)
    if _runtime.jit_off_reason:
        print(f"Nothing to compile: {_runtime.jit_off_reason}. The course runs on plain NumPy, several times slower.")
        return 0
    print("Compiling the course's kernels (once; they are kept for the next start).", flush=True)
    start = time.perf_counter()
    todo = list(calls())
    try:
        for done, (name, call) in enumerate(todo, 1):
            _runtime.note_compiling(f"{done - 1} of {len(todo)}")
            call()
            if sys.stdout.isatty():
                filled = 30 * done // len(todo)
                print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{len(todo)} {name:30.30}", end="", flush=True)
    finally:
        _runtime.note_compiling(None)
    if sys.stdout.isatty():
        print()
    print(f"{len(todo)} calls ready after {time.perf_counter() - start:.1f} s.")
    if _runtime.cache_warning:
        print(f"Note: {_runtime.cache_warning}.")
    _runtime.warm_marker().touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

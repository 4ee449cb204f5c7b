"""`course warm`: compile every kernel into the cache, so that no chapter has to wait for it."""

import sys
import time
from collections.abc import Callable, Iterator

import numpy as np


def calls() -> Iterator[tuple[str, Callable[[], object]]]:
    """One small call for each kernel and each type of number that the chapters use."""
    from course_lib import ops, training

    for dtype in (np.float64, np.float32):
        kind = np.dtype(dtype).name
        z = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
        for name, activation in ops.ACTIVATIONS.items():
            yield f"{name} {kind}", lambda a=activation, z=z: a.backward(z, a.forward(z))
        share = ops.softmax(z)
        labels = np.array([0, 2])
        yield f"softmax {kind}", lambda z=z: (ops.softmax_backward(z, ops.softmax(z)), ops.log_softmax(z))
        for loss in (ops.mse, ops.mae, ops.half_sse, ops.bce, ops.bce_from_logits, ops.kl_loss, ops.hellinger_loss):
            yield f"{loss.__name__} {kind}", lambda loss=loss, p=share, q=share[::-1].copy(): loss(p, q)
        yield f"cross-entropy {kind}", lambda z=z, y=labels: (ops.cross_entropy(z, y), ops.softmax_ce_backward(z, y))
        points, gate = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=dtype), np.array([0, 0, 0, 1])
        yield f"perceptron {kind}", lambda X=points, y=gate: ops.perceptron_fit(X, y, epochs=2)
        target = gate[:, None].astype(dtype)
        for batch in (None, 1):
            yield (
                f"training {kind}",
                lambda X=points, t=target, b=batch: training.fit((2, 2, 1), X, t, lr=0.1, epochs=1, batch_size=b),
            )


def main(argv: list[str]) -> int:
    """`course warm`"""
    from course_lib import _runtime

    if _runtime.jit_off_reason:
        print(f"Nothing to compile: {_runtime.jit_off_reason}. The course runs on plain NumPy, several times slower.")
        return 0
    print("Compiling the course's kernels (once; they are kept for the next start).", flush=True)
    start = time.perf_counter()
    todo = list(calls())
    for done, (name, call) in enumerate(todo, 1):
        call()
        if sys.stdout.isatty():
            filled = 30 * done // len(todo)
            print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{len(todo)} {name:30.30}", end="", flush=True)
    if sys.stdout.isatty():
        print()
    print(f"{len(todo)} calls ready after {time.perf_counter() - start:.1f} s.")
    if _runtime.cache_warning:
        print(f"Note: {_runtime.cache_warning}.")
    _runtime.warm_marker().touch()
    return 0

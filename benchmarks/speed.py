"""Timings of the course's kernels against PyTorch and NumPy on one thread: `python -m benchmarks.speed`.

Both sides of a row run in turn, many times; the row shows the median of the ratios of their CPU times, which another
program on the same machine disturbs little. The verdict is met, missed, or why the row could not run.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from os import environ

import numpy as np

from course_lib import dense, nn, ops
from course_lib.kernels import vectors

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None

WARM = "import sys; from course_lib.app import warm; sys.exit(warm.main([]))"
FIRST_CALL = """
import numpy as np
from course_lib import dense, nn
dense.train((2, 3, 1), np.eye(2), np.eye(2)[:, :1], epochs=1)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: the share of the other side's time, or seconds, and the most that is allowed."""

    name: str
    target: float | None  #: None: for information
    measured: float | None  #: None: could not run
    detail: str
    seconds: bool = False

    @property
    def verdict(self) -> str:
        if self.measured is None or self.target is None:
            return "-"
        return "met" if self.measured <= self.target else "MISSED"

    def show(self, value: float | None) -> str:
        if value is None:
            return "-"
        if self.seconds:
            return f"{value:.1f} s"
        return f"1/{1 / value:.0f}" if value < 0.1 else f"{value:.2f}"

    def __str__(self) -> str:
        cells = f"{self.name:<50}{self.show(self.target):>8}{self.show(self.measured):>10}"
        return f"{cells}  {self.verdict:<7} {self.detail}"


def interleaved(ours: Callable, theirs: Callable, repetitions: int,
                clock: Callable[[], float] = time.process_time) -> tuple[float, float, float]:
    """Median of ours/theirs over the repetitions, and the median seconds of each."""
    times = np.empty((repetitions, 2))
    for row in times:
        for side, work in enumerate((ours, theirs)):
            start = clock()
            work()
            row[side] = clock() - start
    return float(np.median(times[:, 0] / times[:, 1])), *np.median(times, axis=0)


def compare(name, target, other, ours, theirs, repetitions, steps=(1, 1)) -> Row:
    """A row of the table; `steps` says how many steps one call of each side takes."""
    ours(), theirs()
    ratio, mine, other_time = interleaved(ours, theirs, repetitions)
    detail = f"{mine / steps[0] * 1e6:,.1f} us against {other_time / steps[1] * 1e6:,.1f} us, {other}"
    return Row(name, target, ratio * steps[1] / steps[0], detail)


def torch_trainer(sizes, activation, loss, X, y, steps: int, optimizer: str = "SGD") -> Callable:
    """So many steps of training in PyTorch, written as its tutorials do."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [torch.nn.Linear(fan_in, fan_out, dtype=torch.from_numpy(X).dtype), activation()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = getattr(torch.optim, optimizer)(net.parameters(), lr=0.01)
    X, y = torch.from_numpy(X), torch.from_numpy(y)

    def run():
        for _ in range(steps):
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()

    return run


def small_net(name, target, sizes, points, dtype, loss, rule="sgd", optimizer="SGD") -> Row:
    """A whole run of a small tanh net in one call, per step."""
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((points, sizes[0])).astype(dtype)
    if loss == "cross_entropy":
        y, criterion = rng.integers(0, sizes[-1], points), torch.nn.CrossEntropyLoss()
    else:
        y, criterion = rng.standard_normal((points, sizes[-1])).astype(dtype), torch.nn.MSELoss()
    steps = (1000, 30)
    theirs = torch_trainer(sizes, torch.nn.Tanh, criterion, X, y, steps[1], optimizer)

    def ours():
        dense.train(sizes, X, y, loss=loss, lr=0.01, epochs=steps[0], rule=rule)

    return compare(name, target, "PyTorch", ours, theirs, 40, steps)


def wide_net(name, target, rule, optimizer) -> Row:
    sizes = (784, 512, 10)
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    rng = np.random.default_rng(0)
    X, y = rng.uniform(0, 1, (128, 784)).astype(np.float32), rng.integers(0, 10, 128)
    stepper = dense.Stepper(sizes, 128, lr=0.01, rule=rule)
    theirs = torch_trainer(sizes, torch.nn.ReLU, torch.nn.CrossEntropyLoss(), X, y, 1, optimizer)
    return compare(name, target, "PyTorch", lambda: stepper.step(X, y), theirs, 150)


def batch_norm(target, shape, kind: str) -> Row:
    """Batch normalization as a layer, forward and back, in training."""
    name = f"batch norm {shape}, float32, both ways"
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    x, dout = np.random.default_rng(0).standard_normal((2, *shape)).astype(np.float32)
    own, other = getattr(nn, kind)(shape[1], dtype=np.float32), getattr(torch.nn, kind)(shape[1])
    inputs, gradient = torch.from_numpy(x).requires_grad_(), torch.from_numpy(dout)

    def ours():
        own(x)
        own.backward(dout)

    def theirs():
        inputs.grad = None
        other(inputs).backward(gradient)

    return compare(name, target, "PyTorch", ours, theirs, 150)


def adam_step(name, target, sizes, steps) -> Row:
    """The rule over the flat parameters of a net, against PyTorch's fused one over its tensors."""
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    rng, rule = np.random.default_rng(0), ops.RULES["adam"]
    w = dense.init_params(sizes, rng, dtype=np.float32)
    dw, state, settings = vectors.aligned(w.shape, w.dtype), rule.start(w.size, w.dtype), rule.check(1e-3)
    rng.standard_normal(out=dw, dtype=w.dtype)
    tensors = [torch.from_numpy(part.copy()).requires_grad_() for layer in dense.unpack(w, sizes) for part in layer]
    for tensor in tensors:
        tensor.grad = torch.randn(tensor.shape)
    fused = torch.optim.Adam(tensors, lr=1e-3, fused=True)

    def ours():
        for t in range(steps):
            rule.step(w, dw, state, settings, t + 1)

    def theirs():
        for _ in range(steps):
            fused.step()

    return compare(name, target, "PyTorch fused", ours, theirs, 100, (steps, steps))


def boundary() -> Row:
    """The output of a net on a grid, as every slider that shows a decision boundary needs it."""
    sizes, n = (2, 16, 16, 1), 300
    params = dense.unpack(dense.init_params(sizes, dtype=np.float32), sizes)
    axis = np.linspace(-2, 2, n, dtype=np.float32)

    def plain():
        out = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        for W, b in params[:-1]:
            out = np.tanh(out @ W + b)
        W, b = params[-1]
        return 1 / (1 + np.exp(-(out @ W + b)))

    def ours():
        return dense.mlp_surface(params, (-2, 2), (-2, 2), n, "tanh", "sigmoid")

    return compare("boundary 300x300 of 2-16-16-1, float32", 0.35, "NumPy", ours, plain, 40)


def process_seconds(code: str, cache: str) -> float:
    """CPU seconds of a new Python process."""
    script = f"import atexit, time; atexit.register(lambda: print('cpu', time.process_time()))\n{code}"
    done = subprocess.run([sys.executable, "-c", script], env={**environ, "NUMBA_CACHE_DIR": cache}, check=True,
                          capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def starts() -> list[Row]:
    """Compiling everything once, and a new process that finds it compiled."""
    with tempfile.TemporaryDirectory(prefix="course_bench_") as cache:
        cold = process_seconds(WARM, cache)
        again = min(process_seconds(FIRST_CALL, cache) for _ in range(3))
    return [Row("all kernels compiled, empty cache", 20.0, cold, "CPU time of one process", True),
            Row("new process: import and first run, cached", 2.5, again, "CPU time, best of 3", True)]


def rows():
    """The table, line by line."""
    yield small_net("2-3-1, 300 points, float32, step", 1 / 100, (2, 3, 1), 300, np.float32, "mse")
    yield small_net("2-3-1, 300 points, float64, step", None, (2, 3, 1), 300, np.float64, "mse")
    yield small_net("2-16-16-2, batch 32, float32, SGD step", 1 / 40, (2, 16, 16, 2), 32, np.float32, "cross_entropy")
    yield small_net("2-16-16-2, batch 32, float32, Adam step", 1 / 60, (2, 16, 16, 2), 32, np.float32, "cross_entropy",
                    "adam", "Adam")
    yield wide_net("784-512-10, batch 128, float32, SGD step", 0.70, "sgd", "SGD")
    yield wide_net("784-512-10, batch 128, float32, Adam step", 0.75, "adam", "Adam")
    yield adam_step("Adam step of 407,050 parameters, float32", 0.5, (784, 512, 10), 1)
    yield adam_step("Adam step of 354 parameters, float32", 1 / 20, (2, 16, 16, 2), 100)
    yield batch_norm(0.70, (128, 512), "BatchNorm1d")
    yield batch_norm(None, (64, 16, 28, 28), "BatchNorm2d")
    yield boundary()
    yield from starts()


def main(argv: list[str]) -> int:
    """Print the table; 1 when a target is missed."""
    print(f"{'work (time relative to the other side)':<50}{'target':>8}{'measured':>10}  verdict")
    missed = 0
    for row in rows():
        print(row, flush=True)
        missed += row.verdict == "MISSED"
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Timings of the convolutional kernels against PyTorch, float32, one thread: `python -m benchmarks.conv`.

Both sides of a row run in turn, as in `benchmarks.speed`. The rows of two threads compare with our own one thread, by
the clock on the wall, with the other core idle and busy: on a machine where something else runs, "idle" cannot be
measured, and the row says so.
"""

import os
import subprocess
import sys
import tempfile
import time
from itertools import count, cycle
from types import SimpleNamespace

import numpy as np

from benchmarks.speed import Row, compare, interleaved, process_seconds, torch
from course_lib import datasets, ops
from course_lib.convnet.net import Block, Weights
from course_lib.convnet.run import scores_of
from course_lib.convnet.stages import Image, stages_of
from course_lib.convnet.training import Stepper
from course_lib.kernels import lanes, vectors
from course_lib.nn.architectures import LENET5, AvgPool, Conv, Dense, Flatten, MaxPool, ReLU, build

F32 = np.float32
PLAIN = (Flatten(), Dense(512), ReLU(), Dense(10))

TRAIN = """
import numpy as np
from course_lib import convnet, datasets
digits = datasets.digits28()
convnet.train(digits.X_train, digits.y_train, epochs=1)
"""
TRAIN_TORCH = """
import numpy as np, torch
from torch import nn
from course_lib import datasets
torch.set_num_threads(1)
digits = datasets.digits28()
X, y = torch.from_numpy(digits.X_train[:, None] / np.float32(255)), torch.from_numpy(digits.y_train.copy())
net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
                    nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                    nn.Linear(84, 10))
optimizer = torch.optim.Adam(net.parameters())
for chosen in torch.randperm(len(X)).split(64):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(X[chosen]), y[chosen]).backward()
    optimizer.step()
"""
COLD = """
from course_lib.app import warm
for name, call in warm.calls():
    if name.startswith("convolution"):
        call()
"""
FIRST_CALL = """
import numpy as np
from course_lib import convnet
convnet.train(np.zeros((2, 28, 28), np.uint8), np.array([0, 1]), epochs=1)
"""
BUSY = "while True: pass"


def in_turn(ours, theirs, calls=5, repetitions=60) -> tuple:
    """Arguments of `compare`: each side a few times, then the other, as in a run, where the caches hold one's own."""
    return (lambda: [ours() for _ in range(calls)], lambda: [theirs() for _ in range(calls)], repetitions,
            (calls, calls))


# ---- whole nets ------------------------------------------------------------------------------------------------------


def problem(batch: int):
    """Digits, labels, and the numbers of one batch after another, without end: what is learned by heart has gradients
    so small that processors take longer for them.
    """
    digits, order = datasets.digits28(), np.random.default_rng(0).permutation(8000)
    return digits.X_train[:, None], digits.y_train, cycle(np.split(order[: 8000 // batch * batch], 8000 // batch))


def our_step(layers, batch: int, rule: str = "adam", threads: int = 1):
    """A function that takes one training step, the choice of the images included, and what it keeps alive."""
    images, labels, batches = problem(batch)
    weights = started(layers, training=True)
    rule = ops.RULES[rule]
    state = [rule.start(weights.flat[part].size, F32) for part in weights.parts]
    stepper = Stepper(layers, weights, state, rule, rule.check(1e-3), threads, batch)
    moves, t = np.zeros((batch, 2), np.int64), count(1)

    def step():
        chosen = next(batches)
        stepper.step(next(t), images, 1 / 255, chosen, moves, labels[chosen], [0])

    return step


def started(layers, training: bool) -> Weights:
    """Starting weights."""
    weights = Weights(layers, (1, 28, 28), None, F32, training)
    parameters = build(layers, (1, 28, 28), rng=np.random.default_rng(0)).named_parameters()
    for name, view in weights.by_name.items():
        view[:] = parameters[name].data
    weights.pack()
    return weights


def torch_net(layers):
    """The same net in PyTorch, batch of 28 x 28 images with one channel."""
    modules, shape = [], (1, 28, 28)
    for layer in layers:
        match layer:
            case Conv():
                module = torch.nn.Conv2d(shape[0], layer.out, layer.size, padding=layer.pad)
            case Dense():
                module = torch.nn.Linear(shape[0], layer.out)
            case MaxPool():
                module = torch.nn.MaxPool2d(layer.size)
            case _:
                module = getattr(torch.nn, type(layer).__name__)()
        modules.append(module)
        shape = layer.shape(shape)
    return torch.nn.Sequential(*modules)


def step(name, target, layers, batch, rule, optimizer) -> Row:
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    images, labels, batches = problem(batch)
    X, y, net = torch.from_numpy(images / F32(255)), torch.from_numpy(labels.copy()), torch_net(layers)
    optimizer = getattr(torch.optim, optimizer)(net.parameters(), lr=1e-3)

    def theirs():
        chosen = torch.from_numpy(next(batches))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(X[chosen]), y[chosen]).backward()
        optimizer.step()

    return compare(name, target, "PyTorch", *in_turn(our_step(layers, batch, rule), theirs))


def inference(name, target, layers, batch) -> Row:
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    images = np.ascontiguousarray(problem(batch)[0][:batch])
    weights, block = started(layers, training=False), Block(layers, (1, 28, 28), F32)
    X, net = torch.from_numpy(images / F32(255)), torch_net(layers)

    def theirs():
        with torch.inference_mode():
            net(X)

    return compare(name, target, "PyTorch", *in_turn(lambda: scores_of(weights, block, images, 1 / 255), theirs))


# ---- one layer -------------------------------------------------------------------------------------------------------


def layer(name, target, spec, shape, module, backward) -> Row:
    """Forward, "both" or "backward" alone, of one layer on a block of samples in our layout, on NCHW in theirs."""
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    block, rng = vectors.lanes_of(F32), np.random.default_rng(0)
    out_shape = spec.shape(shape)
    (stage,) = stages_of((spec,), False, True)
    before, after = (_image(one, frame, block) for one, frame in ((shape, stage.pad), (out_shape, 0)))
    stage.connect(before, after, training=True)
    before.inside[:] = rng.standard_normal(before.inside.shape)
    after_d = rng.standard_normal(after.d.shape).astype(F32)
    after.d[:] = after_d
    weights, gradient = _weights(spec, shape)
    x = torch.from_numpy(np.moveaxis(before.inside, -1, 0).copy()).requires_grad_(backward != "")
    d = torch.from_numpy(np.moveaxis(after_d, -1, 0).copy())
    out = module(x)

    def ours():
        if backward != "backward":
            for packed, flipped in ((weights.packed, False), (weights.flipped, True)):
                if packed and (backward or not flipped):
                    lanes.pack(weights.weights[0], flipped, packed[0])
            stage.forward(weights, [])
        if backward:
            stage.backward(weights, gradient)

    def theirs():
        if not backward:
            with torch.inference_mode():
                module(x)
            return
        x.grad = None
        (module(x) if backward == "both" else out).backward(d, retain_graph=True)

    return compare(name, target, "PyTorch", *in_turn(ours, theirs, 20, 30))


def _image(shape, frame, block):
    channels, height, width = shape
    values = vectors.aligned((channels, height + 2 * frame, width + 2 * frame, block), F32)
    return Image(values, frame, vectors.aligned((*shape, block), F32))


def _weights(spec, shape):
    """What a stage takes for weights and for their gradient."""
    if not isinstance(spec, Conv):
        return SimpleNamespace(packed={}, flipped={}), None
    w, b = np.random.default_rng(1).standard_normal((spec.out, shape[0], spec.size, spec.size)).astype(F32), np.zeros(
        spec.out, F32)
    rooms = [{0: vectors.aligned(lanes.packed_shape(w, vectors.rows_for(count), flipped), F32)}
             for count, flipped in ((spec.out, False), (shape[0], True))]
    return (SimpleNamespace(weights={0: w}, biases={0: b}, packed=rooms[0], flipped=rooms[1]),
            SimpleNamespace(weights={0: np.zeros_like(w)}, biases={0: np.zeros_like(b)}))


# ---- two threads -----------------------------------------------------------------------------------------------------


def _others_load(seconds: float) -> float:
    """Cores that other processes used during the last so many seconds."""
    before = _busy(), time.process_time()
    time.sleep(seconds)
    return (_busy() - before[0] - (time.process_time() - before[1])) / seconds


def _busy() -> float:
    """Seconds for which this machine's cores have worked, or 0 where that cannot be read."""
    try:
        with open("/proc/stat") as file:
            ticks = [int(number) for number in file.readline().split()[1:9]]
    except OSError:
        return 0.0
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def two_threads(name, target, busy: bool) -> Row:
    """LeNet-5 steps by two threads against one, by the wall clock."""
    one, two = our_step(LENET5, 64), our_step(LENET5, 64, threads=2)
    other = subprocess.Popen([sys.executable, "-c", BUSY]) if busy else None
    try:
        load = _others_load(1.0)
        one(), two()
        ratio, ours, theirs = interleaved(lambda: [two() for _ in range(10)], lambda: [one() for _ in range(10)], 60,
                                          time.perf_counter)
    finally:
        if other:
            other.kill()
    detail = f"{ours * 1e5:,.0f} us against {theirs * 1e5:,.0f} us; other processes used {load:.1f} cores"
    if not busy and load > 0.2:
        return Row(name, None, ratio, f"{detail}: not idle, no verdict on the target {target}")
    return Row(name, target, ratio, detail)


# ---- memory and starts -----------------------------------------------------------------------------------------------


def peak_memory(code: str, cache: str) -> float | None:
    """Megabytes that a new process holds at most; None where the system does not tell."""
    script = f"{code}\nprint('peak', *[line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line])"
    if not os.path.exists("/proc/self/status"):
        return None
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "NUMBA_CACHE_DIR": cache}, check=True,
                          capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / 1024


def starts():
    with tempfile.TemporaryDirectory(prefix="course_bench_") as cache:
        imports = process_seconds("import numba\nfrom course_lib.app import warm", cache)
        cold = process_seconds(COLD, cache) - imports
        yield Row("all kernels of the chapter, empty cache", 12.0, cold, "CPU time, imports not counted", True)
        again = min(process_seconds(FIRST_CALL, cache) for _ in range(3))
        yield Row("new process: import and first run, cached", None, again, "CPU time, best of 3", True)
        ours, theirs = peak_memory(TRAIN, cache), torch and peak_memory(TRAIN_TORCH, cache)
        if ours and theirs:
            yield Row("peak memory, one pass of LeNet-5", 1.0, ours / theirs, f"{ours:.0f} MB against {theirs:.0f} MB")


def rows():
    """The table, line by line."""
    wide = vectors.WIDE
    yield step("LeNet-5, batch 64, Adam step", 0.18 if wide else 0.35, LENET5, 64, "adam", "Adam")
    yield inference("LeNet-5, batch 64, inference", 0.13 if wide else 0.22, LENET5, 64)
    yield step("784-512-10, batch 128, SGD step", 0.76, PLAIN, 128, "sgd", "SGD")
    if torch is not None:
        conv = Conv(32, 3, pad=1), (16, 28, 28), torch.nn.Conv2d(16, 32, 3, padding=1)
        yield layer("3x3 convolution 16 to 32, 28x28, forward", None, *conv, "")
        yield layer("3x3 convolution 16 to 32, forward and backward", 0.70, *conv, "both")
        for kind, module, targets in ((MaxPool(2), torch.nn.MaxPool2d(2), (0.05, 0.5)),
                                      (AvgPool(2), torch.nn.AvgPool2d(2), (0.06, None))):
            name = "max-pool" if isinstance(kind, MaxPool) else "average-pool"
            for target, backward in zip(targets, ("", "backward"), strict=True):
                yield layer(f"{name} 2x2, 6 maps 28x28, {backward or 'forward'}", target, kind, (6, 28, 28), module,
                            backward)
    yield two_threads("LeNet-5, two threads against one, idle", 0.75, busy=False)
    yield two_threads("LeNet-5, two threads against one, busy", 1.15, busy=True)
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

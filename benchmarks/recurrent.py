"""Timings of recurrent cells against PyTorch, float32, one thread: `python -m benchmarks.recurrent`.

Character level, 65 symbols and 128 units, forward and backward through time, by the functions of `ops`, and by the
windows with which `recurrent` trains, which check and allocate nothing; the others get one-hot rows, made beforehand.
With one sample the target is that of the windows: so little work is hardly more than what a function of `ops` spends on
looking at its arguments and making new arrays, which is shown beside it.
The weights lie in memory as layers keep them, on both sides. Both sides of a row run in turn, as in `benchmarks.speed`,
and equally often in a row: a single call after many of the other side would find the cache full of that side's numbers,
which no training does. Windows of training, of which nothing but windows comes before and after, run in turn for
equally long, so that neither side spends a larger part of its turn on the cache. The row of two conventions of the GRU
that has a target is the one that computes the same as PyTorch; a window of training has the course's own. TensorFlow's
LSTM is measured where TensorFlow is installed, as a graph and compiled by XLA, whichever is faster.
"""

import os
import subprocess
import sys
import tempfile
from itertools import product

import numpy as np

try:
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
except ImportError:
    tensorflow = None

from benchmarks.speed import Row, compare, interleaved, process_seconds, torch
from course_lib import nn, ops
from course_lib.recurrent import net as training

SYMBOLS, UNITS = 65, 128
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
#: samples, steps -> calls of the other side in turn, and the most that is allowed, for each kind of cell
SIZES = {(1, 25): (40, {"rnn": 0.05, "lstm": 0.28, "gru": 0.05}),
         (32, 100): (3, {"rnn": 0.35, "lstm": 0.70, "gru": 0.35})}

COLD = """
import numpy as np
from course_lib import ops
for gates, kind in ((1, "rnn"), (4, "lstm"), (3, "gru")):
    weights = [np.zeros(shape, np.float32) for shape in ((2, 3 * gates), (3, 3 * gates), 3 * gates)]
    h, *_, cache = getattr(ops, kind + "_forward")(np.zeros((1, 2), int), *weights)
    getattr(ops, kind + "_backward")(h, cache)
"""
#: By how much the peak grows from 1000 steps to 2000: what imports need is in both. It is Linux's VmHWM; the maximum of
#: `getrusage` begins with that of the process that started this one.
MEMORY = """
import numpy as np
{prepare}
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
tokens = np.random.default_rng(0).integers(0, 65, (32, 2000))
dh = np.ones((32, 2000, 128), np.float32)
work(tokens[:, :1000], dh[:, :1000])
before = peak()
work(tokens, dh)
print(peak() - before)
"""
OURS = """
from course_lib import ops
weights = [np.full(shape, 0.01, np.float32) for shape in ((65, 512), (128, 512), 512)]
def work(tokens, dh):
    *_, cache = ops.lstm_forward(tokens, *weights)
    return ops.lstm_backward(dh, cache)
"""
THEIRS = """
import torch
torch.set_num_threads(1)
layer = torch.nn.LSTM(65, 128, batch_first=True)
def work(tokens, dh):
    layer(torch.nn.functional.one_hot(torch.from_numpy(tokens), 65).float())[0].backward(torch.from_numpy(dh))
"""


def ours_and_data(kind: str, samples: int, steps: int, convention: str = ""):
    """A function that computes forward and backward, the tokens, and the gradient of the states."""
    rng, gates = np.random.default_rng(0), GATES[kind]
    tokens = rng.integers(0, SYMBOLS, (samples, steps))
    dh = (rng.standard_normal((samples, steps, UNITS)) / samples).astype(np.float32)
    drawn = [rng.standard_normal((rows, gates * UNITS)) / 12 for rows in (SYMBOLS, UNITS)]
    W, U, b = (nn.Parameter(array.astype(np.float32)).data for array in (*drawn, np.zeros(gates * UNITS)))
    options = {"convention": convention} if convention else {}
    forward, backward = (getattr(ops, f"{kind}_{way}") for way in ("forward", "backward"))

    def ours():
        *_, cache = forward(tokens, W, U, b, **options)
        backward(dh, cache)

    return ours, tokens, dh


def ours_in_training(kind: str, steps: int):
    """The same for one sample, in a window of `recurrent.cells`, the parameters in one vector."""
    _, tokens, dh = ours_and_data(kind, 1, steps)
    net = training.Net(kind, SYMBOLS, UNITS, SYMBOLS)
    window, p, gradient = net.window(steps, 1, np.float32), training.start(net, 0, np.float32), training.Parameters(net)
    rows, keep, slopes = tokens.reshape(-1), np.ones((steps, 1), bool), dh.reshape(steps, 1, UNITS)

    def ours():
        window.forward(p.W, p.U, p.b, rows, keep)
        window.gradients(p.U, keep, slopes, None, rows, gradient.W, gradient.U, gradient.b)

    return ours, tokens, dh


def in_turn(name: str, target, other: str, ours, theirs, calls: int, equally_long: bool = False) -> Row:
    """A row of the table, from so many calls of the other side, and as many of ours or as take equally long."""
    def repeated(work, calls):
        return lambda: [work() for _ in range(calls)]

    theirs, mine = repeated(theirs, calls), calls
    if equally_long:
        ratio, *_ = interleaved(repeated(ours, calls), theirs, 5)
        mine = round(calls / ratio)
    return compare(name, target, other, repeated(ours, mine), theirs, 25, (mine, calls))


def cell(kind: str, samples: int, steps: int, target, convention: str = "", in_training: bool = False) -> Row:
    way = "in training" if in_training else "both ways"
    name = f"{kind}{convention and f' ({convention})'}, batch {samples}, {steps} steps, {way}"
    if torch is None:
        return Row(name, target, None, "PyTorch not installed")
    ours, tokens, dh = ours_in_training(kind, steps) if in_training else ours_and_data(kind, samples, steps, convention)
    layer = getattr(torch.nn, kind.upper())(SYMBOLS, UNITS, batch_first=True)
    x, slopes = torch.nn.functional.one_hot(torch.from_numpy(tokens), SYMBOLS).float(), torch.from_numpy(dh)

    def theirs():
        layer.zero_grad()
        layer(x)[0].backward(slopes)

    return in_turn(name, target, "PyTorch", ours, theirs, SIZES[samples, steps][0], in_training)


def lstm_of_tensorflow(samples: int, steps: int) -> Row:
    name = f"lstm, batch {samples}, {steps} steps, both ways"
    if tensorflow is None:
        return Row(name, None, None, "TensorFlow not installed")
    ours, tokens, dh = ours_and_data("lstm", samples, steps)
    layer = tensorflow.keras.layers.LSTM(UNITS, return_sequences=True)
    x, slopes = tensorflow.one_hot(tokens, SYMBOLS), tensorflow.constant(dh)
    layer.build(x.shape)

    def gradients():
        with tensorflow.GradientTape() as tape:
            h = layer(x)
        return tape.gradient(h, layer.trainable_variables, output_gradients=slopes)

    def waited_for(compiled):
        return lambda: compiled()[0].numpy()

    ways = [waited_for(tensorflow.function(gradients, jit_compile=xla)) for xla in (False, True)]
    rows = [in_turn(name, None, "TensorFlow", ours, theirs, SIZES[samples, steps][0]) for theirs in ways]
    return max(rows, key=lambda row: row.measured)


def memory_growth(prepare: str) -> float:
    """Megabytes by which a new process grows."""
    done = subprocess.run([sys.executable, "-c", MEMORY.format(prepare=prepare)], check=True, capture_output=True,
                          text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return float(done.stdout)


def starts():
    """Compiling everything once, and memory."""
    with tempfile.TemporaryDirectory(prefix="course_bench_") as cache:
        imports = process_seconds("from course_lib import ops", cache)
        cold = process_seconds(COLD, cache) - imports
        yield Row("all kernels of the cells, empty cache", 10.0, cold, "CPU time, imports not counted", True)
    if torch is not None:
        memory_growth(OURS)  # compiles, where nothing has yet, which needs memory too
        ours, theirs = memory_growth(OURS), memory_growth(THEIRS)
        yield Row("memory of lstm, batch 32, 1000 steps more", 1.0, ours / theirs,
                  f"{ours:.0f} MB against {theirs:.0f} MB")


def rows():
    """The table, line by line."""
    for (samples, steps), kind in product(SIZES, GATES):
        target = SIZES[samples, steps][1][kind]
        if samples == 1:
            yield cell(kind, samples, steps, target, in_training=True)
            target = None
        yield cell(kind, samples, steps, target, "pytorch" if kind == "gru" else "")
        if kind == "gru":
            yield cell(kind, samples, steps, None, "course")
        if kind == "lstm":
            yield lstm_of_tensorflow(samples, steps)
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

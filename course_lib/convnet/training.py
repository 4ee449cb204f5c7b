"""Whole training runs of plain convolutional nets."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from course_lib.convnet.net import Block, Parameters, Weights, as_net
from course_lib.convnet.run import Run, as_images, judged, scores_of
from course_lib.kernels import vectors
from course_lib.nn.architectures import LENET5, Layer, build
from course_lib.ops.updates import RULES, Rule
from course_lib.validate import as_dtype, as_labels, choice, finite, function, rate, whole_number


def train(X: np.ndarray, y: np.ndarray, layers: Sequence[Layer] = LENET5, *, epochs: int, batch: int = 64,
          rule: str = "adam", lr: float = 0.001, X_val: np.ndarray | None = None, y_val: np.ndarray | None = None,
          seed: int = 0, shift: int = 0, weight_decay: float = 0.0, schedule: Callable | None = None, threads: int = 1,
          after: Run | None = None, on_epoch: Callable | None = None, dtype=np.float32, **settings) -> Run:
    """Train a plain convolutional net on images by softmax cross-entropy, in compiled code.

    It starts from the weights of `nn.architectures.build` with a generator of this seed and takes the same steps as
    `nn.fit`; the kernels join layers and keep samples side by side, see `kernels.lanes`.

    Parameters
    ----------
    X : (N, H, W) or (N, C, H, W) images: uint8 is divided by 255, other numbers are taken as they are.
    y : (N,) labels 0, 1, ...
    layers : of nn.architectures: Conv (stride 1), ReLU, Sigmoid, Tanh, MaxPool, AvgPool, GlobalAvgPool, Flatten,
        Dropout and Dense, at the end Dense(classes).
    epochs : passes over the images. batch : images of a step.
    rule, lr, weight_decay, **settings : update rule of `ops.RULES`, learning rate, decay (of weights, not of biases),
        and what else the rule has, such as momentum=0.9.
    X_val, y_val : images only to measure on, after each pass.
    seed : for the start, the order of the images, shifts and dropped units.
    shift : each image is moved by up to so many pixels, drawn anew each time, zeros moving in.
    schedule : function epoch -> learning rate, in place of lr, asked for every step; epoch 1.5 is the middle of the
        second pass.
    threads : 2 lets two threads share each batch. On an idle machine that saves up to a third of the time.
    after : an earlier run of the same net, from whose parameters and optimizer state this one goes on; with the same
        seed as one long run would.
    on_epoch : function of the Run so far, called after each pass; the answer "stop" ends the run.
    dtype : float32, or float64 for checks.

    Returns
    -------
    Run; a run whose loss is no longer finite ends, and `diverged_at` names the pass.

    Raises
    ------
    ValueError, TypeError : shapes, labels, layers, names or settings that do not fit.
    """
    dtype = as_dtype(dtype)
    images, scale = _known_images(X, "X", None, dtype)
    shape = images.shape[1:]
    as_net(layers, shape)
    classes, n = layers[-1].out, len(images)
    labels = as_labels(y, n, classes)
    validation = _validation(X_val, y_val, shape, classes, dtype)
    epochs, batch = whole_number(epochs, "epochs", 0), whole_number(batch, "batch")
    seed, shift = whole_number(seed, "seed", 0), whole_number(shift, "shift", 0, min(shape[1:]) - 1)
    rule, batch = RULES[choice(rule, "rule", RULES)], min(batch, n)
    numbers = rule.check(lr, weight_decay=weight_decay, **settings)
    for given, name, of in ((schedule, "schedule", "an epoch"), (on_epoch, "on_epoch", "a Run")):
        if given is not None:
            function(given, name, of)
    weights, state, before, steps = _start(layers, shape, dtype, seed, rule, after)
    threads = whole_number(threads, "threads")
    records, diverged, passes, stopped = np.full((4, epochs), np.nan), None, 0, False
    eye = Block(layers, shape, dtype) if validation else None

    def run() -> Run:
        rows = [*records[: 4 if validation else 2, :passes].copy(), None, None][:4]
        return Run(tuple(layers), shape, weights.flat.copy(), rule.name, tuple(part.copy() for part in state),
                   before + passes, steps, seed, *rows, diverged)

    with Stepper(layers, weights, state, rule, numbers, threads, batch) as stepper:
        while passes < epochs and diverged is None and not stopped:
            epoch = before + passes
            rng = np.random.default_rng([seed, epoch])
            order, moves = rng.permutation(n), rng.integers(-shift, shift + 1, (n, 2))
            costs = np.zeros(2)
            for first in range(0, n, batch):
                if schedule is not None:
                    numbers[0] = rate(schedule(epoch + first / n), "schedule(epoch)")
                steps += 1
                chosen, some = order[first : first + batch], moves[first : first + batch]
                costs += stepper.step(steps, images, scale, chosen, some, labels[chosen], [seed, steps])
            records[:2, passes] = costs / n
            if validation:
                records[2:, passes] = judged(scores_of(weights, eye, *validation[:2]), validation[2])
            passes += 1
            if not np.isfinite(records[0, passes - 1]):
                diverged = passes - 1
            stopped = on_epoch is not None and on_epoch(run()) == "stop"
    return run()


class Stepper:
    """One step after another. Each thread has a block of memory and a gradient of its own; they are added at the end.
    """

    def __init__(self, layers, weights: Weights, state, rule: Rule, numbers: np.ndarray, threads: int, batch: int):
        shape, dtype = weights.input_shape, weights.flat.dtype
        threads = min(threads, -(-batch // vectors.lanes_of(dtype)))
        self.blocks = [Block(layers, shape, dtype, training=True) for _ in range(threads)]
        self.gradients = [Parameters(layers, shape, dtype=dtype) for _ in range(threads)]
        self.pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        self.weights, self.state, self.rule, self.numbers = weights, state, rule, numbers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pool:
            self.pool.shutdown()

    def step(self, t: int, images, scale: float, chosen, moves, labels, key) -> np.ndarray:
        """One update, number t, from the images chosen. Gives the sum of their losses and the number of right answers.
        """
        batch = labels, images, scale, chosen, moves, key
        others = [self.pool.submit(self._learn, place, *batch) for place in range(1, len(self.blocks))]
        self._learn(0, *batch)
        gradient, costs = self.gradients[0].flat, self.blocks[0].costs.copy()
        for place, other in enumerate(others, 1):
            other.result()
            gradient += self.gradients[place].flat
            costs += self.blocks[place].costs
        spared = self.numbers.copy()
        spared[1] = 0  # no decay of biases
        for part, state, numbers in zip(self.weights.parts, self.state, (self.numbers, spared), strict=True):
            self.rule.step(self.weights.flat[part], gradient[part], state, numbers, t)
        self.weights.pack()
        return costs

    def _learn(self, place: int, labels, *batch) -> None:
        """The gradient of this thread's share of the batch."""
        block, gradient = self.blocks[place], self.gradients[place]
        gradient.flat[:] = 0
        block.costs[:] = 0
        for first in range(place * block.size, len(labels), len(self.blocks) * block.size):
            block.learn(self.weights, gradient, labels, first, *batch)


# ---- what comes in -----------------------------------------------------------------------------------------


def _start(layers, shape, dtype, seed: int, rule: Rule, after: Run | None) -> tuple:
    """Weights, what the rule keeps, passes and steps made: new ones, or those of the run before."""
    if after is None:
        net = build(layers, shape, rng=np.random.default_rng(seed), dtype=dtype).named_parameters()
        weights = Weights(layers, shape, None, dtype, training=True)
        for name, view in weights.by_name.items():
            view[:] = net[name].data
        weights.pack()
        return weights, [rule.start(weights.flat[part].size, dtype) for part in weights.parts], 0, 0
    if not isinstance(after, Run):
        raise TypeError(f"after is a {type(after).__name__}, expected what `train` gave back.")
    if (after.layers, after.input_shape) != (tuple(layers), shape):
        raise ValueError(f"after is a run of {after.layers} on images {after.input_shape}, expected {tuple(layers)} on "
                         f"{shape}. Usual cause: the argument layers, whose default is LENET5.")
    kept = RULES[after.rule].slots
    if kept != rule.slots:
        raise ValueError(f"after: the run before used the rule {after.rule!r} and kept {kept} from step to step; the "
                         f"rule {rule.name!r} keeps {rule.slots}. Usual cause: another rule; the default is 'adam'.")
    weights = Weights(layers, shape, after.flat, dtype, training=True)
    return weights, [part.astype(dtype) for part in after.state], after.epochs, after.steps


def _validation(X_val, y_val, shape, classes: int, dtype) -> tuple | None:
    """Images, their factor and labels to measure on, or None."""
    if (X_val is None) != (y_val is None):
        raise ValueError(f"{'y_val' if y_val is None else 'X_val'} is missing: validation needs images and labels.")
    if X_val is None:
        return None
    images, scale = _known_images(X_val, "X_val", shape, dtype)
    return images, scale, as_labels(y_val, len(images), classes, "y_val")


def _known_images(X, name: str, shape, dtype) -> tuple[np.ndarray, float]:
    """`as_images`, without NaN and infinity."""
    images, scale = as_images(X, name, shape, dtype)
    if images.dtype != np.uint8:
        finite(images, name)
    return images, scale

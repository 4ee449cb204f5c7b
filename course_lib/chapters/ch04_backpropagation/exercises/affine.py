"""Exercises on the fully connected layer."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch04_backpropagation import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

SHAPES = (((2,), 3, 1), ((4,), 2, 3), ((3,), 3, 3), ((1, 2, 2), 2, 3), ((2, 3), 1, 4))


def _batches(rng):
    """(x, W, b): N, D and M all different, one square case, image-shaped samples, one sample."""
    cases = []
    for sample, M, N in SHAPES:
        D = int(np.prod(sample))
        cases.append((rng.normal(size=(N, *sample)), rng.normal(size=(D, M)), 2 + rng.normal(size=M)))
    first = (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 1.0, 3.0]]),
             np.array([10.0, 20.0, 30.0, 40.0]))
    return [first, *cases]


def _wrong(out):
    """A wrong output with the right cache."""

    @quiet
    def answer(x, W, b):
        return out(x.reshape(len(x), -1), W, b), (x, W)

    return answer


AFFINE_FORWARD = Exercise(
    id="4.2",
    title="affine_forward",
    debrief="The cache holds what the way back will need: x for dW, W for dx.",
    library="course_lib.ops.affine_forward",
    reference=ops.affine_forward,
    instances=_batches,
    call=calls.affine_forward,
    arguments=("x", "W", "b"),
    contract=Contract(shapes={"x": "ND", "W": "DM", "b": "M"}, whole="x", zero="x, b"),
    outputs=("out", "x in the cache", "W in the cache"),
    mistakes=(
        Mistake(
            "AFF-1",
            _wrong(lambda x, W, b: x @ W),
            "Put in x = 0: nothing comes out. What should?",
        ),
        Mistake(
            "AFF-2",
            _wrong(lambda x, W, b: x @ W.T + b),
            "Write the shapes under the product. In which layout does the docstring give W?",
        ),
        Mistake(
            "AFF-3",
            _wrong(lambda x, W, b: x * W + b),
            "You multiplied entry by entry. Each output collects a sum over all inputs.",
        ),
        Mistake(
            "AFF-4",
            _wrong(lambda x, W, b: x @ W + np.resize(b, len(x))[:, None]),
            "Your error differs from row to row. Does a bias belong to a unit or to a sample?",
        ),
        Mistake(
            "AFF-5",
            lambda x, W, b: (x.reshape(len(x), -1, order="F") @ W + b, (x, W)),
            "Right for tables, wrong for images. In which order are the pixels of one sample laid out in a "
            "row?",
        ),
        Mistake(
            "AFF-6",
            lambda x, W, b: (x.reshape(-1, len(x)).T @ W + b, (x, W)),
            "The samples are mixed. After your reshape, does row i still hold sample i?",
        ),
        Mistake(
            "AFF-7",
            _wrong(lambda x, W, b: x @ W + 2 * b),
            "Off by exactly b. Does your weighted sum contain the bias already?",
        ),
    ),
    hints=(
        "Make a table of the batch, one row a sample; then one matrix product and one addition.",
        "out = X W + b, where X is x reshaped to (N, D).",
        "X = x.reshape(len(x), -1)",
    ),
    reminders={
        "shape": "out has one row a sample and one column a unit, (N, M); the cache keeps x as it came",
        "type": "return the pair (out, cache) with cache = (x, W)",
    },
    minutes=5, level=1, core=True,
)


def _backward_batches(rng):
    cases = []
    for x, W, _ in _batches(rng):
        cases.append((rng.normal(size=(len(x), W.shape[1])) + 0.5, (x, W)))
    return cases


def _flat(x):
    return x.reshape(len(x), -1)


@exchangeable
def _gradients(dx=None, dW=None, db=None):
    """The right three gradients with one of them replaced."""

    @quiet
    def answer(dout, cache):
        x, W = cache
        right = ((dout @ W.T).reshape(x.shape), _flat(x).T @ dout, dout.sum(axis=0))
        return tuple(r if f is None else f(dout, x, W) for r, f in zip(right, (dx, dW, db), strict=True))

    return answer


AFB_MISTAKES = (
    Mistake(
        "AFB-1",
        _gradients(dW=lambda dout, x, W: dout.T @ _flat(x)),
        "dW: a gradient has the shape of the thing it belongs to. Yours lies on its side.",
    ),
    Mistake(
        "AFB-2",
        _gradients(dx=lambda dout, x, W: (dout @ W).reshape(x.shape)),
        "dx: follow one input to all the outputs it feeds and add up what comes back. In which direction do "
        "you run through W?",
    ),
    Mistake(
        "AFB-3",
        _gradients(db=lambda dout, x, W: dout.copy()),
        "db: all samples of the batch share this bias. What happens to their contributions?",
    ),
    Mistake(
        "AFB-4",
        _gradients(db=lambda dout, x, W: dout.mean(axis=0)),
        "db: your bias learns more slowly the larger the batch, your weights do not. Both need the same scale.",
    ),
    Mistake(
        "AFB-5",
        _gradients(dW=lambda dout, x, W: _flat(x).T @ dout / len(x), db=lambda dout, x, W: dout.mean(axis=0)),
        "dW and db: the mean over the batch was taken in the loss already.",
        convention=True,
    ),
    Mistake(
        "AFB-6",
        _gradients(dW=lambda dout, x, W: np.ones_like(_flat(x)).T @ dout),
        "dW: all its rows are equal. By what is each weight multiplied on the way forward?",
    ),
    Mistake(
        "AFB-7",
        _gradients(dx=lambda dout, x, W: dout @ W.T),
        "dx: the layer below handed you images and gets a table back.",
    ),
    Mistake(
        "AFB-8",
        _gradients(db=lambda dout, x, W: dout.sum(axis=1)),
        "db: you have one number a sample. How many numbers does b have?",
    ),
)

def _sample_by_sample(dout, cache):
    """Outer products, added up."""
    x, W = cache
    dx, dW, db = np.empty(x.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for n, slope in enumerate(dout):
        dx[n] = (W @ slope).reshape(x.shape[1:])
        dW += np.outer(x[n], slope)
        db += slope
    return dx, dW, db


def _by_einsum(dout, cache):
    """Named axes."""
    x, W = cache
    dx, dW = np.einsum("nm,dm->nd", dout, W), np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout)
    return [dx.reshape(x.shape), np.asfortranarray(dW), np.ones(len(dout)) @ dout]


AFFINE_BACKWARD = Exercise(
    id="4.18",
    title="affine_backward",
    debrief="Two products of this size for one on the way forward: that is the price of all gradients of a layer.",
    library="course_lib.ops.affine_backward",
    reference=ops.affine_backward,
    instances=_backward_batches,
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "NM", "cache": ("ND", "DM")}, whole="cache", zero="dout"),
    outputs=("dx", "dW", "db"),
    mistakes=AFB_MISTAKES,
    hints=(
        "Each of the three gradients has the shape of its quantity; the shapes almost force the products.",
        "dx = dout W^T (in the shape of x), dW = X^T dout, db = sum of dout over the samples.",
        "x, W = cache, then X = x.reshape(len(x), -1)",
    ),
    reminders={"shape": "dx has the shape of x, dW that of W, db that of b"},
    points=2,
    variants=(_sample_by_sample, _by_einsum),
    minutes=10, level=2, core=True,
)

EXERCISES = (AFFINE_FORWARD, AFFINE_BACKWARD)

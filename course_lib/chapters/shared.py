"""What more than one chapter asks for: exercises, each made for the id it has there, how a figure trains, a log."""

import numpy as np

from course_lib import dense, ops
from course_lib.exercises.model import Contract, Exercise, Mistake

#: A convolutional network on 54,000 digits, epochs 1 to 20 as printed: training loss and accuracy, validation loss and
#: accuracy.
PUBLISHED_LOG = np.array([
    [.3757, .8864, .1183, .9662], [.1049, .9676, .0779, .9770], [.0709, .9782, .0675, .9807],
    [.0554, .9824, .0597, .9830], [.0437, .9863, .0429, .9877], [.0364, .9889, .0407, .9877],
    [.0302, .9904, .0481, .9868], [.0276, .9911, .0399, .9885], [.0236, .9919, .0406, .9880],
    [.0197, .9938, .0419, .9872], [.0189, .9936, .0368, .9895], [.0151, .9948, .0438, .9873],
    [.0154, .9949, .0468, .9870], [.0121, .9960, .0411, .9892], [.0123, .9955, .0447, .9877],
    [.0097, .9968, .0538, .9867], [.0101, .9965, .0457, .9887], [.0080, .9974, .0473, .9893],
    [.0105, .9964, .0540, .9858], [.0087, .9972, .0482, .9890],
])


def trained_in_legs(legs, sizes, X, y, **settings):
    """One training run in the pieces of `live.legs`: (the last Run, the loss after every epoch)."""
    run, losses = None, []
    for first, last, knobs in legs:
        run = dense.train(sizes, X, y, epochs=last - first, after=run, **settings, **knobs)
        losses.append(run.loss[:-1])
    return run, np.concatenate([*losses, run.loss[-1:]])


def training_code(legs, call):
    """The same as lines of code; `call` holds all arguments but epochs and knobs."""
    lines = []
    for number, (first, last, knobs) in enumerate(legs):
        turned = "".join(f", {name}={value!r}" for name, value in knobs.items())
        lines.append(f"run = dense.train({call}{turned}, epochs={last - first}{', after=run' if number else ''})")
        lines.append("loss = np.append(loss[:-1], run.loss)" if number else "loss = run.loss")
    return "\n".join(lines)


def points_code(points):
    """The reader's own points as the lines that make X and y."""
    X = [[round(x, 3), round(y, 3)] for x, y, _ in points]
    return (f"X = np.array({X}).reshape(-1, 2)\n"
            f"y = np.array({[label for _, _, label in points]})")


def own_points(points):
    """X (N, 2) and y (N,) of the reader's own points (x, y, class), as `points_code` writes them."""
    array = np.array(points, float).reshape(-1, 3)
    return array[:, :2].round(3), array[:, 2].astype(int)


def _mse_instances(rng):
    return [
        (np.array([1.0, 3.0]), np.array([0.0, 1.0])),
        (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))),
        (rng.normal(size=(1, 2)), rng.normal(size=(1, 2))),
    ]


def mean_squared_error(id: str, core: bool, debrief: str) -> Exercise:
    """The mean squared error and its gradient: of a line in chapter 02, of a network in chapter 04."""
    return Exercise(
        id=id,
        title="mse",
        debrief=debrief,
        library="course_lib.ops.mse",
        reference=ops.mse,
        instances=_mse_instances,
        arguments=("y_hat", "y"),
        contract=Contract(shapes={"y_hat": "ND", "y": "ND"}, zero="y"),
        outputs=("loss", "gradient"),
        minutes=6, level=1, core=core,
        mistakes=(
            Mistake(
                "MSE-1",
                lambda p, y: (np.sqrt(np.mean((p - y) ** 2)), 2 * (p - y) / p.size),
                "Your loss is in the unit of y. This one is measured in squared units.",
            ),
            Mistake(
                "MSE-2",
                lambda p, y: (np.sum((p - y) ** 2), 2 * (p - y)),
                "Repeat every row twice: your loss doubles, and with it the best learning rate changes.",
            ),
            Mistake(
                "MSE-3",
                lambda p, y: (np.mean((p - y) ** 2), (p - y) / p.size),
                "Your gradient and the numerical one differ by a constant factor. Where does a square put it?",
            ),
            Mistake(
                "MSE-4",
                lambda p, y: (np.mean((p - y) ** 2), 2 * (y - p) / p.size),
                "Raise a prediction that is too high: the loss grows. Does your gradient say so?",
            ),
            Mistake(
                "MSE-5",
                lambda p, y: (-np.mean((p - y) ** 2), 2 * (p - y) / p.size),
                "A mean of squares is never negative.",
            ),
            Mistake(
                "MSE-6",
                lambda p, y: (np.mean(p - y) ** 2, 2 * (p - y) / p.size),
                "Errors of opposite sign cancel in your loss. In which order do squaring and averaging go?",
            ),
            Mistake(
                "MSE-7",
                lambda p, y: (np.mean((p - y) ** 2), 2 * (p - y) / len(p)),
                "Right for one output, too large for several. Over which entries does the mean run?",
            ),
            Mistake(
                "MSE-a",
                lambda p, y: (np.sqrt(np.mean((p - y) ** 2)), (p - y) / p.size / np.sqrt(np.mean((p - y) ** 2))),
                "This is the root mean squared error with the gradient that belongs to it. Here no root is taken.",
            ),
            Mistake(
                "MSE-b",
                lambda p, y: (-np.mean((p - y) ** 2), 2 * (y - p) / p.size),
                "A mean of squares is never negative. Your gradient has the other sign too.",
            ),
            Mistake(
                "MSE-c",
                lambda p, y: (np.mean(p - y) ** 2, np.full_like(p, 2 * np.mean(p - y) / p.size)),
                "Errors of opposite sign cancel in your loss, and every entry has the same slope. In which order do "
                "squaring and averaging go?",
            ),
            Mistake(
                "MSE-d",
                lambda p, y: (np.sum((p - y) ** 2) / len(p), 2 * (p - y) / len(p)),
                "Loss and gradient fit each other, and are right for one output. Over which entries does the mean run "
                "when a sample has several?",
                convention=True,
            ),
            Mistake(
                "MSE-e",
                lambda p, y: (np.mean((p - y) ** 2), 2 * (p - y)),
                "The loss is a mean, your gradient is that of a sum.",
            ),
            Mistake(
                "MSE-f",
                lambda p, y: (np.mean((p - y) ** 2) / 2, (p - y) / p.size),
                "This is the half of it with its own gradient. The mean squared error keeps the 2.",
                convention=True,
            ),
        ),
        hints=(
            "The derivative of a mean of squares: every entry appears in exactly one term.",
            "L = mean (y_hat - y)^2 over all entries;  gradient = 2 (y_hat - y) / number of entries.",
            "error = y_hat - y",
        ),
        reminders={"shape": "a pair: the loss is one number, the gradient has the shape of y_hat"},
        variants=(
            lambda p, y: ((p * p - 2 * p * y + y * y).mean(), (p - y) * (2 / p.size)),
            lambda p, y: [np.linalg.norm(p - y) ** 2 / y.size, np.asfortranarray(2 / y.size * (p - y))],
        ),
    )

"""Exercises on softmax and on loss functions with their gradients."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch04_backpropagation import calls
from course_lib.chapters.ch04_backpropagation.exercises.common import naive_softmax, onehot
from course_lib.chapters.shared import mean_squared_error
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case


def _softmax_instances(rng):
    return [
        (np.array([[1.0, 2.0, 0.0], [-0.71, 0.7, 0.44]]),),
        (rng.normal(size=(3, 3)),),
        (rng.normal(size=(1, 4)),),
        case("large scores", np.array([[1000.0, 1001.0], [-1000.0, -1002.0], [0.0, 2000.0]])),
    ]


def _row_by_row(z):
    """A loop over the rows, each shifted by its own largest score."""
    rows = [np.exp(row - max(row)) for row in z]
    return np.array([row / sum(row) for row in rows])


def _by_log_sum(z):
    """exp(z - log sum exp z)."""
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])


SOFTMAX = Exercise(
    id="4.10",
    title="softmax",
    debrief="Softmax sees differences of scores only, so the largest can be subtracted first, and no exponent is "
            "positive.",
    library="course_lib.ops.softmax",
    reference=ops.softmax,
    instances=_softmax_instances,
    arguments=("z",),
    contract=Contract(shapes={"z": "NK"}, zero="z", negative="z", ties="z", large="z"),
    mistakes=(
        Mistake(
            "SMX-1",
            quiet(lambda z: np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0)),
            "Your columns sum to one, your rows do not. Along which axis do the classes lie?",
        ),
        Mistake(
            "SMX-2",
            quiet(lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum()),
            "The whole table sums to one. Each row should be a distribution of its own.",
        ),
        Mistake(
            "SMX-3",
            quiet(lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)),
            "Right for small scores, not a number for scores near 1000. Adding one constant to a row changes "
            "nothing in the result: use that freedom.",
        ),
        Mistake(
            "SMX-4",
            quiet(lambda z: z / z.sum(axis=-1, keepdims=True)),
            "Try a row with a negative score: a share below zero is not a probability.",
        ),
        Mistake(
            "SMX-5",
            quiet(lambda z: np.exp(-np.logaddexp(0, -z))),
            "Your rows do not sum to one. Classes that exclude each other must compete for the same total.",
        ),
        Mistake(
            "SMX-6",
            quiet(lambda z: naive_softmax(naive_softmax(z))),
            "Your rows are too even. Were they probabilities already when you normalized them?",
        ),
        Mistake(
            "SMX-7",
            quiet(lambda z: 2.0 ** (z - z.max(-1, keepdims=True)) / (2.0 ** (z - z.max(-1, keepdims=True))).sum(
                -1, keepdims=True)),
            "Your rows are flatter than they should be. Which base belongs to the natural logarithm in the "
            "loss?",
        ),
    ),
    hints=(
        "Make every score positive by the exponential, then divide by the sum of the row.",
        "s_i = exp(z_i - max z) / sum_j exp(z_j - max z), row by row.",
        "e = np.exp(z - z.max(axis=-1, keepdims=True))",
    ),
    reminders={"shape": "one probability for each score: same shape as z; keepdims=True keeps a row a row"},
    variants=(_row_by_row, _by_log_sum),
    minutes=8, level=1, core=True,
)


def _logit_instances(rng):
    return [
        (np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]]), np.array([0, 2])),
        (rng.normal(size=(4, 3)), np.array([2, 0, 1, 1])),
        (rng.normal(size=(3, 3)), np.array([1, 2, 0])),
        (rng.normal(size=(1, 5)), np.array([3])),
        case("large scores", np.array([[1000.0, 1002.0, 998.0], [0.0, 2000.0, -2000.0]]), np.array([0, 2])),
    ]


def _log_probability(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def _picked(logp, y):
    return logp[np.arange(len(y)), y]


def _binary_on_every_class(z, y):
    P, Y = naive_softmax(z), onehot(y, z.shape[1])
    terms = np.where(Y == 1, np.log(P), np.log(1 - P))
    return -terms.sum() / len(y)


CROSS_ENTROPY = Exercise(
    id="4.11",
    title="cross_entropy",
    debrief="Computed from the scores the loss stays finite, even where the probability itself rounds to 0.",
    library="course_lib.ops.cross_entropy",
    reference=ops.cross_entropy,
    instances=_logit_instances,
    arguments=("logits", "y"),
    contract=Contract(shapes={"logits": "N.", "y": "N"}, zero="logits, y", large="logits"),
    mistakes=(
        Mistake(
            "XEN-1",
            lambda z, y: _picked(_log_probability(z), y).mean(),
            "Your loss is negative, and a good prediction raises it. Which sign does the logarithm of a "
            "probability have?",
        ),
        Mistake(
            "XEN-2",
            lambda z, y: -_picked(_log_probability(z), y).sum(),
            "Repeat every row twice: your loss doubles. The course's losses do not depend on the batch size.",
        ),
        Mistake(
            "XEN-3",
            lambda z, y: -_picked(_log_probability(z), y).mean() / z.shape[1],
            "Too small by the number of classes. How many terms of the double sum are different from zero?",
        ),
        Mistake(
            "XEN-4",
            lambda z, y: -_picked(_log_probability(z), y).mean() / np.log(2),
            "Too large by 1.4427. Are you measuring in nats or in bits?",
        ),
        Mistake(
            "XEN-5",
            lambda z, y: -_log_probability(z)[-1][y].mean(),
            "Change the first row of scores: your loss does not notice. Each row belongs to its own label.",
        ),
        Mistake(
            "XEN-6",
            quiet(_binary_on_every_class),
            "You also charge for the classes that are not true. How many classes does a label select?",
        ),
        Mistake(
            "XEN-7",
            lambda z, y: -_picked(_log_probability(naive_softmax(z)), y).mean(),
            "Even a perfect prediction costs you something. Were your inputs scores, or probabilities already?",
        ),
        Mistake(
            "XEN-8",
            quiet(lambda z, y: -np.log(_picked(naive_softmax(z), y)).mean()),
            "Infinite when two scores lie 2000 apart. Take the logarithm of the fraction on paper before you "
            "compute anything.",
        ),
    ),
    hints=(
        "The logarithm of a fraction is a difference, and the exponential in the numerator disappears.",
        "loss = mean over i of [ln sum_c exp(z_ic) - z_i,y_i], with the row maximum taken out of the sum "
        "first.",
        "shifted = logits - logits.max(axis=1, keepdims=True)",
    ),
    reminders={"shape": "one number for the whole batch"},
    points=2,
    variants=(lambda logits, y: np.mean([np.logaddexp.reduce(row) - row[label]
                                         for row, label in zip(logits, y, strict=True)]),
              lambda logits, y: -(ops.log_softmax(logits) * ops.one_hot(y, logits.shape[1])).sum() / len(y)),
    minutes=10, level=2, core=True,
)


def _gradient_instances(rng):
    return [
        (np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]]), np.array([0, 2])),
        (rng.normal(size=(4, 3)), np.array([2, 0, 1, 1])),
        (rng.normal(size=(3, 3)), np.array([1, 2, 0])),
        (rng.normal(size=(1, 5)), np.array([3])),
        case("large scores", np.array([[1000.0, 1002.0, 1001.0], [0.0, 3.0, 1.0]]), np.array([0, 2])),
    ]


def _error(z, y):
    return naive_softmax(z) - onehot(y, z.shape[1])


SOFTMAX_CE_BACKWARD = Exercise(
    id="4.12",
    title="softmax_ce_backward",
    debrief="Softmax and cross-entropy together leave p - y, divided by N because the loss is a mean.",
    library="course_lib.ops.softmax_ce_backward",
    reference=ops.softmax_ce_backward,
    instances=_gradient_instances,
    arguments=("logits", "y"),
    contract=Contract(shapes={"logits": "N.", "y": "N"}, zero="logits, y", large="logits"),
    mistakes=(
        Mistake(
            "SCB-1",
            _error,
            "Divide your result by the reference: you get the batch size. The loss is a mean.",
        ),
        Mistake(
            "SCB-2",
            lambda z, y: -_error(z, y) / len(y),
            "A step against your gradient lowers the score of the true class.",
        ),
        Mistake(
            "SCB-3",
            lambda z, y: _error(z, y) / z.size,
            "Too small by the number of classes. Over what does the mean of the loss run?",
        ),
        Mistake(
            "SCB-4",
            lambda z, y: _error(z, y) * onehot(y, z.shape[1]) / len(y),
            "Only one entry of each row is different from zero. Raising one score also lowers the "
            "probabilities of the other classes.",
        ),
        Mistake(
            "SCB-5",
            lambda z, y: naive_softmax(z) / len(y),
            "Your rows do not sum to zero, so adding a constant to all scores would change the loss. Where is "
            "the label?",
        ),
        Mistake(
            "SCB-6",
            lambda z, y: _error(z, y) * naive_softmax(z) * (1 - naive_softmax(z)) / len(y),
            "Tiny where the net is confidently wrong. The slope of the squashing has been counted already.",
        ),
        Mistake(
            "SCB-7",
            quiet(lambda z, y: -onehot(y, z.shape[1]) / naive_softmax(z) / len(y)),
            "This is a gradient, but with respect to the probabilities. Which quantity does the layer below "
            "pass in?",
        ),
    ),
    hints=(
        "The derivative of the logarithm cancels the awkward part of the softmax Jacobian.",
        "dlogits = (softmax(logits) - onehot(y)) / N.",
        "P = softmax(logits); then subtract 1 at the true class of every row.",
    ),
    reminders={"shape": "one number for each score: the shape of logits"},
    points=2,
    minutes=8, level=2, core=True,
)


def _bce_instances(rng):
    return [
        (np.array([0.9, 0.2]), np.array([1.0, 0.0])),
        (rng.uniform(0.05, 0.95, size=5), np.array([1.0, 0.0, 0.0, 1.0, 0.0])),
        (np.array([0.7]), np.array([0.0])),
    ]


def _bce_loss(a, y):
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def _bce_gradient(a, y):
    return (-y / a + (1 - y) / (1 - a)) / len(y)


def _bce_exchanged(a, y):
    a, y = np.clip(y, 1e-12, 1 - 1e-12), a
    return _bce_loss(a, y), _bce_gradient(a, y)


BCE = Exercise(
    id="4.13",
    title="bce",
    debrief="An answer of 1/2 costs ln 2 = 0.693 whatever the label is: a mean loss above that is worse than always "
            "saying 1/2.",
    library="course_lib.ops.bce",
    reference=ops.bce,
    instances=_bce_instances,
    arguments=("a", "y"),
    contract=Contract(shapes={"a": "L", "y": "L"}, whole="", zero="y",
                      values={"y": {"nothing but 1 in y": lambda given: np.ones_like(given["y"])}}),
    outputs=("loss", "gradient"),
    mistakes=(
        Mistake(
            "BCE-1",
            lambda a, y: (_bce_loss(a, y), (-y / a - (1 - y) / (1 - a)) / len(y)),
            "The gradient of the negative samples points the wrong way. If y = 0 and a grows, does the loss "
            "rise or fall?",
        ),
        Mistake(
            "BCE-2",
            lambda a, y: (_bce_loss(a, y), (a - y) / len(y)),
            "This is the gradient one step further down. With respect to the output a, or to the score z?",
        ),
        Mistake(
            "BCE-3",
            lambda a, y: (-np.mean(y * np.log(a)), -y / a / len(y)),
            "The negative samples cost nothing. What should a confident false alarm cost?",
        ),
        Mistake(
            "BCE-4",
            lambda a, y: (np.mean(-y * np.log(a) + (1 - y) * np.log(1 - a)), _bce_gradient(a, y)),
            "For a negative sample your loss falls as the error grows. How far does the minus sign reach?",
        ),
        Mistake(
            "BCE-5",
            quiet(_bce_exchanged),
            "Huge numbers: a logarithm of zero hides in them. Which of the two arguments is the model's "
            "output?",
        ),
        Mistake(
            "BCE-6",
            lambda a, y: (_bce_loss(a, y) * len(y), _bce_gradient(a, y) * len(y)),
            "Repeat every sample twice: your loss doubles.",
        ),
    ),
    hints=(
        "For y = 1 only one term of the loss is alive, for y = 0 only the other. Differentiate each alone.",
        "L = -(1/N) sum [y ln a + (1-y) ln(1-a)];  dL/da = (-y/a + (1-y)/(1-a)) / N.",
        "loss = -np.mean(y * np.log(a) + ...)",
    ),
    reminders={"shape": "a pair: the loss is one number, the gradient has the shape of a"},
    points=2,
    minutes=10, level=2, core=False,
)


MSE = mean_squared_error(
    "4.14", core=False,
    debrief="An outlier with ten times the error costs a hundred times as much and pulls ten times as hard.",
)


def _losses(a, y):
    return {
        "mse": np.mean((a - y) ** 2),
        "mae": np.mean(np.abs(a - y)),
        "cross_entropy": -np.sum(y * np.log(a)),
        "kl": np.sum(y * np.log(y / a)),
        "hellinger": np.sum((np.sqrt(a) - np.sqrt(y)) ** 2) / 2,
    }


def _with(**changed):
    def answer(a, y):
        table = _losses(a, y)
        for name, f in changed.items():
            table[name] = f(a, y)
        return table

    return answer


def _distributions(rng):
    a, y = rng.dirichlet(np.ones(4), size=2) * 0.9 + 0.025
    return [
        (np.array([0.5, 0.3, 0.2]), np.array([0.7, 0.2, 0.1])),
        (a, y),
    ]


def _entropy(y):
    return -np.sum(y * np.log(y))


LOSS_TABLE = Exercise(
    id="4.15",
    title="loss_table",
    debrief="When a and y are close, the divergence is nearly four times the Hellinger loss: both are then sums of "
            "(a-y)^2/y, over 2 and over 8.",
    reference=_losses,
    instances=_distributions,
    call=calls.loss_table,
    arguments=("a", "y"),
    contract=Contract(whole="", values={"a": {"a equal to y": lambda given: given["y"]}}),
    outputs=calls.LOSS_NAMES,
    mistakes=(
        Mistake("KLD-1", _with(kl=lambda a, y: -np.sum(y * np.log(y / a))), "kl: a divergence is never "
                "negative."),
        Mistake("KLD-2", _with(kl=lambda a, y: _entropy(y) - np.sum(y * np.log(a))),
                "kl: put the same distribution in twice; the result must be zero."),
        Mistake("KLD-3", _with(kl=lambda a, y: np.sum(a * np.log(a / y))),
                "kl: the two arguments do not play the same part. Which distribution does the averaging?"),
        Mistake("KLD-4", _with(kl=lambda a, y: -np.sum(y * np.log(a))),
                "kl: you counted the whole cost, not only the excess over the best possible one."),
        Mistake("KLD-5", _with(kl=lambda a, y: np.sum(y * np.log2(y / a))),
                "kl: the course measures in nats, not in bits."),
        Mistake("KLD-6", _with(kl=lambda a, y: np.sum(y * np.log(y))),
                "kl: this is an entropy that has lost its minus sign."),
        Mistake("LTB-a", _with(cross_entropy=lambda a, y: -np.sum(y * np.log2(a))),
                "cross_entropy: the course measures in nats, not in bits."),
        Mistake("LTB-b", _with(cross_entropy=lambda a, y: -np.mean(y * np.log(a))),
                "cross_entropy: the classes of one sample are summed; only samples are averaged."),
        Mistake("LTB-c", _with(cross_entropy=lambda a, y: -np.sum(a * np.log(y))),
                "cross_entropy: which of the two distributions is the truth that does the averaging?"),
        Mistake("LTB-d", _with(hellinger=lambda a, y: np.sum((np.sqrt(a) - np.sqrt(y)) ** 2)),
                "hellinger: for two distributions without overlap the value should be one."),
        Mistake("LTB-e", _with(hellinger=lambda a, y: np.sqrt(np.sum((np.sqrt(a) - np.sqrt(y)) ** 2) / 2)),
                "hellinger: the loss of this course is the squared distance."),
        Mistake("LTB-f", _with(mse=lambda a, y: np.sum((a - y) ** 2)),
                "mse: the course takes the mean over all entries."),
        Mistake("LTB-g", _with(mse=lambda a, y: np.sum((a - y) ** 2) / 2),
                "mse: half the sum is another of the squared losses."),
        Mistake("LTB-h", _with(mae=lambda a, y: np.sum(np.abs(a - y))),
                "mae: the course takes the mean over all entries."),
    ),
    hints=(
        "Two lines compare numbers (mse, mae), three compare distributions; the latter sum over the classes.",
        "cross_entropy = -sum y ln a;  kl = sum y ln(y/a);  hellinger = (1/2) sum (sqrt a - sqrt y)^2.",
        'return {"mse": np.mean((a - y) ** 2), "mae": ...}',
    ),
    points=2,
    minutes=12, level=2, core=False,
)

EXERCISES = (SOFTMAX, CROSS_ENTROPY, SOFTMAX_CE_BACKWARD, BCE, MSE, LOSS_TABLE)

"""Exercises on learning from mistakes: one update, a whole run, when it stops, what it depends on."""

import numpy as np

from course_lib.chapters.ch03_perceptron import calls
from course_lib.chapters.ch03_perceptron.exercises.units import GATE_INPUTS, clouds, separated_clouds
from course_lib.exercises.define import exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, case

AND, OR, NAND, XOR = (np.array(y) for y in ([0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 1, 1, 0]))

SAY = {
    "PER-1": "A false negative should raise the score of that sample: does it?",
    "PER-2": "Which parameter stays at its start value?",
    "PER-3": "What does your unit say when the score is exactly zero?",
    "PER-4": "Compare the set of your outputs with the set of the labels.",
    "PER-5": "What should happen when the sample is already right?",
    "PER-6": "You are fitting a line to the labels, not counting mistakes. What is subtracted from the label?",
    "PER-7": "When is the next prediction made: before or after the update?",
    "PER-8": "Write the score out for x = 0.",
}


def _score(x, w, b):
    return w @ x + b


def _answer(z):
    return float(z >= 0)


def _error(y, y_hat):
    return y - y_hat


#: what each catalogued variant changes in the rule below
_CHANGES = {
    "PER-1": {"error": lambda y, y_hat: y_hat - y},
    "PER-2": {"bias_rate": 0.0},
    "PER-3": {"answer": lambda z: float(z > 0)},
    "PER-4": {"answer": lambda z: 1.0 if z >= 0 else -1.0},
    "PER-5": {"error": lambda y, y_hat: y},
    "PER-6": {"answer": lambda z: z},
    "PER-8": {"score": lambda x, w, b: w @ x + 2 * b},
}


@exchangeable
def _rule(score=_score, answer=_answer, error=_error, bias_rate=1.0):
    """One correction, (x, y, w, b, lr) -> (w, b), with any of its parts exchanged."""

    def update(x, y, w, b, lr):
        e = error(y, answer(score(x, w, b)))
        return w + lr * e * x, b + lr * bias_rate * e

    return update


def _run(update):
    """`update` applied to all samples in the given order, epoch after epoch, from zero."""

    def fit(X, y, lr, epochs):
        w, b = np.zeros(X.shape[1]), 0.0
        for _ in range(epochs):
            for x, target in zip(X, y, strict=True):
                w, b = update(x, target, w, b, lr)
        return w, b

    return fit


# 3.7 ------------------------------------------------------------------------------------------------------------------


def perceptron_update(x, y, w, b, lr):
    e = y - _answer(w @ x + b)
    return w + lr * e * x, b + lr * e


def _single_samples(rng):
    a = np.array
    return [
        (a([1.0, 2.0]), 1, a([0.5, -1.0]), 0.25, 0.5),  # false negative
        (a([1.0, -1.0]), 0, a([2.0, 0.5]), -0.25, 0.5),  # false positive
        (a([2.0, 1.0]), 1, a([0.5, 1.0]), 0.75, 0.25),  # right already
        (a([1.0, 2.0]), 0, a([2.0, -0.5]), -1.0, 0.5),  # on the line, label 0
        (a([1.0, 2.0]), 1, a([2.0, -0.5]), -1.0, 0.5),  # on the line, label 1
        (a([1.0, 1.0]), 1, a([1.0, -2.0]), 0.75, 2.0),
        (rng.normal(size=5), 0, rng.normal(size=5), 0.3, 0.7),
        (rng.normal(size=3), 1, rng.normal(size=3), -0.6, 0.7),
    ]


PERCEPTRON_UPDATE = Exercise(
    id="3.7",
    title="perceptron_update",
    debrief="Only a wrong answer moves anything, and always along the sample itself.",
    library="course_lib.ops.perceptron_update",
    reference=perceptron_update,
    instances=_single_samples,
    arguments=("x", "y", "w", "b", "lr"),
    contract=Contract(shapes={"x": "D", "w": "D"}, whole="x", zero="x, w", values={"y": (0, 1)}),
    outputs=("w", "b"),
    points=2,
    mistakes=(
        *(Mistake(id, _rule(**change), SAY[id]) for id, change in _CHANGES.items()),
        Mistake("UPD-a", lambda x, y, w, b, lr: perceptron_update(x, y, w, b, 1.0),
                "Your step has the same length for every learning rate."),
        Mistake("UPD-b", _rule(error=lambda y, y_hat: max(y - y_hat, 0)),
                "Your rule repairs one kind of mistake only. What about a yes that should be a no?"),
    ),
    hints=(
        "First let the unit answer, then compare with the label; the difference decides what happens.",
        "e = y - y_hat, then w + lr e x and b + lr e.",
        "e = y - perceptron_predict(x, w, b)",
    ),
    reminders={"shape": "w keeps its shape (D,) and b stays a single number"},
    minutes=8, level=1, core=True,
)


# 3.8 ------------------------------------------------------------------------------------------------------------------


perceptron_fit = _run(perceptron_update)


def _summed_per_epoch(X, y, lr, epochs):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        e = y - (X @ w + b >= 0)
        w, b = w + lr * e @ X, b + lr * e.sum()
    return w, b


def _runs(rng):
    # Steps of 1, 1/2 and 1/4 are exact in binary, so a score of exactly 0 stays exactly 0.
    return [
        (GATE_INPUTS, AND, 1.0, 1),
        (GATE_INPUTS, AND, 1.0, 3),
        (GATE_INPUTS, AND, 1.0, 10),
        (GATE_INPUTS, OR, 0.5, 2),
        (GATE_INPUTS, NAND, 0.25, 10),
        (*clouds(rng, 7, 3), 0.25, 4),
        (*clouds(rng, 11, 2), 0.125, 3),
    ]


def _with_the_bias_inside(X, y, lr, epochs):
    """One vector (b, w), inputs with a leading 1."""
    v = np.zeros(1 + X.shape[1])
    for _ in range(epochs):
        for x, target in zip(np.column_stack([np.ones(len(X)), X]), y, strict=True):
            v = v + lr * (target - (v @ x >= 0)) * x
    return v[1:], v[0]


def _only_where_wrong(X, y, lr, epochs):
    """Two cases instead of an error signal."""
    w, b = [0.0] * X.shape[1], 0
    for n in np.tile(np.arange(len(X)), epochs):
        answer = int(sum(a * x for a, x in zip(w, X[n], strict=True)) + b >= 0)
        if answer != y[n]:
            sign = 1 if y[n] == 1 else -1
            w, b = [a + sign * lr * x for a, x in zip(w, X[n], strict=True)], b + sign * lr
    return np.array(w), np.float64(b)


PERCEPTRON_FIT = Exercise(
    id="3.8",
    title="perceptron_fit",
    debrief="On separable data the corrections end; on XOR they never do.",
    library="course_lib.ops.perceptron_fit",
    from_library=calls.weights_and_bias,
    reference=perceptron_fit,
    instances=_runs,
    arguments=("X", "y", "lr", "epochs"),
    contract=Contract(shapes={"X": "ND", "y": "N"}, zero="y"),
    outputs=("w", "b"),
    points=3,
    mistakes=(
        *(Mistake(id, _run(_rule(**change)), SAY[id]) for id, change in _CHANGES.items()),
        Mistake("PER-7", _summed_per_epoch, SAY["PER-7"]),
        Mistake("PER-a", lambda X, y, lr, epochs: perceptron_fit(X, y, 1.0, epochs),
                "Your weights are whole numbers whatever the learning rate is."),
        Mistake("PER-b", lambda X, y, lr, epochs: perceptron_fit(X, y, lr, 1),
                "Your result is that of one epoch, however many there are. Which line ends the loop, or begins anew in "
                "it?"),
        Mistake("PER-c", _run(_rule(error=lambda y, y_hat: max(y - y_hat, 0))),
                "Your rule repairs one kind of mistake only. What about a yes that should be a no?"),
    ),
    hints=(
        "Two loops: over the epochs, and inside it over the samples in their order.",
        "Start at w = 0, b = 0; for every sample the update of exercise 3.7; return after the last epoch.",
        "w, b = np.zeros(X.shape[1]), 0.0",
    ),
    reminders={"shape": "w has one entry per column of X, shape (D,)"},
    variants=(_with_the_bias_inside, _only_where_wrong),
    minutes=15, level=2, core=True,
)


# 3.9 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _epochs_until_clean(update=perceptron_update, fresh=True, last_only=False, corrections=False):
    def count(X, y, lr, max_epochs):
        w, b, mistakes, total = np.zeros(X.shape[1]), 0.0, 0, 0
        for epoch in range(1, max_epochs + 1):
            mistakes = 0 if fresh else mistakes
            for x, target in zip(X, y, strict=True):
                old = b
                w, b = update(x, target, w, b, lr)
                wrong = int(b != old)  # a correction always moves the bias
                mistakes = wrong if last_only else mistakes + wrong
                total += wrong
            if mistakes == 0:
                return total if corrections else epoch
        return 0

    return count


epochs_to_converge = _epochs_until_clean()


def _near_a_line(rng, n):
    """Points on both sides of a line, some of them close to it: how many epochs they take is hard to guess."""
    X = rng.uniform(-1, 1, size=(n, 2))
    w, b = rng.normal(size=2), 0.3 * rng.normal()
    y = (X @ w + b >= 0).astype(int)
    return X + np.outer(np.where(y, 0.05, -0.05), w / np.sqrt(w @ w)), y


EPOCHS_TO_CONVERGE = Exercise(
    id="3.9",
    title="epochs_to_converge",
    debrief="A 0 says that max_epochs were too few or that no line exists; which of the two, the number does not tell.",
    library="course_lib.ops.perceptron_fit",
    from_library=calls.epoch_of_convergence,
    reference=epochs_to_converge,
    instances=lambda rng: [
        (np.array([[1.0, 2.0]]), np.array([1]), 1.0, 5),  # right from the start
        (GATE_INPUTS, OR, 1.0, 10),
        (GATE_INPUTS, AND, 1.0, 20),
        (GATE_INPUTS, NAND, 0.5, 20),
        (GATE_INPUTS, XOR, 1.0, 25),
        (GATE_INPUTS, AND, 1.0, 5),
        case("the last epoch that is allowed is the first without a mistake", GATE_INPUTS, OR, 1.0, 4),
        (*clouds(rng, 6, 3), 0.25, 200),
        *((*_near_a_line(rng, n), 0.5, 400) for n in (8, 9, 10)),
    ],
    arguments=("X", "y", "lr", "max_epochs"),
    contract=Contract(shapes={"X": "ND", "y": "N"}, zero="y", values={"max_epochs": (1,)}),
    outputs=("epoch",),
    points=2,
    mistakes=(
        Mistake("EPO-a", lambda *a: max(epochs_to_converge(*a) - 1, 0),
                "One too few: with which number does the count of the epochs begin, and which epoch do you report?"),
        Mistake("EPO-b", lambda X, y, lr, n: epochs_to_converge(X, y, lr, n) or n,
                "Your answer for XOR says that it was learned in the last epoch you allowed."),
        Mistake("EPO-c", _epochs_until_clean(corrections=True),
                "You count corrections. The question is how often the whole set was shown."),
        Mistake("EPO-d", _epochs_until_clean(last_only=True),
                "A later sample must not wipe out an earlier mistake of the same epoch."),
        Mistake("EPO-e", _epochs_until_clean(fresh=False),
                "Your count can only grow. Which mistakes belong to this epoch?"),
        Mistake("PER-3", _epochs_until_clean(_rule(**_CHANGES["PER-3"])), SAY["PER-3"]),
    ),
    hints=(
        "Count the mistakes of each epoch separately; the first epoch whose count is zero is the answer.",
        "Epochs are numbered from 1; return 0 when even epoch max_epochs had a mistake.",
        "for epoch in range(1, max_epochs + 1):",
    ),
    reminders={"type": "one whole number is expected, 0 when no epoch was free of errors"},
    minutes=10, level=2, core=False,
)


# 3.10 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _mistakes_per_epoch(score=_score, answer=_answer, error=_error, bias_rate=1.0):
    update = _rule(score, answer, error, bias_rate)

    def count(X, y, lr, epochs):
        w, b, mistakes = np.zeros(X.shape[1]), 0.0, np.zeros(epochs, dtype=int)
        for epoch in range(epochs):
            for x, target in zip(X, y, strict=True):
                mistakes[epoch] += error(target, answer(score(x, w, b))) != 0
                w, b = update(x, target, w, b, lr)
        return mistakes

    return count


mistakes_per_epoch = _mistakes_per_epoch()


def _answers_given_before_the_epoch(X, y, lr, epochs):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, np.zeros(epochs, dtype=int)
    for epoch in range(epochs):
        errors = y - (X @ w + b >= 0)
        w, b = w + lr * errors @ X, b + lr * errors.sum()
        mistakes[epoch] = np.count_nonzero(errors)
    return mistakes


def _counted_after_the_epoch(X, y, lr, epochs):
    runs = [perceptron_fit(X, y, lr, epoch + 1) for epoch in range(epochs)]
    return np.array([np.count_nonzero((X @ w + b >= 0) != y) for w, b in runs])


def _counted_before_the_epoch(X, y, lr, epochs):
    runs = [perceptron_fit(X, y, lr, epoch) for epoch in range(epochs)]
    return np.array([np.count_nonzero((X @ w + b >= 0) != y) for w, b in runs])


#: the planted fault -> (its lines, what to read before, the last two hints, what to read after); the first one is
#: the chapter's own
_COUNTING_FAULTS = {
    "PER-7": (
        """\
        errors = y - ops.perceptron_predict(X, w, b)
        for x, e in zip(X, errors):
            w, b = w + lr * e * x, b + lr * e
            mistakes[epoch] += e != 0
""",
        "The fault is in the order of events, not in a sign.",
        ("The error of a sample must be computed from the weights as they are when its turn comes.",
         "for x, target in zip(X, y):"),
        "The faulty version judges all samples by the weights at the start of the epoch and adds up their "
        "corrections. That is a rule too, a batch form, but not the one of this chapter: the sample that comes second "
        "is corrected for a mistake that the first correction may already have mended, or is not corrected for one "
        "that it has just caused.",
    ),
    "PER-1": (
        """\
        for x, target in zip(X, y):
            e = float(w @ x + b >= 0) - target
            w, b = w + lr * e * x, b + lr * e
            mistakes[epoch] += e != 0
""",
        "The order of events is as it should be.",
        ("Compare the error with equation (3.5), term by term.", "e = target - ..."),
        "The faulty version measures the error the other way round, so every correction makes the score of its sample "
        "worse, and the count of mistakes never falls to zero.",
    ),
    "PER-2": (
        """\
        for x, target in zip(X, y):
            e = target - float(w @ x + b >= 0)
            w = w + lr * e * x
            mistakes[epoch] += e != 0
""",
        "The order of events and the signs are as they should be.",
        ("Compare the correction with equation (3.6): it has two parts.", "w, b = w + lr * e * x, ..."),
        "The faulty version never moves the bias, so its line passes through the origin for ever. The sample 00 has "
        "the score 0 then, whatever the weights are, and where its label is 0 it is a mistake in every epoch.",
    ),
    "PER-3": (
        """\
        for x, target in zip(X, y):
            e = target - float(w @ x + b > 0)
            w, b = w + lr * e * x, b + lr * e
            mistakes[epoch] += e != 0
""",
        "The order of events and the correction are as they should be.",
        ("What is the score of the very first sample, and which answer does the step give to it?",
         "e = target - float(w @ x + b >= ...)"),
        "The faulty version answers 0 where the score is exactly 0. From a zero start the first score is exactly 0, "
        "so the two paths part at the first sample. The other step is a convention too, but not the one of this "
        "chapter.",
    ),
}


def _drawn_counting_fault(rng):
    chapter, fault = _COUNTING_FAULTS["PER-7"], str(rng.choice(list(_COUNTING_FAULTS)))
    lines, before, hints, after = _COUNTING_FAULTS[fault]
    return {"untouched": fault, "hints": (MISTAKES_PER_EPOCH.hints[0], *hints)}, {
        f"    for epoch in range(epochs):\n{chapter[0]}": f"    for epoch in range(epochs):\n{lines}",
        "It looks tidy, it raises no error, and on OR it even reaches zero. But on AND": "It looks tidy, and it raises "
        "no error. But on AND",
        chapter[1]: before,
        chapter[3]: after,
        "the code was shorter than the right one, and only": "nothing in it looked odd, and only",
    }


MISTAKES_PER_EPOCH = Exercise(
    id="3.10",
    title="mistakes_per_epoch",
    debrief="Added up over the epochs these numbers are the corrections that were made: it is this sum that the "
            "chapter will find a bound for.",
    kind="bug",
    reference=mistakes_per_epoch,
    instances=lambda rng: [
        (GATE_INPUTS, AND, 1.0, 8),
        (GATE_INPUTS, OR, 1.0, 6),
        (GATE_INPUTS, XOR, 0.5, 6),
        (GATE_INPUTS, NAND, 1.0, 7),
        (*clouds(rng, 9, 3), 0.25, 5),
    ],
    arguments=("X", "y", "lr", "epochs"),
    contract=Contract(shapes={"X": "ND", "y": "N"}, zero="y", values={"epochs": (1,)}),
    outputs=("mistakes",),
    points=2,
    untouched="PER-7",
    mistakes=(
        Mistake("PER-7", _answers_given_before_the_epoch, SAY["PER-7"]),
        Mistake("MPE-a", _counted_after_the_epoch,
                "These are the mistakes that the weights at the end of the epoch would make. How many were "
                "corrected on the way?"),
        Mistake("MPE-b", _counted_before_the_epoch,
                "These are the mistakes that the weights at the start of the epoch would make. Count those for which "
                "the corrections were made."),
        Mistake("PER-1", _mistakes_per_epoch(**_CHANGES["PER-1"]), SAY["PER-1"]),
        Mistake("PER-2", _mistakes_per_epoch(**_CHANGES["PER-2"]), SAY["PER-2"]),
        Mistake("PER-3", _mistakes_per_epoch(**_CHANGES["PER-3"]), SAY["PER-3"]),
        Mistake("PER-8", _mistakes_per_epoch(**_CHANGES["PER-8"]), SAY["PER-8"]),
    ),
    hints=(
        "Follow AND through the first epoch on paper: with which weights is the second sample judged?",
        *_COUNTING_FAULTS["PER-7"][2],
    ),
    vary=_drawn_counting_fault,
    minutes=10, level=2, core=False,
)


# 3.11 -----------------------------------------------------------------------------------------------------------------


def _order_at_work(order, X, y):
    order = np.asarray(order)
    if order.shape != (4,) or sorted(order.tolist()) != [0, 1, 2, 3]:
        return False, False, False
    order = order.astype(int)
    w, b = perceptron_fit(X[order], y[order], 1.0, 20)
    elsewhere = (b, *w) != (-3.0, 2.0, 1.0)
    return True, elsewhere, bool(((X @ w + b >= 0) == y).all())


OTHER_ORDER = Exercise(
    id="3.11",
    title="another order",
    debrief="Whoever wants to repeat a run has to keep the order of its samples too: a program that shuffles them "
            "needs its seed written down.",
    kind="value",
    reference=np.array([0, 2, 1, 3]),
    instances=lambda rng: [(GATE_INPUTS, AND)],
    call=_order_at_work,
    arguments=("X", "y"),
    outputs=("each of 0, 1, 2, 3 once", "end point other than (-3, 2, 1)", "all four right"),
    mistakes=(
        Mistake("ORD-a", np.array([0, 1, 2, 3]),
                "This order also ends at b = -3, w = (2, 1). AND treats its two inputs alike: which change of order "
                "exchanges their roles?"),
        Mistake("ORD-b", np.array([0, 1, 2, 2]), "Every sample must be shown once an epoch. Is one of them missing?"),
    ),
    hints=(
        "AND does not change when x1 and x2 are exchanged. Which two samples change places then?",
        "Exchange the roles of (0, 1) and (1, 0) in the usual order.",
        "The order begins with sample 0.",
    ),
    reminders={"shape": "four row numbers are expected, such as [0, 1, 2, 3]"},
    skeleton="order = [..., ..., ..., ...]",
    minutes=10, level=2, core=False,
)


# 3.12 -----------------------------------------------------------------------------------------------------------------

_ROUNDED = {"w": np.array([0.2, 0.1]), "b": -0.20000000000000004, "score": 0.2 - 0.20000000000000004, "exact": 0.0}

ROUNDING_TRAP = Exercise(
    id="3.12",
    title="rounding trap",
    debrief="np.isclose would call this score 0, the step calls it negative: right at the border two readers of one "
            "number disagree.",
    kind="value",
    reference=_ROUNDED,
    instances=lambda rng: [()],
    mistakes=(
        Mistake("RND-a", _ROUNDED | {"b": -0.3, "score": 0.2 - 0.3},
                "That is a tenth of the result for lr = 1, as it would be without rounding. Run it and look."),
        Mistake("RND-b", _ROUNDED | {"score": 0.0},
                "Compute the score from the numbers the run returned, not from the digits printed for them."),
        Mistake("RND-c", _ROUNDED | {"exact": 0.2 - 0.20000000000000004},
                "The last entry is what a person with exact decimals would get: 0.2 and -0.2 on paper."),
        Mistake("RND-d", {"w": np.array([2.0, 1.0]), "b": -3.0, "score": -1.0, "exact": -1.0},
                "Which learning rate did you use?"),
    ),
    hints=(
        "Run your own perceptron_fit on AND with lr = 0.1 and keep the numbers it returns.",
        "score = w[0] * 1 + w[1] * 0 + b for the sample (1, 0); exact is the same sum on paper with 0.2, 0.1, -0.2.",
        "w, b = fit(X, y, 0.1, 10)",
    ),
    rtol=1e-9,
    atol=0.0,  # the whole point is a score of -2.8e-17
    reminders={"type": 'a dict with the keys "w", "b", "score" and "exact" is expected'},
    skeleton='trap = {"w": ..., "b": ..., "score": ..., "exact": ...}',
    minutes=8, level=2, core=False,
)


# 3.13 -----------------------------------------------------------------------------------------------------------------


def signed_distance(X, w, b):
    return (X @ w + b) / np.sqrt(w @ w)


SIGNED_DISTANCE = Exercise(
    id="3.13",
    title="signed_distance",
    debrief="A step of length 1 along w changes the score by |w|: with long weights even a sample near the line has a "
            "large score.",
    library="course_lib.ops.signed_distance",
    reference=signed_distance,
    instances=lambda rng: [
        (np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([3.0, -4.0]), 2.0),
        (rng.normal(size=(4, 3)), 2 * rng.normal(size=3), -0.8),
        (rng.normal(size=(6, 2)), np.array([0.3, 0.2]), 0.5),
    ],
    arguments=("X", "w", "b"),
    contract=Contract(shapes={"X": "ND", "w": "D"}, zero="b"),
    outputs=("distance",),
    mistakes=(
        Mistake("DIS-a", lambda X, w, b: X @ w + b,
                "Double w and b: the line stays where it is, but your distances double."),
        Mistake("DIS-b", lambda X, w, b: (X @ w + b) / (w @ w),
                "Double w and b: your distances are halved. Length or squared length?"),
        Mistake("DIS-c", lambda X, w, b: np.abs(X @ w + b) / np.sqrt(w @ w),
                "All your distances are positive. How would you tell the two sides apart?"),
        Mistake("DIS-d", lambda X, w, b: X @ w / np.sqrt(w @ w),
                "This is the distance to a parallel line through the origin."),
        Mistake("DIS-e", lambda X, w, b: (X @ w + b) / np.sqrt(w @ w + b * b),
                "The plane's direction is given by w alone. What else is in your length?"),
        Mistake("DIS-f", lambda X, w, b: (X @ w + b) / np.abs(w).sum(),
                "Which length do you take: along the axes, or straight?"),
        Mistake("DIS-g", lambda X, w, b: X @ w / np.sqrt(w @ w) + b,
                "Is the bias measured in the same units as the rest of your sum?"),
    ),
    hints=(
        "Scaling w and b by the same factor does not move the line, so the distance must not change either.",
        "The distance is the score divided by the Euclidean length of w.",
        "return (X @ w + b) / np.sqrt(...)",
    ),
    reminders={"shape": "one distance per row of X is expected, shape (N,)"},
    variants=(lambda X, w, b: np.array([(x @ w + b) / np.linalg.norm(w) for x in X]),
              lambda X, w, b: X @ (w / np.hypot.reduce(w)) + b / np.hypot.reduce(w)),
    minutes=5, level=1, core=True,
)


# 3.14 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _bound(radius2=lambda X: 1 + (X * X).sum(1), length2=lambda w, b: w @ w + b * b, pick=np.min, R=np.max, root=False):
    def bound(X, y, w, b):
        margins = (2 * y - 1) * (X @ w + b)
        value = R(radius2(X)) * length2(w, b) / pick(margins) ** 2
        return float(np.sqrt(value) if root else value)

    return bound


mistake_bound = _bound()


def _separated(rng):
    return [
        (GATE_INPUTS, AND, np.array([2.0, 2.0]), -3.0),
        (GATE_INPUTS, OR, np.array([4.0, 4.0]), -1.0),
        separated_clouds(rng, 5, 3),
        separated_clouds(rng, 12, 2),
        case("a sample of class 1 is nearest", GATE_INPUTS, OR, np.array([4.0, 4.0]), -3.0),
        case("all samples far from the line", np.array([[0.0, 5.0], [0.0, -5.0]]), np.array([1, 0]),
             np.array([0.0, 1.0]), 0.0),
    ]


MISTAKE_BOUND = Exercise(
    id="3.14",
    title="mistake_bound",
    debrief="Every separating pair gives a bound of its own, and all of them hold; the widest margin gives the lowest, "
            "although the run need not end at that line.",
    library="course_lib.ops.mistake_bound",
    reference=mistake_bound,
    instances=_separated,
    arguments=("X", "y", "w", "b"),
    contract=Contract(shapes={"X": "N.", "y": "N"}, whole="X"),
    outputs=("bound",),
    points=2,
    mistakes=(
        Mistake("MBD-a", _bound(radius2=lambda X: (X * X).sum(1)),
                "The bias has an input too. Is it part of your R?"),
        Mistake("MBD-b", _bound(length2=lambda w, b: w @ w),
                "You take the distance in the plane of x. The proof uses the longer vectors that hold the bias."),
        Mistake("MBD-c", _bound(length2=lambda w, b: 1.0),
                "Multiply w and b by 10: nothing changes for the points, but your bound does."),
        Mistake("MBD-d", _bound(pick=np.mean), "The margin belongs to one sample. To which one?"),
        Mistake("MBD-e", _bound(pick=np.max), "The margin belongs to one sample. To which one?"),
        Mistake("MBD-f", _bound(root=True), "This is R / gamma. What does the theorem do with it?"),
        Mistake("MBD-g", _bound(R=np.mean), "R must be large enough for every sample."),
    ),
    hints=(
        "Write each sample with its leading 1 and collect b and w in one vector v; then R and gamma are lengths.",
        "R^2 = max (1 + |x|^2); gamma = min s (w.x + b) / |v| with s = 2 y - 1 and |v|^2 = b^2 + |w|^2.",
        "scores = (2 * y - 1) * (X @ w + b)",
    ),
    reminders={"shape": "the bound is a single number"},
    minutes=12, level=2, core=False,
)


# 3.15 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _fit_signs(wrong=lambda s, z: s != (1 if z >= 0 else -1), size=lambda s, z: s):
    def fit(X, s, lr, epochs):
        w, b = np.zeros(X.shape[1]), 0.0
        for _ in range(epochs):
            for x, sign in zip(X, s, strict=True):
                z = w @ x + b
                if wrong(sign, z):
                    w, b = w + lr * size(sign, z) * x, b + lr * size(sign, z)
        return w, b

    return fit


perceptron_fit_signs = _fit_signs()


def _sign_runs(rng):
    X, y = clouds(rng, 7, 3)
    return [
        (GATE_INPUTS, 2 * OR - 1, 1.0, 2),
        (GATE_INPUTS, 2 * AND - 1, 1.0, 8),
        (GATE_INPUTS, 2 * NAND - 1, 0.5, 10),
        (X, 2 * y - 1, 0.25, 4),
    ]


#: the planted fault -> (its line, what to read before, what to read after); the first one is the chapter's own
_SIGN_FAULTS = {
    "SGN-a": (
        "wrong = sign * z <= 0",
        "On some data it does, on the gates it does not.",
        "The short test $s z \\le 0$ is in wide use, and it is a rule of its own: it also corrects a sample of class "
        "$+1$ that lies exactly on the line. Both rules converge. They differ only at $z = 0$, but the very first "
        "score of every run from zero is 0, so the two paths part at the first step.",
    ),
    "SGN-b": (
        "wrong = sign * z < 0",
        "It never leaves the start, whatever the data are.",
        "From a zero start every score is 0, and 0 is not below 0: the short test $s z < 0$ finds no mistake and the "
        "run stays where it is. A test that is right for all scores but one fails on the only score that it meets.",
    ),
    "SGN-f": (
        "wrong = sign != (z >= 0)",
        "It does not come to rest, not even on data that a line separates.",
        "The faulty version compares a label $-1$ or $+1$ with an answer 0 or 1. The two agree on class $+1$ only, so "
        "every sample of class $-1$ counts as a mistake and is corrected for ever.",
    ),
}


def _drawn_sign_fault(rng):
    chapter, fault = _SIGN_FAULTS["SGN-a"], str(rng.choice(list(_SIGN_FAULTS)))
    return {"untouched": fault}, dict(zip(chapter, _SIGN_FAULTS[fault], strict=True))


PERCEPTRON_FIT_SIGNS = Exercise(
    id="3.15",
    title="perceptron_fit_signs",
    debrief="Multiply each sample, its leading 1 included, by its sign: what is sought then is one vector that gives "
            "all of them a positive score.",
    kind="bug",
    reference=perceptron_fit_signs,
    instances=_sign_runs,
    arguments=("X", "s", "lr", "epochs"),
    contract=Contract(shapes={"X": "ND", "s": "N"},
                      values={"epochs": (1,), "s": {"one class only": lambda given: np.abs(given["s"])}}),
    outputs=("w", "b"),
    points=2,
    untouched="SGN-a",
    mistakes=(
        Mistake("SGN-a", _fit_signs(wrong=lambda s, z: s * z <= 0),
                "Take a sample whose score is exactly zero and whose label is +1. Is it right or wrong by the step of "
                "this chapter?"),
        Mistake("SGN-b", _fit_signs(wrong=lambda s, z: s * z < 0),
                "Take a sample whose score is exactly zero and whose label is -1. Is it right or wrong by the step of "
                "this chapter?"),
        Mistake("SGN-c", _fit_signs(wrong=lambda s, z: True), SAY["PER-5"]),
        Mistake("SGN-d", _fit_signs(size=lambda s, z: 2 * s),
                "Your steps are twice as long as in the 0/1 form. How far apart are the two labels?"),
        Mistake("SGN-e", _fit_signs(size=lambda s, z: -s), SAY["PER-1"]),
        Mistake("SGN-f", _fit_signs(wrong=lambda s, z: s != (1 if z >= 0 else 0)), SAY["PER-4"]),
    ),
    hints=(
        "Both forms of the rule must walk the same path. Compare their first step on OR, where every score is 0.",
        "The unit says +1 when z >= 0 and -1 otherwise; a sample is wrong when this differs from s.",
        "y_hat = 1 if z >= 0 else -1",
    ),
    vary=_drawn_sign_fault,
    minutes=10, level=2, core=False,
)


# 3.16 -----------------------------------------------------------------------------------------------------------------

_NUMBERS = {
    6: ("six", "sixth"), 7: ("seven", "seventh"), 8: ("eight", "eighth"), 9: ("nine", "ninth"), 10: ("ten", "tenth"),
    11: ("eleven", "eleventh"), 12: ("twelve", "twelfth"),
}


def _xor_run(lr, epochs):
    """The exercise with this learning rate and this number of epochs."""
    def repeated(first, *then):
        return np.array([*first, *then * epochs][:epochs])

    right = {"mistakes": repeated((3, 3), 4), "from_epoch": 3, "weights": np.array([0.0, -lr, 0.0])}
    return {
        "reference": right,
        "mistakes": (
            Mistake("XOR-a", right | {"from_epoch": 2}, "Epochs are numbered from 1."),
            Mistake("XOR-b", right | {"weights": np.array([-lr, 0.0, 0.0])},
                    "In which order are the three numbers asked for? The bias comes first."),
            Mistake("XOR-c", right | {"mistakes": repeated((2, 3, 3, 2, 1), 0)},
                    "These are the mistakes on AND. Which labels did you pass?"),
            Mistake("XOR-d", right | {"mistakes": repeated((), 2)},
                    "These are the mistakes that the weights at the end of an epoch make. Count the corrections on "
                    "the way."),
        ),
        "hints": (
            "The run keeps what you need: its count of mistakes for each epoch and its weights at the end.",
            f"{_NUMBERS[epochs][0].capitalize()} epochs, lr {lr:g}, zero start, the order 00, 01, 10, 11; then look "
            "for the first 4.",
            f"run = ops.perceptron_fit(X, y, lr={float(lr)}, epochs={epochs})",
        ),
    }


def _drawn_xor_run(rng):
    lr, epochs = float(rng.choice([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])), int(rng.integers(6, 13))
    count, last = _NUMBERS[epochs]
    return _xor_run(lr, epochs), {
        "on XOR with lr 1 for eight epochs.": f"on XOR with lr {lr:g} for {count} epochs.",
        "at the end of the eighth. The result": f"at the end of the {last}. The result",
        "the weights are back at $(0, -1, 0)$.": f"the weights are back at $(0, {-lr:g}, 0)$.",
    }


XOR_HISTORY = Exercise(
    id="3.16",
    title="XOR history",
    debrief="Weights that return after an epoch with corrections are a proof: on separable data the corrections would "
            "come to an end, so no line exists.",
    kind="value",
    instances=lambda rng: [()],
    **_xor_run(1.0, 8),
    reminders={"type": 'a dict with the keys "mistakes", "from_epoch" and "weights" is expected'},
    vary=_drawn_xor_run,
    skeleton='xor_run = {"mistakes": ..., "from_epoch": ..., "weights": ...}',
    minutes=8, level=1, core=True,
)

EXERCISES = (
    PERCEPTRON_UPDATE, PERCEPTRON_FIT, EPOCHS_TO_CONVERGE, MISTAKES_PER_EPOCH, OTHER_ORDER, ROUNDING_TRAP,
    SIGNED_DISTANCE, MISTAKE_BOUND, PERCEPTRON_FIT_SIGNS, XOR_HISTORY,
)

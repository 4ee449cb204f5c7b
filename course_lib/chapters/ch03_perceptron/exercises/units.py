"""Exercises on one unit: its score, its bias, the step, the line it draws."""

import numpy as np

from course_lib.exercises.define import shaped
from course_lib.exercises.model import Contract, Exercise, Mistake


def separated_clouds(rng, n, d):
    """n points in d dimensions, their labels 0/1, and a plane w, b that separates them and misses the origin."""
    w, b = rng.normal(size=d), 0.7
    X = rng.normal(size=(n, d))
    X[0] -= w * (w @ X[0] + b + 0.5) / (w @ w)  # at least one point on either side
    X[1] -= w * (w @ X[1] + b - 0.5) / (w @ w)
    return X, (X @ w + b >= 0).astype(int), w, b


def clouds(rng, n, d):
    return separated_clouds(rng, n, d)[:2]


GATE_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


# 3.1 ------------------------------------------------------------------------------------------------------------------


def neuron(X, w, b):
    return X @ w + b


def _layers_of_one(rng):
    return [
        (np.array([[1.0, 2.0]]), np.array([3.0, -1.0]), 0.5),
        (rng.normal(size=(4, 3)), rng.normal(size=3), -0.8),
        (rng.normal(size=(2, 5)), rng.normal(size=5), 1.7),
        (rng.normal(size=(3, 3)), rng.normal(size=3), 0.3),
    ]


NEURON = Exercise(
    id="3.1",
    title="neuron",
    debrief="With the weights of M units side by side as columns the same line gives M scores for each sample: that is "
            "a layer.",
    library="course_lib.ops.neuron",
    reference=neuron,
    instances=_layers_of_one,
    arguments=("X", "w", "b"),
    contract=Contract(shapes={"X": "ND", "w": "D"}, zero="w, b"),
    outputs=("z",),
    mistakes=(
        Mistake("NEU-a", lambda X, w, b: X @ w,
                "Put x = 0 into your formula. Is the score then what the unit should say with no input at all?"),
        Mistake("NEU-b", lambda X, w, b: X @ w + 2 * b,
                "Write the score out for x = 0. How often does the bias occur?"),
        Mistake("NEU-c", lambda X, w, b: (X + b) @ w,
                "Your bias passes through the weights. What is added, and after which operation?"),
        Mistake("NEU-d", lambda X, w, b: X @ w / X.shape[1] + b,
                "Double the number of inputs by repeating them: your score stays the same. Sum or mean?"),
        Mistake("NEU-e", lambda X, w, b: X @ w - b,
                "You treat b as a threshold that the sum must pass. The course adds it instead.", convention=True),
    ),
    hints=(
        "One score for each row of X: weigh the entries of the row, add them up, shift the result.",
        "z_n = sum over d of X[n, d] w[d], plus b; a matrix product does all rows at once.",
        "return X @ w + ...",
    ),
    reminders={"shape": "one score per row is expected, shape (N,): the product of X (N, D) and w (D,)"},
    variants=(lambda X, w, b: np.array([sum(x * w) + b for x in X]), lambda X, w, b: (w * X).sum(axis=1) + b),
    minutes=4, level=1, core=True,
)


# 3.2 ------------------------------------------------------------------------------------------------------------------


def bias_trick(X, w, b):
    return np.hstack([np.ones((len(X), 1)), X]), np.concatenate([[b], w])


def _stacked(X, w, b):
    """Row by row."""
    return np.array([[1, *x] for x in X]), np.array([b, *w])


def _filled(X, w, b):
    """A table of ones, written over."""
    X1 = np.ones((X.shape[0], X.shape[1] + 1), order="F")
    X1[:, 1:] = X
    return X1, np.append(b, w)


BIAS_TRICK = Exercise(
    id="3.2",
    title="bias_trick",
    debrief="v has the length sqrt(|w|^2 + b^2): a penalty or a length that is worked out from v in place of w counts "
            "the bias too.",
    reference=bias_trick,
    instances=_layers_of_one,
    arguments=("X", "w", "b"),
    contract=Contract(shapes={"X": "ND", "w": "D"}, zero="w, b"),
    outputs=("X1", "v"),
    mistakes=(
        Mistake("BIA-a", lambda X, w, b: (np.hstack([X, np.ones((len(X), 1))]), np.concatenate([w, [b]])),
                "You put the constant input last. The course counts it as input number 0.", convention=True),
        Mistake("BIA-b", lambda X, w, b: (np.hstack([np.zeros((len(X), 1)), X]), np.concatenate([[b], w])),
                "Compare X1 @ v with X @ w + b: what does your extra input multiply the bias by?"),
        Mistake("BIA-c", lambda X, w, b: (np.hstack([np.full((len(X), 1), b), X]), np.concatenate([[1.0], w])),
                "The product is right, but your inputs now hold a parameter. Which of X1 and v is data?"),
        Mistake("BIA-d", lambda X, w, b: (np.hstack([np.ones((len(X), 1)), X]), np.concatenate([[1.0], w])),
                "The extra input is there. Which weight belongs to it?"),
        Mistake("BIA-e", lambda X, w, b: (np.hstack([np.ones((len(X), 1)), X]), np.concatenate([w, [b]])),
                "Input number 0 meets weight number 0. Are your two orders the same?"),
    ),
    hints=(
        "A weight whose input is always 1 adds the same number to every score.",
        "X1 has D + 1 columns, the first is all ones; v = (b, w_1, ..., w_D).",
        "X1 = np.hstack([np.ones((len(X), 1)), X])",
    ),
    reminders={"shape": "X1 has one column more than X, and v one entry more than w"},
    variants=(_stacked, _filled),
    minutes=6, level=1, core=False,
)


# 3.3 ------------------------------------------------------------------------------------------------------------------


def step(z):
    return (z >= 0).astype(float)


STEP = Exercise(
    id="3.3",
    title="step",
    debrief="At 0 the step says yes: this alone decides what a unit answers before its first correction.",
    library="course_lib.ops.step",
    reference=step,
    instances=lambda rng: [
        (np.array([0.0, 2.0, -1.0]),),
        (np.array([[0.3, -0.2, 0.0], [-1e-16, 1e-16, 5.0]]),),
        (rng.normal(size=(3, 4)),),
    ],
    arguments=("z",),
    contract=Contract(shapes={"z": "RQ"}, zero="z", negative="z"),
    mistakes=(
        Mistake("STP-a", lambda z: (z > 0).astype(float), "What does your unit say when the score is exactly zero?"),
        Mistake("STP-b", lambda z: np.where(z >= 0, 1.0, -1.0),
                "Your unit answers -1 or +1. In this course the labels are 0 and 1.", convention=True),
        Mistake("STP-c", lambda z: (z < 0).astype(float), "Which scores should make the unit fire, high or low ones?"),
        Mistake("STP-d", lambda z: np.heaviside(z, 0.5),
                "Halfway at zero is a common choice elsewhere. Here a unit must say yes or no, also at zero.",
                convention=True),
        Mistake("STP-e", lambda z: np.maximum(z, 0), "A score of 2 and a score of 5 should give the same answer."),
        Mistake("STP-f", lambda z: (z >= 0.5).astype(float),
                "The threshold is already in the bias. Where on the axis of z is the jump?"),
        Mistake("STP-g", lambda z: np.exp(-np.logaddexp(0, -z)), "Your answer glides from no to yes. Does a step?"),
    ),
    hints=(
        "Compare every entry with the threshold; a comparison of arrays gives an array of True and False.",
        "1 where z >= 0, else 0. Zero itself belongs to the upper part.",
        "return (z >= 0).astype(...)",
    ),
    reminders={"type": "True and False are not yet the numbers 1 and 0: convert the comparison"},
    minutes=3, level=1, core=True,
)


# 3.4 ------------------------------------------------------------------------------------------------------------------


def perceptron_predict(X, w, b):
    return step(X @ w + b)


def _predictions(rng):
    X, _ = clouds(rng, 7, 3)
    return [
        (GATE_INPUTS, np.array([2.0, 1.0]), -2.0),  # (1, 0) lies on the line
        (X, rng.normal(size=3), 0.4),
        (np.linspace(-1, 1, 9)[:, None] * np.array([[1.0, 0.5]]), np.array([1.0, 2.0]), 0.5),
        (rng.normal(size=(25, 2)), np.array([0.8, -0.6]), -0.3),
    ]


PERCEPTRON_PREDICT = Exercise(
    id="3.4",
    title="perceptron_predict",
    debrief="Of the score only the sign is left: a narrow yes and a clear one can no longer be told apart.",
    library="course_lib.ops.perceptron_predict",
    reference=perceptron_predict,
    instances=_predictions,
    arguments=("X", "w", "b"),
    contract=Contract(shapes={"X": "ND", "w": "D"}, whole="X", zero="w, b"),
    outputs=("y_hat",),
    mistakes=(
        Mistake("PRE-a", lambda X, w, b: (X @ w + b > 0).astype(float),
                "What does your unit say when the score is exactly zero?"),
        Mistake("PRE-b", lambda X, w, b: step(X @ w), "Your boundary goes through the origin whatever b is."),
        Mistake("PRE-c", lambda X, w, b: np.where(X @ w + b >= 0, 1.0, -1.0),
                "Compare the set of your outputs with the set of the labels."),
        Mistake("PRE-d", lambda X, w, b: X @ w + b, "That is the score. What turns a score into an answer?"),
        Mistake("PRE-e", lambda X, w, b: step(X @ w + b - 0.5),
                "Half is the threshold for a probability. Is a score one?"),
        Mistake("PRE-f", lambda X, w, b: step(X @ w - b),
                "Raise b: your unit fires less often. Should it?"),
        Mistake("PRE-g", lambda X, w, b: step(X @ w + 2 * b), "Write the score out for x = 0."),
    ),
    hints=(
        "Two functions you already have, one after the other.",
        "y_hat = step(z) with z = X w + b, all rows at once.",
        "return step(...)",
    ),
    minutes=3, level=1, core=True,
)


# 3.5 ------------------------------------------------------------------------------------------------------------------


def _gate_at_work(answer, X):
    """Outputs of a hand-set unit on the gate inputs, and whether it is sure of them all."""
    w1, w2, b = shaped(answer, {"w1": (), "w2": (), "b": ()})
    z = X @ np.array([w1, w2]) + b
    return step(z), bool(np.abs(z).min() >= 0.5 - 1e-9)


NAND_BY_SLIDER = Exercise(
    id="3.5",
    title="nand",
    debrief="Every logical function can be wired from NANDs alone: enough units like this one do what any circuit "
            "without a memory does.",
    kind="choice",
    reference={"w1": -1.0, "w2": -1.0, "b": 1.5},
    instances=lambda rng: [(GATE_INPUTS,)],
    call=_gate_at_work,
    arguments=("X",),
    outputs=("outputs for 00, 01, 10, 11", "every score at least 0.5 away from 0"),
    mistakes=(
        Mistake("NAND-a", {"w1": 1.0, "w2": 1.0, "b": -1.5},
                "Your unit fires only when both inputs are on. NAND is the opposite answer everywhere."),
        Mistake("NAND-b", {"w1": -1.0, "w2": -1.0, "b": 0.5},
                "One input on already silences your unit. Which single input may silence NAND?"),
        Mistake("NAND-c", {"w1": 1.0, "w2": 1.0, "b": -0.5},
                "Your unit fires when at least one input is on. Look at the row 00 of the table."),
        Mistake("NAND-d", {"w1": -2.0, "w2": -1.0, "b": 2.0},
                "All four answers are right, but one point lies on the line or close to it. Move the line between "
                "the points."),
        Mistake("NAND-e", {"w1": -1.0, "w2": -1.0, "b": 2.5},
                "Your unit fires for all four inputs. What must the two weights together be able to outvote?"),
    ),
    hints=(
        "Without input the unit must fire, so the bias is positive; each input must pull it down.",
        "You need b > 0, b + w1 > 0, b + w2 > 0 and b + w1 + w2 < 0, each by 0.5.",
        "By symmetry take w1 = w2 = -1; then b lies between ... and ...",
    ),
    reminders={"type": 'a dict with the keys "w1", "w2" and "b" is expected'},
    skeleton='nand = {"w1": ..., "w2": ..., "b": ...}',
    minutes=8, level=2, core=True,
)


# 3.6 ------------------------------------------------------------------------------------------------------------------

def _by_hand(w, b, x, lr):
    """The exercise with these numbers; the label is 1 and the score is negative."""
    w, x = np.array(w), np.array(x)

    def after(e, bias_rate=1.0, rate=lr):
        new_w, new_b = (w + rate * e * x).round(9), round(b + rate * e * bias_rate, 9)
        return {"w": new_w, "b": new_b, "z_new": round(float(new_w @ x) + new_b, 9)}

    z = float(w @ x) + b
    right = {"z": z, "y_hat": 0, "e": 1, **after(1)}
    return {
        "reference": right,
        "mistakes": (
            Mistake("HND-a", right | {"e": -1, **after(-1)},
                    "The unit said no where it should have said yes. Should its score rise or fall?"),
            Mistake("HND-b", right | after(1, bias_rate=0), "Which parameter stays at its start value?"),
            Mistake("HND-c", right | after(1, rate=1.0), "Your step is a full one. How large is lr here?"),
            Mistake("HND-d", right | {"z_new": z}, "The last number belongs to the weights after the update."),
            Mistake("HND-e", right | {"e": 1 - z, **after(1 - z)},
                    "Your error is measured from the score. From which of the two numbers z and y_hat is it "
                    "measured?"),
        ),
        "hints": (
            "Go in the order of the lines: score, answer, error, new weights, new bias, new score.",
            "e = y - y_hat; w + lr e x; b + lr e; then the score again with the new numbers.",
            f"z = {_plain(w[0])} * {x[0]:g} + {_plain(w[1])} * {x[1]:g} + {_plain(b)}",
        ),
    }


def _plain(number):
    return f"{number:g}" if number >= 0 else f"({number:g})"


def _drawn_by_hand(rng):
    while True:  # steps of 1/2 and 1/10, so that paper is enough
        w, b = rng.integers(-6, 7, size=2) / 2, int(rng.integers(-4, 5)) / 2
        x, lr = rng.integers(1, 7, size=2) / 2, int(rng.choice([1, 2, 3, 4, 5])) / 10
        z, rise = float(w @ x) + b, lr * float(x @ x + 1)
        if w.all() and b and z <= -0.25 and z + rise >= 0.25:
            break
    exercise = _by_hand(w, b, x, lr)
    z_new = exercise["reference"]["z_new"]
    return exercise, {
        "Take $w = (1, -2)$, $b = 0.5$, the sample $x = (2, 1.5)$ with label $y = 1$, and lr $= 0.4$.":
            f"Take $w = ({w[0]:g}, {w[1]:g})$, $b = {b:g}$, the sample $x = ({x[0]:g}, {x[1]:g})$ with label $y = 1$, "
            f"and lr $= {lr:g}$.",
        r"$\lVert x \rVert^2 = 4 + 2.25$, so the score must move by $0.4 \cdot 1 \cdot 7.25 = 2.9$.":
            rf"$\lVert x \rVert^2 = {x[0] ** 2:g} + {x[1] ** 2:g}$, so the score must move by "
            rf"${lr:g} \cdot 1 \cdot {x @ x + 1:g} = {rise:g}$.",
        'x, lr = np.array([2.0, 1.5]), 0.4\nprint(f"{lr * 1 * (x @ x + 1):.1f}")':
            f'x, lr = np.array([{x[0]}, {x[1]}]), {lr}\nprint(f"{{lr * 1 * (x @ x + 1):g}}")',
        "From $-0.5$ to $2.4$ is a rise of $2.9$: the sample": f"From ${z:g}$ to ${z_new:g}$ is a rise of ${rise:g}$: "
            "the sample",
    }


UPDATE_BY_HAND = Exercise(
    id="3.6",
    title="one update by hand",
    debrief="The longer the sample, the further its score moves: if the inputs are not scaled, the longest samples do "
            "most of the teaching.",
    kind="value",
    instances=lambda rng: [()],
    **_by_hand((1.0, -2.0), 0.5, (2.0, 1.5), 0.4),
    reminders={"type": 'a dict with the keys "z", "y_hat", "e", "w", "b", "z_new" is expected'},
    vary=_drawn_by_hand,
    skeleton='by_hand = {"z": ..., "y_hat": ..., "e": ..., "w": [..., ...], "b": ..., "z_new": ...}',
    minutes=6, level=1, core=False,
)

EXERCISES = (NEURON, BIAS_TRICK, STEP, PERCEPTRON_PREDICT, NAND_BY_SLIDER, UPDATE_BY_HAND)

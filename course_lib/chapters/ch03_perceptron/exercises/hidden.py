"""Exercises beyond one unit: fixed features, a hidden layer set by hand, dead units, the sigmoid unit, statements."""

import numpy as np

from course_lib import datasets
from course_lib.chapters.ch03_perceptron.exercises.learning import SAY
from course_lib.chapters.ch03_perceptron.exercises.units import GATE_INPUTS, step
from course_lib.exercises.define import exchangeable, margins, shaped
from course_lib.exercises.model import Contract, Exercise, Mistake, case


def relu(z):
    return np.maximum(z, 0)


# 3.17 -----------------------------------------------------------------------------------------------------------------


def product_feature(X):
    return np.column_stack([X, X[:, 0] * X[:, 1]])


PRODUCT_FEATURE = Exercise(
    id="3.17",
    title="product_feature",
    debrief="On inputs 0 and 1 a square is nothing new, x^2 = x: with the bias these three features are enough for "
            "every function of two bits.",
    reference=product_feature,
    instances=lambda rng: [(GATE_INPUTS,), (rng.normal(size=(3, 2)),), (rng.normal(size=(5, 2)),)],
    arguments=("X",),
    contract=Contract(shapes={"X": "N."}, zero="X", negative="X"),
    outputs=("phi",),
    mistakes=(
        Mistake("PHI-a", lambda X: np.column_stack([X, X[:, 0] + X[:, 1]]),
                "A sum of the inputs is something the unit can form already. Which new column is not a weighted sum?"),
        Mistake("PHI-b", lambda X: np.column_stack([X, X[:, 0] ** 2]),
                "On 0 and 1 your new column repeats an old one. Which column tells (1, 1) from the other three?"),
        Mistake("PHI-c", lambda X: np.column_stack([X[:, 0] * X[:, 1], X]),
                "The right columns in another order: the new one comes last here.", convention=True),
        Mistake("PHI-d", lambda X: np.column_stack([X, np.abs(X[:, 0] - X[:, 1])]),
                "This column is XOR itself on the four points. The text asks for another one."),
        Mistake("PHI-e", lambda X: np.column_stack([X, X[0, 0] * X[:, 1]]),
                "Every row needs its own product. Which row does your first factor come from?"),
    ),
    hints=(
        "Keep both inputs and add one column that is on only when both inputs are on.",
        "phi(x) = (x1, x2, x1 x2), one row for each sample.",
        "return np.column_stack([X, ...])",
    ),
    reminders={"shape": "phi has three columns: x1, x2 and the new one, shape (N, 3)"},
    minutes=4, level=1, core=False,
)


# 3.18 -----------------------------------------------------------------------------------------------------------------

PAIRS = np.array([[2, 1], [1, 1], [1, 2], [0, 0], [2, -1], [-1, -1], [-2, 1], [-1, -2]], dtype=float)


def _difference_at_work(answer, X):
    W1, W2 = shaped(answer, {"W1": (2, 2), "W2": (2,)})
    signs = np.concatenate([W1.ravel(), W2.ravel()])
    return relu(X @ W1) @ W2, bool(np.isin(signs, (-1, 1)).all())


_FOLD = np.array([[1.0, -1.0], [-1.0, 1.0]])

DIFFERENCE_BY_HAND = Exercise(
    id="3.18",
    title="x1 - x2",
    debrief="With other weights allowed there are infinitely many answers: c > 0 times a column of W1 and 1/c times "
            "its entry of W2 change no output.",
    kind="value",
    reference={"W1": _FOLD, "W2": np.array([1.0, -1.0])},
    instances=lambda rng: [(PAIRS,)],
    call=_difference_at_work,
    arguments=("X",),
    outputs=("y_hat", "all entries -1 or 1"),
    points=2,
    mistakes=(
        Mistake("DIF-a", {"W1": _FOLD, "W2": np.array([1.0, 1.0])},
                "Your net never answers below zero. Which part of it loses the sign?"),
        Mistake("DIF-b", {"W1": _FOLD, "W2": np.array([-1.0, 1.0])},
                "Every answer has the wrong sign. Which of the two hidden units should speak for x1 > x2?"),
        Mistake("DIF-c", {"W1": np.array([[1.0, -1.0], [1.0, -1.0]]), "W2": np.array([1.0, -1.0])},
                "Your net adds the inputs. Try the sample (1, 1)."),
        Mistake("DIF-d", {"W1": np.array([[1.0, 1.0], [-1.0, -1.0]]), "W2": np.array([1.0, -1.0])},
                "Your two hidden units are copies of each other, and the output subtracts them."),
        Mistake("DIF-e", {"W1": 2 * _FOLD, "W2": np.array([0.5, -0.5])},
                "The answers are right; the entries are not all -1 or 1."),
        Mistake("DIF-f", {"W1": np.array([[1.0, -1.0], [-1.0, -1.0]]), "W2": np.array([1.0, -1.0])},
                "Positive differences come out right, some negative ones do not. For which inputs does your second "
                "unit fire?"),
    ),
    hints=(
        "A ReLU passes only positive numbers, so one unit can report x1 - x2 when positive. Who reports the rest?",
        "z = relu(z) - relu(-z) for every number z.",
        "The first column of W1 computes x1 - x2: its entries are 1 and -1.",
    ),
    reminders={"type": 'a dict with the keys "W1" (2, 2) and "W2" (2,) is expected',
            "shape": "columns of W1 belong to hidden units: W1 is (2, 2), W2 is (2,)",
            "value": "follow this sample: what each column of W1 gives, the ReLU, and what W2 makes of both"},
    skeleton='difference = {"W1": ..., "W2": ...}',
    minutes=10, level=2, core=False,
)


# 3.19 -----------------------------------------------------------------------------------------------------------------


def _relu_net_at_work(answer, X):
    W1, b1, W2, b2 = shaped(answer, {"W1": (2, 2), "b1": (2,), "W2": (2,), "b2": ()})
    return relu(X @ W1 + b1) @ W2 + b2


def _relu_net(W1, W2, b1=(0.0, 0.0), b2=0.0):
    return {"W1": np.array(W1), "b1": np.array(b1), "W2": np.array(W2), "b2": b2}


XOR_BY_HAND = Exercise(
    id="3.19",
    title="XOR by hand",
    debrief="The corners fix nothing in between: with s = x1 + x2 the net relu(s) - 2 relu(s - 1) is XOR as well, and "
            "is 1 at (1/2, 1/2), where |x1 - x2| is 0.",
    kind="value",
    reference=_relu_net(_FOLD, [1.0, 1.0]),
    instances=lambda rng: [(GATE_INPUTS,)],
    call=_relu_net_at_work,
    arguments=("X",),
    outputs=("y_hat",),
    points=2,
    mistakes=(
        Mistake("XRH-a", _relu_net(_FOLD, [1.0, -1.0]),
                "This is x1 - x2. XOR asks whether the inputs differ, not which one is larger."),
        Mistake("XRH-b", _relu_net(np.eye(2), [1.0, 1.0]),
                "Three answers are right, 11 gives 2. Which hidden unit could notice that both inputs are on?"),
        Mistake("XRH-c", _relu_net(_FOLD, [-1.0, -1.0], b2=1.0),
                "Your net answers 1 where the inputs agree, the opposite of XOR."),
        Mistake("XRH-d", _relu_net([[1.0, 1.0], [1.0, 1.0]], [1.0, -1.0], b1=(0.0, -1.0)),
                "Your net computes OR: 11 gives 1. The second unit should take back more than it does."),
        Mistake("XRH-f", _relu_net([[1.0, 1.0], [1.0, 1.0]], [1.0, -2.0]),
                "Your answers fall with the number of inputs that are on. Which bias lets a hidden unit wait until "
                "both are?"),
        Mistake("XRH-g", _relu_net([[1.0, 1.0], [1.0, 1.0]], [1.0, -1.0]),
                "Your net answers 0 to all four. Which hidden unit gives something else for 01 than for 11, and for "
                "00 than for 01?"),
        Mistake("XRH-e", _relu_net([[1.0, 1.0], [-1.0, -1.0]], [1.0, 1.0]),
                "Both hidden units see the same side of the line x1 = x2. Who looks at the other side?"),
    ),
    hints=(
        "On the four points XOR is the distance between the inputs, |x1 - x2|.",
        "|z| = relu(z) + relu(-z).",
        "W1 may stay as in exercise 3.18; look at W2.",
    ),
    reminders={"type": 'a dict with the keys "W1", "b1", "W2", "b2" is expected',
            "shape": "W1 is (2, 2), b1 and W2 are (2,), b2 is a number",
            "value": "follow this sample: what each hidden unit gives after its ReLU, and what W2 and b2 make of both"},
    skeleton='xor = {"W1": [[..., ...], [..., ...]], "b1": [..., ...], "W2": [..., ...], "b2": ...}',
    minutes=12, level=2, core=True,
)


# 3.20 -----------------------------------------------------------------------------------------------------------------


def dead_units(X, W1, b1):
    return (X @ W1 + b1 <= 0).all(axis=0)


def _hidden_layers(rng):
    shapes = ((4, 2, 3), (6, 3, 5), (3, 2, 2))
    layers = [(GATE_INPUTS, np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]]), np.zeros(3))]
    for n, d, h in shapes:
        b = rng.normal(size=h)
        W = rng.normal(size=(d, h))
        X = np.abs(rng.normal(size=(n, d)))
        W[:, 0], b[0] = -np.abs(W[:, 0]), -0.2  # dead
        W[:, 1], b[1] = -np.abs(W[:, 1]), 0.4 + (X @ np.abs(W[:, 1])).min()  # alive thanks to its bias, for one sample
        layers.append((X, W, b))
    X, W = rng.normal(size=(5, 4)), rng.normal(size=(4, 12))
    layers.append((X, W, -(X @ W).max(axis=0) + margins(rng, 12)))  # dead or alive, by a narrow margin
    large = case("large inputs", np.array([[2.0], [4.0]]), np.array([[1.0, -1.0]]), np.array([-1.5, 3.0]))
    return [*layers, large]


DEAD_UNITS = Exercise(
    id="3.20",
    title="dead_units",
    debrief="One sample with a positive score is enough to be alive: the slope there is 1, and through it the weights "
            "can still move.",
    reference=dead_units,
    instances=_hidden_layers,
    arguments=("X", "W1", "b1"),
    contract=Contract(shapes={"X": "ND", "W1": "DH", "b1": "H"}, zero="X, W1, b1", negative="b1"),
    outputs=("dead",),
    points=2,
    mistakes=(
        Mistake("DED-a", lambda X, W1, b1: (X @ W1 + b1 <= 0).any(axis=0),
                "A unit that is silent for one sample may still learn from another."),
        Mistake("DED-b", lambda X, W1, b1: (X @ W1 + b1 < 0).all(axis=0),
                "What is the slope of the ReLU at a score of exactly zero, by the course's convention?"),
        Mistake("DED-c", lambda X, W1, b1: (X @ W1 <= 0).all(axis=0),
                "Some units live by their bias alone. Is it in your score?"),
        Mistake("DED-d", lambda X, W1, b1: (X @ W1 + b1).mean(axis=0) <= 0,
                "A unit may be silent on average and still fire for one sample."),
        Mistake("DED-e", lambda X, W1, b1: (X @ W1 + b1 > 0).any(axis=0),
                "You mark the units that live."),
    ),
    hints=(
        "A unit learns from a sample only when its score there is positive.",
        "Unit h is dead when z[n, h] <= 0 for every sample n, with z = X W1 + b1.",
        "z = X @ W1 + b1",
    ),
    reminders={"shape": "one answer per hidden unit is expected, shape (H,)"},
    minutes=10, level=2, core=False,
)


# 3.21 -----------------------------------------------------------------------------------------------------------------


def _dots_at_work(answer, X, y):
    """Errors of the single step unit and of the net with two hidden step units."""
    shapes = {"w": (2,), "b": (), "W1": (2, 2), "b1": (2,), "W2": (2,), "b2": ()}
    w, b, W1, b1, W2, b2 = shaped(answer, shapes)
    single, net = step(X @ w + b), step(step(X @ W1 + b1) @ W2 + b2)
    return np.count_nonzero(single != y), np.count_nonzero(net != y)


_BAND = {
    "w": np.array([1.0, 1.0]), "b": 0.85,
    "W1": np.array([[1.0, -1.0], [1.0, -1.0]]), "b1": np.array([0.85, 1.4]),
    "W2": np.array([1.0, 1.0]), "b2": -1.5,
}

DOTS_BY_HAND = Exercise(
    id="3.21",
    title="two lines for the dots",
    debrief="AND of several half-planes is always a convex region: a shape with a dent asks for another gate, or for "
            "one more layer.",
    kind="choice",
    reference=_BAND,
    instances=lambda rng: [datasets.overlapping_dots(0)],
    call=_dots_at_work,
    arguments=("X", "y"),
    outputs=("errors of the single unit", "errors of the net"),
    points=2,
    mistakes=(
        Mistake("DOT-a", _BAND | {"b2": -0.5},
                "Each dot of class 1 lies between your lines. How many of them must agree before the output fires?"),
        Mistake("DOT-b", _BAND | {"W2": np.array([1.0, 0.0]), "b2": -0.5},
                "Your net does no better than the single unit: its output listens to one line only."),
        Mistake("DOT-c", _BAND | {"w": np.array([-1.0, -1.0]), "b": -0.85},
                "Your single unit fires on the wrong side of its line."),
        Mistake("DOT-d", _BAND | {"b": 0.0}, "Your single unit cuts through a group. Move its line into the gap."),
        Mistake("DOT-e", _BAND | {"W1": np.array([[1.0, 1.0], [1.0, 1.0]]), "b1": np.array([0.85, -1.4])},
                "Your second hidden unit fires on the far side of its line. On which side are the dots of class 1?"),
    ),
    hints=(
        "The blue dots lie in a band across the diagonal: between two parallel lines x1 + x2 = constant.",
        "One unit fires above the lower line, one below the upper line, and the output demands both.",
        "The first unit is the single one: w = (1, 1), and b puts the line into the gap near x1 + x2 = -0.85.",
    ),
    reminders={"type": 'a dict with the keys "w", "b", "W1", "b1", "W2", "b2" is expected',
            "shape": "w is (2,), W1 is (2, 2) with one column per hidden unit, b1 and W2 are (2,), b and b2 numbers"},
    skeleton=(
        'dots = {\n'
        '    "w": ..., "b": ...,\n'
        '    "W1": ..., "b1": ...,\n'
        '    "W2": ..., "b2": ...,\n'
        '}'
    ),
    minutes=15, level=2, core=False,
)


# 3.22 -----------------------------------------------------------------------------------------------------------------


def _sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def logistic_update(x, y, w, b, lr):
    e = y - _sigmoid(w @ x + b)
    return w + lr * e * x, b + lr * e


@exchangeable
def _logistic(error, bias_rate=1.0, bias=1.0):
    def update(x, y, w, b, lr):
        e = error(y, w @ x + bias * b)
        return w + lr * e * x, b + lr * bias_rate * e

    return update


LOGISTIC_UPDATE = Exercise(
    id="3.22",
    title="logistic_update",
    debrief="Far from the line e is almost the perceptron's, near 0 or near 1 in size: it is the samples close to the "
            "line that are treated otherwise.",
    reference=logistic_update,
    instances=lambda rng: [
        (np.array([1.0, 2.0]), 1, np.array([0.5, -1.0]), 0.25, 0.5),
        (np.array([1.0, -1.0]), 0, np.array([2.0, 0.5]), -0.25, 0.5),
        (rng.normal(size=3), 1, rng.normal(size=3), 0.3, 0.7),
        (rng.normal(size=5), 0, rng.normal(size=5), -0.6, 2.0),
    ],
    arguments=("x", "y", "w", "b", "lr"),
    contract=Contract(shapes={"x": "D", "w": "D"}, whole="x", zero="x, w", values={"y": (0, 1)}),
    outputs=("w", "b"),
    points=2,
    mistakes=(
        Mistake("LGU-a", _logistic(lambda y, z: y - float(z >= 0)),
                "This is the perceptron's correction. What does a sigmoid unit answer?"),
        Mistake("LGU-b", _logistic(lambda y, z: (y - _sigmoid(z)) * _sigmoid(z) * (1 - _sigmoid(z))),
                "Your step carries the slope of the sigmoid. With the log loss, what remains of it?"),
        Mistake("LGU-c", _logistic(lambda y, z: _sigmoid(z) - y),
                "Your step climbs the loss. In which direction must a descent go?"),
        Mistake("LGU-d", _logistic(lambda y, z: y - z), "The score is not yet a probability."),
        Mistake("LGU-e", _logistic(lambda y, z: y - _sigmoid(z), bias_rate=0.0), SAY["PER-2"]),
        Mistake("LGU-f", _logistic(lambda y, z: y - _sigmoid(z), bias=0.0),
                "Put x = 0 into your score. Does the bias take part?"),
        Mistake("LGU-g", lambda x, y, w, b, lr: logistic_update(x, y, w, b, 1.0),
                "Your step has the same length for every learning rate."),
    ),
    hints=(
        "Differentiate the log loss with respect to the score first; the slope of the sigmoid cancels.",
        "dL/dz = sigmoid(z) - y, and dz/dw = x, dz/db = 1; the update is minus lr times the gradient.",
        "e = y - ops.sigmoid(w @ x + b)",
    ),
    reminders={"shape": "w keeps its shape (D,) and b stays a single number"},
    minutes=8, level=1, core=True,
)


# 3.23 -----------------------------------------------------------------------------------------------------------------

_REPAIRS = {"A": 2, "B": 0, "C": 1, "D": 3, "E": 0, "F": 2, "G": 1, "H": 3}

STATEMENTS = Exercise(
    id="3.23",
    title="right or repaired",
    debrief="E needs its zero start: elsewhere lr counts beside the size of the first weights; scale both together, "
            "and no answer changes.",
    kind="value",
    reference=_REPAIRS,
    instances=lambda rng: [()],
    points=2,
    mistakes=(
        Mistake("STA-a", dict.fromkeys("ABCDEFGH", 0), "Not all of them are right. Begin with the two about the step."),
        Mistake("STA-b", _REPAIRS | {"A": 1}, "Look at A again: what is the slope of a count of mistakes?"),
        Mistake("STA-c", _REPAIRS | {"C": 2}, "Look at C again: does a small learning rate give the step unit "
                "probabilities?"),
        Mistake("STA-d", _REPAIRS | {"D": 2}, "Look at D again, and at the run with lr = 0.1."),
        Mistake("STA-e", _REPAIRS | {"E": 1}, "Look at E again: follow the first two updates with lr and with 2 lr."),
        Mistake("STA-f", _REPAIRS | {"F": 1}, "Look at F again: what does the course count, and where does it begin?"),
        Mistake("STA-g", _REPAIRS | {"H": 0}, "Look at H again, and at the history of XOR."),
        Mistake("STA-h", _REPAIRS | {"H": 1}, "Look at H again, and at the history of XOR."),
    ),
    hints=(
        "Two of the eight stand as they are; each of the others fails on an example from this chapter.",
        "A: slope of the step. C: what is trained, and by which loss. D: order, rounding. F: weight layers. H: XOR.",
        "B and E are right as they stand.",
    ),
    reminders={"type": 'a dict from the letters "A" to "H" to numbers 0 to 3 is expected'},
    skeleton='verdicts = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ..., "F": ..., "G": ..., "H": ...}',
    minutes=12, level=2, core=False,
)

# 3.24 -----------------------------------------------------------------------------------------------------------------


def errors_of_line(X, y, angle, b):
    alpha = np.radians(angle)
    w = np.cos(alpha), np.sin(alpha)
    return np.sum((X @ w + b >= 0) != y)


def _one_by_one(X, y, angle, b):
    w = np.exp(1j * np.pi * angle / 180)
    return sum(int((x1 * w.real + x2 * w.imag + b >= 0) != label) for (x1, x2), label in zip(X, y, strict=True))


def _counted(X, y, angle, b):
    alpha = np.deg2rad(angle)
    return int(np.abs(step(X @ np.array([np.cos(alpha), np.sin(alpha)]) + b) - y).sum())


@exchangeable
def _line(w=lambda alpha: (np.cos(alpha), np.sin(alpha)), alpha=np.radians, answer=lambda z: z >= 0, bias=1.0,
          count=np.sum):
    """The count with one slip."""
    return lambda X, y, angle, b: count(answer(X @ np.array(w(alpha(angle))) + bias * b) != y)


def _lines(rng):
    on_it = case("a sample on the line", np.array([[1.0, 2.0], [2.0, 0.5], [0.0, 1.0]]), np.array([1, 0, 0]), 0.0, -1.0)
    drawn = [(rng.normal(size=(n, 2)), rng.integers(0, 2, n), angle, b)
             for n, angle, b in ((5, 90.0, 0.3), (40, 30.0, -0.4), (60, 250.0, 0.5), (50, 140.0, -0.2))]
    return [on_it, *drawn, (*datasets.overlapping_dots(0), 45.0, 0.6)]


ERRORS_OF_LINE = Exercise(
    id="3.24",
    title="errors_of_line",
    debrief="The count is flat almost everywhere and jumps in between: a slider finds a better line by trying, a slope "
            "leads nowhere.",
    reference=errors_of_line,
    instances=_lines,
    arguments=("X", "y", "angle", "b"),
    contract=Contract(shapes={"X": "N.", "y": "N"}, zero="b", values={"angle": (0, 180, -30)}),
    outputs=("errors",),
    mistakes=(
        Mistake("EOL-a", _line(alpha=lambda angle: angle), "The angle is given in degrees. What does np.cos expect?"),
        Mistake("EOL-b", _line(w=lambda alpha: (np.sin(alpha), np.cos(alpha))),
                "At 0 degrees w is to point along x1. Where does yours point?"),
        Mistake("EOL-c", _line(answer=lambda z: z > 0), "What does the unit answer for a sample exactly on its line?"),
        Mistake("EOL-d", _line(count=lambda wrong: np.sum(~wrong)), "You count the samples that are answered rightly."),
        Mistake("EOL-e", _line(bias=0.0), "Your line always passes through the origin. Which number shifts it?"),
        Mistake("EOL-f", _line(bias=-1.0), "Your line moves the other way when b grows."),
        Mistake("EOL-g", _line(count=np.mean), "The number of errors is asked for, and yours is their share."),
    ),
    hints=(
        "Make w from the angle, ask the unit for its answers, and compare them with the labels.",
        "w = (cos alpha, sin alpha) with alpha = angle pi / 180; an answer is 1 where w.x + b >= 0.",
        "w = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])",
    ),
    minutes=5,
    level=1,
    core=False,
    variants=(_one_by_one, _counted),
    reminders={"type": "one whole number is expected"},
)

EXERCISES = (
    PRODUCT_FEATURE, DIFFERENCE_BY_HAND, XOR_BY_HAND, DEAD_UNITS, DOTS_BY_HAND, LOGISTIC_UPDATE, STATEMENTS,
    ERRORS_OF_LINE,
)

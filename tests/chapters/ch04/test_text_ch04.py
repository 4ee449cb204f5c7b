"""Chapter 04: the numbers in its sentences, computed again."""

import math
from functools import cache

import numpy as np
import prose
import pytest
from needs import needs

from course_lib import datasets, dense, gradcheck, ops
from course_lib.chapters.ch04_backpropagation import experiments as ch04
from course_lib.chapters.ch04_backpropagation.demos.backprop import DifferenceStep, GradientByLayer
from course_lib.chapters.ch04_backpropagation.demos.training import DepthAndWidth, XORTraining
from course_lib.chapters.ch04_backpropagation.exercises import EXERCISES, runs
from course_lib.chapters.ch04_backpropagation.predictions import PREDICTIONS
from course_lib.viz import demos

TEXT = prose.prose("04_backpropagation")
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
DOUBLE, SINGLE = np.finfo(np.float64), np.finfo(np.float32)
PARAMETERS = ops.count_parameters((784, 784, 512, 10))
BIG = ops.ACTIVATIONS["gelu"].derivative
Z = np.linspace(-6, 6, 120_001)


def slope(name, z):
    return ops.ACTIVATIONS[name].derivative(np.array([float(z)]))[0]


def gelu():
    """The largest slope, where it is, and where the slope changes its sign."""
    slopes = BIG(Z)
    return slopes.max(), Z[slopes.argmax()], Z[np.flatnonzero(slopes < 0)[-1]]


def biases():
    """Slopes of three sigmoids in a row for the biases 3, 2 and 1, by differences."""
    f = lambda p: ops.sigmoid(p[4] * ops.sigmoid(p[2] * ops.sigmoid(p[0] * 0.5 + p[1]) + p[3]) + p[5])
    return gradcheck.numerical_gradient(f, np.array([0.8, 0.1, -1.2, 0.4, 1.5, -0.3]))[[5, 3, 1]]


def losses():
    table = RIGHT["4.15"](np.array([0.5, 0.3, 0.2]), np.array([0.7, 0.2, 0.1]))
    return table["cross_entropy"], table["kl"], table["cross_entropy"] - table["kl"]


def hidden_slopes():
    _, _, dz = RIGHT["4.23"](np.array([0.3, 0.6]), 1.0, np.array([0.5, 0.9]))
    return dz[1], dz[0]


@cache
def gradients_by_layer(activation, scale):
    demo = GradientByLayer()
    norms = [demo.state(20, activation, scale, start)["norms"] for start in range(11)]
    return np.median([(each[-1] / each[0]) ** (1 / 19) for each in norms])


@cache
def two_spirals(width):
    """Loss and points that are wrong of the figure that is built in the chapter, at its rate."""
    X, arm = datasets.spiral(200, 2, 0.1, np.random.default_rng(0))
    run = dense.train((2, width, 2), 3 * X, arm, loss="cross_entropy", lr=0.3, epochs=500, momentum=0.9, rng=0)
    return run.loss[-1], int(np.sum(run.predict(3 * X).argmax(axis=1) != arm))


@cache
def spiral_table():
    return DepthAndWidth().reset().current["mean"]


CLAIMS = {
    "The function must give {} for the net 4-5-5-2: {} weights and {} biases.":
        lambda: (ops.count_parameters((4, 5, 5, 2)), 4 * 5 + 5 * 5 + 5 * 2, 5 + 5 + 2),
    "The digit network has {} parameters.": lambda: PARAMETERS,
    "by wiggling every weight would cost {} forward passes": lambda: PARAMETERS,
    "computes all {} slopes, exactly": lambda: PARAMETERS,
    "With 60,000 training pictures the network has {} parameters for each picture.": lambda: PARAMETERS / 60_000,
    "is beyond the largest float64, about ${}$": lambda: DOUBLE.max,
    "beyond $|z| = 5$ it is below {}.": lambda: slope("sigmoid", 5),
    "at $z = 3$ its slope is {}.": lambda: slope("tanh", 3),
    r"$\lambda = {}$ and $a = {}$:": lambda: (
        ops.selu(np.ones(1))[0], -ops.selu(np.array([-50.0]))[0] / ops.selu(np.ones(1))[0]),
    "The largest slope of GELU is {}, near $z = {}$, and left of $z = {}$ its slope": gelu,
    "A share of ${}$ is not a probability.": lambda: ops.linear_share(np.array([-0.71, 0.7, 0.44]))[0],
    "It gives {}, {}, {}. Subtracting": lambda: tuple(ops.softmax(np.array([-0.71, 0.7, 0.44]))),
    "A printed table gives {} without a unit: those are bits. The course uses the natural logarithm, {} nats.":
        lambda: tuple(ch04.cross_entropy_units().values()),
    "The cross-entropy is {} and the divergence {}; the difference, {}, is the entropy": losses,
    "the bias gradients are {}, {} and ${}$, each": lambda: tuple(biases()),
    "at an output of 0.9 the sigmoid is nearly saturated, so its gradient ({}) is smaller than that of the first unit "
    "({}).": hidden_slopes,
    "compares {} weights where there are {} parameters":
        lambda: (2 * 100 + 100 * 2, ops.count_parameters((2, 100, 2))),
    r"a relative precision $\varepsilon \approx {}$": lambda: DOUBLE.eps,
    r"the lowest point near $h = (3 \varepsilon |f|/|f'''|)^{1/3}$, about ${}$":
        lambda: prose.rounded((3 * DOUBLE.eps) ** (1 / 3), 1),
    r"In float32, $\varepsilon = {}$": lambda: SINGLE.eps,
    "a point of class 0 with $P = 0.999$ for class 1 pushes with {} instead of {}:":
        lambda: (0.999 * 0.999 * (1 - 0.999), 0.999),
    "$(40-1)/(40+1) = {}$": lambda: 39 / 41,
    "Three slopes 0.5, 0.4 and 0.1 multiply to {}.": lambda: ch04.chain_product()[0],
    "With a learning rate of 0.01 the step is {}.": lambda: ch04.chain_product()[1],
    r"sampled one an RReLU. $0.5 \cdot 0.4 \cdot 0.1 = {}$.": lambda: 0.5 * 0.4 * 0.1,
    "With sigmoids the dots fall by about a factor of {} a layer": lambda: gradients_by_layer("sigmoid", 1.0),
    "Raise the scale to 3 and the gradients explode instead: the dots grow by a factor of about {} a layer on the way "
    "back": lambda: 1 / gradients_by_layer("relu", 3.0),
    "the fourth brings the loss near {}, and there it stays": lambda: two_spirals(4)[0],
    "what is left is {} point of 200 that lies": lambda: two_spirals(4)[1],
    '"Standard normal weights lie between $-1$ and 1, so the product vanishes": {} percent of them lie outside.':
        lambda: 100 * math.erfc(1 / math.sqrt(2)),
    "About {} percent of standard normal numbers lie outside": lambda: 100 * math.erfc(1 / math.sqrt(2)),
    "Of 200 starts, {} percent fall below": lambda: 100 * runs.XOR_RATES[3]["uniform"][0.1],
    r"its loss is $\ln 10 = {}$.": lambda: math.log(10),
    "starts far from {}, something": lambda: math.log(10),
    "{} parameters, by formula": lambda: ops.count_parameters((64, 48, 32, 10)),
    "a rate near 0.96 is uncertain by about {} points either way":
        lambda: 100 * (ops.accuracy_interval(0.96, 360)[1] - 0.96),
    "we take the {} real digits of 8 × 8 pixels, scaled to the range 0 to 1; {} of them are kept apart":
        lambda: (sum(len(part) for part in (datasets.digits8().X_train, datasets.digits8().X_test)),
                 len(datasets.digits8().X_test)),
    "gets all three in one case out of {}.": lambda: 1 / 0.6**3,
    "magnitudes from about $10^{-308}$ to ${}$, a float32 from $10^{-38}$ to ${}$.":
        lambda: (DOUBLE.max, SINGLE.max),
    "$e^{z}$ overflows at $z = {}$ in float64 and at {} in float32; $e^{-z}$ becomes exactly 0 near {} and {},":
        lambda: (math.ceil(math.log(DOUBLE.max)), math.ceil(math.log(SINGLE.max)),
                 *(math.log(2) - math.log(kind.smallest_subnormal) for kind in (DOUBLE, SINGLE))),
}
#: inputs, sizes that somebody chose, and what is quoted from print
GIVEN = ("(a = 0.01)", "A leak of 0.2 that stays 0.2", "with $a = 0.2$",
         "such as 0.71, 0.7, 0.44. What happens when the first score is $-0.71$?", "one finds $-0.383$ for it",
         "two labels 0.9 at once", "(0.128, 0.719, 0.153)", "$a = (0.5, 0.3, 0.2)$, truth $y = (0.7, 0.2, 0.1)$",
         "$x = 0.5$, $w = (0.8, -1.2, 1.5)$, $b = (0.1, 0.4, -0.3)$", "on the way, 1.5 and $-1.2$",
         "For weights 0.3 and 0.6", "0.3 and 0.6 times the error", "has 0.002 and a step of 0.00002",
         "the scale near 1.4", "learning rate 0.1, 1000 epochs", "drawn from $-0.5$ to 0.5",
         "a final error of 0.000378", "learned what falls below 0.001", " an error of 0.001",
         "0.02, 0.05, 0.1 or 0.2", "Weights between $-0.5$ and 0.5", "narrow valley: at 0.2",
         "A rate of 0.1 with `momentum=0.9`",
         "a learning rate of 0.0001, and reports a test accuracy of 0.32", "ends above 0.9",
         "From 0.2 to above 0.95", "Between 0.1 and 0.5 the run", "cannot tell 0.6 from 1", "with probability 0.6",
         "Begin with 0.316:", "turn the rate down to 0.0316", "One or two units stay above 0.2",
         "a leak other than 0.01", r"$0.5 \cdot 0.4 \cdot 0.1 = 0.002$", "Steps of 0.1 and 1")


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


#: the same for the alternative texts of static figures
PICTURES = {
    "The listed net flattens out at {}, the right one reaches {}.": lambda: (
        ch04.train_classifier(ch04.broken_classifier)[-1], ch04.train_classifier(RIGHT["4.21"])[-1]),
    "With slow hidden biases the error stays near {}, repaired it falls to {}.": lambda: (
        ch04.train_regression(ch04.broken_regression)[-1], ch04.train_regression(RIGHT["4.20"])[-1]),
}


@pytest.mark.parametrize("claim", PICTURES)
def test_numbers_of_the_pictures(claim):
    prose.holds(prose.pictures("04_backpropagation"), claim, PICTURES[claim])


def test_units_that_a_large_step_kills():
    assert "Steps of 0.1 and 1 leave every unit alive." in TEXT
    killed, worse = [], []
    for lr in (0.1, 1.0, 10.0):
        X, y = datasets.moons(300, 0.1, np.random.default_rng(0))
        run = dense.train((2, 20, 2), X, y, hidden="relu", loss="cross_entropy", lr=lr, epochs=300, rng=0)
        W, b = run.weights[0]
        killed.append(RIGHT["4.9"](X @ W + b).sum())
        worse.append(run.loss[-1])
    assert killed[:2] == [0, 0]
    prose.holds(TEXT, "A step of 10 kills {} of {}", lambda: (killed[2], W.shape[1]))
    assert "worse than with the smallest rate" in TEXT and worse[2] > worse[0]


def test_numbers_of_the_predictions():
    why = {prediction.id: prediction.why for prediction in PREDICTIONS}
    prose.holds(why["4.c"], "it is multiplied by $a(1 - a)$, here {},", lambda: 0.001 * 0.999)
    prose.holds(why["4.f"], "The sum is {}, so the shares are {} and {}.",
                lambda: (0.8 - 0.3, *ops.error_split(np.array([0.8, -0.3]), 1.0)))
    assert "Twenty factors near 1/4 leave about $10^{-12}$." in why["4.h"]
    assert 1e-13 < gradients_by_layer("sigmoid", 1.0) ** -19 < 1e-11
    prose.holds(why["4.i"], "{} percent fall below", lambda: 100 * runs.XOR_RATES[3]["uniform"][0.1])


def test_premise_of_the_difference():
    question = next(prediction.question for prediction in PREDICTIONS if prediction.id == "4.g")
    assert "with $h = 10^{-5}$ has a relative error of about $10^{-11}$" in question
    assert 3e-12 < DifferenceStep(h=1e-5).current["error"] < 3e-11


def test_replies_answer_wrong_choices_and_values_are_controls():
    for prediction in PREDICTIONS:
        assert len(prediction.replies) == len(prediction.choices)
        assert [k for k, reply in enumerate(prediction.replies) if not reply] == [prediction.right]
        demos.ALL[prediction.demo](**prediction.values)


def test_replies_with_numbers():
    said = {(p.id, k): reply for p in PREDICTIONS for k, reply in enumerate(p.replies)}
    assert "with nearly 2" in said["4.c", 0]
    assert ops.mse(np.array([0.001]), np.ones(1))[1][0] == pytest.approx(-2, abs=0.01)
    demo = GradientByLayer()
    left = lambda layers: np.median([norms[-1 - layers] / norms[-1] for norms in
                                     (demo.state(20, "sigmoid", 1.0, start)["norms"] for start in range(11))])
    assert "after two layers" in said["4.h", 1] and left(2) < 0.1
    assert "after five layers" in said["4.h", 2] and 3e-4 < left(5) < 3e-3
    assert "after 300 epochs hardly any start has arrived" in said["4.i", 2]
    assert XORTraining().set(epoch=300).current["rate"] < 10


def test_a_rate_turned_down_in_mid_run():
    assert "after 1000 epochs none of the starts has arrived" in TEXT
    demo = XORTraining(lr=0.316)
    assert demo.current["rate"] == 0
    assert "stop at epoch 500 and turn the rate down to 0.0316. A hundred epochs later about half of them are" in TEXT
    assert 40 <= demo.set(epoch=500).turn(lr=0.0316).set(epoch=600).current["rate"] <= 60


def test_width_and_loss():
    assert "One or two units stay above 0.2" in TEXT and min(two_spirals(1)[0], two_spirals(2)[0]) > 0.2
    assert "The third one changes that" in TEXT and two_spirals(3)[0] < 0.05
    assert all(two_spirals(width)[0] == pytest.approx(0.01, abs=0.005) and two_spirals(width)[1] == 1
               for width in range(4, 21))


def test_relu_keeps_the_gradient_level():
    assert "With ReLU and the scale near 1.4, a variance of $2/D_{in}$, they stay level" in TEXT
    assert gradients_by_layer("relu", math.sqrt(2)) == pytest.approx(1, abs=0.05)
    assert "the activations by as much on the way forward, so the squares stay level" in TEXT
    explodes = [GradientByLayer().state(20, "relu", 3.0, start) for start in range(11)]
    forward = np.median([(state["spread"][-2] / state["spread"][0]) ** (1 / 18) for state in explodes])
    assert forward == pytest.approx(1 / gradients_by_layer("relu", 3.0), rel=0.15)
    assert all(0.01 < state["weight_norms"][0] / state["weight_norms"][-1] < 100 for state in explodes)


def test_rates_of_the_sigmoid_net():
    """The table of full runs that exercise 4.34 judges by."""
    reached = runs.QUADRATIC_ACCURACY
    prose.holds(TEXT, "From {} to above 0.95, by one number.", lambda: reached[1e-4])
    assert max(reached.values()) > 0.95
    assert "Between 0.1 and 0.5 the run succeeds; at 1 the outputs saturate" in TEXT
    assert all(reached[lr] > 0.9 for lr in (0.1, 0.3, 0.5)) and reached[1.0] < 0.5


@needs("Numba")  # eighty runs take minutes without it
def test_depth_and_width_on_spirals():
    table = 100 * spiral_table()  # depths 1 to 4, widths up to 16
    assert "The best cells have two and three layers of sixteen units." in TEXT
    assert sorted(np.argsort(table.ravel())[-2:]) == [1 * 4 + 3, 2 * 4 + 3]
    assert (np.diff(table, axis=1) > 0).all(), "every row rises with the width"
    for column in table.T:
        assert column.argmax() in (1, 2) and column[3] < column.max(), "and every column has fallen at the fourth"
    assert "with two or four units a layer, four layers are back near guessing" in TEXT
    assert (table[3, :2] < 65).all()

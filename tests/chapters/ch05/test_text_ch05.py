"""Chapter 05: the numbers in its sentences, computed again."""

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import prose
import pytest
from needs import needs

from course_lib import datasets, dense, grammar, nn, ops
from course_lib.authoring import notebook
from course_lib.chapters.ch05_initialization import cases, experiments
from course_lib.chapters.ch05_initialization.exercises import EXERCISES, spread
from course_lib.chapters.ch05_initialization.predictions import PREDICTIONS

TEXT = prose.prose("05_initialization")
ROOT = Path(__file__).resolve().parents[3]
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
HE, LECUN = (ops.INITIALIZERS[name] for name in ("he_normal", "lecun_normal"))


@cache
def spiral():
    return datasets.published_spiral(repaired=True)


@cache
def spiral_run(init, epochs=5001, lr=0.03, seed=1):
    data = spiral()
    return dense.train((2, 100, 1), data.X_train, data.y_train, hidden="relu", loss="bce", lr=lr, epochs=epochs,
                       init=init, rng=seed)


def equal_start(rng, fan_in, fan_out):
    return np.full((fan_in, fan_out), 0.5)


@cache
def pixels():
    return datasets.digits28().X_train.reshape(-1, 784)[:500] / 255


@cache
def ten_layers(init):
    """Spread behind each of ten layers of 512, as the chapter measures it."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((256, 512))
    return RIGHT["5.6"](X, [nn.draw_weights(rng, 512, 512, init) for _ in range(10)])


def positive(rng, n, m):
    return rng.uniform(0, 0.3, (n, m))


def printed(rng, n, m):
    return np.sqrt(2 / n**2) * rng.standard_normal((n, m))


@cache
def thirty_layers(activation, gain):
    """Spread of the outputs of the figure that is built in the chapter, and within the units, by layer."""
    rng, a, seen = np.random.default_rng(0), cases.digits()[0][:64], []
    for _ in range(30):
        a = ops.ACTIVATIONS[activation].forward(a @ (gain * HE(rng, a.shape[1], 64)))
        seen.append((a.std(), a.std(axis=0).mean()))
    return np.array(seen)


@cache
def sigmoid_gradients():
    """Factor a layer by which the weight gradients of twenty sigmoid layers shrink on their way back."""
    X, y = cases.digits()
    scores, kept = ops.mlp_forward(X, cases.network((64, *[128] * 19, 10), LECUN), "sigmoid", "identity")
    gradients = ops.mlp_backward((ops.softmax(scores) - ops.one_hot(y, 10)) / len(y), kept)
    first, last = (np.linalg.norm(gradients[k][0]) for k in (1, -1))
    return (last / first) ** (1 / 18)


def saturated():
    """Percent of scores where the slope is below a fifth of the largest one, 1/4."""
    s = ops.sigmoid(pixels() @ np.random.default_rng(0).uniform(-0.5, 0.5, (784, 100)))
    return 100 * np.mean(s * (1 - s) < 0.05)


@cache
def circle():
    data = datasets.published_spiral()
    radius, right = RIGHT["5.15"](data.X_train, data.y_train)
    return 100 * right, 100 * np.mean((np.hypot(*data.X_test.T) <= radius) == data.y_test)


def by_gain(gain):
    X, y = cases.digits()
    return [dense.train((64, *[32] * 9, 10), X, y, hidden="relu", loss="cross_entropy", lr=0.03, epochs=30,
                        batch_size=20, rng=seed, init=cases.scaled(gain)).loss[-1] for seed in range(5)]


STARTS = {start: experiments.spiral_run(start, repaired=True) for start in ("small", "sqrt(1/n)", "He")}

CLAIMS = {
    "the loss falls by {} and stops for good": lambda: np.ptp(spiral_run("zeros").loss),
    "its loss falls from {} to {}, and then": lambda: tuple(spiral_run(equal_start).loss[[0, -1]]),
    "A published table prints {} for this net five times": lambda: spiral_run("zeros").loss[-1],
    "{} labels of one class, {} of the other.": lambda: tuple(np.bincount(spiral().y_train)),
    "With $U(-0.5, 0.5)$ about {} percent of the units": lambda: prose.rounded(saturated(), 1),
    "The spread of the scores is {} and not 1, because the mean square of these pixels is only {}.": lambda: (
        (pixels() @ LECUN(np.random.default_rng(0), 784, 100)).std(), np.mean(pixels() ** 2)),
    "in the wrong place: {} behind the first layer, ${}$ behind the tenth.": lambda: (
        ten_layers(printed)[0], ten_layers(printed)[9]),
    "from the same book, explodes to ${}$.": lambda: ten_layers(positive)[9],
    r"$0.7^{10} = {}$ and $0.5^{10} = {}$, $1.1^{50} = {}$, $0.9^{50} = {}$":
        lambda: (0.7**10, 0.5**10, 1.1**50, 0.9**50),
    r"$512 \cdot 0.15 = {}$ times": lambda: 512 * 0.15,
    r"a factor of $\sqrt{1/2} = {}$ in the spread": lambda: math.sqrt(0.5),
    "For 512 inputs the spread of the weights is {}.": lambda: math.sqrt(2 / 512),
    "has a spread of {} behind the first layer and of {} behind the thirtieth. Ten percent less leave {}, ten percent "
    "more make it {}.": lambda: (thirty_layers("relu", 1.0)[0, 0], thirty_layers("relu", 1.0)[-1, 0],
                                 thirty_layers("relu", 0.9)[-1, 0], thirty_layers("relu", 1.1)[-1, 0]),
    "with every gain from 0.9 to 2 the thirtieth layer has a spread between {} and {}.": lambda: (
        thirty_layers("tanh", 0.9)[-1, 0], thirty_layers("tanh", 2.0)[-1, 0]),
    "the answers of a unit to the 64 images have a spread of ${}$": lambda: thirty_layers("sigmoid", 1.0)[9, 1],
    r"so the factor should be $1.1/\sqrt 2 = {}$; measured is {}.": lambda: (
        cases.GAIN / math.sqrt(2), RIGHT["5.9"]["factor"]),
    "the gradient loses a factor of about {} a layer": sigmoid_gradients,
    "The nets have {} to {} parameters": lambda: tuple(
        ops.count_parameters((64, *[32] * (depth - 1), 10)) for depth in (2, 12)),
    "With ten classes that is {}.": lambda: math.log(10),
    "five of them end at the same loss, {}:": lambda: cases.symptoms()[1]["last loss"],
    "The largest scores are near {}, and a float32 exponential overflows above {}.": lambda: (
        prose.rounded(dict(zip(*cases.broken_pass(), strict=True))["z4"].max(), 2),
        math.floor(math.log(np.finfo(np.float32).max))),
    "A circle gets {} percent of the training points and {} percent of the test points": circle,
    "the small one, {} percent in the printed table, is at {} percent of the training points": lambda: (
        experiments.spiral_run("small")["train"], STARTS["small"]["train"]),
    "Sqrt(1/n) has {} and He {} percent.": lambda: (STARTS["sqrt(1/n)"]["train"], STARTS["He"]["train"]),
    "{} against {} percent of the test points, with little": lambda: (
        experiments.spiral_run("small")["test"], experiments.spiral_run("He")["test"]),
    "percent of 200 are {} points.)": lambda: (99.0 - 97.5) * 200 / 100,
    "{} and {} seconds. A step costs": lambda: tuple(RIGHT["5.17"](["43.3 secs", "1.03 mins"])),
    "What does a first loss of {} with ten classes tell": lambda: prose.rounded(cases.symptoms()[5]["first loss"], 3),
    "It should be ln 10, about {}.</details>": lambda: math.log(10),
}

GIVEN = ("With weights of standard deviation 0.01", "both $v_j$ are 0.5", "$y = 0.5$. Give", "all begin with 0.5",
         "evenly between $-0.5$ and 0.5", "lie between 0.81 and 0.91", "drawn with $g = 1.1$",
         "a learning rate of 0.03. The median", "end below 0.02", "a gain of 2 worse than one of 1.4",
         "of eight layers ends at 0.61", "all weights 0.1", "$0.01\\, N(0, 1)$", "$U(0, 0.3)$",
         "ReLU, a learning rate of 0.03, 5001 steps", "(97.5 against 99.0", "the rate of 0.03 is small",
         "finds 43.3 for one start and 1.03 for another", "a loss of 4.6", "is at 4.5.")


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


def test_numbers_of_the_pictures():
    prose.holds(prose.pictures("05_initialization"), "about {} at layer 1, {} at layer 19.",
                lambda: tuple(cases.errors_by_layer()[[0, -1]]))


def test_replies_with_numbers():
    said = {p.id: p for p in PREDICTIONS}
    assert "ten layers leave 1/32 of it" in said["5.b"].why and math.sqrt(0.5) ** 10 == pytest.approx(1 / 32)
    assert "of 1.2 in two layers and of 6.7 in twenty" in said["5.d"].why
    assert [round(1.1**n, 1) for n in (2, 20)] == [1.2, 6.7]
    assert "about 0.03" in said["5.b"].choices and round(ten_layers("lecun_normal")[9], 2) == 0.03
    assert "about 20 times smaller" in said["5.c"].choices and 20 < 2 ** (9 / 2) < 25


def test_weight_gradients_are_level_although_the_errors_are_not():
    """Prediction 5.c."""
    X, y = cases.digits()
    scores, kept = ops.mlp_forward(X, cases.network((64, *[64] * 9, 10), LECUN), "relu", "identity")
    gradients = ops.mlp_backward((ops.softmax(scores) - ops.one_hot(y, 10)) / len(y), kept)
    norms = [np.linalg.norm(dW) for dW, _ in gradients]
    assert 1 / 3 < norms[0] / norms[-1] < 3
    assert np.linalg.norm(gradients[0][1]) < np.linalg.norm(gradients[-1][1]) / 10


def test_one_unit_in_a_hundred_copies():
    assert "A net of a hundred equal units trains" in TEXT
    W, v = (layer[0] for layer in spiral_run(equal_start).weights)
    assert np.ptp(W, axis=1).max() == 0 and np.ptp(v) == 0 and (W[:, 0] != 0.5).all()
    one = dense.train((2, 1, 1), spiral().X_train, spiral().y_train, hidden="relu", loss="bce", lr=0.03, epochs=5001,
                      init=1.0, rng=1)
    assert abs(one.loss[-1] - spiral_run(equal_start).loss[-1]) < 0.06


def test_the_scores_of_uniform_weights():
    assert "Scores of spread near 3." in TEXT
    predicted, drawn = RIGHT["5.4"](pixels(), 0.5 / np.sqrt(3)), pixels() @ np.random.default_rng(0).uniform(
        -0.5, 0.5, (784, 100))
    assert predicted == pytest.approx(2.7, abs=0.1) and drawn.std() == pytest.approx(predicted, rel=0.1)


def test_level_does_not_mean_constant():
    assert "All ten numbers lie between 0.81 and 0.91" in TEXT
    sds = ten_layers("he_normal")
    assert 0.81 < sds.min() and sds.max() < 0.91


@needs("Numba")  # seventy runs
def test_the_table_of_gains():
    """What exercise 5.10 judges by; single runs are chaotic, so medians of five are compared in kind."""
    assert "The median of five runs must end below 0.02." in TEXT
    for gain in (0.7, 1.0, 1.2, 1.3, math.sqrt(2), 1.6, 2.0, 3.0):
        listed = spread.GAIN_LOSS[min(spread.GAIN_LOSS, key=lambda g: abs(g - gain))]
        median = np.median(np.nan_to_num(by_gain(gain), nan=np.inf))
        assert (median <= 0.02) == (listed <= 0.02), (gain, median)
        assert median == pytest.approx(listed, rel=0.5), gain


@needs("Numba")
def test_the_more_its_start_decides():
    depths = (2, 4, 8, 12)
    he, xavier, small = (np.array([experiments.depth_accuracy(init, seed, depths) for seed in range(5)]) for init in (
        "he_normal", "xavier_uniform", "small_normal"))
    assert (np.median(he, axis=0) > 0.9).all() and (np.diff(np.median(xavier, axis=0)) < 0).all()
    assert (small[:, 1:] < 0.15).all() and small[:, 0].min() > 0.8
    assert "one of the five runs of eight layers ends at 0.61" in TEXT and round(he[:, 2].min(), 2) == 0.61


def test_beaten():
    """Ten times the rate: all test points right, from each of five starts."""
    assert "all 200 test points are right, from each of five starts" in TEXT
    data = spiral()
    for seed in range(5):
        run = spiral_run("he_normal", lr=0.3, seed=seed)
        assert len(data.y_test) == 200 and ((run.predict(data.X_test)[:, 0] > 0.5) == data.y_test).all()


def test_the_bands_part():
    assert "They are narrow" in TEXT
    losses = {init: np.array([spiral_run(init, 300, 0.3, seed).loss[-1] for seed in range(20)]) for init in (
        "small_normal", "lecun_normal", "he_normal")}
    edges = [np.percentile(losses[init], share) for init, share in (("he_normal", 90), ("lecun_normal", 10),
                                                                    ("lecun_normal", 90), ("small_normal", 10))]
    assert edges == sorted(edges)


def test_the_stops_say_how_long_it_took():
    """At 200 words a minute, the stated minutes of the exercises and two for a figure; on the core path."""
    chapter, = notebook.chapters(ROOT, ["05"])
    known, minutes, stops = notebook.exercises("05"), 0.0, []
    for cell in notebook.on_core_path(chapter.cells()):
        if cell.kind == "code":
            minutes += 2 * len(re.findall(r"\b(?:demos\.[A-Z]|predict\()", cell.source))
            minutes += sum(known[id].minutes for id in grammar.exercises(cell.source))
            continue
        minutes += len(cell.source.split()) / 200
        stops += re.findall(r"\*\*Stop here: about (.+?)(?: in all)?\.\*\*", cell.source) and [minutes]
    assert stops == [pytest.approx(30, abs=8), pytest.approx(75, abs=10)]
    assert "about half an hour" in TEXT and "about an hour and a quarter in all" in TEXT

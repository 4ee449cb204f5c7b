"""Chapter 06: the numbers in its sentences, computed again."""

import math
from functools import cache

import numpy as np
import prose
import pytest
from once import once

from course_lib import ops
from course_lib.chapters.ch06_optimizers import experiments as ch06
from course_lib.chapters.ch06_optimizers.exercises import EXERCISES, momentum
from course_lib.chapters.ch06_optimizers.exercises.momentum import ravine_losses
from course_lib.chapters.ch06_optimizers.predictions import PREDICTIONS
from course_lib.viz import demos

TEXT = prose.prose("06_optimizers")
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
STREAM = np.array([-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9])
run = once(ch06.spiral_run)
compared = cache(lambda own: ch06.compared(ch06.BEST if own else dict.fromkeys(ch06.RULES, ch06.PUBLISHED_RATE)))
rates = once(ch06.rate_curves)
with_schedule = once(ch06.with_schedule)
beyond = once(ch06.beyond_the_edge)


def printed(name):
    """Cost at the start, after 1,000 epochs and at the end; percent right."""
    found = run(name)
    return (*found["cost"][[0, 1, -1]], found["train"], found["test"])


def below(losses, level=0.1):
    """The step from which on losses stay below a level."""
    return np.flatnonzero(losses >= level)[-1] + 1


def medians(own):
    return [np.median(ch06.end_of(losses)) for losses, _ in compared(own).values()]


def uncorrected(t):
    """Adam's step in units of lr for a gradient that stays the same, without correction."""
    return (1 - 0.9**t) / math.sqrt(1 - 0.999**t)


def newton_distances():
    path = ops.newton(lambda x: 4 * x**3 - 6 * x + 1, lambda x: 12 * x**2 - 6, 2.0)
    return np.abs(path - path[-1])[1:6]


def best_factors():
    """What a step leaves of the distance in a bowl with condition number 50, with the best momentum and without."""
    root = math.sqrt(50)
    return (root - 1) / (root + 1), 49 / 51


CLAIMS = {
    "| descent | 600 | {} | {} | {} | {} / {} % |": lambda: printed("descent, 600"),
    "| descent | 64 | {} | {} | {} | {} / {} % |": lambda: printed("descent"),
    "| momentum 0.9 | 64 | {} | {} | {} | {} / {} % |": lambda: printed("averaged momentum"),
    "| Adam | 64 | {} | {} | {} | {} / {} % |": lambda: printed("Adam"),
    "Adam's cost was {} after 2,000 epochs and {} at the end.": lambda: tuple(run("Adam")["cost"][[2, -1]]),
    "for a batch of 600, {} for batches of 64.": lambda: math.ceil(600 / 64),
    "stands for 10,001 steps and the others for {}.": lambda: 10_001 * math.ceil(600 / 64),
    "its own random numbers, {} steps each": lambda: 10_001 * math.ceil(600 / 64),
    "numbers, {} for a net 2-16-16-2 with its {} weights.": lambda: (
        354 * 357 / 2, ops.count_parameters((2, 16, 16, 2))),
    "a loss with 354 weights has {} numbers": lambda: 354 * 357 / 2,
    "At the start the edge is at {}.": lambda: beyond()[0.5][0],
    "For $\\beta = 0.7$ the newest value has {}, the one before {} % of that, the next {} %.":
        lambda: (1 - 0.7, 100 * 0.7, 100 * 0.7**2),
    "{} for 0.9, {} for 0.999.": lambda: (1 / (1 - 0.9), 1 / (1 - 0.999)),
    "Momentum is there after {} steps where descent takes {}.":
        lambda: (ch06.steps_to_stop("momentum"), ch06.steps_to_stop("descent")),
    "at the rate 0.001 is classical momentum at {}:": lambda: 0.001 * (1 - 0.9),
    "Momentum takes {} percent to {}.": lambda: (
        run("descent", True)["test"], run("classical momentum", True)["test"]),
    "and needs {} steps. Find": lambda: below(ravine_losses(2 / 51, 0.0)),
    "here $\\beta = {}$ with a rate close to the edge, and each step then shrinks the distance by a factor of about {} "
    "where descent has {}.": lambda: (best_factors()[0] ** 2, *best_factors()),
    "the frequent word is down to {}, the rare one still has {}.": lambda: (0.1 / math.sqrt(100), 0.1 / math.sqrt(4)),
    "the first step is {} lr, since": lambda: uncorrected(1),
    "and around step {} it is {} lr,": lambda: (
        max(range(1, 100), key=uncorrected), max(map(uncorrected, range(1, 100)))),
    "and in the end gives {} lr.": lambda: 0.001**0.5 / 0.1,
    "{}; {} and {}; 1 and {}. The rare word": lambda: (
        0.3 * 0.7**2, 0.01 / math.sqrt(3.46), 0.01 / math.sqrt(0.16), uncorrected(1)),
    "By descent with rate 1 it ends at ${}$,": lambda: -STREAM.sum(),
    "Rprop carries it to {}.": lambda: RIGHT["6.12"](STREAM)[1],
    "Six increases, one decrease, {} in the end.": lambda: RIGHT["6.12"](STREAM)[1],
    "the fixed rate ends anywhere between {} and {}.":
        lambda: (with_schedule()["fixed"].min(), with_schedule()["fixed"].max()),
    "At the published rate of 0.001 descent stands at {} and Adam at {},":
        lambda: tuple(np.median(rates()[rule][:, ch06.RATES.index(0.001)]) for rule in ("descent", "Adam")),
    "with losses between {} and {}, and the two forms": lambda: (min(medians(True)), max(medians(True))),
    "the distances to the minimum, from 2, are {}, {}, {}, {}, {}:": lambda: tuple(newton_distances()[[0, 1, 2, 3, 4]]),
    "Without it the first step is {} lr,": lambda: uncorrected(1),
}
#: inputs, sizes that somebody chose, and what is quoted
GIVEN = ("learning rate 0.001 and 10,001 epochs each", "| cost at the start | after 1,000 epochs |",
         "So after 10,001 epochs",
         "usually with $\\beta = 0.9$",
         "with lr 0.01 and $\\beta = 0.9$", "the averaged form with $\\beta = 0.9$", "with $\\beta = 0.5$ an exchange",
         "stays below 0.1 from", "in 999 steps of 1,000", "$\\beta = 0.9$ to 0.99",
         "The defaults are lr 0.001, $\\beta_1 = 0.9$, $\\beta_2 = 0.999$", "for a gradient of 100 as for one of 0.01",
         "From a common rate of 0.1", "for $\\beta = 0.7$; `often`", "for lr 0.01, where $G$ is 3.46 for a frequent "
         "word and 0.16 for a rare one", "multiplied by 1.2 when the sign of the weight's gradient repeats and by 0.5",
         "seven gradients of 0.1 and one of $-0.7$", "0.5^{", "loss below 0.06", "since a rate of 0.001 means a step "
         "of 0.001 for Adam and of 0.001 times", "Adam at 0.001, then at 0.01", "momentum 0.9 with a",
         "Classical momentum with $\\beta = 0.9$ makes", "descent with momentum 0.9, unless", "From 0.2 it finds",
         "At 0.01 Nesterov and momentum are far ahead; at 0.3 they", "At the rate 0.1 only Adam", "With 0.97 the ball",
         "is 4.1. Read (6.6) the other way round: the rate 0.1 stands curvatures up to $2/0.1 = 20$",
         "Take a rate of 0.4", "At 0.7 the run is lost")


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


# --- what the text says without decimals ---


def test_the_published_comparison():
    assert "the costs agree to three or four digits, and the same share of the points is right" in TEXT
    plain, averaged = run("descent"), run("averaged momentum")
    assert np.abs(plain["cost"] - averaged["cost"]).max() < 1e-3
    assert (plain["train"], plain["test"]) == (averaged["train"], averaged["test"])


def test_versions_that_a_constant_series_cannot_tell_apart():
    agree = sum(np.allclose(average(np.ones(6), 0.9), 1) for average in momentum.AVERAGES.values())
    prose.holds(TEXT, "On a constant series {} of the {} versions agree", lambda: (agree, len(momentum.AVERAGES)))


def test_beyond_the_edge():
    assert "Rates below it make the loss fall in every epoch." in TEXT
    assert "The rates 2 and 4 lie beyond it, and the loss jumps" in TEXT
    edge = beyond()[0.5][0]
    for rate, (_, later, rises) in beyond().items():
        assert (rises > 0) == (rate > edge)
        assert later > 3 * edge, "a flatter place"
        assert later > rate, "and a safe one"


def test_the_edge_of_the_figure():
    figures = {lr: demos.ALL["StabilityEdge"](lr=lr).current for lr in (0.1, 0.4, 0.7)}
    prose.holds(TEXT, r"At the start $\lambda_{\max}$ is {}. Read (6.6) the other way round: the rate 0.1 stands "
                r"curvatures up to $2/0.1 = {}$",
                lambda: (figures[0.1]["sharpness"][0], figures[0.1]["edge"]))
    assert "there the loss jumps" in TEXT and figures[0.1]["rises"] > 0
    assert r"until $\lambda_{\max}$ settles on the line" in TEXT
    assert "Take a rate of 0.4: the line lies lower, and the curvature ends there too. At 0.7 the run is lost." in TEXT
    for lr in (0.1, 0.4):
        assert figures[lr]["sharpness"][-3:] == pytest.approx(figures[lr]["edge"], rel=0.05)
        assert figures[lr]["loss"][-1] < figures[lr]["loss"][200], "and yet it falls"
    assert figures[0.7]["diverged"] is not None


def test_adam_that_always_divides_by_one_minus_beta():
    lengths = [0.001**0.5 / 0.1 * uncorrected(t) for t in range(1, 3000)]
    assert "is right at the first step, twice too long near the twelfth" in TEXT
    assert lengths[0] == pytest.approx(1) and 10 < int(np.argmax(lengths)) + 1 < 14
    assert max(lengths) == pytest.approx(2, abs=0.1) and lengths[-1] == pytest.approx(0.32, abs=0.02)


def test_the_rule_that_is_tuned_is_as_good_as_the_others():
    assert "every rule gets more than 99 of 100 test points right" in TEXT
    assert all(right.mean() > 99 for _, right in compared(True).values())
    assert "and the two forms of momentum are one run, at rates ten times apart" in TEXT
    own = compared(True)
    np.testing.assert_allclose(own["averaged"][0], own["momentum"][0], rtol=1e-9)
    assert "the adaptive rules win by far, and averaged momentum is descent" in TEXT
    at_one_rate = dict(zip(ch06.RULES, medians(False), strict=True))
    assert max(at_one_rate["RMSprop"], at_one_rate["Adam"]) < 0.5 * min(at_one_rate["momentum"], at_one_rate["descent"])
    assert at_one_rate["averaged"] == pytest.approx(at_one_rate["descent"], rel=1e-3)


def test_titles_and_alternative_texts_of_the_pictures():
    source = prose.SOLUTIONS.joinpath("06_optimizers.py").read_text(encoding="utf-8")
    for title, own in (("All at 0.001: {} to {}", False), ("Each at its own: {} to {}", True)):
        prose.holds(source, title, lambda own=own: (min(medians(own)), max(medians(own))))
    valleys = "three valleys with their lowest points at 1, near 0.3 and at 0.03"
    assert valleys in prose.pictures("06_optimizers")
    lowest = [ch06.RATES[np.median(losses, axis=0).argmin()] for losses in rates().values()]
    assert lowest == [1.0, 0.3, 0.03]
    assert "a factor of nearly four" in prose.pictures("06_optimizers")
    assert 3.5 < max(medians(False)) / min(medians(False)) < 4


def test_schedule_takes_the_luck_away():
    assert "The middle is about the same." in TEXT
    fixed, cosine = with_schedule()["fixed"], with_schedule()["cosine"]
    assert np.median(cosine) == pytest.approx(np.median(fixed), rel=0.15)
    assert np.ptp(cosine) < np.ptp(fixed) / 5


def test_the_ball():
    assert "With 0.97 the ball swings out of the deep basin as well, and ends where descent does" in TEXT
    ends = [demos.ALL["BallInValley"](momentum=beta, lr=0.01, x0=2.0, step=100).current["x"]
            for beta in (0.0, 0.9, 0.97)]
    assert ends[0] > 0 > ends[1]
    assert ends[2] == pytest.approx(ends[0], abs=0.05)


def test_the_races():
    assert "At 0.01 Nesterov and momentum are far ahead;" in TEXT
    assert "at 0.3 they have left the picture together with descent, and RMSprop has arrived" in TEXT
    race = demos.ALL["OptimizerRace"](surface="ravine", lr=0.01)
    ends = {rule: losses[-1] for rule, losses in race.current["losses"].items()}
    assert sorted(ends, key=ends.get)[:2] == ["nesterov", "momentum"]
    assert ends["momentum"] < 0.1 * min(ends[rule] for rule in ("sgd", "adagrad", "rmsprop", "adam"))
    assert set(race.set(lr=0.3).current["left"]) == {"sgd", "momentum", "nesterov"}
    assert race.current["losses"]["rmsprop"][-1] < 1e-9
    assert "At the rate 0.1 only Adam gets far in 200 steps. At 3 momentum is first and Adam fourth." in TEXT
    race = demos.ALL["RaceOnTrueLoss"](lr=0.1, step=200)
    ends = {rule: losses[-1] for rule, losses in race.current["losses"].items()}
    assert ends.pop("adam") < 0.05 * min(ends.values())
    ends = {rule: losses[-1] for rule, losses in race.set(lr=3.0).current["losses"].items()}
    order = sorted(ends, key=ends.get)
    assert (order[0], order[3]) == ("momentum", "adam")


# --- predictions ---


def test_numbers_of_the_predictions():
    why = {prediction.id: prediction.why for prediction in PREDICTIONS}
    prose.holds(why["6.b"], "That is {} for the flat direction, ${}$ for the steep one", lambda: (1 - 0.21, 1 - 2.1))
    _, G = ops.adagrad(0.0, 1.0, 99.0, 1.0)
    prose.holds(why["6.e"], "$G$ is {} by then", lambda: G)
    steps = [ops.adam(0.0, g, 0.0, 0.0, 1, 0.1)[0] for g in (1e-3, 1.0, 1e3)]
    assert steps == pytest.approx([-0.1] * 3, rel=1e-4) and "The first step is lr" in why["6.f"]
    prose.holds(why["6.g"], "with the limit {} the result is ({}, {})",
                lambda: (1, *ops.clip_by_value(np.array([3.0, -4.0]), 1.0)))


def test_replies_answer_wrong_choices_and_values_are_controls():
    for prediction in PREDICTIONS:
        assert len(prediction.replies) == len(prediction.choices)
        assert [k for k, reply in enumerate(prediction.replies) if not reply] == [prediction.right]
        demos.ALL[prediction.demo](**prediction.values)

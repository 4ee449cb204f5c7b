"""The published results that chapter 05 takes up, to every printed digit."""

import numpy as np
import pytest

from course_lib.chapters.ch05_initialization import experiments as ch05

#: start -> cost before steps 0, 1000, ..., 5000; percent right in the training and the test set
PUBLISHED = {
    "zero": ((0.693147, 0.693008, 0.693008, 0.693008, 0.693008, 0.693008), 50.833, 47.500),
    "small": ((0.693335, 0.603099, 0.378896, 0.293113, 0.218871, 0.172451), 96.333, 97.500),
    "sqrt(1/n)": ((0.911371, 0.237626, 0.157498, 0.126888, 0.111465, 0.102719), 97.667, 99.000),
    "He": ((1.235932, 0.212091, 0.142321, 0.116169, 0.103672, 0.097017), 97.333, 99.000),
}
#: the same with both classes as they were drawn: final cost, percent right
REPAIRED = {
    "zero": (0.693008, 50.833, 47.500),
    "small": (0.535642, 63.167, 61.500),
    "sqrt(1/n)": (0.167666, 96.000, 95.500),
    "He": (0.135940, 96.667, 96.500),
}


@pytest.mark.result("R-001")
@pytest.mark.result("R-002")
@pytest.mark.result("R-003")
@pytest.mark.result("R-004")
@pytest.mark.parametrize("start", PUBLISHED)
def test_published_runs(start):
    run, (cost, train, test) = ch05.spiral_run(start), PUBLISHED[start]
    np.testing.assert_array_equal(run["cost"].round(6), cost)
    assert (round(run["train"], 3), round(run["test"], 3)) == (train, test)


@pytest.mark.parametrize("start", REPAIRED)
def test_repaired_runs(start):
    run, (cost, train, test) = ch05.spiral_run(start, repaired=True), REPAIRED[start]
    assert (run["cost"][-1].round(6), round(run["train"], 3), round(run["test"], 3)) == (cost, train, test)


def test_zero_start_learns_the_share_of_the_classes():
    share = np.array([305, 295]) / 600
    assert ch05.spiral_run("zero")["cost"][-1] == pytest.approx(-share @ np.log(share))


def test_a_radius_tells_the_printed_classes_apart():
    rule, best = ch05.radius_rule(1.002), ch05.radius_rule()
    assert (rule["train"], rule["test"]) == (93.0, 94.5)
    assert (round(best["radius"], 3), round(best["train"], 1), best["test"]) == (0.991, 93.3, 95.5)


#: start -> standard deviation of the activations of the first and of the tenth layer
SPREAD = {
    "He": (0.83, 0.8),
    "sqrt(1/n)": (0.58, 0.028),
    "sqrt(2/n^2)": (0.037, 2.3e-14),
    "U(0, 0.3)": (2.27, 1.8e17),
    "zeros": (0.0, 0.0),
}


@pytest.mark.result("R-040")
@pytest.mark.parametrize("start", SPREAD)
def test_spread_through_ten_layers(start):
    spread = ch05.activation_spread(start)
    np.testing.assert_allclose(spread[[0, -1]], SPREAD[start], rtol=0.3)

"""The published results that chapter 06 takes up, to every printed digit."""

import numpy as np
import pytest
from once import once

from course_lib.chapters.ch06_optimizers import experiments as ch06

#: run -> its number; the cost at epochs 0, 1000, ..., 10000; percent right in the training and the test set
PUBLISHED = {
    "descent, 600": ("R-005", (
        0.693399526, 0.692996097, 0.692616936, 0.692225661, 0.691787143, 0.691269260, 0.690634881, 0.689838380,
        0.688821489, 0.687510626, 0.685819369), 50.833333, 47.500000),
    "descent": ("R-006", (
        0.693321360, 0.684982372, 0.599731869, 0.569371253, 0.416379872, 0.296604362, 0.261217834, 0.299227003,
        0.245556140, 0.223421206, 0.212745419), 92.666667, 93.000000),
    "averaged momentum": ("R-007", (
        0.693320562, 0.685022531, 0.600111908, 0.569681803, 0.416619274, 0.296770206, 0.261311268, 0.299345591,
        0.245693797, 0.223527224, 0.212825635), 92.666667, 93.000000),
    "Adam": ("R-008", (
        0.692243953, 0.082159560, 0.020559297, 0.100252805, 0.020833945, 0.038640812, 0.036978195, 0.035462811,
        0.071343723, 0.046763209, 0.087868374), 97.500000, 95.500000),
}
#: without the slips: loss of all training points at the end, percent right
REPAIRED = {
    "descent": (0.3474, 85.000, 85.000),
    "averaged momentum": (0.3474, 85.000, 85.000),
    "classical momentum": (0.0556, 98.500, 99.000),
    "Adam": (0.0083, 99.667, 100.000),
}
#: from He's start with a rate of its own: loss of the training and of the test points
TUNED = {
    ("descent", 0.3): (0.0139, 0.0058),
    ("classical momentum", 0.03): (0.0138, 0.0057),
    ("Nesterov", 0.03): (0.0135, 0.0056),
    ("Adam", 0.001): (0.0218, 0.0127),
    ("Adam", 0.003): (0.0114, 0.0042),
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.result(number)) for name, (number, *_) in PUBLISHED.items()])
def test_published_runs(name):
    run, (_, cost, train, test) = once(ch06.spiral_run)(name), PUBLISHED[name]
    np.testing.assert_array_equal(run["cost"].round(9), cost)
    assert (round(run["train"], 6), round(run["test"], 6)) == (train, test)


@pytest.mark.parametrize("name", REPAIRED)
def test_repaired_runs(name):
    run, (loss, train, test) = once(ch06.spiral_run)(name, repaired=True), REPAIRED[name]
    assert (round(run["train loss"], 4), round(run["train"], 3), round(run["test"], 3)) == (loss, train, test)


@pytest.mark.parametrize(("name", "lr"), TUNED)
def test_tuned_rules_are_equally_good(name, lr):
    assert set(TUNED) == set(ch06.TUNED)
    run = ch06.tuned_run(name, lr)
    assert (round(run["train loss"], 4), round(run["test loss"], 4)) == TUNED[name, lr]
    assert (run["train"], run["test"]) == (99.5, 100.0)


def test_momentum_acts_in_its_classical_form_only():
    """At a tenth of the rate it takes the very steps of the averaged form."""
    classical, averaged = ch06.tuned_run("classical momentum", 0.001), ch06.tuned_run("averaged momentum", 0.01)
    np.testing.assert_array_equal(classical["cost"].round(9), (0.982502319, 0.079983443))
    np.testing.assert_array_equal(averaged["cost"].round(9), (0.982502319, 0.079983443))


@pytest.mark.result("R-033")
def test_momentum_on_a_parabola():
    ends = {name: ch06.parabola_path(name)[-1] for name in ch06.PARABOLA_RULES}
    assert ends["momentum"].round(3) == -0.013 and ends["descent"].round(2) == 1.83
    assert ends["printed pseudo-code"].round(2) == 4.56
    assert ends["printed prose"] == pytest.approx(1254, abs=0.5)
    assert (ch06.steps_to_stop("momentum"), ch06.steps_to_stop("descent")) == (21, 241)

"""The test that a student writes in chapter 03."""

import numpy as np

from course_lib.chapters.ch03_perceptron.exercises.learning import PERCEPTRON_UPDATE
from course_lib.exercises.written_tests import written_test


def _border_and_both_sides(perceptron_update):
    x, zero = np.array([1.0, 2.0]), np.zeros(2)
    w, b = perceptron_update(x, 0, zero, 0.0, 0.5)  # the score is 0: a yes, and a wrong one
    assert np.allclose(w, [-0.5, -1.0]) and b == -0.5
    w, b = perceptron_update(x, 1, zero, -1.0, 0.5)  # a no that should be a yes
    assert np.allclose(w, [0.5, 1.0]) and b == -0.5
    w, b = perceptron_update(x, 1, zero, 3.0, 0.5)  # right already
    assert np.allclose(w, 0) and b == 3


def _by_the_rule(perceptron_update):
    """The rule itself on all combinations of a few numbers, the border among them."""
    x, w = np.array([2.0, -1.0]), np.array([0.5, 1.0])  # the score is b
    for y in (0, 1):
        for b in (-1.0, 0.0, 2.0):
            e = y - (b >= 0)
            new_w, new_b = perceptron_update(x, y, w, b, lr=0.1)
            assert np.allclose(new_w, w + 0.1 * e * x)
            assert np.isclose(new_b, b + 0.1 * e)


def _by_what_it_is_for(perceptron_update):
    """A correction moves the score of its sample towards its class, a right sample moves nothing."""
    x, start = np.array([3.0, -4.0]), np.zeros(2)
    for y, b, rise in ((1, -2.0, 2.6), (0, 0.0, -2.6), (1, 0.0, 0.0), (0, -5.0, 0.0)):
        w, new_b = perceptron_update(x, y, start, b, 0.1)
        if not (np.isclose(w @ x + new_b - b, rise) and np.isclose(new_b - b, rise / 26)):
            return False
    return True


TEST_UPDATE = written_test(
    PERCEPTRON_UPDATE,
    {
        "PER-1": "its correction has the wrong sign",
        "PER-2": "it leaves b as it was",
        "PER-3": "it says no where the score is exactly 0",
        "PER-5": "it moves the weights for a sample that is right already",
        "UPD-a": "it forgets the learning rate",
        "UPD-b": "it repairs one kind of mistake only",
    },
    least=5,
    id="3.25",
    title="test_perceptron_update",
    reference=_border_and_both_sides,
    variants=(_by_the_rule, _by_what_it_is_for),
    hints=(
        "A unit can be right or wrong, with a score above, below or exactly on the border. Which of these have a rule "
        "of their own?",
        "With w = 0 the score is b. b = 0 and y = 0: the unit says 1, so e = -1, and w becomes -lr x.",
        "w, b = perceptron_update(x, 0, np.zeros(2), 0.0, 0.5), then two asserts",
    ),
    debrief="A score of exactly 0 comes up in the very first step of every run from zero: the border is no rarity.",
    points=2,
    minutes=10,
    level=2,
    core=False,
)

EXERCISES = (TEST_UPDATE,)

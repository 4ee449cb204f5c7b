"""The test that a student writes in chapter 02."""

import numpy as np

from course_lib.chapters.ch02_regression_and_descent.exercises.classification import LOGISTIC_GRADIENT
from course_lib.exercises.written_tests import written_test


def _where_every_p_is_known(logistic_gradient):
    X, y = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([1, 0])
    dw, db = logistic_gradient(X, y, np.zeros(2), np.log(3.0))  # every p is 3/4
    assert np.allclose(dw, [1.0, -1.75]) and np.isclose(db, 0.25)


def _by_finite_differences(logistic_gradient):
    """Differences of the loss itself, at a place where nothing is special."""
    rng = np.random.default_rng(1)
    X, y, h = rng.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 1]), 1e-6
    theta = rng.normal(size=4)

    def loss(theta):
        z = X @ theta[:3] + theta[3]
        return np.mean(np.logaddexp(0, z) - y * z)

    slopes = [(loss(theta + h * e) - loss(theta - h * e)) / (2 * h) for e in np.eye(4)]
    dw, db = logistic_gradient(X, y, theta[:3], theta[3])
    assert np.allclose([*dw, db], slopes, atol=1e-6)


def _one_sample_after_the_other(logistic_gradient):
    """The gradient of a batch is the mean of the gradients of its samples, and each of these is known."""
    X, y, b = np.array([[2.0], [-1.0], [5.0]]), np.array([0, 1, 1]), -np.log(4.0)  # every p is 1/5
    dw, db = logistic_gradient(X, y, np.zeros(1), b)
    return bool(np.isclose(dw[0], (2 * 0.2 + 0.8 - 5 * 0.8) / 3) and np.isclose(db, (0.2 - 0.8 - 0.8) / 3))


TEST_GRADIENT = written_test(
    LOGISTIC_GRADIENT,
    {
        "LOG-1": "its sign is turned round",
        "LOG-2": "it adds over the samples and does not divide by their number",
        "LOG-3": "it has the slope of the sigmoid in it, which belongs to another loss",
        "LOG-4": "it adds the errors first and weights the samples afterwards",
        "LOG-6": "it uses the score in place of the probability",
        "LOG-7": "it uses the class in place of the probability",
        "LOG-a": "it forgets b in the score",
    },
    least=6,
    id="2.31",
    title="test_logistic_gradient",
    reference=_where_every_p_is_known,
    variants=(_by_finite_differences, _one_sample_after_the_other),
    hints=(
        "Choose w and b so that you know every p without a computer, and samples that can be added up by hand.",
        "With w = 0 every p is sigmoid(b): 1/2 for b = 0, 3/4 for b = ln 3. Then dw is the mean of (p - y) x.",
        "dw, db = logistic_gradient(X, y, np.zeros(2), np.log(3.0))",
    ),
    debrief="One input at which every p is known tells as much as a finite difference, and says why.",
    points=2,
    minutes=12,
    level=2,
    core=False,
)

EXERCISES = (TEST_GRADIENT,)

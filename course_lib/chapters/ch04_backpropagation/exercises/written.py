"""The test that a student writes in chapter 04."""

import numpy as np

from course_lib.chapters.ch04_backpropagation.exercises.affine import AFFINE_BACKWARD
from course_lib.exercises.written_tests import written_test


def _by_hand(affine_backward):
    x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    dout = np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
    dx, dW, db = affine_backward(dout, (x, W))
    assert np.allclose(dx, [[-1, -1], [2, 1]])
    assert np.allclose(dW, [[7, 3, -1], [10, 4, -2]])
    assert np.allclose(db, [3, 1, -1])


def _by_finite_differences(affine_backward):
    """The layer is linear in each of its parts, so a step of 1 gives the exact slope."""
    rng = np.random.default_rng(2)
    x, W, b, dout = rng.normal(size=(3, 2, 2)), rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(3, 5))

    def value(x, W, b):
        return np.sum(dout * (x.reshape(3, -1) @ W + b))

    for part, gradient in enumerate(affine_backward(dout, (x, W))):
        parts = [x, W, b]
        assert gradient.shape == parts[part].shape
        for place in np.ndindex(parts[part].shape):
            moved = [each.copy() for each in parts]
            moved[part][place] += 1
            assert np.isclose(value(*moved) - value(*parts), gradient[place])


def _by_shapes_and_two_samples(affine_backward):
    """Shapes, and a batch of one sample twice, whose parameters get twice the gradient."""
    x, W, dout = np.array([[[1.0], [2.0]]]), np.array([[1.0, 2.0, 0.0], [3.0, -1.0, 1.0]]), np.array([[1.0, 2.0, -3.0]])
    dx, dW, db = affine_backward(dout, cache=(x, W))
    two = affine_backward(np.repeat(dout, 2, axis=0), cache=(np.repeat(x, 2, axis=0), W))
    return bool(dx.shape == x.shape and np.allclose(dx.ravel(), [5, -2]) and np.allclose(dW, [[1, 2, -3], [2, 4, -6]])
                and db.shape == (3,) and np.allclose(db, dout[0]) and np.allclose(two[1], 2 * dW)
                and np.allclose(two[2], 2 * db))


TEST_BACKWARD = written_test(
    AFFINE_BACKWARD,
    {
        "AFB-1": "its dW lies on its side",
        "AFB-3": "its db has one row for each sample instead of their sum",
        "AFB-4": "its db is the mean over the samples instead of their sum",
        "AFB-5": "it divides dW and db by the number of samples once more",
        "AFB-6": "it leaves x out of dW",
        "AFB-7": "its dx is a table even where x holds images",
        "AFB-8": "its db is summed along the other axis",
    },
    least=6,
    id="4.36",
    title="test_affine_backward",
    reference=_by_hand,
    variants=(_by_finite_differences, _by_shapes_and_two_samples),
    hints=(
        "Numbers that you can multiply by hand, with at least two samples, and with N, D and M different.",
        "For N = 2: dW is the sum of x[n] times dout[n] over both samples, db the sum of both rows of dout.",
        "dx, dW, db = affine_backward(dout, (x, W)), then np.allclose for each of the three",
    ),
    debrief="With one sample a sum and a mean are the same, and a square W hides a transposition: sizes test too.",
    points=2,
    minutes=12,
    level=2,
    core=False,
)

EXERCISES = (TEST_BACKWARD,)

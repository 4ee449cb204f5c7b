"""The test that a student writes in chapter 01."""

import numpy as np

from course_lib.chapters.ch01_linear_algebra.exercises.vectors import NORM
from course_lib.exercises.written_tests import written_test


def _by_known_lengths(norm):
    x = np.array([3.0, -4.0])
    for p, length in ((1, 7), (2, 5), (np.inf, 4)):
        assert np.isclose(norm(x, p), length)
    assert np.isclose(norm(1e200 * x, 2), 5e200)
    assert norm(np.zeros(2), 2) == 0


def _by_numpy(norm):
    """Another program that does the same, on several inputs."""
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=5), -rng.uniform(size=3), np.zeros(4)):
        for p in (1, 2, 3, np.inf):
            assert abs(norm(x, p) - np.linalg.norm(x, p)) < 1e-9
    assert np.isfinite(norm(np.full(3, 1e200), 2))


def _by_properties(norm):
    """Stretching stretches the length, and lengths that are known at once."""
    x = np.array([1.0, -2.0, 2.0])
    stretched = norm(1e250 * x, 2) / 1e250
    unit = norm(np.array([0.0, -1.0, 0.0]), 3)
    return bool(np.isclose(stretched, 3) and np.isclose(norm(x, np.inf), 2) and np.isclose(unit, 1)
                and norm(0 * x, 2) == 0 and np.isclose(norm(x, p=1), 5))


TEST_NORM = written_test(
    NORM,
    {
        "NRM-b": "it adds the entries with their signs, so that opposite ones cancel",
        "NRM-c": "for p = inf it takes the largest entry instead of the one that is largest in size",
        "NRM-d": "it takes the powers before it divides, and they overflow for huge entries",
        "NRM-e": "it takes the mean of the powers instead of their sum",
        "NRM-f": "it takes the square root whatever p is",
        "NRM-i": "it divides by the largest size without asking whether that is 0",
    },
    least=5,
    id="1.28",
    title="test_norm",
    reference=_by_known_lengths,
    variants=(_by_numpy, _by_properties),
    hints=(
        "A vector whose length you know by heart, with both signs in it; then the edges of the docstring, one by one.",
        "(3, -4) has the lengths 7, 5 and 4 for p = 1, 2 and inf. What are those of 1e200 times that, and of (0, 0)?",
        "x = np.array([3.0, -4.0]), then assert np.isclose(norm(x, 2), 5)",
    ),
    debrief="An interior input would have let most of these pass: slips live on the edges that the docstring names.",
    points=2,
    minutes=10,
    level=2,
    core=False,
)

EXERCISES = (TEST_NORM,)

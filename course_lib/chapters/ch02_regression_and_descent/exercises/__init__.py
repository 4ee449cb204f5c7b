"""The exercises of chapter 02, by topic."""

from course_lib.chapters.ch02_regression_and_descent.exercises import (
    classification,
    descent,
    fitting,
    generalization,
    likelihood,
    penalties,
    written,
)

EXERCISES = (
    *fitting.EXERCISES,
    *descent.EXERCISES,
    *generalization.EXERCISES,
    *penalties.EXERCISES,
    *likelihood.EXERCISES,
    *classification.EXERCISES,
    *written.EXERCISES,
)

__all__ = ["EXERCISES"]

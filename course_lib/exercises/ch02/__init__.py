"""Chapter 02, regression and gradient descent: its exercises, by topic, and its predictions."""

from course_lib.exercises.ch02 import (
    classification,
    descent,
    fitting,
    generalization,
    likelihood,
    penalties,
    predictions_classification,
    predictions_fitting,
)

EXERCISES = (
    *fitting.EXERCISES,
    *descent.EXERCISES,
    *generalization.EXERCISES,
    *penalties.EXERCISES,
    *likelihood.EXERCISES,
    *classification.EXERCISES,
)
PREDICTIONS = (*predictions_fitting.PREDICTIONS, *predictions_classification.PREDICTIONS)

__all__ = ["EXERCISES", "PREDICTIONS"]

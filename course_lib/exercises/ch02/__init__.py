"""Chapter 02, regression and gradient descent: its exercises, by topic, and its predictions."""

from course_lib.exercises.ch02 import descent, fitting, generalization
from course_lib.exercises.ch02.predictions_fitting import PREDICTIONS

EXERCISES = (*fitting.EXERCISES, *descent.EXERCISES, *generalization.EXERCISES)

__all__ = ["EXERCISES", "PREDICTIONS"]

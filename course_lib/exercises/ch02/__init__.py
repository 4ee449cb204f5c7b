"""Chapter 02, regression and gradient descent: exercises in the order of the chapter, and predictions."""

from course_lib.exercises.ch02 import classification, likelihood, penalties
from course_lib.exercises.ch02.predictions_classification import PREDICTIONS

EXERCISES = (*penalties.EXERCISES, *likelihood.EXERCISES, *classification.EXERCISES)

__all__ = ["EXERCISES", "PREDICTIONS"]

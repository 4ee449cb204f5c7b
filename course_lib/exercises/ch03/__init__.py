"""Chapter 03, the perceptron: exercises and predictions in the order of the chapter."""

from course_lib.exercises.ch03 import hidden, learning, units
from course_lib.exercises.ch03.predictions import PREDICTIONS

EXERCISES = (*units.EXERCISES, *learning.EXERCISES, *hidden.EXERCISES)

__all__ = ["EXERCISES", "PREDICTIONS"]

"""The predictions of chapter 02, by topic."""

from course_lib.chapters.ch02_regression_and_descent.predictions import classification, fitting

PREDICTIONS = (*fitting.PREDICTIONS, *classification.PREDICTIONS)

__all__ = ["PREDICTIONS"]

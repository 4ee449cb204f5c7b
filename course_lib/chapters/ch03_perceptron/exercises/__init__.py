"""The exercises of chapter 03, by topic."""

from course_lib.chapters.ch03_perceptron.exercises import hidden, learning, units, written

EXERCISES = (*units.EXERCISES, *learning.EXERCISES, *hidden.EXERCISES, *written.EXERCISES)

__all__ = ["EXERCISES"]

"""The exercises of chapter 08, by topic."""

from course_lib.chapters.ch08_convolution.exercises import counts, layers, pooling, runs, windows

EXERCISES = (
    *windows.EXERCISES,
    *layers.EXERCISES,
    *pooling.EXERCISES,
    *counts.EXERCISES,
    *runs.EXERCISES,
)

__all__ = ["EXERCISES"]

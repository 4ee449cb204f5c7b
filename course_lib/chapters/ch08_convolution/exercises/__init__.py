"""The exercises of chapter 08, by topic."""

from course_lib.chapters.ch08_convolution.exercises import layers, pooling, windows

EXERCISES = (
    *windows.EXERCISES,
    *layers.EXERCISES,
    *pooling.EXERCISES,
)

__all__ = ["EXERCISES"]

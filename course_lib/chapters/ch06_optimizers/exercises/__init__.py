"""The exercises of chapter 06, by topic."""

from course_lib.chapters.ch06_optimizers.exercises import adaptive, curvature, judging, momentum, rates

EXERCISES = (
    *curvature.EXERCISES,
    *momentum.EXERCISES,
    *adaptive.EXERCISES,
    *rates.EXERCISES,
    *judging.EXERCISES,
)

__all__ = ["EXERCISES"]

"""The exercises of chapter 04, by topic."""

from course_lib.chapters.ch04_backpropagation.exercises import (
    activations,
    affine,
    checks,
    losses,
    networks,
    runs,
    written,
)

EXERCISES = (
    *activations.EXERCISES,
    *losses.EXERCISES,
    *affine.EXERCISES,
    *networks.EXERCISES,
    *checks.EXERCISES,
    *runs.EXERCISES,
    *written.EXERCISES,
)

__all__ = ["EXERCISES"]

"""Chapter 04, back-propagation: its exercises, by topic, and its predictions."""

from course_lib.exercises.ch04 import activations, affine, checks, losses, networks, runs
from course_lib.exercises.ch04.predictions import PREDICTIONS

EXERCISES = tuple(
    sorted(
        (
            *activations.EXERCISES,
            *losses.EXERCISES,
            *affine.EXERCISES,
            *networks.EXERCISES,
            *checks.EXERCISES,
            *runs.EXERCISES,
        ),
        key=lambda exercise: int(exercise.id.split(".")[1]),
    )
)

__all__ = ["EXERCISES", "PREDICTIONS"]

"""Chapter 01, linear algebra: its exercises, by topic, and its predictions."""

from course_lib.exercises.ch01 import arrays, factors, maps, mixed, slopes, statements, vectors
from course_lib.exercises.ch01.predictions import PREDICTIONS

EXERCISES = tuple(
    sorted(
        (
            *arrays.EXERCISES,
            *vectors.EXERCISES,
            *maps.EXERCISES,
            *slopes.EXERCISES,
            *factors.EXERCISES,
            *statements.EXERCISES,
            *mixed.EXERCISES,
        ),
        key=lambda exercise: int(exercise.id.split(".")[1]),
    )
)

__all__ = ["EXERCISES", "PREDICTIONS"]

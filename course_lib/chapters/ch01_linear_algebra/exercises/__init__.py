"""The exercises of chapter 01, by topic."""

from course_lib.chapters.ch01_linear_algebra.exercises import (
    arrays,
    factors,
    maps,
    mixed,
    slopes,
    statements,
    vectors,
    written,
)

EXERCISES = (
    *arrays.EXERCISES,
    *vectors.EXERCISES,
    *maps.EXERCISES,
    *slopes.EXERCISES,
    *factors.EXERCISES,
    *statements.EXERCISES,
    *mixed.EXERCISES,
    *written.EXERCISES,
)

__all__ = ["EXERCISES"]

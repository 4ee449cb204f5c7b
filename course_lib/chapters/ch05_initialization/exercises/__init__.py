"""The exercises of chapter 05, by topic."""

from course_lib.chapters.ch05_initialization.exercises import detective, spiral, spread, statements, symmetry

EXERCISES = (
    *symmetry.EXERCISES,
    *spread.EXERCISES,
    *detective.EXERCISES,
    *spiral.EXERCISES,
    *statements.EXERCISES,
)

__all__ = ["EXERCISES"]

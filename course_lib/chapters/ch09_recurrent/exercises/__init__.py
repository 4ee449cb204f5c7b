"""The exercises of chapter 09, by topic."""

from course_lib.chapters.ch09_recurrent.exercises import plain

EXERCISES = (
    *plain.EXERCISES,
)

__all__ = ["EXERCISES"]

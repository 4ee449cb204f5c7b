"""The exercises of chapter 09, by topic."""

from course_lib.chapters.ch09_recurrent.exercises import gated, plain

EXERCISES = (
    *plain.EXERCISES,
    *gated.EXERCISES,
)

__all__ = ["EXERCISES"]

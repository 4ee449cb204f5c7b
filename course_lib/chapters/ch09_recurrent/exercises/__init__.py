"""The exercises of chapter 09, by topic."""

from course_lib.chapters.ch09_recurrent.exercises import gated, plain, text

EXERCISES = (
    *plain.EXERCISES,
    *gated.EXERCISES,
    *text.EXERCISES,
)

__all__ = ["EXERCISES"]

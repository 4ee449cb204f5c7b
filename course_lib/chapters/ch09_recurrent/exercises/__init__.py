"""The exercises of chapter 09, by topic."""

from course_lib.chapters.ch09_recurrent.exercises import counts, gated, plain, runs, text

EXERCISES = (
    *plain.EXERCISES,
    *gated.EXERCISES,
    *text.EXERCISES,
    *counts.EXERCISES,
    *runs.EXERCISES,
)

__all__ = ["EXERCISES"]

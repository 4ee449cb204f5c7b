"""The exercises of chapter 07, by topic."""

from course_lib.chapters.ch07_regularization.exercises import dropout, measuring, norms, penalties, stopping, trials

EXERCISES = (
    *measuring.EXERCISES,
    *penalties.EXERCISES,
    *dropout.EXERCISES,
    *norms.EXERCISES,
    *stopping.EXERCISES,
    *trials.EXERCISES,
)

__all__ = ["EXERCISES"]

"""Exercises: `check` an answer, ask for a `hint`, `use` a function whether or not it is written yet."""

from course_lib.exercises.engine import check, hint, use
from course_lib.exercises.report import progress_table

__all__ = ["check", "hint", "progress_table", "use"]

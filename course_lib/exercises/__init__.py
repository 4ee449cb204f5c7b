"""Exercises: what a student does, and a check that names the mistake."""

from course_lib.exercises.report import progress_table
from course_lib.exercises.session import check, hint, use

__all__ = ["check", "hint", "progress_table", "use"]

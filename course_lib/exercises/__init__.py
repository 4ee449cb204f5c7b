"""Exercises: what a student does, and a check that names the mistake."""

from course_lib.exercises.chapter_map import progress_table
from course_lib.exercises.session import (
    check,
    export_progress,
    hint,
    import_progress,
    report,
    reset,
    solution,
    use,
)

__all__ = ["check", "export_progress", "hint", "import_progress", "progress_table", "report", "reset", "solution",
           "use"]

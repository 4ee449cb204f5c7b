"""A right answer during which NumPy warned."""

from course_lib.exercises.collect import Outcome


def warning_remark(outcomes: list[Outcome]) -> str:
    """", with a warning on the way: overflow encountered in exp. ...", or nothing."""
    said = [text for outcome in outcomes for text in outcome.warned if text.startswith("RuntimeWarning: ")]
    if not said:
        return ""
    return f", with a warning on the way: {said[0].partition(': ')[2]}. Which step could be written without it?"

"""The start page's table of what has been reached."""

from html import escape

from course_lib.exercises import progress, registry


class ProgressTable:
    """Chapters with bars, and the exercises that are still open."""

    def __init__(self, entries: dict[str, dict]):
        self.rows = []  # (chapter, exercises, ids passed)
        for chapter, exercises in registry.by_chapter().items():
            passed = {e.id for e in exercises if entries.get(e.id, {}).get("status") == "right"}
            self.rows.append((chapter, exercises, passed))

    def __repr__(self):
        return "\n".join(
            f"{chapter} {_title(chapter)}: {len(passed)} of {len(exercises)} exercises, "
            f"{_points(exercises, passed)} of {_points(exercises)} points"
            for chapter, exercises, passed in self.rows
        )

    def _repr_html_(self):
        body = "".join(_row(*row) for row in self.rows)
        return (
            '<table style="border-collapse:collapse;max-width:860px;width:100%;text-align:left">'
            '<thead><tr><th style="text-align:left">chapter</th><th style="text-align:left">exercises</th>'
            f'<th style="text-align:left">points</th><th></th></tr></thead><tbody>{body}</tbody></table>'
        )


def progress_table() -> ProgressTable:
    """What has been passed in each chapter, from the progress file beside the notebooks."""
    return ProgressTable(progress.read())


def _title(chapter):
    from course_lib import syllabus

    return syllabus.chapter_title(chapter)


def _points(exercises, only=None):
    return sum(e.points for e in exercises if only is None or e.id in only)


def _row(chapter, exercises, passed):
    from course_lib import syllabus

    share = len(passed) / len(exercises)
    left = [e for e in exercises if e.id not in passed]
    names = ", ".join(escape(f"{e.id} {e.title}") for e in left)
    open_list = (
        f"<details><summary style='cursor:pointer'>{len(left)} still open</summary>{names}</details>"
        if left else "✓ all done"
    )
    bar = (
        '<div style="display:inline-block;width:120px;height:10px;border:1px solid rgba(128,128,128,.6);'
        'vertical-align:middle;margin-right:8px">'
        f'<div style="width:{share:.0%};height:100%;background:#0173b2"></div></div>'
    )
    cell = '<td style="text-align:left;padding:4px 12px 4px 0;vertical-align:top">'
    return (
        f"<tr>{cell}{syllabus.chapter_link(chapter)}</td>{cell}{bar}{len(passed)} of {len(exercises)}</td>"
        f"{cell}{_points(exercises, passed)} of {_points(exercises)}</td>{cell}{open_list}</td></tr>"
    )

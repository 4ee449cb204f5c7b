"""The chapter map with progress, for the start page."""

from html import escape

from course_lib import page
from course_lib.exercises import progress, registry


class ProgressTable:
    """One row a chapter: exercises passed, points, what is still open. Shows itself."""

    def __init__(self, entries: dict[str, dict]):
        self.rows = [self._row(chapter, entries) for chapter in registry.chapters()]

    @staticmethod
    def _row(chapter: str, entries: dict[str, dict]) -> dict:
        exercises = registry.exercises(chapter)
        passed = [e for e in exercises if entries.get(e.id, {}).get("status") == "right"]
        tried = [e.id for e in exercises if e not in passed and entries.get(e.id, {}).get("attempts")]
        return {
            "chapter": chapter,
            "passed": len(passed),
            "exercises": len(exercises),
            "core": [e.id for e in exercises if e.core] if any(e.core for e in exercises) else None,
            "points": sum(e.points for e in passed),
            "max_points": sum(e.points for e in exercises),
            "open": [e.id for e in exercises if e not in passed],
            "tried": tried,
        }

    def __repr__(self) -> str:
        return "\n".join(
            f"chapter {row['chapter']}: {row['passed']} of {row['exercises']} exercises, "
            f"{row['points']} of {row['max_points']} points"
            for row in self.rows
        )

    def _repr_html_(self) -> str:
        from course_lib import syllabus

        titles = syllabus.chapters()
        body = "".join(self._html_row(row, titles.get(row["chapter"])) for row in self.rows)
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Chapter", "Exercises", "Points", "Next"))
        return page.html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    @staticmethod
    def _html_row(row: dict, chapter) -> str:
        name = f"{row['chapter']} {chapter.title}" if chapter else row["chapter"]
        link = f'<a href="{escape(chapter.file)}">{escape(name)}</a>' if chapter else escape(name)
        said = f"{row['passed']} of {row['exercises']}"
        if row["core"] is not None:
            done = len(set(row["core"]) - set(row["open"]))
            said += f", core {done} of {len(row['core'])}"
        bar = f'<progress max="{row["exercises"]}" value="{row["passed"]}" aria-label="{said} exercises"></progress>'
        following = "done"
        if row["open"]:
            following = (
                f"{escape((row['tried'] or row['open'])[0])}"
                f"<details><summary>{len(row['open'])} open</summary>{escape(', '.join(row['open']))}</details>"
            )
        cells = (f"{said}{bar}", f"{row['points']} of {row['max_points']}", following)
        return f'<tr><th scope="row">{link}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def progress_table() -> ProgressTable:
    """How far you are, from the progress file beside the notebooks."""
    return ProgressTable(progress.read())

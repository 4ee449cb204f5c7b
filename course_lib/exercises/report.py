"""The chapter map with progress, for the start page."""

from html import escape

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
        head = "".join(
            f'<th style="text-align:left;padding:4px 14px 4px 0">{name}</th>'
            for name in ("Chapter", "Exercises", "", "Points", "Next")
        )
        return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    @staticmethod
    def _html_row(row: dict, chapter) -> str:
        name = f"{row['chapter']} {chapter.title}" if chapter else row["chapter"]
        link = f'<a href="{escape(chapter.file)}">{escape(name)}</a>' if chapter else escape(name)
        share = 100 * row["passed"] / max(1, row["exercises"])
        bar = (
            '<div style="width:150px;height:10px;border:1px solid #888;border-radius:3px">'
            f'<div style="width:{share:.0f}%;height:100%;background:#0173b2"></div></div>'
        )
        following = "done"
        if row["open"]:
            following = f"exercise {escape((row['tried'] or row['open'])[0])}"
            following += (
                f'<details><summary style="cursor:pointer">{len(row["open"])} open</summary>'
                f'<div style="max-width:300px">{escape(", ".join(row["open"]))}</div></details>'
            )
        cells = (
            link,
            f"{row['passed']} of {row['exercises']}",
            bar,
            f"{row['points']} of {row['max_points']}",
            following,
        )
        return "<tr>" + "".join(f'<td style="text-align:left;padding:4px 14px 4px 0">{c}</td>' for c in cells) + "</tr>"


def progress_table() -> ProgressTable:
    """How far you are, from the progress file beside the notebooks."""
    return ProgressTable(progress.read())

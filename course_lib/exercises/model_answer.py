"""After an exercise is passed: the course's own lines beside the student's."""

import inspect
import re
from html import escape
from pathlib import Path
from textwrap import dedent
from typing import Any

import course_lib
from course_lib import grammar, page

#: where the sources of the chapters stand in a clone of the course
FOLDER = Path(course_lib.__file__).resolve().parents[1] / "solutions"


class Solution:
    """Two answers to one exercise, side by side; shows itself."""

    def __init__(self, exercise: str, title: str, course: str, own: str):
        self.exercise, self.title, self.course, self.own = exercise, title, course, own

    def __repr__(self) -> str:
        return f"# Exercise {self.exercise}, the course's lines\n{self.course}\n\n# yours\n{self.own}"

    def _repr_html_(self) -> str:
        sides = "".join(f'<div><div>{name}</div><pre tabindex="0">{escape(text)}</pre></div>'
                        for name, text in (("The course's lines", self.course), ("Yours", self.own)))
        head = f"<div><strong>Exercise {escape(self.exercise)} {escape(self.title)}</strong></div>"
        return page.html(f'<div class="card is-right">{head}<div class="sides">{sides}</div></div>')


def course_lines(id: str) -> str:
    """The model answer to an exercise, as the chapter's source has it; empty where the sources are not installed."""
    for file in FOLDER.glob(f"{grammar.chapter(id)}_*.py"):
        for cell in re.split(r"^# %%.*\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if id in grammar.exercises(cell):
                return _without_marks(cell)
    return ""


def _without_marks(cell: str) -> str:
    """A cell without its first line, the marks around its answer, and the faulty code that was to be repaired."""
    marks = (grammar.BEGIN, grammar.END, grammar.BEGIN_BUGGY, grammar.END_BUGGY, grammar.BUGGY_LINE)
    lines = [line for line in cell.strip().split("\n")[1:] if not line.strip().startswith(marks)]
    return "\n".join(lines).strip()


def own_lines(answer: Any) -> str:
    """The text of a student's answer: of a function its source, of a value what it is."""
    if not callable(answer):
        return repr(answer)
    try:
        return dedent(inspect.getsource(answer)).strip()
    except (OSError, TypeError):
        return "The text of this function is not to be had."

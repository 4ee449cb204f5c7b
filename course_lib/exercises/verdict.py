"""What a check says, as one stable line of text and as a calm card on the page."""

from dataclasses import dataclass
from html import escape

import numpy as np

from course_lib import page

#: status -> (symbol, words, name of the color in `page.CARD`); symbol and words say it without the color
STATUS = {
    "right": ("✓", "right", "right"),
    "not attempted": ("○", "not attempted", "quiet"),
    "mistake": ("✗", "a named mistake", "wrong"),
    "kind": ("✗", "the wrong kind of thing", "wrong"),
    "not finite": ("✗", "not finite", "wrong"),
    "factor": ("✗", "off by a factor", "wrong"),
    "wrong": ("✗", "not right yet", "wrong"),
    "error": ("✗", "stopped by an error", "wrong"),
    "time": ("✗", "out of time", "wrong"),
}
HINT_NAMES = ("idea", "formula", "first line")
LARGEST_PICTURE = (8, 8)


@dataclass(frozen=True)
class Verdict:
    """The result of one check; shows itself at the end of a cell."""

    exercise: str
    title: str
    status: str
    message: str
    points: int = 0
    max_points: int = 0
    mistake: str = ""  #: id of the named mistake, for grading; not for the page
    by: str = ""  #: name of the diagnosis that speaks; not for the page
    wrong: int = 0  #: of an answer with several entries: how many are wrong
    pointer: str = ""  #: what helps with the first wrong one of them, at the end of `message`
    hints: tuple[str, ...] = ()
    picture: str = ""  #: HTML of a counter-example
    inputs: str = ""  #: the input on which it went wrong, as code to try out
    printed: str = ""  #: what the student's code printed
    warned: tuple[str, ...] = ()  #: warnings that came while it ran
    remark: str = ""  #: about the progress file, when it could not be written

    @classmethod
    def on(cls, exercise, status, message, outcomes=(), **more) -> "Verdict":
        """A verdict on one exercise."""
        printed = next((outcome.printed for outcome in outcomes if outcome.printed), "")
        warned = () if status == "right" else next((outcome.warned for outcome in outcomes if outcome.warned), ())
        hints = () if status == "right" else exercise.hints
        return cls(
            exercise.id, exercise.title, status, message, max_points=exercise.points, hints=hints, printed=printed,
            warned=warned, **more
        )

    def __repr__(self) -> str:
        line = f"{self.exercise} {self.title}: {STATUS[self.status][1]}".strip()
        if self.status == "right":
            return f"{line} ({self.points} {'point' if self.points == 1 else 'points'})"
        return line

    def _repr_html_(self) -> str:
        symbol, words, color = STATUS[self.status]
        points = f"{self.points} of {self.max_points} points" if self.max_points != 1 else f"{self.points} of 1 point"
        rows = [
            f'<div><strong><span class="{color}">{symbol} {words}</span> · exercise '
            f'{escape(self.exercise)} {escape(self.title)}</strong> <span class="quiet">· {points}</span></div>',
            f"<div>{escape(self.message)}</div>",
            self.picture,
        ]
        if self.inputs:
            text = escape(self.inputs)
            rows.append(f"<details><summary>The input, to try yourself</summary><pre>{text}</pre></details>")
        if self.printed:
            text = escape(self.printed)
            rows.append(f"<details><summary>What your code printed</summary><pre>{text}</pre></details>")
        if self.warned:
            text = escape("\n".join(self.warned))
            rows.append(f"<details><summary>Warnings while it ran</summary><pre>{text}</pre></details>")
        rows += hint_details(self.hints)
        if self.remark:
            rows.append(f'<div class="quiet">{escape(self.remark)}</div>')
        return page.html(f'<div class="card is-{color}">{"".join(rows)}</div>')


def hint_details(hints) -> list[str]:
    """Hints folded one inside the other, so that a stronger one is met only on purpose."""
    inner = ""
    for number in range(len(hints), 0, -1):
        text = hints[number - 1]
        body = f"<code>{escape(text)}</code>" if number == 3 else escape(text)
        inner = f"<details><summary>Hint {number}: {HINT_NAMES[number - 1]}</summary><div>{body}</div>{inner}</details>"
    return [inner] if inner else []


def counter_example(name: str, got: np.ndarray, want: np.ndarray) -> str:
    """Two small tables, yours and the expected one, with the entries that differ framed; empty for large arrays."""
    if not 1 <= got.ndim <= 2 or got.size < 2 or any(
        n > most for n, most in zip(np.atleast_2d(got).shape, LARGEST_PICTURE, strict=True)
    ):
        return ""
    a, b = np.atleast_2d(got), np.atleast_2d(want)
    differs = ~np.isclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)

    def table(title, values):
        rows = "".join(
            "<tr>" + "".join(_cell(value, bad) for value, bad in zip(row, flags, strict=True)) + "</tr>"
            for row, flags in zip(values, differs, strict=True)
        )
        return f"<table><caption>{escape(title)}</caption>{rows}</table>"

    both = table(f"{name}, yours (differing entries framed)", a) + table("expected", b)
    return f'<div class="numbers" tabindex="0" role="group" aria-label="a counter-example">{both}</div>'


def _cell(value: float, bad: bool) -> str:
    kind = ' class="differs"' if bad else ""
    return f"<td{kind}>{value:.4g}</td>"

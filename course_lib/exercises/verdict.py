"""What a check says, as one stable line of text and as a calm card on the page."""

from dataclasses import dataclass
from html import escape

import numpy as np

#: status -> (symbol, words, color); symbol and words say it without the color
STATUS = {
    "right": ("✓", "right", "#0b6e4f"),
    "not attempted": ("○", "not attempted", "#5f6368"),
    "mistake": ("✗", "a named mistake", "#b35900"),
    "kind": ("✗", "the wrong kind of thing", "#b35900"),
    "not finite": ("✗", "not finite", "#b35900"),
    "factor": ("✗", "off by a factor", "#b35900"),
    "wrong": ("✗", "not right yet", "#b35900"),
    "error": ("✗", "stopped by an error", "#b35900"),
    "time": ("✗", "out of time", "#b35900"),
}
HINT_NAMES = ("idea", "formula", "first line")
LARGEST_PICTURE = (8, 8)
FAINT = 'style="opacity:.75;font-size:85%"'


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
            f'<div style="font-weight:600"><span style="color:{color}">{symbol} {words}</span> · exercise '
            f"{escape(self.exercise)} {escape(self.title)} "
            f'<span style="font-weight:400;opacity:.75">· {points}</span></div>',
            f'<div style="margin-top:3px">{escape(self.message)}</div>',
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
            rows.append(f"<div {FAINT}>{escape(self.remark)}</div>")
        return (
            f'<div style="border-left:4px solid {color};padding:6px 12px;margin:4px 0;max-width:820px;'
            f'line-height:1.45">{"".join(rows)}</div>'
        )


def hint_details(hints) -> list[str]:
    """Hints folded one inside the other, so that a stronger one is met only on purpose."""
    inner = ""
    for number in range(len(hints), 0, -1):
        text = hints[number - 1]
        body = f"<code>{escape(text)}</code>" if number == 3 else escape(text)
        inner = (
            f'<details style="margin:3px 0 0 {0 if number == 1 else 14}px"><summary style="cursor:pointer">'
            f"Hint {number}: {HINT_NAMES[number - 1]}</summary><div>{body}</div>{inner}</details>"
        )
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
        caption = f'<caption style="caption-side:top;text-align:left;padding:2px 0">{escape(title)}</caption>'
        style = "display:inline-table;margin:4px 24px 4px 0;border-collapse:collapse"
        return f'<table style="{style}">{caption}{rows}</table>'

    return f"<div>{table(f'{name}, yours (differing entries framed)', a)}{table('expected', b)}</div>"


def _cell(value: float, bad: bool) -> str:
    frame = "2px solid #b35900;font-weight:600" if bad else "1px solid rgba(128,128,128,.35)"
    return f'<td style="padding:2px 7px;text-align:right;border:{frame}">{value:.4g}</td>'

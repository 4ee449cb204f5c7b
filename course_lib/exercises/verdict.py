"""What a check says, as one stable line of text and as a calm card on the page."""

import re
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
LARGEST_PICTURE = (8, 8)
#: From the second failed try on the card shows where it differs and where to look, from the third on an example.
SECOND, THIRD = 2, 3


@dataclass(frozen=True)
class Verdict:
    """The result of one check; shows itself at the end of a cell.

    The card answers one question after the other: what you did, where it differs, where to look, what helps. `failed`
    decides how much of that is on it: the first failed try shows no more than it must.
    """

    exercise: str
    title: str
    status: str
    message: str  #: what you did
    points: int = 0
    max_points: int = 0
    mistake: str = ""  #: id of the named mistake, for grading; not for the page
    differs: str = ""  #: where it differs, in numbers, where the message does not say it
    by: str = ""  #: name of the diagnosis that speaks; not for the page
    wrong: int = 0  #: of an answer with several entries: how many are wrong
    pointer: str = ""  #: what helps with the first wrong one of them, at the end of `message`
    picture: str = ""  #: HTML of a counter-example
    look: str = ""  #: where to look: a line of the answer, and what to ask there
    example: str = ""  #: the smallest input with the right output
    inputs: str = ""  #: the input on which it went wrong, as code to try out
    printed: str = ""  #: what the student's code printed
    warned: tuple[str, ...] = ()  #: warnings that came while it ran
    debrief: str = ""  #: one sentence after success
    failed: int = 0  #: failed tries on this exercise, this one included; 0 where nothing is counted
    remark: str = ""  #: about the progress file, when it could not be written

    @classmethod
    def on(cls, exercise, status, message, outcomes=(), **more) -> "Verdict":
        """A verdict on one exercise."""
        printed = next((outcome.printed for outcome in outcomes if outcome.printed), "")
        warned = () if status == "right" else next((outcome.warned for outcome in outcomes if outcome.warned), ())
        return cls(exercise.id, exercise.title, status, message, max_points=exercise.points, printed=printed,
                   warned=warned, **more)

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
            _line(self.message),
        ]
        if self.failed >= SECOND:
            rows += [_line(self.differs), self.picture, _folded("Where to look", self.look)]
        if self.failed >= THIRD:
            rows.append(_folded("A small example", self.example, code=True, opened=True))
        rows.append(_line(self.debrief))
        if self.title and self.status != "right":
            rows.append(f'<div class="quiet">The next hint: <code>hint("{escape(self.exercise)}")</code></div>')
        rows += [
            _folded("An input to try", self.inputs, code=True),
            _folded("What your code printed", self.printed, code=True),
            _folded("Warnings while it ran", "\n".join(self.warned), code=True),
        ]
        if self.failed >= SECOND:
            rows.append(_folded("Is this message wrong?", COMPLAIN.format(id=self.exercise), code=True))
        if self.status == "right" and self.title:
            rows.append(_folded("The course's lines beside yours", COMPARE.format(id=self.exercise), code=True))
        rows.append(_line(self.remark, "quiet"))
        return page.html(f'<div class="card is-{color}">{"".join(rows)}</div>')


#: What writes a wrong message into a file, for who does not have it among the imports.
COMPLAIN = """\
# writes this message and your code into a file that you can send; nothing is sent by itself
from course_lib.exercises import report
report("{id}")"""


#: What shows the course's lines.
COMPARE = """\
from course_lib.exercises import solution
solution("{id}")"""


def _line(text: str, kind: str = "") -> str:
    return f'<div class="{kind}">{_set(text)}</div>'.replace(' class=""', "") if text else ""


def _set(text: str) -> str:
    """A text as HTML; what stands between `back ticks` is code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def _folded(title: str, text: str, code: bool = False, opened: bool = False) -> str:
    """What is met on purpose only; code is taken with one click."""
    if not text:
        return ""
    inner = f'<pre tabindex="0">{escape(text)}</pre>' if code else f"<div>{_set(text)}</div>"
    return f"<details{' open' if opened else ''}><summary>{title}</summary>{inner}</details>"


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

"""What a student gets back: one page that needs nothing else, shows nothing hidden, and runs nothing.

Names, file names and code come from students and are text here, never HTML. The page also forbids itself any script
and any request, should something slip through.
"""

import re
from html import escape

from course_lib.exercises.verdict import STATUS
from course_lib.grading.exports import Gradebook, blank, number, title, words
from course_lib.grading.records import Record
from course_lib.page import DARK_COLORS, LIGHT_COLORS, RULES

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
STYLE = f"""
:root {{ color-scheme: light dark; {LIGHT_COLORS} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK_COLORS} }} }}
{RULES}""" + """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .3rem .6rem; text-align: left; vertical-align: top; }
caption { white-space: nowrap; }
.list td, .list th { border-bottom: 1px solid var(--course-line); }
.n { text-align: right; white-space: nowrap; } .faint { color: var(--course-quiet); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--course-line); padding-left: .8rem; }
.said { overflow-wrap: anywhere; } svg, img { max-width: 100%; height: auto; } img { background: #fff; }
"""
#: what changes the direction of the text round it, or is not to be seen at all
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
LONGEST = 20_000
#: the only HTML that a counter-example consists of
PICTURE = re.compile(r"(?:[^<>]|</?(?:div|table|tr|td|caption)(?: (?:class|role|tabindex|aria-label)=\"[-\w ]*\")*>)*")

#: what a student reads about the status of a submission
SAID = {
    "ok": "Everything was run and judged.",
    "partial": "Some exercises were not attempted or could not be judged; the table says which.",
    "time-out": "Something in this notebook did not end and was stopped. What could be judged without it was.",
    "dead": "Running this notebook ended its Python process. Each exercise was then tried on its own.",
    "tampered": "Cells that belong to the checks were changed. Your own answers were judged all the same.",
    "unreadable": "This file could not be read as a notebook of the course. Your instructor will get in touch.",
}


def text(value: str) -> str:
    """Anybody's text as HTML."""
    value = UNSEEN.sub("\N{REPLACEMENT CHARACTER}", str(value).replace("\r\n", "\n"))
    return escape(value if len(value) <= LONGEST else value[:LONGEST] + " … (shortened)")


def page(heading: str, body: str, policy: str = POLICY) -> str:
    """A whole HTML file; `body` is HTML already, `heading` is not."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(heading)}</title><style>{STYLE}</style></head>\n"
        f'<body><h1 dir="auto">{text(heading)}</h1>\n{body}\n</body></html>\n'
    )


def feedback(book: Gradebook, records: list[Record]) -> str:
    """The page of one student with all chapters handed in."""
    of = records[0].submission
    return page(f"Feedback for {of.name or of.student}", "\n".join(_chapter(book, record) for record in records))


def _chapter(book: Gradebook, record: Record) -> str:
    of = record.submission
    points = book.points(record)
    reached = "not graded yet" if points is None else f"{number(points)} of {book.possible(of.chapter)} points"
    open_ones = [item for item in book.waiting(record) if ".Q" in item]
    waits = f"; still to be read by a person: {', '.join(open_ones)}" if open_ones else ""
    parts = [
        f"<h2>{text(title(of.chapter))}</h2>",
        f"<p><strong>{reached}</strong>{text(waits)}. {text(SAID.get(record.status, record.status))}</p>",
        f'<p class="faint">File: <bdi>{text(of.file)}</bdi></p>',
    ]
    total = book.total(record)
    if total and total.comment:
        parts.append(f"<p>{text(total.comment)}</p>")
    if record.exercises:
        head = "<tr><th>exercise</th><th></th><th>result</th><th class=n>points</th></tr>"
        parts.append(f'<table class="list">{head}{"".join(map(_exercise, record.exercises))}</table>')
    parts += map(_open, record.open_answers)
    return "\n".join(parts)


def _exercise(result) -> str:
    symbol, _, color = STATUS.get(result.status, ("✗", "", "wrong"))
    said = f'<div class="said">{text(result.message)}</div>' if result.message else ""
    if result.look:
        said += f'<div class="said">Where to look: {text(result.look)}</div>'
    if result.public and PICTURE.fullmatch(result.picture):
        said += result.picture
    if result.public and result.inputs:
        said += f"<details><summary>The input</summary><pre>{text(result.inputs)}</pre></details>"
    return (
        f'<tr><td>{text(result.id)}</td><td>{text(result.title)}</td>'
        f'<td class="course"><strong class="{color}">{symbol} {text(words(result.status))}</strong>{said}</td>'
        f"<td class=n>{number(result.points)} / {result.possible}</td></tr>\n"
    )


def _open(answer) -> str:
    given = "not graded yet" if answer.points is None else f"{number(answer.points)} of {answer.possible} points"
    said = f"<p>{text(answer.comment)}</p>" if answer.comment else ""
    own = "<p>No answer.</p>" if blank(answer.answer) else f'<pre dir="auto">{text(answer.answer)}</pre>'
    return f"<h3>Open question {text(answer.id)}: {given}</h3>{said}{own}"


def question(book: Gradebook, item: str) -> str:
    """All answers to one open question, for the person who gives the points in the sheet beside it."""
    found = [(record, a) for record in book.records for a in record.open_answers if a.id == item]
    asked, possible = found[0][1].question, found[0][1].possible
    written = [(record, answer) for record, answer in found if not blank(answer.answer)]
    empty = [record.submission.student for record, answer in found if blank(answer.answer)]
    body = [
        f'<pre>{text(asked)}</pre><p>{len(written)} answers, up to {possible} points each. Put the points and, if you '
        f"like, a comment for the student into <code>{text(item)}.csv</code> beside this page, then "
        f"<code>course grade --out DIR --merge {text(item)}.csv</code>.</p>"
    ]
    for record, answer in written:
        of = record.submission
        given = "points: ____" if answer.points is None else f"{number(answer.points)} points"
        body.append(
            f'<h2><bdi>{text(of.student)}</bdi> <span class="faint"><bdi>{text(of.name)}</bdi></span> · {given}</h2>'
            f'<pre dir="auto">{text(answer.answer)}</pre>'
        )
    if empty:
        body.append(f'<p class="faint">No answer: {", ".join(f"<bdi>{text(student)}</bdi>" for student in empty)}</p>')
    return page(f"Open question {item}", "\n".join(body))

"""How verdicts and hints look in a notebook: calm cards whose status is a symbol and a word, never only a color.

Every text that a student can influence is escaped here.
"""

from html import escape

import numpy as np

from course_lib.exercises.values import describe, number, short

# status -> (symbol, color of the edge); the colors differ in lightness as well as in hue
LOOK = {
    "right": ("✓", "#029e73"),
    "not attempted": ("○", "#949494"),
    "mistake": ("◆", "#de8f05"),
    "factor": ("×", "#de8f05"),
    "not finite": ("∞", "#d55e00"),
    "kind": ("□", "#0173b2"),
    "changed": ("!", "#d55e00"),
    "error": ("!", "#d55e00"),
    "time": ("…", "#d55e00"),
    "wrong": ("≠", "#de8f05"),
}
NEXT = {
    "not attempted": "Later cells use the course's version until yours has passed.",
    "right": "Later cells use your version from now on.",
}
BLUE, ORANGE = "1,115,178", "222,143,5"
MAX_SIDE = 8


def verdict(v) -> str:
    """The card of a `Verdict`."""
    from course_lib.exercises.judging import STATUS_WORDS

    symbol, color = LOOK.get(v.status, ("?", "#949494"))
    word = STATUS_WORDS.get(v.status, v.status)
    name = f' <span style="opacity:.65">({escape(v.mistake)})</span>' if v.mistake else ""
    points = f"{v.points} of {v.max_points} point{'' if v.max_points == 1 else 's'}" if v.max_points else ""
    parts = [
        f'<div style="font-weight:600"><span aria-hidden="true" style="color:{color};font-size:1.15em">{symbol}</span> '
        f"{escape(v.exercise)} {escape(v.title)}: {escape(word)}{name}"
        f'<span style="float:right;font-weight:400;opacity:.75">{points}</span></div>',
        f'<div style="margin-top:4px">{escape(short(v.message, 1500))}</div>',
    ]
    if v.status in NEXT:
        parts.append(f'<div style="margin-top:4px;opacity:.75">{NEXT[v.status]}</div>')
    for k, (heading, body) in enumerate(v.details):
        parts.append(_fold(heading, body, open=k == 0))
    parts.append(_hints(v.hints))
    if v.remark:
        parts.append(f'<div style="margin-top:6px;opacity:.75">{escape(v.remark)}</div>')
    return _frame("".join(parts), color)


def hint(id: str, title: str, hints: tuple[str, ...], total: int) -> str:
    """The card of `hint(id)`: the hints shown so far."""
    rows = "".join(f"<li>{escape(text)}</li>" for text in hints)
    more = f'<div style="opacity:.75">hint("{escape(id)}") again gives a stronger one.</div>' if len(hints) < total else ""
    head = f'<div style="font-weight:600">{escape(id)} {escape(title)}: hint {len(hints)} of {total}</div>'
    return _frame(f'{head}<ol style="margin:4px 0 4px 1.2em;padding:0">{rows}</ol>{more}', "#0173b2")


def note(text: str) -> str:
    """A card with one sentence."""
    return _frame(escape(short(text, 600)), "#949494")


def code(text: str) -> str:
    """Text in the student's words, as code."""
    return f'<pre style="margin:2px 0;padding:4px 8px;white-space:pre-wrap">{escape(text)}</pre>'


def comparison(name: str, got: np.ndarray, expected: np.ndarray, marks: np.ndarray) -> str:
    """Two small colored tables side by side; entries that differ carry a frame and a sign."""
    got, expected, marks, where = _flat_view(got, expected, marks)
    label = escape(f"{name}{where}")
    limit = _scale(got, expected)
    return (
        '<div style="display:flex;gap:28px;flex-wrap:wrap">'
        f"{_table(f'{label}, yours', got, limit, marks)}{_table(f'{label}, expected', expected, limit, None)}</div>"
        '<div style="opacity:.75">Entries marked ≠ differ. Blue is positive, orange negative.</div>'
    )


def inputs(named: list[tuple[str, object]]) -> str:
    """The arguments of one instance, as small tables."""
    parts = []
    for name, value in named:
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size:
            view, _, _, where = _flat_view(value, value, value)
            parts.append(_table(escape(name + where), view, _scale(view, view), None))
        else:
            text = number(value) if isinstance(value, (bool, int, float, np.generic)) else describe(value)
            parts.append(f"<div>{escape(name)} = {escape(short(str(value), 80) if type(value) is tuple else text)}</div>")
    return f'<div style="display:flex;gap:20px;flex-wrap:wrap;align-items:flex-start">{"".join(parts)}</div>'


def _frame(body: str, color: str) -> str:
    return (
        f'<div class="course-card" style="border:1px solid rgba(128,128,128,.35);border-left:4px solid {color};'
        f'border-radius:3px;padding:8px 12px;margin:4px 0;max-width:860px;line-height:1.45">{body}</div>'
    )


def _fold(heading: str, body: str, open: bool = False) -> str:
    state = " open" if open else ""
    return (
        f'<details{state} style="margin-top:6px"><summary style="cursor:pointer">{escape(heading)}</summary>'
        f'<div style="margin:4px 0 0 12px">{body}</div></details>'
    )


def _hints(hints: tuple[str, ...]) -> str:
    """Three hints of rising strength, each inside the one before, so that nobody reads the last one by accident."""
    body = ""
    for k in range(len(hints), 0, -1):
        heading = "A hint" if k == 1 else f"A stronger hint ({k} of {len(hints)})"
        body = _fold(heading, f"{escape(hints[k - 1])}{body}")
    return body


def _flat_view(got, expected, marks):
    """The 2-D slice that holds the first mark, as rows; 1-D arrays and numbers become one row."""
    where = ""
    if got.ndim > 2:
        first = tuple(int(i) for i in np.argwhere(marks)[0][: got.ndim - 2]) if marks.any() else (0,) * (got.ndim - 2)
        got, expected, marks = got[first], expected[first], marks[first]
        where = f"[{', '.join(map(str, first))}]"
    rows = [a.reshape(1, -1) if a.ndim < 2 else a for a in (got, expected, marks)]
    return (*rows, where)


def _scale(*arrays) -> float:
    values = np.concatenate([np.abs(a.astype(float)).ravel() for a in arrays])
    return float(values[np.isfinite(values)].max(initial=0)) or 1.0


def _table(caption, array, limit, marks) -> str:
    rows = []
    for i, row in enumerate(array[:MAX_SIDE]):
        cells = [_cell(value, limit, marks is not None and bool(marks[i, j])) for j, value in enumerate(row[:MAX_SIDE])]
        rows.append(f"<tr>{''.join(cells)}{'<td>…</td>' if len(row) > MAX_SIDE else ''}</tr>")
    if len(array) > MAX_SIDE:
        rows.append("<tr><td>…</td></tr>")
    return (
        f'<table style="border-collapse:separate;border-spacing:2px;margin:2px 0;font-variant-numeric:tabular-nums">'
        f'<caption style="caption-side:top;text-align:left;opacity:.75;padding:0">{caption}</caption>{"".join(rows)}</table>'
    )


def _cell(value, limit, marked) -> str:
    strength = 0.0
    if np.isfinite(value):
        strength = min(abs(float(value)) / limit, 1.0) * 0.45
    color = BLUE if value > 0 else ORANGE
    edge = "outline:2px solid currentColor;outline-offset:-2px;font-weight:600;" if marked else ""
    return (
        f'<td style="background:rgba({color},{strength:.2f});{edge}padding:2px 7px;text-align:right">'
        f"{escape(number(value))}{' ≠' if marked else ''}</td>"
    )

"""The class at a glance: statuses, scores, the hardest exercises, the most frequent mistakes; plots as inline SVG.

How long everything took is a picture of its own (`times.svg`), so that this page is the same on every machine.
"""

from collections import Counter
from itertools import pairwise

from course_lib.exercises import registry
from course_lib.grading.exports import Gradebook, number, title, words
from course_lib.grading.feedback import POLICY, page, text
from course_lib.grading.records import STATUSES, Record
from course_lib.page import BLUE

WIDTH, ROW, LABELS = 720, 22, 230
MOST_ROWS = 15


def overview(book: Gradebook, remarks=()) -> str:
    """The page for the instructor."""
    used = sorted({record.sandbox for record in book.records if record.sandbox})
    waiting = sum(bool(book.waiting(record)) for record in book.records)
    body = [
        f"<p>{len(book.records)} submissions; sandbox: {text(', '.join(used) or 'nothing was run')}; "
        f"{waiting} wait for points by hand; {len(book.missing)} students of the roster handed in nothing.</p>"
    ]
    body += [_chapter(book, chapter) for chapter in book.chapters()]
    body.append(
        '<h2>Time</h2><p><img src="times.svg" alt="Histogram of the seconds that each submission took to grade; '
        'the numbers are in timings.json"></p>'
    )
    if book.missing:
        names = ", ".join(f"<bdi>{text(student)}</bdi>" for student in book.missing)
        body.append(f"<h2>Nothing handed in</h2><p>{names}</p>")
    if remarks:
        body.append(f"<h2>Left out</h2><ul>{''.join(f'<li>{text(remark)}</li>' for remark in remarks)}</ul>")
    return page("Class overview", "\n".join(body), f"{POLICY}; img-src 'self' file:")


def _chapter(book: Gradebook, chapter: str) -> str:
    records, possible = book.of(chapter), book.possible(chapter)
    counts = Counter(record.status for record in records)
    rows = "".join(
        f"<tr><td>{status}</td><td class=n>{counts[status]}</td><td>{STATUSES[status]}</td></tr>"
        for status in STATUSES
        if counts[status]
    )
    points = [p for p in map(book.points, records) if p is not None]
    parts = [f"<h2>{text(title(chapter))}</h2>", f'<table class="list">{rows}</table>']
    if points and possible:
        parts += ["<h3>Scores</h3>", scores(points, possible)]
    parts += [hardest(records), mistakes(records), _table(book, records)]
    return "\n".join(parts)


def scores(points: list[float], possible: int) -> str:
    """How many submissions reached which part of the points."""
    bins = [0] * 10
    for value in points:
        bins[min(9, int(10 * value / possible))] += 1
    middle = sorted(points)[len(points) // 2]
    mean = sum(points) / len(points)
    rows = [(f"{10 * i} to {10 * i + 10} %", count, str(count)) for i, count in enumerate(bins)]
    note = f"{len(points)} scores of {possible} points; mean {mean:.1f}, median {number(middle)}"
    return f"<p>{note}</p>{bars('Score distribution', rows)}"


def hardest(records: list[Record]) -> str:
    """The exercises with the smallest share of right answers."""
    tried: Counter = Counter()
    right: Counter = Counter()
    names: dict[str, str] = {}
    for record in records:
        for result in record.exercises:
            names[result.id] = f"{result.id} {result.title}"
            tried[result.id] += result.status not in ("not attempted", "missing")
            right[result.id] += result.status == "right"
    if not names:
        return ""
    order = sorted(names, key=lambda id: (right[id] / max(1, tried[id]), -tried[id], id.partition(".")[2].zfill(4)))
    share = {id: 100 * right[id] / max(1, tried[id]) for id in order[:MOST_ROWS]}
    rows = [(names[id], share[id], f"{right[id]} of {tried[id]} right") for id in share]
    return f"<h3>Hardest exercises</h3>{bars('Share of right answers among those attempted', rows, 100)}"


def mistakes(records: list[Record]) -> str:
    """The named mistakes that were made most often."""
    counts = Counter((r.id, r.mistake) for record in records for r in record.exercises if r.mistake)
    if not counts:
        return ""
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]
    rows = [(f"{mistake} in {id}", count, str(count)) for (id, mistake), count in common]
    said = "".join(
        f"<tr><td>{text(mistake)}</td><td>{text(id)}</td><td class=n>{count}</td>"
        f"<td>{text(_say(id, mistake))}</td></tr>"
        for (id, mistake), count in common
    )
    head = "<tr><th>mistake</th><th>exercise</th><th class=n>times</th><th>what students are told</th></tr>"
    chart = bars("Most frequent mistakes", rows)
    return f'<h3>Most frequent mistakes</h3>{chart}<table class="list">{head}{said}</table>'


def _say(id: str, mistake: str) -> str:
    try:
        return next((m.say for m in registry.get(id).mistakes if m.id == mistake), "")
    except KeyError:
        return ""


def _table(book: Gradebook, records: list[Record]) -> str:
    rows = []
    for record in records:
        of, points = record.submission, book.points(record)
        failed = Counter(words(r.status) for r in record.exercises if r.status not in ("right", "not attempted"))
        notes = [*record.notes, *[f"{count} × {status}" for status, count in sorted(failed.items())]]
        rows.append(
            f"<tr><td><bdi>{text(of.student)}</bdi></td><td><bdi>{text(of.name)}</bdi></td>"
            f"<td>{text(record.status)}</td><td class=n>{'–' if points is None else number(points)}</td>"
            f"<td>{text(' '.join(book.waiting(record)))}</td>"
            f"<td class=said>{text('; '.join(notes))}</td></tr>"
        )
    head = "<tr><th>student</th><th>name</th><th>status</th><th class=n>points</th><th>waiting</th><th>notes</th></tr>"
    return f'<h3>Submissions</h3><table class="list">{head}{"".join(rows)}</table>'


# --- plots ---


def bars(heading: str, rows: list[tuple[str, float, str]], most: float | None = None) -> str:
    """Horizontal bars as SVG; the numbers stand beside the bars and in the alternative text.

    Parameters
    ----------
    rows : (label, value, what stands beside the bar)
    most : the value of a full bar; the largest one by default
    """
    most = most or max((value for _, value, _ in rows), default=0) or 1
    height, room = ROW * len(rows) + 8, WIDTH - LABELS - 110
    alt = f"{heading}: " + "; ".join(f"{label}: {said}" for label, _, said in rows)
    drawn = []
    for i, (label, value, said) in enumerate(rows):
        y, length = 4 + ROW * i, max(1.0, room * value / most) if value else 0
        short = label if len(label) <= 30 else label[:29] + "…"
        drawn.append(
            f'<text x="{LABELS - 8}" y="{y + 15}" text-anchor="end">{text(short)}</text>'
            f'<rect x="{LABELS}" y="{y + 3}" width="{length:.1f}" height="{ROW - 7}" fill="{BLUE}"/>'
            f'<text x="{LABELS + length + 6:.1f}" y="{y + 15}">{text(said)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{text(alt)}" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="13" fill="currentColor">'
        f"<title>{text(heading)}</title>{''.join(drawn)}</svg>"
    )


def times(timings: dict[str, dict]) -> str:
    """A histogram of the seconds that each submission took, as an SVG file."""
    seconds = [entry["wall"] for entry in timings.values() if isinstance(entry.get("wall"), int | float)]
    edges = [0, 2, 5, 10, 20, 60, 120, 300, 900, float("inf")]
    rows = []
    for low, high in pairwise(edges):
        count = sum(low <= value < high for value in seconds)
        rows.append((f"{low} to {high} s" if high < float("inf") else f"{low} s and more", count, str(count)))
    total = f"Time a submission took: {len(seconds)} submissions, {sum(seconds):.0f} s together"
    return bars(total, rows)

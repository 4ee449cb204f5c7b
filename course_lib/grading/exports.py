"""Grades as tables, and points given by hand read back.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and where a cell begins depends on what it takes
for a separator: commas here, semicolons in half of the world. So in text each such sign gets an apostrophe in front at
the beginning and after all that may separate; a plain number ("-3", "+4.5", "1e-3") stays as it is. Reading takes the
apostrophes away again.
"""

import csv
import io
import math
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from course_lib import grammar, syllabus
from course_lib.exercises import registry
from course_lib.exercises.verdict import STATUS
from course_lib.grading.records import MORE_EXERCISE_STATUSES, Record
from course_lib.roster import IntakeError, Person, read_table

#: a place where a cell may begin, the apostrophes there, and ahead, perhaps after what is not seen, a character with
#: which a formula begins, in both widths
FORMULA = re.compile(r"""(^|[,;|\t"])('*)(?=[\s\0"']*[=+\-@＝＋－＠])""")
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
MOST_CELL = 30_000  #: characters of a cell: spreadsheets cut what is longer, programs refuse the file
MOST_NOTES = 1_000  #: characters of what the grader noted
#: in these an exercise waits for a person although a machine has judged the rest
BY_HAND = ("library", "dead")
#: in these the whole submission waits for a person when nothing of it could be judged
NOTHING_JUDGED = ("unreadable", "dead", "time-out", "tampered")


# --- what a class has ---


@dataclass(frozen=True)
class Given:
    """Points that a person gave."""

    points: float | None
    comment: str = ""


@dataclass(frozen=True)
class Gradebook:
    """The records of a class with the points given by hand in place."""

    records: tuple[Record, ...]
    people: dict[str, Person] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    given: dict[tuple[str, str], Given] = field(default_factory=dict)  #: (student, item) -> points by hand

    def chapters(self) -> list[str]:
        return sorted({record.submission.chapter for record in self.records})

    def of(self, chapter: str) -> list[Record]:
        return [record for record in self.records if record.submission.chapter == chapter]

    def person(self, student: str) -> Person:
        return self.people.get(student) or Person(student)

    def possible(self, chapter: str) -> int:
        """Points of a whole chapter, also for a submission of which nothing could be read."""
        most = self._possible.get(chapter, 0)
        if most or chapter not in registry.chapters():
            return most
        return sum(exercise.points for exercise in registry.exercises(chapter))

    @cached_property
    def _possible(self) -> dict[str, int]:
        most: dict[str, int] = {}
        for record in self.records:
            chapter = record.submission.chapter
            most[chapter] = max(most.get(chapter, 0), record.possible)
        return most

    def total(self, record: Record) -> Given | None:
        """Points that a person gave for the whole submission."""
        return self.given.get((record.submission.student, total_item(record.submission.chapter)))

    def points(self, record: Record) -> float | None:
        """Points so far; None where nothing could be judged and nobody has given any: that is no 0."""
        total = self.total(record)
        if total:
            return total.points
        return None if nothing_judged(record) else record.points

    def waiting(self, record: Record) -> list[str]:
        """What still needs a person: open answers without points, exercises that only a person can judge."""
        if self.total(record):
            return []
        if nothing_judged(record):
            return [total_item(record.submission.chapter)]
        student = record.submission.student
        exercises = [e.id for e in record.exercises if e.status in BY_HAND and (student, e.id) not in self.given]
        return exercises + [answer.id for answer in record.open_answers if answer.points is None]


def nothing_judged(record: Record) -> bool:
    judged = any(e.status in STATUS and e.status != "not attempted" for e in record.exercises)
    return record.status in NOTHING_JUDGED and not judged and not any(
        answer.points is not None for answer in record.open_answers
    )


def total_item(chapter: str) -> str:
    """The name under which a whole submission gets its points: "4.total"."""
    return f"{chapter.lstrip('0') or '0'}.total"


def title(chapter: str) -> str:
    """ "04 Back-propagation", or "unknown chapter"."""
    known = syllabus.chapters().get(chapter)
    return f"{chapter} {known.title}" if known else chapter or "unknown chapter"


def stem(chapter: str) -> str:
    """ "04_backpropagation", as the notebook is called."""
    known = syllabus.chapters().get(chapter)
    return Path(known.file).stem if known else chapter or "unknown"


def words(status: str) -> str:
    """The status of an exercise in words."""
    return STATUS[status][1] if status in STATUS else MORE_EXERCISE_STATUSES.get(status, status)


def number(value: float | None) -> str:
    """ "3", "2.5"; empty for no number."""
    return "" if value is None else f"{round(value, 4):g}"


# --- tables out ---


def safe(value) -> str:
    """One cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return number(value)
    text = shortened(re.sub(r"[\x00-\x1f\x7f]+", " ", value), MOST_CELL)
    return text if NUMBER.fullmatch(text.strip()) else FORMULA.sub(r"\1'\2", text)


def unsafe(text: str) -> str:
    """What `safe` was given."""
    return FORMULA.sub(lambda found: found[1] + found[2][1:], text.strip())


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters; what is left out is said."""
    return text if len(text) <= most else f"{text[:most - 40]} ... ({len(text):,} characters)"


def table(header: list[str], rows: list[list], mark: bool = False) -> str:
    """A CSV file as text; `mark` tells spreadsheets that it is UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([[safe(cell) for cell in row] for row in [header, *rows]])
    return ("\ufeff" if mark else "") + buffer.getvalue()


def grades(book: Gradebook) -> str:
    """One row a submission: everything, with a column for each exercise and question."""
    items = sorted({e.id for r in book.records for e in (*r.exercises, *r.open_answers)}, key=_in_order)
    header = ["student", "name", "email", "chapter", "status", "points", "possible", "waiting", "sandbox", "notes"]
    header += ["file", *items]
    rows = []
    for record in book.records:
        of, person = record.submission, book.person(record.submission.student)
        single = {e.id: e.points for e in (*record.exercises, *record.open_answers)}
        rows.append([
            of.student, of.name, person.email, of.chapter, record.status, book.points(record),
            book.possible(of.chapter), " ".join(book.waiting(record)), record.sandbox, _notes(record), of.file,
            *[single.get(item) for item in items],
        ])  # fmt: skip
    for student in book.missing:
        person = book.person(student)
        rows.append([student, person.name, person.email, "", "nothing handed in"] + [""] * (6 + len(items)))
    return table(header, rows, mark=True)


def _notes(record: Record) -> str:
    return shortened("; ".join(record.notes), MOST_NOTES)


def _in_order(item: str) -> tuple:
    """Exercises as the text has them, questions after them."""
    chapter, _, rest = item.partition(".")
    return chapter.zfill(3), rest.startswith("Q"), rest.lstrip("Q").zfill(4)


def canvas(book: Gradebook) -> str:
    """As Canvas's gradebook imports it: one column a chapter; an empty cell changes nothing there."""
    chapters = book.chapters()
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(title, chapters)]
    rows: list[list] = [["    Points Possible", "", "", "", "", *map(book.possible, chapters)]]
    points = {(r.submission.student, r.submission.chapter): book.points(r) for r in book.records}
    for student in _students(book):
        person = book.person(student)
        login = person.sis_login_id or ("" if person.canvas_id else student)
        ids = [person.name or student, person.canvas_id, person.sis_user_id, login, person.section]
        rows.append([*ids, *[points.get((student, chapter)) for chapter in chapters]])
    return table(header, rows)


def _students(book: Gradebook) -> list[str]:
    return sorted({record.submission.student for record in book.records} | set(book.missing))


def moodle(book: Gradebook, chapter: str) -> str:
    """As Moodle's offline grading worksheet is imported: one file an assignment."""
    header = [
        "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Last modified (grade)",
        "Feedback comments",
    ]  # fmt: skip
    rows = []
    for record in book.of(chapter):
        person = book.person(record.submission.student)
        identifier = f"Participant {person.moodle_id}" if person.moodle_id else person.student
        name = record.submission.name or person.name
        rows.append([
            identifier, name, person.email, "Submitted for grading", book.points(record), book.possible(chapter), "",
            comment(book, record),
        ])  # fmt: skip
    return table(header, rows)


def comment(book: Gradebook, record: Record) -> str:
    """The result in a line, of the course's own words only: Moodle shows a comment as HTML."""
    parts = [f"{e.id} {number(e.points)}/{e.possible} {words(e.status)}" for e in record.exercises]
    parts += [f"{a.id} {'not graded yet' if a.points is None else f'{number(a.points)}/{a.possible}'}"
              for a in record.open_answers]  # fmt: skip
    if nothing_judged(record):
        parts = [f"could not be graded yet ({record.status})"]
    return "; ".join(parts)


def nbgrader(book: Gradebook) -> str:
    """In the columns of `nbgrader export`."""
    header = ["assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score"]
    header += ["late_submission_penalty", "score", "max_score"]
    rows = []
    for record in book.records:
        of, points = record.submission, book.points(record)
        person = book.person(of.student)
        last, first = _names(of.name or person.name)
        possible = book.possible(of.chapter)
        rows.append([stem(of.chapter), "", "", of.student, last, first, person.email, points, 0, points, possible])
    return table(header, rows)


def _names(name: str) -> tuple[str, str]:
    """(last, first) of "Last, First" or "First Last"."""
    last, comma, first = name.partition(",")
    if comma:
        return last.strip(), first.strip()
    first, _, last = name.strip().rpartition(" ")
    return last, first


def files(book: Gradebook) -> dict[str, str]:
    """File name -> text of every table."""
    made = {"grades.csv": grades(book), "grades_canvas.csv": canvas(book), "grades_nbgrader.csv": nbgrader(book)}
    chapters = book.chapters()
    for chapter in chapters:
        name = "grades_moodle.csv" if len(chapters) == 1 else f"grades_moodle_{chapter or 'unknown'}.csv"
        made[name] = moodle(book, chapter)
    return made


# --- points given by hand ---

POINTS = ["student", "name", "item", "points", "possible", "comment", "why"]


def blank(answer: str) -> bool:
    """Whether an open answer was left as it was handed out."""
    return not grammar.without_answer_mark(answer)


def points_sheets(book: Gradebook) -> dict[str, str]:
    """File name -> CSV to be filled in: one a question, and one for what only a person can decide."""
    sheets: dict[str, list[list]] = {}
    decide: list[list] = []
    for record in book.records:
        of = record.submission
        for answer in record.open_answers:
            own = Given(answer.points, answer.comment)
            if own.points is None and blank(answer.answer):
                own = Given(0, "no answer")
            sheets.setdefault(f"{answer.id}.csv", []).append(_row(of, answer.id, answer.possible, own))
        for exercise in record.exercises:
            if exercise.status in BY_HAND:
                why = shortened(": ".join(filter(None, (words(exercise.status), exercise.message))), MOST_NOTES)
                own = book.given.get((of.student, exercise.id))
                decide.append(_row(of, exercise.id, exercise.possible, own, why))
        total = book.total(record)
        if total or nothing_judged(record):
            why = f"{record.status}: {_notes(record)}"
            decide.append(_row(of, total_item(of.chapter), book.possible(of.chapter), total, why))
    if decide:
        sheets["decide.csv"] = decide
    return {name: table(POINTS, rows, mark=True) for name, rows in sorted(sheets.items())}


def _row(of, item: str, possible: int, given: Given | None, why: str = "") -> list:
    points, said = (given.points, given.comment) if given else (None, "")
    return [of.student, of.name, item, points, possible, said, why]


def read_points(path: Path, records, possible) -> dict[tuple[str, str], Given]:
    """(student, item) -> points of a filled-in sheet; rows without points are still waiting.

    Parameters
    ----------
    records : the records of the class
    possible : chapter -> points of the whole chapter

    Raises
    ------
    IntakeError
        With every faulty row in its message; nothing of the file is then used.
    """
    header, rows = read_table(path)
    lacking = [name for name in ("student", "item", "points") if name not in header]
    if lacking:
        raise IntakeError(f"{path}: no column {', '.join(map(repr, lacking))}; the columns are: {', '.join(header)}")
    maxima = _maxima(records, possible)
    students = {student for student, _ in maxima}
    given: dict[tuple[str, str], Given] = {}
    errors: list[str] = []
    rows_of: dict[tuple[str, str], int] = {}
    for line, row in rows:
        text = unsafe(row["points"])
        if not text:
            continue
        student, item = _known_student(unsafe(row["student"]), students), unsafe(row["item"])
        try:
            points = _points(text, student, item, students, maxima)
            if rows_of.setdefault((student, item), line) != line:
                raise IntakeError(f"{student!r} has points for {item} in row {rows_of[student, item]} too")
            given[student, item] = Given(points, unsafe(row.get("comment", "")))
        except IntakeError as error:
            errors.append(f"{path}, row {line}: {error}")
    if errors:
        raise IntakeError("\n".join(errors))
    return given


def _maxima(records, possible) -> dict[tuple[str, str], int]:
    """(student, item) -> the most points there are for it."""
    maxima = {}
    for record in records:
        student, chapter = record.submission.student, record.submission.chapter
        maxima[student, total_item(chapter)] = possible(chapter)
        maxima |= {(student, part.id): part.possible for part in (*record.exercises, *record.open_answers)}
    return maxima


def _known_student(name: str, students: set[str]) -> str:
    """The id as the class has it: spreadsheets take the zeros from the front of a number."""
    if name in students:
        return name
    same = [student for student in students if name.isdigit() and student.isdigit() and int(student) == int(name)]
    return same[0] if len(same) == 1 else name


def _points(text: str, student: str, item: str, students: set[str], maxima: dict) -> float:
    if student not in students:
        raise IntakeError(f"no submission by a student {student!r}")
    if (student, item) not in maxima:
        raise IntakeError(f"{student!r} has no item {item!r}")
    if not NUMBER.fullmatch(text):
        raise IntakeError(f"points are {text!r}, expected a number")
    points = float(text.replace(",", "."))
    if not (math.isfinite(points) and 0 <= points <= maxima[student, item]):
        raise IntakeError(f"{text} points for {item}, possible are 0 to {maxima[student, item]}")
    return points


def moderated(record: Record, given: dict[tuple[str, str], Given]) -> Record:
    """The record with the points that a person gave."""
    student = record.submission.student

    def exercise(part):
        own = given.get((student, part.id))
        if own is None:
            return part
        said = " ".join(filter(None, (part.message, f"Points given by hand. {own.comment}".strip())))
        return replace(part, points=own.points, message=said)

    def answer(part):
        own = given.get((student, part.id))
        return replace(part, points=own.points, comment=own.comment) if own else part

    return replace(
        record,
        exercises=tuple(map(exercise, record.exercises)),
        open_answers=tuple(map(answer, record.open_answers)),
    )

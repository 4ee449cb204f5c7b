"""Who is in a class: lists of students as the course, Canvas and Moodle write them."""

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path


class IntakeError(Exception):
    """What was given on the command line cannot be used; the message says why."""


@dataclass(frozen=True)
class Person:
    """A student as the exports need them."""

    student: str
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    moodle_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""
    file: str = ""


#: column of a Person -> headers under which it may stand, in small letters
COLUMNS = {
    "student": ("student", "student_id", "student id", "username"),
    "name": ("name", "full name", "student_name"),
    "email": ("email", "email address", "e-mail"),
    "canvas_id": ("canvas_id", "id"),
    "moodle_id": ("moodle_id", "identifier"),
    "sis_user_id": ("sis_user_id", "sis user id", "id number"),
    "sis_login_id": ("sis_login_id", "sis login id"),
    "section": ("section",),
    "file": ("file", "filename", "file name"),
}


def read_table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header in small letters, and (row number as a spreadsheet shows it, header -> cell) of a CSV file.

    Commas, semicolons or tabs; UTF-8 with or without a mark, else Windows-1252.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise IntakeError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise IntakeError(f"{path}: not a CSV file ({error})") from None
    if not rows:
        raise IntakeError(f"{path}: the file is empty; its first row names the columns")
    header = [cell.strip().lower() for cell in rows[0]]
    width = len(header)
    table = [
        (number, dict(zip(header, [*row, *[""] * width][:width], strict=True)))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    return header, table


def read_roster(path: Path) -> tuple[Person, ...]:
    """The students of a class.

    Three kinds of CSV are understood: our own, with a column `student` and any of `name, email, canvas_id, moodle_id,
    sis_user_id, sis_login_id, section, file`; a gradebook as Canvas exports it; a grading worksheet as Moodle exports
    it. In our own, `file` is the name of the student's file where no rule finds the student in it.

    Which column is trusted, in this order: `file`; for what Canvas or Moodle handed out `canvas_id` or `moodle_id`, and
    nothing else where the roster has such ids; `student`; then `email`, `sis_login_id` and `sis_user_id`, but none of
    these that stands for two students.

    Raises
    ------
    IntakeError
        Naming the row, when an id is missing or stands twice.
    """
    header, rows = read_table(path)
    columns = {field: next((name for name in names if name in header), None) for field, names in COLUMNS.items()}
    canvas = "student" in header and "id" in header and "section" in header
    moodle = "identifier" in header
    if canvas:
        columns |= {"student": "id", "name": "student"}
    elif moodle:
        columns |= {"student": "identifier"}
    elif not columns["student"]:
        raise IntakeError(f"{path}: no column 'student'; the columns are: {', '.join(header)[:300]}")
    people: list[Person] = []
    taken: dict[tuple[str, str], int] = {}
    for number, row in rows:
        person = Person(**{field: row[name].strip() for field, name in columns.items() if name})
        if canvas and (not person.student or "points possible" in person.name.lower()):
            continue  # the second row, and rows that no student has
        if moodle:
            digits = re.sub(r"\D", "", person.student)
            person = replace(person, student=digits, moodle_id=digits)
        if not person.student:
            raise IntakeError(f"{path}, row {number}: no id in the column '{columns['student']}'")
        for key in {("", person.student.casefold()), *_keys(person)}:
            if taken.setdefault(key, number) != number:
                raise IntakeError(f"{path}, row {number}: {key[1]!r} stands in row {taken[key]} too")
        people.append(person)
    return tuple(people)


def _keys(person: Person) -> list[tuple[str, str]]:
    keys = [("canvas", person.canvas_id), ("moodle", re.sub(r"^\D+", "", person.moodle_id)), ("file", person.file)]
    return [(kind, value.casefold()) for kind, value in keys if value]


def known(people) -> dict[tuple[str, str], Person]:
    """Everything under which a student may be looked up; another's own id goes before a login, and a login that stands
    for two students is nobody's.
    """
    logins = defaultdict(list)
    for person in people:
        for name in {person.email.casefold(), person.sis_login_id.casefold(), person.sis_user_id.casefold()} - {""}:
            logins["", name].append(person)
    known = {key: of[0] for key, of in logins.items() if len(of) == 1}
    for person in people:
        known |= {key: person for key in [("", person.student.casefold()), *_keys(person)]}
    return known

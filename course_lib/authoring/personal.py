"""Notebooks of one student each: `course build --student ROSTER.csv --out DIR`.

Numbers, data and planted bugs are drawn from the course key, see `course_lib.exercises.variants`. What is written
holds tokens, never the key, and is the same byte for byte whenever it is made again.
"""

import copy
import re
import secrets
import unicodedata
from pathlib import Path

from nbformat import NotebookNode

from course_lib import grammar
from course_lib.authoring import notebook
from course_lib.authoring.percent import SourceError
from course_lib.exercises import variants
from course_lib.files import create_file, replace_file
from course_lib.roster import IntakeError, read_roster

KEY_BYTES = 32
#: what Windows keeps for its devices
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def build(roster: Path, out: Path, key: Path | None, chapters=None, *, root: Path) -> list[str]:
    """Write one folder a student, with the student notebooks of `chapters` (numbers; default all).

    Parameters
    ----------
    roster : Path
        CSV with the columns student_id and name; others are left alone. See `course_lib.roster.read_roster`.
    out : Path
        Gets a folder for each student, named by the id.
    key : Path or None
        The course key; made when missing. Without it `course.key` beside the roster.

    Raises
    ------
    SourceError
        The roster or the key cannot be used, two students would get one folder, or a text to be exchanged is not in a
        notebook.
    """
    try:
        people = read_roster(roster)
    except IntakeError as error:
        raise SourceError(str(error)) from None
    folders = _folders([person.student for person in people])
    made = [(chapter, notebook.student(chapter)) for chapter in notebook.chapters(root, chapters)]
    key = key or roster.with_name("course.key")
    lines, secret = read_key(key, out)
    for person in people:
        folder = out / folders[person.student]
        for chapter, common in made:
            own = personal(common, chapter.number, secret, person.student)
            replace_file(folder / chapter.student.name, notebook.to_text(own))
    lines += [f"note: student {id!r} has the folder {name!r}" for id, name in folders.items() if id != name]
    count = f"{len(people)} student{'' if len(people) == 1 else 's'}"
    return [*lines, f"wrote {', '.join(chapter.name for chapter, _ in made)} for {count} to {out}"]


def read_key(path: Path, out: Path | None = None) -> tuple[list[str], bytes]:
    """What was done about the course key, and the key; it is made, for its owner's eyes only, when there is none.

    Raises
    ------
    SourceError
        When it cannot be read or made, is too short, or would lie in the folder that is handed out.
    """
    if out is not None and path.resolve().is_relative_to(out.resolve()):
        raise SourceError(f"{path}: the course key must not lie in {out}, which is handed out; name another with --key")
    lines = []
    try:
        if create_file(path, f"{secrets.token_hex(KEY_BYTES)}\n", secret=True):
            lines = [f"made  {path}: the course key. Keep it secret and keep it; `course grade` needs it"]
        return lines, variants.read_key(path)
    except OSError as error:
        raise SourceError(f"{path}: the course key cannot be read or made ({error.strerror})") from None
    except ValueError as error:
        raise SourceError(str(error)) from None


def personal(common: NotebookNode, number: str, key: bytes, student: str) -> NotebookNode:
    """The student notebook of a chapter with the numbers of one student."""
    own, tokens = copy.deepcopy(common), {}
    for exercise in notebook.exercises(number).values():
        tokens[exercise.id] = token = variants.token(key, student, exercise.id)
        replacements = variants.drawn(exercise, token).replacements if exercise.vary else {}
        for old, new in replacements.items():
            _put_in_place(own, common, exercise.id, old, new)
    for cell in own.cells:
        if cell.cell_type == "code":
            cell.source = grammar.with_variants(cell.source, tokens)
    return own


def _put_in_place(own, common, id, old, new) -> None:
    """Exchange a text that occurs once in the whole notebook, so that nothing else can be meant."""
    found = [place for place, cell in enumerate(common.cells) for _ in range(cell.source.count(old))]
    if len(found) != 1:
        raise SourceError(f"exercise {id}: its text {old[:60]!r} occurs {len(found)} times in the notebook, expected "
                          "once; it was changed in the chapter and not in `vary`")
    cell = own.cells[found[0]]
    cell.source = cell.source.replace(old, new)


def _folders(students) -> dict[str, str]:
    """student -> a name of a folder on every system; that of the student where possible."""
    folders, taken = {}, {}
    for student in students:
        name = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFC", student)).strip("._")[:80].rstrip("._")
        name = f"_{name}" if not name or RESERVED.match(name) else name
        other = taken.setdefault(name.casefold(), student)
        if other != student:
            raise SourceError(f"students {other!r} and {student!r} would share the folder {name!r}; change one id")
        folders[student] = name
    return folders

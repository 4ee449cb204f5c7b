"""What was handed in: notebooks in folders and zips, each with a student; nothing is ever unpacked to disk.

What a zip or a file holds is read by a worker (`archives`, `workers`); what goes wrong there is that file's `problem`.

Whose notebook it is, the first rule that fits:

1. Moodle: the part of the path is `Full Name_PARTICIPANT_assignsubmission_file...`; the student is the number.
2. Canvas: the part is `lastfirst_[LATE_]USER_NUMBER_name.ipynb`; the student is USER. (Anonymous grading gives
   `anon_[LATE_]CODE_NUMBER_name.ipynb`.)

   Both count at one place of the path only, the outermost at which most of what was handed in has that form: there the
   system wrote it, further inside it is a name that a student chose. A part in which Moodle's form stands twice is
   nobody's: a note shows it, and the whole part is the student.
3. Else the name of the folder in which it lies, the outermost one that tells students apart; a file that lies in no
   such folder names its student itself: `alice.ipynb`, `alice_04_backpropagation.ipynb`. The name of a chapter names
   nobody.

A roster (CSV) puts its own ids and names in place of these, see `course_lib.roster` for which column is trusted first.

Of several notebooks by one student for one chapter the newest counts: the highest number that Canvas gave, then the
highest copy number (`name-2.ipynb`, `name (2).ipynb`), then the latest time of change, then the last by name.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_lib.grading import workers
from course_lib.grading.archives import LITTER, shown
from course_lib.grading.owners import File, chapter_named, identified, owner_of
from course_lib.grading.records import Submission
from course_lib.roster import IntakeError, Person, known, read_roster

MOST_OF_ONE = 100  #: notebooks of one student that are looked at
SECONDS_OF_ONE = 60.0  #: for looking at them, by the clock
NAMED = 5  #: older files that a note names
DEEPEST = 64  #: folders inside each other


@dataclass(frozen=True)
class Found:
    """One notebook to be graded."""

    submission: Submission
    path: Path  #: the file, or the zip that holds it
    members: tuple[int, ...] = ()  #: its place in the zip, or in the zip inside the zip
    notes: tuple[str, ...] = ()  #: for the instructor
    problem: str = ""  #: why it cannot be read; then nothing is run

    def read(self) -> bytes:
        """The bytes of the notebook.

        Raises
        ------
        IntakeError
            When the file is gone or damaged.
        """
        try:
            told, (data,) = workers.call("read", self.path, self.members)
        except (workers.Lost, workers.Failed) as error:
            raise IntakeError(f"cannot be read: reading it {error}") from None
        if problem := told.get("problem"):
            raise IntakeError(problem)
        return data


@dataclass(frozen=True)
class Intake:
    """Everything that was handed in, and everybody who is known."""

    found: tuple[Found, ...]
    people: dict[str, Person] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  #: students of the roster who handed in nothing
    remarks: tuple[str, ...] = ()  #: files left out, for the instructor


def intake(paths, roster: Path | None = None) -> Intake:
    """Find all notebooks, whose they are, and which of several counts.

    Raises
    ------
    IntakeError
        When a path or the roster cannot be used.
    """
    listed = read_roster(roster) if roster else ()
    remarks: list[str] = []
    files = [file for path in paths for file in identified(_container(Path(path), remarks), owner_of(Path(path)))]
    people = {person.student: person for person in listed}
    by_key = known(listed)
    kinds, enrolled = {kind for kind, _ in by_key}, {person.student for person in listed}
    notebooks: dict[str, list[tuple[File, tuple[str, ...]]]] = defaultdict(list)
    others: dict[str, list[File]] = defaultdict(list)
    for file in files:
        person = next((by_key[key] for key in file.keys(kinds) if key in by_key), None)
        notes = ("handed in late",) if file.late else ()
        if file.unclear and not person:
            notes += ("whose it is cannot be told from its name, in which Moodle's form stands twice",)
        if roster and not person:
            notes += ("not in the roster",)
        if not person:
            person = file.person()
            if person.student in enrolled:  # another's id, in another column than the one that counts here
                person = replace(person, student=f"{person.student} (not in the roster)")
            person = people.setdefault(person.student, person)
        if file.is_notebook:
            notebooks[person.student].append((file, notes))
        else:
            others[person.student].append(file)
    handed_in: dict[tuple[str, str], list[tuple]] = defaultdict(list)
    read = [pair for student, own in notebooks.items() for pair in _read_of_one(people[student], own)]
    alone = _only_chapter([found for _, found in read])
    for order, found in read:
        found = _of_chapter(found, alone)
        handed_in[found.submission.student, found.submission.chapter].append((order, found))
    counted = [_newest(group) for group in handed_in.values()]
    with_notebook = {found.submission.student for found in counted}
    for student, lost in others.items():
        if student not in with_notebook:
            counted.append(_of_chapter(_without_notebook(people[student], lost), alone))
    seen = {found.submission.student for found in counted}
    missing = tuple(sorted(person.student for person in listed if person.student not in seen))
    counted.sort(key=lambda found: (found.submission.chapter, found.submission.student))
    return Intake(tuple(counted), {k: people[k] for k in sorted(people)}, missing, tuple(remarks))


def _read_of_one(person: Person, files: list[tuple[File, tuple[str, ...]]]) -> list[tuple[tuple, Found]]:
    """One student's notebooks, the newest first: as many as one person hands in, and no longer than is fair."""
    files.sort(key=lambda pair: pair[0].order, reverse=True)
    end, found = time.monotonic() + SECONDS_OF_ONE, []
    for file, notes in files[:MOST_OF_ONE]:
        if found and time.monotonic() > end:
            break
        found.append((file.order, _read_once(file, person, notes)))
    if len(found) < len(files):
        text = f"{len(files):,} notebooks were handed in; only the newest {len(found)} were looked at"
        found[0] = (found[0][0], replace(found[0][1], notes=(*found[0][1].notes, text)))
    return found


def _read_once(file: File, person: Person, notes: tuple[str, ...]) -> Found:
    told = {"problem": file.problem} if file.problem else _told("look", file.path, file.members)
    chapter = told.get("chapter") or chapter_named(file.parts)
    submission = Submission(person.student, person.name, "/".join(file.parts), chapter, told.get("sha256", ""))
    return Found(submission, file.path, file.members, notes, told.get("problem", ""))


def _told(task: str, path: Path, members: tuple[int, ...]) -> dict:
    """What a worker tells about a file; a `problem` where it could not."""
    try:
        return workers.call(task, path, members)[0]
    except (workers.Lost, workers.Failed) as error:
        return {"problem": f"cannot be read: looking at it {error}"}


def _newest(group: list[tuple]) -> Found:
    group.sort(key=lambda pair: pair[0])
    newest = group[-1][1]
    if len(group) == 1:
        return newest
    older = [found.submission.file for _, found in reversed(group[:-1])]
    more = f" and {len(older) - NAMED} more" if len(older) > NAMED else ""
    text = f"the newest of {len(group)}; not counted: {', '.join(older[:NAMED])}{more}"
    return replace(newest, notes=(*newest.notes, text))


def _without_notebook(person: Person, files: list["File"]) -> Found:
    names = ", ".join(sorted("/".join(file.parts) for file in files))[:300]
    submission = Submission(person.student, person.name, "/".join(files[0].parts), chapter_named(files[0].parts))
    reasons = "".join(f"; {file.parts[-1]}: {file.problem}" for file in files if file.problem)
    return Found(submission, files[0].path, problem=f"no notebook was handed in, only: {names}{reasons}")


def _only_chapter(read: list[Found]) -> str:
    """The chapter of a class that handed in one chapter only; empty for more."""
    chapters = {found.submission.chapter for found in read} - {""}
    return chapters.pop() if len(chapters) == 1 else ""


def _of_chapter(found: Found, alone: str) -> Found:
    """A file that shows no chapter belongs to the class's chapter, when there is only one."""
    return replace(found, submission=replace(found.submission, chapter=found.submission.chapter or alone))


# --- files in folders and zips ---


def _container(path: Path, remarks: list[str]) -> list[File]:
    """All files below one thing that was given on the command line."""
    if path.is_dir():
        return list(_in_folder(path, remarks))
    if not path.is_file():
        raise IntakeError(f"{path}: there is no such file or folder")
    if path.suffix.lower() == ".zip":
        found = list(_in_zip(path, (), (), path.stat().st_mtime, remarks))
        if len(found) == 1 and found[0].problem and not found[0].members:
            raise IntakeError(f"{path}: {found[0].problem}")
        return found
    if path.suffix.lower() != ".ipynb":
        raise IntakeError(f"{path}: expected a folder, a .zip or an .ipynb file")
    return [File(path, (), (shown(path.name),), path.stat().st_mtime)]


def _in_folder(folder: Path, remarks: list[str]) -> Iterator[File]:
    todo = [folder]
    while todo:
        inner = []
        for path in sorted(todo.pop().iterdir()):
            parts = tuple(map(shown, path.relative_to(folder).parts))
            if LITTER.match(path.name):
                continue
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                remarks.append(f"{path}: a symbolic link or no plain file, left out")
            elif path.is_dir() and len(parts) >= DEEPEST:
                remarks.append(f"{'/'.join(parts[:3])}/...: more than {DEEPEST} folders deep, left out")
            elif path.is_dir():
                inner.append(path)
            elif path.suffix.lower() == ".zip":
                yield from _in_zip(path, (), parts, path.stat().st_mtime, remarks)
            else:
                yield File(path, (), parts, path.stat().st_mtime)
        todo += reversed(inner)


def _in_zip(path: Path, members: tuple[int, ...], above: tuple[str, ...], changed: float, remarks: list[str]
            ) -> Iterator[File]:
    """The members of a zip, and of zips in it; `above` is its own place below what was given."""
    told = _told("list", path, members)
    if problem := told.get("problem"):
        yield File(path, members, above, changed, f"not a usable zip file: {problem}")
        return
    remarks += [f"{path}: {remark}" for remark in told["remarks"]]
    for place, parts, inner, problem in told["members"]:
        time_changed = max(changed, inner) if members else inner
        below = (*above, *parts)
        if parts[-1].lower().endswith(".zip"):
            if members:
                yield File(path, (*members, place), below, inner, "a zip in a zip in a zip is not opened")
            else:
                yield from _in_zip(path, (place,), below, inner, remarks)
        else:
            yield File(path, (*members, place), below, time_changed, problem)

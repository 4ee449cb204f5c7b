"""What was handed in: notebooks in folders and zips, each with a student; nothing is ever unpacked to disk.

Whose notebook it is, the first rule that fits:

1. Moodle: a part of the path is `Full Name_PARTICIPANT_assignsubmission_file...`; the student is the number.
2. Canvas: the file is `lastfirst_[LATE_]USER_NUMBER_name.ipynb`; the student is USER. (Anonymous grading gives
   `anon_[LATE_]CODE_NUMBER_name.ipynb`.)
3. Else the name of the folder in which it lies, the outermost one that tells students apart; a file that lies in no
   such folder names its student itself: `alice.ipynb`, `alice_04_backpropagation.ipynb`. The name of a chapter names
   nobody.

A roster (CSV) puts its own ids and names in place of these, see `course_lib.roster`.

Of several notebooks by one student for one chapter the newest counts: the highest number that Canvas gave, then the
highest copy number (`name-2.ipynb`, `name (2).ipynb`), then the latest time of change, then the last by name.
"""

import calendar
import hashlib
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from course_lib import grammar, syllabus
from course_lib.grading.records import Submission
from course_lib.roster import IntakeError, Person, known, read_roster

LARGEST = 100_000_000  #: bytes of one file; more is not read
LARGEST_INNER = 300_000_000  #: bytes of a zip inside a zip, unpacked
MOST_MEMBERS = 100_000  #: of a zip
MOST_INNER_MEMBERS = 1_000  #: of a zip inside a zip

MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?", re.DOTALL)
CANVAS = re.compile(
    r"(?:anon(?:ymous)?_(?P<late2>late_)?(?P<code>[a-z0-9]+)|(?P<name>.+?)_(?P<late>late_)?(?P<id>\d+))"
    r"_(?P<number>\d+)_(?P<file>.+)",
    re.IGNORECASE | re.DOTALL,
)
COPY = re.compile(r"(?:-(\d{1,3})| ?\((\d{1,3})\))$")
#: what systems and editors leave behind
LITTER = re.compile(r"\.|__MACOSX$|__pycache__$|Thumbs\.db$|desktop\.ini$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """One notebook to be graded."""

    submission: Submission
    path: Path  #: the file, or the zip that holds it
    members: tuple[str, ...] = ()  #: its name in the zip, or in the zip inside the zip
    notes: tuple[str, ...] = ()  #: for the instructor
    problem: str = ""  #: why it cannot be read; then nothing is run

    def read(self) -> bytes:
        """The bytes of the notebook.

        Raises
        ------
        OSError, IntakeError
            When the file is gone or damaged.
        """
        return _read(self.path, self.members)


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
    files = [file for path in paths for file in _identified(_container(Path(path), remarks), _owner(Path(path)))]
    people = {person.student: person for person in listed}
    by_key = known(listed)
    handed_in: dict[tuple[str, str], list[tuple]] = defaultdict(list)
    others: dict[str, list[_File]] = defaultdict(list)
    for file in files:
        person = next((by_key[key] for key in file.keys() if key in by_key), None)
        notes = ("handed in late",) if file.late else ()
        if roster and not person:
            notes += ("not in the roster",)
        if not person:
            person = people.setdefault(file.student, file.person())
        if not file.is_notebook:
            others[person.student].append(file)
            continue
        found = _read_once(file, person, notes)
        handed_in[person.student, found.submission.chapter].append((file.order, found))
    counted = [_newest(group) for group in handed_in.values()]
    with_notebook = {found.submission.student for found in counted}
    for student, lost in others.items():
        if student not in with_notebook:
            counted.append(_without_notebook(people[student], lost))
    seen = {found.submission.student for found in counted}
    missing = tuple(sorted(person.student for person in listed if person.student not in seen))
    counted = sorted(_one_chapter(counted), key=lambda found: (found.submission.chapter, found.submission.student))
    return Intake(tuple(counted), {k: people[k] for k in sorted(people)}, missing, tuple(remarks))


def _read_once(file: "_File", person: Person, notes: tuple[str, ...]) -> Found:
    problem, data = file.problem, b""
    if not problem:
        try:
            data = _read(file.path, file.members)
        except (IntakeError, OSError) as error:
            problem = str(error)
    chapter = chapter_in(data) or chapter_named(file.parts)
    submission = Submission(
        person.student, person.name, "/".join(file.parts), chapter, hashlib.sha256(data).hexdigest() if data else ""
    )
    return Found(submission, file.path, file.members, notes, problem)


def chapter_in(data: bytes) -> str:
    """The chapter whose exercises the bytes speak of most; empty for none. Works on a damaged file too."""
    counts = Counter(map(grammar.chapter, grammar.exercises_in_file(data)))
    return counts.most_common(1)[0][0] if counts else ""


def chapter_named(parts: tuple[str, ...]) -> str:
    """The chapter that a path names, as in `04_backpropagation.ipynb`; empty for none."""
    return next((name[:2] for part in reversed(parts) for name in _chapters() if name in part.lower()), "")


def _chapters() -> list[str]:
    """The names of all chapters: "04_backpropagation"."""
    return [Path(chapter.file).stem.lower() for chapter in syllabus.chapters().values()]


def _newest(group: list[tuple]) -> Found:
    group.sort(key=lambda pair: pair[0])
    newest = group[-1][1]
    if len(group) == 1:
        return newest
    older = ", ".join(found.submission.file for _, found in group[:-1])
    return replace(newest, notes=(*newest.notes, f"the newest of {len(group)}; not counted: {older}"))


def _without_notebook(person: Person, files: list["_File"]) -> Found:
    names = ", ".join(sorted("/".join(file.parts) for file in files))[:300]
    submission = Submission(person.student, person.name, "/".join(files[0].parts), chapter_named(files[0].parts))
    reasons = "".join(f"; {file.parts[-1]}: {file.problem}" for file in files if file.problem)
    return Found(submission, files[0].path, problem=f"no notebook was handed in, only: {names}{reasons}")


def _one_chapter(found: list[Found]) -> list[Found]:
    """A file that shows no chapter belongs to the class's chapter, when there is only one."""
    chapters = {item.submission.chapter for item in found} - {""}
    if len(chapters) != 1:
        return found
    chapter = chapters.pop()
    return [replace(item, submission=replace(item.submission, chapter=chapter)) for item in found]


# --- files in folders and zips ---


@dataclass(frozen=True)
class _File:
    path: Path
    members: tuple[str, ...]
    parts: tuple[str, ...]  #: its path below what was given
    changed: float
    problem: str = ""
    kind: str = ""  #: "canvas", "moodle" or empty
    student: str = ""
    name: str = ""
    late: bool = False
    number: int = 0

    @property
    def is_notebook(self) -> bool:
        return self.parts[-1].lower().endswith(".ipynb") or (bool(self.problem) and not self.kind)

    @property
    def order(self) -> tuple:
        copy = COPY.search(self.parts[-1].rpartition(".")[0])
        return self.number, int(copy[1] or copy[2]) if copy else 0, self.changed, self.parts

    def keys(self) -> list[tuple[str, str]]:
        """Under what the roster may know its student, surest first."""
        names = ["/".join(self.parts), self.parts[-1]]
        keys = [("file", name.casefold()) for name in names]
        return [*keys, (self.kind, self.student.casefold()), ("", self.student.casefold())]

    def person(self) -> Person:
        ids = {"canvas": {"canvas_id": self.student}, "moodle": {"moodle_id": self.student}}.get(self.kind, {})
        return Person(self.student, self.name, **ids)


def _container(path: Path, remarks: list[str]) -> list[_File]:
    """All files below one thing that was given on the command line."""
    if path.is_dir():
        return list(_in_folder(path, remarks))
    if not path.is_file():
        raise IntakeError(f"{path}: there is no such file or folder")
    if path.suffix.lower() == ".zip":
        try:
            return list(_in_zip(path, remarks))
        except (zipfile.BadZipFile, OSError) as error:
            raise IntakeError(f"{path}: not a usable zip file ({error})") from None
    if path.suffix.lower() != ".ipynb":
        raise IntakeError(f"{path}: expected a folder, a .zip or an .ipynb file")
    return [_File(path, (), (_text(path.name),), path.stat().st_mtime)]


def _in_folder(folder: Path, remarks: list[str]) -> Iterator[_File]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not LITTER.match(name))
        for name in sorted(folders):
            if (Path(root) / name).is_symlink():
                remarks.append(f"{Path(root) / name}: a symbolic link, left out")
        for name in sorted(names):
            path = Path(root) / name
            if LITTER.match(name):
                continue
            if path.is_symlink() or not path.is_file():
                remarks.append(f"{path}: a symbolic link or no plain file, left out")
                continue
            parts = tuple(map(_text, path.relative_to(folder).parts))
            if path.suffix.lower() == ".zip":
                try:
                    yield from _in_zip(path, remarks, parts)
                except (zipfile.BadZipFile, OSError) as error:
                    yield _File(path, (), parts, path.stat().st_mtime, f"not a usable zip file ({error})")
            else:
                yield _File(path, (), parts, path.stat().st_mtime)


def _in_zip(path: Path, remarks: list[str], above: tuple[str, ...] = ()) -> Iterator[_File]:
    """The members of a zip, and of zips in it; `above` is its own place below what was given."""
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise IntakeError(f"{path}: holds {len(infos):,} files, at most {MOST_MEMBERS:,} are read")
        for info, parts in _members(infos, remarks, path):
            changed = _changed(info)
            if parts[-1].lower().endswith(".zip"):
                yield from _in_inner_zip(archive, info, path, (*above, *parts), changed, remarks)
            else:
                yield _File(path, (info.filename,), (*above, *parts), changed, _too_large(info))


def _in_inner_zip(archive, info, path, parts, changed, remarks) -> Iterator[_File]:
    try:
        inner = zipfile.ZipFile(io.BytesIO(_member(archive, info)))
        infos = inner.infolist()
        size = sum(inside.file_size for inside in infos)
        if len(infos) > MOST_INNER_MEMBERS or size > LARGEST_INNER:
            raise IntakeError(f"a zip with {len(infos):,} files and {size:,} bytes is not opened")
    except (zipfile.BadZipFile, IntakeError) as error:
        yield _File(path, (info.filename,), parts, changed, f"not a usable zip file ({error})")
        return
    for inside, below in _members(infos, remarks, path):
        members = (info.filename, inside.filename)
        yield _File(path, members, (*parts, *below), max(changed, _changed(inside)), _too_large(inside))


def _members(infos, remarks, path) -> Iterator[tuple]:
    """Members with the parts of their names; no folders, links, litter or names that lead out of the zip."""
    for info in infos:
        name = _member_name(info)
        parts = tuple(_text(part) for part in name.replace("\\", "/").split("/") if part not in ("", "."))
        if info.is_dir() or not parts or any(map(LITTER.match, (p for p in parts if p != ".."))):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            remarks.append(f"{path}: {name!r} is a symbolic link, left out")
        elif ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
            remarks.append(f"{path}: {name!r} leads out of the zip file, left out")
        else:
            yield info, parts


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; many programs write UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _text(name: str) -> str:
    """A name as it is shown: one form of each accented letter, nothing that cannot be written."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _changed(info: zipfile.ZipInfo) -> float:
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _too_large(info: zipfile.ZipInfo) -> str:
    return f"{info.file_size:,} bytes, at most {LARGEST:,} are read" if info.file_size > LARGEST else ""


def _member(archive: zipfile.ZipFile, info) -> bytes:
    """One member, whatever size it claims to have."""
    try:
        with archive.open(info) as file:
            data = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise IntakeError(f"damaged or encrypted in its zip file ({error})") from None
    if len(data) > LARGEST:
        raise IntakeError(f"more than {LARGEST:,} bytes, not read")
    return data


@lru_cache(maxsize=4)
def _opened(path: Path, changed: int, size: int) -> zipfile.ZipFile:
    """A zip that stays open: reading the list of its members once for each of 5,000 members takes minutes."""
    return zipfile.ZipFile(path)


def _read(path: Path, members: tuple[str, ...]) -> bytes:
    if not members:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise IntakeError(f"more than {LARGEST:,} bytes, not read")
        return data
    try:
        state = path.stat()
        data = _member(_opened(path, state.st_mtime_ns, state.st_size), members[0])
        for name in members[1:]:
            with zipfile.ZipFile(io.BytesIO(data)) as inner:
                data = _member(inner, name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise IntakeError(f"damaged in its zip file ({error})") from None
    return data


# --- whose it is ---


def _owner(path: Path) -> str:
    """Whose a notebook is when nothing below what was given says so: the folder's, the zip's, the file's folder's."""
    path = path.resolve()
    return _text(path.name if path.is_dir() else path.stem if path.suffix.lower() == ".zip" else path.parent.name)


def _identified(files: list[_File], owner: str) -> list[_File]:
    """The files of one folder or zip with their students; what is no notebook stays only where its student is sure."""
    depth = _shared(files)
    canvas = {i: CANVAS.fullmatch(file.parts[depth]) for i, file in enumerate(files) if len(file.parts) > depth}
    canvas = {i: match for i, match in canvas.items() if match}
    if not _is_canvas(list(canvas.values()), sum(file.is_notebook for file in files)):
        canvas = {}
    reduced = [_reduced(file.parts) for file in files]
    above = _wrapper([parts for parts, file in zip(reduced, files, strict=True) if file.is_notebook])
    known = []
    for i, file in enumerate(files):
        moodle = next((match for match in map(MOODLE.fullmatch, file.parts) if match), None)
        if moodle:
            known.append(replace(file, kind="moodle", student=moodle["id"], name=moodle["name"]))
        elif i in canvas:
            match = canvas[i]
            known.append(replace(
                file,
                kind="canvas",
                student=match["id"] or match["code"],
                name=match["name"] or "",
                late=bool(match["late"] or match["late2"]),
                number=int(match["number"][:18]),
            ))
        elif file.is_notebook:
            named = reduced[i][above:] or reduced[i][-1:] or (owner,)
            known.append(replace(file, student=named[0], name=named[0]))
    return known


def _shared(files: list[_File]) -> int:
    """How many folders all files have in common."""
    folders = [file.parts[:-1] for file in files]
    depth = 0
    while folders and all(len(parts) > depth for parts in folders) and len({parts[depth] for parts in folders}) == 1:
        depth += 1
    return depth


def _is_canvas(matches: list, notebooks: int) -> bool:
    """Whether names that look like Canvas's are: `hw_2026_11_alice.ipynb` looks so too."""
    if not matches or 2 * len(matches) < notebooks:
        return False
    names = defaultdict(set)
    for match in matches:
        names[match["id"] or match["code"]].add(match["name"])
    numbers = {(match["id"] or match["code"], match["number"]) for match in matches}
    return all(len(of_one) == 1 for of_one in names.values()) and (len(numbers) > 1 or len(matches) == 1)


def _reduced(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a path that may name a student: without suffixes and names of chapters."""
    stem = parts[-1].rpartition(".")[0] or parts[-1]
    folders = [part[:-4] if part.lower().endswith(".zip") else part for part in parts[:-1]]
    return tuple(bare for part in [*folders, stem] if (bare := _bare(part)))


def _bare(name: str) -> str:
    """`alice_04_backpropagation-1` -> `alice`; `04_backpropagation.ipynb` -> empty."""
    stem = name[:-6] if name.lower().endswith(".ipynb") else name
    for chapter in _chapters():
        before, found, after = _parted(stem, chapter)
        if found:
            return (before + re.sub(r"^(?:-\d{1,3}| ?\(\d{1,3}\))(?=$|_)", "", after)).strip(" _-")
    return stem


def _parted(stem: str, chapter: str) -> tuple[str, str, str]:
    at = stem.lower().find(chapter)
    return (stem, "", "") if at < 0 else (stem[:at], chapter, stem[at + len(chapter) :])


def _wrapper(paths: list[tuple[str, ...]]) -> int:
    """How many outer folders tell no students apart: all share them, and what is below differs."""
    depth = 0
    while (
        len({path[depth] for path in paths if len(path) > depth}) == 1
        and all(len(path) > depth + 1 for path in paths)
        and len({path[depth + 1] for path in paths}) > 1
    ):
        depth += 1
    return depth


# --- the roster ---

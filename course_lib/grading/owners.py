"""Whose a file is, by its name and by the names of its folders: the rules that `intake` states."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from course_lib import syllabus
from course_lib.grading.archives import shown
from course_lib.roster import Person

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?P<file>_.*)?", re.DOTALL)
CANVAS = re.compile(
    r"(?:anon(?:ymous)?_(?P<late2>late_)?(?P<code>[a-z0-9]+)|(?P<name>.+?)_(?P<late>late_)?(?P<id>\d+))"
    r"_(?P<number>\d+)_(?P<file>.+)",
    re.IGNORECASE | re.DOTALL,
)
COPY = re.compile(r"(?:-(\d{1,3})| ?\((\d{1,3})\))$")


@dataclass(frozen=True)
class File:
    """One file that was handed in, and what its path tells."""

    path: Path
    members: tuple[int, ...]  #: its place in the zip, or in the zip inside the zip
    parts: tuple[str, ...]  #: its path below what was given
    changed: float
    problem: str = ""
    kind: str = ""  #: "canvas", "moodle" or empty
    student: str = ""
    name: str = ""
    late: bool = False
    number: int = 0
    own_folder: bool = False  #: it lies in a folder of one student, who chose its name
    unclear: bool = False  #: its name can be read in two ways, so that it is not read at all

    @property
    def is_notebook(self) -> bool:
        return self.parts[-1].lower().endswith(".ipynb") or (bool(self.problem) and not self.kind)

    @property
    def order(self) -> tuple:
        copy = COPY.search(self.parts[-1].rpartition(".")[0])
        return self.number, int(copy[1] or copy[2]) if copy else 0, self.changed, self.parts

    def keys(self, kinds: set[str]) -> list[tuple[str, str]]:
        """Under what the roster may know its student, surest first; `kinds` are the ids that the roster has.

        A name that a student chose inside a folder of their own is none of these. An id of Canvas or Moodle is looked
        for among other ids only where the roster has none of that kind.
        """
        names = {"/".join(self.parts)} | (set() if self.own_folder else {self.parts[-1]})
        keys = [("file", name.casefold()) for name in sorted(names)]
        if self.unclear:
            return keys
        return [*keys, (self.kind if self.kind in kinds else "", self.student.casefold())]

    def person(self) -> Person:
        ids = {"canvas": {"canvas_id": self.student}, "moodle": {"moodle_id": self.student}}.get(self.kind, {})
        return Person(self.student, self.name, **ids)


def owner_of(path: Path) -> str:
    """Whose a notebook is when nothing below what was given says so: the folder's, the zip's, the file's folder's."""
    path = path.resolve()
    return shown(path.name if path.is_dir() else path.stem if path.suffix.lower() == ".zip" else path.parent.name)


def identified(files: list[File], owner: str) -> list[File]:
    """The files of one folder or zip with their students; what is no notebook stays only where its student is sure."""
    depth = _shared(files)
    moodle = _at_one_place(MOODLE, files)
    canvas = {} if moodle else _matches(CANVAS, files, depth)
    if not _is_canvas(list(canvas.values()), sum(file.is_notebook for file in files)):
        canvas = {}
    reduced = [_reduced(file.parts) for file in files]
    above = _wrapper([parts for parts, file in zip(reduced, files, strict=True) if file.is_notebook])
    known = []
    for i, file in enumerate(files):
        file = replace(file, own_folder=len(file.parts) > depth + 1)
        if i in moodle and MOODLE.fullmatch(f"x{moodle[i]['file'] or ''}"):  # the pattern stands in it twice
            known.append(replace(file, student=moodle[i].string, name=moodle[i].string, unclear=True))
        elif i in moodle:
            known.append(replace(file, kind="moodle", student=moodle[i]["id"], name=moodle[i]["name"]))
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


def _matches(pattern: re.Pattern, files: list[File], place: int) -> dict[int, re.Match]:
    """Which files have a part of this form at one place of their paths."""
    found = {i: pattern.fullmatch(file.parts[place]) for i, file in enumerate(files) if len(file.parts) > place}
    return {i: match for i, match in found.items() if match}


def _at_one_place(pattern: re.Pattern, files: list[File]) -> dict[int, re.Match]:
    """The outermost place of the paths at which most files have a part of this form: there the system wrote it.

    What stands further inside is a name that a student chose.
    """
    for place in range(max((len(file.parts) for file in files), default=0)):
        found = _matches(pattern, files, place)
        if 2 * len(found) > len(files):
            return found
    return {}


def _shared(files: list[File]) -> int:
    """How many folders all files have in common."""
    folders = [file.parts[:-1] for file in files]
    depth = 0
    while folders and all(len(parts) > depth for parts in folders) and len({parts[depth] for parts in folders}) == 1:
        depth += 1
    return depth


def _is_canvas(matches: list, notebooks: int) -> bool:
    """Whether names that look like Canvas's are: `hw_2026_11_alice.ipynb` looks so too."""
    if not matches or 2 * len(matches) <= notebooks:
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
    for chapter in chapter_names():
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


def chapter_named(parts: tuple[str, ...]) -> str:
    """The chapter that a path names, as in `04_backpropagation.ipynb`; empty for none."""
    return next((name[:2] for part in reversed(parts) for name in chapter_names() if name in part.lower()), "")


def chapter_names() -> list[str]:
    """The names of all chapters: "04_backpropagation"."""
    return [Path(chapter.file).stem.lower() for chapter in syllabus.chapters().values()]

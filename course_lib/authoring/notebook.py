"""Chapter source -> cells of the student's and of the solution notebook, nothing executed."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from course_lib import grammar
from course_lib.authoring import answers, percent
from course_lib.authoring.percent import SourceError
from course_lib.exercises import registry

HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
#: a section off the core path, by the end of its heading: JupyterLab opens it collapsed
FURTHER = "(further)"
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Chapter:
    """A chapter source and the places of its two notebooks."""

    source: Path

    @property
    def name(self) -> str:
        return self.source.stem

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def solution(self) -> Path:
        return self.source.with_suffix(".ipynb")

    @property
    def student(self) -> Path:
        return self.source.parent.parent / "notebooks" / f"{self.name}.ipynb"

    def cells(self) -> list[percent.SourceCell]:
        return percent.read(self.source)

    def source_hash(self) -> str:
        return hashlib.sha256(self.source.read_bytes()).hexdigest()


def chapters(root: Path, numbers=None) -> list[Chapter]:
    """The chapters of the course at `root`, or those with the given numbers ("03", 3)."""
    found = [Chapter(path) for path in sorted((root / "solutions").glob("[0-9][0-9]_*.py"))]
    if not numbers:
        return found
    wanted = {str(number).zfill(2) for number in numbers}
    unknown = wanted - {chapter.number for chapter in found}
    if unknown:
        known = ", ".join(chapter.number for chapter in found) or "none"
        raise SourceError(f"no source solutions/NN_*.py for chapter {', '.join(sorted(unknown))}; there are: {known}")
    return [chapter for chapter in found if chapter.number in wanted]


def exercises(number: str) -> dict:
    """Exercises of a chapter by id; empty when `course_lib/chapters` has none for it."""
    if number not in registry.chapters():
        return {}
    return {exercise.id: exercise for exercise in registry.exercises(number)}


def student(chapter: Chapter) -> NotebookNode:
    """The notebook that students open: answers removed, no outputs."""
    return _assemble(chapter, solved=False)


def solution(chapter: Chapter) -> NotebookNode:
    """The notebook for instructors, not executed yet; remembers which source it was made from."""
    notebook = _assemble(chapter, solved=True)
    notebook.metadata["course"] = {"source_sha256": chapter.source_hash()}
    return notebook


def _assemble(chapter: Chapter, solved: bool) -> NotebookNode:
    known = exercises(chapter.number)
    make_id = CellIds(chapter.name)
    cells = []
    for cell in chapter.cells():
        try:
            cells += _cells(cell, solved, known, make_id)
        except (SourceError, SyntaxError) as error:
            raise SourceError(f"{chapter.source.name}:{cell.line}: {error}") from error
    notebook = v4.new_notebook(cells=cells, metadata=KERNEL)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _cells(cell, solved, known, make_id) -> list[NotebookNode]:
    """The notebook cells of one source cell: two for an open question, else one."""
    metadata = {"tags": cell.tags} if cell.tags else {}
    if cell.kind == "markdown":
        make_id.enter(cell.source)
        question = grammar.question(cell.source)
        if not question:
            if grammar.BEGIN in cell.source:
                raise SourceError("only a cell '**Open question N.Qn** (n points)' may hold a model answer")
            if is_further(cell):
                metadata["jp-MarkdownHeadingCollapsed"] = True
            return [v4.new_markdown_cell(cell.source, id=make_id("text"), metadata=metadata)]
        if question.points is None:
            raise SourceError(f"open question {question.id} states no points: '**Open question N.Qn** (n points)'")
        return _open_question(question, cell.source, solved, make_id)

    named, checked = grammar.exercises(cell.source), [check.id for check in grammar.checks(cell.source)]
    if len(named) > 1 or named != grammar.exercises(cell.source.partition("\n")[0]) or len(checked) > 1:
        raise SourceError("a cell begins with one line '# Exercise N.n: name', or holds one check; this one names "
                          f"{', '.join(named + checked)}, or its exercise further down")
    skeleton = known[named[0]].skeleton if named and named[0] in known else ""
    text = answers.solution_code(cell.source) if solved else answers.student_code(cell.source, skeleton)
    if named:
        key = f"exercise {named[0]}"
        metadata["nbgrader"] = _nbgrader("exercise", named[0], "code", grade=False, solution=True)
        text = _with_effort(text, known.get(named[0]))
    elif grammar.BEGIN in cell.source:
        raise SourceError("a cell with a solution block begins with '# Exercise N.n: name'")
    elif checked:
        key = f"check {checked[0]}"
        if checked[0] not in known:
            raise SourceError(f"exercise {checked[0]} is not defined in course_lib/chapters for this chapter")
        metadata["nbgrader"] = _nbgrader("check", checked[0], "code", True, False, known[checked[0]].points)
        if solved:  # a test then compares the verdict with the saved one
            metadata["tags"] = list(dict.fromkeys([*cell.tags, "nbval-check-output"]))
    else:
        key = "code"
    return [v4.new_code_cell(text, id=make_id(key), metadata=metadata)]


def _with_effort(text: str, exercise) -> str:
    """The cell of an exercise, its first line ending in what the exercise asks of a student."""
    first, newline, rest = text.partition("\n")
    return f"{first} ({exercise.effort}){newline}{rest}" if exercise and exercise.effort else text


def _open_question(question, source, solved, make_id) -> list[NotebookNode]:
    asked, model = answers.split_open_question(source)
    key = f"open {question.id}"
    text = f"**Model answer to {question.id}**\n\n{model}" if solved else grammar.answer_mark(question.id)
    metadata = {"nbgrader": _nbgrader("open", question.id, "markdown", True, True, question.points)}
    return [
        v4.new_markdown_cell(asked, id=make_id(f"{key} question")),
        v4.new_markdown_cell(text, id=make_id(key), metadata=metadata),
    ]


def _nbgrader(kind: str, id: str, cell_type: str, grade: bool, solution: bool, points: int | None = None) -> dict:
    """Cell metadata of nbgrader, schema 3: any nbgrader site can take the notebook."""
    metadata = {
        "cell_type": cell_type,
        "grade": grade,
        "grade_id": grammar.grade_id(kind, id),
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}


class CellIds:
    """Ids that stay when a chapter is built again, and mostly when text is added to it.

    The id of an exercise cell depends on the exercise only; of another cell on its heading path and on how many cells
    of its kind stand before it under that heading.
    """

    def __init__(self, chapter: str):
        self.chapter = chapter
        self.path: list[str] = []
        self.counts: dict[str, int] = {}
        self.used: set[str] = set()

    def enter(self, markdown: str) -> None:
        """Note the headings of a markdown cell."""
        for level, title in _headings(markdown):
            self.path = [*self.path[: level - 1], title]

    def __call__(self, key: str) -> str:
        place = key if " " in key else "/".join([*self.path, key])
        index = self.counts[place] = self.counts.get(place, -1) + 1
        id = grammar.cell_id(f"{self.chapter}|{place}|{index}", self.used)
        self.used.add(id)
        return id


def _headings(markdown: str) -> list[tuple[int, str]]:
    """Level and title of each heading of a markdown cell; what looks like one in a fenced block is none."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return [(len(signs), title.strip()) for signs, title in HEADING.findall(text)]


def is_further(cell: percent.SourceCell) -> bool:
    """Whether a section off the core path begins with this cell."""
    return cell.kind == "markdown" and any(title.endswith(FURTHER) for _, title in _headings(cell.source))


def on_core_path(cells: list[percent.SourceCell]) -> list[percent.SourceCell]:
    """The cells of a chapter without its further sections, each of which lasts to the next heading as high as its own.
    """
    kept, closed = [], 0  # the level of the further section that is open
    for cell in cells:
        found = _headings(cell.source) if cell.kind == "markdown" else []
        if found and found[0][0] <= (closed or 6):
            closed = found[0][0] if is_further(cell) else 0
        if not closed:
            kept.append(cell)
    return kept


def headings(cells) -> list[str]:
    """All headings of a chapter, in order."""
    return [title for cell in cells if cell.kind == "markdown" for _, title in _headings(cell.source)]


def to_text(notebook: NotebookNode) -> str:
    """The bytes of a notebook file, as text: the same for the same notebook."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"

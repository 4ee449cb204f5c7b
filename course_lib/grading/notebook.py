"""A submission's bytes -> its cells, and what to do with them; nothing is executed here.

Which cells are run
-------------------
A given cell that was not altered (a live figure, a table, a check) is run only when a cell that is run reads a name
that it binds. Every other code cell is run, in the order of the file. So pictures and long experiments, which are never
graded, cost nothing.

Which cell answers an exercise
------------------------------
The one with `# Exercise 4.3:` in its code; else the one with the cell id or the nbgrader id of the exercise; else, for
a function, the one that defines its name. The answer may stand in cells of its own, down to the check or to the next
exercise. Of several copies the last one counts that is not the untouched stub.
"""

import json
from dataclasses import dataclass, field, replace
from functools import cache

from course_lib import grammar
from course_lib.exercises import registry
from course_lib.grading import analysis
from course_lib.grading.sandbox import PACKAGE

MOST_BYTES = 40_000_000
MOST_CELLS = 3_000
MOST_TEXT = 200_000  #: characters of one cell; no person writes more
MOST_CODE = 2_000_000  #: characters of all code cells
HEADING = 2_000  #: characters of a cell that is too long, in which its exercise is looked for


class Unreadable(ValueError):
    """The file is no notebook of this course; the message says why."""


@dataclass(frozen=True)
class Cell:
    """One cell, as far as it matters."""

    kind: str  #: "code" or "markdown"
    source: str
    id: str = ""
    grade_id: str = ""  #: of nbgrader


@dataclass(frozen=True)
class Notebook:
    """What could be read of a file."""

    cells: tuple[Cell, ...]
    chapter: str  #: as the metadata say; empty where they do not
    notes: tuple[str, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)  #: exercise -> token, where it was handed out with own numbers
    left_out: dict[str, str] = field(default_factory=dict)  #: exercise -> why its cell was not read


def read(data: bytes) -> Notebook:
    """The cells of a notebook file, whatever else is wrong with it.

    Raises
    ------
    Unreadable
        When there are none.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file has {len(data) / 1e6:.0f} MB; more than {MOST_BYTES // 1_000_000} MB are not read")
    content = _json(data)
    raw = content.get("cells")
    if raw is None and isinstance(content.get("worksheets"), list):  # notebooks before 2015
        raw = [c for sheet in content["worksheets"] if isinstance(sheet, dict) for c in sheet.get("cells") or ()]
    if not isinstance(raw, list):
        raise Unreadable("the file is JSON, but no notebook: it has no cells")
    notes = []
    if len(raw) > MOST_CELLS:
        notes.append(f"only the first {MOST_CELLS} of {len(raw)} cells were read")
    cells, left_out = _within_limits([cell for cell in map(_cell, raw[:MOST_CELLS]) if cell is not None], notes)
    checks = [check for cell in cells if cell.kind == "code" for check in grammar.checks(cell.source)]
    tokens = {check.id: check.variant for check in checks if check.variant is not None}
    cells = tuple(replace(cell, source=grammar.without_variants(cell.source)) if cell.kind == "code" else cell
                  for cell in cells)
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kernel = metadata.get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    if name not in (None, "python3"):
        notes.append(f"the notebook names the kernel {str(name)[:40]!r}; it was run with the course's Python")
    course = metadata.get("course")
    chapter = str(course.get("chapter", "")) if isinstance(course, dict) else ""
    return Notebook(cells, chapter if chapter in registry.chapters() else "", tuple(notes), tokens, left_out)


def _within_limits(cells: list[Cell], notes: list[str]) -> tuple[tuple[Cell, ...], dict[str, str]]:
    """The cells, empty in place of those that are too long; and why an exercise's cell is one of these."""
    left_out, room, count = {}, MOST_CODE, 0
    for place, cell in enumerate(cells):
        length, is_code = len(cell.source), cell.kind == "code"
        count += is_code
        if length > MOST_TEXT or (is_code and length > room):
            most = f"one of at most {MOST_TEXT:,}" if length > MOST_TEXT else f"at most {MOST_CODE:,} in all"
            where = f"code cell {count}" if is_code else "a text cell"
            said = f"{where} has {length:,} characters and was left out: {most} is read"
            notes.append(said)
            left_out |= dict.fromkeys(grammar.exercises(cell.source[:HEADING]) if is_code else (), said)
            cells[place] = replace(cell, source="")
        elif is_code:
            room -= length
    return tuple(cells), left_out


def _json(data: bytes) -> dict:
    if not data.strip():
        raise Unreadable("the file is empty")
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        raise Unreadable("the file is no text")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise Unreadable(f"the file is no notebook, or it is cut off: {reason}") from None
    if not isinstance(content, dict):
        raise Unreadable("the file is JSON, but no notebook")
    return content


def _cell(raw) -> Cell | None:
    if not isinstance(raw, dict):
        return None
    source = grammar.joined(raw.get("source", raw.get("input", "")))
    if source is None:
        return None
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    # A lone surrogate, which JSON can hold, would fail wherever the text is written.
    source = source.encode("utf-8", "replace").decode("utf-8")
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else ""
    kind, id = raw.get("cell_type"), raw.get("id")
    if kind not in ("code", "markdown", "raw"):
        return None
    return Cell(kind, source, id if isinstance(id, str) else "", grade_id if isinstance(grade_id, str) else "")


# --- the notebook as it was handed out ---


@dataclass(frozen=True)
class Given:
    """What the course's own student notebook of a chapter tells about a submission."""

    cells: tuple[Cell, ...] = ()
    texts: frozenset[str] = frozenset()  #: of all given cells but the exercises' own
    stubs: dict[str, Cell] = field(default_factory=dict)  #: exercise -> its untouched cell
    names: dict[str, str] = field(default_factory=dict)  #: exercise -> name that is checked
    questions: dict[str, tuple[Cell, Cell, int]] = field(default_factory=dict)  #: question, answer cell, points


@cache
def given(chapter: str) -> Given:
    """The notebook of a chapter as students get it."""
    paths = sorted((PACKAGE.parent / "notebooks").glob(f"{chapter}_*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"grading needs {PACKAGE.parent / 'notebooks'}: run it from a clone of the course")
    cells = read(paths[0].read_bytes()).cells
    stubs, names, questions = {}, {}, {}
    for place, cell in enumerate(cells):
        if cell.kind == "code" and (named := grammar.exercises(cell.source)):
            stubs[named[0]] = cell
        elif cell.kind == "code":
            names |= _checked(cell)
        elif (asked := grammar.question(cell.source)) and place + 1 < len(cells):
            questions[asked.id] = (cell, cells[place + 1], asked.points)
    texts = frozenset(_normal(cell.source) for cell in cells if cell not in stubs.values())
    return Given(cells, texts, stubs, names, questions)


def _checked(cell: Cell) -> dict[str, str]:
    """Exercise -> the name that its check takes, of the checks in a cell of code; empty where it is no name."""
    return {check.id: check.name for check in grammar.checks(cell.source)} if cell.kind == "code" else {}


def _normal(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def chapter_of(notebook: Notebook) -> str:
    """The chapter that a notebook belongs to: of its exercises, whatever its metadata say.

    Raises
    ------
    Unreadable
        When nothing of any chapter is in it.
    """
    votes = dict.fromkeys(registry.chapters(), 0)
    for cell in notebook.cells:
        for id in [*grammar.exercises(cell.source), *_checked(cell)]:
            number = grammar.chapter(id)
            votes[number] = votes.get(number, -1_000) + 1
    if max(votes.values(), default=0) <= 0:
        for number in votes:
            known = {key for cell in given(number).cells for key in (cell.id, cell.grade_id) if key}
            votes[number] = sum(cell.id in known or cell.grade_id in known for cell in notebook.cells)
    best = max(votes, key=lambda number: (votes[number], number), default="")
    if not best or votes[best] <= 0:
        if notebook.chapter:
            return notebook.chapter
        raise Unreadable("the notebook holds no exercise of this course")
    return best


# --- what to do ---


@dataclass(frozen=True)
class Step:
    """One cell to run, and the exercises whose answer is complete after it."""

    cell: int
    source: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All of a submission that has to be run, and what is known without running it."""

    chapter: str
    steps: tuple[Step, ...]
    untouched: frozenset[str]  #: exercises whose only cells are the stub
    missing: dict[str, str]  #: exercise without any cell that was read -> why
    names: dict[str, str]  #: exercise -> name under which this submission holds its answer
    sources: dict[str, str]  #: exercise -> text of the cells that hold its answer
    tampering: tuple[str, ...]  #: what was altered in a way that matters
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Facts:
    """A code cell of the submission, and what is asked about it for every exercise."""

    cell: Cell
    text: str  #: as it is compared
    given: bool  #: nothing was altered in it
    exercises: frozenset[str]
    checked: dict[str, str]
    bound: frozenset[str]


def plan(notebook: Notebook) -> Plan:
    """Which cells to run, and after which of them an exercise can be judged."""
    chapter = chapter_of(notebook)
    handed = given(chapter)
    cells = [_facts(cell, handed) for cell in notebook.cells if cell.kind == "code"]
    names = _names(cells, handed)
    holders = {id: _holders(id, name, cells, handed) for id, name in names.items()}
    untouched = {
        id for id, (found, own) in holders.items() if found and not own
    }
    answers: dict[int, list[str]] = {}
    sources = {}
    for id, (_, own) in holders.items():
        if own:
            answers.setdefault(own[-1], []).append(id)
            sources[id] = "\n\n".join(cells[k].cell.source for k in own)
    steps = tuple(Step(k, cells[k].cell.source, tuple(answers.get(k, ()))) for k in _cells_to_run(cells))
    missing = {id: notebook.left_out.get(id, "No cell for this exercise was found in the notebook.")
               for id, (found, own) in holders.items() if not own and (id in notebook.left_out or not found)}
    notes = notebook.notes
    if notebook.chapter not in ("", chapter):
        notes += (f"its metadata name chapter {notebook.chapter}; its exercises are those of chapter {chapter}",)
    return Plan(chapter, steps, frozenset(untouched - missing.keys()), missing, names, sources,
                tuple(tampering(cells, handed)), notes)


def _facts(cell: Cell, handed: Given) -> _Facts:
    text = _normal(cell.source)
    return _Facts(cell, text, text in handed.texts, frozenset(grammar.exercises(cell.source)), _checked(cell),
                  analysis.bound(cell.source))


def _names(cells, handed: Given) -> dict[str, str]:
    """The name of each answer: that of the submission's own check where the course's name is not in use.

    The name may have been another one in the edition of the chapter that was handed out.
    """
    used = frozenset().union(*(cell.bound for cell in cells))
    own = {id: taken for cell in cells for id, taken in cell.checked.items() if taken}
    return {id: own.get(id, name) if name not in used else name for id, name in handed.names.items()}


def _holders(id: str, name: str, cells, handed: Given) -> tuple[bool, list[int]]:
    """Whether an exercise has any cell, and the indices of those that bind its answer in the copy that counts."""
    stub = handed.stubs.get(id)
    starts = [k for k, facts in enumerate(cells) if id in facts.exercises]
    if not starts and stub is not None:
        starts = [k for k, facts in enumerate(cells) if _same_id(facts.cell, stub)]
    if not starts and callable(registry.get(id).reference):
        starts = [k for k, facts in enumerate(cells) if name in facts.bound and _defines(name, facts)]
    untouched = _normal(stub.source) if stub is not None else None
    end = len(cells)
    for start in reversed(starts):
        # A copy above ends where this one begins: no cell is looked at twice.
        own = []
        for k in range(start, end):
            facts = cells[k]
            if k > start and (facts.exercises - {id} or id in facts.checked):
                break
            if name in facts.bound and facts.text != untouched and not facts.given:
                own.append(k)
        if own:
            return True, own
        end = start
    return bool(starts), []


def _same_id(cell: Cell, stub: Cell) -> bool:
    return bool((cell.id and cell.id == stub.id) or (cell.grade_id and cell.grade_id == stub.grade_id))


def _defines(name: str, facts: _Facts) -> bool:
    return name in grammar.defined(facts.cell.source)


def _cells_to_run(cells) -> list[int]:
    run = {k for k, facts in enumerate(cells) if not facts.given and facts.cell.source.strip()}
    left = {k: facts.bound for k, facts in enumerate(cells) if facts.given}
    todo = list(run)
    while todo and left:
        reader = todo.pop()
        at_once, later = analysis.names_read(cells[reader].cell.source)
        both = later | at_once
        for k in [k for k, names in left.items() if not names.isdisjoint(both if k < reader else later)]:
            del left[k]
            run.add(k)
            todo.append(k)
    return sorted(run)


# --- machinery that was altered ---


def tampering(cells, handed: Given) -> list[str]:
    """What was done to checks, the library or the kernel that no exercise asks for."""
    found: dict[str, None] = {}
    where = dict(analysis.USUAL)
    for facts in cells:
        if (tree := grammar.tree(facts.cell.source)) is not None:
            where |= analysis.imports(tree)
    originals = [cell for cell in handed.cells if _checked(cell)]
    checks = {key: cell for cell in originals for key in (cell.id, cell.grade_id) if key}
    for facts in cells:
        if facts.given:
            continue
        original = checks.get(facts.cell.grade_id) or checks.get(facts.cell.id)
        if original is not None and not facts.exercises and _does_something(facts.cell.source):
            wanted = _checked(original)
            if not wanted.items() & facts.checked.items():
                found[f"the check cell of exercise {next(iter(wanted))} was edited"] = None
        found |= dict.fromkeys(analysis.alterations(facts.cell.source, where))
    return list(found)


def _does_something(source: str) -> bool:
    """Whether anything is left of a cell that was emptied, or made a comment."""
    tree = grammar.tree(source)
    return tree is None or bool(tree.body)


# --- open questions ---


def open_answers(notebook: Notebook, chapter: str) -> list[tuple[str, str, str, int]]:
    """(id, question, answer, points) of each open question of the chapter, in the order of the text."""
    handed = given(chapter)
    texts = handed.texts | {_normal(cell.source) for cell in handed.cells}
    found = []
    for id, (question, stub, points) in handed.questions.items():
        parts = [cell.source for cell in notebook.cells
                 if (cell.id and cell.id == stub.id) or (cell.grade_id and cell.grade_id == stub.grade_id)][:1]
        collecting = False
        for cell in notebook.cells:
            if cell.kind == "markdown" and (asked := grammar.question(cell.source)):
                collecting = asked.id == id
            elif collecting and cell.kind == "markdown":
                if _normal(cell.source) in texts - {_normal(stub.source)} or cell.source.lstrip().startswith("#"):
                    collecting = False
                elif cell.source not in parts:
                    parts.append(cell.source)
        answer = "\n\n".join(grammar.without_answer_mark(part) for part in parts).strip()
        found.append((id, question.source, answer[:50_000], points))
    return found

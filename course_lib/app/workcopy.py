"""The student's working copy of the chapters: made once, never overwritten, brought up to date without losing work.

`work/NN_topic.ipynb` belongs to the student. `work/.originals/` holds each chapter as it was handed out, so an update
can tell three things apart: what the student changed, what the course changed, and what both changed. Every file is
written beside its target, synchronized to the disk and moved into place, and the student's file is kept in
`work/backups/`. To replace it, it is first put aside, so that whoever saves at this moment loses nothing; a process
killed then leaves it there, and the next start puts it back.
"""

import copy
import json
import os
import time
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

from course_lib import grammar, syllabus
from course_lib.files import create_file, exchange_file, remove_leftovers, replace_file

ORIGINALS, BACKUPS = ".originals", "backups"


class SavedMeanwhile(Exception):
    """Another program wrote the notebook while it was being updated; its version stays."""

    def __init__(self, path: Path):
        super().__init__(f"{path.name} was saved by another program meanwhile. Close it there and update again.")


# files ----------------------------------------------------------------------------------------------------------------


def prepare(root: Path, work: Path, names=None, aliases=None) -> list[str]:
    """Copy the chapters that are not in the working copy yet; what is there is never touched.

    Parameters
    ----------
    root : Path
        The course, with its folder `notebooks/`.
    work : Path
        The working copy; made when missing.
    names : sequence of str, optional
        File names, ["04_backpropagation.ipynb"]; default all chapters.
    aliases : dict of str to str, optional
        Earlier file name of a chapter -> its name now; default the table `aliases` of the syllabus.

    Returns
    -------
    list of str
        What was done, or what an update would bring, one line each; empty when there is nothing to say.
    """
    return _each(_prepare_one, root, work, names, aliases)


def update(root: Path, work: Path, names=None, aliases=None) -> list[str]:
    """Bring newer chapters into the working copy; the student's cells are kept by exercise id.

    Parameters as for `prepare`. Returns a report, at least one line a chapter.
    """
    return _each(_update_one, root, work, names, aliases)


def _each(action, root, work, names, aliases) -> list[str]:
    root, work = Path(root), Path(work)
    aliases = syllabus.load().get("aliases", {}) if aliases is None else aliases
    lines = []
    try:
        (work / ORIGINALS).mkdir(parents=True, exist_ok=True)
        for folder in (work, work / ORIGINALS, work / BACKUPS):
            remove_leftovers(folder)
        for old, name in aliases.items():
            lines += _rename(work, old, name)
        wanted = names or sorted(path.name for path in (root / "notebooks").glob("*.ipynb"))
        for name in dict.fromkeys(aliases.get(name, name) for name in wanted):
            source = root / "notebooks" / name
            if not source.exists():
                lines.append(f"{name} is not a chapter of the course: left as it is")
                continue
            _put_back(work / name)
            try:
                lines += action(source, work)
            except SavedMeanwhile as error:
                lines.append(str(error))
            except (RecursionError, ValueError, TypeError, AttributeError, KeyError) as error:
                # JSON of a form that no editor writes: nested without end, half characters, metadata that are a list
                lines.append(f"{name} has a form that cannot be brought up to date ({type(error).__name__}). "
                             "Your file was left as it is.")
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        lines.append(
            f"Stopped: {error.strerror or error}{place}. Your notebooks are as they were. "
            "Make room or make the folder writable, then run the command again."
        )
    return lines


def _rename(work: Path, old: str, name: str) -> list[str]:
    """A chapter that has another name now keeps its student: the file takes the new name."""
    lines = []
    if (work / old).exists() and (work / name).exists():
        lines.append(f"{old} is the earlier name of {name}. Both are in {work}: {old} was left as it is.")
    elif (work / old).exists():
        os.replace(work / old, work / name)
        lines.append(f"{old} is now called {name}; your file was renamed.")
    if (work / ORIGINALS / old).exists() and not (work / ORIGINALS / name).exists():
        os.replace(work / ORIGINALS / old, work / ORIGINALS / name)
    return lines


def _prepare_one(source: Path, work: Path) -> list[str]:
    mine, original, data = work / source.name, work / ORIGINALS / source.name, source.read_bytes()
    if mine.exists():
        if not original.exists() or original.read_bytes() == data:
            return []
        return [f"{source.name} has a newer edition: `course update` brings it in, and your answers are kept"]
    replace_file(original, data, durable=True)
    create_file(mine, data, durable=True)  # another window may have been faster, and its file must stay
    return [f"{source.name} copied to {work}"]


def _update_one(source: Path, work: Path) -> list[str]:
    mine, original = work / source.name, work / ORIGINALS / source.name
    if not mine.exists():
        return _prepare_one(source, work)
    before, new = mine.read_bytes(), source.read_bytes()
    student = _load(before)
    if student is None:
        kept = _replace_if_unchanged(mine, before, new, "broken")
        replace_file(original, new, durable=True)
        return [f"{source.name} could not be read as a notebook. It is kept as {kept}; a fresh copy replaces it."]
    base_bytes = original.read_bytes() if original.exists() else b""
    if base_bytes == new:
        return [f"{source.name} is up to date"]
    edition = _load(new)
    if edition is None:
        return [f"The course's own {source.name} cannot be read; your file was left as it is."]
    merged, report = merge(_load(base_bytes), student, edition)
    after = _dump(merged)
    if _load(after) == student:
        replace_file(original, new, durable=True)
        return [f"{source.name} is up to date"]
    kept = _replace_if_unchanged(mine, before, after)
    # only now: killed before this line, the next update merges again and changes nothing
    replace_file(original, new, durable=True)
    return [f"{source.name} updated; your earlier file is {kept}", *(f"  {line}" for line in report)]


def _replace_if_unchanged(path: Path, before: bytes, after: bytes, mark: str = "") -> str:
    """Replace a file unless someone saved it since it was read; returns the name of its copy in `backups/`."""
    backup = _back_up(path, before, mark)
    if not exchange_file(path, before, after, _aside(path)):
        _put_back(path)
        raise SavedMeanwhile(path)
    os.replace(_aside(path), backup)  # with it what a program may still write that had the file open
    return f"{BACKUPS}/{backup.name}"


def _aside(path: Path) -> Path:
    """Where the file of `path` is while it is being replaced: beside it, on the same disk."""
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.aside")


def _put_back(path: Path) -> None:
    """Give a file that was put aside its place again, or one in `backups/` where another has taken its own."""
    aside = _aside(path)
    if not aside.exists():
        return
    if not create_file(Path(os.path.realpath(path)), aside.read_bytes(), durable=True):
        _back_up(path, aside.read_bytes())
    aside.unlink()


def _back_up(path: Path, data: bytes, mark: str = "") -> Path:
    """Copy to `backups/` under a name with the time."""
    stem = ".".join(part for part in (path.stem, time.strftime("%Y-%m-%dT%H-%M-%S"), mark) if part)
    for number in count(1):
        backup = path.parent / BACKUPS / f"{stem}{f'-{number}' if number > 1 else ''}{path.suffix}"
        if create_file(backup, data, durable=True):
            return backup


def _load(data: bytes):
    """The notebook in `data`, brought to the current form; None when it cannot be read."""
    import nbformat  # only here and below: it takes a second, for which no start of `course lab` should wait

    try:
        notebook = nbformat.from_dict(json.loads(data.decode("utf-8")))
        if notebook.nbformat < 4:
            notebook = nbformat.convert(notebook, 4)
        cells = notebook.cells
        for cell in cells:
            cell.source = grammar.joined(cell.source)
            cell.setdefault("metadata", nbformat.NotebookNode())
            if not isinstance(cell.cell_type, str) or cell.source is None:
                return None
        return notebook
    except (ValueError, AttributeError, TypeError, KeyError):
        return None


def _dump(notebook) -> bytes:
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.splitlines(keepends=True)
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


# merging --------------------------------------------------------------------------------------------------------------


@dataclass
class Cell:
    """A notebook cell with what the merge knows of it."""

    node: dict
    keys: frozenset = frozenset()  #: exercises and questions answered in it: {"4.3"}, {"4.Q1"}
    course: bool = False  #: stands in the place of a cell of the course, and carries its id

    @property
    def source(self) -> str:
        return self.node.source

    @property
    def id(self) -> str | None:
        return self.node.get("id")

    def same(self, other: "Cell") -> bool:
        return self.node.cell_type == other.node.cell_type and self.source.rstrip() == other.source.rstrip()


def merge(base, mine, new):
    """A notebook with the course's new text and the student's work.

    Parameters
    ----------
    base : NotebookNode or None
        The chapter as it was handed out; None when that is not known.
    mine : NotebookNode
        The student's notebook.
    new : NotebookNode
        The newer chapter.

    Returns
    -------
    merged : NotebookNode
    report : list of str
        What a student should know, one line each.
    """
    report: list[str] = []
    new_cells = [Cell(cell.node, cell.keys, course=True) for cell in read_cells(new)]
    base_cells = read_cells(base) if base is not None else []
    mine_cells = read_cells(mine)
    names = ({**_checked_names(base), **_checked_names(mine)}, _checked_names(new))
    _find_by_name(mine_cells, {name: id for id, name in names[1].items()}, [*base_cells, *new_cells])

    mine_to_base = _match(mine_cells, base_cells)
    base_to_new = _match(base_cells, new_cells)
    mine_to_new = _match_to_new(mine_cells, new_cells, mine_to_base, base_to_new)

    own: dict[int, list[Cell]] = {}  # index of a new cell -> the student's cells that follow it
    chosen: dict[int, Cell] = {}
    last = -1
    for i, cell in enumerate(mine_cells):
        b, n = mine_to_base.get(i), mine_to_new.get(i)
        was = base_cells[b] if b is not None else None
        untouched = was is not None and cell.same(was)
        if not untouched:
            cell = _under_new_name(cell, *names, report)
        if n is None:
            if not untouched:
                own.setdefault(last, []).append(cell)
            continue
        last = n
        now = new_cells[n]
        chosen[n], copied = _resolve(cell, was, now, untouched, report)
        if copied is not None:
            own.setdefault(n, []).append(copied)

    import nbformat

    answered = frozenset().union(*(c.keys for c in [*chosen.values(), *(c for group in own.values() for c in group)]))
    merged = []
    for n, now in [(-1, None), *enumerate(new_cells)]:
        if now is not None:
            # a student who joined two exercise cells has both in one: a fresh stub would undo the second
            if n in chosen:
                merged.append(chosen[n])
            elif not (now.keys and now.keys <= answered):
                merged.append(now)
        merged += own.get(n, ())
    result = copy.deepcopy(new)
    result.metadata = nbformat.from_dict({**new.metadata, **mine.metadata})
    result.cells = _with_unique_ids(merged, {cell.id for cell in new_cells})
    kept = sum(len(group) for group in own.values())
    if kept:
        report.append(f"{kept} cell{'s' if kept > 1 else ''} of your own kept")
    return result, report


def _under_new_name(cell: Cell, before: dict, now: dict, report: list[str]) -> Cell:
    """The student's answer with a last line where the check takes it by another name than it did."""
    bound = grammar.defined(cell.source)
    moved = {key: now[key] for key in cell.keys & before.keys() & now.keys()
             if before[key] in bound and now[key] not in bound}
    if not moved:
        return cell
    node = copy.deepcopy(cell.node)
    for key, name in sorted(moved.items()):
        node.source = f"{node.source.rstrip()}\n{name} = {before[key]}"
        report.append(f"{key}: the check takes `{name}` now; a last line of your cell names your answer so")
    return Cell(node, cell.keys, cell.course)


def _resolve(cell: Cell, was: Cell | None, now: Cell, untouched: bool, report: list[str]) -> tuple[Cell, Cell | None]:
    """The cell that stands in the new chapter, and a copy of the student's version when both changed the text."""
    if cell.same(now) or untouched:
        return _with_outputs(now, cell), None
    if cell.keys:
        label = ", ".join(sorted(cell.keys))
        report.append(f"{label}: your answer kept")
        if was is not None and not was.same(now):
            report.append(f"{label}: the course has changed the text of this cell; compare with the course's notebook")
        return _as_student_wrote(now, cell), None
    if was is not None and was.same(now):
        return _as_student_wrote(now, cell), None
    first = (cell.source.strip().splitlines() or ["(empty)"])[0]
    report.append(f"{first[:60]!r}: the course has changed this cell too; your version stands below the new one")
    return _with_outputs(now, cell), _copy_of(cell)


def _with_outputs(now: Cell, cell: Cell) -> Cell:
    """The course's cell; outputs stay when its code has not changed."""
    node = copy.deepcopy(now.node)
    if node.cell_type == "code" and cell.same(now):
        node.outputs = copy.deepcopy(cell.node.get("outputs", []))
        node.execution_count = cell.node.get("execution_count")
    return Cell(node, now.keys, course=True)


def _as_student_wrote(now: Cell, cell: Cell) -> Cell:
    """The student's text in the place of the course's cell, with the metadata that graders look for."""
    import nbformat

    node = copy.deepcopy(cell.node)
    if node.cell_type == now.node.cell_type:
        node.metadata = nbformat.from_dict({**cell.node.metadata, **copy.deepcopy(now.node.metadata)})
    node["id"] = now.id
    return Cell(node, cell.keys | now.keys, course=True)


def _copy_of(cell: Cell) -> Cell:
    """The student's version as text, so that code which no longer fits does not stop the notebook."""
    import nbformat

    text = cell.source
    if cell.node.cell_type == "code":
        fence = "```"
        while fence in text:
            fence += "`"
        text = f"{fence}python\n{text}\n{fence}"
    node = nbformat.v4.new_markdown_cell(f"*Your version of the cell above, before the update:*\n\n{text}")
    if "attachments" in cell.node:
        node.attachments = copy.deepcopy(cell.node.attachments)
    return Cell(node)


def read_cells(notebook) -> list[Cell]:
    """The cells with the ids of the exercises and open questions that are answered in them."""
    cells = [Cell(node, _keys(node)) for node in notebook.cells]
    present = {key for cell in cells for key in cell.keys}
    for before, cell in pairwise(cells):  # metadata is gone: the answer is the text cell below its question
        asked = grammar.question(before.source)
        if asked and asked.id not in present and before.node.cell_type == cell.node.cell_type == "markdown":
            cell.keys = frozenset([asked.id])
    return cells


def _find_by_name(mine: list[Cell], names: dict[str, str], known: list[Cell]) -> None:
    """Give exercises that have no cell yet the first of the student's own cells that defines what they ask for."""
    present = {key for cell in mine for key in cell.keys}
    texts = {cell.source.rstrip() for cell in known}
    for cell in mine:
        if cell.node.cell_type == "code" and not cell.keys and cell.source.rstrip() not in texts:
            cell.keys = frozenset(names[name] for name in grammar.defined(cell.source) if name in names) - present
            present |= cell.keys


def _keys(node) -> frozenset[str]:
    """The exercises or open questions that a cell answers: by its marks, else by nbgrader's name for it."""
    code = node.cell_type == "code"
    marked = grammar.exercises(node.source) if code else grammar.answered(node.source)
    kind, id = grammar.graded(node.metadata.get("nbgrader", {}).get("grade_id"))
    named = [id] if kind == ("exercise" if code else "open") else []
    return frozenset(marked or named) if node.cell_type in ("code", "markdown") else frozenset()


def _checked_names(notebook) -> dict[str, str]:
    """Exercise -> the name that its check takes."""
    cells = [node for node in notebook.cells if node.cell_type == "code"] if notebook is not None else []
    return {check.id: check.name for node in cells for check in grammar.checks(node.source) if check.name}


def _match(left: list[Cell], right: list[Cell]) -> dict[int, int]:
    """Pairs of cells that are the same cell: by exercise, then same id and text, same text, same id."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()

    def pair(identity):
        places: dict = {}
        for j, cell in enumerate(right):
            if j not in taken and (value := identity(cell)) is not None:
                places.setdefault(value, []).append(j)
        for i, cell in enumerate(left):
            value = identity(cell) if i not in pairs else None
            if value is not None and places.get(value):
                pairs[i] = places[value].pop(0)
                taken.add(pairs[i])

    text = lambda cell: (cell.node.cell_type, cell.source.rstrip())
    for key in sorted({key for cell in left for key in cell.keys}):
        pair(lambda cell, key=key: key if key in cell.keys else None)
    pair(lambda cell: None if cell.keys or cell.id is None else (cell.id, text(cell)))
    pair(lambda cell: None if cell.keys or not cell.source.strip() else text(cell))
    pair(lambda cell: None if cell.keys else cell.id)
    return pairs


def _match_to_new(mine, new, mine_to_base, base_to_new) -> dict[int, int]:
    """Student's cells -> new cells: through the chapter as handed out where possible, directly for the rest."""
    pairs = {i: base_to_new[b] for i, b in mine_to_base.items() if b in base_to_new}
    taken = set(pairs.values())
    rest_mine = [i for i in range(len(mine)) if i not in mine_to_base]
    rest_new = [n for n in range(len(new)) if n not in taken]
    direct = _match([mine[i] for i in rest_mine], [new[n] for n in rest_new])
    for i, n in direct.items():
        cell, now = mine[rest_mine[i]], new[rest_new[n]]
        # an id alone proves nothing when the cell was not handed out: ids depend on the place in a section
        if cell.keys or cell.same(now) or not mine_to_base:
            pairs[rest_mine[i]] = rest_new[n]
    return pairs


def _with_unique_ids(cells: list[Cell], reserved: set) -> list:
    """The notebook's cells, each with an id of its own; those of the course (`reserved`) go to the course's cells."""
    used: set[str] = set()
    nodes = []
    for position, cell in enumerate(cells):
        node, id = copy.deepcopy(cell.node), cell.id
        if not id or id in used or (id in reserved and not cell.course):
            id = grammar.cell_id(f"{position}|{node.source}", used | reserved)
        used.add(id)
        node["id"] = id
        nodes.append(node)
    return nodes

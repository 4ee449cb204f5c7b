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

import ast
import json
import re
import symtable
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from course_lib import grammar
from course_lib.exercises import registry
from course_lib.grading.sandbox import PACKAGE

MOST_BYTES = 40_000_000
MOST_CELLS = 3_000
MOST_CODE = 200_000  #: characters of one cell; no person writes more


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
    chapter: str  #: as the metadata says; empty where they do not
    notes: tuple[str, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)  #: exercise -> token, where it was handed out with own numbers


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
    cells = tuple(cell for cell in map(_cell, raw[:MOST_CELLS]) if cell is not None)
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
    return Notebook(cells, chapter if chapter in registry.chapters() else "", tuple(notes), tokens)


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
    if source is None or len(source) > MOST_CODE:
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
    """The chapter that a notebook belongs to.

    Raises
    ------
    Unreadable
        When nothing of any chapter is in it.
    """
    if notebook.chapter:
        return notebook.chapter
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
    missing: frozenset[str]  #: exercises without any cell
    names: dict[str, str]  #: exercise -> name under which this submission holds its answer
    sources: dict[str, str]  #: exercise -> text of the cells that hold its answer
    tampering: tuple[str, ...]  #: what was altered in a way that matters
    notes: tuple[str, ...]


def plan(notebook: Notebook) -> Plan:
    """Which cells to run, and after which of them an exercise can be judged."""
    chapter = chapter_of(notebook)
    handed = given(chapter)
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
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
            sources[id] = "\n\n".join(cells[k].source for k in own)
    run = _cells_to_run(cells, handed)
    steps = tuple(Step(k, cells[k].source, tuple(answers.get(k, ()))) for k in run)
    missing = frozenset(id for id, (found, own) in holders.items() if not found and not own)
    return Plan(chapter, steps, frozenset(untouched), missing, names, sources, tuple(tampering(cells, handed)),
                notebook.notes)


def _names(cells, handed: Given) -> dict[str, str]:
    """The name of each answer: that of the submission's own check where the course's name is not in use.

    The name may have been another one in the edition of the chapter that was handed out.
    """
    used = frozenset().union(*(bound(cell.source) for cell in cells))
    own = {id: taken for cell in cells for id, taken in _checked(cell).items() if taken}
    return {id: own.get(id, name) if name not in used else name for id, name in handed.names.items()}


def _holders(id: str, name: str, cells, handed: Given) -> tuple[bool, list[int]]:
    """Whether an exercise has any cell, and the indices of those that bind its answer in the copy that counts."""
    stub = handed.stubs.get(id)
    starts = [k for k, cell in enumerate(cells) if id in grammar.exercises(cell.source)]
    if not starts and stub is not None:
        starts = [k for k, cell in enumerate(cells)
                  if (cell.id and cell.id == stub.id) or (cell.grade_id and cell.grade_id == stub.grade_id)]
    if not starts and callable(registry.get(id).reference):
        starts = [k for k, cell in enumerate(cells) if name in grammar.defined(cell.source)]
    for start in reversed(starts):
        own = []
        for k in range(start, len(cells)):
            text = cells[k].source
            others = set(grammar.exercises(text)) - {id}
            if k > start and (others or id in _checked(cells[k])):
                break
            is_stub = stub is not None and _normal(text) == _normal(stub.source)
            if name in bound(text) and not is_stub and _normal(text) not in handed.texts:
                own.append(k)
        if own:
            return True, own
    return bool(starts), []


def _cells_to_run(cells, handed: Given) -> list[int]:
    is_given = [_normal(cell.source) in handed.texts for cell in cells]
    run = {k for k, cell in enumerate(cells) if not is_given[k] and cell.source.strip()}
    todo = list(run)
    while todo:
        reader = todo.pop()
        at_once, later = names_read(cells[reader].source)
        for k, cell in enumerate(cells):
            if k not in run and is_given[k] and bound(cell.source) & (later | at_once if k < reader else later):
                run.add(k)
                todo.append(k)
    return sorted(run)


# --- reading code without running it ---

_WORD = re.compile(r"[^\W\d]\w*")
#: with one of these a cell can read names that do not stand in it as names
_DYNAMIC = {"globals", "locals", "vars", "eval", "exec", "get_ipython", "getattr"}


@lru_cache(maxsize=2_000)
def bound(source: str) -> frozenset[str]:
    """Every name that a cell may bind."""
    tree = grammar.tree(source)
    if tree is None:
        return frozenset(_WORD.findall(source))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name.partition(".")[0]) for alias in node.names}
    return frozenset(names)


@lru_cache(maxsize=2_000)
def names_read(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the notebook that a cell may read when it is run, and those that its functions may read later.

    All its words where that is not certain.
    """
    words = frozenset(_WORD.findall(source))
    tree = grammar.tree(source)
    if tree is None or words & _DYNAMIC or re.search(r"^[ \t]*[%!?]", source, re.MULTILINE):
        return words, words
    at_once, own = set(), set()
    for statement in tree.body:
        at_once |= {n.id for n in _outside_functions(statement) if isinstance(n, ast.Name) and not _stores(n)} - own
        if isinstance(statement, ast.Assign | ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            own |= bound(ast.unparse(statement))
    return frozenset(at_once), _read_by_functions(source)


def _stores(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _outside_functions(node):
    """The nodes that are evaluated with a statement: not the bodies of functions."""
    yield node
    body = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for name, children in ast.iter_fields(node):
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child, ast.AST) and not (body and name == "body"):
                yield from _outside_functions(child)


def _read_by_functions(source: str) -> frozenset[str]:
    try:
        names, tables = set(), [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError):  # such as a `return` outside of a function
        return frozenset(_WORD.findall(source))
    while tables:
        table = tables.pop()
        if table.get_type() == "function":
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
        tables += table.get_children()
    return frozenset(names)


# --- the library's own function, and machinery that was altered ---


def uses_library(source: str, name: str, dotted: str) -> bool:
    """Whether the answer `name` in this code plainly calls, or is, the library's function `dotted`."""
    tree = grammar.tree(source)
    if tree is None or not dotted:
        return False
    where = imports(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            where_inside = where | imports(node)
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name | ast.Attribute) and _same(_path(inner, where_inside), dotted):
                    return True
        elif isinstance(node, ast.Assign) and name in bound(ast.unparse(node)):
            if _same(_path(node.value, where), dotted):
                return True
    return False


def _same(path: str, dotted: str) -> bool:
    """`course_lib.ops.activations.sigmoid` is `course_lib.ops.sigmoid`."""
    if path == dotted:
        return True
    package, _, name = dotted.rpartition(".")
    return path.startswith(f"{package}.") and path.rpartition(".")[2] == name


#: what the first cell of a chapter imports
_USUAL = {"np": "numpy", "ops": "course_lib.ops", "course_lib": "course_lib"}


def imports(tree) -> dict[str, str]:
    """name -> dotted path of what it was imported from."""
    found = dict(_USUAL)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _path(node, where: dict[str, str]) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([where.get(node.id, node.id), *reversed(parts)])


_OURS = ("numpy", "course_lib", "builtins", "sys.modules", "IPython")
_INTERNAL = re.compile(
    r"^course_lib\.(grading|chapters\.\w+\.exercises|exercises\.(judge|registry|session|collect|calls|progress|model))\b"
)
_HOOKS = {"input_transformers_post", "input_transformers_cleanup", "ast_transformers", "shell_handlers"}


def tampering(cells, handed: Given) -> list[str]:
    """What was done to checks, the library or the kernel that no exercise asks for."""
    found: dict[str, None] = {}
    where = dict(_USUAL)
    for cell in cells:
        if (tree := grammar.tree(cell.source)) is not None:
            where |= imports(tree)
    originals = [cell for cell in handed.cells if _checked(cell)]
    checks = {key: cell for cell in originals for key in (cell.id, cell.grade_id) if key}
    for cell in cells:
        if _normal(cell.source) in handed.texts:
            continue
        original = checks.get(cell.grade_id) or checks.get(cell.id)
        if original is not None and _does_something(cell.source):
            wanted = _checked(original)
            if not wanted.items() & _checked(cell).items() and not grammar.exercises(cell.source):
                found[f"the check cell of exercise {next(iter(wanted))} was edited"] = None
        found |= dict.fromkeys(_alterations(cell.source, where))
    return list(found)


def _does_something(source: str) -> bool:
    """Whether anything is left of a cell that was emptied, or made a comment."""
    tree = grammar.tree(source)
    return tree is None or bool(tree.body)


def _alterations(source: str, where) -> list[str]:
    tree = grammar.tree(source)
    if tree is None:
        return []
    found = [f"`{name}` is defined anew" for name in sorted({"check", "use"} & set(grammar.defined(source)))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            base = node.value
            while isinstance(base, ast.Subscript):
                base = base.value
            path = _path(base, where)
            if path.startswith(_OURS):
                found.append(f"something in {path} is replaced")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
            path = _path(node.args[0], where)
            if path.startswith(_OURS):
                found.append(f"something in {path} is replaced")
        if isinstance(node, ast.Attribute) and node.attr in _HOOKS:
            found.append(f"the kernel's {node.attr} are touched")
        for path in _imported(node):
            if _INTERNAL.match(path):
                found.append(f"{path} is imported")
    return found


def _imported(node) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


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

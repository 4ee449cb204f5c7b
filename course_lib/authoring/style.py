"""The manner of the chapters, as far as a program can see it."""

import ast
import re
from collections import Counter

from course_lib import grammar
from course_lib.authoring import notebook

#: lines of a code cell: most stay below the first number, none may pass the second (exercise cells excepted)
USUAL_LINES, MOST_LINES = 10, 20
TAG = re.compile(r"\\tag\{([^}]+)\}")
FIGURE = re.compile(r"\b(demos\.[A-Z]|figures\.|style\.show|\.plot\(|\.draw\()")
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!\[|<!--|&\w+;", re.DOTALL)
#: what a chapter whose exercises state their effort may hold, and the hours of its core path
MOST_WORDS, MOST_CELLS, MOST_EXERCISES, MOST_CORE, MOST_HOURS = 7500, 90, 18, 10, 4.0
#: chapters that hold more in all than that, and why; their core path is held to the same numbers and hours
LONGER = {
    "01": "the mathematics that every later chapter asks for; further exercises are there to be looked up",
    "02": "four kinds of regression, each with its cost, its gradient and a measure of trust",
    "03": "what is worked out by hand here is worked out by hand nowhere else",
    "04": "each activation and each loss with its own way back",
}
WORDS_A_MINUTE, MINUTES_A_FIGURE = 200, 2
#: a page of its own rules: no summary, no recall questions
START = "00"


def findings(chapter: notebook.Chapter) -> list[str]:
    """Everything to mend in one chapter, and notes that only inform."""
    cells = chapter.cells()
    rules = (_first_cell, _balance, _code, _prose, _exercises, _budget, _labels, _figures, _ending)
    return [line for rule in rules for line in rule(chapter, cells)]


def _at(chapter, cell) -> str:
    return f"{chapter.source.name}:{cell.line}"


def _first_cell(chapter, cells):
    first = cells[0].source if cells and cells[0].kind == "markdown" else ""
    if not first.startswith("# "):
        yield f"{chapter.source.name}: the first cell is markdown and begins with the title '# ...'"
    if len(re.findall(r"\*\*Aim\.\*\*", first)) != 1:
        yield f"{chapter.source.name}: the first cell states one aim, '**Aim.** ...'"


def _balance(chapter, cells):
    text = sum(cell.kind == "markdown" for cell in cells)
    code = len(cells) - text
    yield f"note {chapter.name}: {text} text cells, {code} code cells, ratio {text / max(code, 1):.2f} (about 2 wanted)"


def _code(chapter, cells):
    plain = [cell for cell in cells if cell.kind == "code" and not grammar.exercises(cell.source)]
    long = 0
    for cell in plain:
        lines = len(cell.source.splitlines())
        long += lines > USUAL_LINES
        if lines > MOST_LINES:
            yield f"{_at(chapter, cell)}: {lines} lines in a code cell, at most {MOST_LINES}"
        if "rcParams" in cell.source:
            yield f"{_at(chapter, cell)}: rcParams belong in viz/style.py"
        for node in ast.walk(ast.parse(cell.source)):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            if not re.search(rf"\blive\.interact\(\s*{node.name},", cell.source):
                yield f"{_at(chapter, cell)}: {node.name} is defined outside an exercise; it belongs in course_lib"
    if long > 0.2 * len(plain):
        yield f"{chapter.name}: {long} of {len(plain)} code cells are longer than {USUAL_LINES} lines"


def _prose(chapter, cells):
    for cell in cells:
        if cell.kind == "markdown" and "!" in NOT_PROSE.sub("", cell.source):
            yield f"{_at(chapter, cell)}: an exclamation mark"


def _exercises(chapter, cells):
    known = notebook.exercises(chapter.number)
    code = [cell for cell in cells if cell.kind == "code"]
    checks = Counter(check.id for cell in code for check in grammar.checks(cell.source))
    scaffolds = Counter(id for cell in code for id in grammar.exercises(cell.source))
    for id in sorted(set(known) | set(checks) | set(scaffolds)):
        if id not in known:
            yield f"{chapter.name}: exercise {id} is not defined in course_lib/chapters/ch{chapter.number}_*"
        elif checks[id] != 1:
            yield f"{chapter.name}: check({id!r}, ...) stands {checks[id]} times, wanted once"
        if scaffolds[id] != 1:
            yield f"{chapter.name}: '# Exercise {id}: name' begins {scaffolds[id]} cells, wanted one"


def _words(cells) -> int:
    return sum(len(cell.source.split()) for cell in cells if cell.kind == "markdown")


def _budget(chapter, cells):
    exercises = notebook.exercises(chapter.number)
    if not exercises or any(None in (e.minutes, e.level, e.core) for e in exercises.values()):
        return
    way, core = notebook.on_core_path(cells), [e for e in exercises.values() if e.core]
    figures = sum(bool(re.search(r"\b(demos\.[A-Z]|predict\()", cell.source)) for cell in way if cell.kind == "code")
    hours = (_words(way) / WORDS_A_MINUTE + sum(e.minutes for e in core) + MINUTES_A_FIGURE * figures) / 60
    counts = (  # in all, then on the core path
        ("words", _words(cells), MOST_WORDS), ("code cells", sum(cell.kind == "code" for cell in cells), MOST_CELLS),
        ("exercises", len(exercises), MOST_EXERCISES), ("core exercises", len(core), MOST_CORE),
        ("hours on the core path", round(hours, 1), MOST_HOURS),
    )
    said = ", ".join(f"{count:,} {what}" for what, count, _ in counts)
    yield f"note {chapter.name}: {said}"
    if chapter.number in LONGER:
        yield f"note {chapter.name}: longer than a chapter may be: {LONGER[chapter.number]}"
    for what, count, most in counts[3:] if chapter.number in LONGER else counts:
        if count > most:
            yield f"{chapter.name}: {count:,} {what}, at most {most:,}"
    there = {id for cell in way if cell.kind == "code" for id in grammar.exercises(cell.source)}
    for e in core:
        if e.id not in there:
            yield f"{chapter.name}: exercise {e.id} is core and stands in a section marked {notebook.FURTHER}"


def _labels(chapter, cells):
    labels = Counter(label for cell in cells if cell.kind == "markdown" for label in TAG.findall(cell.source))
    for label, times in labels.items():
        if times > 1:
            yield f"{chapter.name}: the equation label ({label}) stands {times} times"
        if not label.startswith(f"{int(chapter.number)}."):
            yield f"{chapter.name}: the equation label ({label}) is not one of chapter {int(chapter.number)}"


    for cell in cells:
        for formula in re.findall(r"\$\$.*?\$\$", cell.source, re.DOTALL) if cell.kind == "markdown" else ():
            if len(TAG.findall(formula)) > 1:  # JupyterLab shows the source instead
                yield f"{_at(chapter, cell)}: two labels in one formula: {', '.join(TAG.findall(formula))}"


def _figures(chapter, cells):
    for before, cell, after in zip([None, *cells], cells, [*cells[1:], None], strict=False):
        if cell.kind != "code" or not FIGURE.search(cell.source):
            continue
        if not any(near is not None and near.kind == "markdown" for near in (before, after)):
            yield f"{_at(chapter, cell)}: a figure with no text before or after it"


def _ending(chapter, cells):
    if chapter.number == START:
        return
    texts = [cell.source for cell in cells if cell.kind == "markdown"]
    titles = notebook.headings(cells)
    if not any(title.startswith("Summary") for title in titles):
        yield f"{chapter.name}: no heading 'Summary'"
    recall = next((text for text in texts if re.search(r"^#+ .*recall", text, re.IGNORECASE | re.MULTILINE)), "")
    questions = len(re.findall(r"^\d+\. ", recall, re.MULTILINE))
    if questions != 5:
        yield f"{chapter.name}: {questions} numbered questions in the cell headed 'Recall ...', wanted five"
    opened = sum(bool(grammar.question(text)) for text in texts)
    if not 1 <= opened <= 3:
        yield f"{chapter.name}: {opened} open questions, wanted one to three"

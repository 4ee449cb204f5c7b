"""What separates the student's cell from the author's: solution blocks, buggy blocks, open questions."""

import ast
import re
import textwrap

from course_lib.authoring.percent import SourceError
from course_lib.grammar import BEGIN, BEGIN_BUGGY, BUGGY_LINE, END, END_BUGGY, STUB, defined

#: a line that many programs contain, so that finding it elsewhere gives nothing away
TRIVIAL = re.compile(
    r"(return [\w, ]+|for \w+ in (range\(.*\)|reversed\(range\(.*\)\)|\w+):|else:|if \w+:"
    r"|[\w, ]+ = np\.zeros\(.*|rng = np\.random\.default_rng\(\d*\)|\w+ = (\w+|\[\]|\{\}|[\d.]+))$"
)


def blocks(source: str, begin: str = BEGIN, end: str = END) -> list[list[str]]:
    """Lines of every block between the markers `begin` and `end`."""
    found: list[list[str]] = []
    inside = False
    for line in source.splitlines():
        marker = line.strip()
        if marker in (begin, end):
            if (marker == begin) == inside:
                raise SourceError(f"{marker!r} without its partner in the cell\n{source}")
            inside = not inside
            if inside:
                found.append([])
        elif inside:
            found[-1].append(line)
    if inside:
        raise SourceError(f"{begin!r} without {end!r} in the cell\n{source}")
    return found


def _replace(source: str, begin: str, end: str, make) -> str:
    """`source` with every block, markers included, replaced by the lines `make(block)`."""
    replacements = iter([make(block) for block in blocks(source, begin, end)])
    lines, inside = [], False
    for line in source.splitlines():
        marker = line.strip()
        if marker == begin:
            lines.extend(next(replacements))
            inside = True
        elif marker == end:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def student_code(source: str, skeleton: str = "") -> str:
    """The student's version of a code cell.

    A block in a function body becomes `# YOUR CODE HERE` and `raise NotImplementedError`; a block of assignments at
    top level becomes the exercise's skeleton or, without one, `name = None  # YOUR CODE HERE` for each name; a buggy
    block takes the place of the solution block that follows it.
    """
    if blocks(source, BEGIN_BUGGY, END_BUGGY):
        return _replace(_replace(source, BEGIN, END, lambda block: []), BEGIN_BUGGY, END_BUGGY, _uncomment_bug)
    return _replace(source, BEGIN, END, lambda block: _stub(block, skeleton))


def solution_code(source: str) -> str:
    """The author's version of a code cell: without the buggy block, with the markers (nbgrader reads them)."""
    return _replace(source, BEGIN_BUGGY, END_BUGGY, lambda block: [])


def _uncomment_bug(block: list[str]) -> list[str]:
    for line in block:
        if not line.lstrip().startswith(BUGGY_LINE):
            raise SourceError(f"a line of a buggy block begins with '{BUGGY_LINE} ', got {line!r}")
    return [re.sub(rf"{re.escape(BUGGY_LINE)} ?", "", line, count=1).rstrip() for line in block]


def _stub(block: list[str], skeleton: str) -> list[str]:
    code = textwrap.dedent("\n".join(block))
    if not code.strip():
        raise SourceError(f"an empty solution block: nothing between {BEGIN!r} and {END!r}")
    first = next(line for line in block if line.strip())
    indent = first[: len(first) - len(first.lstrip())]
    if indent:
        return [f"{indent}{STUB}", f"{indent}raise NotImplementedError"]
    ast.parse(code)  # a slip of the author is an error, not an answer without names
    names = defined(code)
    if not names:
        raise SourceError(f"a solution block at top level assigns the answer to a name; this one does not:\n{code}")
    if skeleton:
        return [STUB, *skeleton.splitlines()]
    return [f"{name} = None  {STUB}" for name in names]


def split_open_question(source: str) -> tuple[str, str]:
    """Question and model answer of an open-question cell."""
    answers = blocks(source)
    if len(answers) != 1:
        raise SourceError(f"an open question holds one model answer between {BEGIN!r} and {END!r}:\n{source}")
    question = _replace(source, BEGIN, END, lambda block: []).strip("\n")
    return question, "\n".join(answers[0]).strip("\n")


def secrets(source: str) -> list[str]:
    """Lines of the cell's solution blocks that a student file must not contain.

    Lines of a buggy block are shown on purpose: what a repair leaves as it is, is no secret.
    """
    lines = [" ".join(line.split()) for block in blocks(source) for line in block]
    buggy = [line for block in blocks(source, BEGIN_BUGGY, END_BUGGY) for line in _uncomment_bug(block)]
    # With and without the letter of the line, which stands behind it as a comment.
    shown = {" ".join(part.split()) for line in buggy for part in (line, line.partition("#")[0])}
    return [
        line
        for line in lines
        if len(line) >= 14 and not line.startswith("#") and not TRIVIAL.match(line) and line not in shown
    ]

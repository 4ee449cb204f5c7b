"""The marks of a notebook: what names an exercise, what checks it, what asks, and what an author writes around answers.

Authoring makes these marks, students write between them, and the working copy, the grader and everybody's own numbers
find their way by them. So each is written here once, and read mildly: what a person sees as an exercise is one. Every
pattern takes time in proportion to the text, whatever a stranger wrote.

| mark | where |
| --- | --- |
| `# Exercise 4.2: affine_forward` | first line of the code cell that holds the answer |
| `check("4.2", affine_forward)` | a code cell below it; with own numbers `check("4.2", f, variant="0123...")` |
| `**Open question 4.Q1** (3 points)` | first line of a text cell |
| `*Your answer* (4.Q1)` | the text cell below it |
| `### BEGIN SOLUTION` to `### END SOLUTION` | in the source of a chapter, around an answer |
| `### BEGIN BUGGY` to `### END BUGGY` | in the source of a chapter, around the faulty code that is to be repaired |
"""

import ast
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_BUGGY, END_BUGGY = "### BEGIN BUGGY", "### END BUGGY"
BUGGY_LINE = "#|"  #: so begins every line of a buggy block, that the source of the chapter runs without it
STUB = "# YOUR CODE HERE"

_ID = r"[0-9]{1,2}\.[0-9]{1,3}"
_QUESTION_ID = r"[0-9]{1,2}\.Q[0-9]{1,3}"
_NAMED = rf"[ \t]*+Exercise[ \t]++({_ID})\b"
_EXERCISE = re.compile(rf"^[ \t]*+#++{_NAMED}", re.MULTILINE)
#: in JSON, which writes a tab as two characters
_IN_A_FILE = re.compile(f"#{_NAMED}".replace(r"[ \t]", r"(?:[ \t]|\\t)").encode())
_QUESTION = re.compile(
    rf"^[ \t>#]*+\*\*Open[ \t]++question[ \t]++({_QUESTION_ID})\*\*(?:[ \t]*+\(([0-9]{{1,3}})[ \t]++points?\))?",
    re.MULTILINE,
)
_ANSWER = re.compile(rf"\*Your[ \t]++answer\*[ \t]*+(?:\(({_QUESTION_ID})\)[ \t]*+)?\n?")
_GRADE_ID = re.compile(r"(exercise|check|open)-([0-9]{1,2})-(Q?[0-9]{1,3})")


# exercises ------------------------------------------------------------------------------------------------------------


def exercises(code: str) -> list[str]:
    """The exercises that a code cell names as its own, in order.

    >>> exercises("# Exercise 4.2: affine_forward\\ndef affine_forward(X, W, b): ...")
    ['4.2']
    """
    return _EXERCISE.findall(code)


def exercises_in_file(data: bytes) -> list[str]:
    """The exercises that the bytes of a file name, be it a damaged notebook; one may stand in it several times.

    >>> exercises_in_file(b'{"source": ["# Exercise 4.2: f\\\\n", "def f(')
    ['4.2']
    """
    return [id.decode() for id in _IN_A_FILE.findall(data)]


def chapter(id: str) -> str:
    """The number of the chapter that an exercise or a question belongs to: "4.2" and "4.Q1" -> "04"."""
    return id.partition(".")[0].zfill(2)


def grade_id(kind: str, id: str) -> str:
    """nbgrader's name of a cell, of the kind "exercise", "check" or "open": ("open", "4.Q1") -> "open-4-Q1"."""
    return f"{kind}-{id.replace('.', '-')}"


def graded(grade_id: object) -> tuple[str, str]:
    """Kind and exercise of nbgrader's name of a cell: "open-4-Q1" -> ("open", "4.Q1"); twice "" for other names."""
    found = _GRADE_ID.fullmatch(grade_id) if isinstance(grade_id, str) else None
    return (found[1], f"{found[2]}.{found[3]}") if found else ("", "")


# checks ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Check:
    """A call of `check` in a code cell."""

    id: str  #: the exercise
    name: str  #: under which the answer goes; empty where it is another expression
    variant: str | None  #: the token of own numbers
    end: int | None  #: where the text of the last argument ends; None for a call that is not closed
    cut: tuple[int, int] | None  #: where the variant stands, with the comma before it


@lru_cache(maxsize=2_000)
def checks(code: str) -> tuple[Check, ...]:
    """The calls of `check` in a code cell, in the order of their closing; comments and strings hold none.

    A call may stand anywhere and run over lines, and the cell need not be valid Python.

    >>> [(check.id, check.name) for check in checks('v = check("4.2", affine_forward)  # mine')]
    [('4.2', 'affine_forward')]
    """
    if "check" not in code:
        return ()
    found: list[Check | None] = []
    level: list[_Token] = []  # what stands in the innermost bracket that is open
    around: list[tuple[list[_Token], bool]] = []  # what stands before each open bracket, and whether it is a check's
    for match in _TOKEN.finditer(code):
        token = _Token(match.lastgroup, match[0] if match.lastgroup != "space" else "", match.start(), match.end())
        if token.kind == "open":
            around.append((level, bool(level) and level[-1].text == "check"))
            level = []
        elif token.kind == "close" and around:
            inner, (level, is_check) = level, around.pop()
            if is_check:
                found.append(_check(inner, closed=True))
            level.append(token)  # stands for the whole bracket
        elif token.kind != "space":
            level.append(token)
    while around:
        inner, (level, is_check) = level, around.pop()
        if is_check:
            found.append(_check(inner, closed=False))
    return tuple(check for check in found if check)


def with_variants(code: str, tokens: dict[str, str]) -> str:
    """A code cell whose checks name the numbers of one student.

    >>> with_variants('check("4.2", f)', {"4.2": "01ab"})
    'check("4.2", f, variant="01ab")'
    """
    for check in sorted(checks(code), key=lambda check: -(check.end or 0)):
        if check.id in tokens and check.variant is None and check.end is not None:
            code = f'{code[: check.end]}, variant="{tokens[check.id]}"{code[check.end :]}'
    return code


def without_variants(code: str) -> str:
    """A code cell with every check as in the notebook that all have in common.

    >>> without_variants('check("4.2", f, variant="01ab")')
    'check("4.2", f)'
    """
    for start, end in sorted((check.cut for check in checks(code) if check.cut), reverse=True):
        code = code[:start] + code[end:]
    return code


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


#: Pieces of Python that also take apart what is no Python: a string that is not closed ends with its line, one in three
#: quotes with the cell.
_TOKEN = re.compile(
    r'''(?P<space>\s++|\#[^\n]*+)
    |(?P<string>"""(?:[^\\]|\\.?)*?(?:"""|\Z) | \'\'\'(?:[^\\]|\\.?)*?(?:\'\'\'|\Z)
               |"(?:[^"\\\n]|\\.?)*+"? | '(?:[^'\\\n]|\\.?)*+'?)
    |(?P<word>\w++) | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<other>[^\s\w()\[\]{}"'\#,=]++|.)''',
    re.VERBOSE | re.DOTALL,
)


def _check(inside: list[_Token], closed: bool) -> Check | None:
    """The check with these tokens between its brackets; None where they name no exercise."""
    arguments: list[list[_Token]] = [[]]
    for token in inside:
        if token.text == ",":
            arguments.append([])
        else:
            arguments[-1].append(token)
    given: dict[str, list[_Token]] = {}
    for argument, usual in zip(arguments, ("exercise", "answer", "variant"), strict=False):
        named = len(argument) > 2 and argument[0].kind == "word" and argument[1].text == "=" != argument[2].text
        given[argument[0].text if named else usual] = argument[2:] if named else argument
    id, variant = _quoted(given.get("exercise")), _quoted(given.get("variant"))
    if id is None or not re.fullmatch(_ID, id):
        return None
    answer = given.get("answer", ())
    name = answer[0].text if len(answer) == 1 and answer[0].text.isidentifier() else ""
    last = [argument for argument in arguments if argument][-1][-1]
    cut = None
    if variant is not None:
        place = inside.index(given["variant"][0])
        comma = next((k for k in range(place, 0, -1) if inside[k].text == ","), None)
        cut = None if comma is None else (inside[comma - 1].end, given["variant"][0].end)
    return Check(id, "" if iskeyword(name) else name, variant, last.end if closed else None, cut)


def _quoted(argument: list[_Token] | None) -> str | None:
    """The text of an argument that is one plain string."""
    if not argument or len(argument) != 1 or argument[0].kind != "string":
        return None
    text = argument[0].text
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and not text.startswith(text[0] * 3) else None


# open questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """What the first line of an open question says."""

    id: str
    points: int | None  #: None where they are not stated


def question(markdown: str) -> Question | None:
    """The open question that a text cell asks.

    >>> question("**Open question 4.Q1** (3 points)\\n\\nWhy?")
    Question(id='4.Q1', points=3)
    """
    found = _QUESTION.search(markdown)
    return Question(found[1], int(found[2]) if found[2] else None) if found else None


def answer_mark(id: str) -> str:
    """What stands in the cell for the answer to an open question: "*Your answer* (4.Q1)"."""
    return f"*Your answer* ({id})"


def answered(markdown: str) -> list[str]:
    """The open questions whose answer a text cell is for, by the marks in it."""
    return [id for id in _ANSWER.findall(markdown) if id]


def without_answer_mark(markdown: str) -> str:
    """The answer alone, without the mark that it may begin with; empty where nothing was written."""
    markdown = markdown.strip()
    found = _ANSWER.match(markdown)
    return markdown[found.end() :].strip() if found else markdown


# cells ----------------------------------------------------------------------------------------------------------------


def joined(source: object) -> str | None:
    """The text of a cell as notebook files hold it: one text, or a list of lines; None for anything else."""
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else None


def cell_id(text: str, taken) -> str:
    """An id for a cell: eight digits that follow from a text, and other ones where these are taken."""
    while (id := hashlib.sha1(text.encode()).hexdigest()[:8]) in taken:
        text += "|"
    return id


@lru_cache(maxsize=2_000)
def tree(code: str) -> ast.Module | None:
    """The syntax tree of a code cell, IPython's own lines left out; None when it is no Python."""
    kept = "\n".join("pass" if re.match(r"[\t\f]*+[%!?]", line) else line for line in code.split("\n"))
    for text in (code, kept):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def defined(code: str) -> list[str]:
    """Names of the functions, classes and values that a code cell defines at top level, in order, each once.

    >>> defined("W, b = 1, 2\\ndef f(x):\\n    y = x")
    ['W', 'b', 'f']
    """
    parsed = tree(code)
    if parsed is None:
        found = re.findall(r"^(?:(?:def|class)[ \t]++(\w++)|(\w++)[ \t]*+=(?!=))", code, re.MULTILINE)
        return list(dict.fromkeys(function or value for function, value in found))
    names: dict[str, None] = {}
    for node in parsed.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            inner = (part for target in targets for part in ast.walk(target))
            names |= {n.id: None for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return list(names)

"""Numbers in the sentences of a chapter: read out of its source and compared with what they are said to be.

A claim is a piece of the text with `{}` in the place of each number that is a result, and a function that computes
these numbers. A piece of text that is no longer there fails like a number that is no longer right.
"""

import ast
import json
import re
from decimal import Decimal
from pathlib import Path

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
WORDS = {word: n for n, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty".split())}
WORDS |= dict(zip("thirty forty fifty sixty seventy eighty ninety".split(), range(30, 100, 10), strict=True))
NUMBER = (r"[-−]?(?:\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?: \\cdot 10\^(?:\{-?\d+\}|\d+))?"
          r"|\b(?i:" + "|".join(WORDS) + r")\b)")
#: labels of equations, exercises and questions are no results
LABELS = re.compile(r"\\tag\{[^}]*\}|\(\d\.\d+\)|[Ee]xercises? \d\.\d+|\d\.Q\d|\(\d\.\d+\)")
#: what a reader takes for a measured number: with decimals, thousands, or a power of ten
MEASURED = re.compile(r"(?<![\w.])(?:\d+\.\d+|\d{1,3}(?:,\d{3})+)(?![\w.]\d)")


def prose(name: str) -> str:
    """The markdown of a chapter without the model answers, one space between words."""
    source = (SOLUTIONS / f"{name}.py").read_text(encoding="utf-8")
    cells = re.split(r"(?m)^# %%", source)
    lines = [line[2:] for cell in cells if cell.startswith(" [markdown]") for line in cell.splitlines()[1:]]
    text = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", "\n".join(lines), flags=re.DOTALL)
    return " ".join(text.split())


def pictures(name: str) -> str:
    """The alternative texts of a chapter's static figures, one after the other."""
    tree = ast.parse((SOLUTIONS / f"{name}.py").read_text(encoding="utf-8"))
    said = [word.value.value for node in ast.walk(tree) if isinstance(node, ast.Call)
            for word in node.keywords if word.arg == "alt"]
    return " | ".join(said)


def printed(name: str, claim: str) -> float:
    """The number in the place of `{}` that a cell of a chapter prints; what runs the chapter in the proof compares it
    with a new run, so the training behind it is not repeated here.
    """
    notebook = json.loads((SOLUTIONS / f"{name}.ipynb").read_text(encoding="utf-8"))
    compared = [cell for cell in notebook["cells"] if "nbval-check-output" in cell["metadata"].get("tags", ())]
    lines = "".join("".join(output.get("text", ())) for cell in compared for output in cell.get("outputs", ()))
    number, = read(lines, claim)
    return float(number)


def pattern(claim: str) -> str:
    return f"({NUMBER})".join(re.escape(part) for part in claim.split("{}"))


def read(text: str, claim: str) -> list[str]:
    """The numbers that stand in the places of `{}`."""
    found = re.findall(pattern(claim), text)
    assert len(found) == 1, f"{claim!r} stands {len(found)} times in the text"
    return [found[0]] if isinstance(found[0], str) else list(found[0])


def value(number: str) -> tuple[Decimal, Decimal]:
    """What a number says, and half a unit of its last digit; exact, as 1.8e308 is beyond the floats."""
    sign = -1 if number[0] in "-−" else 1
    number = number.lstrip("-−").replace(",", "")
    if number.lower() in WORDS:
        return Decimal(sign * WORDS[number.lower()]), Decimal("0.5")
    mantissa, _, exponent = re.sub(r" \\cdot 10\^\{?(-?\d+)\}?", r"e\1", number).partition("e")
    unit = Decimal(1).scaleb(int(exponent or 0) - len(mantissa.partition(".")[2]))
    return sign * Decimal(mantissa).scaleb(int(exponent or 0)), unit / 2


def rounded(number: float, digits: int) -> float:
    """A number with this many significant digits, as a text may give it without decimals: 2387 as 2400."""
    return float(f"{number:.{digits}g}")


def holds(text: str, claim: str, compute) -> None:
    """Every number of the claim is the computed one, rounded to the digits that are written."""
    written, computed = read(text, claim), compute()
    computed = list(computed) if isinstance(computed, (tuple, list)) else [computed]
    assert len(written) == len(computed), f"{claim!r} has {len(written)} numbers, {len(computed)} were computed"
    for number, right in zip(written, computed, strict=True):
        said, half = value(number)
        near = abs(said - Decimal(float(right))) <= half * Decimal("1.000001")
        assert near, f"the text says {number}, computed {right}: {claim!r}"


def untested(text: str, claims, given) -> list[str]:
    """Numbers with decimals or thousands that no claim holds and no piece of `given` (inputs, quotations) excuses."""
    for claim in claims:
        text = re.sub(pattern(claim), " § ", text)
    for piece in given:
        assert piece in text, f"{piece!r} is no longer in the text"
        text = text.replace(piece, " § ")
    text = LABELS.sub(" ", text)
    return [text[max(0, m.start() - 60) : m.end() + 25] for m in MEASURED.finditer(text)]

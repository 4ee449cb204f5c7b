"""No value came: time was over, the answer could not be used, or a line of it raised an error."""

import re
import sys

from course_lib.exercises.collect import Outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import reminder

ENDLESS = ("It does not end, or does far too much: look for a loop whose condition never becomes false, or a list that "
           "grows from round to round.")

MODULES = {"np": "import numpy as np", "plt": "import matplotlib.pyplot as plt"}  #: by the names they go by


def no_value(seen: Evidence) -> Finding | None:
    """Whatever kept the first instance that differs from having a value."""
    got = seen.got
    if got.timed_out:
        text = f"No answer within {seen.exercise.seconds:g} s{seen.where}."
        text += f" {got.message or ENDLESS}"
        if got.line_number:
            text += f" When it was stopped it was in line {got.line_number}: `{got.line}`."
        return Finding("time", text)
    if got.error and not got.line_number:
        return Finding("kind", unusable_message(got) + reminder(seen.exercise, "type"))
    if got.error:
        return Finding("error", error_message(got, seen.where))
    return None


def unusable_message(got: Outcome) -> str:
    """Why an answer could not be used at all: no line of the student's was running."""
    message = got.message.rstrip(".")
    if got.error == "KeyError":
        message = f"there is no key {message}"
    elif got.error not in ("WrongKind", "TypeError", "ValueError"):
        message = f"{got.error}: {message}" if message else got.error
    return f"The answer cannot be used: {message}."


def error_message(got: Outcome, where: str) -> str:
    """What was raised, at which part of which of the student's own lines."""
    text = f"Your code raised {got.error}"
    text += f" at {got.at}" if got.at.startswith("`") else f" {got.at}" if got.at else ""
    text += f": {plain(got.message).rstrip('.')}{unimported(got)}" if got.message else ""
    return f"{text}{where}. The line: `{got.line}` (line {got.line_number} of the cell)."


def unimported(got: Outcome) -> str:
    """": `import math` is missing at the top of the cell", where a line asks something of a module by its name."""
    name = re.match(r"name '(\w+)' is not defined", got.message) if got.error == "NameError" else None
    if not name or not re.search(rf"\b{name[1]}\.", got.line):
        return ""
    code = MODULES.get(name[1], f"import {name[1]}" if name[1] in sys.stdlib_module_names else "")
    return f": `{code}` is missing at the top of the cell" if code else ""


def plain(message: str) -> str:
    """Messages that say little to a beginner in words; any other as it is."""
    sizes = re.search(r"matmul: .*mismatch in its core dimension.*\(size (\d+) is different from (\d+)\)", message)
    if sizes:
        return (f"the last size on the left of the product, {sizes[2]}, differs from the first of the matrix on the "
                f"right, {sizes[1]}")
    if re.match(r"shapes \(.*\) and \(.*\) not aligned", message):
        return "the last size on the left of the product differs from the first of the matrix on the right"
    shapes = re.match(r"operands could not be broadcast together with shapes (\([\d,]+\)) (\([\d,]+\))", message)
    if shapes:
        one, two = (text.replace(",", ", ").replace(", )", ",)") for text in shapes.groups())
        return f"entry by entry {one} and {two} do not fit: counted from the last, sizes are equal or one of them is 1"
    if message.startswith("The truth value of an array"):
        return ("a condition has one value for each entry, so `if`, `max` and `and` cannot decide; np.where and "
                "np.maximum work entry by entry, .any() and .all() make one value of all")
    if re.match(r"matmul: Input operand \d does not have enough dimensions", message):
        return "@ multiplies arrays, and on one side of it stands a single number"
    if message.startswith("setting an array element with a sequence"):
        return ("one entry was to be several numbers: an index is missing, or a sum that runs over some of its axes "
                "only")
    if re.match(r"Cannot cast ufunc '\w+' output from dtype\('float\d+'\) to dtype\('int\d+'\)", message):
        return ("the array holds whole numbers, and += or /= cannot put a number with a point into it. Which of the "
                "two is meant, what the array holds or what is put into it?")
    if message.startswith(("unsupported operand type(s) for ^", "ufunc 'bitwise_xor' not supported")):
        return "in Python ^ is no power; a power is written **"
    if re.match(r"only (length-1|size-1|0-dimensional) arrays can be converted", message):
        return ("int, float and the functions of math take one number, and this is an array; those of NumPy, such as "
                "np.floor, np.sqrt and np.exp, work entry by entry")
    return message

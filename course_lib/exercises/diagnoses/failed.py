"""No value came: time was over, the answer could not be used, or a line of it raised an error."""

import re

from course_lib.exercises.collect import Outcome
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.words import reminder


def no_value(seen: Evidence) -> Finding | None:
    """Whatever kept the first instance that differs from having a value."""
    got = seen.got
    if got.timed_out:
        text = f"No answer within {seen.exercise.seconds:g} s{seen.where}."
        text += " Look for a loop whose condition never becomes false."
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
    """What was raised, and in which of the student's own lines."""
    text = f"Your code raised {got.error}"
    text += f": {plain(got.message).rstrip('.')}" if got.message else ""
    return f"{text}{where}. The line: `{got.line}` (line {got.line_number} of the cell)."


def plain(message: str) -> str:
    """Messages that say little to a beginner in words; any other as it is."""
    sizes = re.search(r"matmul: .*mismatch in its core dimension.*\(size (\d+) is different from (\d+)\)", message)
    if sizes:
        return f"in A @ B the number of columns of A, {sizes[2]}, differs from the number of rows of B, {sizes[1]}"
    if message.startswith("The truth value of an array"):
        return ("a condition has one value for each entry, so `if`, `max` and `and` cannot decide; np.where and "
                "np.maximum work entry by entry")
    if message.startswith("setting an array element with a sequence"):
        return ("one entry was to be several numbers: an index is missing, or a sum that runs over some of its axes "
                "only")
    if re.match(r"Cannot cast ufunc '\w+' output from dtype\('float\d+'\) to dtype\('int\d+'\)", message):
        return ("the array holds whole numbers, and += or /= cannot put a number with a point into it; np.zeros(shape) "
                "makes one that can")
    if message.startswith(("unsupported operand type(s) for ^", "ufunc 'bitwise_xor' not supported")):
        return "in Python ^ is no power; a power is written **"
    if re.match(r"only (length-1|size-1|0-dimensional) arrays can be converted", message):
        return ("int, float and the functions of math take one number, and this is an array; those of NumPy, such as "
                "np.floor, np.sqrt and np.exp, work entry by entry")
    return message

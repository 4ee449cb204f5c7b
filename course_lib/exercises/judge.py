"""The trusted side of a check: compare what came back with the reference and with every named mistake."""

import itertools
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from course_lib.exercises.collect import Foreign, Outcome, collect
from course_lib.exercises.model import Exercise, Mistake
from course_lib.exercises.verdict import Verdict, counter_example

#: time for one of our own answers on all instances; only a broken definition reaches it
OWN_SECONDS = 60.0
#: characters of an input that is shown as code
LONGEST_INPUT = 600


def seeded_instances(exercise: Exercise, seed: int = 0) -> tuple:
    """The inputs of one exercise; the same for everybody who has the same seed."""
    digits = [int(part) if part.isdigit() else ord(part[0]) for part in exercise.id.split(".")]
    return tuple(exercise.instances(np.random.default_rng([seed, *digits])))


@dataclass(frozen=True)
class Expected:
    """Instances with the outcomes of the reference and of each mistake."""

    instances: tuple
    right: list[Outcome]
    mistakes: dict[str, list[Outcome]]


def expect(exercise: Exercise, instances: tuple) -> Expected:
    """Run the reference and all named mistakes on the instances."""
    def outcomes(answer):
        return read(exercise, collect(exercise, answer, instances, OWN_SECONDS), instances)

    mistakes = {mistake.id: outcomes(mistake.answer) for mistake in exercise.mistakes}
    return Expected(instances, outcomes(exercise.reference), mistakes)


def read(exercise: Exercise, outcomes: list[Outcome], instances: tuple) -> list[Outcome]:
    """The outcomes with `Exercise.read` applied; a value that it cannot read stays as it is, and is then wrong."""
    if exercise.read is None:
        return outcomes
    done = []
    for outcome, instance in zip(outcomes, instances, strict=True):
        try:
            done.append(replace(outcome, value=exercise.read(outcome.value, *instance)))
        except Exception:  # whatever a stranger's value leads to
            done.append(outcome)
    return done


@lru_cache(maxsize=1024)
def expected(exercise: Exercise, seed: int = 0) -> Expected:
    """`expect` on seeded instances, computed once a process."""
    return expect(exercise, seeded_instances(exercise, seed))


# --- are two outcomes the same? ---


def same_value(got: Any, want: Any, rtol: float, atol: float) -> bool:
    """Equal in kind, shape and value; NaN equals NaN; a tuple equals a list."""
    if isinstance(want, dict):
        return (
            isinstance(got, dict)
            and got.keys() == want.keys()
            and all(same_value(got[key], want[key], rtol, atol) for key in want)
        )
    if isinstance(want, tuple | list):
        return (
            isinstance(got, tuple | list)
            and len(got) == len(want)
            and all(same_value(g, w, rtol, atol) for g, w in zip(got, want, strict=True))
        )
    if isinstance(want, str | Foreign) or want is None:
        return type(got) is type(want) and got == want
    if not _is_numeric(got):
        return False
    a, b = np.asarray(got), np.asarray(want)
    if (a.dtype, a.shape) == (b.dtype, b.shape) and a.tobytes() == b.tobytes():  # most often so, and quickly told
        return True
    if a.dtype.kind in "cU" or b.dtype.kind in "cU":
        return a.dtype.kind == b.dtype.kind and a.shape == b.shape and bool(np.array_equal(a, b))
    if np.float32 in (a.dtype, b.dtype):
        rtol, atol = max(rtol, 1e-5), max(atol, 1e-6)
    with np.errstate(all="ignore"):
        return a.shape == b.shape and bool(np.allclose(_floats(a), _floats(b), rtol, atol, equal_nan=True))


def _is_numeric(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex | np.ndarray)


def _floats(a: np.ndarray) -> np.ndarray:
    try:
        return a.astype(np.float64)
    except (OverflowError, TypeError):  # a whole number beyond the range of float64
        return np.full(a.shape, np.inf)


def same_outcome(a: Outcome, b: Outcome, exercise: Exercise) -> bool:
    """The same value and the same changes, or the same kind of failure."""
    if (a.error, a.timed_out, a.changed) != (b.error, b.timed_out, b.changed):
        return False
    return bool(a.error) or a.timed_out or same_value(a.value, b.value, exercise.rtol, exercise.atol)


def matches(outcomes: list[Outcome], pattern: list[Outcome], exercise: Exercise) -> bool:
    """Every outcome as in the pattern. Failures alone match only where the messages agree too."""
    if not all(same_outcome(a, b, exercise) for a, b in zip(outcomes, pattern, strict=True)):
        return False
    if all(a.error for a in outcomes):
        return all(a.message == b.message for a, b in zip(outcomes, pattern, strict=True))
    return True


# --- the diagnosis ---


def judge(exercise: Exercise, outcomes: list[Outcome], known: Expected) -> Verdict:
    """The verdict on the outcomes of one answer; pure.

    Order: not attempted, right, a named mistake, then whatever kept the answer from having a value, then what is wrong
    with the value. A name comes before "not finite" or "wrong shape" because it says more.
    """

    def verdict(status: str, message: str, **more) -> Verdict:
        return Verdict.on(exercise, status, message, outcomes, **more)

    if not all(outcome.attempted for outcome in outcomes):
        return verdict("not attempted", "The answer is still to be written.")
    outcomes = read(exercise, outcomes, known.instances)
    outcomes = [replace(got, value=in_order(got.value, want.value))
                for got, want in zip(outcomes, known.right, strict=True)]
    if matches(outcomes, known.right, exercise):
        for got, want in zip(outcomes, known.right, strict=True):
            wrong_dtype = dtype_message(exercise, got.value, want.value)
            if wrong_dtype:
                return verdict("kind", wrong_dtype + "." + reminder(exercise, "type"))
        return verdict("right", "Right on every test.", points=exercise.points)
    pairs = enumerate(zip(outcomes, known.right, strict=True))
    first = next(i for i, (got, want) in pairs if not same_outcome(got, want, exercise))
    got, want, instance = outcomes[first], known.right[first], known.instances[first]
    verdict = partial(verdict, inputs=input_code(exercise, instance))
    for mistake in exercise.mistakes:
        if matches(outcomes, known.mistakes[mistake.id], exercise):
            if mistake.id == exercise.untouched:
                return verdict("not attempted", "The results are those of the code as given: the fault is still in it.")
            remark = " This is a convention used elsewhere; here another one is agreed." if mistake.convention else ""
            return verdict("mistake", mistake.say + remark, mistake=mistake.id)
    if exchanged(outcomes, known.right, exercise):
        return verdict("kind", f"Right results in another order, expected{named(exercise)}.")
    mistake = mistake_in_one_output(exercise, outcomes, known)
    if mistake:
        return verdict("mistake", mistake.say, mistake=mistake.id)
    where = described_instance(exercise, instance)
    if got.timed_out:
        text = f"No answer within {exercise.seconds:g} s{where}."
        text += " Look for a loop whose condition never becomes false."
        if got.line_number:
            text += f" When it was stopped it was in line {got.line_number}: `{got.line}`."
        return verdict("time", text)
    if got.error and not got.line_number:
        return verdict("kind", unusable_message(got) + reminder(exercise, "type"))
    if got.error:
        return verdict("error", error_message(got, where))
    if got.changed and same_value(got.value, want.value, exercise.rtol, exercise.atol):
        names = ", ".join(argument_name(exercise, k) for k in got.changed)
        belong = "belongs" if len(got.changed) == 1 else "belong"
        text = f"The result is right, but the call has changed {names}, which {belong} to the caller."
        return verdict("wrong", text)
    return value_verdict(exercise, outcomes, known, first, where, verdict)


def in_order(got: Any, want: Any) -> Any:
    """A dict with its keys in the order of the expected one; anything else as it is."""
    if isinstance(got, dict) and isinstance(want, dict) and got.keys() == want.keys():
        return {key: got[key] for key in want}
    return got


def exchanged(outcomes: list[Outcome], right: list[Outcome], exercise: Exercise) -> bool:
    """Whether the results are the right ones, in an order that is another one and the same on every instance."""
    values = [outcome.value for outcome in outcomes]
    n = len(exercise.outputs)
    if not 2 <= n <= 4 or not all(isinstance(value, tuple | list) and len(value) == n for value in values):
        return False
    if any(outcome.error or outcome.timed_out or outcome.changed for outcome in outcomes):
        return False
    return any(
        all(same_value([value[k] for k in order], want.value, exercise.rtol, exercise.atol)
            for value, want in zip(values, right, strict=True))
        for order in itertools.permutations(range(n))
    )


def mistake_in_one_output(exercise: Exercise, outcomes: list[Outcome], known: Expected) -> Mistake | None:
    """The named mistake that the first wrong output shows, when others are wrong in other ways.

    Only a mistake whose sentence begins with the name of that output ("error: ...") speaks of this output alone.
    """
    if any(outcome.error or outcome.timed_out or outcome.changed for outcome in outcomes):
        return None
    pairs = list(zip(outcomes, known.right, strict=True))
    if any(structure_message(exercise, got.value, want.value) for got, want in pairs):
        return None

    def column(pattern: list[Outcome], k: int) -> list:
        return [parts_of(exercise, outcome.value)[k][1] for outcome in pattern]

    def same(a: list, b: list) -> bool:
        return all(same_value(x, y, exercise.rtol, exercise.atol) for x, y in zip(a, b, strict=True))

    for k, (name, _) in enumerate(parts_of(exercise, known.right[0].value)):
        mine = column(outcomes, k)
        if not name or same(mine, column(known.right, k)):
            continue
        for mistake in exercise.mistakes:
            pattern = known.mistakes[mistake.id]
            comparable = not any(
                made.error or made.timed_out or structure_message(exercise, made.value, want.value)
                for made, want in zip(pattern, known.right, strict=True)
            )
            if comparable and mistake.say.startswith(f"{name}:") and same(mine, column(pattern, k)):
                return mistake
        return None
    return None


def argument_name(exercise: Exercise, k: int) -> str:
    return exercise.arguments[k] if k < len(exercise.arguments) else f"argument {k + 1}"


def described_instance(exercise: Exercise, instance: tuple) -> str:
    """", for x (2, 3), W (3, 4), lr = 0.1", or nothing for an exercise without inputs."""
    parts = []
    for k, argument in enumerate(instance):
        name = argument_name(exercise, k)
        if isinstance(argument, np.ndarray) and argument.ndim:
            parts.append(f"{name} {argument.shape}".replace(",)", ")"))
        elif isinstance(argument, bool | int | float | str):
            parts.append(f"{name} = {argument!r}")
        elif isinstance(argument, tuple | list):
            parts.append(f"{name} with {len(argument)} entries")
    return ", for " + ", ".join(parts[:5]) if parts else ""


def input_code(exercise: Exercise, instance: tuple) -> str:
    """A small input as lines of Python, one an argument; empty when it is too long to be of use."""
    lines = [f"{argument_name(exercise, k).replace(' ', '_')} = {value!r}" for k, value in enumerate(instance)]
    code = re.sub(r"\barray\(", "np.array(", "\n".join(lines))
    return code if len(code) <= LONGEST_INPUT else ""


def error_message(got: Outcome, where: str) -> str:
    """What was raised, and in which of the student's own lines."""
    text = f"Your code raised {got.error}"
    text += f": {plain(got.message)}" if got.message else ""
    return f"{text}{where}. The line: `{got.line}` (line {got.line_number} of the cell)."


def plain(message: str) -> str:
    """Two of NumPy's messages in words; any other as it is."""
    sizes = re.search(r"matmul: .*mismatch in its core dimension.*\(size (\d+) is different from (\d+)\)", message)
    if sizes:
        return f"in A @ B the number of columns of A, {sizes[2]}, differs from the number of rows of B, {sizes[1]}"
    if message.startswith("The truth value of an array"):
        return ("a condition has one value for each entry, so `if`, `max` and `and` cannot decide; np.where and "
                "np.maximum work entry by entry")
    return message


def unusable_message(got: Outcome) -> str:
    """Why an answer could not be used at all: no line of the student's was running."""
    message = got.message.rstrip(".")
    if got.error == "KeyError":
        message = f"there is no key {message}"
    elif got.error not in ("WrongKind", "TypeError", "ValueError"):
        message = f"{got.error}: {message}" if message else got.error
    return f"The answer cannot be used: {message}."


def dtype_message(exercise: Exercise, got: Any, want: Any) -> str:
    """Right values in arrays of the wrong dtype, truth values for numbers or lost precision; else empty."""
    for (name, g), (_, w) in zip(parts_of(exercise, got), parts_of(exercise, want), strict=True):
        if not (isinstance(g, np.ndarray) and isinstance(w, np.ndarray) and w.ndim):
            continue
        who = name or "The answer"
        if (g.dtype.kind == "b") != (w.dtype.kind == "b"):
            words = ("numbers", "truth values (True, False)")
            return f"{who} holds {words[g.dtype.kind == 'b']}, expected {words[w.dtype.kind == 'b']}"
        if g.dtype.kind == w.dtype.kind == "f" and g.dtype.itemsize < w.dtype.itemsize:
            return f"{who} is {g.dtype}, expected {w.dtype}, the course's precision"
    return ""


def parts_of(exercise: Exercise, value: Any) -> list[tuple[str, Any]]:
    """The outputs with their names; one nameless output for a single value."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, tuple | list):
        names = exercise.outputs
        return [(names[k] if k < len(names) else f"output {k + 1}", part) for k, part in enumerate(value)]
    return [("", value)]


def value_verdict(exercise, outcomes, known, first, where, verdict) -> Verdict:
    """What is wrong with a value that was returned: kind, NaN, a factor, or single entries."""
    got, want = outcomes[first].value, known.right[first].value
    wrong_kind = structure_message(exercise, got, want)
    if wrong_kind:
        told = isinstance(want, dict) and not isinstance(got, dict)  # the message names the keys
        return verdict("kind", wrong_kind + where + "." + ("" if told else reminder(exercise, "type")))
    for (name, g), (_, w) in zip(parts_of(exercise, got), parts_of(exercise, want), strict=True):
        wrong = part_message(name, g, w)
        if wrong:
            key, text = wrong
            return verdict("kind", text + where + "." + reminder(exercise, key))
    for (name, g), (_, w) in zip(parts_of(exercise, got), parts_of(exercise, want), strict=True):
        wrong = not_finite_message(name, g, w)
        if wrong:
            return verdict("not finite", wrong + where + "." + reminder(exercise, "finite"))
    factor = factor_message(exercise, outcomes, known)
    if factor:
        return verdict("factor", factor + reminder(exercise, "factor"))
    return difference_verdict(exercise, got, want, where, verdict)


def reminder(exercise: Exercise, key: str) -> str:
    """What was asked for, where the exercise says it in a sentence."""
    text = exercise.reminders.get(key, "")
    return f" Remember: {text.rstrip('.')}." if text else ""


def structure_message(exercise: Exercise, got: Any, want: Any) -> str:
    """Why the parts of `got` cannot be put beside those of `want`; empty when they can."""
    if isinstance(got, Foreign):
        return f"The answer is {got.what}, expected {kind_of(want)}"
    if got is None:
        return ("The answer is None, usually because the `return` line is missing: print shows a result, return hands "
                "it back")
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return f"The answer is {kind_of(got)}, expected a dict with the keys {', '.join(want)}"
        missing, extra = [key for key in want if key not in got], [key for key in got if key not in want]
        if missing or extra:
            found = [f"without {', '.join(missing)}"] if missing else []
            found += [f"with the unknown {', '.join(extra[:5])}"] if extra else []
            return f"The dict is {' and '.join(found)}"
    elif isinstance(want, tuple | list):
        if not isinstance(got, tuple | list):
            return f"The answer is {kind_of(got)}, expected {len(want)} results{named(exercise)}"
        if len(got) != len(want):
            found = "1 result" if len(got) == 1 else f"{len(got)} results"
            return f"The answer has {found}, expected {len(want)}{named(exercise)}"
    elif isinstance(got, tuple | list | dict):
        hint = "; np.array(...) makes one of it" if isinstance(got, list) and np.ndim(want) else ""
        return f"The answer is {kind_of(got)}, expected {kind_of(want)}{hint}"
    return ""


def named(exercise: Exercise) -> str:
    return f" ({', '.join(exercise.outputs)})" if exercise.outputs else ""


def kind_of(value: Any) -> str:
    """A value in words: "an array of shape (3, 2)", "a number"."""
    if isinstance(value, Foreign):
        return value.what
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} with {len(value)} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, dict):
        return "a dict"
    return "None" if value is None else "a number"


def part_message(name: str, got: Any, want: Any) -> tuple[str, str] | None:
    """(which reminder, what is wrong with the kind of one output), or None."""
    who = name or "The answer"
    if isinstance(want, tuple | list | dict):  # nested outputs are compared as a whole
        return None
    if isinstance(want, str) or want is None:
        return None if isinstance(got, str) else ("type", f"{who} is {kind_of(got)}, expected {kind_of(want)}")
    if not _is_numeric(got):
        hint = "; np.array(...) makes one of it" if isinstance(got, list | tuple) and np.ndim(want) else ""
        return "type", f"{who} is {kind_of(got)}, expected {kind_of(want)}{hint}"
    a, b = np.asarray(got), np.asarray(want)
    if a.dtype.kind in "cU":
        return "type", f"{who} holds {'complex numbers' if a.dtype.kind == 'c' else 'text'}, expected real numbers"
    if a.shape != b.shape:
        if not (a.ndim and b.ndim):  # () says little to a beginner
            return "shape", f"{who} is {kind_of(got)}, expected {kind_of(want)}"
        text = f"{who} has shape {a.shape}, expected {b.shape}"
        if a.ndim == 2 and a.shape == b.shape[::-1]:
            text += ": it is transposed"
        return "shape", text
    return None


def not_finite_message(name: str, got: Any, want: Any) -> str:
    """Where one output is NaN or infinite although it should not be; empty otherwise."""
    if not (_is_numeric(got) and _is_numeric(want)):
        return ""
    a, b = _floats(np.asarray(got)), _floats(np.asarray(want))
    bad = ~np.isfinite(a) & np.isfinite(b)
    if not bad.any():
        return ""
    entry = np.unravel_index(int(np.argmax(bad)), bad.shape)
    value = "NaN" if math.isnan(a[entry]) else "infinite"
    place = f" at entry {[int(i) for i in entry]}" if entry else ""
    return f"{name or 'The answer'} is {value}{place}, where a finite number is expected"


_FACTORS = {
    -1.0: "-1: the sign is reversed",
    2.0: "2",
    0.5: "1/2",
    -2.0: "-2",
    math.log(2): "ln 2: natural logarithm against base 2",
    1 / math.log(2): "1/ln 2: base 2 against natural logarithm",
}


def factor_message(exercise: Exercise, outcomes, known) -> str:
    """All entries of one output off by one factor on every instance: say which; empty otherwise."""
    ratios: dict[str, list[tuple[float, tuple]]] = {}
    for outcome, want, instance in zip(outcomes, known.right, known.instances, strict=True):
        if outcome.error or outcome.timed_out or structure_message(exercise, outcome.value, want.value):
            return ""
        pairs = zip(parts_of(exercise, outcome.value), parts_of(exercise, want.value), strict=True)
        for (name, g), (_, w) in pairs:
            if part_message(name, g, w) or not _is_numeric(w):
                return ""
            a, b = _floats(np.asarray(g)).ravel(), _floats(np.asarray(w)).ravel()
            largest = float(np.abs(b).max(initial=0.0))
            if not 0 < largest < math.inf or not np.isfinite(a).all() or np.asarray(w).dtype.kind == "b":
                continue
            with np.errstate(over="ignore"):  # a wrong answer may be of any size
                a, b = a / largest, b / largest
                ratio = float(a @ b) / float(b @ b)
            if ratio == 0.0 or not np.allclose(a, ratio * b, max(exercise.rtol, 1e-7), 0.0):
                return ""
            ratios.setdefault(name, []).append((ratio, instance))
    for name, found in ratios.items():
        if len(found) < 2 or all(math.isclose(ratio, 1.0, rel_tol=1e-6) for ratio, _ in found):
            continue
        who = f"{name} is" if name else "The answer is"
        factor = found[0][0]
        if all(math.isclose(ratio, factor, rel_tol=1e-6) for ratio, _ in found):
            words = [text for value, text in _FACTORS.items() if math.isclose(value, factor, rel_tol=1e-6)]
            return f"{who} off by one constant factor everywhere: {words[0] if words else f'{factor:.6g}'}."
        for axis, word in ((0, "samples"), (1, "columns")):
            sizes = [_length(instance, axis) for _, instance in found]
            if all(size and math.isclose(r, size, rel_tol=1e-6) for (r, _), size in zip(found, sizes, strict=True)):
                return f"{who} too large by the number of {_word(word, found)} of the first argument."
            if all(size and math.isclose(r * size, 1, rel_tol=1e-6) for (r, _), size in zip(found, sizes, strict=True)):
                return f"{who} too small by the number of {_word(word, found)} of the first argument."
    return ""


def _word(word: str, found: list[tuple[float, tuple]]) -> str:
    """A list of numbers has entries; only a table has samples and columns."""
    return "entries" if all(np.ndim(instance[0]) == 1 for _, instance in found) else word


def _length(instance: tuple, axis: int) -> int:
    first = instance[0] if instance else None
    return first.shape[axis] if isinstance(first, np.ndarray) and first.ndim > axis else 0


def difference_verdict(exercise, got, want, where, verdict) -> Verdict:
    """The entry that differs most, as numbers and, for a small array, as a picture."""
    for (name, g), (_, w) in zip(parts_of(exercise, got), parts_of(exercise, want), strict=True):
        if same_value(g, w, exercise.rtol, exercise.atol):
            continue
        who = name or "The answer"
        if exercise.kind in ("value", "choice") or not _is_numeric(w) or np.asarray(w).dtype.kind == "b":
            # The value itself is what was asked for: naming the right one would give it away.
            return verdict("wrong", f"{who} is not right{where}." + reminder(exercise, "value"))
        a, b = _floats(np.asarray(g)), _floats(np.asarray(w))
        with np.errstate(all="ignore"):
            gap = np.where(a == b, 0.0, np.abs(a - b))
        entry = np.unravel_index(int(np.argmax(np.nan_to_num(gap, nan=np.inf))), gap.shape)
        place = f" at entry {[int(i) for i in entry]}" if entry else ""
        a, b = a + 0.0, b + 0.0  # nobody asks for -0
        text = f"{who} is {a[entry]:.6g}{place}, expected {b[entry]:.6g}{where}." + reminder(exercise, "value")
        return verdict("wrong", text, picture=counter_example(who, a, b))
    return verdict("wrong", f"The answer differs{where}.")

"""Compares outcomes with the reference and with every named mistake, and says what to look at.

`judge` is pure: it sees plain data, never the student's objects, and no file or screen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_lib.exercises import card, running
from course_lib.exercises.model import Exercise, Mistake
from course_lib.exercises.running import Outcome, Raised
from course_lib.exercises.values import Alien, describe, number, short

SMALL = 64  #: a table of more entries is not shown
STATUS_WORDS = {
    "not attempted": "not attempted yet",
    "right": "right",
    "mistake": "a named mistake",
    "changed": "changes its inputs",
    "error": "stopped by an error",
    "time": "not finished in time",
    "kind": "the wrong kind of thing",
    "not finite": "not finite",
    "factor": "off by a factor",
    "wrong": "not right yet",
}


@dataclass(frozen=True)
class Verdict:
    """What `check` found. `details` are pairs of a heading and finished HTML."""

    exercise: str
    title: str
    status: str
    message: str
    mistake: str | None = None
    points: int = 0
    max_points: int = 0
    details: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = field(default=(), repr=False)
    remark: str | None = None  #: about the progress file, not about the answer

    def __repr__(self):
        word = STATUS_WORDS.get(self.status, self.status)
        if self.status == "right":
            word = f"right ({self.points} point{'' if self.points == 1 else 's'})"
        if self.mistake:
            word = f"{word} ({self.mistake})"
        return f"{self.exercise} {self.title}: {word}".replace(" : ", ": ")

    def _repr_html_(self):
        return card.verdict(self)


class Key:
    """What the reference and the mistakes give on some instances, each computed when it is first needed."""

    def __init__(self, exercise: Exercise, instances: Sequence[tuple]):
        self.exercise = exercise
        self.instances = instances
        self._kept: dict[str | None, list[Outcome]] = {}

    def of(self, mistake: Mistake | None = None) -> list[Outcome]:
        """Outcomes of the reference, or of a mistake."""
        id = mistake and mistake.id
        if id not in self._kept:
            answer = mistake.answer if mistake else self.exercise.reference
            with np.errstate(all="ignore"):
                self._kept[id] = [running.run(self.exercise, answer, instance) for instance in self.instances]
        return self._kept[id]


def judge(exercise: Exercise, outcomes: Sequence[Outcome], instances: Sequence[tuple], key: Key | None = None) -> Verdict:
    """The verdict on one answer, in this order: not attempted, right, a named mistake, changed inputs, exception, time,
    wrong kind, not finite, off by a factor, otherwise the entry that differs most."""
    key = key or Key(exercise, instances)
    case = _Case(exercise, tuple(outcomes), instances, key)
    if any(o.raised and o.raised.type == "NotImplementedError" for o in case.outcomes):
        return case.verdict("not attempted", "There is still a gap to fill: replace the line below “YOUR CODE HERE”, "
                            "then run both cells.", hints=False)
    if case.is_right():
        return case.verdict("right", "All of it agrees with the course's own version.", hints=False)
    for diagnose in (_named, _changed, _exception, _time, _kind, _not_finite, _factor):
        verdict = diagnose(case)
        if verdict is not None:
            return verdict
    return _differs(case)


@dataclass(frozen=True)
class _Case:
    """One answer under judgment."""

    exercise: Exercise
    outcomes: tuple[Outcome, ...]
    instances: Sequence[tuple]
    key: Key

    @property
    def expected(self) -> list[Outcome]:
        return self.key.of()

    @property
    def complete(self) -> bool:
        return len(self.outcomes) == len(self.instances)

    def is_right(self) -> bool:
        return self.complete and all(
            agree(self.exercise, o, e, strict=True) and set(o.changed) <= set(e.changed)
            for o, e in zip(self.outcomes, self.expected, strict=True)
        )

    def numeric(self):
        """(k, outcome, expected outcome) of the instances that gave an output of the right kind."""
        for k, (o, e) in enumerate(zip(self.outcomes, self.expected, strict=False)):
            if o.raised is None and _kind_problem(e.output, o.output) is None:
                yield k, o, e

    def verdict(self, status, message, mistake=None, details=(), hints=True):
        points = self.exercise.points if status == "right" else 0
        printed = "".join(o.printed for o in self.outcomes)
        warned = tuple(dict.fromkeys(text for o in self.outcomes for text in o.warnings))
        if printed and status != "right":
            details = (*details, ("What your code printed", card.code(short(printed, 2000))))
        if warned and status != "right":
            details = (*details, ("Warnings while it ran", card.code("\n".join(warned[:5]))))
        return Verdict(self.exercise.id, self.exercise.title, status, message, mistake, points, self.exercise.points,
                       tuple(details), self.exercise.hints if hints else ())


# --- comparing ---


def agree(exercise: Exercise, a: Outcome, b: Outcome, strict: bool = False) -> bool:
    """Whether two outcomes are the same answer. `strict` also tells True from 1.0, and float32 from float64."""
    if a.timed_out or b.timed_out or (a.raised is None) != (b.raised is None):
        return False
    if a.raised is not None:
        return a.raised.type == b.raised.type
    if _kind_problem(b.output, a.output, strict) is not None:
        return False
    return all(_close(exercise, x, y) for (_, x), (_, y) in zip(_leaves(a.output), _leaves(b.output), strict=True))


def same_answer(exercise: Exercise, one: Sequence[Outcome], two: Sequence[Outcome], strict: bool = False) -> bool:
    """Whether two answers agree on every instance, in what they change as well."""
    return len(one) == len(two) and all(
        a.changed == b.changed and agree(exercise, a, b, strict) for a, b in zip(one, two, strict=True)
    )


def _leaves(value, name=""):
    """(name, array) of every number, text or array in a plain value, in order."""
    if isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _leaves(value[key], f"{name}[{key!r}]" if name else str(key))
    elif isinstance(value, (tuple, list)):
        for k, part in enumerate(value):
            yield from _leaves(part, f"{name}[{k}]" if name else f"[{k}]")
    else:
        yield name, value if isinstance(value, (str, type(None), Alien)) else np.asarray(value)


def _close(exercise, got, expected) -> bool:
    if not isinstance(expected, np.ndarray) or not isinstance(got, np.ndarray):
        return type(got) is type(expected) and got == expected
    return not _differences(exercise, got, expected).any()


def _differences(exercise, got, expected):
    """Boolean array: which entries differ by more than the tolerance."""
    with np.errstate(all="ignore"):
        got, expected = _wide(got), _wide(expected)
        near = np.abs(got - expected) <= exercise.atol + exercise.rtol * np.abs(expected)
        return ~(near | (got == expected) | (np.isnan(got) & np.isnan(expected)))


def _wide(array):
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _kind_problem(expected, got, strict=True, name="") -> tuple[str, str] | None:
    """None when `got` has the structure, shape and dtype of `expected`, else (which cause, sentence)."""
    label = name or "the result"
    if isinstance(expected, dict) or isinstance(got, dict):
        return _dict_problem(expected, got, strict, name, label)
    if isinstance(expected, (tuple, list)):
        return _sequence_problem(expected, got, strict, name, label)
    if isinstance(expected, (str, type(None))) or not _is_number(got):
        if type(got) is type(expected):
            return None
        return "type", _wrong_type(expected, got, label)
    return _array_problem(np.asarray(expected), got, strict, label)


def _is_number(value) -> bool:
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic))


def _dict_problem(expected, got, strict, name, label):
    if not isinstance(expected, dict) or not isinstance(got, dict):
        return "type", _wrong_type(expected, got, label)
    if set(expected) != set(got):
        missing = sorted(map(repr, set(expected) - set(got)))
        extra = sorted(map(repr, set(got) - set(expected)))
        parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"not expected: {', '.join(extra)}"] * bool(extra)
        return "type", f"the keys of {label} are not the ones asked for ({short('; '.join(parts), 200)})"
    problems = (_kind_problem(expected[k], got[k], strict, f"{name}[{k!r}]" if name else str(k)) for k in expected)
    return next((p for p in problems if p), None)


def _sequence_problem(expected, got, strict, name, label):
    if isinstance(got, np.ndarray) and got.ndim and len(got) == len(expected) and all(map(np.isscalar, expected)):
        got = list(got)
    if not isinstance(got, (tuple, list)):
        return "type", _wrong_type(expected, got, label)
    if len(got) != len(expected):
        return "number", f"{label} has {len(got)} part{'' if len(got) == 1 else 's'}, {len(expected)} are expected"
    problems = (_kind_problem(e, g, strict, f"{name}[{k}]") for k, (e, g) in enumerate(zip(expected, got, strict=True)))
    return next((p for p in problems if p), None)


def _wrong_type(expected, got, label):
    if isinstance(got, list) and isinstance(expected, np.ndarray):
        return f"{label} is a Python list, an array of shape {expected.shape} is expected: np.array(...)"
    if got is None:
        return f"{label} is None; {_asked_for(expected)} is expected. Is there a return at the end?"
    return f"{label} is {describe(got)}; {_asked_for(expected)} is expected"


def _asked_for(expected):
    """What is expected, without its value."""
    if isinstance(expected, str):
        return "a text"
    if isinstance(expected, (bool, np.bool_)):
        return "True or False"
    if isinstance(expected, np.ndarray) or not _is_number(expected):
        return describe(expected)
    return "a number"


def _array_problem(expected, got, strict, label):
    got = np.asarray(got)
    if got.shape != expected.shape:
        return "shape", _wrong_shape(expected, got, label)
    if not strict:
        return None
    a, b = expected.dtype, got.dtype
    if b.kind == "c" and a.kind != "c":
        return "type", f"{label} holds complex numbers, real ones are expected"
    if (a.kind == "b") != (b.kind == "b"):
        words = {True: "truth values (True, False)", False: "numbers"}
        return "type", f"{label} holds {words[b.kind == 'b']}, {words[a.kind == 'b']} are expected"
    if a.kind == b.kind == "f" and a.itemsize != b.itemsize:
        return "dtype", f"{label} is {b}, {a} is expected: the inputs' dtype should be kept"
    return None


def _wrong_shape(expected, got, label):
    if not got.ndim:
        return f"{label} is a single number, an array of shape {expected.shape} is expected"
    if not expected.ndim:
        return f"{label} is an array of shape {got.shape}, a single number is expected"
    text = f"{label} has shape {got.shape}, {expected.shape} is expected"
    if got.shape == expected.shape[::-1]:
        return f"{text}: it is transposed"
    if got.size == expected.size:
        return f"{text}: as many entries, differently arranged"
    return text


# --- the diagnoses ---


def _named(case) -> Verdict | None:
    exercise = case.exercise
    if not case.complete or all(o.raised for o in case.outcomes):
        return None
    for strict in (True, False):
        for mistake in exercise.mistakes:
            known = case.key.of(mistake)
            if not same_answer(exercise, case.outcomes, known, strict):
                continue
            if not strict and same_answer(exercise, known, case.expected):
                continue  # only the dtype is wrong, and the answer's dtype is wrong in another way
            if mistake.id == exercise.untouched:
                return case.verdict("not attempted", "This is still the code you were given, with its error. Find "
                                    "the line and change it.", hints=False)
            say = mistake.say
            if mistake.convention:
                say += " (Elsewhere this is a legitimate convention; this course uses another.)"
            return case.verdict("mistake", say, mistake.id)
    return None


def _changed(case) -> Verdict | None:
    for o, e in zip(case.outcomes, case.expected, strict=False):
        changed = sorted(set(o.changed) - set(e.changed))
        if changed:
            names = ", ".join(_argument(case.exercise, k) for k in changed)
            return case.verdict("changed", f"Your function changes what it was given: {names} is not the same array "
                                "after the call. The caller still needs it; work on a copy, or write x = x - y in "
                                "place of x -= y.")
    return None


def _argument(exercise, k):
    return exercise.arguments[k] if k < len(exercise.arguments) else f"argument {k + 1}"


def _exception(case) -> Verdict | None:
    for k, (o, e) in enumerate(zip(case.outcomes, case.expected, strict=False)):
        if o.raised is None or o.timed_out or (e.raised and e.raised.type == o.raised.type):
            continue
        if not o.raised.own:
            return _failed_call(case, o.raised)
        text = f"{o.raised.type}: {o.raised.message}" if o.raised.message else o.raised.type
        if k:
            text += f". It happens with {_inputs(case, k)}; the {k} instance{'s' * (k > 1)} before ran through"
        if o.raised.number is not None:
            text = f"Line {o.raised.number} stops with {text}."
        return case.verdict("error", text, details=_code_line(o.raised))
    return None


def _failed_call(case, raised: Raised) -> Verdict:
    """The exception comes from calling the answer, not from a line of the student's."""
    message = raised.message
    if raised.type == "KeyError":
        message = f"the answer could not be used: {message}"
    elif raised.type not in ("WrongKind", "TypeError", "ValueError"):
        message = f"the answer could not be used, {raised.type}: {message}"
    return _kind_verdict(case, "type", message)


def _code_line(raised: Raised):
    return (("Your line", card.code(f"{raised.number}: {raised.line}")),) if raised.line else ()


def _time(case) -> Verdict | None:
    for o in case.outcomes:
        if o.timed_out:
            where = f" It was in line {o.raised.number}." if o.raised.number is not None else ""
            return case.verdict("time", f"Your code was {o.raised.message} and was stopped.{where} Does every loop "
                                "come to its end?", details=_code_line(o.raised))
    return None


def _kind(case) -> Verdict | None:
    for k, (o, e) in enumerate(zip(case.outcomes, case.expected, strict=False)):
        if o.raised is not None:
            continue
        if e.raised is not None:
            return _kind_verdict(case, "raises", f"with {_inputs(case, k)} a {e.raised.type} should be raised; your "
                                 f"function returned {describe(o.output)}")
        problem = _kind_problem(e.output, o.output)
        if problem is not None:
            cause, sentence = problem
            where = f" (inputs: {_inputs(case, k)})" if case.instances[k] and cause in ("shape", "number") else ""
            return _kind_verdict(case, cause, _with_names(case.exercise, sentence) + where)
    return None


def _kind_verdict(case, cause, sentence):
    usual = case.exercise.causes.get(cause) or case.exercise.causes.get("type" if cause != "shape" else "shape")
    text = sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "?", ")")) else ".")
    if usual:
        text += f" {usual[:1].upper()}{usual[1:]}{'' if usual.endswith(('.', '?')) else '.'}"
    if sentence.startswith("the result has") and case.exercise.outputs:
        text += f" In order: {', '.join(case.exercise.outputs)}."
    return case.verdict("kind", text)


def _with_names(exercise, sentence):
    """"[1] has shape" -> "dW has shape"."""
    if sentence.startswith("["):
        place, rest = sentence[1:].split("]", 1)
        if place.isdigit() and int(place) < len(exercise.outputs):
            return exercise.outputs[int(place)] + rest
        return f"output {sentence}"
    if sentence.startswith("the result") and len(exercise.outputs) == 1:
        return exercise.outputs[0] + sentence[len("the result"):]
    return sentence


def _output_name(exercise, leaf: str, k: int) -> str:
    """What the k-th leaf of an output is called in messages."""
    if leaf.startswith("[") and leaf[1:-1].isdigit() and int(leaf[1:-1]) < len(exercise.outputs):
        return exercise.outputs[int(leaf[1:-1])]
    if not leaf:
        return exercise.outputs[0] if len(exercise.outputs) == 1 else "the result"
    return leaf


def _inputs(case, k) -> str:
    """The inputs of an instance in a few words: "x (3, 2), W (2, 4), lr 0.1"."""
    parts = []
    for j, value in enumerate(case.instances[k]):
        if isinstance(value, np.ndarray):
            parts.append(f"{_argument(case.exercise, j)} {value.shape}")
        elif isinstance(value, (bool, int, float, str, np.generic)):
            parts.append(f"{_argument(case.exercise, j)} {number(value)}")
    return short(", ".join(parts), 200) or "no inputs"


def _not_finite(case) -> Verdict | None:
    for k, o, e in case.numeric():
        for j, ((leaf, got), (_, expected)) in enumerate(zip(_leaves(o.output), _leaves(e.output), strict=True)):
            if not isinstance(got, np.ndarray):
                continue
            bad = ~np.isfinite(_wide(got)) & np.isfinite(_wide(expected))
            if bad.any():
                at = tuple(int(i) for i in np.argwhere(bad)[0])
                name = _output_name(case.exercise, leaf, j)
                return case.verdict("not finite", f"{name}{_index(at)} is {number(got[at])} where a finite number is "
                                    f"expected. {_ranges(case, k)}")
    return None


def _index(at) -> str:
    return f"[{', '.join(map(str, at))}]" if at else ""


def _ranges(case, k) -> str:
    parts = []
    for j, value in enumerate(case.instances[k]):
        if isinstance(value, np.ndarray) and value.size and value.dtype.kind in "iuf":
            parts.append(f"{_argument(case.exercise, j)} lies between {number(value.min())} and {number(value.max())}")
        elif isinstance(value, (int, float)):
            parts.append(f"{_argument(case.exercise, j)} = {number(value)}")
    if not parts:
        return "Which step divides by zero, or grows without limit?"
    return f"In this instance {short('; '.join(parts), 200)}. Which step cannot cope with that?"


# --- off by a factor ---


def _factor(case) -> Verdict | None:
    """Every output is a multiple of the expected one, with a factor that is constant or a size of the data."""
    if not case.complete or any(o.raised for o in case.outcomes):
        return None
    ratios: dict[str, list] = {}
    for k, o, e in case.numeric():
        for j, ((leaf, got), (_, expected)) in enumerate(zip(_leaves(o.output), _leaves(e.output), strict=True)):
            if not isinstance(got, np.ndarray) or expected.dtype.kind == "b":
                if not _close(case.exercise, got, expected):
                    return None
                continue
            if not _differences(case.exercise, got, expected).any():
                ratio = 1.0 if np.abs(_wide(expected)).max(initial=0) > case.exercise.atol else None
            else:
                ratio = _ratio(case.exercise, got, expected)
                if ratio is None:
                    return None
            if ratio is not None:
                ratios.setdefault(_output_name(case.exercise, leaf, j), []).append((k, ratio, expected.size))
    found = {name: _say_factor(case, rows) for name, rows in ratios.items()}
    off = {name: text for name, text in found.items() if text != ""}
    if not off or None in off.values():
        return None
    right = [name for name in found if name not in off]
    if len(set(off.values())) == 1:
        names = "the result" if not right else ", ".join(off)
        text = f"{names[:1].upper() + names[1:] if not right else names} {next(iter(off.values()))}."
    else:
        text = " ".join(f"{name} {words}." for name, words in off.items())
    if right:
        text += f" {', '.join(right)}: right."
    return case.verdict("factor", text)


def _ratio(exercise, got, expected):
    """The constant c with got = c expected, else None."""
    got, expected = _wide(got), _wide(expected)
    if not np.isfinite(got).all() or not np.isfinite(expected).all():
        return None
    scale = np.abs(expected).max(initial=0)
    if got.dtype.kind == "c" or scale <= exercise.atol:
        return None
    c = float(got[np.unravel_index(np.abs(expected).argmax(), expected.shape)] / expected.flat[np.abs(expected).argmax()])
    tolerance = exercise.atol + 10 * exercise.rtol * scale * max(1.0, abs(c))
    return c if c != 0 and np.abs(got - c * expected).max() <= tolerance else None


def _say_factor(case, rows) -> str | None:
    """"" when right, None when it is no factor, else "is twice too large"."""
    factors = [ratio for _, ratio, _ in rows]
    tolerance = max(100 * case.exercise.rtol, 1e-9)

    def near(a, b):
        return math.isclose(a, b, rel_tol=tolerance)

    if all(near(c, 1) for c in factors):
        return ""
    evidence = sum(size for _, _, size in rows)
    if all(near(c, factors[0]) for c in factors):
        c = factors[0]
        for value, words in _KNOWN:
            if near(c, value):
                return words
        for name, size_of in _SIZES:
            for sign, before in ((1, ""), (-1, " and has the wrong sign")):
                sizes = [size_of(case.instances[k]) for k, _, _ in rows]
                if all(n and n > 2 and near(sign * c, n) for n in sizes):
                    return f"is {number(abs(c))} times too large{before}: {name}"
                if all(n and n > 2 and near(sign * c, 1 / n) for n in sizes):
                    return f"is {number(1 / abs(c))} times too small{before}: {name}"
        return f"is {number(c)} times what is expected" if evidence > 2 else None
    for name, size_of in _SIZES:
        sizes = [size_of(case.instances[k]) for k, _, _ in rows]
        if not all(sizes):
            continue
        for sign, before in ((1, ""), (-1, " and has the wrong sign")):
            for power, words in ((1, "too large by"), (-1, "too small by"), (2, "too large by the square of")):
                if all(near(sign * c, n**power) for c, n in zip(factors, sizes, strict=True)):
                    return f"is {words} {name}{before}; it differs from one instance to the next"
    return None


_KNOWN = (
    (-1.0, "has the wrong sign: every entry is minus what is expected"),
    (2.0, "is twice too large"),
    (0.5, "is half of what is expected"),
    (-2.0, "is twice too large and has the wrong sign"),
    (-0.5, "is half of what is expected and has the wrong sign"),
    (1 / math.log(2), "is 1.4427 = 1/ln 2 times too large: base 2 or base e"),
    (math.log(2), "is 0.6931 = ln 2 times what is expected: base e or base 2"),
)


def _first_array(instance):
    return next((a for a in instance if isinstance(a, np.ndarray) and a.ndim), None)


def _rows(instance):
    array = _first_array(instance)
    return None if array is None else len(array)


def _columns(instance):
    array = _first_array(instance)
    return None if array is None or array.ndim < 2 else array.shape[-1]


def _entries(instance):
    array = _first_array(instance)
    return None if array is None else array.size


_SIZES = (
    ("the number of samples, N", _rows),
    ("the number of columns", _columns),
    ("the number of entries, N times the number of columns", _entries),
)


# --- otherwise: a counter-example ---


def _differs(case) -> Verdict:
    """The entry that differs most, on the smallest instance that shows it."""
    candidates = [(k, *worst) for k, o, e in case.numeric() if (worst := _worst(case, o.output, e.output))]
    if not candidates:
        return case.verdict("wrong", "Not right yet, in a way the check has no words for.")
    k, leaf, j, at, got, expected = min(candidates, key=lambda c: (_volume(case.instances[c[0]]), c[0]))
    name = _output_name(case.exercise, leaf, j)
    correct = sum(agree(case.exercise, o, e, True) for o, e in zip(case.outcomes, case.expected, strict=False))
    if not case.instances[k]:
        return case.verdict("wrong", _without_the_answer(case, k))
    if not isinstance(got, np.ndarray):
        text = f"{name} is {describe(got)}; {describe(expected)} is expected."
        return case.verdict("wrong", text, details=_inputs_shown(case, k))
    text = f"{name}{_index(at)} is {number(got[at])}; {number(expected[at])} is expected"
    text += f" (inputs: {_inputs(case, k)})." if _inputs(case, k) != "no inputs" else "."
    if correct:
        text += f" {correct} of {len(case.instances)} instances are right."
    details = ()
    if got.size <= SMALL:
        marks = _differences(case.exercise, got, expected)
        details = (("Counter-example", card.comparison(name, got, expected, marks)),)
    return case.verdict("wrong", text, details=(*details, *_inputs_shown(case, k)))


def _without_the_answer(case, k) -> str:
    """For an exercise whose output is the answer itself: what is right, never what it should be."""
    got, expected = list(_leaves(case.outcomes[k].output)), list(_leaves(case.expected[k].output))
    if len(expected) == 1:
        value = got[0][1]
        return f"Your answer, {describe(value if not isinstance(value, np.ndarray) or value.ndim else value[()])}, is not right yet."
    wrong = [_output_name(case.exercise, leaf, j) for j, ((leaf, g), (_, e)) in enumerate(zip(got, expected, strict=True))
             if not _close(case.exercise, g, e)]
    text = f"{len(expected) - len(wrong)} of {len(expected)} parts are right."
    # Of two-way questions, naming the wrong ones would answer them.
    if all(isinstance(e, np.ndarray) and e.dtype.kind == "b" for _, e in expected):
        return text
    return f"{text} Look again at {', '.join(wrong)}."


def _volume(instance):
    return sum(a.size if isinstance(a, np.ndarray) else 1 for a in instance)


def _worst(case, got, expected) -> tuple[str, int, tuple, Any, Any] | None:
    """(leaf, its position, index, got, expected) of the entry that differs most."""
    found, most = None, -1.0
    for j, ((leaf, g), (_, e)) in enumerate(zip(_leaves(got), _leaves(expected), strict=True)):
        if _close(case.exercise, g, e):
            continue
        if not isinstance(g, np.ndarray):
            if found is None:
                found = (leaf, j, (), g, e)
            continue
        with np.errstate(all="ignore"):
            gap = np.where(_differences(case.exercise, g, e), np.abs(_wide(g) - _wide(e)), -1.0)
        gap = np.where(np.isnan(gap), np.inf, gap)
        if gap.max() > most:
            most = float(gap.max())
            found = (leaf, j, tuple(int(i) for i in np.unravel_index(gap.argmax(), gap.shape)), g, e)
    return found


def _inputs_shown(case, k):
    shown = [(_argument(case.exercise, j), value) for j, value in enumerate(case.instances[k])]
    if not shown or _volume(case.instances[k]) > 2 * SMALL:
        return ()
    return (("The inputs", card.inputs(shown)),)

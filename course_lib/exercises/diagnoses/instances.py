"""On which kinds of input an answer is wrong."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib.exercises.compare import same_outcome
from course_lib.exercises.contract import WHOLE
from course_lib.exercises.diagnoses.evidence import Evidence
from course_lib.exercises.diagnoses.words import argument_name


def where_wrong(seen: Evidence) -> str:
    """" Right on 5 of 7 inputs; wrong where: tie, large scores.", or what the inputs share on which it is right."""
    tried = next((i + 1 for i, got in enumerate(seen.outcomes) if got.timed_out), len(seen.outcomes))
    wrong = [not same_outcome(got, want, seen.exercise)
             for got, want in zip(seen.outcomes[:tried], seen.known.right[:tried], strict=True)]
    instances = seen.known.instances[:tried]
    if all(wrong):
        return ""
    head = f" Right on {len(wrong) - sum(wrong)} of {len(wrong)} inputs"
    if tried < len(seen.outcomes):
        return f"{head} that were tried."
    labels = [getattr(instance, "label", "") for instance, bad in zip(instances, wrong, strict=True) if bad]
    if all(labels):
        return f"{head}; wrong where: {', '.join(dict.fromkeys(labels))}."
    shared = _shared(seen, wrong)
    if shared:
        return f"{head}: those with {shared}."
    if expected := _same_number(seen, wrong):
        return f"{head}; wrong exactly where {expected} is expected."
    right = [getattr(instance, "label", "") for instance, bad in zip(instances, wrong, strict=True) if not bad]
    if len(right) < 2 or not all(right) or any(label.startswith(WHOLE) for label in right):  # all that is by chance
        return f"{head}."
    return f"{head}; right where: {', '.join(dict.fromkeys(right))}."


def _same_number(seen: Evidence, wrong: list[bool]) -> str:
    """The one number that is expected on exactly those inputs, two at least, on which the answer is wrong."""
    wanted = [outcome.value for outcome in seen.known.right[: len(wrong)]]
    if not all(isinstance(value, int | float | np.number) for value in wanted):
        return ""
    bad = {float(value) for value, is_bad in zip(wanted, wrong, strict=True) if is_bad}
    good = {float(value) for value, is_bad in zip(wanted, wrong, strict=True) if not is_bad}
    return f"{bad.pop():g}" if len(bad) == 1 and sum(wrong) > 1 and len(good) > 1 and bad.isdisjoint(good) else ""


def _shared(seen: Evidence, wrong: list[bool]) -> str:
    """What holds for exactly those inputs on which the answer is right."""
    if words := _same_texts(seen, wrong):
        return words
    # inputs with a label are made of a plain one: what holds for it holds for most of them
    plain = [bad for instance, bad in zip(seen.known.instances, wrong, strict=False)
             if not getattr(instance, "label", "")]
    few, few_plain = (min(sum(bad), len(bad) - sum(bad)) < 2 for bad in (wrong, plain))
    facts = [_facts(seen, instance, not few, not few_plain, not all(plain)) for instance in seen.known.instances]
    for words in dict.fromkeys(word for found in facts for word in found):
        if all(words in found and found[words] != bad for found, bad in zip(facts, wrong, strict=True)):
            return words
    return ""


def _same_texts(seen: Evidence, wrong: list[bool]) -> str:
    """The values of an argument that is a text, where the answer is right with all of them and with no other."""
    for k, values in enumerate(zip(*seen.known.instances, strict=False)):
        if all(isinstance(value, str) for value in values):
            good = dict.fromkeys(v for v, bad in zip(values, wrong, strict=True) if not bad)
            if good.keys().isdisjoint(v for v, bad in zip(values, wrong, strict=True) if bad):
                return f"{argument_name(seen.exercise, k)} = {' or '.join(map(repr, good))}"
    return ""


def _facts(seen: Evidence, instance: tuple, signs: bool, inside: bool, zeros: bool) -> dict[str, bool]:
    """Words -> whether it holds for the arguments of one call: signs, of numbers and inside of arrays, where they are
    hardly chance; zeros where they are not all that is right: many a wrong answer gives 0 for them.
    """
    facts = {}
    for name, value in _values(seen, instance):
        if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiu":
            if value.ndim > 2:
                facts |= {f"size 1 along axis {k} of {name}": size == 1 for k, size in enumerate(value.shape)}
            elif value.ndim == 2:
                facts |= {f"one row in {name}": len(value) == 1, f"one column in {name}": value.shape[1] == 1}
                if seen.got.error:  # shapes that go together by chance
                    facts[f"as many rows as columns in {name}"] = len(value) == value.shape[1]
                if inside:
                    facts[f"a symmetric {name}"] = np.array_equal(value, value.T)
            else:
                facts[f"one entry in {name}"] = len(value) == 1
            if zeros:
                facts[f"nothing but 0 in {name}"] = not value.any()
            if inside:
                facts[f"no entry below 0 in {name}"] = bool((value >= 0).all())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            facts |= {f"{name} = 0": value == 0, f"{name} = 1": value == 1}
            if signs:
                facts[f"{name} above 0"] = value > 0
    return facts


def _values(seen: Evidence, instance: tuple) -> Iterator[tuple[str, Any]]:
    """(name, value) of each argument, and of each number in one that is a tuple."""
    for k, value in enumerate(instance):
        name = argument_name(seen.exercise, k)
        yield name, value
        if isinstance(value, tuple):
            yield from ((f"{name}[{j}]", part) for j, part in enumerate(value) if isinstance(part, int | float))

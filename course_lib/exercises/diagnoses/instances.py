"""On which kinds of input an answer is wrong."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.contract import WHOLE, of_others
from course_lib.exercises.diagnoses.altered import SECONDS, right_on
from course_lib.exercises.diagnoses.evidence import Evidence
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Case, Exercise


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
    if mode := _same_mode(seen, wrong):
        return f"{head}: {mode}."
    right = [instance for instance, bad in zip(instances, wrong, strict=True) if not bad]
    chance = _by_chance(seen, {instance.label for instance in right if getattr(instance, "edge", False)})
    by_edges = chance and all(getattr(instance, "label", "") for instance in right)
    if shared := "" if by_edges else _shared(seen, wrong):
        return f"{head}: {shared}."
    if expected := _same_number(seen, wrong):
        return f"{head}; wrong exactly where {expected} is expected."
    labels = [getattr(instance, "label", "") for instance in right]
    if len(labels) < 2 or not all(labels) or any(label.startswith(WHOLE) for label in labels):  # that is by chance
        return f"{head}."
    small = [_single(instances[k]) for k in seen.plain if wrong[k]]  # no label: size alone does not make it right
    said = dict.fromkeys(instance.label for instance in right if instance.label not in chance and not (
        instance.label.startswith("one ") and any(_single(instance) <= its for its in small)))
    return f"{head}; right where: {', '.join(said)}." if said else f"{head}."


def _by_chance(seen: Evidence, labels: set[str]) -> set[str]:
    """Of the edges on which the answer is right those on which it is not where they are made of other plain inputs."""
    if not labels or not seen.can_be_tried:
        return labels
    tried = [(edge, want) for edge, want in _other_edges(seen.exercise, seen.known) if edge.label in labels]
    edges = tuple(edge for edge, _ in tried)
    mine = read(seen.exercise, seen.again(edges, SECONDS), edges)
    return {edge.label for (edge, want), got in zip(tried, mine, strict=True)
            if not same_outcome(got, want, seen.exercise)}


@lru_cache(maxsize=256)
def _other_edges(exercise: Exercise, known: Expected) -> list[tuple[Case, Outcome]]:
    """The edges of the other plain inputs with what is right there, where the reference has a value."""
    edges = tuple(of_others(exercise, known.instances))
    return [(edge, want) for edge, want in zip(edges, right_on(exercise, edges), strict=True)
            if not (want.error or want.timed_out)]


def _single(instance: tuple) -> set[tuple[int, int]]:
    """(argument, axis) of each axis of length 1."""
    return {(k, axis) for k, value in enumerate(instance) if isinstance(value, np.ndarray)
            for axis, n in enumerate(value.shape) if n == 1}


def _same_number(seen: Evidence, wrong: list[bool]) -> str:
    """The one number that is expected on exactly those inputs, two at least, on which the answer is wrong."""
    wanted = [outcome.value for outcome in seen.known.right[: len(wrong)]]
    if not all(isinstance(value, int | float | np.number) for value in wanted):
        return ""
    bad = {float(value) for value, is_bad in zip(wanted, wrong, strict=True) if is_bad}
    good = {float(value) for value, is_bad in zip(wanted, wrong, strict=True) if not is_bad}
    return f"{bad.pop():g}" if len(bad) == 1 and sum(wrong) > 1 and len(good) > 1 and bad.isdisjoint(good) else ""


def _shared(seen: Evidence, wrong: list[bool]) -> str:
    """"those with one row in X": what holds for exactly those inputs on which the answer is right."""
    right = [instance for instance, bad in zip(seen.known.instances, wrong, strict=True) if not bad]
    if len(right) == 1 and getattr(right[0], "label", "") and not right[0].edge:
        return ""  # it has more than one oddity, and any of them may be the reason
    # inputs with a label are made of a plain one: what holds for it holds for most of them
    plain = [wrong[k] for k in seen.plain]
    few, few_plain = (min(sum(bad), len(bad) - sum(bad)) < 2 for bad in (wrong, plain))
    facts = [_facts(seen, instance, not few, not few_plain, not all(plain), len(right) > 1)
             for instance in seen.known.instances]
    for words in dict.fromkeys(word for found in facts for word in found):
        if all(words in found and found[words] != bad for found, bad in zip(facts, wrong, strict=True)):
            return f"those with {words}"
    return ""


def _same_mode(seen: Evidence, wrong: list[bool]) -> str:
    """"those with kind = 'a' or 'c'": the values of an argument that is a text or a truth value, as a mode is, with
    which the answer is always right, where with any other it is wrong on every plain input.
    """
    plain = set(seen.plain)
    for k, values in enumerate(zip(*seen.known.instances, strict=False)):
        if not all(isinstance(value, str | bool) for value in values):
            continue
        rows = {value: [i for i, its in enumerate(values) if its == value] for value in dict.fromkeys(values)}
        good = [value for value, its in rows.items() if not any(wrong[i] for i in its)]
        bad = [value for value, its in rows.items() if all(wrong[i] for i in its if i in plain)]
        if good and bad and len(good) + len(bad) == len(rows) and all(plain & {*its} for its in rows.values()):
            with_good, with_bad = (" or ".join(map(repr, found)) for found in (good, bad))
            everywhere = all(wrong[i] for value in bad for i in rows[value])
            special = "" if everywhere else f", with {with_bad} in special cases only"
            return f"those with {argument_name(seen.exercise, k)} = {with_good}{special}"
    return ""


def _facts(seen: Evidence, instance: tuple, signs: bool, inside: bool, zeros: bool, parts: bool) -> dict[str, bool]:
    """Words -> whether it holds for the arguments of one call: signs, of numbers and inside of arrays, and parts of
    tuples where they are hardly chance; zeros where they are not all that is right: many a wrong answer gives 0 there.
    """
    facts = {}
    for name, value in _values(seen, instance, parts):
        if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiu":
            facts[f"one axis in {name}"] = value.ndim == 1
            if value.ndim > 2:
                facts |= {f"size 1 along axis {k} of {name}": size == 1 for k, size in enumerate(value.shape)}
            elif value.ndim == 2:
                facts |= {f"one row in {name}": len(value) == 1, f"one column in {name}": value.shape[1] == 1}
                if seen.got.error:  # shapes that go together by chance
                    facts[f"as many rows as columns in {name}"] = len(value) == value.shape[1]
                if inside:
                    facts[f"a symmetric {name}"] = len(value) == value.shape[1] and np.allclose(value, value.T)
            else:
                facts[f"one entry in {name}"] = len(value) == 1
                if value.dtype.kind in "iu":  # of labels those of every class
                    every = len(np.unique(value)) == value.max(initial=-1) + 1 and value.min(initial=0) >= 0
                    facts[f"every number from 0 to the largest in {name}"] = bool(every)
            if zeros:
                facts[f"nothing but 0 in {name}"] = not value.any()
            if inside:
                facts[f"no entry below 0 in {name}"] = bool((value >= 0).all())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            facts |= {f"{name} = 0": value == 0, f"{name} = 1": value == 1}
            if signs:
                facts[f"{name} above 0"] = value > 0
    return facts


def _values(seen: Evidence, instance: tuple, parts: bool) -> Iterator[tuple[str, Any]]:
    """(name, value) of each argument, and with `parts` of each number in one that is a tuple."""
    for k, value in enumerate(instance):
        name = argument_name(seen.exercise, k)
        yield name, value
        if parts and isinstance(value, tuple):
            yield from ((f"{name}[{j}]", part) for j, part in enumerate(value) if isinstance(part, int | float))

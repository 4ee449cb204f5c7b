"""Two named mistakes at once: of those that are the right answer with one step exchanged, or known by turns."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from inspect import signature
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np

from course_lib.exercises.collect import Outcome, collect, in_time, run
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.altered import QUICK, SECONDS
from course_lib.exercises.diagnoses.apart import shown_apart
from course_lib.exercises.diagnoses.evidence import Evidence, Finding, leaves
from course_lib.exercises.diagnoses.labelled import agrees, without_praise
from course_lib.exercises.diagnoses.telling import is_constant, tells
from course_lib.exercises.expect import Expected, read
from course_lib.exercises.model import Exercise, Mistake

MOST_PAIRS = 600
ENOUGH = 5  #: inputs on which they agree and are wrong, whatever the numbers are
FACTORS = (2, 0.5, -1, 0)  #: that one step may have too much


class Pair(NamedTuple):
    """Two named mistakes and the answer that makes both."""

    one: Mistake
    other: Mistake
    answer: Callable


def two_mistakes(seen: Evidence) -> Finding | None:
    """The two named mistakes that together give what came, where neither does alone."""
    found = _together(seen) or shown_apart(seen)
    if found is None:
        return None
    one, other = (without_praise(mistake.say) for mistake in found)
    return Finding("wrong", f"Two slips together give this. {one} Then: {other}")


def _together(seen: Evidence) -> tuple[Mistake, Mistake] | None:
    """Those that give it on every plain input, of the pairs of different steps."""
    exercise, known = seen.exercise, seen.known
    wrong = [k for k in seen.plain if not same_outcome(seen.outcomes[k], known.right[k], exercise)]
    came = [part for k in wrong for part in leaves(seen.outcomes[k].value)]
    if exercise.seconds > QUICK or not wrong or not (len(wrong) >= ENOUGH or tells(came)) or is_constant(came):
        return None
    for pair, outcome in _outcomes(exercise, known, wrong[0]):
        if same_outcome(outcome, seen.outcomes[wrong[0]], exercise):
            pattern = read(exercise, collect(exercise, pair.answer, known.instances, SECONDS), known.instances)
            if (agrees(seen, pattern) and not _is_one_alone(seen, pair, pattern)
                    and not _is_one_step(seen, pair.one.answer.exchanged[0], wrong[0])):
                return pair.one, pair.other
    return None


def _is_one_alone(seen: Evidence, pair: Pair, pattern: list[Outcome]) -> bool:
    """Whether one of the two gives the same on every plain input: nothing speaks for the other one."""
    return any(all(same_outcome(pattern[k], seen.known.mistakes[mistake.id][k], seen.exercise) for k in seen.plain)
               for mistake in (pair.one, pair.other))


def _is_one_step(seen: Evidence, build: Callable, row: int) -> bool:
    """Whether one step of the construction, twice as large, half as large, with the other sign or 0, gives the same:
    then two slips, of which one takes back a part of the other, are the less likely story.
    """
    def gives_the_same(answer, rows) -> bool:
        instances = tuple(seen.known.instances[k] for k in rows)
        made = read(seen.exercise, collect(seen.exercise, answer, instances, SECONDS), instances)
        return all(same_outcome(outcome, seen.outcomes[k], seen.exercise)
                   for k, outcome in zip(rows, made, strict=True))

    return any(gives_the_same(answer, [row]) and gives_the_same(answer, seen.plain) for answer in _multiplied(build))


def _multiplied(build: Callable) -> Iterator[Callable]:
    """The right answer with one of its steps multiplied by a number."""
    for name, parameter in signature(build).parameters.items():
        step = parameter.default
        for factor in FACTORS:
            if callable(step):
                yield build(**{name: lambda *values, step=step, factor=factor: factor * step(*values)})
            elif isinstance(step, int | float) and not isinstance(step, bool):
                yield build(**{name: factor * step})


def pairs(exercise: Exercise) -> list[Pair]:
    """All that exchange different steps of one construction; see `define.exchangeable`."""
    built = [mistake for mistake in exercise.mistakes if hasattr(mistake.answer, "exchanged")]
    found = []
    for one, other in combinations(built, 2):
        (build, steps), (its_build, its_steps) = one.answer.exchanged, other.answer.exchanged
        if build is its_build and steps.keys().isdisjoint(its_steps) and one.say != other.say:
            found.append(Pair(one, other, build(**steps, **its_steps)))
    return list(islice(found, MOST_PAIRS))


@lru_cache(maxsize=256)
def _outcomes(exercise: Exercise, known: Expected, row: int) -> list[tuple[Pair, Outcome]]:
    """What every pair gives on one input; of those that time allows."""
    found: list[tuple[Pair, Outcome]] = []

    def work():
        with np.errstate(all="ignore"):
            for pair in pairs(exercise):
                found.append((pair, run(exercise, pair.answer, known.instances[row])))

    in_time(work, SECONDS)
    instance = (known.instances[row],)
    return [(pair, read(exercise, [outcome], instance)[0]) for pair, outcome in found]

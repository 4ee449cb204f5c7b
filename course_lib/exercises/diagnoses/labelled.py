"""A named mistake on the plain inputs, whatever the answer does on those with a label."""

import re
from dataclasses import replace

from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.altered import SECONDS
from course_lib.exercises.diagnoses.evidence import Evidence, Finding
from course_lib.exercises.diagnoses.response import answered
from course_lib.exercises.expect import read
from course_lib.exercises.model import Mistake

SEVERAL = 3
MOST_APART = 0.25  #: of changed inputs; on so many a second slip may show
RIGHT_BUT = re.compile(r"^(?:[^.?]*\bright, but|Right [^.?]*?, (?:and|but)|[^.?:]*\b(?:is|are) right\.) (\w)")


def mistake_on_plain_inputs(seen: Evidence) -> Finding | None:
    """The one mistake that the answer makes on all inputs without a label, and that is wrong where it is on the others.

    How a slip shows on an edge (overflow, a tie, one sample) depends on how the rest is written.
    """
    plain = [not getattr(instance, "label", "") for instance in seen.known.instances]
    if all(plain):
        return None
    found = [mistake for mistake in seen.exercise.mistakes
             if mistake.id != seen.exercise.untouched and agrees(seen, seen.known.mistakes[mistake.id])]
    if len(found) != 1 or are_alike_by_chance(seen, found[0], {*seen.plain}):
        return None
    return Finding("mistake", without_praise(found[0].say), found[0].id)


def are_alike_by_chance(seen: Evidence, mistake: Mistake, rows: set[int]) -> bool:
    """Whether the answer and the mistake, the same on the inputs in these rows, differ on many that are made of them.
    """
    if not seen.can_be_tried:
        return False
    exercise = seen.exercise
    tried, _ = answered(exercise, seen.known)
    changed = tuple(probe.instance for probe in tried if probe.row in rows)
    both = (seen.again(changed, SECONDS), collect(exercise, mistake.answer, changed, SECONDS))
    pairs = [*zip(*(read(exercise, outcomes, changed) for outcomes in both), strict=True)]
    return sum(not same_outcome(mine, its, exercise) for mine, its in pairs
               if not (mine.timed_out or its.timed_out)) > MOST_APART * len(pairs)


def mistake_for_one_text(seen: Evidence) -> Finding | None:
    """Where an argument is a text, such as the name of a mode: the one mistake that is made with one value of it, and
    that is none with any other. With other values the answer may be wrong in its own way.
    """
    known, exercise = seen.known, seen.exercise
    for values in zip(*known.instances, strict=False):
        if all(isinstance(value, str) for value in values):
            for value in dict.fromkeys(values):
                rows = [i for i, its in enumerate(values) if its == value]
                found = [mistake for mistake in exercise.mistakes
                         if mistake.id != exercise.untouched and _only_on(rows, seen, known.mistakes[mistake.id])
                         and agrees(_part(seen, rows), [known.mistakes[mistake.id][i] for i in rows])]
                if len(found) == 1:
                    others = [i for i in range(len(values)) if i not in rows]
                    right = all(same_outcome(seen.outcomes[i], known.right[i], exercise) for i in others)
                    return Finding("mistake", found[0].say if right else without_praise(found[0].say), found[0].id)
    return None


def without_praise(said: str) -> str:
    """Without a beginning such as "The place is right, but": of an answer with more slips it may be untrue."""
    return RIGHT_BUT.sub(lambda half: half[1].upper(), said)


def _only_on(rows: list[int], seen: Evidence, pattern: list[Outcome]) -> bool:
    """Whether a mistake is right on all other inputs."""
    return all(same_outcome(made, want, seen.exercise) for i, (made, want) in enumerate(
        zip(pattern, seen.known.right, strict=True)) if i not in rows)


def _part(seen: Evidence, rows: list[int]) -> Evidence:
    """The same on some of the inputs."""
    known = replace(seen.known, instances=tuple(seen.known.instances[i] for i in rows),
                    right=[seen.known.right[i] for i in rows])
    return replace(seen, outcomes=[seen.outcomes[i] for i in rows], known=known)


def agrees(seen: Evidence, pattern: list[Outcome]) -> bool:
    """Whether the answer gives what the pattern does on all plain inputs, and fails wherever the pattern fails.

    On at least one plain input it must have a value that is wrong, or fail where it is right on several others: an
    answer that always fails has given nothing that could be the same.
    """
    exercise, known, values, failed, right = seen.exercise, seen.known, 0, 0, 0
    for got, made, want, instance in zip(seen.outcomes, pattern, known.right, known.instances, strict=True):
        wrong = not same_outcome(got, want, exercise)
        if getattr(instance, "label", ""):
            if not wrong and not same_outcome(made, want, exercise):
                return False
        elif not same_outcome(got, made, exercise):
            return False
        else:
            values, failed, right = values + (wrong and not got.error), failed + bool(got.error), right + (not wrong)
    return bool(values or (failed and right >= SEVERAL))

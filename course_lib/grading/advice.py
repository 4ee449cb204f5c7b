"""What a wrong answer is told beyond a number: how it responds to changed inputs, or where in its lines to look.

Changed inputs and edited programs are made out here, from public instances and the student's own text, run where the
answer runs, and compared out here; nothing that comes back is ever run. No points depend on what is said.
"""

import ast
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice, repeat

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import same_outcome
from course_lib.exercises.diagnoses.altered import QUICK
from course_lib.exercises.edited import AS_IT_IS, limit_after
from course_lib.exercises.expect import Expected, understood
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair import candidates, refusal
from course_lib.exercises.repair.search import further
from course_lib.exercises.repair.sentences import sentence
from course_lib.exercises.repair.source import of_text
from course_lib.exercises.verdict import Verdict

#: diagnoses that say how an answer differs, and not what was done
UNSAID = ("wrong_part", "not_finite", "largest_difference")
MOST = 120  #: edited programs of one answer that are tried: the cap that decides, the same on every machine
MOST_IN_ALL = 240  #: of all answers of a notebook; where it is reached, nothing more is said
BATCHES = 12, 48  #: programs in the first request, which holds half of the repairs, and in each that follows
SECONDS = 1.5  #: of processor time for one request
PATIENCE = 6.0  #: by the clock, after which no further ones are tried: only what hangs takes so long

#: (instances, seconds) -> what the answer gives on them
Again = Callable[[tuple, float], list[Outcome]]
#: (programs, instances, most ticks) -> (for each program what it gives on them, or None; the most ticks of a call)
Edited = Callable[[list[str], tuple, int], tuple[list[list[Outcome] | None], int]]


@dataclass(frozen=True)
class Wrong:
    """An answer that is wrong on the public instances, with what it gave there."""

    exercise: Exercise
    known: Expected
    outcomes: list[Outcome]


def wants_more(exercise: Exercise, verdict: Verdict) -> bool:
    """Whether nothing was found of an answer but how it differs; of what trains something nothing more is tried."""
    return verdict.by in UNSAID and exercise.is_worked_out and exercise.seconds <= QUICK


def said(wrong: Wrong, text: str, name: str, again: Again, edited: Edited) -> tuple[Verdict, str]:
    """The verdict with the answer's response to changed inputs, and, where that is silent too, where to look.

    Parameters
    ----------
    text : str
        The cell that defines the answer.
    name : str
        Its name there.
    """
    verdict = judge(wrong.exercise, wrong.outcomes, wrong.known, again)
    return verdict, look(wrong, text, name, edited) if verdict.by in UNSAID else ""


def look(wrong: Wrong, text: str, name: str, edited: Edited) -> str:
    """ "Line 3, at `own text`: along which axis does this run? ...", or nothing."""
    exercise, known, end = wrong.exercise, wrong.known, time.monotonic() + PATIENCE
    source = of_text(text, name)
    if source is None or not isinstance(source.answer, ast.FunctionDef) or refusal(source, exercise):
        return ""
    (as_it_is,), ticks = edited([source.program()], known.instances, AS_IT_IS)
    if as_it_is is None or not all(same_outcome(*pair, exercise)
                                   for pair in zip(as_it_is, wrong.outcomes, strict=True)):
        return ""  # its text alone is not what was judged
    limit = limit_after(ticks)
    first = next(i for i, got in enumerate(as_it_is) if not _right(exercise, known, i, got))
    found, sizes = candidates(text, name, known.instances, MOST), chain(BATCHES[:1], repeat(BATCHES[1]))
    while time.monotonic() < end and (batch := list(islice(found, next(sizes)))):
        tried, _ = edited([program for _, program in batch], known.instances[first : first + 1], limit)
        for (edit, program), outcomes in zip(batch, tried, strict=True):
            if outcomes and _right(exercise, known, first, outcomes[0]) and time.monotonic() < end:
                if _passes(wrong, program, edited, limit):
                    return sentence(edit.kind, edit.node.lineno, *source.shown(edit.node), edit.places)
    return ""


def _passes(wrong: Wrong, program: str, edited: Edited, limit: int) -> bool:
    """Whether a program is right on all public instances, and on those that `check` draws beside them."""
    for known in (wrong.known, *further(wrong.exercise)):
        (outcomes,), _ = edited([program], known.instances, limit)
        if outcomes is None or judge(wrong.exercise, outcomes, known).status != "right":
            return False
    return True


def _right(exercise: Exercise, known: Expected, i: int, got: Outcome) -> bool:
    return same_outcome(understood(exercise, got, known.instances[i], known.right[i]), known.right[i], exercise)

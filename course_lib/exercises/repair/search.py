"""Which small step of a wrong answer, done otherwise, makes it pass the whole check?"""

import sys
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.expect import Expected, expect, seeded_instances
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.candidates import MOST, far, near
from course_lib.exercises.repair.scope import Scope, Seen
from course_lib.exercises.repair.sentences import sentence
from course_lib.exercises.repair.source import Source
from course_lib.exercises.repair.tree import Edit
from course_lib.exercises.repair.trial import LEAST_TICKS, TIMES, Trial

SEEDS = (101, 102)  #: of further instances: what fits only those of the check is no repair
LONG = 2.0  #: seconds that an exercise is given from which on further instances would take too long
FIRST, SECOND = 40, 60  #: edits that are tried as the first and as the second of a pair
STEPS = 3  #: edits of which each puts one more output right


@lru_cache(maxsize=256)
def further(exercise: Exercise) -> list[Expected]:
    """Instances that the check does not have, with what is right there."""
    if exercise.seconds > LONG:
        return []
    plain = replace(exercise, mistakes=())
    return [expect(plain, seeded_instances(exercise, seed)) for seed in SEEDS]


@dataclass
class Found:
    """What a search found. What the edits put in place is the answer, and for the engine alone."""

    edits: list[Edit] = field(default_factory=list)
    passed: bool = False  #: whether the answer passes with all of them
    tried: int = 0

    def say(self, source: Source) -> str:
        """One sentence for each place."""
        return " ".join(sentence(edit.kind, edit.node.lineno, source.segment(edit.node), edit.places)
                        for edit in self.edits)


class Search:
    """One search; `run` fills `found`."""

    def __init__(self, trial: Trial, further: list[Expected], seconds: float):
        self.trial, self.further, self.seconds, self.found = trial, further, seconds, Found()
        self.end = np.inf

    def run(self) -> None:
        """Look for one edit; where several outputs are wrong, for one that puts some right, and go on; then for two."""
        self.end = time.thread_time() + self.seconds
        trial = self.trial
        answer = trial.answer()
        trial.limit = 100 * LEAST_TICKS
        outcomes, ticks, costs = [], [], []
        for i in range(len(trial.known.instances)):
            begin = time.thread_time()
            outcomes.append(trial.outcome(answer, i))
            costs.append(time.thread_time() - begin)
            ticks.append(trial.ticks)
        trial.limit = max(LEAST_TICKS, *(TIMES * t for t, got in zip(ticks, outcomes, strict=True)
                                         if got.error != "TooLong"), 0)
        base = [trial.right_parts(got, i) for i, got in enumerate(outcomes)]
        wrong = [i for i, parts in enumerate(base) if not all(parts)] or list(range(len(base)))
        first = min(wrong)
        while True:
            better = self._round(answer, first, base)
            if self.found.passed or better is None or len(self.found.edits) == STEPS:
                return
            edit, base = better
            edit.apply()
            self.found.edits.append(edit)
            trial.seen.clear()
            answer = trial.answer()

    def _over(self) -> bool:
        return self.found.tried >= MOST or time.thread_time() > self.end

    def _try(self, first: int):
        """(answer, outcome, right parts) on the first instance, of the source as it stands; None if it is not new."""
        answer = self.trial.answer()
        if answer is None:
            return None
        self.found.tried += 1
        got = self.trial.outcome(answer, first)
        return answer, got, self.trial.right_parts(got, first)

    def _round(self, answer, first: int, base: list):
        """Try every edit; (the best edit that puts only some outputs right, what is right then), or None."""
        trial = self.trial
        lines, failed_at, seen = observed(trial, answer, first)
        scopes = [Scope(function, seen, trial.known.instances if function is trial.source.answer else ())
                  for function in trial.source.functions]
        best, singles = None, []
        for tier in (near, far):
            for edit in _likely(tier(scopes), lines, failed_at):
                if self._over():
                    return best
                with edit.applied():
                    tried = self._try(first)
                    if tried is None:
                        continue
                    candidate, got, parts = tried
                    if all(parts) and trial.passes(candidate, self.further):
                        self.found.edits.append(edit)
                        self.found.passed = True
                        return None
                    if _better(parts, base[first]):
                        every = [parts if i == first else trial.right_parts(trial.outcome(candidate, i), i)
                                 for i in range(len(base))]
                        gained = gain(base, every)
                        if gained > (gain(base, best[1]) if best else 0):
                            best = edit, every
                    if tier is near:
                        singles.append((-closeness(got, trial.known.right[first]), edit.cost, len(singles), edit))
        if best is None and not self.found.edits:
            self._pairs(sorted(singles)[:FIRST], scopes, first)
        return best

    def _pairs(self, singles: list, scopes: list[Scope], first: int) -> None:
        """Two edits together; the first are those that come nearest to what is wanted."""
        for *_, one in singles:
            with one.applied():
                scopes_then = [Scope(s.function, s.seen, s.instances) for s in scopes]
                for two in _likely(near(scopes_then), set(), 0)[:SECOND]:
                    if self._over():
                        return
                    with two.applied():
                        tried = self._try(first)
                        if tried and all(tried[2]) and self.trial.passes(tried[0], self.further):
                            self.found.edits += [one, two]
                            self.found.passed = True
                            return


def _likely(edits: list[Edit], lines: set[int], failed_at: int) -> list[Edit]:
    """The edits of lines that ran, in the order of their cost; those of the line that failed come earlier."""
    kept = []
    for edit in edits:
        node = edit.node
        if lines and not lines & set(range(node.lineno, node.end_lineno + 1)):
            continue
        kept.append((edit.cost * (0.6 if node.lineno == failed_at else 1.0), len(kept), edit))
    return [edit for *_, edit in sorted(kept)]


def observed(trial: Trial, answer, i: int) -> tuple[set[int], int, dict[str, Seen]]:
    """One call of the answer watched: the lines that ran, the line of an error, what the variables held."""
    lines, seen, last = set(), {}, [0]

    def watch(frame, event, argument):
        if frame.f_code.co_filename != "<candidate>":
            return None
        if event == "line":
            lines.add(frame.f_lineno)
            last[0] = frame.f_lineno
        elif event == "return":
            seen.update((name, Seen.of(value)) for name, value in frame.f_locals.items())
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        got = trial.outcome(answer, i)
    finally:
        sys.settrace(before)
    return lines, last[0] if got.error else 0, seen


def _better(parts: tuple, base: tuple) -> bool:
    more = len(parts) == len(base) and sum(parts) > sum(base)
    return more and all(p or not b for p, b in zip(parts, base, strict=True))


def closeness(got: Outcome, want: Outcome) -> float:
    """0 an error, 1 the wrong kind of thing, 2 the right shapes, up to 3 with the share of right entries."""
    if got.error or got.timed_out:
        return 0.0
    came, wanted = ([v] if not isinstance(v, tuple | list) else v for v in (got.value, want.value))
    try:
        if len(came) != len(wanted) or any(np.shape(g) != np.shape(w) for g, w in zip(came, wanted, strict=True)):
            return 1.0
        return 2.0 + float(np.mean([np.mean(np.isclose(g, w)) for g, w in zip(came, wanted, strict=True)]))
    except (TypeError, ValueError):  # no numbers, or rows of different lengths
        return 1.0


def gain(base: list, parts: list) -> float:
    """How many more outputs are right on every instance, and a little for those that are on some; 0 if one was lost."""
    widths = {len(b) for b in base} | {len(p) for p in parts}
    if len(widths) != 1 or widths == {1}:
        return 0.0
    before, after = np.array(base), np.array(parts)
    whole = int(np.sum(after.all(0) & ~before.all(0)))
    if np.any(before & ~after) or not whole:
        return 0.0
    return whole + float(np.sum(after & ~before)) / 1_000

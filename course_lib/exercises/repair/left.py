"""Two slips of which one has a name: an edit that undoes the other leaves the answer with a named mistake."""

import ast

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import is_real, matches, same_outcome
from course_lib.exercises.diagnoses.evidence import leaves
from course_lib.exercises.diagnoses.pairs import ENOUGH, tells
from course_lib.exercises.repair.tree import Edit
from course_lib.exercises.repair.trial import Trial

MOST = 10  #: edited answers that are tried on all instances
NEAR = 1e-5  #: of sums of what is the same
#: kinds of edits that make another mistake of one as often as they undo one: they leave something out, or take another
OTHERWISE_WRONG = {"extra", "extra line", "index", "bounds", "name"}


class Left:
    """Watches the edited answers for one that makes a named mistake: of two slips, the edit undoes the other."""

    def __init__(self, trial: Trial, first: int, base: Outcome, right: list[tuple[bool, ...]]):
        """base : what the answer gives before the edit, on the first instance. right : which outputs are, on each."""
        self.trial, self.first, self.base, self.right, self.tried = trial, first, base, right, 0
        self.edit, self.mistake = None, None
        self.tests = {id(part) for node in trial.source.nodes() if isinstance(node, ast.If | ast.IfExp | ast.While)
                      for part in ast.walk(node.test)}
        #: (mistake, what it gives on the first instance, the sum of that) of those that chance does not hit
        self.named = [(mistake, made[first], _sum(made[first])) for mistake in trial.exercise.mistakes
                      if mistake.id != trial.exercise.untouched
                      and self._tells(made := trial.known.mistakes[mistake.id])]

    def _tells(self, made: list[Outcome]) -> bool:
        exercise, right = self.trial.exercise, self.trial.known.right
        if any(each.error or each.timed_out or each.changed for each in made):
            return False
        outputs = zip(*([*leaves(each.value)] for each in (*made, *right)), strict=False)
        if any(not np.any(output[:len(made)]) and np.any(output[len(made):]) for output in map(_sizes, outputs)):
            return False  # what is 0 may have any cause
        lost = [i for i, (each, its) in enumerate(zip(made, self.right, strict=True))
                if any(a and not b for a, b in zip(its, self.trial.right_parts(each, i), strict=True))
                and not getattr(self.trial.known.instances[i], "label", "")]
        if len(lost) > 1:  # what is right with two slips is right with one; where they cancel, it is on one input
            return False
        wrong = [each for each, want in zip(made, right, strict=True) if not same_outcome(each, want, exercise)]
        return len(wrong) >= ENOUGH or tells(wrong)

    def look(self, edit: Edit | None, answer, got: Outcome) -> None:
        """Keep the first edit with which the answer makes one of the mistakes on all instances; None is no edit."""
        exercise, known = self.trial.exercise, self.trial.known
        if self.mistake or self.tried == MOST or got.error:
            return
        if edit and self._is_doubtful(edit):
            return
        total = _sum(got)
        fits = [mistake for mistake, made, its in self.named
                if abs(total - its) <= NEAR * (1 + abs(its)) and same_outcome(got, made, exercise)]
        if fits and (edit is None or not same_outcome(got, self.base, exercise)):
            self.tried += 1
            outcomes = [self.trial.outcome(answer, i) for i in range(len(known.instances))]
            self.mistake = next((m for m in fits if matches(outcomes, known.mistakes[m.id], exercise)), None)
            self.edit = edit if self.mistake else None

    def _is_doubtful(self, edit: Edit) -> bool:
        """Whether it is as likely to make a mistake: of a branch the other one, of a running sum its last part, or
        nothing.
        """
        return (edit.kind in OTHERWISE_WRONG or edit.places > 1 or id(edit.node) in self.tests
                or (edit.slip[:1] == ("number",) and edit.slip[-1] == 0
                    and isinstance(edit.changes[0].owner, ast.AugAssign))
                or (isinstance(edit.node, ast.AugAssign) and edit.kind in ("accumulate", "operator")))


def _sizes(values: tuple) -> list[float]:
    """The largest number of each, whatever else it is."""
    return [float(np.max(np.abs(1.0 * np.asarray(value)), initial=0.0)) if is_real(value) else 1.0 for value in values]


def _sum(outcome: Outcome) -> float:
    """Of all numbers that came: two that differ in it need not be compared part by part."""
    return float(sum(np.sum(part) for part in leaves(outcome.value) if is_real(part)))

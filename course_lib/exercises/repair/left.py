"""Two slips of which one has a name: an edit that undoes the other leaves the answer with a named mistake."""

import ast

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import is_real, matches, same_outcome
from course_lib.exercises.diagnoses.evidence import leaves
from course_lib.exercises.diagnoses.pairs import ENOUGH
from course_lib.exercises.diagnoses.telling import is_constant, tells
from course_lib.exercises.model import Mistake
from course_lib.exercises.repair.tree import Change, Edit
from course_lib.exercises.repair.trial import Trial

MOST = 10  #: edited answers that are tried on all instances
NEAR = 1e-5  #: of sums of what is the same
TINY = 1e-9  #: the product of two distances of which none is more than rounding
LEAVES_OUT = {"extra", "extra function", "extra line"}  #: kinds of edits that take something away
#: kinds of edits that make another mistake of one as often as they undo one: they leave something out, or take another
OTHERWISE_WRONG = {*LEAVES_OUT, "index", "bounds", "name", "statement order"}


class Left:
    """Watches the edited answers for one that makes a named mistake: of two slips, the edit undoes the other."""

    def __init__(self, trial: Trial, answer, first: int, base: Outcome, right: list[tuple[bool, ...]], truths: bool):
        """answer : as it is before the edit. base : what it gives on the first instance. right : which outputs are, on
        each. truths : whether truth values are wanted: then a comparison is what is asked for.
        """
        self.trial, self.answer, self.first, self.base, self.right, self.tried = trial, answer, first, base, right, 0
        self.edit, self.mistake, self.is_near = None, None, False
        tests = [node if isinstance(node, ast.Compare) else node.test for node in trial.source.nodes()
                 if isinstance(node, ast.If | ast.IfExp | ast.While) or (isinstance(node, ast.Compare) and not truths)]
        self.tests = {id(part) for test in tests for part in ast.walk(test)}
        self.own = {id(node) for node in trial.source.nodes()}
        #: (mistake, what it gives on the first instance, the sum of that) of those that chance does not hit
        self.named = [(mistake, made[first], _sum(made[first])) for mistake in trial.exercise.mistakes
                      if mistake.id != trial.exercise.untouched
                      and self._tells(made := trial.known.mistakes[mistake.id])]

    def _tells(self, made: list[Outcome]) -> bool:
        exercise, right = self.trial.exercise, self.trial.known.right
        if any(each.error or each.timed_out or each.changed for each in made):
            return False
        outputs = zip(*([*leaves(each.value)] for each in (*made, *right)), strict=False)
        if any(is_constant(output[:len(made)]) and not is_constant(output[len(made):]) for output in outputs):
            return False
        lost = [i for i, (each, its) in enumerate(zip(made, self.right, strict=True))
                if any(a and not b for a, b in zip(its, self.trial.right_parts(each, i), strict=True))
                and not getattr(self.trial.known.instances[i], "label", "")]
        if len(lost) > 1:  # what is right with two slips is right with one; where they cancel, it is on one input
            return False
        # where the answer was wrong before, an edit that makes it right tells as much as one that leaves the mistake
        wrong = [each for each, want, its in zip(made, right, self.right, strict=True)
                 if not all(its) or not same_outcome(each, want, exercise)]
        return len(wrong) >= ENOUGH or tells([part for each in wrong for part in leaves(each.value)])

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
            if mistake := next((m for m in fits if matches(outcomes, known.mistakes[m.id], exercise)), None):
                self._keep(edit, mistake, outcomes)

    def _keep(self, edit: Edit | None, mistake: Mistake, outcomes: list[Outcome]) -> None:
        """Two slips, where the edit puts something right. Where hardly anything, it is another way to go wrong: the
        mistake is near to what has happened, and the place of the edit is none.
        """
        was = [all(its) for its in self.right]
        now = [all(self.trial.right_parts(each, i)) for i, each in enumerate(outcomes)]
        if edit and any(a and not b for a, b in zip(was, now, strict=True)) and not self._gains(outcomes):
            return
        undone = sum(was) < 2 or sum(now) >= sum(was) + 2
        if undone or (self._is_nearer(outcomes) and self._is_on_one_side(outcomes)):
            self.mistake, self.edit, self.is_near = mistake, edit if undone else None, not undone

    def _before(self) -> list[Outcome]:
        """What the answer gives before the edit, on each instance."""
        return [self.trial.outcome(self.answer, i) for i in range(len(self.right))]

    def _gains(self, outcomes: list[Outcome]) -> bool:
        """Whether more numbers are right than before."""
        came, was = (sum(map(right_entries, each, self.trial.known.right)) for each in (outcomes, self._before()))
        return came > was

    def _is_nearer(self, outcomes: list[Outcome]) -> bool:
        """Whether more results are nearer to what is wanted than before, than farther from it."""
        gaps = [(_gap(now, want), _gap(was, want))
                for now, was, want in zip(outcomes, self._before(), self.trial.known.right, strict=True)]
        return sum(now < was for now, was in gaps) > sum(now > was for now, was in gaps)

    def _is_on_one_side(self, outcomes: list[Outcome]) -> bool:
        """Whether some wrong number is on the same side as before: a mistake that makes all that was too large too
        small is another one.
        """
        sides = [np.ravel((1.0 * np.asarray(a) - c) * (1.0 * np.asarray(b) - c))
                 for now, was, want in zip(outcomes, self._before(), self.trial.known.right, strict=True)
                 for a, b, c in zip(leaves(now.value), leaves(was.value), leaves(want.value), strict=False)
                 if all(map(is_real, (a, b, c))) and np.shape(a) == np.shape(b) == np.shape(c)]
        products = np.concatenate(sides) if sides else np.empty(0)
        return bool((products > TINY).any() or not (products < -TINY).any())

    def _is_doubtful(self, edit: Edit) -> bool:
        """Whether it is as likely to make a mistake: of a branch the other one, of a running sum its last part, or
        nothing; an exception that is none any more; a part of the answer a second time; a step that is taken back.
        """
        return (edit.kind in OTHERWISE_WRONG or edit.places > 1 or id(edit.node) in self.tests
                or any(map(_takes_back, edit.changes))
                or (isinstance(edit.node, ast.Constant) and _is_exception(edit.changes[0].owner))
                or any(self._is_copied(change.new, edit.node) for change in edit.changes)
                or (edit.slip[:1] == ("number",) and edit.slip[-1] == 0
                    and isinstance(edit.changes[0].owner, ast.AugAssign))
                or (isinstance(edit.node, ast.AugAssign) and edit.kind in ("accumulate", "operator", "sign")))

    def _is_copied(self, new, old: ast.AST) -> bool:
        """Whether this is another part of the answer, and not what is left of the old one."""
        return isinstance(new, ast.expr) and id(new) in self.own and not any(part is new for part in ast.walk(old))


def _takes_back(change: Change) -> bool:
    """Whether a step is undone by the next, as in x / s * s: that takes it away, and the mistake is the edit's own."""
    new, owner = change.new, change.owner
    steps = [(new, new.left)] if isinstance(new, ast.BinOp) else []
    steps += [(owner, new)] if isinstance(owner, ast.BinOp) and change.field == "left" else []
    return any(isinstance(first, ast.BinOp) and ast.dump(then.right) == ast.dump(first.right)
               and {type(then.op), type(first.op)} in ({ast.Mult, ast.Div}, {ast.Add, ast.Sub})
               for then, first in steps)


def _is_exception(owner) -> bool:
    """Whether this sets entries of an array to a value of their own, as A[0, 0] = 0 does: with another number in it the
    line is as good as taken away.
    """
    return isinstance(owner, ast.Assign) and isinstance(owner.targets[0], ast.Subscript)


def right_entries(got: Outcome, want: Outcome) -> int:
    """How many numbers are those that are wanted, output by output of the same shape."""
    pairs = zip(leaves(got.value), leaves(want.value), strict=False)
    return sum(int(np.isclose(a, b, 1e-6, 1e-9).sum()) for a, b in pairs
               if is_real(a) and is_real(b) and np.shape(a) == np.shape(b))


def _gap(got: Outcome, want: Outcome) -> float:
    """How far the numbers are from those that are wanted; endless where they do not go together."""
    pairs = [*zip(leaves(got.value), leaves(want.value), strict=False)]
    if got.error or not all(is_real(a) and is_real(b) and np.shape(a) == np.shape(b) for a, b in pairs):
        return np.inf
    return float(sum(np.sum(np.abs(1.0 * np.asarray(a) - b)) for a, b in pairs))


def _sum(outcome: Outcome) -> float:
    """Of all numbers that came: two that differ in it need not be compared part by part."""
    return float(sum(np.sum(part) for part in leaves(outcome.value) if is_real(part)))

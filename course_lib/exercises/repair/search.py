"""Which small step of a wrong answer, done otherwise, makes it pass the whole check?"""

import ast
import sys
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter

import numpy as np

from course_lib.exercises.collect import Outcome
from course_lib.exercises.compare import is_real, same_outcome, same_value
from course_lib.exercises.contract import WHOLE
from course_lib.exercises.diagnoses.evidence import leaves
from course_lib.exercises.diagnoses.response import answered
from course_lib.exercises.diagnoses.words import argument_name
from course_lib.exercises.edited import AS_IT_IS, CELL, TooLong, limit_after
from course_lib.exercises.expect import Expected, expect, seeded_instances
from course_lib.exercises.model import Exercise
from course_lib.exercises.repair.doubts import holds_factor, is_idle, is_nested, keeps_order, named_as_wanted, used
from course_lib.exercises.repair.edits import MOST, far, near
from course_lib.exercises.repair.flow import outputs_of
from course_lib.exercises.repair.found import Found
from course_lib.exercises.repair.left import LEAVES_OUT, Left
from course_lib.exercises.repair.nearness import (
    PROGRESS,
    WRONG_KIND,
    better,
    closeness,
    gain,
    inputs_right,
    is_multiple,
    is_rearranged,
    is_refused,
)
from course_lib.exercises.repair.scope import Scope, Seen
from course_lib.exercises.repair.tree import Change, Edit, name, placed
from course_lib.exercises.repair.trial import Trial

SEEDS = (101, 102)  #: of further instances: what fits only those of the check is no repair
QUICK = 0.05  #: of the time, for the answer itself on all instances: with more, further ones would take too long
FOR_PAIRS = 400  #: of all edits that are tried, so many are kept for pairs
FOR_FAR = 300  #: at least of those that bring something new, however many others there are
AFTER_PART = 300  #: that are tried for a whole repair once a part of one is known
AFTER_FIRST = 400  #: that are tried as the second of two steps
AGAIN = 100  #: that are tried on another input, too, for one of two slips
FIRST, SECOND = 25, 40  #: edits that are tried as the first and as the second of a pair
EVERY = 8  #: so many edits after each other are tried without a look at the clock, which takes long on some systems
MOST_OPEN = 2  #: inputs with a label that an edit may leave wrong: with more it does something else
MANY = 10  #: of each truth value
STEPS = 3  #: edits of which each puts one more output right

#: kinds that are likelier where the answer is off by a constant factor, where only whole numbers are taken wrongly,
#: and where its shape is wrong
FACTORS = {"divisor", "n - 1", "constant", "sign", "reduction", "ratio", "order", "other function",
           "operator"}
TYPES = {"dtype"}
SHAPES = {"axis", "keepdims", "transpose", "shape", "layout", "index", "bounds", "results", "loop level", "reduction"}


@lru_cache(maxsize=256)
def further(exercise: Exercise) -> list[Expected]:
    """Instances that the check does not have, with what is right there."""
    plain = replace(exercise, mistakes=())
    return [expect(plain, seeded_instances(exercise, seed)) for seed in SEEDS]


@dataclass
class Watched:
    """One call of the answer as it is, with what tells likely edits from others."""

    answer: object
    first: int  #: the number of the smallest instance on which it is wrong
    base: list[tuple[bool, ...]]  #: which outputs are right on each instance
    got: Outcome | None = None  #: what it gave
    lines: set[int] = field(default_factory=set)  #: that ran
    failed_at: int = 0  #: the line of an error
    seen: dict[str, Seen] = field(default_factory=dict)  #: what the variables held
    favored: set[str] = field(default_factory=set)  #: kinds of edits

    def wrong(self) -> set[int]:
        """The outputs that are wrong somewhere."""
        return {k for parts in self.base for k, good in enumerate(parts) if not good}


class Search:
    """One search; `run` fills `found`."""

    def __init__(self, trial: Trial, found: Found, seconds: float):
        self.trial, self.found, self.seconds = trial, found, seconds
        self.end, self.asked, self.late = time.thread_time() + seconds, 0, False
        self.used = used(trial.source)  #: what the answer as it is reads of its own
        self.quick = True  #: whether there is time for further instances
        self.refused = False  #: whether the exercise cannot use what comes: what it can use need not be better
        self.unknown_name = False  #: whether it stops at one: that tells the line, and to leave it out mends nothing
        self.rearranged = False  #: whether all results are there in another order: none is worked out wrongly
        #: whether all results are truth values: one of these turns by chance, so only a whole repair tells anything
        results = [part for want in trial.known.right for part in leaves(want.value)]
        self.truths = all(np.asarray(part).dtype.kind == "b" for part in results)
        counts = np.bincount(np.concatenate([np.ravel(part) for part in results]), minlength=2) if self.truths else [0]
        #: whether of both so many that no mistake gives all of them by chance
        self.many_truths = min(counts) >= MANY
        #: whether they are whole numbers, as places and counts are
        self.whole = all(is_real(part) and not np.any(np.asarray(part) % 1) for part in results)

    def run(self) -> None:
        """Look for one edit; where several outputs are wrong, for one that puts some right, and go on; then for two."""
        self._go_on()
        if not self.found.edits and not self.found.left:
            self.found.unread = self._unread()
        # nobody makes four slips that come apart so well, or three of which one holds another
        if self.found.left and (len(self.found.edits) == STEPS or is_nested(self.found.edits)):
            self.found.edits, self.found.left = [], None

    def _unread(self) -> list[str]:
        """The arguments that the answer never reads, while the right one responds to them."""
        exercise, known = self.trial.exercise, self.trial.known
        scope = Scope(self.trial.source.answer)
        if not scope.unused.intersection(scope.parameters):
            return []
        tried, right = answered(exercise, known)

        def responds(k):
            return sum(not same_outcome(after, known.right[probe.row], exercise)
                       for probe, after in zip(tried, right, strict=True)
                       if [i for i, (a, b) in enumerate(zip(probe.instance, known.instances[probe.row], strict=True))
                           if a is not b] == [k]) > 1

        return [word for k, word in enumerate(scope.parameters) if word in scope.unused and responds(k)]

    def _go_on(self) -> None:
        """Edit after edit, until the answer passes or none of them makes it better."""
        answer = self.trial.answer()
        base = self._as_it_is(answer)
        if self.unknown_name:
            return
        first = next((i for i, parts in enumerate(base) if not all(parts)), 0)
        while answer is not None:
            best = self._round(self._watched(answer, first, base))
            if self.found.passed or best is None or len(self.found.edits) == STEPS:
                return
            edit, base = best
            edit.apply()
            self.found.edits.append(edit)
            self.trial.seen.clear()
            answer = self.trial.answer()

    def _as_it_is(self, answer) -> list[tuple[bool, ...]]:
        """Which outputs are right on each instance; from now on a call is given a few times as many ticks as these."""
        trial, begin = self.trial, time.thread_time()
        trial.beside.limit, most, base = AS_IT_IS, 0, []
        for i in range(len(trial.known.instances)):
            got = trial.outcome(answer, i)
            base.append(trial.right_parts(got, i))
            self.refused |= is_refused(got)
            self.unknown_name |= got.error == NameError.__name__
            self.rearranged |= is_rearranged(got, trial.known.right[i], trial.exercise)
            if got.error != TooLong.__name__:
                most = max(most, trial.beside.ticks)
        trial.beside.limit = limit_after(most)
        self.quick = time.thread_time() - begin <= QUICK * self.seconds
        return base

    def _over(self, most: int) -> bool:
        self.asked += 1
        if self.asked % EVERY == 0:
            self.late = time.thread_time() > self.end
        return self.late or self.found.tried >= most

    def _try(self, i: int):
        """(answer, outcome, right parts) on instance i, of the source as it stands; None if it is not new."""
        answer = self.trial.answer()
        if answer is None:
            return None
        self.found.tried += 1
        got = self.trial.outcome(answer, i)
        return answer, got, self.trial.right_parts(got, i)

    def _passes(self, answer) -> bool:
        if not self.trial.passes(answer):
            return False
        more = further(self.trial.exercise) if self.quick else []
        return all(self.trial.agrees(answer, known) for known in more)

    def _never_entered(self, edit: Edit) -> Edit | None:
        """That lines are too many, as one that leaves a loop: where the edit, which is applied, lets their condition
        never hold.
        """
        for node in self.trial.source.nodes():
            if isinstance(node, ast.If) and not node.orelse and node.lineno == edit.node.lineno:
                first = node.body[0]
                leaves_here = isinstance(first, ast.Break | ast.Continue | ast.Return)
                fails = placed(ast.Raise(name("ValueError"), None), first)
                without = Edit("extra line", first if leaves_here else node, (Change(node, "body", None, [fails]),))
                with without.applied():
                    if (answer := self.trial.answer()) is not None and self._passes(answer):
                        return without
        return None

    def _makes_table(self, edit: Edit, watched: Watched) -> bool:
        """Whether a new axis makes of two rows of numbers that met entry by entry a table of all pairs, while none is
        asked for: its largest entry fits by coincidence.
        """
        wanted = leaves(self.trial.known.right[watched.first].value)
        if edit.kind not in ("keepdims", "shape") or any(np.ndim(part) > 1 for part in wanted):
            return False
        row, new, nodes = Seen("array", 1), edit.changes[0].new, [*self.trial.source.nodes()]
        given = {node.targets[0].id for node in nodes if isinstance(node, ast.Assign) and node.value is new
                 and isinstance(node.targets[0], ast.Name)}  # the name that it has where it meets the other
        if any(watched.seen.get(word) != row for word in given or {getattr(edit.node, "id", "")}):
            return False
        meetings = [pair for node in nodes if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult)
                    for pair in ((node.left, node.right), (node.right, node.left))]
        return any((one is new or getattr(one, "id", "") in given) and isinstance(other, ast.Name)
                   and watched.seen.get(other.id) == row for one, other in meetings)

    def _always_entered(self, edit: Edit) -> Edit | None:
        """That a condition is too many: where the edit, which is applied, mends it by letting it hold always."""
        for node in self.trial.source.nodes():
            if isinstance(node, ast.If) and any(part is change.owner for change in edit.changes
                                                for part in ast.walk(node.test)):
                without = Edit("extra", node.test, (Change(node, "test", None, ast.Constant(True)),))
                with without.applied():
                    if (answer := self.trial.answer()) is not None and self._passes(answer):
                        return without
        return None

    def _open(self, answer, base: list[tuple[bool, ...]]) -> list[str]:
        """The labels of the only inputs on which it is wrong; none where the answer was right on most others before."""
        known = self.trial.known
        plain = [all(parts) for parts, instance in zip(base, known.instances, strict=True)
                 if not getattr(instance, "label", "")]
        labels = self.trial.left_open(answer, known) if plain.count(False) > 1 else None
        if labels and len(labels) > MOST_OPEN:
            return []
        more = further(self.trial.exercise) if labels and self.quick else []
        return labels if labels and all(self.trial.left_open(answer, each) is not None for each in more) else []

    def _modes_left(self, edit: Edit, base: list[tuple[bool, ...]]) -> list[str]:
        """The modes, kind = 'step' and the like, that are wrong all the same, where the edit makes all of another mode
        right and nothing wrong.
        """
        exercise, instances = self.trial.exercise, self.trial.known.instances
        self.trial.seen.clear()
        with edit.applied():
            answer = self.trial.answer()
            now = [all(parts) for parts in self.trial.every(answer)]
        was = [all(parts) for parts in base]
        if any(a and not b for a, b in zip(was, now, strict=True)):
            return []
        for k in range(min(map(len, instances))):
            modes = [instance[k] for instance in instances]
            if all(isinstance(mode, str) for mode in modes):
                before, after = ({mode for mode, right in zip(modes, each, strict=True) if not right}
                                 for each in (was, now))
                if after < before:
                    return [f"{argument_name(exercise, k)} = {mode!r}" for mode in sorted(after)]
        return []

    def _still_changes(self, answer, watched: Watched) -> str:
        """The arguments that the answer changes where all its results are right; nothing where they were so before."""
        rows = range(len(watched.base))
        if all(self.trial.has_right_value(self.trial.outcome(watched.answer, i), i) for i in rows):
            return ""
        outcomes = [self.trial.outcome(answer, i) for i in rows]
        if not all(map(self.trial.has_right_value, outcomes, rows)):
            return ""
        changed = sorted({k for outcome in outcomes for k in outcome.changed})
        before = {k for i in rows for k in self.trial.outcome(watched.answer, i).changed}
        if not before.issuperset(changed):  # it is the edit that changes them, as it gives an argument another name
            return ""
        return ", ".join(argument_name(self.trial.exercise, k) for k in changed)

    def _round(self, watched: Watched):
        """Try every edit; (the best edit that puts only some outputs right, what is right then), or None."""
        trial, first = self.trial, watched.first
        scopes = [Scope(function, watched.seen, trial.known.instances if function is trial.source.answer else ())
                  for function in trial.source.functions]
        singles, best, nearly, changing, further_on, most = [], None, None, None, (0, None, 0), MOST - FOR_PAIRS
        most_right = 0.0, True, 0  # how much `best` puts right, and how little else it changes
        left = Left(trial, watched.answer, first, watched.got, watched.base, self.truths)
        if self.found.edits:
            left.look(None, watched.answer, watched.got)
        for tier in (near, far):
            most = min(most, self.found.tried + AFTER_PART) if best else most
            here = most if tier is near or best else max(most, self.found.tried + FOR_FAR)
            edits = self._likely(tier(scopes), watched)
            if tier is near:
                likely = edits[:AGAIN]
            for edit in edits:
                if self._over(here):
                    break
                with edit.applied():
                    tried = self._try(first)
                    if tried is None:
                        continue
                    candidate, got, parts = tried
                    if all(parts) and self._makes_table(edit, watched):
                        continue
                    if all(parts) and self._passes(candidate) and not any(map(is_idle, trial.source.nodes())):
                        self.found.edits.append(self._never_entered(edit) or self._always_entered(edit) or edit)
                        self.found.passed = True
                        return None
                    if all(parts) and nearly is None and (labels := self._open(candidate, watched.base)) and not (
                            any(holds_factor(edit, label) for label in labels)):
                        nearly = edit, labels
                    if changing is None and got.changed and trial.has_right_value(got, first):
                        if names := self._still_changes(candidate, watched):
                            changing = edit, names
                    if not self.truths or self.many_truths:
                        left.look(edit, candidate, got)
                    every = []
                    if not self.truths and better(parts, watched.base[first]):
                        every = trial.every(candidate)
                    if every and all(parts):
                        further_on = max(further_on, inputs_right(edit, watched.base, every), key=itemgetter(0))
                    if every and self._is_in_order(every, watched) and not (
                            self.refused or self.rearranged or _takes_away(edit, watched)):
                        keeps = self._keeps_others(got, parts, watched)
                        # of two that put as much right, the one that changes less
                        rank = gain(watched.base, every), keeps, -edit.places
                        if rank > most_right and (keeps or edit.kind not in LEAVES_OUT):
                            best, most_right = (edit, every), rank
                    if tier is near and not same_outcome(got, watched.got, trial.exercise):
                        singles.append((-closeness(got, trial.known.right[first]), edit.cost, len(singles), edit, got))
        if nearly:
            edit, self.found.open = nearly
            self.found.edits.append(edit)
            return None
        if best is None and left.mistake and not (left.is_near and self.found.edits):
            self.found.edits += [left.edit] if left.edit else []
            self.found.left = left.mistake
        elif best is None and not self.found.edits and not (
                self.rearranged or self.truths or self._at_edges(watched.base)):
            firsts = [(one, following) for _, one, following in (further_on, self._elsewhere(likely, watched)) if one]
            firsts.sort(key=lambda first: first[0].cost)
            if not any(self._then(one, following, scopes, watched) for one, following in firsts):
                self._pairs(sorted(singles, key=lambda single: single[:3])[:FIRST], scopes, watched)
            if changing and not self.found.passed:
                edit, self.found.changes = changing
                self.found.edits.append(edit)
            elif firsts and not self.found.passed and (modes := self._modes_left(firsts[0][0], watched.base)):
                self.found.edits, self.found.open = [firsts[0][0]], modes
        return best

    def _elsewhere(self, likely: list[Edit], watched: Watched) -> tuple[int, Edit | None, int]:
        """What `inputs_right` says of a likely edit that helps where the first wrong input shows another slip."""
        trial = self.trial
        wrong = [i for i, parts in enumerate(watched.base) if not all(parts)]
        small = [i for i in wrong if getattr(trial.known.instances[i], "label", "").startswith("one ")]
        looks = {*wrong[len(wrong) // 2:][:1], *wrong[-1:], *small[:1]}  # of one entry sum and mean are the same
        trial.seen.clear()  # these were tried, but on the first alone
        for edit in likely if self.quick and len(wrong) >= PROGRESS else []:
            if self._over(MOST):
                break
            with edit.applied():
                answer = trial.answer()
                if answer is None or not any(
                        all(trial.right_parts(trial.outcome(answer, i), i)) for i in looks):
                    continue
                found = inputs_right(edit, watched.base, trial.every(answer))
            if found[1]:
                return found
        return 0, None, 0

    def _then(self, one: Edit, following: int, scopes: list[Scope], watched: Watched) -> bool:
        """A second edit after one that puts several inputs right: it is seen on the next one that is wrong."""
        most = min(MOST, self.found.tried + AFTER_FIRST)
        with one.applied():
            then, view = _afresh(scopes, watched, set())
            return any(self._completed(one, self._likely(tier(then), view), following, most) for tier in (near, far))

    def _completed(self, one: Edit, edits: list[Edit], i: int, most: int = MOST) -> bool:
        """Whether the answer passes with `one`, which is applied, and one of these; they are tried on instance i."""
        for two in edits:
            if self._over(most):
                return False
            with two.applied():
                tried = self._try(i)
                if tried and all(tried[2]) and self._passes(tried[0]) and not self._is_written_anew():
                    self.found.edits += [one, two]
                    self.found.passed = True
                    return True
        return False

    def _keeps_others(self, got: Outcome, parts: tuple[bool, ...], watched: Watched) -> bool:
        """Whether what is wrong all the same is as it was before the edit, on the first instance."""
        exercise = self.trial.exercise
        now, was = (self.trial.parts(outcome.value) for outcome in (got, watched.got))
        return len(now) == len(was) == len(parts) and all(
            right or same_value(a, b, exercise.rtol, exercise.atol)
            for right, (_, a), (_, b) in zip(parts, now, was, strict=True))

    def _is_in_order(self, every: list[tuple[bool, ...]], watched: Watched) -> bool:
        """Whether, of entries that are worked out from the last to the first, the first wrong one is right: it may be
        the cause of the others.
        """
        if not (self.trial.exercise.backward and self.trial.by_entry):
            return True
        order = self.trial.exercise.order_of(len(watched.base[0]))
        first = next(k for k in order if k in watched.wrong())
        return all(parts[first] for parts in every)

    def _is_written_anew(self) -> bool:
        """Whether the edited answer no longer uses a variable of the student's: what leaves work out is no repair."""
        return not self.used <= used(self.trial.source)

    def _at_edges(self, base: list[tuple[bool, ...]], label: str = "") -> bool:
        """Whether the answer is wrong only on inputs that have a label, which begins with this."""
        known = self.trial.known
        labels = [getattr(instance, "label", "") for parts, instance in zip(base, known.instances, strict=True)
                  if not all(parts)]
        return all(its and its.startswith(label) for its in labels)

    def _pairs(self, singles: list, scopes: list[Scope], watched: Watched) -> None:
        """Two edits together; the first are those that come nearest to what is wanted."""
        for *_, one, got in singles:
            if self.late or self.found.tried >= MOST:
                return
            with one.applied():
                then, view = _afresh(scopes, watched, self._favored(got, watched.first))
                if self._completed(one, self._likely(near(then), view)[:SECOND], watched.first):
                    return

    def _likely(self, edits: list[Edit], watched: Watched) -> list[Edit]:
        """In the order of their cost; without those of lines that never ran or that only right outputs use."""
        wrong = watched.wrong()
        depend = outputs_of(self.trial.source.answer, len(watched.base[0]))
        kept = []
        for edit in edits:
            node, outputs = edit.node, depend.get(id(edit.node))
            if watched.lines and watched.lines.isdisjoint(range(node.lineno, node.end_lineno + 1)):
                continue
            if outputs is not None and not outputs & wrong:
                continue
            if edit.kind == "results" and named_as_wanted(edit, self.trial.exercise.outputs):
                continue
            # a test has no formula, and passes with other numbers in it
            if self.truths and (edit.kind in ("function", "gathered") or (
                    edit.kind == "sign" and isinstance(edit.node, ast.Constant | ast.UnaryOp))):
                continue
            if self.whole and edit.kind == "function" and keeps_order(edit):  # it makes all positive, and no more
                continue
            cost = edit.cost * (0.6 if node.lineno == watched.failed_at else 1.0)
            cost *= (0.7 if outputs and outputs <= wrong else 1.0) * (0.6 if edit.kind in watched.favored else 1.0)
            kept.append((cost, len(kept), edit))
        return [edit for *_, edit in sorted(kept)]

    def _favored(self, got: Outcome, i: int) -> set[str]:
        """Kinds of edits that what came speaks for."""
        near_by = closeness(got, self.trial.known.right[i])
        if near_by == WRONG_KIND:
            return SHAPES
        return FACTORS if is_multiple(got, self.trial.known.right[i]) else set()

    def _watched(self, answer, first: int, base: list) -> Watched:
        seen_now = Watched(answer, first, base)
        last = 0

        def watch(frame, event, argument):
            nonlocal last
            if frame.f_code.co_filename != CELL:
                return None
            if event == "line":
                last = frame.f_lineno
                seen_now.lines.add(last)
            elif event == "return":
                seen_now.seen.update((name, Seen.of(value)) for name, value in frame.f_locals.items())
            return watch

        before = sys.gettrace()
        sys.settrace(watch)
        try:
            got = self.trial.outcome(answer, first)
        finally:
            sys.settrace(before)
        seen_now.got = got
        seen_now.failed_at = last if got.error else 0
        seen_now.favored = TYPES if self._at_edges(base, WHOLE) else self._favored(got, first)
        return seen_now


def _afresh(scopes: list[Scope], watched: Watched, favored: set[str]) -> tuple[list[Scope], Watched]:
    """Both after a first edit: what ran and where it failed is not known of the edited answer."""
    return ([Scope(s.function, s.seen, s.instances) for s in scopes],
            replace(watched, lines=set(), failed_at=0, favored=favored))


def _takes_away(edit: Edit, watched: Watched) -> bool:
    """Whether the edit replaces a call that fails: that nothing is raised then puts nothing right."""
    return (watched.failed_at == edit.node.lineno and edit.kind in ("name", "extra line")
            and isinstance(edit.node, ast.Call | ast.stmt))



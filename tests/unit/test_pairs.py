"""Two named mistakes at once are known by the steps that each of them exchanges."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib.exercises.collect import collect
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.diagnoses.pairs import pairs
from course_lib.exercises.expect import expect, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise, Mistake, case


@exchangeable
def scaled(middle=np.mean, width=np.std, power=1):
    return quiet(lambda x: (x - middle(x)) / width(x) ** power)


SCALED = Exercise(
    id="0.92",
    title="scaled",
    reference=scaled(),
    instances=lambda rng: [(np.array([1.0, 4.0, 5.0]),), (rng.normal(size=4),), (rng.normal(size=6),),
                           case("one entry", np.array([2.0]))],
    arguments=("x",),
    mistakes=(Mistake("SCA-a", scaled(middle=np.median), "The middle is the mean."),
              Mistake("SCA-b", scaled(middle=np.max), "Nothing is above your middle."),
              Mistake("SCA-c", scaled(width=np.ptp), "The width is the standard deviation."),
              Mistake("SCA-d", scaled(power=2), "In which unit is a width?"),
              Mistake("SCA-e", lambda x: x, "Nothing has changed.")),
    hints=("", "", ""),
)
KNOWN = expect(SCALED, seeded_instances(SCALED))


def said(answer):
    verdict = judge(SCALED, collect(SCALED, answer, KNOWN.instances), KNOWN)
    return verdict.by, verdict.message


def test_pairs_are_of_different_steps():
    found = {(pair.one.id, pair.other.id) for pair in pairs(SCALED)}
    assert found == {("SCA-a", "SCA-c"), ("SCA-a", "SCA-d"), ("SCA-b", "SCA-c"), ("SCA-b", "SCA-d"),
                     ("SCA-c", "SCA-d")}


@pytest.mark.parametrize("on_one", [lambda: np.zeros(1), lambda: 1 / 0])
def test_both_are_named_whatever_happens_on_labelled_inputs(on_one):
    def answer(x):
        return (x - np.sort(x)[-1]) / (x.max() - x.min()) if len(x) > 1 else on_one()

    by, message = said(answer)
    assert by == "two_mistakes"
    assert message.startswith("Two slips together give this. Nothing is above your middle. Then: The width is the")


@pytest.mark.parametrize("answer", [
    lambda x: (x - np.median(x)) / np.ptp(x) ** 2,  # three
    lambda x: (x - np.median(x)) / np.ptp(x) + 0.01 * len(x) * x,
    lambda x: np.where(x > 0, 1.0, 0.0),  # so few numbers come about in many ways
    lambda x: "text",
])
def test_what_two_mistakes_do_not_explain_is_left_to_others(answer):
    assert said(answer)[0] != "two_mistakes"


def test_neither_of_two_explains_it_alone():
    """A slip that shows on labelled inputs only, as that of a small number in a divisor, is no second one."""
    hidden = Mistake("SCA-f", scaled(middle=lambda x: x.mean() if len(x) > 1 else 1.0), "Never seen.")
    exercise = replace(SCALED, mistakes=(*SCALED.mistakes, hidden), untouched="SCA-c")
    known = expect(exercise, seeded_instances(exercise))

    def answer(x):
        return (x - x.mean()) / np.ptp(x) if len(x) > 1 else x + 7

    assert "Never seen." not in judge(exercise, collect(exercise, answer, known.instances), known).message


def test_one_mistake_is_named_alone():
    assert said(lambda x: (x - x.mean()) / (x.max() - x.min()))[0] in ("named_mistake", "mistake_on_plain_inputs")


def test_of_a_pair_both_show_on_plain_inputs():
    @exchangeable
    def centered(middle=np.mean, one=0.0):
        return quiet(lambda x: x - middle(x) if len(x) > 1 else np.full(1, one))

    wanted = replace(SCALED, reference=centered(), mistakes=(
        Mistake("CEN-a", centered(middle=np.max), "Nothing is above your middle."),
        Mistake("CEN-b", centered(one=1.0), "One entry is its own middle."),
        Mistake("CEN-c", lambda x: x - np.max(x) if len(x) > 1 else np.full(1, 2.0), "Both.")))
    known = expect(wanted, seeded_instances(wanted))
    verdict = judge(wanted, collect(wanted, lambda x: x - np.max(x) if len(x) > 1 else np.full(1, 3.0),
                                    known.instances), known)
    assert verdict.by not in ("named_mistake", "mistake_on_plain_inputs", "two_mistakes")


def test_steps_are_remembered_by_name_however_they_were_given():
    @exchangeable
    def made(first=1, **others):
        return lambda x: x

    build, steps = made(2, second=3).exchanged
    assert build is made and steps == {"first": 2, "second": 3}


def test_what_one_step_gives_that_is_twice_as_large_is_no_pair():
    @exchangeable
    def product(one=np.sum, other=np.max):
        return lambda x: one(x) * other(x)

    area = replace(SCALED, reference=product(), mistakes=(
        Mistake("PRO-a", product(one=lambda x: 4 * x.sum()), "Four sums."),
        Mistake("PRO-b", product(other=lambda x: x.max() / 2), "Half of the largest."),
        Mistake("PRO-c", product(other=lambda x: x.max() + 2), "Two more than the largest.")))
    known = expect(area, seeded_instances(area))

    def by(answer):
        return judge(area, collect(area, answer, known.instances), known).by

    assert by(lambda x: 4 * x.sum() * (x.max() + 2)) == "two_mistakes"
    assert by(lambda x: 2 * x.sum() * x.max()) != "two_mistakes"


def _bent(above=1.0, below=1.0):
    return lambda x: np.where(x > 0, above * x, below * x)


BENT = replace(SCALED, reference=_bent(), mistakes=(
    Mistake("BEN-a", _bent(above=2.0), "Above 0 is right. What is doubled?"),
    Mistake("BEN-b", _bent(below=-3.0), "Below 0: turned."),
    Mistake("BEN-c", _bent(below=0.5), "Below 0: halved.")))


def bent(answer, exercise=BENT):
    known = expect(exercise, seeded_instances(exercise))
    verdict = judge(exercise, collect(exercise, answer, known.instances), known)
    return verdict.by, verdict.message


def test_two_mistakes_that_show_in_different_entries_are_named():
    """They are functions of no construction; of what is untrue with two of them, nothing is left."""
    by, message = bent(_bent(above=2.0, below=-3.0))
    assert by == "two_mistakes"
    assert message.startswith("Two slips together give this. What is doubled? Then: Below 0: turned.")
    assert bent(_bent(above=2.0, below=-4.0))[0] != "two_mistakes"
    assert bent(lambda x: _bent(above=2.0, below=-3.0)(x) + (x == 5.0))[0] != "two_mistakes"
    twins = replace(BENT, mistakes=(*BENT.mistakes, Mistake("BEN-d", _bent(below=-3.0), "Another name.")))
    assert bent(_bent(above=2.0, below=-3.0), twins)[0] != "two_mistakes"  # two pairs fit


def test_two_mistakes_that_show_on_different_inputs_are_named():
    def by_mode(factors):
        return lambda x, n: float(np.sum(x)) * factors.get(n, 1.0)

    modes = replace(SCALED, reference=by_mode({}), arguments=("x", "n"), instances=lambda rng: [
        (rng.normal(size=3), n) for n in (0, 1, 2, 0, 1, 2)], mistakes=(
            Mistake("MOD-a", by_mode({1: 2.5}), "One: too large."),
            Mistake("MOD-b", by_mode({2: 0.3}), "Two: too small.")))
    assert bent(by_mode({1: 2.5, 2: 0.3}), modes)[0] == "two_mistakes"
    assert bent(by_mode({0: 1.1, 1: 2.5, 2: 0.3}), modes)[0] != "two_mistakes"

"""Numbers of a right answer that came out otherwise are tried or solved for, one or two at a time."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib.exercises.collect import collect
from course_lib.exercises.diagnoses.solved import solved
from course_lib.exercises.expect import expect, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise, Slot, Slots, case


def spread(x, lr, ddof=0, rate=1.0, power=2.0):
    """Steps down from x by a rate times its spread, in a power."""
    return x - rate * lr * x.std(ddof=ddof) ** power


STEP = Exercise(
    id="0.91",
    title="step",
    reference=spread,
    instances=lambda rng: [(np.array([1.0, 4.0]), 0.5), (rng.normal(size=4), 0.1), (rng.normal(size=6), 2.0),
                           case("nothing but 0", np.zeros(3), 0.5)],
    arguments=("x", "lr"),
    mistakes=(),
    hints=("", "", ""),
    slots=Slots(spread, {"ddof": Slot("ddof", 0, "By what do you divide?", (1, 2)),
                         "rate": Slot("the factor of lr", 1, "How far does one step go?"),
                         "power": Slot("the power", 2, "In which unit is a step?")}),
)
KNOWN = expect(STEP, seeded_instances(STEP))


def said(answer, exercise=STEP):
    verdict = judge(exercise, collect(exercise, answer, KNOWN.instances), KNOWN)
    return verdict.by, verdict.message


@pytest.mark.parametrize("numbers, words", [
    ({"ddof": 1}, "as if ddof were 1, not 0. By what do you divide?"),
    ({"rate": 0.02}, "as if the factor of lr were 0.02, not 1. How far does one step go?"),
    ({"rate": 1 / 3}, "as if the factor of lr were 0.333333, not 1."),
    ({"power": 1}, "as if the power were 1, not 2. In which unit is a step?"),
    ({"ddof": 1, "rate": 2.0}, "as if ddof were 1, not 0 and the factor of lr were 2, not 1. By what do you divide? "
                               "How far does one step go?"),
    ({"rate": 2.0, "power": 1.0}, "as if the factor of lr were 2, not 1 and the power were 1, not 2."),
])
def test_one_number_or_two_are_found_whatever_happens_on_labelled_inputs(numbers, words):
    def answer(x, lr):
        if not x.any():
            raise ValueError("nothing to do")
        return spread(x, lr, **numbers)

    by, message = said(answer)
    assert by == "other_numbers" and words in message, message


@pytest.mark.parametrize("answer", [
    lambda x, lr: spread(x, lr, 1) + 1,
    lambda x, lr: spread(x, lr, rate=len(x)),  # another number on each input is no number
    lambda x, lr: spread(x, lr)[::-1],
    lambda x, lr: spread(x, lr) * np.nan,
    lambda x, lr: "text",
    lambda x, lr: spread(x, lr, 1, 3.0, 1.0),  # three numbers
])
def test_what_no_numbers_explain_is_left_to_others(answer):
    assert said(answer)[0] != "other_numbers"


def test_an_exercise_without_slots_is_passed_over():
    assert said(lambda x, lr: spread(x, lr, 1), replace(STEP, slots=None))[0] != "other_numbers"


def test_the_search_finds_a_point_or_says_that_there_is_none():
    row = np.array([1.0, 2.0, 4.0])
    assert solved(lambda p: p[0] * row + p[1], [1.0, 0.0], 3 * row + 7) == [3.0, 7.0]
    assert solved(lambda p: row ** p[0], [1.0], row**2) == [2.0]
    assert solved(lambda p: p[0] * row, [1.0], row**2) is None
    assert solved(lambda p: p[0] * row + p[1], [1.0, 0.0], np.array([5.0])) is None
    assert solved(lambda p: row, [], row) == [] and solved(lambda p: row, [], row + 1) is None

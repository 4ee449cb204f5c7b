"""The tests that students write: what is said of each kind of test, and that nothing but behavior tells a version."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from course_lib.exercises import probe, registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expect, expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.written_tests import MOST_ENTRIES, TIMES, answered, is_result, judge_test, written_test

EXERCISES = [exercise for exercise in registry.all_exercises() if exercise.versions]
X = np.array([3.0, -4.0])


def reference(norm):
    assert np.isclose(norm(X, 2), 5) and np.isclose(norm(X, 1), 7)


NORM = written_test(
    registry.get("1.7"),
    {"NRM-b": "signs cancel in it", "NRM-e": "it takes a mean", "NRM-d": "it overflows"},
    least=2,
    id="99.4",
    title="test_norm",
    reference=reference,
    hints=("idea", "formula", "first line"),
    seconds=0.2,
)
KNOWN = expect(NORM, seeded_instances(NORM))


def verdict(test, exercise=NORM, known=KNOWN):
    return judge(exercise, collect(exercise, test, known.instances), known)


def said(test, status):
    result = verdict(test)
    assert (result.status, result.points) == (status, 0), result.message
    return result.message


def test_one_in_each_of_the_first_chapters():
    assert [exercise.id.partition(".")[0] for exercise in EXERCISES] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_each_wrong_version_is_caught_by_one_of_the_right_tests(exercise):
    known, passing = expected(exercise), []
    (order,), = known.instances
    for test in (exercise.reference, *exercise.variants):
        results = collect(exercise, test, known.instances)[0].value
        passing.append({k for k, result in zip(order, results, strict=True) if result["state"] == probe.HELD})
        assert 0 in passing[-1]
    assert set.intersection(*passing) == {0}
    assert 1 < exercise.versions.least <= len(exercise.versions.wrong)


def test_a_right_test_catches_enough():
    result = verdict(reference)
    assert (result.status, result.points) == ("right", 1)
    assert result.message == "Your test holds for the right version and catches 2 of 3 wrong ones."


def test_what_it_returns_counts_where_it_is_true_or_false():
    assert verdict(lambda norm: np.isclose(norm(X, 2), 5) and norm(X, 1) == 7).status == "right"
    assert "fails the right version" in said(lambda norm: bool(norm(X, 2) == 4), "wrong")
    assert "lets all 3 wrong versions pass" in said(lambda norm: norm(X, 2), "wrong")


def test_it_fails_the_right_version():
    def test(norm):
        assert norm(X, p=2) == 4

    line = test.__code__.co_firstlineno + 1
    assert said(test, "wrong") == (
        f"In line {line} of the cell, `assert norm(X, p=2) == 4`, your test fails the right version: on input "
        "np.array([ 3., -4.]), 2 it gives 5.0.")


def test_of_a_long_input_the_sizes_are_told():
    exercise = registry.get("4.36")

    def test(affine_backward):
        dx, _, _ = affine_backward(np.ones((2, 4)), (np.ones((2, 3, 2)), np.ones((6, 4))))
        assert dx.shape == (2, 6)

    assert verdict(test, exercise, expected(exercise)).message.endswith(
        "`assert dx.shape == (2, 6)`, your test fails the right version: on input array (2, 4), (array (2, 3, 2), "
        "array (6, 4)) it gives (array (2, 3, 2), array (6, 4), array (4)).")


def test_a_difference_in_digits_that_are_not_printed_is_told():
    """3.25: 0.3 is what is asserted, and what is printed too."""
    exercise = registry.get("3.25")

    def test(step):
        w, _ = step(np.array([1.0, 0.0]), 1, np.array([0.1, 0.0]), -1.0, 0.2)
        assert w[0] == 0.3

    text = verdict(test, exercise, expected(exercise)).message
    assert "gives (np.array([0.3, 0. ])" in text and text.endswith("so compare with np.isclose, not with ==.")


def test_digits_are_no_cause_where_whole_numbers_are_compared():
    exercise = registry.get("3.25")

    def test(step):
        w, b = step(np.array([1.0, 1 / 3]), 1, np.array([-2.0, 0.1]), 0.0, 0.1)
        y, reached = 1, int(w[0] + w[1] + b >= 0)
        assert reached == y

    text = verdict(test, exercise, expected(exercise)).message
    assert "your test fails the right version: on input" in text and "np.isclose" not in text


def test_an_input_that_the_right_version_does_not_take():
    text = said(lambda norm: norm("abc", 2), "wrong")
    assert "your test fails the right version: on input 'abc', 2 it raises TypeError: x must be" in text
    assert text.endswith("Is this an input that norm takes?")


def test_it_lets_too_many_pass():
    def test(norm):
        assert norm(X, 2) > 0

    assert said(test, "wrong") == ("Your test lets all 3 wrong versions pass, and 1 may. One that passes: signs cancel "
                                   "in it.")

    def better(norm):
        assert np.isclose(norm(np.abs(X), 2), 5)

    assert said(better, "wrong") == ("Your test lets 2 of 3 wrong versions pass, and 1 may. One that passes: signs "
                                     "cancel in it.")


def test_a_version_that_raises_is_caught():
    subject = registry.get("4.18")
    exercise = written_test(subject, {"AFB-2": "it runs through W the wrong way"}, least=1, id="99.5", title="test",
                            reference=None or (lambda affine_backward: affine_backward(
                                np.ones((2, 3)), (np.ones((2, 2)), np.ones((2, 3))))), hints=("a", "b", "c"))
    result = verdict(exercise.reference, exercise, expect(exercise, seeded_instances(exercise)))
    assert result.status == "right"


@pytest.mark.parametrize("test", [lambda norm: None, lambda norm: np.linalg.norm(X) == 5])
def test_it_never_calls_what_it_is_given(test):
    assert "never calls the norm that it is given" in said(test, "wrong")


def test_other_inputs_each_time():
    text = said(lambda norm: norm(np.random.default_rng().normal(size=3), 2) > 0, "wrong")
    assert "Give the generator a seed" in text


def test_calls_without_end():
    def often(norm):
        for k in itertools.count():
            norm(X + k, 2)

    def swallows(norm):
        while True:
            try:
                norm(X, 2)
            except BaseException:
                return

    for test in (often, swallows):
        result = verdict(test, replace(NORM, seconds=10.0))
        assert result.status == "wrong" and f"more than {probe.MOST_CALLS} times" in result.message
        assert f"In the first {probe.MOST_CALLS} it has not noticed this version: signs cancel" in result.message


def test_many_drawn_inputs_are_taken():
    def test(norm):
        rng = np.random.default_rng(0)
        for _ in range(probe.MOST_CALLS - 1):
            x = rng.normal(size=3)
            assert np.isclose(norm(x, 2), np.sqrt(np.sum(x * x)))
        assert norm(X, 1) == np.abs(X).sum()

    assert verdict(test, replace(NORM, seconds=10.0)).status == "right"

    def endless(norm):
        while True:
            pass

    assert "No answer within 0.2 s" in said(endless, "time")


@pytest.mark.parametrize("test, status, words", [
    (5, "kind", "test_norm is to be a function"),
    (lambda: None, "kind", "takes (), but is called with (norm)"),
    (lambda norm: norm(X), "error", "missing a required argument: 'p'"),
    (lambda norm: norm(X, 2) + missing, "error", "NameError"),  # noqa: F821
    (lambda norm: exit(), "error", "SystemExit"),
    (lambda norm: norm(np.ones(MOST_ENTRIES + 1), 2), "wrong", "at most 2,000 are taken"),
    (lambda norm: norm(object(), 2), "wrong", "numbers and arrays of numbers"),
])
def test_whatever_else_goes_wrong_is_said(test, status, words):
    text = said(test, status)
    assert words in text and "course_lib" not in text


def test_a_stub_is_not_attempted():
    def stub(norm):
        raise NotImplementedError

    for test in (stub, lambda norm: ..., None, ...):
        assert verdict(test).status == "not attempted"


def test_the_test_may_change_what_it_gets_and_gives():
    def test(affine_backward):
        x, W, dout = np.ones((2, 2)), np.ones((2, 3)), np.ones((2, 3))
        for _ in range(2):
            dx, dW, db = affine_backward(dout, (x, W))
            assert np.all(db == 2) and np.all(dW == 2) and np.all(dx == 3)
            dx *= 0
            dW *= 0
            db *= 0

    exercise = registry.get("4.36")
    assert verdict(test, exercise, expected(exercise)).message.startswith("Your test lets")


def test_who_counts_instead_of_looking_is_caught():
    """The versions come in another order for each seed, each of them more than once."""
    exercise = registry.get("4.36")
    orders = [seeded_instances(exercise, seed)[0][0] for seed in range(30)]
    n = 1 + len(exercise.versions.wrong)
    assert all(sorted(order) == sorted([*range(n)] * TIMES) for order in orders)
    places = {tuple(k for k, version in enumerate(order) if version == 0) for order in orders}
    assert len(places) > 20

    def by_place(wanted):
        runs = itertools.count()

        def test(affine_backward):
            affine_backward(np.ones((1, 1)), (np.ones((1, 1)), np.ones((1, 1))))
            assert next(runs) % len(orders[0]) in wanted

        return test

    assert all(verdict(by_place(seen), exercise, expected(exercise)).status != "right" for seen in sorted(places)[:10]
               if set(seen) != {k for k, version in enumerate(orders[0]) if version == 0})


def test_nothing_that_a_test_gets_holds_a_version():
    """Whatever the probe can reach is what the test said and was told itself."""
    found = []

    def looks(norm):
        found.append((norm.__name__, [cell.cell_contents for cell in norm.__closure__]))
        norm(X, 2)

    verdict(looks)
    versions = {NORM.versions.right, *(wrong.answer for wrong in NORM.versions.wrong)}
    for name, contents in found:
        assert name == "norm"
        assert not any(thing in versions for thing in contents if callable(thing))
        assert "NRM" not in repr(contents)


def test_an_empty_array_does_not_become_a_huge_one():
    """(N, 0) times (0, N) has N squared entries, which nobody's sandbox would limit."""
    exercise = registry.get("4.36")
    empty = np.ones((MOST_ENTRIES, 0))
    reply = answered(exercise.versions.right, (empty, (empty, empty)))
    assert reply["error"] == "ValueError" and "at most" in reply["message"]


def test_a_version_in_trouble_is_an_answer_too():
    assert answered(lambda: 1 / 0, ()) == {"error": "ZeroDivisionError", "message": "division by zero"}
    assert answered(abs, (-2,)) == {"value": 2}


@pytest.mark.parametrize("state", ["nonsense", *probe.STATES])
def test_one_result_for_all_versions_is_never_right(state):
    """Whatever a submission puts in the place of its results: it must tell the versions apart."""
    outcome = collect(NORM, reference, KNOWN.instances)[0]
    for result in outcome.value:
        result["state"] = state
    assert judge_test(NORM, outcome, *KNOWN.instances[0]).status != "right"


@pytest.mark.parametrize("change", [{"state": "nonsense"}, {"state": 1}, {"calls": ()}, {"asked": []}, {"line": None},
                                    {"line_number": "1"}])
def test_what_is_no_result_is_told_from_one(change):
    result = collect(NORM, reference, KNOWN.instances)[0].value[0]
    assert is_result(result) and not is_result(result | change) and not is_result([result])

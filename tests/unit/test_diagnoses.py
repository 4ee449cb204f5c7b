"""Each structural diagnosis on answers that show it, and on answers for which it has to be silent."""

import json
import subprocess
import sys
import types
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from course_lib.exercises import registry
from course_lib.exercises.collect import Outcome, collect, run
from course_lib.exercises.compare import same_outcome, same_value
from course_lib.exercises.contract import boundary
from course_lib.exercises.diagnoses.altered import apply, references
from course_lib.exercises.diagnoses.arguments import other_arguments
from course_lib.exercises.diagnoses.columns import close, columns, first_wrong
from course_lib.exercises.diagnoses.difference import largest_difference
from course_lib.exercises.diagnoses.entries import which_entries
from course_lib.exercises.diagnoses.evidence import Evidence
from course_lib.exercises.diagnoses.exchanged import exchanged_results
from course_lib.exercises.diagnoses.factor import off_by_a_factor
from course_lib.exercises.diagnoses.failed import ENDLESS, error_message, plain
from course_lib.exercises.diagnoses.instances import where_wrong
from course_lib.exercises.diagnoses.kind import wrong_part
from course_lib.exercises.diagnoses.labelled import mistake_for_one_text, mistake_on_plain_inputs
from course_lib.exercises.diagnoses.mistakes import mistake_in_one_output
from course_lib.exercises.diagnoses.outputs import which_right
from course_lib.exercises.diagnoses.partly import mistake_where_wrong
from course_lib.exercises.diagnoses.properties import lost_property
from course_lib.exercises.diagnoses.relations import relation
from course_lib.exercises.diagnoses.repeated import not_repeated
from course_lib.exercises.diagnoses.response import probes, response, words_for
from course_lib.exercises.diagnoses.rows import other_rows, rows_of
from course_lib.exercises.diagnoses.several import several_entries
from course_lib.exercises.diagnoses.words import described_instance
from course_lib.exercises.expect import expect, expected
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Contract, Exercise, Mistake, Version, case

HINTS = ("idea", "formula", "first line")


def made(reference, arguments, *, outputs=(), instances=None, **more) -> Exercise:
    """An exercise with two arrays X, y and a number lr, unless it says otherwise."""

    def drawn(rng):
        return [(rng.normal(size=(n, m)), rng.uniform(0.1, 0.9, size=n), lr)
                for n, m, lr in ((2, 3, 0.5), (4, 2, 0.1), (3, 3, 0.3), (5, 4, 2.0))]

    return Exercise(id="99.1", title="made", reference=reference, instances=instances or drawn, arguments=arguments,
                    outputs=outputs, mistakes=more.pop("mistakes", ()), hints=HINTS, **more)


def evidence(exercise, answer) -> Evidence:
    known = expect(exercise, tuple(exercise.instances(np.random.default_rng(7))))
    outcomes = collect(exercise, answer, known.instances)
    first = next(i for i, (got, want) in enumerate(zip(outcomes, known.right, strict=True))
                 if not same_outcome(got, want, exercise))
    return Evidence(exercise, outcomes, known, first,
                    lambda instances, seconds: collect(exercise, answer, instances, seconds))


SCORES = made(lambda X, y, lr: X * lr, ("X", "y", "lr"))
ROWS = made(lambda X, y, lr: X.sum(axis=1) * y, ("X", "y", "lr"))
SHARES = made(lambda X, y, lr: y, ("X", "y", "lr"))
LOSS = made(lambda X, y, lr: float(np.mean(y**2)), ("X", "y", "lr"))
STEP = made(lambda X, y, lr: y - lr * X[:, 0], ("X", "y", "lr"))


COUNT = made(lambda sizes: sizes[0] * sizes[1] + sizes[1], ("sizes",), instances=lambda rng: [
    (tuple(rng.integers(2, 9, size=2).tolist()),) for _ in range(4)])


def test_a_whole_number_that_has_no_say_is_named():
    """Of a count no other response tells anything: many stay as they are by chance."""
    found = response(evidence(COUNT, lambda sizes: sizes[1] * sizes[1] + sizes[1]))
    assert found.message.startswith("Whatever sizes[0] is, yours stays as it is, and the right answer does not.")
    assert response(evidence(COUNT, lambda sizes: 2 * sizes[0] * sizes[1])) is None
    steps = made(lambda n: 0.5 ** n, ("n",), instances=lambda rng: [(n,) for n in (1, 2, 3, 4)])
    assert response(evidence(steps, lambda n: 0.3)).message == (
        "Add 1 to n: the right answer becomes half, yours stays as it is.")


def test_a_net_set_by_hand_fails_on_a_sample():
    by_hand = made({"w": np.array([1.0, 2.0])}, ("X",), kind="value", call=lambda answer, X: X @ answer["w"],
                   instances=lambda rng: [(np.array([[0.0, 1.0], [2.5, 1.0]]),)])
    found = largest_difference(evidence(by_hand, {"w": np.array([1.0, 1.0])}))
    assert found.message == "The answer is 1 for the sample (0, 1), expected 2."


# --- relations between what came and what is wanted ---


@pytest.mark.parametrize("exercise, answer, words", [
    (SCORES, lambda X, y, lr: (X * lr) ** 2, "is the square of what is expected"),
    (SCORES, lambda X, y, lr: np.abs(X * lr), "no sign"),
    (SCORES, lambda X, y, lr: np.maximum(X * lr, 0), "0 where a negative one is"),
    (SCORES, lambda X, y, lr: (X * lr).T, "transposed"),
    (SCORES, lambda X, y, lr: (X * lr)[::-1], "reverse order from row to row"),
    (SCORES, lambda X, y, lr: np.cumsum(X * lr, axis=1), "running sum of what is expected along each row"),
    (SCORES, lambda X, y, lr: (X * lr).sum(axis=0), "the sum of what is expected over the rows"),
    (SCORES, lambda X, y, lr: X * lr + 0.25, "too large by 0.25 everywhere"),
    (SCORES, lambda X, y, lr: X * lr - len(X), "too small by the number of samples of X everywhere"),
    (SCORES, lambda X, y, lr: X, "the right one divided by lr"),
    (SCORES, lambda X, y, lr: (X * lr)[:-1], "lacks the last row"),
    (SCORES, lambda X, y, lr: np.vstack([X[:1], X * lr]), "one row too many, the first"),
    (SCORES, lambda X, y, lr: np.broadcast_to((X * lr)[:1], X.shape), "repeats one row, the first"),
    (SCORES, lambda X, y, lr: np.zeros(X.shape), "is 0 on every input"),
    (SCORES, lambda X, y, lr: np.full(X.shape, X[0, 0]**3 + lr), "the same number in every entry"),
    (ROWS, lambda X, y, lr: X * y[:, None], "the sum of yours over the columns is what is expected"),
    (ROWS, lambda X, y, lr: X.sum(axis=1), "yours times y is what is expected"),
    (ROWS, lambda X, y, lr: (X.sum(axis=1) * y)[:, None], "the right numbers in another shape"),
    (ROWS, lambda X, y, lr: np.sort(X.sum(axis=1) * y), "in increasing order"),
    (SHARES, lambda X, y, lr: 1 - y, "1 minus what is expected"),
    (SHARES, lambda X, y, lr: np.log(y), "the logarithm of what is expected"),
    (SHARES, lambda X, y, lr: np.log(y / (1 - y)), "the sigmoid of yours is what is expected"),
    (SHARES, lambda X, y, lr: 1 / y, "1 over what is expected"),
    (LOSS, lambda X, y, lr: float(np.sqrt(np.mean(y**2))), "the square root of what is expected"),
    (LOSS, lambda X, y, lr: len(y), "is the number of samples of X on every input"),
    (STEP, lambda X, y, lr: y + lr * X[:, 0], "in the opposite direction"),
    (STEP, lambda X, y, lr: y - X[:, 0], "what is added to y: times lr"),
    (STEP, lambda X, y, lr: y - 3.5 * lr * X[:, 0], "off by one constant factor in what is added to y: 3.5"),
    (STEP, lambda X, y, lr: -lr * X[:, 0], "lacks y: yours plus y is what is expected"),
])
def test_a_relation_that_holds_on_all_inputs_is_said(exercise, answer, words):
    seen = evidence(exercise, answer)
    found = off_by_a_factor(seen) or relation(seen)
    assert found is not None and words in found.message, found


@pytest.mark.parametrize("answer", [
    lambda X, y, lr: np.where(X > 0, (X * lr) ** 2, X * lr),  # only in some entries
    lambda X, y, lr: X * lr + X**3,
    lambda X, y, lr: (X * lr) ** 2 if len(X) == 2 else X * lr * 1.5,  # only on one input
])
def test_no_relation_is_said_that_holds_in_part(answer):
    seen = evidence(SCORES, answer)
    assert relation(seen) is None and off_by_a_factor(seen) is None


def test_what_is_wrong_only_where_it_is_tiny_is_no_multiple_and_no_other_order():
    tails = made(lambda X, y, lr: np.exp(40 * X), ("X", "y", "lr"), atol=1e-300)
    seen = evidence(tails, lambda X, y, lr: np.maximum(np.exp(40 * X), 1e-12))
    assert off_by_a_factor(seen) is None and relation(seen) is None and other_arguments(seen) is None


def test_truth_values_fit_too_many_relations():
    """Of 0 and 1 the square is the number itself, and 1 minus them is the other one."""
    signs = made(lambda X, y, lr: (X > 0) * 1.0, ("X", "y", "lr"))
    assert relation(evidence(signs, lambda X, y, lr: (X > 0) * 1.0 + (X > 1))) is None


def test_a_value_is_not_given_away_by_a_relation():
    value = Exercise(id="99.2", title="w", kind="value", reference=np.array([1.0, 2.0, 5.0]), mistakes=(), hints=HINTS,
                     instances=lambda rng: [()])
    seen = evidence(value, np.array([1.0, 4.0, 25.0]))
    assert relation(seen) is None and off_by_a_factor(seen) is None


@pytest.mark.parametrize("factor, words", [
    (lambda X, lr: lr, "the right one times lr"), (lambda X, lr: 1 / lr, "the right one divided by lr"),
    (lambda X, lr: len(X) ** 0.5, "the square root of the number of samples of X"),
    (lambda X, lr: X.size, "too large by the number of all entries of X"),
    (lambda X, lr: 2 / len(X), "the right one divided by the number of samples of X, times two"),
])
def test_a_factor_that_follows_the_input(factor, words):
    seen = evidence(ROWS, lambda X, y, lr: factor(X, lr) * X.sum(axis=1) * y)
    assert words in off_by_a_factor(seen).message


def test_an_output_beside_a_broken_one_is_compared_all_the_same():
    two = made(lambda X, y, lr: (X * lr, y), ("X", "y", "lr"), outputs=("first", "second"))
    assert "first is off by one constant factor everywhere: 2" in off_by_a_factor(
        evidence(two, lambda X, y, lr: (2 * X * lr, y**3))).message


# --- answers that are right for other arguments ---


@pytest.mark.parametrize("answer, words", [
    (lambda X, y, lr: np.tanh(X @ X.T * lr**2), "with the square of lr in place of lr"),
    (lambda X, y, lr: np.tanh(X @ X.T), "with 1 in place of lr"),
    (lambda X, y, lr: np.tanh(np.abs(X) @ np.abs(X).T * lr), "with the sizes of X in place of X"),
])
def test_an_argument_that_enters_otherwise_is_named(answer, words):
    product = made(lambda X, y, lr: np.tanh(X @ X.T * lr), ("X", "y", "lr"))
    assert words in other_arguments(evidence(product, answer)).message
    assert other_arguments(evidence(product, lambda X, y, lr: np.tanh(X @ X.T * lr) + X[0, 0])) is None


def test_what_the_reference_gives_is_worked_out_once_and_fails_silently():
    def careful(X, y, lr):
        if lr <= 0:
            raise ValueError("a rate is positive")
        return X * lr

    exercise = made(careful, ("X", "y", "lr"))
    known = expect(exercise, tuple(exercise.instances(np.random.default_rng(0))))
    found = references(exercise, known, 0)
    assert found is references(exercise, known, 0)
    words = [alteration.words for alteration, _ in found]
    assert "with 2 lr in place of lr" in words and "with -lr in place of lr" not in words
    assert all(apply(alteration, known.instances[0]) is not None for alteration, _ in found)


# --- responses to changed inputs ---


@pytest.mark.parametrize("answer, words", [
    (lambda X, y, lr: float(np.sum(y**2)), "Give every sample twice: the right answer stays as it is, yours doubles"),
    (lambda X, y, lr: float(np.mean(np.abs(y))), "Double y: the right answer becomes four times as large, yours "
                                                 "doubles"),
    (lambda X, y, lr: float(np.mean(y**2) + lr), "Add 1 to lr: the right answer stays as it is, yours rises by 1"),
])
def test_two_responses_are_put_side_by_side(answer, words):
    assert words in response(evidence(LOSS, answer)).message


def test_an_argument_without_effect_is_said():
    scaled = made(lambda X, y, lr: np.tanh(X[:, 0] + lr), ("X", "y", "lr"))
    text = response(evidence(scaled, lambda X, y, lr: np.tanh(X[:, 0] + 0.7))).message
    assert text.startswith("Whatever lr is, yours stays as it is, and the right answer does not.")


def test_an_argument_that_counts_in_one_mode_alone():
    def kept(rng):
        return [(rng.normal(size=(n, 3)), rate, train) for n, rate in ((2, 0.5), (4, 0.2)) for train in (True, False)]

    scaled = made(lambda X, rate, train: X / (1 - rate) if train else X, ("X", "rate", "train"), instances=kept)
    text = response(evidence(scaled, lambda X, rate, train: 1.7 * X if train else X)).message
    assert text == ("Whatever rate is, yours stays as it is, and the right answer does not, where yours is wrong. "
                    "Where does rate enter?")


def test_rows_that_are_mixed_are_said():
    def softmax(X, y, lr):
        return np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)

    shares = made(softmax, ("X", "y", "lr"))
    text = response(evidence(shares, lambda X, y, lr: np.exp(X) / np.exp(X).sum())).message
    assert text == ("Give every sample twice: the right answer has its rows twice, yours has its rows twice, each half "
                    "as large.")
    scaled = made(lambda X, y, lr: X - X.mean(axis=0), ("X", "y", "lr"))
    text = response(evidence(scaled, lambda X, y, lr: X - X.mean())).message
    assert text == ("Add 1 to the first column of X: the right answer stays as it is, yours changes.")


def test_below_0_nothing_is_asked_of_a_spread():
    """The right answer turns its sign with lr and this one does not: lr is never below 0."""
    assert "Turn the sign" not in (response(evidence(SCORES, lambda X, y, lr: X * abs(lr) + 1)) or [0, ""])[1]
    even = made(lambda X, y, lr: X * lr**2, ("X", "y", "lr"))
    assert "Turn the sign of lr: the right answer stays as it is, yours changes" in response(
        evidence(even, lambda X, y, lr: X * (lr**2 + lr))).message


def test_rows_of_a_symmetric_matrix_are_no_samples_and_none_is_changed_alone():
    def drawn(rng):
        return [(a + a.T,) for a in (rng.normal(size=(n, n)) for n in (2, 3, 4))]

    trace = made(np.trace, ("H",), instances=drawn)
    done = {probe.do for probe in probes(trace, tuple(drawn(np.random.default_rng(0))))}
    assert done == {"Add 1 to H", "Double H", "Turn the sign of H", "Put 0 in place of H",
                    "Double all entries of H but those on its diagonal"}
    square_by_chance = made(np.trace, ("X",), instances=lambda rng: [(rng.normal(size=(n, 3)),) for n in (3, 4)])
    assert not any("diagonal" in probe.do for probe in probes(square_by_chance, tuple(
        square_by_chance.instances(np.random.default_rng(0)))))


def test_what_is_off_the_diagonal_is_changed_together():
    """Of the slope of x^T A x the answer knows the squares alone."""
    slope = made(lambda A, x: (A + A.T) @ x, ("A", "x"), instances=lambda rng: [
        (rng.normal(size=(n, n)), rng.normal(size=n)) for n in (2, 3, 4)])
    found = response(evidence(slope, lambda A, x: 2 * np.diag(A) * x))
    assert found.message.startswith("Double all entries of A but those on its diagonal: the right answer changes")


def test_what_is_right_on_an_edge_of_one_input_alone_is_not_told():
    """The one row that is left of the first input is all zeros, so that nothing of it is wrong."""
    def drawn(rng):
        return [(np.array([[0.0, 0.0], [1.0, 2.0]]), 1.0, 0.5), *((rng.normal(size=(n, 2)), 1.0, 0.5) for n in (3, 4))]

    sums = made(lambda X, y, lr: X @ np.ones(2) * lr, ("X", "y", "lr"), instances=drawn,
                contract=Contract({"X": "N."}, whole="", zero="X"))
    given = drawn(np.random.default_rng(7))
    sums = replace(sums, instances=lambda rng: [*given, *boundary(sums, given)])
    seen = evidence(sums, lambda X, y, lr: X @ np.ones(2) * (lr + 1))
    assert [getattr(each, "label", "") for each in seen.known.instances[3:]] == ["one sample", "nothing but 0 in X"]
    assert where_wrong(seen) == " Right on 2 of 5 inputs; right where: nothing but 0 in X."


def test_what_is_symmetric_but_for_rounding_is_symmetric():
    def drawn(rng):
        return [(a @ np.diag(np.arange(n) + 1.1) @ a.T,) for n in (2, 3, 4, 5) for a in [rng.normal(size=(n, n))]]

    middle = made(lambda H: float(np.linalg.eigvalsh(H).mean()), ("H",), instances=drawn)
    seen = evidence(middle, lambda H: float(np.median(np.linalg.eigvalsh(H))))
    assert "symmetric" not in where_wrong(seen)


def test_the_number_of_axes_is_told_where_it_decides():
    def drawn(rng):
        return [(rng.normal(size=shape),) for shape in ((3,), (2,), (2, 3), (3, 2))]

    entries = made(lambda x: x + 1.0, ("x",), instances=drawn)
    seen = evidence(entries, lambda x: x + (1.0 if x.ndim == 1 else 2.0))
    assert where_wrong(seen) == " Right on 2 of 4 inputs: those with one axis in x."


def test_labels_of_every_class_are_told():
    labels = made(lambda y: np.eye(6)[y], ("y",), instances=lambda rng: [(np.array(y),) for y in (
        [0, 2, 1], [2, 0], [1, 3], [1, 0, 0, 1])])
    seen = evidence(labels, lambda y: np.eye(6)[np.unique(y, return_inverse=True)[1]])
    assert where_wrong(seen) == " Right on 2 of 4 inputs: those with every number from 0 to the largest in y."


def test_a_label_is_told_only_where_inputs_without_one_are_right():
    def drawn(rng):
        return [case("a tie", np.array([1.0, 1.0])), (np.array([1.0, 2.0]),), (np.array([3.0, 5.0]),)]

    largest = made(lambda x: x.max(), ("x",), instances=drawn)
    assert evidence(largest, lambda x: x.max() + 1).where == ", for x (2)"
    assert evidence(largest, lambda x: x.max() + (x[0] == x[1])).where == ", for a tie: x (2)"


def test_a_mistake_in_one_output_says_nothing_of_another():
    pair = made(lambda X, y, lr: (X.sum(), X.max()), ("X", "y", "lr"), outputs=("dx", "dw"), mistakes=(
        Mistake("A", lambda X, y, lr: (X.sum() + 1, X.max() + 1), "dx: too large by 1, in dw too. Why?"),))
    assert mistake_in_one_output(evidence(pair, lambda X, y, lr: (X.sum() + 1, X.max()))).message == (
        "dx: too large by 1. Why?")


def test_many_numbers_on_one_side_are_told():
    seen = evidence(SCORES, lambda X, y, lr: np.maximum(X * lr, np.roll(X * lr, 1)))
    assert which_entries(seen) == " Wherever it is wrong it is too large."


def test_a_common_beginning_of_outputs_is_said_once():
    versions = made(lambda X, y, lr: (True, True, False), ("X", "y", "lr"), outputs=tuple(
        f"Your verdict on the version {name}" for name in ("'a'", "'b'", "'c'")))
    assert which_right(evidence(versions, lambda X, y, lr: (True, True, True))) == (
        " Your verdict on the version 'a', 'b' is right on every input.")


@pytest.mark.parametrize("answer, words", [
    (lambda X: np.exp(X) / np.exp(X).max(axis=1, keepdims=True), "has a row that adds up to"),
    (lambda X: np.exp(X) / np.exp(X).sum(axis=1, keepdims=True) - 0.1 * (X < -0.4), "has a row that adds up to"),
    (lambda X: -np.exp(X) / np.exp(X).sum(axis=1, keepdims=True) * (1 + X), "has a row that adds up to"),
])
def test_a_property_that_all_right_results_have_is_missed(answer, words):
    def drawn(rng):
        return [(rng.normal(size=shape),) for shape in ((2, 3), (4, 2), (3, 3), (5, 4))]

    shares = made(lambda X: np.exp(X) / np.exp(X).sum(axis=1, keepdims=True), ("X",), instances=drawn)
    assert words in lost_property(evidence(shares, answer)).message
    assert lost_property(evidence(shares, lambda X: np.exp(-X) / np.exp(-X).sum(axis=1, keepdims=True))) is None
    assert lost_property(evidence(SCORES, lambda X, y, lr: X)) is None


def test_a_number_that_hardly_differs_is_not_explained_by_a_wrong_axis():
    told = replace(SCORES, reminders={"value": "every column by itself"})
    assert "nearly right" in largest_difference(evidence(told, lambda X, y, lr: X * lr + 1e-6 * X)).message
    assert largest_difference(evidence(told, lambda X, y, lr: X)).message.endswith("every column by itself.")


def test_an_empty_list_and_work_without_end_are_called_so():
    lists = made(lambda X, y, lr: ([1.0, 2.0], 3.0), ("X", "y", "lr"), outputs=("parts", "sum"))
    assert "parts is empty, expected 2 parts" in wrong_part(evidence(lists, lambda X, y, lr: ([], 3.0))).message
    assert "or a list that grows" in ENDLESS


def test_what_is_expected_where_the_answer_is_wrong_is_said():
    def drawn(rng):
        return [(float(v),) for v in (1, 2, -3, -4, 5)]

    first = made(lambda v: max(v, 0.0), ("v",), instances=drawn)
    assert where_wrong(evidence(first, lambda v: v)) in (
        " Right on 3 of 5 inputs: those with v above 0.", " Right on 3 of 5 inputs; wrong exactly where 0 is expected.")


PARTS = made(lambda X, order, n: (X[order[:n]], X[order[n:]]), ("X", "order", "n"), outputs=("first", "rest"),
             instances=lambda rng: [(rng.normal(size=(n, 2)), np.roll(np.arange(n)[::-1], 1), 2) for n in (5, 4, 7)])


def test_numbers_of_samples_are_not_repeated_with_them():
    done = [{probe.do for probe in probes(each, tuple(each.instances(np.random.default_rng(0))))}
            for each in (PARTS, LOSS)]
    assert ["Give every sample twice" in changes for changes in done] == [False, True]


def test_rows_of_an_argument_are_named_by_their_numbers():
    found = other_rows(evidence(PARTS, lambda X, order, n: (X[1:n + 1], X[order[n:]])))
    assert found.message == "first holds rows 1 and 2 of X, expected rows 0 and 4, for X (5, 2), order (5), n = 2."
    assert other_rows(evidence(PARTS, lambda X, order, n: (2 * X[:n], X[order[n:]]))) is None
    assert other_rows(evidence(SCORES, lambda X, y, lr: X)) is None  # the right ones are no rows of X
    assert rows_of(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[3.0, 4.0], [3.0, 4.0]])) == [1, 1]
    assert rows_of(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 1.0]])) is None


def test_where_all_outputs_are_wrong_a_whole_number_is_told_first():
    best = made(lambda X, y, lr: (X[0], len(X)), ("X", "y", "lr"), outputs=("row", "number"))
    assert largest_difference(evidence(best, lambda X, y, lr: (X[1], len(X) + 3))).message.startswith(
        "number is 5, expected 2")
    assert largest_difference(evidence(best, lambda X, y, lr: (X[1], len(X)))).message.startswith("row is ")


def test_of_a_list_of_arrays_the_first_that_is_wrong_is_told():
    layers = made(lambda X, y, lr: ([X, X.T], y), ("X", "y", "lr"), outputs=("weights", "biases"))
    assert largest_difference(evidence(layers, lambda X, y, lr: ([X, X], y))).message.startswith(
        "weights[1] has shape (2, 3), expected (3, 2), for X (2, 3)")
    assert largest_difference(evidence(layers, lambda X, y, lr: ([X, X.T + (X.T == X[0, 0])], y))).message.startswith(
        "weights[1] is ")


@pytest.mark.parametrize("line, name, added", [
    ("return math.sqrt(x)", "math", ": `import math` is missing at the top of the cell"),
    ("return np.sqrt(x)", "np", ": `import numpy as np` is missing at the top of the cell"),
    ("return math + 1", "math", ""), ("return total.sum()", "total", ""),
])
def test_a_module_that_was_not_imported_is_told(line, name, added):
    failed = Outcome(error="NameError", message=f"name '{name}' is not defined", line=line, line_number=2)
    assert error_message(failed, "") == (f"Your code raised NameError: name '{name}' is not defined{added}. The line: "
                                         f"`{line}` (line 2 of the cell).")


def test_without_calls_there_is_no_response_and_no_call():
    seen = evidence(LOSS, lambda X, y, lr: float(np.sum(y**2)))
    assert response(replace(seen, again=None)) is None
    assert all(len(probe.instance) == 3 for probe in probes(LOSS, seen.known.instances))


def test_changed_inputs_stand_under_the_same_protection():
    calls = []

    def hostile(X, y, lr):
        calls.append(lr)
        if len(calls) > 4:
            raise SystemExit
        return float(np.sum(y**2))

    assert response(evidence(LOSS, hostile)) is None and len(calls) > 4


@pytest.mark.parametrize("new, words", [
    ([2.0, 4.0], "doubles"), ([1.0, 2.0], "stays as it is"), ([-1.0, -2.0], "changes its sign"),
    ([2.0, 3.0], "rises by 1"),
    ([2.0, 1.0], "has its rows in reverse order"), ([1.0, 2.0, 1.0, 2.0], "has its rows twice"),
])
def test_words_for_a_change(new, words):
    assert words in words_for(np.array([1.0, 2.0]), np.array(new))


# --- labelled instances ---


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _whole(z):
    return np.exp(z - z.max()) / np.exp(z - z.max()).sum()


LABELLED = made(_softmax, ("z",), mistakes=(Mistake("SMX-1", _whole, "Each row is a distribution of its own."),),
                instances=lambda rng: [(rng.normal(size=(2, 3)),), (rng.normal(size=(4, 2)),),
                                       case("large scores", np.array([[800.0, 900.0], [1.0, 2.0]]))])


def test_a_mistake_is_matched_on_plain_inputs_alone():
    def naive(z):
        with np.errstate(all="ignore"):
            return np.exp(z) / np.exp(z).sum()  # the same slip, and NaN for large scores

    seen = evidence(LABELLED, naive)
    assert np.isnan(seen.outcomes[-1].value).any()
    assert mistake_on_plain_inputs(seen).mistake == "SMX-1"
    assert judge(LABELLED, seen.outcomes, seen.known).mistake == "SMX-1"


def test_a_mistake_with_one_value_of_a_text_is_named_whatever_happens_with_the_others():
    def drawn(rng):
        return [(rng.normal(size=n), mode) for n in (2, 3, 4) for mode in ("one", "two", "three")]

    def times(**factors):
        return lambda x, mode: x * ({"one": 1.0, "two": 2.0, "three": 3.0} | factors)[mode]

    modes = made(times(), ("x", "mode"), instances=drawn, mistakes=(
        Mistake("A", times(two=2.5), "two: too large."), Mistake("B", times(one=0.0, two=0.0), "Nothing is left.")))
    assert mistake_for_one_text(evidence(modes, times(two=2.5, three=7.0))).mistake == "A"
    assert mistake_for_one_text(evidence(modes, times(two=0.0, three=7.0))) is None  # B is wrong with "one" as well
    assert mistake_for_one_text(evidence(modes, times(one=5.0))) is None


def test_a_mistake_that_is_right_on_the_edge_where_the_pattern_is_wrong_is_not_named():
    assert mistake_on_plain_inputs(evidence(LABELLED, lambda z: _whole(z) if z.max() < 100 else _softmax(z))) is None
    assert mistake_on_plain_inputs(evidence(LABELLED, lambda z: _softmax(z) ** 2)) is None
    assert mistake_on_plain_inputs(evidence(ROWS, lambda X, y, lr: y)) is None


def test_a_mistake_that_is_the_same_on_plain_inputs_by_chance_is_not_named():
    def drawn(rng):
        return [(np.array([-1.0, 2.0]),), (np.array([3.0, -4.0]),), case("nothing", np.zeros(2))]

    signed = made(lambda x: x, ("x",), instances=drawn, mistakes=(Mistake("A", np.abs, "The sign is lost."),))
    assert mistake_on_plain_inputs(evidence(signed, lambda x: np.abs(x) if x.any() else x + 5)).mistake == "A"
    known = (2.0, 4.0)  # on all inputs that are made of these it is something else
    assert mistake_on_plain_inputs(evidence(signed, lambda x: np.abs(x) if x.max() in known or -x.min() in known
                                            else x**2 + 5)) is None


def test_of_mistakes_with_the_same_truth_value_the_nearest_is_named():
    graded = made(lambda X, y, lr: (False, X.min(), X.mean()), ("X", "y", "lr"), outputs=("same", "end", "mean"),
                  mistakes=(Mistake("A", lambda X, y, lr: (True, 0.0, X.mean()), "same: all is 0."),
                            Mistake("B", lambda X, y, lr: (True, X.max(), X.mean()), "same: the other end.")))
    assert mistake_in_one_output(evidence(graded, lambda X, y, lr: (True, X.max(), 7.0))).mistake == "B"


def test_a_mistake_that_does_no_harm_on_one_input_is_named_by_the_others():
    def drawn(rng):
        return [(rng.normal(size=n), n) for n in (3, 4, 5, 1)]

    def summed(start):
        return lambda x, n: x.sum() / n + (1.5 if start else 0.0) * x[0]

    shares = made(summed(False), ("x", "n"), instances=drawn, mistakes=(
        Mistake("A", summed(True), "Right where n is 1, but the first counts too much."),))
    seen = evidence(shares, lambda x, n: summed(n > 1)(x, n))
    assert mistake_where_wrong(seen).message == "The first counts too much."
    assert judge(shares, seen.outcomes, seen.known).by == "mistake_where_wrong"
    assert mistake_where_wrong(evidence(shares, lambda x, n: summed(n > 3)(x, n))) is None  # made in part only
    assert mistake_where_wrong(evidence(shares, lambda x, n: summed(n > 1)(x, n) + (n == 5))) is None


def test_a_mistake_that_is_made_in_one_mode_of_two_is_not_named():
    def drawn(rng):
        return [(rng.normal(size=3), train) for train in (True, True, True, False)]

    modes = made(lambda x, train: x / 2 if train else x, ("x", "train"), instances=drawn, mistakes=(
        Mistake("A", lambda x, train: x if train else x / 2, "Training and test are exchanged."),))
    assert mistake_where_wrong(evidence(modes, lambda x, train: x)) is None


# --- which outputs, inputs and entries ---


BACK = made(lambda X, y, lr: (X.T @ y * lr, y.sum() * lr, y * lr, lr), ("X", "y", "lr"),
            outputs=("dW1", "db1", "dW2", "db2"), backward=True)


def test_the_first_wrong_output_in_order_of_computation_is_spoken_of():
    seen = evidence(BACK, lambda X, y, lr: (np.ones(X.shape[1]), y.sum() + X.sum(), y * lr, lr))
    assert first_wrong(seen).name == "db1" and [c.name for c in columns(seen)] == ["db2", "dW2", "db1", "dW1"]
    assert which_right(seen) == " db2, dW2 are right on every input, db1, dW1 are not: a fault lies between."
    assert judge(BACK, seen.outcomes, seen.known).message.startswith("db1 is ")
    forward = replace(BACK, backward=False)
    assert which_right(replace(seen, exercise=forward)) == " dW2, db2 are right on every input."


def test_of_inputs_that_gave_nothing_no_output_is_called_right():
    def answer(X, y, lr, most):
        return (np.ones(X.shape[1]), y.sum() * lr, y * lr, lr) if len(X) <= most else 1 / 0

    late, soon = (evidence(BACK, partial(answer, most=most)) for most in (4, 1))
    assert which_right(late).startswith(" db2, dW2, db1 are right wherever a result came, dW1 is not")
    assert which_right(soon) == ""


def test_a_right_result_of_a_call_that_changes_its_arguments_is_right_on_every_input():
    def answer(X, y, lr):
        if len(y) > 2:
            y *= 1.0 + lr
        return X * lr

    seen = evidence(SCORES, answer)
    assert judge(SCORES, seen.outcomes, seen.known).message.endswith(
        "the call has changed y, which belongs to the caller.")


def test_a_result_that_is_right_here_alone_is_not_called_right():
    def answer(X, y, lr):
        y *= 2
        return X * lr + (len(y) > 2)

    seen = evidence(SCORES, answer)
    assert "The result is right here, but the call has changed y" in judge(SCORES, seen.outcomes, seen.known).message


def test_no_tolerance_holds_between_whole_numbers():
    assert same_value(100.0, 101.0, 0.03, 0) and same_value(100, 101.0, 0.03, 0)
    assert not same_value(100, 101, 0.03, 0) and same_value(np.array([3, 4]), np.array([3, 4], dtype="u1"), 0.03, 0)
    assert not same_value(np.array([3]), np.array([3, 3]), 0.03, 0) and not same_value(10**20, 1, 0.03, 0)


def test_an_array_that_is_computed_backward_is_read_backward():
    graph = registry.get("4.17")
    known = expected(graph)

    def slip(v1, v2):
        right = graph.reference(v1, v2)
        return right + np.array([9.0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0])

    assert "[4] is wrong first: it is " in judge(graph, collect(graph, slip, known.instances), known).message


def test_what_the_right_inputs_share_is_said():
    def first_row(X, y, lr):
        return X[:, 0] * lr if lr < 1 else X[:, 0]

    seen = evidence(made(lambda X, y, lr: X[:, 0] * lr, ("X", "y", "lr"), instances=lambda rng: [
        (rng.normal(size=(n, 2)), None, lr) for n, lr in ((1, 0.5), (1, 0.3), (3, 0.25), (2, 0.75))]),
        lambda X, y, lr: X[0, 0] * lr + 0 * X[:, 0])
    assert where_wrong(seen) == " Right on 2 of 4 inputs: those with one row in X."
    assert where_wrong(evidence(SCORES, lambda X, y, lr: X + 1)) == ""


def test_a_text_that_the_right_inputs_share_is_said_and_a_number_in_a_tuple():
    kinds = made(lambda kind, sizes: 2.0 * sizes[0], ("kind", "sizes"), instances=lambda rng: [
        (kind, (n, k)) for n, (kind, k) in enumerate([("a", 1), ("b", 3), ("c", 1), ("b", 1)], 1)])
    seen = evidence(kinds, lambda kind, sizes: 2.0 * sizes[0] + (kind == "b"))
    assert where_wrong(seen) == " Right on 2 of 4 inputs: those with kind = 'a' or 'c'."
    seen = evidence(kinds, lambda kind, sizes: 2.0 * sizes[0] + (sizes[1] != 1))
    assert where_wrong(seen) == " Right on 3 of 4 inputs: those with sizes[1] = 1."
    seen = evidence(kinds, lambda kind, sizes: 2.0 * sizes[0] + (sizes[1] == 1))  # a single one has some such part
    assert where_wrong(seen) == " Right on 1 of 4 inputs."


def test_with_other_modes_it_may_be_right_in_special_cases():
    def drawn(rng):
        return [(mode, x) for x in (2.0, 3.0) for mode in ("a", "b", "c")] + [case("x = 0", "b", 0.0)]

    modes = made(lambda mode, x: x * ord(mode), ("mode", "x"), instances=drawn)
    seen = evidence(modes, lambda mode, x: x * ord("a"))
    assert where_wrong(seen) == " Right on 3 of 7 inputs: those with mode = 'a', with 'b' or 'c' in special cases only."
    seen = evidence(modes, lambda mode, x: x * ord(mode) + (mode == "c"))
    assert where_wrong(seen) == " Right on 5 of 7 inputs: those with mode = 'a' or 'b'."
    switch = made(lambda train, x: x * (1 + train), ("train", "x"), instances=lambda rng: [
        (train, x) for x in (2.0, 3.0) for train in (True, False)])
    assert where_wrong(evidence(switch, lambda train, x: x)) == " Right on 2 of 4 inputs: those with train = False."


def test_of_one_input_with_more_than_one_oddity_nothing_is_said():
    def drawn(rng):
        return [(rng.normal(size=(n, 3)), 1.0, 0.5) for n in (2, 3, 4)] + [case("one row and lr = 2",
                                                                                np.ones((1, 3)), 1.0, 2.0)]

    odd = made(lambda X, y, lr: X * lr, ("X", "y", "lr"), instances=drawn)
    assert where_wrong(evidence(odd, lambda X, y, lr: 2 * X)) == " Right on 1 of 4 inputs."
    edge = drawn(np.random.default_rng(0))
    edge[-1].edge = True  # there one thing alone is changed
    odd = replace(odd, instances=lambda rng: edge)
    assert where_wrong(evidence(odd, lambda X, y, lr: 2 * X)) == " Right on 1 of 4 inputs: those with one row in X."


def test_a_size_makes_nothing_right_where_another_input_of_that_size_is_wrong():
    def drawn(rng):
        return [(np.array([2.0, 3.0]),), (np.array([4.0]),), case("one entry", np.array([1.0])),
                case("all 1", np.ones(2)), case("nothing but 0", np.zeros(2))]

    squares = made(lambda x: x**2, ("x",), instances=drawn)
    assert where_wrong(evidence(squares, lambda x: x)) == (
        " Right on 3 of 5 inputs; right where: all 1, nothing but 0.")


@pytest.mark.parametrize("answer, words", [
    (lambda X, y, lr: np.where(X < 0, X, X * lr), "where X is below 0"),
    (lambda X, y, lr: np.where(np.eye(*X.shape) > 0, X * lr, 7.0 + X), "off the diagonal"),
    (lambda X, y, lr: np.column_stack([X[:, :1] * lr, X[:, 1:] ** 3]), "in all columns but the first"),
])
def test_a_rule_for_the_wrong_entries_is_said(answer, words):
    assert which_entries(evidence(SCORES, answer)) == f" It is wrong exactly {words}."


def test_entries_that_were_never_filled_are_right_by_chance_where_0_is_expected():
    tables = made(lambda X, y, lr: X, ("X", "y", "lr"), instances=lambda rng: [
        (np.array([[1.0, 2.0, 0.0], [3.0, 1.0, 4.0], [0.0, 4.0, 1.0]]), np.zeros(3), 1.0)])
    assert which_entries(evidence(tables, lambda X, y, lr: np.triu(X))) == (
        " It is wrong below the diagonal, and nowhere else.")


def test_classes_that_are_taken_one_for_the_other_are_told():
    yes = made(lambda X, y, lr: (X > 0).astype(int), ("X", "y", "lr"))
    assert which_entries(evidence(yes, lambda X, y, lr: (X > 0.5).astype(int))).endswith(
        " Wherever it is wrong it is 0, and 1 is expected.")
    assert which_entries(evidence(yes, lambda X, y, lr: (X**2 > 0.5).astype(int))) == ""


def test_a_rule_that_an_edge_contradicts_is_none():
    plain, edge = np.array([[1.0, 0.0], [0.0, -2.0]]), np.array([[0.0, 3.0], [0.0, 0.0]])
    tables = made(lambda X: 1.0 * X, ("X",), instances=lambda rng: [(plain,), case("edge", edge)])
    assert which_entries(evidence(tables, lambda X: 2 * X)) == " It is wrong exactly where X is not 0."
    assert which_entries(evidence(tables, lambda X: 2 * X + (X.max() == 3))) == ""


def test_inputs_that_a_time_out_left_untried_are_not_counted():
    known = expect(SCORES, tuple(SCORES.instances(np.random.default_rng(7))))
    outcomes = collect(SCORES, SCORES.reference, known.instances)
    outcomes[2:] = [Outcome(timed_out=True)] * len(outcomes[2:])
    assert len(outcomes) > 3
    assert where_wrong(Evidence(SCORES, outcomes, known, 2)) == " Right on 2 of 3 inputs that were tried."


def test_a_place_that_is_wrong_on_plain_inputs_is_said_though_in_special_cases_others_are():
    def drawn(rng):
        return [(rng.normal(size=n), 1.0, 0.5) for n in (3, 4)] + [case("all alike", np.ones(3), 1.0, 0.5)]

    rows = made(lambda X, y, lr: X * lr, ("X", "y", "lr"), instances=drawn)
    wrong = evidence(rows, lambda X, y, lr: X * lr + (np.arange(len(X)) == 0 if np.ptp(X) else 1.0))
    assert which_entries(wrong) == " It is wrong exactly in the first entry, special cases aside."


def test_no_rule_for_entries_that_are_wrong_by_no_rule():
    assert which_entries(evidence(SCORES, lambda X, y, lr: np.where(X > 0.3, X, X * lr))) == ""


def test_results_in_another_order_are_seen_whatever_their_number():
    deep = registry.get("4.22")
    known = expected(deep)

    def reversed_lists(*arguments):
        dWs, dbs = deep.reference(*arguments)
        return dWs[::-1], dbs[::-1]

    outcomes = collect(deep, reversed_lists, known.instances)
    verdict = judge(deep, outcomes, known)
    assert verdict.by == "exchanged_results" and "What is expected as dW1 comes as number 3" in verdict.message
    assert exchanged_results(evidence(BACK, lambda X, y, lr: (y * lr, lr, X.T @ y * lr, 0.0))) is None


# --- several entries ---


def test_statements_cannot_be_found_by_clicking():
    quiz = registry.get("2.30")
    known, right = expected(quiz), dict(quiz.reference)

    def verdict(*wrong):
        answer = right | {key: not right[key] for key in wrong}
        return judge(quiz, collect(quiz, answer, known.instances), known)

    one, three = verdict("c"), verdict("c", "f", "h")
    assert one.message.startswith("1 of 16 statements is judged wrongly. ") and one.wrong == 1
    assert three.message.startswith("3 of 16 statements are judged wrongly. ") and three.wrong == 3
    for said in (one, three):
        assert "statement c" not in said.message and said.pointer and said.message.endswith(said.pointer)
    assert one.pointer == three.pointer == next(m.say for m in quiz.mistakes if m.id == "STC-c")


@pytest.mark.parametrize("names, words", [
    (("line A", "line B", "line C"), "2 of 3 lines are judged wrongly."),
    (("is caught", "has an end", "begins high"), "2 of 3 conditions are not met."),
])
def test_what_is_judged_is_called_by_its_name(names, words):
    value = Exercise("99.2", "judging", (True, False, True), lambda rng: [()], (), HINTS, kind="value", outputs=names)
    known = expect(value, ((),))
    assert judge(value, collect(value, (True, True, False), known.instances), known).message == words


def test_whole_numbers_that_are_not_asked_for():
    def drawn(rng):
        return [(rng.normal(size=(n, 2)), rng.permutation(n)) for n in (4, 5, 6)]

    taken = made(lambda X, order: X[order], ("X", "order"), instances=drawn)
    found = response(evidence(taken, lambda X, order: X[np.argsort(X[:, 0])]))
    assert found.message == ("Give the entries of order in reverse order: the right answer has its rows in reverse "
                             "order, yours stays as it is.")


@pytest.mark.parametrize("row, words", [
    ("001", "row is a string, expected 3 parts."),
    ({"2": 1}, "row is a dict, expected 3 parts."),
    (np.eye(3), "row has shape (3, 3), expected 3 numbers."),
])
def test_what_is_no_list_of_numbers_is_said(row, words):
    value = Exercise("99.2", "rows", {"row": (0.0, 0.0, 1.0), "n": 3}, lambda rng: [()], (), HINTS, kind="value")
    known = expect(value, ((),))
    assert judge(value, collect(value, {"row": row, "n": 3}, known.instances), known).message == words


def test_an_answer_that_is_not_the_same_twice():
    calls, rng = [], np.random.default_rng()

    def counting(X, y, lr):
        calls.append(1)
        return X * len(calls)

    for answer in (counting, lambda X, y, lr: X * rng.uniform()):
        assert not_repeated(evidence(SCORES, answer)).message.startswith("Two calls with the same arguments give two ")
    assert not_repeated(evidence(SCORES, lambda X, y, lr: X + lr)) is None


def test_the_stored_pointer_of_the_first_wrong_entry_is_given():
    value = Exercise(
        id="99.2", title="w", kind="value", reference={"a": 1.0, "b": 2.0, "c": 3.0}, hints=HINTS,
        instances=lambda rng: [()],
        mistakes=(Mistake("W-1", {"a": -1.0, "b": 2.0, "c": 3.0}, "Which sign?"),
                  Mistake("W-2", {"a": 1.0, "b": 4.0, "c": 6.0}, "b: it is taken twice.")))

    def found(**changed):
        return several_entries(evidence(value, value.reference | changed))

    two = found(a=-1.0, c=9.0)
    assert (two.message, two.pointer) == ("2 of 3 entries are not right.", "Which sign?")
    assert found(b=4.0).pointer == "b: it is taken twice."
    assert found(b=7.0, c=0.0).pointer == "The first of them is b." and found(b=7.0) is None
    told = several_entries(evidence(replace(value, reminders={"value": "add"}), value.reference | {"b": 7.0, "c": 0.0}))
    assert told.pointer == "The first of them is b. Remember: add."


def test_an_entry_of_the_skeleton_that_was_left_open_is_told():
    value = Exercise(id="99.2", title="w", kind="value", reference={"a": 1.5, "b": "text"}, hints=HINTS,
                     instances=lambda rng: [()], mistakes=(), reminders={"type": "b is a word"})
    for answer, said in (({"a": ..., "b": "text"}, "a is still to be filled in."),
                         ({"a": 1.5, "b": ...}, "b is still to be filled in.")):
        known = expect(value, ((),))
        assert judge(value, collect(value, answer, known.instances), known).message == said


def test_of_a_few_choices_the_first_wrong_one_is_not_named():
    value = Exercise(id="99.2", title="w", kind="value", reference={"a": 0, "b": 3, "c": 2}, hints=HINTS,
                     instances=lambda rng: [()], mistakes=())
    found = several_entries(evidence(value, {"a": 0, "b": 1, "c": 1}))
    assert (found.message, found.pointer) == ("2 of 3 entries are not right.", "")


# --- errors in the student's own words ---


def _cell(source: str, name: str = "answer", **names):
    import linecache

    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    space = {"np": np, **names}
    exec(compile(source, "<cell>", "exec"), space)
    return space[name]


@pytest.mark.parametrize("line, at", [
    ("X.T @ y[:2]", ""), ("X @ y", "`X @ y`: (2, 3) times (2,)"), ("X + y", "`X + y`: (2, 3) plus (2,)"),
    ("X[5, 1]", "`X[5, 1]`: X is (2, 3), the index is (5, 1)"),
    ("np.dot(X, y)", "`np.dot(X, y)`: X is (2, 3), y is (2,)"),
    ("np.tanh(X) @ y", "`np.tanh(X) @ y`: what stands left times (2,)"),
])
def test_an_error_is_told_in_the_students_expression_and_shapes(line, at):
    outcome = run(SCORES, _cell(f"def answer(X, y, lr):\n    return {line}\n"), (np.ones((2, 3)), np.ones(2), 1.0))
    assert outcome.at == at
    if at:
        text = judge_error(outcome)
        assert at in text and " of A" not in text and " of B" not in text


def judge_error(outcome: Outcome) -> str:
    known = expect(SCORES, ((np.ones((2, 3)), np.ones(2), 1.0),))
    return judge(SCORES, [outcome], known).message


def test_operands_are_not_worked_out_where_that_would_call_something():
    class Table(list):
        calls = 0

        def __getitem__(self, k):
            Table.calls += 1
            return list.__getitem__(self, k)

    outcome = run(SCORES, _cell("def answer(X, y, lr):\n    return L[3] @ X\n", L=Table(range(4))),
                  (np.ones((2, 3)), np.ones(2), 1.0))
    assert Table.calls == 1 and outcome.at == "`L[3] @ X`: what stands left times (2, 3)"


def test_an_error_in_an_earlier_cell_is_no_line_of_this_one():
    code = compile("def helper(a):\n    return a[99]\n", "<earlier>", "exec").co_consts[0]
    helper = types.FunctionType(code, {}, "helper")
    outcome = run(SCORES, _cell("def answer(X, y, lr):\n    z = X * 2\n    return helper(z)\n", helper=helper),
                  (np.ones((2, 3)), np.ones(2), 1.0))
    assert (outcome.line_number, outcome.line) == (3, "return helper(z)")
    assert outcome.at.startswith("inside of `helper` from an earlier cell")


# --- messages that must never come again ---


def test_no_generic_letters_and_no_advice_that_leads_into_the_next_error():
    for message in ("matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature "
                    "(n?,k),(k,m?)->(n?,m?) (size 5 is different from 2)", "shapes (2,3) and (2,) not aligned: 3 != 2",
                    "operands could not be broadcast together with shapes (2,2) (3,3) "):
        assert not {"A", "B"} & set(plain(message).replace(",", "").split())
    assert "np.zeros" not in plain("Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64') with x")


def test_transposed_is_said_of_numbers_not_of_shapes():
    seen = evidence(SCORES, lambda X, y, lr: np.ones(X.T.shape))
    assert "transposed" not in judge(SCORES, seen.outcomes, seen.known).message


@pytest.mark.parametrize("instance, words", [
    (((np.ones((2, 3)), np.ones(3)),), "(array (2, 3), array (3))"), (((2, 3, 1),), "(2, 3, 1)"),
    (([np.ones((1, 2)), np.ones((2, 1))],), "[array (1, 2), array (2, 1)]"), (((),), "()"),
])
def test_collections_are_told_by_what_is_in_them(instance, words):
    exercise = replace(SCORES, arguments=("first",))
    assert described_instance(exercise, instance) == f", for first = {words}"


def test_the_versions_that_a_test_is_tried_on_are_no_input():
    """Which of them is judged wrongly is said by the name of the output."""
    assert described_instance(SCORES, ((Version("mean", np.mean, ("x",)), Version("sum", np.sum, ("x",))),)) == ""


def say_of(id: str, mistake: str) -> str:
    return next(m.say for m in registry.get(id).mistakes if m.id == mistake)


def test_sentences_that_misled_are_gone():
    assert "return" not in say_of("3.8", "PER-b")
    assert "a step along yours lowers it" in say_of("2.25", "LOG-1")
    plainly_wrong = {("2.9", "STO-c"), ("2.9", "STO-e"), ("2.18", "STH-a")}
    assert not [m for id, wanted in plainly_wrong for m in registry.get(id).mistakes if m.id == wanted and m.convention]
    sweep = registry.get("2.26")
    known = expected(sweep)
    rising = dict(sweep.reference) | {"lr": 1.0, "steps": 50}  # its validation loss never fell
    assert "passed" not in judge(sweep, collect(sweep, rising, known.instances), known).message
    xor = registry.get("4.30")
    text = judge(xor, collect(xor, {"hidden": 99}, ((),)), expected(xor)).message
    assert "{'hidden': 99}" in text and "settings!r" not in text


# --- cost ---


def test_the_engine_is_imported_quickly():
    code = ("import json, sys; import numpy; before = set(sys.modules); import course_lib.exercises; "
            "print(json.dumps(sorted(set(sys.modules) - before)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    loaded = json.loads(done.stdout)
    assert not [name for name in loaded if name.startswith(("numba", "matplotlib", "course_lib.chapters"))], loaded


def test_arrays_are_close_only_where_they_are_finite_and_of_one_shape():
    assert close(np.array([1.0, 1e-12]), np.array([1.0, 0.0])) and not close(np.ones(2), np.ones(3))
    assert not close(np.array([np.nan]), np.array([np.nan])) and not close(np.array([np.inf]), np.array([np.inf]))

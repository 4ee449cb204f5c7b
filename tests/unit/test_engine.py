"""The engine against answers of every kind: sane verdicts, the student's own line, nothing raised."""

import _thread
import gc
import math
import re
import subprocess
import sys
import threading
import time
import warnings
import weakref
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_lib.exercises import check, hint, progress, registry, session, use
from course_lib.exercises.collect import MOST_ENTRIES, Foreign, collect, plain
from course_lib.exercises.deadline import OutOfTime
from course_lib.exercises.diagnoses.difference import ends_early, told_apart
from course_lib.exercises.expect import expect, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.model import Exercise, Mistake, case
from course_lib.exercises.verdict import STATUS
from course_lib.nn.architectures import Dropout


def _scaled(x, W):
    return x @ W, W.sum(axis=0)


def _instances(rng):
    return [
        (np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 3.0], [2.0, 1.0, -1.0]])),
        (rng.normal(size=(4, 3)), rng.normal(size=(3, 2))),
        (rng.normal(size=(3, 3)), rng.normal(size=(3, 3))),
    ]


def _divided(x, W):
    with np.errstate(all="ignore"):
        return x @ W / np.zeros(()), W.sum(axis=0)


MAP = Exercise(
    id="99.1",
    title="scaled",
    reference=_scaled,
    instances=_instances,
    arguments=("x", "W"),
    outputs=("out", "total"),
    mistakes=(
        Mistake("MAP-1", lambda x, W: (x @ W.T, W.sum(axis=0)), "Which layout has W?"),
        Mistake("MAP-2", _divided, "What do you divide by?"),
        Mistake("MAP-3", lambda x, W: (x @ W, W.prod(axis=0)), "total: a sum has a plus between its terms."),
    ),
    hints=("idea", "formula", "first line"),
    reminders={"shape": "the columns of W are units"},
    points=2,
)
VALUE = Exercise(
    id="99.2",
    title="by hand",
    kind="value",
    reference={"a": 1.25, "w": np.array([1.0, 2.0])},
    instances=lambda rng: [()],
    mistakes=(Mistake("VAL-1", {"a": -1.25, "w": np.array([1.0, 2.0])}, "The sign?"),),
    hints=("idea", "formula", "first line"),
)
KNOWN = {e.id: expect(e, tuple(e.instances(np.random.default_rng(3)))) for e in (MAP, VALUE)}


def verdict(answer, exercise=MAP, seconds=2.0):
    known = KNOWN[exercise.id]
    result = judge(exercise, collect(exercise, answer, known.instances, seconds), known)
    assert result.status in STATUS
    assert "\n" not in repr(result) and repr(result).startswith(exercise.id)
    assert isinstance(result._repr_html_(), str)
    assert result.points == (exercise.points if result.status == "right" else 0)
    return result


@pytest.fixture(autouse=True)
def own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))


# --- what a definition may hold ---


@pytest.mark.parametrize("fields, words", [
    ({"minutes": 0}, "minutes is 0"), ({"minutes": -3.0}, "minutes is -3.0"), ({"level": 4}, "level is 4"),
    ({"core": "yes"}, "core is 'yes'"), ({"skeleton": "x = ..."}, "none where the answer is a function"),
])
def test_a_field_that_makes_no_sense_is_refused(fields, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        replace(MAP, **fields)
    assert replace(MAP, minutes=2.5, level=3, core=False).minutes == 2.5


@pytest.mark.parametrize("nothing", [..., None, {"a": ..., "w": ...}, {"a": ..., "w": [..., ...]}, [None]])
def test_an_answer_that_is_still_empty_is_not_attempted(nothing):
    assert verdict(nothing, VALUE).status == "not attempted"
    assert verdict({"a": 1.0, "w": ...}, VALUE).status != "not attempted"


def test_a_right_answer_that_warns_is_told_so():
    def naive(z):
        return 1 / (1 + np.exp(-z))

    exercise = registry.get("4.3")
    known = expect(exercise, seeded_instances(exercise))
    outcomes = collect(exercise, naive, known.instances)
    result = judge(exercise, outcomes, known)
    assert (result.status, result.points) == ("right", exercise.points)
    assert result.message == ("Right on every test, with a warning on the way: overflow encountered in exp. Which step "
                              "could be written without it?")
    assert verdict(_scaled).message == "Right on every test."


def test_a_reference_that_fails_is_said():
    def fails(x, W):
        raise ValueError("no data")

    with pytest.raises(RuntimeError, match=r"the reference of exercise 99.1 fails: ValueError: no data"):
        expect(replace(MAP, reference=fails), KNOWN["99.1"].instances)


def test_as_many_outputs_as_the_input_asks_for():
    """2.10 gives as many pieces as there are batches: no single output can be followed through the instances."""
    exercise = registry.get("2.10")
    known = expect(exercise, seeded_instances(exercise))

    def last_reversed(order, size):
        pieces = [order[k:k + size] for k in range(0, len(order), size)]
        return [*pieces[:-1], pieces[-1][::-1]]

    assert len({len(outcome.value) for outcome in known.right}) > 1
    assert judge(exercise, collect(exercise, last_reversed, known.instances), known).status == "wrong"
    assert check("2.10", last_reversed).status == "wrong"


# --- labelled instances ---


def _with_labels(*labels):
    labels = iter(labels)
    inputs = [np.array([1.0, 2.0]), np.array([0.0, 3.0]), np.array([900.0])]
    return Exercise(
        id="99.3", title="exp", reference=np.tanh, arguments=("z",),
        instances=lambda rng: [case(label, z) if label else (z,) for label, z in zip(labels, inputs, strict=True)],
        mistakes=(), hints=("idea", "formula", "first line"),
    )


def _exp_answer(z):
    with np.errstate(all="ignore"):
        return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def _message(exercise, answer):
    known = expect(exercise, tuple(exercise.instances(np.random.default_rng(0))))
    return judge(exercise, collect(exercise, answer, known.instances), known).message


def test_a_label_says_where_it_goes_wrong():
    text = _message(_with_labels("", "a zero", "large scores"), _exp_answer)
    assert text == ("The answer is NaN at entry [0], where a finite number is expected, for large scores: z (1). "
                    "Right on 2 of 3 inputs; wrong where: large scores.")


@pytest.mark.parametrize("labels, answer", [
    (("", "a zero", ""), _exp_answer),  # wrong where there is no label
    (("plain", "a zero", "large scores"), lambda z: z),  # wrong everywhere
])
def test_labels_alone_are_not_enough_to_say_where(labels, answer):
    assert "wrong where" not in _message(_with_labels(*labels), answer)


def test_a_case_is_a_tuple_of_arguments():
    tie = case("tie", np.array([1.0, 1.0]), 2)
    assert isinstance(tie, tuple) and len(tie) == 2 and tie.label == "tie"
    copied = deepcopy(tie)
    assert copied.label == "tie" and copied[0] is not tie[0] and copied[1] == 2


# --- the order of diagnosis ---


def test_the_order_of_keys_does_not_matter():
    assert verdict({"w": np.array([1.0, 2.0]), "a": 1.25}, VALUE).status == "right"
    assert verdict({"w": np.array([1.0, 2.0]), "a": 7.0}, VALUE).message.startswith("a is not right")


@pytest.mark.parametrize("w", [[1.0, 2.0], (1, 2), [np.float64(1.0), np.int64(2)]])
def test_of_a_value_a_list_is_as_good_as_an_array(w):
    assert verdict({"w": w, "a": 1.25}, VALUE).status == "right"
    assert verdict({"w": w, "a": -1.25}, VALUE).mistake == "VAL-1"


@pytest.mark.parametrize("w", [[1.0], [[1.0, 2.0]], [[1.0], [1.0, 2.0]], ["1.0", "2.0"], [1.0, None], [], 1.0])
def test_a_list_of_another_shape_is_not(w):
    assert verdict({"a": 1.25, "w": w}, VALUE).status == "kind"


def test_an_array_is_as_good_as_a_tuple_of_numbers():
    pair = replace(VALUE, reference=(2, 0.5), mistakes=())
    known = expect(pair, ((),))
    for answer, status in ((np.array([2, 0.5]), "right"), ([2, 0.5], "right"), (np.array([[2, 0.5]]), "kind")):
        assert judge(pair, collect(pair, answer, known.instances), known).status == status


@pytest.mark.parametrize("answer, status", [
    (lambda x, W: np.array([W.sum(axis=0), W.max(axis=0)]), "right"),
    (lambda x, W: np.array([W.max(axis=0), W.sum(axis=0)]), "kind"),
    (lambda x, W: np.stack([W.sum(axis=0), W.max(axis=0)], axis=1), "kind"),
    (lambda x, W: W.sum(axis=0), "kind"),
])
def test_an_array_with_the_results_in_its_rows_is_as_good_as_a_tuple(answer, status):
    two = replace(MAP, reference=lambda x, W: (W.sum(axis=0), W.max(axis=0)), mistakes=())
    known = expect(two, KNOWN["99.1"].instances)
    assert judge(two, collect(two, answer, known.instances), known).status == status


def test_a_list_with_the_numbers_of_an_array_is_right_and_told_of():
    result = verdict(lambda x, W: ((x @ W).tolist(), W.sum(axis=0)))
    assert result.status == "right" and "out comes as a list" in result.message
    assert "list" not in verdict(lambda x, W: (x @ W, W.sum(axis=0))).message
    wrong = verdict(lambda x, W: ((x @ W).T.tolist(), W.sum(axis=0)))
    assert wrong.status == "kind" and "list" not in wrong.message  # its numbers are judged, not that it is a list


def test_right_results_in_another_order():
    result = verdict(lambda x, W: _scaled(x, W)[::-1])
    assert result.status == "kind" and "another order, expected (out, total)" in result.message
    assert "order" not in verdict(lambda x, W: (W.sum(axis=0), x @ W + 1)).message


def test_a_mistake_in_one_output_is_named_beside_another_fault():
    assert verdict(lambda x, W: (x @ W, np.prod(W, 0))).mistake == "MAP-3"
    both = verdict(lambda x, W: (x @ W + 1, W.prod(axis=0)))
    assert both.mistake == "" and both.message.startswith("out is"), "the first wrong output is spoken of"
    assert verdict(lambda x, W: (x @ W, 2.5 * W.prod(axis=0))).mistake == ""


def test_right():
    result = verdict(_scaled)
    assert repr(result) == "99.1 scaled: right (2 points)"
    assert "hint" not in result._repr_html_().lower()


def test_a_mistake_is_named_even_where_it_raises_or_is_not_finite():
    named = verdict(lambda x, W: (x.dot(W.T), np.sum(W, 0)))
    assert named.differs == "", "shapes differ, so no number can be put beside another"
    doubled = verdict(lambda x, W: (x @ W, W.prod(axis=0)))
    assert doubled.differs.startswith("total is ") and doubled.picture.count("<table") == 2
    assert named.mistake == "MAP-1" and repr(named) == "99.1 scaled: a named mistake"
    assert "MAP-1" not in named._repr_html_(), "a code resolves to nothing that a student has"
    assert verdict(lambda x, W: (x @ W / (W[0, 0] - W[0, 0]), W.sum(0))).mistake == "MAP-2"


def test_errors_on_every_instance_are_no_named_mistake():
    def fails(x, W):
        raise ValueError("matmul: Input operand 1 has a mismatch")

    assert verdict(fails).status == "error"


def test_changed_inputs_are_said():
    def in_place(x, W):
        out = _scaled(x, W)
        x *= 2
        return out

    result = verdict(in_place)
    assert result.status == "wrong"
    assert "changed x" in result.message and result.differs == ""


def test_an_exception_shows_the_students_own_line():
    def broken(x, W):
        helper = np.linalg.inv(np.zeros((2, 3)))  # the line to be shown
        return helper

    result = verdict(broken)
    assert result.status == "error"
    assert "LinAlgError" in result.message
    assert "the line to be shown" in result.message
    assert f"line {broken.__code__.co_firstlineno + 1} " in result.message
    assert "course_lib" not in result._repr_html_()


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda x, W: None, ("None", "return")),
        (lambda x, W: x @ W, ("array of shape (1, 3)", "2 results (out, total)")),
        (lambda x, W: (x @ W,), ("1 result,", "expected 2")),
        (lambda x, W: ((x @ W).T, W.sum(0)), ("out has shape (3, 1)", "expected (1, 3)", "columns of W")),
        (lambda x, W: (x @ W, W.sum()), ("total is a number", "an array of shape (3,)")),
        (lambda x, W: ([[1.0], [2.0, 3.0]], W.sum(0)), ("out is a list", "equally long")),
        (lambda x, W: (i for i in x), ("a generator",)),
        (lambda x, W: (x @ W + 0j, W.sum(0)), ("complex",)),
        (lambda x, W: ((x @ W).astype(np.float32), W.sum(0)), ("float32", "float64")),
        (lambda x, W: (np.array([["a"]], dtype=object), W.sum(0)), ("object",)),
        (lambda x, W: {x.shape}, ("a set",)),
        (lambda x: (x, x), ("takes (x)", "(x, W)")),
        (lambda x, *, W: (x, W), ("called with (x, W)",)),
        (5, ("function", "parentheses")),
        (np.zeros(3), ("function", "parentheses")),
    ],
)
def test_the_wrong_kind_of_thing(answer, words):
    result = verdict(answer)
    assert result.status == "kind", result.message
    for word in words:
        assert word in result.message, result.message


def test_truth_values_are_not_numbers():
    step = registry.get("3.3")
    known = expect(step, tuple(step.instances(np.random.default_rng(0))))
    result = judge(step, collect(step, lambda z: z >= 0, known.instances), known)
    assert result.status == "kind"
    assert "truth values" in result.message


def test_a_value_of_the_wrong_kind():
    assert verdict({"a": 1.25}, VALUE).status == "kind"
    assert "w" in verdict({"a": 1.25}, VALUE).message
    uncalled = verdict(lambda: 0, VALUE)
    assert uncalled.status == "kind" and "this is a function. Call it with parentheses." in uncalled.message
    assert verdict({"a": "x", "w": np.ones(2)}, VALUE).status == "kind"


def test_not_finite_says_where():
    def logarithm(x, W):
        with np.errstate(all="ignore"):
            out = x @ W
            out[0, 1] = np.log(-1.0)
            return out, W.sum(axis=0)

    result = verdict(logarithm)
    assert result.status == "not finite"
    assert "[0, 1]" in result.message and "NaN" in result.message


@pytest.mark.parametrize(
    "factor, words",
    [
        (lambda x: -1, "sign"),
        (lambda x: 2, "2"),
        (lambda x: 1 / np.log(2), "ln 2"),
        (lambda x: len(x), "too large by the number of samples"),
        (lambda x: 1 / len(x), "too small by the number of samples"),
        (lambda x: x.shape[1], "too large by the number of columns"),
        (lambda x: 3.5, "3.5"),
    ],
)
def test_a_constant_factor_is_recognized(factor, words):
    result = verdict(lambda x, W: (factor(x) * (x @ W), W.sum(axis=0)))
    assert result.status == "factor"
    assert words in result.message and "out" in result.message


def test_the_entry_that_differs_most_is_shown_on_the_first_instance():
    def off(x, W):
        out = x @ W
        out[0, 2] += 0.25
        out[0, 0] += 0.01
        return out, W.sum(axis=0)

    result = verdict(off)
    assert result.status == "wrong"
    assert "[0, 2]" in result.message and "1.25" in result.message
    assert result.picture.count("<table") == 2


def test_the_answer_of_a_value_exercise_is_not_given_away():
    result = verdict({"a": 1.3, "w": np.array([1.0, 2.0])}, VALUE)
    assert result.status == "wrong"
    assert "1.25" not in result._repr_html_()


def test_not_attempted():
    def stub(x, W):
        raise NotImplementedError

    assert [verdict(a).status for a in (stub, None, ..., lambda x, W: ...)] == ["not attempted"] * 4
    for blank in (None, ..., {"a": None, "w": None}):
        assert verdict(blank, VALUE).status == "not attempted"


def test_text_of_the_student_is_escaped_and_cut():
    def shouts(x, W):
        print("<script>alert(1)</script>")
        raise ValueError("<b>" + "x" * 10_000)

    page = verdict(shouts)._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "&lt;b&gt;" in page and len(page) < 6_000


# --- time, stops and interruptions ---


def endless_plain(x, W):
    while True:
        pass


def endless_bare_except(x, W):
    while True:
        try:
            while True:
                x = x + 0
        except:  # noqa: E722
            pass


def endless_exception(x, W):
    while True:
        try:
            sum(range(100))
        except Exception:
            continue


def endless_finally(x, W):
    for _ in iter(int, 1):
        try:
            sum(range(10))
        finally:
            x = x + W.sum()


@pytest.mark.parametrize("loop", [endless_plain, endless_bare_except, endless_exception, endless_finally])
def test_an_endless_loop_is_ended(loop):
    before = len(sys._current_frames())
    result = verdict(loop, seconds=0.5)  # less may be used up by a garbage collection before the loop begins
    assert result.status == "time"
    assert "line " in result.message
    time.sleep(0.05)
    assert len(sys._current_frames()) <= before, "the loop is still running"


def test_an_end_that_comes_too_late_is_not_reported(monkeypatch):
    reported, begun = [], threading.Event()
    monkeypatch.setattr(sys, "unraisablehook", reported.append)

    def ends():
        begun.set()
        raise OutOfTime

    thread = _thread.start_new_thread(ends, ())
    assert begun.wait(5)
    while thread in sys._current_frames():
        time.sleep(0.001)
    assert not reported


def computes():
    for _ in range(10**9):
        pass


class Slow:
    """Time is nearly always over inside of its finalizer."""

    def __del__(self):
        computes()


def endless_finalizers(x, W):
    while True:
        Slow()


def endless_cycles(x, W):
    while True:
        slow = Slow()
        slow.itself = slow
        del slow
        gc.collect()


def endless_callbacks(x, W):
    class Thing:
        pass

    while True:
        thing = Thing()
        mark = weakref.ref(thing, lambda gone: computes())
        del thing, mark


@pytest.mark.parametrize("loop", [endless_finalizers, endless_cycles, endless_callbacks])
def test_an_end_that_strikes_where_it_cannot_be_caught_comes_again(loop, monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    before = len(sys._current_frames())
    result = verdict(loop, seconds=0.1)
    assert result.status == "time" and not result.printed and not reported
    time.sleep(0.05)
    assert len(sys._current_frames()) <= before, "the loop is still running"


def test_what_ends_with_the_thread_runs_to_its_end(monkeypatch):
    """Time is over; what the thread still holds is taken apart by lines of the student's, which are let alone."""
    reported, taken_apart = [], threading.Event()
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    kept = threading.local()

    class Last:
        def __del__(self):
            for _ in range(3):
                pass
            taken_apart.set()

    def keeps(x, W):
        kept.last = Last()
        while True:
            pass

    assert verdict(keeps, seconds=0.1).status == "time"
    assert taken_apart.wait(5) and not reported


def test_other_errors_of_finalizers_are_still_reported(monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: reported.append(unraisable.exc_type))

    class Fails:
        def __del__(self):
            raise ValueError

    def right(x, W):
        Fails()
        return _scaled(x, W)

    assert verdict(right).status == "right"
    assert set(reported) == {ValueError} and sys.unraisablehook.__name__ == "<lambda>"


def test_waiting_ends_too():
    def waits(x, W):
        while True:
            time.sleep(0.01)

    start = time.monotonic()
    assert verdict(waits, seconds=0.1).status == "time"
    assert time.monotonic() - start < 10


def test_it_works_from_another_thread():
    found = []
    thread = threading.Thread(target=lambda: found.extend((verdict(_scaled), verdict(endless_plain, seconds=0.1))))
    thread.start()
    thread.join(30)
    assert [v.status for v in found] == ["right", "time"]


@pytest.mark.parametrize("thing", [[[[0] * 5_000] * 5_000] * 5_000, {"a": [[0] * 5_000] * 5_000}, {1}, object()])
def test_an_exception_is_not_written_out_when_that_could_take_for_ever(thing):
    def raises(x, W):
        raise ValueError(thing)

    start = time.process_time()
    result = verdict(raises)
    assert result.status == "error" and "ValueError: raised with a" in result.message
    assert time.process_time() - start < 1


def test_a_mistake_in_the_first_wrong_output_is_named():
    sums = Exercise(
        id="99.3", title="sums", reference=lambda p: (p, p + 1, p**2), instances=lambda rng: [(2.0,), (5.0,)],
        arguments=("p",), outputs=("first", "second", "third"), hints=("idea", "formula", "first line"),
        mistakes=(Mistake("SUM-1", lambda p: (2 * p, 2 * p + 1, p**2), "first: it is taken twice."),
                  Mistake("SUM-2", lambda p: (3 * p, p + 1, -p), "third: the sign is lost.")))
    known = expect(sums, ((2.0,), (5.0,)))
    for answer, mistake in ((lambda p: (2 * p, p - 1, p), "SUM-1"), (lambda p: (p, p + 1, -p), "SUM-2"),
                            (lambda p: (2 * p, np.ones(2), "text"), "SUM-1"), (lambda p: (4 * p, p + 1, -p), "")):
        assert judge(sums, collect(sums, answer, known.instances, 1.0), known).mistake == mistake


def test_messages_of_numpy_about_shapes_and_conditions_are_put_in_words():
    product = verdict(lambda x, W: x @ np.ones((5, 3)))
    assert "at `x @ np.ones((5, 3))`: (1, 2) times what stands right: the last size on the left" in product.message
    assert "np.where and np.maximum" in (said := verdict(lambda x, W: x if W > 0 else W).message) and ".any()" in said
    assert "on one side of it stands a single number" in verdict(lambda x, W: x.sum() @ W).message
    for wrong in (lambda x, W: (x @ W) ^ 2, lambda x, W: 0.5 ^ 2):
        assert "a power is written **" in verdict(wrong).message
    assert "those of NumPy" in verdict(lambda x, W: math.exp(x @ W)).message

    def into_whole_numbers(x, W):
        out = np.zeros(3, dtype=int)
        out += W[0] / 2
        return out

    def several_into_one(x, W):
        out = np.zeros(3)
        out[0] = W[0]
        return out

    assert "the array holds whole numbers" in verdict(into_whole_numbers).message
    assert "one entry was to be several numbers" in verdict(several_into_one).message


def test_a_message_ends_with_one_point():
    def fails(x, W):
        raise ValueError("no data.")

    assert "ValueError: no data, for x (1, 2)" in verdict(fails).message


def test_the_methods_that_a_dataclass_writes_are_no_lines_of_the_student():
    def all_dropped(x, W):
        return Dropout(1.5)

    result = verdict(all_dropped)
    assert result.status == "error" and "`return Dropout(1.5)`" in result.message


@pytest.mark.parametrize("filled, words", [(1, "From entry [0, 1] on all is 0"), (2, ""), (0, "")])
def test_an_array_that_is_filled_up_to_a_place_is_said(filled, words):
    def answer(x, W):
        out = (x @ W + 10).ravel()
        out[filled:] = 0
        return out.reshape(len(x), -1)

    exercise = replace(MAP, id="99.4", reference=lambda x, W: x @ W + 10, outputs=(), mistakes=())
    text = _message(exercise, answer)
    assert words in text and ("does a loop end early" in text) == bool(words)


def test_zeros_between_right_entries_are_no_early_end():
    assert ends_early(np.array([1.0, 0.0, 3.0]), np.array([1.0, 2.0, 3.0])) == []
    assert ends_early(np.array([0.0, 0.0, 5.0]), np.array([0.0, 0.0, 6.0])) == []
    assert ends_early(np.array(0.0), np.array(2.0)) == []


def test_two_numbers_that_differ_look_different():
    assert told_apart(0.25, 0.5) == ("0.25", "0.5")
    assert told_apart(-0.8, -0.7999998) == ("-0.8", "-0.7999998")
    assert told_apart(0.1 + 0.2, 0.3) == ("0.30000000000000004", "0.29999999999999999")
    assert told_apart(np.nan, np.nan) == ("nan", "nan")


def test_the_words_of_numpy_are_shown():
    assert "did not contain a loop" in verdict(lambda x, W: np.add("a", W)).message
    assert "'size'" in verdict(lambda x, W: {}["size"]).message


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError, MemoryError])
def test_every_exception_of_the_student_is_a_verdict(kind):
    def raises(x, W):
        raise kind("as it is")

    result = verdict(raises)
    assert result.status == "error" and kind.__name__ in result.message


def test_recursion_is_a_verdict():
    def deeper(x, W):
        return deeper(x, W)

    assert "RecursionError" in verdict(deeper).message


@pytest.mark.parametrize("name", ["svd", "lstsq", "pinv", "matrix_rank"])
def test_a_decomposition_of_infinite_numbers_does_not_keep_the_kernel(name):
    before = getattr(np.linalg, name)

    def decomposes(x, W):
        tall = np.column_stack([np.full(240, np.inf), np.eye(12)[np.arange(240) % 12]])
        return getattr(np.linalg, name)(tall, *[np.ones(240)] * (name == "lstsq"))

    assert "raised LinAlgError" in verdict(decomposes).message
    assert getattr(np.linalg, name) is before


def test_a_ctrl_c_of_the_user_passes_through():
    code = """if True:
        import _thread, faulthandler, threading, sys
        faulthandler.dump_traceback_later(100, exit=True)
        sys.path.insert(0, "tests/unit")
        from test_engine import MAP, KNOWN, collect, endless_plain
        threading.Timer(1.0, _thread.interrupt_main).start()
        try:
            collect(MAP, endless_plain, KNOWN["99.1"].instances, 30)
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "interrupted", done.stderr


# --- what else an answer can do ---


def test_prints_and_warnings_are_kept_and_bounded(capsys):
    def talks(x, W):
        print("seen", x.shape)
        for _ in range(1000):
            print("y" * 1000)
            warnings.warn("mind the gap", stacklevel=2)
        return 1

    outcomes = collect(MAP, talks, KNOWN["99.1"].instances)
    assert outcomes[0].printed.startswith("seen (1, 2)")
    assert sum(len(o.printed) for o in outcomes) <= 2_000
    assert outcomes[0].warned == ("UserWarning: mind the gap",)
    assert capsys.readouterr().out == ""
    page = verdict(talks)._repr_html_()
    assert "seen (1, 2)" in page and "mind the gap" in page


def test_stdout_survives_what_an_answer_does_to_it():
    def spoils(x, W):
        sys.stdout.close()
        sys.stdout = sys.stderr = None
        return _scaled(x, W)

    out, err = sys.stdout, sys.stderr
    assert verdict(spoils).status == "right"
    assert verdict(endless_plain, seconds=0.1).status == "time"
    assert (sys.stdout, sys.stderr) == (out, err)


def test_the_input_on_which_it_differs_can_be_tried():
    result = verdict(lambda x, W: (np.where(x > 5, 0, x) @ W, W.sum(axis=0) + 1))
    given = {"np": np}
    exec(result.inputs, given)
    for name, value in zip(("x", "W"), KNOWN["99.1"].instances[0], strict=True):
        np.testing.assert_allclose(given[name], value, atol=1e-8)
    assert "An input to try" in result._repr_html_()
    assert verdict(_scaled).inputs == ""


def test_shadowed_names_do_not_matter(monkeypatch):
    shadowed = {"np": np, "abs": lambda v: -1, "len": lambda v: 0, "isinstance": lambda *a: True, "sum": None}
    exec("def scaled(x, W):\n    return x @ W + 1, W.sum(axis=0)", shadowed)
    assert verdict(shadowed["scaled"]).status == "wrong"


class Liar(np.ndarray):
    """Says that it equals everything, has any shape and any length."""

    shape = property(lambda self: (1, 3))
    size = property(lambda self: 1)

    def __eq__(self, other):
        return np.True_

    def __array_ufunc__(self, *args, **kwargs):
        return np.True_

    def __array_function__(self, *args, **kwargs):
        return True

    def __len__(self):
        raise ZeroDivisionError

    __hash__ = None


def test_an_array_that_lies_is_seen_through():
    assert verdict(lambda x, W: (np.zeros((len(x), W.shape[1])).view(Liar), W.sum(0))).status == "wrong"
    assert type(plain(np.zeros(2).view(Liar))) is np.ndarray


class Tensor:
    """Like a framework's tensor that lives elsewhere."""

    shape = (1, 3)

    def __array__(self, *args, **kwargs):
        raise RuntimeError("on another device")

    def __len__(self):
        raise RuntimeError

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        return True

    __hash__ = None


class Disguised:
    """Claims to be an array."""

    @property
    def __class__(self):
        return np.ndarray


class Str(str):
    def __getitem__(self, key):
        raise RuntimeError

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Int(int):
    def bit_length(self):
        return 0

    def __int__(self):
        raise RuntimeError


def _endless_list():
    items = []
    items.append(items)
    return items


def _wide_nest():
    items = list(range(5_000))
    for _ in range(6):
        items = [items] * 5_000
    return items


JUNK = [
    Tensor(), Tensor, Disguised(), Str("a"), Int(5), _endless_list(), _wide_nest(), 10**100_000, -(10**400), 10**30,
    float("nan"), float("inf"), 1j, "text", b"bytes", set(), {1: 2}, {"a": {"a": {}}}, [], (), [[1, 2], [3]],
    range(3),
    np.zeros(0), np.array(None), np.array(["a"]), np.array([1, "a"], dtype=object), np.datetime64("2020"),
    np.float32(1),
    np.broadcast_to(1.0, (10**6, 10**6)), np.zeros((1, 3), dtype="i1,f4"), np.ma.masked, object(),
    NotImplemented, Exception("x"), type, print, iter([]), lambda: 0, np, memoryview(b"a"), np.random.default_rng(0),
    {None: 1, 2.5: 1}, np.zeros((1, 3), dtype=np.complex64), np.str_("D"), np.bool_(True),
]  # fmt: skip


@pytest.mark.parametrize("junk", JUNK, ids=lambda j: type(j).__name__)
def test_junk_gets_a_verdict(junk):
    for answer, exercise in (
        (junk, MAP),
        (junk, VALUE),
        (lambda x, W: junk, MAP),
        (lambda x, W: (x @ W, junk), MAP),
        ({"a": junk, "w": np.array([1.0, 2.0])}, VALUE),
    ):
        result = verdict(answer, exercise)
        assert result.status not in ("right", "time")
        assert len(result.message) < 1_000


def test_huge_outputs_are_not_copied():
    huge = np.broadcast_to(0.0, (MOST_ENTRIES + 1,))
    assert plain(huge) == Foreign("an array with 10,000,001 entries")
    start = time.process_time()
    assert verdict(lambda x, W: [huge] * 100).status == "kind"
    assert time.process_time() - start < 1


_numbers = st.one_of(st.integers(), st.floats(), st.complex_numbers(), st.booleans(), st.none(), st.text(max_size=8))
_arrays = st.builds(
    lambda shape, dtype, fill: np.full(shape, fill).astype(dtype),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from(["f8", "f4", "f2", "i8", "i1", "u2", "?", "c16", "O", "U3"]),
    st.sampled_from([0, 1, -1, 3]),
)
_junk = st.recursive(
    st.one_of(_numbers, _arrays, st.integers(0, len(JUNK) - 1).map(lambda k: JUNK[k])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.sampled_from(["a", "w"])), inner, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=1000, deadline=None, database=None, derandomize=True,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_junk, st.sampled_from(["value", "returned", "part", "raised"]))
def test_a_thousand_junk_answers(junk, how):
    def raises(x, W):
        raise ValueError(junk)

    answers = {"value": junk, "returned": lambda x, W: junk, "part": lambda x, W: (junk, W.sum(0)), "raised": raises}
    answer = answers[how]
    assert verdict(answer).status in ("not attempted", "kind", "wrong", "error", "not finite", "factor")
    if how == "value":
        assert verdict(junk, VALUE).status in ("not attempted", "kind", "wrong", "error", "not finite", "factor")


# --- the notebook's side ---


def _sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def test_use_gives_the_students_own_once_it_has_passed(monkeypatch):
    monkeypatch.setattr(session, "_passed", {})
    id = next(e.id for e in registry.exercises("04") if e.title == "sigmoid")
    assert use(id) is registry.get(id).reference
    assert check(id, np.tanh).status == "mistake"
    assert use(id) is registry.get(id).reference
    assert check(id, _sigmoid).status == "right"
    assert use(id) is _sigmoid
    assert progress.read()[id]["status"] == "right"


def test_use_gives_a_value_that_may_be_changed(monkeypatch):
    monkeypatch.setattr(session, "_passed", {})
    exercise = next(e for e in registry.all_exercises() if isinstance(e.reference, dict))
    use(exercise.id).clear()
    assert exercise.reference


@pytest.mark.parametrize("id", ["4.999", "nonsense", "", 4.3, None, [], np.zeros(2), "4." + "9" * 1000])
def test_an_unknown_id_is_said_with_near_ones(id):
    result = check(id, 1)
    assert result.status == "error" and result.points == 0
    assert len(repr(result)) < 200 and len(result._repr_html_()) < 3_000
    if isinstance(id, str) and id == "4.999":
        assert "4.9" in result.message
    with pytest.raises(KeyError):
        use(id)


def test_hints_grow_stronger(monkeypatch):
    monkeypatch.setattr(session, "_hints_given", {})
    id = registry.all_exercises()[0].id
    hints = registry.get(id).hints
    assert [hint(id).text for _ in range(4)] == [*hints, hints[2]]
    assert hint(id, 1).text == hints[0]
    with pytest.raises(ValueError, match="level is 7"):
        hint(id, 7)


def test_a_check_takes_little_processor_time():
    exercise = next(e for e in registry.exercises("04") if e.title == "sigmoid")
    check(exercise.id, _sigmoid)

    def used(answer):
        start = time.process_time()
        check(exercise.id, answer)
        return time.process_time() - start

    assert min(used(_sigmoid) for _ in range(5)) < 0.2
    assert min(used(np.tanh) for _ in range(5)) < 0.2


def test_a_failure_of_the_check_itself_is_no_traceback(monkeypatch):
    def broken(*arguments):
        raise AssertionError("a bug of ours")

    monkeypatch.setattr(session, "judge", broken)
    result = check(registry.all_exercises()[0].id, 1)
    assert result.status == "error"
    assert "check itself failed" in result.message

"""From answers to records: the same verdicts as `check`, the same bytes every time."""

import json
from concurrent.futures import ThreadPoolExecutor

import museum
import numpy as np
import pytest
from attacks import OUTCOME, REPLIES
from needs import needs

from course_lib.exercises import registry
from course_lib.exercises.collect import Foreign, Outcome, collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge
from course_lib.exercises.stand_ins import handed_in, handed_over
from course_lib.exercises.written_tests import asked
from course_lib.grading import records, runner
from course_lib.grading.inside.data import BadData, pack, unpack

SUBMISSION = records.Submission("s1", "A Student", "file.ipynb")


def made(cells) -> bytes:
    return json.dumps(museum.book(cells)).encode()


# --- data through the wall ---


@pytest.mark.parametrize("exercise", registry.all_exercises(), ids=lambda exercise: exercise.id)
def test_every_answer_keeps_its_verdict_through_the_wall(exercise):
    """The reference and each named mistake, as the sandbox would send them."""
    known, versions = expected(exercise), []
    sent = unpack(*pack([handed_over(tuple(instance), versions) for instance in known.instances]))
    again = [handed_in(instance, lambda question: asked(versions, unpack(*pack(question)))) for instance in sent]
    assert [len(instance) for instance in again] == [len(instance) for instance in known.instances]
    if callable(exercise.reference):
        assert judge(exercise, collect(exercise, exercise.reference, again), known).status == "right"
        for mistake in exercise.mistakes:
            outcomes = known.mistakes[mistake.id]
            assert judge(exercise, unpack(*pack(outcomes)), known) == judge(exercise, outcomes, known)
    else:
        for answer in (exercise.reference, *(mistake.answer for mistake in exercise.mistakes)):
            sent = unpack(*pack(answer))
            assert judge(exercise, collect(exercise, sent, known.instances), known) == judge(
                exercise, collect(exercise, answer, known.instances), known)


@pytest.mark.parametrize("value", [
    None, True, 3, -(10**300), 0.1, float("nan"), float("-inf"), -0.0, 1 + 2j, "ü\n", (1, [2.0, ()]),
    {"a": {"b": None}}, np.arange(6.0).reshape(2, 3), np.float32([1]), np.array(3), np.zeros((0, 2)),
    np.array(["a", "bc"]), np.array([True]), np.array(True), Foreign("a set"), Ellipsis,
], ids=repr)
def test_data_come_back_the_same(value):
    again = unpack(*pack(value))
    assert repr(again) == repr(value)
    if isinstance(value, np.ndarray):
        assert (again.dtype, again.shape) == (value.dtype, value.shape)


@pytest.mark.parametrize("text, arrays", [attack[1:] for attack in REPLIES], ids=[attack[0] for attack in REPLIES])
def test_damaged_data_are_refused(text, arrays):
    with pytest.raises(BadData):
        unpack(text, arrays)


def test_the_outcome_that_attacks_change_is_sound():
    assert unpack(OUTCOME, []) == Outcome()


def test_what_is_read_can_be_written():
    """Truth values are 0 or 1, and no text holds half a letter."""
    assert unpack('["array", "|b1", [3]]', [b"\x02\0\xff"]).view(np.uint8).tolist() == [1, 0, 1]
    assert unpack('["list", ["\\ud800x"]]', []) == ["?x"]


# --- records ---


def test_a_record_survives_json():
    record = records.Record(
        "k", SUBMISSION, "ok", ("a note",), "bwrap",
        (records.ExerciseResult("4.3", "sigmoid", 1, 1, "right"),),
        (records.OpenAnswer("4.Q1", "Why?", "Därum", 3, 2.5, "good"),),
    )
    assert records.from_json(records.to_json(record)) == record
    assert (record.points, record.possible) == (3.5, 4)
    for damaged in (records.to_json(record)[:-20], "[]", "{}", '{"key": 1, "submission": 3}'):
        with pytest.raises(ValueError):
            records.from_json(damaged)


def test_blank_and_unreadable_need_no_kernel():
    record, timings = runner.run(made([museum.first("03"), museum.stub("3.1")]), SUBMISSION)
    assert (record.status, record.sandbox, timings["starts"]) == ("partial", "", 0)
    assert runner.run(b"", SUBMISSION)[0].status == "unreadable"


# --- whole submissions ---


@needs("bubblewrap")
def test_the_same_bytes_alone_and_beside_a_hostile_one():
    good = made([museum.first("03"), museum.solved("3.1"), museum.solved("3.6"), museum.solved("3.3")])
    bad = made(museum.sigmoid(museum.FORKS))
    options = runner.Options(cell_seconds=20, answer_seconds=10.0, memory=2_000_000_000, processes=40, seed=7)
    alone = records.to_json(runner.run(good, SUBMISSION, options)[0])
    with ThreadPoolExecutor(3) as pool:
        beside = list(pool.map(lambda data: runner.run(data, SUBMISSION, options)[0], [bad, good, good]))
    assert [records.to_json(record) for record in beside[1:]] == [alone, alone]
    assert beside[0].points <= 1


@needs("bubblewrap")
def test_hidden_instances_decide_and_are_not_shown():
    entry = next(e for e in museum.MUSEUM if e.name == "learned the public inputs by heart")
    record, _ = runner.run(entry.make(), SUBMISSION, runner.Options(seed=123))
    result = next(result for result in record.exercises if result.id == "4.3")
    assert (result.points, result.public, result.picture) == (0, False, "")
    assert not any(character.isdigit() for character in result.message)


@needs("bubblewrap")
def test_public_failures_show_a_counter_example():
    record, _ = runner.run(made(museum.sigmoid("return z * 0.3")), SUBMISSION)
    result = next(result for result in record.exercises if result.id == "4.3")
    assert result.public and "below 0" in result.message


def test_without_a_wall_too():
    record, _ = runner.run(made(museum.sigmoid(museum.RIGHT)), SUBMISSION, runner.Options(sandbox="none"))
    assert (record.status, record.sandbox, record.points) == ("partial", "none", 2)
    assert runner.Options().sandbox == "bwrap"


@needs("bubblewrap")
def test_the_time_of_a_whole_submission_is_limited():
    cells = [museum.first("04"), *["import time; time.sleep(1)"] * 5, museum.solved("4.31")]
    record, timings = runner.run(made(cells), SUBMISSION, runner.Options(submission_seconds=2.5))
    assert record.status == "time-out" and timings["wall"] < 60
    assert next(r for r in record.exercises if r.id == "4.31").status == "time"

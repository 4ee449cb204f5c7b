"""What comes out of the sandbox in place of a net or a forecast gets no points, and a sentence where it is refused."""

import functools

import numpy as np
import pytest
from attacks_outside import FORECASTS, LAYERS, NETS, QUESTIONS, WRONG_NETS
from museum_wall import TABLE

from course_lib import datasets, nn, ops
from course_lib.exercises import registry
from course_lib.exercises.collect import Outcome, collect
from course_lib.exercises.expect import expected, read, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.exercises.stand_ins import handed_over
from course_lib.exercises.written_tests import asked


@functools.cache
def sent(id):
    """What an honest answer sends for each public instance."""
    exercise = registry.get(id)
    return [outcome.value for outcome in collect(exercise, exercise.reference, seeded_instances(exercise), 60)]


def put(id, attack):
    """What is read of it, for the first instance."""
    exercise = registry.get(id)
    outcome, = read(exercise, [Outcome(value=attack(sent(id)[0]))], seeded_instances(exercise)[:1])
    return outcome


@pytest.mark.parametrize("attack", [attack for _, attack in NETS], ids=[name for name, _ in NETS])
def test_what_is_no_net_is_refused_in_a_sentence(attack):
    outcome = put("4.33", attack)
    assert outcome.value is None and outcome.error and 20 < len(outcome.message) < 400, outcome


@pytest.mark.parametrize("attack", [attack for _, attack in WRONG_NETS], ids=[name for name, _ in WRONG_NETS])
def test_a_net_that_has_learned_nothing_is_wrong(attack):
    known = expected(registry.get("4.33"))
    result = judge(registry.get("4.33"), [Outcome(value=attack(sent("4.33")[0]))], known)
    assert result.points == 0 and result.message


@pytest.mark.parametrize("attack", [attack for _, attack in LAYERS], ids=[name for name, _ in LAYERS])
def test_what_is_no_network_is_never_trained(attack):
    outcome = put("8.12", attack)
    assert outcome.value is None and "no network that can be trained" in outcome.message, outcome


@pytest.mark.parametrize("attack", [attack for _, attack in FORECASTS], ids=[name for name, _ in FORECASTS])
def test_who_has_seen_the_series_has_no_points(attack):
    exercise, known = registry.get("9.17"), expected(registry.get("9.17"))
    outcomes = [Outcome(value=attack(value, *instance))
                for value, instance in zip(sent("9.17"), known.instances, strict=True)]
    assert judge(exercise, outcomes, known).points == 0


@pytest.mark.parametrize("id, question", [attack[1:] for attack in QUESTIONS], ids=[attack[0] for attack in QUESTIONS])
def test_what_no_stand_in_asks_gets_no_value(id, question):
    versions: list = []
    handed_over(tuple(map(tuple, seeded_instances(registry.get(id)))), versions)
    try:
        reply = asked(versions, question)
    except (ValueError, TypeError, KeyError, IndexError):
        return  # the answer came back damaged
    assert "value" not in reply and len(reply["message"]) <= 300


def test_numbers_in_a_list_are_no_sizes():
    versions: list = []
    handed_over(tuple(map(tuple, seeded_instances(registry.get("6.2")))), versions)
    reply = asked(versions, {"version": 0, "arguments": ([1000, 2000, 3000], 0.5), "named": {}})
    assert reply["value"].shape == (3,)


def test_honest_answers_are_read():
    assert put("4.33", lambda sent: sent).value == expected(registry.get("4.33")).right[0].value
    assert put("9.17", lambda sent: sent).value == ("the past", "below", 1.0)


def test_a_table_of_the_rows_that_judge_would_be_right():
    """So the attack of the museum fails for no other reason than that these rows are not in the sandbox."""
    names = {"np": np, "nn": nn, "ops": ops}
    exec(TABLE, names)

    def by_heart(X, y, X_val, y_val):
        split = datasets.digits8()
        net, loss = names["table"](split.X_test, names["labels_of"](X, y, split))
        history = names["History"]()
        history.loss, history.val_loss = np.array([1e6, loss(X, y)]), np.array([1e6, loss(X_val, y_val)])
        return net, history

    exercise = registry.get("4.33")
    known = expected(exercise)
    assert judge(exercise, collect(exercise, by_heart, known.instances, 60), known).status == "right"

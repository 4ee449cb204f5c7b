"""What an answer may not do: hold the results instead of a rule, or be judged on data that it has seen."""

import numpy as np
import pytest

from course_lib.exercises import registry
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

XOR = [0.0, 1.0, 1.0, 0.0]


def verdict(id, answer, seed=0):
    exercise = registry.get(id)
    known = expected(exercise, seed)
    return judge(exercise, collect(exercise, answer, known.instances, 60), known)


def right(id, **change):
    return registry.get(id).reference | change


# --- hand-set weights ---

SMUGGLED = {
    "3.5 a bias with one entry a sample": ("3.5", {"w1": 0, "w2": 0, "b": [1.0, 1.0, 1.0, -1.0]}, "b has shape (4,)"),
    "3.5 a column of biases": ("3.5", {"w1": 0, "w2": 0, "b": np.ones((4, 1))}, "b has shape (4, 1)"),
    "3.5 weights with one entry a sample": ("3.5", {"w1": [-1.0] * 4, "w2": -1, "b": 1.5}, "w1 has shape (4,)"),
    "3.18 a third hidden unit": ("3.18", {"W1": np.ones((2, 3)), "W2": np.ones(3)}, "W1 has shape (2, 3)"),
    "3.19 the answers in b2": ("3.19", right("3.19", W2=np.zeros(2), b2=XOR), "b2 has shape (4,)"),
    "3.19 the answers in b1": ("3.19", right("3.19", b1=np.column_stack([XOR, XOR])), "b1 has shape (4, 2)"),
    "3.19 four hidden units": ("3.19", right("3.19", W1=np.ones((2, 4)), b1=np.ones(4), W2=np.ones(4)), "W1 has shape"),
    "3.21 the answers in b": ("3.21", right("3.21", w=np.zeros(2), b=np.ones(99)), "b has shape (99,)"),
    "3.21 the answers in b2": ("3.21", right("3.21", W2=np.zeros(2), b2=np.ones(99)), "b2 has shape (99,)"),
    "3.21 texts": ("3.21", right("3.21", b2="many"), "b2 is 'many', expected numbers, one number"),
}


@pytest.mark.parametrize("id, answer, words", SMUGGLED.values(), ids=SMUGGLED)
def test_weights_of_another_shape_are_refused_with_a_message(id, answer, words):
    result = verdict(id, answer)
    assert result.points == 0 and words in result.message, result.message


def test_a_bias_in_a_list_of_one_is_a_number():
    assert verdict("3.19", right("3.19", b2=[0.0])).status == "right"


# --- data that are unseen ---


def test_weights_that_were_trained_before_do_not_fit_other_labels():
    exercise, kept = registry.get("4.33"), []

    def pasted(X, y, X_val, y_val):
        if not kept:
            kept.append(exercise.reference(X, y, X_val, y_val))
        return kept[0]

    assert verdict("4.33", pasted).status == "right"
    for seed in range(1, 6):
        assert verdict("4.33", pasted, seed).points == 0


def test_labels_that_the_library_knows_are_not_those_that_are_asked_for():
    from course_lib import datasets

    exercise, split = registry.get("4.33"), datasets.digits8()
    known = exercise.reference(split.X_train, split.y_train, split.X_test, split.y_test)
    assert all(verdict("4.33", lambda *arguments: known, seed).points == 0 for seed in range(1, 6))

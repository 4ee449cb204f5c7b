"""Tests that students wrote, graded: the versions never enter the sandbox, and nothing but a test gets the points."""

import json

import museum
import pytest
from needs import needs

from course_lib.exercises import registry
from course_lib.exercises.probe import MOST_CALLS
from course_lib.grading import records, runner

ID = "4.36"
SUBMISSION = records.Submission("s1", "A Student", "file.ipynb")
HEAD = f"# Exercise {ID}: test_affine_backward\ndef test_affine_backward(affine_backward):\n"
RIGHT = """
    x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0, 2], [0, 1, 1]])
    dout = np.array([[1.0, 0, -1], [2, 1, 0]])
    dx, dW, db = affine_backward(dout, (x, W))
    assert np.allclose(dx, [[-1, -1], [2, 1]])
    assert np.allclose(dW, [[7, 3, -1], [10, 4, -2]])
    assert np.allclose(db, [3, 1, -1])
"""
WEAK = "    assert affine_backward(np.ones((1, 2)), (np.ones((1, 2)), np.ones((2, 2))))[0].shape == (1, 2)\n"
#: replaces what runs the test in the sandbox by something that says the same of every version
FORGED = """
    from course_lib.exercises import probe
    def put(title, name, parameters, test, replies):
        return [{"state": %r, "calls": [[(), {"value": 0}]], "asked": (), "error": "", "message": "", "line": "",
                 "line_number": 0, "whole": False} for _ in replies]
    probe.put = put
    put(*[[]] * 5)
    affine_backward(np.ones((1, 1)), (np.ones((1, 1)), np.ones((1, 1))))
"""
#: looks for anything callable that is not its own in all that it can reach
SEARCHES = """
    import gc, sys
    names = {"affine_backward"}
    found = [f for f in gc.get_objects() if callable(f) and getattr(f, "__module__", "") and
             "exercises.affine" in str(f.__module__)]
    assert not found and "course_lib.chapters.ch04_backpropagation.exercises" not in sys.modules
    from course_lib.chapters.ch04_backpropagation import calls
    assert not any("dout" in getattr(f, "__code__", calls.deep_backward.__code__).co_varnames
                   for f in vars(calls).values() if callable(f))
""" + RIGHT


def graded(body, **options):
    cells = [museum.first("04"), HEAD + body, museum.check(ID)]
    record, _ = runner.run(json.dumps(museum.book(cells)).encode(), SUBMISSION, runner.Options(**options))
    return next(result for result in record.exercises if result.id == ID)


@needs("bubblewrap")
@pytest.mark.parametrize("body, status, words", [
    (RIGHT, "right", "catches 6 of 7 wrong ones"),
    (SEARCHES, "right", "catches 6 of 7"),
    (WEAK, "wrong", "One that passes: its "),
    ("    assert affine_backward(np.ones((2, 1)), (np.ones((2, 1)), np.ones((1, 1))))[2] == 1\n", "wrong",
     "fails the right version: on input np.array([[1.], [1.]])"),
    ("    raise NotImplementedError\n", "not attempted", "still to be written"),
    ("    while True: pass\n", "time", "No answer within"),
    ("    import os; os._exit(1)\n", "dead", ""),
    (FORGED % "held", "wrong", "lets all 7"),
    (FORGED % "failed", "wrong", "fails the right version"),
    (FORGED % "nonsense", "error", "could not be read"),
    (FORGED % "asks", "wrong", f"more than {MOST_CALLS} times"),
])  # fmt: skip
def test_only_a_test_is_right(body, status, words):
    result = graded(body)
    assert (result.status, words in result.message) == (status, True), result
    assert result.points == (registry.get(ID).points if status == "right" else 0)


@needs("bubblewrap")
def test_who_learned_the_order_of_the_check_by_heart_fails_on_the_hidden_one():
    from course_lib.exercises.expect import seeded_instances

    order = seeded_instances(registry.get(ID))[0][0]
    by_place = f"""
    affine_backward(np.ones((1, 1)), (np.ones((1, 1)), np.ones((1, 1))))
    runs[0] += 1
    assert {order!r}[(runs[0] - 1) % {len(order)}] == 0
runs = [0]
"""
    result = graded(by_place, seed=5)
    assert (result.status, result.points, result.public) == ("wrong", 0, False)
    assert "another order" in result.message


def test_without_a_wall_too():
    assert graded(RIGHT, sandbox="none").points == registry.get(ID).points

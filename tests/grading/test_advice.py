"""What wrong answers are told beyond a number: true places, no points, nothing hidden; hostile replies cost a line."""

import json
import time
from dataclasses import replace

import museum
import numpy as np
import pytest
from needs import needs

from course_lib.exercises import registry
from course_lib.exercises.collect import Foreign, Outcome, collect
from course_lib.exercises.expect import expected, seeded_instances
from course_lib.exercises.judge import judge
from course_lib.grading import advice, notebook, records, runner
from course_lib.grading.inside.data import BadData
from course_lib.grading.kernel import Dead, Kernel, Slow

SUBMISSION = records.Submission("s1", "A Student", "file.ipynb")
SEED = 77_001
BRACKETS = "# Exercise 4.4: sigmoid_backward\ndef sigmoid_backward(dout, cache):\n    return dout * cache * 1 - cache"
UNSHIFTED = """# Exercise 4.11: cross_entropy
def cross_entropy(logits, y):
    m = logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(logits - m), axis=1))
    return np.mean(log_sum - logits[np.arange(len(y)), y])
"""
AS_IT_IS = BRACKETS.partition("\n")[2]
#: an answer in two cells
SLOPES = """# Exercise 4.7: leaky_relu_backward
def slopes(cache, a):
    return np.where(cache > 0, 1, a)
"""
ADDED = """def leaky_relu_backward(dout, cache, a):
    return dout + slopes(cache, a)
"""


# --- replies, without a kernel ---


def answer():
    space = {"np": np}
    exec(BRACKETS, space)
    return space["sigmoid_backward"]


def work_with(ask) -> runner.Work:
    """A submission whose wrong 4.4 has just been judged, and whose kernel says what `ask` says."""
    plan = notebook.plan(notebook.read(json.dumps(museum.book([museum.first("04"), BRACKETS])).encode()))
    work = runner.Work(plan, runner.Options())
    exercise = work.exercises["4.4"]
    known = expected(exercise)
    outcomes = collect(exercise, answer(), known.instances)
    verdict = judge(exercise, outcomes, known)
    assert advice.wants_more(exercise, verdict)
    work.kernel, work.ask = object(), ask
    work.kept = [(len(work.steps) - 1, "4.4")]
    work.results["4.4"] = runner._result(exercise, verdict)
    work.unsaid["4.4"] = advice.Wrong(exercise, known, outcomes)
    return work


def as_asked(do, wait, /, instances, programs=(), **more) -> dict:
    """An honest kernel's reply for the answer as it is, to whatever is asked; edited programs are none."""
    outcomes = collect(registry.get("4.4"), answer(), [tuple(instance) for instance in instances])
    return {"outcomes": [outcomes, *[None] * (len(programs) - 1)] if programs else outcomes, "ticks": 3}


CHANGED = Outcome(value=1.0, changed=(7,))
REPLIES = {
    "nothing": lambda reply, programs, n: {},
    "no list": lambda reply, programs, n: reply | {"outcomes": 3},
    "too few": lambda reply, programs, n: reply | {"outcomes": []},
    "too many": lambda reply, programs, n: reply | {"outcomes": [None] * (len(programs) + 1)},
    "programs without outcomes": lambda reply, programs, n: reply | {"outcomes": [[]] * len(programs)},
    "no outcomes": lambda reply, programs, n: reply | {"outcomes": [[1.0] * n] * len(programs)},
    "an argument that does not exist": lambda reply, programs, n: reply | {"outcomes": [[CHANGED] * n] * len(programs)},
    "no ticks": lambda reply, programs, n: reply | {"ticks": "many"},
    "ticks below 0": lambda reply, programs, n: reply | {"ticks": -1},
    "another answer": lambda reply, programs, n: reply | {"outcomes": [[Outcome(value=1.0)] * n] * len(programs)},
    "strange values": lambda reply, programs, n: reply | {
        "outcomes": [reply["outcomes"][0], *[[Outcome(value=Foreign("x"))] * n] * (len(programs) - 1)]},
}


@pytest.mark.parametrize("change", REPLIES.values(), ids=REPLIES)
def test_a_hostile_reply_costs_the_line_alone(change):
    def ask(do, wait, /, programs=(), **more):
        reply = as_asked(do, wait, programs=programs, **more)
        return change(reply, programs, len(more["instances"])) if do == "edited" else reply

    work = work_with(ask)
    before = work.results["4.4"]
    work._advise()
    assert work.results["4.4"] == before
    assert work.status() == "ok" and not work.notes


def test_damaged_replies_cost_the_line_alone():
    def ask(do, *wait, **more):
        raise BadData("no plain data")

    work = work_with(ask)
    before = work.results["4.4"]
    work._advise()
    assert work.results["4.4"] == before


@pytest.mark.parametrize("error", [Dead("ended the kernel"), Slow()], ids=["dead", "slow"])
def test_a_kernel_that_is_lost_is_asked_no_more(error):
    asked = []

    def ask(do, *wait, **more):
        asked.append(do)
        raise error

    work = work_with(ask)
    work.unsaid["4.5"] = work.unsaid["4.4"]
    work.kept.append((0, "4.5"))
    before = dict(work.results)
    work.was_a_step = lambda count, why, status: False
    work._advise()
    assert len(asked) == 1 and work.results == before and not (work.dead or work.timed_out)


def test_a_kernel_that_knows_what_is_right_gains_a_line_and_no_points():
    exercise = registry.get("4.4")

    def ask(do, wait, /, instances, programs=(), **more):
        reply = as_asked(do, wait, instances=instances, programs=programs, **more)
        if do == "edited" and programs[0] != AS_IT_IS:
            right = collect(exercise, exercise.reference, [tuple(instance) for instance in instances])
            return reply | {"outcomes": [right] * len(programs)}
        return reply

    work = work_with(ask)
    before = work.results["4.4"]
    work._advise()
    after = work.results["4.4"]
    assert after.look and after.points == 0
    assert replace(after, message="", look="") == replace(before, message="")


def test_nothing_more_is_said_late_or_after_many_kernels():
    for late in ({"end": time.monotonic() + 100}, {"starts": 7}, {"edited": advice.MOST_IN_ALL}, {"kernel": None},
                 {"lost": {runner.ADVISING: "took too long"}}):
        work = work_with(None)  # asking would raise
        before = work.results["4.4"]
        vars(work).update(late)
        work._advise()
        assert work.results["4.4"] == before


# --- in the sandbox ---


def graded(lost=()) -> records.Record:
    """Three wrong answers and two right ones, graded in this process."""
    cells = [museum.first("04"), museum.solved("4.3"), museum.check("4.3"), BRACKETS, SLOPES, ADDED, UNSHIFTED,
             museum.solved("4.31")]
    data = json.dumps(museum.book(cells)).encode()
    (done,) = runner.grade(runner.Unwatched(), data, SUBMISSION, runner.Options(seed=SEED), dict.fromkeys(lost, "x"))
    return records.from_json(done["record"])


@pytest.fixture(scope="module")
def advised():
    """(the record, the same without advice, [(what was asked, instances)] of the first)."""
    sent, ask = [], Kernel.ask

    def spy(self, do, wait, /, **what):
        sent.append((do, what.get("instances", ())))
        return ask(self, do, wait, **what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Kernel, "ask", spy)
        record = graded()
    return record, graded(lost=[runner.ADVISING]), sent


@needs("bubblewrap")
def test_wrong_answers_hear_where_to_look_or_how_they_respond(advised):
    said = {result.id: result for result in advised[0].exercises}
    assert said["4.4"].look == ("Line 3, at `dout * cache * 1 - cache`: in which order does Python work this out? "
                                "Brackets decide.")
    assert said["4.7"].look.startswith("Line 2, at `dout + slopes(cache, a)`: which operation stands")
    assert said["4.11"].message.startswith("Add 1 to") and not said["4.11"].look


@needs("bubblewrap")
def test_advice_changes_no_points_and_no_status(advised):
    with_it, without, _ = advised
    assert with_it != without

    def told(record):
        return replace(record, exercises=tuple(replace(e, message="", picture="", look="") for e in record.exercises))

    assert told(with_it) == told(without)
    assert {e.id for e in with_it.exercises if e.points} == {"4.3", "4.31"}


@needs("bubblewrap")
def test_hidden_inputs_come_after_all_advice_and_are_not_in_it(advised):
    record, _, sent = advised
    public = {array.tobytes() for array in arrays_of(0)}
    hidden = {array.tobytes() for array in arrays_of(SEED)} - public
    of_hidden = [k for k, (_, instances) in enumerate(sent)
                 if any(a.tobytes() in hidden for instance in instances for a in map(np.asarray, instance))]
    advice_last = max(k for k, (do, _) in enumerate(sent) if do == "edited")
    assert of_hidden and min(of_hidden) > advice_last
    said = json.dumps([e.message + e.inputs + e.look for e in record.exercises])
    numbers = {f"{abs(v):.5f}" for array in arrays_of(SEED) for v in array.ravel() if abs(v) % 1}
    assert numbers and not [number for number in numbers if number in said]


def arrays_of(seed):
    return [array for id in ("4.3", "4.31") for instance in seeded_instances(registry.get(id), seed)
            for array in map(np.asarray, instance) if array.size > 1]

"""Live figures of chapter 09 without a page: learning to write, reading, sampling, forecasts."""

import numpy as np
import pytest

from course_lib.chapters.ch09_recurrent import writers
from course_lib.chapters.ch09_recurrent.demos.letters import number_at, places

NAMES = ("CharacterTraining", "Reach", "CellsCompared", "GatesOverText", "CellViewer")


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_captions_fit(made, name):
    demo = made[name]
    frames = []
    for preset in demo.presets:
        frames.append(demo.preset(preset).frame)
        assert len(demo.message) < 330, demo.message
    assert len(set(frames)) == len(frames)
    demo.reset()


# ---- text in cells --------------------------------------------------------------------------------------------------


def test_letters_stand_in_reading_order_and_words_stay_whole():
    text = "To be, or not to be,\nthat is the question"
    row, column = places(text, 10, 20)
    assert len(row) == len(text) and column.max() <= 9
    for word in ("be,", "not", "that", "question"):
        at = text.index(word)
        assert len(set(row[at : at + len(word)])) == 1 and list(np.diff(column[at : at + len(word)])) == [1] * (
            len(word) - 1)
    assert row[text.index("that")] == row[text.index("\n")] + 1
    assert (np.diff(row) >= 0).all()


def test_a_click_finds_the_character_under_it():
    text = writers.passage("Osr.\nIt is", 160)
    row, column = places(text, 40, 9)
    for at in (0, 3, 40, 131, len(row) - 1):
        if text[at] != " ":
            assert number_at(column[at] + 0.5, 9 - row[at] - 0.5, text, 40, 9) == at


def test_letters_end_with_the_last_row():
    assert len(places("a b c\n" * 50, 8, 3)[0]) == 18


# ---- learning to write ----------------------------------------------------------------------------------------------


def test_training_begins_at_chance_and_passes_the_trigram(made):
    demo = made["CharacterTraining"].reset()
    assert demo.set(step=0).current["nats"] == pytest.approx(np.log(65), abs=0.02)
    passed = demo.reset().current["passed"]
    assert demo.set(step=passed).current["nats"] < writers.tables()[2]
    assert demo.set(step=passed - writers.EVERY).current["nats"] >= writers.tables()[2]
    assert demo.set(cell="GRU", step=1200).current["nats"] < writers.tables()[2]
    demo.reset()


def test_a_rate_turned_in_the_middle_leaves_what_was_before(made):
    demo = made["CharacterTraining"].reset().set(step=600)
    before = demo.current["loss"]
    demo.turn(lr=0.001)
    demo.set(step=1200)
    assert np.array_equal(demo.current["loss"][:600], before)
    assert demo.current["pieces"] == ((0, 600, 0.01), (600, 1200, 0.001))
    assert demo.current["nats"] != made["CharacterTraining"].reset().current["nats"]


def test_a_rate_that_is_too_large_is_said(made):
    demo = made["CharacterTraining"].reset().set(lr=1.0)
    assert demo.current["nats"] > np.log(65) and "overshoot" in demo.message
    demo.reset()


def test_pull_is_the_gradient_by_finite_differences():
    from course_lib import ops

    run = writers.trained("gru").runs[4]
    text = writers.passage("Osr.\nIt is", 12)
    p = {name: value.astype(np.float64) for name, value in run.params.items()}
    tokens = ops.encode(text, ops.vocabulary(run.characters)[1])
    x = np.eye(65)[tokens[:-1]][None]

    def loss(x):
        h, _ = ops.gru_forward(x, p["W"], p["U"], p["b"])
        return ops.cross_entropy(h[:, -1] @ p["Wy"] + p["by"], tokens[-1:])

    at, slope = 8, np.zeros(65)
    for k in range(65):
        step = np.zeros_like(x)
        step[0, at, k] = 1e-5
        slope[k] = (loss(x + step) - loss(x - step)) / 2e-5
    assert writers.pull(run, text)[at] == pytest.approx(np.linalg.norm(slope), rel=1e-3)


def test_reach_grows_while_the_network_learns(made):
    demo = made["Reach"].reset()
    assert demo.current["reached"] > demo.set(step=100).current["reached"]
    assert demo.current["norms"].shape == (25,)
    assert len(demo.current["pull"]) == demo.values["at"]
    demo.reset()


def test_cells_are_equal_in_what_is_said(made):
    demo = made["CellsCompared"].reset()
    for size in (4000, 16000):
        found = np.array(demo.set(parameters=size).current["parameters"])
        assert np.abs(found - size).max() < 0.06 * size
    state = demo.preset("Equal units").current
    assert state["hidden"] == [64, 64, 64] and state["parameters"][2] == 4 * state["parameters"][0]
    state = demo.preset("Equal units, equal time").current
    assert state["steps"][0] == 1200 > max(state["steps"][1:])
    slack = writers.EVERY * np.array(state["paces"])
    assert (state["x"][0] - np.array(state["x"]) <= slack + 1e-9).all()
    demo.reset()


# ---- reading --------------------------------------------------------------------------------------------------------


def test_gates_that_are_held_stand_where_they_are_held(made):
    demo = made["GatesOverText"].reset()
    for gate, name in (("f", "forget gate f"), ("i", "input gate i"), ("o", "output gate o")):
        for value in (0, 1):
            state = demo.reset().set(**{gate: f"held at {value}", "shown": name}).current
            assert (state["values_shown"] == value).all()
            assert state["nats"] > state["trained_nats"]
    assert np.array_equal(demo.reset().current["surprise"], demo.current["trained_surprise"])


def test_without_forget_gates_the_loss_is_that_of_a_table_of_two(made):
    state = made["GatesOverText"].preset("Forget gates at 0").current
    assert state["nats"] == pytest.approx(state["tables"][1], abs=0.15)
    assert "A table of 2 has" in made["GatesOverText"].message
    made["GatesOverText"].reset()


def test_a_unit_follows_the_line(made):
    demo = made["CellViewer"].reset()
    assert demo.current["best"] == demo.current["unit"] and abs(demo.current["correlations"][demo.current["unit"]]) > 0.5
    r = demo.current["correlations"]
    assert demo._nearest(r, 12, r[12]) == 12
    for preset in ("Spaces", "Vowels"):
        state = demo.preset(preset).current
        assert abs(state["correlations"][state["unit"]]) > 0.4
    demo.reset()

"""Live figures of chapter 09 without a page: learning to write, reading, sampling, forecasts."""

import itertools

import numpy as np
import pytest

from course_lib import datasets, ops
from course_lib.chapters.ch09_recurrent import writers
from course_lib.chapters.ch09_recurrent.demos.letters import number_at, places

NAMES = ("CharacterTraining", "Reach", "CellsCompared", "GatesOverText", "CellViewer", "Temperature", "DoubleSoftmax",
         "BeamTree", "Forecast")


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
    text = writers.passage("Osr.\nIt is indifferent", 160)
    row, column = places(text, 28, 12)
    assert len(row) == 160
    for at in (0, 3, 40, 131, len(row) - 1):
        if text[at] != " ":
            assert number_at(column[at] + 0.5, 12 - row[at] - 0.5, text, 28, 12) == at


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
    assert np.abs(np.array(demo.current["parameters"]) - 8000).max() < 0.06 * 8000
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
    r = demo.current["correlations"]
    assert demo.current["best"] == demo.current["unit"] and np.abs(r).max() > 0.5
    assert demo._nearest(r, 12, r[12]) == 12
    for preset in ("Spaces", "Vowels"):
        state = demo.preset(preset).current
        assert abs(state["correlations"][state["unit"]]) > 0.4
    demo.reset()


# ---- sampling -------------------------------------------------------------------------------------------------------


def test_entropy_grows_with_temperature_and_a_cold_text_repeats(made):
    demo = made["Temperature"].reset()
    assert (np.diff(demo.current["curve"]) > 0).all()
    repeats = {T: len(set(demo.set(T=T).current["written"].split())) for T in (0.2, 1.5)}
    assert repeats[0.2] < repeats[1.5]
    assert demo.current["entropy"] < np.log2(65)
    demo.reset()


def test_only_the_best_are_drawn_among(made):
    demo = made["Temperature"].preset("Hot, among the best five")
    assert np.count_nonzero(demo.current["probabilities"]) == 5
    assert demo.current["probabilities"].sum() == pytest.approx(1)
    written = demo.preset("Always the most probable").current["written"]
    assert demo.set(draw=7, T=2.0).current["written"] == written
    assert demo.current["entropy"] == pytest.approx(0, abs=1e-9)
    demo.reset()


def test_two_softmaxes_are_close_to_uniform_at_every_step(made):
    demo = made["DoubleSoftmax"].reset()
    once, twice = demo.current["curves"]
    assert twice.min() > 0.99 * np.log2(65) and once[-1] < 0.5 * np.log2(65)
    assert demo.current["twice"].max() <= np.e / (np.e + 64)
    assert demo.set(sampler="softmax once").current["written"] != demo.reset().current["written"]


def test_a_sampler_that_is_given_probabilities_softmaxes_them_again():
    run = writers.trained("lstm").last
    written = writers.written_twice(run, 4000, rng=1)
    rare = set(run.characters) & set("[]QJZ&18UVXz")  # drawn as often as all others, in the play as good as never
    assert np.mean([c in rare for c in written]) == pytest.approx(len(rare) / 65, abs=0.03)
    assert np.mean([c in rare for c in run.sample(4000, rng=1)]) < 0.03


def test_beams_are_those_of_the_library_and_the_table_misleads_greedy_search(made):
    demo = made["BeamTree"].reset()
    for model in demo._MODELS:
        for width in (1, 2, 4):
            state = demo.set(model=model, width=width, length=4).current
            total, tokens, _ = state["columns"][-1][0]
            assert tokens == tuple(state["sequence"]) and total == pytest.approx(state["log_probability"])
            assert [len(column) for column in state["columns"]] == [
                min(width + 2, 65 if model != demo._MODELS[0] else 3 * (1 if k == 0 else min(width, 3**k)))
                for k in range(4)]
    state = demo.reset().set(length=4).current
    logs = np.log([[0.1, 0.5, 0.4], [0.36, 0.32, 0.32], [0.05, 0.9, 0.05]])
    every = {tokens: sum(logs[a, b] for a, b in itertools.pairwise((0, *tokens)))
             for tokens in itertools.product(range(3), repeat=4)}
    assert state["best"] == pytest.approx(max(every.values())) and state["log_probability"] < state["best"] - 1
    assert demo.preset("A clear lead").current["log_probability"] > state["log_probability"]
    demo.reset()


# ---- forecasts ------------------------------------------------------------------------------------------------------


def test_last_year_is_what_it_says(made):
    state = made["Forecast"].reset().set(horizon=12).current
    series = datasets.seasonal_series(300)
    assert np.array_equal(state["naive"], series[-72:-12])
    assert state["naive_rmse"] == pytest.approx(np.sqrt(np.mean((series[-60:] - series[-72:-12]) ** 2)))
    assert np.array_equal(made["Forecast"].set(horizon=13).current["naive"], series[-84:-24])
    made["Forecast"].reset()


def test_a_forecast_uses_nothing_that_came_later(made, monkeypatch):
    from course_lib.chapters.ch09_recurrent.demos import forecasting

    demo = made["Forecast"].reset()
    forecast, whole = demo.set(horizon=3).current["forecast"], forecasting._standardized

    def spoiled(noise):
        series, mean, sd, z = whole(noise)
        z = z.copy()
        z[260:] = 50.0
        return series, mean, sd, z

    monkeypatch.setattr(forecasting, "_standardized", spoiled)
    demo._forecasts.cache_clear()
    found = demo._forecasts("gru", 16, forecasting._TARGETS[0], 0.5, 100)[2]
    monkeypatch.undo()
    demo._forecasts.cache_clear()
    changed = np.flatnonzero(np.abs(found - forecast) > 1e-6) + 240
    assert changed.min() == 263  # the first that is forecast when 260 is known
    demo.reset()


def test_the_change_is_easier_to_learn_than_the_value(made):
    demo = made["Forecast"].reset()
    assert demo.current["rmse"] < demo.current["naive_rmse"]
    assert demo.preset("It learns the value itself").current["rmse"] > demo.current["naive_rmse"]
    demo.reset()

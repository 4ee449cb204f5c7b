"""Live figures of chapter 09 without a page: the unrolled network, gradients in time, cells, patterns, memory."""

import numpy as np
import pytest

from course_lib import nn, ops
from course_lib.chapters.ch09_recurrent import experiments

NAMES = ("UnrolledNetwork", "GradientInTime", "LSTMCell", "GRUCell", "MemoryHalfLife", "Patterns",
         "WhatAnOutputHasSeen", "TruncatedWindow", "CopyTask")


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_captions_fit(made, name):
    demo = made[name]
    frames = []
    for preset in demo.presets:
        frames.append(demo.preset(preset).frame)
        assert len(demo.message) < 290, demo.message
    assert len(set(frames)) == len(frames)
    demo.reset()


# ---- forward and back through the steps -----------------------------------------------------------------------------


@pytest.mark.parametrize("changed", range(1, 6))
def test_a_change_moves_this_state_and_all_later_ones(made, changed):
    state = made["UnrolledNetwork"].reset().set(changed=changed).current
    moved = np.flatnonzero(np.abs(state["h"] - state["without"]) > 1e-9) + 1
    assert list(moved) == list(range(changed, 6))
    made["UnrolledNetwork"].reset()


def test_without_a_recurrent_weight_a_change_stays_where_it_is(made):
    state = made["UnrolledNetwork"].preset("No recurrent weight").current
    assert list(np.flatnonzero(state["h"] != state["without"])) == [2]
    made["UnrolledNetwork"].reset()


@pytest.mark.parametrize("loss", ["the last state", "the sum of all states"])
def test_gradients_of_the_inputs_are_differences_of_the_loss(made, loss):
    demo = made["UnrolledNetwork"].reset().set(loss=loss, by=0.0)
    state = dict(demo.current)
    for t in range(1, 6):
        name, x = f"x{t}", demo.values[f"x{t}"]
        above = float(state["own"] @ demo.state(**demo.values | {name: x + 1e-5})["h"])
        below = float(state["own"] @ demo.state(**demo.values | {name: x - 1e-5})["h"])
        assert state["dx"][t - 1] == pytest.approx((above - below) / 2e-5, abs=1e-8)
    np.testing.assert_allclose(state["dWx"], state["da"] @ state["x"])
    np.testing.assert_allclose(state["dWh"], state["da"][1:] @ state["h"][:-1])
    np.testing.assert_allclose(state["dh"], state["own"] + np.append(state["carries"][1:5], 0.0))
    demo.reset()


def test_the_pulse_of_the_text(made):
    """x = 1, 0, 0, ..., with weights 1 and 0.5: h = tanh 1, tanh(h / 2), ..."""
    state = made["UnrolledNetwork"].preset("A pulse and its echo").set(wh=0.5).current
    h = [np.tanh(1.0)]
    for _ in range(4):
        h.append(np.tanh(0.5 * h[-1]))
    np.testing.assert_allclose(state["h"], h)
    assert not state["without"].any()
    made["UnrolledNetwork"].reset()


def test_numbers_appear_step_by_step(made):
    demo = made["UnrolledNetwork"].reset()
    assert "Before the first step" in demo.set(step=0).message
    assert "no state" in demo.set(step=2).message.lower()
    assert "steps 3 to 5" in demo.set(step=5).message
    assert "dwₓ" not in demo.set(step=9).message and "dwₓ" in demo.set(step=10).message
    demo.reset()


@pytest.mark.parametrize(("radius", "cell"), [(0.9, "tanh"), (1.1, "tanh"), (1.6, "tanh"), (0.9, "ReLU")])
def test_lengths_are_those_that_the_exercise_measures(made, radius, cell):
    state = made["GradientInTime"].reset().set(radius=radius, cell=cell).current
    assert state["lengths"][-1] == pytest.approx(experiments.length_left(radius, cell.lower()), rel=1e-9)
    assert len(state["lengths"]) == 51 and state["lengths"][0] == 1
    made["GradientInTime"].reset()


def test_a_radius_of_one_is_not_enough_for_tanh_and_an_lstm_keeps_more(made):
    demo = made["GradientInTime"].reset()
    assert demo.current["lengths"][-1] < 1e-4
    ends = {bias: demo.set(cell="LSTM", bias=bias).current["lengths"][-1] for bias in (0.0, 1.0, 3.0)}
    assert ends[0.0] < ends[1.0] < ends[3.0] and ends[1.0] > 1e-4
    demo.reset()


def test_clipping_shortens_all_parts_alike(made):
    demo = made["GradientInTime"].preset("Exploding, clipped")
    state = demo.current
    assert state["total"] > 1e3 and state["factor"] == pytest.approx(1 / state["total"])
    assert "nothing is clipped" in demo.set(radius=0.3, spread=0.1).message
    demo.reset()


def test_the_end_of_the_curve_is_dragged_to_another_radius(made):
    demo = made["GradientInTime"].reset()
    handle = demo.handles[0]
    end = demo.current["end"]
    assert handle.moved({**demo.values, **demo.current}, 50, end)["radius"] == pytest.approx(1.0)
    assert handle.moved({**demo.values, **demo.current}, 50, 10 * end)["radius"] > 1.0


# ---- cells ----------------------------------------------------------------------------------------------------------


def test_gates_of_the_prediction(made):
    demo = made["LSTMCell"].reset()
    assert demo.current["c_new"] == demo.values["c"] and demo.current["h_new"] == 0
    assert "nobody sees it" in demo.message


@pytest.mark.parametrize("gates", [dict(f=0.0, i=1.0, o=1.0), dict(f=0.3, i=0.7, o=0.2), dict(f=1.0, i=1.0, o=0.9)])
def test_lstm_by_its_equations_and_its_slope_in_the_old_cell(made, gates):
    demo = made["LSTMCell"].reset().set(**gates, g=-0.4, c=1.2, source="the state h′")
    state, v = demo.current, demo.values
    c_new = v["f"] * v["c"] + v["i"] * v["g"]
    assert state["c_new"] == pytest.approx(c_new) and state["h_new"] == pytest.approx(v["o"] * np.tanh(c_new))
    assert state["slopes"]["c"] == pytest.approx(v["o"] * (1 - np.tanh(c_new) ** 2) * v["f"])
    assert demo.set(source="the cell c′").current["slopes"]["c"] == pytest.approx(v["f"])
    demo.reset()


def test_z_is_read_the_other_way_round_in_the_other_convention(made):
    demo = made["GRUCell"].reset()
    state = demo.current
    assert abs(state["h_new"] - state["k"]) < 0.1 < abs(state["h_new"] - state["h"])
    assert "Nearly the candidate" in demo.message
    other = demo.set(convention="pytorch").current
    assert other["k"] == pytest.approx(state["k"])
    assert abs(other["h_new"] - other["h"]) < 0.1 and "Nearly the old state" in demo.message
    np.testing.assert_allclose(state["curves"]["course"], state["curves"]["pytorch"][::-1])
    assert demo.set(b_hidden=0.8).current["k"] > state["k"]
    demo.reset()


@pytest.mark.parametrize(("bias", "half"), [(0.0, 1.0), (1.0, 2.213), (2.0, 5.46), (5.0, 103.2)])
def test_half_life(made, bias, half):
    state = made["MemoryHalfLife"].reset().set(bias=bias).current
    assert state["half"] == pytest.approx(half, rel=2e-3)
    assert np.interp(state["half"], np.arange(101), state["c"]) == pytest.approx(0.5, abs=0.03 if bias < 5 else 0.02)
    np.testing.assert_allclose(state["c"], float(ops.sigmoid(bias)) ** np.arange(101))
    made["MemoryHalfLife"].reset()


def test_the_half_is_dragged_along_the_steps(made):
    demo = made["MemoryHalfLife"].reset()
    assert demo.handles[2].moved(demo.current, 5.46, 0.5)["bias"] == pytest.approx(2.0, abs=0.01)


# ---- patterns -------------------------------------------------------------------------------------------------------


def test_what_an_output_of_each_pattern_depends_on(made):
    demo = made["Patterns"].reset()
    seen = {pattern: demo.set(pattern=pattern, t=4).current["seen"] for pattern in demo.PATTERNS}
    assert seen == {"one to one": [4], "one to many": [1], "many to one": [1, 2, 3, 4, 5],
                    "many to many, in step": [1, 2, 3, 4], "many to many, one after the other": [1, 2, 3]}
    assert demo.set(pattern="many to one").current["at"] == 5
    demo.reset()


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("both", [False, True])
def test_what_a_deep_network_has_seen_is_what_the_layer_of_the_library_says(made, depth, both):
    demo = made["WhatAnOutputHasSeen"].reset().set(depth=depth, direction="both ways" if both else "left to right")
    for position in range(1, 6):
        state = demo.set(position=position).current
        layer = nn.RNN(1, 4, num_layers=depth, bidirectional=both, rng=np.random.default_rng(1))
        dh = np.zeros_like(layer(np.ones((1, 5, 1)))[0])
        dh[0, position - 1] = 1
        assert state["seen"] == list(np.flatnonzero(layer.backward(dh)[0, :, 0]) + 1)
        assert state["seen"] == list(range(1, 6 if both else position + 1))
    demo.reset()


def test_both_ways_the_top_layer_alone_looks_from_both_sides(made):
    used = made["WhatAnOutputHasSeen"].preset("Three layers, both ways").current["used"]
    assert list(used[-1][0]) == [True] * 3 + [False] * 2 and list(used[-1][1]) == [False] * 2 + [True] * 3
    assert all(states.all() for layer in used[:-1] for states in layer)
    made["WhatAnOutputHasSeen"].reset()


# ---- memory ---------------------------------------------------------------------------------------------------------


def test_a_chunk_must_be_longer_than_the_delay(made):
    demo = made["TruncatedWindow"].reset()
    shares = {window: demo.set(window=window).current["now"] for window in (5, 9, 16)}
    assert shares[5] < 0.4 and shares[9] > 0.6 and shares[16] > 0.75
    assert demo.set(window=5, delay=3).current["now"] > 0.9
    demo.reset()


def test_without_the_state_only_places_after_the_delay_are_learned(made):
    places = made["TruncatedWindow"].preset("Chunks of 16, state not handed on").current["places"]
    assert places[8:].min() > 0.6 and places[:8].max() < 0.4
    made["TruncatedWindow"].reset()


def test_the_plain_network_fails_at_a_longer_delay_and_what_helps(made):
    demo = made["CopyTask"].reset()
    assert demo.current["now"] > 0.97 and demo.current["shares"][0] < 0.4
    assert demo.preset("Delay 10: nothing is learned").current["now"] < 0.35
    assert demo.preset("Delay 10, starting at radius 1").current["now"] > 0.8
    assert demo.preset("Delay 10, LSTM").current["now"] > 0.5
    demo.reset()


def test_going_back_and_on_gives_the_same_training(made):
    demo = made["CopyTask"].reset().set(delay=3)
    shares = demo.current["shares"]
    assert len(demo.set(epoch=4).current["shares"]) == 5
    np.testing.assert_array_equal(demo.set(epoch=15).current["shares"], shares)
    demo.reset()

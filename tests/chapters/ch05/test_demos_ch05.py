"""The live figures of chapter 05 without a page: they show what the text round them says."""

import numpy as np
import pytest

from course_lib import datasets, dense
from course_lib.chapters.ch05_initialization import experiments
from course_lib.chapters.ch05_initialization.predictions import PREDICTIONS
from course_lib.viz import demos

SIGNALS = [("SignalThroughDepth", chosen) for chosen in demos.SignalThroughDepth._POWERS]
SIGNALS += [("GradientsAtStart", chosen) for chosen in demos.GradientsAtStart._POWERS]


def for_prediction(made, number):
    """The figure as the prediction unlocks it."""
    prediction = next(each for each in PREDICTIONS if each.id == number)
    return made[prediction.demo].reset().set(**prediction.values)


# ---- spirals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("repaired", [True, False])
@pytest.mark.parametrize(("init", "start"),
                         list(zip(demos.SpiralStarts._STARTS, experiments.STARTS, strict=True)))
def test_spiral_starts_are_the_runs_of_the_published_table(made, init, start, repaired):
    state = made["SpiralStarts"].reset().set(init=init, data="repaired" if repaired else "as printed").current
    cost = experiments.spiral_run(start, repaired)["cost"]
    assert state["loss"][::1000] == pytest.approx(cost, abs=5e-6), "in single precision"


def test_spiral_starts_say_what_the_text_says(made):
    figure = made["SpiralStarts"]
    zeros = figure.preset("Zeros").current["loss"]
    assert zeros[0] - zeros[-1] == pytest.approx(0.00014, abs=5e-6) and np.ptp(zeros[1000:]) < 1e-6
    small = figure.preset("Spread 0.01").current["loss"]
    assert np.ptp(small[:500]) < 0.002 and small[500] - small[2000] > 0.05, "flat for hundreds of steps, then it bends"
    for init in ("lecun_normal", "he_normal"):
        loss = figure.reset().set(init=init).current["loss"]
        assert loss[0] - loss[100] > 0.1, "falls at once"


def test_scale_multiplies_the_start(made):
    state = made["SpiralStarts"].reset().set(init="lecun_normal", scale="× 3", epoch=50).current
    points = datasets.published_spiral(repaired=True)
    params = [(3 * W, b) for W, b in datasets.published_start("lecun_normal")]
    run = dense.train((2, 100, 1), points.X_train, points.y_train, hidden="relu", loss="bce", lr=0.03, epochs=50,
                      params=params)
    assert state["loss"] == pytest.approx(run.loss, abs=1e-5)


def test_spiral_maker_makes_the_published_points(made):
    published = datasets.published_spiral()
    state = made["SpiralMaker"].reset().current
    for X in (published.X_train, published.X_test):
        assert np.abs(X[:, None] - state["X"]).sum(axis=2).min(axis=1).max() < 1e-12
    right = np.mean((np.hypot(*state["X"].T) <= state["radius"] + 1e-9) == state["y"])
    assert state["accuracy"] == pytest.approx(right) and 0.93 < right < 0.96
    assert state["sd"][0] == pytest.approx(1)


def test_without_the_slip_a_circle_is_guessing(made):
    state = made["SpiralMaker"].preset("Repaired").current
    assert state["accuracy"] == 0.5 and state["shares"] == pytest.approx(0.5)
    assert state["sd"][0] == pytest.approx(state["sd"][1], rel=0.1)


# ---- units ----------------------------------------------------------------------------------------------------------


def test_equal_units_stay_equal_and_move(made):
    state = for_prediction(made, "5.a").current
    assert state["apart"] == 0 and state["moved"] > 1 and state["loss"] < state["first"] / 2
    assert (state["lines"][:, :, 0] == state["lines"][:, :, 1]).all()
    zero = made["TwinUnits"].preset("Zero").current
    assert zero["moved"] == 0 and zero["loss"] < zero["first"], "only the last bias learns"


def test_nearly_equal_units_part_after_a_while(made):
    figure = made["TwinUnits"].preset("Nearly equal")
    apart = [figure.set(step=step).current["apart"] for step in (0, 200, 1000)]
    assert apart[0] == pytest.approx(0.01) and apart[1] < 0.05 and apart[2] > 1


@pytest.mark.parametrize("start", ["equal", "nearly equal", "random"])
def test_changes_leave_the_function(made, start):
    figure = made["TwinUnits"].reset().set(start=start)
    plain = figure.current
    for change in (figure._SWAP, figure._TURN):
        state = figure.set(change=change).current
        assert state["difference"] < 1e-12 and np.abs(state["surface"] - plain["surface"]).max() < 1e-12
        assert (state["weights"] == plain["weights"]).all() == (start == "equal" and change == figure._SWAP)


def test_a_wrong_change_would_be_seen(made):
    figure = made["TwinUnits"].preset("Random")
    units, c = figure.current["weights"].copy(), figure._run("random", figure.values["lr"]).snapshots[-1][8:]
    units[0, 0] *= -1
    surface = dense.mlp_surface(figure._net(units, c), figure._X, figure._Y, 70, "tanh", "sigmoid")
    assert np.abs(surface - figure.current["surface"]).max() > 0.1


def test_random_start_uses_both_units(made):
    assert made["TwinUnits"].preset("Random").current["loss"] < made["TwinUnits"].reset().current["loss"] / 2


def test_sigmoid_range(made):
    figure = made["SigmoidRange"].reset()
    state = figure.current
    pixels = datasets.digits28().X_train.reshape(-1, 784)[:500] / 255
    z = pixels @ np.random.default_rng(0).uniform(-0.5, 0.5, (784, 100))
    assert state["spread"] == pytest.approx(z.std()), "the numbers of the text"
    slope = 1 / (2 + 2 * np.cosh(z))
    assert state["saturated"] == pytest.approx(np.mean(slope < 0.05)) and round(state["saturated"], 1) == 0.3
    assert state["slopes"][0] == pytest.approx(state["saturated"]) and state["slopes"].sum() == pytest.approx(1)
    assert figure.preset("Linear regime").current["saturated"] == 0
    assert figure.preset("Saturated").current["saturated"] > 0.7 and "outside" in figure.message
    state = figure.reset().set(fan_in=256, sd=0.1).current
    assert state["spread"] == pytest.approx(state["predicted"], rel=0.25)


# ---- depth ----------------------------------------------------------------------------------------------------------


def test_lecun_with_relu_leaves_a_thirtieth(made):
    state = for_prediction(made, "5.b").current
    assert state["width"] == 512 and 0.02 < state["outputs"][-1] < 0.03 and "0.02" in made["SignalThroughDepth"].message
    assert (state["outputs"][-1] / state["outputs"][0]) ** (1 / 9) == pytest.approx(np.sqrt(0.5), rel=0.02)


def test_signal_stays_with_the_right_start(made):
    figure = made["SignalThroughDepth"].reset()
    for depth in (5, 20):
        state = figure.set(depth=depth).current
        assert 0.5 < state["outputs"][-1] / state["outputs"][0] < 1.5
        assert 0.5 < state["errors"][0] / state["errors"][-1] < 2
    state = figure.preset("All positive").current
    assert state["outputs"][-1] > 1e12 and state["errors"][0] > 1e11 and state["dead"] == 0
    state = figure.preset("Too small").current
    assert state["outputs"][-1] < 1e-9
    state = figure.preset("Sigmoid").current
    assert state["outputs"][-1] > 0.1 and state["errors"][0] < 1e-6, "level forwards, gone backwards"


def test_ridges_hold_the_outputs_that_are_not_zero(made):
    state = made["SignalThroughDepth"].preset("Xavier with tanh").current
    assert state["shown"] == [1, 5, 10] and all(ridge.sum() > 0.95 for ridge in state["ridges"])
    assert made["SignalThroughDepth"].reset().set(depth=2).current["shown"] == [1, 2]


@pytest.mark.parametrize(("name", "chosen"), SIGNALS)
def test_axes_hold_every_depth_and_width(made, name, chosen):
    cls = demos.ALL[name]
    (low, high), seen = cls._POWERS[chosen], []
    for width in ("64", "256"):
        for depth in (2, 10, 20):
            state = made[name].state(init=chosen[0], activation=chosen[1], depth=depth, width=width)
            seen += [*state["errors"], *state.get("outputs", []), *state.get("weights", [])]
    seen = np.array([value for value in seen if value > 0])
    top = low + 0.85 * (high - low)  # the legend stands above
    assert np.log10(seen.max()) < top and np.log10(seen.max()) > low + 0.4 * (high - low)
    assert np.log10(seen.min()) > low or chosen[0] == "U(0, 0.3)", "saturated units pass nothing back"


def test_gradients_of_the_weights_are_level_and_low(made):
    state = for_prediction(made, "5.c").current
    assert state["factors"]["weights"] == pytest.approx(1, abs=0.03)
    assert state["factors"]["errors"] == pytest.approx(np.sqrt(0.5), abs=0.03)
    assert state["weights"][0] / state["weights"][-1] == pytest.approx(1, abs=0.2)
    low = state["weights"].max()
    assert made["GradientsAtStart"].preset("He with ReLU").current["weights"].min() > 50 * low


@pytest.mark.parametrize(("init", "factor"), [("lecun_normal", 4), ("xavier_uniform", 4), ("he_normal", 3)])
def test_sigmoids_lose_a_factor_a_layer(made, init, factor):
    state = made["GradientsAtStart"].reset().set(activation="sigmoid", init=init).current
    assert 1 / state["factors"]["weights"] == pytest.approx(factor, abs=0.4)


# ---- the map --------------------------------------------------------------------------------------------------------


def test_band_narrows_with_depth_and_lies_at_the_root_of_two(made):
    state = for_prediction(made, "5.d").current
    good = state["final"] < 0.2
    assert (np.diff(state["good"][1:]) <= 0).all() and state["good"][-1] <= 2 < 8 < state["good"][0]
    gains = np.array(made["GainDepthMap"]._GAINS)
    assert good[:, np.abs(gains - 1.26) < 0.01].all() and good[:, np.abs(gains - 1.58) < 0.01].all()
    assert made["GainDepthMap"]._DEPTHS == (2, 5, 8, 11, 14, 17, 20)


def test_band_of_tanh_is_wider_and_but_for_the_deepest_nets_upwards(made):
    relu, tanh = (made["GainDepthMap"]._map(activation) < 0.2 for activation in ("relu", "tanh"))
    assert (tanh.sum(axis=1) >= relu.sum(axis=1))[1:].all() and tanh.sum() > relu.sum() + 5
    ends = np.array([[np.flatnonzero(row).max() for row in band] for band in (relu, tanh)])
    assert (ends[1] >= ends[0])[:-1].all() and (ends[1] > ends[0])[2:5].all()
    losses = made["GainDepthMap"]._map("tanh")
    assert np.isfinite(losses).all() and (losses[3:, -1] > 0.3).all(), "too large: it hardly falls"


@pytest.mark.parametrize(("gain", "depth"), [(1.58, 11), (0.631, 11), (3.98, 17), (0.251, 2)])
def test_a_click_replays_the_run_of_the_cell(made, gain, depth):
    figure = made["GainDepthMap"].reset()
    handle = figure.handles[0]
    assert handle.click and handle.replay
    moved = handle.moved({}, 1.05 * gain, depth + 0.7)
    figure.set(**{name: next(c for c in figure.controls if c.name == name).nearest(value)
                  for name, value in moved.items()})
    state = figure.current
    cell = state["final"][figure._DEPTHS.index(depth), figure._GAINS.index(gain)]
    assert (state["gain"], state["depth"]) == (gain, depth)
    assert state["loss"][-1] == pytest.approx(cell, rel=1e-6) if np.isfinite(cell) else state["diverged"] is not None


def test_outside_the_band(made):
    figure = made["GainDepthMap"]
    flat = figure.preset("Below it").current["loss"]
    assert np.ptp(flat[5:]) < 0.01 and flat[-1] == pytest.approx(np.log(2), abs=0.01)
    jumps = figure.preset("Above it").current["loss"]
    assert jumps.max() > 2 * np.log(2) and jumps[-1] == pytest.approx(np.log(2), abs=0.02)
    figure.reset().set(gain=3.98, depth=20)
    assert "left the range in epoch" in figure.message and figure.current["surface"] is None

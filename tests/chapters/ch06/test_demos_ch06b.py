"""The live figures of chapter 06 about averages, rates of their own, schedules, batches, clipping and Newton's step:
they show the library's numbers and those that the chapter announces.
"""

import itertools

import numpy as np
import pytest

from course_lib import datasets, dense, ops
from course_lib.viz.live import Slider

NAMES = (
    "MovingAverages",
    "AdagradRates",
    "AdamAnatomy",
    "RpropStream",
    "Schedules",
    "RateRangeTest",
    "BatchNoise",
    "Clipping",
    "NewtonStep",
)


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_or_explained(made, name):
    demo = made[name].reset()
    ends = [slot.limits if isinstance(slot, Slider) else (slot.options[0], slot.options[-1]) for slot in demo.controls]
    for corner in list(itertools.islice(itertools.product(*ends), 0, 96, 5)):
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        assert "nan" not in demo.message.lower().split() and "inf" not in demo.message.lower().split(), demo.message
        assert len(demo.message) < 270, demo.message
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_every_panel_says_its_point(made, name):
    demo = made[name]
    frames = [demo.preset(preset).frame for preset in demo.presets]
    assert len(frames) >= 3 and len(set(frames)) == len(frames)
    assert all(panel[0] for panel in demo.panels)
    demo.reset()


# ---- averages --------------------------------------------------------------------------------------------------------


def test_an_average_from_zero_says_a_tenth_of_the_first_value(made):
    demo = made["MovingAverages"].reset().set(beta=0.9, day=1)
    assert demo.current["series"][0] == 10
    assert demo.current["value"] == pytest.approx(1) and demo.current["total"] == pytest.approx(0.1)
    demo.set(correction="on")
    assert demo.current["value"] == pytest.approx(10) and demo.current["total"] == pytest.approx(1)


def test_weights_fall_by_beta_and_make_the_average(made):
    state = made["MovingAverages"].reset().set(beta=0.7, day=30).current
    assert state["weights"][::-1][:3] == pytest.approx([0.3, 0.21, 0.147])
    assert state["weights"] @ state["series"][:30] == pytest.approx(state["value"])


def test_adagrads_rate_is_a_tenth_after_a_hundred_ones(made):
    demo = made["AdagradRates"].reset()
    assert demo.values["step"] == 100 and demo.current["rate"] == pytest.approx(demo.values["lr"] / 10)
    low, large, sparse = demo.current["rates"][99]
    assert large == pytest.approx(low / 10) and sparse == pytest.approx(low * np.sqrt(10))
    assert demo.current["weights"][0] == pytest.approx(demo.current["weights"][1])
    demo.set(memory="averaged (RMSprop)", step=200)
    assert 1 < demo.current["rate"] / demo.values["lr"] < 1.1, "the average of squares goes to 1"


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1000.0])
def test_adams_steps_do_not_depend_on_the_scale(made, scale):
    state = made["AdamAnatomy"].reset().set(scale=scale, gradients="noisy").current
    w, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
    for t, length in enumerate(state["lengths"], 1):
        new, m, v = ops.adam(w, state["g"][t - 1 : t], m, v, t, 0.1)
        assert w[0] - new[0] == pytest.approx(0.1 * length, abs=1e-9)
        w = new
    one = made["AdamAnatomy"].set(scale=1.0, gradients="noisy").current["lengths"]
    assert state["lengths"] == pytest.approx(one, rel=1e-4)


def test_adam_without_correction_and_with_the_slip(made):
    demo = made["AdamAnatomy"].reset()
    assert demo.current["lengths"] == pytest.approx(1)
    lengths = demo.set(correction="off").current["lengths"]
    assert lengths[0] == pytest.approx(10**0.5, rel=1e-6)
    assert np.argmax(lengths) + 1 == 12 and round(lengths.max(), 1) == 6.6
    slip = demo.set(correction="1 − β at every step").current["lengths"]
    assert slip[0] == pytest.approx(1) and slip[-1] < 0.7
    assert demo.reset().set(scale=1e-8).current["length"] == pytest.approx(0.5), "ε is as large as the gradient"


def test_rprop_carries_the_weight_up_and_descent_down(made):
    demo = made["RpropStream"].reset()
    assert demo.current["end"] == pytest.approx(7.192768) and demo.current["descent_end"] == pytest.approx(-0.21)
    assert demo.current["sizes"] == pytest.approx([1, 1.2, 1.44, 1.728, 2.0736, 2.48832, 1.24416, 1.492992])
    small = demo.preset("All as small").current
    assert small["end"] == pytest.approx(7.192768), "only the signs count"
    demo.reset()


# ---- rates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["step", "exponential", "inverse", "cosine"])
def test_rates_are_those_of_equation_6_21(made, kind):
    lr, k, t = 2.0, 20, np.arange(100)
    rates = made["Schedules"].reset().set(kind=kind, lr=lr, span=k).current["rates"]
    expected = {
        "step": lr * 0.5 ** (t // k),
        "exponential": lr * np.exp(-t / k),
        "inverse": lr / (1 + t / k),
        "cosine": lr / 2 * (1 + np.cos(np.pi * np.minimum(t, k) / k)),
    }[kind]
    assert rates == pytest.approx(expected, abs=1e-12)


def test_warm_up_rises_first(made):
    rates = made["Schedules"].reset().set(kind="fixed", warm=10, lr=0.5).current["rates"]
    assert rates[:11] == pytest.approx(np.arange(11) / 20) and rates[11:] == pytest.approx(0.5)


@pytest.mark.parametrize("patience", [1, 2, 5, 10])
def test_the_plateau_rule_follows_its_own_validation_loss(made, patience):
    demo = made["Schedules"].reset().set(kind="plateau", patience=patience, lr=3.0, floor=1e-6)
    state = demo.current
    rates = ops.reduce_on_plateau(state["validation"][1:], 3.0, 0.1, patience, 3e-6)
    assert state["rates"] == pytest.approx(rates)
    X, y = datasets.moons(300, 0.25, rng=0)
    run = dense.train(
        (2, 8, 1),
        X[:150].astype(np.float32),
        y[:150],
        loss="bce",
        batch_size=10,
        epochs=100,
        rng=0,
        schedule=lambda epoch: rates[int(epoch)],
    )
    assert state["loss"] == pytest.approx(run.loss, rel=1e-4)
    demo.reset()


def test_a_schedule_takes_the_noise_out_of_the_end(made):
    state = made["Schedules"].reset().current
    assert np.ptp(state["loss"][-10:]) < 0.01 * np.ptp(state["fixed_loss"][-10:])


@pytest.mark.parametrize("rule", ["descent", "momentum", "Adam"])
def test_the_range_contains_a_rate_that_beats_a_tenth_of_it(made, rule):
    demo = made["RateRangeTest"].reset().set(rule=rule)
    state = demo.current
    assert 0 < state["fastest"] < state["turn"] < 100 and np.argmin(np.abs(state["rates"] - state["turn"])) > 0
    final = demo.set(lr=round(state["turn"] / 5, 6)).current["final"]
    assert final[1] < 0.6 * final[0]
    demo.reset()


def test_rules_read_a_rate_differently(made):
    demo = made["RateRangeTest"].reset()
    turn = {rule: demo.set(rule=rule).current["turn"] for rule in ("descent", "momentum", "Adam")}
    assert turn["descent"] > 2 * turn["momentum"] > 4 * turn["Adam"]
    demo.reset()


def test_scatter_falls_with_the_root_of_the_batch_size(made):
    demo = made["BatchNoise"].reset()
    each = demo._each(512, 0)
    exact = np.sqrt(np.sum(np.var(each, axis=0)))  # of single points
    assert demo.current["slope"] == pytest.approx(-0.5, abs=0.03)
    assert demo.current["scatter"] == pytest.approx(exact / 4, rel=0.1)
    assert demo.set(m=64).current["scatter"] == pytest.approx(exact / 8, rel=0.1)
    without = demo.set(m=251, N=256, draw="without").current["scatter"]
    assert without < 0.2 * demo.set(draw="with replacement").current["scatter"], "251 of 256 points are nearly all"
    demo.reset()


def test_gradients_of_single_points_are_those_of_back_propagation(made):
    X, y = datasets.moons(256, 0.25, rng=0)
    run = dense.train((2, 8, 1), X, y, loss="bce", lr=0.5, batch_size=16, epochs=5, rng=0)
    each = made["BatchNoise"]._each(256, 5)
    for i in (0, 17, 255):
        assert each[i] == pytest.approx(dense.gradient(run.weights, X[[i]], y[[i]], loss="bce"), abs=1e-12)


def test_the_full_gradient_lies_along_the_first_axis(made):
    state = made["BatchNoise"].reset().current
    assert state["cloud"].mean(axis=0) == pytest.approx([state["length"], 0], abs=0.05)


# ---- clipping and Newton's step --------------------------------------------------------------------------------------


def test_clipping_by_norm_keeps_the_direction(made):
    demo = made["Clipping"].reset()
    assert demo.current["clipped"] == pytest.approx([0.6, -0.8]) and demo.current["angle"] == pytest.approx(0, abs=1e-5)
    state = demo.set(kind="value").current
    assert state["clipped"] == pytest.approx([1, -1]) and state["angle"] == pytest.approx(8.13, abs=0.01)
    demo.reset()


def test_the_valley_needs_clipping(made):
    state = made["Clipping"].reset().current
    assert len(state["free"]) < 6 and np.abs(state["free"][-1]).max() > 100
    assert len(state["path"]) == 301 and np.linalg.norm(state["path"][-1] - 1) < 0.3
    lengths = np.linalg.norm(np.diff(state["path"], axis=0), axis=1)
    assert lengths.max() <= state["lr"] * state["threshold"] * (1 + 1e-9)


def test_newtons_step_doubles_the_digits(made):
    demo = made["NewtonStep"].reset()
    distances = np.abs(demo.current["path"] - demo.current["end"])
    assert [float(f"{d:.2g}") for d in distances[1:6]] == [0.37, 0.11, 0.013, 0.00025, 9.2e-8]
    assert 4 * demo.current["end"] ** 3 - 6 * demo.current["end"] + 1 == pytest.approx(0, abs=1e-9)


def test_newtons_step_goes_up_where_the_curve_bends_down(made):
    demo = made["NewtonStep"].reset().set(start=0.2)
    assert demo.current["h"] < 0 and "maximum" in demo.message
    assert demo.set(step=8).current["arrived"] and "A maximum" in demo.message
    one = demo.set(function="x²", start=-1.3, step=1)
    assert one.current["x"] == 0 and "A minimum" in demo.message
    away = demo.preset("Away for good").set(step=8)
    assert away.current["end"] is None and "leaves all bounds" in demo.message
    demo.reset()

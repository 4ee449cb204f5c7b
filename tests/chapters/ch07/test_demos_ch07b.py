"""Live figures of chapter 07, second part: norms, stopping, ablation, masks and variants show the library's numbers."""

import itertools

import numpy as np
import pytest

from course_lib import datasets, nn, ops
from course_lib.viz.live import Slider

NAMES = ("BatchNormAtWork", "WhenToStop", "AblationBoard", "MonteCarloDropout", "AugmentedDigit", "NormalizationCube",
         "FixedMaskSlip")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "AblationBoard"])  # whose menus train for seconds
def test_extremes_are_finite_or_explained(made, name):
    demo = made[name].reset()
    ends = [slot.limits if isinstance(slot, Slider) else (slot.options[0], slot.options[-1]) for slot in demo.controls]
    for corner in itertools.islice(itertools.product(*ends), 0, 256, 5):
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        assert "nan" not in demo.message.lower() and "inf" not in demo.message.lower().split(), demo.message
        assert len(demo.message) < 260, demo.message
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_from_each_other(made, name):
    demo = made[name]
    frames = [(demo.preset(preset).frame, demo.message) for preset in demo.presets]  # one group is layer norm
    assert len(frames) >= 4 and len(set(frames)) == len(frames)
    demo.reset()


# ---- batch norm -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "sd"), [(5.0, 3.0), (0.0, 1.0), (-4.0, 0.5)])
def test_level_and_stretch_of_what_enters_change_nothing_in_training(made, mean, sd):
    demo = made["BatchNormAtWork"].reset()
    plain = demo.set(mean=0.0, sd=1.0).current["out"]
    state = demo.set(mean=mean, sd=sd).current
    assert np.allclose(state["out"], plain, atol=1e-3), "up to ε"
    assert state["out"].mean() == pytest.approx(0, abs=1e-9) and state["out"].std() == pytest.approx(1, abs=1e-3)


def test_gamma_and_beta_are_what_comes_out(made):
    out = made["BatchNormAtWork"].reset().set(gamma=1.7, beta=-2.0).current["out"]
    assert (out.mean(), out.std()) == pytest.approx((-2.0, 1.7), abs=1e-4)


def test_the_layer_of_nn_has_the_same_running_values(made):
    state = made["BatchNormAtWork"].reset().set(step=1, batch=8).current
    layer = nn.BatchNorm1d(1)
    layer(state["x"][:, None])
    assert state["running"][-1] == pytest.approx((layer.running_mean.data[0], np.sqrt(layer.running_var.data[0])))


def test_small_batches_are_noisy_and_a_test_is_not(made):
    demo = made["BatchNormAtWork"].reset()
    noise = [demo.set(batch=batch, step=60).current["same"].std() for batch in (2, 16, 128)]
    assert noise[0] > 1.5 * noise[1] > 1.5 * noise[2]
    demo.set(mode="test", batch=2)
    assert "whatever stands beside it" in demo.message
    alone = demo.current["out"][0]
    assert demo.set(step=59).set(step=60).current["out"][0] == alone


def test_a_shift_in_mid_run_moves_the_running_mean_only_slowly(made):
    demo = made["BatchNormAtWork"].reset().set(mean=0.0, sd=1.0, step=30)
    demo.turn(mean=5.0)
    demo.set(step=33)
    assert demo.current["batches"][-1, 0] > 4 and demo.current["running"][-1, 0] < 2
    assert demo.current["out"].mean() == pytest.approx(0, abs=1e-9)
    demo.reset()


def test_cells_of_one_set_share_mean_zero(made):
    demo = made["NormalizationCube"].reset()
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3)}
    for kind, over in axes.items():
        state = demo.set(kind=kind).current
        assert np.allclose(state["out"].mean(axis=over), 0, atol=1e-12)
        assert np.allclose(state["out"].var(axis=over), 1, atol=1e-3)
        assert np.allclose(state["means"], state["x"].mean(axis=over).ravel())
    demo.reset()


def test_group_norm_lies_between_layer_and_instance_norm(made):
    demo = made["NormalizationCube"].reset()
    layer, instance = (demo.set(kind=kind).current["out"] for kind in ("layer", "instance"))
    assert np.allclose(demo.set(kind="group", groups=1).current["out"], layer)
    assert np.allclose(demo.set(groups=6).current["out"], instance)
    assert demo.set(groups=4).current["groups"] == 3, "the next smaller number that divides the channels"
    demo.reset()


def test_only_batch_norm_lets_one_sample_move_the_others(made):
    demo = made["NormalizationCube"].reset()
    moved = {kind: demo.set(kind=kind).current["others"] for kind in ("batch", "layer", "instance", "group")}
    assert moved["batch"] > 0.5 and max(moved["layer"], moved["instance"], moved["group"]) == 0
    assert demo.set(kind="batch", N=1).current["others"] == 0
    demo.reset()


# ---- stopping and ablation ------------------------------------------------------------------------------------------


def test_the_stop_is_that_of_the_library(made):
    demo = made["WhenToStop"].reset()
    for patience in (1, 7, 40):
        state = demo.set(patience=patience).current
        best, stop = ops.early_stopping(state["validation"], patience)
        assert (state["best"], state["stop"]) == (best, stop)
        assert (state["kept"][patience - 1], state["stopped"][patience - 1]) == (best, stop)
    assert not demo.set(epoch=5, patience=40).current["over"] and "not yet over" in demo.message
    demo.reset()


def test_patience_one_stops_long_before_the_best_epoch_on_a_noisy_curve(made):
    demo = made["WhenToStop"].reset()
    early = [demo.set(patience=1, draw=draw).current for draw in range(10)]
    assert np.mean([state["stop"] < state["lowest"] / 2 for state in early]) >= 0.8
    demo.reset()
    state = demo.set(patience=1, noise=0.0).current
    assert state["best"] == state["lowest"] and state["stop"] == state["best"] + 1, "smooth: patience 1 is enough"
    demo.reset()


def test_five_networks_side_by_side_stay_apart():
    from course_lib.chapters.ch07_regularization.demos import stopping

    curves = stopping._ablation(False, False, False, False, 0)
    assert curves.shape == (60, 2, 5) and (curves[-1] < curves[0]).all()
    assert np.ptp(curves[-1, 1]) > 1e-3, "five starts differ"


def test_the_board_compares_with_the_chosen_remedies(made):
    state = made["AblationBoard"].reset().current
    assert state["words"] == ["none", "stop", "drop", "all"] and state["table"].shape == (4, 5)
    assert (state["table"][1] <= state["table"][0]).all(), "the best epoch is never worse than the last"
    assert np.allclose(state["table"][-1], state["final"])
    assert np.allclose(state["final"], state["curves"][state["ends"] - 1, 1, np.arange(5)])


def test_which_points_judge_matters_more_than_the_remedies(made):
    demo = made["AblationBoard"].reset()
    here = demo.current["table"].mean(axis=1)
    there = demo.set(split=2).current["table"].mean(axis=1)
    assert abs(here[0] - there[0]) > np.ptp(here)
    assert here[-1] < here[0] and there[-1] > there[0], "dropout helps on one cut and harms on another"
    demo.reset()


# ---- masks ----------------------------------------------------------------------------------------------------------


def test_monte_carlo_dropout_of_nn_has_the_same_mean_and_spread(made):
    demo = made["MonteCarloDropout"].reset().set(T=200)
    state = demo.current
    run = demo._train(0.2, "one interval", 0.1, 0)
    net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 32), nn.ReLU(), nn.Dropout(0.2),
                        nn.Linear(32, 1))
    for layer, (W, b) in zip((net[0], net[3], net[6]), run.weights, strict=True):
        layer.weight, layer.bias = W, b
    passes = nn.monte_carlo(net, demo._GRID[:, None], 4000)[:, :, 0]
    assert np.allclose(state["mean"], passes.mean(axis=0), atol=0.25)
    assert np.allclose(state["spread"], passes.std(axis=0), rtol=0.3)
    demo.reset()


def test_the_band_is_widest_away_from_the_data(made):
    demo = made["MonteCarloDropout"].reset()
    grid = demo._GRID
    for start in range(4):
        spread = demo.set(start=start).current["spread"]
        assert max(spread[0], spread[-1]) > 1.5 * spread[np.abs(grid) < 1.9].max()
    demo.reset()


def test_scaled_normals_keep_nearly_all(made):
    demo = made["FixedMaskSlip"].reset()
    assert demo.values["rate"] == 0.2 and demo.values["generator"] == "scaled normals"
    assert 0.96 < demo.current["kept"].mean() < 0.995, "where 80 percent are meant"
    kept = demo.set(generator="fresh uniforms").current["kept"]
    assert kept.mean() == pytest.approx(0.8, abs=0.005) and np.ptp(kept) > 0
    for name in ("uniforms, same seed", "scaled normals, same seed"):
        state = demo.set(generator=name).current
        assert np.ptp(state["kept"]) == 0 and state["always"] + state["never"] == 1
    demo.reset()


# ---- variants -------------------------------------------------------------------------------------------------------


def test_variants_are_those_of_the_library(made):
    demo = made["AugmentedDigit"].reset().set(rotation=40, shift=0.2, draw=3)
    first = demo.current["variants"][:1]
    expected = datasets.augment(np.repeat(first, 12, axis=0), 3, rotation=40, shift=0.2)
    assert np.allclose(demo.current["variants"][1:], expected[1:])
    demo.set(rotation=0, shift=0.0)
    assert np.allclose(demo.current["variants"], first), "no change, no variant"
    assert demo.current["accuracy"] == demo.current["before"]
    demo.reset()


def test_mirrored_digits_are_lost_and_training_on_shifts_pays(made):
    demo = made["AugmentedDigit"].reset().set(rotation=0, shift=0.0, flip=True)
    assert demo.current["accuracy"] < demo.current["before"] - 0.15
    lost = demo.current["unchanged"] - demo.current["right"]
    assert lost[[2, 3, 6]].min() > 0.2 > lost[[0, 8]].max()
    plain = demo.preset("A pixel to each side").current["accuracy"]
    assert demo.preset("The same, trained on it").current["accuracy"] > plain + 0.1
    demo.reset()

"""Live figures of chapter 07 without a page: over-fitting, penalties, dropout masks, double descent."""

import numpy as np
import pytest

from course_lib import datasets, dense
from course_lib.viz import demos

NAMES = ("OverlargeNet", "DropoutMasks", "PenaltyStrength", "DoubleDescent", "FiftyStarts", "CurveReading")


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_captions_fit(made, name):
    demo = made[name]
    frames = []
    for preset in demo.presets:
        frames.append(demo.preset(preset).frame)
        assert len(demo.message) < 260, demo.message
    assert len(set(frames)) == len(frames)
    demo.reset()


# ---- a network with room for wrong labels ---------------------------------------------------------------------------


def test_wrong_labels_are_learned_while_new_points_get_worse(made):
    demo = made["OverlargeNet"].reset()
    early = dict(demo.set(epoch=100).current)
    late = dict(demo.reset().current)
    assert late["train"] > early["train"] and late["test"] < early["test"] - 0.05
    assert early["learned"] <= 2 and late["learned"] >= 4


@pytest.mark.parametrize("remedy", [{"lam": 10**-2.5}, {"dropout": 0.2}, {"noise": 0.2}])
def test_each_remedy_gains_on_new_points(made, remedy):
    """In the mean of the last points of the curve: from one to the next it jumps by a point or two of a hundred."""
    demo = made["OverlargeNet"].reset()
    none = np.mean(demo.current["test_curve"][-10:])
    assert np.mean(demo.set(**remedy).current["test_curve"][-10:]) > none
    demo.reset()


def test_too_large_a_penalty_loses_the_right_labels_too(made):
    demo = made["OverlargeNet"].preset("λ too large")
    assert demo.current["train"] < 0.85 and "Too stiff" in demo.message
    demo.reset()


def test_knob_turned_in_mid_run_leaves_the_past_and_goes_on_from_there(made):
    demo = made["OverlargeNet"].reset().set(epoch=400)
    before, params = demo.current["test_curve"], demo._train((0, 100, 10), demo.current["pieces"])[0]
    demo.turn(lam=0.01)
    assert np.array_equal(demo.current["test_curve"], before)
    demo.set(epoch=700)
    assert np.array_equal(demo.current["test_curve"][: len(before)], before)
    assert [piece[:2] for piece in demo.current["pieces"]] == [(0, 400), (400, 700)]
    turned = demo._train((0, 100, 10), demo.current["pieces"])[0]
    assert np.array_equal(turned[: len(params)], params)
    assert np.linalg.norm(turned[-1]) < np.linalg.norm(turned[20])  # λ shrinks the weights
    demo.reset()


def test_code_goes_through_the_same_turns(made):
    demo = made["OverlargeNet"].reset().set(epoch=200)
    demo.turn(dropout=0.3).set(epoch=300)
    names = {}
    exec(demo.code(), names)
    assert names["train"] == pytest.approx(demo.current["train"])
    assert names["test"] == pytest.approx(demo.current["test"])
    demo.reset()


# ---- the masks of a run ---------------------------------------------------------------------------------------------


def test_masks_are_those_that_trained_the_network():
    """A step of Adam that sees only the units of the mask leads to the next snapshot."""
    demo = demos.DropoutMasks(step=1, rate=0.5)
    params, masks, _ = demo._train(0.5, 0)
    X, y = datasets.moons(20, 0.1, 0)
    (W, b), (w, c) = dense.unpack(params[0], (2, 8, 1))
    h = np.maximum(X @ W + b, 0) * masks[0] / 0.5
    dz = (1 / (1 + np.exp(-(h @ w + c))) - y[:, None]) / len(X)
    dh = (dz @ w.T) * masks[0] / 0.5 * (X @ W + b > 0)
    gradient = dense.pack([(X.T @ dh, dh.sum(axis=0)), (h.T @ dz, dz.sum(axis=0))])
    step = -0.05 * gradient / (np.abs(gradient) + 1e-8)  # the first step of Adam
    np.testing.assert_allclose(params[1] - params[0], step, atol=1e-6)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("scaling", ["inverted", "original"])
def test_mean_over_masks_is_that_of_the_test(made, rate, scaling):
    demo = made["DropoutMasks"].reset().set(rate=rate, scaling=scaling)
    training, test = demo.current["means"]
    assert training == pytest.approx(test, rel=0.1)
    demo.reset()


def test_original_scaling_lies_lower_by_the_share_that_is_kept(made):
    demo = made["DropoutMasks"].reset()
    inverted = demo.set(rate=0.8).current["means"]
    np.testing.assert_allclose(demo.set(scaling="original").current["means"], 0.2 * inverted)
    demo.reset()


def test_unit_that_is_off_gives_nothing_and_has_no_lines(made):
    demo = made["DropoutMasks"].reset()
    state = demo.current
    assert not state["outputs"][~state["on"]].any()
    assert len(demo._lines(state)) == 3 * state["on"].sum()


# ---- penalties ------------------------------------------------------------------------------------------------------


def test_only_absolute_values_set_weights_to_zero(made):
    demo = made["PenaltyStrength"].reset()
    zeros = {kind: demo.set(kind=kind).current["zeros"] for kind in ("L2", "elastic", "L1")}
    assert zeros["L2"] == 0 and 400 < zeros["elastic"] < zeros["L1"]
    demo.reset()


def test_l2_shrinks_all_weights(made):
    demo = made["PenaltyStrength"].reset()
    sizes = [demo.set(lam=lam).current["typical"] for lam in (1e-5, 1e-3, 1e-2, 0.1)]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 0.5 * sizes[0]
    demo.reset()


def test_total_is_data_loss_and_penalty_of_the_weights_alone(made):
    for kind, penalty in (("L2", lambda w: np.sum(w**2) / 2), ("L1", lambda w: np.sum(np.abs(w)))):
        demo = made["PenaltyStrength"].reset().set(kind=kind, lam=0.01, epoch=100)
        (W, _), (V, _) = dense.unpack(demo._train(kind, 0.01, 1.0, 0)[0][20], (64, 16, 10))
        assert demo.current["penalty"] == pytest.approx(0.01 * (penalty(W) + penalty(V)))
        assert demo.current["total"] == pytest.approx(demo.current["train"] + demo.current["penalty"])
        demo.reset()


def test_total_goes_on_falling_when_hardly_anything_but_the_penalty_falls(made):
    demo = made["PenaltyStrength"].preset("A total that misleads")
    curves = demo.current["curves"]
    data, total = (curves[name][-21] - curves[name][-1] for name in ("train", "total"))
    assert total > 4 * data > 0 and "% is penalty" in demo.message
    assert "is penalty" not in demo.preset("Hardly any").message
    demo.reset()


def test_far_too_strong_l1_leaves_no_weight(made):
    demo = made["PenaltyStrength"].preset("L1, far too strong")
    assert demo.current["zeros"] == 64 * 16 + 16 * 10 and demo.current["train"] > 2
    demo.reset()


# ---- double descent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", range(4))
@pytest.mark.parametrize("points", [20, 40, 60])
def test_worst_width_has_as_many_units_as_digits(made, points, draw):
    state = made["DoubleDescent"].reset().set(points=points, draw=draw).current
    assert state["worst"] == pytest.approx(points, abs=2)
    assert state["peak"] > 2 * state["first_low"] and state["last"] < state["first_low"]
    assert state["lengths"].argmax() == pytest.approx(list(state["widths"]).index(points), abs=1)
    made["DoubleDescent"].reset()


def test_training_error_is_zero_from_there_on(made):
    state = made["DoubleDescent"].reset().current
    assert state["train_curve"][state["widths"] >= 40].max() < 1e-4
    assert state["train_curve"][state["widths"] < 40].min() > 1e-2


def test_penalty_takes_the_peak_away(made):
    demo = made["DoubleDescent"].preset("The peak under λ = 1")
    assert demo.current["peak"] < 0.35 and "No peak" in demo.message
    demo.reset()


# ---- fifty starts ---------------------------------------------------------------------------------------------------


def test_without_regularizer_no_start_gains_or_loses(made):
    demo = made["FiftyStarts"].preset("No regularizer")
    assert demo.current["gains"] == 0 and np.array_equal(demo.current["loss"][:, -1], demo.current["without"])
    demo.reset()


def test_band_holds_four_of_five_starts_and_l2_makes_it_lower_and_narrower(made):
    demo = made["FiftyStarts"].reset()
    state = dict(demo.current)
    last = state["loss"][:, -1]
    assert np.sum((last >= state["low"][-1]) & (last <= state["high"][-1])) == 40
    low, high = state["plain"][:, -1]
    assert state["mean"] < state["mean_without"] and state["high"][-1] - state["low"][-1] < 0.6 * (high - low)


def test_too_large_a_penalty_loses_at_most_starts(made):
    demo = made["FiftyStarts"].preset("λ too large")
    assert demo.current["gains"] < 10 and demo.current["mean"] > demo.current["mean_without"]
    demo.reset()


def test_click_on_a_curve_or_a_point_chooses_its_start(made):
    demo = made["FiftyStarts"].reset()
    state = {**demo.values, **demo.current}
    for start in (3, 41):
        assert demo.handles[0].moved(state, 50, state["loss"][start, 10]) == {"start": start}
        assert demo.handles[1].moved(state, state["without"][start], state["loss"][start, -1]) == {"start": start}


# ---- reading curves -------------------------------------------------------------------------------------------------


def test_gap_opens_with_width_and_closes_with_the_penalty(made):
    demo = made["CurveReading"]
    wide, narrow, mended, stiff = (dict(demo.preset(name).current) for name in
                                   ("A gap", "Too narrow", "Gap closed by λ", "Too much λ"))
    assert wide["gap"] > 0.5 and "Over-fitting" in demo.preset("A gap").message
    assert mended["gap"] < 0.2 and mended["validation"] < min(wide["validation"], narrow["validation"])
    assert abs(narrow["train"] - stiff["train"]) < 0.05 and abs(narrow["gap"] - stiff["gap"]) < 0.05  # look alike
    for name in ("Too narrow", "Too much λ"):
        assert "Under-fitting" in demo.preset(name).message
    demo.reset()


def test_rate_that_freezes_is_not_called_under_fitting(made):
    demo = made["CurveReading"].preset("A rate that freezes")
    assert "not trained" in demo.message and demo.current["gap"] < 0.1
    demo.reset()

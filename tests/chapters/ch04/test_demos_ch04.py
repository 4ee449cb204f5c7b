"""The live figures of chapter 04 without a page: they show the library's numbers, and every control moves them."""

import itertools
import re

import numpy as np
import pytest

from course_lib import datasets, dense, ops
from course_lib.viz import demos, predict
from course_lib.viz.live import Slider

NAMES = ("ActivationExplorer", "SmallNetwork", "ComputationGraph", "SoftmaxExplorer", "LossesCompared", "ErrorSplit",
         "DifferenceStep", "GradientByLayer", "XORTraining", "FunctionFit", "NetworkLayers", "DepthAndWidth")
PAIRS = [(name, control.name) for name in NAMES for control in demos.ALL[name].controls]


@pytest.mark.parametrize(("name", "control"), PAIRS)
def test_every_control_moves_the_picture(made, name, control):
    demo = made[name].reset()
    if name == "ActivationExplorer" and control == "a":
        demo.set(activation="leaky_relu")
    before = demo.frame
    slot = next(c for c in demo.controls if c.name == control)
    others = [value for value in slot.sample(3) if value != demo.values[control]]
    assert any(demo.set(**{control: value}).frame != before for value in others)
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_or_explained(made, name):
    demo = made[name].reset()
    ends = [slot.limits if isinstance(slot, Slider) else (slot.options[0], slot.options[-1]) for slot in demo.controls]
    corners = list(itertools.islice(itertools.product(*ends), 0, 64, 3))
    for corner in corners:
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        assert "nan" not in demo.message.lower() and "inf" not in demo.message.lower().split(), demo.message
        assert len(demo.message) < 260, "two lines of caption"
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_work_and_differ_from_each_other(made, name):
    demo = made[name]
    frames = [demo.preset(preset).frame for preset in demo.presets]
    assert len(frames) >= 3 and len(set(frames)) == len(frames)
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_picture_for_saved_notebooks(made, name):
    assert len(made[name].reset()._repr_mimebundle_()["text/html"]) > 5000 and len(made[name].alt) > 60
    assert all(panel[0] for panel in made[name].panels), "every panel says its point"


# ---- the numbers are those of the library ---------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "identity"])
def test_activation_slope_is_the_slope_of_the_curve(made, activation):
    demo = made["ActivationExplorer"].set(activation=activation, a=0.3, z=1.7)
    state, h = demo.current, 1e-6
    steps = [demo.state(activation=activation, a=0.3, z=1.7 + d)["value"] for d in (h, -h)]
    assert state["slope"] == pytest.approx((steps[0] - steps[1]) / (2 * h), abs=1e-8)
    numeric = np.gradient(state["curve"], demo._Z)
    smooth = np.abs(demo._Z) > 0.05
    assert np.allclose(state["slopes"][smooth][1:-1], numeric[smooth][1:-1], atol=1e-3)


def test_saturation_zones(made):
    state = made["ActivationExplorer"].set(activation="sigmoid").current
    edge = np.log((1 + np.sqrt(0.8)) / (1 - np.sqrt(0.8)))  # s(1 - s) = 0.05
    assert state["zones"] == pytest.approx(np.array([[-6, -edge], [edge, 6]]), abs=0.02)
    assert state["largest"] == pytest.approx(0.25)
    zones = made["ActivationExplorer"].set(activation="relu").current["zones"]
    assert zones == pytest.approx(np.array([[-6, 0]]), abs=0.02), "the dead half-line"


@pytest.mark.parametrize("x1", [-1.3, 0.0, 0.7])
@pytest.mark.parametrize("w22", [-0.5, 0.5])
def test_small_network_analytic_equals_numeric(made, x1, w22):
    demo = made["SmallNetwork"].reset().set(x1=x1, w22=w22)
    state = demo.current
    assert state["analytic"] == pytest.approx(state["numeric"], abs=1e-8)
    x, (w11, w12, w21, w22, v1, v2) = state["x"], state["weights"]
    z = np.array([x[0] * w11 + x[1] * w21, x[0] * w12 + x[1] * w22])
    error = np.maximum(z, 0) @ [v1, v2] - state["target"]
    by_hand = [error * v * (score > 0) * xi for xi in x for v, score in zip((v1, v2), z, strict=True)]
    assert state["analytic"][:4] == pytest.approx(by_hand, abs=1e-12)
    assert "All six agree" in demo.message


def test_small_network_shows_the_missing_x(made):
    demo = made["SmallNetwork"].preset("x left out")
    state = demo.current
    assert np.abs(state["analytic"] - state["numeric"])[:4].min() > 0.1
    assert state["analytic"][4:] == pytest.approx(state["numeric"][4:], abs=1e-8)
    assert "4 of 6 gradients differ" in demo.message
    demo.preset("One unit off")
    assert np.sum(demo.current["analytic"] == 0) == 3


@pytest.mark.parametrize("expression", demos.ComputationGraph.controls[0].options)
@pytest.mark.parametrize("node", range(5))
def test_graph_sums_over_paths(made, expression, node):
    demo = made["ComputationGraph"].set(expression=expression, node=node, x=0.8, w=-1.1)
    state = demo.current
    assert sum(value for _, value in state["paths"]) == pytest.approx(state["chosen"].grad, abs=1e-14)
    if state["chosen"].name in "xw":
        h, key = 1e-6, state["chosen"].name
        f = [demo.state(**{"expression": expression, "x": 0.8, "w": -1.1, "node": node,
                           key: {"x": 0.8, "w": -1.1}[key] + d})["value"] for d in (h, -h)]
        assert state["chosen"].grad == pytest.approx((f[0] - f[1]) / (2 * h), abs=1e-8)


def test_softmax_rows_sum_to_zero_and_published_numbers(made):
    demo = made["SoftmaxExplorer"]
    for values in ({}, {"z1": 3.0, "z2": -3.0}, {"temperature": 0.1}, {"added": "100"}):
        state = demo.reset().set(**values).current
        assert state["p"].sum() == pytest.approx(1) and np.abs(state["jacobian"].sum(axis=1)).max() < 1e-14
    assert demo.preset("(−0.71, 0.7, 0.44)").current["p"] == pytest.approx([0.1211, 0.4962, 0.3826], abs=1e-4)
    assert demo.current["share"][0] == pytest.approx(-1.651, abs=1e-3)
    assert demo.preset("The same, plus 100").current["p"] == pytest.approx([0.1211, 0.4962, 0.3826], abs=1e-4)
    far = demo.preset("One far ahead").current["p"]  # 6 less than (5, 3, 9)
    assert far == pytest.approx([0.01794, 0.00243, 0.97963], abs=1e-5)
    # With temperature the Jacobian is that of softmax(z / T) towards z.
    state, h = demo.reset().set(temperature=2.0).current, 1e-6
    z = state["z"]
    step = np.array([h, 0, 0])
    column = (ops.softmax((z + step) / 2) - ops.softmax((z - step) / 2)) / (2 * h)
    assert state["jacobian"][:, 0] == pytest.approx(column, abs=1e-9)


def test_plain_shares_do_not_exist_when_scores_cancel(made):
    demo = made["SoftmaxExplorer"].set(z1=1.0, z2=-1.0, z3=0.0)
    assert demo.current["share"] is None and "do not exist" in demo.message


@pytest.mark.parametrize("loss", demos.LossesCompared.controls[1].options)
@pytest.mark.parametrize("p", [0.001, 0.2, 0.5, 0.93])
def test_slope_towards_the_score_is_the_slope_of_the_loss(made, loss, p):
    demo, h = made["LossesCompared"], 1e-5
    z = np.log(p / (1 - p))
    values = [demo.state(p=1 / (1 + np.exp(-(z + d))), loss=loss)["here"][loss][0] for d in (h, -h)]
    slope = demo.state(p=p, loss=loss)["here"][loss][1]
    assert slope == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-9)
    assert demo.state(p=p, loss=loss)["here"]["cross-entropy"][1] == pytest.approx(p - 1)


def test_error_split_against_gradient(made):
    demo = made["ErrorSplit"].preset("0.3 and 0.6")
    assert demo.current["split"] == pytest.approx([1 / 3, 2 / 3])
    assert demo.current["dh"] == pytest.approx([0.3, 0.6])
    assert demo.current["dz"] == pytest.approx([0.3 * 0.5 * 0.5, 0.6 * 0.9 * 0.1]), "the numbers of the text"
    assert "signs differ" in demo.preset("Wrong signs").message
    assert "not possible" in demo.preset("Weights cancel").message


def test_difference_step_has_its_best_between_1e_7_and_1e_4(made):
    demo = made["DifferenceStep"].reset()
    state = demo.current
    best = demo._HS[np.argmin(state["central"])]
    assert 1e-7 < best < 1e-4 and state["central"].min() < 1e-9
    assert state["forward"].min() > 10 * state["central"].min(), "one-sided is never as good"
    assert demo.set(h=1e-12).current["error"] > 1e3 * demo.set(h=1e-5).current["error"]


def test_gradient_by_layer(made):
    demo = made["GradientByLayer"].preset("Sigmoid vanishes")
    norms = demo.current["norms"]
    assert len(norms) == 20 and norms[0] / norms[-1] < 1e-9 and "vanishing" in demo.message
    norms = demo.preset("tanh keeps").current["norms"]
    assert 0.05 < norms[0] / norms[-1] < 20
    state = demo.preset("ReLU explodes").current
    assert "exploding" in demo.message and state["norms"][0] / state["norms"][-1] > 1e3
    assert 0.01 < state["weight_norms"][0] / state["weight_norms"][-1] < 100 and state["weight_norms"].min() > 1e9
    assert len(demo.set(depth=1).current["norms"]) == 1


@pytest.mark.result("R-056")
def test_xor_training(made):
    demo = made["XORTraining"].reset()
    state = demo.current
    assert 50 <= state["rate"] <= 85, "68 % of 200 starts in the published setting"
    assert state["now"] < 0.001 and np.round(state["outputs"], 1).tolist() == [0, 1, 1, 0]
    y = datasets.gate("XOR")[1]
    assert state["now"] == pytest.approx(np.mean((state["outputs"] - y) ** 2), rel=1e-9)
    stays = demo.preset("A start that stays").current
    assert stays["now"] > 0.05 and "plateau" in demo.message
    assert demo.preset("One unit").current["rate"] == 0
    assert demo.preset("Better start").current["rate"] >= 95
    begin = demo.reset().set(epoch=0).current
    assert begin["epoch"] == 0 and begin["rate"] == 0 and begin["now"] > 0.2


def test_function_fit_shares_add_up_and_more_units_fit_closer(made):
    demo = made["FunctionFit"].reset()
    errors = []
    X = demo._X[:, None]
    for width in (1, 3, 5, 20):
        state = demo.set(width=width).current
        run = dense.train((1, width, 1), X, np.sin(2 * X), lr=0.05, epochs=1000, momentum=0.9, rng=0, init=demo._init)
        assert state["fit"] == pytest.approx(run.predict(demo._T[:, None]).ravel(), abs=1e-12)
        assert state["units"].shape[1] == width and state["loss"] == pytest.approx(run.loss)
        errors.append(state["error"])
    assert errors == sorted(errors, reverse=True) and errors[-1] < 0.01 * errors[0]
    state = demo.preset("Identity: a line").current
    assert state["error"] == pytest.approx(state["line_loss"], rel=1e-3)


def test_function_fit_explains_divergence(made):
    demo = made["FunctionFit"].preset("Rate too large")
    state = demo.current
    assert "fit" not in state and f"diverged in epoch {state['diverged']}" in demo.message
    assert np.isfinite(state["loss"]).sum() == state["diverged"]
    assert 0 < state["stable"] < demo.lr
    assert "too large" in demo.set(epoch=200).message, "before that, as it grows"
    assert demo.set(lr=state["stable"], epoch=1000).current["loss"][200] < state["loss"][0]


@pytest.mark.parametrize(("name", "other"), [("XORTraining", {"start": 2}), ("FunctionFit", {"width": 6})])
def test_a_rate_turned_in_mid_run_acts_from_there_on(made, name, other):
    demo = made[name].reset()
    whole = demo.current["loss"]
    demo.set(epoch=300).turn(lr=0.01)
    assert np.array_equal(demo.current["loss"], whole[..., : demo.current["loss"].shape[-1]]), "the past stays"
    state = demo.set(epoch=1000).current
    seen = 31 if name == "XORTraining" else 301
    assert np.array_equal(state["loss"][..., :seen], whole[..., :seen])
    assert not np.isclose(state["loss"][..., seen], whole[..., seen]).all()
    assert "0.05, from epoch 300 on 0.01" in demo.message or "0.1, from epoch 300 on 0.01" in demo.message
    demo.turn(lr=demo.lr).set(epoch=0)
    assert np.array_equal(demo.set(epoch=1000).current["loss"], state["loss"]), "the same after a rewind"
    demo.set(**other)
    assert demo.turns == () and "from epoch" not in demo.message
    demo.reset()


def test_a_click_on_a_curve_chooses_its_start(made):
    demo = made["XORTraining"].reset().set(epoch=1000)
    (handle, _), loss = demo.handles, demo.current["loss"]
    for start in (0, 3, 7):
        assert handle.moved(demo.current, 230, loss[start, 23]) == {"start": start}


def test_a_click_on_a_cell_trains_its_network(made):
    demo = made["DepthAndWidth"].reset()
    assert demo.handles[0].moved(demo.current, 1.3, 2.6) == {"width": 4, "depth": 3}
    column, row = demo.set(width=4, depth=3).handles[0].where(demo.current)
    assert (column, round(row)) == (1, 3)


def test_a_dragged_column_has_the_units_of_its_height(made):
    demo = made["NetworkLayers"].reset()
    for handle, name in zip(demo.handles, ("h1", "h2", "h3", "outputs"), strict=True):
        for size in (1, 10, 512, 1024):
            demo.reset().set(**{name: min(size, 10) if name == "outputs" else size})
            assert handle.moved(demo.current, *handle.where(demo.current)) == {name: demo.values[name]}
    assert demo.reset().handles[2].where(demo.current) is None, "a layer that is not there has no handle"


def test_dragged_bars_are_scores_and_weights(made):
    softmax = made["SoftmaxExplorer"].preset("The same, plus 100")
    assert softmax.handles[1].moved(softmax.current, 2, 98.5)["z2"] == pytest.approx(-1.5)
    split = made["ErrorSplit"].reset().set(error=-0.5)
    assert split.handles[0].moved(split.current, 1, 0.2)["w1"] == pytest.approx(-0.4)
    assert split.set(error=0.0).handles[0].where(split.current) is None
    softmax.reset(), split.reset()


def test_network_layers_published_counts(made):
    demo = made["NetworkLayers"]
    assert demo.preset("12288-100-50-15-1").current["total"] == 1_234_731
    assert demo.preset("784-784-512-10").current["total"] == 1_022_490
    state = demo.preset("2-3-1").current
    assert state["total"] == 13 == ops.count_parameters((2, 3, 1)) and state["counts"].tolist() == [9, 4]


def test_depth_and_width(made):
    demo = made["DepthAndWidth"].reset()
    state = demo.current
    run, test = demo.train(state["depth"], state["width"], state["start"])
    assert test == state["test"] and state["mean"].shape == (4, 4) and len(run.snapshots) == 101
    again = np.mean([demo.train(2, 16, start)[1] for start in range(5)])
    assert state["mean"][1, 3] == pytest.approx(again)
    assert state["mean"][0, 3] > state["mean"][0, 0] + 0.1, "width helps at first"
    assert state["mean"][3].max() < state["mean"].max(), "more layers do not help without end"
    said = [int(number) for number in re.findall(r"\b\d\d\b", predict("4.k").prediction.why)]
    # Rounding differs between processors, and with it where a long run ends: a mean of five moves by more than a point.
    one, *two_or_three, four = 100 * state["mean"][:, 3]
    assert said[0] == pytest.approx(one, abs=3) and said[2] <= four <= said[3]
    assert two_or_three == pytest.approx([said[1]] * 2, abs=3), "the prediction tells the last column of the table"
    assert (state["mean"][1:3].max(axis=0) > np.maximum(state["mean"][0], state["mean"][3])).all(), "in each column"
    low = run.predict(np.array([[-3.9, -3.9]], np.float32))
    assert state["surface"][0, 0] == pytest.approx(float(low[0, 0]), abs=1e-5), "row 0 is lowest, inputs scaled by 3"

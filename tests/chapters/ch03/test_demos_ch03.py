"""The live figures of chapters 00 and 03 agree with the library."""

import numpy as np
import pytest

from course_lib import datasets, dense, ops
from course_lib.viz import demos


def test_neuron_adds_up():
    state = demos.Neuron(x1=1.0, x2=-1.5, w1=0.5, w2=1.5, b=0.25, activation="tanh").current
    assert state["z"] == pytest.approx(0.5 - 2.25 + 0.25)
    assert state["a"] == pytest.approx(np.tanh(state["z"]))
    assert state["products"].sum() + state["b"] == pytest.approx(state["z"])


@pytest.mark.parametrize("preset", ["AND solved", "OR solved", "NAND solved"])
def test_gates_are_solved(preset):
    demo = demos.Gates().preset(preset)
    assert demo.current["errors"] == 0 and "all four" in demo.message


def test_no_setting_solves_xor():
    demo = demos.Gates(gate="XOR")
    rng = np.random.default_rng(0)
    errors = [demo.set(w1=w1, w2=w2, b=b).current["errors"] for w1, w2, b in rng.uniform(-4, 4, (150, 3))]
    assert min(errors) == 1
    assert demo.preset("XOR, best possible").current["errors"] == 1


@pytest.mark.parametrize(("gate", "epoch", "b", "w"), [
    ("AND", 6, -3, (2, 1)), ("OR", 4, -1, (1, 1)), ("NAND", 6, 2, (-2, -1))])
def test_perceptron_ends_where_the_library_ends(gate, epoch, b, w):
    state = demos.PerceptronSteps(gate=gate, step=60).current
    assert state["epoch"] == epoch
    np.testing.assert_array_equal(state["path"][-1], (b, *w))


def test_perceptron_is_the_library_whatever_the_order():
    demo = demos.PerceptronSteps(step=60, order="shuffled", lr=0.5, start=4)
    rows = np.random.default_rng(4).permuted(np.tile(np.arange(4), (15, 1)), axis=1)
    rng = np.random.default_rng(4)
    w0, b0 = rng.uniform(-1, 1, 2), rng.uniform(-1, 1)
    run = ops.perceptron_fit(*datasets.gate("AND"), lr=0.5, w0=w0, b0=b0, order=rows)
    assert demo.current["epoch"] == run.converged_epoch and demo.current["mistakes"].sum() == run.corrections
    np.testing.assert_allclose((demo.current["b"], *demo.current["w"]), (run.b, *run.w), rtol=1e-12)


def test_perceptron_opens_with_a_line_and_the_question_with_a_right_sample():
    demo = demos.PerceptronSteps()
    assert demo.current["e"] != 0 and 0 < demo.current["wrong"] < 4
    assert demo.set(step=13).current["e"] == 0


def test_rate_of_the_perceptron_turned_in_mid_run():
    demo = demos.PerceptronSteps(step=5)
    before = demo.current["path"][:6].copy()
    demo.turn(lr=0.5).set(step=60)
    path = demo.current["path"]
    np.testing.assert_array_equal(path[:6], before)
    moved = np.abs(np.diff(path[:, 0]))
    assert set(moved[:5]) <= {0.0, 1.0} and set(moved[5:]) == {0.0, 0.5}


@pytest.mark.parametrize(("order", "start", "lr"), [("as listed", 0, 1.0), ("reversed", 3, 0.5), ("shuffled", 7, 0.3)])
def test_perceptron_moves_only_at_mistakes(order, start, lr):
    demo = demos.PerceptronSteps(gate="XOR", order=order, start=start, lr=lr)
    for step in range(1, 30):
        state = demo.set(step=step).current
        moved = state["path"][step] - state["path"][step - 1]
        x = state["X"][state["sample"]]
        np.testing.assert_allclose(moved, lr * state["e"] * np.array([1, *x]), atol=1e-12)


def test_rounding_at_a_tenth():
    state = demos.PerceptronSteps().preset("Rounding at 0.1").current
    np.testing.assert_allclose(state["path"][-1], (-0.2, 0.2, 0.1), atol=1e-12)


def test_corrections_stay_below_the_bound_and_grow_as_the_gap_shrinks():
    demo = demos.MarginAndMistakes()
    for seed in range(4):
        state = demo.set(seed=seed).current
        assert np.all(state["counts"] <= state["bounds"])
        assert state["counts"][:5].mean() > 3 * state["counts"][-5:].mean()


@pytest.mark.parametrize("gap", [0.5, 0.3, 0.052])
def test_marker_of_the_gap_lies_on_the_curve(gap):
    state = demos.MarginAndMistakes(gap=gap).current
    here = list(state["gaps"]).index(gap)
    assert (state["counts"][here], state["bounds"][here]) == (state["corrections"], state["bound"])
    assert np.all(np.diff(state["gaps"]) > 0)
    R2 = 1 + np.max(np.sum(state["X"] ** 2, axis=1))
    assert R2 / state["margin"] ** 2 == pytest.approx(state["bound"])


def test_xor_by_folding():
    for preset in ("XOR solved", "XOR, another way"):
        np.testing.assert_allclose(demos.FoldXOR().preset(preset).current["output"], [0, 1, 1, 0], atol=1e-12)
    demo = demos.FoldXOR().preset("x₁ − x₂ solved")
    np.testing.assert_allclose(demo.current["output"], [0, -1, 1, 0], atol=1e-12)
    assert "dead" in demos.FoldXOR().preset("One dead unit").message


def test_folded_surface_is_the_network():
    state = demos.FoldXOR().current
    corner = ops.mlp_forward(np.array([[1.6, -0.6]]), state["params"], hidden="relu")[0]
    assert state["surface"][0, -1] == pytest.approx(corner.item())


def test_the_plane_is_folded_step_by_step():
    demo = demos.FoldXOR(w21=-1.0, w22=1.0, b1=0.2)
    (W1, b1), _ = demo.current["params"]
    X = demo.current["X"]
    np.testing.assert_array_equal(demo.set(way=0.0).current["places"], X)
    np.testing.assert_allclose(demo.set(way=1.0).current["places"], X @ W1 + b1)
    np.testing.assert_allclose(demo.set(way=2.0).current["places"], demo.current["h"])
    np.testing.assert_allclose(demo.current["h"], np.maximum(X @ W1 + b1, 0))
    names = [text for layer in demo.layers(demos.FoldXOR().preset("XOR solved").current) if hasattr(layer, "_texts")
             for text in layer._texts()]
    assert "00, 11" in names and names.count("01") == 2


def place(figure, k):
    """Where handle k stands."""
    return figure.handles[k].where(figure.current | {n: v for n, v in figure.values.items() if n not in figure.current})


def drag(figure, k, x, y):
    """What dragging handle k to (x, y) sets; returns the figure."""
    s = figure.values | figure.current
    moved = figure.handles[k].moved(s, x, y)
    return figure.set(**{name: figure._controls[name].nearest(value) for name, value in moved.items()})


def test_arrows_are_dragged_to_weights():
    for figure, tip in ((demos.Neuron(), 1), (demos.Gates(), 1), (demos.FoldXOR(), 0), (demos.FoldXOR(), 2)):
        x, y = (0.75, 0.4) if not isinstance(figure, demos.Neuron) else (0.3, -0.7)
        drag(figure, tip, x, y)
        np.testing.assert_allclose(place(figure, tip), (x, y), atol=0.03)


@pytest.mark.parametrize("name", ["Neuron", "Gates"])
def test_a_line_is_dragged_through_a_point(name):
    figure = getattr(demos, name)()
    number = next(k for k, handle in enumerate(figure.handles) if "line" in handle.label)
    assert abs(figure.current["w"] @ place(figure, number) + figure.current["b"]) < 1e-9
    drag(figure, number, 0.4, 0.2)
    assert abs(figure.current["w"] @ (0.4, 0.2) + figure.current["b"]) < 0.051
    assert figure.set(w1=0.0, w2=0.0).handles[number].where(figure.current) is None


def test_edge_of_the_gap_and_top_of_the_slope_are_dragged():
    margin = demos.MarginAndMistakes()
    assert drag(margin, 0, 2.5, 1.5).values["gap"] == pytest.approx(np.sqrt(2), rel=0.03)
    sigmoid = drag(demos.StepVersusSigmoid(), 1, 1.5, 2.0)
    assert sigmoid.values["threshold"] == 1.5 and sigmoid.values["steepness"] == pytest.approx(8, rel=0.03)


def test_hidden_units_on_overlapping_dots():
    assert demos.HiddenUnits(hidden=1).current["errors"] == 2
    assert demos.HiddenUnits(hidden=2).current["errors"] == 0


def test_a_map_of_finished_trainings():
    demo = demos.LearningRateMap()
    assert demo.current["losses"].shape == (8, 13)
    for column, row in ((0, 1), (6, 8), (10, 4)):  # log10 of the rate -1.5, 0, 1
        drag(demo, 0, -1.5 + 0.25 * column, row)
        assert demo.current["loss"][-1] == demo.current["losses"][row - 1, column]
    assert demo.handles[0].click and demo.handles[0].replay
    outcome = {name: demo.preset(name).current["loss"][-1] for name in demo.presets}
    assert outcome["Good"] < 0.1 * min(outcome["Too slow"], outcome["Too fast"])


@pytest.mark.parametrize("name", ["TrainANetwork", "HiddenUnits"])
def test_own_points_train_a_network(name):
    demo = getattr(demos, name)(data="your own points")
    assert "No points yet" in demo.message
    points = ((-1.0, 0.0, 0), (1.0, 0.5, 1), (0.8, -0.5, 1))
    demo.set(points=points, hidden=3)
    np.testing.assert_array_equal(demo.current["X"], [point[:2] for point in points])
    np.testing.assert_array_equal(demo.current["y"], [0, 1, 1])
    assert demo.current["loss"][-1] < 0.05 and "3" in demo.message


@pytest.mark.parametrize(("name", "before", "after"), [("TrainANetwork", 200, 500), ("HiddenUnits", 300, 900)])
def test_rate_turned_in_mid_training(name, before, after):
    demo = getattr(demos, name)(epochs=before, hidden=4)
    first = demo.current["loss"].copy()
    demo.turn(lr=0.1)
    demo.set(epochs=after)
    loss = demo.current["loss"]
    np.testing.assert_array_equal(loss[: before + 1], first)
    straight = getattr(demos, name)(epochs=after, hidden=4).current["loss"]
    assert len(loss) == after + 1 and np.all(loss[before + 1 :] != straight[before + 1 :])
    namespace = {}
    exec(demo.code(), namespace)
    np.testing.assert_array_equal(namespace["loss"], loss)


def test_steep_sigmoid_approaches_the_step():
    demo = demos.StepVersusSigmoid(threshold=1.0)
    gaps = [demo.set(steepness=k).current["gap"] for k in (1, 5, 10)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 0.01
    assert demo.current["slope"].max() == pytest.approx(10 / 4, rel=1e-3)
    assert demo.current["sigmoid"][np.abs(np.linspace(-5, 5, 1001) - 1.0).argmin()] == pytest.approx(0.5)


def test_train_a_network_is_a_real_run():
    state = demos.TrainANetwork(data="rings", hidden=4, lr=0.2, epochs=120, seed=3).current
    X, y = datasets.circles(150, noise=0.15, rng=3)
    run = dense.train((2, 4, 1), datasets.standardize(X), y, hidden="tanh", loss="mse", lr=0.2, epochs=120, rng=3)
    np.testing.assert_array_equal(state["loss"], run.loss)
    assert state["accuracy"] == np.mean((run.predict(state["X"]).ravel() >= 0.5) == y)


def test_divergence_is_explained_and_the_offered_rate_is_stable():
    demo = demos.TrainANetwork().preset("Learning rate too large")
    assert demo.current["net"].diverged_at is not None
    assert "Diverged" in demo.message and "167" in demo.message
    stable = demo.current["stable"]
    assert f"{stable:.2g}" in demo.message
    assert demo.set(lr=stable, epochs=100).current["net"].diverged_at is None

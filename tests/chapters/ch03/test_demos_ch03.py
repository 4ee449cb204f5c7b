"""The live figures of chapters 00 and 03 agree with the library."""

import numpy as np
import pytest

from course_lib import datasets, dense, ops
from course_lib.viz import demos


def test_neuron_adds_up():
    state = demos.Neuron(x1=1.0, x2=-2.0, w1=0.5, w2=1.5, b=0.25, activation="tanh").current
    assert state["z"] == pytest.approx(0.5 - 3.0 + 0.25)
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
    assert state["run"].converged_epoch == epoch
    np.testing.assert_array_equal(state["path"][-1], (b, *w))


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
        assert state["counts"][:3].mean() > 3 * state["counts"][-3:].mean()


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


def test_hidden_units_on_overlapping_dots():
    assert demos.HiddenUnits(hidden=1).current["errors"] == 2
    assert demos.HiddenUnits(hidden=2).current["errors"] == 0


def test_steep_sigmoid_approaches_the_step():
    demo = demos.StepVersusSigmoid(threshold=1.0)
    gaps = [demo.set(steepness=k).current["gap"] for k in (1, 5, 30)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-6
    assert demo.current["slope"].max() == pytest.approx(30 / 4, rel=1e-3)


def test_train_a_network_is_a_real_run():
    state = demos.TrainANetwork(data="rings", hidden=4, lr=0.2, epochs=120, seed=3).current
    X, y = datasets.circles(150, noise=0.15, rng=3)
    run = dense.train((2, 4, 1), datasets.standardize(X), y, hidden="tanh", loss="mse", lr=0.2, epochs=120, rng=3)
    np.testing.assert_array_equal(state["loss"], run.loss)
    assert state["accuracy"] == np.mean((run.predict(state["X"]).ravel() >= 0.5) == y)


def test_divergence_is_explained_and_the_offered_rate_is_stable():
    demo = demos.TrainANetwork().preset("Learning rate too large")
    assert demo.current["run"].diverged_at is not None
    assert "Diverged" in demo.message and "167" in demo.message
    stable = demo.current["stable"]
    assert f"{stable:.2g}" in demo.message
    assert demo.set(lr=stable, epochs=100).current["run"].diverged_at is None

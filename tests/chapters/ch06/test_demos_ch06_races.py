"""Live figures of chapter 06, first part: races, momentum, the edge of stability. Their numbers are known otherwise."""

import numpy as np
import pytest

from course_lib import datasets, dense, ops
from course_lib.chapters import spiral_runs

# ---- six rules down one slope ----------------------------------------------------------------------------------------


def numeric_slope(f, x, y, h=1e-6):
    return (f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)


@pytest.mark.parametrize("surface", ["ravine", "saddle", "two basins", "Beale's valley"])
def test_slopes_of_the_surfaces_and_their_lowest_value(made, surface):
    ground = made["OptimizerRace"]._SURFACES[surface]
    for x, y in ((-1.3, 0.7), (2.0, -0.4), (0.2, 1.1)):
        assert ground.slope(x, y) == pytest.approx(numeric_slope(ground.loss, x, y), rel=1e-5, abs=1e-6)
    for place in ground.lowest:
        assert ground.loss(*place) == pytest.approx(0, abs=1e-12)
        assert ground.slope(*place) == pytest.approx((0, 0), abs=1e-12)
    t = np.linspace(-4.5, 4.5, 181)
    assert ground.loss(t, t[:, None]).min() >= -1e-12


def test_race_takes_the_steps_of_the_rules(made):
    """Descent and momentum in a bowl have a closed form; Adam's first step is lr in every direction."""
    race = made["OptimizerRace"].reset().set(lr=0.05, step=12)
    paths = race.current["paths"]
    steps = np.arange(13)[:, None]
    assert paths["sgd"] == pytest.approx(np.array([-4.0, 2.0]) * (1 - 0.05 * np.array([1, 20])) ** steps, abs=1e-12)
    assert np.abs(paths["adam"][1] - paths["adam"][0]) == pytest.approx([0.05, 0.05], rel=1e-6)
    assert np.abs(paths["rmsprop"][1] - paths["rmsprop"][0]) == pytest.approx([0.5, 0.5], rel=1e-6), "1/√(1 − 0.99)"
    w, v = np.array([-4.0, 2.0]), np.zeros(2)
    for _ in range(12):
        v = 0.9 * v - 0.05 * np.array([1, 20]) * w
        w = w + v
    assert paths["momentum"][-1] == pytest.approx(w, abs=1e-12)


def test_the_winner_changes_with_the_rate_and_the_basin_with_momentum(made):
    race = made["OptimizerRace"]

    def best(**values):
        losses = race.reset().set(**values).current["losses"]
        return min(losses, key=lambda rule: losses[rule][-1])

    assert best(lr=0.02) == "nesterov" and best(lr=0.2) == "rmsprop"
    state = race.preset("Two basins").current
    assert state["ends"]["sgd"] == pytest.approx([2.5, 0], abs=0.05), "descent stays in the small basin"
    assert state["ends"]["momentum"] == pytest.approx([-3, 0], abs=0.2)
    state = race.preset("Saddle").current
    assert state["losses"]["sgd"][-1] > 0.5 > state["losses"]["momentum"][-1]


def test_a_rule_that_leaves_is_named_with_its_step(made):
    race = made["OptimizerRace"].preset("Ravine, rate too large")
    left = race.current["left"]
    assert set(left) == {"sgd", "nesterov"} and "Diverged" in race.message
    path = race.current["paths"]["sgd"]
    assert np.abs(path[left["sgd"] - 1]).max() < 1000 <= np.abs(path[left["sgd"]]).max()
    assert (path[left["sgd"] :] == path[-1]).all(), "it stays where it left"


# ---- the same in a network -------------------------------------------------------------------------------------------


def test_network_race_starts_together_and_lies_on_the_true_loss(made):
    race = made["RaceOnTrueLoss"].reset()
    state, X_y = race.current, datasets.moons(60, 0.15, rng=0)
    assert len({loss[0] for loss in state["losses"].values()}) == 1
    # The two ends that span the slice lie on it: there the surface is the loss of the run.
    (_, _, _, xlim, ylim) = race.panels[1]
    across, up = (np.linspace(*limits, race._N) for limits in (xlim, ylim))
    for rule in ("sgd", "adam"):
        x, y = state["paths"][rule][-1]
        column, row = np.argmin(np.abs(across - x)), np.argmin(np.abs(up - y))
        near = state["surface"][max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert near.min() <= state["final"][rule] * 1.05 and near.max() >= state["final"][rule] * 0.95
    params = dense.init_params((2, 5, 1), 0)
    start = ops.bce(ops.mlp_forward(X_y[0], dense.unpack(params, (2, 5, 1)), "tanh", "sigmoid")[0][:, 0], X_y[1])[0]
    assert state["losses"]["adam"][0] == pytest.approx(start)


def test_paths_in_the_slice_keep_distances_of_its_two_ends(made):
    race = made["RaceOnTrueLoss"].reset()
    state = race.current
    X, y = datasets.moons(60, 0.15, rng=0)
    params = dense.init_params((2, 5, 1), 0)
    for rule in ("sgd", "adam"):
        run = dense.train((2, 5, 1), X, y, params=params, loss="bce", rule=rule, lr=0.1, epochs=200)
        length = np.linalg.norm(run.params - params)
        assert np.linalg.norm(state["paths"][rule][-1]) * state["unit"] == pytest.approx(length, rel=1e-6)


def test_own_points_are_trained_on(made):
    race = made["RaceOnTrueLoss"].reset().set(data="your own", points=((0, 0, 0), (1, 1, 1), (0, 1, 0)))
    assert len(race.current["y"]) == 3 and race.current["final"]["adam"] < 0.05
    with pytest.raises(ValueError, match="at least two"):
        race.set(points=((0, 0, 1),))
    race.reset()


# ---- the spiral ------------------------------------------------------------------------------------------------------


def test_averaged_momentum_is_descent_and_ten_times_its_rate_is_classical(made):
    spiral = made["SpiralOptimizers"].reset()
    ends = {preset: spiral.preset(preset).current["loss"][-1] for preset in spiral.presets}
    assert ends["Momentum, averaged"] == pytest.approx(ends["Descent"], rel=0.02)
    assert ends["Momentum, classical"] < 0.3 * ends["Descent"]
    assert ends["Averaged, ten times the rate"] == pytest.approx(ends["Momentum, classical"], rel=1e-3)
    assert ends["All 600 points a step"] > 1.5 * ends["Descent"]
    assert spiral.preset("Momentum, averaged").current["descent"][-1] == ends["Descent"]


def test_loss_is_that_of_all_points_and_last_batch_that_of_64(made):
    spiral = made["SpiralOptimizers"].reset().set(epoch=1)
    data, order = spiral._data()
    params = datasets.published_start("he_normal")
    p = ops.mlp_forward(data.X_train, params, "relu", "sigmoid")[0][:, 0]
    assert spiral.current["loss"][0] == pytest.approx(ops.bce(p, data.y_train)[0], rel=1e-4)
    all_but_last = dense.train(spiral_runs.SIZES, data.X_train, data.y_train, params=params, hidden="relu", loss="bce",
                               batch_size=64, order=order[:1, :576], lr=0.0316)
    p = all_but_last.predict(data.X_train[order[0, 576:]])[:, 0]
    assert spiral.current["last"][0] == pytest.approx(ops.bce(p, data.y_train[order[0, 576:]])[0], rel=1e-3)


def test_a_knob_turned_in_mid_run_acts_from_there_on(made):
    spiral = made["SpiralOptimizers"].reset()
    plain = spiral.current["loss"].copy()
    spiral.set(epoch=40).turn(rule="classical momentum")
    turned = spiral.set(epoch=100).current["loss"]
    assert (turned[:41] == plain[:41]).all() and turned[-1] < 0.5 * plain[-1]
    assert "from epoch 40 on classical momentum" in spiral.message
    # A rate that is turned leaves the rule's memory: as one run with a schedule.
    spiral.reset().set(rule="classical momentum", epoch=30).turn(lr=0.01)
    data, order = spiral._data()
    run = dense.train(spiral_runs.SIZES, data.X_train, data.y_train, params=datasets.published_start("he_normal"),
                      hidden="relu", loss="bce", batch_size=64, order=order, rule="momentum",
                      schedule=lambda t: 0.0316 if t < 30 else 0.01)
    assert spiral.set(epoch=100).current["loss"] == pytest.approx(run.loss, rel=1e-5)
    spiral.reset()


def test_the_spiral_offers_every_rule_of_the_chapter_and_names_its_settings(made):
    spiral = made["SpiralOptimizers"].reset()
    assert set(spiral._RULES.values()) == set(ops.RULES)
    start = spiral.current["loss"][0]
    for name in ("Adadelta", "Rprop", "AdamW", "Adamax", "NAdam", "AMSGrad"):
        assert spiral.set(rule=name).current["loss"][-1] < start
        assert ("β 0.9" in spiral.message) is (name not in ("Adadelta", "Rprop"))
    slow = spiral.set(rule="Adadelta").current["loss"][-1]
    assert spiral.preset("Adadelta, 1").current["loss"][-1] < 0.5 * slow
    spiral.reset()


def test_a_spiral_run_that_diverges_is_explained(made):
    spiral = made["SpiralOptimizers"].reset().set(rule="Nesterov", lr=10.0, momentum=0.99, batch="16")
    assert "diverged in epoch" in spiral.message and "surface" not in spiral.current
    spiral.reset()


# ---- the bowl --------------------------------------------------------------------------------------------------------


def test_bowl_arrives_below_the_edge_and_runs_away_above(made):
    bowl = made["LocalQuadratic"].reset()
    assert bowl.current["half_axes"] == pytest.approx([1, 1 / np.sqrt(10)])
    for lr, away in ((0.19, False), (0.21, True)):
        a = bowl.set(lr=lr).current["a"]
        assert bool(abs(a[-1, 1]) > abs(a[0, 1])) is away and abs(a[-1, 0]) < abs(a[0, 0])
        assert a == pytest.approx(a[0] * (1 - lr * np.array([1, 10])) ** np.arange(21)[:, None], abs=1e-9)
    assert bowl.current["edge"] == pytest.approx(0.2) and "λ₂ = 10 runs away" in bowl.message


@pytest.mark.parametrize("momentum", [0.3, 0.8])
def test_momentum_moves_the_edge(made, momentum):
    bowl = made["LocalQuadratic"].reset().set(momentum=momentum, rotation=-40.0, step=100)
    edge = bowl.current["edge"]
    assert edge == pytest.approx(2 * (1 + momentum) / 10)
    ends = [np.abs(bowl.set(lr=round(edge * share, 4)).current["a"]) for share in (0.95, 1.05)]
    assert ends[0][-1, 1] < ends[0][0, 1] and ends[1][-1, 1] > ends[1][0, 1]
    # The factor is the pace of the run in the long term.
    a = np.abs(bowl.set(lr=0.02, lam1=1.0).current["a"])
    paces = (a[-40:].max(axis=0) / a[-80:-40].max(axis=0)) ** (1 / 40)
    assert paces[0] == pytest.approx(bowl.current["factors"][0], abs=0.02)


# ---- the edge in a network -------------------------------------------------------------------------------------------


def test_sharpness_climbs_to_the_edge_and_stays(made):
    figure = made["StabilityEdge"].reset()
    for lr in (0.1, 0.4):
        state = figure.set(lr=lr).current
        assert state["edge"] == pytest.approx(2 / lr)
        assert state["sharpness"][0] < state["edge"]
        assert state["sharpness"][-5:] == pytest.approx(state["edge"], rel=0.1)
        assert state["rises"] > 50, "at the edge the loss does not fall in every epoch"
    state = figure.set(lr=0.02).current
    assert state["rises"] == 0 and state["sharpness"][-1] > 3 * state["sharpness"][0], "it grows and is not yet there"


def test_measured_curvature_is_the_largest_eigenvalue(made):
    figure = made["StabilityEdge"].reset()
    X, y = figure._data()
    run = dense.train((2, 8, 8, 1), X, y, lr=0.1, epochs=1000, rng=2)
    assert run.loss == pytest.approx(figure.current["loss"])
    h, P = 1e-5, len(run.params)
    rows = [(run.params + s * h * np.eye(P)[i]) for i in range(P) for s in (1, -1)]
    g = dense.gradient([dense.unpack(row, (2, 8, 8, 1)) for row in rows], X, y)
    H = (g[::2] - g[1::2]) / (2 * h)
    assert np.linalg.eigvalsh((H + H.T) / 2)[-1] == pytest.approx(figure.current["sharpness"][-1], rel=0.02)


def test_a_lower_rate_in_mid_run_lets_the_curvature_grow(made):
    figure = made["StabilityEdge"].reset()
    before = figure.current["sharpness"]
    figure.set(epoch=240).turn(lr=0.04)
    state = figure.set(epoch=1000).current
    assert state["sharpness"][:6] == pytest.approx(before[:6], rel=0.02)
    assert state["edge"] == pytest.approx(50) and state["sharpness"][-1] > 40 > 1.5 * before[-1]
    figure.preset("Beyond rescue")
    assert "diverged in epoch" in figure.message
    figure.reset()


# ---- momentum --------------------------------------------------------------------------------------------------------


def test_the_ball_stays_or_leaves(made):
    ball = made["BallInValley"].reset()
    assert ball.current["x"] == pytest.approx(1.1309, abs=1e-3) and "small basin, never" in ball.message
    assert ball.set(momentum=0.9).current["x"] == pytest.approx(-1.3008, abs=0.01)
    assert ball.set(momentum=0.97).current["crossings"] == 2 and "small basin, twice" in ball.message
    assert "diverged" in ball.preset("A rate too large").message
    ball.reset()


def test_the_map_says_where_the_ball_ends(made):
    ball = made["BallInValley"].reset()
    for row, column in ((45, 16), (0, 16), (25, 20), (48, 16), (10, 36)):
        beta, lr = ball._BETAS[row], ball._LRS[column]
        x, v = 2.0, 0.0
        for _ in range(200):
            x, v = ops.momentum(x, 4 * x**3 - 6 * x + 1, v, lr, beta)
        assert ball.current["ends"][row, column] == (x < 0.17)


def test_look_ahead_is_the_step_of_the_equations(made):
    look = made["LookAhead"].reset().set(momentum=0.5, lr=0.4, speed=1.0, here=0.0, ahead=90.0, steep_here=1.0,
                                         steep_ahead=0.5)
    v = np.array([np.cos(np.pi / 12), np.sin(np.pi / 12)])
    assert look.current["classical"] == pytest.approx(0.5 * v + [0.4, 0])
    assert look.current["nesterov"] == pytest.approx(0.5 * v + [0, 0.2])
    assert look.preset("The same slope").current["gap"] == pytest.approx(0, abs=1e-12)
    speeds = look.preset("The ground rises ahead").current["speeds"]
    assert speeds[2] < speeds[0] < speeds[1] and "brakes" in look.message
    look.reset()


def test_look_ahead_is_a_step_of_nesterov_on_a_bowl(made):
    """With the gradients of a real bowl at both places, the two points are those of (6.11) and (6.14)."""
    H, w = np.diag([1.0, 6.0]), np.array([-2.0, 0.3])
    v = 1.5 * np.array([np.cos(np.pi / 12), np.sin(np.pi / 12)])
    here, ahead = -H @ w, -H @ (w + 0.9 * v)
    step = {}
    for name, downhill in (("here", here), ("ahead", ahead)):
        step[name] = 0.9 * v + 0.1 * downhill
    angle = lambda d: float(np.rad2deg(np.arctan2(d[1], d[0])))
    look = made["LookAhead"]
    state = look.state(momentum=0.9, lr=0.1, ahead=angle(ahead), here=angle(here), speed=1.5,
                       steep_ahead=float(np.hypot(*ahead)), steep_here=float(np.hypot(*here)))
    assert state["classical"] == pytest.approx(step["here"]) and state["nesterov"] == pytest.approx(step["ahead"])

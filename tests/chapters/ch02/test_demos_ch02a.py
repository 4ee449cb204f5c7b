"""The live figures of the first half of chapter 02 agree with the library and with independent formulas."""

from itertools import pairwise

import numpy as np
import pytest

from course_lib import datasets, models, ops
from course_lib.chapters.ch02_regression_and_descent.demos.generalization import _sample
from course_lib.chapters.ch02_regression_and_descent.experiments import worst_case_steps
from course_lib.viz import demos

NAMES = ("LineByHand", "DescentOnALine", "DescentInOneDimension", "DescentPaths", "Conditioning", "PolynomialFit",
         "BiasAndVariance", "LearningCurves", "LearningRatesCompared", "GrowthWithData")


@pytest.mark.parametrize("name", NAMES)
def test_captions_stay_short(made, name):
    demo = made[name]
    for preset in (None, *demo.presets):
        demo.reset() if preset is None else demo.preset(preset)
        assert len(demo.message) < 250, demo.message


# ---- a line by hand


def test_solve_gives_the_least_squares_line():
    demo = demos.LineByHand().preset("Solve")
    state = demo.current
    expected = np.polyfit(state["x"], state["y"], 1)[::-1]
    np.testing.assert_allclose(state["theta"], expected, atol=1e-10)
    assert state["mean_error"] == pytest.approx(0, abs=1e-10)
    assert "No line has a smaller MSE" in demo.message


@pytest.mark.parametrize("cost", ["squared errors (MSE)", "absolute errors (MAE)"])
def test_no_line_of_the_surface_is_better_than_the_best(cost):
    state = demos.LineByHand(cost=cost, outlier=25.0, m=17).current
    assert state["lowest"] <= state["surface"].min() + 1e-12
    near = state["best"] + 1e-3 * np.random.default_rng(0).standard_normal((200, 2))
    errors = near @ np.stack([np.ones_like(state["x"]), state["x"]]) - state["y"]
    costs = np.mean(errors**2 if cost.startswith("sq") else np.abs(errors), axis=1)
    assert costs.min() >= state["lowest"] - 1e-12


def test_a_wild_point_moves_the_mse_line_more_than_the_mae_line():
    slopes = [demos.LineByHand().preset(f"One wild point, {name}").current["theta"][1] for name in ("MSE", "MAE")]
    assert abs(slopes[1] - 7) < 1 < 5 < abs(slopes[0] - 7)


@pytest.mark.parametrize(("index", "x", "y", "line"), [
    (0, 0.0, 8.0, (8.0, 2.0)), (1, 2.0, 4.0, (2.0, 1.0)), (3, 6.0, 7.0, (6.0, 7.0))])
def test_the_line_is_taken_hold_of(index, x, y, line):
    demo = demos.LineByHand()
    moved = demo.handles[index].moved({**demo.current, **demo.values}, x, y)
    assert demo.set(**moved).current["theta"] == pytest.approx(line)
    demo.preset("Solve")  # the best line can be taken hold of too, and is then one by hand
    moved = demo.handles[index].moved({**demo.current, **demo.values}, x, y)
    assert demo.set(**moved).values["line"] == "by hand"


def test_the_rightmost_point_is_lifted():
    demo = demos.LineByHand()
    handle, s = demo.handles[2], {**demo.current, **demo.values}
    x, y = handle.where(s)
    demo.set(**handle.moved(s, x, y + 9))
    assert demo.values["outlier"] == 9 and handle.where({**demo.current, **demo.values}) == pytest.approx((x, y + 9))


# ---- descent on the line


def test_descent_on_the_line_is_the_rule():
    demo = demos.DescentOnALine(lr=0.2, b0=-4.0, w0=9.5)
    X, y = datasets.noisy_line()
    X1 = np.column_stack([np.ones(len(y)), X])
    path = demo.current["path"]
    assert path[0].tolist() == [-4.0, 9.5]
    for before, after in pairwise(path[:21]):
        np.testing.assert_allclose(after, before - 0.2 * 2 / len(y) * X1.T @ (X1 @ before - y), rtol=1e-12)
    np.testing.assert_allclose(demo.current["cost"], np.mean((path @ X1.T - y) ** 2, axis=1))


def test_divergence_on_the_line_names_the_limit_and_a_stable_rate():
    demo = demos.DescentOnALine().preset("Diverges")
    state = demo.current
    H = 2 / len(state["data"].y) * state["data"].X1.T @ state["data"].X1
    limit = 2 / np.linalg.eigvalsh(H)[-1]
    assert state["limits"].limit == pytest.approx(limit)
    assert f"lr 0.43 > 2/λₘₐₓ = {limit:.3f}" in demo.message and f"{state['stable']:.2f}" in demo.message
    assert state["cost"][-1] > 1e5
    assert limit - 0.01 <= state["stable"] < limit
    cost = demo.set(lr=state["stable"]).current["cost"]
    assert cost[-1] < cost[0] and "diverges" not in demo.message
    assert demo.set(lr=state["stable"] + 0.01).current["cost"][-1] > cost[0]


def test_the_fastest_rate_and_standardized_inputs_need_fewer_steps():
    demo = demos.DescentOnALine()
    limits, floor = demo.current["limits"], demo.current["data"].floor

    def factor(lr):  # of the distance in the long run, measured on the cost
        away = demo.set(lr=lr).current["cost"][[60, 70]] - floor
        return (away[1] / away[0]) ** (1 / 20)

    best = factor(limits.fastest)
    assert best == pytest.approx((limits.condition - 1) / (limits.condition + 1), abs=1e-4)
    assert best < min(factor(limits.fastest - 0.05), factor(limits.fastest + 0.01))
    assert demo.set(inputs="standardized", lr=0.5).current["cost"][1] == pytest.approx(floor)


def test_a_bad_rate_is_mended_in_mid_run():
    demo = demos.DescentOnALine(lr=0.43, step=10)
    before = demo.current["path"]
    demo.turn(lr=0.3)
    after = demo.current["path"]
    np.testing.assert_array_equal(after[:11], before[:11])
    data = demo.current["data"]
    np.testing.assert_allclose(after[11], after[10] - 0.3 * ops.mse_gradient(data.X1, data.y, after[10]))
    assert demo.set(step=100).current["cost"][-1] == pytest.approx(data.floor, abs=1e-6)
    assert "turned at step 10" in demo.message and "diverges" not in demo.message
    assert demo.set(b0=1.0).current["rates"] == ((0, 0.3),), "a new start begins anew, with the rate as it stands"


@pytest.mark.parametrize(("index", "x", "y", "start"), [(0, 0.3, 6.0, (6.0, -3.0)), (1, 0.3, 6.0, (0.0, 3.0))])
def test_ends_of_the_starting_line_are_dragged(index, x, y, start):
    demo = demos.DescentOnALine()
    moved = demo.handles[index].moved({**demo.current, **demo.values}, x, y)
    assert (moved["b0"], moved["w0"]) == pytest.approx(start)
    demo.set(**moved)
    assert demo.handles[index].where({**demo.current, **demo.values})[1] == pytest.approx(y)


# ---- one dimension


@pytest.mark.parametrize("function", ["bowl", "flat bowl", "two basins", "shoulder"])
def test_slopes_and_curvatures_belong_to_the_curves(function):
    curve = demos.DescentInOneDimension(function=function).current["curve"]
    x, h = np.linspace(-2.5, 2.5, 41), 1e-5
    np.testing.assert_allclose(curve.slope(x), (curve.f(x + h) - curve.f(x - h)) / (2 * h), atol=1e-7)
    np.testing.assert_allclose(curve.curvature(x), (curve.slope(x + h) - curve.slope(x - h)) / (2 * h), atol=1e-7)
    for low in curve.minima:
        assert curve.slope(low) == pytest.approx(0, abs=1e-12)
        assert curve.f(low) < min(curve.f(low - 0.1), curve.f(low + 0.1))


def test_the_start_decides_the_basin():
    left, right = (demos.DescentInOneDimension().preset(f"{side} basin").current["end"] for side in ("Left", "Right"))
    low, high = demos.DescentInOneDimension(function="two basins").current["curve"].minima
    assert left == pytest.approx(low, abs=0.02) and right == pytest.approx(high, abs=0.02)


@pytest.mark.parametrize(("function", "start", "lr"), [
    ("bowl", 2.0, 1.1), ("flat bowl", 2.5, 1.0), ("two basins", -2.5, 1.0), ("shoulder", 2.4, 1.5)])
def test_the_rate_offered_settles_and_a_little_more_does_not(function, start, lr):
    demo = demos.DescentInOneDimension(function=function, start=start, lr=lr)
    assert "diverges" in demo.message
    stable = demo.current["stable"]
    assert f"{stable}" in demo.message
    demo.set(lr=stable, step=50)
    assert "diverges" not in demo.message and abs(demo.current["end"]) <= 2.7
    path = ops.gradient_descent(demo.current["curve"].slope, [start], 1.1 * stable, 200)[:, 0]
    assert not abs(path[-1] - path[-2]) < 0.1 * abs(path[1] - path[0]) or not abs(path[-1]) <= 2.7


def test_a_chord_above_the_curve_means_convex():
    demo = demos.DescentInOneDimension(drawn="chord", step=0)
    for start in (-2.0, 0.3, 2.5):
        assert demo.set(start=start).current["above"] <= 1e-12
    assert "not convex" in demo.preset("Not convex").message


# ---- paths


def test_paths_end_where_the_library_ends():
    state = demos.DescentPaths(batch=10, lr=0.05, b0=7.0, w0=2.5, order=4, epochs=50).current
    data = ops.add_bias_column(datasets.noisy_line()[0]), datasets.noisy_line()[1]
    rng, theta = np.random.default_rng(4), np.array([7.0, 2.5])
    order = np.stack([rng.permutation(100) for _ in range(50)])
    expected = ops.stochastic_descent(*data, theta, 0.05, order, 10)
    np.testing.assert_array_equal(state["runs"]["mini-batch"]["path"], expected)
    batch = ops.gradient_descent(lambda t: ops.mse_gradient(*data, t), theta, 0.05, 50)
    np.testing.assert_allclose(state["runs"]["batch (100)"]["path"], batch, rtol=1e-10)


def test_small_batches_wander_and_the_schedule_calms_them():
    demo = demos.DescentPaths()

    def spread(name):
        return np.median(demo.current["runs"][name]["distance"][-15:])

    constant = spread("stochastic (1)")
    assert constant > 3 * spread("mini-batch")
    demo.preset("Schedule 5/(t + 50)")
    assert spread("stochastic (1)") < constant / 10
    assert "5/(t" in "Schedule 5/(t + 50)" and demo.values["t0"] == 5 and demo.values["t1"] == 50


def test_paths_explain_both_limits():
    demo = demos.DescentPaths().preset("Too large for all")
    state = demo.current
    X1 = ops.add_bias_column(datasets.noisy_line()[0])
    assert state["single"] == pytest.approx(min(2 / np.linalg.eigvalsh(2 * np.outer(x, x))[-1] for x in X1))
    assert "lr 0.5 > 2/λₘₐₓ = 0.414" in demo.message and "0.41;" in demo.message
    safe = demo.set(lr=0.2)
    assert not safe.current["diverged"] and "> 2/λ" not in safe.message


def test_a_rate_turned_after_an_epoch_acts_from_its_first_update():
    demo = demos.DescentPaths(lr=0.3, epochs=20)
    before = {name: run["path"] for name, run in demo.current["runs"].items()}
    demo.turn(lr=0.001)
    demo.set(epochs=50)
    for name, run in demo.current["runs"].items():
        at = len(before[name]) - 1
        np.testing.assert_array_equal(run["path"][: at + 1], before[name])
        steps = np.linalg.norm(np.diff(run["path"][at:], axis=0), axis=1)
        assert steps.max() < 0.02, f"{name}: the small rate holds from update {at} on"


# ---- conditioning


def test_conditioning_agrees_with_the_factors():
    demo = demos.Conditioning(l1=8.0, l2=0.5, angle=40, lr=0.2, step=25, w1=-1.0, w2=2.0)
    state = demo.current
    np.testing.assert_allclose(state["limits"].eigenvalues, [8, 0.5])
    turn = np.deg2rad(40)
    R = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    n = np.arange(26)
    along = R.T @ [-1.0, 2.0]  # the start in the axes of the ellipses
    exact = along * np.stack([(1 - 0.2 * 8) ** n, (1 - 0.2 * 0.5) ** n]).T @ R.T
    np.testing.assert_allclose(state["path"], exact, atol=1e-12)
    share = [np.hypot(*(along * [(1 - 0.2 * 8) ** k, (1 - 0.2 * 0.5) ** k])) / np.sqrt(5) for k in range(200)]
    assert state["needed"] == int(np.argmax(np.array(share) < 0.01))


def test_steps_grow_with_the_condition_number():
    demo = demos.Conditioning()
    needed = []
    for low in (10.0, 3.0, 1.0, 0.3, 0.1):
        needed.append(demo.set(l1=10.0, l2=low, lr=2 / (10 + low)).current["needed"])
    assert needed == sorted(needed) and needed[-1] > 5 * needed[2]


def test_conditioning_diverges_with_numbers_and_offers_a_stable_rate():
    demo = demos.Conditioning().preset("Diverges")
    assert "lr 0.22 > 2/λₘₐₓ = 0.2" in demo.message and "0.19" in demo.message
    assert demo.current["needed"] is None
    assert demo.set(lr=0.19).current["needed"] is not None
    assert "for ever" in demo.set(l1=1.0, l2=0.5, lr=2.0).message


def test_the_dotted_curve_is_the_worst_case_of_the_fastest_rate():
    conditions, steps = demos.Conditioning._fastest()
    assert all(np.diff(steps) >= 0)
    for condition, taken in zip(conditions, steps, strict=True):
        assert taken == worst_case_steps(2 / (condition + 1), [condition, 1.0], 0.01)


def test_the_valley_follows_the_end_of_its_line():
    demo = demos.Conditioning()
    handle = next(handle for handle in demo.handles if "valley" in handle.label)
    demo.set(**handle.moved({**demo.current, **demo.values}, -1.0, 1.0))
    assert demo.values["angle"] == 45
    assert handle.where({**demo.current, **demo.values}) == pytest.approx(np.array([-1, 1]) * 2.3 / np.sqrt(2))


# ---- polynomials


def test_polynomial_fit_is_least_squares():
    state = demos.PolynomialFit(degree=3, n=30).current
    fit = np.polynomial.Polynomial.fit(state["x"], state["y"], 3)
    np.testing.assert_allclose(state["fit"], fit(np.linspace(-3, 3, 181)), atol=1e-8)
    assert state["train"][2] == pytest.approx(np.sqrt(np.mean((fit(state["x"]) - state["y"]) ** 2)))
    assert np.all(np.diff(state["train"]) < 1e-9), "a larger polynomial fits its own points at least as well"


def test_interpolation_meets_every_point():
    demo = demos.PolynomialFit().preset("Interpolation")
    assert demo.current["train"][8] < 1e-8 and "meets every point" in demo.message
    assert demo.current["validation"][8] > 10


def test_penalty_and_data_tame_a_flexible_curve():
    demo = demos.PolynomialFit()
    wild = demo.preset("Too flexible").current["validation"][13]
    assert demo.preset("Penalty").current["validation"][13] < wild / 50
    assert demo.preset("More data").current["validation"][13] < wild / 50


# ---- bias and variance


@pytest.mark.parametrize("preset", ["Rigid", "About right", "Flexible"])
def test_bias_and_variance_add_up(preset):
    demo = demos.BiasAndVariance().preset(preset)
    state, at = demo.current, demo.values["degree"] - 1
    error = np.mean((state["fits"] - state["truth"]) ** 2)
    assert state["bias2"][at] + state["variance"][at] == pytest.approx(error)
    assert state["bias2"][at] == pytest.approx(np.mean((state["fits"].mean(axis=0) - state["truth"]) ** 2))
    assert state["total"][at] == pytest.approx(error + demo.values["noise"] ** 2)


@pytest.mark.parametrize("degree", [1, 4, 9])
def test_bundle_is_that_of_the_model(degree):
    state = demos.BiasAndVariance(degree=degree, n=20, repeats=15, target="jump").current

    def draw(rng):
        x, y = _sample("jump", 20, 1.0, rng)
        return ops.polynomial(x, degree), y

    at = demos.BiasAndVariance.AT
    parts = models.bias_variance(models.LinearRegression(), draw, ops.polynomial(at, degree), state["truth"], 15, 0)
    assert state["fits"] == pytest.approx(parts.predictions, abs=1e-6)
    assert state["variance"][degree - 1] == pytest.approx(parts.variance, rel=1e-6)


def test_bias_falls_and_variance_rises():
    state = demos.BiasAndVariance(repeats=100).current
    assert state["bias2"][0] > 5 * state["bias2"][2] > 25 * state["bias2"][4]
    assert state["variance"][8] > 2 * state["variance"][4]
    assert 1 < state["best"] < 9


# ---- learning curves


def test_learning_curve_at_a_size_is_a_fit_to_so_many_points():
    state = demos.LearningCurves(degree=2, m=10**1.6, draw=5).current
    assert state["points"] == len(state["x"]) == 40
    fit = np.polynomial.Polynomial.fit(state["x"], state["y"], 2)
    assert state["here"][0] == pytest.approx(np.sqrt(np.mean((fit(state["x"]) - state["y"]) ** 2)))


def test_the_first_learning_curve_is_no_exception():
    demo = demos.LearningCurves()
    state = demo.current
    assert state["points"] == 20 and state["here"][1] == pytest.approx(1.8, abs=0.02)
    assert np.all(state["train"][2:] < state["validation"][2:] + 0.04), "training is not above validation, chance apart"
    assert demo.set(m=10**3.3).current["here"][1] > 1.5, "what prediction 2.f asks"


def test_plateau_and_gap():
    demo = demos.LearningCurves()
    low = demo.preset("Degree 1: a plateau")
    train, validation = low.current["here"]
    assert 1.5 < train < 2 and 1.5 < validation < 2 and "under-fit" in low.message
    high = demo.preset("Degree 10: a gap")
    train, validation = high.current["here"]
    assert train < 0.9 and validation > 1.2 and "over-fit" in high.message


# ---- logistic regression


def test_cost_curves_are_gradient_descent():
    state = demos.LearningRatesCompared(data="two clouds", rates="0.1, 1, 10", lr=0.5).current
    X, y = datasets.blobs(200, centers=[(-1.0, -0.6), (1.0, 0.6)], spread=0.8, rng=1)
    X, y = X[:100], y[:100]
    w, b = np.zeros(2), 0.0
    for step in range(30):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        assert state["runs"][3]["loss"][step] == pytest.approx(loss, rel=1e-9)
        w, b = w - 0.5 * X.T @ (p - y) / len(y), b - 0.5 * np.mean(p - y)


@pytest.mark.parametrize("data", ["digits 3 and 8", "two clouds"])
def test_small_rates_differ_in_speed_only(data):
    demo = demos.LearningRatesCompared(data=data)
    first, second, third = (run["loss"] for run in demo.current["runs"][:3])
    np.testing.assert_allclose(first[::5][:1001], third[:1001], rtol=0.01)
    np.testing.assert_allclose(second[::2][:2501], third[:2501], rtol=0.01)
    slow, middle, fast = (np.argmax(loss < 0.3) for loss in (first, second, third))
    assert slow == pytest.approx(5 * fast, rel=0.01) and middle == pytest.approx(2 * fast, rel=0.01)


@pytest.mark.parametrize("data", ["digits 3 and 8", "two clouds"])
def test_below_the_limit_the_cost_never_climbs(data):
    demo = demos.LearningRatesCompared(data=data)
    limit = demo.current["limit"]
    demo.set(lr=0.99 * limit)
    assert np.all(np.diff(demo.current["runs"][3]["loss"]) <= 1e-12)
    demo.set(lr=100.0)
    assert "the cost rises in" in demo.message


def test_the_too_large_rate_loses():
    state = demos.LearningRatesCompared().preset("Too large").current
    assert state["costs"].argmax() == 3 and state["lr"] > 20 * state["limit"]
    early = demos.LearningRatesCompared().preset("After three steps").current
    best = demos.LearningRatesCompared._GRID[early["reached"].argmin()]
    assert 0.5 < best / early["limit"] < 1, "after three steps the best rate lies just below the limit"


# ---- growth with data


def test_growth_is_least_squares_for_every_strength_of_the_noise():
    demo = demos.GrowthWithData(n=100, noise=1.7, small=2, large=7, draw=4, target="jump")
    state = demo.current
    assert state["points"] == len(state["x"]) == 100
    for degree, fitted in zip((2, 7), state["fits"], strict=True):
        fit = np.polynomial.Polynomial.fit(state["x"], state["y"], degree)
        np.testing.assert_allclose(fitted, fit(demos.BiasAndVariance.AT), atol=1e-9)


def test_the_large_model_overtakes_with_enough_data():
    demo = demos.GrowthWithData()
    small, large = demo.current["curves"]
    assert large[0] > 5 * small[0] and small[-1] > 5 * large[-1], "an effect that nobody misses"
    first = demo.SIZES[demo.current["ahead"]]
    assert first == 25 and "from 25 points on" in demo.message
    noisy = demo.set(noise=2.0).current
    assert demo.SIZES[noisy["ahead"]] > 2 * first, "more noise, later"
    assert noisy["curves"][0][-1] == pytest.approx(small[-1], rel=0.05), "the small model stays where it is"


def test_where_the_truth_is_small_the_large_model_is_never_ahead():
    demo = demos.GrowthWithData().preset("The truth is small")
    assert np.all(demo.current["curves"][1] > demo.current["curves"][0]) and "not ahead even with 1000" in demo.message


def test_learning_curves_use_the_library():
    state = demos.LearningCurves(degree=4, noise=1.0, draw=3, m=10**3.3).current
    x, y = _sample("parabola", 2000, 1.0, 3)
    assert (state["x"] == x[:1995]).all()
    X = ops.polynomial(x / 3, 4)
    curve = models.learning_curve(models.LinearRegression(), X, y, X, y, demos.LearningCurves.SIZES)
    np.testing.assert_allclose(state["train"], curve.train, atol=1e-10)

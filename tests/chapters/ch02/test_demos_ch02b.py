"""The live figures of chapter 02, second half, without a page: they show the library's numbers."""

import itertools
import re

import numpy as np
import pytest

from course_lib import datasets, gradcheck, models, ops
from course_lib.chapters.ch02_regression_and_descent.demos.penalties import _patients
from course_lib.datasets import DIABETES_FEATURES
from course_lib.viz import style
from course_lib.viz.live import Image, Menu, Points

NAMES = ("PenaltyGeometry", "EarlyStopping", "GridAndRandomSearch", "GaussianLikelihood", "EntropyAndDivergence",
         "LogisticThreshold", "LogisticBoundary", "ConfusionMatrix", "SoftmaxRegions")


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_or_explained(made, name):
    demo = made[name].reset()
    ends = [slot.sample(2) if not isinstance(slot, Menu) else (slot.options[0], slot.options[-1])
            for slot in demo.controls]
    for corner in itertools.islice(itertools.product(*ends), 0, 64, 3):
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        assert not re.search(r"\b(nan|inf)\b", demo.message.lower()), demo.message
        assert len(demo.message) < 250, f"two lines of caption: {demo.message}"
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_have_short_captions(made, name):
    demo = made[name]
    seen = set()
    for preset in demo.presets:
        demo.preset(preset)
        assert len(demo.message) < 250, demo.message
        seen.add((demo.frame, tuple(demo.values[name] for name in demo.background_depends)))
    assert len(demo.presets) >= 3 and len(seen) == len(demo.presets)
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_points_of_the_starting_picture_lie_inside(made, name):
    demo = made[name].reset()
    _, _, panels = demo._figure(demo.size[0])
    for layer in demo.layers(demo.current):
        if isinstance(layer, Points):
            (x0, x1), (y0, y1) = panels[layer.panel].xlim, panels[layer.panel].ylim
            x, y = np.atleast_1d(layer.x), np.atleast_1d(layer.y)
            assert ((x >= x0) & (x <= x1)).all() and ((y >= y0) & (y <= y1)).all(), layer


@pytest.mark.parametrize("name", ["PolynomialFit", "BiasAndVariance", "LearningCurves", "GrowthWithData",
                                  "PenaltyGeometry", "EarlyStopping", "GridAndRandomSearch"])
def test_legends_stay_inside_their_axes(made, name):
    demo = made[name].reset()
    for width in (272, demo.size[0]):  # a telephone, with JupyterLab's side bar
        _, axes, _ = demo._figure(width)
        legends = [(ax.get_legend().get_window_extent(), ax.bbox) for ax in axes if ax.get_legend()]
        assert legends
        for box, room in legends:
            assert room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1, width


# ---- penalties ------------------------------------------------------------------------------------------------------


def _two(pair):
    X, y = _patients()
    return X[:, [DIABETES_FEATURES.index(name) for name in pair.split(", ")]], y


@pytest.mark.parametrize(("penalty", "model"), [
    ("ridge", lambda alpha: models.Ridge(alpha)), ("lasso", lambda alpha: models.Lasso(alpha)),
    ("elastic net", lambda alpha: models.ElasticNet(alpha, 0.5)),
])
@pytest.mark.parametrize("alpha", [0.01, 0.3])
def test_coefficients_are_those_of_the_model(made, penalty, model, alpha):
    state = made["PenaltyGeometry"].reset().set(penalty=penalty, alpha=alpha, pair="bmi, bp").current
    X, y = _two("bmi, bp")
    fitted = model(alpha).fit(X, y)
    assert state["w"] == pytest.approx(fitted.coef_, abs=1e-7)
    assert state["held_out"] == pytest.approx(models.cross_validate(model(alpha), X, y).mean(), abs=1e-7)
    nearest = int(np.argmin(np.abs(np.log(made["PenaltyGeometry"]._ALPHAS / alpha))))
    assert state["path"][nearest] == pytest.approx(fitted.coef_, abs=0.02), "both panels show one fit"


def test_lasso_drops_and_ridge_does_not(made):
    demo = made["PenaltyGeometry"].reset()
    counts = [np.count_nonzero(demo.set(alpha=alpha).current["w"] == 0) for alpha in (0.003, 0.3, 2.0)]
    assert counts == [0, 1, 2] and ops.largest_penalty(*_two("bmi, age")) < 2
    assert "Both are exactly 0" in demo.message
    assert "age is exactly 0" in demo.set(alpha=0.3).message
    demo.set(penalty="ridge")
    assert not (demo.current["w"] == 0).any() and "neither coefficient is exactly 0" in demo.message


@pytest.mark.parametrize("penalty", ["ridge", "lasso", "elastic net"])
@pytest.mark.parametrize("pair", ["bmi, age", "tc, ldl"])
def test_the_set_touches_the_ellipse_in_the_solution(made, penalty, pair):
    state = made["PenaltyGeometry"].reset().set(penalty=penalty, pair=pair, alpha=0.1).current
    X, y = _two(pair)

    def error(W):
        return np.mean((X @ W - y[:, None]) ** 2, axis=0)

    w, border, touch = state["w"], state["border"], state["touch"]
    assert error(touch) == pytest.approx(error(w[:, None])[0], abs=1e-9), "the ellipse has the error of the solution"
    assert error(border).min() >= error(w[:, None])[0] - 1e-9, "nothing in the set is better"
    assert np.abs(border - w[:, None]).max(axis=0).min() < 0.02, "the solution lies on the border"


def test_the_dragged_solution_takes_the_penalty_along(made):
    demo = made["PenaltyGeometry"].reset()
    x, y = demo._pair("bmi, age")[3]  # least squares, no penalty
    share = demo._static()["panels"][0]
    demo._receive(demo, {"client": "t", "seq": demo._arrived.get("t", 0) + 1,
                         "handle": [0, float(share.x(x)), float(share.y(y))]})
    assert demo.values["alpha"] == pytest.approx(0.001) and demo.current["w"] == pytest.approx([x, y], abs=0.01)


# ---- early stopping -------------------------------------------------------------------------------------------------


def test_early_stopping_keeps_the_best_epoch(made):
    state = made["EarlyStopping"].reset().current
    (x, y), (x_val, y_val), _ = state["parts"]
    X, X_val = datasets.standardize(ops.polynomial(x, 15), ops.polynomial(x_val, 15))
    model = models.GradientDescentRegressor(lr=0.1, epochs=3000, patience=100).fit(X, y, X_val, y_val)
    assert state["best"] == model.best_epoch_ and state["stop"] == model.n_iter_
    assert state["rmse"][1][: model.n_iter_ + 1] == pytest.approx(np.sqrt(model.validation_loss_), rel=1e-9)
    assert state["rmse"][1][state["best"]] == state["rmse"][1][: state["stop"] + 1].min()
    test = state["rmse"][2]
    assert test[state["best"]] < test[state["stop"]] < test[-1], "waiting costs"
    assert np.all(np.diff(state["rmse"][0]) < 1e-12), "the training error never turns"


def test_early_stopping_names_the_largest_stable_rate(made):
    demo = made["EarlyStopping"].preset("Rate too large")
    state = demo.current
    assert state["last"] < 3000 and "diverges" in demo.message
    said = float(re.search(r"= ([\d.]+), the largest stable", demo.message)[1])
    assert said == pytest.approx(state["limit"], abs=6e-4)
    assert demo.set(lr=0.99 * said).current["last"] == 3000, "the rate offered is stable"


def test_patience_is_dragged_by_its_end(made):
    demo = made["EarlyStopping"].reset()
    best, share = demo.current["best"], demo._static()["panels"][1]
    demo._receive(demo, {"client": "t", "seq": demo._arrived.get("t", 0) + 1,
                         "handle": [0, float(share.x(best + 40.0)), 0.5]})
    assert demo.values["patience"] == 40 and demo.current["stop"] == best + 40


def test_little_patience_misses_the_minimum(made):
    demo = made["EarlyStopping"].preset("Too impatient")
    assert "Too impatient" in demo.message and "Too impatient" not in demo.set(patience=100).message
    assert demo.current["best"] == 136


# ---- search ---------------------------------------------------------------------------------------------------------


def test_search_scores_are_real_fits(made):
    state = made["GridAndRandomSearch"].reset().current
    rng = np.random.default_rng(1)
    (X, y), (X_val, y_val) = (datasets.noisy_parabola(n, 1.0, rng) for n in (20, 100))
    for name in ("grid", "random"):
        degrees, logs = state[name]
        for k in (0, 5, 15):
            P, P_val = datasets.standardize(ops.polynomial(X, degrees[k]), ops.polynomial(X_val, degrees[k]))
            fitted = models.Ridge(10.0 ** logs[k]).fit(P, y)
            assert state[f"{name}_scores"][k] == pytest.approx(ops.rmse(fitted.predict(P_val), y_val), rel=1e-6)


@pytest.mark.parametrize("side", [3, 4, 5])
def test_random_search_sees_more_penalties(made, side):
    state = made["GridAndRandomSearch"].reset().set(side=side).current
    assert len(state["grid_scores"]) == len(state["random_scores"]) == side * side
    assert len(np.unique(state["grid"][1])) == side and len(np.unique(state["random"][1])) == side * side
    assert state["wins"] > 50, "most random searches beat this grid"


def test_a_clicked_cell_shows_its_fit(made):
    demo = made["GridAndRandomSearch"].reset()
    share = demo._static()["panels"][0]
    demo._receive(demo, {"client": "t", "seq": demo._arrived.get("t", 0) + 1,
                         "handle": [0, float(share.x(-1.0)), float(share.y(8.2))]})
    state = demo.current
    assert (demo.values["degree"], state["place"]) == (8, pytest.approx(-1.0))
    row, column = 8 - 6, int(np.abs(demo._LOGS + 1.0).argmin())
    assert state["rmse"] == pytest.approx(state["surface"][row, column], rel=1e-6)
    assert f"degree 8: {state['rmse']:.2f}" in demo.message


def test_a_grid_can_be_lucky(made):
    demo = made["GridAndRandomSearch"].preset("A lucky grid")
    assert demo.current["wins"] < 30
    state = made["GridAndRandomSearch"].preset("A bad draw").current
    assert state["random_scores"].min() > state["grid_scores"].min()


# ---- likelihood and surprise ----------------------------------------------------------------------------------------


def test_four_points_have_the_published_maximum(made):
    demo = made["GaussianLikelihood"].reset()
    assert demo.current["fit"] == pytest.approx((0.325, 5.516875))
    assert "5.5169" in demo.message and "7.3558" in demo.message
    surface, top = demo.current["surface"], demo.current["most"] / 4
    row, column = np.unravel_index(surface.argmax(), surface.shape)
    assert surface.max() <= top and surface.max() == pytest.approx(top, abs=2e-3)
    assert (demo._MU[column], demo._SIGMA[row]) == pytest.approx((0.325, np.sqrt(5.516875)), abs=0.1)
    here = demo.set(mu=0.325, sigma=2.35).current["here"]
    density = np.exp(-(np.array([-3, -0.7, 2, 3]) - 0.325) ** 2 / (2 * 2.35**2)) / (2.35 * np.sqrt(2 * np.pi))
    assert here == pytest.approx(np.log(density).sum()) and here < demo.current["most"]


@pytest.mark.parametrize("preset", ["(0.7, 0.2, 0.1), (0.5, 0.3, 0.2)", "Fair coin in bits", "Sure and wrong",
                                    "One-hot truth in bits"])
def test_cross_entropy_is_the_sum(made, preset):
    state = made["EntropyAndDivergence"].preset(preset).current
    p, q = state["p"], state["q"]
    base = 2 if state["unit"] == "bits" else np.e
    assert p.sum() == pytest.approx(1) and q.sum() == pytest.approx(1)
    used = p > 0
    assert state["CE"] == pytest.approx(-(p[used] * np.log(q[used])).sum() / np.log(base), abs=1e-12)
    assert state["CE"] == pytest.approx(state["H"] + state["KL"], abs=1e-12)
    assert (state["curve"] >= state["H"] - 1e-12).all()


def test_published_numbers_of_information(made):
    demo = made["EntropyAndDivergence"].reset()
    assert demo.current["KL"] == pytest.approx(0.0851, abs=5e-5) and demo.current["back"] == pytest.approx(0.0920, 5e-4)
    assert demo.preset("One-hot truth").current["CE"] == pytest.approx(0.3299, abs=5e-5)
    assert demo.preset("One-hot truth in bits").current["CE"] == pytest.approx(0.4759, abs=5e-5)
    assert "infinite" in demo.message


def test_lowest_claim_is_the_truth(made):
    demo = made["EntropyAndDivergence"].reset().set(classes="two", p1=0.3)
    assert demo._Q[demo.current["curve"].argmin()] == pytest.approx(0.3, abs=0.003)
    assert demo.current["curve"].min() == pytest.approx(demo.current["H"], abs=1e-4)
    assert demo.set(p1=0.9, p2=0.8, classes="three").current["p"] == pytest.approx([0.9, 0.1, 0.0])


def test_bars_of_probabilities_are_dragged(made):
    demo = made["EntropyAndDivergence"].reset()
    for handle, name in zip(demo.handles, ("p1", "q1", "p2", "q2", "q1"), strict=True):
        s = {**demo.current, **demo.values}
        x, y = handle.where(s)
        assert handle.moved(s, *((x, y) if y is not None else (x, 0))) == pytest.approx({name: s[name]})
    demo.set(classes="two")
    assert [handle.where({**demo.current, **demo.values}) is None for handle in demo.handles] == [0, 0, 1, 1, 0]


# ---- classification -------------------------------------------------------------------------------------------------


def test_threshold_table_by_counting(made):
    state = made["LogisticThreshold"].reset().set(tau=0.25).current
    p = 1 / (1 + np.exp(-0.3 * (state["x"] - 30.6)))
    yes = p >= 0.25
    table = [[(~yes & (state["y"] == 0)).sum(), (yes & (state["y"] == 0)).sum()],
             [(~yes & (state["y"] == 1)).sum(), (yes & (state["y"] == 1)).sum()]]
    assert state["table"].confusion.tolist() == table and np.sum(table) == 59
    share = (table[0][0] + table[1][1]) / 59
    half = 1.96 * np.sqrt(share * (1 - share) / 59)
    assert state["interval"] == pytest.approx((share - half, share + half))
    assert (np.diff(state["recall"]) <= 0).all(), "a higher threshold never finds more"
    assert state["cut"] == pytest.approx(30.6 - np.log(3) / 0.3)


def test_default_curve_is_the_fitted_one(made):
    split = datasets.diabetes()
    bmi = split.X_train[:, [DIABETES_FEATURES.index("bmi")]]
    kept, held = models.k_fold(len(bmi), 6, rng=0)[0]
    model = models.LogisticRegression().fit(bmi[kept], (split.y_train[kept] > 200).astype(int))
    values = made["LogisticThreshold"].reset().values
    assert (made["LogisticThreshold"].current["x"] == bmi[held, 0]).all(), "shown are patients it was not fitted to"
    assert values["k"] == pytest.approx(model.coef_[0], abs=0.005)
    assert values["x0"] == pytest.approx(-model.intercept_ / model.coef_[0], abs=0.05)


def test_precision_and_recall_trade_while_accuracy_stays(made):
    demo = made["LogisticThreshold"].reset()
    low, high = (demo.preset(name).current["table"] for name in ("Find more of them: τ = 0.25", "Be surer: τ = 0.7"))
    assert low.recall[1] > high.recall[1] + 0.4 and high.precision[1] > low.precision[1] + 0.2
    assert abs(low.accuracy - high.accuracy) < 0.1
    assert "never yes" in demo.preset("Low ceiling").message


def test_boundary_descends_by_the_gradient(made):
    demo = made["LogisticBoundary"].reset()
    state = demo.set(steps=3, lr=0.5).current
    w, b = np.array([-1.0, 1.0]), 1.0
    for _ in range(3):
        dw, db = ops.logistic_gradient(state["X"], state["y"], w, b)
        w, b = w - 0.5 * dw, b - 0.5 * db
    assert state["w"] == pytest.approx(w) and state["bias"] == pytest.approx(b)
    assert state["loss"][3] == pytest.approx(ops.bce_from_logits(state["X"] @ w + b, state["y"].astype(float))[0])
    middle = state["surface"][30, 30], 1 / (1 + np.exp(-(np.full(2, 3.5 / 59) @ w + b)))
    assert middle[0] == pytest.approx(middle[1], abs=1e-6)


def test_loss_falls_on_when_all_are_right(made):
    state = made["LogisticBoundary"].preset("1000 steps").current
    solved = state["solved"]
    assert 0 < solved < 100 and (state["errors"][solved:] == 0).all() and state["errors"][solved - 1] > 0
    assert (np.diff(state["loss"][solved:]) < 0).all() and state["loss"][-1] < 0.1 * state["loss"][solved]
    demo = made["LogisticBoundary"].preset("Overlapping clouds")
    assert demo.current["loss"].min() >= demo.current["floor"] - 1e-9
    assert demo.current["loss"][-1] == pytest.approx(demo.current["floor"], abs=1e-3)


def test_length_of_the_weights_pays_where_all_are_right(made):
    demo, losses = made["LogisticBoundary"], {}
    for length in ("Long", "Short"):
        demo.preset(f"{length} weights, same line")
        losses[length] = [demo.set(data=data).current["loss"][0] for data in ("separable", "overlapping")]
    assert losses["Long"][0] < losses["Short"][0] and losses["Long"][1] > losses["Short"][1]


def test_own_points_are_trained_on_and_may_be_none(made):
    demo = made["LogisticBoundary"].reset().set(data="your own", points=((-1, 0, 1), (1, 0, 0), (2, 1, 0)), steps=1000)
    X, y = np.array([[-1, 0], [1, 0], [2, 1]]), np.array([1, 0, 0])
    assert demo.current["w"][0] < 0 and not demo.current["wrong"].any()
    w, b = demo.current["w"], demo.current["bias"]
    assert demo.current["loss"][-1] == pytest.approx(ops.bce_from_logits(X @ w + b, y.astype(float))[0])
    assert "click points of both classes" in demo.set(points=()).message


def test_a_boundary_run_goes_on_with_another_rate(made):
    demo = made["LogisticBoundary"].reset().set(steps=40)
    at = np.append(demo.current["w"], demo.current["bias"])
    demo.turn(lr=0.1)
    assert np.append(demo.current["w"], demo.current["bias"]).tolist() == at.tolist()
    demo.set(steps=41)
    dw, db = ops.logistic_gradient(demo.current["X"], demo.current["y"], at[:2], at[2])
    assert np.append(demo.current["w"], demo.current["bias"]) == pytest.approx(at - 0.1 * np.append(dw, db))
    assert len(demo.current["loss"]) == 1001 and len(demo.current["pieces"]) == 2


def test_starting_line_and_weights_are_dragged(made):
    demo = made["LogisticBoundary"].reset()
    line, weights = demo.handles[:2]
    demo.set(**line.moved({**demo.current, **demo.values}, 1.0, 3.0))
    v = demo.values
    assert v["w1"] * 1.0 + v["w2"] * 3.0 + v["b"] == pytest.approx(0), "the line goes through the place of the pointer"
    foot, tip = (np.array(handle.where({**demo.current, **demo.values})) for handle in (line, weights))
    assert foot == pytest.approx((-1, 1)) and tip - foot == pytest.approx(np.array([v["w1"], v["w2"]]) / 2)
    demo.set(**weights.moved({**demo.current, **demo.values}, 0.0, 1.0))
    assert (demo.values["w1"], demo.values["w2"], demo.values["b"]) == pytest.approx((2, 0, 2)), "the foot stays"


def test_rate_that_never_rises(made):
    demo = made["LogisticBoundary"].preset("Huge steps")
    assert demo.current["rises"] > 100 and "too large" in demo.message
    limit = demo.current["limit"]
    assert demo.set(lr=0.999 * limit).current["rises"] == 0

    def slope(theta):
        dw, db = ops.logistic_gradient(demo.current["X"], demo.current["y"], theta[1:], theta[0])
        return np.array([db, *dw])

    steepest = gradcheck.numerical_jacobian(slope, np.zeros(3))  # at p = 1/2 the curvature is largest
    assert np.linalg.eigvalsh((steepest + steepest.T) / 2)[-1] == pytest.approx(2 / limit, rel=1e-5)


@pytest.mark.parametrize(("model", "macro", "accuracy"), [
    ("1", 0.8865, 0.896), ("2", 0.9210, 0.924), ("3", 0.9429, 0.944), ("4", 0.9345, 0.936),
    ("4 fine-tuned", 0.9960, 0.996),
])
def test_published_tables(made, model, macro, accuracy):
    demo = made["ConfusionMatrix"].reset().set(model=model)
    assert demo.current["M"].sum(axis=1).tolist() == [50] * 5
    assert demo.current["report"].macro_f1 == pytest.approx(macro, abs=5e-5)
    assert demo.current["micro"] == pytest.approx(accuracy, abs=1e-12)
    assert f"macro F₁ {macro:.4f}" in demo.message


def test_normalized_tables_and_micro_f1(made):
    demo = made["ConfusionMatrix"].reset()
    assert demo.set(normalize="share of the row (recall)").current["shown"].sum(axis=1) == pytest.approx(np.ones(5))
    assert demo.set(normalize="share of the column (precision)").current["shown"].sum(axis=0) == pytest.approx(
        np.ones(5))
    assert demo.set(normalize="share of all").current["shown"].sum() == pytest.approx(1)
    state = demo.reset().set(cool=5).current
    M = state["M"]
    hits, wrong = np.trace(M), M.sum() - np.trace(M)  # each mistake is one false positive and one false negative
    assert state["micro"] == pytest.approx(2 * hits / (2 * hits + 2 * wrong))
    assert state["micro"] > state["report"].macro_f1 + 0.05, "the rare class is lost in the micro mean"
    assert state["report"].recall[0] == pytest.approx(26 / 50), "recall does not depend on how frequent a class is"


def test_softmax_regions_are_the_model(made):
    demo = made["SoftmaxRegions"].reset()
    state = demo.current
    X, y = datasets.blobs(150, 4, 1.0, 2)
    model = models.SoftmaxRegression(0.01).fit(X, y)
    assert state["p"] == pytest.approx(ops.softmax(np.array([1.0, 1.5]) @ model.coef_ + model.intercept_))
    assert state["grid"][0, 0] == pytest.approx(model.predict_proba([[-7.5, -7.5]])[0]), "row 0 is lowest"
    assert state["wrong"].sum() == (model.predict(X) != y).sum()
    sure = [demo.set(alpha=alpha).current["p"].max() for alpha in (1e-4, 0.01, 1.0, 10.0)]
    assert sure == sorted(sure, reverse=True), "a penalty makes the model less sure"


def test_image_of_the_regions_shows_the_class(made):
    demo = made["SoftmaxRegions"].preset("Five, overlapping")
    image = next(layer for layer in demo.layers(demo.current) if isinstance(layer, Image))
    assert (image.entries() // 51 == demo.current["grid"].argmax(axis=2)).all(), "no rounding into another class's band"
    for c, color in enumerate(style.CLASS_COLORS):
        full = style.COLOR_TABLES["classes"][51 * c + 50].astype(float)
        strong = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)])
        assert full == pytest.approx(255 + 0.6 * (strong - 255), abs=2), "the certain end is 60 % of the class's color"

"""The live figures of chapter 01 without a page: their numbers are the library's, or follow from a second formula."""

import itertools

import numpy as np
import pytest

from course_lib import datasets, ops
from course_lib.chapters.ch01_linear_algebra import experiments
from course_lib.chapters.ch01_linear_algebra.predictions import PREDICTIONS
from course_lib.viz import demos
from course_lib.viz.live import Image, Slider, Text

NAMES = ("LinearMap", "UnitBall", "RankKImage", "BestDirection", "PseudoInverseLimit", "Span", "Projection",
         "ShapeExplorer", "FeatureScaling", "ImageAsVector", "PowerIteration", "ComposedMaps", "QuadraticForm")
#: (demo, panel): a circle must look round
ROUND = [("LinearMap", 0), ("LinearMap", 1), ("UnitBall", 0), ("Span", 0), ("Span", 1), ("Projection", 0),
         ("ComposedMaps", 0), ("ComposedMaps", 1), ("QuadraticForm", 0), ("PowerIteration", 0), ("BestDirection", 0),
         ("FeatureScaling", 0), ("FeatureScaling", 1), ("ImageAsVector", 0), ("RankKImage", 0), ("ShapeExplorer", 0)]


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_and_said_in_two_lines(made, name):
    demo = made[name].reset()
    ends = [slot.limits if isinstance(slot, Slider) else slot.options for slot in demo.controls]
    for corner in itertools.islice(itertools.product(*ends), 0, None, 3):
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        words = demo.message.lower().replace("(", " ").split()
        assert "nan" not in words and "inf" not in words, demo.message
        assert len(demo.message) < 250, demo.message
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_work_and_differ_from_each_other(made, name):
    demo = made[name]
    frames = []
    for preset in demo.presets:
        frames.append(demo.preset(preset).frame)
        assert len(demo.message) < 250
    assert len(frames) >= 3 and len(set(frames)) == len(frames)
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_panels_say_their_point(made, name):
    demo = made[name].reset()
    assert all(panel[0] for panel in demo.panels) and len(demo.alt) > 60
    assert len(demo._repr_mimebundle_()["text/html"]) > 5000


@pytest.mark.parametrize(("name", "panel"), ROUND)
def test_a_circle_looks_round(made, name, panel):
    demo = made[name].reset()
    drawn = demo._static()["panels"][panel]
    _, _, width, height = demo._arrange(demo.size[0])[1][panel]
    x = width / abs(drawn.xlim[1] - drawn.xlim[0])
    y = height / abs(drawn.ylim[1] - drawn.ylim[0])
    assert x == pytest.approx(y, rel=0.02), f"{x:.1f} pixels a unit along x, {y:.1f} along y"


# ---- maps of the plane ----------------------------------------------------------------------------------------------


def matrix(demo):
    return np.array([[demo.values["a"], demo.values["b"]], [demo.values["c"], demo.values["d"]]])


@pytest.mark.parametrize("preset", demos.LinearMap.presets)
def test_linear_map_keeps_what_it_says(made, preset):
    demo = made["LinearMap"].preset(preset)
    A, state = matrix(demo), demo.current
    for k, v in enumerate(state["kept"].T):
        assert A @ v == pytest.approx(np.real(state["eigenvalues"][k]) * v, abs=1e-12)
    for v in state["null"].T:
        assert A @ v == pytest.approx([0, 0], abs=1e-12)
    for k in range(2):
        assert A @ state["V"][:, k] == pytest.approx(state["s"][k] * state["U"][:, k], abs=1e-12)
    assert state["det"] == pytest.approx(A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0], abs=1e-12)
    assert state["s"].prod() == pytest.approx(abs(state["det"]), abs=1e-12)


def test_linear_map_in_words(made):
    demo = made["LinearMap"]
    assert "turned over" in demo.preset("Mirror").message and demo.current["det"] == pytest.approx(-1)
    assert "falls on a line" in demo.preset("Projection").message and demo.current["null"].shape == (2, 1)
    show = demo.controls[4].options
    demo.preset("Rotation").set(show=show[1])
    assert "complex: no direction" in demo.message and demo.current["kept"].size == 0
    assert "Only one direction" in demo.preset("Shear: one kept").message and demo.current["kept"].shape == (2, 1)
    demo.preset("Projection").set(show=show[1])
    assert "1.00 (dashed) and 0" in demo.message and demo.current["kept"].shape == (2, 1)
    assert "Both eigenvalues" in demo.set(a=0.0, b=1.0, c=0.0, d=0.0).message and demo.current["kept"].size == 0
    assert "Both eigenvalues" in demo.set(a=1.0, b=-1.0, c=1.0, d=-1.0).message, "1e-8 is rounding"
    assert "every point goes to 0" in demo.set(a=0.0, b=0.0, c=0.0, d=0.0).message
    assert "Every direction" in demo.set(a=1.5, d=1.5).message
    assert "1.65 and 0.51, are the singular values" in demo.preset("Half-axes").message
    assert "Singular values 1.00 and 0" in demo.preset("Projection").set(show=show[2]).message


def test_linear_map_shows_eigenvectors_and_half_axes_on_demand_only(made):
    demo, later = made["LinearMap"].reset(), ("λ", "igenv", "ingular", "alf-ax")
    texts = lambda: " ".join(str(layer.text) for layer in demo.layers(demo.current) if isinstance(layer, Text))
    assert demo.values["show"] == "grid"
    for preset, values in demo.presets.items():
        shown = demo.preset(preset).message + texts()
        assert any(word in shown for word in later) == ("show" in values), preset
    assert "λ" in texts() or "s₁" in texts(), "the last preset is one of them"


def test_area_of_the_image_is_the_determinant(made):
    demo = made["LinearMap"]
    for preset, sign in (("Stretch", 1), ("Mirror", -1)):
        demo.preset(preset)
        image = next(layer for layer in demo.layers(demo.current) if isinstance(layer, Image))
        inside = np.count_nonzero(image.values != 0.5)
        step = 5 / (image.values.shape[0] - 1)
        assert inside * step**2 == pytest.approx(abs(demo.current["det"]), rel=0.05)
        assert np.sign(image.values[image.values != 0.5] - 0.5).mean() == sign


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 4.0, 20.0, np.inf])
def test_unit_ball_has_length_one(made, p):
    demo = made["UnitBall"].reset()
    demo.set(kind=demo.controls[0].options[1]) if p == np.inf else demo.set(p=p)
    state = demo.current
    assert np.array([np.linalg.norm(point, p) for point in state["ball"]]) == pytest.approx(1)
    assert state["length"] == pytest.approx(np.linalg.norm(state["x"], p))
    assert (np.diff(state["lengths"]) <= 1e-15).all() and state["lengths"][-1] >= state["largest"]
    words = demo.set(x1=-1.2, x2=0.5).message
    assert "size" in words and "1.20" in words and "1.70" in words, "sizes, not entries: −1.2 counts as 1.2"


def test_span_rank_and_recipes(made):
    demo = made["Span"].reset()
    state = demo.current
    assert state["rank"] == 2 and np.linalg.solve(state["M"], state["reached"]) == pytest.approx(state["c"])
    state = demo.preset("Dependent: v = −u/2").current
    assert state["rank"] == 1 and "only a line" in demo.message
    assert "independent" not in demo.message
    for t in (-1.3, 0.7):
        assert state["M"] @ (state["c"] + t * state["null"][:, 0]) == pytest.approx(state["reached"], abs=1e-12)
    assert demo.set(u1=0.0, u2=0.0, v1=0.0, v2=0.0).current["rank"] == 0 and "Both vectors are zero" in demo.message


@pytest.mark.parametrize("angle", [-170, -45, 0, 35, 120])
def test_projection_rest_is_orthogonal_for_any_length(made, angle):
    demo, parts = made["Projection"].reset(), []
    for length in (0.2, 1.0, 3.0):
        state = demo.set(angle=angle, length=length).current
        assert state["dot"] == pytest.approx(0, abs=1e-14)
        assert state["part"] + state["rest"] == pytest.approx(state["x"])
        parts.append(state["part"])
    assert parts[0] == pytest.approx(parts[1]) and parts[0] == pytest.approx(parts[2])
    here = np.flatnonzero(demo._ANGLES == angle)[0]
    assert state["along"][here] == pytest.approx(state["signed"])
    assert state["beside"][here] == pytest.approx(state["size"])
    assert "no angle" in demo.set(x1=0.0, x2=0.0).message


@pytest.mark.parametrize("draw", [0, 7, 24])
@pytest.mark.parametrize("count", [1, 2, 6])
def test_chain_of_affine_maps_is_one_map_unless_a_bend_is_between(made, draw, count):
    demo = made["ComposedMaps"].reset().set(draw=draw, count=count)
    state = demo.current
    assert state["difference"] < 1e-13 and state["pieces"] == 1 and state["miss"] < 1e-12
    grid, image = state["grid"], state["image"]
    assert image == pytest.approx(grid @ state["W"] + state["b"])
    for between in ("ReLU", "tanh"):
        state = demo.set(between=between).current
        assert (state["miss"] > 0.05) == (count > 1), "one map has nothing between"
        if count == 1:
            assert state["image"] == pytest.approx(image)
    if count == 2:
        state = demo.set(between="ReLU").current
        assert 2 <= state["pieces"] <= 3, "a line crosses each of the two folds once at most"


@pytest.mark.parametrize("preset", demos.QuadraticForm.presets)
def test_quadratic_form(made, preset):
    demo = made["QuadraticForm"].preset(preset)
    state = demo.current
    assert np.linalg.eigvalsh(state["H"]) == pytest.approx(sorted(state["values"]), abs=1e-12)
    assert state["shares"].sum() == pytest.approx(1)
    assert state["shares"] @ state["values"] == pytest.approx(state["cut"])
    points = ops.grid(demo._VIEW, demo._VIEW, demo._SIDE)
    assert state["surface"].ravel() == pytest.approx(np.array([v @ state["H"] @ v for v in points]))
    word = {"Round bowl": "Positive definite", "Narrow valley": "Positive definite", "Trough": "Positive semidefinite",
            "Saddle": "Indefinite", "Hill": "Negative definite"}[preset]
    assert demo.message.startswith(word)


def test_quadratic_form_names_ridge_and_flat(made):
    demo = made["QuadraticForm"].reset()
    assert demo.set(first=0.0, second=-1.0).message.startswith("Negative semidefinite")
    assert demo.set(second=0.0).message.startswith("H = 0")


@pytest.mark.parametrize("ratio", [0.2, 0.7, -0.8])
@pytest.mark.parametrize("start", [20, 80, -60])
def test_power_iteration_follows_the_closed_form(made, ratio, start):
    state = made["PowerIteration"].reset().set(ratio=ratio, start=start, steps=10).current
    tangent = abs(ratio) ** np.arange(11) * np.tan(np.radians(abs(start)))
    assert state["across"][:11] == pytest.approx(np.sin(np.arctan(tangent)), abs=1e-12)
    expected = 2 * (1 - ratio) * state["across"][:11] ** 2  # v.Av = 2 cos^2 + 2 ratio sin^2
    assert state["value_error"][:11] == pytest.approx(expected, abs=1e-12)


def test_power_iteration_says_where_it_fails(made):
    demo = made["PowerIteration"]
    assert "jumps forever" in demo.preset("Equal sizes").message
    assert demo.current["across"] == pytest.approx(demo.current["across"][0])
    assert "every vector is an eigenvector" in demo.set(ratio=1.0).message
    assert "but for rounding" in demo.preset("Start on q₂").message
    assert "all that a product" in demo.set(ratio=0.0).message
    assert "nothing to turn" in demo.reset().set(start=0).message
    demo.set(ratio=0.0, start=90)
    lost = [angle for angle in range(181) if demo.set(angle=angle).current["lost"]]
    assert all("A v = 0" in demo.set(angle=angle).message for angle in lost), "rounding decides where"
    demo.reset()


# ---- data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, 1, 20, 153, 256])
def test_rank_k_image_is_the_nearest_and_its_error_is_the_formula(made, k):
    state = made["RankKImage"].reset().set(k=k).current
    A = datasets.photograph() / 255
    nearest, error = ops.low_rank(A, k)
    assert state["picture"] == pytest.approx(nearest, abs=1e-10)
    assert state["error"] * state["norm"] == pytest.approx(error, abs=1e-9)
    assert np.linalg.norm(A - state["picture"]) == pytest.approx(error, abs=1e-9)
    assert state["norm"] == pytest.approx(np.linalg.norm(A))
    assert state["share"] == pytest.approx(k * (256 + 384 + 1) / (256 * 384))


def test_rank_k_image_stands_upright(made):
    demo = made["RankKImage"].reset().set(shown="photograph")
    image = next(layer for layer in demo.layers(demo.current) if isinstance(layer, Image))
    assert image.values[-1] == pytest.approx(datasets.photograph()[0] / 255), "the last row of an Image is highest"
    missing = demo.set(shown="what is missing", k=20).current["picture"]
    assert missing == pytest.approx(datasets.photograph() / 255 - ops.low_rank(datasets.photograph() / 255, 20)[0])


@pytest.mark.parametrize("tilt", [0, 35, 145])
@pytest.mark.parametrize("centering", ["yes", "no"])
def test_best_direction_minimum_of_one_is_maximum_of_the_other(made, tilt, centering):
    demo = made["BestDirection"].reset().set(tilt=tilt, centering=centering, angle=70)
    state = demo.current
    assert state["here"] + state["error"] == pytest.approx(state["total"])
    assert state["captured"][70] == pytest.approx(state["here"])
    X, center = state["X"], state["center"]
    away = (X - center) @ [-state["d"][1], state["d"][0]]
    assert state["error"] == pytest.approx((away**2).sum() / (len(X) - 1))
    gap = abs(state["captured"].argmax() - state["best_angle"])
    assert min(gap, 180 - gap) <= 0.5
    _, D, variances = ops.principal_directions(X)
    if centering == "yes":
        assert state["best"] == pytest.approx(variances[0]) and state["best_angle"] == pytest.approx(tilt % 180)
        assert abs(np.array([np.cos(np.radians(tilt)), np.sin(np.radians(tilt))]) @ D[:, 0]) == pytest.approx(1)
    else:
        assert state["least"] > variances[1] + 1e-9, "the best line through 0 leaves more than the one through the mean"


def test_best_direction_in_words(made):
    demo = made["BestDirection"]
    demo.preset("Not centered: best is wrong")
    assert "turns towards the mean" in demo.message and abs(demo.current["best_angle"] - 45) < 15
    assert "no best direction" in demo.preset("Round cloud").message
    assert demo.preset("On a line").current["error"] == pytest.approx(0, abs=1e-12)
    assert "changes nothing" in demo.reset().set(centering="no", away=0.0).message


@pytest.mark.parametrize("name", demos.PseudoInverseLimit.controls[1].options)
def test_pseudo_inverse_limit(made, name):
    demo = made["PseudoInverseLimit"].reset().set(matrix=name, alpha=1e-3)
    A, state = demo._MATRICES[name], demo.current
    assert state["error"] == pytest.approx(np.abs(ops.pinv_limit(A, 1e-3) - np.linalg.pinv(A)).max(), rel=1e-6)
    U, _, V = ops.svd(A)
    assert (V * state["factors"]) @ U.T == pytest.approx(ops.pinv_limit(A, 1e-3), abs=1e-7)
    assert (V * state["exact"]) @ U.T == pytest.approx(np.linalg.pinv(A), abs=1e-9)
    smallest = state["s"][state["s"] > 0].min() ** 2
    errors = [demo.set(alpha=share * smallest).current["error"] for share in (1.0, 1e-1, 1e-2, 1e-3)]
    assert np.array(errors[1:]) / errors[:-1] == pytest.approx(0.1, rel=0.9), "in proportion to alpha"


def test_pseudo_inverse_limit_fails_for_tiny_alpha(made):
    demo = made["PseudoInverseLimit"].preset("α = 10⁻¹⁵: rounding")
    best, error = demo.current["best"], demo.current["error"]
    assert best[1] < 1e-6 and 1e-10 < best[0] < 1e-6
    assert ("singular" if error is None else "Too small") in demo.message, "which of the two, rounding decides"
    assert error is None or error > 1e-3
    assert demo.preset("Near the best: α = 10⁻⁸").current["error"] < 1e-6
    assert "shrinks with α" in demo.preset("α = 0.1").message
    assert demo.preset("Independent, α tiny").current["error"] < 1e-12, "no harm with independent columns"


def test_shape_explorer_shapes_counts_and_entries(made):
    demo = made["ShapeExplorer"].reset()
    assert sum(demo.current["counts"]) == 31 and "31 parameters" in demo.message
    before = demo.current["X"]
    for layer, shapes in ((1, ((2, 4), (4, 3), (3,), (2, 3))), (2, ((2, 3), (3, 3), (3,), (2, 3))),
                          (3, ((2, 3), (3, 1), (1,), (2, 1)))):
        state = demo.set(layer=layer).current
        assert tuple(state[name].shape for name in ("X", "W", "b", "Z")) == shapes
        assert state["Z"] == pytest.approx(state["X"] @ state["W"] + state["b"])
        assert state["X"] == pytest.approx(before if layer == 1 else np.maximum(before, 0))
        before = state["Z"]
    small = demo.reset().current
    large = demo.set(batch=6).current
    assert (small["W"] == large["W"]).all() and small["counts"] == large["counts"] and large["Z"].shape == (6, 3)
    cells = {(state["row"], state["column"]) for state in (demo.set(entry=e).current for e in range(1, 37))}
    assert cells == set(itertools.product(range(6), range(3)))


def test_feature_scaling_condition_numbers(made):
    demo = made["FeatureScaling"].reset()
    patients = datasets.diabetes().X_train[:, [2, 3]]
    assert demo.current["sd"] == pytest.approx(patients.std(axis=0)), "training rows alone, as the text asks"
    assert demo.panels[0][0] == f"{len(patients)} patients"
    for scale in (0.05, 1.0):
        state = demo.set(scale=scale).current
        assert state["condition"] == pytest.approx(np.linalg.cond(state["X"]) ** 2)
    for pair in demo.controls[2].options:
        both = [demo.set(standardize="yes", pair=pair, scale=scale).current for scale in (0.01, 1.0)]
        r = both[0]["correlation"]
        assert both[0]["condition"] == pytest.approx((1 + r) / (1 - r)), "all that is left is the correlation"
        assert both[0]["condition"] == pytest.approx(both[1]["condition"])
    demo.reset()


@pytest.mark.parametrize("side", [64, 32, 16, 8])
def test_image_as_vector_places(made, side):
    demo = made["ImageAsVector"].reset().set(side=str(side), row=40, column=17)
    state = demo.current
    row, column = 40 * side // 64, 17 * side // 64
    assert state["vector"][state["index"]] == state["picture"][row, column] == state["vector"][row * side + column]
    assert state["vector"][state["index"] + side] == state["picture"][row + 1, column]
    middle = datasets.photograph()[:, 64:320] / 255
    assert state["picture"].mean() == pytest.approx(middle.mean())
    block = 256 // side
    assert state["picture"][0, 0] == pytest.approx(middle[:block, :block].mean())
    assert "no pixel is below" in demo.set(row=63, column=63).message


# ---- under the hand -------------------------------------------------------------------------------------------------


def drag(demo, label, x, y):
    """Drag the handle of that name to (x, y) of its panel."""
    index = [handle.label for handle in demo.handles].index(label)
    panel = demo._static()["panels"][demo.handles[index].panel]
    return demo.set(**demo._dragged(index, float(panel.x(x)), float(panel.y(y)))).current


def standing(demo, label):
    """Where the handle of that name stands now."""
    handle = next(handle for handle in demo.handles if handle.label == label)
    return handle.where(demo.values | demo.current)


#: (demo, handle, place): a handle comes to rest where it is dragged
RESTS = [("LinearMap", "the tip of A e₁, the first column of A", (-0.5, 1.5)),
         ("LinearMap", "the tip of A e₂, the second column of A", (1.0, -0.75)),
         ("UnitBall", "the point x", (-0.5, 0.8)),
         ("Span", "the tip of u", (-0.6, 0.9)), ("Span", "the tip of v", (0.2, -1.1)),
         ("Span", "the point that is reached", (-0.4, 2.2)), ("Span", "the coefficients", (-1.0, 0.5)),
         ("Projection", "the tip of x", (-1.0, 0.5)), ("Projection", "the tip of g", (-2.0, -1.0)),
         ("QuadraticForm", "the tip of v", (-0.8, -0.6)), ("QuadraticForm", "the tip of q₁", (0.6, -0.8)),
         ("QuadraticForm", "λ₁, the height along q₁ at distance 1", (1, -1.5)),
         ("QuadraticForm", "λ₂, the height along q₂ at distance 1", (1, 2.5)),
         ("PowerIteration", "the start", (-0.6, -0.8)), ("PowerIteration", "the start", (0.8, -0.6)),
         ("BestDirection", "the mean of the cloud", (0.7, 0.7)),
         ("FeatureScaling", "the spread of the second feature", (0, 5)),
         ("ImageAsVector", "the pixel", (14, 2)), ("ShapeExplorer", "the entry of Z", (9.5, 4.5))]


@pytest.mark.parametrize(("name", "label", "place"), RESTS)
def test_a_handle_comes_to_rest_where_it_is_dragged(made, name, label, place):
    demo = made[name].reset()
    drag(demo, label, *place)
    assert standing(demo, label) == pytest.approx(place, abs=0.07 if name != "FeatureScaling" else 0.3)
    demo.reset()


def test_entries_of_the_matrix_are_turned(made):
    demo = made["LinearMap"].reset()
    turned = {handle.turn: index for index, handle in enumerate(demo.handles) if handle.turn}
    assert set(turned) == set("abcd")
    for name, index in turned.items():
        assert demo._nudged(index, 0, 3) == {name: pytest.approx(demo.values[name] + 0.15)}
    places = {tuple(place) for place in demo._ENTRIES.values()}
    drawn = {place for layer in demo.layers(demo.current) if isinstance(layer, Text)
             for place in zip(np.atleast_1d(layer.x), np.atleast_1d(layer.y), strict=True)}
    assert places <= drawn, "each number stands under its handle"


def test_unit_ball_goes_to_infinity_at_the_right_end(made):
    demo = made["UnitBall"].reset()
    assert drag(demo, "p", 4.0, 1)["p"] == pytest.approx(4.0, abs=0.06)
    assert drag(demo, "p", 21, 1)["max"]
    assert not drag(demo, "p", 18, 1)["max"]
    demo.reset()


def test_dependent_vectors_reach_the_nearest_point_of_their_line(made):
    demo = made["Span"].preset("Dependent: v = −u/2")
    state = drag(demo, "the point that is reached", -1.0, 1.0)
    u = state["M"][:, 0]
    nearest = ops.project(np.array([-1.0, 1.0]), u)
    assert state["reached"] == pytest.approx(nearest, abs=0.15)
    demo.reset()


def test_best_direction_runs_through_the_pointer(made):
    demo = made["BestDirection"].reset()
    for x, y in ((4, 3), (-3, 2), (1.4, -4)):
        state = drag(demo, "the direction d", x, y)
        away = np.array([x, y]) - state["center"]
        assert abs(away[0] * state["d"][1] - away[1] * state["d"][0]) < 0.01 * np.hypot(*away)
    assert drag(demo, "the angle of d", 20, 1)["angle"] == 20
    demo.reset()


def test_cells_of_the_product_are_chosen(made):
    demo = made["ShapeExplorer"].reset()
    assert drag(demo, "the entry of Z", 5.5, 4.5)["row"] == 1 and demo.current["column"] == 0, "a row of X"
    assert drag(demo, "the entry of Z", 9.5, 10.0)["column"] == 2 and demo.current["row"] == 1, "a column of W"
    assert drag(demo, "the entry of Z", 13.0, 0.0)["row"] == 1, "below the matrix: its last row"
    layers = [handle.press for handle in demo.handles if handle.press]
    assert layers == [{"layer": 1}, {"layer": 2}, {"layer": 3}]
    demo.reset()


@pytest.mark.parametrize("side", ["64", "16", "8"])
def test_place_in_the_vector_and_pixel_are_one(made, side):
    demo = made["ImageAsVector"].reset().set(side=side)
    width = int(side)
    state = drag(demo, "the place in the vector", 3 * width + 5, 0.5)
    assert state["index"] == 3 * width + 5 and state["pixel"] == (5, 3)
    demo.reset()


def test_lines_that_are_dragged_sideways_or_up(made):
    assert drag(made["RankKImage"].reset(), "the number of values that are kept", 100, 0.1)["k"] == 100
    assert drag(made["PseudoInverseLimit"].reset(), "α", 1e-6, 1)["alpha"] == pytest.approx(1e-6)
    demo = made["ComposedMaps"].reset()
    state = drag(demo, "the thick line", 0, 1.4)
    assert demo.values["level"] == 1.5 and (state["grid"][state["thick"]][:, 1] == 1.5).all()
    for name in ("RankKImage", "PseudoInverseLimit", "ComposedMaps"):
        made[name].reset()


def test_the_unit_has_no_handle_once_it_plays_no_part(made):
    demo = made["FeatureScaling"].preset("A hundredth, standardized")
    assert standing(demo, "the spread of the second feature") is None
    demo.reset()


# ---- predictions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", PREDICTIONS, ids=lambda asked: asked.id)
def test_a_prediction_answers_each_choice_and_opens_its_situation(made, asked):
    assert len(asked.replies) == len(asked.choices)
    assert all(asked.replies[k] for k in range(len(asked.choices)) if k != asked.right)
    demo = made[asked.demo].reset().set(**asked.values)
    assert all(demo.values[name] == value for name, value in asked.values.items())
    demo.reset()


def test_situations_are_those_of_the_questions(made):
    asked = {prediction.id: prediction for prediction in PREDICTIONS}
    opened = lambda id: made[asked[id].demo].reset().set(**asked[id].values)
    first, second = opened("1.a").current["sd"]
    assert "thirty times" in asked["1.a"].question and first / second == pytest.approx(30, rel=0.05)
    assert opened("1.b").current["p"] == 1
    assert opened("1.c").current["count"] == 5
    demo = opened("1.e")
    assert "dependent" in demo.values["matrix"] and demo.current["error"] < demo.set(alpha=1e-14).current["error"]
    state = opened("1.f").current
    assert abs(state["best_angle"] - 45) < 10 < abs(state["best_angle"] - 100) and not state["centered"]


def test_replies_about_the_photograph_are_measured():
    errors = experiments.photograph_errors()
    replies = next(asked.replies for asked in PREDICTIONS if asked.id == "1.d")
    for reply, words, k, least, most in ((replies[1], "down to a twentieth", 75, 0.045, 0.055),
                                         (replies[2], "only a fiftieth", 150, 0.018, 0.022),
                                         (replies[3], "less than a thousandth", 230, 0, 0.001)):
        assert words in reply and f"with {k} " in reply
        assert least <= errors[k] <= most

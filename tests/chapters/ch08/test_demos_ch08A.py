"""Live figures of chapter 08, first part: windows, kernels, channels and fields show the library's numbers."""

import itertools

import numpy as np
import pytest

from course_lib import datasets, ops
from course_lib.viz.live import Image, Menu, Slider

NAMES = ("SlidingWindow", "OutputSize", "PaddingModes", "KernelEditor", "FlipOrNot", "Channels", "Dilation",
         "ReceptiveField")


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_and_told_in_few_words(made, name):
    demo = made[name].reset()
    ends = [slot.limits if isinstance(slot, Slider) else (slot.options[0], slot.options[-1]) for slot in demo.controls]
    for corner in itertools.islice(itertools.product(*ends), 0, 2048, 23):
        demo.set(**dict(zip(demo.values, corner, strict=True)))
        assert "nan" not in demo.message.lower() and "inf" not in demo.message.lower().split(), demo.message
        assert len(demo.message) < 270, demo.message
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_from_each_other(made, name):
    demo = made[name]
    frames = [(demo.preset(preset).frame, demo.message) for preset in demo.presets]
    assert len(frames) >= 5 and len(set(frames)) == len(frames)
    demo.reset()


def masks(demo):
    """Of the image that sees another: (rows, columns) and the shapes of both."""
    images = {layer.cells: layer for layer in demo.layers(demo.current) if isinstance(layer, Image) and layer.cells}
    (seeing,) = (layer for layer in images.values() if layer.sees)
    ((other, (rows, columns)),) = seeing.sees.items()
    assert rows.shape == (len(seeing.values), len(images[other].values))
    return rows, columns


# ---- the sliding window ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "out"), [
    ({}, [[3, -8, 1, 1], [6, -5, 5, -1], [-1, -3, 5, 6], [-2, 4, 5, 11]]),
    ({"image": "step"}, [[0, 60, 60, 0]] * 4),
    ({"image": "two blocks", "kernel": "horizontal"}, [[0] * 4, [60, 20, -20, -60], [60, 20, -20, -60], [0] * 4]),
    ({"flip": "flipped"}, [[-3, 8, -1, -1], [-6, 5, -5, 1], [1, 3, -5, -6], [2, -4, -5, -11]]),
])
def test_the_maps_computed_by_hand(made, settings, out):
    assert np.array_equal(made["SlidingWindow"].reset().set(**settings).current["out"], out)


@pytest.mark.parametrize(("stride", "pad", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 2), (1, 2, 1)])
def test_the_window_shows_what_its_output_is_made_of(made, stride, pad, dilation):
    demo = made["SlidingWindow"].reset().set(stride=stride, pad=pad, dilation=dilation, kernel="sobel x", image="digit")
    image, side = np.pad(demo.current["image"], pad), len(demo.current["out"])
    for row, column in np.ndindex(side, side):
        state = demo.set(row=row, column=column).current
        top, left = row * stride, column * stride
        seen = image[top : top + 2 * dilation + 1 : dilation, left : left + 2 * dilation + 1 : dilation]
        assert np.array_equal(state["seen"], seen)
        assert state["value"] == pytest.approx((seen * ops.KERNELS2D["sobel_x"]).sum()) == state["products"].sum()
        assert state["place"](*state["center"]) == [row, column], "the handle stands on its own pixel"
        rows, columns = masks(demo)
        assert np.array_equal(image[np.ix_(rows[row], columns[column])], seen), "what lights up under the pointer"
    assert demo.set(row=7, column=7).current["at"] == (side - 1, side - 1)
    demo.reset()


def test_the_output_is_dragged_over_its_own_pixels_only(made):
    demo = made["SlidingWindow"].reset()
    for x, y, place in ((0.0, 1.0, (0, 0)), (1.0, 0.0, (3, 3)), (0.44, 0.7, (0, 1))):
        demo.set(**demo._dragged(1, x, y))
        assert (demo.values["row"], demo.values["column"]) == place
    demo.reset()


# ---- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "f", "pad", "stride", "dilation", "size"), [
    (9, 3, 0, 1, 1, 7), (9, 3, 0, 2, 1, 4), (6, 3, 2, 1, 1, 8), (8, 3, 0, 2, 1, 3), (9, 3, 0, 1, 2, 5),
    (4, 5, 0, 1, 1, 0),
])
def test_places_are_counted(made, n, f, pad, stride, dilation, size):
    state = made["OutputSize"].reset().set(n=n, f=f, pad=pad, stride=stride, dilation=dilation).current
    assert state["size"] == size
    last = n + pad - 1
    ends = state["starts"] + dilation * (f - 1)
    assert (ends[:size] <= last).all() and ends[size] > last, "all that fit, and the first that does not"
    if size:
        assert state["left"] == last - ends[size - 1]


def test_a_row_that_is_too_short_is_said(made):
    demo = made["OutputSize"].preset("Too wide")
    assert "span 10" in demo.message and "has 6" in demo.message
    assert "3 places" in demo.reset().message


@pytest.mark.parametrize(("mode", "name"), [("zeros", "constant"), ("reflect", "reflect"), ("replicate", "edge")])
@pytest.mark.parametrize("width", [0, 1, 3])
def test_borders_are_those_of_numpy(made, mode, name, width):
    for image in ("numbers 1 to 25", "photograph"):
        state = made["PaddingModes"].reset().set(mode=mode, width=width, image=image).current
        assert np.array_equal(state["padded"], np.pad(state["image"], width, mode=name))
    made["PaddingModes"].reset()


def test_zeros_darken_the_rim_of_a_photograph_and_mirrors_do_not(made):
    demo = made["PaddingModes"].reset().set(image="photograph", width=1)
    loss = {mode: demo.set(mode=mode).current for mode in ("zeros", "reflect", "replicate")}
    loss = {mode: state["inside"] - state["rim"] for mode, state in loss.items()}
    assert loss["zeros"] > 0.15 > 10 * max(abs(loss["reflect"]), abs(loss["replicate"]))
    rows, columns = masks(demo)
    assert rows.sum(axis=1).tolist() == [3] * len(rows) and np.array_equal(rows, columns)
    demo.reset()


# ---- kernels --------------------------------------------------------------------------------------------------------


def test_named_kernels_and_a_number_turned_by_hand(made):
    demo = made["KernelEditor"].reset()
    for name, kernel in ops.KERNELS2D.items():
        state = demo.reset().set(kernel=name.replace("_", " "), image="digit").current
        image = datasets.digits28().X_train[0] / 255
        assert np.allclose(state["kernel"], kernel)
        assert state["response"][9, 11] == pytest.approx((image[9:12, 11:14] * kernel).sum())
        turned = demo.set(k02=1.5).current["kernel"]
        assert turned[0, 2] == pytest.approx(kernel[0, 2] + 1.5) and np.sum(turned != kernel) == 1
    demo.reset()


def test_only_a_sum_of_one_keeps_the_brightness(made):
    demo = made["KernelEditor"].reset()
    for kernel, total in (("gaussian blur", 1.0), ("blur of sum 0.85", 0.85), ("sharpen", 1.0)):
        state = demo.reset().set(kernel=kernel, image="step").current
        assert state["sum"] == pytest.approx(total)
        assert state["response"][:, 0] == pytest.approx(0.9 * total), "an even area"
        assert state["after"] == pytest.approx(total * state["before"], rel=0.02)
    flat = demo.set(kernel="sobel x").current["response"]
    assert np.allclose(flat[:, [0, -1]], 0) and flat[0, 6] == pytest.approx(4 * 0.7)
    assert "An even area gives 0" in demo.message
    demo.reset()


def test_a_pulse_gives_the_kernel_or_its_mirror_image(made):
    demo = made["FlipOrNot"].reset()
    for t in range(12):
        plain, flipped = (demo.set(t=t, flip=flip).current for flip in ("as it is", "flipped"))
        assert plain["value"] == plain["products"].sum() == plain["correlated"][t]
        assert flipped["value"] == flipped["products"].sum() == flipped["convolved"][t]
    assert flipped["convolved"].tolist() == [0] * 4 + [1, 2, 3] + [0] * 5
    assert flipped["correlated"].tolist() == [0] * 4 + [3, 2, 1] + [0] * 5
    demo.reset()


def test_flipping_matters_for_all_but_the_symmetric_kernel(made):
    demo = made["FlipOrNot"].reset()
    kernels, signals = (next(c for c in demo.controls if c.name == name).options for name in ("kernel", "signal"))
    for kernel, signal in itertools.product(kernels, signals):
        state = demo.set(kernel=kernel, signal=signal).current
        assert np.allclose(state["convolved"], state["correlated"]) == (kernel == "symmetric 1 2 1"), (kernel, signal)
        assert np.allclose(state["convolved"], np.convolve(state["f"], state["g"]))
    demo.reset()


def test_three_maps_add_up_to_one_and_a_channel_that_is_off_adds_nothing(made):
    demo = made["Channels"].reset().set(filters=6)
    for shown in range(1, 7):
        state = demo.set(shown=shown, green="on").current
        assert state["maps"].shape == (6, 30, 30)
        assert np.allclose(state["maps"][shown - 1], state["parts"].sum(axis=0))
        dark = demo.set(green="off").current
        assert np.allclose(dark["maps"][shown - 1], state["parts"][0] + state["parts"][2])
    assert "(3·3·3 + 1)·6 = 168" in demo.message
    assert demo.set(filters=2).current["k"] == 1, "filter 6 is not there any more"
    demo.reset()


def test_a_channel_is_switched_in_the_picture(made):
    demo = made["Channels"].reset()
    labels = [handle.label for handle in demo.handles]
    there = lambda label: demo.handles[labels.index(label)].where({**demo.values, **demo.current}) is not None
    assert there("switch red off") and not there("switch red on")
    demo.set(**demo._nudged(labels.index("switch red off"), 0, 0))
    assert demo.values["red"] == "off" and there("switch red on") and not there("switch red off")
    assert there("show filter 3") and not there("show filter 4")
    demo.reset()


# ---- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("l", "f", "depth", "rates", "window", "size", "seen"), [
    (2, 3, 1, "all the same", 5, 5, 3), (4, 5, 1, "all the same", 17, 17, 5), (2, 3, 3, "all the same", 5, 13, 7),
    (1, 3, 3, "doubled each time", 3, 15, 15), (1, 2, 3, "doubled each time", 2, 8, 8),
])
def test_dilated_stacks_span_and_see(made, l, f, depth, rates, window, size, seen):
    state = made["Dilation"].reset().set(l=l, f=f, depth=depth, rates=rates).current
    assert (state["window"], state["size"], state["seen"]) == (window, size, seen)
    assert state["paths"].sum() == f**depth, "each path ends at an input"
    made["Dilation"].reset()


@pytest.mark.parametrize(("depth", "f", "s", "d"), [
    (3, 3, 1, 1), (1, 7, 1, 1), (3, 3, 1, 3), (4, 3, 2, 1), (2, 5, 3, 2),
])
def test_gradients_fill_the_field_of_the_formula(made, depth, f, s, d):
    demo = made["ReceptiveField"].reset().set(depth=depth, f=f, s=s, d=d)
    state = demo.current
    assert state["fields"].tolist() == [ops.receptive_field([(f, s, d)] * k)[0] for k in range(1, depth + 1)]
    assert state["measured"][0] == state["fields"][0]
    if min(state["extents"]) == state["field"]:
        assert np.array_equal(state["measured"], state["fields"])
    rows, columns = masks(demo)
    i, j = state["at"]
    assert np.array_equal(np.outer(rows[i], columns[j]), state["dx"] != 0), "what lights up has a gradient"


def test_stacks_of_one_field_differ_in_depth_only(made):
    demo = made["ReceptiveField"]
    three, one = (demo.preset(name).current for name in ("Three layers of 3 × 3", "One of 7 × 7: the same field"))
    assert three["field"] == one["field"] == 7 and three["seen"] == one["seen"] == 49
    assert np.array_equal(three["dx"] != 0, one["dx"] != 0)
    corner = demo.preset("At the corner")
    assert np.ptp(np.nonzero(corner.current["dx"]), axis=1).tolist() == [7, 8]
    assert corner.current["seen"] == 72 and "cuts the field down to 8 × 9 pixels" in corner.message
    demo.reset()


@pytest.mark.parametrize("name", NAMES)
def test_menus_have_words_and_no_names_of_code(made, name):
    words = [option for slot in made[name].controls if isinstance(slot, Menu) for option in slot.options]
    assert not any("_" in word for word in words)

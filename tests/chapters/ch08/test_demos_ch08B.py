"""Live figures of chapter 08 without a page: pooling, shifts, counts, transposed convolution, residual depth."""

import numpy as np
import pytest

from course_lib import nn, ops
from course_lib.chapters.ch08_convolution.demos import depth
from course_lib.nn.architectures import ARCHITECTURES, VGG16, Dense, summary

NAMES = ("Pooling", "Equivariance", "PixelResolution", "TransposedStamps", "LocalOrDense", "ParameterCounter",
         "InceptionCost", "DenseChannels", "ResidualDepth")


@pytest.mark.parametrize("name", NAMES)
def test_presets_differ_and_captions_fit(made, name):
    demo = made[name]
    frames = []
    for preset in demo.presets:
        frames.append(demo.preset(preset).frame)
        assert len(demo.message) < 290, demo.message
    assert len(set(frames)) == len(frames)
    demo.reset()


# ---- pooling, shifts, pixels ----------------------------------------------------------------------------------------


def test_pooled_digit_changes_less_than_the_digit_by_length(made):
    demo = made["Pooling"].reset()
    for kind in ("maximum", "average", "L2 norm"):
        for window in (2, 4):
            state = demo.set(kind=kind, window=window, stride=window).current
            assert state["outputs"][1] < state["pixels"][1] and state["outputs"][0] == 0
            assert 0 < state["changed"][1] < 50
    demo.reset()


def test_maximum_of_an_edge_moves_only_when_the_edge_leaves_its_window(made):
    demo = made["Pooling"].preset("An edge stays in its window")
    assert demo.current["outputs"][1] == 0 and "0 % of the outputs" in demo.message
    assert demo.preset("An edge crosses over").current["outputs"][2] > demo.current["pixels"][2]
    demo.preset("The same, average")
    assert 0 < demo.current["outputs"][1] < demo.current["pixels"][1]
    demo.reset()


def test_l2_pooling_of_white_shows_white(made):
    state = made["Pooling"].reset().set(image="edge", kind="L2 norm", window=3, stride=3).current
    assert state["after"].max() == pytest.approx(state["scale"])
    made["Pooling"].reset()


@pytest.mark.parametrize("kernel", ["sobel_x", "emboss", "gaussian_blur"])
def test_convolution_follows_every_shift(made, kernel):
    demo = made["Equivariance"].reset()
    for dx, dy in ((6, -6), (-5, 1), (0, 3)):
        assert demo.set(kernel=kernel, dx=dx, dy=dy).current["share"] < 1e-9
    assert "0 %" in demo.message
    demo.reset()


def test_a_turn_is_followed_by_symmetric_filters_only(made):
    demo = made["Equivariance"].preset("A quarter turn")
    assert demo.current["share"] > 50
    assert demo.set(angle=180).current["share"] == pytest.approx(200)  # the filter turned by half is its negative
    for kernel in ("laplacian", "gaussian_blur"):
        assert demo.set(angle=90, kernel=kernel).current["share"] < 1e-9
    demo.reset()


def test_pooling_after_the_filter_follows_whole_strides_only(made):
    demo = made["Equivariance"].reset()
    for pool in (2, 3, 4):
        for dx in (-6, -4, 1, 3, 4):
            share = demo.set(pool=pool, dx=dx, dy=0).current["share"]
            assert (share < 1e-9) == (dx % pool == 0), (pool, dx, share)
            assert ("exact" in demo.message) == (dx % pool == 0)
    demo.reset()


def test_half_the_side_is_enough_and_a_seventh_is_not(made):
    demo = made["PixelResolution"].reset()
    accuracy = {side: demo.set(side=side).current["accuracy"] for side in (28, 14, 4, 2)}
    assert accuracy[14] > accuracy[28] - 0.03 and accuracy[28] > 0.8
    assert accuracy[4] < accuracy[14] - 0.1 and accuracy[2] < 0.5
    curve = dict(zip(demo._CURVE, demo.current["curve"], strict=True))
    assert all(curve[side] == accuracy[side] for side in accuracy)
    assert demo.current["image"].shape == (2, 2)
    demo.reset()


# ---- stamps ---------------------------------------------------------------------------------------------------------


def test_two_by_two_becomes_three_by_three(made):
    state = made["TransposedStamps"].reset().current
    assert np.array_equal(state["out"], [[1, 4, 4], [6, 20, 16], [9, 24, 16]])
    assert np.array_equal(state["counts"], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def test_stamps_one_by_one_add_up_to_the_output(made):
    demo = made["TransposedStamps"].reset().set(stride=2, f=3, pad=1, n=3)
    whole, parts = demo.current["out"], [demo.set(stamp=k).current["out"] for k in range(1, 10)]
    np.testing.assert_allclose(np.sum(parts, axis=0), whole)
    assert whole.shape == (ops.transposed_output_size(3, 3, 1, 2),) * 2
    demo.reset()


def test_uneven_overlap_is_said(made):
    demo = made["TransposedStamps"].preset("Stride 2, kernel 3: uneven")
    assert set(demo.current["counts"].ravel()) == {1, 2, 4} and "Between 1 and 4" in demo.message
    assert "every pixel gets 4 stamps" in demo.preset("Stride 2, kernel 4: even").message
    assert demo.preset("Gaps").current["counts"].min() == 0 and "stay empty" in demo.message
    demo.reset()


# ---- counts ---------------------------------------------------------------------------------------------------------


def test_weights_of_dense_local_and_shared_layers(made):
    demo = made["LocalOrDense"].reset()
    assert demo.current["weights"] == [196 * 100 + 100, 25 * 100 + 100, 26]
    assert demo.set(n=28).current["weights"] == [452_160, 14_976, 26]
    assert demo.set(f=1).current["weights"][2] == 2
    demo.reset()


@pytest.mark.parametrize(("network", "parameters"), [("LeNet-5", 61_706), ("AlexNet", 62_378_344),
                                                     ("VGG-16", 138_357_544), ("basic ConvNet", 3_453_121)])
def test_published_totals(made, network, parameters):
    demo = made["ParameterCounter"].reset().set(network=network)
    assert demo.current["parameters"] == parameters
    demo.reset()


def test_dense_layers_hold_the_parameters_and_convolutions_do_the_work(made):
    demo = made["ParameterCounter"].reset()
    for network in ("AlexNet", "VGG-16"):
        state = demo.set(network=network).current
        held, done = (state["shares"][name][state["dense"]].sum() for name in demo.COUNTS)
        assert held > 85 and done < 10
        assert state["shares"]["parameters"].sum() == pytest.approx(100, abs=0.5)
    assert "dense layers hold 89 %" in demo.message
    demo.reset()


def test_layer_named_is_that_of_the_summary(made):
    demo = made["ParameterCounter"].preset("VGG-16")
    row = next(row for row in summary(VGG16, (3, 224, 224)) if isinstance(row.layer, Dense))
    assert row.parameters == 102_764_544 and f"{row.parameters:,} parameters" in demo.message
    assert demo.set(network="LeNet-5", layer=60).current["layer"] == 5
    demo.reset()


def test_twice_as_wide_is_nearly_four_times_the_weights(made):
    demo = made["ParameterCounter"].reset().set(network="VGG-16", width=1.0)
    before = demo.current["parameters"]
    assert 3.5 < demo.set(width=2.0).current["parameters"] / before < 4
    demo.reset()


def test_networks_are_chosen_in_the_picture(made):
    demo = made["ParameterCounter"].reset()
    pressed = [handle.press["network"] for handle in demo.handles if handle.press]
    assert pressed == list(ARCHITECTURES)


def test_inception_module_of_googlenet(made):
    demo = made["InceptionCost"].reset()
    assert demo.current["parameters"] == 163_696 and demo.current["joined"] == 256
    with_ones = sum(demo.current["work"])
    assert demo.current["work"][2] == 28 * 28 * (192 * 16 + 16 * 32 * 25)
    assert demo.set(reduce="off").current["work"][2] == 28 * 28 * 192 * 32 * 25
    assert sum(demo.current["work"]) > 2 * with_ones and demo.current["joined"] == 64 + 128 + 32 + 192
    demo.reset()


def test_channels_of_a_dense_block_grow_linearly(made):
    demo = made["DenseChannels"].reset()
    assert demo.current["reads"] == [64, 96, 128, 160, 192, 224] and demo.current["out"] == 256
    assert np.sum(demo.current["each"]) == demo.current["parameters"]
    assert set(np.diff(demo.set(growth=12, count=12).current["reads"])) == {12}
    demo.reset()


# ---- depth ----------------------------------------------------------------------------------------------------------


def test_without_skips_the_gradient_fades_and_nothing_is_learned(made):
    demo = made["ResidualDepth"].reset()
    with_skips, without = demo.current["runs"]["on"], demo.current["runs"]["off"]
    for step in (0, 80):
        assert without[1][step, 0] < 1e-4 * without[1][step, -1]
        assert with_skips[1][step, 0] > with_skips[1][step, -1]
    assert with_skips[0][-10:].mean() < 0.6 and without[0][-10:].mean() > 2.2
    demo.reset()


def test_three_layers_learn_either_way(made):
    runs = made["ResidualDepth"].reset().set(depth=3).current["runs"]
    assert runs["on"][0][-10:].mean() < runs["off"][0][-10:].mean() < 2.2
    made["ResidualDepth"].reset()


def test_divergence_is_said_in_numbers(made):
    demo = made["ResidualDepth"].preset("ReLU: the sum swells")
    step = demo.current["left"]["on"]
    assert f"diverges: out of range in step {step}" in demo.message
    assert f"diverged, out of range in step {step}" in demo.set(step=80).message
    demo.reset()


@pytest.mark.parametrize(("skip", "activation"), [("on", "tanh"), ("off", "relu")])
def test_gradients_are_those_of_the_layers(made, skip, activation):
    """Before the first step, against one pass through the library's modules."""
    demo = made["ResidualDepth"].reset().set(skip=skip, activation=activation, depth=4, step=0, gain=1.0)
    rng, kind = np.random.default_rng(0), {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    layers = [nn.Linear(64, 16, rng=rng)]
    for _ in range(4):
        body = nn.Sequential(nn.Linear(16, 16, rng=rng, init=0.25), kind())
        layers.append(nn.Residual(body) if skip == "on" else body)
    layers.append(nn.Linear(16, 10, rng=rng))
    X, Y = (part[0].T for part in depth._batches())
    loss, out = nn.CrossEntropyLoss(), X
    for layer in layers:
        out = layer(out)
    assert loss(out, Y.argmax(axis=1)) == pytest.approx(demo.current["losses"][0], rel=1e-10)
    error, norms = loss.backward(), []
    for layer in layers[::-1]:
        error = layer.backward(error)
        norms.insert(0, np.linalg.norm(error))
    np.testing.assert_allclose(norms[1:], demo.current["norms"], rtol=1e-9)
    demo.reset()

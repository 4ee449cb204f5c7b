"""The published results that chapter 08 takes up, and what the library makes of them."""

import numpy as np
import pytest

from course_lib import datasets, ops
from course_lib.chapters.ch08_convolution import experiments as ch08
from course_lib.chapters.ch08_convolution import measured
from course_lib.nn import architectures
from course_lib.nn.architectures import Conv

COUNTS = {name: architectures.count(layers, shape) for name, (layers, shape) in architectures.ARCHITECTURES.items()}


@pytest.mark.result("R-026")
def test_edges_by_hand():
    maps = ch08.edges_by_hand()
    np.testing.assert_array_equal(
        maps["numbers"], [[3, -8, 1, 1], [6, -5, 5, -1], [-1, -3, 5, 6], [-2, 4, 5, 11]])
    np.testing.assert_array_equal(maps["step"], [[0, 60, 60, 0]] * 4)
    np.testing.assert_array_equal(
        maps["block"], [[0, 0, 0, 0], [60, 20, -20, -60], [60, 20, -20, -60], [0, 0, 0, 0]])


@pytest.mark.result("R-027")
def test_sizes_and_counts():
    large = Conv(50, 9, stride=2)
    assert large.shape((20, 64, 64)) == (50, 28, 28) and large.parameters((20, 64, 64)) == 81_050
    assert COUNTS["basic ConvNet"][0] == 3_453_121 and COUNTS["LeNet-5"][0] == 61_706
    assert COUNTS["AlexNet"][0] == 62_378_344
    biases = sum(layer.out for layer in architectures.ALEXNET if isinstance(layer, architectures.Dense))
    assert biases == 9_192 and COUNTS["AlexNet"][0] - biases == 62_369_152
    base = architectures.VGG16[: architectures.VGG16.index(architectures.Flatten())]
    assert architectures.count(base, (3, 224, 224))[0] == 14_714_688


def test_gradients_of_a_convolution():
    assert ch08.gradient_error() < 1e-7
    halved = lambda dout, cache: tuple(part / 2 for part in ops.conv2d_backward(dout, cache))
    assert ch08.gradient_error(backward=halved) == pytest.approx(1 / 3)


def test_shifts_and_turns():
    images = np.random.default_rng(0).normal(size=(3, 8, 8)).astype(np.float32)
    moved = ch08.shifted(images, 2, -1)
    np.testing.assert_array_equal(moved[:, :7, 2:], images[:, 1:, :6])
    assert not moved[:, 7].any() and not moved[:, :, :2].any() and not ch08.shifted(images, 8).any()
    np.testing.assert_allclose(ch08.turned(images), images, atol=1e-6)
    np.testing.assert_allclose(ch08.turned(images, 90), np.rot90(images, -1, axes=(1, 2)), atol=1e-5)
    square = np.zeros((8, 8), np.float32)
    square[2:6, 2:6] = 1
    assert ch08.turned(square, scale=2.0).sum() > 3 * square.sum() > 9 * ch08.turned(square, scale=0.5).sum()


def test_a_map_moves_with_its_picture():
    even, odd = ch08.equivariance(2, 2), ch08.equivariance(1, 1)
    assert even["shift"] < 1e-12 and odd["shift"] < 1e-12 and even["pooled"] < 1e-12
    assert even["border"] > 0.1 and odd["pooled"] > 0.1 and even["turn"] > 0.1


@pytest.mark.result("R-074")
def test_lenet_on_a_seventh_of_the_digits():
    """The published run has 54,000 digits and 0.9894; here 8,000, without augmentation."""
    digits = datasets.digits28()
    run = ch08.digit_net()
    assert run.evaluate(digits.X_test, digits.y_test)[1] > 0.97 and run.loss[-1] < run.loss[0] / 20


def test_the_log_and_its_best_epoch():
    assert measured.PUBLISHED_LOG[:, 2].argmin() + 1 == 11


def test_measured_accuracy_on_shifted_digits():
    """One start of each table, again: the numbers in the chapter are of this code."""
    digits = datasets.digits28()
    for name, settings in ch08.NETS.items():
        run = ch08.digit_net(**settings)
        for amount in (0, 3, 5):
            share = run.evaluate(ch08.shifted(digits.X_test, amount), digits.y_test)[1]
            runs = np.array(measured.SHIFTED[name])[:, measured.SHIFTS.index(amount)]
            assert share == pytest.approx(runs.mean(), abs=max(0.04, 4 * runs.std(ddof=1)))


def test_convolution_tolerates_shifts_better():
    mean = {name: np.mean(runs, axis=0) for name, runs in measured.SHIFTED.items()}
    assert (mean["LeNet"] > mean["dense"])[:7].all()
    assert (mean["LeNet, moved in training"] > mean["dense, moved in training"])[:7].all()


@pytest.mark.result("R-083")
def test_remedies_pay_with_few_pictures():
    """The published gain, 6.4 points, is of photographs and of one run each; here five starts, compared in pairs."""
    runs = measured.FEW["shapes"]
    for name in ("augmentation", "both"):
        gain = np.array(runs[name]["test"]) - runs["nothing"]["test"]
        assert gain.mean() > 2.78 * gain.std(ddof=1) / np.sqrt(5)
    for kind, runs in measured.FEW.items():
        fall = np.array(runs["nothing"]["loss"]) - runs["both"]["loss"]
        assert fall.mean() > 2.78 * fall.std(ddof=1) / np.sqrt(5), kind
    again = ch08.few_pictures("shapes")
    assert again["train"] > 0.99
    assert again["test"] == pytest.approx(np.mean(measured.FEW["shapes"]["nothing"]["test"]), abs=0.03)


def test_shapes_need_windows():
    assert 0.55 < ch08.regression_on_pixels() < 0.75 and np.mean(measured.FEW["shapes"]["nothing"]["test"]) > 0.9


def test_shortcuts_carry_the_gradient():
    with_skips, without = (ch08.residual_gradients(skip=skip) for skip in (True, False))
    assert len(without) == 21
    assert without[0] / without[-1] < 1e-3 and 0.5 < with_skips[0] / with_skips[-1] < 50
    assert (np.diff(without) > 0).all(), "a factor below one in every layer"

"""Chapter 08: the numbers in its sentences, computed again."""

import re

import numpy as np
import prose
import pytest

from course_lib import datasets, nn, ops
from course_lib.chapters.ch08_convolution import experiments as ch08
from course_lib.chapters.ch08_convolution import measured
from course_lib.chapters.ch08_convolution.predictions import PREDICTIONS
from course_lib.nn import architectures
from course_lib.nn.architectures import ARCHITECTURES, Conv, Dense

TEXT = prose.prose("08_convolution")
LENET = architectures.summary(architectures.LENET5, (1, 28, 28))


def printed(claim):
    """What the chapter's own trainings print."""
    return prose.printed("08_convolution", claim)


def mean(table, amounts, name, amount):
    """Percent right in the mean of the starts."""
    return 100 * np.mean(table[name], axis=0)[amounts.index(amount)]


def shifts(name, amount):
    return mean(measured.SHIFTED, measured.SHIFTS, name, amount)


def turns(name, amount):
    return mean(measured.TURNED, measured.ANGLES, name, amount)


def scales(name, amount):
    return mean(measured.SCALED, measured.SCALES, name, amount)


def gain(kind, name):
    """Points gained over no remedy in the mean of five starts, and half the 95 percent interval."""
    gains = 100 * (np.array(measured.FEW[kind][name]["test"]) - measured.FEW[kind]["nothing"]["test"])
    return gains.mean(), 2.78 * gains.std(ddof=1) / np.sqrt(5)


def share(kind, field):
    """Of LeNet's parameters or multiply-adds, percent in layers of one kind."""
    return 100 * sum(getattr(row, field) for row in LENET if isinstance(row.layer, kind)) / sum(
        getattr(row, field) for row in LENET)


CLAIMS = {
    "From {} to {} in three pixels.": lambda: (
        printed("moved by 0: accuracy {}"), printed("moved by 3: accuracy {}")),
    "{}, as before. The order of the pixels": lambda: printed("pixels in random places: accuracy {}"),
    "A dense layer from 784 pixels to 576 units holds {} numbers; with windows of their own the 576 units hold {}; "
    "with shared weights {}, and": lambda: (785 * 24**2, 24**2 * 26, Conv(1, 5).parameters((1, 28, 28))),
    "maps of 28 × 28, and {} parameters": lambda: Conv(50, 9, stride=2).parameters((20, 64, 64)),
    "From 64 × 64 × 128 to 64 × 64 × 32 it needs {} parameters": lambda: Conv(32, 1).parameters((128, 64, 64)),
    "from 32 to 64 channels {} weights in place of {}.": lambda: (
        Conv(32, 3, groups=32, bias=False).parameters((32, 8, 8)) + Conv(64, 1, bias=False).parameters((32, 8, 8)),
        Conv(64, 3, bias=False).parameters((32, 8, 8))),
    "whose nine numbers add up to {}: every picture that goes through it loses {} percent of its light, and through "
    "ten such layers {} percent.": lambda: (measured.PRINTED_BLUR.sum(), 100 * (1 - measured.PRINTED_BLUR.sum()),
                                        100 * (1 - measured.PRINTED_BLUR.sum() ** 10)),
    "The network has {} parameters, {} percent of them in the dense head; of its {} multiply-adds {} percent are done "
    "in the convolutions.": lambda: (
        sum(row.parameters for row in LENET), share(Dense, "parameters"), sum(row.multiply_adds for row in LENET),
        share(Conv, "multiply_adds")),
    "The dense network, with {} parameters, had {}.": lambda: (
        785 * 128 + 129 * 10, printed("moved by 0: accuracy {}")),
    "Three pixels leave the dense network {} percent and LeNet {}; at five LeNet, too, is down to {}.": lambda: (
        shifts("dense", 3), shifts("LeNet", 3), shifts("LeNet", 5)),
    "LeNet still reads {} percent, the dense network {}:": lambda: (
        shifts("LeNet, moved in training", 4), shifts("dense, moved in training", 4)),
    "at 30 degrees it reads {} percent (the dense network {}), at 0.7 times the size {} ({}).": lambda: (
        turns("LeNet", 30), turns("dense", 30), scales("LeNet", 0.7), scales("dense", 0.7)),
    "whose validation loss is {} times the lowest. Our LeNets had {} in the mean": lambda: (
        measured.PUBLISHED_LOG[-1, 2] / measured.PUBLISHED_LOG[:, 2].min(), shifts("LeNet", 0) / 100),
    "On the shapes augmentation gains {} points and dropout {}, and": lambda: (
        gain("shapes", "augmentation")[0], gain("shapes", "dropout")[0]),
    "the loss falls from {} to {} with both": lambda: tuple(
        np.mean(measured.FEW["clothes"][name]["loss"]) for name in ("nothing", "both")),
    r"($0.6^{20}$ is {}, and tanh": lambda: 0.6**20,
    "it grows on the way, by a factor of {}, since": lambda: (lambda norms: norms[0] / norms[-1])(
        ch08.residual_gradients(skip=True)),
    "a 5 × 5 window on 192 channels is {} products for every output. A 1 × 1 layer before it, down to 16 channels, "
    "makes {} of them.": lambda: (25 * 192, 25 * 16),
}
#: inputs, sizes that somebody chose, and what is quoted from print
GIVEN = (
    "train it on 8,000 digits, and test it on the 2,000 held out", "The layer of 8.3 once more", "equation 7.16",
    "dropout 0.5, momentum 0.9, rate 0.01, weight decay 0.0005", "All 8,000 digits, each in six versions",
    "Dropout of 0.3 before the head", "The 2,000 held-out digits are used",
    "More than 0.985 of the held-out digits are right",
    "on 54,000 digits of the full set, with another 6,000 for validation",
    "0.9894 of the 10,000 official test digits", "with six versions of each and dropout, more than 0.985",
    "trains the basic ConvNet on 1,000 of them", "of the clothes 1,000", "an accuracy of 0.6596 and a loss of 2.415",
    "a dropout of 0.5, 0.7237 and 0.550", "a gain of 6.4 points", "60,000 and 10,000 digits of 28 × 28",
    "50,000 and 10,000 color photographs", "1.2 million photographs, 1,000 classes",
    "at most 10,000 parameters and 2,000,000 multiply-adds a digit",
    "at least 0.95 of the held-out digits must be right", "counted in 8.10", "(28 - 5)/2 = 11.5",
    "You have 1,500 photographs", "with 0.6 times the spread",
)


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


def test_lenet_reads_the_digits():
    assert "More than 0.985 of the held-out digits are right, fewer than 30 wrong." in TEXT
    assert printed("held out {}, loss") >= 0.985


def test_a_shift_of_one_stride_moves_the_pooled_map():
    assert "For shifts the difference is exactly zero away from the border" in TEXT
    even, odd = ch08.equivariance(2, 2), ch08.equivariance(1, 1)
    assert even["shift"] == odd["shift"] == even["pooled"] == 0 < odd["pooled"]


def test_training_with_shifts_does_not_help_against_turns():
    assert "At 60 degrees both are down to about 20, and training with shifts has not helped." in TEXT
    for name in ("LeNet", "dense"):
        assert turns(name, 60) == pytest.approx(20, abs=2.5)
        assert turns(f"{name}, moved in training", 60) < turns(name, 60)


def test_what_the_predictions_say_of_shifts():
    assert PREDICTIONS[6].id == "8.g" and PREDICTIONS[6].right == 0
    for amount in (2, 4, 6):
        assert shifts("LeNet, moved in training", amount) > shifts("dense, moved in training", amount)
    gain = {name: shifts(f"{name}, moved in training", 3) - shifts(name, 3) for name in ("LeNet", "dense")}
    assert gain["dense"] > gain["LeNet"], "the dense one gains most"


def test_what_the_remedies_gain():
    assert "both together are no better than augmentation alone" in TEXT
    assert gain("shapes", "both")[0] < gain("shapes", "augmentation")[0]
    assert "On clothes either gains a little more than one point" in TEXT
    for name in ("augmentation", "dropout"):
        mean, half = gain("clothes", name)
        assert 1 < mean < 1.5 and mean > half
    assert "Mirroring adds nothing here." in TEXT
    assert gain("clothes", "augmentation, mirrored")[0] < gain("clothes", "augmentation")[0]


def test_shoes_point_to_the_left():
    assert "nearly every shoe points to the left, in the test as well" in TEXT
    data = datasets.fashion()
    for X, y in ((data.X_train, data.y_train), (data.X_test, data.y_test)):
        for kind in ("sneaker", "boot"):
            above = X[y == datasets.FASHION_CLASSES.index(kind), :14].sum(axis=1)  # where the foot goes in
            assert np.mean(above @ np.arange(28.0) > 13.5 * above.sum(axis=1)) > 0.97


def test_table_of_filters():
    rows = re.findall(r"\| (Sobel|Scharr|sharpen|emboss) \| ([-−\d ]+), ([-−\d ]+), ([-−\d ]+) \|", TEXT)
    names = {"Sobel": "sobel_x", "Scharr": "scharr_x", "sharpen": "sharpen", "emboss": "emboss"}
    assert len(rows) == 4
    for name, *lines in rows:
        written = [[int(number.replace("−", "-")) for number in line.split()] for line in lines]
        np.testing.assert_array_equal(ops.KERNELS2D[names[name]], written)
    assert "| Gaussian blur | 1 2 1, 2 4 2, 1 2 1, over 16 |" in TEXT
    np.testing.assert_array_equal(16 * ops.KERNELS2D["gaussian_blur"], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    assert "sum 0 makes it zero, so only changes remain" in TEXT
    assert ops.KERNELS2D["sobel_x"].sum() == 0 and ops.KERNELS2D["emboss"].sum() == ops.KERNELS2D["sharpen"].sum() == 1


def test_what_is_said_of_large_networks():
    count = lambda name, kind: sum(isinstance(layer, kind) for layer in ARCHITECTURES[name][0])
    assert "five convolutions and three dense layers" in TEXT
    assert (count("AlexNet", Conv), count("AlexNet", Dense)) == (5, 3)
    assert "3 × 3 windows only, 13 or 16 layers of them" in TEXT
    assert (count("VGG-16", Conv), count("VGG-19", Conv), count("VGG-16", Dense)) == (13, 16, 3)
    rows = architectures.summary(*ARCHITECTURES["VGG-16"])
    head = sum(row.parameters for row in rows if isinstance(row.layer, Dense)) / sum(row.parameters for row in rows)
    assert "keeps nine tenths of its weights in three dense layers" in TEXT and head == pytest.approx(0.9, abs=0.01)
    assert "in each of nine modules" in TEXT and count("GoogLeNet", architectures.Branches) == 9
    assert "saves more than half of the weights" in TEXT
    reduced = architectures.inception(64, 96, 128, 16, 32, 32).parameters((192, 28, 28))
    assert reduced < (193 * 64 + (9 * 192 + 1) * 128 + (25 * 192 + 1) * 32) / 2


def test_small_numbers_in_words():
    assert "one sum over four indices: channel, depth, row and column" in TEXT
    assert nn.Conv3d(2, 3, 2, rng=np.random.default_rng(0)).weight.data[0].ndim == 4
    first, *others = [layer for layer in ARCHITECTURES["MobileNet"][0] if isinstance(layer, Conv)]
    assert "separable from its second layer on" in TEXT and first.groups == 1
    assert [layer.groups > 1 for layer in others] == [layer.size == 3 for layer in others] == [True, False] * 13
    assert "and it does so in each of nine modules" in TEXT
    channels = 192
    for module in (layer for layer in ARCHITECTURES["GoogLeNet"][0] if isinstance(layer, architectures.Branches)):
        plain = sum(branch[-2].parameters((channels, 28, 28)) for branch in module.branches[:3])
        assert module.parameters((channels, 28, 28)) < plain / 2
        channels = module.shape((channels, 28, 28))[0]


def test_fields():
    assert ops.receptive_field([(3, 1, 1)] * 3)[0] == ops.receptive_field([(7, 1, 1)])[0] == 7
    assert "Dilated, the same weights see twice as far" in TEXT
    assert ops.receptive_field([(3, 1, d) for d in (1, 2, 4)])[0] == 15


def test_the_answer_to_the_leaves():
    source = (prose.SOLUTIONS / "08_convolution.py").read_text(encoding="utf-8")
    layers = []
    for maps in (16, 32, 64):
        layers += [Conv(maps, 3, pad=1), architectures.ReLU(), architectures.MaxPool(2)]
    rows = architectures.summary((*layers, architectures.GlobalAvgPool(), Dense(6)), (3, 64, 64))
    parts = [row.parameters for row in rows if row.parameters]
    assert "Parameters " + " + ".join(f"{part:,}" for part in parts) + f" = {sum(parts):,}" in source
    assert f"the head alone would have {Dense(6).parameters((64 * 8 * 8,)):,}" in source


def test_special_filters():
    picture = np.zeros((1, 32, 28, 28))
    rng = np.random.default_rng(0)
    assert nn.Conv2d(32, 64, 1, rng=rng)(picture).shape == (1, 64, 28, 28)
    assert nn.Conv2d(32, 32, 3, padding=1, groups=32, rng=rng).weight.data.shape == (32, 1, 3, 3)


def test_replies_answer_wrong_choices():
    for prediction in PREDICTIONS:
        assert [k for k, reply in enumerate(prediction.replies) if not reply] == [prediction.right]


def test_the_notebook_says_its_stops():
    stops = re.findall(r"\*Stop here, if you like: about ([\w ]+) so far\.\*", TEXT)
    assert stops == ["an hour and a half", "two and a half hours"]

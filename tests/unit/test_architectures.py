"""The language of layers: sizes, parameters and work by hand, the networks by their published totals, and `build`."""

import tracemalloc

import numpy as np
import pytest

from course_lib import nn, ops
from course_lib.nn import architectures as arch
from course_lib.nn.architectures import (
    ARCHITECTURES,
    LRN,
    AvgPool,
    BatchNorm,
    Branches,
    Conv,
    Dense,
    DenseStack,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
    build,
    count,
    scaled,
    summary,
)

# ---- the networks ------------------------------------------------------------------------------------------

#: name -> parameters and multiply-adds. The parameters are those of the papers or of PyTorch's own versions, to the
#: last digit; of the multiply-adds the leading digits are published: AlexNet without groups 1.1, VGG 15.5 and 19.6,
#: GoogLeNet 1.6, ResNet 1.8, 4.1 and 11.5, DenseNet 2.8 thousand million, MobileNet 569 million.
TOTALS = {
    "LeNet-5": (61_706, 416_520),
    "AlexNet": (62_378_344, 1_135_256_096),
    "VGG-16": (138_357_544, 15_470_264_320),
    "VGG-19": (143_667_240, 19_632_062_464),
    "GoogLeNet": (6_998_552, 1_582_671_872),
    "ResNet-18": (11_689_512, 1_814_073_344),
    "ResNet-50": (25_557_032, 4_089_184_256),
    "ResNet-152": (60_192_808, 11_513_626_624),
    "DenseNet-121": (7_978_856, 2_834_161_664),
    "MobileNet": (4_231_976, 568_740_352),
    "basic ConvNet": (3_453_121, 236_095_488),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_totals(name):
    assert count(*ARCHITECTURES[name]) == TOTALS[name]


def test_counting_allocates_nothing():
    tracemalloc.start()
    try:
        for layers, shape in ARCHITECTURES.values():
            count(layers, shape)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_parts_of_networks():
    """What the printed tables of textbooks leave out or get wrong, and the bases without their dense layers."""
    rows = summary(*ARCHITECTURES["AlexNet"])
    convolutions = [row.parameters for row in rows if isinstance(row.layer, Conv)]
    assert convolutions == [34_944, 614_656, 885_120, 1_327_488, 884_992]
    biases = sum(row.layer.out for row in rows if isinstance(row.layer, Dense))
    assert (biases, count(*ARCHITECTURES["AlexNet"])[0] - biases) == (9_192, 62_369_152)
    base = arch.VGG16[: arch.VGG16.index(Flatten())]
    assert count(base, (3, 224, 224))[0] == 14_714_688


def depth(layers):
    """Layers with weights on the longest way from the input to the output; a skip is a shortcut."""
    weights = 0
    for layer in layers:
        if isinstance(layer, Conv | Dense):
            weights += 1
        elif isinstance(layer, Residual):
            weights += depth(layer.body)
        elif isinstance(layer, Branches):
            weights += max(map(depth, layer.branches))
        elif isinstance(layer, DenseStack):
            weights += layer.layers * depth(layer.inner())
    return weights


@pytest.mark.parametrize(("name", "layers"), [
    ("LeNet-5", 5), ("AlexNet", 8), ("VGG-16", 16), ("VGG-19", 19), ("GoogLeNet", 22), ("ResNet-18", 18),
    ("ResNet-50", 50), ("ResNet-152", 152), ("DenseNet-121", 121), ("MobileNet", 28), ("basic ConvNet", 6)])
def test_depth_as_the_name_says(name, layers):
    assert depth(ARCHITECTURES[name][0]) == layers


@pytest.mark.parametrize(("name", "shapes"), [
    ("LeNet-5", [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]),
    ("AlexNet", [(96, 55, 55), (96, 27, 27), (256, 27, 27), (256, 13, 13), (384, 13, 13), (256, 6, 6), (9216,),
                 (4096,), (1000,)]),
    ("GoogLeNet", [(64, 112, 112), (64, 56, 56), (192, 56, 56), (192, 28, 28), (256, 28, 28), (480, 28, 28),
                   (480, 14, 14), (512, 14, 14), (528, 14, 14), (832, 14, 14), (832, 7, 7), (1024, 7, 7), (1024,),
                   (1000,)]),
    ("ResNet-50", [(64, 112, 112), (64, 56, 56), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7), (2048,),
                   (1000,)]),
    ("DenseNet-121", [(64, 112, 112), (64, 56, 56), (256, 56, 56), (128, 56, 56), (128, 28, 28), (512, 28, 28),
                      (256, 28, 28), (256, 14, 14), (1024, 14, 14), (512, 14, 14), (512, 7, 7), (1024, 7, 7), (1024,),
                      (1000,)]),
    ("basic ConvNet", [(32, 148, 148), (32, 74, 74), (64, 72, 72), (64, 36, 36), (128, 34, 34), (128, 17, 17),
                       (128, 15, 15), (128, 7, 7), (6272,), (512,), (1,)])])
def test_shapes_on_the_way(name, shapes):
    assert list(dict.fromkeys(row.shape for row in summary(*ARCHITECTURES[name]))) == shapes


# ---- one layer by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "given", "shape", "parameters", "work"), [
    (Conv(50, 9, 2), (20, 64, 64), (50, 28, 28), (81 * 20 + 1) * 50, 28 * 28 * 50 * 81 * 20),
    (Conv(50, 9, 2, bias=False), (20, 64, 64), (50, 28, 28), 81 * 20 * 50, 28 * 28 * 50 * 81 * 20),
    (Conv(32, 1), (128, 64, 64), (32, 64, 64), 129 * 32, 64 * 64 * 32 * 128),
    (Conv(6, 3, pad=1, groups=3), (9, 4, 5), (6, 4, 5), (9 * 3 + 1) * 6, 4 * 5 * 6 * 9 * 3),
    (Conv(8, 3, groups=8), (8, 5, 5), (8, 3, 3), 10 * 8, 9 * 9 * 8),
    (Dense(10), (84,), (10,), 850, 840), (Dense(10, bias=False), (84,), (10,), 840, 840),
    (BatchNorm(), (7, 5, 5), (7, 5, 5), 14, 0), (BatchNorm(), (7,), (7,), 14, 0), (LRN(), (7, 5, 5), (7, 5, 5), 0, 0),
    (MaxPool(2), (3, 7, 6), (3, 3, 3), 0, 0), (MaxPool(3, 2, 1), (3, 7, 6), (3, 4, 3), 0, 0),
    (AvgPool(3, 1), (3, 7, 6), (3, 5, 4), 0, 0), (GlobalAvgPool(), (3, 7, 6), (3,), 0, 0),
    (Flatten(), (3, 7, 6), (126,), 0, 0), (Dropout(0.5), (3, 7, 6), (3, 7, 6), 0, 0),
    (Residual((Conv(4, 3, pad=1),)), (4, 6, 6), (4, 6, 6), 148, 36 * 144),
    (Residual((Conv(5, 3, 2, 1),), (Conv(5, 1, 2),)), (4, 6, 6), (5, 3, 3), 185 + 25, 9 * 5 * (36 + 4)),
    (Branches((Conv(4, 1),), (), (Conv(2, 3, pad=1), ReLU())), (3, 5, 5), (9, 5, 5), 16 + 56, 25 * (12 + 54)),
    (DenseStack(2, 3), (5, 4, 4), (11, 4, 4), (10 + 60 + 24 + 324) + (16 + 96 + 24 + 324), 16 * (60 + 324 + 96 + 324))])
def test_one_layer(layer, given, shape, parameters, work):
    assert layer.shape(given) == shape
    assert count((layer,), given) == (parameters, work)
    assert summary([layer], given)[0][2:] == (shape, parameters, work)


def test_three_small_windows_against_a_large_one():
    three, one = [Conv(8, 3, pad=1, bias=False)] * 3, [Conv(8, 7, pad=3, bias=False)]
    assert count(three, (8, 9, 9))[0] == 27 * 64 and count(one, (8, 9, 9))[0] == 49 * 64
    assert ops.receptive_field([(3, 1, 1)] * 3) == ops.receptive_field([(7, 1, 1)])


def test_small_convolutions_first_make_an_inception_module_cheap():
    """Its 1x1 convolutions before 3x3 and 5x5, as in the paper's first module."""
    naive = Branches((Conv(64, 1),), (Conv(128, 3, pad=1),), (Conv(32, 5, pad=2),), (MaxPool(3, 1, 1),))
    reduced = arch.inception(64, 96, 128, 16, 32, 32)
    assert naive.shape((192, 28, 28)) == (416, 28, 28) and reduced.shape((192, 28, 28)) == (256, 28, 28)
    assert reduced.multiply_adds((192, 28, 28)) < 0.43 * naive.multiply_adds((192, 28, 28))


def test_a_separable_convolution_costs_an_eighth():
    whole, pair = [Conv(512, 3, pad=1)], arch.separable(512, 512)
    work = [count(layers, (512, 14, 14))[1] for layers in (whole, pair)]
    assert work[1] / work[0] == pytest.approx(1 / 512 + 1 / 9)


def test_a_dense_net_in_the_same_language():
    assert count((Dense(512), ReLU(), Dense(10)), 784) == (407_050, 784 * 512 + 5120)


# ---- how it reads ------------------------------------------------------------------------------------------


def test_a_layer_shows_itself_as_it_is_written():
    for layer in (Conv(6, 5), Conv(6, 5, pad=2), Conv(6, 5, stride=2, groups=3, bias=False), Dense(3, bias=False),
                  MaxPool(2), MaxPool(3, stride=2), LRN(k=1.0), Dropout(0.5), ReLU(), Sigmoid(), Tanh(), Flatten(),
                  DenseStack(3, 4), Residual((Conv(2, 1), ReLU()), skip=(Conv(2, 1),)), Branches((ReLU(),), ())):
        assert eval(repr(layer)) == layer
        assert len({layer, eval(repr(layer))}) == 1
    assert ReLU() != Tanh()


def test_a_summary_is_a_table():
    table = repr(summary((Conv(6, 5, pad=2), ReLU(), Residual(()), Flatten(), Dense(10)), (1, 28, 28)))
    assert table.splitlines() == [
        "layer                             output             parameters    multiply-adds",
        "Conv(6, 5, pad=2)                 6x28x28                   156          117,600",
        "ReLU()                            6x28x28                     0                0",
        "Residual                          6x28x28                     0                0",
        "Flatten()                         4704                        0                0",
        "Dense(10)                         10                     47,050           47,040",
        "total                                                    47,206          164,640"]


# ---- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layers", "shape", "message"), [
    ([Conv(6, 5)], (28, 28), r"expected \(channels, height, width\).*A gray image is \(1, 28, 28\)"),
    ([Conv(6, 5)], (1, 4, 4), r"Conv\(6, 5\): a window of 5 does not fit"),
    ([Dense(3)], (1, 4, 4), r"Dense\(3\) got an input of shape \(1, 4, 4\).*no Flatten\(\)"),
    ([Flatten(), Conv(6, 5)], (1, 8, 8), r"Conv\(6, 5\) got an input of shape \(64,\).*a Flatten\(\) before it"),
    ([Conv(6, 3, groups=3)], (4, 8, 8), "groups=3 .* does not divide its 4 input channels"),
    ([Residual([Conv(6, 3)])], (6, 8, 8), r"turns \(6, 8, 8\) into \(6, 6, 6\), its skip into \(6, 8, 8\)"),
    ([Branches([Conv(6, 3)], [Conv(6, 1)])], (6, 8, 8), "a pad that is missing")])
def test_layers_that_do_not_fit(layers, shape, message):
    for call in (summary, count, build):
        with pytest.raises(ValueError, match=message):
            call(layers, shape)


@pytest.mark.parametrize(("layers", "message"), [
    ((Conv(6, 5), ReLU), r"a class without parentheses, such as ReLU for ReLU\(\)"), (Conv(6, 5), "one layer alone"),
    ((Conv(6, 5), (ReLU(),)), r"not unpacked with \*"), ((), "a row of layers"),
    ((Conv(6, 5), nn.ReLU()), "no layer of nn.architectures")])
def test_no_row_of_layers(layers, message):
    with pytest.raises(TypeError, match=message):
        count(layers, (1, 28, 28))


@pytest.mark.parametrize("make", [
    lambda: Conv(0, 3), lambda: Conv(4, 3, groups=3), lambda: Conv(4, 3, pad=-1), lambda: MaxPool(2, 0),
    lambda: MaxPool(3, pad=2), lambda: Dropout(1.0), lambda: Dense(-1), lambda: Branches(), lambda: DenseStack(0, 4)])
def test_settings_out_of_range(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: arch.vgg(1, 2, 3), ValueError, "vgg got 3 numbers, expected five"),
    (lambda: arch.vgg(2, -1, 3, 3, 3), ValueError, r"repeats\[1\]=-1"),
    (lambda: arch.vgg(2, 1.5, 3, 3, 3), TypeError, r"repeats\[1\]=1.5"),
    (lambda: Dense(400, 10), TypeError, r"Here it is Dense\(out\)")])
def test_what_is_written_otherwise(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ---- built -------------------------------------------------------------------------------------------------


def test_scaling_keeps_the_classes():
    layers = scaled((Conv(8, 3), Conv(8, 3, groups=8), Conv(12, 3, groups=2), Flatten(), Dense(6), Dense(10)), 0.25)
    assert layers == (Conv(2, 3), Conv(2, 3, groups=2), Conv(4, 3, groups=2), Flatten(), Dense(2), Dense(10))
    assert scaled((Conv(8, 3),), 0.01) == (Conv(1, 3),)
    assert scaled(arch.RESNET50, 1.0) == arch.RESNET50


def small(name):
    """A network at a sixteenth of its width and the smallest images that go through."""
    layers, shape = ARCHITECTURES[name]
    shape = {"LeNet-5": shape, "AlexNet": (3, 67, 67), "basic ConvNet": (3, 64, 64)}.get(name, (3, 33, 33))
    return layers, (3, 32, 32) if name.startswith("VGG") else shape, 1 / 16


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_runs_forward_and_backward(name):
    layers, shape, width = small(name)
    net = build(layers, shape, width, np.random.default_rng(0))
    assert sum(parameter.data.size for parameter in net.parameters()) == count(scaled(layers, width), shape)[0]
    out = net(np.random.default_rng(1).random((2, *shape), np.float32))
    assert out.shape == (2, layers[-1].out) and out.dtype == np.float32 and np.isfinite(out).all()
    dx = net.backward(np.ones_like(out))
    assert dx.shape == (2, *shape) and np.isfinite(dx).all() and dx.any()
    assert all(np.isfinite(parameter.grad).all() for parameter in net.parameters())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_shapes_of_a_built_network_are_those_of_its_summary(name):
    layers, shape, width = small(name)
    net = build(layers, shape, width, np.random.default_rng(0)).eval()
    x = np.zeros((1, *shape), np.float32)
    for layer, row in zip(net, summary(scaled(layers, width), shape), strict=True):
        x = layer(x)
        assert x.shape == (1, *row.shape), row.name
        assert sum(parameter.data.size for parameter in layer.parameters()) == row.parameters, row.name


def test_lenet_is_built_as_one_would_write_it():
    net = build(arch.LENET5, (1, 28, 28), rng=np.random.default_rng(0))
    assert [repr(layer) for layer in net] == [
        "Conv2d(1, 6, 5, padding=2)", "ReLU()", "MaxPool2d(2)", "Conv2d(6, 16, 5)", "ReLU()", "MaxPool2d(2)",
        "Flatten()", "Linear(400, 120)", "ReLU()", "Linear(120, 84)", "ReLU()", "Linear(84, 10)"]
    assert net[0].weight.data.dtype == np.float32 and list(net.state_dict())[:4] == [
        "0.weight", "0.bias", "3.weight", "3.bias"]
    again = build(arch.LENET5, (1, 28, 28), rng=np.random.default_rng(0), dtype=np.float64)
    np.testing.assert_allclose(net[3].weight.data, again[3].weight.data, rtol=1e-6)


def test_every_layer_of_the_language_is_built():
    layers = (Conv(4, 3), Tanh(), LRN(3), AvgPool(2), BatchNorm(), Branches((Conv(2, 1),), ()), DenseStack(1, 2),
              Residual((Conv(8, 1), Sigmoid())), Dropout(0.5), GlobalAvgPool(), BatchNorm(), Dense(3), Flatten())
    net = build(layers, (2, 8, 8), rng=np.random.default_rng(0), dtype=np.float64)
    out = net(np.random.default_rng(1).random((4, 2, 8, 8)))
    assert out.shape == (4, 3) and net.backward(out).shape == (4, 2, 8, 8)

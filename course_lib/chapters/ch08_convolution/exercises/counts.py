"""Exercises on parameters, fields and gradients of whole networks: counted, stacked, skipped."""

from itertools import pairwise

import numpy as np

from course_lib.chapters.ch08_convolution import calls
from course_lib.chapters.ch08_convolution.exercises.common import numbered
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- parameters of six networks ---


def _convs(*layers, bias=True):
    """Parameters of convolutions (side, channels in, filters)."""
    return sum((size * size * channels + bias) * filters for size, channels, filters in layers)


def _dense(*sizes, bias=True):
    return sum((m + bias) * n for m, n in pairwise(sizes))


_LENET = (5, 1, 6), (5, 6, 16)
_ALEX = (11, 3, 96), (5, 96, 256), (3, 256, 384), (3, 384, 384), (3, 384, 256)
_CONVNET = (3, 3, 32), (3, 32, 64), (3, 64, 128), (3, 128, 128)


def _vgg(*repeats):
    layers, channels = [], 3
    for filters, repeat in zip((64, 128, 256, 512, 512), repeats, strict=True):
        for _ in range(repeat):
            layers.append((3, channels, filters))
            channels = filters
    return layers


_PLAIN = (1, 192, 64), (3, 192, 128), (5, 192, 32)
_REDUCED = (1, 192, 64), (1, 192, 96), (3, 96, 128), (1, 192, 16), (5, 16, 32), (1, 192, 32)
_VGG16 = _vgg(2, 2, 3, 3, 3)
_HEAD = 4096, 4096, 1000
_COUNTS = {
    "lenet": _convs(*_LENET) + _dense(400, 120, 84, 10),
    "alexnet": _convs(*_ALEX) + _dense(9216, *_HEAD),
    "alexnet_no_dense_bias": _convs(*_ALEX) + _dense(9216, *_HEAD, bias=False),
    "vgg16_base": _convs(*_VGG16),
    "convnet": _convs(*_CONVNET) + _dense(6272, 512, 1),
    "dense_block": 64 + 6 * 32,
    "inception": _convs(*_PLAIN),
    "inception_reduced": _convs(*_REDUCED),
}


def _counted(id, key, value, say):
    """A mistake in one of the numbers."""
    return Mistake(id, _COUNTS | {key: value}, f"{key}: {say}")


PARAMETERS = Exercise(
    id="8.10",
    title="how many parameters",
    debrief="In AlexNet the three dense layers hold 94 percent of all parameters, the five convolutions the rest.",
    kind="value",
    reference=_COUNTS,
    instances=lambda rng: [()],
    call=numbered(_COUNTS),
    rtol=0,
    atol=0.1,
    mistakes=(
        _counted("CNP-d", "lenet", _convs(*_LENET, bias=False) + _dense(400, 120, 84, 10, bias=False), "that is "
                 "without biases. Each filter and each unit has one."),
        _counted("CNP-e", "lenet", _convs((5, 1, 6), (5, 1, 16)) + _dense(400, 120, 84, 10), "a filter of the second "
                 "convolution sees all six maps of the first."),
        _counted("CNP-f", "lenet", _convs(*_LENET) + _dense(784, 120, 84, 10), "the second convolution has no padding: "
                 "how large are the maps that are flattened?"),
        _counted("CNP-g", "lenet", _convs(*_LENET) + _dense(256, 120, 84, 10), "the first convolution is padded by 2, "
                 "so that its maps stay 28x28: how large are those that are flattened?"),
        _counted("CNP-h", "lenet", _convs(*_LENET) + _dense(16, 120, 84, 10), "flattening makes one number of each "
                 "pixel of each map, not one of each map."),
        _counted("CNP-i", "lenet", _convs(*_LENET), "these are the convolutions alone. Most parameters stand behind "
                 "them."),
        _counted("CNP-j", "lenet", _COUNTS["lenet"] + 2 * (6 + 16), "a pool has no parameters here; the first LeNet "
                 "had two for each map."),
        _counted("CNP-k", "lenet", _convs(*_LENET) + _dense(1600, 120, 84, 10), "the second pool halves the maps once "
                 "more before they are flattened."),
        _counted("CNP-l", "alexnet", _convs(*_ALEX) + _dense(9216, *_HEAD, bias=False), "the dense layers have biases, "
                 "too: 4096, 4096 and 1000 of them."),
        _counted("CNP-m", "alexnet", _convs((11, 3, 96), (5, 48, 256), (3, 256, 384), (3, 192, 384), (3, 192, 256))
                 + _dense(9216, *_HEAD), "that is the version in two groups, made for two devices. Here each filter "
                 "sees all channels."),
        _counted("CNP-n", "alexnet", _convs(*_ALEX) + _dense(6400, *_HEAD), "the last maps are 6x6: with an image "
                 "of 227 pixels, that is."),
        _counted("CNP-o", "alexnet", _convs(*_ALEX) + _dense(256 * 13 * 13, *_HEAD), "there is a third pool between "
                 "the last convolution and the dense layers."),
        _counted("CNP-p", "alexnet", _convs(*_ALEX), "these are the convolutions alone. Most parameters stand behind "
                 "them."),
        _counted("CNP-q", "alexnet", _COUNTS["alexnet"] - _convs((3, 384, 384)), "one of the five convolutions is "
                 "missing: 1,327,488 parameters from 384 to 384 channels."),
        _counted("CNP-r", "alexnet_no_dense_bias", _COUNTS["alexnet"], "that is with the biases of the dense layers."),
        _counted("CNP-s", "alexnet_no_dense_bias", _convs(*_ALEX, bias=False) + _dense(9216, *_HEAD, bias=False),
                 "the convolutions keep their biases, in the printed total too."),
        _counted("CNP-t", "vgg16_base", _convs(*_VGG16) + _dense(25088, *_HEAD), "that is the whole network. The base "
                 "ends before the dense layers."),
        _counted("CNP-u", "vgg16_base", _convs(*_VGG16, bias=False), "that is without biases. Each filter has one."),
        _counted("CNP-v", "vgg16_base", _convs(*_vgg(2, 2, 4, 4, 4)), "16 convolutions belong to VGG-19. Of the 16 "
                 "layers of VGG-16 three are dense."),
        _counted("CNP-w", "vgg16_base", _convs(*_vgg(2, 2, 2, 2, 2)), "two convolutions in each block are VGG-13. The "
                 "last three blocks have three."),
        _counted("CNP-x", "vgg16_base", _convs(*_VGG16[:-3]), "the fifth block is missing: 512 channels once more."),
        _counted("CNP-aw", "convnet", _convs(*_CONVNET), "these are the convolutions alone. Most parameters stand "
                 "behind them."),
        _counted("CNP-y", "convnet", _convs(*_CONVNET, bias=False) + _dense(6272, 512, 1, bias=False), "that is "
                 "without biases. Each filter and each unit has one."),
        _counted("CNP-z", "convnet", _convs(*_CONVNET) + _dense(128 * 81, 512, 1), "the convolutions have no padding: "
                 "they lose two pixels each, and the last maps are 7x7."),
        _counted("CNP-aa", "convnet", _convs(*_CONVNET) + _dense(128 * 15 * 15, 512, 1), "a fourth pool stands before "
                 "the dense layers."),
        _counted("CNP-ab", "convnet", _convs(*_CONVNET) + _dense(6272, 512), "the one unit at the end is missing."),
        _counted("CNP-ac", "convnet", _convs(*_CONVNET) + _dense(6272, 512, 2), "two kinds of pictures, but one "
                 "sigmoid: one unit at the end."),
        _counted("CNP-ad", "convnet", _convs((3, 1, 32), *_CONVNET[1:]) + _dense(6272, 512, 1), "the photos have three "
                 "colors, so the first filters have 27 weights each."),
        _counted("CNP-ae", "convnet", _convs(*_CONVNET) + _dense(128 * 64, 512, 1), "maps of odd size lose a row when "
                 "they are pooled: 15 becomes 7, not 8."),
        _counted("CNP-af", "dense_block", 192, "the 64 channels that come in are handed on as well."),
        _counted("CNP-av", "dense_block", 64 + 5 * 32, "that is what the sixth layer is given. It adds its 32 as "
                 "well."),
        _counted("CNP-ag", "dense_block", 96, "that is after the first of six layers. Each adds 32."),
        _counted("CNP-ah", "dense_block", 64 + 7 * 32, "six layers add 32 channels each; what comes in has no growth "
                 "of its own."),
        _counted("CNP-ai", "dense_block", 32, "the last layer makes 32 channels. What stands beside them in the "
                 "output?"),
        _counted("CNP-aj", "dense_block", 64 * 32, "channels are put one after another: they add up."),
        _counted("CNP-ak", "dense_block", 64 * 2**6, "each layer adds 32 channels; nothing doubles."),
        _counted("CNP-al", "inception", _convs(*_PLAIN, bias=False), "that is without biases. Each filter has one."),
        _counted("CNP-am", "inception", _convs(*_REDUCED), "that is with the 1x1 reductions."),
        _counted("CNP-an", "inception", _convs(*_PLAIN, (1, 192, 32)), "without reductions there is no 1x1 convolution "
                 "behind the pool either."),
        _counted("CNP-ao", "inception", _convs((1, 192, 64), (3, 64, 128), (5, 128, 32)), "the branches stand side by "
                 "side: each sees the 192 channels that come in."),
        _counted("CNP-ap", "inception", _convs((1, 192, 64), (3, 192, 128), (3, 192, 32)), "one of the branches has a "
                 "filter of 5x5."),
        _counted("CNP-aq", "inception_reduced", _convs(*_REDUCED, bias=False), "that is without biases. Each filter "
                 "has one, those of 1x1 too."),
        _counted("CNP-ar", "inception_reduced", _convs(*_REDUCED[:-1]), "the 1x1 convolution behind the pool is "
                 "missing."),
        _counted("CNP-ax", "inception_reduced", _convs(*_REDUCED[1:]), "the branch of 1x1 alone, with its 64 maps, is "
                 "there still."),
        _counted("CNP-as", "inception_reduced", _convs(*_PLAIN), "that is without the 1x1 reductions."),
        _counted("CNP-at", "inception_reduced", _convs((1, 192, 64), (3, 96, 128), (5, 16, 32), (1, 192, 32)), "the "
                 "1x1 convolutions before the large ones have weights as well."),
        _counted("CNP-au", "inception_reduced", _convs((1, 192, 64), (1, 192, 96), (3, 192, 128), (1, 192, 16),
                                                       (5, 192, 32), (1, 192, 32)), "behind a reduction a large filter "
                 "sees 96 or 16 channels, no longer 192."),
    ),
    hints=(
        "Go from layer to layer and write down the shape that comes out; pools and ReLU have no parameters.",
        "a convolution: (F F C + 1) K; a dense layer: (D_in + 1) D_out, with D_in = channels height width at the "
        "first one.",
        "lenet begins with (5 * 5 * 1 + 1) * 6 + (5 * 5 * 6 + 1) * 16",
    ),
    reminders={"type": "a dict of eight whole numbers",
               "value": "go from layer to layer: the channels that come in, the weights, the biases"},
    points=4,
    minutes=20, level=2, core=True,
    skeleton='parameters = {"lenet": ..., "alexnet": ..., "alexnet_no_dense_bias": ..., "vgg16_base": ..., '
             '"convnet": ...,\n              "dense_block": ..., "inception": ..., "inception_reduced": ...}',
)

# --- three small filters or a large one ---

_STACK = {"field": 7, "field_large": 7, "weights": 27 * 64**2, "weights_large": 49 * 64**2, "field_dilated": 15}


def _stacked(id, key, value, say):
    return Mistake(id, _STACK | {key: value}, f"{key}: {say}")


STACK = Exercise(
    id="8.16",
    title="three small or one large",
    debrief="The saving grows: L layers of 3 x 3 have 9 L C^2 weights, one window with the same field (2 L + 1)^2 C^2; "
            "for L = 7, 63 C^2 against 225 C^2.",
    kind="value",
    reference=_STACK,
    instances=lambda rng: [()],
    call=numbered(_STACK),
    rtol=0,
    atol=0.1,
    mistakes=(
        _stacked("STK-a", "field", 9, "windows of neighbors overlap: each layer adds two pixels, not three."),
        _stacked("STK-b", "field", 3, "that is what one layer sees in the layer below. What does that see?"),
        _stacked("STK-c", "field", 5, "that is after two layers."),
        _stacked("STK-d", "field", 27, "sizes do not multiply: a pixel more in the middle map is a pixel more in the "
                 "input."),
        _stacked("STK-e", "field", 49, "the side of the square, not its area."),
        _stacked("STK-f", "field_large", 49, "the side of the square, not its area."),
        _stacked("STK-g", "weights", 27, "these are the weights between one channel and one channel. There are 64 at "
                 "each end."),
        _stacked("STK-h", "weights", 27 * 64, "each filter sees all 64 channels that come in, and there are 64 "
                 "filters."),
        _stacked("STK-i", "weights", 9 * 64**2, "that is one of the three layers."),
        _stacked("STK-j", "weights", (9 * 64 + 1) * 64 * 3, "with its biases. Without them, please."),
        _stacked("STK-k", "weights", (9 * 64) ** 2, "nine taps for each pair of channels: the taps are not squared."),
        _stacked("STK-l", "weights_large", 49, "these are the weights between one channel and one channel. There are "
                 "64 at each end."),
        _stacked("STK-m", "weights_large", 49 * 64, "each filter sees all 64 channels that come in, and there are 64 "
                 "filters."),
        _stacked("STK-n", "weights_large", (49 * 64 + 1) * 64, "with its biases. Without them, please."),
        _stacked("STK-o", "weights_large", 7 * 64**2, "a filter of 7x7 has 49 taps."),
        _stacked("STK-p", "field_dilated", 7, "that is without dilation."),
        _stacked("STK-q", "field_dilated", 21, "windows of neighbors overlap: a layer adds its dilation twice, not "
                 "three times."),
        _stacked("STK-u", "field_dilated", 3 + 5 + 9, "the reaches of the three layers, side by side. They overlap: "
                 "each layer adds its reach less one."),
        _stacked("STK-r", "field_dilated", 9, "that is the reach of the last layer alone, 4 times 2 plus 1. What do "
                 "the other two add?"),
        _stacked("STK-s", "field_dilated", 14, "each layer adds twice its dilation to the pixel one begins with."),
        _stacked("STK-t", "field_dilated", 3 * 5 * 9, "fields do not multiply: each layer adds twice its dilation."),
    ),
    hints=(
        "Begin with one output pixel and go back a layer at a time: how many pixels in a row does it need there?",
        "field = 1 + sum of (f - 1) d over the layers (stride 1);  weights = F F C K for each layer.",
        "after the last layer is undone: 1 + 2 = 3 pixels",
    ),
    reminders={"type": "a dict of five whole numbers", "value": "fields are sides of squares; weights are without "
               "biases, of all layers together"},
    points=1,
    minutes=6, level=1, core=False,
    skeleton='stacked = {"field": ..., "field_large": ..., "weights": ..., "weights_large": ..., "field_dilated": ...}',
)

# --- back through a residual block ---


def _blocks(rng):
    def blocks(depth, D, scale=0.5):
        return tuple(scale * rng.normal(size=(D, D)) / np.sqrt(D) for _ in range(depth))

    return [(np.array([[1.0, 2.0]]), (np.array([[3.0, 0.0], [1.0, -1.0]]),)), (rng.normal(size=(3, 4)), blocks(1, 4)),
            (rng.normal(size=(4, 3)), blocks(2, 3)), case("twenty blocks", rng.normal(size=(2, 5)), blocks(20, 5))]


def _in_place(dout, F_backward):
    dout += F_backward(dout)
    return dout


def _copied(dout, F_backward):
    dx = np.array(dout, copy=True)
    dx += F_backward(dout)
    return dx


RESIDUAL = Exercise(
    id="8.17",
    title="residual_backward",
    debrief="Twenty factors 1 + F', multiplied out, are 2^20 paths, about a million: one of them passes no layer at "
            "all.",
    reference=lambda dout, F_backward: dout + F_backward(dout),
    instances=_blocks,
    call=calls.residual_backward,
    arguments=("dout", "weights"),
    contract=Contract(shapes={"dout": "N."}, whole="", zero="weights"),
    outputs=("dx", "length of dx over that of dout"),
    mistakes=(
        Mistake("RES-a", lambda dout, F_backward: F_backward(dout), "That is a block without its skip. By how many "
                "paths does x reach y?"),
        Mistake("RES-b", lambda dout, F_backward: dout, "Only the skip. The slope of x + F(x) is 1 plus that of F."),
        Mistake("RES-c", quiet(lambda dout, F_backward: dout * F_backward(dout)), "The two paths meet in a sum. What "
                "becomes of their gradients?"),
        Mistake("RES-d", quiet(lambda dout, F_backward: dout * (1 + F_backward(dout))), "1 + F' is applied to dout, "
                "and F_backward has applied F' already: what is left is a sum."),
        Mistake("RES-m", quiet(lambda dout, F_backward: dout * (1 + F_backward(np.ones_like(dout)))), "F_backward is "
                "no number F' to multiply by: it takes the gradient that arrives, dout, and gives what is left behind "
                "F."),
        Mistake("RES-e", quiet(lambda dout, F_backward: 1 + F_backward(dout)), "The skip hands on what arrives, dout; "
                "it is 1 only where dout is."),
        Mistake("RES-f", lambda dout, F_backward: (dout + F_backward(dout)) / 2, "A mean of the two paths. Each gets "
                "the whole gradient, and x gets their sum."),
        Mistake("RES-g", quiet(lambda dout, F_backward: dout + F_backward(F_backward(dout))), "The gradient has been "
                "through F twice."),
        Mistake("RES-h", quiet(lambda dout, F_backward: dout - F_backward(dout)), "Which sign stands between x and "
                "F(x)?"),
        Mistake("RES-i", quiet(lambda dout, F_backward: dout + F_backward(np.ones_like(dout))), "F_backward wants the "
                "gradient that arrives at the output of F. Is that 1?"),
        Mistake("RES-j", lambda dout, F_backward: 2 * dout + F_backward(dout), "The skip counts twice. By how many "
                "paths does x reach y?"),
        Mistake("RES-k", _in_place, "dout itself has been changed: += works inside of the array that the caller still "
                "holds. Make a new one."),
        Mistake("RES-l", quiet(lambda dout, F_backward: F_backward(dout + F_backward(dout))), "Everything goes through "
                "F once more at the end. The skip leads past it."),
    ),
    hints=(
        "x reaches y on two paths, straight and through F. Gradients of two paths into the same x add up.",
        "dx = dout + (gradient of F's input when dout arrives at F's output).",
        "F_backward(dout) is what comes through F",
    ),
    reminders={"shape": "dx has the shape of dout", "value": "each of the two paths brings its gradient; the check "
               "goes back through several blocks, the last one first"},
    points=1,
    minutes=5, level=1, core=False,
    variants=(lambda dout, F_backward: F_backward(dout) + 1.0 * dout, _copied,
              lambda dout, F_backward: np.add(dout, F_backward(dout.copy()))),
)

EXERCISES = (PARAMETERS, STACK, RESIDUAL)

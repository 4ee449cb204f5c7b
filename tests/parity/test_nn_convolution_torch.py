"""Convolutions, pooling and blocks as layers against PyTorch, on shapes that Hypothesis draws, and whole networks."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import imported

from course_lib import nn
from course_lib.nn import architectures as arch

torch = imported("PyTorch")
sys.path.insert(0, str(Path(__file__).parent))
nn_torch = importlib.import_module("test_nn_torch")

RNG = np.random.default_rng(8)


def compare(layer, shape):
    """Output and all gradients on random numbers of this shape."""
    if getattr(layer, "bias", None) is not None:
        layer.bias = RNG.standard_normal(layer.bias.data.shape)
    x = RNG.standard_normal(shape)
    nn_torch.compare(layer, x, RNG.standard_normal(layer(x).shape))


def sizes(draw, axes, low, high):
    """One number for all axes, or one each."""
    one = st.integers(low, high)
    return draw(st.one_of(one, st.tuples(*[one] * axes)))


def each(value, axes):
    return value if isinstance(value, tuple) else (value,) * axes


@st.composite
def layers(draw, kind, axes, grouped=True):
    """A layer and the shape of an input that is large enough for it."""
    groups = draw(st.integers(1, 3)) if grouped else 1
    channels, out = (groups * draw(st.integers(1, 3)) for _ in range(2))
    f, dilation = sizes(draw, axes, 1, 4 if axes < 3 else 2), sizes(draw, axes, 1, 2)
    stride, padding = sizes(draw, axes, 1, 3), draw(st.sampled_from(["number", "same", "valid"]))
    named = {"groups": groups, "padding_mode": draw(st.sampled_from(["zeros", "reflect", "replicate"]))}
    if padding == "same":
        stride = 1
    elif padding == "number":
        padding = sizes(draw, axes, 0, 2)
    spans = [(size - 1) * gap + 1 for size, gap in zip(each(f, axes), each(dilation, axes), strict=True)]
    sides = [draw(st.integers(max(span, 3), span + 4)) for span in spans]
    layer = kind(channels, out, f, stride, padding, dilation=dilation, bias=draw(st.booleans()),
                 **(named if grouped else {}))
    return layer, (draw(st.integers(1, 3)), channels, *sides)


@given(layers(nn.Conv1d, 1))
@settings(max_examples=60, deadline=None)
def test_conv1d(drawn):
    compare(*drawn)


@given(layers(nn.Conv2d, 2))
@settings(max_examples=120, deadline=None)
def test_conv2d(drawn):
    compare(*drawn)


@given(layers(nn.Conv3d, 3, grouped=False))
@settings(max_examples=40, deadline=None)
def test_conv3d(drawn):
    compare(*drawn)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_transposed(data):
    f, stride = sizes(data.draw, 2, 1, 4), sizes(data.draw, 2, 1, 3)
    padding = data.draw(st.integers(0, (min(each(f, 2)) - 1) // 2))
    channels, out = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    sides = [data.draw(st.integers(1, 5)) for _ in range(2)]
    compare(nn.ConvTranspose2d(channels, out, f, stride, padding, bias=data.draw(st.booleans())),
            (data.draw(st.integers(1, 3)), channels, *sides))


@pytest.mark.parametrize("kind", [nn.MaxPool2d, nn.AvgPool2d, nn.L2Pool2d])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_pooling(kind, data):
    f = sizes(data.draw, 2, 1, 4)
    stride = data.draw(st.sampled_from([None, sizes(data.draw, 2, 1, 3)]))
    padding = 0 if kind is nn.L2Pool2d else data.draw(st.integers(0, min(each(f, 2)) // 2))
    sides = [data.draw(st.integers(size, size + 5)) for size in each(f, 2)]
    compare(kind(f, stride, padding), (2, data.draw(st.integers(1, 3)), *sides))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_size_to_a_given_one(data):
    shape = (2, 2, *(data.draw(st.integers(1, 9)) for _ in range(2)))
    out = tuple(data.draw(st.integers(1, side)) for side in shape[2:])
    for layer in (nn.AdaptiveAvgPool2d(out), nn.AdaptiveMaxPool2d(out), nn.GlobalAvgPool(), nn.Upsample(out[0])):
        compare(layer, shape)


def test_ties_go_to_the_first_maximum():
    x = RNG.integers(0, 2, (3, 2, 7, 6)).astype(float)
    for layer in (nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2), nn.AdaptiveMaxPool2d((3, 2))):
        nn_torch.compare(layer, x, RNG.standard_normal(layer(x).shape))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_local_response_norm(size):
    compare(nn.LocalResponseNorm(size, 0.7, 0.75, 2.0), (2, 6, 3, 2))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", arch.ARCHITECTURES)
def test_networks(name, training):
    """At a sixteenth of the width; dropout, whose masks are others, left out."""
    layers, shape = arch.ARCHITECTURES[name]
    layers = [layer for layer in layers if not isinstance(layer, arch.Dropout)]
    shape = {"LeNet-5": shape, "AlexNet": (3, 67, 67)}.get(name, (3, 64, 64))
    net = arch.build(layers, shape, 1 / 16, np.random.default_rng(0), np.float64).train(training)
    theirs = nn_torch.torch_net(net).train(training)
    x = RNG.standard_normal((2, *shape))
    out, inputs = net(x), torch.tensor(x, requires_grad=True)
    expected, dout = theirs(inputs), RNG.standard_normal(out.shape)
    expected.backward(torch.tensor(dout))
    pairs = [(out, expected.detach().numpy()), (net.backward(dout), inputs.grad.numpy())]
    gradients = dict(theirs.named_parameters())
    pairs += [(parameter.grad, nn_torch.from_torch(name, gradients[name].grad))
              for name, parameter in net.named_parameters().items()]
    for ours, other in pairs:  # rounding grows with the depth
        np.testing.assert_allclose(ours, other, rtol=1e-6, atol=1e-6 * np.abs(other).max())

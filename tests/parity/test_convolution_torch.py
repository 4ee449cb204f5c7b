"""Convolution and pooling against PyTorch, gradients included: drawn shapes, strides, paddings, dilations, groups."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import imported

from course_lib import ops

torch = imported("PyTorch")
sys.path.insert(0, str(Path(__file__).parent))
make_golden = importlib.import_module("make_golden")

nn, F = torch.nn, torch.nn.functional
DRAWN = settings(max_examples=60, deadline=None, derandomize=True)
DTYPES = [np.float64, np.float32]
CONVOLUTIONS = {1: (ops.conv1d_forward, ops.conv1d_backward, nn.Conv1d),
                2: (ops.conv2d_forward, ops.conv2d_backward, nn.Conv2d),
                3: (ops.conv3d_forward, ops.conv3d_backward, nn.Conv3d)}


def numbers(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


def tensor(array):
    return torch.tensor(array, requires_grad=True)


def close(given, expected, dtype):
    expected = expected.detach().numpy()
    assert given.shape == expected.shape and given.dtype == expected.dtype
    tolerance = {"rtol": 1e-10, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-4}
    np.testing.assert_allclose(given, expected, **tolerance)


def compare(forward, backward, theirs, arrays, rng, dtype):
    """Outputs and all gradients, for one dout."""
    tensors = [tensor(array) for array in arrays]
    expected = theirs(*tensors)
    out, cache = forward(*arrays)
    close(out, expected, dtype)
    dout = numbers(rng, out.shape, dtype)
    expected.backward(torch.tensor(dout))
    gradients = backward(dout, cache)
    for gradient, each in zip(gradients if isinstance(gradients, tuple) else (gradients,), tensors, strict=True):
        close(gradient, each.grad, dtype)


@st.composite
def layers(draw, axes):
    """PyTorch's arguments of a layer, the sides of an image that it fits, and a seed."""
    each = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))
    size, stride, dilation, pad = each(1, 4), each(1, 3), each(1, 3), each(0, 3)
    padding = draw(st.sampled_from(["same", "valid", pad, pad]))
    if padding == "same":
        stride = (1,) * axes
    groups = draw(st.integers(1, 3)) if axes < 3 else 1
    mode = draw(st.sampled_from(["zeros", "reflect", "replicate"])) if axes < 3 else "zeros"
    added = {"same": tuple(d * (f - 1) for f, d in zip(size, dilation, strict=True)), "valid": (0,) * axes}.get(
        padding, tuple(2 * p for p in pad))
    low = [max(d * (f - 1) + 1 - a, -(-a // 2) + 1 if mode == "reflect" else 1)
           for f, d, a in zip(size, dilation, added, strict=True)]
    sides = tuple(draw(st.integers(n, n + 6)) for n in low)
    channels = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    return channels, sides, dict(kernel_size=size, stride=stride, padding=padding, dilation=dilation, groups=groups,
                                 padding_mode=mode, bias=draw(st.booleans())), draw(st.integers(0, 999))


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axes", CONVOLUTIONS)
@DRAWN
@given(data=st.data())
def test_convolution(axes, dtype, data):
    (C, K), sides, how, seed = data.draw(layers(axes))
    forward, backward, module = CONVOLUTIONS[axes]
    rng = np.random.default_rng(seed)
    x = numbers(rng, (data.draw(st.integers(1, 3)), C, *sides), dtype)
    w = numbers(rng, (K, C // how["groups"], *how["kernel_size"]), dtype)
    b = numbers(rng, K, dtype) if how["bias"] else None
    layer = module(C, K, **how)

    def theirs(x, w, b=None):
        return torch.func.functional_call(layer, {"weight": w} | ({} if b is None else {"bias": b}), (x,))

    named = {"stride": how["stride"], "pad": how["padding"], "dilation": how["dilation"]}
    if axes < 3:
        named |= {"groups": how["groups"], "mode": how["padding_mode"]}
    arrays = (x, w) if b is None else (x, w, b)
    compare(lambda x, w, b=None: forward(x, w, b, **named),
            lambda dout, cache: tuple(d for d in backward(dout, cache) if d is not None), theirs, arrays, rng, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@DRAWN
@given(N=st.integers(1, 3), C=st.integers(1, 3), K=st.integers(1, 3), seed=st.integers(0, 999),
       size=st.tuples(*[st.integers(1, 4)] * 2), stride=st.tuples(*[st.integers(1, 3)] * 2), data=st.data())
def test_transposed_convolution(dtype, N, C, K, seed, size, stride, data):
    sides = tuple(data.draw(st.integers(1, 6)) for _ in range(2))
    pad = tuple(data.draw(st.integers(0, ((n - 1) * s + f - 1) // 2))
                for n, s, f in zip(sides, stride, size, strict=True))
    rng = np.random.default_rng(seed)
    arrays = numbers(rng, (N, C, *sides), dtype), numbers(rng, (C, K, *size), dtype), numbers(rng, K, dtype)
    compare(lambda x, w, b: ops.transposed_conv2d_forward(x, w, b, stride, pad), ops.transposed_conv2d_backward,
            lambda x, w, b: F.conv_transpose2d(x, w, b, stride, pad), arrays, rng, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("shape", "filters", "how"), [
    ((5, 16, 28, 28), (32, 16, 3, 3), {"padding": 1}),
    ((3, 6, 31, 17), (12, 2, 5, 4), {"stride": 2, "groups": 3, "dilation": 2}),
    ((2, 64, 14, 14), (64, 1, 3, 3), {"groups": 64, "padding": "same"}),
    ((2, 64, 9, 9), (32, 64, 1, 1), {}),
])
def test_layers_of_usual_size(shape, filters, how, dtype):
    rng = np.random.default_rng(3)
    arrays = numbers(rng, shape, dtype), numbers(rng, filters, dtype) / dtype(8), numbers(rng, filters[0], dtype)
    named = {("pad" if name == "padding" else name): value for name, value in how.items()}
    compare(lambda x, w, b: ops.conv2d_forward(x, w, b, **named), ops.conv2d_backward,
            lambda x, w, b: F.conv2d(x, w, b, **how), [array / dtype(4) for array in arrays], rng, dtype)


SLIDING = {"maxpool2d": F.max_pool2d, "avgpool2d": F.avg_pool2d,
           "l2pool2d": lambda x, size, stride, pad: F.lp_pool2d(F.pad(x, (pad[1], pad[1], pad[0], pad[0])), 2, size,
                                                                stride)}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SLIDING)
@DRAWN
@given(data=st.data())
def test_pooling(name, dtype, data):
    size, stride = (tuple(data.draw(st.integers(1, 4)) for _ in range(2)) for _ in range(2))
    # PyTorch's L2 pooling has no slope where a window holds zeros alone, as one of size 1 in the padding does.
    pad = tuple(data.draw(st.integers(0, (f - 1 if name == "l2pool2d" else f) // 2)) for f in size)
    sides = tuple(data.draw(st.integers(f, f + 6)) for f in size)
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    x = numbers(rng, (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)), *sides), dtype)
    forward, backward = (getattr(ops, f"{name}_{way}") for way in ("forward", "backward"))
    compare(lambda x: forward(x, size, stride, pad), backward, lambda x: SLIDING[name](x, size, stride, pad), (x,), rng,
            dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 9999))
def test_ties_of_max_pooling(dtype, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (2, 2, 7, 6)).astype(dtype)
    size, stride = (int(each) for each in rng.integers(1, 4, 2))
    compare(lambda x: ops.maxpool2d_forward(x, size, stride, size // 2), ops.maxpool2d_backward,
            lambda x: F.max_pool2d(x, size, stride, size // 2), (x,), rng, dtype)
    compare(lambda x: ops.adaptive_maxpool2d_forward(x, size), ops.adaptive_maxpool2d_backward,
            lambda x: F.adaptive_max_pool2d(x, size), (x,), rng, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@DRAWN
@given(shape=st.tuples(*[st.integers(1, 8)] * 4), size=st.tuples(*[st.integers(1, 5)] * 2), seed=st.integers(0, 999))
def test_adaptive_pooling_and_upsampling(dtype, shape, size, seed):
    rng = np.random.default_rng(seed)
    x = (numbers(rng, shape, dtype),)
    for name, theirs in (("adaptive_avgpool2d", F.adaptive_avg_pool2d), ("adaptive_maxpool2d", F.adaptive_max_pool2d)):
        forward, backward = (getattr(ops, f"{name}_{way}") for way in ("forward", "backward"))
        compare(lambda x, f=forward: f(x, size), backward, lambda x, f=theirs: f(x, size), x, rng, dtype)
    compare(ops.global_avgpool_forward, ops.global_avgpool_backward, lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
            x, rng, dtype)
    compare(ops.global_maxpool_forward, ops.global_maxpool_backward, lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
            x, rng, dtype)
    compare(lambda x: ops.upsample_nearest_forward(x, size), ops.upsample_nearest_backward,
            lambda x: F.interpolate(x, scale_factor=size, mode="nearest"), x, rng, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@DRAWN
@given(shape=st.tuples(*[st.integers(1, 7)] * 4), size=st.integers(1, 7), alpha=st.floats(0, 2), beta=st.floats(0.1, 2),
       k=st.floats(0.5, 3), seed=st.integers(0, 999))
def test_local_response(dtype, shape, size, alpha, beta, k, seed):
    rng = np.random.default_rng(seed)
    compare(lambda x: ops.lrn_forward(x, size, alpha, beta, k), ops.lrn_backward,
            lambda x: F.local_response_norm(x, size, alpha, beta, k), (numbers(rng, shape, dtype),), rng, dtype)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_frozen_answers_are_what_pytorch_answers():
    frozen, fresh = dict(np.load(make_golden.CONVOLUTION_PATH)), make_golden.convolution_golden()
    assert set(frozen) == set(fresh)
    for name, value in fresh.items():
        np.testing.assert_allclose(frozen[name], value, rtol=1e-12, atol=1e-13)

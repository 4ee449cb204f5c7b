"""Convolutions, pooling and blocks as layers: what they start from, keep and refuse. Gradients: test_nn_modules."""

import numpy as np
import pytest

from course_lib import nn, ops, optim

RNG = np.random.default_rng(3)


def images(*shape, dtype=np.float64):
    return RNG.standard_normal(shape).astype(dtype)


# ---- weights -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "weight"), [
    (nn.Conv1d(4, 6, 5), (6, 4, 5)), (nn.Conv2d(4, 6, (3, 2), groups=2), (6, 2, 3, 2)),
    (nn.Conv2d(4, 4, 3, groups=4), (4, 1, 3, 3)), (nn.Conv3d(2, 3, 2), (3, 2, 2, 2, 2)),
    (nn.ConvTranspose2d(4, 6, (3, 2)), (4, 6, 3, 2))])
def test_shapes_of_weights_are_those_of_pytorch(layer, weight):
    assert layer.weight.data.shape == weight
    assert layer.bias.data.shape == (layer.out_channels,) and not layer.bias.data.any()
    assert list(layer.named_parameters()) == ["weight", "bias"]


@pytest.mark.parametrize(("init", "variance"), [("normal", 1 / 72), ("he", 2 / 72), (0.5, 0.25)])
def test_weights_start_as_those_of_a_linear_layer_of_one_window(init, variance):
    weight = nn.Conv2d(8, 400, 3, rng=np.random.default_rng(0), init=init).weight.data
    assert np.var(weight) == pytest.approx(variance, rel=0.03)
    grouped = nn.Conv2d(16, 400, 3, groups=2, rng=np.random.default_rng(0), init=init).weight.data
    np.testing.assert_array_equal(weight, grouped)


def test_the_maps_of_a_random_layer_are_as_large_as_its_input():
    out = nn.Conv2d(16, 64, 3, padding=1, rng=np.random.default_rng(1))(images(4, 16, 12, 12))
    assert np.std(out[..., 1:-1, 1:-1]) == pytest.approx(1, abs=0.1)


def test_no_bias():
    layer = nn.Conv2d(2, 3, 3, bias=False)
    assert layer.bias is None and list(layer.named_parameters()) == ["weight"]
    layer.backward(np.ones_like(layer(images(1, 2, 4, 4))))
    with pytest.raises(TypeError, match=r"has no bias that ndarray could be written into.*bias=False"):
        layer.bias = np.ones(3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_kind_of_number_is_kept(dtype):
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, dtype=dtype), nn.LocalResponseNorm(3), nn.MaxPool2d(2), nn.L2Pool2d(2), nn.Upsample(2),
        nn.Residual(nn.Conv2d(4, 4, 1, dtype=dtype)),
        nn.Concat(nn.Sequential(), nn.ConvTranspose2d(4, 2, 1, dtype=dtype)),
        nn.DenseBlock(nn.Conv2d(6, 2, 1, dtype=dtype)), nn.AvgPool2d(2), nn.GlobalAvgPool())
    out = net(images(2, 1, 10, 10, dtype=dtype))
    assert out.dtype == dtype and net.backward(out).dtype == dtype


def test_a_net_of_convolutions_trains():
    """Horizontal and vertical stripes; a filter of 3x3 is enough."""
    stripes = np.zeros((40, 1, 8, 8), np.float32)
    y = np.arange(40) % 2
    for image, kind in zip(stripes, y, strict=True):
        image[0, RNG.integers(2) :: 2] = 1
        if kind:
            image[0] = image[0].T.copy()
    net = nn.Sequential(nn.Conv2d(1, 4, 3, rng=np.random.default_rng(0), dtype=np.float32), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Flatten(), nn.Linear(36, 2, rng=np.random.default_rng(1), dtype=np.float32))
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.Adam(net.parameters(), lr=0.02), stripes, y, epochs=15,
                     batch_size=8)
    assert history.loss[-1] < 0.1 * history.loss[0]
    assert (net.eval()(stripes).argmax(axis=1) == y).all()


# ---- sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "given", "expected"), [
    (nn.Conv2d(1, 6, 5, padding=2), (1, 28, 28), (6, 28, 28)), (nn.Conv2d(3, 50, 9, 2), (3, 64, 64), (50, 28, 28)),
    (nn.Conv2d(3, 4, 4, padding="same"), (3, 7, 6), (4, 7, 6)), (nn.Conv2d(128, 32, 1), (128, 64, 64), (32, 64, 64)),
    (nn.Conv2d(1, 1, 3, dilation=2), (1, 9, 7), (1, 5, 3)), (nn.ConvTranspose2d(1, 1, 2), (1, 2, 2), (1, 3, 3)),
    (nn.ConvTranspose2d(2, 3, 4, 2, 1), (2, 5, 7), (3, 10, 14)), (nn.MaxPool2d(2), (3, 7, 6), (3, 3, 3)),
    (nn.MaxPool2d(3, 2, 1), (3, 112, 112), (3, 56, 56)), (nn.AdaptiveAvgPool2d((2, 3)), (3, 7, 6), (3, 2, 3)),
    (nn.AdaptiveMaxPool2d(1), (3, 7, 6), (3, 1, 1)), (nn.GlobalAvgPool(), (3, 7, 6), (3,)),
    (nn.Upsample(3), (3, 2, 1), (3, 6, 3))])
def test_output_shapes(layer, given, expected):
    assert layer(images(2, *given)).shape == (2, *expected)


def test_names_in_a_summary(capsys):
    net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2), nn.Conv2d(6, 8, (1, 3), 2, groups=2),
                        nn.AvgPool2d(3, 2, 1), nn.ConvTranspose2d(8, 2, 2), nn.AdaptiveAvgPool2d(2), nn.GlobalAvgPool())
    net.summary((1, 28, 28))
    names = [line[:line.index("  (N")].rstrip() for line in capsys.readouterr().out.splitlines()[2:-1]]
    assert names == ["Conv2d(1, 6, 5, padding=2)", "MaxPool2d(2)", "Conv2d(6, 8, (1, 3), stride=2, groups=2)",
                     "AvgPool2d(3, stride=2, padding=1)", "ConvTranspose2d(8, 2, 2)", "AdaptiveAvgPool2d(2)",
                     "GlobalAvgPool()"]


# ---- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "cause"), [
    ((4, 8, 8), r"gray images without their channel; x\[:, None\]"), ((4, 8, 8, 1), "channels stand last"),
    ((4, 3, 8, 8), r"expected \(N, 1, H, W\)"), ((0, 1, 8, 8), "at least one sample")])
def test_images_of_another_form(shape, cause):
    with pytest.raises(ValueError, match=rf"Conv2d\(1, 2, 3\) got x of shape .*{cause}"):
        nn.Conv2d(1, 2, 3)(np.zeros(shape))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups=2 does not divide in_channels=3"),
    (lambda: nn.Conv2d(4, 3, 3, groups=2), "groups=2 does not divide out_channels=3"),
    (lambda: nn.Conv2d(3, 4, (3, 3, 3)), r"kernel_size=\(3, 3, 3\), expected one whole number, or a tuple of 2"),
    (lambda: nn.Conv2d(3, 4, 3, padding="full"), "padding='full', expected one of 'same', 'valid'"),
    (lambda: nn.Conv2d(3, 4, 3, padding_mode="circular"), "padding_mode='circular', expected one of"),
    (lambda: nn.Concat(), "no branch"),
    (lambda: nn.Conv2d(1, 1, 9)(images(1, 1, 8, 8)), "a window of 9 does not fit"),
    (lambda: nn.Residual(nn.Conv2d(2, 3, 1))(images(1, 2, 4, 4)), r"turns \(1, 2, 4, 4\) into \(1, 3, 4, 4\)"),
    (lambda: nn.Concat(nn.Identity(), nn.Conv2d(2, 3, 3))(images(1, 2, 4, 4)), "a padding that is missing"),
    (lambda: nn.DenseBlock(nn.Conv2d(2, 3, 3))(images(1, 2, 4, 4)), "a padding that is missing")])
def test_wrong_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_transposed_convolution_has_no_padding_by_name():
    with pytest.raises(TypeError, match="padding='same', expected a whole number of at least 0"):
        nn.ConvTranspose2d(3, 4, 3, padding="same")


@pytest.mark.parametrize("make", [nn.Residual, nn.Concat, nn.DenseBlock])
def test_a_block_takes_layers(make):
    for wrong in (nn.ReLU, [nn.ReLU()]):
        with pytest.raises(TypeError, match=rf"{make.__name__} got .*expected layers"):
            make(wrong)


# ---- blocks ------------------------------------------------------------------------------------------------


def test_a_residual_block_of_nothing_passes_twice_its_input():
    block, x = nn.Residual(nn.Identity()), images(2, 3, 4, 4)
    np.testing.assert_array_equal(block(x), 2 * x)
    np.testing.assert_array_equal(block.backward(x), 2 * x)


def test_the_gradient_of_a_deep_residual_net_lives():
    """Twenty layers of small weights: without skips nothing is left of the gradient."""
    def gradient(make):
        rng = np.random.default_rng(0)
        net = nn.Sequential(*(make(nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, rng=rng, init=0.05), nn.ReLU()))
                              for _ in range(20)))
        return np.linalg.norm(net.backward(np.ones_like(net(images(1, 4, 6, 6)))))

    assert gradient(nn.Residual) > 1 > 1e6 * gradient(nn.Sequential)


def test_branches_stand_side_by_side():
    x = images(2, 3, 4, 4)
    one, pool = nn.Conv2d(3, 2, 1), nn.MaxPool2d(3, 1, 1)
    out = nn.Concat(one, pool)(x)
    np.testing.assert_array_equal(out[:, :2], one(x))
    np.testing.assert_array_equal(out[:, 2:], ops.maxpool2d_forward(x, 3, 1, 1)[0])


def test_a_dense_block_grows_by_what_each_layer_adds():
    x = images(2, 3, 4, 4)
    block = nn.DenseBlock(*(nn.Conv2d(3 + 2 * k, 2, 3, padding=1) for k in range(4)))
    out = block(x)
    assert out.shape == (2, 11, 4, 4)
    np.testing.assert_array_equal(out[:, :3], x)
    np.testing.assert_array_equal(out[:, 9:], block.layers[3](out[:, :9]))

"""Training runs of convolutional nets against the same nets built from the layers of `nn`."""

import numpy as np
import pytest
from needs import needs

from course_lib import convnet, datasets, nn
from course_lib.kernels import vectors
from course_lib.nn.architectures import (
    LENET5,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    ReLU,
    Sigmoid,
    Tanh,
    build,
)

#: name -> layers, input shape. A tile of another size is another kernel to compile: 5, 9 and 10 filters need one size
NETS = {
    "LeNet-5": (LENET5, (1, 28, 28)),
    "3x3, two in a row, odd sizes": (
        (Conv(5, 3, pad=1), ReLU(), Conv(9, 3, pad=1), ReLU(), MaxPool(2), Flatten(), Dense(5)), (3, 9, 7)),
    "overlapping maximum, average, tanh": (
        (Conv(10, 2), MaxPool(3, 2), ReLU(), AvgPool(2), Flatten(), Dense(9), Tanh(), Dense(5)), (2, 11, 12)),
    "1x1, without bias, maximum before ReLU": (
        (Conv(9, 1, bias=False), MaxPool(2), ReLU(), AvgPool(3, 1, 1), Conv(10, 3), Flatten(), Dense(5, bias=False)),
        (2, 8, 9)),
    "padding wider than the filter, mean of maps": (
        (Conv(10, 2, pad=3), ReLU(), Conv(9, 1, pad=1), Sigmoid(), GlobalAvgPool(), Dense(5)), (1, 4, 5)),
    "padding wider than the filter, a row left over by the pooling": (
        (Conv(1, 3), Conv(1, 3, pad=6, bias=False), MaxPool(2), Flatten(), Dense(5)), (1, 9, 4)),
    "maximum of the images, large window": (
        (MaxPool(2, 1, 1), Conv(5, 3), MaxPool(16), Flatten(), ReLU(), Dense(5)), (1, 17, 18)),
    "no convolution": ((Flatten(), Dense(5), ReLU(), Dense(5)), (1, 3, 3)),
    "no ReLU, no pooling": ((Conv(10, 4, pad=2), Conv(5, 3), Flatten(), Dense(5)), (1, 6, 6)),
}
#: less than a block, a part of a second one; whatever the processor's blocks are
SAMPLES = (1, 5, vectors.LANES + 3)


def problem(shape, classes, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, *shape)).astype(dtype), rng.integers(0, classes, n)


def built(layers, shape, seed=0, dtype=np.float64):
    return build(layers, shape, rng=np.random.default_rng(seed), dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", SAMPLES)
@pytest.mark.parametrize("name", NETS)
def test_gradients_equal_those_of_the_layers(name, n, dtype):
    layers, shape = NETS[name]
    X, y = problem(shape, layers[-1].out, n, dtype)
    net, loss = built(layers, shape, dtype=dtype), nn.CrossEntropyLoss()
    value = loss(net(X), y)
    net.backward(loss.backward())
    run = convnet.train(X, y, layers, epochs=1, batch=n, rule="sgd", lr=1.0, dtype=dtype)
    tolerance = 1e-11 if dtype == np.float64 else 2e-5
    assert run.loss[0] == pytest.approx(value, rel=tolerance)
    for key, parameter in net.named_parameters().items():
        moved, size = parameter.data - run.params[key], np.abs([parameter.data, parameter.grad]).max()
        np.testing.assert_allclose(moved, parameter.grad, rtol=0, atol=tolerance * size, err_msg=key)


@pytest.mark.parametrize("name", NETS)
def test_scores_and_maps_equal_those_of_the_layers(name):
    layers, shape = NETS[name]
    X, y = problem(shape, layers[-1].out, vectors.LANES + 1)
    run, net = convnet.train(X, y, layers, epochs=0, dtype=np.float64), built(layers, shape).eval()
    np.testing.assert_allclose(run.scores(X), net(X), atol=1e-12)
    np.testing.assert_allclose(run.predict(X).sum(axis=1), 1)
    now = X
    for number, found in enumerate(run.maps(X)):
        now = net[number](now)
        np.testing.assert_allclose(found, now, atol=1e-12, err_msg=f"layer {number}")


# ---- runs ------------------------------------------------------------------------------------------------------------

TINY = (Conv(5, 3, pad=1), ReLU(), MaxPool(2), Flatten(), Dense(5))
SHAPE = (1, 8, 8)
IMAGES, LABELS = problem(SHAPE, 5, 70)


def tiny(**settings):
    settings = {"epochs": 3, "batch": 20, "dtype": np.float64, **settings}
    return convnet.train(IMAGES, LABELS, settings.pop("layers", TINY), **settings)


def same(one, other, **tolerance):
    np.testing.assert_allclose(one.flat, other.flat, **({"rtol": 0, "atol": 0} | tolerance))


def test_a_seed_gives_the_same_run_and_another_seed_another():
    layers = (*TINY[:-1], Dropout(0.4), TINY[-1])
    same(tiny(layers=layers, shift=2), tiny(layers=layers, shift=2))
    assert not np.allclose(tiny(seed=1).flat, tiny().flat)


def test_a_run_learns():
    run = tiny(epochs=60, lr=0.01)
    assert run.loss[-1] < 0.2 * run.loss[0]
    assert run.accuracy[-1] > 0.95
    assert run.evaluate(IMAGES, LABELS)[1] > 0.95


@pytest.mark.parametrize("settings", [{}, {"rule": "momentum", "momentum": 0.8, "weight_decay": 0.1}, {"shift": 1}])
def test_going_on_is_one_long_run(settings):
    layers = (*TINY[:-1], Dropout(0.4), TINY[-1])
    whole = tiny(layers=layers, epochs=4, **settings)
    first = tiny(layers=layers, epochs=1, **settings)
    rest = tiny(layers=layers, epochs=3, after=first, **settings)
    same(rest, whole)
    assert (rest.epochs, rest.steps) == (whole.epochs, whole.steps) == (4, 16)
    np.testing.assert_array_equal(np.append(first.loss, rest.loss), whole.loss)


def test_another_rule_that_keeps_the_same_goes_on():
    first = tiny(epochs=1)
    same(tiny(epochs=1, after=first, rule="adamw", weight_decay=0.0), tiny(epochs=2), atol=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_exception_of_a_callback_comes_through(threads):
    class Own(Exception):
        pass

    def fail(_):
        raise Own

    for settings in ({"on_epoch": fail}, {"schedule": fail}):
        with pytest.raises(Own):
            tiny(threads=threads, **settings)
    same(tiny(threads=threads), tiny(), atol=1e-12)  # and nothing is left behind


def test_two_threads_differ_by_rounding_alone():
    n = 3 * vectors.LANES + 1  # blocks of one thread and the other, the last one not full
    X, y = problem(SHAPE, 3, n)
    one, two = (convnet.train(X, y, TINY, epochs=2, batch=n, dtype=np.float64, threads=count) for count in (1, 2))
    same(one, two, atol=1e-12)
    np.testing.assert_allclose(one.loss, two.loss, rtol=1e-12)


def test_weight_decay_spares_biases():
    start = tiny(epochs=0)
    moved = tiny(epochs=1, batch=70, rule="sgd", lr=0.1, weight_decay=0.5)
    plain = tiny(epochs=1, batch=70, rule="sgd", lr=0.1)
    for name, before in start.params.items():
        expected = 0.1 * 0.5 * before if name.endswith("weight") else 0 * before
        np.testing.assert_allclose(plain.params[name] - moved.params[name], expected, atol=1e-12)


def test_other_rules_take_their_settings():
    for rule, settings in (("sgd", {}), ("nesterov", {"momentum": 0.5}), ("rmsprop", {"alpha": 0.9}), ("adamw", {})):
        assert np.isfinite(tiny(rule=rule, **settings).loss).all()
    with pytest.raises(TypeError, match="no setting of the rule 'sgd'"):
        tiny(rule="sgd", momentum=0.9)


def test_pixels_are_divided_by_255():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8)).astype(np.uint8)
    runs = [convnet.train(X, LABELS[:40], TINY, epochs=2, dtype=np.float64) for X in (pixels, pixels / 255)]
    same(*runs, atol=1e-12)
    np.testing.assert_allclose(runs[0].scores(pixels), runs[1].scores(pixels[:, None] / 255), atol=1e-12)


def test_shifts_move_images_by_whole_pixels_and_zeros_in():
    """The largest pixel of a picture with one pixel says where it went."""
    from course_lib.kernels import lanes

    images, rng = np.zeros((50, 1, 8, 8)), np.random.default_rng(0)
    images[:, 0, 4, 4] = 1
    moves = rng.integers(-2, 3, (50, 2))
    x = vectors.aligned((1, 8, 8, vectors.lanes_of(np.float64)), np.float64)
    lanes.gather(images, np.arange(50), 0, moves, 1.0, x, 0)
    for lane in range(x.shape[3]):
        assert tuple(np.argwhere(x[0, ..., lane])[0]) == (4 + moves[lane, 0], 4 + moves[lane, 1])
        assert x[0, ..., lane].sum() == 1
    assert not np.allclose(tiny(shift=2).flat, tiny().flat)


def test_dropout_acts_in_training_only_and_keeps_the_mean():
    layers = (Flatten(), Dense(400), Dropout(0.75), Dense(2))
    X, y = np.ones((4000, 1, 2, 2)), np.zeros(4000, int)
    run = convnet.train(X, y, layers, epochs=1, batch=4000, rule="sgd", lr=0.0, dtype=np.float64)
    loss, _ = run.evaluate(X, y)
    assert run.loss[0] != loss
    scores = run.scores(X[:1])
    np.testing.assert_array_equal(scores, run.edited({}).scores(X[:1]))


def test_validation_is_recorded_after_each_pass():
    seen = []
    run = tiny(X_val=IMAGES[:9], y_val=LABELS[:9], on_epoch=seen.append)
    assert run.val_loss.shape == run.val_accuracy.shape == (3,)
    assert (run.val_loss[-1], run.val_accuracy[-1]) == pytest.approx(run.evaluate(IMAGES[:9], LABELS[:9]))
    assert [len(one.loss) for one in seen] == [1, 2, 3]
    assert seen[0].val_loss[0] == pytest.approx(seen[0].evaluate(IMAGES[:9], LABELS[:9])[0])
    assert tiny().val_loss is None


def test_a_callback_ends_the_run_and_a_schedule_sets_the_rate():
    assert len(tiny(on_epoch=lambda run: "stop").loss) == 1
    times = []
    tiny(epochs=2, batch=35, schedule=lambda epoch: times.append(epoch) or 0.1)
    assert times == [0, 0.5, 1, 1.5]
    same(tiny(schedule=lambda epoch: 0.02), tiny(lr=0.02))


def test_a_run_that_diverges_ends_and_says_so():
    run = tiny(epochs=9, rule="sgd", lr=1e200)
    assert run.diverged_at is not None
    assert len(run.loss) == run.diverged_at + 1 < 9
    assert not np.isfinite(run.loss[-1])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["LeNet-5", "overlapping maximum, average, tanh"])
def test_nan_and_infinity_come_through_in_their_sample_only(name, value, dtype):
    layers, shape = NETS[name]
    X, y = problem(shape, layers[-1].out, 9, dtype)
    run = convnet.train(X, y, layers, epochs=0, dtype=dtype)
    whole = run.scores(X)
    X[4] = value
    broken = run.scores(X)
    assert np.isnan(broken[4]).all() or not np.isfinite(broken[4]).all()
    np.testing.assert_array_equal(np.delete(broken, 4, axis=0), np.delete(whole, 4, axis=0))
    assert np.isnan(run.edited({"0.weight": np.full_like(run.params["0.weight"], np.nan)}).scores(X)).all()


def test_a_nan_among_the_weights_reaches_every_gradient():
    first = tiny(epochs=1)
    broken = first.edited({"0.bias": np.array([0, np.nan, 0, 0, 0])})
    run = tiny(epochs=1, after=broken)
    assert run.diverged_at == 0
    assert all(np.isnan(array).any() for array in run.params.values())


def test_edited_parameters_change_the_scores():
    run = tiny()
    off = run.params["0.weight"]
    off[2] = 0
    edited = run.edited({"0.weight": off, "0.bias": run.params["0.bias"] - [0, 0, 9, 0, 0]})
    assert (edited.maps(IMAGES)[1][:, 2] == 0).all()
    np.testing.assert_array_equal(edited.maps(IMAGES)[1][:, 1], run.maps(IMAGES)[1][:, 1])
    assert not np.allclose(edited.scores(IMAGES), run.scores(IMAGES))
    same(run.edited({}), run)
    run.params["0.weight"][:] = 0  # a copy
    assert run.params["0.weight"].any()


WRONG = {
    "no image": (dict(X=np.zeros((8, 8))), "One image alone is a batch of one"),
    "NaN": (dict(X=np.full((70, 8, 8), np.nan)), "holds 4480 NaN"),
    "labels": (dict(y=LABELS + 1), "Usual cause: classes counted from 1"),
    "stride": (dict(layers=(Conv(4, 3, stride=2), Flatten(), Dense(3))), "stride 1 and one group"),
    "last layer": (dict(layers=(Conv(4, 3), Flatten())), "the last layer is Flatten"),
    "too small": (dict(layers=(Conv(4, 30), Flatten(), Dense(3))), "30"),
    "validation": (dict(X_val=IMAGES), "y_val is missing"),
    "rule": (dict(rule="adan"), "rule='adan'"),
    "rate": (dict(lr=-1), "lr=-1"),
    "shift": (dict(shift=8), "from 0 to 7"),
    "other layers": (dict(after=tiny(epochs=0), layers=(Flatten(), Dense(5))), "Usual cause: the argument layers"),
    "other rule": (dict(after=tiny(epochs=0), rule="sgd"), "Usual cause: another rule"),
    "rule of another meaning": (dict(after=tiny(epochs=1, rule="momentum"), rule="rmsprop"),
                                r"the rule 'momentum' and kept \('v',\)"),
    "too large for float32": (dict(X=np.full((70, 8, 8), 1e300)), "4480 infinity"),
    "schedule": (dict(schedule=0.1), "schedule must be a function"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named(name):
    given, message = WRONG[name]
    arguments = {"X": IMAGES, "y": LABELS, "layers": TINY, "epochs": 1, **given}
    with pytest.raises((TypeError, ValueError), match=message):
        convnet.train(**arguments)


def test_parameters_are_checked_when_edited():
    run = tiny(epochs=0)
    with pytest.raises(ValueError, match=r"0\.weight, 0\.bias, 4\.weight, 4\.bias"):
        run.edited({"1.weight": 0})
    with pytest.raises(ValueError, match=r"expected \(5,\)"):
        run.edited({"0.bias": np.zeros(3)})
    with pytest.raises(TypeError, match="expected a dict"):
        run.edited([1])


@needs("Numba")  # thousands of digits
def test_lenet_on_the_shipped_digits():
    digits = datasets.digits28(2000)
    run = convnet.train(digits.X_train, digits.y_train, epochs=3)
    assert run.evaluate(digits.X_test, digits.y_test)[1] > 0.88

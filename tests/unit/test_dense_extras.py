"""What a run may do besides plain descent: each against a plain NumPy loop over `ops`."""

import numpy as np
import pytest

from course_lib import dense, ops
from course_lib.kernels.extras import uniforms

SIZES = (3, 5, 4, 3)
rng = np.random.default_rng(0)
X, labels = rng.standard_normal((23, 3)), rng.integers(0, 3, 23)
START = dense.init_params(SIZES, 1, init="he")
COMMON = dict(hidden="relu", loss="cross_entropy", params=START, lr=0.2, epochs=3)
CHANGES = [{"dropout": 0.4}, {"noise": 0.3}, {"label_smoothing": 0.2}, {"l1": 0.05}, {"clip_norm": 0.1},
           {"gradient_noise": 0.1}, {"max_norm": 0.8}, {"schedule": lambda epoch: 0.2 / (1 + epoch)}]
IDS = [next(iter(change)) for change in CHANGES]


def masked_gradient(params, x, targets, masks=None, rate=0.0):
    """Cross-entropy of a ReLU network whose hidden layers are multiplied by mask / (1 - rate), by hand."""
    layers = dense.unpack(params, SIZES)
    masks = [np.ones((len(x), len(b))) for _, b in layers[:-1]] if masks is None else masks
    values, slopes = [x], []
    for (W, b), mask in zip(layers[:-1], masks, strict=True):
        z = values[-1] @ W + b
        values.append(np.maximum(z, 0) * mask / (1 - rate))
        slopes.append((z > 0) * mask / (1 - rate))
    W, b = layers[-1]
    scores = values[-1] @ W + b
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    delta, gradients = (np.exp(logs) - targets) / len(x), []
    for layer in range(len(layers) - 1, -1, -1):
        gradients.insert(0, (values[layer].T @ delta, delta.sum(axis=0)))
        if layer:
            delta = delta @ layers[layer][0].T * slopes[layer - 1]
    return -np.sum(targets * logs) / len(x), dense.pack(gradients)


def by_hand(batch_size=None, lr=0.2, epochs=3, change_gradient=None, after_step=None, targets=None, rates=None,
            masks=None, dropout=0.0):
    """Plain descent in the order of the rows; the parameters, and the clean loss before each epoch and at the end."""
    params, losses, last, step = START.copy(), [], [], 0
    clean = np.eye(3)[labels]
    targets = clean if targets is None else targets
    for epoch in range(epochs + 1):
        losses.append(masked_gradient(params, X, clean)[0])
        if epoch == epochs:
            return params, np.array(losses), np.array(last)
        for first in range(0, len(X), batch_size or len(X)):
            chosen = slice(first, first + (batch_size or len(X)))
            step += 1
            kept = masks(step) if masks else None
            loss, g = masked_gradient(params, X[chosen], targets[chosen], kept, dropout)
            g = change_gradient(params, g) if change_gradient else g
            params = params - (rates(step - 1) if rates else lr) * g
            params = after_step(params) if after_step else params
        last.append(loss)


def compare(run, expected):
    params, losses, _ = expected
    np.testing.assert_allclose(run.loss, losses, rtol=1e-10)
    np.testing.assert_allclose(run.params, params, rtol=1e-8, atol=1e-10)


def on_weights(params, change):
    """The parameters with each W replaced by change(W)."""
    return dense.pack([(change(W), b) for W, b in dense.unpack(params, SIZES)])


# ---- each alone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_dropout_takes_the_masks_that_the_run_names(batch_size):
    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, dropout=0.4)
    compare(run, by_hand(batch_size, masks=run.dropout_masks, dropout=0.4))
    plain = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False)
    assert run.loss[0] == pytest.approx(plain.loss[0], rel=1e-12)  # the record drops nothing
    assert np.abs(run.params - plain.params).max() > 1e-3


@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_label_smoothing(batch_size):
    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, label_smoothing=0.3)
    compare(run, by_hand(batch_size, targets=0.7 * np.eye(3)[labels] + 0.1))


@pytest.mark.parametrize("batch_size", [None, 7])
def test_l1_pulls_weights_and_spares_biases(batch_size):
    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, l1=0.05)
    signs = dict(change_gradient=lambda w, g: g + 0.05 * np.sign(
        dense.pack([(W, 0 * b) for W, b in dense.unpack(w, SIZES)])))
    compare(run, by_hand(batch_size, **signs))


@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_long_gradient_is_clipped_with_its_penalty(batch_size):
    def change(w, g):
        g = g + 0.05 * np.sign(dense.pack([(W, 0 * b) for W, b in dense.unpack(w, SIZES)]))
        return g * min(1, 0.2 / np.linalg.norm(g))

    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, l1=0.05, clip_norm=0.2)
    compare(run, by_hand(batch_size, change_gradient=change))
    one = dense.train(SIZES, X, labels, **COMMON | {"epochs": 1, "lr": 1.0}, clip_norm=0.2)
    assert np.linalg.norm(one.params - START) == pytest.approx(0.2)


@pytest.mark.parametrize("batch_size", [None, 7])
def test_max_norm_holds_each_units_incoming_weights(batch_size):
    def shrink(W):
        return W * np.minimum(1, 0.9 / np.linalg.norm(W, axis=0))

    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, max_norm=0.9)
    compare(run, by_hand(batch_size, after_step=lambda params: on_weights(params, shrink)))
    lengths = np.concatenate([np.linalg.norm(W, axis=0) for W, _ in run.weights])
    assert lengths.max() <= 0.9 + 1e-12 and np.isclose(lengths, 0.9).any()


@pytest.mark.parametrize("batch_size", [None, 7])
def test_a_schedule_is_asked_for_every_step(batch_size):
    def schedule(epoch):
        return 0.3 / (1 + epoch)

    steps = 1 if batch_size is None else 4
    run = dense.train(SIZES, X, labels, **COMMON | {"lr": 7.0}, batch_size=batch_size, shuffle=False,
                      schedule=schedule)
    compare(run, by_hand(batch_size, rates=lambda step: schedule(step / steps)))


@pytest.mark.parametrize("batch_size", [None, 7])
def test_the_loss_of_the_last_batch_of_an_epoch(batch_size):
    run = dense.train(SIZES, X, labels, **COMMON, batch_size=batch_size, shuffle=False, record_batches=True)
    expected = by_hand(batch_size)
    compare(run, expected)
    np.testing.assert_allclose(run.batch_loss, expected[2], rtol=1e-10)
    assert dense.train(SIZES, X, labels, **COMMON).batch_loss is None


def test_noise_has_its_spread_and_is_drawn_anew():
    """A unit without activation whose loss is the mean of its output: the gradient of its weight is the mean input."""
    zero, n = np.zeros((20000, 1)), 20000
    run = dense.train((1, 1), zero, zero - 1.0, loss="mae", params=np.zeros(2), lr=1.0, epochs=1, noise=0.5)
    assert 0 < abs(run.params[0]) < 4 * 0.5 / n**0.5
    steps = dense.train((1, 1), zero[:1], zero[:1] - 1.0, loss="half_sse", params=[0.0, 0.0], lr=1e-6, epochs=4000,
                        noise=0.5, snapshots=4001)
    drawn = -np.diff(steps.snapshots[:, 0]) / 1e-6  # error 1 times the noisy input
    assert drawn.std() == pytest.approx(0.5, rel=0.05) and abs(drawn.mean()) < 4 * 0.5 / 4000**0.5
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4 / 4000**0.5


def test_gradient_noise_has_its_spread_for_weights_and_biases():
    many = dense.init_params((40, 50, 1), 0, "zeros")
    run = dense.train((40, 50, 1), np.ones((2, 40)), np.zeros(2), params=many, lr=1.0, epochs=1, gradient_noise=0.3)
    assert run.params.std() == pytest.approx(0.3, rel=0.05) and abs(run.params.mean()) < 4 * 0.3 / many.size**0.5
    assert len(np.unique(run.params)) == many.size


# ---- random numbers and masks ------------------------------------------------------------------------------------


def test_the_numbers_are_even_and_independent_of_their_neighbors():
    u = uniforms(12345, 7, 1, 200, 500)
    assert u.min() >= 0 and u.max() < 1 and len(np.unique(u)) == u.size
    counts = np.histogram(u, 20, (0, 1))[0]
    assert np.sum((counts - 5000) ** 2 / 5000) < 45  # chi-square with 19 degrees: 43.8 at 0.1 %
    neighbors = [uniforms(12346, 7, 1, 200, 500), uniforms(12345, 8, 1, 200, 500), uniforms(12345, 7, 2, 200, 500),
                 np.roll(u, 1, axis=0), np.roll(u, 1, axis=1)]
    for other in neighbors:
        assert abs(np.corrcoef(u.ravel(), other.ravel())[0, 1]) < 4 / u.size**0.5


def test_masks_have_the_shape_of_the_batch_and_the_rate():
    run = dense.train((3, 50, 40, 3), X, labels, loss="cross_entropy", epochs=5, batch_size=10, dropout=0.3)
    assert run.steps == 15 and run.batch_sizes == [10, 10, 3]
    masks = [run.dropout_masks(step) for step in range(1, 16)]
    assert [[mask.shape for mask in step] for step in masks[1:3]] == [[(10, 50), (10, 40)], [(3, 50), (3, 40)]]
    kept = np.concatenate([mask.ravel() for step in masks for mask in step])
    assert kept.dtype == bool and kept.mean() == pytest.approx(0.7, abs=4 * (0.21 / kept.size) ** 0.5)
    assert (masks[0][0] != masks[1][0]).any()
    np.testing.assert_array_equal(run.dropout_masks(4)[1], masks[3][1])


def test_masks_of_what_had_none_are_refused():
    run = dense.train(SIZES, X, labels, **COMMON, dropout=0.3)
    with pytest.raises(ValueError, match=r"dropped nothing: train\(..., dropout=0.5\)"):
        dense.train(SIZES, X, labels, **COMMON).dropout_masks(1)
    for step in (0, 4):
        with pytest.raises(ValueError, match=f"step={step}, expected a whole number from 1 to 3"):
            run.dropout_masks(step)
    further = dense.train(SIZES, X, labels, loss="cross_entropy", hidden="relu", epochs=2, after=run, dropout=0.3)
    with pytest.raises(ValueError, match="step=3, expected a whole number from 4 to 5"):
        further.dropout_masks(3)


def test_another_seed_drops_other_units():
    masks = [dense.train(SIZES, X, labels, **COMMON, dropout=0.5, rng=seed).dropout_masks(1)[0] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert (masks[0] != masks[2]).any()


# ---- together with everything else ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 7, 1])
def test_what_is_off_changes_nothing(batch_size, dtype):
    kwargs = COMMON | dict(batch_size=batch_size, rng=5, momentum=0.5)
    plain = dense.train(SIZES, X.astype(dtype), labels, **kwargs)
    off = dense.train(SIZES, X.astype(dtype), labels, **kwargs, dropout=0.0, noise=0.0, label_smoothing=0.0, l1=0.0,
                      clip_norm=None, gradient_noise=0.0, max_norm=None)
    np.testing.assert_array_equal(off.params, plain.params)
    beside = dense.sweep(SIZES, X.astype(dtype), labels, START, 0.2, **{k: v for k, v in kwargs.items()
                         if k not in ("params", "lr")}, dropout=[0.0, 0.5], clip_norm=[None, 0.1])[0]
    if batch_size == 1:  # another kernel
        np.testing.assert_allclose(beside.params, plain.params, rtol=1e-9 if dtype == np.float64 else 1e-4, atol=1e-6)
    else:
        np.testing.assert_array_equal(beside.params, plain.params)
        np.testing.assert_array_equal(beside.loss, plain.loss)
    assert plain.seed is None and plain.dropout == 0


ALL = dict(dropout=0.3, noise=0.1, label_smoothing=0.1, l1=0.01, clip_norm=0.5, gradient_noise=0.02, max_norm=1.5,
           schedule=lambda epoch: 0.3 * 0.9**epoch)


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("rule", list(ops.RULES))
def test_a_run_in_three_pieces_is_the_run_in_one(rule, batch_size):
    kwargs = dict(hidden="relu", loss="cross_entropy", batch_size=batch_size, rng=4, rule=rule, weight_decay=0.01,
                  lr=0.1, **ALL)
    whole = dense.train(SIZES, X, labels, epochs=9, params=START, record_batches=True, **kwargs)
    first = dense.train(SIZES, X, labels, epochs=2, params=START, record_batches=True, **kwargs)
    second = dense.train(SIZES, X, labels, epochs=3, after=first, record_batches=True, **kwargs)
    third = dense.train(SIZES, X, labels, epochs=4, after=second, record_batches=True, **kwargs)
    np.testing.assert_array_equal(third.params, whole.params)
    np.testing.assert_array_equal(third.state, whole.state)
    np.testing.assert_array_equal(third.loss, whole.loss[5:])
    np.testing.assert_array_equal(np.concatenate([run.batch_loss for run in (first, second, third)]), whole.batch_loss)
    assert third.steps == whole.steps and third.seed == whole.seed
    np.testing.assert_array_equal(third.dropout_masks(whole.steps)[0], whole.dropout_masks(whole.steps)[0])


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
@pytest.mark.parametrize("batch_size", [None, 7])
def test_one_setting_a_run_equals_separate_runs(change, batch_size):
    (name, value), = change.items()
    kwargs = {key: COMMON[key] for key in ("hidden", "loss", "epochs")} | dict(batch_size=batch_size, rng=3)
    lrs = [0.1, 0.2, 0.05]
    if name == "schedule":
        several = one = [value] * 3
        several = value
        one = [lambda epoch, share=lr / 0.1: share * value(epoch) for lr in lrs]
    else:
        one = several = [value, value / 2, 2 * value]
    many = dense.sweep(SIZES, X, labels, START, lrs, **kwargs, **{name: several}, record_batches=True)
    for s, lr in enumerate(lrs):
        run = dense.train(SIZES, X, labels, params=START, lr=lr, **kwargs, **{name: one[s]}, record_batches=True)
        np.testing.assert_allclose(many[s].params, run.params, rtol=1e-12)
        np.testing.assert_allclose(many[s].batch_loss, run.batch_loss, rtol=1e-12)
        assert many[s].seed == run.seed and many[s].dropout == run.dropout
    plain = dense.train(SIZES, X, labels, params=START, lr=0.1, **kwargs)
    assert np.abs(many.params[0] - plain.params).max() > 1e-6


def test_what_does_not_fit_is_named():
    for change, words in [
        (dict(dropout=1.0), r"dropout=1, expected a share of at least 0 and below 1. Usual cause: the share that is"),
        (dict(dropout=-0.1), "dropout=-0.1"),
        (dict(clip_norm=0), "clip_norm=0, expected a number above 0, or None"),
        (dict(max_norm=np.nan), "max_norm=nan"),
        (dict(noise=np.inf), "noise=inf, expected a finite number of at least 0"),
        (dict(label_smoothing=0.1, loss="mse", y=np.zeros((23, 3))), "expected cross_entropy, whose targets"),
        (dict(l1=[0.1, 0.2]), "Use sweep"),
        (dict(l1=[0.1, 0.2], noise=[0.1, 0.2, 0.3]), "lengths 3 and l1: 2 do not fit together"),
        (dict(schedule=lambda epoch: -epoch), r"schedule\(1\)=-1, expected a finite number of at least 0"),
        (dict(schedule=lambda epoch: [0.1, 0.2]), r"schedule\(0\) has shape \(2,\), expected one number"),
    ]:
        with pytest.raises(ValueError, match=words):
            dense.train(**dict(sizes=SIZES, X=X, y=labels) | COMMON | change)
    for change, words in [(dict(schedule=0.1), "schedule must be a function of the epoch"),
                          (dict(schedule=lambda epoch: None), r"schedule\(0\) must be a number, got None"),
                          (dict(l1=True), "l1=True, expected a number"), (dict(l1="0.1"), "l1 must be a number"),
                          (dict(record_batches=1), "record_batches=1, expected True or False")]:
        with pytest.raises(TypeError, match=words):
            dense.train(SIZES, X, labels, **COMMON | change)
    with pytest.raises(ValueError, match=r"expected lrs\[0\] > 0, got 0"):
        dense.sweep(SIZES, X, labels, START, [0, 0.1], loss="cross_entropy", schedule=lambda epoch: 0.1)


# ---- curvature -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hidden", "loss", "output"), [("tanh", "mse", None), ("sigmoid", "half_sse", "tanh"),
                                                        ("gelu", "cross_entropy", None)])
def test_sharpness_is_the_largest_eigenvalue_of_the_hessian(hidden, loss, output):
    sizes = (3, 4, 3)
    y = labels if loss == "cross_entropy" else np.eye(3)[labels] - 0.5
    starts = dense.init_params(sizes, 2, init=1.0, n=3)

    def gradient(flat):
        return dense.gradient(dense.unpack(flat, sizes), X, y, hidden, output, loss)

    expected = []
    for flat in starts:
        H = np.array([gradient(flat + 1e-5 * e) - gradient(flat - 1e-5 * e) for e in np.eye(flat.size)]) / 2e-5
        np.testing.assert_allclose(H, H.T, atol=1e-8)
        expected.append(np.linalg.eigvalsh(H)[-1])
    networks = [dense.unpack(flat, sizes) for flat in starts]
    found = dense.sharpness(networks, X, y, hidden, output, loss, tol=1e-9)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert dense.sharpness(networks[0], X, y, hidden, output, loss, tol=1e-9) == pytest.approx(expected[0], rel=1e-5)


def test_a_larger_negative_eigenvalue_is_not_the_largest():
    """Two weights, one after the other, where the hidden tanh bends down more than the square bends up."""
    x, y = np.array([[1.0]]), np.array([-1.0])
    params = [(np.array([[1.2]]), None), (np.array([[3.0]]), None)]
    found = dense.sharpness(params, x, y, "tanh", tol=1e-12)
    flat = dense.pack(params)

    def gradient(w):
        return dense.gradient([(w[:1, None], None), (w[1:, None], None)], x, y, "tanh")

    H = np.array([gradient(flat + 1e-5 * e) - gradient(flat - 1e-5 * e) for e in np.eye(2)]) / 2e-5
    values = np.linalg.eigvalsh(H)
    assert -values[0] > values[1] and found == pytest.approx(values[1], rel=1e-6)


def test_descent_is_unstable_beyond_two_over_the_sharpness():
    """Of a linear network the loss is a parabola, and the edge is exact."""
    y = X @ [1.0, -2.0, 0.5]
    edge = 2 / dense.sharpness([(np.zeros((3, 1)), np.zeros(1))], X, y, tol=1e-10)
    below, above = (dense.train((3, 1), X, y, lr=share * edge, epochs=2000).loss for share in (0.99, 1.01))
    assert below[-1] < 1e-6 < 1 < above[-1] or np.isnan(above[-1])


def test_the_gradient_is_that_of_the_layers():
    layers = dense.unpack(START, SIZES)
    out, cache = ops.mlp_forward(X, layers, "relu")
    expected = dense.pack(ops.mlp_backward(ops.softmax_cross_entropy(out, labels)[1], cache))
    found = dense.gradient(layers, X, labels, "relu", loss="cross_entropy")
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)
    both = dense.gradient([layers, layers], X.astype(np.float32), labels, "relu", loss="cross_entropy")
    assert both.shape == (2, START.size) and both.dtype == np.float64


def test_networks_that_differ_are_named():
    one, other = dense.unpack(START, SIZES), dense.unpack(dense.init_params((3, 2), 0), (3, 2))
    for networks, words in [([one, other], r"sizes \(3, 5, 4, 3\) and \(3, 2\)"),
                            ([(one[0][0], None), *one[1:]], "a bias in all or in none"), ([], "params is empty")]:
        with pytest.raises(ValueError, match=words):
            dense.gradient(networks, X, labels, loss="cross_entropy")
    with pytest.raises(TypeError, match="expected one pair"):
        dense.sharpness(START, X, labels)
    (W, b), *rest = one
    diverged = [(W * np.inf, b), *rest]
    assert np.isnan(dense.sharpness([diverged, one], X, labels, loss="cross_entropy")).tolist() == [True, False]

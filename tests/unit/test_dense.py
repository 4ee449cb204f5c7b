"""Training runs against a plain NumPy loop over `ops`, finite differences, and each other."""

import numpy as np
import pytest
from needs import needs

from course_lib import dense, gradcheck, ops
from course_lib.dense.flat import layout, parts
from course_lib.kernels import runs
from course_lib.kernels.activations import ACTIVATIONS

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
XOR_Y = np.array([0, 1, 1, 0])
#: (loss, output, targets for three outputs)
LOSSES = [("mse", "identity"), ("mse", "tanh"), ("half_sse", "sigmoid"), ("mae", "identity"), ("bce", None),
          ("cross_entropy", None)]


def problem(loss, n=23, inputs=3, outputs=3, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, inputs)).astype(dtype)
    if loss == "cross_entropy":
        return X, rng.integers(0, outputs, n)
    if loss == "bce":
        return X, rng.integers(0, 2, (n, outputs))
    return X, rng.uniform(-1, 1, (n, outputs)).astype(dtype)


def loss_and_gradient(layers, X, y, hidden, output, loss):
    """The same network by `ops`: loss, [(dW, db), ...]."""
    from_scores = loss in ("bce", "cross_entropy")
    out, cache = ops.mlp_forward(X, layers, hidden, "identity" if from_scores else output)
    functions = {"mse": ops.mse, "half_sse": ops.half_sse, "mae": ops.mae, "bce": ops.bce_from_logits,
                 "cross_entropy": ops.softmax_cross_entropy}
    value, dout = functions[loss](out, y)
    return value, ops.mlp_backward(dout, cache)


def trained_by_hand(params, sizes, X, y, hidden, output, loss, lr, epochs, batches=None, momentum=0.0):
    params, velocity, losses = params.copy(), np.zeros_like(params), []
    batches = [[np.arange(len(X))]] * epochs if batches is None else batches
    for epoch in range(epochs + 1):
        layers = dense.unpack(params, sizes)
        losses.append(loss_and_gradient(layers, X, y, hidden, output, loss)[0])
        if epoch == epochs:
            return params, np.array(losses)
        for chosen in batches[epoch]:
            gradient = dense.pack(loss_and_gradient(layers, X[chosen], y[chosen], hidden, output, loss)[1])
            velocity = momentum * velocity - lr * gradient
            params += velocity


@pytest.mark.parametrize(("loss", "output"), LOSSES)
def test_full_batch_run_equals_a_loop_over_ops(loss, output):
    X, y = problem(loss)
    sizes = (3, 5, 4, 3)
    start = dense.init_params(sizes, 1)
    run = dense.train(sizes, X, y, output=output, loss=loss, params=start, lr=0.2, epochs=12, momentum=0.8)
    params, losses = trained_by_hand(start, sizes, X, y, "tanh", output, loss, 0.2, 12, momentum=0.8)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-10)
    np.testing.assert_allclose(run.params, params, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("hidden", ACTIVATIONS)
@pytest.mark.parametrize("units", [1, 2, 3, 4, 9])
def test_every_activation_and_width(hidden, units):
    X, y = problem("mse", seed=units)
    sizes = (3, units, units + 1, 3)
    start = dense.init_params(sizes, 2)
    run = dense.train(sizes, X, y, hidden=hidden, params=start, lr=0.1, epochs=5)
    params, losses = trained_by_hand(start, sizes, X, y, hidden, "identity", "mse", 0.1, 5)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-9)
    np.testing.assert_allclose(run.params, params, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("hidden", ["tanh", "sigmoid", "gelu", "selu"])
@pytest.mark.parametrize(("loss", "output"), LOSSES)
def test_one_step_follows_the_numerical_gradient(hidden, loss, output):
    X, y = problem(loss, n=7, seed=3)
    sizes = (3, 4, 3)
    start = dense.init_params(sizes, 3)

    def value(params):
        return dense.train(sizes, X, y, hidden=hidden, output=output, loss=loss, params=params, epochs=0).loss[0]

    step = start - dense.train(sizes, X, y, hidden=hidden, output=output, loss=loss, params=start, lr=1.0,
                                epochs=1).params
    numeric = gradcheck.numerical_gradient(value, start)
    assert np.linalg.norm(step - numeric) / np.linalg.norm(numeric) < 1e-7


@pytest.mark.parametrize("batch_size", [1, 4, 10])
@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_batches_in_the_order_of_the_rows(batch_size, momentum):
    X, y = problem("mse", n=10)
    sizes = (3, 4, 3)
    start = dense.init_params(sizes, 4)
    run = dense.train(sizes, X, y, params=start, lr=0.05, epochs=6, batch_size=batch_size, shuffle=False,
                       momentum=momentum)
    batches = [[np.arange(i, min(i + batch_size, 10)) for i in range(0, 10, batch_size)]] * 6
    params, losses = trained_by_hand(start, sizes, X, y, "tanh", "identity", "mse", 0.05, 6, batches, momentum)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-10)
    np.testing.assert_allclose(run.params, params, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("loss", "output"), LOSSES)
def test_one_point_a_step_is_the_same_with_runs_side_by_side(loss, output):
    """Recording gradients takes the other kernel; the path must not change."""
    X, y = problem(loss, n=6)
    sizes = (3, 4, 5, 3)
    starts = dense.init_params(sizes, 5, n=3)
    kwargs = dict(output=output, loss=loss, epochs=5, batch_size=1, momentum=[0.0, 0.5, 0.9], snapshots=3)
    side_by_side = dense.sweep(sizes, X, y, starts, [0.05, 0.1, 0.2], **kwargs)
    alone = dense.sweep(sizes, X, y, starts, [0.05, 0.1, 0.2], record_gradients=True, **kwargs)
    np.testing.assert_allclose(side_by_side.params, alone.params, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(side_by_side.loss, alone.loss, rtol=1e-10)
    np.testing.assert_allclose(side_by_side.snapshots, alone.snapshots, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 5, 1])
def test_a_sweep_is_the_same_as_single_runs(batch_size):
    X, y = problem("mse", n=11)
    sizes, lrs = (3, 4, 3), np.array([0.01, 0.1, 0.3])
    starts = dense.init_params(sizes, 6, n=3)
    many = dense.sweep(sizes, X, y, starts, lrs, epochs=8, batch_size=batch_size, rng=9)
    for s, lr in enumerate(lrs):
        one = dense.train(sizes, X, y, params=starts[s], lr=lr, epochs=8, batch_size=batch_size, rng=9)
        np.testing.assert_allclose(many.params[s], one.params, rtol=1e-12)
        np.testing.assert_allclose(many[s].loss, one.loss, rtol=1e-12)


def test_more_runs_than_go_side_by_side():
    starts = dense.init_params((2, 3, 1), 0, n=70)
    many = dense.sweep((2, 3, 1), XOR, XOR_Y, starts, epochs=3, batch_size=1)
    last = dense.train((2, 3, 1), XOR, XOR_Y, params=starts[69], epochs=3, batch_size=1)
    np.testing.assert_allclose(many.loss[69], last.loss)


def test_without_biases():
    X, y = problem("mse")
    start = dense.init_params((3, 4, 3), 0, bias=False)
    run = dense.train((3, 4, 3), X, y, params=start, lr=0.1, epochs=3, bias=False)
    (W1, b1), (W2, b2) = dense.unpack(start, (3, 4, 3), bias=False)
    assert start.size == 24 and b1 is None and b2 is None
    hidden = np.tanh(X @ W1)
    error = hidden @ W2 - y
    assert run.loss[0] == pytest.approx(np.mean(error**2))
    one = dense.train((3, 4, 3), X, y, params=start, lr=0.1, epochs=1, bias=False)
    np.testing.assert_allclose(one.weights[1][0], W2 - 0.1 * hidden.T @ (2 * error / error.size))


def test_no_hidden_layer():
    X, y = problem("mse")
    run = dense.train((3, 3), X, y, lr=0.3, epochs=2000)
    best = np.linalg.lstsq(np.c_[X, np.ones(len(X))], y, rcond=None)
    np.testing.assert_allclose(run.predict(X), np.c_[X, np.ones(len(X))] @ best[0], atol=1e-6)


@pytest.mark.parametrize("batch_size", [None, 2, 1])
def test_snapshots_lie_on_the_path(batch_size):
    kwargs = dict(lr=0.3, batch_size=batch_size, rng=2)
    run = dense.train((2, 3, 1), XOR, XOR_Y, epochs=10, snapshots=3, **kwargs)
    assert run.snapshot_epochs.tolist() == [0, 5, 10]
    np.testing.assert_array_equal(run.snapshots[-1], run.params)
    np.testing.assert_array_equal(run.snapshots[0], dense.init_params((2, 3, 1), 2))
    for place, epoch in enumerate(run.snapshot_epochs):
        prediction = run.predict(XOR, snapshot=place)
        assert np.mean((prediction[:, 0] - XOR_Y) ** 2) == pytest.approx(run.loss[epoch])


@pytest.mark.parametrize("batch_size", [None, 2, 1])
def test_gradient_norms_of_all_points(batch_size):
    X, y = problem("mse", n=8)
    start = dense.init_params((3, 4, 3), 1)
    run = dense.train((3, 4, 3), X, y, params=start, epochs=4, batch_size=batch_size, record_gradients=True,
                       snapshots=5)
    for epoch in range(5):
        layers = dense.unpack(run.snapshots[epoch], (3, 4, 3))
        gradients = loss_and_gradient(layers, X, y, "tanh", "identity", "mse")[1]
        expected = [np.sqrt(np.sum(dW**2) + np.sum(db**2)) for dW, db in gradients]
        np.testing.assert_allclose(run.gradient_norms[epoch], expected, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [None, 5, 1])
def test_divergence_is_reported(batch_size):
    X, y = problem("mse", n=10)
    many = dense.sweep((3, 4, 3), X, y, lrs=[0.01, 50.0], hidden="relu", epochs=400, batch_size=batch_size,
                          snapshots=401)
    calm, wild = many[0], many[1]
    assert calm.diverged_at is None and np.isfinite(calm.loss).all() and len(calm.snapshots) == 401
    end = wild.diverged_at
    assert 0 < end < 400
    assert np.isfinite(wild.loss[:end]).all() and np.isnan(wild.loss[end:]).all()
    assert wild.snapshot_epochs[-1] == end - 1 and np.isfinite(wild.snapshots).all()


def test_seeds():
    X, y = problem("mse")
    kwargs = dict(epochs=3, batch_size=5)
    one, same, other = (dense.train((3, 4, 3), X, y, rng=seed, **kwargs).loss for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    before = np.random.get_state()[1].copy()  # noqa: NPY002 the global generator must stay untouched
    dense.train((3, 4, 3), X, y, rng=5, **kwargs)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    start = dense.init_params((3, 4, 3), 0)
    np.testing.assert_array_equal(dense.train((3, 4, 3), X, y, rng=0, params=start, **kwargs).loss, one)
    np.testing.assert_array_equal(start, dense.init_params((3, 4, 3), 0))  # the start is not changed


@pytest.mark.parametrize("batch_size", [None, 6, 1])
@pytest.mark.parametrize(("loss", "output"), LOSSES)
def test_float32_stays_float32_and_agrees(loss, output, batch_size):
    X, y = problem(loss, n=12)
    start = dense.init_params((3, 4, 3), 1)
    kwargs = dict(output=output, loss=loss, hidden="elu", lr=0.1, epochs=5, batch_size=batch_size, params=start)
    single = dense.train((3, 4, 3), X.astype(np.float32), y, **kwargs)
    assert single.params.dtype == np.float32 and single.predict(X).dtype == np.float32
    np.testing.assert_allclose(single.loss, dense.train((3, 4, 3), X, y, **kwargs).loss, rtol=2e-5)


def test_pack_is_the_inverse_of_unpack():
    params = dense.init_params((3, 5, 2), 0, init="xavier")
    layers = dense.unpack(params, (3, 5, 2))
    assert [(W.shape, b.shape) for W, b in layers] == [((3, 5), (5,)), ((5, 2), (2,))]
    np.testing.assert_array_equal(dense.pack(layers), params)
    layers[0][0][0, 0] = 7.0
    assert params[0] == 7.0
    assert ops.count_parameters((3, 5, 2)) == params.size == 32
    starts = dense.init_params((3, 5, 2), 0, n=4)
    assert dense.unpack(starts, (3, 5, 2))[0][0].shape == (4, 3, 5)


def test_init_by_scale_and_function():
    wide = dense.init_params((400, 300, 1), 0)
    assert dense.unpack(wide, (400, 300, 1))[0][0].std() == pytest.approx(0.05, rel=0.02)
    assert np.ptp(dense.init_params((2, 3, 1), 0, init=0.0)) == 0
    own = dense.init_params((2, 3, 1), 0, init=lambda rng, fan_in, fan_out: np.full((fan_in + 1, fan_out), 2.0))
    assert (own == 2).all()
    with pytest.raises(ValueError, match="transposed"):
        dense.init_params((2, 3, 1), 0, init=lambda rng, fan_in, fan_out: np.zeros((fan_out, fan_in)))
    with pytest.raises(ValueError, match="NaN"):
        dense.init_params((2, 3, 1), 0, init=lambda rng, fan_in, fan_out: np.full((fan_in, fan_out), np.nan))
    with pytest.raises(TypeError, match="float32 or float64"):
        dense.init_params((2, 3, 1), dtype=int)


@pytest.mark.parametrize(("change", "message"), [
    (dict(X=XOR.T), "columns instead of rows"),
    (dict(X=np.full((4, 2), np.nan)), "NaN"),
    (dict(y=np.zeros((4, 2))), "expected .4, 1."),
    (dict(loss="bce", y=np.array([-1, 1, 1, -1])), "labels -1"),
    (dict(loss="cross_entropy", y=np.array([1, 2, 2, 1]), sizes=(2, 3, 2)), "counted from 1"),
    (dict(loss="cross_entropy", y=np.eye(4)), "one-hot"),
    (dict(loss="bce", output="tanh"), "sigmoid"),
    (dict(output="softmax"), "output='softmax', expected one of 'identity'"),
    (dict(loss="huber"), "loss='huber', expected one of 'mse'"),
    (dict(hidden="softmax"), "hidden='softmax', expected one of 'identity'"),
    (dict(rule="adamm"), "rule='adamm', expected one of 'sgd'"),
    (dict(X=np.zeros((0, 2)), y=np.zeros(0)), "expected .N, 2."),
    (dict(sizes=(2,)), "at least two"),
    (dict(sizes=(2, 0, 1)), r"sizes\[1\]=0"),
    (dict(params=np.zeros(3)), "13 numbers"),
    (dict(params=[(np.zeros((2, 4)), np.zeros(4)), (np.zeros((4, 1)), np.zeros(1))]), "sizes .2, 4, 1."),
    (dict(params=[(np.zeros((2, 3)), np.zeros(3)), (np.zeros((1, 3)), np.zeros(1))]), "transposed"),
    (dict(order=np.zeros((2, 4), int)), "one row an epoch"),
    (dict(order=np.full((1, 4), 4)), "expected 0..3"),
    (dict(batch_size=0), "at least 1"),
    (dict(epochs=-1), "at least 0"),
    (dict(lr=-0.1), "minus sign"),
    (dict(lr=np.nan), "lr=nan"),
    (dict(lr=np.inf), "lr=inf"),
    (dict(momentum=1.0), "below 1"),
    (dict(weight_decay=-1.0), "weight_decay=-1"),
    (dict(lr=[0.1, 0.2]), "Use sweep"),
    (dict(init="unknown"), "init='unknown', expected one of 'normal'"),
])
def test_errors_say_the_usual_cause(change, message):
    arguments = dict(sizes=(2, 3, 1), X=XOR, y=XOR_Y, epochs=1) | change
    with pytest.raises(ValueError, match=message):
        dense.train(**arguments)


@pytest.mark.parametrize(("change", "message"), [
    (dict(epochs=2.0), "// or int"), (dict(batch_size=2.5), "whole number"), (dict(sizes=(2, 3.0, 1)), "whole number"),
    (dict(epoch=5), "misspelled"), (dict(momentum=0.5, rule="sgd"), "another rule"), (dict(rng=None), "seed"),
    (dict(lr="fast"), "lr must be"), (dict(X=[["a", "b"]]), "numbers")])
def test_arguments_of_the_wrong_kind(change, message):
    with pytest.raises(TypeError, match=message):
        dense.train(**(dict(sizes=(2, 3, 1), X=XOR, y=XOR_Y) | change))


@pytest.mark.parametrize("batch_size", [None, 1, 3])
def test_a_given_order_is_the_order_of_the_steps(batch_size):
    X, y = problem("mse", n=6)
    order = np.array([[5, 0, 0, 3, 2, 1, 4], [1, 1, 1, 2, 2, 2, 0]])  # with repetitions
    start = dense.init_params((3, 4, 3), 4)
    run = dense.train((3, 4, 3), X, y, params=start, lr=0.05, batch_size=batch_size, order=order)
    size = batch_size or 7
    batches = [[row[i : i + size] for i in range(0, 7, size)] for row in order]
    params, losses = trained_by_hand(start, (3, 4, 3), X, y, "tanh", "identity", "mse", 0.05, 2, batches)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-10)
    np.testing.assert_allclose(run.params, params, rtol=1e-8, atol=1e-10)


def test_a_start_may_be_a_list_of_layers():
    start = dense.init_params((2, 3, 1), 4)
    layers = dense.unpack(start, (2, 3, 1))
    one, other = (dense.train((2, 3, 1), XOR, XOR_Y, params=params, epochs=3) for params in (start, layers))
    np.testing.assert_array_equal(one.params, other.params)
    bare = [(W, None) for W, _ in layers]
    assert dense.train((2, 3, 1), XOR, XOR_Y, params=bare, epochs=3, bias=False).weights[0][1] is None


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("momentum", [None, 0.8])
def test_weight_decay_is_for_weights_only(batch_size, momentum):
    X, y = problem("mse", n=10)
    sizes, lr, decay = (3, 4, 3), 0.05, 0.3
    start = dense.init_params(sizes, 4, init=lambda rng, m, n: rng.standard_normal((m + 1, n)))
    given = {} if momentum is None else {"momentum": momentum}
    run = dense.train(sizes, X, y, params=start, lr=lr, epochs=3, batch_size=batch_size, shuffle=False,
                      weight_decay=decay, **given)
    params, v = start.copy(), np.zeros_like(start)
    weights = dense.pack([(np.ones_like(W), np.zeros_like(b)) for W, b in dense.unpack(start, sizes)])
    size = batch_size or 10
    for _ in range(3):
        for i in range(0, 10, size):
            layers = dense.unpack(params, sizes)
            gradients = loss_and_gradient(layers, X[i : i + size], y[i : i + size], "tanh", "identity", "mse")[1]
            v = (momentum or 0.0) * v - lr * (dense.pack(gradients) + decay * weights * params)
            params += v
    np.testing.assert_allclose(run.params, params, rtol=1e-10)
    many = dense.sweep(sizes, X, y, start, lr, epochs=3, batch_size=batch_size, shuffle=False,
                       weight_decay=[0.0, decay], **given)
    np.testing.assert_allclose(many.params[1], params, rtol=1e-10)
    assert not np.allclose(many.params[0], params)


def test_inputs_that_are_whole_numbers():
    whole = dense.train((2, 3, 1), XOR.astype(int), XOR_Y, epochs=3)
    np.testing.assert_array_equal(whole.loss, dense.train((2, 3, 1), XOR, XOR_Y, epochs=3).loss)


@pytest.mark.result("R-056")
@needs("Numba")  # four hundred runs
def test_xor_from_many_starts():
    rng = np.random.default_rng(0)
    kwargs = dict(output="tanh", epochs=1000, batch_size=1)
    uniform = rng.uniform(-0.5, 0.5, (200, ops.count_parameters((2, 3, 1))))
    published = dense.sweep((2, 3, 1), XOR, XOR_Y, uniform, **kwargs)
    ours = dense.sweep((2, 3, 1), XOR, XOR_Y, dense.init_params((2, 3, 1), 0, n=200), **kwargs)
    assert np.mean(published.loss[:, -1] < 1e-3) == pytest.approx(0.68, abs=0.08)
    assert np.mean(ours.loss[:, -1] < 1e-3) > 0.9
    best = published[int(published.loss[:, -1].argmin())]
    np.testing.assert_allclose(best.predict(XOR)[:, 0], XOR_Y, atol=0.05)


# ---- Stepper --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["relu", "tanh", "sigmoid", "identity"])
@pytest.mark.parametrize(("loss", "output"), [("cross_entropy", None), ("mse", "sigmoid"), ("half_sse", "tanh")])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_stepper_equals_a_loop_over_ops(hidden, loss, output, momentum):
    X, y = problem(loss, n=20)
    sizes = (3, 6, 5, 3)
    stepper = dense.Stepper(sizes, 16, hidden, loss, lr=0.2, momentum=momentum, dtype=np.float64, output=output)
    start = stepper.params.copy()
    batches = [[np.arange(16)], [np.arange(16, 20)], [np.arange(3, 19)]]
    losses = [stepper.step(X[b], y[b]) for (b,) in batches]
    params, _ = trained_by_hand(start, sizes, X, y, hidden, output, loss, 0.2, 3, batches, momentum)
    np.testing.assert_allclose(stepper.params, params, rtol=1e-9, atol=1e-12)
    first = loss_and_gradient(dense.unpack(start, sizes), X[:16], y[:16], hidden, output, loss)[0]
    assert losses[0] == pytest.approx(first, rel=1e-12)


def test_stepper_learns_and_predicts_probabilities():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 20))
    y = (X[:, :3]).argmax(axis=1)
    stepper = dense.Stepper((20, 40, 3), 50, lr=0.2)
    for _ in range(40):
        for start in range(0, 300, 50):
            stepper.step(X[start : start + 50], y[start : start + 50])
    out = stepper.predict(X)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=1e-5)
    assert np.mean(out.argmax(axis=1) == y) > 0.95


def test_stepper_takes_weight_decay_and_a_new_rate():
    X, y = problem("mse", n=8)
    stepper = dense.Stepper((3, 4, 3), 8, "tanh", "mse", 0.1, dtype=np.float64, weight_decay=0.3)
    start = stepper.params.copy()
    for lr in (0.1, 0.05):
        stepper.lr = lr
        stepper.step(X, y)
    params = start
    for lr in (0.1, 0.05):
        params = dense.train((3, 4, 3), X, y, params=params, lr=lr, epochs=1, weight_decay=0.3).params
    np.testing.assert_allclose(stepper.params, params, rtol=1e-10)
    stepper.lr = np.nan
    with pytest.raises(ValueError, match="lr=nan"):
        stepper.step(X, y)


def test_settings_of_a_stepper_are_attributes():
    plain = dense.Stepper((3, 4, 3), 8)
    stepper, other = (dense.Stepper((3, 4, 3), 8, momentum=momentum, dtype=float) for momentum in (0.0, 0.5))
    assert (stepper.lr, stepper.weight_decay, stepper.momentum, plain.weight_decay) == (0.1, 0.0, 0.0, 0.0)
    X, y = np.eye(3), np.arange(3)
    stepper.momentum, stepper.lr, other.lr = 0.5, 5.0, 5.0
    for _ in range(3):
        assert stepper.step(X, y) == other.step(X, y)
    for name in ("momentun", "learning_rate"):
        with pytest.raises(AttributeError, match=f"no '{name}' to be set.*lr, weight_decay, momentum"):
            setattr(stepper, name, 0.5)
    with pytest.raises(AttributeError, match="no 'momentum' to be set; the rule 'sgd'"):
        plain.momentum = 0.5
    with pytest.raises(AttributeError, match="no attribute 'momentum'"):
        plain.momentum  # noqa: B018


@pytest.mark.parametrize(("change", "message"), [
    (dict(dtype="foo"), "float32 or float64"), (dict(lr=True), "lr=True, expected a number"),
    (dict(dtype=int), "float32 or float64"), (dict(lr=-0.1), "minus sign"), (dict(lr=np.nan), "lr=nan"),
    (dict(momentum=-0.1), "momentum=-0.1"), (dict(batch_size=2.0), "whole number"), (dict(batch_size=0), "at least 1"),
    (dict(loss="bce"), "expected one of"), (dict(output="tanh"), "Leave `output` out"), (dict(init="best"), "init=")])
def test_stepper_is_not_made_from_wrong_arguments(change, message):
    with pytest.raises((TypeError, ValueError), match=message):
        dense.Stepper(**(dict(sizes=(4, 5, 3), batch_size=8) | change))


def test_stepper_errors():
    stepper = dense.Stepper((4, 5, 3), 8)
    with pytest.raises(ValueError, match="above batch_size"):
        stepper.step(np.zeros((9, 4)), np.zeros(9, int))
    with pytest.raises(ValueError, match="one-hot"):
        stepper.step(np.zeros((2, 4)), np.eye(3)[:2])
    with pytest.raises(ValueError, match="expected one of"):
        dense.Stepper((4, 5, 3), 8, hidden="gelu")


def test_several_networks_as_starts():
    X, y = problem("mse")
    starts = dense.init_params((3, 4, 3), 1, n=2)
    networks = [dense.unpack(start, (3, 4, 3)) for start in starts]
    for many in (networks, tuple(networks)):
        np.testing.assert_array_equal(dense.sweep((3, 4, 3), X, y, many, epochs=2).loss,
                                      dense.sweep((3, 4, 3), X, y, starts, epochs=2).loss)


def test_questions_to_a_record():
    X, y = problem("mse")
    many = dense.sweep((3, 2), X, y[:, :2], lrs=[0.1, 0.2], epochs=2, snapshots=2)
    assert len(list(many)) == 2 and many[-1].loss[-1] == many.loss[1, -1]
    np.testing.assert_array_equal(many[0].predict(X, 1), many[0].predict(X))
    for call, error, words in [
        (lambda: many[2], IndexError, "run 2 of a sweep of 2 runs"),
        (lambda: many["0"], TypeError, "run='0', expected a whole number"),
        (lambda: many[0].predict(X, snapshot=99), ValueError, "snapshot=99, expected a whole number from 0 to 1"),
        (lambda: dense.train((3, 2), X, y[:, :2], epochs=1).predict(X, 0), ValueError, "this run kept none"),
        (lambda: many[0].predict(X[:, :2]), ValueError, r"X has shape \(.*, 2\), expected \(N, 3\)"),
        (lambda: dense.init_params((3, 2), dtype="foo"), TypeError, "dtype='foo', expected float32 or float64"),
        (lambda: dense.train((3, 2), X, y[:, :2], lr="0.1"), TypeError, r"lr must be a number, got '0\.1'"),
        (lambda: dense.Stepper((3, 2), 4, lr=[0.1]), ValueError, r"lr has shape \(1,\), expected one number"),
    ]:
        with pytest.raises(error, match=words):
            call()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 5, 1])
@pytest.mark.parametrize("settings", [{}, {"momentum": 0.8}, {"momentum": 0.8, "weight_decay": 0.02}])
def test_a_run_in_two_pieces_is_the_run_in_one(settings, batch_size, dtype):
    X, y = problem("bce", dtype=dtype)
    kwargs = dict(loss="bce", lr=0.3, batch_size=batch_size, rng=4, **settings)
    whole = dense.train((3, 4, 3), X, y, epochs=17, **kwargs)
    first = dense.train((3, 4, 3), X, y, epochs=6, **kwargs)
    kept = first.params.copy(), first.state.copy()
    second = dense.train((3, 4, 3), X, y, epochs=11, after=first, **kwargs)
    np.testing.assert_array_equal(np.concatenate([first.loss, second.loss[1:]]), whole.loss)
    assert first.loss[-1] == second.loss[0] and second.epochs == whole.epochs == 17
    np.testing.assert_array_equal(second.params, whole.params)
    np.testing.assert_array_equal(second.state, whole.state)
    assert whole.state.shape == (len(settings) > 0, whole.params.size) and whole.state.dtype == dtype
    for before, now in zip(kept, (first.params, first.state), strict=True):
        np.testing.assert_array_equal(before, now)


@pytest.mark.parametrize("batch_size", [None, 1])
def test_a_knob_turned_in_mid_run_acts_at_once(batch_size):
    """The velocity is the sum of gradients, so a new rate holds for all of it."""
    X, y = problem("mse")
    kwargs = dict(rng=4, batch_size=batch_size, shuffle=False)
    first = dense.train((3, 4, 3), X, y, lr=0.1, momentum=0.6, epochs=3, **kwargs)
    second = dense.train((3, 4, 3), X, y, lr=0.02, momentum=0.3, epochs=1, after=first, **kwargs)
    params, v = first.params, first.state[0]
    for chosen in [np.arange(len(X))] if batch_size is None else np.arange(len(X))[:, None]:
        layers = dense.unpack(params, (3, 4, 3))
        gradient = dense.pack(loss_and_gradient(layers, X[chosen], y[chosen], "tanh", "identity", "mse")[1])
        params, v = ops.momentum(params, gradient, v, 0.02, 0.3)
    np.testing.assert_allclose(second.params, params, rtol=1e-9)
    np.testing.assert_allclose(second.state[0], v, rtol=1e-9, atol=1e-12)


def test_many_runs_go_on_from_many_or_from_one():
    X, y = problem("mse")
    starts, kwargs = dense.init_params((3, 4, 3), 1, n=3), dict(momentum=0.5)
    whole = dense.sweep((3, 4, 3), X, y, starts, [0.1, 0.2, 0.3], epochs=9, **kwargs)
    first = dense.sweep((3, 4, 3), X, y, starts, [0.1, 0.2, 0.3], epochs=4, **kwargs)
    second = dense.sweep((3, 4, 3), X, y, lrs=[0.1, 0.2, 0.3], epochs=5, after=first, **kwargs)
    np.testing.assert_array_equal(second.params, whole.params)
    np.testing.assert_array_equal(second[1].state, whole.state[1])
    fan = dense.sweep((3, 4, 3), X, y, lrs=[0.1, 0.2], epochs=5, after=first[1], **kwargs)
    np.testing.assert_array_equal(fan.params[1], whole.params[1])


def test_a_run_that_cannot_go_on_says_why():
    X, y = problem("mse")
    first = dense.train((3, 4, 3), X, y, epochs=2)
    with pytest.raises(TypeError, match="after is a ndarray, expected what `train` or `sweep` gave back"):
        dense.train((3, 4, 3), X, y, after=first.params)
    with pytest.raises(ValueError, match="params and after are both a start"):
        dense.train((3, 4, 3), X, y, params=first.params, after=first)
    with pytest.raises(ValueError, match=r"the run before kept 0 arrays.*'momentum' keeps 1"):
        dense.train((3, 4, 3), X, y, momentum=0.5, after=first)
    with pytest.raises(ValueError, match="other layer sizes"):
        dense.train((3, 5, 3), X, y, after=first)


def test_what_a_rule_keeps_lies_slot_by_slot_whatever_the_parts():
    """The kernel lays it part after part; with two slots the two orders differ."""
    X, y = problem("mse")
    sizes, states = (3, 4, 3), np.arange(62.0).reshape(1, 2, 31)
    given = states.copy()
    runs.train(dense.init_params(sizes, n=1), states, 0, ops.RULES["sgd"].compiled(float), np.full((1, 2, 2), 0.1),
               parts(sizes, True, decay=True), np.array(sizes), layout(sizes, [True, True]), np.zeros(3, np.int64),
               np.ascontiguousarray(X.T), np.ascontiguousarray(y.T), np.empty((0, 0), np.int64), np.zeros((1, 3)),
               np.full(3, -1), np.empty((1, 0, 31)), np.full(1, -1), np.empty((1, 0, 2)), len(X))
    np.testing.assert_array_equal(states, given)

"""Learning rates over the epochs: exact tables, the plateau rule, and training by them."""

import numpy as np
import pytest

from course_lib import nn, ops, optim

#: (schedule, epochs, rates found without the library)
TABLE = [
    (ops.step_decay(0.8), [0, 4, 4.9, 5, 9, 10, 15], [0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.1]),
    (ops.step_decay(0.8, factor=0.1, every=20), [19, 20, 40], [0.8, 0.08, 0.008]),
    (ops.exponential_decay(0.8, np.log(2)), [0, 0.5, 1, 3], [0.8, 0.8 / np.sqrt(2), 0.4, 0.1]),
    (ops.inverse_decay(0.8, 0.5), [0, 1, 2, 6], [0.8, 1.6 / 3, 0.4, 0.2]),
    (ops.cosine_decay(0.8, 12), [0, 4, 6, 8, 12, 13], [0.8, 0.6, 0.4, 0.2, 0.0, 0.0]),
    (ops.cosine_decay(0.8, 12, lr_min=0.2), [0, 6, 12, 50], [0.8, 0.5, 0.2, 0.2]),
    (ops.warm_up(0.8, 4), [0, 1, 3.5, 4, 9], [0.0, 0.2, 0.7, 0.8, 0.8]),
    (ops.warm_up(ops.step_decay(0.8), 4), [2, 4, 8, 9, 14], [0.4, 0.8, 0.8, 0.4, 0.2]),
]


@pytest.mark.parametrize(("schedule", "epochs", "rates"), TABLE)
def test_rates(schedule, epochs, rates):
    np.testing.assert_allclose([schedule(epoch) for epoch in epochs], rates, rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(schedule(np.array(epochs)), rates, rtol=1e-14, atol=1e-16)
    assert all(np.ndim(schedule(epoch)) == 0 for epoch in epochs)


def test_constants_of_inverse_time():
    """t0 / (t + t1) is the schedule that begins at t0 / t1 and has k = 1 / t1."""
    epochs = np.arange(100)
    np.testing.assert_allclose(ops.inverse_decay(5 / 50, 1 / 50)(epochs), ops.inverse_time(5, 50)(epochs), rtol=1e-14)


def test_the_plateau_rule_cuts_after_each_row_without_a_new_best():
    losses = [5.0, 4.0, 4.0, 4.5, 3.9, 3.9, np.nan, 4.0, np.inf, 3.0, 4.0]
    #: patience 2: cut after epochs 3 (4.0 is no new best), 6 and 8
    rates = [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02]
    np.testing.assert_allclose(ops.reduce_on_plateau(losses, 0.1, factor=0.5, patience=2, lr_min=0.02), rates)


def test_the_plateau_rule_can_freeze_training():
    assert ops.reduce_on_plateau(np.ones(121), 0.1)[-1] == pytest.approx(1e-13)  # ten epochs after the first, and so on


def test_the_plateau_rule_in_training():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 2))
    net = nn.Sequential(nn.Linear(2, 1, rng=rng))
    adam = optim.Adam([{"params": [p], "lr": lr} for p, lr in zip(net.parameters(), (0.4, 0.004), strict=True)])
    plateau, rates = optim.ReduceLROnPlateau(adam, factor=0.5, patience=2, min_lr=0.003), []

    def cut(status):
        plateau.step(status.history.val_loss[-1])
        rates.append(adam.lr)

    y = X @ np.ones((2, 1))
    history = nn.fit(net, nn.MSELoss(), adam, X, y, 60, X_val=X + 0.3, y_val=y, on_epoch=cut)
    expected = ops.reduce_on_plateau(history.val_loss[1:], 0.4, 0.5, 2, 0.003)
    np.testing.assert_array_equal(rates[:-1], expected[1:])
    assert rates[-1] < 0.4 and adam.param_groups[1]["lr"] == 0.003


def test_the_floor_raises_no_rate():
    sgd = optim.SGD([nn.Parameter(np.zeros(1))], 1e-4)
    plateau = optim.ReduceLROnPlateau(sgd, patience=1, min_lr=1e-3)
    for _ in range(3):
        plateau.step(1.0)
    assert sgd.lr == 1e-4


@pytest.mark.parametrize(("call", "message"), [
    (lambda: ops.step_decay(0.1, factor=2.0), "factor=2"), (lambda: ops.step_decay(0.1, every=0), "every=0"),
    (lambda: ops.cosine_decay(0.1, 5, lr_min=0.2), "lr_min=0.2"), (lambda: ops.exponential_decay(0.1, -1), "k=-1"),
    (lambda: ops.warm_up(lambda epoch: -1.0, 5), r"schedule\(0\)=-1"),
    (lambda: ops.reduce_on_plateau([], 0.1), "one number an epoch")])
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    with pytest.raises(TypeError, match="expected an object such as"):
        optim.ReduceLROnPlateau(optim.SGD)


# ---- clipping and averages -----------------------------------------------------------------------------------


def test_clipping_by_norm_keeps_the_direction_of_all_arrays_together():
    grads = [np.array([[3.0, 0.0]]), np.array([0.0, 4.0])]
    clipped = ops.clip_by_norm(grads, 1.0)
    np.testing.assert_allclose(clipped[0], [[0.6, 0]])
    np.testing.assert_allclose(clipped[1], [0, 0.8])
    for one, other in zip(ops.clip_by_norm(grads, 5.1), grads, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one is not other
    assert not ops.clip_by_norm(np.zeros(3), 0.0).any()
    assert ops.clip_by_norm(np.full(2, 1e30, np.float32), 1.0).dtype == np.float32
    np.testing.assert_allclose(ops.clip_by_norm(np.full(2, 1e30, np.float32), 1.0), np.sqrt(0.5), rtol=1e-6)
    assert np.isnan(ops.clip_by_norm([1.0, np.inf], 1.0)[1])


def test_clipping_by_value_turns_the_gradient():
    np.testing.assert_array_equal(ops.clip_by_value(np.array([-7.0, 0.5, 6.0, np.nan]), 5), [-5, 0.5, 5, np.nan])
    first, second = ops.clip_by_value([np.array([[9.0]]), np.array([-9.0])], 1)
    assert first.tolist() == [[1.0]] and second.tolist() == [-1.0]


@pytest.mark.parametrize("correct", [False, True])
def test_the_moving_average_is_its_sum_of_weights(correct):
    x, beta = np.random.default_rng(0).standard_normal((30, 2)), 0.8
    expected = [sum((1 - beta) * beta**k * x[t - k] for k in range(t + 1)) for t in range(30)]
    if correct:
        expected /= 1 - beta ** np.arange(1, 31)[:, None]
    np.testing.assert_allclose(ops.moving_average(x, beta, correct), expected, rtol=1e-12)


def test_the_corrected_average_of_a_constant_is_the_constant():
    np.testing.assert_allclose(ops.moving_average(np.full(50, 7.0), 0.9, correct=True), 7)
    np.testing.assert_allclose(ops.moving_average([1.0, 1.0], 0.7), [0.3, 0.51])
    assert ops.moving_average([], 0.9, correct=True).shape == (0,)
    with pytest.raises(ValueError, match="beta=1"):
        ops.moving_average([1.0], 1)

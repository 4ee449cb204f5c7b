"""Dropout and batch norm as layers, early stopping, penalties in `fit`, Monte Carlo dropout, saved networks."""

import numpy as np
import pytest

from course_lib import nn, ops, optim


def build(seed=0, *, dropout=0.0, norm=False, width=16):
    rng = np.random.default_rng(seed)
    layers = [nn.Linear(2, width, rng=rng), *([nn.BatchNorm1d(width)] if norm else []), nn.Tanh(),
              *([nn.Dropout(dropout, rng)] if dropout else []), nn.Linear(width, 2, rng=rng)]
    return nn.Sequential(*layers)


def noisy(n, seed):
    """Two overlapping clouds with every fifth label wrong: a wide net learns the wrong ones by heart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.standard_normal((n, 2)) + y[:, None], np.where(rng.random(n) < 0.2, 1 - y, y)


X, Y = noisy(40, 1)
X_VAL, Y_VAL = noisy(200, 2)


def run(net, lr=0.5, epochs=60, **settings):
    validation = dict(X_val=X_VAL, y_val=Y_VAL)
    return nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr), X, Y, epochs, 10,
                  **(validation | settings))


# ---- dropout -----------------------------------------------------------------------------------------------


def test_dropout_draws_anew_in_training_and_rests_in_evaluation():
    layer, x = nn.Dropout(0.5, np.random.default_rng(0)), np.ones((50, 40))
    first, second = layer(x), layer(x)
    assert set(first.ravel()) == {0.0, 2.0} and not np.array_equal(first, second)
    assert len(np.unique(first, axis=0)) == 50  # every sample loses other units
    np.testing.assert_array_equal(layer.backward(x), second)  # the masks of the last pass
    np.testing.assert_array_equal(layer.eval()(x), x)
    np.testing.assert_array_equal(layer.backward(3 * x), 3 * x)


def test_dropout_without_a_generator_shares_one():
    one, other = nn.Dropout(0.5), nn.Dropout(0.5)
    x = np.ones((10, 10))
    assert not np.array_equal(one(x), other(x))


def test_records_of_a_run_are_without_dropout():
    net = build(dropout=0.5)
    history = run(net, epochs=3)
    assert history.loss[-1] == pytest.approx(nn.CrossEntropyLoss()(net.eval()(X), Y))


@pytest.mark.parametrize(("make", "error", "message"), [
    (lambda: nn.Dropout(1.0), ValueError, "p=1 would drop every unit"),
    (lambda: nn.Dropout(-0.1), ValueError, "p=-0.1"),
    (lambda: nn.Dropout(0.5, 0), TypeError, "the same one for all layers"),
    (lambda: nn.GroupNorm(6, 2), ValueError, "the groups come first"),
    (lambda: nn.BatchNorm1d(3)(np.ones((4, 2))), ValueError, r"BatchNorm1d\(3\) got x of shape \(4, 2\)"),
    (lambda: nn.BatchNorm1d(3)(np.ones(3)), ValueError, r"x\[None, :\]"),
    (lambda: nn.BatchNorm2d(3)(np.ones((4, 3))), ValueError, r"expected \(N, num_features, H, W\)"),
    (lambda: nn.BatchNorm1d(3)(np.ones((1, 3))), ValueError, r"net.eval\(\)"),
    (lambda: nn.BatchNorm1d(3, momentum=None), TypeError, "momentum")])
def test_wrong_layers(make, error, message):
    with pytest.raises(error, match=message):
        make()


# ---- batch norm --------------------------------------------------------------------------------------------


def test_running_statistics_come_to_those_of_the_data():
    layer, rng = nn.BatchNorm1d(2), np.random.default_rng(0)
    for _ in range(400):
        layer(rng.standard_normal((50, 2)) * [3.0, 0.5] + [10.0, -1.0])
    np.testing.assert_allclose(layer.running_mean.data, [10, -1], atol=0.5)
    np.testing.assert_allclose(np.sqrt(layer.running_var.data), [3, 0.5], rtol=0.1)
    layer.eval()
    before = layer.state_dict()
    alone = layer(np.array([[10.0, -1.0]]))  # one sample, whatever the others are
    np.testing.assert_allclose(alone, 0, atol=0.2)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_names_of_parameters_and_buffers():
    layer = nn.BatchNorm2d(3)
    assert list(layer.named_parameters()) == ["weight", "bias"]
    assert list(layer.named_buffers()) == ["running_mean", "running_var"]
    assert not nn.BatchNorm1d(3, affine=False).parameters() and not nn.InstanceNorm2d(3).parameters()
    assert nn.BatchNorm1d(3, dtype=np.float32)(np.ones((4, 3), np.float32)).dtype == np.float32


# ---- early stopping ----------------------------------------------------------------------------------------


def test_early_stopping_restores_the_best_weights_and_buffers():
    net, stopping, states = build(norm=True), nn.EarlyStopping(4), []

    def watch(now):
        states.append(now.net.state_dict())

    free = build(norm=True)
    run(free, on_epoch=watch)
    history = run(net, on_epoch=stopping)
    assert history.reason == "stopped" and 0 < stopping.best_epoch < stopping.stopped_epoch < 60
    assert stopping.stopped_epoch == len(history.val_loss) - 1 == stopping.best_epoch + 4
    assert (stopping.best_epoch, stopping.stopped_epoch) == ops.early_stopping(history.val_loss, 4)
    assert stopping.best_epoch == history.best_epoch
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, states[stopping.best_epoch - 1][name])
    assert nn.CrossEntropyLoss()(net.eval()(X_VAL), Y_VAL) == pytest.approx(history.val_loss.min(), rel=1e-12)


def test_without_restore_the_last_weights_stay():
    net, stopping = build(), nn.EarlyStopping(4, restore=False)
    history = run(net, on_epoch=stopping)
    assert history.reason == "stopped"
    assert nn.CrossEntropyLoss()(net(X_VAL), Y_VAL) == pytest.approx(history.val_loss[-1], rel=1e-12)


def test_a_run_to_the_end_is_restored_too_and_a_second_one_starts_anew():
    net, stopping = build(), nn.EarlyStopping(1000)
    for _ in range(2):
        history = run(net, on_epoch=stopping)
        assert history.reason == "finished" and stopping.stopped_epoch is None
        assert stopping.best_epoch == np.argmin(history.val_loss) < 60
        assert nn.CrossEntropyLoss()(net(X_VAL), Y_VAL) == pytest.approx(history.val_loss.min(), rel=1e-12)


def test_the_start_may_be_the_best():
    net, stopping = build(), nn.EarlyStopping(3)
    run(net)
    before = net.state_dict()
    history = run(net, X_val=X_VAL, y_val=net(X_VAL).argmax(axis=1), on_epoch=stopping, lr=5.0)
    assert stopping.best_epoch == 0 and len(history.val_loss) == 4
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_run_that_diverges_ends_with_the_best_weights():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 1, rng=rng))
    stopping = nn.EarlyStopping(1000)
    y = Y[:, None]
    history = nn.fit(net, nn.MSELoss(), optim.SGD(net.parameters(), 10.0), X, y, 400, X_val=X, y_val=y,
                     on_epoch=stopping)
    assert history.reason == "diverged"
    assert nn.MSELoss()(net(X), y) == pytest.approx(np.nanmin(history.val_loss))


# ---- penalties and noise in fit ----------------------------------------------------------------------------


def weights(net):
    return [parameter.data for parameter in net.parameters() if parameter.data.ndim > 1]


def test_l1_is_the_slope_of_its_penalty():
    """One step from the same start: weights move by -lr (dW + l1 sign W), biases as without."""
    plain, pulled = build(norm=True), build(norm=True)
    start = plain.state_dict()
    for net, l1 in ((plain, 0.0), (pulled, 0.3)):
        nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), 0.1), X, Y, 1, l1=l1)
    one, other = plain.state_dict(), pulled.state_dict()
    slopes = {name: 0.3 * np.sign(start[name]) for name in ("0.weight", "3.weight")}
    for name in one:
        np.testing.assert_allclose(other[name], one[name] - 0.1 * slopes.get(name, 0), atol=1e-14)


def test_l1_drives_weights_of_no_use_to_zero():
    nets = build(), build()
    for net, l1 in zip(nets, (0.0, 0.02), strict=True):
        run(net, lr=0.05, epochs=300, l1=l1)
    small = [np.mean(np.abs(np.concatenate([W.ravel() for W in weights(net)])) < 0.01) for net in nets]
    assert small[1] > 0.5 > 5 * small[0]


def test_gradient_noise_has_the_stated_spread_and_leaves_the_order():
    plain, shaken = (nn.Sequential(nn.Linear(2, 400), nn.Linear(400, 2)) for _ in range(2))
    shaken.load_state_dict(plain.state_dict())
    for net, spread in ((plain, 0.0), (shaken, 0.5)):
        nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), 1.0), X, Y, 1, gradient_noise=spread)
    moved = np.concatenate([(a.data - b.data).ravel() for a, b in zip(plain.parameters(), shaken.parameters(),
                                                                       strict=True)])
    assert moved.std() == pytest.approx(0.5, rel=0.06) and abs(moved.mean()) < 0.05  # 2,002 draws
    seen = {}
    for spread in (0.0, 1e-12):
        net, losses = build(), []
        run(net, epochs=2, gradient_noise=spread, on_step=lambda now, losses=losses: losses.append(now.loss))
        seen[spread] = losses
    np.testing.assert_allclose(seen[0.0], seen[1e-12], rtol=1e-9)


def test_noise_of_one_seed_is_the_same_each_time():
    ends = [run(build(), epochs=3, gradient_noise=0.1, rng=rng).loss[-1] for rng in (4, 4, 5)]
    assert ends[0] == ends[1] != ends[2]


def test_max_norm_as_a_callback():
    net = build()

    def limit(now):
        now.net[0].weight = ops.max_norm(now.net[0].weight.data, 0.5)

    run(net, on_step=limit)
    lengths = np.linalg.norm(net[0].weight.data, axis=0)
    assert lengths.max() == pytest.approx(0.5) and np.linalg.norm(net[2].weight.data, axis=0).max() > 0.6


# ---- Monte Carlo dropout -----------------------------------------------------------------------------------


def test_monte_carlo_spreads_about_the_prediction():
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Dropout(0.3, rng), nn.Linear(50, 2, rng=rng), nn.BatchNorm1d(2)).train()
    net[0].training = False  # a mode of its own
    x, before = rng.standard_normal((4, 50)), net.state_dict()
    draws = nn.monte_carlo(net, x, 4000, rng=1)
    assert draws.shape == (4000, 4, 2)
    np.testing.assert_array_equal(draws, nn.monte_carlo(net, x, 4000, np.random.default_rng(1)))
    assert net.training and not net[0].training and net[0].rng is rng
    assert all(np.array_equal(value, before[name]) for name, value in net.state_dict().items())
    # of a linear net the mean is the plain prediction: five standard errors
    assert (np.abs(draws.mean(axis=0) - net.eval()(x)) < 5 * draws.std(axis=0) / np.sqrt(4000)).all()
    W = net[1].weight.data / np.sqrt(1 + 1e-5)
    np.testing.assert_allclose(draws.std(axis=0), np.sqrt(0.3 / 0.7 * (x**2) @ W**2), rtol=0.06)


def test_monte_carlo_without_dropout():
    with pytest.raises(ValueError, match=r"no nn.Dropout with p above 0, so all 5 predictions"):
        nn.monte_carlo(nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.0)), X, 5)


# ---- saved networks ----------------------------------------------------------------------------------------


def test_a_saved_network_predicts_the_same(tmp_path):
    net, path = build(norm=True, dropout=0.2), tmp_path / "folder" / "net.npz"
    run(net, epochs=5)
    nn.save(net, path)
    other = build(7, norm=True, dropout=0.2)
    assert nn.load(other, str(path)) is other
    np.testing.assert_array_equal(other.eval()(X), net.eval()(X))
    run(net, epochs=1)
    nn.save(net, path)
    np.testing.assert_array_equal(nn.load(other, path)(X), net(X))
    assert [file.name for file in path.parent.iterdir()] == ["net.npz"]


def test_what_cannot_be_loaded(tmp_path):
    net, path = build(), tmp_path / "net.npz"
    with pytest.raises(FileNotFoundError, match=r"no file .*net.npz; nn.save"):
        nn.load(net, path)
    for content in (b"", b"text", b"PK\x03\x04 broken"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="no file of numbers by name"):
            nn.load(net, path)
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError, match="no file of numbers by name"):
        nn.load(net, path)
    nn.save(build(width=5), path)
    with pytest.raises(ValueError, match="another layer width"):
        nn.load(net, path)
    for call in (nn.save, nn.load):
        with pytest.raises(ValueError, match=r"ends in \.npz"):
            call(net, tmp_path / "net")
        with pytest.raises(TypeError, match="net and path exchanged"):
            call(str(path), net)
        with pytest.raises(TypeError, match="path is int"):
            call(net, 3)

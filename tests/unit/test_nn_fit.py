"""The training loop: what it records, its schedule, clipping and callbacks, and what it refuses."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import nn, optim


def build(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 5, rng=rng), nn.ReLU(), nn.Linear(5, 2, rng=rng))


def clouds(n=200):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, n)
    return rng.standard_normal((n, 2)) + 4 * y[:, None], y


def test_fit_records_all_points_after_every_epoch():
    X, y = clouds()
    net = build()
    start = nn.CrossEntropyLoss()(net(X), y)
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1), X[:150], y[:150], epochs=8,
                     batch_size=20, rng=0, X_val=X[150:], y_val=y[150:])
    assert len(history.loss) == 9 and history.diverged_at is None and history.reason == "finished"
    assert history.loss[-1] == pytest.approx(nn.CrossEntropyLoss()(net(X[:150]), y[:150]))
    assert history.loss[-1] < 0.3 * start
    assert history.val_accuracy[-1] > 0.95
    assert history.val_loss[history.best_epoch] == history.val_loss.min()


def test_fit_equals_full_batch_descent():
    X, y = clouds()
    one, two = build(), build()
    history = nn.fit(one, nn.CrossEntropyLoss(), optim.SGD(one.parameters(), lr=0.2, momentum=0.5), X, y, epochs=3)
    loss, sgd = nn.CrossEntropyLoss(), optim.SGD(two.parameters(), lr=0.2, momentum=0.5)
    for epoch in range(3):
        sgd.zero_grad()
        assert loss(two(X), y) == pytest.approx(history.loss[epoch])
        two.backward(loss.backward())
        sgd.step()
    np.testing.assert_allclose(one(X), two(X), rtol=1e-10)
    assert history.val_loss is None


def test_fit_reports_divergence():
    X, y = clouds()
    net = nn.Sequential(nn.Linear(2, 1, rng=np.random.default_rng(0)))
    history = nn.fit(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=10.0), X, y[:, None].astype(float), epochs=200)
    end = history.diverged_at
    assert 0 < end < 200 and history.reason == "diverged"
    assert np.isnan(history.loss[end:]).all() and np.isfinite(history.loss[:end]).all()
    assert history.accuracy is None


def test_a_run_that_begins_with_infinity_has_a_history_too():
    net = build()
    net[0].weight.data *= 1e308
    X, y = clouds()
    history = nn.fit(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1), 100 * X, y, epochs=2, X_val=X,
                     y_val=y)
    assert history.reason == "diverged" and history.diverged_at == 0
    assert len(history.loss) == len(history.val_loss) == 3
    with pytest.raises(ValueError, match="no epoch has a finite loss"):
        history.best_epoch  # noqa: B018


def run(net=None, loss=None, sgd=None, X=None, y=None, lr=0.1, **settings):
    """A short run; every part can be exchanged."""
    clouds_X, clouds_y = clouds()
    net = net or build()
    sgd = sgd or optim.SGD(net.parameters(), lr=lr)
    return nn.fit(net, loss or nn.CrossEntropyLoss(), sgd, clouds_X if X is None else X, clouds_y if y is None else y,
                  **(dict(epochs=3, batch_size=50) | settings))


def test_evaluation_in_parts_is_that_of_all_points(monkeypatch):
    X, y = clouds()
    settings = dict(batch_size=20, X_val=X[:30], y_val=y[:30])
    whole = run(**settings)
    seen = []

    class Watched(nn.Identity):
        def forward(self, x):
            seen.append(len(x))
            return super().forward(x)

    monkeypatch.setattr(sys.modules["course_lib.nn.fit"], "EVALUATED_AT_ONCE", 2 * 35)
    net = nn.Sequential(Watched(), *build())
    parts = run(net, **settings)
    assert max(seen) == 35 and sum(seen[:6]) == 200  # 5 x 35 + 25
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)


def test_evaluation_is_in_evaluation_mode():
    modes = []

    class Watched(nn.Identity):
        def forward(self, x):
            modes.append((self.training, len(x)))
            return super().forward(x)

    net = nn.Sequential(nn.Sequential(Watched()), *build())
    run(net, epochs=1, batch_size=100)
    assert modes == [(False, 200), (True, 100), (True, 100), (False, 200)]


def test_a_run_leaves_the_mode_as_it_was():
    def fails(now):
        raise RuntimeError("own mistake")

    net = nn.Sequential(nn.Identity(), *build())
    for frozen in (False, True):
        net.train(not frozen)
        net[0].training = False  # one of several
        run(net, epochs=1)
        run(net, on_epoch=lambda now: "stop")
        for callback in ({"on_step": fails}, {"on_epoch": fails}, {"schedule": fails}):
            with pytest.raises(RuntimeError, match="own mistake"):
                run(net, **callback)
        with pytest.raises(ValueError, match="one-hot"):  # while it is evaluated
            run(net, y=np.eye(2, dtype=int)[Y])
        assert net.training is net[1].training is not frozen and net[0].training is False


# ---- schedule, clipping, callbacks -------------------------------------------------------------------------


def test_schedule_is_asked_before_every_step():
    asked, used, net = [], [], build()
    sgd = optim.SGD(net.parameters(), lr=7.0)

    def schedule(epoch):
        asked.append(epoch)
        return 0.1 / (1 + epoch)

    run(net, sgd=sgd, epochs=2, batch_size=80, schedule=schedule, on_step=lambda now: used.append(now.optimizer.lr))
    assert asked == pytest.approx([0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3])  # 80, 80 and 40 samples
    assert used == pytest.approx([0.1 / (1 + epoch) for epoch in asked])


def test_a_constant_schedule_is_a_constant_rate():
    np.testing.assert_array_equal(run(lr=0.1).loss, run(lr=5.0, schedule=lambda epoch: 0.1).loss)


def test_a_schedule_keeps_the_ratio_of_the_groups():
    net = build()
    sgd = optim.SGD([{"params": net[0].parameters(), "lr": 0.1}, {"params": net[2].parameters(), "lr": 0.02}], lr=0.5)
    seen = []
    for _ in range(2):  # a second run goes on from the rates of the first
        run(net, sgd=sgd, epochs=1, batch_size=100, schedule=lambda epoch: 0.3 - 0.2 * epoch,
            on_step=lambda now: seen.append([group["lr"] for group in now.optimizer.param_groups]))
    np.testing.assert_allclose(seen, 2 * [[0.3, 0.06], [0.2, 0.04]], rtol=1e-12)
    sgd.param_groups[0]["lr"] = 0.0
    with pytest.raises(ValueError, match="Put a group first that moves"):
        run(net, sgd=sgd, schedule=lambda epoch: 0.1)
    sgd.lr = 0.0
    run(net, sgd=sgd, epochs=1, schedule=lambda epoch: 0.1)
    assert [group["lr"] for group in sgd.param_groups] == [0.1, 0.1]


@pytest.mark.parametrize("answer", [-0.1, np.nan, np.inf, None, "0.1"])
def test_a_schedule_that_gives_no_rate(answer):
    with pytest.raises((TypeError, ValueError), match=r"schedule\(epoch\)"):
        run(schedule=lambda epoch: answer)


def test_clipping_keeps_the_direction():
    free, clipped, loose = build(), build(), build()
    start = np.concatenate([p.data.ravel() for p in free.parameters()])
    moved = []
    for net, settings in ((free, {}), (clipped, dict(clip_norm=0.01)), (loose, dict(clip_norm=1e6))):
        run(net, lr=1.0, epochs=1, batch_size=None, **settings)
        moved.append(np.concatenate([p.data.ravel() for p in net.parameters()]) - start)
    assert np.linalg.norm(moved[0]) > 0.1
    np.testing.assert_allclose(moved[1], 0.01 * moved[0] / np.linalg.norm(moved[0]), rtol=1e-9)
    np.testing.assert_array_equal(moved[2], moved[0])
    with pytest.raises(ValueError, match="clip_norm=-1"):
        run(clip_norm=-1)


def test_callbacks_see_where_the_run_stands():
    steps, epochs, net = [], [], build()
    history = run(net, on_step=steps.append, on_epoch=epochs.append, batch_size=80)
    assert [(now.epoch, now.step) for now in steps] == [(0, 1), (0, 2), (0, 3), (1, 4), (1, 5), (1, 6), (2, 7), (2, 8),
                                                        (2, 9)]
    assert [(now.epoch, now.step) for now in epochs] == [(1, 3), (2, 6), (3, 9)]
    assert [now.loss for now in epochs] == list(history.loss[1:])
    assert all(now.net is net for now in steps + epochs)
    for now in steps + epochs:
        np.testing.assert_array_equal(now.history.loss, history.loss[: now.epoch + 1])
        np.testing.assert_array_equal(now.history.accuracy, history.accuracy[: now.epoch + 1])
        assert now.history.reason == "running"


def test_the_loss_of_a_step_is_that_of_its_batch():
    seen = []
    history = run(batch_size=None, on_step=lambda now: seen.append(now.loss))
    assert seen == pytest.approx(history.loss[:-1])  # one batch of all points


def test_stop_after_an_epoch():
    history = run(epochs=50, on_epoch=lambda now: "stop" if now.loss < 0.3 else None)
    assert history.reason == "stopped" and 1 < len(history.loss) < 51
    assert history.loss[-1] < 0.3 and (history.loss[:-1] >= 0.3).all() and len(history.accuracy) == len(history.loss)
    np.testing.assert_array_equal(history.loss, run(epochs=50).loss[: len(history.loss)])


def test_stop_after_a_step():
    seen = []
    history = run(batch_size=80, on_step=lambda now: seen.append(now.step) or ("stop" if now.step == 5 else None))
    assert seen == [1, 2, 3, 4, 5] and history.reason == "stopped" and len(history.loss) == 2


def test_progress_is_a_bar_in_a_notebook_only(monkeypatch):
    import IPython
    from IPython import display

    shown = []

    class Picture:
        def update(self, bundle, raw):
            shown[-1] = bundle["text/html"]

    def show(bundle, raw, display_id):
        shown.append(bundle["text/html"])
        return Picture()

    monkeypatch.setattr(display, "display", show)
    run(progress=True)
    assert shown == []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    run()
    assert shown == []
    run(progress=True)
    assert 'max="12" value="12"' in shown[0] and "epoch 3 of 3, loss 0." in shown[0]
    run(progress=True, on_step=lambda now: "stop" if now.step == 7 else None)
    assert 'value="7"' in shown[1] and "epoch 2 of 3, loss " in shown[1]


# ---- errors ------------------------------------------------------------------------------------------------


def holed(array):
    array = array.astype(float)
    array.flat[3] = np.nan
    return array


X, Y = clouds()


@pytest.mark.parametrize(("change", "error", "message"), [
    (dict(y=Y[1:]), ValueError, "200 rows and y has 199"),
    (dict(X=X[:0], y=Y[:0]), ValueError, "at least one sample"),
    (dict(X=np.float64(3)), ValueError, "at least one sample"),
    (dict(X=holed(X)), ValueError, "X holds 1 NaN"),
    (dict(X=np.where(X > 4, np.inf, X)), ValueError, "infinity"),
    (dict(X=[["a", "b"]] * 200), TypeError, "array of numbers"),
    (dict(y=holed(Y)[:, None], loss=nn.BCEWithLogitsLoss()), ValueError, "y holds 1 NaN"),
    (dict(X_val=X), ValueError, "y_val is missing"),
    (dict(y_val=Y), ValueError, "X_val is missing"),
    (dict(X_val=X, y_val=Y[1:]), ValueError, "X_val has 200 rows and y_val has 199"),
    (dict(X_val=holed(X), y_val=Y), ValueError, "X_val holds 1 NaN"),
    (dict(X_val=X[:0], y_val=Y[:0]), ValueError, "X_val has shape"),
    (dict(epochs=2.0), TypeError, "epochs=2.0"),
    (dict(epochs=True), TypeError, "epochs=True"),
    (dict(epochs=-1), ValueError, "epochs=-1"),
    (dict(batch_size=0), ValueError, "batch_size=0"),
    (dict(batch_size=10.0), TypeError, "batch_size=10.0"),
    (dict(rng="seed"), TypeError, "rng='seed'"),
    (dict(loss=nn.CrossEntropyLoss), TypeError, "the class CrossEntropyLoss.*parentheses"),
    (dict(loss=np.mean), TypeError, "function of ops"),
    (dict(sgd=optim.SGD), TypeError, "the class SGD.*parentheses"),
    (dict(sgd=0.1), TypeError, "optimizer=0.1"),
    (dict(net=nn.Sequential), TypeError, "the class Sequential"),
    (dict(sgd=optim.SGD(build().parameters(), lr=0.1)), ValueError, "built anew"),
    (dict(schedule=0.1), TypeError, "schedule=0.1, expected a function"),
    (dict(on_epoch="print"), TypeError, "on_epoch='print'"),
    (dict(on_epoch=nn.EarlyStopping), TypeError, "on_epoch=the class EarlyStopping"),
    (dict(on_epoch=nn.EarlyStopping(3)), ValueError, "watches the validation loss, and there is none"),
    (dict(l1=-0.1), ValueError, "l1=-0.1"),
    (dict(gradient_noise=np.nan), ValueError, "gradient_noise=nan"),
])
def test_a_run_is_refused_before_it_begins(change, error, message):
    net = build()
    before = net.state_dict()
    with pytest.raises(error, match=message):
        run(**(dict(net=net, sgd=optim.SGD(net.parameters(), lr=0.1)) | change))
    assert all(np.array_equal(value, before[name]) for name, value in net.state_dict().items())


def test_an_optimizer_of_ones_own_needs_a_step_and_a_zero():
    class Signs:
        def __init__(self, net):
            self.net, self.lr = net, 0.01

        def step(self):
            for p in self.net.parameters():
                p.data -= self.lr * np.sign(p.grad)

        def zero_grad(self):
            for p in self.net.parameters():
                p.grad[...] = 0

    net = build()
    history = run(net, sgd=Signs(net), clip_norm=1.0, schedule=lambda epoch: 0.02, epochs=10)
    assert history.loss[-1] < 0.5 * history.loss[0]


def test_data_stay_as_they_are():
    X, y = clouds()
    X.flags.writeable = y.flags.writeable = False
    run(X=X, y=y)
    np.testing.assert_array_equal(run(X=X.tolist(), y=y.tolist()).loss, run(X=np.asfortranarray(X), y=y).loss)

"""Training runs of recurrent nets against the same cells in `ops`, and against differences of the loss."""

import _thread
import signal
import threading
from itertools import pairwise

import numpy as np
import pytest

from course_lib import datasets, nn, ops, recurrent
from course_lib.recurrent.cells import CELLS

#: name -> units, streams: products by plain loops, and by tiles
SIZES = {"loops": (5, 3), "tiles": (64, 9)}
TEXT = "".join(np.random.default_rng(3).choice(list("abcdefg \n"), 4000))
SGD = {"rule": "sgd", "lr": 1.0, "clip": None}


def text_run(text=TEXT, cell="lstm", hidden=5, **settings):
    return recurrent.train_text(text, cell, hidden, **{"length": 6, "batch": 3, "val": 0, "dtype": np.float64,
                                                       **settings})


def forward(cell, x, params, start=()):
    """h, the last state as a tuple, and a cache, by `ops`."""
    given = (params["W"], params["U"], params["b"], *start)
    if cell == "lstm":
        h, c, cache = ops.lstm_forward(x, *given)
        return h, (h[:, -1], c), cache
    h, cache = (ops.rnn_forward if cell == "rnn" else ops.gru_forward)(x, *given)
    return h, (h[:, -1],), cache


def backward(cell, dh, cache):
    """dx, dW, dU, db by `ops`."""
    found = {"rnn": ops.rnn_backward, "lstm": ops.lstm_backward, "gru": ops.gru_backward}[cell](dh, cache)
    return found[0], *found[-3:]


def same(one, other):
    """Whether two runs hold the same numbers, bit by bit."""
    np.testing.assert_array_equal(one.flat, other.flat)
    np.testing.assert_array_equal(one.state, other.state)
    assert one.steps == other.steps


# ---- one step of a text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cell", CELLS)
def test_steps_on_a_text_equal_those_of_ops(cell, size, dtype):
    """Three steps: the third one begins from a state that was carried across two cuts."""
    hidden, batch = SIZES[size]
    settings = dict(cell=cell, hidden=hidden, batch=batch, dtype=dtype, **SGD)
    run = text_run(steps=0, **settings)
    characters, index = ops.vocabulary(TEXT)
    assert run.characters == characters
    params, state = run.params, ()
    X, y = ops.chunks(ops.encode(TEXT, index), batch, 6)
    losses = []
    for x, target in zip(X[:3], y[:3], strict=True):
        h, state, cache = forward(cell, x, params, state)
        loss, d = ops.sequence_cross_entropy(h @ params["Wy"] + params["by"], target)
        _, dW, dU, db = backward(cell, d @ params["Wy"].T, cache)
        grads = dict(W=dW, U=dU, b=db, Wy=np.einsum("nth,ntv->hv", h, d), by=d.sum(axis=(0, 1)))
        params = {name: value - grads[name] for name, value in params.items()}
        losses.append(loss)
    run = text_run(steps=3, **settings)
    tolerance = 1e-11 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(run.loss, losses, rtol=tolerance)
    for name, value in run.params.items():
        assert value.dtype == dtype
        np.testing.assert_allclose(value, params[name], rtol=0, atol=tolerance * np.abs(value).max(), err_msg=name)


@pytest.mark.parametrize("cell", CELLS)
def test_it_starts_as_the_layers_of_nn(cell):
    run, rng = text_run(cell=cell, steps=0, seed=7), np.random.default_rng(7)
    layer = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](9, 5, rng=rng)
    head = nn.Linear(5, 9, rng=rng)
    expected = *(parameter.data for parameter in layer.parameters()), head.weight.data, head.bias.data
    for value, wanted in zip(run.params.values(), expected, strict=True):
        np.testing.assert_array_equal(value, wanted)
    assert run.nats(TEXT) == pytest.approx(np.log(9), abs=0.3)  # nothing is known yet


def test_at_the_end_of_the_text_it_begins_again_without_memory():
    text = TEXT[: 2 * 3 * 6 + 1]  # two chunks
    run = text_run(text, steps=3, rule="sgd", lr=0.0)
    np.testing.assert_array_equal(run.loss[2], run.loss[0])
    assert text_run(text, steps=2).at == 2 and run.at == 1


def test_every_entry_of_the_gradient_is_clipped():
    start, free, run = (text_run(steps=steps, **SGD | {"clip": clip})
                        for steps, clip in ((0, None), (1, None), (1, 0.01)))
    gradient = start.flat - free.flat
    assert np.abs(gradient).max() > 0.01
    np.testing.assert_allclose(start.flat - run.flat, np.clip(gradient, -0.01, 0.01), rtol=0, atol=1e-15)


# ---- many steps --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS)
def test_going_on_is_the_same_as_one_long_run(cell):
    """Past the end of the text, with what an optimizer keeps; on float32, as in the course."""
    text, settings = TEXT[:200], dict(cell=cell, dtype=np.float32, val=0.1, reach_every=4)
    whole = text_run(text, steps=25, **settings)
    half = text_run(text, steps=11, **settings)
    joined = text_run(text, steps=14, after=half, **settings)
    same(whole, joined)
    np.testing.assert_array_equal(whole.loss, np.concatenate([half.loss, joined.loss]))
    assert [step for step, _ in half.reach + joined.reach] == [0, 4, 8, 12, 16, 20, 24]
    for (_, one), (_, other) in zip(whole.reach, half.reach + joined.reach, strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.val_loss[-1] == joined.val_loss[-1]


def test_the_seed_decides_and_nothing_else():
    same(text_run(steps=4), text_run(steps=4))
    assert (text_run(steps=4).flat != text_run(steps=4, seed=1).flat).any()


def test_another_batch_begins_the_text_again():
    first = text_run(steps=4)
    run = text_run(steps=1, after=first, batch=2)
    assert (run.at, run.steps, run.batch) == (1, 5, 2)
    assert [part.shape for part in run.carried] == [(2, 5), (2, 5)]


def test_the_held_out_part_is_the_end_and_is_not_learned():
    run = text_run(val=0.25, steps=2)
    same_start = text_run(TEXT[:3000], steps=2)
    np.testing.assert_array_equal(run.flat, same_start.flat)
    assert run.val_steps.tolist() == [2]
    assert run.val_loss[0] == pytest.approx(run.nats(TEXT[3000:]), rel=1e-12)
    assert same_start.val_loss.size == 0
    many = text_run(steps=510, val=0.02)
    assert many.val_steps.tolist() == [250, 500, 510]


@pytest.mark.parametrize("cell", CELLS)
def test_a_simple_text_is_learned(cell):
    run = recurrent.train_text("the cat sat. " * 60, cell, 16, length=13, batch=4, steps=300, lr=0.02)
    assert run.val_loss[-1] < 0.1 < run.loss[0]
    assert run.sample(26, "the ", top_k=1) == "cat sat. the cat sat. the "


def test_true_from_on_step_ends_the_run():
    seen = []

    def stop(run):
        seen.append(run)
        return len(seen) == 3

    run = text_run(steps=9, on_step=stop, val=0.1)
    assert (run.steps, len(run.loss), run.val_steps.tolist()) == (3, 3, [3])
    same(run, text_run(steps=3, val=0.1))
    for before, after in pairwise(seen):  # each is a run of its own
        assert (before.flat != after.flat).any()
    same(seen[0], text_run(steps=1, val=0.1))


def test_an_interrupt_keeps_what_is_trained():
    def interrupt(run):
        if run.steps == 3:
            raise KeyboardInterrupt

    same(text_run(steps=9, on_step=interrupt), text_run(steps=3))
    X, y = datasets.parity(20, 5)
    run = recurrent.train(X, y, task="tags", epochs=9, X_val=X, y_val=y,
                          on_epoch=lambda run: interrupt(run) if run.epochs < 3 else True)
    assert (run.epochs, len(run.loss), len(run.val_loss)) == (3, 3, 3)


def test_a_run_that_diverges_ends_and_says_so():
    run = text_run(steps=30, val=0.1, cell="rnn", **SGD | {"lr": 1e307})
    assert run.diverged_at is not None
    assert len(run.loss) == run.diverged_at + 1 < 30
    assert not np.isfinite(run.loss[-1])
    with pytest.raises(ValueError, match="not finite"):
        text_run(after=run.edited({"b": np.full(5, np.nan)}), cell="rnn", rule="sgd")


def test_a_nan_among_the_weights_reaches_everything():
    for cell in CELLS:
        run = text_run(cell=cell, steps=0, dtype=np.float32)
        b = run.params["b"]
        b[1] = np.nan
        broken = run.edited({"b": b})
        assert np.isnan(broken.nats("abc"))
        seen = broken.read("abc")
        assert np.isnan(seen["h"][-1]).all() or np.isnan(seen["h"][0, 1])
        assert np.isnan(seen["probabilities"]).all()


# ---- what a run tells --------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=CELLS)
def trained(request):
    return text_run(cell=request.param, steps=40, lr=0.05)


def test_reading_shows_the_states_and_gates(trained):
    cell, text = trained.net.cell, TEXT[:1200]
    tokens = ops.encode(text, ops.vocabulary(TEXT)[1])
    seen = trained.read(text)
    h, last, _ = forward(cell, tokens[None], trained.params)
    np.testing.assert_allclose(seen["h"], h[0], rtol=0, atol=1e-13)
    scores = h[0] @ trained.params["Wy"] + trained.params["by"]
    np.testing.assert_allclose(seen["probabilities"], ops.softmax(scores), rtol=0, atol=1e-13)
    before = np.concatenate([np.zeros((1, 5)), seen["h"][:-1]])
    if cell == "lstm":
        c_before = np.concatenate([np.zeros((1, 5)), seen["c"][:-1]])
        np.testing.assert_allclose(seen["c"], seen["f"] * c_before + seen["i"] * seen["g"], rtol=0, atol=1e-13)
        np.testing.assert_allclose(seen["h"], seen["o"] * np.tanh(seen["c"]), rtol=0, atol=1e-13)
        np.testing.assert_allclose(seen["c"][-1], last[1][0], rtol=0, atol=1e-13)
    elif cell == "gru":
        np.testing.assert_allclose(seen["h"], before + seen["z"] * (seen["k"] - before), rtol=0, atol=1e-13)
    expected = {"rnn": {"h"}, "lstm": {"h", "c", *"ifgo"}, "gru": {"h", *"zrk"}}[cell]
    assert set(seen) == expected | {"probabilities"}


def test_nats_are_those_of_the_probabilities(trained):
    """Over a text longer than the pieces in which it is read."""
    text = TEXT[:1300]
    tokens, p = ops.encode(text, ops.vocabulary(TEXT)[1]), trained.read(text)["probabilities"]
    expected = -np.log(p[np.arange(1299), tokens[1:]]).mean()
    assert trained.nats(text) == pytest.approx(expected, rel=1e-12)
    assert trained.nats(text[:2]) == pytest.approx(-np.log(p[0, tokens[1]]), rel=1e-12)


def test_steps_by_hand_are_those_of_reading(trained):
    state, p = None, trained.read("fade")["probabilities"]
    for token, expected in zip(ops.encode("fade", ops.vocabulary(TEXT)[1]).tolist(), p, strict=True):
        logs, state = trained.step(token, state)
        np.testing.assert_allclose(np.exp(logs), expected, rtol=1e-10)


def test_sampling_takes_each_character_after_all_before_it(trained):
    written = trained.sample(30, "bad", top_k=1)
    p = trained.read("bad" + written)["probabilities"][2:-1]
    assert written == "".join(trained.characters[token] for token in p.argmax(axis=1))
    assert trained.sample(9) == trained.sample(9, rng=np.random.default_rng(0)) != trained.sample(9, rng=1)
    assert trained.sample(0) == ""
    cold = trained.sample(30, "bad", temperature=1e-4)
    assert cold == written


def test_samples_follow_the_probabilities(trained):
    p = trained.read("ab")["probabilities"][1]
    rng, counts = np.random.default_rng(5), np.zeros(9)
    for _ in range(2000):
        counts[trained.characters.index(trained.sample(1, "ab", rng=rng))] += 1
    np.testing.assert_allclose(counts / 2000, p, rtol=0, atol=5 * np.sqrt(0.25 / 2000))


@pytest.mark.parametrize(("cell", "gate", "value"), [
    ("lstm", "f", 1.0), ("lstm", "i", 0.0), ("lstm", "g", -0.4), ("lstm", "o", 0.3), ("gru", "z", 0.0),
    ("gru", "r", 1.0), ("gru", "k", 1.0)])
def test_a_clamped_gate_has_its_value_and_the_others_go_on(cell, gate, value):
    run = text_run(cell=cell, steps=40, lr=0.05, dtype=np.float32)
    seen, clamped = run.read(TEXT[:50]), run.clamped(**{gate: value})
    found = clamped.read(TEXT[:50])
    np.testing.assert_allclose(found[gate], value, rtol=0, atol=1e-6)
    assert np.isfinite(found["probabilities"]).all()
    for other in set(seen) - {gate, "h", "c", "probabilities"}:
        # Candidates of a GRU see the reset; all others see nothing but x at the first step.
        np.testing.assert_allclose(found[other][0], seen[other][0], rtol=0, atol=1e-6)
    if (gate, value) == ("i", 0.0):
        assert (found["c"] == 0).all()
    if (gate, value) == ("z", 0.0):
        assert (found["h"] == 0).all()
    assert len(clamped.sample(5)) == 5
    if value in (0.0, 1.0):
        with pytest.raises(ValueError, match="clamped"):
            text_run(cell=cell, after=clamped, dtype=np.float32)


@pytest.mark.parametrize("cell", CELLS)
def test_the_reach_is_the_length_of_the_gradient_of_each_input(cell):
    """Read from one-hot rows by `ops`, from every window of a short text."""
    text, length = TEXT[:40], 7
    run = text_run(text, cell=cell, steps=0, length=length, batch=1, reach_every=5)
    (step, norms), = run.reach
    tokens, params = ops.encode(text, ops.vocabulary(text)[1]), run.params
    V = len(run.characters)
    X, y = ops.windows(tokens, length)
    assert len(X) <= 64  # so that none is left out
    h, _, cache = forward(cell, ops.one_hot(X.ravel(), V).reshape(*X.shape, V), params)
    scores = h[:, -1] @ params["Wy"] + params["by"]
    dh = np.zeros_like(h)
    dh[:, -1] = (ops.softmax(scores) - ops.one_hot(y, V)) @ params["Wy"].T
    dx = backward(cell, dh, cache)[0]
    assert step == 0
    np.testing.assert_allclose(norms, np.linalg.norm(dx, axis=2).mean(axis=0)[::-1], rtol=1e-9)


def test_edited_parameters_are_read():
    run = text_run()
    silent = run.edited({"Wy": np.zeros((5, 9)), "by": np.arange(9.0)})
    np.testing.assert_allclose(silent.read("abc")["probabilities"], np.tile(ops.softmax(np.arange(9.0)), (3, 1)))
    same(run.edited({}), run)
    run.params["W"][:] = 0  # a copy
    assert run.params["W"].any()


# ---- sequences ---------------------------------------------------------------------------------------------


def problem(task, symbols, n=7, T=6, seed=0):
    """X, y and the mask of shorter sequences."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, (n, T)) if symbols else rng.standard_normal((n, T, 3))
    y = {"number": rng.standard_normal((n, 2)), "class": rng.integers(0, 3, n), "tags": rng.integers(0, 3, (n, T))}
    X.flat[0], y["class"][0], y["tags"][0, 0] = 3, 2, 2  # all symbols and classes are there
    return X, y[task], np.arange(T) < rng.integers(1, T + 1, n)[:, None]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("symbols", [False, True])
@pytest.mark.parametrize("task", ["number", "class", "tags"])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_on_sequences_equal_differences_of_the_loss(cell, task, symbols, masked):
    X, y, mask = problem(task, symbols)
    mask = mask if masked else None
    settings = dict(cell=cell, hidden=4, task=task, mask=mask, batch=7, dtype=np.float64, clip=None, rule="sgd")
    start = recurrent.train(X, y, epochs=0, lr=1.0, **settings)
    gradient = start.flat - recurrent.train(X, y, epochs=1, lr=1.0, **settings).flat

    def loss(flat):
        place, params = 0, {}
        for name, shape in start.net.shapes.items():
            params[name] = flat[place : place + np.prod(shape)].reshape(shape)
            place += np.prod(shape)
        return recurrent.train(X, y, epochs=1, lr=0.0, after=start.edited(params), **settings).loss[0]

    expected = np.empty_like(gradient)
    for place in range(gradient.size):
        move = np.zeros(gradient.size)
        move[place] = 1e-5
        expected[place] = (loss(start.flat + move) - loss(start.flat - move)) / 2e-5
    error = np.linalg.norm(gradient - expected) / (np.linalg.norm(gradient) + np.linalg.norm(expected))
    assert error < 1e-7


@pytest.mark.parametrize("cell", CELLS)
def test_large_batches_of_sequences_take_the_same_step(cell):
    """The same seven sequences many times over: the mean gradient is the same, by products instead of one call."""
    for task in ("number", "class", "tags"):
        X, y, mask = problem(task, False)
        copies = 9
        small, large = (recurrent.train(np.tile(X, (n, 1, 1)), np.tile(y, (n,) + (1,) * (y.ndim - 1)), cell, 16,
                                        task=task, mask=np.tile(mask, (n, 1)), batch=999, epochs=2, dtype=np.float64,
                                        **SGD) for n in (1, copies))
        np.testing.assert_allclose(large.flat, small.flat, rtol=0, atol=1e-10)
        np.testing.assert_allclose(large.loss, small.loss, rtol=1e-9)


@pytest.mark.parametrize("task", ["number", "class", "tags"])
def test_what_stands_after_the_end_is_not_read(task):
    X, y, mask = problem(task, False)
    one = recurrent.train(X, y, task=task, mask=mask, epochs=3)
    X[~mask] = np.nan
    if task == "tags":
        y[~mask] = -9
    other = recurrent.train(X, y, task=task, mask=mask, epochs=3)
    same(one, other)
    np.testing.assert_array_equal(one.predict(X, mask), other.predict(X, mask))
    short = one.predict(X[2:3, : mask[2].sum()])
    whole = one.predict(X, mask)[2:3]
    np.testing.assert_allclose(short, whole[:, : short.shape[1]] if task == "tags" else whole, rtol=1e-5, atol=1e-6)


def test_sequences_go_on_as_one_long_run():
    X, y, _ = problem("class", False, n=21)
    settings = dict(task="class", batch=8, X_val=X[:5], y_val=y[:5])
    whole, half = (recurrent.train(X, y, epochs=epochs, **settings) for epochs in (5, 2))
    joined = recurrent.train(X, y, epochs=3, after=half, **settings)
    same(whole, joined)
    assert (whole.epochs, joined.epochs) == (5, 5)
    np.testing.assert_array_equal(whole.loss, np.concatenate([half.loss, joined.loss]))
    np.testing.assert_array_equal(whole.val_loss, np.concatenate([half.val_loss, joined.val_loss]))


def test_each_sequence_is_used_once_a_pass():
    """With a rate of 0 the loss of a pass is the mean over all sequences, the smaller last batch included."""
    for task in ("number", "class", "tags"):
        X, y, mask = problem(task, False)
        run = recurrent.train(X, y, task=task, mask=mask, batch=3, epochs=2, X_val=X, y_val=y, mask_val=mask,
                              rule="sgd", lr=0.0, dtype=np.float64)
        np.testing.assert_allclose(run.loss, run.val_loss, rtol=1e-12)


def test_the_loss_is_that_of_the_predictions():
    for task in ("number", "class", "tags"):
        X, y, mask = problem(task, True)
        run = recurrent.train(X, y, task=task, mask=mask, epochs=1, X_val=X, y_val=y, mask_val=mask, dtype=np.float64)
        p = run.predict(X, mask)
        if task == "number":
            expected = np.mean((p - y) ** 2)
        else:
            chosen = np.take_along_axis(p, y[..., None], axis=-1)[..., 0]
            expected = -np.log(chosen if task == "class" else chosen[mask]).mean()
            right = p.argmax(axis=-1) == y
            assert run.accuracy(X, y, mask) == (right if task == "class" else right[mask]).mean()
        assert run.val_loss[-1] == pytest.approx(expected, rel=1e-10)


def test_single_numbers_come_back_as_they_were_given():
    X, y = datasets.adding_problem(300, 6)
    run = recurrent.train(X, y, epochs=1)
    assert run.predict(X).shape == y.shape  # more than are read side by side
    assert recurrent.train(X, y[:, None], epochs=1).predict(X[:4]).shape == (4, 1)
    assert run.predict(X[:1]).shape == (1,)
    assert run.read(X[:2])["z"].shape == (2, 6, 32)


@pytest.mark.parametrize(("name", "task", "cell", "bar"), [
    ("adding_problem", "number", "gru", 0.02), ("delayed_copy", "tags", "gru", 0.1), ("parity", "tags", "rnn", 0.1),
    ("brackets", "tags", "lstm", 0.1)])
def test_the_tasks_of_the_chapter_are_learned(name, task, cell, bar):
    X, y = getattr(datasets, name)(500, 10)
    run = recurrent.train(X[:400], y[:400], cell, task=task, epochs=40, X_val=X[400:], y_val=y[400:])
    assert run.val_loss[-1] < bar
    assert task == "number" or run.accuracy(X[400:], y[400:]) > 0.97


def test_sequences_that_diverge_end_the_run():
    X, y, _ = problem("number", False)
    run = recurrent.train(X, y, epochs=30, rule="sgd", lr=1e30, clip=None)
    assert run.diverged_at is not None and len(run.loss) == run.diverged_at + 1
    assert not np.isfinite(run.loss[-1])


# ---- mistakes ----------------------------------------------------------------------------------------------

START = text_run(steps=1)
WRONG_TEXT = {
    "no text": (dict(text=[1, 2]), "expected a str"),
    "too short": (dict(text="abc"), "expected at least 19"),
    "cell": (dict(cell="LSTM"), "cell='LSTM', expected one of 'rnn', 'lstm', 'gru'"),
    "hidden": (dict(hidden=0), "hidden=0"),
    "rule": (dict(rule="adan"), "rule='adan'"),
    "rate": (dict(lr=-1), "lr=-1"),
    "setting": (dict(momentum=0.9), "momentum is no setting of the rule 'adam'"),
    "clip": (dict(clip=-5), "clip=-5"),
    "val": (dict(val=1), "val=1"),
    "on_step": (dict(on_step=3), "on_step must be a function"),
    "reach": (dict(reach_every=0), "reach_every=0"),
    "after, no run": (dict(after=3), "after is a int"),
    "after, other cell": (dict(after=START, cell="gru"), "Usual cause: the arguments cell and hidden"),
    "after, other rule": (dict(after=START, rule="sgd"), "Usual cause: another rule"),
    "after, other text": (dict(after=START, text=TEXT + "z"), "text holds 'z', which the text did not hold"),
    "dtype": (dict(dtype=int), "float32 or float64"),
}


@pytest.mark.parametrize("name", WRONG_TEXT)
def test_mistakes_with_a_text_are_named(name):
    given, message = WRONG_TEXT[name]
    with pytest.raises((TypeError, ValueError), match=message):
        text_run(**given)


WRONG = {
    "one number a step": (dict(X=np.zeros((7, 6))), r"X\[:, :, None\]"),
    "NaN": (dict(X=np.full((7, 6, 3), np.nan)), "holds 126 NaN"),
    "task": (dict(task="tag"), "task='tag'"),
    "numbers": (dict(y=np.zeros((7, 6, 3))), "for a tag at every step"),
    "too few": (dict(y=np.zeros(6)), r"expected|must have"),
    "labels": (dict(task="class", y=np.array([1, 2, -1, 1, 2, 1, 2])), "-1 to 2"),
    "tags": (dict(task="tags", y=np.zeros(7, int)), "one tag a step"),
    "mask": (dict(mask=np.ones((7, 6))), "True and False"),
    "empty": (dict(mask=np.zeros((7, 6), bool)), "at one step of each"),
    "validation": (dict(X_val=np.zeros((2, 6, 3))), "y_val is missing"),
    "validation shape": (dict(X_val=np.zeros((2, 6, 4)), y_val=np.zeros(2)), "X_val has 4 numbers a step, expected 3"),
    "rule": (dict(rule="adan"), "rule='adan'"),
    "after": (dict(after=START), "a Run"),
    "on_epoch": (dict(on_epoch=1), "on_epoch must be a function"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_with_sequences_are_named(name):
    given, message = WRONG[name]
    X, y, _ = problem("number", False)
    with pytest.raises((TypeError, ValueError), match=f"(?i){message}"):
        recurrent.train(**{"X": X, "y": y[:, 0], "epochs": 1, **given})


def test_mistakes_with_a_run_are_named():
    for call, message in (
        (lambda: START.sample(3, ""), "start has 0 characters"),
        (lambda: START.sample(3, "?"), r"start holds '\?', which the text did not hold .* It knows '\\n abcdefg'"),
        (lambda: START.sample(3, ["a"]), "start is list, expected a str"),
        (lambda: START.nats(["a", "b"]), "text is list, expected a str"),
        (lambda: START.step(1, np.zeros((2, 1, 5))), "state is none of this net's"),
        (lambda: START.step(1, START.step(1)[1][:1]), "state is none of this net's"),
        (lambda: START.step(1, (0.0, 0.0)), "state is none of this net's"),
        (lambda: text_run(clip=0), "clip=0 would leave nothing"),
        (lambda: text_run(TEXT[:20], val=0.5), "text has 20 characters, of which val=0.5 leaves 10 to learn from, "
                                               "expected at least 19: batch=3 streams of length=6"),
        (lambda: START.sample(3, temperature=0), "temperature=0, expected a positive number"),
        (lambda: START.sample(-1), "n=-1"),
        (lambda: START.nats("a"), "expected at least 2"),
        (lambda: START.step(9), "token=9"),
        (lambda: START.clamped(z=1), "which has i, f, g, o"),
        (lambda: START.clamped(f=1.5), "expected a number from 0 to 1"),
        (lambda: text_run(cell="rnn", steps=0).clamped(f=1), "the cells lstm and gru have"),
        (lambda: START.edited({"V": 0}), "the net has W, U, b, Wy, by"),
        (lambda: START.edited({"b": np.zeros(3)}), r"expected \(20,\)"),
        (lambda: START.edited([1]), "expected a dict"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            call()
    X, y, _ = problem("number", False)
    run = recurrent.train(X, y, epochs=1)
    with pytest.raises(ValueError, match="For numbers: ops"):
        run.accuracy(X, y)
    with pytest.raises(ValueError, match="defaults"):
        recurrent.train(X, y, epochs=1, after=run, hidden=8)
    with pytest.raises(ValueError, match="4 numbers a step, expected 3"):
        run.predict(np.zeros((2, 6, 4)))


def test_a_text_without_line_breaks_is_sampled_from_its_first_character():
    """Without a start: whoever watches the training of such a text must not lose it."""
    run = text_run("the cat sat. " * 30, steps=2)
    assert run.sample(5) == run.sample(5, start=" ") and run.characters[0] == " "
    assert START.sample(5) == START.sample(5, start="\n")


def test_an_interrupt_of_the_last_measurement_keeps_what_is_trained(monkeypatch):
    whole = text_run(steps=3, val=0.1)

    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr("course_lib.recurrent.text.mean_nats", interrupted)
    run = text_run(steps=3, val=0.1)
    same(run, whole)
    assert len(run.loss) == 3 and run.val_loss.size == 0


@pytest.fixture
def interrupts():
    """Whoever starts the tests in the background of a shell has them begun with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_ctrl_c_at_any_moment_keeps_what_is_trained(interrupts):
    """By the clock, wherever it strikes in some hundreds of steps."""
    for seconds in (0.005, 0.02, 0.05):
        clock = threading.Timer(seconds, _thread.interrupt_main)
        run = text_run(steps=10**6, dtype=np.float32, on_step=lambda run, clock=clock: clock.start() if (
            run.steps == 1) else None)
        assert run.steps in (len(run.loss), len(run.loss) + 1) and np.isfinite(run.flat).all()
        assert np.isfinite(run.nats(TEXT[:50]))

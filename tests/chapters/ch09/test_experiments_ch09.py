"""The published results that chapter 09 takes up, and what it measures itself."""

from types import SimpleNamespace

import numpy as np
import pytest
from once import once

from course_lib import datasets, recurrent
from course_lib.chapters.ch09_recurrent import experiments as ch09
from course_lib.chapters.ch09_recurrent import measured, watch, writers


@pytest.mark.result("R-028")
def test_shapes_of_a_book():
    """There samples stand last: a 5 x 10 x T, y 2 x 10 x T, dx 3 x 10 x T, dWax 5 x 3, dWaa 5 x 5, a gate 5 x 8."""
    N, D, H, V, T, T_lstm = 10, 3, 5, 2, 4, 7
    assert ch09.shapes() == {
        "h": (N, T, H), "y": (N, T, V), "dx": (N, T, D), "dh0": (N, H), "dWx": (D, H), "dWh": (H, H), "db": (H,),
        "LSTM h": (N, T_lstm, H), "LSTM c": (N, H), "LSTM dx": (N, T_lstm, D), "LSTM dh0": (N, H), "LSTM dc0": (N, H),
        "LSTM dW": (D, 4 * H), "LSTM dU": (H, 4 * H), "LSTM db": (4 * H,)}
    assert D + H == 8, "the book's gates read state and input side by side"


def test_gradients_of_the_library_are_right_and_the_printed_ones_are_not():
    assert ch09.rnn_gradient_error() < 1e-7
    errors = ch09.printed_lstm_errors()
    assert set(errors) == {"dg", "di", "dc_prev"} and min(errors.values()) > 0.4


def test_a_wrong_backward_pass_is_found():
    def silent(dh, x, h0, h, Wx, Wh):
        dx, dh0, *others = ch09._library_backward(dh, x, h0, h, Wx, Wh)
        return dx, 0 * dh0, *others

    assert ch09.rnn_gradient_error(backward=silent) > 1e-3


def test_gradients_vanish_and_explode():
    for activation in ("tanh", "relu"):
        lengths = [ch09.length_left(radius, activation) for radius in (0.9, 1.3, 2.0)]
        assert lengths[0] < 1e-6 < lengths[1] < 1 < 100 < lengths[2]
    assert ch09.length_left(0.9, "relu") == pytest.approx(2e-12, rel=0.1)


@pytest.mark.result("R-087")
def test_plain_network_of_a_book():
    """Below 2.47 nats after 300,000 characters by descent; Adagrad is there with 75,000."""
    assert ch09.published_rnn() < 2.47
    assert ch09.published_rnn("adagrad") < 2.6


@pytest.mark.result("R-088")
def test_entropy_rises_with_temperature():
    text = datasets.shakespeare()
    run = recurrent.train_text(text, "lstm", 32, steps=200, lr=0.01)
    bits = ch09.entropies(run, text[-5000:])
    assert bits[0.2] < bits[0.5] < bits[1.0] < bits[1.5] < bits["softmax twice"] < np.log2(65)


@pytest.mark.result("R-089")
def test_cells_at_equal_parameters():
    """One start again of each, and both cells with gates below the plain one of the book."""
    for cell, (hidden, _) in ch09.EQUAL.items():
        assert hidden == ch09.hidden_for(cell, 4 * 128 * (65 + 128 + 1), 65)
    nats = {name: np.mean(runs) for name, runs in measured.COMPARED.items()}
    assert max(nats["LSTM"], nats["GRU"]) < nats["RNN"] < 2.2
    assert ch09.compared("rnn", 0) == pytest.approx(measured.COMPARED["RNN"][0], abs=0.05)


def test_adding_problem_again():
    """Measured once; a start and a length of each kind again."""
    for name, cell in (("RNN", "rnn"), ("GRU", "gru")):
        assert ch09.added(cell, 20, 1) == pytest.approx(measured.ADDED[name][1][1], rel=0.5, abs=0.005)


def test_forecasts_beat_as_twelve_steps_ago():
    for seed in range(5):
        errors = once(ch09.forecast)(seed)
        assert errors["true mean"] < errors["GRU"] < 0.9 * errors["as twelve steps ago"]


def test_entropy_of_known_distributions():
    assert ch09.entropy(np.full((3, 8), 1 / 8)) == pytest.approx(3) and ch09.entropy(np.eye(4)) == pytest.approx(0)


def test_bigram_counts():
    table = np.exp(ch09.bigram(np.array([0, 1, 0, 1, 1]), 3))
    np.testing.assert_allclose(table, [[1 / 5, 3 / 5, 1 / 5], [2 / 5, 2 / 5, 1 / 5], [1 / 3, 1 / 3, 1 / 3]])


def test_a_watch_shows_the_loss_and_a_sample(monkeypatch):
    import IPython
    from IPython import display

    shown = []
    handle = SimpleNamespace(update=lambda picture, raw: shown.__setitem__(0, picture))
    monkeypatch.setattr(display, "display", lambda thing, **_: shown.append(thing) or handle)
    run = SimpleNamespace(loss=np.full(7, 2.0), sample=lambda n, rng: "a < b"[:n])
    silent = watch.Watch(7)
    assert silent(run) is None and shown == []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    look = watch.Watch(7)
    assert look(run) is None, "the run goes on"
    assert shown[0]["text/plain"] == "7 of 7: 2.000 nats, 2.89 bits a character"
    assert shown[1].value == "<pre>a &lt; b</pre>"


def test_an_interrupted_run_keeps_what_is_trained():
    look = watch.Watch(50)

    def after_ten(run):
        look(run)
        if len(run.loss) == 10:
            raise KeyboardInterrupt

    run = recurrent.train_text(datasets.shakespeare()[:5000], "rnn", 8, steps=50, on_step=after_ten)
    assert len(run.loss) == 10 and run.nats("Ham. ") < 4.2


def test_an_interrupted_training_of_a_figure_is_not_kept(monkeypatch):
    """The square of the toolbar ends the cell; the next one trains from the beginning, to the end."""
    whole, calls = recurrent.train_text, []

    def interrupted(text, steps, **settings):
        calls.append(steps)
        return whole(text, steps=steps // 2 if len(calls) == 3 else steps, **settings)

    monkeypatch.setattr(recurrent, "train_text", interrupted)
    asked = {"cell": "rnn", "hidden": 8, "pieces": ((0, 150, 0.01),)}
    with pytest.raises(KeyboardInterrupt):
        writers.trained(**asked)
    writer = writers.trained(**asked)
    assert len(writer.runs) == 4 and writer.last.steps == len(writer.loss) == 150

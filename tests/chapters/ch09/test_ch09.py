"""Chapter 09: each labelled equation of its text in numbers, its exercises, and what their numbers rest on."""

import math
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, gradcheck, nn, ops, recurrent
from course_lib.chapters.ch09_recurrent import experiments as ch09
from course_lib.chapters.ch09_recurrent import measured
from course_lib.chapters.ch09_recurrent.exercises import EXERCISES, gated, plain, runs, text
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "09_recurrent.py"
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
RNG = np.random.default_rng(9)
N, T, D, H, V = 3, 4, 2, 5, 6
x, h0, c0 = RNG.normal(size=(N, T, D)), RNG.normal(size=(N, H)) / 2, RNG.normal(size=(N, H))
Wx, Wh, b = RNG.normal(size=(D, H)), RNG.normal(size=(H, H)) / 2, RNG.normal(size=H)
Wy, by = RNG.normal(size=(H, V)), RNG.normal(size=V)
h, cache = ops.rnn_forward(x, Wx, Wh, b, h0)
dh, dy = RNG.normal(size=h.shape), RNG.normal(size=(N, T, V))
W, U, b4 = RNG.normal(size=(D, 4 * H)), RNG.normal(size=(H, 4 * H)), RNG.normal(size=4 * H)
scores, y = RNG.normal(size=(N, T, V)), RNG.integers(V, size=(N, T))
mask = np.arange(T) < np.array([[4], [1], [3]])
log_probs = ops.log_softmax(2 * RNG.normal(size=(V, V)))


def verdict(id, answer):
    known = expected(BY_ID[id])
    return judge(BY_ID[id], collect(BY_ID[id], answer, known.instances, 60), known)


# --- the equations ---


def numeric(loss, at):
    return gradcheck.numerical_gradient(loss, at.copy())


def rnn_loss(x=x, Wx=Wx, Wh=Wh, b=b, h0=h0):
    return float(np.sum(dh * ops.rnn_forward(x, Wx, Wh, b, h0)[0]))


def flat(*parts):
    return np.concatenate([np.ravel(part) for part in parts])


def log_of_right():
    """ln p of the right token at each step."""
    return np.log(np.take_along_axis(ops.softmax(scores), y[..., None], 2)[..., 0])


def all_texts():
    """The probabilities of all texts of three tokens after token 0, by the product of (9.1); their sum is 1."""
    step = lambda a, b: np.exp(log_probs[a, b])
    return sum(step(0, a) * step(a, b) * step(b, c) for a, b, c in product(range(V), repeat=3)), 1


def bptt():
    dx, _, dWx, dWh, db = RIGHT["9.3"](dh, x, h0, h, Wx, Wh)
    return flat(dx, dWx, dWh, db), flat(numeric(lambda v: rnn_loss(x=v), x), numeric(lambda v: rnn_loss(Wx=v), Wx),
                                        numeric(lambda v: rnn_loss(Wh=v), Wh), numeric(lambda v: rnn_loss(b=v), b))


def through_outputs():
    """(9.7): the gradient of outputs y = h Wy + by, against differences in the start."""
    loss = lambda v: float(np.sum(dy * (ops.rnn_forward(x, Wx, Wh, b, v)[0] @ Wy + by)))
    return ops.rnn_backward(dy @ Wy.T, cache)[1], numeric(loss, h0)


def jacobian():
    """(9.10) for one sample: the product of slopes and matrices against differences of the last state in the first."""
    made, found = np.eye(H), np.empty((H, H))
    for t in range(T - 1, 0, -1):
        made = made @ np.diag(1 - h[0, t] ** 2) @ Wh.T
    for k in range(H):
        found[k] = numeric(lambda v, k=k: float(ops.rnn_forward(x[:1, 1:], Wx, Wh, b, v)[0][0, -1, k]), h[:1, 0])[0]
    return made, found


def gates(z):
    i, f, g, o = np.split(z, 4, axis=1)
    return ops.sigmoid(i), ops.sigmoid(f), np.tanh(g), ops.sigmoid(o)


Z = x[:, 0] @ W + h0 @ U + b4
DH, DC = dh[:, 0], dh[:, 1]


def cell(z=Z, c=c0):
    i, f, g, o = gates(z)
    c_new = f * c + i * g
    return o * np.tanh(c_new), c_new


def cell_loss(z=Z, c=c0):
    h_new, c_new = cell(z, c)
    return float(np.sum(DH * h_new) + np.sum(DC * c_new))


def scores_of_the_cell():
    i, f, g, o = gates(Z)
    *blocks, dc_prev = RIGHT["9.7"](DH, DC, c0, i, f, g, o, cell()[1])
    return flat(np.hstack(blocks), dc_prev), flat(numeric(lambda v: cell_loss(z=v), Z),
                                                  numeric(lambda v: cell_loss(c=v), c0))


def into_the_cell():
    """(9.16): what reaches c', divided by f, against differences in the old cell."""
    _, f, _, o = gates(Z)
    return (DC + DH * o * (1 - np.tanh(cell()[1]) ** 2)) * f, numeric(lambda v: cell_loss(c=v), c0)


def gru_parts():
    z, r = (ops.sigmoid(x[:, 0] @ W[:, k:k + H] + h0 @ U[:, k:k + H] + b4[k:k + H]) for k in (0, H))
    return z, r, np.tanh(x[:, 0] @ W[:, 2 * H:3 * H] + (r * h0) @ U[:, 2 * H:3 * H] + b4[2 * H:3 * H])


def gru(**pieces):
    step = lambda h, W=W, U=U, b=b4: ops.gru_step_forward(x[:, 0], h, W[:, :3 * H], U[:, :3 * H], b[:3 * H])[0]
    return step(h0, **pieces)


def update_gate_alone():
    """(9.18): with a reset of 1 and a candidate of 0, h' is (1 - z) h."""
    only_z = lambda A: np.where(np.arange(A.shape[-1]) < H, A, 0)
    return gru(W=only_z(W), U=only_z(U), b=only_z(b4)), (1 - gru_parts()[0]) * h0


def candidate_alone():
    """(9.19): with an update gate of 1, h' is the candidate."""
    return gru(b=b4 + 1e3 * (np.arange(4 * H) < H)), gru_parts()[2]


def whole_gru():
    z, _, k = gru_parts()
    return gru(), (1 - z) * h0 + z * k


def weights_of(cell):
    run = recurrent.train(x, y[:, 0], cell, H, task="class", epochs=1)
    return sum(run.params[name].size for name in ("W", "U", "b")), sum(part.size for part in run.params.values())


def both_ways():
    """(9.23): the second half of a bidirectional layer is a layer that reads from the end."""
    layer = nn.LSTM(D, H, bidirectional=True, rng=np.random.default_rng(0), dtype=np.float64)
    one, two = (nn.LSTM(D, H, dtype=np.float64) for _ in range(2))
    arrays = [p.data for p in layer.parameters()]
    for k, half in enumerate((one, two)):
        for p, given in zip(half.parameters(), arrays[k * len(arrays) // 2:], strict=False):
            p.data[...] = given
    return layer(x)[0], np.concatenate([one(x)[0], two(x[:, ::-1])[0][:, ::-1]], axis=2)


def best_of_all():
    """(9.24): a beam that holds every beginning finds the largest sum."""
    totals = {(i, j, k): log_probs[0, i] + log_probs[i, j] + log_probs[j, k] for i, j, k in product(range(V), repeat=3)}
    best = max(totals, key=totals.get)
    tokens, total = RIGHT["9.18"](log_probs, V**3, 3)
    return [*tokens, total], [*best, totals[best]]


#: label -> two sides of the equation
EQUATIONS = {
    "9.1": all_texts,
    "9.2": lambda: (ops.sequence_cross_entropy(scores, y)[0], -np.mean(log_of_right())),
    "9.3": lambda: (ops.rnn_step_forward(x[:, 0], h0, Wx, Wh, b)[0], np.tanh(x[:, 0] @ Wx + h0 @ Wh + b)),
    "9.4": lambda: ((run := recurrent.train(x, y, "rnn", H, task="tags", epochs=1, dtype=np.float64)).scores(x),
                    run.read(x)["h"] @ run.params["Wy"] + run.params["by"]),
    "9.5": lambda: (weights_of("rnn")[1], H * (D + H + 1) + (y[:, 0].max() + 1) * (H + 1)),
    "9.6": lambda: (ops.sequence_cross_entropy(scores, y, mask)[0],
                    -np.sum(mask * log_of_right()) / np.sum(mask)),
    "9.7": through_outputs,
    "9.8": lambda: (RIGHT["9.3"](dh, x, h0, h, Wx, Wh)[1], numeric(lambda v: rnn_loss(h0=v), h0)),
    "9.9": bptt,
    "9.10": jacobian,
    "9.11": lambda: (ops.clip_by_norm(dh, 2.0), dh * min(1, 2 / np.sqrt(np.sum(dh**2)))),
    "9.12": lambda: (RIGHT["9.5"](x[:, 0], h0, c0, W, U, b4)[2][5:9], gates(Z)),
    "9.13": lambda: (ops.lstm_step_forward(x[:, 0], h0, c0, W, U, b4)[1], cell()[1]),
    "9.14": lambda: (ops.lstm_step_forward(x[:, 0], h0, c0, W, U, b4)[0], cell()[0]),
    "9.15": lambda: (0.88 ** (np.log(0.5) / np.log(0.88)), 0.5),
    "9.16": into_the_cell,
    "9.17": scores_of_the_cell,
    "9.18": update_gate_alone,
    "9.19": candidate_alone,
    "9.20": whole_gru,
    "9.21": lambda: ([weights_of(cell)[0] for cell in ("rnn", "gru", "lstm")],
                     [blocks * H * (D + H + 1) for blocks in (1, 3, 4)]),
    "9.22": lambda: (ops.temperature_softmax(scores, 0.4), np.exp(scores / 0.4)
                     / np.exp(scores / 0.4).sum(axis=2, keepdims=True)),
    "9.23": both_ways,
    "9.24": best_of_all,
}


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-7)


def test_every_label_of_the_text_is_tested():
    assert set(re.findall(r"\\tag\{(9\.[^}]+)\}", SOURCE.read_text(encoding="utf-8"))) == set(EQUATIONS)


# --- the numbers of the answers ---


def test_gradients_are_those_of_differences():
    given = [x[:, 0], h0, c0, W, U, b4]

    def loss(v, k):
        h_new, c_new, _ = RIGHT["9.5"](*given[:k], v, *given[k + 1:])
        return float(np.sum(DH * h_new) + np.sum(DC * c_new))

    analytic = flat(*RIGHT["9.6"](DH, DC, RIGHT["9.5"](*given)[2]))
    found = flat(*(numeric(lambda v, k=k: loss(v, k), part) for k, part in enumerate(given)))
    assert np.linalg.norm(analytic - found) / (np.linalg.norm(analytic) + np.linalg.norm(found)) < 1e-7
    assert ch09.rnn_gradient_error(RIGHT["9.2"], RIGHT["9.3"]) < 1e-7


def test_the_slips_of_the_listing_are_those_in_print():
    """Each of the three lines by itself is wrong by what a book's reader would measure."""
    errors = ch09.printed_lstm_errors()
    assert set(errors) == {"dg", "di", "dc_prev"} and min(errors.values()) > 0.3
    faulty = {m.id: m.answer for m in gated.REPAIR_LSTM.mistakes}
    i, f, g, o = gates(Z)
    given = DH, DC, c0, i, f, g, o, cell()[1]
    right = RIGHT["9.7"](*given)
    for id, wrong in (("LPR-c", 2), ("LPR-d", 0), ("LPR-f", 4)):
        got = faulty[id](*given)
        assert [k for k in range(5) if not np.allclose(got[k], right[k])] == [wrong]


def test_parameters_are_those_of_the_library():
    D, H, V = 38, 128, 38
    size = lambda layer: sum(p.data.size for p in layer.parameters())
    assert RIGHT["9.12"] == {
        "rnn": size(nn.RNN(D, H)), "output": size(nn.Linear(H, V)), "lstm": size(nn.LSTM(D, H)),
        "gru_no_bias": size(nn.GRU(D, H)) - 3 * H, "gru_pytorch": size(nn.GRU(D, H)) + 3 * H,
        "lstm_2_layers": size(nn.LSTM(D, H, 2)), "lstm_both_ways": size(nn.LSTM(D, H, bidirectional=True)),
    }
    assert (RIGHT["9.12"]["lstm"], RIGHT["9.12"]["gru_no_bias"]) == (85_504, 63_744)  # as published


def test_fifty_steps_are_measured():
    right = RIGHT["9.14"]
    found = {f"{activation}_{round(10 * radius):02}": ch09.length_left(radius, activation)
             for radius, activation in ((0.9, "tanh"), (1.1, "tanh"), (1.6, "tanh"), (0.9, "relu"))}
    for key, length in found.items():
        assert right[key] == pytest.approx(length, rel=1e-3), key
    assert right["predicted_09"] == pytest.approx(0.9**50) and right["predicted_11"] == pytest.approx(1.1**50)
    assert verdict("9.14", right | found).status == "right"


def test_two_digits_are_enough():
    assert verdict("9.14", {key: value if key == "why" else float(f"{value:.1e}")
                            for key, value in RIGHT["9.14"].items()}).status == "right"


def test_units_of_a_gru_with_as_many_parameters():
    share, hidden = RIGHT["9.16"]["share"], RIGHT["9.16"]["hidden"]
    assert share * weights_of("lstm")[0] == weights_of("gru")[0]
    cells = lambda blocks, H: blocks * H * (65 + H + 1)
    assert cells(4, 64) == 33_280
    assert min(range(1, 200), key=lambda H: abs(cells(3, H) - 33_280)) == hidden


def test_two_cells_are_measured():
    """One start of each again."""
    play = datasets.shakespeare()
    for cell, hidden in (("lstm", 64), ("gru", RIGHT["9.16"]["hidden"])):
        assert np.mean(measured.TWO_CELLS[cell][0.005]) == pytest.approx(RIGHT["9.16"][cell], abs=5e-4)
        for lr, (first, *_) in measured.TWO_CELLS[cell].items():
            run = recurrent.train_text(play, cell, hidden, steps=1000, lr=lr)
            assert run.val_loss[-1] == pytest.approx(first, abs=0.03), (cell, lr)


def test_windows_end_where_the_text_ends():
    """The published loop fails when the length of a text is a multiple of 25."""
    tokens = np.arange(100)
    X, target = RIGHT["9.10"](tokens, 25, 25)
    assert X.shape == (3, 25) and target.tolist() == [25, 50, 75]


def test_greedy_misses_the_best_text_and_a_beam_of_two_finds_it():
    missed, width, length = text._tables(np.random.default_rng(0))[0]
    greedy, best = RIGHT["9.18"](missed, 1, length), RIGHT["9.18"](missed, width, length)
    assert greedy[0] != best[0] and greedy[1] < best[1]


def test_no_beam_hangs_on_rounding():
    for seed in range(20):
        for log_probs, width, length in text._tables(np.random.default_rng(seed)):
            assert not text._tied(log_probs, width, length)


# --- a character net of one's own ---


@pytest.mark.parametrize("settings, said", [
    ({"cell": "LSTM"}, "cell is 'LSTM', expected one of rnn, lstm, gru, in quotes"),
    ({"hidden": 200}, "hidden is 200, expected a whole number from 1 to 128"),
    ({"hidden": 64.5}, "hidden is 64.5, expected a whole number"),
    ({"length": 0}, "length is 0, expected a whole number from 1 to 50"),
    ({"steps": "many"}, "steps is 'many', expected a whole number from 1 to 2000"),
    ({"lr": -0.1}, "lr is -0.1, expected a number above 0"),
    ({"clip": 0}, "clip is 0, expected a number above 0 or None"),
    ({"lr": ...}, "lr is still to be filled in"),
    ({"batch": 16}, "a dict with the keys cell, hidden, length, steps, lr, clip is expected"),
])
def test_settings_that_do_not_fit_are_said(settings, said):
    result = verdict("9.15", RIGHT["9.15"] | settings)
    assert result.status in ("kind", "mistake") and said in result.message, result.message


def test_the_bar_leaves_room():
    """Other processors round differently: what is right stays well below, the best plain cell above."""
    nats = lambda **settings: runs.MY_NET.call(RIGHT["9.15"] | settings)[1]
    assert nats() < runs.BAR - 0.03
    assert nats(cell="rnn", hidden=128, steps=2000, lr=0.005) > runs.BAR + 0.03


def test_a_net_above_the_bar_hears_its_nats():
    result = verdict("9.15", RIGHT["9.15"] | {"steps": 300})
    assert result.status == "mistake" and "read only a part" in result.message
    assert re.search(r"\d\.\d{3} nats a character", result.printed)


def test_a_net_that_only_needs_more_hears_that():
    """Nothing in these settings is out of the ordinary."""
    result = verdict("9.15", RIGHT["9.15"] | {"steps": 800, "lr": 0.002})
    assert result.status == "mistake" and "no setting by itself" in result.message


def test_clip_may_be_none():
    assert verdict("9.15", RIGHT["9.15"] | {"clip": None}).status == "right"


# --- a forecast ---


def seasonal_naive(series, n):
    return series[-n - 12:-12]


def said_of(answer):
    instance = expected(BY_ID["9.17"]).instances[0]
    return runs.FORECAST.read(runs.FORECAST.call(answer, *instance), *instance, *instance.unseen)


def test_forecasts_by_what_they_look_at():
    assert said_of(seasonal_naive) == ("the past", "not below", 1.0)
    assert said_of(lambda series, n: series[-n:])[0] == "values that are to be forecast"
    leaked = lambda series, n: seasonal_naive(series, n) + series.mean() - series[:-n].mean()
    assert said_of(leaked)[0] == "values that are to be forecast"
    assert said_of(runs._recurrent_net) == ("the past", "below", 1.0)


def test_a_net_without_a_seed_is_no_look_ahead():
    rng = np.random.default_rng(0)
    assert said_of(lambda series, n: seasonal_naive(series, n) + rng.normal(0, 0.1, n))[0] == "the past"


@pytest.mark.parametrize("answer, said", [
    (lambda series, n: None, "`return` line is missing"),
    (lambda series, n: series[-n - 12:-12, None], "shape (60, 1), expected one number for each of the last n = 60"),
])
def test_a_forecast_of_another_form_is_said(answer, said):
    result = verdict("9.17", answer)
    assert result.status == "kind" and said in result.message, result.message


# --- what a wrong answer hears ---


def test_the_listings_as_given_are_not_attempted_and_each_repair_is_counted():
    faulty = {m.id: m.answer for m in (*plain.REPAIR_RNN.mistakes, *gated.REPAIR_LSTM.mistakes)}
    assert verdict("9.4", faulty["RRN-aegij"]).status == "not attempted"
    assert verdict("9.4", faulty["RRN-egij"]).message.startswith("Four slips are left. The first, from above: ask")
    assert verdict("9.4", faulty["RRN-j"]).message.startswith("One slip is left. Ask about line J")
    assert verdict("9.7", faulty["LPR-cdf"]).status == "not attempted"
    assert verdict("9.7", faulty["LPR-f"]).message.startswith("One slip is left. Ask about line F")


def buggy(id):
    """The faulty function of a repair task, as the chapter hands it out."""
    cells = re.split(r"^# %%.*$", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cell = next(cell for cell in cells if cell.lstrip().startswith(f"# Exercise {id}:"))
    cell = re.sub(r"    ### BEGIN SOLUTION.*?### END SOLUTION\n", "", cell, flags=re.DOTALL)
    names = {"np": np}
    exec(re.sub(r"^    #\| ", "    ", cell, flags=re.MULTILINE), names)
    return names[BY_ID[id].title]


@pytest.mark.parametrize("id", ["9.4", "9.7"])
def test_the_listing_of_the_chapter_has_these_slips(id):
    assert verdict(id, buggy(id)).status == "not attempted"


def test_a_cache_of_another_form_is_said():
    result = verdict("9.1", lambda *given: RIGHT["9.1"](*given)[0])
    assert result.status == "kind" and "cache = (x, h, Wx, Wh, h_new)" in result.message
    result = verdict("9.5", lambda *given: RIGHT["9.5"](*given)[:2])
    assert result.status == "kind" and "cache = (x, h, c, W, U, i, f, g, o, c_new)" in result.message


def test_of_several_gradients_the_wrong_one_is_named():
    def answer(*given):
        dx, dh0, dWx, dWh, db = RIGHT["9.3"](*given)
        return dx, dh0, dWx, 1.5 * dWh + 0.1, db

    assert verdict("9.3", answer).message.startswith("dWh is")


def test_of_gradients_one_that_is_overwritten_is_said_of_itself():
    """Nothing is said of dWh and db where they are right."""

    def answer(*given):
        dx, dh0, _, dWh, db = RIGHT["9.3"](*given)
        return dx, dh0, plain._through_time(gather=lambda total, new: new)(*given)[2], dWh, db

    assert verdict("9.3", answer).message.startswith("dWx: that of the first step alone. The weights are shared")


def test_an_overwritten_state_is_said():
    def step(x, h, Wx, Wh, b):
        h[:] = np.tanh(x @ Wx + h @ Wh + b)
        return h, (x, h, Wx, Wh, h)

    def lstm(x, h, c, W, U, b):
        (i, f, g, o) = gates(x @ W + h @ U + b)
        c *= f
        c += i * g
        return o * np.tanh(c), c, (x, h, c, W, U, i, f, g, o, c)

    assert "h has been overwritten" in verdict("9.1", step).message
    assert "change the cell that was handed in" in verdict("9.5", lstm).message


def test_tokens_alone_are_no_pair():
    """A list of two tokens has two entries as well."""
    assert "Those are the tokens alone" in verdict("9.18", lambda *given: RIGHT["9.18"](*given)[0]).message


def test_losses_that_are_no_exchange_are_not_called_one():
    right = RIGHT["9.16"]
    assert "exchanged" in verdict("9.16", right | {"lstm": right["gru"], "gru": right["lstm"]}).message
    assert "exchanged" not in verdict("9.16", right | {"lstm": right["gru"]}).message


def test_tokens_may_come_in_any_form():
    for form in (tuple, np.array):
        answer = lambda *given, form=form: (form((found := RIGHT["9.18"](*given))[0]), found[1])
        assert verdict("9.18", answer).status == "right"


def test_a_letter_that_is_none_is_said():
    assert "one of the letters a, b, c, d, e" in verdict("9.13", RIGHT["9.13"] | {"tags": "f"}).message
    assert "one of the letters a, b, c, d" in verdict("9.14", RIGHT["9.14"] | {"why": 2}).message
    assert verdict("9.13", RIGHT["9.13"] | {"tags": " E "}).status == "right"


def test_of_counts_a_number_is_asked_for():
    assert "lstm is '85504', expected one number" in verdict("9.12", RIGHT["9.12"] | {"lstm": "85504"}).message


def test_every_wrong_letter_of_a_pattern_hears_why():
    for key, right in RIGHT["9.13"].items():
        for letter in set("abcde") - {right}:
            result = verdict("9.13", RIGHT["9.13"] | {key: letter})
            assert result.status == "mistake" and result.message.startswith(f"{key}: "), (key, letter)


@pytest.mark.parametrize("id, key", [("9.13", "tags"), ("9.14", "why"), ("9.15", "cell"), ("9.16", "conclude")])
@pytest.mark.parametrize("value", [np.array(["a", "b"]), np.zeros(2), ["a", "b"]])
def test_several_letters_in_place_of_one_are_said(id, key, value):
    result = verdict(id, RIGHT[id] | {key: value})
    assert result.status == "kind" and f"{key} is {value!r:.20}"[:20] in result.message, result.message


@pytest.mark.parametrize("share, right", [(0.75, True), (0.7504, True), (np.float32(0.75), True), (0.72, False),
                                          (0.788, False), (0.7558, False), (1, False), (math.nan, False)])
def test_a_share_is_read_to_the_percent(share, right):
    """The tolerance of the losses is none for it."""
    assert (verdict("9.16", RIGHT["9.16"] | {"share": share}).status == "right") == right


@pytest.mark.parametrize("share, said", [(75, "percent"), (0.67, "how many blocks"), (4 / 3, "the other way round"),
                                         ({1}, "share is a set, expected a number")])
def test_a_share_of_another_kind_is_said(share, said):
    assert said in verdict("9.16", RIGHT["9.16"] | {"share": share}).message


@pytest.mark.parametrize("value", [10**400, -(10**400), np.complex128(1)], ids=["huge", "minus huge", "complex"])
def test_a_setting_of_hundreds_of_digits_is_said(value):
    assert verdict("9.15", RIGHT["9.15"] | {"steps": value}).message.startswith("The answer cannot be used: steps is")
    assert verdict("9.15", RIGHT["9.15"] | {"lr": value}).message.startswith("The answer cannot be used: lr is")


def good(series, n):
    return RIGHT["9.17"](series, n)


@pytest.mark.parametrize("answer, said", [
    (lambda series, n: seasonal_naive(series, n + 12)[:n], "not below that of seasonal-naive"),
    (lambda series, n: np.full(n, 3.0), "more than three times that of seasonal-naive"),
    (lambda series, n: good(series, n) if len(series) < 350 else seasonal_naive(series, n) - 1,
     "but not on one of 360"),
    (lambda series, n: good(series, n) if len(series) > 350 else seasonal_naive(series, n) - 1,
     "on each of two series the root mean squared error has to be below"),
    (lambda series, n: np.append(series[-n + 1:], 0), "values that are to be forecast"),
])
def test_a_forecast_hears_which_condition_fails(answer, said):
    result = verdict("9.17", answer)
    assert said in result.message and "0.99" not in result.message, result.message


@pytest.mark.parametrize("given, said", [
    (np.nan, "60 of the 60 numbers that my_forecast has returned are NaN or infinite"),
    (np.inf, "60 of the 60 numbers that my_forecast has returned are NaN or infinite"),
    ("text", "my_forecast has returned a str that is no array of numbers"),
    ({"forecast": 1}, "my_forecast has returned a dict that is no array of numbers"),
    ([[1, 2], [3]], "my_forecast has returned a list that is no array of numbers"),
    (10**400, "my_forecast has returned a int that is no array of numbers"),
])
def test_a_forecast_that_is_no_numbers_is_said(given, said):
    result = verdict("9.17", lambda series, n: np.full(n, given) if isinstance(given, float) else given)
    assert result.status == "kind" and said in result.message, result.message


def test_results_in_another_order_are_told_however_many():
    for id, order in (("9.3", (2, 3, 4, 0, 1)), ("9.6", (3, 4, 5, 0, 1, 2)), ("9.7", (3, 0, 1, 2, 4))):
        result = verdict(id, lambda *given, id=id, order=order: [RIGHT[id](*given)[k] for k in order])
        assert "Right results in another order" in result.message, result.message


def test_a_state_with_its_cache_is_told_from_an_index_that_is_missing():
    def answer(x, h0, Wx, Wh, b):
        h = np.zeros((*x.shape[:2], len(b)))
        state = h0
        for t in range(x.shape[1]):
            state = RIGHT["9.1"](x[:, t], state, Wx, Wh, b)
            h[:, t] = state
        return h

    assert "step gives two things" in verdict("9.2", answer).message

"""Exercises on training runs: a character net of one's own, two cells, a forecast."""

import sys
from functools import lru_cache

import numpy as np

from course_lib import datasets, recurrent
from course_lib.chapters.ch09_recurrent import calls
from course_lib.chapters.ch09_recurrent.exercises.common import numbered
from course_lib.exercises.define import all_filled, letter
from course_lib.exercises.model import Exercise, Mistake, Refused, case

# --- a character net ---

#: What the settings may be.
CELLS = "rnn", "lstm", "gru"
MOST = {"hidden": 128, "length": 50, "steps": 2000}
#: Nats a character that are to be reached.
BAR = 1.8
_NET = {"cell": "gru", "hidden": 64, "length": 25, "steps": 1400, "lr": 0.01, "clip": 5.0}


def _settings(answer):
    """The settings as plain numbers; what does not fit is said."""
    keys = "cell", *MOST, "lr", "clip"
    if not isinstance(answer, dict) or set(answer) != set(keys):
        raise TypeError(f"a dict with the keys {', '.join(keys)} is expected")
    for key in keys:
        if answer[key] is ... or (answer[key] is None and key != "clip"):
            raise TypeError(f"{key} is still to be filled in")
    if not isinstance(answer["cell"], str) or answer["cell"] not in CELLS:
        raise ValueError(f"cell is {answer['cell']!r:.40}, expected one of {', '.join(CELLS)}, in quotes")
    settings = {"cell": str(answer["cell"])}
    for key, most in MOST.items():
        if not _is_number(answer[key]) or answer[key] % 1 or not 1 <= answer[key] <= most:
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected a whole number from 1 to {most}")
        settings[key] = int(answer[key])
    for key in ("lr", "clip"):
        if answer[key] is not None and not (_is_number(answer[key]) and answer[key] > 0):
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected a number above 0{' or None' * (key == 'clip')}")
        settings[key] = None if answer[key] is None else float(answer[key])
    return settings


def _is_number(value):
    """One that fits into a float."""
    if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


def _trained(answer):
    """The settings, and the nats a character that their net leaves on the end of the play."""
    settings = _settings(answer)
    nats = _nats_left(tuple(settings.items()))
    print(f"{nats:.3f} nats a character on the last tenth of the play, which no step has read.")
    return settings, nats


@lru_cache(maxsize=32)
def _nats_left(settings) -> float:
    """Held-out nats after training; infinite where they are no number any more."""
    with np.errstate(all="ignore"):
        nats = recurrent.train_text(datasets.shakespeare(), **dict(settings)).val_loss[-1]
    return float(nats) if np.isfinite(nats) else np.inf


def _held_back(settings, nats):
    """What most likely keeps a net above the bar, as far as its settings show it."""
    reasons = {
        "a rate that is too large": settings["lr"] > 0.03 or np.isinf(nats),
        "a rate that is too small": settings["lr"] < 0.001,
        "gradients cut to nothing": settings["clip"] is not None and settings["clip"] < 0.001,
        "a short window": settings["length"] < 10,
        "too few units": settings["hidden"] < 32,
        "too few steps": settings["steps"] < 800,
        "the cell": settings["cell"] == "rnn",
    }
    return next((reason for reason, holds in reasons.items() if holds), "rate or steps")


def _quality(got):
    """(what holds the net back, its nats, counted down to the bar)"""
    settings, nats = got
    return ("nothing", BAR) if nats <= BAR else (_held_back(settings, nats), np.ceil(100 * min(nats, 99)) / 100)


def _held(id, say, **settings):
    return Mistake(id, _NET | settings, f"what holds it back: {say} What it reached stands below.")


MY_NET = Exercise(
    id="9.15",
    title="my character net",
    debrief="exp(loss) is a number of characters: with 1.8 nats the net is about as undecided as between six that are "
            "equally likely.",
    kind="choice",
    reference=_NET,
    instances=lambda rng: [()],
    call=_trained,
    read=_quality,
    outputs=("what holds it back", "nats a character on held-out text"),
    mistakes=(
        _held("TXN-a", "the rate is so large that each step undoes others. Between 0.001 and 0.02 Adam learns.",
              hidden=16, steps=100, lr=0.5),
        _held("TXN-b", "the rate is so small that the steps hardly get anywhere. Watch the loss: does it still fall at "
              "the end?", hidden=16, steps=100, lr=1e-5),
        _held("TXN-c", "the window is so short that nothing further back than a few characters is learned.", length=2,
              hidden=32, steps=200),
        _held("TXN-d", "so few units cannot tell many pasts apart.", hidden=4, steps=200),
        _held("TXN-e", "so few steps read only a part of the play.", hidden=32, steps=50),
        _held("TXN-f", "the plain cell gets here more slowly than one with gates.", cell="rnn", hidden=32, steps=800,
              length=10),
        _held("TXN-l", "no setting by itself. Try more steps, more units and rates from 0.002 to 0.02, one change at a "
              "time.", hidden=32, steps=800, lr=0.001, length=10),
        _held("TXN-g", "entries of the gradient are cut at a number below nearly all of them.", hidden=16, steps=100,
              clip=1e-6),
        Mistake("TXN-h", _NET | {"hidden": 256}, "More than 128 units take too long for a check. In a cell of your own "
                "you may train as long as you like."),
        Mistake("TXN-i", _NET | {"steps": 20_000}, "More than 2000 steps take too long for a check. A larger rate may "
                "serve as well."),
        Mistake("TXN-j", _NET | {"cell": "transformer"}, "There are three cells: rnn, lstm and gru."),
        Mistake("TXN-k", _NET | {"lr": 0}, "With a rate of 0 nothing is learned."),
    ),
    hints=(
        "Change one thing at a time in a cell of your own, with recurrent.train_text, and compare run.val_loss[-1]. "
        "Which of the three cells learns most in few steps?",
        "A GRU or an LSTM with 64 units or more, 25 characters, more than a thousand steps; then try rates from "
        "0.002 to 0.02.",
        'my_net = {"cell": "gru", "hidden": 64, "length": 25, ...}',
    ),
    reminders={"type": "a dict with cell, hidden, length, steps, lr and clip",
               "value": f"at most {BAR} nats are asked for; what yours reached stands below"},
    points=3,
    seconds=60.0,  # trains a net
    minutes=12, level=2, core=True,
    skeleton='my_net = {"cell": ..., "hidden": ..., "length": ..., "steps": ..., "lr": ..., "clip": ...}',
)

# --- two cells ---

_TWO = {"share": 0.75, "hidden": 77, "lstm": 1.990, "gru": 1.807, "conclude": "b"}
_NUMBERS = [key for key in _TWO if key != "conclude"]


def _two_cells(answer):
    all_filled(answer, _TWO)
    chosen = letter(answer, "conclude", "abcd")
    return numbered(*_NUMBERS)({key: answer[key] for key in _NUMBERS}) | {"conclude": chosen}


def _in_percent(got, *instance):
    """The share in whole percent, so that the tolerance of the losses is none for it."""
    return got | {"share": float(np.round(100 * got["share"]))}


def _other(id, key, value, say):
    return Mistake(id, _TWO | {key: value}, f"{key}: {say}")


TWO_CELLS = Exercise(
    id="9.16",
    title="LSTM against GRU",
    debrief="With about as many weights the LSTM of 64 units hands 128 numbers on to the next step, h and c, the GRU "
            "77: equal in one count, unequal in another.",
    kind="value",
    reference=_TWO,
    instances=lambda rng: [()],
    call=_two_cells,
    read=_in_percent,
    rtol=0,
    atol=0.04,
    mistakes=(
        _other("TWC-a", "share", 4 / 3, "the weights of a GRU over those of an LSTM, not the other way round."),
        _other("TWC-b", "share", 0.25, "that is what a GRU saves."),
        _other("TWC-c", "share", 0.5, "two gates against three, and both have a candidate: how many blocks each?"),
        _other("TWC-d", "share", 2 / 3, "two gates against three, and both have a candidate: how many blocks each?"),
        _other("TWC-e", "share", 1.0, "an LSTM has four blocks. And a GRU?"),
        _other("TWC-u", "share", 75, "that is in percent, and a share of the whole is at most 1."),
        _other("TWC-v", "share", 0.778, "that is with an output layer. The weights of the cell alone are asked for."),
        _other("TWC-f", "hidden", 85, "64 times 4/3 would be right if weights grew with the units; those from unit to "
               "unit grow with their square."),
        _other("TWC-t", "hidden", 256 / 3, "64 times 4/3 would be right if weights grew with the units; those from "
               "unit to unit grow with their square. And units are whole ones."),
        _other("TWC-g", "hidden", 64, "with 64 units a GRU has three quarters of the weights. Equal numbers of weights "
               "are asked for."),
        _other("TWC-h", "hidden", 78, "33,696 parameters; with one unit fewer the GRU comes nearer to 33,280."),
        _other("TWC-i", "hidden", 76, "32,376 parameters; with one unit more the GRU comes nearer to 33,280."),
        _other("TWC-j", "hidden", 77.37, "units are whole ones: which whole number comes nearest?"),
        _other("TWC-k", "hidden", 48, "that is fewer. A GRU needs fewer weights a unit, so it may have more units."),
        _other("TWC-l", "hidden", 74, "66 + H is what a unit of the GRU reads, its bias counted; did you take 2H?"),
        _other("TWC-m", "conclude", "a", "one text, one length of training, one rate. What would have to be tried "
               "before that could be said?"),
        _other("TWC-n", "conclude", "c", "compare the difference of the means with the spread of the three starts."),
        _other("TWC-o", "conclude", "d", "the GRU was made so large that both have as many weights."),
        Mistake("TWC-p", _TWO | {"lstm": _TWO["gru"], "gru": _TWO["lstm"]}, "The two losses are exchanged."),
        Mistake("TWC-q", _TWO | {key: _TWO[key] / np.log(2) for key in ("lstm", "gru")}, "lstm: these are bits. Nats "
                "are asked for."),
        Mistake("TWC-r", _TWO | {key: float(np.exp(_TWO[key])) for key in ("lstm", "gru")}, "lstm: that is the "
                "perplexity. Nats are asked for."),
        _other("TWC-w", "lstm", 2.159, "that is what the rate gives that train_text has by itself, 0.002. The LSTM is "
               "trained with 0.005."),
        _other("TWC-x", "gru", 1.956, "that is what the rate gives that train_text has by itself, 0.002. The GRU is "
               "trained with 0.005."),
        Mistake("TWC-z", _TWO | {"lstm": 1.89, "gru": 1.76}, "lstm: these are the losses at a rate of 0.01. The "
                "exercise trains with 0.005."),
        _other("TWC-y", "hidden", 86, "64 times 4/3 would be right if weights grew with the units; those from unit to "
               "unit grow with their square."),
        Mistake("TWC-s", _TWO | {key: 3 * _TWO[key] for key in ("lstm", "gru")}, "lstm: the sum over three starts. "
                "Their mean is asked for."),
    ),
    hints=(
        "Write both numbers of parameters as formulas, set them equal and solve for the units of the GRU. Then train, "
        "and look at how much the three starts differ.",
        "4 H_l (65 + H_l + 1) = 3 H_g (65 + H_g + 1) with H_l = 64: 3 H^2 + 198 H = 33,280.",
        '"share": 3 / 4',
    ),
    reminders={"type": "a dict of four numbers and a letter", "value": "weights of the cell alone; losses are means of "
               "the last val_loss of three runs, 1,000 steps at a rate of 0.005"},
    points=1,
    minutes=10, level=2, core=False,
    skeleton='compared = {"share": ..., "hidden": ..., "lstm": ..., "gru": ..., "conclude": ...}',
)

# --- a forecast ---

PERIOD = 12


def _naive(series, n, lag=PERIOD):
    return series[len(series) - n - lag:len(series) - lag]


def _lags(series, length=2 * PERIOD):
    """Windows of past values with a 1 beside them, and the value after each."""
    windows = np.lib.stride_tricks.sliding_window_view(series, length + 1)
    return np.column_stack([windows[:, :-1], np.ones(len(windows))]), windows[:, -1]


def _fitted(series, n, known):
    """A linear forecast from two seasons, fitted to the first `known` windows."""
    X, y = _lags(series)
    w = np.linalg.lstsq(X[:known], y[:known], rcond=None)[0]
    return X[-n:] @ w


def _linear(series, n):
    return _fitted(series, n, -n)


def _with_drift(series, n):
    """As twelve steps ago, and what a year has added on average so far."""
    past = series[:-n]
    return _naive(series, n) + np.mean(past[PERIOD:] - past[:-PERIOD])


def _recurrent_net(series, n):
    past, length = series[:-n], 2 * PERIOD
    mean, sd = past.mean(), past.std()
    windows = np.lib.stride_tricks.sliding_window_view((series - mean) / sd, length + 1)
    X, before = windows[:, :length, None], windows[:, PERIOD]
    run = recurrent.train(X[:-n], (windows[:, -1] - before)[:-n], "gru", 16, task="number", epochs=100, lr=0.005)
    return mean + sd * (before + run.predict(X)).ravel()[-n:]


#: Correlation of errors with the noise of the values to be forecast; by chance 0.14 is the usual size.
SEEN = 0.5
NOISE = 0.5  #: standard deviation of the noise of a series whose scale is 1


def _one_series(rng, length, n, label=""):
    """A series with a level, a scale and a first month of its own: what was learned of another does not fit.

    Each forecast may use the values before it, so all values are handed out. What judges is not: the course of the
    series without noise, and how large that is.
    """
    begin = int(rng.integers(PERIOD))
    series, course = (datasets.seasonal_series(length + PERIOD, noise=noise, rng=rng)[begin:begin + length]
                      for noise in (NOISE, 0.0))
    level, scale = rng.uniform(-20, 20), rng.uniform(0.5, 2)
    return case(label, (level + scale * series).round(2), n, unseen=((level + scale * course)[-n:], NOISE * scale))


def _series(rng):
    return [_one_series(rng, 300, 60), _one_series(rng, 360, 48, "another series")]


def _verdict(got, series, n, course, noise):
    """(what it looks at, how its error compares with that of seasonal-naive, and in numbers; all that are right are
    alike)

    The errors are those on the last n values with their noise drawn anew, on average over all such draws.
    """
    if not all(isinstance(each, np.ndarray) and each.shape == (n,) and np.isfinite(each).all() for each in got):
        raise Refused(f"what came back are no forecasts of {n} numbers")

    def error(guess):
        return float(np.sqrt(np.mean((guess - course) ** 2) + noise**2))

    said, again, moved = got
    mine, naive = error(said), error(_naive(series, n))
    print(f"root mean squared error {mine:.3f}; as twelve steps ago: {naive:.3f}. Both on the last {n} values with "
          "their noise drawn anew")
    # A net without a seed moves by itself, but not by more than the series does.
    by_itself = min(3 * np.max(np.abs(again - said)), np.ptp(series))
    ahead = np.max(np.abs(moved - said)[:n // 2 + 1]) > 1e-6 + by_itself
    # A forecast from the past knows nothing of the noise that was handed out at its own place.
    with np.errstate(all="ignore"):
        seen = np.corrcoef(said - course, series[-n:] - course)[0, 1] > SEEN
    if ahead or seen:
        return "values that are to be forecast", "not asked", mine / naive
    compared = "below" if mine < naive else "not below" if mine < 3 * naive else "far above"
    return "the past", compared, 1.0 if mine < naive else mine / naive


def _trend_alone(series, n):
    """A straight line through the past, without a season."""
    t = np.arange(len(series))
    return np.polyval(np.polyfit(t[:-n], series[:-n], 1), t[-n:])


def _on_300(first, second):
    """One forecast for the series of 300 values, another for the other series."""
    return lambda series, n: (first if len(series) == 300 else second)(series, n)


def _zeros(series, n):
    return np.zeros(n)


def _standardized(series, n):
    past = series[:-n]
    return (_linear(series, n) - past.mean()) / past.std()


_APART = ("its error: on neither series below that of seasonal-naive, and on one of them more than three times as "
          "large. A forecast that starts from the value of twelve steps ago has only the change to guess.")

FORECAST = Exercise(
    id="9.17",
    title="my_forecast",
    debrief="Last year's value has noise of its own: in the mean seasonal-naive errs by at least sqrt(2) times the "
            "noise, even on a series without a trend.",
    reference=_linear,
    instances=_series,
    call=calls.my_forecast,
    read=_verdict,
    arguments=("series", "n"),
    contract="a model is trained on the series that it gets, and judged by its forecasts",
    outputs=("what it looks at", "its error", "ratio"),
    mistakes=(
        Mistake("FOR-a", _naive, "That is the seasonal-naive forecast itself, ratio 1. What does a year add to this "
                "series, and how much of last year's value was noise?"),
        Mistake("FOR-b", lambda series, n: _naive(series, n, 1), "Each value as the one before: that forgets the "
                "season. What was it like twelve steps ago?"),
        Mistake("FOR-c", lambda series, n: np.full(n, series[:-n].mean()), "Always the mean of the past: neither the "
                "season nor the trend is in it."),
        Mistake("FOR-d", lambda series, n: _fitted(series, n, None), "what it looks at: values that are to be "
                "forecast. Which steps of the series go into what you fit, average or scale by?"),
        Mistake("FOR-e", lambda series, n: series[-n:].copy(), "These are the values that were to be forecast."),
        Mistake("FOR-f", _standardized, "The forecasts are still standardized. Multiply by the spread, add the mean."),
        Mistake("FOR-g", lambda series, n: _naive(series, n, PERIOD + 1), "Everything is one step late: thirteen steps "
                "ago. Which value is twelve steps before series[-n]?"),
        Mistake("FOR-h", lambda series, n: np.resize(series[len(series) - n - PERIOD:len(series) - n], n), "The last "
                "year before the end is repeated over and over. Each forecast may use all values before it, the ones "
                "of this year as well."),
        Mistake("FOR-i", lambda series, n: _linear(series, n) - _naive(series, n), "That is the change against twelve "
                "steps ago alone. To what does it have to be added?"),
        Mistake("FOR-j", lambda series, n: _linear(series, n)[1:], "There is a forecast for each of the last n "
                "values."),
        Mistake("FOR-k", lambda series, n: _naive(series, n, PERIOD - 1), "Everything is one step early: eleven steps "
                "ago. Which value is twelve steps before series[-n]?"),
        Mistake("FOR-l", lambda series, n: _linear(series, n)[::-1].copy(), "The forecasts come in reverse."),
        Mistake("FOR-n", _trend_alone, "its error: not below that of seasonal-naive, as twelve steps ago; both numbers "
                "stand below. A forecast that starts from the value of twelve steps ago has only the change to guess."),
        Mistake("FOR-q", lambda series, n: np.full(n, series[-n - 1]), "One value for all: the last that was known "
                "when the first was to be forecast. Each forecast may use all values before it, and there is a "
                "season."),
        Mistake("FOR-r", _on_300(_trend_alone, _zeros), _APART),
        Mistake("FOR-s", _on_300(_zeros, _trend_alone), _APART),
        Mistake("FOR-o", _zeros, "its error: more than three times that of seasonal-naive; both "
                "numbers stand below. Are the forecasts on the scale of the series, each in its own place?"),
        Mistake("FOR-p", _on_300(_linear, _trend_alone), "its error: "
                "below that of seasonal-naive on a series of 300 values, whose numbers stand below, but not on one of "
                "360. A net that is just ahead may be so by luck."),
        Mistake("FOR-m", lambda series, n: _naive(series, n) - (_with_drift(series, n) - _naive(series, n)), "The "
                "trend is subtracted: this series goes up."),
    ),
    hints=(
        "What is left to learn is small when the target is the change against twelve steps ago: the trend of a year, "
        "and that last year's noise does not come again.",
        "windows of 24 standardized values as X (windows, 24, 1), target s_t - s_{t-12}; train on those that end "
        "before the last n values; forecast = (s_{t-12} + predicted change) sd + mean.",
        "windows = np.lib.stride_tricks.sliding_window_view((series - mean) / sd, 25)",
    ),
    reminders={"shape": "one number for each of the last n values, (n,)",
               "value": "on each of two series the root mean squared error has to be below that of seasonal-naive"},
    points=3,
    seconds=30.0,  # may train a net
    minutes=20, level=3, core=False,
    variants=(_with_drift, _recurrent_net),
)

EXERCISES = (MY_NET, TWO_CELLS, FORECAST)

"""Attacks on what is judged outside of the sandbox: what may come out of it in place of a net or a forecast.

Each list holds (name, attack). An attack is given what an honest answer sends, and gives what is sent instead.
"""

import numpy as np

from course_lib.exercises.collect import Foreign

# --- exercise 4.33: (rows of (name, arrays), loss, val_loss) ---


def _with(place, kind=None, **arrays):
    """Another layer in the place of one; arrays that are None are left out."""

    def changed(sent):
        rows, *losses = sent
        own = {name: array for name, array in (rows[place][1] | arrays).items() if array is not None}
        return [*rows[:place], (kind or rows[place][0], own), *rows[place + 1 :]], *losses

    return changed


def _named(kind):
    return lambda sent: ([*sent[0], (kind, {})], *sent[1:])


def _history(loss, val_loss):
    return lambda sent: (sent[0], loss, val_loss)


def _untrained(sent):
    """Weights of which nothing was learned, with the losses of a net that was trained."""
    rows = [(kind, {name: np.ones_like(array) for name, array in arrays.items()}) for kind, arrays in sent[0]]
    return rows, *sent[1:]


#: refused in a sentence
NETS = [
    ("weights that do not fit each other", _with(2, weight=np.ones((30, 32)))),
    ("weights for other images", _with(0, weight=np.ones((784, 48)))),
    ("a bias with one entry an image", _with(4, bias=np.ones((360, 10)))),
    ("weights with three axes", _with(0, weight=np.ones((64, 48, 1)))),
    ("weights in a row", _with(0, weight=np.ones(64 * 48))),
    ("no weights", _with(0, weight=None)),
    ("weights for no output", _with(4, weight=np.ones((32, 0)), bias=np.ones(0))),
    ("one array more", _with(0, answers=np.ones(360))),
    ("weights of an activation", _with(1, weight=np.ones(48))),
    ("an array of objects", _with(0, weight=Foreign("an array of object instead of numbers"))),
    ("an array of texts", _with(0, weight=np.array([["1"] * 48] * 64))),
    ("complex weights", _with(0, weight=np.ones((64, 48), complex))),
    ("a list of lists", _with(0, weight=[[1.0] * 48] * 64)),
    ("weights in an array of weights", _with(0, weight={"weight": np.ones((64, 48))})),
    ("nine million weights", _with(0, weight=np.broadcast_to(0.0, (64, 150_000)))),
    ("25 layers", lambda sent: (sent[0] + [("ReLU", {})] * 20, *sent[1:])),
    ("a layer of one's own", _named("Lookup")),
    ("a layer that is a function", _named("fit")),
    ("a layer without a name", _named("")),
    ("a layer named by a method", _named("__class__")),
    ("a layer named by 2,000 letters", _named("Linear" * 333)),
    ("a layer named by a number", _named(5)),
    ("a layer named by a list", _named(["Linear"])),
    ("a row in a row", _named(("Linear", {}))),
    ("a row of three", lambda sent: ([*sent[0], ("ReLU", {}, {})], *sent[1:])),
    ("scores in place of layers", lambda sent: (np.eye(10)[np.zeros(360, int)], *sent[1:])),
    ("no layers", lambda sent: ({}, *sent[1:])),
]

#: put to work, and wrong
WRONG_NETS = [
    ("NaN", _with(0, weight=np.full((64, 48), np.nan))),
    ("infinite weights", _with(4, bias=np.full(10, np.inf))),
    ("weights that overflow", _with(2, weight=np.full((48, 32), 1e308))),
    ("weights of which nothing was learned", _untrained),
    ("a net without layers", lambda sent: ([], *sent[1:])),
    ("losses that are texts", _history(np.array(["9", "0"]), np.array(["9", "0"]))),
    ("losses that are tables", _history(np.ones((2, 600)), np.ones((2, 60)))),
    ("losses that are NaN", _history(np.array([9.0, np.nan]), np.array([9.0, np.nan]))),
    ("losses that are truth values", _history(np.array([True, False]), np.array([True, False]))),
    ("one loss alone", lambda sent: (sent[0], sent[1])),
    ("nothing", lambda sent: None),
]

# --- exercise 8.12: rows of (name, settings) ---


def _layer(kind, **settings):
    return lambda sent: [(kind, settings), *sent]


#: refused in a sentence
LAYERS = [
    ("a layer of one's own in a network", _layer("Lookup")),
    ("a network named by a method", _layer("__class__")),
    ("a part of the language that is no layer", _layer("Layer")),
    ("settings that nobody knows", _layer("ReLU", scores=np.ones((2000, 10)))),
    ("minus one map", _layer("Conv", out=-1, size=3)),
    ("maps by the array", _layer("Conv", out=np.ones(3, int), size=3)),
    ("a million maps", _layer("Conv", out=10**6, size=1)),
    ("a number of maps with 300 digits", _layer("Conv", out=10**300, size=1)),
    ("a frame of a million zeros", _layer("Conv", out=1, size=1, pad=10**6)),
    ("a pool that looks at everything", lambda sent: [("MaxPool", {"size": 57, "stride": 1, "pad": 28})] * 9 + sent),
    ("100,000 activations", lambda sent: [("Tanh", {})] * 100_000 + sent),
    ("a share in place of a network", lambda sent: (["Conv", "ReLU"], 0.99)),
    ("a network that is a number", lambda sent: 0.99),
]

# --- exercise 9.17: three forecasts, for the series (n values of it) ---

#: (name, attack on what is sent for a series with its last n values), none of which is right
FORECASTS = [
    ("the values handed out, three times", lambda sent, series, n: (series[-n:],) * 3),
    ("the values handed out, in noise", lambda sent, series, n: (
        series[-n:] + 0.2 * np.random.default_rng(0).normal(size=n),) * 3),
    ("half of the values handed out", lambda sent, series, n: ((series[-n:] + series[-n - 12 : -12]) / 2,) * 3),
    ("forecasts for others", lambda sent, series, n: (np.zeros((360, 1)),) * 3),
    ("forecasts by the table", lambda sent, series, n: (np.zeros((n, n)),) * 3),
    ("forecasts that are NaN", lambda sent, series, n: (np.full(n, np.nan),) * 3),
    ("forecasts that are texts", lambda sent, series, n: (np.full(n, "1"),) * 3),
    ("four forecasts", lambda sent, series, n: (sent[0],) * 4),
    ("an error in place of forecasts", lambda sent, series, n: ("the past", "below", 1.0)),
]

# --- exercises 5.14 and 6.2: what is asked of the functions that an answer tests ---


def _question(*arguments, version=0, **named):
    return {"version": version, "arguments": arguments, "named": named}


_STATE = {"generator": np.random.default_rng(0).bit_generator.state}
_OTHER = {"generator": {"bit_generator": "MT19937", "state": {"key": np.zeros(624, np.uint32), "pos": 0}}}

#: (name, exercise, question); none gets a value
QUESTIONS = [
    ("no question", "6.2", 5),
    ("a question without parts", "6.2", {"version": 0}),
    ("a version before the first", "6.2", _question(np.ones(3), 0.9, version=-1)),
    ("a version after the last", "6.2", _question(np.ones(3), 0.9, version=99)),
    ("a version that is true", "6.2", _question(np.ones(3), 0.9, version=True)),
    ("a version by name", "6.2", _question(np.ones(3), 0.9, version="in a loop")),
    ("arguments that are no row", "6.2", _question() | {"arguments": np.ones(3)}),
    ("a million values", "6.2", _question(np.ones(10**6), 0.9)),
    ("a million values of nothing", "6.2", _question(np.ones((10**6, 0)), 0.9)),
    ("an argument that nobody knows", "6.2", _question(np.ones(3), 0.9, function=1)),
    ("the function itself", "6.2", _question(np.ones(3), 0.9, self=1)),
    ("a value that is no data", "6.2", _question(Foreign("a function"), 0.9)),
    ("a trillion weights", "5.14", _question(_STATE, 10**6, 10**6)),
    ("weights by the array", "5.14", _question(_STATE, np.array(10**6), np.array(10**6))),
    ("a number of 3,000 digits", "5.14", _question(_STATE, 10**3000, 1)),
    ("minus one weight", "5.14", _question(_STATE, -1, 5)),
    ("no generator", "5.14", _question(None, 5, 5)),
    ("a generator of another kind", "5.14", _question(_OTHER, 5, 5)),
    ("a generator in the state of a text", "5.14", _question({"generator": "PCG64"}, 5, 5)),
]

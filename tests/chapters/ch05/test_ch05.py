"""Chapter 05: each labelled equation of its text in numbers, the cases of its detectives, wrong answers that a person
types."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import dense, gradcheck, nn, ops
from course_lib.chapters.ch05_initialization import cases
from course_lib.chapters.ch05_initialization.exercises import EXERCISES, detective
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "05_initialization.py"
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
RNG = np.random.default_rng(5)


def verdict(id, answer):
    known = expected(BY_ID[id])
    return judge(BY_ID[id], collect(BY_ID[id], answer, known.instances, 60), known)


# --- equations ---


def small_net(p):
    """Half the squared error of the net of (5.1), with x = (1, 2), y = 0.5: W (2, 2), v (2,), c."""
    W, v, c = p[:4].reshape(2, 2), p[4:6], p[6]
    return 0.5 * (np.maximum(np.array([1.0, 2.0]) @ W, 0) @ v + c - 0.5) ** 2


def equal_gradients():
    numeric = gradcheck.numerical_gradient(small_net, np.array([0.5] * 6 + [0.0]))
    step = BY_ID["5.1"].reference
    return numeric, [*np.ravel(step["dW1"]), *step["dW2"], step["db2"]]


def plateau():
    y = np.repeat([0, 1, 2], [5, 3, 2])
    X = RNG.normal(size=(10, 4))
    run = dense.train((4, 6, 3), X, y, hidden="relu", loss="cross_entropy", lr=1.0, epochs=2000, init="zeros")
    return BY_ID["5.2"].reference(y), run.loss[-1]


def same_function(M=2):
    """How many orders and signs of the units of a tanh layer leave its function alone: all of them."""
    W, b, V = RNG.normal(size=(3, M)), RNG.normal(size=M), RNG.normal(size=(M, 2))
    X = RNG.normal(size=(5, 3))
    seen, out = set(), np.tanh(X @ W + b) @ V
    for order in itertools.permutations(range(M)):
        for signs in itertools.product((1, -1), repeat=M):
            W2, b2, V2 = W[:, order] * signs, b[list(order)] * signs, V[list(order)] * np.array(signs)[:, None]
            if np.allclose(np.tanh(X @ W2 + b2) @ V2, out):
                seen.add((W2.tobytes(), b2.tobytes(), V2.tobytes()))
    return len(seen)


def score_variance():
    """Of one score over many draws of the weights, for inputs with a mean."""
    a = RNG.uniform(1, 3, size=(1, 20))
    W = 0.3 * RNG.standard_normal((20, 100_000))
    return (a @ W).var(), 20 * 0.3**2 * np.mean(a**2)


def half_of_the_squares():
    z = RNG.standard_normal(200_000)
    return np.mean(np.maximum(z, 0) ** 2), 0.5


def backward():
    """Errors behind a linear layer that widens, with the variance 1/fan_out."""
    W = np.sqrt(1 / 800) * RNG.standard_normal((200, 800))
    delta = RNG.standard_normal((300, 800))
    return (delta @ W.T).std(), delta.std()


def spread_of(name, n=300, m=500):
    return ops.INITIALIZERS[name](np.random.default_rng(1), n, m).var()


EQUATIONS = {
    "5.1": equal_gradients,
    "5.2": plateau,
    "5.3": lambda: ([same_function(M) for M in (1, 2, 3)], [math.factorial(M) * 2**M for M in (1, 2, 3)]),
    "5.4": score_variance,
    "5.5": lambda: (spread_of("lecun_normal"), 1 / 300),
    "5.6": lambda: (np.prod([0.7] * 10), 0.7**10),
    "5.7": half_of_the_squares,
    "5.8": lambda: (spread_of("he_normal"), 2 / 300),
    "5.9": backward,
    "5.10": lambda: (spread_of("xavier_uniform"), 2 / 800),
    "5.11": lambda: (ops.cross_entropy(np.zeros((4, 10)), np.array([0, 3, 3, 9])), np.log(10)),
}
DRAWN = ("5.4", "5.5", "5.7", "5.8", "5.9", "5.10")


def test_every_equation_is_in_the_text_and_in_the_table():
    assert re.findall(r"\\tag\{([^}]+)\}", SOURCE.read_text(encoding="utf-8")) == list(EQUATIONS)


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=0.02 if label in DRAWN else 1e-6)


def test_the_symmetries_that_are_counted():
    assert BY_ID["5.3"].reference == {"one": 2, "two": 8, "three": 48}


# --- the cases ---


def test_each_suspect_has_one_network():
    assert sorted(cases.CULPRITS.values()) == sorted(cases.SUSPECTS)


def test_the_symptoms_that_the_messages_name():
    by_start = {letter: cases.symptoms()[number] for number, letter in cases.CULPRITS.items()}
    assert by_start["A"]["spread 1"] == 0 and by_start["A"]["different"] == 1
    assert by_start["B"]["different"] == 1 and by_start["B"]["spread 5"] > 100 * by_start["B"]["spread 1"]
    assert by_start["C"]["different"] > 40 and by_start["C"]["spread 5"] < 1e-5 * by_start["C"]["spread 1"]
    growth = (by_start["D"]["spread 5"] / by_start["D"]["spread 1"]) ** (1 / 4)
    assert growth == pytest.approx(math.sqrt(24), rel=0.1) and np.isnan(by_start["D"]["last loss"])
    assert by_start["E"]["dead"] == 0 and by_start["E"]["first loss"] > 1000
    assert by_start["F"]["dead"] == 1 and by_start["F"]["spread 1"] > 0
    X, _ = cases.digits()
    first = cases.hidden_layers(X, cases.network(cases.SIZES, *cases.SUSPECTS["F"]))[0]
    assert (first <= 0).all(axis=0).mean() > 0.5, "more than half of the first layer has nothing to say"


def test_three_starts_would_have_learned():
    """The six are bad: with He's weights and zero biases the same net and the same rate learn."""
    X, y = cases.digits()
    run = dense.train(cases.SIZES, X, y, hidden="relu", loss="cross_entropy", lr=0.05, epochs=20, batch_size=20, rng=0,
                      params=cases.network(cases.SIZES, ops.INITIALIZERS["he_normal"]))
    assert run.loss[-1] < 0.1
    shares = np.bincount(y) / len(y)
    stuck = [seen["last loss"] for seen in cases.symptoms().values() if np.isfinite(seen["last loss"])]
    np.testing.assert_allclose(stuck, -(shares * np.log(shares)).sum(), atol=0.01)


def test_errors_lose_the_same_factor_in_every_layer():
    factors = cases.errors_by_layer()[:-1] / cases.errors_by_layer()[1:]
    assert (factors < 1).all() and factors.std() < 0.06
    level = cases.errors_by_layer(math.sqrt(2))
    assert 1 / 3 < level[0] / level[-1] < 3


def test_the_pass_breaks_where_the_exercise_says():
    names, arrays = cases.broken_pass()
    place, kind = BY_ID["5.12"].reference(arrays)
    answer = BY_ID["5.13"].reference
    assert (names[place], kind) == (answer["first"], answer["kind"])
    assert next(name for name, values in zip(names, arrays, strict=True) if np.isnan(values).any()) == answer[
        "first_nan"]
    assert all(values.dtype == np.float32 for values in arrays[:-2])
    largest = [dict(zip(names, arrays, strict=True))[name].max() for name in ("a1", "a2", "a3", "z4")]
    np.testing.assert_allclose(np.divide(largest[1:], largest[:-1]), 7, atol=0.6)


def test_the_stable_softmax_gives_a_loss_in_the_hundreds():
    X, y = cases.digits()
    params = cases.network((64, 48, 48, 48, 10), lambda rng, n, m: rng.uniform(0, 0.3, (n, m)))
    assert 100 < ops.cross_entropy(ops.mlp_forward(X, params, "relu", "identity")[0], y) < 1000


def test_starts_that_a_test_is_tried_on():
    """Fifteen, of which three suit a layer of ReLU; none is caught by its shape alone but the three that say so."""
    test = BY_ID["5.14"].reference
    assert [name for name, start in detective.TRIED.items() if test(start)] == [
        "He normal", "He uniform", "plus and minus one number"]
    odd = [name for name, start in detective.TRIED.items() if start(np.random.default_rng(0), 30, 20).shape != (30, 20)]
    assert len(detective.TRIED) == 15 and len(odd) == 3
    assert "tried on 15 starts. Three are right" in SOURCE.read_text(encoding="utf-8")


def test_units_that_are_all_one_show_only_where_two_are_compared():
    for fan_in, fan_out in ((400, 100), (1, 30)):
        W = detective.TRIED["right numbers with every unit the same"](np.random.default_rng(0), fan_in, fan_out)
        assert W.shape == (fan_in, fan_out) and (W == W[:, :1]).all() and W.any()
    W = detective.TRIED["right numbers with every unit the same"](np.random.default_rng(0), 400, 100)
    np.testing.assert_allclose([W.mean(), 200 * W.var()], [0, 1], atol=1e-12)


# --- answers that a person types ---


def test_own_starts_can_be_handed_on():
    for id in ("5.5", "5.7", "5.8"):
        layer = nn.Linear(6, 4, rng=np.random.default_rng(0), init=BY_ID[id].reference)
        assert layer.weight.data.shape == (6, 4) and not layer.bias.data.any()


@pytest.mark.parametrize(("id", "answer", "said"), [
    ("5.7", lambda rng, n, m: np.random.default_rng().standard_normal((n, m)) * np.sqrt(2 / n),
     "not from the generator that was handed in"),
    ("5.7", lambda rng, n, m: rng.standard_normal((n, m)) * np.sqrt(3 / n), "spread"),
    ("5.7", lambda rng, n, m: (rng.standard_normal((n, m)) * np.sqrt(2 / n)).tolist()[0], "rows"),
    ("5.6", lambda X, weights: [0.0], ""),
    ("5.12", lambda arrays: -1, ""),
    ("5.15", lambda X, y: 1.0, "pair"),
    ("5.10", "sqrt(2)", ""),
    ("5.11", {1: "A"}, "keys 1, 2, 3, 4, 5, 6"),
    ("5.13", {"first": "e"}, "first, kind, first_nan, cause"),
    ("5.1", {"dW1": [[..., 0.5], [1, 1]], "dW2": [1.5, 1.5], "db2": 1, "zero_dW1": [[0, 0], [0, 0]],
             "zero_dW2": [0, 0], "zero_db2": -0.5}, "dW1 is still to be filled in"),
    ("5.7", lambda rng, n, m: rng.standard_normal(n, m) * np.sqrt(2 / n), "rng.standard_normal(n, m)"),
    ("5.7", lambda rng, n, m: (rng.standard_normal((n, m)) * np.sqrt(2 / n)).tolist(), "got a list"),
    ("5.7", lambda rng, n, m: rng.standard_normal((n, 0)), "got shape"),
    ("5.8", lambda rng, n, m: rng.choice([-1.0, 1.0], (n, m)) * np.sqrt(2 / (n + m)), "few different numbers"),
    ("5.9", {"factor": 0.76, "gain": 1.08, "after_50": 0}, "after_50 is 0"),
    ("5.10", "1.4", "one number is expected"),
    ("5.11", {**cases.CULPRITS, 4: "all weights 0"}, "one of the letters A to F"),
    ("5.12", lambda arrays: BY_ID["5.12"].reference([values.sum() for values in arrays]), "infinity minus infinity"),
    ("5.13", {"first": 8, "kind": "inf", "first_nan": "p", "cause": "C"}, "first is 8, expected in quotes one of X"),
])
def test_other_wrong_answers_are_refused_with_a_word(id, answer, said):
    result = verdict(id, answer)
    assert result.status not in ("right", "not attempted") and said in result.message, result.message


@pytest.mark.parametrize("factor", [0.73, 0.76, 0.78, 0.8])
def test_a_curve_may_be_read_a_little_off(factor):
    assert verdict("5.9", {"factor": factor, "gain": factor * 1.414, "after_50": factor**50}).status == "right"


def test_networks_may_be_named_in_any_order():
    assert verdict("5.11", dict(reversed(cases.CULPRITS.items()))).status == "right"
    assert verdict("5.11", {number: letter.lower() for number, letter in cases.CULPRITS.items()}).status == "right"


@pytest.mark.parametrize("gain", [1.3, 1.35, math.sqrt(2), 1.5, 1.6, 1.7])
def test_gains_that_are_right(gain):
    assert verdict("5.10", gain).status == "right"


@pytest.mark.parametrize(("gain", "mistake"), [(0.3, "GAI-a"), (1.2, "GAI-a"), (1.9, "GAI-b"), (2.0, "GAI-b"),
                                               (2.4, "GAI-c"), (10, "GAI-c")])
def test_gains_that_are_not(gain, mistake):
    assert verdict("5.10", gain).mistake == mistake

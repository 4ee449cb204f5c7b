"""Sampling, searching, n-grams and windows against plain counting."""

import itertools
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import ops

DRAWN = settings(max_examples=30, deadline=None, derandomize=True)

# ---- the next symbol ---------------------------------------------------------------------------------------


def test_temperature():
    scores = np.array([2.0, 1.0, -1.0])
    for T in (0.2, 0.6, 1.0, 1.3):
        weights = [math.exp(z / T) for z in scores]
        np.testing.assert_allclose(ops.temperature_softmax(scores, T), np.array(weights) / sum(weights), rtol=1e-12)
    entropies = [float(ops.entropy(ops.temperature_softmax(scores, T))) for T in (0.1, 0.5, 1.0, 2.0, 10.0)]
    assert entropies == sorted(entropies) and entropies[-1] < math.log(3)
    np.testing.assert_array_equal(ops.temperature_softmax(1e300 * scores, 1e-300), [1, 0, 0])
    np.testing.assert_allclose(ops.temperature_softmax(scores, 1e9), 1 / 3, rtol=1e-6)


def test_two_softmaxes_are_noise():
    """R-087: a sampler that takes probabilities for scores draws nearly uniformly from 38 characters."""
    p = np.full(38, 1e-6)
    p[3] = 1 - 37e-6
    twice = ops.temperature_softmax(p, 1.0)
    assert twice.max() == pytest.approx(0.068, abs=1e-3)
    assert ops.bits_per_character(ops.entropy(twice)) == pytest.approx(5.21, abs=0.01)
    assert math.log2(38) == pytest.approx(5.25, abs=0.01)


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (0.5, None), (1.0, 2), (2.0, 3)])
def test_drawn_as_often_as_expected(temperature, top_k):
    scores = np.array([1.0, 3.0, 0.0, 2.0])
    p = ops.temperature_softmax(scores, temperature)
    if top_k:
        p[np.argsort(scores)[: 4 - top_k]] = 0
    drawn = ops.sample(np.tile(scores, (20_000, 1)), 0, temperature, top_k)
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20_000, p / p.sum(), atol=0.012)


def test_shapes_of_what_is_drawn():
    rng = np.random.default_rng(0)
    assert type(ops.sample(np.zeros(5), rng)) is type(ops.greedy(np.zeros(5))) is int
    assert ops.sample(np.zeros((2, 3, 5)), rng).shape == ops.greedy(np.zeros((2, 3, 5))).shape == (2, 3)
    scores = rng.standard_normal((50, 6))
    np.testing.assert_array_equal(ops.sample(scores, rng, top_k=1), ops.greedy(scores))
    np.testing.assert_array_equal(ops.sample(scores, rng, 1e-9), ops.greedy(scores))
    assert ops.greedy(np.array([1.0, 2.0, 2.0])) == 1 and ops.sample(np.array([1.0, 1.0]), rng, top_k=1) == 0
    assert len({ops.sample(np.zeros(5), rng) for _ in range(60)}) == 5


# ---- beam search -------------------------------------------------------------------------------------------


def chain(seed, V):
    """A model in which the next token depends on the last two: the state is the one before."""
    logs = ops.log_softmax(2 * np.random.default_rng(seed).standard_normal((V, V, V)))
    return lambda token, before: (logs[before, token], token)


def likelihood(step, state, start, sequence):
    total, token = 0.0, start
    for following in sequence:
        logs, state = step(token, state)
        total, token = total + logs[following], following
    return total


@DRAWN
@given(seed=st.integers(0, 999), V=st.integers(2, 4), length=st.integers(1, 4))
def test_a_beam_that_holds_everything_finds_the_best(seed, V, length):
    step = chain(seed, V)
    best = max(itertools.product(range(V), repeat=length), key=lambda s: likelihood(step, 0, 1, s))
    sequence, total = ops.beam_search(step, 0, 1, length, V**length)
    assert tuple(sequence) == best and total == pytest.approx(likelihood(step, 0, 1, best))


@DRAWN
@given(seed=st.integers(0, 999), width=st.integers(1, 5))
def test_a_beam_of_one_is_greedy_and_a_total_is_that_of_its_sequence(seed, width):
    step, token, state, expected = chain(seed, 5), 1, 0, []
    for _ in range(6):
        logs, state = step(token, state)
        token = int(logs.argmax())
        expected.append(token)
    assert ops.beam_search(step, 0, 1, 6, 1)[0].tolist() == expected
    sequence, total = ops.beam_search(step, 0, 1, 6, width)
    assert total == pytest.approx(likelihood(step, 0, 1, sequence))


def test_greedy_misses_the_best():
    """0.6 leads to two equal halves, 0.4 to a sure thing."""
    logs = np.log([[0.6, 0.4], [0.5, 0.5], [1 - 1e-9, 1e-9]])

    def step(token, state):
        return (logs[0], "first") if state is None else (logs[1 + token], state)

    assert ops.beam_search(step, None, 0, 2, 1)[1] == pytest.approx(np.log(0.3))
    sequence, total = ops.beam_search(step, None, 0, 2, 2)
    assert sequence.tolist() == [1, 0] and total == pytest.approx(np.log(0.4))


@pytest.mark.parametrize(("step", "error", "words"), [
    (lambda token, state: np.zeros(3), TypeError, r"expected the pair \(log prob"),
    (lambda token, state: (np.ones(3), state), ValueError, "at most 0.*log_softmax"),
    (lambda token, state: (np.zeros((1, 3)), state), ValueError, r"shape \(1, 3\), expected \(V,\)"),
    (lambda token, state: (np.array([np.nan, -1]), state), ValueError, "NaN"),
    (3, TypeError, "step must be a function"),
])
def test_messages_of_beam_search(step, error, words):
    with pytest.raises(error, match=words):
        ops.beam_search(step, None, 0, 3, 2)


# ---- how good a model is -----------------------------------------------------------------------------------


def test_units():
    assert ops.bits_per_character(math.log(2)) == pytest.approx(1)
    assert ops.perplexity(math.log(38)) == pytest.approx(38)
    np.testing.assert_allclose(ops.perplexity([0.0, 1.0]), [1, math.e])


def counted_nats(train, test, n):
    """Witten-Bell with dictionaries, token by token."""
    V = len(set(train) | set(test))
    after = defaultdict(Counter)
    for m in range(n):
        for i in range(m, len(train)):
            after[tuple(train[i - m : i])][train[i]] += 1
    total = 0.0
    for i, token in enumerate(test):
        p = 1 / V
        for m in range(min(n - 1, i) + 1):
            seen = after.get(tuple(test[i - m : i]), Counter())
            if seen:
                p = (seen[token] + len(seen) * p) / (sum(seen.values()) + len(seen))
        total -= math.log(p)
    return total / len(test)


@DRAWN
@given(train=st.lists(st.integers(0, 3), min_size=1, max_size=40), n=st.integers(1, 5),
       test=st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_ngrams_against_counting(train, test, n):
    assert ops.ngram_nats(np.array(train), np.array(test), n) == pytest.approx(counted_nats(train, test, n), rel=1e-10)


def test_ngrams_that_nobody_needs_cost_little_and_long_ones_stay_right():
    text = np.tile([0, 1, 2, 3], 500)
    losses = [ops.ngram_nats(text, text, n) for n in (1, 2, 3, 30)]
    assert losses[0] == pytest.approx(math.log(4), abs=1e-3) and max(losses[1:]) < 0.01
    noise = np.random.default_rng(0).integers(0, 8, 4000)
    assert ops.ngram_nats(noise[:3000], noise[3000:], 2) == pytest.approx(math.log(8), abs=0.03)


# ---- text and windows --------------------------------------------------------------------------------------


def test_text_and_back():
    characters, index = ops.vocabulary("to be, or not to be")
    assert characters == " ,benort" and index["b"] == 2
    tokens = ops.encode("not be", index)
    assert tokens.dtype == np.int64 and ops.decode(tokens, characters) == "not be"
    assert ops.encode("", index).shape == (0,) and ops.decode([], characters) == ""


@DRAWN
@given(n=st.integers(2, 40), length=st.integers(1, 10), stride=st.integers(1, 5))
def test_windows(n, length, stride):
    if n <= length:
        with pytest.raises(ValueError, match="expected more than length"):
            ops.windows(np.arange(n), length, stride)
        return
    X, y = ops.windows(np.arange(n), length, stride)
    starts = [a for a in range(0, n, stride) if a + length < n]
    assert X.tolist() == [list(range(a, a + length)) for a in starts] and y.tolist() == [a + length for a in starts]


def test_windows_of_a_series():
    series = np.arange(6.0)
    X, y = ops.windows(series, 2, 2)
    assert X.dtype == y.dtype == np.float64 and X.tolist() == [[0, 1], [2, 3]] and y.tolist() == [2, 4]
    X += 1
    assert series[0] == 0


@DRAWN
@given(n=st.integers(1, 60), batch=st.integers(1, 4), length=st.integers(1, 6))
def test_chunks(n, batch, length):
    if n < batch * length + 1:
        with pytest.raises(ValueError, match="streams of"):
            ops.chunks(np.arange(n), batch, length)
        return
    X, y = ops.chunks(np.arange(n), batch, length)
    assert X.shape == y.shape and X.shape[1:] == (batch, length)
    np.testing.assert_array_equal(y, X + 1)
    for row in range(batch):  # each stream goes on without a gap, and no token is in two
        np.testing.assert_array_equal(np.diff(X[:, row].ravel()), 1)
    assert len(set(X.ravel())) == X.size > n - 1 - batch * length - batch


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: ops.temperature_softmax(np.zeros(3), 0), ValueError, "greedy"),
    (lambda: ops.encode("cab", {"a": 0, "b": 1}), ValueError, "no number for 'c'"),
    (lambda: ops.decode([0, 3], "abc"), ValueError, r"expected 0\.\.2"),
    (lambda: ops.vocabulary(b"abc"), TypeError, "bytes, expected a str"),
    (lambda: ops.ngram_nats("abc", [0], 2), TypeError, "ops.encode"),
])
def test_messages(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("T, expected", [(1e-300, [0, 1, 0]), (1e-46, [0, 1, 0]), (1e39, [1 / 3] * 3)])
def test_a_temperature_beyond_the_range_of_float32_is_one_all_the_same(T, expected, dtype):
    p = ops.temperature_softmax(np.array([1, 3, 2], dtype), T)
    assert p.dtype == dtype
    np.testing.assert_allclose(p, expected, rtol=1e-6)
    if T < 1:
        assert ops.sample(np.array([1, 3, 2], dtype), 0, T) == 1


def test_a_text_without_contexts_of_a_length_ends_the_count():
    """However large n is."""
    train, test = np.arange(50) % 3, np.arange(20) % 3
    assert ops.ngram_nats(train, test, 10**9) == ops.ngram_nats(train, test, 60)
    assert str(ops.ngram_nats([0], [0], 3)) == "0.0"


def test_numbers_of_numpy_serve_as_numbers_of_characters():
    np.testing.assert_array_equal(ops.encode("ba", {"a": np.int64(0), "b": np.uint8(1)}), [1, 0])


@pytest.mark.parametrize("index, said", [({"a": True}, "True for 'a'"), ({"a": "0"}, "'0' for 'a'"),
                                         (["a"], "index is list")])
def test_what_numbers_no_characters_is_said(index, said):
    with pytest.raises(TypeError, match=said):
        ops.encode("a", index)


def test_an_empty_text_is_said_to_be_empty():
    with pytest.raises(ValueError, match="not be empty"):
        ops.ngram_nats([], [0], 2)

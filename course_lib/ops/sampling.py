"""Text from a language model: probabilities, drawing, searching; and how good a model is, with n-grams to compare."""

import numpy as np

from course_lib.ops.activations import softmax
from course_lib.validate import as_array, as_float, finite, function, generator, no_nan, rate, whole_number

__all__ = [
    "beam_search",
    "bits_per_character",
    "greedy",
    "ngram_nats",
    "perplexity",
    "sample",
    "temperature_softmax",
]

# ---- the next symbol ---------------------------------------------------------------------------------------


def _as_scores(scores) -> np.ndarray:
    scores = as_float(scores, "scores")
    if scores.ndim == 0 or scores.size == 0:
        raise ValueError(f"scores must have shape (..., V), one score a symbol, and not be empty, got {scores.shape}.")
    finite(scores, "scores")
    return scores


def temperature_softmax(scores, T):
    """Probabilities of the next symbol at a temperature.

    p = softmax(scores / T)    (9.22)

    T = 1 is the model itself; the smaller T, the more of the probability has the symbol with the highest score; the
    larger T, the more alike all are. Entropy grows with T.

    Parameters
    ----------
    scores : (..., V) scores, not probabilities: a softmax of probabilities is close to uniform whatever the model
    T : float > 0

    Returns
    -------
    (..., V); each row sums to 1
    """
    scores, T = _as_scores(scores), _temperature(T, "T")
    with np.errstate(over="ignore"):  # at a very low temperature all others fall to -inf, which is probability 0
        below = scores - scores.max(axis=-1, keepdims=True)
        return softmax(below.astype(np.float64) / T).astype(scores.dtype)  # a T that is 0 in float32 is none here


def _temperature(value, name: str) -> float:
    value = rate(value, name)
    if value == 0:
        raise ValueError(f"{name}=0, expected a positive number. In the limit the highest score always wins: "
                         "ops.greedy, or top_k=1.")
    return value


def sample(scores, rng, temperature=1.0, top_k=None):
    """Draw the next symbol (ancestral sampling).

    Parameters
    ----------
    scores : (..., V) scores, not probabilities
    rng : int seed or Generator; to draw one symbol after another pass the same Generator each time
    temperature : float > 0, see `temperature_softmax`
    top_k : int, only the so many highest scores may be drawn; None for all

    Returns
    -------
    (...) whole numbers 0 .. V-1; an int for scores of one symbol
    """
    scores, rng = _as_scores(scores), generator(rng)
    p = temperature_softmax(scores, _temperature(temperature, "temperature"))
    if top_k is not None:
        top_k = whole_number(top_k, "top_k", 1, scores.shape[-1])
        low = np.argsort(-scores, axis=-1, kind="stable")[..., top_k:]
        np.put_along_axis(p, low, 0, axis=-1)
    ends = np.cumsum(p, axis=-1, dtype=np.float64)
    drawn = rng.random(scores.shape[:-1])[..., None] * ends[..., -1:]
    return _numbers(np.sum(ends <= drawn, axis=-1))


def greedy(scores):
    """The symbol with the highest score; the first one when several are equal.

    Parameters
    ----------
    scores : (..., V)

    Returns
    -------
    (...) whole numbers 0 .. V-1; an int for scores of one symbol
    """
    return _numbers(np.argmax(_as_scores(scores), axis=-1))


def _numbers(found):
    return int(found) if found.ndim == 0 else found


# ---- the most likely sequence ------------------------------------------------------------------------------


def beam_search(step, state, start, length, width):
    """A likely sequence: at each step the `width` most likely beginnings are kept and all their continuations compared.

    ln p(s_1 .. s_L) = sum over t of ln p(s_t given what came before)    (9.24)

    Width 1 takes the most likely symbol each time (greedy), which may lead where nothing likely follows. The result is
    the most likely sequence of all when the beam holds every beginning.

    Parameters
    ----------
    step : function (token, state) -> (log probabilities (V,) of the next token, new state). A state is never changed:
        several continuations start from the same one
    state : whatever `step` takes first
    start : int, the token before the sequence
    length : int, tokens of the sequence
    width : int, beginnings that are kept

    Returns
    -------
    sequence : (length,) whole numbers, without the start
    log_probability : float, natural logarithm
    """
    function(step, "step", "(token, state) that returns (log probabilities, state)")
    length, width = whole_number(length, "length"), whole_number(width, "width")
    beams = [(0.0, (whole_number(start, "start", 0),), state)]
    for _ in range(length):
        grown = []
        for total, sequence, state in beams:
            logs, after = _one_step(step, sequence[-1], state)
            # Of one beginning no more than `width` continuations can be among the best.
            for token in np.argsort(-logs, kind="stable")[:width].tolist():
                grown.append((total + float(logs[token]), (*sequence, token), after))
        beams = sorted(grown, key=lambda beam: -beam[0])[:width]
    total, sequence, _ = beams[0]
    return np.array(sequence[1:]), total


def _one_step(step, token: int, state) -> tuple:
    result = step(token, state)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(f"step returned {type(result).__name__}, expected the pair (log probabilities, state).")
    logs = as_float(result[0], "what step returned first")
    if logs.ndim != 1 or logs.size == 0:
        raise ValueError(f"step returned log probabilities of shape {logs.shape}, expected (V,).")
    no_nan(logs, "what step returned first")
    if logs.max() > 1e-6:
        raise ValueError(f"step returned the log probability {logs.max():.4g}, expected at most 0. Usual cause: scores "
                         "or probabilities; ops.log_softmax(scores).")
    return logs, result[1]


# ---- how good a model is -----------------------------------------------------------------------------------


def bits_per_character(nats):
    """Mean loss of a language model in bits instead of nats.

    bits = nats / ln 2

    Parameters
    ----------
    nats : number or array, mean negative log-likelihood a character

    Returns
    -------
    number or array
    """
    return as_float(nats, "nats") / np.log(2)


def perplexity(nats):
    """Among how many equally likely symbols a model seems to choose.

    perplexity = e^nats

    Parameters
    ----------
    nats : number or array, mean negative log-likelihood a symbol

    Returns
    -------
    number or array, at least 1 for nats >= 0
    """
    with np.errstate(over="ignore"):
        return np.exp(as_float(nats, "nats"))


def ngram_nats(train, test, n):
    """Mean surprise of an n-gram model at a text it has not counted: the baseline for every language model.

    p_m(s | c) = (count(c s) + F(c) p_{m-1}(s | c')) / (count(c) + F(c)), m = 1 .. n

    c is the context, the last m - 1 tokens; c' is the same without its first; F(c) is how many different tokens have
    followed c. So a context that was often followed by something new trusts the shorter one more (Witten-Bell
    smoothing, interpolated). Below stands the uniform distribution, p_0 = 1/V, with V the different tokens of both
    texts. A context that never occurred leaves the decision to the shorter one, and so does the beginning of the test
    text.

    Parameters
    ----------
    train, test : (N,), (M,) whole numbers >= 0, such as encoded characters
    n : int, 1 counts tokens, 2 pairs, 3 is the trigram

    Returns
    -------
    float, nats a token
    """
    train, test, n = _as_tokens(train, "train"), _as_tokens(test, "test"), whole_number(n, "n")
    both, counted = np.concatenate([train, test]), np.arange(len(train) + len(test)) < len(train)
    tokens, both = np.unique(both, return_inverse=True)
    place = np.concatenate([np.arange(len(train)), np.arange(len(test))])  # how much stands before, in its own text
    context, p = np.zeros(both.size, np.int64), np.full(len(test), 1 / tokens.size)
    for m in range(1, n + 1):
        if m > 1:  # one token more: contexts are numbered anew, so that their numbers stay small
            earlier = both[np.maximum(np.arange(both.size) - (m - 1), 0)]
            context = np.unique(context * tokens.size + earlier, return_inverse=True)[1]
        whole = place >= m - 1
        pairs, pair = np.unique(context * tokens.size + both, return_inverse=True)
        seen = counted & whole
        count = np.bincount(pair[seen], minlength=pairs.size)
        owner = pairs // tokens.size
        contexts = np.bincount(owner, count, context.max() + 1)
        followers = np.bincount(owner, count > 0, context.max() + 1)
        asked = ~counted & whole
        c, known = context[asked], whole[len(train) :]
        total = contexts[c] + followers[c]
        if not total.any():  # no context of this length was counted, so none of a greater one
            break
        mixed = count[pair[asked]] + followers[c] * p[known]
        p[known] = np.where(total > 0, mixed / np.maximum(total, 1), p[known])
    return float(0.0 - np.mean(np.log(p)))  # of what is certain 0, not -0


def _as_tokens(value, name: str) -> np.ndarray:
    tokens = as_array(value, name)
    if tokens.size and tokens.dtype.kind not in "iu":
        raise TypeError(f"{name} must be whole numbers, got dtype {tokens.dtype}. Usual cause: text that was not "
                        "encoded; ops.encode(text, index).")
    if tokens.ndim != 1 or tokens.size == 0:
        raise ValueError(f"{name} must have shape (N,) and not be empty, got {tokens.shape}.")
    if tokens.min() < 0:
        raise ValueError(f"{name} holds {tokens.min()}, expected whole numbers of at least 0.")
    return tokens.astype(np.int64)

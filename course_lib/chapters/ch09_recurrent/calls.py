"""How the answers of chapter 09 are put to work; see `exercises/adapters.py`."""

import numpy as np

from course_lib import ops

#: What the caches of two exercises hold.
RNN_PARTS = "x", "h", "Wx", "Wh", "h_new"
LSTM_PARTS = "x", "h", "c", "W", "U", "i", "f", "g", "o", "c_new"


def _with_cache(results, name, outputs, parts):
    """The outputs, and the parts of the cache that came with them."""
    wanted = f"{name} should return ({', '.join(outputs)}, cache) with cache = ({', '.join(parts)})"
    if not isinstance(results, tuple | list) or len(results) != len(outputs) + 1:
        raise TypeError(wanted)
    *found, cache = results
    if not isinstance(cache, tuple | list) or len(cache) != len(parts):
        raise TypeError(wanted)
    return *found, *cache


def rnn_step_forward(answer, x, h, Wx, Wh, b):
    """The new state and the five parts of the cache."""
    return _with_cache(answer(x, h, Wx, Wh, b), "rnn_step_forward", ("h_new",), RNN_PARTS)


def lstm_step_forward(answer, x, h, c, W, U, b):
    """New state, new cell and the ten parts of the cache."""
    return _with_cache(answer(x, h, c, W, U, b), "lstm_step_forward", ("h_new", "c_new"), LSTM_PARTS)


def with_five_parts(rnn_step_forward):
    """The library's step with the cache of exercise 9.1."""

    def answer(x, h, Wx, Wh, b):
        h_new, _ = rnn_step_forward(x, h, Wx, Wh, b)
        return h_new, (x, h, Wx, Wh, h_new)

    return answer


def states_alone(rnn_forward):
    """The library's whole sequence, its states alone."""
    return lambda x, h0, Wx, Wh, b: rnn_forward(x, Wx, Wh, b, h0)[0]


def from_states(rnn_backward):
    """The library's way back, its cache with the states that are given."""

    def answer(dh, x, h0, h, Wx, Wh):
        _, cache = ops.rnn_forward(x, Wx, Wh, np.zeros(len(Wh)), h0)
        return rnn_backward(dh, cache._replace(h=np.concatenate([h0[None], h.swapaxes(0, 1)])))

    return answer


def with_ten_parts(lstm_step_forward):
    """The library's LSTM step with the cache of exercise 9.5."""

    def answer(x, h, c, W, U, b):
        h_new, c_new, cache = lstm_step_forward(x, h, c, W, U, b)
        return h_new, c_new, (x, h, c, W, U, *np.split(cache.gates[0], 4, axis=1), c_new)

    return answer


def from_ten_parts(lstm_step_backward):
    """The library's way back, its cache with the gates and cells of exercise 9.5."""

    def answer(dh, dc, cache):
        x, h, c, W, U, i, f, g, o, c_new = cache
        kept = ops.lstm_step_forward(x, h, c, W, U, np.zeros(W.shape[1]))[2]
        return lstm_step_backward(dh, dc, kept._replace(gates=np.concatenate([i, f, g, o], axis=1)[None],
                                                        c=np.stack([c, c_new]), tanh_c=np.tanh(c_new)[None]))

    return answer


def state_alone(gru_step_forward):
    """The library's GRU step without its cache."""
    return lambda x, h, W, U, b, convention: gru_step_forward(x, h, W, U, b, convention)[0]


def over_a_table(beam_search):
    """The library's beam search for a table of ln p, row by row that of the next token."""

    def answer(log_probs, width, length):
        return beam_search(lambda token, state: (log_probs[token], state), None, 0, length, width)

    return answer


def my_forecast(answer, series, n):
    """The forecast, the forecast once more, and the one for a series whose end from the middle of it on is another."""

    def forecast(series):
        given = answer(series.copy(), n)
        if given is None:
            raise TypeError("my_forecast has returned None, usually because the `return` line is missing")
        wanted = f"expected one number for each of the last n = {n} values, ({n},)"
        try:
            given = np.asarray(given, float)
        except (TypeError, ValueError, OverflowError):  # NumPy's words for it are about its own insides
            raise TypeError(f"my_forecast has returned a {type(given).__name__} that is no array of numbers, "
                            f"{wanted}") from None
        if given.shape != (n,):
            raise ValueError(f"my_forecast has returned an array of shape {given.shape}, {wanted}")
        if not np.isfinite(given).all():
            raise ValueError(f"{np.count_nonzero(~np.isfinite(given))} of the {n} numbers that my_forecast has "
                             "returned are NaN or infinite, usually from a division by zero or too large a rate")
        return given

    said, again, middle = forecast(series), forecast(series), n // 2
    changed = series.copy()
    changed[len(series) - n + middle:] += 10 * np.ptp(series)  # of these the first half of the forecasts cannot know
    return said, again, forecast(changed)

# %% [markdown]
# Cells of the 18 exercises of chapter 09, for the author of the text; this file goes when solutions/09_recurrent.py has
# them. Order of the ids is free in the text except that 9.2 uses 9.1 and 9.6 takes the cache of 9.5.
# minutes / level / core: 9.1 8 1 core, 9.2 8 1 core, 9.3 20 3 core, 9.4 15 2 further, 9.5 12 2 core, 9.6 20 3 core,
# 9.7 12 2 further, 9.8 12 2 core, 9.9 4 1 further, 9.10 8 2 core, 9.11 6 1 core, 9.12 12 2 further, 9.13 6 1 core,
# 9.14 12 2 core, 9.15 12 2 core, 9.16 8 1 further, 9.17 20 3 further, 9.18 15 3 further

# %%
import numpy as np

from course_lib import datasets, ops
from course_lib.exercises import check, use

# %%
# Exercise 9.1: rnn_step_forward
def rnn_step_forward(x, h, Wx, Wh, b):
    """One step of a recurrent net, equation (9.NN).

    x (N, D) the input, h (N, H) the state before, Wx (D, H), Wh (H, H), b (H,).
    Returns the new state (N, H) and the cache (x, h, Wx, Wh, h_new).
    """
    ### BEGIN SOLUTION
    h_new = np.tanh(x @ Wx + h @ Wh + b)
    return h_new, (x, h, Wx, Wh, h_new)
    ### END SOLUTION

# %%
check("9.1", rnn_step_forward)

# %%
# Exercise 9.2: rnn_forward
def rnn_forward(x, h0, Wx, Wh, b):
    """All states of a recurrent net: the same step at each time, equation (9.NN).

    x (N, T, D), h0 (N, H). Returns h (N, T, H); h[:, t] is the state that has seen x[:, t].
    """
    step = use("9.1")
    N, T, D = x.shape
    h = np.zeros((N, T, len(b)))
    ### BEGIN SOLUTION
    state = h0
    for t in range(T):
        state, cache = step(x[:, t], state, Wx, Wh, b)
        h[:, t] = state
    ### END SOLUTION
    return h

# %%
check("9.2", rnn_forward)

# %%
# Exercise 9.3: rnn_backward
def rnn_backward(dh, x, h0, h, Wx, Wh):
    """Back-propagation through time, equations (9.NN).

    dh (N, T, H): slope of the loss in each state as an output, without what later steps do with it.
    Returns dx (N, T, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).
    """
    N, T, H = h.shape
    dx, dWx, dWh, db = np.zeros(x.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(H)
    carry = np.zeros((N, H))  # what comes back from step t + 1
    for t in reversed(range(T)):
        before = h[:, t - 1] if t > 0 else h0
        ### BEGIN SOLUTION
        da = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += before.T @ da
        db += da.sum(axis=0)
        carry = da @ Wh.T
        ### END SOLUTION
    return dx, carry, dWx, dWh, db

# %%
check("9.3", rnn_backward)

# %%
# Exercise 9.4: repaired_rnn
def repaired_rnn(x, Wx, Wh, b, dh):
    """States of a recurrent net that begins at zero, and the gradients; five of the lines A to J are wrong.

    x (N, T, D), dh (N, T, H). Returns h, dx, dWx, dWh, db.
    """
    N, T, D = x.shape
    h, dx = np.zeros(dh.shape), np.zeros(x.shape)
    before = np.zeros(dh.shape)
    state = carry = np.zeros((N, len(b)))
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
    ### BEGIN BUGGY
    #| step = lambda x_t, s: np.tanh(x_t @ Wx + s @ Wh + np.resize(b, (N, 1)))  # A
    #| for t in range(T):                                                       # B
    #|     before[:, t] = state                                                 # C
    #|     state = step(x[:, t], state)                                         # D
    #|     h[:, t] = state = step(x[:, t], state)                               # E
    #| for t in reversed(range(T)):                                             # F
    #|     da = (dh[:, t] + carry) * (1 - h[:, t]) ** 2                         # G
    #|     dx[:, t] = da @ Wx.T                                                 # H
    #|     dWx, dWh, db = x[:, t].T @ da, before[:, t].T @ da, da.sum(axis=0)   # I
    #|     carry = da @ Wh                                                      # J
    ### END BUGGY
    ### BEGIN SOLUTION
    step = lambda x_t, s: np.tanh(x_t @ Wx + s @ Wh + b)
    for t in range(T):
        before[:, t] = state
        h[:, t] = state = step(x[:, t], state)
    for t in reversed(range(T)):
        da = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        dWx, dWh, db = dWx + x[:, t].T @ da, dWh + before[:, t].T @ da, db + da.sum(axis=0)
        carry = da @ Wh.T
    ### END SOLUTION
    return h, dx, dWx, dWh, db

# %%
check("9.4", repaired_rnn)

# %%
# Exercise 9.5: lstm_step_forward
def lstm_step_forward(x, h, c, W, U, b):
    """One step of an LSTM, equations (9.NN).

    x (N, D), state h and cell c (N, H), W (D, 4H), U (H, 4H), b (4H,) with blocks i, f, g, o.
    Returns h_new, c_new and the cache (x, h, c, W, U, i, f, g, o, c_new).
    """
    sigmoid = ops.sigmoid
    ### BEGIN SOLUTION
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return h_new, c_new, (x, h, c, W, U, i, f, g, o, c_new)
    ### END SOLUTION

# %%
check("9.5", lstm_step_forward)

# %%
# Exercise 9.6: lstm_step_backward
def lstm_step_backward(dh, dc, cache):
    """Gradients of one LSTM step, equations (9.NN).

    dh, dc (N, H): slopes of the loss in h_new and, by way of later steps, in c_new.
    Returns dx, dh_prev, dc_prev, dW, dU, db.
    """
    x, h, c, W, U, i, f, g, o, c_new = cache
    ### BEGIN SOLUTION
    tanh_c = np.tanh(c_new)
    dC = dc + dh * o * (1 - tanh_c ** 2)
    di = dC * g * i * (1 - i)
    df = dC * c * f * (1 - f)
    dg = dC * i * (1 - g ** 2)
    do = dh * tanh_c * o * (1 - o)
    dz = np.concatenate([di, df, dg, do], axis=1)
    return dz @ W.T, dz @ U.T, dC * f, x.T @ dz, h.T @ dz, dz.sum(axis=0)
    ### END SOLUTION

# %%
check("9.6", lstm_step_backward)

# %%
# Exercise 9.7: repaired_lstm
def repaired_lstm(dh, dc, c, i, f, g, o, c_new):
    """Slopes in the four scores of an LSTM step and in the old cell; three of the lines A to F are wrong.

    All (N, H). Returns di, df, dg, do (before their sigmoid or tanh) and dc_prev.
    """
    ### BEGIN BUGGY
    #| tanh_c = np.tanh(c_new)                                                  # A
    #| do = dh * tanh_c * o * (1 - o)                                           # B
    #| dg = dc * i + o * (1 - tanh_c ** 2 * i * dh) * (1 - g ** 2)              # C
    #| di = dc * g + o * (1 - tanh_c ** 2 * g * dh) * i * (1 - i)               # D
    #| df = (dc * c + o * (1 - tanh_c ** 2) * c * dh) * f * (1 - f)             # E
    #| dc_prev = dc * (f + o) * (1 - tanh_c) ** 2 * f * dh                      # F
    ### END BUGGY
    ### BEGIN SOLUTION
    tanh_c = np.tanh(c_new)
    do = dh * tanh_c * o * (1 - o)
    dg = (dc * i + o * (1 - tanh_c ** 2) * i * dh) * (1 - g ** 2)
    di = (dc * g + o * (1 - tanh_c ** 2) * g * dh) * i * (1 - i)
    df = (dc * c + o * (1 - tanh_c ** 2) * c * dh) * f * (1 - f)
    dc_prev = dc * f + o * (1 - tanh_c ** 2) * f * dh
    ### END SOLUTION
    return di, df, dg, do, dc_prev

# %%
check("9.7", repaired_lstm)

# %%
# Exercise 9.8: gru_step_forward
def gru_step_forward(x, h, W, U, b, convention):
    """One step of a GRU in either convention, equations (9.NN) and (9.NN).

    x (N, D), h (N, H), W (D, 3H), U (H, 3H), b (3H,) with blocks z, r, k; convention "course" or "pytorch".
    Returns the new state (N, H).
    """
    sigmoid = ops.sigmoid
    Wz, Wr, Wk = np.split(W, 3, axis=1)
    Uz, Ur, Uk = np.split(U, 3, axis=1)
    bz, br, bk = np.split(b, 3)
    ### BEGIN SOLUTION
    z = sigmoid(x @ Wz + h @ Uz + bz)
    r = sigmoid(x @ Wr + h @ Ur + br)
    if convention == "course":
        k = np.tanh(x @ Wk + (r * h) @ Uk + bk)
        return (1 - z) * h + z * k
    k = np.tanh(x @ Wk + r * (h @ Uk) + bk)
    return z * h + (1 - z) * k
    ### END SOLUTION

# %%
check("9.8", gru_step_forward)

# %%
# Exercise 9.9: clip_gradients
def clip_gradients(grads, c):
    """Each entry of each array brought into [-c, c]; grads is a list of arrays and stays as it is.

    Returns a list of new arrays.
    """
    ### BEGIN SOLUTION
    return [np.clip(g, -c, c) for g in grads]
    ### END SOLUTION

# %%
check("9.9", clip_gradients)

# %%
# Exercise 9.10: windows
def windows(tokens, length, stride):
    """Pieces of a text and the token that follows each, equation (9.NN).

    tokens (n,) whole numbers. Windows begin at 0, stride, 2 stride, ... and each has a successor.
    Returns X (windows, length) and y (windows,).
    """
    ### BEGIN SOLUTION
    starts = np.arange(0, len(tokens) - length, stride)
    return tokens[starts[:, None] + np.arange(length)], tokens[starts + length]
    ### END SOLUTION

# %%
check("9.10", windows)

# %%
# Exercise 9.11: temperature_probabilities
def temperature_probabilities(scores, T):
    """Probabilities of the next character at temperature T, equation (9.NN).

    scores (N, V), one row for each text that is being written; may be large. Returns (N, V).
    """
    ### BEGIN SOLUTION
    s = scores / T
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION

# %%
check("9.11", temperature_probabilities)

# %% [markdown]
# Text of 9.12: 38 different characters as one-hot rows (D = 38), H = 128 units. How many parameters have: `rnn` (Wx, Wh and b of a
# plain net), `output` (the dense layer from the state to 38 scores), `lstm`, `gru_no_bias` (a GRU without any bias),
# `gru_pytorch` (a GRU of PyTorch, which has two biases for each block), `lstm_2_layers` (two LSTMs of 128 units stacked),
# `lstm_both_ways` (one LSTM layer that reads from both ends, 128 units each way)?

# %%
# Exercise 9.12: how many parameters
### BEGIN SOLUTION
D, H = 38, 128
counts = {"rnn": H * (D + H + 1), "output": 38 * (H + 1), "lstm": 4 * H * (D + H + 1), "gru_no_bias": 3 * H * (D + H),
          "gru_pytorch": 3 * H * (D + H + 2), "lstm_2_layers": 4 * H * (D + H + 1) + 4 * H * (H + H + 1),
          "lstm_both_ways": 2 * 4 * H * (D + H + 1)}
### END SOLUTION

# %%
check("9.12", counts)

# %% [markdown]
# Text of 9.13: The patterns: **a** one-to-one, **b** one-to-many, **c** many-to-one, **d** many-to-many, first read
# all, then write, **e** many-to-many, an answer at each step (synchronous). Which one for: `sentiment` (is a review of a
# film kind or not), `caption` (a sentence about a picture), `translation` (a sentence into another language), `tags`
# (noun, verb, ... for each word), `picture` (cat or dog), `forecast` (the next value after a window of twelve),
# `video` (each frame labeled as it comes), `music` (a melody from the name of a style)?

# %%
# Exercise 9.13: which pattern
### BEGIN SOLUTION
patterns = {"sentiment": "c", "caption": "b", "translation": "d", "tags": "e", "picture": "a", "forecast": "c",
            "video": "e", "music": "b"}
### END SOLUTION

# %%
check("9.13", patterns)

# %% [markdown]
# Text of 9.14: Wh is `radius` times a rotation, T = 50 steps. First with a pencil, for a net without tanh (a linear one): by which
# factor is a slope shorter or longer after 50 steps at radius 0.9 (`predicted_09`) and 1.1 (`predicted_11`)? Then measure
# with the function below: tanh at 0.9, 1.1 and 1.6, ReLU at 0.9. `why` does ReLU, whose slope is 1, fall so far below the
# prediction: **a** its slope is below 1 for large scores, **b** at each step many units are off, with slope 0,
# **c** it is clipped, **d** rounding.

# %%
def length_left(radius, activation, T=50, H=32):
    """Length of the slope of the last state in the first, for a start of length 1."""
    rng = np.random.default_rng(0)
    Wx, x = rng.normal(size=(4, H)) / 4, rng.normal(size=(1, T, 4))
    rotation = np.linalg.qr(rng.normal(size=(H, H)))[0]
    h, cache = ops.rnn_forward(x, Wx, radius * rotation, np.zeros(H), activation=activation)
    dh = np.zeros((1, T, H))
    dh[0, -1] = 1 / np.sqrt(H)
    return np.linalg.norm(ops.rnn_backward(dh, cache)[1])

# %%
# Exercise 9.14: fifty steps back
### BEGIN SOLUTION
vanishing = {"predicted_09": 0.9 ** 50, "predicted_11": 1.1 ** 50, "tanh_09": length_left(0.9, "tanh"),
             "tanh_11": length_left(1.1, "tanh"), "tanh_16": length_left(1.6, "tanh"),
             "relu_09": length_left(0.9, "relu"), "why": "b"}
### END SOLUTION

# %%
check("9.14", vanishing)

# %% [markdown]
# Text of 9.15: choose cell ("rnn", "lstm", "gru"), hidden (at most 128), length (at most 50), steps (at most 2000), lr,
# clip (None or a number): the check trains recurrent.train_text on the first part of Hamlet and compares the held-out
# nats per character with a bar (number follows when the engine is there).

# %%
# Exercise 9.15: my character net
### BEGIN SOLUTION
my_net = {"cell": "gru", "hidden": 96, "length": 25, "steps": 1500, "lr": 0.005, "clip": 5.0}
### END SOLUTION

# %%
check("9.15", my_net)

# %%
# Exercise 9.16: LSTM against GRU
### BEGIN SOLUTION
compared = {"share": 0.75, "hidden": 152, "loss": "gru", "time": "gru"}  # final keys follow when the engine is there
### END SOLUTION

# %%
check("9.16", compared)

# %% [markdown]
# Text of 9.17: series of datasets.seasonal_series (period 12). The function is handed a series and n; it forecasts the
# last n values, each from the values before it, one step ahead. It has to be better (root mean squared error) than "as
# twelve steps ago". Whoever looks at the value that is to be forecast is told so. Any method is welcome; the sections's is
# recurrent.train on standardized seasonal differences or windows.

# %%
# Exercise 9.17: my_forecast
def my_forecast(series, n):
    """Forecast of series[-n:], each value from those before it alone.

    Returns (n,).
    """
    ### BEGIN SOLUTION
    length = 24
    train = series[:-n]
    mean, sd = train.mean(), train.std()
    s = (series - mean) / sd
    windows = np.lib.stride_tricks.sliding_window_view(s, length + 1)
    X, change = windows[:, :length, None], windows[:, length] - windows[:, length - 12]
    run = recurrent.train(X[:-n], change[:-n], "gru", 16, task="number", epochs=100, lr=0.005, seed=0)
    return mean + sd * (windows[-n:, length - 12] + run.predict(X[-n:]))
    ### END SOLUTION

# %%
check("9.17", my_forecast)

# %%
# Exercise 9.18: beam_search
def beam_search(log_probs, width, length):
    """The most probable text that keeping the `width` best beginnings finds.

    log_probs (V, V): row k holds ln p of the next token after token k. The text follows token 0.
    Returns its `length` tokens as a list, and its ln p.
    """
    ### BEGIN SOLUTION
    beams = [([0], 0.0)]
    for step in range(length):
        longer = [(tokens + [k], total + log_probs[tokens[-1], k]) for tokens, total in beams
                  for k in range(len(log_probs))]
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    tokens, total = beams[0]
    return tokens[1:], total
    ### END SOLUTION

# %%
check("9.18", beam_search)

# %% [markdown]
# # 9 Recurrent networks
#
# **Aim.** By the end of this chapter you can write the cells of a recurrent network, forward and backward through time, measure how far back its memory reaches, and train one that writes in the manner of a play, knowing by number what it is worth.
#
# Run the two cells below and press play. A network reads *Hamlet*, again and again, and guesses each next character. On the right stands what it writes itself at that moment of its training.

# %%
import numpy as np

from course_lib import datasets, nn, ops, recurrent
from course_lib.chapters.ch09_recurrent import experiments, measured, watch
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.CharacterTraining()

# %% [markdown]
# The horizontal lines are tables that only count: which character came how often after these two, after these three? The network has to do better than counting, or it is not worth its time. When does it pass the table of three? What can it do that a table cannot?

# %% [markdown]
# ## Guess the next character
#
# A **language model** says how probable each continuation of a text is. Whoever can do that for the next **token** (here a character; elsewhere a word or a piece of one) can do it for whole texts, one factor after the other:
#
# $$ p(x_1, \dots, x_T) = \prod_{t=1}^{T} p(x_t \mid x_1, \dots, x_{t-1}) \tag{9.1} $$
#
# It is judged by the loss of chapter 04, the mean of the negative logarithm of what it gave to the character that came:
#
# $$ L = -\frac{1}{T} \sum_{t=1}^{T} \ln p(x_t \mid x_1, \dots, x_{t-1}) \tag{9.2} $$
#
# in **nats** per character. Divided by $\ln 2$ it is **bits per character**, what a text of this kind would take in a file packed by this model. $e^L$ is the **perplexity**: as uncertain as a choice among so many equally likely characters. Who knows nothing has $L = \ln V$ with $V$ different characters, and perplexity $V$.

# %%
play = datasets.shakespeare()
characters, index = ops.vocabulary(play)
tokens = ops.encode(play, index)
print(f"{len(play):,} characters, {len(characters)} different, ln V = {np.log(len(characters)):.3f} nats")
print(play[:96])

# %% [markdown]
# The vocabulary is *sorted*: a set has no order, and a network that is saved today must find number 17 to be the same character tomorrow. Inside a network character $k$ is a **one-hot** row, zeros and a one in place $k$.
#
# The oldest model is the **n-gram**: count in the first nine tenths of the play which character followed each $n - 1$ characters, guess in these proportions on the last tenth, and where a sequence is rare lean on the shorter one that it ends with.

# %%
cut = len(tokens) * 9 // 10
for n in range(1, 9):
    nats = ops.ngram_nats(tokens[:cut], tokens[cut:], n)
    print(f"{n} characters: {nats:.3f} nats, {ops.bits_per_character(nats):.3f} bits, "
          f"perplexity {ops.perplexity(nats):5.2f}")

# %% [markdown]
# The table of three characters, the **trigram**, gets 1.963 nats; with five it is 1.669, and from there on it gets worse. A table of eight has a row for each of $65^7$ sequences, and the play fills few of them: most sequences of seven characters that come are new. A table cannot know that `Ham` and `Hor` both begin the name of a speaker; each row learns by itself. And what lies nine characters back does not exist for it. Does the bracket that was opened thirty characters ago still wait to be closed?

# %% [markdown]
# ## A window is not enough
#
# What about the networks of the chapters before? Cut the text into **windows** of $L$ characters, and let the one that follows be the answer: inputs $x_a, \dots, x_{a+L-1}$, target $x_{a+L}$, for $a = 0, s, 2s, \dots$ with a stride $s$. A dense network on such windows generalizes better than a table. But it remembers $L$ characters and not one more, each place of the window has weights of its own, and twice the memory is twice the weights. What we want instead is a memory of fixed size that is carried along and rewritten at every step, so that nothing has to be cut off.

# %% [markdown]
# ### Cutting windows (further)
#
# Windows are useful all the same, for series as for texts, and it is easy to cut one too many: the last one must have a successor.

# %%
# Exercise 9.10: windows
def windows(tokens, length, stride):
    """Pieces of a text and the token that follows each.

    tokens (n,) whole numbers. Windows begin at 0, stride, 2 stride, ... and each has a successor.
    Returns X (windows, length) and y (windows,).
    """
    ### BEGIN SOLUTION
    starts = np.arange(0, len(tokens) - length, stride)
    return tokens[starts[:, None] + np.arange(length)], tokens[starts + length]
    ### END SOLUTION

# %%
check("9.10", windows)

# %% [markdown]
# ## A state
#
# Sequences come as $x$ $(N, T, D)$: $N$ samples, $T$ steps, $D$ numbers a step. A **recurrent network** goes through the steps in order and keeps a **state** $h$, a row of $H$ numbers for each sample, at the beginning zero. Each step makes a new state of the input and the old state:
#
# $$ h_t = \tanh(x_t W_x + h_{t-1} W_h + b) \tag{9.3} $$
#
# with $W_x$ $(D, H)$, $W_h$ $(H, H)$ and one bias for each unit. What is wanted of the step is read off the state:
#
# $$ y_t = h_t W_y + b_y \tag{9.4} $$
#
# scores of the next character, for example. It is the *state* that goes on to the next step, not the output $y_t$; and the next step of the *sequence*, not of the training.

# %%
predict("9.a")

# %% [markdown]
# Drag an input and see what changes. Everything to the right of it does, and nothing to the left: $h_t$ is a function of $x_1, \dots, x_t$, all of them. Drawn out like this, one copy of the cell for every step, the network is **unrolled**: a feed-forward network as deep as the sequence is long. But the copies are one and the same cell. The same five arrays serve every step, as the same kernel served every place of a picture. Their count
#
# $$ H (D + H + 1) + V (H + 1) \tag{9.5} $$
#
# does not ask for $T$, and a network trained on sequences of 25 may read one of 10,000.

# %%
# Exercise 9.1: rnn_step_forward
def rnn_step_forward(x, h, Wx, Wh, b):
    """One step of a recurrent net, equation (9.3).

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
    """All states of a recurrent net: the same step at each time, equation (9.3).

    x (N, T, D), h0 (N, H). Returns h (N, T, H); h[:, t] is the state that has seen x[:, t].
    """
    step = use("9.1")  # gives the new state and a cache
    N, T, _ = x.shape
    h = np.zeros((N, T, len(b)))
    ### BEGIN SOLUTION
    state = h0
    for t in range(T):
        state, _ = step(x[:, t], state, Wx, Wh, b)
        h[:, t] = state
    ### END SOLUTION
    return h

# %%
check("9.2", rnn_forward)

# %% [markdown]
# ### A figure of your own
#
# One unit is enough to see a memory at work, and to see it fail. At step 1 it is given a pulse $u$, then nothing: $h_1 = \tanh u$ and $h_t = \tanh(w\, h_{t-1})$. Two sliders:

# %%
from ipywidgets import FloatSlider

steps = np.arange(1, 31)

def echo(w, u):
    h = np.tanh(u) * np.ones(30)
    for t in range(1, 30):
        h[t] = np.tanh(w * h[t - 1])
    left = np.cumprod(w * (1 - h[1:] ** 2))
    marks = [live.Line(0, steps, h, label="state"), live.Line(1, steps[1:], np.abs(left), label="left of the gradient")]
    return marks, f"After 30 steps the state is {h[-1]:.3f}, its derivative by the state of step 1 is {left[-1]:.1e}."

live.interact(echo, w=FloatSlider(0.9, min=-1.6, max=1.6, step=0.05), u=FloatSlider(1.0, min=-3, max=3, step=0.1),
              panels=[("The echo of a pulse", "step", "state", (1, 30), (-1.5, 1.5)),
                      ("What a change at step 1 changes", "step", "derivative", (1, 30), (0, 1.6))],
              title="A memory of one unit", alt="The state of one unit after a pulse, and its derivative by the first state.")

# %% [markdown]
# With $w = 0.9$ the echo fades: 0.022 after thirty steps. With $w = 1.5$ it does not fade, the unit holds 0.859 for ever: one bit, the sign of the pulse. But look at the second curve. A state that is held is held by the flat part of the tanh, and the derivative has gone to $3 \cdot 10^{-12}$: the memory works and can no longer be *taught*. The rest of the chapter is about this dilemma.

# %% [markdown]
# ### Five patterns
#
# What goes in and what comes out differs from task to task; the cell does not.

# %%
predict("9.b")

# %% [markdown]
# - **one to one**: one in, one out. A digit; no recurrence, a network of the chapters before.
# - **one to many**: one in, a sequence out. A caption for a picture, a melody from a first note.
# - **many to one**: a sequence in, one out. The mood of a review, the next value of a series.
# - **many to many, in step**: a sequence in, one out at each step. The next character, the part of speech of each word, each frame of a film.
# - **many to many, one after the other**: a sequence in, then another one out. Translation, speech to text.
#
# In the last one an **encoder** reads to the end and a **decoder** begins with its state. A loss is attached wherever there is an output.
#
# Now you: **a** one to one, **b** one to many, **c** many to one, **d** many to many, one after the other, **e** many to many, in step. Which one for `sentiment` (is a review kind or not), `caption` (a sentence about a picture), `translation` (a sentence into another language), `tags` (noun, verb, ... for each word), `picture` (cat or dog), `forecast` (the next value after a window of twelve), `video` (each frame labeled as it comes), `music` (a melody from the name of a style)?

# %%
# Exercise 9.13: which pattern
### BEGIN SOLUTION
patterns = {"sentiment": "c", "caption": "b", "translation": "d", "tags": "e", "picture": "a", "forecast": "c",
            "video": "e", "music": "b"}
### END SOLUTION

# %%
check("9.13", patterns)

# %% [markdown]
# ## The way back
#
# The loss of a batch is the mean over all steps that exist. Sequences of different length are filled up to one length, and a mask $m_{nt}$, 1 or 0, says what is real:
#
# $$ L = -\frac{1}{\sum_{n,t} m_{nt}} \sum_{n, t} m_{nt} \ln p_{nt}[y_{nt}] \tag{9.6} $$
#
# (Some books add the steps up instead. With 25 steps and 65 characters their loss begins at $25 \ln 65 = 104.36$, ours at $\ln 65 = 4.17$; their rate of 0.001 is our 0.025.) The loss of a single step jumps with every batch, so what is plotted is often a running mean, $s \leftarrow 0.99\, s + 0.01\, L$.
#
# An unrolled network is a feed-forward network, so back-propagation applies as it is. It is called **back-propagation through time**, and has two specialties. First, $h_t$ influences the loss in two ways: through its own output $y_t$, and through all that comes later. Both gradients add up:
#
# $$ dh_t = dy_t W_y^T + \gamma_t \tag{9.7} $$
#
# where the **carry** $\gamma_t$ comes back from step $t + 1$, and $\gamma_T = 0$. Through the tanh, whose slope is $1 - h_t^2$, and on to the step before:
#
# $$ da_t = dh_t \circ (1 - h_t^2), \qquad \gamma_{t-1} = da_t W_h^T \tag{9.8} $$

# %% [markdown]
# Second, the arrays are shared, so each step adds its part to their gradients:
#
# $$ dW_x = \sum_t x_t^T da_t, \qquad dW_h = \sum_t h_{t-1}^T da_t, \qquad db = \sum_{n,t} da_t, \qquad dx_t = da_t W_x^T \tag{9.9} $$
#
# Once by hand, with one unit: $w_x = 1$, $w_h = 0.5$, $b = 0$, the pulse $x = 1, 0, 0$, and the loss is the last state itself, so $dh_3 = 1$.

# %% tags=["nbval-check-output"]
h = [np.tanh(1.0)]
for _ in range(2):
    h.append(np.tanh(0.5 * h[-1]))
carry = 1.0
for t in (2, 1, 0):
    da = carry * (1 - h[t] ** 2)
    print(f"t = {t + 1}: h {h[t]:.4f}, dh {carry:.4f}, da {da:.4f}")
    carry = 0.5 * da

# %% [markdown]
# Now the same for arrays. The gradient $dh$ of each state is given (its part $dy_t W_y^T$); the carry is yours.

# %%
# Exercise 9.3: rnn_backward
def rnn_backward(dh, x, h0, h, Wx, Wh):
    """Back-propagation through time, equations (9.8) and (9.9).

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

# %% [markdown]
# The input gradient $dx$ looks superfluous, nobody trains characters. It is what a layer below needs, when recurrent layers are stacked or characters have learned vectors of their own. The test by central differences:

# %%
print(f" library: relative error {experiments.rnn_gradient_error():.1e}")
print(f"9.2, 9.3: relative error {experiments.rnn_gradient_error(use('9.2'), use('9.3')):.1e}")

# %% [markdown]
# *Stop here, if you like: about an hour so far.*

# %% [markdown]
# ### Repair a listing (further)
#
# States and gradients in one listing. Of its lines A to J five are wrong, and each slip has stood in print: look at the shape of the bias, count how often the cell is applied in a step, and ask what is left of the first steps' gradients at the end. One of the five is silent when `Wh` is symmetric.

# %%
# Exercise 9.4: repaired_rnn
def repaired_rnn(x, Wx, Wh, b, dh):
    """States of a recurrent net that begins at zero, and the gradients; five of the lines A to J are wrong.

    x (N, T, D), dh (N, T, H). Returns h, dx, dWx, dWh, db.
    """
    N, T, _ = x.shape
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

# %% [markdown]
# ## Cutting the way back
#
# The play has 173,123 steps. Nobody unrolls that: all states would have to be kept, and there would be one update a play. **Truncated** back-propagation reads a chunk of, say, 25 steps, goes back to the beginning of the chunk and no further, updates, and hands the *state* on to the next chunk. So the memory reaches over the cut; the gradient does not. For a batch of 16 the text is cut into 16 long strips that are read side by side, each with a state of its own (**stateful** training).

# %%
predict("9.c")

# %% [markdown]
# About a third is right, where a guess has a quarter. The state is handed over the cut, but no gradient ever ran from an answer back to the step where the symbol was seen. Why then is it right a little more often than by guessing? A random state happens to keep a trace of its past, and the output learns to read it. To be *taught*, a dependency has to fit into the chunk: lengthen it to 9 and to 16. Chunks of 8 are the border, with little more than half: at their last place the state handed on has only just read the symbol, and to keep what is in that state can be taught. What has been learned, though, can reach further than any chunk: a cell that has learned to keep a bracket for twenty characters may keep it for a hundred.

# %% [markdown]
# ## What is left of a gradient
#
# Follow one gradient from step $t$ back to step $t - n$. By (9.8) it is multiplied $n$ times by a slope and by the same matrix:
#
# $$ \frac{\partial h_t}{\partial h_{t-n}} = \prod_{j} \mathrm{diag}(1 - h_j^2)\, W_h^T, \quad j = t, \dots, t - n + 1 \tag{9.10} $$
#
# (rows; a gradient is multiplied from the left factor to the right one). How such a product grows is decided by the **spectral radius** $\rho$ of $W_h$, the largest absolute eigenvalue (chapter 01): its length goes about as $(\rho \cdot \text{slope})^n$. Below one it **vanishes**, above it **explodes**, both exponentially; there is no third case that lasts.

# %%
predict("9.d")

# %% [markdown]
# Look at the tanh at a radius of 1: the formula without slopes says that nothing is lost, and nearly everything is, since the slopes of the tanh are below one wherever a unit is active. Raise the radius until the curve is flat. It is flat for this input; another one, or a step of training, tips it over.

# %% [markdown]
# Predict, then measure. `experiments.length_left(radius, activation)` takes a $W_h$ that is `radius` times a rotation, and gives the length of a gradient after 50 steps back that had length 1 at first. First with a pencil, for a network without tanh, a linear one: which length remains at radius 0.9 (`predicted_09`) and 1.1 (`predicted_11`)? Then measure, two digits are enough: tanh at 0.9, 1.1 and 1.6, ReLU at 0.9. `why` does ReLU, whose slope is 1, fall so far below the prediction: **a** its slope is below 1 for large scores, **b** at each step many units are off, with slope 0, **c** it is clipped, **d** rounding.

# %%
# Exercise 9.14: fifty steps back
### BEGIN SOLUTION
left = experiments.length_left
vanishing = {"predicted_09": 0.9**50, "predicted_11": 1.1**50, "tanh_09": left(0.9, "tanh"), "tanh_11": left(1.1, "tanh"),
             "tanh_16": left(1.6, "tanh"), "relu_09": left(0.9, "relu"), "why": "b"}
### END SOLUTION

# %%
check("9.14", vanishing)

# %% [markdown]
# The same over a range of radii:

# %%
for activation in ("tanh", "relu"):
    lengths = (f"{radius}: {experiments.length_left(radius, activation):.0e}" for radius in (0.9, 1.0, 1.3, 1.6, 2.0))
    print(activation, *lengths, sep="  ")

# %% [markdown]
# "ReLU cannot vanish" is true of one slope and wrong of a network in time: $W_h$ still multiplies at every step, and at radius 0.9 only $2 \cdot 10^{-12}$ of the gradient is left, less than with tanh, because units that are off pass nothing at all. Between vanishing and exploding there is a narrow strip, and no setting of a plain network stays on it by itself.

# %% [markdown]
# ### Clipping
#
# An exploding gradient is the smaller evil: it can be seen, and cut off. **Clipping by value** limits every entry to $[-\theta, \theta]$; **clipping by norm** shortens the whole gradient, all arrays $dW$ together, and keeps its direction:
#
# $$ dW \leftarrow dW \cdot \min\left(1, \frac{\theta}{\lVert dW \rVert}\right) \tag{9.11} $$
#
# Both stand in chapter 06. Neither helps against vanishing: what has become $10^{-12}$ is lost in the gradients of nearer steps, and no rate brings it back.

# %% [markdown]
# ### Clipping by hand (further)
#
# By value, into new arrays; the bound is called `c`. Whoever gave the gradients may still need them.

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

# %% [markdown]
# ### How far can it remember?
#
# A task that measures memory and nothing else: at each step repeat the symbol seen $d$ steps ago. Raise the delay.

# %%
demos.CopyTask()

# %% [markdown]
# A guess among four symbols is right in a quarter of the cases. The plain network repeats every symbol at a delay of 6, and at 10 it is no better than guessing. Its state could hold the symbols; it is the gradient that does not get there. Started with a spectral radius of 1 in place of 0.7 (a preset) it does, with more than four fifths: much hangs on the start. Now change the cell in the menu: at a delay of 10 and the usual start the other two are right in about six of ten cases. What do they do differently?

# %% [markdown]
# ## A cell that keeps
#
# Every step of (9.3) rewrites the whole state. Suppose instead that a memory $c$ stays as it is unless something is added: $c_t = c_{t-1} + \text{news}$. Its derivative by $c_{t-1}$ is one, whatever the number of steps. This is the idea of the **LSTM**, long short-term memory (Hochreiter and Schmidhuber, 1997); the rest of it is about who decides what is added, what is thrown away and what is shown. These decisions are **gates**, numbers between 0 and 1, each computed from the input and the state by a small layer of its own.
#
# There are two states, the **cell** $c$ and the state $h$ that the outside sees. All four layers at once:
#
# $$ [a_i, a_f, a_g, a_o] = x_t W + h_{t-1} U + b \tag{9.12} $$
#
# with $W$ $(D, 4H)$, $U$ $(H, 4H)$, $b$ $(4H,)$. The **input gate** $i = \sigma(a_i)$, the **forget gate** $f = \sigma(a_f)$ and the **output gate** $o = \sigma(a_o)$ are gates, the **candidate** $g = \tanh(a_g)$ is what might be written. Then
#
# $$ c_t = f \circ c_{t-1} + i \circ g \tag{9.13} $$
#
# $$ h_t = o \circ \tanh(c_t) \tag{9.14} $$

# %%
predict("9.e")

# %% [markdown]
# With $f$ near 1 and $i$ near 0 the cell keeps what it has, without fading; the forget gate *keeps* when it is open, which is the wrong way round for its name. Gates are soft: rounded to 0 and 1 they would have no gradient. And they read $h_{t-1}$, the state of the step before; a variant in which they also read the cell, $c_{t-1}$ or for the output gate $c_t$, is called a **peephole** LSTM.

# %%
# Exercise 9.5: lstm_step_forward
def lstm_step_forward(x, h, c, W, U, b):
    """One step of an LSTM, equations (9.12) to (9.14).

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

# %% [markdown]
# ### Half-life
#
# A cell whose forget gate stands at $f$ keeps $f^n$ of its content over $n$ steps. Half is left after
#
# $$ n_{1/2} = \frac{\ln 0.5}{\ln f} \tag{9.15} $$
#
# steps. At the start of training the scores are small, so $f$ is about $\sigma(b_f)$, and with a bias of zero half of the memory is lost at every step. LSTMs are therefore started with $b_f = 1$ or more.

# %%
demos.MemoryHalfLife()

# %% [markdown]
# A bias of 1 gives a half-life of 2.2 steps, 2 gives 5.5, 5 already 103. This is only the start. In training every unit finds gates of its own, which also open and close with the input: keep for fifty characters, then forget at the bracket.

# %% [markdown]
# ### Backward through an LSTM
#
# Two gradients arrive at a step, $dh'$ from the outputs and the next step, and $dc'$ through the cell. Both end at $c'$, so first they are added; write $\bar c$ for the sum:
#
# $$ \bar c = dc' + dh' \circ o \circ (1 - \tanh^2 c') \tag{9.16} $$
#
# Then each factor of (9.13) and (9.14) gets the gradient times the other factor, and times its own slope, $\sigma' = \sigma (1 - \sigma)$ or $1 - \tanh^2$:
#
# $$ da_o = dh' \tanh(c')\, o (1 - o), \quad da_i = \bar c\, g\, i (1 - i), \quad da_f = \bar c\, c\, f (1 - f), \quad da_g = \bar c\, i\, (1 - g^2) \tag{9.17} $$
#
# and the cell of the step before gets $dc = \bar c \circ f$. No matrix, no tanh: this is the path on which a gradient survives. What follows is a dense layer; with the four $da$ side by side $dW = x^T da$, $dU = h^T da$, $db$ the sum of $da$, $dx = da\, W^T$, $dh = da\, U^T$.

# %%
# Exercise 9.6: lstm_step_backward
def lstm_step_backward(dh, dc, cache):
    """Gradients of one LSTM step, equations (9.16) and (9.17).

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
    da = np.concatenate([di, df, dg, do], axis=1)
    return da @ W.T, da @ U.T, dC * f, x.T @ da, h.T @ da, da.sum(axis=0)
    ### END SOLUTION

# %%
check("9.6", lstm_step_backward)

# %% [markdown]
# ### Three brackets in print (further)
#
# This listing has stood in a book, in the layout of another language. Of its lines A to F three have a bracket in the wrong place, so that a factor misses one of the terms it belongs to, or meets one too many. Nothing crashes, all shapes are right.

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

# %% [markdown]
# The book's three lines, each compared with central differences of the loss:

# %%
for name, error in experiments.printed_lstm_errors().items():
    print(f"{name:>8}: relative error {error:.2g}")

# %% [markdown]
# The network trains all the same, only worse. A gradient check takes three lines and finds this in a second (chapter 04).

# %% [markdown]
# ## A smaller cell: GRU
#
# Does it take three gates and two states? The **gated recurrent unit** (Cho et al., 2014) has two gates and one state. An **update gate** $z$ and a **reset gate** $r$,
#
# $$ z = \sigma(x_t W_z + h_{t-1} U_z + b_z), \qquad r = \sigma(x_t W_r + h_{t-1} U_r + b_r) \tag{9.18} $$
#
# a candidate that sees of the past what the reset gate lets through,
#
# $$ k = \tanh(x_t W_k + (r \circ h_{t-1})\, U_k + b_k) \tag{9.19} $$
#
# and a mixture of old and new:
#
# $$ h_t = (1 - z) \circ h_{t-1} + z \circ k \tag{9.20} $$

# %%
predict("9.f")

# %% [markdown]
# With $z$ near 1 the past is thrown away, in this convention; with $z$ near 0 the state stays. PyTorch writes $h_t = z \circ h_{t-1} + (1 - z) \circ k$ instead, and resets *after* the product, $k = \tanh(x_t W_k + b_k + r \circ (h_{t-1} U_k + b_h))$, with a second bias $b_h$ (0 in the exercise): the same kind of cell, with the gate read the other way. Some texts print one formula and explain the other. So ask which convention before you copy weights.
#
# A GRU has three blocks where an LSTM has four:
#
# $$ \text{RNN } H(D + H + 1), \qquad \text{GRU } 3H(D + H + 1), \qquad \text{LSTM } 4H(D + H + 1) \tag{9.21} $$

# %%
# Exercise 9.8: gru_step_forward
def gru_step_forward(x, h, W, U, b, convention):
    """One step of a GRU in either convention, equations (9.18) to (9.20).

    x (N, D), h (N, H), W (D, 3H), U (H, 3H), b (3H,) with blocks z, r, k; convention "course" or "pytorch". In both
    b_k stands outside of the reset. Returns the new state (N, H).
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

# %% [markdown]
# ### Counting parameters (further)
#
# 38 different characters as one-hot rows, so $D = 38$, and $H = 128$ units. How many parameters have `rnn` ($W_x$, $W_h$, $b$), `output` (the dense layer from the state to 38 scores), `lstm`, `gru_no_bias` (without any bias), `gru_pytorch` (with two biases for each block), `lstm_2_layers` (two LSTMs of 128 units, the second reads the states of the first), `lstm_both_ways` (one layer that reads from both ends, 128 units each way)?

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
# ### Who remembers how far
#
# The **adding problem**: a sequence of random numbers, two of which are marked, one in each half; at the end say their sum. Whoever always says 1, the mean, has a certain squared error; below, it is counted as 1. Two numbers must be kept and all others ignored. Three cells of 32 units, five starts each:

# %%
fig, ax = style.figure(width=6.5)
errors = {name: (measured.LENGTHS, np.array(runs)) for name, runs in measured.ADDED.items()}
figures.bands(ax, errors, "length of the sequence (steps)", "squared error / that of the mean", "median", ("pi", 100),
              "upper left")
ax.set(yscale="log", title="Gates keep two numbers, a plain network loses them")
style.show(fig, alt="Error in the adding problem against length, five starts of three cells: LSTM and GRU stay below a "
               "fiftieth, the plain network rises to one between 20 and 60 steps.")

# %% [markdown]
# At 20 steps all three are far below the mean. At 30 the plain network fails in two of five starts, from 60 on in all of them: it has found nothing better than the mean. LSTM and GRU solve 80 steps with an error below a fiftieth of it, from every start. So gates *mitigate* vanishing. They do not abolish it: with $f = 0.95$ a hundred steps still leave 0.6 percent, and what goes through $U$ fades as in any other network.
#
# *Stop here, if you like: about 2 hours and a quarter so far.*

# %% [markdown]
# ## A network that writes
#
# Everything is in place. One-hot characters go in, a GRU of 64 units carries its state, a softmax gives the next character. Adam, chunks of 25 characters, 16 strips, gradients clipped at 5; the last tenth of the play is held out. While it trains, the bar shows the loss and what the network writes. The square in the toolbar ends the training and keeps what has been learned.

# %%
run = recurrent.train_text(play, "gru", 64, steps=1200, lr=0.008, on_step=watch.Watch(1200))
for step, nats in zip(run.val_steps, run.val_loss, strict=True):
    print(f"{step:4} steps: {nats:.3f} nats, {ops.bits_per_character(nats):.3f} bits")
print(f"\n{run.sample(300, rng=0)}")

# %% [markdown]
# Names of speakers, line breaks and commas where they belong, words that nearly are words, and no sense. To write, the network reads itself: it draws a character from its softmax, takes it as the next input, and so on (**ancestral** sampling).
#
# The question of the beginning has its answer: after 250 steps, 100,000 characters read, the loss is 2.045; the trigram's 1.963 is passed before step 500, and at the end it is 1.784. The tables of four and five characters, 1.704 and 1.669, are not reached. On so short a text counting is a strong opponent.
#
# More is possible. The next cell trains twice as many units, and at the end lowers the rate (chapter 06). It takes about half a minute; set `FULL = True` for it.

# %%
FULL = False
if FULL:
    first = recurrent.train_text(play, "gru", 128, steps=1500, lr=0.005, on_step=watch.Watch(1500))
    longer = recurrent.train_text(play, "gru", 128, steps=700, lr=0.001, after=first, on_step=watch.Watch(700))
    print(first.val_loss.round(3), longer.val_loss.round(3))

# %% [markdown]
# In the mean of five starts it has 1.698 nats before the rate is lowered and 1.633 at the end: below the best table, at last. Size alone does not do it. With 256 units and a rate of 0.002 throughout, the held-out loss is lowest after 2,500 steps, at 1.675; after 4,000 it is 1.803, while the training loss falls to 1.29: 156,000 characters are soon known by heart. What chapter 07 said about stopping holds here as well, and the real remedy is more text.
#
# Train your own. Choose `cell`, `hidden` (at most 128), `length` (at most 50), `steps` (at most 2,000), `lr` and `clip` (a number or `None`): 1.8 nats on the held-out part are asked for.

# %%
# Exercise 9.15: my character net
### BEGIN SOLUTION
my_net = {"cell": "gru", "hidden": 64, "length": 25, "steps": 1400, "lr": 0.01, "clip": 5.0}
### END SOLUTION

# %%
check("9.15", my_net)

# %% [markdown]
# ### Temperature
#
# Scores $y$ can be divided by a **temperature** $\tau$, `T` in code, before the softmax:
#
# $$ p_k = \frac{e^{y_k / \tau}}{\sum_j e^{y_j / \tau}} \tag{9.22} $$
#
# $\tau = 1$ is the model as trained. As $\tau \to 0$ the most probable character is always taken (**greedy**); a large $\tau$ draws from all characters alike. **Top-$k$** sampling draws among the $k$ most probable only.

# %%
predict("9.g")

# %% [markdown]
# At 0.2 the network repeats what it is sure of, at 1.5 it invents words and their spelling. The **entropy** of the distribution, in bits, says how much it leaves open; it grows with $\tau$. A low temperature makes few mistakes and says nothing; what a model is worth is told by its loss, not by a sample.

# %%
# Exercise 9.11: temperature_probabilities
def temperature_probabilities(scores, T):
    """Probabilities of the next character at temperature T, equation (9.22).

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
# One published sampler takes the *probabilities* that the network gives and puts them through a softmax once more. Probabilities lie between 0 and 1, so their exponentials differ at most by a factor $e$: of 38 characters even one that is certain is drawn with $e/(e + 37) = 0.068$ only.

# %%
demos.DoubleSoftmax()

# %% [markdown]
# In our network such a second softmax leaves 6.016 bits of 6.022, those of a choice among 65 by dice: noise, whatever the training. Whoever sees such a sample looks for the mistake in the network, and it is in the last line. Multiplying by $\tau$ instead of dividing is the quieter one of these slips: it exchanges high and low.

# %% [markdown]
# ### What it looks at
#
# How far back does the network reach? While it trains, take the loss of one character and follow its gradient back to the inputs 1, 2, 3, ... steps before, every hundred steps of the training.

# %%
demos.Reach()

# %% [markdown]
# Before the first step the gradient of the LSTM goes back far and means nothing: the start is orthogonal, and the 25th character counts 19 percent of the nearest. From step 100 on only the last few count: more than a tenth of the nearest for 4 or 5 characters, more than a hundredth for about ten, and so it remains until step 900. At the end it is more than a hundredth for most of the chunk: once there was something to be found, the gates held it. The plain network, in the menu, remains at 12.

# %%
predict("9.h")

# %% [markdown]
# As trained, the LSTM of the figure has about 1.84 nats. With its forget gates at 0 it is about 2.3, near the table of two: what remains is the present character and what comes through $h$. With forget gates at 1 it is 4 to 5, like knowing nothing or worse: cells that never forget add up all they have met, and their sum means nothing any more. Forgetting is as much of a skill as keeping.

# %%
demos.CellViewer()

# %% [markdown]
# Most units mean nothing that could be said in a word. Some do: the cell of unit 60 follows the place in the line, with a correlation of about −0.7. The brackets that we asked about at the beginning no unit follows as closely: the nearest stays below a half. In our own GRU unit 21 tells whether the network is within a word, with a correlation of −0.69. Nobody asked for them; they are useful for guessing.

# %% [markdown]
# **Open question 9.Q1** (4 points)
#
# A character network with chunks of 10 characters writes stage directions in square brackets, and often forgets to close those that run over more than a line. (a) Can its state hold the information "a bracket is open" for so long at all? (b) Why has it hardly been learned? (c) Name two changes that could help, and the measurement by which you would see whether they do.
# ### BEGIN SOLUTION
# Model answer. (a) Yes: the state is carried from chunk to chunk, and a cell with f near 1 and i near 0 keeps a value over any number of steps. (b) The gradient is cut after 10 steps. From the closing bracket back to the opening one no gradient runs if they lie further apart, so keeping it can only be learned from short brackets, and by luck. In a plain network it would vanish besides. (c) Longer chunks (50 or 100 characters); an LSTM or GRU with a forget bias of 1 or more, if it is a plain network; a smaller number of strips and more steps. Measure on held-out text: the loss of the characters inside of long brackets and of the closing bracket itself, or the share of opened brackets that are closed in samples, over several starts; the mean loss alone hardly shows it.
#
# A full answer contains: the state can hold it, with a reason (1); the truncated gradient (1); two fitting changes (1); a measurement that concerns brackets, on held-out text or samples (1).
# ### END SOLUTION

# %% [markdown]
# ## Side by side
#
# Which cell is best? A comparison is fair only if it says what was equal. Equal numbers of units favor the LSTM, which has four times the weights. Below, all three have about as many *parameters*, and then as much *time*.

# %%
demos.CellsCompared()

# %% tags=["nbval-check-output"]
for name, runs in measured.COMPARED.items():
    print(f"{name:>5}: {np.mean(runs):.3f} nats, from {min(runs):.3f} to {max(runs):.3f}")

# %% [markdown]
# The GRU leads in the figure, but in second place stands now the plain network, now the LSTM: of 8,000 parameters an LSTM makes no more than 23 units, and that is too few. One start says little besides, so here are five starts each of larger cells, with about 99,000 parameters: 284 plain units, 128 of an LSTM, 152 of a GRU; 1,500 steps, each cell at the best of four rates. LSTM and GRU get 1.694 and 1.699 nats, no difference with this spread, and both pass the table of four characters. The plain network with 1.966 does not even pass the trigram. So choose the GRU if three quarters of the weights at the same number of units are welcome, and try both if it matters.

# %% [markdown]
# ### LSTM against GRU (further)
#
# The weights of the cell alone, biases counted: which `share` of an LSTM's has a GRU of the same size? How many `hidden` units may a GRU have, so that its weights come nearest to those of an LSTM of 64 units, on 65 characters? Train both with `recurrent.train_text`, 1,000 steps at a rate of 0.005, from the starts `seed` 0, 1 and 2: the mean held-out loss of each is `lstm` and `gru`. And `conclude`: **a** the GRU is the better cell, **b** with these settings the GRU is ahead after these steps, **c** the difference is chance, **d** the GRU wins because it has fewer weights.

# %%
# Exercise 9.16: LSTM against GRU
### BEGIN SOLUTION
compared = {"share": 3 / 4, "hidden": 77, "lstm": 1.990, "gru": 1.807, "conclude": "b"}
### END SOLUTION

# %%
check("9.16", compared)

# %% [markdown]
# At a rate of 0.01, from the same starts, the LSTM gets 1.89 and the GRU 1.76. Both are better, and they are closer together: what is compared is never a cell alone, but a cell with its settings.

# %% [markdown]
# ## Other sequences
#
# **A forecast** is many to one: a window of past values in, the next value out. The measure of every forecast of a series with seasons is the simplest one that knows about seasons: *as twelve months ago*, the **seasonal-naive** forecast. The numbers: root mean squared error on the last values of the series, which nobody has looked at.

# %%
demos.Forecast()

# %%
for seed in range(5):
    print(f"series {seed}:", *(f"{name} {error:.2f}" for name, error in experiments.forecast(seed).items()), sep="  ")

# %% [markdown]
# The last 60 values of five series of 300: in the mean 0.71 against 0.93. Not even who knew trend and season exactly would be below 0.51, the noise. The GRU gains because last year's value carries last year's noise, and because it has seen that the series rises.

# %% [markdown]
# **A class for a sequence** is many to one as well. Here a digit of 8 × 8 pixels comes as a sequence of eight rows, and only after the last one the network answers. **Tags** are many to many, in step: after each bit, is the number of ones so far odd? After each bracket, how many are open? Both are trained on sequences of 20 steps and tested on 100.

# %%
for name, share in experiments.other_tasks(seed=0).items():
    print(f"{name:>25}: {share:.3f}")

# %% [markdown]
# The rows of a digit are enough, one after the other, for 0.978 of the held-out ones. The tags are right on 100 steps, too, five times as many as in training: what has been learned is a rule for one step, and it holds for every number of them. No window could do that: parity needs the very first bit.

# %% [markdown]
# The core of the chapter ends here. What follows stands by itself, section by section; the [Summary](#Summary) is at the end.

# %% [markdown]
# ## Better than last year (further)
#
# A series of your own making: `series` comes from `datasets.seasonal_series`, with a period of 12. Forecast its last $n$ values, each from the values before it, better than seasonal-naive. Any method is welcome; a way that works is `recurrent.train` with windows as inputs and, as target, the *change* against twelve steps ago: what is left to be learned then is small. Training sees no value that is to be forecast, and neither do its mean and spread. The check measures with the noise of these values drawn anew: what counts is the course of the series.

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

# %% [markdown]
# ## Both ways and in layers (further)
#
# When the whole sequence is there before the answer is due, as in tagging, a second cell can read it from the end. A **bidirectional** network sets both states side by side:
#
# $$ h_t = [\overrightarrow{h}_t, \overleftarrow{h}_t] \tag{9.23} $$
#
# And states are a sequence, so another recurrent layer can read them (**stacked**, or deep). Then $dx$ of the upper layer is $dh$ of the lower one.

# %%
predict("9.j")

# %% [markdown]
# A network of one direction has seen at $t$ what came until $t$, however many layers it has. With both directions it has seen everything, and so it cannot answer before the end: no live subtitles, and no language model, which would be shown the very character that it is to guess.

# %%
x = np.random.default_rng(0).normal(size=(2, 25, 65))
for settings in ({}, {"num_layers": 3}, {"bidirectional": True}):
    layer = nn.LSTM(65, 128, rng=np.random.default_rng(0), **settings)
    states, _ = layer(x)
    print(f"{settings!s:>24}: {states.shape}, {sum(p.data.size for p in layer.parameters()):,} parameters")

# %% [markdown]
# ## Vectors for tokens (further)
#
# A one-hot row times a matrix picks one row of it: $x_t E = E[k]$. So nobody multiplies; an **embedding** looks up row $k$ of an array $(V, D)$ and learns it like any weight. Its gradient goes into the rows that were used, added up where a token came twice. For 65 characters this saves little. For 50,000 words it is the only way, and the rows become interesting: words that are used alike get rows that lie close. This space of rows, in which directions begin to mean something, is a **latent space**.

# %%
table = nn.Embedding(65, 4, rng=np.random.default_rng(0))
some = tokens[None, :6]
print(np.allclose(table(some), np.eye(65)[some] @ table.weight.data), table(some).shape)

# %% [markdown]
# ## The best sequence (further)
#
# Always taking the most probable next token does not give the most probable *text*: a good beginning may lead to nothing but poor continuations. **Beam search** keeps the $k$ best beginnings by
#
# $$ \sum_{t} \ln p(x_t \mid x_1, \dots, x_{t-1}) \tag{9.24} $$
#
# extends each by every token, and keeps the $k$ best again. Width 1 is greedy; a width of all sequences is exact and hopeless.

# %%
predict("9.i")

# %%
# Exercise 9.18: beam_search
def beam_search(log_probs, width, length):
    """The most probable text that keeping the `width` best beginnings finds.

    log_probs (V, V): row k holds ln p of the next token after token k. The text follows token 0.
    Returns its `length` tokens as a list, and its ln p.
    """
    ### BEGIN SOLUTION
    beams = [([0], 0.0)]
    for _ in range(length):
        longer = [([*tokens, k], total + log_probs[tokens[-1], k]) for tokens, total in beams
                  for k in range(len(log_probs))]
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    tokens, total = beams[0]
    return tokens[1:], total
    ### END SOLUTION

# %%
check("9.18", beam_search)

# %%
bigram = experiments.bigram(tokens, len(characters))
for width in (1, 2, 5, 20):
    found, total = use("9.18")(bigram, width, 12)
    print(f"width {width:2}: ln p {total:6.2f}  {ops.decode(found, characters)!r}")

# %% [markdown]
# Greedy writes nothing but line breaks. A beam of 5 finds the best text of twelve characters that a wider one finds as well, and that is: *The the the*. Our GRU is no better company: its best 40 characters with a beam of 10 are *Hamlet. King. My lord. King. My lord,* with the line breaks left out here. A wider beam finds, as a rule, a more probable text, not a more interesting one. For translation it is the right tool; to write, one samples.

# %% [markdown]
# ## Where it comes from, where it goes (further)
#
# Networks with a state were studied around 1990 (Jordan, Elman). Hochreiter found the vanishing gradient in 1991, Bengio, Simard and Frasconi proved in 1994 that storing a bit for long and learning it by gradients exclude each other: the dilemma of our one-unit memory. The LSTM is of 1997; it got its forget gate in 2000. The GRU (Cho et al.) came in 2014 with encoder and decoder for translation.
#
# Recurrent networks have recognized speech, written music, read DNA, judged the mood of reviews, translated, put captions under pictures, labeled the frames of films and found names and parts of speech in sentences. Before them stood hidden Markov models: a state from a short list instead of a vector, with a forward and a backward pass of its own, which computes probabilities and not gradients. After them came **transformers**: each step looks at all earlier ones directly, so no path through time is longer than one step, everything is computed at once, and the price is a window again, whose cost grows with the square of its length. A network trained on (9.2) is a **generative** model, whatever its cells.

# %% [markdown]
# ### Find the slip (further)
#
# Six sentences as they stand in print. Each is wrong; find out why, then unfold.
#
# 1. The output $y_{t-1}$ is what the next step receives as its memory.
# 2. A recurrent network remembers one step.
# 3. With $h_t = (1 - z) \circ h_{t-1} + z \circ k$: if $z$ is large, the candidate is disregarded.
# 4. With ReLU the gradient cannot vanish in time.
# 5. The LSTM has solved the vanishing gradient.
# 6. An LSTM has four memories.
#
# <details><summary>Answers</summary>
# 1. The state h; y is read off it. 2. The state is computed from the state before, so all steps are in it, more and more faintly. 3. The past is. 4. The recurrent matrix still multiplies at every step, and units that are off pass nothing. 5. It mitigates it: the cell keeps f to the power n. 6. Two states, c and h, and four layers that compute gates and a candidate.
# </details>

# %% [markdown]
# ## Summary
#
# - A language model gives the next token a probability; its loss is in nats, divided by ln 2 in bits a character. Judge it on held-out text and beside n-grams.
# - A recurrent network carries a state: $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$, the same arrays at every step. Unrolled it is a deep feed-forward network.
# - Backward through time: $dh_t$ is the output's gradient plus the carry; $\gamma_{t-1} = da_t W_h^T$; gradients of shared arrays add up over the steps.
# - Truncation hands on the state and cuts the gradient: what lies further back than a chunk is not learned on purpose.
# - The gradient over $n$ steps goes as (spectral radius × slope) to the power $n$. Exploding is clipped; vanishing needs another cell.
# - LSTM: $c' = f c + i g$, $h' = o \tanh c'$. The path through the cell multiplies by $f$ only; start with a forget bias of 1. GRU: one state, two gates, $h' = (1 - z) h + z k$, and beware of the other convention.
# - Sampling: softmax of scores over temperature, once. Beam search for the most probable sequence.
# - Compare cells at equal parameters or equal time, over several starts; compare forecasts with seasonal-naive.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. What goes from step to step, and how many sets of weights has a sequence of 100 steps? <details><summary>Answer</summary>The state h (and the cell c of an LSTM). One set: all steps share it.</details>
# 2. Which two gradients are added before going through the tanh of step t? <details><summary>Answer</summary>The one from the step's own output and the carry from step t + 1.</details>
# 3. What does truncation cut and what not? <details><summary>Answer</summary>It cuts the gradient at the beginning of a chunk. The state goes on to the next chunk.</details>
# 4. Why does a gradient live longer in an LSTM? <details><summary>Answer</summary>Along the cell it is multiplied by the forget gate only, which may stay near one; no matrix and no tanh lie on this path.</details>
# 5. A network of 65 characters has a loss of 4.17 nats. What has it learned, and what does 2.08 nats mean in perplexity? <details><summary>Answer</summary>Nothing: ln 65 = 4.17. e to the 2.08 is 8: as uncertain as a choice among eight characters.</details>

# %% [markdown]
# **Open question 9.Q2** (4 points)
#
# A report says: "Our GRU reaches 1.3 bits per character on its novel, the LSTM of another group 2.4 bits on *Hamlet*. So the GRU is the better cell. At temperature 0.2 its text is nearly free of mistakes." Name what is wrong or missing here, and describe a comparison that you would believe.
# ### BEGIN SOLUTION
# Model answer. The numbers belong to different texts with different alphabets and lengths; a monotonous text has fewer bits whoever reads it, and the n-gram baselines of both are missing. It is not said whether the 1.3 bits were measured on training or on held-out text. Nothing is said about sizes, training time or the number of starts. A sample at a low temperature repeats the most probable phrases and is free of mistakes for this reason; it measures nothing. A comparison: the same text, cut once into training, validation and test part; both cells with about equal parameters (and once more with equal time); rate and length of chunks chosen for each on the validation part with the same number of trials; at least five starts; mean and spread of the bits per character on the test part beside the best n-gram.
#
# A full answer contains: different texts or no baseline (1); held-out text (1); equal parameters or time and several starts (1); the sample at low temperature shows nothing, loss decides (1).
# ### END SOLUTION

# %% [markdown]
# # 5 Initialization
#
# **Aim.** By the end of this chapter you can start a network of any depth so that it learns, and name a bad start by its symptoms: from the first loss, the spread of the signals and the spread of the gradients.
#
# Two networks: the same layers, the same data, the same learning rate, the same number of steps. One learns the two arms of a spiral, the other does not move. Only their first numbers differ. Run the two cells, press play, then choose another start from the menu.

# %%
import numpy as np

from course_lib import datasets, dense, nn, ops
from course_lib.chapters.ch05_initialization import cases, experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.SpiralStarts()

# %% [markdown]
# With all weights at zero the loss falls by 0.00014 and stops for good. With weights of standard deviation 0.01 it lies flat for hundreds of steps before it bends down. With the two starts at the end of the menu it falls at once. Nobody would call the first network too small or the data too hard, and yet it stays at guessing. What do the first numbers decide?
#
# Three things, one after the other: whether the units of a layer can become different, whether the signal survives its way through the layers, and whether the gradient survives its way back.
#
# For a single unit none of this matters. The loss of linear or logistic regression has one valley; chapter 02 could begin at zero or at normal random numbers and arrived at the same line. A start becomes a decision with the first hidden layer.

# %% [markdown]
# ## Equal units stay equal
#
# Give two hidden units the same weights. For every sample they then answer the same. What does a step of gradient descent make of them?

# %%
predict("5.a")

# %% [markdown]
# Each line is one weight. With equal starts the lines of the two units lie on each other, although both move. Choose *nearly equal*: a small difference is enough, and the units part after a while. Swap two units, or turn all signs of one, which tanh allows: the function that the net computes does not change at all.
#
# Why, weight by weight? Take inputs $x_1, x_2$, two ReLU units with $z_j = x_1 W_{1j} + x_2 W_{2j}$ and $h_j = \max(0, z_j)$, a linear output $\hat y = h_1 v_1 + h_2 v_2 + c$ and half the squared error. With $e = \hat y - y$ chapter 04 gives
#
# $$ \frac{\partial L}{\partial v_j} = e\, h_j, \qquad \frac{\partial L}{\partial c} = e, \qquad \frac{\partial L}{\partial W_{ij}} = x_i \; e\, v_j\, [z_j > 0] \tag{5.1} $$
#
# where $[z_j > 0]$ is 1 if the unit is on and 0 if it is off. The number of the unit, $j$, enters only through $h_j$, $v_j$ and $z_j$. If these agree for two units, so do their gradients, so do their weights after the step, and the argument begins again.

# %% [markdown]
# Do one step by hand. All four entries of $W$ and both $v_j$ are 0.5, $c = 0$, $x = (1, 2)$, $y = 0.5$. Give the gradients (5.1), `dW1` for $W$, `dW2` for $v$, `db2` for $c$, and then the same with all weights at zero.

# %%
# Exercise 5.1: one step from equal weights
### BEGIN SOLUTION
step = {"dW1": [[0.5, 0.5], [1.0, 1.0]], "dW2": [1.5, 1.5], "db2": 1.0,
        "zero_dW1": [[0.0, 0.0], [0.0, 0.0]], "zero_dW2": [0.0, 0.0], "zero_db2": -0.5}
### END SOLUTION

# %%
check("5.1", step)

# %% [markdown]
# The columns of `dW1` belong to the units: they are equal, so after the step the units are equal again. Its rows differ, since the inputs do. Now a hundred units that all begin with 0.5, on the two arms of the first figure (where these points come from is told further down):

# %% tags=["nbval-check-output"]
spiral = datasets.published_spiral(repaired=True)
constant = lambda rng, fan_in, fan_out: np.full((fan_in, fan_out), 0.5)
for sizes, init in (((2, 100, 1), constant), ((2, 1, 1), 1.0), ((2, 100, 1), "he_normal")):
    run = dense.train(sizes, spiral.X_train, spiral.y_train, hidden="relu", loss="bce", lr=0.03, epochs=5001, init=init,
                      rng=1)
    different = np.unique(run.weights[0][0].round(9), axis=1).shape[1]
    print(f"{sizes}: {different} different hidden units, loss {run.loss[0]:.3f} -> {run.loss[-1]:.3f}")

# %% [markdown]
# A net of a hundred equal units trains, its loss falls from 1.828 to 0.560, and then it is a net of one unit: near what a net that has one unit reaches. Two sentences that can be read in print are wrong. "Equal weights cannot converge": they do, to the best that one unit can do. And "all weights slightly positive" as a cure for dead units: it is the signs that must differ, as we shall see below.
#
# Random numbers are the cheapest way of making units different. They need to be drawn independently for each unit; nothing so far says how large they should be.

# %% [markdown]
# ### A start at zero
#
# Zero is the extreme of equal weights. By (5.1) all gradients of weights contain a factor that is zero, $h_j$ or $v_j$, so the weights never move: only the last bias learns, and the network becomes a constant.
#
# Which constant? For classes, the probabilities that minimize the loss are the shares $\pi_c$ of the classes among the labels, and the loss they leave is the entropy of the shares,
#
# $$ L_\infty = -\sum_c \pi_c \ln \pi_c . \tag{5.2} $$
#
# Before the first step all probabilities are $1/C$ and the loss is $\ln C$. From $\ln C$ to $L_\infty$: this is all that such a net can gain. Write (5.2) for labels $0, 1, 2, \dots$ of any number of classes.

# %%
# Exercise 5.2: plateau
def plateau(y):
    """The loss at which a net with all weights zero stops, equation (5.2).

    y (N,) whole numbers from 0; a class may be absent.
    Returns one number.
    """
    ### BEGIN SOLUTION
    share = np.bincount(y) / len(y)
    share = share[share > 0]
    return -(share * np.log(share)).sum()
    ### END SOLUTION

# %%
check("5.2", plateau)

# %% tags=["nbval-check-output"]
run = dense.train((2, 100, 1), spiral.X_train, spiral.y_train, hidden="relu", loss="bce", lr=0.03, epochs=5001,
                  init="zeros")
print(f"ln 2 = {np.log(2):.6f}, first loss {run.loss[0]:.6f}, last loss {run.loss[-1]:.6f}")
print(f"{np.bincount(spiral.y_train)} labels: plateau {use('5.2')(spiral.y_train):.6f}")

# %% [markdown]
# The two numbers agree in all six digits. A published table prints 0.693008 for this net five times in a row, without a word on where it comes from: 305 labels of one class, 295 of the other.
#
# Zeros are right for biases, and for the weights of a single linear unit, which has no partner it could be a copy of. As a "normal practice" for weights, as one book has it, they are wrong.

# %% [markdown]
# **Stop here: about half an hour.** Units must begin unlike each other, so the weights are drawn at random. The next part asks how large.

# %% [markdown]
# ### How many equal networks? (further)
#
# The figure showed that units may be listed in another order, together with the rows of the next matrix, and the function stays. With tanh, $\tanh(-z) = -\tanh z$, the sign of all weights into a unit, its bias included, and of all weights out of it may be turned as well. For one layer of $M$ tanh units this makes
#
# $$ M!\; 2^M \tag{5.3} $$
#
# points in the space of weights with exactly the same function, and as many copies of every valley of the loss. Count for $M = 1, 2, 3$ and compare with what you would list by hand.

# %%
# Exercise 5.3: equal networks
### BEGIN SOLUTION
equal_nets = {"one": 2, "two": 8, "three": 48}
### END SOLUTION

# %%
check("5.3", equal_nets)

# %% [markdown]
# Nothing is wrong with having so many copies: descent needs one of them. What is bad is the place in the middle between all copies, where the units are equal. That is where the zero start sits.

# %% [markdown]
# ## How large is a score?
#
# **Spread** in this chapter is short for standard deviation. A unit adds $n$ products, $z = \sum_{i=1}^{n} a_i w_i$. The weights are drawn independently with mean 0 and variance $\mathrm{Var}(w)$; the inputs $a_i$ are whatever comes. Each product has mean $\mathrm{E}(a_i)\,\mathrm{E}(w_i) = 0$ and variance $\mathrm{E}(a_i^2 w_i^2) = \mathrm{E}(a_i^2)\,\mathrm{Var}(w)$. Two different products are uncorrelated because the weights are, even where the inputs are not. So variances add:
#
# $$ \mathrm{Var}(z) = n\, \mathrm{Var}(w)\, \mathrm{E}(a^2) \tag{5.4} $$
#
# with the mean of $a^2$ over all inputs. It is the mean square that counts, not the variance: pixels are never negative, and their mean goes into the scores too. A random bias would add its own variance to (5.4), in every layer again.

# %%
# Exercise 5.4: score_sd
def score_sd(a, sd_w):
    """The spread of the scores of a layer, the root of equation (5.4).

    a (N, n) inputs of the layer, one row a sample.
    sd_w : standard deviation of the weights, whose mean is 0.
    Returns one number.
    """
    ### BEGIN SOLUTION
    n = a.shape[1]
    return sd_w * np.sqrt(n * np.mean(a**2))
    ### END SOLUTION

# %%
check("5.4", score_sd)

# %% [markdown]
# A student report draws its weights evenly between $-0.5$ and 0.5, whatever the layer. The variance of $U(-r, r)$ is $r^2/3$. What do images of 784 pixels make of it?

# %% tags=["nbval-check-output"]
pixels = datasets.digits28().X_train.reshape(-1, 784)[:500] / 255
W = np.random.default_rng(0).uniform(-0.5, 0.5, (784, 100))
print(f"predicted {use('5.4')(pixels, 0.5 / np.sqrt(3)):.2f}, drawn {(pixels @ W).std():.2f}")

# %% [markdown]
# Scores of spread near 3. Is that much? It depends on what the unit does with them: move the scale of the weights and the fan-in, and watch the histogram of the scores under the sigmoid.

# %%
demos.SigmoidRange()

# %% [markdown]
# For small scores the sigmoid is nearly a straight line: units in this **linear regime** all compute the same kind of thing, and a net of them is nearly a linear model. For large ones it is flat: **saturated** units have no slope and do not learn. In between it bends and has a slope. A good start puts the scores there, with a spread of about 1. With $U(-0.5, 0.5)$ about 30 percent of the units of this layer have lost four fifths of their slope before the first step.

# %% [markdown]
# ## Keep the spread
#
# If $\mathrm{E}(a^2)$ is about 1, (5.4) leaves one choice: a spread of the scores of 1 needs
#
# $$ \mathrm{Var}(w) = \frac{1}{n_{in}} \tag{5.5} $$
#
# This is **LeCun's** start. The number of inputs of a unit is called its **fan-in**, the number of units it feeds its **fan-out**. A start is a function of a random generator and both fans; whoever writes `init=` in this course may give the name of one of the course's starts, or such a function.

# %%
# Exercise 5.5: lecun_normal
def lecun_normal(rng, fan_in, fan_out):
    """Normal weights with mean 0 and the variance (5.5).

    rng : a numpy Generator, from which all numbers are drawn.
    Returns W (fan_in, fan_out).
    """
    ### BEGIN SOLUTION
    return rng.standard_normal((fan_in, fan_out)) / np.sqrt(fan_in)
    ### END SOLUTION

# %%
check("5.5", lecun_normal)

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
W = use("5.5")(rng, 784, 100)
print(f"spread of the weights {W.std():.4f}, of the scores {(pixels @ W).std():.2f}")
print(sorted(ops.INITIALIZERS))

# %% [markdown]
# The spread of the scores is 0.35 and not 1, because the mean square of these pixels is only 0.12. Standardizing the inputs (chapter 02) and scaling the weights are two halves of one job.

# %% [markdown]
# ## Ten layers deep
#
# One layer forgives a factor of three. What if the factor comes back in every layer? Predict, then measure.

# %%
predict("5.b")

# %% [markdown]
# On the left you see the spread of the outputs of each layer for a batch of real images, and that of the errors at the scores on their way back; on the right, how the outputs of a few layers are distributed. Go through the presets before you read on.
#
# To measure it for yourself you need a function that sends a batch through ReLU layers without biases and notes the spread behind each.

# %%
# Exercise 5.6: layer_sds
def layer_sds(X, weights):
    """The standard deviation of the outputs of each layer a <- relu(a W).

    X (N, n) the input of the first layer; weights : list of matrices.
    Returns one number for each layer, over all entries of its output.
    """
    ### BEGIN SOLUTION
    a, sds = X, []
    for W in weights:
        a = np.maximum(a @ W, 0)
        sds.append(a.std())
    return sds
    ### END SOLUTION

# %%
check("5.6", layer_sds)

# %% tags=["nbval-check-output"]
starts = {
    "1/sqrt(n)": "lecun_normal", "0.01": "small_normal",
    "sqrt(2/n^2)": lambda rng, n, m: np.sqrt(2 / n**2) * rng.standard_normal((n, m)),
    "U(0, 0.3)": lambda rng, n, m: rng.uniform(0, 0.3, (n, m)),
}
for name, init in starts.items():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((256, 512))
    sds = use("5.6")(X, [nn.draw_weights(rng, 512, 512, init) for _ in range(10)])
    print(f"{name:>12}: layer 1 {sds[0]:8.2g}, layer 10 {sds[9]:8.2g}")

# %% [markdown]
# The first two lines fade, slowly and quickly. The third is a formula for a good start as a textbook prints it, with the square in the wrong place: 0.037 behind the first layer, $2 \cdot 10^{-14}$ behind the tenth. The fourth, from the same book, explodes to $1.7 \cdot 10^{17}$.
#
# None of this can be seen from one layer. A factor $f$ a layer becomes
#
# $$ f^{L} \tag{5.6} $$
#
# after $L$ layers, and this is the whole arithmetic of **vanishing** and **exploding** signals: $0.7^{10} = 0.028$ and $0.5^{10} = 0.001$, $1.1^{50} = 117$, $0.9^{50} = 0.005$. No layer does anything drastic.

# %% [markdown]
# The exploding one has a factor of its own kind. If all weights and all inputs are positive, a score is not a sum in which plus and minus mostly cancel, but $n$ times a mean: $512 \cdot 0.15 = 76.8$ times the mean of the inputs. From the second layer on the signal grows by this factor, and a positive bias or ReLU cannot stop it. The spread of a sum of mixed signs grows like $\sqrt n$, that of equal signs like $n$. Now "slightly positive weights against dead units" reads differently.

# %% [markdown]
# ## ReLU lets half through
#
# Scores drawn with mean zero are positive as often as negative, and ReLU keeps the positive half: $\mathrm{E}(a^2) = \frac12 \mathrm{Var}(z)$. With (5.4) the variance of the scores changes from one ReLU layer to the next by the factor
#
# $$ \tfrac12\, n_{in}\, \mathrm{Var}(w) \tag{5.7} $$
#
# LeCun's start makes it $\frac12$, a factor of $\sqrt{1/2} = 0.71$ in the spread: the prediction. The factor is 1 for
#
# $$ \mathrm{Var}(w) = \frac{2}{n_{in}} \tag{5.8} $$
#
# the start of **He** and others, also called Kaiming's after his first name. For 512 inputs the spread of the weights is 0.0625.

# %%
# Exercise 5.7: he_normal
def he_normal(rng, fan_in, fan_out):
    """Normal weights with mean 0 and the variance (5.8).

    Returns W (fan_in, fan_out), drawn from rng.
    """
    ### BEGIN SOLUTION
    return rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)
    ### END SOLUTION

# %%
check("5.7", he_normal)

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
X = rng.standard_normal((256, 512))
print(np.round(use("5.6")(X, [use("5.7")(rng, 512, 512) for _ in range(10)]), 2))

# %% [markdown]
# All ten numbers lie between 0.81 and 0.91, and another seed gives others: level does not mean constant. The next figure shows the outputs themselves, those that are not zero, layer by layer.

# %%
X, y = cases.digits()
fig, axes = style.figure(ncols=2)
for ax, name in zip(axes, ("lecun_normal", "he_normal")):
    layers = cases.hidden_layers(X, cases.network((64, *[64] * 9, 10), ops.INITIALIZERS[name]))
    figures.violins(ax, {f"{k}": layers[k - 1][layers[k - 1] > 0] for k in (1, 3, 5, 7, 9)}, "hidden layer",
                    "outputs above zero", log=True)
    ax.set(title={"lecun_normal": "LeCun: the outputs sink", "he_normal": "He: they stay"}[name], ylim=(1e-5, 10))
style.show(fig, alt="Distributions of the positive outputs of five layers, on a logarithmic axis. With LeCun's start "
           "they sink from layer to layer, with He's they stay at the same height.")

# %% [markdown]
# ## And backwards
#
# On the way back the error at the scores of a layer is a sum over the units it feeds: $\delta_i = [z_i > 0] \sum_{j=1}^{n_{out}} w_{ij}\, \delta_j$. The argument is the same as for (5.4), with the fan-out in place of the fan-in. Without a ReLU the errors keep their spread if
#
# $$ \mathrm{Var}(w) = \frac{1}{n_{out}}. \tag{5.9} $$
#
# With a ReLU half of the units are off on the way back too, and the variance changes by the factor $\tfrac12 n_{out}\, \mathrm{Var}(w)$ a layer, as in (5.7).
#
# Forwards wants $1/n_{in}$, backwards $1/n_{out}$; both at once only if the layers are equally wide. **Xavier** Glorot's compromise takes the mean of both fans,
#
# $$ \mathrm{Var}(w) = \frac{2}{n_{in} + n_{out}} \tag{5.10} $$
#
# and draws evenly from $U(-r, r)$ with the $r$ that has this variance. It belongs to tanh, whose slope at zero is 1. A normal distribution with the same variance does as well (`xavier_normal`, and `he_uniform` the other way round): only mean, variance and independence enter the derivation. (A book calls the mean of two numbers an expensive computation and drops the fan-out for that reason; what it then uses under the name of Xavier is LeCun's start.)

# %%
# Exercise 5.8: xavier_uniform
def xavier_uniform(rng, fan_in, fan_out):
    """Uniform weights with mean 0 and the variance (5.10).

    Returns W (fan_in, fan_out), drawn from rng.
    """
    ### BEGIN SOLUTION
    r = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-r, r, (fan_in, fan_out))
    ### END SOLUTION

# %%
check("5.8", xavier_uniform)

# %% [markdown]
# Your functions are starts like any other: they can be handed to a layer or to a whole training run.

# %% tags=["nbval-check-output"]
layer = nn.Linear(64, 48, rng=np.random.default_rng(0), init=use("5.8"))
print(f"largest weight {np.abs(layer.weight.data).max():.3f}, bound {np.sqrt(6 / (64 + 48)):.3f}, "
      f"biases {layer.bias.data.any()}")
run = dense.train((64, 48, 10), X, y, loss="cross_entropy", lr=0.5, epochs=50, init=use("5.8"))
print(f"loss {run.loss[0]:.3f} -> {run.loss[-1]:.3f}")

# %%
predict("5.c")

# %% [markdown]
# The slope of the fitted line gives the gain of a layer, here the factor by which it changes the spread. With ReLU and LeCun's start the line for the weights is level and low. With sigmoids the gradient loses a factor of about four a layer, with He's start still one of three, and no start of this chapter cures that: the slope of the sigmoid itself is at most 1/4 (chapter 04). The choice of the activation comes before the choice of the start.

# %% [markdown]
# ### Your own start, under your hand
#
# The next figure is made of plain sliders and of *your* `he_normal`: it multiplies what you draw by a gain and sends 64 images through. The solid curve is the spread of all outputs of a layer, the dashed one the spread of the answers of a single unit to the 64 images, averaged over the units. Find the gain that keeps thirty layers of ReLU level.

# %%
from ipywidgets import Dropdown, FloatSlider, IntSlider

start, batch = use("5.7"), X[:64]

def spread_by_layer(gain, depth, activation):
    rng, a, seen = np.random.default_rng(0), batch, []
    for _ in range(depth):
        a = ops.ACTIVATIONS[activation].forward(a @ (gain * start(rng, a.shape[1], 64)))
        seen.append((a.std(), a.std(axis=0).mean()))
    lines = [live.Line(0, np.arange(1, depth + 1), np.log10(np.maximum(spreads, 1e-16)), label=label, dash=dash)
             for spreads, label, dash in zip(np.transpose(seen), ("all outputs", "within a unit"), ("solid", "dashed"))]
    return lines, f"{activation}, gain {gain:.2f}, {depth} layers: spread {seen[-1][0]:.2g}, in a unit {seen[-1][1]:.2g}"

live.interact(spread_by_layer, gain=FloatSlider(0.8, min=0.5, max=2, step=0.05), depth=IntSlider(30, min=1, max=30),
              activation=Dropdown(options=["relu", "tanh", "sigmoid"]),
              panels=[("Spread of the outputs", "layer", "log₁₀ of the spread", (1, 30), (-8, 4))],
              title="Your own start", alt="The logarithm of the spread of each layer, of all outputs and within a unit.")

# %% [markdown]
# Your start as it is, gain 1, has a spread of 0.40 behind the first layer and of 0.32 behind the thirtieth. Ten percent less leave 0.013, ten percent more make it 5.6. Now change to tanh: it holds a large signal down by itself, and with every gain from 0.9 to 2 the thirtieth layer has a spread between 0.47 and 0.83. With the sigmoid the solid curve is level too, and the signal is gone all the same: the units differ from each other, while each answers nearly the same to every image. Behind ten layers, with gain 1, the answers of a unit to the 64 images have a spread of $3 \cdot 10^{-6}$.

# %% [markdown]
# **Stop here: about an hour and a quarter in all.** You have three starts, and know which activation each belongs to. What follows is about results: which start trains, how to find a bad one, and a published table.

# %% [markdown]
# ### Read the curve (further)
#
# The next picture is of a net whose start you do not know: ReLU, 20 weight layers of 128 units, the digits, weights with variance $g^2/n_{in}$. Drawn is the spread of the error at the scores of each hidden layer.

# %%
fig, ax = style.figure()
spreads = cases.errors_by_layer()
figures.curves(ax, {"errors": spreads}, "hidden layer", "spread of the error", x=np.arange(1, 20))
ax.set(yscale="log", title="On their way back the errors lose the same factor in every layer", xticks=range(1, 20, 2))
ax.grid(which="both", alpha=0.4)
style.show(fig, alt="A nearly straight line on a logarithmic axis: about 8e-7 at layer 1, 1.1e-4 at layer 19.")

# %% [markdown]
# Read off the factor by which the spread of the error changes from a layer to the one below it (towards layer 1), the gain $g$ that this means, and what fifty such layers would leave of an error of 1.

# %%
# Exercise 5.9: read the curve
### BEGIN SOLUTION
factor = (8.1e-7 / 1.1e-4) ** (1 / 18)
read = {"factor": factor, "gain": factor * np.sqrt(2), "after_50": factor**50}
### END SOLUTION

# %%
check("5.9", read)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The net was drawn with $g = 1.1$, so the factor should be $1.1/\sqrt 2 = 0.78$; measured is 0.76. The difference is chance: 128 units are not many.
# </details>

# %% [markdown]
# ## Gain and depth: finished trainings
#
# A level signal at the start is an argument, not yet a result. In the map each cell is a network of its own, trained to the end. The gain $g$ multiplies LeCun's start: $\mathrm{Var}(w) = g^2/n_{in}$.

# %%
predict("5.d")

# %% [markdown]
# Click a cell, and the run behind it is played: below the band the loss lies flat, above it it jumps or leaves the range. In the band it falls at once. With tanh the band is wider, in all but the deepest nets upwards too, since tanh bounds the signal; too large a gain saturates it, and the loss hardly falls.
#
# Choose a gain $g$, $\mathrm{Var}(w) = g^2/n_{in}$, for ten weight layers of ReLU: 64-32-...-32-10, on 600 digits, 30 epochs with a learning rate of 0.03. The median of five runs must end below 0.02. Use the map to guess, and be ready to say why.

# %%
# Exercise 5.10: a gain for ten layers
### BEGIN SOLUTION
gain = np.sqrt(2)
### END SOLUTION

# %%
check("5.10", gain)

# %% tags=["nbval-check-output"]
for label, g in (("gain 1", 1.0), ("your gain", use("5.10")), ("gain 2", 2.0)):
    losses = [dense.train((64, *[32] * 9, 10), X, y, hidden="relu", loss="cross_entropy", lr=0.03, epochs=30,
                          batch_size=20, rng=seed, init=cases.scaled(g)).loss[-1] for seed in range(5)]
    print(f"{label:>9}: median loss {np.median(losses):.4f}, worst {np.max(losses):.4f}")

# %% [markdown]
# **Open question 5.Q1** (4 points)
#
# Justify your gain. (a) Which factor a layer does it give, forwards and backwards? (b) Why is a gain of 2 worse than one of 1.4, although its signal does not fade? (c) Your colleague uses the same gain with tanh and is content. Why does it work?
# ### BEGIN SOLUTION
# Model answer. (a) With a gain of 1.41 the factor is $g/\sqrt 2 = 1$ in both directions, since the layers are equally wide and ReLU halves the squares on both ways. (b) With 2 the signal grows by 1.41 a layer, about 30 times over ten layers, so scores and gradients begin large and the first steps with a rate that suits the level net throw it about. (c) Tanh bounds its outputs: a gain somewhat above 1 makes up for what the bend takes away, and the spread settles at a level of its own instead of growing.
#
# A full answer contains: the factor 1 with its reason (1), the same backwards (1), growth to the power of the depth and its consequence for the step (1), bounded outputs of tanh (1).
# ### END SOLUTION

# %% [markdown]
# ### Depth, accuracy, parameters
#
# How much depth can each start carry? Nets with 2 to 12 weight layers of 32 units, ReLU, 20 epochs, five starts each; the accuracy is that on 360 test images.

# %%
depths, tests = (2, 4, 8, 12), datasets.digits8()
fig, ax = style.figure()
named = {}
for init in ("small_normal", "xavier_uniform", "he_normal"):
    named[init] = (depths, [experiments.depth_accuracy(init, seed, depths) for seed in range(5)])
figures.bands(ax, named, "weight layers", "test accuracy", loc="center")
ax.set(xticks=depths, title="The deeper the net, the more its start decides")
style.show(fig, alt="Test accuracy against depth for three starts. He's stays above 0.9 in the median, Xavier's falls "
           "with depth, the small start is at guessing from four layers on.")

# %% [markdown]
# The nets have 2,410 to 12,970 parameters, and the ones with most parameters are the worst if they start badly. Depth by itself buys nothing on this problem. Even with He's start one of the five runs of eight layers ends at 0.61: the band shows what a median hides.
#
# There are two more cures for deep nets, and both work during training, not only at its start: **normalization** puts each layer's scores back to a fixed spread at every step (chapter 07), and a **residual** path adds a layer's input to its output, so that signal and gradient have a way round every layer (chapter 08). A good start is the one that costs nothing.

# %% [markdown]
# ## The first number to look at
#
# For $C$ classes, a network that knows nothing should say so: all scores near zero, all probabilities near $1/C$, and
#
# $$ L_0 \approx \ln C . \tag{5.11} $$
#
# With ten classes that is 2.303. A first loss far above it means large scores, hence confident nonsense that the first steps must take back. One line before every training shows it:

# %% tags=["nbval-check-output"]
for init in ("zeros", "small_normal", "lecun_normal", "he_normal", 1.0):
    params = dense.unpack(dense.init_params((64, 48, 32, 10), 0, init), (64, 48, 32, 10))
    scores, _ = ops.mlp_forward(X, params, "relu", "identity")
    print(f"{init:>12}: first loss {ops.cross_entropy(scores, y):7.3f}   (ln 10 = {np.log(10):.3f})")

# %% [markdown]
# A first loss of $\ln C$ does not prove that the start is good: the zeros have the best one. It is a necessary sign, and the cheapest. The others are the spread of the first and the last hidden layer, the number of different units, and the number of **dead** ones, that is of ReLU units which are off for every sample and so get no gradient.

# %% [markdown]
# Six networks 64-48-48-48-48-48-10 with ReLU, on 600 digits, trained for 20 epochs. Each had one of six starts:
#
# - **A** all weights 0
# - **B** all weights 0.1
# - **C** weights $0.01\, N(0, 1)$
# - **D** weights $N(0, 1)$
# - **E** weights $U(0, 0.3)$
# - **F** He's weights, hidden biases $-1$
#
# The biases are 0 except in F. Who had which?

# %% tags=["nbval-check-output"]
print("      first loss   spread 1   spread 5   dead   different   last loss")
for number, seen in cases.symptoms().items():
    print(f"net {number} {seen['first loss']:11.4g} {seen['spread 1']:10.2g} {seen['spread 5']:10.2g} "
          f"{seen['dead']:6.2f} {seen['different']:8d} {seen['last loss']:14.3f}")

# %% [markdown]
# Spread 1 and spread 5 belong to the first and the fifth hidden layer, dead and different units to the fifth.

# %%
# Exercise 5.11: six networks, six starts
### BEGIN SOLUTION
culprits = {1: "C", 2: "F", 3: "E", 4: "A", 5: "D", 6: "B"}
### END SOLUTION

# %%
check("5.11", culprits)

# %% [markdown]
# <details><summary>Once it is right</summary>
# None of the six reports an error and five of them end at the same loss, 2.29: that of a net that has learned the shares of the classes and nothing else. The last loss alone tells nothing; the first forward pass told all of it, before any training.
# </details>
#
# Start F shows what biases can do. Zero is the usual choice for them. A random bias of spread 1, as one book draws it, adds its variance to every layer and gives each unit an offset of its own; a negative one silences ReLU units, and behind a silent layer everything is silent.

# %% [markdown]
# Very narrow nets die by bad luck alone. If each of a layer's $n$ units is off with probability one half, all are off with probability $2^{-n}$, and one such layer among twenty is enough. Of 500 nets with twenty layers and He's start, the share that answers nothing to all of 100 samples:

# %% tags=["nbval-check-output"]
for width in (2, 4, 8):
    silent = 0
    for seed in range(500):
        rng = np.random.default_rng(seed)
        inputs = rng.standard_normal((100, width))
        silent += use("5.6")(inputs, [use("5.7")(rng, width, width) for _ in range(20)])[-1] == 0
    print(f"width {width}: {silent / 500:.1%}")

# %% [markdown]
# ## Numbers that leave the range (further)
#
# Too large a start ends in infinities and NaN, and they spread: one bad number in a batch spoils the loss, the loss spoils all gradients, one step spoils all weights. The place where it is noticed is never the place where it began. What helps is a function that goes through the arrays in the order in which they were computed and stops at the first bad one.

# %%
# Exercise 5.12: first_bad
def first_bad(arrays):
    """The first array that is not finite: its place, counted from 0, and kind.

    arrays : list of arrays of numbers, of any shapes.
    Returns (place, "nan") if that array holds a NaN, (place, "inf") if it
    holds plus or minus infinity and no NaN; (-1, "") if all are finite.
    """
    ### BEGIN SOLUTION
    for place, values in enumerate(arrays):
        if np.isnan(values).any():
            return place, "nan"
        if np.isinf(values).any():
            return place, "inf"
    return -1, ""
    ### END SOLUTION

# %%
check("5.12", first_bad)

# %% [markdown]
# A network 64-48-48-48-10, float32, gave a loss of NaN in its first pass. The arrays come in the order of computation: after the scores `z4` follow `e = exp(z4)`, `total` (the sums of its rows), `p = e / total`, the loss and the gradients. With your function, and with a look at the largest entries, find out which array is the first that is not finite, of which kind it is, which one is the first with a NaN, and what the cause is:
#
# - **A** an image with a NaN among the inputs
# - **B** a learning rate that is too large
# - **C** weights that are all positive, so that the scores grow from layer to layer
# - **D** the logarithm of a probability of zero

# %% tags=["nbval-check-output"]
names, arrays = cases.broken_pass()
print(", ".join(names))
print("loss:", arrays[names.index("loss")], " largest input:", arrays[0].max())

# %%
# Exercise 5.13: the pass that breaks
### BEGIN SOLUTION
broken = {"first": "e", "kind": "inf", "first_nan": "p", "cause": "C"}
### END SOLUTION

# %%
check("5.13", broken)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The largest scores are near 1,700, and a float32 exponential overflows above 88. Infinity over infinity is NaN. The shifted softmax of chapter 04 would have returned finite numbers: then the loss would be in the hundreds instead of NaN, and the start as bad as before. A stable formula hides the symptom, so look at the first loss all the same.
# </details>

# %% [markdown]
# ## A test for starts (further)
#
# A library has a function for He's start, and you want to be sure of it without reading it. Write a test: a function that takes a start and says whether it suits a layer of ReLU. It will be tried on 15 starts. Three are right (normal, uniform, and plus or minus one number), twelve are wrong: all zero, all equal, the variance $1/n_{in}$ or $2/n_{out}$, the variance taken for the spread, the square in the wrong place; a right mean square with positive numbers only, or with numbers that lean to one side; right numbers with all units the same, in a matrix lying on its side, with a row too many, with a unit missing.

# %%
# Exercise 5.14: suits_relu
def suits_relu(init):
    """Whether the start init(rng, fan_in, fan_out) -> W suits a ReLU layer:
    shape, mean 0, variance (5.8), units that differ; whatever the
    distribution. Returns True or False.
    """
    ### BEGIN SOLUTION
    W = init(np.random.default_rng(0), 400, 100)
    if W.shape != (400, 100):
        return False
    centered = abs(W.mean()) < 0.1 * W.std()
    right_size = abs(400 * np.mean(W**2) - 2) < 0.2
    return centered and right_size and not np.allclose(W[:, 0], W[:, 1])
    ### END SOLUTION

# %%
check("5.14", suits_relu)

# %% tags=["nbval-check-output"]
for name in ("he_normal", "he_uniform", "lecun_normal", "orthogonal", "constant"):
    print(f"{name:>14}: {use('5.14')(ops.INITIALIZERS[name])}")

# %% [markdown]
# The **orthogonal** start draws a matrix whose columns are at right angles and have length 1, so a linear layer changes no length at all, whatever the input, not only on average. Its mean square is that of LeCun's start where a layer does not widen, and for ReLU it wants the factor $\sqrt 2$ too; so the test refuses it.

# %% [markdown]
# ## A published table
#
# A book on deep learning in R compares four starts on a spiral of two arms, 600 points to train and 200 to test: a net 2-100-1 with ReLU, a learning rate of 0.03, 5001 steps over all points. The random numbers of R can be made again (`datasets.RStream`), so the table can be computed again, digit by digit.

# %% tags=["nbval-check-output"]
for start_name in experiments.STARTS:
    seen = experiments.spiral_run(start_name)
    costs = " ".join(f"{cost:.6f}" for cost in seen["cost"])
    print(f"{start_name:>10}: {costs}   train {seen['train']:.3f}, test {seen['test']:.3f}")

# %% [markdown]
# All digits are as printed. The costs stand before steps 0, 1000, ..., 5000. The book concludes that three starts solve the problem, 97.5 against 99.0 percent of the test points, with little between them. Before we believe a table, two questions: how good is a rule without any network, and how large is the difference in points? (97.5 against 99.0 percent of 200 are 3 points.)
#
# For the first question take the dullest rule there is: class 1 lies inside a circle round the origin. Find the best circle.

# %%
# Exercise 5.15: best_radius
def best_radius(X, y):
    """The circle round the origin that separates best: class 1 where the
    distance is at most the radius.

    X (N, 2), y (N,) of 0 and 1. Tried are the distances of the points; of
    equally good ones the smallest is returned.
    Returns (radius, share of points that are right).
    """
    ### BEGIN SOLUTION
    r = np.sqrt((X**2).sum(axis=1))
    radii = np.sort(r)
    accuracy = np.array([np.mean((r <= radius) == y) for radius in radii])
    best = accuracy.argmax()
    return radii[best], accuracy[best]
    ### END SOLUTION

# %%
check("5.15", best_radius)

# %% tags=["nbval-check-output"]
printed = datasets.published_spiral()
radius, right = use("5.15")(printed.X_train, printed.y_train)
inside = np.hypot(*printed.X_test.T) <= radius
print(f"radius {radius:.3f}: train {right:.1%}, test {np.mean(inside == printed.y_test):.1%}")

# %%
demos.SpiralMaker()

# %% [markdown]
# A circle gets 93.3 percent of the training points and 95.5 percent of the test points: no spiral is left to learn. Turn the slip off in the figure, and the best circle is worth no more than guessing. What the slip is, the figure shows: the points of class 0 were scaled to spread 1, then those of class 1 were added as they were. The outer arm was made by a line of preparation, not by the spiral.

# %% [markdown]
# ### Repair the data (further)
#
# Scaling is no sin; scaling one class is. Whatever is computed from points of a known class and applied to that class alone carries the label into the inputs, and at prediction time nobody knows which scale to use. Repair the function so that both arms are scaled together.

# %%
# Exercise 5.16: two_arms
def two_arms(r, angle0, angle1):
    """The points (2n, 2) of two arms, class 0 first, both standardized
    together: mean 0 and standard deviation 1 in each column.

    r (n,) the distances, angle0 and angle1 (n,) the angles of each class.
    """
    ### BEGIN BUGGY
    #| X = np.column_stack([r * np.sin(angle0), r * np.cos(angle0)])
    #| X = (X - X.mean(axis=0)) / X.std(axis=0)
    #| X = np.vstack([X, np.column_stack([r * np.sin(angle1), r * np.cos(angle1)])])
    #| return X
    ### END BUGGY
    ### BEGIN SOLUTION
    X = np.column_stack([r * np.sin(angle0), r * np.cos(angle0)])
    X = np.vstack([X, np.column_stack([r * np.sin(angle1), r * np.cos(angle1)])])
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X
    ### END SOLUTION

# %%
check("5.16", two_arms)

# %% [markdown]
# ### The comparison again
#
# The library's repaired spiral leaves both arms as they were drawn. The same four starts:

# %% tags=["nbval-check-output"]
for start_name in experiments.STARTS:
    seen = experiments.spiral_run(start_name, repaired=True)
    print(f"{start_name:>10}: last cost {seen['cost'][-1]:.6f}   train {seen['train']:.1f}, test {seen['test']:.1f}")

# %% [markdown]
# On the repaired data the starts differ: the small one, 96.3 percent in the printed table, is at 63.2 percent of the training points, still on its plateau. Sqrt(1/n) has 96.0 and He 96.7 percent. The experiment was right; the data had hidden its result.
#
# And the numbers can be beaten. Nothing was wrong with the net; the rate of 0.03 is small for a start that is level.

# %% tags=["nbval-check-output"]
for lr in (0.03, 0.3):
    rates = []
    for seed in range(5):
        run = dense.train((2, 100, 1), spiral.X_train, spiral.y_train, hidden="relu", loss="bce", lr=lr, epochs=5001,
                          init=use("5.7"), rng=seed)
        rates.append(np.mean((run.predict(spiral.X_test)[:, 0] > 0.5) == spiral.y_test))
    print(f"lr {lr}: test accuracy over five starts {np.mean(rates):.3f}, between {min(rates):.3f} and {max(rates):.3f}")

# %% [markdown]
# With ten times the rate all 200 test points are right, from each of five starts. How this net draws its border, and how far 50 starts of each kind lie apart:

# %%
fig, (left, right_ax) = style.figure(ncols=2)
figures.boundary(left, run.weights, spiral.X_test, spiral.y_test, hidden="relu")
left.set_title("He, rate 0.3: the border follows the arms")
named = {}
for init in ("small_normal", "lecun_normal", "he_normal"):
    starts = np.array([dense.init_params((2, 100, 1), seed, init) for seed in range(50)])
    runs = dense.sweep((2, 100, 1), spiral.X_train, spiral.y_train, starts, 0.3, hidden="relu", loss="bce", epochs=300)
    named[init] = (np.arange(0, 301, 30), runs.loss[:, ::30])
figures.bands(right_ax, named, "step", "training loss")
right_ax.set_title("50 starts each: the bands part")
style.show(fig, alt="Left: two arms of points and the border between them. Right: training loss over 300 steps for "
           "three starts with bands over 50 runs; He's falls fastest, the small start lies far above the others.")

# %% [markdown]
# The border is drawn by asking the net at every point of a fine grid. The bands hold the middle 80 percent of 50 runs. They are narrow, so one run would have shown this difference; for a difference of 3 test points in 200 it would not.

# %% [markdown]
# ## Timing done right (further)
#
# The same book times its runs and finds 43.3 for one start and 1.03 for another: a start that makes the net forty times faster? The numbers are differences of times in R, which chooses a unit by itself, and the table dropped it. Read such texts into seconds.

# %%
# Exercise 5.17: in_seconds
def in_seconds(printed):
    """Durations such as "43.3 secs", "1.03 mins", "2 hours" in seconds.

    printed : list of N texts, a number, a space and a unit (secs, mins, hours).
    Returns an array (N,).
    """
    ### BEGIN SOLUTION
    unit = {"secs": 1, "mins": 60, "hours": 3600}
    return np.array([float(text.split()[0]) * unit[text.split()[1]] for text in printed])
    ### END SOLUTION

# %%
check("5.17", in_seconds)

# %% tags=["measured"]
from time import perf_counter

print(use("5.17")(["43.3 secs", "1.03 mins"]))
taken = {init: [] for init in ("zeros", "small_normal", "he_normal")}
for _ in range(5):
    for init, seconds in taken.items():
        begin = perf_counter()
        dense.train((2, 100, 1), spiral.X_train, spiral.y_train, hidden="relu", loss="bce", epochs=500, init=init)
        seconds.append(perf_counter() - begin)
for init, seconds in taken.items():
    print(f"{init:>14}: median {np.median(seconds):.3f} s, from {min(seconds):.3f} to {max(seconds):.3f}")

# %% [markdown]
# 43.3 and 61.8 seconds. A step costs the same additions and multiplications whatever the weights are, so runs of one net take about the same time; the differences that remain say something about the machine, and none is a factor of forty. Hence the rules: keep seconds, always; take turns, so that a busy minute hits all; repeat and give the median and the range; leave out the first run, which may contain compiling. What a start does change is the number of steps one needs, and that is counted, not timed.

# %% [markdown]
# ## Eight statements (further)
#
# Each can be found in print or is the correction of one that can. Which are true?
#
# - **a** Training cannot converge if all weights begin equal.
# - **b** Averaging fan-in and fan-out is too expensive for large networks.
# - **c** Computed in floating point, a factor $1/\ln(p + 1)$ gives NaN at $p = 0$.
# - **d** Small positive weights are a safe start, since no ReLU unit is dead then.
# - **e** Biases may begin at zero, because the weights already make the units different.
# - **f** A better start makes the single steps faster.
# - **g** For a single linear unit, zero is a fine start.
# - **h** Biases drawn from $N(0, 1)$ leave the spread of the scores as it is.

# %%
# Exercise 5.18: eight statements
### BEGIN SOLUTION
judged = dict(a=False, b=False, c=False, d=False, e=True, f=False, g=True, h=False)
### END SOLUTION

# %%
check("5.18", judged)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Equal weights converge, as one unit. The mean of two numbers is free. One over zero is infinity in floating point; NaN needs a form such as zero over zero. Positive weights make the scores grow like $n$ and not like $\sqrt n$. A step costs the same from every start. A random bias adds its variance.
# </details>

# %% [markdown]
# ## Names in other libraries (further)
#
# | here | PyTorch | Keras |
# |---|---|---|
# | `lecun_normal` | the default of `Linear`, $U(-1/\sqrt{n_{in}}, 1/\sqrt{n_{in}})$, has a third of this variance | `LecunNormal` |
# | `xavier_uniform` | `init.xavier_uniform_` | `GlorotUniform`, the default of `Dense` |
# | `he_normal` | `init.kaiming_normal_(nonlinearity="relu")` | `HeNormal` |
# | `orthogonal` | `init.orthogonal_` | `Orthogonal` |
#
# PyTorch stores a weight as (outputs, inputs), and its functions find the fan-in accordingly; with our layout, $W$ of shape (inputs, outputs), they would take the wrong one.

# %% [markdown]
# ## Summary
#
# - Equal units get equal gradients and stay equal; weights must be drawn at random, biases may be zero. A ReLU net with zero weights learns only its last bias and stops at the entropy of the class shares.
# - $\mathrm{Var}(z) = n_{in}\, \mathrm{Var}(w)\, \mathrm{E}(a^2)$: the spread of a score depends on the fan-in and on the mean square of the inputs.
# - Level forwards: $1/n_{in}$ for linear layers (LeCun), $2/n_{in}$ for ReLU (He). Level backwards: $1/n_{out}$. Compromise for tanh: $2/(n_{in} + n_{out})$ (Xavier), as $U(-r, r)$ with $r = \sqrt{6/(n_{in} + n_{out})}$.
# - A factor $f$ a layer is $f^L$ after $L$ layers: the deeper the net, the narrower the band of gains that train. Weights of one sign make the signal grow like $n$, those of mixed signs like $\sqrt n$.
# - Before training: first loss near $\ln C$, spread of first and last layer alike, different units, few dead ones. All of it in one forward pass.
# - Before believing a table: what does a rule without a network reach, was every class prepared alike, how many samples make the difference, how far do several starts differ?

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. A ReLU net starts with all weights zero. What does it learn? <details><summary>Answer</summary>Its last bias only, so a constant: the shares of the classes. The loss ends at their entropy.</details>
# 2. Why does the mean square of the inputs stand in the variance of a score, and not their variance? <details><summary>Answer</summary>The weights have mean zero, so each product has variance E(a²) Var(w); an input that is always 1 still carries its random weight into the score.</details>
# 3. Where does the 2 of He's start come from? <details><summary>Answer</summary>ReLU sets half of the scores to zero, which halves the mean square; twice the variance makes up for it.</details>
# 4. What does a first loss of 16,500 with ten classes tell you? <details><summary>Answer</summary>The scores are in the thousands: the weights are far too large for their fan-in. It should be ln 10, about 2.3.</details>
# 5. Why did a circle do so well on the published spiral? <details><summary>Answer</summary>Only one class had been scaled, so that its points lay further out. The preparation had put the label into the inputs.</details>

# %% [markdown]
# **Open question 5.Q2** (4 points)
#
# A network of 15 layers of tanh for 100 classes begins with a loss of 4.6 and, after an hour, is at 4.5. Which three numbers of its first pass do you ask for, what would each tell you, and what would you change first?
# ### BEGIN SOLUTION
# Model answer. The first loss is ln 100 = 4.605, so the scores are small, which excludes a start that is far too large but not one that fades. I ask for the spread of the outputs of the first and of the last hidden layer: if the last is smaller by orders of magnitude, the signal vanishes. I ask for the spread of the gradients in the first and last layer: if they differ by orders, the first layers stand still. And for the number of different units in a layer, which finds equal starts. A spread that fades: Xavier's start with a gain a little above 1 first; equal units: independent draws; all level: the rate of learning, before anything else is changed.
#
# A full answer contains: ln 100 recognized (1), spread of signals through depth (1), spread of gradients or number of different units (1), a change that fits the finding (1).
# ### END SOLUTION

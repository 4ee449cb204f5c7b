# %% [markdown]
# # 6 Optimizers
#
# **Aim.** By the end of this chapter you can write the update rules in common use, say what each number in them does, find a learning rate for each, and tell whether a comparison of optimizers is fair.
#
# Run the two cells below: a network learns two spiral arms. Choose *averaged momentum* as its rule, then *classical momentum*; the dashed line is what plain descent does at the same rate. Then go back to the start, press play, stop halfway, turn the rule or the rate, and play on.
#
# The core path takes a little over two hours, with three places to stop. Sections marked *further* are closed; nothing later needs them.

# %%
import numpy as np

from course_lib import datasets, dense, nn, ops, optim
from course_lib.chapters.ch06_optimizers import experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.SpiralOptimizers()

# %% [markdown]
# One kind of momentum lies on the dashed line, the other far below it. And the thin curve, the loss of the last batch alone, jumps about while that of all points falls. Keep both in mind: they decide the case that follows.

# %% [markdown]
# ## A comparison in which momentum changed nothing
#
# A book on deep learning trains a 2-100-1 network on such a spiral, 600 points, four times, with the learning rate 0.001 and 10,001 epochs each. It prints:
#
# | rule | batch | cost at the start | after 1,000 epochs | at the end | right, training / test |
# |---|---|---|---|---|---|
# | descent | 600 | 0.6934 | 0.6930 | 0.6858 | 50.83 / 47.50 % |
# | descent | 64 | 0.6933 | 0.6850 | 0.2127 | 92.67 / 93.00 % |
# | momentum 0.9 | 64 | 0.6933 | 0.6850 | 0.2128 | 92.67 / 93.00 % |
# | Adam | 64 | 0.6922 | 0.0822 | 0.0879 | 97.50 / 95.50 % |
#
# and concludes that batch descent is worse than mini-batch descent, and Adam the best. Look at the third row. Momentum was invented to speed descent up, and here it does nothing at all: the costs agree to three or four digits, and the same share of the points is right.

# %% [markdown]
# Nothing in these numbers is a misprint; you will reproduce them to the last digit. Four questions to take along:
#
# 1. Why does descent with all 600 points hardly learn?
# 2. Why does momentum show nothing?
# 3. Adam's cost was 0.0206 after 2,000 epochs and 0.0879 at the end. Had it unlearned something?
# 4. Is Adam better, then?

# %% [markdown]
# ## One step, and what a batch hides
#
# Every rule of this chapter starts from **gradient descent**. With $g$ for the gradient of the loss with respect to the weights $w$ and lr for the learning rate,
#
# $$ w \leftarrow w - \text{lr}\; g \tag{6.1} $$
#
# The gradient is a mean over a batch of $m$ of the $N$ points. With $m = N$ this is batch descent, with $m = 1$ stochastic descent, in between mini-batch descent. An epoch shows all points once and takes $N/m$ steps, rounded up: one for a batch of 600, ten for batches of 64. So after 10,001 epochs the first row of the table stands for 10,001 steps and the others for 100,010. That answers question 1: at the same rate, the first run had taken a tenth of the steps. Equal epochs are not equal work.

# %% [markdown]
# What is lost with a small batch is precision. If single gradients scatter with variance $\sigma^2$ about the full one, the gradient of a batch drawn at random scatters with
#
# $$ \mathrm{Var}(g_m) = \frac{\sigma^2}{m} \tag{6.2} $$

# %%
predict("6.a")

# %% [markdown]
# The cloud is the gradient of one batch after another, round the gradient of all points. On the spiral network of the table, in numbers:

# %% tags=["nbval-check-output"]
for size, scatter in experiments.gradient_scatter().items():
    print(f"batch of {size:3}: the gradient is off by {scatter:.2f}")

# %% [markdown]
# Four times the batch, half the error, again and again. A batch twice as good costs four times as much, which is why batches of 32 to 256 are common and why many cheap steps usually beat few exact ones.
#
# The same holds for the *loss* of a batch: it is a sample of 64 points. Question 3 is answered by the two curves of the first figure. The book printed the cost of the last batch of an epoch, and that jumps about while the loss of all points falls. As a sign of progress, report the mean over an epoch or the loss of all points.

# %% [markdown]
# ## How far may one step go?
#
# Near a minimum $w^*$ every smooth loss looks like a bowl. With $H$ for the matrix of its second derivatives there, the **Hessian**,
#
# $$ E(w) \approx E^* + \tfrac12\, (w - w^*)^T H\, (w - w^*) \tag{6.3} $$
#
# Turn the axes into the directions of the eigenvectors of $H$ (chapter 01), call the coordinates $a_i$ and the eigenvalues $\lambda_i$, and the bowl falls apart into parabolas:
#
# $$ E = E^* + \tfrac12 \sum_i \lambda_i a_i^2 \tag{6.4} $$
#
# Where $E - E^* = \tfrac12$ it has an ellipse with half axes $1/\sqrt{\lambda_i}$: short where the curvature is large.

# %% [markdown]
# Along each of these directions a step of descent multiplies the distance by a factor of its own:
#
# $$ a_i \leftarrow (1 - \text{lr}\, \lambda_i)\, a_i \tag{6.5} $$
#
# All distances shrink if and only if every factor lies between $-1$ and 1, that is for
#
# $$ \text{lr} < \frac{2}{\lambda_{\max}} \tag{6.6} $$

# %%
predict("6.b")

# %% [markdown]
# Lower the rate below the mark at $2/\lambda_{\max}$, and the steep direction arrives too. Now the flat one is the problem: its factor is close to 1. The ratio $\kappa = \lambda_{\max}/\lambda_{\min}$, the condition number, says how bad it is. A valley with a large $\kappa$ is called a **ravine**, and descent zigzags between its walls while it creeps along its floor. Turn up the momentum and look again; we come to it soon.

# %%
# Exercise 6.1: ellipse
def ellipse(H):
    """Half axes of the ellipse of (6.4), the longest first, and the edge
    of equation (6.6).

    H (n, n), symmetric, all eigenvalues above 0. Returns half_axes (n,)
    and the largest rate, a number.
    """
    ### BEGIN SOLUTION
    eigenvalues = np.linalg.eigvalsh(H)
    return 1 / np.sqrt(eigenvalues), 2 / eigenvalues.max()
    ### END SOLUTION

# %%
check("6.1", ellipse)

# %% [markdown]
# ### The edge in a network
#
# A network has as many eigenvalues as weights, and its Hessian changes on the way. The largest one can be measured without writing the matrix down: differences of gradients along one direction, repeated as in the power iteration of chapter 01, are enough.

# %%
demos.StabilityEdge()

# %% [markdown]
# This net learns two moons, with squared error and all points in every step, so nothing here is noise. At the start $\lambda_{\max}$ is 4.1. Read (6.6) the other way round: the rate 0.1 stands curvatures up to $2/0.1 = 20$, the line far above. But the curvature does not stay what it was. Training carries it up to the line, there the loss jumps, the jump throws the weights to a flatter place, and the climb begins again, until $\lambda_{\max}$ settles on the line. From then on the loss no longer falls at every step, and yet it falls. Take a rate of 0.4: the line lies lower, and the curvature ends there too. At 0.7 the run is lost.
#
# With cross-entropy the end is different. A 2-16-2 net on two moons, at four rates:

# %% tags=["nbval-check-output"]
for rate, (edge, later, rises) in experiments.beyond_the_edge().items():
    print(f"rate {rate}: edge {edge:.2f} at the start, {later:6.1f} after 2000 epochs; the loss rose in {rises} of them")

# %% [markdown]
# At the start the edge is at 1.13. Rates below it make the loss fall in every epoch. The rates 2 and 4 lie beyond it, and the loss jumps until the weights have come to a flatter place; the better the classes are told apart, the flatter it gets. So the bowl tells when descent becomes restless, not whether it fails.
#
# Nor are all places bowls. At a **saddle** some $\lambda_i$ are negative; their factor is above 1, so descent leaves, slowly at first. A saddle is no minimum: some directions go down. Losses of networks have saddles, ravines and many equivalent minima, since exchanging two hidden units changes nothing.

# %% [markdown]
# Why not use the whole Hessian? The quadratic model of $W$ weights has $W$ slopes and $W(W+1)/2$ different curvatures,
#
# $$ W + \frac{W(W+1)}{2} = \frac{W(W+3)}{2} \tag{6.7} $$
#
# numbers, 63,189 for a net 2-16-16-2 with its 354 weights. Whoever can only evaluate the loss needs about that many evaluations of cost $W$ to find the bottom, work of the order $W^3$. A gradient brings $W$ numbers at the cost of a few evaluations, which makes it $W^2$. So every rule of this chapter works with gradients, and all but Newton's guess the curvature from them.

# %% [markdown]
# ### Find the range of rates in one run
#
# Nobody knows $\lambda_{\max}$ beforehand. A cheap test finds the range of useful rates: begin with a tiny rate, let it grow by a constant factor at every step, and draw the loss against the rate.

# %%
demos.RateRangeTest()

# %% [markdown]
# At first nothing happens, then the loss falls, and at the right it shoots up. A good rate lies three to ten times below the point where it turns; the second picture tries the one you choose, a tenth and ten times of it. Do the test for each rule anew, since rules understand a rate differently. You will see how much.
#
# **Stop here: about 20 minutes.** You know what a step does, how noisy it is, and how long it may be.

# %% [markdown]
# ## Averages that forget
#
# Two ideas carry all rules that follow: do not trust a single gradient, and do not trust a single rate. Both need an average over the recent past that can be kept in one number. The **exponentially weighted average** of $x_1, x_2, \dots$ is
#
# $$ s_t = \beta\, s_{t-1} + (1 - \beta)\, x_t, \qquad s_0 = 0 \tag{6.8} $$
#
# Written out, the value of $k$ steps ago has the weight
#
# $$ (1 - \beta)\, \beta^k \tag{6.9} $$
#
# For $\beta = 0.7$ the newest value has 0.3, the one before 70 % of that, the next 49 %. The memory reaches about $1/(1-\beta)$ steps back: 10 for 0.9, 1,000 for 0.999.

# %%
predict("6.c")

# %% [markdown]
# The weights sum to $1 - \beta^t$, not to 1, because the average began at zero. Dividing by that sum corrects it:
#
# $$ \hat s_t = \frac{s_t}{1 - \beta^t}, \qquad t = 1, 2, \dots \tag{6.10} $$
#
# The correction fades by itself. Switch it on and off in the figure, with a $\beta$ close to 1.

# %% [markdown]
# ### A test that catches wrong averages (further)
#
# Somebody hands you a function `average(x, beta)` that is to return all $\hat s_t$ of a series $x$, an array as long as $x$. It may be right, written in one way or another; it may lack the correction, or divide by $1 - \beta$ at every step, or multiply by $1 - \beta^t$, or exchange $\beta$ and $1 - \beta$, or be a plain mean, or have no memory at all. Write the test that lets right versions pass and stops these six.

# %%
# Exercise 6.2: a test for averages
def passes(average):
    """True when average(x, beta) gives the corrected averages of (6.10).

    average takes an array x (n,) and a number beta, and returns (n,).
    """
    ### BEGIN SOLUTION
    got = average(np.array([1.0, 0.0, 0.0]), 0.75)
    return np.allclose(got, [1, 3 / 7, 9 / 37])
    ### END SOLUTION

# %%
check("6.2", passes)

# %% [markdown]
# <details><summary>Once it is right</summary>
# A good test series is short enough for paper and changes enough to tell the versions apart. On a constant series five of the eight versions agree; with $\beta = 0.5$ an exchange of the weights cannot be seen. And two right computations may differ in the last digit, so a test compares with a tolerance.
# </details>

# %% [markdown]
# ## Momentum
#
# Let the weights be a ball that rolls down the loss. A push does not move it by itself; it changes its velocity $v$, and friction takes a share of that away at every step:
#
# $$ \begin{gathered} v \leftarrow \beta\, v - \text{lr}\; g \\ w \leftarrow w + v \end{gathered} \tag{6.11} $$
#
# The velocity begins at zero. This is **classical momentum** (Polyak 1964), usually with $\beta = 0.9$. If the gradient stays the same, pushes add up, $1 + \beta + \beta^2 + \dots$, and the step tends to
#
# $$ v \to -\frac{\text{lr}}{1 - \beta}\, g \tag{6.12} $$
#
# ten times that of descent. Where the gradient changes its sign from step to step, as across a ravine, pushes cancel.

# %%
# Exercise 6.3: momentum
def momentum(w, v, dw, lr, beta):
    """One step of classical momentum, equation (6.11).

    w, v, dw : arrays of one shape, weights, velocity and gradient; left as
    they are. Returns the new w and v.
    """
    ### BEGIN SOLUTION
    v = beta * v - lr * dw
    return w + v, v
    ### END SOLUTION

# %%
check("6.3", momentum)

# %%
predict("6.d")

# %% [markdown]
# With 0.97 the ball swings out of the deep basin as well, and ends where descent does: more is not better. The map shows where each pair of rate and momentum leads; click into it.
#
# A short test with known numbers: $E = w^2/2$, whose gradient is $w$, from $w = 5$ with lr 0.01 and $\beta = 0.9$. A textbook announces this example with the pseudo-code $v = \beta v - \text{lr}\,g$, $w = w + \text{lr}\,v$ and describes it in prose as $v = \beta v + \text{lr}\,g$, $w = w + \beta v$. After 100 steps:

# %% tags=["nbval-check-output"]
for rule in experiments.PARABOLA_RULES:
    print(f"{rule:>20}: w = {experiments.parabola_path(rule)[-1]:9.3f}")
for rule in ("descent", "momentum"):
    print(f"loss below 0.1 with {rule} after {experiments.steps_to_stop(rule)} steps")

# %% [markdown]
# Momentum is there after 21 steps where descent takes 241. The pseudo-code uses the rate twice and is slower than no momentum at all; the prose climbs.

# %% [markdown]
# ### Two forms, and the answer to question 2
#
# Momentum goes by three formulas. (6.11) is the course's. PyTorch, and `ops.momentum` with it, collects gradients and applies the rate at the end: $v \leftarrow \beta v + g$, $w \leftarrow w - \text{lr}\,v$. At a constant rate that is the same path; its $v$ is ours divided by $-\text{lr}$. The third form averages:
#
# $$ \begin{gathered} v \leftarrow \beta\, v + (1 - \beta)\, g \\ w \leftarrow w - \text{lr}\; v \end{gathered} \tag{6.13} $$
#
# Here the weights of all gradients sum to one. If the gradient stays the same, the step tends to lr $g$, the step of descent. This form smooths, but it does not speed up; to say that it makes steps longer, as the book does, is wrong.
#
# At which rate does the averaged form walk exactly the path of the classical form with lr?

# %%
# Exercise 6.4: averaged_path
def averaged_path(gradients, lr, beta):
    """The averaged form (6.13) on the path of the classical form with lr.

    gradients (T, D), one row a step. Returns the rate that (6.13) needs
    for it, and its path (T, D): w after every step, from w = 0.
    """
    ### BEGIN SOLUTION
    rate = lr / (1 - beta)
    w = v = np.zeros(gradients.shape[1])
    path = np.zeros(gradients.shape)
    for t, g in enumerate(gradients):
        v = beta * v + (1 - beta) * g
        w = w - rate * v
        path[t] = w
    return rate, path
    ### END SOLUTION

# %%
check("6.4", averaged_path)

# %% tags=["nbval-check-output"]
gradients, w, v, path = np.random.default_rng(0).normal(size=(50, 3)), np.zeros(3), np.zeros(3), []
for g in gradients:
    w, v = use("6.3")(w, v, g, 0.001, 0.9)
    path.append(w)
rate, averaged = use("6.4")(gradients, 0.001, 0.9)
print(f"rate {rate:.3f}, largest distance below 1e-12: {np.abs(averaged - path).max() < 1e-12}")

# %% [markdown]
# The two paths are one. So the averaged form with $\beta = 0.9$ at the rate 0.001 is classical momentum at 0.0001: ten times the pushes of a rate ten times too small, in other words plain descent, a few steps late. That is what the book compared. Its runs, step by step, with its own random numbers, 100,010 steps each:

# %%
runs = {rule: experiments.spiral_run(rule, progress=True) for rule in ("descent", "averaged momentum")}

# %% tags=["nbval-check-output"]
for rule, run in runs.items():
    print(f"{rule:>18}: {run['cost'][0]:.6f} ... {run['cost'][-1]:.6f}, {run['train']:.2f} / {run['test']:.2f} %")

# %% [markdown]
# Every digit is the printed one. Now classical momentum at the same rate. (We also repair the set-up. Only one class had been scaled, so that the distance from the center nearly gave it away, and 24 points of each epoch were lost.)

# %% tags=["nbval-check-output"]
for rule in ("descent", "classical momentum", "Adam"):
    run = experiments.spiral_run(rule, repaired=True)
    print(f"{rule:>18}: loss {run['train loss']:.4f}, right {run['train']:.1f} / {run['test']:.1f} %")

# %% [markdown]
# Momentum takes 85 percent to 99. Question 2 is answered, and a warning comes with it: before you compare rules, ask what their rate means.

# %% [markdown]
# ### Nesterov: look before you leap
#
# The velocity alone will carry the weights to $w + \beta v$, whatever the slope here. So measure the slope there:
#
# $$ \begin{gathered} v \leftarrow \beta\, v - \text{lr}\; \nabla E(w + \beta v) \\ w \leftarrow w + v \end{gathered} \tag{6.14} $$

# %%
demos.LookAhead()

# %% [markdown]
# Turn the slope at the point ahead. Where the ground rises again before the ball gets there, the correction comes one step earlier than with classical momentum. It brakes by foresight, not, as one can read, by acceleration.

# %%
# Exercise 6.5: nesterov
def nesterov(w, v, grad, lr, beta):
    """One step of Nesterov's momentum, equation (6.14).

    w, v : arrays of one shape, left as they are. grad : a function, called
    as grad(w) for the gradient at w. Returns the new w and v.
    """
    ### BEGIN SOLUTION
    v = beta * v - lr * grad(w + beta * v)
    return w + v, v
    ### END SOLUTION

# %%
check("6.5", nesterov)

# %% [markdown]
# ### Nesterov with the gradient at hand (further)
#
# Libraries have the gradient at the current weights only. The way out: keep the point ahead, $u = w + \beta v$, as the weights. Going back from $u$ to $w$, taking the step (6.14), and looking ahead again gives, with $g$ measured at $u$,
#
# $$ \begin{gathered} v_{new} = \beta v - \text{lr}\; g \\ u \leftarrow u - \beta v + (1 + \beta)\, v_{new} \end{gathered} \tag{6.15} $$

# %%
# Exercise 6.6: nesterov_ahead
def nesterov_ahead(u, v, dw, lr, beta):
    """One step of equation (6.15).

    u : the point ahead; v : velocity; dw : gradient at u. Arrays of one
    shape, left as they are. Returns the new u and v.
    """
    ### BEGIN SOLUTION
    new = beta * v - lr * dw
    return u - beta * v + (1 + beta) * new, new
    ### END SOLUTION

# %%
check("6.6", nesterov_ahead)

# %% tags=["nbval-check-output"]
slope = lambda w: np.array([1.0, 50.0]) * w
w, v = np.array([10.0, 1.0]), np.zeros(2)
u, a = w, v  # at rest the point ahead is the point itself
for _ in range(30):
    w, v = use("6.5")(w, v, slope, 0.01, 0.9)
    u, a = use("6.6")(u, a, slope(u), 0.01, 0.9)
print("one path:", np.allclose(u, w + 0.9 * v, rtol=0, atol=1e-12))

# %% [markdown]
# The two forms are one path, seen from two places. To take the gradient ahead *and* step by (6.15), which is also in print, counts the look ahead twice.

# %% [markdown]
# ## Down a ravine, in a figure of your own
#
# How should rate and momentum be chosen together? On $E = (a^2 + 50\, b^2)/2$, a ravine with $\kappa = 50$, classical momentum is stable for lr $< 2(1 + \beta)/\lambda_{\max}$, a wider range than that of descent. This figure is built here, from a function and two sliders, and it runs your step.

# %%
from ipywidgets import FloatSlider

curvature = np.array([1.0, 50.0])

def down_the_ravine(lr, beta):
    w, v, losses = np.array([10.0, 1.0]), np.zeros(2), []
    for _ in range(101):
        losses.append(np.sum(curvature * w**2) / 2)
        w, v = use("6.3")(w, v, curvature * w, lr, beta)
    log_loss = np.log10(np.clip(losses, 1e-9, 1e9))
    high = np.flatnonzero(log_loss >= -1)[-1]
    said = f"below 0.1 from step {high + 1} on" if high < 100 else "not below 0.1 in 100 steps"
    return [live.Line(0, np.arange(101), log_loss, label="log₁₀ of the loss")], f"lr {lr:.3g}, β {beta:.2f}: {said}"

live.interact(down_the_ravine, lr=FloatSlider(0.0392, min=0.0004, max=0.16, step=0.0004, readout_format=".4f"),
              beta=FloatSlider(0.0, min=0.0, max=0.98, step=0.02),
              panels=[("Loss of one run", "step", "log₁₀ of the loss", (0, 100), (-6, 4))],
              title="Rate and momentum in a ravine", alt="The logarithm of the loss against the step in a ravine.")

# %% [markdown]
# It begins with the best that descent can do, lr $= 2/(\lambda_{\min} + \lambda_{\max})$, and needs 83 steps. Find a rate and a momentum with which the loss stays below 0.1 from step 25 on, or earlier. First with $\beta$ near 1: what does the curve do, and why?

# %%
# Exercise 6.7: a rate and a momentum for the ravine
### BEGIN SOLUTION
ravine_choice = {"lr": 0.05, "beta": 0.65}
### END SOLUTION

# %%
check("6.7", ravine_choice)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Too little momentum creeps along the floor, too much swings past the bottom again and again. In between both directions arrive together. For a bowl the best pair is known: $\sqrt\beta = (\sqrt\kappa - 1)/(\sqrt\kappa + 1)$, here $\beta = 0.57$ with a rate close to the edge, and each step then shrinks the distance by a factor of about 0.75 where descent has 0.96. Momentum replaces $\kappa$ by its root.
# </details>
#
# **Stop here: about an hour.** What follows leaves the single rate behind.

# %% [markdown]
# ## A rate for every weight
#
# In a table of words, "the" occurs in every text and "axolotl" in one of a thousand. The weight of "axolotl" has a gradient of zero in 999 steps of 1,000. One rate for both is either too large for the first or useless for the second.

# %% [markdown]
# ### Adagrad
#
# Sum the squares of a weight's gradients, and divide its rate by the root of that sum:
#
# $$ \begin{gathered} G \leftarrow G + g^2 \\ w \leftarrow w - \text{lr}\, \frac{g}{\sqrt G + \varepsilon} \end{gathered} \tag{6.16} $$
#
# All operations are entry by entry; the small $\varepsilon$ keeps the denominator from zero, and in this course it stands outside the root. $G$ is large where gradients *were* large, not small, and includes the gradient of this step.

# %%
# Exercise 6.8: adagrad
def adagrad(w, G, dw, lr, eps):
    """One step of Adagrad, equation (6.16).

    w, G, dw : arrays of one shape, left as they are. Returns the new w
    and G.
    """
    ### BEGIN SOLUTION
    G = G + dw**2
    return w - lr * dw / (np.sqrt(G) + eps), G
    ### END SOLUTION

# %%
check("6.8", adagrad)

# %%
predict("6.e")

# %% [markdown]
# Compare the three histories. Gradients ten times as large give a rate ten times as small, so that both weights go equally far. The one that is seldom asked keeps the largest rate; that is what Adagrad was made for. Two words, one in every text and one in every 25th, with gradients of 1 where they occur:

# %% tags=["nbval-check-output"]
G = np.zeros(2)
for text in range(100):
    there = np.array([1.0, 1.0 if text % 25 == 0 else 0.0])
    w, G = use("6.8")(np.zeros(2), G, there, 0.1, 1e-8)
print("rates after 100 texts:", 0.1 / np.sqrt(G))

# %% [markdown]
# From a common rate of 0.1 the frequent word is down to 0.01, the rare one still has 0.05.
#
# But $G$ only grows. For a gradient that stays the same the rate falls as $1/\sqrt t$, and on a long run every weight comes to rest, arrived or not.

# %% [markdown]
# ### RMSprop
#
# The repair is the average that forgets, in place of the sum:
#
# $$ \begin{gathered} s \leftarrow \beta\, s + (1 - \beta)\, g^2 \\ w \leftarrow w - \text{lr}\, \frac{g}{\sqrt s + \varepsilon} \end{gathered} \tag{6.17} $$
#
# with $\beta = 0.9$ to 0.99. The gradient is divided by its own recent **root mean square**: whatever its unit, a typical step has the length lr. That is not the same as using the sign alone. A gradient ten times as large as usual still makes a larger step.
#
# The step below follows a printed version. Try it on a negative gradient, then repair it.

# %%
# Exercise 6.9: repair RMSprop
def rmsprop(w, s, dw, lr, beta, eps):
    """One step of RMSprop, equation (6.17).

    w, s, dw : arrays of one shape, left as they are. Returns the new w
    and s.
    """
    ### BEGIN BUGGY
    #| s = beta * s + (1 - beta) * dw
    ### END BUGGY
    ### BEGIN SOLUTION
    s = beta * s + (1 - beta) * dw**2
    ### END SOLUTION
    return w - lr * dw / (np.sqrt(s) + eps), s

# %%
check("6.9", rmsprop)

# %% [markdown]
# ### Adam
#
# **Adam**, for *adaptive moment estimation*, joins both ideas: an average of gradients for the direction, an average of their squares for the length, both corrected by (6.10). It counts its steps $t = 1, 2, \dots$:
#
# $$ \begin{gathered} m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\ w \leftarrow w - \text{lr}\; \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon} \end{gathered} \tag{6.18} $$
#
# The defaults are lr 0.001, $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\varepsilon = 10^{-8}$. Here $v$ is a mean square and no velocity; the letter is Adam's own. The length needs the longer memory, because a single large gradient should not shake it. What is kept for the next step is $m$ and $v$ themselves; the corrected ones are used once. And $t$ counts steps, not arrays: a network with four arrays of weights still takes one step at a time.

# %%
# Exercise 6.10: adam
def adam(w, m, v, t, dw, lr, beta1, beta2, eps):
    """Step number t = 1, 2, ... of Adam, equation (6.18).

    w, m, v, dw : arrays of one shape, left as they are. Returns the new
    w, m and v.
    """
    ### BEGIN SOLUTION
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    ### END SOLUTION

# %%
check("6.10", adam)

# %%
predict("6.f")

# %% tags=["nbval-check-output"]
for g in (100.0, 0.01):
    w = m = v = np.zeros(1)
    for t in (1, 2, 3):
        before = w
        w, m, v = use("6.10")(w, m, v, t, np.array([g]), 0.001, 0.9, 0.999, 1e-8)
        print(f"g {g:6g}, t {t}: m {m[0]:8.4g}, root of v {np.sqrt(v[0]):8.4g}, step {(w - before)[0]:.6f}")

# %% [markdown]
# Adam's anatomy in numbers: $m$ climbs from a tenth of the gradient, $\sqrt v$ from a thirtieth, and the corrections lift both to the gradient itself. Every step is lr, for a gradient of 100 as for one of 0.01. When the sign of the gradient changes from step to step, $m$ shrinks and $\sqrt v$ does not: the steps become short. The ratio of the two says how sure the direction is.
#
# Now switch the correction off in the figure: the first step is 3.16 lr, since $m$ is a tenth of the gradient and $\sqrt v$ only a thirtieth, and around step 12 it is 6.6 lr, just when nothing is known yet. Dividing by $1 - \beta$ at *every* step, a slip seen in print, is right at the first step, twice too long near the twelfth, and in the end gives 0.32 lr.

# %% [markdown]
# ### Five numbers by hand (further)
#
# Give five numbers, to three digits: `past`, the weight of the value two steps ago for $\beta = 0.7$; `often` and `rare`, Adagrad's effective rate $\text{lr}/\sqrt G$ for lr 0.01, where $G$ is 3.46 for a frequent word and 0.16 for a rare one; `adam`, the first step of Adam in units of lr for any gradient, and `uncorrected`, the same without the correction (6.10).

# %%
# Exercise 6.11: five numbers by hand
### BEGIN SOLUTION
by_hand = {"past": 0.3 * 0.7**2, "often": 0.01 / 3.46**0.5, "rare": 0.01 / 0.16**0.5, "adam": 1.0,
           "uncorrected": 0.1 / 0.001**0.5}
### END SOLUTION

# %%
check("6.11", by_hand)

# %% [markdown]
# <details><summary>Once it is right</summary>
# 0.147; 0.005376 and 0.0250; 1 and 3.162. The rare word moves almost five times as far for the same gradient.
# </details>

# %% [markdown]
# ### Six rules down one slope
#
# Here they are side by side, from a start that you choose by a click: in a ravine, at a saddle, before two basins, in a valley by Beale.

# %%
demos.OptimizerRace()

# %% [markdown]
# Descent zigzags, momentum overshoots and comes back, the adaptive rules cut the corner, as their steps have about the same length in both directions. Stay in the ravine and change the rate. At 0.01 Nesterov and momentum are far ahead; at 0.3 they have left the picture together with descent, and RMSprop has arrived. Such races are drawn in every text, and they prove little: two weights, no noise, one rate for rules that read it differently. The same rules in a network:

# %%
demos.RaceOnTrueLoss()

# %% [markdown]
# All six start at the same 2-5-1 network. The middle picture is a slice through its true loss, laid through the start and the ends of two runs; the paths of the others are projected onto it, so their loss is not that of the slice. At the rate 0.1 only Adam gets far in 200 steps. At 3 momentum is first and Adam fourth.

# %% [markdown]
# ### Adam's relatives (further)
#
# **Adadelta** replaces even the rate by an average, that of its own past steps. With $s$ and $u$ for the average squares of gradients and of steps,
#
# $$ \Delta w = -\frac{\sqrt{u + \varepsilon}}{\sqrt{s + \varepsilon}}\; g \tag{6.19} $$
#
# Here $\varepsilon$ stands inside the roots, because the first step has nothing else to go by. Both averages fade exponentially; there is no fixed window of past gradients.

# %% [markdown]
# **AdamW** shrinks the weights beside the step, $w \leftarrow (1 - \text{lr}\,\lambda)\, w$; in plain Adam a penalty is part of the gradient, and the root divides it away (chapter 07). **Adamax** takes a fading largest gradient for the length, **NAdam** looks ahead like Nesterov, **AMSGrad** divides by the largest $v$ so far in place of the last one. The names YellowFin, which tunes momentum by itself, and DemonAdam, which lets it decay, turn up too. The library has all but these two, and so has the menu of the first figure:

# %% tags=["nbval-check-output"]
X, y = datasets.moons(300, 0.1, np.random.default_rng(0))
for rule in ("adadelta", "adam", "adamw", "adamax", "nadam", "amsgrad"):
    lr = 1.0 if rule == "adadelta" else 0.01
    run = dense.train((2, 16, 2), X, y, loss="cross_entropy", rule=rule, lr=lr, epochs=300, batch_size=32, rng=0)
    print(f"{rule:>9}: loss {run.loss[-1]:.3f}")

# %% [markdown]
# ### Rprop: the sign alone (further)
#
# Before averages came **Rprop**. Each weight has its own step size $\Delta$. It is multiplied by 1.2 when the sign of the weight's gradient repeats and by 0.5 when it changes, and then the weight moves by it; the size of the gradient counts for nothing:
#
# $$ w \leftarrow w - \mathrm{sign}(g)\, \Delta \tag{6.20} $$

# %%
demos.RpropStream()

# %% [markdown]
# Eight gradients of one weight, all but two negative. By descent with rate 1 it ends at $-0.21$, since two large gradients outweigh six small ones; Rprop carries it to 7.19. Turn the bars: only their signs matter. That is its strength with all points and its failure with batches, where seven gradients of 0.1 and one of $-0.7$ should cancel: choose that preset.

# %%
# Exercise 6.12: rprop
def rprop(gradients, up=1.2, down=0.5):
    """Rprop for one weight, from x = 0 with the first step size 1.

    gradients (T,), one a step. A gradient of 0 moves nothing; in its step
    and in the next one the step size stays. Returns the step sizes (T,), of
    each step the one it was made with, and x at the end.
    """
    ### BEGIN SOLUTION
    step, before, x, used = 1.0, 0.0, 0.0, np.zeros(len(gradients))
    for t, g in enumerate(gradients):
        if g * before > 0:
            step *= up
        elif g * before < 0:
            step *= down
        x -= np.sign(g) * step
        used[t] = step
        before = g
    return used, x
    ### END SOLUTION

# %%
check("6.12", rprop)

# %% tags=["nbval-check-output"]
stream = np.array([-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9])
sizes, x = use("6.12")(stream)
print(np.round(sizes, 4), round(float(x), 6))

# %% [markdown]
# Six increases, one decrease, 7.192768 in the end.

# %% [markdown]
# ## Rates that change
#
# Far from the minimum long steps pay; close to it noise keeps them dancing. A **schedule** lowers the rate with the epoch $t$. Four in common use, each with one constant $k$ beside the first rate:
#
# $$ \begin{gathered} \text{step:}\ \text{lr} \cdot 0.5^{\lfloor t/k \rfloor} \qquad \text{exponential:}\ \text{lr}\, e^{-kt} \\ \text{inverse:}\ \frac{\text{lr}}{1 + kt} \qquad \text{cosine:}\ \tfrac12\, \text{lr}\, \big(1 + \cos(\pi t/k)\big) \end{gathered} \tag{6.21} $$
#
# Each begins from the first rate, never from the last one. The rule $t_0/(t + t_1)$ of chapter 02 is the inverse one with lr $= t_0/t_1$ and $k = 1/t_1$; Keras' argument `decay` is the same, counted in steps.

# %%
# Exercise 6.13: lr_schedule
def lr_schedule(kind, t, lr, k):
    """The rate in epoch t by equation (6.21).

    kind : "step", "exponential" or "inverse". t : a whole number from 0
    on, or an array of them. Returns a number, or an array as long as t.
    """
    ### BEGIN SOLUTION
    if kind == "step":
        return lr * 0.5 ** (t // k)
    if kind == "exponential":
        return lr * np.exp(-k * t)
    return lr / (1 + k * t)
    ### END SOLUTION

# %%
check("6.13", lr_schedule)

# %%
demos.Schedules()

# %% [markdown]
# The right-hand picture is a real run under the rate on the left. Large networks often add a **warm-up**, a short rise of the rate at the beginning, while Adam's averages are still young. Does a schedule pay? The spiral again, descent with the rate 1, from ten starts:

# %% tags=["nbval-check-output"]
for name, losses in experiments.with_schedule().items():
    print(f"{name:>8}: loss after 100 epochs {losses.min():.3f} to {losses.max():.3f}, median {np.median(losses):.3f}")

# %% [markdown]
# The middle is about the same. What the schedule takes away is the luck of the last epoch: the fixed rate ends anywhere between 0.029 and 0.083.
#
# For descent on noisy gradients theory asks for $\sum \text{lr}_t = \infty$, so that every place can be reached, and $\sum \text{lr}_t^2 < \infty$, so that the noise dies out. The inverse schedule meets both; an exponential one has a finite sum, and can come to rest on the way.

# %% [markdown]
# ### The plateau rule, and how it freezes (further)
#
# Instead of a plan, watch the validation loss: after `patience` epochs without a new best, multiply the rate by a factor, but not below a floor. A published run with this rule fell to a rate of $10^{-12}$ in the middle of training. Twelve drops by ten, and nothing moves any more, though the curve looks *converged*. In the version below the fault is of that kind. Find it.

# %%
# Exercise 6.14: repair the plateau rule
def plateau(val_loss, lr, factor, patience, lr_min):
    """The rate used in every epoch, (epochs,), by the plateau rule.

    The rate falls when patience epochs in a row, counted anew after every
    drop, brought no loss below the best so far.
    """
    best, wait, rates = np.inf, 0, np.zeros(len(val_loss))
    for epoch, loss in enumerate(val_loss):
        rates[epoch] = lr
        if loss < best:
            best, wait = loss, 0
        else:
            wait += 1
        if wait >= patience:
            ### BEGIN BUGGY
            #| lr = max(lr * factor, lr_min)
            ### END BUGGY
            ### BEGIN SOLUTION
            lr, wait = max(lr * factor, lr_min), 0
            ### END SOLUTION
    return rates

# %%
check("6.14", plateau)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Without the reset every epoch after the first drop is another drop. Even the right rule freezes a run when patience is short and the validation loss noisy: the figure of schedules has a preset for it. A floor, and a patience longer than the noise, prevent it.
# </details>

# %% [markdown]
# ## Gradients that are too long
#
# One bad batch, one cliff in the loss, and a step throws the weights far away. **Clipping** limits the gradient before the step: by value, each entry to the range $-c$ to $c$, or by norm, all arrays of the network together,
#
# $$ g \leftarrow g\, \min\Big(1, \frac{c}{\lVert g \rVert}\Big) \tag{6.22} $$
#
# where $\lVert g \rVert$ is the length of *all* gradients taken as one vector.

# %%
predict("6.g")

# %% [markdown]
# Clipping discards nothing: the gradient is shortened, not dropped. By norm, it keeps its direction. In the valley of the last picture descent is thrown out at once, and clipped it comes down. Usual limits are 1 to 5; the long products of chapter 09 need it most.

# %%
# Exercise 6.15: clip_by_norm
def clip_by_norm(grads, c):
    """All gradients shortened together to the norm c, equation (6.22).

    grads : list of arrays, left as they are. Returns the list of the
    shortened ones. Gradients that are all zero stay zero.
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * c / max(norm, c) for g in grads]
    ### END SOLUTION

# %%
check("6.15", clip_by_norm)

# %% [markdown]
# **Stop here: not quite two hours.** You have all rules. What is left is to choose.

# %% [markdown]
# ## A fair comparison
#
# Question 4 is still open: is Adam better? A comparison can say so if
#
# - every rule has its own tuned rate, since a rate of 0.001 means a step of 0.001 for Adam and of 0.001 times the gradient for descent;
# - all take the same number of steps, or the same time;
# - several starts are run, and their spread is shown;
# - the loss of all points is compared, and the test set is used once, at the end.
#
# First the rates. Each point is the training loss after 100 epochs in batches of 64 on the repaired spiral (mean of the last ten epochs), the line the median of five starts, the band all five:

# %%
found = experiments.rate_curves()
fig, ax = style.figure()
figures.bands(ax, {rule: (experiments.RATES, losses) for rule, losses in found.items()}, "learning rate",
              "training loss after 100 epochs", spread=("pi", 100))
heights = (0.02, 0.05, 0.1, 0.2, 0.5)
ax.set(xscale="log", yscale="log", yticks=heights, yticklabels=heights)
ax.minorticks_off()
ax.set_title("Each rule has its own best rate; at 0.001 Adam is far ahead")
style.show(fig, alt="Training loss against the learning rate for descent, momentum and Adam: three valleys with their lowest points at 1, near 0.3 and at 0.03.")

# %% [markdown]
# Read off a rate for each rule that brings its loss below 0.06.

# %%
# Exercise 6.16: a rate for each rule
### BEGIN SOLUTION
tuned = {"descent": 1.0, "momentum": 0.2, "adam": 0.03}
### END SOLUTION

# %%
check("6.16", tuned)

# %% [markdown]
# The valleys have almost the same depth, in different places. At the published rate of 0.001 descent stands at 0.55 and Adam at 0.19, and neither has arrived. Now seven rules from ten fresh starts, at the published rate and at their own:

# %%
published = experiments.compared(dict.fromkeys(experiments.RULES, experiments.PUBLISHED_RATE))
own = experiments.compared(experiments.BEST)
fig, axes = style.figure(1, 2, width=8.0, height=3.6)
for ax, runs, title in zip(axes, (published, own), ("All at 0.001: 0.15 to 0.56", "Each at its own: 0.02 to 0.04")):
    figures.violins(ax, {rule: experiments.end_of(losses) for rule, (losses, _) in runs.items()}, "",
                    "training loss after 100 epochs", log=True)
    ax.tick_params(axis="x", rotation=45)
    ax.set(title=title, ylim=(0.015, 0.7), yticks=heights, yticklabels=heights)
    ax.minorticks_off()
style.show(fig, alt="Distribution of the training loss over ten starts for seven rules. At the rate 0.001 they differ by a factor of nearly four, at their own rates they lie close together.")

# %% tags=["nbval-check-output"]
print("rule      rate    loss  test %  (at 0.001:  loss  test %)")
for rule, rate in experiments.BEST.items():
    (losses, right), (before, wrong) = own[rule], published[rule]
    print(f"{rule:9} {rate:4g} {np.median(experiments.end_of(losses)):7.3f}  {right.mean():6.2f}  "
          f"           {np.median(experiments.end_of(before)):5.2f}  {wrong.mean():6.2f}")

# %% [markdown]
# At one rate for all, the adaptive rules win by far, and averaged momentum is descent. Tuned, every rule gets more than 99 of 100 test points right, with losses between 0.019 and 0.040, and the two forms of momentum are one run, at rates ten times apart. So the ranking was a ranking of rates. What is left of Adam's lead is convenience: its rate is the length of a step, and hardly depends on the scale of the loss or of the data. The best rate of descent moves with both.
#
# Ten starts, one problem, one network: this is no law. On other problems the order differs, which is why benchmark suites for optimizers hold many.

# %% [markdown]
# ## Which one, then?
#
# | your case | begin with |
# |---|---|
# | no time to tune, or gradients of very different sizes | Adam at 0.001, then at 0.01 |
# | large picture classifiers, time to tune | momentum 0.9 with a schedule |
# | sparse features, such as words | Adagrad or Adam |
# | noisy or changing data | RMSprop, Adam |
# | all points at once, few weights | Rprop, L-BFGS |
#
# In Keras and PyTorch `SGD` is plain descent: momentum is 0 unless you say otherwise. And put a limit on time, not only on epochs: stop when the budget is spent and keep the best weights so far. A rule that is 10 percent better at twice the cost has lost.

# %% tags=["nbval-check-output"]
X, y = datasets.moons(300, 0.1, np.random.default_rng(0))
rng = np.random.default_rng(0)
net = nn.Sequential(nn.Linear(2, 16, rng=rng), nn.Tanh(), nn.Linear(16, 2, rng=rng))
optimizer = optim.Adam(net.parameters(), lr=0.01)
history = nn.fit(net, nn.CrossEntropyLoss(), optimizer, X, y, epochs=60, batch_size=32, rng=rng)
print(f"loss {history.loss[0]:.3f} -> {history.loss[-1]:.3f}")

# %% [markdown]
# The classes of `optim` have PyTorch's names and defaults. Everything in this cell would run there, the loop apart.

# %% [markdown]
# ## Newton's step (further)
#
# With the curvature known, the best step to the bottom of the local parabola is no longer a matter of taste. In one dimension, and with the Hessian in many,
#
# $$ x \leftarrow x - \frac{f'(x)}{f''(x)}, \qquad w \leftarrow w - H^{-1} g \tag{6.23} $$
#
# until the step is shorter than a tolerance, in either direction. It solves $f' = 0$. (With $f/f'$ it would look for a zero of $f$, which is the method of the same name for equations.)

# %%
demos.NewtonStep()

# %% [markdown]
# The dashed parabola has the slope and the curvature of the curve at the point, and the step goes to its vertex. Start where the curve bends downwards, and the vertex is a maximum: Newton's step goes *up*, and arrives there.

# %%
# Exercise 6.17: newton
def newton(grad, hess, x0, tol):
    """Newton's method in one dimension, equation (6.23).

    grad(x), hess(x) : first and second derivative. Takes steps, at most
    100, until one that it took is shorter than tol. Returns x after it,
    and the number of steps.
    """
    ### BEGIN SOLUTION
    x, n, step = x0, 0, np.inf
    while abs(step) >= tol and n < 100:
        step = grad(x) / hess(x)
        x, n = x - step, n + 1
    return x, n
    ### END SOLUTION

# %%
check("6.17", newton)

# %% tags=["nbval-check-output"]
slope, bend = lambda x: 4 * x**3 - 6 * x + 1, lambda x: 12 * x**2 - 6
for start in (2.0, 0.2):
    x, n = use("6.17")(slope, bend, start, 1e-10)
    print(f"from {start}: {x:.8f} after {n} steps, f'' = {bend(x):.1f}")

# %% [markdown]
# On $x^4 - 3x^2 + x$ the distances to the minimum, from 2, are 0.37, 0.11, 0.013, 0.00025, 0.00000009: the number of correct digits doubles. From 0.2 it finds the maximum between the two basins.
#
# For a network $H$ has $W^2$ entries. **Quasi-Newton** methods estimate it from the gradients they see; **L-BFGS** keeps only the last ten or so pairs of step and change of gradient. The conjugate gradient method chooses directions that do not undo each other, and Levenberg-Marquardt blends Newton's step with descent for sums of squares. All of them want exact gradients, hence all points at once:

# %% tags=["nbval-check-output"]
valley = lambda w: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
slopes = lambda w: np.array([-2 * (1 - w[0]) - 400 * w[0] * (w[1] - w[0] ** 2), 200 * (w[1] - w[0] ** 2)])
path = ops.lbfgs(valley, slopes, np.array([-1.2, 1.0]))
print(len(path) - 1, "steps to", np.round(path[-1], 6))

# %% [markdown]
# Where there is no gradient at all, genetic algorithms and simulated annealing search by trial and selection, at the price of very many evaluations.

# %% [markdown]
# ## Twelve statements (further)
#
# Each can be found in print or corrects one that can. Which are true?
#
# - **a** Momentum as an average, $v \leftarrow \beta v + (1-\beta) g$, makes the steps longer in the long run.
# - **b** Classical momentum with $\beta = 0.9$ makes the steps up to ten times as long.
# - **c** After 100 epochs on 600 points, batches of 600 and of 64 have had the same number of steps.
# - **d** Adagrad's $G$ is large for weights whose gradients are small.
# - **e** Batches four times as large halve the scatter of the gradient.
# - **f** Adadelta uses the last $n$ gradients, a fixed window.
# - **g** Nesterov's momentum takes the slope at the look-ahead point.
# - **h** `SGD` in Keras is descent with momentum 0.9, unless another value is given.
# - **i** The cost of the last 64 samples of an epoch shows the progress of training.
# - **j** The quadratic model of a loss with 354 weights has 63,189 numbers beside its lowest value.
# - **k** Newton's method finds a minimum of $f$ by steps $f/f'$.
# - **l** RMSprop decides by the sign of the gradient.

# %%
# Exercise 6.18: twelve statements
### BEGIN SOLUTION
judged = dict(a=False, b=True, c=False, d=False, e=True, f=False, g=True, h=False, i=False, j=True, k=False, l=False)
### END SOLUTION

# %%
check("6.18", judged)

# %% [markdown]
# ## Summary
#
# - A step is $w \leftarrow w - \text{lr}\,g$. Batches of $m$ points take $N/m$ steps an epoch and scatter as $1/\sqrt m$. Compare runs at equal steps, by the loss of all points.
# - Near a minimum the loss is a bowl with curvatures $\lambda_i$. Descent is stable for lr $< 2/\lambda_{\max}$, and slow where $\lambda$ is small.
# - Averages that forget: $s \leftarrow \beta s + (1-\beta) x$, memory $1/(1-\beta)$, divided by $1-\beta^t$ as long as they are young.
# - Classical momentum adds pushes up to $\text{lr}/(1-\beta)$; the averaged form does not, and at an unchanged rate it shows nothing. PyTorch's form is the classical path. Nesterov takes the slope at $w + \beta v$.
# - Adagrad divides by the root of a sum of squares, which only grows; RMSprop by the root of an average; Adam adds an average for the direction and corrects both. Its first step is lr.
# - Schedules take the noise out of the end of a run. A plateau rule with short patience freezes it. Clip by norm to keep the direction.
# - A comparison is fair with tuned rates, equal steps and several starts. Then the rules of this chapter lie close together on the spiral.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. Why did momentum change nothing in the published comparison? <details><summary>Answer</summary>It was the averaged form at the rate of descent. Its long-run step is lr times the gradient, as that of descent; classical momentum has lr/(1 − β), ten times as much.</details>
# 2. What limits the learning rate of descent, and what makes it slow at that limit? <details><summary>Answer</summary>The largest curvature: lr below 2/λₘₐₓ. The flat directions, by the ratio of the largest to the smallest curvature.</details>
# 3. Why does Adam divide by $1 - \beta^t$? <details><summary>Answer</summary>Both averages start at zero and are too small at first; their weights sum to 1 − β^t. Without it the first step is 3.16 lr, and later ones are longer still.</details>
# 4. What is wrong with the sum in Adagrad, and when is it right? <details><summary>Answer</summary>It only grows, so every rate dies out. For sparse features it is right: seldom used weights keep a large rate.</details>
# 5. Which four things make a comparison of optimizers fair? <details><summary>Answer</summary>A tuned rate for each, equal numbers of steps, several starts with their spread, the loss of all points with a test set used once.</details>

# %% [markdown]
# **Open question 6.Q1** (5 points)
#
# In three to five sentences for the authors of the comparison: why do their runs with and without momentum agree to four digits, what would they have had to change, and what can be concluded from their table about Adam?
# ### BEGIN SOLUTION
# Model answer. Your momentum is an average of gradients, whose weights sum to one, so that for a slowly changing gradient its step is lr times the gradient, exactly as in plain descent; only a delay of about ten steps is left, which does not show over 100,000. Either use v = beta v - lr g, or multiply the rate by 1/(1 - beta) = 10: both are the same run, and on repaired data it reaches 99 instead of 85 percent. About Adam the table says that at 0.001 it is faster than descent at 0.001. As the two rates mean different lengths of step, this does not compare the rules; with a tuned rate for each, all of them arrive at nearly the same loss.
#
# A full answer contains: weights of the average sum to one, or the long-run step (2); the repair, by form or by rate (1); the same rate means different steps (1); tuned rates, several starts or the last-batch cost as what is missing (1).
# ### END SOLUTION

# %% [markdown]
# **Open question 6.Q2** (3 points)
#
# Your training loss falls for 20 epochs and then jumps up and down round a level. Name two causes that this chapter knows, how you would tell them apart with one more run, and what you would change in each case.
# ### BEGIN SOLUTION
# Model answer. Either the rate lies above the edge of the curvature that training has reached, so that the steep direction overshoots; or the batches are small and the noise of the gradient keeps the weights dancing. Repeat the end of the run with all points as one batch, or with batches several times as large, at the same rate: noise falls with the root of the batch size, the edge stays. Against the edge lower the rate or clip; against noise lower the rate with a schedule or take larger batches.
#
# A full answer contains: both causes (1), a run that tells them apart (1), a remedy that fits each (1).
# ### END SOLUTION

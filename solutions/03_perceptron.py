# %% [markdown]
# # 3 The perceptron
#
# **Aim.** At the end of this chapter you can say what a single threshold unit computes, train it by its own mistakes, tell beforehand which tasks it can learn, and add one hidden layer where it fails.
#
# **The question.** A camera hands you 64 numbers, the gray values of a handwritten digit. You must answer yes or no: is it a one? You cannot write the rule down, but you have some hundred examples with the right answer. Can a machine find the rule by correcting its own mistakes? In 1958 Frank Rosenblatt built one that did, with 400 light cells for eyes. Its brain was a single unit, and you can hold one like it in your hands now: run the next two cells and drag the arrow, the line or the green point.

# %%
import numpy as np

from course_lib import datasets, dense, gradcheck, ops
from course_lib.chapters.ch03_perceptron import experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.Neuron()

# %% [markdown]
# The unit takes two numbers $x_1$ and $x_2$, multiplies each by a weight, adds a bias $b$, and sends the sum $z$ through a function that decides how strongly it answers. The bars of the second picture show how the sum comes about; they can be pulled up and down too. The arrow is the vector $(w_1, w_2)$.
#
# Try three things. Set both weights to 0 and move $b$: the answer no longer depends on the input at all. Give $w_1$ and $w_2$ opposite signs: the unit compares its inputs. Take the preset *Step unit*, which exchanges the activation: the color of the plane jumps along a straight line. This line is the subject of the chapter.

# %% [markdown]
# ## A machine that decides
#
# Here is the task from above, with real data. Each picture has 8 × 8 gray values between 0 (white) and 1 (black); written one row after the other they are a sample $x$ with $D = 64$ entries.

# %%
digits = datasets.digits8()
few = np.flatnonzero(digits.y_train < 2)[:8]
fig, axes = style.figure(1, 8, height=1.1)
for ax, i in zip(axes, few):
    ax.imshow(digits.X_train[i].reshape(8, 8), cmap="gray_r", origin="upper")
    ax.set(title=f"label {digits.y_train[i]}", xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="Eight handwritten digits of 8 by 8 gray values, zeros and ones, each with its label.")

# %% [markdown]
# No single gray value decides. The center is dark in most ones and light in most zeros, but ink sits in different places from hand to hand. So the evidence of many pixels must be weighed: some speak for a one, some against it, most say nothing. That is what a unit with 64 weights can do. The open point is where the weights come from; halfway through the chapter they are learned, and the machine answers.

# %% [markdown]
# ## From a nerve cell to a formula
#
# The idea of weighing evidence was taken from the nerve cell. A cell receives signals through its **dendrites**; each contact, a **synapse**, passes its signal on strongly or weakly, and some synapses inhibit. The cell body, the **soma**, adds up what arrives. When the sum exceeds a threshold the cell fires and sends a pulse along its **axon** to other cells.
#
# | nerve cell | formula | in words |
# | --- | --- | --- |
# | signals on the dendrites | $x_1, \dots, x_D$ | inputs |
# | strength of a synapse | $w_d$ | weight: positive excites, negative inhibits |
# | sum in the soma | $z$ | score |
# | threshold | $-b$ | minus the bias |
# | pulse on the axon | $a$ | output |
#
# The table is an analogy, not biology. A real cell sends trains of pulses in time, its synapses change by rules that are still being studied, and no cell holds a real number called weight.

# %% [markdown]
# In 1943 Warren McCulloch and Walter Pitts made the analogy exact. Their unit has inputs 0 and 1, **fixed** weights and a threshold; it fires when the weighted sum reaches the threshold. With well-chosen weights such units compute every logical function, but nothing in them learns: a person sets the weights.
#
# The artificial neuron used today keeps the sum and frees the rest. For an input $x$ with $D$ entries, a weight vector $w$ with $D$ entries and a bias $b$,
#
# $$ z = w \cdot x + b = w_1 x_1 + \dots + w_D x_D + b, \qquad a = g(z). \tag{3.1} $$
#
# The number $z$ is the **score**; the function $g$ is the **activation**. This chapter uses the simplest one, a step, and meets two others near its end.

# %% [markdown]
# Two lines of arithmetic, by hand and by machine: an input $x = (1, 2)$, weights $w = (3, -1)$ and bias $b = \tfrac12$ give $z = 3 - 2 + \tfrac12 = 1.5$.

# %% tags=["nbval-check-output"]
x, w, b = np.array([1.0, 2.0]), np.array([3.0, -1.0]), 0.5
print(w[0] * x[0] + w[1] * x[1] + b, w @ x + b)

# %% [markdown]
# Both give 1.5. The product `w @ x` is the sum over all inputs, however many there are.
#
# In practice many samples are scored at once. The course keeps one sample in a row: $X$ has the shape $(N, D)$, $N$ samples with $D$ inputs, and the $N$ scores come out of one matrix product.

# %% [markdown]
# ### Exercise 3.1: the score
#
# Write the score of equation (3.1) for all rows of $X$ at once. Then run the second cell: it tries your function on several small inputs and says what it finds.

# %%
# Exercise 3.1: neuron
def neuron(X, w, b):
    """Scores of one unit, equation (3.1).

    X (N, D), w (D,), b a number; returns z (N,).
    """
    ### BEGIN SOLUTION
    return X @ w + b
    ### END SOLUTION


# %%
check("3.1", neuron)

# %% [markdown]
# When you are stuck, ask for a hint; each time you run the cell the next one is stronger, up to the third. It works for every exercise: change the number.

# %%
hint("3.1")

# %% [markdown]
# ## The bias is one more weight
#
# Why carry $b$ along as a special case? Give every sample one more input, number 0, that is always 1, and call its weight $w_0 = b$. Then the score is a plain weighted sum:
#
# $$ z = w_0 x_0 + w_1 x_1 + \dots + w_D x_D \quad\text{with } x_0 = 1,\; w_0 = b. \tag{3.2} $$
#
# This is the **bias trick**. It shortens proofs, and we use it for one below. It has a price: the bias is now *inside* the vector, so nothing may add it a second time. A sum that begins at index 0 and still ends in "$+\, b$" counts the bias twice; that slip is in print more than once, and the checks of this chapter know it.

# %%
ops.add_bias_column(np.array([[0.5, 2.0], [0.1, 3.0], [0.7, 4.0]]))

# %% [markdown]
# The column of ones stands first. Its weight is the bias, which moves every score by the same amount, whatever the other inputs are.

# %% [markdown]
# ### Exercise 3.2: the bias trick
#
# Return the longer inputs and the longer weight vector, so that `X1 @ v` equals `X @ w + b`.

# %%
# Exercise 3.2: bias_trick
def bias_trick(X, w, b):
    """Inputs with a leading 1 and weights with a leading b, equation (3.2).

    X (N, D), w (D,), b a number; returns X1 (N, D+1) and v (D+1,).
    """
    ### BEGIN SOLUTION
    X1 = np.hstack([np.ones((len(X), 1)), X])
    v = np.concatenate([[b], w])
    return X1, v
    ### END SOLUTION


# %%
check("3.2", bias_trick)

# %% [markdown]
# ## The step: yes or no
#
# A score can be any number, but the question was yes or no. The **step** (also called Heaviside step) turns the one into the other:
#
# $$ \operatorname{step}(z) = \begin{cases} 1 & z \ge 0 \\ 0 & z < 0 \end{cases} \tag{3.3} $$
#
# Two things deserve attention. The value at exactly $z = 0$ is a **convention**: here 1, in other books 0 or one half. It looks like a detail; later in this chapter it will decide where a whole training run ends. And the step is flat: its slope is 0 wherever it has one, so a small change of a weight almost never changes the answer. No slope will tell us how to improve the weights.

# %%
z = np.array([-2.0, -0.1, 0.0, 0.1, 2.0])
fig, ax = style.figure(width=5.0, height=2.4)
ax.plot([-3, 0, np.nan, 0, 3], [0, 0, np.nan, 1, 1], color=style.BLUE)
ax.plot(z, ops.step(z), "o", color=style.BLUE)
ax.plot(0, 0, "o", color=style.BLUE, markerfacecolor="white")
ax.set(title="The step jumps at 0 and is flat everywhere else", xlabel="score z", ylabel="step(z)")
style.show(fig, alt="The step function: 0 for negative scores, 1 from zero on, with a filled dot at (0, 1).")

# %% [markdown]
# ### Exercise 3.3: the step
#
# `z` may have any shape; the result has the same shape and holds the numbers 0 and 1.

# %%
# Exercise 3.3: step
def step(z):
    """1 where z >= 0, else 0, equation (3.3); same shape as z."""
    ### BEGIN SOLUTION
    return (z >= 0).astype(float)
    ### END SOLUTION


# %%
check("3.3", step)

# %% [markdown]
# A neuron whose activation is the step, with weights that can be learned, is called a **perceptron**. Its answer to a sample $x$, written $\hat y$, is
#
# $$ \hat y = \operatorname{step}(w \cdot x + b). \tag{3.4} $$
#
# ### Exercise 3.4: the answer of a perceptron
#
# You have both parts already. Put them together for all rows of $X$.

# %%
# Exercise 3.4: perceptron_predict
def perceptron_predict(X, w, b):
    """Answers 0 or 1 of a step unit, equation (3.4).

    X (N, D), w (D,), b a number; returns y_hat (N,).
    """
    neuron, step = use("3.1"), use("3.3")
    ### BEGIN SOLUTION
    return step(neuron(X, w, b))
    ### END SOLUTION


# %%
check("3.4", perceptron_predict)

# %% [markdown]
# The first line of the function asks for two earlier answers with `use`. It returns *your* function as soon as its check has passed, and the course's own until then, so you can go on even when an exercise stays open.

# %% [markdown]
# ## One unit draws one straight line
#
# What can a perceptron tell apart? Its answer changes where the score passes through zero, at the points with
#
# $$ w \cdot x + b = 0 . $$
#
# With two inputs these points form a straight line, the **decision boundary**. On one side, the **half-plane** into which $w$ points, the answer is 1; on the other it is 0. The vector $w$ is perpendicular to the line: moving along the line changes nothing, moving along $w$ raises the score fastest. Turning $w$ turns the line; changing $b$ shifts it parallel to itself.

# %% [markdown]
# Logic gates are the smallest tasks on which this can be seen. Each has two inputs that are 0 or 1 and one output, so there are four samples in all.
#
# | $x_1$ | $x_2$ | AND | OR | NAND | XOR |
# | --- | --- | --- | --- | --- | --- |
# | 0 | 0 | 0 | 0 | 1 | 0 |
# | 0 | 1 | 0 | 1 | 1 | 1 |
# | 1 | 0 | 0 | 1 | 1 | 1 |
# | 1 | 1 | 1 | 1 | 0 | 0 |
#
# AND fires when both inputs are on, OR when at least one is, NAND whenever AND does not, XOR when exactly one is on. NOT has a single input and turns it round: $w = -1$, $b = \tfrac12$ does it. A set of samples whose two classes can be split by a straight line without error is called **linearly separable**.
#
# Before you move the line yourself, commit to an answer.

# %%
predict("3.a")

# %% [markdown]
# The figure opens on XOR, with three of four right. Drag the line and the tip of $w$ and try for a minute to do better: you will get one error, never none. Then choose AND and make the error count zero, then OR, then NAND. All three work, and for each there is a whole range of weights that work. Keep the suspicion about XOR; the proof comes when we know more.
#
# **Explain.** In the demo, under *More*, multiply $w_1$, $w_2$ and $b$ by the same positive number. Why does the line stay where it is?
#
# <details><summary>Answer</summary>
# The boundary is where the score is 0, and a positive factor does not change the sign of the score. Weights and bias matter only up to a common positive factor. A negative factor keeps the line too, but exchanges its two sides.
# </details>

# %% [markdown]
# ### Exercise 3.5: NAND with room to spare
#
# Drag in the demo, or use its sliders, to find $w_1$, $w_2$ and $b$ for NAND such that no score comes closer to zero than 0.5. Then a small disturbance of the inputs does no harm. Write down your three numbers.

# %%
# Exercise 3.5: nand
### BEGIN SOLUTION
nand = {"w1": -1.0, "w2": -1.0, "b": 1.5}
### END SOLUTION

# %%
check("3.5", nand)

# %% [markdown]
# **Justify it.** The four scores are $b$, $b + w_2$, $b + w_1$ and $b + w_1 + w_2$. The first three must be at least $0.5$, the last at most $-0.5$. With $w_1 = w_2 = -1$ this leaves $b \ge 1.5$ and $b \le 1.5$: exactly one choice. With larger weights there is more room, because a common factor stretches all scores. A score is therefore no measure of safety; the distance from the line is one, and it gets its own section below.

# %% [markdown]
# ## Learning from mistakes
#
# Setting weights by hand was easy for four samples with two inputs. For 64 inputs we want a rule that finds them. The step is flat, so there is no slope to follow. But there is something simpler: for a sample with the label $y$ we can compare label and answer. The **error signal**
#
# $$ e = y - \hat y \tag{3.5} $$
#
# has only three values. It is $0$ when the answer is right, $+1$ when the unit said 0 and should have said 1, and $-1$ when it said 1 and should have said 0.

# %% [markdown]
# What should happen after a mistake with $e = +1$? The score was too low, so raise it: move each weight in the direction of its input, $w + x$, and raise the bias. After $e = -1$ do the opposite, and after $e = 0$ leave everything alone. All three cases are one line, the **perceptron learning rule**:
#
# $$ w \leftarrow w + \eta\, e\, x, \qquad b \leftarrow b + \eta\, e . \tag{3.6} $$
#
# The number $\eta > 0$ is the **learning rate**, `lr` in the code. The samples are shown one after the other, and the update follows each sample at once, before the next is judged. One pass through all samples is an **epoch**. We start at $w = 0$, $b = 0$.

# %% [markdown]
# Does the update help? Score the same sample again with the new weights:
#
# $$ z_\text{new} - z = (w + \eta e x) \cdot x + b + \eta e - (w \cdot x + b) = \eta\, e\, (\lVert x \rVert^2 + 1). $$
#
# The score moves in the direction of $e$, always, by an amount that depends on the learning rate and the length of the sample. It need not become right in one step, and other samples may suffer. That the whole process nevertheless comes to an end is not obvious; it is a theorem, and it has its own section.

# %% [markdown]
# ### Exercise 3.6: one update by hand
#
# Take $w = (1, -2)$, $b = 0.5$, the sample $x = (2, 1.5)$ with label $y = 1$, and lr $= 0.4$. Compute on paper: the score `z`, the answer `y_hat`, the error `e`, the new `w` and `b`, and the score `z_new` of the same sample afterwards.

# %%
# Exercise 3.6: one update by hand
### BEGIN SOLUTION
by_hand = {"z": -0.5, "y_hat": 0, "e": 1, "w": np.array([1.8, -1.4]), "b": 0.9, "z_new": 2.4}
### END SOLUTION

# %%
check("3.6", by_hand)

# %% [markdown]
# Now compare with the formula above: $\lVert x \rVert^2 = 4 + 2.25$, so the score must move by $0.4 \cdot 1 \cdot 7.25 = 2.9$.

# %% tags=["nbval-check-output"]
x, lr = np.array([2.0, 1.5]), 0.4
print(f"{lr * 1 * (x @ x + 1):.1f}")

# %% [markdown]
# From $-0.5$ to $2.4$ is a rise of $2.9$: the sample is now on its right side.
#
# ### Exercise 3.7: the update as code
#
# Return the new weights as a *new* array. `w += ...` would change the array of the caller, and the check would tell you so.

# %%
# Exercise 3.7: perceptron_update
def perceptron_update(x, y, w, b, lr):
    """One sample's correction, equations (3.5) and (3.6).

    x (D,), y 0 or 1, w (D,), b and lr numbers;
    returns the new w (D,) and b.
    """
    perceptron_predict = use("3.4")
    ### BEGIN SOLUTION
    e = y - perceptron_predict(x, w, b)
    return w + lr * e * x, b + lr * e
    ### END SOLUTION


# %%
check("3.7", perceptron_update)

# %% [markdown]
# The rule is at work in the next figure: step by step it goes through the samples of a gate, again and again. First the question.

# %%
predict("3.b")

# %% [markdown]
# The ring marks the sample that was just shown. When the answer is right the line rests; when it is wrong the line jumps, and the old one stays as a dashed trace. Play AND from the start to its end: eleven corrections, then silence. The learning rate may be turned while it plays; the run goes on from where it is.
#
# **Explain.** Choose XOR and watch the weights in the second picture. What do you see after the first few epochs, and what does it tell you about waiting longer?
#
# <details><summary>Answer</summary>
# The weights repeat: after every epoch they return to the same values. The rule has no memory besides the weights, so from then on every epoch is the same as the one before. Waiting longer cannot help.
# </details>

# %% [markdown]
# ### Exercise 3.8: the perceptron
#
# The whole learner: start at zero, go through the samples in the given order, correct after each one, `epochs` times. This is the central function of the chapter.

# %%
# Exercise 3.8: perceptron_fit
def perceptron_fit(X, y, lr, epochs):
    """Train a perceptron from w = 0, b = 0 by rule (3.6), all samples in
    their order in every epoch.

    X (N, D), y (N,) labels 0 and 1, lr a number, epochs a whole number;
    returns w (D,) and b.
    """
    perceptron_update = use("3.7")
    ### BEGIN SOLUTION
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, target in zip(X, y):
            w, b = perceptron_update(x, target, w, b, lr)
    return w, b
    ### END SOLUTION


# %%
check("3.8", perceptron_fit)

# %% [markdown]
# Let it learn three gates, with lr $= 1$ and ten epochs.

# %% tags=["nbval-check-output"]
fit = use("3.8")
for gate in ("AND", "OR", "NAND"):
    X, y = datasets.gate(gate)
    w, b = fit(X, y, 1.0, 10)
    print(f"{gate:5} b = {b:+.0f}   w = ({w[0]:+.0f}, {w[1]:+.0f})   answers {ops.perceptron_predict(X, w, b)}")

# %% [markdown]
# All twelve answers are right. AND ends at $b = -3$, $w = (2, 1)$. Check one row by hand: for $(1, 0)$ the score is $2 - 3 = -1$, so the answer is 0. The weights are whole numbers, because each is a sum of corrections of size 1; and they are not symmetric, although AND is. We come back to that.

# %% [markdown]
# ## When to stop
#
# Ten epochs were a guess. A better plan follows from the rule itself: an epoch without a single mistake changes nothing, so the next epoch would judge every sample by the same weights and find no mistake either. **The first error-free epoch is the right moment to stop.**

# %%
fig, ax = style.figure(width=6.0, height=2.8)
looks = zip(style.MARKERS, style.DASHES, (7, 2.5, 2), (0.4, 1, 1))  # AND and NAND share most of their way
for gate, (marker, dash, width, alpha) in zip(("AND", "OR", "NAND"), looks):
    mistakes = ops.perceptron_fit(*datasets.gate(gate), lr=1.0, epochs=10).mistakes_per_epoch
    ax.plot(np.arange(1, len(mistakes) + 1), mistakes, marker=marker, linestyle=dash, linewidth=width,
            markersize=4 + width, alpha=alpha, label=gate)
ax.set(title="The mistakes do not fall steadily, but they reach 0", xlabel="epoch", ylabel="mistakes of 4 samples", yticks=range(4))
ax.legend()
style.show(fig, alt="Mistakes per epoch for AND, OR and NAND: up to three, zero in epochs 6, 4 and 6.")

# %% [markdown]
# `ops.perceptron_fit` is the course's version of your function; it also records what happens on the way and stops by itself. OR is free of mistakes in epoch 4, AND and NAND in epoch 6. The curves of AND and NAND rise before they fall: a correction for one sample can spoil another.
#
# ### Exercise 3.9: the first error-free epoch
#
# Return its number, counted from 1, or 0 when none of the first `max_epochs` epochs was free of mistakes.

# %%
# Exercise 3.9: epochs_to_converge
def epochs_to_converge(X, y, lr, max_epochs):
    """Number of the first epoch without a mistake, 0 when there is none.

    X (N, D), y (N,) labels 0 and 1; start at zero, samples in their order,
    rule (3.6).
    """
    perceptron_predict, perceptron_update = use("3.4"), use("3.7")
    w, b = np.zeros(X.shape[1]), 0.0
    ### BEGIN SOLUTION
    for epoch in range(1, max_epochs + 1):
        mistakes = 0
        for x, target in zip(X, y):
            mistakes += perceptron_predict(x, w, b) != target
            w, b = perceptron_update(x, target, w, b, lr)
        if mistakes == 0:
            return epoch
    return 0
    ### END SOLUTION


# %%
check("3.9", epochs_to_converge)

# %% [markdown]
# ## A learner that has gone wrong
#
# A colleague wants the number of mistakes in every epoch and has written the function below. It looks tidy, it raises no error, and on OR it even reaches zero. But on AND it disagrees with the figure above: instead of 2, 3, 3, 2, 1, 0 it takes a course of its own.
#
# ### Exercise 3.10: find the fault
#
# Mend the function. The fault is in the order of events, not in a sign. Trace the first epoch of AND on paper if you do not see it.

# %%
# Exercise 3.10: mistakes_per_epoch
def mistakes_per_epoch(X, y, lr, epochs):
    """Mistakes made, and corrected, in each epoch; X (N, D), y (N,);
    returns whole numbers (epochs,).
    """
    w, b = np.zeros(X.shape[1]), 0.0
    mistakes = np.zeros(epochs, dtype=int)
    for epoch in range(epochs):
        ### BEGIN BUGGY
        #| errors = y - ops.perceptron_predict(X, w, b)
        #| for x, e in zip(X, errors):
        #|     w, b = w + lr * e * x, b + lr * e
        #|     mistakes[epoch] += e != 0
        ### END BUGGY
        ### BEGIN SOLUTION
        for x, target in zip(X, y):
            e = target - float(w @ x + b >= 0)
            w, b = w + lr * e * x, b + lr * e
            mistakes[epoch] += e != 0
        ### END SOLUTION
    return mistakes


# %%
check("3.10", mistakes_per_epoch)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The faulty version judges all samples by the weights at the start of the epoch and adds up their corrections. That is a rule too, a batch form, but not the one of this chapter: the sample that comes second is corrected for a mistake that the first correction may already have mended, or is not corrected for one that it has just caused.
# </details>
#
# It is worth remembering how the fault was found. The program ran, the code was shorter than the right one, and only a comparison with a known course of numbers gave it away.

# %% [markdown]
# ## Many right answers
#
# AND treats its two inputs alike, yet the run ended at $w = (2, 1)$. Nothing is wrong with that: a separable task has **many** separating lines, and the rule stops at the first one it meets. Which one that is depends on the path. Here are four lines for AND; all of them make no mistake.

# %%
fig, ax = style.figure(width=6.4, height=3.4)
figures.scatter(ax, *datasets.gate("AND"))
t = np.array([-0.5, 1.5])
for (b, w1, w2), dash in zip(((-3, 2, 1), (-3, 1, 2), (-1.5, 1, 1), (-2.2, 2, 1)), style.DASHES):
    ax.plot(t, -(b + w1 * t) / w2, linestyle=dash, label=f"b = {b}, w = ({w1}, {w2})")
ax.set(title="Four of infinitely many lines for AND", xlabel="$x_1$", ylabel="$x_2$", xlim=(-0.5, 1.5), ylim=(-0.5, 2))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
style.show(fig, alt="The four samples of AND and four different straight lines, each with only (1, 1) above it.")

# %% [markdown]
# Look closely at the first two: the line of $(-3, 2, 1)$ passes exactly through the sample $(1, 1)$. The score there is 0, and the step's convention calls that a yes. The rule asks for no more than being right.
#
# On what does the end point depend? On the start, on the **order** of the samples, on the number of epochs if you stop early, and, as we shall see, on rounding. Here are the end points of all 24 orders in which the four samples of AND can be shown.

# %% tags=["nbval-check-output"]
for (b, w1, w2), orders in experiments.order_end_points("AND").items():
    print(f"{orders} orders end at b = {b:+.0f}, w = ({w1:+.0f}, {w2:+.0f})")

# %% [markdown]
# Two end points, one the mirror image of the other, twelve orders each. So even from the same start with the same learning rate, the order of the samples decides.
#
# ### Exercise 3.11: another order
#
# Give an order of the four sample numbers 0 to 3 (0 is the input 00, 1 is 01, 2 is 10, 3 is 11) that ends at the other point. Try to say why it must, before you try it out.

# %%
# Exercise 3.11: another order
### BEGIN SOLUTION
order = [0, 2, 1, 3]
### END SOLUTION

# %%
check("3.11", order)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Exchanging samples 1 and 2 exchanges the roles of the two inputs, so the whole run is mirrored, and $w_1$ and $w_2$ change places. Other orders work as well; for them the argument is longer.
# </details>

# %% [markdown]
# ## A rounding trap
#
# From a zero start the learning rate should not matter. Every weight is then $\eta$ times a sum of corrections, the score is $\eta$ times what it would be with lr $= 1$, and the step looks only at the sign. The whole path is scaled by $\eta$, and not one answer changes. With lr $= 0.1$ AND should end at a tenth of $(-3, 2, 1)$.

# %% tags=["nbval-check-output"]
X, y = datasets.gate("AND")
for lr in (1.0, 0.5, 0.1):
    w, b = fit(X, y, lr, 10)
    print(f"lr {lr}: b = {b:+.1f}, w = ({w[0]:+.1f}, {w[1]:+.1f}), first error-free epoch {use('3.9')(X, y, lr, 20)}")

# %% [markdown]
# With 0.5 it does: half of $(-3, 2, 1)$. With 0.1 it ends at $(-0.2, 0.2, 0.1)$ instead of $(-0.3, 0.2, 0.1)$, and two epochs earlier. The argument above was right, so the computer must have done something else. The printed numbers hide it.
#
# ### Exercise 3.12: catch the rounding error
#
# Run your perceptron on AND with lr 0.1 for ten epochs. Report its `w` and `b` as they are, the `score` of the sample $(1, 0)$ as the computer finds it, and `exact`, the score that the decimals $0.2$, $0.1$ and $-0.2$ would give on paper.

# %%
# Exercise 3.12: rounding trap
X, y = datasets.gate("AND")
fit = use("3.8")
### BEGIN SOLUTION
w, b = fit(X, y, 0.1, 10)
trap = {"w": w, "b": b, "score": w[0] * 1 + w[1] * 0 + b, "exact": 0.0}
### END SOLUTION

# %%
check("3.12", trap)

# %% [markdown]
# The number 0.1 has no finite binary expansion, so the computer works with a neighbor of it, and sums such as $-0.1 - 0.1 - 0.1 + 0.1$ end next to $-0.2$ rather than on it. The score of $(1, 0)$ comes out as $-2.8 \cdot 10^{-17}$.

# %% tags=["nbval-check-output"]
b = 0.0
for correction in (-0.1, +0.1, -0.1, -0.1, +0.1, -0.1, -0.1, +0.1):  # the eight corrections of the bias in the run
    b += correction
print(f"b = {b!r}, score of (1, 0) = {0.2 + b:.2g}")

# %% [markdown]
# On paper the score is exactly 0, the step says 1, AND wants 0: a mistake, and the run must go on, as it does with lr 1. In the machine the score is below 0 by a hair, the step says 0, and the run ends. A difference of $10^{-17}$ decided between two outcomes, because the step is decided by a sign.
#
# Two lessons. Powers of two such as $1$ or $0.5$ are exact, so they are the honest choice when a result is to be compared with a calculation on paper. And a result that depends on whether a number is *exactly* zero should not be trusted; an answer needs some distance from the boundary.

# %% [markdown]
# ## How far from the line?
#
# How far is a sample from the boundary? The score alone does not say: multiply $w$ and $b$ by ten, and it is ten times as large while the line has not moved. Dividing by the length of $w$ removes the factor:
#
# $$ d = \frac{w \cdot x + b}{\lVert w \rVert} . \tag{3.7} $$
#
# The absolute value of $d$ is the perpendicular distance from the boundary, the sign says on which side the sample lies: positive where the answer is 1.

# %% [markdown]
# Why is that so? Start at a point $p$ of the boundary and walk the distance $d$ along the unit vector $w / \lVert w \rVert$, which is perpendicular to it. You arrive at $x = p + d\, w / \lVert w \rVert$, and the score there is $w \cdot p + b + d\, w \cdot w / \lVert w \rVert = 0 + d\, \lVert w \rVert$. Solve for $d$.
#
# Nothing in this uses $D = 2$. With three inputs the boundary is a plane, with $D$ inputs a **hyperplane** of dimension $D - 1$, and a perceptron is a linear threshold function in $D$ dimensions: it asks on which side of a hyperplane the sample lies.

# %% [markdown]
# ### Exercise 3.13: the signed distance

# %%
# Exercise 3.13: signed_distance
def signed_distance(X, w, b):
    """Distance of each row of X from the boundary, positive on the side of
    answer 1, equation (3.7).

    X (N, D), w (D,), b a number; returns d (N,).
    """
    ### BEGIN SOLUTION
    return (X @ w + b) / np.sqrt(w @ w)
    ### END SOLUTION


# %%
check("3.13", signed_distance)

# %% [markdown]
# ## Zero or one? The machine answers
#
# Now back to the opening question, in 64 dimensions. Training data are 293 zeros and ones; 67 others are kept aside for the test. The code is the one that learned AND.

# %% tags=["nbval-check-output"]
train, test = digits.y_train < 2, digits.y_test < 2
w, b = fit(digits.X_train[train], digits.y_train[train], 1.0, 10)
y_hat = ops.perceptron_predict(digits.X_test[test], w, b)
print("mistakes per epoch:", use("3.10")(digits.X_train[train], digits.y_train[train], 1.0, 5))
print("wrong on the test samples:", np.sum(y_hat != digits.y_test[test]), "of", np.sum(test))

# %% [markdown]
# Seventeen corrections, three epochs, and from the fourth on no mistake: zeros and ones are linearly separable in these 64 dimensions. None of the 67 unseen digits is misread. That does not prove a perfect machine; with no error in 67 trials the true rate may still be up to about $3/67 \approx 4.5\,\%$ (at 95 % confidence). And zero against one is an easy pair.

# %%
fig, (left, right) = style.figure(1, 2, width=7.2, height=2.9)
figures.heatmap(left, w.reshape(8, 8), "column", "row", signed=True, label="weight")
left.set_title("Ink in the center speaks for a one")
d = use("3.13")(digits.X_test[test], w, b)
by_label = {f"label {label}": d[digits.y_test[test] == label] for label in (0, 1)}
figures.histogram(right, by_label, np.linspace(-2, 2.2, 22), "signed distance", "test digits")
right.set_title("Every test digit is on its own side")
style.show(fig, alt="Left: the 64 weights as a picture, positive in the center, negative on a ring. Right: histogram of "
           "signed distances, zeros left of 0 and ones right of it with a gap between.")

# %% [markdown]
# The weights can be read. Blue pixels speak for a one, orange ones against it: ink in the center column is evidence for a one, ink on a ring around it for a zero. The machine has found by correction what we could see but not write down.
#
# **Explain.** Why are nearly all weights in the leftmost column exactly 0?
#
# <details><summary>Answer</summary>
# Corrections add or subtract samples, so a pixel that is white ($x_d = 0$) in every corrected sample never changes its weight. The weight stays where it started. That says "not learned", which is not the same as "unimportant".
# </details>

# %% [markdown]
# ## Why it must stop
#
# Corrections for one sample can spoil another. Could the rule run in circles for ever on a task that *can* be solved? No. If any separating line exists, the number of corrections is bounded, and the bound is known beforehand.
#
# Write each sample with its leading 1, $\tilde x = (1, x)$, collect bias and weights in one vector, $v = (b, w)$, and turn the labels into signs $s = 2y - 1$, which are $-1$ and $+1$. A sample is safely right when $s\, v \cdot \tilde x > 0$. Let $v^*$ be *some* vector that gets all samples right. Two numbers measure how hard the task is:
#
# $$ \gamma = \min_i \frac{s_i\, v^* \cdot \tilde x_i}{\lVert v^* \rVert}, \qquad R = \max_i \lVert \tilde x_i \rVert . \tag{3.8} $$
#
# The **margin** $\gamma$ is the clearance that the narrowest sample has; $R$ is the length of the longest sample.

# %% [markdown]
# **Perceptron convergence theorem.** Started at zero, with any learning rate and any order of the samples, the perceptron makes at most
#
# $$ M \le \left( \frac{R}{\gamma} \right)^2 \tag{3.9} $$
#
# corrections. After the last one every sample is right, so there is a first error-free epoch.
#
# *Proof.* Let $v^*$ have length 1. A correction adds $\eta s \tilde x$ to $v$, for a sample with $s\, v \cdot \tilde x \le 0$.
#
# 1. Each correction raises $v^* \cdot v$ by $\eta\, s\, v^* \cdot \tilde x \ge \eta \gamma$. After $M$ corrections $v^* \cdot v \ge M \eta \gamma$.
# 2. Each correction changes $\lVert v \rVert^2$ by $2 \eta\, s\, v \cdot \tilde x + \eta^2 \lVert \tilde x \rVert^2 \le \eta^2 R^2$, because the first term is not positive. After $M$ corrections $\lVert v \rVert \le \sqrt{M}\, \eta R$.
# 3. A projection is not longer than the vector: $M \eta \gamma \le v^* \cdot v \le \lVert v \rVert \le \sqrt{M}\, \eta R$. Divide by $\sqrt M\, \eta \gamma$ and square. ∎

# %% [markdown]
# The proof is a race. The progress toward $v^*$ grows at least like $M$, the length of $v$ at most like $\sqrt M$, and the progress can never exceed the length: the race has to end. The learning rate cancels, which is the exact form of "from a zero start it does not matter".
#
# What the theorem does *not* say is as important: it needs a separating line to exist, it does not promise the best line, and for a start elsewhere the bound is another one.

# %%
predict("3.c")

# %% [markdown]
# Make the gap narrower: drag its dashed edge, or click into the second picture. The bound climbs steeply, two decades for each decade of the gap; the corrections really made climb too, but stay far below. The bound holds for the worst order of the worst samples, and these samples are not the worst.

# %% [markdown]
# ### Exercise 3.14: the bound
#
# Compute $(R/\gamma)^2$ from equation (3.8) for a separating pair `w`, `b` that is given.

# %%
# Exercise 3.14: mistake_bound
def mistake_bound(X, y, w, b):
    """The bound (R / gamma)^2 on the number of corrections, equations (3.8)
    and (3.9).

    X (N, D), y (N,) labels 0 and 1, w (D,) and b separate the classes;
    returns a number.
    """
    s = 2 * y - 1
    ### BEGIN SOLUTION
    R2 = (1 + (X * X).sum(axis=1)).max()
    gamma = (s * (X @ w + b)).min() / np.sqrt(w @ w + b * b)
    return R2 / gamma**2
    ### END SOLUTION


# %%
check("3.14", mistake_bound)

# %% [markdown]
# How loose is it? For AND, $w = (2, 2)$ and $b = -3$ separate with room; eleven corrections were made. For clouds with a given gap we move the two groups off the origin, as in the demo, and take the line in the middle of the gap, $x_1 + x_2 = 3$.

# %% tags=["nbval-check-output"]
bound = use("3.14")
X, y = datasets.gate("AND")
print(f"AND       made {ops.perceptron_fit(X, y).corrections:3d}   bound {bound(X, y, np.array([2.0, 2.0]), -3.0):6.0f}")
for gap in (1.6, 0.8, 0.4, 0.2, 0.1):
    X, y = datasets.separable_clouds(60, gap, rng=1)
    X = X + np.array([2.0, 1.0])
    made = ops.perceptron_fit(X, y, epochs=100).corrections
    print(f"gap {gap:3.1f}   made {made:3d}   bound {bound(X, y, np.array([1.0, 1.0]), -3.0):6.0f}")

# %% [markdown]
# Never more corrections than the bound allows, and usually a small fraction of it. For AND the bound is 51 and the run needed 11. For the clouds, halving the gap multiplies the bound by about four; the corrections made grow by a factor between 1.4 and 2.2. A bound like this is no forecast; its value is that it exists, that it is finite, and that it names the two things that matter, the margin and the size of the samples.

# %% [markdown]
# ## The same rule with signs
#
# Many books label the classes $s = -1$ and $s = +1$ instead of 0 and 1, and let the unit answer in the same two numbers. The course uses 0 and 1; $s = 2y - 1$ and $y = (s + 1)/2$ convert. In signs the rule looks even shorter: on a mistake the error $e$ of equation (3.5) *equals* the sign of the label, so
#
# $$ \text{if } \hat s \ne s: \qquad w \leftarrow w + \eta\, s\, x, \quad b \leftarrow b + \eta\, s . \tag{3.10} $$
#
# A common trap is to mix the two: a unit that answers $-1$ and $+1$ compared with labels 0 and 1 is never right on class 0, and never stops.

# %% [markdown]
# ### Exercise 3.15: the same path in signs
#
# The function below should walk exactly the path of `perceptron_fit`, with labels $-1$ and $+1$. On some data it does, on the gates it does not. Find the faulty condition and mend it.

# %%
# Exercise 3.15: perceptron_fit_signs
def perceptron_fit_signs(X, s, lr, epochs):
    """Rule (3.10) from zero; X (N, D), s (N,) labels -1 and +1;
    returns w (D,) and b.
    """
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(epochs):
        for x, sign in zip(X, s):
            z = w @ x + b
            ### BEGIN BUGGY
            #| wrong = sign * z <= 0
            ### END BUGGY
            ### BEGIN SOLUTION
            s_hat = 1 if z >= 0 else -1
            wrong = s_hat != sign
            ### END SOLUTION
            if wrong:
                w, b = w + lr * sign * x, b + lr * sign
    return w, b


# %%
check("3.15", perceptron_fit_signs)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The short test $s z \le 0$ is in wide use, and it is a rule of its own: it also corrects a sample of class $+1$ that lies exactly on the line. Both rules converge. They differ only at $z = 0$, but the very first score of every run from zero is 0, so the two paths part at the first step.
# </details>

# %% [markdown]
# ## The wall: XOR
#
# In the gates demo XOR always kept one error. Is there really no line, or did we not look long enough? Suppose there were weights. The four rows of the table demand
#
# $$ b < 0, \qquad w_2 + b \ge 0, \qquad w_1 + b \ge 0, \qquad w_1 + w_2 + b < 0 . $$
#
# Add the two in the middle: $w_1 + w_2 + 2b \ge 0$, that is $w_1 + w_2 + b \ge -b > 0$. This contradicts the last. **No single threshold unit computes XOR**, whatever its weights and however it is trained; three of four right is the best.

# %% [markdown]
# What does the learning rule do with a task that cannot be solved? The theorem is silent, so we look.
#
# ### Exercise 3.16: the history of XOR
#
# Run `ops.perceptron_fit` on XOR with lr 1 for eight epochs. Report `mistakes`, the mistakes of each epoch; `from_epoch`, the first epoch from which every epoch has four; and `weights`, the values $(b, w_1, w_2)$ at the end of the eighth. The result has the attributes `mistakes_per_epoch`, `w`, `b` and `history`.

# %%
# Exercise 3.16: XOR history
X, y = datasets.gate("XOR")
### BEGIN SOLUTION
run = ops.perceptron_fit(X, y, lr=1.0, epochs=8)
xor_run = {"mistakes": run.mistakes_per_epoch, "from_epoch": 3, "weights": np.array([run.b, *run.w])}
### END SOLUTION

# %%
check("3.16", xor_run)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Three mistakes, three, then four in every epoch, and at the end of each epoch the weights are back at $(0, -1, 0)$. The rule is trapped in a cycle: every sample is corrected once an epoch, and the corrections cancel. It does not settle at the best line, with one error; it does not settle at all.
# </details>
#
# In 1969 Marvin Minsky and Seymour Papert published a book of such proofs. XOR was its plainest example, and the conclusion many drew was that networks of such units were a dead end. There are two ways out, and both were known.

# %% [markdown]
# ## Features by hand
#
# The first way out: change the inputs, not the unit. A unit may look at **fixed basis functions** $\phi_1, \dots, \phi_M$ of the input instead of the input itself:
#
# $$ \hat y = f\Big( \sum_{j=1}^{M} w_j\, \phi_j(x) + b \Big). \tag{3.11} $$
#
# The functions $\phi_j$ are chosen by a person, once; only the weights are learned. In the space of the features the boundary is still a plane, but seen from the space of $x$ it may be curved. For XOR one extra feature is enough: $\phi(x) = (x_1, x_2, x_1 x_2)$. The product is on for the input 11 alone, and a large negative weight on it takes back what the two inputs say together.

# %% [markdown]
# ### Exercise 3.17: the product feature

# %%
# Exercise 3.17: product_feature
def product_feature(X):
    """Features x1, x2, x1 x2 of each row; X (N, 2), returns phi (N, 3)."""
    ### BEGIN SOLUTION
    return np.column_stack([X, X[:, 0] * X[:, 1]])
    ### END SOLUTION


# %%
check("3.17", product_feature)

# %% [markdown]
# Nothing else changes. The same learner, on three features instead of two inputs:

# %% tags=["nbval-check-output"]
X, y = datasets.gate("XOR")
phi = use("3.17")(X)
w, b = fit(phi, y, 1.0, 20)
print("first error-free epoch:", use("3.9")(phi, y, 1.0, 20))
print(f"b = {b:+.0f}, w = ({w[0]:+.0f}, {w[1]:+.0f}, {w[2]:+.0f}), answers {ops.perceptron_predict(phi, w, b)}")

# %% [markdown]
# Eight epochs, and XOR is learned: $x_1 + x_2 - 3 x_1 x_2 \ge 1$. The wall was never the learning rule; it was the straight line in the plane of the two inputs.
#
# How does this plane look from the plane of $x$? The next cell makes a live figure out of a function of your own. The function takes the value of a slider and returns what is to be drawn, layer by layer, and a caption; `live.interact` calls it anew whenever the slider moves. It trains with *your* perceptron, if its check has passed.

# %%
from ipywidgets import IntSlider

features, (X_xor, y_xor) = use("3.17"), datasets.gate("XOR")  # later cells call other data X and y


def after(epochs):
    w, b = fit(features(X_xor), y_xor, 1.0, epochs)
    z = features(ops.grid((-0.5, 1.5), (-0.5, 1.5), 120)) @ w + b
    wrong = np.sum(ops.perceptron_predict(features(X_xor), w, b) != y_xor)
    layers = [live.Image(0, ops.step(z).reshape(120, 120))]
    for label, color, marker in ((0, style.ORANGE, "s"), (1, style.BLUE, "o")):
        layers.append(live.Points(0, *X_xor[y_xor == label].T, color=color, marker=marker, size=14, edge=style.DARK))
    return layers, f"After {epochs} epochs {wrong} of 4 answers are wrong."


live.interact(
    after, epochs=IntSlider(8, min=1, max=8), size=(420, 380),
    panels=[("The boundary in the plane of x", "$x_1$", "$x_2$", (-0.5, 1.5), (-0.5, 1.5))],
    title="XOR with a product feature", alt="The four points of XOR and a curved boundary between the two classes.",
)

# %% [markdown]
# The boundary is no longer straight: $x_1 + x_2 - 3 x_1 x_2 = 1$ is a hyperbola, whose two branches cut off two corners of the square for the answer 1. Each branch passes exactly through one of the two ones, where the score is 0 and the step says yes: the rule asks for no more than being right. Move the slider back to see the epochs before.
#
# The catch is in the words *by a person*. For two inputs a product is easy to guess. For the 64 pixels of a digit there are 2016 products of pairs, and nobody knows which ones matter. So the next step is to let the features be learned as well.

# %% [markdown]
# ## A hidden layer folds the plane
#
# The second way out: let other units compute the features. Units between input and output are called **hidden**, because neither the data nor the answer shows their values. With $H$ hidden units,
#
# $$ h = g(x W_1 + b_1), \qquad \hat y = h W_2 + b_2 . \tag{3.12} $$
#
# Here $x$ is a row with $D$ entries, $W_1$ has the shape $(D, H)$, one column for each hidden unit, $b_1$ and $h$ have $H$ entries, and $W_2$ has one weight for each hidden unit. As $g$ we take the **rectified linear unit**, $\operatorname{relu}(z) = \max(0, z)$: it passes positive scores and stops negative ones.
#
# The bend in $g$ is essential. Without it $\hat y = x W_1 W_2 + \dots$ would be a single linear function again, however many layers there are.

# %% [markdown]
# **How layers are counted.** Books disagree, so here is the course's rule: $L$ is the number of **weight** layers, there are $L - 1$ hidden layers, and the input is layer 0. The input computes nothing and has no units. A 2-2-1 net has $L = 2$ and one hidden layer; a 784-100-10 net has $L = 2$ and one hidden layer too. With weights and biases they hold this many numbers:

# %% tags=["nbval-check-output"]
ops.count_parameters((2, 2, 1)), ops.count_parameters((784, 100, 10))

# %% [markdown]
# The first: $2 \cdot 2 + 2$ in layer 1 and $2 + 1$ in layer 2, nine in all. Such nets are called **multilayer perceptrons**, although their hidden units are no step units.

# %%
predict("3.d")

# %% [markdown]
# The second picture is the point of the demo. It shows the same four samples, not at their inputs $(x_1, x_2)$ but at the values $(h_1, h_2)$ of the two hidden units. Press play: first the weights turn and squeeze the plane, here onto a single line, then ReLU folds this line at 0. At the end 00 and 11 lie on the same spot, 01 and 10 on the two axes, and now one straight line suffices. The hidden layer has folded the plane along the line $x_1 = x_2$.
#
# Drag the arrows, which are the weights of the two hidden units, and see the fold turn with them. Then try the preset *XOR, another way*. The solution is not unique here either. And try *One dead unit*: we meet it again soon.

# %% [markdown]
# ### Exercise 3.18: a difference from units that cannot be negative
#
# The hidden outputs are never negative, yet the net can answer with a negative number. Find weights, all of them $-1$ or $1$ and without biases, such that $\operatorname{relu}(x W_1)\, W_2 = x_1 - x_2$ for *every* input. The check tries eight samples.

# %%
# Exercise 3.18: x1 - x2
### BEGIN SOLUTION
difference = {"W1": np.array([[1.0, -1.0], [-1.0, 1.0]]), "W2": np.array([1.0, -1.0])}
### END SOLUTION

# %%
check("3.18", difference)

# %% tags=["nbval-check-output"]
answer = use("3.18")
pairs = experiments.PAIRS
print("x1 - x2    ", pairs[:, 0] - pairs[:, 1])
print("the net    ", ops.relu(pairs @ answer["W1"]) @ answer["W2"])

# %% [markdown]
# The two lines agree: every number is the difference of two parts that are not negative, $z = \operatorname{relu}(z) - \operatorname{relu}(-z)$. One unit reports the difference when it is positive, the other when it is negative, and the output weights give back the sign.

# %% [markdown]
# ### Exercise 3.19: XOR by hand
#
# One number is to be changed, or a whole new solution to be found: any weights and biases of a 2-2-1 ReLU net that give 0, 1, 1, 0 will pass.

# %%
# Exercise 3.19: XOR by hand
### BEGIN SOLUTION
xor = {
    "W1": np.array([[1.0, -1.0], [-1.0, 1.0]]),
    "b1": np.array([0.0, 0.0]),
    "W2": np.array([1.0, 1.0]),
    "b2": 0.0,
}
### END SOLUTION

# %%
check("3.19", xor)

# %% [markdown]
# <details><summary>Once it is right</summary>
# With both output weights 1 the net computes $\operatorname{relu}(x_1 - x_2) + \operatorname{relu}(x_2 - x_1) = \lvert x_1 - x_2 \rvert$, which on the four corners is XOR. The dead end of 1969 is passed with nine numbers, three of which are zero.
# </details>

# %% [markdown]
# ## Trained instead of set by hand
#
# The weights exist. Will training find them? The perceptron rule cannot tell: it corrects a unit whose right answer is known, and nobody knows the right answer of a *hidden* unit. The method that solves this, back-propagation, is the subject of the next chapter; here we only use it, as a black box that lowers the mean squared error step by step.
#
# One run proves nothing, because it starts from random weights. So we train from 100 random starts (weights from a normal distribution with standard deviation 0.7, 3000 steps, lr 0.05) and call a run solved when its error falls below 0.001.

# %% tags=["nbval-check-output"]
print("solved of 100 starts   hidden units  2    4    8")
for (task, bias), solved in experiments.success_table().items():
    print(f"{task:8} {'with biases' if bias else 'without biases':15}       ", *(f"{n:4d}" for n in solved))

# %% [markdown]
# Two hidden units are enough to *represent* XOR, and four in five runs fail to find it. With eight units nine in ten succeed. This is a general experience: a network that is larger than necessary is easier to train. (With 100 starts each share is uncertain by up to ±10.) Learning $x_1 - x_2$ with two units succeeds four times in ten without biases, and nearly always with them.
#
# Why do runs fail? Look inside one hidden unit. Where its score is negative, ReLU answers 0 and its slope is 0, so a small change of its weights changes nothing. If its score is negative, or zero, for **all** samples, it contributes nothing and receives no correction, now or ever, unless another layer changes its input. Such a unit is called **dead**.

# %% [markdown]
# ### Exercise 3.20: count the dead
#
# For a hidden layer `W1`, `b1`, say of each unit whether it is dead on the samples $X$. The slope of ReLU at exactly zero is 0 by the course's convention.

# %%
# Exercise 3.20: dead_units
def dead_units(X, W1, b1):
    """True for each hidden ReLU unit whose score is <= 0 on every sample.

    X (N, D), W1 (D, H), b1 (H,); returns (H,) booleans.
    """
    ### BEGIN SOLUTION
    return (X @ W1 + b1 <= 0).all(axis=0)
    ### END SOLUTION


# %%
check("3.20", dead_units)

# %% [markdown]
# Now sort the 100 runs with two hidden units and biases by the number of units that are still alive at the end.

# %% tags=["nbval-check-output"]
runs = experiments.trained_from_starts("XOR", hidden=2, bias=True)
alive = 2 - runs.dead.sum(axis=1)
for n in (0, 1, 2):
    print(f"{n} units alive: {np.sum(alive == n):3d} runs, {np.sum(runs.solved[alive == n]):3d} of them solved")

# %% [markdown]
# Every run that solved XOR has both units alive, as it must: one bend is not enough. Of the 81 failures, 70 have lost at least one unit. The inputs of XOR are never negative, so a unit that starts with two negative weights is dead before the first step. In the other eleven failures both units live, but both look at the same side of the line $x_1 = x_2$, and the descent ends in a valley that is not the deepest.

# %%
fig, ax = style.figure(width=6.2, height=3.0)
alive_and_solved = {}
for hidden in (2, 4, 8):
    runs = experiments.trained_from_starts("XOR", hidden, bias=True)
    alive_and_solved[f"{hidden} units"] = hidden - runs.dead.sum(axis=1), runs.solved
figures.bands(ax, alive_and_solved, "hidden units alive at the end", "share of runs solved", "mean", ("ci", 95), "lower right")
ax.set_title("With fewer than two living units XOR is never solved")
style.show(fig, alt="Share of solved XOR runs against the number of living hidden units, for layers of 2, 4 and 8 units: "
           "0 below two living units, rising toward 1 with more, with bands of uncertainty.")

# %% [markdown]
# The picture explains the table. A larger layer loses units as well, but it can afford to: what counts is how many are left. (The bands say where the share may lie with 95 percent confidence. Some points rest on a few runs only, so read the trend, not the wiggles.)
#
# The story is another one for $x_1 - x_2$. Its eight samples lie on all sides of the origin, so a unit without a bias is positive on some of them whatever its weights, and none of the failures without biases has a dead unit. There the two units look at the same side, and a bias is what helps them to move.

# %% [markdown]
# ## Two lines for the overlapping dots
#
# Gates have four samples. Here are forty dots, two strays of class 0 among them, that no straight line separates.

# %%
X, y = datasets.overlapping_dots(0)
fig, ax = style.figure(width=4.2, height=3.4)
figures.scatter(ax, X, y)
ax.set(title="Class 1 lies in a band", xlabel="$x_1$", ylabel="$x_2$")
style.show(fig, alt="Forty dots in the plane; class 1 forms a diagonal band with class 0 on both of its sides.")

# %%
predict("3.e")

# %% [markdown]
# One unit: two errors at best, and from a few starts (try number 6, under *More*) far more. Two units: the boundary bends, and from most starts the errors vanish; the dashed lines are those of the hidden units, and the boundary follows them. With eight units it bends more than the data ask for. How complicated a boundary a network *can* draw is called its **capacity**; it grows with the number of hidden units. More is not better without end, as a boundary that follows every stray dot will do badly on new ones. Chapter 7 takes this up.
#
# Are your own dots harder? Choose *your own points* under *More* and click them into the plane.

# %% [markdown]
# Two numbers were set for you, the number of hidden units and the learning rate. How much hangs on them? Each cell of the next figure is a finished training of 200 epochs, and a click replays it.

# %%
demos.LearningRateMap()

# %% [markdown]
# Three things can be read off. The bottom row, a single unit, never gets far, whatever the rate. From left to right the loss falls, because small steps do not arrive within 200 epochs. And at the right end the steps are so large that luck decides: of the seven networks with two units or more, 2 end with a loss above 0.1 at the largest rate, and 6 of them when you set the random start to 1. A good rate is the largest that still works from *every* start, and it is found by trying. Chapter 6 returns to this.

# %% [markdown]
# ### Exercise 3.21: by hand again
#
# Use **step** units this time, in both layers: $h = \operatorname{step}(x W_1 + b_1)$, $\hat y = \operatorname{step}(h W_2 + b_2)$. Each hidden unit draws one line, and the output unit is a logic gate. Give `w`, `b` of a single unit with two errors, the fewest possible, and `W1`, `b1`, `W2`, `b2` of a net with none. Read the positions of the lines off the figure above.

# %%
# Exercise 3.21: two lines for the dots
### BEGIN SOLUTION
dots = {
    "w": np.array([1.0, 1.0]), "b": 0.85,
    "W1": np.array([[1.0, -1.0], [1.0, -1.0]]), "b1": np.array([0.85, 1.4]),
    "W2": np.array([1.0, 1.0]), "b2": -1.5,
}
### END SOLUTION

# %%
check("3.21", dots)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The single unit keeps the better of the two lines and gives up on the strays. The net uses both: one unit fires above the lower line, one below the upper line, and the output is AND. More hidden units cut out more complicated regions in the same way, each a line, the output a gate that combines the half-planes. This is the idea of the multilayer perceptron in one sentence.
# </details>

# %% tags=["nbval-check-output"]
experiments.dots_errors()

# %% [markdown]
# That two errors are the fewest possible was found by trying every line at 720 angles; a proof is possible too, as the strays and the band are arranged so that any line misses at least two dots.

# %% [markdown]
# ## A step or a sigmoid
#
# The step answers yes or no and says nothing about doubt. The **sigmoid** glides from 0 to 1, and its value can be read as the probability of class 1:
#
# $$ \sigma(z) = \frac{1}{1 + e^{-z}} . \tag{3.13} $$
#
# A step with a threshold somewhere else than 0 is a step of $x - t$, and a steeper sigmoid is $\sigma(k (x - t))$ with a larger $k$. How closely do they agree?

# %%
predict("3.f")

# %% [markdown]
# A steep sigmoid looks like a step; drag its threshold, or the top of its slope. Yet for learning the two are far apart, and the second picture shows why: the sigmoid has a slope everywhere, largest at the threshold, where it is $k/4$. The step has none to offer.
#
# It is sometimes said that a perceptron is nothing more than logistic regression. That is not so. **Logistic regression** is a sigmoid unit trained by descent on the **log loss**; the perceptron is a step unit trained by correcting mistakes. They share the score and the straight boundary. They differ in the answers (probabilities against yes or no), in the updates, and in what happens on data that no line separates.

# %% [markdown]
# The log loss of one sample is the negative logarithm of the probability that the unit gave to the true label:
#
# $$ \ell = -\,y \ln \sigma(z) - (1 - y) \ln(1 - \sigma(z)) . \tag{3.14} $$
#
# **Derive by hand.** Differentiate with respect to $z$. You need $\sigma' = \sigma (1 - \sigma)$ and nothing else; the slope of the sigmoid cancels, and what is left is short.
#
# <details><summary>The derivation</summary>
# $\frac{d\ell}{dz} = -y\,\frac{\sigma(1-\sigma)}{\sigma} + (1-y)\,\frac{\sigma(1-\sigma)}{1-\sigma} = -y(1-\sigma) + (1-y)\sigma = \sigma - y$.
# </details>

# %% [markdown]
# The result is
#
# $$ \frac{d\ell}{dz} = \sigma(z) - y . \tag{3.15} $$
#
# Check it against a difference quotient before you rely on it. `gradcheck.numerical_gradient` moves $z$ a little to both sides and divides.

# %% tags=["nbval-check-output"]
z, y_one = np.array([0.7]), 1
numeric = gradcheck.numerical_gradient(lambda z: -np.log(ops.sigmoid(z[0])), z)
print(f"by hand {ops.sigmoid(z)[0] - y_one:.8f}   numerically {numeric[0]:.8f}")

# %% [markdown]
# Eight decimals agree. With $dz/dw = x$ and $dz/db = 1$, a step of descent is $w \leftarrow w - \eta\,(\sigma(z) - y)\,x$.
#
# ### Exercise 3.22: one update of a sigmoid unit
#
# Write it with the course's sign convention of this chapter, $e = y - \hat y$, and compare it with exercise 3.7. One thing is different.

# %%
# Exercise 3.22: logistic_update
def logistic_update(x, y, w, b, lr):
    """One step of descent on the log loss of one sample, equations (3.13)
    and (3.15).

    x (D,), y 0 or 1, w (D,), b and lr numbers;
    returns the new w (D,) and b.
    """
    ### BEGIN SOLUTION
    e = y - ops.sigmoid(w @ x + b)
    return w + lr * e * x, b + lr * e
    ### END SOLUTION


# %%
check("3.22", logistic_update)

# %% [markdown]
# The formula is the perceptron's; only $\hat y$ is soft. From this small change follow large differences: the error is never exactly 0, so *every* sample moves the weights, and learning on separable data never ends. Look at AND:

# %% tags=["nbval-check-output"]
X, y = datasets.gate("AND")
for epochs in (10, 100, 1000, 10000):
    run = dense.train((2, 1), X, y, loss="bce", lr=1.0, epochs=epochs, init="zeros")
    (w,), (b,) = run.weights[0][0].T, run.weights[0][1]
    print(f"{epochs:6d} epochs   w = ({w[0]:5.2f}, {w[1]:5.2f})   b = {b:6.2f}   log loss {run.loss[-1]:.4f}")

# %% [markdown]
# The two weights stay equal, as the symmetry of AND suggests, because all four samples enter each step together. The line settles near the middle of the gap, but the weights keep growing: a steeper sigmoid always fits a little better. The perceptron stopped after eleven corrections.
#
# On data that no line separates it is the other way round. Compare both on the overlapping dots:

# %%
X, y = datasets.overlapping_dots(0)
run = ops.perceptron_fit(X, y, epochs=30)
errors = [np.sum(ops.perceptron_predict(X, v[1:], v[0]) != y) for v in run.history]
sigmoid_unit = dense.train((2, 1), X, y, loss="bce", lr=1.0, epochs=2000, init="zeros")
smooth = np.sum((sigmoid_unit.predict(X).ravel() >= 0.5) != y)
fig, ax = style.figure(width=6.4, height=2.8)
ax.plot(errors, color=style.ORANGE, label="perceptron after each correction")
ax.axhline(smooth, color=style.BLUE, linestyle="dashed", label="sigmoid unit, trained to the end")
ax.set(title="On inseparable dots the perceptron never settles", xlabel="corrections", ylabel="errors on 40 dots")
ax.legend()
style.show(fig, alt="Errors of the perceptron jump between 2 and 30 from correction to correction; the sigmoid unit "
           "ends at 2.")

# %% [markdown]
# The sigmoid unit ends with two errors, the fewest possible here. The perceptron jumps: now and then it touches two errors as well, and the next correction throws it off again; stopped at an unlucky moment it misreads 30 of the 40 dots. If you must use a perceptron on such data, keep the best weights seen so far.

# %% [markdown]
# ## Where this came from
#
# The ideas of this chapter are older than most computers, and their history explains many of their names.
#
# In 1943 McCulloch and Pitts described the threshold unit, and in 1949 Donald Hebb suggested that a synapse grows stronger when both of its cells are active together. In 1950 Alan Turing proposed the test named after him: a machine may be said to think when its written answers cannot be told from a person's. Frank Rosenblatt put weights and learning together in the perceptron of 1958, first simulated, then built with 400 light cells. The press promised machines that walk and talk; in 1969 Minsky and Papert showed what one layer cannot do.
#
# Disappointed hopes were followed by lack of money, the first **AI winter** of the 1970s. The 1980s belonged to **expert systems**, rules written down by hand, and a second winter came when those proved hard to maintain. What was built all the while, and is built today, is **weak AI**: systems for one kind of task, without a claim to understanding.

# %% [markdown]
# Networks with hidden layers returned in 1986, when back-propagation became widely known. For twenty years they competed with **shallow models**, which have at most one layer of learned features: hidden Markov models (HMM) and conditional random fields (CRF) for sequences, maximum-entropy classifiers (MaxEnt), support vector machines (SVM), kernel regression. These had better theory, and on small data better results.
#
# **Three reasons** made deep networks win from about 2010 on: large labelled data sets; computing power, above all graphics processors (GPU), which can be programmed for general arithmetic since CUDA (2007); and better methods, such as ReLU, careful initialization and new kinds of regularization. Speech recognition changed first, vision in 2012, games with Go in 2016, and medicine uses networks to read images and to find the shapes of proteins.

# %% [markdown]
# Three families of networks should be told apart. In a **feed-forward** net, like all in this chapter, signals run from input to output only. A **recurrent** net (chapter 9) feeds its state back to itself and so has a memory. A **Bayesian** net is something else again: its nodes are random variables, its arrows say which depends on which, and it answers with probabilities.

# %% [markdown]
# ## Right, or to be repaired
#
# The following sentences are found in print or heard in lectures. Two are right.
#
# - **A.** A step perceptron minimizes half the squared error by gradient descent.
#   1. It minimizes the number of mistakes by gradient descent.
#   2. The slope of the step is 0 almost everywhere, so there is nothing to descend; the rule corrects single mistakes and stops when there are none.
#   3. It minimizes the absolute error instead.
# - **B.** On separable data, from a zero start, the perceptron makes only finitely many corrections.
#   1. Only if lr is small enough.
#   2. Only if the samples are shuffled.
#   3. Only in two dimensions.
# - **C.** A perceptron is nothing more than logistic regression.
#   1. Only a sigmoid unit trained on the log loss is; the step unit has other updates and gives no probabilities.
#   2. Only when lr is small.
#   3. Only on separable data.
# - **D.** The final weights depend only on the starting weights.
#   1. They depend on nothing at all: they are unique.
#   2. They depend on the start and on the order, on nothing else.
#   3. They depend on the start, the order, the number of epochs and, through rounding, on lr.
# - **E.** From a zero start and without rounding, lr changes no answer of a perceptron.
#   1. A larger lr converges in fewer epochs.
#   2. A smaller lr finds a wider margin.
#   3. Above 1 it diverges.

# %% [markdown]
# - **F.** A 784-100-10 net has three layers, the first of them with 784 units.
#   1. It has three layers, all hidden.
#   2. It has two weight layers and one hidden layer; the input is layer 0 and has no units.
#   3. It has one layer, because only hidden layers count.
# - **G.** No network of threshold units can compute XOR.
#   1. No single one can; two hidden units are enough.
#   2. Only with more than two inputs.
#   3. Only when it is trained by descent.
# - **H.** On data that no line separates, the rule settles at the line with the fewest mistakes.
#   1. It settles at some line, but not the best one.
#   2. It stops after (R/γ)² corrections.
#   3. It never settles; on XOR it runs in a cycle.
#
# ### Exercise 3.23: judge and repair
#
# For each letter give 0 if the sentence stands as it is, otherwise the number of the sentence that repairs it.

# %%
# Exercise 3.23: right or repaired
### BEGIN SOLUTION
verdicts = {"A": 2, "B": 0, "C": 1, "D": 3, "E": 0, "F": 2, "G": 1, "H": 3}
### END SOLUTION

# %%
check("3.23", verdicts)

# %% [markdown]
# ## Your own slider (further)
#
# A live figure needs no more than a function and a slider. This one is to answer, with your own code, the question how few of the forty dots one straight line can get wrong. A line has a direction and a place: let $w = (\cos\alpha, \sin\alpha)$, so that its length is always 1, and let $b$ shift it.
#
# ### Exercise 3.24: the errors of a line
#
# Count the samples that a step unit with the angle $\alpha$, in degrees, and the bias $b$ gets wrong.

# %%
# Exercise 3.24: errors_of_line
def errors_of_line(X, y, angle, b):
    """Number of wrong answers of a step unit with w = (cos, sin) of angle.

    X (N, 2), y (N,) labels 0 and 1, angle in degrees, b a number;
    returns a whole number.
    """
    ### BEGIN SOLUTION
    alpha = np.radians(angle)
    w = np.cos(alpha), np.sin(alpha)
    return np.sum((X @ w + b >= 0) != y)
    ### END SOLUTION


# %%
check("3.24", errors_of_line)

# %% [markdown]
# Now the sliders. Find a line with two errors, then change the cell: other data, another title, a third slider.

# %%
from ipywidgets import FloatSlider

X, y = datasets.overlapping_dots(0)
errors = use("3.24")


def line(angle, b):
    w = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    z = ops.grid((-2.4, 2.4), (-2.4, 2.4), 120) @ w + b
    layers = [live.Image(0, ops.step(z).reshape(120, 120))]
    for label, color, marker in ((0, style.ORANGE, "s"), (1, style.BLUE, "o")):
        layers.append(live.Points(0, *X[y == label].T, color=color, marker=marker, edge=style.DARK))
    return layers, f"{errors(X, y, angle, b)} of {len(y)} dots wrong."


live.interact(
    line, angle=FloatSlider(90, min=0, max=360, step=1), b=FloatSlider(0, min=-2, max=2, step=0.02), size=(420, 380),
    panels=[("Answers of one unit", "$x_1$", "$x_2$", (-2.4, 2.4), (-2.4, 2.4))],
    title="One line for the dots", alt="Forty dots of two classes and the half-plane in which one step unit answers 1.",
)

# %% [markdown]
# **Explain.** Add a slider for the length of $w$, from 0.1 to 3, and multiply $w$ by it. For which lines does it change nothing?
#
# <details><summary>Answer</summary>
# For those with $b = 0$. A factor on $w$ alone moves the line: its distance from the origin is $\lvert b \rvert / \lVert w \rVert$. Only a factor on $w$ *and* $b$ leaves every line where it is.
# </details>

# %% [markdown]
# ## A test of your own (further)
#
# The update of Exercise 3.7 is two lines, and there are many ways to write them wrongly.
#
# A **test** calls a function on an input of your choice and says with `assert` what must hold. The check hands your test several versions of `perceptron_update`, one of them right: it must hold for the right one and fail for at least five of six wrong ones. Choose few inputs, and those well.

# %%
# Exercise 3.25: test_perceptron_update
def test_perceptron_update(perceptron_update):
    """Assert what must hold for the new (w, b) = perceptron_update(x, y, w,
    b, lr) of Exercise 3.7; call the one that is handed in.
    """
    ### BEGIN SOLUTION
    x, zero = np.array([1.0, 2.0]), np.zeros(2)
    w, b = perceptron_update(x, 0, zero, 0.0, 0.5)  # on the border
    assert np.allclose(w, [-0.5, -1.0]) and b == -0.5
    w, b = perceptron_update(x, 1, zero, -1.0, 0.5)
    assert np.allclose(w, [0.5, 1.0]) and b == -0.5
    w, b = perceptron_update(x, 1, zero, 3.0, 0.5)  # right already
    assert np.allclose(w, 0) and b == 3
    ### END SOLUTION


# %%
check("3.25", test_perceptron_update)

# %% [markdown]
# Three samples are enough, one for each value of $e$, if one of them lies on the border. A learning rate of 1 would hide a version that forgets it.

# %% [markdown]
# ## Summary
#
# - A **neuron** computes a score $z = w \cdot x + b$ and an answer $a = g(z)$. The bias is the weight of an input that is always 1.
# - A **perceptron** uses the step, with $\operatorname{step}(0) = 1$ in this course. Its boundary is a hyperplane; the distance from it is $z / \lVert w \rVert$, with a sign.
# - It **learns** by $w \leftarrow w + \eta\, e\, x$, $b \leftarrow b + \eta\, e$ with $e = y - \hat y$, after each sample. Right answers change nothing. Stop at the first error-free epoch: AND 6, OR 4, NAND 6.
# - If the data are **separable** with margin $\gamma$ and radius $R$, at most $(R/\gamma)^2$ corrections are needed. The line found is one of many and depends on start, order, and even rounding.
# - **XOR** is not separable: one unit gets three of four. A product feature chosen by hand solves it, and so does one hidden layer with two units, which folds the plane.
# - **Training** a hidden layer needs another method and some spare units: of 100 starts with two hidden units about 20 solve XOR, with eight about 90. Most failures have dead ReLU units.
# - A **sigmoid unit** with log loss is logistic regression. It is not a perceptron: other answers, other updates, another end.
#
# The next chapter derives the method that trains hidden layers: back-propagation.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. What do the weights do to the decision boundary, and what does the bias do?
#    <details><summary>Answer</summary>The weight vector is perpendicular to the boundary, so it sets its direction. The bias shifts the boundary parallel to itself.</details>
# 2. Which samples change the weights of a perceptron, and by how much?
#    <details><summary>Answer</summary>Only those that are answered wrongly. The weights change by lr e x and the bias by lr e, with e = +1 or -1.</details>
# 3. Why does the learning rate not matter from a zero start, and what can make it matter all the same?
#    <details><summary>Answer</summary>It scales all weights, and the step looks only at the sign of the score. A start other than zero makes it matter, and so does rounding where a score would be exactly 0.</details>
# 4. What is the proof that XOR is not separable?
#    <details><summary>Answer</summary>The inputs 01 and 10 demand w1 + w2 + 2b >= 0, the input 00 demands b < 0. Together w1 + w2 + b > 0, so 11 is answered with 1.</details>
# 5. When is a hidden ReLU unit dead, and why does it stay so?
#    <details><summary>Answer</summary>When its score is not positive on any sample. Then its output and its slope are 0 for all of them, and no correction reaches its weights.</details>

# %% [markdown]
# ## Open questions
#
# These have no automatic check. Write a few sentences each.

# %% [markdown]
# **Open question 3.Q1** (3 points)
#
# A colleague trains a perceptron on AND with lr 0.1 and reports: "It needs four epochs. With lr 1 it needs six, so a small learning rate is faster." Explain what really happened, and design an experiment that would show whether lr matters.
#
# ### BEGIN SOLUTION
# From a zero start lr scales the whole path, so in exact arithmetic the number of epochs is the same for every lr: six. With lr 0.1 rounding makes the score of (1, 0) equal to -2.8e-17 where it should be 0; the step says 0 instead of 1, a mistake is missed, and the run ends in epoch 4.
#
# An experiment: many learning rates, among them powers of two (exact) and others; the same run in fractions or integers; data with real-valued inputs, where no score is exactly 0. Expected: the same number of corrections wherever no score lies within rounding of 0. With a random start other than zero lr does matter, and should be tested separately.
#
# A full answer contains: scaling from zero (1 point), the rounded score that is negative instead of zero (1 point), an experiment that separates rounding from a real effect, such as powers of two or inputs without ties (1 point).
# ### END SOLUTION

# %% [markdown]
# **Open question 3.Q2** (4 points)
#
# Two hidden ReLU units suffice for XOR, yet only about one start in five finds a solution. Describe the two kinds of failure seen in this chapter, and propose two changes, other than more units, that should raise the share of solved runs. For each say which kind of failure it cures and how you would test it.
#
# ### BEGIN SOLUTION
# First kind: a unit is dead on all four samples (for example both of its weights negative, as the inputs are never negative), so it gets no correction. Second kind: both units live but look at the same side of the line x1 = x2, and descent ends in a local minimum.
#
# Possible changes: inputs -1 and +1 instead of 0 and 1, so that two negative weights no longer silence a unit (first kind); a leaky ReLU or tanh, whose slope is never 0 (first kind); small positive starting biases (first kind); starting the two units with opposite weights (both kinds); several starts, keeping the best (both). Test: the same 100 starts with and without the change, the share of solved runs with its uncertainty of about 10 points, and the number of dead units.
#
# A full answer contains: both kinds of failure (1 point each), two changes with the kind each cures (1 point), a test over many starts with its uncertainty (1 point).
# ### END SOLUTION

# %% [markdown]
# **Open question 3.Q3** (3 points)
#
# Your data are almost separable: 3 of 1000 samples are mislabelled. You train a perceptron for 50 epochs and deliver the final weights. What can go wrong, and what would you deliver instead?
#
# ### BEGIN SOLUTION
# The data are not separable, so the rule never stops; every mislabelled sample keeps throwing the line off, and the final weights are those after the last such correction, possibly much worse than the weights a moment before.
#
# Better: keep the weights with the fewest errors seen so far (checked on data set aside), or average the weights over all steps, or train a sigmoid unit with log loss, which settles and weighs all samples. Finding and correcting the mislabelled samples helps too: they are corrected in nearly every epoch, so count the corrections of each sample.
#
# A full answer contains: no convergence (1 point), the last weights are arbitrary (1 point), a reasoned alternative (1 point).
# ### END SOLUTION

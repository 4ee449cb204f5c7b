# %% [markdown]
# # 7 Regularization
#
# **Aim.** By the end of this chapter you can tell when a network learns its training points by heart, choose a remedy by measurement, and write penalties, dropout, batch normalization and early stopping yourself.
#
# Run the two cells below and press play. A network of 100 hidden units learns 100 points, ten of which carry the wrong label. Then raise λ, in the middle of the run if you like.

# %%
import numpy as np

from course_lib import datasets, dense, nn, ops, optim
from course_lib.chapters.ch07_regularization import experiments, measured
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, live, predict, style

# %%
demos.OverlargeNet()

# %% [markdown]
# Left alone, the boundary wraps itself round the wrong points one after the other. The training accuracy rises, and the accuracy on points the network has not seen falls. What makes it stop, and how would we know that it should?

# %% [markdown]
# ## Ten wrong labels
#
# Somebody labelled 100 points by hand and slipped ten times. Nobody knows which. A network with 401 parameters has room for all of them, and gradient descent asks for nothing but a lower training loss, so in the end it gives each slip an island of its own. It has learned the slips as well as the rule. This is **over-fitting**: the error on the training points goes on falling, the error on new ones does not.
#
# **Regularization** is whatever we add to learning so that new points fare better, even if the training points fare worse. The remedies, roughly in the order in which one tries them:
#
# - more data, or more from the same data (augmentation);
# - a shorter training (early stopping);
# - a price on large weights (L2, L1, max-norm);
# - noise in training (dropout, noisy inputs, batch normalization as a side effect);
# - a smaller network.

# %% [markdown]
# A smaller network comes last for a reason. Its right size is unknown, and a network that is just large enough is hard to train. The usual practice is to buy trousers too wide and put on a belt: start large, and regularize. In one formula, the quantity that descent lowers is
#
# $$ J(W) = L(W) + \lambda\, R(W) \tag{7.1} $$
#
# with $L$ the mean loss on the training points, the **data loss**, $R$ a measure of how complicated the function is, and $\lambda \ge 0$ the exchange rate between the two. With $\lambda = 0$ only the points count; with a very large $\lambda$ only simplicity does, and the network says the same everywhere. The rest of the chapter is about what to choose for $R$, about remedies that fit no such formula, and about choosing $\lambda$ without fooling oneself. The last comes first.

# %% [markdown]
# ## Three sets
#
# Whoever chooses $\lambda$ by the error on some points has used these points. Their error at the chosen value is the best of several and therefore too good. Chapter 02 had the answer: the **training set** fits the weights, the **validation set** chooses everything else (λ, width, the epoch to stop at), the **test set** is opened once, at the end, and its number is reported whatever it is.
#
# How the sets are cut matters as much. Data often come sorted by class. Cut the last fifth off such a list, and the validation set holds classes that the training set has never shown.

# %%
digits = datasets.digits8()
order = np.argsort(digits.y_train, kind="stable")
for name, rows in (("sorted", order), ("shuffled", np.random.default_rng(0).permutation(order))):
    X, X_val = np.split(digits.X_train[rows], [1150])
    y, y_val = np.split(digits.y_train[rows], [1150])
    run = dense.train((64, 32, 10), X, y, hidden="relu", loss="cross_entropy", lr=0.1, momentum=0.9, epochs=20,
                      batch_size=32)
    print(f"{name:>8}: validation classes {np.unique(y_val)}, accuracy {ops.accuracy(run.predict(X_val), y_val):.3f}")

# %% [markdown]
# The same network, the same data, another order: 0.003 against 0.955. The sorted cut validates on 7, 8 and 9, and the network was trained on hardly any of them. The fix is one line, a random order of the rows drawn before anything is cut. (Some tools take "the last 20 percent" for validation and shuffle only the rest.) Write the cut for rows in a given order.

# %%
# Exercise 7.1: three_sets
def three_sets(X, y, order, n_train, n_val):
    """Cut data into three sets that share no row.

    X (N, ...), y (N,), order : the row numbers 0..N-1 in random order.
    The first n_train of them train, the next n_val validate, the rest test.
    Returns X_train, y_train, X_val, y_val, X_test, y_test.
    """
    ### BEGIN SOLUTION
    train, val, test = np.split(order, [n_train, n_train + n_val])
    return X[train], y[train], X[val], y[val], X[test], y[test]
    ### END SOLUTION

# %%
check("7.1", three_sets)

# %% [markdown]
# Three more ways to leak: a scaling computed from all rows before the cut; several pictures of one patient in different sets; a test set that is looked at after every change, until it has become a second validation set. The last is the most common and leaves no trace in the code.

# %% [markdown]
# ## Reading the curves
#
# Data loss against epochs, on the training and the validation set: most of what can be known about a run stands in these two curves. `nn.fit` returns them as a `History` with `loss`, `accuracy`, `val_loss` and `val_accuracy`, entry 0 before the first step. (Keras has the same four under the same names in `history.history`, without entry 0.) Here is a network of 64-64-48-10 on 400 digits, with the test set measured once more than it should be, for your eyes only.

# %%
rng, tests, loss = np.random.default_rng(0), [], nn.CrossEntropyLoss()
X, X_val, _ = np.split(digits.X_train, [400, 800])
y, y_val, _ = np.split(digits.y_train, [400, 800])
net = nn.Sequential(nn.Linear(64, 64, rng=rng), nn.ReLU(), nn.Linear(64, 48, rng=rng), nn.ReLU(),
                    nn.Linear(48, 10, rng=rng))
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
history = nn.fit(net, loss, optimizer, X, y, 40, 32, rng, X_val, y_val,
                 on_epoch=lambda now: tests.append(loss(now.net(digits.X_test), digits.y_test)))

# %%
fig, ax = style.figure()
figures.curves(ax, {"training": history.loss[1:], "validation": history.val_loss[1:], "test": np.array(tests)},
               "epoch", "cross-entropy", x=np.arange(1, 41))
ax.set(title="The training loss goes to zero, the other two stay behind")
style.show(fig, alt="Data loss on three sets over 40 epochs. The training loss goes towards zero; validation and test loss level off.")

# %% [markdown]
# The **gap** is the validation loss minus the training loss. Read the two together:
#
# | training loss | gap | reading | try |
# |---|---|---|---|
# | high | small | under-fitting, **bias** | a larger network, longer training, less regularization |
# | low | large | over-fitting, **variance** | the list above |
# | low | small | good | report the test set |
# | does not fall | small | not trained | the learning rate, over powers of ten |
#
# Two rows are often mistaken for each other. A report that finds "95 percent in validation" and calls it under-fitting has not looked at the training loss; and a learning rate that is lowered to $10^{-12}$ does not calm a run but freezes it, so that the curves look beautifully flat. Nor does one look suffice: the report with the 95 percent removed dropout, saw its test score move from 0.944 to 0.936, and drew a conclusion; on a few hundred test cases that is noise.

# %%
demos.CurveReading()

# %% [markdown]
# Lower the width until both curves stay high, raise it until a gap opens, then close the gap with λ. Both errors have a price: too much λ looks exactly like too small a network.

# %% [markdown]
# Now a published log. A convolutional network is trained for 20 epochs on 54,000 digits and validated on 6,000; after the last epoch it gets 0.9894 of 10,000 test pictures right. The columns are training loss, training accuracy, validation loss and validation accuracy, one row an epoch.

# %% tags=["nbval-check-output"]
log = measured.PUBLISHED_LOG
for epoch in (1, 5, 9, 10, 11, 12, 15, 18, 20):
    print(f"epoch {epoch:2}:", *(f"{number:.4f}" for number in log[epoch - 1]))

# %% [markdown]
# Four numbers, please: the best epoch (counted from 1, as in the log, and chosen by the set that may choose), the gap in loss at that epoch and at the last, and the training accuracy minus the test accuracy at the end.

# %%
# Exercise 7.2: four numbers from a log
### BEGIN SOLUTION
reading = {"best": 11, "gap_best": 0.0368 - 0.0189, "gap_last": 0.0482 - 0.0087, "train_minus_test": 0.9972 - 0.9894}
### END SOLUTION

# %%
check("7.2", reading)

# %% [markdown]
# <details><summary>Once it is right</summary>
# From epoch 11 on the training loss halves once more while the validation loss rises by a third: the network becomes surer, and not only where it is right. The accuracy hardly notices, since it does not ask how sure a wrong answer was. The printed test score belongs to epoch 20, nine epochs after the one that validation would have chosen.
# </details>

# %% [markdown]
# ### One curve is one start
#
# Every curve so far came from one start and one order of the points. How different would another be?

# %%
demos.FiftyStarts()

# %% [markdown]
# The single curve is one of fifty, and the band shows how far the others lie from it. Go through the menu of regularizers and compare bands with bands: a difference smaller than the band is wide cannot be seen in single runs. From here on, a claim is a mean over starts with its spread.

# %% [markdown]
# ## A price on weights
#
# A network that bends sharply round one point needs large weights: the slope of its output is a product of weights. Small weights mean a smoother function, whatever the number of parameters. So charge for them. The **L2 penalty** is
#
# $$ \lambda R(W) = \frac{\lambda}{2} \sum_{l} \sum_{ij} W_{l,ij}^2 \tag{7.2} $$
#
# over all weights of all layers; biases are not charged, since they shift a function and do not bend it. Its gradient is the weight itself,
#
# $$ \frac{\partial}{\partial W_l}\, \lambda R = \lambda\, W_l \tag{7.3} $$
#
# added to the gradient that back-propagation brings. The penalty belongs to the network, not to the batch: it is not divided by the number of samples in a step.

# %%
# Exercise 7.3: l2_penalty
def l2_penalty(params, lam):
    """The L2 penalty (7.2) of a network and its gradients (7.3).

    params : [(W1, b1), (W2, b2), ...].
    Returns the penalty, one number, and the gradients [(dW1, db1), ...] in
    the shapes of params.
    """
    ### BEGIN SOLUTION
    penalty = lam / 2 * sum(np.sum(W**2) for W, b in params)
    return penalty, [(lam * W, np.zeros_like(b)) for W, b in params]
    ### END SOLUTION

# %%
check("7.3", l2_penalty)

# %% [markdown]
# Check it as every gradient, by differences: a penalty without the 1/2 whose gradient has none either is wrong by a factor of two, and no training run tells. Forms without 1/2 exist in print; their λ is half of ours.

# %%
predict("7.a")

# %% [markdown]
# Drag λ. The histogram shows all weights of the trained network, the curves its data loss and its penalty apart, in training and test. Look at the total as well: it falls for a long time after the data loss has stopped, since shrinking weights is all that is left to gain. **A falling total is no reason to train longer.** Compare networks by their data loss; the penalty is a tool of training and has no business in a test.

# %%
X, y, X_test, y_test = experiments.noisy_spiral(0)
lams = (0, 0.001, 0.01, 0.03)
runs = experiments.penalized(X, y, lams)
fig, ax = style.figure(width=6)
sizes = {f"λ = {lam:g}": np.abs(np.concatenate([W.ravel() for W, _ in run.weights])) for lam, run in zip(lams, runs)}
shown = {name: np.maximum(size, 1e-3) for name, size in sizes.items()}
figures.violins(ax, shown, "penalty", "size of a weight, 0.001 or more", log=True)
ax.set(title="The stronger the penalty, the smaller the weights")
style.show(fig, alt="Distributions of the absolute weights of four networks, λ from 0 to 0.03: the larger λ, the smaller the "
                    "weights.")

# %% [markdown]
# The median weight falls from 0.65 to 0.45, 0.12 and 0.024. None is exactly zero, since the pull λW fades with the weight; what has nearly vanished, 17 percent of the weights at λ = 0.03, stands at the foot. How much the network can still bend depends on the size of its weights, not on their number.

# %% [markdown]
# ### A figure of your own
#
# Twelve noisy points of a sine, one hidden layer, and two sliders: that is enough to see capacity and norm at once.

# %%
from ipywidgets import FloatLogSlider, IntSlider

rng = np.random.default_rng(0)
x, line = np.sort(rng.uniform(-1, 1, 12))[:, None], np.linspace(-1, 1, 200)[:, None]
target, sine = np.sin(3 * x) + 0.4 * rng.normal(size=x.shape), np.sin(3 * line)

def fit_and_norm(width, lam):
    run = dense.train((1, width, 1), 3 * x, target, rule="adam", lr=0.02, epochs=3000, weight_decay=lam, rng=0)
    fit, length = run.predict(3 * line), np.sqrt(sum(np.sum(W**2) for W, _ in run.weights))
    marks = [live.Line(0, line[:, 0], fit[:, 0], label="fit"),
             live.Points(0, x[:, 0], target[:, 0], label="data")]
    said = f"training loss {run.loss[-1]:.3f}, length of all weights {length:.2f}, distance from the sine"
    return marks, f"{said} {ops.rmse(fit, sine):.2f}"

live.interact(fit_and_norm, width=IntSlider(30, min=1, max=40),
              lam=FloatLogSlider(1e-5, min=-5, max=-0.5, readout_format=".1e"),
              panels=[("Twelve points and a fit", "x", "y", (-1, 1), (-2, 2))],
              title="Capacity and norm", alt="A curve fitted to twelve noisy points of a sine, for one width and one penalty.")

# %% [markdown]
# Thirty units with hardly any penalty follow the noise, and the curve misses the sine by 0.39. With λ near 0.03 the same thirty units miss it by 0.20, and with 0.3 by 0.39 again: now the curve is too stiff. Then try two units and no penalty: also smooth, for another reason. The number of weights bounds what a network *could* do, the length of its weights what it *does*.

# %% [markdown]
# ### Decay and penalty part under Adam
#
# Put the gradient (7.3) into a step of plain descent and collect the terms in $w$:
#
# $$ w \leftarrow w - \eta\,(g + \lambda w) = (1 - \eta\lambda)\, w - \eta\, g \tag{7.4} $$
#
# Each step first shrinks the weight by a factor. This is **weight decay**, and for plain descent it is the same thing as the L2 penalty. Many texts stop here and use the two words for one thing. What becomes of it under Adam, which divides each gradient by its own typical size (chapter 06)?

# %% [markdown]
# With the penalty in the gradient, $\lambda w$ is divided as well: a weight with large data gradients is hardly shrunk, one with tiny gradients is pulled by almost a whole step η, whatever λ is. **AdamW** leaves the decay outside: $w \leftarrow (1 - \eta\lambda) w$, then Adam's step for $g$ alone.
#
# Do one step by hand. $w = 3$, data gradient $g = 0.5$, $\eta = 0.1$, $\lambda = 0.1$; Adam's first step has the length η and the sign of what it is given (take ε as 0). Where is $w$ after one step of descent with L2, descent with decay, Adam with L2, AdamW?

# %%
# Exercise 7.4: one step, four ways
### BEGIN SOLUTION
next_w = {"sgd_l2": 3 - 0.1 * (0.5 + 0.1 * 3), "sgd_decay": 0.99 * 3 - 0.1 * 0.5, "adam_l2": 3 - 0.1,
          "adamw": 0.99 * 3 - 0.1}
### END SOLUTION

# %%
check("7.4", next_w)

# %% [markdown]
# In the first step under Adam the penalty has left no trace at all, since only the sign of its input counts. Over many steps, take a weight whose gradient is noise around zero, of size 10 or of size 0.1, with λ = 0.1 and η = 0.01:

# %% tags=["nbval-check-output"]
for size in (10, 0.1):
    l2, decay = experiments.shrinking(size, steps=500)
    print(f"noise of size {size:4g}: of w = 2 Adam with L2 leaves {l2:.3f}, AdamW {decay:.3f}")

# %% [markdown]
# AdamW treats both weights alike: its factor is $(1 - \eta\lambda)^{500} = 0.606$, and noise adds the rest. Under Adam with L2 the quiet weight is nearly gone, and the noisy one has hardly moved: where the gradients are large, the penalty is weakest. L2 and decay are one thing for descent, and two for every rule that rescales gradients.

# %% [markdown]
# ### Absolute values (further)
#
# The **L1 penalty** charges for size instead of its square,
#
# $$ \lambda R(W) = \lambda \sum |W|, \qquad \frac{\partial}{\partial w} = \lambda\, \mathrm{sign}(w) \tag{7.5} $$
#
# with 0 for the slope at $w = 0$. Its pull does not fade: a weight that the data do not hold is taken to zero and stays there. Plain steps along the subgradient only jump about zero, by ηλ to each side. A **proximal step** lands on it exactly: first the step of the data, then the threshold of exercise 2.18,
#
# $$ w \leftarrow \mathrm{soft}\big(w - \eta g,\; \eta\lambda\big), \qquad \mathrm{soft}(z, t) = \mathrm{sign}(z) \max(|z| - t, 0) \tag{7.6} $$

# %% [markdown]
# Features whose weights are all zero can be left out: L1 selects features, as the lasso did in chapter 02. The **elastic net** charges both ways, with a share $r$ for the absolute values,
#
# $$ \lambda R(W) = \lambda \sum \Big( r\,|W| + \frac{1-r}{2}\, W^2 \Big) \tag{7.7} $$
#
# It keeps the zeros and shares the weight of two nearly equal features between them, where L1 picks one by chance.

# %% tags=["nbval-check-output"]
W = np.array([[2.0, -0.5], [0.0, 1.0]])
for name, (penalty, (slope,)) in {"L2": ops.l2_penalty([W], 0.1), "L1": ops.l1_penalty([W], 0.1),
                                  "elastic": ops.elastic_penalty([W], 0.1, 0.5)}.items():
    print(f"{name:>7}: {penalty:.5f}", slope.round(3).tolist())

# %% [markdown]
# ## Dropout
#
# *Stop here, if you like: about an hour so far.*
#
# Noise that is new in each step cannot be learned by heart. **Dropout** makes such noise inside the network: in every training step, for every sample, each hidden unit is switched off with probability $p$. No unit can rely on a partner that may be missing, so each must be useful in any company. With $u$ uniform in $[0, 1)$, drawn anew for each unit, sample and step, and $m = 1$ where $u \ge p$, else 0:
#
# $$ \text{training: } \text{out} = \frac{x\, m}{1 - p}, \qquad \text{test: } \text{out} = x \tag{7.8} $$

# %% [markdown]
# The division makes up for the units that are missing: $m$ is 1 with probability $1 - p$, so the mean of the output is $x$, in both modes. This is **inverted** dropout. The first papers did it the other way round,
#
# $$ \text{training: } \text{out} = x\, m, \qquad \text{test: } \text{out} = (1 - p)\, x \tag{7.9} $$
#
# with the same equality of means at another level. Do one or the other. Both at once, or neither, can be found in print, and then test outputs have a mean that the next layer has never seen.

# %%
# Exercise 7.5: dropout_forward
def dropout_forward(x, rate, u, train):
    """Inverted dropout, equation (7.8).

    x : activations. rate : share that is dropped, below 1. u : uniform
    numbers in [0, 1), shape of x. train : True in training, False in a test.
    Returns the output; the given x is left as it is.
    """
    ### BEGIN SOLUTION
    return x * (u >= rate) / (1 - rate) if train else x
    ### END SOLUTION

# %%
check("7.5", dropout_forward)

# %%
predict("7.b")

# %% [markdown]
# These are the masks that trained this very network, step by step. Switch the scaling: the picture of units is the same, the level of what comes out is not. Three things are easy to get wrong. Dropout switches off **activations**, not weights (a relative, **DropConnect**, zeroes single weights instead). The mask is new in each forward pass and for each sample, not once an epoch. And it never acts on the output layer, since there every unit is an answer.

# %% [markdown]
# On the way back the same mask and the same factor act again. A unit that was off has done nothing for this sample, so it gets no gradient:
#
# $$ dx = \frac{d_{out}\, m}{1 - p} \tag{7.10} $$

# %%
# Exercise 7.6: dropout_backward
def dropout_backward(dout, mask, rate, train):
    """Gradient of dropout, equation (7.10).

    dout : gradient with respect to the output. mask : True where a unit was
    on, same shape. In a test nothing was dropped.
    """
    ### BEGIN SOLUTION
    return dout * mask / (1 - rate) if train else dout
    ### END SOLUTION

# %%
check("7.6", dropout_backward)

# %% [markdown]
# ### Twelve published runs
#
# A textbook trains a network of 2-100-1 on a spiral of 600 points with three regularizers (none, dropout with keep 0.8, L2 with 0.6) and four optimizers, 15,001 epochs each: twelve runs, and a conclusion about what helps. The course reproduces all twelve to the last printed digit. That is possible because the runs do what the *code* says, which is not always what the text says. In our notation:
#
# ```python
# Z = X @ W1 + b1                                            # A
# A1 = np.maximum(Z, 0)                                      # B
# R = minmax(np.random.default_rng(1).normal(size=A1.shape)) # C
# mask = R < keep                                            # D
# A1 = A1 * mask / keep                                      # E
# dZ2 = (sigmoid(A1 @ W2 + b2) - y) / len(X)                 # F
# dA1 = dZ2 @ W2.T                                           # G
# dZ1 = dA1 * (Z > 0)                                        # H
# cost = data_loss + lam / (2 * len(X)) * sum_of_squares     # I
# ```
#
# `X` is the mini-batch, `minmax` scales to 0..1 by smallest and largest entry. Three of the lines are wrong. Which?

# %%
# Exercise 7.7: three slips
### BEGIN SOLUTION
slips = ("C", "G", "I")
### END SOLUTION

# %%
check("7.7", slips)

# %%
predict("7.c")

# %% [markdown]
# <details><summary>Once it is right</summary>
# Line C starts its generator anew in every pass, so the same entries are off in every step: no noise, only a slightly smaller network. And normal numbers scaled by their own extremes gather in the middle, so that far more than 80 percent lie below 0.8. Line G sends the gradient through units that were off. Line I divides by the batch: with 64 samples a step the same λ charges 600/64 = 9.4 times as much as with 600.
# </details>
#
# One of the twelve again: the cost at epochs 0, 10,000 and 15,000, printed as 1.292012302, 0.104942564 and 0.035551.

# %%
run = experiments.spiral_run("Adam", progress=True)

# %% tags=["nbval-check-output"]
print(run["cost"].round(6))
print(f"share of units that the fixed mask keeps: {experiments.fixed_mask(600).mean():.3f}")

# %% [markdown]
# And all twelve, percent right in training and test, as printed and with the slips mended. The data are mended too: as printed, one class was scaled and the other was not, and training and test set each by its own mean.

# %% tags=["nbval-check-output"]
for title, table in (("as printed", measured.TWELVE), ("mended", measured.MENDED)):
    print(f"{title:>17}", *(f"{kind:>15}" for kind in table))
    for name, *pairs in zip(measured.OPTIMIZERS, *table.values()):
        print(f"{name:>17}", *(f"{train:7.1f} / {test:5.1f}" for train, test in pairs))

# %% [markdown]
# With 600 clean points nothing over-fits: on the mended data, Adam without any regularizer gets all test points right. A penalty and dropout can only slow such a run down, and they do. The published differences of a point or two come from a test set of 200, on which a rate of 0.95 is uncertain by 3 points. **Whether a regularizer helps cannot be seen where there is nothing to mend.**

# %% [markdown]
# ### Where it does help
#
# So take a hundred of the points, flip ten labels, and keep the test set clean: the opening of this chapter. Width 100, Adam, batches of 20. At the book's rate of 0.001 the 3001 epochs are over before the network has learned many of the ten wrong labels by heart; at 0.01 it repeats most of them. (A short run is a regularizer too.)

# %% tags=["nbval-check-output"]
for lr in (0.001, 0.01):
    print(f"rate {lr}: {experiments.slips_learned(lr):.1f} of ten wrong labels learned, mean of ten draws")

# %% [markdown]
# From 2.3 to 8.1. We take the second rate, where there is something to mend. First 50 starts on one draw of the points, 300 epochs:

# %%
fig, ax = style.figure(width=6)
accuracies = experiments.fifty_starts(lams := (0.0003, 0.001, 0.003, 0.01, 0.03))
figures.bands(ax, {"mean, middle 80 %": (lams, 100 * accuracies)}, "penalty λ", "test accuracy (percent)", "mean",
              ("pi", 80), "lower left")
ax.set(xscale="log", xticks=lams, xticklabels=lams, title="The best λ lies between too free and too stiff")
style.show(fig, alt="Test accuracy against λ, mean of 50 starts with the middle 80 percent as a band: highest at 0.001, "
                    "falling for larger ones.")

# %% [markdown]
# The best λ is 0.001, with 98 percent on average; at 0.03 the network cannot follow the spiral any more and gets 70. The band, some two points wide, covers the difference between neighbors. And this is one draw of the points; another draw moves the whole picture. So compare settings on the *same* draws and starts, in pairs: then what is common to both cancels. Does dropout add something to L2? One book leaves this as an open question. Try both in the first figure of the chapter, then choose: the pair must beat "none" by at least 6 points of test accuracy in the mean of ten draws (3001 epochs at rate 0.01). `lam` may be 0, 0.0003, 0.001, 0.003, 0.01 or 0.03; `dropout` 0, 0.1, 0.2, 0.35 or 0.5.

# %%
# Exercise 7.8: a penalty and a rate
### BEGIN SOLUTION
chosen = {"lam": 0.001, "dropout": 0.2}
### END SOLUTION

# %%
check("7.8", chosen)

# %% tags=["nbval-check-output"]
print("gain over none in points, mean of ten draws; columns: dropout 0, 0.1, 0.2, 0.35, 0.5")
none = np.array(measured.PAIRS[0, 0]) / 2
for lam in experiments.LAMS:
    print(f"λ = {lam:<6g}", *(f"{np.mean(np.array(measured.PAIRS[lam, rate]) / 2 - none):6.2f}" for rate in experiments.RATES))
for pair in ((0.001, 0), (0.003, 0), (0.001, 0.2)):
    difference = np.array(measured.PAIRS[pair]) / 2 - none
    print(pair, f"{difference.mean():.2f} +- {2.26 * difference.std(ddof=1) / np.sqrt(10):.2f} (95 percent)")

# %% [markdown]
# Without a regularizer the test accuracy is 87.3 percent. λ = 0.001 alone gains 6.85 points, 0.003 alone 7.55, dropout alone at most 4.85; and these intervals leave out zero by far (2.26 is Student's factor for ten draws). Both together reach 7.80. So dropout adds about one point to λ = 0.001 and nothing to 0.003: the two mend the same fault. And λ = 0.03 costs 16 points.

# %% [markdown]
# **Open question 7.Q1** (5 points)
#
# Defend your choice in 7.8 to a colleague who says: "I ran λ = 0.01 once and it was better than none." (a) What would you want to know about that run? (b) Why are ten draws compared in pairs? (c) The table was made with the test set. What is wrong with choosing by it, and how would you do it properly?
# ### BEGIN SOLUTION
# Model answer. (a) Which start, draw and epoch, how many other settings were tried, and on which set it was better: one run differs from the next by several points, and the best of several is always good. (b) Draws differ more from each other than settings do: an easy draw is easy for both. The difference within a draw removes that, and the spread of ten differences says whether their mean could be zero. (c) Whoever chooses by the test set has no set left on which the choice can be judged; the number that goes with it is too good. Properly: hold back part of the hundred points (or cross-validate), choose by their loss, noisy labels and all, and open the test set once for the chosen pair.
#
# A full answer contains: one run proves nothing, with a reason (1); which set and how many settings (1); pairing removes what the draws have in common (1); the test set is used up by choosing (1); validation or cross-validation inside the hundred points (1).
# ### END SOLUTION

# %% [markdown]
# ### Monte Carlo dropout (further)
#
# Leave the masks on when predicting, and predict $T$ times: the answers differ. Their mean is a prediction of many thinned networks, and their spread says how much these disagree. For class probabilities $P_t$ of pass $t$,
#
# $$ \bar P = \frac1T \sum_{t=1}^{T} P_t, \qquad \text{spread} = \Big(\frac1T \sum_t (P_t - \bar P)^2\Big)^{1/2} \tag{7.11} $$
#
# Predictions are averaged, after the softmax; neither scores nor losses.

# %%
# Exercise 7.9: mean_and_spread
def mean_and_spread(scores):
    """Mean and spread of predictions with the masks on, equation (7.11).

    scores (T, N, K) : of T passes, N samples, K classes, before the softmax.
    Returns two arrays (N, K).
    """
    ### BEGIN SOLUTION
    P = ops.softmax(scores)
    return P.mean(axis=0), P.std(axis=0)
    ### END SOLUTION

# %%
check("7.9", mean_and_spread)

# %%
predict("7.h")

# %% [markdown]
# `nn.monte_carlo(net, X, n)` makes the passes for a network with `nn.Dropout` layers. The spread measures disagreement between subnetworks. It widens where data are missing, but its size depends on the rate that you chose, so as an error bar it must be checked on held-out points.

# %% [markdown]
# ## Batch normalization
#
# *Stop here, if you like: about 2 hours so far.*
#
# Inputs are standardized before training. Hidden layers get no such care: while the layers below learn, the level and spread of what they send up keep moving. **Batch normalization** standardizes inside the network, with the mean $\mu$ and variance $\sigma^2$ (divisor $N$) of each unit over the batch of the moment,
#
# $$ \hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad \varepsilon = 10^{-5} \tag{7.12} $$
#
# and then lets the network choose scale and level again, by two learned numbers for each unit:
#
# $$ \text{out} = \gamma\, \hat x + \beta \tag{7.13} $$

# %% [markdown]
# It does not squeeze anything into 0..1: $\hat x$ has mean 0 and variance 1 and no bounds. Nor does it save work: a step costs more, but fewer steps are needed and larger rates are possible.
#
# What about a test, where a single sample may come alone? During training the layer keeps **running statistics**,
#
# $$ \text{running} \leftarrow (1 - m)\, \text{running} + m \cdot \text{batch}, \qquad m = 0.1 \tag{7.14} $$
#
# and a test uses these. Two conventions hide here. Our $m$, as PyTorch's, is the weight of the *new* batch; what Keras calls momentum, 0.998 in a notebook below, is the weight of the past, our $m = 0.002$, which forgets over $1/m = 500$ steps. And the running variance learns from the batch variance with the divisor $N - 1$.

# %%
# Exercise 7.10: batchnorm_forward
def batchnorm_forward(x, gamma, beta, running_mean, running_var, train):
    """Batch normalization, equations (7.12) to (7.14); eps 1e-5, m 0.1.

    x (N, D); the others (D,). In a test the running values take the place of
    the batch's and stay as they are. Returns out, running_mean, running_var;
    new arrays, the given ones are not changed.
    """
    mean, var = running_mean, running_var
    ### BEGIN SOLUTION
    if train:
        mean, var = x.mean(axis=0), x.var(axis=0)
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * x.var(axis=0, ddof=1)
    xhat = (x - mean) / np.sqrt(var + 1e-5)
    return gamma * xhat + beta, running_mean, running_var
    ### END SOLUTION

# %%
check("7.10", batchnorm_forward)

# %%
predict("7.d")

# %% [markdown]
# Make the batch small: its mean and spread jump from batch to batch, and so does the output for one and the same sample. This noise regularizes a little, as a side effect. It is also the weakness of the method: with batches of two it is mostly noise, and with one sample $\hat x$ would be 0 whatever $x$ is.
#
# Where does the layer go, before the activation or after it? The first paper put it before: Linear, BatchNorm, ReLU; then the bias of the linear layer is useless, since β shifts again. After it is just as common and often as good. Its authors explained the success by less *covariate shift*, the moving of inputs described above. Measurements since then point elsewhere: the loss surface becomes smoother, so larger steps are safe.

# %%
for order in ("none", "before", "after"):
    (first, last), accuracy = experiments.place_of_batch_norm(order)
    print(f"batch norm {order:>6}: training loss after epoch 1 {first:.3f}, after 10 {last:.3f}, "
          f"validation accuracy {accuracy:.3f}")

# %% [markdown]
# The rate is large on purpose. Without normalization ten epochs leave a loss of 0.361; with it, before or after the activation, 0.054 and 0.037. Validation rises from 0.858 to 0.940 and 0.935. Between the two places a single start decides nothing.

# %% [markdown]
# ### Backward through a batch (further)
#
# Every sample of the batch moves μ and σ, and through them the output of every other sample. So the gradient of one sample depends on all. With $\mathrm{sd} = \sqrt{\sigma^2 + \varepsilon}$ and $dh = d_{out}\,\gamma$, and a bar for the mean over the batch,
#
# $$ dx = \frac{dh - \overline{dh} - \hat x\, \overline{dh\, \hat x}}{\mathrm{sd}}, \qquad d\gamma = \sum_n d_{out}\, \hat x, \qquad d\beta = \sum_n d_{out} \tag{7.15} $$
#
# The two subtractions are what the forward pass removed: a shift of all samples, and a stretch of all samples, change nothing in $\hat x$, so no gradient can ask for them. Hence each column of $dx$ sums to 0 and is at right angles to $\hat x$ (up to ε). These are two tests of your code that need no reference.

# %%
# Exercise 7.11: batchnorm_backward
def batchnorm_backward(dout, xhat, gamma, sd):
    """Gradients of batch normalization in training, equation (7.15).

    dout, xhat (N, D); gamma, sd (D,). Returns dx, dgamma, dbeta.
    """
    ### BEGIN SOLUTION
    dh = dout * gamma
    dx = (dh - dh.mean(axis=0) - xhat * (dh * xhat).mean(axis=0)) / sd
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION

# %%
check("7.11", batchnorm_backward)

# %% [markdown]
# ### Images, and three relatives (further)
#
# A channel of an image batch $(N, C, H, W)$ is one feature seen at many places, so batch norm gives it one mean, over $N$, $H$ and $W$. The relatives differ only in which cells share a mean:
#
# - **batch norm**: one channel, all samples and pixels. The only one that depends on the batch, and the only one that needs running values.
# - **layer norm**: one sample, all channels and pixels (not "across channels only").
# - **instance norm**: one sample, one channel. No batch in it: it is not a kind of batch norm.
# - **group norm**: one sample, a group of neighboring channels. One group makes it layer norm, $C$ groups make it instance norm.

# %%
demos.NormalizationCube()

# %%
# Exercise 7.12: normalized
def normalized(x, kind, groups):
    """The mean-0, variance-1 part of four normalizations, eps 1e-5.

    x (N, C, H, W); kind : "batch", "layer", "instance" or "group"; groups
    divides C and counts for "group" only. Returns the shape of x.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3), "instance": (2, 3), "group": (2, 3, 4)}[kind]
    parts = x.reshape(N, groups, C // groups, H, W) if kind == "group" else x
    centered = parts - parts.mean(axis=axes, keepdims=True)
    return (centered / np.sqrt(parts.var(axis=axes, keepdims=True) + 1e-5)).reshape(x.shape)
    ### END SOLUTION

# %%
check("7.12", normalized)

# %% [markdown]
# An older relative divides by the energy of neighboring maps instead of subtracting a mean, with $a_c$ the activation of map $c$ at one place, a sum over a few maps next to it, and three fixed numbers $k$, $\alpha$, $\beta$ (this $\beta$ is not learned):
#
# $$ b_c = \frac{a_c}{\big(k + \alpha \sum_{c'} a_{c'}^2\big)^{\beta}} \tag{7.16} $$
#
# **Local response normalization** made units compete before batch norm existed; local contrast normalization does the same over neighboring pixels. Both have gone out of use.

# %% [markdown]
# ### The numbers of a notebook that was cut (further)
#
# A lesson's notebook trains 784-784-512-10 on digits, labels as one-hot rows, with a penalty of 0.1 without the 1/2 on the two hidden layers; the next exercise halves it, adds batch normalization to the layer of 512 with momentum 0.998, and breaks off. Before any of it runs, most can be known. Glorot's uniform start has a mean square of $2/(D_{in} + D_{out})$ (chapter 05). Give the one-hot row of the digit 4; the penalties of the two layers at the start (with 0.1); the data loss at the start; how many numbers the batch norm stores and how many of them are trained; and over how many steps its running values forget.

# %%
# Exercise 7.13: seven numbers of a notebook
### BEGIN SOLUTION
cut = {"row_4": ops.one_hot(np.array([4]), 10)[0], "penalty_1": 0.1 * 784 * 784 * 2 / (784 + 784),
       "penalty_2": 0.1 * 784 * 512 * 2 / (784 + 512), "data_loss": np.log(10), "numbers": 4 * 512,
       "trained": 2 * 512, "steps": 1 / 0.002}
### END SOLUTION

# %%
check("7.13", cut)

# %% [markdown]
# The start penalty of 140.3 is sixty times the data loss of 2.303, so for many epochs the total says how fast the weights shrink and nothing about digits. "It is still falling, train longer" was the notebook's conclusion. It also took its test set for the validation set, and it compiled the model again in order to begin anew, which keeps the weights: a fresh start needs a new network. Finish its last exercise now: the same comparison on 8 × 8 digits, five starts each, with a third set kept apart.

# %%
for name, settings in {"nothing": {}, "L2 0.1": {"l2": 0.1}, "batch norm": {"batch_norm": True}}.items():
    runs = [experiments.small_digits(seed, **settings) for seed in range(5)]
    accuracy = [run["val_accuracy"][-1] for run in runs]
    gap, variance = (np.mean([run[key] for run in runs]) for key in ("gap", "variance"))
    print(f"{name:>10}: validation accuracy {np.mean(accuracy):.3f} +- {np.std(accuracy, ddof=1):.3f}, gap {gap:.3f}, "
          f"variance from epoch to epoch {1e6 * variance:.1f}e-6")

# %% [markdown]
# On 64-64-48-10 a penalty of 0.1 does more than close the gap: all weights shrink to nothing, and the network guesses. Its gap is nearly zero, which shows that a gap alone is no goal. Batch norm raises the validation accuracy from 0.953 to 0.977, and it makes the curve calmer: the variance of the change from one epoch to the next is about a seventh of that without it. That is the number at which the notebook broke off.

# %% [markdown]
# ## When to stop
#
# The cheapest regularizer costs nothing but attention. Watch the validation loss; remember the weights of the best epoch so far; when there has been no new best for `patience` epochs in a row, stop and hand back the remembered ones:
#
# $$ \begin{aligned} \text{stop} &= \min\{e : e - \text{best}_e \ge \text{patience}\} \\ \text{best}_e &= \arg\min_{e' \le e} \text{val\_loss}_{e'} \end{aligned} \tag{7.17} $$
#
# A tie is no new best: the earlier epoch counts. If the run ends before patience is over, its last epoch is the stop.

# %%
# Exercise 7.14: early_stopping
def early_stopping(val_loss, patience):
    """Best and last epoch of a run with early stopping, equation (7.17).

    val_loss : validation loss of epochs 0, 1, 2, ..., as far as it would go.
    Returns (best, stop).
    """
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(val_loss):
        if loss < val_loss[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best, epoch
    ### END SOLUTION

# %%
check("7.14", early_stopping)

# %% tags=["nbval-check-output"]
for patience in (1, 3, 5, 20):
    best, stop = use("7.14")(log[:, 2], patience)
    print(f"patience {patience:2}: best epoch {best + 1:2}, stopped after epoch {stop + 1:2}")

# %%
predict("7.e")

# %% [markdown]
# On the published log a patience of 1 or 2 would have missed epoch 11. Drag the patience, then the noise: what is enough depends on how much the curve jumps, not on how long it is. `nn.EarlyStopping(patience)` does the same as `on_epoch` of `nn.fit` and gives the network back the weights *and* running statistics of the best epoch. Two slips from print: a copy that keeps the settings of the network and not its weights, and a loop that runs to the end and picks the best afterwards, which saves no time.

# %% [markdown]
# ### One curve that catches six (further)
#
# A test is good when wrong code fails it. Six wrong versions of your function exist: one stops at the first rise, one hands back the last epoch as the best, one does not start to wait anew after an improvement, one never stops, one stops an epoch late, one takes a tie for a new best. Find one curve, of at most 30 losses, and one patience on which all six answer otherwise than the right function.

# %%
# Exercise 7.15: one curve that catches six
### BEGIN SOLUTION
trial = {"val_loss": [1.0, 0.8, 0.9, 0.6, 0.7, 0.6, 0.5], "patience": 2}
### END SOLUTION

# %%
check("7.15", trial)

# %% [markdown]
# ## More from the same data (further)
#
# A digit that is moved by a pixel is the same digit. **Augmentation** draws, in each epoch, a new variant of each training picture: shifted, turned, sheared, zoomed, mirrored, cropped, brightened. Any change is allowed that leaves the label right, and no other. A mirrored cat is a cat; a mirrored 2 is no digit, and a 6 turned far enough is a 9. Validation and test pictures are never changed.

# %%
predict("7.g")

# %% [markdown]
# Turn and shift the digit and read what a trained network makes of it. Now let it pay: 300 training digits of 8 × 8 pixels, and test digits that are shifted by up to one pixel in each direction, as digits from another scanner would be. Choose the largest shift (0, 0.125, 0.25 or 0.5 of the picture's side; a pixel is 0.125), the largest rotation (0, 10, 30 or 90 degrees), and whether to mirror. The mean accuracy on the shifted test set, over three starts, must rise by at least 15 points.

# %%
# Exercise 7.16: which changes help
### BEGIN SOLUTION
changes = {"shift": 0.125, "rotation": 10, "flip": False}
### END SOLUTION

# %%
check("7.16", changes)

# %%
for name, settings in {"nothing": {}, "yours": use("7.16")}.items():
    shares = experiments.augmented(**settings)
    print(f"{name:>8}: accuracy on shifted digits {np.mean(shares):.3f}, three starts {np.round(shares, 3)}")

# %% [markdown]
# Three hundred digits that never move give 0.539; the same digits, shifted by up to a pixel, 0.756. Mirror half of them as well, and 11 of these points are lost again. A published setting, shifts and zooms of 0.2 and rotations of 45 to 50 degrees, was made for photographs of hands. The right range is a statement about the pictures that will come.

# %% [markdown]
# ### Four small remedies
#
# **Noise on the inputs**, $x + s\,n$ with standard normal $n$ drawn anew in each step, is augmentation without a picture in mind; for a linear model with squared error it *is* an L2 penalty, with $\lambda = 2 s^2$ in our form. **Max-norm** does not charge for weights but caps them: after each step the incoming weights of a unit are shortened to length $c$ where they are longer,
#
# $$ w \leftarrow w \cdot \min(1,\, c / \lVert w \rVert) \tag{7.18} $$
#
# **Label smoothing** gives every class a small share $\epsilon/C$ of the truth, so that no score needs to grow without end:
#
# $$ q_{ik} = (1 - \epsilon)\, \delta_{k, y_i} + \frac{\epsilon}{C} \tag{7.19} $$

# %% [markdown]
# And **gradient noise** adds normal numbers to every gradient, usually less and less of it, to shake a run out of narrow valleys; small batches do the same for free. All four are arguments of `dense.train`, here on the hundred points of the opening, ten draws each, and with two outputs, since smoothed labels need one for each class:

# %% tags=["nbval-check-output"]
none = np.array(measured.SMALL["none"]) / 2
for name, right in list(measured.SMALL.items())[1:]:
    difference = np.array(right) / 2 - none
    print(f"{name:>20}: gain {difference.mean():5.2f} +- {2.26 * difference.std(ddof=1) / np.sqrt(10):.2f} points")

# %% [markdown]
# Noise on the inputs is the best remedy here, with 9.6 points at 0.3: it blurs the islands round the wrong points. Max-norm with 8.6 and L2 with 7.9 come close, and L1 gains 3.6. Label smoothing and gradient noise of this size cannot be told from nothing.

# %% [markdown]
# ## Ablation (further)
#
# A second textbook experiment stacks remedies: a network of 2-175-1 on the spiral, then early stopping added, then batch norm, dropout 0.2, L2 0.001, a rate lowered on plateaus, and prints one validation loss for each stage, all on the same 120 points: 0.1491, 0.1449, 0.1723, 0.1653, 0.1745, 0.1585. The order of the remedies is fixed, the start is not, and 0.1449 is declared best. An **ablation** asks better: take one remedy in or out, over several starts, on a fair split.

# %%
demos.AblationBoard()

# %% [markdown]
# Switch the remedies on and off, one at a time, and compare the means with their spread. One of 120 points is 0.8 percent of accuracy; most of the printed differences are one or two points. Beat 0.1449 clearly: choose remedies whose validation loss on these 120 points is below 0.139 in the mean of five starts. `patience` is 0 (all 300 epochs, last weights) or 100 (best epoch), `batch_norm` True or False, `dropout` 0 or 0.2, `l2` 0 or 0.001 (the book's form, without the 1/2).

# %%
# Exercise 7.17: beat 0.1449
### BEGIN SOLUTION
remedies = {"patience": 100, "batch_norm": False, "dropout": 0.0, "l2": 0.0}
### END SOLUTION

# %%
check("7.17", remedies)

# %% tags=["nbval-check-output"]
print("patience, batch norm, dropout, L2: validation loss, five starts")
for stack, losses in measured.ABLATION.items():
    print(*(f"{value!s:>6}" for value in stack), f"  {np.mean(losses):.4f} +- {np.std(losses, ddof=1):.4f}")
print("no remedy, five other cuts into 480 and 120 points:", *measured.OTHER_SPLITS)

# %% [markdown]
# Thirteen of the sixteen beat the printed best, since each is a mean over starts, and a restored epoch is the minimum of a curve on the curve's own points. Restoring does most of it, dropout adds a little, the book's penalty takes some of it back, and batch norm brings nothing to this small network. Then read the last line: the same network without any remedy, validated on five *other* sets of 120 points, has losses between 0.077 and 0.111. Which 120 points one happens to hold back moves the result more than all the remedies together.

# %% [markdown]
# ### Digits with a penalty and with dropout
#
# The same book trains 784-30-10-10-10 on 5,000 digits for 300 epochs and reports 0.861 on 1,000 test digits with L2 and 0.866 with its dropout. That is below a plain softmax regression on the same pictures, which reaches about 0.9. Ten units in a row are a bottleneck, not a regularizer. Try one wide layer, and real dropout.

# %%
for rate in (0.0, 0.3):
    result = experiments.digits_with_dropout(width=100, dropout=rate, epochs=10)
    print(f"784-100-10, dropout {rate}: training {result['train']:.3f}, test {result['test']:.3f} after 10 epochs")

# %% [markdown]
# Ten units in a row were the fault: the book's own widths 30-10-10, with the right penalty, reach 0.92 after 100 epochs, the wide layer 0.93 after ten, and 0.94 with dropout. On 1,000 test digits such a rate is uncertain by 1.6 points, so the last of these steps wants more starts before it is believed.

# %% [markdown]
# ## When more weights help again (further)
#
# Everything so far says: more capacity, more over-fitting. Widen a network further and further, and watch the test error. To keep the count simple, the hidden layer of this one is random and stays so; only the output layer is fitted, by least squares.

# %%
predict("7.f")

# %% [markdown]
# The test error rises until there are about as many hidden units as training points, so that the fit can just pass through all of them. It is worst there, and then falls again. This is **double descent**. At the peak there is exactly one way to fit the noise, and it needs huge weights; beyond it there are many ways, and the fit with the smallest weights, to which least squares and gradient descent from small weights tend, is a smooth one. The norm decides, not the count: turn up λ, and the peak is gone.

# %% [markdown]
# ## Keeping a network (further)
#
# What early stopping remembers in memory, a file keeps for longer. All that a prediction needs is in the arrays, running means included. `nn.save(net, "net.npz")` writes them by name, `nn.load` reads them into a network of the same shape. Read such a file yourself: it was written by `np.savez` and holds arrays `W1`, `b1`, `W2`, `b2`, ... in any order.

# %%
# Exercise 7.18: load_weights
def load_weights(file):
    """The layers [(W1, b1), (W2, b2), ...] of a network from a file.

    file : a file's name, or an open file, for `np.load(file)`; its arrays are
    called W1, b1, W2, ...
    """
    ### BEGIN SOLUTION
    saved = np.load(file)
    layers = len(saved.files) // 2
    return [(saved[f"W{k}"], saved[f"b{k}"]) for k in range(1, layers + 1)]
    ### END SOLUTION

# %%
check("7.18", load_weights)

# %%
import tempfile

build = lambda rng: nn.Sequential(nn.Linear(64, 16, rng=rng), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 10, rng=rng))
net, other = build(np.random.default_rng(0)), build(np.random.default_rng(1))
optimizer = optim.SGD(net.parameters(), lr=0.1)
nn.fit(net, nn.CrossEntropyLoss(), optimizer, digits.X_train, digits.y_train, epochs=2, batch_size=32)
with tempfile.TemporaryDirectory() as folder:
    nn.save(net, f"{folder}/digits.npz")
    nn.load(other, f"{folder}/digits.npz")
print("identical predictions:", np.array_equal(net.eval()(digits.X_test), other.eval()(digits.X_test)))

# %% [markdown]
# Identical to the last bit, though `other` began from another start. Note the `eval()`: a network that predicts in training mode would use the statistics of the test batch.

# %% [markdown]
# ## The list of choices (further)
#
# Settings that descent does not learn are **hyper-parameters**: depth, widths, activation, start, rule, rate and its schedule, batch size, number of epochs and patience, λ, dropout rate, augmentation. Choosing them has been called a dark art. It is a search with a budget, and three habits take most of the darkness out: one change at a time, on the validation set, over several starts. Rules of thumb such as "batches below 32" or "dropout below 0.5" are starting points of somebody else's search.
#
# Two settings where regularization meets practice. In **federated learning** the data stay on many phones, only updates travel, and each phone sees few and one-sided samples: over-fitting to a user is the rule. In **TinyML** a network must fit into the memory of a sensor; there L1, pruning and small widths save bytes first and regularize as a by-product.

# %% [markdown]
# ## Summary
#
# - Over-fitting: the training loss goes on falling, the validation loss does not. The gap is validation minus training, of data losses.
# - Train on one set, choose on a second, report a third once. Shuffle before cutting. A claim is a mean over starts with its spread, compared in pairs.
# - L2: $\frac{\lambda}{2}\sum W^2$ with gradient $\lambda W$, weights only, independent of the batch. For plain descent it is weight decay, the factor $1 - \eta\lambda$; under Adam it is not: AdamW keeps the factor.
# - L1 has zeros, L2 has small weights, the elastic net a mixture.
# - Dropout: $x\,m/(1-p)$ with a new mask for every unit, sample and step; nothing in a test; the same mask and factor backward; never on the output.
# - Batch norm: mean 0 and variance 1 of each unit over the batch, then γ and β; running statistics in a test. Layer, instance and group norm use one sample alone.
# - Early stopping: patience epochs without a new best, then the weights of the best epoch.
# - Augment only by what leaves the label right.
# - Where nothing over-fits, no regularizer helps; where something does, its strength has a best value in the middle.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. Why does inverted dropout divide by $1 - p$, and what does it do in a test? <details><summary>Answer</summary>A share p of the units is missing in training, so the mean of the output would be too small by the factor 1 - p. In a test nothing is dropped and nothing is scaled.</details>
# 2. Why is L2 not weight decay under Adam? <details><summary>Answer</summary>Adam divides the gradient, penalty included, by its typical size: weights with large gradients are hardly shrunk. Decay multiplies every weight by the same factor, outside of the division.</details>
# 3. Which statistics does batch norm use in training and in a test, and why not the same? <details><summary>Answer</summary>Those of the batch in training, running averages in a test: a prediction must not depend on which other samples happen to be in the batch.</details>
# 4. What are the two epochs that early stopping returns? <details><summary>Answer</summary>The best epoch, whose weights are handed back, and the epoch of the stop, patience epochs later if patience ran out.</details>
# 5. A total loss with penalty falls from 142 to 60 in ten epochs. What do you know? <details><summary>Answer</summary>That the weights shrink. The data loss stands apart: look at it, on training and validation set.</details>

# %% [markdown]
# **Open question 7.Q2** (4 points)
#
# A colleague shows a single pair of curves: training loss 0.02, validation loss 0.35 and rising since epoch 12 of 60; the network has batch norm, no dropout, λ = 0. Test accuracy after epoch 60 is quoted. Name two changes you would make, in which order, how you would measure whether they helped, and what is wrong with the quoted number.
# ### BEGIN SOLUTION
# Model answer. The network over-fits from epoch 12. First restore the best epoch by early stopping, since it costs nothing; then one regularizer, such as weight decay, with a λ searched over powers of ten on the validation loss (or augmentation if the data allow it). Measure each change alone, over at least five starts, the same ones for both sides, by the validation data loss, and give mean and spread of the differences. The quoted accuracy belongs to the last epoch, not to the one that validation would choose, comes from one start, and must be measured once for the final choice only.
#
# A full answer contains: over-fitting since epoch 12 and early stopping (1); a second remedy with its strength chosen on validation (1); several starts, compared in pairs (1); the number is of the wrong epoch and of a single start (1).
# ### END SOLUTION

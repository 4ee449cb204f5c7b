# %% [markdown]
# # 4 Back-propagation
#
# **Aim.** By the end of this chapter you can compute the gradient of any feed-forward network by hand and in code, check it, and train a classifier of handwritten digits with it.
#
# Run the two cells below, then drag a slider or the top of a column: the first picture counts the numbers a network has to learn. Before you do, guess which layer of the network 784-784-512-10 holds the most.

# %%
import numpy as np

from course_lib import autodiff, datasets, dense, gradcheck, nn, ops, optim
from course_lib.chapters.ch04_backpropagation import experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, graph, live, predict, style

# %%
demos.NetworkLayers()

# %% [markdown]
# Almost all parameters sit where two wide layers meet, and in most networks that is the first layer, because the input is wide. Narrow the input, or drag the columns of the hidden layers down, and watch the total fall.

# %% [markdown]
# ## One forward pass a weight is too many
#
# The network 784-784-512-10 looks at a picture of 28 × 28 pixels and returns ten scores, one for each digit. Chapter 03 trained small units by a rule that works for one unit only; for hidden units we have no rule yet. We do have a measuring device. Change one weight by a little, run the network again, see how much the loss has changed: that ratio is the slope of the loss in the direction of this weight.
#
# For every weight this costs one more forward pass. How many is that?

# %% [markdown]
# A layer in which every output sees every input is called **fully connected** or **dense**. With $D_{in}$ inputs and $D_{out}$ units it has one weight for each pair and one bias for each unit. We write $L$ for the number of weight layers and $D_0, D_1, \dots, D_L$ for the widths; the input is layer 0 and has no parameters, and a network with $L$ weight layers has $L-1$ hidden layers. The number of parameters is
#
# $$ P = \sum_{l=1}^{L} (D_{l-1} + 1)\, D_l \tag{4.1} $$

# %%
# Exercise 4.1: count_parameters
def count_parameters(sizes):
    """Number of weights and biases of a dense network, equation (4.1).

    sizes : layer widths, input first, such as (2, 3, 1).
    Returns a whole number.
    """
    ### BEGIN SOLUTION
    return sum((m + 1) * n for m, n in zip(sizes, sizes[1:]))
    ### END SOLUTION

# %%
check("4.1", count_parameters)

# %% [markdown]
# The function must give 67 for the net 4-5-5-2: 55 weights and 12 biases. Forgetting the biases is the most frequent slip in published counts.

# %% tags=["nbval-check-output"]
count = use("4.1")
for sizes in ((2, 3, 1), (4, 5, 5, 2), (12288, 100, 50, 15, 1), (784, 784, 512, 10)):
    print(f"{'-'.join(map(str, sizes)):>20} {count(sizes):>10,}")

# %% [markdown]
# The digit network has 1,022,490 parameters. One step of gradient descent by wiggling every weight would cost 1,022,490 forward passes, about a quarter of an hour even at a thousandth of a second each, and training takes thousands of steps.
#
# **Back-propagation** computes all 1,022,490 slopes, exactly, in one pass backwards that costs about as much as two passes forwards. It is the chain rule of calculus with good bookkeeping: each intermediate result is computed once and used by everything that needs it. This chapter builds it piece by piece, from the activation functions to the whole network.

# %% [markdown]
# With 60,000 training pictures the network has 17 parameters for each picture. It could learn much of the training set by heart, as the polynomials of chapter 02 did; what helps against it is the subject of chapter 07. Until then we watch two numbers side by side, one on pictures the network has seen and one on pictures it has not.

# %% [markdown]
# ## The network, layer by layer
#
# Rows are samples. A batch of $N$ samples with $D$ features is an array $X$ of shape $(N, D)$. With $a_0 = X$, layer $l$ computes scores $z_l$ and outputs $a_l$:
#
# $$ z_l = a_{l-1} W_l + b_l, \qquad a_l = g_l(z_l), \qquad l = 1, \dots, L \tag{4.2} $$
#
# $W_l$ has the shape $(D_{l-1}, D_l)$, $b_l$ the shape $(D_l,)$, and it is added to every row. The function $g_l$ is the **activation** of the layer; it works on each entry alone.

# %% [markdown]
# Without activations the layers would collapse into one: $(X W_1 + b_1) W_2 + b_2 = X (W_1 W_2) + (b_1 W_2 + b_2)$ is again an affine map. Everything a deep network can do beyond a linear one, it owes to $g$.
#
# Many texts write samples as columns, $z = W x + b$; their $W$ is our $W^T$. We use rows throughout, since a table of data has its samples in rows.

# %% [markdown]
# The affine part alone is one line,
#
# $$ \text{out} = x W + b \tag{4.3} $$
#
# but we ask a little more of it. The backward pass will need $x$ and $W$ again, so the function returns them in a **cache** beside the result. It also accepts images: a batch of shape $(N, 8, 8)$ is laid out as $(N, 64)$ first, row after row of each image.

# %%
# Exercise 4.2: affine_forward
def affine_forward(x, W, b):
    """A fully connected layer, equation (4.3).

    x (N, ...) samples, flattened to (N, D); W (D, M); b (M,).
    Returns out (N, M) and the cache (x, W), with x as it came.
    """
    ### BEGIN SOLUTION
    X = x.reshape(len(x), -1)
    return X @ W + b, (x, W)
    ### END SOLUTION

# %%
check("4.2", affine_forward)

# %% [markdown]
# The pair `forward(...) -> (out, cache)` and `backward(dout, cache) -> gradients` is the contract of every layer in this course. A layer does not know the loss and does not change its own parameters; the step is taken elsewhere, by the optimizer. So any layer can be checked alone, and any two can be joined.

# %% tags=["nbval-check-output"]
forward = use("4.2")
images = datasets.digits8().X_train[:5].reshape(5, 8, 8)
out, (x, W) = forward(images, np.full((64, 3), 0.1), np.zeros(3))
print(out.shape, x.shape, W.shape)

# %% [markdown]
# Five images went in, five rows of three scores came out, and the cache still holds the images in their own shape.

# %% [markdown]
# ## Activation functions
#
# A hidden unit computes a weighted sum and bends it. How should it bend? The step function of chapter 03 answers yes or no; its slope is 0 everywhere except at the jump, where it has none. A network that learns from slopes learns nothing from it.
#
# We need functions with a useful slope, and each of the common ones is a compromise. Their names, formulas and slopes follow; the picture unlocks with your prediction.

# %%
predict("4.a")

# %% [markdown]
# Go through the menu once, and drag the point along the curve. Three things to look for: how high the slope rises (the second curve), where it is nearly zero (the shaded zones), and whether both signs of the input get a slope at all. **Identity**,
#
# $$ g(z) = z, \qquad g'(z) = 1 \tag{4.4} $$
#
# bends nothing. It is the right choice in one place: at the output of a network that predicts a number.

# %% [markdown]
# ### The sigmoid
#
# $$ s(z) = \frac{1}{1 + e^{-z}} \tag{4.5} $$
#
# turns any score into a number between 0 and 1, so it can serve as a probability. In code the formula has a trap: $e^{800}$ is beyond the largest float64, about $1.8 \cdot 10^{308}$, and `exp` returns infinity. For $z = -800$ the formula above survives that by luck, $1/\infty = 0$, with a warning; the equivalent form $e^z/(1+e^z)$ gives $\infty/\infty$, not a number, at $z = 800$. With $e = e^{-|z|}$, which never overflows, both halves of the curve are safe: $1/(1+e)$ on the right, $e/(1+e)$ on the left.

# %%
# Exercise 4.3: sigmoid
def sigmoid(z):
    """The sigmoid of every entry of z, equation (4.5), finite for every
    finite z. Result: shape of z.
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))
    ### END SOLUTION

# %%
check("4.3", sigmoid)

# %% tags=["nbval-check-output"]
print(np.round(use("4.3")(np.array([[0.7, 0.3], [0.4, 0.6], [0.1, 0.5]])), 7))
print(use("4.3")(np.array([-1e4, 0.0, 1e4])))

# %% [markdown]
# Six scores near zero give six values near one half, and scores of plus and minus ten thousand give 1 and 0 without a complaint.
#
# The slope has a form that needs the output only. From $s = (1 + e^{-z})^{-1}$ follows $s' = e^{-z}/(1+e^{-z})^2 = s\,(1 - s)$. If $d_{out}$ is the gradient of the loss with respect to the output, then by the chain rule
#
# $$ dz = d_{out}\; s\,(1 - s) \tag{4.6} $$
#
# All backward functions of activations follow the same rule; $\circ$ multiplies entry by entry:
#
# $$ dz = da \circ g'(z) \tag{4.7} $$

# %% [markdown]
# For the sigmoid and for tanh the cache is the **output**, because the slope can be written with it. For the others it is the input. Mixing these up is a frequent mistake that no error message reports: the gradient is merely wrong.

# %%
# Exercise 4.4: sigmoid_backward
def sigmoid_backward(dout, cache):
    """Gradient of the loss with respect to z, equation (4.6).

    dout : gradient with respect to the output.
    cache : the OUTPUT s of the sigmoid, same shape.
    """
    ### BEGIN SOLUTION
    return dout * cache * (1 - cache)
    ### END SOLUTION

# %%
check("4.4", sigmoid_backward)

# %% [markdown]
# One printed book says the slope of the sigmoid is negative for inputs below zero. It never is: both factors are positive. The largest value is 1/4, at $z = 0$, and beyond $|z| = 5$ it is below 0.007. There the unit is **saturated**; it answers, but it no longer learns.

# %% [markdown]
# ### The hyperbolic tangent
#
# $$ t(z) = \tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}, \tag{4.8} $$
#
# a sigmoid stretched to the range $-1$ to $1$: $\tanh z = 2 s(2z) - 1$. Its outputs are centered on zero and its slope reaches 1, so signals shrink less on their way through many layers. The slope, again from the output alone:
#
# $$ dz = d_{out}\,(1 - t^2) \tag{4.9} $$

# %%
# Exercise 4.5: tanh_backward
def tanh_backward(dout, cache):
    """Gradient of the loss with respect to z, equation (4.9).

    cache : the OUTPUT t of tanh, same shape as dout.
    """
    ### BEGIN SOLUTION
    return dout * (1 - cache**2)
    ### END SOLUTION

# %%
check("4.5", tanh_backward)

# %% [markdown]
# Tanh saturates too, and even earlier: at $z = 3$ its slope is 0.01. The cure that changed practice is a function that does not saturate on one side at all.

# %% [markdown]
# ### ReLU
#
# The **rectified linear unit** passes what is positive and stops the rest:
#
# $$ \mathrm{relu}(z) = \max(0, z) \tag{4.10} $$
#
# Its slope is 1 where the unit is on and 0 where it is off. At exactly 0 there is a kink and no slope; we take 0.
#
# $$ dz = \begin{cases} d_{out} & z > 0 \\ 0 & \text{otherwise} \end{cases} \tag{4.11} $$

# %% [markdown]
# The cache is the **input** $z$, and a backward function never changes an array it was given: somebody else may still need it.

# %%
# Exercise 4.6: relu_backward
def relu_backward(dout, cache):
    """Gradient of the loss with respect to z, equation (4.11).

    cache : the INPUT z, same shape as dout.
    """
    ### BEGIN SOLUTION
    return dout * (cache > 0)
    ### END SOLUTION

# %%
check("4.6", relu_backward)

# %% [markdown]
# A ReLU is a switch, and the gradient passes exactly where the signal passed. On a path through units that are on, nothing shrinks. Note what ReLU is not: it is not binary (its output is any positive number), and it does saturate, completely, for $z < 0$.

# %% [markdown]
# ### Leaky ReLU and its relatives
#
# The **leaky ReLU** lets a little through on the negative side,
#
# $$ g(z) = \begin{cases} z & z > 0 \\ a z & z \le 0 \end{cases} \quad (a = 0.01) \tag{4.12} $$
# $$ dz = \begin{cases} d_{out} & z > 0 \\ a\, d_{out} & z \le 0 \end{cases} \tag{4.13} $$
#
# so that a unit that is off still gets a small gradient. At exactly 0 the slope is $a$.

# %%
# Exercise 4.7: leaky_relu_backward
def leaky_relu_backward(dout, cache, a):
    """Gradient of the loss with respect to z, equation (4.13).

    cache : the INPUT z; a : slope of the left branch.
    """
    ### BEGIN SOLUTION
    return dout * np.where(cache > 0, 1, a)
    ### END SOLUTION

# %%
check("4.7", leaky_relu_backward)

# %% [markdown]
# Two relatives treat $a$ differently, and their names are often exchanged. In the **parametric ReLU** (PReLU) $a$ is a parameter, learned by descent like a weight; its gradient is $\sum d_{out}\, z$ over the entries with $z \le 0$. In the **randomized ReLU** (RReLU) $a$ is drawn anew for each sample in training, from an interval such as 1/8 to 1/3, and fixed at its mean for testing. A leak of 0.2 that stays 0.2 is neither: it is a leaky ReLU with $a = 0.2$. The leak cures dead units, described below; it does not cure vanishing gradients in general.

# %% [markdown]
# ### ELU, SELU and GELU
#
# The **exponential linear unit** bends smoothly into $-a$ instead of going on for ever (usually $a = 1$):
#
# $$ \mathrm{elu}(z) = \begin{cases} z & z > 0 \\ a\,(e^z - 1) & z \le 0 \end{cases} \tag{4.14} $$
# $$ dz = \begin{cases} d_{out} & z > 0 \\ a\, e^z\, d_{out} & z \le 0 \end{cases} \tag{4.15} $$

# %% [markdown]
# **SELU** is the same with two constants chosen so that outputs of mean 0 and variance 1 keep that mean and variance from layer to layer, $\lambda = 1.0507$ and $a = 1.6733$:
#
# $$ \mathrm{selu}(z) = \lambda \begin{cases} z & z > 0 \\ a\,(e^z - 1) & z \le 0 \end{cases} \tag{4.16} $$
# $$ dz = \lambda \begin{cases} d_{out} & z > 0 \\ a\, e^z\, d_{out} & z \le 0 \end{cases} \tag{4.17} $$

# %% [markdown]
# **GELU** multiplies the score by the probability that a standard normal number lies below it. With $\Phi$ for that probability and $\varphi(z) = e^{-z^2/2}/\sqrt{2\pi}$ for the bell curve, $\Phi' = \varphi$:
#
# $$ \mathrm{gelu}(z) = z\,\Phi(z) \tag{4.18} $$
# $$ dz = d_{out}\,\big(\Phi(z) + z\,\varphi(z)\big) \tag{4.19} $$
#
# It is a fixed, smooth function. It draws nothing at random and sets no weights to zero, though both can be read in print.

# %%
# Exercise 4.8: gelu_slope
def gelu_slope(z, Phi):
    """The slope of z Phi(z), the bracket of equation (4.19).

    z : array. Phi : the normal probability below each z, same shape
    (computed for you).
    """
    ### BEGIN SOLUTION
    phi = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return Phi + z * phi
    ### END SOLUTION

# %%
check("4.8", gelu_slope)

# %%
z = np.linspace(-4, 4, 401)
fig, ax = style.figure()
slopes = {name: ops.ACTIVATIONS[name].derivative(z) for name in ("sigmoid", "tanh", "relu", "elu", "gelu")}
figures.curves(ax, {name: slope for name, slope in slopes.items()}, "score z", "slope g'(z)", x=z)
ax.set_title("Only the sigmoid stays below 1/4; GELU even exceeds 1")
style.show(fig, alt="Slopes of five activation functions between -4 and 4; the sigmoid's is lowest, at most 1/4.")

# %% [markdown]
# The largest slope of GELU is 1.13, near $z = 1.4$, and left of $z = -0.75$ its slope is slightly negative: GELU is not monotone.

# %% [markdown]
# ### Dead units
#
# A ReLU whose score is negative for every sample gets no gradient from any of them. Its weights never change again: the unit is **dead**. A single step with a large learning rate can do this, by throwing the bias far below zero.
#
# Given the scores $Z$ of a layer for all samples, shape $(N, M)$, which units are dead?

# %%
# Exercise 4.9: dead_units
def dead_units(Z):
    """Which units get no gradient from any sample? Z (N, M) scores before
    ReLU; returns M values True or False.
    """
    ### BEGIN SOLUTION
    return np.all(Z <= 0, axis=0)
    ### END SOLUTION

# %%
check("4.9", dead_units)

# %% tags=["nbval-check-output"]
X, y = datasets.moons(300, 0.1, np.random.default_rng(0))
for lr in (0.1, 1.0, 10.0):
    run = dense.train((2, 20, 2), X, y, hidden="relu", loss="cross_entropy", lr=lr, epochs=300, rng=0)
    W, b = run.weights[0]
    print(f"lr {lr:4}: {use('4.9')(X @ W + b).sum():2} of 20 units dead, loss {run.loss[-1]:.3f}")

# %% [markdown]
# Steps of 0.1 and 1 leave every unit alive. A step of 10 kills 13 of 20, and the loss is worse than with the smallest rate: a network that has lost its units cannot fit the data, whatever happens later. Remedies: a smaller learning rate, scaled inputs, a leak.

# %% [markdown]
# ## From scores to probabilities
#
# The last layer of a classifier gives one score a class, any real numbers. To compare them with the truth we want probabilities: none negative, the sum one.
#
# The first idea is to divide by the sum,
#
# $$ \text{share}_i = \frac{x_i}{\sum_j x_j} \tag{4.20} $$
#
# It works for positive numbers such as 0.71, 0.7, 0.44. What happens when the first score is $-0.71$?

# %% tags=["nbval-check-output"]
for scores in ([0.71, 0.7, 0.44], [-0.71, 0.7, 0.44]):
    scores = np.array(scores)
    print(scores, " shares:", ops.linear_share(scores).round(4), " softmax:", ops.softmax(scores).round(4))

# %% [markdown]
# A share of $-1.651$ is not a probability. (In print one finds $-0.383$ for it, the share of the example before with a minus sign.) **Softmax** makes every score positive by the exponential before it divides:
#
# $$ s_i = \frac{e^{z_i - m}}{\sum_j e^{z_j - m}}, \qquad m = \max_j z_j \tag{4.21} $$
#
# It gives 0.1212, 0.4962, 0.3826. Subtracting the largest score $m$ changes nothing mathematically, since $e^{-m}$ cancels; numerically it keeps every exponent at or below zero, so nothing overflows.

# %%
predict("4.b")

# %% [markdown]
# Only differences of scores matter; drag the bars of the scores and see. The temperature divides all scores: a small one drives the largest probability towards 1, a large one makes all of them equal. The third picture is the table of slopes $\partial s_i / \partial z_j$, the **Jacobian**:
#
# $$ J_{ij} = s_i\,(\delta_{ij} - s_j), \qquad J = \mathrm{diag}(s) - s s^T \tag{4.22} $$
#
# with $\delta_{ij} = 1$ for $i = j$ and 0 otherwise. Its rows sum to zero: raising all scores together moves no probability.

# %%
# Exercise 4.10: softmax
def softmax(z):
    """Softmax over the last axis, equation (4.21). z (N, C) scores; returns
    (N, C), each row a distribution.
    """
    ### BEGIN SOLUTION
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    ### END SOLUTION

# %%
check("4.10", softmax)

# %% [markdown]
# The backward pass through softmax alone is a product with the Jacobian, which need not be built:
#
# $$ dz_i = s_i \Big(d_{out,i} - \sum_j d_{out,j}\, s_j\Big) \tag{4.23} $$
#
# A softmax makes classes **exclusive**: they share a total of one. A picture that may show a cat and a dog needs another output, one sigmoid for each label, each with its own yes or no. Some books recommend softmax for such multi-label problems; it cannot give two labels 0.9 at once.

# %% tags=["nbval-check-output"]
s = ops.softmax(np.array([5.0, 3.0, 9.0]))
J = ops.softmax_jacobian(s)
dout = np.array([1.0, -2.0, 0.5])
print(s.round(5), J.sum(axis=1).round(12))
print(np.allclose(J.T @ dout, ops.softmax_backward(dout, s)))

# %% [markdown]
# The rows of $J$ sum to zero, and (4.23) agrees with the full product.

# %% [markdown]
# ## Losses and their gradients
#
# A loss turns prediction and truth into one number, small when they agree. All losses of this course are means over the batch, so that a batch twice as long does not ask for another learning rate. Where the mean is taken matters for the code: **the factor 1/N appears in the gradient of the loss and nowhere else**. No layer divides by $N$ again.

# %% [markdown]
# ### Cross-entropy
#
# For the true class $y_i$ of sample $i$ and its scores $z_i$, the cross-entropy is the mean surprise of the truth,
#
# $$ L = -\frac1N \sum_i \ln \mathrm{softmax}(z_i)_{y_i} = \frac1N \sum_i \Big( \ln \sum_c e^{z_{ic}} - z_{i,y_i} \Big) \tag{4.24} $$
#
# The right-hand form never takes the logarithm of a tiny probability. With the row maximum taken out of the sum (log-sum-exp) it is finite for any scores; the logarithm of a computed softmax gives infinity as soon as two scores lie 750 apart. The logarithm of the whole softmax row is
#
# $$ \ln s_i = z_i - \ln \sum_j e^{z_j} \tag{4.25} $$

# %%
# Exercise 4.11: cross_entropy
def cross_entropy(logits, y):
    """Mean cross-entropy, equation (4.24), right-hand form.

    logits (N, C) scores. y (N,) labels 0 .. C-1. Returns one number.
    """
    ### BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return np.mean(log_sum - shifted[np.arange(len(y)), y])
    ### END SOLUTION

# %%
check("4.11", cross_entropy)

# %% tags=["nbval-check-output"]
for unit, value in experiments.cross_entropy_units().items():
    print(f"{value:.7f} {unit}")

# %% [markdown]
# This is the loss of the prediction (0.128, 0.719, 0.153) when the second class is true. A printed table gives 0.4759 without a unit: those are bits. The course uses the natural logarithm, 0.3299 nats.
#
# Now the most useful gradient of this chapter. Differentiate the right-hand form of (4.24) with respect to $z_{ic}$: the logarithm of the sum gives $e^{z_{ic}}/\sum_k e^{z_{ik}}$, which is the softmax, and the second term gives $-1$ at the true class.
#
# $$ dz = \frac{1}{N}\big(\mathrm{softmax}(z) - \mathrm{onehot}(y)\big) \tag{4.26} $$

# %% [markdown]
# Here $\mathrm{onehot}(y)$ has a 1 in the column of the true class of each row,
#
# $$ \mathrm{onehot}(y)_{ic} = \delta_{c,\,y_i} \tag{4.27} $$
#
# Prediction minus truth, and nothing else. The slope of the softmax has cancelled. To multiply by $P(1-P)$ once more, as can be seen in print, is wrong and freezes exactly the samples that are confidently misclassified.

# %%
# Exercise 4.12: softmax_ce_backward
def softmax_ce_backward(logits, y):
    """Gradient of the mean cross-entropy with respect to the scores,
    equation (4.26). Shapes as before.
    """
    ### BEGIN SOLUTION
    P = ops.softmax(logits)
    P[np.arange(len(y)), y] -= 1
    return P / len(y)
    ### END SOLUTION

# %%
check("4.12", softmax_ce_backward)

# %% [markdown]
# ### Two classes: binary cross-entropy
#
# With one sigmoid output $a$ and labels $y \in \{0, 1\}$ the same idea reads
#
# $$ L = -\frac1N \sum_i \big[y_i \ln a_i + (1 - y_i) \ln(1 - a_i)\big] \tag{4.28} $$
#
# $$ \frac{\partial L}{\partial a_i} = \frac1N \left( -\frac{y_i}{a_i} + \frac{1 - y_i}{1 - a_i} \right) \tag{4.29} $$
#
# Watch the sign of the second term. For a negative sample a larger $a$ must raise the loss.

# %%
# Exercise 4.13: bce
def bce(a, y):
    """Binary cross-entropy and its gradient with respect to a, equations
    (4.28) and (4.29).

    a (N,) probabilities. y (N,) labels 0.0 or 1.0. Returns (loss,
    gradient).
    """
    ### BEGIN SOLUTION
    loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    return loss, (-y / a + (1 - y) / (1 - a)) / len(y)
    ### END SOLUTION

# %%
check("4.13", bce)

# %% [markdown]
# Go one step further down, through the sigmoid. By (4.6), $dz = \frac{\partial L}{\partial a} a (1-a)$, and the fraction collapses to the error again. Computed from the score $z$ directly, loss and gradient are finite for any score:
#
# $$ L = \frac1N \sum_i \big[\max(z_i, 0) - z_i y_i + \ln(1 + e^{-|z_i|})\big] \tag{4.30} $$
#
# $$ dz_i = \frac1N \big(s(z_i) - y_i\big) \tag{4.31} $$

# %% [markdown]
# ### Squared error
#
# For predictions $\hat y$ of numbers, the **mean squared error** over all entries of the batch:
#
# $$ L = \frac{1}{\text{size}} \sum (\hat y - y)^2 \tag{4.32} $$
# $$ \frac{\partial L}{\partial \hat y} = \frac{2\,(\hat y - y)}{\text{size}} \tag{4.33} $$
#
# A sibling, half the sum of squares of each sample and then the mean over samples, saves the factor 2:
#
# $$ L = \frac{1}{2N} \sum_i \lVert \hat y_i - y_i \rVert^2 \tag{4.34} $$
# $$ \frac{\partial L}{\partial \hat y} = \frac{\hat y - y}{N} \tag{4.35} $$

# %%
# Exercise 4.14: mse
def mse(y_hat, y):
    """Mean squared error over all entries and its gradient, equations
    (4.32) and (4.33).

    y_hat, y : arrays of one shape. Returns (loss, gradient).
    """
    ### BEGIN SOLUTION
    error = y_hat - y
    return np.mean(error**2), 2 * error / error.size
    ### END SOLUTION

# %%
check("4.14", mse)

# %% [markdown]
# The **mean absolute error** reacts less to outliers; its gradient knows only the sign of the error:
#
# $$ L = \frac{1}{\text{size}} \sum |\hat y - y| \tag{4.36} $$
# $$ \frac{\partial L}{\partial \hat y} = \frac{\mathrm{sign}(\hat y - y)}{\text{size}} \tag{4.37} $$

# %% [markdown]
# ### Two more, for whole distributions
#
# When the target $y$ is a distribution rather than a class, its **entropy** is the part of the loss no prediction can avoid, and the **Kullback-Leibler divergence** is the rest:
#
# $$ H(y) = -\sum_c y_c \ln y_c \tag{4.38} $$
# $$ KL(y \,\|\, a) = \sum_c y_c \ln\frac{y_c}{a_c} \ge 0 \tag{4.39} $$
#
# As a loss over a batch, with its gradient,
#
# $$ L = \frac1N \sum_{i,c} y_{ic} \ln \frac{y_{ic}}{a_{ic}} \tag{4.40} $$
# $$ \frac{\partial L}{\partial a} = -\frac{y}{a N} \tag{4.41} $$
#
# For a fixed target, cross-entropy and Kullback-Leibler loss differ by the constant $H(y)$, so their gradients are equal.

# %% [markdown]
# The **Hellinger loss** compares square roots, is bounded by 1, and needs no logarithm:
#
# $$ L = \frac{1}{2N} \sum_{i,c} \big(\sqrt{a_{ic}} - \sqrt{y_{ic}}\big)^2 \tag{4.42} $$
# $$ \frac{\partial L}{\partial a} = \frac{1}{2N}\Big(1 - \sqrt{y/a}\Big) \tag{4.43} $$
#
# Try all of them on one problem: prediction $a = (0.5, 0.3, 0.2)$, truth $y = (0.7, 0.2, 0.1)$, one sample.

# %%
# Exercise 4.15: loss_table
def loss_table(a, y):
    """Five losses of one sample: prediction a (C,) and target y (C,), both
    distributions without zeros.

    Returns a dict with the keys mse, mae, cross_entropy, kl, hellinger.
    """
    ### BEGIN SOLUTION
    return {
        "mse": np.mean((a - y) ** 2),
        "mae": np.mean(np.abs(a - y)),
        "cross_entropy": -np.sum(y * np.log(a)),
        "kl": np.sum(y * np.log(y / a)),
        "hellinger": np.sum((np.sqrt(a) - np.sqrt(y)) ** 2) / 2,
    }
    ### END SOLUTION

# %%
check("4.15", loss_table)

# %% tags=["nbval-check-output"]
for name, value in use("4.15")(np.array([0.5, 0.3, 0.2]), np.array([0.7, 0.2, 0.1])).items():
    print(f"{name:>14} {value:.4f}")

# %% [markdown]
# The cross-entropy is 0.8869 and the divergence 0.0851; the difference, 0.8018, is the entropy of the target. The sizes of different losses cannot be compared with each other. What can be compared is what a network trained with each of them does.

# %% tags=["nbval-check-output"]
X, y = datasets.moons(200, 0.2, np.random.default_rng(1))
for loss in ("mse", "half_sse", "mae", "bce"):
    run = dense.train((2, 8, 1), X, y, loss=loss, output="sigmoid", lr=1.0, epochs=1000, rng=0)
    correct = np.mean((run.predict(X)[:, 0] > 0.5) == y)
    print(f"{loss:>9}: loss {run.loss[0]:.3f} -> {run.loss[-1]:.3f}, accuracy {correct:.3f}")

# %% [markdown]
# All four runs share network, start, learning rate and number of steps. With one output, half the squared error has half the gradient of the mean squared error, so after the same number of steps it lags behind. Otherwise the accuracies are close: on an easy problem, from a start without confident errors, the choice hardly shows. It shows where a net is confidently wrong.

# %%
predict("4.c")

# %% [markdown]
# Drag the point along its curve towards zero, and choose each loss by its name in the picture. The gradient of the cross-entropy with respect to the score tends to $-1$; that of the squared error after a sigmoid has a hump and then dies, because it carries the factor $a(1-a)$.
#
# Hence the pairing of output and loss:
#
# | task | output | loss | gradient at the scores |
# |---|---|---|---|
# | number | identity | half squared error | $(\hat y - y)/N$ |
# | yes or no, several labels | sigmoid | binary cross-entropy | $(a - y)/N$ |
# | one of $C$ classes | softmax | cross-entropy | $(P - \text{onehot})/N$ |
#
# In these pairs, and only in these, the output error is prediction minus truth. Any other combination keeps the slope of its output activation.

# %% [markdown]
# ## The chain rule on a graph
#
# A network is a composition of simple functions. If $z$ depends on $y$ and $y$ on $x$,
#
# $$ \frac{dz}{dx} = \frac{dz}{dy}\,\frac{dy}{dx} \tag{4.44} $$
#
# For vectors, with the Jacobian $J_{ij} = \partial y_i/\partial x_j$, the slopes of a scalar $L$ travel backwards by
#
# $$ \nabla_x L = J^T\, \nabla_y L \tag{4.45} $$
#
# This is a matrix times a vector. Going backwards we never multiply two Jacobians, and that is why one backward pass is cheap.

# %% [markdown]
# As a picture: draw each intermediate result as a **node** and each "is computed from" as an **edge**. Values flow forwards. On every edge stands the local slope. The slope of the end with respect to a node is the sum over all paths of the product of slopes along the path.

# %%
predict("4.d")

# %% [markdown]
# Click a node: its paths stand in the second picture. Adding up all paths one at a time would be slow, since their number grows exponentially. Visit the nodes in reverse order of computation instead: when a node is reached, all nodes that use it have been finished, and its total is the sum over its users,
#
# $$ \frac{dL}{du} = \sum_{v \text{ uses } u} \frac{dL}{dv}\,\frac{\partial v}{\partial u} \tag{4.46} $$
#
# This is **reverse-mode automatic differentiation**. The engine in `course_lib/autodiff.py` is that sentence in code: each operation remembers its inputs and local slopes, `backward` walks the list in reverse and adds.

# %%
x, y = autodiff.Value(1.0, "x"), autodiff.Value(2.0, "y")
product = (x * y).named("xy")
f = (product.tanh() + x).named("f")
f.backward()
style.show(graph.draw(f, "x is used twice: its gradient has two contributions"), alt="Graph of f = tanh(xy) + x with values, slopes and gradients")

# %% [markdown]
# Follow $x$: one path leads straight to $f$ with slope 1, one through the product with slope $y\,(1 - \tanh^2 xy)$. Its gradient is their sum. The edge is blue where the slope is positive.

# %% [markdown]
# ### Three sigmoids in a row
#
# The smallest deep network is a chain of three units with one weight and one bias each:
#
# $$ f = s\big(w_3\, s(w_2\, s(w_1 x + b_1) + b_2) + b_3\big) \tag{4.47} $$
#
# Six parameters, six slopes. Call the three outputs $a_1, a_2, a_3 = f$ and go backwards with one running number, the slope $\delta_k$ of $f$ with respect to the score of unit $k$:

# %% [markdown]
# $$ \begin{gathered} \delta_3 = a_3(1-a_3), \qquad \delta_2 = \delta_3\, w_3\, a_2 (1-a_2), \\ \delta_1 = \delta_2\, w_2\, a_1(1-a_1) \end{gathered} \tag{4.48} $$
#
# Then each weight gets $\delta_k$ times its input, $(x, a_1, a_2)$ in turn, and each bias gets $\delta_k$ itself. Do it once on paper with $x = 0.5$, $w = (0.8, -1.2, 1.5)$, $b = (0.1, 0.4, -0.3)$ before you write the code.

# %%
# Exercise 4.16: chain_gradients
def chain_gradients(x, w1, b1, w2, b2, w3, b3):
    """Slopes of f in equation (4.47), in the order dw1, db1, dw2, db2, dw3,
    db3. All arguments are numbers.
    """
    ### BEGIN SOLUTION
    a1 = ops.sigmoid(w1 * x + b1)
    a2 = ops.sigmoid(w2 * a1 + b2)
    a3 = ops.sigmoid(w3 * a2 + b3)
    d3 = a3 * (1 - a3)
    d2 = d3 * w3 * a2 * (1 - a2)
    d1 = d2 * w2 * a1 * (1 - a1)
    return d1 * x, d1, d2 * a1, d2, d3 * a2, d3
    ### END SOLUTION

# %%
check("4.16", chain_gradients)

# %% tags=["nbval-check-output"]
point = np.array([0.8, 0.1, -1.2, 0.4, 1.5, -0.3])
chain = lambda p: ops.sigmoid(p[4] * ops.sigmoid(p[2] * ops.sigmoid(p[0] * 0.5 + p[1]) + p[3]) + p[5])
print(np.array(use("4.16")(0.5, *point)).round(6))
print(gradcheck.numerical_gradient(chain, point).round(6))

# %% [markdown]
# The first line is the chain rule, the second the wiggling. The slopes shrink towards the input: the bias gradients are 0.244, 0.089 and $-0.025$, each about a third of the one before, although the two weights on the way, 1.5 and $-1.2$, are larger than one in size. Every sigmoid costs a factor of at least four unless a weight makes up for it. We return to this.

# %% [markdown]
# ### A graph with shared nodes
#
# The chain has one path for each parameter. In this graph of ten nodes several nodes are used twice:
#
# $$ \begin{gathered} v_3 = v_1 v_2, \quad v_4 = \tanh v_3, \quad v_5 = v_1 + v_4, \quad v_6 = v_2^2, \\ v_7 = v_5 v_6, \quad v_8 = s(v_5), \quad v_9 = v_7 + v_8, \quad v_{10} = v_9 v_3 \end{gathered} $$
#
# Compute all ten slopes $dv_{10}/dv_k$ by (4.46).

# %%
# Exercise 4.17: graph_gradients
def graph_gradients(v1, v2):
    """Slopes of v10 with respect to v1, ..., v10, an array of ten numbers,
    by equation (4.46).
    """
    ### BEGIN SOLUTION
    v3 = v1 * v2
    v4 = np.tanh(v3)
    v5, v6 = v1 + v4, v2**2
    v8 = ops.sigmoid(v5)
    v9 = v5 * v6 + v8
    d = np.zeros(11)  # d[k] belongs to node k
    d[10] = 1
    d[9] = d[10] * v3
    d[7] = d[8] = d[9]
    d[6] = d[7] * v5
    d[5] = d[7] * v6 + d[8] * v8 * (1 - v8)
    d[4] = d[5]
    d[3] = d[10] * v9 + d[4] * (1 - v4**2)
    d[2] = d[3] * v1 + d[6] * 2 * v2
    d[1] = d[3] * v2 + d[5]
    return d[1:]
    ### END SOLUTION

# %%
check("4.17", graph_gradients)

# %% tags=["nbval-check-output"]
v1, v2 = autodiff.Value(1.0), autodiff.Value(2.0)
v3 = v1 * v2
v5 = v1 + v3.tanh()
v10 = (v5 * v2**2 + v5.sigmoid()) * v3
v10.backward()
print(round(v1.grad, 6), round(v2.grad, 6), use("4.17")(1.0, 2.0)[:2].round(6))

# %% [markdown]
# The engine built the graph by itself while computing the value, and agrees with your ten lines. Large libraries do the same with arrays for nodes. Some record the graph while the program runs, others ask for the graph first and compile it; the backward rule is the same.

# %% [markdown]
# ## Backward through one layer
#
# What is the gradient of an affine layer? Given $d_{out}$, the gradient of the loss with respect to its output, shape $(N, M)$, we want those with respect to $x$, $W$ and $b$. From (4.3), entry by entry, $\text{out}_{nm} = \sum_d x_{nd} W_{dm} + b_m$.
#
# A weight $W_{dm}$ acts in every sample $n$, through output $m$, with slope $x_{nd}$: sum over the samples. An input $x_{nd}$ acts through every output $m$ with slope $W_{dm}$: sum over the outputs. A bias acts in every sample with slope 1.

# %% [markdown]
# As matrices:
#
# $$ dx = d_{out}\, W^T \tag{4.49} $$
# $$ dW = x^T d_{out} \tag{4.50} $$
# $$ db = \sum_n d_{out,n} \tag{4.51} $$
#
# The shapes almost force these products. For $N = 3$, $D = 2$, $M = 4$, only $x^T d_{out}$ gives a $(2, 4)$ array, the shape of $W$.

# %%
# Exercise 4.18: affine_backward
def affine_backward(dout, cache):
    """Gradients of a fully connected layer, equations (4.49) to (4.51).

    dout (N, M). cache = (x, W) with x (N, ...) and W (D, M). Returns dx
    (shape of x), dW (D, M), db (M,).
    """
    ### BEGIN SOLUTION
    x, W = cache
    dx = (dout @ W.T).reshape(x.shape)
    dW = x.reshape(len(x), -1).T @ dout
    return dx, dW, dout.sum(axis=0)
    ### END SOLUTION

# %%
check("4.18", affine_backward)

# %% [markdown]
# There is no $1/N$ in it. The mean was taken in the loss, whose gradient carries the factor already; dividing again here is correct only in books that leave it out of the loss.
#
# Note what the matrices mean for cost: the forward pass is one product of this size, the backward pass two. That is the price of all gradients, whatever the number of weights.

# %% [markdown]
# ## A network small enough for a pencil
#
# Two inputs, two hidden ReLU units, one linear output, no biases, one sample, and half the squared error:
#
# $$ z_j = \sum_i x_i W_{ij}, \quad h_j = \max(0, z_j), \quad \hat y = \sum_j h_j w_j, \quad J = \tfrac12 (\hat y - y)^2 $$
#
# Here $W$ holds the weights of the first layer and $w$ those of the second.

# %%
predict("4.e")

# %% [markdown]
# Step through it: scores, outputs, error, then back. The bars are the six gradients by formula, the diamonds their finite differences. One hidden score is negative here, and three gradients remain. Drag a weight or an input up or down, in the picture, until the unit is on; then choose the formula *x left out* and see which bars leave their diamonds.
#
# A set of lesson notes prints the hidden gradient as $(\hat y - y)\, w_j\, [z_j > 0]$. The code below follows that formula. Run it: the check knows what is missing. Derive the line on paper, then repair it.

# %%
# Exercise 4.19: small_net_gradients
def small_net_gradients(x, y, W1, w2):
    """Gradients of J for one sample of the 2-2-1 ReLU net without biases.

    x (2,), y a number, W1 (2, 2) with W1[i, j] from input i to unit j, w2
    (2,). Returns dW1 (2, 2), dw2 (2,).
    """
    z = x @ W1
    h = np.maximum(z, 0)
    error = h @ w2 - y
    ### BEGIN BUGGY
    #| dW1 = np.ones((2, 1)) * (error * w2 * (z > 0))
    ### END BUGGY
    ### BEGIN SOLUTION
    dW1 = np.outer(x, error * w2 * (z > 0))
    ### END SOLUTION
    return dW1, h * error

# %%
check("4.19", small_net_gradients)

# %% [markdown]
# <details><summary>Once it is right</summary>
# All six gradients of the network:
#
# $$ \frac{\partial J}{\partial W_{ij}} = (\hat y - y)\, w_j\, \mathbb{1}[z_j > 0]\; x_i \tag{4.52} $$
# $$ \frac{\partial J}{\partial w_j} = (\hat y - y)\, h_j \tag{4.53} $$
#
# Without $x_i$ the rows of the gradient are equal, as if both inputs were 1: every weight into a hidden unit would move by the same amount. A finite difference shows it at once.
# </details>

# %% tags=["nbval-check-output"]
x, y, W1, w2 = np.array([1.5, -0.5]), -1.0, np.array([[0.5, 1.0], [0.25, -1.0]]), np.array([2.0, -1.5])
loss = lambda W: 0.5 * (np.maximum(x @ W, 0) @ w2 - y) ** 2
print(use("4.19")(x, y, W1, w2)[0])
print(gradcheck.numerical_gradient(loss, W1).round(6))

# %% [markdown]
# ## The delta recursion
#
# A whole network is affine layers and activations in turn, so its backward pass is their backward functions in turn. Write $D_l$ for the gradient of the loss with respect to the scores $z_l$, shape $(N, D_l)$. At the output,
#
# $$ D_L = \frac{\partial L}{\partial a_L} \circ g_L'(z_L) \tag{4.54} $$
#
# (or prediction minus truth over $N$, for the three pairs of the table). Then, layer by layer towards the input,
#
# $$ D_l = \big(D_{l+1} W_{l+1}^T\big) \circ g_l'(z_l) \tag{4.55} $$
#
# and each layer's gradients from its own $D_l$:
#
# $$ dW_l = a_{l-1}^T D_l \tag{4.56} $$
# $$ db_l = \sum_n D_{l,n} \tag{4.57} $$

# %% [markdown]
# These four equations are back-propagation. They need all $a_l$ (or $z_l$) of the forward pass, which is why the forward functions keep a cache: memory grows with depth times batch size, the price of never computing anything twice.

# %% [markdown]
# ### Worked: a tanh layer and a linear output
#
# Take one hidden tanh layer, $h = \tanh(X W_1 + b_1)$, a linear output $\hat y = h W_2 + b_2$, and the mean squared error (4.32). Then $D_2 = 2(\hat y - Y)/\text{size}$ and $D_1 = (D_2 W_2^T) \circ (1 - h^2)$.

# %%
# Exercise 4.20: tanh_net_gradients
def tanh_net_gradients(X, Y, W1, b1, W2, b2):
    """Gradients of the mean squared error of a tanh net with linear output.

    X (N, D), Y (N, K), W1 (D, M), b1 (M,), W2 (M, K), b2 (K,). Returns dW1,
    db1, dW2, db2.
    """
    ### BEGIN SOLUTION
    h = np.tanh(X @ W1 + b1)
    error = h @ W2 + b2 - Y
    D2 = (2 / error.size) * error
    D1 = (D2 @ W2.T) * (1 - h**2)
    return X.T @ D1, D1.sum(axis=0), h.T @ D2, D2.sum(axis=0)
    ### END SOLUTION

# %%
check("4.20", tanh_net_gradients)

# %% [markdown]
# ### Worked: sigmoid hidden layer, softmax output
#
# For a classifier, $D_2$ is (4.26) and the hidden slope is $h(1-h)$. Nothing else changes.

# %%
# Exercise 4.21: two_layer_backward
def two_layer_backward(X, y, W1, b1, W2, b2):
    """Gradients of the mean cross-entropy of a net with a sigmoid hidden
    layer and softmax output.

    X (N, D), y (N,) labels, W1 (D, M), b1 (M,), W2 (M, C), b2 (C,). Returns
    dW1, db1, dW2, db2.
    """
    ### BEGIN SOLUTION
    h = ops.sigmoid(X @ W1 + b1)
    D2 = ops.softmax_ce_backward(h @ W2 + b2, y)
    D1 = (D2 @ W2.T) * h * (1 - h)
    return X.T @ D1, D1.sum(axis=0), h.T @ D2, D2.sum(axis=0)
    ### END SOLUTION

# %%
check("4.21", two_layer_backward)

# %% [markdown]
# The order of two lines matters here: compute $D_1$ with the $W_2$ of the forward pass, before any update. All gradients belong to one and the same set of parameters.

# %% [markdown]
# ### Worked: any number of layers
#
# Take three sigmoid layers, 4-3-3-1, and the half squared error (4.34). In full,
#
# $$ \begin{gathered} D_3 = \tfrac1N (a_3 - Y) \circ a_3 (1 - a_3), \\ D_2 = (D_3 W_3^T) \circ a_2(1-a_2), \qquad D_1 = (D_2 W_2^T) \circ a_1 (1-a_1) \end{gathered} $$
#
# This time the output slope stays, because squared error and sigmoid are not one of the pairs. Written as a loop, the same lines serve any depth.

# %%
# Exercise 4.22: deep_backward
def deep_backward(X, Y, weights, biases):
    """Gradients of half_sse, equation (4.34), for a net of sigmoid layers:
    the loop of (4.54) to (4.57).

    X (N, D_0), Y (N, D_L). weights, biases : lists, first layer first.
    Returns the lists dWs and dbs in the same order.
    """
    ### BEGIN SOLUTION
    a = [X]
    for W, b in zip(weights, biases):
        a.append(ops.sigmoid(a[-1] @ W + b))
    D, dWs, dbs = (a[-1] - Y) / len(X), [], []
    for l in reversed(range(len(weights))):
        D = D * a[l + 1] * (1 - a[l + 1])
        dWs.insert(0, a[l].T @ D)
        dbs.insert(0, D.sum(axis=0))
        D = D @ weights[l].T
    return dWs, dbs
    ### END SOLUTION

# %%
check("4.22", deep_backward)

# %% tags=["nbval-check-output"]
for name, error in experiments.worked_examples().items():
    print(f"{name:>24}: analytic and numeric gradients agree to 1e-6: {error < 1e-6}")

# %% [markdown]
# Three worked networks, all of their parameters compared with finite differences. The library's `ops.mlp_forward` and `ops.mlp_backward` contain this loop for every activation of the chapter.

# %% [markdown]
# ## Sharing out an error is not a derivative
#
# Some introductions explain back-propagation without calculus: the output error $e$ is divided among the hidden units in proportion to their weights,
#
# $$ \text{split}_j = \frac{w_j}{\sum_k w_k}\, e \tag{4.58} $$
#
# For weights 0.3 and 0.6 that gives 1/3 and 2/3 of the error. The gradient for the same net (linear output, half squared error) is $w_j e$ for the hidden outputs, 0.3 and 0.6 times the error, and $w_j e\, h_j (1 - h_j)$ for the hidden scores.

# %%
predict("4.f")

# %% [markdown]
# Drag the bars of the second picture, the gradient: each of them is a weight times the error. The heuristic divides by the sum of weights, so it explodes when the weights nearly cancel, and turns the sign when their sum is negative. It ignores the slope of the hidden unit. For positive weights it points roughly the right way, which is why it often survives in print.

# %%
# Exercise 4.23: error_split
def error_split(w, error, h):
    """The heuristic and the truth. w (M,) weights to the output, error a
    number, h (M,) sigmoid outputs.

    Returns split (4.58), dh (gradient for the hidden outputs), dz (gradient
    for the hidden scores).
    """
    ### BEGIN SOLUTION
    dh = error * w
    return w / w.sum() * error, dh, dh * h * (1 - h)
    ### END SOLUTION

# %%
check("4.23", error_split)

# %% tags=["nbval-check-output"]
for name, values in zip(("split", "dh", "dz"), use("4.23")(np.array([0.3, 0.6]), 1.0, np.array([0.5, 0.9]))):
    print(f"{name:>6}", values.round(4))

# %% [markdown]
# The second unit has the larger weight and the larger share of the error. Yet its score is the less effective place for a change: at an output of 0.9 the sigmoid is nearly saturated, so its gradient (0.054) is smaller than that of the first unit (0.075).

# %% [markdown]
# ## Check every gradient
#
# A wrong gradient raises no error. The network trains, only worse, and one looks for the cause in the data. So every gradient is compared with the wiggling it replaces, once, on a small instance, in float64. The **central difference**
#
# $$ n_i = \frac{f(x + h e_i) - f(x - h e_i)}{2h} \tag{4.59} $$
#
# has an error of order $h^2$ ($e_i$ is the vector with a 1 at entry $i$), and the comparison is relative:
#
# $$ \text{error} = \frac{\lVert a - n \rVert}{\lVert a \rVert + \lVert n \rVert} \tag{4.60} $$
#
# where $a$ is the analytic gradient. We use $h = 10^{-5}$ and expect less than $10^{-7}$.

# %%
# Exercise 4.24: gradient_check
def gradient_check(f, grad, x, h=1e-5):
    """Numerical gradient (4.59) and relative error (4.60).

    f(x) -> number. grad(x) -> array of x's shape. x : float64 array of any
    shape, as it was when the function returns.
    Returns (numeric, relative), numeric in the shape of x.
    """
    ### BEGIN SOLUTION
    numeric = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + h
        up = f(x)
        x[index] = kept - h
        down = f(x)
        x[index] = kept
        numeric[index] = (up - down) / (2 * h)
    analytic = grad(x)
    size = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return numeric, np.linalg.norm(analytic - numeric) / size
    ### END SOLUTION

# %%
check("4.24", gradient_check)

# %% [markdown]
# Two slips make a check worthless. One is to forget a group of parameters: a published check of a 2-100-2 net compares 400 weights where there are 502 parameters, so it cannot see an error in a bias. The other is to leave $x$ moved. Here is the complete check of that net, on one point of a spiral, with all 502 entries:

# %% tags=["nbval-check-output"]
report = experiments.check_spiral_net()
print(sum(a.size for a in report.analytic.values()), "entries checked, passed:", report.passed)
print("below the published 1.07e-08:", report.relative_error < 1.07e-8)

# %%
style.show(figures.gradient_report(report), alt="Analytic against numeric gradients on the diagonal; relative errors of W1, b1, W2, b2 far below the limit 1e-7.")

# %% [markdown]
# Every dot lies on the diagonal, and each of the four groups stays far below the limit. The report names the worst entry when one fails.

# %% [markdown]
# ### How small should the step be?
#
# The error of the central difference has two parts. The curve bends, which costs about $h^2 |f'''|/6$; and $f$ is rounded to a relative precision $\varepsilon \approx 2.2 \cdot 10^{-16}$, which costs about $\varepsilon |f| / h$:
#
# $$ \text{error}(h) \approx \frac{h^2\, |f'''|}{6} + \frac{\varepsilon\, |f|}{h} \tag{4.61} $$

# %%
predict("4.g")

# %% [markdown]
# Drag the diamond along the curve. On logarithmic axes a V: slope 2 on the right, slope $-1$ on the left, the lowest point near $h = (3 \varepsilon |f|/|f'''|)^{1/3}$, about $9 \cdot 10^{-6}$ when $f$ and $f'''$ are of the order of one. Smaller is not better. In float32, $\varepsilon = 1.2 \cdot 10^{-7}$ and the check is of little use.

# %% [markdown]
# ## Find the bug
#
# Two networks train badly. In each, exactly one line is wrong, and nothing raises an error.

# %% [markdown]
# ### A classifier that stops halfway
#
# The first learns two moons with a sigmoid hidden layer and a softmax output. These are its gradients, line by line:
#
# ```python
# Z = X @ W1 + b1                                  # A
# H = sigmoid(Z)                                   # B
# P = softmax(H @ W2 + b2)                         # C
# D2 = (P - one_hot(y)) * P * (1 - P) / N          # D
# D1 = (D2 @ W2.T) * H * (1 - H)                   # E
# dW1, db1 = X.T @ D1, D1.sum(axis=0)              # F
# dW2, db2 = H.T @ D2, D2.sum(axis=0)              # G
# # each parameter moves by -lr times its gradient   H
# ```

# %%
broken = experiments.train_classifier(experiments.broken_classifier)
right = experiments.train_classifier(use("4.21"))
fig, ax = style.figure()
figures.curves(ax, {"as listed": broken, "right": right}, "step", "cross-entropy")
ax.set_title(f"After 1000 steps the listed net has a loss of {broken[-1]:.2f}, the right one {right[-1]:.2f}")
style.show(fig, alt="Two loss curves over 1000 steps. The listed net flattens out at 0.28, the right one reaches 0.09.")

# %% [markdown]
# The loss falls at first, then hardly moves, although the same network can do much better from the same start. Which line? Give its letter.

# %%
# Exercise 4.25: which line of the classifier
### BEGIN SOLUTION
classifier_line = "D"
### END SOLUTION

# %%
check("4.25", classifier_line)

# %% [markdown]
# Now repair it. Change only the line you named.

# %%
# Exercise 4.26: repair the classifier
def repaired_classifier(X, y, W1, b1, W2, b2):
    """Gradients of the mean cross-entropy; shapes as in exercise 4.21."""
    H = ops.sigmoid(X @ W1 + b1)
    P = ops.softmax(H @ W2 + b2)
    ### BEGIN BUGGY
    #| D2 = (P - ops.one_hot(y, len(b2))) * P * (1 - P) / len(X)
    ### END BUGGY
    ### BEGIN SOLUTION
    D2 = (P - ops.one_hot(y, len(b2))) / len(X)
    ### END SOLUTION
    D1 = (D2 @ W2.T) * H * (1 - H)
    return X.T @ D1, D1.sum(axis=0), H.T @ D2, D2.sum(axis=0)

# %%
check("4.26", repaired_classifier)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The factor $P(1-P)$ looks like a slope one might have forgotten. But the slope of the softmax is in (4.26) already. With it counted twice, a point of class 0 with $P = 0.999$ for class 1 pushes with 0.001 instead of 1: the net has stopped listening to its worst errors.
# </details>

# %% [markdown]
# ### A regression that cannot shift its units
#
# The second fits $\sin 3x$ on the interval from 1 to 3 with a tanh layer and a linear output.
#
# ```python
# Z = X @ W1 + b1                                  # A
# H = tanh(Z)                                      # B
# error = H @ W2 + b2 - Y                          # C
# D2 = 2 * error / error.size                      # D
# dW2, db2 = H.T @ D2, D2.sum(axis=0)              # E
# D1 = (D2 @ W2.T) * (1 - H**2)                    # F
# dW1, db1 = X.T @ D1, D1.mean(axis=0)             # G
# # each parameter moves by -lr times its gradient   H
# ```

# %% tags=["nbval-check-output"]
X, Y, params = experiments.regression_problem()
gradients = experiments.broken_regression(X, Y, *params)
loss = lambda p: experiments.regression_loss(X, Y, *p)
report = gradcheck.check_gradient(loss, list(gradients), params)
for name, error in zip(("W1", "b1", "W2", "b2"), report.per_parameter.values()):
    print(name, "agrees" if error < 1e-7 else f"differs, relative error {error:.3f}")

# %% [markdown]
# This time we do not guess from the curve; we use the gradient check. Which line does it point to?

# %%
# Exercise 4.27: which line of the regression net
### BEGIN SOLUTION
regression_line = "G"
### END SOLUTION

# %%
check("4.27", regression_line)

# %%
# Exercise 4.28: repair the regression net
def repaired_regression(X, Y, W1, b1, W2, b2):
    """Gradients of the mean squared error; shapes as in exercise 4.20."""
    H = np.tanh(X @ W1 + b1)
    error = H @ W2 + b2 - Y
    D2 = 2 * error / error.size
    D1 = (D2 @ W2.T) * (1 - H**2)
    ### BEGIN BUGGY
    #| db1 = D1.mean(axis=0)
    ### END BUGGY
    ### BEGIN SOLUTION
    db1 = D1.sum(axis=0)
    ### END SOLUTION
    return X.T @ D1, db1, H.T @ D2, D2.sum(axis=0)

# %%
check("4.28", repaired_regression)

# %%
broken = experiments.train_regression(experiments.broken_regression)
right = experiments.train_regression(use("4.28"))
fig, ax = style.figure()
figures.curves(ax, {"as listed": broken, "repaired": right}, "step", "mean squared error")
ax.set_title(f"Biases that learn 40 times too slowly: error {broken[-1]:.2f} instead of {right[-1]:.3f}")
style.show(fig, alt="Two loss curves over 4000 steps. With slow hidden biases the error stays near 0.18, repaired it falls to 0.02.")

# %% [markdown]
# <details><summary>Once it is right</summary>
# With 40 points, a mean in the place of a sum makes the hidden biases learn 40 times more slowly than the weights. A tanh unit bends where its score is zero; without its bias it cannot move the bend to where the curve needs it. A relative error of $(40-1)/(40+1) = 0.951$ is a fingerprint: a constant factor of 40.
# </details>
#
# The habit to take along: first a gradient check, parameter by parameter; then a training run that must drive the loss of ten samples to zero; only then the data.

# %% [markdown]
# ## Gradients that vanish or explode
#
# On its way back through a deep network a gradient is multiplied, layer after layer, by a slope and by weights. In the chain (4.47) the slope for the first bias contains
#
# $$ \prod_{k} w_k\, g'(z_k) \tag{4.62} $$
#
# with one factor for each layer above. If the factors are mostly below 1 in size the product **vanishes**, above 1 it **explodes**.

# %% [markdown]
# Three slopes 0.5, 0.4 and 0.1 multiply to 0.02. (A printed example has 0.002 and a step of 0.00002; count the decimals.) With a learning rate of 0.01 the step is 0.0002. Give three numbers: the product, the step, and the largest possible product of ten sigmoid slopes.

# %%
# Exercise 4.29: three slopes and ten
### BEGIN SOLUTION
products = (0.5 * 0.4 * 0.1, 0.01 * 0.5 * 0.4 * 0.1, 0.25**10)
### END SOLUTION

# %%
check("4.29", products)

# %%
predict("4.h")

# %% [markdown]
# In the second picture, on a logarithmic axis, each dot is the length of one layer's bias gradient: it shows what the product (4.62) does. Each square is the length of its weight gradient, by (4.56) the same errors times the activations that come in. With sigmoids the dots fall by about a factor of four a layer, so the layers near the input stand still. With ReLU and the scale near 1.4, a variance of $2/D_{in}$, they stay level. Raise the scale to 3 and the gradients explode instead: the dots grow by a factor of about two a layer on the way back, the activations by as much on the way forward, so the squares stay level, at a height from which no step leads back.
#
# The cause is often misreported. "Standard normal weights lie between $-1$ and 1, so the product vanishes": 32 percent of them lie outside. What counts is the typical size of $|w|\, g'(z)$, times the number of paths. Nor do many input features cause vanishing; they cause over-fitting, a matter of variance.

# %% [markdown]
# Remedies: activations with slope 1 on a whole half-line, a start that keeps the variance level (chapter 05), normalization, and connections that skip layers (later chapters).

# %% [markdown]
# ## XOR by training
#
# In chapter 03 you set the weights of a XOR network by hand. Now the network finds them: 2-3-1, tanh in both layers, mean squared error, one sample at a time, learning rate 0.1, 1000 epochs, and a start with all weights and biases drawn from $-0.5$ to 0.5.
#
# A published report shows one such run, with a final error of 0.000378. Is that the method, or luck?

# %%
predict("4.i")

# %% [markdown]
# Press play and watch the surface fold. Then click the curve of another start: some runs reach the solution, others stay on a plateau. The demo counts 50 starts, and as learned what falls below 0.001. One run is an anecdote; a success rate is a result.
#
# The rate can be turned in the middle of a run. Begin with 0.316: the curves jump about, and after 1000 epochs none of the starts has arrived. Play it again, stop at epoch 500 and turn the rate down to 0.0316. A hundred epochs later about half of them are there: the large steps had brought them into the valley, and only kept them from its floor.

# %% tags=["nbval-check-output"]
print(experiments.xor_success(hidden=3, start="uniform", lr=0.1))

# %% [markdown]
# Of 200 starts, 68 percent fall below an error of 0.001. Raise this to 95 percent or more. You have three settings: 2, 3, 4 or 8 hidden units; the start `"uniform"` (as above) or `"normal"`, weights from $N(0,1)/\sqrt{D_{in}}$ with zero biases; the learning rate 0.02, 0.05, 0.1 or 0.2. The number of epochs stays 1000.

# %%
# Exercise 4.30: XOR from 200 starts
### BEGIN SOLUTION
settings = {"hidden": 4, "start": "normal", "lr": 0.1}
### END SOLUTION

# %%
check("4.30", settings)

# %% tags=["nbval-check-output"]
share = experiments.xor_success(**use("4.30"))
print("at least 95 percent:", share >= 0.95)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The start matters most. Weights between $-0.5$ and 0.5 keep all scores near zero, where tanh is almost linear and the hidden units do the same thing; the wider start gives each unit its own direction from the beginning. A spare unit offers more ways down, and too large a step throws runs out of the narrow valley: at 0.2 the rates fall again.
# </details>

# %% [markdown]
# ## What one hidden layer can represent
#
# Take one input and one output. A tanh network computes
#
# $$ \hat y(x) = \sum_{j=1}^{M} w_j \tanh(v_j x + c_j) + b \tag{4.63} $$
#
# a sum of $M$ smooth steps: $c_j$ and $v_j$ say where the step is and how steep, $w_j$ how high. Two opposite steps side by side make a bump, and bumps of the right heights, placed in a row, follow any continuous curve. Unlike fixed basis functions, such as powers or sines, these are moved into place by training.

# %%
predict("4.j")

# %% [markdown]
# Press play, and watch the steps being moved into place. Then add units one by one: each curve of the second picture is one unit's share, and their sum, with the bias, is the fit. Choose the activation *identity* under *More*, and no number of units bends the line.
#
# The **universal approximation theorem** (Cybenko 1989, Hornik 1991) makes this precise: for every continuous function on a closed and bounded set, and every tolerance, there is a network with one hidden layer of finitely many units that stays within the tolerance everywhere, provided the activation is not a polynomial.
#
# What it does not say is as important. The number of units is finite, not infinite, but it may be huge. It says nothing about data: it is about which functions exist in the family, not about how many samples one needs. And it does not promise that training finds the weights.

# %% [markdown]
# ### Width and loss, a figure of your own
#
# How many units does a problem need? A live figure is a function of its sliders that returns what is to be drawn, so this one we build here. It trains a 2-width-2 network on two spiral arms at every movement and draws the logarithm of its loss.

# %%
from ipywidgets import FloatLogSlider, IntSlider

X, arm = datasets.spiral(200, 2, 0.1, np.random.default_rng(0))

def width_and_loss(width, lr):
    run = dense.train((2, width, 2), 3 * X, arm, loss="cross_entropy", lr=lr, epochs=500, momentum=0.9, rng=0)
    curve = live.Line(0, np.arange(501), np.log10(run.loss), label="log₁₀ of the loss")
    return [curve], f"{width} units, learning rate {lr:.3g}: loss {run.loss[-1]:.3f}"

live.interact(width_and_loss, width=IntSlider(2, min=1, max=20), lr=FloatLogSlider(0.3, min=-2, max=0),
              panels=[("Loss of one run", "epoch", "log₁₀ of the loss", (0, 500), (-2.6, 0.4))],
              title="Width and loss", alt="The logarithm of the loss against the epoch, for one width and one rate.")

# %% [markdown]
# One or two units stay above 0.2, since so few lines cannot follow two arms that wind round each other. The third one changes that, the fourth brings the loss near 0.01, and there it stays, however many follow: what is left is one point of 200 that lies among those of the other arm. Now change the figure. A third argument `hidden` and `hidden=["tanh", "relu"]` in the call make a menu of two activations.

# %% [markdown]
# ## Depth and width
#
# Parameters can be spent on wide layers or on many layers. A study of picture classifiers found accuracy rising steeply to about eight layers and little after. An old rule of thumb sets the width of a hidden layer to the number of principal components that hold 70 to 90 percent of the variance of its input; it is a starting point at best. What do small problems say?

# %%
predict("4.k")

# %% [markdown]
# First comes the boundary of the chosen network, then the table: each cell is the mean of five starts and their spread. Click a cell and watch one of its runs. The best cells have two and three layers of sixteen units. Every row rises with the width. Every column rises to the second or third layer and has fallen again at the fourth; with two or four units a layer, four layers are back near guessing, since every signal has to pass through so few numbers.
#
# The same question for the digits, 600 training images of 8 × 8 pixels:

# %%
rows = experiments.depth_table(depths=(1, 2, 4), widths=(8, 32))
print("hidden layers  width  parameters  test accuracy, mean and spread over 5 starts")
for r in rows:
    print(f"{r['hidden layers']:13} {r['width']:6} {r['parameters']:11,}  {r['accuracy']:.3f} +- {r['spread']:.3f}")

# %% [markdown]
# The same as curves; each band is one standard deviation over the five starts:

# %%
fig, ax = style.figure(width=5.6)
figures.bands(ax, {f"width {width}": ((1, 2, 4), np.transpose([r["by start"] for r in rows if r["width"] == width]))
                   for width in (8, 32)}, "hidden layers", "test accuracy", "mean", "sd", (0.75, 0.52))
ax.set(title="Wider is better here, deeper is not", xticks=(1, 2, 4))
style.show(fig, alt="Test accuracy against the number of hidden layers, mean and standard deviation of 5 starts: width 32 lies "
                    "above width 8, and both fall with more layers.")

# %% [markdown]
# Here width brings more than depth, and a second or fourth narrow layer makes training harder rather than the network better. The spread over starts is as large as many of the differences: a table from single runs would rank these networks at random. Where depth pays, it is because features are built from features, in pictures and text; plain stacks of dense layers on small inputs see little of it.

# %% [markdown]
# ## A classifier of handwritten digits
#
# All parts are ready. The predicted class is the one with the largest score, and the **accuracy** is the share of samples for which it is right:
#
# $$ \text{accuracy} = \frac1N \sum_i \mathbb{1}\big[\arg\max_c z_{ic} = y_i\big] \tag{4.64} $$
#
# Softmax keeps the order of the scores, so it is not needed for the prediction.

# %%
# Exercise 4.31: accuracy
def accuracy(scores, y):
    """Share of rows whose largest score stands at the label, equation
    (4.64). scores (N, C), y (N,).
    """
    ### BEGIN SOLUTION
    return np.mean(scores.argmax(axis=1) == y)
    ### END SOLUTION

# %%
check("4.31", accuracy)

# %% [markdown]
# Back to the network of the opening, 784-784-512-10. How many parameters has each of its three layers, and how many have they together?

# %%
# Exercise 4.32: parameters of 784-784-512-10
### BEGIN SOLUTION
counts = ((784 + 1) * 784, (784 + 1) * 512, (512 + 1) * 10, 1_022_490)
### END SOLUTION

# %%
check("4.32", counts)

# %% tags=["nbval-check-output"]
print(f"start loss {experiments.start_loss():.4f}, ln 10 = {np.log(10):.4f}")

# %% [markdown]
# Before the first step, with small weights, the network gives every class a probability near 1/10, so its loss is $\ln 10 = 2.3026$. This is a free test: if a ten-class network starts far from 2.3, something is wrong before training has begun.
#
# Now build one. To train in seconds, we take the 1797 real digits of 8 × 8 pixels, scaled to the range 0 to 1; 360 of them are kept apart.

# %%
split = datasets.digits8()
fig, axes = style.figure(1, 8, width=8, height=1.4)
fig.suptitle("Real handwriting on 64 pixels: some digits are hard even for us")
for ax, image, label in zip(axes, split.X_train, split.y_train):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", origin="upper")
    ax.set(title=str(label), xticks=[], yticks=[])
style.show(fig, alt="Eight handwritten digits of 8 by 8 pixels with their labels.")

# %% [markdown]
# A network is a list of layers, `nn.Sequential(...)`. An optimizer holds its parameters and takes the steps. `nn.fit` runs over shuffled mini-batches and records losses. Here is all of it on a small case: points in the plane on two half circles, a net 2-16-2, and a quarter of the points kept apart, on which the losses are measured as well but nothing is learned.

# %% tags=["nbval-check-output"]
moons = datasets.train_test_split(*datasets.moons(400, noise=0.2, rng=1))
rng = np.random.default_rng(0)
net = nn.Sequential(nn.Linear(2, 16, rng=rng), nn.ReLU(), nn.Linear(16, 2, rng=rng))
optimizer = optim.SGD(net.parameters(), lr=0.5)
history = nn.fit(net, nn.CrossEntropyLoss(), optimizer, moons.X_train, moons.y_train, epochs=20, batch_size=20,
                 X_val=moons.X_test, y_val=moons.y_test)
for epoch in (0, 1, 5, 20):
    print(f"epoch {epoch:2}: training {history.loss[epoch]:.3f}, validation {history.val_loss[epoch]:.3f}")
print("scores of three points:", *net(moons.X_test[:3]).round(1), "labels:", moons.y_test[:3])

# %% [markdown]
# Entry 0 of each list was measured before the first step and lies near $\ln 2$, as it should with two classes; entry 20 belongs to the net that `fit` leaves behind. `net(X)` gives scores and no probabilities: the loss applies the softmax itself, so no layer does. The larger score of a row is the answer.
#
# Now the digits. Build 64-48-32-10 with ReLU, train it with cross-entropy for at least 12 epochs in batches of 32, and return network and history. A rate of 0.1 with `momentum=0.9` is a good choice: the step then follows a running average of gradients (chapter 06), which here only saves time.

# %%
# Exercise 4.33: digit_classifier
def digit_classifier(X, y, X_val, y_val):
    """Train a net with two hidden layers on X (N, 64), y (N,); measure on
    X_val, y_val. Returns (net, history).
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(64, 48, rng=rng), nn.ReLU(), nn.Linear(48, 32, rng=rng), nn.ReLU(), nn.Linear(32, 10, rng=rng)
    )
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    history = nn.fit(net, nn.CrossEntropyLoss(), optimizer, X, y, epochs=12, batch_size=32, rng=rng,
                     X_val=X_val, y_val=y_val)
    return net, history
    ### END SOLUTION

# %%
check("4.33", digit_classifier)

# %%
net, history = use("4.33")(split.X_train[:1137], split.y_train[:1137], split.X_train[1137:], split.y_train[1137:])
net.summary(64)
fig, ax = style.figure()
figures.curves(ax, {"training": history.loss, "validation": history.val_loss}, "epoch", "cross-entropy")
ax.set_title(f"Training loss {history.loss[-1]:.3f}, validation loss {history.val_loss[-1]:.3f}: a gap opens")
style.show(fig, alt="Learning curves. Both losses fall; the training loss goes on while the validation loss levels off.")

# %% [markdown]
# 5,018 parameters, by formula (4.1): $65 \cdot 48 + 49 \cdot 32 + 33 \cdot 10$. Read the two curves together. Both fall in the first epochs; later the training loss goes on towards zero while the validation loss stays where it is. The growing distance is over-fitting. The test images have waited until now:

# %%
print(f"test accuracy {use('4.31')(net(split.X_test), split.y_test):.3f} on {len(split.y_test)} images")

# %% [markdown]
# With 360 test images a rate near 0.96 is uncertain by about 2 points either way, so do not compare two networks by the third decimal.

# %% [markdown]
# **Open question 4.Q1** (6 points)
#
# About the classifier you have just trained: (a) Why does it end in softmax and cross-entropy rather than in ten sigmoids with squared error? (b) Where does it stand between bias and variance, and how do you see that? (c) What do its learning curves tell you to change, and what not?
# ### BEGIN SOLUTION
# Model answer. (a) The digits exclude each other, so their probabilities should share a total of one; with cross-entropy the gradient at the scores is prediction minus truth, which stays large for confident errors, while sigmoid and squared error carry the factor a(1-a) and learn slowly exactly there. (b) The training loss is close to zero, so the bias is small; the validation loss lies clearly above it, so what error is left comes from variance. (c) More epochs will not help, since the validation loss has levelled off; more data, regularization or stopping at the lowest validation loss address the gap. A larger network would mostly widen it.
#
# A full answer contains: exclusive classes (1), the gradient argument (1); small training error means small bias (1), the gap means variance (1); a remedy that addresses the gap (1), a change that would not help and why (1).
# ### END SOLUTION

# %% [markdown]
# ### The same data, learned slowly
#
# A book trains a network with a sigmoid hidden layer of 512 units, sigmoid outputs and squared error, with a learning rate of 0.0001, and reports a test accuracy of 0.32 after ten epochs. Nothing in its gradients is wrong. Why so bad?
#
# Both layers multiply by a slope of at most 1/4, so the gradients are small, and the rate is smaller still. We repeat the run on the 8 × 8 digits: 64-512-10, 4680 steps of 128 images.

# %%
fig, ax = style.figure()
tried = {lr: experiments.quadratic_digits(lr, steps=936, report_every=117) for lr in (1e-4, 0.01, 0.1)}
figures.curves(ax, {f"lr {lr:g}": values for lr, values in tried.items()}, "step", "test accuracy",
               x=117 * np.arange(1, 9), loc="upper left")
ax.set_title("A fifth of the run: with lr = 0.0001 almost nothing is learned")
style.show(fig, alt="Test accuracy over 936 steps for three learning rates; only the largest rises clearly.")

# %% [markdown]
# Choose a learning rate for which the full run ends above 0.9. Both too small and too large are possible.

# %%
# Exercise 4.34: a rate for the sigmoid net
### BEGIN SOLUTION
sigmoid_rate = 0.3
### END SOLUTION

# %%
check("4.34", sigmoid_rate)

# %%
print(f"test accuracy after 4680 steps: {experiments.quadratic_digits(use('4.34'))[-1]:.3f}")

# %% [markdown]
# <details><summary>Once it is right</summary>
# From 0.2 to above 0.95, by one number. Between 0.1 and 0.5 the run succeeds; at 1 the outputs saturate in the first steps and never recover, since the slope that would bring them back is gone. A poor result says nothing about a network until its learning rate has been tried over several powers of ten. (The published "validation" accuracy was, in addition, measured on the last mini-batch only.)
# </details>

# %%
for loss, lr in (("mse", 0.1), ("cross_entropy", 0.02)):
    result = experiments.tanh_digits(loss=loss, lr=lr, epochs=10)
    print(f"{loss:>14}: final loss {result['error']:.4f}, test accuracy {result['accuracy']:.3f}")

# %% [markdown]
# Another published network, 100 and 50 tanh units trained one sample at a time with squared error, was called perfect because it got three test images right. Measured on 360 images it is good, and cross-entropy does at least as well. Three images cannot tell 0.6 from 1: even a network that is right with probability 0.6 gets all three in one case out of five.

# %% [markdown]
# ## When numbers leave the range
#
# A float64 holds magnitudes from about $10^{-308}$ to $1.8 \cdot 10^{308}$, a float32 from $10^{-38}$ to $3.4 \cdot 10^{38}$. The exponential leaves these ranges early: $e^{z}$ overflows at $z = 710$ in float64 and at 89 in float32; $e^{-z}$ becomes exactly 0 near 745 and 104, and its logarithm is then minus infinity. From infinity minus infinity, or zero times infinity, comes NaN, and every sum that touches a NaN is NaN.

# %% tags=["nbval-check-output"]
with np.errstate(all="ignore"):
    for dtype in (np.float32, np.float64):
        z = dtype(800)
        print(dtype.__name__, "exp:", np.exp(z), " log of exp(-z):", np.log(np.exp(-z)), " log-softmax:",
              ops.log_softmax(np.array([z, 0], dtype))[1])

# %% [markdown]
# The stable forms of this chapter never leave the range, since they subtract before they exponentiate. If a loss turns into NaN all the same, in this order:
#
# 1. Halve the learning rate, and again; divergence is the usual cause.
# 2. Look at the inputs: NaN, infinite or unscaled columns. Standardize them.
# 3. Look at the loss before the first step: $\ln C$ for $C$ classes? If not, mend the initialization.
# 4. Compute losses from scores, never `log(softmax(...))`.
# 5. Try an activation that bounds its output, or clip the gradients (chapter 06).

# %% [markdown]
# ## Twelve statements
#
# Each of these can be found in print or is the correction of one that can. Which are true?
#
# - **a** The derivative of the sigmoid is negative for inputs below zero.
# - **b** Softmax is the output for problems in which several labels can be true at once.
# - **c** A leak cures dead ReLU units; it does not in general cure vanishing gradients.
# - **d** A leaky ReLU with a leak other than 0.01 is called a randomized ReLU.
# - **e** Universal approximation holds if there is enough training data.
# - **f** Universal approximation: a finite number of hidden units suffices for a continuous function on a closed, bounded set, if the activation is not a polynomial.
# - **g** $0.5 \cdot 0.4 \cdot 0.1 = 0.002$.
# - **h** The network 4-5-5-2 has 55 weights and 12 biases, 67 parameters.
# - **i** The output error is prediction minus truth, whatever the output activation and the loss.
# - **j** Weights drawn from a standard normal distribution lie between $-1$ and 1.
# - **k** A layer with 3 inputs and 4 units has 12 weights for one observation and 24 for two.
# - **l** Too many input features cause vanishing gradients.

# %%
# Exercise 4.35: twelve statements
### BEGIN SOLUTION
judged = dict(a=False, b=False, c=True, d=False, e=False, f=True, g=False, h=True, i=False, j=False, k=False, l=False)
### END SOLUTION

# %%
check("4.35", judged)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The slope of the sigmoid is always positive, at most 1/4. Softmax is for exclusive classes; several labels need a sigmoid each. A learned leak is a PReLU, a sampled one an RReLU. $0.5 \cdot 0.4 \cdot 0.1 = 0.02$. Prediction minus truth holds for identity with half squared error, sigmoid with binary cross-entropy, softmax with cross-entropy. About 32 percent of standard normal numbers lie outside $-1$ to 1. Weights are shared by all observations. Many features cause variance; vanishing comes from products of small slopes.
# </details>

# %% [markdown]
# ## Names in other libraries
#
# Our layers carry PyTorch's names. Keras says the same with other words:
#
# | here and in PyTorch | Keras | what it is |
# |---|---|---|
# | `nn.Linear(64, 48)` | `Dense(48)` | affine layer; Keras learns the input width from the data |
# | `nn.Sequential(...)` | `Sequential([...])` | layers in a row |
# | loss object and `optim.SGD(...)` | `model.compile(optimizer, loss)` | choose loss and optimizer |
# | `nn.fit(net, loss, optimizer, X, y, ...)` | `model.fit(X, y, ...)` | train (PyTorch leaves the loop to you) |
# | `History` | the returned `history.history` | losses by epoch |
# | `net(X)` | `model.predict(X)` | outputs for new data |
# | `ops.accuracy(net(X), y)` | `model.evaluate(X, y)` | measure |
# | `net.summary(64)` | `model.summary()` | layers, shapes, parameters |

# %% [markdown]
# Two traps. `compile` does not reset the weights, so calling `fit` twice trains on. And in PyTorch `CrossEntropyLoss` expects scores, while Keras expects probabilities unless told `from_logits=True`.

# %% [markdown]
# ## Some history
#
# The idea of sending sensitivities backwards came from control theory: Kelley in 1960 and Bryson in 1961 used it to steer rockets. Linnainmaa described reverse-mode differentiation in 1970, and Werbos proposed it for networks in 1974. It changed the field when Rumelhart, Hinton and Williams showed in 1986 that hidden units trained this way find useful representations by themselves.
#
# A network alternates between three roles: it holds a **representation**, **learning** changes it, **inference** uses it. In the decade around 2006, when deep networks were hard to train directly, layers were trained one at a time as restricted Boltzmann machines or autoencoders and stacked into deep belief networks; better activations, better starts and more data have made that detour unnecessary. Autoencoders return in a later chapter for their own sake.

# %% [markdown]
# Today graph libraries do the bookkeeping: Theano and TensorFlow built the graph first, PyTorch builds it while the program runs, JAX transforms functions. R has interfaces to them and smaller packages of its own such as `nnet` and `neuralnet`. All of them contain the four equations of the delta recursion.

# %% [markdown]
# ## A test of your own (further)
#
# In your own projects nobody has a check ready for your layers. Here is the layer of Exercise 4.18 once more, from the other side.
#
# A **test** calls a function on an input of your choice and says with `assert` what must hold. The check hands your test several versions of `affine_backward`, one of them right: it must hold for the right one and fail for at least six of seven wrong ones. Choose few inputs, and those well.

# %%
# Exercise 4.36: test_affine_backward
def test_affine_backward(affine_backward):
    """Assert what must hold for (dx, dW, db) = affine_backward(dout, (x, W))
    of Exercise 4.18; call the one that is handed in.
    """
    ### BEGIN SOLUTION
    x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0, 2], [0, 1, 1]])
    dout = np.array([[1.0, 0, -1], [2, 1, 0]])
    dx, dW, db = affine_backward(dout, (x, W))
    assert np.allclose(dx, [[-1, -1], [2, 1]])
    assert np.allclose(dW, [[7, 3, -1], [10, 4, -2]])
    assert np.allclose(db, [3, 1, -1])
    ### END SOLUTION


# %%
check("4.36", test_affine_backward)

# %% [markdown]
# The model answer lets one wrong version pass: its `x` is a table, so it cannot see what becomes of images. Finite differences test the same without a pencil; because the layer is linear in each of its parts, even a step of 1 is exact.

# %% [markdown]
# ## Summary
#
# - A dense layer from $D_{in}$ to $D_{out}$ has $(D_{in}+1) D_{out}$ parameters. Wiggling each costs a forward pass; one backward pass gives all slopes.
# - Forward: $z_l = a_{l-1} W_l + b_l$, $a_l = g_l(z_l)$; keep what backward needs in a cache.
# - Slopes from the output: sigmoid $s(1-s) \le 1/4$, tanh $1 - t^2 \le 1$. From the input: ReLU 1 or 0, leaky ReLU 1 or $a$. Saturated and dead units do not learn.
# - Losses are means over the batch; the factor $1/N$ stands in the loss gradient only. For softmax with cross-entropy, sigmoid with binary cross-entropy, identity with half squared error, the gradient at the scores is (prediction − truth)/N; all other pairs keep the output slope.
# - Chain rule on a graph: multiply along a path, add over paths, visit nodes in reverse order.
# - Layer: $dx = d_{out} W^T$, $dW = x^T d_{out}$, $db$ = column sums. Network: $D_l = (D_{l+1} W_{l+1}^T) \circ g_l'(z_l)$, $dW_l = a_{l-1}^T D_l$.
# - Check every gradient with central differences, $h = 10^{-5}$, all parameters, relative error below $10^{-7}$ in float64.
# - Products of slopes and weights vanish or explode with depth. Subtract before you exponentiate. Report success over many starts, not one run.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. What does one backward pass cost, compared with a forward pass, and what would finite differences cost? <details><summary>Answer</summary>About twice a forward pass: two matrix products a layer instead of one. Finite differences cost one or two forward passes for every parameter.</details>
# 2. Which four equations make up back-propagation? <details><summary>Answer</summary>The output error, the recursion to the layer below through the transposed weights and the slope, the weight gradient (input transposed times error), the bias gradient (column sums).</details>
# 3. Why does the gradient of softmax with cross-entropy contain no slope? <details><summary>Answer</summary>The derivative of the logarithm divides by the probability and cancels it in the softmax Jacobian; what is left is prediction minus truth.</details>
# 4. Why is $h = 10^{-12}$ a poor step for a gradient check? <details><summary>Answer</summary>The two function values agree in almost all digits; their difference is mostly rounding error, which is then divided by a tiny number.</details>
# 5. What kills a ReLU unit, and what keeps it alive? <details><summary>Answer</summary>Scores below zero for every sample, often after one large step: no gradient ever again. A smaller rate, scaled inputs or a leak prevent it.</details>

# %% [markdown]
# **Open question 4.Q2** (4 points)
#
# A colleague has a network of twelve sigmoid layers. The loss falls slowly, and the first layers have hardly moved after an hour. Explain in a few sentences what is happening, with a number, and name two changes in the order in which you would try them.
# ### BEGIN SOLUTION
# Model answer. Each layer multiplies the gradient by a sigmoid slope of at most 1/4 and by weights of moderate size. After eleven layers the slopes alone leave at most 0.25^11, about 2e-7, so the first layers get steps a million times smaller than the last. First replace the sigmoids in the hidden layers by ReLU (or tanh) with a start that keeps the variance; then, if it is still slow, add normalization or skip connections. A larger learning rate alone would make the last layers diverge before the first ones move.
#
# A full answer contains: the product of slopes (1), a number of the right order (1), a change of activation or start first (1), a second sensible change, or why raising the rate alone fails (1).
# ### END SOLUTION

# %% [markdown]
# # 2 Regression and gradient descent
#
# **Aim.** By the end of this chapter you can fit linear, regularized, logistic and softmax regression, by a formula where there is one and by gradient descent where there is none, and say how far to trust the result.

# %%
import numpy as np

from course_lib import datasets, gradcheck, models, ops
from course_lib.exercises import check, hint, use
from course_lib.experiments import ch02 as experiments
from course_lib.viz import demos, figures, predict, style

# %% [markdown]
# ## Paying for large coefficients
#
# Ten measurements of 353 diabetes patients predict how far the disease has progressed a year later. Two of the ten are total cholesterol (`tc`) and low-density cholesterol (`ldl`), and they nearly say the same thing. What does least squares make of such a pair?

# %% tags=["nbval-check-output"]
patients = datasets.diabetes()
X, X_test = datasets.standardize(patients.X_train, patients.X_test)
y, y_test = patients.y_train, patients.y_test
theta = ops.normal_equation(X, y)
for name, weight in zip(datasets.DIABETES_FEATURES, theta[1:]):
    print(f"{name:>4} {weight:6.1f}")
print(f"correlation of tc and ldl {np.corrcoef(X[:, 4], X[:, 5])[0, 1]:.2f}")

# %% [markdown]
# The features are standardized, so the weights can be compared. Those of `tc` and `ldl` are among the largest, and they pull against each other: 33 down, 16 up. Since the two columns move together, a large weight on one can be paid back on the other, and the squared error hardly notices. On the next 353 patients the two weights would come out quite differently. This is variance, and large coefficients are its mark.

# %% [markdown]
# The remedy is a price on size. What is minimized is then a sum of two parts, fit and complexity. We call the penalty of one sample a **loss**, its mean over the data the data term, and the whole, data term plus penalty, the **cost**.

# %% [markdown]
# ### Ridge regression
#
# **Ridge regression** charges for the squares of the weights:
#
# $$ J = \frac1N \lVert X_1\theta - y\rVert^2 + \frac{\alpha}{2} \sum_{i \ge 1} \theta_i^2 \tag{2.13} $$
#
# The sum begins at $i = 1$. The intercept $\theta_0$ is free: it carries the mean of $y$, and moving all targets up by 100 should move all predictions up by 100 and change nothing else. One printed book lets the sum begin at 0; then the predictions are pulled toward zero.

# %% [markdown]
# At the minimum the gradient is zero: $\frac2N X_1^T(X_1\theta - y) + \alpha A\theta = 0$, where $A$ is the identity matrix with a 0 in its first place. Multiplied by $N/2$ and solved for $\theta$,
#
# $$ \theta = \Big(X_1^T X_1 + \frac{N\alpha}{2} A\Big)^{-1} X_1^T y . \tag{2.14} $$
#
# Mind the factor $N/2$. The data term is a mean, so the penalty weighs the same however many patients there are. For $\alpha > 0$ the matrix can be inverted even when columns depend on each other: the name comes from the ridge that $A$ puts on the diagonal.

# %%
# Exercise 2.16: ridge
def ridge(X, y, alpha):
    """Minimum of cost (2.13) by equation (2.14).

    X (N, D) without the column of ones, y (N,), alpha > 0;
    returns theta (D+1,), intercept first.
    """
    X1 = ops.add_bias_column(X)
    ### BEGIN SOLUTION
    A = np.eye(X1.shape[1])
    A[0, 0] = 0
    return np.linalg.solve(X1.T @ X1 + len(X) * alpha / 2 * A, X1.T @ y)
    ### END SOLUTION


# %%
check("2.16", ridge)

# %% tags=["nbval-check-output"]
for alpha in (0.01, 0.1, 1.0, 10.0):
    theta = use("2.16")(X, y, alpha)
    error = ops.rmse(ops.add_bias_column(X_test) @ theta, y_test)
    print(f"alpha {alpha:5}: tc {theta[5]:6.1f}  ldl {theta[6]:6.1f}  bmi {theta[3]:5.1f}  test RMSE {error:.1f}")

# %% [markdown]
# With $\alpha = 0.01$ the quarrel between `tc` and `ldl` is much smaller, with $0.1$ it is over, while the weight of the body mass index has barely moved. The test error is nearly the same for all but the largest: on 353 patients and ten features variance is no great danger, and the gain is that the weights can be read. At $\alpha = 10$ the model is bent so far towards the mean that it under-fits.

# %% [markdown]
# Which directions are shrunk most? The singular values of the centered data say it. With $X - \bar x = U \operatorname{diag}(s)\, V^T$ and $\tilde y = y - \bar y$,
#
# $$ w = V \operatorname{diag}\!\Big(\frac{s_i}{s_i^2 + N\alpha/2}\Big) U^T \tilde y . \tag{2.18} $$
#
# Without the penalty the factor is $1/s_i$, huge where $s_i$ is small. The direction "`tc` up, `ldl` down" hardly occurs among the patients, its $s_i$ is small, and it is there that ridge saves. One decomposition serves for all $\alpha$, so a whole path of solutions costs no more than one.

# %% [markdown]
# ### Which closed form belongs to which cost?
#
# Books write the cost in several ways and the solution in one. All four costs below have a minimum of the form $(X_1^T X_1 + c A)^{-1} X_1^T y$; they differ in the number $c$. Here $S = \lVert X_1\theta - y\rVert^2$ and $R = \sum_{i\ge1}\theta_i^2$. Take $N = 50$ rows and $\alpha = 4$.
#
# | | cost |
# |---|---|
# | A | $\frac1N S + \frac\alpha2 R$ |
# | B | $S + \alpha R$ |
# | C | $S + \frac\alpha2 R$ |
# | D | $\frac1{2N} S + \frac\alpha2 R$ |
#
# Write down $c$ for each, as `{"A": ..., "B": ..., "C": ..., "D": ...}`.

# %%
# Exercise 2.17: which closed form
### BEGIN SOLUTION
c = {"A": 100, "B": 4, "C": 2, "D": 200}
### END SOLUTION

# %%
check("2.17", c)

# %% tags=["nbval-check-output"]
for price, cost in experiments.ridge_two_forms(alpha=10.0).items():
    print(f"(X^T X + c A)^-1 X^T y with c = {price:>11}: cost (2.13) {cost:.1f}")

# %% [markdown]
# One report prints cost A and the closed form of cost B. On a noisy line with 100 points and $\alpha = 10$ that is no detail: the printed solution has a cost of 150 where 17 is possible. Nothing fails and no message appears. Put the gradient of *your* cost at *your* solution into a print, and the slip shows at once.

# %% [markdown]
# ### The lasso
#
# Ridge makes weights small, never zero. Often one wishes for the opposite: few features that matter, all others gone. First your guess:

# %%
predict("2.g")

# %% [markdown]
# On the left are the contours of the squared error over two weights, and the set of weights that a given penalty allows: a circle for ridge, a diamond for the lasso. The solution is the first contour that touches the set. A circle is touched at some generic place; a diamond sticks out its corners, and at a corner one weight is exactly zero. On the right, the coefficients as the penalty grows.

# %% [markdown]
# **Explain.** Choose the pair `tc, ldl` in the menu. The contours are long and narrow. Why does ridge pull the two weights together first, long before they are small?
#
# <details><summary>Answer</summary>
# The two columns are nearly equal, so the error hardly changes along the valley where the sum of the two weights is kept. Moving along it towards equal weights lowers the sum of squares at almost no cost. Only then does shrinking begin to hurt.
# </details>

# %% [markdown]
# The **lasso** charges for absolute values, $J = \frac1N\lVert Xw + b - y\rVert^2 + \alpha\sum_i |w_i|$. The absolute value has a kink at 0 and no closed form for the minimum, but for a single weight there is one. To minimize $\frac12(w - z)^2 + t\,|w|$, move $z$ towards zero by $t$, and stop there:
#
# $$ S(z, t) = \operatorname{sign}(z)\, \max(|z| - t,\, 0) \tag{2.17} $$

# %%
# Exercise 2.18: soft_threshold
def soft_threshold(z, t):
    """Equation (2.17) for every entry of z; t >= 0. Shape of z."""
    ### BEGIN SOLUTION
    return np.sign(z) * np.maximum(np.abs(z) - t, 0)
    ### END SOLUTION


# %%
check("2.18", soft_threshold)

# %% [markdown]
# <details><summary>Once it is right</summary>
# Everything within t of zero becomes exactly zero; everything else is moved by t. That is where the zeros of the lasso come from. Compare ridge, whose one-weight solution is z/(1 + t): a factor, which never reaches zero.
# </details>

# %% [markdown]
# Now descend with it. A step of gradient descent on the squared error alone, then the penalty's share of the step:
#
# $$ w \leftarrow S\Big(w - \eta\,\frac2N X^T(Xw - y),\; \eta\alpha\Big) $$
#
# This is called a **proximal** step. For $\eta \le 1/\lambda_{max}$ every step lowers the cost. In the exercise the columns of $X$ and $y$ are centered, so there is no intercept.

# %%
# Exercise 2.19: lasso_steps
def lasso_steps(X, y, alpha, lr, steps):
    """Lasso by proximal steps from w = 0.

    X (N, D) and y (N,) centered; returns w (D,) after the steps.
    """
    soft_threshold = use("2.18")
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        ### BEGIN SOLUTION
        w = w - lr * 2 / len(X) * X.T @ (X @ w - y)
        w = soft_threshold(w, lr * alpha)
        ### END SOLUTION
    return w


# %%
check("2.19", lasso_steps)

# %% tags=["nbval-check-output"]
y_centered = y - y.mean()
lr = ops.step_limits(ops.mse_hessian(X)).limit / 2
for alpha in (90, 40, 20, 10, 5, 2):
    w = use("2.19")(X, y_centered, alpha, lr, 2000)
    kept = [name for name, weight in zip(datasets.DIABETES_FEATURES, w) if weight != 0]
    print(f"alpha {alpha:2}: {len(kept)} weights, {' '.join(kept)}")

# %% [markdown]
# The lasso introduces the features one after the other: first `ltg` (a blood value related to triglycerides), then body mass index and blood pressure, then `hdl`. With four of the ten measurements, $\alpha = 20$, the test error is 60.7, against 58.5 with all ten. From a certain penalty on no weight is left at all,
#
# $$ \alpha_{max} = \max_j \frac2N \big|x_j \cdot (y - \bar y)\big| \,/\, r , \tag{2.19} $$
#
# with centered columns $x_j$ and $r = 1$ for the lasso. Here it is 91.3; it makes a good upper end for a search.

# %% [markdown]
# ### Elastic net, one coordinate at a time
#
# Of two nearly equal columns the lasso picks one, and which one is a matter of chance; ridge shares the weight out. The **elastic net** charges both ways, with a share $r$ between 0 (ridge) and 1 (lasso):
#
# $$ J = \frac1N \lVert Xw + b - y\rVert^2 + r\alpha \sum_i |w_i| + \frac{(1-r)\alpha}{2} \sum_i w_i^2 \tag{2.15} $$

# %% [markdown]
# The quickest way to its minimum is **coordinate descent**: hold all weights but one, put this one at its exact minimum, go to the next, round and round. With centered columns,
#
# $$ w_j \leftarrow \frac{S\big(\frac2N\, x_j \cdot (y - \sum_{k \ne j} x_k w_k),\; r\alpha\big)}{\frac2N \lVert x_j\rVert^2 + (1-r)\alpha} . \tag{2.16} $$
#
# In words: what do the *other* columns leave unexplained, and how much of it can column $j$ explain?

# %%
# Exercise 2.20: coordinate_step
def coordinate_step(X, y, w, j, alpha, r):
    """The new weight of column j by equation (2.16).

    X (N, D) and y (N,) centered, w (D,), j a column number,
    alpha >= 0, r from 0 to 1; returns one number.
    """
    soft_threshold = use("2.18")
    ### BEGIN SOLUTION
    x = X[:, j]
    rest = y - X @ w + x * w[j]
    numerator = soft_threshold(2 / len(X) * (x @ rest), r * alpha)
    return numerator / (2 / len(X) * (x @ x) + (1 - r) * alpha)
    ### END SOLUTION


# %%
check("2.20", coordinate_step)

# %% tags=["nbval-check-output"]
w = np.zeros(10)
for _ in range(25):
    for j in range(10):
        w[j] = use("2.20")(X, y_centered, w, j, 10.0, 1.0)
path = ops.elastic_net_path(X, y, [10.0], r=1.0)
print(np.round(w, 2) + 0.0)
print("largest difference from the library below 1e-6:", np.abs(w - path.coefs[0]).max() < 1e-6)

# %% [markdown]
# Twenty-five sweeps over ten coordinates, and no learning rate anywhere. The library does the same, and for a whole row of penalties it starts each from the solution of the one before, a **warm start**. So a path costs little more than a point, and paths are what one should look at:

# %%
alphas = np.geomspace(100, 0.001, 90)
fig, axes = style.figure(1, 3, width=11)
for ax, r, title in zip(axes, (0.0, 0.5, 1.0), ("Ridge: small, never zero", "Elastic net, r = 0.5", "Lasso: one after the other")):
    coefs = ops.elastic_net_path(X, y, alphas, r).coefs
    for j, name in enumerate(datasets.DIABETES_FEATURES):
        ax.plot(alphas, coefs[:, j], color=style.PALETTE[j % 8], linestyle=style.DASHES[j // 4], label=name)
    ax.set(xscale="log", xlabel="penalty α (large: simple model)", ylabel="weight", title=title, ylim=(-35, 40))
axes[2].legend(bbox_to_anchor=(1.02, 1), loc="upper left")
style.show(fig, alt="Weights of ten features against the penalty for ridge, elastic net and lasso. Ridge curves fade smoothly, lasso curves reach zero one after the other.")

# %% [markdown]
# Read each panel from right to left, from the simplest model to the fullest. All three come near least squares on the far left, where `tc` and `ldl` fly apart. In the lasso panel `hdl` enters early and *leaves* again when `tc` takes over its part: weights depend on who else is in the model, and a weight of zero does not mean that a measurement is without meaning.

# %% [markdown]
# ### Stopping early
#
# There is a penalty that appears in no formula. Descent starts at $w = 0$ and takes many small steps; stop it before it arrives, and the weights are still small. When to stop? Data that descent does not see can tell.

# %%
predict("2.h")

# %% [markdown]
# Move the patience. With little of it the run ends at the first bump of the validation error; with much, it wastes epochs but loses nothing, since the best weights are kept. The third curve, of test points that were used for nothing, follows the validation curve without being equal to it.

# %% [markdown]
# With validation data at hand, **early stopping** keeps the weights of the best epoch so far and gives up after `patience` epochs without a new best:
#
# $$ \text{best} = \arg\min_{e \,\le\, \text{stop}}\; \text{val\_loss}_e \tag{2.10} $$

# %% [markdown]
# Two things must not be mixed up. The run *ends* at the epoch stop; the result are the weights of the epoch best, which lies `patience` epochs back. A run that stops early and returns its last weights has thrown away what it looked for.

# %% [markdown]
# The function below is meant to do this. It raises no error and reports the right epoch. The weights it returns are not those of the best epoch, although a line seems to keep them. Find the fault and mend it.

# %%
# Exercise 2.21: fit_with_patience
def fit_with_patience(X, y, X_val, y_val, w0, lr, epochs, patience):
    """Descent on the mean squared error with early stopping (2.10).

    X (N, P), y (N,), X_val (M, P), y_val (M,), w0 (P,) start;
    returns the best weights, their epoch, and the last epoch run.
    """
    w = w0.copy()
    best, lowest, best_w = 0, np.mean((X_val @ w - y_val) ** 2), w.copy()
    for epoch in range(1, epochs + 1):
        w -= lr * ops.mse_gradient(X, y, w)
        loss = np.mean((X_val @ w - y_val) ** 2)
        if loss < lowest:
            ### BEGIN BUGGY
            #| best, lowest, best_w = epoch, loss, w
        #| elif epoch - best >= patience:
            ### END BUGGY
            ### BEGIN SOLUTION
            best, lowest, best_w = epoch, loss, w.copy()
        elif epoch - best >= patience:
            ### END SOLUTION
            break
    return best_w, best, epoch


# %%
check("2.21", fit_with_patience)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The line best_w = w keeps no weights: it is a second name for the same array, and the update changes that array in place. A copy keeps the numbers; so does an update that makes a new array each time, w = w - lr * gradient.
# </details>

# %% tags=["nbval-check-output"]
x, target = datasets.noisy_parabola(60, 1.0, rng=8)
A, B = (ops.add_bias_column(part) for part in datasets.standardize(*np.split(ops.polynomial(x, 15), 2)))
for patience in (10, 2000):
    w, best, stop = use("2.21")(A, target[:30], B, target[30:], np.zeros(16), 0.05, 2000, patience)
    error = ops.rmse(B @ w, target[30:])
    print(f"patience {patience:4}: best epoch {best}, last epoch {stop:4}, validation RMSE {error:.2f}")
last = models.GradientDescentRegressor(lr=0.05, epochs=2000).fit(A[:, 1:], target[:30])
print(f"weights of the last epoch instead: {ops.rmse(last.predict(B[:, 1:]), target[30:]):.2f}")

# %% [markdown]
# A polynomial of degree 15 through 30 points. Patience 10 saves 1972 epochs and gives the same weights as patience 2000, because both return those of the best epoch. The weights of the last epoch are worse on the validation points by almost a quarter. (The best validation error is itself a little too good to be true: it was chosen.)

# %% [markdown]
# How does stopping act as a penalty? Along an eigenvector of the curvature with eigenvalue $\lambda$, descent from zero has covered the share $1 - (1 - \eta\lambda)^n$ of its way after $n$ steps; ridge leaves the share $\lambda/(\lambda + \alpha)$. Steep directions are kept by both and flat ones are not, and the two shares are alike for $\alpha \approx 1/(\eta n)$.

# %%
run = models.GradientDescentRegressor(lr=lr, epochs=20_000).fit(X, y)
steps = np.unique(np.geomspace(1, 20_000, 80).astype(int))
fig, axes = style.figure(1, 2, width=9)
for j in range(10):
    look = {"color": style.PALETTE[j % 8], "linestyle": style.DASHES[j // 4]}
    axes[0].plot(steps, run.path_[steps, j + 1], **look)
    axes[1].plot(1 / (lr * steps), ops.ridge_path(X, y, 1 / (lr * steps)).coefs[:, j], **look)
axes[0].set(xscale="log", xlabel="steps of descent", ylabel="weight", title="Stopping after n steps ...")
axes[1].set(xscale="log", xlabel="penalty α, large on the left", ylabel="weight", title="... is much like ridge with α = 1/(lr n)")
axes[1].invert_xaxis()
style.show(fig, alt="Weights along descent from zero and along the ridge path, side by side: nearly the same curves.")

# %% [markdown]
# The geometry is that of ridge too: the weights lie in a ball round the start that grows with every step. What is different is the price. One run passes through all "penalties" on its way, and the validation data choose among them.
#
# ### A published run that cannot run
#
# A report announces early stopping for a polynomial of degree 90, with learning rate 0.0005 and 1000 epochs, one point at a time, and shows no result. In its code the model is copied without its weights, so the "best model" is an untrained one, and the loop never stops. Suppose these are mended; what would come out? For $|x| \le 3$ the last column reaches $3^{90} \approx 10^{43}$ and its gradient $10^{86}$: raw powers leave the range of the numbers in a handful of steps. Standardized columns can be tried.

# %%
for degree in (90, 15):
    _, limit = experiments.early_stopping_draw(degree, seed=1, batch_size=1)
    runs = experiments.early_stopping_draws(degree, batch_size=1)
    print(f"degree {degree}: largest safe rate in one draw {limit:.5f}; diverged {runs['diverged'].sum()} of 12")
    print("   best epoch", *runs["best epoch"])
    print("   its RMSE  ", *np.round(runs["best"], 2))

# %% [markdown]
# At degree 90 seven of twelve draws blow up. Even standardized, $x^{90}$ is nearly 0 for all points but the outermost, and enormous there. A step on one point $x$ multiplies its own error by $1 - 2\eta\lVert x\rVert^2$, where $\lVert x \rVert^2$ counts all columns; for the outermost point of the draw printed above the rate must stay below 0.00035, and 0.0005 is above it. What early stopping then "finds" is the last moment before the explosion, epoch 0 in three draws, with an error of about 4 where the noise alone has 1. That is no regularization but luck.

# %% [markdown]
# At degree 15 the same rate is ten times below the limit. All draws stay finite, the best epoch varies between 25 and 870 with the draw, and the errors lie near 1. A single run, with its single best epoch, would have told none of this.

# %% [markdown]
# ## Where does the square come from?
#
# We have squared errors for a whole chapter without asking why. Why not the absolute error, or the fourth power? The answer comes from a question about chance: under which parameters would the data that we have seen have been most likely?
#
# The **normal** or **Gaussian density** with mean $\mu$ and standard deviation $\sigma$ is
#
# $$ p(x) = \frac{1}{\sigma\sqrt{2\pi}}\, e^{-(x - \mu)^2 / (2\sigma^2)} . \tag{2.30} $$

# %% [markdown]
# It is a **density**, not a probability. Its value at a point can exceed 1; a probability is the area under it over an interval. One book calls $p(x)$ "the probability of $x$". With $\sigma = 0.1$ that probability would be 4:

# %% tags=["nbval-check-output"]
x = np.linspace(-0.1, 0.1, 1001)
density = ops.gaussian_density(x, 0.0, 0.1)
area = np.sum((density[1:] + density[:-1]) / 2 * np.diff(x))
print(f"density at the center {density.max():.2f}, probability of the interval {area:.3f}")

# %% [markdown]
# For independent points the densities are multiplied. The product as a function of the parameters is the **likelihood** $L$, its logarithm the **log-likelihood**, and minus that the negative log-likelihood, NLL. Products of many small numbers leave the range of floating point; sums of logarithms do not, and they are easier to differentiate. For the normal density
#
# $$ \ln L = -\frac N2 \ln(2\pi) - N \ln\sigma - \sum_i \frac{(x_i - \mu)^2}{2\sigma^2} . \tag{2.31} $$

# %% [markdown]
# Both signs matter. Points far from $\mu$ make the log-likelihood smaller; one book prints the last term with a plus. And it is the *likelihood* that is made large, or the NLL small. "Maximize the negative log-likelihood", also in print, finds the worst parameters.

# %% [markdown]
# The two best parameters can be computed. The derivative of (2.31) with respect to $\mu$ is $\sum_i (x_i - \mu)/\sigma^2$, zero at the mean. The derivative with respect to $\sigma$ is $-N/\sigma + \sum_i (x_i - \mu)^2/\sigma^3$, zero at the root mean squared distance:
#
# $$ \mu = \frac1N \sum_i x_i \tag{2.32} $$
# $$ \sigma^2 = \frac1N \sum_i (x_i - \mu)^2 \tag{2.33} $$

# %% [markdown]
# The divisor is $N$. On average over many samples this variance is too small by the factor $(N-1)/N$, since the distances are measured from the sample's own mean; the divisor $N - 1$ corrects for that. Most likely and right on average are different wishes.
#
# By hand: which mean and which variance make the four points $-3, -0.7, 2, 3$ most likely? Answer with `{"mu": ..., "variance": ...}`.

# %%
# Exercise 2.22: four points
### BEGIN SOLUTION
most_likely = {"mu": 0.325, "variance": 5.516875}
### END SOLUTION

# %%
check("2.22", most_likely)

# %% [markdown]
# How does the curve answer to a point far outside?

# %%
predict("2.i")

# %% [markdown]
# Choose the points with the outlier and look for the highest likelihood by hand before you press the preset. On the right is the landscape of (2.31): one hill, steep toward small $\sigma$ and gentle toward large. Too narrow a curve is punished at once by the farthest point; too wide a one costs every point a little.
#
# The function behind the caption is yours to write. It must work for thousands of points, where the product of densities is 0 in floating point.

# %%
# Exercise 2.23: gaussian_log_likelihood
def gaussian_log_likelihood(x, mu, sigma):
    """ln L of equation (2.31); x (N,), mu and sigma > 0 numbers.

    Finite for thousands of points. Returns a number.
    """
    ### BEGIN SOLUTION
    z = (x - mu) / sigma
    return float(np.sum(-np.log(2 * np.pi) / 2 - np.log(sigma) - z**2 / 2))
    ### END SOLUTION


# %%
check("2.23", gaussian_log_likelihood)

# %% tags=["nbval-check-output"]
log_likelihood = use("2.23")
x = np.array([-3, -0.7, 2, 3])
best = ops.gaussian_mle(x)
sigma = np.sqrt(best.variance)
print(f"mu {best.mu:.3f}, variance {best.variance:.6f}, ln L {log_likelihood(x, best.mu, sigma):.4f}")
print(f"mean moved by 0.1: {log_likelihood(x, best.mu + 0.1, sigma):.4f}")
print(f"divisor N - 1:     {log_likelihood(x, best.mu, x.std(ddof=1)):.4f}")

# %% [markdown]
# Every other pair of numbers makes the points less likely.

# %% [markdown]
# Now regression. Suppose that each target is the model's value plus normal noise with the same $\sigma$ for all, $y_i = \hat y_i + \varepsilon_i$. With the **precision** $\beta = 1/\sigma^2$ the negative log-likelihood of the targets is
#
# $$ \text{NLL} = \frac\beta2 \sum_i (\hat y_i - y_i)^2 - \frac N2 \ln\beta + \frac N2 \ln 2\pi . $$
#
# The weights appear in the first sum only. Whatever $\beta$ is, the most likely weights are those with the smallest sum of squares. **Least squares is maximum likelihood for normal noise**, and the best $\beta$ belongs to it: $1/\beta$ is the mean squared error. With noise that has more outliers than a normal density allows, another error is right; the absolute error comes from the density $e^{-|\varepsilon|/s}$ in the same way.

# %% tags=["nbval-check-output"]
X1 = ops.add_bias_column(X)
error = X1 @ ops.normal_equation(X, y) - y
for beta in (0.5, 1.0, 2.0):
    beta = beta / np.mean(error**2)
    nll = beta / 2 * np.sum(error**2) - len(y) / 2 * np.log(beta) + len(y) / 2 * np.log(2 * np.pi)
    print(f"NLL {nll:.2f}, by (2.31): {-use('2.23')(y, y + error, 1 / np.sqrt(beta)):.2f}")

# %% [markdown]
# The middle line, $1/\beta$ equal to the mean squared error, is the lowest. In the same language a ridge penalty says that small weights were thought likely before any data came, with a normal density round zero, and the lasso the same with the sharper density $e^{-|w|/s}$.

# %% [markdown]
# ## Measuring surprise
#
# For classes there is no distance between prediction and truth. What does a model owe us when it says "rain, 70 percent", and it stays dry? The natural price of an outcome with probability $q$ is its **surprise**, $-\ln q$: nothing for a sure thing, more and more for what was held impossible, and the surprises of independent events add up.
#
# The mean surprise of somebody who knows the true distribution $p$ is its **entropy**, $H(p) = -\sum_k p_k \ln p_k$, with $0 \ln 0 = 0$, the limit. It is never negative, zero for a sure outcome, and at most $\ln C$ for $C$ outcomes, when all are equally likely. For a yes with probability $p$,
#
# $$ H(p) = -p \ln p - (1 - p)\ln(1 - p) . \tag{2.34} $$

# %% [markdown]
# Printed without its minus sign, as in one book, it would be negative throughout. With the logarithm to base 2 the unit is the bit, with the natural one the **nat**; one nat is 1.4427 bits. This course counts in nats and says so where it does not.

# %% tags=["nbval-check-output"]
for p in (0.5, 0.9, 0.99):
    print(f"yes with probability {p}: {ops.binary_entropy(p):.4f} nats, {ops.binary_entropy(p) / np.log(2):.4f} bits")

# %% [markdown]
# A fair coin is worth one bit. One that falls on heads 99 times of 100 is worth a twelfth.

# %% [markdown]
# Now believe $q$ when $p$ is true. The surprise is measured with $q$, the averaging is done by the world, with $p$: the **cross-entropy**
#
# $$ H(p, q) = -\sum_k p_k \ln q_k = H(p) + \mathrm{KL}(p, q) . \tag{2.35} $$

# %% [markdown]
# The second part, $\mathrm{KL}(p, q) = \sum_k p_k \ln(p_k/q_k)$, is the **Kullback-Leibler divergence**: the surprise that the wrong belief adds to what chance demands anyway. It is never negative, and zero for $q = p$ only. When $p$ is a label, all on one class, $H(p) = 0$ and cross-entropy and divergence are the same number.

# %%
predict("2.j")

# %% [markdown]
# Let $q_1$ go towards zero while $p_1$ stays large: the belief holds the frequent class impossible, and the divergence has no upper limit. Then let $p_1$ go to zero instead: a class that never occurs may be believed in at a modest price.

# %% [markdown]
# Why can the divergence not be negative? Since $\ln u \le u - 1$ for all $u > 0$, $-\mathrm{KL} = \sum_k p_k \ln(q_k/p_k) \le \sum_k p_k (q_k/p_k - 1) = \sum_k q_k - \sum_k p_k = 0$. One lesson in print computes $-0.0851$ for the pair in the next cell; a glance at this line would have caught it.

# %%
# Exercise 2.24: information
def information(p, q):
    """Entropy H(p), cross-entropy H(p, q), divergence KL(p, q), in nats.

    p, q (C,) probabilities; p may hold zeros, q not.
    Returns three numbers.
    """
    ### BEGIN SOLUTION
    entropy = -np.sum(p * np.log(np.where(p > 0, p, 1)))
    crossed = -np.sum(p * np.log(q))
    return entropy, crossed, crossed - entropy
    ### END SOLUTION


# %%
check("2.24", information)

# %% tags=["nbval-check-output"]
p, q = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
for name, value in experiments.divergence_example().items():
    print(f"{name:>22} {value:.4f}")
rng, largest, smallest = np.random.default_rng(0), 0.0, np.inf
for a, b in rng.dirichlet(np.ones(4), size=(1000, 2)):
    entropy, crossed, _ = use("2.24")(a, b)
    largest = max(largest, abs(crossed - entropy - ops.kl_divergence(a, b)))
    smallest = min(smallest, ops.kl_divergence(a, b))
print("identity within 1e-12:", largest < 1e-12, "  never negative:", smallest >= 0)

# %% [markdown]
# The divergence of the exchanged pair is another number: it is not a distance. $\mathrm{KL}(p, q)$ asks where $p$ lives and punishes a $q$ that is small there.

# %% tags=["nbval-check-output"]
units = experiments.cross_entropy_units()
print(f"truth (0, 1, 0), belief (0.128, 0.719, 0.153): {units['nats']:.7f} nats = {units['bits']:.7f} bits")

# %% [markdown]
# A book prints 0.4759 for this pair and does not say that these are bits.

# %% [markdown]
# ### Real distances
#
# Where a symmetric measure is wanted, compare square roots. The overlap of two distributions, the **Bhattacharyya coefficient**, is
#
# $$ BC = \sum_k \sqrt{p_k q_k} , \tag{2.36} $$
#
# between 0 (nothing in common) and 1 (equal). Two quantities are made from it, and they are not the same, though a textbook says so:
#
# $$ D_B = -\ln BC \tag{2.37} $$
# $$ H = \tfrac{1}{\sqrt2}\, \lVert \sqrt p - \sqrt q\, \rVert, \qquad H^2 = 1 - BC \tag{2.38} $$
#
# The **Hellinger distance** $H$ stays between 0 and 1 and obeys the triangle inequality; the **Bhattacharyya distance** $D_B$ is infinite for distributions without overlap.

# %% tags=["nbval-check-output"]
for q in ([0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9]):
    BC, H = ops.bhattacharyya_coefficient(p, q), ops.hellinger_distance(p, q)
    print(f"BC {BC:.4f}  D_B {ops.bhattacharyya_distance(p, q):.4f}  H {H:.4f}  H^2 + BC {H**2 + BC:.4f}")

# %% [markdown]
# Other measures have names too. The generalized divergence $\sum_k (p_k \ln\frac{p_k}{q_k} - p_k + q_k)$ also accepts positive numbers that do not sum to 1; the exponential loss takes the exponential of a scaled squared error and reacts violently to outliers; and any differentiable function of prediction and truth may serve as a custom loss. What they have in common with the ones above: check where the minimum lies before you trust one.

# %% [markdown]
# ## Yes or no: logistic regression
#
# Back to the patients. A doctor may not want a number but an alarm: will the disease progress beyond 200? About a quarter of the patients do. A straight line through labels 0 and 1 would promise probabilities below 0 and above 1. We need a curve that stays between.
#
# Populations that grow until they reach a ceiling follow the **logistic curve**
#
# $$ f(x) = \frac{L}{1 + e^{-k(x - x_0)}} \tag{2.20} $$
#
# with ceiling $L$, steepness $k$ and half of the ceiling at $x_0$. The minus sign in the exponent matters: without it, as in one lesson, growth becomes decay. With $L = k = 1$ and $x_0 = 0$ it is the **sigmoid** $s$, and $s(-z) = 1 - s(z)$. **Logistic regression** sends a linear score through it:
#
# $$ p = s(x \cdot w + b), \qquad \hat y = 1 \text{ where } p \ge \tau . $$

# %% [markdown]
# Turned round, $x \cdot w + b = \ln\frac{p}{1-p}$: the score is the logarithm of the odds. The **threshold** $\tau$ is $\frac12$ unless there is a reason for another.

# %%
predict("2.k")

# %% [markdown]
# The picture has real patients, their body mass index, and whether the disease progressed fast. Try the three sliders of the curve before the threshold: $k$ makes it steeper, $x_0$ moves it, and with a ceiling below $\tau$ nobody is called. For probabilities the ceiling is 1.

# %% [markdown]
# Of the cases called yes, the share that is right is the *precision*; of the cases that are yes, the share that is found is the *recall*. The threshold trades one for the other, and it does so after training: the probabilities stay as they are.

# %% [markdown]
# ### The log loss
#
# Which $w$ and $b$? The most likely ones. A patient with label 1 has the likelihood $p$, one with label 0 has $1 - p$. The mean negative log-likelihood is the **log loss** or binary cross-entropy, and with a penalty on the weights the cost is
#
# $$ \begin{gathered} J = -\frac1N \sum_i \big[y_i \ln p_i + (1 - y_i)\ln(1 - p_i)\big] \\ {} + \frac\alpha2 \sum_j w_j^2 . \end{gathered} \tag{2.40} $$

# %% [markdown]
# It is the surprise of the last section, averaged over the patients. For one sample, with $z$ the score, its slope is short: $\frac{dJ}{dz} = p - y$. The slope $p(1-p)$ of the sigmoid has been cancelled by the logarithm. Without penalty,
#
# $$ dw = \frac1N X^T (p - y) \tag{2.21} $$
# $$ db = \operatorname{mean}(p - y) \tag{2.22} $$
#
# and the curvature is nowhere negative, so the cost is convex: every minimum is the lowest.

# %%
# Exercise 2.25: logistic_gradient
def logistic_gradient(X, y, w, b):
    """Slope of the mean log loss, equations (2.21) and (2.22).

    X (N, D), y (N,) labels 0 and 1, w (D,), b a number;
    returns dw (D,) and the number db. ops.sigmoid is allowed.
    """
    ### BEGIN SOLUTION
    error = ops.sigmoid(X @ w + b) - y
    return X.T @ error / len(X), float(error.mean())
    ### END SOLUTION


# %%
check("2.25", logistic_gradient)

# %% [markdown]
# The check knows the formula. Here is a check that does not: differences of the loss itself.

# %% tags=["nbval-check-output"]
alarm, alarm_test = (y > 200).astype(int), (y_test > 200).astype(int)
start = [np.full(10, 0.1), np.array([-1.0])]
report = gradcheck.check_gradient(
    lambda params: ops.bce_from_logits(X @ params[0] + params[1][0], alarm.astype(float))[0],
    lambda params: [np.atleast_1d(g) for g in use("2.25")(X, alarm, params[0], params[1][0])], start)
print("11 slopes, relative error below 1e-7:", report.relative_error < 1e-7)

# %% [markdown]
# With gradient and curvature one can do better than descend. **Newton's method** divides the gradient by the curvature,
#
# $$ \begin{gathered} \theta \leftarrow \theta - H^{-1} g, \\ H = \frac1N X_1^T \operatorname{diag}\big(p(1-p)\big) X_1 + \alpha A, \end{gathered} \tag{2.41} $$
#
# which amounts to a weighted least-squares problem in each step. It needs no learning rate and fewer than ten steps, and for $D$ features a matrix with $D^2$ entries. `models.LogisticRegression` uses it.

# %% tags=["nbval-check-output"]
model = models.LogisticRegression().fit(X, alarm)
p_test = model.predict_proba(X_test)[:, 1]
print(f"{model.n_iter_} steps; test accuracy {model.score(X_test, alarm_test):.3f} on {len(alarm_test)} patients")
print("threshold  found of the 24   false alarms")
for tau in (0.2, 0.35, 0.5, 0.65, 0.8):
    called = model.predict(X_test, threshold=tau)
    print(f"{tau:9} {np.sum(called & alarm_test):13} {np.sum(called & (1 - alarm_test)):16}")

# %% [markdown]
# At one half the model finds 13 of 24 patients at risk, with four false alarms. Whether that is good is not a question of mathematics: a cheap follow-up test makes 0.2 the better threshold, an unpleasant treatment 0.65. Choose it on validation data, from the costs of the two kinds of error.

# %%
predict("2.l")

# %% [markdown]
# **Explain.** Two of the presets show the same line with long and with short weights. Both make the same answers. Why has the one with long weights the lower loss on separable clouds, and the higher one as soon as the clouds overlap?
#
# <details><summary>Answer</summary>
# Longer weights make every answer surer. Where all answers are right, each becomes cheaper. Where some are wrong, those are wrong with more confidence, and the surprise of a confident error grows without limit.
# </details>

# %% [markdown]
# On separable data the weights have no limit. A penalty gives them one, and so does stopping early.
#
# A probability of exactly 0 for something that happens would cost infinitely much; code therefore often clips, here with $p' = \min(\max(p, \epsilon),\, 1 - \epsilon)$:
#
# $$ L = -\frac1N \sum_i \big[y_i \ln p_i' + (1 - y_i)\ln(1 - p_i')\big] \tag{2.39} $$
#
# With the usual $\epsilon = 10^{-15}$ a certain and wrong answer costs 34.5, however wrong the score was, and its gradient there is 0: the worst cases teach nothing. It is better to compute the loss from the scores, where $\ln s(z) = -\ln(1 + e^{-z})$ needs no clipping.

# %% tags=["nbval-check-output"]
for z in (-20.0, -50.0, -800.0):
    clipped = ops.clipped_log_loss(ops.sigmoid(np.array([z])), np.array([1.0]))
    exact = ops.bce_from_logits(np.array([z]), np.array([1.0]))[0]
    print(f"label 1, score {z:6}: clipped {clipped:7.3f}, from the score {exact:7.3f}")

# %% [markdown]
# ### Two hundred pictures, three thousand weights
#
# Now a task with far more weights than samples. A book trains logistic regression on 200 photographs of cats and dogs, 5000 steps with rate 0.01; the cost falls to 0.0011, all training pictures are right, and of 50 test pictures 62 percent. Our pictures are generated: disks and triangles, in changing places and colors, 32 × 32 pixels in three colors, 3,072 numbers each.

# %%
shown, labels = datasets.shapes(8, rng=3)
fig, axes = style.figure(1, 8, height=1.35)
for ax, picture, label in zip(axes, shown, labels):
    ax.imshow(picture.transpose(1, 2, 0), origin="upper")
    ax.set(title=("disk", "triangle")[label], xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="Eight small color pictures with cluttered background, disks and triangles in changing places and colors.")

# %% [markdown]
# Easy for the eye, hard for one weight a pixel: no pixel is bright in all triangles. Newton's method would need a matrix with nine million entries, so we descend, 1600 steps with rate 0.01 from zero, with 200 pictures for training, 200 for validation and 600 for the end.

# %%
run = experiments.picture_run(0.01, 1600)
fig, ax = style.figure()
figures.curves(ax, {"training": run["loss"], "validation": run["val_loss"]}, "step", "log loss", x=run["step"])
ax.axvline(run["best_step"], color=style.GREY, linewidth=1)
ax.set_title(f"The training loss goes on falling; the validation loss turns at step {run['best_step']}")
style.show(fig, alt="Log loss over 1600 steps: the training curve falls steadily, the validation curve is lowest near step 1000 and then rises.")

# %% [markdown]
# The model has begun to learn the 200 pictures by heart. Going on for 5000 steps, as the book did, makes the training loss tiny and the loss on new pictures worse.

# %% [markdown]
# A thousand steps are many. Five rates are on offer, 0.002, 0.01, 0.05, 0.2 and 1.0, and 50, 100, 200, 400, 800 or 1600 steps. Before you see any other curve: in which `order` will the five *training* losses stand after 200 steps, lowest first? And which `lr` and number of `steps`, at most 200, bring the *validation* loss down to 0.615? Answer with `{"order": [...], "lr": ..., "steps": ...}`.

# %%
# Exercise 2.26: rate and steps
### BEGIN SOLUTION
sweep = {"order": [1.0, 0.2, 0.05, 0.01, 0.002], "lr": 0.05, "steps": 200}
### END SOLUTION

# %%
check("2.26", sweep)

# %%
rates = (0.002, 0.01, 0.05, 0.2, 1.0)
runs = {lr: experiments.picture_run(lr, 1600) for lr in rates}
fig, axes = style.figure(1, 2, width=9)
figures.curves(axes[0], {f"lr {lr:g}": runs[lr]["loss"] for lr in rates}, "step", "training loss", x=run["step"])
figures.curves(axes[1], {f"lr {lr:g}": runs[lr]["val_loss"] for lr in rates}, "step", "validation loss", x=run["step"])
axes[0].set_title("The larger the rate, the faster the training loss falls")
axes[1].set(ylim=(0.58, 1.3), title="On new pictures the fast ones are soon too far")
style.show(fig, alt="Training and validation loss over 1600 steps for five learning rates.")

# %% [markdown]
# <details><summary>Once it is right</summary>
# Small steps follow the same path, so lr times steps is the place on it; the lowest validation loss comes near lr times steps = 10, with 0.05 after 200 steps and with 0.2 after 50. The order of the training losses is the order of the rates. With 1.0 the first steps overshoot: the training loss gets lowest of all, but the run leaves the common path and never passes through the good place.
# </details>
#
# A low training loss is no recommendation. Here, as often, the number of steps *is* the penalty.

# %% [markdown]
# ## How good is a classifier?
#
# The **accuracy** is the share of right answers, the classification error the share of wrong ones. How good is the picture classifier?

# %% tags=["nbval-check-output"]
test_labels = experiments.pictures()[2][1]
share, baseline = run["best_test_accuracy"], ops.majority_share(test_labels)
low, high = ops.accuracy_interval(share, 600)
print(f"test accuracy {share:.2f}, 95 % range {low:.2f} to {high:.2f}; always the same answer: {baseline:.2f}")

# %% [markdown]
# Two more numbers give the first one its meaning. The **baseline** is the accuracy of always giving the most frequent answer; here one half, in the book's test set 52 percent, for the patients above 73 percent. And a share that was measured on $n$ cases is uncertain. Its 95 % range is
#
# $$ \text{share} \pm 1.96\, \sqrt{\frac{\text{share}\,(1 - \text{share})}{n}} \tag{2.29} $$
#
# from the normal approximation; it is too narrow for small $n$ and for shares near 0 or 1. Our classifier is clearly better than the baseline, since its whole range is above it. Clearly better than guessing, and far from good.

# %% [markdown]
# By hand: a share of 0.62 right on 50 test pictures. How wide is the range, as a distance `half` from the middle to an end (four decimals)? How many test pictures `n` would be needed, at this share, for a `half` of 0.02 (round up)? Answer with `{"half": ..., "n": ...}`.

# %%
# Exercise 2.27: how sure is an accuracy
### BEGIN SOLUTION
sure = {"half": 0.1345, "n": 2263}
### END SOLUTION

# %%
check("2.27", sure)

# %% tags=["nbval-check-output"]
for share, n in ((0.62, 50), (0.72, 50), (0.944, 250), (0.936, 250), (0.975, 200), (0.99, 200)):
    low, high = ops.accuracy_interval(share, n)
    print(f"{share:.3f} on {n:3}: {low:.2f} to {high:.2f}")

# %% [markdown]
# These are three published comparisons, each presented as progress: 62 against 72 percent on 50 pictures, 0.944 against 0.936 on 250, 97.5 against 99.0 on 200 points. All three pairs of ranges overlap widely. The half-widths are about 13, 3 and 2 points, and the differences are of that size or smaller. Report the range, repeat with several starts, or test on more cases.

# %% [markdown]
# Be as careful with times. One book lets its program print durations and concludes that one way to draw the first weights cuts training from 43 minutes to 1. The program printed the difference of two clock readings in a unit of its own choice, seconds below one minute and minutes above: 43.3 were seconds. All ways to start cost the same per step. Store durations in one unit.

# %% [markdown]
# ### The confusion matrix
#
# One number hides which classes are confused. The **confusion matrix** counts it:
#
# $$ M_{ij} = \text{samples of class } i \text{ that were called } j \tag{2.25} $$
#
# Rows are the truth, columns the answers (other programs exchange them: look before you read). Of those called $j$, how many are $j$? Of those that are $i$, how many were found?
#
# $$ \text{precision}_j = M_{jj} \Big/ \sum_i M_{ij} \tag{2.26} $$
# $$ \text{recall}_i = M_{ii} \Big/ \sum_j M_{ij} \tag{2.27} $$

# %% [markdown]
# Either alone is easy to make perfect: call nobody, or everybody. Their harmonic mean is high only when both are,
#
# $$ F_1 = \frac{2PR}{P + R}, \tag{2.28} $$
#
# and the **macro** $F_1$ is its mean over the classes, each counting the same, rare or frequent. Summed over all classes *before* dividing, the **micro** $F_1$ is the accuracy again.

# %%
demos.ConfusionMatrix()

# %% [markdown]
# The menu has five published models for five hand signs. Lower the number of test pictures of "cool": the accuracy rises, since the sign that is so often missed has less weight, while the macro $F_1$ still counts it as one of five.

# %% [markdown]
# In the exercise a class that was never answered, or never occurs, gets the share 0 rather than 0/0.

# %%
# Exercise 2.28: classification_report
def classification_report(y, y_hat, C):
    """Equations (2.25) to (2.28); y, y_hat (N,) labels 0..C-1.

    Returns M (C, C) with true classes as rows, precision (C,),
    recall (C,), and the macro F1, a number.
    """
    ### BEGIN SOLUTION
    M = np.zeros((C, C), dtype=int)
    np.add.at(M, (y, y_hat), 1)
    P = np.diag(M) / np.maximum(M.sum(axis=0), 1)
    R = np.diag(M) / np.maximum(M.sum(axis=1), 1)
    both = np.where(P + R > 0, P + R, 1)
    return M, P, R, float(np.mean(2 * P * R / both))
    ### END SOLUTION


# %%
check("2.28", classification_report)

# %% tags=["nbval-check-output"]
for name, report in experiments.gesture_reports().items():
    low, high = ops.accuracy_interval(report.accuracy, 250)
    worst = experiments.GESTURES[int(np.argmin(report.recall))]
    print(f"model {name:13}: macro F1 {report.macro_f1:.4f}, accuracy {report.accuracy:.3f} "
          f"({low:.3f} to {high:.3f}), lowest recall: {worst} {report.recall.min():.2f}")

# %% [markdown]
# Five published models tell five hand signs apart, 50 test pictures each. The matrices say more than the ranking: all first four models fail on one sign, "cool", which they most often take for "yo"; on the others they are nearly perfect. Models 2, 3 and 4 cannot be told apart by 250 pictures. The fine-tuned one can be told from the first four, and only it has mended "cool".

# %% [markdown]
# ## More than two classes: softmax regression
#
# Ten digits, ten scores, one linear model each: $z = xW + b$ with $W$ of shape $(D, C)$. To make probabilities of scores, take exponentials, which are positive, and divide by their sum: $p = \operatorname{softmax}(z)$, $p_k = e^{z_k}/\sum_j e^{z_j}$. For two classes this is the sigmoid of the difference of the scores. In code subtract the largest score first; a common shift of all scores changes nothing. The cost is again the mean surprise:
#
# $$ J = -\frac1N \sum_i \ln p_{i,\,y_i} + \frac\alpha2 \sum_{jk} W_{jk}^2 \tag{2.42} $$

# %%
demos.SoftmaxRegions()

# %% [markdown]
# Move the point across a border: the probabilities change places gradually, and the bars always sum to 1. With a strong penalty the model is never sure, though its borders hardly move.
#
# Between any two classes the boundary is a straight line, where their scores are equal, and three regions meet in a point.
#
# The gradient looks as before: probabilities minus truth, $dW = \frac1N X^T(P - Y)$, with the labels as rows of zeros and a single one in $Y$; $db$ is the mean of $P - Y$ over the rows. Chapter 04 derives it.

# %%
# Exercise 2.29: softmax_fit
def softmax_fit(X, y, C, lr, steps):
    """Softmax regression from zero by whole-batch descent, no penalty.

    X (N, D), y (N,) labels 0..C-1; returns W (D, C) and b (C,).
    ops.softmax and ops.one_hot are allowed.
    """
    W, b = np.zeros((X.shape[1], C)), np.zeros(C)
    for _ in range(steps):
        ### BEGIN SOLUTION
        error = ops.softmax(X @ W + b) - ops.one_hot(y, C)
        W = W - lr * X.T @ error / len(X)
        b = b - lr * error.mean(axis=0)
        ### END SOLUTION
    return W, b


# %%
check("2.29", softmax_fit)

# %% tags=["nbval-check-output"]
digits = datasets.digits8()
W, b = use("2.29")(digits.X_train, digits.y_train, 10, 0.5, 300)
right = ops.accuracy(digits.X_test @ W + b, digits.y_test)
low, high = ops.accuracy_interval(right, len(digits.y_test))
print(f"8 x 8 digits: {right:.2f} of {len(digits.y_test)} test images ({low:.2f} to {high:.2f})")

# %% [markdown]
# Six hundred and fifty weights, started at zero, and nineteen of twenty digits are read. Larger images: 8,000 digits of 28 × 28 pixels, 1000 steps on 100 images each with rate 0.5. A book reports 0.92 with 55,000 images.

# %%
result = experiments.softmax_on_digits()
print(f"28 x 28 digits: training {result['train']:.3f}, test {result['test']:.3f}")
fig, axes = style.figure(1, 10, width=9, height=1.3)
for digit, ax in enumerate(axes):
    ax.imshow(result["W"][:, digit].reshape(28, 28), cmap=style.SIGNED, vmin=-1, vmax=1, origin="upper")
    ax.set(title=str(digit), xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="The weights of each of the ten classes as 28 by 28 images: blue where ink speaks for the digit, orange where it speaks against it.")

# %% [markdown]
# The test accuracy is between 0.90 and 0.91, whatever the order of the images, with a seventh of the book's images; on 2,000 test images the range is 1.3 points either way. The weights can be looked at: blue pixels speak for the digit, orange ones against it. The zero has an orange center, where no zero has ink. This is as far as one linear score a class goes; chapter 04 puts hidden layers before it.

# %% [markdown]
# ## Choosing the settings
#
# The weights are **parameters**: they are fitted. Penalty, degree, learning rate, number of steps and threshold are **hyper-parameters**: they are set before, and the fit runs with them. To compare two settings the model must be fitted anew for each; a book that tunes "with the parameters unchanged" compares nothing.
#
# **Grid search** tries all combinations of listed values, **random search** draws them. Which one is better with the same number of trials?

# %%
demos.GridAndRandomSearch()

# %% [markdown]
# The error depends on the penalty much more than on the degree, and each row of the grid tries the same few penalties again. When only one of two settings matters, a grid of 4 × 4 tries four values of it, and random search sixteen. Draw penalties and learning rates on a logarithmic scale: between 0.001 and 0.01 is as much to find as between 1 and 10.

# %% tags=["nbval-check-output"]
grid = {"alpha": list(np.geomspace(0.01, 30, 8)), "r": [0.0, 0.25, 0.5, 0.75, 1.0]}
found = models.grid_search(models.ElasticNet(), grid, X, y, k=5, rng=0)
drawn = models.random_search(
    models.ElasticNet(), lambda rng: {"alpha": float(10 ** rng.uniform(-2, 1.5)), "r": float(rng.uniform())}, 40, X, y,
    k=5, rng=0)
for name, search in (("grid", found), ("random", drawn)):
    print(f"{name:>6}: {len(search.tried)} trials, 200 fits, alpha {search.best_params['alpha']:.2f}, "
          f"r {search.best_params['r']:.2f}, cross-validated R^2 {search.best_score:.3f}")

# %% [markdown]
# Forty settings, five folds, two hundred fits each, and both searches end at the same score. How flat the top is can be seen from the two settings they found. Only now is the test set used, once:

# %% tags=["nbval-check-output"]
final = models.ElasticNet(**found.best_params).fit(X, y)
print(f"test RMSE {ops.rmse(final.predict(X_test), y_test):.1f}, test R^2 {final.score(X_test, y_test):.3f}")

# %% [markdown]
# The best score of a search is a little too good, being the luckiest of forty; the test score is not. A third way, **Bayesian optimization**, fits a model of the score to the trials made so far and tries next where this model promises most. A **greedy** search improves one setting after the other. Breadth-first, depth-first and beam search, named as tuning methods in one book, are none: they walk through trees, and beam search picks likely sequences of words.

# %% [markdown]
# Could one simply try everything? A textbook considers it for a network with 55 weights and the values 0, 1, ..., 100 for each.

# %% tags=["nbval-check-output"]
settings = len(range(101)) ** 55
years = settings // (10**9 * 31_557_600)
print(f"{len(str(settings))} digits; at a billion trials a second about 10^{len(str(years)) - 1} years")

# %% [markdown]
# Following the slope is not a convenience; it is what makes fitting possible.
#
# Two tools make searches honest and cheap. A **pipeline** treats preprocessing and model as one: in each fold the scaling is fitted to the kept part only, so that nothing leaks from the held-out part. A **warm start** begins a fit at the weights of a similar one, as the lasso path does, instead of at zero; when folds are compared, start all of them alike.

# %%
# a pipeline by hand: scaled by the kept part of each fold, and only by that
scores = []
for kept, held in models.k_fold(len(y), 5, rng=0):
    train, rest = datasets.standardize(patients.X_train[kept], patients.X_train[held])
    scores.append(models.Ridge(0.1).fit(train, y[kept]).score(rest, y[held]))
print(np.round(scores, 2), f"mean {np.mean(scores):.3f}")

# %% [markdown]
# The five folds differ by more than any two settings did: a reminder of how much of a score is luck.

# %% [markdown]
# ## Statements on chance and choice
#
# Each of these can be found in print or is the correction of one that can. Which are true? Answer with `dict(a=..., b=..., ...)`, each `True` or `False`.
#
# - **a** Training maximizes the negative log-likelihood.
# - **b** For a Gaussian the negative log-likelihood is $\sum_i (x_i - \mu)^2/(2\sigma^2)$ plus terms without $\mu$.
# - **c** The value of a normal density at $x$ is the probability of $x$.
# - **d** Hyper-parameters are tuned while the fitted parameters stay as they are.
# - **e** Breadth-first search, depth-first search and beam search are methods of tuning.
# - **f** The mean squared error is also known as the root mean square error.
# - **g** Hellinger distance and Bhattacharyya distance are two names of the same thing.
# - **h** 72 percent right on 50 test pictures shows a better model than 62 percent.
# - **i** For 0.94 right on 250 cases the 95 % range is about 3 points either way.
# - **j** A program prints the durations 43.3 and 1.03, in seconds below a minute and in minutes above it. The second run was 42 times faster.
# - **k** Adding 100 to every target leaves the slopes of ridge regression as they are, when the intercept is not penalized.
# - **l** For $k > 0$ the curve $L/(1 + e^{k(x - x_0)})$ grows toward the ceiling $L$.
# - **m** A network with 55 weights, each a whole number from 0 to 100, has $100^{55}$ settings.
# - **n** Raising the threshold of a classifier may raise its recall.
# - **o** When probabilities are clipped, a certain and wrong answer still has its full gradient.

# %%
# Exercise 2.30: statements on chance and choice
### BEGIN SOLUTION
answer = dict.fromkeys("abcdefghijklmno", False) | {"b": True, "i": True, "k": True}
### END SOLUTION

# %%
check("2.30", answer)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The likelihood is made large, so its negative logarithm small. A density is no probability. Every trial of a search fits the model anew, and grid, random and Bayesian search are methods of tuning. RMSE is the root of MSE, in the unit of the target. With BC the sum of the roots of p q, the squared Hellinger distance is 1 - BC and the Bhattacharyya distance -ln BC. On 50 pictures the range is 13 points either way. 43.3 seconds and 1.03 minutes, 62 seconds: the second run was the slower one. With a plus in the exponent the curve falls. From 0 to 100 there are 101 numbers. A higher threshold finds nobody new. Beyond the clip the loss is flat, so its gradient is 0.
# </details>

# %% [markdown]
# ## Summary
#
# - A linear model $\hat y = X_1\theta$ with the smallest mean squared error solves the normal equation, $\theta = (X_1^T X_1)^{-1} X_1^T y$; pseudo-inverse and SVD also answer where columns depend on each other.
# - Gradient descent, $\theta \leftarrow \theta - \eta\,\nabla J$, needs no inverse. On a quadratic cost it converges exactly when $0 < \eta < 2/\lambda_{max}$, and the condition number $\lambda_{max}/\lambda_{min}$ sets the number of steps. Scale the features.
# - Mini-batches give the gradient right on average at a fraction of the cost, $\lceil N/m\rceil$ updates an epoch; shuffle, keep the last piece, let the rate fall.
# - Powers of $x$ make curves from the same formula. A high degree has small bias and large variance; validation data or cross-validation choose, learning curves say what to change. The test set is used once.
# - A penalty buys variance with bias. Ridge shrinks, above all where the data vary little; the lasso sets weights to zero by the soft threshold; the elastic net does both. The intercept is free, and the factor $N/2$ belongs to a mean. Early stopping is a penalty too: keep a *copy* of the best weights.
# - Maximum likelihood for normal noise is least squares, for labels it is cross-entropy: $H(p, q) = H(p) + \mathrm{KL}(p, q)$, and $\mathrm{KL} \ge 0$.
# - Logistic regression: $p = s(xw + b)$, gradient $X^T(p - y)/N$, convex. Softmax regression is the same with one column a class. The threshold is chosen afterwards, from the costs of errors.
# - An accuracy needs its baseline and its range, $\pm 1.96\sqrt{p(1-p)/n}$; a confusion matrix shows where the errors are.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. Which learning rates make descent on a squared error converge, and what happens just above the limit? <details><summary>Answer</summary>Those below 2 divided by the largest eigenvalue of the Hessian (2/N) X^T X. Above it the error along that eigenvector changes sign and grows in every step.</details>
# 2. Training error low, validation error high: what is it called, and what helps? <details><summary>Answer</summary>Over-fitting, the mark of variance: more data, a larger penalty, fewer features or a lower degree, stopping earlier. More epochs or a larger model do not help.</details>
# 3. Why does the lasso give exact zeros and ridge none? <details><summary>Answer</summary>The slope of |w| does not fade near zero, so a weight whose pull is below alpha is held at zero. The slope of w squared fades with w.</details>
# 4. What are entropy, cross-entropy and divergence, in one line? <details><summary>Answer</summary>The surprise of one who knows p, the surprise of one who believes q while p is true, and the difference of the two, which is never negative.</details>
# 5. A classifier is right on 90 of 100 test cases. What else do you want to know? <details><summary>Answer</summary>The share of the most frequent class; the range, here 6 points either way; precision and recall of the class that matters; and whether the test cases were used to choose anything.</details>

# %% [markdown]
# **Open question 2.Q1** (4 points)
#
# A hospital has 60 patients, 200 blood values each, and a number to predict. A colleague reports a linear model that fits all 60 without error. (a) Why is that no surprise? (b) Which of ridge, lasso and elastic net would you use, and why? (c) How would you choose the penalty, and how would you report the result?
# ### BEGIN SOLUTION
# Model answer. (a) With 201 weights and 60 rows the equations X1 theta = y have infinitely many exact solutions as soon as the rows are independent; the fit says nothing about new patients. (b) If few values are thought to matter and a short list is wanted, the lasso; with groups of correlated blood values the elastic net, which keeps such groups together, where the lasso picks one by chance; ridge if only the prediction counts. (c) Standardize within each fold, search alpha on a logarithmic scale below alpha_max by cross-validation, and report the error on patients set aside before, with its range or the spread over folds, beside the baseline of predicting the mean.
#
# A full answer contains: more unknowns than equations (1); a choice with a reason that fits the aim (1); cross-validation with scaling inside the folds (1); a test on unseen patients with baseline or range (1).
# ### END SOLUTION

# %% [markdown]
# **Open question 2.Q2** (4 points)
#
# A test for a rare disease, one patient in a hundred, is advertised with "99 percent accuracy". (a) Which classifier without any knowledge reaches that? (b) Which two numbers would you ask for instead, and what do they mean for a patient who was called ill and for one who was called healthy? (c) Which threshold would you choose for a first screening, and why?
# ### BEGIN SOLUTION
# Model answer. (a) Calling everybody healthy is right for 99 of 100 and finds nobody. (b) Recall: of the ill, how many are found; it tells how often an ill patient is sent home. Precision: of those called ill, how many are; for a patient who was called ill it is the probability of being ill. Among a thousand people with ten ill, a recall of 0.9 with 5 percent false alarms gives 9 right and about 50 wrong calls, a precision of 0.15. (c) A low threshold: a missed patient costs more than a second test, and the second test restores the precision. The threshold is chosen on validation data from the costs of both errors.
#
# A full answer contains: the majority baseline (1); precision and recall, each with its meaning for a patient (2); a threshold below one half justified by the costs (1).
# ### END SOLUTION

# %% [markdown]
# **Open question 2.Q3** (3 points)
#
# You minimize a cost by descent and it turns into `nan` after 30 steps. Name three causes that this chapter knows, in the order in which you would look for them, and for each the number that you would print.
# ### BEGIN SOLUTION
# Model answer. First the learning rate: print 2 divided by the largest eigenvalue of the Hessian and compare. Second the scale of the features: print the largest entry of every column and the condition number; raw powers or unscaled units make the largest eigenvalue huge. Third logarithms of 0 or exponentials of large scores in the loss: print the smallest probability or the largest score, and compute the loss from scores. NaN in the data is a fourth.
#
# A full answer contains: rate against 2/lambda_max (1), scaling or condition (1), a loss computed unsafely or bad data (1).
# ### END SOLUTION

# %% [markdown]
# # 2 Regression and gradient descent
#
# **Aim.** By the end of this chapter you can fit linear, regularized, logistic and softmax regression, by a formula where there is one and by gradient descent where there is none, and say how far to trust the result.
#
# Run the two cells below, then set the line by hand: move the intercept and the slope until the number in the caption is as small as you can make it. Then choose *best* in the menu and see how close you came.

# %%
import numpy as np

from course_lib import datasets, gradcheck, models, ops
from course_lib.exercises import check, hint, use
from course_lib.experiments import ch02 as experiments
from course_lib.viz import demos, figures, predict, style

# %%
demos.LineByHand()

# %% [markdown]
# On the right, every line is one point: its intercept and its slope. The best line is the lowest point of that landscape. This chapter is about finding it: first in one leap, by a formula; then step by step downhill, which is how all larger models are trained.

# %% [markdown]
# ## A line through noisy points
#
# How far will a disease have progressed in a year, judging by what can be measured today? For 442 diabetes patients ten measurements were taken, and a year later a number between 25 and 346 that says how far the disease had come. Here is one measurement, the body mass index, against that number, for the 353 patients we train on. The other 89 wait until the end.

# %%
diabetes = datasets.diabetes()
bmi, progress = diabetes.X_train[:, 2:3], diabetes.y_train
fig, ax = style.figure()
ax.plot(bmi[:, 0], progress, "o", color=style.BLUE, markersize=4, alpha=0.6)
ax.set(xlabel="body mass index (kg/m²)", ylabel="progression after a year", title="A trend, and much scatter about it")
style.show(fig, alt="353 points: progression of diabetes against body mass index, rising with wide scatter.")

# %% [markdown]
# **Linear regression** predicts by a weighted sum of the features and an **intercept**. With $D$ features $x_1, \dots, x_D$ and a constant input $x_0 = 1$,
#
# $$ \hat y = \theta_0 + \theta_1 x_1 + \dots + \theta_D x_D = \theta^T x $$
#
# For all samples at once: give the table $X$, shape $(N, D)$, a first column of ones and call it $X_1$, shape $(N, D+1)$. Then $\hat y = X_1 \theta$. The intercept $\theta_0$ is one more weight, of an input that is always 1.

# %% [markdown]
# With real data nobody knows the true line. To see whether a method finds it we also use data that we make ourselves: 100 points with $x$ uniform between 0 and 2,
#
# $$ y = 5 + 7x + \varepsilon, \qquad \varepsilon \sim N(0, 1) $$
#
# Whoever fits them should find about 5 and about 7. About: the noise moves the best line a little, and with another draw a little differently.

# %% tags=["nbval-check-output"]
X, y = datasets.noisy_line(100, noise=1.0, rng=0)
X1 = ops.add_bias_column(X)
print(X1[:3].round(3), y[:3].round(3), sep="\n")

# %% [markdown]
# ## What does a good line minimize?
#
# The **error** of a prediction is prediction minus truth, $e = \hat y - y$: positive where the line lies too high. (Statistics prefers the **residual** $y - \hat y$, the same number with the other sign. Signs get lost on the way between books; we keep $\hat y - y$ throughout.) A good line has small errors, but there are many of them, and they have to become one number.

# %% [markdown]
# The most common one is the **mean squared error**, the mean over all entries,
#
# $$ \mathrm{MSE} = \frac1n \sum_i (\hat y_i - y_i)^2, \qquad \frac{\partial\, \mathrm{MSE}}{\partial \hat y_i} = \frac2n\, (\hat y_i - y_i) $$
#
# It has a sibling that drops the factor 2 of the gradient, the half squared error $\frac{1}{2N} \sum_i \lVert \hat y_i - y_i \rVert^2$ with the gradient $(\hat y - y)/N$. Both are **means**: a cost that is a sum grows with the number of samples, and so does its gradient, and the learning rate would have to shrink to match.

# %% [markdown]
# The MSE is in squared units. Its root is in the unit of $y$ again and can be read as a typical error:
#
# $$ \mathrm{RMSE} = \sqrt{\frac1n \sum_i (\hat y_i - y_i)^2} \tag{2.23} $$
#
# The two have the same minimum, but they are two numbers, although one printed book gives MSE as the name of the root. The **mean absolute error**, $\mathrm{MAE} = \frac1n \sum_i |\hat y_i - y_i|$, counts a large error once and not squared, so a single wild point moves its best line less. Go back to the first picture and lift one point, with either cost.

# %% [markdown]
# Now by hand. Four points, their true values and what a line predicts:
#
# | | 1st | 2nd | 3rd | 4th |
# |---|---|---|---|---|
# | truth $y$ | 2 | 5 | 6 | 9 |
# | prediction $\hat y$ | 3 | 4 | 9 | 4 |
#
# Work out the mean of the errors, the MSE, the half squared error, the RMSE and the MAE.

# %%
# Exercise 2.1: five measures by hand
### BEGIN SOLUTION
answer = dict(mean_error=-0.5, mse=9, half_sse=4.5, rmse=3, mae=2.5)
### END SOLUTION

# %%
check("2.1", answer)

# %% [markdown]
# The mean error is the smallest of the five, because errors of opposite sign cancel in it. A mean error of 0 says only that the line is as often too high as too low; a horizontal line through the mean of $y$ achieves it too.

# %% [markdown]
# In code, the MSE and its gradient come together: the number says how good the predictions are, the gradient how to change them. The mean runs over all entries, also where each sample has several outputs.

# %%
# Exercise 2.2: mse
def mse(y_hat, y):
    """Mean squared error over all entries, and its gradient with respect to
    the predictions.

    y_hat, y : arrays of one shape. Returns (loss, gradient).
    """
    ### BEGIN SOLUTION
    error = y_hat - y
    return np.mean(error**2), 2 * error / error.size
    ### END SOLUTION

# %%
check("2.2", mse)

# %% [markdown]
# ## The answer in one formula
#
# At the minimum of the MSE no small change of $\theta$ helps: all slopes are 0. By the chain rule the slopes are those of the predictions, carried back through $\hat y = X_1 \theta$,
#
# $$ \frac{\partial J}{\partial \theta} = \frac2N\, X_1^T (X_1 \theta - y) \tag{2.2} $$
#
# Set to zero, this is a system of linear equations, the **normal equations** $X_1^T X_1\, \theta = X_1^T y$. It says in words: the error vector is orthogonal to every column of the table. What could still be explained by a column has been explained.

# %% [markdown]
# Its solution is the **normal equation**
#
# $$ \theta = X_1^+\, y \;=\; (X_1^T X_1)^{-1} X_1^T y \tag{2.1} $$
#
# with the pseudo-inverse $X_1^+$ of chapter 01. The right-hand form needs the inverse. $X_1^T X_1$ is always square, but it has no inverse when the columns of $X_1$ depend on each other, for example when a length is given once in meters and once in feet, and always when there are fewer samples than columns. The left-hand form gives an answer even then: of all equally good $\theta$ the shortest.

# %%
# Exercise 2.3: normal_equation
def normal_equation(X, y):
    """Intercept and weights with the smallest mean squared error, equation
    (2.1), also where columns of X depend on each other.

    X (N, D) without a column of ones, y (N,). Returns theta (D + 1,),
    intercept first.
    """
    ### BEGIN SOLUTION
    return np.linalg.pinv(ops.add_bias_column(X)) @ y
    ### END SOLUTION

# %%
check("2.3", normal_equation)

# %% tags=["nbval-check-output"]
for name, theta in experiments.line_by_formula().items():
    print(f"{name:>16}: {theta[0]:.8f} {theta[1]:.8f}")
print(f"{'your function':>16}: {np.round(use('2.3')(X, y), 8)}")

# %% [markdown]
# The truth was 5 and 7. The three ways agree to the last digit printed: the normal equation with its inverse, the pseudo-inverse, and the **singular value decomposition** $X_1 = U \Sigma V^T$, which gives $\theta = V \Sigma^{-1} U^T y$. With another random start of the generator the same experiment was printed as 4.808 and 7.127. Both are right, for their draw: with 100 points the standard errors are about 0.2 and 0.17.

# %% [markdown]
# Now the patients: the body mass index alone, and then all ten measurements. A score that can be compared between tasks is the share of the variance of $y$ that the model explains,
#
# $$ R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2} \tag{2.24} $$
#
# It is 1 for perfect predictions, 0 for a model that always says the mean, and negative for a worse one.

# %% tags=["nbval-check-output"]
for name, table in (("body mass index", bmi), ("all ten", diabetes.X_train)):
    theta = use("2.3")(table, progress)
    prediction = ops.add_bias_column(table) @ theta
    print(f"{name:>16}: RMSE {ops.rmse(prediction, progress):.1f}, R² {ops.r2_score(prediction, progress):.2f}")
print(f"{'the mean alone':>16}: RMSE {progress.std():.1f}")

# %% [markdown]
# One measurement explains a third of the variance, all ten a half. Half of it remains: people differ in more than ten numbers.

# %% [markdown]
# And when a column says nothing new? We give the index once more in other units, ten times as large.

# %% tags=["nbval-check-output"]
print("once :", *use("2.3")(bmi, progress).round(3))
print("twice:", *use("2.3")(np.hstack([bmi, 10 * bmi]), progress).round(3))
try:
    models.LinearRegression(method="normal").fit(np.hstack([bmi, 10 * bmi]), progress)
except ValueError as error:
    print(str(error).partition(":")[0])

# %% [markdown]
# The pseudo-inverse splits the effect between the two columns, $0.097 + 10 \cdot 0.972 = 9.82$, and predicts as before. The version with the inverse has no answer. One printed text says that the inverse fails because $X^T X$ is not square; it is always square, and fails for dependent columns.

# %% [markdown]
# ### What it costs
#
# How long does the formula take when there are many features? Forming $X^T X$ costs about $N D^2$ multiplications and solving the system about $D^3/3$. Singular values cost several times as much, but they do not square the condition number, so they keep digits where columns nearly depend on each other. A step of descent, which comes next, costs only $4 N D$. We measure it, with twice as many samples as features.

# %% tags=["volatile"]
features = (25, 50, 100, 200, 400)
taken = experiments.solve_times(features)
for name, seconds in taken.items():
    print(f"{name:>21}: 400 features take {seconds[-1] / seconds[-2]:.0f} times as long as 200")

# %% tags=["volatile"]
fig, ax = style.figure()
figures.curves(ax, {name: 1000 * seconds for name, seconds in taken.items()}, "features D", "milliseconds", x=features,
               loc="upper left")
ax.plot(features, 1e3 * taken["normal equation"][-1] * (np.array(features) / 400) ** 3, color=style.GREY, linewidth=1)
ax.set(xscale="log", yscale="log", title="More features: the curves steepen towards the slope of D³ (thin line)")
ax.set_xticks(features, features)
ax.minorticks_off()
style.show(fig, alt="Time against number of features, both logarithmic: the curves steepen towards the slope of a cube.")

# %% [markdown]
# On logarithmic axes a power is a straight line, and its exponent the slope. With $N = 2D$ both $N D^2$ and $D^3$ grow like $D^3$, so twice the features should cost a formula eight times as much, and a step of descent four times. The small sizes hide the law behind the fixed cost of a call, and the large ones add a price when the table outgrows the processor's cache. On the two-core machine on which this page was written, 400 features took 6 milliseconds by the normal equation, 33 by singular values and 70 by the pseudo-inverse, four to six times as long as 200.

# %% [markdown]
# For ten features the formula is the method of choice. For a million weights, the number of a small network, $X^T X$ would have $10^{12}$ entries, and a model that is not linear has no formula at all. There we walk.

# %% [markdown]
# ## Walking downhill
#
# You stand on a hillside in fog. You cannot see the valley, but you feel the slope under your feet. What do you do? You take a step downhill and feel again. In one dimension the slope is a number: positive means that the ground rises to the right, so you go left.

# %%
predict("2.a")

# %% [markdown]
# Look at the length of the steps too. Each is the learning rate times the slope, so steps become shorter by themselves where the ground levels off. With a large rate the path jumps across the minimum, and beyond a certain rate every jump ends higher than it began. Then try the curve *saddle*, where the path stops for a long while although it has not arrived.

# %% [markdown]
# With several weights there is a slope in each direction. Together they are the **gradient** $\nabla J = (\partial J/\partial \theta_0, \dots, \partial J/\partial \theta_D)$. A small step $v$ changes the cost, to first order, by
#
# $$ \Delta J \approx \nabla J \cdot v = |\nabla J|\, |v| \cos\varphi $$
#
# where $\varphi$ is the angle between the two. For a step of given length the cosine decides, and it is smallest, $-1$, straight against the gradient. Of all directions $-\nabla J$ is the one in which the cost falls fastest. With $v = -\eta \nabla J$ and a small **learning rate** $\eta$ the cost changes by about $-\eta\, |\nabla J|^2$, which is never a rise.

# %% [markdown]
# Do one step on paper. The cost is $J(w_1, w_2) = w_1^2 + 4 w_2^2$. Stand at $w = (3, 1)$ and take one step with the rate 0.1. Write down the two slopes `g1`, `g2` at the start, the new point `w1`, `w2`, the change of the cost that the slopes predict, and the true one.

# %%
# Exercise 2.4: one step by hand
### BEGIN SOLUTION
answer = dict(g1=6, g2=8, w1=2.4, w2=0.2, predicted=-10, true=-7.08)
### END SOLUTION

# %%
check("2.4", answer)

# %% [markdown]
# The prediction promises more than the step keeps: the curvature, which the slope knows nothing of, takes part of the gain back. For a step half as long the two numbers are closer to each other, and a step that is long enough makes the cost rise.

# %% [markdown]
# One printed book says that the gradient points to the nearest minimum. It points in the direction of steepest **ascent** at the place where you stand, and its opposite rarely points straight at a minimum:

# %% tags=["nbval-check-output"]
w = np.array([5.0, 1.0])
downhill, to_minimum = -np.array([2 * w[0], 20 * w[1]]), -w  # of J = w1² + 10 w2², with its minimum at 0
cosine = downhill @ to_minimum / np.linalg.norm(downhill) / np.linalg.norm(to_minimum)
print(f"angle between the two directions: {np.degrees(np.arccos(cosine)):.0f} degrees")

# %% [markdown]
# **Gradient descent** repeats the step, all coordinates together:
#
# $$ \theta \leftarrow \theta - \eta\, \nabla J(\theta) \tag{2.7} $$
#
# The sign is the whole method. (In one set of lesson notes the update is printed with a plus; run as printed, it climbs.)

# %%
# Exercise 2.5: gradient_descent
def gradient_descent(grad, w0, lr, n):
    """n steps of equation (2.7).

    grad : function that gives the gradient (P,) at a point (P,). w0 (P,)
    the start, which is not changed. Returns the path (n + 1, P), start
    first.
    """
    ### BEGIN SOLUTION
    w, path = w0, [w0]
    for _ in range(n):
        w = w - lr * grad(w)
        path.append(w)
    return np.array(path)
    ### END SOLUTION

# %%
check("2.5", gradient_descent)

# %% tags=["nbval-check-output"]
grad = lambda theta: ops.mse_gradient(X1, y, theta)
path = use("2.5")(grad, np.array([0.5, -1.0]), 0.1, 1000)
for step in (0, 1, 10, 100, 1000):
    print(f"step {step:4}: {path[step].round(8)}")

# %% [markdown]
# After 1000 steps with the rate 0.1 descent has arrived at 4.99254002 and 6.93463751, the numbers of the formula, in every digit. It needed no inverse and no singular values, only 1000 products of the table with a vector.

# %%
demos.DescentOnALine()

# %% [markdown]
# Left the lines of the last steps, in the middle the cost on a logarithmic axis. It falls fast at first, along the steep direction, and then slowly, along the flat one, towards the dotted line: the smallest cost, which is not zero. The panel on the right explains both speeds; we come to it in the next section.

# %% [markdown]
# ### Minima, maxima and saddles
#
# Where the gradient is zero, descent stops. Is that a minimum? The matrix of second derivatives, the **Hessian** $H$, tells. In a direction $v$ of length 1 the cost curves by $v^T H v$, and its eigenvalues are the curvatures along its eigenvectors. If all are positive, the point is a **local minimum**: every way leads up. If all are negative, it is a maximum. If there are both, it is a **saddle**: along some directions up, along others down. A minimum is **global** if no other point of the whole landscape lies lower.

# %% [markdown]
# A saddle is not a special kind of local minimum, as one can read. Nothing holds descent there but its own slowness, since slopes are small nearby. How many independent ways lead down from a point where the gradient is zero?

# %%
# Exercise 2.6: downhill_directions
def downhill_directions(H):
    """Number of curvatures below 0 at a point with gradient 0: 0 at a
    minimum, P at a maximum, anything between at a saddle.

    H (P, P) the Hessian, symmetric, no eigenvalue 0.
    """
    ### BEGIN SOLUTION
    return int(np.sum(np.linalg.eigvalsh(H) < 0))
    ### END SOLUTION

# %%
check("2.6", downhill_directions)

# %% tags=["nbval-check-output"]
for name, f in (("u² + 3v²", lambda p: p[0] ** 2 + 3 * p[1] ** 2), ("u² - v²", lambda p: p[0] ** 2 - p[1] ** 2),
                ("u² + 6uv + v²", lambda p: p[0] ** 2 + 6 * p[0] * p[1] + p[1] ** 2)):
    H = gradcheck.numerical_hessian(f, np.zeros(2))
    print(f"{name:>14}: curvatures {np.linalg.eigvalsh(H).round(3)}, ways down {use('2.6')(H)}")

# %% [markdown]
# The third one rises along both axes, and still there is a way down between them. With $P$ weights there are $P$ curvatures, and all of them have to be positive for a minimum. Among the flat points of a network with many weights, saddles are therefore far more common than poor minima.

# %% [markdown]
# ### Convex functions
#
# A function is **convex** if the chord between any two points of its graph never runs below the graph:
#
# $$ f\big(t a + (1-t) b\big) \le t f(a) + (1-t) f(b), \qquad 0 \le t \le 1 $$
#
# Then every local minimum is a global one, and no basin can trap descent. With second derivatives: convex means that no curvature is negative, anywhere. For the MSE of a linear model the Hessian is the same everywhere,
#
# $$ H = \frac2N\, X_1^T X_1 \tag{2.3} $$
#
# and $v^T H v = \frac2N |X_1 v|^2$ is never negative. The landscape is a bowl; with dependent columns it is a valley with a flat floor, but never has a second basin.

# %% [markdown]
# Three sentences from print, set right. "$x^4$ has no single global minimum": it has exactly one, at 0, although its second derivative is 0 there. "The squared error of a network is a bowl": it is a bowl as a function of the outputs, not of the weights; a network with hidden units has many minima, and for each of them equal ones in which hidden units have changed places. "A cost is zero at one point only": the MSE of noisy points is zero nowhere, and does not have to be, nor does the cross-entropy of the second half of this chapter.

# %% [markdown]
# ## How large a step?
#
# Go back to `DescentOnALine` and raise the learning rate slowly. At first every increase helps. Then the path begins to jump, and a little later the cost explodes. Where is the limit, and can one know it before trying?

# %% [markdown]
# Near a minimum look along one eigenvector of $H$, with the curvature $\lambda$. The slope there is $\lambda$ times the distance $d$ from the minimum, so one step turns $d$ into
#
# $$ d - \eta \lambda d = (1 - \eta\lambda)\, d $$

# %% [markdown]
# Each step multiplies the distance by the same factor. It shrinks if $|1 - \eta\lambda| < 1$, that is for $0 < \eta < 2/\lambda$. This must hold for every direction, and the steepest decides:
#
# $$ \eta < \frac{2}{\lambda_{\max}} \tag{2.4} $$
#
# Below the limit the flattest direction is the slow one. The best rate treats the two alike, $1 - \eta\lambda_{\min} = \eta\lambda_{\max} - 1$:
#
# $$ \eta_{\text{fastest}} = \frac{2}{\lambda_{\max} + \lambda_{\min}} \tag{2.5} $$

# %% [markdown]
# Even then each step shrinks the distance by no more than the factor $(\kappa - 1)/(\kappa + 1)$, with the **condition number**
#
# $$ \kappa = \frac{\lambda_{\max}}{\lambda_{\min}} \tag{2.6} $$
#
# A round bowl has $\kappa = 1$ and one step suffices. For a long valley the number of steps grows like $\kappa$.

# %%
# Exercise 2.7: step_limits
def step_limits(H):
    """What the curvature says about the rate, equations (2.4) to (2.6).

    H (P, P) symmetric, all eigenvalues positive. Returns the largest rate,
    the fastest rate and the condition number.
    """
    ### BEGIN SOLUTION
    eigenvalues = np.linalg.eigvalsh(H)
    smallest, largest = eigenvalues[0], eigenvalues[-1]
    return 2 / largest, 2 / (largest + smallest), largest / smallest
    ### END SOLUTION

# %%
check("2.7", step_limits)

# %% [markdown]
# For $x$ uniform between 0 and 2 and very many points, $H = 2\begin{pmatrix} 1 & 1 \\ 1 & 4/3 \end{pmatrix}$: the curvatures are 4.361 and 0.306, the limit is 0.459, the fastest rate 0.429, the condition number 14.3. Our 100 points are a draw, and their numbers differ a little. Compute them, predict on which side of the limit a run arrives, and try one percent to either side.

# %% tags=["nbval-check-output"]
limit, fastest, condition = use("2.7")(ops.mse_hessian(X1))
print(f"limit {limit:.4f}, fastest {fastest:.4f}, condition number {condition:.1f}")
best = use("2.3")(X, y)
for lr in (0.99 * limit, 1.01 * limit, 0.5):
    path = ops.gradient_descent(grad, np.zeros(2), lr, 1000)
    print(f"lr {lr:.4f}: distance to the minimum after 1000 steps {np.linalg.norm(path[-1] - best):.0e}")

# %% [markdown]
# One percent below, the run arrives; one percent above, it is lost. There is nothing gradual about the limit. Two sentences from print are wrong, then: that descent surely reaches the minimum of a convex cost, and that a learning rate lies between 0 and 1. For a quadratic cost it arrives if and only if $0 < \eta < 2/\lambda_{\max}$, and where the curvature is small the rate may well be larger than 1.

# %% [markdown]
# Now choose. How many steps shrink the distance to the minimum to one ten-thousandth, whatever the start is? With the rate 0.1 it takes 299. Find a rate that needs at most 85, in the demo or by (2.5).

# %%
# Exercise 2.8: a rate for the line
### BEGIN SOLUTION
lr = 0.38
### END SOLUTION

# %%
check("2.8", lr)

# %%
lambdas = experiments.line_limits().eigenvalues
rates = np.linspace(0.02, 0.41, 79)
fig, ax = style.figure()
ax.plot(rates, [experiments.worst_case_steps(rate, lambdas) for rate in rates], color=style.BLUE)
ax.plot(use("2.8"), experiments.worst_case_steps(use("2.8"), lambdas), "D", color=style.GREEN, label="your rate")
ax.set(yscale="log", xlabel="learning rate", ylabel="steps to 1/10,000 of the distance",
       title="Slowly better up to the fastest rate, then a wall")
ax.legend()
style.show(fig, alt="Steps against learning rate: falls from 1500 to 74 near 0.39, then rises steeply at the limit.")

# %% [markdown]
# The curve is not symmetric. Too small a rate costs some patience; too large a rate costs everything. When nothing is known about the curvature, come from below.

# %%
predict("2.b")

# %% [markdown]
# The ellipses are lines of equal cost; their axes are proportional to $1/\sqrt{\lambda}$. In a long valley the path zig-zags: the gradient is perpendicular to the ellipse, so it points across the valley and hardly along it. Turning the valley changes nothing; the eigenvalues do not care about the axes.

# %% [markdown]
# ### Scaling the features
#
# Where do long valleys come from? Mostly from units. In the diabetes table age runs up to 79, and cholesterol up to 300, and one column has values between 3 and 6. **Standardize** the columns: subtract the mean and divide by the standard deviation, both of the training rows (chapter 01).

# %% tags=["nbval-check-output"]
for name, limits in experiments.diabetes_conditions().items():
    steps = experiments.worst_case_steps(limits.fastest, limits.eigenvalues)
    print(f"{name:>12}: limit {limits.limit:.2g}, condition number {limits.condition:.2g}, steps {steps:.2g}")

# %% [markdown]
# From 240 million steps to 2400, and from a rate of 0.00001 to 0.24, by a change of units. The condition number of 515 that is left comes from columns that depend on each other, such as total cholesterol and its parts; no scaling of single columns removes it. Standardization costs one line and belongs before every descent.

# %% [markdown]
# ### When to stop
#
# Descent never arrives exactly. A usual rule: stop when the gradient is short, $|\nabla J| < \text{tol}$, or after a largest number of steps or seconds, **and say which of the two happened**. A run that has used up its steps looks just like one that has arrived, if nobody asks. The function below has such a rule. It runs without complaint. On the line data, with the rate 0.3 and the tolerance $10^{-6}$, it returns $\theta = (0, 0)$ after 0 steps and says that it has arrived. Which line is wrong?

# %%
# Exercise 2.9: descend_until
def descend_until(X, y, lr, tol, max_steps):
    """Descent on the mean squared error from zero, until the gradient is
    shorter than tol.

    X (N, P) with its column of ones, y (N,). Returns theta (P,), the steps
    taken, and whether the gradient became short enough.
    """
    theta = np.zeros(X.shape[1])
    for step in range(max_steps):
        slope = ops.mse_gradient(X, y, theta)
        ### BEGIN BUGGY
        #| if slope.max() < tol:
        ### END BUGGY
        ### BEGIN SOLUTION
        if np.linalg.norm(slope) < tol:
        ### END SOLUTION
            return theta, step, True
        theta = theta - lr * slope
    return theta, max_steps, False

# %%
check("2.9", descend_until)

# %% [markdown]
# <details><summary>Once it is right</summary>
# At the start both slopes are negative, about $-25$ and $-33$: the predictions are far too low, and both weights have to grow. The faulty rule compared the largest slope with the tolerance, and $-25$ is smaller than any tolerance. It stopped at once, at zero, and reported success. The length of the gradient has no sign to fall for.
# </details>

# %% [markdown]
# ### Rates side by side
#
# The next picture trains a classifier, the logistic regression that comes later in this chapter, with several rates at once. Its cost is no parabola, but near its minimum every smooth cost looks like one, and the same things happen.

# %%
demos.LearningRatesCompared()

# %% [markdown]
# The rates 0.002, 0.005 and 0.01, compared in one book, differ in speed only: drawn against steps × rate the three curves lie on top of each other. All three are small. Which rate is good shows only when those tried span several powers of ten, up to one that fails.

# %% [markdown]
# ## One sample at a time
#
# Every step so far has looked at all samples. With a hundred points that is nothing; with a million pictures one step takes minutes, and most of it is wasted, because a thousand of them would already tell the direction well enough. How few will do?

# %% [markdown]
# Take one sample at random and use the gradient of its own squared error. It is a poor estimate, but an **unbiased** one: its mean over all samples is the gradient of the whole.

# %% tags=["nbval-check-output"]
theta = np.zeros(2)
single = np.array([ops.mse_gradient(X1[i : i + 1], y[i : i + 1], theta) for i in range(100)])
print("mean of the 100 single gradients:", single.mean(axis=0).round(6))
print("gradient of the whole           :", ops.mse_gradient(X1, y, theta).round(6))
print("their spread                    :", single.std(axis=0).round(1))

# %% [markdown]
# Three names: **batch** descent uses all $N$ samples in each update, **stochastic** descent one, **mini-batch** descent $m$ of them, usually 32 to 512. The mean over $m$ samples scatters $\sqrt m$ times less than one sample does. A batch of 64 takes this course's networks only about one and a half times as long as a single sample, since a product of matrices uses the processor better than many small ones, so mini-batches get most of both worlds; up to about 2000 samples, plain batch descent is fine.

# %% [markdown]
# ### Epochs, batches, updates
#
# One pass through all samples is an **epoch**. The samples are shuffled, the shuffled row is cut into pieces of $m$, and each piece gives one **update** (also called an iteration):
#
# $$ \text{updates an epoch} = \lceil N/m \rceil \tag{2.8} $$
#
# The brackets round up, since the last piece may be smaller. Ten samples in pieces of 2, for 4 epochs: 20 updates. 60,000 images in pieces of 128: 469 updates an epoch, the last with 96 images.

# %% [markdown]
# Here print is full of slips. The batch size is the number of samples in one update, not "per epoch". The weights change after every batch, not "at the end of each epoch". Full-batch descent makes one update an epoch, not one after every example; stochastic descent makes $N$.

# %% [markdown]
# And one that costs data: a published run cuts 600 samples into pieces of 64, throws the last 24 away and uses the ninth piece twice, in every epoch. Cut the row so that every sample occurs exactly once.

# %%
# Exercise 2.10: mini_batches
def mini_batches(order, size):
    """Consecutive pieces of a shuffled row; the last one may be smaller.

    order (N,) sample numbers, for example rng.permutation(N). Returns a
    list of arrays that together hold every number once.
    """
    ### BEGIN SOLUTION
    return [order[start : start + size] for start in range(0, len(order), size)]
    ### END SOLUTION

# %%
check("2.10", mini_batches)

# %% tags=["nbval-check-output"]
for n, size in ((10, 2), (600, 64), (60_000, 128)):
    pieces = use("2.10")(np.random.default_rng(0).permutation(n), size)
    seen = np.unique(np.concatenate(pieces)).size
    print(f"{n:6} samples in pieces of {size:3}: {len(pieces):3} updates, the last of {len(pieces[-1]):3}; "
          f"{seen} samples seen")

# %%
predict("2.c")

# %% [markdown]
# The same landscape, three paths. Batch descent glides, stochastic descent staggers, mini-batch descent is in between. Count in epochs and the order is reversed: after one epoch the stochastic path has made 100 steps and is near the minimum, while the batch path has made one. Later the picture turns. At a constant rate the staggering path never settles.

# %% [markdown]
# Raise the constant rate to 0.3: the batch path is still stable, since 0.3 is below 0.414, but a single sample with a large $x$ is steeper than the mean of all, and the stochastic path is thrown about.

# %% [markdown]
# ### A rate that falls
#
# Large steps at first, to get near; small ones later, to settle. A **schedule** gives every update its own rate, for example
#
# $$ \eta(t) = \frac{t_0}{t + t_1}, \qquad t = 0, 1, 2, \dots \tag{2.9} $$
#
# With $t_0 = 5$ and $t_1 = 50$ the rate starts at 0.1 and after 5000 updates it is 0.001. Note what $t$ counts: updates, over all epochs, not epochs. (Other schedules halve the rate at fixed epochs, or let it fall exponentially. A falling rate is sometimes called simulated annealing. It is only an analogy: annealing accepts steps uphill on purpose, with a probability that falls.)

# %% [markdown]
# Why like $1/t$? Two sums decide. The sum of all rates must have no limit, so that the path can get to the minimum from any start; the sum of their squares must have one, so that the noise dies out. $t_0/(t + t_1)$ does both. Still it can fall too fast in practice: look at the preset of that name in the picture above.

# %% [markdown]
# An update of mini-batch descent with the batch $B$ of $m$ samples:
#
# $$ \theta \leftarrow \theta - \eta(t)\; \frac2m \sum_{i \in B} (\theta^T x_i - y_i)\, x_i \tag{2.11} $$
#
# This is gradient (2.2), for the rows of the batch only. With $m = N$ it is batch descent, with $m = 1$ stochastic descent.

# %%
# Exercise 2.11: stochastic_descent
def stochastic_descent(X, y, theta0, t0, t1, order, size):
    """Mini-batch descent (2.11) with the schedule (2.9).

    X (N, P) with its column of ones, y (N,), theta0 (P,) not changed.
    order (epochs, n): the sample numbers of each epoch in their order.
    size : samples in a batch. Returns theta (P,) after the last epoch.
    """
    ### BEGIN SOLUTION
    theta, t = theta0, 0
    for numbers in order:
        for batch in ops.mini_batches(numbers, size):
            slope = 2 / len(batch) * X[batch].T @ (X[batch] @ theta - y[batch])
            theta = theta - t0 / (t + t1) * slope
            t += 1
    return theta
    ### END SOLUTION

# %%
check("2.11", stochastic_descent)

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(1)
order = rng.integers(0, 100, (50, 100))  # 50 times 100 draws, with replacement
print(use("2.11")(X1, y, rng.standard_normal(2), 5, 50, order, 1).round(3), "  exact:", best.round(3))

# %% [markdown]
# A published run of this experiment ended at 4.813 and 7.170, where the formula gave 4.808 and 7.127. Is that close? One run cannot say. We repeat it from 200 starts and measure the distance of each coordinate to the exact solution.

# %% tags=["nbval-check-output"]
for name, replacement in (("with replacement", True), ("shuffled", False)):
    away = np.abs(experiments.stochastic_line(replacement) - best)
    print(f"{name:>16}: median {np.median(away, axis=0).round(4)}, largest {away.max(axis=0).round(3)}")

# %% [markdown]
# The median deviation is about 0.02 in both coordinates, so the published run was an ordinary one. The second line is the surprise: with the same rates, the same number of updates and the same data, shuffling comes ten times closer than drawing.
#
# ### With and without replacement
#
# The published program drew 100 samples at random, **with replacement**, and called this one pass. It is not. A given sample is missed by one draw with probability $1 - 1/N$ and by all $N$ draws with $(1 - 1/N)^N \approx e^{-1}$.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
share = np.mean([len(np.unique(rng.integers(0, 100, 100))) for _ in range(2000)]) / 100
print(f"samples seen in 100 draws: {share:.3f}, formula: {1 - (1 - 1 / 100) ** 100:.3f}")

# %% [markdown]
# About 37 percent of the samples are missed in each such pass, while others count two or three times. (In the same text the lines called the first 20 steps are those after 20 such passes, 2000 steps.) A shuffled row uses each of them once, so the pulls of the samples balance at the end of every epoch, and that is what the experiment shows. Shuffle anew in every epoch: data sorted by class or by date would otherwise give batches that all pull the same way.

# %% [markdown]
# On the patients, ten epochs with each batch size, from zero and with a rate that suits it:

# %% tags=["nbval-check-output"]
Z1 = ops.add_bias_column(datasets.standardize(diabetes.X_train))
order = np.array([np.random.default_rng(epoch).permutation(353) for epoch in range(10)])
for size, lr in ((353, 0.1), (32, 0.02), (1, 0.003)):
    path = ops.stochastic_descent(Z1, progress, np.zeros(11), lr, order, size, record="epoch")
    errors = [f"{ops.rmse(Z1 @ path[epoch], progress):.0f}" for epoch in (0, 1, 2, 5, 10)]
    print(f"batches of {size:3}: {10 * ops.updates_per_epoch(353, size):4} updates, RMSE {' -> '.join(errors)}")

# %% [markdown]
# All three looked at the same 3530 rows. The formula reaches 52.5. The more often the weights are updated, the earlier the error is low; in exchange the smallest batches end in a little cloud around the minimum.

# %% [markdown]
# ## Curves from a linear model
#
# Points rarely lie about a straight line. Here they scatter about a parabola, $y = \frac12 x^2 + x + 2$ with noise $N(0, 1)$ and $x$ uniform between $-3$ and 3. Does that need another method? No: **linear** in linear regression means linear in the weights. Put powers of $x$ into the columns,
#
# $$ (x,\; x^2,\; \dots,\; x^d) \tag{2.12} $$
#
# and the same formula fits a polynomial of degree $d$.

# %% tags=["nbval-check-output"]
x, z = datasets.noisy_parabola(100, rng=0)
theta, error = experiments.parabola_fit()
print(ops.polynomial(x[:2], 3).round(3))
for power, (found, spread, truth) in enumerate(zip(theta, error, (2, 1, 0.5))):
    print(f"x^{power}: {found:.3f} with standard error {spread:.3f}, truth {truth}")

# %% [markdown]
# All three are within three standard errors of the truth, as they should be. (The same experiment was printed with 1.980, 1.062 and 0.535, another draw.) A practical remark: $x^{10}$ of numbers up to 3 reaches 59,049 beside $x$ itself. For descent or a penalty the columns have to be standardized; the formula by singular values copes with more.

# %% [markdown]
# Which degree would you choose, if you did not know that the truth is a parabola?

# %%
predict("2.d")

# %% [markdown]
# The training error only falls, so it cannot tell you when to stop. The error on points that were not used, the validation error, has the shape of a U.

# %% [markdown]
# ### Through every point
#
# A polynomial of degree $N - 1$ has $N$ coefficients, and $N$ points with different $x$ determine them: the curve passes through every point. We let it **interpolate** pure noise.

# %% tags=["nbval-check-output"]
t, noise = np.linspace(-1, 1, 10), np.random.default_rng(0).standard_normal(10)
for degree in (1, 3, 6, 9):
    theta = use("2.3")(ops.polynomial(t, degree), noise)
    fitted = ops.add_bias_column(ops.polynomial(t, degree)) @ theta
    print(f"degree {degree}: {degree + 1:2} coefficients, training RMSE {ops.rmse(fitted, noise):.3f}")

# %% [markdown]
# Zero error, and nothing learned: there was nothing to learn. A perfect fit says something about the model's freedom and nothing about the truth. The same holds for a network with more weights than samples.

# %% [markdown]
# ## How well will it do on new data?
#
# The training error flatters. To know how a model does on new data, keep some data away from it. One such set is not enough, because we do two things with it. The **training set** fits the weights. The **validation set** chooses between models, for example between degrees. The **test set** is opened once, at the end, and gives the number to report. If you choose by the test set, the best of fifteen test errors is also the luckiest, and the report is too good; many published comparisons have this flaw. Setting part of the data aside is called **hold-out**.

# %% [markdown]
# ### Learning curves
#
# How much data is enough? Train on the first 5, 10, 20, ... samples and draw both errors, on the samples used and on the validation set, against the number of samples. The fit is yours: `ops.polynomial` for the columns, `ops.normal_equation` for the weights.

# %%
# Exercise 2.12: learning_curve
def learning_curve(x, y, x_val, y_val, degree, sizes):
    """RMSE of a polynomial fitted to the first n points, for each n in
    sizes: on these n points, and on all validation points.

    x, y (N,), x_val, y_val (M,), sizes (S,). Returns two arrays (S,).
    """
    ### BEGIN SOLUTION
    train, validation = [], []
    for n in sizes:
        theta = ops.normal_equation(ops.polynomial(x[:n], degree), y[:n])
        for errors, at, target in ((train, x[:n], y[:n]), (validation, x_val, y_val)):
            errors.append(ops.rmse(ops.add_bias_column(ops.polynomial(at, degree)) @ theta, target))
    return np.array(train), np.array(validation)
    ### END SOLUTION

# %%
check("2.12", learning_curve)

# %%
sizes = np.arange(12, 81, 4)
fig, axes = style.figure(1, 2, width=8.4)
for ax, degree in zip(axes, (1, 10)):
    train, validation = use("2.12")(x[:80, 0], z[:80], x[80:, 0], z[80:], degree, sizes)
    figures.curves(ax, {"training": train, "validation": validation}, "training points", "RMSE", x=sizes)
    ax.set(ylim=(0, 3), title=f"Degree {degree}: {'a high plateau' if degree == 1 else 'a gap that closes slowly'}")
style.show(fig, alt="Learning curves. Degree 1: both errors approach 1.8. Degree 10: far apart, closing with more points.")

# %% [markdown]
# One split is one draw. The medians over 20 random splits into 80 and 20 points:

# %% tags=["nbval-check-output"]
for degree in (1, 2, 10):
    train, validation = experiments.parabola_curves(degree, [20, 80])
    print(f"degree {degree:2}: training RMSE {train.round(2)}, validation RMSE {validation.round(2)}  (20, 80 points)")

# %%
predict("2.f")

# %% [markdown]
# The noise has a standard deviation of 1, and no model can do better than that on new points in the long run. Degree 1 stays near 1.7 on both sets: the two curves have met, high up, and more points cannot bend a line. Degree 10 is below the noise on the points it has seen and above it on the others: the gap is what it has learned from the noise. It closes with more points.

# %% [markdown]
# ### Cross-validation
#
# With few data a single validation set of 20 points is a lottery. **k-fold cross-validation** cuts the training data into $k$ parts, fits $k$ models, each without one of the parts, and measures each on the part it has not seen. Every sample is held out exactly once. The mean of the $k$ errors is the result, and their spread says how far to trust it.

# %%
# Exercise 2.13: cross_validation
def cross_validation(X, y, folds):
    """RMSE of linear regression (with intercept) on each part, fitted to
    the others.

    X (N, D), y (N,), folds (N,) the number 0 .. k-1 of each sample's part.
    Returns one error a part, (k,).
    """
    ### BEGIN SOLUTION
    errors = []
    for k in range(folds.max() + 1):
        held = folds == k
        theta = ops.normal_equation(X[~held], y[~held])
        errors.append(ops.rmse(ops.add_bias_column(X[held]) @ theta, y[held]))
    return np.array(errors)
    ### END SOLUTION

# %%
check("2.13", cross_validation)

# %% tags=["nbval-check-output"]
folds = np.random.default_rng(0).permutation(np.arange(100) % 5)
for degree in (1, 2, 3, 6, 10):
    errors = use("2.13")(ops.polynomial(x, degree), z, folds)
    print(f"degree {degree:2}: {errors.mean():.3f}, parts from {errors.min():.2f} to {errors.max():.2f}")

# %% [markdown]
# Degrees 2 and 3 are hardly different, and the parts differ from each other by much more than that. In such a case take the simpler model. The library has the same for all its models: `models.k_fold` makes the parts, `models.cross_validate` scores them.

# %% [markdown]
# The patients, at last. We choose by cross-validation on the training set and open the test set once.

# %% tags=["nbval-check-output"]
folds = np.random.default_rng(0).permutation(np.arange(353) % 5)
table = diabetes.X_train
for name, X_try in (("ten columns", table), ("and their squares", np.hstack([table, table**2]))):
    errors = use("2.13")(X_try, progress, folds)
    print(f"{name:>18}: {errors.mean():.1f}, parts from {errors.min():.1f} to {errors.max():.1f}")
model = models.LinearRegression().fit(table, progress)
print(f"ten columns on the test set: RMSE {ops.rmse(model.predict(diabetes.X_test), diabetes.y_test):.1f}, "
      f"R² {model.score(diabetes.X_test, diabetes.y_test):.2f}")

# %% [markdown]
# Squares of the columns gain one percent, where the parts differ by twenty: no reason to take them. The test error, 58.4, is larger than the mean of the parts and still within their range; on 89 patients that is nothing unusual. What would be wrong is to go back now and look for a model with a better test error.
#
# ### Bias and variance
#
# Why is the validation error U-shaped? Imagine many training sets of the same size, each drawn anew, and a fit to each of them. Two things can be wrong with such a bundle of curves. Their **mean** may differ from the truth: the model is too stiff, whatever the data say. Or the curves may differ **from each other**: the model listens to the noise. With $f$ the truth, $\hat f$ a fit, and E the mean over training sets,
#
# $$ \text{bias}^2 = \underset{x}{\text{mean}}\; \big(\mathrm{E} \hat f(x) - f(x)\big)^2 \tag{2.43} $$
#
# $$ \text{variance} = \underset{x}{\text{mean}}\; \mathrm{E} \big(\hat f(x) - \mathrm{E} \hat f(x)\big)^2 \tag{2.44} $$

# %% [markdown]
# Write $\hat f - f = (\hat f - \mathrm{E}\hat f) + (\mathrm{E}\hat f - f)$ and square: the mixed term has mean 0, and on new noisy targets the variance $\sigma^2$ of the noise comes on top.
#
# $$ \mathrm{E} (\hat f - y)^2 = \text{bias}^2 + \text{variance} + \sigma^2 $$
#
# The last part is **irreducible**: it belongs to the world and not to the model.

# %%
predict("2.e")

# %% [markdown]
# Choose the target *parabola* and go through the degrees; then the sine, which needs a higher one. Then take more data: the variance falls, the bias stays. Remember this when you have to decide between collecting more data and choosing another model.

# %% [markdown]
# Now measure the two parts for a bundle of fits, one row a training set.

# %%
# Exercise 2.14: bias_variance
def bias_variance(predictions, truth):
    """Mean squared distance from the truth, and its parts (2.43), (2.44).

    predictions (R, N): R fits at N places. truth (N,) without noise.
    Returns error, bias2, variance, with error = bias2 + variance.
    """
    ### BEGIN SOLUTION
    center = predictions.mean(axis=0)
    error = np.mean((predictions - truth) ** 2)
    return error, np.mean((center - truth) ** 2), np.mean((predictions - center) ** 2)
    ### END SOLUTION

# %%
check("2.14", bias_variance)

# %%
degrees = np.arange(1, 10)
bias2, variance, error = experiments.parts_by_degree(degrees)
fig, ax = style.figure()
ax.bar(degrees, bias2, color=style.ORANGE, label="bias²")
ax.bar(degrees, variance, bottom=bias2, color=style.BLUE, hatch="//", edgecolor="white", label="variance")
ax.set(xlabel="degree", ylabel="mean squared distance to the truth", ylim=(0, 0.5),
       title=f"Degree 1 is all bias ({bias2[0]:.1f}); from degree 2 on only the variance grows")
ax.legend()
style.show(fig, alt="Bars by degree: a tall bias bar at degree 1, from degree 2 on small variance bars that grow.")

# %% [markdown]
# 300 training sets of 50 points. From degree 2 on the bias is gone and every further coefficient adds about the same variance, roughly $\sigma^2/N$ for each: it buys freedom that the truth does not need. Does the sum rule hold? We measure the error of the same fits on new, noisy points and compare.

# %% tags=["nbval-check-output"]
for k in (0, 1, 8):
    parts = f"{bias2[k]:.2f} + {variance[k]:.2f} + 1"
    print(f"degree {degrees[k]}: {parts} = {bias2[k] + variance[k] + 1:.2f}, measured {error[k]:.2f}")

# %% [markdown]
# The two agree within the uncertainty of the measurement, which is about one percent. Even the best model cannot go below the last of the three numbers.

# %% [markdown]
# ### The smallest possible error
#
# How good can a model be at all? The error of the best conceivable prediction, from these inputs, is the **Bayes error**. For our parabola it is known: an RMSE of 1, the noise. For pictures or patients nobody knows it; the error of careful people, **human-level error**, often serves as an estimate from above. It gives the two gaps a meaning:
#
# - training error minus Bayes error: the avoidable **bias**,
# - validation error minus training error: the **variance**.

# %% [markdown]
# A model with 8 percent errors in training and 10 on validation looks as if it had a bias problem. If people make 7.5 percent errors on the same pictures, it has hardly any, and the larger gap is the other one.
#
# ### Under-fitting and over-fitting
#
# | what you see | name | what helps | what does not |
# |---|---|---|---|
# | training error far above the smallest possible | **under-fitting**, bias | larger model, better features, longer or better training, less penalty | more data of the same kind |
# | validation error far above the training error | **over-fitting**, variance | more data, augmented data, a penalty, early stopping, dropout (chapter 07), a smaller model | longer training |
# | both small, test error larger | validation set used up, or test data of another kind | a new validation set, data like those of the test | |

# %% [markdown]
# One at a time, and the bias first: a model that cannot fit its training set will not do better elsewhere. The second half of this chapter is about penalties and early stopping.
#
# One often reads that a larger model needs more data before it pays. Does it? The next picture trains a small model and a large network on handwritten digits, of which 5 percent carry a wrong label.

# %%
demos.GrowthWithData()

# %% [markdown]
# With a few hundred digits the large network is behind: it has the means to learn the wrong labels by heart, and uses them. With all the data it is ahead, because the same wrong labels are now outvoted. Set all labels right, and it is ahead much earlier; make the small model a network of four hidden units, and it levels off, since it lacks the means to use what more data say. Capacity helps where there is something to learn, and hurts where there is mostly noise.

# %% [markdown]
# ## Twelve statements on fitting and descending
#
# Each of these can be found in print or is the correction of one that can. Which are true?
#
# - **a** The negative gradient points to the nearest minimum.
# - **b** At a saddle the gradient is zero, and some directions lead down.
# - **c** $x^4$ has no single global minimum, because its second derivative is 0 at 0.
# - **d** The mean squared error of a linear model is convex in its weights, so every local minimum is a global one.
# - **e** Gradient descent surely reaches the minimum of a convex cost.
# - **f** A learning rate may be larger than 1.
# - **g** Full-batch descent makes one update an epoch.
# - **h** The optimizer changes the weights at the end of each epoch, whatever the batch size.
# - **i** $N$ draws with replacement show nearly every one of $N$ samples to the model.
# - **j** A decaying learning rate is simulated annealing.
# - **k** The degree of a polynomial may be chosen by the test error, as long as the model is not trained on the test set.
# - **l** When the training error lies far above the smallest possible error, more data of the same kind help little.

# %%
# Exercise 2.15: twelve statements
### BEGIN SOLUTION
answer = dict(a=False, b=True, c=False, d=True, e=False, f=True, g=True, h=False, i=False, j=False, k=False, l=True)
### END SOLUTION

# %%
check("2.15", answer)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The gradient points to steepest ascent at the point; a minimum is rarely straight ahead. A saddle is no minimum. $x^4$ has one minimum, at 0. On a convex quadratic, descent arrives exactly for rates between 0 and $2/\lambda_{\max}$, and where the curvature is small this is more than 1. One update a batch: one an epoch for the full batch, $N$ for single samples. Draws with replacement miss 37 percent. A schedule never accepts a step uphill on purpose. Choosing by the test error makes it a validation error. A training error far above the Bayes error is bias, and data cure variance.
# </details>

# %% [markdown]
# ## Summary

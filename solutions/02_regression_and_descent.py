# %% [markdown]
# # 2 Regression and gradient descent
#
# **Aim.** By the end of this chapter you can fit linear, regularized, logistic and softmax regression, by a formula where there is one and by gradient descent where there is none, and say how far to trust the result.
#
# Run the two cells below, then set the line by hand: drag its two ends, or move the sliders, until the MSE in the caption is as small as you can make it. Then choose *best* in the menu and see how close you came.

# %%
import numpy as np

from course_lib import datasets, gradcheck, models, ops
from course_lib.chapters.ch02_regression_and_descent import experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, predict, style

# %%
demos.LineByHand()

# %% [markdown]
# In the second picture, every line is one point: its intercept and its slope. That point can be dragged too. The best line is the lowest point of that landscape. This chapter is about finding it: first in one leap, by a formula; then step by step downhill, which is how all larger models are trained.

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
# It has a sibling that drops the factor 2 of the gradient, the half squared error $\frac{1}{2N} \sum_i \lVert \hat y_i - y_i \rVert^2$ with the gradient $(\hat y - y)/N$; for one output it is half the MSE. Both are **means**: a cost that is a sum grows with the number of samples, its slopes grow with it, and every step that follows them would be longer for more data.

# %% [markdown]
# The MSE is in squared units. Its root is in the unit of $y$ again and can be read as a typical error:
#
# $$ \mathrm{RMSE} = \sqrt{\frac1n \sum_i (\hat y_i - y_i)^2} \tag{2.1} $$
#
# The two have the same minimum, but they are two numbers, although one printed book gives MSE as the name of the root. The **mean absolute error**, $\mathrm{MAE} = \frac1n \sum_i |\hat y_i - y_i|$, counts a large error once and not squared, so a single wild point moves its best line less. Go back to the first picture and drag its rightmost point upwards, with either cost (the menu is under *More*).

# %% [markdown]
# Now by hand. Four points, their true values and what a line predicts:
#
# | | 1st | 2nd | 3rd | 4th |
# |---|---|---|---|---|
# | truth $y$ | 2 | 5 | 6 | 9 |
# | prediction $\hat y$ | 3 | 4 | 9 | 4 |
#
# Work out the mean of the errors, the MSE, the half squared error, the RMSE and the MAE. Answer with `{"mean_error": ..., "mse": ..., "half_sse": ..., "rmse": ..., "mae": ...}`.

# %%
# Exercise 2.1: five measures by hand
### BEGIN SOLUTION
measures = dict(mean_error=-0.5, mse=9, half_sse=4.5, rmse=3, mae=2.5)
### END SOLUTION

# %%
check("2.1", measures)

# %% [markdown]
# The mean error is the smallest of the five, because errors of opposite sign cancel in it. A mean error of 0 says only that the line is too high by as much, in sum, as it is too low; a horizontal line through the mean of $y$ achieves it too.

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
# $$ \theta = X_1^+\, y \;=\; (X_1^T X_1)^{-1} X_1^T y \tag{2.3} $$
#
# with the pseudo-inverse $X_1^+$ of chapter 01. The right-hand form needs the inverse. $X_1^T X_1$ is always square, but it has no inverse when the columns of $X_1$ depend on each other, for example when a length is given once in meters and once in feet, and always when there are fewer samples than columns. The left-hand form gives an answer even then: of all equally good $\theta$ the shortest.

# %%
# Exercise 2.3: normal_equation
def normal_equation(X, y):
    """Intercept and weights with the smallest mean squared error, equation
    (2.3), also where columns of X depend on each other.

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
# The truth was 5 and 7. The three ways agree to the last digit printed: the normal equation with its inverse, the pseudo-inverse, and the **singular value decomposition** $X_1 = U \Sigma V^T$, which gives $\theta = V \Sigma^{-1} U^T y$. With another random start of the generator the same experiment was printed as 4.808 and 7.127. Both are right, for their draw: with 100 points the **standard errors**, by which an estimate typically differs from draw to draw, are about 0.2 and 0.17.

# %% [markdown]
# Now the patients: the body mass index alone, and then all ten measurements. A score that can be compared between tasks is the share of the variance of $y$ that the model explains,
#
# $$ R^2 = 1 - \frac{\sum_i (\hat y_i - y_i)^2}{\sum_i (y_i - \bar y)^2} \tag{2.4} $$
#
# It is 1 for perfect predictions, 0 for a model that always says the mean, and negative for a worse one.

# %% tags=["nbval-check-output"]
for name, table in (("body mass index", bmi), ("all ten", diabetes.X_train)):
    theta = use("2.3")(table, progress)
    prediction = ops.add_bias_column(table) @ theta
    print(f"{name:>16}: RMSE {ops.rmse(prediction, progress):.1f}, R² {ops.r2_score(prediction, progress):.2f}")
print(f"{'the mean alone':>16}: RMSE {progress.std():.1f}")

# %% [markdown]
# On the patients it was fitted to, one measurement explains a third of the variance, all ten a half. Half of it remains: people differ in more than ten numbers.

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
# How long does the formula take when there are many features? Forming $X^T X$ costs about $N D^2$ multiplications and solving the system about $D^3/3$. Singular values cost several times as much, but where columns nearly depend on each other they lose only half as many digits, because they never form the square $X^T X$. A step of descent, which comes next, costs only $2 N D$. We measure it, with twice as many samples as features.

# %% tags=["measured"]
features = (25, 50, 100, 200, 400)
taken = experiments.solve_times(features)
for name, seconds in taken.items():
    print(f"{name:>21}: {1000 * seconds[-2]:4.1f} ms for 200 features, {1000 * seconds[-1]:4.1f} ms for 400")

# %% tags=["measured"]
fig, ax = style.figure()
figures.curves(ax, {name: 1000 * seconds for name, seconds in taken.items()}, "features D", "milliseconds", x=features,
               loc="upper left")
ax.plot(features, 1e3 * taken["normal equation"][-1] * (np.array(features) / 400) ** 3, color=style.GREY, linewidth=1)
ax.set(xscale="log", yscale="log", title="More features: the curves steepen towards the slope of D³ (thin line)")
ax.set_xticks(features, features)
ax.minorticks_off()
style.show(fig, alt="Time against number of features, both logarithmic: the curves steepen towards the slope of a "
                    "cube.")

# %% [markdown]
# On logarithmic axes a power is a straight line, and its exponent the slope. With $N = 2D$ both $N D^2$ and $D^3$ grow like $D^3$, so twice the features should cost a formula eight times as much, and a step of descent four times. The small sizes hide the law behind the fixed cost of a call, and the large ones add a price when the table outgrows the processor's cache. On the two-core machine on which this page was written the factor from 200 to 400 lies between four and nine.

# %% [markdown]
# For ten features the formula is the method of choice. For a million weights, the number of a small network, $X^T X$ would have $10^{12}$ entries, and a model that is not linear has no formula at all. There we walk.

# %% [markdown]
# ## Walking downhill
#
# You stand on a hillside in fog. You cannot see the valley, but you feel the slope under your feet. What do you do? You take a step downhill and feel again. In one dimension the slope is a number: positive means that the ground rises to the right, so you go left.

# %%
predict("2.a")

# %% [markdown]
# Click anywhere in the first picture, and the path starts there. Look at the length of the steps too. Each is the learning rate times the slope, so steps become shorter by themselves where the ground levels off. With a large rate the path jumps across the minimum, and beyond a certain rate every jump ends higher than it began. Then try the curve with a *shoulder*, where the path stops for a long while although it has not arrived.

# %% [markdown]
# With several weights there is a slope in each direction. Together they are the **gradient** $\nabla J = (\partial J/\partial \theta_0, \dots, \partial J/\partial \theta_D)$. A small step $v$ changes the cost, to first order, by
#
# $$ \Delta J \approx \nabla J \cdot v = |\nabla J|\, |v| \cos\varphi $$
#
# where $\varphi$ is the angle between the two. For a step of given length the cosine decides, and it is smallest, $-1$, straight against the gradient. Of all directions $-\nabla J$ is the one in which the cost falls fastest. With $v = -\eta \nabla J$ and a small **learning rate** $\eta$ the cost changes by about $-\eta\, |\nabla J|^2$, which is never a rise.

# %% [markdown]
# Do one step on paper. The cost is $J(w_1, w_2) = w_1^2 + 4 w_2^2$. Stand at $w = (3, 1)$ and take one step with the rate 0.1. Write down the two slopes `g1`, `g2` at the start, the new point `w1`, `w2`, the change of the cost that the slopes predict, `predicted`, and the true one, `true`: `{"g1": ..., "g2": ..., ...}`.

# %%
# Exercise 2.4: one step by hand
### BEGIN SOLUTION
first_step = dict(g1=6, g2=8, w1=2.4, w2=0.2, predicted=-10, true=-7.08)
### END SOLUTION

# %%
check("2.4", first_step)

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
# $$ \theta \leftarrow \theta - \eta\, \nabla J(\theta) \tag{2.5} $$
#
# The sign is the whole method. (In one set of lesson notes the update is printed with a plus; run as printed, it climbs.)

# %%
# Exercise 2.5: gradient_descent
def gradient_descent(grad, w0, lr, n):
    """n steps of equation (2.5).

    grad : function that gives the gradient (P,) at a point (P,); the check's
    is grad = lambda w: A @ w - b. w0 (P,) the start, which is not changed.
    Returns the path, an array (n + 1, P), start first.
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
# First come the lines of the last steps, and dotted the line at the start, whose ends can be dragged. Then, on a logarithmic axis, how far the cost lies above the smallest cost, which is not zero. It falls fast at first, along the steep direction, and then slowly, along the flat one: two straight pieces with a bend between. Start the run with its player and turn the rate while it goes: the run goes on from where it is. The third picture explains both speeds; we come to it in the next section.

# %% [markdown]
# ### Minima, maxima and saddles
#
# Where the gradient is zero, descent stops. Is that a minimum? The matrix of second derivatives, the **Hessian** $H$, tells. In a direction $v$ of length 1 the cost curves by $v^T H v$, and its eigenvalues are the curvatures along its eigenvectors. If all are positive, the point is a **local minimum**: every way leads up. If all are negative, it is a maximum. If there are both, it is a **saddle**: along some directions up, along others down. A minimum is **global** if no other point of the whole landscape lies lower. In one dimension there is only one direction, and a flat shoulder plays the part of the saddle.

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
# The third one rises along both axes, and still there is a way down between them. With $P$ weights there are $P$ curvatures, and all of them have to be positive for a minimum. Among the flat points of a network with many weights, saddles are therefore expected to be far more common than poor minima.

# %% [markdown]
# ### Convex functions
#
# A function is **convex** if the chord between any two points of its graph never runs below the graph:
#
# $$ f\big(t a + (1-t) b\big) \le t f(a) + (1-t) f(b), \qquad 0 \le t \le 1 $$
#
# Then every local minimum is a global one, and no basin can trap descent. With second derivatives: convex means that no curvature is negative, anywhere. For the MSE of a linear model the Hessian is the same everywhere,
#
# $$ H = \frac2N\, X_1^T X_1 \tag{2.6} $$
#
# and $v^T H v = \frac2N |X_1 v|^2$ is never negative. The landscape is a bowl; with dependent columns it is a valley with a flat floor, but never has a second basin.

# %% [markdown]
# Three sentences from print, set right. "$x^4$ has no single global minimum": it has exactly one, at 0, although its second derivative is 0 there. "The squared error of a network is a bowl": it is a bowl as a function of the outputs, not of the weights; a network with hidden units has many minima, and for each of them equal ones in which hidden units have changed places. "A cost is zero at one point only": the MSE of noisy points is zero nowhere, and does not have to be, nor does the cross-entropy of the second half of this chapter.

# %% [markdown]
# ## How large a step?
#
# Go back to `DescentOnALine` and raise the learning rate slowly, with its slider or by dragging in the third picture. At first every increase helps. Then the path begins to jump, and a little later the cost explodes. Where is the limit, and can one know it before trying?

# %% [markdown]
# Near a minimum look along one eigenvector of $H$, with the curvature $\lambda$. The slope there is $\lambda$ times the distance $d$ from the minimum, so one step turns $d$ into
#
# $$ d - \eta \lambda d = (1 - \eta\lambda)\, d $$

# %% [markdown]
# Each step multiplies the distance by the same factor. It shrinks if $|1 - \eta\lambda| < 1$, that is for $0 < \eta < 2/\lambda$. This must hold for every direction, and the steepest decides:
#
# $$ \eta < \frac{2}{\lambda_{\max}} \tag{2.7} $$
#
# For small rates the flattest direction is the slow one, close to the limit the steepest. The best rate treats the two alike, $1 - \eta\lambda_{\min} = \eta\lambda_{\max} - 1$:
#
# $$ \eta_{\text{fastest}} = \frac{2}{\lambda_{\max} + \lambda_{\min}} \tag{2.8} $$

# %% [markdown]
# Even then a step may leave the share $(\kappa - 1)/(\kappa + 1)$ of the distance, with the **condition number**
#
# $$ \kappa = \frac{\lambda_{\max}}{\lambda_{\min}} \tag{2.9} $$
#
# A round bowl has $\kappa = 1$ and one step suffices. For a long valley the number of steps grows like $\kappa$.

# %%
# Exercise 2.7: step_limits
def step_limits(H):
    """What the curvature says about the rate, equations (2.7) to (2.9).

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
# One percent below, the run arrives; one percent above, it is lost. Two sentences from print are wrong, then: that descent surely reaches the minimum of a convex cost, and that a learning rate lies between 0 and 1. For a quadratic cost it arrives if and only if $0 < \eta < 2/\lambda_{\max}$, and where the curvature is small the rate may well be larger than 1.

# %% [markdown]
# Now choose. How many steps shrink the distance to the minimum to one ten-thousandth, whatever the start is? With the rate 0.1 it takes 299. Find a rate that needs at most 85, in the demo or by (2.8).

# %%
# Exercise 2.8: a rate for the line
### BEGIN SOLUTION
line_rate = 0.38
### END SOLUTION

# %%
check("2.8", line_rate)

# %%
lambdas = experiments.line_limits().eigenvalues
rates = np.linspace(0.02, 0.41, 79)
fig, ax = style.figure()
ax.plot(rates, [experiments.worst_case_steps(rate, lambdas) for rate in rates], color=style.BLUE)
ax.plot(use("2.8"), experiments.worst_case_steps(use("2.8"), lambdas), "D", color=style.GREEN, label="your rate")
ax.set(yscale="log", xlabel="learning rate", ylabel="steps to 1/10,000 of the distance",
       title="Slowly better up to the fastest rate, then a wall")
ax.legend()
style.show(fig, alt="Steps against learning rate: falls from 1500 to 75 near 0.39, then rises steeply at the limit.")

# %% [markdown]
# The curve is not symmetric. Too small a rate costs some patience; too large a rate costs everything. When nothing is known about the curvature, come from below.

# %%
predict("2.b")

# %% [markdown]
# The ellipses are lines of equal cost; their axes are proportional to $1/\sqrt{\lambda}$. In a long valley the path zig-zags: the gradient is perpendicular to the ellipse, so it points across the valley and hardly along it. Turning the valley (drag the end of the dotted line) changes nothing; the eigenvalues do not care about the axes. The start matters: click on the dotted line, and the zig-zag is gone.

# %% [markdown]
# ### A live figure of your own
#
# The live figures of this course are functions of a few numbers. Here is one that is built in the notebook: a function that takes the learning rate, runs *your* descent and returns what is to be drawn, and a slider of `ipywidgets`. The slider is logarithmic, since rates differ by factors.

# %%
from ipywidgets import FloatLogSlider

from course_lib.viz import live

X_line, y_line = X1, y  # names of their own: later cells call other data X1 and y


def cost_curve(lr):
    slope = lambda theta: ops.mse_gradient(X_line, y_line, theta)
    path = use("2.5")(slope, np.zeros(2), lr, 60)
    cost = np.mean((path @ X_line.T - y_line) ** 2, axis=1)
    return [live.Line(0, np.arange(61), cost, label="MSE")], f"Rate {lr:.3g}: MSE {cost[-1]:.3g} after 60 steps."

live.interact(cost_curve, lr=FloatLogSlider(0.01, min=-3, max=-0.35, step=0.01, description="Learning rate"),
              panels=[("One run", "step", "mean squared error", (0, 60), (0, 200))], title="A learning rate and its cost",
              alt="Mean squared error against the step, for the learning rate that the slider sets.")

# %% [markdown]
# Raise the rate from its lower end. The curve falls faster and faster, until at $1/\lambda_{\max}$ the steep direction is done in a single step. From there on the fall becomes slower again, since every step jumps across the valley, and beyond $2/\lambda_{\max}$ the curve climbs. Change the function: draw a second `live.Line` for another start, or the intercept in place of the cost. The cell is the whole figure.

# %% [markdown]
# ### Scaling the features
#
# Where do long valleys come from? Mostly from units. In the diabetes table age runs up to 79, and cholesterol up to 300, and one column has values between 3 and 6. **Standardize** the columns: subtract the mean and divide by the standard deviation, both of the training rows (chapter 01).

# %% tags=["nbval-check-output"]
for name, limits in experiments.diabetes_conditions().items():
    steps = experiments.worst_case_steps(limits.fastest, limits.eigenvalues)
    print(f"{name:>12}: limit {limits.limit:.2g}, condition number {limits.condition:.2g}, steps {steps:.2g}")

# %% [markdown]
# From 240 million steps to 2400, and from a rate of 0.000014 to 0.24, by a change of units. The condition number of 515 that is left comes from columns that depend on each other, such as total cholesterol and its parts; no scaling of single columns removes it. Standardization costs one line and belongs before every descent.

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
# Three names: **batch** descent uses all $N$ samples in each update, **stochastic** descent one, **mini-batch** descent $m$ of them, usually 32 to 512. The mean over $m$ samples scatters $\sqrt m$ times less than one sample does. A batch of 64 takes a wide network of this course only about one and a half times as long as a single sample, since a product of matrices uses the processor better than many small ones, so mini-batches get most of both worlds; up to about 2000 samples, plain batch descent is fine.

# %% [markdown]
# ### Epochs, batches, updates
#
# One pass through all samples is an **epoch**. The samples are shuffled, the shuffled row is cut into pieces of $m$, and each piece gives one **update** (also called an iteration):
#
# $$ \text{updates an epoch} = \lceil N/m \rceil \tag{2.10} $$
#
# The brackets round up, since the last piece may be smaller. Ten samples in pieces of 2, for 4 epochs: 20 updates. 60,000 images in pieces of 128: 469 updates an epoch, the last with 96 images.

# %% [markdown]
# Here print is full of slips. The batch size is the number of samples in one update, not "per epoch". The weights change after every batch, not "at the end of each epoch". Full-batch descent makes one update an epoch, not one after every example; stochastic descent makes $N$. And a count exposes slips of the clock: one book reports 10 to 15 "seconds" for 47,000 updates of a network, at most 0.3 milliseconds each. Its program prints seconds below one minute and minutes above.

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
    print(f"{n:6} in pieces of {size:3}: {len(pieces):3} updates, the last of {len(pieces[-1]):3}; {seen} seen")

# %%
predict("2.c")

# %% [markdown]
# Now choose *all three* paths over the same landscape; a click starts them elsewhere. Batch descent glides, stochastic descent staggers, mini-batch descent is in between. Count in epochs and the order is reversed: after one epoch the stochastic path has made 100 steps and is near the minimum, while the batch path has made one. Later the picture turns. At a constant rate the staggering path never settles.

# %% [markdown]
# Raise the constant rate to 0.3: the batch path is still stable, since 0.3 is below 0.414, but a single sample with a large $x$ is steeper than the mean of all, and the stochastic path is thrown about.

# %% [markdown]
# ### A rate that falls
#
# Large steps at first, to get near; small ones later, to settle. A **schedule** gives every update its own rate, for example
#
# $$ \eta(t) = \frac{t_0}{t + t_1}, \qquad t = 0, 1, 2, \dots \tag{2.11} $$
#
# With $t_0 = 5$ and $t_1 = 50$ the rate starts at 0.1 and after 5000 updates it is 0.001. Note what $t$ counts: updates, over all epochs, not epochs. (Other schedules halve the rate at fixed epochs, or let it fall exponentially. A falling rate is sometimes called simulated annealing. It is only an analogy: annealing accepts steps uphill on purpose, with a probability that falls.)

# %% [markdown]
# Why like $1/t$? Two sums decide. The sum of all rates must have no limit, so that the path can get to the minimum from any start; the sum of their squares must have one, so that the noise dies out. $t_0/(t + t_1)$ does both. Still it can fall too fast in practice: look at the preset of that name in the picture above.

# %% [markdown]
# An update of mini-batch descent with the batch $B$ of $m$ samples:
#
# $$ \theta \leftarrow \theta - \eta(t)\; \frac2m \sum_{i \in B} (\theta^T x_i - y_i)\, x_i \tag{2.12} $$
#
# This is gradient (2.2), for the rows of the batch only. With $m = N$ it is batch descent, with $m = 1$ stochastic descent.

# %%
# Exercise 2.11: stochastic_descent
def stochastic_descent(X, y, theta0, t0, t1, order, size):
    """Mini-batch descent (2.12) with the schedule (2.11).

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
# All 200 distances at once, on a logarithmic axis; the width of a shape says how many runs ended there:

# %%
fig, ax = style.figure(width=5.6)
figures.violins(ax, {name: np.linalg.norm(experiments.stochastic_line(replacement) - best, axis=1)
                     for name, replacement in (("with replacement", True), ("shuffled", False))},
                "how the samples were drawn", "distance to the best line", log=True)
ax.set_title("200 runs: shuffling ends ten times closer")
style.show(fig, alt="Distances to the best line of 200 runs on a logarithmic axis, as two violins: about 0.04 with "
                    "replacement, about 0.003 shuffled.")

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
# $$ (x,\; x^2,\; \dots,\; x^d) \tag{2.13} $$
#
# and the same formula fits a polynomial of degree $d$.

# %% tags=["nbval-check-output"]
x, z = datasets.noisy_parabola(100, rng=0)
theta = use("2.3")(ops.polynomial(x, 2), z)
_, error = experiments.parabola_fit()
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
# Take hold of the point with the ring in the second picture and drag it through the degrees. The training error only falls, so it cannot tell you when to stop. The error on points that were not used, the validation error, has the shape of a U.

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
# The training error flatters. To know how a model does on new data, keep some data away from it. One such set is not enough, because we use it twice: to choose a model and to report its error. The **training set** fits the weights. The **validation set** chooses between models, for example between degrees. The **test set** is opened once, at the end, and gives the number to report. If you choose by the test set, the best of fifteen test errors is also the luckiest, and the report is too good; many published comparisons have this flaw. Setting part of the data aside is called **hold-out**.

# %% [markdown]
# ### Learning curves
#
# How much data is enough? Train on the first 5, 10, 20, ... samples and draw both errors, on the samples used and on the validation set, against the number of samples. The fit is yours: `ops.polynomial` for the columns, `ops.normal_equation` for the weights.

# %%
# Exercise 2.12: learning_curve
def learning_curve(x, y, x_val, y_val, degree, sizes):
    """RMSE of a polynomial fitted to the first n points, for each n in
    sizes: on these n points, and on all validation points.

    x, y (N,), x_val, y_val (M,), sizes (S,). Returns two arrays, each (S,).
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
style.show(fig, alt="Learning curves. Degree 1: both errors approach 1.8. Degree 10: far apart, closing with more "
                    "points.")

# %% [markdown]
# One split is one draw. Here are the medians over 20 random splits into 80 and 20 points, trained on 20 and on all 80 of them:

# %% tags=["nbval-check-output"]
for degree in (1, 2, 10):
    train, validation = experiments.parabola_curves(degree, [20, 80])
    print(f"degree {degree:2}: RMSE training {train.round(2)}, validation {validation.round(2)}")

# %% [markdown]
# The same for every number of points. The line is the median, the band holds the middle 80 percent of the splits:

# %%
fig, axes = style.figure(1, 2, width=8.4)
for ax, degree, title in zip(axes, (1, 10), ("Degree 1: both end near 1.7", "Degree 10: a gap that closes with more")):
    train, validation = experiments.parabola_runs(degree, sizes)
    figures.bands(ax, {"training": (sizes, train), "validation": (sizes, validation)}, "training points", "RMSE", loc="upper right")
    ax.set(ylim=(0, 3), title=title)
style.show(fig, alt="Medians of training and validation error over 20 splits, with bands for the middle 80 percent. Degree 1: "
                    "both near 1.7. Degree 10: a gap round 1 that closes with more points.")

# %%
predict("2.f")

# %% [markdown]
# Drag the point with the ring in the second picture, from 2 points to 2000. The noise has a standard deviation of 1, and no model can do better than that on new points in the long run. Degree 1 stays near 1.7 on both sets: the two curves have met, high up, and more points cannot bend a line. Degree 10 is below the noise on the points it has seen and above it on the others: the gap is what it has learned from the noise. It closes with more points.

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
# Degrees 2 and 3 are hardly different. In such a case take the simpler model. The parts themselves differ by much more, but all degrees were tried on the same parts, so compare them part by part. The library has the same for all its models: `models.k_fold` makes the parts, `models.cross_validate` scores them.

# %% [markdown]
# The patients, at last. We choose by cross-validation on the training set and open the test set once.

# %% tags=["nbval-check-output"]
folds = np.random.default_rng(0).permutation(np.arange(353) % 5)
table = diabetes.X_train
ten = use("2.13")(table, progress, folds)
twenty = use("2.13")(np.hstack([table, table**2]), progress, folds)
print(f"ten columns: {ten.mean():.1f}, parts from {ten.min():.1f} to {ten.max():.1f}")
print(f"their squares too: {twenty.mean():.1f}; gain part by part", (ten - twenty).round(1))
model = models.LinearRegression().fit(table, progress)
print(f"ten columns on the test set: RMSE {ops.rmse(model.predict(diabetes.X_test), diabetes.y_test):.1f}, "
      f"R² {model.score(diabetes.X_test, diabetes.y_test):.2f}")

# %% [markdown]
# Four of five parts gain by the squares, none by more than 1.4: too little to double the number of weights. The test error, 58.4, is larger than the mean of the parts and still within their range; on 89 patients that is nothing unusual. What would be wrong is to go back now and look for a model with a better test error.
#
# ### Bias and variance
#
# Why is the validation error U-shaped? Imagine many training sets of the same size, each drawn anew, and a fit to each of them. Two things can be wrong with such a bundle of curves. Their **mean** may differ from the truth: the model is too stiff, whatever the data say. Or the curves may differ **from each other**: the model listens to the noise. With $f$ the truth, $\hat f$ a fit, and E the mean over training sets,
#
# $$ \text{bias}^2 = \underset{x}{\text{mean}}\; \big(\mathrm{E} \hat f(x) - f(x)\big)^2 \tag{2.14} $$
#
# $$ \text{variance} = \underset{x}{\text{mean}}\; \mathrm{E} \big(\hat f(x) - \mathrm{E} \hat f(x)\big)^2 \tag{2.15} $$

# %% [markdown]
# Write $\hat f - f = (\hat f - \mathrm{E}\hat f) + (\mathrm{E}\hat f - f)$ and square: the mixed term has mean 0, and on new noisy targets the variance $\sigma^2$ of the noise comes on top.
#
# $$ \mathrm{E} (\hat f - y)^2 = \text{bias}^2 + \text{variance} + \sigma^2 $$
#
# The last part is **irreducible**: it belongs to the world and not to the model.

# %%
predict("2.e")

# %% [markdown]
# Choose the true curve *parabola* and drag the point with the ring through the degrees; then the sine, which needs a higher one. Then take more data: the variance falls, the bias stays. Remember this when you have to decide between collecting more data and choosing another model.

# %% [markdown]
# Now measure the two parts for a bundle of fits, one row a training set.

# %%
# Exercise 2.14: bias_variance
def bias_variance(predictions, truth):
    """Mean squared distance from the truth, and its parts (2.14), (2.15).

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
# How good can a model be at all? The error of the best conceivable prediction, from these inputs, is the **Bayes error**. For our parabola it is known: an RMSE of 1, the noise. For pictures or patients nobody knows it; the error of careful people, **human-level error**, often serves as an estimate from above. Two gaps can then be read as signs:
#
# - training error minus Bayes error: a sign of **bias**, the part that can be avoided,
# - validation error minus training error: a sign of **variance**.
#
# These are rules of thumb. They are not the quantities of (2.14) and (2.15), and an over-fitted model can even fall below the Bayes error in training, as degree 10 did above.

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
# One often reads that a larger model needs more data before it pays. Does it? The next picture fits a polynomial of degree 3 and one of degree 9 to more and more points of the wave, twenty training sets of each size, and measures how far the fits lie from the true curve.

# %%
demos.GrowthWithData()

# %% [markdown]
# Drag the point with the ring in the second picture. With 16 points the large model is behind, at a distance of 2.82 where the small one has 0.80: it has the means to follow the noise, and uses them. From 25 points on it is ahead, since the noise of many points cancels; with 1000 points it is 7.5 times as near. The small model stays where it is, because a cubic cannot bend like the wave, whatever the points say. With twice the noise the large model needs 63 points to be ahead. Where the truth is a parabola and the small model has degree 2, it never is. Capacity helps where there is something to learn, and hurts where there is mostly noise.

# %% [markdown]
# ## Statements on fitting and descending
#
# Each of these can be found in print, some in other numbers, or is the correction of one that can. Which are true? Answer with `dict(a=..., b=..., ...)`, each `True` or `False`.
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
# - **m** Three epochs on 1000 samples in batches of 64 are 45 updates.
# - **n** A training error of 0, reached with as many weights as points, proves nothing.
# - **o** Training error 8 percent, validation error 10, people 7.5: more data promise more than a larger model.
# - **p** The squared error of a network with hidden units is a bowl over its weights.
# - **q** As long as the cost has not reached 0, it has not reached its minimum.

# %%
# Exercise 2.15: statements on fitting
### BEGIN SOLUTION
judged = dict.fromkeys("abcdefghijklmnopq", False) | dict.fromkeys("bdfglno", True)
### END SOLUTION

# %%
check("2.15", judged)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The gradient points to steepest ascent at the point; a minimum is rarely straight ahead. A saddle is no minimum. $x^4$ has one minimum, at 0. On a convex quadratic, descent arrives exactly for rates between 0 and $2/\lambda_{\max}$, and where the curvature is small this is more than 1. One update a batch: one an epoch for the full batch, $N$ for single samples. Draws with replacement miss 37 percent. A schedule never accepts a step uphill on purpose. Choosing by the test error makes it a validation error. A training error far above the Bayes error is bias, and data cure variance; of the gaps 0.5 and 2 the second, variance, is the larger. 1000 samples make 16 batches of 64, the last with 40, so three epochs are 48 updates. As many weights as points pass through any points, even noise. Hidden units that change places leave the error of a network as it is, so its minima are many; and between noisy points the lowest cost lies above 0.
# </details>

# %% [markdown]
# ## Paying for large coefficients
#
# Back to the ten measurements of the patients. Two of them are total cholesterol (`tc`) and low-density cholesterol (`ldl`), and they nearly say the same thing. What does least squares make of such a pair?

# %% tags=["nbval-check-output"]
patients = datasets.diabetes()
X, X_test = datasets.standardize(patients.X_train, patients.X_test)
y, y_test = patients.y_train, patients.y_test
theta = ops.normal_equation(X, y)
for name, weight in zip(datasets.DIABETES_FEATURES, theta[1:]):
    print(f"{name:>4} {weight:6.1f}")
print(f"correlation of tc and ldl {np.corrcoef(X[:, 4], X[:, 5])[0, 1]:.2f}")

# %% [markdown]
# Four of the features, each against each other:

# %%
four = {name: X[:, datasets.DIABETES_FEATURES.index(name)] for name in ("bmi", "tc", "ldl", "hdl")}
style.show(figures.pairs(four, "tc and ldl rise together, the other pairs are loose clouds"),
           alt="Four standardized features against each other: tc and ldl lie along a diagonal, every other pair is a wide "
               "cloud.")

# %% [markdown]
# The features are standardized, so the weights can be compared. Those of `tc` and `ldl` are among the largest, and they pull against each other: 33 down, 16 up. Since the two columns move together, a large weight on one can be paid back on the other, and the squared error hardly notices. On the next 353 patients the two weights would come out quite differently. This is variance, and large coefficients are its mark.

# %% [markdown]
# The remedy is a price on size. What is minimized is then a sum of two parts, fit and complexity. The price of one sample's error is its **loss**; the **cost** is the mean loss plus the penalty. Without a penalty the two words are often exchanged, here too.

# %% [markdown]
# ### Ridge regression
#
# **Ridge regression** charges for the squares of the weights:
#
# $$ J = \frac1N \lVert X_1\theta - y\rVert^2 + \frac{\alpha}{2} \sum_{i \ge 1} \theta_i^2 \tag{2.16} $$
#
# The sum begins at $i = 1$. The intercept $\theta_0$ is free: it carries the mean of $y$, and moving all targets up by 100 should move all predictions up by 100 and change nothing else. One printed book lets the sum begin at 0; then the predictions are pulled toward zero.

# %% [markdown]
# At the minimum the gradient is zero: $\frac2N X_1^T(X_1\theta - y) + \alpha A\theta = 0$, where $A$ is the identity matrix with a 0 in its first place. Multiplied by $N/2$ and solved for $\theta$,
#
# $$ \theta = \Big(X_1^T X_1 + \frac{N\alpha}{2} A\Big)^{-1} X_1^T y . \tag{2.17} $$
#
# Mind the factor $N/2$. The data term is a mean, so the penalty weighs the same however many patients there are. For $\alpha > 0$ the matrix can be inverted even when columns depend on each other: the name comes from the ridge that $A$ puts on the diagonal.

# %%
# Exercise 2.16: ridge
def ridge(X, y, alpha):
    """Minimum of cost (2.16) by equation (2.17).

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
parts = models.k_fold(len(y), 5, rng=0)
for alpha in (0.01, 0.1, 1.0, 10.0):
    theta = use("2.16")(X, y, alpha)
    errors = [ops.rmse(ops.add_bias_column(X[held]) @ use("2.16")(X[kept], y[kept], alpha), y[held])
              for kept, held in parts]
    print(f"alpha {alpha:5}: tc {theta[5]:6.1f}  ldl {theta[6]:6.1f}  bmi {theta[3]:5.1f}  "
          f"held-out RMSE {np.mean(errors):.1f}")

# %% [markdown]
# With $\alpha = 0.01$ the quarrel between `tc` and `ldl` is much smaller, with $0.1$ it is over, while the weight of the body mass index has barely moved. The error on held-out parts (cross-validation, five parts; the scaling has seen all of them, a small leak that a pipeline will close at the end of this chapter) is nearly the same for all but the largest, 54.6 without a penalty: on 353 patients and ten features variance is no great danger, and the gain is that the weights can be read. At $\alpha = 10$ the model is bent so far towards the mean that it under-fits.

# %% [markdown]
# Which directions are shrunk most? The singular values of the centered data say it. With $X - \bar x = U \operatorname{diag}(s)\, V^T$ and $\tilde y = y - \bar y$,
#
# $$ w = V \operatorname{diag}\!\Big(\frac{s_i}{s_i^2 + N\alpha/2}\Big) U^T \tilde y . \tag{2.18} $$
#
# Without the penalty the factor is $1/s_i$, huge where $s_i$ is small. The direction "`tc` up, `ldl` down" hardly occurs among the patients, its $s_i$ is small, and it is there that ridge saves. One decomposition serves for all $\alpha$, so a whole path of solutions costs no more than one.

# %% [markdown]
# ### Which closed form belongs to which cost?
#
# Books write the cost in several ways and the solution in one. All four costs below have a minimum of the form $(X_1^T X_1 + c A)^{-1} X_1^T y$; they differ in the number $c$. Here $\mathrm{SSE} = \lVert X_1\theta - y\rVert^2$ and $R = \sum_{i\ge1}\theta_i^2$. Take $N = 50$ rows and $\alpha = 4$.
#
# | | cost |
# |---|---|
# | $J_1$ | $\frac1N \mathrm{SSE} + \frac\alpha2 R$ |
# | $J_2$ | $\mathrm{SSE} + \alpha R$ |
# | $J_3$ | $\mathrm{SSE} + \frac\alpha2 R$ |
# | $J_4$ | $\frac1{2N} \mathrm{SSE} + \frac\alpha2 R$ |
#
# Write down $c$ for each, as `{"J1": ..., "J2": ..., "J3": ..., "J4": ...}`.

# %%
# Exercise 2.17: which closed form
### BEGIN SOLUTION
c = {"J1": 100, "J2": 4, "J3": 2, "J4": 200}
### END SOLUTION

# %%
check("2.17", c)

# %% tags=["nbval-check-output"]
for price, cost in experiments.ridge_two_forms(alpha=10.0).items():
    print(f"(X^T X + c A)^-1 X^T y with c = {price:>11}: cost (2.16) {cost:.1f}")

# %% [markdown]
# One report prints cost $J_1$ and the closed form of cost $J_2$. On a noisy line with 100 points and $\alpha = 10$ that is no detail: the printed solution has a cost of 150 where 17 is possible. Nothing fails and no message appears. Put the gradient of *your* cost at *your* solution into a print, and the slip shows at once.

# %% [markdown]
# ### The lasso
#
# Ridge makes weights small, never zero. Often one wishes for the opposite: few features that matter, all others gone. First your guess:

# %%
predict("2.g")

# %% [markdown]
# First are the contours of the squared error over two weights, and the set of weights that a given penalty allows: a circle for ridge, a diamond for the lasso. The solution is the first contour that touches the set. A circle is touched at some generic place; a diamond sticks out its corners, and at a corner one weight is exactly zero. The second picture is the same two weights as the penalty grows: drag the point with the ring, or the solution in the first picture along its path. The picture counts the progression in standard deviations, 77 points each; in points, as in the cells below, the $\alpha$ of the lasso is 77 times as large, 20 for 0.26 here, while that of ridge stays.

# %% [markdown]
# **Explain.** Choose the pair `tc, ldl` in the menu. The contours are long and narrow. Why does ridge pull the two weights together first, long before they are small?
#
# <details><summary>Answer</summary>
# The two columns are nearly equal, so the error hardly changes along the valley where the sum of the two weights is kept. Moving along it towards equal weights lowers the sum of squares at almost no cost. Only then does shrinking begin to hurt.
# </details>

# %% [markdown]
# The **lasso** charges for absolute values, $J = \frac1N\lVert Xw + b - y\rVert^2 + \alpha\sum_i |w_i|$. The absolute value has a kink at 0 and no closed form for the minimum, but for a single weight there is one. To minimize $\frac12(w - z)^2 + t\,|w|$, move $z$ towards zero by $t$, but not past it:
#
# $$ S(z, t) = \operatorname{sign}(z)\, \max(|z| - t,\, 0) \tag{2.19} $$

# %%
# Exercise 2.18: soft_threshold
def soft_threshold(z, t):
    """Equation (2.19) for every entry of z, an array or one number; t >= 0."""
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
# This is called a **proximal** step. For $\eta \le 1/\lambda_{\max}$ every step lowers the cost. In the exercise the columns of $X$ and $y$ are centered, so there is no intercept.

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
    score = models.cross_validate(models.Lasso(alpha), X, y).mean()
    print(f"alpha {alpha:2}: held-out R² {score:5.2f}, keeps {' '.join(kept)}")

# %% [markdown]
# The lasso introduces the features one after the other: first `ltg` (a blood value related to triglycerides), then body mass index and blood pressure, then `hdl`. Four of the ten measurements, $\alpha = 20$, predict the held-out parts nearly as well as all ten do (0.47 without a penalty), and at $\alpha = 5$ seven do it a little better. From a certain penalty on no weight is left at all,
#
# $$ \alpha_{\max} = \max_j \frac2N \big|x_j \cdot (y - \bar y)\big| \,/\, r , \tag{2.20} $$
#
# with centered columns $x_j$ and $r = 1$ for the lasso. Here it is 91.3; it makes a good upper end for a search.

# %% [markdown]
# ### Elastic net, one coordinate at a time
#
# Of two nearly equal columns the lasso picks one, and which one is a matter of chance; ridge shares the weight out. The **elastic net** charges both ways, with a share $r$ between 0 (ridge) and 1 (lasso):
#
# $$ J = \frac1N \lVert Xw + b - y\rVert^2 + r\alpha \sum_i |w_i| + \frac{(1-r)\alpha}{2} \sum_i w_i^2 \tag{2.21} $$

# %% [markdown]
# The quickest way to its minimum is **coordinate descent**: hold all weights but one, put this one at its exact minimum, go to the next, round and round. With centered columns,
#
# $$ w_j \leftarrow \frac{S\big(\frac2N\, x_j \cdot (y - \sum_{k \ne j} x_k w_k),\; r\alpha\big)}{\frac2N \lVert x_j\rVert^2 + (1-r)\alpha} . \tag{2.22} $$
#
# In words: what do the *other* columns leave unexplained, and how much of it can column $j$ explain?

# %%
# Exercise 2.20: coordinate_step
def coordinate_step(X, y, w, j, alpha, r):
    """The new weight of column j by equation (2.22).

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
titles = ("Ridge: small, never zero", "Elastic net, r = 0.5", "Lasso: one after the other")
for ax, r, title in zip(axes, (0.0, 0.5, 1.0), titles):
    coefs = ops.elastic_net_path(X, y, alphas, r).coefs
    for j, name in enumerate(datasets.DIABETES_FEATURES):
        ax.plot(alphas, coefs[:, j], color=style.PALETTE[j % 8], linestyle=style.DASHES[j // 4], label=name)
    ax.set(xscale="log", xlabel="penalty α (large: simple model)", ylabel="weight", title=title, ylim=(-35, 40))
axes[2].legend(bbox_to_anchor=(1.02, 1), loc="upper left")
style.show(fig, alt="Weights of ten features against the penalty for ridge, elastic net and lasso. Ridge curves "
                    "fade smoothly, lasso curves reach zero one after the other.")

# %% [markdown]
# Read each panel from right to left, from the simplest model to the fullest. All three come near least squares on the far left, where `tc` and `ldl` fly apart. In the lasso panel `hdl` enters early and *leaves* again when `tc` takes over its part: weights depend on who else is in the model, and a weight of zero does not mean that a measurement is without meaning.

# %% [markdown]
# ### Stopping early
#
# There is a penalty that appears in no formula. Descent starts at $w = 0$ and takes many small steps; stop it before it arrives, and the weights are still small. When to stop? Data that descent does not see can tell.

# %%
predict("2.h")

# %% [markdown]
# Drag the line *stop*, where patience ends. With little of it the run ends at the first bump of the validation error; with much, it wastes epochs but loses nothing, since the best weights are kept. The third curve, of test points that were used for nothing, follows the validation curve without being equal to it.

# %% [markdown]
# With validation data at hand, **early stopping** keeps the weights of the best epoch so far and gives up after `patience` epochs without a new best:
#
# $$ \text{best} = \arg\min_{e \,\le\, \text{stop}}\; \text{val\_loss}_e \tag{2.23} $$

# %% [markdown]
# Two things must not be mixed up. The run *ends* at epoch `stop`; its result is the weights of epoch `best`, `patience` epochs earlier if patience ran out. A run that stops early and returns its last weights has thrown away what it looked for.

# %% [markdown]
# The function below is meant to do this. It raises no error and reports the right epoch. The weights it returns are not those of the best epoch, although a line seems to keep them. Find the fault and mend it.

# %%
# Exercise 2.21: fit_with_patience
def fit_with_patience(X, y, X_val, y_val, w0, lr, epochs, patience):
    """Descent on the mean squared error with early stopping (2.23).

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
fig, axes = style.figure(1, 2, width=10)
for j in range(10):
    look = {"color": style.PALETTE[j % 8], "linestyle": style.DASHES[j // 4], "label": datasets.DIABETES_FEATURES[j]}
    axes[0].plot(steps, run.path_[steps, j + 1], **look)
    axes[1].plot(1 / (lr * steps), ops.ridge_path(X, y, 1 / (lr * steps)).coefs[:, j], **look)
axes[0].set(xscale="log", xlabel="steps of descent", ylabel="weight", title="Stopping after n steps ...")
axes[1].set(xscale="log", xlabel="penalty α, large on the left", ylabel="weight", title="... is much like ridge with α = 1/(lr n)")
axes[1].invert_xaxis()
axes[1].legend(bbox_to_anchor=(1.02, 1), loc="upper left")
style.show(fig, alt="Weights along descent from zero and along the ridge path, side by side: nearly the same curves.")

# %% [markdown]
# The geometry is that of ridge too. Here are two of the ten measurements, `hdl` and `tch`, which are correlated, and both ways over the contours of the squared error.

# %%
stopped, penalized, (w1, w2, cost) = experiments.stopped_and_ridge()
fig, ax = style.figure(width=5.6, height=4.0)
ax.contour(w1, w2, cost, levels=cost.min() + np.geomspace(2, 2000, 12), colors=style.GREY, linewidths=0.8)
ax.plot(*stopped.T, "o-", color=style.BLUE, markersize=3, label="descent, a dot a step")
ax.plot(*penalized.T, color=style.ORANGE, linestyle="dashed", label="ridge, penalty falling")
ax.set(xlabel="weight of hdl", ylabel="weight of tch", title="Two ways out of zero: across the valley first, then along it")
ax.legend(loc="lower left")
style.show(fig, alt="Contours of the squared error over two weights; the paths of descent and of ridge from zero to the "
                    "minimum lie close to each other.")

# %% [markdown]
# Few steps keep the weights near the start, as a penalty does, and both ways first fit what the data say clearly. What is different is the price. One run passes through all "penalties" on its way, and the validation data choose among them.
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
# At degree 90 seven of twelve draws blow up. Even standardized, $x^{90}$ is nearly 0 for all points but the outermost, where it is some seven standard deviations large, and dozens of other high powers with it. A step on one point $x$ multiplies its own error by $1 - 2\eta\lVert x\rVert^2$, where $\lVert x \rVert^2$ counts all columns; for the outermost point of the draw printed above the rate must stay below 0.00035, and 0.0005 is above it. What early stopping then "finds" is the last moment before the explosion, epoch 0 in four draws, with an error of about 4 where the noise alone has 1. That is no regularization but luck.

# %% [markdown]
# At degree 15 the same rate is more than ten times below the limit. All draws stay finite, the best epoch varies between 25 and 870 with the draw, and the errors lie near 1. A single run, with its single best epoch, would have told none of this.

# %% [markdown]
# ## Where does the square come from?
#
# We have squared errors for a whole chapter without asking why. Why not the absolute error, or the fourth power? The answer comes from a question about chance: under which parameters would the data that we have seen have been most likely?
#
# The **normal** or **Gaussian density** with mean $\mu$ and standard deviation $\sigma$ is
#
# $$ p(x) = \frac{1}{\sigma\sqrt{2\pi}}\, e^{-(x - \mu)^2 / (2\sigma^2)} . \tag{2.24} $$

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
# $$ \ln L = -\frac N2 \ln(2\pi) - N \ln\sigma - \sum_i \frac{(x_i - \mu)^2}{2\sigma^2} . \tag{2.25} $$

# %% [markdown]
# Both signs matter. Points far from $\mu$ make the log-likelihood smaller; one book prints the last term with a plus. And it is the *likelihood* that is made large, or the NLL small. "Maximize the negative log-likelihood", also in print, finds the worst parameters.

# %% [markdown]
# The two best parameters can be computed. The derivative of (2.25) with respect to $\mu$ is $\sum_i (x_i - \mu)/\sigma^2$, zero at the mean. The derivative with respect to $\sigma$ is $-N/\sigma + \sum_i (x_i - \mu)^2/\sigma^3$, zero at the root mean squared distance:
#
# $$ \mu = \frac1N \sum_i x_i \tag{2.26} $$
# $$ \sigma^2 = \frac1N \sum_i (x_i - \mu)^2 \tag{2.27} $$

# %% [markdown]
# The divisor is $N$. On average over many samples this variance is too small by the factor $(N-1)/N$, since the distances are measured from the sample's own mean; the divisor $N - 1$ corrects for that. Most likely and right on average are different wishes.
#
# By hand: which mean and which variance make the four points $-3, -0.7, 2, 3$ most likely? Answer with `{"mu": ..., "variance": ...}`, three decimals.

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
# Look for the highest likelihood by hand, by dragging the mean and the width of the curve or the mark in the second picture, before you choose *outlier, most likely curve*. There is the landscape of (2.25): one hill, steep toward small $\sigma$ and gentle toward large. Too narrow a curve is punished at once by the farthest point; too wide a one costs every point a little.
#
# The function behind the caption is yours to write. It must work for thousands of points, where the product of densities is 0 in floating point.

# %%
# Exercise 2.23: gaussian_log_likelihood
def gaussian_log_likelihood(x, mu, sigma):
    """ln L of equation (2.25); x (N,), mu and sigma > 0 numbers.

    Finite for thousands of points, and for points far from mu.
    Returns a number.
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
    print(f"NLL {nll:.2f}, by (2.25): {-use('2.23')(y, y + error, 1 / np.sqrt(beta)):.2f}")

# %% [markdown]
# The middle line, $1/\beta$ equal to the mean squared error, is the lowest. In the same language a ridge penalty says that small weights were thought likely before any data came, with a normal density round zero, and the lasso the same with the sharper density $e^{-|w|/s}$.

# %% [markdown]
# ## Measuring surprise
#
# For classes there is no distance between prediction and truth. What does a model owe us when it says "rain, 70 percent", and it stays dry? The natural price of an outcome with probability $q$ is its **surprise**, $-\ln q$: nothing for a sure thing, more and more for what was held impossible, and the surprises of independent events add up.
#
# The mean surprise of somebody who knows the true distribution $p$ is its **entropy**, $H(p) = -\sum_k p_k \ln p_k$, with $0 \ln 0 = 0$, the limit. It is never negative, zero for a sure outcome, and at most $\ln C$ for $C$ outcomes, when all are equally likely. For a yes with probability $p$,
#
# $$ H(p) = -p \ln p - (1 - p)\ln(1 - p) . \tag{2.28} $$

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
# $$ H(p, q) = -\sum_k p_k \ln q_k = H(p) + \mathrm{KL}(p, q) . \tag{2.29} $$

# %% [markdown]
# The second part, $\mathrm{KL}(p, q) = \sum_k p_k \ln(p_k/q_k)$, is the **Kullback-Leibler divergence**: the surprise that the wrong belief adds to what chance demands anyway. It is never negative, and zero for $q = p$ only. When $p$ is a label, all on one class, $H(p) = 0$ and cross-entropy and divergence are the same number.

# %%
predict("2.j")

# %% [markdown]
# The bars can be dragged. Let $q_1$ go towards zero while $p_1$ stays large: the belief holds the frequent class impossible, and the divergence has no upper limit. Then let $p_1$ go to zero instead: a class that never occurs may be believed in at a modest price.

# %% [markdown]
# Why can the divergence not be negative? Since $\ln u \le u - 1$ for all $u > 0$, $-\mathrm{KL} = \sum_k p_k \ln(q_k/p_k) \le \sum_k p_k (q_k/p_k - 1) = \sum_k q_k - \sum_k p_k = 0$. One lesson in print computes $-0.0851$ for the pair $(0.7, 0.2, 0.1)$, $(0.5, 0.3, 0.2)$; a glance at this line would have caught it.

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
print(f"belief (0.128, 0.719, 0.153), truth the second: {units['nats']:.7f} nats")
print(f"{'the same':>47}: {units['bits']:.7f} bits")

# %% [markdown]
# A book prints 0.4759 for this pair and does not say that these are bits.

# %% [markdown]
# ### Real distances
#
# Where a symmetric measure is wanted, compare square roots. The overlap of two distributions, the **Bhattacharyya coefficient**, is
#
# $$ BC = \sum_k \sqrt{p_k q_k} , \tag{2.30} $$
#
# between 0 (nothing in common) and 1 (equal). Two quantities are made from it, and they are not the same, though a textbook says so:
#
# $$ D_B = -\ln BC \tag{2.31} $$
# $$ d_H = \tfrac{1}{\sqrt2}\, \lVert \sqrt p - \sqrt q\, \rVert, \qquad d_H^2 = 1 - BC \tag{2.32} $$
#
# The **Hellinger distance** $d_H$ stays between 0 and 1 and obeys the triangle inequality; the **Bhattacharyya distance** $D_B$ is infinite for distributions without overlap.

# %% tags=["nbval-check-output"]
for q in ([0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9]):
    BC, d_H = ops.bhattacharyya_coefficient(p, q), ops.hellinger_distance(p, q)
    print(f"BC {BC:.4f}  D_B {ops.bhattacharyya_distance(p, q):.4f}  d_H {d_H:.4f}  d_H^2 + BC {d_H**2 + BC:.4f}")

# %% [markdown]
# Other measures have names too. The generalized divergence $\sum_k (p_k \ln\frac{p_k}{q_k} - p_k + q_k)$ also accepts positive numbers that do not sum to 1; the exponential loss takes the exponential of a scaled squared error and reacts violently to outliers; and any differentiable function of prediction and truth may serve as a custom loss. What they have in common with the ones above: check where the minimum lies before you trust one.

# %% [markdown]
# ## Yes or no: logistic regression
#
# Back to the patients. A doctor may not want a number but an alarm: will the disease progress beyond 200? About a quarter of the patients do. A straight line through labels 0 and 1 would promise probabilities below 0 and above 1. We need a curve that stays between.
#
# Populations that grow until they reach a ceiling follow the **logistic curve**
#
# $$ f(x) = \frac{L}{1 + e^{-k(x - x_0)}} \tag{2.33} $$
#
# with ceiling $L$, steepness $k$ and half of the ceiling at $x_0$. The minus sign in the exponent matters: without it, as in one lesson, growth becomes decay. With $L = k = 1$ and $x_0 = 0$ it is the **sigmoid** $s$, and $s(-z) = 1 - s(z)$. **Logistic regression** sends a linear score through it:
#
# $$ p = s(x \cdot w + b), \qquad \hat y = 1 \text{ where } p \ge \tau . $$

# %% [markdown]
# Turned round, $x \cdot w + b = \ln\frac{p}{1-p}$: the score is the logarithm of the odds. The **threshold** $\tau$ is $\frac12$ unless there is a reason for another.

# %%
predict("2.k")

# %% [markdown]
# The picture has real patients, their body mass index, and whether the disease progressed fast: a sixth of the training patients, held out when the curve was fitted. The 89 of the test set stay closed. Try the curve before the threshold: $k$ makes it steeper, its middle $x_0$ can be dragged, and with a ceiling (under *More*) below $\tau$ nobody is called. For probabilities the ceiling is 1. Then drag the level line of the threshold.

# %% [markdown]
# Of the cases called yes, the share that is right is the *precision*; of the cases that are yes, the share that is found is the *recall*. $F_1$ and the interval are explained below, with the confusion matrix. The threshold trades one for the other, and it does so after training: the probabilities stay as they are.

# %% [markdown]
# ### The log loss
#
# Which $w$ and $b$? The most likely ones. A patient with label 1 has the likelihood $p$, one with label 0 has $1 - p$. The mean negative log-likelihood is the **log loss** or binary cross-entropy, and with a penalty on the weights the cost is
#
# $$ \begin{gathered} J = -\frac1N \sum_i \big[y_i \ln p_i + (1 - y_i)\ln(1 - p_i)\big] \\ {} + \frac\alpha2 \sum_j w_j^2 . \end{gathered} \tag{2.34} $$

# %% [markdown]
# It is the surprise of the last section, averaged over the patients. For one sample, with $z$ the score, its slope is short: $\frac{dL}{dz} = p - y$, where $L$ is the loss of the sample. The slope $p(1-p)$ of the sigmoid has been cancelled by the logarithm. Without penalty,
#
# $$ dw = \frac1N X^T (p - y) \tag{2.35} $$
# $$ db = \operatorname{mean}(p - y) \tag{2.36} $$
#
# and the curvature is nowhere negative, so the cost is convex: every minimum is the lowest.

# %%
# Exercise 2.25: logistic_gradient
def logistic_gradient(X, y, w, b):
    """Slope of the mean log loss, equations (2.35) and (2.36).

    X (N, D), y (N,) labels 0 and 1, w (D,), b a number;
    returns dw (D,) and the number db. Scores may be of any size;
    ops.sigmoid copes with them.
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
# The next picture trains logistic regression on other data, handwritten threes and eights, with several rates at once. Its cost is no parabola, but over a short way every smooth cost looks like one: above $2/\lambda_{\max}$, here 0.60, the first steps climb, as they did on the line.

# %%
demos.LearningRatesCompared()

# %% [markdown]
# The rates 0.002, 0.005 and 0.01, compared in one book, differ in speed only: drawn against steps × rate the three curves lie on top of each other. All three are small; what a rate can do shows only when those tried span several powers of ten. The rate 10 throws the cost up to 23.5 in two steps. On the line that was the end; here the curvature fades as the answers become sure, after seven steps the cost is below its start, and after 5000 the largest rate of all, 100, has the lowest. That is so because a line separates these digits and the lowest cost lies infinitely far away. Choose *two clouds*, which overlap: with the rate 100 the cost ends at 0.10 instead of 0.08. The second picture has the cost of many rates after as many steps as you choose: after three steps the limit is a wall, after thousands it is not.

# %% [markdown]
# With gradient and curvature one can do better than descend. **Newton's method** divides the gradient by the curvature,
#
# $$ \begin{gathered} \theta \leftarrow \theta - H^{-1} g, \\ H = \frac1N X_1^T \operatorname{diag}\big(p(1-p)\big) X_1 + \alpha A, \end{gathered} \tag{2.37} $$
#
# which amounts to a weighted least-squares problem in each step. It needs no learning rate and few steps, the next cell seven, and for $D$ features a matrix with $D^2$ entries. `models.LogisticRegression` uses it. The threshold needs predictions for patients that the model has not seen; each of five folds is predicted by a model fitted to the other four.

# %% tags=["nbval-check-output"]
p = np.zeros(len(y))
for kept, held in parts:
    train, rest = datasets.standardize(patients.X_train[kept], patients.X_train[held])
    p[held] = models.LogisticRegression().fit(train, alarm[kept]).predict_proba(rest)[:, 1]
print(f"threshold  found of the {alarm.sum()}   false alarms")
for tau in (0.2, 0.35, 0.5, 0.65, 0.8):
    called = (p >= tau).astype(int)
    print(f"{tau:9} {np.sum(called & alarm):13} {np.sum(called & (1 - alarm)):16}")
model = models.LogisticRegression().fit(X, alarm)
print(f"all patients: {model.n_iter_} steps; accuracy on the {len(y_test)} test patients {model.score(X_test, alarm_test):.3f}")

# %% [markdown]
# At one half the model finds 60 of 97 patients at risk, with 29 false alarms. Whether that is good is not a question of mathematics: a cheap follow-up test makes 0.2 the better threshold, an unpleasant treatment 0.65. It follows from the costs of the two kinds of error, and it is chosen here, on held-out patients of the training set, not on the test set.

# %%
predict("2.l")

# %% [markdown]
# Drag the starting line and its weight vector, or choose *your own* points and click them into the plane: the run starts anew each time.
#
# **Explain.** Two of the presets show the same line with long and with short weights. Both make the same answers. Why has the one with long weights the lower loss on separable clouds, and the higher one as soon as the clouds overlap?
#
# <details><summary>Answer</summary>
# Longer weights make every answer surer. Where all answers are right, each becomes cheaper. Where some are wrong, those are wrong with more confidence, and the surprise of a confident error grows without limit. On overlapping clouds there is a best length; longer and shorter both cost more.
# </details>

# %% [markdown]
# On separable data the weights have no limit. A penalty gives them one, and so does stopping early.
#
# A probability of exactly 0 for something that happens would cost infinitely much; code therefore often clips, here with $p' = \min(\max(p, \epsilon),\, 1 - \epsilon)$:
#
# $$ L = -\frac1N \sum_i \big[y_i \ln p_i' + (1 - y_i)\ln(1 - p_i')\big] \tag{2.38} $$
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
fig, axes = style.figure(1, 8, height=1.1)
for ax, picture, label in zip(axes, shown, labels):
    ax.imshow(picture.transpose(1, 2, 0), origin="upper")
    ax.set(title=("disk", "triangle")[label], xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="Eight small color pictures with cluttered background, disks and triangles in changing places "
                    "and colors.")

# %% [markdown]
# Easy for the eye, hard for one weight a pixel: no pixel is bright in all triangles. Newton's method would need a matrix with nine million entries, so we descend, 1600 steps with rate 0.01 from zero, with 200 pictures for training, 200 for validation and 600 for the end.

# %%
run = experiments.picture_run(0.01, 1600)
fig, ax = style.figure()
figures.curves(ax, {"training": run["loss"], "validation": run["val_loss"]}, "step", "log loss", x=run["step"])
ax.axvline(run["best_step"], color=style.GREY, linewidth=1)
ax.set_title(f"The training loss goes on falling; the validation loss turns at step {run['best_step']}")
style.show(fig, alt="Log loss over 1600 steps: the training curve falls steadily, the validation curve is lowest "
                    "near step 1000 and then rises.")

# %% [markdown]
# The model has begun to learn the 200 pictures by heart. Going on for 5000 steps, as the book did, brings the training loss to 0.10 and all training pictures right. The validation loss rises from 0.61 to 0.67 while the accuracy on new pictures stays near 0.69: the model does not err more often, it errs with more confidence.

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
axes[1].get_legend().remove()  # it is the same
axes[0].set(ylim=(-0.02, 1.1), title="The larger the rate, the faster the training loss falls")
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
# Two more numbers give the first one its meaning. The **baseline** is the accuracy of always giving the most frequent answer; here one half, for the 89 test patients 73 percent. And a share that was measured on $n$ cases is uncertain. Its 95 % range is
#
# $$ \text{share} \pm 1.96\, \sqrt{\frac{\text{share}\,(1 - \text{share})}{n}} \tag{2.39} $$
#
# from the normal approximation; it is too narrow for small $n$ and for shares near 0 or 1. Our classifier is clearly better than the baseline, since its whole range is above it. Clearly better than guessing, and far from good.

# %% [markdown]
# By hand, with the book's cats and dogs: of 50 test pictures 31 are answered rightly, and 26 show a dog. What are the classification `error` and the accuracy `base` of the baseline? How wide is the range of the model's accuracy, as a distance `half` from the middle to an end (four decimals)? How many test pictures `n` would be needed, at this accuracy, for a `half` of 0.02 (round up)? Answer with `{"error": ..., "base": ..., "half": ..., "n": ...}`.

# %%
# Exercise 2.27: how sure is an accuracy
### BEGIN SOLUTION
sure = {"error": 0.38, "base": 0.52, "half": 0.1345, "n": 2263}
### END SOLUTION

# %%
check("2.27", sure)

# %% tags=["nbval-check-output"]
for share, n in ((0.62, 50), (0.72, 50), (0.944, 250), (0.936, 250), (0.975, 200), (0.99, 200)):
    low, high = ops.accuracy_interval(share, n)
    print(f"{share:.3f} on {n:3}: {low:.2f} to {high:.2f}")

# %% [markdown]
# These are three published comparisons, each presented as progress: 62 against 72 percent on 50 pictures, 0.944 against 0.936 on 250, 97.5 against 99.0 on 200 points. All three pairs of ranges overlap widely. The half-widths are about 13, 3 and 2 points, and the differences are of that size or smaller. Overlap is a rough sign only: for two models tested on the same cases, look at the cases where exactly one of them is right. Report the range, repeat with several starts, or test on more cases.

# %% [markdown]
# Be as careful with times. One book lets its program print durations and concludes that one way to draw the first weights cuts training from 43 minutes to 1. The program printed the difference of two clock readings in a unit of its own choice, seconds below one minute and minutes above: 43.3 were seconds. All ways to start cost the same per step. Store durations in one unit.

# %% [markdown]
# ### The confusion matrix
#
# One number hides which classes are confused. The **confusion matrix** counts it:
#
# $$ M_{ij} = \text{samples of class } i \text{ that were called } j \tag{2.40} $$
#
# Rows are the truth, columns the answers (other programs exchange them: look before you read). Of those called $j$, how many are $j$? Of those that are $i$, how many were found?
#
# $$ \text{precision}_j = M_{jj} \Big/ \sum_i M_{ij} \tag{2.41} $$
# $$ \text{recall}_i = M_{ii} \Big/ \sum_j M_{ij} \tag{2.42} $$

# %% [markdown]
# Either alone is easy to make perfect: call nobody, or everybody. Their harmonic mean is high only when both are,
#
# $$ F_1 = \frac{2PR}{P + R}, \tag{2.43} $$
#
# and the **macro** $F_1$ is its mean over the classes, each counting the same, rare or frequent. Summed over all classes *before* dividing, the **micro** $F_1$ is the accuracy again.

# %%
demos.ConfusionMatrix()

# %% [markdown]
# The menu has five published models for five hand signs. Lower the number of test pictures of "cool", with the slider or by dragging its number in the table down: the accuracy rises, since the sign that is so often missed has less weight, while the macro $F_1$ still counts it as one of five.

# %% [markdown]
# In the exercise a class that was never answered, or never occurs, gets the share 0 rather than 0/0.

# %%
# Exercise 2.28: classification_report
def classification_report(y, y_hat, C):
    """Equations (2.40) to (2.43); y, y_hat (N,) labels 0..C-1.

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
for name, counts in datasets.HAND_SIGN_TABLES.items():
    truth, called = np.repeat(np.indices((5, 5)).reshape(2, 25), np.ravel(counts), axis=1)  # a label for each picture
    _, _, recall, macro_f1 = use("2.28")(truth, called, 5)
    accuracy = np.mean(truth == called)
    low, high = ops.accuracy_interval(accuracy, 250)
    print(f"{name:>12}: macro F1 {macro_f1:.4f}, accuracy {accuracy:.3f} ({low:.2f} to {high:.2f}), "
          f"{datasets.HAND_SIGNS[np.argmin(recall)]} {recall.min():.2f}")

# %%
fig, axes = style.figure(1, 2, width=8.4, height=3.6)
for ax, model, title in zip(axes, ("4", "4 fine-tuned"), ("Model 4: \"cool\" is taken for others", "Fine-tuned: one picture is wrong")):
    figures.heatmap(ax, datasets.HAND_SIGN_TABLES[model], "answer", "truth", datasets.HAND_SIGNS, datasets.HAND_SIGNS)
    ax.set_title(title)
style.show(fig, alt="Confusion matrices of five hand signs. Model 4 takes 12 of 50 pictures of cool for ok, stop or yo and is "
                    "nearly perfect elsewhere; fine-tuned it takes one stop for a fist.")

# %% [markdown]
# Five published models tell five hand signs apart, 50 test pictures each. Your function has read the pictures of their published tables one by one; the last column names the sign with the lowest recall. The matrices say more than the ranking: the first four models all fail on the same sign, "cool", which they most often take for "yo"; on the others they are nearly perfect. Models 2, 3 and 4 cannot be told apart by 250 pictures. The range of the fine-tuned one lies above all others, and only it has mended "cool". (Printed beside the models were F1 values of 0.8864, 0.9207, 0.9429, 0.9344 and 0.9959: not rounded but cut off, or made from rounded shares.)

# %% [markdown]
# ## More than two classes: softmax regression
#
# Ten digits, ten scores, one linear model each: $z = xW + b$ with $W$ of shape $(D, C)$. To make probabilities of scores, take exponentials, which are positive, and divide by their sum: $p = \operatorname{softmax}(z)$, $p_k = e^{z_k}/\sum_j e^{z_j}$. For two classes this is the sigmoid of the difference of the scores. In code subtract the largest score first; a common shift of all scores changes nothing. The cost is again the mean surprise:
#
# $$ J = -\frac1N \sum_i \ln p_{i,\,y_i} + \frac\alpha2 \sum_{jk} W_{jk}^2 \tag{2.44} $$

# %%
demos.SoftmaxRegions()

# %% [markdown]
# Drag the point across a border: the probabilities change places gradually, and the bars always sum to 1. With a strong penalty the model is never sure, while its borders move far less.
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
fig, axes = style.figure(1, 10, width=9, height=1.1)
for digit, ax in enumerate(axes):
    ax.imshow(result["W"][:, digit].reshape(28, 28), cmap=style.SIGNED, vmin=-1, vmax=1, origin="upper")
    ax.set(title=str(digit), xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="The weights of each of the ten classes as 28 by 28 images: blue where ink speaks for the "
                    "digit, orange where it speaks against it.")

# %% [markdown]
# The test accuracy is near 0.905, whatever the order of the images, with a seventh of the book's images; on 2,000 test images the range is 1.3 points either way. The weights can be looked at: blue pixels speak for the digit, orange ones against it. The zero has an orange center, where no zero has ink. This is as far as one linear score a class goes; chapter 04 puts hidden layers before it.

# %% [markdown]
# ## Choosing the settings
#
# The weights are **parameters**: they are fitted. Penalty, degree, learning rate, number of steps and threshold are **hyper-parameters**: they are set before, and the fit runs with them. To compare two settings the model must be fitted anew for each; a book that tunes "with the parameters unchanged" compares nothing.
#
# **Grid search** tries all combinations of listed values, **random search** draws them. Which one is better with the same number of trials?

# %%
demos.GridAndRandomSearch()

# %% [markdown]
# The map shows the error of every setting; click a cell, and its fit appears in the last picture. The error depends on the penalty much more than on the degree, and each row of the grid tries the same few penalties again. When only one of two settings matters, a grid of 4 × 4 tries four values of it, and random search sixteen. Draw penalties and learning rates on a logarithmic scale: the step from 0.001 to 0.01 matters as much as that from 1 to 10.

# %% tags=["nbval-check-output"]
grid = {"alpha": list(np.geomspace(0.01, 30, 8)), "r": [0.0, 0.25, 0.5, 0.75, 1.0]}
found = models.grid_search(models.ElasticNet(), grid, X, y, k=5, rng=0)
drawn = models.random_search(
    models.ElasticNet(), lambda rng: {"alpha": float(10 ** rng.uniform(-2, 1.5)), "r": float(rng.uniform())}, 40, X, y,
    k=5, rng=0)
for name, search in (("grid", found), ("random", drawn)):
    print(f"{name:>6}: {len(search.tried)} trials, 200 fits, alpha {search.best_params['alpha']:.2f}, "
          f"r {search.best_params['r']:.2f}, cross-validated R² {search.best_score:.3f}")

# %% [markdown]
# Forty settings, five folds, two hundred fits each, and both searches end at the same score. How flat the top is can be seen from the two settings they found. Now the 89 test patients. They have been opened twice before, for plain least squares (58.4) and for the alarm, and nothing was chosen by what they said:

# %% tags=["nbval-check-output"]
final = models.ElasticNet(**found.best_params).fit(X, y)
print(f"test RMSE {ops.rmse(final.predict(X_test), y_test):.1f}, test R² {final.score(X_test, y_test):.3f}, "
      f"weight of tc {final.coef_[4]:.1f}")

# %% [markdown]
# No better and no worse than least squares, within what 89 patients can tell; the penalty's gain here is that calmer weights do the same. The best score of a search is a little too good, being the luckiest of forty; the test score is not. A third way, **Bayesian optimization**, fits a model of the score to the trials made so far and tries next where this model promises most. A **greedy** search improves one setting after the other. Breadth-first, depth-first and beam search, named as tuning methods in one book, are none: they walk through trees, and beam search picks likely sequences of words.

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
# The five folds differ by more than any two settings did: a reminder of how much of a score is luck, and of why settings are compared on the same folds.

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
# - **p** Whatever the variance of normal noise, the most likely weights are those of least squares.

# %%
# Exercise 2.30: statements on chance and choice
### BEGIN SOLUTION
judged_later = dict.fromkeys("abcdefghijklmnop", False) | dict.fromkeys("bikp", True)
### END SOLUTION

# %%
check("2.30", judged_later)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The likelihood is made large, so its negative logarithm small. A density is no probability. Every trial of a search fits the model anew, and grid, random and Bayesian search are methods of tuning. RMSE is the root of MSE, in the unit of the target. With BC the sum of the roots of p q, the squared Hellinger distance is 1 - BC and the Bhattacharyya distance -ln BC. On 50 pictures the range is 13 points either way. 43.3 seconds and 1.03 minutes, 62 seconds: the second run was the slower one. With a plus in the exponent the curve falls. From 0 to 100 there are 101 numbers. A higher threshold finds nobody new. Beyond the clip the loss is flat, so its gradient is 0. With normal noise the weights occur in the sum of squares only, so the variance does not move them.
# </details>

# %% [markdown]
# ## A test of your own (further)
#
# A gradient can be tested by finite differences, as above, or at a place where it is known without them.
#
# A **test** calls a function on an input of your choice and says with `assert` what must hold. The check hands your test several versions of `logistic_gradient`, one of them right: it must hold for the right one and fail for at least six of seven wrong ones. Choose few inputs, and those well.

# %%
# Exercise 2.31: test_logistic_gradient
def test_logistic_gradient(logistic_gradient):
    """Assert what must hold for (dw, db) = logistic_gradient(X, y, w, b) of
    Exercise 2.25; call the one that is handed in.
    """
    ### BEGIN SOLUTION
    X, y = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([1, 0])
    dw, db = logistic_gradient(X, y, np.zeros(2), np.log(3.0))
    assert np.allclose(dw, [1.0, -1.75]) and np.isclose(db, 0.25)
    ### END SOLUTION


# %%
check("2.31", test_logistic_gradient)

# %% [markdown]
# With $w = 0$ and $b = \ln 3$ every $p$ is 3/4, so the errors are $-1/4$ and $3/4$, and the means can be taken by hand. At $b = 0$ a version that forgets $b$ would pass: an input at which a part has no effect does not test this part.

# %% [markdown]
# ## Summary
#
# - A linear model $\hat y = X_1\theta$ with the smallest mean squared error solves the normal equation, $\theta = (X_1^T X_1)^{-1} X_1^T y$; pseudo-inverse and SVD also answer where columns depend on each other.
# - Gradient descent, $\theta \leftarrow \theta - \eta\,\nabla J$, needs no inverse. On a quadratic cost it converges exactly when $0 < \eta < 2/\lambda_{\max}$, and the condition number $\lambda_{\max}/\lambda_{\min}$ sets the number of steps. Scale the features.
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
# 1. Which learning rates make descent on a squared error converge, and what happens just above the limit? <details><summary>Answer</summary>Those below 2 divided by the largest eigenvalue of the Hessian (2/N) XᵀX. Above it the error along that eigenvector changes sign and grows in every step.</details>
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
# A full answer contains: rate against $2/\lambda_{\max}$ (1), scaling or condition (1), a loss computed unsafely or bad data (1).
# ### END SOLUTION

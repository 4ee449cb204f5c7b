# %% [markdown]
# # 1 Linear algebra
#
# **Aim.** At the end of this chapter you can write data and layers as arrays with the right shapes, say what a matrix does to them, and find the directions that matter most in real data.
#
# **The question.** A network takes numbers and nothing else. How does a picture become numbers, and what is lost on the way? Run the two cells below and drag the red point, in the picture or in the list; the sliders move it too.

# %%
import numpy as np

from course_lib import datasets, gradcheck, ops
from course_lib.chapters.ch01_linear_algebra import experiments
from course_lib.exercises import check, hint, use
from course_lib.viz import demos, figures, predict, style

# %%
demos.ImageAsVector()

# %% [markdown]
# On one side is the picture, on the other the list of its gray values, one row of the picture after the other. Go one step to the right in the picture, and you go one place further in the list. Go one step down, and you jump by a whole row.

# %% [markdown]
# ## A picture becomes numbers
#
# A gray picture is a table of numbers: one for each place, dark or light. Here is a real one, a handwritten digit of 8 × 8 places.

# %%
digits = datasets.digits8()
image = digits.X_train[0].reshape(8, 8)
fig, (left, right) = style.figure(1, 2, height=2.6)
left.imshow(image, cmap="gray_r", origin="upper")
right.bar(np.arange(64), image.ravel(), color=style.BLUE)
left.grid(False)
left.set(title=f"A picture, label {digits.y_train[0]}", xlabel="column", ylabel="row")
right.set(title="The same 64 numbers in a row", xlabel="place in the vector", ylabel="ink")
style.show(fig, alt="A handwritten nine of 8 by 8 pixels, and the same 64 gray values as bars in one row.")

# %% [markdown]
# To **flatten** a picture of $H$ rows and $W$ columns is to write its rows one after the other into a vector of $H \cdot W$ numbers. The place in row $r$ and column $c$, both counted from 0, gets the index $r W + c$. This order is called row-major; the course uses it everywhere, and `reshape` does it.

# %% tags=["nbval-check-output"]
row, column = 3, 5
print(image[row, column] == image.reshape(-1)[row * 8 + column])
print(28 * 28, 64 * 64 * 3, datasets.photograph().shape, datasets.photograph().size)

# %% [markdown]
# A digit of 28 × 28 places has 784 numbers, a color picture of 64 × 64 places with three channels 12,288, and the photograph that you will meet below 98,304.
#
# Flattening loses something: two places that touch in the picture, one below the other, are $W$ places apart in the vector. The numbers are all there, but which of them are neighbors has to be learned again. Chapter 08 is about networks that keep the picture as it is.

# %% [markdown]
# ### How many axes?
#
# A single number is a **scalar**, a row of numbers a **vector**, a table a **matrix**. In general an array is called a **tensor**, and what counts is the number of its **axes**: how many indices are needed to point at one entry. In the table below a **sample** is one case, a **feature** one of the numbers known of each, and a **batch** some samples that are treated together.
#
# | axes | name | example | shape |
# |---|---|---|---|
# | 0 | scalar | a loss | $()$ |
# | 1 | vector | one sample | $(D,)$ |
# | 2 | matrix | a table of samples and features | $(N, D)$ |
# | 3 | tensor | samples of time series | $(N, T, D)$ |
# | 4 | tensor | a batch of color pictures | $(N, C, H, W)$ |

# %% [markdown]
# The number of axes is also called the rank of a tensor. That word has another meaning for matrices, further below; the two have nothing to do with each other. In print one finds tables of ranks that are shifted by one, and a color picture that is called a tensor of five axes. Count the indices, and you cannot go wrong.

# %% tags=["nbval-check-output"]
for array in (np.array(21.5), digits.X_train[0], digits.X_train, digits.X_train.reshape(-1, 1, 8, 8)):
    print(f"{array.ndim} axes, shape {array.shape}, {array.size} numbers")

# %% [markdown]
# The 1,437 digits are a table with one picture in each row, or, with the same 91,968 numbers, a batch of pictures with one channel.
#
# ### Exercise 1.1: how many axes
#
# Give the number of axes of each:
#
# - `temperature`: one measured temperature;
# - `patient`: ten measurements of one patient;
# - `table`: the measurements of 442 patients;
# - `series`: five measurements a day over 250 days, for 100 patients;
# - `gray`: one gray picture;
# - `color`: one color picture;
# - `batch`: 32 color pictures;
# - `videos`: 16 videos in color.
#
# Answer with a dict, `{"temperature": ..., "patient": ..., ...}`.

# %%
# Exercise 1.1: how many axes
### BEGIN SOLUTION
axis_counts = {"temperature": 0, "patient": 1, "table": 2, "series": 3, "gray": 2, "color": 3,
               "batch": 4, "videos": 5}
### END SOLUTION

# %%
check("1.1", axis_counts)

# %% [markdown]
# When you are stuck, ask for a hint. Each time the cell is run the next hint is stronger, up to the third.
#
# <details><summary>Once it is right</summary>
# One color picture has three axes: channel, row, column. A batch of them has four, and a batch of videos, where time comes in as well, five.
# </details>

# %%
hint("1.1")

# %% [markdown]
# ### Which axis comes first?
#
# In this course **samples come first**: the first index says which sample. For pictures the channels come next, $(N, C, H, W)$. Cameras and many files put the channels last, $(N, H, W, C)$, and so do some libraries. Both are good layouts as long as everybody knows which one is meant.

# %% [markdown]
# One turns into the other by moving an axis, a transpose of several axes. A reshape gives the right shape as well, and the wrong picture: it leaves the numbers in their order and cuts the row of numbers at other places.

# %%
photo = datasets.photograph()[::4, ::4] / 255
colored = np.stack([photo, photo**2, np.sqrt(photo)], axis=-1)
fig, axes = style.figure(1, 2, height=3.0)
for ax, first, title in zip(axes, (ops.channels_first(colored), colored.reshape(3, 64, 96)), ("axis moved: the picture", "reshaped: a third of it, mixed")):
    ax.imshow(first[0], cmap="gray", origin="upper")
    ax.set(title=f"Channel 0, {title}", xlabel="column", ylabel="row")
    ax.grid(False)
style.show(fig, alt="Channel 0 of a color picture after moving the axis, a temple, and after a reshape, its upper "
                    "third as a pattern of dots.")

# %% [markdown]
# The reshape has cut the row of numbers into three equal pieces. The first piece is the upper third of the picture, with the three colors of each place side by side, which gives the pattern of dots. No error is raised, and a network trained on such pictures learns badly for no visible reason.

# %%
# Exercise 1.2: channels_first
def channels_first(images):
    """Pictures (N, H, W, C) in the layout of the course, (N, C, H, W)."""
    ### BEGIN SOLUTION
    return images.transpose(0, 3, 1, 2)
    ### END SOLUTION

# %%
check("1.2", channels_first)

# %% [markdown]
# ## Labels, words and categories
#
# A label is a name, even when it is written as a number: a nine is not three times a three. If the labels were used as numbers, a network that takes a nine for a seven would seem nearly right. So a label $y$ out of $C$ classes is written as a row of $C$ numbers, 1 in the column of its class and 0 elsewhere. This is the **one-hot** code.

# %% [markdown]
# | label | one-hot row for $C = 4$ |
# |---|---|
# | 0 | 1 0 0 0 |
# | 2 | 0 0 1 0 |
# | 3 | 0 0 0 1 |
#
# Classes are counted from 0. For the ten digits a row has ten entries, also that of a four; one printed example shows nine.

# %%
# Exercise 1.3: one_hot
def one_hot(y, C):
    """One-hot rows of labels.

    y (N,) whole numbers 0 .. C-1, C number of classes. Returns (N, C) with
    entries 0.0 and 1.0.
    """
    ### BEGIN SOLUTION
    table = np.zeros((len(y), C))
    table[np.arange(len(y)), y] = 1
    return table
    ### END SOLUTION

# %%
check("1.3", one_hot)

# %% tags=["nbval-check-output"]
few = digits.y_train[:6]
rows = use("1.3")(few, 10)
print(few, rows.shape, rows.sum(axis=1))

# %% [markdown]
# The width is the number of classes that exist, not of those that happen to be in this batch: the layer that reads the rows cannot change its shape from batch to batch.
#
# A network does not answer with exact zeros and ones, but with a row of scores or probabilities. The way back takes the column of the largest entry, and works for both.

# %%
# Exercise 1.4: labels_from_rows
def labels_from_rows(rows):
    """The label of each row: the column of its largest entry, the first
    of equal ones.

    rows (N, C) one-hot code, probabilities or scores. Returns (N,).
    """
    ### BEGIN SOLUTION
    return rows.argmax(axis=1)
    ### END SOLUTION

# %%
check("1.4", labels_from_rows)

# %% [markdown]
# Everything that comes by name is treated the same way: a color, a blood group, a word of a vocabulary of 10,000. For words the rows become long, and any two of them are equally far apart, $\sqrt2$, whatever they mean. A later chapter replaces them by shorter vectors in which related words lie close together.

# %% [markdown]
# ## Features of different size
#
# Numbers alone are not enough; they should have comparable sizes. Here is a table of 353 patients, with ten measurements each, in the units of the study.

# %% tags=["nbval-check-output"]
patients = datasets.diabetes()
for name, mean, sd in list(zip(datasets.DIABETES_FEATURES, patients.X_train.mean(axis=0), patients.X_train.std(axis=0)))[:6]:
    print(f"{name:>4}: mean {mean:6.1f}, standard deviation {sd:5.2f}")

# %% [markdown]
# The cholesterol value `tc` varies 70 times as much as the code for the sex. A **linear model** of two features answers with $w_1 x_1 + w_2 x_2$, one **weight** for each. A weight of the same size means something quite different for the two, and a change of unit, milligrams into grams, would change the picture again although nothing has changed in the patients.
#
# How far the answers are off is measured by the **cost**, here the mean of the squared differences between answers and right values. It depends on the two weights.

# %%
predict("1.a")

# %% [markdown]
# In the figure one feature spreads about thirty times as far as the other. Move the unit of the second one, by its slider or by the tip of its standard deviation in the cloud, and watch the ellipses; then switch the standardization on and move it again. Nothing happens any more: the result does not depend on units. What is left of the ellipse comes from the **correlation** of the two features, a number from $-1$ to 1 that says how closely they rise and fall together. Chapter 02 explains why narrow ellipses make descent slow.
#
# To **standardize** a feature, subtract its mean and divide by its standard deviation. The new column has mean 0 and spread 1:
#
# $$ x' = \frac{x - \text{mean}}{\text{sd}}, \qquad \text{sd}^2 = \frac1N \sum_i (x_i - \text{mean})^2 $$

# %% [markdown]
# Two decisions stand behind this line. The statistics are those of a **column**, since each feature has its own unit; and they come from the **training rows alone**. The test rows stand for patients who arrive later. If they took part in the mean, something would have leaked from the future into the training; if they were scaled by their own mean, a single new patient would always be average.

# %%
# Exercise 1.5: standardize
def standardize(train, other):
    """Both arrays with the columns of train at mean 0 and standard
    deviation 1.

    train (N, D), other (M, D); mean and standard deviation (divisor N) of
    train are used for both. Returns the two scaled arrays.
    """
    ### BEGIN SOLUTION
    mean, sd = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / sd, (other - mean) / sd
    ### END SOLUTION

# %%
check("1.5", standardize)

# %% tags=["nbval-check-output"]
train, test = use("1.5")(patients.X_train, patients.X_test)
print("train: largest mean", np.abs(train.mean(axis=0)).max().round(6), "spread", train.std(axis=0).round(6)[:3])
print("test:  means", test.mean(axis=0)[[0, 1, 3, 4]].round(2))

# %% [markdown]
# The test columns have means near 0, not exactly 0: the new patients differ a little from the old ones, and that is information. (Divisor $N - 1$ instead of $N$ is used elsewhere; for 353 rows the results differ by 0.14 percent.)

# %% [markdown]
# ### Scaling to 0 and 1
#
# Min-max scaling, $x' = (x - \min)/(\max - \min)$, maps a column onto the range from 0 to 1. One outlier squeezes all other values into a corner, so it suits features with known limits. Pixels have them: a gray value from 0 to 255 is divided by 255. Dividing by 256, as in one printed program, never reaches 1. The digits of this chapter were divided by their largest ink count, 16.

# %% tags=["nbval-check-output"]
scaled = datasets.min_max_scale(patients.X_train)
pixels = datasets.photograph()
print(scaled.min(), scaled.max(), pixels.min(), pixels.max(), (pixels / 255).max(), pixels.max() / 256)

# %% [markdown]
# ## How similar are two digits?
#
# Two pictures are two vectors of 64 numbers. To say how similar they are we need lengths, distances and angles in 64 dimensions. They are computed as in the plane, only the sums are longer.

# %% [markdown]
# ### Length
#
# A length of a vector is called a **norm**. There is more than one, because there is more than one way to go: through the air, or along the streets of a city laid out in squares. For $p \ge 1$ the **L$^p$ norm** is
#
# $$ \lVert x \rVert_p = \Big(\sum_i |x_i|^p\Big)^{1/p} \tag{1.1} $$

# %% [markdown]
# Three of them have names of their own.
#
# - $p = 1$: the sum of sizes, the **Manhattan** or city-block length.
# - $p = 2$: the root of the sum of squares, the **Euclidean** length. It is written $\lVert x \rVert$ without an index.
# - $p \to \infty$: the largest size wins, the **max norm**,
#
# $$ \lVert x \rVert_\infty = \max_i |x_i| \tag{1.2} $$
#
# The **squared** L2 norm, $\sum_i x_i^2 = x \cdot x$, is another quantity, though both are called the L2 norm in some texts. When $x$ doubles, the norm doubles and its square becomes four times as large.

# %%
predict("1.b")

# %% [markdown]
# Slide $p$ from 1 to 20, or drag the point on the curve: the diamond swells to a circle and on towards a square. A distance is the norm of a difference, so each of these curves shows the points at distance 1 from the center. The corners of the diamond lie on the axes, where one of the coordinates is zero. Chapter 02 uses them to set weights to exactly zero.

# %% [markdown]
# ### Exercise 1.6: four numbers for one vector
#
# Take $x = (3, -12, 4)$. Find on paper its L1 norm `l1`, its L2 norm `l2`, the squared L2 norm `l2_squared` and the max norm `max`.
#
# Answer with a dict, `{"l1": ..., "l2": ..., "l2_squared": ..., "max": ...}`.

# %%
# Exercise 1.6: four numbers for one vector
### BEGIN SOLUTION
norms = {"l1": 19, "l2": 13, "l2_squared": 169, "max": 12}
### END SOLUTION

# %%
check("1.6", norms)

# %% tags=["nbval-check-output"]
x = np.array([3.0, -12.0, 4.0])
sizes = use("1.6")
print(sizes["max"] <= sizes["l2"] <= sizes["l1"], np.isclose(sizes["l2_squared"], x @ x))

# %% [markdown]
# The order is no accident: for every vector the max norm is the smallest of the three and the L1 norm the largest.
#
# In code a trap waits. The squares of entries near $10^{200}$ are beyond the largest float64, though the length itself is not. Take the largest size $m$ out of the sum first, $\lVert x \rVert_p = m \left(\sum_i (|x_i|/m)^p\right)^{1/p}$, and no power overflows.

# %%
# Exercise 1.7: norm
def norm(x, p):
    """Norm of a vector, equations (1.1) and (1.2), finite also for entries
    of size 1e200; 0 for the zero vector.

    x (n,); p a number of at least 1, or np.inf. Returns one number.
    """
    ### BEGIN SOLUTION
    m = np.abs(x).max()
    if p == np.inf or m == 0:
        return m
    return m * np.sum((np.abs(x) / m) ** p) ** (1 / p)
    ### END SOLUTION

# %%
check("1.7", norm)

# %% [markdown]
# What makes a function of a vector a norm? Three properties, which any length should have:
#
# 1. only the zero vector has length 0;
# 2. $\lVert a x \rVert = |a|\, \lVert x \rVert$: stretching stretches the length;
# 3. $\lVert x + y \rVert \le \lVert x \rVert + \lVert y \rVert$: a detour is not shorter. This is the **triangle inequality**.
#
# For (1.1) with any $p > 0$ the first two hold, and the third is the one that can fail; other formulas fail others. We try it on 1,000 random pairs.

# %% tags=["nbval-check-output"]
for p in (1, 2, 3, np.inf):
    slack = experiments.triangle_slack(use("1.7"), p)
    print(f"p = {p}: the sum of lengths is never shorter: {slack > -1e-12}")
half = lambda x: np.sum(np.sqrt(np.abs(x))) ** 2
print("p = 1/2:", half(np.array([1.0, 0])), "+", half(np.array([0, 1.0])), "against", half(np.array([1.0, 1])))

# %% [markdown]
# Below $p = 1$ the inequality fails: with $p = 1/2$ the two steps have length 1 each, and their sum length 4. So the condition $p \ge 1$ in (1.1) is needed. For $p = 1$ and $p = \infty$ equality is not rare, and rounding may leave a slack such as $-4 \cdot 10^{-15}$; hence the small tolerance in the code.

# %% [markdown]
# ### Angle
#
# The **dot product** of two vectors adds up the products of their entries, and it knows the angle $\varphi$ between them:
#
# $$ u \cdot v = \sum_i u_i v_i = \lVert u \rVert\, \lVert v \rVert \cos\varphi $$
#
# It is positive when the vectors make an angle below 90 degrees, zero when they are **orthogonal**, negative when the angle is larger. Divided by both lengths it is the **cosine similarity**,
#
# $$ \cos\varphi = \frac{u \cdot v}{\lVert u \rVert\, \lVert v \rVert} \tag{1.3} $$

# %% [markdown]
# It lies between $-1$ and 1 and does not care how dark a digit was written. All dot products between the rows of a table at once are one matrix, the **Gram matrix**:
#
# $$ G = A A^T, \qquad G_{ij} = a_i \cdot a_j \tag{1.4} $$
#
# From it follow all cosines, and by $\lVert a - b \rVert^2 = a \cdot a - 2\, a \cdot b + b \cdot b$ all distances.

# %%
# Exercise 1.8: cosine_table
def cosine_table(X):
    """All cosines between rows, from equations (1.3) and (1.4).

    X (N, d), no row zero. Returns (N, N), with ones on the diagonal.
    """
    ### BEGIN SOLUTION
    lengths = np.sqrt((X * X).sum(axis=1))
    return X @ X.T / np.outer(lengths, lengths)
    ### END SOLUTION

# %%
check("1.8", cosine_table)

# %%
order = np.argsort(digits.y_train[:60], kind="stable")
fig, ax = style.figure(width=5.0, height=4.0)
figures.heatmap(ax, use("1.8")(digits.X_train[:60][order]), "digit", "digit, sorted by label", low=0.2, label="cosine")
ax.set_title("Blocks on the diagonal: equal digits point the same way")
style.show(fig, alt="Cosines between 60 digits sorted by label; square blocks of high values stand along the diagonal.")

# %% [markdown]
# Each square block on the diagonal belongs to one label. All cosines are positive, since no pixel is negative. Is the nearest other digit one with the same label? Three ways to say near:

# %% tags=["nbval-check-output"]
for name, share in experiments.nearest_digits(500).items():
    print(f"{name:>20}: same label in {100 * share:.1f} of 100 cases")

# %% [markdown]
# The dot product alone is misled: a digit written with much ink has a large product with everything. Of the first 500 digits, one single picture is the "most similar" of 99 others. Here are four digits, and below each the one that is nearest by dot product and by cosine.

# %%
X = digits.X_train[:500]
products, cosines = (np.where(np.eye(500), 0, table) for table in (ops.gram_matrix(X), use("1.8")(X)))
fig, axes = style.figure(3, 4, width=4.2, height=3.4)
for column, i in zip(axes.T, (2, 5, 12, 17)):
    for ax, j in zip(column, (i, products[i].argmax(), cosines[i].argmax())):
        ax.imshow(X[j].reshape(8, 8), cmap="gray_r", origin="upper")
        ax.set(title=f"label {digits.y_train[j]}", xticks=[], yticks=[])
        ax.grid(False)
for ax, name in zip(axes[:, 0], ("digit", "dot product", "cosine")):
    ax.set_ylabel(name)
style.show(fig, alt="Four digits; nearest by dot product is a heavily drawn one each time, nearest by cosine a "
                    "digit with the same label.")

# %% [markdown]
# Cosine and distance do well, without any learning. A machine that answers with the label of the most similar stored example is called a nearest-neighbor classifier; it is slow, because it compares with all of them, and it is a bar that a trained network must pass.

# %% [markdown]
# ### A shadow on a line
#
# How much of a vector $x$ lies along a direction $g$? Let light fall at a right angle on the line through $g$: the shadow of $x$ is its **projection**.
#
# $$ \mathrm{proj}_g(x) = \frac{x \cdot g}{\lVert g \rVert^2}\; g \tag{1.5} $$
#
# What is left stands at a right angle on $g$:
#
# $$ \text{rest} = x - \frac{x \cdot g}{\lVert g \rVert^2}\; g, \qquad \text{rest} \cdot g = 0 \tag{1.6} $$

# %%
demos.Projection()

# %% [markdown]
# Drag the tip of $g$ outwards, or change its length: the shadow stays. That is the reason for the *square* in the denominator, one factor for each $g$ in the formula; without it, as in one printed version, the result depends on the length of $g$. Now turn $g$ until the shadow vanishes: the two are orthogonal, and the rest is all of $x$.

# %%
# Exercise 1.9: along_and_across
def along_and_across(x, g):
    """Angle and parts of x with respect to g, equations (1.3), (1.5), (1.6).

    x, g (n,), neither zero. Returns the cosine, the projection of x on g
    (n,), and the rest (n,).
    """
    ### BEGIN SOLUTION
    dot = x @ g
    along = dot / (g @ g) * g
    return dot / np.sqrt((x @ x) * (g @ g)), along, x - along
    ### END SOLUTION

# %%
check("1.9", along_and_across)

# %% tags=["nbval-check-output"]
mean_of = lambda label: digits.X_train[digits.y_train == label].mean(axis=0)
cos, along, rest = use("1.9")(mean_of(3), mean_of(8))
across = rest @ rest / (mean_of(3) @ mean_of(3))
print(f"mean 3 against mean 8: cosine {cos:.3f}, squared length across {across:.3f}")
print(f"mean 0 against mean 1: cosine {use('1.9')(mean_of(0), mean_of(1))[0]:.3f}")

# %% [markdown]
# The average three and the average eight are nearly parallel. What tells them apart is the rest, here a fifth of the squared length. Removing a known component to look at what remains is a tool that returns often: in word vectors, in principal directions below, and in the proof of many a theorem.

# %% [markdown]
# ## One product for a whole batch
#
# A layer with $D_{in}$ inputs and $D_{out}$ units computes one weighted sum a unit. With the samples of a batch as rows of $X$, the weights of each unit as a column of $W$, and in $b$ one number for each unit, its **bias**, this is
#
# $$ Z = X W + b $$

# %% [markdown]
# | array | shape | one row is | one column is |
# |---|---|---|---|
# | $X$ | $(N, D_{in})$ | a sample | a feature |
# | $W$ | $(D_{in}, D_{out})$ | an input | a unit |
# | $b$ | $(D_{out},)$ | | |
# | $Z$ | $(N, D_{out})$ | a sample | a unit |
#
# Every score is a dot product plus the bias, so a unit measures how far a sample points in the direction of its weights, just as digits were compared above. Learning means to turn these directions.
#
# The bias is added to every row; NumPy calls that **broadcasting** along axis 0. Look for $N$ in the table: it appears in $X$ and $Z$ only.

# %%
demos.ShapeExplorer()

# %% [markdown]
# Change the number of samples. The weights do not notice: they belong to the layer, and all samples share them. Click on the entries of $Z$, or play through them, to see which row meets which column.
#
# Other texts write samples as columns, $Z^T = W^T X^T + b$ with a column $b$. Their $W$ is our $W^T$; nothing else changes.

# %% tags=["nbval-check-output"]
Z, b = np.zeros((3, 3)), np.array([1.0, 2.0, 3.0])
print(Z + b)
print(Z + b[:, None])

# %% [markdown]
# Here is a trap. With as many samples as units both lines run. In the first each unit has its bias, the same for all samples; in the second each *sample* has one, which is nonsense. A test with three samples and three units cannot tell the two by their shape, so the checks of this course use sizes that differ.

# %% [markdown]
# ### Exercise 1.10: shapes of a network
#
# Consider the network 4-3-3-1 (four inputs, two hidden layers of three units, one output) and a batch of 2 samples. Give the shapes of all weights `W1`, `W2`, `W3`, of the biases `b1`, `b2`, `b3`, of the scores `Z1`, `Z2`, `Z3`, and the number of `parameters`. Shapes are tuples, `(3,)` with a comma.
#
# Answer with a dict, `{"W1": ..., "b1": ..., "Z1": ..., ..., "parameters": ...}`.

# %%
# Exercise 1.10: shapes of a network
### BEGIN SOLUTION
shapes = {
    "W1": (4, 3), "b1": (3,), "Z1": (2, 3),
    "W2": (3, 3), "b2": (3,), "Z2": (2, 3),
    "W3": (3, 1), "b3": (1,), "Z3": (2, 1),
    "parameters": 31,
}
### END SOLUTION

# %%
check("1.10", shapes)

# %% [markdown]
# The next cell sends a batch through three layers with your shapes. If they did not fit, it would raise an error.

# %% tags=["nbval-check-output"]
sizes, n = (4, 3, 3, 1), 2
layers = use("1.10")
A = np.ones((n, sizes[0]))
for layer in (1, 2, 3):
    A = A @ np.ones(layers[f"W{layer}"]) + np.ones(layers[f"b{layer}"])
    print(f"layer {layer}: scores as you said, {A.shape == layers[f'Z{layer}']}")

# %% [markdown]
# ### Row times column
#
# The product of an $(N, D)$ matrix and a $(D, M)$ matrix has one entry for each row of the first and each column of the second, their dot product:
#
# $$ (AB)_{ij} = \sum_k A_{ik} B_{kj} $$
#
# The inner sizes must agree and disappear. With $M = 1$ it is the product of a matrix and a vector. Write it once with three loops; afterwards use `@` for ever.

# %%
# Exercise 1.11: matmul
def matmul(A, B):
    """The product A B by three loops. A (N, D), B (D, M); returns an array
    (N, M).
    """
    ### BEGIN SOLUTION
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C
    ### END SOLUTION

# %%
check("1.11", matmul)

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(0)
A, B = rng.normal(size=(5, 4)), rng.normal(size=(4, 6))
print("largest difference from NumPy below 1e-12:", np.abs(use("1.11")(A, B) - A @ B).max() < 1e-12)
print("A B equals B A for square matrices:", np.allclose(A[:4] @ B[:, :4], B[:, :4] @ A[:4]))

# %% [markdown]
# The two agree up to rounding; they need not be equal in the last digit, because a sum depends on the order of its terms. And the order of the factors matters: $AB$ and $BA$ are different maps, even where both exist.

# %% [markdown]
# ### Other products and the transpose
#
# The **Hadamard product** multiplies entry by entry, $(A \circ B)_{ij} = A_{ij} B_{ij}$. It needs equal shapes, the order does not matter, and in NumPy it is `*`. Writing `*` for `@` is a slip found in print; for square matrices no error message tells you.
#
# The **transpose** exchanges rows and columns, $(A^T)_{ij} = A_{ji}$, and reverses products: $(AB)^T = B^T A^T$. The **trace** of a square matrix is the sum of its diagonal.

# %% tags=["nbval-check-output"]
A, B, C = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
print(np.allclose((A @ B).T, B.T @ A.T))
print(np.round([np.trace(A @ B @ C), np.trace(B @ C @ A), np.trace(C @ A @ B)], 6))

# %% [markdown]
# Inside a trace the factors may be moved round in a circle, $\mathrm{tr}(ABC) = \mathrm{tr}(BCA) = \mathrm{tr}(CAB)$, though the three products have different shapes. (Round in a circle, not in any order.) Read all entries of a matrix as one long vector. Its length is the **Frobenius norm**, the root of a trace:
#
# $$ \lVert A \rVert_F = \sqrt{\textstyle\sum_{ij} A_{ij}^2} = \sqrt{\mathrm{tr}(A A^T)} \tag{1.7} $$

# %% tags=["nbval-check-output"]
M = np.array([[1.0, 2.0], [3.0, -4.0]])
print(M * M)
print(M @ M)
print(f"{ops.frobenius_norm(M):.6f} {np.sqrt(np.trace(M @ M.T)):.6f} {np.sqrt((M * M).sum()):.6f}")

# %% [markdown]
# The two squares are different things. All three ways of computing the Frobenius norm give $\sqrt{30}$.

# %% [markdown]
# ### Why not a loop?
#
# A loop over samples and units gives the same numbers as one product. How much does it cost? The layer below has 20 units and sees 500 digits.

# %% tags=["measured"]
result = experiments.loop_against_product()
print(f"largest difference {result.difference:.0e}")
print(f"the loop takes {result.seconds_loop / result.seconds_product:.0f} times as long as the product")

# %% [markdown]
# The numbers agree; the time does not. On most machines the factor is in the hundreds. The loop pays for each of 10,000 calls of Python, while the product walks through memory in order and uses every arithmetic unit of the processor. This is why a batch is written as one array, and why no layer of this course loops over samples.

# %% [markdown]
# ## What a matrix does to the plane
#
# A layer with two inputs and two units, without bias, moves every point of the plane somewhere else. Where? To look at one vector at a time we write it as a column, as mathematics does: $y = A x$. (For a batch of rows the same map reads $Y = X A^T$, so $A$ is the $W^T$ of a layer.) The first column of $A$ is the place where $e_1 = (1, 0)$ lands, the second that of $e_2 = (0, 1)$. Everything else follows, because sums go to sums and multiples to multiples.

# %%
demos.LinearMap()

# %% [markdown]
# Drag the tips of $A e_1$ and $A e_2$, which are the columns of the matrix, or pull one of its four entries up and down; the menu *Show* serves two later sections. Lines stay straight, parallels stay parallel, the origin stays where it is, and the circle becomes an ellipse. Three special cases to try: both off-diagonal entries 0 stretches along the axes; entries $(0, -1, 1, 0)$ turn by a right angle; two proportional columns press the whole plane onto a line.

# %% [markdown]
# The area of every figure is multiplied by the same number, the size of the **determinant**, for a 2 × 2 matrix $\det A = a_{11} a_{22} - a_{12} a_{21}$. Its sign is negative when the plane is turned over like a page. When it is zero, the image has no area: the plane has been pressed flat, and no map can bring it back. In three dimensions the determinant speaks of volumes, in $n$ of $n$-dimensional volumes.

# %% tags=["nbval-check-output"]
stretch, turn, flat = np.array([[2.0, 0], [0, 0.5]]), np.array([[0.0, -1], [1, 0]]), np.array([[1.0, 2], [2, 4]])
for name, A in (("stretch", stretch), ("turn", turn), ("flat", flat)):
    print(f"{name:>8}: det {np.linalg.det(A):4.1f}, (1, 1) goes to {A @ np.array([1.0, 1])}")

# %% [markdown]
# A square matrix whose columns are orthogonal and have length 1 is called **orthogonal**: $A^T A = I$, the identity matrix with 1 on its diagonal and 0 elsewhere. Such a matrix changes no length and no angle, so it is a rotation or a reflection, and its inverse is its transpose. `turn` is one.

# %% [markdown]
# ### What can be reached?
#
# Take two vectors $u$ and $v$ and form all combinations $c_1 u + c_2 v$. The set of these points is their **span**. In the plane, two vectors span everything, unless one is a multiple of the other.

# %%
demos.Span()

# %% [markdown]
# Drag the blue point, and the coefficients that reach it follow. Then make one vector a multiple of the other, by its tip: the reachable points collapse onto a line, and a target beside it cannot be hit with any coefficients.
#
# Vectors are **linearly independent** when $\sum_i c_i v_i = 0$ only for $c_1 = c_2 = \dots = 0$, in other words when none of them can be combined from the others. Independent vectors that span a space are a **basis** of it, and every point then has exactly one set of coordinates. All bases of a space have the same number of vectors, its **dimension**.

# %% [markdown]
# A **vector space** is any set in which sums and multiples of its members are members again, with the usual rules of addition and multiplication, so functions and polynomials form one too. This course needs only $\mathbb{R}^n$ and the lines, planes and flats through the origin inside it. Physicists write a column as $|v\rangle$, a row as $\langle u|$, and the dot product as $\langle u | v \rangle$, the bra-ket notation; it means the same.

# %% [markdown]
# ### Exercise 1.12: coordinates by hand
#
# Take $v_1 = (2, 1)$, $v_2 = (-1, 3)$, $x = (3, 5)$ and $w = (-4, -2)$. Find the coefficients `c1` and `c2` with $x = c_1 v_1 + c_2 v_2$, the determinant `det` of the matrix with the rows $v_1, v_2$, and the number of independent rows, `rank`, of the matrix with the rows $v_1, w$.
#
# Answer with a dict, `{"c1": ..., "c2": ..., "det": ..., "rank": ...}`.

# %%
# Exercise 1.12: coordinates by hand
### BEGIN SOLUTION
by_hand = {"c1": 2, "c2": 1, "det": 7, "rank": 1}
### END SOLUTION

# %%
check("1.12", by_hand)

# %% tags=["nbval-check-output"]
v1, v2, x, w = np.array([[2.0, 1], [-1, 3], [3, 5], [-4, -2]])
found = use("1.12")
print("x is reached:", np.allclose(found["c1"] * v1 + found["c2"] * v2, x))
print("area of v1 and w:", round(np.linalg.det(np.array([v1, w])), 9) + 0.0)

# %% [markdown]
# ### What is lost?
#
# The **rank** of a matrix is the number of its independent rows. It is always equal to the number of independent columns, which is not obvious and very useful. A map of rank $r$ has an image of dimension $r$; everything else is lost. The vectors with $A v = 0$ form the **null space**, and the two dimensions add up: rank + dimension of the null space = number of columns.

# %% tags=["nbval-check-output"]
X = digits.X_train
lost = ops.null_space(X)
print(f"rank of the table of digits: {ops.rank(X)} of {X.shape[1]}, null space of dimension {lost.shape[1]}")
print("pixels that are blank in all pictures:", np.flatnonzero(X.max(axis=0) == 0))
print("largest product of a picture with the null space below 1e-12:", np.abs(X @ lost).max() < 1e-12)

# %% [markdown]
# The table has 64 columns and rank 60: four places at the left and right edges are blank in all pictures of this table. The weights on such a place could be anything, the scores $Xw$ of these pictures would not change. A new digit may have ink there (one of the 360 test digits has), and then a careless weight speaks. Networks have many directions of this kind, and most of them are less easy to see.

# %% [markdown]
# ## Two linear layers are one
#
# A map by a matrix alone is called **linear**; with a shift after it, $x A + a$, it is **affine**. If one such layer can turn, stretch and shift the plane, what can five do? First the prediction.

# %%
predict("1.c")

# %% [markdown]
# Add maps, draw other random ones and drag the thick line; then put a **ReLU** between them, $\max(0, z)$ for each entry $z$, which replaces negatives by 0, and watch the lines break. Such a bent function after a layer is called its **activation**.
#
# A layer without activation is affine. Put the result of one into another:
#
# $$ (x A + a)\, B + b = x\,(A B) + (a B + b) \tag{1.8} $$
#
# That is an affine map again, with the weights $AB$ and the offset $aB + b$. Ten affine layers in a row are one affine layer with more arithmetic.

# %% [markdown]
# The order counts. Take $f(x) = x - 1$ and $g(x) = 2x + 1$, and work out $f(g(x))$ and $g(f(x))$ on paper. The function that you write now will tell whether you are right.

# %%
# Exercise 1.13: compose_affine
def compose_affine(first, second):
    """One affine map that does what two do one after the other,
    equation (1.8).

    first, second : pairs (W, b) with W (n_in, n_out), b (n_out,).
    Returns the pair (W, b) of the composed map.
    """
    ### BEGIN SOLUTION
    (A, a), (B, b) = first, second
    return A @ B, a @ B + b
    ### END SOLUTION

# %%
check("1.13", compose_affine)

# %% tags=["nbval-check-output"]
f, g = (np.array([[1.0]]), np.array([-1.0])), (np.array([[2.0]]), np.array([1.0]))
for name, (W, b) in (("f(g(x))", use("1.13")(g, f)), ("g(f(x))", use("1.13")(f, g))):
    print(f"{name} = {W[0, 0]:g} x {b[0]:+g}")

# %% [markdown]
# First $g$, then $f$: $(2x + 1) - 1 = 2x$. First $f$, then $g$: $2(x - 1) + 1 = 2x - 1$. Both are straight lines, and not the same one.
#
# Is depth useless, then? Only without activations. One bent function between the layers is enough to break equation (1.8): $\max(0, xA + a)$ is not affine, and so in general neither is what follows. Everything a deep network can do beyond a single layer, it owes to these bends.

# %% [markdown]
# ## Directions that a map keeps
#
# Most vectors are turned when a matrix is applied to them. Some are not. A vector $v \ne 0$ with
#
# $$ A v = \lambda v $$
#
# stays on its line and is only stretched, by the number $\lambda$; a negative $\lambda$ turns it round, and $\lambda = 0$ makes it vanish. It is an **eigenvector**, and $\lambda$ is its **eigenvalue**. Go back to the picture of the plane and choose *kept directions* from its menu: they are the dashed lines.

# %% [markdown]
# They can be found by hand for a 2 × 2 matrix. $A v = \lambda v$ says that $A - \lambda I$ sends $v \ne 0$ to zero, so its determinant is 0. For the matrix with 2 on the diagonal and 1 beside it: $(2 - \lambda)^2 - 1 = 0$, hence $\lambda = 3$ with $v = (1, 1)$ and $\lambda = 1$ with $v = (1, -1)$. Put them in and see.
#
# Not every matrix has them: a rotation of the plane by any angle but 0 and 180 degrees keeps no direction, and its eigenvalues are complex. With $n$ independent eigenvectors as columns of $V$, the matrix is taken apart into $A = V\, \mathrm{diag}(\lambda)\, V^{-1}$: go to the coordinates along the eigenvectors, stretch each, come back. ($\mathrm{diag}(\lambda)$ has the numbers $\lambda_i$ on its diagonal and 0 elsewhere.) **Symmetric** matrices always have enough of them, they can be chosen orthogonal to each other, and all eigenvalues are real:
#
# $$ A = V\, \mathrm{diag}(\lambda)\, V^T, \qquad V^T V = I \tag{1.9} $$

# %% tags=["nbval-check-output"]
A = np.array([[3.0, 1], [1, 2]])
values, V = ops.eigen_symmetric(A)
print("eigenvalues", values.round(4), " sum", values.sum().round(4), " product", values.prod().round(4))
print(np.allclose(A @ V[:, 0], values[0] * V[:, 0]), np.allclose((V * values) @ V.T, A))
print("right angle turn:", np.linalg.eigvals(turn))

# %% [markdown]
# Two checks that cost nothing: the eigenvalues add up to the trace, $3 + 2$, and multiply to the determinant, $3 \cdot 2 - 1 \cdot 1$. The turn by a right angle from above has the eigenvalues $\pm i$: no real direction is kept.
#
# The sign of an eigenvector is free, $-v$ serves as well as $v$, and two machines may answer differently. `ops.eigen_symmetric` makes the entry of largest size positive, and it gives the largest eigenvalue first; NumPy's `eigh` gives the smallest first. More than one wrong result in this chapter's exercises comes from that.

# %% [markdown]
# ### Multiply, shorten, repeat
#
# How are eigenvectors found? Apply the matrix again and again, and shorten the vector to length 1 each time:
#
# $$ v \leftarrow \frac{A v}{\lVert A v \rVert} \tag{1.10} $$
#
# The part of $v$ along the eigenvector with the eigenvalue of largest size grows fastest and wins, provided $v$ has such a part. At the end the eigenvalue is
#
# $$ \lambda = v^T A v \quad \text{for } \lVert v \rVert = 1 \tag{1.11} $$

# %%
demos.PowerIteration()

# %% [markdown]
# The ratio of the unwanted to the wanted part shrinks by $|\lambda_2 / \lambda_1|$ at every step, so the error soon falls on a straight line of the logarithmic plot. With a ratio of 0.5 ten steps gain three digits; with 0.95 they gain hardly anything. Drag the start to see that it matters only at the beginning. At a ratio of $-1$ the vector swings between two directions for ever, and at 1 it stays where it started. This **power iteration** finds the first pair only, but it needs nothing except products with $A$, so it works for matrices with millions of rows.

# %%
# Exercise 1.14: first_eigenvector
def first_eigenvector(A, v0, steps):
    """Power iteration, equations (1.10) and (1.11).

    A (n, n), v0 (n,) start, not zero; steps multiplications. Returns the
    value v^T A v and the vector v (n,), of length 1, after the last step.
    """
    ### BEGIN SOLUTION
    v = v0 / np.sqrt(v0 @ v0)
    for _ in range(steps):
        v = A @ v
        v = v / np.sqrt(v @ v)
    return v @ A @ v, v
    ### END SOLUTION

# %%
check("1.14", first_eigenvector)

# %% tags=["nbval-check-output"]
C = np.cov(digits.X_train.T)
right = ops.eigen_symmetric(C)[0]
for steps in (1, 10, 100, 200):
    value, v = use("1.14")(C, np.ones(64), steps)
    print(f"{steps:3} steps: {value:.8f}, error below 1e-8: {abs(value - right[0]) < 1e-8}")
print(f"ratio of the first two eigenvalues {right[1] / right[0]:.3f}")

# %% [markdown]
# The matrix is the covariance of the 64 pixels, which (1.20) explains. The ratio 0.909 is close to 1, so the vector needs many steps. The eigenvalue settles sooner: its error falls with the *square* of the ratio for a symmetric matrix.

# %% [markdown]
# ## Slopes of functions of many numbers
#
# A loss takes all weights of a network and returns one number. Its slope along each weight, all of them together, is the **gradient**, an array of the shape of the weights. Two gradients are worth knowing by heart:
#
# - a linear function: $\nabla (c \cdot x) = c$;
# - a quadratic form: $\nabla (x^T A x) = (A + A^T)\, x$, which is $2 A x$ when $A$ is symmetric.

# %% [markdown]
# The second one follows from the product rule: $x$ stands on both sides of $A$. The one on the right contributes $A^T x$, the one on the left $A x$. You can check any such formula by moving one entry of $x$ a little in both directions and dividing the change by the distance; `gradcheck.numerical_gradient` does it for all entries.

# %%
# Exercise 1.15: quadratic_gradient
def quadratic_gradient(A, x):
    """Gradient of x^T A x with respect to x. A (n, n), not always
    symmetric; x (n,). Returns (n,).
    """
    ### BEGIN SOLUTION
    return (A + A.T) @ x
    ### END SOLUTION

# %%
check("1.15", quadratic_gradient)

# %% tags=["nbval-check-output"]
A, x = rng.normal(size=(4, 4)), rng.normal(size=4)
numeric = gradcheck.numerical_gradient(lambda x: x @ A @ x, x)
print("agrees with differences to 1e-7:", np.abs(use("1.15")(A, x) - numeric).max() < 1e-7)

# %% [markdown]
# ### Several outputs: the Jacobian
#
# A function with several outputs has a slope for each pair of output and input. They form the **Jacobian**, one row an output, one column an input:
#
# $$ J_{ij} = \frac{\partial y_i}{\partial x_j} \tag{1.12} $$
#
# It need not be square, although that can be read in print: a layer from 784 inputs to 10 scores has a Jacobian of shape (10, 784). With our rows it is $J = W^T$, and the rule below reads $dx = dz\, W^T$ with slopes as rows.

# %% [markdown]
# Why does the shape matter? Because slopes travel backwards through a function by the *transposed* Jacobian: if $L$ depends on $y$ and $y$ on $x$,
#
# $$ \nabla_x L = J^T\, \nabla_y L $$
#
# The gradient on the right has one entry an output, the result one entry an input; only $J^T$ fits. Where the formula is printed without the transpose, it works for square symmetric Jacobians alone. This line, applied layer by layer, is back-propagation, the subject of chapter 04.

# %% [markdown]
# A Jacobian that is square and even symmetric belongs to **softmax**, which turns scores $z$ into shares $s_i = e^{z_i} / \sum_j e^{z_j}$. From the quotient rule, with its own score and with another one:
#
# $$ \frac{\partial s_i}{\partial z_i} = s_i (1 - s_i), \qquad \frac{\partial s_i}{\partial z_j} = -s_i s_j \quad (j \ne i) $$
#
# So it can be written with the shares alone, without the scores.

# %%
# Exercise 1.16: softmax_jacobian
def softmax_jacobian(s):
    """Slopes of softmax, from its output. s (C,) shares; returns (C, C)
    with one row an output, one column a score.
    """
    ### BEGIN SOLUTION
    return np.diag(s) - np.outer(s, s)
    ### END SOLUTION

# %%
check("1.16", softmax_jacobian)

# %% tags=["nbval-check-output"]
z = np.array([1.0, 2.0, 0.5])
J = use("1.16")(ops.softmax(z))
print(J.round(4))
print("agrees with differences to 1e-7:", np.abs(J - gradcheck.numerical_jacobian(ops.softmax, z)).max() < 1e-7)

# %% [markdown]
# The diagonal is positive, everything else negative. Each column sums to zero: what one share gains, the others lose. Each row does too: the same amount added to all scores changes no share.

# %% [markdown]
# ### Slopes of slopes: the Hessian
#
# The second slopes of a function with one output are the **Hessian**,
#
# $$ H_{ij} = \frac{\partial^2 f}{\partial x_i\, \partial x_j} \tag{1.13} $$
#
# For smooth functions it is symmetric, since the order of the two derivatives does not matter, so it has orthogonal eigenvectors and real eigenvalues. Those say how the function curves: upwards along eigenvectors with positive eigenvalue, downwards along those with negative.
#
# Along a direction $v$ of length 1 the second slope of $f$ is the **quadratic form** $v^T H v$, and near a point where the gradient is 0, $f(x + v) \approx f(x) + \frac12 v^T H v$ for short $v$. For $f = x^T A x$ the Hessian follows from the gradient above.

# %%
demos.QuadraticForm()

# %% [markdown]
# Set both eigenvalues positive, with the sliders or by the points in the cross-sections: a bowl. One negative: a saddle, which goes up in one direction and down in another. One zero: a valley with a level floor.
#
# In coordinates $c_i$ along orthogonal eigenvectors of length 1, the form is a weighted sum of squares, $v^T H v = \sum_i \lambda_i c_i^2$. Hence $H$ is **positive definite**, $v^T H v > 0$ for all $v \ne 0$, exactly when all eigenvalues are positive. (The exception $v = 0$ is sometimes forgotten in print; there the form is 0, always.) With $\ge$ in place of $>$ it is positive **semidefinite**, with both signs **indefinite**.

# %% tags=["nbval-check-output"]
f = lambda x: np.log(np.exp(x[0]) + np.exp(x[1])) + x[0] * x[1]
H = gradcheck.numerical_hessian(f, np.array([0.0, 0.0]))
print(H.round(4))
print("eigenvalues", ops.eigen_symmetric(H)[0].round(4))

# %% [markdown]
# At the origin this function curves upwards in one direction and downwards in another. Look at the entries: the diagonal is positive, and still the matrix is not positive definite. Neither the signs of the entries nor the determinant alone decide; the eigenvalues do.

# %% [markdown]
# ### Exercise 1.17: kinds of quadratic forms
#
# Name the kind of each, one of `"positive"`, `"semidefinite"` (positive, with a zero eigenvalue), `"indefinite"`, `"negative"`. The demo above can show you each of them.
#
# $$ \begin{gathered} A = \begin{pmatrix} 2 & 0 \\ 0 & 1 \end{pmatrix}, \quad B = \begin{pmatrix} 1 & 2 \\ 2 & 1 \end{pmatrix}, \quad C = \begin{pmatrix} 2 & -1 \\ -1 & 2 \end{pmatrix}, \\ D = \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}, \quad E = \begin{pmatrix} -2 & 0 \\ 0 & -1 \end{pmatrix}, \quad F = \begin{pmatrix} 2 & 0 \\ 0 & -1 \end{pmatrix} \end{gathered} $$
#
# Answer with a dict, `{"A": ..., "B": ..., ...}`.

# %%
# Exercise 1.17: kinds of quadratic forms
### BEGIN SOLUTION
kinds = dict(A="positive", B="indefinite", C="positive", D="semidefinite", E="negative", F="indefinite")
### END SOLUTION

# %%
check("1.17", kinds)

# %% [markdown]
# ## Turn, stretch, turn
#
# Eigenvectors need a square matrix, and not every square matrix has enough of them. There is a way of taking apart that always works, for every matrix of every shape. The circle in the picture of the plane became an ellipse; its half-axes are the key (choose *half-axes of the image* from the menu). Some orthogonal directions $v_1, v_2$ go to orthogonal directions $u_1, u_2$, stretched by $s_1 \ge s_2 \ge 0$:
#
# $$ A = U\, \mathrm{diag}(s)\, V^T, \qquad U^T U = I,\; V^T V = I \tag{1.14} $$

# %% [markdown]
# This is the **singular value decomposition**, SVD for short. Read from right to left it says: turn ($V^T$), stretch along the axes ($s$), turn again ($U$), where a turn may also mirror. The $s_i$ are the **singular values**, never negative, largest first. For $A$ of shape $(m, n)$ the full form has $U$ $(m, m)$, a diagonal $(m, n)$ matrix, and $V$ $(n, n)$; the short form that we use leaves out what would be multiplied by zero.

# %% tags=["nbval-check-output"]
M = np.array([[1.0, 2], [2, 4], [3, 6]]) + np.array([[0.1, 0], [0, 0.1], [0, 0]])
U, s, Vt = np.linalg.svd(M, full_matrices=False)
print(U.shape, s.round(4), Vt.shape, np.allclose((U * s) @ Vt, M))
print("squared, they are the eigenvalues of M^T M:", np.allclose(s**2, ops.eigen_symmetric(M.T @ M)[0]))
print("rank", ops.rank(M), "and with tol = 0.05", ops.rank(M, tol=0.05))

# %% [markdown]
# Two remarks on the code. The third result of NumPy is $V^T$, with the directions as rows; `ops.svd` returns $V$ with the directions as columns, which reads like (1.14). Mixing them up raises no error when the matrix is square. And `U * s` multiplies each *column* by its singular value, by broadcasting.
#
# The singular values answer an open question: how many rows are independent when numbers are rounded? The **rank** is the number of singular values that are clearly not zero,
#
# $$ \text{rank} = \#\{\, i : s_i > \text{tol} \cdot s_1 \,\}, \qquad \text{tol} = \max(m, n)\, \varepsilon \tag{1.15} $$

# %% [markdown]
# Here $\varepsilon$ is the relative gap between neighboring floats, $2.2 \cdot 10^{-16}$. The matrix above has columns that are nearly multiples of each other; its second singular value is small, but not zero, so the rank is 2. Whoever knows that the entries are measured with an error of a few percent takes a larger tolerance, and the answer is 1.

# %% [markdown]
# ### A photograph in few parts
#
# Multiply (1.14) out: a matrix is a sum of simple ones, each an **outer product** $u v^T$: a column times a row, all products of their entries. Stop after $k$ terms:
#
# $$ A_k = \sum_{i \le k} s_i\, u_i v_i^T \tag{1.16} $$
#
# This has rank $k$, and no matrix of rank $k$ is nearer to $A$. Since the parts are orthogonal, the squares of what is dropped add up:
#
# $$ \lVert A - A_k \rVert_F^2 = \sum_{i > k} s_i^2 \tag{1.17} $$

# %%
predict("1.d")

# %% [markdown]
# Start at $k = 1$: one column pattern times one row pattern, a picture made of stripes. Play upwards and watch when you recognize the building, and when you stop seeing a difference. Choose *what is missing* from the menu to see the rest: fine lines and grain.

# %%
# Exercise 1.18: low_rank
def low_rank(A, k):
    """Nearest matrix of rank k and its distance, equations (1.16), (1.17).

    A (m, n), k from 1 to min(m, n). Returns A_k (m, n) and the Frobenius
    norm of A - A_k.
    """
    ### BEGIN SOLUTION
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    return (U[:, :k] * s[:k]) @ Vt[:k], np.sqrt(np.sum(s[k:] ** 2))
    ### END SOLUTION

# %%
check("1.18", low_rank)

# %% [markdown]
# ### Exercise 1.19: how many parts
#
# What is the smallest number of parts $k$ for which the error $\lVert A - A_k \rVert_F$ of the photograph is below 10 percent of $\lVert A \rVert_F$? Find it with the slider or with your function, and note that the *squared* error is another thing.

# %%
# Exercise 1.19: how many parts
### BEGIN SOLUTION
fewest = 24
### END SOLUTION

# %%
check("1.19", fewest)

# %%
errors = experiments.photograph_errors()
fig, ax = style.figure()
figures.curves(ax, {"error": errors, "squared error": errors**2}, "parts k", "share of the norm, of its square")
ax.set(title="A few parts carry most of the picture, the last 100 almost nothing", yscale="log", ylim=(1e-4, 1.2))
style.show(fig, alt="Relative error of the photograph against the number of parts, falling fast at first, then slowly.")

# %% [markdown]
# A part of this picture needs $256 + 384 + 1 = 641$ numbers, so $k$ parts save something as long as $641 k$ is below 98,304. Photographs can be compressed better in other ways. But the same cut works for any table in which rows resemble each other: users and films, words and texts, or the weights of a wide layer.

# %% [markdown]
# ## Undoing a map
#
# You know $y = A x$ and want $x$ back. For a square matrix of full rank there is an **inverse**, $A^{-1} A = I$, and $x = A^{-1} y$. Two things can go wrong. With more equations than unknowns there may be no $x$ at all; with fewer, or with dependent columns, where there is one, there are many.

# %% [markdown]
# The SVD shows what can be saved. Undo the three steps in reverse order: turn back, *un*-stretch by $1/s_i$, turn back. Where $s_i = 0$ nothing arrived, so nothing can be brought back, and we write 0. The result is the **Moore-Penrose inverse**, or pseudo-inverse:
#
# $$ A^+ = V\, \mathrm{diag}(1/s_i \text{ if } s_i > \text{tol} \cdot s_1, \text{ else } 0)\; U^T \tag{1.18} $$
#
# Among all $x$ for which $\lVert A x - y \rVert$ is smallest, $x = A^+ y$ is the shortest.

# %%
# Exercise 1.20: pinv
def pinv(A):
    """Pseudo-inverse by SVD, equation (1.18), tol = max(m, n) times 2.2e-16.

    A (m, n) of any rank, not zero. Returns (n, m).
    """
    ### BEGIN SOLUTION
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    kept = s > max(A.shape) * np.finfo(float).eps * s[0]
    inverted = np.where(kept, 1 / np.where(kept, s, 1), 0)
    return (Vt.T * inverted) @ U.T
    ### END SOLUTION

# %%
check("1.20", pinv)

# %% tags=["nbval-check-output"]
A = rng.normal(size=(5, 3))
y, B = A @ np.array([1.0, -2.0, 3.0]), use("1.20")(A)
print("B A = I, a left inverse:", np.allclose(B @ A, np.eye(3)), " A B = I:", np.allclose(A @ B, np.eye(5)))
print("A x = y solved:", (B @ y).round(6))
print("x1 + x2 = 2, shortest solution:", use("1.20")(np.array([[1.0, 1.0]])) @ np.array([2.0]))

# %% [markdown]
# With independent columns $A^+$ is a **left inverse**: $A^+ A = I$. It cannot be an inverse from the right as well, since five outputs hold only three dimensions. The last line has infinitely many solutions, and the pseudo-inverse picks the shortest, $(1, 1)$.

# %% [markdown]
# ### A formula, and its limit
#
# For independent columns there is a shorter formula, $A^+ = (A^T A)^{-1} A^T$. Why not always use it? The matrix $A^T A$ is always square, so squareness is not the problem, though one text says so. It has no inverse when the columns of $A$ are **dependent**, and that is certain when $A$ has fewer rows than columns. A small push on the diagonal helps:
#
# $$ A^+ = \lim_{\alpha \to 0^+} (A^T A + \alpha I)^{-1} A^T \tag{1.19} $$
#
# The limit is taken from above: $\alpha$ must be positive, for then all eigenvalues of the bracket are.

# %%
predict("1.e")

# %% [markdown]
# With the matrix whose columns are dependent, drag $\alpha$ from the right end to the left. The error first falls in step with $\alpha$; then rounding, which grows like $1/\alpha$, takes over. Choose independent columns from the menu, and nothing of the kind happens.

# %% tags=["nbval-check-output"]
exponents = (-2, -4, -6, -10)
independent = experiments.limit_errors(exponents, dependent=False)
dependent = experiments.limit_errors(exponents)
print("independent columns:", " ".join(f"{error:.0e}" for error in independent))
print("dependent columns:  ", " ".join(f"{error:.0e}" for error in dependent[:3]), " worse at 1e-10:", dependent[3] > 1e-8)

# %% [markdown]
# So (1.19) is good for understanding and (1.18) for computing: forming $A^T A$ squares all singular values, and with them the ratio of the largest to the smallest. The push $\alpha$ returns in chapter 02 under the name of ridge regression, where it is kept on purpose.

# %% [markdown]
# ### What does it cost?
#
# Counting multiplications, the cost of the inverse of an $(n, n)$ matrix is proportional to $n^3$, that of the SVD of an $(m, n)$ table with $m \ge n$ to $m\, n^2$. Doubling the samples doubles the latter; doubling the features makes it four times as large.

# %% tags=["measured"]
for name, costs in (("inverse, n", experiments.cost_of_inverse()), ("SVD of 60 columns, m", experiments.cost_of_svd())):
    print(f"{name} =", ", ".join(f"{size}: {ratio:.1f}" for size, ratio in zip(costs.sizes, costs.ratios)), "times as long")

# %% [markdown]
# By the count you would expect 1, 8, 64 for the inverse and 1, 2, 4 for the SVD. Measured times usually stay below it at these sizes, because small problems spend most of their time on overhead and large ones use the processor better. Still, doubling $n$ makes the inverse several times as expensive, doubling $m$ makes the SVD at most about twice as expensive. For a single system $A x = y$ do not compute an inverse at all; `np.linalg.solve` is cheaper and more accurate.

# %% [markdown]
# ## Which direction matters most?
#
# A digit has 64 numbers, but they are not independent: neighboring pixels go together. Are there fewer numbers that describe it nearly as well? We look for the one direction along which the samples differ most. First on a cloud of points in the plane.

# %%
predict("1.f")

# %% [markdown]
# The line lies along the cloud. Turn it by hand, without the subtraction, to the smallest error: it ends near the mean. Two numbers change on the way: the mean square along $d$ and the mean squared distance from the line. They always add up to the same total, so the largest share and the smallest error are reached at the same angle. Then switch the subtraction of the mean on and look for the best angle again; what is captured is then the variance along $d$.

# %% [markdown]
# ### The best direction, derived
#
# Let $B = X - \text{mean}$ hold the centered samples as rows, and let $d$ be a direction of length 1. The projection of all samples on it is $B d\, d^T$. By Pythagoras, row by row,
#
# $$ \lVert B - B d\, d^T \rVert_F^2 = \lVert B \rVert_F^2 - \lVert B d \rVert^2 . $$
#
# The first term does not depend on $d$. To make the error small, make $\lVert B d \rVert^2 = d^T B^T B\, d$ large: **arg min of the error is arg max of the captured part**.

# %% [markdown]
# With the eigenvectors of the symmetric matrix $B^T B$ as coordinates, $d = \sum_i c_i v_i$ with $\sum_i c_i^2 = 1$, the captured part is $\sum_i \lambda_i c_i^2$, a weighted mean of the eigenvalues. No weighted mean exceeds the largest value, so the best $d$ is the eigenvector with the **largest** eigenvalue, $d = v_1$.
#
# Two slips about this can be found in print. It is not "the eigenvector of $X$": a table of samples is not square and has none. And in one derivation a sign is lost on the last line, so that the trace is minimized that should be maximized.

# %% [markdown]
# ### Exercise 1.21: find the slip
#
# The function below should say how much error each of several directions leaves, and which one is best. It names the worst. Every line looks plausible; draw one sample, its projection and the right-angled triangle, and mend the one that is wrong.

# %%
# Exercise 1.21: best_direction
def best_direction(X, D):
    """Squared error that each of several directions leaves.

    X (N, d) samples, not centered; D (M, d) directions of length 1 as rows.
    Returns the errors (M,), each |B - B d d^T|_F^2 with B = X - mean, and
    the number of the best direction.
    """
    B = X - X.mean(axis=0)
    captured = np.sum((B @ D.T) ** 2, axis=0)
    ### BEGIN BUGGY
    #| errors = np.sum(B**2) + captured
    ### END BUGGY
    ### BEGIN SOLUTION
    errors = np.sum(B**2) - captured
    ### END SOLUTION
    return errors, int(np.argmin(errors))

# %%
check("1.21", best_direction)

# %% [markdown]
# How much does the slip cost on real data? We keep ten directions of the digits, once those with the largest eigenvalues and once those with the smallest.

# %% tags=["nbval-check-output"]
for name, error in experiments.sign_slip(k=10).items():
    print(f"{name:>20}: mean squared error {error:.2f}")

# %% [markdown]
# Ten good directions leave 1.22 of 4.70. Ten bad ones leave everything: they are the directions in which the digits hardly differ, among them the pixels that are always blank.

# %% [markdown]
# ### Several directions
#
# For $k$ directions, the columns of $D$ with $D^T D = I$, the captured part is $\lVert B D \rVert_F^2 = \mathrm{tr}(D^T B^T B\, D)$, the trace to be maximized. Take the next eigenvectors: they are orthogonal, so their captured parts, the eigenvalues, add up. That no other $k$ directions capture more is proved by induction, which open question 1.Q3 leaves to you. This is **principal component analysis**, PCA:
#
# $$ \begin{gathered} D = \text{eigenvectors of } \tfrac{1}{N-1} B^T B \\ \text{with the } k \text{ largest eigenvalues} \end{gathered} \tag{1.20} $$
#
# This matrix is the **covariance** of the features, with their variances on its diagonal. Its eigenvalues are the **variances** along the directions. Variances of samples here have the divisor $N - 1$, as in `np.cov`; standardization used $N$, and the directions do not depend on the divisor.

# %% [markdown]
# Read as a machine, PCA is an encoder and a decoder. The **code** $c$ has $k$ numbers, and the decoder brings it back to the space of the samples, mean included:
#
# $$ c = (x - \text{mean})\, D, \qquad x_{\text{rebuilt}} = c\, D^T + \text{mean} \tag{1.21} $$
#
# In practice the directions come from the SVD of $B$, without forming $B^T B$: they are the columns of $V$, and the variances are $s_i^2/(N-1)$.

# %%
# Exercise 1.22: pca
def pca(X, k):
    """Principal components, equations (1.20) and (1.21).

    X (N, d) samples, k directions. Returns the k variances, largest first,
    with divisor N - 1, and the samples rebuilt from their codes (N, d).
    """
    ### BEGIN SOLUTION
    mean = X.mean(axis=0)
    B = X - mean
    values, V = np.linalg.eigh(B.T @ B / (len(X) - 1))
    D = V[:, ::-1][:, :k]
    return values[::-1][:k], B @ D @ D.T + mean
    ### END SOLUTION

# %%
check("1.22", pca)

# %% tags=["nbval-check-output"]
variances, rebuilt = use("1.22")(digits.X_train, 64)
shares = np.cumsum(variances) / variances.sum()
for k in (2, 10, 20, 40):
    print(f"{k:2} directions carry {100 * shares[k - 1]:.1f} percent of the variance")
print("all 64 rebuild the digits to 1e-10:", np.abs(rebuilt - digits.X_train).max() < 1e-10)

# %% [markdown]
# Ten numbers carry nearly three quarters of what 64 pixels say about a digit, forty nearly everything. What do the directions look like, and what do the first two show?

# %%
mean, D, _ = ops.principal_directions(digits.X_train, 6)
fig, axes = style.figure(1, 7, height=1.25)
for k, (ax, part) in enumerate(zip(axes, [mean, *D.T])):
    limit = np.abs(part).max()
    ax.imshow(part.reshape(8, 8), cmap=style.SIGNED, vmin=-limit, vmax=limit, origin="upper")
    ax.set(title=f"direction {k}" if k else "mean", xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="The mean digit and the first six principal directions as 8 by 8 pictures, blue positive, "
                    "orange negative.")

# %% [markdown]
# A digit is the mean plus so much of direction 1, so much of direction 2, and so on. Blue pixels get darker, orange ones lighter when the coefficient is positive. Here is the first digit of the table, rebuilt from more and more numbers:

# %%
mean, D, _ = ops.principal_directions(digits.X_train)
code = (digits.X_train - mean) @ D
fig, axes = style.figure(1, 7, height=1.25)
for ax, k in zip(axes, (0, 1, 2, 5, 10, 20, 64)):
    ax.imshow((code[0, :k] @ D[:, :k].T + mean).reshape(8, 8), cmap="gray_r", vmin=0, vmax=1, origin="upper")
    ax.set(title=f"{k} numbers", xticks=[], yticks=[])
    ax.grid(False)
style.show(fig, alt="One digit rebuilt from 0, 1, 2, 5, 10, 20 and 64 numbers, from the blurred mean to the picture "
                    "itself.")

# %% [markdown]
# With no number at all the decoder gives the mean of all digits. Ten numbers make the digit recognizable, twenty are close to the original.
#
# Now each digit as a point, with its first two codes as coordinates:

# %%
fig, ax = style.figure(width=5.6, height=4.0)
for label, color, marker in zip((0, 1, 4), style.PALETTE, style.MARKERS):
    ax.scatter(*code[digits.y_train == label, :2].T, s=14, color=color, marker=marker, label=f"digit {label}")
ax.set(title="Two of 64 dimensions nearly separate three digits", xlabel="code 1", ylabel="code 2")
ax.legend()
style.show(fig, alt="Zeros, ones and fours as points in the plane of the first two principal codes, in three groups.")

# %% [markdown]
# The labels played no part: PCA has never seen them. It looks for large variance, and here a large part of the variance is the difference between digits. That is luck as well as method; a direction of small variance may be the one that matters for the task.
#
# ### Two decisions before PCA
#
# **Center.** Without subtracting the mean, the first direction turns towards the mean, and where the cloud is far from 0 it says little about differences:

# %% tags=["nbval-check-output"]
for name, cosine in experiments.without_centering().items():
    print(f"first direction, {name}: cosine with the mean {cosine:.3f}")

# %% [markdown]
# **Scale, or not.** Variance has a unit. The ten measurements of the patients have ten different units, so without standardization PCA finds the column with the largest spread. The pixels share one unit, and dividing the faint ones at the edge by their small spread would only amplify noise.

# %% tags=["nbval-check-output"]
for name, X in (("raw", patients.X_train), ("standardized", datasets.standardize(patients.X_train))):
    _, D, variances = ops.principal_directions(X)
    strongest = datasets.DIABETES_FEATURES[np.abs(D[:, 0]).argmax()]
    print(f"{name:>12}: first direction {100 * variances[0] / variances.sum():.0f} percent, mostly {strongest}; "
          f"last variance {variances[-1]:.3f}")

# %% [markdown]
# The last variance of the standardized table is 0.008, against 1 for a single column: one combination of the blood values, mostly `tc` minus `ldl` and `hdl`, is almost constant, so one of the ten measurements is nearly superfluous. Chapter 02 meets this as a badly conditioned problem.
#
# PCA color augmentation uses this in training on pictures: take the principal directions of the red, green and blue values of all pixels, and add a little noise along them to a picture. It varies the light, and leaves the content alone.

# %% [markdown]
# ## The range of the numbers
#
# All of this is computed with floats, which are not the real numbers. A float64 has about 16 digits and a largest value near $1.8 \cdot 10^{308}$. The gap between 1 and the next float is $\varepsilon = 2.2 \cdot 10^{-16}$.

# %% tags=["nbval-check-output"]
limits = np.finfo(float)
print(limits.max, limits.eps, limits.smallest_normal)
with np.errstate(over="ignore"):
    print(np.exp(709.0), np.exp(710.0))
print(np.finfo(np.float32).max, np.finfo(np.float32).eps)

# %% [markdown]
# The exponential, which sits in every softmax, overflows above $z = 709$. The result is `inf`, and from two infinities soon comes NaN, not a number. A float32, the usual type in large networks, has 7 digits and ends at $3.4 \cdot 10^{38}$, where $e^{89}$ is already too large. Three habits follow: divide by the largest size before powers, and subtract the largest score before exponentials; compare floats with a tolerance, as `np.allclose` does; ask for the rank with a tolerance too.

# %% [markdown]
# ### Exercise 1.23: seven comparisons
#
# What does Python answer? Decide before you try.
#
# - **a** `0.1 + 0.2 == 0.3`
# - **b** `1e200 * 1e200 == float("inf")`
# - **c** `1 + 1e-16 == 1`
# - **d** `1e16 + 1 == 1e16`
# - **e** `float("nan") == float("nan")`
# - **f** `1e-200 * 1e-200 == 0`
# - **g** `float("inf") - float("inf") == 0`
#
# Answer with a dict of `True` and `False`, `{"a": ..., "b": ..., ...}`.

# %%
# Exercise 1.23: seven comparisons
### BEGIN SOLUTION
comparisons = dict(a=False, b=True, c=True, d=True, e=False, f=True, g=False)
### END SOLUTION

# %%
check("1.23", comparisons)

# %% [markdown]
# ## Twelve statements
#
# Some of these stand in printed texts and are wrong; the others are right. Which are true?
#
# - **a** The first principal direction is the eigenvector of the table of samples $X$.
# - **b** $X^T X$ may have no inverse because it is not square.
# - **c** If $X$ has fewer rows than columns, $X^T X$ has no inverse.
# - **d** $H$ is positive definite when $v^T H v > 0$ for every $v$ without exception.
# - **e** One color picture is a tensor with five axes.
# - **f** A Jacobian need not be square.
# - **g** The L2 norm of $(3, 4)$ is 25.
# - **h** Slopes travel backwards by the Jacobian itself, $\nabla_x L = J\, \nabla_y L$.
# - **i** $\mathrm{tr}(ABC) = \mathrm{tr}(BCA)$ whenever the products exist.
# - **j** $A \circ B = B \circ A$ for any two matrices of one shape.
# - **k** Two affine layers in a row can do what no single one can.
# - **l** What is left of $x$ after its projection on $g$ is taken away is orthogonal to $g$, however long $g$ is.
#
# Answer with a dict of `True` and `False`, `{"a": ..., "b": ..., ...}`.

# %%
# Exercise 1.24: twelve statements
### BEGIN SOLUTION
judged = dict(a=False, b=False, c=True, d=False, e=False, f=True, g=False, h=False, i=True, j=True, k=False, l=True)
### END SOLUTION

# %%
check("1.24", judged)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The direction is an eigenvector of the matrix made from the centered samples, the one with the largest eigenvalue. X transposed times X is always square and singular when columns are dependent, which is certain with fewer rows than columns. Every quadratic form is 0 at v = 0. One color picture has three axes, a batch of them four, a batch of videos five. The norm of (3, 4) is 5, its square 25. Shapes demand the transposed Jacobian. Affine after affine is affine.
# </details>

# %% [markdown]
# ## Practice from the whole chapter
#
# No heading tells you here which idea is needed.
#
# ### Exercise 1.25: short answers
#
# On paper; rows, columns and places are counted from 0, as in NumPy. Answer with a dict, `{"index": ..., "place": ..., ...}`.
#
# - A gray picture has 5 rows and 8 columns. At which `index` is the place in row 3, column 6, and which `place`, as a pair (row, column), has the index 19?
# - Let $A = \begin{pmatrix} 1 & 4 \\ 2 & 3 \end{pmatrix}$ and $b = (10, 20)$. Give the `entry` of `A + b` in row 1 and column 0; the entry of the `hadamard` product $A \circ A^T$ in row 0 and column 1; the `trace` of $A A^T$; and the `hessian` of $f(x) = x^T A x$ as `[[.., ..], [.., ..]]`.
# - A program subtracts 6 predictions of shape `(6,)` from 6 targets of shape `(6, 1)`. Which `shape` has the result?
# - For which number $x$, called `best`, is $\lVert a x - y \rVert$ smallest when $a = (1, 2, 2)$ and $y = (5, 1, 1)$?
# - Which of the three properties of a norm fail? Give their numbers, `(1,)` or `(1, 3)`, for `half`, equation (1.1) with $p = 1/2$; for `count`, the number of entries of $x$ that are not 0; for `first`, the size $|x_1|$ of the first entry; and for `square`, $\sum_i x_i^2$. Vectors have at least two entries.

# %%
# Exercise 1.25: short answers
### BEGIN SOLUTION
short = {
    "index": 30, "place": (2, 3),
    "entry": 12, "hadamard": 8, "trace": 30, "hessian": [[2, 6], [6, 6]],
    "shape": (6, 6),
    "best": 1,
    "half": (3,), "count": (2,), "first": (1,), "square": (2, 3),
}
### END SOLUTION

# %%
check("1.25", short)

# %% [markdown]
# <details><summary>Once it is right</summary>
# The column of targets and the row of predictions are both stretched, so every target meets every prediction, and the mean of the squares of all these differences is a loss that no longer asks which prediction belongs to which target. No error is raised. The best number is $a^+ y$: a single column $a$ has the left inverse $a^T / \lVert a \rVert^2$, and $a x$ is then the projection of $y$ on $a$. The number of nonzero entries obeys the triangle inequality but does not grow when $x$ is stretched; it is sometimes called the L0 norm, and is none.
# </details>
#
# ### Min-max scaling, without a leak
#
# The range from 0 to 1 is worked out from the training rows, for the same reason as mean and standard deviation.

# %%
# Exercise 1.26: min_max
def min_max(train, other):
    """Both arrays scaled so that the columns of train run from 0 to 1.

    train (N, D), no column constant; other (M, D), scaled by the same
    numbers. Returns the two scaled arrays.
    """
    ### BEGIN SOLUTION
    low, high = train.min(axis=0), train.max(axis=0)
    return (train - low) / (high - low), (other - low) / (high - low)
    ### END SOLUTION

# %%
check("1.26", min_max)

# %% tags=["nbval-check-output"]
train, test = use("1.26")(patients.X_train, patients.X_test)
print(f"train from {train.min():.3f} to {train.max():.3f}, test from {test.min():.3f} to {test.max():.3f}")

# %% [markdown]
# One of the test patients lies below the smallest training value of a feature. Such values are no error: the model has to answer for them too.
#
# ### How small should alpha be?
#
# Equation (1.19) is a limit, but a computer needs a number. Write the formula for one $\alpha$, then try twelve.

# %%
# Exercise 1.27: limit_form
def limit_form(A, alpha):
    """What stands behind the limit in equation (1.19).

    A (m, n), alpha > 0. Returns (n, m).
    """
    ### BEGIN SOLUTION
    return np.linalg.solve(A.T @ A + alpha * np.eye(A.shape[1]), A.T)
    ### END SOLUTION

# %%
check("1.27", limit_form)

# %%
A = np.random.default_rng(1).normal(size=(6, 3))
A[:, 2] = A[:, 0] + A[:, 1]
alphas = 10.0 ** -np.arange(1, 13)
errors = [ops.frobenius_norm(use("1.27")(A, alpha) - use("1.20")(A)) for alpha in alphas]
fig, ax = style.figure()
ax.loglog(alphas, errors, "o-", color=style.BLUE)
ax.set(title="Dependent columns: the error falls with α, then rounding wins", xlabel="α", ylabel="distance from the SVD")
style.show(fig, alt="Error against alpha on logarithmic axes, a V with its lowest points, about 2e-8, at alpha 1e-8 and 1e-7.")

# %% [markdown]
# To the right of the lowest point the formula itself is wrong by a multiple of $\alpha$; to the left rounding, about $10^{-16}/\alpha$, takes over. They meet near the root of $10^{-16}$, so half of the 16 digits is the best that this formula gives when columns are dependent. Your function by SVD never forms $A^T A$ and keeps nearly all of them.

# %% [markdown]
# ## A test of your own (further)
#
# How would you know that somebody else's `norm` (Exercise 1.7) is right, without reading it?
#
# A **test** calls a function on an input of your choice and says with `assert` what must hold. The check hands your test several versions of `norm`, one of them right: it must hold for the right one and fail for at least five of six wrong ones. Choose few inputs, and those well.

# %%
# Exercise 1.28: test_norm
def test_norm(norm):
    """Assert what must hold for norm(x, p) of Exercise 1.7; call the norm
    that is handed in.
    """
    ### BEGIN SOLUTION
    x = np.array([3.0, -4.0])
    assert np.isclose(norm(x, 1), 7) and np.isclose(norm(x, 2), 5)
    assert norm(x, np.inf) == 4 and norm(np.zeros(2), 2) == 0
    assert np.isclose(norm(1e200 * x, 2), 5e200)
    ### END SOLUTION


# %%
check("1.28", test_norm)

# %% [markdown]
# One vector with a positive entry that is not the largest in size finds most of the slips; the zero vector and the huge one find the others. The docstring of Exercise 1.7 had named them all: what a docstring promises is a list of tests.

# %% [markdown]
# ## Summary
#
# - Data are arrays. Count the indices to find the number of axes. Samples come first: a table is $(N, D)$, pictures are $(N, C, H, W)$. Move axes by transposing, never by reshaping.
# - Labels become one-hot rows with a column for every class that exists; features are standardized with the statistics of the training rows.
# - Norms: L1 adds sizes, L2 is the root of the sum of squares, the max norm takes the largest size. A cosine compares directions. The projection on $g$ divides by $\lVert g \rVert^2$, and the rest is orthogonal to $g$.
# - A layer is $Z = X W + b$, one product for the whole batch. The weights do not depend on the batch. Affine maps in a row are one affine map.
# - Eigenvectors stay on their line. Symmetric matrices have orthogonal ones, and the signs of the eigenvalues say whether a quadratic form is a bowl, a saddle or a hill.
# - A Jacobian is (outputs, inputs); slopes travel backwards by its transpose. A Hessian is symmetric.
# - Every matrix is turn, stretch, turn. The largest singular values carry most of it; the reciprocals of those that are not zero make the pseudo-inverse.
# - PCA: center, take the eigenvectors of the covariance with the largest eigenvalues, encode, decode, add the mean back.

# %% [markdown]
# ## Recall
#
# Answer from memory, then unfold.
#
# 1. Why has the one-hot row of a digit ten entries, even in a batch that holds only threes and fours? <details><summary>Answer</summary>The width is the number of classes that exist. The layer that reads or writes the rows has a fixed shape and cannot change it from batch to batch.</details>
# 2. Which arrays of $Z = XW + b$ change their shape when the batch grows? <details><summary>Answer</summary>X and Z. Weights and biases belong to the layer and are shared by all samples.</details>
# 3. When has $X^T X$ no inverse, and what takes its place? <details><summary>Answer</summary>When columns of X depend on each other, always with fewer rows than columns. The pseudo-inverse from the SVD, which leaves directions with singular value zero alone.</details>
# 4. Why do two linear layers not help? <details><summary>Answer</summary>Their composition is again an affine map, with the product of the matrices as weights. Only a bent function between them brings something new.</details>
# 5. The smallest reconstruction error and the largest variance are found at the same direction. Why? <details><summary>Answer</summary>By Pythagoras the two add up to the total scatter of the centered samples, which does not depend on the direction.</details>

# %% [markdown]
# **Open question 1.Q1** (6 points)
#
# Derive the first principal direction. Start from the mean squared distance of centered samples from their projections on a line through the origin with unit direction $d$, and end at an eigenvector. Say where centering is used, and what would come out if a sign were lost on the way.
# ### BEGIN SOLUTION
# Model answer. Let B hold the centered rows. The projection of a row b on d is (b.d) d, and since d has length 1, the squared distance is |b|^2 - (b.d)^2. Summed over the rows: |B|_F^2 - d^T B^T B d. The first term is fixed, so the error is smallest where d^T B^T B d is largest. Write d in the orthonormal eigenvectors of the symmetric matrix B^T B, d = sum c_i v_i with sum c_i^2 = 1; then the captured part is sum lambda_i c_i^2, at most the largest eigenvalue, and equal to it for d = v_1. Centering is used because the best line is meant to pass through the middle of the cloud; without it the first direction turns towards the mean, and points almost at it when the cloud is far from 0. With the sign lost, the captured part would be minimized, and the eigenvector of the smallest eigenvalue would come out, the worst direction of all.
#
# A full answer contains: the distance by Pythagoras (1), the sum with B^T B (1), minimum of the error as maximum of the form (1), the step to the largest eigenvalue (1), the role of centering (1), the effect of the sign (1).
# ### END SOLUTION

# %% [markdown]
# **Open question 1.Q2** (4 points)
#
# A fellow student standardizes training and test table together, before the split, and reports a test error. Is the report worthless? Explain what has leaked, when it matters little and when much, and how you would do it.
# ### BEGIN SOLUTION
# Model answer. The mean and the standard deviation contain the test rows, so the test rows have influenced what the model was trained on; the test no longer stands for patients who come later. With many rows from one source the statistics hardly change and the error is nearly the same. With few rows, with outliers in the test part, or when the test part comes from another time or place, the difference can be large, in either direction; the number then no longer says how the model will do on patients who come later. I would split first, compute the statistics from the training rows alone, apply them to both parts, and keep them with the model for later samples.
#
# A full answer contains: what leaks (1), little with many similar rows (1), much, in either direction, with few or shifted rows (1), the right order of steps (1).
# ### END SOLUTION

# %% [markdown]
# **Open question 1.Q3** (4 points)
#
# Prove by induction that the eigenvectors with the $k$ largest eigenvalues capture the largest part. Suppose the claim holds for $k - 1$ directions in any space. Where do you find the $k$-th direction, and why does it not matter that the first ones were chosen before it?
# ### BEGIN SOLUTION
# Model answer. Let S = B^T B. Any k-dimensional flat W contains a unit vector d that is orthogonal to v_1, ..., v_(k-1), because k dimensions cannot be cut down to nothing by k - 1 conditions. In the coordinates along the eigenvectors d has no part along the first k - 1, so its captured part is a weighted mean of lambda_k, ..., lambda_n and at most lambda_k. Take d as the last of k orthogonal directions of W. The other k - 1 are orthogonal directions of a space, and by the assumption they capture at most lambda_1 + ... + lambda_(k-1). Together W captures at most lambda_1 + ... + lambda_k, and v_1, ..., v_k reach that. The captured part of a flat, a trace, does not depend on which orthogonal directions describe it, so choosing d last is no restriction.
#
# A full answer contains: a direction orthogonal to the first k - 1 eigenvectors exists in every flat (1), it captures at most lambda_k (1), the assumption for the remaining directions (1), the sum is reached by the eigenvectors (1).
# ### END SOLUTION

# %% [markdown]
# # Start here
#
# **Aim.** In the next ten minutes you move your first network, solve a two-minute exercise, and know what to do when something does not work.
#
# A network learns below. Run the two cells (click into each and press **Shift+Enter**), then drag *Hidden units* down to 1: one unit can only draw a straight line. Each movement of a slider trains the network again from the beginning, on your machine.

# %%
from course_lib import syllabus
from course_lib.app import doctor
from course_lib.exercises import check, hint, progress_table, solution, use
from course_lib.viz import demos

# %%
demos.TrainANetwork()

# %% [markdown]
# In the first picture, every point is a sample of one of two classes, and the color of the ground is what the network answers there: blue for the one class, orange for the other. The second is the error during training. When it falls to the bottom, the colors of the first match the points.
#
# Try *Learning rate too large* among the presets. The figure does not break; it says in numbers what went wrong. Press play to watch a training, and turn the learning rate while it runs: the training goes on from where it is. And with *Your own points* the data are yours: choose a class under *More* and click into the picture.

# %% [markdown]
# ## How a chapter works
#
# Each idea takes the same path:
#
# 1. **Question.** A real case that the earlier chapters cannot answer.
# 2. **Predict.** Where a picture is locked, choose what you expect first. It is not graded; a prediction that fails is remembered best.
# 3. **Move.** A slider re-runs the real computation, never a stored film. Arrow keys move it by one step, and the field beside it takes a typed number. Much of what a picture shows can be dragged itself, and *Copy as code* gives the cell that computes the same.
# 4. **Write.** You write the equation as code, one to eight lines, in a cell marked `# YOUR CODE HERE`.
# 5. **Check.** The next cell says whether it is right. When it is not, it names the mistake where it can.
#
# Run the cells from top to bottom. *Run > Run All Cells* works at any time, also with exercises left open.
#
# If you know ipywidgets: a live figure is a widget, and each control one of its traits. After `figure = demos.TrainANetwork()`, `figure.lr = 0.1` moves the slider, and `observe`, `link` and `jslink` work as usual. Chapters 02 to 04 build figures of their own from plain sliders.

# %% [markdown]
# ## A two-minute exercise
#
# Write a function that doubles every entry of an array:
#
# $$ y = 2x \tag{0.1} $$
#
# Remove the line `raise NotImplementedError` and write your own line there. Make a mistake first, on purpose: return `x ** 2`, run both cells, and read what the check says.

# %%
# Exercise 0.1: double
def double(x):
    """Twice every entry of x, equation (0.1); same shape as x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %%
check("0.1", double)

# %% [markdown]
# A square is 9 for 3, and double is 6: the check compared your function with the right one on several small arrays, and it also knew this wrong one. Now write it correctly and run both cells again.
#
# Every check answers in the same order: what you did, where it differs in numbers, where to look, and an input to try. The first time it says little; after a second wrong try it says more, and after a third it works out a small example. An answer that you only run again is no new try.
#
# If you need help, ask for the hints one after the other. They become stronger: the idea, the formula, the first line.

# %%
hint("0.1")

# %% [markdown]
# Once an exercise is passed, `solution("0.1")` shows the course's own lines beside yours. There are always other ways to write it.
#
# You are never stuck. Later cells take a function with `use`: your own once its check has passed, and the one of the course until then. So a chapter can be read to its end, and an exercise solved later.

# %%
doubled = use("0.1")
doubled(21)

# %% [markdown]
# ## Where you are
#
# The table counts what your checks have found so far. It is kept in the file `progress.json` beside your notebooks, and stays when you close everything. Run the cell again to see news.
#
# **Nothing leaves your machine.** The course reports nothing to anybody: not your answers, not your progress, not that you are here. The file holds the state of each exercise, the number of tries and dates, no code and no name.

# %%
progress_table()

# %% [markdown]
# You can begin anew with an exercise, `reset("0.1")`, or with all of a chapter, `reset("4")`; what you wrote stays in the notebook. To go on at another computer, take the file along that `export_progress("mine.json")` writes, and there call `import_progress("mine.json")`: of each exercise the better result stays. All of these come from `course_lib.exercises`, like `check`.

# %% [markdown]
# ## Find a topic
#
# Type a word, for example *softmax*; a click on a topic opens its chapter.

# %% tags=["volatile"]
syllabus.index()

# %% [markdown]
# ## Is this machine ready?
#
# Each line names one thing the course needs. A line that begins with `[FAIL]` is followed by its remedy, and most of them only make things slower. The same report is printed by `course doctor` in a terminal.

# %% tags=["volatile"]
ready = doctor.report()

# %% [markdown]
# ## When something does not work
#
# - **A cell fails after you changed another one.** Choose *Kernel > Restart Kernel and Run All Cells*. Old values are gone after that, which is what you want.
# - **A check calls your function wrong and you cannot see why.** It shows the smallest input on which the answers differ. Follow that input through your lines with pencil and paper.
# - **A check says something that is not so.** After a second try, unfold *Is this message wrong?* below it. `report("4.3")` writes the message with your answer into a file beside your notebooks, which you can read and send to whoever teaches the course.
# - **A cell never ends.** Press the square *Stop* button. A check stops an endless loop by itself.
# - **A figure is dim.** It says why in its own frame: Python is busy, or was restarted. After a restart click into its cell and press Shift+Enter.
# - **A chapter is damaged.** Close it and type `course update` in a terminal. Your answers are kept by exercise, and the earlier file goes to the folder `backups`.

# %% [markdown]
# ## Four conventions
#
# They hold in every chapter, in the text, in the code and in the pictures.
#
# - **Rows are samples.** `X` has the shape (N, D): N samples with D numbers each. A layer computes `X @ W + b`.
# - **A gradient is named `d` and the name of its quantity.** `dW` is the derivative of the loss with respect to `W`, and has its shape.
# - **Losses are means over the samples**, so that a learning rate does not depend on their number.
# - **Blue is positive, orange is negative**, and a marker or a line style always says the same once more.
#
# Now open a chapter. *01 Linear algebra* begins with pictures as numbers; if vectors, matrices and gradient descent are no news to you, *03 The perceptron* begins with a single unit.

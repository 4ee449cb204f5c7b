"""Configuration for nbgrader: run submissions in the course's sandbox.

Copy it into the folder of your nbgrader course and install the kernel once: `./course grade --install-kernel`.
The source of an assignment is the students' notebook, `notebooks/NN_*.ipynb`, as it is.
"""

c = get_config()  # noqa: F821

# The notebooks are the students' version already: there is nothing to clear, and the planted faults must stay.
c.ClearSolutions.enabled = False

# Every cell of a submission runs in the sandbox, and answers are judged outside of it.
c.Execute.kernel_name = "course-sandbox"
# The sandbox has its own limits, 60 s a cell and 120 s an answer; nbgrader waits longer.
c.Execute.timeout = 300

# A check that a student deleted is put back: it costs nothing.
c.OverwriteCells.add_missing_cells = True

"""The practice exercise of the start page: small enough to show what a check says, and to make a mistake on purpose."""

import numpy as np

from course_lib.exercises.model import Exercise, Mistake


def double(x):
    return 2 * x


def _vectors(rng):
    return [(np.array([1.0, 3.0]),), (np.array([0.0, -1.5, 2.5]),), (rng.normal(size=5),), (rng.normal(size=(2, 3)),)]


DOUBLE = Exercise(
    id="0.1",
    title="double",
    debrief="The same line doubles a number, a row or a table: arithmetic in NumPy needs no loop and asks for no "
            "shape.",
    reference=double,
    instances=_vectors,
    arguments=("x",),
    contract="it shows what a check is, and says as little as it can",
    outputs=("y",),
    mistakes=(
        Mistake("DBL-a", lambda x: x**2, "Try x = 3: doubled it is 6, and yours is 9. Which operation is this?"),
        Mistake("DBL-b", lambda x: x + 2, "Try x = 0: doubled it is still 0. Does your function add or multiply?"),
        Mistake("DBL-c", lambda x: x / 2, "Your numbers become smaller where they should grow: half is not double."),
        Mistake("DBL-d", lambda x: x, "Your function gives back what it was given. Nothing has been multiplied yet."),
    ),
    hints=(
        "Every entry of the array becomes twice as large; NumPy does all entries at once.",
        "y = 2 x",
        "return 2 * ...",
    ),
    points=1,
    reminders={"type": "A function without `return` gives back None."},
)

EXERCISES = (DOUBLE,)

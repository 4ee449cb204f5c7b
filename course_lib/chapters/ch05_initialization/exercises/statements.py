"""Statements on starting weights to judge; most of the wrong ones stand in print."""

from dataclasses import replace

from course_lib.exercises.define import statements

_STATEMENTS = {
    "a": (False, "Equal weights move together, all downhill. Do they stop moving, or only stay equal?"),
    "b": (False, "The mean of two whole numbers: how long does a computer need for that, once a layer?"),
    "c": (False, "1/log(p + 1) at p = 0: what is log(1), and what is 1/0 in floating point?"),
    "d": (False, "If all weights are positive, what happens to the mean of the scores from layer to layer?"),
    "e": (True, "What tells two hidden units apart when their biases agree?"),
    "f": (False, "Two runs of the same net with the same number of steps: do the steps of one cost more?"),
    "g": (True, "A linear unit alone has no partner that it could be a copy of."),
    "h": (False, "Ask what the bias adds to the variance of a score, whatever came before."),
}

STATEMENTS = replace(
    statements(
        "5.18", "eight statements", "INI", _STATEMENTS,
        debrief="e and g are one argument from two sides: only units that have a partner need to be made different.",
        hints=(
            "Each can be settled by one line of this chapter or one small calculation.",
            "a, d and g are about equal and positive weights, e and h about biases, b, c and f about arithmetic.",
            "Two of the eight are true.",
        ),
        points=2,
    ),
    reminders={"type": "a dict with a to h, each True or False", "value": "each is judged by itself; begin with "
               "those that a small calculation settles, b, c and f"},
    minutes=8, level=2, core=False,
)

EXERCISES = (STATEMENTS,)

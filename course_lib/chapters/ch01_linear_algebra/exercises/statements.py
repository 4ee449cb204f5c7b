"""Exercises on the range of numbers, and statements to judge."""

import math

from course_lib.exercises.define import statements

# 1.23 -----------------------------------------------------------------------------------------------------------------

COMPARISONS = statements(
    "1.23", "seven comparisons", "FLT", {
        "a": (0.1 + 0.2 == 0.3, "Neither side is stored exactly; do both round to the same number?"),
        "b": (1e200 * 1e200 == math.inf, "The largest float64 is about 1.8e308."),
        "c": (1 + 1e-16 == 1, "The gap between 1 and the next float64 is 2.2e-16."),
        "d": (1e16 + 1 == 1e16, "A float64 has about 16 digits. How many has 10000000000000001?"),
        "e": (math.nan == math.nan, "NaN is the answer to a question without one. Is it equal to anything?"),
        "f": (1e-200 * 1e-200 == 0, "The smallest positive float64 is about 5e-324."),
        "g": (math.inf - math.inf == 0, "How much is left when something endless is taken from something endless?"),
    },
    debrief="NaN is the only float that does not equal itself, and < and > with it are always False: a limit on the "
            "loss never notices it, np.isfinite does.",
    hints=(
        "Ask of each result: is it too large, too small, or too close to another number to be stored?",
        "Largest 1.8e308, smallest 5e-324, 16 digits; inf - inf and every comparison with NaN are special.",
        "comparisons = dict(a=False, b=True, ...)",
    ),
    points=1,
    name="comparisons",
    minutes=6, level=1, core=False,
)

# 1.24 -----------------------------------------------------------------------------------------------------------------

STATEMENTS = statements(
    "1.24", "twelve statements", "ALG", {
        "a": (False, "Can a table of samples have an eigenvector, or only a square matrix made from it?"),
        "b": (False, "Which shape has X^T X when X is (N, D)? And when can a square matrix fail to have an inverse?"),
        "c": (True, "How many independent columns can a table with N rows have?"),
        "d": (False, "What is v^T H v for v = 0?"),
        "e": (False, "Row, column, channel: count the indices of one picture."),
        "f": (True, "The Jacobian has one row an output and one column an input."),
        "g": (False, "One of the two, the length or its square, doubles when x does."),
        "h": (False, "The Jacobian is (outputs, inputs), and the gradient to be sent back has one entry an output."),
        "i": (True, "Cyclic exchange leaves a trace as it is."),
        "j": (True, "Write out one entry: does the order of two factors matter in a product of numbers?"),
        "k": (False, "Is x A x B with offsets straight or bent? Multiply it out."),
        "l": (True, "What happens to the part of x along g when it is taken away?"),
    },
    debrief="Small cases refute most of the false ones: v = 0 for d, one output of two inputs for h, a table with a "
            "single row for a and b.",
    hints=(
        "Each false statement fails on a small example: two rows, two columns, or the zero vector.",
        "The right ones are five; three of them speak of ranks, of shapes and of the trace.",
        "judged = dict(a=False, b=False, c=True, ...)",
    ),
    points=2,
    minutes=12, level=2, core=False,
)

EXERCISES = (COMPARISONS, STATEMENTS)

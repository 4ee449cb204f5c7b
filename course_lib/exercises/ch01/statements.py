"""Exercises on the range of numbers, and statements to judge."""

import math

from course_lib.exercises.model import Exercise, Mistake


def _true_or_false(known):
    def call(answer):
        if not isinstance(answer, dict) or set(answer) != set(known):
            raise TypeError(f"a dict with the keys {', '.join(known)} is expected, each with True or False")
        return tuple(bool(answer[key]) for key in known)

    return call


def _one_wrong(prefix, known, says):
    """For each statement the mistake of judging it alone wrongly."""
    return tuple(Mistake(f"{prefix}-{key}", known | {key: not right}, f"Look at {key} again. {says[key]}")
                 for key, right in known.items())


# 1.23 -----------------------------------------------------------------------------------------------------------------

_COMPARISONS = {
    "a": 0.1 + 0.2 == 0.3,
    "b": 1e200 * 1e200 == math.inf,
    "c": 1 + 1e-16 == 1,
    "d": 1e16 + 1 == 1e16,
    "e": math.nan == math.nan,
    "f": 1e-200 * 1e-200 == 0,
    "g": math.inf - math.inf == 0,
}
_WHY = {
    "a": "Neither side is stored exactly; do both round to the same number?",
    "b": "The largest float64 is about 1.8e308.",
    "c": "The gap between 1 and the next float64 is 2.2e-16.",
    "d": "A float64 has about 16 digits. How many has 10000000000000001?",
    "e": "NaN is the answer to a question without one. Is it equal to anything?",
    "f": "The smallest positive float64 is about 5e-324.",
    "g": "How much is left when something without bound is taken from something without bound?",
}

COMPARISONS = Exercise(
    id="1.23",
    title="seven comparisons",
    kind="value",
    reference=_COMPARISONS,
    instances=lambda rng: [()],
    call=_true_or_false(_COMPARISONS),
    outputs=tuple(_COMPARISONS),
    mistakes=_one_wrong("FLT", _COMPARISONS, _WHY),
    hints=(
        "Ask of each result: is it too large, too small, or too close to another number to be stored?",
        "Largest 1.8e308, smallest 5e-324, 16 digits; inf - inf and every comparison with NaN are special.",
        "answer = dict(a=False, b=True, ...)",
    ),
)

# 1.24 -----------------------------------------------------------------------------------------------------------------

_STATEMENTS = {
    "a": False, "b": False, "c": True, "d": False, "e": False, "f": True,
    "g": False, "h": False, "i": True, "j": True, "k": False, "l": True,
}
_THINK = {
    "a": "Of which matrix can one direction be an eigenvector: of a table of samples, or of a square one made from it?",
    "b": "Which shape has X^T X when X is (N, D)? And when can a square matrix fail to have an inverse?",
    "c": "How many independent columns can a table with N rows have?",
    "d": "What is v^T H v for v = 0?",
    "e": "Row, column, channel: count the indices of one picture.",
    "f": "The Jacobian has one row an output and one column an input.",
    "g": "One of the two, the length or its square, doubles when x does.",
    "h": "Compare the shapes: the Jacobian is (outputs, inputs), the gradient that comes back has one entry an output.",
    "i": "Cyclic exchange leaves a trace as it is.",
    "j": "Write out one entry: does the order of two factors matter in a product of numbers?",
    "k": "Is x A x B with offsets straight or bent? Multiply it out.",
    "l": "What happens to the part of x along g when it is taken away?",
}

STATEMENTS = Exercise(
    id="1.24",
    title="twelve statements",
    kind="value",
    reference=_STATEMENTS,
    instances=lambda rng: [()],
    call=_true_or_false(_STATEMENTS),
    outputs=tuple(_STATEMENTS),
    mistakes=_one_wrong("STM", _STATEMENTS, _THINK),
    hints=(
        "Each false statement fails on a small example: two rows, two columns, or the zero vector.",
        "The right ones are five; three of them speak of ranks, of shapes and of the trace.",
        "answer = dict(a=False, b=False, c=True, ...)",
    ),
    points=2,
)

EXERCISES = (COMPARISONS, STATEMENTS)

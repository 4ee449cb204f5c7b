"""Exercises on what a good line minimizes, and on the formula for the best one."""

import numpy as np

from course_lib import ops
from course_lib.chapters.shared import mean_squared_error
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# 2.1 ------------------------------------------------------------------------------------------------------------------

#: sizes of four errors whose mean square is a square
_SIZES = ((1, 1, 3, 5), (2, 4, 4, 8), (1, 5, 5, 7), (1, 1, 7, 7))


def _measures(e, mean=np.mean, of_squares=lambda e: np.mean(e**2)):
    """The five numbers; whatever is exchanged goes on into those that are made of it."""
    e = np.asarray(e, dtype=float)
    square = float(of_squares(e))
    return {"mean_error": float(mean(e)), "mse": square, "half_sse": square / 2, "rmse": square**0.5,
            "mae": float(mean(np.abs(e)))}


def _measures_of(e):
    """The exercise for these four errors."""
    right = _measures(e)
    return {
        "reference": right,
        "mistakes": (
            Mistake("MEA-a", {**right, "mean_error": -right["mean_error"]},
                    "An error is prediction minus truth. In which of the four points does the line lie too high?"),
            Mistake("MEA-b", {**right, "half_sse": 2 * right["mse"]},
                    "half_sse: half of the sum of squares, and then? All losses of the course are means."),
            Mistake("MEA-c", {**right, "rmse": 2 * right["rmse"]},
                    "rmse: you took the root of the sum. What is rooted is a mean."),
            Mistake("MEA-d", {**right, "mse": right["rmse"]},
                    "mse and rmse are two names for two things. Which of them has the unit of y squared?"),
            Mistake("MEA-e", {**right, "mae": abs(right["mean_error"])},
                    "mae: errors of opposite sign have canceled. When do you drop the sign, before the mean or after?"),
            Mistake("MEA-f", {**right, "mse": 4 * right["mse"]},
                    "mse: this is the sum of the squares."),
            Mistake("MEA-g", _measures(e, of_squares=lambda e: np.sum(e**2)),
                    "mse, and with it half_sse and rmse: the squares are added up. What is still to be done?"),
            Mistake("MEA-h", _measures(e, np.sum, lambda e: np.sum(e**2)),
                    "All five are sums. With twice as many points of the same kind they would double."),
            Mistake("MEA-i", {**right, "mse": right["rmse"], "half_sse": right["rmse"] / 2},
                    "mse, and half_sse with it: you took a root. Which of the five names has an R for it?"),
            Mistake("MEA-j", {**right, "mse": right["rmse"], "rmse": right["mse"]},
                    "mse and rmse are exchanged. Which of them has the unit of y squared?"),
            Mistake("MEA-k", _measures(e, of_squares=lambda e: np.mean(e) ** 2),
                    "mse, and with it half_sse and rmse: errors of opposite sign have canceled. In which order do "
                    "squaring and averaging go?"),
        ),
    }


def _drawn_points(rng):
    while True:
        e = rng.permutation(rng.choice(_SIZES)) * rng.choice([-1, 1], size=4)
        if abs(e.sum()) not in (0, np.abs(e).sum()):
            break
    y = np.sort(rng.choice(np.arange(9, 30), size=4, replace=False))

    def row(values):
        return " | ".join(str(int(v)) for v in values)

    return _measures_of(e), {"| 2 | 5 | 6 | 9 |": f"| {row(y)} |", "| 3 | 4 | 9 | 4 |": f"| {row(y + e)} |"}


MEASURES = Exercise(
    id="2.1",
    title="five measures by hand",
    debrief="The RMSE is never below the MAE, and equals it only where all errors have one size: a wide gap between "
            "the two tells of a few large errors.",
    kind="value",
    instances=lambda rng: [()],
    hints=(
        "Write the four errors down first, with their signs; everything else is made of them.",
        "MSE = mean of e^2; half SSE = half of that for one output; RMSE = its root; MAE = mean of |e|.",
        "measures = dict(mean_error=..., mse=..., half_sse=..., rmse=..., mae=...)",
    ),
    reminders={"type": "a dict with the keys mean_error, mse, half_sse, rmse and mae"},
    rtol=1e-3,
    **_measures_of((1, -1, 3, -5)),
    vary=_drawn_points,
    skeleton='measures = {"mean_error": ..., "mse": ..., "half_sse": ..., "rmse": ..., "mae": ...}',
    minutes=8, level=1, core=False,
)

# 2.2 ------------------------------------------------------------------------------------------------------------------

#: chapter 04 asks for the same function as the loss of a network
MSE = mean_squared_error(
    "2.2", core=True,
    debrief="With K outputs the mean over all entries makes each slope K times smaller than a mean over samples would: "
            "at the same rate the steps are shorter.",
)

# 2.3 ------------------------------------------------------------------------------------------------------------------


def _problems(rng):
    """(X, y): one feature, several, a square X1, one feature that is twice another one, and fewer samples than weights.
    """
    cases = [(np.array([[0.0], [1.0], [3.0]]), np.array([1.0, 3.0, 4.0]))]
    for n, d in ((7, 2), (4, 3), (9, 4)):
        cases.append((rng.normal(size=(n, d)) + 1, 3 + rng.normal(size=n)))
    x = rng.normal(size=(6, 1)) + 2
    cases.append((np.hstack([x, 2 * x]), 3 + rng.normal(size=6)))
    few = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    cases.append(case("fewer samples than weights", few, np.array([3.0, 5.0])))
    return cases


def _ones(X):
    return np.column_stack([np.ones(len(X)), X])


NORMAL_EQUATION = Exercise(
    id="2.3",
    title="normal_equation",
    debrief="The exact answer needs no learning rate, but its cost grows with the cube of the number of features.",
    library="course_lib.ops.normal_equation",
    reference=ops.normal_equation,
    instances=_problems,
    arguments=("X", "y"),
    contract=Contract(shapes={"X": ".D"}, zero="y"),
    outputs=("theta",),
    rtol=1e-6,
    atol=1e-8,
    points=2,
    mistakes=(
        Mistake("NEQ-1", lambda X, y: np.linalg.pinv(X) @ y,
                "One coefficient is missing: your line is forced through the origin. Where does the intercept come "
                "from?"),
        Mistake("NEQ-2", lambda X, y: _ones(X).T @ _ones(X) @ _ones(X).T @ y,
                "Huge numbers. Measure x in other units: does your result change as y / x does?"),
        Mistake("NEQ-3", lambda X, y: (1 / (_ones(X).T @ _ones(X))) @ (_ones(X).T @ y),
                "You took the reciprocal of every entry. Is that the inverse of a matrix?"),
        Mistake("NEQ-4", lambda X, y: (_ones(X).T @ y) / (_ones(X) ** 2).sum(axis=0),
                "Each column was fitted to y alone. Two features that carry the same news share one effect: the "
                "coefficients must be solved together."),
        Mistake("NEQ-5", lambda X, y: np.linalg.solve(_ones(X).T @ _ones(X) + np.eye(X.shape[1] + 1), _ones(X).T @ y),
                "All coefficients are a little too small: the residual of your solution still has a part along the "
                "columns. What was added to the matrix?"),
        Mistake("NEQ-6", lambda X, y: np.linalg.inv(_ones(X).T @ _ones(X)) @ (_ones(X).T @ y),
                "Right as long as the columns are independent. What happens when one feature is a multiple of "
                "another?"),
        Mistake("NEQ-a", lambda X, y: np.linalg.pinv(np.column_stack([X, np.ones(len(X))])) @ y,
                "The right numbers in another order: the intercept comes first here.", convention=True),
    ),
    hints=(
        "Give the model a constant input 1, then solve for all coefficients at once.",
        "theta = X1^+ y, where X1 is X with a first column of ones and + is the pseudo-inverse.",
        "X1 = ops.add_bias_column(X)",
    ),
    reminders={"shape": "theta has one entry more than X has columns, (D + 1,)",
            "value": "the residual y - X1 theta must be orthogonal to every column of X1"},
    variants=(lambda X, y: np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0],
              lambda X, y: ops.pinv(ops.add_bias_column(X)) @ y),
    minutes=8, level=1, core=True,
)

EXERCISES = (MEASURES, MSE, NORMAL_EQUATION)

"""Exercises on new data: learning curves, cross-validation, bias and variance, statements to judge."""

import numpy as np

from course_lib import ops
from course_lib.exercises.define import exchangeable, statements
from course_lib.exercises.model import Contract, Exercise, Mistake


def _fit(x, y, degree):
    return ops.normal_equation(ops.polynomial(x, degree), y)


def _rmse(theta, x, y, degree):
    return np.sqrt(np.mean((ops.add_bias_column(ops.polynomial(x, degree)) @ theta - y) ** 2))


# 2.12 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _curve(fit=lambda x, y, n: (x[:n], y[:n]), train=lambda x, y, n: (x[:n], y[:n]),
           validation=lambda x_val, y_val, n: (x_val, y_val), power=lambda degree: degree, error=lambda rmse: rmse):
    """(training errors, validation errors) for each size, with any part exchanged."""
    def answer(x, y, x_val, y_val, degree, sizes):
        degree, errors = power(degree), []
        for n in sizes:
            theta = _fit(*fit(x, y, n), degree)
            errors.append((error(_rmse(theta, *train(x, y, n), degree)),
                           error(_rmse(theta, *validation(x_val, y_val, n), degree))))
        return tuple(np.array(errors).T)

    return answer


def _on_validation(x, y, x_val, y_val, degree, sizes):
    return _curve()(x_val, y_val, x, y, degree, np.minimum(sizes, len(x_val)))


def _curve_data(rng):
    cases = []
    for degree, sizes in ((1, (3, 5)), (2, (3, 6, 9)), (3, (5, 12))):
        x, x_val = rng.uniform(-2, 2, size=max(sizes) + 2), rng.uniform(-2, 2, size=max(sizes) + 5)
        y, y_val = (x**2 - x + 1 + 0.5 * rng.normal(size=len(x)) for x in (x, x_val))
        cases.append((x, y, x_val, y_val, degree, np.array(sizes)))
    return cases


LEARNING_CURVE = Exercise(
    id="2.12",
    title="learning_curve",
    debrief="A curve of degree d meets d + 1 points at different places exactly: up to there the training error is 0 "
            "and says nothing.",
    reference=_curve(),
    instances=_curve_data,
    arguments=("x", "y", "x_val", "y_val", "degree", "sizes"),
    contract=Contract(shapes={"x_val": "N", "y_val": "N"}, whole="y, y_val"),
    outputs=("training RMSE", "validation RMSE"),
    rtol=1e-6,
    atol=1e-6,
    points=2,
    mistakes=(
        Mistake("LCV-a", _curve(error=lambda rmse: rmse**2), "The curves are in squared units: a mean squared error is "
                "not in the unit of y."),
        Mistake("LCV-b", _curve(train=lambda x, y, n: (x, y)), "Training RMSE: the model has not seen all of these "
                "points. On which does one measure the training error?"),
        Mistake("LCV-c", _curve(fit=lambda x, y, n: (x, y)), "Your fit does not depend on the size: every point of "
                "the curve belongs to the same model."),
        Mistake("LCV-d", _curve(fit=lambda x, y, n: (x[-n:], y[-n:]), train=lambda x, y, n: (x[-n:], y[-n:])),
                "You took the last n points. The first n were asked for, so that every set contains the smaller "
                "ones.", convention=True),
        Mistake("LCV-e", _curve(validation=lambda x_val, y_val, n: (x_val[:n], y_val[:n])),
                "Validation RMSE: use all validation points for every size, else the curve compares different "
                "exams."),
        Mistake("LCV-f", _curve(power=lambda degree: 1), "Your curve is the same for every degree."),
        Mistake("LCV-g", _on_validation, "The validation points have been used for the fit. They are for measuring "
                "only."),
    ),
    hints=(
        "For each size: fit the first n training points, then measure twice.",
        "theta from (x[:n], y[:n]); RMSE on these n points; RMSE on all of x_val, y_val.",
        "theta = ops.normal_equation(ops.polynomial(x[:n], degree), y[:n])",
    ),
    reminders={
        "type": "return two arrays, training RMSE and validation RMSE",
        "shape": "one error for each size, (S,)",
    },
    minutes=12, level=2, core=False,
)

# 2.13 -----------------------------------------------------------------------------------------------------------------


def _without_intercept(X, y, folds):
    errors = []
    for k in range(folds.max() + 1):
        held = folds == k
        errors.append(np.sqrt(np.mean((X[held] @ np.linalg.pinv(X[~held]) @ y[~held] - y[held]) ** 2)))
    return np.array(errors)


def _centered_once(X, y, folds):
    return _without_intercept(X - X.mean(axis=0), y - y.mean(), folds)


def _linear_error(X, y, fitted, measured):
    theta = ops.normal_equation(X[fitted], y[fitted])
    return np.sqrt(np.mean((ops.add_bias_column(X[measured]) @ theta - y[measured]) ** 2))


@exchangeable
def _held_out(fitted=lambda held: ~held, measured=lambda held: held, power=1, summary=lambda errors: errors):
    def answer(X, y, folds):
        return summary(np.array([_linear_error(X, y, fitted(folds == k), measured(folds == k)) ** power
                                 for k in range(folds.max() + 1)]))

    return answer


def _first_fold_only(X, y, folds):
    theta = ops.normal_equation(X[folds != 0], y[folds != 0])
    error = ops.add_bias_column(X) @ theta - y
    return np.array([np.sqrt(np.mean(error[folds == k] ** 2)) for k in range(folds.max() + 1)])


def _folds(rng):
    cases = [(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 2.0, 2.0, 5.0]), np.array([0, 1, 0, 1]))]
    for n, d, k in ((9, 2, 3), (13, 3, 2), (11, 1, 5)):
        X = rng.normal(size=(n, d))
        cases.append((X, 1 + X.sum(axis=1) + rng.normal(size=n), rng.permutation(np.arange(n) % k)))
    return cases


CROSS_VALIDATION = Exercise(
    id="2.13",
    title="cross_validation",
    debrief="Each model has seen only the share (k - 1)/k of the rows; the one that is fitted to all in the end tends "
            "to be a little better than this mean.",
    reference=_held_out(),
    instances=_folds,
    arguments=("X", "y", "folds"),
    contract=Contract(shapes={"X": ".D"}, zero="y"),
    outputs=("RMSE of each fold",),
    rtol=1e-6,
    atol=1e-8,
    points=2,
    mistakes=(
        Mistake("CVA-a", _held_out(measured=lambda held: ~held), "You measured on the points that the model was fitted "
                "to."),
        Mistake("CVA-b", _held_out(fitted=lambda held: np.ones_like(held)), "Your model has seen all points, those it "
                "is measured on too."),
        Mistake("CVA-c", _held_out(fitted=lambda held: held, measured=lambda held: ~held),
                "You fitted to the small part and measured on the large one. Which of them is held out?"),
        Mistake("CVA-d", _held_out(power=2), "These are mean squared errors."),
        Mistake("CVA-e", _held_out(summary=lambda errors: float(errors.mean())), "One number a fold is asked for: the "
                "mean alone hides how much they differ.", convention=True),
        Mistake("CVA-f", _first_fold_only, "Only the first model has been fitted without its fold. Each fold needs a "
                "model of its own."),
        Mistake("CVA-g", _without_intercept, "Your models are forced through the origin. Which coefficient is "
                "missing?"),
        Mistake("CVA-i", _centered_once, "The means you took off contain the points that are held out. What may the "
                "model know of them?"),
        Mistake("CVA-h", _held_out(fitted=lambda held: held), "You fitted to a part and measured on the same part. "
                "Where are the others?"),
    ),
    hints=(
        "For each fold: which samples stay, which are held out? A mask answers both.",
        "held = folds == k; fit to ~held, RMSE on held.",
        "for k in range(folds.max() + 1):",
    ),
    reminders={"shape": "one error a fold, (k,)"},
    minutes=12, level=2, core=True,
)

# 2.14 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _parts(error=lambda f, t: np.mean((f - t) ** 2), bias2=lambda f, t: np.mean((f.mean(axis=0) - t) ** 2),
           variance=lambda f: np.mean((f - f.mean(axis=0)) ** 2)):
    def answer(predictions, truth):
        return float(error(predictions, truth)), float(bias2(predictions, truth)), float(variance(predictions))

    return answer


def _fits(rng):
    cases = [(np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 5.0]]), np.array([1.0, 4.0]))]
    for repeats, n in ((5, 3), (4, 4), (12, 2)):
        cases.append((rng.normal(size=(repeats, n)) + rng.normal(size=n), rng.normal(size=n)))
    return cases


BIAS_VARIANCE = Exercise(
    id="2.14",
    title="bias_variance",
    debrief="The mean of R fits scatters too: on average bias2 comes out too large by 1/R of the true variance, and "
            "variance too small by as much.",
    reference=_parts(),
    instances=_fits,
    arguments=("predictions", "truth"),
    contract=Contract(shapes={"predictions": "RN", "truth": "N"}, zero="truth"),
    outputs=("error", "bias2", "variance"),
    points=2,
    mistakes=(
        Mistake("BVA-a", _parts(bias2=lambda f, t: np.mean((f - t) ** 2)), "bias2: this is the whole error. The bias "
                "is that of the mean fit: when do you average, before squaring or after?"),
        Mistake("BVA-b", _parts(bias2=lambda f, t: np.mean(f.mean(axis=0) - t) ** 2), "bias2: a fit that is too high "
                "at one place and too low at another is not unbiased. The square is taken at every place."),
        Mistake("BVA-c", _parts(variance=lambda f: np.mean((f - f.mean(axis=1, keepdims=True)) ** 2)),
                "variance: you measured how much one fit varies from place to place. How much do the fits differ at "
                "the same place?"),
        Mistake("BVA-d", _parts(variance=lambda f: np.mean(f.var(axis=0, ddof=1))), "variance: with this divisor the "
                "two parts no longer add up to the error.", convention=True),
        Mistake("BVA-e", _parts(variance=lambda f: np.mean(f.std(axis=0))), "variance: this is a standard deviation. "
                "Its unit is not that of bias2."),
        Mistake("BVA-f", _parts(variance=lambda f: np.mean((f - f.mean()) ** 2)), "variance: the mean fit is a curve, "
                "not one number."),
        Mistake("BVA-g", _parts(bias2=lambda f, t: np.mean(np.abs(f.mean(axis=0) - t))), "bias2: the name has a 2."),
        Mistake("BVA-h", _parts(bias2=lambda f, t: np.mean(f.mean(axis=0) - t)), "bias2: nothing is squared, so places "
                "that are too high and too low cancel."),
        Mistake("BVA-i", _parts(bias2=lambda f, t: np.mean((f.mean() - t) ** 2)), "bias2: the mean fit is a curve, not "
                "one number."),
    ),
    hints=(
        "Average the fits first, over the training sets; the bias compares that mean with the truth, the variance "
        "compares the fits with that mean.",
        "bias2 = mean of (mean fit - truth)^2, variance = mean of (fit - mean fit)^2, error = mean of "
        "(fit - truth)^2.",
        "center = np.mean(predictions, axis=0)",
    ),
    reminders={"type": "return three numbers: error, bias2, variance"},
    minutes=10, level=2, core=False,
)

# 2.15 -----------------------------------------------------------------------------------------------------------------

#: letter -> (right answer, what to think about)
_STATEMENTS = {
    "a": (False, "The gradient is a property of one point. What could it know about a minimum far away?"),
    "b": (True, "At a saddle the slope is 0. What do the curvatures say?"),
    "c": (False, "Is any value of x^4 smaller than the one at 0, or as small?"),
    "d": (True, "What is the Hessian made of, and can v^T H v = (2/N) |X v|^2 be negative?"),
    "e": (False, "What did the run with the rate 0.5 do on a convex bowl?"),
    "f": (True, "How large is 2/lambda_max when the curvature is 0.1?"),
    "g": (True, "How often do the weights change while every sample is used once, if the batch is all of them?"),
    "h": (False, "What is updated after each batch, and how often does that happen in an epoch?"),
    "i": (False, "The chance to be missed by one draw is 1 - 1/N. And by N draws?"),
    "j": (False, "Annealing sometimes accepts a step uphill on purpose. Does a schedule?"),
    "k": (False, "Whoever chooses the best of fifteen test errors reports the luckiest one."),
    "l": (True, "What do more points do for a straight line through a parabola?"),
    "m": (False, "How many updates has one epoch, with the smaller last batch? And three epochs?"),
    "n": (True, "What error does a polynomial of degree 9 make on ten points of pure noise?"),
    "o": (True, "Compare the two gaps: to the people, and from training to validation. Which is larger, and what "
                "helps against it?"),
    "p": (False, "A bowl has one lowest point. What happens to the error when two hidden units change places?"),
    "q": (False, "Where is the minimum of the squared error for noisy points, and how high does it lie?"),
}

STATEMENTS = statements(
    "2.15", "statements on fitting", "SFD", _STATEMENTS,
    debrief="A single long bowl refutes both a and e: its gradient points across the valley, and with a rate above the "
            "limit descent leads away.",
    hints=(
        "Seven of the seventeen are true.",
        "Try the doubtful ones in a demo: a rate above the limit, a saddle, draws with replacement.",
        "judged = dict(a=False, b=True, ...)",
    ),
    points=3,
    minutes=12, level=2, core=False,
)

EXERCISES = (LEARNING_CURVE, CROSS_VALIDATION, BIAS_VARIANCE, STATEMENTS)

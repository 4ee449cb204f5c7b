"""Chapter 02: the numbers in its sentences, computed again."""

import math
from functools import cache

import numpy as np
import prose
import pytest
from needs import needs

from course_lib import datasets, models, ops
from course_lib.chapters.ch02_regression_and_descent import experiments as ch02
from course_lib.chapters.ch02_regression_and_descent.demos.descent import LearningRatesCompared, _logistic
from course_lib.chapters.ch02_regression_and_descent.demos.generalization import GrowthWithData, LearningCurves
from course_lib.chapters.ch02_regression_and_descent.exercises import EXERCISES
from course_lib.chapters.ch02_regression_and_descent.predictions import PREDICTIONS
from course_lib.kernels.jit import JIT

TEXT = prose.prose("02_regression_and_descent")
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
diabetes = datasets.diabetes()
X, X_test = datasets.standardize(diabetes.X_train, diabetes.X_test)
y, y_test = diabetes.y_train, diabetes.y_test
alarm, alarm_test = (y > 200).astype(int), (y_test > 200).astype(int)
rounded = prose.rounded


def line():
    return ch02.line_data()


def standard_errors():
    """For noise 1 and 100 points with x uniform between 0 and 2, whose squares have the mean 4/3."""
    return tuple(np.sqrt(np.diag(np.linalg.inv(100 * np.array([[1, 1], [1, 4 / 3]])))))


def index_twice():
    bmi = diabetes.X_train[:, 2:3]
    _, once, ten_times = RIGHT["2.3"](np.hstack([bmi, 10 * bmi]), y)
    return once, ten_times, once + 10 * ten_times


def descent():
    X1, target = line()
    path = RIGHT["2.5"](lambda theta: ops.mse_gradient(X1, target, theta), np.array([0.5, -1.0]), 0.1, 1000)
    return len(path) - 1, 0.1, *path[-1]


def very_many_points():
    limits = ops.step_limits(2 * np.array([[1, 1], [1, 4 / 3]]))
    return limits.eigenvalues[0], limits.eigenvalues[-1], limits.limit, limits.fastest, limits.condition


def scaling():
    raw, scaled = ch02.diabetes_conditions().values()
    steps = [ch02.worst_case_steps(limits.fastest, limits.eigenvalues) for limits in (raw, scaled)]
    return rounded(steps[0] / 1e6, 2), rounded(steps[1], 2), raw.limit, scaled.limit, scaled.condition


def last_piece(n, size):
    return len(ops.mini_batches(np.arange(n), size)[-1])


def away(replacement=True):
    """Median distance of stochastic runs from the best line, of each coordinate."""
    best = ch02.line_by_formula()["normal equation"]
    return np.median(np.abs(ch02.stochastic_line(replacement) - best), axis=0)


@cache
def squares():
    """Gain by squared columns, part by part, and the errors of the parts."""
    folds = np.random.default_rng(0).permutation(np.arange(353) % 5)
    ten = RIGHT["2.13"](diabetes.X_train, y, folds)
    return ten - RIGHT["2.13"](np.hstack([diabetes.X_train, diabetes.X_train**2]), y, folds), ten


def test_error():
    return ops.rmse(models.LinearRegression().fit(X, y).predict(X_test), y_test)


test_error.__test__ = False


def pair():
    theta = ops.normal_equation(X, y)
    return -theta[5], theta[6]


def held_out(alpha):
    fit = (lambda X, y: ops.ridge(X, y, alpha)) if alpha else ops.normal_equation
    return np.mean([ops.rmse(ops.add_bias_column(X[held]) @ fit(X[kept], y[kept]), y[held])
                    for kept, held in models.k_fold(len(y), 5, rng=0)])


def kept_by_lasso(alpha):
    return np.count_nonzero(ops.elastic_net_path(X, y, [alpha], r=1.0).coefs[0])


@cache
def patience():
    """Validation error at the best epoch and at the end of 2000, and the epochs that patience 10 saves."""
    x, target = datasets.noisy_parabola(60, 1.0, rng=8)
    A, B = (ops.add_bias_column(p) for p in datasets.standardize(*np.split(ops.polynomial(x, 15), 2)))
    run = lambda patience: RIGHT["2.21"](A, target[:30], B, target[30:], np.zeros(16), 0.05, 2000, patience)
    (w, _, stop), (same, _, end) = run(10), run(2000)
    np.testing.assert_array_equal(w, same)
    last = models.GradientDescentRegressor(lr=0.05, epochs=2000).fit(A[:, 1:], target[:30])
    error = lambda prediction: ops.rmse(prediction, target[30:])
    return error(B @ w), error(last.predict(B[:, 1:])), end - stop


@cache
def draws(degree):
    return ch02.early_stopping_draws(degree, batch_size=1)


def outermost():
    """Standardized x^90 of the outermost point of the printed draw."""
    x, _ = datasets.noisy_parabola(100, 1.0, np.random.default_rng(1))
    X, _ = datasets.standardize(*np.split(ops.polynomial(x, 90), 2))
    return np.abs(X[:, -1]).max()


def costs(data, rate):
    return np.asarray(_logistic(data, rate)[0])


def rate_10():
    cost = costs("digits 3 and 8", 10.0)
    return cost.max(), cost.argmax(), np.flatnonzero(cost >= cost[0])[-1] + 1


@cache
def alarms():
    p, steps = np.zeros(len(y)), models.LogisticRegression().fit(X, alarm).n_iter_
    for kept, held in models.k_fold(len(y), 5, rng=0):
        train, rest = datasets.standardize(diabetes.X_train[kept], diabetes.X_train[held])
        p[held] = models.LogisticRegression().fit(train, alarm[kept]).predict_proba(rest)[:, 1]
    called = p >= 0.5
    return np.sum(called & (alarm == 1)), alarm.sum(), np.sum(called & (alarm == 0)), steps


def pictures():
    """After 5000 steps: training loss, validation loss at its lowest and now, share of new pictures that are right."""
    run = ch02.picture_run(0.01, 5000)
    new = (200 * run["val_accuracy"][-1] + 600 * run["test_accuracy"][-1]) / 800
    return run["loss"][-1], run["val_loss"].min(), run["val_loss"][-1], new


def half(share, n):
    return 100 * (ops.accuracy_interval(share, n)[1] - share)


def growing(noise=1.0):
    """The live figure on growing data, for the wave and degrees 3 and 9."""
    return GrowthWithData(noise=noise).current


CLAIMS = {
    "For {} diabetes patients {} measurements were taken, and a year later a number between {} and {} that says":
        lambda: (len(y) + len(y_test), X.shape[1], min(*y, *y_test), max(*y, *y_test)),
    "for the {} patients we train on. The other {} wait": lambda: (len(y), len(y_test)),
    "by which an estimate typically differs from draw to draw, are about {} and {}.": standard_errors,
    r"between the two columns, ${} + 10 \cdot {} = {}$": index_twice,
    "After {} steps with the rate {} descent has arrived at {} and {}, the numbers of the formula": descent,
    "the curvatures are {} and {}, the limit is {}, the fastest rate {}, the condition number {}.": very_many_points,
    "With the rate 0.1 it takes {}.": lambda: ch02.worst_case_steps(0.1, ch02.line_limits().eigenvalues),
    "From {} million steps to {}, and from a rate of {} to {}, by a change of units. The condition number of {} that":
        scaling,
    "At the start both slopes are negative, about ${}$ and ${}$:":
        lambda: tuple(ops.mse_gradient(*line(), np.zeros(2))),
    "Ten samples in pieces of 2, for 4 epochs: {} updates. 60,000 images in pieces of 128: {} updates an epoch, the "
    "last with {} images.": lambda: (4 * ops.updates_per_epoch(10, 2), ops.updates_per_epoch(60_000, 128),
                                     last_piece(60_000, 128)),
    'for 47,000 updates of a network, at most {} milliseconds each': lambda: 1000 * 15 / 47_000,
    "cuts 600 samples into pieces of 64, throws the last {} away": lambda: last_piece(600, 64),
    "after one epoch the stochastic path has made {} steps": lambda: ops.updates_per_epoch(len(line()[1]), 1),
    "since 0.3 is below {}": lambda: ch02.line_limits().limit,
    "the rate starts at {} and after 5000 updates it is {}.":
        lambda: (ops.inverse_time(5, 50)(0), ops.inverse_time(5, 50)(5000)),
    "The median deviation is about {} in both coordinates": lambda: away().mean(),
    "About {} percent of the samples are missed": lambda: 100 * (1 - 1 / 100) ** 100,
    "Draws with replacement miss {} percent.": lambda: 100 / math.e,
    "All three looked at the same {} rows. The formula reaches {}.":
        lambda: (10 * len(y), ops.rmse(models.LinearRegression().fit(X, y).predict(X), y)),
    "$x^{10}$ of numbers up to 3 reaches {} beside": lambda: 3**10,
    "{} of five parts gain by the squares, none by more than {}:":
        lambda: (np.sum(squares()[0] > 0), squares()[0].max()),
    "The test error, {}, is larger than the mean of the parts and still within their range; on {} patients":
        lambda: (test_error(), len(y_test)),
    "of the gaps {} and {} the second, variance": lambda: (8 - 7.5, 10 - 8),
    "With {} points the large model is behind, at a distance of {} where the small one has {}: it has the means":
        lambda: (growing()["points"], *growing()["distances"][::-1]),
    "From {} points on it is ahead, since the noise of many points cancels; with 1000 points it is {} times as near.":
        lambda: (GrowthWithData.SIZES[growing()["ahead"]], growing()["curves"][0][-1] / growing()["curves"][1][-1]),
    "With twice the noise the large model needs {} points to be ahead.":
        lambda: GrowthWithData.SIZES[growing(2.0)["ahead"]],
    "1000 samples make {} batches of 64, the last with {}, so three epochs are {} updates.":
        lambda: (ops.updates_per_epoch(1000, 64), last_piece(1000, 64), 3 * ops.updates_per_epoch(1000, 64)),
    "they pull against each other: {} down, {} up.": pair,
    "nearly the same for all but the largest, {} without a penalty": lambda: held_out(0),
    "the printed solution has a cost of {} where {} is possible.":
        lambda: (rounded(ch02.ridge_two_forms()["alpha"], 2), ch02.ridge_two_forms()["N alpha / 2"]),
    r"in standard deviations, {} points each; in points, as in the cells below, the $\alpha$ of the lasso is {} times "
    "as large, 20 for {} here": lambda: (y.std(), y.std(), 20 / y.std()),
    r"{} of the ten measurements, $\alpha = 20$, predict the held-out parts nearly as well as all ten do ({} without a "
    r"penalty), and at $\alpha = 5$ {} do it a little better.":
        lambda: (kept_by_lasso(20), models.cross_validate(models.LinearRegression(), X, y).mean(), kept_by_lasso(5)),
    "Here it is {}; it makes a good upper end for a search.": lambda: ops.largest_penalty(X, y),
    "Patience 10 saves {} epochs": lambda: patience()[2],
    r"the last column reaches $3^{90} \approx 10^{{}}$ and its gradient $10^{{}}$:":
        lambda: (90 * math.log10(3), 180 * math.log10(3)),
    "At degree 90 {} of twelve draws blow up.": lambda: draws(90)["diverged"].sum(),
    "it is some {} standard deviations large": outermost,
    "the rate must stay below {}, and 0.0005": lambda: ch02.early_stopping_draw(90, 1, 1)[1],
    "epoch 0 in {} draws, with an error of about {} where": lambda: (
        np.sum(draws(90)["best epoch"] == 0), np.median(draws(90)["best"][draws(90)["best epoch"] == 0])),
    "the best epoch varies between {} and {} with the draw":
        lambda: (draws(15)["best epoch"].min(), rounded(draws(15)["best epoch"].max(), 2)),
    r"With $\sigma = 0.1$ that probability would be {}:": lambda: ops.gaussian_density(np.zeros(1), 0.0, 0.1)[0],
    "one nat is {} bits": lambda: 1 / math.log(2),
    "One lesson in print computes ${}$ for the pair": lambda: -ch02.divergence_example()["divergence"],
    "A book prints {} for this pair and does not say that these are bits.":
        lambda: ch02.cross_entropy_units()["bits"],
    r"above $2/\lambda_{\max}$, here {}, the first steps climb":
        lambda: LearningRatesCompared._limit("digits 3 and 8"),
    "The rate 10 throws the cost up to {} in {} steps.": lambda: rate_10()[:2],
    "after {} steps the cost is below its start": lambda: rate_10()[2],
    "with the rate 100 the cost ends at {} instead of {}.":
        lambda: (costs("two clouds", 100.0)[-1], costs("two clouds", 10.0)[-1]),
    "It needs no learning rate and few steps, the next cell {},": lambda: alarms()[3],
    "At one half the model finds {} of {} patients at risk, with {} false alarms.": lambda: alarms()[:3],
    "a certain and wrong answer costs {},": lambda: ops.clipped_log_loss(np.zeros(1), np.ones(1)),
    "32 × 32 pixels in three colors, {} numbers each": lambda: 32 * 32 * 3,
    "a matrix with {} million entries": lambda: (32 * 32 * 3 + 1) ** 2 / 1e6,
    "brings the training loss to {} and all training pictures right. The validation loss rises from {} to {} while the "
    "accuracy on new pictures stays near {}:": pictures,
    "here one half, for the 89 test patients {} percent.": lambda: 100 * ops.majority_share(alarm_test),
    "The half-widths are about {}, {} and {} points": lambda: (half(0.62, 50), half(0.944, 250), half(0.975, 200)),
    "on 2,000 test images the range is {} points either way": lambda: half(0.905, 2000),
    "a grid of 4 × 4 tries {} values of it, and random search {}.": lambda: (4, 4 * 4),
    "for plain least squares ({})": test_error,
    "43.3 seconds and 1.03 minutes, {} seconds:": lambda: 1.03 * 60,
    "On 50 pictures the range is {} points either way.": lambda: half(0.62, 50),
    "the range, here {} points either way": lambda: half(0.9, 100),
}
#: inputs, sizes that somebody chose, and what is quoted from print
GIVEN = ("was printed as 4.808 and 7.127", "one step with the rate 0.1.", "with the rate 0.3 and the tolerance",
         "the constant rate to 0.3", "ended at 4.813 and 7.170, where the formula gave 4.808 and 7.127",
         "was printed with 1.980, 1.062 and 0.535", "people make 7.5 percent", "people 7.5:",
         r"With $\alpha = 0.01$ the quarrel", "with $0.1$ it is over", "with learning rate 0.0005",
         "the four points $-3, -0.7, 2, 3$", "$(0.7, 0.2, 0.1)$, $(0.5, 0.3, 0.2)$",
         "The rates 0.002, 0.005 and 0.01, compared", "test makes 0.2 the better threshold",
         "an unpleasant treatment 0.65", "5000 steps with rate 0.01; the cost falls to 0.0011",
         "1600 steps with rate 0.01", "0.002, 0.01, 0.05, 0.2 and 1.0", "down to 0.615",
         "with 0.05 after 200 steps and with 0.2 after 50", "With 1.0 the first steps overshoot", r"1.96\, \sqrt",
         "a `half` of 0.02", "0.944 against 0.936 on 250, 97.5 against 99.0", "43.3 were seconds",
         "F1 values of 0.8864, 0.9207, 0.9429, 0.9344 and 0.9959", "8,000 digits", "with rate 0.5. A book reports 0.92 "
         "with 55,000 images", "The test accuracy is near 0.905", "from 0.001 to 0.01 matters", "For 0.94 right",
         "the durations 43.3 and 1.03", r"1.96\sqrt{p(1-p)/n}", "Degree 1 stays near 1.7 on both sets")


#: results of a million steps on single samples, which the loops of the twins take minutes for
COMPILED = ("median deviation", "At degree 90", "epoch 0 in", "the best epoch varies", "two violins")


def unless_slow(claims):
    slow = needs("Numba")  # a million steps on single samples take minutes without it
    return [pytest.param(claim, marks=slow if any(part in claim for part in COMPILED) else ()) for claim in claims]


@pytest.mark.parametrize("claim", unless_slow(CLAIMS))
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


def steps_by_rate():
    """Over the rates of the figure: the most steps, the fewest, and where."""
    rates = np.linspace(0.02, 0.41, 79)
    steps = [ch02.worst_case_steps(rate, ch02.line_limits().eigenvalues) for rate in rates]
    return rounded(max(steps), 2), min(steps), rates[np.argmin(steps)]


def plateau():
    x, z = datasets.noisy_parabola(100, rng=0)
    return np.mean(RIGHT["2.12"](x[:80, 0], z[:80], x[80:, 0], z[80:], 1, np.array([80])))


def distance(replacement):
    best = ch02.line_by_formula()["normal equation"]
    return np.median(np.linalg.norm(ch02.stochastic_line(replacement) - best, axis=1))


def signs(model):
    counts = np.array(datasets.HAND_SIGN_TABLES[model])
    return counts.sum(axis=1)[0] - counts[0, 0], counts.sum(axis=1)[0], counts.sum() - np.trace(counts)


#: the same for the alternative texts of static figures
PICTURES = {
    "falls from {} to {} near {}, then rises": steps_by_rate,
    "Degree 1: both errors approach {}.": plateau,
    "as two violins: about {} with replacement, about {} shuffled.": lambda: (distance(True), distance(False)),
    "Model 4 takes {} of {} pictures of cool": lambda: signs("4")[:2],
    "fine-tuned it takes {} stop for a fist": lambda: signs("4 fine-tuned")[2],
    "the validation curve is lowest near step {}": lambda: ch02.picture_run(0.01, 5000)["best_step"],
}


@pytest.mark.parametrize("claim", unless_slow(PICTURES))
def test_numbers_of_the_pictures(claim):
    prose.holds(prose.pictures("02_regression_and_descent"), claim, PICTURES[claim])


def test_numbers_of_the_predictions():
    why = {prediction.id: prediction.why for prediction in PREDICTIONS}
    points = np.array([-3, -0.7, 2, 3])
    prose.holds(why["2.i"], "It goes from {} to {}.", lambda: (points.var(), np.append(points, 7.5).var()))
    steps = lambda low: ch02.worst_case_steps(2 / (10 + low), [10, low], 0.01)
    prose.holds(why["2.b"], "is reached after {} steps; at 10 it is reached after {}.",
                lambda: (steps(0.1), steps(1.0)))
    curve = LearningCurves(degree=1, m=20)
    asked = next(prediction for prediction in PREDICTIONS if prediction.id == "2.f")
    prose.holds(asked.question, "With {} points the validation error is about {}.",
                lambda: (curve.current["points"], curve.current["here"][1]))
    prose.holds(asked.replies[1], "an error of nearly {}.", lambda: math.sqrt(1 + 0.5**2 * (3**4 / 5 - 3**4 / 9)))
    prose.holds(why["2.l"], "A right answer with probability 0.9 still costs {}.", lambda: -math.log(0.9))


def test_shares_that_stand_in_words():
    bmi = diabetes.X_train[:, 2:3]
    explained = [models.LinearRegression().fit(A, y).score(A, y) for A in (bmi, X)]
    assert "one measurement explains a third of the variance, all ten a half" in TEXT
    assert explained == pytest.approx([1 / 3, 1 / 2], abs=0.04)
    best, last, _ = patience()
    assert "worse on the validation points by almost a quarter" in TEXT and 1.2 < last / best < 1.25
    assert "is worth a twelfth" in TEXT
    assert ops.binary_entropy(0.99) / math.log(2) == pytest.approx(1 / 12, abs=0.005)
    assert "nineteen of twenty digits are read" in TEXT
    digits = datasets.digits8()
    W, b = RIGHT["2.29"](digits.X_train, digits.y_train, 10, 0.5, 300)
    assert W.size + b.size == 650 and "Six hundred and fifty weights" in TEXT
    assert ops.accuracy(digits.X_test @ W + b, digits.y_test) == pytest.approx(19 / 20, abs=0.01)
    if JIT:
        assert "shuffling comes ten times closer" in TEXT and 7 < (away() / away(False)).mean() < 14


def test_one_degree_stays_high_and_ten_fall_below_the_noise():
    train, validation = ch02.parabola_curves(1, [20, 80])
    assert "Degree 1 stays near 1.7 on both sets" in TEXT
    assert np.abs(np.array([train, validation]) - 1.7).max() < 0.2
    train, validation = ch02.parabola_curves(10, [20, 80])
    assert (train < 1).all() and (validation > 0.9).all() and np.diff(validation - train)[0] < 0


def test_the_largest_rate_has_the_lowest_cost_where_a_line_separates():
    assert "after 5000 the largest rate of all, 100, has the lowest" in TEXT
    ends = [costs("digits 3 and 8", float(rate))[-1] for rate in (0.01, 1, 10, 100)]
    assert ends == sorted(ends, reverse=True)


def test_printed_f1_values_are_cut_off_or_from_rounded_shares():
    printed = [0.8864, 0.9207, 0.9429, 0.9344, 0.9959]
    ours = [report.macro_f1 for report in ch02.hand_sign_reports().values()]
    assert all(-1e-4 < b - a < 4e-4 for a, b in zip(printed, ours, strict=True))
    assert sum(round(b, 4) != a for a, b in zip(printed, ours, strict=True)) >= 4

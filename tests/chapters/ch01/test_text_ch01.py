"""Chapter 01: the numbers in its sentences, computed again."""

import math

import numpy as np
import prose
import pytest

from course_lib import datasets, ops
from course_lib.chapters.ch01_linear_algebra import experiments as ch01

TEXT = prose.prose("01_linear_algebra")
digits, patients, photograph = datasets.digits8(), datasets.diabetes(), datasets.photograph()
DOUBLE, SINGLE = np.finfo(float), np.finfo(np.float32)


def most_similar():
    X = digits.X_train[:500]
    return np.bincount(np.where(np.eye(500), 0, X @ X.T).argmax(axis=1)).max()


def half_norm(*x):
    return sum(math.sqrt(abs(v)) for v in x) ** 2


def blank():
    return digits.X_train.max(axis=0) == 0


def with_ink_there():
    return np.count_nonzero(digits.X_test[:, blank()].any(axis=1))


def eigenvalue_ratio():
    values = ops.eigen_symmetric(np.cov(digits.X_train.T))[0]
    return values[1] / values[0]


def spread(name):
    return patients.X_train[:, datasets.DIABETES_FEATURES.index(name)].std()


def left(k=10):
    error = ch01.sign_slip(k)
    return error["largest eigenvalues"], error["nothing kept"]


def last_variance():
    Z = datasets.standardize(patients.X_train)
    return ops.principal_directions(Z)[2][-1], Z.var(axis=0).mean()


def count_of_patients_below():
    low = patients.X_train.min(axis=0)
    return np.count_nonzero((patients.X_test < low).any(axis=1))


CLAIMS = {
    "A digit of 28 × 28 places has {} numbers, a color picture of 64 × 64 places with three channels {}, and the "
    "photograph that you will meet below {}.": lambda: (28 * 28, 64 * 64 * 3, photograph.size),
    "The {} digits are a table with one picture in each row, or, with the same {} numbers":
        lambda: (len(digits.X_train), digits.X_train.size),
    "Here is a table of {} patients, with {} measurements each": lambda: patients.X_train.shape,
    "The cholesterol value `tc` varies {} times as much as the code for the sex.":
        lambda: prose.rounded(spread("tc") / spread("sex"), 1),
    "one feature spreads about {} times as far as the other":
        lambda: prose.rounded(spread("bmi") / (0.01 * spread("bp")), 1),
    "for {} rows the results differ by {} percent":
        lambda: (len(patients.X_train), 100 * (math.sqrt(353 / 352) - 1)),
    "divided by their largest ink count, {}.": lambda: 1 / np.diff(np.unique(digits.X_train)).min(),
    "with $p = 1/2$ the two steps have length {} each, and their sum length {}.":
        lambda: (half_norm(1, 0), half_norm(1, 1)),
    'one single picture is the "most similar" of {} others': most_similar,
    r"All three ways of computing the Frobenius norm give $\sqrt{{}}$.":
        lambda: ops.frobenius_norm(np.array([[1.0, 2], [3, -4]])) ** 2,
    "The loop pays for each of {} calls of Python": lambda: 500 * 20,
    r"hence $\lambda = {}$ with $v = (1, 1)$ and $\lambda = {}$ with":
        lambda: tuple(ops.eigen_symmetric(np.array([[2.0, 1], [1, 2]]))[0]),
    "With a ratio of 0.5 ten steps gain {} digits": lambda: math.log10(2**10),
    "The table has {} columns and rank {}: {} places at the left and right edges are blank":
        lambda: (64, ops.rank(digits.X_train), blank().sum()),
    "({} of the {} test digits has)": lambda: (with_ink_there(), len(digits.X_test)),
    "The ratio {} is close to 1": eigenvalue_ratio,
    "the relative gap between neighboring floats, ${}$.": lambda: DOUBLE.eps,
    "A part of this picture needs $256 + 384 + 1 = {}$ numbers, so $k$ parts save something as long as ${} k$ is below "
    "{}.": lambda: (sum(photograph.shape) + 1, sum(photograph.shape) + 1, photograph.size),
    "Ten good directions leave {} of {}.": left,
    "The last variance of the standardized table is {}, against {} for a single column": last_variance,
    r"A float64 has about {} digits and a largest value near ${}$. The gap between 1 and the next float is "
    r"$\varepsilon = {}$.": lambda: (-math.log10(DOUBLE.eps), DOUBLE.max, DOUBLE.eps),
    "overflows above $z = {}$": lambda: math.floor(math.log(DOUBLE.max)),
    "has {} digits and ends at ${}$, where $e^{{}}$ is already too large":
        lambda: (-math.log10(SINGLE.eps), SINGLE.max, math.ceil(math.log(SINGLE.max))),
    "{} of the test patients lies below the smallest training value of a feature.": count_of_patients_below,
}
#: inputs, sizes that somebody chose, quotations
GIVEN = ("a vocabulary of 10,000", "on 1,000 random pairs", "with 0.95 they gain hardly anything",
         "`0.1 + 0.2 == 0.3`")


@pytest.mark.parametrize("claim", CLAIMS)
def test_numbers_of_the_text(claim):
    prose.holds(TEXT, claim, CLAIMS[claim])


def test_every_measured_number_is_computed_again():
    assert not prose.untested(TEXT, CLAIMS, GIVEN)


def test_numbers_of_the_pictures():
    exponents = -np.arange(1, 13)
    errors = ch01.limit_errors(exponents)
    order = np.argsort(errors)[:2]
    prose.holds(prose.pictures("01_linear_algebra"), "its lowest points, about {}, at alpha {} and {}.",
                lambda: (errors[order].mean(), *sorted(10.0 ** exponents[order])))


def test_shares_that_stand_in_words():
    """A fifth of a squared length, three quarters and nearly all of a variance, and digits gained at 0.95."""
    mean = lambda label: digits.X_train[digits.y_train == label].mean(axis=0)
    rest = ops.remove_component(mean(3), mean(8))
    assert "here a fifth of the squared length" in TEXT
    assert rest @ rest / (mean(3) @ mean(3)) == pytest.approx(0.2, abs=0.02)
    variances = ops.principal_directions(digits.X_train)[2]
    shares = np.cumsum(variances) / variances.sum()
    assert "Ten numbers carry nearly three quarters" in TEXT and 0.72 < shares[9] < 0.75
    assert "forty nearly everything" in TEXT and shares[39] > 0.98
    assert math.log10(0.95**-10) < 0.25

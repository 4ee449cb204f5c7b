"""Chapter 01: each labelled equation of its text in numbers, and what its experiments and exercises claim."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, gradcheck, ops
from course_lib.chapters.ch01_linear_algebra import experiments as ch01
from course_lib.chapters.ch01_linear_algebra.exercises import EXERCISES, statements
from course_lib.exercises import registry
from course_lib.viz import demos

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "01_linear_algebra.py"
RNG = np.random.default_rng(1)
x, g, u = RNG.normal(size=(3, 4))
W1, b1, W2, b2 = RNG.normal(size=(4, 3)), RNG.normal(size=3), RNG.normal(size=(3, 2)), RNG.normal(size=2)
TALL = RNG.normal(size=(5, 3))
DEPENDENT = np.column_stack([TALL[:, 0], TALL[:, 1], TALL[:, 0] - 2 * TALL[:, 1]])
SYMMETRIC = TALL.T @ TALL
X = RNG.normal(size=(9, 3)) * np.array([3.0, 1.0, 0.3]) + 5


def eigen_equation():
    values, V = ops.eigen_symmetric(SYMMETRIC)
    return V @ np.diag(values) @ V.T, SYMMETRIC


def svd_equation():
    U, s, V = ops.svd(TALL)
    return U @ np.diag(s) @ V.T, TALL


def parts_of(A, k):
    U, s, V = ops.svd(A)
    return sum(s[i] * np.outer(U[:, i], V[:, i]) for i in range(k)), np.sum(s[k:] ** 2)


def pseudo_inverse(A):
    """(1.18) by its defining property instead: the shortest of the best solutions, one column of I at a time."""
    return np.column_stack([np.linalg.lstsq(A, e, rcond=1e-10)[0] for e in np.eye(len(A))])


def code_and_back():
    mean, D, _ = ops.principal_directions(X, 2)
    code = (X - mean) @ D
    return code @ D.T + mean


def softplus_form(v):
    return float(np.log1p(np.exp(v[0])) * v[1] ** 2)


def softplus_hessian(v):
    s, value = 1 / (1 + math.exp(-v[0])), math.log1p(math.exp(v[0]))
    return [[s * (1 - s) * v[1] ** 2, 2 * s * v[1]], [2 * s * v[1], 2 * value]]


#: label -> two sides of the equation
EQUATIONS = {
    "1.1": lambda: (ops.norm(x, 3), sum(abs(v) ** 3 for v in x) ** (1 / 3)),
    "1.2": lambda: (ops.norm(x, np.inf), max(abs(v) for v in x)),
    "1.3": lambda: (math.degrees(math.acos(ops.cosine_similarity(np.array([1.0, 0]), np.array([2.0, 2.0])))), 45),
    "1.4": lambda: (ops.gram_matrix(TALL), [[sum(a * b for a, b in zip(p, q, strict=True)) for q in TALL]
                                            for p in TALL]),
    "1.5": lambda: (ops.project(x, g), np.linalg.lstsq(g[:, None], x, rcond=None)[0] * g),
    "1.6": lambda: ([ops.remove_component(x, g) @ g, *(ops.remove_component(x, g) + ops.project(x, g))], [0, *x]),
    "1.7": lambda: ([ops.frobenius_norm(TALL)] * 2, [math.sqrt(sum(v**2 for v in TALL.flat)),
                                                     math.sqrt(np.trace(TALL @ TALL.T))]),
    "1.8": lambda: ((x @ W1 + b1) @ W2 + b2,
                    x @ ops.compose_affine((W1, b1), (W2, b2))[0] + ops.compose_affine((W1, b1), (W2, b2))[1]),
    "1.9": eigen_equation,
    "1.10": lambda: (ops.power_iteration(SYMMETRIC, np.ones(3), steps=1, tol=0).vector,
                     SYMMETRIC.sum(axis=1) / np.linalg.norm(SYMMETRIC.sum(axis=1))),
    "1.11": lambda: (ops.power_iteration(SYMMETRIC).value, np.linalg.eigvalsh(SYMMETRIC)[-1]),
    "1.12": lambda: (gradcheck.numerical_jacobian(ops.softmax, x), np.diag(ops.softmax(x)) - np.outer(
        ops.softmax(x), ops.softmax(x))),
    "1.13": lambda: (gradcheck.numerical_hessian(softplus_form, np.array([0.3, -0.8])),
                     softplus_hessian(np.array([0.3, -0.8]))),
    "1.14": svd_equation,
    "1.15": lambda: ([ops.rank(TALL), ops.rank(DEPENDENT), ops.rank(np.outer(x, g))], [3, 2, 1]),
    "1.16": lambda: (ops.low_rank(TALL, 2)[0], parts_of(TALL, 2)[0]),
    "1.17": lambda: (np.sum((TALL - ops.low_rank(TALL, 1)[0]) ** 2), parts_of(TALL, 1)[1]),
    "1.18": lambda: (ops.pinv(DEPENDENT), pseudo_inverse(DEPENDENT)),
    "1.19": lambda: (ops.pinv_limit(TALL, 1e-10), ops.pinv(TALL)),
    "1.20": lambda: (np.abs(ops.principal_directions(X, 2)[1]),
                     np.abs(np.linalg.eigh(np.cov(X.T))[1][:, ::-1][:, :2])),
    "1.21": lambda: (ops.pca(X, 2)[1], code_and_back()),
}


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-7)


def test_every_label_of_the_text_is_tested():
    assert set(re.findall(r"\\tag\{([^}]+)\}", SOURCE.read_text(encoding="utf-8"))) == set(EQUATIONS)


# --- what the experiments show; times are never asserted ---


def test_loop_and_product_give_the_same_numbers():
    result = ch01.loop_against_product(n=40, units=3, repeats=1)
    assert result.difference < 1e-12
    assert result.seconds_loop > 0 and result.seconds_product > 0
    np.testing.assert_allclose(ch01.layer_by_loop(x[None], W1, b1), x[None] @ W1 + b1)


@pytest.mark.parametrize("measured", [lambda: ch01.cost_of_inverse((4, 8), repeats=1),
                                      lambda: ch01.cost_of_svd((6, 12), columns=4, repeats=1)])
def test_what_is_timed_is_right(measured):
    costs = measured()
    assert costs.residual < 1e-12
    assert costs.ratios[0] == 1 and (costs.ratios > 0).all() and costs.ratios.shape == costs.sizes.shape


def test_the_limit_form_agrees_with_the_svd_and_then_fails():
    independent, dependent = ch01.limit_errors([-2, -6, -10], dependent=False), ch01.limit_errors([-2, -6, -10, -14])
    assert independent[2] < 1e-9
    np.testing.assert_allclose(independent[:2] / independent[1], [1e4, 1], rtol=0.05)
    assert dependent[1] < 1e-6 and dependent[3] > 100 * dependent[1]


def test_triangle_inequality_holds_from_p_1_on():
    for p in (1, 1.5, 2, 3, np.inf):
        assert ch01.triangle_slack(ops.norm, p) > -1e-12
    assert ch01.triangle_slack(lambda v, p: np.sum(np.abs(v) ** p) ** (1 / p), 0.5) < -0.1


def test_photograph_needs_24_parts():
    errors = ch01.photograph_errors()
    right = next(exercise for exercise in EXERCISES if exercise.title == "how many parts")
    assert int(np.argmax(errors < 0.1)) == right.reference
    assert errors[right.reference - 1] > 0.1005 > 0.0995 > errors[right.reference]  # no rounding decides
    assert int(np.argmax(errors**2 < 0.1)) == 1
    photograph = datasets.photograph() / 255
    assert ops.low_rank(photograph, 24)[1] / ops.frobenius_norm(photograph) == pytest.approx(errors[24])


def test_the_sign_slip_keeps_nothing():
    left = ch01.sign_slip(10)
    assert left["largest eigenvalues"] == pytest.approx(1.22, abs=0.005)
    assert left["smallest eigenvalues"] == pytest.approx(left["nothing kept"], rel=1e-3)
    rebuilt = ops.pca(datasets.digits8().X_train, 10)[1]
    assert left["largest eigenvalues"] == pytest.approx(np.sum((datasets.digits8().X_train - rebuilt) ** 2) / 1437)


def test_without_centering_the_first_direction_is_the_mean():
    cosines = ch01.without_centering()
    assert cosines["not centered"] > 0.999 and cosines["centered"] < 0.05


def test_nearest_digits():
    shares = ch01.nearest_digits(500)
    digits = datasets.digits8()
    found = 0
    for i in range(500):
        distances = np.linalg.norm(digits.X_train[:500] - digits.X_train[i], axis=1)
        distances[i] = np.inf
        found += digits.y_train[distances.argmin()] == digits.y_train[i]
    assert shares["smallest distance"] == found / 500
    assert shares["largest cosine"] > 0.95 > 0.7 > shares["largest dot product"]


def test_one_heavy_digit_has_the_largest_product_with_99_others():
    X = datasets.digits8().X_train[:500]
    G = np.where(np.eye(500), 0, X @ X.T)
    assert np.bincount(G.argmax(axis=1)).max() == 99


# --- what the exercises claim ---


def test_kinds_of_quadratic_forms():
    forms = {"A": [[2, 0], [0, 1]], "B": [[1, 2], [2, 1]], "C": [[2, -1], [-1, 2]], "D": [[1, 1], [1, 1]],
             "E": [[-2, 0], [0, -1]], "F": [[2, 0], [0, -1]]}
    exercise = next(exercise for exercise in EXERCISES if exercise.title == "kinds of quadratic forms")
    for name, form in forms.items():
        low, high = np.linalg.eigvalsh(form)
        definite = "positive" if low > 1e-12 else "negative" if high < 0 else ""
        kind = definite or ("indefinite" if low < -1e-12 else "semidefinite")
        assert exercise.reference[name] == kind
    text = SOURCE.read_text(encoding="utf-8")
    for name, form in forms.items():
        entries = r" \\ ".join(" & ".join(map(str, row)) for row in form)
        assert rf"{name} = \begin{{pmatrix}} {entries} \end{{pmatrix}}" in text


def test_statements_that_numbers_can_judge():
    truth = statements.STATEMENTS.reference
    wide = RNG.normal(size=(2, 4))
    assert truth["c"] == (ops.rank(wide.T @ wide) < 4)
    assert truth["g"] == (ops.norm(np.array([3.0, 4.0])) == 25)
    A, B, C = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
    assert truth["i"] == bool(np.isclose(np.trace(A @ B @ C), np.trace(B @ C @ A)))
    assert truth["l"] == bool(abs(ops.remove_component(x, 7 * g) @ g) < 1e-12)
    assert truth["f"] == (gradcheck.numerical_jacobian(lambda v: v @ W1, x).shape == (3, 4))


def test_chapter_shows_its_live_figures():
    text = SOURCE.read_text(encoding="utf-8")
    unlocked = {registry.get_prediction(f"1.{letter}").demo for letter in "abcdef"}
    shown = set(re.findall(r"demos\.([A-Z]\w+)\(", text)) | unlocked
    assert {name for name, module in demos.places().items() if ".ch01_" in module} == shown

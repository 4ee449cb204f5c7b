"""Linear algebra: norms, projections, eigenvectors, singular values, pseudo-inverse, principal directions, messages."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import datasets, gradcheck, ops

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)
SIDE = st.integers(1, 7)


def matrix(seed, m, n, rank=None):
    rng = np.random.default_rng(seed)
    if rank is None:
        return rng.standard_normal((m, n))
    return rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n))


# ---- layouts and maps --------------------------------------------------------------------------------------


def test_channels_first():
    images = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)  # N, H, W, C
    turned = ops.channels_first(images)
    assert turned.shape == (2, 5, 3, 4)
    assert turned[1, 4, 2, 3] == images[1, 2, 3, 4]
    assert ops.channels_first(images[0]).shape == (5, 3, 4)


def test_composition_by_hand():
    # f(x) = x - 1 after g(x) = 2x + 1 is 2x
    W, b = ops.compose_affine(([[2]], [1]), ([[1]], [-1]))
    assert W.tolist() == [[2]] and b.tolist() == [0]
    assert ops.compose_affine(([[1]], [-1]), ([[2]], [1]))[1].tolist() == [-1], "the order matters"


@QUICK
@given(SEEDS, SIDE, SIDE, SIDE, SIDE)
def test_composition_is_one_map(seed, a, b, c, d):
    rng = np.random.default_rng(seed)
    maps = [(rng.standard_normal((m, n)), rng.standard_normal(n)) for m, n in ((a, b), (b, c), (c, d))]
    x = expected = rng.standard_normal((5, a))
    for W, shift in maps:
        expected = expected @ W + shift
    W, shift = ops.compose_affine(*maps)
    np.testing.assert_allclose(x @ W + shift, expected, atol=1e-12)


# ---- norms and angles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 7.5, np.inf])
@QUICK
@given(SEEDS, SIDE)
def test_norm_axioms(p, seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 20, n))
    assert (ops.norm(x + y, p) <= ops.norm(x, p) + ops.norm(y, p) + 1e-12).all()
    np.testing.assert_allclose(ops.norm(-3 * x, p), 3 * ops.norm(x, p))
    np.testing.assert_allclose(ops.norm(x, p), [np.linalg.norm(row, p) for row in x])
    assert (ops.norm(x, p) > 0).all() and ops.norm(np.zeros(n), p) == 0


def test_norms_by_hand():
    assert [ops.norm([3, -4], p) for p in (1, 2, np.inf)] == [7, 5, 4]
    assert ops.norm([1e200, 1e200], 2) == pytest.approx(np.sqrt(2) * 1e200), "no overflow"
    assert ops.norm([np.inf, 1]) == np.inf and np.isnan(ops.norm([np.nan, 1]))
    assert ops.norm(np.ones((4, 3), np.float32)).dtype == np.float32


@QUICK
@given(SEEDS, SIDE, SIDE)
def test_frobenius_norm_four_ways(seed, m, n):
    A = matrix(seed, m, n)
    expected = [np.linalg.norm(A), np.sqrt(np.trace(A @ A.T)), np.sqrt((ops.svd(A)[1] ** 2).sum())]
    np.testing.assert_allclose(expected, ops.frobenius_norm(A))


@QUICK
@given(SEEDS, SIDE)
def test_projection_and_rest(seed, n):
    x, g = np.random.default_rng(seed).standard_normal((2, n))
    along, rest = ops.project(x, g), ops.remove_component(x, g)
    np.testing.assert_allclose(along + rest, x, atol=1e-12)
    assert abs(rest @ g) < 1e-12
    np.testing.assert_allclose(ops.project(x, -7 * g), along, atol=1e-12)
    assert abs(ops.cosine_similarity(x, g)) <= 1


def test_cosine_and_gram():
    assert ops.cosine_similarity([1, 0], [1, 1]) == pytest.approx(np.sqrt(0.5))
    assert ops.cosine_similarity([2, 1], [-4, -2]) == pytest.approx(-1)
    assert ops.gram_matrix([[1, 2], [3, 4], [0, 1]]).tolist() == [[5, 11, 2], [11, 25, 4], [2, 4, 1]]


# ---- eigenvectors ------------------------------------------------------------------------------------------


@QUICK
@given(SEEDS, SIDE)
def test_eigenvectors_of_a_symmetric_matrix(seed, n):
    A = matrix(seed, n, n)
    A = A + A.T
    values, V = ops.eigen_symmetric(A)
    assert (np.diff(values) <= 0).all()
    np.testing.assert_allclose(V @ np.diag(values) @ V.T, A, atol=1e-10)
    np.testing.assert_allclose(V.T @ V, np.eye(n), atol=1e-12)
    assert (V[np.abs(V).argmax(axis=0), np.arange(n)] > 0).all()


def test_signs_do_not_depend_on_the_sign_given():
    V = np.array([[0.6, -0.8], [-0.8, -0.6]])
    np.testing.assert_array_equal(ops.fix_signs(V), [[-0.6, 0.8], [0.8, 0.6]])
    np.testing.assert_array_equal(ops.fix_signs(-V), ops.fix_signs(V))
    tie = np.array([[-0.5], [0.5 + 1e-13]])
    assert ops.fix_signs(tie)[0, 0] > 0, "of equally large entries the first decides"


def test_power_iteration_against_eigh():
    A = np.array([[4.0, 1, 0], [1, 3, 1], [0, 1, 2]])
    run = ops.power_iteration(A)
    values, V = ops.eigen_symmetric(A)
    assert run.converged and run.value == pytest.approx(values[0], abs=1e-10)
    np.testing.assert_allclose(run.vector, V[:, 0], atol=1e-8)
    assert len(run.path) == len(run.values) and run.values[-1] == run.value
    np.testing.assert_allclose(run.path[1], A @ run.path[0] / np.linalg.norm(A @ run.path[0]))
    # each step shrinks the other part by lambda_2 / lambda_1
    away = np.linalg.norm(run.path - (run.path @ V[:, :1]) @ V[:, :1].T, axis=1)
    assert away[12] / away[11] == pytest.approx(values[1] / values[0], rel=0.01)


def test_default_start_has_a_part_along_the_wanted_vector():
    # all ones would be an eigenvector of the smaller eigenvalue here
    assert ops.power_iteration([[2, -1], [-1, 2]]).value == pytest.approx(3)


def test_power_iteration_that_does_not_settle():
    turning = ops.power_iteration([[0, -1], [1, 0]], [1, 0], steps=8)
    assert not turning.converged and len(turning.path) == 9
    assert len(ops.power_iteration([[2, 0], [0, 1]], steps=5, tol=0).path) == 6
    negative = ops.power_iteration([[-3, 0], [0, 1]])
    assert negative.converged and negative.value == pytest.approx(-3)


# ---- singular values ---------------------------------------------------------------------------------------


@QUICK
@given(SEEDS, SIDE, SIDE)
def test_svd(seed, m, n):
    A = matrix(seed, m, n)
    U, s, V = ops.svd(A)
    r = min(m, n)
    assert U.shape == (m, r) and s.shape == (r,) and V.shape == (n, r)
    np.testing.assert_allclose(U * s @ V.T, A, atol=1e-12)
    np.testing.assert_allclose(U.T @ U, np.eye(r), atol=1e-12)
    np.testing.assert_allclose(V.T @ V, np.eye(r), atol=1e-12)
    assert (s >= 0).all() and (np.diff(s) <= 0).all()


@QUICK
@given(SEEDS, st.integers(2, 7), st.integers(2, 7), st.integers(1, 6))
def test_rank_and_null_space(seed, m, n, r):
    r = min(r, m, n)
    A = matrix(seed, m, n, r)
    assert ops.rank(A) == np.linalg.matrix_rank(A)
    N = ops.null_space(A)
    assert N.shape == (n, n - ops.rank(A))
    np.testing.assert_allclose(A @ N, 0, atol=1e-10)
    np.testing.assert_allclose(N.T @ N, np.eye(N.shape[1]), atol=1e-12)


def test_rank_has_a_tolerance():
    A = np.diag([1.0, 1e-3, 1e-10])
    assert [ops.rank(A, tol) for tol in (None, 1e-6, 1e-2)] == [3, 2, 1]
    assert ops.rank(np.zeros((3, 2))) == 0
    assert ops.rank(A.astype(np.float32)) == 2, "float32 knows 7 digits"


@QUICK
@given(SEEDS, SIDE, SIDE, SIDE)
def test_rank_k_error_is_the_dropped_part(seed, m, n, k):
    A, k = matrix(seed, m, n), min(k, m, n)
    near, error = ops.low_rank(A, k)
    assert ops.rank(near) == k
    s = ops.svd(A)[1]
    assert np.linalg.norm(A - near) ** 2 == pytest.approx((s[k:] ** 2).sum(), abs=1e-12)
    assert error == pytest.approx(np.linalg.norm(A - near), abs=1e-10)


def test_few_singular_values_carry_the_photograph():
    image = datasets.photograph().astype(float)
    near, error = ops.low_rank(image, 40)
    assert error / ops.frobenius_norm(image) < 0.12
    assert np.linalg.norm(image - near) == pytest.approx(error)
    assert ops.low_rank(image, 0)[1] == pytest.approx(ops.frobenius_norm(image))


@QUICK
@given(SEEDS, SIDE, SIDE, st.integers(1, 6))
def test_four_rules_of_the_pseudo_inverse(seed, m, n, r):
    A = matrix(seed, m, n, min(r, m, n))
    P = ops.pinv(A)
    for left, right in ((A @ P @ A, A), (P @ A @ P, P), ((A @ P).T, A @ P), ((P @ A).T, P @ A)):
        np.testing.assert_allclose(left, right, atol=1e-7 * max(1, np.abs(P).max()))


def test_pseudo_inverse_is_a_limit_from_above():
    A = matrix(1, 5, 3)
    errors = [np.abs(ops.pinv_limit(A, alpha) - ops.pinv(A)).max() for alpha in (1e-1, 1e-4, 1e-7, 1e-10)]
    assert all(late < early / 100 for early, late in pairwise(errors[:-1]))
    assert errors[-1] < 1e-8


# ---- principal components ----------------------------------------------------------------------------------


@QUICK
@given(SEEDS, st.integers(2, 12), SIDE)
def test_principal_directions_against_the_covariance(seed, n, d):
    X = 3 + np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1)
    mean, D, variances = ops.principal_directions(X)
    np.testing.assert_allclose(mean, X.mean(axis=0))
    C = np.atleast_2d(np.cov(X, rowvar=False))
    np.testing.assert_allclose(variances, np.linalg.eigvalsh(C)[::-1][: min(n, d)], atol=1e-9)
    np.testing.assert_allclose(D.T @ D, np.eye(D.shape[1]), atol=1e-12)
    np.testing.assert_allclose(C @ D, D * variances, atol=1e-8)


def test_reconstruction_of_real_digits():
    X = datasets.digits8().X_train
    errors = [((X - ops.pca(X, k)[1]) ** 2).sum() for k in (1, 5, 20, 60)]
    assert all(late < early for early, late in pairwise(errors))
    variances = ops.principal_directions(X)[2]
    assert errors[1] == pytest.approx((len(X) - 1) * variances[5:].sum())
    np.testing.assert_allclose(ops.pca(X, 64)[1], X, atol=1e-10)


# ---- Jacobian and Hessian ----------------------------------------------------------------------------------


def test_numerical_jacobian_of_softmax():
    z = np.array([0.3, -1.2, 2.0])
    np.testing.assert_allclose(gradcheck.numerical_jacobian(ops.softmax, z), ops.softmax_jacobian(ops.softmax(z)),
                               atol=1e-9)
    W = matrix(0, 3, 2)
    np.testing.assert_allclose(gradcheck.numerical_jacobian(lambda x: x @ W, z), W.T, atol=1e-9)


def test_numerical_hessian_of_a_quadratic_form():
    A, x = matrix(2, 4, 4), np.random.default_rng(3).standard_normal(4)
    H = gradcheck.numerical_hessian(lambda v: v @ A @ v, x)
    np.testing.assert_allclose(H, A + A.T, atol=1e-6)
    np.testing.assert_array_equal(H, H.T)
    np.testing.assert_allclose(gradcheck.numerical_gradient(lambda v: v @ A @ v, x), (A + A.T) @ x, atol=1e-8)


# ---- precision and messages --------------------------------------------------------------------------------


def test_float32_is_kept_and_nothing_changed():
    A = matrix(0, 4, 4).astype(np.float32)
    S, before = A + A.T, A.copy()
    for result in (*ops.svd(A), ops.pinv(A), ops.low_rank(A, 2)[0], *ops.eigen_symmetric(S), ops.null_space(A[:2]),
                   ops.power_iteration(S).vector, *ops.principal_directions(A), ops.pca(A, 2)[1],
                   ops.project(A[0], A[1]), ops.pinv_limit(A, 0.1)):
        assert result.dtype == np.float32
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("call, message", [
    (lambda: ops.norm([1, 2], 0.5), "p=0.5: a norm needs p >= 1"),
    (lambda: ops.norm(3.0), r"shape \(\)"),
    (lambda: ops.frobenius_norm([1, 2]), r"matrix of shape \(m, n\).*\(2,\)"),
    (lambda: ops.svd([[1, np.nan]]), "A holds 1 NaN and 0 infinity"),
    (lambda: ops.cosine_similarity([0, 0], [1, 2]), "zero vector has no direction"),
    (lambda: ops.cosine_similarity([1], [1, 2]), "must be equal"),
    (lambda: ops.project([1, 2], [0, 0]), "g is zero"),
    (lambda: ops.eigen_symmetric([[1, 2], [0, 1]]), "differ by 2"),
    (lambda: ops.eigen_symmetric([[1, 2, 3], [0, 1, 2]]), "must be square"),
    (lambda: ops.power_iteration(np.eye(2), [0, 0]), "not be zero"),
    (lambda: ops.power_iteration(np.eye(2), steps=0), "steps=0"),
    (lambda: ops.power_iteration([[1, -1], [1, -1]], [1, 1]), "null space"),
    (lambda: ops.rank(np.eye(2), tol=1), "tol=1"),
    (lambda: ops.low_rank(np.eye(3), 4), "from 0 to 3"),
    (lambda: ops.pinv_limit(np.eye(2), 0), "alpha=0"),
    (lambda: ops.principal_directions([[1.0, 2]]), "at least 2"),
    (lambda: ops.principal_directions([[1.0, np.nan], [1, 2]]), "NaN"),
    (lambda: ops.pca(np.eye(3), 0), "k=0, expected a whole number from 1 to 3"),
    (lambda: ops.compose_affine((np.eye(2), np.ones(2)), (np.eye(3), np.ones(3))), "map 2"),
    (lambda: ops.channels_first(np.ones((3, 4))), r"\(3, 4\)"),
    (lambda: gradcheck.numerical_jacobian(lambda x: x.sum(), np.ones(2)), "numerical_gradient"),
    (lambda: gradcheck.numerical_hessian(lambda x: x.sum(), np.ones((2, 2))), r"shape \(n,\)"),
])
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()

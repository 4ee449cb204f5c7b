"""Newton's method, L-BFGS and the ellipses of the local quadratic."""

import numpy as np
import pytest

from course_lib import ops


def test_newton_on_a_parabola_needs_one_step():
    path = ops.newton(lambda x: 3 * (x - 2), lambda x: 3.0, 10.0)
    np.testing.assert_allclose(path, [10, 2, 2], rtol=1e-15)


def test_newton_doubles_the_digits():
    """The minimum of x - log x is 1, and the error e of a step becomes e^2."""
    path = ops.newton(lambda x: 1 - 1 / x, lambda x: 1 / x**2, 0.5)
    errors = 1 - path
    np.testing.assert_allclose(errors[1:4], errors[:3] ** 2, rtol=1e-10)
    assert abs(path[-1] - 1) < 1e-15 and len(path) < 10


def test_newton_finds_what_is_flat():
    """x^4/4 - x^2/2 has a maximum at 0."""
    assert abs(ops.newton(lambda x: x**3 - x, lambda x: 3 * x**2 - 1, 0.3)[-1]) < 1e-12
    assert ops.newton(lambda x: x**3 - x, lambda x: 3 * x**2 - 1, 2.0)[-1] == pytest.approx(1, abs=1e-12)


def test_newton_on_a_quadratic_of_two_weights():
    H, best = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([1.0, -2.0])
    path = ops.newton(lambda w: H @ (w - best), lambda w: H, [5.0, 5.0])
    assert path.shape == (3, 2)
    np.testing.assert_allclose(path[1:], [best, best], atol=1e-14)


def test_newton_may_escape_or_find_no_step():
    away = ops.newton(np.arctan, lambda x: 1 / (1 + x**2), 2.0)
    assert not np.isfinite(away[-1]) and np.isfinite(away[:-1]).all()
    np.testing.assert_array_equal(ops.newton(lambda x: x**3 + 1, lambda x: 3 * x**2, 0.0), [0, np.nan])
    with pytest.raises(ValueError, match=r"hess returned shape \(2,\), expected \(2, 2\)"):
        ops.newton(lambda x: x, lambda x: x, [1.0, 2.0])
    assert len(ops.newton(np.arctan, lambda x: 1 / (1 + x**2), 1.0, n=2)) == 3


def valley(w):
    """Rosenbrock's: a curved valley with its floor at (1, 1)."""
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def slope(w):
    bend = w[1] - w[0] ** 2
    return np.array([-2 * (1 - w[0]) - 400 * w[0] * bend, 200 * bend])


@pytest.mark.parametrize("memory", [1, 3, 10])
def test_lbfgs_along_a_curved_valley(memory):
    path = ops.lbfgs(valley, slope, [-1.2, 1.0], memory=memory)
    values = [valley(w) for w in path]
    assert (np.diff(values) < 0).all()
    np.testing.assert_allclose(path[-1], [1, 1], atol=1e-6)
    assert len(path) < 101


def test_lbfgs_needs_few_steps_where_descent_needs_thousands():
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    H, best = Q * np.geomspace(1, 1e4, 5) @ Q.T, rng.standard_normal(5)

    def grad(w):
        return H @ (w - best)

    path = ops.lbfgs(lambda w: (w - best) @ grad(w) / 2, grad, np.zeros(5))
    np.testing.assert_allclose(path[-1], best, atol=1e-8)
    descent = ops.gradient_descent(grad, np.zeros(5), ops.step_limits(H).fastest, 1000)
    assert len(path) < 50 and np.linalg.norm(descent[-1] - best) > 0.1


def test_lbfgs_with_every_direction_remembered_is_newton_on_a_quadratic():
    """Its matrix maps every remembered y to its s."""
    from course_lib.ops.second_order import _newton_direction

    rng = np.random.default_rng(1)
    root = rng.standard_normal((4, 4))
    H, pairs = root @ root.T + np.eye(4), []
    for s in np.linalg.eigh(H)[1].T:  # conjugate directions: then all pairs fit one matrix
        pairs.append((s, H @ s))
    g = rng.standard_normal(4)
    np.testing.assert_allclose(_newton_direction(g, pairs), np.linalg.solve(H, g), rtol=1e-10)
    np.testing.assert_array_equal(_newton_direction(g, []), g)


def test_lbfgs_ends_where_nothing_is_to_gain():
    assert len(ops.lbfgs(lambda w: w @ w, lambda w: 2 * w, np.zeros(2))) == 1
    assert len(ops.lbfgs(lambda w: w @ w, lambda w: -2 * w, np.ones(2))) == 1  # uphill
    assert len(ops.lbfgs(valley, slope, [-1.2, 1.0], n=5)) == 6
    with pytest.raises(ValueError, match=r"w0=1 is a number"):
        ops.lbfgs(abs, np.sign, 1.0)


def test_axes_of_an_ellipse():
    turn = np.array([[3.0, -4.0], [4.0, 3.0]]) / 5
    lengths, V = ops.ellipse_axes(turn @ np.diag([4.0, 25.0]) @ turn.T)
    np.testing.assert_allclose(lengths, [0.5, 0.2], rtol=1e-10)
    np.testing.assert_allclose(np.abs(V), np.abs(turn), atol=1e-10)
    H = turn @ np.diag([4.0, 25.0]) @ turn.T
    for length, v in zip(lengths, V.T, strict=True):
        assert (length * v) @ H @ (length * v) == pytest.approx(1)
    with pytest.raises(ValueError, match="eigenvalue -1"):
        ops.ellipse_axes(np.diag([1.0, -1.0]))

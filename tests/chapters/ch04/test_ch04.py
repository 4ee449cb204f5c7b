"""Chapter 04: each labelled equation of its text in numbers, and the results its experiments reproduce."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import autodiff, datasets, gradcheck, ops
from course_lib.chapters.ch04_backpropagation import experiments as ch04
from course_lib.chapters.ch04_backpropagation.exercises import EXERCISES, runs
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "04_backpropagation.py"
RNG = np.random.default_rng(4)
N, D, M, C = 3, 2, 4, 5
x, W, b = RNG.normal(size=(N, D)), RNG.normal(size=(D, M)), RNG.normal(size=M)
V, c = RNG.normal(size=(M, C)), RNG.normal(size=C)
z, y = RNG.normal(size=(N, C)), np.array([4, 0, 2])
dout = RNG.normal(size=(N, M))
score = RNG.normal(size=7)
up = RNG.normal(size=7)
Phi = np.array([(1 + math.erf(v / math.sqrt(2))) / 2 for v in score])
phi = np.exp(-(score**2) / 2) / np.sqrt(2 * np.pi)
p, q = RNG.dirichlet(np.ones(C), size=N), RNG.dirichlet(np.ones(C), size=N)
labels = np.array([1.0, 0.0, 1.0])
prob = np.array([0.9, 0.2, 0.6])
prediction, target = RNG.normal(size=(N, C)), RNG.normal(size=(N, C))
exp = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
chain = np.array([0.8, 0.1, -1.2, 0.4, 1.5, -0.3])
small_x, small_y = np.array([1.5, -0.5]), -1.0
small_W, small_w = np.array([[0.5, 1.0], [0.25, -1.0]]), np.array([2, -1.5])


def numeric(f, at):
    return gradcheck.numerical_gradient(f, at.copy())


def slope(function):
    """Slope of an activation at `score`, from differences, times the incoming gradient `up`."""
    return numeric(lambda v: float(np.sum(up * function(v))), score)


def loss_gradient(loss, at, *rest):
    return numeric(lambda v: loss(v, *rest)[0], at)


def network(params, hidden="tanh", output="identity"):
    return ops.mlp_forward(x, params, hidden, output)


def deltas():
    """(4.54) to (4.57) by hand for a tanh net with half squared error, and what the library says."""
    h = np.tanh(x @ W + b)
    D2 = (h @ V + c - target) / N
    D1 = (D2 @ V.T) * (1 - h**2)
    y_hat, cache = network([(W, b), (V, c)])
    (dW1, db1), (dW2, db2) = ops.mlp_backward(ops.half_sse(y_hat, target)[1], cache)
    return h, D2, D1, dW1, db1, dW2, db2


def three_sigmoids(point, at=0.5):
    a = at
    for weight, bias in zip(point[::2], point[1::2], strict=True):
        a = ops.sigmoid(weight * a + bias)
    return float(a)


def chain_deltas():
    a, outs = 0.5, []
    for weight, bias in zip(chain[::2], chain[1::2], strict=True):
        a = float(ops.sigmoid(weight * a + bias))
        outs.append(a)
    d3 = outs[2] * (1 - outs[2])
    d2 = d3 * chain[4] * outs[1] * (1 - outs[1])
    return np.array([d2 * chain[2] * outs[0] * (1 - outs[0]), d2, d3])


def small_loss(W1, w):
    return 0.5 * (np.maximum(small_x @ W1, 0) @ w - small_y) ** 2


def small_error():
    return np.maximum(small_x @ small_W, 0) @ small_w - small_y


def graph():
    u, v = autodiff.Value(0.7), autodiff.Value(-0.4)
    f = (u * v).tanh() + u * u
    f.backward()
    t = math.tanh(0.7 * -0.4)
    return [u.grad, v.grad], [-0.4 * (1 - t * t) + 2 * 0.7, 0.7 * (1 - t * t)]


def difference_error(h):
    """|error| of the central difference of sin at 1, against (4.61) without its rounding term."""
    central = (math.sin(1 + h) - math.sin(1 - h)) / (2 * h)
    return abs(central - math.cos(1)), h**2 * math.cos(1) / 6


#: label -> two sides of the equation
EQUATIONS = {
    "4.1": lambda: (ops.count_parameters((4, 5, 5, 2)), 5 * 5 + 6 * 5 + 6 * 2),
    "4.2": lambda: (network([(W, b), (V, c)])[0], np.tanh(x @ W + b) @ V + c),
    "4.3": lambda: (ops.affine_forward(x, W, b)[0], [[sum(x[n, d] * W[d, m] for d in range(D)) + b[m]
                                                      for m in range(M)] for n in range(N)]),
    "4.4": lambda: (ops.identity_backward(up, score), slope(ops.identity)),
    "4.5": lambda: (ops.sigmoid(score), 1 / (1 + np.exp(-score))),
    "4.6": lambda: (ops.sigmoid_backward(up, ops.sigmoid(score)), slope(ops.sigmoid)),
    "4.7": lambda: (up * ops.ACTIVATIONS["gelu"].derivative(score), ops.gelu_backward(up, score)),
    "4.8": lambda: (ops.tanh(score), (np.exp(score) - np.exp(-score)) / (np.exp(score) + np.exp(-score))),
    "4.9": lambda: (ops.tanh_backward(up, ops.tanh(score)), slope(ops.tanh)),
    "4.10": lambda: (ops.relu(score), np.where(score > 0, score, 0)),
    "4.11": lambda: (ops.relu_backward(up, score), slope(ops.relu)),
    "4.12": lambda: (ops.leaky_relu(score, 0.2), np.where(score > 0, score, 0.2 * score)),
    "4.13": lambda: (ops.leaky_relu_backward(up, score, 0.2), slope(lambda v: ops.leaky_relu(v, 0.2))),
    "4.14": lambda: (ops.elu(score), np.where(score > 0, score, np.exp(score) - 1)),
    "4.15": lambda: (ops.elu_backward(up, score), slope(ops.elu)),
    "4.16": lambda: (ops.selu(score), 1.0507009873554805 * np.where(score > 0, score,
                                                                    1.6732632423543772 * (np.exp(score) - 1))),
    "4.17": lambda: (ops.selu_backward(up, score), slope(ops.selu)),
    "4.18": lambda: (ops.gelu(score), score * Phi),
    "4.19": lambda: (ops.gelu_backward(up, score), up * (Phi + score * phi)),
    "4.20": lambda: (ops.linear_share(np.array([1.0, 3.0])), [0.25, 0.75]),
    "4.21": lambda: (ops.softmax(z), exp),
    "4.22": lambda: (ops.softmax_jacobian(exp[0]), np.diag(exp[0]) - np.outer(exp[0], exp[0])),
    "4.23": lambda: (ops.softmax_backward(z, exp), exp * (z - (z * exp).sum(axis=1, keepdims=True))),
    "4.24": lambda: (ops.cross_entropy(z, y), -np.mean(np.log(exp[np.arange(N), y]))),
    "4.25": lambda: (ops.log_softmax(z), z - np.log(np.exp(z).sum(axis=1, keepdims=True))),
    "4.26": lambda: ((exp - ops.one_hot(y, C)) / N, numeric(lambda v: ops.cross_entropy(v, y), z)),
    "4.27": lambda: (ops.one_hot(np.array([1, 0]), 2), [[0, 1], [1, 0]]),
    "4.28": lambda: (ops.bce(prob, labels)[0], -np.mean(np.log([0.9, 0.8, 0.6]))),
    "4.29": lambda: ((-labels / prob + (1 - labels) / (1 - prob)) / N, loss_gradient(ops.bce, prob, labels)),
    "4.30": lambda: (ops.bce_from_logits(score[:3], labels)[0], ops.bce(ops.sigmoid(score[:3]), labels)[0]),
    "4.31": lambda: ((ops.sigmoid(score[:3]) - labels) / N, loss_gradient(ops.bce_from_logits, score[:3], labels)),
    "4.32": lambda: (ops.mse(prediction, target)[0], np.mean((prediction - target) ** 2)),
    "4.33": lambda: (2 * (prediction - target) / target.size, loss_gradient(ops.mse, prediction, target)),
    "4.34": lambda: (ops.half_sse(prediction, target)[0], np.sum((prediction - target) ** 2) / (2 * N)),
    "4.35": lambda: ((prediction - target) / N, loss_gradient(ops.half_sse, prediction, target)),
    "4.36": lambda: (ops.mae(prediction, target)[0], np.mean(np.abs(prediction - target))),
    "4.37": lambda: (np.sign(prediction - target) / target.size, loss_gradient(ops.mae, prediction, target)),
    "4.38": lambda: (ops.entropy(p[0]), -np.sum(p[0] * np.log(p[0]))),
    "4.39": lambda: (ops.kl_divergence(p[0], q[0]), np.sum(p[0] * np.log(p[0] / q[0]))),
    "4.40": lambda: (ops.kl_loss(p, q)[0], np.sum(q * np.log(q / p)) / N),
    "4.41": lambda: (ops.kl_loss(p, q)[1], -q / p / N),
    "4.42": lambda: (ops.hellinger_loss(p, q)[0], np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / (2 * N)),
    "4.43": lambda: ((1 - np.sqrt(q / p)) / (2 * N), loss_gradient(ops.hellinger_loss, p, q)),
    "4.44": lambda: (2 * score * np.cos(score**2), numeric(lambda v: float(np.sum(np.sin(v**2))), score)),
    "4.45": lambda: (ops.softmax_jacobian(exp[0]).T @ up[:C], numeric(lambda v: float(up[:C] @ ops.softmax(v)), z[0])),
    "4.46": graph,
    "4.47": lambda: (three_sigmoids(chain), ops.sigmoid(1.5 * ops.sigmoid(-1.2 * ops.sigmoid(0.5) + 0.4) - 0.3)),
    "4.48": lambda: (chain_deltas(), numeric(three_sigmoids, chain)[1::2]),
    "4.49": lambda: (dout @ W.T, numeric(lambda v: float(np.sum(dout * (v @ W + b))), x)),
    "4.50": lambda: (x.T @ dout, numeric(lambda v: float(np.sum(dout * (x @ v + b))), W)),
    "4.51": lambda: (dout.sum(axis=0), numeric(lambda v: float(np.sum(dout * (x @ W + v))), b)),
    "4.52": lambda: (np.outer(small_x, small_error() * small_w * (small_x @ small_W > 0)),
                     numeric(lambda v: small_loss(v, small_w), small_W)),
    "4.53": lambda: (small_error() * np.maximum(small_x @ small_W, 0),
                     numeric(lambda v: small_loss(small_W, v), small_w)),
    "4.54": lambda: (deltas()[1], numeric(lambda v: ops.half_sse(v, target)[0], network([(W, b), (V, c)])[0])),
    "4.55": lambda: (deltas()[2], numeric(lambda v: ops.half_sse(np.tanh(v) @ V + c, target)[0], x @ W + b)),
    "4.56": lambda: ((x.T @ deltas()[2]), deltas()[3]),
    "4.57": lambda: (deltas()[1].sum(axis=0), deltas()[6]),
    "4.58": lambda: (ops.error_split(np.array([0.3, 0.6]), 0.9), [0.3, 0.6]),
    "4.59": lambda: (numeric(lambda v: float(np.sum(v**2)), score), 2 * score),
    "4.60": lambda: (gradcheck.check_gradient(lambda v: float(np.sum(v**2)), 3 * score, score.copy()).relative_error,
                     0.2),
    "4.61": lambda: difference_error(1e-3),
    "4.62": lambda: (chain_deltas()[0] / chain_deltas()[2],
                     np.prod([w * s * (1 - s) for w, s in zip(chain[[4, 2]], _outputs()[1::-1], strict=True)])),
    "4.63": lambda: (ops.mlp_forward(x[:, :1], [(W[:1], b), (V[:, :1], c[:1])])[0][:, 0],
                     [sum(V[j, 0] * math.tanh(W[0, j] * v + b[j]) for j in range(M)) + c[0] for v in x[:, 0]]),
    "4.64": lambda: (ops.accuracy(z, y), np.mean(z.argmax(axis=1) == y)),
}


def _outputs():
    a, outs = 0.5, []
    for weight, bias in zip(chain[::2], chain[1::2], strict=True):
        a = float(ops.sigmoid(weight * a + bias))
        outs.append(a)
    return outs


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=2e-6, atol=1e-9)


def test_every_label_of_the_text_is_tested():
    assert set(re.findall(r"\\tag\{([^}]+)\}", SOURCE.read_text(encoding="utf-8"))) == set(EQUATIONS)


# --- published and announced numbers ---


@pytest.mark.result("R-021")
def test_spiral_net_gradients_agree_on_all_502_entries():
    report = ch04.check_spiral_net()
    assert sum(a.size for a in report.analytic.values()) == 502
    assert report.relative_error < 1.07e-8


@pytest.mark.result("R-023")
def test_cross_entropy_in_bits_and_nats():
    units = ch04.cross_entropy_units()
    assert units["bits"] == pytest.approx(0.4759363, abs=5e-8)
    assert units["nats"] == pytest.approx(0.3298941, abs=5e-7)


@pytest.mark.result("R-024")
def test_shares_and_softmax():
    table = ch04.shares_and_softmax()
    np.testing.assert_allclose(table["shares of (0.71, 0.7, 0.44)"], [0.3838, 0.3784, 0.2378], atol=1e-4)
    assert table["shares of (-0.71, 0.7, 0.44)"][0] == pytest.approx(-1.651, abs=5e-4)
    np.testing.assert_allclose(table["softmax of (-0.71, 0.7, 0.44)"], [0.1211, 0.4962, 0.3826], atol=1e-4)
    np.testing.assert_allclose(table["softmax of (5, 3, 9)"], [0.01794, 0.00243, 0.97963], atol=5e-6)


@pytest.mark.result("R-025")
def test_sigmoid_columns():
    columns = ch04.sigmoid_columns()
    np.testing.assert_allclose(columns[:, 0], [0.6681878, 0.5986877, 0.5249792], atol=5e-8)
    np.testing.assert_allclose(columns[:, 1], [0.5744425, 0.6456563, 0.6224593], atol=5e-8)
    assert columns.sum() == pytest.approx(3.634413, abs=1e-6)


@pytest.mark.result("R-027")
def test_dense_counts():
    counts = ch04.dense_counts()
    assert counts["12288-100-50-15-1"] == 1_234_731
    assert (counts["784-784"], counts["784-512"], counts["512-10"]) == (615_440, 401_920, 5_130)
    assert counts["784-784-512-10"] == 1_022_490
    assert counts["4-5-5-2"] == 67 and counts["4-5-5-2 without biases"] == 55


@pytest.mark.result("R-032")
def test_product_and_split():
    np.testing.assert_allclose(ch04.chain_product(), (0.02, 0.0002))
    np.testing.assert_allclose(ch04.error_split()["split"], [1 / 3, 2 / 3])
    np.testing.assert_allclose(ch04.error_split()["gradient"], [0.3, 0.6])


@pytest.mark.result("R-036")
def test_ten_classes_start_at_ln_10():
    assert ch04.start_loss(64) == pytest.approx(2.3026, abs=2e-3)
    assert ch04.dense_counts()["784-784-512-10"] / 60_000 == pytest.approx(17.0, abs=0.05)


@pytest.mark.result("R-038")
def test_worked_examples_agree_with_differences():
    assert max(ch04.worked_examples().values()) < 1e-6


@pytest.mark.result("R-056")
def test_xor_success_depends_on_the_start():
    # 100 of the 200 starts of the text; the rates of the text are 0.68 and 0.955
    assert ch04.xor_success(3, "uniform", starts=100) == pytest.approx(0.68, abs=0.12)
    assert ch04.xor_success(4, "normal", starts=100) >= 0.93


def test_xor_table_holds_measured_rates():
    for hidden, start, lr in ((3, "uniform", 0.1), (4, "normal", 0.1), (8, "normal", 0.2)):
        assert ch04.xor_success(hidden, start, lr, starts=100) == pytest.approx(
            runs.XOR_RATES[hidden][start][lr], abs=0.12)


@pytest.mark.result("R-073")
def test_quadratic_net_fails_by_its_rate_alone():
    # 936 of the 4680 steps, width 128
    slow = ch04.quadratic_digits(1e-4, steps=936, width=128, report_every=936)[-1]
    good = ch04.quadratic_digits(0.5, steps=936, width=128, report_every=936)[-1]
    assert slow < 0.35 and good > 0.8


@pytest.mark.result("R-076")
def test_tanh_digits_one_sample_at_a_time():
    # 8 epochs on 500 images instead of 35 on 1000
    assert ch04.tanh_digits(epochs=8, images=500)["accuracy"] > 0.9
    assert ch04.tanh_digits(epochs=8, images=500, loss="cross_entropy", lr=0.02)["accuracy"] > 0.9


@pytest.mark.result("R-062")
def test_depth_table_has_mean_and_spread():
    # 2 starts, 10 epochs, 300 images
    rows = ch04.depth_table((1, 3), (8, 32), starts=2, epochs=10, images=300)
    assert [row["parameters"] for row in rows] == [610, 754, 2410, 4522]
    assert rows[2]["accuracy"] > rows[1]["accuracy"]


# --- the two broken networks of the text ---


def test_broken_networks_differ_from_right_ones_in_one_gradient_line():
    right = {exercise.id: exercise.reference for exercise in EXERCISES}
    problem = ch04.classifier_problem()
    wrong = ch04.broken_classifier(problem[0], problem[1], *problem[2])
    assert not np.allclose(wrong[2], right["4.21"](problem[0], problem[1], *problem[2])[2])
    problem = ch04.regression_problem()
    wrong = ch04.broken_regression(problem[0], problem[1], *problem[2])
    good = right["4.20"](problem[0], problem[1], *problem[2])
    np.testing.assert_allclose(wrong[1] * 40, good[1])
    for k in (0, 2, 3):
        np.testing.assert_allclose(wrong[k], good[k])


def test_broken_networks_train_badly():
    right = {exercise.id: exercise.reference for exercise in EXERCISES}
    assert ch04.train_classifier(ch04.broken_classifier)[-1] > 0.2
    assert ch04.train_classifier(right["4.21"])[-1] < 0.12
    assert ch04.train_regression(ch04.broken_regression)[-1] > 0.15
    assert ch04.train_regression(right["4.20"])[-1] < 0.05


def test_classifier_of_the_text_reaches_its_bar():
    _, history = ch04.digit_net(epochs=6)
    assert history.val_accuracy[-1] > 0.92
    assert datasets.digits8().X_test.shape == (360, 64)


def test_a_setting_that_was_not_tried_is_shown():
    exercise = next(exercise for exercise in EXERCISES if exercise.id == "4.30")
    known = expected(exercise)
    settings = {"hidden": 5, "start": "normal", "lr": 0.1}
    verdict = judge(exercise, collect(exercise, settings, known.instances), known)
    assert verdict.status == "kind" and f"got {settings}" in verdict.message

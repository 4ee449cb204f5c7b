"""Chapter 07: each labelled equation of its text in numbers, its exercises, and what its tables rest on."""

import re
from pathlib import Path

import numpy as np
import pytest
from once import once

from course_lib import dense, gradcheck, nn, ops
from course_lib.chapters.ch07_regularization import experiments as ch07
from course_lib.chapters.ch07_regularization import measured
from course_lib.chapters.ch07_regularization.exercises import EXERCISES, trials
from course_lib.exercises.collect import collect
from course_lib.exercises.expect import expected
from course_lib.exercises.judge import judge

SOURCE = Path(__file__).resolve().parents[3] / "solutions" / "07_regularization.py"
RIGHT = {exercise.id: exercise.reference for exercise in EXERCISES}
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
RNG = np.random.default_rng(7)
W = RNG.normal(size=(3, 4))
x, dout, u = RNG.normal(size=(6, 4)), RNG.normal(size=(6, 4)), RNG.uniform(size=(6, 4))
gamma, beta = RNG.uniform(1, 2, size=4), RNG.normal(size=4)
mean, var = RNG.normal(size=4), RNG.uniform(1, 2, size=4)
mask = u >= 0.3


def numeric(f, at):
    return gradcheck.numerical_gradient(f, at.copy())


def normalized(v):
    return (v - v.mean(axis=0)) / np.sqrt(v.var(axis=0) + 1e-5)


def through_batch_norm():
    """dx, dgamma, dbeta of (7.15) by the exercise's answer, and by differences."""
    right = RIGHT["7.11"](dout, normalized(x), gamma, np.sqrt(x.var(axis=0) + 1e-5))
    forward = lambda x, gamma, beta: float(np.sum(dout * (gamma * normalized(x) + beta)))
    differences = (numeric(lambda v: forward(v, gamma, beta), x), numeric(lambda v: forward(x, v, beta), gamma),
                   numeric(lambda v: forward(x, gamma, v), beta))
    return np.concatenate([part.ravel() for part in right]), np.concatenate([part.ravel() for part in differences])


def with_penalty():
    """One step of a run with weight decay against descent on loss plus penalty."""
    X, y = RNG.normal(size=(5, 2)), RNG.normal(size=5)
    start = dense.init_params((2, 3, 1), np.random.default_rng(0))
    loss = lambda p: dense.train((2, 3, 1), X, y, params=p, epochs=0).loss[0]
    weights = np.concatenate([np.concatenate([np.ones(A.size), np.zeros(b.size)])
                              for A, b in dense.unpack(start, (2, 3, 1))])
    step = start - 0.1 * numeric(lambda p: loss(p) + 0.2 / 2 * np.sum(weights * p**2), start)
    return dense.train((2, 3, 1), X, y, params=start, epochs=1, lr=0.1, weight_decay=0.2).params, step


def lrn(a):
    return a / (2.0 + 0.1 * (a**2).sum()) ** 0.75


def soft(z, t):
    return np.sign(z) * np.maximum(np.abs(z) - t, 0)


def lasso_of_one(g=0.7, w=0.3, lr=0.1, lam=0.5):
    """The proximal step minimizes the step's quadratic model plus the penalty."""
    grid = np.linspace(-2, 2, 400_001)
    return grid[np.argmin((grid - (w - lr * g)) ** 2 / (2 * lr) + lam * np.abs(grid))]


#: label -> two sides of the equation
EQUATIONS = {
    "7.1": with_penalty,
    "7.2": lambda: (ops.l2_penalty([W, W.T], 0.3)[0], 0.3 / 2 * (np.sum(W**2) + np.sum(W.T**2))),
    "7.3": lambda: (ops.l2_penalty([W], 0.3)[1][0], numeric(lambda v: 0.15 * float(np.sum(v**2)), W)),
    "7.4": lambda: (ops.sgd(W, dout[:3], 0.1, weight_decay=0.2), (1 - 0.1 * 0.2) * W - 0.1 * dout[:3]),
    "7.5": lambda: (ops.l1_penalty([W], 0.3)[1][0], numeric(lambda v: 0.3 * float(np.sum(np.abs(v))), W)),
    "7.6": lambda: (soft(0.3 - 0.1 * 0.7, 0.1 * 0.5), lasso_of_one()),
    "7.7": lambda: (ops.elastic_penalty([W], 0.3, 0.4)[0], 0.3 * np.sum(0.4 * np.abs(W) + 0.3 * W**2)),
    "7.8": lambda: (ops.dropout_forward(x, 0.3, u)[0], np.where(u >= 0.3, x / 0.7, 0)),
    "7.9": lambda: (np.mean([x * (RNG.uniform(size=x.shape) >= 0.3) for _ in range(20_000)]), np.mean(0.7 * x)),
    "7.10": lambda: (ops.dropout_backward(dout, ops.dropout_forward(x, 0.3, u)[1]),
                     numeric(lambda v: float(np.sum(dout * v * mask / 0.7)), x)),
    "7.11": lambda: (RIGHT["7.9"](np.stack([x, dout]))[1], np.abs(ops.softmax(x) - ops.softmax(dout)) / 2),
    "7.12": lambda: (ops.batchnorm_forward(x, np.ones(4), np.zeros(4), mean, var)[0], normalized(x)),
    "7.13": lambda: (ops.batchnorm_forward(x, gamma, beta, mean, var)[0], gamma * normalized(x) + beta),
    "7.14": lambda: (ops.batchnorm_forward(x, gamma, beta, mean, var)[2:],
                     (0.9 * mean + 0.1 * x.mean(axis=0), 0.9 * var + 0.1 * x.var(axis=0, ddof=1))),
    "7.15": through_batch_norm,
    "7.16": lambda: (np.linalg.norm(lrn(100 * np.ones(4))) < np.linalg.norm(100 * np.ones(4)), True),
    "7.17": lambda: (ops.early_stopping(np.array([1.0, 0.8, 0.9, 0.8, 0.7]), 2)[:2], (1, 3)),
    "7.18": lambda: (np.linalg.norm(ops.max_norm(W, 0.5), axis=0), np.minimum(np.linalg.norm(W, axis=0), 0.5)),
    "7.19": lambda: (ops.smooth_labels(np.array([1]), 4, 0.1)[0], [0.025, 0.925, 0.025, 0.025]),
}


@pytest.mark.parametrize("label", EQUATIONS)
def test_equation(label):
    left, right = EQUATIONS[label]()
    np.testing.assert_allclose(left, right, rtol=2e-6, atol=2e-3 if label == "7.9" else 1e-5)


def test_every_label_of_the_text_is_tested():
    assert set(re.findall(r"\\tag\{([^}]+)\}", SOURCE.read_text(encoding="utf-8"))) == set(EQUATIONS)


def test_library_and_answers_agree():
    """The exercises' functions are those of the library, whose caches hold more."""
    out, cache = ops.dropout_forward(x, 0.3, u)
    np.testing.assert_allclose(RIGHT["7.5"](x, 0.3, u, True), out)
    np.testing.assert_allclose(RIGHT["7.6"](dout, mask, 0.3, True), ops.dropout_backward(dout, cache))
    images = RNG.normal(size=(3, 4, 2, 5))
    one, zero = np.ones(4), np.zeros(4)
    np.testing.assert_allclose(RIGHT["7.12"](images, "group", 2), ops.groupnorm_forward(images, one, zero, 2)[0])
    np.testing.assert_allclose(RIGHT["7.12"](images, "instance", 1), ops.instancenorm_forward(images, one, zero)[0])
    np.testing.assert_allclose(RIGHT["7.12"](images, "batch", 1),
                               ops.batchnorm_forward(images, one, zero, zero, one)[0])
    for patience in (1, 2, 3, 30):
        assert tuple(RIGHT["7.14"](measured.PUBLISHED_LOG[:, 2], patience)) == tuple(
            ops.early_stopping(measured.PUBLISHED_LOG[:, 2], patience)[:2])


def test_numbers_of_the_log():
    log = measured.PUBLISHED_LOG
    best, gaps = log[:, 2].argmin(), log[:, 2] - log[:, 0]
    right = RIGHT["7.2"]
    assert right["best"] == best + 1
    np.testing.assert_allclose([right["gap_best"], right["gap_last"]], gaps[[best, -1]])
    assert right["train_minus_test"] == pytest.approx(log[-1, 1] - measured.PUBLISHED_TEST)


def test_first_steps_are_those_of_the_library():
    w, g, zero = np.array([3.0]), np.array([0.5]), np.zeros(1)
    steps = RIGHT["7.4"]
    assert ops.sgd(w, g, 0.1, weight_decay=0.1)[0] == pytest.approx(steps["sgd_l2"])
    assert steps["sgd_l2"] == steps["sgd_decay"]
    assert ops.adam(w, g, zero, zero, 1, 0.1, weight_decay=0.1)[0][0] == pytest.approx(steps["adam_l2"], abs=1e-6)
    assert ops.adamw(w, g, zero, zero, 1, 0.1, weight_decay=0.1)[0][0] == pytest.approx(steps["adamw"], abs=1e-6)


def test_seven_numbers():
    right, counted, start = RIGHT["7.13"], ch07.batch_norm_numbers(), ch07.start_penalty()
    assert (right["numbers"], right["trained"]) == (counted["numbers"], counted["trained"])
    assert right["steps"] == pytest.approx(counted["time constant"])
    np.testing.assert_allclose([right["penalty_1"], right["penalty_2"]], start["expected"], atol=0.06)
    np.testing.assert_array_equal(right["row_4"], ops.one_hot(np.array([4]), 10)[0])


# --- choices ---


def outcome(id, **settings):
    return BY_ID[id].call(settings)


def test_penalty_and_rate():
    reached = {(lam, rate) for lam in ch07.LAMS for rate in ch07.RATES if outcome("7.8", lam=lam, dropout=rate) == 0}
    middle = {(lam, rate) for lam in (0.001, 0.003) for rate in ch07.RATES[:4]}
    assert reached == {(0.0003, 0.2), (0.0003, 0.35)} | middle
    assert max(ch07.LAMS, key=lambda lam: trials.gain(lam, 0.0)) == 0.003


def test_changes_that_help():
    assert outcome("7.16", shift=0.25, rotation=30, flip=False) == 0
    assert outcome("7.16", shift=0, rotation=0, flip=False) != 0
    assert all(outcome("7.16", shift=shift, rotation=rotation, flip=True) != 0
               for shift, rotation, flip in measured.AUGMENTED if flip)


def test_remedies_below_the_bar():
    reached = {key for key in measured.ABLATION
               if outcome("7.17", **dict(zip(("patience", "batch_norm", "dropout", "l2"), key, strict=True))) == 0}
    assert reached and all(np.mean(measured.ABLATION[key]) < 0.1449 for key in reached)
    assert (0, False, 0.0, 0.0) not in reached


def test_a_choice_that_is_not_in_the_table_is_said():
    known = expected(BY_ID["7.8"], 0)
    result = judge(BY_ID["7.8"], collect(BY_ID["7.8"], {"lam": 5, "dropout": 0}, known.instances, 60), known)
    assert result.points == 0 and "0.0003" in result.message


# --- the tables, measured again in part ---


def test_pairs_are_measured():
    lams, rates = zip((0.0, 0.0), (0.001, 0.0), (0.0, 0.2), strict=True)
    again = ch07.right_on_test(3, weight_decay=lams, dropout=rates)
    assert again == [measured.PAIRS[pair][3] for pair in zip(lams, rates, strict=True)]


def test_small_remedies_are_measured():
    again = ch07.right_on_test(1, True, noise=(0.0, 0.0), label_smoothing=(0.0, 0.1))
    assert again == [measured.SMALL[name][1] for name in ("none", "label smoothing 0.1")]


def test_augmentation_is_measured():
    for key in ((0, 0, False), (0.125, 10, False)):
        np.testing.assert_allclose(ch07.augmented(*key), measured.AUGMENTED[key], atol=6e-4)


def test_ablation_is_measured():
    run = once(ch07.spiral_net)(1)["val_loss"]
    assert run[-1].round(4) == measured.ABLATION[0, False, 0.0, 0.0][1]
    assert run[ops.early_stopping(run, 100)[0]].round(4) == measured.ABLATION[100, False, 0.0, 0.0][1]
    assert ch07.spiral_net(0, split=1)["val_loss"][-1].round(4) == measured.OTHER_SPLITS[1]


def test_the_twelve_runs_as_the_table_has_them():
    run = once(ch07.spiral_run)("Adam", repaired=True)
    assert (round(run["train"], 3), round(run["test"], 3)) == measured.MENDED["none"][3]
    assert set(measured.TWELVE) == set(measured.MENDED) and all(len(row) == 4 for row in measured.TWELVE.values())


def test_saved_and_loaded(tmp_path):
    net = nn.Sequential(nn.Linear(3, 4, rng=np.random.default_rng(0)), nn.BatchNorm1d(4), nn.Linear(4, 2))
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    X = RNG.normal(size=(5, 3))
    net.train()
    net(X)
    nn.save(net, tmp_path / "net.npz")
    nn.load(other, tmp_path / "net.npz")
    np.testing.assert_array_equal(net.eval()(X), other.eval()(X))

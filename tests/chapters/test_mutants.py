"""Nothing wrong is accepted: slips in model answers, made by machine and by people, are refused by the instances."""

import tomllib
from pathlib import Path

import mutants
import numpy as np
import pytest

from course_lib import nn, ops, optim
from course_lib.exercises import registry

LIST = Path(__file__).with_name("survivors.toml")
GROUPS = tomllib.loads(LIST.read_text(encoding="utf-8"))["equivalent"]
EQUIVALENT = [line for group in GROUPS for line in group["mutants"]]
#: exercise -> why no mutants are made of its model answer
LEFT_OUT = {"4.33": "judged by how well a trained net does: another net, another start, other batches are as right",
            "8.12": "judged by how well a trained net does: other layers are as right",
            "9.17": "judged by the error of a forecast: another window or another net is as right"}
#: a test that still holds for the right version and catches enough wrong ones is as right as the model answer
FUNCTIONS = [e for e in registry.all_exercises() if callable(e.reference) and not e.versions]


@pytest.mark.parametrize("exercise", [e for e in FUNCTIONS if e.id not in LEFT_OUT], ids=lambda exercise: exercise.id)
def test_mutants_are_refused(exercise):
    accepted, number = mutants.survivors(exercise)
    assert number > 0
    accepted = {f"{exercise.id} | {change}" for change in accepted}
    listed = {line for line in EQUIVALENT if line.partition(" ")[0] == exercise.id}
    assert not accepted - listed, "accepted: add an instance that tells, or say in survivors.toml why it is right"
    assert not listed - accepted, "no longer accepted, or no longer made: take it out of survivors.toml"


def test_every_listed_survivor_has_a_reason():
    for group in GROUPS:
        assert set(group) == {"why", "mutants"} and group["why"].strip(), group


def test_every_listed_survivor_is_listed_once_and_of_an_exercise_that_has_mutants():
    assert len(EQUIVALENT) == len(set(EQUIVALENT))
    assert {line.partition(" ")[0] for line in EQUIVALENT} <= {e.id for e in FUNCTIONS} - set(LEFT_OUT)


def test_the_model_answer_itself_is_accepted():
    exercise = registry.get("3.9")
    judge = mutants.Judge(exercise)
    right = mutants.answer(exercise, compile(mutants.cell_of(exercise), "<cell>", "exec"))
    assert judge.accepts(right) and not judge.accepts(lambda *arguments: 1)


def test_the_edits_are_single_and_compile():
    cell = "def f(x, n):\n    '''Text.'''\n    for k in range(n):\n        x = x + k\n    return x.sum(axis=0)\n"
    made = dict(mutants.mutants(cell, "f"))
    assert {"x = x + k -> x = x - k", "x = x + k -> x = x + n", "x = x + k -> pass", "x = x + k -> x = x",
            "for k in range(n): -> for k in range(n - 1):", "return x.sum(axis=0) -> return x.mean(axis=0)",
            "return x.sum(axis=0) -> return x.sum(axis=1)", "return x.sum(axis=0) -> return x.sum()"} <= set(made)
    assert all(change.count(" -> ") == 1 and "Text" not in change for change in made)


# --- slips that were once accepted ---


def _matmul_in_the_type_of_A(A, B):
    C = np.zeros((A.shape[0], B.shape[1]), dtype=A.dtype)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += A[i, k] * B[k, j]
    return C


def _at_most_all_but_one(A, k):
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    k = min(k, len(s) - 1)
    return (U[:, :k] * s[:k]) @ Vt[:k], np.sqrt(np.sum(s[k:] ** 2))


def _coarse_tolerance(A):
    return np.linalg.pinv(A, rcond=1e-5)


def _pull_without_sign(X, y, w, j, alpha, r):
    x = X[:, j]
    z = 2 / len(X) * (x @ (y - X @ w + x * w[j]))
    return np.maximum(np.abs(z) - r * alpha, 0) / (2 / len(X) * (x @ x) + (1 - r) * alpha)


def _one_epoch_short(X, y, lr, max_epochs):
    return ops.perceptron_fit(X, y, lr=lr, epochs=max_epochs - 1).converged_epoch or 0 if max_epochs > 1 else 0


def _class_0_alone(X, y, w, b):
    R2 = (1 + (X * X).sum(axis=1)).max()
    return R2 * (w @ w + b * b) / (X[y == 0] @ w + b).max() ** 2


def _trained_on(slip):
    def build(X, y, X_val, y_val):
        rng = np.random.default_rng(0)
        net = nn.Sequential(nn.Linear(64, 48, rng=rng), nn.ReLU(), nn.Linear(48, 32, rng=rng), nn.ReLU(),
                            nn.Linear(32, 10, rng=rng))
        data = (X_val, y_val) if slip else (X, y)
        optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        return net, nn.fit(net, nn.CrossEntropyLoss(), optimizer, *data, epochs=12, batch_size=32, rng=rng,
                           X_val=X_val, y_val=y_val)

    return build


SLIPS = {
    "1.4 the last of equal entries": lambda rows: rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1),
    "1.7 the size of the smallest entry": lambda x, p: abs(x.min()) if p == np.inf else ops.norm(x, p),
    "1.11 the number type of A": _matmul_in_the_type_of_A,
    "1.18 never all parts": _at_most_all_but_one,
    "1.20 a tolerance of 1e-5": _coarse_tolerance,
    "2.18 the number type of z": lambda z, t: ops.soft_threshold(z, t).astype(z.dtype),
    "2.20 the sign of the pull": _pull_without_sign,
    "3.9 one epoch short": _one_epoch_short,
    "3.14 the samples of class 0 alone": _class_0_alone,
    "3.20 the bias and weights alone": lambda X, W1, b1: (W1 + b1 <= 0).all(axis=0),
    "4.33 trained on the validation images": _trained_on(True),
}


@pytest.mark.parametrize("name", SLIPS)
def test_slips_that_were_once_accepted_are_refused(name):
    judge = mutants.Judge(registry.get(name.partition(" ")[0]))
    assert not judge.accepts(SLIPS[name])


def test_a_net_trained_on_the_right_images_is_accepted():
    assert mutants.Judge(registry.get("4.33")).accepts(_trained_on(False))

"""Exercises on logistic and softmax regression, and on measuring a classifier."""

from string import ascii_lowercase

import numpy as np

from course_lib.chapters.ch02_regression_and_descent import calls
from course_lib.exercises.define import exchangeable, quiet, statements
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots


def _sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


# 2.25 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _logistic(error=lambda p, z, y: p - y, mean=True, together=False, bias_scale=lambda n: 1.0):
    def gradient(X, y, w, b):
        z = X @ w + b
        n = len(X)
        e = error(_sigmoid(z), z, y)
        dw = X.sum(axis=0) * e.sum() if together else X.T @ e
        divisor = n if mean else 1
        return dw / divisor, float(e.sum() / divisor * bias_scale(n))

    return gradient


def _two_classes(rng):
    far = np.array([[-2.0, 1.0], [-3.0, 0.5], [2.0, -1.0], [4.0, 0.0]])
    problems = [
        (np.array([[1.0, 2.0], [0.0, -1.0], [2.0, 1.0]]), np.array([1, 0, 1]), np.array([0.5, -0.25]), 0.1),
        (far, np.array([0, 0, 1, 1]), np.array([0.7, -0.2]), 0.3),  # every sample on its right side
        (100 * far, np.array([0, 1, 1, 0]), np.array([10.0, -7.0]), 1.0),  # scores beyond 1000
    ]
    for n, d in ((5, 3), (4, 4)):
        y = rng.permutation(np.arange(n) % 2)
        problems.append((rng.normal(size=(n, d)), y, rng.normal(size=d), float(rng.normal() + 0.5)))
    return problems


LOGISTIC_GRADIENT = Exercise(
    id="2.25",
    title="logistic_gradient",
    debrief="The slope of the sigmoid cancels against the logarithm and p - y is left; with softmax it will be the "
            "same.",
    library="course_lib.ops.logistic_gradient",
    reference=_logistic(),
    instances=_two_classes,
    arguments=("X", "y", "w", "b"),
    contract=Contract(shapes={"X": "ND", "y": "N", "w": "D"}, whole="X", zero="w, y", large="X"),
    outputs=("dw", "db"),
    points=2,
    mistakes=(
        Mistake("LOG-1", _logistic(lambda p, z, y: y - p),
                "Compare the sign with the numerical gradient of the loss: a step along yours lowers it, and a "
                "gradient points uphill."),
        Mistake("LOG-2", _logistic(mean=False),
                "The ratio of your gradient to the numerical one is the number of samples."),
        Mistake("LOG-3", _logistic(lambda p, z, y: (p - y) * p * (1 - p)),
                "This is the derivative of another loss. What does the logarithm cancel?"),
        Mistake("LOG-4", lambda X, y, w, b: (X.sum(axis=0) * np.sum(_sigmoid(X @ w + b) - y) / len(X),
                                             float(np.mean(_sigmoid(X @ w + b) - y))),
                "Each sample must be weighted by its own error. You added the errors first."),
        Mistake("LOG-5", _logistic(bias_scale=lambda n: n),
                "One of the two gradients has another scale than the other. Which of them depends on N?"),
        Mistake("LOG-6", _logistic(lambda p, z, y: z - y),
                "This is the gradient of a least-squares line. Where did the squashing go?"),
        Mistake("LOG-7", _logistic(lambda p, z, y: (p >= 0.5) - y),
                "When all classes are right the loss can still fall; your gradient is zero there."),
        Mistake("LOG-a", lambda X, y, w, b: _logistic()(X, y, w, 0.0), "Change b: your gradient stays as it is."),
    ),
    hints=(
        "For one sample the slope of the loss with respect to the score is very short; then dz/dw = x, dz/db = 1.",
        "dw = X^T (p - y) / N and db = mean(p - y), with p = sigmoid(X w + b).",
        "error = ops.sigmoid(X @ w + b) - y",
    ),
    reminders={"shape": "dw has one entry for each column of X, db is a number"},
    minutes=12, level=2, core=True,
)


# 2.26 -----------------------------------------------------------------------------------------------------------------

#: Validation loss on the pictures: learning rate -> steps -> loss. Measured by
#: `course_lib.chapters.ch02_regression_and_descent.experiments.picture_run`.
PICTURE_LOSS = {
    0.002: {50: 0.690, 100: 0.688, 200: 0.683, 400: 0.674, 800: 0.657, 1600: 0.635},
    0.01: {50: 0.681, 100: 0.669, 200: 0.651, 400: 0.628, 800: 0.612, 1600: 0.616},
    0.05: {50: 0.643, 100: 0.621, 200: 0.611, 400: 0.622, 800: 0.655, 1600: 0.710},
    0.2: {50: 0.611, 100: 0.622, 200: 0.656, 400: 0.711, 800: 0.783, 1600: 0.865},
    1.0: {50: 0.729, 100: 0.774, 200: 0.837, 400: 0.914, 800: 0.999, 1600: 1.090},
}
#: What the choice leads to: 0 is the goal, the others are ways to miss it.
REACHED, TOO_SHORT, TOO_FAR, TOO_MANY = range(4)


def _sweep_outcome(answer):
    try:
        order, lr, steps = [float(rate) for rate in answer["order"]], float(answer["lr"]), float(answer["steps"])
    except (KeyError, TypeError, ValueError):
        raise ValueError('a dict such as {"order": [...], "lr": 0.01, "steps": 400} is expected') from None
    if sorted(order) != sorted(PICTURE_LOSS):
        raise ValueError(f"order is {order}, expected all five rates {list(PICTURE_LOSS)}, each once")
    if lr not in PICTURE_LOSS:
        raise ValueError(f"lr = {lr:g} is not on offer, expected one of {list(PICTURE_LOSS)}")
    if steps not in PICTURE_LOSS[lr]:
        raise ValueError(f"steps = {steps:g} are not on offer, expected one of {list(PICTURE_LOSS[lr])}")
    loss = PICTURE_LOSS[lr][steps]
    if loss <= 0.615:
        outcome = REACHED if steps <= 200 else TOO_MANY
    else:
        outcome = TOO_SHORT if lr * steps < 10 else TOO_FAR
    return _ORDERS.get(tuple(order), 0), outcome


_ORDER = sorted(PICTURE_LOSS, reverse=True)
#: the order of the training losses, and two wrong ones that have a name; any other is 0
_ORDERS = {tuple(_ORDER): 1, tuple(_ORDER[::-1]): 2, (*_ORDER[1:], _ORDER[0]): 3}


def _poor_sweeps():
    """Every wrong pair of an order and of what lr and steps lead to: both parts of an answer are judged."""
    swapped = (*_ORDER[:-2], _ORDER[-1], _ORDER[-2])
    orders = {
        tuple(_ORDER): "The order is right. ",
        tuple(_ORDER[::-1]): "The order is turned round: which rate has gone farthest after 200 steps? ",
        (*_ORDER[1:], _ORDER[0]): "Your order puts 1.0 last; look again at which of the two losses is asked for. ",
        swapped: "The order is not right: of two neighbors in it, which has gone farther down after 200 steps? ",
    }
    choices = {
        (0.05, 200): "Lr and steps are well chosen.",
        (0.002, 200): "Lr and steps: the validation loss is still falling at your last step. In the plot, how far "
                      "along is the lowest point, measured in lr times steps?",
        (0.2, 200): "Lr and steps: their product is too large. Beyond the lowest point of the plot the training loss "
                    "still falls, the validation loss does not.",
        (0.01, 800): "Lr and steps: the validation loss is low, but it took more than 200 steps. What changes when "
                     "the rate is larger by some factor?",
    }
    pairs = [(order, choice) for order in orders for choice in choices][1:]  # the first one is right
    return tuple(Mistake(f"SWP-{letter}", {"order": list(order), "lr": lr, "steps": steps},
                         orders[order] + choices[lr, steps])
                 for letter, (order, (lr, steps)) in zip(ascii_lowercase, pairs, strict=False))


RATE_SWEEP = Exercise(
    id="2.26",
    title="rate and steps",
    debrief="The pair was found by looking at the validation pictures, so its loss there is a little too good: an "
            "honest figure needs pictures that had no part in the choice.",
    kind="choice",
    reference={"order": _ORDER, "lr": 0.05, "steps": 200},
    instances=lambda rng: [()],
    call=_sweep_outcome,
    outputs=("order", "outcome"),
    points=2,
    mistakes=_poor_sweeps(),
    hints=(
        "Small steps along the same slope reach the same places; a larger rate only gets there in fewer steps.",
        "In the plot the lowest validation loss comes at step 1000 with lr 0.01, so lr times steps should be near 10.",
        '"order": [1.0, ...]; then choose lr and steps with a product near 10',
    ),
    reminders={"type": 'a dict with the keys "order", "lr" and "steps" is expected'},
    skeleton='sweep = {"order": ..., "lr": ..., "steps": ...}',
    minutes=8, level=1, core=False,
)


# 2.27 -----------------------------------------------------------------------------------------------------------------


def _counted(right, n, frequent):
    """What `right` of n test pictures say, when `frequent` of them belong to one class; and wrong ones."""
    share = right / n
    variance = share * (1 - share)
    half, needed = 1.96 * np.sqrt(variance / n), variance * (1.96 / 0.02) ** 2
    good = {"error": 1 - share, "base": frequent / n, "half": half, "n": needed}

    def answer(**wrong):
        values = good | wrong
        return {name: round(value, 4) for name, value in values.items()} | {"n": int(np.ceil(values["n"] - 1e-9))}

    return {
        "reference": answer(),
        "mistakes": (
            Mistake("CIN-a", answer(half=1.96 * variance / n), "half: the variance of a share is share (1 - share)/n. "
                    "The interval is measured in standard deviations: what is missing?"),
            Mistake("CIN-b", answer(half=half / 1.96, n=variance / 0.02**2), "half and n: this range holds the truth "
                    "in about 68 of 100 tests. Which factor gives 95?"),
            Mistake("CIN-c", answer(half=1.96 * np.sqrt(variance) / n), "half: four times as many pictures halve an "
                    "interval. Yours shrinks to a quarter."),
            Mistake("CIN-d", answer(n=n * half / 0.02), "The half-width is right. To make it k times smaller, how "
                    "many times more pictures does it take? A k-fold set is not enough."),
            Mistake("CIN-e", answer(half=2 * half), "half: this is the whole width; asked is the distance from the "
                    "middle to an end."),
            Mistake("CIN-j", answer(n=np.floor(needed)), "n: with so many the half-width is a little more than 0.02. "
                    "In which direction is it rounded?"),
            Mistake("CIN-f", answer(error=share), "error: this is the share of right answers."),
            Mistake("CIN-g", answer(base=1 - frequent / n), "base: always answering like this is right less often "
                    "than not. Which class would you name?"),
            Mistake("CIN-h", answer(base=0.5), "base: half is what a coin gets. Somebody who always gives the same "
                    "answer can do better here."),
            Mistake("CIN-i", answer(base=share), "base: this is the accuracy of the model. The baseline has not looked "
                    "at the pictures."),
        ),
    }


def _drawn_counts(rng):
    n = int(rng.choice([50, 100, 150, 200]))  # with even hundredths the counts are whole numbers
    share, base = 2 * int(rng.integers(31, 43)), 2 * int(rng.integers(26, 31))
    right, frequent = n * share // 100, n * base // 100
    return _counted(right, n, frequent), {
        "of 50 test pictures 31 are answered rightly, and 26 show a dog":
            f"of {n} test pictures {right} are answered rightly, and {frequent} show a dog"}


INTERVAL_BY_HAND = Exercise(
    id="2.27",
    title="how sure is an accuracy",
    debrief="Half the width takes four times as many pictures; and of all accuracies one half is the least certain, "
            "since share (1 - share) is largest there.",
    kind="value",
    instances=lambda rng: [()],
    **_counted(31, 50, 26),
    points=2,
    rtol=1e-4,  # half has four decimals, n is whole
    atol=1e-4,
    hints=(
        "Counts first: who is wrong, and who is right with the same answer for all? Then (2.39), and turned round for "
        "n.",
        "error = wrong/all, base = largest class/all, half = 1.96 sqrt(p (1 - p)/n), n = p (1 - p) (1.96/half)^2.",
        "p (1 - p) is the share of right answers times the rest; divide by n, take the root, times 1.96",
    ),
    reminders={"type": 'a dict with the keys "error", "base", "half" and "n" is expected'},
    vary=_drawn_counts,
    skeleton='sure = {"error": ..., "base": ..., "half": ..., "n": ...}',
    minutes=8, level=2, core=False,
)


# 2.28 -----------------------------------------------------------------------------------------------------------------


def _ratio(a, b):
    return a / np.maximum(b, 1)


def _harmonic(P, R):
    return 2 * P * R / np.where(P + R > 0, P + R, 1)


@exchangeable
def _report(exchanged=False, count=None,
            shares=lambda right, called, true: (_ratio(right, called), _ratio(right, true)),
            f1=lambda P, R, M: _harmonic(P, R).mean()):
    def report(y, y_hat, C):
        M = np.zeros((C, C), dtype=int)
        np.add.at(M, (y_hat, y) if exchanged else (y, y_hat), 1)
        M = M if count is None else count(M, 1)
        P, R = shares(np.diag(M), M.sum(axis=0), M.sum(axis=1))
        return M, P, R, float(f1(P, R, M))

    return report


def _labelled(rng):
    y = np.repeat(np.arange(3), (9, 5, 3))
    y_hat = np.where(rng.random(y.size) < 0.6, y, rng.integers(0, 3, y.size))
    y_hat[:4], y_hat[-2:] = (0, 1, 1, 2), (2, 0)
    Y = np.repeat(np.arange(4), (8, 2, 4, 6))
    Y_hat = np.where(rng.random(Y.size) < 0.7, Y, rng.integers(0, 3, Y.size))
    return [
        (np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0]), 2),
        (np.array([0, 0, 0, 1, 2]), np.array([0, 1, 1, 1, 0]), 3),  # class 2 is never answered
        (np.array([0, 0, 2, 2, 0]), np.array([0, 2, 2, 1, 0]), 5),  # class 1 never occurs, 3 and 4 not at all
        (y, y_hat, 3),
        (Y, Y_hat, 4),
    ]


REPORT = Exercise(
    id="2.28",
    title="classification_report",
    debrief="F1 of a class is also 2 M_jj divided by its row sum plus its column sum: 0/0 only for a class that "
            "neither occurs nor is answered.",
    library="course_lib.ops.classification_report",
    from_library=calls.report_with_summary,
    reference=_report(),
    instances=_labelled,
    arguments=("y", "y_hat", "C"),
    contract=Contract(shapes={"y": "N", "y_hat": "N"}, zero="y, y_hat",
                      values={"y_hat": {"every prediction right": lambda given: given["y"]}}),
    outputs=("M", "precision", "recall", "macro_f1"),
    points=3,
    mistakes=(
        Mistake("CNF-1", _report(exchanged=True), "M: which axis of the table holds the true class?"),
        Mistake("CNF-2", _report(shares=lambda right, called, true: (_ratio(right, true), _ratio(right, called))),
                "The table is right. Is precision a share among the predicted or among the true members of a class?"),
        Mistake("CNF-3", _report(f1=lambda P, R, M: np.trace(M) / M.sum()),
                "macro_f1: a rare class has no weight in it. In a macro average every class counts the same."),
        Mistake("CNF-4", _report(f1=lambda P, R, M: _harmonic(P.mean(), R.mean())),
                "macro_f1: average after or before the harmonic mean?"),
        Mistake("CNF-5", _report(f1=lambda P, R, M: ((P + R) / 2).mean()),
                "macro_f1: the harmonic mean punishes a gap between precision and recall; yours does not."),
        Mistake("CNF-6", _report(shares=lambda right, called, true: (right / true.sum(), right / true.sum())),
                "Of which cases is precision the share? You divided by all of them."),
        Mistake("CNF-a", quiet(_report(shares=lambda right, called, true: (right / called, right / true))),
                "A class that is never answered has a precision of 0/0. The course counts it as 0."),
        Mistake("CNF-c", quiet(_report(shares=lambda right, called, true: (_ratio(right, called), right / true))),
                "recall: a class that never occurs has 0/0. The course counts it as 0."),
        Mistake("CNF-d", _report(count=np.minimum), "M: a pair that occurs twice is counted once. M[y, y_hat] += 1 "
                "reads, adds and writes every place a single time."),
        Mistake("CNF-e", _report(f1=lambda P, R, M: (_harmonic(P, R) * M.sum(axis=1)).sum() / M.sum()),
                "macro_f1: you weighted the classes by their size. In a macro average every class counts the same.",
                convention=True),
        Mistake("CNF-f", _report(f1=lambda P, R, M: _harmonic(P, R)[_harmonic(P, R) > 0].mean()),
                "macro_f1: the mean runs over all C classes, those with F1 = 0 too."),
        Mistake("CNF-b", lambda y, y_hat, C: _report()(y, y_hat, max(y.max(), y_hat.max()) + 1),
                "Right as long as the last class occurs. Which argument says how many classes there are?"),
    ),
    hints=(
        "Count pairs (true, predicted) into a table; precision looks down a column, recall along a row.",
        "precision = diagonal / column sums, recall = diagonal / row sums, macro F1 = mean of 2PR/(P + R); 0/0 is 0.",
        "M = np.zeros((C, C), dtype=int); np.add.at(M, (y, y_hat), 1)",
    ),
    reminders={"type": "a tuple of the table, precision (C,), recall (C,) and one number is expected"},
    minutes=18, level=3, core=False,
)


# 2.29 -----------------------------------------------------------------------------------------------------------------


def _softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _naive_softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)


def _classes_apart(z):
    return np.exp(-np.logaddexp(0, -z))


@exchangeable
def _softmax_fit(share=_softmax, sign=-1.0, mean=lambda n: n, bias=1.0, bias_mean=None):
    def fit(X, y, C, lr, steps):
        W, b = np.zeros((X.shape[1], C)), np.zeros(C)
        for _ in range(steps):
            error = share(X @ W + b) - np.eye(C)[y]
            W = W + sign * lr * X.T @ error / mean(len(X))
            b = b + sign * lr * bias * error.sum(axis=0) / (bias_mean or mean)(len(X))
        return W, b

    return fit


def _softmax_fit_with(X, y, C, lr, steps, of_W=1, of_b=1):
    return _softmax_fit(sign=-of_W, bias=of_b / of_W)(X, y, C, lr, steps)


def _mean_over_all(X, y, C, lr, steps):
    return _softmax_fit(mean=lambda n: n * C)(X, y, C, lr, steps)


def _several_classes(rng):
    return [
        (np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), np.array([0, 1, 1]), 2, 0.5, 2),
        (rng.normal(size=(6, 2)) + 0.5, np.array([0, 1, 2, 0, 0, 1]), 3, 0.7, 5),
        (rng.normal(size=(5, 4)) - 0.5, np.array([1, 1, 3, 0, 3]), 5, 0.4, 4),
        (np.array([[300.0, 20.0], [-200.0, 10.0], [100.0, -300.0]]), np.array([0, 2, 1]), 3, 2.0, 3),  # large scores
        (rng.normal(size=(4, 3)), np.array([1, 0, 0, 1]), 2, 0.6, 4),
    ]


SOFTMAX_FIT = Exercise(
    id="2.29",
    title="softmax_fit",
    debrief="Each row of P - Y adds up to 0, so weights that start at 0 add up to 0 over the classes after every step: "
            "one class could be left out.",
    reference=_softmax_fit(),
    instances=_several_classes,
    arguments=("X", "y", "C", "lr", "steps"),
    contract=Contract(shapes={"X": "ND", "y": "N"}, zero="y", values={"steps": (1,)}),
    outputs=("W", "b"),
    points=3,
    slots=Slots(_softmax_fit_with, {
        "of_W": Slot("the factor of the step of W", 1, "By what is the gradient multiplied before it is taken off?"),
        "of_b": Slot("the factor of the step of b", 1, "By what is the gradient multiplied before it is taken off?")}),
    mistakes=(
        Mistake("SFT-a", _softmax_fit(sign=1.0), "The loss rises with every step. In which direction does it fall?"),
        Mistake("SFT-b", _softmax_fit(mean=lambda n: 1), "Repeat every sample: your steps double. The cost of the "
                "course is a mean."),
        Mistake("SFT-c", _softmax_fit(share=lambda z: _softmax(z, axis=0)), "Your columns sum to one, your rows do "
                "not. Along which axis do the classes compete?"),
        Mistake("SFT-d", _softmax_fit(bias=0.0), "b: the intercepts are still zero. A class that is frequent "
                "everywhere needs one."),
        Mistake("SFT-e", _softmax_fit(bias_mean=lambda n: 1), "W and b move at different speed: one of the two "
                "gradients has another scale."),
        Mistake("SFT-f", _softmax_fit(share=_classes_apart), "Each class has its own sigmoid here, and the shares of a "
                "row do not sum to one. That is another model."),
        Mistake("SFT-g", _softmax_fit(share=_naive_softmax), "Not a number for large scores. Adding the same number to "
                "all scores of a row changes nothing: use that freedom."),
        Mistake("SFT-h", _softmax_fit(share=lambda z: np.eye(z.shape[1])[z.argmax(axis=1)]), "You compare with the "
                "class that was chosen, not with the probabilities, so nothing moves once all classes are right."),
        Mistake("SFT-i", quiet(_softmax_fit(share=lambda z: z)), "You compare scores with labels. What makes "
                "probabilities of scores?"),
        Mistake("SFT-j", quiet(_softmax_fit(share=lambda z: np.exp(z) / np.exp(z).sum(axis=0))), "Your columns sum to "
                "one, your rows do not, and large scores overflow."),
        Mistake("SFT-k", _mean_over_all, "The mean runs over the samples, not over all entries of P - Y: with more "
                "classes your steps become shorter."),
    ),
    hints=(
        "As for two classes: probabilities minus truth, now with one column a class; then descend.",
        "P = softmax(X W + b); dW = X^T (P - Y)/N, db = column means of P - Y, with Y the labels as rows of 0 and 1.",
        "error = ops.softmax(X @ W + b) - ops.one_hot(y, C)",
    ),
    reminders={"shape": "W is (D, C) with one column a class, b is (C,)"},
    minutes=18, level=2, core=True,
)


# 2.30 -----------------------------------------------------------------------------------------------------------------

_STATEMENTS = {
    "a": (False, "Is the likelihood of good parameters large or small, and what does a minus sign do to that?"),
    "b": (True, "Write down the density of one point; what does the logarithm of an exponential leave?"),
    "c": (False, "How high is the density of a normal with standard deviation 0.1 at its center?"),
    "d": (False, "Fit ridge twice with different alpha and compare the weights."),
    "e": (False, "Does beam search choose learning rates, or does it choose the next word?"),
    "f": (False, "One of the two is in the unit of the target, the other in its square."),
    "g": (False, "Put p = (1, 0) and q = (0, 1) into both: one of them is 1."),
    "h": (False, "Compare the two 95 % intervals."),
    "i": (True, "Compute the half-width for 0.94 on 250 cases."),
    "j": (False, "In which unit is each of the two durations?"),
    "k": (True, "What happens to the fitted intercept when all targets move by the same number?"),
    "l": (False, "Put a very large x into the curve: what does the exponential do to the fraction?"),
    "m": (False, "Count the whole numbers from 0 to 100."),
    "n": (False, "Was anybody who is called at the higher threshold not called at the lower one?"),
    "o": (False, "How does the clipped loss change when a probability of 1e-20 becomes 1e-19?"),
    "p": (True, "In which terms of the negative log-likelihood of the targets do the weights occur?"),
}

STATEMENTS = statements(
    "2.30", "statements on chance and choice", "STC", _STATEMENTS,
    debrief="b is enough for mu and not for sigma: without N ln(sigma) among the other terms the widest curve would be "
            "the most likely.",
    hints=(
        "Each of them is settled by one line of algebra or one small calculation of this chapter.",
        "For c, g, h, i and l put numbers in.",
        "Four of the sixteen are true.",
    ),
    points=3,
    name="judged_later",
    minutes=12, level=2, core=False,
)

EXERCISES = (LOGISTIC_GRADIENT, RATE_SWEEP, INTERVAL_BY_HAND, REPORT, SOFTMAX_FIT, STATEMENTS)

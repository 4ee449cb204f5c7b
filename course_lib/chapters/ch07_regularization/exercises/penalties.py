"""Exercises on penalties: the squared one and its gradient, and what Adam makes of it."""

import numpy as np

from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Exercise, Mistake, case

# --- the L2 penalty ---


def _penalized(penalty=None, slope=None, bias_slope=None):
    """The right answer with its penalty, or the gradient of a weight matrix or of a bias, made otherwise."""

    @quiet
    def answer(params, lam):
        J = sum(lam / 2 * np.sum(W**2) for W, b in params) if penalty is None else penalty(params, lam)
        dW = slope or (lambda W, lam: lam * W)
        db = bias_slope or (lambda b, lam: np.zeros_like(b))
        return J, [(dW(W, lam), db(b, lam)) for W, b in params]

    return answer


def _networks(rng):
    """One layer of two weights; three layers; weights that are all zero."""
    first = ((np.array([[3.0], [-4.0]]), np.array([2.0])),)
    second = tuple((rng.normal(size=(m, n)), 1 + rng.normal(size=n)) for m, n in ((3, 4), (4, 2), (2, 5)))
    zero = ((np.zeros((2, 3)), np.array([1.0, -1.0, 2.0])), (np.zeros((3, 1)), np.zeros(1)))
    return [(first, 0.1), (second, 0.7), (second[:2], 0.001), case("all weights 0", zero, 0.5)]


def _by_norms(params, lam):
    J = 0.0
    gradients = []
    for W, b in params:
        J = J + lam * np.linalg.norm(W) ** 2 / 2
        gradients.append((np.multiply(W, lam), 0 * b))
    return J, gradients


def _by_products(params, lam):
    weights = np.concatenate([W.ravel() for W, _ in params])
    return lam * (weights @ weights) / 2, tuple((W * lam, np.zeros(len(b))) for W, b in params)


L2_PENALTY = Exercise(
    id="7.3",
    title="l2_penalty",
    library="course_lib.ops.l2_penalty",
    from_library=calls.with_biases,
    reference=_penalized(),
    instances=_networks,
    call=calls.l2_penalty,
    arguments=("params", "lam"),
    outputs=("penalty", "dW", "db"),
    mistakes=(
        Mistake("L2P-1", _penalized(penalty=lambda params, lam: sum(lam * np.sum(W**2) for W, _ in params)), "Your "
                "gradient is not that of your penalty, by a factor of 2. Differentiate your own penalty."),
        Mistake("L2P-2", _penalized(slope=lambda W, lam: 2 * lam * W), "The penalty has its 1/2, your gradient has "
                "not: differentiate your own penalty."),
        Mistake("L2P-3", _penalized(lambda params, lam: sum(lam / 2 * (np.sum(W**2) + np.sum(b**2))
                                                            for W, b in params), None, lambda b, lam: lam * b),
                "The biases are charged too. Which parameters set the level, which the complexity?"),
        Mistake("L2P-5", _penalized(lambda params, lam: sum(lam / 2 * np.linalg.norm(W) for W, _ in params)),
                "Length or squared length? Double all weights: a squared penalty is four times as large."),
        Mistake("L2P-6", _penalized(slope=lambda W, lam: lam * np.sign(W)), "dW: that is the slope of the penalty "
                "with corners, which pulls a small weight as hard as a large one."),
        Mistake("L2P-7", _penalized(slope=lambda W, lam: -lam * W), "dW: a penalty must pull towards zero. Descent "
                "subtracts the gradient."),
        Mistake("L2P-a", _penalized(lambda params, lam: sum(lam * np.sum(W**2) for W, _ in params),
                                    lambda W, lam: 2 * lam * W), "Penalty and gradient fit each other and are twice "
                "as strong: this is the form without 1/2.", convention=True),
        Mistake("L2P-b", _penalized(lambda params, lam: lam / 2 * np.sum(params[0][0] ** 2)), "Only the first "
                "layer is charged. The sum runs over all layers."),
        Mistake("L2P-c", _penalized(lambda params, lam: sum(lam / 2 * np.mean(W**2) for W, _ in params)), "A mean "
                "over the weights makes the charge for one weight depend on how many there are. The formula sums."),
        Mistake("L2P-d", _penalized(lambda params, lam: sum(lam / 2 * np.sum(np.abs(W)) for W, _ in params)),
                "You added absolute values. The formula squares."),
    ),
    hints=(
        "The penalty adds one term for each weight matrix; the derivative of half a square is the thing itself.",
        "J = (lam / 2) sum W^2 over all layers;  dW = lam W;  db = 0 in the shape of b.",
        "gradients = [(lam * W, np.zeros_like(b)) for W, b in params]",
    ),
    reminders={"type": "a pair: the penalty, and a list of pairs (dW, db), one for each layer"},
    minutes=10,
    level=2,
    core=True,
    points=2,
    variants=(_by_norms, _by_products),
)

# --- one step, four ways ---

W0, G, LR, LAM = 2.0, 0.5, 0.1, 0.1
_STEPS = {"sgd_l2": 1.93, "sgd_decay": 1.93, "adam_l2": 1.9, "adamw": 1.88}

FIRST_STEPS = Exercise(
    id="7.4",
    title="one step, four ways",
    kind="value",
    reference=_STEPS,
    instances=lambda rng: [()],
    rtol=0,
    atol=5e-5,
    mistakes=(
        Mistake("WDS-a", _STEPS | {"adam_l2": 1.88}, "adam_l2: with the penalty in its gradient, Adam shrinks "
                "nothing by a factor. It divides 0.7 by the size of 0.7: what is left of the penalty?"),
        Mistake("WDS-b", _STEPS | {"adamw": 1.9}, "adamw: the decay stands outside of Adam's division. Shrink the "
                "weight by the factor first."),
        Mistake("WDS-c", _STEPS | {"adamw": 1.7}, "adamw: the factor is 1 - lr lambda, not 1 - lambda."),
        Mistake("WDS-d", _STEPS | {"sgd_decay": 1.75}, "sgd_decay: the factor is 1 - lr lambda, not 1 - lambda."),
        Mistake("WDS-e", _STEPS | {"adam_l2": 1.93}, "adam_l2: this is the step of plain descent. Adam's first step "
                "has the length lr, whatever the gradient."),
        Mistake("WDS-f", _STEPS | {"sgd_l2": 1.91, "sgd_decay": 1.93}, "sgd_l2: twice the penalty's slope. The "
                "gradient of (lambda/2) w squared is lambda w."),
        Mistake("WDS-g", _STEPS | {"sgd_l2": 1.95, "sgd_decay": 1.95, "adamw": 1.9}, "sgd_l2: these are the steps "
                "without any penalty."),
        Mistake("WDS-h", _STEPS | {"sgd_l2": 2.07}, "sgd_l2: descent subtracts the gradient."),
        Mistake("WDS-i", _STEPS | {"adamw": 1.83}, "adamw: the gradient of the data alone enters Adam, and its "
                "first step has the length lr."),
    ),
    hints=(
        "Do the two of plain descent first; they must agree. Then ask what Adam does with the size of a gradient.",
        "descent: 2 - 0.1 (0.5 + 0.1 * 2), or (1 - 0.1 * 0.1) 2 - 0.1 * 0.5. Adam's first step is lr times the sign "
        "of what it is given.",
        "adam_l2 = 2 - 0.1 * 1",
    ),
    reminders={"type": "a dict of four numbers"},
    minutes=10,
    level=2,
    core=True,
    skeleton='next_w = {"sgd_l2": ..., "sgd_decay": ..., "adam_l2": ..., "adamw": ...}',
)

EXERCISES = (L2_PENALTY, FIRST_STEPS)

"""Exercises on penalties: the squared one and its gradient, and what Adam makes of it."""

from functools import reduce

import numpy as np

from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots, case

# --- the L2 penalty ---


@exchangeable
def _penalized(penalty=None, slope=None, bias_slope=None, factor=0.5, charge=lambda W: np.sum(W**2)):
    """The right answer with its penalty, or the gradient of a weight matrix or of a bias, made otherwise.

    factor : of lambda times the charges. charge : for one weight matrix.
    """

    @quiet
    def answer(params, lam):
        J = sum(factor * lam * charge(W) for W, b in params) if penalty is None else penalty(params, lam)
        dW = slope or (lambda W, lam: lam * W)
        db = bias_slope or (lambda b, lam: np.zeros_like(b))
        return J, [(dW(W, lam), db(b, lam)) for W, b in params]

    return answer


def _with_factors(params, lam, of_J=0.5, of_W=1):
    return _penalized(factor=of_J, slope=lambda W, lam: of_W * lam * W)(params, lam)


def _networks(rng):
    """One layer of three weights, whose mean is not half of their sum; three layers; weights that are all zero."""
    first = ((np.array([[2.0], [-4.0], [4.0]]), np.array([3.0])),)
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
    debrief="A step of descent along this gradient alone multiplies every weight by 1 - lr lam, hence the name weight "
            "decay.",
    library="course_lib.ops.l2_penalty",
    from_library=calls.with_biases,
    reference=_penalized(),
    instances=_networks,
    call=calls.l2_penalty,
    arguments=("params", "lam"),
    contract=Contract(zero="params", values={"lam": (0.0,)}),
    outputs=("penalty", "dW", "db"),
    slots=Slots(_with_factors, {
        "of_J": Slot("the factor of lam times the squares in J", 0.5, "Which factor stands before the sum?"),
        "of_W": Slot("the factor of lam W in the gradients", 1, "What is the slope of lam/2 times a square?")}),
    mistakes=(
        Mistake("L2P-c", _penalized(charge=lambda W: np.mean(W**2)), "A mean over the weights makes the charge for one "
                "weight depend on how many there are. The formula sums."),
        Mistake("L2P-d", _penalized(charge=lambda W: np.sum(np.abs(W))), "You added absolute values. The formula "
                "squares."),
        Mistake("L2P-1", _penalized(factor=1.0), "Which factor stands before the sum in (7.2)? Without it your "
                "gradient is not that of your penalty."),
        Mistake("L2P-2", _penalized(slope=lambda W, lam: 2 * lam * W), "The penalty has its 1/2, your gradient has "
                "not: differentiate your own penalty."),
        Mistake("L2P-3", _penalized(lambda params, lam: sum(lam / 2 * (np.sum(W**2) + np.sum(b**2))
                                                            for W, b in params), None, lambda b, lam: lam * b),
                "The biases are charged too. Which parameters set the level, which the complexity?"),
        Mistake("L2P-5", _penalized(charge=np.linalg.norm), "Length or squared length? Double all weights: a squared "
                "penalty is four times as large."),
        Mistake("L2P-6", _penalized(slope=lambda W, lam: lam * np.sign(W)), "dW: that is the slope of the penalty "
                "with corners, which pulls a small weight as hard as a large one."),
        Mistake("L2P-7", _penalized(slope=lambda W, lam: -lam * W), "dW: a penalty must pull towards zero. Descent "
                "subtracts the gradient."),
        Mistake("L2P-a", _penalized(lambda params, lam: sum(lam * np.sum(W**2) for W, _ in params),
                                    lambda W, lam: 2 * lam * W), "Penalty and gradient fit each other and are twice "
                "as strong: this is the form without 1/2.", convention=True),
        Mistake("L2P-b", _penalized(lambda params, lam: lam / 2 * np.sum(params[0][0] ** 2)), "Only the first "
                "layer is charged. The sum runs over all layers."),
        Mistake("L2P-e", _penalized(bias_slope=lambda b, lam: lam * b), "db: the penalty leaves the biases out, so "
                "what is its slope along one of them?"),
        Mistake("L2P-f", _penalized(lambda params, lam: sum(lam / 2 * (np.sum(W**2) + np.sum(b**2))
                                                            for W, b in params)), "penalty: the biases are charged "
                "in it, though not in your gradient. Which parameters bend a function?"),
        Mistake("L2P-g", _penalized(slope=lambda W, lam: lam / 2 * W), "dW: the square brings a factor of its own "
                "when it is differentiated. What becomes of the 1/2?"),
        Mistake("L2P-h", _penalized(lambda params, lam: lam / 2 * np.sqrt(sum(np.sum(W**2) for W, _ in params))),
                "penalty: the root of the sum is the length of all weights. The formula takes the squared length."),
        Mistake("L2P-i", _penalized(lambda params, lam: lam / 2 * sum(np.sum(W) ** 2 for W, _ in params)), "penalty: "
                "you added first and squared the sum, so that plus and minus cancel. Which comes first?"),
        Mistake("L2P-j", _penalized(lambda params, lam: lam * sum(np.sum(np.abs(W)) for W, _ in params),
                                    lambda W, lam: lam * np.sign(W)), "This is the L1 penalty, with its own gradient. "
                "Here the weights are squared."),
        Mistake("L2P-k", _penalized(lambda params, lam: lam / 2 * np.sum(params[-1][0] ** 2)), "penalty: only the "
                "last layer is charged. Does each layer of your loop add to what was there?"),
        Mistake("L2P-l", _penalized(slope=lambda W, lam: W), "dW: where is lambda? The exchange rate holds for the "
                "slope too."),
        Mistake("L2P-m", _penalized(lambda params, lam: sum(np.sum(W**2) for W, _ in params) / 2), "penalty: where is "
                "lambda?"),
        Mistake("L2P-n", _penalized(bias_slope=lambda b, lam: np.array(b, dtype=float)), "db: that is the bias "
                "itself, not the slope of the penalty along it."),
        Mistake("L2P-o", _penalized(bias_slope=lambda b, lam: np.ones_like(b)), "db: a slope of 1 would push every "
                "bias. What does the penalty do when a bias changes?"),
        Mistake("L2P-p", _penalized(lambda params, lam: lam / 2 * np.mean([np.sum(W**2) for W, _ in params])),
                "penalty: divided by the number of layers. The formula sums over them."),
        Mistake("L2P-r", _penalized(lambda params, lam: reduce(lambda J, layer: lam / 2 * (J + np.sum(layer[0] ** 2)),
                                                               params, 0.0)), "penalty: each round of your loop "
                "multiplies what was there by lambda/2 once more. To what does the factor belong?"),
        Mistake("L2P-q", _penalized(lambda params, lam: lam / 2 * sum(np.sum(W @ W.T) for W, _ in params)),
                "penalty: W @ W.T mixes different weights. Each weight is squared by itself."),
    ),
    hints=(
        "The penalty adds one term for each weight matrix; the derivative of half a square is the thing itself.",
        "J = (lam / 2) sum W^2 over all layers;  dW = lam W;  db = 0 in the shape of b.",
        "gradients = [(lam * W, np.zeros_like(b)) for W, b in params]",
    ),
    reminders={"type": "a pair: the penalty, and a list of pairs (dW, db), one for each layer",
               "value": "the penalty is one sum over all weights of all layers, its gradient one number a weight",
               "shape": "dW and db have the shapes of W and b"},
    minutes=10,
    level=2,
    core=True,
    points=2,
    variants=(_by_norms, _by_products),
)

# --- one step, four ways ---

#: from w = 3 with g = 0.5, lr = 0.1, lambda = 0.1; from w = 2 the penalty and its slope would be the same number
_STEPS = {"sgd_l2": 2.92, "sgd_decay": 2.92, "adam_l2": 2.9, "adamw": 2.87}

FIRST_STEPS = Exercise(
    id="7.4",
    title="one step, four ways",
    debrief="Under Adam the penalty is divided by the size of the gradient like all the rest, so weights with large "
            "gradients decay less; AdamW decays all alike.",
    kind="value",
    reference=_STEPS,
    instances=lambda rng: [()],
    rtol=0,
    atol=5e-5,
    mistakes=(
        Mistake("WDS-a", _STEPS | {"adam_l2": 2.87}, "adam_l2: with the penalty in its gradient, Adam shrinks "
                "nothing by a factor. It divides 0.8 by the size of 0.8: what is left of the penalty?"),
        Mistake("WDS-b", _STEPS | {"adamw": 2.9}, "adamw: the decay stands outside of Adam's division. Shrink the "
                "weight by the factor first."),
        Mistake("WDS-c", _STEPS | {"adamw": 2.6}, "adamw: the factor is 1 - lr lambda, not 1 - lambda."),
        Mistake("WDS-d", _STEPS | {"sgd_decay": 2.65}, "sgd_decay: the factor is 1 - lr lambda, not 1 - lambda."),
        Mistake("WDS-e", _STEPS | {"adam_l2": 2.92}, "adam_l2: this is the step of plain descent. Adam's first step "
                "has the length lr, whatever the gradient."),
        Mistake("WDS-f", _STEPS | {"sgd_l2": 2.89}, "sgd_l2: twice the penalty's slope. The "
                "gradient of (lambda/2) w squared is lambda w."),
        Mistake("WDS-g", _STEPS | {"sgd_l2": 2.95, "sgd_decay": 2.95, "adamw": 2.9}, "sgd_l2: these are the steps "
                "without any penalty."),
        Mistake("WDS-h", _STEPS | {"sgd_l2": 3.08}, "sgd_l2: descent subtracts the gradient."),
        Mistake("WDS-i", _STEPS | {"adamw": 2.92}, "adamw: the gradient of the data alone enters Adam, and its "
                "first step has the length lr."),
        Mistake("WDS-j", _STEPS | {"sgd_l2": 2.905}, "sgd_l2: you added the penalty itself. A step follows its "
                "slope."),
        Mistake("WDS-k", _STEPS | {"sgd_l2": 2.94}, "sgd_l2: you added lambda alone. The slope of the penalty grows "
                "with the weight."),
        Mistake("WDS-l", _STEPS | {"sgd_l2": 2.935}, "sgd_l2: half of the penalty's slope. What becomes of the 1/2 "
                "when (lambda/2) w squared is differentiated?"),
        Mistake("WDS-m", _STEPS | {"sgd_l2": 2.98}, "sgd_l2: both gradients are added, and their sum is subtracted "
                "from w. Which way does a penalty push a weight above 0?"),
        Mistake("WDS-n", _STEPS | {"sgd_decay": 2.9205}, "sgd_decay: shrunk after the step, so that the step shrinks "
                "too. In (7.4) the factor belongs to w alone."),
        Mistake("WDS-o", _STEPS | {"adamw": 2.871}, "adamw: shrunk after the step, so that the step shrinks too. The "
                "decay comes first and belongs to w alone."),
        Mistake("WDS-p", _STEPS | {"adam_l2": 2.95}, "adam_l2: that is descent along the data gradient. Adam's first "
                "step has the length lr, whatever the gradient."),
        Mistake("WDS-q", {"sgd_l2": 0.08, "sgd_decay": 0.08, "adam_l2": 0.1, "adamw": 0.13}, "These are the lengths "
                "of the steps. Where does each of them leave w?"),
        Mistake("WDS-s", _STEPS | {"adam_l2": 3.1, "adamw": 3.07}, "adam_l2: Adam subtracts its step, as descent "
                "does."),
        Mistake("WDS-t", _STEPS | {"adam_l2": 2.6838, "adamw": 2.6538}, "adam_l2: that is Adam without the correction "
                "of its averages for the start at 0. With it the first step has the length lr."),
        Mistake("WDS-v", _STEPS | {"sgd_decay": 2.97}, "sgd_decay: the weight is only shrunk. Where is the step along "
                "the gradient of the data?"),
        Mistake("WDS-x", _STEPS | {"sgd_l2": 2.9}, "sgd_l2: a step of the length lr is Adam's. The one of descent is "
                "lr times the gradient."),
        Mistake("WDS-w", _STEPS | {"adamw": 2.97}, "adamw: the weight is only shrunk. Where is Adam's step?"),
        Mistake("WDS-u", _STEPS | {"adamw": 2.84}, "adamw: the decay acts twice. Once is enough."),
    ),
    hints=(
        "Do the two of plain descent first; they must agree. Then ask what Adam does with the size of a gradient.",
        "descent: 3 - 0.1 (0.5 + 0.1 * 3), or (1 - 0.1 * 0.1) 3 - 0.1 * 0.5. Adam's first step is lr times the sign "
        "of what it is given.",
        "adam_l2 = 3 - 0.1 * 1",
    ),
    reminders={"type": "a dict of four numbers",
               "value": "the answer is the new weight, to three decimals; (7.4) has both forms of plain descent"},
    minutes=10,
    level=2,
    core=True,
    skeleton='next_w = {"sgd_l2": ..., "sgd_decay": ..., "adam_l2": ..., "adamw": ...}',
)

EXERCISES = (L2_PENALTY, FIRST_STEPS)

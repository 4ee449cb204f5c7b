"""Exercises on ridge, lasso, elastic net and early stopping."""

import numpy as np

from course_lib.exercises.define import exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots, case

# 2.16 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _ridge(price, free=0.0, entries=np.diag):
    """Solve (X1^T X1 + price entries) theta = X1^T y; `free` is the share of the price that the intercept pays."""

    def solve(X, y, alpha):
        X1 = np.column_stack([np.ones(len(X)), X])
        shares = np.r_[free, np.ones(X.shape[1])]
        return np.linalg.solve(X1.T @ X1 + price(len(X), alpha) * entries(shares), X1.T @ y)

    return solve


def _ridge_with(X, y, alpha, share=0.5, free=0.0):
    return _ridge(lambda n, alpha: n * alpha * share, free)(X, y, alpha)


def _without_penalty(X, y, alpha):
    return np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0]


def _fits(rng):
    sizes = ((5, 2, 1.0), (7, 3, 0.25), (4, 4, 3.0), (12, 1, 10.0))
    fits = [(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 8.0]), 2.0)]
    for n, d, alpha in sizes:
        X = rng.normal(size=(n, d)) + 0.5
        fits.append((X, 4 + X @ rng.normal(size=d) + rng.normal(size=n), alpha))
    return fits


RIDGE = Exercise(
    id="2.16",
    title="ridge",
    debrief="As alpha grows without end, the weights go to 0 and the intercept to the mean of y: the stiffest ridge "
            "predicts the mean, not 0.",
    library="course_lib.ops.ridge",
    reference=_ridge(lambda n, alpha: n * alpha / 2),
    instances=_fits,
    arguments=("X", "y", "alpha"),
    contract=Contract(shapes={"X": ".D"}, zero="y"),
    outputs=("theta",),
    points=2,
    slots=Slots(_ridge_with, {
        "share": Slot("the factor of N alpha", 0.5, "What is left of alpha/2 once both slopes are written down?"),
        "free": Slot("the share of it that the intercept pays", 0, "Which entry of the diagonal stays 0?")}),
    mistakes=(
        Mistake("RDG-1", _ridge(lambda n, alpha: alpha),
                "This minimizes another cost. Compare the gradient of cost (2.16) at your theta with zero."),
        Mistake("RDG-2", _ridge(lambda n, alpha: n * alpha / 2, free=1.0),
                "Should shifting all targets by a constant change the slopes? In your solution it does."),
        Mistake("RDG-3", _ridge(lambda n, alpha: alpha / 2),
                "Repeat every row: the mean stays, your theta moves. By what do you multiply to clear the denominator "
                "of the data term?"),
        Mistake("RDG-4", _ridge(lambda n, alpha: n * alpha),
                "Your weights shrink too much. Differentiate the penalty once more."),
        Mistake("RDG-5", _ridge(lambda n, alpha: -n * alpha / 2),
                "More penalty must give smaller weights. Yours grow."),
        Mistake("RDG-6", _ridge(lambda n, alpha: n * alpha / 2, entries=lambda shares: np.ones((shares.size,) * 2)),
                "The penalty has no products of two different weights. Which entries of the matrix belong to squares?"),
        Mistake("RDG-a", _ridge(lambda n, alpha: alpha, free=1.0),
                "Two things to try: repeat every row, and shift all targets by a constant. The slopes should stay both "
                "times; yours stay neither time."),
        Mistake("RDG-b", _ridge(lambda n, alpha: alpha / 2, free=1.0),
                "Which weight is free of charge? And by what did you multiply the penalty when you cleared the "
                "denominator of the data term?"),
        Mistake("RDG-c", _without_penalty, "Change alpha: your theta stays as it is."),
    ),
    hints=(
        "Set the gradient of (2.16) to zero and multiply by N/2; then collect what stands before theta.",
        "(X1^T X1 + (N alpha / 2) A) theta = X1^T y, with A the identity matrix whose first entry is 0.",
        "A = np.eye(X1.shape[1]); A[0, 0] = 0",
    ),
    reminders={"shape": "theta has one entry more than X has columns: the intercept comes first"},
    minutes=10, level=2, core=True,
)


# 2.17 -----------------------------------------------------------------------------------------------------------------


def _closed_forms(n, alpha):
    """The number c of (X1^T X1 + c A)^-1 X1^T y for each of four costs, and wrong ones."""
    right = {"J1": n * alpha / 2, "J2": alpha, "J3": alpha / 2, "J4": n * alpha}
    wrong = {
        "CFM-a": (dict.fromkeys(right, alpha), "Four costs, one answer: then the factors N and 1/2 would not matter. "
                  "Start with J2, where nothing is hidden."),
        "CFM-b": (right | {"J1": alpha / 2, "J4": alpha}, "J1 and J4: the data term is a mean. By what must the whole "
                  "cost be multiplied to clear it?"),
        "CFM-c": (right | {"J2": alpha / 2, "J3": alpha}, "J2 and J3: which of them has the factor that the derivative "
                  "of a square cancels?"),
        "CFM-d": (right | {"J4": n * alpha / 2}, "J4: half a mean of squares. What is left of the 2 of the "
                  "derivative?"),
        "CFM-e": (right | {"J1": n * alpha}, "J1: differentiate the penalty; what happens to its 1/2?"),
        "CFM-g": (right | {"J1": alpha / 2}, "J1: the data term is a mean. By what must the whole cost be multiplied "
                  "to clear it?"),
        "CFM-h": (right | {"J2": alpha / 2}, "J2: differentiate both terms. Which factor do they have in common?"),
        "CFM-i": (right | {"J3": alpha}, "J3: differentiate both terms. Which of them is left with a 2?"),
        "CFM-j": (right | {"J4": alpha}, "J4: the data term is a mean. By what must the whole cost be multiplied to "
                  "clear it?"),
        "CFM-f": (right | {"J1": alpha / (2 * n), "J4": alpha / n}, "J1 and J4: a mean is small, so its penalty weighs "
                  "more, not less."),
    }
    return right, tuple(Mistake(name, answer, say) for name, (answer, say) in wrong.items())


def _drawn_forms(rng):
    n, alpha = int(rng.choice([10, 20, 40, 60, 80, 120, 200, 500])), int(rng.choice([2, 3, 5, 6, 8, 10]))
    right, wrong = _closed_forms(n, alpha)
    return {"reference": right, "mistakes": wrong}, {"$N = 50$ rows and $\\alpha = 4$": f"$N = {n}$ rows and "
                                                     f"$\\alpha = {alpha}$"}


CLOSED_FORMS = Exercise(
    id="2.17",
    title="which closed form",
    debrief="Where the data term is a sum, c does not grow with N: the same alpha weighs less and less as rows are "
            "added.",
    kind="value",
    reference=_closed_forms(50, 4)[0],
    instances=lambda rng: [()],
    points=2,
    mistakes=_closed_forms(50, 4)[1],
    hints=(
        "For each cost: gradient zero, then multiply so that X1^T X1 stands alone; c is what stands before A theta.",
        "A sum of squares has the gradient 2 X1^T (X1 theta - y), a penalty (a/2) theta^2 the gradient a theta.",
        "For J2: 2 X1^T (X1 theta - y) + 2 alpha A theta = 0, so c is alpha.",
    ),
    reminders={"type": 'a dict with the keys "J1" to "J4" and numbers is expected'},
    vary=_drawn_forms,
    skeleton='c = {"J1": ..., "J2": ..., "J3": ..., "J4": ...}',
    minutes=8, level=2, core=False,
)


# 2.18 -----------------------------------------------------------------------------------------------------------------


def soft_threshold(z, t):
    return np.sign(z) * np.maximum(np.abs(z) - t, 0)


SOFT_THRESHOLD = Exercise(
    id="2.18",
    title="soft_threshold",
    debrief="What is taken away is z itself, clipped to the range from -t to t: z - np.clip(z, -t, t) is the same "
            "function.",
    library="course_lib.ops.soft_threshold",
    reference=soft_threshold,
    instances=lambda rng: [
        (np.array([-3.0, -1.0, -0.4, 0.0, 0.2, 1.0, 2.5]), 1.0),
        (rng.normal(size=5), 0.3),
        (2 * rng.normal(size=(3, 4)), 0.7),
        (rng.normal(size=2), 0.0),
        (np.float64(-1.7), 0.5),
    ],
    arguments=("z", "t"),
    contract=Contract(shapes={"z": "L"}, zero="z", negative="z", values={"t": (0,)}),
    mistakes=(
        Mistake("STH-a", lambda z, t: np.where(np.abs(z) > t, z, 0.0),
                "Your function jumps at t. Whatever is kept should be moved towards zero as well."),
        Mistake("STH-b", lambda z, t: np.sign(z) * (np.abs(z) - t),
                "A small number comes out on the other side of zero. Where should it stop?"),
        Mistake("STH-c", lambda z, t: np.maximum(z - t, 0),
                "All negative numbers are lost. The function treats both sides alike."),
        Mistake("STH-d", lambda z, t: z / (1 + t),
                "Your function shrinks by a factor and reaches zero never. That is what ridge does."),
        Mistake("STH-e", lambda z, t: np.clip(z, -t, t),
                "You return the part that is cut away. What is left?"),
        Mistake("STH-f", lambda z, t: np.maximum(np.abs(z) - t, 0),
                "Negative numbers come out positive. What became of the sign?"),
        Mistake("STH-g", lambda z, t: soft_threshold(z, t).astype(z.dtype), "Where z holds whole numbers, what lies "
                "behind the point is lost. Which dtype has an array made from z?"),
    ),
    hints=(
        "Separate sign and size: the size is lowered by t, but not below zero.",
        "S(z, t) = sign(z) max(|z| - t, 0).",
        "size = np.maximum(np.abs(z) - t, 0)",
    ),
    reminders={"shape": "one number for each entry of z"},
    variants=(lambda z, t: np.where(z > t, z - t, np.where(z < -t, z + t, 0)), lambda z, t: z - np.clip(z, -t, t)),
    minutes=6, level=1, core=False,
)


# 2.19 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _lasso_steps(slope=None, threshold=None, order="step first"):
    """Proximal steps, any part exchanged; another `order` than those named here leaves the threshold out."""
    slope = slope or (lambda X, y, w: 2 / len(X) * X.T @ (X @ w - y))
    threshold = threshold or (lambda lr, alpha: lr * alpha)

    def run(X, y, alpha, lr, steps):
        w = np.zeros(X.shape[1])
        for _ in range(steps):
            if order == "threshold first":
                w = soft_threshold(w, threshold(lr, alpha))
                w = w - lr * slope(X, y, w)
            elif order == "of the step":
                w = w - soft_threshold(lr * slope(X, y, w), threshold(lr, alpha))
            elif order == "sign":
                w = w - lr * (slope(X, y, w) + alpha * np.sign(w))
            else:
                w = w - lr * slope(X, y, w)
                if order == "step first":
                    w = soft_threshold(w, threshold(lr, alpha))
        return soft_threshold(w, threshold(lr, alpha)) if order == "once" else w

    return run


def _lasso_with(X, y, alpha, lr, steps, of_slope=2, of_threshold=1):
    return _lasso_steps(slope=lambda X, y, w: of_slope / len(X) * X.T @ (X @ w - y),
                        threshold=lambda lr, alpha: of_threshold * lr * alpha)(X, y, alpha, lr, steps)


def _centered(rng, n, d):
    X = rng.normal(size=(n, d))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X @ (np.arange(d) - 0.5 * d + 0.3) + 0.5 * rng.normal(size=n)
    return X, y - y.mean()


LASSO_STEPS = Exercise(
    id="2.19",
    title="lasso_steps",
    debrief="The slope of |w| keeps its size all the way to 0, so plain steps would cross 0 again and again; the "
            "threshold stops at it exactly.",
    reference=_lasso_steps(),
    instances=lambda rng: [
        (np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, -1.0]]), np.array([2.0, -1.0, -1.0]), 0.6, 0.5, 3),
        (*_centered(rng, 6, 4), 0.8, 0.1, 25),
        (*_centered(rng, 5, 5), 0.3, 0.05, 7),
        (*_centered(rng, 9, 3), 0.0, 0.1, 2),
    ],
    arguments=("X", "y", "alpha", "lr", "steps"),
    contract=Contract(shapes={"X": ".D"}, zero="y", values={"alpha": (0,), "steps": (1,)}),
    outputs=("w",),
    points=2,
    slots=Slots(_lasso_with, {
        "of_slope": Slot("the factor of the mean of error times input", 2, "What is the slope of a mean of squares?"),
        "of_threshold": Slot("the factor of lr alpha in the threshold", 1, "How far does one step shrink a weight?")}),
    mistakes=(
        Mistake("PRX-a", _lasso_steps(threshold=lambda lr, alpha: alpha),
                "Halve the learning rate and your weights end somewhere else. How far does the penalty pull in a step "
                "of that length?"),
        Mistake("PRX-b", _lasso_steps(slope=lambda X, y, w: X.T @ (X @ w - y) / len(X)),
                "Your weights are those of twice the penalty. Where does a square put its factor?"),
        Mistake("PRX-c", _lasso_steps(slope=lambda X, y, w: 2 * X.T @ (X @ w - y)),
                "Repeat every row: your steps double. The data term of the course is a mean."),
        Mistake("PRX-d", _lasso_steps(order="threshold first"),
                "Your last act is a slope step, so no weight ends at exactly zero."),
        Mistake("PRX-e", _lasso_steps(order="once"),
                "You ran plain descent and cut at the end. The penalty should act in every step."),
        Mistake("PRX-f", _lasso_steps(order="sign"),
                "You walk along alpha sign(w), which has no value to stop at: weights jump around zero instead of "
                "resting there."),
        Mistake("PRX-g", _lasso_steps(slope=lambda X, y, w: 2 / len(X) * X.T @ (y - X @ w)),
                "Uphill: the error of the course is prediction minus target."),
        Mistake("PRX-h", _lasso_steps(order="of the step"),
                "You shorten the step, not the weight. S belongs round the whole bracket."),
        Mistake("PRX-i", _lasso_steps(order="none"),
                "Change alpha: your weights stay as they are. Nothing pulls them towards zero."),
        Mistake("PRX-j", _lasso_steps(threshold=lambda lr, alpha: lr),
                "Change alpha: your weights stay as they are. How strong is the pull towards zero?"),
    ),
    hints=(
        "Two half steps: downhill on the squared error, then towards zero by the penalty's share.",
        "w <- S(w - lr (2/N) X^T (X w - y), lr alpha).",
        "w = w - lr * 2 / len(X) * X.T @ (X @ w - y)",
    ),
    reminders={"shape": "one weight for each column of X; the intercept is not part of this task"},
    minutes=10, level=2, core=False,
)


# 2.20 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _coordinate(own=1, others=1, mean=2.0, length=None, share=lambda r: r, below=lambda r, alpha: (1 - r) * alpha,
                last=False):
    def step(X, y, w, j, alpha, r):
        x = X[:, j]
        rest = y - others * (X @ w - own * x * w[j])
        pull, size = mean / len(X) * (x @ rest), (length or mean / len(X)) * (x @ x) + below(r, alpha)
        t = share(r) * alpha
        return float(soft_threshold(pull / size, t) if last else soft_threshold(pull, t) / size)

    return step


def _coordinate_with(X, y, w, j, alpha, r, of_pull=2, of_length=2, power=1):
    """The step with other factors of its two means, and another power of r in the threshold."""
    return _coordinate(mean=of_pull, length=of_length / len(X), share=lambda r: r**power)(X, y, w, j, alpha, r)


def _coordinates(rng):
    X, y = _centered(rng, 7, 3)
    Z, t = _centered(rng, 4, 4)
    return [
        (np.array([[1.0, 2.0], [-1.0, 0.0], [0.0, -2.0]]), np.array([3.0, 0.0, -3.0]), np.array([1.0, 0.5]), 0, 1.0,
         0.5),
        (X * np.array([1.0, 2.0, 0.5]), y, rng.normal(size=3) + np.array([2.0, 0, 0]), 0, 0.4, 0.75),
        (2 * X, y, rng.normal(size=3) - np.array([0, 2.0, 0]), 1, 0.5, 1.0),
        (1.5 * Z, t, rng.normal(size=4), 3, 0.3, 0.0),
        (X, y, np.ones(3), 2, 100.0, 0.9),
        case("a pull below zero", np.array([[1.0, 2.0], [-1.0, 0.0], [0.0, -2.0]]), np.array([-3.0, 0.0, 3.0]),
             np.array([-1.0, -0.5]), 0, 1.0, 0.5),
    ]


COORDINATE_STEP = Exercise(
    id="2.20",
    title="coordinate_step",
    debrief="With alpha = 0 the step is least squares in one column: rounds of it approach a solution of the normal "
            "equations without ever forming them.",
    reference=_coordinate(),
    instances=_coordinates,
    arguments=("X", "y", "w", "j", "alpha", "r"),
    contract=Contract(shapes={"X": ".D", "w": "D"}, whole="X, y", zero="w",
                      values={"r": (0, 1), "j": {"the last weight": lambda given: len(given["w"]) - 1}}),
    outputs=("w_j",),
    points=2,
    slots=Slots(_coordinate_with, {
        "of_pull": Slot("the factor of the mean of error times input", 2, "What is the slope of a mean of squares?"),
        "of_length": Slot("the factor of the mean of squares below", 2, "What is the slope of a mean of squares?"),
        "power": Slot("the power of r in the threshold", 1, "Which share of alpha has the absolute value?", (0,))}),
    mistakes=(
        Mistake("CRD-a", _coordinate(own=0),
                "The error you use contains the old weight of this very column. Which columns should explain y before "
                "this one is fitted?"),
        Mistake("CRD-b", _coordinate(share=lambda r: 1.0),
                "Set r to 0: your weight can still become exactly zero, and ridge never does that."),
        Mistake("CRD-c", _coordinate(below=lambda r, alpha: 0.0),
                "Set r to 0: the penalty has no effect left. Where does the squared part act?"),
        Mistake("CRD-d", _coordinate(mean=1.0),
                "Your weight belongs to twice the penalty. Which factor comes from the derivative of a square?"),
        Mistake("CRD-e", _coordinate(last=True),
                "Multiply a column by 10: the size of your threshold should follow, and does not. What comes first, "
                "the threshold or the division?"),
        Mistake("CRD-f", _coordinate(below=lambda r, alpha: alpha),
                "With r = 1 the squared part must be gone from the denominator."),
        Mistake("CRD-g", _coordinate(others=0),
                "The other weights play no part: each column is fitted to y alone. What do the others leave "
                "unexplained?"),
        Mistake("CRD-h", _coordinate(length=1.0),
                "Repeat every row: your weight shrinks. Numerator and denominator must be of one scale."),
        Mistake("CRD-i", _coordinate(below=lambda r, alpha: (1 - r) * alpha / 2),
                "Set r to 0: your weight belongs to half the penalty. What does differentiating do to its 1/2?"),
        Mistake("CRD-j", _coordinate(own=-1),
                "You took this column out twice. X w contains it once, with a minus sign in front."),
    ),
    hints=(
        "Take column j out of the model, look at what is then unexplained, and fit this column alone to it.",
        "Numerator: S((2/N) x_j.rest, r alpha). Denominator: (2/N) |x_j|^2 + (1 - r) alpha.",
        "rest = y - X @ w + X[:, j] * w[j]",
    ),
    reminders={"shape": "one number, the new weight of column j"},
    minutes=15, level=3, core=False,
)


# 2.21 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _with_patience(keep=np.array, first=np.array, better=lambda loss, lowest: loss < lowest,
                   waits=lambda bad, since, patience: since >= patience, watch="validation", give="best"):
    def fit(X, y, X_val, y_val, w0, lr, epochs, patience):
        def loss_of(w):
            A, t = (X, y) if watch == "training" else (X_val, y_val)
            return np.mean((A @ w - t) ** 2)

        w = w0.copy()
        best, lowest, best_w = 0, loss_of(w), first(w)
        epoch = bad = 0
        for epoch in range(1, epochs + 1):
            w -= lr * 2 / len(X) * X.T @ (X @ w - y)
            loss = loss_of(w)
            if better(loss, lowest):
                best, lowest, best_w = epoch, loss, keep(w)
            else:
                bad += 1
                if waits(bad, epoch - best, patience):
                    break
        return (best_w if give == "best" else w).copy(), best, epoch

    return fit


fit_with_patience = _with_patience()


def _stopping_runs(rng):
    runs = [_zigzag(rng, patience) for patience in (2, 3, 2)]
    w = np.array([1.0, -0.5])
    runs.append((np.eye(2), w, np.eye(2), w + 1, w, 0.1, 6, 3))  # at the training optimum: the same loss for ever
    X = rng.normal(size=(6, 2))
    runs.append((X, X @ w, X, X @ w, np.zeros(2), 0.02, 5, 2))  # better with every epoch
    runs.append((X, X @ np.array([3.0, 2.0]), X, X @ w, w, 0.02, 6, 3))  # the start is best
    return runs


def _zigzag(rng, patience):
    """A run whose validation loss goes up and down on its way, so that patience matters."""
    while True:
        X, X_val = rng.normal(size=(6, 4)), rng.normal(size=(5, 4))
        w = rng.normal(size=4)
        y, y_val = X @ w + rng.normal(size=6), X_val @ w + rng.normal(size=5)
        lr = 1.85 / np.linalg.eigvalsh(2 / 6 * X.T @ X)[-1]
        run = X, y, X_val, y_val, rng.normal(size=4), lr, 40, patience
        outcomes = [answer(*run) for answer in _DIFFERENT_STOPS]
        gaps = [abs(a[1] - outcomes[0][1]) + abs(a[2] - outcomes[0][2]) for a in outcomes[1:]]
        if outcomes[0][1] > 2 and outcomes[0][2] < 40 and min(gaps) > 0:
            return run


_DIFFERENT_STOPS = (
    fit_with_patience,
    _with_patience(waits=lambda bad, since, patience: False),
    _with_patience(waits=lambda bad, since, patience: bad >= patience),
    _with_patience(waits=lambda bad, since, patience: since > patience),
    _with_patience(watch="training"),
)

#: the planted fault -> (its lines, what to read before, what to read after); the first one is the chapter's own
_STOPPING_FAULTS = {
    "PAT-a": (
        "            best, lowest, best_w = epoch, loss, w\n        elif epoch - best >= patience:",
        "The weights it returns are not those of the best epoch, although a line seems to keep them.",
        "The line best_w = w keeps no weights: it is a second name for the same array, and the update changes that "
        "array in place. A copy keeps the numbers; so does an update that makes a new array each time, w = w - lr * "
        "gradient.",
    ),
    "PAT-d": (
        "            best, lowest, best_w = epoch, loss, w.copy()\n        elif epoch - best > patience:",
        "It runs an epoch longer than it should.",
        "After the best epoch as many epochs as the patience says may pass without a new best; the faulty version "
        "allowed one more. "
        "Slips by one of this kind are found by a run on paper, hardly ever by looking at a curve.",
    ),
    "PAT-e": (
        "            best, lowest, best_w = epoch, loss, w.copy()\n        elif epoch >= patience:",
        "It stops too early, often before the error has begun to rise.",
        "The faulty version compares the number of the epoch with the patience, not the number of epochs since the "
        "best one, so the first epoch without a gain ends the run.",
    ),
}


def _drawn_stopping_fault(rng):
    chapter, fault = _STOPPING_FAULTS["PAT-a"], str(rng.choice(list(_STOPPING_FAULTS)))
    third = "best, lowest, best_w = epoch, loss, w.copy()" if fault == "PAT-a" else "elif epoch - best >= ..."
    changes = {"untouched": fault, "hints": (*STOPPING.hints[:2], third)}
    return changes, dict(zip(chapter, _STOPPING_FAULTS[fault], strict=True))


def _since_the_start():
    def fit(X, y, X_val, y_val, w0, lr, epochs, patience):
        w = w0.copy()
        best, lowest, best_w = 0, np.mean((X_val @ w - y_val) ** 2), w.copy()
        epoch = 0
        for epoch in range(1, epochs + 1):
            w -= lr * 2 / len(X) * X.T @ (X @ w - y)
            loss = np.mean((X_val @ w - y_val) ** 2)
            if loss < lowest:
                best, lowest, best_w = epoch, loss, w.copy()
            elif epoch >= patience:
                break
        return best_w, best, epoch

    return fit


STOPPING = Exercise(
    id="2.21",
    title="fit_with_patience",
    debrief="Epoch 0 may be the best: then w0 comes back unchanged, and no patience would have helped, though a "
            "smaller rate might.",
    kind="bug",
    reference=fit_with_patience,
    instances=_stopping_runs,
    arguments=("X", "y", "X_val", "y_val", "w0", "lr", "epochs", "patience"),
    contract=Contract(shapes={"X": ".D", "X_val": "ND", "y_val": "N", "w0": "D"}, whole="", zero="w0",
                      values={"patience": (1,), "epochs": (1,)}),
    outputs=("best_w", "best", "epoch"),
    points=2,
    untouched="PAT-a",
    mistakes=(
        Mistake("PAT-a", _with_patience(keep=lambda w: w),
                "The epoch is right, its weights are not: compare best_w and w at the end. Which array did you keep?"),
        Mistake("PAT-b", _with_patience(waits=lambda bad, since, patience: False),
                "The run never ends before its last epoch. What should happen when the patience is used up?"),
        Mistake("PAT-c", _with_patience(waits=lambda bad, since, patience: bad >= patience),
                "You add up all epochs without a gain. What should a new best do to the waiting time?"),
        Mistake("PAT-d", _with_patience(waits=lambda bad, since, patience: since > patience),
                "You stop an epoch late. Count the epochs without a new best on paper for patience 2."),
        Mistake("PAT-e", _since_the_start(),
                "You compare the number of the epoch with the patience. Since when should the waiting be counted?"),
        Mistake("PAT-f", _with_patience(watch="training"),
                "You watch the error on the training data. Does it show over-fitting?"),
        Mistake("PAT-g", _with_patience(better=lambda loss, lowest: loss <= lowest),
                "Of several epochs with the same validation loss the first one is asked for."),
        Mistake("PAT-h", _with_patience(first=lambda w: w),
                "Right unless the start is the best of all. What does best_w hold before the first epoch?"),
    ),
    hints=(
        "Follow a run of three epochs on paper: which lines touch w, and what does best_w hold after each?",
        "Of the epochs up to the stop the first with the lowest validation loss counts, with its weights of that time; "
        "a slice w[:] is another name for the same numbers, not a copy.",
        "best, lowest, best_w = epoch, loss, w.copy()",
    ),
    vary=_drawn_stopping_fault,
    minutes=12, level=2, core=True,
)

EXERCISES = (RIDGE, CLOSED_FORMS, SOFT_THRESHOLD, LASSO_STEPS, COORDINATE_STEP, STOPPING)

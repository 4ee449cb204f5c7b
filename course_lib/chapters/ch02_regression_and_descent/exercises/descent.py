"""Exercises on gradient descent: one step, a whole path, its largest step, when to stop, one batch at a time."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch02_regression_and_descent import calls
from course_lib.exercises.define import exchangeable
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots

# 2.4 ------------------------------------------------------------------------------------------------------------------


def _by_hand(a, b, w1, w2, lr):
    """One step on J = a w1^2 + b w2^2, with every number that is asked for."""
    def J(u, v):
        return a * u * u + b * v * v

    def answer(slope=2, sign=-1, predict=None, change=None):
        g1, g2 = slope * a * w1, slope * b * w2
        u, v = w1 + sign * lr * g1, w2 + sign * lr * g2
        first = sign * lr * (g1 * g1 + g2 * g2)
        true = J(u, v) - J(w1, w2)
        if predict is not None:
            first = predict(g1, g2)
        if change is not None:
            first, true = change(first, true)
        return {"g1": g1, "g2": g2, "w1": u, "w2": v, "predicted": first, "true": true}

    return {
        "reference": answer(),
        "mistakes": (
            Mistake("ONE-a", answer(slope=1), "Your slopes are half as steep as the curve. What does the square leave "
                    "behind when it is differentiated?"),
            Mistake("ONE-b", answer(sign=1), "J is larger after your step than before it."),
            Mistake("ONE-c", answer(predict=lambda g1, g2: -lr * np.hypot(g1, g2)),
                    "predicted: the step is lr times the gradient, and the gradient is multiplied by it once more."),
            Mistake("ONE-d", answer(change=lambda first, true: (true, first)),
                    "predicted and true are exchanged: the prediction knows the slope only, the truth knows J."),
            Mistake("ONE-e", answer(change=lambda first, true: (-first, -true)),
                    "A change is new minus old. Does J rise or fall?"),
            Mistake("ONE-f", answer(predict=lambda g1, g2: -(g1 * g1 + g2 * g2)),
                    "predicted: for a learning rate ten times smaller you would promise the same change."),
        ),
        "hints": (
            "Differentiate J in each variable, put the point in, step against it; then compare J before and after.",
            "g = (2 a w1, 2 b w2), w_new = w - lr g, predicted = g . (w_new - w).",
            f"first_step = dict(g1=2 * {a} * {w1}, g2=..., w1=..., w2=..., predicted=..., true=...)",
        ),
    }


def _drawn_step(rng):
    a, b = (int(n) for n in rng.choice([1, 2, 3, 4, 5], size=2, replace=False))
    w1, w2 = (int(n) for n in rng.choice([-3, -2, -1, 2, 3], size=2))
    lr = float(rng.choice([0.05, 0.02, 0.04]))
    first = "w_1^2" if a == 1 else f"{a} w_1^2"
    second = "w_2^2" if b == 1 else f"{b} w_2^2"
    return _by_hand(a, b, w1, w2, lr), {
        "J(w_1, w_2) = w_1^2 + 4 w_2^2": f"J(w_1, w_2) = {first} + {second}",
        "Stand at $w = (3, 1)$ and take one step with the rate 0.1":
            f"Stand at $w = ({w1}, {w2})$ and take one step with the rate {lr:g}",
    }


STEP_BY_HAND = Exercise(
    id="2.4",
    title="one step by hand",
    debrief="For a quadratic cost the true change is the predicted one plus v^T H v/2, exactly: twice the step doubles "
            "the first part and makes the second four times as large.",
    kind="value",
    instances=lambda rng: [()],
    reminders={"type": "a dict with the keys g1, g2, w1, w2, predicted and true"},
    rtol=1e-3,
    atol=1e-6,
    **_by_hand(1, 4, 3, 1, 0.1),
    vary=_drawn_step,
    skeleton='first_step = {"g1": ..., "g2": ..., "w1": ..., "w2": ..., "predicted": ..., "true": ...}',
    minutes=6, level=1, core=True,
)

#: asked of who takes steps of another length; for a `Slot`
STEP_LENGTH = "By what is the gradient multiplied before it is taken off?"

# 2.5 ------------------------------------------------------------------------------------------------------------------


@exchangeable
def _descent(step=None, steps=0, rows=None, rate=True):
    """Descent with its history; `step` replaces the gradient by something else."""
    def answer(grad, w0, lr, n):
        w, path = w0.copy(), [w0.copy()]
        for _ in range(n + steps):
            slope = grad(w)
            w = w - (lr if rate else 1.0) * (slope if step is None else step(slope))
            path.append(w)
        return np.array(path if rows is None else rows(path))

    return answer


def _one_coordinate_after_the_other(grad, w0, lr, n):
    w, path = w0.copy(), [w0.copy()]
    for _ in range(n):
        for i in range(len(w)):
            w[i] -= lr * grad(w)[i]
        path.append(w.copy())
    return np.array(path)


def _one_array(grad, w0, lr, n):
    w = w0.copy()
    path = [w]
    for _ in range(n):
        w -= lr * grad(w)
        path.append(w)
    return np.array(path)


def _start_moved(grad, w0, lr, n):
    path = [w0.copy()]
    for _ in range(n):
        w0 -= lr * grad(w0)
        path.append(w0.copy())
    return np.array(path)


def _one_array_from_the_start(grad, w0, lr, n):
    path = [w0]
    for _ in range(n):
        w0 -= lr * grad(w0)
        path.append(w0)
    return np.array(path)


def _with_factor(grad, w0, lr, n, factor):
    return _descent(step=lambda slope: factor * slope)(grad, w0, lr, n)


def _bowls(rng):
    """(A, b, w0, lr, n) of the cost w.A w / 2 - b.w, with the gradient A w - b."""
    cases = [(np.array([[2.0, 1.0], [1.0, 4.0]]), np.array([1.0, -2.0]), np.array([3.0, 1.0]), 0.1, 1)]
    for size, n in ((2, 4), (3, 3), (4, 6)):
        B = rng.normal(size=(size + 1, size))
        A = B.T @ B
        lr = float(0.7 / np.linalg.eigvalsh(A)[-1])
        cases.append((A, rng.normal(size=size), 1 + rng.normal(size=size), lr, n))
    return cases


GRADIENT_DESCENT = Exercise(
    id="2.5",
    title="gradient_descent",
    debrief="Every network of this course is trained by this loop; what changes is where the gradient comes from.",
    library="course_lib.ops.gradient_descent",
    reference=_descent(),
    instances=_bowls,
    call=calls.gradient_descent,
    arguments=("A", "b", "w0", "lr", "n"),
    contract=Contract(shapes={"A": "LL", "b": "L", "w0": "L"}, whole="", zero="w0, b"),
    outputs=("path",),
    points=2,
    slots=Slots(_with_factor, {"factor": Slot("the factor of lr times the gradient", 1, STEP_LENGTH)}),
    mistakes=(
        Mistake("GDS-1", _descent(lambda g: -g), "The cost rises with every step: you walk uphill."),
        Mistake("GDS-2", _descent(rate=False), "Change lr: your path stays as it is."),
        Mistake("GDS-3", _descent(lambda g: g / np.linalg.norm(g)),
                "All your steps have the same length. How long should one be near the minimum?"),
        Mistake("GDS-4", _descent(np.sign), "Large and small slopes give the same step. What besides its sign does a "
                "slope tell?"),
        Mistake("GDS-5", _one_coordinate_after_the_other,
                "Your second coordinate already knows where the first one went. Compute the whole gradient before "
                "anything moves."),
        Mistake("GDS-6", _descent(steps=1), "Count the rows of your path: the start and n steps."),
        Mistake("GDS-7", _one_array, "Every row of your path is the same. What exactly did you append, a copy or the "
                "array that goes on changing?"),
        Mistake("GDS-a", _start_moved, "The path is right, but the caller's w0 has moved along with it."),
        Mistake("GDS-c", _one_array_from_the_start, "Every row of your path is the same, and the caller's w0 moves "
                "too: path, w and w0 are names of one array that goes on changing."),
        Mistake("GDS-b", _descent(rows=lambda path: path[1:] or path), "Where the walk began is missing from your "
                "path."),
    ),
    hints=(
        "Keep a list that begins with the start; each step appends a new array.",
        "w <- w - lr grad(w), n times; n + 1 rows.",
        "w, path = w0, [w0] before the loop, np.array(path) behind it",
    ),
    reminders={"shape": "the path has one row for the start and one for each step, (n + 1, P)"},
    minutes=8, level=1, core=True,
)

# 2.6 ------------------------------------------------------------------------------------------------------------------


def _eigenvalues(H):
    return np.linalg.eigvalsh(H)


def _curvatures(rng):
    """Hessians with eigenvalues well away from 0, in general position."""
    cases = [
        (np.array([[2.0, 0.0], [0.0, 3.0]]),),
        (np.array([[1.0, 3.0], [3.0, 1.0]]),),
        (np.array([[-2.0, 1.0], [1.0, -3.0]]),),
        (np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, -4.0]]),),
    ]
    for size in (3, 4, 5, 6, 7):
        values = rng.uniform(0.5, 3, size=size) * rng.choice([-1, 1], size=size)
        Q = np.linalg.qr(rng.normal(size=(size, size)))[0]
        cases.append(((Q * values) @ Q.T,))
    return cases


DOWNHILL = Exercise(
    id="2.6",
    title="downhill_directions",
    debrief="In other coordinates H becomes S^T H S with an invertible S: the curvatures change, the number of "
            "negative ones never does.",
    reference=lambda H: int(np.sum(_eigenvalues(H) < 0)),
    instances=_curvatures,
    arguments=("H",),
    contract=Contract(shapes={"H": "LL"}, negative="H"),
    mistakes=(
        Mistake("SAD-a", lambda H: int(np.sum(np.diag(H) < 0)), "You looked along the axes only. A saddle may lie "
                "turned: try [[1, 3], [3, 1]] in the direction (1, -1)."),
        Mistake("SAD-b", lambda H: int(np.sum(H < 0)), "The sign of a single entry off the diagonal says nothing "
                "about up or down."),
        Mistake("SAD-c", lambda H: int(np.sum(_eigenvalues(H) > 0)), "You counted the ways up."),
        Mistake("SAD-d", lambda H: int(np.linalg.det(H) < 0), "The determinant is the product of the curvatures. "
                "Which sign does the product of two negative ones have?"),
        Mistake("SAD-e", lambda H: len(H) if np.trace(H) < 0 else 0, "The trace is the sum of the curvatures. Can a "
                "sum hide that one of them is negative?"),
        Mistake("SAD-f", lambda H: int((_eigenvalues(H) < 0).any()), "Is there a way down? That is what you "
                "answered; how many are there?"),
        Mistake("SAD-g", lambda H: sum(int(np.linalg.det(H[:k, :k]) < 0) for k in range(1, len(H) + 1)),
                "Minors tell signs otherwise: of [[-1, 0], [0, -1]] they are -1 and 1, and both curvatures are "
                "negative. Which numbers belong to a direction each?"),
    ),
    hints=(
        "In which directions does the Hessian act as a mere factor? Those factors are the curvatures.",
        "Count the negative eigenvalues of the symmetric matrix H.",
        "curvatures = np.linalg.eigvalsh(H)",
    ),
    reminders={"type": "one whole number from 0 to P"},
    minutes=8, level=2, core=False,
)

# 2.7 ------------------------------------------------------------------------------------------------------------------


@exchangeable
def _limits(limit=lambda e: 2 / e[-1], fastest=lambda e: 2 / (e[0] + e[-1]), condition=lambda e: e[-1] / e[0],
            curvatures=_eigenvalues):
    """(limit, fastest, condition) of a Hessian with the eigenvalues e, smallest first."""
    def answer(H):
        e = curvatures(H)
        return float(limit(e)), float(fastest(e)), float(condition(e))

    return answer


def _hessians(rng):
    cases = [(np.array([[2.0, 2.0], [2.0, 8.0]]),)]
    for n, size in ((7, 3), (6, 2), (9, 4)):
        X = rng.normal(size=(n, size)) + 1
        cases.append((2 / n * X.T @ X,))
    return cases


STEP_LIMITS = Exercise(
    id="2.7",
    title="step_limits",
    debrief="A cost multiplied by 10 has rates a tenth as large and the same condition number: kappa belongs to the "
            "shape of the valley, a rate to its units.",
    library="course_lib.ops.step_limits",
    from_library=calls.first_three,
    reference=_limits(),
    instances=_hessians,
    arguments=("H",),
    contract=Contract(shapes={"H": "LL"}),
    outputs=("limit", "fastest", "condition"),
    points=2,
    mistakes=(
        Mistake("LIM-a", _limits(limit=lambda e: 1 / e[-1]), "limit: at your rate a step along the steepest direction "
                "lands exactly in the minimum. How far may it overshoot before it ends up farther away than before?"),
        Mistake("LIM-b", _limits(limit=lambda e: 2 / e[0]), "limit: your rate is safe along the flattest direction. "
                "Which direction goes wrong first?"),
        Mistake("LIM-c", _limits(fastest=lambda e: 1 / (e[0] + e[-1])), "fastest: at the best rate the flattest and "
                "the steepest direction shrink equally fast, 1 - lr lambda_min = lr lambda_max - 1. Yours is half of "
                "it."),
        Mistake("LIM-d", _limits(condition=lambda e: e[0] / e[-1]), "condition: a round bowl has 1, a long valley has "
                "more."),
        Mistake("LIM-e", _limits(curvatures=lambda H: np.sort(np.diag(H))), "You took the diagonal of H. The steepest "
                "direction need not lie along an axis."),
        Mistake("LIM-f", _limits(condition=lambda e: np.sqrt(e[-1] / e[0])), "condition: this is the ratio for the "
                "table X. The Hessian has the squares."),
        Mistake("LIM-g", _limits(limit=lambda e: 2 / e.sum()), "limit: safe, but smaller than need be. The sum of all "
                "curvatures is more than the largest one."),
        Mistake("LIM-h", _limits(fastest=lambda e: 1 / e[-1]), "fastest: this serves the steepest direction only. "
                "What happens along the flattest one meanwhile?"),
        Mistake("LIM-i", _limits(fastest=lambda e: 2 / e[-1] + e[0]), "fastest: which of the two numbers is divided "
                "by, as you wrote it? Mind the brackets."),
        Mistake("LIM-j", _limits(curvatures=lambda H: _eigenvalues(H)[::-1]), "limit and condition: in which order "
                "do the eigenvalues come?"),
    ),
    hints=(
        "All three are made of the largest and the smallest eigenvalue.",
        "limit = 2/lambda_max, fastest = 2/(lambda_max + lambda_min), condition = lambda_max/lambda_min.",
        "eigenvalues = np.linalg.eigvalsh(H), smallest first",
    ),
    reminders={"type": "return three numbers: limit, fastest, condition"},
    minutes=10, level=2, core=False,
)

# 2.8 ------------------------------------------------------------------------------------------------------------------

#: of the Hessian of the line data, `experiments.ch02.line_limits`
LARGEST, SMALLEST = 4.836, 0.3040
REACHED, TOO_SLOW, SWINGS, DIVERGES = range(4)


def _line_outcome(lr):
    lr = float(lr)
    if not lr > 0:
        raise ValueError(f"a learning rate is a positive number, got {lr}")
    steep, flat = abs(1 - lr * LARGEST), abs(1 - lr * SMALLEST)
    if steep >= 1:
        return DIVERGES
    if max(steep, flat) <= 1e-4 ** (1 / 85):
        return REACHED
    return SWINGS if steep > flat else TOO_SLOW


LINE_RATE = Exercise(
    id="2.8",
    title="a rate for the line",
    debrief="No rate promises it in fewer than 74 steps: at the fastest one a step may leave 0.88 of the distance, and "
            "only another shape of the valley changes that.",
    kind="choice",
    reference=0.38,
    instances=lambda rng: [()],
    call=_line_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("RTE-a", 0.1, "It arrives, but after more than 85 steps: along the flat direction every step is too "
                "short."),
        Mistake("RTE-b", 0.405, "Below the limit and still too slow: along the steep direction the path jumps from "
                "one side to the other and hardly comes nearer."),
        Mistake("RTE-c", 0.45, "Beyond the limit: every step along the steep direction ends farther from the minimum "
                "than it began."),
    ),
    hints=(
        "Slide the rate up until the path begins to jump from side to side, then go back a little.",
        "The flattest and the steepest direction should shrink equally fast: equation (2.8).",
        "line_rate = ..., between 0.3 and 0.4",
    ),
    reminders={"type": "one positive number"},
    skeleton="line_rate = ...",
    minutes=5, level=1, core=False,
)

# 2.9 ------------------------------------------------------------------------------------------------------------------


def _until(small):
    """Descent from zero that stops when `small(slope, lr)` is below tol."""
    def descend_until(X, y, lr, tol, max_steps):
        theta = np.zeros(X.shape[1])
        for step in range(max_steps):
            slope = ops.mse_gradient(X, y, theta)
            if small(slope, lr) < tol:
                return theta, step, True
            theta = theta - lr * slope
        return theta, max_steps, False

    return descend_until


def _runs(rng):
    """Problems whose flattest direction leaves hundreds of steps between one rule and the next."""
    x = np.array([0.0, 1.0, 2.0, 3.0])
    cases = [(np.column_stack([np.ones(4), x]), np.array([4.0, 4.0, 7.0, 8.0]), 0.1, 1e-3, 1000)]
    for y in ([6.0, 3.0, 1.0, -2.0], [-6.0, -3.0, -1.0, 2.5]):  # one slope up and one down, with either sum
        cases.append((np.column_stack([np.ones(4), x - 1]), np.array(y), 0.1, 1e-3, 1000))
    for n, size, tol in ((7, 3, 1e-3), (9, 2, 1e-4)):
        X = np.column_stack([np.ones(n), rng.normal(size=(n, size - 1))])
        X[:, -1] = X[:, 0] + 0.4 * X[:, -1]
        lr = float(0.9 / np.linalg.eigvalsh(2 / n * X.T @ X)[-1])
        cases.append((X, X @ rng.uniform(1, 3, size=size) * rng.choice([-1, 1]) + rng.normal(size=n), lr, tol, 20_000))
    cases.append((*cases[3][:3], 1e-9, 20))
    # all slopes are positive at the start: who looks at their smallest does not stop there
    cases.append((np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([-1.0, -3.0, -5.0]), 0.2, 1e-6, 20_000))
    return cases


#: the planted fault -> (its line, what it does, the first hint, what to read after); the first is the chapter's own
_STOPPING_FAULTS = {
    "STO-a": (
        "if slope.max() < tol:",
        "On the line data, with the rate 0.3 and the tolerance $10^{-6}$, it returns $\\theta = (0, 0)$ after 0 steps "
        "and says that it has arrived.",
        "Print the gradient at the start, theta = 0: which sign have its entries?",
        "At the start both slopes are negative, about $-25$ and $-33$: the predictions are far too low, and both "
        "weights have to grow. The faulty rule compared the largest slope with the tolerance, and $-25$ is smaller "
        "than any tolerance. It stopped at once, at zero, and reported success. The length of the gradient has no "
        "sign to fall for.",
    ),
    "STO-d": (
        "if slope @ slope < tol:",
        "On the line data, with the rate 0.3 and the tolerance $10^{-6}$, it stops after 47 steps and says that it has "
        "arrived; but there the gradient still has the length 0.001, a thousand times the tolerance.",
        "A slope of 0.001 is compared with a tolerance of 0.000001: why does it pass?",
        "The faulty rule compared the square of the length with the tolerance, and squares of small numbers are much "
        "smaller. What a rule compares must be in one unit: a length with a length.",
    ),
    "STO-f": (
        "if np.abs(slope).min() < tol:",
        "On the standardized diabetes table, with the rate 0.2 and the tolerance 0.01, it stops after 15 steps and "
        "says that it has arrived; but there the gradient still has the length 0.9.",
        "How many of the eleven slopes have to be small before this rule stops?",
        "The faulty rule was content with one small slope. On a long way downhill a single slope can pass through zero "
        "and change its sign, while the others are still steep. The length is small only when all of them are.",
    ),
}


def _drawn_stopping_fault(rng):
    chapter, fault = _STOPPING_FAULTS["STO-a"], str(rng.choice(list(_STOPPING_FAULTS)))
    drawn = _STOPPING_FAULTS[fault]
    exchanged = {chapter[k]: drawn[k] for k in (0, 1, 3)}
    return {"untouched": fault, "hints": (drawn[2], *DESCEND_UNTIL.hints[1:])}, exchanged


DESCEND_UNTIL = Exercise(
    id="2.9",
    title="descend_until",
    debrief="The distance from the minimum is at most |gradient| divided by the smallest curvature: in a flat valley a "
            "point with a short gradient may be far off.",
    kind="bug",
    untouched="STO-a",
    reference=_until(lambda slope, lr: np.linalg.norm(slope)),
    instances=_runs,
    arguments=("X", "y", "lr", "tol", "max_steps"),
    contract=Contract(shapes={"X": ".D"}, zero="y", values={"max_steps": (1,)}),
    outputs=("theta", "steps", "arrived"),
    atol=1e-8,
    points=2,
    mistakes=(
        Mistake("STO-a", _until(lambda slope, lr: slope.max()), "A slope of -40 is steep too."),
        Mistake("STO-b", _until(lambda slope, lr: abs(slope.sum())), "Slopes of opposite sign cancel in your measure: "
                "a point with the slopes 5 and -5 would be a minimum."),
        Mistake("STO-c", _until(lambda slope, lr: np.linalg.norm(lr * slope)), "You measure the step, not the slope: a "
                "tiny learning rate would always have arrived."),
        Mistake("STO-d", _until(lambda slope, lr: slope @ slope), "Your measure is in squared units, so it looks much "
                "smaller than the slope is."),
        Mistake("STO-e", _until(lambda slope, lr: np.abs(slope).max()), "The largest slope is small, but the text asks "
                "for the length of the whole gradient."),
        Mistake("STO-f", _until(lambda slope, lr: np.abs(slope).min()), "One slope may be zero by chance while the "
                "others are steep."),
        Mistake("STO-g", _until(lambda slope, lr: abs(slope.mean())), "Slopes of opposite sign cancel in a mean."),
        Mistake("STO-h", _until(lambda slope, lr: slope.min()), "Your measure still knows the sign: one slope below 0 "
                "is enough for it."),
        Mistake("STO-i", _until(lambda slope, lr: slope.mean()), "Your measure still knows the sign: a mean below 0 "
                "is enough for it."),
    ),
    hints=(
        _STOPPING_FAULTS["STO-a"][2],
        "Stop when the length of the gradient, |grad J|, is below tol.",
        "np.linalg.norm gives the length of a vector",
    ),
    vary=_drawn_stopping_fault,
    minutes=10, level=2, core=False,
)

# 2.10 -----------------------------------------------------------------------------------------------------------------


def _pieces(order, size):
    return [order[start : start + size] for start in range(0, len(order), size)]


def _last_full_one_again(order, size):
    full = [piece for piece in _pieces(order, size) if len(piece) == size]
    return full if len(order) % size == 0 else [*full, *full[-1:]]


def _filled_up(order, size):
    *full, last = _pieces(order, size)
    return [*full, np.concatenate([last, order])[:size]]


def _strided(order, size):
    count = -(-len(order) // size)
    return [order[k::count] for k in range(count)]


def _with_an_empty_one(order, size):
    return [order[k * size : (k + 1) * size] for k in range(len(order) // size + 1)]


def _cut(order, size):
    """A loop that takes from the front."""
    pieces = []
    while len(order):
        pieces.append(order[:size])
        order = order[size:]
    return pieces


MINI_BATCHES = Exercise(
    id="2.10",
    title="mini_batches",
    debrief="In a last batch of 96 each sample weighs 1/96 of the step, not 1/128 as in the others: fair only because "
            "the order is drawn anew in every epoch.",
    library="course_lib.ops.mini_batches",
    reference=_pieces,
    instances=lambda rng: [
        (np.array([3, 0, 4, 1, 2]), 2),
        *((rng.permutation(n), size) for n, size in ((7, 3), (10, 5), (6, 1), (12, 5))),
        (np.roll(rng.permutation(4), 1), 9),
    ],
    arguments=("order", "size"),
    contract=Contract(shapes={"order": "N"},
                      values={"size": {"size = 1": 1, "one batch": lambda given: len(given["order"]),
                                       "size larger than the data": lambda given: len(given["order"]) + 1}}),
    mistakes=(
        Mistake("BAT-1", _last_full_one_again, "Count how often each number occurs in one epoch: some never do, others "
                "twice."),
        Mistake("BAT-2", lambda order, size: [p for p in _pieces(order, size) if len(p) == size],
                "Add up the sizes of your batches: samples are missing, in every epoch anew."),
        Mistake("BAT-3", lambda order, size: _pieces(np.arange(len(order)), size),
                "Your batches are the same for every order: the shuffle is lost."),
        Mistake("BAT-4", _filled_up, "All your batches are full, so some samples occur twice in the epoch. The last "
                "batch may be smaller."),
        Mistake("BAT-5", lambda order, size: [order[s : s + size + 1] for s in range(0, len(order), size)],
                "Neighboring batches share a sample. Look at the end of each slice."),
        Mistake("BAT-6", _strided, "A fair partition, but consecutive pieces were asked for; the check compares them "
                "in order.", convention=True),
        Mistake("BAT-a", _with_an_empty_one, "When size divides the number of samples, your last batch is empty."),
        Mistake("BAT-b", np.array_split, "size is that of a batch, not the number of batches."),
        Mistake("BAT-c", lambda order, size: [order[k::size] for k in range(size)], "size is that of a batch, not the "
                "distance from one of its samples to the next, nor the number of batches."),
    ),
    hints=(
        "Walk through order in strides of size, and cut.",
        "Piece k holds the places k size to (k + 1) size; a slice may reach beyond the end.",
        "range(0, len(order), size) gives the starts",
    ),
    reminders={"type": "a list of arrays, one a batch"},
    variants=(_cut, lambda order, size: tuple(np.split(order, range(size, len(order), size)))),
    minutes=8, level=1, core=True,
)

# 2.11 -----------------------------------------------------------------------------------------------------------------


@exchangeable
def _sgd(rate=lambda t, epoch, t0, t1: t0 / (t + t1), factor=lambda m, n, size: 2 / m, batch=lambda piece, n: piece,
         pieces=lambda numbers, size, n: _pieces(numbers, size), restart=False):
    """Mini-batch descent with a schedule, any part of it exchanged."""
    def answer(X, y, theta0, t0, t1, order, size):
        theta, t = theta0, 0
        for epoch, numbers in enumerate(order):
            t = 0 if restart else t
            for piece in pieces(numbers, size, len(X)):
                used = batch(piece, len(X))
                slope = factor(len(used), len(X), size) * X[used].T @ (X[used] @ theta - y[used])
                theta = theta - rate(t, epoch, t0, t1) * slope
                t += 1
        return theta

    return answer


def _sgd_with(X, y, theta0, t0, t1, order, size, first=0, factor=2):
    return _sgd(rate=lambda t, epoch, t0, t1: t0 / (t + first + t1), factor=lambda m, n, size: factor / m)(
        X, y, theta0, t0, t1, order, size)


def _start_changed(X, y, theta0, t0, t1, order, size):
    theta0 += _sgd()(X, y, theta0, t0, t1, order, size) - theta0
    return theta0


def _epochs(rng):
    cases = []
    for n, size, m, epochs in ((3, 2, 2, 1), (7, 3, 3, 4), (6, 2, 1, 3), (5, 4, 5, 6), (8, 2, 3, 2)):
        X = np.column_stack([np.ones(n), rng.normal(size=(n, size - 1))])
        order = np.array([rng.permutation(n) for _ in range(epochs)])
        cases.append((X, X @ rng.normal(size=size) + rng.normal(size=n), 1 + rng.normal(size=size), 0.5, 5.0, order, m))
    X = np.column_stack([np.ones(4), rng.normal(size=4)])  # more draws an epoch than samples
    order = np.array([[*rng.permutation(4), *rng.integers(0, 4, 3)] for _ in range(3)])
    return [*cases, (X, rng.normal(size=4) + 2, rng.normal(size=2), 0.5, 5.0, order, 3)]


STOCHASTIC_DESCENT = Exercise(
    id="2.11",
    title="stochastic_descent",
    debrief="The rate falls with the updates, so with batches half as large it falls twice as fast in epochs: t0 and "
            "t1 belong to one batch size.",
    library="course_lib.ops.stochastic_descent",
    from_library=calls.last_of_the_path,
    reference=_sgd(),
    instances=_epochs,
    arguments=("X", "y", "theta0", "t0", "t1", "order", "size"),
    contract=Contract(shapes={"X": ".D", "theta0": "D"}, whole="X, y", zero="theta0",
                      values={"size": {"size = 1": 1, "one batch": lambda given: len(given["y"])}}),
    outputs=("theta",),
    points=3,
    slots=Slots(_sgd_with, {
        "first": Slot("the t of the first update", 0, "At which number does t begin, and when does it grow?"),
        "factor": Slot("the factor of the mean of error times input", 2, "What is the slope of a square?")}),
    mistakes=(
        Mistake("SGD-a", _sgd(rate=lambda t, epoch, t0, t1: t0 / (epoch + t1)), "Your rate falls once an epoch. What "
                "does t count?"),
        Mistake("SGD-b", _sgd(factor=lambda m, n, size: 2 / n), "With small batches your steps are too short: the "
                "mean runs over the samples of the batch."),
        Mistake("SGD-c", _sgd(factor=lambda m, n, size: 2.0), "Your steps grow with the batch size. A gradient of a "
                "mean is asked for."),
        Mistake("SGD-d", _sgd(rate=lambda t, epoch, t0, t1: t0 / t1), "Your rate never falls, so the path never "
                "settles."),
        Mistake("SGD-e", _sgd(rate=lambda t, epoch, t0, t1: t0 / (t + 1 + t1)), "Every rate is a little too small: "
                "which number does the first update have?"),
        Mistake("SGD-f", _sgd(pieces=lambda order, size, n: [p for p in _pieces(order, size) if len(p) == size]),
                "Samples are lost in every epoch: the last batch may be smaller, and it counts."),
        Mistake("SGD-g", _sgd(factor=lambda m, n, size: -2 / m), "You walk uphill."),
        Mistake("SGD-h", _sgd(factor=lambda m, n, size: 1 / m), "Half as fast as it should be: what does the square "
                "leave behind?"),
        Mistake("SGD-i", _sgd(batch=lambda piece, n: np.arange(n)), "Every update uses all samples, whatever the "
                "batch is."),
        Mistake("SGD-k", _sgd(restart=True), "Your rate jumps up again with every epoch. Where is t set to 0?"),
        Mistake("SGD-l", _sgd(factor=lambda m, n, size: 2 / size), "The steps of the last batch are too short when it "
                "is smaller than the others."),
        Mistake("SGD-m", _sgd(pieces=lambda order, size, n: _pieces(order, size)[:-(-n // size)]), "An epoch may "
                "hold more draws than there are samples. What is cut into pieces: X, or the row of sample numbers?"),
        Mistake("SGD-n", _sgd(pieces=lambda order, size, n: _pieces(np.arange(n), size)), "Your batches are the same "
                "in every epoch. What is order for?"),
        Mistake("SGD-j", _start_changed, "The result is right, but the caller's theta0 has changed with it."),
    ),
    hints=(
        "Two loops, over the epochs and over the batches of an epoch, and a counter of updates that never restarts.",
        "theta <- theta - t0/(t + t1) (2/m) X_b^T (X_b theta - y_b), for the rows b of the batch.",
        "theta, t = theta0, 0",
    ),
    reminders={"shape": "theta keeps the shape of theta0, (P,)"},
    minutes=15, level=2, core=False,
)

EXERCISES = (STEP_BY_HAND, GRADIENT_DESCENT, DOWNHILL, STEP_LIMITS, LINE_RATE, DESCEND_UNTIL, MINI_BATCHES,
             STOCHASTIC_DESCENT)

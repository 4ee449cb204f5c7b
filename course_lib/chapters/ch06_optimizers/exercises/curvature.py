"""Exercises on the curvature of a loss: the ellipses of a quadratic model, and Newton's step."""

import numpy as np

from course_lib.chapters.ch06_optimizers import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# 6.1 ------------------------------------------------------------------------------------------------------------------


def ellipse(H):
    eigenvalues = np.linalg.eigvalsh(H)
    return 1 / np.sqrt(eigenvalues), 2 / eigenvalues.max()


def _hessians(rng):
    def turned(*eigenvalues):
        Q = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))[0]
        return Q @ np.diag(eigenvalues) @ Q.T

    return [
        (np.array([[2.0, 1.0], [1.0, 2.0]]),),
        (turned(0.25, 9.0),),
        (turned(*np.sort(rng.uniform(0.1, 20, size=4))),),
        case("already along the axes", np.diag([4.0, 0.5, 1.0])),
    ]


ELLIPSE = Exercise(
    id="6.1",
    title="ellipse",
    debrief="The condition number is the square of the ratio of the half axes: an ellipse ten times as long as it is "
            "wide has kappa = 100.",
    reference=ellipse,
    instances=_hessians,
    arguments=("H",),
    contract=Contract(shapes={"H": "PP"}),
    outputs=("half_axes", "edge"),
    mistakes=(
        Mistake("ELL-a", lambda H: (np.sqrt(np.linalg.eigvalsh(H))[::-1], ellipse(H)[1]),
                "half_axes: where the curvature is large the loss rises soon. Is the ellipse long or short there?"),
        Mistake("ELL-b", lambda H: (1 / np.linalg.eigvalsh(H), ellipse(H)[1]),
                "half_axes: the loss grows with the square of the distance. Solve lambda a^2 = 1 for a."),
        Mistake("ELL-c", lambda H: (ellipse(H)[0], 2 / np.linalg.eigvalsh(H).min()),
                "edge: which direction is the first to leave, the steepest or the flattest?"),
        Mistake("ELL-d", lambda H: (ellipse(H)[0], 1 / np.linalg.eigvalsh(H).max()),
                "edge: at this rate the steep direction arrives in one step. How far beyond may it go and still "
                "come nearer?"),
        Mistake("ELL-e", lambda H: (1 / np.sqrt(np.sort(np.diag(H))), 2 / np.diag(H).max()),
                "Only for an ellipse along the axes does the diagonal hold the curvatures."),
        Mistake("ELL-f", lambda H: (ellipse(H)[0][::-1], ellipse(H)[1]),
                "half_axes: the right lengths, the shortest first. The longest comes first here."),
        Mistake("ELL-g", lambda H: (ellipse(H)[0], np.linalg.eigvalsh(H).max() / 2),
                "edge: a rate that grows with the curvature? Turn it over."),
        Mistake("ELL-h", lambda H: (1 / np.sqrt(np.linalg.eig(H)[0]), ellipse(H)[1]),
                "half_axes: the right lengths in no order. In which order does your function hand out eigenvalues?"),
        Mistake("ELL-i", lambda H: (2 * ellipse(H)[0], ellipse(H)[1]),
                "half_axes: those are whole axes, from one end of the ellipse to the other."),
        Mistake("ELL-j", lambda H: (ellipse(H)[0], 2 / np.trace(H)),
                "edge: the sum of all curvatures is too cautious. Which one of them limits the rate?"),
    ),
    hints=(
        "Turn to the directions of the eigenvectors: there the loss is a sum of one-dimensional parabolas.",
        "half axes 1/sqrt(lambda_i), edge 2/lambda_max.",
        "eigenvalues = np.linalg.eigvalsh(H)",
    ),
    reminders={"type": "return the pair (half_axes, edge)", "shape": "one half axis for every weight, and one number",
               "value": "four times as large an H halves the half axes and quarters the edge"},
    minutes=6,
    level=1,
    core=False,
    variants=(
        lambda H: (np.sort(np.linalg.eig(H)[0] ** -0.5)[::-1], 2 / np.linalg.norm(H, 2)),
        lambda H: (np.sqrt(np.linalg.svd(np.linalg.inv(H))[1]), 2 * np.linalg.svd(np.linalg.inv(H))[1][-1]),
    ),
)


# 6.17 -----------------------------------------------------------------------------------------------------------------


def newton(grad, hess, x0, tol):
    x, n = x0, 0
    while True:
        step = grad(x) / hess(x)
        x, n = x - step, n + 1
        if abs(step) < tol or n == 100:
            return x, n


@exchangeable
def _newton(step=lambda g, h: g / h, small=lambda step, tol: abs(step) < tol, sign=-1, early=False, most=100):
    @quiet
    def find(grad, hess, x0, tol):
        x, n = x0, 0
        while n < most:
            move = step(grad(x), hess(x))
            if early and small(move, tol):
                return x, n
            x, n = x + sign * move, n + 1
            if small(move, tol):
                break
        return x, n

    return find


def _counted(grad, hess, x0, tol):
    x = float(x0)
    for n in range(1, 101):
        new = x - grad(x) * hess(x) ** -1
        if -tol < new - x < tol:
            return new, n
        x = new
    return x, 100


def _counted_from_zero(grad, hess, x0, tol):
    x, n = newton(grad, hess, x0, tol)
    return x, n - 1


def _until_level(grad, hess, x0, tol):
    """Stops where the slope is short, not the step."""
    x, n = x0, 0
    while n < 100 and abs(grad(x)) >= tol:
        x, n = x - grad(x) / hess(x), n + 1
    return x, n


def _before_the_last(grad, hess, x0, tol):
    before, n = x0, newton(grad, hess, x0, tol)[1]
    for _ in range(n - 1):
        before = before - grad(before) / hess(before)
    return before, n


def _never_done(grad, hess, x0, tol):
    x = x0
    for _ in range(100):
        x = x - grad(x) / hess(x)
    return x, 100


def _step_by_step(grad, hess, x0, tol):
    places = [x0]
    while len(places) == 1 or (np.abs(places[-1] - places[-2]) >= tol and len(places) <= 100):
        places.append((places[-1] * hess(places[-1]) - grad(places[-1])) / hess(places[-1]))
    return places[-1], len(places) - 1


NEWTON = Exercise(
    id="6.17",
    title="newton",
    debrief="On a parabola one step arrives from anywhere: the rate that nobody has to choose is 1/f''.",
    library="course_lib.ops.newton",
    from_library=calls.end_and_length,
    reference=newton,
    instances=lambda rng: [
        (np.array([1.0, 0.0, -3.0, 1.0, 0.0]), 2.0, 1e-10),
        (np.array([1.0, 0.0, 2.0, -1.0, 0.0]), -1.0, 1e-10),  # the first step goes to the right
        case("a parabola", np.array([2.0, -8.0, 1.0]), 5.0, 1e-8),
        (rng.uniform([0.4, -0.2, 2.0, -1.0, 0.0], [0.8, 0.2, 4.0, 1.0, 0.0]), float(rng.uniform(2, 4)), 1e-10),
        case("a step as long as tol", np.array([2.0, -8.0, 1.0]), 5.0, 3.0),
        case("a coarse tolerance", np.array([1.0, 0.0, -3.0, 1.0, 0.0]), 2.0, 0.1),
        case("begins at the minimum", np.array([1.0, 0.0, 0.0]), 0.0, 1e-8),
        case("a maximum", np.array([-1.0, 2.0, 0.0]), 4.0, 1e-8),
        case("slow: the curvature is zero there", np.array([1.0, 0.0, 0.0, 0.0, 0.0]), 1.0, 1e-30),
    ],
    call=calls.newton,
    arguments=("coefficients of f", "x0", "tol"),
    contract=Contract(values={"tol": (1.0,)}),
    outputs=("x", "steps"),
    rtol=1e-8,
    mistakes=(
        Mistake("NWT-1", _newton(small=lambda step, tol: step < tol), "Is -5 a small step?"),
        Mistake("NWT-2", _newton(sign=1), "You walk away. A positive slope means: go left."),
        Mistake("NWT-3", _newton(step=lambda g, h: g * h), "Large curvature should shorten the step."),
        Mistake("NWT-5", _newton(step=lambda g, h: g / h / 2), "Count the correct digits a step: they should double. "
                "Where does your factor come from?"),
        Mistake("NWT-6", _newton(step=lambda g, h: g), "Where did the second derivative go?"),
        Mistake("NWT-7", _newton(step=lambda g, h: h / g), "This is the quotient upside down."),
        Mistake("NWT-a", _newton(step=lambda g, h: g / abs(h)), "With |f''| the step always goes downhill. That is a "
                "good idea, but another method: Newton's step goes to the vertex of the parabola, be it a maximum."),
        Mistake("NWT-c", _counted_from_zero, "steps: one too few. Does your count begin at 0, or leave out the last "
                "one?"),
        Mistake("NWT-k", _newton(most=10_000), "steps: more than 100. What ends your loop where the steps never become "
                "short enough?"),
        Mistake("NWT-b", _newton(early=True), "The last step is not taken, or not counted: first comes "
                "the step, then the test whether it was short."),
        Mistake("NWT-g", _before_the_last, "The count is right, but you return the place from which the last step was "
                "taken."),
        Mistake("NWT-h", lambda grad, hess, x0, tol: (x0 - grad(x0) / hess(x0), 1), "One step reaches the bottom of a "
                "parabola only. When does your loop end?"),
        Mistake("NWT-i", lambda grad, hess, x0, tol: _newton()(lambda x: grad(x0), lambda x: hess(x0), x0, tol),
                "Every step is the same, measured at the start. Which x does it begin from?"),
        Mistake("NWT-d", quiet(_until_level), "Your loop ends when the slope is small. What has to be shorter than "
                "tol here?"),
        Mistake("NWT-e", quiet(_never_done), "The place is right, but your loop always takes all 100 steps. When may "
                "it end?"),
        Mistake("NWT-f", lambda grad, hess, x0, tol: _newton()(grad, lambda x: hess(x0), x0, tol),
                "Every step divides by the curvature at the start. Where is it measured?"),
    ),
    hints=(
        "Put a parabola with the same slope and curvature through the point, and go to its vertex.",
        "x <- x - f'(x)/f''(x), until the size of the step is below tol; at most 100 steps.",
        "x, n, step = x0, 0, np.inf, and a loop that goes on while the step is not short",
    ),
    reminders={"type": "return the pair (x, steps)", "value": "print x and the step in every turn; close to the end "
               "each step should be far shorter than the one before"},
    points=2,
    minutes=8,
    level=2,
    core=False,
    variants=(_counted, _step_by_step),
)

EXERCISES = (ELLIPSE, NEWTON)

"""Exercises on eigenvectors, slopes of functions of many variables, and quadratic forms."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch01_linear_algebra import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

# 1.14 -----------------------------------------------------------------------------------------------------------------


def first_eigenvector(A, v0, steps):
    v = v0 / np.sqrt(v0 @ v0)
    for _ in range(steps):
        v = A @ v
        v = v / np.sqrt(v @ v)
    return float(v @ A @ v), v


def _matrices(rng):
    cases = [(np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.0]), 1),
             (np.array([[-3.0, 1.0], [0.0, 1.0]]), np.array([1.0, 2.0]), 2)]
    for n, steps in ((3, 2), (4, 3), (3, 1000)):
        V = np.linalg.qr(rng.normal(size=(n, n)))[0]
        values = np.concatenate([[-4.0], rng.uniform(0.5, 2, size=n - 1)])
        cases.append(((V * values) @ V.T + 0.1 * np.triu(np.ones((n, n)), 1), rng.uniform(1, 2, size=n), steps))
    return cases


@exchangeable
def _iterated(multiply=lambda A, v: A @ v, length=lambda v: np.sqrt(v @ v), value=None, extra=0, every=True,
              later=None):
    @quiet
    def answer(A, v0, steps):
        v = v0 / length(v0)
        before = v
        for _ in range(steps + extra):
            before, v = v, multiply(A, v)
            v = v / (later or length)(v) if every else v
        v = v if every else v / length(v)
        return float(v @ A @ v if value is None else value(A, v, before)), v

    return answer


FIRST_EIGENVECTOR = Exercise(
    id="1.14",
    title="first_eigenvector",
    debrief="Each step shrinks the other directions by the ratio of the eigenvalues: a small gap means many steps.",
    library="course_lib.ops.power_iteration",
    from_library=calls.value_and_vector,
    reference=first_eigenvector,
    instances=_matrices,
    arguments=("A", "v0", "steps"),
    contract=Contract(shapes={"A": "LL", "v0": "L"}, whole="A", negative="v0"),
    outputs=("value", "v"),
    mistakes=(
        Mistake("PWR-a", _iterated(every=False),
                "Without scaling in every step the vector grows like a power of the eigenvalue, and after a thousand "
                "steps it is beyond the range of float64."),
        Mistake("PWR-b", _iterated(value=lambda A, v, before: np.sqrt((A @ v) @ (A @ v))),
                "value: a length has no sign, an eigenvalue has one."),
        Mistake("PWR-c", _iterated(value=lambda A, v, before: before @ A @ before),
                "value: it belongs to the vector before the last step."),
        Mistake("PWR-d", _iterated(extra=1), "You made one step too many."),
        Mistake("PWR-e", _iterated(extra=-1), "You made one step too few."),
        Mistake("PWR-f", _iterated(multiply=lambda A, v: v @ A),
                "You multiplied from the other side. That finds the same for symmetric matrices only."),
        Mistake("PWR-g", _iterated(length=lambda v: np.abs(v).max()),
                "v: the direction is right, the length is not 1. Which norm did you divide by?"),
        Mistake("PWR-i", _iterated(value=lambda A, v, before: np.sqrt((A @ before) @ (A @ before))),
                "value: a length has no sign, an eigenvalue has one."),
        Mistake("PWR-j", _iterated(length=lambda v: 1.0), "Nothing brings the vector back to length 1."),
        Mistake("PWR-m", _iterated(later=lambda v: 1.0), "Only the start has length 1: each product makes the vector "
                "longer or shorter. What keeps it at 1?"),
        Mistake("PWR-k", _iterated(length=lambda v: v.max()),
                "v: the largest entry is no length. Which norm is meant to be 1?"),
        Mistake("PWR-l", _iterated(length=lambda v: v.sum()),
                "v: a sum of entries is no length. Which norm is meant to be 1?"),
        Mistake("PWR-h", _iterated(value=lambda A, v, before: v @ v),
                "value: the vector has length 1, so this is always 1. Where does A come in?"),
    ),
    hints=(
        "Multiply, divide by the length, repeat; the value comes at the end.",
        "v <- A v / |A v|, steps times; value = v^T A v.",
        "v = v0 / np.sqrt(v0 @ v0)",
    ),
    reminders={"type": "return the pair (value, v)", "shape": "v has the shape of v0"},
    rtol=1e-6,
    points=2,
    minutes=12, level=2, core=False,
)

# 1.15 -----------------------------------------------------------------------------------------------------------------


def _forms(rng):
    first = (np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([1.0, -1.0]))
    return [first, *((rng.normal(size=(n, n)), rng.normal(size=n)) for n in (1, 2, 3, 5))]


QUADRATIC_GRADIENT = Exercise(
    id="1.15",
    title="quadratic_gradient",
    debrief="Only the symmetric half (A + A^T)/2 of A counts: for an antisymmetric matrix x^T A x is 0 everywhere, and "
            "so is its gradient.",
    reference=lambda A, x: (A + A.T) @ x,
    instances=_forms,
    arguments=("A", "x"),
    contract=Contract(shapes={"A": "LL", "x": "L"}, zero="x"),
    outputs=("gradient",),
    mistakes=(
        Mistake("QFG-a", lambda A, x: 2 * A @ x,
                "Right when A is symmetric. In x^T A x the vector stands on both sides of A, and you took the "
                "contribution of the left one twice. What does the right one contribute?"),
        Mistake("QFG-b", lambda A, x: A @ x, "x appears twice in the form; the product rule gives two terms."),
        Mistake("QFG-c", lambda A, x: 2 * A.T @ x,
                "Right when A is symmetric. Which of the two terms did you take twice?"),
        Mistake("QFG-d", lambda A, x: float(x @ A @ x), "This is the form itself, one number. A gradient has the "
                "shape of x."),
        Mistake("QFG-e", lambda A, x: (A + A.T) @ x / 2, "The factor 1/2 belongs to another function, x^T A x / 2."),
        Mistake("QFG-f", lambda A, x: A + A.T, "This is the matrix of second slopes. Where is the point?"),
    ),
    hints=(
        "Write out x_1 A_11 x_1 + x_1 A_12 x_2 + ... and differentiate by one entry.",
        "grad = (A + A^T) x.",
        "return (A + ...) @ x",
    ),
    reminders={"shape": "the gradient has one entry for each entry of x"},
    minutes=6, level=1, core=True,
)

# 1.16 -----------------------------------------------------------------------------------------------------------------


def _shares(rng):
    cases = [np.array([0.7, 0.2, 0.1]), np.array([0.25, 0.75])]
    return [(s,) for s in (*cases, rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(5)), np.array([0.999, 0.001]))]


SOFTMAX_JACOBIAN = Exercise(
    id="1.16",
    title="softmax_jacobian",
    debrief="Where a share is near 0 or 1, its whole row of slopes is near 0: a softmax that is sure hardly answers to "
            "its scores any more.",
    library="course_lib.ops.softmax_jacobian",
    reference=ops.softmax_jacobian,
    instances=_shares,
    arguments=("s",),
    contract=Contract(whole="", values={"s": {
        "equal shares": lambda given: np.full_like(given["s"], 1 / len(given["s"]))}}),
    outputs=("J",),
    mistakes=(
        Mistake("SJA-a", lambda s: np.diag(s * (1 - s)),
                "Only the diagonal: when one score rises, what happens to the shares of the others?"),
        Mistake("SJA-b", lambda s: np.diag(s) + np.outer(s, s),
                "Each column should sum to zero, since the shares always sum to one."),
        Mistake("SJA-c", lambda s: s * (1 - s), "A vector holds one slope an entry. How many pairs of output and input "
                "are there?"),
        Mistake("SJA-d", lambda s: -np.outer(s, s), "The diagonal is negative: raising a score cannot lower its own "
                "share."),
        Mistake("SJA-e", lambda s: s[:, None] * (1 - s[None, :]),
                "Away from the diagonal your slopes are positive. Can all shares rise together?"),
        Mistake("SJA-g", lambda s: np.diag(s * (1 - s)) - np.outer(s, s),
                "The square of a share is subtracted twice on the diagonal. Which of your two parts holds it already?"),
        Mistake("SJA-h", lambda s: np.diag(s - 2 * s**2) + np.outer(s, s),
                "Away from the diagonal your slopes are positive. Can all shares rise together?"),
        Mistake("SJA-i", lambda s: np.diag(s * (1 - s)) + np.outer(s, s),
                "Each column should sum to zero, since the shares always sum to one."),
        Mistake("SJA-f", lambda s: np.eye(len(s)) - np.outer(s, s),
                "The diagonal begins with s_i, not with 1: test it with two equal shares."),
    ),
    hints=(
        "Differentiate s_i = exp(z_i) / sum by its own score and by another one.",
        "J_ij = s_i (1 - s_i) for i = j and -s_i s_j otherwise.",
        "J = np.diag(s) - ...",
    ),
    reminders={"shape": "one row an output, one column an input: (C, C)"},
    minutes=10, level=2, core=False,
)

# 1.17 -----------------------------------------------------------------------------------------------------------------

KINDS = ("positive", "semidefinite", "indefinite", "negative")
_FORMS = {"A": "positive", "B": "indefinite", "C": "positive", "D": "semidefinite", "E": "negative", "F": "indefinite"}


def _kind(words):
    """The kind in the word of the exercise: "Positive semi-definite" is meant as well."""
    words = words.strip().lower().replace("semi-", "semi").replace("-", " ")
    return "semidefinite" if words == "positive semidefinite" else words.removesuffix(" definite")


def _kinds(answer):
    if not isinstance(answer, dict) or set(answer) != set(_FORMS):
        raise TypeError(f"a dict with the keys {', '.join(_FORMS)} is expected, each with one of {', '.join(KINDS)}")
    kinds = {key: _kind(str(answer[key])) for key in _FORMS}
    for key, kind in kinds.items():
        if kind not in KINDS:
            raise ValueError(f"{key} is {answer[key]!r:.40}, expected one of {', '.join(KINDS)}")
    return tuple(kinds.values())


DEFINITE = Exercise(
    id="1.17",
    title="kinds of quadratic forms",
    debrief="For a symmetric 2 x 2 matrix a11 > 0 together with det > 0 means positive; det > 0 alone also holds for "
            "E, which is negative.",
    kind="choice",
    reference=_FORMS,
    instances=lambda rng: [()],
    call=_kinds,
    outputs=tuple(_FORMS),
    mistakes=(
        Mistake("DEF-a", _FORMS | {"B": "positive"},
                "B has positive entries only. Try v = (1, -1): what is v^T B v?"),
        Mistake("DEF-b", _FORMS | {"E": "positive"},
                "E has a positive determinant. Are its eigenvalues positive, or is only their product?"),
        Mistake("DEF-c", _FORMS | {"D": "positive"},
                "D: is there a v other than 0 with v^T D v = 0?"),
        Mistake("DEF-d", _FORMS | {"C": "indefinite"},
                "C has negative entries beside the diagonal. What are its eigenvalues?"),
        Mistake("DEF-e", _FORMS | {"F": "positive"}, "F: look along the second axis."),
        Mistake("DEF-f", _FORMS | {"D": "indefinite"}, "D: is there a v with v^T D v below 0?"),
    ),
    hints=(
        "The signs of the eigenvalues decide; for two rows, trace and determinant give sum and product of them.",
        "All positive: positive definite; one zero: semidefinite; both signs: indefinite.",
        'kinds = {"A": "positive", "B": ..., ...}',
    ),
    points=2,
    skeleton="kinds = dict(A=..., B=..., C=..., D=..., E=..., F=...)",
    minutes=8, level=2, core=False,
)

EXERCISES = (FIRST_EIGENVECTOR, QUADRATIC_GRADIENT, SOFTMAX_JACOBIAN, DEFINITE)

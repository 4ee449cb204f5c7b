"""Exercises on singular values, the pseudo-inverse and principal directions."""

import numpy as np

from course_lib import ops
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# 1.18 -----------------------------------------------------------------------------------------------------------------


def _to_shorten(rng):
    first = (np.array([[2.0, 0.0, 1.0], [0.0, 3.0, -1.0]]), 1)
    return [first, *((rng.normal(size=shape), k) for shape, k in (((4, 3), 2), ((3, 5), 2), ((4, 4), 1), ((5, 3), 1)))]


@exchangeable
def _shortened(kept=lambda s, k: slice(0, k), rebuilt=None, error=None):
    """The product of the kept parts and the length of the dropped ones, one step exchanged."""

    @quiet
    def answer(A, k):
        U, s, Vt = np.linalg.svd(A, full_matrices=False)
        part = kept(s, k)
        A_k = (U[:, part] * s[part]) @ Vt[part] if rebuilt is None else rebuilt(U, s, Vt, k)
        dropped = s.copy()
        dropped[part] = 0
        return A_k, float(np.sqrt((dropped**2).sum()) if error is None else error(s, dropped))

    return answer


def _sum_of_parts(A, k):
    """Rank one by rank one, the error measured."""
    U, s, Vt = np.linalg.svd(A)
    A_k = sum(s[i] * np.outer(U[:, i], Vt[i]) for i in range(k))
    return A_k, np.linalg.norm(A - A_k)


def _projected(A, k):
    """A on the first k left directions."""
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    return U[:, :k] @ (U[:, :k].T @ A), float(np.sqrt(np.sum(s**2) - np.sum(s[:k] ** 2))) if k < len(s) else 0


LOW_RANK = Exercise(
    id="1.18",
    title="low_rank",
    debrief="A better picture only adds to a worse one: A_(k+1) is A_k and one part more, so a single SVD serves every "
            "k.",
    library="course_lib.ops.low_rank",
    reference=ops.low_rank,
    instances=_to_shorten,
    arguments=("A", "k"),
    contract=Contract(shapes={"A": "RQ"},
                      values={"k": {"all parts kept": lambda given: min(given["A"].shape)}}),
    outputs=("A_k", "error"),
    mistakes=(
        Mistake("LRK-a", _shortened(kept=lambda s, k: slice(len(s) - k, len(s))),
                "You kept the parts that carry least. In which order do singular values come?"),
        Mistake("LRK-b", _shortened(rebuilt=lambda U, s, Vt, k: (U[:, :k] * s[:k]) @ Vt[:, :k].T),
                "A_k: is the third result of the SVD routine V or its transpose?"),
        Mistake("LRK-c", _shortened(error=lambda s, dropped: (dropped**2).sum()),
                "error: you have the squared norm. Which power undoes the squares?"),
        Mistake("LRK-d", _shortened(error=lambda s, dropped: dropped.sum()),
                "error: in which sense do the dropped parts add up, given that they are orthogonal?"),
        Mistake("LRK-e", _shortened(error=lambda s, dropped: np.sqrt((s**2).sum() - (dropped**2).sum())),
                "error: this is the length of what you kept."),
        Mistake("LRK-f", _shortened(rebuilt=lambda U, s, Vt, k: U[:, :k] @ Vt[:k]),
                "A_k: every part has a size. Where are the singular values?"),
        Mistake("LRK-g", _shortened(kept=lambda s, k: slice(0, k + 1)), "You kept one part more than k."),
        Mistake("LRK-h", _shortened(kept=lambda s, k: slice(1, k + 1)), "A_k: the first part is missing. Where do "
                "indices begin?"),
        Mistake("LRK-i", _shortened(error=lambda s, dropped: dropped.max()),
                "error: this is the largest stretch that was dropped, not all of them."),
    ),
    hints=(
        "Keep the first k columns of U, the first k values, and the first k rows of V^T.",
        "A_k = sum over i <= k of s_i u_i v_i^T; error^2 = sum over i > k of s_i^2.",
        "U, s, Vt = np.linalg.svd(A, full_matrices=False)",
    ),
    reminders={"type": "return the pair (A_k, error)", "shape": "A_k has the shape of A"},
    points=2,
    variants=(_sum_of_parts, _projected),
    minutes=10, level=2, core=False,
)

# 1.19 -----------------------------------------------------------------------------------------------------------------

#: Parts of the photograph that leave less than 10 percent of its Frobenius norm: 9.94 percent, where 23 leave 10.12.
#: Measured by `course_lib.chapters.ch01_linear_algebra.experiments.photograph_errors`.
FEWEST_PARTS = 24

#: What the choice leads to: 0 is the goal, the others are ways to miss it.
REACHED, SQUARED, TOO_FEW, ONE_TOO_MANY, TOO_MANY = range(5)


def _parts_outcome(k):
    if not isinstance(k, int | float | np.number) or int(k) != k or not 0 <= k <= 256:
        raise ValueError(f"a whole number from 0 to 256 is expected, without quotes or brackets, got {k!r:.40}")
    if k < FEWEST_PARTS:
        return SQUARED if k == 1 else TOO_FEW
    return REACHED if k == FEWEST_PARTS else ONE_TOO_MANY if k == FEWEST_PARTS + 1 else TOO_MANY


HOW_MANY = Exercise(
    id="1.19",
    title="how many parts",
    debrief="An error of a tenth is a squared error of a hundredth: 24 of 256 parts carry 99 percent of the squared "
            "norm, in 15,384 numbers in place of 98,304.",
    kind="choice",
    reference=FEWEST_PARTS,
    instances=lambda rng: [()],
    call=_parts_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("HMP-a", 1, "With one part the squared error is below 10 percent of the squared norm. The task speaks "
                "of the error itself."),
        Mistake("HMP-b", FEWEST_PARTS + 1, "One fewer will do. Does your count begin at 0 or at 1?"),
        Mistake("HMP-c", 3, "With so few parts the error is still above 10 percent."),
        Mistake("HMP-d", 78, "The error is below 10 percent, but fewer parts do that too."),
    ),
    hints=(
        "Use the slider, or compute the error for all k from the singular values.",
        "error(k) = sqrt(s_(k+1)^2 + s_(k+2)^2 + ...) as a share of sqrt(s_1^2 + s_2^2 + ...).",
        "fewest = ..., between 20 and 30",
    ),
    reminders={"type": "a whole number is expected"},
    skeleton="fewest = ...",
    minutes=6, level=1, core=False,
)

# 1.20 -----------------------------------------------------------------------------------------------------------------


def _to_invert(rng):
    dependent = np.outer([1.0, 2.0, 3.0], [1.0, 2.0])
    return [
        (np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]),),
        (dependent,),
        (rng.normal(size=(5, 3)),),
        (rng.normal(size=(2, 4)),),
        (rng.normal(size=(4, 2)) @ rng.normal(size=(2, 3)),),
        (rng.normal(size=(3, 3)),),
        (1e-20 * rng.normal(size=(3, 2)),),  # "zero" is meant relative to the largest singular value
        ((np.linalg.qr(rng.normal(size=(3, 2)))[0] * [1, 1e-4]) @ np.linalg.qr(rng.normal(size=(2, 2)))[0],),
        case("a singular value far below rounding", np.array([[1e9, 0.0], [0.0, 1e-8], [0.0, 0.0]])),
        case("a small singular value that is none of rounding", np.array([[1.0, 0.0], [0.0, 1e-9], [0.0, 0.0]])),
    ]


@exchangeable
def _inverted(reciprocal, V=lambda Vt: Vt.T):
    @quiet
    def answer(A):
        U, s, Vt = np.linalg.svd(A, full_matrices=False)
        return (V(Vt) * reciprocal(s, max(A.shape) * np.finfo(float).eps * s[0])) @ U.T

    return answer


def _of_large(s, zero):
    return np.where(s > zero, 1 / np.where(s > zero, s, 1), 0)


def _part_by_part(A):
    """Rank one by rank one, up to the first part that is zero."""
    U, s, Vt = np.linalg.svd(A)
    inverse = np.zeros((A.shape[1], A.shape[0]))
    for i, size in enumerate(s):
        if size <= max(A.shape) * np.finfo(float).eps * s[0]:
            break
        inverse += np.outer(Vt[i], U[:, i]) / size
    return inverse


PINV = Exercise(
    id="1.20",
    title="pinv",
    debrief="Just above the limit a reciprocal is huge, just below it is 0: columns that are nearly dependent are the "
            "hard case, not those that are.",
    library="course_lib.ops.pinv",
    reference=ops.pinv,
    instances=_to_invert,
    arguments=("A",),
    contract=Contract(shapes={"A": "RQ"}),
    outputs=("A+",),
    mistakes=(
        Mistake("PNV-1", _inverted(lambda s, zero: 1 / s), "What is the reciprocal of a number that should be zero? "
                "Which numbers count as zero, beside which size?"),
        Mistake("PNV-2", quiet(lambda A: np.linalg.inv(A.T @ A) @ A.T), "Does the inverse you use exist for this "
                "matrix?"),
        Mistake("PNV-3", _inverted(_of_large, V=lambda Vt: Vt), "What does the SVD routine call its third result?"),
        Mistake("PNV-4", lambda A: np.linalg.solve(A.T @ A + 0.1 * np.eye(A.shape[1]), A.T),
                "You added a number alpha to the diagonal. How small must alpha become?"),
        Mistake("PNV-5", _inverted(lambda s, zero: s),
                "Multiplying by A and then by the result should bring you back."),
        Mistake("PNV-6", quiet(lambda A: A.T @ np.linalg.inv(A @ A.T)),
                "Which of A^T A and A A^T can have full rank here?"),
        Mistake("PNV-7", _inverted(lambda s, zero: np.where(s < s[0], 1 / s, 0)),
                "You discarded the direction that matters most."),
        Mistake("PNV-a", _inverted(lambda s, zero: _of_large(s, 1e-10)),
                "Measure A in another unit, and all its singular values change by one factor. Does your bound for zero "
                "change with them?"),
        Mistake("PNV-c", _inverted(lambda s, zero: _of_large(s, zero / s[0])),
                "Your bound for zero is the same however large A is. Measure A in another unit: all its singular "
                "values change by one factor. Which of them belongs to the bound?"),
        Mistake("PNV-b", _inverted(lambda s, zero: _of_large(s, 1e-3 * s[0])),
                "You discarded a direction that is short but real. How large is what rounding leaves of a zero?"),
    ),
    hints=(
        "Take A apart, invert each stretch that is not zero, put it together in reverse order.",
        "A+ = V diag(1/s_i where s_i > tol s_1, else 0) U^T with tol = max(m, n) eps.",
        "U, s, Vt = np.linalg.svd(A, full_matrices=False)",
    ),
    reminders={"shape": "the pseudo-inverse of (m, n) is (n, m)"},
    points=3,
    variants=(_part_by_part, lambda A: np.linalg.pinv(A, rcond=max(A.shape) * np.finfo(float).eps)),
    minutes=15, level=3, core=False,
)

# 1.21 -----------------------------------------------------------------------------------------------------------------


def _clouds(rng):
    angles = np.pi * np.arange(4) / 4
    first = np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 5.5], [6.0, 7.5]])
    cases = [(first, np.column_stack([np.cos(angles), np.sin(angles)]))]
    for n, d, m in ((6, 3, 5), (8, 2, 3), (5, 4, 7)):
        D = rng.normal(size=(m, d))
        X = rng.normal(size=(n, d)) * np.linspace(3, 0.5, d) + rng.uniform(2, 4, size=d)
        cases.append((X, D / np.linalg.norm(D, axis=1, keepdims=True)))
    return cases


@exchangeable
def _judged_directions(errors, best=np.argmin, center=True):
    def answer(X, D):
        B = X - X.mean(axis=0) if center else X
        found = errors(B, D)
        return found, int(best(found))

    return answer


def _captured(B, D):
    return np.sum((B @ D.T) ** 2, axis=0)


#: line of the student's notebook that is wrong -> the mistake it makes; the first is that of the chapter
_SLIPS = {
    "errors = np.sum(B**2) + captured": "DIR-a",
    "errors = captured - np.sum(B**2)": "DIR-f",
    "errors = captured": "DIR-g",
}


def _drawn_slip(rng):
    line = list(_SLIPS)[int(rng.integers(len(_SLIPS)))]
    return {"untouched": _SLIPS[line]}, {next(iter(_SLIPS)): line}


BEST_DIRECTION = Exercise(
    id="1.21",
    title="best_direction",
    debrief="For each direction the error and the captured part add up to the scatter |B|_F^2: a test of that sum "
            "finds such a slip without knowing the answer.",
    kind="bug",
    reference=_judged_directions(lambda B, D: np.sum(B**2) - _captured(B, D)),
    instances=_clouds,
    arguments=("X", "D"),
    contract=Contract(shapes={"D": "R."}, whole="X"),
    outputs=("errors", "best"),
    untouched="DIR-a",
    mistakes=(
        Mistake("DIR-a", _judged_directions(lambda B, D: np.sum(B**2) + _captured(B, D)),
                "The error exceeds the whole scatter: a projection cannot make things worse than nothing."),
        Mistake("DIR-b", _judged_directions(lambda B, D: np.sum(B**2) + _captured(B, D), best=np.argmax),
                "best is right now, the errors are not: the fault is one step earlier."),
        Mistake("DIR-c", _judged_directions(_captured, best=np.argmax),
                "errors holds what the directions capture. What do they leave?"),
        Mistake("DIR-d", _judged_directions(lambda B, D: np.sum(B**2) - _captured(B, D), center=False),
                "Where is the origin of your directions?"),
        Mistake("DIR-e", _judged_directions(lambda B, D: np.sum(B**2) - _captured(B, D), best=np.argmax),
                "Of the errors you named the largest."),
        Mistake("DIR-f", _judged_directions(lambda B, D: _captured(B, D) - np.sum(B**2)),
                "Your errors are negative. Which of the two is larger, the whole or a part of it?"),
        Mistake("DIR-g", _judged_directions(_captured),
                "The direction named best is the one that captures least. What does your line hold, what is kept or "
                "what is lost?"),
    ),
    hints=(
        "Use Pythagoras: scatter, captured part and error are the sides of right-angled triangles, one a sample.",
        "|B - B d d^T|^2 = |B|^2 - |B d|^2.",
        "Only the line of errors has to change.",
    ),
    reminders={"type": "return the pair (errors, best)"},
    points=2,
    vary=_drawn_slip,
    minutes=10, level=2, core=False,
)

# 1.22 -----------------------------------------------------------------------------------------------------------------


def _samples(rng):
    first = (np.array([[2.0, 1.0], [4.0, 3.0], [6.0, 4.0], [8.0, 8.0]]), 1)
    cases = [first]
    for n, d, k in ((8, 3, 2), (6, 4, 1), (5, 5, 3), (9, 2, 1)):
        X = (rng.normal(size=(n, d)) * np.linspace(3, 0.5, d)) @ rng.normal(size=(d, d)) + rng.uniform(1, 3, size=d)
        cases.append((X, k))
    return cases


def _components(X, k, center=True, back=True, divisor=1, sd=None, unit_back=True, code_back=True,
                variances=lambda values, B, k: values[::-1][:k], directions=lambda V, B, k: V[:, ::-1][:, :k]):
    """PCA with one step exchanged; `values` and the columns of `V` are as `eigh` gives them, the smallest first."""
    mean = X.mean(axis=0) if center else np.zeros(X.shape[1])
    sd = np.ones(X.shape[1]) if sd is None else sd(X)
    B = (X - mean) / sd
    values, V = np.linalg.eigh(B.T @ B / (len(X) - divisor))
    D = directions(V, B, k)
    rebuilt = B @ D @ D.T * (sd if unit_back else 1) + (mean if back else 0)
    return variances(values, B, k), rebuilt if code_back else B @ D


def _pca_with(**changed):
    return quiet(lambda X, k: _components(X, k, **changed))


def _smallest_values(values, B, k):
    return values[:k]


def _smallest_directions(V, B, k):
    return V[:, :k]


def _singular_values(B):
    return np.linalg.svd(B, compute_uv=False)


def _sample_sd(X):
    return X.std(axis=0, ddof=1)


def _pca_not_centered_again(back):
    """The directions of the centered samples, put to work on the samples themselves."""

    def answer(X, k):
        mean, D, variances = ops.principal_directions(X, k)
        return variances[:k], X @ D @ D.T + (mean if back else 0)

    return answer


_ROWS = "Does the routine return eigenvectors as rows or as columns?"
_RESCALED = "You analyzed rescaled features."

PCA = Exercise(
    id="1.22",
    title="pca",
    debrief="N - 1 times the sum of the variances left out is the squared error of the rebuilt samples: the variances "
            "alone tell how good a code of k numbers is.",
    library="course_lib.ops.pca",
    reference=ops.pca,
    instances=_samples,
    arguments=("X", "k"),
    contract=Contract(shapes={"X": ".D"},
                      values={"k": {"all components kept": lambda given: given["X"].shape[1]}}),
    outputs=("variances", "rebuilt"),
    mistakes=(
        Mistake("PCA-1", _pca_with(center=False), "Where is the origin of your directions?"),
        Mistake("PCA-2", _pca_with(variances=_smallest_values, directions=_smallest_directions),
                "You kept the directions that carry least; look at the order of the eigenvalues."),
        Mistake("PCA-2a", _pca_with(directions=_smallest_directions),
                "rebuilt: the variances are those of the best directions, the directions are not. In which order do "
                "the eigenvectors come?"),
        Mistake("PCA-2b", _pca_with(variances=_smallest_values),
                "variances: the directions carry most, your numbers belong to others. In which order do the "
                "eigenvalues come?"),
        Mistake("PCA-2c", _pca_with(variances=lambda values, B, k: values[-k:]),
                "variances: the right ones. In which order are they asked?"),
        Mistake("PCA-3", _pca_with(directions=lambda V, B, k: V[:, ::-1].T[:, :k]), _ROWS),
        Mistake("PCA-3a", _pca_with(directions=lambda V, B, k: V[-k:].T), _ROWS),
        Mistake("PCA-3b", _pca_with(directions=lambda V, B, k: V[:k].T), _ROWS),
        Mistake("PCA-3c", _pca_with(directions=lambda V, B, k: np.linalg.svd(B)[2][:, :k]),
                "What does the SVD routine call its third result, and where do the directions stand in it?"),
        Mistake("PCA-4", _pca_with(back=False), "Undo every step of the encoding."),
        Mistake("PCA-4a", _pca_not_centered_again(back=True),
                "rebuilt: the code belongs to the centered samples."),
        Mistake("PCA-4b", _pca_not_centered_again(back=False),
                "rebuilt: this projects the samples on a flat through the origin. Where does the cloud lie?"),
        Mistake("PCA-5", _pca_with(divisor=0), "Directions right, variances off by a constant factor.",
                convention=True),
        Mistake("PCA-6", _pca_with(variances=lambda values, B, k: _singular_values(B)[:k]),
                "How is a singular value related to a variance?"),
        Mistake("PCA-6a", _pca_with(variances=lambda values, B, k: _singular_values(B)[:k] ** 2),
                "variances: these are sums over all samples. What makes a variance of such a sum?"),
        Mistake("PCA-6b", _pca_with(variances=lambda values, B, k: np.sqrt(np.maximum(values[::-1][:k], 0))),
                "variances: these are standard deviations."),
        Mistake("PCA-7", _pca_with(sd=lambda X: X.std(axis=0)), _RESCALED),
        Mistake("PCA-7a", _pca_with(sd=_sample_sd), _RESCALED),
        Mistake("PCA-7b", _pca_with(sd=lambda X: X.std(axis=0), unit_back=False), _RESCALED),
        Mistake("PCA-7c", _pca_with(sd=_sample_sd, unit_back=False), _RESCALED),
        Mistake("PCA-a", _pca_with(code_back=False),
                "rebuilt: this is the code. Which step leads back to the samples?"),
    ),
    hints=(
        "Center, find the eigenvectors of the covariance matrix, keep the k with the largest eigenvalues, go there and "
        "back.",
        "C = B^T B / (N - 1) with B = X - mean; rebuilt = B D D^T + mean.",
        "mean = X.mean(axis=0), then values, V = np.linalg.eigh(...): it returns the smallest first",
    ),
    reminders={"type": "return the pair (variances, rebuilt)", "shape": "variances (k,), rebuilt as X"},
    points=3,
    minutes=20, level=3, core=True,
)

EXERCISES = (LOW_RANK, HOW_MANY, PINV, BEST_DIRECTION, PCA)

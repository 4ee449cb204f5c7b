"""Exercises at the end of the chapter, from all over it."""

import numpy as np

from course_lib import datasets, ops
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

# 1.25 -----------------------------------------------------------------------------------------------------------------

#: which of the three properties of a norm fail; the numbers of the text
_FAILS = {"half": (3,), "count": (2,), "first": (1,), "square": (2, 3)}
_KEYS = ("index", "place", "entry", "shape", "hadamard", "trace", "hessian", "best", *_FAILS)


def _short_answers(answer):
    """The answers in the order of their names, each in one form."""
    if not isinstance(answer, dict) or set(answer) != set(_KEYS):
        raise TypeError(f"a dict with the keys {', '.join(_KEYS)} is expected")
    return tuple(_in_one_form(key, answer[key]) for key in _KEYS)


def _in_one_form(key, value):
    """One answer as an array whose shape says nothing about the right one."""
    if key in _FAILS:
        return np.isin((1, 2, 3), _numbers(key, value, "the number of a property, or several in parentheses", None))
    if key == "shape":
        sizes = _numbers(key, value, "a shape in parentheses", None)
        return np.pad(sizes, (0, max(0, 3 - len(sizes))))
    shape, words = {"place": ((2,), "a pair of numbers in parentheses"),
                    "hessian": ((2, 2), "two rows of two numbers")}.get(key, ((), "one number"))
    return _numbers(key, value, words, shape)


def _numbers(key, value, words, shape):
    """`value` as an array of the given shape, or, without one, as a row."""
    try:
        found = np.array(list(value) if isinstance(value, set) else value, dtype=float)
    except (TypeError, ValueError):
        found = np.array(np.nan)
    found = np.atleast_1d(found) if shape is None else found
    if np.isnan(found).any() or (found.ndim != 1 if shape is None else found.shape != shape):
        raise TypeError(f"{key} is {value!r:.40}, expected {words}")
    return found


def _short(height, width, place, index, A, b, n, a, y):
    """The exercise for one picture, one matrix, one number of samples, and one set of equations a x = y."""
    (row, column), A, b, a, y = place, np.array(A), np.array(b), np.array(a), np.array(y)
    right = {
        "index": row * width + column,
        "place": divmod(index, width),
        "entry": int((A + b)[1, 0]),
        "shape": (n, n),
        "hadamard": int((A * A.T)[0, 1]),
        "trace": int(np.trace(A @ A.T)),
        "hessian": (A + A.T).tolist(),
        "best": int(a @ y) // int(a @ a),
        **_FAILS,
    }

    def wrong(id, say, **changed):
        return Mistake(f"MIX-{id}", right | changed, say)

    return {
        "reference": right,
        "mistakes": (
            wrong("a", "index: how many numbers does a step down jump over, those of a row or those of a column?",
                  index=row * height + column),
            wrong("b", "index: this runs down the columns first. Which neighbors stay neighbors in row-major order?",
                  index=column * height + row),
            wrong("c", "index: which index has the first place?", index=row * width + column + 1),
            wrong("d", "place: row and column are exchanged. Put your pair into the formula for the index.",
                  place=divmod(index, width)[::-1]),
            wrong("e", "place: how many places has one row of the picture?", place=divmod(index, height)),
            wrong("f", "entry: you added one number of b to each row. Along which axis is b laid?",
                  entry=int((A + b[:, None])[1, 0])),
            wrong("g", "shape: write the shapes below each other, flush right. Which of them is stretched?",
                  shape=(n,)),
            wrong("h", "shape: a column is stretched too. How wide does the other array make it?", shape=(n, 1)),
            wrong("i", "hadamard: this is the entry of the matrix product.", hadamard=int((A @ A.T)[0, 1])),
            wrong("j", "hadamard: the second factor is the transpose.", hadamard=int((A * A)[0, 1])),
            wrong("k", "trace: the second factor is the transpose. Which entries meet then?",
                  trace=int(np.trace(A @ A))),
            wrong("l", "trace: does the trace of a product follow from the traces?", trace=int(np.trace(A)) ** 2),
            wrong("m", "hessian: a second slope does not depend on the order of the two derivatives. Does yours?",
                  hessian=(2 * A).tolist()),
            wrong("n", "hessian: this is the matrix of the form itself. How often does x stand in the form?",
                  hessian=A.tolist()),
            wrong("o", "hessian: test one entry. What is the second slope of 3 x^2?",
                  hessian=((A + A.T) / 2).tolist()),
            wrong("p", "best: a dot product alone depends on the length of a. Compare with the projection on a vector.",
                  best=int(a @ y)),
            wrong("q", "best: you divided by the length of a once. Try y = a: which x is right?",
                  best=float(a @ y / np.sqrt(a @ a))),
            wrong("r", "best: this solves the first equation and forgets the others.", best=float(y[0] / a[0])),
            wrong("s", "half: try the second property again. By which factor does each root grow, and what does the "
                  "square make of it?", half=(2, 3)),
            wrong("t", "count: double x. Does the number of its nonzero entries double?", count=(3,)),
            wrong("u", "count: can x + y have more nonzero entries than x and y together?", count=(2, 3)),
            wrong("x", "first: which vectors get the length 0?", first=(3,)),
            wrong("y", "first: does the triangle inequality fail for plain numbers?", first=(1, 3)),
            wrong("v", "square: try the third property too, with two equal vectors.", square=(2,)),
            wrong("w", "square: try the second property too, with a = 2.", square=(3,)),
        ),
        "hints": (
            "Each has its place in the chapter: flattening, the bias, other products, slopes, undoing a map, length.",
            "index = r W + c; b is added to every row; (A o B)_ij = A_ij B_ij; the form has the gradient "
            "(A + A^T) x; best = a.y/(a.a).",
            f'short = {{"index": {row} * {width} + {column}, "place": (..., ...), ...}}',
        ),
    }


_PICTURE = "has {} rows and {} columns. At which `index` is the place in row {}, column {}, and which `place`, " \
    "as a pair (row, column), has the index {}?"
_MATRIX = r"$A = \begin{{pmatrix}} {} & {} \\ {} & {} \end{{pmatrix}}$ and $b = ({}, {})$"
_SAMPLES = "{} predictions of shape `({},)` from {} targets of shape `({}, 1)`"
_EQUATIONS = "$a = ({}, {}, {})$ and $y = ({}, {}, {})$"


def _texts(height, width, place, index, A, b, n, a, y):
    """The sentences of the chapter that hold the numbers."""
    return (_PICTURE.format(height, width, *place, index), _MATRIX.format(*A[0], *A[1], *b),
            _SAMPLES.format(n, n, n, n), _EQUATIONS.format(*a, *y))


_NUMBERS = (5, 8, (3, 6), 19, ((1, 4), (2, 3)), (10, 20), 6, (1, 2, 2), (5, 1, 1))


def _drawn_short(rng):
    while True:
        height, width = (int(v) for v in rng.integers(4, 10, size=2))
        place, index = (int(rng.integers(1, height)), int(rng.integers(1, width))), int(rng.integers(width, 4 * width))
        A = tuple(tuple(int(v) for v in row) for row in rng.integers(1, 6, size=(2, 2)))
        b = tuple(10 * int(v) for v in rng.permutation(9)[:2] + 1)
        a, x = rng.permutation([1, 2, 2]), int(rng.choice([-3, -2, -1, 2, 3]))
        y = x * a + int(rng.choice([-2, -1, 1, 2])) * np.cross(a, rng.integers(-1, 2, size=3))
        numbers = (height, width, place, index, A, b, int(rng.integers(3, 10)), tuple(map(int, a)), tuple(map(int, y)))
        changed = _short(*numbers)
        reached = [tuple(repr(value) for value in mistake.answer.values()) for mistake in changed["mistakes"]]
        right = tuple(repr(value) for value in changed["reference"].values())
        if height != width and y[0] and len({*reached, right}) == len(reached) + 1:
            return changed, dict(zip(_texts(*_NUMBERS), _texts(*numbers), strict=True))


SHORT = Exercise(
    id="1.25",
    title="short answers",
    debrief="The way from an index back to its place is divmod(index, columns): the whole rows come first, the "
            "remainder is the column.",
    kind="value",
    instances=lambda rng: [()],
    call=_short_answers,
    outputs=_KEYS,
    **_short(*_NUMBERS),
    points=3,
    vary=_drawn_short,
    skeleton=(
        'short = {\n'
        '    "index": ..., "place": ...,\n'
        '    "entry": ..., "hadamard": ..., "trace": ..., "hessian": ...,\n'
        '    "shape": ...,\n'
        '    "best": ...,\n'
        '    "half": ..., "count": ..., "first": ..., "square": ...,\n'
        '}'
    ),
    minutes=15, level=2, core=False,
)

# 1.26 -----------------------------------------------------------------------------------------------------------------


def _two_tables(rng):
    cases = [(np.array([[1.0, 10.0], [3.0, 30.0], [2.0, 60.0]]), np.array([[2.0, 20.0], [5.0, 0.0]]))]
    for n, m, d in ((6, 4, 3), (5, 2, 4), (4, 4, 4)):
        scale, offset = rng.uniform(0.5, 20, size=d), rng.uniform(-30, 30, size=d)
        other = rng.uniform(-0.3, 1.2, size=(m, d))
        other[0] = 1.5  # one row outside of what the training rows span
        cases.append((rng.uniform(size=(n, d)) * scale + offset, other * scale + offset))
    return cases


@exchangeable
def _columns_with(low=lambda a: a.min(axis=0), width=lambda a: np.ptp(a, axis=0), rows=lambda train, other: train):
    """Both parts by statistics of some rows, one step exchanged."""

    @quiet
    def answer(train, other):
        known = rows(train, other)
        return tuple((part - low(known)) / width(known) for part in (train, other))

    return answer


@quiet
def _own_extremes(train, other):
    return tuple((part - part.min(axis=0)) / np.ptp(part, axis=0) for part in (train, other))


@quiet
def _extremes_of_rows(train, other):
    return tuple((a - a.min(axis=1, keepdims=True)) / np.ptp(a, axis=1, keepdims=True) for a in (train, other))


def _cut(train, other):
    scaled, rest = datasets.min_max_scale(train, other)
    return scaled, np.clip(rest, 0, 1)


MIN_MAX = Exercise(
    id="1.26",
    title="min_max",
    debrief="In each column min-max scaling and standardization differ by an affine map only: a linear model with an "
            "intercept can say the same from either.",
    library="course_lib.datasets.min_max_scale",
    reference=lambda train, other: datasets.min_max_scale(train, other),
    instances=_two_tables,
    arguments=("train", "other"),
    contract=Contract(shapes={"train": ".D", "other": "ND"}, zero="other"),
    outputs=("scaled train", "scaled other"),
    mistakes=(
        Mistake("MMS-a", _own_extremes, "Which rows may influence the numbers that the second array is scaled by?"),
        Mistake("MMS-b", _columns_with(low=np.min, width=np.ptp),
                "One range for all columns? Each feature has its own unit."),
        Mistake("MMS-c", _columns_with(rows=lambda train, other: np.vstack([train, other])),
                "Information from the second set leaks into the first."),
        Mistake("MMS-d", _columns_with(low=lambda a: 0.0), "Where does the smallest value of a column go?"),
        Mistake("MMS-e", _columns_with(width=lambda a: a.max(axis=0)),
                "Where does the largest value of a column go? The width of the range stands below the line."),
        Mistake("MMS-f", _columns_with(low=lambda a: 0.0, width=lambda a: a.max(axis=0)),
                "That is enough for pixels, whose smallest value is 0. What is the smallest value of your columns?"),
        Mistake("MMS-g", _extremes_of_rows, "You scaled each sample; which axis holds the samples?"),
        Mistake("MMS-h", _columns_with(low=lambda a: a.mean(axis=0), width=lambda a: a.std(axis=0)),
                "Mean 0 and spread 1 are what standardization gives. Here the range is asked."),
        Mistake("MMS-i", _columns_with(low=lambda a: a.mean(axis=0)),
                "The width of the range is right, its place is not: which value is to become 0?"),
        Mistake("MMS-j", lambda train, other: (datasets.min_max_scale(train), other.copy()),
                "The second array is still in its old units."),
        Mistake("MMS-k", _cut, "A new sample may lie outside of the range of the training rows. What is lost when it "
                "is cut off?"),
    ),
    hints=(
        "As with standardization: two numbers a column, worked out once and used twice.",
        "x' = (x - min) / (max - min) for the rows of train and of other; min and max from train alone.",
        "low, high = train.min(axis=0), train.max(axis=0)",
    ),
    reminders={"type": "return the pair (scaled train, scaled other)", "shape": "both arrays keep their shapes"},
    minutes=6, level=1, core=False,
)

# 1.27 -----------------------------------------------------------------------------------------------------------------


def _matrices_and_alphas(rng):
    return [
        (np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), 0.5),
        (np.outer([1.0, 2.0, 3.0], [1.0, 2.0]), 0.1),
        (rng.normal(size=(5, 3)), 2.0),
        (np.array([[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 0.0]]), 0.01),
        (rng.normal(size=(3, 3)), 0.25),
    ]


def _limit_with(bracket):
    """The bracket exchanged; A^T stands behind its inverse."""
    return quiet(lambda A, alpha: np.linalg.inv(bracket(A, alpha)) @ A.T)


LIMIT_FORM = Exercise(
    id="1.27",
    title="limit_form",
    debrief="Where the SVD has 1/s, this formula has s/(s^2 + alpha): it is alpha beside the square of the smallest s "
            "above 0 that has to be small.",
    library="course_lib.ops.pinv_limit",
    reference=ops.pinv_limit,
    instances=_matrices_and_alphas,
    arguments=("A", "alpha"),
    contract=Contract(shapes={"A": "RQ"}, zero="A"),
    mistakes=(
        Mistake("PLM-a", _limit_with(lambda A, alpha: A.T @ A - alpha * np.eye(A.shape[1])),
                "From which side does alpha come to 0? The eigenvalues of the bracket are to be positive."),
        Mistake("PLM-b", _limit_with(lambda A, alpha: A.T @ A + alpha),
                "This adds alpha to every entry. On which entries of a matrix does I sit?"),
        Mistake("PLM-c", _limit_with(lambda A, alpha: A.T @ A),
                "Your result does not depend on alpha, and for dependent columns there is none."),
        Mistake("PLM-d", lambda A, alpha: np.linalg.inv(A.T @ A + alpha * np.eye(A.shape[1])),
                "The bracket is right. What stands behind it?"),
        Mistake("PLM-e", _limit_with(lambda A, alpha: A @ A.T + alpha * np.eye(A.shape[0])),
                "Which of A^T A and A A^T has as many columns as A^T has rows?"),
        Mistake("PLM-f", lambda A, alpha: ops.pinv(A),
                "That is the limit itself. Asked is the matrix for the alpha that is given."),
        Mistake("PLM-g", quiet(lambda A, alpha: np.linalg.inv(A.T @ A) @ A.T + alpha * np.eye(*A.T.shape)),
                "The push belongs to the matrix that is inverted, before it is inverted."),
        Mistake("PLM-h", _limit_with(lambda A, alpha: A.T @ A + alpha**2 * np.eye(A.shape[1])),
                "alpha is squared in your bracket."),
    ),
    hints=(
        "Form the bracket, invert it or solve with it, and let A^T follow.",
        "(A^T A + alpha I)^-1 A^T, where I has one row for each column of A.",
        "bracket = A.T @ A + alpha * np.eye(A.shape[1])",
    ),
    reminders={"shape": "the result has the shape of A transposed"},
    minutes=8, level=2, core=False,
)

EXERCISES = (SHORT, MIN_MAX, LIMIT_FORM)

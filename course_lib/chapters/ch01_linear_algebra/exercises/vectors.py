"""Exercises on lengths, angles and projections."""

import numpy as np

from course_lib import ops
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# 1.6 ------------------------------------------------------------------------------------------------------------------

#: three whole numbers whose squares add up to a square, smallest first; the first is that of the chapter
_TRIPLES = ((3, 4, 12), (1, 2, 2), (2, 3, 6), (1, 4, 8), (4, 4, 7), (2, 6, 9), (6, 6, 7), (2, 5, 14), (2, 10, 11),
            (1, 12, 12), (8, 9, 12), (1, 6, 18), (6, 6, 17), (6, 10, 15), (4, 5, 20))


def _four_norms(x):
    """The exercise for one vector; its entry of largest size is negative, and it has positive ones."""
    x = np.array(x)
    size = np.abs(x)
    right = {"l1": int(size.sum()), "l2": round(float(np.sqrt(x @ x)), 9), "l2_squared": int(x @ x),
             "max": int(size.max())}
    return {
        "reference": right,
        "mistakes": (
            Mistake("NBH-a", right | {"l1": int(x.sum())},
                    "Your L1 norm adds entries of opposite sign, so they cancel. A length never does."),
            Mistake("NBH-b", right | {"l2": int(x @ x)},
                    "Your L2 norm is in squared units. The number without the root has a name of its own."),
            Mistake("NBH-c", right | {"max": int(x.max())},
                    "Which entry is largest in size? Signs do not count."),
            Mistake("NBH-g", right | {"max": int(-size.max())}, "Your max norm is negative. Is a length ever below 0?"),
        Mistake("NBH-h", right | {"l2": right["l2_squared"], "l2_squared": right["l2"]},
                "Two of the numbers are exchanged. Which of them doubles when x does?"),
        Mistake("NBH-d", right | {"l2_squared": int(size.sum()) ** 2},
                    "You squared the sum of the sizes. Which comes first, squaring or adding?"),
            Mistake("NBH-e", right | {"l2": round(float(size.sum()) ** 0.5, 9)},
                    "You took the root of the sum of sizes. Which numbers are added under the root?"),
            Mistake("NBH-f", {"l1": int(x.sum()), "l2": right["l2"], "l2_squared": right["l2_squared"],
                              "max": int(x.max())},
                    "Two of your norms know the sign of the entries. Put x in place of -x: should a length change?"),
        ),
        "hints": (
            "Forget the signs first; then add, or square and add, or look for the largest.",
            "L1: sum of sizes. L2: root of the sum of squares. Max norm: largest size.",
            f'norms = {{"l1": {" + ".join(str(v) for v in size)}, ...}}',
        ),
    }


def _drawn_vector(rng):
    low, middle, high = (int(v) for v in _TRIPLES[int(rng.integers(1, len(_TRIPLES)))])
    signs = rng.permutation([1, int(rng.choice([-1, 1]))])
    x = rng.permutation([low * int(signs[0]), middle * int(signs[1]), -high])
    x = tuple(int(v) for v in x)
    return _four_norms(x), {
        "Take $x = (3, -12, 4)$.": f"Take $x = ({x[0]}, {x[1]}, {x[2]})$.",
        "x = np.array([3.0, -12.0, 4.0])": f"x = np.array([{x[0]}.0, {x[1]}.0, {x[2]}.0])",
    }


NORMS_BY_HAND = Exercise(
    id="1.6",
    title="four numbers for one vector",
    debrief="For n equal entries l1 is sqrt(n) times l2, and l2 is sqrt(n) times max; with a single entry that is not "
            "0 all three agree.",
    kind="value",
    instances=lambda rng: [()],
    **_four_norms((3, -12, 4)),
    reminders={"type": 'a dict with the keys "l1", "l2", "l2_squared", "max" is expected'},
    vary=_drawn_vector,
    skeleton='norms = {"l1": ..., "l2": ..., "l2_squared": ..., "max": ...}',
    minutes=6, level=1, core=False,
)

# 1.7 ------------------------------------------------------------------------------------------------------------------


def _lengths(rng):
    return [
        (np.array([3.0, -4.0]), 2),
        (np.array([3.0, -4.0]), 1),
        (np.array([1.0, -2.0, 2.0]), np.inf),
        (np.array([2.0, -5.0, 1.0]), np.inf),
        (rng.normal(size=4), 3),
        (rng.normal(size=5), 1.5),
        (1e200 * np.array([3.0, -4.0]), 2),
        (np.array([-2.5]), 1),
        (np.zeros(3), 2),
        case("the largest size is that of a positive entry", np.array([4.0, -1.0, 2.0]), np.inf),
        case("the largest entry is 0", np.array([-3.0, 0.0, -4.0]), 2),
    ]


def _largest_size(x):
    return np.abs(x).max()


def _plain_norm(x, p, size=np.abs, top=_largest_size, add=np.sum, root=lambda p: 1 / p):
    """The norm as one writes it first, with one step exchanged: large entries overflow."""
    return float(top(x) if p == np.inf else add(size(x) ** p) ** root(p))


def _p_norm(x, p, size=np.abs, top=_largest_size, largest=_largest_size, add=np.sum, root=lambda p: 1 / p):
    """The norm with one step exchanged; the largest size is taken out as in the reference."""
    if p == np.inf:
        return float(top(x))
    m = largest(x)
    if m == 0:
        return 0.0
    return float(m * add(size(x / m) ** p) ** root(p))


@exchangeable
def _norm_with(**changed):
    return quiet(lambda x, p: _p_norm(x, p, **changed))


@exchangeable
def _plain_with(**changed):
    return quiet(lambda x, p: _plain_norm(x, p, **changed))


def _only_powers(x, p):
    return float((np.abs(x) ** p).sum() ** (1 / p))


def _with_exponent_split(norm):
    """... ** 1 / p without brackets."""
    return quiet(lambda x, p: norm(root=lambda p: 1)(x, p) / (1 if p == np.inf else p))


@quiet
def _no_case_for_infinity(x, p):
    return _only_powers(x, p) if p == np.inf else _p_norm(x, p)


@quiet
def _without_largest_size(x, p):
    m = np.abs(x).max()
    return float(m) if p == np.inf or m == 0 else _plain_norm(x / m, p)


@quiet
def _no_case_for_zero(x, p):
    return _p_norm(x, p) if p == np.inf or x.any() else np.nan


_BRACKETS = "Python raises to a power before it divides. What is the exponent of your sum?"
_SIGNS = "Entries of opposite sign cancel in your sum, or end under a root."
_SIGN_OF_LARGEST = "For p = inf: which entry is largest in size?"
_MEAN = "Your number falls when you append a zero to x. Is a length a mean?"
_OTHER_ROOT = "The root belongs to the power: p and which exponent?"
_NO_P = "Your number does not depend on p."
_INFINITY = ("For p = inf your number is the same for x and for 2 x. The power p cannot be taken literally there, and "
             "a scale that was divided out belongs back. What does the norm tend to as p grows?")

NORM = Exercise(
    id="1.7",
    title="norm",
    debrief="With the largest size taken out first, no power can overflow; softmax does the same with the largest "
            "score.",
    library="course_lib.ops.norm",
    reference=ops.norm,
    instances=_lengths,
    arguments=("x", "p"),
    contract=Contract(shapes={"x": "L"}, zero="x", negative="x", values={"p": (1, np.inf)}),
    mistakes=(
        Mistake("NRM-a", _plain_with(root=lambda p: 1), "Double x: a length doubles. What does your number do?"),
        Mistake("NRM-b", _norm_with(size=lambda x: x), _SIGNS),
        Mistake("NRM-c", _norm_with(top=lambda x: x.max()), _SIGN_OF_LARGEST),
        Mistake("NRM-u", _norm_with(largest=np.max), "You divide by the largest entry. What is that of (-3, 0, -4), "
                "and which of its entries is largest in size?"),
        Mistake("NRM-d", _plain_with(),
                "Right for moderate numbers. Entries of 1e200 have squares beyond the largest float64: divide by the "
                "largest size first, and multiply by it last."),
        Mistake("NRM-e", _norm_with(add=np.mean), _MEAN),
        Mistake("NRM-f", _norm_with(root=lambda p: 0.5), _OTHER_ROOT),
        Mistake("NRM-g", lambda x, p: _p_norm(x, 2), _NO_P),
        Mistake("NRM-i", _no_case_for_zero, "What is the largest size in the zero vector, and what do you divide by "
                "it?"),
        Mistake("NRM-h", _no_case_for_infinity, _INFINITY),
        Mistake("NRM-j", _without_largest_size, "You divided by the largest size. Where does it come back in?"),
        Mistake("NRM-l", _norm_with(root=lambda p: 1), "You added powers of p. What undoes a power?"),
        Mistake("NRM-s", _with_exponent_split(_norm_with), _BRACKETS),
        Mistake("NRM-t", _with_exponent_split(_plain_with), _BRACKETS),
        # the same slips in the form that one writes first, without taking the largest size out
        Mistake("NRM-k", quiet(_only_powers), _INFINITY),
        Mistake("NRM-m", _plain_with(size=lambda x: x), _SIGNS),
        Mistake("NRM-n", _plain_with(size=lambda x: x, top=lambda x: x.max()), _SIGNS),
        Mistake("NRM-o", _plain_with(top=lambda x: x.max()), _SIGN_OF_LARGEST),
        Mistake("NRM-p", _plain_with(add=np.mean), _MEAN),
        Mistake("NRM-q", _plain_with(root=lambda p: 0.5), _OTHER_ROOT),
        Mistake("NRM-r", quiet(lambda x, p: _plain_norm(x, 2)), _NO_P),
    ),
    hints=(
        "Sizes, powers, sum, root; p = inf is a case of its own.",
        "With m = max |x_i|: norm = m (sum (|x_i|/m)^p)^(1/p), and m itself for p = inf or m = 0.",
        "m = np.abs(x).max()",
    ),
    reminders={"type": "one number is expected"},
    points=2,
    minutes=12, level=2, core=False,
)

# 1.8 ------------------------------------------------------------------------------------------------------------------


def cosine_table(X):
    lengths = np.sqrt((X * X).sum(axis=1))
    return X @ X.T / np.outer(lengths, lengths)


def _rows(rng):
    first = (np.array([[3.0, 4.0], [4.0, -3.0], [1.0, 0.0]]),)
    return [first, *((rng.normal(size=shape) + 0.5,) for shape in ((2, 4), (5, 3), (3, 3), (1, 2)))]


@quiet
def _by_one_length(X):
    return X @ X.T / np.sqrt((X * X).sum(axis=1))


@quiet
def _by_squares(X):
    squares = (X * X).sum(axis=1)
    return X @ X.T / np.outer(squares, squares)


def _of_unit_rows(X):
    """Scaled to length 1 first."""
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    return unit @ unit.T


def _pair_by_pair(X):
    """Two loops."""
    return np.array([[a @ b / np.sqrt(a @ a) / np.sqrt(b @ b) for b in X] for a in X])


COSINE_TABLE = Exercise(
    id="1.8",
    title="cosine_table",
    debrief="For rows of length 1 the squared distance is 2 - 2 cos: once the lengths are divided out, nearest by "
            "cosine and nearest by distance are the same.",
    reference=cosine_table,
    instances=_rows,
    arguments=("X",),
    contract=Contract(shapes={"X": "ND"}),
    outputs=("cosines",),
    mistakes=(
        Mistake("COS-a", lambda X: X @ X.T, "The diagonal holds squared lengths. What is the cosine of a vector with "
                "itself?"),
        Mistake("COS-b", _by_one_length, "Your table is not symmetric. How many lengths belong to one entry?"),
        Mistake("COS-h", quiet(lambda X: _by_one_length(X).T),
                "Your table is not symmetric, and one length is missing. Which rows meet in an entry?"),
        Mistake("COS-i", quiet(lambda X: (X / np.linalg.norm(X, axis=0)) @ (X / np.linalg.norm(X, axis=0)).T),
                "You divided by the lengths of the columns. Samples are rows."),
        Mistake("COS-c", _by_squares, "The denominator holds lengths, not squared lengths."),
        Mistake("COS-d", quiet(lambda X: cosine_table(X.T)), "You compared the columns. Samples are rows."),
        Mistake("COS-e", lambda X: X @ X.T / (X * X).sum(), "One number for all entries? Each row has its own length."),
        Mistake("COS-f", lambda X: np.sqrt(((X[:, None] - X) ** 2).sum(axis=2)),
                "These are distances: zero means equal. A cosine of equal directions is one."),
        Mistake("COS-g", quiet(lambda X: X @ X.T / np.outer(np.abs(X).sum(axis=1), np.abs(X).sum(axis=1))),
                "Which of the norms stands in the denominator of a cosine?"),
    ),
    hints=(
        "Bring every row to length 1 first, or divide the Gram matrix afterwards.",
        "cos_ij = x_i . x_j / (|x_i| |x_j|).",
        "lengths = np.sqrt((X * X).sum(axis=1))",
    ),
    reminders={"shape": "one row and one column a sample: (N, N)"},
    variants=(_of_unit_rows, _pair_by_pair),
    minutes=8, level=2, core=False,
)

# 1.9 ------------------------------------------------------------------------------------------------------------------


def _pairs(rng):
    first = (np.array([3.0, 1.0]), np.array([2.0, 0.0]))
    return [first, (np.array([1.0, 2.0]), np.array([-3.0, 1.0])),
            *((rng.normal(size=n), 3 * rng.normal(size=n)) for n in (3, 4, 7))]


def along_and_across(x, g):
    along = (x @ g) / (g @ g) * g
    return float(x @ g / np.sqrt((x @ x) * (g @ g))), along, x - along


@exchangeable
def _parts(cos=None, along=None, rest=None):
    """The right three results with one of them replaced; the rest follows from a wrong part."""

    @quiet
    def answer(x, g):
        part = (x @ g) / (g @ g) * g if along is None else along(x, g)
        return (
            float(x @ g / np.sqrt((x @ x) * (g @ g)) if cos is None else cos(x, g)),
            part,
            x - part if rest is None else rest(x, g, part),
        )

    return answer


ALONG_AND_ACROSS = Exercise(
    id="1.9",
    title="along_and_across",
    debrief="The squared lengths of the two parts add up to that of x, and the share of the part along g is the square "
            "of the cosine.",
    reference=along_and_across,
    instances=_pairs,
    arguments=("x", "g"),
    contract=Contract(shapes={"x": "L", "g": "L"}),
    outputs=("cos", "along", "rest"),
    mistakes=(
        Mistake("PRJ-a", _parts(along=lambda x, g: (x @ g) * g),
                "along: double g. The line it spans stays, so its shadow on the line should stay too."),
        Mistake("PRJ-b", _parts(along=lambda x, g: (x @ g) / np.linalg.norm(g) * g),
                "along: you divided by the length of g once; g stands twice above, so how often must its length stand "
                "below?"),
        Mistake("PRJ-c", _parts(along=lambda x, g: (x @ g) / (x @ x) * x),
                "along: the shadow must lie on the line of g. Yours lies on that of x."),
        Mistake("PRJ-d", _parts(rest=lambda x, g, part: part - x), "rest: along + rest should give x."),
        Mistake("PRJ-e", _parts(rest=lambda x, g, part: g - part), "rest: of which vector is a part removed?"),
        Mistake("PRJ-f", _parts(cos=lambda x, g: x @ g), "cos: a cosine lies between -1 and 1 for any lengths."),
        Mistake("PRJ-g", _parts(cos=lambda x, g: x @ g / ((x @ x) * (g @ g))),
                "cos: the denominator holds lengths, not squared lengths."),
        Mistake("PRJ-h", _parts(cos=lambda x, g: np.arccos(x @ g / np.sqrt((x @ x) * (g @ g)))),
                "cos: this is the angle itself."),
    ),
    hints=(
        "Both the angle and the shadow come from the dot product, divided by lengths.",
        "cos = x.g / (|x| |g|); along = (x.g / |g|^2) g; rest = x - along.",
        "dot = x @ g",
    ),
    reminders={
        "type": "return cos, along, rest: a number and two vectors",
        "shape": "along and rest have the shape of x",
    },
    points=2,
    minutes=10, level=2, core=True,
)

EXERCISES = (NORMS_BY_HAND, NORM, COSINE_TABLE, ALONG_AND_ACROSS)

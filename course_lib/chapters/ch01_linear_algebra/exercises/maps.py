"""Exercises on matrices as maps: shapes, the product, coordinates, composition."""

from itertools import pairwise

import numpy as np

from course_lib import ops
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

# 1.10 -----------------------------------------------------------------------------------------------------------------


def _shape_table(sizes, n):
    layers = list(enumerate(pairwise(sizes), 1))
    table = {f"W{layer}": (d_in, d_out) for layer, (d_in, d_out) in layers}
    table |= {f"b{layer}": (d_out,) for layer, (_, d_out) in layers}
    table |= {f"Z{layer}": (n, d_out) for layer, (_, d_out) in layers}
    return table | {"parameters": sum((d_in + 1) * d_out for d_in, d_out in pairwise(sizes))}


def _shapes(sizes, n):
    """The exercise for a network with three layers and n samples."""
    right = _shape_table(sizes, n)
    weights = sum(d_in * d_out for d_in, d_out in pairwise(sizes))
    flipped = {name: shape[::-1] for name, shape in right.items() if name[0] == "W"}
    lying = {name: shape[::-1] for name, shape in right.items() if name[0] == "Z"}
    return {
        "reference": right,
        "mistakes": (
            Mistake("SHP-a", right | flipped,
                    "Your weights belong to columns of samples. Here X W must fit: what are the columns of X, so what "
                    "are the rows of W?"),
            Mistake("SHP-b", right | lying, "Rows are samples, also in the scores."),
            Mistake("SHP-c", right | {"parameters": weights}, "You counted the weights. What else is learned?"),
            Mistake("SHP-d", right | {"parameters": n * right["parameters"]},
                    "Do the weights multiply when another sample arrives?"),
            Mistake("SHP-e", right | {f"b{k}": (n, sizes[k]) for k in (1, 2, 3)},
                    "The bias is shared by all samples; how many numbers does one unit need?"),
            Mistake("SHP-f", right | {"W1": (n, sizes[1])},
                    "Does a weight matrix depend on how many samples are in the batch?"),
        ),
        "hints": (
            "Go layer by layer: the outputs of one are the inputs of the next.",
            "W is (D_in, D_out), b (D_out,), Z (N, D_out); a layer has (D_in + 1) D_out parameters.",
            f'shapes = {{"W1": {(sizes[0], sizes[1])}, "b1": {(sizes[1],)}, ...}}',
        ),
    }


def _drawn_sizes(rng):
    while True:
        sizes, n = [int(v) for v in rng.integers(2, 8, size=3)] + [int(rng.integers(1, 4))], int(rng.integers(2, 10))
        if len({*sizes[:3], n}) == 4 and sizes[3] != n and sizes != [4, 3, 3, 1]:
            break
    name = "-".join(map(str, sizes))
    return _shapes(tuple(sizes), n), {
        "the network 4-3-3-1 (four inputs, two hidden layers of three units, one output) and a batch of 2 samples":
            f"the network {name} (inputs, two hidden layers, outputs) and a batch of {n} samples",
        "sizes, n = (4, 3, 3, 1), 2": f"sizes, n = {tuple(sizes)}, {n}",
    }


SHAPES = Exercise(
    id="1.10",
    title="shapes of a network",
    debrief="With all hidden layers twice as wide there are four times as many weights between them and twice as many "
            "hidden biases: the products decide the size.",
    kind="value",
    instances=lambda rng: [()],
    **_shapes((4, 3, 3, 1), 2),
    reminders={"type": 'a dict from names such as "W1" to shapes such as (4, 3), and "parameters" to a number'},
    points=2,
    vary=_drawn_sizes,
    skeleton=(
        'shapes = {\n'
        '    "W1": ..., "b1": ..., "Z1": ...,\n'
        '    "W2": ..., "b2": ..., "Z2": ...,\n'
        '    "W3": ..., "b3": ..., "Z3": ...,\n'
        '    "parameters": ...,\n'
        '}'
    ),
    minutes=8, level=1, core=True,
)

# 1.11 -----------------------------------------------------------------------------------------------------------------


def _factors(rng):
    first = (np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]), np.array([[1.0, 4.0], [2.0, 0.0], [5.0, 3.0]]))
    return [first, *((rng.normal(size=(n, d)), rng.normal(size=(d, m))) for n, d, m in ((1, 3, 2), (3, 2, 4),
                                                                                         (3, 3, 3), (4, 1, 2)))]


def _entry(A, B, i, j, k):
    return A[i, k] * B[k, j]


@exchangeable
def _loops(term=_entry, start=0.0, keep=lambda so_far, term: so_far + term, inner=lambda A: range(A.shape[1])):
    """A product by three loops, with the term that is added up and the way it is added."""

    @quiet
    def product(A, B):
        C = np.zeros((A.shape[0], B.shape[1]))
        for i in range(A.shape[0]):
            for j in range(B.shape[1]):
                C[i, j] = start
                for k in inner(A):
                    C[i, j] = keep(C[i, j], term(A, B, i, j, k))
        return C

    return product


def _running_sum(A, B):
    return np.cumsum(_loops()(A, B)).reshape(A.shape[0], B.shape[1])


def _whole_numbers(A, B):
    C = np.zeros((A.shape[0], B.shape[1]), dtype=int)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for k in range(A.shape[1]):
                C[i, j] += int(A[i, k] * B[k, j])
    return C


MATMUL = Exercise(
    id="1.11",
    title="matmul",
    debrief="Each entry needs one row and one column, so a product of (m, n) and (n, p) costs m n p multiplications.",
    reference=_loops(),
    instances=_factors,
    arguments=("A", "B"),
    contract=Contract(shapes={"A": "RL", "B": "LQ"}, whole="A", zero="B"),
    outputs=("C",),
    mistakes=(
        Mistake("MAT-a", _loops(lambda A, B, i, j, k: A[i, k] * B[j, k]),
                "You walk along rows of both matrices. Where do the numbers stand that column j of B holds?"),
        Mistake("MAT-b", lambda A, B: A * B, "This multiplies entry by entry, and needs equal shapes."),
        Mistake("MAT-c", _loops(keep=lambda so_far, term: term),
                "Each entry holds only the last of its products. What must happen to the earlier ones?"),
        Mistake("MAT-i", _running_sum, "Every entry also holds what was added for the entries before it. Where does "
                "a sum begin anew?"),
        Mistake("MAT-j", _whole_numbers, "Your numbers are cut off. Which kind of numbers does your table of zeros "
                "hold?"),
        Mistake("MAT-d", lambda A, B: _loops()(A, B).T,
                "The numbers are right, the table lies on its side."),
        Mistake("MAT-e", _loops(inner=lambda A: range(1, A.shape[1])), "Where do your inner indices begin?"),
        Mistake("MAT-f", _loops(inner=lambda A: range(A.shape[1] - 1)), "Where do your inner indices end?"),
        Mistake("MAT-k", _loops(inner=lambda A: range(A.shape[0])), "Your inner loop runs as often as A has "
                "rows. Which size do A and B share?"),
        Mistake("MAT-g", _loops(lambda A, B, i, j, k: A[i, k] + B[k, j]),
                "The sum runs over products of entries, not over sums."),
        Mistake("MAT-h", _loops(start=1.0), "All entries are too large by one. With what does a sum begin?"),
    ),
    hints=(
        "Entry (i, j) is the dot product of row i of A with column j of B.",
        "C[i, j] = sum over k of A[i, k] B[k, j].",
        "C = np.zeros((A.shape[0], B.shape[1])), then a loop over i, one over j, one over k",
    ),
    reminders={"shape": "(N, D) times (D, M) gives (N, M)"},
    points=2,
    minutes=10, level=2, core=True,
)

# 1.12 -----------------------------------------------------------------------------------------------------------------


def _basis(v1, v2, c, third):
    """The exercise for two vectors, the coefficients to find, and the factor of a third vector, a multiple of v1."""
    v1, v2, c = np.array(v1), np.array(v2), np.array(c)
    det = int(v1[0] * v2[1] - v1[1] * v2[0])
    right = {"c1": int(c[0]), "c2": int(c[1]), "det": det, "rank": 1}
    x = c[0] * v1 + c[1] * v2
    by_rows = tuple(np.linalg.solve(np.array([v1, v2], dtype=float), x).tolist())
    return {
        "reference": right,
        "mistakes": (
            Mistake("BAS-a", right | {"c1": int(c[1]), "c2": int(c[0])},
                    "The coefficients are exchanged. Put them in: which vector belongs to which?"),
            Mistake("BAS-h", right | {"c1": by_rows[0], "c2": by_rows[1]},
                    "v1 and v2 are multiplied by c1 and c2 as a whole. Are they rows or columns of the equations?"),
            Mistake("BAS-b", right | {"det": int(v1[0] * v2[1] + v1[1] * v2[0])},
                    "det: the two diagonals count with opposite signs."),
            Mistake("BAS-c", right | {"det": -det}, "det: in which order do you take the two vectors?"),
            Mistake("BAS-d", right | {"rank": 2},
                    "rank: two rows, but is one of them a multiple of the other?"),
            Mistake("BAS-e", right | {"c1": int(x[0]), "c2": int(x[1])},
                    "These are the coordinates along the axes. Asked are those along v1 and v2."),
            Mistake("BAS-f", right | {"c1": int(v1 @ x), "c2": int(v2 @ x)},
                    "Dot products give coordinates only where the basis vectors are orthogonal and of length 1."),
            Mistake("BAS-g", right | {"rank": 0}, "rank: only the zero matrix has rank 0."),
        ),
        "hints": (
            "Two equations, one for each entry, and two unknowns.",
            f"{v1[0]} c1 + {v2[0]} c2 = {x[0]} and {v1[1]} c1 + {v2[1]} c2 = {x[1]}; det = a d - b c."
            .replace("+ -", "- "),
            'by_hand = {"c1": ..., "c2": ..., "det": ..., "rank": 1}',
        ),
    }


def _drawn_basis(rng):
    while True:
        v1, v2, c = (rng.integers(-4, 5, size=2) for _ in range(3))
        third = int(rng.integers(2, 5)) * int(rng.choice([-1, 1]))
        det, x = v1[0] * v2[1] - v1[1] * v2[0], c[0] * v1 + c[1] * v2
        crossing = v1[1] * v2[0]
        alike = ({tuple(c), tuple(c[::-1]), tuple(x), (v1 @ x, v2 @ x)})
        if all((*v1, *v2, *c, det, crossing, v1[0] * v2[1])) and len(alike) == 4:
            break
    x, w = c[0] * v1 + c[1] * v2, third * v1
    return _basis(v1, v2, c, third), {
        "Take $v_1 = (2, 1)$, $v_2 = (-1, 3)$, $x = (3, 5)$ and $w = (-4, -2)$.":
            f"Take $v_1 = ({v1[0]}, {v1[1]})$, $v_2 = ({v2[0]}, {v2[1]})$, $x = ({x[0]}, {x[1]})$ and "
            f"$w = ({w[0]}, {w[1]})$.",
        "v1, v2, x, w = np.array([[2.0, 1], [-1, 3], [3, 5], [-4, -2]])":
            f"v1, v2, x, w = np.array([[{v1[0]}.0, {v1[1]}], [{v2[0]}, {v2[1]}], [{x[0]}, {x[1]}], [{w[0]}, {w[1]}]])",
    }


COORDINATES = Exercise(
    id="1.12",
    title="coordinates by hand",
    debrief="Solved in general, both coefficients have det in the denominator: if v1 and v2 are nearly parallel, a "
            "small change of x may move c1 and c2 far.",
    kind="value",
    instances=lambda rng: [()],
    **_basis((2, 1), (-1, 3), (2, 1), -2),
    reminders={"type": 'a dict with the keys "c1", "c2", "det", "rank" is expected'},
    rtol=1e-3,
    vary=_drawn_basis,
    skeleton='by_hand = {"c1": ..., "c2": ..., "det": ..., "rank": ...}',
    minutes=8, level=2, core=False,
)

# 1.13 -----------------------------------------------------------------------------------------------------------------


def _two_maps(rng):
    minus, double = (np.array([[1.0]]), np.array([-1.0])), (np.array([[2.0]]), np.array([1.0]))
    cases = [(double, minus), (minus, double)]
    for d, h, m in ((2, 3, 1), (4, 2, 3), (3, 3, 3)):
        cases.append(((rng.normal(size=(d, h)), 1 + rng.normal(size=h)), (rng.normal(size=(h, m)), rng.normal(size=m))))
    return cases


@exchangeable
def _composed(W=None, b=None):
    """The right W and b with one of them replaced."""

    @quiet
    def answer(first, second):
        (A, a), (B, c) = first, second
        return A @ B if W is None else W(A, B), a @ B + c if b is None else b(a, B, c)

    return answer


COMPOSE_AFFINE = Exercise(
    id="1.13",
    title="compose_affine",
    debrief="Two affine maps in a row are one: without a nonlinear step between them, depth gains nothing.",
    library="course_lib.ops.compose_affine",
    reference=ops.compose_affine,
    instances=_two_maps,
    arguments=("first", "second"),
    contract=Contract(shapes={"first": ("DH", "H"), "second": ("HM", "M")}, whole="first"),
    outputs=("W", "b"),
    mistakes=(
        Mistake("CMP-a", _composed(b=lambda a, B, c: c + 0), "Put in x = 0: the first map moves it. Where to?"),
        Mistake("CMP-b", _composed(b=lambda a, B, c: a @ B), "The second map has an offset of its own."),
        Mistake("CMP-c", _composed(b=lambda a, B, c: a + c),
                "The first offset goes through the second map before it comes out."),
        Mistake("CMP-d", lambda first, second: _composed()(second, first),
                "You applied the maps in the other order. Which one sees x first?"),
        Mistake("CMP-e", _composed(W=lambda A, B: A + B), "Maps one after the other are not a sum of maps."),
        Mistake("CMP-f", _composed(W=lambda A, B: A * B),
                "Entry by entry is not one map after the other."),
        Mistake("CMP-h", lambda first, second: (first[0] + second[0], first[1] + second[1]),
                "Maps one after the other are not a sum of maps."),
        Mistake("CMP-i", lambda first, second: (first[0] * second[0], first[1] * second[1]),
                "Entry by entry is not one map after the other."),
        Mistake("CMP-g", _composed(W=lambda A, B: B @ A),
                "With row vectors the first map stands on the left. What is (x A) B?"),
    ),
    hints=(
        "Write the second map with the first one's result put in, and multiply out.",
        "(x A + a) B + c = x (A B) + (a B + c).",
        "(A, a), (B, c) = first, second",
    ),
    reminders={"type": "return the pair (W, b)", "shape": "W is (n_in of the first, n_out of the second), b has one "
            "entry an output"},
    minutes=10, level=2, core=True,
)

EXERCISES = (SHAPES, MATMUL, COORDINATES, COMPOSE_AFFINE)

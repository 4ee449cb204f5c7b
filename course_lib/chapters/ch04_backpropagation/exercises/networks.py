"""Exercises on whole networks: parameters, worked examples, the delta recursion."""

import math
from itertools import pairwise

import numpy as np

from course_lib.chapters.ch04_backpropagation import calls
from course_lib.chapters.ch04_backpropagation.exercises.common import naive_sigmoid, naive_softmax, onehot
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Contract, Exercise, Mistake

# --- how many parameters ---


def _pairs(sizes):
    return list(pairwise(sizes))


COUNT_PARAMETERS = Exercise(
    id="4.1",
    title="count_parameters",
    debrief="Of the parameters of a layer with D inputs the share 1/(D + 1) is biases: a third for two inputs, little "
            "more than a thousandth for 784.",
    library="course_lib.ops.count_parameters",
    reference=lambda sizes: sum((m + 1) * n for m, n in _pairs(sizes)),
    instances=lambda rng: [((2, 3, 1),), ((4, 5, 5, 2),), ((12288, 100, 50, 15, 1),), ((7, 2),),
                           (tuple(map(int, rng.integers(1, 9, size=4))),)],
    arguments=("sizes",),
    contract=Contract(values={"sizes": {"no hidden layer": (3, 2), "one unit in each layer": (1, 1, 1)}}),
    mistakes=(
        Mistake("CNT-a", lambda sizes: sum(m * n for m, n in _pairs(sizes)), "Each unit has one more number "
                "than it has inputs."),
        Mistake("CNT-b", lambda sizes: sum(m * n + m for m, n in _pairs(sizes)), "One bias a unit: count the "
                "units of the layer the weights lead to."),
        Mistake("CNT-c", lambda sizes: sum(m * n for m, n in _pairs(sizes)) + sum(sizes), "Are the inputs "
                "units with a bias of their own?"),
        Mistake("CNT-d", lambda sizes: sum(m * n + 1 for m, n in _pairs(sizes)), "You gave a whole layer a "
                "single bias."),
        Mistake("CNT-e", lambda sizes: sum((m + 1) * n for m, n in _pairs(sizes[:-1])), "The last layer of "
                "weights is missing."),
        Mistake("CNT-f", lambda sizes: sum(sizes), "You counted units. A weight belongs to a pair of units."),
    ),
    hints=(
        "Every unit of a layer sees all outputs of the layer before it, and has one bias.",
        "A layer from D_in to D_out has (D_in + 1) D_out parameters; add up the layers.",
        "return sum((m + 1) * n for m, n in zip(sizes, sizes[1:]))",
    ),
    reminders={"type": "one whole number"},
    minutes=5, level=1, core=False,
)

def _parameters_of(*sizes):
    """The exercise with these widths, input first."""
    pairs = _pairs(sizes)

    def counts(count):
        layers = [count(m, n) for m, n in pairs]
        return (*layers, sum(layers))

    right = counts(lambda m, n: (m + 1) * n)
    return {
        "title": f"parameters of {'-'.join(map(str, sizes))}",
        "reference": right,
        "mistakes": (
            Mistake("DPR-a", counts(lambda m, n: m * n), "These are the weights. Every unit has one number more."),
            Mistake("DPR-b", (*right[:-1], right[-1] + (sizes[0] + 1) * sizes[0]), "The input is not a layer of "
                    "weights: count only from one layer to the next."),
            Mistake("DPR-c", counts(lambda m, n: m * n + m), "The biases belong to the units a layer leads to, not to "
                    "those it comes from."),
        ),
        "hints": (
            f"Three layers of weights; the {sizes[0]} pixels are layer 0.",
            ", ".join(f"({m} + 1) {n}" for m, n in pairs) + ".",
            f"layer_1 = ({sizes[0]} + 1) * {sizes[1]}",
        ),
    }


def _drawn_widths(rng):
    pixels, classes = int(rng.choice([8, 12, 16, 20, 24, 28, 32])), int(rng.choice([4, 5, 8, 10, 12, 20, 26]))
    first, second = (10 * int(n) for n in rng.integers(4, 80, size=2))
    exercise = _parameters_of(pixels**2, first, second, classes)
    widths = exercise["title"].removeprefix("parameters of ")
    return exercise, {
        "Back to the network of the opening, 784-784-512-10. How many": "Back to counting. A network for pictures of "
        f"{pixels} × {pixels} pixels and {classes} classes has the widths {widths}. How many",
        "# Exercise 4.32: parameters of 784-784-512-10": f"# Exercise 4.32: {exercise['title']}",
    }


DIGIT_PARAMETERS = Exercise(
    id="4.32",
    debrief="Training keeps at least twice as many numbers: each parameter has its gradient beside it, and momentum "
            "adds a third.",
    kind="value",
    instances=lambda rng: [()],
    outputs=("layer 1", "layer 2", "layer 3", "together"),
    **_parameters_of(784, 784, 512, 10),
    vary=_drawn_widths,
    skeleton="counts = (..., ..., ..., ...)  # layer 1, layer 2, layer 3, together",
    minutes=5, level=1, core=False,
)

# --- worked examples ---


def _chain(x, w1, b1, w2, b2, w3, b3, *, slope_out=True, weights=True, inputs=True, product=True, twice=False,
           stale=False):
    a1 = naive_sigmoid(w1 * x + b1)
    a2 = naive_sigmoid(w2 * a1 + b2)
    a3 = naive_sigmoid(w3 * a2 + b3)
    if twice:
        s1, s2, s3 = (naive_sigmoid(a) * (1 - naive_sigmoid(a)) for a in (a1, a2, a3))
    else:
        s1, s2, s3 = a1 * (1 - a1), a2 * (1 - a2), a3 * (1 - a3)
    d3 = s3 if slope_out else 1.0
    d2 = (d3 if product else 1.0) * (w3 if weights else 1.0) * s2
    d1 = (d2 if product else 1.0) * (w2 if weights else 1.0) * s1
    i1, i2, i3 = (x, a1, a2) if inputs else (1.0, 1.0, 1.0)
    if stale:
        i2, i3 = x, x
    return d1 * i1, d1, d2 * i2, d2, d3 * i3, d3


CHAIN_GRADIENTS = Exercise(
    id="4.16",
    title="chain_gradients",
    debrief="The three deltas do nearly all of the work: with them each weight costs one more multiplication, and a "
            "bias none.",
    reference=_chain,
    instances=lambda rng: [
        (0.5, 0.8, 0.1, -1.2, 0.4, 1.5, -0.3),
        tuple(float(v) for v in rng.normal(size=7)),
        tuple(float(v) for v in 2 * rng.normal(size=7)),
    ],
    arguments=("x", "w1", "b1", "w2", "b2", "w3", "b3"),
    contract=Contract(zero="x, w1, w2, w3, b1"),
    outputs=("dw1", "db1", "dw2", "db2", "dw3", "db3"),
    backward=True,
    rtol=1e-8,
    mistakes=(
        Mistake("CHN-a", lambda *p: _chain(*p, slope_out=False), "The last sigmoid lies on the path too."),
        Mistake("CHN-b", lambda *p: _chain(*p, weights=False), "Going back from one score to the one before, "
                "you also cross a weight."),
        Mistake("CHN-c", lambda *p: _chain(*p, inputs=False), "Each weight got the gradient of its bias. By "
                "what is a weight multiplied?"),
        Mistake("CHN-d", lambda *p: _chain(*p, product=False), "Early parameters act through all later "
                "sigmoids. Where is the slope that came before?"),
        Mistake("CHN-e", lambda *p: _chain(*p, twice=True), "Your slopes squash the output once more."),
        Mistake("CHN-f", lambda *p: _chain(*p, stale=True), "w2 and w3 do not see x: what enters the second "
                "and the third sigmoid?"),
    ),
    hints=(
        "Go backwards and keep one running number: the slope of f with respect to the score of the current "
        "sigmoid.",
        "d3 = a3(1-a3);  d2 = d3 w3 a2(1-a2);  d1 = d2 w2 a1(1-a1);  dw_k = d_k times the input of sigmoid k, "
        "db_k = d_k.",
        "a1 = ops.sigmoid(w1 * x + b1), then a2 and a3 likewise",
    ),
    reminders={"type": "six numbers in the order dw1, db1, dw2, db2, dw3, db3"},
    points=2,
    minutes=12, level=2, core=False,
)


def _graph(v1, v2, *, add=True, tanh_input=False, square=True, sigmoid_twice=False, seed=1.0):
    v3 = v1 * v2
    v4 = np.tanh(v3)
    v5 = v1 + v4
    v6 = v2**2
    v7 = v5 * v6
    v8 = naive_sigmoid(v5)
    v9 = v7 + v8
    d = dict.fromkeys(range(1, 11), 0.0)

    def send(k, value):
        d[k] = d[k] + value if add else value

    d[10] = seed
    send(9, d[10] * v3)
    send(3, d[10] * v9)
    send(8, d[9])
    send(7, d[9])
    s = naive_sigmoid(v8) if sigmoid_twice else v8
    send(5, d[8] * s * (1 - s))
    send(5, d[7] * v6)
    send(6, d[7] * v5)
    send(2, d[6] * (2 * v2 if square else v2))
    send(1, d[5])
    send(4, d[5])
    send(3, d[4] * (1 - (np.tanh(v4) if tanh_input else v4) ** 2))
    send(1, d[3] * v2)
    send(2, d[3] * v1)
    return np.array([d[k] for k in range(1, 11)])


def _forward_values(v1, v2):
    v3 = v1 * v2
    v4 = np.tanh(v3)
    v5, v6 = v1 + v4, v2**2
    v7, v8 = v5 * v6, naive_sigmoid(v5)
    v9 = v7 + v8
    return np.array([v1, v2, v3, v4, v5, v6, v7, v8, v9, v9 * v3])


GRAPH_GRADIENTS = Exercise(
    id="4.17",
    title="graph_gradients",
    debrief="Path by path dv10/dv1 is a sum of five products and dv10/dv2 one of four; node by node every edge is used "
            "only once.",
    reference=_graph,
    instances=lambda rng: [(1.0, 2.0), (0.5, -1.5), tuple(float(v) for v in rng.normal(size=2))],
    arguments=("v1", "v2"),
    contract=Contract(zero="v1, v2", negative="v1"),
    backward=True,
    mistakes=(
        Mistake("GRF-a", lambda a, b: _graph(a, b, add=False), "A node that feeds two others hears from both. "
                "You kept only the message that came last."),
        Mistake("GRF-b", lambda a, b: _graph(a, b, tanh_input=True), "The slope of tanh: v4 is its output "
                "already."),
        Mistake("GRF-c", lambda a, b: _graph(a, b, sigmoid_twice=True), "The slope of the sigmoid: v8 is its "
                "output already."),
        Mistake("GRF-d", lambda a, b: _graph(a, b, square=False), "Look at the edge from v2 to its square: a "
                "product of a number with itself has two paths."),
        Mistake("GRF-e", lambda a, b: _graph(a, b, seed=_forward_values(a, b)[-1]), "How fast does v10 change "
                "with respect to v10 itself?"),
        Mistake("GRF-f", lambda a, b: _forward_values(a, b), "These are the values of the nodes, not the "
                "slopes of v10."),
        Mistake("GRF-g", lambda a, b: _graph(a, b)[::-1].copy(), "The right ten numbers in the order you "
                "computed them: entry k belongs to node k."),
    ),
    hints=(
        "Start with the slope 1 at v10 and visit the nodes from 10 down to 1; add up what arrives.",
        "d9 = d10 v3; d3 += d10 v9; d7 += d9; d8 += d9; d5 += d8 v8(1-v8); d5 += d7 v6; d6 += d7 v5; ...",
        "d = np.zeros(11); d[10] = 1 (so that d[k] belongs to node k), and return d[1:]",
    ),
    reminders={"shape": "ten numbers, one a node, v1 first"},
    points=2,
    minutes=10, level=2, core=False,
)


def _small(x, y, W1, w2, *, seen=None, on=None, sign=1.0, factor=1.0, weight=True, dw2=None):
    z = x @ W1
    h = np.maximum(z, 0)
    error = sign * factor * (h @ w2 - y)
    delta = error * (w2 if weight else 1.0) * ((z > 0) if on is None else on)
    dW1 = np.outer(x if seen is None else seen, delta)
    return dW1, (h if dw2 is None else dw2(x, z)) * error


#: the planted fault -> (its line, what to read before, what to read after); the first one is the chapter's own
_SMALL_FAULTS = {
    "NET-a": (
        "dW1 = np.ones((2, 1)) * (error * w2 * (z > 0))",
        "A set of lesson notes prints the hidden gradient as $(\\hat y - y)\\, w_j\\, [z_j > 0]$. The code below "
        "follows that formula.",
        "Without $x_i$ the rows of the gradient are equal, as if both inputs were 1: every weight into a hidden unit "
        "would move by the same amount.",
    ),
    "NET-b": (
        "dW1 = np.outer(x, error * w2)",
        "A set of lesson notes prints the hidden gradient as $(\\hat y - y)\\, w_j\\, x_i$. The code below follows "
        "that formula.",
        "Without $\\mathbb{1}[z_j > 0]$ a hidden unit that was off gets a gradient too, although none of its weights "
        "had a part in the prediction.",
    ),
    "NET-c": (
        "dW1 = np.outer(error * w2 * (z > 0), x)",
        "A set of lesson notes prints the hidden gradient as $x_j\\, (\\hat y - y)\\, w_i\\, [z_i > 0]$ for "
        "$W_{ij}$. The code below follows that formula.",
        "With the two indices exchanged every number is right and stands in the wrong place. Both layers have the same "
        "width here, so not even a shape gives the fault away.",
    ),
    "NET-e": (
        "dW1 = np.outer(x, error * (z > 0))",
        "A set of lesson notes prints the hidden gradient as $(\\hat y - y)\\, [z_j > 0]\\, x_i$. The code below "
        "follows that formula.",
        "Without $w_j$ both hidden units are told the same error, and a unit with a negative weight to the output is "
        "sent in the wrong direction.",
    ),
}


def _drawn_small_fault(rng):
    fault = str(rng.choice(list(_SMALL_FAULTS)))
    return {"untouched": fault}, dict(zip(_SMALL_FAULTS["NET-a"], _SMALL_FAULTS[fault], strict=True))


SMALL_NET = Exercise(
    id="4.19",
    title="small_net_gradients",
    debrief="A weight gets no gradient from a sample in which its input is 0, whatever the error: pixels that are "
            "always blank leave their weights as they were.",
    reference=_small,
    kind="bug",
    untouched="NET-a",
    instances=lambda rng: [
        (np.array([1.0, 2.0]), 1.0, np.array([[0.5, -0.5], [0.25, -1.0]]), np.array([2.0, 3.0])),
        (np.array([1.5, -0.5]), -1.0, np.array([[0.5, 1.0], [0.25, -1.0]]), np.array([2.0, -1.5])),
        (np.array([2.0, -1.0]), 0.5, np.array([[1.0, 0.5], [-1.0, 1.0]]), np.array([-0.7, 1.2])),
        (rng.uniform(0.5, 2, size=2), float(rng.normal()), rng.uniform(0.1, 1, size=(2, 2)), rng.normal(size=2)),
    ],
    arguments=("x", "y", "W1", "w2"),
    contract=Contract(shapes={"x": ".", "W1": "..", "w2": "."}, zero="x, y, w2"),
    outputs=("dW1", "dw2"),
    backward=True,
    rtol=1e-6,
    mistakes=(
        Mistake("NET-a", lambda x, y, W1, w2: _small(x, y, W1, w2, seen=np.ones(2)), "dW1: its two rows are "
                "equal, as if both inputs were the same. By what is each of these weights multiplied?"),
        Mistake("NET-b", lambda x, y, W1, w2: _small(x, y, W1, w2, on=1.0), "dW1: a unit that was off still "
                "learns."),
        Mistake("NET-c", lambda x, y, W1, w2: (_small(x, y, W1, w2)[0].T, _small(x, y, W1, w2)[1]), "dW1: rows belong "
                "to inputs, columns to hidden units. Yours are exchanged."),
        Mistake("NET-d", lambda x, y, W1, w2: _small(x, y, W1, w2, sign=-1.0), "Raise the output where it is "
                "too high already: does your gradient call that an improvement?"),
        Mistake("NET-e", lambda x, y, W1, w2: _small(x, y, W1, w2, weight=False), "dW1: on its way back the "
                "error passes one more weight."),
        Mistake("NET-f", lambda x, y, W1, w2: _small(x, y, W1, w2, factor=2.0), "Twice too large: the loss of "
                "this example carries the factor 1/2."),
        Mistake("NET-g", lambda x, y, W1, w2: _small(x, y, W1, w2, dw2=lambda x, z: z), "dw2: what enters the "
                "output unit, the score of a hidden unit or its output?"),
        Mistake("NET-h", lambda x, y, W1, w2: _small(x, y, W1, w2, dw2=lambda x, z: x), "dw2: the output unit "
                "does not see x. What enters it?"),
    ),
    hints=(
        "Change one weight of the first layer a little, on paper: which numbers change with it, and by how "
        "much?",
        "dJ/dW1_ij = (y_hat - y) w2_j 1[z_j > 0] x_i;  dJ/dw2_j = (y_hat - y) h_j.",
        "delta = error * w2 * (z > 0), then np.outer",
    ),
    reminders={"shape": "dW1 has the shape of W1, (2, 2), and dw2 that of w2, (2,)"},
    points=2,
    vary=_drawn_small_fault,
    minutes=10, level=2, core=False,
)


def _tanh_net(X, Y, W1, b1, W2, b2, *, slope=lambda h, z: 1 - h**2, D2=None, back=None, left=None, db1=None,
              enters=None):
    z = X @ W1 + b1
    h = np.tanh(z)
    error = h @ W2 + b2 - Y
    d2 = 2 * error / error.size if D2 is None else D2(error)
    d1 = (d2 @ W2.T if back is None else back(d2, W2)) * slope(h, z)
    return (
        (X if enters is None else enters(X)).T @ d1,
        d1.sum(axis=0) if db1 is None else db1(d1),
        (h if left is None else left(h, z)).T @ d2,
        d2.sum(axis=0),
    )


def _regression(rng):
    cases = []
    for N, D, M, K in ((1, 1, 2, 1), (4, 2, 3, 1), (5, 3, 4, 2)):
        cases.append((rng.normal(size=(N, D)), rng.normal(size=(N, K)), rng.normal(size=(D, M)), rng.normal(size=M),
                      rng.normal(size=(M, K)), rng.normal(size=K)))
    return cases


def _variant(**changed):
    return quiet(lambda *args: _tanh_net(*args, **changed))


LAYER_GRADIENTS = ("dW1", "db1", "dW2", "db2")

TANH_MISTAKES = (
    Mistake("TAN-a", _variant(slope=lambda h, z: 1.0), "First layer: between hidden score and hidden output "
            "lies a curve, and its slope is missing."),
    Mistake("TAN-b", _variant(slope=lambda h, z: 1 - z**2), "First layer: which of the two is squared in the "
            "slope of tanh, the score or the output?"),
    Mistake("TAN-c", _variant(slope=lambda h, z: h * (1 - h)), "First layer: that is the slope of the "
            "sigmoid."),
    Mistake("TAN-d", _variant(D2=lambda e: 2 * e), "Too large by the number of entries: the loss is a mean."),
    Mistake("TAN-e", _variant(D2=lambda e: e / e.size), "Half of the true gradient: a square has been "
            "differentiated."),
    Mistake("TAN-f", _variant(D2=lambda e: -2 * e / e.size), "Your gradient points downhill. A gradient points "
            "uphill; the minus sign belongs to the step."),
    Mistake("TAN-g", _variant(left=lambda h, z: z), "dW2: which quantity entered the second layer?"),
    Mistake("TAN-h", _variant(enters=np.ones_like), "dW1: all its rows are equal. By what is each first-layer "
            "weight multiplied?"),
    Mistake("AFB-4", _variant(db1=lambda d1: d1.mean(axis=0)), "db1: your hidden biases learn more slowly the "
            "larger the batch, the weights do not. Both need the same scale."),
)

TANH_NET = Exercise(
    id="4.20",
    title="tanh_net_gradients",
    debrief="Three products on the way back, two on the way forward: the fourth, for the gradient of X, is left out "
            "because nobody asks for it.",
    reference=_tanh_net,
    instances=_regression,
    arguments=("X", "Y", "W1", "b1", "W2", "b2"),
    contract=Contract(shapes={"X": "ND", "Y": "NM", "W1": "DH", "b1": "H", "W2": "HM", "b2": "M"}, whole="X, Y",
                      zero="X, W2"),
    outputs=LAYER_GRADIENTS,
    backward=True,
    mistakes=TANH_MISTAKES,
    hints=(
        "Two affine layers with one tanh between them: affine backward, slope, affine backward.",
        "D2 = 2 (y_hat - Y)/size;  D1 = (D2 W2^T) o (1 - H^2);  dW2 = H^T D2, dW1 = X^T D1, biases are column "
        "sums.",
        "H = np.tanh(X @ W1 + b1)",
    ),
    reminders={"shape": "each gradient has the shape of its parameter"},
    points=2,
    minutes=12, level=2, core=False,
)

REPAIR_TANH_NET = Exercise(
    id="4.28",
    title="repair the regression net",
    debrief="The slip grows with the batch: with one sample there is none, with 4,000 the hidden biases learn 4,000 "
            "times too slowly.",
    reference=_tanh_net,
    kind="bug",
    untouched="AFB-4",
    instances=_regression,
    arguments=("X", "Y", "W1", "b1", "W2", "b2"),
    contract=Contract(shapes={"X": "ND", "Y": "NM", "W1": "DH", "b1": "H", "W2": "HM", "b2": "M"}, whole="X, Y",
                      zero="X, W2"),
    outputs=LAYER_GRADIENTS,
    backward=True,
    mistakes=TANH_MISTAKES,
    hints=(
        "Only one of the four gradients disagrees with the finite difference. Compare its line with its "
        "sister.",
        "The factor between your db1 and the right one is the number of samples.",
        "Only the line marked G needs to change.",
    ),
    reminders={"shape": "each gradient has the shape of its parameter"},
    points=1,
    minutes=6, level=1, core=False,
)

# --- softmax classifier with a sigmoid hidden layer ---


def _two_layer(X, y, W1, b1, W2, b2, *, slope=lambda h: h * (1 - h), back=lambda d2, W2, dW2: d2 @ W2.T,
               output=lambda P: 1.0, left=lambda h, z: h, enters=lambda X: X, db1=lambda d1: d1.sum(axis=0)):
    z = X @ W1 + b1
    h = naive_sigmoid(z)
    P = naive_softmax(h @ W2 + b2)
    d2 = (P - onehot(y, len(b2))) / len(X) * output(P)
    dW2 = left(h, z).T @ d2
    d1 = back(d2, W2, dW2) * slope(h)
    return enters(X).T @ d1, db1(d1), dW2, d2.sum(axis=0)


def _classification(rng):
    cases = []
    for N, D, M, C in ((1, 1, 2, 2), (5, 2, 3, 4), (3, 4, 2, 3)):
        cases.append((rng.normal(size=(N, D)), rng.integers(0, C, size=N), rng.normal(size=(D, M)),
                      rng.normal(size=M), 1.5 * rng.normal(size=(M, C)), rng.normal(size=C)))
    return cases


def _net(**changed):
    return quiet(lambda *args: _two_layer(*args, **changed))


MLP_MISTAKES = (
    Mistake("MLP-1", _net(slope=lambda h: 1.0), "The hidden gradients are at least four times too large. What "
            "lies between the hidden score and the hidden output?"),
    Mistake("MLP-2", _net(back=lambda d2, W2, dW2: d2 @ (W2 / W2.sum(axis=0)).T), "First layer: you shared the "
            "error out in proportion to the weights. That is not a derivative."),
    Mistake("MLP-3", _net(slope=lambda h: naive_sigmoid(h) * (1 - naive_sigmoid(h))), "First layer: your slope "
            "hardly varies. Did the sigmoid act on something that had passed it already?"),
    Mistake("MLP-4", _net(enters=np.ones_like), "dW1: all its rows are equal. By what is each first-layer "
            "weight multiplied on the way forward?"),
    Mistake("MLP-5", _net(output=lambda P: P * (1 - P)), "Small where the net is confidently wrong. With this "
            "pair of output and loss one factor has cancelled."),
    Mistake("MLP-6", _net(back=lambda d2, W2, dW2: d2 @ (W2 - dW2).T), "First layer: W2 had moved already when "
            "you used it. All gradients belong to one set of parameters."),
    Mistake("MLP-7", _net(left=lambda h, z: z), "dW2: which quantity entered the second layer, the hidden "
            "score or the hidden output?"),
    Mistake("MLP-8", _net(db1=lambda d1: np.zeros(d1.shape[1])), "db1 is zero. Go through the parameters one "
            "by one: does each of them have a gradient?"),
    Mistake("MLP-a", _net(back=lambda d2, W2, dW2: d2 @ (W2 / W2.sum(axis=0)).T, slope=lambda h: 1.0), "First layer: "
            "an error shared out by weights, without any slope, is not a derivative."),
)

TWO_LAYER = Exercise(
    id="4.21",
    title="two_layer_backward",
    debrief="Each line of the way back uses one value that was kept on the way forward, in the opposite order.",
    reference=_two_layer,
    instances=_classification,
    arguments=("X", "y", "W1", "b1", "W2", "b2"),
    contract=Contract(shapes={"X": "ND", "y": "N", "W1": "DH", "b1": "H", "W2": "H.", "b2": "."}, whole="X",
                      zero="X, W2, y"),
    outputs=LAYER_GRADIENTS,
    backward=True,
    mistakes=MLP_MISTAKES,
    hints=(
        "From the loss backwards: the error of the scores, then the layer below. Four gradients, two errors.",
        "D2 = (P - onehot)/N;  D1 = (D2 W2^T) o H (1 - H);  dW2 = H^T D2, dW1 = X^T D1, biases are column "
        "sums.",
        "H = ops.sigmoid(X @ W1 + b1), then D2 = ops.softmax_ce_backward(H @ W2 + b2, y)",
    ),
    reminders={"shape": "each gradient has the shape of its parameter"},
    points=3,
    minutes=18, level=2, core=True,
)

REPAIR_CLASSIFIER = Exercise(
    id="4.26",
    title="repair the classifier",
    debrief="P (1 - P) is positive, so every entry of D2 kept its sign: each score was pushed the right way, only too "
            "weakly, and the curve looked plausible.",
    reference=_two_layer,
    kind="bug",
    untouched="MLP-5",
    instances=_classification,
    arguments=("X", "y", "W1", "b1", "W2", "b2"),
    contract=Contract(shapes={"X": "ND", "y": "N", "W1": "DH", "b1": "H", "W2": "H.", "b2": "."}, whole="X",
                      zero="X, W2, y"),
    outputs=LAYER_GRADIENTS,
    backward=True,
    mistakes=MLP_MISTAKES,
    hints=(
        "The net learns the easy points and ignores those where it is confidently wrong.",
        "Which line becomes tiny for a probability near zero or one?",
        "Only the line marked D needs to change: remove, do not add.",
    ),
    reminders={"shape": "each gradient has the shape of its parameter"},
    points=1,
    minutes=6, level=1, core=False,
)

# --- any number of sigmoid layers, squared error ---


def _deep(X, Y, weights, biases, *, output_slope=True, hidden_slope=True, sign=1.0, average_again=False, sums=True,
          stale=False):
    a = [X]
    for W, b in zip(weights, biases, strict=True):
        a.append(naive_sigmoid(a[-1] @ W + b))
    D = sign * (a[-1] - Y) / len(X)
    dWs, dbs = [], []
    for layer in reversed(range(len(weights))):
        out = a[layer + 1]
        last = layer == len(weights) - 1
        slope = naive_sigmoid(out) * (1 - naive_sigmoid(out)) if stale else out * (1 - out)
        if (last and output_slope) or (not last and hidden_slope):
            D = D * slope
        dW, db = a[layer].T @ D, D.sum(axis=0) if sums else D.mean(axis=0)
        if average_again:
            dW, db = dW / len(X), db / len(X)
        dWs.insert(0, dW)
        dbs.insert(0, db)
        D = D @ weights[layer].T
    return dWs, dbs


def _deep_instances(rng):
    cases = []
    for N, sizes in ((2, (1, 2, 1)), (5, (4, 3, 3, 1)), (3, (2, 4, 3, 2))):
        weights = [rng.normal(size=s) for s in _pairs(sizes)]
        biases = [rng.normal(size=n) for n in sizes[1:]]
        cases.append((rng.normal(size=(N, sizes[0])), rng.uniform(size=(N, sizes[-1])), weights, biases))
    return cases


def _deep_variant(**changed):
    return lambda *args: _deep(*args, **changed)


DEEP_BACKWARD = Exercise(
    id="4.22",
    title="deep_backward",
    debrief="The same few lines serve any number of layers: this loop is back-propagation.",
    reference=_deep,
    instances=_deep_instances,
    call=calls.deep_backward,
    arguments=("X", "Y", "weights", "biases"),
    contract=Contract(shapes={"X": "N.", "Y": "N."}, whole="X, Y", zero="X"),
    outputs=("dW1", "db1", "dW2", "db2", "dW3", "db3"),
    backward=True,
    mistakes=(
        Mistake("DPB-a", _deep_variant(output_slope=False), "With squared error the output sigmoid keeps its "
                "slope; it cancels only with cross-entropy."),
        Mistake("DPB-b", _deep_variant(hidden_slope=False), "Between two layers the error passes a sigmoid. "
                "Where is its slope?"),
        Mistake("DPB-c", _deep_variant(sign=-1.0), "A gradient points uphill; the minus sign belongs to the "
                "step."),
        Mistake("DPB-d", _deep_variant(average_again=True), "The mean over the batch was taken in the loss "
                "already; your layers take it again.", convention=True),
        Mistake("DPB-e", _deep_variant(sums=False), "The bias gradients are too small by the size of the "
                "batch."),
        Mistake("DPB-f", _deep_variant(stale=True), "Your slopes squash the output once more."),
    ),
    hints=(
        "Keep the outputs of all layers in a list on the way forward; walk through it backwards with one array "
        "D.",
        "D_L = (a_L - Y)/N o a_L(1 - a_L);  D_l = (D_{l+1} W_{l+1}^T) o a_l(1 - a_l);  dW_l = a_{l-1}^T D_l.",
        "a = [X], then for each layer a.append(ops.sigmoid(a[-1] @ W + b))",
    ),
    reminders={"shape": "each gradient has the shape of its parameter, first layer first"},
    points=3,
    minutes=20, level=3, core=False,
)

# --- the error shared out by weights, and the gradient ---


def _shares(w, error, h):
    return w / w.sum() * error, w * error, w * error * h * (1 - h)


ERROR_SPLIT = Exercise(
    id="4.23",
    title="error_split",
    debrief="The shares of the split always add up to the error; a gradient need not, for it answers another question, "
            "what a small change of this unit would do.",
    reference=_shares,
    instances=lambda rng: [
        (np.array([0.3, 0.6]), 1.0, np.array([0.5, 0.9])),
        (np.array([0.8, -0.3, 0.1]), -0.5, rng.uniform(size=3)),
        (rng.uniform(0.1, 1, size=4), float(rng.normal()), rng.uniform(size=4)),
    ],
    arguments=("w", "error", "h"),
    contract=Contract(shapes={"w": "L", "h": "L"}, whole="w", zero="error", negative="w"),
    outputs=("split", "dh", "dz"),
    mistakes=(
        Mistake("SPL-a", lambda w, e, h: (np.abs(w) / np.abs(w).sum() * e, w * e, w * e * h * (1 - h)), "split: the "
                "printed rule divides by the plain sum, whatever the signs."),
        Mistake("SPL-b", lambda w, e, h: (w * e, w * e, w * e * h * (1 - h)), "split: shares must add up to "
                "the whole error."),
        Mistake("SPL-c", lambda w, e, h: (w / w.sum() * e, w / w.sum() * e, w / w.sum() * e * h * (1 - h)),
                "dh, dz: the derivative of a sum of products knows nothing about the other weights."),
        Mistake("SPL-d", lambda w, e, h: (w / w.sum() * e, w * e, w * e), "dz: between score and output of a "
                "hidden unit lies its slope."),
        Mistake("SPL-e", lambda w, e, h: (w / w.sum() * e, h * e, h * e * h * (1 - h)), "dh: that is the "
                "gradient of the weights."),
        Mistake("SPL-f", lambda w, e, h: (w / w.sum(), w * e, w * e * h * (1 - h)), "split: shares of what?"),
    ),
    hints=(
        "Three rules for one situation: shares of a cake, slope towards the outputs, slope towards the scores.",
        "split = error w/sum w;  dh = error w;  dz = dh o h(1 - h).",
        "dh = error * w",
    ),
    reminders={"shape": "three arrays as long as w"},
    minutes=6, level=1, core=False,
)

# --- how far a product of slopes falls ---

_NUMBERS = {6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}


def _slopes(factors, lr, layers):
    """The exercise with these slopes, this learning rate and this number of sigmoids."""
    # rounded: 0.5 * 0.4 * 0.1 on paper
    product, added, bound = round(math.prod(factors), 12), round(sum(factors), 12), 0.25**layers
    count, chain = _NUMBERS[layers], [f"{factor:g}" for factor in factors]
    return {
        "title": f"three slopes and {count}",
        "reference": (product, lr * product, bound),
        "outputs": ("product", "step", f"bound for {count} sigmoids"),
        "mistakes": (
            Mistake("SLP-a", (product / 10, lr * product / 10, bound), "product: count the decimal places once more, "
                    "factor by factor."),
            Mistake("SLP-b", (product, 10 * lr * product, bound), f"step: the learning rate is {lr:g}."),
            Mistake("SLP-c", (product, lr * product, 0.5**layers), "bound: what is the steepest slope of the sigmoid?"),
            Mistake("SLP-d", (product, lr * product, layers * 0.25), "bound: slopes along a path are multiplied, not "
                    "added."),
            Mistake("SLP-e", (added, lr * added, bound), "product: slopes along a path are multiplied, not added."),
        ),
        "hints": (
            "A path has one slope after another; the chain rule multiplies them.",
            f"{' x '.join(chain)}; that times the learning rate {lr:g}; the largest slope of a sigmoid to the power "
            f"{count}.",
            f"product = {' * '.join(chain)}",
        ),
    }


def _drawn_slopes(rng):
    factors = [int(n) / 10 for n in rng.choice(range(1, 10), size=3, replace=False)]
    lr, layers = float(rng.choice([0.01, 0.02, 0.03, 0.05, 0.001, 0.002])), int(rng.choice(list(_NUMBERS)))
    exercise, (a, b, c) = _slopes(factors, lr, layers), factors
    return exercise, {
        "Three slopes 0.5, 0.4 and 0.1 multiply to 0.02. (A printed example has 0.002 and a step of 0.00002; count the "
        "decimals.) With a learning rate of 0.01 the step is 0.0002. Give": f"On one path lie the slopes {a:g}, {b:g} "
        f"and {c:g}, and the learning rate is {lr:g}. (A printed example of this kind is wrong by a factor of ten; "
        "count the decimals.) Give",
        "and the largest possible product of ten sigmoid slopes.": "and the largest possible product of "
        f"{_NUMBERS[layers]} sigmoid slopes.",
        "# Exercise 4.29: three slopes and ten": f"# Exercise 4.29: {exercise['title']}",
    }


SLOPE_PRODUCT = Exercise(
    id="4.29",
    debrief="The last number needs every score at 0. Weights of size 4 would make up for the quarter of each layer, "
            "but they tend to drive scores away from 0.",
    kind="value",
    instances=lambda rng: [()],
    **_slopes((0.5, 0.4, 0.1), 0.01, 10),
    vary=_drawn_slopes,
    skeleton="products = (..., ..., ...)  # of three slopes, the step, the bound for ten",
    minutes=6, level=1, core=False,
)

EXERCISES = (
    COUNT_PARAMETERS,
    CHAIN_GRADIENTS,
    GRAPH_GRADIENTS,
    SMALL_NET,
    TANH_NET,
    TWO_LAYER,
    DEEP_BACKWARD,
    ERROR_SPLIT,
    REPAIR_CLASSIFIER,
    REPAIR_TANH_NET,
    SLOPE_PRODUCT,
    DIGIT_PARAMETERS,
)

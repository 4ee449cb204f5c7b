"""Exercises on the spread of signals and gradients: three starts, what ten layers make of them, which gain to take."""

from itertools import pairwise

import numpy as np

from course_lib.chapters.ch05_initialization import calls, cases
from course_lib.exercises.define import DDOF, all_filled, exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, Slot, Slots

# --- the spread of a score ---


def score_sd(a, sd_w):
    return float(sd_w * np.sqrt((a**2).sum(axis=1).mean()))


def _score_loops(a, sd_w):
    total = sum(float(value) ** 2 for row in a for value in row)
    return (sd_w**2 * total / len(a)) ** 0.5


SCORE_SD = Exercise(
    id="5.4",
    title="score_sd",
    debrief="With twice as many inputs of the same size the spread is only the root of 2 times as large: terms of "
            "either sign partly cancel.",
    reference=score_sd,
    instances=lambda rng: [
        (np.array([[1.0, 2.0], [0.0, 3.0], [2.0, 0.0]]), 0.5),
        (rng.normal(1, 2, size=(5, 3)), 0.1),
        (np.maximum(rng.normal(size=(4, 6)), 0), 2.0),
        (rng.uniform(size=(1, 7)), 0.3),
    ],
    arguments=("a", "sd_w"),
    contract=Contract(shapes={"a": "ND"}, zero="a", values={"sd_w": (1,)}),
    mistakes=(
        Mistake("SCO-a", lambda a, s: float(s * np.sqrt(a.shape[1] * a.var())), "You took the variance of the inputs. "
                "An input with a mean carries the random weight along: what stands in the formula is the mean square."),
        Mistake("SCO-b", lambda a, s: float(s * np.sqrt((a**2).mean())), "This is the spread of one product. How many "
                "products are added in a score?"),
        Mistake("SCO-c", lambda a, s: float(s**2 * (a**2).sum(axis=1).mean()), "This is a variance. The spread is its "
                "root."),
        Mistake("SCO-d", lambda a, s: float(s * np.sqrt(len(a) * (a**2).mean())), "A score adds over the inputs of the "
                "unit, not over the samples."),
        Mistake("SCO-e", lambda a, s: float(np.sqrt(s * (a**2).sum(axis=1).mean())), "Is sd_w a spread or a variance? "
                "Inside the root stands the variance of the weights."),
        Mistake("SCO-f", lambda a, s: float(s * a.shape[1] * np.sqrt((a**2).mean())), "You added spreads. Of "
                "independent numbers the variances add up."),
        Mistake("SCO-h", lambda a, s: float(s * np.sqrt(a.shape[1]) * abs(a.mean())), "You averaged first and squared "
                "then, so that plus and minus cancel. In which order does E(a^2) do it?"),
        Mistake("SCO-i", lambda a, s: float(s * np.sqrt(a.size * (a**2).mean())), "You added the products of all "
                "samples. A score belongs to one row of a."),
        Mistake("SCO-j", lambda a, s: float(s * np.sqrt(a.shape[1] * (a**2).sum())), "E is a mean. Your root holds a "
                "sum of squares, so it grows with the number of rows."),
        Mistake("SCO-k", lambda a, s: float(s * np.sqrt(a.shape[1]) * a.std(axis=0).mean()), "You took the spread of "
                "each input. An input with a mean carries the random weight along; which mean stands in (5.4)?"),
        Mistake("SCO-g", lambda a, s: float(s * np.sqrt(a.shape[1]) * np.abs(a).mean()), "The mean size is not the "
                "root of the mean square: large inputs count more."),
    ),
    hints=(
        "Variances of independent products add up, one product for each input.",
        "Var(z) = n Var(w) E(a^2), with n inputs; E(a^2) is the mean over all entries of a.",
        "n = a.shape[1]",
    ),
    reminders={"type": "one number", "shape": "one number for the whole layer; E(a^2) is a mean over all inputs of all "
               "samples", "value": "nothing is drawn; (5.4) has three factors, then comes the root"},
    points=2,
    minutes=8, level=2, core=True,
    variants=(_score_loops, lambda a, s: s * np.linalg.norm(a) / np.sqrt(len(a))),
)

# --- three starts ---

_SIDE = "Rows are inputs and columns are units: the shape is (fan_in, fan_out)."
_ROOT = "Variance or standard deviation? A normal number is multiplied by its spread, the root of the variance."
_SIGNS = "mean: all your weights are positive. Around which number should they lie?"
_ZERO = ("copies: all your weights are 0. Print the number that they are scaled with; // cuts off what stands behind "
         "the point.")
_RECIPROCALS = "You took the mean of 1/fan_in and 1/fan_out. (5.10) is one over the mean of the widths themselves."
_PLACE = "Your numbers have the spread 1. The first argument of rng.normal is the mean; which one is the spread?"
_INVERSE = "Your weights grow with the fan-in. The more terms a score adds, the larger or the smaller must each be?"


def normal(variance):
    """The start N(0, variance(fan_in, fan_out))."""
    return lambda rng, n, m: np.sqrt(variance(n, m)) * rng.standard_normal((n, m))


def even(bound, low=-1.0):
    """The start U(low * bound, bound)."""
    return lambda rng, n, m: rng.uniform(low * bound(n, m), bound(n, m), (n, m))


def _layers(rng):
    seed, *sizes = rng.integers([0, 100, 260, 150, 300], [1_000_000, 250, 400, 250, 500]).tolist()
    n, m, wide, long = sizes
    return [(seed, n, m), (seed, m, n), (seed, 3, wide), (seed, long, 2), (seed, 1, 200)]


def _copies(layers):
    """Whether whole columns, or whole rows, are copies of the first."""
    return bool((layers == layers[:, :, :1]).all() or (layers.shape[1] > 1 and (layers == layers[:, :1]).all()))


def _measured(answer, seed, fan_in, fan_out):
    """Shape, copies, mean, spread and fourth moment of what was drawn; mean and moment in units of the mean square.

    The fourth moment tells distributions apart: 3 of a normal one, 1.8 of a uniform one, 1 of one number with both
    signs. Rounded to steps of 0.3 it is the same for every draw.
    """
    W, again, other = (np.asarray(each, dtype=float) for each in answer)
    squares = W * W
    square = float(np.mean(squares)) or 1.0
    mean = abs(round(float(W.mean() / np.sqrt(square)), 1))
    fourth = 0.3 * round(float(np.mean(squares * squares)) / square**2 / 0.3)
    own = bool((W == again).all() and not (W == other).all())
    return *W.shape[1:], _copies(W), own, mean, float(W.std()), fourth


def start(id, title, reference, mistakes, hints, **more):
    """An exercise whose answer draws the weights of one layer: judged by shape, mean, spread and fourth moment."""
    own = lambda rng, n, m: reference(np.random.default_rng(7), n, m)
    prefix = title[:2].upper() + title[-1].upper()
    return Exercise(
        id=id,
        title=title,
        reference=reference,
        instances=_layers,
        call=calls.drawn,
        read=_measured,
        arguments=("seed", "fan_in", "fan_out"),
        contract="judged by the spread of many numbers; a size goes down to 1 as drawn",
        outputs=("rows", "columns", "copies", "drawn from rng", "mean", "spread", "fourth moment"),
        rtol=0.03,
        mistakes=(
            *mistakes,
            Mistake(f"{prefix}-a", own, "drawn from rng: your numbers are not from the generator that was handed in, "
                    "or not from it alone. Which line makes one of its own? With a fixed seed all layers of one "
                    "size would begin alike."),
            Mistake(f"{prefix}-b", lambda rng, n, m: np.tile(reference(rng, n, m)[:, :1], (1, m)), "copies: all "
                    "columns of your W are the same, so all units are. How many numbers must be drawn for one layer?"),
            Mistake(f"{prefix}-d", lambda rng, n, m: np.tile(reference(rng, n, m)[:1], (n, 1)), "copies: all rows of "
                    "your W are the same: a unit treats all inputs alike. How many numbers must be drawn for one "
                    "layer?"),
            Mistake(f"{prefix}-e", lambda rng, n, m: np.sign(W := reference(rng, n, m)) * W.std(), "fourth moment: "
                    "mean and variance may be right, but only few different numbers are drawn. Which distribution is "
                    "asked for?"),
            Mistake(f"{prefix}-c", lambda rng, n, m: reference(rng, n, m).T, _SIDE),
        ),
        hints=hints,
        reminders={"shape": "W has the shape (fan_in, fan_out)", "type": "one array of weights",
                   "factor": "the spread is the root of the variance; the fourth moment, in units of the squared "
                   "variance, is 3 for normal numbers and 1.8 for uniform ones",
                   "value": "draw a large W and compare its shape, its mean and its spread with the docstring"},
        core=True,
        **more,
    )


LECUN = start(
    "5.5", "lecun_normal",
    normal(lambda n, m: 1 / n),
    (
        Mistake("LEC-1", normal(lambda n, m: 1 / n**2), _ROOT),
        Mistake("LEC-2", normal(lambda n, m: 1 / m), "How many terms are summed into one unit: its inputs, or its "
                "neighbors?"),
        Mistake("LEC-3", normal(lambda n, m: 1.0), "Your spread is 1 for every layer. With 200 inputs a score then has "
                "a spread of 14."),
        Mistake("LEC-5", even(lambda n, m: (1 / n) ** 0.5), "A bound is not a spread: U(-r, r) has the spread "
                "r/sqrt(3), and here normal numbers are asked for."),
        Mistake("LEC-6", even(lambda n, m: (3 / n) ** 0.5), "The right spread from a uniform distribution: a variant "
                "with a name of its own, lecun_uniform.", convention=True),
        Mistake("LEC-7", normal(lambda n, m: 2 / n), "Your variance is twice that of (5.5). Nothing is cut off from "
                "the signal here; where does a 2 come from?"),
        Mistake("LEC-8", normal(lambda n, m: 2 / (n + m)), "You took the mean of both fans. A score adds over the "
                "inputs of its unit; does it matter how many neighbors the unit has?"),
        Mistake("LEC-9", normal(lambda n, m: 1e-4), "Your spread is 0.01 for every layer. It should follow from the "
                "number of inputs."),
        Mistake("LEC-10", normal(lambda n, m: n), _INVERSE),
        Mistake("LEC-11", lambda rng, n, m: np.abs(rng.standard_normal((n, m))) / np.sqrt(n), _SIGNS),
        Mistake("LEC-12", even(lambda n, m: (1 / n) ** 0.5, low=0.0), "mean: rng.random draws evenly between 0 and 1, "
                "so no weight is negative. Which distribution was asked for?"),
        Mistake("LEC-13", lambda rng, n, m: rng.normal((1 / n) ** 0.5, size=(n, m)), _PLACE),
        Mistake("LEC-15", lambda rng, n, m: np.zeros((n, m)), _ZERO),
        Mistake("LEC-14", normal(lambda n, m: 1 / n**4), "You squared the variance. From variance to spread it is the "
                "other way."),
    ),
    ("Draw standard normal numbers and scale them.",
     "w ~ N(0, 1/fan_in): spread 1/sqrt(fan_in).",
     "W = rng.standard_normal((fan_in, fan_out))"),
    debrief="What this start keeps is the mean square of its inputs: where that is 4, the scores have a spread of 2.",
    minutes=5, level=1,
    variants=(lambda rng, n, m: rng.normal(0, n**-0.5, size=(n, m)),
              lambda rng, n, m: np.array([[rng.standard_normal() for _ in range(m)] for _ in range(n)]) / np.sqrt(n)),
    library="course_lib.ops.initializers.lecun_normal",
)

HE = start(
    "5.7", "he_normal",
    normal(lambda n, m: 2 / n),
    (
        Mistake("HEI-1", normal(lambda n, m: 1 / n), "Your scale keeps the variance of a linear layer; ReLU throws "
                "half away."),
        Mistake("HEI-2", normal(lambda n, m: 2 / m), "Right only while the layers are equally wide. How many terms are "
                "summed into one unit?"),
        Mistake("HEI-3", normal(lambda n, m: 4 / n**2), _ROOT),
        Mistake("HEI-4", normal(lambda n, m: 2 / n**2), "Check the power of n: ten layers of 512 would bring the "
                "signal down to about 1e-14. It stands so in a printed book."),
        Mistake("HEI-5", lambda rng, n, m: np.full((n, m), (2 / n) ** 0.5), "Where is the randomness? All units would "
                "be identical."),
        Mistake("HEI-6", lambda rng, n, m: np.zeros((n, m)), "Swap two hidden units of your net: can training tell "
                "them apart?"),
        Mistake("HEI-7", lambda rng, n, m: rng.uniform(0, 0.3, (n, m)), "What is the mean of your weights? Scores "
                "that are all positive grow from layer to layer."),
        Mistake("HEI-8", lambda rng, n, m: 0.01 * rng.standard_normal((n, m)), "Your scale ignores the fan-in."),
        Mistake("HEI-9", even(lambda n, m: (6 / n) ** 0.5), "The right spread from a uniform distribution: a variant "
                "with a name of its own, he_uniform.", convention=True),
        Mistake("HEI-19", even(lambda n, m: (2 / n) ** 0.5), "A bound is not a spread: U(-r, r) has the spread "
                "r/sqrt(3), and here normal numbers are asked for."),
        Mistake("HEI-10", normal(lambda n, m: 4 / (n + m)), "The mean of both widths is Xavier's compromise. For ReLU "
                "the fan-in alone counts here."),
        Mistake("HEI-11", normal(lambda n, m: 2 / (n + m)), "The sum of both widths belongs to the compromise between "
                "forward and backward. Which fan counts the terms of a score?"),
        Mistake("HEI-12", normal(lambda n, m: 4 / n), "Your variance is twice too large. Does the root of (5.8) reach "
                "over the 2?"),
        Mistake("HEI-13", normal(lambda n, m: 1 / (2 * n)), "ReLU halves the mean square. Must the weights make up for "
                "it or halve it again?"),
        Mistake("HEI-14", normal(lambda n, m: n / 2), _INVERSE),
        Mistake("HEI-15", lambda rng, n, m: np.abs(rng.standard_normal((n, m))) * np.sqrt(2 / n), _SIGNS),
        Mistake("HEI-16", even(lambda n, m: (2 / n) ** 0.5, low=0.0), "mean: rng.random draws evenly between 0 and 1, "
                "so no weight is negative. Which distribution was asked for?"),
        Mistake("HEI-17", lambda rng, n, m: rng.normal((2 / n) ** 0.5, size=(n, m)), _PLACE),
        Mistake("HEI-18", normal(lambda n, m: 1.0), "Your spread is 1 for every layer. It should follow from the "
                "number of inputs."),
    ),
    ("ReLU lets half of the mean square through, so the variance of the weights has to make up for it.",
     "w ~ N(0, 2/fan_in): spread sqrt(2/fan_in).",
     "spread = np.sqrt(2 / fan_in)"),
    debrief="The 2 belongs to ReLU: a slope of a below zero lets (1 + a^2)/2 of the mean square through, and asks for "
            "2/(1 + a^2) instead.",
    minutes=6, level=1,
    variants=(lambda rng, n, m: rng.normal(scale=(2 / n) ** 0.5, size=(n, m)),
              lambda rng, n, m: np.asfortranarray(rng.standard_normal((m, n)).T * np.sqrt(2) / n**0.5)),
    library="course_lib.ops.initializers.he_normal",
)


XAVIER = start(
    "5.8", "xavier_uniform",
    even(lambda n, m: (6 / (n + m)) ** 0.5),
    (
        Mistake("XAV-1", even(lambda n, m: (2 / (n + m)) ** 0.5), "The spread is too small by sqrt(3). What is the "
                "variance of U(-r, r)?"),
        Mistake("XAV-2", even(lambda n, m: (6 / (n + m)) ** 0.5, low=0.0), "Where is the center of your interval?"),
        Mistake("XAV-3", even(lambda n, m: 0.5), "Your scale ignores the number of inputs."),
        Mistake("XAV-4", even(lambda n, m: 6 / (n + m)), "Is your bound a variance or a length?"),
        Mistake("XAV-5", normal(lambda n, m: 1 / n), "This is LeCun's start: normal, and the fan-out does not count. "
                "Which distribution was asked for?"),
        Mistake("XAV-6", even(lambda n, m: (6 / n) ** 0.5), "This is He's bound. Both directions, forward and "
                "backward, share the compromise here."),
        Mistake("XAV-7", normal(lambda n, m: 2 / (n + m)), "The right variance from a normal distribution: a variant "
                "with a name of its own, xavier_normal.", convention=True),
        Mistake("XAV-8", even(lambda n, m: (3 / (n + m)) ** 0.5), "The variance of the weights is 2 over the sum of "
                "both widths, one over their mean."),
        Mistake("XAV-9", even(lambda n, m: 2 / (n + m)), "This is the variance (5.10) itself as a bound. What is the "
                "variance of U(-r, r)?"),
        Mistake("XAV-10", even(lambda n, m: (3 / n) ** 0.5), "The bound is right for a variance of 1/fan_in. Where is "
                "the way back?"),
        Mistake("XAV-11", even(lambda n, m: (3 / m) ** 0.5), "The bound is right for a variance of 1/fan_out. Where is "
                "the way forward?"),
        Mistake("XAV-12", even(lambda n, m: (24 / (n + m)) ** 0.5), "Your interval is twice as wide as it should be. "
                "Is r its width, or half of it?"),
        Mistake("XAV-13", even(lambda n, m: (1.5 / (n + m)) ** 0.5), "Your interval is half as wide as it should be. "
                "Is r its width, or half of it?"),
        Mistake("XAV-14", even(lambda n, m: (12 / (n + m)) ** 0.5), "Your variance is twice that of (5.10). The 2 "
                "above the sum makes the mean of both widths; did it enter once more?"),
        Mistake("XAV-16", even(lambda n, m: (6 / n + m) ** 0.5), "In which order does Python work out what stands "
                "under your root? The sum of both widths is one denominator."),
        Mistake("XAV-17", even(lambda n, m: (6 / (n * m)) ** 0.5), "You multiplied the widths. The compromise takes "
                "their mean."),
        Mistake("XAV-19", even(lambda n, m: (1.5 / n + 1.5 / m) ** 0.5), _RECIPROCALS),
        Mistake("XAV-20", even(lambda n, m: (3 / n + 3 / m) ** 0.5), "You added two variances, one for each way. The "
                "compromise is one over the mean of both widths."),
        Mistake("XAV-21", even(lambda n, m: (0.5 / n + 0.5 / m) ** 0.5), _RECIPROCALS + " And your bound is taken for "
                "a spread: what is the variance of U(-r, r)?"),
        Mistake("XAV-23", lambda rng, n, m: np.zeros((n, m)), _ZERO),
        Mistake("XAV-22", lambda rng, n, m: rng.uniform((6 / (n + m)) ** 0.5, 1.0, (n, m)), "mean: with one number "
                "rng.uniform draws between it and 1. Which two ends has your interval?"),
        Mistake("XAV-18", even(lambda n, m: 6**0.5 / (n + m)), "How far does the root reach: over the 6 only, or over "
                "the whole fraction?"),
    ),
    ("First the variance, then the bound of a uniform distribution that has it.",
     "Var = r^2/3 = 2/(fan_in + fan_out), so r = sqrt(6/(fan_in + fan_out)).",
     "r = np.sqrt(6 / (fan_in + fan_out))"),
    debrief="Where a layer has as many units as inputs this is the variance of LeCun's start; the two differ where "
            "the width changes.",
    minutes=8, level=2, points=2,
    variants=(lambda rng, n, m: (2 * rng.random((n, m)) - 1) * np.sqrt(3) * np.sqrt(2 / (n + m)),
              lambda rng, n, m: (6 / (n + m)) ** 0.5 * rng.uniform(-1, 1, size=(n, m))),
    library="course_lib.ops.initializers.xavier_uniform",
)

# --- the spread after each layer ---


def layer_sds(X, weights):
    a, sds = X, []
    for W in weights:
        a = np.maximum(a @ W, 0)
        sds.append(a.std())
    return np.array(sds)


@exchangeable
def _sds(squash=lambda z: np.maximum(z, 0), measure=lambda a, z: a.std(), feed=lambda a, z, X: a,
         times=np.matmul):
    def answer(X, weights):
        a, sds = X, []
        for W in weights:
            z = times(a, W)
            sds.append(measure(squash(z), z))
            a = feed(squash(z), z, X)
        return np.array(sds)

    return answer


def _last_scores(X, weights):
    for W in weights[:-1]:
        X = np.maximum(X @ W, 0)
    return X @ weights[-1]


def _relu_before(X, weights):
    a, sds = X, []
    for W in weights:
        a = np.maximum(a, 0) @ W
        sds.append(a.std())
    return np.array(sds)


def _stack(rng, N, widths):
    return rng.normal(size=(N, widths[0])), [rng.normal(size=pair) for pair in pairwise(widths)]


LAYER_SDS = Exercise(
    id="5.6",
    title="layer_sds",
    debrief="This costs one forward pass and no labels: it can be looked at before every long training.",
    reference=layer_sds,
    instances=lambda rng: [
        (np.array([[1.0, 2.0], [3.0, -1.0]]), [np.eye(2), np.array([[1.0, -1.0], [1.0, 1.0]])]),
        _stack(rng, 5, (4, 4, 4)),
        _stack(rng, 7, (3, 6, 2, 5)),
        _stack(rng, 4, (3, 2)),
    ],
    arguments=("X", "weights"),
    contract=Contract(shapes={"X": "N."}, whole="X", zero="X",
                      values={"weights": {"one layer": lambda given: given["weights"][:1]}}),
    read=lambda sds, X, weights: np.asarray(sds, dtype=float),
    slots=Slots(lambda X, weights, ddof: _sds(measure=lambda a, z: a.std(ddof=ddof))(X, weights),
                {"ddof": Slot("ddof", 0, DDOF, (1,))}),
    mistakes=(
        Mistake("LSD-a", _sds(squash=lambda z: z), "Nothing bends in your layers. Where is the ReLU?"),
        Mistake("LSD-b", _sds(measure=lambda a, z: z.std()), "You measured the scores. What goes on to the next layer "
                "is their positive part."),
        Mistake("LSD-c", _sds(measure=lambda a, z: a.var()), "These are variances."),
        Mistake("LSD-d", _sds(measure=lambda a, z: np.sqrt((a**2).mean())), "This is the root mean square. A standard "
                "deviation takes the mean off first, and outputs of ReLU have one."),
        Mistake("LSD-e", _sds(feed=lambda a, z, X: z), "The first entry is right. What does the second layer get as "
                "its input, the scores or the outputs?"),
        Mistake("LSD-i", lambda X, weights: np.array([np.maximum(X @ W, 0).std() for W in weights]), "Every layer of "
                "yours gets the input of the first one. What should the second layer get?"),
        Mistake("LSD-f", lambda X, weights: np.array([X.std(), *layer_sds(X, weights)[:-1]]), "Your list begins with "
                "the input and lacks the last layer."),
        Mistake("LSD-g", lambda X, weights: layer_sds(X, weights)[-1:], "Only the last layer is there. One number for "
                "each layer is asked for."),
        Mistake("LSD-h", _sds(measure=lambda a, z: a.std(axis=0).mean()), "You averaged the spread of single units. "
                "The spread of the layer is that of all its entries together."),
        Mistake("LSD-j", _sds(measure=lambda a, z: a.std(axis=1).mean()), "You averaged the spread of single samples. "
                "The spread of the layer is that of all its entries together."),
        Mistake("LSD-k", quiet(_sds(measure=lambda a, z: a[a > 0].std() if (a > 0).any() else 0.0)), "You left out "
                "the zeros. They are outputs of the layer too."),
        Mistake("LSD-m", _sds(squash=np.tanh), "Your layers bend like tanh. Which activation is asked for?"),
        Mistake("LSD-n", _sds(squash=np.abs), "Negative scores come out positive. What does ReLU make of them?"),
        Mistake("LSD-o", _sds(squash=lambda z: np.minimum(z, 0)), "You keep the negative half of the scores. Which "
                "half does ReLU keep?"),
        Mistake("LSD-p", lambda X, weights: layer_sds(X, weights)[::-1], "Right numbers in the reverse order: the "
                "first is that of the first layer."),
        Mistake("LSD-q", lambda X, weights: np.array([*layer_sds(X, weights)[:-1], _last_scores(X, weights).std()]),
                "All right but the last layer. Does the ReLU come behind it too?"),
        Mistake("LSD-r", _relu_before, "In your layers the ReLU comes before the matrix. Read a <- relu(a W) from the "
                "inside out."),
        Mistake("LSD-t", _sds(times=lambda a, W: a @ W.T), "Your matrices lie on their side. Write the shapes of a "
                "and W: rows of a are samples, rows of W belong to the inputs."),
        Mistake("LSD-u", _sds(times=lambda a, W: W @ a), "Which side of the product is the batch on? Write the shapes "
                "of a and W."),
        Mistake("LSD-s", lambda X, weights: np.array([W.std() for W in weights]), "This is the spread of the weights. "
                "Where do the outputs come in?"),
    ),
    hints=(
        "Keep the current output in one name, replace it layer by layer, note its spread each time.",
        "a <- max(0, a W); append a.std().",
        "for W in weights: a = np.maximum(a @ W, 0)",
    ),
    reminders={"shape": "one number for each matrix in weights",
               "value": "first the matrix, then ReLU, then the spread is noted, and the output goes on"},
    points=2,
    minutes=8, level=2, core=True,
    variants=(lambda X, weights: [(X := (X @ W) * (X @ W > 0)).std() for W in weights],
              lambda X, weights: tuple(layer_sds(np.asfortranarray(X), weights).tolist())),
)

# --- read a curve ---


def _factor():
    """The factor a layer by which the errors of the curve shrink on their way back."""
    spreads = cases.errors_by_layer()
    return float((spreads[0] / spreads[-1]) ** (1 / (len(spreads) - 1)))


def _curve_at_work(answer):
    """Factor, gain, and how many layers of the answer's own factor lead to what it leaves of an error of 1."""
    all_filled(answer, ("factor", "gain", "after_50"))
    for key, value in answer.items():
        if isinstance(value, str | bool) or not np.isreal(value) or np.ndim(value) or not value > 0:
            raise TypeError(f"{key} is {value!r:.40}, expected a number above 0, for factors multiply")
    factor = float(answer["factor"])
    layers = np.log(float(answer["after_50"])) / np.log(factor) if factor != 1 else 0.0
    return factor, float(answer["gain"]), float(layers)


def _curve(factor, gain=None, after_50=None):
    gain = factor * np.sqrt(2) if gain is None else gain
    return {"factor": factor, "gain": gain, "after_50": factor**50 if after_50 is None else after_50}


_READ = _curve(_factor())

CURVE = Exercise(
    id="5.9",
    title="read the curve",
    debrief="A factor of 0.76 sounds mild: it halves the error every two and a half layers and leaves about a "
            "millionth after fifty.",
    kind="value",
    reference=_READ,
    instances=lambda rng: [()],
    call=_curve_at_work,
    outputs=("factor", "gain", "after_50"),
    rtol=0.06,
    mistakes=(
        Mistake("CUR-a", _curve(1 / _READ["factor"], _READ["gain"], _READ["after_50"]), "factor: yours is above 1. "
                "Going back, towards layer 1, do the errors grow or shrink?"),
        Mistake("CUR-b", _curve(_READ["factor"] ** 18, _READ["gain"], _READ["after_50"]), "factor: this is the one "
                "over all layers. How many steps lie between the first and the last, and what makes one step of them?"),
        Mistake("CUR-c", _READ | {"gain": _READ["factor"]}, "gain: a ReLU lets half of the squares through, also on "
                "the way back. The factor is the gain times sqrt(1/2)."),
        Mistake("CUR-d", _READ | {"gain": 2 * _READ["factor"]}, "gain: the half belongs to the squares. What is left "
                "of the spread is its root."),
        Mistake("CUR-e", _READ | {"after_50": 50 * _READ["factor"]}, "after_50: yours is larger than the error that "
                "goes in, though each layer takes something off. Fifty layers multiply: by which factor?"),
        Mistake("CUR-l", _READ | {"factor": 1 - _READ["factor"]}, "factor: this is the share that a layer takes off. "
                "Which share does it leave?"),
        Mistake("CUR-m", _READ | {"factor": 100 * _READ["factor"]}, "factor: this is in percent. A factor multiplies."),
        Mistake("CUR-n", _READ | {"after_50": cases.errors_by_layer()[-1] * _READ["factor"] ** 50}, "after_50: you "
                "began with the height at layer 19. What is asked is what is left of an error of 1."),
        Mistake("CUR-f", _READ | {"after_50": _READ["factor"] ** 18 / 50}, "after_50: start from 1 and multiply by "
                "the factor fifty times; what the figure shows is 18 steps."),
        Mistake("CUR-g", _READ | {"gain": _READ["factor"] / np.sqrt(2)}, "gain: which is larger, the gain or what "
                "ReLU leaves of it? The factor is the gain times sqrt(1/2)."),
        Mistake("CUR-h", _READ | {"gain": 2 * _READ["factor"] ** 2}, "gain: the variance has g squared in it. This is "
                "the square."),
        Mistake("CUR-i", _READ | {"gain": np.sqrt(2 * _READ["factor"])}, "gain: the factor is read from spreads, the "
                "half belongs to squares. Square the factor before you compare."),
        Mistake("CUR-j", _READ | {"after_50": _READ["factor"] ** 18}, "after_50: this is what the figure's 18 steps "
                "leave. Fifty are asked for."),
        Mistake("CUR-k", _READ | {"factor": _READ["factor"] ** 2}, "factor: this is the factor of two layers, or of "
                "the squares. The axis shows the spread, layer by layer."),
    ),
    hints=(
        "Read the height at layer 1 and at layer 19. On a logarithmic axis equal steps are equal factors.",
        "factor = (height at 1 / height at 19)^(1/18); factor = gain/sqrt(2) for ReLU; after 50 layers factor^50.",
        "The heights are near 8e-7 and 1.1e-4, in the ratio of about 1 to 140.",
    ),
    reminders={"type": "a dict with factor, gain and after_50", "value": "read the heights at layer 1 and at layer 19 "
               "first; equal steps on this axis are equal factors"},
    points=2,
    minutes=10, level=2, core=False,
    skeleton='read = {"factor": ..., "gain": ..., "after_50": ...}',
)

# --- a gain for ten layers ---

#: Median final loss over five starts of the ten-layer ReLU net on the digits, after 30 epochs with lr 0.03; infinite
#: where most runs diverge. Measured by `tests/chapters/ch05`.
GAIN_LOSS = {0.5: 2.3, 0.7: 2.3, 0.85: 1.7, 1.0: 0.53, 1.2: 0.062, 1.3: 0.017, 1.414: 0.0074, 1.6: 0.0051, 1.8: 0.022,
             2.0: 0.097, 2.5: np.inf, 3.0: np.inf, 4.0: np.inf}

#: What the choice leads to: 0 is the goal.
REACHED, FADED, TOO_LARGE, BURST = range(4)


@quiet
def _gain_outcome(gain):
    if not isinstance(gain, int | float | np.number | np.ndarray) or np.ndim(gain) or np.iscomplexobj(gain):
        raise TypeError(f"one number is expected, got {gain!r:.40}")
    gain = float(gain)
    if not gain > 0:
        raise ValueError(f"a gain is a positive number, got {gain}")
    gains = sorted(GAIN_LOSS)
    loss = np.interp(gain, gains, [min(GAIN_LOSS[g], 10.0) for g in gains])
    if loss <= 0.02:
        return REACHED
    if gain < 1.4:
        return FADED
    return TOO_LARGE if loss < 0.3 else BURST


GAIN = Exercise(
    id="5.10",
    title="a gain for ten layers",
    debrief="A gain ten percent too large is a factor of 1.1 a layer: 2.6 over ten layers, 117 over fifty.",
    kind="choice",
    reference=1.414,
    instances=lambda rng: [()],
    call=_gain_outcome,
    outputs=("outcome",),
    mistakes=(
        Mistake("GAI-a", 1.0, "The signal fades on its way through ten layers of ReLU, and training loses its first "
                "epochs with restoring it. Each layer keeps half of the squares."),
        Mistake("GAI-b", 2.0, "Some of the starts still suffer: at this gain the scores are already large before the "
                "first step. The band that works is narrow; go down a little."),
        Mistake("GAI-c", 3.0, "At this gain the squares grow by a factor of more than three a layer, and the first "
                "steps throw the net out of the range. How large may the gain of a ReLU layer be for a level signal?"),
    ),
    hints=(
        "Which gain keeps the spread level in a layer of ReLU? Try it and its neighbors in the map.",
        "Var(w) = gain^2 / fan_in, and half of the squares pass: gain^2 / 2 should be near 1.",
        "gain = ..., between 1.3 and 1.7",
    ),
    points=2,
    minutes=10, level=1, core=True,
    skeleton="gain = ...",
)

EXERCISES = (SCORE_SD, LECUN, LAYER_SDS, HE, XAVIER, CURVE, GAIN)

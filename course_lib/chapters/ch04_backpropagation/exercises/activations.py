"""Exercises on activation functions and their slopes."""

import numpy as np

from course_lib import ops
from course_lib.chapters.ch04_backpropagation.exercises.common import naive_sigmoid
from course_lib.exercises.define import exchangeable, margins, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake


def _scores(rng):
    return [
        (np.array([0.0, 2.0, -1.0]),),
        (rng.normal(size=(2, 3)),),
        (np.array([[-800.0, 30.0], [800.0, 1e4]]),),
    ]


SIGMOID = Exercise(
    id="4.3",
    title="sigmoid",
    debrief="With exp(-|z|) no exponent is ever positive: nothing overflows, and both tails keep their digits.",
    library="course_lib.ops.sigmoid",
    reference=ops.sigmoid,
    instances=_scores,
    arguments=("z",),
    # the diagnoses alter no array of whole numbers: signs in it would contradict what they find out with other inputs
    contract=Contract(shapes={"z": "RQ"}, whole="", zero="z", negative="z", large="z",
                      values={"z": {"whole numbers from 0 on in z": np.arange(6).reshape(2, 3)}}),
    atol=1e-15,  # a score that is cut off at -30 gives 1e-13 in place of what may be 1e-300: ln of it is wrong by far
    points=1,
    mistakes=(
        Mistake(
            "SIG-1",
            quiet(lambda z: 1 / (1 + np.exp(z))),
            "Your curve falls. What should a large positive score give, a number near one or near zero?",
        ),
        Mistake(
            "SIG-2",
            quiet(lambda z: np.exp(z) / (1 + np.exp(z))),
            "Correct for moderate scores, but not a number for large ones. Evaluate each part of your "
            "fraction at z = 800.",
        ),
        Mistake(
            "SIG-3",
            np.tanh,
            "Your values reach below zero. In which range must a probability lie?",
        ),
        Mistake(
            "SIG-4",
            lambda z: (1 + np.tanh(z)) / 2,
            "The right range, but too steep. Compare the slope of your curve at z = 0 with 1/4.",
        ),
        Mistake(
            "SIG-5",
            lambda z: (np.asarray(z) >= 0).astype(float),
            "You return a hard yes or no. A network that learns by slopes needs a soft answer between the two.",
        ),
        Mistake(
            "SIG-6",
            quiet(lambda z: 1 / (1 - np.exp(-z))),
            "Put z = 0 into your formula by hand and look at the denominator.",
        ),
        Mistake(
            "SIG-a",
            lambda z: ops.sigmoid(z).astype(z.dtype),
            "Where z holds whole numbers, what lies behind the point is lost. Which dtype has an array made from z?",
        ),
    ),
    hints=(
        "A negative exponent never overflows. Can both halves of the curve be written with exp(-|z|)?",
        "With e = exp(-|z|): the value is 1/(1+e) where z >= 0 and e/(1+e) where z < 0.",
        "e = np.exp(-np.abs(z)), then one np.where.",
    ),
    reminders={"shape": "the function works element by element, so the result has the shape of z"},
    variants=(lambda z: 0.5 * (1 + np.tanh(z / 2)), lambda z: np.exp(-np.logaddexp(0, -z))),
    minutes=10, level=2, core=False,
)


def _slopes(forward):
    def instances(rng):
        return [
            (np.array([1.0, -2.0, 3.0]), forward(np.array([0.0, 1.0, -2.0]))),
            (rng.normal(size=(2, 3)), forward(rng.normal(size=(2, 3)))),
            (rng.normal(size=(4, 1)), forward(3 * rng.normal(size=(4, 1)))),
        ]

    return instances


SIGMOID_BACKWARD = Exercise(
    id="4.4",
    title="sigmoid_backward",
    debrief="The slope is at most 1/4: every sigmoid on the way back shrinks the signal, and many of them make it "
            "vanish.",
    library="course_lib.ops.sigmoid_backward",
    reference=ops.sigmoid_backward,
    instances=_slopes(ops.sigmoid),
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "RQ", "cache": "RQ"}, whole="", zero="dout"),
    mistakes=(
        Mistake(
            "SGB-1",
            lambda dout, s: dout * naive_sigmoid(s) * (1 - naive_sigmoid(s)),
            "You squashed the cached value once more. Does the cache hold what went into the sigmoid or what "
            "came out of it?",
        ),
        Mistake(
            "SGB-2",
            lambda dout, s: dout * (1 - s**2),
            "One minus the square is the slope of another activation function. Which one?",
        ),
        Mistake(
            "SGB-3",
            lambda dout, s: s * (1 - s),
            "Double dout: your result stays the same. The local slope alone is not yet the gradient.",
        ),
        Mistake(
            "SGB-4",
            lambda dout, s: dout * s * (1 - s) * np.where(s <= 0.5, -1, 1),
            "Your slope is negative on the left half of the curve. Does the sigmoid fall anywhere?",
        ),
        Mistake(
            "SGB-5",
            lambda dout, s: dout * (s * (1 - s)) ** 2,
            "The local slope went in twice. How many sigmoids does the signal pass here?",
        ),
        Mistake(
            "SGB-6",
            lambda dout, s: dout * (1 - s),
            "Your slope keeps growing where the output is small. The derivative has one more factor.",
        ),
    ),
    hints=(
        "Chain rule: incoming gradient times local slope. The slope can be written with the output alone.",
        "s = 1/(1+e^-z) has s' = s(1 - s); the cache is s.",
        "return dout * ... with two factors made of cache.",
    ),
    reminders={"shape": "dout and cache have one shape, and so has the result"},
    minutes=4, level=1, core=True,
)

TANH_BACKWARD = Exercise(
    id="4.5",
    title="tanh_backward",
    debrief="At an output of 0 the slope is 1: near zero a tanh layer passes signals and gradients on as if it were "
            "not there.",
    library="course_lib.ops.tanh_backward",
    reference=ops.tanh_backward,
    instances=_slopes(np.tanh),
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "RQ", "cache": "RQ"}, whole="", zero="dout"),
    mistakes=(
        Mistake(
            "TNB-1",
            lambda dout, t: dout * (1 - t) ** 2,
            "The square covers too much. Which comes first, squaring or subtracting?",
        ),
        Mistake(
            "TNB-2",
            lambda dout, t: dout * t * (1 - t),
            "Where the output is negative your slope is negative too. You used the rule of the other squashing "
            "function.",
        ),
        Mistake(
            "TNB-3",
            lambda dout, t: dout * (1 - np.tanh(t) ** 2),
            "Your slope never becomes small. Is the cached value the score or already the output?",
        ),
        Mistake(
            "TNB-4",
            lambda dout, t: dout * (1 + t**2),
            "Your slope is above one away from the middle. Where is tanh steepest, and how steep?",
        ),
        Mistake(
            "TNB-5",
            lambda dout, t: dout * (1 - t),
            "Your slope differs at z and -z. The curve of tanh is equally steep at both.",
        ),
        Mistake(
            "TNB-6",
            lambda dout, t: 1 - t**2,
            "Double dout: your result stays the same. The local slope alone is not yet the gradient.",
        ),
    ),
    hints=(
        "As with the sigmoid, the slope can be written with the output alone.",
        "t = tanh z has t' = 1 - t^2; the cache is t.",
        "return dout * (1 - ...)",
    ),
    reminders={"shape": "dout and cache have one shape, and so has the result"},
    minutes=4, level=1, core=False,
)


def _kinks(rng):
    x = rng.normal(size=(3, 4))
    x[0, 1] = x[2, 3] = 0.0
    return [
        (np.array([5.0, -3.0, 2.0, -4.0]), np.array([2.0, 1.5, 0.0, -1.0])),
        (rng.normal(size=(3, 4)), x),
        (rng.normal(size=(1, 3)), np.array([[0.0, 1.0, -1.0]])),
    ]


def _relu_in_place(dout, x):
    dout[x <= 0] = 0
    return dout


RELU_BACKWARD = Exercise(
    id="4.6",
    title="relu_backward",
    debrief="The slope is 1 or 0: an active unit passes the signal on unchanged, a silent one passes nothing.",
    library="course_lib.ops.relu_backward",
    reference=ops.relu_backward,
    instances=_kinks,
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "RQ", "cache": "RQ"}, whole="cache", zero="dout, cache", negative="cache"),
    mistakes=(
        Mistake(
            "RLB-1",
            lambda dout, x: (x > 0).astype(float),
            "You return zeros and ones, whatever comes in. What does the chain rule multiply the local slope "
            "by?",
        ),
        Mistake(
            "RLB-2",
            lambda dout, x: np.maximum(dout, 0),
            "Every negative gradient is lost. Which array tells whether the unit was on, the incoming gradient "
            "or the cached input?",
        ),
        Mistake(
            "RLB-3",
            lambda dout, x: dout * np.maximum(x, 0),
            "Your gradient grows with the activation. How steep is the branch z > 0, at z = 1 and at z = 10?",
        ),
        Mistake(
            "RLB-4",
            lambda dout, x: dout * (x >= 0),
            "Only the entries where the input is exactly zero differ. Which slope does the course use there?",
            convention=True,
        ),
        Mistake(
            "RLB-5",
            _relu_in_place,
            "The numbers are right, but the array you were given has changed: its owner still needs it.",
        ),
        Mistake(
            "RLB-6",
            lambda dout, x: dout.copy(),
            "Everything passes, as if the layer were linear. Which entries did the forward pass switch off?",
        ),
        Mistake(
            "RLB-7",
            lambda dout, x: dout * np.where(x > 0, 1, 0.01),
            "A small leak passes where the unit is off. That belongs to the next function, not to this one.",
        ),
    ),
    hints=(
        "A ReLU is a switch. It was on or off in the forward pass, and the gradient passes through the same "
        "way.",
        "dx = dout where cache > 0, and 0 elsewhere (also at exactly 0).",
        "return dout * (cache > ...)",
    ),
    reminders={
        "shape": "dout and cache have one shape, and so has the result",
        "type": "a mask of True and False is not yet a gradient",
    },
    minutes=4, level=1, core=True,
)


def _leaks(rng):
    (d0, x0), (d1, x1), _ = _kinks(rng)
    return [(d0, x0, 0.01), (d1, x1, 0.2)]


LEAKY_RELU_BACKWARD = Exercise(
    id="4.7",
    title="leaky_relu_backward",
    debrief="A leak of 0.01 revives a single unit; on a path through ten units that are off the gradient is still "
            "multiplied by 10^-20.",
    library="course_lib.ops.leaky_relu_backward",
    reference=lambda dout, cache, a: ops.leaky_relu_backward(dout, cache, a=a),
    instances=_leaks,
    arguments=("dout", "cache", "a"),
    contract=Contract(shapes={"dout": "RQ", "cache": "RQ"}, whole="cache", zero="dout, cache", negative="cache",
                      values={"a": (0, 1)}),
    mistakes=(
        Mistake(
            "LRB-a",
            lambda dout, x, a: dout * (x > 0),
            "Nothing passes where the input is negative. What does the leak do to that branch?",
        ),
        Mistake(
            "LRB-b",
            lambda dout, x, a: dout * np.where(x >= 0, 1, a),
            "Only the entries where the input is exactly zero differ. Which slope does the course use there?",
            convention=True,
        ),
        Mistake(
            "LRB-c",
            lambda dout, x, a: dout * np.where(x > 0, 1, a * x),
            "On the left your gradient depends on the input. You used the value of that branch, not its slope.",
        ),
        Mistake(
            "LRB-d",
            lambda dout, x, a: dout * np.where(x > 0, 1, 0.01),
            "Change a: your result stays the same.",
        ),
        Mistake(
            "LRB-e",
            lambda dout, x, a: dout * np.where(x > 0, 1, -a),
            "Your left branch falls as the input rises. Draw z -> a z for a positive a.",
        ),
        Mistake(
            "LRB-f",
            lambda dout, x, a: np.where(x > 0, 1, a),
            "Double dout: your result stays the same.",
        ),
        Mistake(
            "LRB-g",
            lambda dout, x, a: dout * np.where(x > 0, 1, a).astype(x.dtype),
            "Where z holds whole numbers, your slope a loses what lies behind the point. Which dtype has an array made "
            "from z?",
        ),
    ),
    hints=(
        "Same switch as before, but off does not mean closed.",
        "The slope is 1 for z > 0 and a for z <= 0.",
        "return dout * np.where(cache > 0, ...)",
    ),
    minutes=4, level=1, core=False,
)


def _phi(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


@exchangeable
def _gelu_slope(bell=_phi, joined=lambda Phi, z, phi: Phi + z * phi):
    """The slope with another bell curve, or its parts put together otherwise."""
    return lambda z, Phi: joined(Phi, z, bell(z))


def _gelu_instances(rng):
    from statistics import NormalDist

    cdf = np.vectorize(NormalDist().cdf)
    small = np.array([0.0, 1.0, -2.0])
    large = rng.normal(size=(2, 3))
    return [(small, cdf(small)), (large, cdf(large))]


GELU_SLOPE = Exercise(
    id="4.8",
    title="gelu_slope",
    debrief="At z = 0 the slope is 1/2, half way between the two slopes of ReLU, and everywhere slope(z) + slope(-z) = "
            "1.",
    reference=_gelu_slope(),
    instances=_gelu_instances,
    arguments=("z", "Phi"),
    contract=Contract(shapes={"z": "RQ", "Phi": "RQ"}, whole="z", large="z"),
    mistakes=(
        Mistake("GLU-a", _gelu_slope(joined=lambda Phi, z, phi: Phi.copy()), "Two factors depend on z; you "
                "differentiated only the first."),
        Mistake("GLU-b", _gelu_slope(joined=lambda Phi, z, phi: z * phi), "Two factors depend on z; you "
                "differentiated only the second."),
        Mistake("GLU-c", _gelu_slope(joined=lambda Phi, z, phi: phi), "This is the slope of Phi alone, without the "
                "factor z."),
        Mistake("GLU-d", lambda z, Phi: Phi * (1 - Phi) * z + Phi, "Phi is not a sigmoid: its slope is the "
                "bell curve itself."),
        Mistake("GLU-e", _gelu_slope(bell=lambda z: np.exp(-(z**2) / 2)), "The bell curve must enclose the area "
                "one."),
        Mistake("GLU-g", _gelu_slope(bell=lambda z: np.exp(-(z**2)) / np.sqrt(2 * np.pi)), "Your bell curve is too "
                "narrow. By what is z^2 divided in its exponent?"),
        Mistake("GLU-h", _gelu_slope(joined=lambda Phi, z, phi: Phi * z * phi), "The slope of a product is a sum of "
                "two terms, and yours multiplies them."),
        Mistake("GLU-f", lambda z, Phi: np.where(z > 0, 1.0, 0.0), "That is the switch of the ReLU; this "
                "function is smooth."),
    ),
    hints=(
        "z Phi(z) is a product: the product rule gives two terms.",
        "(z Phi(z))' = Phi(z) + z phi(z), with phi(z) = exp(-z^2/2)/sqrt(2 pi).",
        "phi = np.exp(-z**2 / 2) / np.sqrt(2 * np.pi)",
    ),
    minutes=6, level=2, core=False,
)


def _layers(rng):
    Z = rng.normal(size=(5, 4))
    Z[:, 1] = -np.abs(Z[:, 1])
    Z[3, 1] = 0.0
    Z[:, 3] = -1.0
    Z[2, 3] = 0.5
    wide = rng.normal(size=(4, 12))  # dead or alive, by a narrow margin
    return [
        (np.array([[1.0, -1.0, 0.0], [-2.0, -3.0, 0.0]]),),
        (Z,),
        (rng.normal(size=(1, 6)),),
        (wide - wide.max(axis=0) + margins(rng, 12),),
    ]


DEAD_UNITS = Exercise(
    id="4.9",
    title="dead_units",
    debrief="Dead is a word about all samples: in a mini-batch a unit may be off throughout, and the next batch wakes "
            "it.",
    reference=lambda Z: np.all(Z <= 0, axis=0),
    instances=_layers,
    read=lambda values, Z: np.array(values) if isinstance(values, list) else values,  # "M values", in what is left open
    arguments=("Z",),
    contract=Contract(shapes={"Z": "NH"}, zero="Z", negative="Z"),
    mistakes=(
        Mistake("DEA-a", lambda Z: np.any(Z <= 0, axis=0), "A unit that is off for one sample still learns "
                "from the others."),
        Mistake("DEA-b", lambda Z: np.all(Z < 0, axis=0), "A score of exactly zero also has slope zero here.",
                convention=True),
        Mistake("DEA-c", lambda Z: np.all(Z <= 0, axis=1), "You found samples that excite no unit. Which axis "
                "holds the samples?"),
        Mistake("DEA-d", lambda Z: np.any(Z > 0, axis=0), "You marked the units that live."),
        Mistake("DEA-e", lambda Z: Z.mean(axis=0) <= 0, "A unit whose score is negative on average may still "
                "be on for some sample."),
        Mistake("DEA-f", lambda Z: Z <= 0, "One answer a unit, not one for every sample and unit."),
    ),
    hints=(
        "A unit is dead when no sample at all lets a gradient through.",
        "Unit j is dead when Z_ij <= 0 for every row i.",
        "return np.all(..., axis=...)",
    ),
    reminders={"shape": "one True or False for each unit, so the length is the number of columns of Z"},
    minutes=6, level=1, core=False,
)

EXERCISES = (
    SIGMOID,
    SIGMOID_BACKWARD,
    TANH_BACKWARD,
    RELU_BACKWARD,
    LEAKY_RELU_BACKWARD,
    GELU_SLOPE,
    DEAD_UNITS,
)

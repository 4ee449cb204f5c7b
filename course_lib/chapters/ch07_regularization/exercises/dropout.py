"""Exercises on dropout: forward, backward, slips in print, and predictions with the masks on."""

import re

import numpy as np

from course_lib import ops
from course_lib.chapters.ch07_regularization import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- forward ---


def _forward(x, rate, u, train):
    return x * (u >= rate) / (1 - rate) if train else x


@exchangeable
def _trained(train=lambda x, rate, u: x * (u >= rate) / (1 - rate), test=lambda x, rate: x):
    """An answer from what it does in training, and in a test."""

    @quiet
    def answer(x, rate, u, training):
        return train(x, rate, u) if training else test(x, rate)

    return answer


def _layers(rng):
    first = (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 0.3, np.array([[0.1, 0.9, 0.5], [0.8, 0.2, 0.6]]), True)
    cases = [first]
    for shape, rate, train in (((4, 5), 0.2, True), ((3, 2), 0.6, False), ((5, 4), 0.75, True)):
        cases.append((rng.normal(size=shape) + 1, rate, rng.uniform(size=shape), train))
    return [*cases,
            case("u equal to the rate", np.array([[1.0, 2.0]]), 0.5, np.array([[0.5, 0.25]]), True),
            case("images", rng.normal(size=(2, 3, 2)), 0.4, rng.uniform(size=(2, 3, 2)), True)]


def _entry_by_entry(x, rate, u, train):
    out = np.array(x, copy=True)
    if train:
        for place in np.ndindex(x.shape):
            out[place] = out[place] / (1 - rate) if not u[place] < rate else 0.0
    return out


DROPOUT_FORWARD = Exercise(
    id="7.5",
    title="dropout_forward",
    debrief="The mean over all masks is x itself, so a test needs no factor; the variance that the masks add is x^2 "
            "rate/(1 - rate).",
    library="course_lib.ops.dropout_forward",
    from_library=calls.output_alone,
    reference=_forward,
    instances=_layers,
    arguments=("x", "rate", "u", "train"),
    contract=Contract(shapes={"x": "ND", "u": "ND"}, whole="", zero="x", values={"rate": (0.0,)}, each="train"),
    mistakes=(
        Mistake("DRF-1", _trained(lambda x, rate, u: x * (u >= rate)), "In training your outputs are smaller than in "
                "a test. Compare their means over many masks."),
        Mistake("DRF-2", _trained(lambda x, rate, u: x * (u >= rate) * (1 - rate)), "Your mean in training is too "
                "small twice over. Should survivors be made larger or smaller?"),
        Mistake("DRF-3", _trained(lambda x, rate, u: x * (u < rate) / (1 - rate)), "You keep what should go. Is the "
                "argument the rate of dropping or the probability to keep?"),
        Mistake("DRF-4", _trained(lambda x, rate, u: x * (u >= rate) / rate), "By what share did you thin out the sum? "
                "At rate 0 this divides by zero."),
        Mistake("DRF-6", _trained(lambda x, rate, u: x * (u[:1] >= rate) / (1 - rate)), "Do two rows lose the same "
                "units? Each sample gets a mask of its own."),
        Mistake("DRF-7", lambda x, rate, u, train: x * (u >= rate) / (1 - rate), "Units are dropped in a test too, so "
                "the prediction is noisy. Which mode are you in?"),
        Mistake("DRF-8", _trained(test=lambda x, rate: x * (1 - rate)), "The correction was made in training "
                "already; a test leaves x alone."),
        Mistake("DRF-9", _trained(lambda x, rate, u: x * (u.reshape(len(u), -1)[:, 0].reshape(-1, *[1] * (x.ndim - 1))
                                                          >= rate) / (1 - rate)),
                "Whole rows are zero. What is switched off: a unit or a sample?"),
        Mistake("DRF-a", _trained(lambda x, rate, u: x * (u >= rate), lambda x, rate: x * (1 - rate)), "This is the "
                "original scaling: nothing in training, a factor in the test. The course scales in training.",
                convention=True),
        Mistake("DRF-b", _trained(lambda x, rate, u: x * (u > rate) / (1 - rate)), "Right but for u equal to the rate: "
                "u lies in [0, 1), so a share of exactly 1 - rate has u at or above it."),
        Mistake("DRF-c", _trained(lambda x, rate, u: x * (u < rate) / rate), "You took the rate for the probability "
                "to keep. Here it is the share that is dropped.", convention=True),
        Mistake("DRF-d", _trained(lambda x, rate, u: x * (u < 1 - rate) / (1 - rate)), "The right share is kept, but "
                "not the units of (7.8). At which end of [0, 1) are the u that drop?", convention=True),
        Mistake("DRF-e", _trained(lambda x, rate, u: x * (u >= rate) / np.mean(u >= rate)), "You divided by the share "
                "that this mask happens to keep. The formula divides by the probability."),
        Mistake("DRF-f", lambda x, rate, u, train: x if train else x * (u >= rate) / (1 - rate), "Training and test "
                "are exchanged."),
        Mistake("DRF-g", _trained(lambda x, rate, u: (u >= rate) / (1 - rate)), "That is the mask with its factor. "
                "Where are the activations?"),
        Mistake("DRF-h", _trained(lambda x, rate, u: x * (u >= rate) / 1 - rate), "In which order does Python work "
                "out your last line? Divide first, then subtract: is that meant?"),
        Mistake("DRF-i", _trained(test=lambda x, rate: 0 * x), "In a test nothing is dropped; your outputs are all "
                "0."),
        Mistake("DRF-l", _trained(test=lambda x, rate: x * rate), "In a test x stays as it is. What shall the rate do "
                "there?"),
        Mistake("DRF-j", _trained(lambda x, rate, u: x * (u >= rate) / np.sqrt(1 - rate)), "The mean of the output "
                "shall be x. By which factor did the mask make that mean smaller? A root belongs to spreads."),
        Mistake("DRF-k", _trained(lambda x, rate, u: x * u / (1 - rate)), "A unit is on or off. u decides which; it is "
                "no factor itself."),
    ),
    hints=(
        "Make a mask of ones and zeros by comparing u with the rate; a test needs no mask.",
        "training: out = x (u >= rate) / (1 - rate);  test: out = x.",
        "mask = u >= rate",
    ),
    reminders={"shape": "out has the shape of x",
               "value": "the mask comes from the given u alone, and what it keeps is divided by one number"},
    minutes=12,
    level=2,
    core=True,
    points=2,
    variants=(lambda x, rate, u, train: np.where(u < rate, 0.0, x / (1 - rate)) if train else x.copy(),
              _entry_by_entry),
)

# --- backward ---


@exchangeable
def _back(train=None, test=lambda dout, mask, rate: dout, on=lambda mask: mask, factor=lambda rate: 1 / (1 - rate)):
    """An answer from what it does in training, or from its mask and its factor there, and in a test."""

    @quiet
    def answer(dout, mask, rate, training):
        if not training:
            return test(dout, mask, rate)
        return dout * on(mask) * factor(rate) if train is None else train(dout, mask, rate)

    return answer


def _gradients(rng):
    first = (np.array([[1.0, 2.0, -3.0], [4.0, 5.0, 6.0]]), np.array([[True, False, True], [False, True, True]]), 0.25,
             True)
    cases = [first]
    for shape, rate, train in (((4, 3), 0.6, True), ((3, 2), 0.4, False), ((2, 3, 2), 0.1, True)):
        cases.append((rng.normal(size=shape) + 1, rng.uniform(size=shape) >= rate, rate, train))
    return cases


DROPOUT_BACKWARD = Exercise(
    id="7.6",
    title="dropout_backward",
    debrief="A unit that was dropped for a sample gets no gradient from it: each sample trains another, thinner net "
            "with the same weights.",
    reference=_back(),
    instances=_gradients,
    arguments=("dout", "mask", "rate", "train"),
    contract=Contract(shapes={"dout": "ND", "mask": "ND"}, whole="", zero="dout", values={"rate": (0.0,)},
                      each="train"),
    library="course_lib.ops.dropout_backward",
    from_library=calls.from_mask,
    mistakes=(
        Mistake("DRB-1", _back(lambda dout, mask, rate: dout), "Can a unit that was off receive a gradient?"),
        Mistake("DRB-2", _back(factor=lambda rate: 1.0), "What is multiplied on the way forward is "
                "multiplied by the same factor on the way back."),
        Mistake("DRB-3", _back(on=lambda mask: np.roll(mask, 1)), "The units that pass "
                "are not those that were on. Which mask was it in the forward pass?"),
        Mistake("DRB-4", _back(factor=lambda rate: 1 - rate), "The survivors were made larger on "
                "the way forward: the same factor acts on the way back."),
        Mistake("DRB-5", _back(on=lambda mask: 1.0), "Every unit gets a gradient, even those "
                "that were off. The mask acts forward and backward."),
        Mistake("DRB-6", _back(on=lambda mask: ~mask), "Only the dropped units learn. Who "
                "was on?"),
        Mistake("DRB-a", lambda dout, mask, rate, train: dout * mask / (1 - rate), "In a test nothing was dropped, so "
                "the gradient passes as it is. Which mode are you in?"),
        Mistake("DRB-b", _back(factor=lambda rate: np.divide(1, rate)), "By which share did the forward pass "
                "divide, the dropped one or the kept one?"),
        Mistake("DRB-c", _back(test=lambda dout, mask, rate: dout * (1 - rate)), "In a test the forward pass scaled "
                "nothing, so neither does the way back."),
        Mistake("DRB-d", _back(test=lambda dout, mask, rate: 0 * dout), "In a test out = x. What is the slope of "
                "that?"),
        Mistake("DRB-e", _back(test=lambda dout, mask, rate: dout * mask), "In a test no unit was off, whatever the "
                "mask says."),
        Mistake("DRB-h", _back(test=lambda dout, mask, rate: dout / (1 - rate)), "In a test no unit is missing. What "
                "would the factor make up for?"),
        Mistake("DRB-f", _back(factor=lambda rate: 1 / (1 - rate) ** 2), "The factor acts once on the "
                "way forward, and once on the way back."),
        Mistake("DRB-g", _back(lambda dout, mask, rate: mask / (1 - rate)), "That is the slope of this layer alone. "
                "What arrives from the layer above?"),
    ),
    hints=(
        "For each entry the forward pass was a multiplication by a constant; so is the backward pass.",
        "training: dx = dout mask / (1 - rate);  test: dx = dout.",
        "dout * mask, and then the factor",
    ),
    reminders={"shape": "the result has the shape of dout",
               "value": "forward each entry was multiplied by one number, 0 or a factor; so is its gradient"},
    minutes=6,
    level=1,
    core=True,
    variants=(lambda dout, mask, rate, train: np.where(mask, dout / (1 - rate), 0.0) if train else dout.copy(),
              lambda dout, mask, rate, train: dout * (mask.astype(float) / (1 - rate) if train else 1)),
)

# --- three slips ---

_SLIPS = {
    "A": (False, "line A: it is the affine map of the first layer, bias included."),
    "B": (False, "line B: it is the hidden layer's ReLU."),
    "C": (True, "line C: run it twice, or with other data. What does it give each time, and how much of it lies below "
          "0.8?"),
    "D": (False, "line D: it keeps the share below keep, which is what a mask should do; look at where R comes from."),
    "E": (False, "line E: it divides by the share that is kept. Inverted scaling asks for that."),
    "F": (False, "line F: it is prediction minus truth, as a mean over the batch."),
    "G": (True, "line G: what did the forward pass do between ReLU and the second layer, and where is it on the way "
    "back?"),
    "H": (False, "line H: it is the slope of ReLU."),
    "I": (True, "line I: take a batch of 600 and one of 64. Is the charge for the same weights the same?"),
}


def _lines(answer):
    """Which of the lines are named, in order; the letters may come as a tuple, a list, an array, or in one string."""
    if not isinstance(answer, str | tuple | list | set | np.ndarray) or any(one is ... for one in answer):
        raise TypeError(f"three letters of lines are expected, such as ('A', 'B', 'F'); got {answer!r:.60}")
    if isinstance(answer, str):
        words = [word for word in re.findall(r"\w+", answer) if word.lower() != "and"]
        answer = words if len(words) > 1 else answer.strip()
    named = {str(letter).strip().upper().removeprefix("LINE ") for letter in answer}
    unknown = named - set(_SLIPS)
    if unknown:
        raise ValueError(f"there is no line {', '.join(sorted(unknown))}; the lines are A to I")
    return tuple(letter in named for letter in _SLIPS)


def _but_for(letter):
    return tuple(k for k, (wrong, _) in _SLIPS.items() if wrong != (k == letter))


THREE_SLIPS = Exercise(
    id="7.7",
    title="three slips",
    debrief="None of the three raises an error or changes a shape: only the question of what a line is for finds "
            "them.",
    kind="value",
    reference=("C", "G", "I"),
    instances=lambda rng: [()],
    call=_lines,
    outputs=tuple(f"line {letter}" for letter in _SLIPS),
    mistakes=tuple(Mistake(f"PUB-{letter.lower()}", _but_for(letter), say) for letter, (_, say) in _SLIPS.items()),
    hints=(
        "One slip is in how the random numbers are made, one on the way back, one in the cost.",
        "Ask of each line: is it new in every step, is it undone on the way back, does it depend on the batch?",
        "The random numbers are those of line C.",
    ),
    reminders={"type": "three letters"},
    minutes=12,
    level=2,
    core=True,
    points=3,
    skeleton="slips = (..., ..., ...)",
)

# --- Monte Carlo ---


def _softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _spread(mean, sd):
    @quiet
    def answer(scores):
        P = _softmax(scores)
        return mean(P, scores), sd(P, scores)

    return answer


def _over(axis):
    """The softmax along another axis."""

    def answer(scores):
        e = np.exp(scores - scores.max(axis=axis, keepdims=True))
        P = e / e.sum(axis=axis, keepdims=True)
        return P.mean(axis=0), P.std(axis=0)

    return quiet(answer)


@quiet
def _sigmoids(scores):
    P = 1 / (1 + np.exp(-scores))
    return P.mean(axis=0), P.std(axis=0)


_MEAN, _SD = lambda P, z: P.mean(axis=0), lambda P, z: P.std(axis=0)


def _draws(rng):
    return [(np.array([[[1.0, 0.0]], [[-2.0, 0.0]], [[0.0, 3.0]]]),), (2 * rng.normal(size=(5, 3, 4)),)]


def _running(scores):
    first, second = 0.0, 0.0
    for one in scores:
        P = ops.softmax(one)
        first, second = first + P / len(scores), second + P * P / len(scores)
    return first, np.sqrt(np.maximum(second - first**2, 0))


MONTE_CARLO = Exercise(
    id="7.9",
    title="mean_and_spread",
    debrief="Averaged after the softmax every pass has the same say; averaged scores would let one pass with very "
            "large scores decide alone.",
    reference=_spread(_MEAN, _SD),
    instances=_draws,
    arguments=("scores",),
    contract=Contract(shapes={"scores": "SNK"}, zero="scores", large="scores"),
    outputs=("mean", "spread"),
    atol=1e-7,
    mistakes=(
        Mistake("MCD-a", _spread(lambda P, z: _softmax(z.mean(axis=0)), _SD), "mean: you averaged scores and took "
                "their softmax. The prediction is an average of probabilities."),
        Mistake("MCD-b", _spread(lambda P, z: P.mean(axis=1), lambda P, z: P.std(axis=1)), "You averaged over the "
                "samples. The average runs over the T passes."),
        Mistake("MCD-c", _spread(lambda P, z: z.mean(axis=0), lambda P, z: z.std(axis=0)), "These are means of scores. "
                "Probabilities first."),
        Mistake("MCD-d", _spread(_MEAN, lambda P, z: P.var(axis=0)), "spread: a standard deviation is the root of "
                "that."),
        Mistake("MCD-e", _spread(_MEAN, lambda P, z: P.std(axis=0) / np.sqrt(len(P))), "spread: you give the "
                "uncertainty of the mean, which goes to zero with more passes. Asked is the spread of the passes."),
        Mistake("MCD-f", _spread(_MEAN, lambda P, z: P.std(axis=0, ddof=1)), "spread: you divided by T - 1; here the "
                "divisor is T.", convention=True),
        Mistake("MCD-g", _spread(lambda P, z: np.exp(np.log(P).mean(axis=0)), _SD), "mean: you averaged logarithms, "
                "that is, losses. Average the probabilities."),
        Mistake("MCD-h", _over(1), "The probabilities of which numbers sum to 1? Your softmax runs over the samples."),
        Mistake("MCD-i", _over(0), "The probabilities of which numbers sum to 1? Your softmax runs over the passes."),
        Mistake("MCD-j", _spread(_MEAN, lambda P, z: z.std(axis=0)), "spread: of the scores. Of what is the mean?"),
        Mistake("MCD-k", _spread(lambda P, z: P.sum(axis=0), _SD), "mean: a sum over the passes; its rows do not sum "
                "to 1."),
        Mistake("MCD-l", _spread(_MEAN, lambda P, z: np.abs(P - P.mean(axis=0)).mean(axis=0)), "spread: the mean "
                "distance from the mean. Which power does (7.11) take?"),
        Mistake("MCD-p", _spread(_MEAN, lambda P, z: np.ptp(P, axis=0) / 2), "spread: half of the range depends on two "
                "passes alone. (7.11) takes all of them."),
        Mistake("MCD-q", _spread(_MEAN, lambda P, z: np.ptp(P, axis=0)), "spread: the range depends on two passes "
                "alone. (7.11) takes all of them."),
        Mistake("MCD-m", _sigmoids, "Each score was turned into a probability by itself. Do those of one sample sum "
                "to 1?"),
        Mistake("MCD-n", _over((0, 1, 2)), "Your exponentials are divided by the sum over everything. The "
                "probabilities of one sample in one pass sum to 1."),
        Mistake("MCD-o", _spread(_MEAN, lambda P, z: np.sqrt(((P - P.mean(axis=0)) ** 2).sum(axis=0))), "spread: "
                "under the root stands a mean over the passes, yours is a sum."),
    ),
    hints=(
        "Softmax of each pass first; then mean and standard deviation along the axis of the passes.",
        "P = softmax(scores) over the last axis; mean over t of P_t; sd over t of P_t, divisor T.",
        "P = ops.softmax(scores)",
    ),
    reminders={"shape": "mean and spread have one row a sample and one column a class", "type": "a pair of arrays",
               "value": "softmax over the classes of each sample in each pass, then mean and spread over the passes"},
    minutes=8,
    level=2,
    core=False,
    points=2,
    variants=(_running, lambda scores: (np.einsum("tnk->nk", ops.softmax(scores)) / len(scores),
                                        np.sqrt(ops.softmax(scores).var(axis=0)))),
)

EXERCISES = (DROPOUT_FORWARD, DROPOUT_BACKWARD, THREE_SLIPS, MONTE_CARLO)

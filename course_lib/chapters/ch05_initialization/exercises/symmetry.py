"""Exercises on equal units: one step by hand, where a start at zero ends, how many equal networks there are."""

from math import factorial, log

import numpy as np

from course_lib.exercises.define import all_filled, exchangeable, floats, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- one step from equal weights ---

_STEP = {"dW1": np.array([[0.5, 0.5], [1.0, 1.0]]), "dW2": np.array([1.5, 1.5]), "db2": 1.0,
         "zero_dW1": np.zeros((2, 2)), "zero_dW2": np.zeros(2), "zero_db2": -0.5}


def _step_at_work(answer):
    all_filled(answer, _STEP)
    return tuple(floats(key, answer[key]) for key in _STEP)


EQUAL_STEP = Exercise(
    id="5.1",
    title="one step from equal weights",
    debrief="Momentum and Adam do not part such units either: where gradients are equal, a rule that works entry by "
            "entry makes equal steps.",
    kind="value",
    reference=_STEP,
    instances=lambda rng: [()],
    call=_step_at_work,
    outputs=tuple(_STEP),
    mistakes=(
        Mistake("EQU-a", _STEP | {"dW1": np.array([[0.5, 1.0], [0.5, 1.0]])}, "dW1: the columns belong to the hidden "
                "units, the rows to the inputs. Which input multiplies the error of a unit in row 1?"),
        Mistake("EQU-b", _STEP | {"dW1": np.array([[1.0, 1.0], [2.0, 2.0]])}, "dW1: on its way to a hidden unit the "
                "error passes a weight of the second layer. How large is that weight?"),
        Mistake("EQU-c", _STEP | {"dW1": np.array([[0.25, 0.25], [0.5, 0.5]])}, "dW1: is there a slope of one half? "
                "The hidden scores are positive."),
        Mistake("EQU-d", _STEP | {"dW2": np.array([0.5, 0.5])}, "dW2: the error meets the output of the hidden unit, "
                "not the weight behind it."),
        Mistake("EQU-e", {key: -value for key, value in _STEP.items()}, "All signs are turned round. The error is "
                "prediction minus target, and a gradient points uphill."),
        Mistake("EQU-f", _STEP | {"zero_db2": 0.5}, "zero_db2: the prediction is 0 and the target 0.5. Which sign "
                "has prediction minus target?"),
        Mistake("EQU-g", _STEP | {"zero_db2": 0.0}, "zero_db2: is the prediction right? The output bias sees the "
                "error itself, whatever the weights are."),
        Mistake("EQU-h", {key: 2 * value for key, value in _STEP.items()}, "All twice too large. The loss is half the "
                "squared error; what is its slope?"),
        Mistake("EQU-i", _STEP | {"dW1": np.array([[0.75, 0.75], [1.5, 1.5]]), "dW2": np.array([2.25, 2.25]),
                                  "db2": 1.5, "zero_db2": 0.0}, "dW1: your error is half too large. Is the target "
                "taken off, and is c zero?"),
        Mistake("EQU-j", _STEP | {"dW1": np.array([[0.125, 0.125], [0.25, 0.25]]), "dW2": np.array([0.375, 0.375]),
                                  "db2": 0.25}, "dW1: your prediction counts one hidden unit. How many feed the "
                "output?"),
        Mistake("EQU-k", _STEP | {"dW1": np.array([[0.0, 0.0], [-0.5, -0.5]]), "dW2": np.array([-1.0, -1.0]),
                                  "db2": -1.0, "zero_db2": 0.5}, "dW1: these are the weights after a step of rate 1. "
                "The gradients themselves are asked for."),
        Mistake("EQU-l", _STEP | {"dW2": np.array([3.0, 3.0])}, "dW2: a hidden output is a weighted sum. What are the "
                "weights of the inputs?"),
        Mistake("EQU-o", _STEP | {"dW2": np.array([0.5, 1.0])}, "dW2: it has one entry for each hidden unit, and the "
                "output of a unit adds up what both inputs send."),
        Mistake("EQU-p", _STEP | {"dW1": np.full((2, 2), 1.5)}, "dW1: this has the output of the hidden unit. In front "
                "of the unit, what does a weight multiply?"),
        Mistake("EQU-m", _STEP | {"zero_dW2": np.array([-0.75, -0.75])}, "zero_dW2: these are the hidden outputs of "
                "the first start. What do hidden units answer whose weights are all zero?"),
        Mistake("EQU-n", _STEP | {"zero_dW1": np.array([[-0.25, -0.25], [-0.5, -0.5]])}, "zero_dW1: on its way back "
                "the error passes a weight of the second layer. How large is that now?"),
    ),
    hints=(
        "Go forward with numbers first: both hidden scores, both hidden outputs, the prediction, the error.",
        "dW2 = h * error, db2 = error; the error of hidden unit j is error * W2[j] (slope 1), dW1[i, j] x_i times it.",
        "The hidden outputs are 0.5 * 1 + 0.5 * 2 = 1.5 each, so the prediction is 1.5 and the error 1.",
    ),
    reminders={"type": "a dict as in the skeleton", "shape": "dW1 is (2, 2), one column a hidden unit; dW2 is (2,)",
               "value": "forward first: z, h, the prediction, e; then (5.1), factor by factor"},
    minutes=8, level=1, core=True,
    skeleton='step = {"dW1": [[..., ...], [..., ...]], "dW2": [..., ...], "db2": ...,\n'
             '        "zero_dW1": [[..., ...], [..., ...]], "zero_dW2": [..., ...], "zero_db2": ...}',
)

# --- the plateau of a start at zero ---


def plateau(y):
    share = np.bincount(y) / len(y)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def _plateau_loops(y):
    classes = sorted(set(int(label) for label in y))
    counts = [sum(int(label) == c for label in y) for c in classes]
    return -sum(n / len(y) * log(n / len(y)) for n in counts)


def _counts(y):
    return np.unique(y, return_counts=True)[1]


def _present(share):
    """The shares of classes that occur."""
    share = np.asarray(share)
    return share[share > 0]


def _entropy(share, logarithm=np.log):
    return float(-(share * logarithm(share)).sum())


@exchangeable
def _of_counts(share=lambda n, N: n / N, logarithm=np.log, end=lambda terms: -terms.sum()):
    """The plateau of the counts of the classes that occur, with steps exchanged."""

    def answer(y):
        n = share(_counts(y), len(y))
        return float(end(n * logarithm(n)))

    return answer


PLATEAU = Exercise(
    id="5.2",
    title="plateau",
    debrief="A loss that settles at this number is a sign: the net has learned how often each class occurs, and "
            "nothing of x.",
    reference=plateau,
    instances=lambda rng: [
        (np.array([0, 0, 1, 0]),),
        (rng.permutation(np.repeat([0, 1, 2], 2 + rng.permutation(5)[:3])),),
        (rng.permutation(np.repeat([0, 1, 2, 3], 1 + rng.permutation(15)[:4])),),
        case("a class that is absent", np.array([0, 2, 2, 0, 2])),
    ],
    arguments=("y",),
    contract=Contract(shapes={"y": "N"}, zero="y"),
    mistakes=(
        Mistake("PLT-a", lambda y: float(np.log(len(_counts(y)))), "You took all classes as equally frequent. That is "
                "the loss before the first step; the output biases have since learned the shares."),
        Mistake("PLT-b", _of_counts(logarithm=np.log2), "In bits. The loss of this course takes the natural "
                "logarithm.", convention=True),
        Mistake("PLT-c", _of_counts(end=np.sum), "A mean surprise is not negative. Logarithms of "
                "shares are."),
        Mistake("PLT-d", lambda y: len(y) * _entropy(_counts(y) / len(y)), "You added the surprise of all samples. A "
                "loss is a mean over them."),
        Mistake("PLT-e", quiet(lambda y: float(-np.log(np.bincount(y) / len(y)).mean())), "You averaged over the "
                "classes. A class with many samples should count more often."),
        Mistake("PLT-f", quiet(lambda y: _entropy(np.bincount(y) / len(y))), "Right until a class has no sample: then "
                "0 times minus infinity is NaN. What should an absent class add?"),
        Mistake("PLT-g", lambda y: float(-np.log(_counts(y) / len(y)).mean()), "You averaged over the classes that "
                "occur. A class with many samples should count more often."),
        Mistake("PLT-h", lambda y: float(-np.log(_counts(y) / len(y)).sum()), "Each logarithm counts once. By what is "
                "it multiplied in (5.2)?"),
        Mistake("PLT-i", _of_counts(end=lambda terms: -terms.mean()), "The shares are weights that add "
                "up to 1 already. Is there a second mean in (5.2)?"),
        Mistake("PLT-j", _of_counts(share=lambda n, N: n), "These are numbers of samples. The sum takes shares of all "
                "samples."),
        Mistake("PLT-k", quiet(lambda y: _entropy(np.array([y.mean(), 1 - y.mean()]))), "This is for labels 0 and 1 "
                "only, of which the mean is a share. Here there may be more classes."),
        Mistake("PLT-l", _of_counts(share=lambda n, N: n / len(n)), "You divided by the number of classes. A "
                "share is a part of the samples."),
        Mistake("PLT-o", quiet(lambda y: _entropy(np.array([(y == 1).mean(), (y != 1).mean()]))), "This takes class 1 "
                "against all the others. Here there may be more classes than two."),
        Mistake("PLT-m", lambda y: _entropy(_present([np.mean(y == c) for c in range(len(_counts(y)))])), "Right until "
                "a label is left out: then the labels are not 0, 1, ... up to their number. How do you go through the "
                "classes?"),
        Mistake("PLT-n", lambda y: _entropy(_present(y / max(y.sum(), 1))), "You divided the labels by their sum. How "
                "often does each label occur?"),
    ),
    hints=(
        "With equal units the net answers the same for every sample. The best constant answer is the share of each "
        "class; how large is the loss of that?",
        "L = -(sum over classes of share * ln share), classes that do not occur left out.",
        "share = np.bincount(y) / len(y)",
    ),
    reminders={"type": "one number", "shape": "one number: (5.2) is a sum over the classes",
               "value": "for the labels 0 0 1 0 the shares are 3/4 and 1/4; put them into (5.2) by hand"},
    points=2,
    minutes=8, level=2, core=True,
    variants=(_plateau_loops,
              lambda y: float(-np.mean(np.log(np.bincount(y)[y] / len(y))))),
)

# --- equal networks ---

_TWINS = {"one": 2, "two": 8, "three": 48}


def _twins_at_work(answer):
    all_filled(answer, _TWINS)
    for key, value in answer.items():
        if isinstance(value, str):
            raise TypeError(f"{key} is {value!r:.40}, expected a number without quotes")
    return tuple(answer[key] for key in _TWINS)


def _twins(count):
    return {name: count(M) for M, name in enumerate(_TWINS, 1)}


TWINS = Exercise(
    id="5.3",
    title="equal networks",
    debrief="For 100 units it is 100! 2^100, about 10^188: two nets may lie far apart in their weights and be the same "
            "function.",
    kind="value",
    reference=_TWINS,
    instances=lambda rng: [()],
    call=_twins_at_work,
    outputs=("M = 1", "M = 2", "M = 3"),
    mistakes=(
        Mistake("TWI-a", _twins(factorial), "You counted the orders of the units. Each unit may also have its sign "
                "turned round."),
        Mistake("TWI-b", _twins(lambda M: 2**M), "You counted the signs. The units may also be listed in another "
                "order."),
        Mistake("TWI-c", _twins(lambda M: factorial(M) * 2), "Each unit chooses its sign by itself, not all together."),
        Mistake("TWI-d", _twins(lambda M: factorial(M) + 2**M), "Every order can be combined with every choice of "
                "signs: are combinations added?"),
        Mistake("TWI-e", _twins(lambda M: M * 2**M), "In how many orders can three units stand? More than three."),
        Mistake("TWI-f", _twins(lambda M: factorial(M) * 2**M - 1), "You left out the network itself. The question is "
                "how many there are in all."),
        Mistake("TWI-g", _twins(lambda M: factorial(M) * 2 * M), "M = 3: one sign after the other doubles the number. "
                "How many choices do three signs leave together?"),
        Mistake("TWI-i", _twins(lambda M: factorial(2 * M)), "M = 2: turning a sign makes no further unit that could "
                "stand elsewhere. In how many orders can two units stand?"),
        Mistake("TWI-j", _twins(lambda M: 2 ** factorial(M)), "M = 2: each unit chooses its sign, not each order. How "
                "many choices have two units, in each of their orders?"),
        Mistake("TWI-h", _twins(lambda M: factorial(M) * M**2), "M = 1: a single unit can only keep or turn its sign. "
                "How many nets are that?"),
    ),
    hints=(
        "Two kinds of change leave the function alone, and they can be combined freely.",
        "Orders of M units: 1 * 2 * ... * M. Signs: two choices for each unit, 2^M together.",
        'For M = 2: two orders, four choices of signs.',
    ),
    reminders={"type": "a dict with one, two and three", "value": "list the nets by hand: first all orders, then all "
               "choices of signs for each"},
    minutes=4, level=1, core=False,
    skeleton='equal_nets = {"one": ..., "two": ..., "three": ...}',
)

EXERCISES = (EQUAL_STEP, PLATEAU, TWINS)

"""Exercises on rules with a rate for every weight: Adagrad, RMSprop, Adam, Rprop."""

import numpy as np

from course_lib.chapters.ch06_optimizers import calls
from course_lib.chapters.ch06_optimizers.exercises.common import numbers, steps
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

UNITS = "Multiply every gradient by 100: your step changes. Check the units of the denominator."
FORGETS = "Does your accumulator ever forget?"
NEGATIVE = "May a mean of squares be negative?"

# 6.8 ------------------------------------------------------------------------------------------------------------------


def adagrad(w, G, dw, lr, eps):
    G = G + dw**2
    return w - lr * dw / (np.sqrt(G) + eps), G


def _scaled(accumulate, step):
    """A variant: the new accumulator from (old, dw, *settings), then the step from (dw, old, new, lr, eps)."""

    @quiet
    def rule(w, old, dw, lr, *settings):
        *decay, eps = settings
        new = accumulate(old, dw, *decay)
        return w - step(dw, old, new, lr, eps), new

    return rule


def _root(dw, old, new, lr, eps):
    return lr * dw / (np.sqrt(new) + eps)


def _inside(dw, old, new, lr, eps):
    return lr * dw / np.sqrt(new + eps)


@exchangeable
def _added(accumulate=lambda G, g: G + g**2, step=_root):
    """Adagrad with one of its two lines exchanged."""
    return _scaled(accumulate, step)


def _mean_square(s, g, beta):
    return beta * s + (1 - beta) * g**2


@exchangeable
def _averaged(accumulate=_mean_square, step=_root):
    """RMSprop with one of its two lines exchanged."""
    return _scaled(accumulate, step)


def _histories(*decay):
    """Instances of a rule that keeps one accumulator; `decay` stands before eps."""

    def instances(rng):
        first = np.array([1.0, 2.0]), np.array([4.0, 9.0]), np.array([3.0, -4.0])
        w, (s,), dw = steps(rng, 1, (3, 2))
        tiny = 1e-7 * dw
        return [
            (*first, 0.1, *decay, 1e-8),
            (w, s, dw, 0.05, *decay, 1e-8),
            case("tiny gradients", w, np.zeros((3, 2)), tiny, 0.1, *decay, 1e-8),
            case("no gradient yet", w[0], np.zeros(2), np.array([0.0, 1.0]), 0.1, *decay, 1e-8),
        ]

    return instances


ADAGRAD = Exercise(
    id="6.8",
    title="adagrad",
    debrief="G only grows: under gradients of constant size the steps shrink like 1/sqrt(t), whether that is wanted "
            "or not.",
    library="course_lib.ops.adagrad",
    from_library=calls.kept_before_gradient,
    reference=adagrad,
    instances=_histories(),
    arguments=("w", "G", "dw", "lr", "eps"),
    contract=Contract(shapes={"w": "P", "G": "P", "dw": "P"}, whole="", zero="G, dw"),
    outputs=("w", "G"),
    mistakes=(
        Mistake("ADG-1", _added(step=lambda g, old, G, lr, eps: lr * g / (G + eps)), UNITS),
        Mistake("ADG-2", _scaled(lambda G, g: G + g, _root), "May the accumulator become negative? Its root is taken."),
        Mistake("ADG-3", _added(lambda G, g: g**2), "G is the square of the last gradient alone: the history is lost."),
        Mistake("ADG-4", _added(lambda G, g: 0.9 * G + 0.1 * g**2), FORGETS),
        Mistake("ADG-5", _added(step=lambda g, old, G, lr, eps: lr * g / (np.sqrt(old) + eps)),
                "Which gradients are in G at the first step?"),
        Mistake("ADG-6", _added(step=lambda g, old, G, lr, eps: lr * g * (np.sqrt(G) + eps)),
                "Should a much-used parameter move faster or slower?"),
        Mistake("ADG-7", _added(step=_inside), "You add eps before the root. How small may the "
                "denominator become, eps or its root?", convention=True),
        Mistake("ADG-a", _scaled(lambda G, g: G + np.abs(g), _root), "The accumulator is in the units of the gradient, "
                "and then a root is taken. What has to be summed, so that the units fit?"),
        Mistake("ADG-b", _added(step=lambda g, old, G, lr, eps: -lr * g / (np.sqrt(G) + eps)),
                "Your step climbs."),
        Mistake("ADG-c", _added(step=lambda g, old, G, lr, eps: lr / (np.sqrt(G) + eps)),
                "That is the rate of each weight. Which gradient does it multiply?"),
        Mistake("ADG-e", lambda w, G, dw, lr, eps: (adagrad(w, G, dw, lr, eps)[0], G),
                "The place is right, but the sum you return is the one you were given."),
        Mistake("ADG-d", _added(lambda G, g: G + np.sum(g**2)), "Every weight has its own sum. Over what do "
                "you sum?"),
        Mistake("ADG-f", _added(step=lambda g, old, G, lr, eps: lr * g / np.sqrt(G) - eps),
                "Where is eps added? Python divides before it adds."),
        Mistake("ADG-j", _added(step=lambda g, old, G, lr, eps: lr * g / np.sqrt(G)),
                "A weight that has had no gradient yet: what is 0/0? Something is missing in the denominator."),
        Mistake("ADG-k", _added(step=lambda g, old, G, lr, eps: lr * g**2 / (np.sqrt(G) + eps)),
                "Your step goes the same way for a gradient of 3 and of -3. What is squared, and where?"),
        Mistake("ADG-l", _added(lambda G, g: (G + g**2) / 2), "You halve the sum at every step, so that it "
                "forgets. Is G a sum or a mean?"),
        Mistake("ADG-g", lambda w, G, dw, lr, eps: (adagrad(w, G, dw, lr, eps)[0], np.sqrt(G + dw**2)),
                "The place is right, but you keep the root. To what will the next step add its squares?"),
        Mistake("ADG-m", _added(lambda G, g: np.maximum(G, g**2)), "G keeps the largest "
                "square. Is it that, or the sum of all?"),
        Mistake("ADG-i", _added(lambda G, g: G + g @ g), "@ multiplies and adds up. Every weight has its own "
                "sum, over the steps alone."),
        Mistake("ADG-h", _added(lambda G, g: (G + g) ** 2), "You square the sum. What is squared, and what is "
                "summed?"),
    ),
    hints=(
        "Add the squares of this step's gradient first, then divide the step by the root.",
        "G <- G + dw^2, then w <- w - lr dw / (sqrt(G) + eps).",
        "G = G + ...",
    ),
    reminders={"type": "return the pair (w, G)", "shape": "w and G keep their shape",
               "value": "G grows by squares, and from G = 0 the first step is lr for every weight"},
    minutes=6,
    level=1,
    core=True,
    variants=(
        lambda w, G, dw, lr, eps: (w - lr * dw / (np.hypot(np.sqrt(G), dw) + eps), G + dw * dw),
        lambda w, G, dw, lr, eps: (w + (-lr / (eps + (G + np.square(dw)) ** 0.5)) * dw, np.square(dw) + G),
    ),
)


# 6.9 ------------------------------------------------------------------------------------------------------------------


def rmsprop(w, s, dw, lr, beta, eps):
    s = beta * s + (1 - beta) * dw**2
    return w - lr * dw / (np.sqrt(s) + eps), s


RMSPROP = Exercise(
    id="6.9",
    title="repair RMSprop",
    debrief="From s = 0 the first step has the size lr/sqrt(1 - beta), 3.2 lr for beta = 0.9; under a constant "
            "gradient the steps shrink to lr.",
    kind="bug",
    reference=rmsprop,
    instances=_histories(0.9),
    arguments=("w", "s", "dw", "lr", "beta", "eps"),
    contract=Contract(shapes={"w": "P", "s": "P", "dw": "P"}, whole="", zero="s, dw", values={"beta": (0.0,)}),
    outputs=("w", "s"),
    mistakes=(
        Mistake("RMS-1", _averaged(lambda s, g, beta: beta * s + (1 - beta) * g), NEGATIVE),
        Mistake("RMS-2", _averaged(lambda s, g, beta: (1 - beta) * s + beta * g**2),
                "Almost no memory: which weight belongs to the past?"),
        Mistake("RMS-3", _averaged(lambda s, g, beta: s + g**2), FORGETS),
        Mistake("RMS-4", _averaged(step=lambda g, old, s, lr, eps: lr * g / (s + eps)), UNITS),
        Mistake("RMS-5", _averaged(step=_inside), "You add eps before the root. How small may the denominator "
                "become, eps or its root?", convention=True),
        Mistake("RMS-6", lambda w, s, dw, lr, beta, eps: rmsprop(w, s, dw, lr, beta, 10 * eps), "Right but for tiny "
                "gradients, where your eps is ten times too large: 10e-8 is not 1e-8."),
        Mistake("RMS-7", _averaged(step=lambda g, old, s, lr, eps: lr * np.sign(g)),
                "Constant steps: the size of a gradient matters, once sizes are averaged."),
        Mistake("RMS-a", _scaled(lambda s, g, beta: beta * s + (1 - beta) * np.abs(g), _root),
                "Nothing is negative any more, but the units do not fit: the root of a mean of what?"),
        Mistake("RMS-b", _averaged(lambda s, g, beta: beta * s + ((1 - beta) * g) ** 2),
                "The share of the new gradient is squared too."),
        Mistake("RMS-c", _averaged(step=lambda g, old, s, lr, eps: lr * g / (np.sqrt(old) + eps)),
                "Your step is divided by the average of before. Does the new gradient count?"),
        Mistake("RMS-h", _averaged(step=lambda g, old, s, lr, eps: lr * g**2 / (np.sqrt(s) + eps)),
                "Your step goes the same way for a gradient of 3 and of -3. What is squared, and where?"),
        Mistake("RMS-i", _averaged(lambda s, g, beta: beta * s + g**2), "For a gradient that stays the same your "
                "s tends to ten times its square. Which share has the new gradient?"),
        Mistake("RMS-j", _averaged(lambda s, g, beta: beta * s**2 + (1 - beta) * g**2), "s is a mean of squares "
                "already. Is it squared again?"),
        Mistake("RMS-k", _averaged(lambda s, g, beta: beta * s + (1 - beta) * g * 2), "Twice a gradient of -3 is "
                "-6. Which power belongs here?"),
        Mistake("RMS-d", _scaled(lambda s, g, beta: beta * s + (1 - beta) * g, lambda g, old, s, lr, eps: lr * g / (
            np.sqrt(np.abs(s)) + eps)), "The root has no complaint any more, but s still averages gradients, and 3 and "
                "-3 average to nothing. Of what is s to be a mean?"),
        Mistake("RMS-e", _averaged(lambda s, g, beta: np.maximum(beta * s + (1 - beta) * g, 0)), "You cut off "
                "what is negative. Does a gradient of -3 count less than one of 3?"),
        Mistake("RMS-f", _averaged(lambda s, g, beta: (beta * s + (1 - beta) * g) ** 2), "You square the average. "
                "Of what is s to be the mean?"),
        Mistake("RMS-l", _scaled(lambda s, g, beta: beta * s + (1 - beta) * g, lambda g, old, s, lr, eps: lr * g / (
            np.sqrt(s**2) + eps)), "Your root takes the square away again, and s still averages gradients: 3 and -3 "
                "average to nothing. What is to be squared before the average?"),
        Mistake("RMS-m", quiet(lambda w, s, dw, lr, beta, eps: (
            w - lr * dw / (np.sqrt(_mean_square(s, dw, beta) / (1 - beta)) + eps), _mean_square(s, dw, beta))),
                "You divide the average once more before its root is taken. Does RMSprop correct it?"),
        Mistake("RMS-g", _averaged(lambda s, g, beta: beta * s + (1 - beta) * np.mean(g**2)),
                "Every weight has its own average over the steps. Over what is your mean?"),
    ),
    hints=(
        "Try it on a negative gradient. Which operation gets a number that it cannot take?",
        "s <- beta s + (1 - beta) dw^2: the name says root mean square.",
        "s = beta * s + (1 - beta) * ...",
    ),
    reminders={"type": "return the pair (w, s)", "value": "for a gradient that stays the same s tends to its square, "
               "and the step to lr"},
    untouched="RMS-1",
    minutes=5,
    level=1,
    core=True,
    variants=(
        lambda w, s, dw, lr, beta, eps: (w - lr * dw / (eps + np.sqrt(s + (1 - beta) * (dw * dw - s))),
                                         s + (1 - beta) * (dw * dw - s)),
        lambda w, s, dw, lr, beta, eps: (w - (lr / (np.hypot(np.sqrt(beta * s), np.sqrt(1 - beta) * dw) + eps)) * dw,
                                         np.square(dw) - beta * (np.square(dw) - s)),
    ),
)


# 6.10 -----------------------------------------------------------------------------------------------------------------


def adam(w, m, v, t, dw, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@exchangeable
def _adam(first=lambda m, b, t: m / (1 - b**t), second=lambda v, b, t: v / (1 - b**t), power=lambda g: g**2,
          step=lambda m, v, eps: m / (np.sqrt(v) + eps)):
    """A variant: corrections of both averages, what the second one averages, the step in units of lr."""

    @quiet
    def rule(w, m, v, t, dw, lr, beta1, beta2, eps):
        m = beta1 * m + (1 - beta1) * dw
        v = beta2 * v + (1 - beta2) * power(dw)
        return w - lr * step(first(m, beta1, t), second(v, beta2, t), eps), m, v

    return rule


def _as_is(average, b, t):
    return average


def _stored(w, m, v, t, dw, lr, beta1, beta2, eps):
    w, m, v = adam(w, m, v, t, dw, lr, beta1, beta2, eps)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


@quiet
def _from_zero(w, m, v, t, dw, lr, beta1, beta2, eps):
    return adam(w, m, v, t - 1, dw, lr, beta1, beta2, eps)


def _ahead_by_one(w, m, v, t, dw, lr, beta1, beta2, eps):
    return adam(w, m, v, t + 1, dw, lr, beta1, beta2, eps)


@quiet
def _of_before(w, m, v, t, dw, lr, beta1, beta2, eps):
    moved = w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return moved, *adam(w, m, v, t, dw, lr, beta1, beta2, eps)[1:]


def _sums(w, m, v, t, dw, lr, beta1, beta2, eps):
    m, v = beta1 * m + dw, beta2 * v + dw**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _one_memory(w, m, v, t, dw, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * dw, beta1 * v + (1 - beta1) * dw**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _of_the_mean(w, m, v, t, dw, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * m**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _moments(rng):
    w, (m, v), dw = steps(rng, 2, (3, 2))
    return [
        (np.array([1.0, 2.0]), np.array([0.5, -0.5]), np.array([4.0, 9.0]), 2, np.array([3.0, -4.0]), 0.1, 0.5, 0.75,
         1e-8),
        case("first step", w[0], np.zeros(2), np.zeros(2), 1, dw[0], 0.1, 0.9, 0.999, 1e-8),
        (w, m - 1, v, 3, dw, 0.05, 0.9, 0.999, 1e-8),
        case("late", w, m, v, 1000, dw, 0.01, 0.8, 0.99, 1e-8),
        case("tiny gradients", w, np.zeros((3, 2)), np.zeros((3, 2)), 1, 1e-7 * dw, 0.1, 0.9, 0.999, 1e-8),
        case("no gradient yet", w[0], np.zeros(2), np.zeros(2), 1, np.array([0.0, 1.0]), 0.1, 0.9, 0.999, 1e-8),
    ]


ADAM = Exercise(
    id="6.10",
    title="adam",
    debrief="Multiply every gradient by 1,000, and but for eps the path stays the same: what counts is how a gradient "
            "compares with its own past.",
    library="course_lib.ops.adam",
    from_library=calls.moments_before_gradient,
    reference=adam,
    instances=_moments,
    arguments=("w", "m", "v", "t", "dw", "lr", "beta1", "beta2", "eps"),
    contract=Contract(shapes={"w": "P", "m": "P", "v": "P", "dw": "P"}, whole="", zero="m, dw",
                      values={"beta1": (0.0,)}),
    outputs=("w", "m", "v"),
    mistakes=(
        Mistake("ADM-1", _adam(_as_is, _as_is), "Your first step is 3.16 times too long: with a constant gradient "
                "every step should be lr."),
        Mistake("ADM-2", _from_zero, "Your count begins one too late. What is 1 - beta^0?"),
        Mistake("ADM-3", _adam(lambda m, b, t: m / (1 - b), lambda v, b, t: v / (1 - b)),
                "Right at the first step only: the correction must fade with time."),
        Mistake("ADM-4", _adam(lambda m, b, t: m * (1 - b**t), lambda v, b, t: v * (1 - b**t)),
                "Is an average that starts at zero too small or too large?"),
        Mistake("ADM-5", _adam(step=lambda m, v, eps: m / np.sqrt(v + eps)), "You add eps before the root. How small "
                "may the denominator become, eps or its root?", convention=True),
        Mistake("ADM-6", _adam(power=lambda g: g), NEGATIVE),
        Mistake("ADM-7", lambda w, m, v, t, dw, lr, beta1, beta2, eps: adam(w, m, v, t, dw, lr, beta2, beta1, eps),
                "Which of the two averages needs the longer memory?"),
        Mistake("ADM-9", _adam(step=lambda m, v, eps: m / (v + eps)), UNITS),
        Mistake("ADM-a", _stored, "You keep the corrected averages. The next step would correct them once more."),
        Mistake("ADM-b", _adam(second=_as_is), "One of the two averages is used without its correction."),
        Mistake("ADM-c", _adam(first=_as_is), "One of the two averages is used without its correction: the step is "
                "too short at first."),
        Mistake("ADM-d", lambda w, m, v, t, dw, lr, beta1, beta2, eps: (
            w - lr * dw / (np.sqrt(adam(w, m, v, t, dw, lr, beta1, beta2, eps)[2] / (1 - beta2**t)) + eps),
            *adam(w, m, v, t, dw, lr, beta1, beta2, eps)[1:]), "Your step takes the gradient itself. Which average "
                "gives the direction?"),
        Mistake("ADM-e", _adam(lambda m, b, t: m / (1 - b * t), lambda v, b, t: v / (1 - b * t)),
                "beta to the power t, not times t."),
        Mistake("ADM-i", _adam(step=lambda m, v, eps: m / np.sqrt(v)), "A weight that has had no gradient yet: what is "
                "0/0? Something is missing in the denominator."),
        Mistake("ADM-j", _adam(lambda m, b, t: m - b**t, lambda v, b, t: v - b**t), "In which order does Python work "
                "out a / 1 - b? Brackets are missing in the corrections."),
        Mistake("ADM-k", _adam(lambda m, b, t: m / (1 - b) ** t, lambda v, b, t: v / (1 - b) ** t), "What is raised to "
                "the power t, beta or 1 - beta?"),
        Mistake("ADM-l", _adam(step=lambda m, v, eps: -m / (np.sqrt(v) + eps)), "Your step climbs."),
        Mistake("ADM-m", _of_before, "Your step uses the averages of before. Does the new gradient count?"),
        Mistake("ADM-n", _sums, "Your averages are sums. Which share has the new gradient?"),
        Mistake("ADM-o", _one_memory, "Both averages remember alike in your code, but there are two numbers beta."),
        Mistake("ADM-p", _adam(step=lambda m, v, eps: np.sign(m)), "Constant steps: how sure is the direction, when m "
                "is small beside the root of v?"),
        Mistake("ADM-f", _ahead_by_one, "Your count runs one ahead. Which t has the first step?"),
        Mistake("ADM-g", lambda w, m, v, t, dw, lr, beta1, beta2, eps: adam(
            w, m, v, t, dw, lr, beta1, beta2, eps / np.sqrt(1 - beta2**t)), "Right but for tiny gradients: your eps "
                "is added before the correction of v, so that it is corrected too.", convention=True),
        Mistake("ADM-h", _of_the_mean, "Your second average squares the first. Whose squares does it average?"),
    ),
    hints=(
        "Two averages, one of the gradient and one of its square; both start at zero and are too small at first.",
        "m and v as in RMSprop; m_hat = m/(1 - beta1^t), v_hat = v/(1 - beta2^t); step lr m_hat/(sqrt(v_hat) + eps).",
        "m = beta1 * m + (1 - beta1) * dw",
    ),
    reminders={"type": "return the triple (w, m, v)", "value": "at t = 1, from m = v = 0, every step is lr against the "
               "sign of its gradient; compare m and v first, they need no t"},
    points=2,
    minutes=10,
    level=2,
    core=True,
    variants=(
        lambda w, m, v, t, dw, lr, beta1, beta2, eps: (
            w - lr * ((m + (1 - beta1) * (dw - m)) / (1 - beta1**t)) / (
                np.sqrt((v + (1 - beta2) * (dw * dw - v)) / (1 - beta2**t)) + eps),
            m + (1 - beta1) * (dw - m), v + (1 - beta2) * (dw * dw - v)),
        lambda w, m, v, t, dw, lr, beta1, beta2, eps: (
            w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * (beta1 * m + (1 - beta1) * dw) / (
                np.sqrt(beta2 * v + (1 - beta2) * dw**2) + eps * np.sqrt(1 - beta2**t)),
            beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2),
    ),
)


# 6.11 -----------------------------------------------------------------------------------------------------------------

_NUMBERS = {"past": 0.147, "often": 0.005376, "rare": 0.025, "adam": 1.0, "uncorrected": 3.162}

NUMBERS = Exercise(
    id="6.11",
    title="five numbers by hand",
    debrief="All values more than two steps back together still have the weight 0.7^3 = 0.343: more than the newest "
            "one, with 0.3.",
    kind="value",
    reference=_NUMBERS,
    instances=lambda rng: [()],
    call=lambda answer: numbers(answer, _NUMBERS),
    mistakes=(
        Mistake("NUM-a", _NUMBERS | {"past": 0.49}, "past: 0.49 is the weight beside that of the newest value. The "
                "newest one itself has only 0.3."),
        Mistake("NUM-b", _NUMBERS | {"past": 0.063}, "past: you exchanged beta and 1 - beta: 0.7 belongs to the past."),
        Mistake("NUM-c", _NUMBERS | {"often": 0.01 / 3.46, "rare": 0.01 / 0.16}, "often: a root of G is taken before "
                "the division."),
        Mistake("NUM-q", _NUMBERS | {"rare": 0.01 / 0.16}, "rare: a root of G is taken before the division."),
        Mistake("NUM-r", _NUMBERS | {"rare": 0.005376}, "rare: that is the rate of the frequent word. Which G has the "
                "rare one?"),
        Mistake("NUM-s", _NUMBERS | {"uncorrected": 3.2}, "uncorrected: near, but three digits are asked for."),
        Mistake("NUM-d", _NUMBERS | {"often": 0.025, "rare": 0.005376}, "Which of the two words keeps the larger "
                "rate?"),
        Mistake("NUM-e", _NUMBERS | {"uncorrected": 1.0}, "uncorrected: without correction m is 0.1 g and v is "
                "0.001 g^2. Take the root of one of them before you divide."),
        Mistake("NUM-f", _NUMBERS | {"uncorrected": 100.0}, "uncorrected: 0.1 g over 0.001 g^2 is not a number without "
                "a unit. What is missing below?"),
        Mistake("NUM-h", _NUMBERS | {"past": 0.21}, "past: how many times is the weight of the newest value multiplied "
                "by beta in two steps?"),
        Mistake("NUM-o", _NUMBERS | {"past": 0.343}, "past: the newest value, 0 steps ago, has the weight 0.3, not "
                "0.7."),
        Mistake("NUM-p", _NUMBERS | {"often": 0.01 / 3.46**2, "rare": 0.01 / 0.16**2}, "often: G is a sum of "
                "squares already. Which function undoes a square?"),
        Mistake("NUM-i", _NUMBERS | {"past": 0.15}, "past: near, but three digits are asked for."),
        Mistake("NUM-j", _NUMBERS | {"often": 1.860, "rare": 0.4}, "often: that is the root of G. Which number does "
                "it divide?"),
        Mistake("NUM-k", _NUMBERS | {"adam": 0.001}, "adam: in units of lr, so that its default does not matter."),
        Mistake("NUM-l", _NUMBERS | {"adam": 0.01}, "adam: in units of lr, so that the rate of Adagrad does not "
                "matter."),
        Mistake("NUM-m", _NUMBERS | {"uncorrected": 0.1}, "uncorrected: m is a tenth of the gradient. By what is it "
                "divided?"),
        Mistake("NUM-n", _NUMBERS | {"uncorrected": 0.3162}, "uncorrected: m is a tenth of the gradient and the root "
                "of v a thirtieth. Which of them is above?"),
        Mistake("NUM-g", _NUMBERS | {"adam": 0.1, "uncorrected": 0.1}, "The first average is a tenth of the gradient. "
                "By what is it divided, with and without correction?"),
    ),
    hints=(
        "Each takes one line: a product, two divisions by a root, and two quotients m/sqrt(v).",
        "(1 - beta) beta^2; lr/sqrt(G); after correction g/|g|; before it 0.1 g/sqrt(0.001 g^2).",
        'by_hand = {"past": 0.3 * 0.7**2, "often": 0.01 / ..., ...}',
    ),
    reminders={"value": "three digits each, from (6.9), (6.16) and (6.18)"},
    rtol=5e-3,
    points=2,
    minutes=8,
    level=1,
    core=False,
    skeleton='by_hand = {"past": ..., "often": ..., "rare": ..., "adam": ..., "uncorrected": ...}',
)


# 6.12 -----------------------------------------------------------------------------------------------------------------


def rprop(gradients, up=1.2, down=0.5):
    step, before, x, used = 1.0, 0.0, 0.0, []
    for g in gradients:
        if g * before > 0:
            step *= up
        elif g * before < 0:
            step *= down
        x -= np.sign(g) * step
        used.append(step)
        before = g
    return np.array(used), float(x)


def _late(gradients, up=1.2, down=0.5):
    """The move before the new step size."""
    used, _ = rprop(gradients, up, down)
    return used, float(-np.sum(np.sign(gradients) * np.r_[1.0, used[:-1]]))


def _first_counts(gradients, up=1.2, down=0.5):
    """The first gradient taken for a change of sign, and so every one next to a 0."""
    step, before, x, used = 1.0, 0.0, 0.0, []
    for g in gradients:
        step *= up if g * before > 0 else down
        x -= np.sign(g) * step
        used.append(step)
        before = g
    return np.array(used), float(x)


def _factor(g, before, up, down):
    return up if g * before > 0 else down if g * before < 0 else 1.0


@exchangeable
def _sized(factor=_factor, start=lambda step: step, reset=False, numbers=None,
           remember=lambda g, before: g, first=lambda gradients: 0.0, late=False, waits=False, weigh=np.sign, sign=1):
    """A variant.

    factor, start, reset, numbers : of the step size, what it multiplies, whether a change of sign sets it back to 1,
    and the two numbers in place of those given. remember, first : which gradient is that before, and before the first.
    late, waits, weigh, sign : the size changed after the move; no move where the sign changes; what the size is
    multiplied by for the move, and in which direction that goes.
    """

    def walk(gradients, up=1.2, down=0.5):
        up, down = numbers or (up, down)
        step, before, x, used = 1.0, first(gradients), 0.0, []
        for g in gradients:
            changes = g * before < 0
            new = (start(step) if g * before else step) * factor(g, before, up, down)
            new = 1.0 if reset and changes else new
            used.append(step if late else new)
            x -= 0.0 if waits and changes else sign * weigh(g) * used[-1]
            step, before = new, remember(g, before)
        return np.array(used), float(x)

    return walk


def _of_equal_signs(gradients, up=1.2, down=0.5):
    """A 0 beside another number taken for a change of sign, and beside a 0 for none."""
    sign = np.sign(gradients)
    used = np.cumprod(np.r_[1.0, np.where(sign[1:] == sign[:-1], up, down)])
    return used, -float(sign @ used)


def _in_the_type_of_gradients(gradients, up=1.2, down=0.5):
    sizes, x = rprop(gradients, up, down)
    return sizes.astype(gradients.dtype), x


def _by_products(gradients, up=1.2, down=0.5):
    signs = np.sign(np.asarray(gradients, dtype=float))
    agree = signs[1:] * signs[:-1]
    used = np.cumprod(np.r_[1.0, np.where(agree > 0, up, np.where(agree < 0, down, 1.0))])
    return used, -float(signs @ used)


def _from_behind(gradients, up=1.2, down=0.5):
    used = [1.0]
    for k in range(1, len(gradients)):
        used.append(used[-1] * {1: up, -1: down, 0: 1.0}[int(np.sign(gradients[k]) * np.sign(gradients[k - 1]))])
    return np.array(used), sum(-float(np.sign(g)) * d for g, d in zip(gradients, used, strict=True))


STREAM = np.array([-0.4, -0.3, -0.25, -0.2, -0.14, -0.1, 0.7, 0.9])

RPROP = Exercise(
    id="6.12",
    title="rprop",
    debrief="One change of sign halves the step, and it takes four repeats to win that back: 1.2^3 = 1.73, 1.2^4 = "
            "2.07.",
    library="course_lib.ops.rprop",
    from_library=calls.over_a_stream,
    reference=rprop,
    instances=lambda rng: [
        (np.array([-0.4, -0.3, 0.7]),),
        (STREAM,),
        (rng.normal(size=12),),
        (rng.normal(size=9), 1.5, 0.25),
        case("a gradient of 0", np.array([1.0, 0.0, -1.0, -2.0])),
    ],
    arguments=("gradients", "up", "down"),
    # whole numbers that follow from the contract would come with the up and down that have fractions
    contract=Contract(shapes={"gradients": "T"}, whole="", zero="gradients", negative="gradients",
                      values={"gradients": {"whole numbers in gradients": np.array([-4, -3, 2, 0, 3, -1, -5])}}),
    outputs=("sizes", "x"),
    mistakes=(
        Mistake("RPR-1", _sized(sign=-1), "A negative slope means: go right."),
        Mistake("RPR-2", _sized(weigh=lambda g: g), "Small slopes give small steps here. Does the size of g matter?"),
        Mistake("RPR-3", _sized(factor=lambda g, before, up, down: _factor(g, before, down, up)),
                "When should you trust the direction more?"),
        Mistake("RPR-4", _sized(start=lambda step: 1.0), "The step is only 1, 1.2 or 0.5. To which number does the "
                "next factor apply?"),
        Mistake("RPR-5", _sized(reset=True), "What should a change of sign tell you about the step length?"),
        Mistake("RPR-6", _sized(numbers=(1.5, 0.5)), "Right direction, wrong length: check the two constants."),
        Mistake("RPR-a", _late, "sizes and signs are right, but each move still uses the step size of before."),
        Mistake("RPR-c", _first_counts, "Before the first gradient there is none to compare it with: its step is 1."),
        Mistake("RPR-b", lambda gradients, up=1.2, down=0.5: (rprop(gradients, up, down)[0], float(
            np.sum(np.abs(np.sign(gradients)) * rprop(gradients, up, down)[0]))), "You add up lengths. The last moves "
                "go the other way."),
        Mistake("RPR-d", _of_equal_signs, "A gradient of 0 has neither sign. Does it repeat one, or change it?"),
        Mistake("RPR-e", _sized(remember=lambda g, before: g if g else before), "You look past a gradient of 0 to the "
                "one before it. What is said of the step size next to a 0?"),
        Mistake("RPR-l", _sized(factor=lambda g, before, up, down: up if g > before else down), "You ask which of two "
                "gradients is larger. What counts are their signs."),
        Mistake("RPR-m", _sized(factor=lambda g, before, up, down: up if g * before >= 0 else down), "Beside a 0, and "
                "at the first gradient, your size grows. Has a sign been repeated there?"),
        Mistake("RPR-f", _sized(first=lambda gradients: gradients[0]), "The first gradient is compared with itself. "
                "Which step size is the first?"),
        Mistake("RPR-g", _sized(late=True), "Each move uses the step size of before. Which comes first, the new size "
                "or the move?"),
        Mistake("RPR-h", _sized(numbers=(1.2, 0.5)), "Right for 1.2 and 0.5 only. What are up and down for?"),
        Mistake("RPR-i", _sized(waits=True), "Where the sign changes you do not move. The size is halved there; does "
                "the step fall out?"),
        Mistake("RPR-o", _sized(waits=True, remember=lambda g, before: 0.0 if g * before < 0 else g), "Where the sign "
                "changes you do not move, and forget the sign. Here every gradient but 0 moves.",
                convention=True),
        Mistake("RPR-j", _sized(remember=lambda g, before: before), "Your step size never changes. Does each gradient "
                "become the one before?"),
        Mistake("RPR-k", lambda gradients, up=1.2, down=0.5: (-np.sign(gradients) * rprop(gradients, up, down)[0],
                                                              rprop(gradients, up, down)[1]),
                "sizes: those are moves, with their sign. May a size be negative?"),
        Mistake("RPR-n", _in_the_type_of_gradients, "sizes: where the gradients are whole numbers, what lies behind "
                "the point is lost. Which dtype has an array made from them?"),
    ),
    hints=(
        "Compare each gradient with the one before it, change the step size, then move.",
        "g before > 0: times up; < 0: times down; else unchanged. x <- x - sign(g) step.",
        "step, before, x, used = 1.0, 0.0, 0.0, np.zeros(len(gradients))",
    ),
    reminders={"type": "return the pair (sizes, x)", "shape": "one step size for every gradient, and one number",
               "value": "work three gradients out by hand: first the sizes from the signs, then the moves"},
    points=2,
    minutes=10,
    level=2,
    core=False,
    variants=(_by_products, _from_behind),
)

EXERCISES = (ADAGRAD, RMSPROP, ADAM, NUMBERS, RPROP)

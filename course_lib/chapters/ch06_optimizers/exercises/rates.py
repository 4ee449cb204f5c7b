"""Exercises on rates that change, and on gradients that are too long: schedules, a plateau rule, clipping."""

import numpy as np

from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# 6.13 -----------------------------------------------------------------------------------------------------------------


def lr_schedule(kind, t, lr, k):
    if kind == "step":
        return lr * 0.5 ** (t // k)
    if kind == "exponential":
        return lr * np.exp(-k * t)
    return lr / (1 + k * t)


def _schedule(**kinds):
    """A variant of one kind; the others are right."""

    @quiet
    def rate(kind, t, lr, k):
        return kinds[kind](t, lr, k) if kind in kinds else lr_schedule(kind, t, lr, k)

    return rate


def _halved_once(t, lr, k):
    return lr * 0.5 if t % k == 0 else lr


def _halved_in_drops(t, lr, k):
    """The same for an array of epochs, too."""
    return np.where(np.mod(t, k) == 0, lr / 2, lr)


@quiet
def _decayed_again(t, lr, k):
    """The rate of each epoch from the rate of the epoch before."""
    most = int(np.max(t))
    rates = lr / np.cumprod(1 + k * np.arange(most + 1))
    return rates[t]


def _looped(kind, t, lr, k):
    def one(t):
        if kind == "step":
            rate = lr
            for _ in range(int(t) // k):
                rate = rate / 2
            return rate
        return lr * np.exp(-t * k) if kind == "exponential" else lr / (t * k + 1)

    return np.array([one(value) for value in t]) if np.ndim(t) else one(t)


LR_SCHEDULE = Exercise(
    id="6.13",
    title="lr_schedule",
    debrief="The rates of the first two kinds add up to a finite sum, so with bounded gradients a run can only go so "
            "far; those of the third do not.",
    reference=lr_schedule,
    instances=lambda rng: [
        ("step", 12, 0.1, 5),
        ("exponential", 12, 0.1, 0.05),
        ("inverse", 12, 0.1, 0.05),
        *((kind, np.arange(16), rng.uniform(0.01, 0.3), k) for kind, k in (
            ("step", 4), ("exponential", 0.1), ("inverse", 0.3))),
    ],
    arguments=("kind", "t", "lr", "k"),
    contract=Contract(zero="t", each="kind"),
    mistakes=(
        Mistake("SCH-1", _schedule(step=lambda t, lr, k: lr * 0.5 ** (t / k)), "Step: the rate should stay constant "
                "between drops."),
        Mistake("SCH-2", _schedule(step=lambda t, lr, k: lr - 0.5 * (t // k)), "Step: a drop multiplies. May a rate "
                "become negative?"),
        Mistake("SCH-3", _schedule(exponential=lambda t, lr, k: lr * np.exp(k * t)), "Exponential: your rate grows. "
                "Decay means smaller with time."),
        Mistake("SCH-4", _schedule(inverse=lambda t, lr, k: lr / (1 + k) ** t), "Inverse: that is exponential decay. "
                "Is your curve a hyperbola?"),
        Mistake("SCH-5", _schedule(inverse=_decayed_again), "Inverse: do you decay the start value or the last value?"),
        Mistake("SCH-6", _schedule(inverse=lambda t, lr, k: lr / 1 + k * t), "Inverse: your rate grows. Where are the "
                "brackets in the denominator?"),
        Mistake("SCH-a", _schedule(step=lambda t, lr, k: lr * 0.5 * (t // k)), "Step: after two drops a quarter is "
                "left. Which operation halves several times?"),
        Mistake("SCH-b", _schedule(step=lambda t, lr, k: lr * 0.5 ** (t % k)), "Step: how many whole stretches of k "
                "epochs have passed?"),
        Mistake("SCH-e", _schedule(exponential=lambda t, lr, k: lr * k**t), "Exponential: which number is raised to a "
                "power, k or e?"),
        Mistake("SCH-f", _schedule(exponential=lambda t, lr, k: lr * np.exp(-t / k), inverse=lambda t, lr, k: lr / (
            1 + t / k)), "You divide by k in every kind. What does a larger k do to the exponential schedule, and to "
                "the inverse?"),
        Mistake("SCH-g", _schedule(step=lambda t, lr, k: lr * 0.5 ** ((t + 1) // k)), "Step: you drop one epoch early. "
                "Which number has the first epoch?"),
        Mistake("SCH-i", _schedule(step=_halved_once), "Step: you halve lr in the epochs of a drop alone, and only "
                "once. How many drops lie behind epoch 12, when k is 5?"),
        Mistake("SCH-n", _schedule(step=_halved_in_drops), "Step: you halve lr in the epochs of a drop alone, and only "
                "once. How many drops lie behind epoch 12, when k is 5?"),
        Mistake("SCH-o", _schedule(step=lambda t, lr, k: lr * 0.5 ** np.round(np.divide(t, k))), "Step: your drops "
                "come half a stretch early. How many whole stretches of k epochs have passed?"),
        Mistake("SCH-j", _schedule(step=lambda t, lr, k: lr * 0.5 ** (k // t)), "Step: what has to fit into what, "
                "k into t or t into k?"),
        Mistake("SCH-k", _schedule(inverse=lambda t, lr, k: lr / (k * t)), "Inverse: which rate has epoch 0?"),
        Mistake("SCH-l", _schedule(exponential=lambda t, lr, k: lr * np.exp(-k) * t), "Exponential: which rate has "
                "epoch 0? t belongs into the exponent."),
        Mistake("SCH-m", _schedule(exponential=lambda t, lr, k: np.exp(-k * t)), "Exponential: with which rate does it "
                "begin?"),
        Mistake("SCH-h", quiet(lambda kind, t, lr, k: lr_schedule(kind, t, 1.0, k)), "At t = 0 your rate is 1. With "
                "which rate does a schedule begin?"),
        Mistake("SCH-d", _schedule(step=lambda t, lr, k: lr * 0.5**t), "Step: you halve at every epoch. How many drops "
                "have there been?"),
    ),
    hints=(
        "Three formulas, one for each kind; every one gives lr at t = 0.",
        "lr 0.5^floor(t/k);  lr e^(-k t);  lr/(1 + k t).",
        'if kind == "step": return lr * 0.5 ** (...)',
    ),
    reminders={"value": "at t = 0 every kind gives lr; the step schedule halves it at t = k, once more at 2k, and so "
                        "on",
               "shape": "one rate for every entry of t", "type": "the three kinds are \"step\", \"exponential\" and "
               "\"inverse\", and each returns its rate"},
    minutes=7,
    level=1,
    core=True,
    variants=(
        lambda kind, t, lr, k: {"step": lambda: lr * np.power(0.5, np.floor(np.divide(t, k))),
                                "exponential": lambda: lr * np.exp(-k) ** t,
                                "inverse": lambda: 1 / (1 / lr + k * t / lr)}[kind](),
        _looped,
    ),
)


# 6.14 -----------------------------------------------------------------------------------------------------------------


def plateau(val_loss, lr, factor, patience, lr_min):
    best, wait, rates = np.inf, 0, []
    for loss in val_loss:
        rates.append(lr)
        if loss < best:
            best, wait = loss, 0
        else:
            wait += 1
        if wait >= patience:
            lr, wait = max(lr * factor, lr_min), 0
    return np.array(rates)


@exchangeable
def _plateau(better=lambda loss, best, last: loss < best, enough=lambda wait, patience: wait >= patience,
             reset=lambda wait: 0, floor=max, first=True, kept=lambda loss, best: best, anew=lambda wait: 0):
    def rule(val_loss, lr, factor, patience, lr_min):
        best, last, wait, rates = np.inf, np.inf, 0, []
        for loss in val_loss:
            if first:
                rates.append(lr)
            if better(loss, best, last):
                best, wait = min(loss, best), anew(wait)
            else:
                wait += 1
            last = loss
            if enough(wait, patience):
                lr = floor(lr * factor, lr_min)
                wait, best = reset(wait), kept(loss, best)
            if not first:
                rates.append(lr)
        return np.array(rates)

    return rule


def _to_the_floor_alone(val_loss, lr, factor, patience, lr_min):
    best, wait, rates = np.inf, 0, []
    for loss in val_loss:
        rates.append(lr)
        best, wait = (loss, 0) if loss < best else (best, wait + 1)
        if wait >= patience and lr * factor > lr_min:
            lr, wait = lr * factor, 0
    return np.array(rates)


def _back_at_a_best(val_loss, lr, factor, patience, lr_min):
    best, wait, rates, first = np.inf, 0, [], lr
    for loss in val_loss:
        rates.append(lr)
        best, wait, lr = (loss, 0, first) if loss < best else (best, wait + 1, lr)
        if wait >= patience:
            lr, wait = max(lr * factor, lr_min), 0
    return np.array(rates)


def _by_numbers(val_loss, lr, factor, patience, lr_min):
    lowest, since, rates = None, 0, np.empty(len(val_loss))
    for epoch in range(len(val_loss)):
        rates[epoch] = lr
        since = 0 if lowest is None or val_loss[epoch] < lowest else since + 1
        lowest = val_loss[epoch] if since == 0 else lowest
        if since == patience:
            lr, since = np.maximum(factor * lr, lr_min), 0
            lowest = float(np.min(val_loss[: epoch + 1]))
    return rates


def _by_drops(val_loss, lr, factor, patience, lr_min):
    drops, wait, rates = 0, 0, []
    for epoch, loss in enumerate(val_loss):
        rates.append(max(lr * factor**drops, lr_min) if drops else lr)
        wait = 0 if epoch == 0 or loss < min(val_loss[:epoch]) else wait + 1
        drops, wait = (drops + 1, 0) if wait == patience else (drops, wait)
    return rates and np.array(rates)


def _curves(rng):
    falling = np.array([1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72, 0.71, 0.6])
    noisy = 1 / (1 + 0.2 * np.arange(30)) + rng.normal(size=30) * 0.1
    return [
        (falling, 0.1, 0.5, 2, 1e-3),
        (noisy, 0.3, 0.1, 3, 1e-3),
        case("flat", np.ones(12), 0.1, 0.5, 2, 0.02),
        case("falls once more", np.array([1.0, 1.1, 0.9, 0.95, 0.97, 0.93, 0.92, 0.96, 0.94]), 0.2, 0.1, 3, 1e-6),
    ]


PLATEAU = Exercise(
    id="6.14",
    title="repair the plateau rule",
    debrief="For twelve drops in a row the faulty rule needs patience + 11 epochs without a new best, the right one 12 "
            "times patience.",
    kind="bug",
    reference=plateau,
    instances=_curves,
    arguments=("val_loss", "lr", "factor", "patience", "lr_min"),
    contract=Contract(shapes={"val_loss": "E"}, values={"patience": (1,)}),
    library="course_lib.ops.reduce_on_plateau",
    outputs=("rates",),
    mistakes=(
        Mistake("RED-a", _plateau(reset=lambda wait: wait), "After the first drop the rate falls at every "
                "epoch without a new best. What should a drop do to the count?"),
        Mistake("RED-b", _plateau(floor=lambda rate, least: rate), "Your rate falls without end. Which number is its "
                "floor?"),
        Mistake("RED-c", _plateau(better=lambda loss, best, last: loss < last), "Better than what: than the epoch "
                "before, or than the best so far?"),
        Mistake("RED-d", _plateau(enough=lambda wait, patience: wait > patience), "Your rule waits one epoch longer "
                "than its patience.", convention=True),
        Mistake("RED-e", _plateau(first=False), "Each epoch is run before its loss is known. Which rate did it use?"),
        Mistake("RED-f", _plateau(kept=lambda loss, best: np.inf), "A drop of the rate is no reason to forget "
                "the best loss."),
        Mistake("RED-g", _plateau(better=lambda loss, best, last: loss <= best), "An epoch as good as the best one is "
                "not better."),
        Mistake("RED-h", _plateau(floor=min), "Your rate jumps to the floor at the first drop. Which of two numbers "
                "counts, the larger or the smaller?"),
        Mistake("RED-m", _to_the_floor_alone, "A drop that would pass the floor does not happen at all in your rule. "
                "Where should the rate come to rest?"),
        Mistake("RED-n", _plateau(enough=lambda wait, patience: wait % patience == 0, reset=lambda wait: wait),
                "0 is a multiple of every patience, so your rate falls at every new best too."),
        Mistake("RED-o", _plateau(reset=lambda wait: -1), "Your second drop comes an epoch late. With which number "
                "does a new count begin?"),
        Mistake("RED-p", _back_at_a_best, "A new best sets your rate back to the first one. What does it set back?"),
        Mistake("RED-i", _plateau(kept=lambda loss, best: loss), "At a drop you take the loss of that epoch for the "
                "best so far. Was it?"),
        Mistake("RED-j", _plateau(enough=lambda wait, patience: wait == patience, reset=lambda wait: wait),
                "After a drop your count runs on past the patience, and no second drop comes without a new best. What "
                "should a drop do to the count?"),
        Mistake("RED-k", _plateau(enough=lambda wait, patience: wait >= patience == 1), "Your count is set back in "
                "every epoch. Only after what should it be?"),
        Mistake("RED-q", _plateau(enough=lambda wait, patience: False), "Your rate never falls. Follow the count: what "
                "keeps it from reaching the patience, or the rate from its drop?"),
        Mistake("RED-r", _plateau(anew=lambda wait: wait), "Your count goes on past a new best. The epochs without one "
                "have to come in a row."),
        Mistake("RED-l", _plateau(reset=lambda wait: 1), "Your second drop comes an epoch early. With which number "
                "does a new count begin?"),
    ),
    hints=(
        "Print the rates for a flat curve with patience 2, and count the epochs between two drops.",
        "The patience counts epochs since the last new best or the last drop.",
        "lr, wait = max(lr * factor, lr_min), ...",
    ),
    reminders={"shape": "one rate for every epoch", "value": "count by hand from the last new best or the last drop; "
               "after patience epochs the next one has the lower rate"},
    untouched="RED-a",
    points=2,
    minutes=8,
    level=2,
    core=False,
    variants=(_by_numbers, _by_drops),
)


# 6.15 -----------------------------------------------------------------------------------------------------------------


def clip_by_norm(grads, c):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * c / max(norm, c) for g in grads]


def _norm(grads):
    return np.sqrt(sum(np.sum(g**2) for g in grads))


def _clip(scale):
    return quiet(lambda grads, c: [g * scale(grads, g, c) for g in grads])


def _gradients(rng):
    pair = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    return [
        ([np.array([3.0, -4.0])], 1.0),
        (pair, 0.5),
        case("short enough", pair, 100.0),
        ([np.array([[6.0, 0.0]]), np.array([-8.0])], 2.0),
        case("as long as allowed", [np.array([3.0]), np.array([4.0])], 5.0),
        case("squared longer, itself shorter", [np.array([1.2, -1.6])], 3.0),
    ]


CLIP = Exercise(
    id="6.15",
    title="clip_by_norm",
    debrief="One factor for all arrays keeps the direction of the step; clipping every entry by itself would turn it. "
            "Chapter 09 comes back to this.",
    reference=clip_by_norm,
    instances=_gradients,
    arguments=("grads", "c"),
    contract=Contract(whole="", zero="grads", negative="grads"),
    library="course_lib.ops.clip_by_norm",
    mistakes=(
        Mistake("CLP-1", lambda grads, c: [np.clip(g, -c, c) for g in grads],
                "Compare the direction before and after. This is clipping by value."),
        Mistake("CLP-2", lambda grads, c: [np.where(np.abs(g) > c, 0.0, g) for g in grads],
                "Should the largest errors be dropped?"),
        Mistake("CLP-3", _clip(lambda grads, g, c: c / _norm(grads)),
                "Small gradients are blown up. What if the norm is already below c?"),
        Mistake("CLP-c", _clip(lambda grads, g, c: c / max(_norm(grads), 1e-300)),
                "Gradients shorter than c are blown up to it. What if the norm is already below c?"),
        Mistake("CLP-i", _clip(lambda grads, g, c: 1 / _norm(grads) if _norm(grads) > c else 1.0),
                "What is left has the norm 1. Which norm should it have?"),
        Mistake("CLP-j", _clip(lambda grads, g, c: min(1, _norm(grads) / c)), "Your quotient is upside down: long "
                "gradients stay, short ones shrink."),
        Mistake("CLP-k", _clip(lambda grads, g, c: c / max(c, np.sqrt(np.mean(np.concatenate(
            [h.ravel() for h in grads]) ** 2)))), "That is the root of a mean. Is the length of a vector divided by "
                "the number of its entries?"),
        Mistake("CLP-l", _clip(lambda grads, g, c: c / max(c, np.linalg.norm(grads[0]))), "Your norm knows the first "
                "array only."),
        Mistake("CLP-d", _clip(lambda grads, g, c: max(1, c / max(_norm(grads), 1e-300))),
                "You take the larger of the two factors. Which of them shortens?"),
        Mistake("CLP-e", _clip(lambda grads, g, c: float(_norm(grads) <= c)),
                "Gradients that are too long are dropped. What is left of their direction?"),
        Mistake("CLP-f", _clip(lambda grads, g, c: min(1, c / max(np.sqrt(sum(
            np.linalg.norm(np.atleast_2d(h), 2) ** 2 for h in grads)), 1e-300))),
                "The 2-norm of a matrix is its largest singular value. Here all entries count as one long vector."),
        Mistake("CLP-g", _clip(lambda grads, g, c: min(1, c / (_norm(grads) + 1e-6))),
                "Your gradients come out a little too short: a small number is added to the norm.", convention=True),
        Mistake("CLP-h", _clip(lambda grads, g, c: min(1, c / max(*(np.abs(h).max() for h in grads), 1e-300))),
                "That is the largest entry alone. Which length has the whole vector?"),
        Mistake("CLP-4", _clip(lambda grads, g, c: min(1, c / max(np.linalg.norm(g), 1e-300))),
                "The relative size of the arrays changes: one norm for all parameters."),
        Mistake("CLP-5", _clip(lambda grads, g, c: min(1, c / max(_norm(grads) ** 2, 1e-300))),
                "Your norm is still squared."),
        Mistake("CLP-6", lambda grads, c: [np.minimum(g, c) for g in grads],
                "Only positive entries are cut. Size has no sign."),
        Mistake("CLP-a", _clip(lambda grads, g, c: min(1, c / max(sum(np.sum(np.abs(h)) for h in grads), 1e-300))),
                "You add up sizes. The norm is the root of the sum of squares."),
        Mistake("CLP-b", _clip(lambda grads, g, c: min(1, c / max(sum(np.linalg.norm(h) for h in grads), 1e-300))),
                "The norm of all is not the sum of the norms: add the squares first."),
    ),
    hints=(
        "Take all arrays as one long vector, measure its length, and shrink every array by the same factor.",
        "g min(1, c/norm) with norm = sqrt(sum of all squares of all arrays).",
        "norm = np.sqrt(sum(np.sum(g**2) for g in grads))",
    ),
    reminders={"type": "a list of arrays is expected, as many as came in", "shape": "each array keeps its shape",
               "value": "afterwards the norm of all together is c, or what it was if it was shorter"},
    minutes=7,
    level=2,
    core=True,
    variants=(
        lambda grads, c: [g * min(1, c / norm) if (norm := np.linalg.norm(np.concatenate([h.ravel() for h in grads])))
                          else g for g in grads],
        lambda grads, c: [g if (f := np.hstack([h.ravel() for h in grads])) @ f <= c * c else c * g / np.sqrt(f @ f)
                          for g in grads],
    ),
)

EXERCISES = (LR_SCHEDULE, PLATEAU, CLIP)

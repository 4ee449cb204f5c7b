"""Exercises on judging a comparison: rates read off a picture, and statements."""

from dataclasses import replace

import numpy as np

from course_lib.chapters.ch06_optimizers.exercises.common import numbers
from course_lib.exercises.define import statements
from course_lib.exercises.model import Exercise, Mistake

# 6.16 -----------------------------------------------------------------------------------------------------------------

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
#: Training loss on the repaired spiral after 100 epochs in batches of 64, the mean of the last ten, median over five
#: starts, at each of RATES. Measured by `course_lib.chapters.ch06_optimizers.experiments.rate_curves`.
RATE_CURVES = {
    "descent": (0.666, 0.576, 0.548, 0.520, 0.453, 0.294, 0.136, 0.0734, 0.0390, 0.222),
    "momentum": (0.548, 0.520, 0.454, 0.296, 0.135, 0.0661, 0.0270, 0.0225, 0.0735, 0.443),
    "adam": (0.531, 0.434, 0.187, 0.0725, 0.0281, 0.0198, 0.0292, 0.0394, 0.143, 0.441),
}
#: What a rate leads to: 0 is the goal, a loss below LOW.
GOOD, SMALL, LARGE = range(3)
LOW = 0.06


def _tuned_outcome(choice):
    return tuple(_of_one_rate(rule, rate) for rule, rate in numbers(choice, RATE_CURVES).items())


def _of_one_rate(rule, rate):
    if not rate > 0:
        raise ValueError(f"a learning rate is a positive number, got {rate:g} for {rule}; at the mark 10^-1 of the "
                         "axis the rate is 0.1")
    losses = np.array(RATE_CURVES[rule])
    loss = np.exp(np.interp(np.log(rate), np.log(RATES), np.log(losses)))
    if loss < LOW and RATES[0] <= rate <= RATES[-1]:
        return GOOD
    return SMALL if rate < RATES[int(losses.argmin())] else LARGE


_TUNED = {"descent": 1.0, "momentum": 0.2, "adam": 0.03}

TUNED = Exercise(
    id="6.16",
    title="a rate for each rule",
    debrief="At one rate for all, a comparison of rules tells mostly how near that rate is to the best one of each.",
    kind="choice",
    reference=_TUNED,
    instances=lambda rng: [()],
    call=_tuned_outcome,
    outputs=tuple(_TUNED),
    mistakes=(
        Mistake("TUN-a", dict.fromkeys(_TUNED, 0.001), "All three curves still fall there, as at the rate of the "
                "published comparison. Where is the lowest point of each?"),
        Mistake("TUN-b", dict.fromkeys(_TUNED, 0.03), "adam has arrived. The curves of descent and momentum still fall "
                "at their rates: one that suits Adam is small for them."),
        Mistake("TUN-c", dict.fromkeys(_TUNED, 1.0), "Only descent stands so large a rate: its steps are ten times as "
                "short as those of momentum with beta 0.9."),
        Mistake("TUN-d", _TUNED | {"momentum": 1.0}, "momentum: at the rate of descent it goes too far, since its "
                "steps add up to ten."),
        Mistake("TUN-e", _TUNED | {"adam": 1.0}, "adam: the rate is the length of a step for every weight, whatever "
                "the gradient. How large are the weights?"),
        Mistake("TUN-f", _TUNED | {"adam": 0.001}, "adam: its curve is still falling there, as it is at the default "
                "of 0.001."),
        Mistake("TUN-g", _TUNED | {"descent": 0.1}, "descent: follow its curve further to the right."),
        Mistake("TUN-h", _TUNED | {"momentum": 0.01}, "momentum: follow its curve further to the right."),
        Mistake("TUN-i", _TUNED | {"descent": 3.0}, "descent: beyond its lowest point. The curve rises steeply there."),
    ),
    hints=(
        "Look for the lowest point of each curve on its own.",
        "Descent likes the largest rate, momentum a fifth to a tenth of it, Adam less again.",
        'tuned = {"descent": 1.0, "momentum": ..., "adam": ...}',
    ),
    points=2,
    minutes=8,
    level=1,
    core=True,
    skeleton='tuned = {"descent": ..., "momentum": ..., "adam": ...}',
)


# 6.18 -----------------------------------------------------------------------------------------------------------------

#: letter -> (right answer, what to think about)
_STATEMENTS = {
    "a": (False, "In the averaged form the weights of all gradients sum to one. How long is a step when all gradients "
          "are equal?"),
    "b": (True, "Sum 1 + 0.9 + 0.81 + ..., the weights of all earlier pushes."),
    "c": (False, "Count the steps in one epoch of 600 samples, for both sizes."),
    "d": (False, "What does G add up at every step?"),
    "e": (True, "By which power of the batch size does the variance of a mean fall, and by which its root?"),
    "f": (False, "Which sum forgets: one over the last n steps, or one whose weights fall by a factor?"),
    "g": (True, "Where does the old velocity alone carry the weights?"),
    "h": (False, "What is the default of the argument momentum in Keras and in PyTorch?"),
    "i": (False, "64 samples are drawn anew for each step. How far does their loss scatter about that of all?"),
    "j": (True, "W slopes and W(W + 1)/2 different second derivatives: add them for W = 354."),
    "k": (False, "Which equation holds at a minimum, f = 0 or f' = 0?"),
    "l": (False, "RMSprop keeps a size. Would a gradient ten times as large as usual give the usual step?"),
}

STATEMENTS = replace(statements(
    "6.18", "twelve statements", "OPS", _STATEMENTS,
    debrief="In c it is 100 steps against 1,000: whoever compares by epochs gives the smaller batch ten times as many "
            "updates.",
    hints=(
        "Each can be settled by a line of algebra or by one of the figures of this chapter.",
        "b, c and j are counting; for d, f, g and l write the rule down.",
        "Four of the twelve are true.",
    ),
    points=3,
), minutes=10, level=2, core=False,
    reminders={"value": "each is judged by itself; begin with those that are counting, b, c and j"})

EXERCISES = (TUNED, STATEMENTS)

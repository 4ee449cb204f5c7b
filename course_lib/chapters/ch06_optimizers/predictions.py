"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="6.a",
        question="You make the batches four times as large. What happens to the scatter of their gradients?",
        choices=("it stays", "it falls to a half", "it falls to a quarter", "it falls to a sixteenth"),
        right=1,
        why="The variance of a mean of $m$ independent numbers is $\\sigma^2/m$, so its root falls with $\\sqrt m$. "
        "Half the noise costs four times the work.",
        demo="BatchNoise",
        replies=(
            "Single points scatter as before. Their mean does not: errors of opposite sign cancel, the more of them "
            "there are.",
            "",
            "That is the variance. The scatter, in the units of the gradient, is its root.",
            "Errors cancel in part only. For a sixteenth of the scatter a batch must be 256 times as large.",
        ),
        values={"m": 64},
    ),
    Prediction(
        id="6.b",
        question="The curvatures of a valley are 1 and 10. You descend with the rate 0.21. What happens?",
        choices=(
            "both directions arrive",
            "the flat direction runs away",
            "the steep direction runs away",
            "the loss stays where it is",
        ),
        right=2,
        why="Along a direction of curvature $\\lambda$ a step multiplies the distance by $1 - \\text{lr}\\,\\lambda$. "
        "That is 0.79 for the flat direction, $-1.1$ for the steep one, which overshoots by a little more each time.",
        demo="LocalQuadratic",
        replies=(
            "They would at any rate below 2/10. This one is a little larger.",
            "Its distance is multiplied by 0.79 at every step: it is on its way.",
            "",
            "One of the two distances shrinks and the other grows. Which of them wins in the end?",
        ),
        values={"lr": 0.21, "momentum": 0.0, "lam1": 1.0, "lam2": 10.0},
    ),
    Prediction(
        id="6.c",
        question="A moving average with β = 0.9 starts at zero. The first value of the series is 10. What does the "
        "average say, without correction?",
        choices=("10", "9", "5", "1"),
        right=3,
        why="Nine tenths of it are still the zero it began with. After $t$ values the weights sum to $1 - 0.9^t$; "
        "divided by that, it says 10 at once.",
        demo="MovingAverages",
        replies=(
            "A plain mean would. This one gives the new value the weight $1 - \\beta$ only.",
            "0.9 is the weight of the past, and the past is zero.",
            "The new value and the past do not have equal weights.",
            "",
        ),
        values={"beta": 0.9, "correction": "off", "day": 1},
    ),
    Prediction(
        id="6.d",
        question="A ball rolls down a curve with a small basin before a deep one. Plain descent stops in the small "
        "basin. What does momentum change?",
        choices=(
            "nothing: the slope is zero there",
            "it may roll on, over the ridge",
            "it stops earlier, before the small basin",
            "it always ends in the deep one",
        ),
        right=1,
        why="At the bottom of the small basin the slope is zero, but the velocity is not. If it suffices for the "
        "ridge, the ball leaves; if not, it swings back. Neither is guaranteed.",
        demo="BallInValley",
        replies=(
            "The slope is zero, so nothing pushes. What was gained on the way down has not gone, though.",
            "",
            "Momentum adds earlier pushes to the step; on the way down they all point forwards.",
            "Only with enough of it. Too much carries the ball out of the deep basin as well.",
        ),
        values={"momentum": 0.9, "lr": 0.01, "x0": 2.0},
    ),
    Prediction(
        id="6.e",
        question="Every gradient of a weight is 1. What has Adagrad made of its learning rate after 100 steps?",
        choices=("a tenth of it", "a hundredth of it", "nothing, it stays", "ten times as much"),
        right=0,
        why="$G$ is 100 by then, and the rate is divided by its root. It falls as $1/\\sqrt t$ and never rises again.",
        demo="AdagradRates",
        replies=(
            "",
            "$G$ has grown to 100. What is taken of it before it divides?",
            "An average would stay at 1. $G$ is a sum.",
            "The root of $G$ stands in the denominator.",
        ),
        values={"history": "low", "step": 100},
    ),
    Prediction(
        id="6.f",
        question="You multiply the loss by 1000, and so all its gradients. What becomes of Adam's steps?",
        choices=("1000 times as long", "about 32 times as long", "a thousandth", "the same"),
        right=3,
        why="Both averages are in units of the gradient, once the root of the second is taken, and the factor cancels. "
        "The first step is lr for every weight, whatever the gradient.",
        demo="AdamAnatomy",
        replies=(
            "Those of descent are. Adam divides by the size of late gradients.",
            "32 is the root of 1000: you divided by the root of an average that holds the gradient itself. It holds "
            "its square.",
            "That would be so if the gradient were divided by its square.",
            "",
        ),
        values={"scale": 1000.0, "correction": "on"},
    ),
    Prediction(
        id="6.g",
        question="The gradient (3, −4) is clipped, once by value and once by norm. Which of them keeps its direction?",
        choices=("both", "by value only", "by norm only", "neither"),
        right=2,
        why="By norm both entries shrink by one factor. By value each is cut on its own: with the limit 1 the result "
        "is (1, −1), which points elsewhere.",
        demo="Clipping",
        replies=(
            "Cut both entries at 1 and draw the arrow that is left.",
            "By value 3 and −4 become 1 and −1. Was their ratio −1 before?",
            "",
            "Multiplying a vector by a positive number does not turn it.",
        ),
        values={"threshold": 1.0, "kind": "value", "gx": 3.0, "gy": -4.0},
    ),
)

"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="4.a",
        question="How steep does the sigmoid get at its steepest point?",
        choices=("1/4", "1/2", "1", "it has no limit"),
        right=0,
        why="The slope is $s(1 - s)$, a product of two shares of one; it is largest where both are 1/2. Each "
        "sigmoid on the way back therefore divides a gradient by four or more.",
        demo="ActivationExplorer",
        replies=(
            "",
            "1/2 is the value of the sigmoid at its steepest point, not its slope.",
            "1 is the slope of tanh. The sigmoid is the same curve at half the height and twice the width, so it is "
            "four times flatter.",
            "The step of chapter 03 is as steep as can be, since it jumps. The sigmoid is smooth, and its slope is a "
            "product of two numbers below one.",
        ),
        values={"z": 0.0},
    ),
    Prediction(
        id="4.b",
        question="You add 100 to every score of a softmax. What happens to the probabilities?",
        choices=("they all become larger", "nothing", "the largest one takes everything", "they become nearly "
        "equal"),
        right=1,
        why="The common factor $e^{100}$ stands above and below the fraction bar. Differences of scores count, "
        "their level does not. A common factor does count: that is what the temperature changes.",
        demo="SoftmaxExplorer",
        replies=(
            "They cannot all grow, since together they are 1. Each exponential grows, and so does their sum.",
            "",
            "That is what a common factor does: 100 times the scores stretch their differences. A sum leaves the "
            "differences as they are.",
            "That holds for plain shares: beside 100 the scores hardly differ in proportion. Softmax looks at "
            "differences, not at proportions.",
        ),
        values={"added": "100"},
    ),
    Prediction(
        id="4.c",
        question="A net with a sigmoid output gives the true class the probability 0.001. Which loss pushes "
        "its score hardest?",
        choices=("squared error", "cross-entropy", "both equally", "neither: the unit is saturated"),
        right=1,
        why="With cross-entropy the slope of the sigmoid cancels and the push is $a - y$, nearly $-1$. With squared "
        "error it is multiplied by $a(1 - a)$, here 0.001, just where the net is most wrong.",
        demo="LossesCompared",
        replies=(
            "At the output the squared error does push, with nearly 2. On the way to the score the slope of the "
            "sigmoid takes almost all of it.",
            "",
            "Both losses are large here. What reaches the score is not: one of them passes the slope of the sigmoid "
            "untouched, the other does not.",
            "The unit is saturated, and a squared error suffers from that. The cross-entropy is so steep there, with "
            "slope $1/a$, that it makes up for it.",
        ),
        values={"p": 0.001},
    ),
    Prediction(
        id="4.d",
        question="A node feeds two others. How do the two slopes that come back combine?",
        choices=("they are multiplied", "they are added", "the larger one counts", "they are averaged"),
        right=1,
        why="A small change of the node travels along both paths and both effects add up at the end. Slopes "
        "along one path are multiplied, paths are added.",
        demo="ComputationGraph",
        replies=(
            "That is the rule along one path, one edge after the other. These two paths lie side by side.",
            "",
            "The smaller effect is not lost: the end feels the change on both ways.",
            "Try the smallest case, $f = x + x$. Its slope is 2; an average would give 1.",
        ),
        values={"expression": "x·σ(wx)", "node": 0},
    ),
    Prediction(
        id="4.e",
        question="In a 2-2-1 network with ReLU, one hidden unit has a negative score for the given input. How "
        "many of the six weights have gradient zero?",
        choices=("none", "1", "2", "3"),
        right=3,
        why="The two weights into the unit stop at its slope 0, and the weight out of it is multiplied by its "
        "output 0. The other three learn from this sample alone.",
        demo="SmallNetwork",
        replies=(
            "The error does reach the unit, but its slope there is 0: nothing goes on to the weights below.",
            "The weight out of the unit is one, since the unit's output is 0. Look at the weights into it as well.",
            "You have either the two weights into the unit or one of them and the weight out of it. Both sides of the "
            "unit stand still.",
            "",
        ),
        values={"w22": -0.5},
    ),
    Prediction(
        id="4.f",
        question="Two weights, 0.8 and −0.3, lead into the output. An error is shared out by $w / \\sum w$. "
        "What does the first weight's share look like?",
        choices=("below the whole error", "exactly the whole error", "larger than the whole error", "negative"),
        right=2,
        why="The sum is 0.5, so the shares are 1.6 and −0.6. The gradient, 0.8 and −0.3 times the error, has "
        "the same signs here and another scale; flip the second weight below −0.8 and the signs differ too.",
        demo="ErrorSplit",
        replies=(
            "So it is as long as all weights are positive. Here the sum is smaller than the first weight.",
            "The shares together are the whole error, and the second one is negative: the first must be more.",
            "",
            "The sum of the weights is positive, so each share has the sign of its weight. Negative is the second one.",
        ),
        values={"w1": 0.8, "w2": -0.3},
    ),
    Prediction(
        id="4.g",
        question="The central difference with $h = 10^{-5}$ has a relative error of about $10^{-11}$. What does "
        "$h = 10^{-12}$ give?",
        choices=("a smaller error", "the same error", "a much larger error", "a division by zero"),
        right=2,
        why="The two values of $f$ agree in nearly all their 16 digits, and the difference keeps only the digits "
        "that are left. Curvature makes the error fall with $h^2$, rounding makes it rise with $1/h$.",
        demo="DifferenceStep",
        replies=(
            "With exact numbers it would be. A computer rounds the two values, and that error is divided by a tiny "
            "number.",
            "Sixteen digits look like plenty. But most of them are equal in the two values and cancel.",
            "",
            "$10^{-12}$ is far above the smallest number of float64, and $x + h$ and $x - h$ still differ.",
        ),
        values={"h": 1e-12},
    ),
    Prediction(
        id="4.h",
        question="Twenty sigmoid layers, weights drawn from $N(0, 1)/\\sqrt{D_{in}}$. How large is the gradient of "
        "the first layer compared with that of the last?",
        choices=("about equal", "about a tenth", "about a thousandth", "below a billionth"),
        right=3,
        why="Each layer multiplies by a slope of at most 1/4 and by weights that keep the length about the "
        "same. Twenty factors near 1/4 leave about $10^{-12}$.",
        demo="GradientByLayer",
        replies=(
            "So it is for tanh, whose slope reaches 1: choose it in the figure. The sigmoid takes most of it at every "
            "layer.",
            "Less than that is left after two layers: each of them multiplies by a slope of at most 1/4.",
            "About that much is left after five layers, with factors near 1/4. There are twenty.",
            "",
        ),
    ),
    Prediction(
        id="4.i",
        question="A 2-3-1 network learns XOR from 200 starts with weights between −0.5 and 0.5. How many "
        "arrive?",
        choices=("all of them", "about two thirds", "about one in ten", "none"),
        right=1,
        why="68 percent fall below an error of 0.001 in 1000 epochs. The others sit in a flat region. One "
        "successful run says nothing about the method; a rate over many starts does.",
        demo="XORTraining",
        replies=(
            "Every start does go downhill, but for some the way ends on a plateau where the net answers one half to "
            "all four inputs.",
            "",
            "Small weights make a slow beginning, and after 300 epochs hardly any start has arrived. Then most of them "
            "find the way down.",
            "The published run did arrive, so some starts must. The question is how many.",
        ),
    ),
    Prediction(
        id="4.j",
        question="Which of these can one hidden layer of tanh units not approximate on an interval, however "
        "wide it is?",
        choices=("a sine", "the absolute value", "a jump from 0 to 1", "a parabola"),
        right=2,
        why="The theorem speaks of continuous functions. A jump is followed ever more steeply, but right at "
        "the jump the largest error stays at one half or more.",
        demo="FunctionFit",
        replies=(
            "A sine goes up and down often on a long interval, which takes many steps, but a finite number of them.",
            "A corner has no slope, yet it is continuous: a steep enough change of slope comes as close to it as you "
            "like.",
            "",
            "Beyond every bound a parabola outgrows all sums of tanh. On an interval it does not.",
        ),
        values={"target": "jump", "width": 20},
    ),
    Prediction(
        id="4.k",
        question="Two classes lie on winding spiral arms. You give a network one, two, three, then four hidden "
        "layers of 16 units each. What happens to the accuracy on new points?",
        choices=(
            "it rises with every layer",
            "it rises at first, then falls again",
            "it falls from the start",
            "it is the same for every depth",
        ),
        right=1,
        why="With one layer about 83 percent, with two or three about 92, with four between 75 and 87: "
        "there even the rounding of the processor decides where a start ends. The second layer helps to wind the "
        "boundary; more of them bring no new shape here and make training harder. Only a mean over several starts "
        "shows this: single runs differ by several points.",
        demo="DepthAndWidth",
        replies=(
            "A deeper net can represent more. Whether training finds it is another question, and it gets harder with "
            "each layer.",
            "",
            "Deep nets are harder to train, but one layer winds its boundary too little for these arms: the second one "
            "is worth it.",
            "The nets differ in more than their number of weights: click through the last column and look at the "
            "boundaries.",
        ),
        values={"depth": 1, "width": 16},
    ),
)

"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="4.a",
        question="How steep does the sigmoid get at its steepest point?",
        choices=("1/4", "1/2", "1", "it has no limit"),
        right=0,
        why="The slope is s(1 - s), a product of two shares of one; it is largest where both are 1/2. Each "
        "sigmoid on the way back therefore divides a gradient by four or more.",
        demo="ActivationExplorer",
    ),
    Prediction(
        id="4.b",
        question="You add 100 to every score of a softmax. What happens to the probabilities?",
        choices=("they all become larger", "nothing", "the largest one takes everything", "they become nearly "
        "equal"),
        right=1,
        why="The common factor e^100 stands above and below the fraction bar. Differences of scores count, "
        "their level does not. A common factor does count: that is what the temperature changes.",
        demo="SoftmaxExplorer",
    ),
    Prediction(
        id="4.c",
        question="A net with a sigmoid output gives the true class the probability 0.001. Which loss pushes "
        "its score hardest?",
        choices=("squared error", "cross-entropy", "both equally", "neither: the unit is saturated"),
        right=1,
        why="With cross-entropy the slope of the sigmoid cancels and the push is a - y, nearly 1. With squared "
        "error it is multiplied by a(1 - a), here 0.001, just where the net is most wrong.",
        demo="LossesCompared",
    ),
    Prediction(
        id="4.d",
        question="A node feeds two others. How do the two slopes that come back combine?",
        choices=("they are multiplied", "they are added", "the larger one counts", "they are averaged"),
        right=1,
        why="A small change of the node travels along both paths and both effects add up at the end. Slopes "
        "along one path are multiplied, paths are added.",
        demo="ComputationGraph",
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
    ),
    Prediction(
        id="4.f",
        question="Two weights, 0.8 and -0.3, lead into the output. An error is shared out by w / sum of w. "
        "What does the first weight's share look like?",
        choices=("below the whole error", "exactly the whole error", "larger than the whole error", "negative"),
        right=2,
        why="The sum is 0.5, so the shares are 1.6 and -0.6. The gradient, 0.8 and -0.3 times the error, has "
        "the same signs here and another scale; flip the second weight below -0.8 and the signs differ too.",
        demo="ErrorSplit",
    ),
    Prediction(
        id="4.g",
        question="The central difference with h = 1e-5 has a relative error of about 1e-10. What does h = "
        "1e-12 give?",
        choices=("a smaller error", "the same error", "a much larger error", "a division by zero"),
        right=2,
        why="The two values of f agree in nearly all their 16 digits, and the difference keeps only the digits "
        "that are left. Curvature makes the error fall with h^2, rounding makes it rise with 1/h.",
        demo="DifferenceStep",
    ),
    Prediction(
        id="4.h",
        question="Twenty sigmoid layers, weights drawn from N(0, 1)/sqrt(inputs). How large is the gradient of "
        "the first layer compared with that of the last?",
        choices=("about equal", "about a tenth", "about a thousandth", "below a billionth"),
        right=3,
        why="Each layer multiplies by a slope of at most 1/4 and by weights that keep the length about the "
        "same. Twenty factors near 1/4 leave about 1e-12.",
        demo="GradientByLayer",
    ),
    Prediction(
        id="4.i",
        question="A 2-3-1 network learns XOR from 200 starts with weights between -0.5 and 0.5. How many "
        "arrive?",
        choices=("all of them", "about two thirds", "about one in ten", "none"),
        right=1,
        why="68 percent fall below an error of 0.001 in 1000 epochs. The others sit in a flat region. One "
        "successful run says nothing about the method; a rate over many starts does.",
        demo="XORTraining",
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
    ),
)

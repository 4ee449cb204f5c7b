"""Questions that are answered before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="3.a",
        question="The four points of a gate are split by one straight line, which you move with $w_1$, $w_2$ and $b$. "
        "For AND, OR and NAND all four points can be right. How many of the four points of XOR can one line get right "
        "at best?",
        choices=("Two", "Three", "All four, with the right weights"),
        right=1,
        why="Three. Any line that takes 01 and 10 to one side takes 00 or 11 with them; the section on XOR proves it "
        "in three lines.",
        replies=(
            "Two is what a line gets that cuts the square in half, say between left and right. A line that cuts off a "
            "single corner does better: it leaves three points on the sides where they belong.",
            "",
            "For the other gates some weights always work, so it is fair to hope. But the two ones of XOR lie at "
            "opposite corners of the square: a side that holds both holds a third corner too.",
        ),
        demo="Gates",
        values={"gate": "XOR"},
    ),
    Prediction(
        id="3.b",
        question="The rule shows the samples one after the other. What happens to the line when a sample is shown that "
        "is already on its right side?",
        choices=("It does not move", "It moves away from the sample, to be safer", "It moves, but less and less"),
        right=0,
        why="It does not move: the error is 0, and so is the correction. Only mistakes teach a perceptron.",
        replies=(
            "",
            "A wider margin would be safer, and other methods do aim for it. This rule multiplies by $e = y - \\hat y$,"
            " which is 0 for every right answer, however narrow.",
            "That is how a sigmoid unit learns, whose error shrinks and never vanishes. The answers here are 0 and 1 "
            "only, so the error of a right answer is exactly 0.",
        ),
        demo="PerceptronSteps",
        values={"step": 13},
    ),
    Prediction(
        id="3.c",
        question="Two clouds of dots are separated by a gap. You make the gap half as wide and leave the clouds as "
        "large as they were. By which factor does the guaranteed number of corrections grow?",
        choices=("About 2", "About 4", "It does not change: the clouds are still separable"),
        right=1,
        why="About 4: the bound is $(R/\\gamma)^2$, and the margin $\\gamma$ is about half as large. The corrections "
        "really made usually grow less.",
        replies=(
            "Half the margin is a factor of 2, but the bound holds the margin squared: the race between $M$ and "
            "$\\sqrt M$ is decided later when each step gains less.",
            "",
            "Separable is enough for the number to be finite. How large it is depends on the clearance of the "
            "narrowest sample, and that has shrunk.",
        ),
        demo="MarginAndMistakes",
    ),
    Prediction(
        id="3.d",
        question="A net with two hidden ReLU units answers $\\operatorname{relu}(x_1 - x_2) + "
        "\\operatorname{relu}(x_2 - x_1)$. What does its surface over the plane look like?",
        choices=("A tilted plane", "A valley with a flat floor along the line $x_1 = x_2$",
                 "A V-shaped valley along the line $x_1 = x_2$"),
        right=2,
        why="A V: the sum is $|x_1 - x_2|$, zero only on the line itself and rising on both sides. The plane is folded "
        "along $x_1 = x_2$, so that 00 and 11 fall together at height 0, 01 and 10 at height 1.",
        replies=(
            "The difference of the two units is $x_1 - x_2$, a tilted plane. Their sum is not: on each side of the "
            "line only one of them is on, and both rise.",
            "A single ReLU is flat on one side. Here the flat side of each unit is where the other one rises, so "
            "nothing flat is left.",
            "",
        ),
        demo="FoldXOR",
        values={"w21": -1.0, "w22": 1.0},
    ),
    Prediction(
        id="3.e",
        question="A single step unit makes at least 2 errors on these 40 dots. How many hidden units does a network "
        "need at least to make none?",
        choices=("2", "4", "8"),
        right=0,
        why="Two: class 1 lies in a band between two lines, and each hidden unit contributes one line.",
        replies=(
            "",
            "Four lines could fence the band in on all sides, but no dots of class 0 lie beyond its ends. The two long "
            "sides are enough.",
            "Eight give training more ways to succeed, and bend the boundary more than these dots ask for. The fewest "
            "is a question of lines: how many does a band have?",
        ),
        demo="HiddenUnits",
        values={"hidden": 2},
    ),
    Prediction(
        id="3.f",
        question="A sigmoid of $k z$ becomes steeper as $k$ grows. To what does its value at $z = 0$ tend?",
        choices=("To 1, like the step of this chapter", "To 0", "It stays 1/2 for every $k$"),
        right=2,
        why="It stays 1/2. The steep sigmoid approaches the step at every z except 0, where the step has to decide and "
        "the sigmoid never does.",
        replies=(
            "The two agree more and more to the left and right of 0. But at $z = 0$ the product $k z$ is 0 for every "
            "$k$, and the sigmoid of 0 is 1/2.",
            "A conventional value of the step at 0 could be 0, and in some books it is. The sigmoid has no such "
            "choice: $k \\cdot 0 = 0$, and the sigmoid of 0 is 1/2.",
            "",
        ),
        demo="StepVersusSigmoid",
        values={"steepness": 10.0},
    ),
)

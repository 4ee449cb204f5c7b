"""Questions that are answered before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="3.a",
        question="The four points of a gate are split by one straight line, which you move with w1, w2 and b. For AND, "
        "OR and NAND all four points can be right. How many of the four points of XOR can one line get right at best?",
        choices=("Two", "Three", "All four, with the right weights"),
        right=1,
        why="Three. Any line that takes 01 and 10 to one side takes 00 or 11 with them; the section on XOR proves it "
        "in three lines.",
        demo="Gates",
    ),
    Prediction(
        id="3.b",
        question="The rule shows the samples one after the other. What happens to the line when a sample is shown that "
        "is already on its right side?",
        choices=("It does not move", "It moves away from the sample, to be safer", "It moves, but less and less"),
        right=0,
        why="It does not move: the error is 0, and so is the correction. Only mistakes teach a perceptron.",
        demo="PerceptronSteps",
    ),
    Prediction(
        id="3.c",
        question="Two clouds of dots are separated by a gap. You make the gap half as wide and leave the clouds as "
        "large as they were. By which factor does the guaranteed number of corrections grow?",
        choices=("About 2", "About 4", "It does not change: the clouds are still separable"),
        right=1,
        why="About 4: the bound is (R / gamma) squared, and the margin gamma is about half as large. The corrections "
        "really made usually grow less.",
        demo="MarginAndMistakes",
    ),
    Prediction(
        id="3.d",
        question="A net with two hidden ReLU units answers relu(x1 - x2) + relu(x2 - x1). What does its surface over "
        "the plane look like?",
        choices=("A tilted plane", "A valley with a flat floor along the line x1 = x2",
                 "A V-shaped valley along the line x1 = x2"),
        right=2,
        why="A V: the sum is |x1 - x2|, zero only on the line itself and rising on both sides. The plane is folded "
        "along x1 = x2, so that 00 and 11 fall together at height 0, 01 and 10 at height 1.",
        demo="FoldXOR",
    ),
    Prediction(
        id="3.e",
        question="A single step unit makes at least 2 errors on these 40 dots. How many hidden units does a network "
        "need at least to make none?",
        choices=("2", "4", "8"),
        right=0,
        why="Two: class 1 lies in a band between two lines, and each hidden unit contributes one line.",
        demo="HiddenUnits",
    ),
    Prediction(
        id="3.f",
        question="A sigmoid of k z becomes steeper as k grows. To what does its value at z = 0 tend?",
        choices=("To 1, like the step of this chapter", "To 0", "It stays 1/2 for every k"),
        right=2,
        why="It stays 1/2. The steep sigmoid approaches the step at every z except 0, where the step has to decide and "
        "the sigmoid never does.",
        demo="StepVersusSigmoid",
    ),
)

"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="9.a",
        question="Five steps. Only the input of step 3 is changed. Which states change?",
        choices=("that of step 3", "those of the steps 3 and 4", "those of the steps 3, 4 and 5", "all five"),
        right=2,
        why="Each state is computed from the one before: a change travels to all later steps, and to no earlier one.",
        demo="UnrolledNetwork",
        replies=(
            "The state of step 3 goes into step 4.",
            "And the state of step 4 goes into step 5. The memory is not one step long.",
            "",
            "Steps 1 and 2 were over before it came.",
        ),
        values={"changed": 3},
    ),
    Prediction(
        id="9.b",
        question="A network of the pattern one to one is given a text, word after word. What does it know of the words "
        "before?",
        choices=("nothing", "the last word", "all of them, faintly", "all of them, exactly"),
        right=0,
        why="One to one is a network of the chapters before. It has no state: each word is answered like a first one.",
        demo="Patterns",
        replies=(
            "",
            "Something would have to hand it on. Look for an arrow from step to step.",
            "So it would be with a state.",
            "Not even a recurrent network does.",
        ),
        values={"pattern": "one to one"},
    ),
    Prediction(
        id="9.c",
        question="A symbol is to be repeated eight steps later. The network is trained on chunks of five steps; its "
        "state is handed on from chunk to chunk. Does it learn the task?",
        choices=("yes, the state carries the symbol over", "yes, only more slowly", "hardly better than guessing",
                 "only with a larger state"),
        right=2,
        why="The state reaches over the cut, the gradient does not: no step of the training ever connects the answer "
        "with the symbol. What it gets right beyond a guess is a trace that a random state happens to keep.",
        demo="TruncatedWindow",
        replies=(
            "It could carry it. What would teach it to?",
            "More updates of the same kind: none of them sees more than five steps.",
            "",
            "A larger state happens to keep more, by luck. It is not taught to.",
        ),
        values={"window": 5, "delay": 8},
    ),
    Prediction(
        id="9.d",
        question="A plain network with tanh and a spectral radius of exactly 1. How much of a gradient is left fifty "
        "steps back?",
        choices=("all of it", "about half", "it has exploded", "next to nothing"),
        right=3,
        why="One to the power of fifty is one, but the slope of every active tanh is below one, and there are fifty of "
        "them in a row.",
        demo="GradientInTime",
        replies=(
            "For a linear network. Here a slope comes in at every step.",
            "Each step takes a share; fifty shares multiply.",
            "For that the radius must make up for the slopes, and then some.",
            "",
        ),
        values={"radius": 1.0, "T": 50, "cell": "tanh"},
    ),
    Prediction(
        id="9.e",
        question="Forget gate 1, input gate 0, output gate 0. What are the new cell and the new state?",
        choices=("cell and state stay", "the cell stays, the state is 0", "both are 0",
                 "the cell is 0, the state stays"),
        right=1,
        why="All of the old cell is kept, nothing is added, and nothing of it is shown.",
        demo="LSTMCell",
        replies=(
            "The cell does. The state is the output gate times the squashed cell.",
            "",
            "A forget gate of 1 keeps, whatever its name says.",
            "It is the other way round: the forget gate acts on the cell, the output gate on the state.",
        ),
        values={"f": 1.0, "i": 0.0, "o": 0.0},
    ),
    Prediction(
        id="9.f",
        question="Convention of the course, z close to 1. What is the new state?",
        choices=("nearly the old state", "nearly the candidate", "half of each", "nearly 0"),
        right=1,
        why="The old state is multiplied by 1 - z, the candidate by z: an update gate that is open updates.",
        demo="GRUCell",
        replies=(
            "In the other convention, that of PyTorch. Here the old state gets 1 - z.",
            "",
            "With z = 0.5.",
            "The two weights always add up to one.",
        ),
        values={"z": 0.95, "convention": "course"},
    ),
    Prediction(
        id="9.g",
        question="A trained network writes at temperature 0.2. What will its text look like?",
        choices=("it repeats common words", "it invents words", "letters without order", "as at temperature 1"),
        right=0,
        why="Differences between scores count five times as much: what is likely becomes nearly certain.",
        demo="Temperature",
        replies=(
            "",
            "At high temperatures, where unlikely characters get their chance.",
            "For that every character would have to be about equally likely.",
            "Every score is divided by 0.2 before the softmax.",
        ),
    ),
    Prediction(
        id="9.h",
        question="The forget gates of a trained LSTM are held at 0, and it reads on. What happens to its loss?",
        choices=("little: the state h is still handed on", "it rises to that of chance, ln 65",
                 "it rises to about that of a table of few characters", "it falls: nothing old is in the way"),
        right=2,
        why="The last character is in the input and a trace of those before comes through h, as in a plain network.",
        demo="GatesOverText",
        replies=(
            "The network was trained to keep in the cell what it needs for longer than a step.",
            "It still sees the present character, which is worth a lot.",
            "",
            "It was trained to make use of what it keeps.",
        ),
    ),
    Prediction(
        id="9.i",
        question="Greedy search takes the most probable token at every step. Does it find the most probable sequence?",
        choices=("yes, the factors are multiplied", "only for long sequences", "only without a softmax",
                 "not always: a good beginning can lead nowhere"),
        right=3,
        why="What counts is the product of all factors. A slightly poorer first step may open much better ones.",
        demo="BeamTree",
        replies=(
            "The later factors depend on the earlier choice.",
            "The longer, the worse are its chances.",
            "A softmax changes nothing about the order.",
            "",
        ),
    ),
    Prediction(
        id="9.j",
        question="Three recurrent layers on top of each other, all from left to right. Which inputs has the output of "
        "step 3 seen?",
        choices=("all", "those of the steps 3 to 5", "those of the steps 1 to 3", "that of step 3 and its neighbors"),
        right=2,
        why="Every layer looks at its own past. Depth adds computation, not a view of the future.",
        demo="WhatAnOutputHasSeen",
        replies=(
            "For that one layer must come from the other end.",
            "This is what the layer from the other end would see.",
            "",
            "So it is with a convolution, whose window looks to both sides.",
        ),
        values={"depth": 3, "direction": "left to right", "position": 3},
    ),
)

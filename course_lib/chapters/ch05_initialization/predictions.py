"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="5.a",
        question="Two hidden units begin with the same weights, and the net is trained for many steps on data that are "
        "not symmetric in any way. What becomes of the two units?",
        choices=("they drift apart, since the data treat them differently", "they stay equal, and both move",
                 "neither of them moves", "one of them dies"),
        right=1,
        why="Equal units give equal outputs and pass on equal errors, so their gradients are equal in every step. The "
        "net trains, as a net with one unit.",
        demo="TwinUnits",
        replies=(
            "Data reach a unit through its weights only. While these are equal, every sample says the same to both.",
            "",
            "They have a slope and follow it. Only weights that are all zero stop it.",
            "Then the other would have to die too: whatever happens to one, happens to both.",
        ),
        values={"start": "equal"},
    ),
    Prediction(
        id="5.b",
        question="Ten layers of 512 ReLU units, weights drawn with variance 1/512, inputs with spread 1. How large is "
        "the spread of the outputs of the tenth layer?",
        choices=("about 1: the variance is kept", "about 0.5: a half is lost", "about 0.03", "about 10⁻¹⁴"),
        right=2,
        why="Each ReLU lets half of the mean square through, so the spread shrinks by √½ a layer: ten layers leave "
        "1/32 of it. It is the number of layers that turns a harmless factor into a large one.",
        demo="SignalThroughDepth",
        replies=(
            "So it would be without the ReLU. It sets the negative half of the scores to zero.",
            "A half of the mean square is lost in every layer, not once.",
            "",
            "That is what a printed formula with n² under the root gives. Here the factor is √½ a layer.",
        ),
        values={"init": "lecun_normal", "activation": "relu", "depth": 10, "width": "512"},
    ),
    Prediction(
        id="5.c",
        question="The same net, now backwards. The errors shrink by √½ a layer on their way to the first layer. How "
        "large are the gradients of the weights in the first layer, compared with those in the last?",
        choices=("about the same", "about 20 times smaller", "about 20 times larger", "zero"),
        right=0,
        why="The gradient of a weight is the error above it times the signal below it. Going down, the error shrinks "
        "and the signal grows by the same factor, so the product is level. It is small everywhere, which is as bad.",
        demo="GradientsAtStart",
        replies=(
            "",
            "The errors are. The weights of the first layer also meet the largest signal of the whole net.",
            "The signal below the first layer is that much larger, and the error above it that much smaller.",
            "Small numbers multiplied ten times are far from zero in floating point.",
        ),
        values={"init": "lecun_normal", "activation": "relu", "depth": 10},
    ),
    Prediction(
        id="5.d",
        question="A map shows the final loss for every pair of gain and depth. What happens to the band of gains that "
        "lead to a small loss, as the nets get deeper?",
        choices=("it becomes wider", "it moves to ever larger gains", "it stays as it is", "it becomes narrower"),
        right=3,
        why="The factor of a layer is raised to the power of the depth. A gain that is ten percent off costs a factor "
        "of 1.2 in two layers and of 6.7 in twenty.",
        demo="GainDepthMap",
        replies=(
            "More layers mean more factors, and every error in the factor counts more often.",
            "The gain that keeps the signal level does so in every layer, however many follow.",
            "Two layers forgive a factor of two. What do twenty make of it?",
            "",
        ),
        values={},
    ),
)

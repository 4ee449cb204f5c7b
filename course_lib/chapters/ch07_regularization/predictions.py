"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="7.a",
        question="You train with a strong penalty, once L1 and once L2. Which of them sets weights to exactly zero?",
        choices=("L1", "L2", "both", "neither, they only shrink"),
        right=0,
        why="L1 pulls with the same force λ however small a weight is, so what the data do not hold ends at zero. The "
        "pull of L2 is λw and fades together with the weight.",
        demo="PenaltyStrength",
        replies=(
            "",
            "L2 pulls hardest at large weights. Near zero its pull λw is nearly nothing, so weights become small and "
            "stay different from zero.",
            "Both shrink all weights. Ask how hard each of them still pulls at a weight of 0.001.",
            "So it is for L2. The absolute value has a corner at zero, and at a corner a pull can hold a weight fast.",
        ),
        values={"kind": "L1"},
    ),
    Prediction(
        id="7.b",
        question="A layer drops half of its units in training and divides the others by 1/2. In a test nothing is "
        "done. How does the mean of its output in training compare with that in a test?",
        choices=("half as large", "equal", "twice as large", "it depends on which units are dropped"),
        right=1,
        why="Half of the terms are missing and the others are doubled: over many masks the mean is the same. A single "
        "mask lies above or below, and this scatter is the noise that regularizes.",
        demo="DropoutMasks",
        replies=(
            "It would be, without the division: that is the original scaling in training, which makes up for it in the "
            "test.",
            "",
            "Each unit that is on counts double, but only half of them are on.",
            "So it is for a single mask. The question is about the mean over masks.",
        ),
        values={"rate": 0.5},
    ),
    Prediction(
        id="7.c",
        question="Keep 0.8 is meant. Normal numbers are scaled to 0..1 by their smallest and largest, and a unit "
        "stays on where its number lies below 0.8. About how many stay on?",
        choices=("80 percent", "50 percent", "98 percent", "65 percent"),
        right=2,
        why="Scaled by their extremes, thousands of normal numbers gather round the middle, with about a seventh of "
        "the range as standard deviation. 0.8 lies more than two standard deviations above the middle.",
        demo="FixedMaskSlip",
        replies=(
            "So it would be for uniform numbers: 80 percent of the length is 80 percent of the numbers. These crowd "
            "in the middle.",
            "Half of them lie below the middle, 0.5. The line is drawn at 0.8.",
            "",
            "That would need a wide distribution. The extremes of thousands of normal numbers lie some four standard "
            "deviations out, so the bulk is narrow.",
        ),
    ),
    Prediction(
        id="7.d",
        question="All values that enter a batch norm are stretched by 3 and shifted by 5, in each batch from the "
        "start. What changes in what comes out in training?",
        choices=("its mean", "its spread", "both", "nothing"),
        right=3,
        why="The layer subtracts the mean and divides by the spread of the batch, whatever they are. What comes out "
        "has the mean β and the spread γ; only the running statistics notice.",
        demo="BatchNormAtWork",
        replies=(
            "A shift of all values shifts their mean by as much, and the mean is subtracted.",
            "Values that are stretched have a spread as much larger, and by this spread they are divided.",
            "Both were taken out: that is what normalization means.",
            "",
        ),
    ),
    Prediction(
        id="7.e",
        question="The validation curve is noisy and you stop with patience 1. What happens most often?",
        choices=("it stops at the best epoch", "it stops long before the best epoch", "it never stops",
                 "it stops one epoch too late"),
        right=1,
        why="In a noisy curve the first rise comes within a few epochs. Patience must be longer than the bumps of the "
        "curve.",
        demo="WhenToStop",
        replies=(
            "It would on a smooth curve with one minimum. Here each bump looks like a minimum.",
            "",
            "With patience 1 a single epoch without a new best ends the run. In a noisy curve there are many.",
            "One epoch after some new best, yes; but which one, on a noisy curve?",
        ),
        values={"patience": 1},
    ),
    Prediction(
        id="7.f",
        question="A random hidden layer gets wider and wider, the output layer is fitted to noisy points without "
        "penalty. Where is the test error largest?",
        choices=("with the fewest units", "with the most units",
                 "where there are about as many units as training points", "it falls all the way"),
        right=2,
        why="There the fit must pass through every noisy point and has just one way to do so, with huge weights. With "
        "more units there are many ways, and the one with the smallest weights is found.",
        demo="DoubleDescent",
        replies=(
            "Few units leave a bias, but no noise can be fitted. It gets worse than that.",
            "The old rule says so, and it is right up to a point. Beyond it the smallest of many fits is chosen.",
            "",
            "It falls, rises to a peak, and falls again. What is special about one width?",
        ),
    ),
    Prediction(
        id="7.g",
        question="Which of these makes wrong training pictures out of digits?",
        choices=("to mirror left and right", "to shift by a pixel", "to turn by ten degrees", "to enlarge by a tenth"),
        right=0,
        why="A mirrored 2, 3, 4, 5, 6, 7 or 9 is no digit that anybody writes, yet it keeps its label. The other "
        "three happen by themselves in handwriting.",
        demo="AugmentedDigit",
        replies=(
            "",
            "Nobody writes into the middle of the box to the pixel; the label stays right.",
            "Handwriting leans by more than that.",
            "Large and small digits are the same digits.",
        ),
        values={"flip": True, "rotation": 0, "shift": 0.0},
    ),
    Prediction(
        id="7.h",
        question="A network with dropout has learned a curve on an interval. The masks stay on. Where do its "
        "predictions differ most from each other?",
        choices=("in the middle of the data", "where the points are densest", "equally everywhere",
                 "away from the data"),
        right=3,
        why="Training has made the thinned networks agree where there were points. Outside nothing has, and each goes "
        "on in its own way.",
        demo="MonteCarloDropout",
        replies=(
            "There the most points have made all the thinned networks agree.",
            "There they were corrected most often, so they agree best.",
            "The share of dropped units is the same everywhere, but what remains was trained in some places only.",
            "",
        ),
    ),
)

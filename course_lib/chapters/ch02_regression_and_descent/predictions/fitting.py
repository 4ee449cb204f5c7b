"""Predictions 2.a to 2.f, on fitting and descending."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="2.a",
        question="A curve has two basins, a shallow one and a deep one. Descent starts on the slope of the shallow "
        "one. Where does it end, with small steps?",
        choices=("in the shallow basin", "in the deep basin, since it is the global minimum",
                 "on the hill between them", "it depends on the learning rate alone"),
        right=0,
        why="In the shallow one: the slope is a property of the point where you stand, and it points downhill there. "
        "It knows nothing of a deeper basin behind the hill. Large steps may jump over the hill, by accident.",
        demo="DescentInOneDimension",
        values={"function": "two basins", "start": 0.5, "step": 20},
        replies=(
            "",
            "That is where one would like to end. But descent feels only the slope under its feet, and here that slope "
            "leads into the shallow basin.",
            "At the top of the hill the slope is zero too, but a step from either side leads away from it: descent "
            "never climbs.",
            "A large rate can throw the path over the hill, so the rate has a say. With small steps it has none, and "
            "the start alone decides.",
        ),
    ),
    Prediction(
        id="2.b",
        question="A valley is ten times as curved across as along. You make it ten times as curved across again, and "
        "always use the best constant learning rate. What happens to the number of steps to the minimum?",
        choices=("it stays the same, the rate makes up for it", "it grows about ten times",
                 "it grows about a hundred times", "it shrinks, since steep slopes help"),
        right=1,
        why=r"About ten times: the steep direction limits the rate to $2/\lambda_{\max}$, and along the flat direction "
        r"each step covers a share of about $2\lambda_{\min}/\lambda_{\max}$. What counts is the ratio, the condition "
        "number. In the picture it is 100, and a hundredth of the distance is reached after 231 steps; at 10 it is "
        "reached after 23.",
        demo="Conditioning",
        values={"l1": 10.0, "l2": 0.1, "lr": 2 / 10.1, "step": 100},
        replies=(
            "A rate can be right for one curvature. Here it must not be too large for the steep direction, and so it "
            "is too small for the flat one.",
            "",
            "Ten times ten would be right if both directions made it worse by themselves. But the number of steps "
            "follows the ratio of the two curvatures, and that grew tenfold once.",
            "A steep slope does make a long step, so long that the path jumps across the valley. The rate has to "
            "shrink for it, and the flat direction pays.",
        ),
    ),
    Prediction(
        id="2.c",
        question="Stochastic descent uses one sample at a time, with a constant rate. After many epochs, where is it?",
        choices=("exactly at the minimum of the mean squared error", "at the minimum of the last sample",
                 "wandering in a cloud around the minimum", "it diverges in the end"),
        right=2,
        why="Around the minimum: each sample pulls towards its own line, and a constant rate never forgets the last "
        "pull. A smaller rate makes the cloud smaller; a rate that falls lets the path settle.",
        demo="DescentPaths",
        values={"shown": "stochastic (1)"},
        replies=(
            "Its mean step points there, but no single step is the mean one: at the minimum of the whole, every sample "
            "still pulls.",
            "One step goes only part of the way to a line through the last sample, and the next sample pulls "
            "elsewhere.",
            "",
            "Only if the rate is too large. With a smaller one the pulls back grow with the distance from the minimum, "
            "and the path stays near it.",
        ),
    ),
    Prediction(
        id="2.d",
        question="Twenty noisy points of a parabola. You raise the degree of the polynomial from 1 to 15. What does "
        "the error on new points do?",
        choices=("it falls all the way", "it rises all the way", "it stays near the noise", "it falls, then rises"),
        right=3,
        why="It falls until the polynomial can bend as the truth does, and then rises, since every further degree is "
        "used to follow the noise. The training error falls all the way.",
        replies=(
            "The training error does that. New points have other noise, and a curve that bends after the old noise "
            "misses them.",
            "From degree 1 to 2 it falls: a straight line cannot follow a parabola, whatever the noise.",
            "Only where the model fits the truth and no more. Degree 1 is too stiff for it, degree 15 bends after "
            "every point.",
            "",
        ),
        values={"degree": 1},
        demo="PolynomialFit",
    ),
    Prediction(
        id="2.e",
        question="Points scatter about a wave. Fit polynomials to many training sets of this kind. From degree 5 to "
        "degree 9, which part of the error on new points grows?",
        choices=("the bias", "the noise", "all three", "the variance"),
        right=3,
        why="The variance: a flexible curve follows the noise of its training set, so the fits disagree with each "
        "other. Their mean stays close to the wave: what little bias the picture shows at degree 9 is mostly chance, "
        "as the mean of 50 fits still varies. The noise does not depend on the model.",
        replies=(
            "The bias is the distance of the mean fit from the wave. A higher degree can bend more, so the mean does "
            "not move away from it.",
            "The noise belongs to the points. No choice of a model changes it.",
            "Only one of them does. The noise belongs to the points, and with more freedom the mean of the fits does "
            "not move away from the wave.",
            "",
        ),
        values={"degree": 5},
        demo="BiasAndVariance",
    ),
    Prediction(
        id="2.f",
        question="A straight line is fitted to points of a parabola. With 20 points the validation error is about 1.8. "
        "What is it with 2000 points?",
        choices=("close to the noise, 1.0", "about 1.4, half way", "still above 1.5"),
        right=2,
        why="Still above 1.5: the best straight line has that error, and more points only find it more exactly. Data "
        "cure variance, not bias.",
        replies=(
            "A parabola fitted to so many points would come there. A straight line cannot bend, however many points "
            "ask for it.",
            "More points move the line only a little: it is already near the best straight line, and that one has an "
            "error of nearly 1.7.",
            "",
        ),
        values={"degree": 1, "m": 20},
        demo="LearningCurves",
    ),
)

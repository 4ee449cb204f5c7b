"""Questions to answer before a picture unlocks: penalties, likelihood, classification."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="2.g",
        question="A penalty on the weights grows from zero. Which penalty makes some weights exactly zero while others "
        "are not?",
        choices=("lasso, on absolute values", "ridge, on squares", "both", "neither: they only come close"),
        right=0,
        why="The slope of a square fades as the weight shrinks, the slope of an absolute value does not: it pushes "
        "with full strength until the weight is zero, and holds it there. In the picture the diamond has corners on "
        "the axes, the circle has none.",
        replies=(
            "",
            "Squares make weights small. But near zero a square has hardly any slope, so there is no push left that "
            "would hold a weight at zero.",
            "Both shrink all weights. Only one of them pushes with full strength until a weight is zero: the other "
            "fades as the weight does.",
            "So it would be if every penalty faded near zero. The absolute value does not: it has a kink there, and "
            "keeps its slope.",
        ),
        values={"alpha": 0.001},
        demo="PenaltyGeometry",
    ),
    Prediction(
        id="2.h",
        question="A polynomial of high degree is fitted by descent. The error on the training points falls in every "
        "epoch. What does the error on other points do?",
        choices=("it falls in every epoch too", "it rises from the start", "it stays where it is",
                 "it falls, then it may rise again"),
        right=3,
        why="First descent finds the large pattern, which new points share. Later it fits the noise of these points, "
        "which new ones do not have. Stopping between the two is a penalty without a formula.",
        replies=(
            "At first it does: what is large in the data is in both sets. What descent learns last is the noise of the "
            "training points alone.",
            "The first steps find the large pattern of the parabola, and that helps on all points.",
            "The weights do change, from epoch to epoch, and with them the error on every point.",
            "",
        ),
        demo="EarlyStopping",
    ),
    Prediction(
        id="2.i",
        question="A fifth point, 7.5, is added to −3, −0.7, 2, 3. What happens to the variance of the most likely "
        "normal density?",
        choices=("it stays: one point of five is ignored", "it grows by about a fifth", "it more than doubles",
                 "it shrinks, since there are more points"),
        right=2,
        why="It goes from 5.5 to 12.7. A normal density gives a far point almost nothing, and one factor near zero "
        "ruins the whole product, so the curve stretches until the far point is no surprise. Squared distances say the "
        "same: one large distance outweighs four small ones.",
        demo="GaussianLikelihood",
        values={"data": "with an outlier", "mu": 0.325, "sigma": 2.35},
        replies=(
            "A median could ignore it. In a likelihood every point is a factor, and the farther out a point lies, the "
            "more its factor matters.",
            "The number of points grows by a quarter. But variance counts squares, and the new point lies three times "
            "as far out as a typical one.",
            "",
            "More points make us surer where the curve lies. How wide it is follows from how far they scatter, and "
            "that has grown.",
        ),
    ),
    Prediction(
        id="2.j",
        question="The truth is p, you believe q. Your mean surprise H(p, q) is lowest for which belief?",
        choices=("the uniform one", "all on the most frequent class", "q = p",
                 "it depends on the base of the logarithm"),
        right=2,
        why="H(p, q) = H(p) + KL(p, q): the first part is the price of chance and does not depend on you, the second "
        "is never negative and zero only for q = p.",
        demo="EntropyAndDivergence",
        replies=(
            "The uniform belief is never surprised very much, and never pleased either: it pays ln C whatever comes.",
            "That is the best bet on a single outcome. But whenever something else happens, and it does, the surprise "
            "has no limit.",
            "",
            "The base is a unit, as meters and feet are: it multiplies all surprises by one number and leaves the "
            "order of beliefs as it is.",
        ),
    ),
    Prediction(
        id="2.k",
        question="A model says yes when its probability is at least 0.5. You raise the threshold to 0.8. What happens "
        "to the recall, the share of true members that it finds?",
        choices=("it rises", "it stays exactly", "it may go either way", "it falls or stays"),
        right=3,
        why="Every yes at 0.8 was a yes at 0.5, so no member is found anew and some are lost. The precision usually "
        "rises, but it may go either way: right answers are lost as well as wrong ones.",
        demo="LogisticThreshold",
        values={"tau": 0.8},
        replies=(
            "Perhaps you thought of the precision, which usually does. A higher threshold says yes less often, so it "
            "cannot find more members.",
            "It does if no member lies between the two thresholds. In general some do, and those are lost.",
            "That is true of the precision. The recall divides by all true members, whose number stays, and the "
            "members found can only become fewer.",
            "",
        ),
    ),
    Prediction(
        id="2.l",
        question="Logistic regression has put every training point on its right side. Descent goes on. What happens "
        "to the loss?",
        choices=("it stops falling", "it keeps falling, and the weights grow", "it begins to rise",
                 "it is exactly zero"),
        right=1,
        why="A right answer with probability 0.9 still costs 0.105. Stretching all weights makes every right answer "
        "surer, so the loss falls toward zero and never arrives, and the weights have no limit. A penalty gives them "
        "one.",
        demo="LogisticBoundary",
        values={"steps": 1000},
        replies=(
            "The number of mistakes has stopped at zero. The loss counts something finer: how sure each right answer "
            "is.",
            "",
            "On new points it may. On the training points every small step against the slope lowers it.",
            "That would need probabilities of exactly 0 and 1, and those need infinite weights.",
        ),
    ),
)

"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="1.a",
        question="A linear model has one weight for each of two features. The values of one feature spread thirty "
        "times as far as those of the other. Over the plane of the two weights you draw the lines of equal cost. What "
        "do they look like?",
        choices=("circles", "squares", "parallel lines that never close", "long, narrow ellipses"),
        right=3,
        why="The weight of the large feature moves the answer thirty times as far, so the cost is far steeper along "
        "its axis. After standardization both features have the same spread and the ellipses become rounder.",
        replies=(
            "Circles would mean that a step of either weight costs the same. Here a step of one of them changes the "
            "answers thirty times as much as the same step of the other.",
            "The cost is a mean of squares, and a sum of squares makes round lines without corners. Corners come from "
            "absolute values and from largest values.",
            "Nearly, on a small sheet: the ends of the ellipses lie far away. Lines that never close would need a "
            "weight whose size does not matter at all.",
            "",
        ),
        demo="FeatureScaling",
        values={"scale": 0.01},
    ),
    Prediction(
        id="1.b",
        question="All points whose L2 norm is 1 form a circle. What shape do those with L1 norm 1 form?",
        choices=("a smaller circle", "a square standing on a corner", "a square lying on a side", "an ellipse"),
        right=1,
        why="$|x_1| + |x_2| = 1$ is a straight line in each quadrant. The square on its side belongs to the max norm, "
        "and every other $p$ lies between the two.",
        replies=(
            "A circle treats all directions alike, and the sum of the sizes does not: $(1, 0)$ and "
            "$(\\frac12, \\frac12)$ have the same L1 norm, 1, at different distances from the center.",
            "",
            "Its corner $(1, 1)$ has the L1 norm 2. What is 1 on this whole square is the largest size of an entry.",
            "An ellipse is longer along one axis than along the other. Exchange $x_1$ and $x_2$, and the sum of their "
            "sizes stays what it was.",
        ),
        demo="UnitBall",
        values={"p": 1.0},
    ),
    Prediction(
        id="1.c",
        question="Five affine layers stand one behind the other. What can happen to a straight line on the way "
        "through?",
        choices=("it stays straight", "each layer bends it once", "it becomes a closed curve",
                 "it breaks into five pieces"),
        right=0,
        why="Five affine maps in a row are one affine map, and an affine map keeps lines straight and parallels "
        "parallel. Put a ReLU, which replaces negatives by 0, between two layers and the lines break.",
        replies=(
            "",
            "Neither a product with a matrix nor a shift can bend: equal steps along the line become equal steps along "
            "its image. Something that bends would have to stand between the layers.",
            "To close, the line would have to turn back. An affine map takes equal steps to equal steps, all in one "
            "direction.",
            "A break needs a place where the map changes its rule. An affine layer has the same rule everywhere, and "
            "so have five of them.",
        ),
        demo="ComposedMaps",
        values={"count": 5},
    ),
    Prediction(
        id="1.d",
        question="A photograph of 256 × 384 pixels is a matrix of rank 256. How many of its 256 parts are needed "
        "before the error falls below a tenth of the picture's norm?",
        choices=("about 25", "about 75", "about 150", "about 230"),
        right=0,
        why="Neighboring rows of a photograph resemble each other, so a few parts carry most of it, and they are "
        "described by a sixth of the numbers.",
        replies=(
            "",
            "The singular values fall faster than that: with 75 parts the error is down to a twentieth.",
            "That many are needed for the finest details: with 150 parts only a fiftieth is left.",
            "The error would have to shrink in equal steps for that. The first parts take away far more than the last: "
            "with 230 of them less than a thousandth is left.",
        ),
        demo="RankKImage",
    ),
    Prediction(
        id="1.e",
        question="The columns of $A$ are dependent. The formula $(A^T A + \\alpha I)^{-1} A^T$ tends to the "
        "pseudo-inverse as $\\alpha$ falls to 0. What happens on a computer when $\\alpha$ falls from $10^{-8}$ to "
        "$10^{-15}$?",
        choices=("the error keeps falling", "the error stays where it is", "the error rises again", "the inverse does "
                 "not exist"),
        right=2,
        why="The error of the formula falls with $\\alpha$, but rounding grows like $1/\\alpha$ when $A^T A$ is "
        "singular. Below some $\\alpha$ the second one wins.",
        replies=(
            "With exact numbers it would, and with independent columns it does for a long way. Here $A^T A$ has no "
            "inverse, and its rounding errors are divided by $\\alpha$.",
            "For that rounding would have to be the same for every $\\alpha$. It is divided by $\\alpha$, because the "
            "smallest eigenvalue of $A^T A + \\alpha I$ is $\\alpha$ itself.",
            "",
            "With exact numbers it exists for every $\\alpha > 0$. On a computer the sum may become singular once "
            "$\\alpha$ is lost in the rounding of $A^T A$, but the error has grown long before that.",
        ),
        demo="PseudoInverseLimit",
        values={"matrix": "dependent columns", "alpha": 1e-8},
    ),
    Prediction(
        id="1.f",
        question="A cloud of points lies far from the origin. You look for the direction of largest variance but "
        "forget to subtract the mean. Where does the direction point that you find?",
        choices=("along the cloud, all the same", "across the cloud", "from the origin towards the cloud",
                 "along the first axis"),
        right=2,
        why="Without centering the sum of squares is measured from the origin, and most of it comes from the distance "
        "of the whole cloud. The direction points almost at the mean.",
        replies=(
            "It would after the mean is subtracted. Measured from the origin, the way to the cloud counts for more "
            "than the spread inside it.",
            "Only when the cloud happens to lie crosswise to the line from the origin. Turn it, under More, and the "
            "direction goes on pointing near the mean.",
            "",
            "No axis is preferred: turn the paper, and cloud and direction turn together.",
        ),
        demo="BestDirection",
        values={"centering": "no", "tilt": 100, "away": 2.5, "angle": 100},
    ),
)

"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="1.a",
        question="A linear model has one weight for each of two features. One feature has values in the thousands, the "
        "other around one. Over the plane of the two weights you draw the lines of equal cost. What do they look like?",
        choices=("circles", "squares", "parallel lines that never close", "long, narrow ellipses"),
        right=3,
        why="The weight of the large feature moves the answer a thousand times as far, so the cost is far steeper "
        "along its axis. After standardization both features have the same spread and the ellipses become rounder.",
        demo="FeatureScaling",
    ),
    Prediction(
        id="1.b",
        question="All points whose L2 norm is 1 form a circle. What shape do those with L1 norm 1 form?",
        choices=("a smaller circle", "a square standing on a corner", "a square lying on a side", "an ellipse"),
        right=1,
        why="|x1| + |x2| = 1 is a straight line in each quadrant. The square on its side belongs to the max norm, and "
        "every other p lies between the two.",
        demo="UnitBall",
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
        demo="ComposedMaps",
    ),
    Prediction(
        id="1.d",
        question="A photograph of 256 x 384 pixels is a matrix of rank 256. How many of its 256 parts are needed "
        "before the error falls below a tenth of the picture's norm?",
        choices=("about 25", "about 75", "about 150", "about 230"),
        right=0,
        why="Neighboring rows of a photograph resemble each other, so a few parts carry most of it, and they are "
        "described by a sixth of the numbers.",
        demo="RankKImage",
    ),
    Prediction(
        id="1.e",
        question="The columns of A are dependent. The formula (A^T A + alpha I)^-1 A^T tends to the pseudo-inverse as "
        "alpha falls to 0. What happens on a computer when alpha falls from 1e-8 to 1e-15?",
        choices=("the error keeps falling", "the error stays where it is", "the error rises again", "the inverse does "
                 "not exist"),
        right=2,
        why="The error of the formula falls with alpha, but rounding grows like 1/alpha when A^T A is singular. Below "
        "some alpha the second one wins.",
        demo="PseudoInverseLimit",
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
        demo="BestDirection",
    ),
)

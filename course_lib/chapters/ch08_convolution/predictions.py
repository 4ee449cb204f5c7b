"""Questions to answer before a picture unlocks."""

from course_lib.exercises.model import Prediction

PREDICTIONS = (
    Prediction(
        id="8.a",
        question="The nine numbers of a filter add up to zero. It slides over a wall that is evenly gray. What comes "
        "out?",
        choices=("the same gray", "zero everywhere", "white everywhere", "it depends on the nine numbers"),
        right=1,
        why="On an even gray every window is that gray times the sum of the nine numbers. Only where something changes "
        "is there an answer at all.",
        demo="KernelEditor",
        replies=(
            "So it is if the sum is one: then the filter keeps an even brightness.",
            "",
            "Edges come out strongly, but an even wall has none.",
            "On other pictures it does. On an even gray all nine pixels are equal, and only the sum counts.",
        ),
        values={"kernel": "sobel x"},
    ),
    Prediction(
        id="8.b",
        question="A row of nine pixels, a window of three, stride two, no padding. How many places has the window?",
        choices=("seven", "three", "four", "five"),
        right=2,
        why="It begins at the pixels 0, 2, 4 and 6: (9 − 3)/2 = 3 jumps, and one place more than jumps.",
        demo="OutputSize",
        replies=(
            "With stride one. Here every other place is left out.",
            "These are the jumps. Count the place from which the first of them starts.",
            "",
            "The fifth would begin at pixel 8 and hang over the edge.",
        ),
        values={"n": 9, "f": 3, "stride": 2, "pad": 0, "dilation": 1},
    ),
    Prediction(
        id="8.c",
        question="Three layers with windows of three pixels, stride one. How many pixels along one side does a unit of "
        "the third layer see?",
        choices=("three", "seven", "nine", "twenty-seven"),
        right=1,
        why="Each layer adds a pixel on either side: three, five, seven.",
        demo="ReceptiveField",
        replies=(
            "Three units of the layer below, and each of these sees three pixels of its own.",
            "",
            "Three windows side by side would cover nine. These overlap by two pixels.",
            "So it would be with stride three, where windows do not overlap.",
        ),
        values={"depth": 3, "f": 3, "s": 1, "d": 1},
    ),
    Prediction(
        id="8.d",
        question="A color picture meets a layer of four filters with windows of 3 × 3. How many maps come out?",
        choices=("twelve", "three", "four", "one"),
        right=2,
        why="A filter has a slice for each of the three channels, and all its products go into one sum: one map a "
        "filter.",
        demo="Channels",
        replies=(
            "There are twelve slices, three in each filter. What they make of their channels is added.",
            "That is the number of channels that go in.",
            "",
            "One filter makes one map. How many filters are there?",
        ),
        values={"filters": 4},
    ),
    Prediction(
        id="8.e",
        question="A picture moves by one pixel. What becomes of its max-pooled version, windows of 2 × 2, stride 2?",
        choices=("nothing changes", "it moves by one pixel too", "some values stay, some change", "all values change"),
        right=2,
        why="Where the maximum stays inside of its window the value stays. Where it crosses into the next window the "
        "value moves there.",
        demo="Pooling",
        replies=(
            "That would be invariance. It holds for those windows only in which the maximum has room to move.",
            "One pixel of the small picture is two of the large one. There is no half step.",
            "",
            "The maximum of a window survives as long as it does not leave the window.",
        ),
        values={"kind": "maximum", "window": 2, "stride": 2, "shift": 1},
    ),
    Prediction(
        id="8.f",
        question="Turn a picture by 90 degrees, then convolve. Or convolve, then turn the map by 90 degrees. When are "
        "the two equal?",
        choices=("always", "when the filter looks the same after a quarter turn", "never", "for edge filters only"),
        right=1,
        why="Turning everything, picture and filter, would turn the map. If only the picture is turned, the filter "
        "must not notice.",
        demo="Equivariance",
        replies=(
            "For shifts it is so. The filter slides, and shifts are all it takes part in; it is never turned.",
            "",
            "A blur that is the same in all directions does not care how the picture lies.",
            "An edge filter is the best counterexample: turned, it finds the other edges.",
        ),
        values={"dx": 0, "dy": 0, "angle": 90},
    ),
    Prediction(
        id="8.g",
        question="Now both networks are trained on digits that are moved at random by up to two pixels. Which one is "
        "better on moved digits?",
        choices=("LeNet, still", "the dense one: it has more weights", "both are equally good now", "both have lost"),
        right=0,
        why="Both learn to expect shifts. The dense one has to learn each stroke again for every place, LeNet finds "
        "it with the same filter.",
        demo="ShiftTest",
        replies=(
            "",
            "More weights are more to learn: for the dense network each place is a case of its own.",
            "The dense one gains most, having had most to gain. It does not catch up.",
            "Training with what will come is the surest remedy there is.",
        ),
        values={"dx": 3, "training": "digits moved by up to 2 pixels"},
    ),
    Prediction(
        id="8.h",
        question="Twenty layers without shortcuts, a start with rather small weights, 80 steps of descent. What does "
        "the loss do?",
        choices=("it falls as with shortcuts", "it falls, more slowly", "it grows without end",
                 "it stays where guessing is"),
        right=3,
        why="Signals forward and gradients backward shrink by a factor in every layer, and the steps are too small to "
        "be seen. With shortcuts every factor is 1 + F'.",
        demo="ResidualDepth",
        replies=(
            "So it would with a start that keeps the scale (chapter 05). This one does not.",
            "Slowly enough to look like nothing: the gradient of every layer is a product of twenty small factors.",
            "Large weights would do that.",
            "",
        ),
        values={"depth": 20, "skip": "off"},
    ),
    Prediction(
        id="8.i",
        question="A picture of 2 × 2 pixels, a kernel of 2 × 2, stride 1, no padding: how large is the transposed "
        "convolution?",
        choices=("3 × 3", "4 × 4", "2 × 2", "1 × 1"),
        right=0,
        why="Four stamps of 2 × 2, one pixel apart: the canvas is 2 + 1 wide, and the pixel in the middle gets all "
        "four.",
        demo="TransposedStamps",
        replies=(
            "",
            "With stride 2 the stamps would lie side by side and fill 4 × 4.",
            "It has the size of the picture only where padding cuts the surplus off.",
            "That is the size of the convolution, which goes the other way.",
        ),
        values={"stride": 1, "pad": 0, "f": 2, "n": 2},
    ),
    Prediction(
        id="8.j",
        question="For which of these kernels are convolution and correlation the same?",
        choices=("1 0 −1", "1 2 1", "1 2 3", "for none"),
        right=1,
        why="A mirror changes nothing in a kernel that reads the same from both ends.",
        demo="FlipOrNot",
        replies=(
            "Mirrored it is −1 0 1: every number of the result has the other sign.",
            "",
            "Mirrored it is 3 2 1.",
            "The flip is the only difference. Is there a kernel that does not show it?",
        ),
        values={"kernel": "symmetric 1 2 1"},
    ),
)

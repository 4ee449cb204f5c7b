"""Exercises on one window and where it goes: by hand, how often it fits, what stands at the border, sums and flips."""

import math

import numpy as np

from course_lib.chapters.ch08_convolution import calls
from course_lib.chapters.ch08_convolution.exercises.common import as_far_as_filled, windows
from course_lib.chapters.ch08_convolution.experiments import BLOCK, NUMBERS, STEP
from course_lib.chapters.ch08_convolution.measured import PRINTED_BLUR
from course_lib.exercises.define import quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- by hand ---

VERTICAL = np.repeat([[1, 0, -1]], 3, axis=0)


def _over(image, kernel):
    return np.einsum("ijuv,uv->ij", windows(image[None, None], 3, 3, 1)[0, 0], kernel)


_MAPS = {"numbers": _over(NUMBERS, VERTICAL), "step": _over(STEP, VERTICAL), "block": _over(BLOCK, VERTICAL.T)}
_RIGHT = {key: value.tolist() for key, value in _MAPS.items()}


def _rows(answer):
    """The twelve rows of the three results, each under its name."""
    answer, rows = as_far_as_filled(answer, _RIGHT), {}
    for key in _MAPS:
        try:
            values = np.asarray(answer[key], dtype=float)
        except (TypeError, ValueError):
            raise TypeError(f"{key} should be four rows of four numbers, such as [[1, 2, 3, 4], ...]") from None
        if values.shape != (4, 4):
            raise ValueError(f"{key} has shape {values.shape}, expected (4, 4): a 3x3 window has four places in each "
                             "direction of a 6x6 image")
        rows |= {f"{key}, row {i}": row for i, row in enumerate(values)}
    return rows


BY_HAND = Exercise(
    id="8.1",
    title="by hand",
    debrief="The entries of this kernel add up to 0, so an even area gives 0, however bright; and a horizontal edge "
            "gives 0 too.",
    kind="value",
    reference=_RIGHT,
    instances=lambda rng: [()],
    call=_rows,
    mistakes=(
        Mistake("BYH-a", {key: -value for key, value in _MAPS.items()}, "numbers, row 0: all signs are reversed, here "
                "and below. The kernel is laid down as it stands, the 1 at the left; turned by half a turn it would "
                "give yours."),
        Mistake("BYH-b", _RIGHT | {"numbers": _over(NUMBERS, VERTICAL.T)}, "numbers, row 0: these are upper row minus "
                "lower row. In which direction does this kernel take differences?"),
        Mistake("BYH-c", _RIGHT | {"numbers": _over(NUMBERS, np.array([[0, 0, 0], [1, 0, -1], [0, 0, 0]]))},
                "numbers, row 0: only the middle row of each window has been counted. The sum has nine products."),
        Mistake("BYH-d", _RIGHT | {"numbers": _MAPS["numbers"] / 9}, "numbers, row 0: each entry is the sum of nine "
                "products, not their mean."),
        Mistake("BYH-e", _RIGHT | {"numbers": np.abs(_MAPS["numbers"])}, "numbers, row 0: an answer may be negative: "
                "brighter at the right than at the left. Where have your signs gone?"),
        Mistake("BYH-f", _RIGHT | {"numbers": _MAPS["numbers"].T}, "numbers, row 0: the right numbers, rows and "
                "columns exchanged. The window moves to the right first; that fills a row."),
        Mistake("BYH-g", _RIGHT | {"numbers": -_MAPS["numbers"]}, "numbers, row 0: the signs are reversed. Left "
                "column minus right column, or the other way round?"),
        Mistake("BYH-h", _RIGHT | {"numbers": _over(NUMBERS, np.repeat([[1, 0, 0]], 3, axis=0))}, "numbers, row 0: "
                "that is the left column of each window alone. What does the -1 do?"),
        Mistake("BYH-i", _RIGHT | {"step": -_MAPS["step"]}, "step, row 0: bright at the left and dark at the right: "
                "which of the two columns has the factor 1?"),
        Mistake("BYH-j", _RIGHT | {"step": _MAPS["step"] // 3}, "step, row 0: that is one row of the kernel. How many "
                "rows does it have?"),
        Mistake("BYH-k", _RIGHT | {"step": np.repeat([[0, 0, 60, 0]], 4, axis=0)}, "step, row 0: how many windows "
                "reach over the step? A window is three columns wide."),
        Mistake("BYH-l", _RIGHT | {"step": np.zeros((4, 4))}, "step, row 0: all zero, as if the picture were even. "
                "Each window that holds both sides of the step has something to say."),
        Mistake("BYH-m", _RIGHT | {"step": np.repeat([[0, 20, 40, 0]], 4, axis=0)}, "step, row 0: the middle column "
                "of the kernel is 0, so it does not matter how far a window reaches over the step."),
        Mistake("BYH-r", _RIGHT | {"step": _MAPS["step"] / 9}, "step, row 0: each entry is the sum of nine products, "
                "not their mean."),
        Mistake("BYH-s", _RIGHT | {"step": np.repeat([[60, 60, 0, 0]], 4, axis=0)}, "step, row 0: the first window "
                "lies on three bright columns."),
        Mistake("BYH-t", _RIGHT | {"block": np.repeat([[0], [60], [60], [0]], 4, axis=1)}, "block, row 1: four equal "
                "numbers, as if the bright block reached to the right edge. What lies under it there?"),
        Mistake("BYH-u", _RIGHT | {"block": np.array([[0, 0, 0, 0], [60, 60, -60, -60], [60, 60, -60, -60],
                                                      [0, 0, 0, 0]])},
                "block, row 1: the two windows in the middle see part of each block. Add up their three columns."),
        Mistake("BYH-n", _RIGHT | {"block": _over(BLOCK, VERTICAL)}, "block, row 0: that is the kernel as in the other "
                "two. Here it is transposed: 1 1 1 above, -1 -1 -1 below."),
        Mistake("BYH-o", _RIGHT | {"block": -_MAPS["block"]}, "block, row 1: the signs are reversed: upper row minus "
                "lower row, with the bright block at the upper left."),
        Mistake("BYH-p", _RIGHT | {"block": np.abs(_MAPS["block"])}, "block, row 1: at the right the picture goes from "
                "dark to bright. Which sign has that?"),
        Mistake("BYH-q", _RIGHT | {"block": np.array([[0, 0, 0, 0], [60, 0, 0, -60], [60, 0, 0, -60], [0, 0, 0, 0]])},
                "block, row 1: the two windows in the middle see part of each block. Add up their three columns."),
    ),
    hints=(
        "The kernel has a column of ones, one of zeros and one of minus ones: each entry is the left column of its "
        "window minus the right column.",
        "out[i, j] = sum over u, v of x[i + u, j + v] w[u, v], with i and j from 0 to 3.",
        "first entry of numbers: (1 + 7 + 5) - (5 + 2 + 3)",
    ),
    reminders={"type": "a dict with numbers, step and block, each four rows of four numbers",
               "value": "each entry is a sum over one window, with the kernel laid on it as it stands"},
    points=2,
    minutes=12, level=1, core=True,
    skeleton='by_hand = {"numbers": ..., "step": ..., "block": ...}',
)

# --- how often a window fits ---


def _size(n, f, p, s, d):
    return (n + 2 * p - d * (f - 1) - 1) // s + 1


def _by_trying(n, f, p, s, d):
    """Another way: count the places at which the last tap still lies on a pixel."""
    return sum(start + d * (f - 1) < n + 2 * p for start in range(0, n + 2 * p, s))


OUTPUT_SIZE = Exercise(
    id="8.2",
    title="conv_output_size",
    debrief="With stride 1 and odd f a padding of d (f - 1)/2 keeps the size: without gaps 1 for f = 3 and 2 for f = "
            "5.",
    library="course_lib.ops.conv_output_size",
    reference=_size,
    instances=lambda rng: [
        (9, 3, 0, 1, 1), (6, 3, 2, 1, 1), (9, 3, 0, 2, 1), (64, 9, 0, 2, 1), (28, 5, 2, 1, 1), (32, 5, 0, 1, 1),
        (224, 7, 3, 2, 1), (227, 11, 0, 4, 1), (10, 3, 0, 2, 1), (7, 3, 2, 1, 2), (20, 3, 1, 3, 4), (13, 4, 1, 3, 2),
        case("one pixel", 1, 1, 0, 1, 1),
        *(case("drawn", int(rng.integers(20, most)), int(rng.integers(2, 6)), int(rng.integers(1, 4)),
               int(rng.integers(2, 5)), int(rng.integers(2, 4))) for most in (60, 100, 200)),
    ],
    arguments=("n", "f", "p", "s", "d"),
    contract=Contract(values={"f": {"a window of one pixel": 1,
                                    "window as large as the image": lambda given: given["n"]},
                              "s": {"stride as long as the image": lambda given: given["n"]}}),
    mistakes=(
        Mistake("OUT-1", lambda n, f, p, s, d: _size(n, f, p, s, d) - 1, "One place is missing everywhere. How many "
                "has a window that is as wide as the image?"),
        Mistake("OUT-2", lambda n, f, p, s, d: (n + p - d * (f - 1) - 1) // s + 1, "Too small where p is above 0: "
                "zeros are added at both ends."),
        Mistake("OUT-3", lambda n, f, p, s, d: _size(n, f, p, 1, d), "Right for stride 1. How far does the window "
                "jump?"),
        Mistake("OUT-4", lambda n, f, p, s, d: math.ceil((n + 2 * p - d * (f - 1) - 1) / s) + 1, "One place too many "
                "where the stride does not fit. May the last window hang over the edge?"),
        Mistake("OUT-5", lambda n, f, p, s, d: (n + 2 * p) // s - (d * (f - 1) + 1) + 1, "You divide before the "
                "window is taken away. First see how far the window can move, then count the jumps."),
        Mistake("OUT-6", lambda n, f, p, s, d: (n + 2 * p - d * f) // s + 1, "Right without dilation. How many gaps "
                "lie between f taps?"),
        Mistake("OUT-a", lambda n, f, p, s, d: (n + 2 * p - d * (f - 1) - 1) / s + 1, "Not a whole number where the "
                "stride does not fit: half a window has no place."),
        Mistake("OUT-b", lambda n, f, p, s, d: (n + 2 * p - d * (f - 1)) // s, "The 1 stands inside of the division: "
                "right for stride 1, too small for others now and then."),
        Mistake("OUT-c", lambda n, f, p, s, d: (n + 2 * p - d * (f - 1)) // s + 1, "A dilated kernel reaches over "
                "d (f - 1) + 1 pixels; yours is one pixel shorter."),
        Mistake("OUT-d", lambda n, f, p, s, d: _size(n, f, p, s, 1), "Right without dilation; where there is one, "
                "your window is as small as one without gaps."),
        Mistake("OUT-e", lambda n, f, p, s, d: _size(n, f, 0, s, d), "Right without padding. Where is p?"),
        Mistake("OUT-f", lambda n, f, p, s, d: (n + 2 * p - f - (f - 1) * d) // s + 1, "With d = 1 a kernel has no "
                "gaps at all: between neighboring taps lie d - 1 empty pixels, not d."),
        Mistake("OUT-g", lambda n, f, p, s, d: round((n + 2 * p - d * (f - 1) - 1) / s) + 1, "Rounded to the nearest "
                "whole number: in some cases up. Does a window fit that lacks less than half a stride?"),
        Mistake("OUT-h", lambda n, f, p, s, d: (n + 2 * p - d * (f - 1) - 1) // (s * d) + 1, "Dilation spreads the "
                "taps of one window. Does it change how far the window jumps?"),
    ),
    hints=(
        "How many pixels does the kernel reach over, gaps included? How far can it move, then? How many jumps is that?",
        "reach = d (f - 1) + 1;  size = floor((n + 2 p - reach) / s) + 1.",
        "reach = d * (f - 1) + 1",
    ),
    reminders={"type": "one whole number",
               "value": "one window, and one more for each whole stride that the padded row has left"},
    minutes=6, level=1, core=True,
    variants=(lambda n, f, p, s, d: int(np.floor((n + 2 * p - (f + (f - 1) * (d - 1))) / s) + 1), _by_trying,
              lambda n, f, p, s, d: len(range(0, n + 2 * p - d * (f - 1), s))),
)

# --- the border ---


def _places(n, p, mode):
    """Which pixel stands at each place of a padded row; -1 where it is a zero."""
    k = np.arange(-p, n + p)
    return {
        "replicate": np.clip(k, 0, n - 1),
        "reflect": n - 1 - np.abs(n - 1 - np.abs(k)),
        "zeros": np.where((k >= 0) & (k < n), k, -1),
        "symmetric": np.where(k < 0, -k - 1, np.where(k >= n, 2 * n - 1 - k, k)),
        "symmetric end": np.where(k < 0, -k, np.where(k >= n, 2 * n - 1 - k, k)),
        "wrap": k % n,
        "copied": np.where(k < 0, k + p + 1, np.where(k >= n, k - p - 1, k)),
        "ends": np.where(k < 0, n - 1, np.where(k >= n, 0, k)),
    }[mode]


def _bordered(**other):
    """The right answer, or one with another rule in place of a mode's."""

    @quiet
    def answer(x, p, mode):
        rule = other.get(mode, mode)
        if callable(rule):
            return rule(x, p)
        rows, columns = (_places(n, p, rule) for n in x.shape)
        taken = x[np.ix_(rows, columns)]
        return np.where((rows[:, None] < 0) | (columns < 0), 0, taken) if rule == "zeros" else taken

    return answer


def _everywhere(rule):
    return _bordered(zeros=rule, replicate=rule, reflect=rule)


def _no_corners(mode):
    """The four edges, with zeros in the corners."""

    def answer(x, p):
        (H, W), out = x.shape, _bordered()(x, p, mode).copy()
        for rows in (slice(0, p), slice(p + H, None)):
            out[rows, :p] = out[rows, p + W:] = 0
        return out

    return answer


def _by_negative_index(x, p):
    out = np.zeros((x.shape[0] + 2 * p, x.shape[1] + 2 * p))
    out[p:-p, p:-p] = x
    return out


def _framed(x, p, first, around=0):
    """x on a canvas that is 2 p larger, its first pixel at (first, first); without np.pad, which no answer may use."""
    out = np.full((x.shape[0] + 2 * p, x.shape[1] + 2 * p), around, dtype=x.dtype)
    out[first:first + x.shape[0], first:first + x.shape[1]] = x
    return out


def _at_the_end(x, p):
    return _framed(x, p, 0)


def _at_the_start(x, p):
    return _framed(x, p, 2 * p)


def _pictures(rng):
    first = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [10.0, 11.0, 12.0]])
    cases = [(first, 1, mode) for mode in ("zeros", "replicate", "reflect")]
    cases += [(rng.normal(size=(5, 4)).round(2), p, mode) for p in (2, 3) for mode in ("zeros", "replicate", "reflect")]
    return [*cases, case("one row of pixels", rng.normal(size=(1, 3)).round(2), 2, "replicate")]


def _pixel_by_pixel(x, p, mode):
    (H, W), out = x.shape, np.zeros((x.shape[0] + 2 * p, x.shape[1] + 2 * p))
    for i in range(len(out)):
        for j in range(len(out[0])):
            u, v = i - p, j - p
            if mode == "reflect":
                u, v = (-u if u < 0 else u), (-v if v < 0 else v)
                u, v = (2 * (H - 1) - u if u >= H else u), (2 * (W - 1) - v if v >= W else v)
            elif mode == "replicate":
                u, v = min(max(u, 0), H - 1), min(max(v, 0), W - 1)
            if 0 <= u < H and 0 <= v < W:
                out[i, j] = x[u, v]
    return out


def _sides(x, p, mode):
    """First above and below, then at the sides, by joining."""
    for _ in range(2):
        if mode == "zeros":
            before = after = np.zeros((p, x.shape[1]))
        elif mode == "replicate":
            before, after = x[[0] * p], x[[-1] * p]
        else:
            before, after = x[1:p + 1][::-1], x[len(x) - 1 - p:-1][::-1]
        x = np.concatenate([before, x, after]).T
    return x


PAD_2D = Exercise(
    id="8.7",
    title="pad2d",
    debrief="On the ramp 0, 1, 2, ... the two neighbors of a pixel differ by 2; at its first pixel by 1 with "
            "replicate, by 0 with reflect: no mode knows what lies outside.",
    library="course_lib.ops.pad_images",
    from_library=calls.of_one_image,
    reference=_bordered(),
    instances=_pictures,
    call=calls.pad2d,
    arguments=("x", "p", "mode"),
    contract=Contract(zero="x", values={"p": {"no padding": 0}}, each="mode"),
    mistakes=(
        Mistake("PAD-a", _bordered(zeros=_at_the_end), "zeros: all of them stand at the right and below. Where does "
                "pixel (0, 0) of x belong?"),
        Mistake("PAD-b", _bordered(zeros=_at_the_start), "zeros: all of them stand at the left and above. On how many "
                "sides is the image extended?"),
        Mistake("PAD-c", _bordered(reflect="symmetric"), "reflect: the border pixel comes twice. The mirror stands on "
                "it, not behind it."),
        Mistake("PAD-d", _bordered(reflect="replicate", replicate="reflect"), "The names are exchanged: replicate "
                "repeats the border pixel, reflect mirrors."),
        Mistake("PAD-e", _bordered(replicate=_no_corners("replicate")), "replicate: the four edges are right, the "
                "corners are zero. Which pixel is the nearest one there?"),
        Mistake("PAD-f", _bordered(reflect=_no_corners("reflect")), "reflect: the four edges are right, the corners "
                "are zero. They are mirrored twice, up or down and to the side."),
        Mistake("PAD-t", _bordered(zeros=_by_negative_index), "zeros: right with padding; without it there is no room "
                "for x. What is the slice 0:-0?"),
        Mistake("PAD-u", _bordered(replicate=_no_corners("replicate"), reflect=_no_corners("reflect")), "replicate and "
                "reflect: the four edges are right, the corners are zero. They are filled from the edges, once more."),
        Mistake("PAD-v", _bordered(reflect="symmetric end"), "reflect: right at the start; at the end the border pixel "
                "comes twice. The mirror stands on it."),
        Mistake("PAD-g", _bordered(reflect="wrap"), "reflect: the picture begins again at its other side, as on a "
                "tiled floor. A mirror reverses."),
        Mistake("PAD-h", _bordered(reflect="copied"), "reflect: the right pixels, in the order in which they stand in "
                "the image. A mirror reverses it."),
        Mistake("PAD-i", _bordered(replicate="wrap"), "replicate: the picture begins again at its other side. Which "
                "pixel is repeated?"),
        Mistake("PAD-j", _bordered(replicate="ends"), "replicate: the ends are exchanged: the first pixel is repeated "
                "at the end and the last one at the beginning."),
        Mistake("PAD-k", _everywhere("zeros"), "Always zeros: what does mode change in your code?"),
        Mistake("PAD-l", _everywhere("replicate"), "Always the border pixel again: what does mode change in your "
                "code?"),
        Mistake("PAD-m", _everywhere("reflect"), "Always mirrored: what does mode change in your code?"),
        Mistake("PAD-n", _bordered(zeros=lambda x, p: _framed(x, p, p, 1)), "zeros: a border of ones. "
                "With which numbers does your larger array begin?"),
        Mistake("PAD-o", lambda x, p, mode: _bordered()(x, p, mode)[p:p + len(x)], "Rows above and below are "
                "missing: the image grows in both directions."),
        Mistake("PAD-p", lambda x, p, mode: _bordered()(x, p, mode)[:, p:p + x.shape[1]], "Columns at the sides are "
                "missing: the image grows in both directions."),
        Mistake("PAD-q", lambda x, p, mode: _bordered()(x, p, mode)[p:, p:], "Only the end is extended: at the left "
                "and above nothing is added."),
        Mistake("PAD-r", lambda x, p, mode: _bordered()(x, p, mode)[:p + len(x), :p + x.shape[1]], "Only the start is "
                "extended: at the right and below nothing is added."),
        Mistake("PAD-s", lambda x, p, mode: x, "That is the image as it came: the padding is missing."),
    ),
    hints=(
        "Say for each place of the larger image which pixel of x it shows: a list of row numbers and one of column "
        "numbers is enough, the rest is indexing.",
        "place k = -p, ..., n + p - 1 shows pixel min(max(k, 0), n - 1) (replicate); |k| before the start and "
        "2 (n - 1) - k behind the end (reflect).",
        "k = np.arange(-p, n + p), for n = H and for n = W; then x[np.ix_(rows, columns)]",
    ),
    reminders={"shape": "H + 2p rows and W + 2p columns",
               "value": "each new pixel shows a pixel of x, or a zero; x itself stands in the middle"},
    points=2,
    minutes=12, level=2, core=False,
    variants=(_pixel_by_pixel, _sides),
)

# --- kernels that keep the brightness ---


def _softmax(kernel):
    e = np.exp(kernel - kernel.max())
    return e / e.sum()


def _centered(kernel):
    out = kernel.astype(float)
    out[kernel.shape[0] // 2, kernel.shape[1] // 2] += 1 - kernel.sum()
    return out


def _one_by_one(kernel):
    out = kernel.copy()
    for place in np.ndindex(out.shape):
        out[place] = out[place] / out.sum()
    return out


def _in_place(kernel):
    kernel /= kernel.sum()
    return kernel


def _kernels(rng):
    return [(PRINTED_BLUR,), (np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]),),
            (rng.uniform(0.1, 1, size=(3, 5)).round(2),),
            case("negative entries", np.array([[0.0, -1.0, 0.0], [-1.0, 7.0, -1.0], [0.0, -1.0, 0.0]]))]


UNIT_SUM = Exercise(
    id="8.8",
    title="unit_sum",
    debrief="A kernel whose entries add up to 0, such as one for edges, has no such factor.",
    reference=lambda kernel: kernel / kernel.sum(),
    instances=_kernels,
    arguments=("kernel",),
    contract=Contract(shapes={"kernel": "RQ"}, negative="kernel"),
    mistakes=(
        Mistake("UNI-a", quiet(lambda k: k / k.size), "Divided by the number of entries. A picture of one gray stays "
                "as it is only if the entries themselves sum to 1."),
        Mistake("UNI-q", lambda k: k / PRINTED_BLUR.sum(), "Right for the printed kernel alone, whose sum is 0.85. "
                "Another kernel has another sum."),
        Mistake("UNI-r", quiet(_one_by_one), "The sum was taken anew for each entry, while the entries before had "
                "changed already."),
        Mistake("UNI-b", quiet(lambda k: k / k.max()), "Now the largest entry is 1. Which number should be?"),
        Mistake("UNI-c", lambda k: k + (1 - k.sum()) / k.size, "The sum is 1, but the same number was added to every "
                "entry: it is another kernel now. Keep the proportions."),
        Mistake("UNI-d", _centered, "The sum is 1, but only the middle entry was changed: keep the proportions of "
                "all of them."),
        Mistake("UNI-e", lambda k: k / np.sqrt((k**2).sum()), "That is a kernel of length 1: its squares sum to 1."),
        Mistake("UNI-f", lambda k: k / np.abs(k).sum(), "Where entries are negative the sum is not that of their "
                "sizes: what does one gray become?"),
        Mistake("UNI-g", lambda k: k * k.sum(), "Times the sum: a kernel that was too dark is darker still."),
        Mistake("UNI-h", _softmax, "A softmax sums to 1, but it is another kernel: equal steps have become equal "
                "factors."),
        Mistake("UNI-i", quiet(lambda k: k / k.sum(axis=1, keepdims=True)), "Each row sums to 1, so the whole sums to "
                "the number of rows."),
        Mistake("UNI-j", quiet(lambda k: k / k.sum(axis=0)), "Each column sums to 1, so the whole sums to the number "
                "of columns."),
        Mistake("UNI-k", _in_place, "The kernel that was handed in has changed too, and whole numbers cannot be "
                "divided in place. Make a new array."),
        Mistake("UNI-l", quiet(lambda k: k / k.mean()), "Now the mean of the entries is 1, and the sum is their "
                "number."),
        Mistake("UNI-m", lambda k: (k / k.sum()).round(2), "Rounded: the sum is no longer exactly 1."),
        Mistake("UNI-n", quiet(lambda k: (k - k.min()) / (k - k.min()).sum()), "The smallest entry has become 0. Only "
                "a common factor keeps the kernel what it is."),
        Mistake("UNI-o", lambda k: k // k.sum(), "// drops what lies behind the point."),
        Mistake("UNI-p", lambda k: k.sum(), "That is the sum. What has to be done with it?"),
    ),
    hints=(
        "On an area of one gray value g the result is g times the sum of the kernel. Make that sum 1 by one common "
        "factor.",
        "kernel / (sum of all its entries).",
        "kernel.sum()",
    ),
    reminders={"shape": "the result has the shape of the kernel",
               "value": "all entries change by the same factor"},
    minutes=3, level=1, core=True,
    variants=(lambda kernel: np.array([[value / np.sum(kernel) for value in row] for row in kernel]),
              lambda kernel: kernel * (1 / sum(map(sum, kernel)))),
)

# --- convolution of two signals ---


def _spread(f, g):
    out = np.zeros(len(f) + len(g) - 1)
    for m, value in enumerate(f):
        out[m:m + len(g)] += value * g
    return out


def _overwritten(f, g):
    out = np.zeros(len(f) + len(g) - 1)
    for m, value in enumerate(f):
        out[m:m + len(g)] = value * g
    return out


def _round_about(f, g):
    n = max(len(f), len(g))
    out = np.zeros(n)
    for i, value in enumerate(_spread(f, g)):
        out[i % n] += value
    return out


def _by_sums(f, g):
    return np.array([sum(f[m] * g[i - m] for m in range(len(f)) if 0 <= i - m < len(g))
                     for i in range(len(f) + len(g) - 1)])


def _wrapped_index(f, g):
    """g[i - m] with a negative index, which Python counts from the end."""
    return np.array([sum(f[m] * g[i - m] for m in range(len(f)) if i - m < len(g))
                     for i in range(len(f) + len(g) - 1)])


def _as_matrix(f, g):
    """Another way: a matrix whose columns are g, each one place lower."""
    T = np.zeros((len(f) + len(g) - 1, len(f)))
    for m in range(len(f)):
        T[m:m + len(g), m] = g
    return T @ f


def _signals(rng):
    return [(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0])), (rng.normal(size=4), rng.normal(size=3)),
            (rng.normal(size=2), rng.normal(size=5)), (rng.normal(size=6), rng.normal(size=6)),
            case("one value", np.array([2.0]), np.array([3.0])), case("a kernel of one value", rng.normal(size=4),
                                                                      np.array([-1.5]))]


CONVOLVE = Exercise(
    id="8.14",
    title="convolve",
    debrief="Multiplying two polynomials convolves their coefficients: (1 + x)^2 = 1 + 2 x + x^2 is [1, 1] * [1, 1] = "
            "[1, 2, 1].",
    library="course_lib.ops.convolve",
    reference=_spread,
    instances=_signals,
    arguments=("f", "g"),
    contract=Contract(zero="f", negative="g"),
    mistakes=(
        Mistake("CNV-a", lambda f, g: np.correlate(f, g, "full"), "That is the cross-correlation: g moves along f as "
                "it stands. In f * g the index of g is i - m, so it runs backwards."),
        Mistake("CNV-b", lambda f, g: np.correlate(g, f, "full"), "That is the cross-correlation with f moving along "
                "g. In f * g one of the two is turned round."),
        Mistake("CNV-c", lambda f, g: np.convolve(f, g, "valid"), "Only the places where the shorter signal lies "
                "wholly on the longer one. Wanted are all where they overlap, n + m - 1."),
        Mistake("CNV-d", lambda f, g: np.convolve(f, g, "same"), "As long as the longer signal: at both ends places "
                "are missing where the two overlap in part."),
        Mistake("CNV-e", lambda f, g: _spread(f, g)[::-1].copy(), "The right numbers, in reverse. Which two values "
                "meet in entry 0?"),
        Mistake("CNV-f", _overwritten, "Each value of f lays a copy of g down, and the copies overlap. What happens "
                "to what is there already?"),
        Mistake("CNV-g", _round_about, "What runs over the end comes in again at the beginning. Outside of a signal "
                "is zero."),
        Mistake("CNV-h", lambda f, g: _spread(f, g)[:-1], "The last place is missing: the last values of both meet "
                "there."),
        Mistake("CNV-i", lambda f, g: _spread(f, g)[1:], "The first place is missing: the first values of both meet "
                "there."),
        Mistake("CNV-j", _wrapped_index, "Where i - m is negative, Python counts from the end of g. Outside of a "
                "signal is zero."),
        Mistake("CNV-q", lambda f, g: np.append(_spread(f, g)[:-1], 0.0), "The last place stays 0: the last values of "
                "both meet there."),
        Mistake("CNV-k", lambda f, g: np.append(_spread(f, g), 0.0), "One place too many, always 0. Two signals of one "
                "value each overlap in one place."),
        Mistake("CNV-l", lambda f, g: _spread(f, g) / len(g), "The sum is divided by the length of g. A convolution "
                "is a sum, not a mean."),
        Mistake("CNV-m", lambda f, g: _spread(f, g)[:len(f)], "As long as f: the end of the overlap is cut off."),
        Mistake("CNV-n", lambda f, g: np.append(np.zeros(1), _spread(f, g)[:-1]), "Everything stands one place too far "
                "to the right. At which i do f[0] and g[0] meet?"),
        Mistake("CNV-o", lambda f, g: np.outer(f, g), "All products are there; those with the same sum of places "
                "belong together."),
        Mistake("CNV-p", lambda f, g: np.correlate(f, g, "valid") if len(f) >= len(g) else np.correlate(g, f, "valid"),
                "A sliding sum of products, only where both overlap wholly, and nothing is turned round."),
    ),
    hints=(
        "Value f[m] lays a copy of g down, f[m] times as large, beginning at place m. Add up the copies.",
        "(f * g)[i] = sum over m of f[m] g[i - m], with zeros outside.",
        "out = np.zeros(len(f) + len(g) - 1)",
    ),
    reminders={"shape": "n + m - 1 numbers", "value": "f[m] and g[k] meet at place m + k"},
    minutes=8, level=2, core=False,
    variants=(_by_sums, lambda f, g: np.convolve(f, g), _as_matrix),
)

EXERCISES = (BY_HAND, OUTPUT_SIZE, PAD_2D, UNIT_SUM, CONVOLVE)

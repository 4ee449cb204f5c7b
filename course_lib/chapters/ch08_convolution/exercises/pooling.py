"""Exercises on max pooling: forward, and who gets the gradient."""

import numpy as np

from course_lib.chapters.ch08_convolution import calls
from course_lib.chapters.ch08_convolution.exercises.common import creeping, windows
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- forward ---


@exchangeable
def _pooled(pick=lambda seen: seen.max(axis=(4, 5)), see=windows, last=lambda out, x: out, cached=lambda x, out: x):
    """The right answer, or one with another step."""

    @quiet
    def answer(x, f, s):
        out = last(pick(see(x, f, f, s)), x)
        return out, (cached(x, out), f, s)

    return answer


def _hanging(x, FH, FW, s):
    """Windows over the edge count too."""
    more = [-(-(n - FH) // s) * s + FH - n for n in x.shape[2:]]
    low = np.pad(x.astype(float), ((0, 0), (0, 0), (0, more[0]), (0, more[1])), constant_values=-np.inf)
    return windows(low, FH, FW, s)


def _largest_in_size(seen):
    """The entry that is largest in size, with its sign."""
    flat = seen.reshape(*seen.shape[:4], -1)
    return np.take_along_axis(flat, np.abs(flat).argmax(axis=-1)[..., None], -1)[..., 0]


def _last_left(out, x):
    out = out.astype(float)
    out[:, :, -1] = out[:, :, :, -1] = 0
    return out


def _maps(rng):
    first = np.array([[[[1.0, 3.0, 2.0, 0.0], [4.0, 2.0, 1.0, 5.0], [0.0, 1.0, 2.0, 3.0], [7.0, 0.0, 1.0, 6.0]]]])
    normal = lambda *shape: rng.normal(size=shape).round(2)
    return [(first, 2, 2), (normal(2, 3, 6, 4), 2, 2), case("overlapping windows", normal(3, 2, 5, 7), 3, 2),
            case("stride 1", normal(1, 3, 4, 5), 2, 1), case("something left over", normal(2, 3, 5, 6), 2, 3),
            case("one pixel a window", normal(2, 3, 3, 5), 1, 2), case("one window", normal(3, 2, 4, 4), 4, 1)]


def _pool_by_loops(x, f, s):
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - f) // s + 1, (W - f) // s + 1))
    for n, c, i, j in np.ndindex(out.shape):
        best = x[n, c, i * s, j * s]
        for u, v in np.ndindex(f, f):
            best = max(best, x[n, c, i * s + u, j * s + v])
        out[n, c, i, j] = best
    return out, [x, f, s]


def _pool_by_shifts(x, f, s):
    OH, OW = (x.shape[2] - f) // s + 1, (x.shape[3] - f) // s + 1
    shifted = [x[:, :, u:u + (OH - 1) * s + 1:s, v:v + (OW - 1) * s + 1:s] for u in range(f) for v in range(f)]
    return np.max(shifted, axis=0), (x, f, s)


def _as_wide_as_the_jump(x, f, s):
    """Windows s x s at the right places."""
    out = np.zeros(_pooled()(x, f, s)[0].shape)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = x[n, c, i * s:i * s + s, j * s:j * s + s].max()
    return out, (x, f, s)


POOL_FORWARD = Exercise(
    id="8.5",
    title="maxpool_forward",
    debrief="There is nothing to learn here; and the largest pixel may move within its window without changing that "
            "window's output.",
    library="course_lib.ops.maxpool2d_forward",
    from_library=calls.with_own_cache,
    reference=_pooled(),
    instances=_maps,
    call=calls.maxpool_forward,
    arguments=("x", "f", "s"),
    contract=Contract(shapes={"x": "NC.."}, zero="x", negative="x"),
    outputs=("out", "cached x", "cached f", "cached s"),
    mistakes=(
        Mistake("MPF-a", _pooled(lambda seen: seen.mean(axis=(4, 5))), "out: these are means. Max pooling keeps the "
                "largest number of a window."),
        Mistake("MPF-b", lambda x, f, s: (_pooled()(x, f, f)[0], (x, f, s)), "out: right where s = f. By how many "
                "pixels does the window jump, f or s?"),
        Mistake("MPF-c", lambda x, f, s: (_pooled()(x, f, 1)[0], (x, f, s)), "out: too large where s is above 1. How "
                "far does the window jump?"),
        Mistake("MPF-d", _pooled(last=lambda out, x: np.maximum(out, 0)), "out: where all pixels of a window are "
                "negative yours is 0. With which number does your maximum begin?"),
        Mistake("MPF-e", _pooled(lambda seen: seen.max(axis=(1, 4, 5))), "out: the largest over all channels. Each "
                "map is pooled by itself."),
        Mistake("MPF-f", _pooled(lambda seen: seen.min(axis=(4, 5))), "out: these are the smallest numbers."),
        Mistake("MPF-g", _pooled(lambda seen: np.abs(seen).max(axis=(4, 5))), "out: the largest size. A number of -3 "
                "is smaller than 1."),
        Mistake("MPF-h", _pooled(see=_hanging), "out: one window too many where something is left over. A window that "
                "hangs over the edge is left out."),
        Mistake("MPF-i", _pooled(lambda seen: seen.sum(axis=(4, 5))), "out: these are sums. Max pooling keeps the "
                "largest number of a window."),
        Mistake("MPF-j", _pooled(cached=lambda x, out: out), "cached x: it is the output. Where the maximum stood, "
                "the backward pass can only find in x."),
        Mistake("MPF-k", _pooled(last=_last_left), "out: the last row and the last column stay 0. How many places "
                "does a window have?"),
        Mistake("MPF-l", lambda x, f, s: (_pooled()(x, s, f)[0], (x, f, s)), "out: f and s are exchanged: f is the "
                "side of the window, s the jump."),
        Mistake("MPF-m", _pooled(_largest_in_size), "out: the number that is largest in size. A number of -3 is "
                "smaller than 1."),
        Mistake("MPF-n", _pooled(lambda seen: seen.max(axis=4)[..., 0]), "out: only the first column of each window "
                "has been looked at. A window has two directions."),
        Mistake("MPF-o", _pooled(lambda seen: seen.max(axis=5)[..., 0]), "out: only the first row of each window has "
                "been looked at. A window has two directions."),
        Mistake("MPF-p", _pooled(lambda seen: seen[:, :, :, :, -1, -1]), "out: the last pixel of each window, whatever "
                "stands in the others. What does your loop do with the largest so far?"),
        Mistake("MPF-q", _pooled(lambda seen: np.broadcast_to(seen[:1].max(axis=(4, 5)), seen.shape[:4])), "out: every "
                "image of the batch has the maps of the first one."),
        Mistake("MPF-r", _pooled(last=lambda out, x: out.transpose(0, 1, 3, 2)), "out: rows and columns of each map "
                "are exchanged."),
        Mistake("MPF-t", _pooled(lambda seen: seen.reshape(*seen.shape[:4], -1).argmax(axis=4)), "out: these are the "
                "places of the largest numbers inside of their windows, not the numbers."),
        Mistake("MPF-u", _pooled(see=lambda x, FH, FW, s: creeping(x, FH, FW, s, down=s)),
                "out: the window moves to the right by one pixel whatever s; down it is as it should be."),
        Mistake("MPF-v", _pooled(see=lambda x, FH, FW, s: creeping(x, FH, FW, s, right=s)),
                "out: the window moves down by one pixel whatever s; to the right it is as it should be."),
        Mistake("MPF-w", _as_wide_as_the_jump, "out: your window is as wide as its jump. Its side is f."),
        Mistake("MPF-s", _pooled(see=creeping),
                "out: the size is right, but neighboring windows lie one pixel apart. Where does window (i, j) begin?"),
    ),
    hints=(
        "The places of the windows are those of a convolution without padding; instead of a sum of products take the "
        "largest number of the window.",
        "out[n, c, i, j] = max over u, v of x[n, c, i s + u, j s + v].",
        "x[:, :, i * s:i * s + f, j * s:j * s + f].max(axis=(2, 3))",
    ),
    reminders={"shape": "out is (N, C, OH, OW) with OH = (H - f) // s + 1, OW likewise",
               "type": "the pair (out, cache) with cache = (x, f, s)",
               "value": "one number is the largest of its f x f window, which begins at (i s, j s)"},
    points=2,
    minutes=8, level=1, core=True,
    variants=(_pool_by_loops, _pool_by_shifts),
)

# --- backward ---


def _first(window, grad):
    sent = np.zeros(window.shape)
    sent.flat[window.argmax()] = grad
    return sent


@exchangeable
def _sent(share=_first, add=True, step=lambda f, s: s, last=lambda dx, x: dx):
    """The right answer, or one that shares out, adds up or places otherwise."""

    @quiet
    def answer(dout, cache):
        x, f, s = cache
        dx = np.zeros(x.shape)
        for n, c, i, j in np.ndindex(dout.shape):
            top, left = i * step(f, s), j * step(f, s)
            here = (n, c, slice(top, top + f), slice(left, left + f))
            sent = share(x[here], dout[n, c, i, j])
            dx[here] = dx[here] + sent if add else np.where(sent != 0, sent, dx[here])
        return last(dx, x)

    return answer


def _all_tied(window, grad):
    return grad * (window == window.max())


def _last_of_ties(window, grad):
    sent = np.zeros(window.shape)
    sent.flat[window.size - 1 - window[::-1, ::-1].argmax()] = grad
    return sent


def _at(place):
    """To the place that a function of the window gives."""

    def share(window, grad):
        sent = np.zeros(window.shape)
        sent[place(window)] = grad
        return sent

    return share


def _found(window):
    return tuple(map(int, np.unravel_index(window.argmax(), window.shape)))


def _by_column(window):
    v, u = np.unravel_index(window.T.argmax(), window.T.shape)
    return int(u), int(v)


def _hard(dout, cache):
    """Each window assigns all of its pixels."""
    x, f, s = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        here = (n, c, slice(i * s, i * s + f), slice(j * s, j * s + f))
        dx[here] = _first(x[here], dout[n, c, i, j])
    return dx


def _all_tied_hard(dout, cache):
    """Each window assigns all of its pixels, to every winner the whole gradient."""
    x, f, s = cache
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        here = (n, c, slice(i * s, i * s + f), slice(j * s, j * s + f))
        dx[here] = _all_tied(x[here], dout[n, c, i, j])
    return dx


def _placed(start):
    """The winner of the right window, put where another window would begin."""

    @quiet
    def answer(dout, cache):
        x, f, s = cache
        dx = np.zeros(x.shape)
        for n, c, i, j in np.ndindex(dout.shape):
            u, v = _found(x[n, c, i * s:i * s + f, j * s:j * s + f])
            dx[n, c, start(i) + u, start(j) + v] += dout[n, c, i, j]
        return dx

    return answer


def _whole_map(dout, cache):
    x, _, _ = cache
    dx = np.zeros(x.shape)
    for n, c in np.ndindex(x.shape[:2]):
        dx[n, c].flat[x[n, c].argmax()] = dout[n, c].sum()
    return dx


def _shortened(dout, cache):
    less = dout.copy()
    less[:, :, -1] = less[:, :, :, -1] = 0
    return _sent()(less, cache)


def _returns(rng):
    def maps(x, f, s):
        shape = (*x.shape[:2], (x.shape[2] - f) // s + 1, (x.shape[3] - f) // s + 1)
        return rng.normal(size=shape).round(2) + 3, (x, f, s)

    normal = lambda *shape: rng.normal(size=shape).round(2)
    first = np.array([[[[1.0, 3.0, 2.0, 0.0], [4.0, 2.0, 1.0, 5.0], [0.0, 1.0, 2.0, 3.0], [7.0, 0.0, 1.0, 6.0]]]])
    tied = np.array([[[[2.0, 2.0, 0.0, 1.0], [2.0, 1.0, 1.0, 1.0], [-3.0, -1.0, 4.0, 5.0], [-1.0, -2.0, 5.0, 5.0]]]])
    return [(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), (first, 2, 2)), maps(normal(2, 3, 6, 4), 2, 2),
            case("tie", np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), (tied, 2, 2)),
            case("overlapping windows", *maps(normal(2, 2, 5, 7), 3, 2)),
            case("stride 1", *maps(normal(1, 3, 4, 5), 2, 1)),
            case("something left over", *maps(normal(2, 2, 6, 9), 2, 3)),
            case("all negative", *maps(-1 - rng.uniform(size=(1, 2, 4, 6)).round(2), 2, 2)),
            case("ties and overlap", *maps(rng.integers(0, 2, size=(2, 2, 5, 7)).astype(float), 3, 2)),
            case("one pixel a window", *maps(normal(2, 3, 3, 4), 1, 1)),
            case("whole numbers in x", *maps(rng.integers(-5, 6, size=(1, 2, 4, 4)), 2, 2))]


def _search(dout, cache):
    """The first largest pixel by two loops; rows of a list."""
    x, f, s = cache
    dx = [[[[0.0] * x.shape[3] for _ in range(x.shape[2])] for _ in channels] for channels in x]
    for n, c, i, j in np.ndindex(dout.shape):
        best, place = -np.inf, None
        for u in range(i * s, i * s + f):
            for v in range(j * s, j * s + f):
                if x[n, c, u, v] > best:
                    best, place = x[n, c, u, v], (u, v)
        dx[n][c][place[0]][place[1]] += dout[n, c, i, j]
    return np.array(dx)


def _at_once(dout, cache):
    """All windows at once, with np.add.at."""
    x, f, s = cache
    winners = windows(x, f, f, s).reshape(*dout.shape, -1).argmax(axis=-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, c, i * s + winners // f, j * s + winners % f), dout)
    return dx


POOL_BACKWARD = Exercise(
    id="8.6",
    title="maxpool_backward",
    debrief="Where a window holds 2 x 2 pixels, three of them get no gradient from it.",
    library="course_lib.ops.maxpool2d_backward",
    from_library=calls.from_windows,
    reference=_sent(),
    instances=_returns,
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "NC..", "cache": ("NC..", "", "")}, zero="dout"),
    mistakes=(
        Mistake("MPB-1", _sent(_all_tied), "Where pixels are equally large, each of them gets the whole gradient. What "
                "if two have won?"),
        Mistake("MPB-2", _sent(lambda window, grad: _all_tied(window, grad) / (window == window.max()).sum()), "Where "
                "pixels are equally large they share the gradient. Here the first one has won.", convention=True),
        Mistake("MPB-3", _sent(add=False), "One pixel can win in two windows that overlap: yours keeps what the last "
                "one has sent."),
        Mistake("MPB-4", _sent(lambda window, grad: np.full(window.shape, grad / window.size)), "That is the gradient "
                "of average pooling. Which pixel alone has made the output?"),
        Mistake("MPB-5", _sent(lambda window, grad: _first(window, grad) * window), "The right place, times the pixel "
                "itself. The slope of a selection is one."),
        Mistake("MPB-6", _sent(step=lambda f, s: 1), "Right for stride 1 only. Where did window (i, j) begin?"),
        Mistake("MPB-a", _sent(_last_of_ties), "Where pixels are equally large yours goes to the last. In the "
                "course the first one wins, row by row.", convention=True),
        Mistake("MPB-b", _sent(_at(_by_column)), "Where pixels are equally large yours looks column by column. In the "
                "course the first one wins, row by row.", convention=True),
        Mistake("MPB-c", _sent(_at(lambda window: _found(window)[::-1])), "Row and column of the winner are "
                "exchanged."),
        Mistake("MPB-d", _sent(_at(lambda window: (0, 0))), "Everything goes to the first pixel of the window: where "
                "the winner stands inside of it is not added to the window's start."),
        Mistake("MPB-e", _sent(_at(lambda window: tuple(map(int, np.unravel_index(window.argmin(), window.shape))))),
                "The gradient goes to the smallest pixel. Which one has made the output?"),
        Mistake("MPB-f", _hard, "Each window writes all of its pixels, and so wipes out what a window before has left "
                "there."),
        Mistake("MPB-g", _sent(last=lambda dx, x: dx.astype(x.dtype)), "Where x holds whole numbers dx loses what lies "
                "behind the point. Which dtype does np.zeros_like(x) have?"),
        Mistake("MPB-h", _sent(step=lambda f, s: f), "Right where s = f. Where did window (i, j) begin?"),
        Mistake("MPB-i", _whole_map, "All of it goes to the largest pixel of the whole map. Each window has a winner "
                "of its own."),
        Mistake("MPB-j", _shortened, "The last row and column of windows send nothing back. How many windows are "
                "there?"),
        Mistake("MPB-q", _sent(_at(lambda window: _found(window) if window.max() > 0 else (0, 0))), "Where no pixel of "
                "a window is above 0 the gradient goes to its first one. With which number does your search begin?"),
        Mistake("MPB-k", _sent(last=lambda dx, x: dx * (x > 0)), "Negative pixels get nothing. That is ReLU; a "
                "negative pixel can be the largest."),
        Mistake("MPB-l", _sent(lambda window, grad: _first(window, 1.0)), "A mask of ones. What arrives from the "
                "layer above?"),
        Mistake("MPB-m", _sent(lambda window, grad: np.full(window.shape, grad)), "Every pixel of the window gets the "
                "whole gradient. Which one alone has made the output?"),
        Mistake("MPB-n", _all_tied_hard, "Each window writes all of its pixels, and every pixel that is as large as "
                "the largest gets the whole gradient."),
        Mistake("MPB-o", _placed(lambda i: 0), "Everything lands in the first window: u and v count from the start of "
                "their own."),
        Mistake("MPB-p", _placed(lambda i: i), "The winner is the right one, and lands in a window that begins at "
                "(i, j). Where does it begin?"),
    ),
    hints=(
        "Walk over the windows as in the forward pass. Find where the largest pixel of the window stands, and add "
        "dout there.",
        "dx[n, c, i s + u, j s + v] += dout[n, c, i, j], with (u, v) the first largest pixel of the window; its flat "
        "number is u f + v.",
        "u, v = divmod(window.argmax(), f)",
    ),
    reminders={"shape": "dx has the shape of x", "value": "each dout goes, whole, to one pixel; what meets there adds "
               "up"},
    points=3,
    minutes=12, level=2, core=True,
    variants=(_search, _at_once),
)

EXERCISES = (POOL_FORWARD, POOL_BACKWARD)

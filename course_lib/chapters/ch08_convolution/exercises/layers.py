"""Exercises on the convolution layer: forward, backward, a faulty listing, the transposed layer, one matrix product."""

from itertools import combinations

import numpy as np

from course_lib.chapters.ch08_convolution import calls
from course_lib.chapters.ch08_convolution.exercises.common import creeping, forward, padded, places, windows
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- forward ---


def _mixed(seen, w):
    """Every filter on every window, summed over channels and taps."""
    return np.einsum("ncijuv,kcuv->nkij", seen, w)


@exchangeable
def _layer(pad=padded, see=lambda xp, w, s: windows(xp, *w.shape[2:], s), mix=_mixed,
           bias=lambda b, w: b[:, None, None], last=lambda out, x: out, cached=lambda x, p: x):
    """The right answer, or one with another step."""

    @quiet
    def answer(x, w, b, stride, p):
        out = last(mix(see(pad(x, p), w, stride), w) + bias(b, w), x)
        return out, (cached(x, p), w, stride, p)

    return answer


def _late(xp, w, s):
    """Windows that begin at s - 1; the last one may hang over the edge."""
    (FH, FW), (H, W) = w.shape[2:], xp.shape[2:]
    seen = windows(xp[:, :, s - 1:, s - 1:], FH, FW, s)
    if seen.shape[2:4] != ((H - FH) // s + 1, (W - FW) // s + 1):
        raise ValueError("operands could not be broadcast together")
    return seen


def _late_by_entry(xp, w, s):
    try:
        return _late(xp, w, s)
    except ValueError:
        raise IndexError("index out of bounds") from None


def _one_column(xp, w, s):
    seen = windows(xp, *w.shape[2:], s)
    return np.broadcast_to(seen[:, :, :, :1], seen.shape)


def _one_channel(index):
    return lambda seen, w: np.einsum("nijuv,kuv->nkij", seen[:, index], w[:, index])


def _depthwise(seen, w):
    k = np.arange(len(w))
    return np.einsum("nkijuv,kuv->nkij", seen[:, k % seen.shape[1]], w[k, k % seen.shape[1]])


def _zero(*places):
    """Sets parts of the result to zero."""

    def last(out, x):
        out = out.copy()
        for place in places:
            out[place] = 0
        return out

    return last


_ALL = slice(None)
_LAST_ROW, _LAST_COLUMN = (_ALL, _ALL, -1), (_ALL, _ALL, _ALL, -1)
_FIRST_ROW, _FIRST_COLUMN = (_ALL, _ALL, 0), (_ALL, _ALL, _ALL, 0)


def _cut_from_x(x, w, b, stride, pad):
    """As many windows as with padding, cut from x itself."""
    if pad:
        raise ValueError("operands could not be broadcast together")
    return _layer()(x, w, b, stride, pad)


def _batches(rng):
    def batch(N, C, H, W, K, FH, FW, s, p):
        return (rng.normal(size=(N, C, H, W)).round(2), rng.normal(size=(K, C, FH, FW)).round(2),
                rng.normal(size=K).round(2) + 2, s, p)

    small = (np.array([[[[1.0, 2.0, 0.0], [3.0, 5.0, 1.0], [2.0, 4.0, 1.0]]]]), np.array([[[[1.0, -1.0], [2.0, 0.5]]]]),
             np.array([10.0]), 1, 0)
    return [
        small,
        (np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), np.array([[[[1.0, 2.0], [-1.0, 0.5]]], [[[0.0, 3.0], [1.0, -2.0]]]]),
         np.array([1.0, -1.0]), 1, 1),
        batch(2, 3, 4, 6, 4, 3, 2, 1, 0),
        case("stride 2", *batch(3, 2, 6, 7, 4, 3, 2, 2, 0)),
        case("stride 3", *batch(1, 2, 7, 9, 3, 2, 1, 3, 0)),
        case("padding", *batch(2, 3, 3, 4, 5, 2, 3, 1, 1)),
        case("padding 1 and stride 2", *batch(2, 2, 4, 6, 3, 3, 3, 2, 1)),
        case("padding 2", *batch(1, 2, 3, 4, 3, 3, 3, 1, 2)),
        case("stride 2, nothing left over", *batch(1, 3, 5, 7, 2, 3, 3, 2, 0)),
        case("one pixel a window", *batch(2, 3, 2, 4, 5, 1, 1, 1, 0)),
        case("a window as large as the image", *batch(3, 2, 3, 4, 5, 3, 4, 1, 0)),
        case("one pixel and padding 4", *batch(1, 1, 1, 1, 1, 3, 3, 1, 4)),
    ]


def _by_loops(x, w, b, stride, pad):
    """Seven loops over plain lists."""
    (N, C, H, W), (K, _, FH, FW) = x.shape, w.shape
    pixels, taps = x.tolist(), w.tolist()
    size = lambda n, f: (n + 2 * pad - f) // stride + 1
    out = np.zeros((N, K, size(H, FH), size(W, FW)))
    for n, k, i, j in np.ndindex(out.shape):
        total = float(b[k])
        for c, u, v in np.ndindex(C, FH, FW):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                total += pixels[n][c][row][column] * taps[k][c][u][v]
        out[n, k, i, j] = total
    return out, [x, w, stride, pad]


def _by_taps(x, w, b, stride, pad):
    """Tap by tap: each one shifts the image and adds it."""
    xp, (FH, FW) = padded(x, pad), w.shape[2:]
    OH, OW = (xp.shape[2] - FH) // stride + 1, (xp.shape[3] - FW) // stride + 1
    out = np.tile(b[None, :, None, None], (len(x), 1, OH, OW)).astype(float)
    for u in range(FH):
        for v in range(FW):
            shifted = xp[:, :, u:u + (OH - 1) * stride + 1:stride, v:v + (OW - 1) * stride + 1:stride]
            out += np.einsum("ncij,kc->nkij", shifted, w[:, :, u, v])
    return out, (x, w, stride, pad)


CONV_FORWARD = Exercise(
    id="8.3",
    title="conv2d_forward",
    debrief="The weights of a filter are the same at every place: a picture four times as large needs more work, and "
            "no more weights.",
    library="course_lib.ops.conv2d_forward",
    from_library=calls.with_own_cache,
    reference=_layer(),
    instances=_batches,
    call=calls.conv2d_forward,
    arguments=("x", "w", "b", "stride", "pad"),
    contract=Contract(shapes={"x": "NI..", "w": "OI..", "b": "O"}, whole="x", zero="x, b"),
    outputs=("out", "cached x", "cached w", "cached stride", "cached pad"),
    mistakes=(
        Mistake("CVF-1", _layer(mix=lambda seen, w: _mixed(seen, w[:, :, ::-1, ::-1])), "out: your kernel is turned "
                "by half a turn. That is the convolution of the signal books; a layer lays the kernel down as it "
                "stands.", convention=True),
        Mistake("CVF-2", _layer(mix=_depthwise), "out: each output channel sees one input channel only. Over which "
                "indices does the sum run?"),
        Mistake("CVF-3", _layer(see=_late), "out: right for stride 1 only, the first rows are skipped. Where does the "
                "first window begin?"),
        Mistake("CVF-4", _layer(see=lambda xp, w, s: creeping(xp, *w.shape[2:], s)), "out: the size is right, but "
                "neighboring windows lie one pixel apart whatever the stride. How far does the window jump?"),
        Mistake("CVF-5", _layer(bias=lambda b, w: 0), "out: set x to zero in your thoughts: what should come out? "
                "The bias is missing."),
        Mistake("CVF-6", _layer(bias=lambda b, w: w.shape[1] * b[:, None, None]), "out: the bias is added once for "
                "each input channel. A filter has one."),
        Mistake("CVF-7", _layer(pad=lambda x, p: np.pad(x, ((0, 0), (0, 0), (0, 2 * p), (0, 2 * p)))), "out: the zeros "
                "stand only at the right and below. On which sides are they added?"),
        Mistake("CVF-8", _layer(mix=lambda seen, w: _mixed(seen, w) / w.shape[1]), "out: a mean over the input "
                "channels. Sum or mean?"),
        Mistake("CVF-9", _layer(see=_one_column), "out: all columns are equal. Which index of the output is missing "
                "where you cut out the window?"),
        Mistake("CVF-a", _layer(see=_late_by_entry), "out: right for stride 1 only, and at the end the index runs out "
                "of the image. Where does the first window begin?"),
        Mistake("CVF-b", _layer(see=lambda xp, w, s: windows(xp, *w.shape[2:], 1)), "out: too large where the stride "
                "is above 1. How far does the window jump?"),
        Mistake("CVF-c", _layer(bias=lambda b, w: w[0].size * b[:, None, None]), "out: the bias is added to every "
                "product of the window. It belongs to the sum, once."),
        Mistake("CVF-d", _layer(mix=_one_channel(0)), "out: only the first input channel counts. Over which indices "
                "does the sum run?"),
        Mistake("CVF-e", _layer(mix=_one_channel(-1)), "out: only the last input channel counts, as if each channel "
                "overwrote the one before. =+ is no +=."),
        Mistake("CVF-f", _layer(mix=lambda seen, w: _mixed(seen, w) / w[0].size), "out: a mean over the window. A "
                "layer adds the products up."),
        Mistake("CVF-g", _layer(mix=lambda seen, w: _mixed(seen, w[:, :, :, ::-1])), "out: the kernel is mirrored from "
                "left to right. Which tap lies on the first column of the window?"),
        Mistake("CVF-h", _layer(last=lambda out, x: out.transpose(0, 2, 3, 1)), "out: the channels stand last. Here "
                "images are (N, C, H, W), outputs too.", convention=True),
        Mistake("CVF-i", _layer(last=lambda out, x: out.transpose(0, 1, 3, 2)), "out: rows and columns of each map "
                "are exchanged."),
        Mistake("CVF-j", _layer(pad=lambda x, p: x), "out: right without padding. Is it xp that your windows are cut "
                "from?"),
        Mistake("CVF-k", _layer(pad=lambda x, p: np.pad(x, ((0, 0), (0, 0), (2 * p, 0), (2 * p, 0)))), "out: the zeros "
                "stand only at the left and above. On which sides are they added?"),
        Mistake("CVF-l", _layer(last=lambda out, x: out.astype(x.dtype)), "out: where x holds whole numbers your "
                "results lose what lies behind the point. Which dtype do arrays made from x have?"),
        Mistake("CVF-m", _layer(cached=padded), "cached x: the cache is to hold x as it came, not with its border; "
                "the backward pass pads again."),
        Mistake("CVF-n", _layer(last=_zero(_LAST_ROW, _LAST_COLUMN)), "out: the last row and the last column stay 0. "
                "How many places does a window have?"),
        Mistake("CVF-o", _layer(mix=lambda seen, w: _mixed(seen, w[::-1, ::-1, ::-1, ::-1])), "out: np.flip without "
                "axes turns filters and channels round as well; and a layer flips nothing at all."),
        Mistake("CVF-p", _layer(last=lambda out, x: np.maximum(out, 0)), "out: negative results have become 0. ReLU is "
                "a layer of its own."),
        Mistake("CVF-q", _layer(mix=lambda seen, w: np.einsum("ncijuv,kcuv->nkij", seen[:1].repeat(len(seen), 0), w)),
                "out: every image of the batch has the map of the first one."),
        Mistake("CVF-r", _layer(mix=lambda seen, w: _mixed(seen, np.broadcast_to(w[:1], w.shape))), "out: all maps "
                "are those of the first filter. Filter k makes map k."),
        Mistake("CVF-s", _layer(bias=lambda b, w: b[0]), "out: every map gets the bias of the first filter."),
        Mistake("CVF-t", _layer(bias=lambda b, w: -b[:, None, None]), "out: the bias is subtracted."),
        Mistake("CVF-u", _layer(see=lambda xp, w, s: creeping(xp, *w.shape[2:], s, right=s)), "out: the window moves "
                "down by one pixel whatever the stride; to the right it is as it should be."),
        Mistake("CVF-aa", _layer(see=lambda xp, w, s: creeping(xp, *w.shape[2:], s, down=s)), "out: the window moves "
                "to the right by one pixel whatever the stride; down it is as it should be."),
        Mistake("CVF-ab", _layer(mix=lambda seen, w: np.einsum("ncijuv,kuv->nkij", seen, w[:, 0])), "out: every "
                "channel meets the first slice of the filter. Each has a slice of its own."),
        Mistake("CVF-ac", lambda x, w, b, stride, pad: (_layer()(x, w, b, stride, pad)[0], (x, w, pad, stride)),
                "cached stride: stride and pad are exchanged."),
        Mistake("CVF-v", _layer(last=_zero(_LAST_ROW)), "out: the last row stays 0. How many places does a window have "
                "in that direction?"),
        Mistake("CVF-w", _layer(last=_zero(_LAST_COLUMN)), "out: the last column stays 0. How many places does a "
                "window have in that direction?"),
        Mistake("CVF-x", _layer(last=_zero(_FIRST_ROW, _FIRST_COLUMN)), "out: the first row and the first column stay "
                "0. With which number does range begin if it is given one?"),
        Mistake("CVF-y", _layer(last=_zero(slice(1, None))), "out: only the first image has maps. Does a loop end "
                "early, by a return inside of it?"),
        Mistake("CVF-z", _cut_from_x, "Right without padding; with it the windows run over the edge. Are they cut from "
                "xp, and does its size, which has the padding in it already, get 2 pad once more?"),
    ),
    hints=(
        "For each place (i, j) of the output cut the window out of xp, for all images and channels at once; multiply "
        "by each filter, sum, add the bias.",
        "out[n, k, i, j] = b[k] + sum over c, u, v of xp[n, c, i stride + u, j stride + v] w[k, c, u, v].",
        "window = xp[:, :, i * stride:i * stride + FH, j * stride:j * stride + FW]",
    ),
    reminders={"shape": "out is (N, K, OH, OW) with OH = (H + 2 pad - FH) // stride + 1, OW likewise",
               "type": "the pair (out, cache) with cache = (x, w, stride, pad)",
               "value": "one number is the sum over a window in all channels, plus the bias of its filter"},
    points=3,
    minutes=18, level=2, core=True,
    variants=(_by_loops, _by_taps),
)

# --- backward ---


def _added(canvas, rows, columns, stamp):
    canvas[:, :, rows, columns] += stamp


def _written(canvas, rows, columns, stamp):
    canvas[:, :, rows, columns] = stamp


@exchangeable
def _back(scatter=_added, dx_at=1, kernel=lambda w: w,
          collect=lambda dout, seen, w: np.einsum("nkij,ncijuv->kcuv", dout, seen), seen_from=padded,
          cut=lambda dxp, x, p: dxp[:, :, p:p + x.shape[2], p:p + x.shape[3]],
          db=lambda dout: dout.sum(axis=(0, 2, 3))):
    """The right answer, or one with another step. dx_at : 1 for windows a stride apart, 0 for one pixel."""

    @quiet
    def answer(dout, cache):
        x, w, stride, pad = cache
        xp = padded(x, pad)
        dxp = np.zeros(xp.shape)
        for i, j, rows, columns in places(xp, w.shape[2:], stride):
            if not dx_at:
                rows, columns = slice(i, i + w.shape[2]), slice(j, j + w.shape[3])
            scatter(dxp, rows, columns, np.tensordot(dout[:, :, i, j], kernel(w), 1))
        seen = windows(seen_from(x, pad), *w.shape[2:], stride)
        return cut(dxp, x, pad), collect(dout, seen, w), db(dout)

    return answer


def _unpadded(dout, cache):
    """dw from windows of x itself, cut short or out of reach at the border."""
    if cache[3]:
        raise ValueError("operands could not be broadcast together")
    return _back()(dout, cache)


def _unpadded_by_entry(dout, cache):
    if cache[3]:
        raise IndexError("index out of bounds")
    return _back()(dout, cache)


def _creeping_back(dout, cache, rows=False):
    """dx and dw with windows one pixel apart; rows : these as the stride has them."""
    x, w, stride, pad = cache
    xp, dw = padded(x, pad), np.zeros(w.shape)
    dxp = np.zeros(xp.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        top = i * stride if rows else i
        here = (..., slice(top, top + w.shape[2]), slice(j, j + w.shape[3]))
        dxp[here] += np.tensordot(dout[:, :, i, j], w, 1)
        dw += np.tensordot(dout[:, :, i, j], xp[here], ([0], [0]))
    return dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw, dout.sum(axis=(0, 2, 3))


def _without_ends(dout, cache):
    """The last row and column of dout left out, but of db."""
    less = dout.copy()
    less[:, :, -1] = less[:, :, :, -1] = 0
    dx, dw, _ = _back()(less, cache)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _of_last(dout, *axes):
    """dout with zeros in all but the last place of these axes."""
    kept = np.zeros(dout.shape)
    place = tuple(-1 if axis in axes else _ALL for axis in range(4))
    kept[place] = dout[place]
    return kept


def _each_overwrites(dout, cache):
    """dx = in place of += in loops over images, filters and windows: the last filter's last window."""
    dx = _back(scatter=_written)(_of_last(dout, 1), cache)[0]
    return dx, *_back()(dout, cache)[1:]


def _first_image(dout, cache):
    less = dout.copy()
    less[1:] = 0
    return _back()(less, cache)


def _first_number(dout, cache):
    less = np.zeros(dout.shape)
    less[0, 0, 0, 0] = dout[0, 0, 0, 0]
    dx, dw, _ = _back()(less, cache)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def _without_last_row(dout, cache):
    less = dout.copy()
    less[:, :, -1] = 0
    return _back()(less, cache)


def _gradients(rng):
    def batch(N, C, H, W, K, FH, FW, s, p):
        OH, OW = (H + 2 * p - FH) // s + 1, (W + 2 * p - FW) // s + 1
        return (rng.normal(size=(N, K, OH, OW)).round(2),
                (rng.normal(size=(N, C, H, W)).round(2), rng.normal(size=(K, C, FH, FW)).round(2), s, p))

    small = (np.array([[[[1.0, 10.0], [100.0, -1.0]]]]),
             (np.array([[[[1.0, 2.0, 0.0], [3.0, 5.0, 1.0], [2.0, 4.0, 1.0]]]]),
              np.array([[[[1.0, -1.0], [2.0, 3.0]]]]), 1, 0))
    dout, (x, w, s, p) = batch(2, 2, 4, 5, 3, 2, 3, 1, 0)
    return [
        small,
        batch(1, 1, 2, 3, 2, 2, 2, 1, 1),
        batch(2, 3, 4, 6, 4, 3, 2, 1, 0),
        case("stride 2", *batch(3, 2, 6, 7, 4, 3, 2, 2, 0)),
        case("stride 3", *batch(1, 2, 7, 9, 3, 2, 1, 3, 0)),
        case("padding", *batch(2, 3, 3, 4, 5, 2, 3, 1, 1)),
        case("padding 1 and stride 2", *batch(2, 2, 4, 6, 3, 3, 3, 2, 1)),
        case("padding 2", *batch(1, 2, 3, 4, 3, 3, 3, 1, 2)),
        case("one pixel a window", *batch(2, 3, 2, 4, 5, 1, 1, 1, 0)),
        case("one pixel and padding 4", *batch(1, 1, 1, 1, 1, 3, 3, 1, 4)),
        case("whole numbers in x", dout, (rng.integers(-4, 5, size=x.shape), w, s, p)),
    ]


def _back_by_loops(dout, cache):
    x, w, stride, pad = cache
    (H, W), dx, dw, db = x.shape[2:], np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, k, i, j in np.ndindex(dout.shape):
        db[k] += dout[n, k, i, j]
        for c, u, v in np.ndindex(w.shape[1:]):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                dx[n, c, row, column] += dout[n, k, i, j] * w[k, c, u, v]
                dw[k, c, u, v] += dout[n, k, i, j] * x[n, c, row, column]
    return dx, dw, db


def _back_by_taps(dout, cache):
    """Tap by tap, as shifted images."""
    x, w, stride, pad = cache
    (FH, FW), (OH, OW) = w.shape[2:], dout.shape[2:]
    xp, dw = padded(x, pad), np.empty(w.shape)
    dxp = np.zeros(xp.shape)
    for u in range(FH):
        for v in range(FW):
            met = (..., slice(u, u + (OH - 1) * stride + 1, stride), slice(v, v + (OW - 1) * stride + 1, stride))
            dw[:, :, u, v] = np.tensordot(dout, xp[met], ([0, 2, 3], [0, 2, 3]))
            dxp[met] += np.einsum("nkij,kc->ncij", dout, w[:, :, u, v])
    return [dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]], dw, np.einsum("nkij->k", dout)]


CONV_BACKWARD = Exercise(
    id="8.4",
    title="conv2d_backward",
    debrief="A weight was used at every place, so its gradient is a sum over all places and pictures; a pixel's is "
            "one over the windows that it lies in.",
    library="course_lib.ops.conv2d_backward",
    from_library=calls.from_arguments,
    reference=_back(),
    instances=_gradients,
    arguments=("dout", "cache"),
    contract=Contract(shapes={"dout": "NO..", "cache": ("NI..", "OI..", "", "")}, zero="dout"),
    outputs=("dx", "dw", "db"),
    mistakes=(
        Mistake("CVB-1", _back(scatter=_written), "dx: only the last window over a pixel has survived. Windows "
                "overlap: what happens to what was there?"),
        Mistake("CVB-2", _back(collect=lambda dout, seen, w: np.einsum("kij,cijuv->kcuv", dout[-1], seen[-1])), "dw: "
                "that of the last image alone. Every image contributes to the shared filter."),
        Mistake("CVB-3", _back(cut=lambda dxp, x, p: dxp[:, :, :x.shape[2], :x.shape[3]]), "dx: shifted. Which part of "
                "the padded gradient belongs to x?"),
        Mistake("CVB-4", _unpadded, "Right without padding; with it the windows are not those of the forward pass. "
                "What did it see at the border?"),
        Mistake("CVB-5", _back(kernel=lambda w: w[:, :, ::-1, ::-1]), "dx: the kernel is turned by half a turn. "
                "Scatter, do not slide: which weight met which pixel?"),
        Mistake("CVB-6", _back(dx_at=0), "dx: right for stride 1. Where did window (i, j) begin?"),
        Mistake("CVB-7", _back(db=lambda dout: dout.mean(axis=(0, 2, 3))), "db: a mean. How often is one bias used?"),
        Mistake("CVB-8", _back(collect=lambda dout, seen, w: np.einsum("nkij,ncijuv->kcuv", dout, seen)[:, :, ::-1,
                                                                                                      ::-1]),
                "dw: each filter is turned by half a turn. Correlate x with dout: in which orientation?"),
        Mistake("CVB-a", _back(collect=lambda dout, seen, w: np.einsum("nk,ncuv->kcuv", dout[:, :, -1, -1],
                                                                       seen[:, :, -1, -1])),
                "dw: that of the last window alone. Every window contributes to the shared filter."),
        Mistake("CVB-b", _back(db=lambda dout: dout.sum(axis=(0, 2, 3)) / len(dout)), "db: divided by the number of "
                "images. The mean over the batch stands in the loss already."),
        Mistake("CVB-c", _back(collect=lambda dout, seen, w: np.einsum("nkij,ncijuv->kcuv", dout, seen) / len(dout)),
                "dw: divided by the number of images. The mean over the batch stands in the loss already."),
        Mistake("CVB-d", _unpadded_by_entry, "Right without padding; with it an index runs out of x. Which array did "
                "the forward pass read?"),
        Mistake("CVB-e", _back(cut=lambda dxp, x, p: dxp), "dx: it still has the border. x has none."),
        Mistake("CVB-f", _creeping_back, "dx: right for stride 1, and so is dw. Where did window (i, j) begin?"),
        Mistake("CVB-g", _back(db=lambda dout: dout.sum(axis=(2, 3))), "db: one number for each image and filter. The "
                "images share their biases."),
        Mistake("CVB-h", _back(db=lambda dout: dout.sum(axis=0)), "db: summed over the images only. At how many places "
                "is one bias added?"),
        Mistake("CVB-i", _back(db=lambda dout: dout.sum()), "db: one number for all filters. Which axis of dout "
                "belongs to the filters?"),
        Mistake("CVB-j", _back(cut=lambda dxp, x, p: dxp[:, :, 2 * p:, 2 * p:]), "dx: shifted: the whole border was "
                "cut off at the start. On which sides was it added?"),
        Mistake("CVB-k", _back(cut=lambda dxp, x, p: dxp[:, :, p:-p, p:-p]), "dx: right with padding; without it dx is "
                "empty. What is the slice 0:-0?"),
        Mistake("CVB-l", _without_ends, "dx: the last row and column of dout are left out, in dw too. How many windows "
                "are there?"),
        Mistake("CVB-m", _back(kernel=lambda w: w[:1] * np.ones(w.shape)), "dx: every filter sends back the weights "
                "of the first one."),
        Mistake("CVB-n", _back(cut=lambda dxp, x, p: dxp[:, :, p:p + x.shape[2], p:p + x.shape[3]].astype(x.dtype)),
                "dx: where x holds whole numbers dx loses what lies behind the point. Which dtype do arrays made from "
                "x have?"),
        Mistake("CVB-o", _back(collect=lambda dout, seen, w: np.einsum("nkij,ncijuv->kcuv", dout, seen)
                               .sum(axis=1, keepdims=True) * np.ones(w.shape)), "dw: all channels of a filter have "
                "the same gradient. Each tap meets the pixels of its own channel."),
        Mistake("CVB-p", _back(db=lambda dout: dout[-1].sum(axis=(1, 2))), "db: that of the last image alone."),
        Mistake("CVB-q", _back(scatter=_written, collect=lambda dout, seen, w: np.einsum(
            "nk,ncuv->kcuv", dout[:, :, -1, -1], seen[:, :, -1, -1])), "dx: each window overwrites what the ones "
                "before have left, in dw too. =+ is no +=."),
        Mistake("CVB-r", _each_overwrites, "dx: only the last filter's last window over a pixel has survived. What "
                "happens to what was there?"),
        Mistake("CVB-s", lambda dout, cache: (_back()(dout, cache)[0], _back()(_of_last(dout, 0, 2, 3), cache)[1],
                                              _back()(dout, cache)[2]),
                "dw: that of the last image's last window alone. What happens to what was there?"),
        Mistake("CVB-t", _back(db=lambda dout: dout[-1, :, -1, -1]), "db: the last number of dout alone. What happens "
                "to what was there?"),
        Mistake("CVB-u", _first_image, "dx: only the first image has a gradient. Does a loop end early, by a return "
                "inside of it?"),
        Mistake("CVB-w", lambda dout, cache: _creeping_back(dout, cache, rows=True), "dx: your windows move to the "
                "right by one pixel whatever the stride, in dw too. Where did window (i, j) begin?"),
        Mistake("CVB-x", lambda dout, cache: (_back()(np.ones(dout.shape), cache)[0], *_back()(dout, cache)[1:]), "dx: "
                "the weights alone. What arrives from above, at each window?"),
        Mistake("CVB-y", lambda dout, cache: (_back()(dout, cache)[0], _back()(np.ones(dout.shape), cache)[1],
                                              _back()(dout, cache)[2]),
                "dw: the windows alone. What arrives from above, at each of them?"),
        Mistake("CVB-z", _first_number, "dx: only the very first number of dout has been sent back. Does a return "
                "stand inside of the loops?"),
        Mistake("CVB-v", _without_last_row, "dx: the last row of dout is left out everywhere. How many windows are "
                "there?"),
    ),
    hints=(
        "Walk over the windows as in the forward pass. A window has made one number a filter: its dout goes back to "
        "the pixels, times the weights, and to the weights, times the pixels.",
        "window of dxp += sum over k of dout[n, k, i, j] w[k];  dw[k] += sum over n of dout[n, k, i, j] window[n];  "
        "db[k] = sum over n, i, j of dout.",
        "rows, columns = slice(i * stride, i * stride + FH), slice(j * stride, j * stride + FW);  "
        "dxp[n, :, rows, columns] += dout[n, k, i, j] * w[k]",
    ),
    reminders={"shape": "dx has the shape of x, dw that of w, db one number a filter",
               "value": "each product of the forward pass sends dout to both of its factors; what is shared adds up"},
    points=4,
    minutes=25, level=3, core=True,
    variants=(_back_by_loops, _back_by_taps),
)

# --- a listing with five slips ---

_SLIPS = {
    "B": "on which sides of the image do the zeros stand?",
    "D": "which of the two sizes counts the padding on both sides?",
    "E": "take stride 2: where do windows (0, 0) and (0, 1) begin, in each direction?",
    "G": "which channel of the image does each turn of the loop over c see?",
    "H": "what does it leave in out after two channels?",
}


def _listed(slips):
    """The listing with these of its slips still in it."""

    @quiet
    def answer(x, w, b, stride, pad):
        (N, C, H, W), (K, _, FH, FW) = x.shape, w.shape
        xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        start = 2 * pad if "B" in slips else pad
        xp[:, :, start:start + H, start:start + W] = x
        OH, OW = (H + 2 * pad - FH) // stride + 1, (W + (1 if "D" in slips else 2) * pad - FW) // stride + 1
        out = np.zeros((N, K, OH, OW))
        for i in range(OH):
            for j in range(OW):
                left = j + stride - 1 if "E" in slips else j * stride
                seen = xp[:, :, i * stride:i * stride + FH, left:left + FW]
                if "G" in slips:
                    seen = np.repeat(seen[:, :1], C, axis=1)
                used = slice(C - 1, None) if "H" in slips else slice(None)
                out[:, :, i, j] = np.einsum("ncuv,kcuv->nk", seen[:, used], w[:, used]) + b
        return out

    return answer


_COUNTED = {1: "One slip is left", 2: "Two slips are left", 3: "Three slips are left", 4: "Four slips are left",
            5: "All five slips are left"}
_UNTOUCHED = "LST-" + "".join(_SLIPS).lower()


def _repairs(rng):
    def batch(N, C, H, W, K, FH, FW, s, p):
        return (rng.normal(size=(N, C, H, W)).round(2), rng.normal(size=(K, C, FH, FW)).round(2),
                rng.normal(size=K).round(2) + 2, s, p)

    return [batch(1, 2, 3, 4, 1, 2, 3, 1, 0), batch(1, 1, 3, 4, 2, 2, 3, 1, 1), batch(2, 3, 4, 5, 4, 3, 2, 1, 1),
            case("stride 2", *batch(2, 3, 6, 7, 2, 3, 2, 2, 0)),
            case("stride 2 and padding", *batch(4, 2, 7, 5, 4, 2, 3, 2, 2)),
            case("stride 3", *batch(1, 2, 9, 10, 3, 3, 2, 3, 1)),
            case("one pixel and padding 4", *batch(1, 1, 1, 1, 1, 3, 3, 1, 4))]


REPAIR_CONV = Exercise(
    id="8.9",
    title="repaired_conv",
    debrief="On a gray picture, without padding and with stride 1, none of the five shows, not even =+: with one "
            "channel there is nothing to add up yet.",
    kind="bug",
    reference=_listed(""),
    instances=_repairs,
    untouched=_UNTOUCHED,
    arguments=("x", "w", "b", "stride", "pad"),
    contract=Contract(shapes={"x": "NI..", "w": "OI..", "b": "O"}, whole="x", zero="x, b"),
    mistakes=(
        *(Mistake(f"LST-{''.join(left).lower()}", _listed(left), f"{_COUNTED[number]}. "
                  f"{'Ask' if number == 1 else 'For the first, from above, ask'}: {_SLIPS[left[0]]}")
          for number in range(1, 6) for left in combinations(_SLIPS, number)),
        Mistake("LST-x", lambda x, w, b, stride, pad: _listed("")(x, w, 0 * b, stride, pad), "The bias has gone "
                "missing. Line I was right."),
        Mistake("LST-y", lambda x, w, b, stride, pad: _listed("")(x, w, w.shape[1] * b, stride, pad), "Now the bias is "
                "added once for each channel. Line I was right where it stood."),
        Mistake("LST-z", lambda x, w, b, stride, pad: _listed("")(x, w[:, :, ::-1, ::-1], b, stride, pad), "All five "
                "are repaired, but the kernel is turned by half a turn now. A layer lays it down as it stands."),
    ),
    hints=(
        "Go through it with one small example of two channels, stride 2 and padding 1, line by line.",
        "One slip is about where x stands among the zeros, one about a size, one about a place, one about a channel "
        "and one about an operator.",
        "Lines A, C, F and I are right.",
    ),
    reminders={"shape": "out is (N, K, OH, OW) with OH = (H + 2 pad - FH) // stride + 1, OW likewise",
               "value": "one number is the sum over a window in all channels, plus the bias of its filter"},
    points=3,
    minutes=15, level=2, core=False,
    variants=(lambda x, w, b, stride, pad: _by_loops(x, w, b, stride, pad)[0], forward),
)

# --- the transposed layer ---


@exchangeable
def _stamped(stamp=_added, step=lambda s: s, kernel=lambda w: w,
             cut=lambda full, p, s, x: full[:, :, p:full.shape[2] - p, p:full.shape[3] - p]):
    """The right answer, or one with another step."""

    @quiet
    def answer(x, w, stride, pad):
        (N, _, H, W), (_, K, FH, FW) = x.shape, w.shape
        full = np.zeros((N, K, (H - 1) * stride + FH, (W - 1) * stride + FW))
        for i in range(H):
            for j in range(W):
                top, left = np.array([i, j]) * step(stride)
                stamp(full, slice(top, top + FH), slice(left, left + FW), np.tensordot(x[:, :, i, j], kernel(w), 1))
        return cut(full, pad, stride, x)

    return answer


def _slid(x, w, stride, pad):
    """An ordinary convolution with the filters of the transposed one."""
    return forward(padded(x, w.shape[2]), w.transpose(1, 0, 2, 3), np.zeros(w.shape[1]), stride, pad)


def _stamps(rng):
    def batch(N, C, H, W, K, F, s, p):
        return rng.normal(size=(N, C, H, W)).round(2), rng.normal(size=(C, K, F, F)).round(2), s, p

    return [(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), np.array([[[[1.0, 10.0], [100.0, -1.0]]]]), 1, 0),
            (np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]),
             2, 0),
            batch(2, 3, 2, 4, 4, 3, 1, 0),
            case("stride 2", *batch(3, 2, 3, 4, 5, 3, 2, 0)),
            case("padding", *batch(2, 3, 4, 3, 2, 3, 1, 1)),
            case("stride 2 and padding", *batch(2, 2, 3, 5, 4, 4, 2, 1)),
            case("gaps between the stamps", *batch(1, 2, 2, 3, 3, 2, 3, 0)),
            case("one pixel", *batch(2, 3, 1, 1, 2, 2, 1, 0))]


def _gathered(x, w, stride, pad):
    """Another way: each output pixel asks which stamps cover it."""
    (N, _, H, W), (_, K, F, _) = x.shape, w.shape
    out = np.zeros((N, K, (H - 1) * stride + F - 2 * pad, (W - 1) * stride + F - 2 * pad))
    for a, b in np.ndindex(out.shape[2:]):
        for i, j in np.ndindex(H, W):
            u, v = a + pad - i * stride, b + pad - j * stride
            if 0 <= u < F and 0 <= v < F:
                out[:, :, a, b] += x[:, :, i, j] @ w[:, :, u, v]
    return out


def _as_convolution(x, w, stride, pad):
    """Another way: zeros between the pixels, then a convolution with the kernel turned round."""
    (N, C, H, W), F = x.shape, w.shape[2]
    apart = np.zeros((N, C, (H - 1) * stride + 1, (W - 1) * stride + 1))
    apart[:, :, ::stride, ::stride] = x
    full = forward(apart, w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3), np.zeros(w.shape[1]), 1, F - 1)
    return full[:, :, pad:len(full[0, 0]) - pad, pad:len(full[0, 0, 0]) - pad]


TRANSPOSED = Exercise(
    id="8.13",
    title="transposed_conv2d",
    debrief="With f = s every pixel of the canvas gets one stamp, with f = 2 s every inner one four: multiples of the "
            "stride leave no checkerboard of counts.",
    library="course_lib.ops.transposed_conv2d_forward",
    from_library=calls.without_bias,
    reference=_stamped(),
    instances=_stamps,
    arguments=("x", "w", "stride", "pad"),
    contract=Contract(shapes={"x": "NI..", "w": "IO.."}, whole="x", zero="x"),
    mistakes=(
        Mistake("TCV-1", _stamped(kernel=lambda w: w[:, :, ::-1, ::-1]), "The kernel is turned by half a turn. Stamp "
                "it as it stands."),
        Mistake("TCV-2", _stamped(stamp=_written), "There are seams: neighboring stamps overlap, and the later one "
                "has wiped out what was there."),
        Mistake("TCV-3", _stamped(step=lambda s: 1), "The canvas has the right size, but everything stands in one "
                "corner. How far apart are the stamps?"),
        Mistake("TCV-4", _stamped(cut=lambda full, p, s, x: full), "Too large by 2 pad: in a transposed convolution "
                "padding removes pixels."),
        Mistake("TCV-5", _stamped(cut=lambda full, p, s, x: padded(full, p)), "Too large by 4 pad: in a transposed "
                "convolution padding removes pixels, it adds none."),
        Mistake("TCV-6", _stamped(cut=lambda full, p, s, x: full[:, :, p:, p:][:, :, :x.shape[2] * s, :x.shape[3] * s]),
                "Cut to stride times the size of x. With stride 1 and a kernel of 2, two pixels become three: how many "
                "does the formula give?"),
        Mistake("TCV-a", _stamped(kernel=lambda w: w.transpose(0, 1, 3, 2)), "Rows and columns of the kernel are "
                "exchanged."),
        Mistake("TCV-b", _stamped(cut=lambda full, p, s, x: full[:, :, p:-p, p:-p]), "Right with padding; without it "
                "nothing is left. What is the slice 0:-0?"),
        Mistake("TCV-c", lambda x, w, stride, pad: _stamped()(x[:, :1], w[:1], stride, pad), "Only the first channel "
                "of x has been stamped."),
        Mistake("TCV-d", lambda x, w, stride, pad: _stamped()(x, w, stride, pad) / len(w), "A mean over the channels "
                "of x. Stamps add up."),
        Mistake("TCV-e", _stamped(cut=lambda full, p, s, x: full[:, :, :full.shape[2] - 2 * p, :full.shape[3] - 2 * p]),
                "Shifted: all of the padding was cut off at the end. It removes pixels on every side."),
        Mistake("TCV-f", _stamped(cut=lambda full, p, s, x: full[:, :, 2 * p:, 2 * p:]), "Shifted: all of the padding "
                "was cut off at the start. It removes pixels on every side."),
        Mistake("TCV-g", quiet(lambda x, w, stride, pad: forward(x, w.transpose(1, 0, 2, 3), np.zeros(w.shape[1]),
                                                                 stride, pad)),
                "That is the ordinary layer: it makes images smaller. The transposed one makes them larger."),
        Mistake("TCV-h", _slid, "The kernel slides over x with a border of zeros. Turn it round: each pixel of x is "
                "stamped, stride apart."),
        Mistake("TCV-k", _stamped(step=lambda s: np.array([s, 1])), "The stamps stand apart in one direction only: to "
                "the right they move by one pixel."),
        Mistake("TCV-l", _stamped(step=lambda s: np.array([1, s])), "The stamps stand apart in one direction only: "
                "down they move by one pixel."),
        Mistake("TCV-m", lambda x, w, stride, pad: _stamped()(np.ones(x.shape), w, stride, pad), "All stamps are "
                "equal. A pixel stamps the kernel times its value."),
        Mistake("TCV-i", lambda x, w, stride, pad: _stamped(stamp=_written)(x[:, -1:], w[-1:], stride, pad), "There "
                "are seams, and only the last channel is left: each stamp wipes out what was there."),
        Mistake("TCV-j", lambda x, w, stride, pad: _stamped()(x, np.broadcast_to(w[:, :1], w.shape), stride, pad),
                "All maps are those of the first output channel: w is (C, K, F, F)."),
    ),
    hints=(
        "Begin with a canvas of zeros, as large as all stamps need, and add one stamp for each pixel of x. The padding "
        "is cut off last.",
        "canvas[n, k, i stride + u, j stride + v] += sum over c of x[n, c, i, j] w[c, k, u, v];  its side is "
        "(H - 1) stride + F.",
        "full = np.zeros((N, K, (H - 1) * stride + F, (W - 1) * stride + F))",
    ),
    reminders={"shape": "(N, K, OH, OW) with OH = (H - 1) stride - 2 pad + F, OW likewise",
               "value": "pixel (i, j) lays x[i, j] times the kernel down, beginning at (i stride, j stride)"},
    points=2,
    minutes=15, level=3, core=False,
    variants=(_gathered, _as_convolution),
)

# --- windows as rows ---


@exchangeable
def _rows(order="nijcuv", merge=lambda a: a.reshape(len(a), a.shape[1] * a.shape[2], -1), see=windows):
    """The right answer, or one with the axes in another order or joined otherwise."""

    @quiet
    def answer(x, f, s):
        return merge(np.einsum(f"ncijuv->{order}", see(x, f, f, s)).copy())

    return answer


def _each_at(number):
    """Windows one by one into the row that a function gives."""

    def answer(x, f, s):
        right = _rows(merge=lambda a: a)(x, f, s)
        N, OH, OW = right.shape[:3]
        out = np.zeros((N, OH * OW, right[0, 0, 0].size))
        for i, j in np.ndindex(OH, OW):
            out[:, number(i, j, OH, OW)] = right[:, i, j].reshape(N, -1)
        return out

    return answer


def _images(rng):
    return [(np.arange(1.0, 13.0).reshape(1, 1, 3, 4), 2, 1), (np.arange(1.0, 19.0).reshape(1, 2, 3, 3), 2, 1),
            (rng.normal(size=(2, 3, 4, 6)).round(2), 3, 1),
            case("stride 2", rng.normal(size=(3, 2, 6, 7)).round(2), 3, 2),
            case("stride 3", rng.normal(size=(2, 2, 5, 8)).round(2), 2, 3),
            case("one pixel a window", rng.normal(size=(2, 3, 2, 4)).round(2), 1, 1),
            case("one window", rng.normal(size=(2, 3, 4, 4)).round(2), 4, 1)]


def _by_index(x, f, s):
    N, C, H, W = x.shape
    OH, OW = (H - f) // s + 1, (W - f) // s + 1
    out = np.zeros((N, OH * OW, C * f * f))
    for i, j, c, u, v in np.ndindex(OH, OW, C, f, f):
        out[:, i * OW + j, (c * f + u) * f + v] = x[:, c, i * s + u, j * s + v]
    return out


def _by_tap(x, f, s):
    N, C, H, W = x.shape
    OH, OW = (H - f) // s + 1, (W - f) // s + 1
    taps = [x[:, :, u:u + (OH - 1) * s + 1:s, v:v + (OW - 1) * s + 1:s].reshape(N, C, 1, OH * OW)
            for u in range(f) for v in range(f)]
    return np.concatenate(taps, axis=2).reshape(N, C * f * f, OH * OW).transpose(0, 2, 1)


IM2COL = Exercise(
    id="8.15",
    title="im2col",
    debrief="On the way back each pixel adds up the gradients of all its copies: this is the scatter of (8.8), after "
            "one matrix product.",
    library="course_lib.ops.im2col",
    reference=_rows(),
    instances=_images,
    arguments=("x", "f", "s"),
    contract=Contract(shapes={"x": "NC.."}, zero="x"),
    mistakes=(
        Mistake("COL-a", _rows("nijuvc"), "Within a row the channels stand last. w.reshape(K, -1) has them first.",
                convention=True),
        Mistake("COL-b", _rows("ncuvij", lambda a: a.reshape(len(a), np.prod(a.shape[1:4]), -1)), "The windows are "
                "columns here; wanted are rows, one a window.", convention=True),
        Mistake("COL-c", _rows("njicuv"), "The windows come column by column. The first one's neighbor is the one to "
                "its right."),
        Mistake("COL-d", _rows(see=lambda x, f, g, s: windows(x, f, g, 1)), "Too many windows where s is above 1."),
        Mistake("COL-e", _rows(see=lambda x, f, g, s: windows(x, f, g, s)[..., ::-1, ::-1]), "Each window is turned by "
                "half a turn. It is copied as it stands."),
        Mistake("COL-f", _rows("nijcvu"), "Within a window the pixels come column by column. Row by row is asked for, "
                "as reshape does it."),
        Mistake("COL-g", _rows(merge=lambda a: a), "The right numbers, not yet joined: (N, OH OW, C f f) has three "
                "axes."),
        Mistake("COL-h", _rows(merge=lambda a: a.reshape(np.prod(a.shape[:3]), -1)), "The images have run together: "
                "the first axis is N."),
        Mistake("COL-i", _rows("nijcuv", lambda a: a.reshape(len(a), a.shape[1] * a.shape[2], -1)[:, :-1]), "The last "
                "window is missing."),
        Mistake("COL-j", _rows("ncijuv", lambda a: a.reshape(len(a), -1, a.shape[-1] ** 2)), "Each channel has windows "
                "of its own. A row holds all channels of one place."),
        Mistake("COL-k", _rows(see=creeping), "As many windows as there should be, but one pixel apart. Where does "
                "window (i, j) begin?"),
        Mistake("COL-n", _each_at(lambda i, j, OH, OW: i * OH + j), "Rows are written over each other, and others stay "
                "0. How many windows stand in one row of them, OH or OW?"),
        Mistake("COL-o", _rows("ncijuv", lambda a: a.reshape(len(a), a.shape[2] * a.shape[3], -1)), "The windows lie "
                "in an array (N, C, OH, OW, f, f), and it was only reshaped: bring the axes into the order in which "
                "they are wanted first."),
        Mistake("COL-p", _rows(see=lambda x, f, g, s: creeping(x, f, g, s, down=s)),
                "The windows move to the right by one pixel whatever s; down it is as it should be."),
        Mistake("COL-l", _rows("nijcuv", lambda a: a.reshape(len(a), -1, a.shape[1] * a.shape[2])), "The right numbers "
                "in the right order, but a row is cut off after OH OW of them. How many has one window?"),
        Mistake("COL-m", _rows("ijncuv", lambda a: a.reshape(a.shape[0] * a.shape[1], a.shape[2], -1)), "The places "
                "stand first and the images second: exchange these two axes."),
    ),
    hints=(
        "One row is one window with all its channels, laid flat. Which windows are there, and in which order?",
        "row i OW + j of image n is x[n, :, i s : i s + f, j s : j s + f], reshaped to one line.",
        "x[:, :, i:i + f, j:j + f].reshape(N, -1) is one row of every image",
    ),
    reminders={"shape": "(N, OH OW, C f f) with OH = (H - f) // s + 1, OW likewise",
               "value": "a row is one window: its first channel row by row, then the next channel"},
    points=2,
    minutes=12, level=2, core=False,
    variants=(_by_index, _by_tap),
)

EXERCISES = (CONV_FORWARD, CONV_BACKWARD, REPAIR_CONV, TRANSPOSED, IM2COL)

"""Convolution, pooling and dense layers on a block of samples that lie side by side: arrays (channels, H, W, lanes).

The lanes are L samples. A step of every loop then does the same for all of them, in vectors that need neither a
gather nor a remainder: one weight times L neighboring numbers. (With samples outermost, NCHW, the numbers that one
weight meets are rows of an image, too short for a vector and off by one for each tap.) A batch is cut into blocks of L;
the places of a last block that is not full hold a sample once more, and no gradient.

`rows` and `lanes` are tuples whose lengths give the size of the tiles, see `vectors`. Where the results are no multiple
of the rows of a tile, the last tile begins earlier and computes some results again. An array that a padded convolution
reads lies inside a frame of zeros, `frame` numbers wide on each side.

Beside each kernel stands what it computes, plainly, in NumPy: its twin, to be read first, and what runs without Numba.
"""

import numpy as np

from course_lib.kernels import vectors
from course_lib.kernels.jit import kernel
from course_lib.kernels.mathfun import exp, log


def inside(x, frame):
    """The array without its frame, a view."""
    return x[:, frame : x.shape[1] - frame, frame : x.shape[2] - frame]


def _padded(x, pad):
    """Zeros around the images; a negative pad takes away what stands first, and no window reaches beyond the others."""
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0))) if pad >= 0 else x[:, -pad:, -pad:]


def _windows(x, size, stride, height, width):
    """(size^2, C, height, width, L): the numbers that each window sees, row by row."""
    return np.stack([x[:, i : i + stride * (height - 1) + 1 : stride, j : j + stride * (width - 1) + 1 : stride]
                     for i in range(size) for j in range(size)])


# ---- samples into lanes ----------------------------------------------------------------------------------------------


def _gather_twin(images, chosen, first, moves, scale, x, frame):
    height, width = images.shape[2:]
    places = np.minimum(np.arange(first, first + x.shape[3]), len(chosen) - 1)
    target = inside(x, frame)
    target[:] = 0
    for lane, place in enumerate(places):
        down, right = moves[place]
        rows, columns = (slice(max(0, by), size + min(0, by)) for by, size in ((down, height), (right, width)))
        from_rows, from_columns = (slice(max(0, -by), size + min(0, -by))
                                   for by, size in ((down, height), (right, width)))
        target[:, rows, columns, lane] = images[chosen[place], :, from_rows, from_columns] * x.dtype.type(scale)


@kernel(twin=_gather_twin, nogil=True)
def gather(images, chosen, first, moves, scale, x, frame):
    """x[:, :, :, l] = scale * images[chosen[first + l]], moved by moves[first + l] = (down, right)."""
    channels, height, width = images.shape[1], images.shape[2], images.shape[3]
    rows, columns, L, one = x.shape[1], x.shape[2], x.shape[3], (None,)
    real = x.dtype.type
    factor, zero = real(scale), real(0)
    pixels = images.reshape(-1)
    for c in range(channels):
        for i in range(height):  # a row of all lanes at once stays in the nearest cache
            for lane in range(L):
                place = min(first + lane, chosen.size - 1)
                image, row, right = chosen[place], i - moves[place, 0], moves[place, 1]
                left, end = (max(0, right), width + min(0, right)) if 0 <= row < height else (width, width)
                source = ((image * channels + c) * height + row) * width - right
                at = ((c * rows + i + frame) * columns + frame) * L + lane
                # A vector of one number: else LLVM makes scattered stores, which take half as long again.
                if end - left < width:
                    for j in range(width):
                        vectors.store(vectors.fill(one, one, x, zero), x, at + j * L, 0)
                for j in range(left, end):
                    value = factor * real(pixels[np.uint64(source + j)])  # unsigned: no test for places from the end
                    vectors.store(vectors.fill(one, one, x, value), x, at + j * L, 0)


# ---- convolution -----------------------------------------------------------------------------------------------------


def packed_shape(w, rows, flipped):
    """Shape of the array that `pack` fills."""
    outputs, inputs = (w.shape[1], w.shape[0]) if flipped else w.shape[:2]
    return -(-outputs // rows), inputs, *w.shape[2:], rows


def pack(w, flipped, packed):
    """Weights (K, C, FH, FW) in the order in which the tiles of `convolve` read them: (tiles, C, FH, FW, rows).

    `flipped` turns every filter round and exchanges inputs and outputs, for the way back.
    """
    if flipped:
        w = w[:, :, ::-1, ::-1].swapaxes(0, 1)
    rows = packed.shape[-1]
    for tile, target in enumerate(packed):
        first = min(tile * rows, len(w) - rows)
        target[:] = w[first : first + rows].transpose(1, 2, 3, 0)


def _convolve_twin(rows, lanes, x, w, b, out, codes, options):
    frame, out_frame, pad, pool, relu = options
    target = inside(out, out_frame)
    height, width = pool * target.shape[1], pool * target.shape[2]
    weights = np.empty((len(b), *w.shape[1:4]), w.dtype)
    for tile in range(len(w)):
        first = min(tile * len(rows), len(b) - len(rows))
        weights[first : first + len(rows)] = np.moveaxis(w[tile], -1, 0)
    x = _padded(inside(x, frame), pad)
    z = np.zeros((len(b), height, width, x.shape[3]), x.dtype) + b[:, None, None, None]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = x[:, i : i + height, j : j + width]
            z[:, : part.shape[1], : part.shape[2]] += np.tensordot(weights[:, :, i, j], part, axes=1)
    windows = _windows(z, pool, pool, *target.shape[1:3])
    best = windows.max(axis=0)
    if codes.size:
        codes[:] = windows.argmax(axis=0)
        if relu:
            codes[best <= 0] = pool * pool
    target[:] = np.maximum(best, 0) if relu else best


@kernel(twin=_convolve_twin, nogil=True)
def convolve(rows, lanes, x, w, b, out, codes, options):
    """Cross-correlation, bias, ReLU and max-pooling, everything between in registers.

    x (C, H, W, L) inside `frame`; w from `pack`; b (K,); out (K, OH, OW, L) inside `out_frame`; codes of the shape of
    out without frame, or empty: which number of its window each maximum is, `pool`^2 where ReLU gave 0. options =
    (frame, out_frame, pad, pool, relu): pad zeros on each side, windows of pool x pool, 1 for none.
    """
    R, L = len(rows), len(lanes)
    frame, out_frame, pad, pool, relu = options[0], options[1], options[2], options[3], options[4]
    channels, x_rows, x_columns = x.shape[0], x.shape[1], x.shape[2]
    x_height, x_width = x_rows - 2 * frame, x_columns - 2 * frame
    tiles, height, width = w.shape[0], w.shape[2], w.shape[3]
    outputs, out_rows, out_columns = out.shape[0], out.shape[1], out.shape[2]
    start, start_code = (0.0, pool * pool) if relu else (-np.inf, 0)
    plain = not relu and pool == 1
    for i in range(out_rows - 2 * out_frame):
        for tile in range(tiles):
            first = min(tile * R, outputs - R)
            for j in range(out_columns - 2 * out_frame):
                best = vectors.fill(rows, lanes, out, start)
                code = vectors.fill(rows, lanes, codes, start_code)
                for p in range(pool):
                    y = pool * i + p - pad
                    top, end = max(0, -y), min(height, x_height - y)
                    for q in range(pool):
                        z = pool * j + q - pad
                        left, right = max(0, -z), min(width, x_width - z)
                        sums = vectors.spread(rows, lanes, b, first)
                        for c in range(channels):
                            w_at = (((tile * channels + c) * height + top) * width + left) * R
                            x_at = ((c * x_rows + y + top + frame) * x_columns + z + left + frame) * L
                            for _ in range(top, end):
                                for k in range(right - left):
                                    sums = vectors.multiply_add(sums, w, w_at + R * k, 1, x, x_at + L * k)
                                w_at += width * R
                                x_at += x_columns * L
                        if plain:
                            best = sums
                        else:
                            if codes.size > 0:
                                code = vectors.which(code, p * pool + q, best, sums)
                            best = vectors.larger(best, sums)
                at = ((first * out_rows + i + out_frame) * out_columns + j + out_frame) * L
                vectors.store(best, out, at, out_rows * out_columns * L)
                if codes.size > 0:
                    at = ((first * codes.shape[1] + i) * codes.shape[2] + j) * L
                    vectors.store(code, codes, at, codes.shape[1] * codes.shape[2] * L)


def _convolve_weights_twin(cells, columns, short, lanes, d, codes, dz, x, sums, dw, db, options):
    frame, pad, pool = options
    outputs, height, width = d.shape[:3]
    spread = np.repeat(np.repeat(d, pool, axis=1), pool, axis=2)
    if codes.size:
        won = np.repeat(np.repeat(codes, pool, axis=1), pool, axis=2)
        own = pool * (np.arange(pool * height) % pool)[:, None] + np.arange(pool * width) % pool
        spread = np.where(won == own[:, :, None], spread, 0)
    if codes.size and dz.shape[:3] == spread.shape[:3]:
        dz[:] = spread
    x = _padded(inside(x, frame), pad)
    flat = spread.reshape(outputs, -1)
    for i in range(dw.shape[2]):
        for j in range(dw.shape[3]):
            dw[:, :, i, j] += flat @ x[:, i : i + pool * height, j : j + pool * width].reshape(len(x), -1).T
    db += flat.sum(axis=1)


@kernel(twin=_convolve_weights_twin, nogil=True)
def convolve_weights(cells, columns, short, lanes, d, codes, dz, x, sums, dw, db, options):
    """The way back through pooling and ReLU, and the gradient of the weights and biases, added to dw and db.

    d (K, PH, PW, L) is the gradient of the output of `convolve`, codes what that wrote. dz (K, PH pool, PW pool, L)
    becomes the gradient before ReLU and pooling; as (rows, pool, PW pool, L) it is only a place to work. Where pool = 1
    it may be d itself, and must be where codes are empty, for want of ReLU and pooling. x as in `convolve`, with frame
    >= pad. sums (C FH, cells, lanes of `short`) is a place to work. options = (frame, pad, pool). A tile has rows x FW
    cells: so long is `cells`, and FW `columns`.
    """
    K, S, L = len(columns), len(short), len(lanes)
    R = len(cells) // K
    frame, pad, pool = options[0], options[1], options[2]
    outputs, height, width = d.shape[0], d.shape[1], d.shape[2]
    channels, x_rows, x_columns = x.shape[0], x.shape[1], x.shape[2]
    z_rows, row = dz.shape[1], pool * width * L
    whole, one = dz.shape[0] == outputs and z_rows == pool * height, (None,)
    for tile in range(-(-outputs // R)):
        first = min(tile * R, outputs - R)
        done = tile * R - first
        sums[:] = 0
        for i in range(height):
            z_at = (first * z_rows + pool * i) * row if whole else 0
            for r in range(R):
                total = vectors.fill(one, lanes, d, 0)
                for q in range(pool * pool):
                    at = ((first + r) * height + i) * width * L
                    to = z_at + (r * z_rows + q // pool) * row + q % pool * L
                    for _ in range(width):
                        part = vectors.load(one, lanes, d, at, 0)
                        if codes.size > 0:
                            part = vectors.where_code(vectors.load(one, lanes, codes, at, 0), q, part)
                            vectors.store(part, dz, to, 0)
                        total = vectors.add(total, part)
                        at += L
                        to += pool * L
                if r >= done:
                    vectors.add_sums(total, one, 0, db, first + r, 0)
            for c in range(channels):
                for tap in range(dw.shape[2]):
                    sums_at = (c * dw.shape[2] + tap) * R * K * S
                    part = vectors.load(cells, short, sums, sums_at, S)
                    for q in range(pool):
                        y = pool * i + q + tap - pad + frame
                        x_at = ((c * x_rows + y) * x_columns + frame - pad) * L
                        for k in range(0, row, S):
                            part = vectors.outer(part, columns, dz, z_at + q * row + k, z_rows * row, x, x_at + k, L)
                    vectors.store(part, sums, sums_at, S)
        for c in range(channels):
            for tap in range(dw.shape[2]):
                part = vectors.load(cells, short, sums, (c * dw.shape[2] + tap) * R * K * S, S)
                at = ((first * channels + c) * dw.shape[2] + tap) * K
                vectors.add_sums(part, columns, done, dw, at, channels * dw.shape[2] * K)


# ---- pooling alone ---------------------------------------------------------------------------------------------------
# Where no convolution stands directly before it, or windows overlap.


def _maxpool_twin(one, lanes, x, out, codes, options):
    frame, out_frame, size, stride, pad = options
    target = inside(out, out_frame)
    x = np.pad(inside(x, frame), ((0, 0), (pad, pad), (pad, pad), (0, 0)), constant_values=-np.inf)
    windows = _windows(x, size, stride, *target.shape[1:3])
    target[:] = windows.max(axis=0)
    codes[:] = windows.argmax(axis=0)


@kernel(twin=_maxpool_twin, nogil=True)
def maxpool(one, lanes, x, out, codes, options):
    """The largest number of each window, and codes (C, OH, OW, L): which number of the window it is.

    options = (frame, out_frame, size, stride, pad).
    """
    L = len(lanes)
    frame, out_frame, size, stride, pad = options[0], options[1], options[2], options[3], options[4]
    x_rows, x_columns, out_rows, out_columns = x.shape[1], x.shape[2], out.shape[1], out.shape[2]
    for c in range(out.shape[0]):
        for i in range(codes.shape[1]):
            top, end = max(0, pad - stride * i), min(size, x_rows - 2 * frame + pad - stride * i)
            for j in range(codes.shape[2]):
                left, right = max(0, pad - stride * j), min(size, x_columns - 2 * frame + pad - stride * j)
                best = vectors.fill(one, lanes, out, -np.inf)
                code = vectors.fill(one, lanes, codes, top * size + left)
                for p in range(top, end):
                    at = ((c * x_rows + stride * i + p - pad + frame) * x_columns + stride * j + left - pad + frame) * L
                    for q in range(left, right):
                        seen = vectors.load(one, lanes, x, at, 0)
                        code = vectors.which(code, p * size + q, best, seen)
                        best = vectors.larger(best, seen)
                        at += L
                vectors.store(best, out, ((c * out_rows + i + out_frame) * out_columns + j + out_frame) * L, 0)
                vectors.store(code, codes, ((c * codes.shape[1] + i) * codes.shape[2] + j) * L, 0)


def _avgpool_twin(one, lanes, x, out, options):
    frame, out_frame, size, stride, pad = options
    target = inside(out, out_frame)
    target[:] = _windows(_padded(inside(x, frame), pad), size, stride, *target.shape[1:3]).mean(axis=0)


@kernel(twin=_avgpool_twin, nogil=True)
def avgpool(one, lanes, x, out, options):
    """The mean of each window, padding counted. options as in `maxpool`."""
    L = len(lanes)
    frame, out_frame, size, stride, pad = options[0], options[1], options[2], options[3], options[4]
    x_rows, x_columns, out_rows, out_columns = x.shape[1], x.shape[2], out.shape[1], out.shape[2]
    share = vectors.fill(one, lanes, out, 1.0 / (size * size))
    for c in range(out.shape[0]):
        for i in range(out_rows - 2 * out_frame):
            top, end = max(0, pad - stride * i), min(size, x_rows - 2 * frame + pad - stride * i)
            for j in range(out_columns - 2 * out_frame):
                left, right = max(0, pad - stride * j), min(size, x_columns - 2 * frame + pad - stride * j)
                total = vectors.fill(one, lanes, out, 0)
                for p in range(top, end):
                    at = ((c * x_rows + stride * i + p - pad + frame) * x_columns + stride * j + left - pad + frame) * L
                    for _ in range(left, right):
                        total = vectors.add(total, vectors.load(one, lanes, x, at, 0))
                        at += L
                at = ((c * out_rows + i + out_frame) * out_columns + j + out_frame) * L
                vectors.store(vectors.multiply(total, share), out, at, 0)


def _unpool_twin(one, lanes, d, codes, dx, options):
    size, stride, pad = options
    height, width = d.shape[1:3]
    padded = _padded(np.zeros_like(dx), pad)
    for number in range(size * size):
        i, j = divmod(number, size)
        part = np.where(codes == number, d, 0) if codes.size else d / (size * size)
        padded[:, i : i + stride * (height - 1) + 1 : stride, j : j + stride * (width - 1) + 1 : stride] += part
    dx[:] = inside(padded, pad)


@kernel(twin=_unpool_twin, nogil=True)
def unpool(one, lanes, d, codes, dx, options):
    """The way back through `maxpool`, or through `avgpool` where codes is empty. options = (size, stride, pad).

    Each place of dx sums what comes from the windows that see it: so it is written once, overlaps or not. Windows that
    lie side by side and cover all are gone through one after another.
    """
    L = len(lanes)
    size, stride, pad = options[0], options[1], options[2]
    height, width = d.shape[1], d.shape[2]
    share = vectors.fill(one, lanes, d, 1.0 / (size * size))
    if stride == size and pad == 0 and dx.shape[1] == size * height and dx.shape[2] == size * width:
        row = size * width * L
        for window in range(dx.shape[0] * height):
            for j in range(width):
                at = (window * width + j) * L
                part = vectors.load(one, lanes, d, at, 0)
                if codes.size > 0:
                    code = vectors.load(one, lanes, codes, at, 0)
                    for number in range(size * size):
                        to = (window * size + number // size) * row + (size * j + number % size) * L
                        vectors.store(vectors.where_code(code, number, part), dx, to, 0)
                else:
                    part = vectors.multiply(part, share)
                    for number in range(size * size):
                        to = (window * size + number // size) * row + (size * j + number % size) * L
                        vectors.store(part, dx, to, 0)
        return
    for c in range(dx.shape[0]):
        top, end = 0, 0  # the windows that see row i
        for i in range(dx.shape[1]):
            while end < height and stride * end <= i + pad:
                end += 1
            while stride * top + size <= i + pad:
                top += 1
            left, right = 0, 0
            for j in range(dx.shape[2]):
                while right < width and stride * right <= j + pad:
                    right += 1
                while stride * left + size <= j + pad:
                    left += 1
                total = vectors.fill(one, lanes, d, 0)
                for p in range(top, end):
                    for q in range(left, right):
                        at = ((c * height + p) * width + q) * L
                        part = vectors.load(one, lanes, d, at, 0)
                        if codes.size > 0:
                            number = (i + pad - stride * p) * size + j + pad - stride * q
                            part = vectors.where_code(vectors.load(one, lanes, codes, at, 0), number, part)
                        else:
                            part = vectors.multiply(part, share)
                        total = vectors.add(total, part)
                vectors.store(total, dx, ((c * dx.shape[1] + i) * dx.shape[2] + j) * L, 0)


# ---- dense layers ----------------------------------------------------------------------------------------------------


def _dense_twin(rows, lanes, x, w, b, out, relu):
    z = w.T @ x + b[:, None]
    out[:] = np.maximum(z, 0) if relu else z


@kernel(twin=_dense_twin, nogil=True)
def dense(rows, lanes, x, w, b, out, relu):
    """out = w^T x + b, then ReLU if asked: x (D, L), w (D, K), b (K,), out (K, L)."""
    R, L = len(rows), len(lanes)
    inputs, outputs = w.shape
    for tile in range(-(-outputs // R)):
        first = min(tile * R, outputs - R)
        z = vectors.spread(rows, lanes, b, first)
        for k in range(inputs):
            z = vectors.multiply_add(z, w, k * outputs + first, 1, x, k * L)
        if relu:
            z = vectors.larger(vectors.fill(rows, lanes, out, 0), z)
        vectors.store(z, out, first * L, L)


def _dense_inputs_twin(rows, lanes, dz, w, dx):
    dx[:] = w @ dz


@kernel(twin=_dense_inputs_twin, nogil=True)
def dense_inputs(rows, lanes, dz, w, dx):
    """dx = w dz: dz (K, L), w (D, K), dx (D, L)."""
    R, L = len(rows), len(lanes)
    inputs, outputs = w.shape
    for tile in range(-(-inputs // R)):
        first = min(tile * R, inputs - R)
        sums = vectors.fill(rows, lanes, dx, 0)
        for k in range(outputs):
            sums = vectors.multiply_add(sums, w, first * outputs + k, outputs, dz, k * L)
        vectors.store(sums, dx, first * L, L)


def _dense_weights_twin(rows, lanes, d, out, x, turned, spare, dw, db, relu):
    if relu:
        d[out <= 0] = 0
    dw += x @ d.T
    db += d.sum(axis=1)


@kernel(twin=_dense_weights_twin, nogil=True)
def dense_weights(rows, lanes, d, out, x, turned, spare, dw, db, relu):
    """d *= ReLU'(z), found from the output `out`, if asked; dw += x d^T, db += the sums of d.

    turned (L, a multiple of L not below K) and spare (rows, L) are places to work: d with the units side by side, and a
    tile that reaches beyond dw.
    """
    R, L, one = len(rows), len(lanes), (None,)
    inputs, outputs = dw.shape
    block, wide = turned.shape
    zero = d.dtype.type(0)
    for k in range(outputs):
        total = zero
        for l in range(block):
            value = zero if relu and out[k, l] <= zero else d[k, l]
            d[k, l] = value
            total += value
        db[k] += total
        for l in range(block):
            vectors.store(vectors.spread(one, one, d, k * block + l), turned, l * wide + k, 0)  # as in `gather`
    for tile in range(-(-inputs // R)):
        first = min(tile * R, inputs - R)
        new = tile * R - first  # the first row that no other tile has
        for k in range(0, outputs, L):
            sums = vectors.fill(rows, lanes, dw, 0)
            for l in range(block):
                sums = vectors.multiply_add(sums, x, first * L + l, L, turned, l * wide + k)
            if new == 0 and k + L <= outputs:
                sums = vectors.add(sums, vectors.load(rows, lanes, dw, first * outputs + k, outputs))
                vectors.store(sums, dw, first * outputs + k, outputs)
            else:
                vectors.store(sums, spare, 0, L)
                for r in range(new, R):
                    for l in range(min(L, outputs - k)):
                        dw[first + r, k + l] += spare[r, l]


# ---- loss ------------------------------------------------------------------------------------------------------------


def _cross_entropy_twin(scores, labels, share, d, costs):
    n = len(labels)
    shifted = scores - scores.max(axis=0)
    d[:] = np.exp(shifted)
    sums, lanes = d.sum(axis=0), np.arange(n)
    costs[0] += (np.log(sums[:n]) - shifted[labels, lanes]).sum(dtype=np.float64)
    costs[1] += np.count_nonzero(scores[:, :n].argmax(axis=0) == labels)
    d *= d.dtype.type(share) / sums
    d[labels, lanes] -= d.dtype.type(share)
    d[:, n:] = 0


@kernel(twin=_cross_entropy_twin, nogil=True)
def cross_entropy(scores, labels, share, d, costs):
    """Softmax cross-entropy of the first n = labels.size lanes of scores (K, L): costs[0] += its sum, costs[1] += how
    many labels have the highest score, d = share times its gradient, 0 in the other lanes.
    """
    real = d.dtype.type
    factor, zero = real(share), real(0)
    d[:] = zero
    for l in range(labels.size):
        highest, place = scores[0, l], 0
        for k in range(1, scores.shape[0]):
            score = scores[k, l]
            if score > highest or score != score:  # NaN wins
                highest, place = score, k
        total = zero
        for k in range(scores.shape[0]):
            d[k, l] = exp(scores[k, l] - highest)
            total += d[k, l]
        costs[0] += log(total) - (scores[labels[l], l] - highest)
        costs[1] += place == labels[l]
        for k in range(scores.shape[0]):
            d[k, l] *= factor / total
        d[labels[l], l] -= factor

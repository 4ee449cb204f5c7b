"""Products of matrices of the sizes of this course, and those that a kernel calls between two loops.

A matrix library copies both factors into an order of its own before it multiplies. That pays when they are large. Those
that fit into the cache of a core are multiplied faster by tiles of registers (see `vectors`) which read them as they
lie.
"""

from functools import cache, lru_cache

import numpy as np

from course_lib.kernels import vectors
from course_lib.kernels.jit import JIT, kernel, pasted

#: Tuples whose lengths are the rows of a tile.
ROWS, FOUR, ONE = vectors.tuple_of(vectors.ROWS), vectors.tuple_of(4), vectors.tuple_of(1)
#: The first column. For the constant 0 Numba would compile every product once more.
START = np.intp(0)
#: Bytes of weights from which a copy that begins with a line of the cache is read so much faster that it pays.
COPIED = 2**14


def in_lines(U, samples: int) -> np.ndarray:
    """U (K, M), for a sequence of products with few samples: as it is where it begins with a line of the cache, as the
    weights of layers do, else such a copy, so that no vector lies in two lines. Many samples read panels.
    """
    if samples >= vectors.ROWS or not JIT or U.nbytes < COPIED or vectors.is_aligned(U):
        return U
    copy = vectors.aligned(U.shape, U.dtype, np.empty)
    copy[:] = U
    return copy


def panels_of(matrix, samples: int) -> np.ndarray:
    """A matrix (K, M) as panels (M // lanes, K, lanes), of as many columns as fill lanes: what a tile reads, row after
    row, then lies together.

    None (0, 0, lanes), where the samples do not fill a tile.
    """
    if samples < vectors.ROWS or not JIT:
        return _no_panels(matrix.dtype)
    (K, M), lanes = matrix.shape, vectors.lanes_of(matrix.dtype)
    count = M // lanes
    if count == 0:
        return _no_panels(matrix.dtype)
    panels = vectors.aligned((count, K, lanes), matrix.dtype, np.empty)
    panels[:] = matrix[:, : count * lanes].reshape(K, count, lanes).swapaxes(0, 1)
    return panels


@cache
def _no_panels(dtype) -> np.ndarray:
    return np.empty((0, 0, vectors.lanes_of(dtype)), dtype)


@pasted
def add_tiles(a, a_at, a_row, a_step, K, x, x_at, x_row, x_step, out, out_at, out_row, N, M, fresh):
    """out[n, m] += sum over k < K of a[n, k] x[k, m] for n < N and m < M, which fill whole tiles.

    The matrices are parts of arrays: `at` is the place of the first number, `row` the distance between rows and `step`
    that between columns: 1, but for a that is read as its transpose and x in panels. fresh : what stands in out is not
    read, and counts as 0.
    """
    lanes = vectors.lanes_like(out)
    for m in range(0, M, len(lanes)):
        column = x_at + m * x_step
        for n in range(0, N, len(ROWS)):
            if fresh:
                tile = vectors.fill(ROWS, lanes, out, 0)
            else:
                tile = vectors.load(ROWS, lanes, out, out_at + n * out_row + m, out_row)
            for k in range(K):
                tile = vectors.multiply_add(tile, a, a_at + n * a_row + k * a_step, a_row, x, column + k * x_row)
            vectors.store(tile, out, out_at + n * out_row + m, out_row)


def _add_product_twin(a, U, first, count, panels, out, at, turn):
    out[:, at : at + count] += a @ U[:, first : first + count]


@kernel(twin=_add_product_twin)
def add_product(a, U, first, count, panels, out, at, turn):
    """out[:, at : at + count] += a U[:, first : first + count], in tiles where there are panels of U and one begins
    with these columns. turn : the number of the product, see `add_by_rows`.
    """
    K, L = len(U), panels.shape[2]
    rows = len(a) - len(a) % len(ROWS) if len(panels) and first % L == 0 else 0
    if rows:
        done = count - count % L
        add_tiles(a, 0, K, 1, K, panels, first * K, L, K, out, at, out.shape[1], rows, done, False)
        if done < count:
            add_by_rows(a[:rows], U, first + done, count - done, out[:rows], at + done, turn)
    if rows < len(a):
        add_by_rows(a[rows:], U, first, count, out[rows:], at, turn)


@pasted
def add_row(lanes, a, a_at, a_step, K, U, U_at, U_step, out, out_at):
    """out[m] += sum over k < K of a[k] U[k, m], for as many columns as there are lanes."""
    result = vectors.load(ONE, lanes, out, out_at, 0)
    for _ in range(K):
        result = vectors.multiply_add(result, a, a_at, 0, U, U_at)
        a_at += a_step
        U_at += U_step
    vectors.store(result, out, out_at, 0)


def _add_by_rows_twin(a, U, first, count, out, at, turn):
    out[:, at : at + count] += a @ U[:, first : first + count]


@kernel(twin=_add_by_rows_twin)
def add_by_rows(a, U, first, count, out, at, turn):
    """The same for few samples: a row of results stays in registers while U passes by, as far as columns fill them.

    turn : one more from product to product with the same U. Every other one reads U from its last row to its first: U
    is larger than the nearest cache, which then still holds the rows that were read last.
    """
    (N, K), M, width = a.shape, U.shape[1], out.shape[1]
    lanes = vectors.lanes_like(out)
    wide = lanes + lanes + lanes + lanes
    most, done = count - count % len(wide), count - count % len(lanes)
    for n in range(N):
        k, step = (K - 1, -1) if (turn + n) % 2 else (0, 1)
        for m in range(0, most, len(wide)):
            add_row(wide, a, n * K + k, step, K, U, k * M + first + m, step * M, out, n * width + at + m)
        for m in range(most, done, len(lanes)):
            add_row(lanes, a, n * K + k, step, K, U, k * M + first + m, step * M, out, n * width + at + m)
        if done == count:
            continue
        row = out[n, at + done : at + count]
        for k in range(K):
            factor, weights = a[n, k], U[k, first + done : first + count]
            for j in range(row.size):
                row[j] += factor * weights[j]


def _send_back_twin(d, at, U, first, count, panels, out, turn):
    out += d[:, at : at + count] @ U[:, first : first + count].T


@kernel(twin=_send_back_twin)
def send_back(d, at, U, first, count, panels, out, turn):
    """out += d[:, at : at + count] U[:, first : first + count]^T: each unit collects what its row of U has sent.

    In tiles where there are panels, of U transposed. turn : as of `add_by_rows`.
    """
    (N, K), L = out.shape, panels.shape[2]
    rows = N - N % len(ROWS) if len(panels) else 0
    if rows:
        done = K - K % L
        add_tiles(d, at, d.shape[1], 1, count, panels, first * L, L, U.shape[1], out, 0, K, rows, done, False)
        if done < K:
            send_back_by_rows(d[:rows], at, U, first, count, out[:rows], done, turn)
    if rows < N:
        send_back_by_rows(d[rows:], at, U, first, count, out[rows:], START, turn)


def _send_back_by_rows_twin(d, at, U, first, count, out, done, turn):
    out[:, done:] += d[:, at : at + count] @ U[done:, first : first + count].T


@kernel(twin=_send_back_by_rows_twin)
def send_back_by_rows(d, at, U, first, count, out, done, turn):
    """The same for few samples, and for the units from `done` on: four of them a pass, so that d is read less often. In
    registers where the columns fill lanes.
    """
    (N, K), M, zero = out.shape, U.shape[1], d.dtype.type(0)
    lanes = vectors.lanes_like(out)
    whole = (K - done) % 4 == 0 and count % len(lanes) == 0
    for n in range(N):
        if whole:
            start, step = (K - 4, -4) if (turn + n) % 2 else (done, 4)
            k = start
            for _ in range(done, K, 4):
                tile = vectors.fill(FOUR, lanes, out, 0)
                for j in range(0, count, len(lanes)):
                    tile = vectors.outer(tile, ONE, U, k * M + first + j, M, d, n * d.shape[1] + at + j, 0)
                vectors.add_sums(tile, ONE, 0, out, n * K + k, 1)
                k += step
            continue
        row = d[n, at : at + count]
        for k in range(done, K):
            weights, total = U[k, first : first + count], zero
            for j in range(count):
                total += row[j] * weights[j]
            out[n, k] += total


# ---- in place of the matrix library ------------------------------------------------------------------------


@lru_cache
def pays(rows: int, depth: int, columns: int, dtype) -> bool:
    """Whether tiles multiply (rows, depth) by (depth, columns) faster than the library does, as measured: rows and
    columns fill whole tiles of vectors as long as the library's, and the matrices fit into the cache.
    """
    if not (JIT and vectors.WIDE and rows % vectors.ROWS == 0 and columns % vectors.lanes_of(dtype) == 0):
        return False
    size = np.dtype(dtype).itemsize
    return rows * depth * size <= 2**20 and max(rows, depth) * columns * size <= 2**21


def _multiply_tiles_twin(a, W, out):
    np.matmul(a, W, out=out)


@kernel(twin=_multiply_tiles_twin)
def multiply_tiles(a, W, out):
    """`multiply` for rows and columns that fill whole tiles."""
    (N, K), M = a.shape, out.shape[1]
    add_tiles(a, 0, K, 1, K, W, 0, M, 1, out, 0, M, N, M, True)


def multiply(a, W, out) -> None:
    """out = a W."""
    if pays(*a.shape, W.shape[1], a.dtype):
        multiply_tiles(a, W, out)
    else:
        np.matmul(a, W, out=out)


def _add_outer_tiles_twin(a, d, first, count, out, at, fresh):
    target = out[:, at : at + count]
    target[:] = (0 if fresh else target) + a.T @ d[:, first : first + count]


@kernel(twin=_add_outer_tiles_twin)
def add_outer_tiles(a, d, first, count, out, at, fresh):
    """`add_outer` where the columns of a and of d fill whole tiles."""
    (N, A), M = a.shape, d.shape[1]
    add_tiles(a, 0, 1, A, N, d, first, M, 1, out, at, out.shape[1], A, count, fresh)


def add_outer(a, d, first: int, count: int, out, at: int, fresh: bool = False) -> None:
    """out[:, at : at + count] += a^T d[:, first : first + count]: the gradient of weights, from what they were
    multiplied by and the gradient of the product. fresh : = in place of +=.
    """
    if pays(a.shape[1], len(a), count, d.dtype):
        add_outer_tiles(a, d, first, count, out, at, fresh)
    elif fresh:
        np.matmul(a.T, d[:, first : first + count], out=out[:, at : at + count])
    else:
        out[:, at : at + count] += a.T @ d[:, first : first + count]

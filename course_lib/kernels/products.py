"""Products of matrices that are added to what is there, for few rows or as parts of a kernel.

A matrix library copies both factors into an order of its own before it multiplies. That pays when they are large; for
the sizes of this course tiles of registers (see `vectors`) that read the matrices as they lie come closer to what the
processor can do, and a kernel can call them between two loops.
"""

import numpy as np

from course_lib.kernels import vectors
from course_lib.kernels.jit import JIT, kernel, pasted

#: Tuples whose lengths are the rows of a tile.
ROWS, ONE = vectors.tuple_of(vectors.ROWS), vectors.tuple_of(1)
#: The first column. For the constant 0 Numba would compile every product once more.
START = np.intp(0)


def fills_lanes(columns: int, dtype) -> bool:
    """Whether a product with so many columns consists of tiles alone, of vectors as long as those of the library."""
    return JIT and vectors.WIDE and columns % vectors.lanes_of(dtype) == 0


@pasted
def add_tiles(a, a_at, a_row, a_step, K, x, x_at, x_row, out, out_at, out_row, N, M):
    """out[n, m] += sum over k < K of a[n, k] x[k, m] in tiles, for n < N and as many of the M columns as fill lanes.

    Returns how many these are. The matrices are parts of arrays: `at` is the place of the first number, `row` the
    distance between rows, `a_step` that between columns of a, which may so be read as its transpose.
    """
    lanes = vectors.lanes_like(out)
    R, L = len(ROWS), len(lanes)
    whole, done = N - N % R, M - M % L
    for m in range(0, done, L):
        for n in range(0, whole, R):
            tile = vectors.load(ROWS, lanes, out, out_at + n * out_row + m, out_row)
            for k in range(K):
                tile = vectors.multiply_add(tile, a, a_at + n * a_row + k * a_step, a_row, x, x_at + k * x_row + m)
            vectors.store(tile, out, out_at + n * out_row + m, out_row)
        for n in range(whole, N):
            row = vectors.load(ONE, lanes, out, out_at + n * out_row + m, out_row)
            for k in range(K):
                row = vectors.multiply_add(row, a, a_at + n * a_row + k * a_step, a_row, x, x_at + k * x_row + m)
            vectors.store(row, out, out_at + n * out_row + m, out_row)
    return done


def _add_product_twin(a, U, first, count, out, at):
    out[:, at : at + count] += a @ U[:, first : first + count]


@kernel(twin=_add_product_twin)
def add_product(a, U, first, count, out, at):
    """out[:, at : at + count] += a U[:, first : first + count].

    Outside of tiles four rows of U a pass, so that out is read and written less often.
    """
    (N, K), M = a.shape, U.shape[1]
    done = 0
    if N >= len(ROWS):
        done = add_tiles(a, 0, K, 1, K, U, first, M, out, at, out.shape[1], N, count)
        if done == count:
            return
    rest = K % 4
    for n in range(N):
        row = out[n, at + done : at + count]
        for k in range(rest):
            a0, u0 = a[n, k], U[k, first + done : first + count]
            for j in range(row.size):
                row[j] += a0 * u0[j]
        for k in range(rest, K, 4):
            a0, a1, a2, a3 = a[n, k], a[n, k + 1], a[n, k + 2], a[n, k + 3]
            u0, u1 = U[k, first + done : first + count], U[k + 1, first + done : first + count]
            u2, u3 = U[k + 2, first + done : first + count], U[k + 3, first + done : first + count]
            for j in range(row.size):
                row[j] += a0 * u0[j] + a1 * u1[j] + a2 * u2[j] + a3 * u3[j]


def transposed(U, samples: int) -> np.ndarray:
    """U^T, rows beside each other, which the tiles of `send_back` read; (0, H) for samples that do not fill a tile."""
    return np.ascontiguousarray(U.T) if JIT and samples >= vectors.ROWS else np.empty((0, len(U)), U.dtype)


def _send_back_twin(d, at, U, U_T, first, count, out):
    out += d[:, at : at + count] @ U[:, first : first + count].T


@kernel(twin=_send_back_twin)
def send_back(d, at, U, U_T, first, count, out):
    """out += d[:, at : at + count] U[:, first : first + count]^T: each unit collects what its row of U has sent.

    In tiles where U_T is given, see `transposed`.
    """
    (N, K), zero, end = out.shape, d.dtype.type(0), first + count
    done = 0
    if len(U_T):
        done = add_tiles(d, at, d.shape[1], 1, count, U_T, first * K, K, out, 0, K, N, K)
        if done == K:
            return
    rest = done + (K - done) % 4
    for n in range(N):
        row = d[n, at : at + count]
        for k in range(done, rest):
            u, total = U[k, first:end], zero
            for j in range(count):
                total += row[j] * u[j]
            out[n, k] += total
        for k in range(rest, K, 4):
            u0, u1, u2, u3 = U[k, first:end], U[k + 1, first:end], U[k + 2, first:end], U[k + 3, first:end]
            total0, total1, total2, total3 = zero, zero, zero, zero
            for j in range(count):
                total0 += row[j] * u0[j]
                total1 += row[j] * u1[j]
                total2 += row[j] * u2[j]
                total3 += row[j] * u3[j]
            out[n, k] += total0
            out[n, k + 1] += total1
            out[n, k + 2] += total2
            out[n, k + 3] += total3


def _add_outer_twin(a, d, first, count, out, at):
    out[:, at : at + count] += a.T @ d[:, first : first + count]


@kernel(twin=_add_outer_twin)
def add_outer(a, d, first, count, out, at):
    """out[:, at : at + count] += a^T d[:, first : first + count]: the gradient of weights, from what they were
    multiplied by and the gradient of the product.
    """
    (N, A), M = a.shape, d.shape[1]
    done = add_tiles(a, 0, 1, A, N, d, first, M, out, at, out.shape[1], A, count)
    if done == count:
        return
    for n in range(N):
        row = d[n, first + done : first + count]
        for i in range(A):
            target, factor = out[i, at + done : at + count], a[n, i]
            for j in range(row.size):
                target[j] += factor * row[j]

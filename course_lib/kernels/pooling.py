"""Max pooling: the largest pixel of each window and its place. x (M, H, W) holds all maps of all images."""

import numpy as np

from course_lib.kernels.jit import kernel


def _max_pool_twin(x, size, stride, pad, out, winner):
    H, W = x.shape[1:]
    OH, OW = out.shape[1:]
    margin = tuple((p, p) for p in pad)
    values = np.pad(x, ((0, 0), *margin))
    places = np.pad(np.arange(H * W).reshape(H, W), margin, constant_values=-1)
    winner[:] = -1
    for u in range(size[0]):
        rows = slice(u, u + (OH - 1) * stride[0] + 1, stride[0])
        for v in range(size[1]):
            columns = slice(v, v + (OW - 1) * stride[1] + 1, stride[1])
            value, place = values[:, rows, columns], places[rows, columns]
            better = (winner < 0) | (value > out) | ((value != value) & (out == out))
            better &= place >= 0
            np.copyto(out, value, where=better)
            np.copyto(winner, place, where=better, casting="same_kind")


@kernel(twin=_max_pool_twin)
def max_pool(x, size, stride, pad, out, winner):
    """out[m, i, j] = the maximum over u, v of x[m, i s + u - p, j s + v - p], and winner its place, row W + column.

    Of equal pixels the first one wins, row by row; NaN wins over every number. Padding never wins.
    """
    M, OH, OW = out.shape
    H, W = x.shape[1:]
    for m in range(M):
        for i in range(OH):
            top, bottom = max(i * stride[0] - pad[0], 0), min(i * stride[0] - pad[0] + size[0], H)
            for j in range(OW):
                left, right = max(j * stride[1] - pad[1], 0), min(j * stride[1] - pad[1] + size[1], W)
                best, place = x[m, top, left], top * W + left
                for row in range(top, bottom):
                    for column in range(left, right):
                        value = x[m, row, column]
                        if value > best or (value != value and best == best):
                            best, place = value, row * W + column
                out[m, i, j], winner[m, i, j] = best, place


def _route_twin(dout, winner, dx):
    dx[:] = 0
    np.add.at(dx, (np.arange(len(dx))[:, None], winner), dout)


@kernel(twin=_route_twin)
def route(dout, winner, dx):
    """dx[m, winner[m, q]] += dout[m, q]: the slope of a maximum is 1 for the pixel that won and 0 for all others."""
    dx[:] = 0
    for m in range(dout.shape[0]):
        for q in range(dout.shape[1]):
            dx[m, winner[m, q]] += dout[m, q]

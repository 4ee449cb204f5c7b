"""The three sums of a convolutional layer as plain loops, and as matrix products over the windows of an image.

x (N, C, H, W) is padded already, w is (K, C/groups, FH, FW), out and dout are (N, K, OH, OW); stride and dilation are
pairs (rows, columns). The number of groups follows from the channels of x and w. The loops are the formulas as they
stand. The twins lay each window out as a column, so that the sum over its entries becomes a matrix product: more memory
for a block of images at a time, and for wide layers far faster.
"""

import numpy as np

from course_lib.kernels.jit import kernel

#: Entries of the windows of a block of images: what fits into the second cache beside the weights.
BLOCK = 2**17


def windows(x, size, stride, dilation, counts):
    """View (N, C, FH, FW, OH, OW) of x: entry [n, c, u, v, i, j] is x[n, c, i s + u d, j s + v d]."""
    N, C = x.shape[:2]
    batch, channel, row, column = x.strides
    strides = (batch, channel, row * dilation[0], column * dilation[1], row * stride[0], column * stride[1])
    return np.lib.stride_tricks.as_strided(x, (N, C, *size, *counts), strides, writeable=False)


def _add_windows_twin(values, stride, dilation, dx):
    FH, FW, OH, OW = values.shape[2:]
    for u in range(FH):
        rows = slice(u * dilation[0], u * dilation[0] + (OH - 1) * stride[0] + 1, stride[0])
        for v in range(FW):
            columns = slice(v * dilation[1], v * dilation[1] + (OW - 1) * stride[1] + 1, stride[1])
            dx[:, :, rows, columns] += values[:, :, u, v]


@kernel(twin=_add_windows_twin)
def add_windows(values, stride, dilation, dx):
    """dx[n, c, i s + u d, j s + v d] += values[n, c, u, v, i, j], the way back of `windows`."""
    N, C, FH, FW, OH, OW = values.shape
    for n in range(N):
        for c in range(C):
            for u in range(FH):
                for v in range(FW):
                    for i in range(OH):
                        row = dx[n, c, i * stride[0] + u * dilation[0]]
                        for j in range(OW):
                            row[j * stride[1] + v * dilation[1]] += values[n, c, u, v, i, j]


def _blocks(images, entries):
    """Slices of the batch, for images with so many entries in their windows."""
    size = max(1, BLOCK // entries)
    return [slice(start, start + size) for start in range(0, images, size)]


@np.errstate(all="ignore")
def correlate_product(x, w, stride, dilation, out):
    """out = W @ columns of each image, with one row of W a filter and one column a window."""
    counts, groups = out.shape[2:], x.shape[1] // w.shape[1]
    W = w.reshape(groups, len(w) // groups, -1)
    seen = windows(x, w.shape[2:], stride, dilation, counts)
    for block in _blocks(len(x), seen[0].size):
        columns = seen[block].reshape(-1, groups, W.shape[2], counts[0] * counts[1])
        np.matmul(W, columns, out=out[block].reshape(len(columns), groups, W.shape[1], -1))


@kernel(twin=correlate_product)
def correlate(x, w, stride, dilation, out):
    """out[n, k, i, j] = sum over c, u, v of w[k, c, u, v] x[n, c, i s + u d, j s + v d]."""
    N, K, OH, OW = out.shape
    C, FH, FW = w.shape[1:]
    filters = K // (x.shape[1] // C)  # in each group
    out[:] = 0
    for n in range(N):
        for k in range(K):
            first = k // filters * C
            for c in range(C):
                for u in range(FH):
                    for v in range(FW):
                        for i in range(OH):
                            for j in range(OW):
                                row, column = i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
                                out[n, k, i, j] += w[k, c, u, v] * x[n, first + c, row, column]


@np.errstate(all="ignore")
def scatter_product(dout, w, stride, dilation, dx):
    """W.T @ dout gives every window what it receives; `add_windows` puts it into its place."""
    counts, groups = dout.shape[2:], dx.shape[1] // w.shape[1]
    W = w.reshape(groups, len(w) // groups, -1)
    dx[:] = 0
    entries = dx.shape[1] * w[0, 0].size * counts[0] * counts[1]
    for block in _blocks(len(dx), entries):
        columns = W.swapaxes(1, 2) @ dout[block].reshape(-1, groups, W.shape[1], counts[0] * counts[1])
        add_windows(columns.reshape(len(columns), -1, *w.shape[2:], *counts), stride, dilation, dx[block])


@kernel(twin=scatter_product)
def scatter(dout, w, stride, dilation, dx):
    """dx[n, c, i s + u d, j s + v d] += w[k, c, u, v] dout[n, k, i, j]: each window gets its filter back."""
    N, K, OH, OW = dout.shape
    C, FH, FW = w.shape[1:]
    filters = K // (dx.shape[1] // C)
    dx[:] = 0
    for n in range(N):
        for k in range(K):
            first = k // filters * C
            for c in range(C):
                for u in range(FH):
                    for v in range(FW):
                        for i in range(OH):
                            for j in range(OW):
                                row, column = i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
                                dx[n, first + c, row, column] += w[k, c, u, v] * dout[n, k, i, j]


@np.errstate(all="ignore")
def weight_gradient_product(dout, x, stride, dilation, dw):
    """dW = the sum over the images of dout @ columns.T."""
    counts, groups = dout.shape[2:], x.shape[1] // dw.shape[1]
    dW = np.zeros((groups, len(dw) // groups, dw[0].size), dw.dtype)
    seen = windows(x, dw.shape[2:], stride, dilation, counts)
    for block in _blocks(len(x), seen[0].size):
        columns = seen[block].reshape(-1, groups, dW.shape[2], counts[0] * counts[1])
        slopes = dout[block].reshape(len(columns), groups, dW.shape[1], -1)
        dW += np.sum(slopes @ columns.swapaxes(2, 3), axis=0)
    dw[:] = dW.reshape(dw.shape)


@kernel(twin=weight_gradient_product)
def weight_gradient(dout, x, stride, dilation, dw):
    """dw[k, c, u, v] = sum over n, i, j of dout[n, k, i, j] x[n, c, i s + u d, j s + v d]."""
    N, K, OH, OW = dout.shape
    C, FH, FW = dw.shape[1:]
    filters = K // (x.shape[1] // C)
    dw[:] = 0
    for n in range(N):
        for k in range(K):
            first = k // filters * C
            for c in range(C):
                for u in range(FH):
                    for v in range(FW):
                        for i in range(OH):
                            for j in range(OW):
                                row, column = i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
                                dw[k, c, u, v] += dout[n, k, i, j] * x[n, first + c, row, column]

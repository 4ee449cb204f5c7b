"""Pictures of functions: a network over a plane of inputs, a loss over a plane of parameters.

Both reuse the kernels of training, with the points of one picture row, or all data, side by side.
"""

import numpy as np

from course_lib.kernels.jit import kernel
from course_lib.kernels.training import activate, affine, loss_gradient


def _network_plane(params, sizes, layout, hidden, output, xs, ys, out):
    """out[i, j, k] = output k of the network at (xs[j], ys[i]); softmax over the outputs is left to the caller."""
    layers, n = sizes.size - 1, xs.size
    a = np.zeros((sizes.size, sizes.max(), n), params.dtype)
    slopes = np.zeros((layers, sizes.max(), n), params.dtype)
    for i in range(ys.size):
        a[0, 0, :] = xs
        a[0, 1, :] = ys[i]
        for layer in range(layers):
            affine(params, layout[layer, 0], layout[layer, 1], a, layer, sizes[layer], sizes[layer + 1], n)
            activate(hidden if layer < layers - 1 else output, a, slopes, layer, sizes[layer + 1], n)
        for k in range(sizes[layers]):
            for j in range(n):
                out[i, j, k] = a[layers, k, j]


network_plane = kernel(twin=_network_plane)(_network_plane)


def _loss_plane(center, first, second, us, vs, sizes, layout, codes, x, y, out):
    """out[i, j] = loss at center + us[j] first + vs[i] second; x (D, N) and y (K, N) hold the data."""
    n = x.shape[1]
    a = np.zeros((sizes.size, sizes.max(), n), center.dtype)
    d = np.zeros((sizes.size - 1, sizes.max(), n), center.dtype)
    cost, no_gradient = np.zeros(n, center.dtype), np.zeros(0, center.dtype)
    params = np.zeros_like(center)
    a[0, : x.shape[0]] = x
    for i in range(vs.size):
        for j in range(us.size):
            for p in range(params.size):
                params[p] = center[p] + us[j] * first[p] + vs[i] * second[p]
            out[i, j] = loss_gradient(params, sizes, layout, codes, a, d, y, n, no_gradient, cost, False)


loss_plane = kernel(twin=_loss_plane)(_loss_plane)

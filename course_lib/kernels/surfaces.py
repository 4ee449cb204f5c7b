"""Pictures of functions: a network over a plane of inputs, a loss over a plane of parameters.

Both reuse the kernels of training, with the points of one picture row, or all data, side by side.
"""

from course_lib.kernels.jit import kernel
from course_lib.kernels.training import activate, affine, mean, output_delta


def _forward(params, sizes, layout, hidden, output, n, a, slopes):
    """Fill the activations a[1], ..., a[L] of n points whose inputs stand in a[0] (4.5)."""
    layers = sizes.size - 1
    for layer in range(layers):
        affine(params, layout[layer, 0], layout[layer, 1], a, layer, sizes[layer], sizes[layer + 1], n)
        activate(hidden if layer < layers - 1 else output, a, slopes, layer, sizes[layer + 1], n)


forward = kernel(twin=_forward)(_forward)


def _network_plane(params, sizes, layout, hidden, output, xs, ys, a, slopes, out):
    """out[i, j, k] = output k of the network at (xs[j], ys[i]); softmax over the outputs is left to the caller.

    `a` (L + 1, widest, n) and `slopes` (L, widest, n) are scratch space.
    """
    layers, n = sizes.size - 1, xs.size
    for i in range(ys.size):
        for j in range(n):
            a[0, 0, j] = xs[j]
            a[0, 1, j] = ys[i]
        forward(params, sizes, layout, hidden, output, n, a, slopes)
        for k in range(sizes[layers]):
            for j in range(n):
                out[i, j, k] = a[layers, k, j]


network_plane = kernel(twin=_network_plane)(_network_plane)


def _loss_plane(center, first, second, us, vs, sizes, layout, codes, y, params, a, d, cost, out):
    """out[i, j] = loss at center + us[j] first + vs[i] second, of the data in a[0] with the targets y (K, N).

    `params`, `a` (L + 1, widest, N), `d` (L, widest, N) and `cost` (N,) are scratch space.
    """
    hidden, output, loss = codes[0], codes[1], codes[2]
    layers, n = sizes.size - 1, y.shape[1]
    share = center.dtype.type(1) / center.dtype.type(n)
    for i in range(vs.size):
        for j in range(us.size):
            for p in range(params.size):
                params[p] = center[p] + us[j] * first[p] + vs[i] * second[p]
            forward(params, sizes, layout, hidden, output, n, a, d)
            output_delta(loss, a, d, layers - 1, y, sizes[layers], n, share, cost)
            out[i, j] = mean(cost, n)


loss_plane = kernel(twin=_loss_plane)(_loss_plane)

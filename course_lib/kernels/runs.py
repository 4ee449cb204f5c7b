"""The whole training run of a small dense network in one compiled call.

The layers and losses are in `dense.py`, which also explains the layout of the arrays; the update rules in
`updates.py`. Every part has a plain-NumPy twin with the same arguments; the driver `_train` is the same text for both.
"""

import math

import numpy as np

from course_lib.kernels.dense import activate, affine, layer_gradient, mean, output_delta, propagate
from course_lib.kernels.extras import add_normal, drop, limit_columns, penalize_and_clip
from course_lib.kernels.jit import kernel, pasted
from course_lib.kernels.losses import BCE

# ---- batches and records --------------------------------------------------------------------------------------------


def _load_batch_twin(x, y, order, epoch, start, count, smoothing, a, target):
    chosen = order[epoch % order.shape[0], start : start + count]
    a[0, : x.shape[0], :count] = x[:, chosen]
    target[:, :count] = y.dtype.type(1 - smoothing) * y[:, chosen] + y.dtype.type(smoothing / y.shape[0])


@kernel(twin=_load_batch_twin)
def load_batch(x, y, order, epoch, start, count, smoothing, a, target):
    """a[0] = x[:, chosen] and target = y[:, chosen], for the points at this place of the epoch's order.

    An order of one epoch serves for all. Labels are smoothed: target = (1 - smoothing) y + smoothing/K.
    """
    row, share, rest = epoch % order.shape[0], y.dtype.type(1 - smoothing), y.dtype.type(smoothing / y.shape[0])
    for i in range(x.shape[0]):
        for k in range(count):
            a[0, i, k] = x[i, order[row, start + k]]
    for i in range(y.shape[0]):
        for k in range(count):
            target[i, k] = share * y[i, order[row, start + k]] + rest


def _record_twin(params, s, epoch, gradient, layout, snapshot_row, snapshots, norms):
    if snapshot_row >= 0:
        snapshots[s, snapshot_row] = params[s]
    if norms.shape[1]:
        ends = np.append(layout[1:, 0], gradient.size)
        norms[s, epoch] = [np.linalg.norm(gradient[layout[i, 0] : ends[i]]) for i in range(len(ends))]


@kernel(twin=_record_twin)
def record(params, s, epoch, gradient, layout, snapshot_row, snapshots, norms):
    """Where they are due: the parameters, and the length of each layer's gradient, weights and bias together."""
    if snapshot_row >= 0:
        for i in range(gradient.size):
            snapshots[s, snapshot_row, i] = params[s, i]
    if norms.shape[1] > 0:
        for layer in range(layout.shape[0]):
            end = layout[layer + 1, 0] if layer + 1 < layout.shape[0] else gradient.size
            total = 0.0
            for i in range(layout[layer, 0], end):
                total += gradient[i] * gradient[i]
            norms[s, epoch, layer] = math.sqrt(total)


# ---- the run --------------------------------------------------------------------------------------------------------


@pasted
def loss_gradient(params, sizes, layout, codes, a, d, y, n, gradient, row, backward, dropout, seed, t):
    """(4.2) of n points whose inputs stand in a[0]; their mean loss, and with `backward` its gradient (4.54)-(4.57).

    With dropout > 0 hidden units are dropped at this rate, by the masks of step t.
    """
    hidden, output, loss_code = codes[0], codes[1], codes[2]
    layers = sizes.size - 1
    for layer in range(layers):
        affine(params, layout[layer, 0], layout[layer, 1], a, layer, sizes[layer], sizes[layer + 1], n)
        if layer < layers - 1:
            activate(hidden, a, d, layer, sizes[layer + 1], n)
            if dropout > 0:
                drop(a, d, layer, sizes[layer + 1], n, dropout, seed, t)
    if loss_code < BCE:  # the other two start from the scores z
        activate(output, a, d, layers - 1, sizes[layers], n)
    scale = a.dtype.type(1) / a.dtype.type(n)
    output_delta(loss_code, a, d, layers - 1, y, sizes[layers], n, scale, row)
    loss = mean(row, n)
    if backward:
        for layer in range(layers - 1, -1, -1):
            w, b, fan_in, fan_out = layout[layer, 0], layout[layer, 1], sizes[layer], sizes[layer + 1]
            layer_gradient(gradient, w, b, a, d, layer, fan_in, fan_out, n)
            if layer > 0:
                propagate(params, w, d, layer, fan_in, fan_out, n, row)
    return loss


@pasted
def update_parts(rule, params, gradient, state, settings, parts, t):
    """One step of the rule for each part (first, end, row of settings) of the parameters."""
    slots = state.size // params.size
    for i in range(parts.shape[0]):
        first, end = parts[i, 0], parts[i, 1]
        kept = state[slots * first : slots * end].reshape(slots, end - first)
        rule(params[first:end], gradient[first:end], kept, settings[parts[i, 2]], t)


def _train(params, states, t_before, rule, settings, parts, sizes, layout, codes, x, y, order, losses, snapshot_rows,
           snapshots, diverged, norms, batch_losses, extras, rates, seed, work):
    """Train every start, row of `params`, in place, by an update rule of `updates.py`: its `address`.

    states (S, slots P) is what the rule has kept of `t_before` steps before, part after part, and is brought forward
    too.

    settings (S, 2, K) are those of start s, for weights and for biases. parts (M, 3) cut the parameter vector into
    pieces (first, end, 0 for weights or 1 for biases); without a part, the settings for weights hold for all. order
    (epochs, n) holds the points of each epoch as they come; it has one row where all epochs are alike, and is empty
    when every step takes the whole set, as it is. losses (S, epochs + 1), snapshots (S, K, P), diverged (S,), norms
    (S, epochs + 1, L) or (S, 0, L), batch_losses (S, epochs) or (S, 0) are the records. extras (S, EXTRAS) are what
    start s does besides plain descent; the first three need an order. rates (steps,), if any, are factors of the
    learning rates. work is scratch space: allocating here would double the time to compile.
    """
    a, d, a_batch, d_batch, y_batch, row, gradient = work
    batch, last, full = y_batch.shape[1], losses.shape[1] - 1, order.size == 0
    batches = 0 if full else (order.shape[1] + batch - 1) // batch
    for s in range(params.shape[0]):
        p, state, chosen, t = params[s], states[s], settings[s, 0], t_before
        whole = state.reshape(state.size // gradient.size, gradient.size)
        dropout, noise, smoothing, l1, clip_norm, gradient_noise, max_norm = extras[s]
        lr = settings[s, 0, 0]
        for epoch in range(last + 1):
            # Step 0 takes all points, for the record; then come the batches of the epoch.
            for step in range(1 if epoch == last else batches + 1):
                if step == 0:
                    inputs, deltas, targets, count, rate = a, d, y, x.shape[1], 0.0
                    backward = (full and epoch < last) or norms.shape[1] > 0
                else:
                    start = (step - 1) * batch
                    inputs, deltas, targets, count = a_batch, d_batch, y_batch, min(batch, order.shape[1] - start)
                    backward, rate = True, dropout
                    load_batch(x, y, order, epoch, start, count, smoothing, inputs, targets)
                    if noise > 0:
                        add_normal(inputs[0], sizes[0], count, noise, seed, t + 1, 0)
                loss = loss_gradient(p, sizes, layout, codes, inputs, deltas, targets, count, gradient, row, backward,
                                     rate, seed, t + 1)
                if step == 0:
                    if not math.isfinite(loss):
                        diverged[s] = epoch
                        break
                    losses[s, epoch] = loss
                    record(params, s, epoch, gradient, layout, snapshot_rows[epoch], snapshots, norms)
                if epoch < last and (full or step > 0):
                    if batch_losses.shape[1] > 0:
                        batch_losses[s, epoch] = loss
                    if rates.size > 0:
                        settings[s, 0, 0] = settings[s, 1, 0] = lr * rates[t - t_before]
                    t += 1
                    if l1 > 0 or clip_norm < math.inf:
                        penalize_and_clip(gradient, p, layout, sizes, l1, clip_norm)
                    if gradient_noise > 0:
                        add_normal(gradient.reshape(1, gradient.size), 1, gradient.size, gradient_noise, seed, t,
                                   sizes.size)
                    if parts.shape[0] == 0:
                        rule(p, gradient, whole, chosen, t)
                    else:
                        update_parts(rule, p, gradient, state, settings[s], parts, t)
                    if max_norm < math.inf:
                        limit_columns(p, layout, sizes, max_norm)
            if diverged[s] >= 0:
                break


_train_kernel = kernel(twin=_train)(_train)


def workspace(sizes, points, dtype):
    """The arrays a and d for so many points."""
    widest = int(sizes.max())
    return np.zeros((sizes.size, widest, points), dtype), np.zeros((sizes.size - 1, widest, points), dtype)


#: What a start may do besides plain descent, by column, and the value that does nothing.
EXTRAS = {"dropout": 0.0, "noise": 0.0, "label_smoothing": 0.0, "l1": 0.0, "clip_norm": math.inf, "gradient_noise": 0.0,
          "max_norm": math.inf}


def train(params, states, t_before, rule, settings, parts, sizes, layout, codes, x, y, order, losses, snapshot_rows,
          snapshots, diverged, norms, batch, batch_losses=None, extras=None, rates=None, seed=0):
    """Allocate, then run `_train`; see there. states (S, slots, P), `batch` the number of points of a step."""
    points, dtype = x.shape[1], x.dtype
    a, d = workspace(sizes, points, dtype)
    a[0, : x.shape[0]] = x
    y_batch, row = np.zeros((y.shape[0], batch), dtype), np.zeros(max(points, batch), dtype)
    work = (a, d, *workspace(sizes, batch, dtype), y_batch, row, np.zeros(params.shape[1], dtype))
    batch_losses = np.empty((len(params), 0)) if batch_losses is None else batch_losses
    extras = np.tile(list(EXTRAS.values()), (len(params), 1)) if extras is None else extras
    rates = np.empty(0) if rates is None else rates
    pieces = [states[:, :, first:end] for first, end, _ in parts] or [states]
    laid = np.concatenate([piece.reshape(len(params), -1) for piece in pieces], axis=1)
    _train_kernel(params, laid, t_before, rule, settings, parts, sizes, layout, codes, x, y, order, losses,
                  snapshot_rows, snapshots, diverged, norms, batch_losses, extras, rates, np.uint64(seed), work)
    start = 0
    for piece in pieces:
        size = piece[0].size
        piece[:] = laid[:, start : start + size].reshape(piece.shape)
        start += size

"""Training with one point a step, for many runs side by side.

With one point there is nothing to run over in an inner loop, except the runs. So here every array ends in the runs of
a sweep: params (P, S), a and d (layers, units, S). Otherwise all is as in `dense.py` and `runs.py`.
"""

import math

import numpy as np

from course_lib.kernels.dense import activate, output_delta
from course_lib.kernels.jit import kernel, pasted
from course_lib.kernels.losses import BCE
from course_lib.kernels.runs import workspace

#: How many runs go through one call; their arrays then stay in the first cache.
SIDE_BY_SIDE = 64


def _load_point_twin(x, y, point, a, target):
    a[0, : x.shape[0]] = x[:, point, None]
    target[:] = y[:, point, None]


@kernel(twin=_load_point_twin)
def load_point(x, y, point, a, target):
    """a[0] = x[:, point] and target = y[:, point], the same for every run."""
    for i in range(x.shape[0]):
        value = x[i, point]
        for s in range(a.shape[2]):
            a[0, i, s] = value
    for i in range(y.shape[0]):
        value = y[i, point]
        for s in range(a.shape[2]):
            target[i, s] = value


def _affine_runs_twin(params, w, b, a, layer, fan_in, fan_out):
    weights = params[w : w + fan_in * fan_out].reshape(fan_in, fan_out, -1)
    np.einsum("is,ijs->js", a[layer, :fan_in], weights, out=a[layer + 1, :fan_out])
    if b >= 0:
        a[layer + 1, :fan_out] += params[b : b + fan_out]


@kernel(twin=_affine_runs_twin)
def affine_runs(params, w, b, a, layer, fan_in, fan_out):
    """(4.3): z = W^T a + b, each run with its own W and b."""
    for j in range(fan_out):
        if b >= 0:
            for s in range(a.shape[2]):
                a[layer + 1, j, s] = params[b + j, s]
        else:
            for s in range(a.shape[2]):
                a[layer + 1, j, s] = 0
        for i in range(fan_in):
            q = w + i * fan_out + j
            for s in range(a.shape[2]):
                a[layer + 1, j, s] += params[q, s] * a[layer, i, s]


def _descend_runs_twin(params, velocity, rates, w, b, a, d, layer, fan_in, fan_out, row):
    here = slice(w, w + fan_in * fan_out)
    weights, v = params[here].reshape(fan_in, fan_out, -1), velocity[here].reshape(fan_in, fan_out, -1)
    delta = d[layer, :fan_out]
    if layer > 0:
        d[layer - 1, :fan_in] *= np.einsum("ijs,js->is", weights, delta)
    v *= rates[1]
    v += a[layer, :fan_in, None] * delta
    weights -= rates[0] * v
    if b >= 0:
        v = velocity[b : b + fan_out]
        v *= rates[1]
        v += delta
        params[b : b + fan_out] -= rates[0] * v


@kernel(twin=_descend_runs_twin)
def descend_runs(params, velocity, rates, w, b, a, d, layer, fan_in, fan_out, row):
    """(4.55)-(4.57) and the rule `updates.momentum` in one pass: v <- momentum v + dW,  W <- W - lr v, the same for b.

    delta of the layer below is found with the old weights, one input after the other, before their step. dW = a delta
    is never stored. rates (2, S) are lr and momentum of each run; `row` is scratch.
    """
    runs = a.shape[2]
    for i in range(fan_in):
        if layer > 0:
            for s in range(runs):
                row[s] = 0
            for j in range(fan_out):
                for s in range(runs):
                    row[s] += params[w + i * fan_out + j, s] * d[layer, j, s]
            for s in range(runs):
                d[layer - 1, i, s] *= row[s]
        for j in range(fan_out):
            q = w + i * fan_out + j
            for s in range(runs):
                velocity[q, s] = rates[1, s] * velocity[q, s] + a[layer, i, s] * d[layer, j, s]
            for s in range(runs):
                params[q, s] -= rates[0, s] * velocity[q, s]
    if b >= 0:
        for j in range(fan_out):
            for s in range(runs):
                velocity[b + j, s] = rates[1, s] * velocity[b + j, s] + d[layer, j, s]
                params[b + j, s] -= rates[0, s] * velocity[b + j, s]


@pasted
def point_deltas(params, sizes, layout, codes, a, d, target, cost):
    """(4.2) and (4.54) of one point for all runs: cost (S,) and delta of the output."""
    layers, one = sizes.size - 1, a.dtype.type(1)
    for layer in range(layers):
        affine_runs(params, layout[layer, 0], layout[layer, 1], a, layer, sizes[layer], sizes[layer + 1])
        if layer < layers - 1:
            activate(codes[0], a, d, layer, sizes[layer + 1], a.shape[2])
    if codes[2] < BCE:
        activate(codes[1], a, d, layers - 1, sizes[layers], a.shape[2])
    output_delta(codes[2], a, d, layers - 1, target, sizes[layers], a.shape[2], one, cost)


def _add_share_twin(cost, points, losses, epoch):
    losses[:, epoch] += cost / points


@kernel(twin=_add_share_twin)
def add_share(cost, points, losses, epoch):
    """losses[:, epoch] += cost / points: one point's part of the mean loss."""
    for s in range(cost.size):
        losses[s, epoch] += cost[s] / points


def _record_runs_twin(params, losses, epoch, snapshot_row, snapshots, diverged):
    failed = ~np.isfinite(losses[:, epoch])
    losses[failed, epoch] = np.nan
    diverged[failed & (diverged < 0)] = epoch
    if snapshot_row >= 0:
        snapshots[diverged < 0, snapshot_row] = params.T[diverged < 0]
    return int(np.sum(diverged < 0))


@kernel(twin=_record_runs_twin)
def record_runs(params, losses, epoch, snapshot_row, snapshots, diverged):
    """Note which runs have diverged, keep the parameters of the others where due; how many are still finite."""
    finite = 0
    for s in range(losses.shape[0]):
        if diverged[s] < 0 and not math.isfinite(losses[s, epoch]):
            diverged[s] = epoch
        if diverged[s] >= 0:
            losses[s, epoch] = math.nan
        else:
            finite += 1
            if snapshot_row >= 0:
                for q in range(params.shape[0]):
                    snapshots[s, snapshot_row, q] = params[q, s]
    return finite


def _train(params, velocity, rates, sizes, layout, codes, x, y, order, losses, snapshot_rows, snapshots, diverged,
           work):
    """Train every run, column of `params`, one point a step; rates (2, S) = lr, momentum. Records as in `runs`."""
    a, d, target, row, cost = work
    points, last = x.shape[1], losses.shape[1] - 1
    for epoch in range(last + 1):
        for visit in range(points + order.shape[1]):  # every point once for the record, then the steps of the epoch
            learn = visit >= points
            point = order[epoch, visit - points] if learn else visit
            load_point(x, y, point, a, target)
            point_deltas(params, sizes, layout, codes, a, d, target, cost)
            if learn:
                for layer in range(sizes.size - 2, -1, -1):
                    w, b, fan_in, fan_out = layout[layer, 0], layout[layer, 1], sizes[layer], sizes[layer + 1]
                    descend_runs(params, velocity, rates, w, b, a, d, layer, fan_in, fan_out, row)
                continue
            add_share(cost, points, losses, epoch)
            if point == points - 1:
                finite = record_runs(params, losses, epoch, snapshot_rows[epoch], snapshots, diverged)
                if epoch == last or finite == 0:
                    return


_train_kernel = kernel(twin=_train)(_train)


def train(params, velocity, rates, sizes, layout, codes, x, y, order, losses, snapshot_rows, snapshots, diverged):
    """Train starts (S, P) and their velocities (S, P) in place, at most SIDE_BY_SIDE in one call; arguments as in
    `runs.train`.
    """
    for first in range(0, len(params), SIDE_BY_SIDE):
        part = slice(first, first + SIDE_BY_SIDE)
        columns, moving = np.ascontiguousarray(params[part].T), np.ascontiguousarray(velocity[part].T)
        runs, dtype = columns.shape[1], x.dtype
        target, row, cost = np.zeros((y.shape[0], runs), dtype), np.zeros(runs, dtype), np.zeros(runs, dtype)
        record = np.zeros((runs, losses.shape[1]))
        work = (*workspace(sizes, runs, dtype), target, row, cost)
        _train_kernel(columns, moving, np.ascontiguousarray(rates[part].T), sizes, layout, codes, x, y, order, record,
                      snapshot_rows, snapshots[part], diverged[part], work)
        done = np.where(diverged[part] >= 0, diverged[part], losses.shape[1])
        losses[part] = np.where(np.arange(losses.shape[1]) < done[:, None], record, np.nan)
        params[part], velocity[part] = columns.T, moving.T

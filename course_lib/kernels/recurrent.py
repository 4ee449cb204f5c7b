"""Recurrent cells over whole sequences, forward and backward through time.

Time stands first: h is (T + 1, N, H), the start and the state after each step; scores z are (T, N, gates H), the blocks
of the gates side by side. What the inputs give to the scores, x W + b, is one product for all steps and stands in z
before a sequence begins. What the state gives, h U, has to wait for the step before: that is the loop. `keep` (T, N) is
False where a sequence has ended: there the state is handed on, and its gradient with it.

The product of a step has as many rows as there are samples, too few for a matrix library, which packs the weights anew
in each step. It is one of `products`.

A long sequence is read in `pieces` of a few steps, forward and backward, by one call of a kernel each. The scores of a
piece, and the gradients of scores, are then still in the cache when whatever needs them comes, and of the gradients
only one piece is ever kept.
"""

import numpy as np

from course_lib.kernels import vectors
from course_lib.kernels.activations import tanh_slope
from course_lib.kernels.jit import kernel, pasted
from course_lib.kernels.mathfun import sigmoid, tanh
from course_lib.kernels.products import ONE, START, add_product, send_back

#: The activations of a plain recurrent net, and the kinds of GRU, by number.
TANH, RELU = range(2)
COURSE, PYTORCH = range(2)
#: Bytes of scores in a piece: half of a core's cache of the second level, since weights and states lie there too.
PIECE = 2**19


def pieces(scores) -> list[tuple[int, int]]:
    """The first step and the end of each piece of scores (T, N, M), or of an array that begins like them."""
    T = len(scores)
    if scores.nbytes <= PIECE:
        return [(0, T)]
    steps = max(1, PIECE * T // scores.nbytes)
    return [(first, min(first + steps, T)) for first in range(0, T, steps)]


def _add_rows_twin(rows, places, out):
    np.add.at(out, places, rows)


@kernel(twin=_add_rows_twin)
def add_rows(rows, places, out):
    """out[places[i]] += rows[i]: the gradient of a table whose rows were looked up."""
    for i in range(len(places)):
        row, target = rows[i], out[places[i]]
        for j in range(row.size):
            target[j] += row[j]


def _look_up_twin(W, places, b, out):
    if places.min() < 0 or places.max() >= len(W):
        return False
    np.take(W, places, axis=0, out=out, mode="clip")  # "clip" writes into out at once
    out += b
    return True


@kernel(twin=_look_up_twin)
def look_up(W, places, b, out):
    """out[i] = W[places[i]] + b: the scores x W + b of one-hot rows. False, and nothing done, where W has no such row.
    """
    for place in places:
        if place < 0 or place >= len(W):
            return False
    for i in range(len(places)):
        row, target = W[places[i]], out[i]
        for j in range(row.size):
            target[j] = row[j] + b[j]
    return True


def _look_up_backward_twin(d, places, dW, db):
    np.add.at(dW, places, d)
    db += d.sum(axis=0)


@kernel(twin=_look_up_backward_twin)
def look_up_backward(d, places, dW, db):
    """dW[places[i]] += d[i], db += d[i]."""
    for i in range(len(places)):
        row, target = d[i], dW[places[i]]
        for j in range(row.size):
            target[j] += row[j]
        for j in range(row.size):
            db[j] += row[j]


# ---- plain recurrent net -----------------------------------------------------------------------------------


def _rnn_sequence_twin(U, panels, keep, code, h):
    for t in range(len(keep)):
        z = h[t + 1] + h[t] @ U
        h[t + 1] = np.where(keep[t, :, None], np.tanh(z) if code == TANH else np.maximum(z, 0), h[t])


@pasted
def rnn_state(keep, code, h, h_new):
    """The scores in h_new become the state, tanh or max(0, .) of them."""
    N, H = h.shape
    zero = h.dtype.type(0)
    for n in range(N):
        row = h_new[n]
        if not keep[n]:
            for j in range(H):
                row[j] = h[n, j]
        elif code == TANH:
            for j in range(H):
                row[j] = tanh(row[j])
        else:
            for j in range(H):
                row[j] = zero if row[j] < zero else row[j]  # NaN stays NaN


@kernel(twin=_rnn_sequence_twin)
def rnn_sequence(U, panels, keep, code, h):
    """h[0] is the start, h[1:] holds x W + b and becomes the states: h_t = g(x_t W + b + h_{t-1} U)."""
    for t in range(len(keep)):
        add_product(h[t], U, START, U.shape[1], panels, h[t + 1], START, t)
        rnn_state(keep[t], code, h[t], h[t + 1])


def _rnn_sequence_backward_twin(U, panels, keep, code, h, dh, carry, dz):
    for t in range(len(keep) - 1, -1, -1):
        real, state = keep[t, :, None], h[t + 1]
        carry += dh[t]
        dz[t] = np.where(real, carry * (1 - state * state if code == TANH else state > 0), 0)
        carry[:] = np.where(real, 0, carry) + dz[t] @ U.T


@pasted
def rnn_state_backward(keep, code, h_new, dh, carry, dz):
    """carry, what comes from later steps, and dh of this one become the gradient dz of the scores.

    carry is 0 then, ready for dz U^T; where the sequence has ended it waits for an earlier step instead.
    """
    N, H = dh.shape
    zero = dh.dtype.type(0)
    for n in range(N):
        state, slope, total, d = h_new[n], dh[n], carry[n], dz[n]
        for j in range(H):
            total[j] += slope[j]
        if not keep[n]:
            for j in range(H):
                d[j] = zero
            continue
        if code == TANH:
            for j in range(H):
                d[j] = total[j] * tanh_slope(state[j])
        else:
            for j in range(H):
                d[j] = total[j] if state[j] > zero else zero
        for j in range(H):
            total[j] = zero


@kernel(twin=_rnn_sequence_backward_twin)
def rnn_sequence_backward(U, panels, keep, code, h, dh, carry, dz):
    """Backward in time: dz_t = (dh_t + carry) g'(.), carry = dz_t U^T. carry holds dh after the last step first, then
    dh of the start. panels : of U transposed.
    """
    for t in range(len(keep) - 1, -1, -1):
        rnn_state_backward(keep[t], code, h[t + 1], dh[t], carry, dz[t])
        send_back(dz[t], START, U, START, U.shape[1], panels, carry, t)


# ---- LSTM --------------------------------------------------------------------------------------------------
# With peephole (3, H) the scores of i and f also see c, those of o see c'; with (0, H) none does.


def _sigmoid_array(z):
    return 1 / (1 + np.exp(-z))


def _lstm_sequence_twin(z, U, panels, keep, peephole, c, tanh_c, h):
    for t in range(len(keep)):
        real = keep[t, :, None]
        z[t] += h[t] @ U
        i, f, g, o = np.split(z[t], 4, axis=1)  # views
        if peephole.size:
            i += peephole[0] * c[t]
            f += peephole[1] * c[t]
        i[:], f[:], g[:] = _sigmoid_array(i), _sigmoid_array(f), np.tanh(g)
        after = f * c[t] + i * g
        if peephole.size:
            o += peephole[2] * after
        o[:], tanh_c[t] = _sigmoid_array(o), np.tanh(after)
        c[t + 1], h[t + 1] = np.where(real, after, c[t]), np.where(real, o * tanh_c[t], h[t])


@pasted
def lstm_state(z, keep, peephole, c, h, c_new, tanh_c, h_new):
    """Scores z (N, 4H) become the gates i, f, g, o; c' = f c + i g; h' = o tanh(c')."""
    N, H = c.shape
    for n in range(N):
        gates, i, f, g, o = z[n, : 2 * H], z[n, :H], z[n, H : 2 * H], z[n, 2 * H : 3 * H], z[n, 3 * H :]
        before, after, squashed, state = c[n], c_new[n], tanh_c[n], h_new[n]
        if len(peephole):
            for j in range(H):
                i[j] += peephole[0, j] * before[j]
                f[j] += peephole[1, j] * before[j]
        for j in range(2 * H):
            gates[j] = sigmoid(gates[j])
        for j in range(H):
            g[j] = tanh(g[j])
        for j in range(H):
            after[j] = f[j] * before[j] + i[j] * g[j]
        if len(peephole):
            for j in range(H):
                o[j] += peephole[2, j] * after[j]
        for j in range(H):
            o[j] = sigmoid(o[j])
        for j in range(H):
            squashed[j] = tanh(after[j])
        for j in range(H):
            state[j] = o[j] * squashed[j]
        if not keep[n]:
            for j in range(H):
                after[j], state[j] = before[j], h[n, j]


@kernel(twin=_lstm_sequence_twin)
def lstm_sequence(z, U, panels, keep, peephole, c, tanh_c, h):
    """z holds x W + b and becomes the gates; c[0] and h[0] are the start, the others become the states."""
    for t in range(len(keep)):
        add_product(h[t], U, START, U.shape[1], panels, z[t], START, t)
        lstm_state(z[t], keep[t], peephole, c[t], h[t], c[t + 1], tanh_c[t], h[t + 1])


def _lstm_sequence_backward_twin(z, U, panels, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    for t in range(len(keep) - 1, -1, -1):
        real, (i, f, g, o) = keep[t, :, None], np.split(z[t], 4, axis=1)
        carry_h += dh[t]
        do = carry_h * tanh_c[t] * o * (1 - o)
        dc = carry_c + carry_h * o * (1 - tanh_c[t] * tanh_c[t])
        if peephole.size:
            dc += peephole[2] * do
        di, df, dg = dc * g * i * (1 - i), dc * c[t] * f * (1 - f), dc * i * (1 - g * g)
        dc = dc * f
        if peephole.size:
            dc += peephole[0] * di + peephole[1] * df
        dz[t] = np.where(real, np.concatenate([di, df, dg, do], axis=1), 0)
        carry_c[:], carry_h[:] = np.where(real, dc, carry_c), np.where(real, 0, carry_h) + dz[t] @ U.T


# Backward a unit with gates has some nine numbers to read and five to write. In loops over single numbers the compiler
# would have to make sure, again and again, that no two of these rows overlap; so the formulas of LSTM and GRU are
# written for vectors, of as many lanes as fit or of one.


@pasted
def lstm_slopes(lanes, j, z, peephole, before, squashed, slope, total, carry, d):
    """Of units j and following: the gradients of the scores, and in carry what goes to c."""
    H, one = before.size, before.dtype.type(1)
    i, f = vectors.take(lanes, z, j), vectors.take(lanes, z, H + j)
    g, o = vectors.take(lanes, z, 2 * H + j), vectors.take(lanes, z, 3 * H + j)
    c, t = vectors.take(lanes, before, j), vectors.take(lanes, squashed, j)
    arrives = vectors.take(lanes, total, j) + vectors.take(lanes, slope, j)
    do = arrives * t * (o * (one - o))
    dc = vectors.take(lanes, carry, j) + arrives * o * (one - t * t)
    if len(peephole):
        dc = dc + vectors.take(lanes, peephole, 2 * H + j) * do
    di, df = dc * g * (i * (one - i)), dc * c * (f * (one - f))
    vectors.put(di, d, j)
    vectors.put(df, d, H + j)
    vectors.put(dc * i * (one - g * g), d, 2 * H + j)
    vectors.put(do, d, 3 * H + j)
    dc = dc * f
    if len(peephole):
        dc = dc + vectors.take(lanes, peephole, j) * di + vectors.take(lanes, peephole, H + j) * df
    vectors.put(dc, carry, j)


@pasted
def lstm_state_backward(z, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    """carry_h and carry_c, what comes from later steps, and dh of this one become the gradient dz of the scores.

    With dC = carry_c + dh o (1 - tanh^2 c'): do = dh tanh(c') o (1-o), di = dC g i (1-i), df = dC c f (1-f),
    dg = dC i (1-g^2). carry_c becomes dC f, carry_h 0, ready for dz U^T.
    """
    (N, H), zero = c.shape, z.dtype.type(0)
    lanes = vectors.lanes_like(c)
    whole = H - H % len(lanes)
    for n in range(N):
        total, slope = carry_h[n], dh[n]
        if keep[n]:
            for j in range(0, whole, len(lanes)):
                lstm_slopes(lanes, j, z[n], peephole, c[n], tanh_c[n], slope, total, carry_c[n], dz[n])
            for j in range(whole, H):
                lstm_slopes(ONE, j, z[n], peephole, c[n], tanh_c[n], slope, total, carry_c[n], dz[n])
            for j in range(H):
                total[j] = zero
        else:
            for j in range(H):
                total[j] += slope[j]
            for j in range(4 * H):
                dz[n, j] = zero


@kernel(twin=_lstm_sequence_backward_twin)
def lstm_sequence_backward(z, U, panels, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    """Backward in time; the carries hold the gradients of the last state first, then those of the start. panels : of U
    transposed.
    """
    for t in range(len(keep) - 1, -1, -1):
        lstm_state_backward(z[t], keep[t], peephole, c[t], tanh_c[t], dh[t], carry_h, carry_c, dz[t])
        send_back(dz[t], START, U, START, U.shape[1], panels, carry_h, t)


# ---- GRU ---------------------------------------------------------------------------------------------------
# Blocks z, r, k. `inner` (T, N, H) is what stands beside the reset: with COURSE r h, which is then multiplied by the
# weights; with PYTORCH h U_k + b_hidden, multiplied before.


def _gru_sequence_twin(code, z, inner, U, panels, keep, h):
    H = h.shape[2]
    for t in range(len(keep)):
        gates, k = z[t, :, : 2 * H], z[t, :, 2 * H :]
        gates += h[t] @ U[:, : 2 * H]
        gates[:] = _sigmoid_array(gates)
        share, r = gates[:, :H], gates[:, H:]
        if code == COURSE:
            inner[t] = r * h[t]
            k += inner[t] @ U[:, 2 * H :]
        else:
            inner[t] += h[t] @ U[:, 2 * H :]
            k += r * inner[t]
        k[:] = np.tanh(k)
        state = (1 - share) * h[t] + share * k if code == COURSE else share * h[t] + (1 - share) * k
        h[t + 1] = np.where(keep[t, :, None], state, h[t])


@pasted
def gru_gates(code, z, inner, h):
    """The scores of z and r become gates; COURSE resets h before the product."""
    N, H = h.shape
    for n in range(N):
        gates, r, row, before = z[n, : 2 * H], z[n, H : 2 * H], inner[n], h[n]
        for j in range(2 * H):
            gates[j] = sigmoid(gates[j])
        if code == COURSE:
            for j in range(H):
                row[j] = r[j] * before[j]


@pasted
def gru_state(code, z, inner, keep, h, h_new):
    """PYTORCH resets after the product. The score of k becomes the candidate; h' = (1-z) h + z k, with PYTORCH
    z h + (1-z) k.
    """
    N, H = h.shape
    for n in range(N):
        share, r, new, row = z[n, :H], z[n, H : 2 * H], z[n, 2 * H :], inner[n]
        before, after = h[n], h_new[n]
        if code == PYTORCH:
            for j in range(H):
                new[j] += r[j] * row[j]
        for j in range(H):
            new[j] = tanh(new[j])
        if not keep[n]:
            for j in range(H):
                after[j] = before[j]
        elif code == COURSE:
            for j in range(H):
                after[j] = before[j] + share[j] * (new[j] - before[j])
        else:
            for j in range(H):
                after[j] = new[j] + share[j] * (before[j] - new[j])


@kernel(twin=_gru_sequence_twin)
def gru_sequence(code, z, inner, U, panels, keep, h):
    """z holds x W + b and becomes gates and candidate, inner holds b_hidden with PYTORCH; h[0] is the start."""
    H = h.shape[2]
    for t in range(len(keep)):
        add_product(h[t], U, START, 2 * H, panels, z[t], START, t)
        gru_gates(code, z[t], inner[t], h[t])
        factor, out, at = (inner[t], z[t], 2 * H) if code == COURSE else (h[t], inner[t], 0)
        add_product(factor, U, 2 * H, H, panels, out, at, t)
        gru_state(code, z[t], inner[t], keep[t], h[t], h[t + 1])


def _gru_sequence_backward_twin(code, z, inner, U, panels, keep, h, dh, carry, dinner, dz):
    H = h.shape[2]
    Uk = U[:, 2 * H :]
    for t in range(len(keep) - 1, -1, -1):
        real, (share, r, k) = keep[t, :, None], np.split(z[t], 3, axis=1)
        new, toward = (share, k - h[t]) if code == COURSE else (1 - share, h[t] - k)
        carry += dh[t]
        dshare, dk = carry * toward * share * (1 - share), np.where(real, carry * new * (1 - k * k), 0)
        direct = np.where(real, carry * (1 - new), carry)
        if code == COURSE:
            dinner[t] = dk @ Uk.T
            dr, through = dinner[t] * h[t], dinner[t] * r
        else:
            dinner[t] = dk * r
            dr, through = dk * inner[t], dinner[t] @ Uk.T
        dz[t] = np.where(real, np.concatenate([dshare, dr * r * (1 - r), dk], axis=1), 0)
        carry[:] = direct + through + dz[t, :, : 2 * H] @ U[:, : 2 * H].T


@pasted
def course_slopes(lanes, j, z, before, slope, total, d):
    """Of units j and following, before d(r h) is known: the gradients of the scores of z and k; total keeps what goes
    to h directly.
    """
    H, one = before.size, before.dtype.type(1)
    share, new = vectors.take(lanes, z, j), vectors.take(lanes, z, 2 * H + j)
    arrives = vectors.take(lanes, total, j) + vectors.take(lanes, slope, j)
    vectors.put(arrives * (new - vectors.take(lanes, before, j)) * (share * (one - share)), d, j)
    vectors.put(arrives * share * (one - new * new), d, 2 * H + j)
    vectors.put(arrives * (one - share), total, j)


@pasted
def course_reset_slopes(lanes, j, z, before, drow, total, d):
    """Then, from drow = d(r h): the gradient of the score of r, and what reaches h through r h."""
    H, one = before.size, before.dtype.type(1)
    r, through = vectors.take(lanes, z, H + j), vectors.take(lanes, drow, j)
    vectors.put(through * vectors.take(lanes, before, j) * (r * (one - r)), d, H + j)
    vectors.put(vectors.take(lanes, total, j) + through * r, total, j)


@pasted
def pytorch_slopes(lanes, j, z, row, before, slope, drow, total, d):
    """The gradients of all three scores, and drow, that of the product which r multiplies."""
    H, one = before.size, before.dtype.type(1)
    share, r, new = vectors.take(lanes, z, j), vectors.take(lanes, z, H + j), vectors.take(lanes, z, 2 * H + j)
    arrives = vectors.take(lanes, total, j) + vectors.take(lanes, slope, j)
    dnew = arrives * (one - share) * (one - new * new)
    vectors.put(arrives * (vectors.take(lanes, before, j) - new) * (share * (one - share)), d, j)
    vectors.put(dnew * vectors.take(lanes, row, j) * (r * (one - r)), d, H + j)
    vectors.put(dnew, d, 2 * H + j)
    vectors.put(dnew * r, drow, j)
    vectors.put(arrives * share, total, j)


@pasted
def gru_state_backward(code, z, inner, keep, h, dh, carry, dinner, dz):
    """carry and dh become the gradients of scores, where the sequence has not ended: of all three with PYTORCH, which
    also writes dinner; of z and k with COURSE, which makes dinner 0, ready for a product.
    """
    (N, H), zero = h.shape, h.dtype.type(0)
    lanes = vectors.lanes_like(h)
    whole = H - H % len(lanes)
    for n in range(N):
        gates, row, before, slope, drow, total, d = z[n], inner[n], h[n], dh[n], dinner[n], carry[n], dz[n]
        if code == COURSE or not keep[n]:
            for j in range(H):
                drow[j] = zero
        if not keep[n]:
            for j in range(3 * H):
                d[j] = zero
            for j in range(H):
                total[j] += slope[j]
        elif code == COURSE:
            for j in range(0, whole, len(lanes)):
                course_slopes(lanes, j, gates, before, slope, total, d)
            for j in range(whole, H):
                course_slopes(ONE, j, gates, before, slope, total, d)
        else:
            for j in range(0, whole, len(lanes)):
                pytorch_slopes(lanes, j, gates, row, before, slope, drow, total, d)
            for j in range(whole, H):
                pytorch_slopes(ONE, j, gates, row, before, slope, drow, total, d)


@pasted
def gru_reset_backward(z, h, dinner, carry, dz):
    """The rest of COURSE, after the product."""
    N, H = h.shape
    lanes = vectors.lanes_like(h)
    whole = H - H % len(lanes)
    for n in range(N):
        for j in range(0, whole, len(lanes)):
            course_reset_slopes(lanes, j, z[n], h[n], dinner[n], carry[n], dz[n])
        for j in range(whole, H):
            course_reset_slopes(ONE, j, z[n], h[n], dinner[n], carry[n], dz[n])


@kernel(twin=_gru_sequence_backward_twin)
def gru_sequence_backward(code, z, inner, U, panels, keep, h, dh, carry, dinner, dz):
    """Backward in time; carry holds the gradient of the last state first, then that of the start. dinner (T, N, H) is
    the gradient of inner. panels : of U transposed.
    """
    H = h.shape[2]
    for t in range(len(keep) - 1, -1, -1):
        gru_state_backward(code, z[t], inner[t], keep[t], h[t], dh[t], carry, dinner[t], dz[t])
        d, at, out = (dz[t], 2 * H, dinner[t]) if code == COURSE else (dinner[t], 0, carry)
        send_back(d, at, U, 2 * H, H, panels, out, t)
        if code == COURSE:
            gru_reset_backward(z[t], h[t], dinner[t], carry, dz[t])
        send_back(dz[t], START, U, START, 2 * H, panels, carry, t)

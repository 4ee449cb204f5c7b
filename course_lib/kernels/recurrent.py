"""Recurrent cells: what happens between the scores of a step and its new state, and whole sequences.

Time stands first: h is (T + 1, N, H), the start and the state after each step; scores z are (T, N, gates H). What the
inputs give to the scores, x W + b, is one product for all steps and stands in z before a sequence begins. What the
state gives, h U, has to wait for the step before: that is the loop. `keep` (T, N) is False where a sequence has ended:
there the state is handed on, and its gradient with it.

A sequence is written twice. For a few samples at a time a product of a row with a matrix is too small for a matrix
library, and the whole loop is compiled. For more samples each step is a matrix product, and only what lies between two
products is compiled.
"""

import numpy as np

from course_lib.kernels.activations import sigmoid_slope, tanh_slope
from course_lib.kernels.jit import kernel
from course_lib.kernels.mathfun import sigmoid, tanh

#: The activations of a plain recurrent net, and the kinds of GRU, by number.
TANH, RELU = range(2)
COURSE, PYTORCH = range(2)


def _sigmoid_array(z):
    return 1 / (1 + np.exp(-z))


# ---- products with the recurrent weights -------------------------------------------------------------------


def _add_product_twin(a, U, first, out):
    out += a @ U[:, first : first + out.shape[1]]


@kernel(twin=_add_product_twin)
def add_product(a, U, first, out):
    """out += a U, with the columns of U from `first` on; four rows of U a pass: out is read and written less.

    Rows are cut out before the loop. For all that the compiler knows first + j may be negative, and a loop that has to
    look is eight times slower.
    """
    N, K = a.shape
    M, rest = out.shape[1], K % 4
    end = first + M
    for n in range(N):
        for k in range(rest):
            factor, row = a[n, k], U[k, first:end]
            for j in range(M):
                out[n, j] += factor * row[j]
        for k in range(rest, K, 4):
            a0, a1, a2, a3 = a[n, k], a[n, k + 1], a[n, k + 2], a[n, k + 3]
            row0, row1, row2, row3 = U[k, first:end], U[k + 1, first:end], U[k + 2, first:end], U[k + 3, first:end]
            for j in range(M):
                out[n, j] += a0 * row0[j] + a1 * row1[j] + a2 * row2[j] + a3 * row3[j]


def _send_back_twin(d, U, first, out):
    out += d @ U[:, first : first + d.shape[1]].T


@kernel(twin=_send_back_twin)
def send_back(d, U, first, out):
    """out += d U^T, with the columns of U from `first` on: each unit collects what its row of U has sent."""
    N, M = d.shape
    zero = d.dtype.type(0)
    for n in range(N):
        for k in range(out.shape[1]):
            total, row = zero, U[k, first : first + M]
            for j in range(M):
                total += d[n, j] * row[j]
            out[n, k] += total


def adder(matrix, rows):
    """A function (a, out) that adds the product of a (rows, K) and the matrix to out."""
    room = np.empty((rows, matrix.shape[1]), matrix.dtype)

    def add(a, out):
        np.matmul(a, matrix, out=room)
        np.add(out, room, out=out)

    return add


def _add_rows_twin(rows, places, out):
    np.add.at(out, places, rows)


@kernel(twin=_add_rows_twin)
def add_rows(rows, places, out):
    """out[places[i]] += rows[i]: the gradient of a table whose rows were looked up."""
    for i in range(len(places)):
        row = out[places[i]]
        for j in range(rows.shape[1]):
            row[j] += rows[i, j]


# ---- plain recurrent net -----------------------------------------------------------------------------------


def _rnn_state_twin(keep, h, code, h_new):
    h_new[:] = np.tanh(h_new) if code == TANH else np.maximum(h_new, 0)
    h_new[~keep] = h[~keep]


@kernel(twin=_rnn_state_twin)
def rnn_state(keep, h, code, h_new):
    """The scores in h_new become the state, tanh or max(0, .) of them."""
    N, H = h.shape
    zero = h.dtype.type(0)
    for n in range(N):
        if code == TANH:
            for j in range(H):
                h_new[n, j] = tanh(h_new[n, j])
        else:
            for j in range(H):
                h_new[n, j] = zero if h_new[n, j] < zero else h_new[n, j]  # NaN stays NaN
        if not keep[n]:
            for j in range(H):
                h_new[n, j] = h[n, j]


def _rnn_state_backward_twin(keep, h_new, code, dh, carry, dz):
    carry += dh
    dz[:] = np.where(keep[:, None], carry * (1 - h_new * h_new if code == TANH else h_new > 0), 0)
    carry[keep] = 0


@kernel(twin=_rnn_state_backward_twin)
def rnn_state_backward(keep, h_new, code, dh, carry, dz):
    """carry, what comes from later steps, and dh of this one become the gradient dz of the scores.

    carry is 0 then, ready for dz U^T; where the sequence has ended it waits for an earlier step instead.
    """
    N, H = dh.shape
    zero = dh.dtype.type(0)
    for n in range(N):
        for j in range(H):
            carry[n, j] += dh[n, j]
        if not keep[n]:
            for j in range(H):
                dz[n, j] = zero
            continue
        if code == TANH:
            for j in range(H):
                dz[n, j] = carry[n, j] * tanh_slope(h_new[n, j])
        else:
            for j in range(H):
                dz[n, j] = carry[n, j] if h_new[n, j] > zero else zero
        for j in range(H):
            carry[n, j] = zero


@np.errstate(all="ignore")
def rnn_products(U, keep, code, h):
    """`rnn_sequence` with a matrix product a step."""
    add = adder(U, h.shape[1])
    for t in range(len(keep)):
        add(h[t], h[t + 1])
        rnn_state(keep[t], h[t], code, h[t + 1])


@kernel(twin=rnn_products)
def rnn_sequence(U, keep, code, h):
    """h[0] is the start, h[1:] holds x W + b and becomes the states: h_t = g(x_t W + b + h_{t-1} U)."""
    for t in range(len(keep)):
        add_product(h[t], U, 0, h[t + 1])
        rnn_state(keep[t], h[t], code, h[t + 1])


@np.errstate(all="ignore")
def rnn_products_backward(U, keep, code, h, dh, carry, dz):
    """`rnn_sequence_backward` with a matrix product a step."""
    add = adder(np.ascontiguousarray(U.T), h.shape[1])
    for t in range(len(keep) - 1, -1, -1):
        rnn_state_backward(keep[t], h[t + 1], code, dh[t], carry, dz[t])
        add(dz[t], carry)


@kernel(twin=rnn_products_backward)
def rnn_sequence_backward(U, keep, code, h, dh, carry, dz):
    """Backward in time: dz_t = (dh_t + carry) g'(.), carry = dz_t U^T. carry holds dh after the last step first, then
    dh of the start.
    """
    for t in range(len(keep) - 1, -1, -1):
        rnn_state_backward(keep[t], h[t + 1], code, dh[t], carry, dz[t])
        send_back(dz[t], U, 0, carry)


# ---- LSTM --------------------------------------------------------------------------------------------------


def _lstm_state_twin(z, keep, peephole, c, h, c_new, tanh_c, h_new):
    i, f, g, o = np.split(z, 4, axis=1)  # views
    if peephole.size:
        i += peephole[0] * c
        f += peephole[1] * c
    i[:], f[:], g[:] = _sigmoid_array(i), _sigmoid_array(f), np.tanh(g)
    c_new[:] = f * c + i * g
    if peephole.size:
        o += peephole[2] * c_new
    o[:] = _sigmoid_array(o)
    tanh_c[:] = np.tanh(c_new)
    h_new[:] = o * tanh_c
    c_new[~keep], h_new[~keep] = c[~keep], h[~keep]


@kernel(twin=_lstm_state_twin)
def lstm_state(z, keep, peephole, c, h, c_new, tanh_c, h_new):
    """Scores z (N, 4H) become the gates i, f, g, o; c' = f c + i g; h' = o tanh(c').

    With peephole (3, H) the scores of i and f also see c, those of o see c'; with (0, H) none does.
    """
    N, H = c.shape
    for n in range(N):
        if peephole.size:
            for j in range(H):
                z[n, j] += peephole[0, j] * c[n, j]
                z[n, H + j] += peephole[1, j] * c[n, j]
        for j in range(2 * H):
            z[n, j] = sigmoid(z[n, j])
        for j in range(H):  # not from 2H to 3H, see `add_product`
            z[n, 2 * H + j] = tanh(z[n, 2 * H + j])
        for j in range(H):
            c_new[n, j] = z[n, H + j] * c[n, j] + z[n, j] * z[n, 2 * H + j]
        if peephole.size:
            for j in range(H):
                z[n, 3 * H + j] += peephole[2, j] * c_new[n, j]
        for j in range(H):
            z[n, 3 * H + j] = sigmoid(z[n, 3 * H + j])
        for j in range(H):
            tanh_c[n, j] = tanh(c_new[n, j])
        for j in range(H):
            h_new[n, j] = z[n, 3 * H + j] * tanh_c[n, j]
        if not keep[n]:
            for j in range(H):
                c_new[n, j], h_new[n, j] = c[n, j], h[n, j]


def _lstm_state_backward_twin(z, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    i, f, g, o = np.split(z, 4, axis=1)
    carry_h += dh
    do = carry_h * tanh_c * o * (1 - o)
    dc = carry_c + carry_h * o * (1 - tanh_c * tanh_c)
    if peephole.size:
        dc += peephole[2] * do
    di, df, dg = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g)
    dc = dc * f
    if peephole.size:
        dc += peephole[0] * di + peephole[1] * df
    dz[:] = np.where(keep[:, None], np.concatenate([di, df, dg, do], axis=1), 0)
    carry_c[keep], carry_h[keep] = dc[keep], 0


@kernel(twin=_lstm_state_backward_twin)
def lstm_state_backward(z, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    """carry_h and carry_c, what comes from later steps, and dh of this one become the gradient dz of the scores.

    With dC = carry_c + dh o (1 - tanh^2 c'): do = dh tanh(c') o (1-o), di = dC g i (1-i), df = dC c f (1-f),
    dg = dC i (1-g^2). carry_c becomes dC f, carry_h 0, ready for dz U^T.
    """
    N, H = c.shape
    zero = z.dtype.type(0)
    for n in range(N):
        for j in range(H):
            carry_h[n, j] += dh[n, j]
        if not keep[n]:
            for j in range(4 * H):
                dz[n, j] = zero
            continue
        for j in range(H):
            dz[n, 3 * H + j] = carry_h[n, j] * tanh_c[n, j] * sigmoid_slope(z[n, 3 * H + j])
        for j in range(H):
            carry_c[n, j] += carry_h[n, j] * z[n, 3 * H + j] * tanh_slope(tanh_c[n, j])
        if peephole.size:
            for j in range(H):
                carry_c[n, j] += peephole[2, j] * dz[n, 3 * H + j]
        for j in range(H):
            dz[n, j] = carry_c[n, j] * z[n, 2 * H + j] * sigmoid_slope(z[n, j])
        for j in range(H):
            dz[n, H + j] = carry_c[n, j] * c[n, j] * sigmoid_slope(z[n, H + j])
        for j in range(H):
            dz[n, 2 * H + j] = carry_c[n, j] * z[n, j] * tanh_slope(z[n, 2 * H + j])
        for j in range(H):
            carry_c[n, j] *= z[n, H + j]
            carry_h[n, j] = zero
        if peephole.size:
            for j in range(H):
                carry_c[n, j] += peephole[0, j] * dz[n, j] + peephole[1, j] * dz[n, H + j]


@np.errstate(all="ignore")
def lstm_products(z, U, keep, peephole, c, tanh_c, h):
    """`lstm_sequence` with a matrix product a step."""
    add = adder(U, h.shape[1])
    for t in range(len(keep)):
        add(h[t], z[t])
        lstm_state(z[t], keep[t], peephole, c[t], h[t], c[t + 1], tanh_c[t], h[t + 1])


@kernel(twin=lstm_products)
def lstm_sequence(z, U, keep, peephole, c, tanh_c, h):
    """z holds x W + b and becomes the gates; c[0] and h[0] are the start, the others become the states."""
    for t in range(len(keep)):
        add_product(h[t], U, 0, z[t])
        lstm_state(z[t], keep[t], peephole, c[t], h[t], c[t + 1], tanh_c[t], h[t + 1])


@np.errstate(all="ignore")
def lstm_products_backward(z, U, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    """`lstm_sequence_backward` with a matrix product a step."""
    add = adder(np.ascontiguousarray(U.T), dh.shape[1])
    for t in range(len(keep) - 1, -1, -1):
        lstm_state_backward(z[t], keep[t], peephole, c[t], tanh_c[t], dh[t], carry_h, carry_c, dz[t])
        add(dz[t], carry_h)


@kernel(twin=lstm_products_backward)
def lstm_sequence_backward(z, U, keep, peephole, c, tanh_c, dh, carry_h, carry_c, dz):
    """Backward in time; the carries hold the gradients of the last state first, then those of the start."""
    for t in range(len(keep) - 1, -1, -1):
        lstm_state_backward(z[t], keep[t], peephole, c[t], tanh_c[t], dh[t], carry_h, carry_c, dz[t])
        send_back(dz[t], U, 0, carry_h)


# ---- GRU ---------------------------------------------------------------------------------------------------
# Gates z and r lie in zr (T, N, 2H), the candidate in k (T, N, H). `inner` (T, N, H) is what stands beside the reset:
# with COURSE r h, which is then multiplied by the weights; with PYTORCH h U_k + b_hidden, multiplied before.


def _gru_gates_twin(code, zr, k, inner, h):
    H = h.shape[1]
    zr[:] = _sigmoid_array(zr)
    if code == COURSE:
        inner[:] = zr[:, H:] * h
    else:
        k += zr[:, H:] * inner


@kernel(twin=_gru_gates_twin)
def gru_gates(code, zr, k, inner, h):
    """The scores in zr become the gates; the reset r meets h, or with PYTORCH the product of h."""
    N, H = h.shape
    for n in range(N):
        for j in range(2 * H):
            zr[n, j] = sigmoid(zr[n, j])
        if code == COURSE:
            for j in range(H):
                inner[n, j] = zr[n, H + j] * h[n, j]
        else:
            for j in range(H):
                k[n, j] += zr[n, H + j] * inner[n, j]


def _gru_state_twin(code, zr, k, keep, h, h_new):
    z = zr[:, : h.shape[1]]
    k[:] = np.tanh(k)
    h_new[:] = (1 - z) * h + z * k if code == COURSE else z * h + (1 - z) * k
    h_new[~keep] = h[~keep]


@kernel(twin=_gru_state_twin)
def gru_state(code, zr, k, keep, h, h_new):
    """The scores in k become the candidate; h' = (1-z) h + z k, with PYTORCH z h + (1-z) k."""
    N, H = h.shape
    for n in range(N):
        for j in range(H):
            k[n, j] = tanh(k[n, j])
        if not keep[n]:
            for j in range(H):
                h_new[n, j] = h[n, j]
        elif code == COURSE:
            for j in range(H):
                h_new[n, j] = h[n, j] + zr[n, j] * (k[n, j] - h[n, j])
        else:
            for j in range(H):
                h_new[n, j] = k[n, j] + zr[n, j] * (h[n, j] - k[n, j])


def _gru_state_backward_twin(code, zr, k, keep, h, dh, carry, dzr, dk):
    H, real = h.shape[1], keep[:, None]
    z = zr[:, :H]
    new, old = (z, 1 - z) if code == COURSE else (1 - z, z)
    toward = k - h if code == COURSE else h - k
    carry += dh
    dzr[:, :H] = np.where(real, carry * toward * z * (1 - z), 0)
    dk[:] = np.where(real, carry * new * (1 - k * k), 0)
    np.multiply(carry, old, out=carry, where=real)


@kernel(twin=_gru_state_backward_twin)
def gru_state_backward(code, zr, k, keep, h, dh, carry, dzr, dk):
    """carry and dh become the gradients of the scores of z and k; carry keeps what goes to h directly."""
    N, H = h.shape
    zero, one = h.dtype.type(0), h.dtype.type(1)
    for n in range(N):
        for j in range(H):
            carry[n, j] += dh[n, j]
        if not keep[n]:
            for j in range(H):
                dzr[n, j] = zero
                dk[n, j] = zero
        elif code == COURSE:
            for j in range(H):
                dzr[n, j] = carry[n, j] * (k[n, j] - h[n, j]) * sigmoid_slope(zr[n, j])
                dk[n, j] = carry[n, j] * zr[n, j] * tanh_slope(k[n, j])
                carry[n, j] *= one - zr[n, j]
        else:
            for j in range(H):
                dzr[n, j] = carry[n, j] * (h[n, j] - k[n, j]) * sigmoid_slope(zr[n, j])
                dk[n, j] = carry[n, j] * (one - zr[n, j]) * tanh_slope(k[n, j])
                carry[n, j] *= zr[n, j]


def _gru_gates_backward_twin(code, zr, inner, h, dk, dinner, carry, dzr):
    H = h.shape[1]
    r = zr[:, H:]
    if code == COURSE:
        dzr[:, H:] = dinner * h * r * (1 - r)
        carry += dinner * r
    else:
        dzr[:, H:] = dk * inner * r * (1 - r)
        dinner[:] = dk * r


@kernel(twin=_gru_gates_backward_twin)
def gru_gates_backward(code, zr, inner, h, dk, dinner, carry, dzr):
    """The gradient of the score of r. COURSE takes dinner, the gradient of r h, and adds its part to carry; PYTORCH
    writes dinner, the gradient of the product.
    """
    N, H = h.shape
    for n in range(N):
        if code == COURSE:
            for j in range(H):
                dzr[n, H + j] = dinner[n, j] * h[n, j] * sigmoid_slope(zr[n, H + j])
                carry[n, j] += dinner[n, j] * zr[n, H + j]
        else:
            for j in range(H):
                dzr[n, H + j] = dk[n, j] * inner[n, j] * sigmoid_slope(zr[n, H + j])
                dinner[n, j] = dk[n, j] * zr[n, H + j]


@np.errstate(all="ignore")
def gru_products(code, zr, k, inner, U, keep, h):
    """`gru_sequence` with matrix products."""
    N, H = h.shape[1:]
    add_gates, add_candidate = adder(U[:, : 2 * H], N), adder(U[:, 2 * H :], N)
    for t in range(len(keep)):
        add_gates(h[t], zr[t])
        if code == PYTORCH:
            add_candidate(h[t], inner[t])
        gru_gates(code, zr[t], k[t], inner[t], h[t])
        if code == COURSE:
            add_candidate(inner[t], k[t])
        gru_state(code, zr[t], k[t], keep[t], h[t], h[t + 1])


@kernel(twin=gru_products)
def gru_sequence(code, zr, k, inner, U, keep, h):
    """zr and k hold x W + b and become gates and candidate, inner holds b_hidden with PYTORCH; h[0] is the start."""
    H = h.shape[2]
    for t in range(len(keep)):
        add_product(h[t], U, 0, zr[t])
        if code == PYTORCH:
            add_product(h[t], U, 2 * H, inner[t])
        gru_gates(code, zr[t], k[t], inner[t], h[t])
        if code == COURSE:
            add_product(inner[t], U, 2 * H, k[t])
        gru_state(code, zr[t], k[t], keep[t], h[t], h[t + 1])


@np.errstate(all="ignore")
def gru_products_backward(code, zr, k, inner, U, keep, h, dh, carry, dinner, dzr, dk):
    """`gru_sequence_backward` with matrix products."""
    N, H = h.shape[1:]
    back_gates, back_candidate = (adder(np.ascontiguousarray(part.T), N) for part in (U[:, : 2 * H], U[:, 2 * H :]))
    for t in range(len(keep) - 1, -1, -1):
        gru_state_backward(code, zr[t], k[t], keep[t], h[t], dh[t], carry, dzr[t], dk[t])
        if code == COURSE:
            dinner[:] = 0
            back_candidate(dk[t], dinner)
        gru_gates_backward(code, zr[t], inner[t], h[t], dk[t], dinner, carry, dzr[t])
        if code == PYTORCH:
            back_candidate(dinner, carry)
        back_gates(dzr[t], carry)


@kernel(twin=gru_products_backward)
def gru_sequence_backward(code, zr, k, inner, U, keep, h, dh, carry, dinner, dzr, dk):
    """Backward in time; carry holds the gradient of the last state first, then that of the start. dinner is room."""
    H = h.shape[2]
    for t in range(len(keep) - 1, -1, -1):
        gru_state_backward(code, zr[t], k[t], keep[t], h[t], dh[t], carry, dzr[t], dk[t])
        if code == COURSE:
            dinner[:] = 0
            send_back(dk[t], U, 2 * H, dinner)
        gru_gates_backward(code, zr[t], inner[t], h[t], dk[t], dinner, carry, dzr[t])
        if code == PYTORCH:
            send_back(dinner, U, 2 * H, carry)
        send_back(dzr[t], U, 0, carry)

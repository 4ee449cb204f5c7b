"""Update rules: one step of an optimizer over a flat vector of parameters, in place.

Every rule has the same arguments, so that training takes any of them:

    rule(w, dw, state, settings, t)

w (P,) are the parameters and dw (P,) their gradient. Row k of state (slots, P) is what the rule keeps from step to
step, all zeros before the first one. settings (float64) begin with the learning rate and the weight decay. t = 1, 2,
... counts the steps. In every rule g = dw + weight_decay w, but for adamw.
"""

import math
from functools import partial

import numpy as np

from course_lib.kernels import vectors
from course_lib.kernels.jit import kernel

#: Training calls a rule by its address: thirteen rules linked into it would double the time to compile it.
rule = partial(kernel, by_address=True)


def _sgd_twin(w, dw, state, settings, t):
    lr, decay = settings[:2].astype(w.dtype)
    w -= lr * (dw + decay * w)


@rule(twin=_sgd_twin)
def sgd(w, dw, state, settings, t):
    """(2.5): w <- w - lr g, with g = dw + weight_decay w."""
    real = w.dtype.type
    lr, decay = real(settings[0]), real(settings[1])
    for i in range(w.size):
        w[i] -= lr * (dw[i] + decay * w[i])


def _momentum_twin(w, dw, state, settings, t):
    lr, decay, kept = settings[:3].astype(w.dtype)
    v = state[0]
    v *= kept
    v += dw + decay * w
    w -= lr * v


@rule(twin=_momentum_twin)
def momentum(w, dw, state, settings, t):
    """v <- momentum v + g,  w <- w - lr v, with g = dw + weight_decay w. One slot: v."""
    real = w.dtype.type
    lr, decay, kept = real(settings[0]), real(settings[1]), real(settings[2])
    for i in range(w.size):
        v = kept * state[0, i] + (dw[i] + decay * w[i])
        state[0, i] = v
        w[i] -= lr * v


# ---- momentum ------------------------------------------------------------------------------------------------


def _averaged_momentum_twin(w, dw, state, settings, t):
    lr, decay, kept = settings[:3].astype(w.dtype)
    v = state[0]
    v *= kept
    v += w.dtype.type(1 - settings[2]) * (dw + decay * w)
    w -= lr * v


@rule(twin=_averaged_momentum_twin)
def averaged_momentum(w, dw, state, settings, t):
    """v <- momentum v + (1 - momentum) g,  w <- w - lr v. One slot: v."""
    real = w.dtype.type
    lr, decay, kept, new = real(settings[0]), real(settings[1]), real(settings[2]), real(1 - settings[2])
    for i in range(w.size):
        v = kept * state[0, i] + new * (dw[i] + decay * w[i])
        state[0, i] = v
        w[i] -= lr * v


def _nesterov_twin(w, dw, state, settings, t):
    lr, decay, kept = settings[:3].astype(w.dtype)
    g, v = dw + decay * w, state[0]
    v *= kept
    v += g
    w -= lr * (g + kept * v)


@rule(twin=_nesterov_twin)
def nesterov(w, dw, state, settings, t):
    """v <- momentum v + g,  w <- w - lr (g + momentum v). One slot: v."""
    real = w.dtype.type
    lr, decay, kept = real(settings[0]), real(settings[1]), real(settings[2])
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        v = kept * state[0, i] + g
        state[0, i] = v
        w[i] -= lr * (g + kept * v)


# ---- a rate for each parameter -------------------------------------------------------------------------------


def _adagrad_twin(w, dw, state, settings, t):
    lr, decay, eps = settings[:3].astype(w.dtype)
    g, G = dw + decay * w, state[0]
    G += g * g
    w -= lr * g / (np.sqrt(G) + eps)


@rule(twin=_adagrad_twin)
def adagrad(w, dw, state, settings, t):
    """G <- G + g^2,  w <- w - lr g / (sqrt(G) + eps). One slot: G."""
    real = w.dtype.type
    lr, decay, eps = real(settings[0]), real(settings[1]), real(settings[2])
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        G = state[0, i] + g * g
        state[0, i] = G
        w[i] -= lr * g / (math.sqrt(G) + eps)


def _adadelta_twin(w, dw, state, settings, t):
    lr, decay, rho, eps, new = (*settings[:4].astype(w.dtype), w.dtype.type(1 - settings[2]))
    g, (s, u) = dw + decay * w, state[:2]
    s *= rho
    s += new * g * g
    step = np.sqrt(u + eps) / np.sqrt(s + eps) * g
    u *= rho
    u += new * step * step
    w -= lr * step


@rule(twin=_adadelta_twin)
def adadelta(w, dw, state, settings, t):
    """s <- rho s + (1 - rho) g^2,  d = sqrt(u + eps) / sqrt(s + eps) g,  u <- rho u + (1 - rho) d^2,  w <- w - lr d.
    Two slots: s, u.
    """
    real = w.dtype.type
    lr, decay, eps = real(settings[0]), real(settings[1]), real(settings[3])
    rho, new = real(settings[2]), real(1 - settings[2])
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        s, u = rho * state[0, i] + new * g * g, state[1, i]
        step = math.sqrt(u + eps) / math.sqrt(s + eps) * g
        state[0, i] = s
        state[1, i] = rho * u + new * step * step
        w[i] -= lr * step


def _rprop_twin(w, dw, state, settings, t):
    lr, decay, shrink, grow, smallest, largest = settings[:6].astype(w.dtype)
    g, (old, step) = dw + decay * w, state[:2]
    step[step == 0] = lr
    turn = g * old
    step *= np.where(turn > 0, grow, np.where(turn < 0, shrink, w.dtype.type(1)))
    step[:] = np.minimum(np.maximum(step, smallest), largest)
    old[:] = g
    w -= step * np.sign(g)


@rule(twin=_rprop_twin)
def rprop(w, dw, state, settings, t):
    """delta times eta_plus where g has kept its sign, times eta_minus where it has changed;  w <- w - delta sign(g).
    Two slots: the last g, and delta, where 0 stands for lr.
    """
    real = w.dtype.type
    lr, decay, shrink, grow = real(settings[0]), real(settings[1]), real(settings[2]), real(settings[3])
    smallest, largest = real(settings[4]), real(settings[5])
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        turn, step = g * state[0, i], state[1, i]
        if step == 0:
            step = lr
        if turn > 0:
            step *= grow
        elif turn < 0:
            step *= shrink
        step = min(max(step, smallest), largest)
        state[0, i] = g
        state[1, i] = step
        if g > 0:
            w[i] -= step
        elif g < 0:
            w[i] += step
        else:
            w[i] += g  # 0, or NaN, which shows


def _rmsprop_twin(w, dw, state, settings, t):
    lr, decay, alpha, eps = settings[:4].astype(w.dtype)
    g, s = dw + decay * w, state[0]
    s *= alpha
    s += w.dtype.type(1 - settings[2]) * g * g
    w -= lr * g / (np.sqrt(s) + eps)


@rule(twin=_rmsprop_twin)
def rmsprop(w, dw, state, settings, t):
    """s <- alpha s + (1 - alpha) g^2,  w <- w - lr g / (sqrt(s) + eps). One slot: s."""
    real = w.dtype.type
    lr, decay, eps = real(settings[0]), real(settings[1]), real(settings[3])
    alpha, new = real(settings[2]), real(1 - settings[2])
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        s = alpha * state[0, i] + new * g * g
        state[0, i] = s
        w[i] -= lr * g / (math.sqrt(s) + eps)


# ---- Adam and its relatives ----------------------------------------------------------------------------------
# Averages that begin at zero are too small at first; c1 = 1 - beta1^t and c2 = 1 - beta2^t divide that out.


def _averages_twin(g, state, settings, t):
    """The averages m and v of g and g^2 after this step, and what corrects them."""
    beta1, beta2, new1, new2 = np.concatenate([settings[2:4], 1 - settings[2:4]]).astype(g.dtype)
    m, v = state[:2]
    m *= beta1
    m += new1 * g
    v *= beta2
    v += new2 * g * g
    return m, v, *(1 - settings[2:4] ** t).astype(g.dtype)


def _adam_twin(w, dw, state, settings, t):
    lr, decay, _, _, eps = settings[:5].astype(w.dtype)
    m, v, c1, c2 = _averages_twin(dw + decay * w, state, settings, t)
    w -= lr * (m / c1) / (np.sqrt(v / c2) + eps)


@rule(twin=_adam_twin)
def adam(w, dw, state, settings, t):
    """m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,  w <- w - lr (m / c1) / (sqrt(v / c2) + eps).
    Two slots: m, v.
    """
    real = w.dtype.type
    lr, decay, eps = real(settings[0]), real(settings[1]), real(settings[4])
    beta1, new1, c1 = real(settings[2]), real(1 - settings[2]), real(1 - settings[2] ** t)
    beta2, new2, c2 = real(settings[3]), real(1 - settings[3]), real(1 - settings[3] ** t)
    step, grow, size = lr / c1, real(1) / c2, w.size
    # 64 numbers at a time, in four registers: all of them are loaded before any is stored. One register at a time, a
    # load waits for a store just before it whenever their addresses end in the same twelve bits.
    half = vectors.lanes_like(w)
    lanes = half + half
    # The step stands in the constants, which spares a product; with lr = 0 or eps = 0 there is no such fraction.
    whole = size - size % len(lanes) if step > 0 and eps > 0 else 0
    root, least = math.sqrt(grow) / step, eps / step
    for i in range(0, whole, len(lanes)):
        x = vectors.take(lanes, w, i)
        g = vectors.take(lanes, dw, i) + decay * x
        m = beta1 * vectors.take(lanes, state, i) + new1 * g
        v = beta2 * vectors.take(lanes, state, size + i) + new2 * g * g
        vectors.put(m, state, i)
        vectors.put(v, state, size + i)
        vectors.put(x - vectors.over(m, root * math.sqrt(v) + least), w, i)
    for i in range(whole, size):  # the same for each of the others
        g = dw[i] + decay * w[i]
        m, v = beta1 * state[0, i] + new1 * g, beta2 * state[1, i] + new2 * g * g
        state[0, i] = m
        state[1, i] = v
        w[i] -= step * m / (math.sqrt(grow * v) + eps)


def _adamw_twin(w, dw, state, settings, t):
    lr, _, _, _, eps = settings[:5].astype(w.dtype)
    m, v, c1, c2 = _averages_twin(dw, state, settings, t)
    w *= w.dtype.type(1 - settings[0] * settings[1])
    w -= lr * (m / c1) / (np.sqrt(v / c2) + eps)


@rule(twin=_adamw_twin)
def adamw(w, dw, state, settings, t):
    """w <- (1 - lr weight_decay) w, then `adam` with g = dw. Two slots: m, v."""
    real = w.dtype.type
    lr, kept, eps = real(settings[0]), real(1 - settings[0] * settings[1]), real(settings[4])
    beta1, new1, c1 = real(settings[2]), real(1 - settings[2]), real(1 - settings[2] ** t)
    beta2, new2, c2 = real(settings[3]), real(1 - settings[3]), real(1 - settings[3] ** t)
    for i in range(w.size):
        g = dw[i]
        m, v = beta1 * state[0, i] + new1 * g, beta2 * state[1, i] + new2 * g * g
        state[0, i] = m
        state[1, i] = v
        w[i] = kept * w[i] - lr * (m / c1) / (math.sqrt(v / c2) + eps)


def _adamax_twin(w, dw, state, settings, t):
    lr, decay, beta1, beta2, eps = settings[:5].astype(w.dtype)
    g, (m, u) = dw + decay * w, state[:2]
    m *= beta1
    m += w.dtype.type(1 - settings[2]) * g
    u[:] = np.maximum(beta2 * u, np.abs(g) + eps)
    w -= lr / w.dtype.type(1 - settings[2] ** t) * m / u


@rule(twin=_adamax_twin)
def adamax(w, dw, state, settings, t):
    """m <- beta1 m + (1 - beta1) g,  u <- max(beta2 u, |g| + eps),  w <- w - lr (m / c1) / u. Two slots: m, u."""
    real = w.dtype.type
    lr, decay, beta2, eps = real(settings[0]), real(settings[1]), real(settings[3]), real(settings[4])
    beta1, new1, c1 = real(settings[2]), real(1 - settings[2]), real(1 - settings[2] ** t)
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        m, u = beta1 * state[0, i] + new1 * g, max(abs(g) + eps, beta2 * state[1, i])
        state[0, i] = m
        state[1, i] = u
        w[i] -= lr * (m / c1) / u


def _nadam_twin(w, dw, state, settings, t):
    lr, decay, _, _, eps = settings[:5].astype(w.dtype)
    now, ahead = (settings[2] * (1 - 0.5 * 0.96 ** (settings[5] * np.array([t, t + 1])))).astype(w.dtype)
    g, c1 = dw + decay * w, state[2]
    m, v, _, c2 = _averages_twin(g, state, settings, t)
    c1[:] = 1 - now * (1 - c1)
    w -= lr * ((1 - now) / c1 * g + ahead / (1 - ahead * (1 - c1)) * m) / (np.sqrt(v / c2) + eps)


@rule(twin=_nadam_twin)
def nadam(w, dw, state, settings, t):
    """`adam` with mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2) and, in place of m / c1, the look ahead
    (1 - mu_t) g / (1 - mu_1...mu_t) + mu_(t+1) m / (1 - mu_1...mu_(t+1)). Three slots: m, v, 1 - mu_1...mu_t.
    """
    real = w.dtype.type
    lr, decay, eps, one = real(settings[0]), real(settings[1]), real(settings[4]), real(1)
    beta1, new1 = real(settings[2]), real(1 - settings[2])
    beta2, new2, c2 = real(settings[3]), real(1 - settings[3]), real(1 - settings[3] ** t)
    now = real(settings[2] * (1 - 0.5 * 0.96 ** (settings[5] * t)))
    ahead = real(settings[2] * (1 - 0.5 * 0.96 ** (settings[5] * (t + 1))))
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        m, v = beta1 * state[0, i] + new1 * g, beta2 * state[1, i] + new2 * g * g
        c1 = one - now * (one - state[2, i])
        state[0, i] = m
        state[1, i] = v
        state[2, i] = c1
        look = (one - now) / c1 * g + ahead / (one - ahead * (one - c1)) * m
        w[i] -= lr * look / (math.sqrt(v / c2) + eps)


def _amsgrad_twin(w, dw, state, settings, t):
    lr, decay, _, _, eps = settings[:5].astype(w.dtype)
    m, v, c1, c2 = _averages_twin(dw + decay * w, state, settings, t)
    state[2] = np.maximum(state[2], v)
    w -= lr * (m / c1) / (np.sqrt(state[2] / c2) + eps)


@rule(twin=_amsgrad_twin)
def amsgrad(w, dw, state, settings, t):
    """`adam` that divides by the largest v so far. Three slots: m, v, v_max."""
    real = w.dtype.type
    lr, decay, eps = real(settings[0]), real(settings[1]), real(settings[4])
    beta1, new1, c1 = real(settings[2]), real(1 - settings[2]), real(1 - settings[2] ** t)
    beta2, new2, c2 = real(settings[3]), real(1 - settings[3]), real(1 - settings[3] ** t)
    for i in range(w.size):
        g = dw[i] + decay * w[i]
        m, v = beta1 * state[0, i] + new1 * g, beta2 * state[1, i] + new2 * g * g
        v_max = max(v, state[2, i])
        state[0, i] = m
        state[1, i] = v
        state[2, i] = v_max
        w[i] -= lr * (m / c1) / (math.sqrt(v_max / c2) + eps)

"""Update rules: one step of an optimizer over a flat vector of parameters, in place.

Every rule has the same arguments, so that training takes it by its number:

    rule(w, dw, state, settings, t)

w (P,) are the parameters and dw (P,) their gradient. Row k of state (slots, P) is what the rule keeps from step to
step, all zeros before the first one. settings (float64) begin with the learning rate and the weight decay. t = 1, 2,
... counts the steps.
"""

from course_lib.kernels.jit import kernel

#: The rules by number. What each keeps and its settings: `ops.updates.RULES`.
RULES = ("sgd", "momentum")
SGD, MOMENTUM = range(len(RULES))


def _sgd_twin(w, dw, state, settings, t):
    lr, decay = settings[:2].astype(w.dtype)
    w -= lr * (dw + decay * w)


@kernel(twin=_sgd_twin)
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


@kernel(twin=_momentum_twin)
def momentum(w, dw, state, settings, t):
    """v <- momentum v + g,  w <- w - lr v, with g = dw + weight_decay w. One slot: v."""
    real = w.dtype.type
    lr, decay, kept = real(settings[0]), real(settings[1]), real(settings[2])
    for i in range(w.size):
        v = kept * state[0, i] + (dw[i] + decay * w[i])
        state[0, i] = v
        w[i] -= lr * v


def _update_twin(rule, w, dw, state, settings, t):
    (_sgd_twin, _momentum_twin)[rule](w, dw, state, settings, t)


@kernel(twin=_update_twin)
def update(rule, w, dw, state, settings, t):
    """One step of the rule with this number."""
    if rule == SGD:
        sgd(w, dw, state, settings, t)
    else:
        momentum(w, dw, state, settings, t)

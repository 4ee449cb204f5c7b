"""Exercises on gated cells: LSTM forward and backward, a published listing, the GRU in two conventions."""

from itertools import combinations

import numpy as np

from course_lib.chapters.ch09_recurrent import calls
from course_lib.chapters.ch09_recurrent.exercises.common import sigmoid
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case


def _weights(rng, D, H, gates):
    return ((rng.normal(size=(D, gates * H)) / np.sqrt(D)).round(2),
            (rng.normal(size=(H, gates * H)) / np.sqrt(H)).round(2), rng.normal(size=gates * H).round(2) + 0.5)


# --- LSTM, forward ---


@exchangeable
def _cell(score=lambda x, h, c, W, U, b: x @ W + h @ U + b, blocks=lambda z: np.split(z, 4, axis=1),
          squash=(sigmoid, sigmoid, np.tanh, sigmoid), mix=lambda i, f, g, c, h: f * c + i * g,
          out=lambda o, c_new, c: o * np.tanh(c_new), results=lambda h_new, c_new: (h_new, c_new),
          cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c, *gates, c_new)):
    """The right answer, or one with another part; gates and scores are those of i, f, g, o."""

    @quiet
    def answer(x, h, c, W, U, b):
        scores = blocks(score(x, h, c, W, U, b))
        gates = [function(z) for function, z in zip(squash, scores, strict=True)]
        i, f, g, o = gates
        c_new = mix(i, f, g, c, h)
        h_new = out(o, c_new, c)
        x_, h_, c_, *rest = cached(x, h, c, gates, c_new, h_new, scores)
        return *results(h_new, c_new), (x_, h_, c_, W, U, *rest)

    return answer


def _in_order(*places):
    """Blocks taken in another order: places[k] is where block k of i, f, g, o is looked for."""

    def blocks(z):
        parts = np.split(z, 4, axis=1)
        return [parts[place] for place in places]

    return blocks


def _in_the_type_of_c(i, f, g, c, h):
    c_new = np.zeros_like(c)
    c_new[:] = f * c + i * g
    return c_new


def _cell_overwritten(update):
    """update(f, c, i, g) writes into c, which the cache then holds as old and new cell."""
    return _cell(mix=lambda i, f, g, c, h: update(f, c, i, g))


def _assigned(f, c, i, g):
    c[:] = f * c + i * g
    return c


def _multiplied(f, c, i, g):
    c *= f
    c += i * g
    return c


@quiet
def _output_gate_in_the_cell(x, h, c, W, U, b):
    """c' = f c + i g o."""
    *_, i, f, g, o, _ = _cell()(x, h, c, W, U, b)[2]
    c_new = f * c + i * g * o
    return o * np.tanh(c_new), c_new, (x, h, c, W, U, i, f, g, o, c_new)


def _with_other_gate(x, h, c, W, U, b):
    """h' = f tanh(c')."""
    _, c_new, cache = _cell()(x, h, c, W, U, b)
    return cache[6] * np.tanh(c_new), c_new, cache


def _lstm_steps(rng):
    def step(N, D, H):
        return (rng.normal(size=(N, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2),
                rng.normal(size=(N, H)).round(2), *_weights(rng, D, H, 4))

    x, h, c, *shared = step(3, 2, 4)
    return [
        (np.array([[1.0]]), np.array([[0.5]]), np.array([[-2.0]]), np.array([[1.0, 2.0, -0.5, 0.5]]),
         np.array([[0.5, -1.0, 1.0, 2.0]]), np.array([0.1, 1.0, 0.2, -0.3])),
        step(3, 2, 4),
        step(2, 5, 3),
        case("one unit", *step(3, 2, 1)),
        case("as many samples as units", *step(2, 3, 2)),
        case("a large cell", x, h, 5 * c, *shared),
    ]


def _unit_by_unit(x, h, c, W, U, b):
    """One sample and one unit after another."""
    (N, H), gates = h.shape, np.empty((4, *h.shape))
    c_new, h_new = np.empty(h.shape), np.empty(h.shape)
    for n, k in np.ndindex(N, H):
        for block in range(4):
            column = block * H + k
            a = b[column] + np.dot(x[n], W[:, column]) + np.dot(h[n], U[:, column])
            gates[block, n, k] = np.tanh(a) if block == 2 else 1 / (1 + np.exp(-a))
        i, f, g, o = gates[:, n, k]
        c_new[n, k] = i * g + c[n, k] * f
        h_new[n, k] = np.tanh(c_new[n, k]) * o
    return h_new, c_new, [x, h, c, W, U, *gates, c_new]


def _by_slices(x, h, c, W, U, b):
    """One product for all, blocks cut by slices; the sigmoid by way of tanh."""
    H = h.shape[1]
    z = np.concatenate([x, h], axis=1) @ np.concatenate([W, U]) + b
    soft = lambda a: (1 + np.tanh(a / 2)) / 2
    i, f, o = soft(z[:, :H]), soft(z[:, H:2 * H]), soft(z[:, 3 * H:])
    g = np.tanh(z[:, 2 * H:3 * H])
    c_new = i * g + f * c
    return o * np.tanh(c_new), c_new, (x, h, c, W, U, i, f, g, o, c_new)


LSTM_STEP = Exercise(
    id="9.5",
    title="lstm_step_forward",
    debrief="With f = 1 and i = 0 the cell passes unchanged through any number of steps: no matrix and no tanh stands "
            "in its way.",
    library="course_lib.ops.lstm_step_forward",
    from_library=calls.with_ten_parts,
    reference=_cell(),
    instances=_lstm_steps,
    call=calls.lstm_step_forward,
    arguments=("x", "h", "c", "W", "U", "b"),
    contract=Contract(shapes={"x": "ND", "h": "N.", "c": "N.", "W": "D."}, whole="x, h, c", zero="h, c"),
    outputs=("h_new", "c_new", *(f"cached {part}" for part in calls.LSTM_PARTS)),
    mistakes=(
        Mistake("LSF-1", _cell(out=lambda o, c_new, c: o * c_new), "h_new: without a bound, it grows with the cell. "
                "The cell's value is squashed once more on its way out."),
        Mistake("LSF-2", _cell(blocks=_in_order(1, 0, 2, 3)),
                "c_new: the input gate and the forget gate are exchanged. Which block comes first, and which gate "
                "multiplies the old cell?"),
        Mistake("LSF-3", _cell(squash=(sigmoid, sigmoid, np.tanh, np.tanh)), "h_new: your output gate can be negative. "
                "Between which numbers does a gate lie?"),
        Mistake("LSF-4", _cell(squash=(lambda z: sigmoid(z).round(), lambda z: sigmoid(z).round(), np.tanh,
                                       lambda z: sigmoid(z).round())), "c_new: your gates are open or shut. They are "
                "soft, or no gradient would pass."),
        Mistake("LSF-5", _cell(lambda x, h, c, W, U, b: x @ W + c @ U + b), "c_new: your gates read the cell. Which of "
                "the two states enters the scores?"),
        Mistake("LSF-6", _cell(squash=(sigmoid,) * 4), "c_new: your candidate is never negative, so that the cell can "
                "only be pushed up. Which function belongs to g?"),
        Mistake("LSF-7", _cell(mix=lambda i, f, g, c, h: f * (f * c + i * g) + i * g), "c_new: updated, and then once "
                "more from what came out. The old cell is used exactly once."),
        Mistake("LSF-8", _cell(out=lambda o, c_new, c: o), "h_new: that is the output gate. What does it let out?"),
        Mistake("LSF-a", _cell(blocks=_in_order(0, 1, 3, 2)), "c_new: the last two blocks are exchanged. The order "
                "here is i, f, g, o.", convention=True),
        Mistake("LSF-b", _cell(mix=lambda i, f, g, c, h: f * c + g), "c_new: the candidate comes in whole. Which gate "
                "decides how much of it?"),
        Mistake("LSF-c", _cell(mix=lambda i, f, g, c, h: f * c + i), "c_new: the input gate is added itself. What does "
                "it let in?"),
        Mistake("LSF-d", _cell(mix=lambda i, f, g, c, h: c + i * g), "c_new: nothing is ever forgotten, as in the LSTM "
                "of 1997. Where does f come in?", convention=True),
        Mistake("LSF-e", _cell(mix=lambda i, f, g, c, h: f * h + i * g), "c_new: the forget gate multiplies h. Which "
                "of the two states is the memory?"),
        Mistake("LSF-f", _cell(lambda x, h, c, W, U, b: x @ W + h @ U), "c_new: the bias is missing in the scores."),
        Mistake("LSF-g", _cell(lambda x, h, c, W, U, b: x @ W + b), "c_new: change h in your thoughts: the gates stay. "
                "What else enters the scores beside x?"),
        Mistake("LSF-h", _cell(out=lambda o, c_new, c: np.tanh(o * c_new)), "h_new: the gate stands inside of the "
                "tanh. First the cell is squashed, then the gate decides."),
        Mistake("LSF-i", _cell(out=lambda o, c_new, c: o * np.tanh(c)), "h_new: it shows the old cell, so that it lags "
                "a step behind. Which one does the output gate let out?"),
        Mistake("LSF-j", _cell(mix=lambda i, f, g, c, h: i * c + f * g), "c_new: the two gates are exchanged in the "
                "sum. Which of them multiplies the old cell?"),
        Mistake("LSF-k", _cell(out=lambda o, c_new, c: o * sigmoid(c_new)), "h_new: never negative. Which function "
                "squashes the cell?"),
        Mistake("LSF-l", _cell(squash=(sigmoid, sigmoid, lambda z: z, sigmoid)), "c_new: the candidate has no bound. "
                "Which function belongs to g?"),
        Mistake("LSF-m", _cell(mix=lambda i, f, g, c, h: f * c + (1 - f) * g), "c_new: the forget gate decides about "
                "both, as in a GRU. Here i decides what comes in.", convention=True),
        Mistake("LSF-n", _cell(mix=lambda i, f, g, c, h: (1 - f) * c + i * g), "c_new: a forget gate near 1 keeps. Set "
                "f to 1 in your thoughts: what should be left of c?"),
        Mistake("LSF-o", _cell(blocks=lambda z: [z[:, k::4] for k in range(4)]), "c_new: you take every fourth column. "
                "Blocks stand side by side, H columns each."),
        Mistake("LSF-p", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c, *scores, c_new)),
                "cached i: that is the score, as it is for f, g and o. The backward pass wants the gates themselves."),
        Mistake("LSF-q", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c_new, *gates, c_new)),
                "cached c: the new cell stands where the old one belongs. Which of them did f multiply?"),
        Mistake("LSF-r", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h_new, c, *gates, c_new)),
                "cached h: the new state stands where the old one belongs. Which of them was multiplied by U?"),
        Mistake("LSF-s", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c, *gates, np.tanh(c_new))),
                "cached c_new: its tanh. The cell itself is asked for."),
        Mistake("LSF-t", _cell(mix=lambda i, f, g, c, h: np.tanh(f * c + i * g)), "c_new: the cell itself is squashed. "
                "It is the sum that keeps; the tanh comes on the way out."),
        Mistake("LSF-u", _cell(mix=_in_the_type_of_c), "c_new: where c holds whole numbers, what lies behind the point "
                "is lost. Which dtype has an array made from c?"),
        Mistake("LSF-v", _cell(squash=(np.tanh,) * 4), "c_new: your gates can be negative. Between which numbers does "
                "a gate lie?"),
        Mistake("LSF-w", _cell(squash=(sigmoid, np.tanh, np.tanh, sigmoid)), "c_new: your forget gate can be negative. "
                "Between which numbers does a gate lie?"),
        Mistake("LSF-x", _cell(squash=(np.tanh, sigmoid, np.tanh, sigmoid)), "c_new: your input gate can be negative. "
                "Between which numbers does a gate lie?"),
        Mistake("LSF-y", _cell(out=lambda o, c_new, c: np.tanh(c_new)), "h_new: all of the cell comes out. Which gate "
                "decides how much of it?"),
        Mistake("LSF-aa", _cell(squash=(lambda z: z,) * 4), "c_new: the scores are used as they are. Which function "
                "makes a gate of each, and which the candidate?"),
        Mistake("LSF-ab", _cell(results=lambda h_new, c_new: (c_new, h_new)), "h_new: it is the cell that comes first "
                "in what you return. State, cell, cache is the order."),
        Mistake("LSF-ac", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h_new, c_new, *gates, c_new)),
                "cached h: new state and new cell stand where the old ones belong. Have h and c been overwritten?"),
        Mistake("LSF-ad", _cell(squash=(sigmoid, sigmoid, lambda z: np.tanh(sigmoid(z)), sigmoid)), "c_new: the "
                "candidate has passed a sigmoid before its tanh."),
        Mistake("LSF-ae", _with_other_gate, "h_new: the forget gate decides "
                "what comes out. Which gate is meant for it?"),
        Mistake("LSF-af", _cell(lambda x, h, c, W, U, b: x @ W + h @ U + 2 * b), "c_new: the bias comes in twice."),
        Mistake("LSF-ag", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c_new, *gates, h_new)),
                "cached c: new cell and new state stand where old and new cell belong."),
        Mistake("LSF-ah", _cell_overwritten(_assigned), "cached c: c has been overwritten by the new cell, so the old "
                "one is lost, for the caller as well. Make a new array."),
        Mistake("LSF-ai", _cell_overwritten(_multiplied), "cached c: c *= and c += change the cell that was handed in, "
                "so the old one is lost, for the caller as well. Make a new array."),
        Mistake("LSF-aj", _cell(blocks=_in_order(1, 0, 3, 2)), "c_new: the blocks are read as f, i, o, g. The order "
                "here is i, f, g, o.", convention=True),
        Mistake("LSF-ak", _cell(blocks=_in_order(2, 0, 1, 3)), "c_new: the blocks are read as f, g, i, o. The order "
                "here is i, f, g, o."),
        Mistake("LSF-al", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (
            x, h, c, gates[1], gates[0], *gates[2:], c_new)), "cached i: i and f are exchanged in the cache."),
        Mistake("LSF-am", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (
            x, h, c, *gates[:2], gates[3], gates[2], c_new)), "cached g: g and o are exchanged in the cache."),
        Mistake("LSF-an", _cell(cached=lambda x, h, c, gates, c_new, h_new, scores: (x, h, c, *gates, h_new)),
                "cached c_new: the new state stands where the new cell belongs."),
        Mistake("LSF-ao", _cell(squash=(sigmoid, sigmoid, np.tanh, lambda z: z)), "h_new: the output gate is a score "
                "still. Which function makes a gate of it?"),
        Mistake("LSF-ap", _cell(squash=(sigmoid, lambda z: z, np.tanh, sigmoid)), "c_new: the forget gate is a score "
                "still. Which function makes a gate of it?"),
        Mistake("LSF-aq", _cell(squash=(lambda z: z, sigmoid, np.tanh, sigmoid)), "c_new: the input gate is a score "
                "still. Which function makes a gate of it?"),
        Mistake("LSF-ar", _cell(mix=lambda i, f, g, c, h: f * c + i + g), "c_new: gate and candidate are added. How "
                "much of g comes in if i is 0?"),
        Mistake("LSF-as", _cell(mix=lambda i, f, g, c, h: f * (c + i * g)), "c_new: what is new passes the forget gate "
                "as well. Which of the two summands does f multiply?"),
        Mistake("LSF-at", _output_gate_in_the_cell, "c_new: the output gate has got into the cell. It decides what "
                "comes out of it, not what goes in."),
        Mistake("LSF-au", _cell(squash=[lambda z: np.clip(z / 5 + 0.5, 0, 1)] * 2 + [np.tanh] + [
            lambda z: np.clip(z / 5 + 0.5, 0, 1)]), "c_new: your gates are straight lines between 0 and 1, a sigmoid "
                "for small computers. Here it is the smooth one.", convention=True),
        Mistake("LSF-z", _cell(mix=lambda i, f, g, c, h: f * c * i * g), "c_new: what is kept and what is new are "
                "multiplied. A sum lets both come through."),
    ),
    hints=(
        "One line makes the scores of all four blocks; cut them apart; squash each one; then two lines for cell and "
        "state.",
        "z = x W + h U + b in blocks i, f, g, o: i, f, o = sigmoid, g = tanh;  c' = f c + i g;  h' = o tanh(c').",
        "i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)",
    ),
    reminders={"shape": "h_new, c_new and the four gates are (N, H)",
               "type": "(h_new, c_new, cache) with cache = (x, h, c, W, U, i, f, g, o, c_new)",
               "value": "scores, gates, cell, state: in this order. The cache holds x, h, c, W, U as they came, then "
                        "i, f, g, o and c_new"},
    points=2,
    minutes=12, level=2, core=True,
    variants=(_unit_by_unit, _by_slices),
)

# --- LSTM, backward ---


@exchangeable
def _cell_back(tanh_c=lambda c_new, c: np.tanh(c_new), steep=lambda tanh_c, c_new: 1 - tanh_c**2,
               dC=lambda dh, dc, o, steep: dc + dh * o * steep, di=lambda dC, g, c, i: dC * g * i * (1 - i),
               df=lambda dC, c, c_new, f, g: dC * c * f * (1 - f), dg=lambda dC, i, g: dC * i * (1 - g**2),
               do=lambda dh, dC, tanh_c, c_new, o: dh * tanh_c * o * (1 - o), order=(0, 1, 2, 3),
               dc_prev=lambda dC, dc, f: dC * f, met=lambda h, o, tanh_c: h, db=lambda dz: dz.sum(axis=0),
               last=lambda found, N: found):
    """The right answer, or one with another part."""

    @quiet
    def answer(dh, dc, cache):
        x, h, c, W, U, i, f, g, o, c_new = cache
        t = tanh_c(c_new, c)
        s = dC(dh, dc, o, steep(t, c_new))
        parts = di(s, g, c, i), df(s, c, c_new, f, g), dg(s, i, g), do(dh, s, t, c_new, o)
        dz = np.concatenate([parts[k] for k in order], axis=1)
        return last((dz @ W.T, dz @ U.T, dc_prev(s, dc, f), x.T @ dz, met(h, o, t).T @ dz, db(dz)), len(x))

    return answer


def _with_dh_added(dh, dc, cache):
    dx, dh_prev, *others = _cell_back()(dh, dc, cache)
    return dx, dh_prev + dh, *others


def _with_state_in_df(dh, dc, cache):
    h = cache[1]
    return _cell_back(df=lambda dC, c, c_new, f, g: dC * h * f * (1 - f))(dh, dc, cache)


@exchangeable
def _printed(carry=False, candidate=False, entry=False):
    """The backward pass with some of the three printed brackets."""

    @quiet
    def answer(dh, dc, cache):
        x, h, c, W, U, i, f, g, o, c_new = cache
        di, df, dg, do, dc_prev = _listed("".join(
            line for line, on in zip("CDF", (candidate, entry, carry), strict=True) if on))(
                dh, dc, c, i, f, g, o, c_new)
        dz = np.concatenate([di, df, dg, do], axis=1)
        return dz @ W.T, dz @ U.T, dc_prev, x.T @ dz, h.T @ dz, dz.sum(axis=0)

    return answer


@exchangeable
def _listed(slips, carry=None, brackets=None):
    """The slopes of the published listing with these of its slips still in it."""

    @quiet
    def answer(dh, dc, c, i, f, g, o, c_new):
        t = np.tanh(c_new)
        dC = dc + dh * o * (1 - t**2)
        dg = dc * i + o * (1 - t**2 * i * dh) * (1 - g**2) if "C" in slips else dC * i * (1 - g**2)
        di = dc * g + o * (1 - t**2 * g * dh) * i * (1 - i) if "D" in slips else dC * g * i * (1 - i)
        if brackets:
            di, dg = brackets(dh, dc, i, g, o, t)
        back = dc * (f + o) * (1 - t) ** 2 * f * dh if "F" in slips else dC * f
        if carry:
            back = carry(dh, dc, f, o, t)
        return di, dC * c * f * (1 - f), dg, dh * t * o * (1 - o), back

    return answer


def _other_cell_in_df(dh, dc, c, i, f, g, o, c_new):
    """Line E with the new cell in place of the old one."""
    di, _, dg, do, dc_prev = _listed("")(dh, dc, c, i, f, g, o, c_new)
    return di, _listed("")(dh, dc, c_new, i, f, g, o, c_new)[1], dg, do, dc_prev


def _lstm_pasts(rng):
    def past(N, D, H):
        x, h, c = (rng.normal(size=(N, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2),
                   rng.normal(size=(N, H)).round(2))
        cache = _cell()(x, h, c, *_weights(rng, D, H, 4))[2]
        return rng.normal(size=(N, H)).round(2), rng.normal(size=(N, H)).round(2), cache

    one = np.array([[1.0]])
    return [
        (one, 10 * one, (2 * one, -one, 3 * one, np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, -1.0, 2.0, 0.5]]),
                         0.5 * one, 0.75 * one, -0.5 * one, 0.25 * one, 2 * one)),
        past(3, 2, 4),
        past(2, 5, 3),
        case("one unit", *past(3, 2, 1)),
        case("as many samples as units", *past(2, 3, 2)),
    ]


def _back_by_loops(dh, dc, cache):
    """One sample and one unit after another."""
    x, h, c, W, U, i, f, g, o, c_new = cache
    (N, H), dx, dh_prev, dc_prev = h.shape, np.zeros(x.shape), np.zeros(h.shape), np.zeros(h.shape)
    dW, dU, db = np.zeros(W.shape), np.zeros(U.shape), np.zeros(4 * H)
    for n, k in np.ndindex(N, H):
        t = np.tanh(c_new[n, k])
        into_cell = dc[n, k] + dh[n, k] * o[n, k] * (1 + t) * (1 - t)
        dc_prev[n, k] = into_cell * f[n, k]
        slopes = (into_cell * g[n, k] * i[n, k] * (1 - i[n, k]), into_cell * c[n, k] * f[n, k] * (1 - f[n, k]),
                  into_cell * i[n, k] * (1 - g[n, k] ** 2), dh[n, k] * t * o[n, k] * (1 - o[n, k]))
        for block, slope in enumerate(slopes):
            column = block * H + k
            db[column] += slope
            dW[:, column] += slope * x[n]
            dU[:, column] += slope * h[n]
            dx[n] += slope * W[:, column]
            dh_prev[n] += slope * U[:, column]
    return [dx, dh_prev, dc_prev, dW, dU, db]


def _back_block_by_block(dh, dc, cache):
    """Without putting the blocks side by side: each meets its own columns."""
    x, h, c, W, U, i, f, g, o, c_new = cache
    into_cell = dc + dh * o / np.cosh(c_new) ** 2
    slopes = (into_cell * g * (i - i**2), into_cell * c * (f - f**2), into_cell * (i - i * g * g),
              dh * np.tanh(c_new) * (o - o**2))
    dx = sum(s @ w.T for s, w in zip(slopes, np.split(W, 4, axis=1), strict=True))
    dh_prev = sum(s @ u.T for s, u in zip(slopes, np.split(U, 4, axis=1), strict=True))
    dW, dU = np.hstack([x.T @ s for s in slopes]), np.hstack([h.T @ s for s in slopes])
    return dx, dh_prev, f * into_cell, dW, dU, np.hstack([s.sum(axis=0) for s in slopes])


LSTM_BACK = Exercise(
    id="9.6",
    title="lstm_step_backward",
    debrief="dc_prev is dC times f, without a matrix: along the cell itself a gradient fades by the forget gates "
            "alone.",
    library="course_lib.ops.lstm_step_backward",
    from_library=calls.from_ten_parts,
    reference=_cell_back(),
    instances=_lstm_pasts,
    arguments=("dh", "dc", "cache"),
    contract=Contract(shapes={"dh": "N.", "dc": "N.",
                              "cache": ("ND", "N.", "N.", "D.", "..", "N.", "N.", "N.", "N.", "N.")},
                      whole="", zero="dh, dc"),
    outputs=("dx", "dh_prev", "dc_prev", "dW", "dU", "db"),
    mistakes=(
        Mistake("LSB-1", _printed(candidate=True), "dx: the candidate's block is wrong, in the way in which it is "
                "printed in a book. In which bracket do i, dh and the slope of tanh stand?"),
        Mistake("LSB-2", _printed(entry=True), "dx: the input gate's block is wrong, in the way in which it is printed "
                "in a book. In which bracket do g, dh and the gate's slope stand?"),
        Mistake("LSB-3", _printed(carry=True), "dc_prev: that is the line of a book, and it is wrong. Two paths lead "
                "into the new cell: add what comes back on both, then pass the gate."),
        Mistake("LSB-4", _cell_back(dC=lambda dh, dc, o, steep: dc), "dx: what comes back from h_new does not reach "
                "the cell. By which path does h_new see it?"),
        Mistake("LSB-5", _cell_back(dC=lambda dh, dc, o, steep: dh * o * steep), "dx: what later steps send back "
                "through the cell is lost. Where does dc come in?"),
        Mistake("LSB-6", _cell_back(df=lambda dC, c, c_new, f, g: dC * c_new * f * (1 - f)), "dx: the forget gate's "
                "block has the new cell in it. What did f multiply?"),
        Mistake("LSB-7", _cell_back(do=lambda dh, dC, tanh_c, c_new, o: dh * c_new * o * (1 - o)), "dx: the output "
                "gate's block has the cell itself in it. What did o multiply?"),
        Mistake("LSB-8", _cell_back(df=lambda dC, c, c_new, f, g: dC * c), "dx: the forget gate's block is too large "
                "by 4 or more. A gate has a slope, too."),
        Mistake("LSB-a", _cell_back(dc_prev=lambda dC, dc, f: dC), "dc_prev: it passes whole. By what was the old cell "
                "multiplied?"),
        Mistake("LSB-b", _cell_back(dc_prev=lambda dC, dc, f: dc * f), "dc_prev: only what came through the cell goes "
                "on. h_new has sent something into c_new as well."),
        Mistake("LSB-c", _cell_back(order=(1, 0, 2, 3)), "dx: two blocks are exchanged. The order is i, f, g, o."),
        Mistake("LSB-d", _cell_back(order=(0, 1, 3, 2)), "dx: the last two blocks are exchanged. The order is i, f, "
                "g, o."),
        Mistake("LSB-e", _cell_back(dg=lambda dC, i, g: dC * i * g * (1 - g)), "dx: the candidate's block has the "
                "slope of a sigmoid. Which function made g?"),
        Mistake("LSB-f", _cell_back(dg=lambda dC, i, g: dC * i), "dx: the candidate's block lacks the slope of its "
                "tanh."),
        Mistake("LSB-g", _cell_back(di=lambda dC, g, c, i: dC * g), "dx: the input gate's block lacks the slope of its "
                "sigmoid."),
        Mistake("LSB-h", _cell_back(do=lambda dh, dC, tanh_c, c_new, o: dh * tanh_c), "dx: the output gate's block "
                "lacks the slope of its sigmoid."),
        Mistake("LSB-i", _cell_back(di=lambda dC, g, c, i: dC * g, df=lambda dC, c, c_new, f, g: dC * c,
                                    dg=lambda dC, i, g: dC * i, do=lambda dh, dC, tanh_c, c_new, o: dh * tanh_c),
                "dx: these are the slopes in the gates. Each one has still to pass its sigmoid or tanh, back to the "
                "score."),
        Mistake("LSB-j", _cell_back(steep=lambda tanh_c, c_new: 1 - c_new**2), "dx: the slope of tanh is written with "
                "the cell. It takes the tanh's own value."),
        Mistake("LSB-k", _cell_back(steep=lambda tanh_c, c_new: (1 - tanh_c) ** 2), "dx: the slope of tanh is "
                "1 - tanh^2. Square first, then subtract."),
        Mistake("LSB-l", _cell_back(steep=lambda tanh_c, c_new: 1), "dx: what comes back from h_new has not passed the "
                "tanh of the cell."),
        Mistake("LSB-m", _cell_back(met=lambda h, o, tanh_c: o * tanh_c), "dU: h_new meets the slopes. Which state was "
                "multiplied by U in this step?"),
        Mistake("LSB-n", _cell_back(dC=lambda dh, dc, o, steep: dc + dh * steep), "dx: the output gate is missing on "
                "the way from h_new to the cell."),
        Mistake("LSB-o", _cell_back(tanh_c=lambda c_new, c: np.tanh(c)), "dx: the tanh of the old cell. Which cell did "
                "h_new let out?"),
        Mistake("LSB-p", _cell_back(di=lambda dC, g, c, i: dC * c * i * (1 - i),
                                    df=lambda dC, c, c_new, f, g: dC * g * f * (1 - f)), "dx: c and g are exchanged. "
                "Which of them did i multiply, and which did f?"),
        Mistake("LSB-q", _cell_back(do=lambda dh, dC, tanh_c, c_new, o: dC * tanh_c * o * (1 - o)), "dx: the output "
                "gate's block begins with the slope of the cell. o multiplies behind it: which slope arrives there?"),
        Mistake("LSB-r", _cell_back(db=lambda dz: dz.mean(axis=0)), "db: a mean over the samples. How often is one "
                "bias used?"),
        Mistake("LSB-s", _cell_back(db=lambda dz: dz.sum()), "db: one number for all. Which axis belongs to the "
                "units?"),
        Mistake("LSB-t", _cell_back(dc_prev=lambda dC, dc, f: dC * f * (1 - f)), "dc_prev: the slope of the gate "
                "belongs to the gate's score. By what was the old cell multiplied?"),
        Mistake("LSB-u", _cell_back(last=lambda found, N: (*found[:3], *(part / N for part in found[3:]))), "dW: "
                "divided by the number of samples, as are dU and db. The mean stands in the loss already."),
        Mistake("LSB-v", _cell_back(dC=lambda dh, dc, o, steep: (dc + dh) * o * steep), "dx: dc passes the output gate "
                "and the tanh. It comes straight from the next step's cell."),
        Mistake("LSB-w", _cell_back(di=lambda dC, g, c, i: dC * g * (1 - i**2),
                                    df=lambda dC, c, c_new, f, g: dC * c * (1 - f**2),
                                    do=lambda dh, dC, tanh_c, c_new, o: dh * tanh_c * (1 - o**2)), "dx: the gates have "
                "the slope of a tanh. Which function made them?"),
        Mistake("LSB-x", _cell_back(last=lambda found, N: (found[0], found[2], found[1], *found[3:])), "dh_prev: "
                "dh_prev and dc_prev are exchanged in what you return."),
        Mistake("LSB-y", _cell_back(db=lambda dz: dz.sum(axis=1)), "db: summed over the units. The samples share their "
                "biases."),
        Mistake("LSB-z", _cell_back(do=lambda dh, dC, tanh_c, c_new, o: dh * o * (1 - o)), "dx: the output gate's "
                "block lacks the tanh of the cell. What did o multiply?"),
        Mistake("LSB-ad", _cell_back(dg=lambda dC, i, g: dC * i * (1 - g)), "dx: the "
                "candidate's block has 1 - g. Which power belongs to the slope of tanh?"),
        Mistake("LSB-ae", _cell_back(dc_prev=lambda dC, dc, f: dc + dC * f), "dc_prev: dc comes in twice, once beside "
                "the forget gate. The old cell reaches the new one only through f."),
        Mistake("LSB-af", _with_dh_added, "dh_prev: dh is added to it. h reaches "
                "h_new only through the gates."),
        Mistake("LSB-ag", _with_state_in_df, "dx: the forget gate's block has h in it. What did f multiply?"),
        Mistake("LSB-ah", _cell_back(dg=lambda dC, i, g: dC * i * (1 - g) ** 2), "dx: the candidate's block has (1 - "
                "g)^2. Square first, then subtract."),
        Mistake("LSB-ai", _cell_back(di=lambda dC, g, c, i: dC * c * i * (1 - i)), "dx: the input gate's block has the "
                "old cell in it. What did i multiply?"),
        Mistake("LSB-aj", _cell_back(order=(1, 0, 3, 2)), "dx: the blocks stand as f, i, o, g. The order is i, f, g, "
                "o."),
        Mistake("LSB-ak", _cell_back(dC=lambda dh, dc, o, steep: dc - dh * o * steep), "dx: what comes back on the two "
                "paths is subtracted. Both add up."),
        Mistake("LSB-al", _cell_back(di=lambda dC, g, c, i: dC * g, df=lambda dC, c, c_new, f, g: dC * c), "dx: the "
                "blocks of input and forget gate lack the slope of their sigmoid."),
        Mistake("LSB-am", lambda dh, dc, cache: _cell_back()(dh + dc, dc, cache), "dx: dc is counted among what comes "
                "back from h_new, and once more by itself. The later steps' cell reaches c_new alone."),
        Mistake("LSB-aa", _cell_back(di=lambda dC, g, c, i: dC * i * (1 - i)), "dx: the input gate's block lacks the "
                "candidate. What did i multiply?"),
        Mistake("LSB-ab", _cell_back(df=lambda dC, c, c_new, f, g: dC * f * (1 - f)), "dx: the forget gate's block "
                "lacks the old cell. What did f multiply?"),
        Mistake("LSB-ac", _cell_back(dg=lambda dC, i, g: dC * (1 - g**2)), "dx: the candidate's block lacks the input "
                "gate. What was g multiplied by?"),
    ),
    hints=(
        "First everything that reaches the new cell: from later steps, and from h_new. Then each factor of the two "
        "forward equations gets that times its partner, and passes its own squashing.",
        "dC = dc + dh o (1 - tanh^2 c');  do = dh tanh(c') o (1 - o),  di = dC g i (1 - i),  df = dC c f (1 - f),  "
        "dg = dC i (1 - g^2);  dc_prev = dC f;  with the four side by side as dz: dz W^T, dz U^T, x^T dz, h^T dz, sum.",
        "dC = dc + dh * o * (1 - np.tanh(c_new) ** 2)",
    ),
    reminders={"shape": "each gradient has the shape of what it belongs to; db is (4H,)",
               "type": "six arrays: dx, dh_prev, dc_prev, dW, dU, db",
               "value": "cell first, then the four blocks i, f, g, o, then the products with W, U, x and h"},
    points=3,
    minutes=20, level=3, core=True,
    variants=(_back_by_loops, _back_block_by_block),
)

# --- a published listing ---

_BRACKETS = {
    "C": "line C: which factors belong to dc i, and which to both of the sum's parts?",
    "D": "line D: two paths lead to the gate; does what stands behind the plus meet the same slope as what is before?",
    "F": "line F: set dh to zero: what should still come back through the cell?",
}
_LEFT = {1: "One slip is left", 2: "Two slips are left", 3: "All three slips are left"}
_UNTOUCHED = "LPR-" + "".join(_BRACKETS).lower()


def _scores_back(rng):
    def step(N, H):
        i, f, o = (rng.uniform(0.1, 0.9, size=(N, H)).round(2) for _ in range(3))
        g, c = rng.uniform(-0.9, 0.9, size=(N, H)).round(2), rng.normal(size=(N, H)).round(2)
        return rng.normal(size=(N, H)).round(2), rng.normal(size=(N, H)).round(2), c, i, f, g, o, f * c + i * g

    one = np.array([[1.0]])
    return [(one, 10 * one, 2 * one, 0.5 * one, 0.75 * one, -0.5 * one, 0.25 * one, 1.25 * one), step(3, 2),
            step(2, 4)]


def _scores_by_entry(dh, dc, c, i, f, g, o, c_new):
    out = np.empty((5, *dh.shape))
    for at in np.ndindex(dh.shape):
        t = np.tanh(c_new[at])
        dC = dc[at] + dh[at] * o[at] * (1 - t * t)
        out[(slice(None), *at)] = (dC * g[at] * i[at] * (1 - i[at]), dC * c[at] * f[at] * (1 - f[at]),
                                   dC * i[at] * (1 - g[at] ** 2), dh[at] * t * o[at] * (1 - o[at]), dC * f[at])
    return list(out)


def _scores_written_out(dh, dc, c, i, f, g, o, c_new):
    s = o / np.cosh(c_new) ** 2 * dh
    return ((dc * g + s * g) * (i - i**2), (dc * c + s * c) * (f - f**2), (dc * i + s * i) * (1 - g) * (1 + g),
            dh * np.tanh(c_new) * (o - o**2), dc * f + s * f)


REPAIR_LSTM = Exercise(
    id="9.7",
    title="repaired_lstm",
    debrief="The lines for i, f, g and the cell share dc + dh o (1 - tanh^2 c'): worked out once and named, it cannot "
            "be bracketed wrongly three times.",
    kind="bug",
    reference=_listed(""),
    instances=_scores_back,
    untouched=_UNTOUCHED,
    arguments=("dh", "dc", "c", "i", "f", "g", "o", "c_new"),
    contract=Contract(shapes={name: "NH" for name in ("dh", "dc", "c", "i", "f", "g", "o", "c_new")}, whole="",
                      zero="dh, dc"),
    outputs=("di", "df", "dg", "do", "dc_prev"),
    mistakes=(
        *(Mistake(f"LPR-{''.join(left).lower()}", _listed(left), f"{_LEFT[number]}. "
                  f"{'Ask about' if number == 1 else 'The first, from above: ask about'} {_BRACKETS[left[0]]}")
          for number in range(1, 4) for left in combinations(_BRACKETS, number)),
        Mistake("LPR-u", _listed("", carry=lambda dh, dc, f, o, t: (dc * f + o * (1 - t) ** 2 * f * dh)), "dc_prev: "
                "the two paths are added now; the slope of tanh is 1 - tanh^2, squared first."),
        Mistake("LPR-v", _listed("", carry=lambda dh, dc, f, o, t: dc * (f + o * (1 - t**2) * f * dh)), "dc_prev: dc "
                "still multiplies what comes from h. Two paths: add them first."),
        Mistake("LPR-w", _listed("", carry=lambda dh, dc, f, o, t: dc * f), "dc_prev: what h_new sends into the cell "
                "has gone. Two paths lead there."),
        Mistake("LPR-x", _listed("", carry=lambda dh, dc, f, o, t: (dc + o * (1 - t**2) * dh)), "dc_prev: both paths "
                "meet now, and none of them passes the forget gate."),
        Mistake("LPR-y", _listed("", brackets=lambda dh, dc, i, g, o, t: (
            dc * g + o * (1 - t**2) * g * dh * i * (1 - i), dc * i + o * (1 - t**2) * i * dh * (1 - g**2))), "di: the "
                "bracket around 1 - tanh^2 is right now. What stands before the plus has still to meet the slope of "
                "the gate."),
        Mistake("LPR-z", _listed("", brackets=lambda dh, dc, i, g, o, t: (
            (dc * g + o * (1 - t**2 * g * dh)) * i * (1 - i), (dc * i + o * (1 - t**2 * i * dh)) * (1 - g**2))), "di: "
                "the outer bracket is right now. Inside: does the 1 belong to g dh?"),
        Mistake("LPR-s", _listed("", brackets=lambda dh, dc, i, g, o, t: (
            (dc * g + o * (1 - t**2) * g * dh) * i * (1 - i), dc * i + o * (1 - t**2) * i * dh * (1 - g**2))), "dg: "
                "the bracket around 1 - tanh^2 is right now. What stands before the plus has still to meet the slope "
                "of the candidate."),
        Mistake("LPR-r", _listed("", brackets=lambda dh, dc, i, g, o, t: (
            (dc * g + o * (1 - t**2) * g * dh) * i * (1 - i), (dc * i + o * (1 - t**2 * i * dh)) * (1 - g**2))), "dg: "
                "the outer bracket is right now. Inside: does the 1 belong to i dh?"),
        Mistake("LPR-q", _listed("", carry=lambda dh, dc, f, o, t: dc * f + o * (1 - t**2) * dh), "dc_prev: what comes "
                "from h_new does not pass the forget gate. Both paths end at c_new; by what was the old cell "
                "multiplied?"),
        Mistake("LPR-p", _listed("", carry=lambda dh, dc, f, o, t: (dc * f + o) * (1 - t**2) * f * dh), "dc_prev: with "
                "dh = 0 nothing comes back. Which factors belong to o alone?"),
        Mistake("LPR-o", _other_cell_in_df, "df: line E was right as it stood. Which cell did f multiply, the old one "
                "or the new one?"),
        Mistake("LPR-t", _listed("", carry=lambda dh, dc, f, o, t: dc * (f + o) * (1 - t**2) * f * dh), "dc_prev: the "
                "slope of tanh is right now. With dh = 0 nothing comes back: where is the sum of the two paths?"),
    ),
    hints=(
        "Line E is right, and C and D are to look like it. Set dh to zero, then dc: each path alone tells whether its "
        "factors are all there.",
        "with dC = dc + o (1 - tanh^2) dh: dg = dC i (1 - g^2), di = dC g i (1 - i), dc_prev = dC f.",
        "dg = (dc * i + o * (1 - tanh_c ** 2) * i * dh) * (1 - g ** 2)",
    ),
    reminders={"shape": "five arrays (N, H)", "value": "both paths into the new cell meet the same factors behind it"},
    points=2,
    minutes=12, level=2, core=False,
    variants=(_scores_by_entry, _scores_written_out),
)

# --- GRU ---


@exchangeable
def _gru(score=lambda x, h, Wb, Ub, bb: x @ Wb + h @ Ub + bb, gate=sigmoid, blocks=(0, 1, 2), squash=np.tanh,
         course=lambda x, h, r, W, U, b: x @ W + (r * h) @ U + b,
         torch=lambda x, h, r, W, U, b: x @ W + r * (h @ U) + b,
         mix=lambda z, h, k: (1 - z) * h + z * k, torch_mix=lambda z, h, k: z * h + (1 - z) * k,
         told=lambda convention: convention):
    """The right answer, or one with another part."""

    @quiet
    def answer(x, h, W, U, b, convention):
        parts = [(np.split(W, 3, axis=1)[k], np.split(U, 3, axis=1)[k], np.split(b, 3)[k]) for k in blocks]
        z, r = gate(score(x, h, *parts[0])), gate(score(x, h, *parts[1]))
        if told(convention) == "course":
            return mix(z, h, squash(course(x, h, r, *parts[2])))
        return torch_mix(z, h, squash(torch(x, h, r, *parts[2])))

    return answer


_OTHER = {"course": "pytorch", "pytorch": "course"}


@quiet
def _update_as_reset(x, h, W, U, b, convention):
    """z in the place of r, and in its own."""
    (Wz, _, Wk), (Uz, _, Uk) = np.split(W, 3, axis=1), np.split(U, 3, axis=1)
    bz, _, bk = np.split(b, 3)
    return _gru()(x, h, np.hstack([Wz, Wz, Wk]), np.hstack([Uz, Uz, Uk]), np.concatenate([bz, bz, bk]), convention)


def _both(mix):
    """The same mixture in both conventions, z turned round in PyTorch's."""
    return {"mix": mix, "torch_mix": lambda z, h, k: mix(1 - z, h, k)}


def _reset(inner):
    return {"course": inner, "torch": inner}


def _without_past(x, h, W, U, b, convention):
    return _gru(score=lambda x, h, Wb, Ub, bb: x @ Wb + bb)(x, h, W, U, b, convention)


@quiet
def _reset_for_good(x, h, W, U, b, convention):
    """h = r h before candidate and mixture."""
    if convention == "pytorch":
        return _gru()(x, h, W, U, b, convention)
    H = h.shape[1]
    z, r = (sigmoid(x @ W[:, k * H:(k + 1) * H] + h @ U[:, k * H:(k + 1) * H] + b[k * H:(k + 1) * H]) for k in (0, 1))
    h = r * h
    return (1 - z) * h + z * np.tanh(x @ W[:, 2 * H:] + h @ U[:, 2 * H:] + b[2 * H:])


def _gru_steps(rng):
    def step(N, D, H):
        return rng.normal(size=(N, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2), *_weights(rng, D, H, 3)

    small = (np.array([[1.0]]), np.array([[0.5]]), np.array([[1.0, -2.0, 0.5]]), np.array([[0.5, 1.0, -3.0]]),
             np.array([0.1, 0.2, -0.3]))
    cases = [(*small, convention) for convention in _OTHER]
    for sizes in ((3, 2, 4), (2, 5, 3)):
        cases += [(*step(*sizes), convention) for convention in _OTHER]
    for label, sizes in (("one unit", (3, 2, 1)), ("as many samples as units", (3, 2, 3))):
        cases += [case(f"{label}, {convention}", *step(*sizes), convention) for convention in _OTHER]
    return cases


def _gru_by_entry(x, h, W, U, b, convention):
    """One unit after another."""
    (N, H), out = h.shape, np.empty(h.shape)
    soft = lambda a: 1 / (1 + np.exp(-a))
    for n in range(N):
        z, r = soft(x[n] @ W[:, :H] + h[n] @ U[:, :H] + b[:H]), soft(
            x[n] @ W[:, H:2 * H] + h[n] @ U[:, H:2 * H] + b[H:2 * H])
        for k in range(H):
            column = 2 * H + k
            past = sum(r[j] * h[n, j] * U[j, column] for j in range(H))
            if convention == "pytorch":
                past = r[k] * sum(h[n, j] * U[j, column] for j in range(H))
            new = np.tanh(sum(x[n, d] * W[d, column] for d in range(len(W))) + past + b[column])
            out[n, k] = h[n, k] + (z[k] if convention == "course" else 1 - z[k]) * (new - h[n, k])
    return out


def _gru_at_once(x, h, W, U, b, convention):
    """Both gates in one product, the mixture as a step from h towards k."""
    H, a = h.shape[1], x @ W + b
    gates = 0.5 * (1 + np.tanh(0.5 * (a[:, :2 * H] + h @ U[:, :2 * H])))
    z, r = gates[:, :H], gates[:, H:]
    past = (r * h) @ U[:, 2 * H:] if convention == "course" else r * (h @ U[:, 2 * H:])
    k = np.tanh(a[:, 2 * H:] + past)
    return h + z * (k - h) if convention == "course" else k + z * (h - k)


GRU_STEP = Exercise(
    id="9.8",
    title="gru_step_forward",
    debrief="Three blocks in place of four: a GRU has three quarters of the weights of an LSTM with as many units.",
    library="course_lib.ops.gru_step_forward",
    from_library=calls.state_alone,
    reference=_gru(),
    instances=_gru_steps,
    arguments=("x", "h", "W", "U", "b", "convention"),
    contract=Contract(shapes={"x": "ND", "h": "N.", "W": "D."}, whole="x, h", zero="h", each="convention"),
    mistakes=(
        Mistake("GRU-1", _gru(mix=lambda z, h, k: z * h + (1 - z) * k), "Right in PyTorch's convention, and in the "
                "course's the gate z stands on the other side. What should happen there for z near 1?"),
        Mistake("GRU-2", _gru(course=lambda x, h, r, W, U, b: x @ W + r * (h @ U) + b), "Right in PyTorch's "
                "convention; in the course's the state is masked before the units are mixed, not after."),
        Mistake("GRU-3", _gru(**_reset(lambda x, h, r, W, U, b: x @ W + h @ U + b)), "Your reset gate does nothing. "
                "Set r to 0 in your thoughts: the past should vanish from the candidate."),
        Mistake("GRU-4", _gru(blocks=(1, 0, 2)), "The gates z and r are exchanged. Which one stands inside of the "
                "candidate, and which block is first?"),
        Mistake("GRU-5", _gru(**_both(lambda z, h, k: h + z * k)), "The state grows: the old one has to make room for "
                "what comes in."),
        Mistake("GRU-6", _gru(squash=sigmoid), "Your candidate is never negative. What is the range of a state?"),
        Mistake("GRU-7", _gru(lambda x, h, Wb, Ub, bb: x @ Wb + h @ Ub, course=lambda x, h, r, W, U, b:
                              x @ W + (r * h) @ U, torch=lambda x, h, r, W, U, b: x @ W + r * (h @ U)), "The biases "
                "are left out, as in a book that counts 63,744 parameters. Here each block has one."),
        Mistake("GRU-a", _gru(told=lambda convention: "course"), "The course's convention in both cases: what does the "
                "argument change in your code?"),
        Mistake("GRU-b", _gru(told=lambda convention: "pytorch"), "PyTorch's convention in both cases: what does the "
                "argument change in your code?"),
        Mistake("GRU-c", _gru(told=_OTHER.get), "The two conventions are exchanged. In the course's, z near 1 "
                "replaces the state."),
        Mistake("GRU-d", _gru(torch_mix=lambda z, h, k: (1 - z) * h + z * k), "Right in the course's convention, and "
                "in PyTorch's the gate z stands on the other side: near 1 it keeps the state."),
        Mistake("GRU-e", _gru(torch=lambda x, h, r, W, U, b: x @ W + (r * h) @ U + b), "Right in the course's "
                "convention; in PyTorch's the reset comes after the product with U, not before."),
        Mistake("GRU-f", _gru(mix=lambda z, h, k: z * h + (1 - z) * k, torch_mix=lambda z, h, k: (1 - z) * h + z * k),
                "z stands on the wrong side in both conventions. In the course's z near 1 replaces the state, in "
                "PyTorch's it keeps it."),
        Mistake("GRU-g", _gru(course=lambda x, h, r, W, U, b: x @ W + r * (h @ U) + b,
                              torch=lambda x, h, r, W, U, b: x @ W + (r * h) @ U + b), "The place of the reset is "
                "exchanged: before the product in the course's convention, after it in PyTorch's."),
        Mistake("GRU-h", _gru(squash=lambda a: a), "The candidate has no bound. Which function comes last in it?"),
        Mistake("GRU-i", _gru(torch=lambda x, h, r, W, U, b: x @ W + r * (h @ U + b)), "With \"pytorch\" the bias "
                "stands inside of the reset. PyTorch has a second one there; ours stands outside.", convention=True),
        Mistake("GRU-j", _gru(**_reset(lambda x, h, r, W, U, b: r * (x @ W + h @ U + b))), "The reset masks the input "
                "and the bias, too. It is meant for the past alone."),
        Mistake("GRU-ac", _gru(torch=lambda x, h, r, W, U, b: r * (x @ W + h @ U + b)), "With \"pytorch\" the reset "
                "masks the input and the bias, too. It is meant for the past alone."),
        Mistake("GRU-ad", _gru(course=lambda x, h, r, W, U, b: r * (x @ W + h @ U + b)), "With \"course\" the reset "
                "masks the input and the bias, too. It is meant for the past alone."),
        Mistake("GRU-k", _gru(gate=np.tanh), "Your gates can be negative. Between which numbers does a gate lie?"),
        Mistake("GRU-l", _gru(**_both(lambda z, h, k: (1 - z) * k + z * k)), "That is the candidate alone. Where "
                "does the old state come in, and what does z decide?"),
        Mistake("GRU-m", _gru(**_both(lambda z, h, k: (1 - z) * h + k)), "The candidate comes in whole. How much of it "
                "does z let in?"),
        Mistake("GRU-n", _without_past, "Your gates do not see the state. What enters their scores beside x?"),
        Mistake("GRU-o", _gru(course=lambda x, h, r, W, U, b: x @ W + (1 - r) * h @ U + b,
                              torch=lambda x, h, r, W, U, b: x @ W + (1 - r) * (h @ U) + b), "The reset is turned "
                "round: with r near 0 the past should vanish from the candidate."),
        Mistake("GRU-p", _gru(**_reset(lambda x, h, r, W, U, b: x @ W + r * h + b)), "The candidate "
                "gets the masked state without its matrix. Which part of U belongs to k?"),
        Mistake("GRU-t", _gru(gate=lambda z: z), "Your gates are scores still. Which function makes a gate of each?"),
        Mistake("GRU-u", _gru(**_both(lambda z, h, k: z * h + z * k)), "Both parts get the same weight. Those of old "
                "and new add up to 1."),
        Mistake("GRU-v", _gru(course=lambda x, h, r, W, U, b: (r * h) @ U + b, torch=lambda x, h, r, W, U, b:
                              r * (h @ U) + b), "The candidate does not see the input. What enters it beside the "
                "past?"),
        Mistake("GRU-w", _gru(course=lambda x, h, r, W, U, b: x @ W + (r * h) @ U, torch=lambda x, h, r, W, U, b:
                              x @ W + r * (h @ U)), "The candidate has no bias. Each of the three blocks has one."),
        Mistake("GRU-x", _gru(lambda x, h, Wb, Ub, bb: x @ Wb + h @ Ub), "The gates have no bias. Each of the three "
                "blocks has one."),
        Mistake("GRU-z", _gru(mix=lambda z, h, k: h + z * k, torch_mix=lambda z, h, k: h + z * k), "The state grows, "
                "and in both conventions alike: the old one has to make room for what comes in."),
        Mistake("GRU-aa", _update_as_reset, "The update gate stands inside of the candidate. Which gate masks the "
                "past there?"),
        Mistake("GRU-ab", _gru(mix=lambda z, h, k: z, torch_mix=lambda z, h, k: z), "That is the update gate. Which "
                "two states does it mix?"),
        Mistake("GRU-y", _gru(mix=lambda z, h, k: h + z * k), "With \"course\" the state grows: the old one has to "
                "make room for what comes in."),
        Mistake("GRU-r", _reset_for_good, "In the course's convention the old state itself has been reset. r masks it "
                "inside of the candidate; the mixture takes h as it was."),
        Mistake("GRU-s", _gru(**_reset(lambda x, h, r, W, U, b: x @ W + b)), "The candidate does not see the past at "
                "all. Where does r h come in?"),
        Mistake("GRU-q", _gru(**_both(lambda z, h, k: np.tanh((1 - z) * h + z * k))), "The mixture is squashed once "
                "more. Two numbers between -1 and 1 mix to such a number."),
    ),
    hints=(
        "Both gates first. The candidate reads the past only as far as r lets it, and z decides how much of the state "
        "is replaced. The conventions differ at two places.",
        "course: k = tanh(x Wk + (r h) Uk + bk), h' = (1 - z) h + z k;  pytorch: k = tanh(x Wk + r (h Uk) + bk), "
        "h' = z h + (1 - z) k.",
        "z = sigmoid(x @ Wz + h @ Uz + bz)",
    ),
    reminders={"shape": "the new state is (N, H)", "type": "the new state alone, without a cache",
               "value": "gates, candidate, mixture; the conventions differ in the last two"},
    points=2,
    minutes=12, level=2, core=True,
    variants=(_gru_by_entry, _gru_at_once),
)

EXERCISES = (LSTM_STEP, LSTM_BACK, REPAIR_LSTM, GRU_STEP)

"""Exercises on the plain recurrent net: a step, a sequence, back through time, a faulty listing."""

from itertools import combinations

import numpy as np

from course_lib.chapters.ch09_recurrent import calls
from course_lib.chapters.ch09_recurrent.exercises.common import sigmoid
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- one step ---


@exchangeable
def _step(score=lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b, squash=np.tanh, cached=lambda x, h, a, new: (x, h, new)):
    """The right answer, or one with another part; cached : what stands for x, h and h_new in the cache."""

    @quiet
    def answer(x, h, Wx, Wh, b):
        a = score(x, h, Wx, Wh, b)
        new = squash(a)
        kept_x, kept_h, kept_new = cached(x, h, a, new)
        return new, (kept_x, kept_h, Wx, Wh, kept_new)

    return answer


def _in_parts(join):
    """One whose scores meet the squashing in parts; join(input's score, state's score, b)."""
    return _step(lambda x, h, Wx, Wh, b: join(x @ Wx, h @ Wh, b), lambda a: a)


def _in_the_type_of_h(x, h, Wx, Wh, b):
    new = np.zeros_like(h)
    new[:] = np.tanh(x @ Wx + h @ Wh + b)
    return new, (x, h, Wx, Wh, new)


def _over_h(x, h, Wx, Wh, b):
    h[:] = np.tanh(x @ Wx + h @ Wh + b)
    return h, (x, h, Wx, Wh, h)


def _with_the_old_state(x, h, Wx, Wh, b):
    new = h + np.tanh(x @ Wx + h @ Wh + b)
    return new, (x, h, Wx, Wh, new)


def _cached_in_another_order(x, h, Wx, Wh, b):
    new, _ = _step()(x, h, Wx, Wh, b)
    return new, (x, h, Wh, Wx, new)


def weights(rng, D, H):
    """Wx, Wh and b, no two entries alike."""
    return (rng.normal(size=(D, H)) / np.sqrt(D)).round(2), (rng.normal(size=(H, H)) / np.sqrt(H)).round(2), (
        rng.normal(size=H).round(2) + 0.5)


def _steps(rng):
    def step(N, D, H):
        return rng.normal(size=(N, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2), *weights(rng, D, H)

    x, h, *shared = step(3, 2, 4)
    return [
        (np.array([[1.0, 2.0]]), np.array([[0.5, -0.5]]), np.array([[0.5, -1.0], [0.25, 0.5]]),
         np.array([[1.0, 0.0], [0.5, -0.5]]), np.array([0.1, 0.2])),
        step(3, 2, 4),
        step(2, 5, 3),
        case("as many samples as units", *step(3, 2, 3)),
        case("large inputs", 1000 * x, h, *shared),
    ]


def _step_by_loops(x, h, Wx, Wh, b):
    """Unit by unit over plain lists."""
    new = [[float(b[k]) for k in range(len(b))] for _ in x]
    for n in range(len(x)):
        for k in range(len(b)):
            new[n][k] += sum(x[n, d] * Wx[d, k] for d in range(len(Wx)))
            new[n][k] = np.tanh(new[n][k] + sum(h[n, j] * Wh[j, k] for j in range(len(Wh))))
    new = np.array(new)
    return new, [x, h, Wx, Wh, new]


def _step_side_by_side(x, h, Wx, Wh, b):
    """Input and state side by side, with one matrix; tanh from exponentials."""
    a = np.hstack([x, h]) @ np.vstack([Wx, Wh]) + b
    e = np.exp(-2 * np.abs(a))
    new = np.sign(a) * (1 - e) / (1 + e)
    return new, (x, h, Wx, Wh, new)


STEP = Exercise(
    id="9.1",
    title="rnn_step_forward",
    debrief="The same Wx, Wh and b serve at every step: the number of weights does not depend on the length of the "
            "sequence.",
    library="course_lib.ops.rnn_step_forward",
    from_library=calls.with_five_parts,
    reference=_step(),
    instances=_steps,
    call=calls.rnn_step_forward,
    arguments=("x", "h", "Wx", "Wh", "b"),
    contract=Contract(shapes={"x": "ND", "h": "NH", "Wx": "DH", "Wh": "HH", "b": "H"}, whole="x, h", zero="h"),
    outputs=("h_new", *(f"cached {part}" for part in calls.RNN_PARTS)),
    mistakes=(
        Mistake("RNF-1", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b[:, None]), "h_new: the bias is laid down a "
                "column, one number for each sample. There is one for each hidden unit."),
        Mistake("RNF-4", _step(lambda x, h, Wx, Wh, b: x @ Wx + b), "h_new: change h in your thoughts: nothing "
                "happens. Through which matrix does the past come in?"),
        Mistake("RNF-6", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh.T + b), "h_new: Wh lies on its side, which no "
                "shape betrays. Row or column of Wh for the unit that sends?"),
        Mistake("RNF-7", _step(squash=lambda a: a), "h_new: that is the score. Without a bound the state can grow at "
                "every step: which function comes last?"),
        Mistake("RNF-8", _step(squash=sigmoid), "h_new: all of your states are positive. Between which two numbers "
                "does a state of this net lie?"),
        Mistake("RNF-a", _in_parts(lambda a, s, b: np.tanh(a) + s + b), "h_new: only what comes from x is squashed. "
                "Which sum stands in the tanh?"),
        Mistake("RNF-b", _in_parts(lambda a, s, b: np.tanh(a + s) + b), "h_new: the bias is added behind the tanh. "
                "It belongs to the score."),
        Mistake("RNF-c", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh), "h_new: set x and h to zero in your thoughts: "
                "what should come out? The bias is missing."),
        Mistake("RNF-d", _step(squash=lambda a: np.maximum(a, 0)), "h_new: that is ReLU. It serves in some recurrent "
                "nets; here tanh is asked for.", convention=True),
        Mistake("RNF-e", _step(lambda x, h, Wx, Wh, b: h @ Wh + b), "h_new: change x in your thoughts: nothing "
                "happens. What does the step read?"),
        Mistake("RNF-f", _in_parts(lambda a, s, b: np.tanh(a + b) + np.tanh(s)), "h_new: there are two tanh in it, and "
                "their sum reaches 2. One tanh goes around all of it."),
        Mistake("RNF-g", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + 2 * b), "h_new: the bias comes in twice, once "
                "with x and once with h. One is asked for.", convention=True),
        Mistake("RNF-h", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh - b), "h_new: the bias is subtracted."),
        Mistake("RNF-i", _in_parts(lambda a, s, b: np.tanh(a * s + b)), "h_new: what comes from x and what comes from "
                "h are multiplied. Both add to one score."),
        Mistake("RNF-j", _step(squash=lambda a: np.tanh(np.tanh(a))), "h_new: tanh has been taken twice."),
        Mistake("RNF-k", _step(cached=lambda x, h, a, new: (x, new, new)), "cached h: the new state stands where the "
                "old one belongs. Which of them was multiplied by Wh?"),
        Mistake("RNF-l", _step(cached=lambda x, h, a, new: (x, h, a)), "cached h_new: that is the score, before the "
                "tanh. The backward pass wants the state itself."),
        Mistake("RNF-m", _in_the_type_of_h, "h_new: where h holds whole numbers, your state loses what lies behind "
                "the point. Which dtype has an array made from h?"),
        Mistake("RNF-n", _in_parts(lambda a, s, b: a + np.tanh(s + b)), "h_new: only what comes from h is squashed. "
                "Which sum stands in the tanh?"),
        Mistake("RNF-ac", _in_parts(lambda a, s, b: np.tanh(a + b) + s), "h_new: what comes from h is added behind the "
                "tanh. Which sum stands in it?"),
        Mistake("RNF-af", _step(cached=lambda x, h, a, new: (h, x, new)), "cached x: x and h are exchanged in the "
                "cache. Its order is x, h, Wx, Wh, h_new."),
        Mistake("RNF-ag", _cached_in_another_order, "cached Wx: Wx and Wh are exchanged in the cache. Its order is x, "
                "h, Wx, Wh, h_new."),
        Mistake("RNF-ah", _over_h, "cached h: h has been overwritten by the new state, so the old one is lost, for the "
                "caller as well. Make a new array."),
        Mistake("RNF-ai", _in_parts(lambda a, s, b: np.tanh(a) + np.tanh(s) + b), "h_new: two tanh, and the bias "
                "behind them. One tanh goes around all of it."),
        Mistake("RNF-aj", _step(lambda x, h, Wx, Wh, b: x @ Wx + h @ Wh + b.sum()), "h_new: every unit gets the sum of "
                "all biases. Each has its own."),
        Mistake("RNF-an", _with_the_old_state, "h_new: the old state is added behind the tanh. All of the past comes "
                "in through Wh."),
        Mistake("RNF-ao", _step(lambda x, h, Wx, Wh, b: x @ Wx + h * np.diag(Wh) + b), "h_new: each unit hears itself "
                "alone, since * multiplies entry by entry. Every unit hears all of them: @."),
        Mistake("RNF-o", _step(lambda x, h, Wx, Wh, b: x @ Wx + h + b), "h_new: the old state is added as it is. It "
                "comes in through Wh."),
    ),
    hints=(
        "The score of a unit has three parts: from the input, from all units as they were, and its bias. All samples "
        "at once: rows times matrices.",
        "h_new = tanh(x Wx + h Wh + b); the cache keeps what went in, and h_new.",
        "h_new = np.tanh(x @ Wx + ...)",
    ),
    reminders={"shape": "the state is (N, H): one row a sample, one number a unit",
               "type": "the pair (h_new, cache) with cache = (x, h, Wx, Wh, h_new)",
               "value": "score = what x sends through Wx, plus what h sends through Wh, plus b; then the squashing. "
                        "The cache holds x, h, Wx, Wh as they came, then h_new"},
    minutes=8, level=1, core=True,
    variants=(_step_by_loops, _step_side_by_side),
)

# --- a sequence ---


@exchangeable
def _sequence(read=lambda x, t: x[:, t], start=lambda h0: h0, carry=lambda new, old, h0: new,
              stored=lambda new, old: new, times=lambda T: range(T), repeat=1, last=lambda h: h):
    """The right answer, or one with another part."""

    @quiet
    def answer(x, h0, Wx, Wh, b):
        N, T, _ = x.shape
        h, state = np.zeros((N, T, len(b))), start(h0)
        for t in times(T):
            new = state
            for _ in range(repeat):
                new = np.tanh(read(x, t) @ Wx + new @ Wh + b)
            h[:, t] = stored(new, state)
            state = carry(new, state, h0)
        return last(h)

    return answer


def _start_as_first(x, h0, Wx, Wh, b):
    """h_0 stored as the state of the first step."""
    h = np.zeros((len(x), x.shape[1], len(b)))
    h[:, 0] = h0
    for t in range(1, x.shape[1]):
        h[:, t] = np.tanh(x[:, t] @ Wx + h[:, t - 1] @ Wh + b)
    return h


def _with_start(x, h0, Wx, Wh, b):
    return np.concatenate([h0[:, None], _sequence()(x, h0, Wx, Wh, b)], axis=1)


@quiet
def _over_samples(x, h0, Wx, Wh, b):
    """x[t] in place of x[:, t]."""
    h, state = np.zeros((len(x), x.shape[1], len(b))), h0
    for t in range(x.shape[1]):
        state = np.tanh(x[t] @ Wx + state @ Wh + b)
        h[:, t] = state
    return h


@quiet
def _sample_by_sample(x, h0, Wx, Wh, b):
    """A loop over samples, whose steps are taken for a batch."""
    h, state = np.zeros((len(x), x.shape[1], len(b))), h0
    for n in range(len(x)):
        state = np.tanh(x[n] @ Wx + state @ Wh + b)
        h[n] = state
    return h


def _pair_as_state(x, h0, Wx, Wh, b):
    """State and cache, stored together."""
    h = np.zeros((len(x), x.shape[1], len(b)))
    for t in range(x.shape[1]):
        h[:, t] = _step()(x[:, t], h0, Wx, Wh, b)
    return h


def _sequences(rng):
    def sequence(N, T, D, H):
        return (rng.normal(size=(N, T, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2), *weights(rng, D, H))

    return [
        (np.array([[[1.0, 0.0], [2.0, 1.0], [-1.0, 0.5]]]), np.array([[0.5]]), np.array([[0.5], [-0.25]]),
         np.array([[1.0]]), np.array([0.1])),
        sequence(2, 3, 4, 5),
        sequence(4, 5, 3, 2),
        case("two steps", *sequence(3, 2, 4, 5)),
        case("as many samples as steps", *sequence(3, 3, 2, 4)),
    ]


def _stacked(x, h0, Wx, Wh, b):
    """A list of states, put side by side at the end."""
    states = [h0]
    for x_t in np.moveaxis(x, 1, 0):
        states.append(np.tanh(x_t @ Wx + states[-1] @ Wh + b))
    return np.stack(states[1:], axis=1)


def _one_product_for_all_inputs(x, h0, Wx, Wh, b):
    """What the inputs send, in one product beforehand; the states of one sample after another."""
    scores = x @ Wx + b
    h = np.empty(scores.shape)
    for n, t in np.ndindex(scores.shape[:2]):
        h[n, t] = np.tanh(scores[n, t] + (h0[n] if t == 0 else h[n, t - 1]) @ Wh)
    return h


SEQUENCE = Exercise(
    id="9.2",
    title="rnn_forward",
    debrief="Each step needs the state before it, so the steps of one sequence cannot be worked out side by side; "
            "samples can.",
    library="course_lib.ops.rnn_forward",
    from_library=calls.states_alone,
    reference=_sequence(),
    instances=_sequences,
    arguments=("x", "h0", "Wx", "Wh", "b"),
    contract=Contract(shapes={"x": "NTD", "h0": "NH", "Wx": "DH", "Wh": "HH", "b": "H"}, whole="x, h0", zero="h0"),
    mistakes=(
        Mistake("RNF-2", _sequence(repeat=2), "The step is called twice at each time, the second time with the state "
                "that the first has made. How often is h_t computed?"),
        Mistake("RNF-4", _sequence(carry=lambda new, old, h0: 0 * h0), "Each step begins at zero, as if there had been "
                "no past. Which state does step t read?"),
        Mistake("RNF-5", _sequence(carry=lambda new, old, h0: h0), "Every step reads h0, so that the memory is one "
                "step long. Which state does step t read?"),
        Mistake("RNF-9", _sequence(stored=lambda new, old: old), "Everything comes one step late: h[:, t] has not yet "
                "seen x[:, t]."),
        Mistake("RNF-p", _sequence(start=lambda h0: 0 * h0), "Right where h0 is zero. Where does the first step get "
                "its state from? (At t = 0 the index t - 1 is the last place, still empty.)"),
        Mistake("RNF-q", _sequence(read=lambda x, t: x[:, 0]), "Every step reads the first input."),
        Mistake("RNF-r", _sequence(times=lambda T: reversed(range(T))), "The sequence is read from its end. That is "
                "the second half of a bidirectional net; this one begins at t = 0."),
        Mistake("RNF-s", _sequence(times=lambda T: range(T - 1)), "The last step is missing: its state is still zero."),
        Mistake("RNF-t", _sequence(times=lambda T: range(1, T)), "The first input is never read. Where does range "
                "begin?"),
        Mistake("RNF-u", _sequence(last=lambda h: np.broadcast_to(h[:, -1:], h.shape).copy()), "At all times the last "
                "state is stored. When is h[:, t] filled in?"),
        Mistake("RNF-v", _sequence(last=lambda h: h[:, -1]), "That is the last state alone. All T of them are wanted, "
                "(N, T, H)."),
        Mistake("RNF-w", _sequence(last=lambda h: h.swapaxes(0, 1).copy()), "The right numbers with time first. The "
                "samples come first: (N, T, H)."),
        Mistake("RNF-ak", _sequence(last=lambda h: 0 * h), "h is zero as it was made: nothing has been stored in it."),
        Mistake("RNF-al", _sequence(last=lambda h: h * (np.arange(h.shape[1]) == h.shape[1] - 1)[:, None]), "Only the "
                "last state is stored. Does h[:, t] = ... stand inside of the loop?"),
        Mistake("RNF-am", _sequence(last=lambda h: np.cumsum(h, axis=1)), "The states are added up. h[:, t] is one "
                "state."),
        Mistake("RNF-x", _start_as_first, "h0 is stored as the state of the first step, and x[:, 0] is never read. h0 "
                "is the state before all steps."),
        Mistake("RNF-y", _with_start, "One state too many: h0 is the start, and no state of a step."),
        Mistake("RNF-z", _over_samples, "x[t] is sample t with all of its steps. Which index of x is time?"),
        Mistake("RNF-aa", _sequence(carry=lambda new, old, h0: old + new), "The states are added up on their way. Step "
                "t hands on h_t alone."),
        Mistake("RNF-ad", _sequence(times=lambda T: range(1)), "Only the first step is there: is the `return` line "
                "inside of the loop?"),
        Mistake("RNF-ae", _sample_by_sample, "x[n] is a sample with all of its steps, and your loop goes from one "
                "sample to the next. Which index of x is time?"),
        Mistake("RNF-ap", _pair_as_state, "step gives two things, the new state and its cache, and both are stored "
                "here. state, _ = step(...) keeps the first."),
        Mistake("RNF-ab", _sequence(last=lambda h: h.mean(axis=1)), "A mean over time. All T states are wanted, "
                "(N, T, H)."),
    ),
    hints=(
        "Keep the state in a variable that begins as h0. Each step reads it and replaces it.",
        "h_t = step(x_t, h_{t-1}) for t = 0 .. T-1, with h_{-1} = h0; h_t goes into h[:, t].",
        "state = h0, then a loop: for t in range(T):",
    ),
    reminders={"shape": "(N, T, H): the state of each sample after each step",
               "value": "h[:, t] is the state after x[:, t] has been read"},
    minutes=8, level=1, core=True,
    variants=(_stacked, _one_product_for_all_inputs),
)

# --- back through time ---


@exchangeable
def _through_time(slope=lambda h, before: 1 - h**2, upstream=lambda dh, carry, t, T: dh + carry,
                  da=lambda up, slope, dh, carry: up * slope, before=lambda h, h0, t: h[:, t - 1] if t else h0,
                  at=lambda t, T: t, back=lambda da, up, Wh: da @ Wh.T, dx=lambda da, Wx, alone: da @ Wx.T,
                  met=lambda before, h: before, gather=lambda total, new: total + new, keep=lambda dWx, dWh, db, N:
                  (dWx, dWh, db), db=lambda da: da.sum(axis=0), dh0=lambda carry, da: carry,
                  times=lambda T: reversed(range(T))):
    """The right answer, or one with another part; `at`: the step whose x and h are looked up for step t."""

    @quiet
    def answer(dh, x, h0, h, Wx, Wh):
        N, T, H = h.shape
        grads, carry, out = [np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(H)], np.zeros((N, H)), np.zeros(x.shape)
        for t in times(T):
            s = at(t, T)
            old = before(h, h0, s)
            up, steep = upstream(dh[:, t], carry, t, T), slope(h[:, s], old)
            a = da(up, steep, dh[:, t], carry)
            out[:, t] = dx(a, Wx, dh[:, t] * steep)
            new = x[:, s].T @ a, met(old, h[:, s]).T @ a, db(a)
            grads = [gather(total, part) for total, part in zip(grads, new, strict=True)]
            carry = back(a, up, Wh)
        dWx, dWh, db_ = keep(*grads, N)
        return out, dh0(carry, a), dWx, dWh, db_

    return answer


def _only_dWh_overwritten(dh, x, h0, h, Wx, Wh):
    right = _through_time()(dh, x, h0, h, Wx, Wh)
    return *right[:3], _through_time(gather=lambda total, new: new)(dh, x, h0, h, Wx, Wh)[3], right[4]


def _only_db_overwritten(dh, x, h0, h, Wx, Wh):
    overwritten = _through_time(gather=lambda total, new: new)(dh, x, h0, h, Wx, Wh)
    return *_through_time()(dh, x, h0, h, Wx, Wh)[:4], overwritten[4]


def _inputs_of_the_step_before(dh, x, h0, h, Wx, Wh):
    right = _through_time()(dh, x, h0, h, Wx, Wh)
    return *right[:2], _through_time()(dh, np.roll(x, 1, axis=1), h0, h, Wx, Wh)[2], *right[3:]


def _sent_back(source):
    """source(dh, da, h, before): what is multiplied by the transpose of Wh on the way back."""

    def answer(dh, x, h0, h, Wx, Wh):
        N, T, H = h.shape
        dx, dWx, dWh, db = np.zeros(x.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(H)
        carry = np.zeros((N, H))
        for t in reversed(range(T)):
            before = h[:, t - 1] if t else h0
            da = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
            dx[:, t] = da @ Wx.T
            dWx += x[:, t].T @ da
            dWh += before.T @ da
            db += da.sum(axis=0)
            carry = source(dh[:, t], da, h[:, t]) @ Wh.T
        return dx, carry, dWx, dWh, db

    return answer


def _divided_by_steps(dh, x, h0, h, Wx, Wh):
    dx, dh0, *shared = _through_time()(dh, x, h0, h, Wx, Wh)
    return dx, dh0, *(part / h.shape[1] for part in shared)


def _turned_dWh(dh, x, h0, h, Wx, Wh):
    right = _through_time()(dh, x, h0, h, Wx, Wh)
    return *right[:3], right[3].T.copy(), right[4]


def _carry_added_up(dh, x, h0, h, Wx, Wh):
    """carry += in place of carry =."""
    N, T, H = h.shape
    dx, dWx, dWh, db, carry = np.zeros(x.shape), np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(H), np.zeros((N, H))
    for t in reversed(range(T)):
        da = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += (h[:, t - 1] if t else h0).T @ da
        db += da.sum(axis=0)
        carry += da @ Wh.T
    return dx, carry, dWx, dWh, db


def _pasts(rng):
    def past(N, T, D, H):
        x, h0 = rng.normal(size=(N, T, D)).round(2), rng.uniform(-0.9, 0.9, size=(N, H)).round(2)
        Wx, Wh, b = weights(rng, D, H)
        return rng.normal(size=(N, T, H)).round(2), x, h0, _sequence()(x, h0, Wx, Wh, b), Wx, Wh

    dh, x, h0, h, Wx, Wh = past(2, 3, 2, 4)
    return [
        (np.array([[[1.0], [10.0]]]), np.array([[[1.0], [2.0]]]), np.array([[0.5]]), np.array([[[0.6], [-0.8]]]),
         np.array([[3.0]]), np.array([[2.0]])),
        past(2, 3, 4, 5),
        past(4, 5, 3, 2),
        case("as many samples as units", *past(3, 2, 2, 3)),
        case("a slope at the last step alone", dh * (np.arange(3) == 2)[:, None], x, h0, h, Wx, Wh),
    ]


def _by_samples(dh, x, h0, h, Wx, Wh):
    """One sample after another, with vectors."""
    dx, dh0 = np.zeros(x.shape), np.zeros(h0.shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(len(Wh))
    for n in range(len(x)):
        come_back = np.zeros(len(Wh))
        for t in range(x.shape[1] - 1, -1, -1):
            da = (dh[n, t] + come_back) * (1 + h[n, t]) * (1 - h[n, t])
            dx[n, t] = Wx @ da
            dWx += np.outer(x[n, t], da)
            dWh += np.outer(h[n, t - 1] if t else h0[n], da)
            db += da
            come_back = Wh @ da
        dh0[n] = come_back
    return dx, dh0, dWx, dWh, db


def _sums_at_the_end(dh, x, h0, h, Wx, Wh):
    """All slopes in the scores first, then each gradient in one sum over samples and steps."""
    before = np.concatenate([h0[:, None], h[:, :-1]], axis=1)
    da, carry = np.empty(h.shape), 0
    for t in range(h.shape[1] - 1, -1, -1):
        da[:, t] = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        carry = np.einsum("nk,jk->nj", da[:, t], Wh)
    return [da @ Wx.T, carry, np.einsum("ntd,ntk->dk", x, da), np.einsum("ntj,ntk->jk", before, da),
            np.einsum("ntk->k", da)]


THROUGH_TIME = Exercise(
    id="9.3",
    title="rnn_backward",
    debrief="Every state had to be kept for the way back: memory grows with the length, one reason to cut long "
            "sequences.",
    library="course_lib.ops.rnn_backward",
    from_library=calls.from_states,
    reference=_through_time(),
    instances=_pasts,
    arguments=("dh", "x", "h0", "h", "Wx", "Wh"),
    contract=Contract(shapes={"dh": "NTH", "x": "NTD", "h0": "NH", "h": "NTH", "Wx": "DH", "Wh": "HH"}, whole="x",
                      zero="dh, h0"),
    outputs=("dx", "dh0", "dWx", "dWh", "db"),
    mistakes=(
        Mistake("BPT-1", _through_time(upstream=lambda dh, carry, t, T: dh), "dx: right at the last step only. Through "
                "which path does h_t influence the losses of later steps?"),
        Mistake("BPT-2", _through_time(gather=lambda total, new: new), "dWx: that of the first step alone. The weights "
                "are shared by all steps, as are the biases: what becomes of the other steps' parts?"),
        Mistake("BPT-3", _through_time(at=lambda t, T: 0), "dx: every step looks at the states of the first one. Which "
                "h belongs to step t?"),
        Mistake("BPT-4", _through_time(slope=lambda h, before: (1 - h) ** 2), "dx: the slope is (1 - h)^2, which is "
                "right only where h = 0. Square first, then subtract."),
        Mistake("BPT-5", _through_time(slope=lambda h, before: 1), "dx: the slope of tanh is missing. What lies "
                "between the score and h?"),
        Mistake("BPT-6", _through_time(met=lambda before, h: h), "dWh: one step late. Which state was multiplied by Wh "
                "at step t?"),
        Mistake("BPT-7", _through_time(back=lambda da, up, Wh: da @ Wh), "dh0: Wh lies on its side on the way back, "
                "which no shape betrays. Forward, column k of Wh makes unit k: which product goes back?"),
        Mistake("BPT-8", _through_time(upstream=lambda dh, carry, t, T: carry + dh * (t == T - 1)), "dx: right where "
                "only the last step has a slope of its own. Every step has one."),
        Mistake("BPT-a", _through_time(back=lambda da, up, Wh: up @ Wh.T), "dh0: what goes back to the step before has "
                "not passed the tanh of this one."),
        Mistake("BPT-b", _through_time(da=lambda up, slope, dh, carry: dh * slope + carry), "dx: what comes back from "
                "step t + 1 reaches h_t like dh[:, t] does: both of them pass the tanh."),
        Mistake("BPT-c", _through_time(dh0=lambda carry, da: da), "dh0: that is the slope in the first score. Through "
                "which matrix did h0 get there?"),
        Mistake("BPT-d", _through_time(dh0=lambda carry, da: 0 * carry), "dh0: zero. h0 is the state that the first "
                "step has read."),
        Mistake("BPT-e", _through_time(before=lambda h, h0, t: h[:, t - 1]), "dWh: at t = 0 the index t - 1 picks the "
                "last state. Which one was there before the first step?"),
        Mistake("BPT-f", _through_time(before=lambda h, h0, t: h[:, t - 1] if t else 0 * h0), "dWh: h0 is left out. "
                "Which state was multiplied by Wh at the first step?"),
        Mistake("BPT-g", _through_time(slope=lambda h, before: 1 - np.tanh(h) ** 2), "dx: h is the tanh already. Its "
                "slope needs no other one."),
        Mistake("BPT-h", _through_time(slope=lambda h, before: 1 - before**2), "dx: the slope is that of the step "
                "before. Which state did the score of step t make?"),
        Mistake("BPT-i", _through_time(slope=lambda h, before: h * (1 - h)), "dx: that is the slope of the sigmoid. "
                "Which function squashes the state?"),
        Mistake("BPT-j", _through_time(slope=lambda h, before: 1 - h), "dx: the slope is 1 - h. What is the derivative "
                "of tanh, written with its own value?"),
        Mistake("BPT-k", _through_time(times=range), "dx: you walk forwards. Which step knows first what the loss does "
                "to it?"),
        Mistake("BPT-l", _through_time(dx=lambda da, Wx, alone: alone @ Wx.T), "dx: right at the last step only. x_t "
                "reaches later losses by way of h_t, too."),
        Mistake("BPT-m", _through_time(db=lambda da: da.mean(axis=0)), "db: a mean over the samples. How often is one "
                "bias used?"),
        Mistake("BPT-n", _through_time(db=lambda da: da.sum()), "db: one number for all units. Which axis of da "
                "belongs to the units?"),
        Mistake("BPT-o", _through_time(keep=lambda dWx, dWh, db, N: (dWx / N, dWh / N, db / N)), "dWx: divided by the "
                "number of samples, as are dWh and db. The mean stands in the loss already."),
        Mistake("BPT-p", _only_dWh_overwritten, "dWh: that of the first step alone. The weights are shared by all "
                "steps: what becomes of the others' parts?"),
        Mistake("BPT-q", _through_time(met=lambda before, h: h - before), "dWh: a difference of states. Which one was "
                "multiplied by Wh at step t?"),
        Mistake("BPT-r", _through_time(back=lambda da, up, Wh: da), "dh0: the slope of the score goes back without Wh. "
                "Through which matrix did h_{t-1} get there?"),
        Mistake("BPT-s", _through_time(db=lambda da: da.sum(axis=1)), "db: summed over the units. The samples share "
                "their biases."),
        Mistake("BPT-t", _through_time(back=lambda da, up, Wh: -da @ Wh.T), "dh0: the sign turns at each step back."),
        Mistake("BPT-u", _through_time(slope=lambda h, before: 1 + h**2), "dx: the slope of tanh is never above 1. "
                "Look at its sign."),
        Mistake("BPT-x", _carry_added_up, "dh0: the carry grows from step to step. What comes back from step t + 1 has "
                "passed on already what came from further behind."),
        Mistake("BPT-y", _turned_dWh, "dWh: it lies on its side. Row of dWh for the unit that sends, as in Wh."),
        Mistake("BPT-z", _through_time(slope=lambda h, before: h**2), "dx: h^2 is what the slope of tanh loses. At h = "
                "0 tanh is as steep as 1."),
        Mistake("BPT-aa", _through_time(da=lambda up, slope, dh, carry: dh + carry * slope), "dx: dh[:, t] does not "
                "pass the tanh. Where do the brackets of the sum stand?"),
        Mistake("BPT-ab", _only_db_overwritten, "db: that of the first step alone. The biases are shared by all steps: "
                "what becomes of the others' parts?"),
        Mistake("BPT-ac", _sent_back(lambda dh, da, h: dh), "dh0: only the slope of the step's own output goes back, "
                "and not what has come from later steps, nor through the tanh."),
        Mistake("BPT-ad", _sent_back(lambda dh, da, h: da * (1 - h**2)), "dh0: what goes back has passed the tanh of "
                "its step twice. da is behind it already."),
        Mistake("BPT-ae", _inputs_of_the_step_before, "dWx: the inputs are one step late. Which one was multiplied by "
                "Wx at step t?"),
        Mistake("BPT-af", _divided_by_steps, "dWx: divided by the number of steps, as are dWh and db. The mean stands "
                "in the loss already."),
        Mistake("BPT-ag", _through_time(upstream=lambda dh, carry, t, T: dh * carry), "dx: zero, since nothing comes "
                "back to the last step from a later one. Which slope arrives at h_t from its own output? What h_t does "
                "on two ways adds up."),
        Mistake("BPT-ai", _through_time(upstream=lambda dh, carry, t, T: (dh + carry) / 2), "dx: the mean of the two "
                "slopes that arrive at h_t. What h_t does on two ways adds up."),
        Mistake("BPT-aj", _through_time(slope=lambda h, before: 1 / (1 - h**2)), "dx: divided by the slope of tanh. "
                "Back through a function a slope is multiplied by that of the function."),
        Mistake("BPT-ak", _through_time(slope=lambda h, before: 1 - 2 * h), "dx: the slope is 1 - 2 h, which is the "
                "derivative of h - h^2. What is the derivative of tanh, written with its own value?"),
        Mistake("BPT-am", _through_time(upstream=lambda dh, carry, t, T: dh - carry), "dx: what comes back from step "
                "t + 1 is subtracted. What h_t does on two ways adds up."),
        Mistake("BPT-an", _through_time(slope=lambda h, before: (1 - h**2) ** 2), "dx: the slope of tanh comes in "
                "twice. How many tanh lie between the score and h?"),
        Mistake("BPT-al", _through_time(dx=lambda da, Wx, alone: 0 * (da @ Wx.T)), "dx: zero as it was made. What "
                "comes back from a score to x_t?"),
        Mistake("BPT-v", _through_time(back=lambda da, up, Wh: up + da @ Wh.T), "dh0: what comes back is added up on "
                "its way. It reaches the step before only through Wh."),
        Mistake("BPT-w", _through_time(keep=lambda dWx, dWh, db, N: (-dWx, -dWh, -db)), "dWx: the sign is turned, as "
                "in dWh and db. A gradient points uphill; the step of training subtracts it."),
    ),
    hints=(
        "h_t goes two ways: to the loss at t, and into step t + 1. Add what comes back on both, pass the tanh, then "
        "give each of the three factors its part.",
        "da = (dh_t + carry) (1 - h_t^2);  dWx += x_t^T da,  dWh += h_{t-1}^T da,  db += sum of da;  dx_t = da Wx^T,  "
        "carry = da Wh^T.",
        "da = (dh[:, t] + carry) * (1 - h[:, t] ** 2)",
    ),
    reminders={"shape": "each gradient has the shape of what it belongs to: dx that of x, dh0 (N, H), db (H,)",
               "value": "slopes come back from the loss at t and from step t + 1; the weights collect over all steps"},
    points=3,
    minutes=20, level=3, core=True,
    variants=(_by_samples, _sums_at_the_end),
)

# --- a listing with five slips ---

_SLIPS = {
    "A": "line A: with 3 units and 10 samples, which bias does each unit get, and which each sample?",
    "E": "lines D and E: how many steps does the state take at one t?",
    "G": "line G: what is the slope of tanh at h = 0.5, in numbers?",
    "I": "line I: what is in dWh after the last turn, and what has become of the other steps' parts?",
    "J": "line J: write out with two units which one sends to which, forward and back.",
}


@exchangeable
def _listed(slips, gather=None, states=None, slope=lambda h: 1 - h**2, kept_carry=0):
    """The listing with these of its slips still in it, or with another part."""

    @quiet
    def answer(x, Wx, Wh, b, dh):
        N, T, _ = x.shape
        bias = np.resize(b, (N, 1)) if "A" in slips else b
        h, dx, before = np.zeros(dh.shape), np.zeros(x.shape), np.zeros(dh.shape)
        state = carry = np.zeros((N, len(b)))
        total = [np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)]
        for t in range(T):
            before[:, t] = state
            h[:, t] = new = np.tanh(x[:, t] @ Wx + state @ Wh + bias)
            if "E" in slips:
                h[:, t] = new = np.tanh(x[:, t] @ Wx + new @ Wh + bias)
            state = states(new, state) if states else new
        for t in reversed(range(T)):
            da = (dh[:, t] + carry) * ((1 - h[:, t]) ** 2 if "G" in slips else slope(h[:, t]))
            dx[:, t] = da @ Wx.T
            part = x[:, t].T @ da, before[:, t].T @ da, da.sum(axis=0)
            kept = gather or ((False,) * 3 if "I" in slips else (True,) * 3)
            total = [old * keep + new for old, new, keep in zip(total, part, kept, strict=True)]
            carry = carry * kept_carry + da @ (Wh if "J" in slips else Wh.T)
        return h, dx, *total

    return answer


_COUNTED = {1: "One slip is left", 2: "Two slips are left", 3: "Three slips are left", 4: "Four slips are left",
            5: "All five slips are left"}
_UNTOUCHED = "RRN-" + "".join(_SLIPS).lower()


def _repairs(rng):
    def batch(N, T, D, H):
        return rng.normal(size=(N, T, D)).round(2), *weights(rng, D, H), rng.normal(size=(N, T, H)).round(2)

    return [batch(2, 2, 1, 3), batch(3, 4, 2, 5), batch(5, 3, 4, 2),
            case("as many samples as units", *batch(3, 2, 2, 3))]


def _plainly(x, Wx, Wh, b, dh):
    h0 = np.zeros((len(x), len(b)))
    h = _stacked(x, h0, Wx, Wh, b)
    dx, _, dWx, dWh, db = _by_samples(dh, x, h0, h, Wx, Wh)
    return h, dx, dWx, dWh, db


def _at_the_end(x, Wx, Wh, b, dh):
    h0 = np.zeros((len(x), len(b)))
    h = _one_product_for_all_inputs(x, h0, Wx, Wh, b)
    dx, _, dWx, dWh, db = _sums_at_the_end(dh, x, h0, h, Wx, Wh)
    return [h, dx, dWx, dWh, db]


@quiet
def _bias_down(x, Wx, Wh, b, dh):
    """b[:, None], which fits where there are as many samples as units."""
    if len(x) != len(b):
        raise ValueError("operands could not be broadcast together")
    return _listed("A")(x, Wx, Wh, b, dh)


def _stored_behind(x, Wx, Wh, b, dh):
    """Line C behind line E: each step finds its own state in `before`."""
    h, dx, dWx, _, db = _listed("")(x, Wx, Wh, b, dh)
    dWh = _through_time(met=lambda before, h: h)(dh, x, np.zeros((len(x), len(b))), h, Wx, Wh)[3]
    return h, dx, dWx, dWh, db


def _never_a_step(x, Wx, Wh, b, dh):
    """Neither D nor E takes a step: every state is the start."""
    h = np.zeros(dh.shape)
    dx, _, dWx, dWh, db = _through_time()(dh, x, np.zeros((len(x), len(b))), h, Wx, Wh)
    return h, dx, dWx, dWh, db


def _once_more_for_h(x, Wx, Wh, b, dh):
    """Line D hands the state on, line E stores the step after it."""
    h = _listed("")(x, Wx, Wh, b, dh)[0]
    stored = np.tanh(x @ Wx + h @ Wh + b)
    before = np.concatenate([np.zeros((len(x), 1, len(b))), h[:, :-1]], axis=1)
    dx, carry = np.zeros(x.shape), 0
    total = [np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)]
    for t in reversed(range(x.shape[1])):
        da = (dh[:, t] + carry) * (1 - stored[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        part = x[:, t].T @ da, before[:, t].T @ da, da.sum(axis=0)
        total = [old + new for old, new in zip(total, part, strict=True)]
        carry = da @ Wh.T
    return stored, dx, *total


REPAIR_RNN = Exercise(
    id="9.4",
    title="repaired_rnn",
    debrief="A net of one unit hides A and J, a sequence of one step hides I: small cases are for reading, sizes above "
            "1 for testing.",
    kind="bug",
    reference=_listed(""),
    instances=_repairs,
    untouched=_UNTOUCHED,
    arguments=("x", "Wx", "Wh", "b", "dh"),
    contract=Contract(shapes={"x": "NTD", "Wx": "DH", "Wh": "HH", "b": "H", "dh": "NTH"}, whole="x", zero="dh"),
    outputs=("h", "dx", "dWx", "dWh", "db"),
    mistakes=(
        *(Mistake(f"RRN-{''.join(left).lower()}", _listed(left), f"{_COUNTED[number]}. "
                  f"{'Ask about' if number == 1 else 'The first, from above: ask about'} {_SLIPS[left[0]]}")
          for number in range(1, 6) for left in combinations(_SLIPS, number)),
        Mistake("RRN-u", _listed("", gather=(True, False, True)), "dWh: it is still overwritten at each step; dWx and "
                "db are right."),
        Mistake("RRN-v", _listed("", gather=(True, True, False)), "db: it is still overwritten at each step; dWx and "
                "dWh are right."),
        Mistake("RRN-w", _listed("", states=lambda new, old: old), "h: now the state is never handed on: each step "
                "begins at zero."),
        Mistake("RRN-x", lambda x, Wx, Wh, b, dh: _listed("")(x, Wx, Wh, 0 * b, dh), "h: the bias has gone. One for "
                "each unit, the same for all samples, belongs to the score."),
        Mistake("RRN-y", _bias_down, "h: laid down a column, the bias fits only where there are as many samples as "
                "units, and then it is wrong. One bias for each unit."),
        Mistake("RRN-aa", _stored_behind, "dWh: it meets the state that the step has made. Which state did Wh "
                "multiply, the old or the new one?"),
        Mistake("RRN-ab", _once_more_for_h, "h: what is stored is a step ahead of the state that is handed on. Of "
                "lines D and E one is enough."),
        Mistake("RRN-ac", _listed("", slope=lambda h: 1 - h), "dx: the slope is 1 - h now. Which power belongs to h?"),
        Mistake("RRN-ad", _listed("", kept_carry=1), "dx: the carry is added up on its way. What comes back from step "
                "t + 1 holds already what came from further behind."),
        Mistake("RRN-ba", _listed("", slope=lambda h: h * (1 - h)), "dx: that is the slope of the sigmoid now. Line G "
                "goes back through a tanh."),
        Mistake("RRN-bb", _never_a_step, "h: zero at all times: D and E have both gone. One of them is enough, and one "
                "is needed."),
        Mistake("RRN-bc", lambda x, Wx, Wh, b, dh: _listed("")(x, Wx, Wh, np.full(b.shape, b.sum()), dh), "h: every "
                "unit gets the sum of all biases. Each has its own, the same for all samples."),
        Mistake("RRN-z", _listed("", gather=(False, True, True)), "dWx: it is still overwritten at each step; dWh and "
                "db are right."),
    ),
    hints=(
        "Go through it with two samples, three units and two steps, line by line, and write the shapes beside it.",
        "One slip is about an axis, one about how often, one about a bracket, one about what is kept, one about a "
        "matrix that lies on its side.",
        "Lines B, C, F and H are right; of D and E one is enough.",
    ),
    reminders={"shape": "h (N, T, H), dx (N, T, D), and the gradients in the shapes of Wx, Wh and b",
               "value": "forward one step at each t; back, the weights collect over all steps"},
    points=3,
    minutes=15, level=2, core=False,
    variants=(_plainly, _at_the_end),
)

EXERCISES = (STEP, SEQUENCE, THROUGH_TIME, REPAIR_RNN)

"""Exercises around a text: clipped gradients, windows, temperature, beam search."""

import numpy as np

from course_lib.chapters.ch09_recurrent import calls
from course_lib.exercises.define import exchangeable, quiet
from course_lib.exercises.model import Contract, Exercise, Mistake, case

# --- clipping ---


def _each(function):
    return quiet(lambda grads, c: [function(g, c) for g in grads])


def _length(arrays):
    return np.sqrt(sum(float(np.sum(g.astype(float) ** 2)) for g in arrays))


def _by_common_length(grads, c):
    return [g * min(1.0, c / _length(grads)) if _length(grads) else g for g in grads]


def _by_own_length(g, c):
    return g * min(1.0, c / _length([g])) if _length([g]) else g


def _scaled_by_largest(grads, c):
    largest = max(np.max(np.abs(g)) for g in grads)
    return [g * min(1.0, c / largest) if largest else g for g in grads]


def _in_place(grads, c):
    for g in grads:
        np.clip(g, -c, c, out=g, casting="unsafe")
    return grads


def _in_place_from_above(grads, c):
    for g in grads:
        g[g > c] = c
    return grads


def _entry_by_entry(grads, c):
    """Loops over plain numbers."""
    clipped = []
    for g in grads:
        new = np.zeros(g.shape)
        for at in np.ndindex(g.shape):
            new[at] = c if g[at] > c else -c if g[at] < -c else g[at]
        clipped.append(new)
    return clipped


def _gradients(rng):
    draw = lambda *shape: (4 * rng.normal(size=shape)).round(1)
    return [
        ([np.array([3.0, -8.0, 0.5, 12.0])], 5.0),
        ([draw(2, 3), draw(3)], 2.0),
        ([draw(4, 2), draw(2, 2), draw(2)], 1.5),
        case("nothing to clip", [np.array([[0.5, -0.25]]), np.array([0.125])], 5.0),
        case("everything to clip", [np.array([7.0, -9.0]), np.array([[-8.0], [6.0]])], 0.5),
        case("exactly c", [np.array([5.0, -5.0, 0.0])], 5.0),
    ]


CLIP = Exercise(
    id="9.9",
    title="clip_gradients",
    debrief="Clipped by value at 1, (10, 1) becomes (1, 1): a gradient that was 6 degrees away from the first axis is "
            "now 45 degrees away.",
    library="course_lib.ops.clip_by_value",
    reference=_each(lambda g, c: np.clip(g, -c, c)),
    instances=_gradients,
    arguments=("grads", "c"),
    contract=Contract(whole="grads", zero="grads", negative="grads"),
    mistakes=(
        Mistake("CLG-a", _by_common_length, "Clipped by the length of all gradients together, which keeps the "
                "direction. Here each entry is brought into [-c, c] by itself.", convention=True),
        Mistake("CLG-b", _each(_by_own_length), "Each array is shortened as a whole. Here each entry is brought into "
                "[-c, c] by itself."),
        Mistake("CLG-c", _each(lambda g, c: np.minimum(g, c)), "Large negative entries are as large as before. Which "
                "two bounds are there?"),
        Mistake("CLG-d", _each(lambda g, c: np.maximum(g, -c)), "Large positive entries are as large as before. Which "
                "two bounds are there?"),
        Mistake("CLG-e", _in_place, "The gradients that were handed in have changed. Make new arrays."),
        Mistake("CLG-y", _in_place_from_above, "Large negative entries are as large as before, and the gradients that "
                "were handed in have changed. A copy of the list still holds the same arrays."),
        Mistake("CLG-f", _each(lambda g, c: np.clip(g, 0, c)), "Negative entries have become 0. What is the lower "
                "bound?"),
        Mistake("CLG-g", _each(lambda g, c: np.minimum(np.abs(g), c)), "The signs are gone: a step would go uphill "
                "where they were negative."),
        Mistake("CLG-h", _each(lambda g, c: np.where(np.abs(g) > c, 0.0, g)), "Large entries have become 0. They are "
                "shortened to c, not thrown away."),
        Mistake("CLG-i", _scaled_by_largest, "Everything is scaled until the largest entry is c. Entries inside of "
                "[-c, c] stay as they are."),
        Mistake("CLG-j", _each(lambda g, c: c * np.sign(g)), "Every entry has become c or -c. Those inside of [-c, c] "
                "stay as they are."),
        Mistake("CLG-k", _each(lambda g, c: np.where(np.abs(g) > c, c, g)), "Large negative entries have become +c. "
                "Their sign stays."),
        Mistake("CLG-l", _each(lambda g, c: np.clip(g, -c, c).astype(g.dtype)), "Where gradients are whole numbers, "
                "what lies behind the point is lost."),
        Mistake("CLG-m", lambda grads, c: np.clip(grads[0], -c, c), "Only the first array has come back. grads is a "
                "list, and the answer is one of the same length."),
        Mistake("CLG-n", _each(lambda g, c: g), "That is the list as it came."),
        Mistake("CLG-o", lambda grads, c: np.concatenate([np.clip(g, -c, c).ravel() for g in grads]), "All entries in "
                "one row. Each array keeps its shape."),
        Mistake("CLG-p", _each(lambda g, c: np.tanh(g / c) * c), "That bends all entries, the small ones too. Those "
                "inside of [-c, c] stay as they are."),
        Mistake("CLG-q", _each(lambda g, c: np.clip(g, -1, 1)), "Clipped at 1, whatever c is."),
        Mistake("CLG-t", _each(lambda g, c: np.clip(g, c, -c)), "Every entry has become -c: the two bounds are "
                "exchanged."),
        Mistake("CLG-u", quiet(lambda grads, c: [g * c / _length([g]) for g in grads]), "Each array is brought to the "
                "length c. Here each entry is brought into [-c, c] by itself."),
        Mistake("CLG-v", _each(lambda g, c: np.clip(g, -c / 2, c / 2)), "Entries end at c/2, as if c were the width of "
                "the band. It reaches from -c to c."),
        Mistake("CLG-w", quiet(lambda grads, c: [g * (c / np.max(np.abs(g))) for g in grads]), "Each array is scaled "
                "until its largest entry is c. Entries inside of [-c, c] stay as they are."),
        Mistake("CLG-x", _each(np.fmod), "What is left by a division by c. An entry outside of [-c, c] becomes the "
                "nearer bound."),
        Mistake("CLG-s", _each(lambda g, c: np.maximum(np.minimum(g, -c), c)), "Every entry has become c: the two "
                "bounds are exchanged."),
        Mistake("CLG-r", _each(lambda g, c: np.clip(g, -5, 5)), "Clipped at 5, whatever c is."),
    ),
    hints=(
        "Array by array; NumPy has a function that brings every entry between two bounds.",
        "g <- min(max(g, -c), c), entry by entry.",
        "np.clip(g, -c, c) for one of them",
    ),
    reminders={"type": "a list with as many arrays as grads, each in its old shape",
               "value": "an entry inside of [-c, c] stays, one outside becomes the nearer bound"},
    minutes=4, level=1, core=False,
    variants=(_entry_by_entry, lambda grads, c: [np.minimum(np.maximum(g, -c), c) for g in grads],
              lambda grads, c: [np.where(np.abs(g) > c, c * np.sign(g), g) for g in grads]),
)

# --- windows ---


@exchangeable
def _cut(starts=lambda n, length, stride: range(0, n - length, stride), target=lambda tokens, a, L: tokens[a + L],
         piece=lambda tokens, a, L: tokens[a:a + L], last=lambda X, y: (X, y)):
    """The right answer, or one with another part."""

    @quiet
    def answer(tokens, length, stride):
        begins = starts(len(tokens), length, stride)
        X = np.array([piece(tokens, a, length) for a in begins])
        return last(X, np.array([target(tokens, a, length) for a in begins]))

    return answer


def _texts(rng):
    text = lambda n: rng.permutation(50)[:n]
    return [
        (np.array([7, 3, 9, 1, 4, 8]), 3, 1),
        (text(11), 4, 2),
        (text(13), 3, 5),
        case("the last window has no successor", text(9), 3, 3),
        case("length times a whole number, stride 1", text(12), 4, 1),
        case("one token too few for another window", text(10), 3, 4),
        case("the stride is longer than a window", text(12), 2, 5),
    ]


def _by_view(tokens, length, stride):
    view = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[::stride]
    return view[:, :-1], view[:, -1]


def _while_there_is_a_successor(tokens, length, stride):
    X, y, a = [], [], 0
    while a + length < len(tokens):
        X.append([int(token) for token in tokens[a:a + length]])
        y.append(int(tokens[a + length]))
        a += stride
    return [np.array(X), np.array(y)]


def _made_up(tokens, length, stride):
    """A last window without a successor gets the first token for one."""
    begins = range(0, len(tokens) - length + 1, stride)
    return (np.array([tokens[a:a + length] for a in begins]),
            np.array([tokens[(a + length) % len(tokens)] for a in begins]))


def _unequal(tokens, length, stride):
    return _cut()(tokens, length, stride)[0], tokens[length:].copy()


@quiet
def _skipping(tokens, length, stride):
    """The stride within the windows."""
    begins = range(len(tokens) - length * stride)
    return (np.array([tokens[a:a + length * stride:stride] for a in begins]),
            np.array([tokens[a + length * stride] for a in begins]))


WINDOWS = Exercise(
    id="9.10",
    title="windows",
    debrief="With stride 1 neighboring windows share all but one of their tokens: n - length samples, and far fewer "
            "that are independent.",
    library="course_lib.ops.windows",
    reference=_cut(),
    instances=_texts,
    arguments=("tokens", "length", "stride"),
    contract=Contract(values={"length": {"one token a window": 1,
                                         "a single window": lambda given: len(given["tokens"]) - 1},
                              "stride": {"windows side by side": lambda given: given["length"]}}),
    outputs=("X", "y"),
    mistakes=(
        Mistake("WIN-1", _cut(target=lambda tokens, a, L: tokens[a + L - 1]), "y: the target is the last token of its "
                "own window. Has the network already seen the answer?"),
        Mistake("WIN-2", _cut(starts=lambda n, L, s: range(0, n - L - 1, s), target=lambda tokens, a, L:
                              tokens[a + L + 1]), "y: a token is skipped. Which one follows a window?"),
        Mistake("WIN-3", _cut(starts=lambda n, L, s: range(0, n - L + 1, s)), "An index runs out of the text where its "
                "length fits: does the last of your windows have a successor?"),
        Mistake("WIN-4", _cut(starts=lambda n, L, s: range(0, n - L)), "X: the windows begin one token apart, whatever "
                "the stride. By how much does the start move?"),
        Mistake("WIN-5", _cut(target=lambda tokens, a, L: tokens[a + 1:a + L + 1]), "y: a whole window, shifted by "
                "one: that is the target of a net that answers at every step. Here one token follows each window.",
                convention=True),
        Mistake("WIN-6", _cut(starts=lambda n, L, s: range(0, n - L, L)), "X: your windows do not overlap. Is it the "
                "length or the stride by which the start moves?"),
        Mistake("WIN-a", _cut(starts=lambda n, L, s: range(0, n - L - 1, s)), "X: one window is missing at the end: "
                "the last token of the text may be a target."),
        Mistake("WIN-b", _made_up, "X: a window at the end has no successor in the text. Where would its target come "
                "from?"),
        Mistake("WIN-c", _cut(target=lambda tokens, a, L: tokens[a]), "y: the first token of the window. Which one "
                "follows it?"),
        Mistake("WIN-d", _cut(piece=lambda tokens, a, L: tokens[a:a + L + 1]), "X: the target stands in the window, as "
                "its last token. How many tokens has a window?"),
        Mistake("WIN-e", _cut(starts=lambda n, L, s: range(s, n - L, s)), "X: the first window is missing. Where does "
                "it begin?"),
        Mistake("WIN-f", _cut(last=lambda X, y: (X.T.copy(), y)), "X: the windows are columns. One row a window."),
        Mistake("WIN-g", _cut(piece=lambda tokens, a, L: tokens[a:a + L][::-1]), "X: each window is turned round. It "
                "is copied as it stands."),
        Mistake("WIN-h", _cut(last=lambda X, y: (X, y[:, None])), "y: the right tokens as a column. One number a "
                "window, (windows,)."),
        Mistake("WIN-i", _cut(starts=lambda n, L, s: range(0, (n - L) // s)), "X: as many windows as there may be, or "
                "one fewer, but one token apart. Window k begins at k times the stride."),
        Mistake("WIN-j", _cut(starts=lambda n, L, s: [k * s for k in range((n - L) // s)]), "X: a window is missing "
                "where the text does not end with one. How many starts are below n - length?"),
        Mistake("WIN-k", _cut(starts=lambda n, L, s: range(0, n, s)), "Starts go on to the end of the text, where too "
                "few tokens are left. Which is the last one with a successor?"),
        Mistake("WIN-l", _cut(target=lambda tokens, a, L: a + L), "y: that is where the target stands, and not which "
                "token stands there."),
        Mistake("WIN-m", _cut(last=lambda X, y: (X[::-1].copy(), y[::-1].copy())), "X: the last window comes first."),
        Mistake("WIN-o", _unequal, "y: more targets than windows. The stride applies to both."),
        Mistake("WIN-p", _skipping,
                "X: the stride has come into the windows, so that they skip tokens. It is the distance of their "
                "starts."),
        Mistake("WIN-q", _cut(starts=lambda n, L, s: range(0, n - L - s, s)), "X: windows are missing at the end. Only "
                "the target of the last one has to be in the text."),
        Mistake("WIN-r", _cut(last=lambda X, y: (X, np.roll(y, 1))), "y: each window has the target of the one before. "
                "Which token follows window k?"),
        Mistake("WIN-s", _cut(last=lambda X, y: (X[:-1], y[:-1])), "X: the last window is missing, though it has a "
                "successor. Which start is the last one below n - length?"),
        Mistake("WIN-n", _cut(piece=lambda tokens, a, L: tokens[a:a + L - 1]), "X: one token too few in each window. "
                "The end of a slice is left out by itself."),
    ),
    hints=(
        "List the starts 0, stride, 2 stride, ... and ask of each whether its window still has a successor. The rest "
        "is slicing.",
        "X[k] = tokens[a : a + length], y[k] = tokens[a + length] with a = k stride, as long as a + length < n.",
        "starts = np.arange(0, len(tokens) - length, stride)",
    ),
    reminders={"shape": "X (windows, length), y (windows,): one row and one number for each start",
               "type": "the pair (X, y) of arrays", "value": "the target is the token right behind its window"},
    minutes=8, level=2, core=False,
    variants=(_by_view, _while_there_is_a_successor),
)

# --- temperature ---


def _softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _hottest(scores, T):
    return (scores == scores.max(axis=1, keepdims=True)).astype(float)


@quiet
def _unshifted(scores, T):
    e = np.exp(scores / T)
    return e / e.sum(axis=1, keepdims=True)


@quiet
def _shifted_by_all(scores, T):
    e = np.exp((scores - scores.max()) / T)
    return e / e.sum(axis=1, keepdims=True)


@quiet
def _over(axis):
    def answer(scores, T):
        s = scores / T
        e = np.exp(s - s.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    return answer


@quiet
def _log_softmax(scores, T):
    s = scores / T
    s = s - s.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


def _scores(rng):
    draw = lambda N, V: (3 * rng.normal(size=(N, V))).round(2)
    several = draw(3, 4)
    return [
        (np.array([[2.0, 1.0, 0.0]]), 0.5),
        (draw(2, 5), 2.0),
        (draw(4, 3), 0.7),
        case("hot", several, 10.0),
        case("cold", several, 0.1),
        case("large scores", np.array([[1000.0, 999.0, 997.0], [-1000.0, -1001.0, -1000.5]]), 0.5),
        case("scores far apart", np.array([[200.0, 0.0, -300.0], [1.0, -400.0, 2.0]]), 0.5),
    ]


def _row_by_row(scores, T):
    rows = []
    for row in scores.tolist():
        top = max(row)
        e = [float(np.exp((value - top) / T)) for value in row]
        rows.append([value / sum(e) for value in e])
    return np.array(rows)


def _by_differences(scores, T):
    """One over the sum of exp of all differences to a score, which may overflow to a probability of 0."""
    with np.errstate(over="ignore"):
        return 1 / np.exp((scores[:, None, :] - scores[:, :, None]) / T).sum(axis=2)


TEMPERATURE = Exercise(
    id="9.11",
    title="temperature_probabilities",
    debrief="The ratio of two probabilities is raised to the power 1/T: T = 2 takes its root, T = 1/2 its square.",
    library="course_lib.ops.temperature_softmax",
    reference=lambda scores, T: _softmax(scores / T),
    instances=_scores,
    arguments=("scores", "T"),
    contract=Contract(shapes={"scores": "NK"}, whole="scores, T", zero="scores", ties="scores",
                      values={"T": (1.0,)}),
    mistakes=(
        Mistake("TMP-1", lambda scores, T: _softmax(_softmax(scores) / T), "A softmax of probabilities: nearly "
                "uniform, whatever was learned. Is what you divide by T a distribution already?"),
        Mistake("TMP-2", lambda scores, T: _softmax(scores * T), "The order of the temperatures is turned round. Which "
                "T should make the text repeat itself?"),
        Mistake("TMP-3", lambda scores, T: _softmax(scores), "Change T: does your result change? (A factor in front of "
                "all probabilities is lost when they are made to sum to 1.)"),
        Mistake("TMP-4", quiet(lambda scores, T: _softmax(scores) ** (1 / T)), "Add up your probabilities. After the "
                "power 1/T they have to be brought to sum 1 again."),
        Mistake("TMP-5", _hottest, "All of the probability goes to the largest score: that is greedy choice, the limit "
                "for T = 0."),
        Mistake("TMP-6", quiet(lambda scores, T: _softmax(np.exp(scores) / T)), "How many exponentials are there? The "
                "scores themselves are divided by T."),
        Mistake("TMP-a", _unshifted, "Right for moderate scores; large ones overflow. Which number may be subtracted "
                "from all scores of a row without a change?"),
        Mistake("TMP-b", _over(None), "All rows together sum to 1. Over which axis is one distribution?"),
        Mistake("TMP-c", _over(0), "The columns sum to 1. Each row is one text, and one distribution."),
        Mistake("TMP-d", _shifted_by_all, "Right until rows are far apart: the maximum of all rows is subtracted, and "
                "nothing is left of the smaller ones. Each row has its own."),
        Mistake("TMP-e", _log_softmax, "These are logarithms of probabilities."),
        Mistake("TMP-f", lambda scores, T: _softmax(scores / T**2), "T comes in twice."),
        Mistake("TMP-g", quiet(lambda scores, T: np.exp(scores / T - (scores / T).max(axis=1, keepdims=True))), "The "
                "largest is 1 in each row: they have still to be divided by their sum."),
        Mistake("TMP-h", lambda scores, T: _softmax(scores) / T, "Probabilities divided by T: they sum to 1/T. The "
                "temperature belongs to the scores."),
        Mistake("TMP-i", lambda scores, T: scores / T, "These are the scores at temperature T. Which function makes "
                "probabilities of them?"),
        Mistake("TMP-j", lambda scores, T: (scores / T).argmax(axis=1), "That is the place of the largest score. A "
                "probability for each token is asked for."),
        Mistake("TMP-k", lambda scores, T: _softmax(_softmax(scores / T)), "The softmax is taken twice: nearly "
                "uniform, whatever was learned."),
        Mistake("TMP-l", quiet(lambda scores, T: _softmax(scores // T)), "// drops what lies behind the point."),
        Mistake("TMP-m", lambda scores, T: _softmax(scores) * T / (_softmax(scores) * T).sum(), "All rows together sum "
                "to 1, and T is lost on the way."),
        Mistake("TMP-o", quiet(lambda scores, T: _softmax(np.log(scores) / T)), "The logarithm belongs to samplers "
                "that are handed probabilities. These are scores, and they may be negative."),
        Mistake("TMP-p", quiet(lambda scores, T: np.log(_softmax(scores / T))), "These are logarithms of "
                "probabilities."),
        Mistake("TMP-q", quiet(lambda scores, T: 1 / (1 + np.exp(-scores / T))), "That is a sigmoid of each score. Add "
                "up a row: what is its sum?"),
        Mistake("TMP-r", lambda scores, T: _softmax(scores / T) / T, "T comes in twice, the second time behind the "
                "softmax: the rows sum to 1/T."),
        Mistake("TMP-n", lambda scores, T: _softmax(-scores / T), "The least likely token has become the most likely "
                "one."),
    ),
    hints=(
        "Only one thing changes beside the softmax that you know: what happens to the scores before it?",
        "p = softmax(scores / T), row by row, with the row's maximum subtracted first.",
        "s = scores / T",
    ),
    reminders={"shape": "the shape of scores, one distribution a row", "value": "each row is positive and sums to 1"},
    minutes=6, level=1, core=True,
    variants=(_row_by_row, _by_differences),
)

# --- beam search ---


@exchangeable
def _kept(best=lambda beams, width, log_probs: sorted(beams, key=lambda beam: -beam[1])[:width],
          joined=lambda total, value: total + value, start=lambda: ([0], 0.0), steps=lambda length: length,
          row=lambda log_probs, tokens: log_probs[tokens[-1]], chosen=lambda beams: beams[0],
          result=lambda tokens, total, log_probs: (tokens[1:], total)):
    """The right answer, or one with another part."""

    @quiet
    def answer(log_probs, width, length):
        beams = [start()]
        for _ in range(steps(length)):
            beams = best([([*tokens, k], joined(total, row(log_probs, tokens)[k])) for tokens, total in beams
                          for k in range(len(log_probs))], width, log_probs)
        return result(*chosen(beams), log_probs)

    return answer


def _greedy(log_probs, width, length):
    return _kept(best=lambda beams, width, log_probs: [max(beams, key=lambda beam: beam[1])])(log_probs, width, length)


def _one_a_parent(beams, width, log_probs):
    """The best successor of each beginning, at first the best few."""
    V = len(log_probs)
    if len(beams) == V:
        return sorted(beams, key=lambda beam: -beam[1])[:width]
    return [max(beams[k:k + V], key=lambda beam: beam[1]) for k in range(0, len(beams), V)]


def _by_last_value(beams, width, log_probs):
    last = lambda tokens: log_probs[tokens[-2], tokens[-1]]
    return sorted(beams, key=lambda beam: -last(beam[0]))[:width]


@quiet
def _shared_list(log_probs, width, length):
    """append in place of a new list."""
    beams = [([0], 0.0)]
    for _ in range(length):
        longer = []
        for tokens, total in beams:
            for k in range(len(log_probs)):
                if len(tokens) > 2000:  # they double with every kept beginning
                    raise MemoryError
                tokens.append(k)
                longer.append((tokens, total + log_probs[tokens[-2], k]))
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    return beams[0][0][1:], beams[0][1]


@quiet
def _new_list_for_each(log_probs, width, length):
    """longer = [] inside of the loop over beginnings."""
    beams = [([0], 0.0)]
    for _ in range(length):
        for tokens, total in beams:
            longer = [([*tokens, k], total + log_probs[tokens[-1], k]) for k in range(len(log_probs))]
        beams = sorted(longer, key=lambda beam: -beam[1])[:width]
    return beams[0][0][1:], beams[0][1]


def _as_plain(got, *instance):
    """Tokens as a list of whole numbers, however they came."""
    if not isinstance(got, tuple | list) or len(got) != 2:
        return got
    tokens, total = got
    if isinstance(tokens, np.ndarray) and tokens.ndim == 1:
        tokens = tokens.tolist()
    return (list(map(int, tokens)) if isinstance(tokens, tuple | list) and all(map(np.isscalar, tokens)) else tokens,
            total)


def _tied(log_probs, width, length):
    """Whether two texts of the same steps in another order compete for a place in the beam, or at the end.

    Rounding would decide between them.
    """
    close = []

    def best(beams, width, log_probs):
        beams = sorted(beams, key=lambda beam: -beam[1])
        totals = [total for _, total in beams]
        last = length + 1 == len(beams[0][0])
        close.extend(np.diff(totals[width - 1:width + 1]))
        close.extend(np.diff(totals[:2]) if last else ())
        return beams[:width]

    _kept(best=best)(log_probs, width, length)
    return np.any(np.abs(close) < 1e-6)


def _tables(rng):
    def drawn(V, width, length):
        while True:
            likely = rng.dirichlet(np.full(V, 0.7), size=V) + 0.01
            log_probs = np.log(likely / likely.sum(axis=1, keepdims=True))
            if not _tied(log_probs, width, length):
                return log_probs, width, length

    missed = np.log([[0.01, 0.5, 0.49], [0.36, 0.32, 0.32], [0.02, 0.9, 0.08]])
    alike = np.log([[0.01, 0.6, 0.39], [0.45, 0.05, 0.5], [0.3, 0.3, 0.4]])
    likely_last = np.log([[0.02, 0.9, 0.08], [0.34, 0.36, 0.3], [0.04, 0.06, 0.9]])
    return [
        (missed, 2, 2),
        case("the best two begin alike", alike, 2, 3),
        drawn(4, 2, 3),
        drawn(5, 3, 4),
        drawn(3, 2, 6),
        case("more beginnings than tokens", *drawn(3, 5, 3)),
        case("a wide beam", *drawn(4, 20, 3)),
        case("a long text", *drawn(6, 3, 12)),
        case("a probable step after an improbable one", likely_last, 2, 3),
    ]


def _by_arrays(log_probs, width, length):
    """Beginnings as rows of a table, the best picked from all scores at once."""
    beginnings, totals = np.zeros((1, 1), int), np.zeros(1)
    for _ in range(length):
        scores = totals[:, None] + log_probs[beginnings[:, -1]]
        order = np.argsort(-scores, axis=None)[:width]
        rows, tokens = np.unravel_index(order, scores.shape)
        beginnings, totals = np.column_stack([beginnings[rows], tokens]), scores.ravel()[order]
    return beginnings[0, 1:], totals[0]


def _with_products(log_probs, width, length):
    """Probabilities in place of logarithms until the end, beginnings in a dict."""
    beams = {(): 1.0}
    for _ in range(length):
        longer = {(*tokens, k): p * np.exp(log_probs[tokens[-1] if tokens else 0, k])
                  for tokens, p in beams.items() for k in range(len(log_probs))}
        beams = dict(sorted(longer.items(), key=lambda item: item[1], reverse=True)[:width])
    tokens, p = next(iter(beams.items()))
    return tokens, float(np.log(p))


BEAM = Exercise(
    id="9.18",
    title="beam_search",
    debrief="No ln p is above 0, so each further token lowers the sum: where texts may end at different lengths, short "
            "ones win unless it is divided by the length.",
    library="course_lib.ops.beam_search",
    from_library=calls.over_a_table,
    reference=_kept(),
    instances=_tables,
    read=_as_plain,
    arguments=("log_probs", "width", "length"),
    contract=Contract(whole="", values={"width": {"width 1": 1}, "length": {"one token": 1}}),
    outputs=("tokens", "ln p"),
    mistakes=(
        Mistake("BEA-a", _greedy, "tokens: that is greedy choice, a beam of width 1. How many beginnings are kept?"),
        Mistake("BEA-b", _kept(joined=lambda total, value: total + np.exp(value)), "ln p: probabilities are added. "
                "Their logarithms are added, as probabilities are multiplied."),
        Mistake("BEA-c", _kept(result=lambda tokens, total, log_probs: (tokens[1:], np.exp(total))), "ln p: that is "
                "the probability itself."),
        Mistake("BEA-d", _kept(result=lambda tokens, total, log_probs: (tokens, total)), "tokens: token 0 at the "
                "beginning was given. The text follows it."),
        Mistake("BEA-e", _kept(best=_one_a_parent, chosen=lambda beams: max(beams, key=lambda beam: beam[1])),
                "tokens: each beginning keeps one successor. All continuations of "
                "all beginnings compete for the places."),
        Mistake("BEA-f", _kept(best=lambda beams, width, log_probs: sorted(beams, key=lambda beam: beam[1])[:width]),
                "tokens: the least probable beginnings are kept."),
        Mistake("BEA-g", _kept(steps=lambda length: length - 1), "tokens: one is missing. How often is the text made "
                "longer?"),
        Mistake("BEA-h", _kept(result=lambda tokens, total, log_probs: (tokens[1:], total / (len(tokens) - 1))), "ln "
                "p: divided by the length. That is useful where lengths differ; here the sum is asked for.",
                convention=True),
        Mistake("BEA-i", _kept(best=_by_last_value), "tokens: beginnings are compared by their last token alone. All "
                "of their steps count."),
        Mistake("BEA-ac", _kept(best=_by_last_value, chosen=lambda beams: max(beams, key=lambda beam: beam[1])),
                "tokens: which beginnings are kept is decided by their last token alone. All of their steps count."),
        Mistake("BEA-j", _kept(row=lambda log_probs, tokens: log_probs[:, tokens[-1]]), "tokens: rows and columns of "
                "log_probs are exchanged. Which index is the token that comes next?"),
        Mistake("BEA-k", _kept(joined=lambda total, value: value), "ln p: that of the last token alone. Each step adds "
                "its own."),
        Mistake("BEA-l", _kept(joined=lambda total, value: total * value if total else value), "ln p: logarithms are "
                "multiplied. Probabilities are; their logarithms add up."),
        Mistake("BEA-m", _kept(row=lambda log_probs, tokens: log_probs[0]), "tokens: every token is drawn as if it "
                "followed token 0. Which row belongs to a beginning?"),
        Mistake("BEA-n", _kept(chosen=lambda beams: beams[-1]), "tokens: the worst of the kept beginnings is handed "
                "back. In which order are they sorted?"),
        Mistake("BEA-o", _kept(best=lambda beams, width, log_probs: beams[:width]), "tokens: the first beginnings are "
                "kept, whatever their probability."),
        Mistake("BEA-p", _kept(result=lambda tokens, total, log_probs: (tokens[1:], -total)), "ln p: the sign is "
                "turned; the logarithm of a probability is negative."),
        Mistake("BEA-q", _kept(best=lambda beams, width, log_probs: sorted(beams, key=lambda beam: -beam[1])[:1000]),
                "tokens: more beginnings are kept than width. With width 1 the best text may be missed, and that is "
                "asked for too."),
        Mistake("BEA-r", _kept(result=lambda tokens, total, log_probs: (tokens[1:], total / np.log(2))), "ln p: that "
                "is in bits. The natural logarithm is asked for."),
        Mistake("BEA-s", _kept(result=lambda tokens, total, log_probs: (tokens[1:],)), "Two results are asked for: the "
                "tokens and their ln p."),
        Mistake("BEA-t", _kept(chosen=lambda beams: max(beams, key=lambda beam: beam[0])), "tokens: of the kept "
                "beginnings the one with the largest tokens is handed back. Compare their ln p."),
        Mistake("BEA-x", _kept(result=lambda tokens, total, log_probs: tokens[1:]), "Those are the tokens alone. Two "
                "results are asked for: the tokens and their ln p."),
        Mistake("BEA-y", _kept(result=lambda tokens, total, log_probs: (tokens[:-1], total)), "tokens: the last one is "
                "missing, and token 0, which was given, stands in front."),
        Mistake("BEA-z", _kept(steps=lambda length: length + 1), "tokens: one too many. How often is the text made "
                "longer?"),
        Mistake("BEA-aa", _new_list_for_each, "tokens: only continuations of the last beginning compete. Where is the "
                "list of longer ones made empty?"),
        Mistake("BEA-ab", _kept(joined=lambda total, value: total * value), "ln p: a product that begins with 0 stays "
                "there, and all beginnings seem alike. Logarithms add up."),
        Mistake("BEA-v", _shared_list, "tokens: far too many, since all continuations share one list. append changes "
                "it for all; tokens + [k] makes a new one."),
        Mistake("BEA-w", _kept(start=lambda: ([0], 1.0)), "ln p: too large by 1. The empty beginning has probability "
                "1: and its logarithm?"),
        Mistake("BEA-u", _kept(best=lambda beams, width, log_probs: sorted(beams)[-width:], chosen=lambda beams:
                               beams[-1]), "tokens: sorted by the tokens. A list of pairs is sorted by what stands "
                "first in them."),
    ),
    hints=(
        "Keep a list of pairs: the tokens so far, and the sum of their ln p. In each step make all continuations of "
        "all of them, sort, cut.",
        "ln p of a longer text = that of its beginning + log_probs[last token, next token]; keep the `width` largest.",
        "beams = [([0], 0.0)]",
    ),
    reminders={"type": "the pair (tokens, ln p)", "shape": "as many tokens as length says",
               "value": "all continuations of all kept beginnings compete in each step"},
    points=2,
    minutes=15, level=3, core=False,
    variants=(_by_arrays, _with_products),
)

EXERCISES = (CLIP, WINDOWS, TEMPERATURE, BEAM)

"""A net that learns to write: which character comes next, trained on one text by truncated back-propagation."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_lib import ops
from course_lib.ops.updates import RULES
from course_lib.recurrent.cells import CELLS, Cell
from course_lib.recurrent.net import Learner, Net, Parameters, Trained, check_after, check_clip, learn, start
from course_lib.validate import as_dtype, choice, function, generator, rate, whole_number

#: Characters of a piece in which a text is read.
PIECE = 500
#: Steps, counted from the first, between two measurements on the held-out part.
VAL_EVERY = 250
#: Pieces of text over which the reach is averaged.
REACH_PIECES = 64


@dataclass(frozen=True, eq=False)
class TextRun(Trained):
    """A net trained on a text; `train_text(..., after=run)` goes on from it.

    characters : the different ones, sorted; number k of them is symbol k. length, batch : of the chunks. at, carried :
    the chunk that comes next, and the state before it.
    loss : (steps of this run,) nats a character, each before its step. val_loss : nats a character of the held-out
    part, after the steps val_steps (of all runs together); empty without such a part.
    reach : list of (step, norms): norms[d] is the mean length of d loss_t / d x_(t-d).
    diverged_at : the step of this run whose loss is not finite, with which it ended, or None.
    """

    characters: str
    length: int
    batch: int
    at: int
    carried: tuple[np.ndarray, ...] | None
    loss: np.ndarray
    val_loss: np.ndarray
    val_steps: np.ndarray
    reach: list[tuple[int, np.ndarray]]
    diverged_at: int | None

    def nats(self, text: str) -> float:
        """Mean surprise in nats a character of a text, each one but the first, after all before it."""
        tokens = encoded(text, self.characters, "text", 2)
        return mean_nats(self.net, self._parameters(), tokens)

    def sample(self, n: int, start: str | None = None, temperature: float = 1.0, rng=0,
               top_k: int | None = None) -> str:
        """n characters, each drawn after all before it; the net reads `start` first, where None is given a line break,
        or the first of its characters where it has learned a text without.

        temperature, rng, top_k : as of `ops.sample`; top_k=1 always takes the most likely character.
        """
        if start is None:
            start = "\n" if "\n" in self.characters else self.characters[0]
        rng, tokens = generator(rng), encoded(start, self.characters, "start").tolist()
        scores, state = None, None
        for token in tokens:
            scores, state = self.step(token, state)
        written = []
        for _ in range(whole_number(n, "n", 0)):
            written.append(ops.sample(scores, rng, temperature, top_k))
            scores, state = self.step(written[-1], state)
        return "".join(self.characters[token] for token in written)

    def step(self, token: int, state=None) -> tuple[np.ndarray, tuple]:
        """Read one character, given by its number, in this state, None at the beginning of a text: ln p (V,) of the
        next one, and the state after it. `ops.beam_search` takes it.
        """
        token, params = whole_number(token, "token", 0, len(self.characters) - 1), self._parameters()
        one = self.net.window(1, 1, params.flat.dtype)
        if state is not None and not (isinstance(state, tuple) and list(map(np.shape, state)) == [
                states[0].shape for states in one.states]):
            raise ValueError("state is none of this net's, expected the second result of step, or None at first.")
        one.forward(params.W, params.U, params.b, np.array([token]), np.ones((1, 1), bool), state)
        return ops.log_softmax(one.h[1] @ params.Wy + params.by)[0], one.last()

    def read(self, text: str) -> dict[str, np.ndarray]:
        """What happens in the net while it reads a text: row t belongs to character t.

        h (T, H); for an LSTM the gates i, f, g, o and the cell c, for a GRU z, r, k; probabilities (T, V) of the
        character after it.
        """
        tokens, params = encoded(text, self.characters, "text"), self._parameters()
        window = self.net.window(len(tokens), 1, params.flat.dtype)
        window.forward(params.W, params.U, params.b, tokens, np.ones((len(tokens), 1), bool))
        seen = {name: values[:, 0].copy() for name, values in window.seen().items()}
        return seen | {"probabilities": ops.softmax(seen["h"] @ params.Wy + params.by)}


def encoded(text: str, characters: str, name: str, least: int = 1) -> np.ndarray:
    """The number of each character of the text, of which there must be some. Not to be written into."""
    if not isinstance(text, str):
        raise TypeError(f"{name} is {type(text).__name__}, expected a str.")
    return _encoded(text, characters, name, least)


@lru_cache(8)  # a run that goes on in small pieces reads the same text again and again
def _encoded(text: str, characters: str, name: str, least: int) -> np.ndarray:
    if len(text) < least:
        raise ValueError(f"{name} has {len(text)} characters, expected at least {least}.")
    unknown = sorted(set(text) - set(characters))
    if unknown:
        raise ValueError(f"{name} holds {', '.join(map(repr, unknown[:5]))}, which the text did not hold that the net "
                         f"has learned. It knows {characters!r:.80}.")
    return ops.encode(text, {character: number for number, character in enumerate(characters)})


def mean_nats(net: Net, params: Parameters, tokens) -> float:
    """Mean surprise of each character but the first, read in one go."""
    total, state, window = 0.0, None, None
    for first in range(0, len(tokens) - 1, PIECE):
        X, y = tokens[first : first + PIECE][: len(tokens) - 1 - first], tokens[first + 1 : first + 1 + PIECE]
        if window is None or window.shape[0] != len(X):
            window = net.window(len(X), 1, params.flat.dtype)
        window.forward(params.W, params.U, params.b, X, np.ones((len(X), 1), bool), state)
        state = window.last()
        total += len(y) * float(ops.cross_entropy(window.h[1:, 0] @ params.Wy + params.by, y))
    return total / (len(tokens) - 1)


def reach_of(net: Net, params: Parameters, tokens, length: int) -> np.ndarray:
    """norms[d], d = 0 .. length-1: how long the gradient of the loss at the end of a window is with respect to the
    one-hot input d steps before, as a mean over windows spread evenly over the text.
    """
    starts = np.linspace(0, len(tokens) - length - 1, min(REACH_PIECES, len(tokens) - length)).astype(np.int64)
    rows = tokens[starts + np.arange(length)[:, None]]
    window, keep = net.window(length, len(starts), params.flat.dtype), np.ones(rows.shape, bool)
    window.forward(params.W, params.U, params.b, rows.ravel(), keep)
    d = ops.softmax_ce_backward(window.h[-1] @ params.Wy + params.by, tokens[starts + length]) * len(starts)
    norms, last = np.empty(length), (d @ params.Wy.T).astype(params.flat.dtype)
    for part in window.backward(params.U, keep, np.zeros_like(window.h[1:]), last):
        norms[part.steps] = np.linalg.norm(part.d @ params.W.T, axis=2).mean(axis=1)
    return norms[::-1]


def train_text(text: str, cell: str = "lstm", hidden: int = 128, *, length: int = 25, batch: int = 16,
               steps: int = 1000, rule: str = "adam", lr: float = 0.002, clip: float | None = 5.0, seed: int = 0,
               val: float = 0.1, after: TextRun | None = None, on_step: Callable | None = None,
               reach_every: int | None = None, dtype=np.float32, **settings) -> TextRun:
    """Train a net to say which character of a text comes next, by truncated back-propagation through time.

    The text is cut by `ops.chunks`. A step reads the next `length` characters of each of `batch` streams, from the
    state that the step before has left; the gradient stops there. At the end it begins again, with a state of zeros.

    Parameters
    ----------
    text : what to learn from.
    cell : "rnn" (tanh), "lstm" or "gru". hidden : number of units.
    length : characters of a chunk. batch : streams that are read side by side.
    steps : steps to make.
    rule, lr, **settings : update rule of `ops.RULES`, learning rate, and what else the rule has.
    clip : every entry of the gradient of the mean loss is brought into [-clip, clip]; None for no limit.
    seed : for the start.
    val : share of the text, its end, that is only measured on; 0 for none.
    after : an earlier run, from which this one goes on, with the same text as one long run would. Another batch or
        length begins again at the start of the text.
    on_step : function of the TextRun so far, called after each step; the answer True ends the run.
    reach_every : measure `reach` before the first step and whenever so many steps have been made; None for never.
    dtype : float32, or float64 for checks.

    Returns
    -------
    TextRun. An interrupt (the stop button of a notebook) ends the run and keeps what is trained.

    Raises
    ------
    ValueError, TypeError : a text too short, names or settings that do not fit.
    """
    dtype, seed = as_dtype(dtype), whole_number(seed, "seed", 0)
    choice(cell, "cell", CELLS)
    length, batch, steps = whole_number(length, "length"), whole_number(batch, "batch"), whole_number(steps, "steps", 0)
    rule = RULES[choice(rule, "rule", RULES)]
    numbers = rule.check(lr, **settings)
    clip, val = check_clip(clip), rate(val, "val", 0, 0.9)
    if reach_every is not None:
        reach_every = whole_number(reach_every, "reach_every")
    if on_step is not None:
        function(on_step, "on_step", "a TextRun")
    if after is not None:
        check_after(after, TextRun, rule)
    characters = ops.vocabulary(text)[0] if after is None else after.characters
    tokens = encoded(text, characters, "text", 2)
    net = Net(cell, len(characters), whole_number(hidden, "hidden"), len(characters))
    cut = len(tokens) - round(val * len(tokens))
    held_out = tokens[cut:] if len(tokens) - cut > 1 else None
    if cut <= batch * length:
        raise ValueError(f"text has {len(tokens)} characters, of which val={val:g} leaves {cut} to learn from, "
                         f"expected at least {batch * length + 1}: batch={batch} streams of length={length}, and one "
                         "that follows.")
    # Time first, as cells read.
    inputs, targets = (part.swapaxes(1, 2).reshape(len(part), -1) for part in ops.chunks(tokens[:cut], batch, length))
    at, carried = 0, None
    if after is None:
        params, made = start(net, seed, dtype), 0
        kept = rule.start(params.flat.size, dtype)
    else:
        if after.net != net:
            raise ValueError(f"after is a run of {after.net.cell!r} with hidden={after.net.hidden}, expected {cell!r} "
                             f"with hidden={hidden}. Usual cause: the arguments cell and hidden, which have defaults.")
        params, kept, made = Parameters(net, after.flat.astype(dtype)), after.state.astype(dtype), after.steps
        if (after.length, after.batch) == (length, batch):
            at, carried = after.at, after.carried
    learner = Learner(net, params, rule, kept, numbers, clip, made)
    window, keep = net.window(length, batch, dtype), np.ones((length, batch), bool)
    losses, measured, reach, diverged = [], [], [], None

    def run() -> TextRun:
        val_steps, val_loss = zip(*measured, strict=True) if measured else ((), ())
        return TextRun(net, params.flat.copy(), learner.state.copy(), learner.steps, characters, length, batch, at,
                       carried, np.array(losses), np.array(val_loss), np.array(val_steps, np.int64), list(reach),
                       diverged)

    def measure() -> None:
        if held_out is not None and (not measured or measured[-1][0] != learner.steps):
            measured.append((learner.steps, mean_nats(net, params, held_out)))

    def measure_reach() -> None:
        reach.append((learner.steps, reach_of(net, params, tokens[:cut], length)))

    if reach_every is not None and made == 0:
        measure_reach()
    with np.errstate(all="ignore"):  # what diverges says so by itself
        with suppress(KeyboardInterrupt):
            while len(losses) < steps and diverged is None:
                if at >= len(inputs):
                    at, carried = 0, None
                losses.append(_step(learner, window, inputs[at], targets[at], keep, carried))
                at, carried = at + 1, window.last()
                if not np.isfinite(losses[-1]):
                    diverged = len(losses) - 1
                if learner.steps % VAL_EVERY == 0:
                    measure()
                if reach_every is not None and learner.steps % reach_every == 0:
                    measure_reach()
                if on_step is not None and on_step(run()):
                    break
        with suppress(KeyboardInterrupt):  # who presses again has what is trained without the last measurement
            measure()
    return run()


def _step(learner: Learner, window: Cell, X, y, keep, carried) -> float:
    """One step from one window; the loss before it."""
    params = learner.params
    window.forward(params.W, params.U, params.b, X, keep, carried)
    T, N, H = window.shape
    loss, dh = learn(params, learner.gradient, window.h[1:].reshape(-1, H), y)
    learner.update(window, X, keep, dh.reshape(T, N, H))
    return loss

"""Writers for the live figures: networks that learn the next character of the play, trained once a session."""

import threading
import time
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from course_lib import datasets, ops, recurrent
from course_lib.nn.bar import Bar

#: Units, steps of the training, and the learning rate of Adam, at which all three cells learn well.
HIDDEN, STEPS, RATE = 64, 1200, 0.01
#: Steps between two looks at the network, and between two measurements of its reach.
EVERY, REACH = 50, 100


class Writer(NamedTuple):
    """A training: `runs[k]` is the network after k looks, `loss` (steps,) that of each step, `val_loss` (looks,) that
    of the held-out part; all of them end where a loss is not finite. In nats a character. `reach` : (step, norms) as in
    `recurrent.TextRun`. `pace` : seconds of processor time a step, the median over the training.
    """

    runs: tuple
    loss: np.ndarray
    val_loss: np.ndarray
    reach: tuple
    pace: float

    @property
    def last(self):
        return self.runs[-1]


@cache
def play() -> tuple[str, str]:
    """The text, and its last tenth, which nobody learns."""
    text = datasets.shakespeare()
    return text, text[len(text) * 9 // 10:]


def passage(begins: str, length: int) -> str:
    """A piece of the held-out part, from the first place at which it begins so."""
    text = play()[1]
    return text[text.index(begins):][:length]


@cache
def tables(longest: int = 5) -> np.ndarray:
    """Nats a character of n-grams on the held-out part; [n - 1] is that of n characters."""
    text, held_out = play()
    _, index = ops.vocabulary(text)
    tokens = ops.encode(text, index)
    learned, asked = tokens[:-len(held_out)], tokens[-len(held_out):]
    return np.array([ops.ngram_nats(learned, asked, n) for n in range(1, longest + 1)])


def trained(cell: str = "lstm", hidden: int = HIDDEN, rule: str = "adam", pieces=((0, STEPS, RATE),)) -> Writer:
    """The network of this cell; `pieces` (first step, last step, rate) say when its rate was turned.

    Trained when it is asked for first; a notebook shows how far it is.
    """
    return _trained(cell, hidden, rule, tuple(map(tuple, pieces)))


@lru_cache(maxsize=24)
def _trained(cell: str, hidden: int, rule: str, pieces) -> Writer:
    text, held_out = play()
    learned = text[:len(text) - round(len(text) / 10)]  # as `train_text` would cut it, and measure after every piece
    settings = {"cell": cell, "hidden": hidden, "rule": rule, "val": 0}
    run = recurrent.train_text(learned, steps=0, **settings)
    runs, losses, reach, paces = [replace(run, state=run.state[:0])], [], [], []
    # what is displayed from a page's message would stand below another cell
    bar = Bar(STEPS) if threading.current_thread() is threading.main_thread() else None
    for begin, end, lr in pieces:
        ends = [*range(begin + EVERY - begin % EVERY, end, EVERY), end]
        for upto in ends:
            if run.diverged_at is not None:
                break
            since = time.thread_time()
            run = recurrent.train_text(learned, steps=upto - run.steps, lr=lr, after=run, reach_every=REACH, **settings)
            if run.steps < upto and run.diverged_at is None:
                raise KeyboardInterrupt  # `train_text` ends early then, and half a training is none for a figure
            paces.append((time.thread_time() - since) / len(run.loss))
            losses.append(run.loss)
            reach += run.reach
            if upto % EVERY == 0:
                runs.append(replace(run, state=run.state[:0]))  # only to read and write: without the rule's memory
            if bar:
                bar.show(upto, f"{cell}, step {upto} of {STEPS}, {run.loss[-1]:.2f} nats")
    if bar:
        bar.draw()
    with np.errstate(all="ignore"):
        val_loss = np.array([run.nats(held_out) for run in runs])
    return Writer(tuple(runs), np.concatenate(losses), val_loss, tuple(reach), float(np.median(paces)))


def pull(run, text: str) -> np.ndarray:
    """How much each character of a text counts for the guess of its last one.

    Entry t is the length of the gradient of that guess's loss with respect to the one-hot row of character t, (T - 1,);
    the network reads the text from its beginning.
    """
    _, index = ops.vocabulary(run.characters)
    tokens, p = ops.encode(text, index), run.params
    names = {"rnn": (ops.rnn_forward, ops.rnn_backward), "gru": (ops.gru_forward, ops.gru_backward),
             "lstm": (ops.lstm_forward, ops.lstm_backward)}
    forward, backward = names[run.net.cell]
    h, *_, cache = forward(ops.one_hot(tokens[:-1], len(index))[None].astype(p["W"].dtype), p["W"], p["U"], p["b"])
    dh = np.zeros_like(h)
    dh[:, -1] = ops.softmax_ce_backward(h[:, -1] @ p["Wy"] + p["by"], tokens[-1:]) @ p["Wy"].T
    return np.linalg.norm(backward(dh, cache)[0][0], axis=1)


def written_twice(run, n: int, start: str = "\n", rng=0) -> str:
    """`run.sample` with the mistake that stands in print: the sampler, which has a softmax of its own, is given
    probabilities.
    """
    rng, (_, index) = np.random.default_rng(rng), ops.vocabulary(run.characters)
    state, written = None, []
    for character in start:
        logs, state = run.step(index[character], state)
    for _ in range(n):
        written.append(ops.sample(np.exp(logs), rng))
        logs, state = run.step(written[-1], state)
    return ops.decode(written, run.characters)

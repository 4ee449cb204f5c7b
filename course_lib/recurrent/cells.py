"""The three cells with memory of their own: a window of T steps forward and back, nothing allocated in between.

Time stands first: states are (T + 1, N, H), the start and what follows each step. See `kernels.recurrent`.
"""

import numpy as np

from course_lib.kernels import products
from course_lib.kernels import recurrent as kernels


class Cell:
    """A window through one kind of cell.

    states : the arrays (T + 1, N, H) that are handed from step to step, h first. scores : (T, N, gates H), where
    x W + b goes. It is read in pieces, see `kernels.recurrent`.
    """

    gates: tuple[str, ...] = ("h",)

    def __init__(self, T: int, N: int, H: int, dtype):
        self.shape = (T, N, H)
        self.h = np.zeros((T + 1, N, H), dtype)
        self.states = [self.h]
        self.carry = np.empty((N, H), dtype)
        self.scores = self.h[1:] if len(self.gates) == 1 else np.empty((T, N, len(self.gates) * H), dtype)
        self.pieces = kernels.pieces(self.scores)
        self.d = np.empty_like(self.scores[: self.pieces[0][1]])

    def forward(self, W, U, b, rows, keep, start=None) -> None:
        """From the state `start`, zeros for None; rows (T N, D), or (T N,) whole numbers; keep (T, N)."""
        for number, states in enumerate(self.states):
            _set(states[0], None if start is None else start[number])
        panels = products.panels_of(U, self.shape[1])
        for first, end in self.pieces:
            piece, out = self._of(rows, first, end), _flat(self.scores[first:end])
            if rows.ndim == 1:
                kernels.look_up(W, piece, b, out)
            else:
                np.matmul(piece, W, out=out)
                out += b
            self._through(U, panels, keep[first:end], first)

    def last(self) -> tuple[np.ndarray, ...]:
        """The state after the window, copied."""
        return tuple(states[-1].copy() for states in self.states)

    def backward(self, U, keep, dh, dh_last=None):
        """Back-propagation through the window, from dh (T, N, H) of the states and dh_last (N, H) of the last one.

        Yields, the last piece first, its first step and its end, and d (steps, N, gates H), the gradient of what
        x W + h U + b gave, until the next piece takes its place.
        """
        _set(self.carry, dh_last)
        panels = products.panels_of(U.T, self.shape[1])
        for first, end in reversed(self.pieces):
            d = self.d[: end - first]
            self._back(U, panels, keep[first:end], dh[first:end], d, first)
            yield first, end, d

    def gradients(self, U, keep, dh, dh_last, rows, dW, dU, db) -> None:
        """The gradients of the weights, written into these arrays, by `backward`."""
        dW.fill(0)
        db.fill(0)
        for first, end, d in self.backward(U, keep, dh, dh_last):
            piece, slopes = self._of(rows, first, end), _flat(d)
            if rows.ndim == 1:
                kernels.look_up_backward(slopes, piece, dW, db)
            else:
                products.add_outer(piece, slopes, 0, slopes.shape[1], dW, 0)
                db += np.sum(slopes, axis=0)
            self._add_states(first, end, slopes, dU)

    def _add_states(self, first, end, d, dU) -> None:
        """dU from the states that were multiplied."""
        products.add_outer(_flat(self.h[first:end]), d, 0, d.shape[1], dU, 0, end == self.shape[0])

    def _of(self, rows, first, end):
        """The rows of some steps."""
        return rows[first * self.shape[1] : end * self.shape[1]]

    def seen(self) -> dict[str, np.ndarray]:
        """What can be looked at after `forward`, by name: (T, N, H) each."""
        blocks = np.split(self.scores, len(self.gates), axis=2)  # activations by now
        return {"h": self.h[1:], **dict(zip(self.gates, blocks, strict=True))}

    def _through(self, U, panels, keep, first) -> None:
        """The steps of a piece, which begins at step `first`."""
        raise NotImplementedError

    def _back(self, U, panels, keep, dh, d, first) -> None:
        raise NotImplementedError


def _set(array, values) -> None:
    """The values, or zeros for None; `fill` begins sooner than an assignment, which a window of one sample feels."""
    if values is None:
        array.fill(0)
    else:
        array[:] = values


def _flat(states):
    return states.reshape(-1, states.shape[-1])


class RNN(Cell):
    """h' = tanh(x W + h U + b)."""

    def _through(self, U, panels, keep, first):
        kernels.rnn_sequence(U, panels, keep, kernels.TANH, self.h[first:])

    def _back(self, U, panels, keep, dh, d, first):
        kernels.rnn_sequence_backward(U, panels, keep, kernels.TANH, self.h[first:], dh, self.carry, d)


class LSTM(Cell):
    """Gates i, f, g, o; c' = f c + i g, h' = o tanh(c')."""

    gates = ("i", "f", "g", "o")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.c, self.tanh_c = np.zeros_like(self.h), np.empty((T, N, H), dtype)
        self.states = [self.h, self.c]
        self.carry_c, self.no_peephole = np.empty_like(self.carry), np.empty((0, H), dtype)

    def _through(self, U, panels, keep, first):
        kernels.lstm_sequence(self.scores[first:], U, panels, keep, self.no_peephole, self.c[first:],
                              self.tanh_c[first:], self.h[first:])

    def backward(self, U, keep, dh, dh_last=None):
        self.carry_c.fill(0)
        return super().backward(U, keep, dh, dh_last)

    def _back(self, U, panels, keep, dh, d, first):
        kernels.lstm_sequence_backward(self.scores[first:], U, panels, keep, self.no_peephole, self.c[first:],
                                       self.tanh_c[first:], dh, self.carry, self.carry_c, d)

    def seen(self):
        return super().seen() | {"c": self.c[1:]}


class GRU(Cell):
    """Gates z, r and the candidate k, which sees r h; h' = (1 - z) h + z k."""

    gates = ("z", "r", "k")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.inner, self.dinner = np.empty((T, N, H), dtype), np.empty((len(self.d), N, H), dtype)

    def _through(self, U, panels, keep, first):
        kernels.gru_sequence(kernels.COURSE, self.scores[first:], self.inner[first:], U, panels, keep, self.h[first:])

    def _back(self, U, panels, keep, dh, d, first):
        kernels.gru_sequence_backward(kernels.COURSE, self.scores[first:], self.inner[first:], U, panels, keep,
                                      self.h[first:], dh, self.carry, self.dinner, d)

    def _add_states(self, first, end, d, dU):
        T, _, H = self.shape
        products.add_outer(_flat(self.h[first:end]), d, 0, 2 * H, dU, 0, end == T)
        products.add_outer(_flat(self.inner[first:end]), d, 2 * H, H, dU, 2 * H, end == T)


#: The cells by name.
CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}

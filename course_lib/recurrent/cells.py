"""The three cells with memory of their own: a window of T steps forward and back, nothing allocated in between.

Time stands first: states are (T + 1, N, H), the start and what follows each step. See `kernels.recurrent`.
"""

from functools import cached_property

import numpy as np

from course_lib.kernels import products
from course_lib.kernels import recurrent as kernels


class Part:
    """Steps `first` to `end` of a window, which are read by one call of a kernel; see `kernels.recurrent`.

    Its views of the cell's arrays are made once, since a window of one sample feels each of them. By its name an array
    from the first step on; `flat`, for products, has the samples of these steps below one another.
    """

    def __init__(self, cell, first: int, end: int):
        N = cell.shape[1]
        self.end, self.steps, self.rows = end, slice(first, end), slice(first * N, end * N)
        self.d, self.flat = cell.d[: end - first], {"d": _flat(cell.d[: end - first])}
        for name in cell.arrays:
            array = getattr(cell, name)
            setattr(self, name, array[first:])
            self.flat[name] = _flat(array[first:end])


class Cell:
    """A window through one kind of cell.

    states : the arrays (T + 1, N, H) that are handed from step to step, h first. scores : (T, N, gates H), where
    x W + b goes.
    """

    gates: tuple[str, ...] = ("h",)
    arrays: tuple[str, ...] = ("scores", "h")  # of which a part has views

    def __init__(self, T: int, N: int, H: int, dtype):
        self.shape = (T, N, H)
        self.h = np.zeros((T + 1, N, H), dtype)
        self.states = [self.h]
        self.carry = np.empty((N, H), dtype)
        self.scores = self.h[1:] if len(self.gates) == 1 else np.empty((T, N, len(self.gates) * H), dtype)
        _, steps = kernels.pieces(self.scores)[0]
        self.d = np.empty_like(self.scores[:steps])

    @cached_property
    def parts(self) -> list[Part]:
        return [Part(self, first, end) for first, end in kernels.pieces(self.scores)]

    def forward(self, W, U, b, rows, keep, start=None) -> None:
        """From the state `start`, zeros for None; rows (T N, D), or (T N,) whole numbers; keep (T, N)."""
        for number, states in enumerate(self.states):
            _set(states[0], None if start is None else start[number])
        panels = products.panels_of(U, self.shape[1])
        for part in self.parts:
            piece, out = rows[part.rows], part.flat["scores"]
            if rows.ndim == 1:
                kernels.look_up(W, piece, b, out)
            else:
                np.matmul(piece, W, out=out)
                out += b
            self._through(U, panels, keep[part.steps], part)

    def last(self) -> tuple[np.ndarray, ...]:
        """The state after the window, copied."""
        return tuple(states[-1].copy() for states in self.states)

    def backward(self, U, keep, dh, dh_last=None):
        """Back-propagation through the window, from dh (T, N, H) of the states and dh_last (N, H) of the last one.

        Yields the parts, the last one first; d (steps, N, gates H) of each is the gradient of what x W + h U + b gave,
        until the next one takes its place.
        """
        _set(self.carry, dh_last)
        panels = products.panels_of(U.T, self.shape[1])
        for part in reversed(self.parts):
            self._back(U, panels, keep[part.steps], dh[part.steps], part)
            yield part

    def gradients(self, U, keep, dh, dh_last, rows, dW, dU, db) -> None:
        """The gradients of the weights, written into these arrays, by `backward`."""
        dW.fill(0)
        db.fill(0)
        for part in self.backward(U, keep, dh, dh_last):
            piece, slopes = rows[part.rows], part.flat["d"]
            if rows.ndim == 1:
                kernels.look_up_backward(slopes, piece, dW, db)
            else:
                products.add_outer(piece, slopes, 0, slopes.shape[1], dW, 0)
                db += np.sum(slopes, axis=0)
            self._add_states(part, part.end == self.shape[0], dU)

    def _add_states(self, part, fresh, dU) -> None:
        """dU += the gradient from the states of a part, which were multiplied; fresh : = in place of +=."""
        d = part.flat["d"]
        products.add_outer(part.flat["h"], d, 0, d.shape[1], dU, 0, fresh)

    def seen(self) -> dict[str, np.ndarray]:
        """What can be looked at after `forward`, by name: (T, N, H) each."""
        blocks = np.split(self.scores, len(self.gates), axis=2)  # activations by now
        return {"h": self.h[1:], **dict(zip(self.gates, blocks, strict=True))}

    def _through(self, U, panels, keep, part) -> None:
        """The steps of a part."""
        raise NotImplementedError

    def _back(self, U, panels, keep, dh, part) -> None:
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

    def _through(self, U, panels, keep, part):
        kernels.rnn_sequence(U, panels, keep, kernels.TANH, part.h)

    def _back(self, U, panels, keep, dh, part):
        kernels.rnn_sequence_backward(U, panels, keep, kernels.TANH, part.h, dh, self.carry, part.d)


class LSTM(Cell):
    """Gates i, f, g, o; c' = f c + i g, h' = o tanh(c')."""

    gates = ("i", "f", "g", "o")
    arrays = ("scores", "h", "c", "tanh_c")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.c, self.tanh_c = np.zeros_like(self.h), np.empty((T, N, H), dtype)
        self.states = [self.h, self.c]
        self.carry_c, self.no_peephole = np.empty_like(self.carry), np.empty((0, H), dtype)

    def _through(self, U, panels, keep, part):
        kernels.lstm_sequence(part.scores, U, panels, keep, self.no_peephole, part.c, part.tanh_c, part.h)

    def backward(self, U, keep, dh, dh_last=None):
        self.carry_c.fill(0)
        return super().backward(U, keep, dh, dh_last)

    def _back(self, U, panels, keep, dh, part):
        kernels.lstm_sequence_backward(part.scores, U, panels, keep, self.no_peephole, part.c, part.tanh_c, dh,
                                       self.carry, self.carry_c, part.d)

    def seen(self):
        return super().seen() | {"c": self.c[1:]}


class GRU(Cell):
    """Gates z, r and the candidate k, which sees r h; h' = (1 - z) h + z k."""

    gates = ("z", "r", "k")
    arrays = ("scores", "h", "inner")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.inner, self.dinner = np.empty((T, N, H), dtype), np.empty((len(self.d), N, H), dtype)

    def _through(self, U, panels, keep, part):
        kernels.gru_sequence(kernels.COURSE, part.scores, part.inner, U, panels, keep, part.h)

    def _back(self, U, panels, keep, dh, part):
        kernels.gru_sequence_backward(kernels.COURSE, part.scores, part.inner, U, panels, keep, part.h, dh, self.carry,
                                      self.dinner, part.d)

    def _add_states(self, part, fresh, dU):
        H, d = self.shape[2], part.flat["d"]
        products.add_outer(part.flat["h"], d, 0, 2 * H, dU, 0, fresh)
        products.add_outer(part.flat["inner"], d, 2 * H, H, dU, 2 * H, fresh)


#: The cells by name.
CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}

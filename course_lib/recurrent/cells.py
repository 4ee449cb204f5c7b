"""The three cells with memory of their own: a window of T steps forward and back, nothing allocated in between.

Time stands first: states are (T + 1, N, H), the start and what follows each step. See `kernels.recurrent`.
"""

import numpy as np

from course_lib.kernels import recurrent as kernels

#: Up to so many numbers in a state, N H, a window is one compiled call; beyond, each step is a matrix product.
FEW = 1024


class Cell:
    """A window through one kind of cell.

    states : the arrays (T + 1, N, H) that are handed from step to step, h first. d : (T, N, gates H), after `backward`
    the gradient of what x W + h U + b gave.
    """

    gates: tuple[str, ...] = ("h",)

    def __init__(self, T: int, N: int, H: int, dtype):
        self.shape, self.dtype = (T, N, H), dtype
        self.h = np.zeros((T + 1, N, H), dtype)
        self.states = [self.h]
        self.d = np.empty((T, N, len(self.gates) * H), dtype)
        self.carry = np.empty((N, H), dtype)
        self.few = N * H <= FEW

    def forward(self, W, U, b, rows, keep, start=None) -> None:
        """From the state `start`, zeros for None; rows (T N, D), or (T N,) whole numbers; keep (T, N)."""
        for number, states in enumerate(self.states):
            states[0] = 0 if start is None else start[number]
        table = W + b if rows.ndim == 1 else None
        first = 0
        for room in self._rooms():
            place = slice(first, first + room.shape[-1])
            out = room.reshape(-1, room.shape[-1])
            if table is not None:
                np.take(table[:, place], rows, axis=0, out=out, mode="clip")  # "clip" writes into out at once
            else:
                np.matmul(rows, W[:, place], out=out)
                out += b[place]
            first = place.stop
        self._through(U, keep)

    def last(self) -> tuple[np.ndarray, ...]:
        """The state after the window, copied."""
        return tuple(states[-1].copy() for states in self.states)

    def backward(self, U, keep, dh, dh_last=None) -> None:
        """Back-propagation through the window, from dh (T, N, H) of the states and dh_last (N, H) of the last one."""
        self.carry[:] = 0 if dh_last is None else dh_last
        self._back(U, keep, dh)

    def gradients(self, rows, dW, dU, db) -> None:
        """The gradients of the weights, written into these arrays, after `backward`."""
        d = self.d.reshape(-1, self.d.shape[-1])
        if rows.ndim == 1:
            dW[:] = 0
            kernels.add_rows(d, rows, dW)
            np.sum(dW, axis=0, out=db)  # every row of d has gone to one row of dW
        else:
            np.matmul(rows.T, d, out=dW)
            np.sum(d, axis=0, out=db)
        np.matmul(_flat(self.h[:-1]).T, d, out=dU)

    def seen(self) -> dict[str, np.ndarray]:
        """What can be looked at after `forward`, by name: (T, N, H) each."""
        return {"h": self.h[1:]}

    def _rooms(self) -> list[np.ndarray]:
        """Where x W + b goes, block by block."""
        raise NotImplementedError

    def _through(self, U, keep) -> None:
        raise NotImplementedError

    def _back(self, U, keep, dh) -> None:
        raise NotImplementedError


def _flat(states):
    return states.reshape(-1, states.shape[-1])


class RNN(Cell):
    """h' = tanh(x W + h U + b)."""

    def _rooms(self):
        return [self.h[1:]]

    def _through(self, U, keep):
        run = kernels.rnn_sequence if self.few else kernels.rnn_products
        run(U, keep, kernels.TANH, self.h)

    def _back(self, U, keep, dh):
        run = kernels.rnn_sequence_backward if self.few else kernels.rnn_products_backward
        run(U, keep, kernels.TANH, self.h, dh, self.carry, self.d)


class LSTM(Cell):
    """Gates i, f, g, o; c' = f c + i g, h' = o tanh(c')."""

    gates = ("i", "f", "g", "o")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.z, self.c, self.tanh_c = np.empty_like(self.d), np.zeros_like(self.h), np.empty((T, N, H), dtype)
        self.states = [self.h, self.c]
        self.carry_c, self.no_peephole = np.empty_like(self.carry), np.empty((0, H), dtype)

    def _rooms(self):
        return [self.z]

    def _through(self, U, keep):
        run = kernels.lstm_sequence if self.few else kernels.lstm_products
        run(self.z, U, keep, self.no_peephole, self.c, self.tanh_c, self.h)

    def _back(self, U, keep, dh):
        self.carry_c[:] = 0
        run = kernels.lstm_sequence_backward if self.few else kernels.lstm_products_backward
        run(self.z, U, keep, self.no_peephole, self.c, self.tanh_c, dh, self.carry, self.carry_c, self.d)

    def seen(self):
        blocks = np.split(self.z, len(self.gates), axis=2)
        return {"h": self.h[1:], "c": self.c[1:], **dict(zip(self.gates, blocks, strict=True))}


class GRU(Cell):
    """Gates z, r and the candidate k, which sees r h; h' = (1 - z) h + z k."""

    gates = ("z", "r", "k")

    def __init__(self, T, N, H, dtype):
        super().__init__(T, N, H, dtype)
        self.zr, self.dzr = (np.empty((T, N, 2 * H), dtype) for _ in range(2))
        self.k, self.dk, self.inner = (np.empty((T, N, H), dtype) for _ in range(3))
        self.dinner = np.empty_like(self.carry)

    def _rooms(self):
        return [self.zr, self.k]

    def _through(self, U, keep):
        run = kernels.gru_sequence if self.few else kernels.gru_products
        run(kernels.COURSE, self.zr, self.k, self.inner, U, keep, self.h)

    def _back(self, U, keep, dh):
        run = kernels.gru_sequence_backward if self.few else kernels.gru_products_backward
        run(kernels.COURSE, self.zr, self.k, self.inner, U, keep, self.h, dh, self.carry, self.dinner, self.dzr,
            self.dk)
        H = self.shape[2]
        self.d[..., : 2 * H], self.d[..., 2 * H :] = self.dzr, self.dk

    def gradients(self, rows, dW, dU, db):
        super().gradients(rows, dW, dU, db)
        H = self.shape[2]
        dU[:, 2 * H :] = _flat(self.inner).T @ _flat(self.dk)

    def seen(self):
        H = self.shape[2]
        return {"h": self.h[1:], "z": self.zr[..., :H], "r": self.zr[..., H:], "k": self.k}


#: The cells by name.
CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}

"""Messages over a socket, for both sides of a wall: a deadline and a limit on size hold while they travel.

A message is a few parts of bytes: the number of parts, the length of each, then the parts. Whoever reads it keeps no
more than the limit plus one piece of `PIECE` bytes, whatever the other side announces or sends.
"""

import contextlib
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable

TICK = 50  #: milliseconds between two looks at the clock and at the other side's health
PIECE = 1 << 18
MOST_PARTS = 10_000
_COUNT = struct.Struct("!I")


class Late(Exception):
    """The deadline is over."""


class Closed(Exception):
    """The other side has gone, or does not keep to the form."""


class TooLarge(Closed):
    """The other side announced a message beyond the limit."""


class Line:
    """One end of a connection; use it in one thread only."""

    def __init__(self, end: socket.socket):
        end.setblocking(False)
        self.socket = end
        self.incoming = bytearray()
        self.messages: deque[list[bytes]] = deque()  #: whole ones, for which nobody has asked yet
        self.broken = False

    def send(self, parts: list[bytes], deadline: float, look: Callable = lambda: None) -> None:
        """Send one message until `time.monotonic()` is `deadline`; `look` is called while it waits, and may raise.

        Raises
        ------
        Late, Closed
            After either nothing more can be sent: the other side holds a piece of a message.
        """
        if self.broken:
            raise Closed
        self.broken = True
        lengths = struct.pack(f"!{len(parts)}Q", *map(len, parts))
        for part in (_COUNT.pack(len(parts)) + lengths, *parts):
            rest = memoryview(part).cast("B")
            while rest:
                self._wait(select.POLLOUT, deadline, look)
                with contextlib.suppress(BlockingIOError):
                    rest = rest[self._whatever(self.socket.send, rest[:PIECE]) :]
        self.broken = False

    def receive(self, most: int, deadline: float, look: Callable = lambda: None) -> list[bytes]:
        """The next message, of at most `most` bytes. After `Late`, what has come so far waits for the next call.

        Raises
        ------
        Late, Closed, TooLarge
        """
        if time.monotonic() > deadline:  # other messages may have come long ago
            raise Late
        while not self.messages:
            self._wait(select.POLLIN, deadline, look)
            with contextlib.suppress(BlockingIOError):
                piece = self._whatever(self.socket.recv, PIECE)
                if not piece:
                    raise Closed
                self.incoming += piece
            while (parts := self._message(most)) is not None:
                self.messages.append(parts)
        return self.messages.popleft()

    def _message(self, most: int) -> list[bytes] | None:
        """The parts of the first message, taken out of what has come; None while it is not complete."""
        if len(self.incoming) < _COUNT.size:
            return None
        (count,) = _COUNT.unpack_from(self.incoming)
        if count > MOST_PARTS:
            raise TooLarge
        start = _COUNT.size + 8 * count
        if len(self.incoming) < start:
            return None
        lengths = struct.unpack_from(f"!{count}Q", self.incoming, _COUNT.size)
        if sum(lengths) > most:
            raise TooLarge
        if len(self.incoming) < start + sum(lengths):
            return None
        parts = []
        for length in lengths:
            parts.append(bytes(memoryview(self.incoming)[start : start + length]))
            start += length
        del self.incoming[:start]
        return parts

    def _wait(self, what: int, deadline: float, look: Callable) -> None:
        """Until the socket is ready. The clock is looked at in every call, however busy the socket is."""
        poll = select.poll()
        poll.register(self.socket, what)
        while True:
            if time.monotonic() > deadline:
                raise Late
            if poll.poll(TICK):
                return
            look()

    def _whatever(self, action, given):
        try:
            return action(given)
        except BlockingIOError:
            raise
        except OSError:
            raise Closed from None

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)

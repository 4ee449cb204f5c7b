"""From a text or a series to training data: characters as numbers, windows with what follows, chunks that go on."""

import numpy as np

from course_lib.validate import as_array, as_float, whole_number

__all__ = ["chunks", "decode", "encode", "vocabulary", "windows"]


def vocabulary(text):
    """The different characters of a text, sorted, so that every run numbers them alike.

    Parameters
    ----------
    text : str

    Returns
    -------
    characters : str, each once
    index : dict, character -> its number
    """
    _as_text(text)
    if not text:
        raise ValueError("text is empty, expected at least one character.")
    characters = "".join(sorted(set(text)))
    return characters, {character: number for number, character in enumerate(characters)}


def encode(text, index):
    """Characters as numbers.

    Parameters
    ----------
    text : str
    index : dict, character -> number, from `vocabulary`

    Returns
    -------
    (N,) int64
    """
    _as_text(text)
    if not isinstance(index, dict):
        raise TypeError(f"index is {type(index).__name__}, expected a dict of character to number: the second result "
                        "of ops.vocabulary(text).")
    for character, number in index.items():
        if not isinstance(number, int | np.integer) or isinstance(number, bool):
            raise TypeError(f"index has {number!r} for {character!r}, expected a whole number for each character, as "
                            "ops.vocabulary(text) gives.")
    unknown = sorted(set(text) - set(index))
    if unknown:
        raise ValueError(f"index has no number for {', '.join(map(repr, unknown[:5]))}. Usual cause: the vocabulary of "
                         "another text; take it from all texts together.")
    return np.array([index[character] for character in text], np.int64)


def decode(tokens, characters):
    """Numbers as characters.

    Parameters
    ----------
    tokens : (N,) whole numbers
    characters : str, from `vocabulary`

    Returns
    -------
    str
    """
    tokens = _as_row(tokens, "tokens")
    _as_text(characters, "characters")
    if tokens.size and tokens.dtype.kind == "f":
        raise TypeError(f"tokens must be whole numbers, got dtype {tokens.dtype}.")
    if tokens.size and (tokens.min() < 0 or tokens.max() >= len(characters)):
        raise ValueError(f"tokens from {tokens.min()} to {tokens.max()}, expected 0..{len(characters) - 1}: there are "
                         f"{len(characters)} characters.")
    return "".join(characters[token] for token in tokens.tolist())


def windows(tokens, length, stride=1):
    """Windows of a text or a series, and what follows each.

    X_i = tokens[a : a + length], y_i = tokens[a + length], with a = i stride while there is something that follows

    Parameters
    ----------
    tokens : (N,) whole numbers of a text, or numbers of a series; N > length
    length : int
    stride : int, from the start of one window to that of the next

    Returns
    -------
    X : (n, length)
    y : (n,)
    """
    tokens = _as_row(tokens, "tokens")
    length, stride = whole_number(length, "length"), whole_number(stride, "stride")
    if tokens.size <= length:
        raise ValueError(f"tokens holds {tokens.size} numbers, expected more than length={length}: the last window "
                         "needs one that follows.")
    starts = np.arange(0, tokens.size - length, stride)
    return tokens[starts[:, None] + np.arange(length)], tokens[starts + length]


def chunks(tokens, batch, length):
    """A text in `batch` parallel streams, cut into chunks: row i of a chunk continues row i of the chunk before.

    Each stream is a piece of the text. A recurrent net hands its state from chunk to chunk and so remembers across
    them, while gradients end at the cut (truncated back-propagation through time). The targets are the inputs, one
    token later. What does not fill a last chunk is left out.

    Parameters
    ----------
    tokens : (N,) whole numbers, or numbers of a series
    batch : int, streams
    length : int, steps of a chunk

    Returns
    -------
    X, y : (chunks, batch, length)
    """
    tokens = _as_row(tokens, "tokens")
    batch, length = whole_number(batch, "batch"), whole_number(length, "length")
    count = (tokens.size - 1) // batch // length
    if count < 1:
        raise ValueError(f"tokens holds {tokens.size} numbers, expected at least {batch * length + 1}: {batch} streams "
                         f"of {length} steps, and one that follows.")
    stream = (tokens.size - 1) // batch
    X, y = (tokens[first : first + batch * stream].reshape(batch, stream)[:, : count * length] for first in (0, 1))
    return tuple(part.reshape(batch, count, length).swapaxes(0, 1).copy() for part in (X, y))


def _as_text(text, name: str = "text") -> None:
    if not isinstance(text, str):
        raise TypeError(f"{name} is {type(text).__name__}, expected a str.")


def _as_row(value, name: str) -> np.ndarray:
    """(N,) int64, or float32 or float64."""
    row = as_array(value, name)
    if row.ndim != 1:
        raise ValueError(f"{name} must have shape (N,), got {row.shape}.")
    return row.astype(np.int64) if row.dtype.kind in "iu" else as_float(row, name)

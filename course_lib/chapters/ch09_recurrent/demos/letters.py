"""Text as cells of a picture: one place for each character, row by row."""

import re

import numpy as np

from course_lib.viz import style
from course_lib.viz.live import Image, Text

END = "↵"  # what is drawn for the end of a line


def places(text: str, columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each character, as far as there are rows. Words go to the next row as a whole."""
    found, row, column = [], 0, 0
    for at, character in enumerate(text):
        if not character.isspace():
            begins = at == 0 or text[at - 1].isspace()
            word = re.match(r"\S+\n?", text[at:])[0] if begins else character  # the end of a line has a cell too
            if column + min(len(word), columns) > columns:
                row, column = row + 1, 0
        if row == rows:
            break
        found.append((row, min(column, columns - 1)))
        row, column = (row + 1, 0) if character == "\n" else (row, column + 1)
    return tuple(np.array(found, int).reshape(-1, 2).T)


def letters(panel: int, text: str, columns: int, rows: int, ends: bool = False, **look) -> Text:
    """The characters in their places; the panel has x from 0 to columns and y from 0 to rows."""
    row, column = places(text, columns, rows)
    shown = [(END if c == "\n" else c) for c in text[:len(row)]]
    some = np.array([c != " " and (ends or c != END) for c in shown], bool)
    return Text(panel, column[some] + 0.5, rows - row[some] - 0.5,
                [c for c, there in zip(shown, some, strict=True) if there], **{"size": 12, "mono": True} | look)


def ground(panel: int, values, text: str, columns: int, rows: int, blank: float = 0.0, **look) -> Image:
    """A value for each of the first characters as the color of its cell; all other cells have the value `blank`."""
    row, column = places(text, columns, rows)
    cells = np.full((rows, columns), blank, float)
    some = slice(min(len(row), len(values)))
    cells[rows - 1 - row[some], column[some]] = values[some]
    return Image(panel, cells, extent=(0, columns, 0, rows), smooth=False, **look)


def number_at(x: float, y: float, text: str, columns: int, rows: int) -> int:
    """The number of the character that lies there, or nearest to it."""
    row, column = places(text, columns, rows)
    return int(np.argmin(4 * np.abs(rows - row - 0.5 - y) + np.abs(column + 0.5 - x)))


def paper(ax) -> None:
    """A panel without axes, framed."""
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set(visible=True, color=style.GREY)

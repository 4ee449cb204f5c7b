"""What a reader can set: numbers, names, own points, a drawing; and handles, by which a picture itself is moved."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import traitlets


@dataclass(frozen=True)
class Slider:
    """A number. With `log=True`, low, high and step are exponents and the value is 10**position.

    Integer low, high, step and value make an integer control; with `log=True` an integer value makes a count, whose
    values are whole numbers. `play=True` marks the time of a run: a player stands beside the picture. `more=True` folds
    the control away under "More". `ticks` are the values named below the slider; by default its ends, zero, and powers
    of ten.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    value: float
    unit: str = ""
    log: bool = False
    play: bool = False
    more: bool = False
    ticks: tuple[float, ...] = ()
    synced = True  # its value goes to the page

    @property
    def integer(self) -> bool:
        return all(isinstance(v, int) for v in ((self.value,) if self.log else (self.low, self.high, self.step,
                                                                               self.value)))

    @property
    def limits(self) -> tuple[float, float]:
        """Smallest and largest value (not exponent)."""
        return (10.0**self.low, 10.0**self.high) if self.log else (self.low, self.high)

    def _position(self, number: float) -> float:
        if not self.log:
            return number
        return math.log10(number) if number > 0 else -math.inf

    def clean(self, value):
        """The value as a number inside the limits; an end that was rounded to three digits is the end.

        Raises
        ------
        ValueError
            For what is no finite number, and for a number outside the limits.
        """
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        low, high = self.limits
        below, above = (0.5, 0.5) if self.integer else (0.005 * abs(low), 0.005 * abs(high))
        if not (math.isfinite(number) and low - below <= number <= high + above):
            unit = f" {self.unit}" if self.unit else ""
            raise ValueError(f"{self.name} = {value!r}: expected a number from {low:.6g} to {high:.6g}{unit}")
        number = min(max(number, low), high)
        return round(number) if self.integer else number

    def nearest(self, number: float):
        """The value of the slider's steps that lies nearest: where a dragged handle comes to rest."""
        position = self._position(number) if math.isfinite(number) else self.low
        steps = round((min(max(position, self.low), self.high) - self.low) / self.step)
        position = min(round(self.low + steps * self.step, 10), self.high)
        if self.log:
            return self.clean(10.0**position if self.integer else float(f"{10.0**position:.3g}"))
        return self.clean(position)

    def stepped(self, value: float, steps: int):
        """The value so many steps on; a count changes by one at least, where a step would be less."""
        if not self.log:
            return self.nearest(value + steps * self.step)
        found = self.nearest(value * 10.0 ** (steps * self.step))
        if self.integer and found == value and steps:
            low, high = self.limits
            found = self.clean(min(max(value + (1 if steps > 0 else -1), low), high))
        return found

    def sample(self, count: int) -> list:
        """`count` values from one end to the other, as the slider's steps allow."""
        steps = round((self.high - self.low) / self.step)
        positions = [self.low + self.step * round(steps * k / (count - 1)) for k in range(count)]
        return [self.clean(10.0**p if self.log else p) for p in positions]

    def spec(self) -> dict:
        return {"kind": "slider", "name": self.name, "label": self.label, "unit": self.unit, "low": self.low,
                "high": self.high, "step": self.step, "log": self.log, "integer": self.integer, "play": self.play,
                "more": self.more, "ticks": list(self.ticks)}


@dataclass(frozen=True)
class Menu:
    """One of a few names. `more=True` folds it away under "More"."""

    name: str
    label: str
    options: tuple[str, ...]
    value: str
    more: bool = False
    synced = True

    def clean(self, value) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(f"{self.name} = {value!r}: expected one of {', '.join(self.options)}")
        return str(value)

    nearest = clean

    def sample(self, count: int) -> list:
        """All options (`count` is for sliders)."""
        return list(self.options)

    def spec(self) -> dict:
        return {"kind": "menu", "name": self.name, "label": self.label, "options": list(self.options),
                "more": self.more}


@dataclass(frozen=True)
class OwnPoints:
    """Points of classes 0 and 1 that the reader clicks into a panel: a tuple of (x, y, class).

    `most` is how many there may be. `needs` are the controls that let the figure show them, such as its data menu: a
    point that is added sets them too.
    """

    name: str
    label: str
    panel: int
    value: tuple[tuple[float, float, int], ...] = ()
    most: int = 60
    more: bool = False
    needs: dict = field(default_factory=dict)
    synced = True

    def clean(self, value) -> tuple[tuple[float, float, int], ...]:
        try:
            points = tuple((float(x), float(y), int(label)) for x, y, label in value)
        except (TypeError, ValueError):
            points = ((math.nan, math.nan, 0),)
        if not all(math.isfinite(x) and math.isfinite(y) and label in (0, 1) for x, y, label in points):
            raise ValueError(f"{self.name}: expected a list of (x, y, class) with class 0 or 1")
        if len(points) > self.most:
            raise ValueError(f"{self.name}: {len(points)} points; this figure trains on at most {self.most}")
        return points

    nearest = clean

    def sample(self, count: int) -> list:
        """Two corners, then one point more each time."""
        corners = ((-1.0, -1.0, 0), (1.0, 1.0, 1))
        return [corners + tuple((0.3 * k, -0.2 * k, k % 2) for k in range(1, n)) for n in range(1, count + 1)]

    def spec(self) -> dict:
        return {"kind": "points", "name": self.name, "label": self.label, "panel": self.panel, "most": self.most,
                "more": self.more, "needs": self.needs}


@dataclass(frozen=True)
class Pad:
    """A drawing of the reader: `rows` x `columns` shares of ink from 0 to 1, in hundredths, row 0 uppermost.

    The paper is the `Image` of that shape that names it, `Image(0, ink[::-1], pad="drawing")`: there the reader draws
    by mouse, finger or keyboard, and sees the stroke at once. The value is a tuple of rows; an array is taken too.
    `brush` is the radius of the pen in cells, its edge one cell soft. `value` is the drawing at the start, blank when
    not given. `needs` are controls that a stroke sets too, such as a menu of what is shown.
    """

    name: str
    label: str
    rows: int = 28
    columns: int = 28
    brush: float = 1.2
    value: tuple = ()
    more: bool = False
    needs: dict = field(default_factory=dict)
    synced = True

    def __post_init__(self):
        start = np.zeros((self.rows, self.columns)) if len(self.value) == 0 else self.value
        object.__setattr__(self, "value", self.clean(start))

    def clean(self, value) -> tuple[tuple[float, ...], ...]:
        try:
            ink = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            ink = np.empty(0)
        if ink.shape != (self.rows, self.columns):
            raise ValueError(f"{self.name}: expected {self.rows} rows of {self.columns} numbers from 0 to 1"
                             + (f", not an array of shape {ink.shape}" if ink.size else ""))
        if not ((ink >= 0) & (ink <= 1)).all():
            raise ValueError(f"{self.name}: values from {ink.min():.4g} to {ink.max():.4g}; expected shares of ink, "
                             "from 0 to 1. A picture of bytes is divided by 255")
        return tuple(map(tuple, ink.round(2).tolist()))

    nearest = clean

    def sample(self, count: int) -> list:
        """Upright strokes, each further right than the one before."""
        drawings = np.zeros((count, self.rows, self.columns))
        for k in range(count):
            left = self.columns // 4 + k * self.columns // (2 * count)
            drawings[k, self.rows // 6 : -(self.rows // 6), left : left + 3] = 1.0
        return [self.clean(drawing) for drawing in drawings]

    def spec(self) -> dict:
        return {"kind": "pad", "name": self.name, "label": self.label, "rows": self.rows, "columns": self.columns,
                "brush": self.brush, "more": self.more, "needs": self.needs}


class ControlTrait(traitlets.TraitType):
    """A control as a synced trait of the figure: `figure.lr = 0.1`, `observe`, `link`, `jslink`."""

    def __init__(self, control):
        super().__init__(control.value, help=control.label)
        self.control = control
        self.tag(sync=control.synced)

    def validate(self, obj, value):
        try:
            return self.control.clean(value)
        except ValueError as error:
            obj.refuse(error)  # a linked slider's error would only reach a log
            raise traitlets.TraitError(str(error)) from None


@dataclass(frozen=True)
class Handle:
    """Something in the picture that is moved by mouse, finger or arrow keys; the control it drives follows.

    In functions, `s` holds the state and, where the state lacks a name, the value of the control of that name.

    panel : index of the panel it lies in. label : what it is, for a reader who cannot see it: "point x".
    x, y : names of the controls that are its coordinates; one of them alone makes a line that moves sideways (x) or
        up and down (y). Enough for most handles.
    at : s -> (x, y), where it stands; None when it is not there. For a line one of the two is None.
    move : (s, x, y) -> {control: value}, what dragging to (x, y) sets. Values go to the nearest step of the control.
    turn : name of a control that changes by its steps while the handle is dragged up or to the right, and down or to
        the left: for a number in the picture, such as an entry of a matrix or a weight.
    press : {control: value} that a click or Enter sets: for a node or a cell that is chosen, not dragged.
    click : a click anywhere in the panel takes the handle there. replay : and the run is played from its start.
    """

    panel: int
    label: str
    x: str = ""
    y: str = ""
    at: Callable | None = None
    move: Callable | None = None
    turn: str = ""
    press: dict | None = None
    click: bool = False
    replay: bool = False

    def __post_init__(self):
        if sum((bool(self.x or self.y), self.move is not None, bool(self.turn), self.press is not None)) != 1:
            raise ValueError(f"handle {self.label!r}: give x and y, or move, or turn, or press; one of them")
        if self.at is None and not (self.x or self.y):
            raise ValueError(f"handle {self.label!r}: at=... says where it stands")

    def where(self, s) -> tuple[float | None, float | None] | None:
        """Its place in data coordinates; None in place of a coordinate that it does not have."""
        if self.at is not None:
            return self.at(s)
        return (s[self.x] if self.x else None, s[self.y] if self.y else None)

    def moved(self, s, x: float, y: float) -> dict:
        """What setting it to (x, y) means for the controls."""
        if self.move is not None:
            return self.move(s, x, y)
        return {name: place for name, place in ((self.x, x), (self.y, y)) if name}

    def kind(self) -> str:
        """How the page treats it: "drag", "turn" or "press"."""
        return "turn" if self.turn else "press" if self.press is not None else "drag"

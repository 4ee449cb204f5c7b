"""What a student's code gives back, turned into plain data that cannot lie.

A student may return anything: a list that holds itself, an array whose `==` is always true, an integer of a million
digits. Everything that leaves their code passes `plain` first, which calls no method that their objects define. What
is left is numbers, texts, base-class arrays, tuples, lists and dicts, or an `Alien` that only says what was there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_ENTRIES = 10_000_000  #: of all arrays of one answer together
MAX_ITEMS = 20_000  #: of all lists, tuples and dicts of one answer together
MAX_DEPTH = 12
MAX_BITS = 1_000  #: of an integer; a float holds no more
MAX_TEXT = 10_000

# Bound once, so that a student who assigns to np.array or np.isfinite meets only their own version.
_array, _ndarray, _generic = np.array, np.ndarray, np.generic


@dataclass(frozen=True)
class Alien:
    """Something that is not data: `what` describes it with an article, "a generator"."""

    what: str


def plain(value: Any) -> Any:
    """A copy of `value` made of base types; parts that are not data become `Alien`."""
    return _Copier().copy(value, 0)


class _Copier:
    def __init__(self):
        self.entries = MAX_ENTRIES
        self.items = MAX_ITEMS

    def copy(self, value, depth):
        kind = type(value)
        if value is None or kind is bool:
            return value
        if issubclass(kind, _ndarray):
            return self.array(value)
        if issubclass(kind, _generic):
            return self.array(_array(value))[()] if kind.__module__ == "numpy" else Alien(name_of(kind))
        if issubclass(kind, int):
            return self.integer(int.__int__(value))
        if issubclass(kind, float):
            return float.__float__(value)
        if kind is complex:
            return value
        if issubclass(kind, str):
            return str.__str__(value) if str.__len__(value) <= MAX_TEXT else Alien("a very long text")
        if issubclass(kind, (tuple, list, dict)):
            return self.container(value, kind, depth)
        return Alien(name_of(kind))

    def integer(self, value):
        bits = value.bit_length()
        if bits < 64:
            return value
        return float(value) if bits <= MAX_BITS else Alien(f"an integer of about {int(bits * 0.30103) + 1} digits")

    def array(self, value):
        dtype = _ndarray.dtype.__get__(value)
        shape = _ndarray.shape.__get__(value)
        if dtype.kind not in "biufc":
            return Alien(f"an array of dtype {short(str(dtype), 40)}")
        size = _ndarray.size.__get__(value)
        self.entries -= size
        if self.entries < 0:
            return Alien(f"an array of shape {shape} with {size:,} entries")
        return _array(value, subok=False, copy=True)

    def container(self, value, kind, depth):
        base = next(b for b in (tuple, list, dict) if issubclass(kind, b))
        length = base.__len__(value)
        self.items -= length
        if depth >= MAX_DEPTH:
            return Alien(f"a {base.__name__} nested more than {MAX_DEPTH} deep")
        if self.items < 0:
            return Alien(f"a {base.__name__} of {length:,} entries")
        if base is dict:
            pairs = list(dict.items(value))
            return {self.key(key): self.copy(part, depth + 1) for key, part in pairs}
        return base(self.copy(part, depth + 1) for part in base.__iter__(value))

    def key(self, key):
        copied = self.copy(key, MAX_DEPTH)
        return copied if type(copied) in (str, int, float, bool, type(None), Alien) else Alien(name_of(type(key)))


def short(text: str, limit: int) -> str:
    """The text cut to `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def name_of(kind: type) -> str:
    """A type's name with its article: "a generator", "an int"."""
    try:
        name = short(str(type.__getattribute__(kind, "__name__")), 60)
    except Exception:
        name = "object of an unknown type"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def describe(value: Any) -> str:
    """What a plain value is, in a few words: "an array of shape (3, 2), float64"."""
    if isinstance(value, Alien):
        return value.what
    if isinstance(value, _ndarray):
        return f"an array of shape {value.shape}, {value.dtype}"
    if value is None:
        return "None"
    if isinstance(value, (bool, np.bool_)):
        return f"the truth value {bool(value)}"
    if isinstance(value, str):
        return f"the text {short(repr(value), 40)}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)} {'thing' if len(value) == 1 else 'things'}"
    if isinstance(value, dict):
        keys = short(", ".join(repr(key) if isinstance(key, str) else str(key) for key in value), 120)
        return f"a dict with the keys {keys}" if value else "an empty dict"
    if isinstance(value, _generic):
        return f"the number {number(value)} ({value.dtype})"
    return f"the number {number(value)}"


def number(value: Any) -> str:
    """A number as a person reads it: six significant digits."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"{complex(value):.4g}"
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return short(str(value), 40)


def same(a: Any, b: Any) -> bool:
    """Whether two plain values are identical, NaN included: has an argument been changed?"""
    if isinstance(a, _ndarray) and isinstance(b, _ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or (a != a and b != b)

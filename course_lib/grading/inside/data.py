"""Plain data as JSON and raw bytes, for both sides of the sandbox's wall.

Numbers, texts, arrays and collections of these; nothing that could run when it is read. `unpack` trusts nothing: it
raises `BadData` for whatever `pack` would not have written, and makes nothing larger than the bytes it was given.
"""

import json
import math
import re
from dataclasses import fields

import numpy as np

from course_lib.exercises.collect import MOST_DEPTH, MOST_ENTRIES, MOST_ITEMS, Foreign, Outcome

KINDS = "biufcU"  #: of arrays
#: The name of every type of array that may be read; NumPy's own reader understands much more than a name.
DTYPE = re.compile(r"[<>=|]?(?:b1|[iu][1248]|f(?:2|4|8|12|16)|c(?:8|16|24|32)|U[0-9]{1,6})")
MOST_AXES = 32
MOST_ARGUMENTS = 32


class BadData(ValueError):
    """What came is no plain data."""


def pack(value) -> tuple[str, list[bytes]]:
    """JSON text, and the bytes of the arrays in the order in which it names them."""
    arrays: list[bytes] = []
    return json.dumps(_packed(value, arrays)), arrays


def _packed(value, arrays):
    if value is None or isinstance(value, bool):
        return value
    if value is Ellipsis:
        return ["ellipsis"]
    if isinstance(value, np.ndarray | np.generic):
        value = np.asarray(value)
        if value.dtype.kind not in KINDS:
            return ["foreign", f"an array of {value.dtype}"]
        arrays.append(value.tobytes())
        return ["array", value.dtype.str, list(value.shape)]
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):  # as text: JSON knows neither NaN nor infinity
        return ["float", value.hex()]
    if isinstance(value, complex):
        return ["complex", value.real.hex(), value.imag.hex()]
    if isinstance(value, tuple | list):
        return ["tuple" if isinstance(value, tuple) else "list", [_packed(item, arrays) for item in value]]
    if isinstance(value, dict):
        return ["dict", [[str(key), _packed(item, arrays)] for key, item in value.items()]]
    if isinstance(value, Foreign):
        return ["foreign", value.what]
    if isinstance(value, Outcome):
        return ["outcome", _packed({field.name: getattr(value, field.name) for field in fields(Outcome)}, arrays)]
    return ["foreign", f"a {type(value).__name__}"]


def unpack(text: str, arrays: list) -> object:
    """The value that `pack` wrote.

    Raises
    ------
    BadData
        When it is nothing that `pack` writes.
    """
    try:
        return _Reader(arrays).read(json.loads(text), 0)
    except BadData:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise BadData(f"{type(error).__name__}: {str(error)[:200]}") from None


class _Reader:
    def __init__(self, arrays):
        self.arrays, self.items, self.inside_outcome = iter(arrays), 10 * MOST_ITEMS, False

    def read(self, data, depth):
        self.items -= 1
        if self.items < 0 or depth > MOST_DEPTH + 6:
            raise BadData("too many parts")
        if data is None or isinstance(data, bool):
            return data
        if isinstance(data, str):
            return _text(data, len(data))
        kind, *rest = data
        return getattr(self, f"_{kind}" if kind in _WORDS else "_unknown")(depth + 1, *rest)

    def _unknown(self, depth, *rest):
        raise BadData("an unknown kind of data")

    def _ellipsis(self, depth):
        return Ellipsis

    def _int(self, depth, text):
        return int(text)

    def _float(self, depth, text):
        return float.fromhex(text)

    def _complex(self, depth, real, imag):
        return complex(float.fromhex(real), float.fromhex(imag))

    def _array(self, depth, dtype, shape):
        if not isinstance(dtype, str) or not DTYPE.fullmatch(dtype):
            raise BadData(f"an array of {str(dtype)[:40]}")
        dtype = np.dtype(dtype)
        data = bytes(next(self.arrays, b""))
        if not isinstance(shape, list) or len(shape) > MOST_AXES or any(type(n) is not int or n < 0 for n in shape):
            raise BadData("an array without a shape")
        if math.prod(shape) * dtype.itemsize != len(data) or math.prod(n or 1 for n in shape) > MOST_ENTRIES:
            raise BadData("an array whose bytes do not fit its shape")
        array = np.frombuffer(data, dtype).reshape(shape).copy()
        if dtype.kind == "b":
            return np.asarray(array.view(np.uint8) != 0)  # a byte of 2 would count as two
        if dtype.kind == "U" and not _is_text(data, dtype):
            raise BadData("a text of what are no letters")
        return array

    def _list(self, depth, items):
        return [self.read(item, depth) for item in items]

    def _tuple(self, depth, items):
        return tuple(self._list(depth, items))

    def _dict(self, depth, pairs):
        return {_text(key, 200): self.read(item, depth) for key, item in pairs}

    def _foreign(self, depth, what):
        return Foreign(_text(what, 200))

    def _outcome(self, depth, data):
        if self.inside_outcome:
            raise BadData("an outcome inside an outcome")
        self.inside_outcome = True
        given = self.read(data, depth)
        self.inside_outcome = False
        changed = given["changed"]
        if not isinstance(changed, tuple) or len(changed) > MOST_ARGUMENTS:
            raise BadData("no list of arguments")
        return Outcome(
            value=given["value"],
            error=_text(given["error"], 60),
            message=_text(given["message"], 400),
            line=_text(given["line"], 160),
            line_number=_number(given["line_number"], 1_000_000),
            at=_text(given["at"], 200),
            changed=tuple(_number(k, MOST_ARGUMENTS - 1) for k in changed),
            attempted=given["attempted"] is not False,
            timed_out=given["timed_out"] is True,
            printed=_text(given["printed"], 2_000),
            warned=tuple(_text(warning, 300) for warning in given["warned"][:3]),
        )


_WORDS = {"ellipsis", "int", "float", "complex", "array", "list", "tuple", "dict", "foreign", "outcome"}


def _is_text(data: bytes, dtype) -> bool:
    """Whether bytes of an array of texts are letters: no number beyond Unicode, no half of a letter."""
    numbers = np.frombuffer(data, f"{dtype.str[0]}u4") if data else np.zeros(0, np.uint32)
    return not ((numbers > 0x10FFFF) | ((numbers >= 0xD800) & (numbers < 0xE000))).any()


def _text(value, most: int) -> str:
    if not isinstance(value, str):
        raise BadData("no text where a text is expected")
    # A lone surrogate, which JSON can hold, would fail wherever the text is written.
    return value[:most].encode("utf-8", "replace").decode("utf-8")


def _number(value, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise BadData(f"no number from 0 to {most} where one is expected")
    return value

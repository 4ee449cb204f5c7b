"""Attacks that need no kernel: zips and folders for `intake`, replies for the decoder, ends of a line that misbehave.

Each list holds (name, attack). A zip's attack writes into a folder of its own and gives the words that the problem or a
note must hold; one with no words is read like any other.
"""

import io
import os
import stat
import struct
import time
import zipfile
from functools import cache

NOTEBOOK = b'{"cells": [{"cell_type": "code", "source": "# Exercise 4.3: sigmoid"}]}'


def zipped(files, method=zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members: name or ZipInfo -> bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def _changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data and len(old) == len(new)
    return data.replace(old, new)


@cache
def _many(count, name="{}.txt") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for k in range(count):
            archive.writestr(zipfile.ZipInfo(name.format(k)), b"")
    return made.getvalue()


def _in_central_directory(data: bytes, offset: int, value: bytes) -> bytes:
    at = data.index(b"PK\1\2") + offset
    return data[:at] + value + data[at + len(value) :]


def _no_utf8() -> bytes:
    return _changed(zipped({"\xe9.ipynb": NOTEBOOK}), "\xe9".encode(), b"\xff\xfe")


def _lzma() -> bytes:
    data = zipped({"a.ipynb": NOTEBOOK * 9}, zipfile.ZIP_LZMA)
    at = data.index(b"a.ipynb") + len("a.ipynb") + 9  # behind the properties of the filter
    return data[:at] + bytes(255 - byte for byte in data[at : at + 20]) + data[at + 20 :]


def _bomb() -> bytes:
    return zipped({"a.ipynb": bytes(101_000_000)})


def _liar() -> bytes:
    return _changed(zipped({"a.ipynb": bytes(300_000)}), (300_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def _link() -> bytes:
    info = zipfile.ZipInfo("a.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({info: b"/etc/passwd"})


def _encrypted() -> bytes:
    data = bytearray(zipped({"a.ipynb": NOTEBOOK}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _nested() -> bytes:
    data = zipped({"a.ipynb": NOTEBOOK})
    for _ in range(30):
        data = zipped({"inner.zip": data})
    return data


def _large_inner() -> bytes:
    return zipped({"inner.zip": zipped({f"{k}.ipynb": bytes(90_000_000) for k in range(4)})})


def _deep_folder(folder) -> None:
    """1,500 folders in each other, which no path can name."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def _fifo(folder) -> None:
    os.mkfifo(folder / "a.ipynb")


#: (name, bytes of a zip or what fills a folder, words that its row or a remark must hold)
ZIPS = [
    ("100,001 members", lambda: _many(100_001), "100,001 files"),
    ("100,001 members in a zip in a zip", lambda: zipped({"inner.zip": _many(100_001)}), "100,001 files"),
    ("a name that is no UTF-8", _no_utf8, "UnicodeDecodeError"),
    ("damaged LZMA", _lzma, "damaged"),
    ("a version of the future", lambda: _in_central_directory(zipped({"a.ipynb": NOTEBOOK}), 6, b"\x63"), "version"),
    ("a method that nobody knows", lambda: _in_central_directory(zipped({"a.ipynb": NOTEBOOK}), 10, b"\x63"),
     "damaged"),
    ("200 notebooks in a zip in a zip",
     lambda: zipped({"inner.zip": zipped({f"{k}.ipynb": NOTEBOOK + b" " * 500_000 for k in range(200)})}),
     "200 notebooks"),
    ("a bomb of 101 MB", _bomb, "101,000,000 bytes"),
    ("a size that lies", _liar, "damaged"),
    ("an encrypted member", _encrypted, "damaged"),
    ("a symbolic link", _link, "symbolic link"),
    ("a way out of the zip", lambda: zipped({"../../a.ipynb": NOTEBOOK}), "leads out"),
    ("30 zips in each other", _nested, "not opened"),
    ("a zip in a zip of 360 MB", _large_inner, "360,000,000 bytes"),
    ("a directory that is cut off", lambda: zipped({"a.ipynb": NOTEBOOK})[:-30], "zip"),
    ("no zip", lambda: b"PK\3\4" + bytes(1_000), "zip"),
    ("a date of month 0", lambda: _in_central_directory(zipped({"a.ipynb": NOTEBOOK}), 14, b"\0\0"), ""),
    ("a name of 60,000 letters", lambda: _many(1, "a" * 60_000 + "{}.ipynb"), "60,007 characters"),
    ("one name twice", lambda: _changed(zipped({"a.ipynb": NOTEBOOK, "b.ipynb": NOTEBOOK}), b"b.ipynb", b"a.ipynb"),
     ""),
    ("30 MB of headings", lambda: zipped({"a.ipynb": b"# Exercise 4.3 # # " * 1_600_000}), ""),
    ("90 MB of spaces behind a sign", lambda: zipped({"a.ipynb": NOTEBOOK + b"#" + b" " * 90_000_000}), ""),
    ("folders 1,500 deep", _deep_folder, "folders deep"),
    ("a pipe", _fifo, "no plain file"),
]

#: what is sent for an answer that gave nothing; the attacks below change one thing in it
OUTCOME = ('["outcome", ["dict", [["value", null], ["error", ""], ["message", ""], ["line", ""], '
            '["line_number", ["int", "0"]], ["at", ""], ["changed", ["tuple", []]], ["attempted", true], '
            '["timed_out", false], ["printed", ""], ["warned", ["tuple", []]]]]]')

#: (name, JSON text, bytes of arrays): what no honest kernel sends
REPLIES = [
    ("nothing", "", []), ("cut off", "{", []), ("a number", "7", []), ("another form", '{"a": 1}', []),
    ("objects", '["array", "O", [1]]', [b"12345678"]), ("an unknown word", '["nothing"]', []),
    ("a terabyte", '["array", "<f8", [1000000000000]]', [b""]), ("a negative size", '["array", "<f8", [-1]]', [b""]),
    ("too few bytes", '["array", "<f8", [2]]', [b"1"]), ("a record", '["array", "f8,f8", [1]]', [bytes(16)]),
    ("a type with a shape", '["array", "(1,,)f8", [1]]', [bytes(8)]),
    ("a type with a name", '["array", "a:f8", [1]]', [bytes(8)]),
    ("a type that is a list", '["array", ["f8"], [1]]', [bytes(8)]), ("dates", '["array", "<M8[s]", [1]]', [bytes(8)]),
    ("a type of 10 GB", '["array", "<U2500000000", [0]]', [b""]), ("nothing, a trillion wide",
     '["array", "<f8", [0, 1000000000000]]', [b""]), ("a shape that is a text", '["array", "<f8", "1"]', [bytes(8)]),
    ("a hundred axes", '["array", "<f8", [' + "1, " * 99 + "1]]", [bytes(8)]),
    ("letters beyond Unicode", '["array", "<U1", [1]]', [b"\xff" * 4]),
    ("half a letter", '["array", "<U1", [1]]', [b"\0\xd8\0\0"]),
    ("a number of 5,000 digits", '["int", "' + "9" * 5000 + '"]', []), ("no text", '["foreign", 5]', []),
    ("brackets", "[" * 5000, []), ("a hundred thousand brackets", "[" * 100_000, []),
    ("300,000 items", '["list", ' + "[" + "null," * 300_000 + "null]]", []),
    ("40 tuples in each other", '["tuple", [' * 40 + "]]" * 40, []), ("a method of the reader", '["_reader"]', []),
    ("a public method of the reader", '["read", 1]', []), ("a number beyond all", '["float", "0x1p99999999"]', []),
    ("changed that is a number", OUTCOME.replace('["tuple", []]]', "5]", 1), []),
    ("a changed argument before the first", OUTCOME.replace('["tuple", []]', '["tuple", [["int", "-1000"]]]', 1), []),
    ("a changed argument that is true", OUTCOME.replace('["tuple", []]', '["tuple", [true]]', 1), []),
    ("a million changed arguments", OUTCOME.replace('["tuple", []]', '["tuple", [' + '["int", "1"],' * 200_000
                                                     + '["int", "1"]]]', 1), []),
    ("a line before the first", OUTCOME.replace('["int", "0"]', '["int", "-1"]'), []),
    ("an outcome in an outcome", OUTCOME.replace('["value", null]', f'["value", {OUTCOME}]'), []),
    ("an outcome without parts", '["outcome", ["dict", []]]', []),
]


# --- the other end of a line: it gets the socket, and does what it likes until it is closed ---


def _silent(end):
    time.sleep(2)


def _drips(end):
    end.sendall(struct.pack("!IQ", 1, 1_000_000))
    for _ in range(100):
        end.sendall(b"x")
        time.sleep(0.02)


def _floods(end):
    while True:
        end.sendall(struct.pack("!IQ", 1, 1) + b"x")


def _too_much(end):
    end.sendall(struct.pack("!IQ", 1, 1 << 62))
    while True:
        end.sendall(bytes(1 << 16))


def _too_much_in_parts(end):
    end.sendall(struct.pack("!I24Q", 24, *[60_000_000] * 24))
    while True:
        end.sendall(bytes(1 << 16))


def _too_many_parts(end):
    end.sendall(b"\xff" * 4)
    while True:
        end.sendall(bytes(1 << 16))


def _goes(end):
    end.close()


def _goes_in_the_middle(end):
    end.sendall(struct.pack("!IQ", 1, 1_000) + b"x")
    end.close()


#: (name, the other end)
LINES = [("silent", _silent), ("drips", _drips), ("floods", _floods), ("too much", _too_much),
         ("too much in 24 parts", _too_much_in_parts), ("too many parts", _too_many_parts), ("goes", _goes),
         ("goes in the middle", _goes_in_the_middle)]

"""`course data`: the full-size MNIST and Fashion-MNIST, fetched only when a person asks for them.

A file is written under a temporary name, checked, then renamed: a broken download never looks like a whole one, and a
second run fetches only what is missing.
"""

import argparse
import gzip
import hashlib
import http.client
import os
import struct
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_lib.datasets.shipped import Split
from course_lib.files import replacing


class Source(NamedTuple):
    """Where a data set comes from."""

    title: str
    license: str
    megabytes: int
    addresses: tuple[str, ...]  #: folders with the same files, tried in this order
    sha256: dict[str, str]  #: file name -> checksum


SOURCES = {
    "mnist": Source(
        "MNIST, 70,000 handwritten digits (LeCun, Cortes, Burges)",
        "CC BY-SA 3.0",
        12,
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ),
    "fashion-mnist": Source(
        "Fashion-MNIST, 70,000 pictures of clothes (Zalando Research)",
        "MIT",
        31,
        (
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
    ),
}

TIMEOUT = 20  # seconds without a byte
CHUNK = 1 << 16
OFFLINE = "The course goes on without it: `datasets.digits28()` has 10,000 MNIST digits and needs no network."


class DownloadError(RuntimeError):
    """A file could not be fetched; the message says why and what to do."""


def folder():
    """Where downloaded data live: $COURSE_DATA, else ~/.cache/course_lib/data."""
    return Path(os.environ.get("COURSE_DATA") or Path.home() / ".cache" / "course_lib" / "data")


def downloaded(name, target=None):
    """A full-size set that `course data` has fetched.

    Parameters
    ----------
    name : "mnist" or "fashion-mnist"
    target : path, optional. The folder of all sets, default `folder()`.

    Returns
    -------
    Split
        X (60000, 28, 28) and (10000, 28, 28) uint8, y int64 in 0..9, in the official order.

    Raises
    ------
    FileNotFoundError
        When a file is missing; says which command fetches it.
    OSError
        When a file is damaged.
    """
    source = _source(name)
    place = Path(target or folder()) / name
    arrays = []
    for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        path = place / f"{part}-ubyte.gz"
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there: fetch it once with `course data {name}`. {OFFLINE}")
        if _sha256(path) != source.sha256[path.name]:
            raise OSError(f"{path} is damaged (wrong sha256): delete it and run `course data {name}` again")
        arrays.append(_read_idx(path))
    X_train, y_train, X_test, y_test = arrays
    return Split(X_train, X_test, y_train.astype(np.int64), y_test.astype(np.int64))


def fetch(name, target=None, out=sys.stderr):
    """Fetch the missing files of one set; returns how many were fetched.

    Raises
    ------
    DownloadError
        Without network, with a wrong checksum or a broken connection. Whole files stay, partial ones are removed.
    """
    source = _source(name)
    place = Path(target or folder()) / name
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"{place} cannot be made ({error.strerror}): choose a folder with --folder") from None
    fetched = 0
    for file, checksum in source.sha256.items():
        path = place / file
        if path.exists() and _sha256(path) == checksum:
            print(f"{file}: there already", file=out)
            continue
        _fetch_file(source, file, path, out)
        fetched += 1
    return fetched


def main(argv=None):
    """`course data [NAME ...]`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="course data", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(SOURCES)}")
    parser.add_argument("--folder", help=f"where to put them (default {folder()}, or $COURSE_DATA)")
    options = parser.parse_args(argv)
    if not options.names:
        for name, source in SOURCES.items():
            print(f"{name:14} {source.title}; {source.license}, {source.megabytes} MB")
        print("Fetch one with `course data NAME`. No lesson needs it.")
        return 0
    try:
        for name in options.names:
            count = fetch(name, options.folder)
            place = Path(options.folder or folder()) / name
            print(f"{name}: {count} files fetched, all checksums right, in {place}")
            print(f"Use it with `datasets.downloaded({name!r})`." + _hint(options.folder))
    except KeyboardInterrupt:
        print("\nStopped. Whole files are kept; run the command again to go on.", file=sys.stderr)
        return 130
    except (DownloadError, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def _hint(chosen):
    return f" Set COURSE_DATA={chosen} so that it is found." if chosen else ""


def _source(name):
    if name not in SOURCES:
        raise ValueError(f"there is no data set {name!r}; there are {', '.join(SOURCES)}")
    return SOURCES[name]


def _fetch_file(source, file, path, out):
    """Try each address in turn; the last failure is reported."""
    for address in source.addresses:
        try:
            return _fetch_from(address, file, path, source.sha256[file], out)
        except DownloadError as error:
            failure = error
    raise DownloadError(f"{failure} {OFFLINE}")


def _fetch_from(address, file, path, checksum, out):
    done = total = 0
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(address + file, timeout=TIMEOUT) as answer, replacing(path) as target:
            total = int(answer.headers.get("Content-Length") or 0)
            while chunk := answer.read(CHUNK):
                target.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                _progress(file, done, total, out)
            if total and done < total:
                raise http.client.IncompleteRead(b"", total - done)
            if (found := digest.hexdigest()) != checksum:
                raise DownloadError(
                    f"{address}{file} has the wrong checksum: sha256 {found[:12]}..., expected {checksum[:12]}.... "
                    "It was not kept; a login page of the network or a changed mirror is the usual cause."
                )
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{address}{file}: the server answers {error.code} {error.reason}.") from None
    except http.client.IncompleteRead:
        raise DownloadError(
            f"{address}{file}: the connection broke after {done:,} of {total:,} bytes; run the command again."
        ) from None
    except OSError as error:  # URLError (no network) and time-outs are OSErrors, and so is a full disk
        reason = getattr(error, "reason", None) or error
        raise DownloadError(f"{address}{file} cannot be fetched ({reason}): is there a network?") from None


def _progress(file, done, total, out):
    """One line that is drawn over on a terminal; in a log only its end."""
    if not (total and (out.isatty() or done == total)):
        return
    width = 30
    bar = "#" * (width * done // total)
    end = "\n" if done == total else ""
    print(f"\r{file} [{bar:<{width}}] {done / 1e6:5.1f} of {total / 1e6:.1f} MB", end=end, file=out, flush=True)


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _read_idx(path):
    """An array in the IDX format: two zero bytes, type 8 (uint8), number of axes, each length as a big-endian int."""
    with gzip.open(path) as file:
        content = file.read()
    zero, kind, axes = struct.unpack(">HBB", content[:4])
    if zero != 0 or kind != 8:
        raise OSError(f"{path} is no IDX file of bytes: it starts with {content[:4].hex()}")
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)

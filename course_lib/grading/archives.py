"""Reading files and zips that strangers handed in: what workers do for `intake`.

Every function here gives back plain data, with a `problem` where something is wrong: whatever a zip holds, it is that
zip's or that member's problem. Members are known by their place in the zip, since two may have one name.
"""

import calendar
import hashlib
import io
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from functools import lru_cache
from pathlib import Path

from course_lib import grammar
from course_lib.roster import IntakeError

LARGEST = 100_000_000  #: bytes of one file; more is not read
LARGEST_INNER = 300_000_000  #: bytes of a zip inside a zip, unpacked
MOST_MEMBERS = 100_000  #: of a zip
MOST_INNER_MEMBERS = 1_000  #: of a zip inside a zip
LONGEST_NAME = 1_000
SECONDS = 20.0  #: of processor time, for one thing that is read
#: what systems and editors leave behind; any other name that begins with a dot is a student's
LITTER = re.compile(
    r"\._|\.(?:DS_Store|ipynb_checkpoints|git|svn|venv|cache|vscode|idea|part-.*)$|__MACOSX$|__pycache__$|Thumbs\.db$|"
    r"desktop\.ini$",
    re.IGNORECASE,
)


def listed(watch, path: Path, members: tuple[int, ...]) -> tuple[dict]:
    """The members of a zip, or of the zip that is a member of it: (place, parts of the name, time, problem)."""
    return (_told(watch, path, lambda: _listed(path, members)),)


def looked_at(watch, path: Path, members: tuple[int, ...]) -> tuple[dict]:
    """The hash of a file, and the chapter whose exercises it speaks of."""
    def look():
        data = _read(path, members)
        return {"sha256": hashlib.sha256(data).hexdigest(), "chapter": chapter_in(data)}
    return (_told(watch, path, look),)


def content(watch, path: Path, members: tuple[int, ...]) -> tuple[dict, bytes]:
    """The bytes of a file."""
    data = b""

    def take():
        nonlocal data
        data = _read(path, members)
        return {}

    return _told(watch, path, take), data


def _told(watch, path: Path, work) -> dict:
    with watch.reading(str(path), SECONDS):
        try:
            return work()
        except MemoryError:
            raise
        except IntakeError as error:
            return {"problem": str(error)}
        except OSError as error:
            return {"problem": f"cannot be read ({error.strerror or type(error).__name__})"}
        except Exception as error:  # zips fail in more ways than anybody has listed
            return {"problem": f"damaged ({type(error).__name__}: {str(error)[:100]})"}


def chapter_in(data: bytes) -> str:
    """The chapter whose exercises the bytes speak of most; empty for none. Works on a damaged file too."""
    counts = Counter(map(grammar.chapter, grammar.exercises_in_file(data)))
    return counts.most_common(1)[0][0] if counts else ""


# --- zips ---


def _listed(path: Path, members: tuple[int, ...]) -> dict:
    infos = _archive(path, members).infolist()
    most = MOST_INNER_MEMBERS if members else MOST_MEMBERS
    if len(infos) > most:
        raise IntakeError(f"a zip with {len(infos):,} files, at most {most:,} are read")
    size = sum(info.file_size for info in infos)
    if members and size > LARGEST_INNER:
        raise IntakeError(f"a zip with {size:,} bytes, at most {LARGEST_INNER:,} are read")
    found, remarks = [], []
    for place, info in enumerate(infos):
        name = _member_name(info)
        parts = [shown(part) for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
        if info.is_dir() or not parts or any(map(LITTER.match, (p for p in parts if p != ".."))):
            continue
        if len(name) > LONGEST_NAME:
            remarks.append(f"{name[:60]!r}... is a name of {len(name):,} characters, left out")
        elif stat.S_ISLNK(info.external_attr >> 16):
            remarks.append(f"{name!r} is a symbolic link, left out")
        elif ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
            remarks.append(f"{name!r} leads out of the zip file, left out")
        else:
            found.append([place, parts, _changed(info), _too_large(info)])
    return {"members": found, "remarks": [shown(remark) for remark in remarks]}


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; many programs write UTF-8 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def shown(name: str) -> str:
    """A name as it is shown: one form of each accented letter, nothing that cannot be written."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _changed(info: zipfile.ZipInfo) -> float:
    try:
        return float(calendar.timegm((*info.date_time, 0, 0, 0)))
    except (ValueError, OverflowError):
        return 0.0


def _too_large(info: zipfile.ZipInfo) -> str:
    return f"{info.file_size:,} bytes, at most {LARGEST:,} are read" if info.file_size > LARGEST else ""


def _archive(path: Path, members: tuple[int, ...]) -> zipfile.ZipFile:
    state = path.stat()
    return _opened(path, members, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _opened(path: Path, members: tuple[int, ...], changed: int, size: int) -> zipfile.ZipFile:
    """A zip that stays open: reading the list of its members once for each of 5,000 members takes minutes."""
    return zipfile.ZipFile(io.BytesIO(_read(path, members)) if members else path)


def _read(path: Path, members: tuple[int, ...]) -> bytes:
    if members:
        archive = _archive(path, members[:-1])
        file = archive.open(archive.infolist()[members[-1]])
    else:
        file = open(path, "rb")
    with file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise IntakeError(f"more than {LARGEST:,} bytes, not read")
    return data

"""Files that are whole at every moment: written beside their place, then moved into it in one step.

Whoever reads sees the old file or the new one. A process that is killed, or a disk that is full, leaves the old one.
"""

import contextlib
import os
import secrets
import shutil
import stat
import time
from pathlib import Path

PART = ".part"  #: how the name of a half-written file ends; it begins with a dot
STALE = 3600  #: seconds after which a half-written file is that of a process which was killed
#: Windows moves nothing over a file that is open elsewhere, as virus scanners and editors have them for moments
LOCKS = os.name == "nt"
PATIENCE = 2.0  #: seconds that such a lock is waited for


def replace_file(path: Path, content: str | bytes, durable: bool = False, secret: bool = False) -> bool:
    """Give a file this content in one step; a file that has it already is left alone.

    Parameters
    ----------
    path : Path
        The file; its folder is made when missing. The permissions of a file that is replaced stay, and so does a
        symbolic link: the file that it leads to is replaced.
    content : str or bytes
        Text is written as UTF-8, its line ends as they are; what UTF-8 cannot hold becomes a question mark.
    durable : bool
        Wait until the disk has it, for work that must survive a power failure.
    secret : bool
        A new file can be read by its owner only.

    Returns
    -------
    bool
        Whether anything was written.

    Raises
    ------
    OSError
        When it cannot be written; the old file is then as it was, and nothing lies beside it.
    """
    data = _bytes(content)
    if path.is_file() and path.read_bytes() == data:
        return False
    with replacing(path, durable, secret) as file:
        file.write(data)
    return True


def create_file(path: Path, content: str | bytes, durable: bool = False, secret: bool = False) -> bool:
    """As `replace_file`, but a file that is there stays, even one that another program makes at this moment."""
    try:
        with _beside(path, durable, secret, _move_where_nothing_is) as file:
            file.write(_bytes(content))
    except FileExistsError:
        return False
    return True


def exchange_file(path: Path, before: bytes, content: bytes, aside: Path) -> bool:
    """Replace a file that others may save at this moment, only if it still is what it was; its former self is `aside`.

    A save between a look and a replacement would be lost. So the file is moved first, then looked at: nobody can
    replace it there, and the new one, which lies ready, takes a place that must be empty.

    Returns
    -------
    bool
        False when someone has saved: what they saved is in its place, or in `aside` with a later save in its place.
    """
    aside_is_old = False

    def move(temporary: Path, target: Path) -> None:
        nonlocal aside_is_old
        shutil.copymode(target, temporary)
        os.rename(target, aside)
        aside_is_old = aside.read_bytes() == before
        _move_where_nothing_is(temporary if aside_is_old else aside, target)

    try:
        with _beside(Path(os.path.realpath(path)), True, False, move) as file:
            file.write(content)
    except FileExistsError:
        return False
    if not aside_is_old:
        aside.unlink(missing_ok=True)
    return aside_is_old


def replacing(path: Path, durable: bool = False, secret: bool = False):
    """A binary file to write to: `with replacing(path) as file`. It takes the place of `path` when the block ends.

    When the block fails, it vanishes. For what comes in pieces and may turn out to be wrong, as a download does; else
    `replace_file` is enough.
    """
    return _beside(Path(os.path.realpath(path)), durable, secret, _move)


def remove_leftovers(folder: Path, name: str = "*") -> None:
    """Delete half-written files (of the file `name`) of processes that were killed more than an hour ago."""
    for path in folder.glob(f".{name}.*{PART}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()


def _bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8", "replace") if isinstance(content, str) else content


@contextlib.contextmanager
def _beside(path: Path, durable: bool, secret: bool, move):
    """A new file in the folder of `path`, which `move` brings to its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    # the system takes away what the umask forbids, as for every file that a program makes
    opener = lambda name, flags: os.open(name, flags, 0o600 if secret else 0o666)
    try:
        with open(temporary, "xb", opener=opener) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        move(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        _sync_folder(path.parent)


def _move(temporary: Path, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.chmod(temporary, stat.S_IMODE(path.stat().st_mode))
    end = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            if not LOCKS or time.monotonic() > end:
                raise
        time.sleep(0.02)


def _move_where_nothing_is(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.replace(temporary, path)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too, where the system can: Windows and some network folders cannot."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

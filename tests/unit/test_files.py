"""Whatever happens while a file is written, the old one or the new one is there, whole, and nothing else."""

import errno
import os
import stat
import threading
import time

import pytest
from needs import this_system

from course_lib import files

posix = this_system(os.name == "nt", "Windows has other permissions and links")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    return path


def test_text_bytes_and_missing_folders(tmp_path):
    path = tmp_path / "deep" / "er" / "a.txt"
    assert files.replace_file(path, "Zoë\r\n\ud800")
    assert path.read_bytes() == "Zoë\r\n?".encode()
    assert files.replace_file(path, b"\xff\x00") and path.read_bytes() == b"\xff\x00"
    assert names(path.parent) == ["a.txt"]


def test_a_file_that_has_the_content_already_is_not_touched(path):
    os.utime(path, (1, 1))
    assert not files.replace_file(path, "old") and path.stat().st_mtime == 1
    assert files.replace_file(path, "new") and path.stat().st_mtime > 1


@pytest.mark.parametrize("place", ["fsync", "replace", "open"])
def test_an_interrupted_write_leaves_the_old_file_and_no_litter(path, monkeypatch, place):
    def full(*args, **more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, place, full)
        with pytest.raises(OSError, match="No space left"):
            files.replace_file(path, "new", durable=True)
    assert path.read_text() == "old" and names(path.parent) == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_block_that_fails_replaces_nothing(path, error):
    with pytest.raises(error), files.replacing(path) as file:
        file.write(b"half of")
        assert path.read_text() == "old"
        raise error
    assert path.read_text() == "old" and names(path.parent) == ["a.txt"]


def test_a_reader_never_sees_half_a_file(path):
    contents = [bytes([k]) * 300_000 for k in b"ab"]
    files.replace_file(path, contents[0])
    done = threading.Event()

    def write():
        for k in range(100):
            files.replace_file(path, contents[(k + 1) % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)


@posix
def test_permissions_of_the_old_file_stay_and_a_new_one_has_the_usual(tmp_path, path):
    permissions = lambda path: stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)
    files.replace_file(path, "new", secret=True)
    assert permissions(path) == 0o640
    (tmp_path / "usual").write_text("")
    for k, make in enumerate((files.replace_file, files.create_file)):
        make(tmp_path / f"b{k}", "x")
        make(tmp_path / f"secret{k}", "x", secret=True)
        assert permissions(tmp_path / f"b{k}") == permissions(tmp_path / "usual")
        assert permissions(tmp_path / f"secret{k}") == 0o600


@posix
def test_a_symbolic_link_stays_one(tmp_path, path):
    link = tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(path)
    assert files.replace_file(link, "new")
    assert link.is_symlink() and path.read_text() == "new" and names(link.parent) == ["link"]


@posix
def test_durable_waits_for_the_file_and_then_for_its_name(path, monkeypatch):
    order = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append(stat.S_ISDIR(os.fstat(handle).st_mode)),
                                                     sync(handle)))
    monkeypatch.setattr(os, "replace", lambda *args: (order.append("moved"), replace(*args)))
    files.replace_file(path, "new", durable=True)
    assert order == [False, "moved", True]
    order.clear()
    files.replace_file(path, "newer")
    assert order == ["moved"]


def test_a_lock_of_windows_is_waited_out(path, monkeypatch):
    refusals = iter([PermissionError("in use"), PermissionError("in use")])
    replace = os.replace

    def locked(*args):
        for error in refusals:
            raise error
        replace(*args)

    monkeypatch.setattr(os, "replace", locked)
    monkeypatch.setattr(files, "LOCKS", True)
    files.replace_file(path, "new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("locks", [False, True])
def test_a_folder_that_may_not_be_written_is_an_error_in_time(path, monkeypatch, locks):
    def refused(*args):
        raise PermissionError("not allowed")

    monkeypatch.setattr(os, "replace", refused)
    monkeypatch.setattr(files, "LOCKS", locks)
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    start = time.monotonic()
    with pytest.raises(PermissionError, match="not allowed"):
        files.replace_file(path, "new")
    assert (time.monotonic() - start > 0.05) is locks
    assert path.read_text() == "old" and names(path.parent) == ["a.txt"]


@pytest.mark.parametrize("links", [True, False])
def test_create_keeps_what_is_there_even_when_it_came_meanwhile(tmp_path, monkeypatch, links):
    path, link = tmp_path / "a.txt", os.link

    def linked(*args):
        if not links:
            raise OSError(errno.EPERM, "no hard links here")
        link(*args)

    monkeypatch.setattr(os, "link", linked)
    assert files.create_file(path, "first") and path.read_text() == "first"
    assert not files.create_file(path, "second") and path.read_text() == "first"
    assert names(tmp_path) == ["a.txt"]


def test_leftovers_of_killed_processes_go_after_an_hour(tmp_path):
    for name, age in ((".a.txt.1.part", 4000), (".b.txt.2.part", 4000), (".a.txt.3.part", 10), ("mine.part", 4000)):
        (tmp_path / name).write_text("half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    files.remove_leftovers(tmp_path, "a.txt")
    assert names(tmp_path) == [".a.txt.3.part", ".b.txt.2.part", "mine.part"]
    files.remove_leftovers(tmp_path)
    assert names(tmp_path) == [".a.txt.3.part", "mine.part"]

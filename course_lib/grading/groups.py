"""Control groups: what they limit, and what a submission has used of its limits.

They are the only limit on processes that binds root, the only one on memory of all together, and what gives every
submission the same share of the processors however many processes it starts. Where there are none, the limits of each
process stand (`inside.start`).
"""

import contextlib
import functools
import os
import secrets
import time
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def make(memory: int, processes: int) -> tuple[Path, ...]:
    """New control groups, version 1 or 2, as far as this user may make any."""
    name = f"course-{os.getpid()}-{secrets.token_hex(4)}"
    wanted = {
        "pids": {"pids.max": processes},
        "memory": {"memory.limit_in_bytes": memory},
        "cpu": {},
        "": {"pids.max": processes, "memory.max": memory},
    }
    made = []
    for controller, parent in parents().items():
        group = parent / name
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for file, value in wanted[controller].items():
                (group / file).write_text(str(value))
            made.append(group)
        except OSError:
            group.rmdir()
    return tuple(made)


@functools.cache
def parents() -> dict[str, Path]:
    """controller ("pids", "memory", "cpu", or "" for version 2) -> group below which ours may stand."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return {}
    root, found = Path("/sys/fs/cgroup"), {}
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if controllers in ("pids", "memory", "cpu") and os.access(root / controllers / own.lstrip("/"), os.W_OK):
            found[controllers] = root / controllers / own.lstrip("/")
        elif not controllers and (root / "cgroup.controllers").exists():
            here = root / own.lstrip("/")
            for parent in (here, here.parent):
                if os.access(parent, os.W_OK) and _hands_down(parent):
                    found[""] = parent
                    break
    return found


def _hands_down(group: Path) -> bool:
    """Whether groups below this one of version 2 get limits on processes and memory."""
    control = group / "cgroup.subtree_control"
    try:
        if not {"pids", "memory"} <= set(control.read_text().split()):
            control.write_text("+pids +memory")
        with contextlib.suppress(OSError):
            control.write_text("+cpu")
        return True
    except OSError:
        return False


def joined(groups) -> list[str]:
    """A command prefix: enter the groups, then become what follows."""
    if not groups:
        return []
    return ["/bin/sh", "-c", "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups) + 'exec "$@"', "sh"]


def remove(groups) -> None:
    """Remove groups whose processes have been ended."""
    for group in groups:
        for _ in range(100):
            try:
                group.rmdir()
                break
            except FileNotFoundError:
                break
            except OSError:  # its last process is still going
                time.sleep(0.02)


def remove_left_by(process: int) -> None:
    """Remove the groups that a grader's process made which was ended itself."""
    remove([group for parent in parents().values() for group in parent.glob(f"course-{process}-*")])


# --- what is used ---


def used(process: int, groups) -> tuple[int, int]:
    """Bytes and threads in use, of a process and all that it started: of the largest, or of the groups where that is
    more. Asked before every answer, and therefore without paths.
    """
    memory = threads = 0
    todo = [process]
    while todo:
        each = todo.pop()
        with contextlib.suppress(OSError, ValueError):
            memory = max(memory, int(_text(f"/proc/{each}/statm").split()[0]) * _PAGE)
            own = os.listdir(f"/proc/{each}/task")
            threads += len(own)
            for thread in own:
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    todo += map(int, _text(f"/proc/{each}/task/{thread}/children").split())
    for group in groups:
        with contextlib.suppress(OSError, ValueError):
            threads = max(threads, int(_text(f"{group}/pids.current")))
        with contextlib.suppress(OSError, ValueError):
            memory = max(memory, _kept(_text(f"{group}/memory.stat")))
    return memory, threads


def _text(path: str) -> str:
    with open(path) as file:
        return file.read()


def _kept(stat: str) -> int:
    """Bytes of a group that the system cannot take back: not the files that were only read."""
    values = dict(line.split() for line in stat.splitlines())
    names = ("anon", "shmem") if "anon" in values else ("total_rss", "total_shmem")
    return sum(int(values.get(name, 0)) for name in names)

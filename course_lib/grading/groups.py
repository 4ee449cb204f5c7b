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


def family(process: int) -> list[int]:
    """A process and all that it started."""
    found, todo = [], [process]
    while todo:
        found.append(todo.pop())
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{found[-1]}/task").iterdir():
                todo += map(int, (thread / "children").read_text().split())
    return found


def used(process: int, groups) -> tuple[int, int]:
    """Bytes and threads in use: of the largest process, or of the groups where that is more."""
    memory = threads = 0
    for each in family(process):
        with contextlib.suppress(OSError, ValueError):
            memory = max(memory, int(Path(f"/proc/{each}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE"))
            threads += len(os.listdir(f"/proc/{each}/task"))
    for group in groups:
        with contextlib.suppress(OSError, ValueError):
            if (group / "pids.current").exists():
                threads = max(threads, int((group / "pids.current").read_text()))
            if (group / "memory.stat").exists():
                memory = max(memory, _kept(group / "memory.stat"))
    return memory, threads


def _kept(stat: Path) -> int:
    """Bytes of a group that the system cannot take back: not the files that were only read."""
    values = dict(line.split() for line in stat.read_text().splitlines())
    names = ("anon", "shmem") if "anon" in values else ("total_rss", "total_shmem")
    return sum(int(values.get(name, 0)) for name in names)

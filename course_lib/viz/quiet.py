"""No `busy` from the kernel for the messages of live figures, so that a slider's picture does not wait behind it.

At each `busy` JupyterLab exchanges the page's icon and lays out its toolbar anew, which costs more than the figure
itself. `idle` still goes out: the page waits for it to close its request. Public interfaces offer no such choice, so
one method of ipykernel's kernel is wrapped, and where it is not what we know, nothing changes.
"""

import threading

_ids: set[str] = set()
_lock = threading.Lock()  # figures are made in cells and in callbacks, which run in different threads
_MARK = "_course_quiet"


def add(comm_id: str) -> None:
    """From now on a message from the page to this comm is answered without `busy`."""
    with _lock:
        _ids.add(comm_id)
        _wrap()


def discard(comm_id: str) -> None:
    """The comm's messages are like all others again."""
    with _lock:
        _ids.discard(comm_id)


def _wrap() -> None:
    """Put the filter before the running kernel's `_publish_status`, once."""
    try:
        from ipykernel.kernelbase import Kernel

        if not Kernel.initialized():
            return
        kernel = Kernel.instance()
        publish = kernel._publish_status
        if hasattr(publish, _MARK):
            return

        def quieter(status, *args, **kwargs):
            if status != "busy" or not _is_figure_message(kernel):
                return publish(status, *args, **kwargs)

        setattr(quieter, _MARK, True)
        kernel._publish_status = quieter
    except Exception:  # another kernel, or an ipykernel with other inner names: as if this module were not here
        return


def _is_figure_message(kernel) -> bool:
    """Whether what this thread's shell handles now is a message to one of the comms; in doubt it is not."""
    try:
        parent = kernel.get_parent("shell")
        return parent["header"]["msg_type"] == "comm_msg" and parent["content"]["comm_id"] in _ids
    except Exception:
        return False

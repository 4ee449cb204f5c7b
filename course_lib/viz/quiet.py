"""What the kernel does for messages of live figures: no `busy` before them, and no waiting behind a running cell.

At each `busy` JupyterLab exchanges the page's icon and lays out its toolbar anew, which costs more than the picture
that waits behind it. `idle` still goes out: the page needs it to close its request. And ipykernel 7.4 puts the first
message to a widget into the queue of the cells, after "Run All" behind all of them, though JupyterLab named another
thread for it. Public interfaces offer no choice in either, so two inner methods of ipykernel are replaced, and where
they are not as expected, nothing changes.
"""

import threading

_ids: set[str] = set()
_lock = threading.Lock()  # figures are made in cells and in callbacks, which run in different threads


def add(comm_id: str) -> None:
    """From now on the page's messages to this comm are answered without `busy`, in the thread that the page names."""
    with _lock:
        _ids.add(comm_id)
        try:
            from ipykernel.kernelbase import Kernel

            if Kernel.initialized():
                _filter_status(Kernel.instance())
                _keep_thread(Kernel.instance().comm_manager.comms[comm_id])
        except Exception:  # another kernel, or one with other inner names
            return


def discard(comm_id: str) -> None:
    """The comm is closed, or its messages are to say `busy` again."""
    with _lock:
        _ids.discard(comm_id)


def _filter_status(kernel) -> None:
    """Put the filter before the kernel's `_publish_status`, once."""
    publish = kernel._publish_status
    if getattr(publish, "for_figures", False) or not callable(publish):
        return

    def filtered(status, *args, **kwargs):
        if status != "busy" or not _is_figure_message(kernel, *args, **kwargs):
            publish(status, *args, **kwargs)

    filtered.for_figures = True
    kernel._publish_status = filtered


def _is_figure_message(kernel, channel="shell", parent=None) -> bool:
    """Whether a status is about a message to one of the figures; in doubt it is not."""
    try:
        message = parent or kernel.get_parent(channel)
        return message["header"]["msg_type"] == "comm_msg" and message["content"]["comm_id"] in _ids
    except Exception:
        return False


def _keep_thread(comm) -> None:
    """The kernel guesses which of its threads waits for a reply of the page; nobody waits for a figure's messages."""
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, named: named

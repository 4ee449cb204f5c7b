"""Which cell shows which figure, and what its front end needs in the output."""

import os
import sys

_shown: dict[str, tuple[int, list]] = {}  # cell -> (its run, the widgets that this run showed)


def _cell() -> tuple[str, int] | None:
    """The running cell as (id, count of its run), where the front end names it."""
    try:
        from IPython import get_ipython

        shell = get_ipython()
        return shell.kernel.get_parent("shell")["metadata"]["cellId"], shell.execution_count
    except (ImportError, AttributeError, KeyError, TypeError):
        return None


def shown(widget) -> None:
    """Remember that the running cell shows `widget`. What an earlier run of this cell showed, and no other cell shows,
    is closed: nobody can see it any more, and the kernel would keep it for ever."""
    cell = _cell()
    if cell is None:
        return
    run, widgets = _shown.get(cell[0], (cell[1], []))
    if run != cell[1]:
        _shown.pop(cell[0])
        elsewhere = [each for _, others in _shown.values() for each in others]
        for old in widgets:
            if old is not widget and not any(old is each for each in elsewhere):
                old.close()
        widgets = []
    _shown[cell[0]] = (cell[1], [*widgets, widget])


def view(widget) -> dict:
    """The widget's own entry for an output, in front ends that run its script only for a view: VS Code and Colab.

    Others get none: they would prefer it to the picture, and show an error in a notebook opened without its kernel.
    """
    if "VSCODE_PID" in os.environ or "VSCODE_CWD" in os.environ or "google.colab" in sys.modules:
        return {"application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0,
                                                              "model_id": widget.model_id}}
    return {}

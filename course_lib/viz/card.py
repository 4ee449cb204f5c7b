"""The widget behind a question on the page; it has no view where a page can do without one."""

from pathlib import Path
from uuid import uuid4

import anywidget
import traitlets

from course_lib.viz import style
from course_lib.viz.live import LOCK, cells

_PAGE = Path(__file__).parent / "page"
_DARK = ":is([data-jp-theme-light='false'], .vscode-dark)"


def _colors(change) -> str:
    return f"{{ --right: {change(style.GREEN)}; --wrong: {change(style.RED)}; }}"


def page_script() -> str:
    """The page's side as one module."""
    css = "\n".join([f".course-predict {_colors(str)}", f"{_DARK} .course-predict {_colors(style.dark)}",
                     (_PAGE / "card.css").read_text(encoding="utf-8")])
    scripts = [(_PAGE / name).read_text(encoding="utf-8") for name in ("common.js", "card.js")]
    return "\n".join([f"const CSS = `{css}`;", *scripts])


class Card(anywidget.AnyWidget):
    """Finds its question on the page and makes it one that can be answered.

    Parameters
    ----------
    inner : HTML of question and choices, a paragraph and a list.
    choose : is called with the number of the choice that the reader locks in.
    """

    _esm = page_script()
    page = traitlets.Unicode().tag(sync=True)  #: question and choices as HTML
    mark = traitlets.Unicode().tag(sync=True)  #: class of the page's element
    answer = traitlets.Dict().tag(sync=True)  #: empty before the choice

    def __init__(self, inner: str, choose):
        id = uuid4().hex
        mark, self._choose = f"course-predict-{id}", choose
        page = f'<div class="course-predict {mark}">\n{inner}\n</div>'
        super().__init__(page=page, mark=mark, model_id=id)
        self.on_msg(self._receive)

    def _receive(self, _widget, content: dict, _buffers=None) -> None:
        with LOCK:
            self._choose(content["choose"])

    def bundle(self) -> dict:
        """What an output holds: the question as HTML, which a page makes live, and a view where it cannot do that."""
        if self.comm is None:  # closed when its cell ran anew, and now shown again
            self.open()
        cells.shown(self)
        return {"text/html": self.page, **cells.view(self)}

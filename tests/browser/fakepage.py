"""A live figure in Chromium without JupyterLab: the page's script with a model that asks Python directly.

For everything that does not depend on Jupyter: handles, reading under the pointer, player, controls, themes, widths. A
page opens in a second.
"""

import base64
import json

from course_lib.viz import style
from course_lib.viz.live.figure import page_script

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live figure</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ margin: 8px; background: {ground}; color: {ink}; --jp-layout-color0: {ground}; --jp-layout-color1: {ground};
--jp-ui-font-color1: {ink}; --jp-content-font-color1: {ink}; --jp-ui-font-color2: {soft};
--jp-border-color1: {line}; }}
a {{ color: {link}; }}</style></head>
<body data-jp-theme-light="{light}"><main id="place"></main></body></html>"""
COLORS = {  # what JupyterLab's two themes say
    False: {"ground": "#ffffff", "ink": "#212121", "soft": "#616161", "line": "#bdbdbd", "link": "#1976d2",
            "light": "true"},
    True: {"ground": "#111111", "ink": "#e0e0e0", "soft": "#bdbdbd", "line": "#616161", "link": "#64b5f6",
           "light": "false"},
}
SHOW = """async ({script, state: first}) => {
  const {default: widget} = await import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
  const listeners = {}, state = {};
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const read = {frame: bytes, backgrounds: (looks) => Object.fromEntries(
    Object.entries(looks).map(([name, look]) => [name, {...look, png: bytes(look.png)}]))};
  const tell = (name, ...given) => (listeners[name] ?? []).forEach((heard) => heard(...given));
  const take = (news) => {
    for (const [name, value] of Object.entries(news)) state[name] = (read[name] ?? ((same) => same))(value);
    for (const name of Object.keys(news)) tell(`change:${name}`);
  };
  take(first);
  const deliver = (message) => window.toPython(JSON.stringify(message)).then((answer) => {
    const {state: news, custom} = JSON.parse(answer);
    take(news);
    custom.forEach((content) => tell("msg:custom", content));
  });
  window.held = null; // while Python is busy: its messages
  window.release = () => { const waited = window.held; window.held = null; waited.forEach(deliver); };
  const kernel = {status: "idle", statusChanged: {connect: (heard) => { kernel.tell = heard; }, disconnect() {}}};
  window.say = (status) => { kernel.status = status; kernel.tell(kernel, status); };
  const model = {
    get: (name) => state[name],
    on: (name, heard) => (listeners[name] ??= []).push(heard),
    off: (name, heard) => { listeners[name] = (listeners[name] ?? []).filter((other) => other !== heard); },
    send: (message) => (window.held ? window.held.push(message) : deliver(message)),
    widget_manager: {kernel},
  };
  const place = document.getElementById("place");
  place.replaceChildren();
  window.leave = widget.render({model, el: place});
}"""
DRAWN = "() => Number(document.querySelector('canvas')?.dataset.pictures || 0) > 0"


def _as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _state(figure) -> dict:
    looks = {name: {**look, "png": _as_text(look["png"])} for name, look in figure.backgrounds.items()}
    return {"frame": _as_text(figure.frame), "backgrounds": looks, "reply": figure.reply, "locked": figure.locked}


class FakePage:
    """A page of its own; `show(figure)` puts a figure on it. `heard` are the messages that came to Python."""

    def __init__(self, browser, width: int = 900, height: int = 900, dark: bool = False, touch: bool = False,
                 **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, has_touch=touch,
                                           is_mobile=touch, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.errors, self.heard = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_content(PAGE.format(**COLORS[dark] | ({"ground": style.DARK_GROUND} if dark else {})))
        self.page.expose_function("toPython", self._answer)

    def _answer(self, text: str) -> str:
        message, custom = json.loads(text), []
        self.heard.append(message)
        self.figure.send = lambda content, buffers=None: custom.append(content)
        self.figure._receive(self.figure, message, [])
        return json.dumps({"state": _state(self.figure), "custom": custom})

    def show(self, figure):
        """Returns the figure's element, drawn."""
        self.figure = figure
        self.page.evaluate(SHOW, {"script": page_script(), "state": {**_state(figure), "spec": figure.spec}})
        self.page.wait_for_function(DRAWN)
        return self.page.locator(".course-live")

    def until(self, condition, seconds: float = 10.0) -> None:
        """Wait; meanwhile the page's messages are answered."""
        for _ in range(round(20 * seconds)):
            if condition():
                return
            self.page.wait_for_timeout(50)
        assert condition()

    def close(self) -> None:
        self.context.close()

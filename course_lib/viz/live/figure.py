"""A live figure: its computation, its picture, and its conversation with the page.

Matplotlib draws once what does not move (axes, ticks, titles, static artists). The moving layers go to a canvas in the
browser as raw bytes, in one message, and are drawn by `page.js`. The same layers drawn by Matplotlib are the picture of
a saved notebook.
"""

import base64
import io
import json
import re
import textwrap
import threading
import uuid
from collections import ChainMap, OrderedDict
from collections.abc import Collection
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image as Picture

from course_lib.viz import quiet, style
from course_lib.viz.live import cells
from course_lib.viz.live.controls import ControlTrait, Pad, Slider
from course_lib.viz.live.layers import DPI, Buffers, Panel, check_partners

#: JupyterLab delivers widget messages on another thread than cells; Matplotlib's text and the figures' state are not
#: thread-safe. One lock for all figures.
LOCK = threading.RLock()
#: A background costs 40-180 ms to draw and 20-50 kB to keep; enough for every choice of a menu.
KEPT_BACKGROUNDS = 16
#: Widths and themes that the pages which show a figure have asked for, the newest.
KEPT_LOOKS = 4
#: Pixels round the axes of a panel, and the narrowest axes that stand beside others; narrower ones are stacked. Axes
#: that are narrow in the whole picture may become narrower by this share.
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP, _NARROW, _SHRUNK = 58, 16, 32, 46, 70, 190, 0.85
#: What a computation may end with while the figure lives on: the reader's "interrupt" too.
FAILURES = (Exception, KeyboardInterrupt, SystemExit)
#: How far an arrow key moves a handle that drives no control directly, as a share of its panel.
_NUDGE = 0.01
_PAGE = Path(__file__).parent / "page"
_SCRIPTS = ("../../page/common.js", "drawing.js", "partners.js", "controls.js", "pad.js", "hands.js", "figure.js")
_KEY, _TEXT, _END = "\ue000", "\ue001", "\ue002"  # private characters round a term of a caption


def page_script() -> str:
    """The page's side as one module."""
    css = (_PAGE / "figure.css").read_text(encoding="utf-8")
    parts = [(_PAGE / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join([f"const CSS = {json.dumps(css)};", *parts])


def term(text: str, key: str) -> str:
    """Words of a caption that light up, with all marks of that key, when the pointer rests on either."""
    return f"{_KEY}{key}{_TEXT}{text}{_END}"


def plain(caption: str) -> str:
    """A caption without the marks of its terms."""
    pieces = caption.split(_KEY)
    return pieces[0] + "".join(piece.split(_TEXT, 1)[1].replace(_END, "", 1) for piece in pieces[1:])


def legs(until: int, start: dict, turns) -> list[tuple[int, int, dict]]:
    """A run in pieces: (first step, last step, knobs) between the moments at which a knob was turned.

    `start` holds the knobs at the beginning, `turns` pairs (step, {knob: value}) in order.
    """
    pieces, begin, knobs = [], 0, dict(start)
    for step, turned in turns:
        if step >= until:
            break
        if step > begin:
            pieces.append((begin, step, dict(knobs)))
        begin, knobs = step, knobs | turned
    return [*pieces, (begin, until, knobs)]


class Demo(anywidget.AnyWidget):
    """A live figure, itself a widget whose controls are synced traits; `viz.live` shows a complete example.

    Parameters
    ----------
    **values : starting values of controls, in place of their defaults.
    """

    title = ""
    alt = ""  #: one or two sentences for readers who cannot see the picture
    controls: tuple = ()
    presets: dict[str, dict] = {}  #: name -> values; what a preset does not name goes to its default
    panels: tuple = ()  #: (title, xlabel, ylabel, xlim, ylim) each
    widths: tuple | None = None  #: relative widths of the panels
    pictures: tuple[int, ...] = ()  #: panels that keep their proportions on narrow pages
    size = (760, 340)  #: pixels of the whole picture where there is room
    background_depends: tuple[str, ...] = ()  #: controls that change the background
    caption_lines = 2
    handles: tuple = ()  #: what can be moved in the picture
    knobs: tuple[str, ...] = ()  #: controls that may be turned in the middle of a run; `state` then takes `turns` too

    _esm = traitlets.Unicode(page_script()).tag(sync=True)
    _anywidget_id = traitlets.Unicode("course_lib.viz.live").tag(sync=True)  #: whose script it is, on the page
    spec = traitlets.Dict().tag(sync=True)
    backgrounds = traitlets.Dict().tag(sync=True)  #: look -> PNG, size, panels
    frame = traitlets.Bytes().tag(sync=True)  #: bytes of the last picture
    reply = traitlets.Dict().tag(sync=True)
    locked = traitlets.Bool(False).tag(sync=True)  #: a prediction must be answered first

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in vars(cls):
            if name in _MACHINERY:
                raise TypeError(f"{cls.__name__} defines {name}, which every figure has for its own work; rename it")
        for control in cls.controls:
            if hasattr(Demo, control.name) or control.name in _OBJECTS_OWN:
                raise TypeError(f"{cls.__name__}: a control cannot be called {control.name!r}, since every widget has "
                                "something of that name")
            trait = ControlTrait(control)
            setattr(cls, control.name, trait)
            trait.class_init(cls, control.name)  # the metaclass only sees what stands in the class's own text

    def __init__(self, **values):
        self._controls = {control.name: control for control in self.controls}
        self._check_names(values)
        self._defaults = {name: control.value for name, control in self._controls.items()}
        self._defaults |= {name: self._controls[name].clean(value) for name, value in values.items()}
        self._backgrounds: OrderedDict[tuple, dict] = OrderedDict()  # values it depends on -> panels and looks
        self._looks: OrderedDict[tuple[int, bool], None] = OrderedDict()
        self._arrived: OrderedDict[str, int] = OrderedDict()  # client -> newest message
        self._arrival = threading.Lock()
        self._id = uuid.uuid4().hex[:16]
        self.values = dict(self._defaults)  #: control name -> value
        self.turns: tuple = ()  #: (time, {knob: value}) of knobs turned in the middle of the run
        self._start: dict = {}  # the knobs at the start of a run in which some were turned
        self.current: dict = {}  #: last state
        self.message = ""  #: last caption, in plain words
        with LOCK:
            self._picture = self._compute(self.values)
            super().__init__(spec=self._spec(), frame=self._picture, reply=self._reply(), **self.values)
        if self.controls:  # no names would be all names
            self.observe(self._moved, names=list(self._controls))
        self.on_msg(self._receive)

    def add_traits(self, **traits) -> None:
        """Nothing where the class has them: a widget that is given traits becomes the only object of a class of its
        own, and what is cached for the class of a figure would be computed again for each object."""
        missing = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if missing:
            super().add_traits(**missing)

    # What a demo defines

    def state(self, **values) -> dict:
        """The computation: control values to a dictionary of arrays and numbers. Pure."""
        raise NotImplementedError

    def background(self, axes: list, values: dict) -> None:
        """Draw on the panels' Matplotlib axes what does not move; may change limits and scales."""

    def layers(self, state: dict) -> list:
        """What moves: Image, Line, Points, Bars, Text."""
        raise NotImplementedError

    def caption(self, state: dict) -> str:
        """The result in words and numbers; says why when a run diverged."""
        raise NotImplementedError

    def code(self) -> str:
        """A short cell of library calls that repeats what is shown, with the present `self.values`.

        Its variables have the names of the state's entries, so a test can compare them.
        """
        raise NotImplementedError

    # Use without a page

    def set(self, **values) -> "Demo":
        """Move controls, as a hand would: `figure.set(lr=0.3)`. Returns the figure."""
        self._check_names(values)
        with LOCK:
            self._take(self.values | values)
            self._publish()
        return self

    def turn(self, **knobs) -> "Demo":
        """Turn knobs in the middle of a run: up to the present time the run is as it was, and goes on from there."""
        for name in knobs:
            if name not in self.knobs:
                raise ValueError(f"{name} cannot be turned in the middle of a run; here "
                                 f"{', '.join(self.knobs) or 'nothing'} can")
        with LOCK:
            self._take(self.values | knobs, turned=knobs)
            self._publish()
        return self

    def preset(self, name: str) -> "Demo":
        """Choose a preset by name."""
        if name not in self.presets:
            raise ValueError(f"no preset {name!r}; there are {', '.join(self.presets) or 'none'}")
        return self._begin(self._defaults | self.presets[name])

    def reset(self) -> "Demo":
        """Back to the starting values."""
        return self._begin(self._defaults)

    def _begin(self, values: dict) -> "Demo":
        """All controls at once, and a run anew: knobs that were turned in the middle are forgotten."""
        with LOCK:
            self._take(values, rewind=True)
            self._publish()
        return self

    def png(self, dpi: int = DPI) -> bytes:
        """The current picture with title and caption, drawn by Matplotlib: what a saved notebook shows."""
        with LOCK:
            words = [line for part in self.message.split("\n")
                     for line in textwrap.wrap(part, int(self.size[0] / 7.2)) or [""]]
            fig, axes, panels = self._figure(self.size[0], head=26, foot=8 + 17 * len(words))
            for layer in self.layers(self.current):
                layer.draw(axes[layer.panel], panels[layer.panel])
            width, height = fig.get_size_inches() * DPI
            fig.text(6 / width, 1 - 7 / height, self.title, va="top", fontsize=11, weight="bold", color=style.DARK,
                     parse_math=False)
            fig.text(6 / width, 6 / height, "\n".join(words), va="bottom", fontsize=9, color=style.DARK,
                     linespacing=1.35, parse_math=False)
            return style.png(fig, dpi)

    # Computation

    def _check_names(self, values: dict) -> None:
        for name in values:
            if name not in self._controls:
                raise ValueError(f"{type(self).__name__} has no control {name!r}; it has {', '.join(self._controls)}")

    def _time(self) -> str:
        """Name of the control that is the time of a run; empty when there is none."""
        return next((c.name for c in self.controls if isinstance(c, Slider) and c.play), "")

    def _take(self, values: dict, turned: Collection[str] = (), rewind: bool = False) -> None:
        """Compute for new values. Knobs `turned` in mid-run act from the present time on; `rewind`, or a change of
        anything else but the time, starts the run anew, with all knobs as they stand."""
        values = {name: self._controls[name].clean(value) for name, value in values.items()}
        before, time = (self.turns, self._start), self._time()
        changed = {name for name, value in values.items() if value != self.values[name]}
        if rewind or changed - {time, *turned}:
            self.turns = ()
        elif turned:
            now = self.values[time]
            self._start = self._start if self.turns else {name: self.values[name] for name in self.knobs}
            kept = tuple(turn for turn in self.turns if turn[0] < now)
            same = {name: value for step, turn in self.turns if step == now for name, value in turn.items()}
            self.turns = (*kept, (now, same | {name: values[name] for name in sorted(turned)}))
        try:
            self._picture = self._compute(values)
        except BaseException:  # an interrupt too
            self.turns, self._start = before
            raise

    def _compute(self, values: dict) -> bytes:
        """Run the computation, pack the picture; nothing changes when any of it fails."""
        previous = self.values
        if self.knobs:
            state = self.state(**values | (self._start if self.turns else {}), turns=self.turns)
        else:
            state = self.state(**values)
        self.values = values
        try:
            frame = self._pack(self.layers(state), state)
            caption = self.caption(state)
            words = plain(caption)
        except BaseException:
            self.values = previous
            raise
        self.current, self._caption, self.message = state, caption, words
        return frame

    # The picture

    def _arrange(self, width: float) -> tuple[float, list[tuple[float, float, float, float]]]:
        """Height of a picture of this width, and (left, top, width, height) of each panel's axes, in pixels.

        Side by side while the axes stay wide enough, else one below the other.
        """
        count, (full, tall) = len(self.panels), self.size
        shares = np.array(self.widths or [1.0] * count) / np.sum(self.widths or count)
        margins = _LEFT + _RIGHT + _GAP * (count - 1)
        widest, inner = (full - margins) * shares, tall - _TOP - _BOTTOM
        boxes = (min(width, full) - margins) * shares
        if width >= full or count == 1 or np.all(boxes >= np.minimum(_NARROW, _SHRUNK * widest)):
            height = max(inner * float(np.max(boxes / widest)), 0.0 if self.pictures else min(inner, 200.0))
            lefts = _LEFT + np.concatenate([[0.0], np.cumsum(boxes + _GAP)[:-1]])
            return height + _TOP + _BOTTOM, [(left, _TOP, box, height) for left, box in zip(lefts, boxes, strict=True)]
        top, placed = float(_TOP), []
        for k, wide in enumerate(widest):
            picture = k in self.pictures
            left = _RIGHT if picture and not any(self.panels[k][1:3]) else _LEFT  # nothing stands beside it
            box = width - left - _RIGHT
            height = min(inner * box / wide, 1.15 * inner)
            if picture:
                box = height * wide / inner
            else:
                height = max(height, min(inner, 180.0))
            placed.append((float(left), top, float(box), float(height)))
            top += height + _BOTTOM + _TOP
        return top - _TOP, placed

    def _figure(self, width: float, head: float = 0.0, foot: float = 0.0):
        """The static part as (Matplotlib figure, axes, panels), with room for words above and below."""
        height, boxes = self._arrange(width)
        height += head + foot
        fig = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        FigureCanvasAgg(fig)
        axes = [fig.add_axes((left / width, 1 - (head + top + tall) / height, wide / width, tall / height))
                for left, top, wide, tall in boxes]
        for ax, (title, xlabel, ylabel, xlim, ylim) in zip(axes, self.panels, strict=True):
            ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xlim=xlim, ylim=ylim)
            ax.set_autoscale_on(False)
            ax.patch.set_visible(False)
        self.background(axes, self.values)
        beside = [left for left, top, _, _ in boxes[1:] if top == boxes[0][1]]
        starts = [6, *(left - _GAP / 2 + 6 for left in beside), *[6] * len(axes)]
        ends = [*(left - _GAP / 2 for left in beside), *[width - 4] * len(axes)]
        for ax, start, end in zip(axes, starts, ends, strict=False):
            _fit_title(ax, start, end)
        return fig, axes, [Panel(ax) for ax in axes]

    def _static(self) -> dict:
        """Panels and drawn looks for the current values; made anew only when a control they depend on moved."""
        key = tuple(self.values[name] for name in self.background_depends)
        if key not in self._backgrounds:
            _, axes, panels = self._figure(self.size[0])
            self._backgrounds[key] = {"panels": panels, "axes": [_describe(ax) for ax in axes], "looks": {}}
            if len(self._backgrounds) > KEPT_BACKGROUNDS:
                self._backgrounds.popitem(last=False)
        self._backgrounds.move_to_end(key)  # the one not used for longest goes first
        return self._backgrounds[key]

    def _look(self, width: int, dark: bool) -> dict:
        """The background for a page of this width and theme: PNG, size, and what is known of each panel."""
        static = self._static()
        if (width, dark) not in static["looks"]:
            fig, _, _ = self._figure(width)
            if dark:
                style.to_dark(fig)
            buffer = io.BytesIO()
            fig.savefig(buffer, format="png", dpi=2 * DPI, transparent=True)
            height, boxes = self._arrange(width)
            static["looks"][width, dark] = {
                "png": buffer.getvalue(), "size": [width, height],
                "panels": [{"rect": list(box), **axes} for box, axes in zip(boxes, static["axes"], strict=True)]}
        return static["looks"][width, dark]

    def _pack(self, layers: list, state: dict) -> bytes:
        """One frame: length of the header, header as JSON, arrays."""
        panels = self._static()["panels"]
        buffers = Buffers()
        for layer in layers:
            if layer.panel not in range(len(panels)):
                raise ValueError(f"{type(layer).__name__}: there is no panel {layer.panel}; the first is 0, the last "
                                 f"{len(panels) - 1}")
            self._check_paper(layer)
        check_partners(layers)
        packed = [{"panel": layer.panel, **layer.pack(panels[layer.panel], buffers)} for layer in layers]
        s = ChainMap(state, self.values)
        handles = [self._place(handle, s, panels[handle.panel]) for handle in self.handles]
        colors = {color for layer in packed if layer["type"] != "image" for name in ("color", "edge", "colors")
                  if name in layer for color in ([layer[name]] if isinstance(layer[name], str) else layer[name])}
        header = {"layers": packed, "handles": handles, "dark": {color: style.dark(color) for color in colors}}
        text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        return b"".join([len(text).to_bytes(4, "little"), text, *buffers.parts])

    def _check_paper(self, layer) -> None:
        """Whether an image with `pad` is the paper of such a control, and has its shape."""
        name = getattr(layer, "pad", "")
        if not name:
            return
        pad = self._controls.get(name)
        if not isinstance(pad, Pad) or np.shape(layer.values) != (pad.rows, pad.columns):
            wanted = f"{pad.rows} rows and {pad.columns} columns" if isinstance(pad, Pad) else "a Pad of that name"
            raise ValueError(f"Image: values of shape {np.shape(layer.values)} with pad={name!r}; expected {wanted}")

    @staticmethod
    def _place(handle, s, panel: Panel) -> list[float | None] | None:
        """A handle's place as shares of its panel; None when it is not there."""
        place = handle.where(s)
        if place is None:
            return None
        shares = [None if value is None else float(scale(value))
                  for value, scale in zip(place, (panel.x, panel.y), strict=True)]
        return shares if all(share is None or np.isfinite(share) for share in shares) else None

    # The conversation

    def _spec(self) -> dict:
        tables = {theme: {name: base64.b64encode(table.tobytes()).decode() for name, table in found.items()}
                  for theme, found in (("light", style.COLOR_TABLES), ("dark", style.DARK_TABLES))}
        handles = [{"panel": handle.panel, "label": handle.label, "kind": handle.kind(), "click": handle.click,
                    "replay": handle.replay, "press": handle.press or {}} for handle in self.handles]
        return {"id": self._id, "title": self.title, "alt": self.alt, "size": list(self.size),
                "presets": self.presets, "controls": [control.spec() for control in self.controls],
                "defaults": self._for_page(self._defaults), "tables": tables, "caption_lines": self.caption_lines,
                "handles": handles, "knobs": list(self.knobs), "ground": style.dark("#ffffff")}

    def _for_page(self, values: dict) -> dict:
        return {name: value for name, value in values.items() if self._controls[name].synced}

    def _reply(self, **extra) -> dict:
        return {"values": self._for_page(self.values), "caption": self._caption, "failed": False, "client": "",
                "seq": 0, "turns": [[time, turned] for time, turned in self.turns], **extra}

    def _publish(self, **reply) -> None:
        with self.hold_sync():  # one message for all that changed
            try:
                for name in self._controls:  # an observer may set another control meanwhile
                    self.set_trait(name, self.values[name])
            finally:  # the page is answered though a reader's own observer fails
                if self._looks:
                    self.backgrounds = {f"{width}-{'dark' if dark else 'light'}": self._look(width, dark)
                                        for width, dark in self._looks}
                self.frame = self._picture
                self.reply = self._reply(**reply)

    def _moved(self, change: dict) -> None:
        """A control was set as a trait: by `figure.lr = 0.1`, a link, or another widget."""
        with LOCK:
            if change["new"] == self.values[change["name"]]:
                return
            try:
                self._take(self.values | {change["name"]: change["new"]})
            finally:  # after a failure the trait goes back to what is shown
                self._publish()

    def set_state(self, sync_data: dict) -> None:
        """Controls from the page, such as a link between widgets; a value that does not fit is said in the figure.
        Nothing else is the page's to set, and nothing at all while the figure is locked."""
        try:
            super().set_state({name: value for name, value in sync_data.items()
                               if name in self._controls and not self.locked})
        except FAILURES as error:
            self.refuse(error)

    def refuse(self, error: BaseException) -> None:
        """Say in the figure, once it is on a page, why it did not move."""
        if self.comm is not None:
            with LOCK:
                self._publish(failed=True, caption=_sentence(error))

    def open(self) -> None:
        if self.layout.comm is None:  # closed with the figure
            self.layout.open()
        super().open()
        if self.comm is not None:
            quiet.add(self.comm.comm_id)

    def close(self) -> None:
        layout = None
        if self.comm is not None:
            quiet.discard(self.comm.comm_id)
            layout = self.layout
        super().close()
        if layout is not None:
            layout.close()
        vars(self).pop("_repr_mimebundle_", None)  # ipywidgets takes it away, and a figure can be shown again

    def _receive(self, _widget, content: dict, _buffers=None) -> None:
        """A message from the page.

        {"look": [width, dark]} asks for a background, {"code": true} for the code, {"client", "seq", ...} moves
        something: "values", "handle" [index, x, y], "nudge" [index, dx, dy], in the order in which they stand; "turn"
        true for knobs turned in mid-run, "rewind" true for a run that starts anew. Only the newest of a client is
        answered; sent once more, it is not done once more, but the answer is.
        """
        if "look" in content:
            self._show_look(*content["look"])
        elif "code" in content:
            self._send_code(content.get("client", ""))
        else:
            self._answer(content)

    def _show_look(self, width, dark) -> None:
        with LOCK:
            look = (int(min(max(width, 240), self.size[0])), bool(dark))
            self._looks[look] = None
            self._looks.move_to_end(look)
            if len(self._looks) > KEPT_LOOKS:
                self._looks.popitem(last=False)
            self._publish()

    def _send_code(self, client: str) -> None:
        with LOCK:
            try:
                self._check_unlocked()
                code = self.code()
            except FAILURES as error:
                code = "\n".join(f"# {line}" for line in _sentence(error).split("\n"))
        self.send({"code": code, "client": client})

    def _check_unlocked(self) -> None:
        if self.locked:
            raise ValueError("Answer the question above first.")

    def _answer(self, content: dict) -> None:
        client, seq = str(content.get("client", "")), int(content.get("seq", 0))
        with self._arrival:  # not LOCK: arriving must not wait for a computation
            newest = self._arrived.get(client, 0)
            if seq < newest:
                return
            self._arrived[client] = seq
            while len(self._arrived) > 32:
                self._arrived.popitem(last=False)
        with LOCK:
            if seq < self._arrived.get(client, seq):  # a newer one arrived while this one waited
                return
            answer = {"client": client, "seq": seq}
            if seq == newest:  # its answer did not arrive
                if answer.items() <= self.reply.items():
                    self.send_state(("frame", "reply"))
                else:
                    self._publish(**answer)
                return
            try:
                self._check_unlocked()
                values = self._asked(content)
                turned = {name for name in self.knobs if values[name] != self.values[name]}
                self._take(values, turned if content.get("turn") else (), bool(content.get("rewind")))
            except FAILURES as error:
                answer |= {"failed": True, "caption": _sentence(error)}
            self._publish(**answer)

    def _asked(self, content: dict) -> dict:
        """All controls, as a message asks for them."""
        values = dict(self.values)
        for kind, given in content.items():
            if kind == "values":
                self._check_names(given)
                values |= given
            elif kind == "handle":
                values |= self._dragged(*given)
            elif kind == "nudge":
                values |= self._nudged(*given)
        return values

    def _dragged(self, index: int, x: float, y: float) -> dict:
        """Controls for handle number `index` at (x, y), shares of its panel; none while it is not there."""
        handle, s = self.handles[index], ChainMap(self.current, self.values)
        if handle.where(s) is None:
            return {}
        panel = self._static()["panels"][handle.panel]
        moved = handle.moved(s, panel.x.back(x), panel.y.back(y))
        return {name: self._controls[name].nearest(value) for name, value in moved.items()}

    def _nudged(self, index: int, right: int, up: int) -> dict:
        """Controls for handle number `index` after arrow keys: so many steps to the right and up."""
        handle, s = self.handles[index], ChainMap(self.current, self.values)
        if handle.where(s) is None:
            return {}
        if handle.kind() == "press":
            return handle.press
        if handle.kind() == "turn":
            return self._stepped(handle.turn, right + up)
        if handle.move is None:
            return {**(self._stepped(handle.x, right) if handle.x and right else {}),
                    **(self._stepped(handle.y, up) if handle.y and up else {})}
        panel = self._static()["panels"][handle.panel]
        x, y = (0.0 if value is None else float(scale(value))
                for value, scale in zip(handle.where(s), (panel.x, panel.y), strict=True))
        for times in range(1, 21):  # until the step is felt after rounding
            moved = self._dragged(index, x + _NUDGE * times * right, y + _NUDGE * times * up)
            if any(value != self.values[name] for name, value in moved.items()):
                return moved
        return {}

    def _stepped(self, name: str, steps: int) -> dict:
        return {name: self._controls[name].stepped(self.values[name], steps)}

    # In a notebook

    def still(self) -> dict:
        """What a page shows where no widget runs: the current picture, with its alternative text, and a sentence."""
        stop = "" if self.title.endswith("?") else "."
        alt = f"{self.title}{stop} {self.alt}"
        png = self.png(dpi=140)
        width, height = Picture.open(io.BytesIO(png)).size
        size = self.size[0], round(self.size[0] * height / width)
        photograph = any(getattr(layer, "colors", "") == "gray" for layer in self.layers(self.current))
        return {"text/html": style.picture(style.small(png, f"course-live:{self._id}"), alt, size, photograph),
                "text/plain": f"{alt}\n{self.message}"}

    def _repr_mimebundle_(self, **_kwargs) -> dict:
        """The picture, in whose place the page puts the live figure; where a page cannot do that, the widget too."""
        if self.comm is None:  # closed when its cell ran anew, and now shown again
            self.open()
        cells.shown(self)
        return self.still() | cells.view(self)


#: What every object has beside the attributes of its class.
_OBJECTS_OWN = {"values", "turns", "current", "message"}
#: Private names that a figure's class must not use for its own.
_MACHINERY = {name for name, thing in vars(Demo).items()
              if name.startswith("_") and not name.startswith("__") and callable(thing)}
_MACHINERY |= {"_controls", "_defaults", "_backgrounds", "_looks", "_arrived", "_arrival", "_id", "_picture",
               "_caption", "_start"}


def _sentence(error: BaseException) -> str:
    """An error for the caption: what a control refused needs no name of an exception."""
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted. The picture is the one from before; move a control to compute again."
    if isinstance(error, ValueError | traitlets.TraitError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _fit_title(ax, start: float, end: float) -> None:
    """A title that would go beyond `end` begins further left, at `start` at the most, over the numbers of the axis,
    and if need be in smaller letters."""
    title = ax.set_title(ax.get_title(loc="left"), loc="left")
    box, room = title.get_window_extent(), ax.bbox.x0 - start
    over = box.x1 - end
    if over > 0:
        title.set_x(-min(over, room) / ax.bbox.width)
    if over > room:
        title.set_fontsize(max(8.0, title.get_fontsize() * (1 - (over - room) / box.width)))


def _describe(ax) -> dict:
    """What the page reads under the pointer with: limits (of log10 on a logarithmic axis) and names of the axes."""
    panel = Panel(ax)
    small = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉", "${}_")
    names = [re.sub(r"_\{?\d+\}?|[${}]", lambda found: found[0].translate(small), label)
             for label in (ax.get_xlabel(), ax.get_ylabel())]
    return {"x": [panel.x.low, panel.x.high, panel.x.log], "y": [panel.y.low, panel.y.high, panel.y.log],
            "names": names}

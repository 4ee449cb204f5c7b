"""Live figures of chapter 01: vectors, maps of the plane, quadratic forms. Scales are equal on both axes of a plane."""

from functools import cache
from typing import ClassVar

import numpy as np

from course_lib import ops
from course_lib.viz import style
from course_lib.viz.live import Demo, Handle, Image, Line, Menu, Points, Slider, Text, contour, term
from course_lib.viz.numbers import fixed, short

_TURN = np.linspace(0, 2 * np.pi, 361)
_CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])
_SUB = "₀₁₂₃₄₅₆₇₈₉"


def _direction(degrees) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


def _degrees(x, y) -> float:
    """The angle of a place seen from 0, from -180 to 180."""
    return float(np.degrees(np.arctan2(y, x)))


def _axes(degrees) -> np.ndarray:
    """A matrix whose columns are the direction and the one a right angle further."""
    cos, sin = _direction(degrees)
    return np.array([[cos, -sin], [sin, cos]])


def _array(rows) -> str:
    """An array as it is typed."""
    return f"np.array({np.asarray(rows).tolist()})"


def _arrow(panel, end, start=(0, 0), head=0.2, width=2.6, **look) -> Line:
    """An arrow for a panel with equal scales; `head` in units of the panel."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = end - start
    length = float(np.hypot(*along))
    if length < 1e-12:
        return Line(panel, *start, width=width, **look)
    back = min(head, 0.6 * length) * along / length
    side = 0.45 * np.array([-back[1], back[0]])
    x, y = np.array([start, end, end - back + side, end, end - back - side]).T
    return Line(panel, x, y, width=width, **look)


def _through(panel, direction, foot=(0, 0), reach=50.0, **look) -> Line:
    """The straight line through `foot`, long enough for every panel."""
    foot, direction = np.asarray(foot, float), np.asarray(direction, float)
    return Line(panel, *np.array([foot - reach * direction, foot + reach * direction]).T, **look)


def _tip(panel, end, text, color=style.DARK, away=0.28, **look) -> Text:
    """A label beyond the end of an arrow from 0."""
    end = np.asarray(end, float)
    length = float(np.hypot(*end))
    place = end + away * (end / length if length > 1e-12 else np.array([1.0, 0.0]))
    return Text(panel, *place, text, color=style.for_text(color), size=13, bold=True, box=True, **look)


def _grid_lines(xs, ys, reach) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the lines x = const and of the lines y = const, each (lines, 2, 2)."""
    upright = np.array([[[x, -reach], [x, reach]] for x in xs])
    level = np.array([[[-reach, y], [reach, y]] for y in ys])
    return upright, level


def _strokes(panel, lines, **look) -> Line:
    """Many polylines (lines, points, 2) as one."""
    points = np.pad(lines, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
    return Line(panel, *points.T, **look)


def _cross(axes) -> None:
    """The two coordinate axes of a plane."""
    axes.axhline(0, color=style.GREY, linewidth=0.9)
    axes.axvline(0, color=style.GREY, linewidth=0.9)


class LinearMap(Demo):
    """A matrix under the hand. Eigenvectors and singular values come later in the chapter, so they are shown
    on demand."""

    title = "A matrix moves the plane"
    alt = ("First: the plane with its grid, the unit circle, the unit square and the vectors e1 = (1, 0) and "
           "e2 = (0, 1). Second: their images under the matrix, the circle now an ellipse. By choice also, dashed, the "
           "lines that the map keeps, or the half-axes of the ellipse and the radii that they come from.")
    controls = (
        Slider("a", "a₁₁", -2.0, 2.0, 0.05, 1.2, more=True),
        Slider("b", "a₁₂", -2.0, 2.0, 0.05, 0.8, more=True),
        Slider("c", "a₂₁", -2.0, 2.0, 0.05, 0.3, more=True),
        Slider("d", "a₂₂", -2.0, 2.0, 0.05, 0.9, more=True),
        Menu("show", "Show", ("grid", "kept directions", "half-axes of the image"), "grid"),
    )
    presets = {
        "Rotation": {"a": 0.6, "b": -0.8, "c": 0.8, "d": 0.6},
        "Shear": {"a": 1.0, "b": 1.0, "c": 0.0, "d": 1.0},
        "Projection": {"a": 0.8, "b": 0.4, "c": 0.4, "d": 0.2},
        "Mirror": {"a": 0.6, "b": 0.8, "c": 0.8, "d": -0.6},
        "Stretch": {"a": 2.0, "b": 0.0, "c": 0.0, "d": 0.5},
        "Symmetric: kept directions": {"a": 1.2, "b": 0.6, "c": 0.6, "d": 0.7, "show": "kept directions"},
        "Shear: one kept": {"a": 1.0, "b": 1.0, "c": 0.0, "d": 1.0, "show": "kept directions"},
        "Half-axes": {"show": "half-axes of the image"},
    }
    _VIEW = (-2.5, 2.5)
    panels = (
        ("Before", "$x_1$", "$x_2$", _VIEW, _VIEW),
        ("After: y = A x", "$y_1$", "$y_2$", _VIEW, _VIEW),
    )
    size = (800, 406)
    _ENTRIES: ClassVar = {"a": (-1.45, 2.24), "b": (-0.55, 2.24), "c": (-1.45, 1.8), "d": (-0.55, 1.8)}
    handles = (
        Handle(1, "the tip of A e₁, the first column of A", x="a", y="c"),
        Handle(1, "the tip of A e₂, the second column of A", x="b", y="d"),
        *(Handle(0, f"entry {name} of A", turn=entry, at=lambda s, place=place: place)
          for name, (entry, place) in zip(("a₁₁", "a₁₂", "a₂₁", "a₂₂"), _ENTRIES.items(), strict=True)),
    )
    _GRID = np.concatenate(_grid_lines(range(-6, 7), range(-6, 7), 6))
    _SIDE = 160
    _ZERO = 1e-6  # double eigenvalues come out of the computer 1e-8 apart; the steps of the sliders differ by far more

    def background(self, axes, values):
        for ax in axes:
            ax.set_xticks(range(-2, 3))
            ax.set_yticks(range(-2, 3))
        axes[0].fill([0, 1, 1, 0], [0, 0, 1, 1], color=style.BLUE, alpha=0.2, linewidth=0)
        axes[1].grid(visible=False)
        _cross(axes[0])
        axes[0].text(-2.45, 2.02, "A =", color=style.DARK, fontsize=9.5, va="center")
        for side, inward in ((-1.9, 0.1), (-0.1, -0.1)):
            axes[0].plot([side + inward, side, side, side + inward], [2.46, 2.46, 1.58, 1.58], color=style.DARK,
                         linewidth=1.1)

    def state(self, a, b, c, d, show):
        A = np.array([[a, b], [c, d]])
        U, s, V = ops.svd(A)
        rank = ops.rank(A, tol=1e-9)
        values, vectors = np.linalg.eig(A)
        kind = "real"
        if np.abs(np.imag(values)).max() > self._ZERO:
            kind, kept = "complex", np.empty((2, 0))
        elif np.allclose(A, a * np.eye(2), atol=1e-12):
            kind, kept = "all", np.empty((2, 0))
        elif abs(np.linalg.det(vectors)) < 1e-6:
            kind, kept = "one", np.real(vectors[:, :1])
        else:
            kept = np.real(vectors)
        if kept.size:  # what goes to 0 is drawn as null space
            alive = np.abs(values[: kept.shape[1]]) > self._ZERO
            kept, values = kept[:, alive], np.append(values[: len(alive)][alive], values[: len(alive)][~alive])
        return {"A": A, "show": show, "U": U, "s": s, "V": V, "rank": rank, "eigenvalues": values, "kind": kind,
                "kept": kept, "det": float(np.linalg.det(A)), "null": ops.null_space(A, tol=1e-9)}

    def _area(self, A, det):
        """The image of the unit square: blue where the orientation is kept, orange where it is turned over."""
        u = np.linalg.solve(A, ops.grid(self._VIEW, self._VIEW, self._SIDE).T)
        inside = ((u >= 0) & (u <= 1)).all(axis=0).reshape(self._SIDE, self._SIDE)
        return Image(1, 0.5 + 0.35 * np.sign(det) * inside)

    @staticmethod
    def _kept(state) -> list:
        """Real eigenvectors as lines in both panels, their eigenvalues in the left one."""
        layers = []
        for k, v in enumerate(state["kept"].T):
            low = -v * (2.25 / np.abs(v).max()) * (-1 if v[1] < 0 else 1)
            value = fixed(np.real(state["eigenvalues"][k]))
            layers += [_through(panel, v, color=style.DARK, width=1.6, dash="dashed") for panel in (0, 1)]
            layers.append(Text(0, *np.clip(low, [-1.95, -2.3], [1.95, 2.3]), f"λ{_SUB[k + 1]} = {value}", size=11,
                               box=True))
        return layers

    @staticmethod
    def _half_axes(state) -> list:
        """The half-axes of the ellipse, and in the left panel the vectors of length 1 that go there."""
        layers = []
        for k in range(2):
            v, half = state["V"][:, k], state["U"][:, k] * state["s"][k]
            if half @ state["A"].sum(axis=1) > 0:  # away from the images of e1 and e2; the sign is free
                v, half = -v, -half
            look = {"color": style.BROWN, "width": 1.6, "head": 0.12, "key": f"s{_SUB[k + 1]}"}
            layers += [_arrow(0, v, **look), _arrow(1, half, label=f"half-axis {k + 1}", **look)]
            if state["s"][k] > 0.15:
                inside = half * min(1, 2.1 / np.abs(half).max())
                layers.append(_tip(1, inside, f"s{_SUB[k + 1]}", color=style.BROWN, away=0.2, key=f"s{_SUB[k + 1]}"))
        return layers

    def layers(self, state):
        A, det = state["A"], state["det"]
        layers = [self._area(A, det)] if state["rank"] == 2 else []
        layers.append(_strokes(1, self._GRID @ A.T, color=style.GREY, width=0.8, alpha=0.8))
        if state["show"] == "kept directions":
            layers += self._kept(state)
        for v in state["null"].T:
            if state["rank"] == 1:
                layers += [_through(0, v, color=style.RED, width=3, dash="dotted"),
                           Text(0, *v * (-1.7 if v[1] >= 0 else 1.7), "goes to 0", color=style.RED, size=12, box=True)]
        layers += [Line(0, *_CIRCLE.T, color=style.DARK, width=1.8, label="vectors of length 1", key="circle"),
                   Line(1, *(_CIRCLE @ A.T).T, color=style.DARK, width=1.8, label="where they go", key="circle",
                        ghost=True)]
        if state["show"] == "half-axes of the image":
            layers += self._half_axes(state)
        for k, color in enumerate((style.GREEN, style.PURPLE)):
            unit, name = np.eye(2)[k], f"e{_SUB[k + 1]}"
            entries = [self._ENTRIES[entry] for entry in ("ac", "bd")[k]]
            layers += [_arrow(0, unit, color=color, width=3.2, label=name, key=name),
                       _arrow(1, A @ unit, color=color, width=3.2, label=f"A{name}", key=name),
                       _tip(0, unit, name, color=color, key=name),
                       Text(0, *np.transpose(entries), [fixed(value) for value in A[:, k]], size=12, box=True,
                            color=style.for_text(color), key=name)]
        return layers + self._image_names(A)

    @staticmethod
    def _image_names(A) -> list:
        """Ae₁ and Ae₂ beyond the ends of their arrows, or on both sides of them where the arrows (nearly) coincide."""
        lengths = np.hypot(*A)
        along = A / np.where(lengths > 0, lengths, 1)
        if not along[:, 0].any():
            along[:, 0] = along[:, 1] if along[:, 1].any() else (1, 0)
        if not along[:, 1].any():
            along[:, 1] = along[:, 0]
        away = along
        if along[:, 0] @ along[:, 1] > 0.9:
            left = np.array([-along[1], along[0]])
            away = left * ([1, -1] if np.linalg.det(along) < 0 else [-1, 1])
        return [Text(1, *(A + 0.42 * away)[:, k], f"Ae{_SUB[k + 1]}", color=style.for_text(color), size=13, bold=True,
                     box=True, key=f"e{_SUB[k + 1]}")
                for k, color in enumerate((style.GREEN, style.PURPLE))]

    def caption(self, state):
        det = state["det"]
        if state["rank"] == 0:
            text = "A = 0: determinant 0, every point goes to 0."
        elif state["rank"] == 1:
            text = "Determinant 0: the plane falls on a line, and what lies on the dotted red line goes to 0."
        else:
            side = "kept" if det > 0 else "turned over"
            text = f"Determinant {fixed(det)}: areas times {fixed(abs(det))}, orientation {side}."
        if state["show"] == "kept directions":
            return f"{text} {self._kept_in_words(state)}"
        if state["show"] == "half-axes of the image":
            return f"{text} {self._half_axes_in_words(state)}"
        if state["rank"] == 2:
            round_again = state["s"][0] - state["s"][1] < 1e-9
            ellipse = term(f"the circle becomes {'a circle again' if round_again else 'an ellipse'}", "circle")
            return f"{text} Lines stay straight, parallels stay parallel, {ellipse}."
        return f"{text} No map can bring it back."

    def _kept_in_words(self, state) -> str:
        values = state["eigenvalues"]
        if state["rank"] < 2:
            alive = np.real(values[np.abs(values) > self._ZERO])
            return f"Eigenvalues {fixed(alive[0])} (dashed) and 0." if len(alive) else "Both eigenvalues are 0."
        if state["kind"] == "complex":
            z = values[0]
            return f"Eigenvalues {fixed(z.real)} ± {fixed(abs(z.imag))}i are complex: no direction is kept."
        one, two = (fixed(np.real(values[k])) for k in (0, -1))
        if state["kind"] == "all":
            return f"Every direction is kept: λ = {one} twice."
        if state["kind"] == "one":
            return f"Only one direction is kept: λ = {one} twice, one eigenvector."
        return f"Eigenvalues {one} and {two}: vectors on the dashed lines stay on them."

    @staticmethod
    def _half_axes_in_words(state) -> str:
        s1, s2 = (term(fixed(value), name) for value, name in zip(state["s"], ("s₁", "s₂"), strict=True))
        if state["rank"] == 0:
            return "Both singular values are 0."
        if state["rank"] == 1:
            return f"Singular values {s1} and 0: the ellipse is flat."
        return f"The half-axes, {s1} and {s2}, are the singular values; the thin arrows before the map go there."

    def code(self):
        show, A = self.values["show"], _array(self.current["A"])
        more = {"grid": "rank = ops.rank(A)",
                "kept directions": "eigenvalues_found, eigenvectors = np.linalg.eig(A)",
                "half-axes of the image": "U, s, V = ops.svd(A)  # A = U diag(s) V.T"}[show]
        return f"""import numpy as np

from course_lib import ops

A = {A}
images = A @ np.eye(2)  # of e1 and e2: the columns
det = np.linalg.det(A)
{more}"""


class UnitBall(Demo):
    """All vectors of length 1."""

    title = "All vectors of length 1"
    alt = ("First: the curve of all points whose L^p norm is 1, from the diamond of p = 1 over the circle of p = 2 to "
           "the square of the max norm, and through a chosen point the curve of its own length. Second: the norm of "
           "that point against p.")
    controls = (
        Menu("kind", "Norm", ("Lᵖ, p from the slider", "max norm, p = ∞"), "Lᵖ, p from the slider"),
        Slider("p", "p", 1.0, 20.0, 0.1, 2.0),
        Slider("x1", "Point x₁", -1.2, 1.2, 0.05, 1.2, more=True),
        Slider("x2", "Point x₂", -1.2, 1.2, 0.05, 0.9, more=True),
    )
    presets = {
        "p = 1: diamond": {"p": 1.0},
        "p = 2: circle": {"p": 2.0},
        "p = 4": {"p": 4.0},
        "p = ∞: square": {"kind": "max norm, p = ∞"},
        "Point on an axis": {"p": 1.0, "x1": 1.0, "x2": 0.0},
    }
    panels = (
        ("Length 1 (thick), as long as x (dashed)", "$x_1$", "$x_2$", (-2.5, 2.5), (-2.5, 2.5)),
        ("A larger p never gives a longer x", "p", "length of x, its Lᵖ norm", (0.5, 21.6), (0, 2.6)),
    )
    closed_form = "Lᵖ norm"
    widths = (312, 344)
    size = (800, 390)
    _PS = np.linspace(1, 20, 96)
    _NORMS = controls[0].options
    handles = (
        Handle(0, "the point x", x="x1", y="x2", click=True),
        Handle(1, "p", at=lambda s: (21 if s["max"] else s["p"], s["length"]),
               move=lambda s, x, y: {"kind": UnitBall._NORMS[x > 20.5], "p": min(x, 20)}, click=True),
    )

    def background(self, axes, values):
        for p in (1, 2, np.inf):
            axes[0].plot(*(_CIRCLE / ops.norm(_CIRCLE, p)[:, None]).T, color=style.GREY, linewidth=0.9)
        for label, place in (("1", (-0.28, -0.5)), ("2", (-0.6, -0.6)), ("∞", (-0.87, -0.87))):
            axes[0].text(*place, label, color="#666666", fontsize=9, ha="center", va="center")
        axes[0].set_xticks(range(-2, 3))
        axes[0].set_yticks(range(-2, 3))
        axes[1].set_xticks([1, 2, 5, 10, 15, 20, 21], ["1", "2", "5", "10", "15", "", "∞"])
        _cross(axes[0])

    def state(self, kind, p, x1, x2):
        p = np.inf if kind.startswith("max") else p
        x = np.array([x1, x2])
        ball = _CIRCLE / ops.norm(_CIRCLE, p)[:, None]
        lengths = np.array([ops.norm(x, q) for q in self._PS])
        state = {"max": p == np.inf, "x": x, "ball": ball, "length": float(ops.norm(x, p)), "lengths": lengths,
                 "largest": float(ops.norm(x, np.inf)), "sum": float(ops.norm(x, 1))}
        return state if state["max"] else state | {"p": p}

    def layers(self, state):
        x, length, at = state["x"], state["length"], 21 if state["max"] else state["p"]
        point = {"color": style.GREEN, "marker": "D", "size": 11, "edge": style.DARK, "key": "x"}
        return [Line(0, *(length * state["ball"]).T, color=style.GREEN, width=1.6, dash="dashed", label="as long as x",
                     key="x"),
                Line(0, *state["ball"].T, width=3.2, label="length 1", key="ball", ghost=True),
                _arrow(0, x, color=style.GREEN, head=0.15), Points(0, *x, label="x", **point),
                _tip(0, x, "x", away=0.22), Line(1, self._PS, state["lengths"], width=2.6, label="length of x"),
                Line(1, [0, 22], [state["largest"]] * 2, color=style.DARK, width=1.2, dash="dotted", key="largest"),
                Text(1, 20.2, state["largest"] + (0.11 if state["largest"] < 0.3 else -0.11),
                     f"max norm {fixed(state['largest'])}", size=12, ha="right", key="largest"),
                Points(1, at, length, label="length of x", **point)]

    def caption(self, state):
        x = f"x = ({fixed(state['x'][0])}, {fixed(state['x'][1])})"
        if not state["x"].any():
            return f"{x}: the zero vector is the only one of length 0, whatever p."
        largest, curve = term(fixed(state["largest"]), "largest"), term("curve", "ball")
        if state["max"]:
            return (f"{x}: the max norm is the largest size of an entry, {largest}; the {curve} is a square. The sum "
                    f"of the sizes (p = 1) would be {fixed(state['sum'])}.")
        p = state["p"]
        if p == 1:
            shape = " The diamond has its corners on the axes, where one entry is 0."
        elif p == 2:
            shape = " The circle looks the same in every direction."
        else:
            shape = " Between circle and square." if p > 2 else " Between diamond and circle."
        length = term(f"length {fixed(state['length'], 3)}", "x")
        return (f"{x}: {length} at p = {short(p)}, between the largest size {largest} and the sum of sizes "
                f"{fixed(state['sum'])}.{shape}")

    def code(self):
        state = self.current
        return f"""import numpy as np

from course_lib import ops

x = {_array(state["x"])}
length = ops.norm(x, {"np.inf" if state["max"] else state["p"]})
largest = ops.norm(x, np.inf)
lengths = [ops.norm(x, q) for q in np.linspace(1, 20, 96)]"""


class Span(Demo):
    """What two vectors reach."""

    title = "What two vectors reach"
    alt = ("First: two vectors, their multiples, the sum as the corner of a parallelogram, and the grid of all "
           "reachable points, which is one line when the vectors are dependent. Second: the plane of the two "
           "coefficients with all choices that give the same sum.")
    controls = (
        Slider("c1", "Coefficient c₁", -2.0, 2.0, 0.1, 1.5),
        Slider("c2", "Coefficient c₂", -2.0, 2.0, 0.1, 1.0),
        Slider("u1", "u, first entry", -1.2, 1.2, 0.1, 1.0, more=True),
        Slider("u2", "u, second entry", -1.2, 1.2, 0.1, 0.5, more=True),
        Slider("v1", "v, first entry", -1.2, 1.2, 0.1, -0.4, more=True),
        Slider("v2", "v, second entry", -1.2, 1.2, 0.1, 1.0, more=True),
    )
    presets = {
        "Standard basis": {"u1": 1.0, "u2": 0.0, "v1": 0.0, "v2": 1.0},
        "Dependent: v = −u/2": {"u1": 1.0, "u2": 0.6, "v1": -0.5, "v2": -0.3},
        "Nearly dependent": {"u1": 1.0, "u2": 0.5, "v1": 1.0, "v2": 0.8, "c2": -1.2},
        "Back to 0": {"c1": 0.0, "c2": 0.0},
    }
    _VIEW, _RECIPES = (-4.9, 4.9), (-2.6, 2.6)
    panels = (
        ("Reached: c₁u + c₂v", "$x_1$", "$x_2$", _VIEW, _VIEW),
        ("Coefficients that reach it", "$c_1$", "$c_2$", _RECIPES, _RECIPES),
    )
    size = (800, 406)
    _LINES = np.concatenate(_grid_lines(range(-40, 41), range(-40, 41), 40))

    @staticmethod
    def _coefficients(s, x, y) -> dict:
        """The nearest coefficients that reach (x, y), or what lies nearest to it on the line that is reached."""
        c1, c2 = s["c"] + ops.pinv(s["M"]) @ ([x, y] - s["reached"])
        return {"c1": c1, "c2": c2}

    handles = (
        Handle(0, "the tip of u", x="u1", y="u2"),
        Handle(0, "the tip of v", x="v1", y="v2"),
        Handle(0, "the point that is reached", at=lambda s: s["reached"], move=_coefficients),
        Handle(1, "the coefficients", x="c1", y="c2", click=True),
    )

    def background(self, axes, values):
        for ax in axes:
            _cross(ax)
        axes[0].set_xticks(range(-4, 5))
        axes[0].set_yticks(range(-4, 5))
        axes[1].set_xticks(range(-2, 3))
        axes[1].set_yticks(range(-2, 3))

    def state(self, c1, c2, u1, u2, v1, v2):
        M, c = np.array([[u1, v1], [u2, v2]]), np.array([c1, c2])
        return {"M": M, "c": c, "reached": M @ c, "rank": ops.rank(M, tol=1e-9), "null": ops.null_space(M, tol=1e-9),
                "det": float(np.linalg.det(M)), "s": ops.svd(M)[1]}

    @staticmethod
    def _names(M) -> list:
        """The letters u and v beside the middle of the arrows, outside of the angle between them."""
        labels = []
        for k, (name, color) in enumerate((("u", style.GREEN), ("v", style.PURPLE))):
            arrow, other = M[:, k], M[:, 1 - k]
            aside = np.array([-arrow[1], arrow[0]]) / max(float(np.hypot(*arrow)), 1e-12)
            sign = (1 if k else -1) if abs(aside @ other) < 1e-9 else -np.sign(aside @ other)
            place = 0.55 * arrow + 0.38 * sign * aside
            if arrow.any():
                labels.append(Text(0, *place, name, color=style.for_text(color), size=14, bold=True, box=True,
                                   key=name))
        return labels

    def layers(self, state):
        M, c, total = state["M"], state["c"], state["reached"]
        u, v = M.T * c[:, None]
        layers = []
        if state["rank"]:
            thick = state["rank"] == 1
            layers.append(_strokes(0, self._LINES @ M.T, color=style.SKY, width=2.5 if thick else 0.9, alpha=0.8))
        if state["rank"] == 1:
            layers += [_through(1, state["null"][:, 0], c, color=style.RED, width=2.4, dash="dashed", key="same",
                                label="the same point")]
        point = {"color": style.BLUE, "size": 13, "edge": style.DARK, "key": "point"}
        green, purple = {"color": style.GREEN, "key": "u"}, {"color": style.PURPLE, "key": "v"}
        layers += [Line(0, *np.array([u, total, v]).T, color=style.DARK, width=1.8, dash="dashed"),
                   _arrow(0, u, width=1.6, dash="dashed", label="c₁u", **green),
                   _arrow(0, v, width=1.6, dash="dashed", label="c₂v", **purple),
                   _arrow(0, M[:, 0], width=3.4, label="u", **green),
                   _arrow(0, M[:, 1], width=3.4, label="v", **purple),
                   Points(0, *total, label="c₁u + c₂v", ghost=True, **point),
                   *self._names(M),
                   Line(1, [0, c[0]], [0, 0], width=3, **green),
                   Line(1, [c[0], c[0]], [0, c[1]], width=3, **purple),
                   Points(1, *c, label="(c₁, c₂)", ghost=True, **point),
                   Text(1, c[0], c[1] + 0.3, f"({fixed(c[0], 1)}, {fixed(c[1], 1)})", size=12, box=True)]
        return layers

    def caption(self, state):
        (c1, c2), (x1, x2) = state["c"], state["reached"]
        text = (f"{term(f'{fixed(c1, 1)} u', 'u')} {'−' if c2 < 0 else '+'} {term(f'{fixed(abs(c2), 1)} v', 'v')} = "
                f"{term(f'({fixed(x1)}, {fixed(x2)})', 'point')}.")
        if state["rank"] == 2:
            text += (" u and v are independent: every point of the plane is reached, by one pair of coefficients; "
                     f"det = {fixed(state['det'])}.")
            if state["s"][1] < 0.15 * state["s"][0]:
                text += " Near dependence, small shifts need large coefficients."
            return text
        if state["rank"] == 1:
            line = term("red line", "same")
            return (f"{text} u and v are dependent and reach only a line. Every pair on the {line} of coefficients "
                    "gives the same point.")
        return f"{text} Both vectors are zero and reach nothing else."

    def code(self):
        return f"""import numpy as np

from course_lib import ops

M = {_array(self.current["M"])}  # the columns u and v
c = {_array(self.current["c"])}
reached = M @ c
rank = ops.rank(M)
null = ops.null_space(M)  # coefficients that add nothing"""


class Projection(Demo):
    """The part along a vector and the rest."""

    title = "The part along g, and the rest"
    alt = ("First: a vector x, the line along g, the projection of x on that line and the rest, which meets the line "
           "at a right angle. Second: against the angle of g, how far the projection reaches along g, negative where "
           "it points the other way, and the length of the rest.")
    controls = (
        Slider("angle", "Angle of g", -180, 180, 1, 35, unit="°"),
        Slider("length", "Length of g", 0.2, 3.0, 0.1, 1.5),
        Slider("x1", "Entry x₁", -2.0, 2.0, 0.1, 1.0, more=True),
        Slider("x2", "Entry x₂", -2.0, 2.0, 0.1, 2.0, more=True),
    )
    presets = {
        "g twice as long": {"length": 3.0},
        "Same direction": {"angle": 45, "x1": 1.5, "x2": 1.5},
        "Right angle": {"angle": -45, "x1": 1.5, "x2": 1.5},
        "Blunt angle": {"angle": 160},
    }
    _VIEW = (-3.2, 3.2)
    panels = (
        ("x = part along g + rest", "$x_1$", "$x_2$", _VIEW, _VIEW),
        ("The length of g plays no part", "angle of g (degrees)", "x·g/‖g‖ and length of the rest", (-180, 180),
         (-3.1, 3.9)),
    )
    closed_form = "x·g/‖g‖"
    widths = (312, 344)
    size = (800, 390)
    _ANGLES = np.linspace(-180, 180, 361)
    handles = (
        Handle(0, "the tip of x", x="x1", y="x2"),
        Handle(0, "the tip of g", at=lambda s: s["g"],
               move=lambda s, x, y: {"angle": _degrees(x, y), "length": float(np.hypot(x, y))}),
        Handle(1, "the angle of g", x="angle", at=lambda s: (s["angle"], s["signed"]), click=True),
    )

    def background(self, axes, values):
        _cross(axes[0])
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks([-180, -90, 0, 90, 180])

    def state(self, angle, length, x1, x2):
        x, unit = np.array([x1, x2]), _direction(angle)
        g = length * unit
        part, rest = ops.project(x, g), ops.remove_component(x, g)
        turned = np.column_stack([np.cos(np.radians(self._ANGLES)), np.sin(np.radians(self._ANGLES))])
        along = turned @ x
        state = {"x": x, "g": g, "unit": unit, "part": part, "rest": rest, "angle": angle, "along": along,
                 "beside": np.sqrt(np.maximum(x @ x - along**2, 0)), "signed": float(x @ unit),
                 "size": float(ops.norm(rest)), "dot": float(rest @ g)}
        return state | {"cosine": ops.cosine_similarity(x, g)} if x.any() else state

    def layers(self, state):
        x, g, part, unit, rest = (state[name] for name in ("x", "g", "part", "unit", "rest"))
        color = style.BLUE if state["signed"] >= 0 else style.ORANGE
        layers = [_through(0, unit, color=style.GREY, width=1.2, dash="dotted")]
        if state["size"] > 0.3 and abs(state["signed"]) > 0.3:
            across, back = 0.2 * rest / state["size"], -0.2 * np.sign(state["signed"]) * unit
            layers.append(Line(0, *np.array([part + across, part + across + back, part + back]).T, color=style.DARK,
                               width=1.2))
        aside = np.array([-unit[1], unit[0]])
        beside = 0.85 * g + 0.3 * (aside if aside @ x < 0 else -aside)
        green, purple = {"color": style.GREEN, "key": "g"}, {"color": style.PURPLE, "key": "rest"}
        layers += [_arrow(0, part, color=color, width=5, head=0.3, label="part along g", key="part"),
                   _arrow(0, g, width=2.2, label="g", **green),
                   _arrow(0, x, start=part, width=2.4, dash="dashed", label="rest", **purple),
                   _arrow(0, x, color=style.DARK, width=2.8, label="x", key="x"),
                   Text(0, *beside, "g", color=style.for_text(style.GREEN), size=13, bold=True, box=True, key="g")]
        if x.any():
            layers.append(_tip(0, x, "x", key="x"))
        layers += [Line(1, self._ANGLES, state["along"], width=2.4, color=style.BLUE, label="x·g/‖g‖", key="part"),
                   Line(1, self._ANGLES, state["beside"], width=2.4, dash="dashed", label="length of the rest",
                        **purple),
                   Text(1, -172, 3.5, "— x·g/‖g‖", color=style.BLUE, size=12, ha="left", box=True, key="part"),
                   Text(1, 172, 3.5, "- - rest", color=style.for_text(style.PURPLE), size=12, ha="right", box=True,
                        key="rest"),
                   Points(1, state["angle"], state["signed"], color=color, size=11, edge=style.DARK,
                          label="x·g/‖g‖", key="part"),
                   Points(1, state["angle"], state["size"], marker="s", size=11, edge=style.DARK,
                          label="length of the rest", **purple)]
        return layers

    def caption(self, state):
        if not state["x"].any():
            return "x = 0: its part along g is 0, so is the rest, and there is no angle to speak of."
        p, r = state["part"], state["rest"]
        part = term(f"Part along g: ({fixed(p[0])}, {fixed(p[1])})", "part")
        rest = term(f"rest: ({fixed(r[0])}, {fixed(r[1])})", "rest")
        return (f"cos = {fixed(state['cosine'], 3)}. {part} = {fixed(state['signed'])} · g/‖g‖; {rest}, length "
                f"{fixed(state['size'])}. rest·g = {fixed(state['dot'])}, for every length of g.")

    def code(self):
        state = self.current
        cosine = "\ncosine = ops.cosine_similarity(x, g)" if state["x"].any() else ""
        return f"""import numpy as np

from course_lib import ops

x, angle = {_array(state["x"])}, {state["angle"]}
g = {self.values["length"]} * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
part = ops.project(x, g)
rest = ops.remove_component(x, g)
signed = x @ g / ops.norm(g)
size = ops.norm(rest){cosine}"""


class ComposedMaps(Demo):
    """Affine maps one after the other, with or without a bend between."""

    title = "Many affine maps are one affine map"
    alt = ("First: a grid in the plane with one thick line. Second: the grid after several affine maps in a row. "
           "Without anything between the maps parallel lines stay parallel; with a ReLU or tanh between them lines "
           "bend.")
    controls = (
        Slider("count", "Affine maps in a row", 1, 6, 1, 3),
        Menu("between", "Between two maps", ("nothing", "ReLU", "tanh"), "nothing"),
        Slider("draw", "Random maps", 0, 30, 1, 11),
        Slider("level", "Height of the thick line", -2.0, 2.0, 0.5, -1.0, more=True),
    )
    presets = {
        "Six maps": {"count": 6},
        "One ReLU between": {"count": 2, "between": "ReLU"},
        "Three maps, two ReLU": {"count": 3, "between": "ReLU"},
        "Three maps, two tanh": {"count": 3, "between": "tanh"},
    }
    _VIEW = (-3.4, 3.4)
    panels = (
        ("Input", "$x_1$", "$x_2$", _VIEW, _VIEW),
        ("After all maps", "$y_1$", "$y_2$", _VIEW, _VIEW),
    )
    size = (800, 406)
    handles = (Handle(0, "the thick line", y="level", click=True),)
    _TICKS = np.linspace(-2, 2, 9)
    _FINE = np.linspace(-2, 2, 81)
    _BENDS: ClassVar = {"nothing": ops.identity, "ReLU": ops.relu, "tanh": ops.tanh}

    def background(self, axes, values):
        for ax in axes:
            _cross(ax)
            ax.set_xticks(range(-3, 4))
            ax.set_yticks(range(-3, 4))

    @staticmethod
    @cache
    def maps(draw) -> list:
        """Six maps, each a turn, two moderate stretches, a turn, and a shift that keeps the image of 0 in view."""
        rng, maps, middle = np.random.default_rng(draw), [], np.zeros(2)
        for _ in range(6):
            turn, back = (_axes(t).T for t in rng.uniform(0, 360, 2))
            W, target = turn * rng.uniform(0.75, 1.1, 2) @ back, rng.uniform(0.2, 0.9, 2)
            maps.append((W, target - middle @ W))
            middle = target
        return maps

    def state(self, count, between, draw, level):
        maps = self.maps(draw)[:count]
        still, moving = np.meshgrid(self._TICKS, self._FINE, indexing="ij")
        grid = np.concatenate([np.stack([still, moving], axis=2), np.stack([moving, still], axis=2)])
        points = grid.reshape(-1, 2)
        out = points
        for k, (W, b) in enumerate(maps):
            out = ops.affine_forward(out if k == 0 else self._BENDS[between](out), W, b)[0]
        W, b = ops.compose_affine(*maps)
        one = points @ W + b
        homogeneous = ops.add_bias_column(points)
        best = homogeneous @ (ops.pinv(homogeneous) @ out)
        image = out.reshape(grid.shape)
        kinks = np.abs(np.diff(image, 2, axis=1)).max(axis=2) > 1e-9
        pieces = 1 + (kinks & ~np.pad(kinks, ((0, 0), (1, 0)))[:, :-1]).sum(axis=1)
        thick = len(self._TICKS) + int(np.abs(self._TICKS - level).argmin())
        return {"count": count, "between": between, "thick": thick, "grid": grid, "image": image, "W": W, "b": b,
                "difference": float(np.abs(out - one).max()), "miss": float(np.abs(out - best).max()),
                "pieces": int(pieces.max())}

    def layers(self, state):
        n, layers = len(self._TICKS), []
        for panel, lines in ((0, state["grid"]), (1, state["image"])):
            thick = {"color": style.DARK, "key": "thick", "ghost": panel == 1}
            layers += [_strokes(panel, lines[:n], color=style.BLUE, width=1.3),
                       _strokes(panel, lines[n:], color=style.PURPLE, width=1.3, dash="dashed"),
                       Line(panel, *lines[state["thick"]].T, width=3.6, label="the thick line", **thick),
                       Points(panel, *lines[state["thick"]][-1], size=11, label="its right end", **thick)]
        return layers

    def caption(self, state):
        count, W, b = state["count"], state["W"], state["b"]
        if state["between"] == "nothing" or count == 1:
            numbers = "; ".join(" ".join(fixed(v) for v in row) for row in W)
            maps = "One affine map" if count == 1 else f"{count} affine maps in a row are one"
            text = f"{maps}: y = xW + b, W = ({numbers}), b = ({fixed(b[0])} {fixed(b[1])})."
            if count > 1:
                text += f" Largest difference {short(state['difference'], 1)}."
            return f"{text} Parallel lines stay parallel."
        name = state["between"]
        shape = (f"lines bend, into up to {state['pieces']} straight pieces" if name == "ReLU" else "lines curve")
        return (f"{count} maps with {name} between: {shape}. No single affine map does this; the best one misses a "
                f"point by {fixed(state['miss'])}.")

    def code(self):
        count, between, draw = (self.values[name] for name in ("count", "between", "draw"))
        maps = f"""import numpy as np

from course_lib import ops

rng, maps, middle = np.random.default_rng({draw}), [], np.zeros(2)
for _ in range({count}):
    turns = np.radians(rng.uniform(0, 360, 2))
    turn, back = (np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]) for t in turns)
    weights, target = turn * rng.uniform(0.75, 1.1, 2) @ back, rng.uniform(0.2, 0.9, 2)
    maps, middle = [*maps, (weights, target - middle @ weights)], target
"""
        if between == "nothing" or count == 1:
            return f"{maps}W, b = ops.compose_affine(*maps)"
        return f"""{maps}still, moving = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-2, 2, 81), indexing="ij")
points = out = np.stack([[still, moving], [moving, still]]).transpose(0, 2, 3, 1).reshape(-1, 2)
for k, (weights, biases) in enumerate(maps):
    out = ops.affine_forward(ops.{between.lower()}(out) if k else out, weights, biases)[0]
homogeneous = ops.add_bias_column(points)  # for the one affine map that comes nearest
miss = np.abs(out - homogeneous @ (ops.pinv(homogeneous) @ out)).max()"""


class QuadraticForm(Demo):
    """A symmetric matrix as a landscape."""

    title = "The signs of the eigenvalues decide the shape"
    alt = ("First: contours of a quadratic form over the plane, blue where it is positive and orange where it is "
           "negative, with its two eigenvectors and a chosen direction. Second: the form along these three directions, "
           "three parabolas.")
    controls = (
        Slider("first", "Eigenvalue λ₁", -2.0, 3.0, 0.1, 2.0),
        Slider("second", "Eigenvalue λ₂", -2.0, 3.0, 0.1, 0.5),
        Slider("angle", "Angle of eigenvector q₁", -180, 180, 1, 30, unit="°", more=True),
        Slider("cut", "Angle of the direction v", -180, 180, 1, 80, unit="°", more=True),
    )
    presets = {
        "Round bowl": {"first": 1.0, "second": 1.0},
        "Narrow valley": {"first": 3.0, "second": 0.1},
        "Trough": {"first": 2.0, "second": 0.0},
        "Saddle": {"first": 2.0, "second": -1.0},
        "Hill": {"first": -0.5, "second": -2.0},
    }
    _VIEW = (-2, 2)
    panels = (
        ("Contours of f(v) = vᵀHv", "$v_1$", "$v_2$", _VIEW, _VIEW),
        ("Cross-sections through 0", "distance t from 0", "f(t v)", _VIEW, (-8.4, 14.4)),
    )
    closed_form = "vᵀHv"
    handles = (
        Handle(0, "the tip of v", at=lambda s: s["v"], move=lambda s, x, y: {"cut": _degrees(x, y)}),
        Handle(0, "the tip of q₁", at=lambda s: s["Q"][:, 0], move=lambda s, x, y: {"angle": _degrees(x, y)}),
        Handle(1, "λ₁, the height along q₁ at distance 1", y="first", at=lambda s: (1, s["first"])),
        Handle(1, "λ₂, the height along q₂ at distance 1", y="second", at=lambda s: (1, s["second"])),
    )
    widths = (322, 334)
    size = (800, 400)
    _T = np.linspace(-2, 2, 101)
    _SIDE = 81
    _LEVELS = (0.25, 1, 2, 4, 8)

    def background(self, axes, values):
        axes[0].set_xticks(range(-2, 3))
        axes[0].set_yticks(range(-2, 3))
        axes[1].axhline(0, color=style.DARK, linewidth=0.8)
        axes[1].set_xticks(range(-2, 3))

    def state(self, first, second, angle, cut):
        Q = _axes(angle)
        H = Q @ np.diag([first, second]) @ Q.T
        points = ops.grid(self._VIEW, self._VIEW, self._SIDE)
        surface = np.einsum("ni,ij,nj->n", points, H, points).reshape(self._SIDE, self._SIDE)
        v = _direction(cut)
        return {"H": H, "Q": Q, "values": np.array([first, second]), "surface": surface, "v": v,
                "shares": (Q.T @ v) ** 2, "cut": float(v @ H @ v)}

    def layers(self, state):
        surface, values = state["surface"], state["values"]
        layers = [Image(0, surface, -5, 5, label="f")]
        if values.min() < 0 < values.max():
            layers.append(Line(0, *contour(surface, self._VIEW, self._VIEW), color=style.DARK, width=2.2,
                               dash="dotted"))
        for level in self._LEVELS:
            for sign, dash in ((1, "solid"), (-1, "dashed")):
                if surface.min() < sign * level < surface.max():
                    layers.append(Line(0, *contour(surface, self._VIEW, self._VIEW, sign * level), color="#555555",
                                       width=1.2, dash=dash))
        for k, (color, dash, name) in enumerate(((style.GREEN, "solid", "q₁"), (style.PURPLE, "dashdot", "q₂"))):
            q = state["Q"][:, k]
            look = {"color": color, "key": name}
            layers += [_arrow(0, q, width=3, head=0.16, label=name, **look), _tip(0, q, name, away=0.24, **look),
                       Line(1, self._T, values[k] * self._T**2, width=2.4, dash=dash, label=f"along {name}", **look),
                       Points(1, 1, values[k], size=9, label=f"λ{_SUB[k + 1]}", **look)]
        v = {"color": style.DARK, "key": "v"}
        layers += [_through(0, state["v"], width=1.4, dash="dashed", **v),
                   _arrow(0, state["v"], width=2.4, head=0.16, label="v", **v),
                   _tip(0, 1.5 * state["v"], "v", away=0.0, key="v"),
                   Line(1, self._T, state["cut"] * self._T**2, width=2.4, dash="dashed", label="along v", **v),
                   Points(1, 1, state["cut"], size=9, label="vᵀHv", **v),
                   Text(1, -1.9, 13.5, "— q₁", color=style.for_text(style.GREEN), size=12, ha="left", box=True,
                        key="q₁"),
                   Text(1, 0, 13.5, "– · q₂", color=style.for_text(style.PURPLE), size=12, box=True, key="q₂"),
                   Text(1, 1.9, 13.5, "- - v", size=12, ha="right", box=True, key="v")]
        return layers

    def caption(self, state):
        (l1, l2), (s1, s2) = state["values"], state["shares"]
        low, high = sorted((l1, l2))
        if low > 0:
            word = "Positive definite: a bowl, 0 is the only minimum."
        elif high < 0:
            word = "Negative definite: a hill, 0 is the only maximum."
        elif low < 0 < high:
            word = "Indefinite: a saddle, up along one eigenvector and down along the other."
        elif low == high:
            word = "H = 0: flat everywhere."
        else:
            word = ("Positive semidefinite: a trough, flat along one eigenvector." if high > 0
                    else "Negative semidefinite: a ridge, flat along one eigenvector.")
        one, two = (f"({fixed(value, 1)})" if value < 0 else fixed(value, 1) for value in (l1, l2))
        along_one, along_two = term(f"{fixed(s1)}·{one}", "q₁"), term(f"{fixed(s2)}·{two}", "q₂")
        return (f"{word} {term('Along v', 'v')}: {along_one} + {along_two} = {fixed(state['cut'])}, always between "
                f"{fixed(low, 1)} and {fixed(high, 1)}.")

    def code(self):
        angle, direction = self.values["angle"], self.values["cut"]
        return f"""import numpy as np

t, s = np.radians([{angle}, {direction}])
Q = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
H = Q @ np.diag({self.current["values"].tolist()}) @ Q.T
v = np.array([np.cos(s), np.sin(s)])
cut = v @ H @ v
shares = (Q.T @ v) ** 2"""


class PowerIteration(Demo):
    """A vector multiplied again and again turns to the first eigenvector."""

    title = "Multiply, shorten, repeat"
    alt = ("First: the unit circle with the two eigenvectors as lines and the vectors of the power iteration, the "
           "newest one thick. Second: on a logarithmic axis the part of the vector across the first eigenvector and "
           "the error of the eigenvalue, both against the number of multiplications.")
    controls = (
        Slider("steps", "Multiplications", 0, 40, 1, 6, play=True),
        Slider("ratio", "Ratio λ₂/λ₁", -1.0, 1.0, 0.05, 0.7),
        Slider("start", "Angle of the start to q₁", -180, 180, 1, 80, unit="°", more=True),
        Slider("angle", "Angle of eigenvector q₁", 0, 180, 1, 30, unit="°", more=True),
    )
    presets = {
        "Fast: 0.2": {"ratio": 0.2},
        "Slow: 0.95": {"ratio": 0.95, "steps": 40},
        "From side to side": {"ratio": -0.8, "steps": 8},
        "Equal sizes": {"ratio": -1.0, "steps": 9, "start": 60},
        "Start on q₂": {"start": 90, "steps": 20},
    }
    panels = (
        ("The vector turns to q₁", "$x_1$", "$x_2$", (-1.5, 1.5), (-1.5, 1.5)),
        ("How far from q₁ and λ₁", "multiplications", "error", (0, 40), (1e-16, 1e3)),
    )
    handles = (
        Handle(0, "the start", at=lambda s: s["path"][0],
               move=lambda s, x, y: {"start": _degrees(*(s["Q"].T @ [x, y]))}, click=True),
        Handle(0, "the line of q₁", at=lambda s: s["line"], move=lambda s, x, y: {"angle": _degrees(x, y) % 180}),
    )
    widths = (312, 344)
    size = (800, 390)
    _STEPS, _FIRST = 40, 2.0

    def background(self, axes, values):
        axes[0].plot(*_CIRCLE.T, color=style.GREY, linewidth=1)
        axes[0].set_xticks([-1, 0, 1])
        axes[0].set_yticks([-1, 0, 1])
        axes[1].set_yscale("log")
        axes[1].set_yticks([1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1])

    def state(self, steps, ratio, start, angle):
        Q = _axes(angle)
        far = 1 if abs(start) > 90 else -1
        A = self._FIRST * Q @ np.diag([1, ratio]) @ Q.T
        v0 = Q @ _direction(start)
        state = {"A": A, "Q": Q, "ratio": ratio, "steps": steps, "start": start, "lost": False,
                 "line": 1.3 * far * Q[:, 0]}
        try:
            run = ops.power_iteration(A, v0, steps=self._STEPS, tol=0)
            path, values = run.path, run.values
        except ValueError:  # start in the null space
            path, values, state["lost"] = v0[None], np.array([v0 @ A @ v0]), True
        across = np.abs(path @ Q[:, 1])
        return state | {"path": path, "across": across, "value_error": np.abs(values - self._FIRST),
                        "shown": min(steps, len(path) - 1)}

    def layers(self, state):
        path, shown, Q = state["path"], state["shown"], state["Q"]
        layers = [_through(0, Q[:, 0], color=style.GREEN, width=1.8, dash="dashed"),
                  _through(0, Q[:, 1], color=style.PURPLE, width=1.4, dash="dotted"),
                  Text(0, *(state["line"] + 0.2 * Q[:, 1]), "q₁", color=style.for_text(style.GREEN), size=13,
                       bold=True, box=True),
                  Text(0, *(-1.3 if state["start"] >= 0 else 1.3) * Q[:, 1], "q₂", size=13, bold=True, box=True,
                       color=style.for_text(style.PURPLE))]
        for k in range(max(0, shown - 8), shown):
            age = (k - shown + 8) / 8
            layers.append(_arrow(0, path[k], color=style.SKY, width=1.6, head=0.08, alpha=0.35 + 0.5 * age))
        layers += [_arrow(0, path[0], color=style.GREY, width=2, head=0.1, label="start"),
                   _tip(0, path[0], "start", away=0.2),
                   _arrow(0, path[shown], width=3.6, head=0.14, label="now")]
        steps = np.arange(len(path))
        for values, color, marker, name, where in (
                (state["across"], style.BLUE, "o", "across q₁", (1, "left")),
                (state["value_error"], style.ORANGE, "s", "error of λ₁", (39, "right"))):
            at_least = np.maximum(values, 1e-17)
            layers += [Line(1, steps, at_least, color=color, width=1.2, alpha=0.5, key=name),
                       Points(1, steps[: shown + 1], at_least[: shown + 1], color=color, marker=marker, size=7,
                              label=name, key=name),
                       Text(1, where[0], 1e2, f"{'●' if marker == 'o' else '■'} {name}", size=12, ha=where[1],
                            color=style.for_text(color), key=name)]
        return layers

    def caption(self, state):
        ratio, shown, start = state["ratio"], state["shown"], state["start"]
        if state["lost"]:
            return "A v = 0: the start lies on q₂, and λ₂ = 0. There is nothing left to turn; start elsewhere."
        times = "1 multiplication" if shown == 1 else f"{shown} multiplications"
        across = term(f"part across q₁ is {short(state['across'][shown])}", "across q₁")
        text = f"After {times} the {across}."
        if abs(ratio) == 1:
            why = "λ₂ = λ₁: every vector is an eigenvector" if ratio == 1 else "λ₂ = −λ₁: the vector jumps forever"
            return f"{text} {why}; the ratio is 1 in size and nothing shrinks."
        if abs(start) == 90:  # cos 90° is 6e-17 in a computer
            grows = f"grows by {short(1 / abs(ratio))} a step" if ratio else "is all that a product with λ₂ = 0 leaves"
            return (f"{text} The start is q₂ but for rounding ({short(abs(state['path'][0] @ state['Q'][:, 0]), 1)} "
                    f"along q₁), which {grows}; with exact numbers it would never turn.")
        if start % 180 == 0:
            return f"{text} The start is q₁ itself: nothing to turn."
        error = term("error of λ₁", "error of λ₁")
        return (f"{text} Across against along shrinks by |λ₂/λ₁| = {fixed(abs(ratio))} each time, the {error} by "
                f"its square, {fixed(ratio**2, 4)}, once both are small.")

    def code(self):
        values = self.values
        return f"""import numpy as np

from course_lib import ops

t, s = np.radians([{values["angle"]}, {values["start"]}])
Q = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])
A = {self._FIRST} * Q @ np.diag([1, {values["ratio"]}]) @ Q.T
run = ops.power_iteration(A, Q @ [np.cos(s), np.sin(s)], steps={self._STEPS}, tol=0)
path = run.path
across = np.abs(path @ Q[:, 1])
value_error = np.abs(run.values - {self._FIRST})"""

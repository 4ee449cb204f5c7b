"""The picture of a computation graph: columns from left to right, no edge behind a node."""

import itertools

from course_lib.autodiff import Value, topological_order
from course_lib.viz import style

WIDE, HIGH = 1.9, 1.1  # inches between columns and between rows


def layout(value):
    """Where the nodes and edges of a graph go.

    A result stands right of its inputs, an input one column left of its first user. An edge over several columns
    bends round the nodes between: it has a place of its own in each column. Within a column the places follow the
    mean row of what they lead to, so that few edges cross.

    Returns
    -------
    places : dict, id(node) -> (column, row); rows are centered on 0, the first row has the smallest number
    routes : list of (parent, node, slope, points): the edge runs through the points, (column, row) each
    """
    order = topological_order(value)
    column = {}
    for node in order:
        column[id(node)] = 1 + max((column[id(parent)] for parent in node.parents), default=-1)
    users = {id(node): [] for node in order}
    for node in order:
        for parent in node.parents:
            users[id(parent)].append(node)
    for node in order:
        if not node.parents and users[id(node)]:
            column[id(node)] = min(column[id(user)] for user in users[id(node)]) - 1

    # `leads[key]` lists what a place leads to; keys are node ids and, for bends, (node id, user id, use, column).
    leads, edges = {}, []
    columns = [[] for _ in range(column[id(value)] + 1)]
    for node in order:
        columns[column[id(node)]].append(id(node))
        leads[id(node)] = []
    for node in order:
        for use, (parent, slope) in enumerate(zip(node.parents, node.slopes, strict=True)):
            bends = [(id(parent), id(node), use, c) for c in range(column[id(parent)] + 1, column[id(node)])]
            path = [id(parent), *bends, id(node)]
            for here, there in itertools.pairwise(path):
                leads.setdefault(here, []).append(there)
            for bend in bends:
                columns[bend[3]].append(bend)
            edges.append((parent, node, slope, path))

    places = {}
    for c in range(len(columns) - 1, -1, -1):
        mean = {key: sum(places[k][1] for k in leads[key]) / max(len(leads[key]), 1) for key in columns[c]}
        ordered = sorted(columns[c], key=mean.get)
        for position, key in enumerate(ordered):
            places[key] = (c, position - (len(ordered) - 1) / 2)
    routes = [(parent, node, slope, [places[key] for key in path]) for parent, node, slope, path in edges]
    return {id(node): places[id(node)] for node in order}, routes


def label(node):
    """Name and operation: "z [+]", "x", "[tanh]"; a number without a name is a constant."""
    return " ".join(part for part in (node.name, f"[{node.op}]" if node.op else "") if part) or "constant"


def draw(value, title="Values go forward, gradients come back"):
    """The graph behind a `Value`: value and gradient on each node, local slope on each edge (dashed: negative)."""
    places, routes = layout(value)
    spots = list(places.values()) + [spot for route in routes for spot in route[3]]
    rows = [row for _, row in spots]
    wide = WIDE * (1 + max(column for column, _ in spots))
    high = HIGH * (1 + max(rows) - min(rows))
    figure = style.Picture(figsize=(max(wide, 4), high + 0.4))
    axes = figure.add_axes((0, 0, 1, high / (high + 0.4)))
    axes.set_xlim(-0.5 * WIDE, wide - 0.5 * WIDE)
    axes.set_ylim(HIGH * (max(rows) + 0.5), HIGH * (min(rows) - 0.5))
    uses = {}
    for parent, node, slope, points in routes:
        color, dashes = (style.BLUE, "-") if slope >= 0 else (style.ORANGE, "--")
        # A node used twice by the same operation has two edges: the second one is moved a little.
        twin = uses[id(parent), id(node)] = uses.get((id(parent), id(node)), -1) + 1
        xy = [(WIDE * c, HIGH * (r + 0.22 * twin)) for c, r in points]
        axes.plot([x for x, _ in xy[:-1]], [y for _, y in xy[:-1]], color=color, linestyle=dashes, linewidth=1.2)
        arrow = {"arrowstyle": "->", "color": color, "linestyle": dashes, "shrinkA": 0, "shrinkB": 34}
        axes.annotate("", xy[-1], xy[-2], arrowprops=arrow)
        x, y = (0.5 * (a + b) for a, b in zip(xy[-2], xy[-1], strict=True))
        axes.text(x, y, f"{slope:.3g}", color=style.for_text(color), ha="center", va="center", fontsize=8,
                  bbox={"fc": "white", "ec": "none", "pad": 0.8})
    for node in topological_order(value):
        column, row = places[id(node)]
        text = f"{label(node)}\nvalue {node.data:.4g}\ngradient {node.grad:.4g}"
        axes.text(WIDE * column, HIGH * row, text, ha="center", va="center", fontsize=8, zorder=3,
                  bbox={"boxstyle": "round,pad=0.35", "fc": "white", "ec": style.GREY})
    figure.suptitle(title, y=0.99, va="top")
    axes.set_axis_off()
    figure.alt = f"{title}. " + "; ".join(
        f"{label(node)}: value {node.data:.4g}, gradient {node.grad:.4g}" for node in topological_order(value))
    return figure


# The engine itself knows nothing of pictures. `f.draw()`, as the chapter said before, works where this is imported.
Value.draw = draw

"""Static figures that several chapters use; each draws on Matplotlib axes and sets labels.

What seaborn is best at is left to it: tables as heat maps, distributions, curves with a band over several runs, and
features against each other. It is imported where it is needed, since it costs a second.
"""

from itertools import pairwise

import numpy as np

from course_lib import dense, ops
from course_lib.gradcheck import TOLERANCE, GradientReport
from course_lib.viz import style


def scatter(ax, X, y, xlabel="$x_1$", ylabel="$x_2$"):
    """Points (N, 2) of labelled classes (N,): color and marker differ by class."""
    X, y = np.asarray(X), np.asarray(y)
    for label in np.unique(y):
        k = int(label) % len(style.CLASS_COLORS)
        ax.scatter(*X[y == label].T, color=style.CLASS_COLORS[k], marker=style.CLASS_MARKERS[k], edgecolor="white",
                   linewidth=0.7, s=34, zorder=3, label=f"class {label}")
    ax.set(xlabel=xlabel, ylabel=ylabel)


def boundary(ax, model, X, y, hidden="tanh", output="sigmoid", level=0.5, n=150, margin=0.25):
    """The answer of a model with two inputs over the plane, its boundary, and the data.

    Parameters
    ----------
    model : [(W1, b1), ...] for `dense.mlp_surface`, or a function of points (M, 2) that returns (M,) or (M, 1).
    level : value at which the answer changes; the colors span [level - 1/2, level + 1/2].
    margin : room round the data, as a share of its width.
    """
    X = np.asarray(X, dtype=np.float64)
    low, high = X.min(axis=0), X.max(axis=0)
    room = margin * (high - low)
    xlim, ylim = zip(low - room, high + room, strict=True)
    if callable(model):
        values = np.asarray(model(ops.grid(xlim, ylim, n)), dtype=np.float64).reshape(n, n)
    else:
        values = dense.mlp_surface(model, xlim, ylim, n, hidden, output)
    ax.imshow(values, extent=(*xlim, *ylim), cmap=style.BOUNDARY, vmin=level - 0.5, vmax=level + 0.5, aspect="auto",
              origin="lower", interpolation="bilinear")
    if values.min() < level < values.max():
        ax.contour(np.linspace(*xlim, n), np.linspace(*ylim, n), values, levels=[level], colors=[style.DARK],
                   linewidths=1.4)
    scatter(ax, X, y)
    ax.set(xlim=xlim, ylim=ylim)


def curves(ax, named, xlabel, ylabel, x=None, loc="upper right"):
    """Several curves {label: values}, told apart by color and dashes.

    x : common abscissa; default 0, 1, 2, ... (epochs or steps). loc : place of the legend ("best" is slow).
    """
    for k, (label, values) in enumerate(named.items()):
        abscissa = np.arange(len(values)) if x is None else x
        ax.plot(abscissa, values, label=label, color=style.PALETTE[k % len(style.PALETTE)],
                linestyle=style.DASHES[k % len(style.DASHES)])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if len(named) > 1:
        ax.legend(loc=loc)


def legend(ax, entries, loc="upper right", columns=1):
    """A legend of what moves: label -> how it looks. In narrow axes it has shorter samples and fewer columns."""
    for label, look in entries.items():
        ax.plot([], [], label=label, **look)
    short = [(count, {"columnspacing": 0.8, "handlelength": 1.2, "handletextpad": 0.5})
             for count in range(columns, 0, -1)]
    for count, spaces in [(columns, {"columnspacing": 1.2, "handlelength": 2.2}), *short]:
        box = ax.legend(loc=loc, ncols=count, **spaces).get_window_extent()
        if box.width < ax.bbox.width - 8:
            break


def network(ax, sizes, labels=None, most=8):
    """Layers of units as circles with all connections; a wide layer shows `most` units and its size below.

    Parameters
    ----------
    sizes : units of each layer, input first.
    labels : name of each layer; default "input", "hidden 1", ..., "output".
    """
    if labels is None:
        inner = [f"hidden {k}" for k in range(1, len(sizes) - 1)]
        labels = ["input", *inner, "output"]
    shown = [min(size, most) for size in sizes]
    places = [[(column, (count - 1) / 2 - k) for k in range(count)] for column, count in enumerate(shown)]
    for left, right in pairwise(places):
        for x0, y0 in left:
            for x1, y1 in right:
                ax.plot([x0, x1], [y0, y1], color=style.GREY, linewidth=0.7, alpha=0.6, zorder=1)
    bottom = -(max(shown) - 1) / 2
    for column, layer in enumerate(places):
        color = style.GREY if column == 0 else style.GREEN if column == len(sizes) - 1 else style.BLUE
        ax.scatter(*zip(*layer, strict=True), s=230, color=color, edgecolor="white", zorder=2)
        units = f"{sizes[column]} {'unit' if sizes[column] == 1 else 'units'}"
        ax.text(column, bottom - 0.75, f"{labels[column]}\n{units}", ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(bottom - 1.9, -bottom + 0.6))
    ax.axis("off")


#: Share of a color map that numbers can stand on.
PALE = 0.35


def heatmap(ax, table, xlabel, ylabel, rows=None, columns=None, signed=False, low=0.0, label=None):
    """A table of numbers as colors, row 0 on top.

    Parameters
    ----------
    rows, columns : names. With names every cell shows its number, which must be whole.
    signed : orange for negative, blue for positive entries; else white to dark blue, white at `low` and below.
    label : of the color bar; None for no bar.
    """
    import seaborn

    table = np.asarray(table)
    named = rows is not None
    most = np.abs(table).max()
    if named:  # only the pale colors, on which numbers are legible, also when a dark page turns them round
        most /= PALE
    seaborn.heatmap(
        table, ax=ax, vmin=-most if signed else low, vmax=most,
        cmap=style.SIGNED if signed else style.HEAT, annot=named, fmt="d" if named else "",
        annot_kws={"size": 8, "color": style.DARK}, square=True, linewidths=0.5 if named else 0,
        cbar=label is not None, cbar_kws={"label": label},
        xticklabels=columns if named else False, yticklabels=rows if named else False,
    )
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.tick_params(rotation=0)


def histogram(ax, groups, bins, xlabel, ylabel):
    """How often values occur in named groups {label: values}, one over the other; colors as for classes."""
    import seaborn

    seaborn.histplot(dict(groups), bins=bins, ax=ax, palette=list(style.CLASS_COLORS[: len(groups)]), alpha=0.75,
                     edgecolor="white")
    ax.set(xlabel=xlabel, ylabel=ylabel)


def violins(ax, groups, xlabel, ylabel, log=False):
    """The distribution of values in named groups {label: values}: as wide as values are frequent, with quartiles."""
    import seaborn

    names = np.repeat(list(groups), [len(values) for values in groups.values()])
    seaborn.violinplot(x=names, y=np.concatenate(list(groups.values())), hue=names, ax=ax, legend=False, cut=0,
                       palette=list(style.PALETTE[: len(groups)]), inner="quart", linewidth=1, log_scale=log or None)
    ax.set(xlabel=xlabel, ylabel=ylabel)


def bands(ax, named, xlabel, ylabel, middle="median", spread=("pi", 80), loc="best"):
    """Curves with a band over several runs, told apart by color and dashes.

    Parameters
    ----------
    named : {label: (x, y)}, y (runs, n) over x (n,), or one value of x for each of y.
    middle : "median" or "mean", the line.
    spread : what the band holds, as `errorbar` of `seaborn.lineplot`: ("pi", 80) the middle 80 percent of the runs,
        "sd" a standard deviation to both sides, ("ci", 95) where the mean lies with 95 percent confidence.
    """
    import seaborn

    parts = [(np.broadcast_to(x, np.shape(y)).ravel(), np.ravel(y), np.repeat(label, np.size(y)))
             for label, (x, y) in named.items()]
    xs, ys, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
    seaborn.lineplot(x=xs, y=ys, hue=labels, style=labels, ax=ax, estimator=middle, errorbar=spread, seed=0,
                     palette=list(style.PALETTE[: len(named)]), markers=list(style.MARKERS[: len(named)]))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(loc=loc)


def pairs(columns, title, size=1.5):
    """Every two columns {name: values} against each other, each one's distribution on the diagonal; a figure."""
    import matplotlib.pyplot as plt
    import pandas
    import seaborn

    grid = seaborn.pairplot(pandas.DataFrame(columns), height=size, corner=True,
                            plot_kws={"s": 9, "color": style.BLUE, "alpha": 0.5, "linewidth": 0},
                            diag_kws={"color": style.GREY, "edgecolor": "white"})
    grid.figure.suptitle(title, x=0.02, ha="left", fontsize=10)
    grid.figure.set_layout_engine("constrained")
    plt.close(grid.figure)  # shown once, by `style.show`
    return grid.figure


def gradient_report(report: GradientReport):
    """Analytic against numeric, one dot an entry, and the relative error of each parameter. Returns the figure."""
    fig, (left, right) = style.figure(1, 2, width=8.0, height=3.4)
    for k, name in enumerate(report.analytic):
        left.plot(report.numeric[name].ravel(), report.analytic[name].ravel(), "osD^vP*X"[k % 8], markersize=4,
                  label=name)
    left.axline((0, 0), slope=1, color="0.5", linewidth=1, zorder=0)
    left.set(xlabel="numeric gradient", ylabel="analytic gradient")
    left.set_title("On the line: they agree" if report.passed else "Off the line: the entries that differ")
    left.legend(fontsize=8)
    names = list(report.per_parameter)
    shown = np.maximum([report.per_parameter[name] for name in names], 1e-16)
    right.barh(names, np.where(np.isfinite(shown), shown, 1.0), color="0.6")
    right.axvline(TOLERANCE, linestyle="--", color=style.DARK, linewidth=1)
    right.set(xscale="log", xlim=(1e-16, 2), xlabel="relative error (dashed: limit)")
    right.set_title(f"Largest relative error {report.relative_error:.2g}")
    right.invert_yaxis()
    verdict = "they agree" if report.passed else "some entries differ"
    fig.alt = f"Analytic against numeric gradients: {verdict}; largest relative error {report.relative_error:.2g}."
    return fig


# `report.plot()`, as the chapter said before, works where this is imported.
GradientReport.plot = gradient_report

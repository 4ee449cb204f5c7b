"""Pictures of convolutional networks: their layers as blocks to scale."""

from itertools import groupby
from math import ceil, sqrt

from matplotlib.patches import Polygon

from course_lib.nn import architectures as arch
from course_lib.viz import style

#: Blocks side by side; four stay legible on a page of 390 pixels.
COLUMNS = 4
#: From one row of blocks to the next, where a column is 1 wide.
ROW = 1.3
#: kind of layer -> its word below a block, and its color
KINDS = {
    arch.Conv: ("conv", style.BLUE), arch.Pool: ("pool", style.GREY), arch.GlobalAvgPool: ("mean", style.GREY),
    arch.Dense: ("dense", style.GREEN), arch.Residual: ("residual", style.PURPLE),
    arch.Branches: ("inception", style.PURPLE), arch.DenseStack: ("dense block", style.PURPLE),
}


class Block:
    """Layers of one kind, one after another, whose outputs have the same shape."""

    def __init__(self, word, color, shape, rows=()):
        self.word, self.color, self.shape = word, color, shape
        self.parameters = sum(row.parameters for row in rows)
        sizes = dict.fromkeys(f"{row.layer.size}×{row.layer.size}" for row in rows if hasattr(row.layer, "size"))
        self.label = " ".join([f"{len(rows)} {word}" if len(rows) > 1 else word, ", ".join(sizes)]).strip()


def _blocks(layers, input_shape) -> list[Block]:
    """What is drawn: batch norm counts with the layer before it; what neither has weights nor a shape is left out."""
    def drawn(row):
        kind = next((kind for kind in KINDS if isinstance(row.layer, kind)), None)
        return kind, row.shape

    rows = []
    for row in arch.summary(layers, input_shape):
        if drawn(row)[0] is not None:
            rows.append(row)
        elif row.parameters and rows:
            rows[-1] = rows[-1]._replace(parameters=rows[-1].parameters + row.parameters)
    blocks = [Block("input", style.GREY, input_shape)]
    for (kind, shape), group in groupby(rows, drawn):
        blocks.append(Block(*KINDS[kind], shape, list(group)))
    return blocks


def architecture(name, layers, input_shape):
    """A network as blocks to scale, with output shapes and, below each, its parameters; a figure.

    Parameters
    ----------
    name : of the network, for the title
    layers, input_shape : as those of `nn.architectures.summary`; the keys and values of `ARCHITECTURES` fit

    Returns
    -------
    figure 390 pixels wide, which shows itself
    """
    blocks = _blocks(layers, input_shape)
    rows = ceil(len(blocks) / COLUMNS)
    fig, ax = style.figure(width=3.9, height=0.8 + 1.26 * rows)
    sizes = [(channels, *(sides or (1, 1))) for channels, *sides in (block.shape for block in blocks)]
    # Lengths as square roots: 4,096 channels beside 3 would leave a hair of the 3.
    wide, high = 0.62 / sqrt(max(size[0] for size in sizes)), 0.55 / sqrt(max(size[1] for size in sizes))
    for place, (block, (channels, height, _)) in enumerate(zip(blocks, sizes, strict=True)):
        row, column = divmod(place, COLUMNS)
        x, y = column + 0.42, -ROW * row
        _cuboid(ax, x, y, wide * sqrt(channels), high * sqrt(height), block.color)
        if place:
            ax.text(column - 0.02, y + 0.28, "›", ha="center", va="center", color=style.GREY)
        shape = "×".join(map(str, block.shape))
        ax.text(x, y - 0.06, f"{block.label}\n{shape}\n{block.parameters:,}" if place else f"input\n{shape}",
                ha="center", va="top", fontsize=7.5, linespacing=1.3)
    total = arch.count(layers, input_shape)[0]
    dense = sum(block.parameters for block in blocks if block.word == "dense")
    finding = f"{total:,} parameters, {100 * dense / total:.0f} % of them in dense layers"
    ax.set_title(f"{name}: {finding}".replace(", ", ",\n"), fontsize=9)
    ax.text(-0.05, -ROW * rows + 0.72, "Below each block: layer, shape of its output, parameters.\n"
            "Width: channels; height and depth: side; as square roots.", va="top", fontsize=7)
    ax.set(xlim=(-0.08, COLUMNS), ylim=(-ROW * rows + 0.42, 0.8), aspect="equal")
    ax.axis("off")
    fig.alt = (f"{name} as {len(blocks)} blocks from the input {_words(blocks[0].shape)} to the output "
               f"{_words(blocks[-1].shape)}, to scale. It has {finding}.")
    return fig


def _words(shape) -> str:
    return " by ".join(map(str, shape))


def _cuboid(ax, x, y, width, height, color):
    """A block that stands on y with its middle at x; as deep as it is high, seen from above on the right."""
    left, right, top, depth = x - width / 2, x + width / 2, y + height, 0.3 * height
    for corners, alpha in (
        ([(left, y), (right, y), (right, top), (left, top)], 0.9),
        ([(left, top), (right, top), (right + depth, top + depth), (left + depth, top + depth)], 0.5),
        ([(right, y), (right + depth, y + depth), (right + depth, top + depth), (right, top)], 0.7),
    ):
        ax.add_patch(Polygon(corners, facecolor=color, alpha=alpha, edgecolor="white", linewidth=0.5))

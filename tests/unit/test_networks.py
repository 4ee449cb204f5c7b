"""The picture of an architecture: what it shows is what `count` says, and it fits a narrow page."""

import io

import pytest
from PIL import Image

from course_lib.nn.architectures import ARCHITECTURES, LENET5, BatchNorm, Conv, Dense, Flatten, count
from course_lib.viz import networks, style


def test_lenet():
    fig = networks.architecture("LeNet-5", LENET5, (1, 28, 28))
    texts = [text.get_text() for text in fig.axes[0].texts if text.get_text() != "›"]
    assert texts[:-1] == [
        "input\n1×28×28", "conv 5×5\n6×28×28\n156", "pool 2×2\n6×14×14\n0", "conv 5×5\n16×10×10\n2,416",
        "pool 2×2\n16×5×5\n0", "dense\n120\n48,120", "dense\n84\n10,164", "dense\n10\n850"]
    assert fig.axes[0].get_title(loc="left") == "LeNet-5: 61,706 parameters,\n96 % of them in dense layers"
    assert fig.alt == ("LeNet-5 as 8 blocks from the input 1 by 28 by 28 to the output 10, to scale. It has 61,706 "
                       "parameters, 96 % of them in dense layers.")


def test_layers_of_equal_shape_are_one_block_and_normalization_counts_with_its_layer():
    blocks = networks._blocks((*(Conv(4, 3, pad=1), BatchNorm()) * 2, Conv(4, 1), Flatten(), Dense(2)), (3, 8, 8))
    assert [(block.label, block.parameters) for block in blocks] == [
        ("input", 0), ("3 conv 3×3, 1×1", 112 + 8 + 148 + 8 + 20), ("dense", 514)]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_legible_on_a_narrow_page(name):
    layers, shape = ARCHITECTURES[name]
    assert sum(block.parameters for block in networks._blocks(layers, shape)) == count(layers, shape)[0]
    fig = networks.architecture(name, layers, shape)
    picture = style.png(fig, 100)
    with Image.open(io.BytesIO(picture)) as image:
        assert image.width == 390
    page = fig.get_window_extent()
    words = [text for text in (*fig.axes[0].texts, fig.axes[0]._left_title) if text.get_text()]
    boxes = [text.get_window_extent() for text in words]
    for text, box in zip(words, boxes, strict=True):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text.get_text()
        assert text.get_fontsize() >= 7
    for first, box in enumerate(boxes):
        for second in range(first):
            assert not box.overlaps(boxes[second]), (words[first].get_text(), words[second].get_text())
    style.to_dark(fig)

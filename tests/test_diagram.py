"""The picture of Xception says what the model is."""

import keras
import matplotlib.pyplot as plt
import pytest

from coronet_lib.figures.diagram import Step, blocks, draw
from coronet_lib.models.coronet import coronet
from coronet_lib.models.xception import xception


@pytest.fixture(scope="module")
def full():
    return xception(150)


def words(figure):
    text = [text.get_text() for axis in figure.axes for text in axis.texts]
    plt.close(figure)
    return text


def test_blocks_hold_every_parameter(full):
    assert [block.number for block in blocks(full)] == list(range(1, 15))
    assert sum(block.parameters for block in blocks(full)) == full.count_params()


def test_shortcuts_and_flows_are_those_of_xception(full):
    found = blocks(full)
    kinds = [None, *["conv"] * 3, *["identity"] * 8, "conv", None]
    assert [block.shortcut for block in found] == kinds
    flows = ["entry flow"] * 4 + ["middle flow"] * 8 + ["exit flow"] * 2
    assert [block.flow for block in found] == flows


def test_a_blocks_steps_stand_in_the_order_of_computation(full):
    third = blocks(full)[2]
    relu, separable = Step("ReLU"), Step("SeparableConv2D", 3, 1, 256)
    assert third.steps == (relu, separable, relu, separable, Step("MaxPooling2D", 3, 2), Step("Add"))
    assert third.shape == (18, 18, 256)
    first = blocks(full)[0]
    assert first.steps == (Step("Conv2D", 3, 2, 32), relu, Step("Conv2D", 3, 1, 64), relu)


def test_equal_blocks_are_drawn_once(full):
    text = words(draw(full))
    names = [word for word in text if word.startswith("block")]
    assert names == ["block 1", "block 2", "block 3", "block 4", "blocks 5–12", "block 13", "block 14"]
    assert "8 × 1,618,344" in text
    assert text.count("9 × 9 × 728") == 2
    assert text.count("unchanged") == 1
    assert text.count("1 × 1 conv, ½") == 4


def test_a_plan_may_leave_the_counts_to_the_reader(full):
    with_counts, without = set(words(draw(full))), set(words(draw(full, counts=False)))
    assert with_counts - without >= {"9 × 9 × 728", "8 × 1,618,344", "comes out", "parameters"}
    assert without - with_counts == set()
    assert {"block 14", "1 × 1 conv, ½"} <= without


def test_a_narrow_coronet_is_drawn_as_it_is():
    narrow = coronet(size=96, width=1 / 8, middle_blocks=1)
    text = words(draw(narrow))
    assert "block 5" in text
    assert "block 6" not in text
    assert any(word.startswith("96 × 96 × 3 pixels") for word in text)
    head = sum(layer.count_params() for layer in narrow.layers if layer.name.startswith("head_"))
    assert sum(block.parameters for block in blocks(narrow)) == narrow.count_params() - head


def test_without_a_middle_flow_there_is_none():
    text = words(draw(xception(96, width=1 / 8, middle_blocks=0)))
    assert "middle flow" not in text
    assert {"entry flow", "exit flow"} <= set(text)


def test_the_figure_is_as_wide_as_asked(full):
    figure = draw(full, width=6)
    assert figure.get_size_inches()[0] == 6
    plt.close(figure)


def test_another_network_is_refused():
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="other")
    with pytest.raises(ValueError, match="'other' has no layers named block1_"):
        draw(other)

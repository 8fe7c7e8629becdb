"""Checks of chapter 10: what CoroNet's head costs, and which image gives which grid."""

import numpy as np

from coronet_lib import paper
from coronet_lib.checks.answer import match, number, typed_numbers
from coronet_lib.checks.chapter_09 import edges
from coronet_lib.checks.verdict import exercise
from coronet_lib.layers.cost import parameters

_CORONET, _XCEPTION = paper.TABLE_II_PARAMETERS.total, paper.TABLE_II["xception"].parameters
_FEATURES, _HIDDEN, _CLASSES = 2048, 256, 4


@exercise(10, 1)
def fewer_classes(answer):
    """The parameters of CoroNet with three classes and with two.

    Parameters
    ----------
    answer : array-like of int, shape (2,)
    """

    def counts(lost):
        return _CORONET - lost * np.array([1, 2])

    wanted = counts(_HIDDEN + 1)
    last = np.array([parameters("dense", _HIDDEN, classes, bias=True) for classes in (3, 2)])
    match(
        typed_numbers(answer, (2,), "one count for three classes and one for two", whole=True),
        wanted,
        "only the last layer changes; what does one output of it need?",
        {
            "the two are exchanged: three classes come first.": wanted[::-1],
            "an output that goes takes its bias with it, too.": counts(_HIDDEN),
            "a bias goes, but 256 weights go with it.": counts(1),
            "this is the last layer alone; wanted is the whole network.": last,
            "this is what goes; wanted is what is left.": _CORONET - wanted,
            "the last layer sees the 256 units of the dense layer, not the 2,048 features.": (
                counts(_FEATURES + 1)
            ),
            "the last layer sees the 256 units of the dense layer, not the flattened grid.": (
                counts(25 * _FEATURES + 1)
            ),
            "the last layer of four classes is gone, and no other has come in its place.": (
                np.full(2, _CORONET - parameters("dense", _HIDDEN, _CLASSES, bias=True))
            ),
            "these are four and three classes; wanted are three and two.": (_CORONET, wanted[0]),
        },
    )
    return "The library agrees: `coronet(classes=3).count_params()`."


@exercise(10, 3)
def smallest_for_six(answer):
    """The smallest image that gives a grid of 6 × 6.

    Parameters
    ----------
    answer : int
        Its edge in pixels.
    """
    edge = number(answer, "edge in pixels")
    grids = {size: edges(size)[-1] for size in range(100, 300)}
    sizes = [size for size, grid in grids.items() if grid == 6]
    match(
        edge,
        sizes[0],
        f"an image of {edge:.0f} pixels gives a grid of {edges(int(edge))[-1]}."
        if 75 <= edge <= 10_000
        else "so small or so large an image gives quite another grid.",
        {
            "this is the largest image that still gives 5 × 5.": sizes[0] - 1,
            "this is the smallest image that gives 5 × 5.": min(n for n, grid in grids.items() if grid == 5),
            "this gives 6 × 6, and so does a smaller one: ⌈n/2⌉ is 6 for 11 already.": sizes[1:],
            "the four halvings are undone; block 1 has two windows more.": (6 - 1) * 16 + 1,
            "the stride of the first window is forgotten: it halves the edge, too.": (6 - 1) * 16 + 3,
            "the second window of block 1 costs two pixels as well.": ((6 - 1) * 16 + 1) * 2 + 1,
            "the first window costs a border, too: its last place ends where the image ends.": (
                ((6 - 1) * 16 + 3) * 2
            ),
        },
    )
    return "One pixel less, and Table II's 5 × 5 would come out."


@exercise(10, 4)
def head_parameters(answer):
    """The parameters of a head that averages 2,048 features and goes straight to softmax.

    Parameters
    ----------
    answer : int
        For four classes.
    """
    wanted = parameters("dense", _FEATURES, _CLASSES, bias=True)
    hidden = parameters("dense", _FEATURES, _HIDDEN, bias=True)
    match(
        number(answer, "number of parameters"),
        wanted,
        "averaging has no parameters; what is left is one dense layer from the averages to the classes.",
        {
            "the biases are missing: one for each class.": wanted - _CLASSES,
            "there is a bias for each class, not for each feature.": _FEATURES * (_CLASSES + 1),
            "this head flattens the grid; averaged, 2,048 numbers are left of 51,200.": (
                parameters("dense", 25 * _FEATURES, _CLASSES, bias=True)
            ),
            "this still has the hidden layer of 256 units.": (
                hidden + parameters("dense", _HIDDEN, _CLASSES, bias=True)
            ),
            "this is the hidden layer, which goes.": hidden,
            "this is the last layer of the paper's head, after the hidden one.": (
                parameters("dense", _HIDDEN, _CLASSES, bias=True)
            ),
            "this is the whole network; wanted is its head.": _XCEPTION + wanted,
        },
    )
    return "One sixteen-hundredth of the paper's head."

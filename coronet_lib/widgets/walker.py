"""The CoroNet walker: an image's way through the fourteen blocks of Xception and the head."""

from itertools import pairwise

import traitlets

from coronet_lib.layers import parameters
from coronet_lib.widgets._base import BrowserWidget, read

# Kind of each block, and the channels that its convolutions give, one after the other.
_BLOCKS = (
    ("plain", (32, 64)),
    ("halving", (128, 128)),
    ("halving", (256, 256)),
    ("halving", (728, 728)),
    *[("same", (728, 728, 728))] * 8,
    ("halving", (728, 1024)),
    ("last", (1536, 2048)),
)


class CoroNetWalker(BrowserWidget):
    """Choose the size of an image and follow its map, and the parameters, through CoroNet.

    Beside each map stand eight sample numbers: a chain of the same blocks, with eight channels at one
    place and made-up weights. They show what a ReLU in the wrong place does; no count and no shape does.

    Parameters
    ----------
    size : int, 71 to 299
        Edge of the square input in pixels.
    head : {"flatten", "gap"}
        As :func:`coronet_lib.models.coronet.coronet` takes it.
    relu_last : bool
        A ReLU after each addition, as in the paper's Figure 3, in place of the one that opens the block.

    Raises
    ------
    traitlets.TraitError
        If a setting is none of those above.
    """

    _esm = read("shared.js", "walker.js")
    _css = read("shared.css", "walker.css")

    size = traitlets.Int(150, min=71, max=299).tag(sync=True)
    head = traitlets.Enum(("flatten", "gap"), "flatten").tag(sync=True)
    relu_last = traitlets.Bool(False).tag(sync=True)
    units = traitlets.List([256, 4], read_only=True).tag(sync=True)
    """Of the head's two dense layers."""
    blocks = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, **settings):
        self.set_trait("blocks", list(_blocks()))
        super().__init__(**settings)


def _blocks():
    """Of each block what the figure reads: kind, channels that come out, parameters."""
    before = 3  # colours
    for kind, channels in _BLOCKS:
        yield {
            "kind": kind,
            "channels": channels[-1],
            "parameters": _parameters(kind, (before, *channels)),
        }
        before = channels[-1]


def _parameters(kind, channels):
    """Of a block's convolutions, each of them with the four numbers a channel of its batch normalisation."""
    convolution = "conv2d" if kind == "plain" else "separable_conv2d"
    layers = [(convolution, into, out, 3) for into, out in pairwise(channels)]
    if kind == "halving":
        layers.append(("pointwise_conv2d", channels[0], channels[-1]))  # the shortcut
    return sum(parameters(*layer) + 4 * layer[2] for layer in layers)

"""The separable cost explorer: what a layer costs in one step, and what it costs in two."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, read

# Separable layers of CoroNet as Table II has it, at 150 pixels: channels in and out, kernel, output size.
CORONET_LAYERS = {
    "block2_sepconv1": (64, 128, 3, 72),
    "block3_sepconv1": (128, 256, 3, 36),
    "block4_sepconv1": (256, 728, 3, 18),
    "block5_sepconv1": (728, 728, 3, 9),
    "block13_sepconv2": (728, 1024, 3, 9),
    "block14_sepconv2": (1536, 2048, 3, 5),
}


class SeparableCostExplorer(BrowserWidget):
    """Choose a layer's size and read what a full and a separable convolution of that size cost.

    Parameters
    ----------
    channels_in, channels_out : int, 1 to 2048
    kernel_size : int, 1 to 11
        Edge of the square window, in pixels.
    output_size : int, 1 to 150
        Edge of the square output map, in pixels; it counts for the multiplications only.

    Raises
    ------
    traitlets.TraitError
        If a setting is none of those above.

    Notes
    -----
    Counted as :mod:`coronet_lib.layers.cost` does: without biases, one depthwise kernel for each channel.
    """

    _esm = read("shared.js", "separable.js")
    _css = read("shared.css", "separable.css")

    channels_in = traitlets.Int(728, min=1, max=2048).tag(sync=True)
    channels_out = traitlets.Int(728, min=1, max=2048).tag(sync=True)
    kernel_size = traitlets.Int(3, min=1, max=11).tag(sync=True)
    output_size = traitlets.Int(9, min=1, max=150).tag(sync=True)
    layers = traitlets.List([[name, [*sizes]] for name, sizes in CORONET_LAYERS.items()], read_only=True).tag(
        sync=True
    )

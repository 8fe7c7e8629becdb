"""The pooling explorer: ReLU, then a window that keeps one number of each neighbourhood (equation 2)."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

MAX_EDGE = 64


class PoolingExplorer(BrowserWidget):
    """Rectify a feature map, pool it, move it, and read which pixels made each output pixel.

    Parameters
    ----------
    image : array_like, shape (height, width)
        A feature map of up to 64 pixels a side, of any finite values; negative ones show what ReLU does.
    activation : {"relu", "none"}
        What is applied before pooling.
    kind : {"max", "average", "l2"}
    size, stride : {1, 2, 3, 4}
        Edge of the window and its step, in pixels. A window of 1 with a step of 1 pools nothing.
    padding : {"valid", "same"}
        As Keras pads: padded pixels take no part.
    shift : {0, 1, 2, 3, 4}
        Pixels by which the image is moved to the right; its left column fills the gap.
    position : (int, int)
        Row and column of the output pixel that is taken apart, counted from 0.
    pinned : bool
        Whether that pixel stays where it is when the pointer moves over the map.

    Raises
    ------
    ValueError
        If the image is not two-dimensional, too large, or holds numbers that are not finite, or if there
        is no setting of that name.
    traitlets.TraitError
        If a setting has a value that is none of those above.
    """

    _esm = read("shared.js", "maps.js", "pooling.js")
    _css = read("shared.css", "maps.css")

    image = traitlets.List(read_only=True).tag(sync=True)
    activation = traitlets.Enum(["relu", "none"], "relu").tag(sync=True)
    kind = traitlets.Enum(["max", "average", "l2"], "max").tag(sync=True)
    size = traitlets.Int(2, min=1, max=4).tag(sync=True)
    stride = traitlets.Int(2, min=1, max=4).tag(sync=True)
    padding = traitlets.Enum(["valid", "same"], "valid").tag(sync=True)
    shift = traitlets.Int(0, min=0, max=4).tag(sync=True)
    position = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    pinned = traitlets.Bool(False).tag(sync=True)

    def __init__(self, image, **settings):
        image = finite_array("image", image, (2,))
        if max(image.shape) > MAX_EDGE:
            raise ValueError(f"image wants at most {MAX_EDGE} × {MAX_EDGE} pixels, got shape {image.shape}")
        super().__init__(**settings)
        self.set_trait("image", image.tolist())

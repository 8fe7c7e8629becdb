"""The convolution explorer: one kernel, one patch, every number of one output pixel (equation 1)."""

import numpy as np
import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

PRESETS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "blur": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "edge": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}
MAX_EDGE, MAX_CHANNELS = 64, 3


class ConvolutionExplorer(BrowserWidget):
    """Slide an editable 3 × 3 kernel over a patch and read the nine products behind each output pixel.

    Parameters
    ----------
    image : array_like, shape (height, width) or (height, width, channels)
        Up to 64 pixels a side and three channels, of any finite values.
    kernel : str or array_like, shape (3, 3) or (3, 3, channels)
        A name from ``PRESETS`` or the weights; a single slice is used for every channel.
    stride : {1, 2, 3}
    padding : {"valid", "same"}
        As Keras pads.
    dilation : {1, 2}
    operation : {"correlation", "convolution"}
        A convolution turns the kernel by 180 degrees first; the paper's equation (1) does not.
    layers : {1, 2, 3}
        How many times the operation is applied in a row, to see the receptive field grow.
        Deeper layers read one map, so they use the first slice of the kernel.
    position : (int, int)
        Row and column of the output pixel that is taken apart, counted from 0.
    pinned : bool
        Whether that pixel stays where it is when the pointer moves over the map.
    channel : int
        The channel of the image that is shown and whose slice of the kernel can be edited.

    Raises
    ------
    ValueError
        If the image or the kernel has another shape, or holds numbers that are not finite.
    traitlets.TraitError
        If a setting is none of those above.
    """

    _esm = read("shared.js", "maps.js", "convolution.js")
    _css = read("shared.css", "maps.css", "convolution.css")

    image = traitlets.List(read_only=True).tag(sync=True)
    kernel = traitlets.Any().tag(sync=True)
    stride = traitlets.Int(1, min=1, max=3).tag(sync=True)
    padding = traitlets.Enum(["valid", "same"], "valid").tag(sync=True)
    dilation = traitlets.Int(1, min=1, max=2).tag(sync=True)
    operation = traitlets.Enum(["correlation", "convolution"], "correlation").tag(sync=True)
    layers = traitlets.Int(1, min=1, max=3).tag(sync=True)
    position = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    pinned = traitlets.Bool(False).tag(sync=True)
    channel = traitlets.Int(0).tag(sync=True)
    presets = traitlets.List([[*preset] for preset in PRESETS.items()], read_only=True).tag(sync=True)

    def __init__(self, image, kernel="sobel_x", **settings):
        image = finite_array("image", image, (2, 3))
        image = image.reshape(*image.shape[:2], -1)
        if max(image.shape[:2]) > MAX_EDGE or image.shape[2] > MAX_CHANNELS:
            raise ValueError(
                f"image wants at most {MAX_EDGE} × {MAX_EDGE} pixels and {MAX_CHANNELS} channels, "
                f"got shape {image.shape}"
            )
        self.set_trait("image", image.tolist())  # first: it says which channels there are
        super().__init__(**settings)
        self.kernel = kernel  # last: its shape is checked against the image's channels

    @traitlets.validate("channel")
    def _one_of_the_channels(self, proposal):
        channel = proposal["value"]
        if self.image and not 0 <= channel < np.shape(self.image)[2]:
            raise ValueError(f"channel wants 0 to {np.shape(self.image)[2] - 1}, got {channel}")
        return channel

    @traitlets.validate("kernel")
    def _whole_kernel(self, proposal):
        kernel = proposal["value"]
        if isinstance(kernel, str):
            if kernel not in PRESETS:
                raise ValueError(f"kernel {kernel!r} is none of {', '.join(PRESETS)}")
            kernel = PRESETS[kernel]
        kernel = finite_array("kernel", kernel, (2, 3))
        channels = np.shape(self.image)[2]
        slices = np.repeat(kernel[..., None], channels, axis=2) if kernel.ndim == 2 else kernel
        if slices.shape != (3, 3, channels):
            raise ValueError(f"kernel wants shape (3, 3) or (3, 3, {channels}), got {kernel.shape}")
        return slices.tolist()

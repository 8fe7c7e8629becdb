"""The batch norm explorer: batch statistics, moving averages, and what one value becomes with either."""

import traitlets

from coronet_lib.widgets._base import BrowserWidget, finite_array, read

MAX_BATCH = 64
MAX_STEPS = 300
MOMENTA = (0.0, 0.5, 0.9, 0.99, 0.999)


class BatchNormExplorer(BrowserWidget):
    """Train one channel of a batch normalisation layer, batch by batch, and compare its two modes.

    The layer is fresh: its moving mean is 0, its moving variance 1; scale and shift stay 1 and 0. The
    batches are the numbers in their order, from the beginning again after the last.

    Parameters
    ----------
    numbers : array_like, shape (n,)
        What the channel holds for n X-rays, in the order in which they are drawn; at least two.
    value : float
        Takes the place of the first number of the last batch; this one is followed.
    batch_size : int, 1 to 64
    momentum : {0, 0.5, 0.9, 0.99, 0.999}
        Share of the moving averages that survives a step.
    steps : int, 1 to 300
        Training batches so far.

    Raises
    ------
    ValueError
        If the numbers are not one-dimensional, not finite or only one.
    traitlets.TraitError
        If a setting is none of those above.
    """

    _esm = read("shared.js", "charts.js", "batch_norm.js")
    _css = read("shared.css", "charts.css", "batch_norm.css")

    numbers = traitlets.List(read_only=True).tag(sync=True)
    value = traitlets.Any(0.0).tag(sync=True)
    batch_size = traitlets.Int(10, min=1, max=MAX_BATCH).tag(sync=True)
    momentum = traitlets.Enum(MOMENTA, 0.99).tag(sync=True)
    steps = traitlets.Int(20, min=1, max=MAX_STEPS).tag(sync=True)

    def __init__(self, numbers, value=None, **settings):
        numbers = finite_array("numbers", numbers, (1,))
        if len(numbers) < 2:
            raise ValueError(f"numbers want at least 2 X-rays, got shape {numbers.shape}")
        super().__init__(value=numbers[0] if value is None else value, **settings)
        self.set_trait("numbers", numbers.tolist())

    @traitlets.validate("value")
    def _finite(self, proposal):
        return float(finite_array("value", proposal["value"], (0,)))

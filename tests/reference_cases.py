"""Layer shapes and options for hypothesis, shared by the tests against SciPy and those against Keras."""

from dataclasses import dataclass

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

# Derandomized, so that a run of the tests says the same thing twice.
QUICK = settings(max_examples=80, derandomize=True, database=None)
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


@dataclass(frozen=True)
class Case:
    """A layer to try; what hypothesis prints of a failure is enough to rebuild it."""

    shape: tuple  # (batch, height, width, channels) of what comes in
    window: tuple
    stride: tuple
    dilation: tuple
    padding: str
    channels_out: int
    dtype: str
    seed: int

    @property
    def options(self):
        """The layer's options under the names of coronet_lib."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    def arrays(self, *shapes):
        """Normal random numbers of the given shapes, locked so that no layer may write to them."""
        rng = np.random.default_rng(self.seed)
        arrays = [rng.normal(size=shape).astype(self.dtype) for shape in shapes]
        for array in arrays:
            array.flags.writeable = False
        return arrays

    def close(self, got, wanted):
        """Assert that the numbers agree as closely as the case's type can, and have that type."""
        assert got.dtype == self.dtype
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=TOLERANCE[self.dtype], atol=TOLERANCE[self.dtype])


@st.composite
def cases(
    draw,
    paddings=("valid", "same"),
    strides=(1, 2, 3, 7),
    dilations=(1, 2, 3),
    square=False,
    either=False,
    odd=False,
):
    """Draw a :class:`Case` in which the window fits somewhere.

    ``square`` wants equal steps both ways, ``either`` a stride or a dilation but not both (Keras has no
    layer with both), ``odd`` wants odd windows.
    """

    def both_ways(values):
        one = st.sampled_from(values)
        return one.map(lambda value: (value, value)) if square else st.tuples(one, one)

    padding = draw(st.sampled_from(paddings))
    taps = st.sampled_from((1, 3, 5) if odd else (1, 2, 3, 4, 5))
    window = draw(st.tuples(taps, taps))
    dilation = draw(both_ways(dilations))
    stride = draw(both_ways((1,) if either and dilation != (1, 1) else strides))
    extent = [(taps - 1) * step + 1 for taps, step in zip(window, dilation, strict=True)]
    least = extent if padding == "valid" else (1, 1)
    sides = [draw(st.integers(pixels, pixels + 7)) for pixels in least]
    return Case(
        shape=(draw(st.integers(1, 3)), *sides, draw(st.integers(1, 3))),
        window=window,
        stride=stride,
        dilation=dilation,
        padding=padding,
        channels_out=draw(st.integers(1, 3)),
        dtype=draw(st.sampled_from(("float32", "float64"))),
        seed=draw(st.integers(0, 99)),
    )

"""A picture of Xception, read off a built model: one row a block, its layers, its shortcut, what comes out.

Batch normalisation follows every convolution, so the picture leaves it out; it is counted with its block.
"""

import re
from dataclasses import dataclass
from itertools import groupby

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

# Layer type: what the box says, its width, its colour. None of the colours is that of a class.
_STEPS = {
    "Conv2D": ("conv", 0.95, "#E69F00"),
    "SeparableConv2D": ("separable", 0.95, "#8CCBF0"),
    "MaxPooling2D": ("max pool", 0.95, "#F0E442"),
    "ReLU": ("ReLU", 0.5, "#E5E5E5"),
    "Add": ("+", 0.3, "white"),
}
# In the units of the boxes' widths.
_GAP, _ROW, _HEIGHT = 0.13, 0.92, 0.46
_SHAPE_END, _PARAMETERS_END = 6.95, 8.4
_SMALL = 7  # points
_LAST_BLOCK_OF_FLOW = {"entry flow": 4, "middle flow": 12, "exit flow": 14}  # Chollet's numbers


@dataclass(frozen=True)
class Step:
    """One layer of a block's main path; ``channels`` is None for layers that keep the number."""

    kind: str
    window: int | None = None
    stride: int = 1
    channels: int | None = None


@dataclass(frozen=True)
class Block:
    """One numbered block.

    Parameters
    ----------
    number : int
        From 1 to 14, as in the layers' names.
    steps : tuple of Step
        Its main path in order, without batch normalisation.
    shortcut : {"identity", "conv"} or None
    shape : (int, int, int)
        Height, width and channels of its output.
    parameters : int
        With those of its shortcut and its batch normalisations.
    """

    number: int
    steps: tuple
    shortcut: str | None
    shape: tuple
    parameters: int

    @property
    def flow(self):
        """Which of Xception's three flows it belongs to."""
        return next(flow for flow, last in _LAST_BLOCK_OF_FLOW.items() if self.number <= last)


def blocks(model):
    """The blocks of an Xception or CoroNet, in order.

    Parameters
    ----------
    model : keras.Model
        Its layers are named as in :mod:`coronet_lib.models.xception`; others, as a head, are passed over.

    Returns
    -------
    list of Block

    Raises
    ------
    ValueError
        If no layer has such a name.
    """
    members = {}
    for layer in model.layers:
        if match := re.match(r"block(\d+)_", layer.name):
            members.setdefault(int(match[1]), []).append(layer)
    if not members:
        raise ValueError(f"{model.name!r} has no layers named block1_… as Xception has; nothing to draw")
    return [_block(number, members[number]) for number in sorted(members)]


def _block(number, layers):
    main = [layer for layer in layers if "_shortcut" not in layer.name and _kind(layer) in _STEPS]
    shortcut = None
    if _kind(main[-1]) == "Add":
        shortcut = "identity" if not any("_shortcut" in layer.name for layer in layers) else "conv"
    return Block(
        number,
        tuple(_step(layer) for layer in main),
        shortcut,
        tuple(main[-1].output.shape[1:]),
        sum(layer.count_params() for layer in layers),
    )


def _kind(layer):
    return type(layer).__name__


def _step(layer):
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if window is None:
        return Step(_kind(layer))
    return Step(_kind(layer), window[0], layer.strides[0], getattr(layer, "filters", None))


def draw(model, *, width=7.2, counts=True):
    """Draw the blocks of an Xception or CoroNet; equal ones in a row are drawn once.

    Parameters
    ----------
    model : keras.Model
        As for :func:`blocks`.
    width : float
        Of the figure, in inches.
    counts : bool
        Whether each row ends with what comes out of the block and with its parameters.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the model has no such blocks.
    """
    alike = [list(group) for _, group in groupby(blocks(model), key=_without_number)]
    left, right, top, bottom = -1.9, _PARAMETERS_END, 0.9, -_ROW * (len(alike) - 1) - 0.3
    figure, axis = plt.subplots(figsize=(width, width * (top - bottom) / (right - left)))
    axis.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axis.set_axis_off()
    height, wide, channels = model.input_shape[1:]
    header = {"y": 0.75, "fontsize": "small", "va": "center"}
    axis.text(-0.1, s=f"{height} × {wide} × {channels} pixels come in;  ½ is a stride of 2", **header)
    for row, group in enumerate(alike):
        _draw_row(axis, -_ROW * row, group)
        if counts:
            _write_counts(axis, -_ROW * row, group)
    if counts:
        axis.text(_SHAPE_END, s="comes out", ha="right", **header)
        axis.text(_PARAMETERS_END, s="parameters", ha="right", **header)
    _draw_flows(axis, [group[0].flow for group in alike])
    return figure


def _without_number(block):
    return block.flow, block.steps, block.shortcut, block.shape, block.parameters


def _draw_row(axis, y, group):
    block = group[0]
    first, last = block.number, group[-1].number
    name = f"block {first}" if first == last else f"blocks {first}–{last}"
    axis.text(-0.3, y, name, ha="right", va="center", fontsize="small")
    left, middles = 0.0, []
    for step in block.steps:
        wide = _STEPS[step.kind][1]
        _draw_step(axis, left, y, step)
        middles.append(left + wide / 2)
        left += wide + _GAP
    axis.annotate("", (left + 0.05, y), (-0.22, y), arrowprops={"arrowstyle": "->", "color": "0.3"}, zorder=0)
    if block.shortcut:
        _draw_shortcut(axis, middles[-1], y, block.shortcut)


def _write_counts(axis, y, group):
    block, times = group[0], f"{len(group)} × " if len(group) > 1 else ""
    column = {"y": y, "fontsize": "small", "va": "center", "ha": "right"}
    axis.text(_SHAPE_END, s="{} × {} × {:,}".format(*block.shape), **column)
    axis.text(_PARAMETERS_END, s=f"{times}{block.parameters:,}", **column)


def _draw_step(axis, left, y, step):
    label, wide, colour = _STEPS[step.kind]
    if step.window:
        label += f"\n{step.window}×{step.window}"
        label += f", {step.channels}" if step.channels else ""
        label += ", ½" if step.stride == 2 else ""
    box = FancyBboxPatch(
        (left, y - _HEIGHT / 2),
        wide,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.06",
        fc=colour,
        ec="0.3",
        lw=0.8,
    )
    axis.add_patch(box)
    axis.text(left + wide / 2, y, label, ha="center", va="center", fontsize=_SMALL, linespacing=1.1)


def _draw_shortcut(axis, end, y, kind):
    """A line over the row, from what comes in to the addition; a box on it if it has weights."""
    top = y + 0.42
    colour = _STEPS["Conv2D"][2] if kind == "conv" else "0.3"
    axis.plot([-0.1, -0.1, end], [y, top, top], color=colour, lw=1.5, zorder=0)
    axis.add_patch(
        FancyArrowPatch(
            (end, top), (end, y + _HEIGHT / 2), arrowstyle="->", mutation_scale=8, color=colour, lw=1.5,
            shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
    label = "1 × 1 conv, ½" if kind == "conv" else "unchanged"
    axis.text(
        end / 2, top, label, ha="center", va="center", fontsize=_SMALL,
        bbox={"fc": colour if kind == "conv" else "white", "ec": "none", "pad": 1.2},
    )  # fmt: skip


def _draw_flows(axis, flows):
    """A bracket beside the rows of each flow."""
    row = 0
    for flow, group in groupby(flows):
        rows = len(list(group))
        top, bottom = 0.44 - _ROW * row, -0.26 - _ROW * (row + rows - 1)
        axis.plot([-1.6, -1.6], [bottom, top], color="0.6", lw=3, solid_capstyle="butt")
        axis.text(-1.77, (top + bottom) / 2, flow, rotation=90, ha="center", va="center", fontsize=_SMALL)
        row += rows

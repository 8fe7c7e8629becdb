"""X-rays side by side, with what is known or answered of each.  Nothing here shows a figure by itself."""

import matplotlib.pyplot as plt
import numpy as np

from coronet_lib.classes import TITLES
from coronet_lib.figures.style import COLOURS, MARK, ON_MAP


def show_xrays(images, titles=None, *, masks=None, maps=None, limit=None, columns=4, width=7.0):
    """X-rays side by side, on one grey scale.

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 1 or 3)
        uint8, or float in [0, 1].
    titles : sequence of str, optional
    masks : bool array, shape (n, height, width), optional
        Their outlines are drawn, over ``maps`` in a colour that these have not.
    maps : float array, shape (n, height, width), optional
        Laid over the X-rays: orange above zero, purple below, clear where they are zero.
    limit : float, optional
        What has the full colour; by default the largest size in each map, so that no two can be compared.
    columns : int
    width : float
        Of the figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    images = np.asarray(images)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    cell = width / columns
    height = cell * images.shape[1] / images.shape[2] + (0.3 if titles is not None else 0.05)
    figure, axes = plt.subplots(rows, columns, figsize=(width, rows * height), squeeze=False)
    top = 255 if images.dtype == np.uint8 else 1
    for i, axis in enumerate(axes.flat):
        axis.set_axis_off()
        if i >= len(images):
            continue
        axis.imshow(images[i], vmin=0, vmax=top)
        if maps is not None:
            share = np.clip(maps[i] / (limit or np.abs(maps[i]).max() or 1), -1, 1)
            axis.imshow(share, cmap="PuOr_r", vmin=-1, vmax=1, alpha=0.75 * np.sqrt(np.abs(share)))
        if titles is not None:
            axis.set_title(titles[i], fontsize="medium", parse_math=False)  # a name of a file may have a $
        if masks is not None and masks[i].any():
            colour = MARK if maps is None else ON_MAP
            axis.contour(masks[i], levels=[0.5], colors=colour, linewidths=1.2)
    return figure


def class_scores(images, scores, true, classes, *, columns=4, width=7.0):
    """X-rays with the score of each class below them, right and wrong answers told apart (Figure 8).

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 1 or 3)
        uint8, or float in [0, 1].
    scores : float array, shape (n, k)
        0 to 1; the largest of a row is the answer.
    true : int array, shape (n,), optional
        Without it, the answer stands above.
    classes : sequence of str
        Names of the k classes.
    columns : int
    width : float
        Of the figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure
        Its axes come in pairs: X-ray, bars.

    Raises
    ------
    ValueError
        If the parts do not belong together.
    """
    images, scores = np.asarray(images), np.asarray(scores)
    known = true is not None
    true = np.asarray(true) if known else scores.argmax(axis=1)
    if scores.shape != (len(images), len(classes)) or true.shape != (len(images),):
        raise ValueError(
            f"{len(images)} images of {len(classes)} classes want scores of shape "
            f"{(len(images), len(classes))} and as many true classes, got {scores.shape} and {true.shape}"
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    picture, bars = width / columns * images.shape[1] / images.shape[2], 0.18 * len(classes)
    figure = plt.figure(figsize=(width, rows * (picture + bars + 0.5)))
    grid = figure.add_gridspec(3 * rows, columns, height_ratios=[picture, bars, 0.1] * rows)  # and a gap
    top = 255 if images.dtype == np.uint8 else 1
    for i, (row, label) in enumerate(zip(scores, true, strict=True)):
        at = 3 * (i // columns), i % columns
        answer = row.argmax()
        right = answer == label
        above = figure.add_subplot(grid[at])
        above.imshow(images[i], vmin=0, vmax=top)
        above.set_axis_off()
        title = (
            f"{'✓ ' * known}{TITLES[classes[label]]}"
            if right
            else f"✗ {TITLES[classes[label]]},\nnot {TITLES[classes[answer]]}"
        )
        above.set_title(title, fontsize="small", fontweight="normal" if right else "bold")
        below = figure.add_subplot(grid[at[0] + 1, at[1]])
        drawn = below.barh(range(len(row)), row, color=[COLOURS[name] for name in classes])
        below.bar_label(drawn, [f"{100 * score:.0f} %" for score in row], padding=2, fontsize="x-small")
        below.set(xlim=(0, 1.3), xticks=[])
        below.set_yticks(range(len(row)), [TITLES[name] if i % columns == 0 else "" for name in classes])
        below.invert_yaxis()
        below.tick_params(axis="y", length=0, labelsize="x-small")
        below.spines["bottom"].set_visible(False)
    return figure

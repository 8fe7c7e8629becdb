"""Plots that several chapters share.  Each returns matplotlib's figure or axes and shows nothing itself.

One class has one colour through the whole book; the colours are Okabe and Ito's,
which readers with any colour vision can tell apart.
"""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from coronet_lib.classes import TITLES

COLOURS = {
    "covid19": "#D55E00",
    "normal": "#009E73",
    "pneumonia": "#0072B2",
    "pneumonia_bacterial": "#0072B2",
    "pneumonia_viral": "#CC79A7",
}


def use_style():
    """Set matplotlib's defaults for the book: readable at page width, nothing superfluous."""
    sns.set_theme(
        style="ticks",
        rc={
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "font.size": 10,
            "image.cmap": "gray",
        },
    )


def show_xrays(images, titles=None, *, masks=None, columns=4, width=7.0):
    """X-rays side by side, on one grey scale.

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 1 or 3)
        uint8, or float in [0, 1].
    titles : sequence of str, optional
    masks : bool array, shape (n, height, width), optional
        Their outlines are drawn.
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
        if titles is not None:
            axis.set_title(titles[i], fontsize="small")
        if masks is not None and masks[i].any():
            axis.contour(masks[i], levels=[0.5], colors=COLOURS["covid19"], linewidths=1)
    return figure


def confusion(matrix, classes, *, title="", axis=None, bar=True):
    """A confusion matrix with counts in the cells, shaded by the share of the true class.

    Parameters
    ----------
    matrix : int array, shape (k, k)
        Rows true, columns predicted.
    classes : sequence of str
    title : str
    axis : matplotlib.axes.Axes, optional
    bar : bool
        Whether a colour bar explains the shading; of several matrices side by side, one is enough.

    Returns
    -------
    matplotlib.axes.Axes
    """
    matrix = np.asarray(matrix)
    if axis is None:
        _, axis = plt.subplots(figsize=(1.2 * len(classes) + 1.2, 1.0 * len(classes) + 0.6))
    names = [TITLES[name].replace(" ", "\n") for name in classes]
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    sns.heatmap(
        shares,
        vmin=0,
        vmax=1,
        annot=matrix,
        fmt="d",
        cmap="Blues",
        square=True,
        linewidths=1,
        xticklabels=names,
        yticklabels=names,
        cbar=bar,
        cbar_kws={"label": "share of the true class"} if bar else None,
        ax=axis,
    )
    axis.set(xlabel="predicted", ylabel="true", title=title)
    axis.tick_params(length=0)
    axis.set_xticklabels(names, rotation=0)
    axis.set_yticklabels(names, rotation=0)
    return axis


def learning_curves(history, *, title=""):
    """Loss and accuracy by epoch, training and validation (the paper's Figure 4).

    Parameters
    ----------
    history : pandas.DataFrame
        As :func:`coronet_lib.training.fit` returns it.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.8), sharex=True)
    for axis, metric in zip(axes, ("loss", "accuracy"), strict=True):
        for column, label, style in ((metric, "training", "--"), (f"val_{metric}", "validation", "-")):
            axis.plot(history["epoch"], history[column], style, color="#0072B2", label=label)
            axis.annotate(
                label, (history["epoch"].iloc[-1], history[column].iloc[-1]), (4, 0),
                textcoords="offset points", va="center", fontsize="small",
            )  # fmt: skip
        axis.set(xlabel="epoch", ylabel=metric)
        axis.margins(x=0.02)
    axes[1].set_ylim(0, 1.02)
    figure.suptitle(title, x=0, ha="left", fontsize="medium")
    return figure


def class_bars(values, *, xlabel, title="", axis=None):
    """One horizontal bar a class, in the class's colour, with the number at its end.

    Parameters
    ----------
    values : mapping of str to number
        Class name to value.
    xlabel, title : str
    axis : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    if axis is None:
        _, axis = plt.subplots(figsize=(6, 0.4 * len(values) + 0.9))
    names = list(values)
    bars = axis.barh(
        [TITLES[n] for n in names], [values[n] for n in names], color=[COLOURS[n] for n in names]
    )
    axis.bar_label(bars, padding=3, fontsize="small")
    axis.invert_yaxis()
    axis.set(xlabel=xlabel, title=title)
    axis.tick_params(axis="y", length=0)
    return axis


def class_scores(images, scores, true, classes, *, columns=4, width=7.0):
    """X-rays with the score of each class below them, right and wrong answers told apart (Figure 8).

    Parameters
    ----------
    images : array, shape (n, height, width) or (n, height, width, 1 or 3)
        uint8, or float in [0, 1].
    scores : float array, shape (n, k)
        0 to 1; the largest of a row is the answer.
    true : int array, shape (n,)
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
    images, scores, true = np.asarray(images), np.asarray(scores), np.asarray(true)
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
            f"✓ {TITLES[classes[label]]}"
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

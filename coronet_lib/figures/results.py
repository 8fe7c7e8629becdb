"""Plots of results.  Each returns matplotlib's figure or axes and shows nothing itself."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

from coronet_lib.classes import TITLES
from coronet_lib.figures.style import COLOURS


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


def class_bars(values, *, xlabel, title=""):
    """One horizontal bar a class, in the class's colour, with the number at its end.

    Parameters
    ----------
    values : mapping of str to number
        Class name to value.
    xlabel, title : str

    Returns
    -------
    matplotlib.axes.Axes
    """
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


COLOUR, OTHERS = "#0072B2", "#444444"


def forest(table, *, xlabel, title="", line=None):
    """One row a system or pair: a dot at the estimate, a bar over its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by what a row is called; columns ``estimate``, ``low`` and ``high``.
    xlabel, title : str
    line : float, optional
        Where a vertical line marks what to compare with, such as 0 for differences.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axis = plt.subplots(figsize=(6, 0.3 * len(table) + 0.9))
    rows = np.arange(len(table))
    if line is not None:
        axis.axvline(line, color=OTHERS, linewidth=1)
    axis.hlines(rows, table["low"], table["high"], color=COLOUR, linewidth=2)
    axis.plot(table["estimate"], rows, "o", color=COLOUR)
    axis.set_yticks(rows, table.index)
    axis.invert_yaxis()
    axis.tick_params(axis="y", length=0)
    axis.set(xlabel=xlabel, title=title)
    return figure


def accuracy_against(table, *, title=""):
    """Accuracy against parameters and multiply-accumulates, one labelled point a system in each panel.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by system; columns ``accuracy``, ``low`` and ``high`` (0 to 1), ``parameters`` and
        ``macs``.  A system whose cost is missing is left out of that panel.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    height = 0.2 * len(table) + 1.6
    figure, axes = plt.subplots(2, figsize=(6, 2 * height))
    bottom, top = 100 * table["low"].min() - 2, min(100 * table["high"].max() + 2, 102)
    costs = {"parameters": "parameters", "macs": "multiply-accumulates an image"}
    for axis, (cost, xlabel) in zip(axes, costs.items(), strict=True):
        there = table[table[cost].notna()].sort_values("accuracy")
        x, y = there[cost].to_numpy(float), 100 * there["accuracy"].to_numpy(float)
        axis.vlines(x, 100 * there["low"], 100 * there["high"], color=COLOUR, alpha=0.4)
        axis.plot(x, y, "o", color=COLOUR)
        axis.set(xscale="log", xlabel=xlabel, ylabel="accuracy (%)", ylim=(bottom, top))
        heights = spread(y, gap=(top - bottom) / (axis.bbox.height / 14), low=bottom, high=top)
        for name, place, height in zip(there.index, zip(x, y, strict=True), heights, strict=True):
            axis.annotate(
                name, place, (1.03, height), textcoords=axis.get_yaxis_transform(), fontsize="small",
                va="center", arrowprops={"arrowstyle": "-", "color": OTHERS, "alpha": 0.3, "linewidth": 0.8},
            )  # fmt: skip
    figure.suptitle(title, x=0, ha="left", fontsize="medium")
    return figure


def spread(heights, gap, low, high):
    """Move ascending numbers apart until neighbours differ by ``gap``, as little as need be.

    Parameters
    ----------
    heights : float array, ascending
    gap, low, high : float
        Smallest difference, and the range to stay in, as long as there is room.

    Returns
    -------
    float array
    """
    gap = min(gap, (high - low) / max(1, len(heights) - 1))
    steps = gap * np.arange(len(heights))
    # After the steps are taken off, "at least a gap apart" means "ascending".
    raised = np.maximum.accumulate(np.asarray(heights) - steps)
    lowered = np.minimum.accumulate((np.asarray(heights) - steps)[::-1])[::-1]
    return np.clip((raised + lowered) / 2, low, high - steps[-1]) + steps

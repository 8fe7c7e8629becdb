"""Plots of results.  Each returns matplotlib's figure or axes and shows nothing itself."""

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.ticker import EngFormatter, MaxNLocator

from coronet_lib.classes import TITLES
from coronet_lib.figures.style import COLOURS, FIRST, QUIET, SECOND


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
        axis.plot(history["epoch"], history[metric], "--", color=SECOND, label="training")
        axis.plot(history["epoch"], history[f"val_{metric}"], "-", color=FIRST, label="validation")
        axis.set(xlabel="epoch", ylabel=metric)
        axis.margins(x=0.02)
    axes[0].legend(loc="upper right")
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[1].set_ylim(0, 1.02)
    figure.suptitle(title, x=0, ha="left")
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
    if line is not None:
        axis.axvline(line, color=QUIET, linewidth=1)
    _rows(axis, table.index, table["estimate"], table["low"], table["high"])
    axis.set(xlabel=xlabel, title=title)
    return figure


def _rows(axis, names, estimates, lows, highs):
    """A row for each name, the first on top, with a dot and a bar."""
    rows = np.arange(len(names))
    axis.hlines(rows, lows, highs, color=FIRST, linewidth=2)
    axis.plot(estimates, rows, "o", color=FIRST)
    axis.set_yticks(rows, names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)


def accuracy_against(table, *, title=""):
    """Accuracy of systems from the cheapest down: by parameters, and by multiply-accumulates.

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
    costs = {"parameters": "parameters", "macs": "multiply-accumulates an image"}
    ordered = [table[table[cost].notna()].sort_values(cost) for cost in costs]
    sizes = [len(there) for there in ordered]
    figure, axes = plt.subplots(2, figsize=(7, 0.28 * sum(sizes) + 1.8), sharex=True, height_ratios=sizes)
    short = EngFormatter(places=1)
    for axis, there, (cost, words) in zip(axes, ordered, costs.items(), strict=True):
        names = [f"{name} · {short(number)}" for name, number in there[cost].items()]
        _rows(axis, names, *(100 * there[["accuracy", "low", "high"]]).to_numpy(float).T)
        axis.set_title(f"from few {words} to many", fontsize="medium")
    axes[1].set_xlabel("accuracy (%)")
    figure.suptitle(title, x=0, ha="left")
    return figure

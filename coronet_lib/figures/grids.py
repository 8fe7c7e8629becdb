"""Small arrays drawn as squares with their numbers, for what an index or a product does."""

import matplotlib.pyplot as plt
import numpy as np

_TINTS = ("#FBE3B0", "#CBE4F7", "#D6EBCB", "#EBD3E6")  # under dark digits; none is the colour of a class


def show_numbers(arrays, titles, *, groups=None, width=7.0):
    """Arrays side by side, a square for each number; what belongs together has one colour.

    Parameters
    ----------
    arrays : sequence of array
        Of one or two dimensions; one of one is drawn as a row.
    titles : sequence of str
        One for each array.
    groups : sequence of int array, optional
        For each array one of its shape; equal numbers give one colour, which repeats after four.
    width : float
        Of the figure, in inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the groups have not the shapes of the arrays.
    """
    arrays = [np.atleast_2d(array) for array in arrays]
    groups = [np.zeros(array.shape, int) for array in arrays] if groups is None else groups
    groups = [np.atleast_2d(group) for group in groups]
    if [group.shape for group in groups] != [array.shape for array in arrays]:
        raise ValueError(
            f"groups want the shapes of the arrays, {[array.shape for array in arrays]}, "
            f"got {[group.shape for group in groups]}"
        )
    rows, columns = max(len(array) for array in arrays), [array.shape[1] for array in arrays]
    square = min(width / (sum(columns) + len(arrays)), 0.6)  # inches
    figure, axes = plt.subplots(
        1, len(arrays), figsize=(width, rows * square + 0.4), squeeze=False, width_ratios=columns
    )
    for axis, array, group, title in zip(axes.flat, arrays, groups, titles, strict=True):
        for (i, j), number in np.ndenumerate(array):
            axis.add_patch(plt.Rectangle((j, i), 1, 1, fc=_TINTS[group[i, j] % len(_TINTS)], ec="0.4"))
            axis.text(j + 0.5, i + 0.5, f"{number:g}", ha="center", va="center", color="0.1")
        axis.set(xlim=(0, array.shape[1]), ylim=(len(array), 0), aspect="equal", anchor="N")
        axis.set_axis_off()
        axis.set_title(title, loc="center", fontsize="small", parse_math=False)
    return figure

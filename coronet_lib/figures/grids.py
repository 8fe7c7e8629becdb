"""Small arrays drawn as squares with their numbers, for what an index or a product does."""

import matplotlib.pyplot as plt
import numpy as np

_TINTS = ("#FBE3B0", "#CBE4F7", "#D6EBCB", "#EBD3E6")  # under dark digits; none is the colour of a class
_GAP = 1.2  # squares between two arrays
_WIDEST, _SQUARE = 7.0, 0.55  # inches of a figure, and of a square where there is room


def show_numbers(arrays, titles, *, groups=None):
    """Arrays side by side, a square for each number; what belongs together has one colour.

    Parameters
    ----------
    arrays : sequence of array
        Of one or two dimensions; one of one is drawn as a row.
    titles : sequence of str
        One for each array, of one line or two.
    groups : sequence of int array, optional
        For each array one of its shape; equal numbers give one colour, which repeats after four.

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
    shapes = [array.shape for array in arrays]
    if [group.shape for group in groups] != shapes:
        raise ValueError(
            f"groups want the shapes of the arrays, {shapes}, got {[group.shape for group in groups]}"
        )
    above = 0.5 + 0.5 * max(title.count("\n") + 1 for title in titles)
    high, wide = max(rows for rows, _ in shapes), sum(columns + _GAP for _, columns in shapes)
    square = min(_WIDEST / wide, _SQUARE)
    figure, axis = plt.subplots(figsize=(wide * square, (high + above) * square))
    left = 0
    for array, group, title in zip(arrays, groups, titles, strict=True):
        for (row, column), number in np.ndenumerate(array):
            colour, corner = _TINTS[group[row, column] % len(_TINTS)], (left + column, row)
            axis.add_patch(plt.Rectangle(corner, 1, 1, fc=colour, ec="0.4"))
            middle = {"ha": "center", "va": "center", "color": "0.1", "fontsize": "small"}
            axis.text(left + column + 0.5, row + 0.5, f"{float(number):g}", **middle)
        above_it = {"ha": "center", "va": "bottom", "fontsize": "small", "parse_math": False}
        axis.text(left + array.shape[1] / 2, -0.15, title, **above_it)
        left += array.shape[1] + _GAP
    axis.set(xlim=(-_GAP / 2, wide - _GAP / 2), ylim=(high + 0.1, -above), aspect="equal")
    axis.set_axis_off()
    return figure

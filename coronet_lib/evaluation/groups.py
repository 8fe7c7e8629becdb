"""Who a mean hides (Oakden-Rayner et al. 2020): shares right by group, and answers that a change turns."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from coronet_lib.evaluation.uncertainty import wilson_interval


class Group(NamedTuple):
    """Result of :func:`worst_group`."""

    name: object
    """The group, as ``groups`` calls it."""
    images: int
    """How many images it has."""
    right: float
    """The share of them that is right, 0 to 1."""


def by_group(right, groups):
    """The share of right answers in each group.

    Parameters
    ----------
    right : bool array, shape (n,)
        Whether each answer is right.
    groups : array, shape (n,)
        Which group each image is in, such as its hospital, or its class with a marker and without.

    Returns
    -------
    pandas.DataFrame
        One row a group, sorted by name: ``group``, ``images``, ``right``, and ``low`` and ``high``, the
        Wilson interval of that share.  It takes images as independent.

    Raises
    ------
    ValueError
        If the two differ in length, or there is no image.
    """
    right, groups = _beside(right, groups)
    table = pd.DataFrame({"group": groups, "right": right}).groupby("group")["right"]
    counted = table.agg(images="size", found="sum")
    low, high = zip(*(wilson_interval(found, images) for images, found in counted.to_numpy()), strict=True)
    counted = counted.assign(right=counted["found"] / counted["images"], low=low, high=high)
    return counted.drop(columns="found").reset_index()


def worst_group(right, groups):
    """The group with the smallest share of right answers, the one that Sagawa et al. (2020) judge by.

    Parameters
    ----------
    right : bool array, shape (n,)
        Whether each answer is right.
    groups : array, shape (n,)
        Which group each image is in.

    Returns
    -------
    Group
        The first by name, if several are equally bad.

    Raises
    ------
    ValueError
        If the two differ in length, or there is no image.
    """
    table = by_group(right, groups)
    worst = table.loc[table["right"].idxmin()]
    return Group(worst["group"], int(worst["images"]), float(worst["right"]))


def flip_rate(before, after):
    """The share of images whose answer is another one after a change that leaves the disease as it was.

    Parameters
    ----------
    before, after : array, shape (n,)
        The answers to the same images in the same order, as they were and changed.

    Returns
    -------
    float
        0 to 1; 0 for answers that do not depend on what was changed.

    Raises
    ------
    ValueError
        If the two differ in length, or there is no image.
    """
    before, after = _beside(before, after)
    return float((before != after).mean())


def _beside(left, right):
    left, right = np.asarray(left), np.asarray(right)
    if left.ndim != 1 or left.shape != right.shape or not len(left):
        raise ValueError(
            f"one entry for each image is wanted on both sides, got shapes {left.shape} and {right.shape}"
        )
    return left, right

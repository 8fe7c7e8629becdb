"""Does a map lie where the disease was drawn?"""

import numpy as np
import pandas as pd


def localisation(maps, masks):
    """How well maps point at what is in the masks, from 0 to 1.

    Parameters
    ----------
    maps : float array, shape (n, height, width)
        What is below zero speaks against the class.
    masks : bool array, shape (n, height, width)
        None of them empty.

    Returns
    -------
    pandas.DataFrame
        One row a map. ``area``: of the mask; ``mass``: the share inside of all that is above zero;
        ``pointing``: whether the largest number is inside; ``iou``: overlap over union of the mask and as
        many of the largest numbers. Of equal numbers each counts in part, so that a map without differences
        gets what a guess gets: the area, twice, and area / (2 - area).

    Raises
    ------
    ValueError
        If the shapes differ or a mask is empty.
    """
    maps, masks = np.asarray(maps, np.float64), np.asarray(masks, bool)
    if maps.shape != masks.shape or maps.ndim != 3:
        raise ValueError(f"maps and masks want one shape (n, height, width), got {maps.shape}, {masks.shape}")
    maps, masks = (array.reshape(len(array), -1) for array in (maps, masks))
    wanted = masks.sum(axis=1)
    if not wanted.all():
        raise ValueError("a mask is empty: in a healthy chest there is nothing to point at")
    above = np.maximum(maps, 0)
    above += ~above.any(axis=1, keepdims=True)  # nothing speaks for the class: no place more than another
    best = maps == maps.max(axis=1, keepdims=True)
    last = -np.sort(-maps, axis=1)[np.arange(len(maps)), wanted - 1][:, None]  # that still counts
    more, equal = maps > last, maps == last
    part = (wanted - more.sum(axis=1)) / equal.sum(axis=1)
    hit = (more & masks).sum(axis=1) + part * (equal & masks).sum(axis=1)
    return pd.DataFrame(
        {
            "area": masks.mean(axis=1),
            "mass": (above * masks).sum(axis=1) / above.sum(axis=1),
            "pointing": (best & masks).sum(axis=1) / best.sum(axis=1),
            "iou": hit / (2 * wanted - hit),
        }
    )

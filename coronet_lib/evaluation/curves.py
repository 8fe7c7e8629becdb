"""The area under a ROC curve, with an interval that knows whose images they are."""

from typing import NamedTuple

import numpy as np


class Area(NamedTuple):
    """Result of :func:`roc_area`, each 0 to 1."""

    area: float
    low: float
    high: float


def roc_area(ill, scores, patients=None, confidence=0.95):
    """Area under the ROC curve, and its interval from placements (DeLong et al. 1988).

    A placement is the share of the other kind that an image stands on the right side of.  With patients,
    sums over their images count instead of single ones (Obuchowski 1997): images of one patient are alike.

    Parameters
    ----------
    ill : bool array, shape (n,)
    scores : float array, shape (n,)
    patients : array, shape (n,), optional
        Without it, every image counts as a patient.
    confidence : float

    Returns
    -------
    Area

    Raises
    ------
    ValueError
        If the ill or the others are fewer than two patients.
    """
    from scipy.stats import norm, rankdata

    ill, scores = np.asarray(ill, bool), np.asarray(scores, float)
    _, patient = np.unique(np.arange(len(ill)) if patients is None else patients, return_inverse=True)
    kinds = (ill, ~ill)
    people = np.array([len(np.unique(patient[kind])) for kind in (*kinds, ill | True)])
    if people.min() < 2:
        raise ValueError(f"an interval wants two patients who are ill and two who are not, got {people[:2]}")
    placements = np.empty(len(ill))
    for kind, sign in zip(kinds, (1, -1), strict=True):
        above = rankdata(sign * scores)[kind] - rankdata(sign * scores[kind])  # without its own kind
        placements[kind] = above / (~kind).sum()
    area = placements[ill].mean()
    sums = [np.bincount(patient, (placements - area) * kind) / kind.sum() for kind in kinds]
    factors = people / (people - 1)
    variance = factors @ [sums[0] @ sums[0], sums[1] @ sums[1], 2 * sums[0] @ sums[1]]
    reach = norm.ppf((1 + confidence) / 2) * np.sqrt(variance)
    return Area(float(area), float(max(area - reach, 0)), float(min(area + reach, 1)))

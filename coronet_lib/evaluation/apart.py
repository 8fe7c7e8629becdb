"""Parts that share no patient, the same with every version of scikit-learn."""

import numpy as np


def deal_apart(labels, patients, n, seed=0):
    """Deal patients into parts of nearly equal class shares.

    As ``StratifiedGroupKFold(n, shuffle=True, random_state=seed)`` of scikit-learn 1.9 does.  Patients are
    shuffled here, because in 1.6, which Colab has, it shuffles what it has counted of them, not themselves.

    Parameters
    ----------
    labels : array, shape (images,)
    patients : array, shape (images,)
    n : int
        How many parts.
    seed : int

    Returns
    -------
    int array, shape (images,)
        The part of each image, from 1.

    Raises
    ------
    ValueError
        If there are fewer than ``n`` images of each class, or fewer than ``n`` patients.
    """
    # here, because most that want this package deal nothing
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.utils import check_random_state

    _, patient = np.unique(patients, return_inverse=True)
    order = np.arange(patient.max() + 1)
    check_random_state(seed).shuffle(order)
    part_of = np.empty(len(patient), int)
    dealt = StratifiedGroupKFold(n).split(labels, labels, np.argsort(order)[patient])
    for part, (_, inside) in enumerate(dealt, start=1):
        part_of[inside] = part
    return part_of

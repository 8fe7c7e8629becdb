"""Images that are the same picture twice, under two names and perhaps under two patients.

Collections from many sources hold one X-ray as it was published in two places, cropped or encoded
again. Taken for two people, they would leak from one fold into another.
"""

import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

HASH_EDGE = 16
"""A perceptual hash has 16 x 16 bits."""

NEAR = 16
"""Bits in which two pictures of one X-ray may differ. In the real Dataset-1 the closest pair of
different X-rays differs in 37 bits, and those of one X-ray in at most 8."""


def near_identical(images):
    """Groups of images whose perceptual hashes differ in no more than :data:`NEAR` bits.

    The hash is ``imagehash.phash``: the signs of the lowest frequencies of the image's cosine transform.

    Parameters
    ----------
    images : uint8 array, shape (n, height, width) or (n, height, width, 1)

    Returns
    -------
    list of int arrays
        The rows of each group of two or more, ascending; groups in the order of their first row.

    Raises
    ------
    ValueError
        If the images are not grey.
    """
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3:
        raise ValueError(f"images want shape (n, height, width) or (n, height, width, 1), got {images.shape}")
    import imagehash  # here, because it takes a moment and only this function needs it

    hashes = [imagehash.phash(Image.fromarray(image), hash_size=HASH_EDGE).hash.ravel() for image in images]
    signs = np.where(hashes, np.float32(1), np.float32(-1)).reshape(len(images), HASH_EDGE**2)
    # The product of two rows of signs is the number of equal bits minus that of different ones.
    different = (HASH_EDGE**2 - signs @ signs.T) / 2
    return _groups(*np.nonzero(np.triu(different <= NEAR, 1)), len(images))


def joined_patients(patients, groups):
    """Patient ids in which the people of near-identical images are one person.

    Parameters
    ----------
    patients : str array, shape (n,)
    groups : list of int arrays
        As :func:`near_identical` returns them.

    Returns
    -------
    str array, shape (n,)
        Everybody who is joined has the first of their ids, in alphabetical order.
    """
    ids, person = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    pairs = [(person[group[0]], person[row]) for group in groups for row in group[1:]]
    first = np.arange(len(ids))
    for people in _groups(*np.array(pairs, dtype=int).reshape(-1, 2).T, len(ids)):
        first[people] = people[0]  # ids are sorted, so the first is the least
    return ids[first[person]]


def _groups(left, right, count):
    """Connected components of two and more nodes, given the edges of a graph of ``count`` nodes."""
    graph = coo_array((np.ones(len(left), bool), (left, right)), (count, count))
    component = connected_components(graph, directed=False)[1]
    members = [np.flatnonzero(component == name) for name in np.flatnonzero(np.bincount(component) > 1)]
    return sorted(members, key=lambda rows: rows[0])

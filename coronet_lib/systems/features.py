"""What a network makes of X-rays, computed once and kept on disk."""

import functools
import logging
import os
from pathlib import Path

import joblib
import numpy as np
import pooch
from tqdm.auto import tqdm

from coronet_lib.training.batches import as_rgb

CACHE_VARIABLE = "CORONET_CACHE"
"""Environment variable: folder for what is kept between runs, instead of the user's cache folder."""


def extract(images, extractor, identity, *, batch_size=64, progress=True):
    """Features of X-rays, kept on disk by content: the same batch is never computed twice.

    They lie in ``features`` in the folder that :data:`CACHE_VARIABLE` names, or in the user's cache folder.

    Parameters
    ----------
    images : uint8 array, shape (n, size, size, 1 or 3)
    extractor : callable
        Without arguments, returns the network; called only if some batch is not kept yet.
    identity : str
        What tells the network from any other, its weights included.
    batch_size : int
    progress : bool

    Returns
    -------
    float32 array, shape (n, features)

    Raises
    ------
    OSError
        If nothing can be kept there.
    """
    folder = Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("coronet")) / "features"
    # A damaged file is computed again; joblib would show the traceback.
    logging.getLogger("joblib").setLevel(logging.ERROR)
    try:
        # Compressed, because only then has a file a checksum.
        kept = joblib.Memory(folder, verbose=0, compress=1).cache(_features, ignore=["network"])
    except OSError as error:
        raise OSError(
            f"features cannot be kept in {folder}; let {CACHE_VARIABLE} name another folder ({error})"
        ) from error
    network = functools.cache(extractor)
    starts = range(0, len(images), batch_size)
    found = [
        kept(images[start : start + batch_size], identity, network)
        for start in tqdm(starts, "features", disable=not progress)
    ]
    return np.concatenate(found)


def _features(images, identity, network):
    """``identity`` is not used: joblib makes it, with the pixels, the name of what it keeps."""
    return np.asarray(network().predict_on_batch(as_rgb(images)), np.float32)

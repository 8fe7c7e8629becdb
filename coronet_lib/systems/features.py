"""What a network makes of X-rays, computed once and kept on disk."""

import functools
import hashlib
import io
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pooch
from tqdm.auto import tqdm

from coronet_lib.files import atomic
from coronet_lib.training.batches import as_rgb

CACHE_VARIABLE = "CORONET_CACHE"
"""Environment variable: folder for what is kept between runs, instead of the user's cache folder."""

DIGEST = 32  # bytes of a SHA-256


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"features cannot be kept in {folder}; let {CACHE_VARIABLE} name another folder ({error})"
        ) from error
    network = functools.cache(extractor)
    starts = range(0, len(images), batch_size)
    found = [
        _kept(folder, images[start : start + batch_size], identity, network)
        for start in tqdm(starts, "features", disable=not progress)
    ]
    return np.concatenate(found)


def _kept(folder, images, identity, network):
    """Features of a batch from their file, a SHA-256 and an array; computed if it is damaged or missing."""
    told_by = repr((identity, images.shape)).encode() + np.ascontiguousarray(images).tobytes()
    file = folder / f"{hashlib.sha256(told_by).hexdigest()}.npy"
    if file.is_file():
        written = file.read_bytes()
        digest, array = written[:DIGEST], written[DIGEST:]
        # Judged before it is read: what is damaged may claim any size.
        if hashlib.sha256(array).digest() == digest:
            return np.load(io.BytesIO(array), allow_pickle=False)
    features = np.asarray(network().predict_on_batch(as_rgb(images)), np.float32)
    array = io.BytesIO()
    np.save(array, features)
    # Not found is what another process has put in place at this very moment.
    with suppress(FileNotFoundError), atomic(file) as part:
        part.write_bytes(hashlib.sha256(array.getbuffer()).digest() + array.getbuffer())
    return features

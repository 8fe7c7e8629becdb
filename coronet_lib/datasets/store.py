"""A prepared data set: a folder of equal-sized PNGs with a manifest and a card.

::

    OUT/images/<label>/<file>      8-bit PNG, grey unless the collection is in colour
    OUT/masks/<label>/<file>       1-bit PNG, only where lesions are known (synthetic X-rays)
    OUT/manifest.csv               one row an image: file, label, patient, sha256 of the pixels, …
    OUT/card.json                  counts, versions, fingerprint, what drew synthetic X-rays, the
                                   manifest's sha256, and what the maker adds

A card vouches for the table, the table for the pixels: what is edited by hand is refused.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image
from tqdm.auto import tqdm

from coronet_lib import cards
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.datasets.images import read_xray
from coronet_lib.datasets.prepared_card import SCHEMA, VERSION
from coronet_lib.files import locked, naming

MANIFEST, CARD = "manifest.csv", "card.json"
_CORE = ["file", "label", "patient", "sha256"]
_OURS = {"images", "masks", MANIFEST, CARD}


def export(collection, out, *, facts=None, overwrite=False, progress=True):
    """Write a collection as a prepared folder, which :func:`load` reads back with equal fingerprint.

    Parameters
    ----------
    collection : XrayCollection
        Its file names must be plain, and differ in more than upper and lower case.
    out : str or path-like
        The folder to write. It appears complete or not at all.
    facts : dict, optional
        What else the card shall say, such as the seed; keys of
        :class:`~coronet_lib.datasets.prepared_card.Card`.
    overwrite : bool
        Replace ``out`` if it is a prepared folder.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Card

    Raises
    ------
    FileExistsError
        If ``out`` holds anything, unless ``overwrite``.
    ValueError
        If a file name cannot stand on every file system, the card cannot say such facts, or another process
        writes ``out``.
    """
    out = Path(out)
    manifest = _manifest(collection)
    table = manifest.to_csv(index=False, lineterminator="\n").encode()
    card = {
        **(facts or {}),
        "version": VERSION,
        "classes": list(collection.classes),
        "counts": collection.counts(),
        "patients": len(set(collection.patients)),
        "identical_images": int(manifest["sha256"].duplicated(keep=False).sum()),
        "shape": list(collection.images.shape[1:]),
        "masks": collection.masks is not None,
        "fingerprint": collection.fingerprint(),
        "drawn_by": collection.drawn_by,
        "versions": {
            "coronet-lib": version("coronet-lib"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pillow": version("pillow"),
        },
        "manifest_sha256": hashlib.sha256(table).hexdigest(),
    }
    said = cards.dumps(card, SCHEMA)
    with _appearing_whole(out, overwrite) as folder:
        pictures = {"images": collection.images, "masks": collection.masks}
        tasks = []
        for kind, arrays in pictures.items():
            if arrays is not None:
                for label in collection.classes:
                    (folder / kind / label).mkdir(parents=True)
                tasks += [
                    delayed(_write_png)(folder / kind / label / file, pixels)
                    for label, file, pixels in zip(manifest["label"], manifest["file"], arrays, strict=True)
                ]
        in_threads(tasks, "writing PNGs", progress)
        (folder / MANIFEST).write_bytes(table)
        (folder / CARD).write_text(said, encoding="utf-8")
    return card


def load(folder, *, progress=False):
    """Read a prepared folder into memory, if it is as it was written.

    Parameters
    ----------
    folder : str or path-like
        What :func:`dataset1` or :func:`export` wrote.
    progress : bool
        Show a progress bar.

    Returns
    -------
    XrayCollection
        With the manifest as its table.

    Raises
    ------
    FileNotFoundError
        If the folder, its manifest, its card or an image of it is missing.
    ValueError
        If card, manifest or pixels are not those that were written; the message names the first.

    Warns
    -----
    UserWarning
        If there are images that the manifest does not list; they are not read.
    """
    folder = Path(folder)
    card = read_card(folder)
    manifest = _read_manifest(folder, card)
    classes, (height, width, channels) = tuple(card["classes"]), card["shape"]
    _check_files(folder, manifest, classes)

    def read(kind, shape):
        rows = zip(manifest["label"], manifest["file"], strict=True)
        tasks = [delayed(_read_png)(folder / kind / label / file, shape) for label, file in rows]
        return np.stack(in_threads(tasks, f"reading {kind}", progress))

    collection = XrayCollection(
        read("images", (height, width, channels)),
        manifest["label"].map(classes.index).to_numpy(),
        manifest["patient"].to_numpy(str),
        manifest["file"].to_numpy(str),
        classes,
        masks=read("masks", (height, width, 1))[..., 0] > 0 if card["masks"] else None,
        table=manifest,
        drawn_by=card["drawn_by"],
    )
    for image, file, expected in zip(collection.images, manifest["file"], manifest["sha256"], strict=True):
        if _sha256(image) != expected:
            raise ValueError(f"{folder}: the pixels of {file} are not those that {MANIFEST} was written for")
    return collection


def _manifest(collection):
    files = pd.Series(collection.files, dtype=str)
    plain = files.str.fullmatch(r"\w[\w. -]*\.png") & ~files.str.casefold().duplicated()
    if not plain.all():
        raise ValueError(
            f"{files[~plain].iloc[0]!r} cannot be a file: names want letters, digits, . _ -, "
            "end in .png and differ in more than upper and lower case"
        )
    core = pd.DataFrame(
        {
            "file": files,
            "label": np.array(collection.classes)[collection.labels],
            "patient": collection.patients,
            "sha256": [_sha256(image) for image in collection.images],
        }
    )
    more = (
        pd.DataFrame() if collection.table is None else collection.table.drop(columns=_CORE, errors="ignore")
    )
    return pd.concat([core, more.reset_index(drop=True)], axis=1)


def read_card(folder):
    """The card of a prepared folder.

    Returns
    -------
    Card

    Raises
    ------
    FileNotFoundError, ValueError
        If there is none, or it is no card, one of another version, broken or edited.
    """
    anew = "prepare the folder anew, with `coronet data prepare` or `phantom` and --overwrite"
    return cards.read(
        _part(Path(folder), CARD),
        SCHEMA,
        version=VERSION,
        of="a prepared folder",
        mark="shape",
        older=anew,
        remedy=f"restore it from a copy, or {anew}",
    )


def check_target(out, overwrite):
    """Refuse to replace anything that is not a prepared folder, before any work is done."""
    inside = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is a file; a folder is wanted to write to")
    if inside and not overwrite:
        raise FileExistsError(
            f"{out} exists and holds {len(inside)} entries; choose another folder or overwrite it"
        )
    if foreign := inside - _OURS:
        raise FileExistsError(
            f"{out} is not overwritten: it holds {sorted(foreign)[0]!r}, which no prepared folder has"
        )


@contextmanager
def _appearing_whole(out, overwrite):
    """A temporary folder beside ``out`` that takes its place when the block ends without an error."""
    prefix = f".{out.name}.new-"
    with locked(out), naming(out, out.parent / prefix):
        check_target(out, overwrite)
        workshop = Path(tempfile.mkdtemp(prefix=prefix, dir=out.parent))
        try:
            fresh = workshop / "new"
            fresh.mkdir()
            yield fresh
            _swap(fresh, out, workshop / "old")
        finally:
            shutil.rmtree(workshop)
        # Only now that ``out`` is whole: what was killed may have been about to swap, and hold the old one.
        for left_over in _left_overs(out):
            shutil.rmtree(left_over, ignore_errors=True)


def _left_overs(out):
    """Temporary folders of processes that were killed while they wrote ``out``: we alone have the lock."""
    ours = re.compile(rf"\.{re.escape(out.name)}\.new-\w{{8}}")
    return [path for path in out.parent.iterdir() if ours.fullmatch(path.name)]


def _swap(fresh, out, old):
    if not out.exists():
        os.rename(fresh, out)
        return
    os.rename(out, old)
    try:
        os.rename(fresh, out)
    except OSError:
        os.rename(old, out)
        raise


def in_threads(tasks, title, progress):
    """Results of joblib tasks in order. Pillow lets go of the interpreter's lock, so threads help."""
    results = Parallel(n_jobs=-1, prefer="threads", return_as="generator")(tasks)
    return list(tqdm(results, title, len(tasks), unit="image", disable=not progress))


def _write_png(path, pixels):
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    Image.fromarray(pixels).save(path)


def _read_png(path, shape):
    pixels = read_xray(path, grey=shape[-1] == 1)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    if pixels.shape != shape:
        raise ValueError(f"{path} has the shape {pixels.shape}, but {CARD} says {shape}")
    return pixels


def _read_manifest(folder, card):
    path = _part(folder, MANIFEST)
    table = path.read_bytes()
    if hashlib.sha256(table).hexdigest() != card["manifest_sha256"]:
        raise ValueError(
            f"{path} is not the table that {CARD} was written for: a label, a patient or something else was "
            "changed; restore it from a copy, and make a change on purpose with `coronet data relabel`"
        )
    return pd.read_csv(io.BytesIO(table), dtype=dict.fromkeys(_CORE, str), keep_default_na=False)


def _part(folder, name):
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not (folder / name).is_file():
        inside = sorted(path.name for path in folder.iterdir())[:8]
        raise FileNotFoundError(
            f"{folder} has no {name}, so it is not a prepared folder (it holds {inside}); "
            "`coronet data prepare --source ROOT --out DIR` makes one from the upstream folders"
        )
    return folder / name


def _check_files(folder, manifest, classes):
    listed = set(manifest["label"] + "/" + manifest["file"])
    there = {
        f"{label}/{path.name}"
        for label in classes
        if (folder / "images" / label).is_dir()
        for path in (folder / "images" / label).iterdir()
        if not path.name.startswith(".")
    }
    if missing := sorted(listed - there):
        raise FileNotFoundError(
            f"{len(missing)} of the {len(listed)} images that {MANIFEST} lists are missing in "
            f"{folder / 'images'}; the first is {missing[0]}"
        )
    if extra := sorted(there - listed):
        warnings.warn(
            f"{len(extra)} images in {folder / 'images'} are not in {MANIFEST} and are not read; "
            f"the first is {extra[0]}",
            stacklevel=3,
        )


def _sha256(image):
    return hashlib.sha256(np.ascontiguousarray(image)).hexdigest()

"""What upstream holds: every file of the three collections, to judge a download by.

The lists are committed under ``data/manifests/``. Git names a file's content by a hash, its blob SHA-1;
the lists of Cohen and Ozturk hold that hash for each original, as it stands in the pinned commit.
Of Kermany's collection, which is in no git repository, the counts and about half of the names are known.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from coronet_lib.files import data_path

# The folders of the collections, as upstream names them.
COHEN = "covid-chestxray-dataset"
KERMANY = "chest_xray"
OZTURK = "COVID-19"


@dataclass(frozen=True)
class Original:
    """One file of a collection."""

    path: str
    """Where it belongs, relative to the root: ``covid-chestxray-dataset/images/x.png``."""
    blob: str | None = None
    """Git blob SHA-1 of its bytes, where that is known."""
    size: int | None = None
    """Bytes, where they are known."""
    address: str | None = None
    """Path on the server of raw files of GitHub: ``owner/repository/commit/images/x.png``."""


@dataclass(frozen=True)
class Collection:
    """One upstream collection: whose it is, and what it must look like."""

    name: str
    title: str
    folder: str
    """Name of its folder under the root."""
    marks: tuple[str, ...]
    """What lies at its top, and tells that a folder or an archive holds it."""
    licence: str
    citation: str
    page: str
    """Where a person finds it."""
    repository: str | None = None
    """``owner/repository/commit`` on GitHub."""


COLLECTIONS = {
    "cohen": Collection(
        "cohen",
        "COVID-19 Image Data Collection (Cohen et al.)",
        COHEN,
        ("metadata.csv", "images"),
        "one for each image, in the column `license` of metadata.csv, often none stated; "
        "table: CC BY-NC-SA 4.0. Do not pass the images on.",
        "Cohen, Morrison, Dao, Roth, Duong, Ghassemi: COVID-19 Image Data Collection: Prospective "
        "Predictions Are the Future. arXiv:2006.11988 (2020)",
        "https://github.com/ieee8023/covid-chestxray-dataset",
        "ieee8023/covid-chestxray-dataset/584034aa7fbf06496741f11008d72fd791c8e443",
    ),
    "kermany": Collection(
        "kermany",
        "Chest X-Ray Images (Kermany et al.)",
        KERMANY,
        ("train", "test"),
        "CC BY 4.0",
        "Kermany, Zhang, Goldbaum: Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for "
        "Classification. Mendeley Data, doi:10.17632/rscbjbr9sj (2018)",
        "https://www.kaggle.com/datasets/paultimothymooney/chest-xray-pneumonia",
    ),
    "ozturk": Collection(
        "ozturk",
        "COVID-19, normal and pneumonia X-rays (Ozturk et al.)",
        OZTURK,
        ("X-Ray Image DataSet",),
        "none stated; its COVID-19 images are from Cohen et al., the others from the NIH's ChestX-ray14. "
        "Do not pass the images on.",
        "Ozturk, Talo, Yildirim, Baloglu, Yildirim, Acharya: Automated detection of COVID-19 cases using "
        "deep neural networks with X-ray images. Computers in Biology and Medicine 121:103792 (2020)",
        "https://github.com/muhammedtalo/COVID-19",
        "muhammedtalo/COVID-19/ee3e2cffc0824711bed675275506b26f19be7198",
    ),
}


def originals(name):
    """The files that a collection of GitHub must bring, for `coronet data prepare` to read it.

    That of Ozturk et al. does not say whose its COVID-19 images are. Cohen's table does, so it is
    the last of its files.

    Parameters
    ----------
    name : {"cohen", "ozturk"}

    Returns
    -------
    list of Original
    """
    files = _listed(name)
    if name == "ozturk":
        files.append(cohen_table())
    return files


def cohen_table():
    """Cohen's ``metadata.csv``, which says whose each image is and what was found."""
    return next(file for file in _listed("cohen") if file.path.endswith("/metadata.csv"))


def _listed(name):
    collection = COLLECTIONS[name]
    with open(data_path("manifests", f"{name}.csv"), encoding="utf-8", newline="") as listing:
        return [
            Original(
                f"{collection.folder}/{row['path']}",
                blob=row["git_blob_sha1"],
                address=f"{collection.repository}/{row['path']}",
            )
            for row in csv.DictReader(listing)
        ]


def kermany_label(path):
    """Class of an image of Kermany's by its path in ``chest_xray/``, or None if it is no such image.

    Parameters
    ----------
    path : str
        As ``train/PNEUMONIA/person7_virus_12.jpeg``.
    """
    place = re.fullmatch(r"(train|test|val)/(NORMAL|PNEUMONIA)/([^/.]+)\.jpeg", path)
    if place is None:
        return None
    _, kind, stem = place.groups()
    if kind == "NORMAL":
        return "normal" if re.match(r"(NORMAL2-)?IM-\d+-\d", stem) else None
    cause = re.match(r"person\d+_(bacteria|virus)_\d", stem)
    return cause and {"bacteria": "pneumonia_bacterial", "virus": "pneumonia_viral"}[cause[1]]


def kermany_differences(paths):
    """What tells a set of files from Kermany's collection; nothing, if it is whole.

    Parameters
    ----------
    paths : collection of str
        Paths in ``chest_xray/``, as for :func:`kermany_label`, which must know each of them.

    Returns
    -------
    list of str
        Sentences for a person to read.
    """
    known = json.loads(data_path("manifests", "kermany.json").read_text(encoding="utf-8"))
    found = Counter((PurePosixPath(path).parts[0], kermany_label(path)) for path in paths)
    wrong = [
        f"{part}/ has {found[part, label]:,} images of {label}, upstream {count:,}"
        for part, counts in known["counts"].items()
        for label, count in counts.items()
        if found[part, label] != count
    ]
    names = (f"{folder}/{stem}.jpeg" for folder, stems in known["known_names"].items() for stem in stems)
    if absent := sorted(set(names) - set(paths)):
        wrong.append(f"{absent[0]} is missing" + (f", and {len(absent) - 1:,} others" if absent[1:] else ""))
    return wrong


def blob_sha1(stream, size):
    """Git's name for the content of a file.

    Parameters
    ----------
    stream : binary file
    size : int
        Its bytes. They are part of what is hashed.

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()

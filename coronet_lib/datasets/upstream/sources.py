"""The upstream collections as they lie on disk: which X-rays they hold, of whom, under what licence.

Each reader returns a table with one row an X-ray and the columns of :data:`COLUMNS`, sorted by
``upstream``, together with a count of what it left out. No pixel is read here.
"""

import re
import warnings
from pathlib import Path

import pandas as pd

from coronet_lib.datasets.upstream import manifests
from coronet_lib.datasets.upstream.manifests import COHEN, KERMANY, KERMANY_LABELS, KERMANY_NAMES, OZTURK
from coronet_lib.text import inert, reason

COLUMNS = ["upstream", "label", "patient", "source", "view", "age", "licence"]

FRONTAL = ("PA", "AP", "AP Supine", "AP semi erect", "AP erect")

_COHEN_COLUMNS = ["patientid", "age", "finding", "view", "modality", "filename", "license"]
_OZTURK_LABELS = {"Covid-19": "covid19", "No_findings": "normal", "Pneumonia": "pneumonia"}
_NIH_NAME = re.compile(r"(?P<patient>\d{8})_\d{3}\.png")


def cohen(root):
    """COVID-19 in frontal view from the collection of Cohen et al. (2020).

    Kept are rows of ``metadata.csv`` with modality X-ray, a view out of :data:`FRONTAL` and a
    finding that contains COVID, if their file is there. Patients are the column ``patientid``
    (numbers and words, so read as text); a row without one is a patient of its own.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``covid-chestxray-dataset/``.

    Returns
    -------
    rows : pandas.DataFrame
    left_out : dict of str to int

    Raises
    ------
    FileNotFoundError, ValueError
        If the folder, its table, a column of it or every fitting image is missing.

    Warns
    -----
    UserWarning
        If the table is not the one of :mod:`coronet_lib.datasets.upstream.manifests`, or fitting rows have
        no file. Upstream has such rows, so they are no reason to stop.
    """
    folder = _folder(root, COHEN, "images")
    listing = folder.parent / "metadata.csv"
    table = _cohen_table(listing)

    xray = table["modality"] == "X-ray"
    covid = table["finding"].str.contains("COVID", case=False)
    frontal = table["view"].isin(FRONTAL)
    fitting = table[xray & covid & frontal]
    repeated = fitting["filename"].duplicated()
    here = fitting["filename"].isin(_names(folder))
    left_out = {
        "rows that are no X-ray": int((~xray).sum()),
        "X-rays with another finding than COVID-19": int((xray & ~covid).sum()),
        "COVID-19 X-rays that are not frontal": int((xray & covid & ~frontal).sum()),
        "rows that repeat a file name": int(repeated.sum()),
        "rows without a file": int((~here & ~repeated).sum()),
    }
    if left_out["rows without a file"]:
        first = fitting["filename"][~here].iloc[0]
        warnings.warn(
            f"{left_out['rows without a file']} of {len(fitting)} fitting rows in {listing} have no file in "
            f"{folder} and are left out; the first is {first!r}",
            stacklevel=2,
        )
    kept = fitting[here & ~repeated]
    if kept.empty:
        raise ValueError(
            f"no frontal COVID-19 X-ray in {folder}: {len(table)} rows in metadata.csv, "
            f"{len(fitting)} of them fit, and none of their files is there"
        )
    patient = kept["patientid"].where(kept["patientid"] != "", "of-" + kept["filename"])
    rows = pd.DataFrame(
        {
            "upstream": f"{COHEN}/images/" + kept["filename"],
            "label": "covid19",
            "patient": "cohen-" + patient,
            "source": "cohen",
            "view": kept["view"],
            "age": kept["age"],
            "licence": kept["license"].where(kept["license"] != "", "not stated"),
        }
    )
    return _sorted(rows), left_out


def _cohen_table(listing):
    """The columns of ``metadata.csv`` that are used here, as text."""
    if not listing.is_file():
        raise FileNotFoundError(f"the table metadata.csv is missing in {listing.parent}")
    with listing.open("rb") as file:
        if manifests.blob_sha1(file, listing.stat().st_size) != manifests.cohen_table().blob:
            warnings.warn(
                f"{listing} is not the table that this book was made with: patients and findings may differ; "
                "`coronet data fetch cohen --overwrite` brings that one",
                stacklevel=3,
            )
    try:
        table = pd.read_csv(listing, dtype=str, keep_default_na=False, encoding_errors="replace")
    except ValueError as error:  # as pandas' own errors are
        raise ValueError(f"{listing} cannot be read as a table: {reason(error)}") from error
    table.columns = table.columns.str.strip().str.lower()
    if missing := [name for name in _COHEN_COLUMNS if name not in table]:
        raise ValueError(f"{listing} lacks the columns {missing}; it has {list(table.columns)}")
    if (twice := table.columns.duplicated()).any():
        raise ValueError(f"{listing} has the column {table.columns[twice][0]!r} twice")
    return table[_COHEN_COLUMNS].apply(lambda column: column.str.strip().map(inert))


def kermany(root):
    """Children's X-rays, normal and with pneumonia, from the collection of Kermany et al. (2018).

    The file name gives label and patient: ``person7_bacteria_24.jpeg``, ``person7_virus_12.jpeg``,
    ``IM-0115-0001.jpeg``, ``NORMAL2-IM-0117-0001.jpeg``. Whether person 7 with bacteria and person 7
    with a virus are the same child is not known; they count as one, which can cost nothing but a
    little freedom in drawing folds.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``chest_xray/`` with ``train/`` and ``test/``, and maybe ``val/``.

    Returns
    -------
    rows : pandas.DataFrame
    left_out : dict of str to int

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder is missing or holds no file with a name as above.
    """
    rows, unknown = [], 0
    parts = ["train", "test"] + (["val"] if (Path(root) / KERMANY / "val").is_dir() else [])
    for part in parts:
        for kind, pattern in KERMANY_NAMES.items():
            folder = _folder(root, KERMANY, part, kind)
            names = _names(folder)
            found = [match for match in map(pattern.match, names) if match]
            if not found:
                raise ValueError(f"no X-ray with a name as upstream in {folder}: {len(names)} other files")
            unknown += len(names) - len(found)
            rows += [
                (f"{KERMANY}/{part}/{kind}/{m.string}", KERMANY_LABELS[m["kind"]], f"kermany-{m['patient']}")
                for m in found
            ]
    table = pd.DataFrame(rows, columns=COLUMNS[:3])
    table = table.assign(source="kermany", view="AP", age="", licence="CC BY 4.0")
    return _sorted(table), {"files in chest_xray with another name": unknown}


def ozturk(root):
    """The three classes of Ozturk et al. (2020), the paper's second data set.

    Its COVID-19 images are those of Cohen et al. under their own names, so whose they are and in which
    view stands in Cohen's ``metadata.csv``. The others are from the NIH's ChestX-ray14, whose file
    names begin with the patient's number: ``00000061_012.png``. The collection itself states no licence.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``COVID-19/X-Ray Image DataSet/`` and ``covid-chestxray-dataset/``.

    Returns
    -------
    rows : pandas.DataFrame
    left_out : dict of str to int

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder or Cohen's table is missing, or no file of a class has a name that is known.
    """
    cohen_rows = _cohen_table(_folder(root, COHEN) / "metadata.csv").drop_duplicates("filename")
    known = cohen_rows.set_index("filename")
    rows, other = [], 0
    for kind, label in _OZTURK_LABELS.items():
        folder = _folder(root, OZTURK, "X-Ray Image DataSet", kind)
        for name in _names(folder):
            where = f"{OZTURK}/X-Ray Image DataSet/{kind}/{name}"
            if label == "covid19" and name in known.index:
                person = known.loc[name]
                patient = person["patientid"] or f"of-{name}"
                licence = person["license"] or "not stated"
                rows.append(
                    (where, label, f"cohen-{patient}", "cohen", person["view"], person["age"], licence)
                )
            elif label != "covid19" and (match := _NIH_NAME.fullmatch(name)):
                rows.append((where, label, f"nih-{match['patient']}", "nih", "not stated", "", "not stated"))
            else:
                other += 1
        if not any(row[1] == label for row in rows):
            raise ValueError(
                f"no X-ray with a name as upstream in {folder}: {len(_names(folder))} other files"
            )
    return _sorted(pd.DataFrame(rows, columns=COLUMNS)), {f"files in {OZTURK} with another name": other}


def _folder(root, *parts):
    """``root/parts…``, or an error that names the first step of the way that is not there."""
    path = Path(root)
    if not path.is_dir():
        raise FileNotFoundError(f"looked for {path.joinpath(*parts)}; there is no folder {path}")
    for part in parts:
        parent, path = path, path / part
        if not path.is_dir():
            inside = sorted(entry.name for entry in parent.iterdir())[:8]
            raise FileNotFoundError(
                f"looked for {Path(root).joinpath(*parts)}; {path} is missing, {parent} holds {inside}"
            )
    return path


def _names(folder):
    return sorted(entry.name for entry in folder.iterdir() if entry.is_file() and entry.name[0] != ".")


def _sorted(rows):
    return rows[COLUMNS].sort_values("upstream", ignore_index=True)

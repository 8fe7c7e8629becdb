"""From the folder of Ozturk et al. to the paper's Dataset-2, on small made folders."""

import csv
import shutil

import numpy as np
import pytest
from PIL import Image
from test_prepare import METADATA, draw_file

from coronet_lib.datasets import store
from coronet_lib.datasets.folds import folds, leaked_patients
from coronet_lib.datasets.upstream import prepare, sources

FILES = {
    "Covid-19": ["a.jpeg", "b.png", "of nobody.jpg", "unknown to Cohen.png"],
    "No_findings": ["00001280_004.png", "00001280_005.png", "00001281_000.png", "Thumbs.db"],
    "Pneumonia": ["00001281_001.png", "00000061_012.png", "00000150_002.png", "image.png"],
}
COHEN_ROWS = [
    {"patientid": "2", "age": "65", "view": "PA", "filename": "a.jpeg", "license": "CC BY 4.0"},
    {"patientid": "2", "age": "65", "view": "AP Supine", "filename": "b.png", "license": ""},
    {"patientid": "", "age": "", "view": "PA", "filename": "of nobody.jpg", "license": ""},
    {"patientid": "3", "age": "9", "view": "L", "filename": "a.jpeg", "license": "another"},
]

pytestmark = pytest.mark.filterwarnings("ignore:.*is not the table that this book was made with")


@pytest.fixture
def upstream(tmp_path):
    rng = np.random.default_rng(0)
    root = tmp_path / "upstream"
    for folder, names in FILES.items():
        for name in names:
            draw_file(root / sources.OZTURK / "X-Ray Image DataSet" / folder / name, rng)
    (root / sources.COHEN).mkdir()
    with open(root / sources.COHEN / "metadata.csv", "w", newline="") as file:
        write = csv.DictWriter(file, METADATA)
        write.writeheader()
        write.writerows(COHEN_ROWS)
    return root


def make(upstream, out, **options):
    return prepare.dataset2(upstream, out, **{"size": 8, "progress": False} | options)


def test_names_tell_class_patient_and_source(upstream):
    rows, left_out = sources.ozturk(upstream)
    told = {upstream.rpartition("/")[2]: tuple(rest) for upstream, *rest in rows.to_numpy()}
    assert told == {
        "a.jpeg": ("covid19", "cohen-2", "cohen", "PA", "65", "CC BY 4.0"),
        "b.png": ("covid19", "cohen-2", "cohen", "AP Supine", "65", "not stated"),
        "of nobody.jpg": ("covid19", "cohen-of-of nobody.jpg", "cohen", "PA", "", "not stated"),
        "00001280_004.png": ("normal", "nih-00001280", "nih", "not stated", "", "not stated"),
        "00001280_005.png": ("normal", "nih-00001280", "nih", "not stated", "", "not stated"),
        "00001281_000.png": ("normal", "nih-00001281", "nih", "not stated", "", "not stated"),
        "00001281_001.png": ("pneumonia", "nih-00001281", "nih", "not stated", "", "not stated"),
        "00000061_012.png": ("pneumonia", "nih-00000061", "nih", "not stated", "", "not stated"),
        "00000150_002.png": ("pneumonia", "nih-00000150", "nih", "not stated", "", "not stated"),
    }
    assert left_out == {"files in COVID-19 with another name": 3}


def test_the_prepared_folder_holds_all_of_it(upstream, tmp_path):
    card = make(upstream, tmp_path / "out")
    assert card["dataset"] == "dataset-2"
    assert card["counts"] == {"covid19": 3, "normal": 3, "pneumonia": 3}
    assert card["patients"] == 6  # 1281 is healthy in one image and ill in another, and one person in both
    xrays = store.load(tmp_path / "out")
    assert xrays.images.shape == (9, 8, 8, 1)
    assert xrays.table["upstream"].str.startswith("COVID-19/X-Ray Image DataSet/").all()


def test_a_person_with_two_labels_is_in_one_fold(upstream, tmp_path):
    make(upstream, tmp_path / "out")
    xrays = store.load(tmp_path / "out")
    assert len(leaked_patients(folds(xrays, 2, by="patient"), xrays.patients).patients) == 0


def test_people_on_the_same_picture_are_one_person(upstream, tmp_path):
    folder = upstream / "COVID-19/X-Ray Image DataSet"
    Image.open(folder / "No_findings/00001280_004.png").save(folder / "Pneumonia/00000061_012.png")
    card = make(upstream, tmp_path / "out")
    assert card["near_identical"] == [["nih-00001280_004.png", "nih-00000061_012.png"]]
    assert card["joined_patients"] == 1
    people = store.load(tmp_path / "out").table.set_index("file")["patient"]
    assert people["nih-00000061_012.png"] == people["nih-00001280_005.png"] == "nih-00000061"


def test_two_classes_leave_pneumonia_out(upstream, tmp_path):
    assert make(upstream, tmp_path / "out", classes=2)["counts"] == {"covid19": 3, "normal": 3}


def test_four_classes_are_not_to_be_had(upstream, tmp_path):
    with pytest.raises(ValueError, match="3 classes, or 2 without pneumonia, not 4"):
        make(upstream, tmp_path / "out", classes=4)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("lost", "error", "message"),
    [
        ("COVID-19", FileNotFoundError, "COVID-19 is missing"),
        ("COVID-19/X-Ray Image DataSet/Pneumonia", FileNotFoundError, "Pneumonia is missing"),
        ("covid-chestxray-dataset", FileNotFoundError, "covid-chestxray-dataset is missing"),
    ],
)
def test_one_error_says_what_is_missing(upstream, tmp_path, lost, error, message):
    shutil.rmtree(upstream / lost)
    with pytest.raises(error, match=message):
        make(upstream, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_class_without_a_known_name_is_refused(upstream, tmp_path):
    folder = upstream / "COVID-19/X-Ray Image DataSet/No_findings"
    for path in folder.glob("0*"):
        path.unlink()
    with pytest.raises(ValueError, match=r"no X-ray with a name as upstream in .*No_findings: 1 other files"):
        make(upstream, tmp_path / "out")

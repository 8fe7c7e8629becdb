"""What is said of a collection without its images, and what its border alone gives away."""

import numpy as np
import pandas as pd
import pytest

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import XrayCollection, phantom, store, summary
from coronet_lib.datasets.folds import fold_manifest
from coronet_lib.datasets.shortcuts import border_alone, border_features, frame
from coronet_lib.datasets.upstream import prepare
from coronet_lib.files import data_path

OFTEN_IN_COVID = {"covid19": 0.9, "normal": 0.1, "pneumonia_bacterial": 0.1, "pneumonia_viral": 0.1}


def test_summary_by_hand():
    patients = np.array(["a", "a", "a", "b", "c", "d"])
    xrays = XrayCollection(
        images=np.zeros((6, 1, 1, 1), np.uint8),
        labels=np.array([0, 0, 0, 0, 1, 1]),
        patients=patients,
        files=np.array([f"{i}.png" for i in range(6)]),
        classes=CLASSES[2],
        table=pd.DataFrame({"view": ["PA"] * 3 + ["AP"] * 3, "age": ["60", "60", "", "40", "", "old"]}),
    )
    said = summary.summarise(xrays, n=2)
    assert (said["images"], said["patients"]) == (6, 4)
    assert said["classes"]["covid19"] == {
        "images": 4,
        "patients": 2,
        "images_per_patient": {"1": 1, "3": 1},
        "views": {"AP": 1, "PA": 3},
        "age": {"known": 3, "minimum": 40, "median": 60, "maximum": 60},
    }
    assert "age" not in said["classes"]["normal"]
    # Two folds by image put two of the four COVID-19 images into each, so a's three are on both sides.
    assert said["folds"]["image"] == {
        "images": {"covid19": [2, 2], "normal": [1, 1]},
        "leaked_patients": 1,
        "leaked_images": {"covid19": 3, "normal": 0},
    }
    assert said["folds"]["patient"]["leaked_patients"] == 0


@pytest.mark.parametrize(("width", "blocks"), [(3, 76), (6, 144), (27, 396)])
def test_features_see_all_of_the_frame_and_nothing_of_the_inside(width, blocks):
    images = np.zeros((1, 60, 60, 1), np.uint8)
    images[0, ~frame(width)] = 255
    images[0, frame(width)] = 51
    one = np.array([0]), np.array(["p"]), np.array(["p.png"])
    features = border_features(XrayCollection(images, *one, CLASSES[2]), width)
    np.testing.assert_allclose(features, np.full((1, blocks), 0.2))


@pytest.mark.parametrize("width", [0, 4, 30])
def test_a_frame_that_cannot_be(width):
    with pytest.raises(ValueError, match=f"3, 6, … 27 pixels wide, not {width}"):
        frame(width)


@pytest.mark.parametrize(
    ("confounders", "low", "high"),
    [
        (phantom.Confounders(), 0.35, 0.65),
        (phantom.Confounders(marker=OFTEN_IN_COVID), 0.72, 1),
        (phantom.Confounders(border=OFTEN_IN_COVID), 0.72, 1),
    ],
)
def test_the_border_tells_only_what_was_put_there(confounders, low, high):
    xrays = phantom.generate(150, size=60, seed=0, confounders=confounders)
    assert low < border_alone(xrays) < high


@pytest.fixture(scope="module")
def real_dataset1(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "dataset1"
    with pytest.warns(UserWarning, match="have no file"):
        prepare.dataset1(real_data, folder, progress=False)
    return store.load(folder)


def test_the_committed_summary_is_what_the_command_writes(real_dataset1):
    committed, again = summary.dataset1(), summary.summarise(real_dataset1)
    # Another version of the JPEG decoder may change a pixel, and with it the fingerprint, but no count.
    del again["fingerprint"]
    assert {name: committed[name] for name in again} == again


def test_the_committed_folds_are_those_of_the_prepared_data_set(real_dataset1):
    committed = pd.read_csv(data_path("manifests", "dataset1_folds.csv"), dtype={"patient": str})
    pd.testing.assert_frame_equal(committed, fold_manifest(real_dataset1))

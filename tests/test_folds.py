"""Folds: everyone is tested once, by patient nobody is on both sides, and what cannot be dealt is said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import XrayCollection, summary
from coronet_lib.datasets.folds import fold_manifest, fold_report, folds, inner_split, leaked_patients
from coronet_lib.evaluation.apart import deal_apart
from coronet_lib.files import data_path


def collection(patients_by_class):
    """A collection of 1 × 1 images; the input lists each class's images by whose they are."""
    labels = np.repeat(np.arange(len(patients_by_class)), [len(p) for p in patients_by_class])
    patients = np.array([name for names in patients_by_class for name in names], str)
    files = np.array([f"{i}.png" for i in range(len(labels))])
    images = np.zeros((len(labels), 1, 1, 1), np.uint8)
    return XrayCollection(images, labels, patients, files, CLASSES[len(patients_by_class)])


@st.composite
def collections(draw):
    """Two to four classes of 12 to 20 patients with one to four images each."""
    sizes = st.lists(st.integers(1, 4), min_size=12, max_size=20)
    by_class = [draw(sizes) for _ in range(draw(st.sampled_from([2, 3, 4])))]
    return collection(
        [[f"{c}-{p}" for p, times in enumerate(s) for _ in range(times)] for c, s in enumerate(by_class)]
    )


@given(
    xrays=collections(), n=st.integers(2, 4), seed=st.integers(0, 5), by=st.sampled_from(["patient", "image"])
)
@settings(max_examples=60)
def test_every_image_is_tested_once_and_classes_are_spread(xrays, n, seed, by):
    fold_of = folds(xrays, n, by, seed)
    assert fold_of.shape == (len(xrays),)
    assert set(fold_of) == set(range(1, n + 1))
    for label, name in enumerate(xrays.classes):
        per_fold = np.bincount(fold_of[xrays.labels == label] - 1, minlength=n)
        # One image is what rounding costs; whole patients are dealt in lumps of up to four images.
        slack = 1 if by == "image" else 8
        assert np.ptp(per_fold) <= slack, name
    if by == "patient":
        assert leaked_patients(fold_of, xrays.patients).patients.size == 0


@given(xrays=collections(), seed=st.integers(0, 5))
@settings(max_examples=40)
def test_inner_split_shares_no_patient_and_touches_no_tested_image(xrays, seed):
    fold_of = folds(xrays, 4, seed=seed)
    rows = np.flatnonzero(fold_of != 2)
    training, validation = inner_split(xrays, rows, share=0.25, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), rows)
    assert not set(xrays.patients[training]) & set(xrays.patients[validation])
    assert set(xrays.labels[validation]) == set(range(len(xrays.classes)))
    assert 0.1 < len(validation) / len(rows) < 0.4


def test_folds_follow_from_the_seed():
    xrays = collection([[f"{c}-{p}" for p in range(40)] for c in range(2)])
    np.testing.assert_array_equal(folds(xrays, seed=3), folds(xrays, seed=3))
    assert (folds(xrays, seed=3) != folds(xrays, seed=4)).any()


def test_a_patient_with_two_diagnoses_stays_in_one_fold():
    shared = [f"p{i}" for i in range(12)]
    xrays = collection([shared, shared])
    fold_of = folds(xrays)
    np.testing.assert_array_equal(fold_of[:12], fold_of[12:])


def test_leaked_patients_by_hand():
    found = leaked_patients([0, 1, 1, 1, 2, 2], ["ann", "ann", "bob", "bob", "cem", "ann"])
    assert found.patients.tolist() == ["ann"]
    assert found.images.tolist() == [True, True, False, False, False, True]


def test_images_of_one_patient_each_cannot_leak():
    xrays = collection([[f"{c}-{p}" for p in range(20)] for c in range(3)])
    assert not leaked_patients(folds(xrays, by="image"), xrays.patients).images.any()


def test_leaked_patients_wants_equal_lengths():
    with pytest.raises(ValueError, match="3 fold numbers do not fit 2 patients"):
        leaked_patients([0, 1, 1], ["ann", "bob"])


def test_too_few_patients():
    xrays = collection([["a", "a", "a", "b", "c"], [f"n{i}" for i in range(9)]])
    with pytest.raises(
        ValueError, match=r"4 folds needs at least 4 patients .* covid19 has 3; use fewer folds"
    ):
        folds(xrays, 4)
    assert set(folds(xrays, 4, by="image")) == {1, 2, 3, 4}
    with pytest.raises(ValueError, match="at least 6 images of every class, and covid19 has 5"):
        folds(xrays, 6, by="image")


def test_empty_class():
    with pytest.raises(ValueError, match="normal has 0"):
        folds(collection([["a", "b", "c", "d"], []]))


def test_a_class_that_would_miss_in_a_fold():
    """Enough patients, but most have both diseases and several images, so that no fold comes out even."""
    xrays = collection(["120001546", "465433615"])  # a digit a patient
    with pytest.raises(ValueError, match=r"one of 4 parts without covid19.*fewer folds, or use another seed"):
        folds(xrays, 4, seed=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"n": 1}, "at least 2 folds"), ({"by": "hospital"}, "by 'patient' or by 'image', not by 'hospital'")],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        folds(collection([["a", "b"], ["c", "d"]]), **options)


@pytest.mark.parametrize("share", [0, 0.6, -1])
def test_wrong_share(share):
    xrays = collection([["a", "b"], ["c", "d"]])
    with pytest.raises(ValueError, match="share to set aside"):
        inner_split(xrays, np.arange(4), share)


def test_too_few_patients_to_set_some_aside():
    xrays = collection([["a", "b", "c"], [f"n{i}" for i in range(9)]])
    with pytest.raises(ValueError, match=r"a share of 0\.2 .* needs at least 5 .* set aside a larger share"):
        inner_split(xrays, np.arange(12))


def test_a_manifest_names_every_image_and_its_fold():
    xrays = collection([[f"{c}-{i // 2}" for i in range(24)] for c in range(3)])
    manifest = fold_manifest(xrays, 3, seed=1)
    assert list(manifest) == ["file", "patient", "label", "image_wise", "patient_wise"]
    np.testing.assert_array_equal(manifest["file"], xrays.files)
    np.testing.assert_array_equal(manifest["label"], np.repeat(CLASSES[3], 24))
    np.testing.assert_array_equal(manifest["image_wise"], folds(xrays, 3, "image", seed=1))
    np.testing.assert_array_equal(manifest["patient_wise"], folds(xrays, 3, "patient", seed=1))
    assert "image_wise" not in fold_manifest(xrays, 3, by=("patient",))


def test_report_by_hand():
    manifest = pd.DataFrame(
        {
            "file": [f"{i}.png" for i in range(6)],
            "patient": ["ann", "ann", "bob", "cem", "cem", "ann"],
            "label": ["normal", "normal", "covid19", "covid19", "covid19", "normal"],
            "image_wise": [1, 2, 2, 1, 1, 2],
        }
    )
    assert fold_report(manifest) == {
        "image": {
            "images": {"covid19": [2, 1], "normal": [1, 2]},
            "leaked_patients": 1,
            "leaked_images": {"covid19": 0, "normal": 3},
        }
    }


def test_the_committed_folds_leak_what_the_committed_summary_says():
    manifest = pd.read_csv(data_path("manifests", "dataset1_folds.csv"), dtype={"patient": str})
    counts = summary.dataset1()["folds"]
    assert fold_report(manifest) == {way: counts[way] for way in ("image", "patient")}
    assert manifest["file"].is_unique


@given(collections(), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_patients_are_dealt_as_scikit_learn_of_today_deals_them(xrays, seed):
    dealer = StratifiedGroupKFold(4, shuffle=True, random_state=seed)
    theirs = np.empty(len(xrays), int)
    for part, (_, inside) in enumerate(dealer.split(xrays.labels, xrays.labels, xrays.patients), start=1):
        theirs[inside] = part
    assert deal_apart(xrays.labels, xrays.patients, 4, seed).tolist() == theirs.tolist()

"""Pictures that are there twice, and the people behind them."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from coronet_lib.datasets import phantom
from coronet_lib.datasets.upstream.duplicates import joined_patients, near_identical


def as_jpeg(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.array(Image.open(file))


def resized(image, size):
    small = Image.fromarray(image).resize((size, size), Image.Resampling.BOX)
    return np.array(small.resize(image.shape[::-1], Image.Resampling.BILINEAR))


@pytest.fixture(scope="module")
def xrays():
    """One image of each of forty phantom patients."""
    collection = phantom.generate(30, size=150, seed=0)
    _, first = np.unique(collection.patients, return_index=True)
    return collection.images[first[:40], ..., 0]


def test_copies_encoded_shrunk_or_brightened_are_found_and_others_are_not(xrays):
    copies = [
        xrays[3],
        as_jpeg(xrays[5], 60),
        resized(xrays[7], 100),
        np.clip(xrays[7] * 1.1, 0, 255).astype(np.uint8),
    ]
    groups = near_identical(np.stack([*xrays, *copies]))
    assert [group.tolist() for group in groups] == [[3, 40], [5, 41], [7, 42, 43]]


def test_different_people_are_never_one_picture(xrays):
    assert near_identical(xrays) == []


def test_the_channel_axis_makes_no_difference(xrays):
    pictures = np.stack([*xrays[:3], xrays[1]])
    assert [group.tolist() for group in near_identical(pictures[..., None])] == [[1, 3]]


def test_no_images_have_no_copies():
    assert near_identical(np.empty((0, 8, 8), np.uint8)) == []


@pytest.mark.parametrize("shape", [(2, 8, 8, 3), (8, 8)])
def test_other_images_are_refused(shape):
    with pytest.raises(ValueError, match=re.escape(f"got {shape}")):
        near_identical(np.zeros(shape, np.uint8))


def test_people_are_joined_across_groups():
    patients = np.array(["d", "b", "c", "a", "b", "e"])
    groups = [np.array([0, 1]), np.array([2, 4])]  # d with b, and c with b
    assert joined_patients(patients, groups).tolist() == ["b", "b", "b", "a", "b", "e"]


def test_without_copies_patients_stay_as_they_are():
    assert joined_patients(np.array(["b", "a"]), []).tolist() == ["b", "a"]

"""Another collection is shown to finished networks, but nothing of it that they learned from."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import unchanged

from coronet_lib.datasets import phantom


@pytest.fixture(scope="module")
def home():
    return phantom.generate(24, 32)


def test_a_picture_as_jpeg_is_nearly_the_same(home):
    image = home.images[0]
    again = unchanged.as_jpeg(image)
    assert (again.shape, again.dtype) == (image.shape, np.uint8)
    apart = abs(again.astype(int) - image)
    assert 0 < apart.mean() < 10


def another(images, patients, labels):
    files = np.array([f"x{number}" for number in range(len(images))])
    return replace(
        phantom.generate(24, 32).with_classes(3).take(np.arange(len(images))),
        images=images,
        patients=np.array(patients),
        files=files,
        labels=np.array(labels),
        masks=None,
        table=None,
        drawn_by=None,
    )


def test_neither_known_patients_nor_known_pictures_are_judged(home, monkeypatch):
    new = 255 - phantom.generate(24, 32, seed=1).images[:2]
    learned, held_out = home.files[: len(home) // 2], home.files[len(home) // 2 :]
    known, free = home.images[:1], home.images[-1:]
    elsewhere = another(
        np.concatenate([new, known, free]), [home.patients[0], "b", "c", "d"], labels=[0, 1, 2, 0]
    )
    fold = SimpleNamespace(folder="fold-1", parts=(learned, learned[:1], held_out))
    scores = np.eye(4)[[0, 3, 2, 2]]
    monkeypatch.setattr(unchanged, "load_coronet", lambda folder: folder)
    monkeypatch.setattr(unchanged, "predict", lambda network, images: scores)
    table = unchanged.said({1: fold}, home, elsewhere)
    assert table["true"].tolist() == ["covid19", "normal", "pneumonia", "covid19"]
    # The first is a patient that was learned from, the third a picture; the fourth was held out.
    assert table["fold_1"].fillna("").tolist() == ["", "pneumonia", "", "pneumonia"]
    assert table["fold_1"].equals(table["fold_1_jpeg"])
    assert not set(held_out) & unchanged.same_picture(home, elsewhere)[2]

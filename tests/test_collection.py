"""The collection type: what it refuses, and its views of the same X-rays."""

import numpy as np
import pytest

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import XrayCollection


def collection(n=8, size=6, classes=4, masks=True, seed=0):
    rng = np.random.default_rng(seed)
    return XrayCollection(
        rng.integers(0, 256, (n, size, size, 1), dtype=np.uint8),
        np.arange(n) % classes,
        np.array([f"p{i // 2}" for i in range(n)]),
        np.array([f"{i}.png" for i in range(n)]),
        CLASSES[classes],
        masks=rng.random((n, size, size)) > 0.5 if masks else None,
    )


def test_counts_are_in_class_order():
    assert collection(n=6).counts() == {
        "covid19": 2,
        "normal": 2,
        "pneumonia_bacterial": 1,
        "pneumonia_viral": 1,
    }


def test_take_keeps_the_parts_together():
    whole = collection()
    part = whole.take([5, 2])
    assert part.files.tolist() == ["5.png", "2.png"]
    np.testing.assert_array_equal(part.images, whole.images[[5, 2]])
    np.testing.assert_array_equal(part.masks, whole.masks[[5, 2]])
    assert whole.take(whole.labels == 1).labels.tolist() == [1, 1]


def test_three_classes_join_the_pneumonias():
    three = collection().with_classes(3)
    assert three.classes == CLASSES[3]
    assert three.labels.tolist() == [0, 1, 2, 2, 0, 1, 2, 2]


def test_two_classes_drop_the_pneumonias():
    two = collection().with_classes(2)
    assert two.files.tolist() == ["0.png", "1.png", "4.png", "5.png"]
    assert two.labels.tolist() == [0, 1, 0, 1]
    assert collection().with_classes(3).with_classes(2).fingerprint() == two.fingerprint()


def test_fewer_classes_cannot_become_more():
    with pytest.raises(ValueError, match="cannot become"):
        collection(classes=2).with_classes(4)
    with pytest.raises(ValueError, match="not 5"):
        collection().with_classes(5)


def test_shrinking_averages_and_never_enlarges():
    whole = collection(size=6)
    half = whole.shrunk(3)
    blocks = whole.images[..., 0].reshape(8, 3, 2, 3, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(half.images[..., 0], blocks, atol=1)  # Pillow rounds after each axis
    assert half.masks.shape == (8, 3, 3)
    assert whole.shrunk(6) is whole
    with pytest.raises(ValueError, match="--size 7"):
        whole.shrunk(7)


def test_fingerprint_sees_every_part():
    whole = collection()
    seen = {whole.fingerprint(), collection(seed=1).fingerprint(), whole.take(np.arange(7)).fingerprint()}
    for part in ("labels", "patients", "files"):
        changed = {name: getattr(whole, name).copy() for name in ("labels", "patients", "files")}
        changed[part][:2] = changed[part][:2][::-1] if part != "patients" else ["x", "y"]
        seen.add(XrayCollection(whole.images, classes=whole.classes, **changed).fingerprint())
    assert len(seen) == 6
    assert collection().fingerprint() == whole.fingerprint()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((8, 6, 6), np.uint8)}, r"uint8 of shape .* got uint8 of shape \(8, 6, 6\)"),
        ({"images": np.zeros((8, 6, 6, 1), np.float32)}, "got float32"),
        ({"labels": np.zeros(7, int)}, "8 images but 7 labels"),
        ({"labels": np.full(8, 4)}, "labels run to 4, but there are 4 classes"),
        ({"files": np.array(["a.png"] * 8)}, "'a.png' stands more than once"),
    ],
)
def test_parts_that_do_not_belong_together(change, message):
    whole = collection(masks=False)
    parts = {name: getattr(whole, name) for name in ("images", "labels", "patients", "files", "classes")}
    with pytest.raises(ValueError, match=message):
        XrayCollection(**(parts | change))

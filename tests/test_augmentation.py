"""Augmentation: nothing by default, each option does what it says, and draws repeat."""

import numpy as np
import pytest

from coronet_lib.training import PAPER, Augmentation


@pytest.fixture
def images():
    rng = np.random.default_rng(3)
    return np.repeat(rng.integers(1, 255, (16, 20, 20, 1)), 3, axis=-1).astype(np.float32)


def test_nothing_changes_by_default(images):
    np.testing.assert_array_equal(Augmentation()(images, np.random.default_rng(0)), images)


@pytest.mark.parametrize(("option", "axis"), [("horizontal_flip", 1), ("vertical_flip", 0)])
def test_flips_mirror_about_half(images, option, axis):
    out = Augmentation(**{option: True})(images, np.random.default_rng(0))
    mirrored = [np.allclose(o, np.flip(i, axis), atol=1e-3) for i, o in zip(images, out, strict=True)]
    kept = [np.allclose(o, i, atol=1e-3) for i, o in zip(images, out, strict=True)]
    assert all(m or k for m, k in zip(mirrored, kept, strict=True))
    assert 3 <= sum(mirrored) <= 13


def test_rotation_turns_about_the_centre(images):
    class Quarter:
        """A generator whose draws are always the upper end of their range."""

        def uniform(self, low, high, shape):
            return np.full(shape, high if high == 90 else (low + high) / 2)

        def random(self, shape):
            return np.ones(shape)

    out = Augmentation(rotation=90)(images, Quarter())
    turned = [np.allclose(o, np.rot90(i, -1), atol=0.1) or np.allclose(o, np.rot90(i), atol=0.1)
              for i, o in zip(images, out, strict=True)]  # fmt: skip
    assert all(turned)


def test_shift_moves_black_in_and_stays_in_range():
    white = np.full((64, 20, 20, 3), 255, np.float32)
    out = Augmentation(shift=0.2)(white, np.random.default_rng(1))
    black_share = (out < 1).mean(axis=(1, 2, 3))
    assert 0 < black_share.mean() < 0.3
    assert black_share.max() <= 1 - 0.8**2 + 0.1


def test_brightness_moves_by_at_most_its_limit_and_keeps_the_range(images):
    out = Augmentation(brightness=20)(images, np.random.default_rng(2))
    difference = out - images
    assert np.abs(difference).max() <= 20 + 1e-3
    assert (out.max(axis=(1, 2, 3)) <= images.max(axis=(1, 2, 3)) + 1e-3).all()
    assert (out.min(axis=(1, 2, 3)) >= images.min(axis=(1, 2, 3)) - 1e-3).all()
    assert len({round(float(d), 3) for d in np.median(difference, axis=(1, 2, 3))}) > 8


def test_zoom_scales_the_content():
    square = np.zeros((32, 41, 41, 3), np.float32)
    square[:, 10:31, 10:31] = 200
    area = (Augmentation(zoom=0.1)(square, np.random.default_rng(4)) > 100).sum(axis=(1, 2, 3)) / 3
    assert 21**2 / 1.1**2 * 0.85 < area.min() < 21**2 < area.max() < 21**2 / 0.9**2 * 1.15


def test_the_same_seed_repeats_the_papers_augmentation(images):
    first, again, other = (PAPER.augmentation(images, np.random.default_rng(s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert first.dtype == np.float32
    assert first.shape == images.shape

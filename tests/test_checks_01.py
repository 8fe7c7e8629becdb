"""Wrong answers to the exercises of chapter 1, and what the checks say of each."""

import math
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from refused import refuses
from scipy.stats import rankdata

from coronet_lib import checks

test_pixel_places = refuses(
    checks.pixel_places,
    [
        ([(400, 150), (200, 450), (150, 200)], "counting begins at 0"),
        ([(150, 399), (449, 200), (200, 150)], "the row comes first"),
        ([(200, 449), (399, 150), (150, 200)], "slice before the comma"),
        ([(200, 150)] * 3, "the old place"),
        ([(399, 150), (200, 449), (200, 150)], r"^wrong is the place in `large\.T`;"),
        ([(399, 151), (200, 448), (150, 200)], r"`large\[::-1\]` and in `large\[:, ::-1\]`;"),
        ([(399.5, 150), (200, 449), (150, 200)], "whole numbers"),
        ([(float("inf"), 150), (200, 449), (150, 200)], "whole numbers"),
        ([(399, 150), (200, 449)], "3 × 2 numbers"),
        ([(399, 150), (200,), (150, 200)], "3 × 2 numbers"),
        ([(-200, 150), (200, -151), (150, 200)], r"^wrong is the place in `large\[::-1\]`;"),
    ],
)


def test_pixel_places_may_be_counted_from_the_end_and_typed_with_a_point():
    assert checks.pixel_places([(-201, 150), (200, -151), (150, 200)])
    assert checks.pixel_places([(399.0, 150.0), (200.0, 449.0), (150.0, 200.0)])


test_photons_left = refuses(
    checks.photons_left,
    [
        (np.exp(-0.4), "takes its place"),
        (np.exp(-0.5), "one of the two signs"),
        (np.exp(-0.15), "2 cm thick"),
        (np.exp(0.3), "more photons"),
        (0.3, "attenuation rises"),
        (0.7, "an exponential"),
        (0.26, "share is lost"),
        (0.25, "compares the two coefficients"),
        (2**-0.3, "the base is e"),
        (10**-0.3, "the base is e"),
        (-0.74, "between 0 and 1"),
        (74, "between 0 and 1"),
        (0.75, "too many"),
        (0.9, "too many"),
        (0.1, "too few"),
        ("74 %", "one share"),
    ],
)


def test_photons_left_may_be_rounded():
    assert checks.photons_left(0.74)


test_negative_window = refuses(
    checks.negative_window,
    [
        ((0, 4095), "dark stays dark"),
        ((0, -4095), "every grey comes out the same"),
        ((-4095, 0), "every grey comes out the same"),
        ((2500, 300), "it clips"),
        ((4080, 0), "it clips 15 of the 4096 greys"),
        ((6000, -1000), "does not reach from black to white"),
        ((4095, 4095), "two different"),
        ((float("inf"), 0), "two different, finite"),
        (4095, "the two limits, low and high, 2 numbers; this is 4095"),
    ],
)


@pytest.mark.parametrize("answer", [(4095, 0), [4096, 0], np.array([4095.0, 0.0])])
def test_negative_window_takes_any_pair(answer):
    assert checks.negative_window(answer)


def share(raw, counted):
    """For every pixel the share of pixels for which ``counted(other, pixel)`` holds."""
    return counted(raw.ravel(), raw[..., None]).mean(axis=-1)


def by_cumulated(raw, counts):
    return (np.cumsum(counts) / raw.size)[raw]


test_equalise = refuses(
    checks.equalise,
    [
        (lambda raw: share(raw, np.less), "its own grey as well"),
        (lambda raw: share(raw, np.less_equal) * raw.size, "numbers of pixels"),
        (lambda raw: share(raw, np.greater_equal), "order is turned round"),
        (lambda raw: share(raw, np.greater), "count the brighter"),
        (lambda raw: share(raw, np.equal), "histogram itself"),
        (lambda raw: share(raw, np.less_equal) * raw.size / 4096, "not by the number of greys"),
        (lambda raw: raw / 4095, "a window over all greys"),
        (lambda raw: by_cumulated(raw, np.bincount(raw.ravel()) > 0), "are not the shares"),
        (lambda raw: np.searchsorted(np.unique(raw), raw, "right") / np.unique(raw).size, "counts once"),
        (
            lambda raw: (
                (np.argsort(np.argsort(raw.ravel(), kind="stable")) + 1).reshape(raw.shape) / raw.size
            ),
            "pixels of one grey come out different",
        ),
        (
            lambda raw: np.argsort(np.lexsort((-np.arange(raw.size), raw.ravel()))).reshape(raw.shape) / 15,
            "pixels of one grey come out different",
        ),
        (lambda raw: share(raw, np.less_equal).ravel(), r"shape \(15,\); wanted is \(3, 5\)"),
        (lambda raw: np.rint(255 * share(raw, np.less_equal)).astype(np.uint8), "uint8 values"),
        (lambda raw: share(raw, np.less_equal) * (np.ptp(raw) > 0), "shares below 1"),
    ],
)


def by_counting_greys(raw):
    result = np.zeros(raw.shape)
    for grey in range(4096):
        result[raw == grey] = (raw <= grey).mean()
    return result


test_equalise_wants_no_loop = refuses(
    checks.equalise,
    [
        (lambda raw: np.array([[(raw <= grey).mean() for grey in row] for row in raw]), "no loop"),
        (lambda raw: np.vectorize(lambda grey: (raw <= grey).mean())(raw), "no loop"),
        (by_counting_greys, "no loop"),
    ],
)


@pytest.mark.parametrize(
    "answer",
    [
        lambda raw: share(raw, np.less_equal),
        lambda raw: np.searchsorted(np.sort(raw.ravel()), raw, "right") / raw.size,
        lambda raw: by_cumulated(raw, np.bincount(raw.ravel())),
        lambda raw: rankdata(raw, "max").reshape(raw.shape) / raw.size,
    ],
)
def test_equalise_takes_any_way_without_a_loop(answer):
    assert checks.equalise(answer)


def area(image, size):
    """The area of the chapter: whole factors only."""
    factor = len(image) // size
    rows, columns = np.array(image.shape) // factor
    cut = image[: rows * factor, : columns * factor]
    return cut.reshape(rows, factor, columns, factor).mean(axis=(1, 3))


def exact(image, size):
    enlarged = image.repeat(size, 0).repeat(size, 1)
    return enlarged.reshape(size, len(image), size, -1).mean(axis=(1, 3))


def for_square_images(image, size):
    rows = np.eye(len(image)).repeat(size, 0).reshape(size, len(image), -1).mean(axis=1)
    return rows @ image @ rows.T


def touched(image, size):
    """Every old pixel counts whole for each new one that it touches."""
    for axis, n in enumerate(image.shape):
        borders = [n * new / size for new in range(size + 1)]
        parts = [
            image.take(range(math.floor(a), math.ceil(b)), axis).mean(axis) for a, b in pairwise(borders)
        ]
        image = np.stack(parts, axis)
    return image


def by_pillow(method):
    return lambda image, size: np.array(
        Image.fromarray(image.astype("f4")).resize((size, size), method), float
    )


test_shrink = refuses(
    checks.shrink,
    [
        (area, "a whole number of old pixels goes into each"),
        (lambda image, size: exact(image, size).T, "rows and columns are exchanged"),
        (lambda image, size: exact(image, size) * image.size / size**2, "a sum over"),
        (by_pillow(Image.Resampling.NEAREST), "picks one old pixel"),
        (lambda image, size: image[:: len(image) // size][:size, :size], r"shape|picks|are not those"),
        (
            lambda image, size: image[
                np.ix_(*((np.arange(size) * n / size).astype(int) for n in image.shape))
            ],
            "picks one old pixel",
        ),
        (
            lambda image, size: exact(
                image[: len(image) // size * size, : image.shape[1] // size * size], size
            ),
            "cut off",
        ),
        (by_pillow(Image.Resampling.BOX), "counts whole, for the new one that holds its centre"),
        (touched, "counts whole in both new ones"),
        (by_pillow(Image.Resampling.BILINEAR), "are not those of what each new pixel covers"),
        (lambda image, size: np.rint(exact(image, size)).astype(int), "int64 values"),
        (lambda image, size: exact(image[:, : len(image)], size), "from 7 × 10 to 4 × 4"),
        (for_square_images, r"^from 7 × 10 to 4 × 4 pixels: .*do not fit.* height .* width .*\?"),
    ],
)


def test_shrink_tells_centres_from_overlaps():
    def box(image, size):
        for axis, n in enumerate(image.shape):
            owner = ((np.arange(n) + 0.5) * size / n).astype(int)
            parts = [image.compress(owner == new, axis).mean(axis) for new in range(size)]
            image = np.stack(parts, axis)
        return image

    assert "counts whole, for the new one that holds its centre" in checks.shrink(box).message


test_chosen_window = refuses(
    checks.chosen_window,
    [
        ((300, 2500), "the chapter's detector"),
        ((2300, 1024), "its own negative"),
        ((0, 4095), "air beside the patient comes out grey"),
        ((896, 2300), "air beside the patient comes out grey"),
        ((1500, 2300), "becomes black as air"),
        ((1024, 1500), "becomes white as bone"),
        ((1024, 2000), "becomes white as bone"),
        ((1024, 4095), "too few of the greys"),
        (1024, "the two limits"),
    ],
)


@pytest.mark.parametrize("limits", [(1024, 2304), (1000, 2432), (1152.0, 2176.0)])
def test_chosen_window_leaves_some_room(limits):
    assert checks.chosen_window(limits)

"""Wrong answers to the exercises of chapter 15, and what the checks say of each."""

import numpy as np
from refused import misjudged, refuses

from coronet_lib import checks
from coronet_lib.checks.chapter_15 import _EDGES, _WEAKENS, _middles


def test_the_middles_are_those_of_keras():
    """A cell's window, followed down with Keras's own rule for `same`."""
    from coronet_lib.models.coronet import coronet

    model = coronet(size=96, width=0.125, middle_blocks=2, hidden=128)
    edges = [model.get_layer(f"block{block}_pool").input.shape[1] for block in (2, 3, 4, 13)]
    assert edges == list(_EDGES)
    cells = np.arange(model.get_layer("block14_sepconv2_act").output.shape[1])
    for edge in reversed(edges):
        before = max((-(-edge // 2) - 1) * 2 + 3 - edge, 0) // 2
        cells = 2 * cells + 1 - before
    assert (2 * (cells + 1) + 1).tolist() == _middles().tolist()


test_cell_middles = refuses(
    checks.cell_middles,
    [
        ([15.5, 47.5, 79.5], "stretched"),
        ([3, 35, 67], "on every edge"),
        ([33, 65, 97], "never added"),
        ([9, 41, 73], "exchanged"),
        ([24, 56, 88], "above pixel 1"),
        ([25, 57, 89], "either"),
        ([28, 60, 92], "counts pixels from 1"),
        ([27, 29, 31], "how far apart"),
        ([27, 43, 59], "how far apart"),
        ([0, 1, 2], "Put these lines"),
        ([27, 59], "each of the three"),
    ],
)


def both(values, slope, weights=None, channels=np.sum):
    mean = slope.mean(axis=(1, 2), keepdims=True) if weights is None else weights(slope)
    return np.stack([channels(mean * values, axis=-1), channels(slope * values, axis=-1)])


test_both_maps = refuses(
    checks.both_maps,
    [
        (lambda a, s: both(a, s)[::-1], "exchanged"),
        (lambda a, s: np.maximum(both(a, s), 0), "cut off"),
        (lambda a, s: both(a, s, lambda s: s.sum(axis=(1, 2), keepdims=True)), "yours are sums"),
        (lambda a, s: both(a, s, channels=np.mean), "averaged"),
        (lambda a, s: both(a, s, lambda s: s.mean(axis=(1, 2, 3), keepdims=True)), "over the channels"),
        (lambda a, s: both(s, a) * [[[[1]]], [[[1]]]], "mean of the map"),
        (lambda a, s: both(a, s, lambda s: s), "both are HiResCAM"),
        (lambda a, s: np.stack([both(a, s)[0]] * 2), "both are Grad-CAM"),
        (lambda a, s: np.stack([np.abs(both(a, s)[0]), both(a, s)[1]]), "which mean"),
        (lambda a, s: both(a, s)[0], r"wanted is \(2, 2, 3, 4\)"),
        (lambda a, s: both(a[:1], s[:1]), r"wanted is \(2, 2, 3, 4\)"),
    ],
)


def test_a_mean_over_the_images_is_found():
    def over_images(values, slope):
        return both(values, slope, lambda s: s.mean(axis=(0, 1, 2), keepdims=True))

    assert "over the images" in checks.both_maps(over_images).message


def share(values, mask):
    return np.maximum(values, 0)[mask].sum() / np.maximum(values, 0).sum()


test_beyond_area = refuses(
    checks.beyond_area,
    [
        (share, "by area alone"),
        (lambda v, m: 1 - share(v, m), "outside"),
        (lambda v, m: v[m].sum() / v.sum() / m.mean(), "no mass; it speaks against"),
        (lambda v, m: np.abs(v[m]).sum() / np.abs(v).sum() / m.mean(), "whatever their sign"),
        (lambda v, m: m.mean() / share(v, m), "upside down"),
        (lambda v, m: share(v, m) / (1 - share(v, m)), "inside with outside"),
        (lambda v, m: share(v, m) - m.mean(), "how many times"),
        (lambda v, m: share(v, m) / m.mean() if v.max() > 0 else 0.0, "no place is better"),
        (lambda v, m: 3.0, "ratio is off"),
    ],
)

test_weakens = refuses(
    checks.weakens,
    misjudged(
        _WEAKENS,
        turned="turned round",
        every="take nothing away",
        none="the same maps come without the lesions",
        reasons=[
            "neither proves nor refutes",
            "need not have come from there",
            "no reason to look at lesions",
            "what they expected",
            "picture of the X-ray",
            "asked again",
        ],
    ),
)

"""Wrong answers to the exercises of chapter 13, and what the checks say of each."""

import numpy as np
from refused import misjudged, refuses

from coronet_lib import checks, runs
from coronet_lib.audit.attainable import attainable_fractions
from coronet_lib.checks.chapter_13 import _FAIR, _HIDDEN, _NARROW, _PRINTED, _right
from coronet_lib.files import data_path


def test_the_narrow_network_is_the_one_of_the_book():
    card = runs.read_card(data_path("runs", "quick-phantom"))
    assert (card["parameters"], card["recipe"]["hidden"]) == (_NARROW, _HIDDEN)


test_narrow_counts = refuses(
    checks.narrow_counts,
    [
        ([485_617, 485_746], "exchanged"),
        ([485_747, 485_619], "bias"),
        ([485_618, 485_361], "fewer units than the paper"),
        ([129, 258], "what goes"),
        ([33_969_707, 33_969_450], "full network"),
        ([387, 258], "last layer alone"),
        ([485_746, 485_746], "three classes once more"),
        ([485_875, 485_746], "four and three"),
        ([485_746, 1], "whatever else it has"),
        ([485_746.5, 485_617], "whole numbers"),
        (485_746, "2 numbers"),
    ],
)


test_join_scores = refuses(
    checks.join_scores,
    [
        (lambda s: np.stack([s[:, 0], s[:, 1], s[:, 2:].max(axis=1)], axis=1), "larger of the two"),
        (lambda s: np.stack([s[:, 0], s[:, 1], s[:, 2:].mean(axis=1)], axis=1), "adds up to 1"),
        (lambda s: s[:, :3], "viral pneumonias"),
        (lambda s: s[:, [0, 1, 3]], "bacterial pneumonias"),
        (lambda s: s[:, :3] / s[:, :3].sum(axis=1, keepdims=True), "stretched"),
        (lambda s: np.stack([s[:, :2].sum(axis=1), s[:, 2], s[:, 3]], axis=1), "first two columns"),
        (lambda s: np.stack([s[:, 0], s[:, 2:].sum(axis=1), s[:, 1]], axis=1), "order of the classes"),
        (lambda s: np.stack([s[:, 2:].sum(axis=1), s[:, 0], s[:, 1]], axis=1), "order of the classes"),
        (lambda s: s[:, :3] * 0, "scores are off"),
        (lambda s: s, r"wanted is \(5, 3\)"),
        (lambda s: np.array([s[0, 0], s[0, 1], s[0, 2:].sum()]), r"shape \(3,\)"),
    ],
)


def counts(printed, images, decimals, *, rounding=np.round, first=0, last=1):
    """Written without the check's own function; the settings are mistakes."""
    kept = [
        right
        for right in range(first, images + last)
        if abs(rounding(100 * right / images * 10**decimals) / 10**decimals - printed) < 1e-9
    ]
    return np.array(kept, int)


def as_texts(printed, images, decimals):
    shown = [f"{100 * right / images:.{decimals}f}" for right in range(images + 1)]
    return np.flatnonzero(np.array(shown) == str(printed))


def test_the_counts_are_those_of_the_audit():
    for printed, images, decimals in _PRINTED:
        found = attainable_fractions(images, f"{printed:.{decimals}f}", how="rounded")
        assert _right(printed, images, decimals).tolist() == list(found)
    assert checks.right_counts(counts)


test_right_counts = refuses(
    checks.right_counts,
    [
        (lambda *case: counts(*case, rounding=np.floor), "cut off"),
        (lambda *case: counts(*case, rounding=np.ceil), "rounded up"),
        (lambda *case: counts(*case, last=0), "one too early"),
        (lambda printed, images, decimals: counts(printed, images, 2), "of two decimals"),
        (lambda printed, images, decimals: counts(round(printed), images, 0), "of whole percents"),
        (lambda *case: counts(*case)[::-1], "sorted"),
        (lambda *case: np.array(counts(*case).tolist()), "94.59 % of 221 images: an empty list makes"),
        (as_texts, "95 % of 220 images: you find no count, .* not as texts"),
        (lambda *case: counts(*case) - 1, "too small"),
        (lambda *case: counts(*case) + 1, "too large"),
        (lambda *case: counts(*case)[:1], "a single count"),
        (lambda printed, images, decimals: np.array([round(printed * images / 100)]), "a single count"),
        (lambda printed, images, decimals: np.array([int(printed * images / 100)]), "a single count"),
        (lambda printed, images, decimals: np.array([], int), "you find no count"),
        (lambda *case: counts(*case).astype(float), "whole numbers"),
        (lambda *case: counts(*case).tolist(), "an array of counts"),
        (lambda *case: np.array([1, 2, 3]), "89.6 % of 25596 images: the counts are not right"),
    ],
)


test_fair_test = refuses(
    checks.fair_test,
    [
        *misjudged(
            _FAIR,
            turned="turned round",
            every="follow one such patient",
            none="some of these are sound",
            reasons=[
                "trained twice",
                "^1 of the 5 is .* Ask of each .* dealt anew",
                "forgets nothing",
                "several images",
                "other patients of it are tested",
            ],
        ),
        (_FAIR ^ np.array([1, 1, 0, 0, 0], bool), "^2 of the 5 are .* trained twice"),
    ],
)

"""Wrong answers to the exercises of chapter 17, and what the checks say of each."""

import numpy as np
from refused import misjudged, refuses

from coronet_lib import checks
from coronet_lib.checks.chapter_17 import _DRAWS, _PROMISED, _REPORTABLE, _largest, _shares
from coronet_lib.evaluation import with_shares

test_chance_there = refuses(
    checks.chance_there,
    [
        ([0.14, 0.6, 0.93], "to three decimals"),
        ([0.931, 0.6, 0.143], "wrong order"),
        ([0.12, 0.6, 1.08], "odds that are multiplied"),
        ([0.1667, 1.5, 13.5], "turn them back"),
        ([0.1, 0.5, 0.9], "what the X-ray shows"),
        ([0.2, 0.6, 1.0], "by a factor"),
        ([0.6, 0.6, 0.6], "stays only where"),
        ([14.286, 60, 93.103], "percent"),
        ([14.3, 60, 93.1], "percent"),
        ([0.067, 0.6, 5.4], "turn it into odds first"),
        ([0.3, 0.6, 0.9], "turn the chance into odds"),
        (0.143, "3 numbers"),
    ],
)


def test_the_chances_are_the_librarys():
    found = [
        with_shares(np.array([[0.6, 0.4]]), [0.5, 0.5], [there, 1 - there])[0, 0] for there in (0.1, 0.5, 0.9)
    ]
    assert checks.chance_there(found)


def gaps(came_true, chance, bins, *, at=None):
    """Written without the check's own functions; signed, and by bin."""
    part = np.digitize(chance, np.linspace(0, 1, bins + 1)[1:-1])
    return [
        ((at(k, bins) if at else chance[part == k].mean()) - came_true[part == k].mean(), (part == k).sum())
        for k in np.unique(part)
    ]


def test_the_largest_gap_by_another_way():
    for (came_true, chance, bins), _ in _PROMISED:
        assert np.isclose(
            _largest(came_true, chance, bins), max(abs(g) for g, _ in gaps(came_true, chance, bins))
        )


def the(how, **settings):
    """An answer that makes one number of gaps and cases."""
    return lambda *given: how(*np.array(gaps(*given, **settings)).T)


def below_one(came_true, chance, bins):
    return max(abs(gap) for gap, _ in gaps(came_true[chance < 1], chance[chance < 1], bins))


def own_bin_for_one(came_true, chance, bins):
    part = np.digitize(chance, np.linspace(0, 1, bins + 1))
    return max(abs(chance[part == k].mean() - came_true[part == k].mean()) for k in np.unique(part))


test_largest_gap = refuses(
    checks.largest_gap,
    [
        (the(lambda gap, cases: np.average(abs(gap), weights=cases)), "the ECE"),
        (the(lambda gap, cases: abs(gap).mean()), "mean gap over the bins"),
        (the(lambda gap, cases: gap.max()), "60 chances in 5 bins: .* no sign"),
        (the(lambda gap, cases: -gap.min()), "no sign"),
        (the(lambda gap, cases: abs(gap).max(), at=lambda k, bins: (k + 0.5) / bins), "middle of the bin"),
        (the(lambda gap, cases: abs(gap * cases).max() / cases.sum()), "weighted by"),
        (below_one, "5 chances in 10 bins: .* last bin"),
        (own_bin_for_one, "5 chances in 10 bins: .* a bin of their own"),
        (the(lambda gap, cases: 0.5), "gap is off"),
        (the(lambda gap, cases: abs(gap)), "one number"),
    ],
)


def gathered(right, patients, draws, rows=lambda draw: draw):
    """Image by image, as somebody would who has not thought of counts."""
    drawn = [np.concatenate([right[patients == who] for who in rows(draw)]) for draw in draws]
    return np.array([one.mean() for one in drawn])


def test_the_shares_by_another_way():
    for (right, patients, draws), _ in _DRAWS:
        assert np.allclose(_shares(right, patients, draws), gathered(right, patients, draws))
    assert checks.bootstrap_shares(gathered)


test_bootstrap_shares = refuses(
    checks.bootstrap_shares,
    [
        (lambda r, p, d: (np.bincount(p, r) / np.bincount(p))[d].mean(axis=1), "counts for more"),
        (lambda r, p, d: gathered(r, p, d, rows=np.unique), "counts twice"),
        (lambda r, p, d: np.bincount(p, r)[d].sum(axis=1) / len(r), "divide by those drawn"),
        (lambda r, p, d: r[d].mean(axis=1), "take them for images"),
        (lambda r, p, d: np.bincount(p, r)[d].sum(axis=1), "wanted are shares"),
        (lambda r, p, d: np.full(len(d), 0.5), "gather all images"),
        (lambda r, p, d: np.bincount(p, r)[d] / 2, "wanted is"),
        (lambda r, p, d: r.mean(), "shape|array"),
    ],
)


test_may_be_reported = refuses(
    checks.may_be_reported,
    [
        *misjudged(
            _REPORTABLE,
            turned="turned round",
            every="chosen on what they are reported on",
            none="some of these are sound",
            reasons=[
                "judged on this one",
                "that is no result",
                "takes them for four cases",
                "what it has there",
                "luck alone",
            ],
        ),
        (_REPORTABLE ^ np.array([1, 1, 0, 0, 0], bool), "^2 of the 5 are .* judged on this one"),
    ],
)

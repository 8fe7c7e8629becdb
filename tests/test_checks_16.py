"""Wrong answers to the exercises of chapter 16, and what the checks say of each."""

import numpy as np
from refused import misjudged, refuses

from coronet_lib import checks
from coronet_lib.checks.chapter_16 import _NOTICES

test_marker_reader = refuses(
    checks.marker_reader,
    [
        ([80, 50, 0], "percent"),
        ([0.8, 0, 0], "half of the X-rays there are normal"),
        ([0.8, 0.2, 0], "half of it is COVID-19"),
        ([0.8, 0.8, 0], "half of it is COVID-19"),
        ([0.8, 0.5, 0.2], "never got right"),
        ([0.8, 0.5, 0.5], "never got right"),
        ([1, 0.5, 0], "eight of ten"),
        ([0.3, 0.5, 0], "four cells one by one"),
        ([0.8, 0.5], "3 numbers"),
    ],
)


def sizes_of(groups):
    return np.array([(groups == group).sum() for group in groups])


def costs(groups):
    """Written without the check's own function."""
    return len(groups) / len(set(groups.tolist())) / sizes_of(groups)


def test_costs_are_as_the_exercise_says():
    groups = np.array([4, 4, 1, 1, 1, 0])
    assert costs(groups).mean() == 1
    assert np.allclose([costs(groups)[groups == one].sum() for one in (0, 1, 4)], 2)
    assert checks.group_costs(costs)


test_group_costs = refuses(
    checks.group_costs,
    [
        (lambda groups: sizes_of(groups) / len(groups), "large group costs more"),
        (lambda groups: len(groups) / 4 / sizes_of(groups), "do not occur are counted"),
        (lambda groups: len(groups) / (groups.max() + 1) / sizes_of(groups), "do not occur are counted"),
        (lambda groups: 1 / sizes_of(groups), "mean cost is not one"),
        (lambda groups: len(groups) / sizes_of(groups), "mean cost is not one"),
        (lambda groups: np.unique(costs(groups)), "costs are off|one for each X-ray"),
        (lambda groups: costs(groups)[np.unique(groups, return_index=True)[1]], "one for each X-ray"),
        (lambda groups: np.ones(len(groups)), "costs are off"),
        (lambda groups: sizes_of(groups), "floating-point"),
        (lambda groups: costs(groups).tolist(), "an array with one number for each"),
    ],
)


def raised(blame, losses, step):
    return blame * np.exp(step * losses)


test_next_blame = refuses(
    checks.next_blame,
    [
        (raised, "do not add up to one"),
        (lambda b, loss, s: len(b) * raised(b, loss, s) / raised(b, loss, s).sum(), "do not add up to one"),
        (lambda b, loss, s: raised(b, -loss, s) / raised(b, -loss, s).sum(), "becomes cheaper"),
        (lambda b, loss, s: np.exp(s * loss) / np.exp(s * loss).sum(), "forgotten"),
        (lambda b, loss, s: raised(b, loss, 1) / raised(b, loss, 1).sum(), "step is left out"),
        (lambda b, loss, s: (b + s * loss) / (b + s * loss).sum(), "power of e"),
        (lambda b, loss, s: b * (1 + s * loss) / (b * (1 + s * loss)).sum(), "power of e"),
        (lambda b, loss, s: np.exp(raised(b, loss, s)) / np.exp(raised(b, loss, s)).sum(), "softmax"),
        (lambda b, loss, s: b, "prices are off"),
        (lambda b, loss, s: b[:1], r"shape \(1,\)"),
    ],
)


test_would_notice = refuses(
    checks.would_notice,
    misjudged(
        _NOTICES,
        turned="turned round",
        every="where the network expects it",
        none="part company",
        reasons=[
            "habit of A",
            "how far luck reaches",
            "normal X-rays are called COVID-19",
            "no other test",
            "all COVID-19 is missed",
        ],
    ),
)

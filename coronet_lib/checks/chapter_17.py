"""Checks of chapter 17: chances elsewhere, a diagram's largest gap, the bootstrap, what may be said."""

import numpy as np

from coronet_lib.checks.answer import given, judge, match, match_calls, number, typed_numbers
from coronet_lib.checks.verdict import exercise

_CHANCE, _HOME, _THERE = 0.6, 0.5, np.array([0.1, 0.5, 0.9])


def _odds(share):
    return share / (1 - share)


def _of_odds(odds):
    return odds / (1 + odds)


@exercise(17, 1)
def chance_there(answer):
    """A chance of 0.60, fitted where half are ill, in clinics where 10, 50 and 90 % are.

    Parameters
    ----------
    answer : float array, shape (3,)
        To three decimals.
    """
    wanted = _of_odds(_odds(_CHANCE) * _odds(_THERE) / _odds(_HOME))
    match(
        typed_numbers(answer, (3,), "three chances, where 10, 50 and 90 % are ill"),
        wanted,
        "turn the chance into odds, multiply by the ratio of new and old odds of the disease, turn back.",
        {
            "right as far as they go; to three decimals, please.": wanted.round(2),
            "the three are in the wrong order: the clinic with 10 % comes first.": wanted[::-1],
            "these are chances times a ratio of shares, one above 1; it is odds that are multiplied.": (
                _CHANCE * _THERE / _HOME
            ),
            "these are odds; turn them back into chances.": _odds(_CHANCE) * _odds(_THERE) / _odds(_HOME),
            "the chance is multiplied as it is; turn it into odds first, and back at the end.": (
                _CHANCE * _odds(_THERE) / _odds(_HOME)
            ),
            "these are the clinics' own shares; what the X-ray shows is not in them.": _THERE,
            "that adds the difference of the shares; it is odds that change, and by a factor.": (
                _CHANCE + _THERE - _HOME
            ),
            "the chance stays only where the share stays.": np.full(3, _CHANCE),
            "these are percent; wanted are chances from 0 to 1.": [
                (100 * wanted).round(kept) for kept in (3, 2, 1, 0)
            ],
        },
        decimals=3,
    )
    return "One X-ray, one network, three answers: what is known beforehand belongs to what is known after."


def _binned(bins, chance, values):
    return np.bincount(np.minimum((chance * bins).astype(int), bins - 1), values, bins)


def _gaps(came_true, chance, bins):
    """For each bin that is not empty, the mean chance less the share that came true, and its cases."""
    cases = _binned(bins, chance, None)
    excess = _binned(bins, chance, chance - came_true)
    return excess[cases > 0] / cases[cases > 0], cases[cases > 0]


def _largest(came_true, chance, bins):
    return np.abs(_gaps(came_true, chance, bins)[0]).max()


def _gapped_wrongly(right, came_true, chance, bins):
    """Wrong largest gaps, and what to say then."""
    gaps, cases = _gaps(came_true, chance, bins)
    middles = (np.arange(bins) + 0.5) / bins
    of_middle = np.minimum((chance * bins).astype(int), bins - 1)
    from_middle, _ = _gaps(came_true, middles[of_middle], bins)
    below = chance < 1
    return {
        "that is the mean gap, each bin counted by its cases, the ECE; wanted is the largest.": (
            np.average(np.abs(gaps), weights=cases)
        ),
        "that is the mean gap over the bins; wanted is the largest.": np.abs(gaps).mean(),
        "a promise may be too low as well as too high; a distance has no sign.": [gaps.max(), -gaps.min()],
        "the gap is measured from the middle of the bin; measure from the mean chance in it.": (
            np.abs(from_middle).max()
        ),
        "the gap is weighted by the bin's cases; wanted is the distance itself.": (
            np.abs(gaps * cases).max() / cases.sum()
        ),
        "chances of exactly 1 are left out; they belong to the last bin.": (
            _largest(came_true[below], chance[below], bins)
        ),
        "chances of exactly 1 have a bin of their own; they belong to the last bin.": (
            max(
                _largest(came_true[below], chance[below], bins),
                1 - came_true[~below].mean() if not below.all() else 0,
            )
        ),
    }


def _promises(seed, cases, lowest, skew, sure):
    """Chances, the last ``sure`` of them 1, and what came of them; none lies on an edge of 5 or 10 bins."""
    rng = np.random.default_rng(seed)
    chance = rng.uniform(lowest, 0.99, cases).round(3) + 0.0004
    chance[cases - sure :] = 1
    return rng.random(cases) < np.clip(chance + skew, 0, 1), chance


_PROMISED = [
    given(*_promises(1, 60, 0.0, -0.2, 0), 5),
    given(*_promises(2, 60, 0.0, 0.3, 0), 5),
    given(*_promises(3, 40, 0.55, -0.1, 0), 10),
    given(np.array([True, True, False, False, False]), np.array([0.4, 0.45, 0.92, 1.0, 1.0]), 10),
]


@exercise(17, 2)
def largest_gap(answer):
    """The largest distance of promise and share in a reliability diagram.

    Parameters
    ----------
    answer : callable
        Takes a bool array, a float array of the same shape and a number of bins, returns a number.
    """
    match_calls(
        answer,
        _PROMISED,
        _largest,
        "the gap is off; in each bin, how far is the mean chance from the share that came true?",
        mistakes=_gapped_wrongly,
        read=number,
        case=lambda came_true, chance, bins: f"{len(chance)} chances in {bins} bins",
    )
    return "The largest gap is at the mercy of the emptiest bin; so people average, and averages hide."


def _drawn(seed, patients, images, draws):
    """Images of so many patients, each with one at least, and draws of patients."""
    rng = np.random.default_rng(seed)
    whose = rng.permutation(np.concatenate([np.arange(patients), rng.integers(patients // 2, size=images)]))
    return given(rng.random(len(whose)) < 0.7, whose, rng.integers(patients, size=(draws, patients)))


_DRAWS = [_drawn(1, 12, 20, 30), _drawn(2, 5, 0, 8)]


def _shares(right, patients, draws):
    hits, images = np.bincount(patients, right), np.bincount(patients)
    return hits[draws].sum(axis=1) / images[draws].sum(axis=1)


def _drawn_wrongly(wanted, right, patients, draws):
    """Wrong shares, and what to say then."""
    hits, images = np.bincount(patients, right), np.bincount(patients)
    once = [np.unique(draw) for draw in draws]
    return {
        "that is the mean of the patients' own shares; a patient with more images counts for more.": (
            (hits / images)[draws].mean(axis=1)
        ),
        "who is drawn twice counts twice.": np.array([hits[d].sum() / images[d].sum() for d in once]),
        "the images drawn are not always as many as there are: divide by those drawn.": (
            hits[draws].sum(axis=1) / len(right)
        ),
        "the draws hold patients; you take them for images.": right[draws].mean(axis=1),
        "these are counts of right images; wanted are shares.": hits[draws].sum(axis=1),
    }


@exercise(17, 3)
def bootstrap_shares(answer):
    """The share of right images in each draw of patients.

    Parameters
    ----------
    answer : callable
        Takes a bool array and an int array of shape (n,), and an int array of draws of shape (R, P);
        returns a float array of shape (R,).
    """
    match_calls(
        answer,
        _DRAWS,
        _shares,
        "the shares are off; for each row of draws, gather all images of its patients, repeats included.",
        mistakes=_drawn_wrongly,
        axes="(draws,)",
    )
    return "The middle 95 % of these shares are the bootstrap interval; the rest is repetition."


_REPORTABLE = np.array([True, False, False, True, False])


@exercise(17, 4)
def may_be_reported(answer):
    """Whether a number says what it seems to say.

    Parameters
    ----------
    answer : bool array, shape (5,)
        For the reports a to e.
    """
    judge(
        answer,
        _REPORTABLE,
        turned="all five are turned round; is your True for what must not be reported?",
        every="some of these were chosen on what they are reported on, or take images for patients.",
        none="some of these are sound: fitted here, reported there.",
        question="Ask of each: on whom was it chosen, on whom is it reported, and what was counted?",
        reasons=[
            "What is fitted on other folds may be judged on this one.",
            "Where a threshold is set for 95 %, it has 95 %: that is no result.",
            "Four images of a patient are alike; DeLong's interval takes them for four cases.",
            "In another hospital a frozen threshold has what it has there, and so has its PPV.",
            "An ECE depends on bins and cases: with 200 X-rays in 20 bins, luck alone makes it large.",
        ],
    )
    return "Chosen here, reported there, and patients counted: most of honest reporting is that."
